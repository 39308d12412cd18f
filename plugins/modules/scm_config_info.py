#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scm_config_info
short_description: List the versions of the configuration in Strata Cloud Manager
version_added: 0.1.0
description:
  - Returns the versions of the configuration, or one of them, and which version runs in which folder and on which firewall.
  - That there is no such version is no failure, RV(versions) is empty then.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  version:
    description: The number of a version. It is the only one that is asked for then, and RV(running) has only where it runs.
    type: int
  max_results:
    description: How many versions to return at most, in the API's order.
    type: int
    default: 200
notes:
  - A question that gets no answer is repeated for a minute. Nothing is waited for.
seealso:
  - module: netops.jobs.scm_config_load
  - module: netops.jobs.scm_push
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._scm
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.scm
"""

EXAMPLES = r"""
- name: Read which versions there are, and which of them run
  netops.jobs.scm_config_info:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
  register: found

- name: Show which version runs where
  ansible.builtin.debug:
    msg: "{{ found.running | items2dict(key_name='device', value_name='version') }}"
"""

RETURN = r"""
outcome:
  description: V(succeeded). The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: How many versions there are.
  type: str
  returned: always
  sample: "https://api.strata.paloaltonetworks.com:443: 62 versions; running in 8 folders and devices."
versions:
  description: The versions, each with the fields that the API gives it, of which these are documented as always there.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: The number of the version.
      type: int
      returned: always
      sample: 62
    version:
      description: Its name.
      type: str
      returned: always
      sample: "62"
    date:
      description: When it was made.
      type: str
      returned: always
      sample: "2026-11-21T10:00:41.000Z"
    admin:
      description: Who pushed it.
      type: str
      returned: always
      sample: alice@example.com
    scope:
      description: What was pushed.
      type: str
      returned: always
      sample: Remote Networks
    description:
      description: The description of the push.
      type: str
      returned: always
      sample: "Change CHG0042 [nj:5c3267eed6-7d3e90aa]"
    created:
      description: How many objects it created.
      type: float
      returned: always
      sample: 1
    updated:
      description: How many objects it changed.
      type: float
      returned: always
      sample: 3
    deleted:
      description: How many objects it deleted.
      type: float
      returned: always
      sample: 0
running:
  description: Which version runs where.
  type: list
  elements: dict
  returned: success
  contains:
    device:
      description: The folder, or the serial number of the firewall.
      type: str
      returned: always
      sample: Remote Networks
    version:
      description: The number of the version.
      type: int
      returned: always
      sample: 62
    date:
      description: When it was pushed there.
      type: str
      returned: always
      sample: "2026-11-21T10:27:34.000Z"
refusal:
  description: Why the API did not answer.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [denied, rejected, bad_input, missing_library]
      sample: denied
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the API refused the request
      sample: 400
    code:
      description: The code of the API's error, empty where it gave none.
      type: str
      returned: when the API refused the request
      sample: E003
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import SCM, SCM_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import candidate

ARGUMENTS = {
    "argument_spec": {
        **SCM,
        "version": {"type": "int"},
        "max_results": {"type": "int", "default": 200},
    },
    "supports_check_mode": True,
    **SCM_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task, "scm_config_info", lambda inquiry: candidate.versions_from_options(task.params, task.hide, inquiry)
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
