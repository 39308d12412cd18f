#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_report
short_description: Have an Illumio PCE make a report
version_added: 0.1.0
description:
  - Asks the PCE for a report, waits until it is made, and writes it to a file.
  - The file is streamed to the disk and takes its place, with mode 0600, only when it is whole.
  - A report that is made is kept by the PCE for some days and then deleted. That is no change of its configuration, and not reported as
    one. The task reports a change only if the content differs from that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  template:
    description:
      - The template, by its name or its href. V(executive_summary_report), V(traffic_flow_report), V(rule_hit_count_report), V(explorer),
        V(ves) and V(ransomware) are known; which of them a PCE offers depends on its release and its settings.
      - One that the PCE does not list, or that is switched off there, fails the task before anything is started.
      - Required without O(handle).
    type: str
  last_days:
    description: The report is about this many days up to now.
    type: int
  start:
    description:
      - The report is about the time from here on, as V(2026-11-21T10:00:00Z) or with an offset such as V(+01:00), or from the beginning of a
        date in UTC.
      - The time is checked by the task. One in the future is refused.
    type: str
  end:
    description:
      - The end of the time, in the form of O(start). A date alone is the end of that day in UTC.
      - If not given, it is the moment at which the task begins.
    type: str
  report_parameters:
    description:
      - What else the template wants, by the names in the API. It is passed on as it is, and the PCE checks it.
      - "V(rule_hit_count_report) wants C(rule_sets), V(traffic_flow_report) wants C(app_groups), V(explorer) wants C(filters)."
    type: dict
  description:
    description:
      - What to say of the report, at most 230 characters. A token is added to it, by which the task finds the report again when the answer
        to its submission is lost.
    type: str
  send_by_email:
    description: Whether the PCE sends the report to the owner of the API key, too. If not given it is not sent, and the PCE decides.
    type: bool
  report_format:
    description:
      - The format of the report.
      - Only PCEs that know this option take it, others refuse the report. If not given it is not sent, and the template decides.
    type: str
    choices: [pdf, csv]
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the report stays on the PCE.
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
notes:
  - "Defaults for reports: O(wait_timeout) 1800, O(poll_interval) 3, O(poll_max_interval) 30, O(outage_timeout) 600 seconds."
  - Reports are made for the whole organization. The owner of the API key must be its administrator.
  - O(adopt) waits for a report in flight whose token says that it has the same options.
  - The API has no call that deletes a report. The PCE does so after 1 to 7 days, as its settings say, and it makes at most 25 at a time.
  - A PCE allows 500 requests a minute for one API key, whichever hosts they come from. A request that it answers with HTTP 429 counts as
    an outage and is repeated after a pause.
  - In check mode templates, settings and the list of reports are read. The prediction is that the content differs.
seealso:
  - module: netops.jobs.illumio_traffic_query
  - module: netops.jobs.job_wait
  - module: netops.jobs.job_cancel
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each run makes a report, and reports hold the time at which they were made.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._illumio
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.illumio
"""

EXAMPLES = r"""
- name: Write how often the rules were hit in a month
  netops.jobs.illumio_report:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    template: rule_hit_count_report
    last_days: 30
    report_parameters:
      rule_sets: []
    report_format: csv
    description: Review CHG0042
    dest: /srv/netops/rule-hits.csv

- name: Write the summary of a week
  netops.jobs.illumio_report:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    template: executive_summary_report
    start: "2026-11-01"
    end: "2026-11-07"
    dest: /srv/netops/summary.pdf

- name: Start a report, go on with the play
  netops.jobs.illumio_report:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    template: executive_summary_report
    last_days: 7
    dest: /srv/netops/week.pdf
    wait: false
  register: started

- name: Write the file later
  netops.jobs.job_wait:
    handle: "{{ started.job.handle }}"
    connection:
      api_key: "{{ illumio_api_key }}"
      api_secret: "{{ illumio_api_secret }}"
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
  sample: "illumio.report job /orgs/1/reports/d1b80240-ffa5-4e99-b2a0-c3d4946efe03 on https://pce.example.com:8443 succeeded."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(illumio.report).
      type: str
      returned: always
      sample: illumio.report
    id:
      description: The href of the job, V(none) without one.
      type: str
      returned: always
      sample: /orgs/1/reports/d1b80240-ffa5-4e99-b2a0-c3d4946efe03
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the PCE's words.
      type: str
      returned: always
      sample: done
    progress:
      description: Percent done, V(none) where the PCE did not say.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Whether the task found the job in flight instead of submitting it.
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
      description: Seconds of the wait for the job, the download included.
      type: float
      returned: always
      sample: 41.3
    messages:
      description: Why the report failed, as far as the PCE says so.
      type: list
      elements: str
      returned: always
      sample: []
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
          sample: done
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
        operation: illumio.report
        endpoint: https://pce.example.com:8443
        id: /orgs/1/reports/d1b80240-ffa5-4e99-b2a0-c3d4946efe03
        fingerprint:
          description: "Review CHG0042 [nj:5c3267eed6-7d3e90aa]"
        options:
          dest: /srv/netops/rule-hits.csv
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
      sample: 4
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
        pending 0%: 2
        HTTP 502: 1
        done: 1
result:
  description: The report. V(none) if it was not made.
  type: dict
  returned: always
  contains:
    href:
      description: The href of the report.
      type: str
      returned: success
      sample: /orgs/1/reports/d1b80240-ffa5-4e99-b2a0-c3d4946efe03
    template:
      description: The href of its template.
      type: str
      returned: success
      sample: /orgs/1/report_templates/rule_hit_count_report
    description:
      description: Its description, with the token.
      type: str
      returned: success
      sample: "Review CHG0042 [nj:5c3267eed6-7d3e90aa]"
    generated_at:
      description: When the PCE made it, in the PCE's own form.
      type: str
      returned: success
      sample: "2026-11-21T10:00:40.233Z"
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/rule-hits.csv
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 18432
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
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the PCE refused the request
      sample: 406
    code:
      description: The token of the PCE's error, empty where it gave none.
      type: str
      returned: when the PCE refused the request
      sample: input_validation_error
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ILLUMIO, ILLUMIO_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import report

ARGUMENTS = {
    "argument_spec": {
        **ILLUMIO,
        **JOB,
        "template": {"type": "str"},
        "last_days": {"type": "int"},
        "start": {"type": "str"},
        "end": {"type": "str"},
        "report_parameters": {"type": "dict"},
        "description": {"type": "str"},
        "send_by_email": {"type": "bool"},
        "report_format": {"type": "str", "choices": ["pdf", "csv"]},
        "dest": {"type": "path"},
    },
    "supports_check_mode": True,
    "required_by": {**ILLUMIO_RULES["required_by"], "end": ["start"]},
    "required_one_of": [("template", "handle")],
    "mutually_exclusive": [("last_days", "start")],
}


def run(task: Task) -> Result:
    return run_job(task, "illumio.report", lambda: report.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
