#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_log_export
short_description: Export the rows of a log of a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Reads the rows of any log, as many as there are, and writes them to a file, or returns them where they are few.
  - The device gives 5000 rows at a time. The task asks for one page after the other, newest rows first, within a window of time that
    is closed before the first one. Each page begins with the last row of the one before, so that a shift of the log is noticed. No row
    is lost or doubled, whatever comes in or is deleted meanwhile.
  - The rows are streamed to the disk, so that the task needs little memory however many they are. The file takes its place, with mode
    0600, only when it is whole.
  - The task reports a change only if the content differs from that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  log_type:
    description:
      - The log, by the name that the XML API has for it.
      - Documented are V(traffic), V(threat), V(config), V(system), V(hipmatch), V(globalprotect), V(wildfire), V(url), V(data), V(corr),
        V(corr-detail), V(corr-categ), V(userid), V(auth), V(gtp), V(external), V(iptag), V(decryption).
      - Required without O(handle).
    type: str
  query:
    description:
      - Which rows, as in the log viewer of the device, such as V((app eq dns\) and (addr.src in 192.0.2.0/24\)).
      - The bounds of time are added to it. Do not write any into it.
    type: str
  start:
    description:
      - The oldest time of receipt, in the device's own time, such as V(2026/11/21 10:00:00). The row that came in that second is in.
      - Without it and without O(last) the log is read to its beginning.
    type: str
  end:
    description:
      - The newest time of receipt, in the device's own time. The row that came in that second is in.
      - The export ends one minute before the time that the device's clock shows, if that is earlier or nothing is given, because younger
        rows may still be on their way into the log. RV(result.end) says where it ended.
    type: str
  last:
    description:
      - How far back from the end to read, as a number with C(s), C(m), C(h), C(d) or C(w), such as V(15m), V(24h) or V(7d).
    type: str
  limit:
    description:
      - How many rows to take at most, the newest. RV(result.truncated) says whether there were more.
      - Without it all rows are written to O(dest). Where rows are returned, more than 1000 fail the task, unless this allows them.
    type: int
notes:
  - "Defaults for log exports: O(wait_timeout) 3600, O(poll_interval) 0.5, O(poll_max_interval) 15, O(outage_timeout) 600 seconds. The
    whole export counts, with all its pages. Between pages that are ready there is no pause, and the pace starts anew with each page."
  - The account needs the permissions for logs and for operational requests (C(show system info), for the time) in its admin role.
  - O(target) cannot be used, because Panorama does not pass log queries on. Ask the firewall itself, or the Panorama that has its logs.
  - The device deletes a query once its rows were read. A page whose transfer broke off is therefore asked for again. An export that was
    interrupted in the middle cannot go on from its handle, and ends with outcome V(lost). To run the task again is harmless.
  - O(handle) therefore is for an export that was started with O(wait=false). Neither O(wait=false) nor check mode asks for the state
    of such an export, because the answer would take its rows.
  - O(adopt) has no effect. A query that is sent a second time changes nothing.
  - A shift of the log that cannot be bridged, because more than a page of rows appeared inside of the window or the newest vanished,
    fails the task. Nothing is written then.
  - In check mode only the device's clock is read. The prediction is that the content differs.
seealso:
  - module: netops.jobs.panos_report
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
      - A second run changes nothing if O(end) is given and the rows are the same. Without O(end) each run has another window.
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
- name: Export the traffic of the last day
  netops.jobs.panos_log_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    log_type: traffic
    last: 24h
    dest: /srv/netops/fw1-traffic.ndjson

- name: Export one month as a table
  netops.jobs.panos_log_export:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    log_type: threat
    query: (severity eq critical)
    start: 2026/10/01 00:00:00
    end: 2026/10/31 23:59:59
    dest: /srv/netops/threats.csv
    format: csv
    fields: [receive_time, serial, src, dst, app, threatid, severity, action]

- name: Get the last ten configuration changes
  netops.jobs.panos_log_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    log_type: config
    limit: 10
  register: changes

- name: Show who made them
  ansible.builtin.debug:
    msg: "{{ changes.result.rows | map(attribute='admin') | unique }}"

- name: Start a long query now, go on with the play
  netops.jobs.panos_log_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    log_type: system
    dest: /srv/netops/fw1-system.xml
    format: xml
    wait: false
  register: started

- name: Read the rows later
  netops.jobs.panos_log_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    handle: "{{ started.job.handle }}"
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
  sample: "panos.log_export job 42 on https://fw1.example.com:443 succeeded (12345 rows)."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.log_export).
      type: str
      returned: always
      sample: panos.log_export
    id:
      description: The device's id of the query for the first page, V(none) without one.
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
      description: Percent done, estimated from the times of the rows or from O(limit). V(none) where neither is known.
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
      description: Why the log could not be read to its end.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: What people should know of the export, such as that the oldest rows were deleted meanwhile.
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
        operation: panos.log_export
        endpoint: https://fw1.example.com:443
        id: "42"
        fingerprint:
          tenq: "10:00:00"
        options:
          log_type: traffic
          query: ""
          start: 2026/11/20 09:59:00
          end: 2026/11/21 09:59:00
          format: ndjson
          dest: /srv/netops/fw1-traffic.ndjson
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
        ACT 81%: 1
        FIN: 1
result:
  description: The rows, or the file. V(none) if the export did not succeed.
  type: dict
  returned: always
  contains:
    log_type:
      description: The log.
      type: str
      returned: success
      sample: traffic
    query:
      description: The whole query as the device got it, with the bounds of time.
      type: str
      returned: success
      sample: (app eq dns) and (receive_time leq '2026/11/21 09:59:00') and (receive_time geq '2026/11/20 09:59:00')
    start:
      description: The beginning of the window, in the device's own time, V(none) for none.
      type: str
      returned: success
      sample: 2026/11/20 09:59:00
    end:
      description: The end of the window, in the device's own time. The next window may begin one second later.
      type: str
      returned: success
      sample: 2026/11/21 09:59:00
    count:
      description: How many rows were taken.
      type: int
      returned: success
      sample: 12345
    pages:
      description: How many pages it took.
      type: int
      returned: success
      sample: 3
    truncated:
      description: Whether there were more rows than O(limit).
      type: bool
      returned: success
      sample: false
    rows:
      description: The rows, newest first.
      type: list
      elements: dict
      returned: success, when O(dest) is not given
      sample:
        - logid: "7000123"
          receive_time: 2026/11/21 09:58:59
          app: dns
          action: allow
    format:
      description: The format of the file.
      type: str
      returned: success, when O(dest) is given
      sample: csv
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/fw1-traffic.ndjson
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 7340032
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
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import log_export

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        "log_type": {"type": "str"},
        "query": {"type": "str"},
        "start": {"type": "str"},
        "end": {"type": "str"},
        "last": {"type": "str"},
        "limit": {"type": "int"},
        **ROWS,
    },
    "supports_check_mode": True,
    **PANOS_RULES,
    "required_one_of": [*PANOS_RULES["required_one_of"], ("log_type", "handle")],
    "mutually_exclusive": [("start", "last")],
}


def run(task: Task) -> Result:
    return run_job(task, "panos.log_export", lambda: log_export.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
