#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_op
short_description: Run any operational command on a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Sends an operational command, given as words or as XML, and returns the answer as XML and as a dictionary.
  - When the answer names a job, the task waits for its verdict, as for any other job.
  - For what has a module of its own, such as commits and pushes, use that. It knows when there is nothing to do, and it finds its job
    again when an answer is lost.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  command:
    description:
      - The command, required unless there is a O(handle).
      - Words become elements, each inside the one before, so that C(show system info) becomes
        C(<show><system><info></info></system></show>).
      - A text in double quotes is the value of the word before it. What follows stands beside that word. So
        C(clear session all filter application "web-browsing" source "192.0.2.1") has two elements in C(filter). Everything that is no keyword
        of the command line needs double quotes, numbers and names of interfaces too. This is the notation of pan-os-python.
      - What begins with C(<) is taken as XML. It is the way to give attributes, several elements of the same level without a value, and
        values with double quotes. The command C(debug cli on) on the command line of the device shows the XML of each command.
      - It shows in the C(invocation) of the result, and progress and messages show its words, though never its values. Set C(no_log) on a task
        whose command holds a secret.
    type: str
  vsys:
    description:
      - The virtual system for which to run the command, such as V(vsys1). Most commands need none.
    type: str
  changes:
    description:
      - Whether the command changes anything. It decides whether the task reports a change, what check mode does, and what is done when the
        answer is lost.
      - If not given, it is decided by the words. Commands that begin with C(check), C(diff), C(find), C(grep), C(less), C(ping), C(show),
        C(tail), C(test) but C(test vpn), C(traceroute) or C(view-pcap) change nothing, nor does a C(request) that ends with C(check) or C(info). All others do.
    type: bool
  wait_for_idle:
    description:
      - Whether to send the command again, until O(wait_timeout) ends, when the device refuses because another job is in its way.
      - With V(false), or when the time is over, the task ends with outcome V(refused) and names the running job.
    type: bool
    default: true
notes:
  - "Defaults: O(wait_timeout) 1800, O(poll_interval) 2, O(poll_max_interval) 15, O(outage_timeout) 600 seconds."
  - In check mode a command that changes nothing is run. Any other is not sent, and a change is predicted.
  - A command that changes nothing is sent again when its answer is lost. Any other is not. PAN-OS tells nothing by which one could find out
    whether it was carried out, so the task ends with outcome V(lost) and names the jobs that were started meanwhile.
  - When the connection drops instead of an answer to C(request restart) or C(request shutdown), the command counts as accepted. That is how a
    device begins to restart.
  - O(adopt) has no effect, a job of an operational command carries no mark.
  - That no update is available is an error to PAN-OS. Here it is outcome V(nothing_to_do).
seealso:
  - module: netops.jobs.panos_commit
  - module: netops.jobs.panos_job_info
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - As the command is. One that changes nothing never reports a change.
  in_controller:
    support: full
requirements:
  - xmltodict
extends_documentation_fragment:
  - netops.jobs._panos
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.panos
"""

EXAMPLES = r"""
- name: Ask for the version
  netops.jobs.panos_op:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    command: show system info
  register: info

- name: Show it
  ansible.builtin.debug:
    msg: "{{ info.result.data.system['sw-version'] }}"

- name: Look at a job, whose id is a value
  netops.jobs.panos_op:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    command: show jobs id "1"

- name: Start a validation by XML and wait for its verdict
  netops.jobs.panos_op:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    command: <validate><full></full></validate>
    changes: false
    wait_timeout: 600
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
  sample: "panos.op job 42 on https://fw1.example.com:443 succeeded."
job:
  description: The job that the command started. Of a command that starts none, what there is to say without one.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.op), or V(panos.op_info) for a command that changes nothing.
      type: str
      returned: always
      sample: panos.op
    id:
      description: The device's id of the job, V(none) without a job.
      type: str
      returned: always
      sample: "42"
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the device's words, status and result.
      type: str
      returned: always
      sample: FIN/OK
    progress:
      description: Percent done, V(none) where the device did not say.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Whether the task found the job in flight instead of submitting it.
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
      sample: "2026-11-21T10:00:41Z"
    elapsed:
      description: Seconds of the wait for the job.
      type: float
      returned: always
      sample: 41.3
    messages:
      description: The details of the job, line by line.
      type: list
      elements: str
      returned: always
      sample: ["File successfully downloaded"]
    warnings:
      description: The warnings of the job, line by line.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: Parts of the job with a verdict of their own. A job of an operational command has none.
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
          sample: FIN/OK
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
        operation: panos.op
        endpoint: https://fw1.example.com:443
        id: "42"
        fingerprint:
          tenq: 2026/11/21 10:00:00
          type: Downld
          user: automation
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
      sample: 7
    outages:
      description: How many stretches without an answer there were.
      type: int
      returned: always
      sample: 1
    outage_seconds:
      description: How long they lasted together.
      type: float
      returned: always
      sample: 3.2
    observed:
      description: How often each thing was seen.
      type: dict
      returned: always
      sample:
        ACT 55%: 4
        HTTP 503: 2
        FIN/OK: 1
result:
  description: The answer to the command. For a job, what the device says of the job once it has succeeded, else V(none).
  type: dict
  returned: always
  contains:
    xml:
      description: The whole answer as XML. For a job that of C(show jobs id). Empty where the connection dropped instead.
      type: str
      returned: success
      sample: <response status="success"><result><system><hostname>fw1</hostname></system></result></response>
    data:
      description:
        - What is in C(result) of the answer, as the Python library xmltodict has it. Attributes begin with C(@), V(none) where it is empty.
        - An element that occurs several times is a list, one that occurs once is not. To tell one job from many see
          M(netops.jobs.panos_job_info).
      type: raw
      returned: success
      sample:
        system:
          hostname: fw1
          sw-version: 11.1.6
    text:
      description: The answer as text where it is one, else empty.
      type: str
      returned: success
      sample: ""
    type:
      description: The device's name for this kind of job.
      type: str
      returned: when there was a job
      sample: Downld
    user:
      description: The administrator in whose name it ran.
      type: str
      returned: when there was a job
      sample: automation
    description:
      description: The description of the job.
      type: str
      returned: when there was a job
      sample: ""
    enqueued:
      description: When the device accepted the job, in its own time.
      type: str
      returned: when there was a job
      sample: 2026/11/21 10:00:00
    finished:
      description: When the device ended the job, in its own time and form.
      type: str
      returned: when there was a job
      sample: "10:00:41"
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
    locks:
      description: The locks in the way, each with C(admin), C(type), C(scope), C(since), C(last_activity), C(logged_in), C(comment).
      type: list
      elements: dict
      returned: when the reason is V(locked)
      sample:
        - admin: alice
          type: commit
          scope: shared
          since: 2026/11/21 09:12:44
          last_activity: 2026/11/21 09:40:03
          logged_in: true
          comment: Migration of the DMZ, until noon
    jobs:
      description: The jobs in the way.
      type: list
      elements: dict
      returned: when the reason is V(busy)
      sample:
        - id: "41"
          type: Commit
          user: alice
          state: ACT
          progress: 55
    code:
      description: The error code of the device.
      type: str
      returned: when the reason is V(rejected) and the device gave one
      sample: "14"
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, PANOS, PANOS_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import op

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        "command": {"type": "str"},
        "vsys": {"type": "str"},
        "changes": {"type": "bool"},
        "wait_for_idle": {"type": "bool", "default": True},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
    "required_one_of": [*PANOS_RULES["required_one_of"], ("command", "handle")],
}


def run(task: Task) -> Result:
    return run_job(task, "panos.op", lambda: op.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
