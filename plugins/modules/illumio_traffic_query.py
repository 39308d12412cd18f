#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_traffic_query
short_description: Query the traffic that an Illumio PCE has seen
version_added: 0.1.0
description:
  - Asks the PCE for the flows between sources and destinations in a stretch of time, waits for its answer, and writes the flows to a file,
    or returns them where they are few.
  - The rows are streamed to the disk, so that the task needs little memory however many there are. The file takes its place, with mode
    0600, only when it is whole.
  - What is missing in an answer is said. A PCE cuts the rows at O(max_results) and counts the matches beyond it, members of a supercluster
    may not have answered, and an answer without rows where there must be some is fetched again and is never a success.
  - The task reports a change only if the content differs from that of the file that was there before. A query changes nothing on the PCE.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  start:
    description:
      - The beginning of the time, as V(2026-11-21T10:00:00Z) or with an offset such as V(+01:00), or a date alone for the beginning of that
        day in UTC.
      - Times are checked by the task, because a PCE that cannot read one silently makes another query of it. One in the future is refused.
      - One of O(start), O(last) and O(handle) is required.
    type: str
  end:
    description:
      - The end of the time, in the form of O(start). A date alone is the end of that day in UTC.
      - If not given, it is the moment at which the task begins, by the clock of the host that runs it. A clock that is more than five minutes
        off that of the PCE is warned of.
    type: str
  last:
    description: The length of the time up to its end, such as V(15m), V(24h), V(7d) or V(4w).
    type: str
  sources:
    description:
      - Where the traffic comes from. Without it, anything.
      - Names are looked up on the PCE. One that it does not know fails the task before anything is started. Capitals count.
    type: dict
    suboptions:
      include:
        description: Any of these entries must hold. Of one entry, everything must hold that it says.
        type: list
        elements: dict
        suboptions:
          labels:
            description: Label types and their values. All of them must hold.
            type: dict
          label_hrefs:
            description: Labels by their hrefs. All of them must hold.
            type: list
            elements: str
          label_group:
            description: A label group, by its name or its href.
            type: str
          ip_list:
            description: An IP list, by its name or its href. The draft version is meant.
            type: str
          workload:
            description: A workload, by its href.
            type: str
          ip_address:
            description: An IP address. A network such as V(192.0.2.0/24) is passed on as it is; an older PCE may want an IP list for that.
            type: str
          all_managed:
            description: All workloads that the PCE manages.
            type: bool
            default: false
      exclude:
        description: None of these entries may hold. An entry says one thing, because a PCE leaves out what meets any of them.
        type: list
        elements: dict
        suboptions:
          labels:
            description: A label type and its value. One of them.
            type: dict
          label_hrefs:
            description: The href of a label. One of them.
            type: list
            elements: str
          label_group:
            description: A label group, by its name or its href.
            type: str
          ip_list:
            description: An IP list, by its name or its href. The draft version is meant.
            type: str
          workload:
            description: A workload, by its href.
            type: str
          ip_address:
            description: An IP address. A network such as V(192.0.2.0/24) is passed on as it is; an older PCE may want an IP list for that.
            type: str
  destinations:
    description:
      - Where the traffic goes to. Without it, anything.
      - Names are looked up on the PCE. One that it does not know fails the task before anything is started. Capitals count.
    type: dict
    suboptions:
      include:
        description: Any of these entries must hold. Of one entry, everything must hold that it says.
        type: list
        elements: dict
        suboptions:
          labels:
            description: Label types and their values. All of them must hold.
            type: dict
          label_hrefs:
            description: Labels by their hrefs. All of them must hold.
            type: list
            elements: str
          label_group:
            description: A label group, by its name or its href.
            type: str
          ip_list:
            description: An IP list, by its name or its href. The draft version is meant.
            type: str
          workload:
            description: A workload, by its href.
            type: str
          ip_address:
            description: An IP address. A network such as V(192.0.2.0/24) is passed on as it is; an older PCE may want an IP list for that.
            type: str
          fqdn:
            description: A name that was resolved to the address.
            type: str
          all_managed:
            description: All workloads that the PCE manages.
            type: bool
            default: false
      exclude:
        description: None of these entries may hold. An entry says one thing, because a PCE leaves out what meets any of them.
        type: list
        elements: dict
        suboptions:
          labels:
            description: A label type and its value. One of them.
            type: dict
          label_hrefs:
            description: The href of a label. One of them.
            type: list
            elements: str
          label_group:
            description: A label group, by its name or its href.
            type: str
          ip_list:
            description: An IP list, by its name or its href. The draft version is meant.
            type: str
          workload:
            description: A workload, by its href.
            type: str
          ip_address:
            description: An IP address. A network such as V(192.0.2.0/24) is passed on as it is; an older PCE may want an IP list for that.
            type: str
          fqdn:
            description: A name that was resolved to the address.
            type: str
          transmission:
            description: How the packets were addressed.
            type: str
            choices: [broadcast, multicast, unicast]
  services:
    description: Which services. Without it, all.
    type: dict
    suboptions:
      include:
        description: Any of these.
        type: list
        elements: dict
        suboptions:
          port:
            description: A port, or the first one of a range. From 0 to 65535.
            type: int
          to_port:
            description: The last port of a range that begins at C(port).
            type: int
          proto:
            description: A protocol, by its number or as one of V(tcp), V(udp), V(icmp), V(icmpv6), V(igmp), V(ipip), V(ipv6), V(gre), V(esp), V(ah), V(sctp).
            type: str
          process_name:
            description: The name of the process that serves.
            type: str
          windows_service_name:
            description: The name of the Windows service that serves.
            type: str
      exclude:
        description: None of these.
        type: list
        elements: dict
        suboptions:
          port:
            description: A port, or the first one of a range. From 0 to 65535.
            type: int
          to_port:
            description: The last port of a range that begins at C(port).
            type: int
          proto:
            description: A protocol, by its number or as one of V(tcp), V(udp), V(icmp), V(icmpv6), V(igmp), V(ipip), V(ipv6), V(gre), V(esp), V(ah), V(sctp).
            type: str
          process_name:
            description: The name of the process that serves.
            type: str
          windows_service_name:
            description: The name of the Windows service that serves.
            type: str
  query_op:
    description: Whether both O(sources) and O(destinations) must hold, or one of them.
    type: str
    choices: [and, or]
    default: and
  policy_decisions:
    description: What the active policy made of the traffic. An empty list is everything.
    type: list
    elements: str
    choices: [allowed, potentially_blocked, blocked, unknown]
    default: []
  boundary_decisions:
    description: What enforcement boundaries and rules that override made of the traffic. An empty list is everything, and is not sent.
    type: list
    elements: str
    choices: [blocked, blocked_by_override_deny, blocked_non_illumio_rule]
    default: []
  exclude_workloads_from_ip_list_query:
    description: Whether an IP list leaves out the addresses of workloads. If not given it is not sent, and the PCE takes V(true).
    type: bool
  max_results:
    description:
      - How many flows the PCE gives at most, from 0 to 200000. With 0 it only counts.
      - If not given it is 200000 with O(dest). Without O(dest) it is 1000, and at most 10000.
    type: int
  query_name:
    description:
      - What to call the query, at most 230 characters. A token is added to it, by which the task finds the query again when the answer
        to its submission is lost.
    type: str
    default: netops.jobs
  draft_rules:
    description:
      - Whether to have the flows judged by the draft rules, too, as a second phase of the same query. The rows have
        C(draft_policy_decision) then.
      - Where no row has it in the end, the task fails.
    type: bool
    default: false
  on_truncation:
    description:
      - What to do when the PCE found more flows than it gives, because of O(max_results) or of what the owner of the API key may see.
      - V(warn) writes what there is, warns, and says so in RV(result.truncated).
      - V(fail) writes nothing and fails the task.
    type: str
    choices: [fail, warn]
    default: warn
  on_missing_region:
    description:
      - What to do when a member of a supercluster did not answer the query.
      - V(warn) writes what there is, and warns.
      - V(fail) writes nothing and fails the task.
    type: str
    choices: [fail, warn]
    default: fail
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the flows are returned in RV(result.rows).
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
  format:
    description:
      - How to write the file.
      - "V(ndjson): one flow a line."
      - "V(csv): as in RFC 4180, with the names of the fields in the first line. Parts of a flow become fields such as C(service.port),
        labels become fields such as C(src.workload.labels.app), lists are cells of JSON. Without O(fields) there is a column for each field
        that any flow has, in the order in which they first came. Such a file is written in two passes and takes twice the space on the disk
        for a moment."
      - "V(json): one array with a flow a line."
      - A flow that is written whole as JSON has the very text that the PCE sent.
    type: str
    choices: [ndjson, csv, json]
    default: ndjson
  fields:
    description:
      - Only these fields of each flow, in this order, named with dots as in V(csv), such as V(src.workload.labels.app).
      - Fields that a flow does not have are left out of JSON, and empty in CSV.
    type: list
    elements: str
  delete_query:
    description:
      - Whether to delete the query on the PCE once its flows are read. If that fails it is a warning.
      - With V(false) the flows can be read again by the handle, as long as the PCE keeps them.
    type: bool
    default: false
notes:
  - "Defaults for queries: O(wait_timeout) 1800, O(poll_interval) 3, O(poll_max_interval) 20, O(outage_timeout) 600 seconds. A query of
    everything takes minutes."
  - O(adopt) waits for a query of the same API key in flight whose token says that it has the same options. With O(last) it may have begun
    a little earlier. O(dest), O(format), O(fields) and O(draft_rules) are those of this task. A PCE lists the queries of the same key only.
  - Times without quotes are times for YAML, too. Write them in quotes, or with a zone.
  - Cells of a table are written as the PCE has them. Programs for tables take what begins with C(=), C(+), C(-) or C(@) for a formula, and
    names of hosts and processes are chosen by others. Open such a file as text.
  - A PCE allows 500 requests a minute for one API key, whichever hosts they come from. A request that it answers with HTTP 429 counts as
    an outage and is repeated after a pause.
  - In check mode the names are looked up and the list of queries is read. The prediction is that the content differs.
seealso:
  - module: netops.jobs.illumio_export
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
      - With O(start) and O(end) in the past the same flows come again, as long as the PCE keeps them and their order.
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
- name: Write a day of blocked traffic to the databases
  netops.jobs.illumio_traffic_query:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    last: 24h
    destinations:
      include:
        - labels: {role: R-0004, env: E-0002}
    services:
      include:
        - {port: 5432, proto: tcp}
        - {port: 3306, proto: tcp}
    policy_decisions: [blocked, potentially_blocked]
    dest: /srv/netops/blocked.csv
    format: csv
    fields:
      - timestamp_range.last_detected
      - src.ip
      - src.workload.hostname
      - dst.workload.labels.app
      - service.port
      - num_connections
      - policy_decision

- name: Get what came from the Internet in a week, but for the scanners
  netops.jobs.illumio_traffic_query:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    start: "2026-11-01T00:00:00Z"
    end: "2026-11-07T23:59:59Z"
    sources:
      include:
        - ip_list: Internet
      exclude:
        - labels: {role: R-0008}
        - ip_address: 192.0.2.17
    max_results: 500
    on_truncation: fail
  register: from_internet

- name: See what the draft rules would block
  netops.jobs.illumio_traffic_query:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    last: 7d
    sources:
      include:
        - labels: {app: A-0001}
        - label_group: Front
    draft_rules: true
    dest: /srv/netops/draft.ndjson
    delete_query: true

- name: Start a query of everything, go on with the play
  netops.jobs.illumio_traffic_query:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    last: 30d
    dest: /srv/netops/all.ndjson
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
  sample: "illumio.traffic_query job /orgs/1/traffic_flows/async_queries/7734501b-74a2-47a4-9ded-77bf4ceea938 on https://pce.example.com:8443 succeeded."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(illumio.traffic_query).
      type: str
      returned: always
      sample: illumio.traffic_query
    id:
      description: The href of the job, V(none) without one.
      type: str
      returned: always
      sample: /orgs/1/traffic_flows/async_queries/7734501b-74a2-47a4-9ded-77bf4ceea938
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the PCE's words, such as V(working). In the second phase of a query with O(draft_rules), such as V(completed, rules working).
      type: str
      returned: always
      sample: completed
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
      description: Why the query failed, as far as the PCE says so.
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
          sample: completed
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
        operation: illumio.traffic_query
        endpoint: https://pce.example.com:8443
        id: /orgs/1/traffic_flows/async_queries/7734501b-74a2-47a4-9ded-77bf4ceea938
        fingerprint:
          query_name: "netops.jobs [nj:5c3267eed6-7d3e90aa]"
        options:
          dest: /srv/netops/blocked.csv
          format: csv
          on_truncation: warn
          on_missing_region: fail
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
        queued: 1
        HTTP 502: 1
        working: 1
        completed: 1
result:
  description: The flows, or the file. V(none) if the query did not succeed.
  type: dict
  returned: always
  contains:
    query_name:
      description: The name of the query, with the token.
      type: str
      returned: success
      sample: "netops.jobs [nj:5c3267eed6-7d3e90aa]"
    count:
      description: How many flows there are.
      type: int
      returned: success
      sample: 1000
    matches_count:
      description: How many flows the PCE found, V(none) where it does not say.
      type: int
      returned: success
      sample: 1984
    flows_count:
      description: How many of them it says that it gives, V(none) where it does not say.
      type: int
      returned: success
      sample: 1000
    truncated:
      description: Whether RV(result.matches_count) is more than RV(result.flows_count).
      type: bool
      returned: success
      sample: true
    regions:
      description: What the members of a supercluster say. Of a single PCE it is empty.
      type: list
      elements: dict
      returned: success
      sample:
        - pce_fqdn: pce2.example.com
          responded: true
          matches_count: 1984
          flows_count: 1000
    draft_rules:
      description: Whether the flows were judged by the draft rules, too.
      type: bool
      returned: success
      sample: false
    rows:
      description: The flows, in the PCE's order.
      type: list
      elements: dict
      returned: success, when O(dest) is not given
      sample:
        - src: {ip: 192.0.2.1}
          dst: {ip: 198.51.100.1}
          service: {port: 5432, proto: 6}
          num_connections: 3
          policy_decision: blocked
    format:
      description: The format of the file.
      type: str
      returned: success, when O(dest) is given
      sample: csv
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/blocked.csv
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
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import (
    export_options,
    traffic_options,
    traffic_query,
)

TEXT = {"type": "str"}
ENTRIES = {"type": "list", "elements": "dict"}
SOURCE = {
    "labels": {"type": "dict"},
    "label_hrefs": {"type": "list", "elements": "str"},
    **dict.fromkeys(("label_group", "ip_list", "workload", "ip_address"), TEXT),
}
MANAGED = {"all_managed": {"type": "bool", "default": False}}
TRANSMISSION = {"transmission": {"type": "str", "choices": list(traffic_options.TRANSMISSIONS)}}
SERVICE = {
    "port": {"type": "int"},
    "to_port": {"type": "int"},
    **dict.fromkeys(("proto", "process_name", "windows_service_name"), TEXT),
}
WARN_OR_FAIL = ["fail", "warn"]

ARGUMENTS = {
    "argument_spec": {
        **ILLUMIO,
        **JOB,
        **dict.fromkeys(("start", "end", "last"), TEXT),
        "sources": {
            "type": "dict",
            "options": {
                "include": {**ENTRIES, "options": {**SOURCE, **MANAGED}},
                "exclude": {**ENTRIES, "options": SOURCE},
            },
        },
        "destinations": {
            "type": "dict",
            "options": {
                "include": {**ENTRIES, "options": {**SOURCE, "fqdn": TEXT, **MANAGED}},
                "exclude": {**ENTRIES, "options": {**SOURCE, "fqdn": TEXT, **TRANSMISSION}},
            },
        },
        "services": {
            "type": "dict",
            "options": {"include": {**ENTRIES, "options": SERVICE}, "exclude": {**ENTRIES, "options": SERVICE}},
        },
        "query_op": {"type": "str", "choices": ["and", "or"], "default": "and"},
        "policy_decisions": {
            "type": "list",
            "elements": "str",
            "choices": list(traffic_options.POLICY_DECISIONS),
            "default": [],
        },
        "boundary_decisions": {
            "type": "list",
            "elements": "str",
            "choices": list(traffic_options.BOUNDARY_DECISIONS),
            "default": [],
        },
        "exclude_workloads_from_ip_list_query": {"type": "bool"},
        "max_results": {"type": "int"},
        "query_name": {"type": "str", "default": "netops.jobs"},
        "draft_rules": {"type": "bool", "default": False},
        "on_truncation": {"type": "str", "choices": WARN_OR_FAIL, "default": "warn"},
        "on_missing_region": {"type": "str", "choices": WARN_OR_FAIL, "default": "fail"},
        "dest": {"type": "path"},
        "format": {"type": "str", "choices": list(export_options.FORMATS), "default": "ndjson"},
        "fields": {"type": "list", "elements": "str"},
        "delete_query": {"type": "bool", "default": False},
    },
    "supports_check_mode": True,
    "required_by": ILLUMIO_RULES["required_by"],
    "required_one_of": [("start", "last", "handle")],
    "mutually_exclusive": [("start", "last")],
}


def run(task: Task) -> Result:
    return run_job(task, "illumio.traffic_query", lambda: traffic_query.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
