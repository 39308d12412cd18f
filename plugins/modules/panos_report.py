#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_report
short_description: Run a report on a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Runs a report and returns its rows, or writes them to a file.
  - Reports that the device answers at once need no waiting. For all others it starts a job, which the task waits for.
  - The task reports a change only if it writes a file whose content differs from that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  report_type:
    description:
      - "V(predefined): a report that comes with the device and that it prepares itself, such as V(top-applications)."
      - "V(dynamic): a report that comes with the device and that is made when it is asked for, such as V(top-app-summary)."
      - "V(custom): a report that was configured on the device."
      - Required together with O(name).
    type: str
    choices: [dynamic, predefined, custom]
  name:
    description:
      - The name of the report on the device.
      - Required without O(handle).
    type: str
  period:
    description: The time that the report covers, by a name that the device knows, such as V(last-hour) or V(last-24-hrs).
    type: str
  start:
    description: The beginning of the time that the report covers, in the device's own time, such as V(2026/11/21 10:00:00).
    type: str
  end:
    description: The end of that time.
    type: str
  topn:
    description: How many rows the report is to have. The device decides where this is not given.
    type: int
  vsys:
    description: The virtual system that the report is about.
    type: str
notes:
  - "Defaults for reports: O(wait_timeout) 1800, O(poll_interval) 2, O(poll_max_interval) 15, O(outage_timeout) 600 seconds."
  - The options of time are passed on as they are. The device decides which of them a report needs or heeds.
  - Whether a report can be read a second time is not documented. So neither O(wait=false) with O(handle) nor check mode asks for its
    state, and a report whose transfer broke off may end with outcome V(lost). To run the task again is harmless.
  - O(adopt) has no effect, because to run a report a second time changes nothing. O(on_timeout=cancel) is refused, because reports
    cannot be stopped.
  - In check mode nothing is asked of the device. The prediction is that the content of a file differs.
seealso:
  - module: netops.jobs.panos_log_export
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - The content decides. A report about another time has other rows.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._panos
  - netops.jobs._tls
  - netops.jobs._rows
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.panos
"""

EXAMPLES = r"""
- name: See what ran over the firewall in the last hour
  netops.jobs.panos_report:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    report_type: dynamic
    name: top-app-summary
    period: last-hour
    topn: 5
  register: report

- name: Show it
  ansible.builtin.debug:
    msg: "{{ report.result.rows }}"

- name: Write a report that comes with the device to a table
  netops.jobs.panos_report:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    report_type: predefined
    name: top-applications
    dest: /srv/netops/fw1-top-applications.csv
    format: csv

- name: Start a report of our own now, go on with the play
  netops.jobs.panos_report:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    report_type: custom
    name: Custom-Web-Usage-Report
    wait: false
  register: started

- name: Read it later, unless it came at once
  netops.jobs.job_wait:
    handle: "{{ started.job.handle }}"
    connection:
      api_key: "{{ panos_api_key }}"
  when: started.job.handle is not none
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
  sample: "panos.report job 42 on https://fw1.example.com:443 succeeded."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.report).
      type: str
      returned: always
      sample: panos.report
    id:
      description: The device's id of the job, V(none) for a report that came at once.
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
      description: The same in the device's words.
      type: str
      returned: always
      sample: FIN
    progress:
      description: Percent done, V(none) where the device did not say.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Always V(false). To submit a second one is harmless.
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
      sample: []
    warnings:
      description: The warnings of the job, line by line.
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
          sample: FIN
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
        operation: panos.report
        endpoint: https://fw1.example.com:443
        id: "42"
        fingerprint:
          tenq: 2026/11/21 10:00:00
        options:
          report_type: predefined
          name: top-applications
          format: csv
          dest: /srv/netops/fw1-top-applications.csv
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
        ACT 40%: 2
        FIN: 1
result:
  description: The rows, or the file. V(none) if the report did not succeed.
  type: dict
  returned: always
  contains:
    report_type:
      description: The type of the report.
      type: str
      returned: success
      sample: predefined
    name:
      description: The name of the report.
      type: str
      returned: success
      sample: top-applications
    count:
      description: How many rows it has.
      type: int
      returned: success
      sample: 25
    rows:
      description: The rows, in the order of the report.
      type: list
      elements: dict
      returned: success, when O(dest) is not given
      sample:
        - app: dns
          bytes: "123456"
          sessions: "789"
    format:
      description: The format of the file.
      type: str
      returned: success, when O(dest) is given
      sample: csv
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/fw1-top-applications.csv
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 4096
    sha256:
      description: The SHA-256 of its content.
      type: str
      returned: success, when O(dest) is given
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
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
      sample: rejected
    code:
      description: The error code of the device.
      type: str
      returned: when the reason is V(rejected) and the device gave one
      sample: "17"
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, PANOS, PANOS_RULES, ROWS
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import report

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        "report_type": {"type": "str", "choices": list(report.TYPES)},
        "name": {"type": "str"},
        "period": {"type": "str"},
        "start": {"type": "str"},
        "end": {"type": "str"},
        "topn": {"type": "int"},
        "vsys": {"type": "str"},
        **ROWS,
    },
    "supports_check_mode": True,
    **PANOS_RULES,
    "required_one_of": [*PANOS_RULES["required_one_of"], ("name", "handle")],
    "required_together": [("report_type", "name"), ("start", "end")],
    "mutually_exclusive": [("period", "start")],
}


def run(task: Task) -> Result:
    return run_job(task, "panos.report", lambda: report.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
