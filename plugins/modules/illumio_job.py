#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_job
short_description: Delete a job of an Illumio PCE
version_added: 0.1.0
description:
  - Deletes a job from the organization's job list, and with it what the job has read.
  - M(netops.jobs.illumio_export) does so by itself. This is for jobs that were left behind.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  href:
    description: The href of the job, or its last part.
    type: str
    required: true
  state:
    description: V(absent) is the only state, because a PCE starts such jobs only for a request that reads a collection.
    type: str
    choices: [absent]
    default: absent
notes:
  - A PCE lets only the account that started a job delete it.
  - What becomes of a job that is deleted while it runs is not documented.
  - A question that gets no answer is repeated for a minute. To delete a job twice does no harm.
seealso:
  - module: netops.jobs.illumio_job_info
  - module: netops.jobs.illumio_export
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
- name: Delete a job
  netops.jobs.illumio_job:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    href: /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe
    state: absent
"""

RETURN = r"""
outcome:
  description: V(succeeded) if the job was deleted, V(nothing_to_do) if there was none. The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, nothing_to_do, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: What happened, in a sentence that one person can act on.
  type: str
  returned: always
  sample: "https://pce.example.com:8443: job /orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe was deleted."
job:
  description: The job as it was, V(none) if there was none.
  type: dict
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
        "href": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["absent"], "default": "absent"},
    },
    "supports_check_mode": True,
    **ILLUMIO_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task,
        "illumio_job",
        lambda inquiry: job_list.absent_from_options(task.params, task.hide, inquiry, check_mode=task.check_mode),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
