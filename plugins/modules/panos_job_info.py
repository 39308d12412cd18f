#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_job_info
short_description: List the jobs of a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Returns the jobs that the device lists, or one of them, each with a handle by which M(netops.jobs.job_wait) can wait for it. So a job
    whose id nobody kept can be found and waited for, be it a commit of this collection or an installation that somebody else has started.
  - The options narrow the list. A job must fit all that are given.
  - That no job fits is no failure, RV(jobs) is empty then.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  id:
    description: The id of the job. It is the only job that the device is asked for then.
    type: str
  types:
    description: Only jobs of these types, in the device's words, such as V(Commit), V(CommitAll) or V(Downld). Capitals do not matter.
    type: list
    elements: str
  states:
    description: Only jobs in these states. Those that are not over are V(pending) and V(running).
    type: list
    elements: str
    choices: [pending, running, succeeded, failed, canceled, unknown]
  user:
    description: Only jobs of this administrator.
    type: str
  ours:
    description: Only jobs that have the token of this collection in their description, whichever host or play submitted them.
    type: bool
    default: false
notes:
  - A push that was found here is waited for with the defaults of M(netops.jobs.panos_push), whatever the task that submitted it said.
  - How long a device remembers its jobs is not documented. A restart empties the list, and ids start again at 1.
  - A question that gets no answer is repeated for a minute. Nothing is waited for.
seealso:
  - module: netops.jobs.job_wait
  - module: netops.jobs.job_cancel
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
  - netops.jobs._panos
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.panos
"""

EXAMPLES = r"""
- name: Find the commits of ours that are not over
  netops.jobs.panos_job_info:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    types: [Commit]
    states: [pending, running]
    ours: true
  register: commits

- name: Wait for them
  netops.jobs.job_wait:
    handles: "{{ commits.jobs | map(attribute='handle') | list }}"
    connection:
      api_key: "{{ panos_api_key }}"

- name: Look at one job
  netops.jobs.panos_job_info:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    id: 1
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
  sample: "https://fw1.example.com:443: 12 jobs, 1 of them not over."
jobs:
  description:
    - The jobs, newest first.
    - What is left of a job after a restart of the device's configuration daemon has no id and comes last. Some releases list two jobs under
      one id.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: The device's id of the job, V(none) where it has none.
      type: str
      returned: always
      sample: "42"
    type:
      description: The device's name for this kind of job.
      type: str
      returned: always
      sample: Commit
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: running
    vendor_state:
      description: The same in the device's words, status and result.
      type: str
      returned: always
      sample: ACT
    progress:
      description: Percent done, V(none) where the device did not say.
      type: float
      returned: always
      sample: 55
    position:
      description: The place in the queue, V(none) where the device did not say.
      type: int
      returned: always
      sample: 0
    stoppable:
      description: Whether the job can still be stopped, V(none) where the device did not say.
      type: bool
      returned: always
      sample: true
    user:
      description: The administrator in whose name it runs, empty for the device's own jobs.
      type: str
      returned: always
      sample: automation
    description:
      description: The description of the job.
      type: str
      returned: always
      sample: "Change CHG0042 [nj:5c3267eed6-7d3e90aa]"
    ours:
      description: Whether this collection submitted it, by the token in its description. A validation has none.
      type: bool
      returned: always
      sample: true
    enqueued:
      description: When the device accepted the job, in its own time.
      type: str
      returned: always
      sample: 2026/11/21 10:00:00
    finished:
      description: When the device ended the job, in its own time and form, empty before.
      type: str
      returned: always
      sample: ""
    messages:
      description: The details of the job, line by line.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: The warnings of the job, line by line.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description:
        - The devices of a push, each with its own verdict, with the keys that M(netops.jobs.panos_push) returns. Other jobs have none.
        - A push whose devices are not all over is V(running) here, and V(failed) if one of them failed.
      type: list
      elements: dict
      returned: always
      sample:
        - name: fw1
          id: "007000000000011"
          state: succeeded
          vendor_state: OK (commit succeeded with warnings)
          messages: ["Configuration committed successfully"]
          warnings: []
          started: "10:00:05"
          finished: "10:00:51"
    handle:
      description:
        - Names the job for M(netops.jobs.job_wait), M(netops.jobs.job_cancel) and the option O(ignore:handle) of the module that it
          belongs to.
        - V(none) for a job without an id.
      type: dict
      returned: always
      sample:
        version: 1
        operation: panos.commit
        endpoint: https://fw1.example.com:443
        id: "42"
        fingerprint:
          tenq: 2026/11/21 10:00:00
          token: 5c3267eed6-7d3e90aa
          type: Commit
          user: automation
refusal:
  description: Why the device did not answer.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [busy, denied, rejected, bad_input, missing_library]
      sample: denied
    code:
      description: The error code of the device.
      type: str
      returned: when the reason is V(rejected) and the device gave one
      sample: "14"
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import PANOS, PANOS_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import job_list

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        "id": {"type": "str"},
        "types": {"type": "list", "elements": "str"},
        "states": {
            "type": "list",
            "elements": "str",
            "choices": ["pending", "running", "succeeded", "failed", "canceled", "unknown"],
        },
        "user": {"type": "str"},
        "ours": {"type": "bool", "default": False},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task, "panos_job_info", lambda inquiry: job_list.list_from_options(task.params, task.hide, inquiry)
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
