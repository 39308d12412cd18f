#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cortex_script_run
short_description: Run a script on endpoints of Cortex XSIAM or XDR
version_added: 0.1.0
description:
  - Runs a script of the library, or code that is given, on endpoints, waits for each of them, and returns what it printed and returned
    there, in one task and exactly once.
  - Files that the script collected come as one ZIP file of each endpoint. Each is streamed to the disk and takes its place, with mode
    0600, only when it is whole.
  - What a script does is not known, so that its success counts as a change. Say it better with C(changed_when).
author:
  - netops.jobs contributors (@netops-jobs)
options:
  script_uid:
    description:
      - The script of the library to run, by its unique id.
      - One of O(script_uid), O(snippet_code), O(action_id) and O(handle) is required.
    type: str
  snippet_code:
    description: The code to run, in Python.
    type: str
  parameters:
    description:
      - The parameters of the script of O(script_uid), by their names.
      - They are sent as they are. What a template gives is a text, unless C(jinja2_native) is set.
      - They may be secrets. Then set C(no_log) on the task, since Ansible shows the options of a task with C(-vvv). They stand in no
        result and no handle. The tenant keeps them.
    type: dict
  script_timeout:
    description: Seconds that the script may run on an endpoint. Without it the tenant gives it 600.
    type: int
  incident_id:
    description: The number of an incident. The run is shown in its timeline then.
    type: str
  dest:
    description:
      - The folder for the files that the script collected, on the host that runs the task. It must exist.
      - A file is called after the id of its endpoint, with V(.zip) behind it. One that is there with another content is replaced.
      - Without it the files stay in the tenant, for as long as that keeps them.
      - With O(handle) it overrides where the handle says that the files are to be written.
    type: path
notes:
  - "Defaults for scripts: O(wait_timeout) 3600, O(poll_interval) 5, O(poll_max_interval) 30, O(outage_timeout) 600 seconds."
  - A tenant has no call that lists what runs. So O(adopt) finds nothing, and a script whose submission got no answer is never
    submitted again. The task ends with outcome V(lost) then. Look into the Action Center of the console. If the run is there,
    go on with O(action_id), and if not, run the task again.
  - Without O(endpoint_ids) and O(filters), and with an empty list, the task is refused, because a request without a filter may be
    taken for one about ALL endpoints. The API runs no script on all of them.
  - A look costs one request, and a second one where the list of endpoints is not as their numbers say.
  - Scripts cannot be stopped through the API, so that O(on_timeout=cancel) is refused.
  - Where the time is up, or the script failed, RV(result.results) has what there is so far.
  - Links to files last for ten minutes. Each file is fetched as soon as its link is there, and a link that has expired is asked for
    anew. On the tenant itself files are asked for with the key, on any other host without any credentials. No link is shown.
  - A ZIP file is checked to its end, but not unpacked. Agents may have encrypted it.
  - In check mode the tenant is asked which endpoints are meant. Whether the script is there is not checked.
seealso:
  - module: netops.jobs.cortex_endpoint_action
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each run of the task runs the script.
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
- name: Delete a file on three endpoints
  netops.jobs.cortex_script_run:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    script_uid: fedcba9876543210fedcba9876543210
    parameters:
      file_path: /tmp/dropper
    endpoint_ids: "{{ infected }}"
    script_timeout: 120
  register: deleted

- name: Show what it printed
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.standard_output }}"
  loop: "{{ deleted.result.results }}"
  loop_control:
    label: "{{ item.name }}"

- name: Run a line of code where it can be run, and keep what it collects
  netops.jobs.cortex_script_run:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    snippet_code: |
      import platform
      print(platform.platform())
    filters:
      - field: platform
        value: [linux]
      - field: endpoint_status
        value: [connected]
    required_targets: any
    dest: /srv/netops
  changed_when: false

- name: Start a script, go on with the play
  netops.jobs.cortex_script_run:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    script_uid: 0123456789abcdef0123456789abcdef
    endpoint_ids: "{{ infected }}"
    wait: false
  register: started

- name: Take its results later
  netops.jobs.cortex_script_run:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
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
  sample: "cortex.script_run job 22519813685366 on https://api-tenant.example.com:443 succeeded (2 of 2 endpoints)."
job:
  description: The run on all endpoints together.
  type: dict
  returned: always
  contains:
    operation:
      description: V(cortex.script_run).
      type: str
      returned: always
      sample: cortex.script_run
    id:
      description: The number of the run. It has up to 64 bits, and is a text so that nothing rounds it.
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
      description: The tenant's word for all. At the end that of the endpoints, with their numbers where they differ.
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
          description: The last lines that the script printed on an endpoint where it failed.
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
        operation: cortex.script_run
        endpoint: https://api-tenant.example.com:443
        id: "22519813685366"
        fingerprint: {}
        options:
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
        PENDING 0%: 1
        IN_PROGRESS 50%: 2
        HTTP 502: 1
        COMPLETED_SUCCESSFULLY: 1
result:
  description: What the script printed and returned, also where it failed or has not ended. V(none) if it was not looked at.
  type: dict
  returned: always
  contains:
    action_id:
      description: The number of the run.
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
      description: Always empty. No endpoint is left out.
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
    script:
      description: What the script is called.
      type: str
      returned: once the run was looked at
      sample: list_processes
    results:
      description: What came from each endpoint.
      type: list
      elements: dict
      returned: once the run was looked at
      contains:
        endpoint_id:
          description: The id of the endpoint.
          type: str
          returned: always
          sample: aeec6a2cc92e46fab3b6f621722e9916
        name:
          description: Its name.
          type: str
          returned: always
          sample: host1
        execution_status:
          description: What became of the script there, in the tenant's word.
          type: str
          returned: always
          sample: COMPLETED_SUCCESSFULLY
        standard_output:
          description: What it printed, errors included. V(none) where there is nothing yet.
          type: str
          returned: always
          sample: ok
        return_value:
          description: What it returned, V(none) for nothing and for a dictionary.
          type: raw
          returned: always
          sample: 0
        outputs:
          description: What it returned in a dictionary, by the script's own names.
          type: dict
          returned: always
          sample: {}
        retrieved_files:
          description: How many files it collected.
          type: int
          returned: always
          sample: 0
        failed_files:
          description: How many files it could not collect.
          type: int
          returned: always
          sample: 0
    files:
      description: The files that were fetched. Empty without O(dest).
      type: list
      elements: dict
      returned: success
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
      sample: Script was not found
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import CORTEX, CORTEX_RULES, ENDPOINTS, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import script_run

ARGUMENTS = {
    "argument_spec": {
        **CORTEX,
        **JOB,
        **ENDPOINTS,
        "script_uid": {"type": "str"},
        "snippet_code": {"type": "str"},
        "parameters": {"type": "dict"},
        "script_timeout": {"type": "int"},
        "incident_id": {"type": "str"},
        "dest": {"type": "path"},
    },
    "supports_check_mode": True,
    **CORTEX_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "cortex.script_run", lambda: script_run.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
