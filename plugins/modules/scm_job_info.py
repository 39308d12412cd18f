#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scm_job_info
short_description: List the configuration jobs of Strata Cloud Manager
version_added: 0.1.0
description:
  - Returns the configuration jobs of the tenant, one of them, or those that a push has started. Pushes come with a handle by which
    M(netops.jobs.job_wait) can wait for them.
  - The API has no filters. The options narrow what it lists, and a job must fit all that are given.
  - That no job fits is no failure, RV(jobs) is empty then.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  id:
    description: The id of the job. It is asked for by itself then, with all that it has to say.
    type: str
  children_of:
    description: Only the jobs that the push with this id has started.
    type: str
  types:
    description: Only jobs of these types, in the API's words, such as V(CommitAndPush) or V(CommitAll). Capitals do not matter.
    type: list
    elements: str
  states:
    description: Only jobs in these states. Those that are not over are V(pending) and V(running).
    type: list
    elements: str
    choices: [pending, running, succeeded, failed, canceled, unknown]
  user:
    description: Only jobs of this administrator or service account. Capitals do not matter.
    type: str
  ours:
    description: Only pushes whose description shows the token of this collection, whichever host or play submitted them.
    type: bool
    default: false
  max_results:
    description: How many jobs to return at most, the newest first. If not given, all that the tenant lists, which are read page by page.
    type: int
notes:
  - The list of a tenant has neither the details of a job nor, in some tenants, its description. Both come with O(id).
  - A push that was found here is waited for with the defaults of M(netops.jobs.scm_push), whatever the task that submitted it said.
  - How long a tenant lists its jobs is not documented.
  - A question that gets no answer is repeated for a minute. Nothing is waited for.
seealso:
  - module: netops.jobs.scm_push
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._scm
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.scm
"""

EXAMPLES = r"""
- name: Find the pushes that are not over
  netops.jobs.scm_job_info:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    types: [CommitAndPush]
    states: [pending, running]
    max_results: 20
  register: pushes

- name: Wait for them
  netops.jobs.job_wait:
    handles: "{{ pushes.jobs | map(attribute='handle') | list }}"
    connection:
      client_id: "{{ scm_client_id }}"
      client_secret: "{{ scm_client_secret }}"

- name: See what the jobs that a push has started have done
  netops.jobs.scm_job_info:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    children_of: "30"
"""

RETURN = r"""
outcome:
  description: V(succeeded). The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: How many jobs there are.
  type: str
  returned: always
  sample: "https://api.strata.paloaltonetworks.com:443: 12 jobs, 1 of them not over."
jobs:
  description: The jobs, newest first.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: The id of the job.
      type: str
      returned: always
      sample: "299"
    parent:
      description: The id of the push that started it, V(none) if none did.
      type: str
      returned: always
      sample: "298"
    type:
      description: The API's name for this kind of job. V(CommitAndPush) commits, V(CommitAll) pushes to one folder or device.
      type: str
      returned: always
      sample: CommitAndPush
    name:
      description: The folder or device of a job that a push has started, or what another job says of itself. V(none) for a push.
      type: str
      returned: always
      sample: Remote Networks
    state:
      description:
        - What the job is. V(unknown) is a state that this collection does not know.
        - A push is V(running) while one of the jobs that it has started is, and V(failed) if one of them failed. Whether more are still
          to come does not show in a list.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: Status and result of this job alone, in the API's words.
      type: str
      returned: always
      sample: FIN/OK
    progress:
      description: Percent done, V(none) where the API did not say.
      type: float
      returned: always
      sample: 100
    user:
      description: The administrator or service account that started it.
      type: str
      returned: always
      sample: sa@1234567890.iam.panserviceaccount.com
    description:
      description: The description, empty where the API shows none.
      type: str
      returned: always
      sample: "Change CHG0042 [nj:5c3267eed6-7d3e90aa]"
    ours:
      description: Whether this collection submitted it, by the token in its description.
      type: bool
      returned: always
      sample: true
    started:
      description: When it began, in the API's own form, which names no time zone.
      type: str
      returned: always
      sample: "2026-11-21 10:00:00"
    finished:
      description: When it ended, in the same form, empty before.
      type: str
      returned: always
      sample: "2026-11-21 10:00:41"
    messages:
      description: What it has to say, line by line, errors first. The list has less than the job itself.
      type: list
      elements: str
      returned: always
      sample: ["Configuration committed successfully"]
    warnings:
      description: Its warnings, line by line.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: The jobs that a push has started, with the keys that M(netops.jobs.scm_push) returns. Other jobs have none.
      type: list
      elements: dict
      returned: always
      sample:
        - name: Remote Networks
          id: "300"
          state: succeeded
          vendor_state: FIN/OK
          messages: ["Configuration push finished"]
          warnings: []
          started: "2026-11-21 10:01:15"
          finished: "2026-11-21 10:27:34"
    handle:
      description:
        - Names a push for M(netops.jobs.job_wait) and for O(ignore:handle) of M(netops.jobs.scm_push).
        - V(none) for any other job.
      type: dict
      returned: always
      sample:
        version: 1
        operation: scm.push
        endpoint: https://api.strata.paloaltonetworks.com:443
        id: "299"
        fingerprint:
          target: "1234567890"
          token: 5c3267eed6-7d3e90aa
          type: CommitAndPush
          user: sa@1234567890.iam.panserviceaccount.com
refusal:
  description: Why the API did not answer.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [denied, rejected, bad_input, missing_library]
      sample: denied
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the API refused the request
      sample: 400
    code:
      description: The code of the API's error, empty where it gave none.
      type: str
      returned: when the API refused the request
      sample: E003
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import SCM, SCM_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import job_list

ARGUMENTS = {
    "argument_spec": {
        **SCM,
        "id": {"type": "str"},
        "children_of": {"type": "str"},
        "types": {"type": "list", "elements": "str"},
        "states": {
            "type": "list",
            "elements": "str",
            "choices": ["pending", "running", "succeeded", "failed", "canceled", "unknown"],
        },
        "user": {"type": "str"},
        "ours": {"type": "bool", "default": False},
        "max_results": {"type": "int"},
    },
    "supports_check_mode": True,
    **SCM_RULES,
    "mutually_exclusive": [("id", "children_of")],
}


def run(task: Task) -> Result:
    return run_plain(task, "scm_job_info", lambda inquiry: job_list.list_from_options(task.params, task.hide, inquiry))


if __name__ == "__main__":
    main(ARGUMENTS, run)
