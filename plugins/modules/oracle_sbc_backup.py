#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_sbc_backup
short_description: Create or delete a backup of the configuration of an Oracle SBC
version_added: 0.1.0
description:
  - Has an Oracle Session Border Controller write one of its configurations to a backup file in C(/code/bkups), or deletes such a file.
  - Whether the file is there is found out before anything is submitted, and once more under the configuration lock. A file that is there is
    never overwritten.
  - The API has no way to fetch the file itself. Use SFTP for that.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  file:
    description:
      - Name of the backup file, without a path.
      - Whether the API adds C(.gz) to a name, as the command line does, is not documented. So a file of that name with C(.gz) at its
        end counts as this file.
      - Required unless O(handle) is given.
    type: str
  state:
    description: Whether the file is to be there, or not.
    type: str
    choices: [present, absent]
    default: present
  source:
    description: The configuration that is written.
    type: str
    choices: [running, saved, editing]
    default: running
  settle:
    description:
      - Seconds for which a status must stand, in two looks at least, that looks just as the one before the request, before it is
        believed. Right after a request the SBC may still show the request before.
      - It is only needed where the request before had the same name and end, and ours was never seen at work. The result says in
        C(confirmed_by) how it was known.
    type: float
    default: 5.0
  lock_timeout:
    description:
      - Seconds for which the configuration lock of somebody else is waited for, V(0) for not at all. The default outlasts the lock of
        a client that was killed, which dies with its token after ten minutes.
    type: float
    default: 660.0
notes:
  - "Defaults: O(wait_timeout) 1800 for the whole task including the wait for the lock, O(poll_interval) 2, O(poll_max_interval) 10,
    O(outage_timeout) 300 seconds."
  - The SBC has one status slot for the last request of anybody, without an id. So the task holds the configuration lock from before its
    first request until its last verdict, and releases it in the end, whatever the end is. Only a task that is killed (SIGKILL), or
    whose SBC does not answer any more, leaves it, for ten minutes at most.
  - When the lock is lost meanwhile, by a restart or a switchover, or when the slot shows the request of somebody else, the outcome
    is V(lost). The task then tells what it saw, and never takes that for its own verdict.
  - The API does not say who holds the lock. Users of the command line and of the GUI share lock and slot.
  - "The slot proves something to whoever waits by a handle only while the lock that guarded the job stands: after O(wait=false) or a
    kill, until nine minutes after the log-in. The list of files does at any time."
  - O(poll_interval) and O(poll_max_interval) are 120 seconds at most, so that the token, and with it the lock, is renewed in time.
  - O(adopt) has no effect, for nothing tells whose job is in flight.
  - The list of files is a second proof. A backup whose file is there has succeeded, also where the slot shows something else.
  - Version v1.0 of the API, of release 8.2, has no backups. The task is refused there.
  - The requests cannot be canceled, so O(on_timeout=cancel) is refused.
seealso:
  - module: netops.jobs.oracle_sbc_backup_info
  - module: netops.jobs.oracle_sbc_config
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
    details: A file that is there is left as it is, whatever is in it. So put a date into its name.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._oracle_sbc
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.oracle_sbc
"""

EXAMPLES = r"""
- name: Keep the running configuration of today
  netops.jobs.oracle_sbc_backup:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
    file: nightly-20261121.gz

- name: Delete an old one
  netops.jobs.oracle_sbc_backup:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
    file: nightly-20261021.gz
    state: absent
"""

RETURN = r"""
outcome:
  description:
    - How the task ended. The task fails with every outcome but V(succeeded), V(nothing_to_do) and V(running).
    - In check mode it is the outcome that is expected.
  type: str
  returned: always
  choices: [succeeded, nothing_to_do, running, failed, canceled, timed_out, unreachable, lost, refused]
  sample: succeeded
msg:
  description: What happened, in a sentence that one person can act on.
  type: str
  returned: always
  sample: "The running configuration of https://sbc1.example.com:443 was written to nightly-20261121.gz."
job:
  description: The last job of the task.
  type: dict
  returned: always
  contains: &job
    operation:
      description: V(oracle_sbc.backup).
      type: str
      returned: always
      sample: oracle_sbc.backup
    id:
      description: V(backup), as the SBC has no ids. V(none) without a job.
      type: str
      returned: always
      sample: backup
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: V(inProgress), V(success) or V(fail), V(accepted) before the slot shows the request, V(file is there) by the list of files.
      type: str
      returned: always
      sample: success
    progress:
      description: V(none), as the SBC does not say how far it is.
      type: float
      returned: always
    adopted:
      description: V(false), as a job of this system cannot be recognised by others.
      type: bool
      returned: always
    submitted_at:
      description: When the job was submitted, UTC by the clock of the host that ran the task.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When the task saw that the job had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:00:08Z"
    elapsed:
      description: Seconds of the wait for the job.
      type: float
      returned: always
      sample: 8.2
    messages:
      description: What the SBC says of the job, line by line. Of a failed one its error message.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: Always empty.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: Always empty, these jobs have no parts.
      type: list
      elements: dict
      returned: always
      sample: []
    history:
      description:
        - What this wait saw of the job, entry by entry, only where something changed.
        - Of a very long list the middle is left out.
      type: list
      elements: dict
      returned: always
      contains:
        at:
          description: When, UTC by the clock of the host that ran the task.
          type: str
          returned: always
          sample: "2026-11-21T10:00:02.180Z"
        event:
          description:
            - V(submitted), V(adopted) or V(resumed) is how the wait began, and V(state) another state of the job.
            - V(outage) is the first look without an answer, V(answered) the end of that.
            - V(left_out) stands for entries that are not in the list.
          type: str
          returned: always
          choices: [submitted, adopted, resumed, state, outage, answered, left_out]
          sample: state
        state:
          description: What the job is since then.
          type: str
          returned: for V(state)
          sample: running
        vendor_state:
          description: The same in the words of the system.
          type: str
          returned: for V(state)
          sample: success
        reason:
          description: Why there was no answer.
          type: str
          returned: for V(outage)
          sample: HTTP 503
        count:
          description: How many entries are left out.
          type: int
          returned: for V(left_out)
          sample: 12
    handle:
      description: Names the job so that a later task can look for it. V(none) without a job. It holds no secret.
      type: dict
      returned: always
      sample:
        version: 1
        operation: oracle_sbc.backup
        endpoint: https://sbc1.example.com:443
        id: backup
        fingerprint:
          before: save success
          locked_until: "2026-11-21T10:09:40Z"
        options:
          settle: "5"
          file: nightly-20261121.gz
        submitted_at: "2026-11-21T10:00:00Z"
jobs:
  description: All jobs of the task, in their order, each as O(ignore:job).
  type: list
  elements: dict
  returned: when the task had options for a job and no handle
  sample: []
polling:
  description: How the wait went.
  type: dict
  returned: always
  contains:
    polls:
      description: How often the task looked.
      type: int
      returned: always
      sample: 4
    outages:
      description: How many stretches brought no answer.
      type: int
      returned: always
      sample: 0
    outage_seconds:
      description: How long they lasted together.
      type: float
      returned: always
      sample: 0.0
    observed:
      description: How often each thing was seen.
      type: dict
      returned: always
      sample: {"inProgress": 3, "success": 1}
result:
  description: What was written or deleted. V(none) where nothing was.
  type: dict
  returned: always
  contains:
    file:
      description: The name of the file, as the SBC lists it.
      type: str
      returned: always
      sample: nightly-20261121.gz
    operation:
      description: V(backup).
      type: str
      returned: for backups
      sample: backup
    status:
      description: Its status, in the words of the SBC. Empty where the list of files is the proof.
      type: str
      returned: for backups
      sample: success
    confirmed_by:
      description:
        - How it is known that the status is not that of the request before.
        - V(seen_running) if the backup was seen at work, V(other_than_before) if the slot showed something else before, V(settled)
          if it looked the same and stood for O(settle) seconds, V(file) if the list of files is the proof.
      type: str
      returned: for backups
      choices: [seen_running, other_than_before, settled, file]
      sample: seen_running
    additional_info:
      description: What else the SBC says, V(none) without.
      type: raw
      returned: for backups
refusal:
  description: Why nothing was submitted.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [locked, busy, denied, rejected, bad_input, missing_library]
      sample: locked
    role:
      description: The role of the SBC.
      type: str
      returned: when the SBC is not the active one
      sample: standby
    status:
      description: The HTTP status of the refusal.
      type: int
      returned: when the SBC refused with one that has no meaning of its own
      sample: 400
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, ORACLE_SBC, ORACLE_SBC_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plan
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import backup

ARGUMENTS = {
    "argument_spec": {
        **ORACLE_SBC,
        **JOB,
        "file": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "source": {"type": "str", "choices": ["running", "saved", "editing"], "default": "running"},
        "settle": {"type": "float", "default": 5.0},
        "lock_timeout": {"type": "float", "default": 660.0},
    },
    "supports_check_mode": True,
    **ORACLE_SBC_RULES,
    "required_one_of": [("file", "handle")],
}


def run(task: Task) -> Result:
    return run_plan(
        task,
        "oracle_sbc.backup",
        lambda: backup.plan_from_options(task.params, task.hide),
        lambda: backup.from_handle(task.params, task.hide),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
