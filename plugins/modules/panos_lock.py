#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_lock
short_description: Take or release a lock of a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Takes a commit lock, which keeps other administrators from committing, or a config lock, which keeps them from changing the
    candidate configuration. Or releases one.
  - A lock that is there already is left as it is, also with another comment. One that somebody else holds is refused with the
    name of the owner, since when, and the comment.
  - The locks themselves tell whether a request whose answer was lost took effect, so that it can be repeated safely.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  state:
    description:
      - V(present) takes the lock for the account of the task.
      - V(absent) releases it, or the one of O(admin). What others hold stays.
    type: str
    choices: [present, absent]
    default: present
  type:
    description: Which kind of lock.
    type: str
    choices: [commit, config]
    required: true
  scope:
    description:
      - What the lock is on. V(shared) is the whole device, else it is the name of a virtual system.
      - That a Panorama takes the name of a device group or template here is assumed.
    type: str
    default: shared
  comment:
    description:
      - Why the lock is taken. Others read it when they are kept out.
    type: str
  admin:
    description:
      - Whose lock to release, by default that of the account of the task. To release that of somebody else takes a superuser.
    type: str
notes:
  - PAN-OS removes a commit lock by itself after a commit of its owner. The vendor's pages do not agree whether a config lock stays.
    For a lock just around a commit see O(netops.jobs.panos_commit#module:commit_lock).
  - With O(api_key) alone the task cannot tell its own locks from those of others. Give O(username) too, so that taking a lock
    twice is no failure.
  - A question that gets no answer is repeated for a minute. Nothing is waited for.
  - In check mode the device is only read.
seealso:
  - module: netops.jobs.panos_lock_info
  - module: netops.jobs.panos_commit
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - Full where O(username) is given.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._panos
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.panos
"""

EXAMPLES = r"""
- name: Keep others from changing the configuration
  netops.jobs.panos_lock:
    host: fw1.example.com
    username: automation
    password: "{{ panos_password }}"
    type: config
    comment: Change CHG0042, until noon

- name: Let them again
  netops.jobs.panos_lock:
    host: fw1.example.com
    username: automation
    password: "{{ panos_password }}"
    type: config
    state: absent

- name: Remove the commit lock that somebody has left behind
  netops.jobs.panos_lock:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    type: commit
    admin: alice
    state: absent
"""

RETURN = r"""
outcome:
  description:
    - V(succeeded) if the lock was taken or released, V(nothing_to_do) if there was no need to. The task fails with every other outcome.
    - With V(unreachable) it is not known whether it was done. Run the task again, the locks tell.
  type: str
  returned: always
  choices: [succeeded, nothing_to_do, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: What happened, in a sentence that one person can act on.
  type: str
  returned: always
  sample: "https://fw1.example.com:443: took the config lock on shared."
locks:
  description: All locks of the device as they are now, those of others too. In check mode as they would be.
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
  description: Why it was not done.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [locked, busy, denied, rejected, bad_input, missing_library]
      sample: locked
    locks:
      description: The locks in the way, as in RV(locks).
      type: list
      elements: dict
      returned: when the reason is V(locked)
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
    "argument_spec": {
        **PANOS,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "type": {"type": "str", "choices": list(locks.TYPES), "required": True},
        "scope": {"type": "str", "default": locks.SHARED},
        "comment": {"type": "str"},
        "admin": {"type": "str"},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task,
        "panos_lock",
        lambda inquiry: locks.lock_from_options(
            task.params, task.hide, inquiry, check_mode=task.check_mode, diff=task.diff
        ),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
