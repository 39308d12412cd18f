#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_lock_info
short_description: List the locks of a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Returns all commit locks and config locks of the device, on all virtual systems. Who holds them, since when, and why.
author:
  - netops.jobs contributors (@netops-jobs)
notes:
  - A question that gets no answer is repeated for a minute.
seealso:
  - module: netops.jobs.panos_lock
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
  - netops.jobs._panos
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.panos
"""

EXAMPLES = r"""
- name: Who keeps us from committing?
  netops.jobs.panos_lock_info:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
  register: held
  until: held.locks | selectattr('type', 'eq', 'commit') | length == 0
  retries: 10
  delay: 60
"""

RETURN = r"""
outcome:
  description: V(succeeded). The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: The locks in words.
  type: str
  returned: always
  sample: "https://fw1.example.com:443: commit lock of alice on shared since 2026/11/21 09:12:44 (Migration of the DMZ)."
locks:
  description: All locks of the device.
  type: list
  elements: dict
  returned: success
  contains:
    admin:
      description: Who holds it.
      type: str
      returned: always
      sample: alice
    type:
      description: V(commit) or V(config).
      type: str
      returned: always
      sample: commit
    scope:
      description: What it is on, V(shared) for the whole device.
      type: str
      returned: always
      sample: shared
    since:
      description: When it was taken, in the device's own time.
      type: str
      returned: always
      sample: 2026/11/21 09:12:44
    last_activity:
      description: When its owner was last active, in the device's own time.
      type: str
      returned: always
      sample: 2026/11/21 09:40:03
    logged_in:
      description: Whether its owner is logged in, V(none) where the device does not say.
      type: bool
      returned: always
      sample: true
    comment:
      description: Why it was taken.
      type: str
      returned: always
      sample: Migration of the DMZ, until noon
refusal:
  description: Why the device did not answer.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [busy, denied, rejected, bad_input, missing_library]
      sample: denied
    code:
      description: The error code of the device.
      type: str
      returned: when the reason is V(rejected) and the device gave one
      sample: "14"
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import PANOS, PANOS_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import locks

ARGUMENTS = {
    "argument_spec": PANOS,
    "supports_check_mode": True,
    **PANOS_RULES,
}


def run(task: Task) -> Result:
    return run_plain(task, "panos_lock_info", lambda inquiry: locks.list_from_options(task.params, task.hide, inquiry))


if __name__ == "__main__":
    main(ARGUMENTS, run)
