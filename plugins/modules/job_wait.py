#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: job_wait
short_description: Wait for jobs of any system by their handles
version_added: 0.1.0
description:
  - Waits for one job or for thousands, on any mix of endpoints and systems, in one process, and returns the verdict of each.
  - It never submits anything. A job whose id names another job by now is reported as lost.
  - Submit on all hosts with O(ignore:wait=false), then wait once for all of them. That is the cheapest way to run jobs on a fleet.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  fail_fast:
    description:
      - End the wait with the first job that fails. The others are left running, with outcome V(running) in RV(results).
    type: bool
    default: false
  known:
    description:
      - The name of the variable in which an earlier task with this module, usually one for a whole fleet, has registered its
        result. A job whose verdict is in there gets that one, whatever it was, and is not looked at again.
      - With it each host can stand for its own verdict after one wait for all of them.
      - The variable is not templated. For a fleet of 300 that took a quarter of a second on each of its hosts. Its value in place
        of its name works as well, at that price.
    type: raw
  fail_on_job_failure:
    description:
      - Whether the task fails when a job does, after all jobs have ended.
      - With V(false) the task does not fail whatever becomes of the jobs, and a later task judges RV(results).
    type: bool
    default: true
notes:
  - The defaults of O(wait_timeout), O(poll_interval), O(poll_max_interval) and O(outage_timeout) are those of the operation of each
    handle, as the module that submits it names them.
  - In check mode each job is looked at once.
  - With several jobs live progress is a line each for the first 20 jobs that do not succeed, and a summary. On a terminal that is one
    line that changes once a second at most, with the job that is the least far. In a log, in AWX too, it is a line every ten seconds
    at most, later less often, and none while nothing changes.
  - The results of more than 50 jobs are not shown with C(-v). Where the task fails, Ansible prints all of them. Use
    O(fail_on_job_failure=false) and O(known) to have each host fail by itself instead.
seealso:
  - module: netops.jobs.job_cancel
  - module: netops.jobs.panos_commit
attributes:
  check_mode:
    support: full
    details:
      - Looks at each job once.
  diff_mode:
    support: none
  idempotent:
    support: full
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._handles
  - netops.jobs._pace
  - netops.jobs._attributes
"""

EXAMPLES = r"""
- name: Submit a commit on every firewall
  netops.jobs.panos_commit:
    host: "{{ ansible_host }}"
    api_key: "{{ panos_api_key }}"
    wait: false
  register: commit

- name: Wait for all of them at once
  netops.jobs.job_wait:
    handles: "{{ ansible_play_hosts | map('extract', hostvars) | map(attribute='commit.job.handle') | list }}"
    connection:
      api_key: "{{ panos_api_key }}"
    fail_on_job_failure: false
  delegate_to: localhost
  run_once: true
  register: fleet

- name: Let each host succeed or fail by its own verdict
  netops.jobs.job_wait:
    handle: "{{ commit.job.handle }}"
    known: fleet

- name: Wait again for a job that an earlier run left behind
  netops.jobs.job_wait:
    handle: "{{ lookup('ansible.builtin.file', 'handle.json') | from_json }}"
"""

RETURN = r"""
outcome:
  description:
    - For one handle, how its job ended. For several, the outcome that they have in common, else V(failed) if any failed.
    - V(running) means that a job had not ended when the task stopped looking, in check mode or by O(fail_fast).
  type: str
  returned: always
  choices: [succeeded, nothing_to_do, running, failed, canceled, timed_out, unreachable, lost, refused]
  sample: failed
msg:
  description:
    - What happened. Of the jobs that did not succeed it says why for the first ten, and names the hosts of the first hundred.
  type: str
  returned: always
  sample: "2 jobs: 1 failed, 1 succeeded. panos.commit job 7 on https://fw2.example.com:443 failed: Validation Error."
job:
  description: For one handle, its job, as in RV(results). For several, a job without id and handle.
  type: dict
  returned: always
polling:
  description: How the wait went, all jobs together.
  type: dict
  returned: always
  sample: {polls: 12, outages: 1, outage_seconds: 3.2, observed: {"ACT 55%": 9, HTTP 503: 1, FIN/OK: 2}}
result:
  description: For one handle, what its job produced.
  type: raw
  returned: always
results:
  description:
    - The verdict of each job, in the order of the handles, with the same keys as the result of the module that submits it.
  type: list
  elements: dict
  returned: always
  contains:
    host:
      description: The host in the handle, in lower case, to pick out verdicts by. V(none) for an entry without a handle.
      type: str
      returned: always
      sample: fw2.example.com
    failed:
      description: Whether the job failed the task, or would have.
      type: bool
      returned: always
    changed:
      description: Whether the device changed while the task ran.
      type: bool
      returned: always
    outcome:
      description: How the wait for this job ended.
      type: str
      returned: always
      sample: failed
    msg:
      description: What happened to this job.
      type: str
      returned: always
      sample: "panos.commit job 7 on https://fw2.example.com:443 failed: Validation Error."
    job:
      description: The job, as the module that submits it describes it.
      type: dict
      returned: always
    polling:
      description: How the wait for this job went.
      type: dict
      returned: always
    result:
      description: What the job produced.
      type: raw
      returned: always
    refusal:
      description: Why the login was not accepted, or the handle not usable.
      type: dict
      returned: when RV(ignore:outcome) is V(refused)
"""

from ansible_collections.netops.jobs.plugins.module_utils._handles import wait as run
from ansible_collections.netops.jobs.plugins.module_utils._options import HANDLES, HANDLES_RULES, PACE
from ansible_collections.netops.jobs.plugins.module_utils._task import main

ARGUMENTS = {
    "argument_spec": {
        **HANDLES,
        **PACE,
        "known": {"type": "raw"},
        "fail_fast": {"type": "bool", "default": False},
        "fail_on_job_failure": {"type": "bool", "default": True},
    },
    "supports_check_mode": True,
    **HANDLES_RULES,
}

if __name__ == "__main__":
    main(ARGUMENTS, run)
