#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_job_info
short_description: List the jobs of an Illumio PCE
version_added: 0.1.0
description:
  - Returns the jobs of the organization's job list, or one of them. Those that read a collection come with a handle by which
    M(netops.jobs.job_wait) can wait for them.
  - The job list has the jobs that read collections, whoever started them. Traffic queries, reports and support bundles are not in it.
  - That there is no such job is no failure, RV(jobs) is empty then.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  href:
    description: The href of the job, or its last part. It is the only job that the PCE is asked for then.
    type: str
  job_type:
    description: Only jobs of this type, in the PCE's words, such as V(:illumio/async_requests).
    type: str
  max_results:
    description:
      - How many jobs to return at most. If not given, 10000.
      - When there are more, RV(msg) says so where the PCE does.
    type: int
notes:
  - A job that was found here is written by M(netops.jobs.job_wait) to no file. M(netops.jobs.illumio_export) with its handle writes it
    as its own options say.
  - A question that gets no answer is repeated for a minute. Nothing is waited for.
seealso:
  - module: netops.jobs.illumio_export
  - module: netops.jobs.illumio_job
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
  - netops.jobs._illumio
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.illumio
"""

EXAMPLES = r"""
- name: List the jobs that read collections
  netops.jobs.illumio_job_info:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    job_type: ":illumio/async_requests"
  register: found

- name: Show those that are not over
  ansible.builtin.debug:
    msg: "{{ found.jobs | selectattr('state', 'in', ['pending', 'running']) | map(attribute='description') }}"

- name: Look at one job
  netops.jobs.illumio_job_info:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    href: /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe
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
  sample: "https://pce.example.com:8443: 12 jobs, 1 of them not over."
jobs:
  description: The jobs, in the PCE's order.
  type: list
  elements: dict
  returned: success
  contains:
    href:
      description: The href of the job.
      type: str
      returned: always
      sample: /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe
    job_type:
      description: The PCE's name for this kind of job.
      type: str
      returned: always
      sample: ":illumio/async_requests"
    description:
      description: What the job does. Of one that reads a collection it is the path.
      type: str
      returned: always
      sample: /orgs/1/labels
    state:
      description: What the job is. V(unknown) is a state that this collection does not know, or an end that has no result.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the PCE's words.
      type: str
      returned: always
      sample: done
    requested_by:
      description: The href of the account that started it, V(none) where the PCE does not say.
      type: str
      returned: always
      sample: /users/14
    requested_at:
      description: When it was started, in the PCE's own form.
      type: str
      returned: always
      sample: "2026-11-21 10:00:00.303166"
    terminated_at:
      description: When it ended, in the PCE's own form, V(none) before.
      type: str
      returned: always
      sample: "2026-11-21 10:00:13.223047"
    result:
      description: The href of what it made, V(none) without one.
      type: str
      returned: always
      sample: /orgs/1/datafiles/0d4e2ba6-0b6a-4d0c-a1c3-6e38d9bbd9a1
    messages:
      description: Why it failed, as far as the PCE says so.
      type: list
      elements: str
      returned: always
      sample: []
    handle:
      description:
        - Names the job for M(netops.jobs.job_wait) and for O(ignore:handle) of M(netops.jobs.illumio_export).
        - V(none) for a job that does not read a collection.
      type: dict
      returned: always
      sample:
        version: 1
        operation: illumio.export
        endpoint: https://pce.example.com:8443
        id: /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe
        fingerprint:
          description: /orgs/1/labels
          requested_at: "2026-11-21 10:00:00.303166"
          requested_by: /users/14
refusal:
  description: Why the PCE did not answer.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [busy, denied, rejected, bad_input, missing_library]
      sample: denied
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the reason is V(rejected)
      sample: 406
    code:
      description: The token of the PCE's error, empty where it gave none.
      type: str
      returned: when the reason is V(rejected)
      sample: input_validation_error
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ILLUMIO, ILLUMIO_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import job_list

ARGUMENTS = {
    "argument_spec": {
        **ILLUMIO,
        "href": {"type": "str"},
        "job_type": {"type": "str"},
        "max_results": {"type": "int"},
    },
    "supports_check_mode": True,
    **ILLUMIO_RULES,
    "mutually_exclusive": [("href", "job_type"), ("href", "max_results")],
}


def run(task: Task) -> Result:
    return run_plain(
        task, "illumio_job_info", lambda inquiry: job_list.list_from_options(task.params, task.hide, inquiry)
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
