#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cortex_network_scan
short_description: Run, pause, resume or abort a network scan of Cortex XSIAM
version_added: 0.1.0
description:
  - Launches a network scan by its definition and waits, for hours if need be, until its run has ended.
  - Waits for a run that was launched elsewhere, by its number.
  - Has a run pause, go on, or be aborted.
  - The API answers in English sentences, and only in them it says which run was launched and what a run is. They are in the result as they
    came. A launch whose sentence cannot be read fails with that sentence, and is not repeated.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  definition_id:
    description:
      - The number of the definition to launch, as M(netops.jobs.cortex_network_scan_definition) returned it or the console shows it.
      - One of O(definition_id), O(run_id) and O(handle) is required.
    type: str
  target:
    description:
      - What to scan in place of the targets of the definition, in this run only.
      - An IP address, a network such as V(192.0.2.0/24), or a range such as V(192.0.2.1-192.0.2.20).
    type: str
  run_id:
    description:
      - The number of a run that was launched before. Nothing is launched, the task waits for this one.
      - It is the RV(ignore:job.id) of an earlier task.
    type: str
  state:
    description:
      - "V(completed): a scan is launched, or the run O(run_id) or O(handle) is waited for, until it has ended."
      - "V(paused): the run O(run_id) is paused. The task ends when it is."
      - "V(running): the run O(run_id) goes on if it is paused. The task ends when it does, not when the scan has ended."
      - "V(aborted): the run O(run_id) is aborted. The task ends when it is. A run that has ended already is nothing to do."
    type: str
    choices: [completed, paused, running, aborted]
    default: completed
  paused_is:
    description:
      - What a paused scan is to whoever waits for its end. A scan pauses by itself in the quiet hours of its definition; whether one that
        was launched by the API does so, too, is not documented.
      - V(wait) waits until it goes on.
      - V(fail) fails the task. The run stays as it is. O(wait=false) and check mode do not wait, so that a pause fails neither.
      - If not given it is V(wait), or what O(handle) says.
    type: str
    choices: [wait, fail]
notes:
  - "Defaults for scans: O(wait_timeout) 43200, O(poll_interval) 30, O(poll_max_interval) 300, O(outage_timeout) 3600 seconds. With another
    O(state): 1800, 5, 30, 600 seconds."
  - B(There is no list of runs in the API.) A scan whose launch got no answer cannot be found again, so the task fails with outcome V(lost)
    and says what to look for in the console; it never launches a second one. That includes HTTP 502, 503, 504 and a 500 without a reason.
    For the same reason a scan in flight cannot be adopted, whatever O(adopt) says. A play that is run again launches another scan.
  - Use O(progress_log) for long scans. It holds the handle from the moment of the launch, also when the controller dies.
  - Network scans need the licence Exposure Management and the permission Network Scanners.
  - The findings of a scan are not in this API. Read them with M(netops.jobs.cortex_xql_query).
  - M(netops.jobs.job_cancel) aborts a run by its handle.
  - In check mode nothing is asked for a launch, because there is no call that reads a definition.
seealso:
  - module: netops.jobs.cortex_network_scan_definition
  - module: netops.jobs.cortex_network_scan_info
  - module: netops.jobs.job_wait
  - module: netops.jobs.job_cancel
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - Each task that launches a scan launches one. The other states, and to wait for a run, are idempotent.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._cortex
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.cortex
"""

EXAMPLES = r"""
- name: Scan and wait for the end
  netops.jobs.cortex_network_scan:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    definition_id: "123"
    progress_log: /srv/netops/scan.log

- name: Scan one network, go on with the play
  netops.jobs.cortex_network_scan:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    definition_id: "123"
    target: 192.0.2.0/24
    wait: false
  register: started

- name: Pause it
  netops.jobs.cortex_network_scan:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    run_id: "{{ started.job.id }}"
    state: paused

- name: Let it go on
  netops.jobs.cortex_network_scan:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    run_id: "{{ started.job.id }}"
    state: running

- name: Wait for its end, and fail if it pauses
  netops.jobs.cortex_network_scan:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    run_id: "{{ started.job.id }}"
    paused_is: fail
    wait_timeout: 86400

- name: Abort it if it still runs
  netops.jobs.cortex_network_scan:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    run_id: "{{ started.job.id }}"
    state: aborted
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
  sample: "cortex.network_scan job 789 on https://api-tenant.example.com:443 succeeded."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(cortex.network_scan). With O(state) V(paused), V(running) or V(aborted) the job is the command, V(cortex.network_scan_command).
      type: str
      returned: always
      sample: cortex.network_scan
    id:
      description: The number of the run.
      type: str
      returned: always
      sample: "789"
    state:
      description: What the job is. A command has succeeded when the run is as wanted.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The tenant's word for the state of the run, or its whole sentence where no word can be read in it.
      type: str
      returned: always
      sample: Completed
    progress:
      description: Always V(none). A tenant does not say how far it is.
      type: float
      returned: always
    adopted:
      description: Whether a command had been given already. A scan is never adopted.
      type: bool
      returned: always
      sample: false
    submitted_at:
      description: When the job was submitted, UTC by the clock of the host that ran the task.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When the task saw that the job had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T13:20:41Z"
    elapsed:
      description: Seconds of the wait for the job.
      type: float
      returned: always
      sample: 12041.3
    messages:
      description: The tenant's last sentence about the run.
      type: list
      elements: str
      returned: always
      sample: ["Scan is in Completed state"]
    warnings:
      description: Warnings of the job. It has none.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: Parts of the job with a verdict of their own. It has none.
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
          sample: Completed
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
      description: Names the job so that any later task can wait for it. V(none) without a job. It holds no secret.
      type: dict
      returned: always
      sample:
        version: 1
        operation: cortex.network_scan
        endpoint: https://api-tenant.example.com:443
        id: "789"
        fingerprint: {}
        options:
          definition_id: "123"
          launch_message: "Scan launched successfully with run ID: 789"
        submitted_at: "2026-11-21T10:00:00Z"
polling:
  description: How the wait went.
  type: dict
  returned: always
  contains:
    polls:
      description: How often the job was looked at.
      type: int
      returned: always
      sample: 48
    outages:
      description: How many stretches without an answer there were.
      type: int
      returned: always
      sample: 1
    outage_seconds:
      description: How long they lasted together.
      type: float
      returned: always
      sample: 31.2
    observed:
      description: How often each thing was seen.
      type: dict
      returned: always
      sample:
        New: 1
        Running: 40
        HTTP 503: 2
        Paused: 4
        Completed: 1
result:
  description: What is known of the run. V(none) before it was looked at.
  type: dict
  returned: always
  contains:
    run_id:
      description: The number of the run.
      type: str
      returned: always
      sample: "789"
    message:
      description: The tenant's last sentence about the run.
      type: str
      returned: always
      sample: Scan is in Completed state
    definition_id:
      description: The number of the definition. V(none) for a run that was named by its number.
      type: str
      returned: when O(state) is V(completed)
      sample: "123"
    target:
      description: What was scanned in place of the targets of the definition. V(none) where nothing was.
      type: str
      returned: when O(state) is V(completed)
      sample: 192.0.2.0/24
    launch_message:
      description: What the tenant answered to the launch. V(none) for a run that was named by its number.
      type: str
      returned: when O(state) is V(completed)
      sample: "Scan launched successfully with run ID: 789"
    command_message:
      description: What the tenant answered to the command. It may be the sentence of a launch. V(none) where none was sent.
      type: str
      returned: when O(state) is not V(completed)
      sample: "Scan launched successfully with run ID: 789"
refusal:
  description: Why nothing was submitted.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [busy, denied, rejected, bad_input, missing_library]
      sample: rejected
    status:
      description: The HTTP status of the answer. Errors of the request come with V(500), too.
      type: int
      returned: when the tenant refused the request
      sample: 400
    err_code:
      description: The tenant's number of the error, empty where it gave none.
      type: str
      returned: when the tenant refused the request
      sample: ""
    err_msg:
      description: The tenant's words.
      type: str
      returned: when the tenant refused the request
      sample: The request contains invalid or missing parameters
    err_extra:
      description: What the tenant says beside that, in its own form.
      type: raw
      returned: when the tenant refused the request
      sample: [{"field": "target", "message": "is no IP address"}]
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import CORTEX, CORTEX_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import network_scan

ARGUMENTS = {
    "argument_spec": {
        **CORTEX,
        **JOB,
        "definition_id": {"type": "str"},
        "target": {"type": "str"},
        "run_id": {"type": "str"},
        "state": {"type": "str", "choices": ["completed", *network_scan.COMMANDS], "default": "completed"},
        "paused_is": {"type": "str", "choices": ["wait", "fail"]},
    },
    "supports_check_mode": True,
    "required_by": {**CORTEX_RULES["required_by"], "target": ["definition_id"]},
    "required_one_of": [("definition_id", "run_id", "handle")],
    "mutually_exclusive": [("definition_id", "run_id")],
}


def run(task: Task) -> Result:
    return run_job(task, "cortex.network_scan", lambda: network_scan.from_options(task.params))


if __name__ == "__main__":
    main(ARGUMENTS, run)
