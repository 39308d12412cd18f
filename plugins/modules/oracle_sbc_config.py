#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_sbc_config
short_description: Verify, save, activate or restore the configuration of an Oracle SBC
version_added: 0.1.0
description:
  - Runs the configuration requests of an Oracle Session Border Controller in the order that is given, waits for the end of each, and stops
    at the first that fails.
  - All of them run under one configuration lock, so that nobody changes the configuration in between, and no status of somebody else
    is taken for ours.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  actions:
    description:
      - What is run, in this order. Any of them may come more than once, or alone.
      - V(verify) checks the configuration that is being edited. It changes nothing.
      - V(save) saves the configuration that is being edited.
      - V(activate) puts the saved configuration into service. The API may not answer for a while.
      - V(restore) brings the configuration of O(restore_source) back into the one that is being edited.
      - Required unless O(handle) is given.
    type: list
    elements: str
    choices: [verify, save, activate, restore]
  restore_source:
    description: What V(restore) brings back. Goes with that action, and only with it.
    type: str
    choices: [running, saved, backup_file]
  restore_file:
    description: Name of the backup file, without a path. Goes with O(restore_source=backup_file), and only with it.
    type: str
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
  - "A handle is worth something only while the lock that guarded the job stands: after O(wait=false) or a kill, until nine minutes
    after the log-in. Later the outcome of a wait is V(lost), with what the slot shows. After any other end the lock is released, so
    use the handle that the progress showed only where the task was killed."
  - A task that was killed is run again from its beginning, because the SBC does not tell what was done. The second save or activation
    does no harm, but the activation may disturb once more.
  - O(poll_interval) and O(poll_max_interval) are 120 seconds at most, so that the token, and with it the lock, is renewed in time.
  - O(adopt) has no effect, for nothing tells whose job is in flight.
  - With O(wait=false) only one action can be given. The lock stays until the token dies, and nobody can release it, not even the
    next task, which waits for it.
  - Whether V(save) and V(activate) had anything to do, the SBC does not tell. A success is reported as a change.
  - The requests cannot be canceled, so O(on_timeout=cancel) is refused.
seealso:
  - module: netops.jobs.oracle_sbc_backup
  - module: netops.jobs.oracle_sbc_async_status_info
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details: The SBC does not tell whether there is anything to save or to activate.
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
- name: Verify, save and activate what was changed
  netops.jobs.oracle_sbc_config:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
    actions: [verify, save, activate]

- name: Go back to the configuration of last night
  netops.jobs.oracle_sbc_config:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
    actions: [restore, save, activate]
    restore_source: backup_file
    restore_file: nightly-20261120.gz

- name: Verify only, and do not wait for a lock
  netops.jobs.oracle_sbc_config:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
    actions: [verify]
    lock_timeout: 0
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
  sample: "verify, save and activate succeeded on https://sbc1.example.com:443."
job:
  description: The last job of the task.
  type: dict
  returned: always
  contains: &job
    operation:
      description: V(oracle_sbc.verify), V(oracle_sbc.save), V(oracle_sbc.activate) or V(oracle_sbc.restore), or V(oracle_sbc.config) without a job.
      type: str
      returned: always
      sample: oracle_sbc.activate
    id:
      description: The name of the request, as the SBC has no ids. V(none) without a job.
      type: str
      returned: always
      sample: activate
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: V(inProgress), V(success) or V(fail), V(accepted) as long as the slot does not show the request.
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
        operation: oracle_sbc.activate
        endpoint: https://sbc1.example.com:443
        id: activate
        fingerprint:
          before: save success
          locked_until: "2026-11-21T10:09:40Z"
        options:
          settle: "5"
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
  description: How each action ended, in their order. V(none) where the task did not succeed.
  type: list
  elements: dict
  returned: always
  contains:
    operation:
      description: The action.
      type: str
      returned: always
      sample: save
    status:
      description: Its status, in the words of the SBC.
      type: str
      returned: always
      sample: success
    confirmed_by:
      description:
        - How it is known that the status is not that of the request before.
        - V(seen_running) if the action was seen at work, V(other_than_before) if the slot showed something else before, V(settled)
          if it looked the same and stood for O(settle) seconds.
      type: str
      returned: always
      choices: [seen_running, other_than_before, settled]
      sample: other_than_before
    additional_info:
      description: What else the SBC says, of V(verify) its findings. V(none) without.
      type: raw
      returned: always
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
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import config

ARGUMENTS = {
    "argument_spec": {
        **ORACLE_SBC,
        **JOB,
        "actions": {"type": "list", "elements": "str", "choices": ["verify", "save", "activate", "restore"]},
        "restore_source": {"type": "str", "choices": ["running", "saved", "backup_file"]},
        "restore_file": {"type": "str"},
        "settle": {"type": "float", "default": 5.0},
        "lock_timeout": {"type": "float", "default": 660.0},
    },
    "supports_check_mode": True,
    **ORACLE_SBC_RULES,
    "required_one_of": [("actions", "handle")],
}


def run(task: Task) -> Result:
    return run_plan(
        task,
        "oracle_sbc.config",
        lambda: config.config_from_options(task.params, task.hide),
        lambda: config.config_from_handle(task.params, task.hide),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
