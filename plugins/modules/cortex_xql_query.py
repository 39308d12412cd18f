#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cortex_xql_query
short_description: Run an XQL query on Cortex XSIAM or XDR
version_added: 0.1.0
description:
  - Runs an XQL query, waits for its end, and writes the rows to a file, or returns them where they are few.
  - The rows are streamed to the disk, so that the task needs little memory however many there are. The file takes its place, with mode
    0600, only when it is whole and has as many rows as the tenant says that there are.
  - A tenant runs four queries of the API at a time. One that is refused for that is tried again until O(wait_timeout) ends.
  - The task reports a change only if the content differs from that of the file that was there before. A query changes nothing in the tenant,
    but costs quota.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  query:
    description:
      - The query, in XQL.
      - It is sent with one more line, a comment that has a token. By that the task finds it again among the queries that run.
      - One of O(query), O(query_id) and O(handle) is required.
    type: str
  start:
    description:
      - The beginning of the time to search, as V(2026-11-21T10:00:00Z) or with an offset such as V(+01:00), or a date alone for the
        beginning of that day in UTC.
      - Without O(start) and O(last) the tenant searches its own default time.
    type: str
  end:
    description:
      - The end of the time, in the form of O(start). A date alone is the end of that day in UTC.
      - If not given, it is the moment at which the task begins.
    type: str
  last:
    description: The length of the time up to its end, such as V(15m), V(24h), V(7d) or V(4w).
    type: str
  tenants:
    description: The tenants to search, by their ids, where this one manages others. Without it, this one.
    type: list
    elements: str
    default: []
  query_id:
    description: The id of a query that was started before, also in the console. The task reads its rows and starts none.
    type: str
  max_results:
    description:
      - How many rows to take at most, up to 1000000, which a tenant gives at most.
      - If not given it is 1000000 with O(dest). Without O(dest) it is 1000, and at most 10000.
    type: int
  on_truncation:
    description:
      - What to do when the query found more rows than are taken.
      - V(warn) takes what there is, warns, and says so in RV(result.truncated).
      - V(fail) writes nothing and fails the task.
    type: str
    choices: [fail, warn]
    default: warn
  wait_for_idle:
    description:
      - Whether to try again, until O(wait_timeout) ends, when the tenant refuses because too many queries run at a time.
      - With V(false), or when the time is over, the task ends with outcome V(refused) and the reason V(busy).
    type: bool
    default: true
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the rows are returned in RV(result.rows).
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
  format:
    description:
      - How to write the file.
      - "V(ndjson): one row a line, as JSON."
      - "V(csv): as in RFC 4180, with the names of the fields in the first line. What is no text is a cell of JSON. Without O(fields) there
        is a column for each field that any row has, in the order in which they first came. Such a file is written in two passes and takes
        twice the space on the disk for a moment."
      - "V(json): one array with a row a line."
    type: str
    choices: [ndjson, csv, json]
    default: ndjson
  fields:
    description:
      - Only these fields of each row, in this order. The stage C(fields) of the query does the same in the tenant, and is cheaper.
      - Fields that a row does not have are left out of JSON, and empty in CSV.
    type: list
    elements: str
notes:
  - "Defaults for queries: O(wait_timeout) 3900, O(poll_interval) 5, O(poll_max_interval) 20, O(outage_timeout) 600 seconds. A tenant gives
    a query up after 60 minutes unless it is told otherwise."
  - O(adopt) waits for a query that runs and whose token says that it has the same options. O(dest), O(format), O(fields) and O(max_results)
    are those of this task.
  - A query whose start got no answer is looked for among those that run. If it is not there it may be over already, or the tenant may not
    say what runs; then it is started once more. That changes nothing in the tenant, may cost quota twice, and is a warning.
  - Queries cannot be stopped by the API, so O(on_timeout=cancel) is refused.
  - A query that fails says nothing of the reason that is documented. RV(job.messages) has the whole answer.
  - Times without quotes are times for YAML, too. Write them in quotes, or with a zone.
  - In check mode only the queries that run are read. The prediction is that the content differs.
seealso:
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - With O(start) and O(end) in the past the same rows come again, as long as the tenant keeps them and the query gives their order.
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
- name: Write a day of processes to a file
  netops.jobs.cortex_xql_query:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    query: |
      dataset = xdr_data
      | filter event_type = ENUM.PROCESS
      | fields agent_hostname, action_process_image_path, action_process_username
    last: 24h
    dest: /srv/netops/processes.csv
    format: csv

- name: Get a few rows of one week
  netops.jobs.cortex_xql_query:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    query: dataset = panw_ngfw_traffic_raw | comp count() as flows by source_ip | sort desc flows | limit 10
    start: "2026-11-01"
    end: "2026-11-07"
  register: talkers

- name: Start a long query, go on with the play
  netops.jobs.cortex_xql_query:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    query: dataset = xdr_data | filter event_type = ENUM.NETWORK
    last: 30d
    dest: /srv/netops/network.ndjson
    wait: false
  register: started

- name: Write the file later
  netops.jobs.job_wait:
    handle: "{{ started.job.handle }}"
    connection:
      api_key: "{{ cortex_api_key }}"
      api_key_id: "{{ cortex_api_key_id }}"
      key_type: advanced

- name: Read the same rows once more, by the id of the query
  netops.jobs.cortex_xql_query:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    query_id: "{{ started.job.id }}"
    max_results: 10
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
  sample: "cortex.xql_query job 061880b4867446_4356_inv on https://api-tenant.example.com:443 succeeded (1984 rows)."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(cortex.xql_query).
      type: str
      returned: always
      sample: cortex.xql_query
    id:
      description: The id of the query.
      type: str
      returned: always
      sample: "061880b4867446_4356_inv"
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the tenant's word, such as V(PENDING).
      type: str
      returned: always
      sample: SUCCESS
    progress:
      description: Always V(none). A tenant does not say how far it is.
      type: float
      returned: always
    adopted:
      description: Whether the task found the query running instead of starting it.
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
      description: Of a query that failed, the whole answer of the tenant.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: Warnings of the job. It has none, see the warnings of the task.
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
          sample: SUCCESS
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
        operation: cortex.xql_query
        endpoint: https://api-tenant.example.com:443
        id: 061880b4867446_4356_inv
        fingerprint: {}
        options:
          dest: /srv/netops/processes.csv
          format: csv
          on_truncation: warn
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
      sample: 31.2
    observed:
      description: How often each thing was seen.
      type: dict
      returned: always
      sample:
        PENDING: 2
        HTTP 502: 1
        SUCCESS: 1
result:
  description: The rows, or the file. Of a query that failed only what it cost. V(none) otherwise.
  type: dict
  returned: always
  contains:
    query_id:
      description: The id of the query.
      type: str
      returned: when the query has ended
      sample: 061880b4867446_4356_inv
    number_of_results:
      description: How many rows the query found, V(none) where the tenant does not say.
      type: int
      returned: when the query has ended
      sample: 1984
    query_cost:
      description: What the query cost of the quota, for each tenant or as one number, V(none) where the tenant does not say.
      type: raw
      returned: when the query has ended
      sample: {"376699223": 0.0031591666666666665}
    remaining_quota:
      description: What is left of the quota, V(none) where the tenant does not say.
      type: float
      returned: when the query has ended
      sample: 999.9
    partial:
      description: Whether the query succeeded in part only. The answer is in a warning then.
      type: bool
      returned: when the query has ended
      sample: false
    count:
      description: How many rows were taken.
      type: int
      returned: success
      sample: 1984
    truncated:
      description: Whether there are more rows than were taken.
      type: bool
      returned: success
      sample: false
    rows:
      description: The rows, in the tenant's order.
      type: list
      elements: dict
      returned: success, when O(dest) is not given
      sample:
        - _time: "2026-11-21 09:58:12.31 UTC"
          event_id: "17"
          _vendor: PANW
          _product: XDR agent
    format:
      description: The format of the file.
      type: str
      returned: success, when O(dest) is given
      sample: csv
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/processes.csv
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 64000
    sha256:
      description: The SHA-256 of its content.
      type: str
      returned: success, when O(dest) is given
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
refusal:
  description: Why nothing was started.
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
      sample: 500
    err_code:
      description: The tenant's number of the error, empty where it gave none.
      type: str
      returned: when the tenant refused the request
      sample: "500"
    err_msg:
      description: The tenant's words.
      type: str
      returned: when the tenant refused the request
      sample: An error occurred while processing XDR public API
    err_extra:
      description: What the tenant says beside that, in its own form.
      type: raw
      returned: when the tenant refused the request
      sample: {"err_msg": "reached max allowed amount of parallel running queries", "remaining_quota": 999.9}
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import CORTEX, CORTEX_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import xql_options, xql_query

TEXT = {"type": "str"}

ARGUMENTS = {
    "argument_spec": {
        **CORTEX,
        **JOB,
        **dict.fromkeys(("query", "start", "end", "last", "query_id"), TEXT),
        "tenants": {"type": "list", "elements": "str", "default": []},
        "max_results": {"type": "int"},
        "on_truncation": {"type": "str", "choices": list(xql_options.ON_TRUNCATION), "default": "warn"},
        "wait_for_idle": {"type": "bool", "default": True},
        "dest": {"type": "path"},
        "format": {"type": "str", "choices": list(xql_options.FORMATS), "default": "ndjson"},
        "fields": {"type": "list", "elements": "str"},
    },
    "supports_check_mode": True,
    **CORTEX_RULES,
    "required_one_of": [("query", "query_id", "handle")],
    "mutually_exclusive": [("query", "query_id"), ("start", "last")],
}


def run(task: Task) -> Result:
    return run_job(task, "cortex.xql_query", lambda: xql_query.from_options(task.params))


if __name__ == "__main__":
    main(ARGUMENTS, run)
