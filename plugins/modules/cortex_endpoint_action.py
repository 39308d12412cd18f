#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cortex_endpoint_action
short_description: Act on endpoints of Cortex XSIAM or XDR
version_added: 0.1.0
description:
  - Has the tenant scan or isolate endpoints, quarantine or restore a file on them, or fetch files from them, waits for each endpoint, and
    reports each of them, in one task and exactly once.
  - An endpoint that is isolated already is not isolated again. If that leaves none, there is nothing to do. The same goes for V(unisolate).
  - Files come as one ZIP file of each endpoint. Each is streamed to the disk and takes its place, with mode 0600, only when it is whole.
  - The success of an action counts as a change. That of V(file_retrieval) does only if the content differs from that of a file
    that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  action:
    description:
      - What to do.
      - "V(scan): scan for malware. V(abort_scan): stop the scans of the endpoints, whoever started them."
      - "V(isolate), V(unisolate): cut them off from the network but for the tenant, and let them back."
      - "V(file_retrieval): fetch O(files), up to 20 from up to 10 endpoints."
      - "V(quarantine), V(restore): put a file into quarantine, by O(file_path) and O(file_hash), and give it back, by O(file_hash)."
      - Needed unless O(handle) is given.
    type: str
    choices: [scan, abort_scan, isolate, unisolate, file_retrieval, quarantine, restore]
  all_endpoints:
    description:
      - Whether all endpoints of the tenant are meant. Only V(scan), V(abort_scan) and V(restore) know that.
      - Without O(endpoint_ids), O(filters) and this option the task is refused, because the tenant takes a request without a filter for
        one about ALL endpoints. So is an empty list.
      - V(restore) gives the file back on all endpoints that have it in quarantine then. Without it one endpoint is restored at a time.
    type: bool
    default: false
  files:
    description: The paths of the files to fetch, by the system of the endpoint.
    type: dict
    suboptions:
      windows:
        description: Paths on Windows.
        type: list
        elements: str
      linux:
        description: Paths on Linux.
        type: list
        elements: str
      macos:
        description: Paths on macOS.
        type: list
        elements: str
  file_path:
    description: The path of the file to put into quarantine.
    type: str
  file_hash:
    description: The SHA-256 of the file to put into quarantine or to restore.
    type: str
  incident_id:
    description: The number of an incident. The action is shown in its timeline then. Not with V(quarantine).
    type: str
  dest:
    description:
      - The folder for the files of V(file_retrieval), on the host that runs the task. It must exist.
      - A file is called after the id of its endpoint, with V(.zip) behind it. One that is there with another content is replaced.
      - Without it the files stay in the tenant.
      - With O(handle) it overrides where the handle says that the files are to be written.
    type: path
notes:
  - "Defaults for scans: O(wait_timeout) 14400, O(poll_interval) 30, O(poll_max_interval) 120, O(outage_timeout) 900 seconds. For all other
    actions: O(wait_timeout) 3600, O(poll_interval) 10, O(poll_max_interval) 60, O(outage_timeout) 600 seconds."
  - A tenant has no call that lists actions. So O(adopt) finds none, and an action whose submission got no answer is never submitted
    again. The task ends with outcome V(lost) then. Look into the Action Center of the console. If the action is there,
    go on with O(action_id), and if not, run the task again.
  - An isolation that the endpoint has not carried out yet is no reason to leave it out, and is asked for once more.
  - Right after the submission the list of endpoints is empty for a moment. That is no end.
  - "Only a scan can be stopped: O(on_timeout=cancel) and M(netops.jobs.job_cancel) stop the scans of those endpoints that are not
    through. V(unisolate) does not stop an isolation, it is an action of its own."
  - Where the time is up, RV(job.targets) has the state of each endpoint. The action goes on, until it expires.
  - Files come by links that the tenant hands out. On the tenant itself they are asked for with the key, on any other host without any
    credentials. A link that has expired is asked for anew. What is on such a host has to be reached from where the task runs, and
    O(validate_certs) and O(ca_path) hold there, too. No link is shown.
  - A ZIP file is checked to its end, but not unpacked. Agents may have encrypted it.
  - The names of endpoints are asked for once, for up to 1000 of them. A key that may not see endpoints gets ids.
  - In check mode the tenant is asked which endpoints are meant. The API has no call that checks an action.
seealso:
  - module: netops.jobs.cortex_script_run
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
      - With V(isolate) and V(unisolate), and with V(file_retrieval) for files that have not changed. The others act each time.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._cortex
  - netops.jobs._endpoints
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.cortex
"""

EXAMPLES = r"""
- name: Isolate two endpoints
  netops.jobs.cortex_endpoint_action:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    action: isolate
    endpoint_ids: "{{ infected }}"
  register: isolated

- name: Show what became of each
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.vendor_state }} {{ item.messages | join(', ') }}"
  loop: "{{ isolated.job.targets }}"
  loop_control:
    label: "{{ item.name }}"

- name: Scan the servers, four of five are enough, and do not wait for those that are offline
  netops.jobs.cortex_endpoint_action:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    action: scan
    filters:
      - field: hostname
        value: [host1, host2, host3, host4, host5]
    required_targets: "4"
    pending_timeout: 600
    on_timeout: cancel

- name: Fetch a log from one endpoint
  netops.jobs.cortex_endpoint_action:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    action: file_retrieval
    filters:
      - field: hostname
        value: [host3]
    files:
      linux: [/var/log/messages]
    dest: /srv/netops

- name: Start a scan of all endpoints
  netops.jobs.cortex_endpoint_action:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    action: scan
    all_endpoints: true
    wait: false
  register: started

- name: Look at it later, with its number alone
  netops.jobs.cortex_endpoint_action:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    action: scan
    action_id: "{{ started.job.id }}"
    required_targets: any
    wait: false

- name: Let the endpoints back into the network
  netops.jobs.cortex_endpoint_action:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    action: unisolate
    endpoint_ids: "{{ infected }}"
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
  sample: "cortex.endpoint_action job 22519813685366 on https://api-tenant.example.com:443 succeeded (2 of 2 endpoints)."
job:
  description: The action.
  type: dict
  returned: always
  contains:
    operation:
      description: V(cortex.endpoint_action), V(cortex.endpoint_scan) or V(cortex.file_retrieval).
      type: str
      returned: always
      sample: cortex.endpoint_action
    id:
      description: The number of the action. It has up to 64 bits, and is a text so that nothing rounds it.
      type: str
      returned: always
      sample: "22519813685366"
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The tenant's word. At the end that of the endpoints, with their numbers where they differ.
      type: str
      returned: always
      sample: COMPLETED_SUCCESSFULLY
    progress:
      description: The percentage of endpoints that have ended.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Always V(false). A tenant lists no actions.
      type: bool
      returned: always
      sample: false
    submitted_at:
      description: When it was submitted, UTC by the clock of the host that ran the task.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When the task saw that it had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:04:11Z"
    elapsed:
      description: Seconds of the wait.
      type: float
      returned: always
      sample: 251.4
    messages:
      description: Why it counts as failed.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: What is worth a warning about the end.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: The endpoints, each with its own verdict.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: Its name, or its id where the name is not known.
          type: str
          returned: always
          sample: host1
        id:
          description: Its id.
          type: str
          returned: always
          sample: aeec6a2cc92e46fab3b6f621722e9916
        state:
          description: What became of it. V(pending) where it was not waited for any longer.
          type: str
          returned: always
          choices: [pending, running, succeeded, failed, canceled, unknown]
          sample: succeeded
        vendor_state:
          description: The same in the tenant's word.
          type: str
          returned: always
          sample: COMPLETED_SUCCESSFULLY
        messages:
          description: What the tenant says of an endpoint that failed.
          type: list
          elements: str
          returned: always
          sample: []
        warnings:
          description: What the tenant says of an endpoint that succeeded.
          type: list
          elements: str
          returned: always
          sample: []
        started:
          description: Always empty. The tenant does not say.
          type: str
          returned: always
          sample: ""
        finished:
          description: Always empty. The tenant does not say.
          type: str
          returned: always
          sample: ""
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
          sample: COMPLETED_SUCCESSFULLY
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
        operation: cortex.endpoint_action
        endpoint: https://api-tenant.example.com:443
        id: "22519813685366"
        fingerprint: {}
        options:
          action: isolate
          endpoints: "2"
          pending_timeout: "300"
          required_targets: all
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
      sample: 31.2
    observed:
      description: How often each thing was seen.
      type: dict
      returned: always
      sample:
        PENDING 0%: 3
        IN_PROGRESS 50%: 2
        HTTP 502: 1
        COMPLETED_SUCCESSFULLY: 1
result:
  description: What there is to say of the action, also of one that did not succeed. V(none) if it was not looked at.
  type: dict
  returned: always
  contains:
    action_id:
      description: The number of the action.
      type: str
      returned: always
      sample: "22519813685366"
    endpoints:
      description: How many endpoints the tenant lists.
      type: int
      returned: always
      sample: 2
    succeeded:
      description: How many of them have succeeded.
      type: int
      returned: always
      sample: 2
    skipped:
      description: The endpoints that this task left out because they were as wanted already.
      type: list
      elements: dict
      returned: always
      contains:
        endpoint_id:
          description: The id of the endpoint.
          type: str
          returned: always
          sample: 23a86310665d413a958926fce5b794b3
        name:
          description: Its name.
          type: str
          returned: always
          sample: host2
    files:
      description: The files that were fetched. Empty without O(dest).
      type: list
      elements: dict
      returned: success of V(file_retrieval)
      contains:
        endpoint_id:
          description: The id of the endpoint.
          type: str
          returned: always
          sample: aeec6a2cc92e46fab3b6f621722e9916
        name:
          description: Its name, or its id where the name is not known.
          type: str
          returned: always
          sample: host1
        path:
          description: The file.
          type: str
          returned: always
          sample: /srv/netops/retrieved/aeec6a2cc92e46fab3b6f621722e9916.zip
        size:
          description: Its size in bytes.
          type: int
          returned: always
          sample: 48213
        sha256:
          description: The SHA-256 of its content.
          type: str
          returned: always
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
      choices: [denied, rejected, bad_input, missing_library]
      sample: rejected
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the tenant refused the request
      sample: 500
    err_code:
      description: The code that the tenant gives with it.
      type: str
      returned: when the tenant refused the request
      sample: "500"
    err_msg:
      description: The general message of the tenant.
      type: str
      returned: when the tenant refused the request
      sample: An error occurred while processing XDR public API
    err_extra:
      description: What the tenant says of the reason. A text, a list or a dictionary.
      type: raw
      returned: when the tenant refused the request
      sample: No endpoint was found for creating the requested action
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import CORTEX, CORTEX_RULES, ENDPOINTS, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import endpoint_action

ARGUMENTS = {
    "argument_spec": {
        **CORTEX,
        **JOB,
        **ENDPOINTS,
        "action": {
            "type": "str",
            "choices": ["scan", "abort_scan", "isolate", "unisolate", "file_retrieval", "quarantine", "restore"],
        },
        "all_endpoints": {"type": "bool", "default": False},
        "files": {
            "type": "dict",
            "options": {
                "windows": {"type": "list", "elements": "str"},
                "linux": {"type": "list", "elements": "str"},
                "macos": {"type": "list", "elements": "str"},
            },
        },
        "file_path": {"type": "str"},
        "file_hash": {"type": "str"},
        "incident_id": {"type": "str"},
        "dest": {"type": "path"},
    },
    "supports_check_mode": True,
    **CORTEX_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "cortex.endpoint_action", lambda: endpoint_action.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
