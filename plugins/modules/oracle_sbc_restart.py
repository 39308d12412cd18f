#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_sbc_restart
short_description: Reboot an Oracle SBC, or hand over to its peer
version_added: 0.1.0
description:
  - Reboots an Oracle Session Border Controller and waits until it is up again, or has the active one of a pair hand over to its peer and
    waits until the roles have changed.
  - The request is sent once, whatever becomes of its answer. What counts is what becomes of the SBC.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  action:
    description:
      - V(reboot) restarts this SBC. It is over when a later boot of it answers, by its uptime, or, where its address has moved to its
        peer, when that calls it active or standby again.
      - V(switchover) makes the other one of the pair the active one. Only the active one can be told to, while its peer is standby.
      - Required unless O(handle) is given.
    type: str
    choices: [reboot, switchover]
  wait_for_idle:
    description:
      - Whether to try again, until O(wait_timeout) ends, while the SBC is in the middle of a save, an activation or the like.
      - With V(false), or when the time is over, the task ends with outcome V(refused).
    type: bool
    default: true
notes:
  - "Defaults: O(wait_timeout) 900, O(poll_interval) 5, O(poll_max_interval) 15, O(outage_timeout) 600 seconds. While the SBC restarts
    it does not answer, and that is an outage like any other."
  - A reboot takes away the configuration lock of whoever holds it, and what was changed but not saved.
  - An SBC that is still up two minutes after it was told to restart, or still active a minute after it was told to hand over, has
    not accepted the request, and the task fails.
  - Neither can be canceled, so O(on_timeout=cancel) is refused. O(adopt) has no effect.
seealso:
  - module: netops.jobs.oracle_sbc_config
  - module: netops.jobs.oracle_sbc_async_status_info
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Each run restarts the SBC, or hands over.
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
- name: Hand over to the peer before maintenance
  netops.jobs.oracle_sbc_restart:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
    action: switchover

- name: Reboot and wait until it is up again
  netops.jobs.oracle_sbc_restart:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
    action: reboot
    wait_timeout: 1200
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
  sample: "oracle_sbc.reboot job reboot on https://sbc1.example.com:443 succeeded."
job:
  description: The job.
  type: dict
  returned: always
  contains: &job
    operation:
      description: V(oracle_sbc.reboot) or V(oracle_sbc.switchover).
      type: str
      returned: always
      sample: oracle_sbc.reboot
    id:
      description: V(reboot) or V(switchover), as the SBC has no ids. V(none) without a job.
      type: str
      returned: always
      sample: reboot
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: Of a reboot V(going down), V(starting), V(up again) or V(not restarted), of a switchover V(switching), V(switched) or V(not switched).
      type: str
      returned: always
      sample: up again
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
          sample: up again
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
        operation: oracle_sbc.reboot
        endpoint: https://sbc1.example.com:443
        id: reboot
        fingerprint:
          host_name: SBC-A
          uptime: "146091"
        submitted_at: "2026-11-21T10:00:00Z"
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
  description: What the SBC that answers at the address says of itself in the end. V(none) where the task did not succeed.
  type: dict
  returned: always
  contains:
    uptime:
      description: Seconds since it was started.
      type: int
      returned: for reboots
      sample: 41
    role:
      description: Its role.
      type: str
      returned: always
      sample: active
    peer_role:
      description: The role of its peer, empty where it has none.
      type: str
      returned: for switchovers
      sample: standby
    host_name:
      description: Its name.
      type: str
      returned: always
      sample: SBC-A
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
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import restart

ARGUMENTS = {
    "argument_spec": {
        **ORACLE_SBC,
        **JOB,
        "action": {"type": "str", "choices": ["reboot", "switchover"]},
        "wait_for_idle": {"type": "bool", "default": True},
    },
    "supports_check_mode": True,
    **ORACLE_SBC_RULES,
    "required_one_of": [("action", "handle")],
}


def run(task: Task) -> Result:
    return run_job(task, "oracle_sbc.restart", lambda: restart.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
