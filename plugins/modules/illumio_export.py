#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_export
short_description: Export a collection of an Illumio PCE
version_added: 0.1.0
description:
  - Reads all objects of a collection, such as the workloads, and writes them to a file, or returns them where they are few.
  - The PCE is asked to read the collection as a job, because it cuts a plain answer at 500 objects without a sign. The file that the job
    makes is streamed to the disk, so that the task needs little memory however many objects there are. The file takes its place, with
    mode 0600, only when it is whole.
  - An endpoint that knows no jobs answers at once. Its answer is taken as the result, unless it was cut off, which fails the task.
  - The task reports a change only if the content differs from that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  path:
    description:
      - The collection. A path without a slash in front is below the organization, such as V(workloads) or V(sec_policy/active/services).
        One with a slash is taken as it is, such as V(/users).
      - Any path is taken. Which collections a PCE reads as jobs depends on its release.
      - Required without O(handle).
    type: str
  pversion:
    description:
      - Export the V(draft) or the V(active) version of a part of the policy. O(path) is below the policy then, such as V(rule_sets).
    type: str
    choices: [draft, active]
  query:
    description:
      - 'The parameters of the request by their names in the API, such as V({"managed": true, "labels": [["/orgs/1/labels/7"]]}).'
      - Lists and dictionaries are passed as JSON, as the label filters of the API want it.
      - C(max_results) bounds the number of objects where the endpoint answers at once.
    type: dict
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the objects are returned in RV(result.rows).
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
  format:
    description:
      - How to write the file.
      - "V(json): one array. Whole objects have the very text that the PCE sent."
      - "V(ndjson): one object a line."
      - "V(csv): as in RFC 4180, with the names of the fields in the first line. Objects inside of an object become fields such as
        C(agent.status.mode), lists are cells of JSON. Without O(fields) there is a column for each field that any object has, in the order
        in which they first came. Such a file is written in two passes and takes twice the space on the disk for a moment."
    type: str
    choices: [json, ndjson, csv]
    default: json
  fields:
    description:
      - Only these fields of each object, in this order. A field inside of another is named with dots, such as V(agent.status.mode).
      - Fields that an object does not have are left out of JSON, and empty in CSV.
    type: list
    elements: str
  max_rows:
    description: How many objects may be returned. More fail the task. It does not bound what is written to O(dest).
    type: int
    default: 1000
  delete_job:
    description:
      - Whether to delete the job and its data on the PCE once they are read. If that fails it is a warning.
      - With V(false) the PCE deletes them after a time that Illumio does not document. Until then the result can be read again by the handle.
    type: bool
    default: true
notes:
  - "Defaults for exports: O(wait_timeout) 3600, O(poll_interval) 5, O(poll_max_interval) 30, O(outage_timeout) 600 seconds. A PCE runs
    these jobs when it has little else to do, so a job may be pending for long. C(Retry-After) is obeyed."
  - O(adopt) waits for a job that reads the same path with the same parameters and that the same account has started. Whose a job is, the
    task proves by the API keys of that account, which the PCE lists to their owner. For a session it is the number of the user. Where the
    PCE proves nothing a second job is started, which does no harm.
  - That a job shows its parameters is assumed from the documented form without any. On a PCE that leaves them out, an export without
    parameters may adopt one of the same account that has some. It is left alone, and a job of our own started, where it turns out to have
    read fewer objects than the PCE counts. Not every collection is counted, so set O(adopt=false) where both may run at the same time.
  - An adopted job that is gone, because the task that started it had its result and deleted it, is followed by one of our own.
  - A PCE has no call that stops such a job, so that O(on_timeout=cancel) is refused.
  - A PCE keeps jobs for a short time only. One that it does not know any more ends with outcome V(lost), and nothing is submitted in its
    place. To run the task again without the handle is harmless.
  - The order of the objects is that of the PCE. They are not sorted.
  - Cells of a table are written as the PCE has them. Programs for tables take what begins with C(=), C(+), C(-) or C(@) for a formula, and
    names of hosts and processes are chosen by others. Open such a file as text.
  - A PCE allows 500 requests a minute for one API key, whichever hosts they come from. A request that it answers with HTTP 429 counts as
    an outage and is repeated after a pause. Many exports with one key need a greater O(poll_interval).
  - In check mode only the job list is read. The prediction is that the content differs.
seealso:
  - module: netops.jobs.illumio_job_info
  - module: netops.jobs.illumio_job
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - As long as the objects on the PCE and their order stay the same. Many of them hold times of last contact.
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
- name: Export all workloads
  netops.jobs.illumio_export:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    path: workloads
    dest: /srv/netops/workloads.json

- name: Export the managed ones as a table
  netops.jobs.illumio_export:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    path: workloads
    query:
      managed: true
    dest: /srv/netops/workloads.csv
    format: csv
    fields: [hostname, enforcement_mode, agent.status.security_policy_sync_state, labels]

- name: Get the labels
  netops.jobs.illumio_export:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    path: labels
    fields: [href, key, value]
    max_rows: 20000
  register: labels

- name: Start an export of the active services, go on with the play
  netops.jobs.illumio_export:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    pversion: active
    path: services
    dest: /srv/netops/services.ndjson
    format: ndjson
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
  sample: "illumio.export job /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe on https://pce.example.com:8443 succeeded."
job:
  description: The job. Of an export that was answered at once, what there is to say without one.
  type: dict
  returned: always
  contains:
    operation:
      description: V(illumio.export).
      type: str
      returned: always
      sample: illumio.export
    id:
      description: The href of the job, V(none) without one.
      type: str
      returned: always
      sample: /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe
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
      description: Always V(none). A PCE does not say how far such a job is.
      type: float
      returned: always
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
      description: Why the job failed, as far as the PCE says so.
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
        operation: illumio.export
        endpoint: https://pce.example.com:8443
        id: /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe
        fingerprint:
          path: /orgs/1/workloads?managed=true
          description: /orgs/1/workloads?managed=true
          requested_at: "2026-11-21 10:00:00.303166"
          requested_by: /users/14
        options:
          dest: /srv/netops/workloads.json
          format: json
          max_rows: "1000"
          delete_job: "true"
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
        pending: 1
        HTTP 502: 1
        running: 1
        done: 1
result:
  description: The objects, or the file. V(none) if the export did not succeed.
  type: dict
  returned: always
  contains:
    count:
      description: How many objects there are.
      type: int
      returned: success
      sample: 100000
    href:
      description: The href of the job, V(none) where the PCE answered at once.
      type: str
      returned: success
      sample: /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe
    rows:
      description: The objects, in the PCE's order.
      type: list
      elements: raw
      returned: success, when O(dest) is not given
      sample:
        - href: /orgs/1/labels/7
          key: role
          value: web
    format:
      description: The format of the file.
      type: str
      returned: success, when O(dest) is given
      sample: json
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/workloads.json
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 315200004
    sha256:
      description: The SHA-256 of its content.
      type: str
      returned: success, when O(dest) is given
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
refusal:
  description: Why nothing was submitted, or why an answer that came at once was not taken.
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
    count:
      description: How many objects there were in an answer that was cut off.
      type: int
      returned: when the answer was cut off
      sample: 500
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ILLUMIO, ILLUMIO_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import export, export_options

ARGUMENTS = {
    "argument_spec": {
        **ILLUMIO,
        **JOB,
        "path": {"type": "str"},
        "pversion": {"type": "str", "choices": ["draft", "active"]},
        "query": {"type": "dict"},
        "dest": {"type": "path"},
        "format": {"type": "str", "choices": list(export_options.FORMATS), "default": "json"},
        "fields": {"type": "list", "elements": "str"},
        "max_rows": {"type": "int", "default": export_options.KEPT_ROWS},
        "delete_job": {"type": "bool", "default": True},
    },
    "supports_check_mode": True,
    **ILLUMIO_RULES,
    "required_one_of": [("path", "handle")],
}


def run(task: Task) -> Result:
    return run_job(task, "illumio.export", lambda: export.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
