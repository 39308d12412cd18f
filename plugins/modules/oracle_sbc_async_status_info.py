#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_sbc_async_status_info
short_description: Show the last asynchronous request of an Oracle SBC, and its system status
version_added: 0.1.0
description:
  - Returns the status of the last asynchronous request of an Oracle Session Border Controller, and the status of its system.
  - It is the last request of anybody, users of the command line included. The SBC tells neither who made it nor when.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  system_status:
    description: Whether to read the status of the system, too.
    type: bool
    default: true
seealso:
  - module: netops.jobs.oracle_sbc_config
attributes:
  check_mode:
    support: full
    details: It changes nothing anyway.
  diff_mode:
    support: none
  idempotent:
    support: full
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._oracle_sbc
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.oracle_sbc
"""

EXAMPLES = r"""
- name: See what ran last
  netops.jobs.oracle_sbc_async_status_info:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
  register: last

- name: Stop if it failed
  ansible.builtin.assert:
    that: last.async_status.status != 'fail'
    fail_msg: "{{ last.async_status.operation }}: {{ last.async_status.error_message }}"
"""

RETURN = r"""
outcome:
  description: V(succeeded), or why the SBC did not answer.
  type: str
  returned: always
  choices: [succeeded, timed_out, unreachable, refused]
  sample: succeeded
msg:
  description: What was found, in a sentence.
  type: str
  returned: always
  sample: "The last asynchronous request on https://sbc1.example.com:443, whoever made it: activate success."
api_version:
  description: The version of the API that is spoken.
  type: str
  returned: on success
  sample: v1.2
async_status:
  description: The last asynchronous request. All is V(none) where nothing ever ran.
  type: dict
  returned: on success
  contains:
    operation:
      description: What it was.
      type: str
      returned: always
      sample: activate
    status:
      description: V(inProgress), V(success) or V(fail).
      type: str
      returned: always
      sample: success
    error_message:
      description: Why it failed, if the SBC says so.
      type: str
      returned: always
      sample: null
    additional_info:
      description: What else the SBC says.
      type: raw
      returned: always
      sample: null
system_status:
  description: What the SBC says of itself, in its own names. V(none) with O(system_status=false).
  type: dict
  returned: on success
  sample:
    healthScorePercent: "100"
    hostName: PRIMARY
    role: standalone
    systemState: online
    uptimeSeconds: "146091"
refusal:
  description: Why the SBC did not answer.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [denied, rejected, bad_input, missing_library]
      sample: denied
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ORACLE_SBC, ORACLE_SBC_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import status_info

ARGUMENTS = {
    "argument_spec": {**ORACLE_SBC, "system_status": {"type": "bool", "default": True}},
    "supports_check_mode": True,
    **ORACLE_SBC_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task,
        "oracle_sbc_async_status_info",
        lambda inquiry: status_info.info_from_options(task.params, task.hide, inquiry),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
