#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_commit
short_description: Commit the candidate configuration of a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Submits a commit, waits for its verdict and reports it, in one task and exactly once.
  - A commit of ours that is already in flight is adopted instead of submitting a second one. A submission whose answer was lost
    is looked for in the job list of the device before anything is sent again.
  - Nothing to commit is no failure. A commit that is locked by somebody is refused with the name of the owner.
  - A Panorama commits its own configuration with this module. It does not push to its firewalls.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  description:
    description:
      - Description of the commit, as it shows in the job list and in the configuration log.
      - A short token such as C([nj:5c3267eed6-7d3e90aa]) is added, by which a lost job is found again. The device takes 512
        characters including it.
    type: str
  force:
    description:
      - Commit even if nothing has changed.
      - The pending changes are not checked then, so that the task always reports a change.
    type: bool
    default: false
  commit_lock:
    description:
      - Whether to hold the commit lock of the whole device while committing, so that no other administrator can commit in between.
      - It is taken just before the commit is submitted. PAN-OS removes it after the commit. However else the task ends, it releases the
        lock that it took, and it warns if it cannot. A lock that the account holds already is used and not released, unless a run
        of the same commit left it behind.
      - With O(wait=false) the lock stays until the commit has ended. Wait for it with M(netops.jobs.job_wait), which releases the lock
        if the commit fails.
      - A lock that somebody else holds refuses the commit, as without this option.
    type: bool
    default: false
  validate_only:
    description:
      - Validate the candidate configuration without committing it. Nothing changes.
      - It cannot be combined with O(force), O(description) and O(commit_lock), which say how to commit.
      - That a validation can be restricted to parts of the configuration is assumed from the command line of the device.
    type: bool
    default: false
  wait_for_idle:
    description:
      - Whether to submit again, until O(wait_timeout) ends, when the device refuses because another commit, an install or a
        validation is in its way.
      - With V(false), or when the time is over, the task ends with outcome V(refused) and names the running job.
      - A lock that somebody holds is never waited for.
    type: bool
    default: true
  admins:
    description: Commit only the changes of these administrators.
    type: list
    elements: str
  vsys:
    description: Commit only the changes of these virtual systems.
    type: list
    elements: str
  device_groups:
    description: Commit only the changes of these device groups. Panorama only.
    type: list
    elements: str
  templates:
    description: Commit only the changes of these templates. Panorama only.
    type: list
    elements: str
  template_stacks:
    description: Commit only the changes of these template stacks. Panorama only.
    type: list
    elements: str
  wildfire_appliances:
    description: Commit only the changes of these WildFire appliances. Panorama only.
    type: list
    elements: str
  wildfire_clusters:
    description: Commit only the changes of these WildFire appliance clusters. Panorama only.
    type: list
    elements: str
  log_collectors:
    description: Commit only the changes of these log collectors. Panorama only.
    type: list
    elements: str
  log_collector_groups:
    description: Commit only the changes of these collector groups. Panorama only.
    type: list
    elements: str
  exclude:
    description:
      - Parts of the configuration to leave out of the commit.
      - V(device_and_network), V(shared_objects) and V(policy_and_objects) leave out that part of a firewall's or Panorama's
        configuration. The others leave out all of their kind.
    type: list
    elements: str
    choices:
      - device_and_network
      - shared_objects
      - policy_and_objects
      - vsys
      - device_groups
      - templates
      - template_stacks
      - wildfire_appliances
      - wildfire_clusters
      - log_collectors
      - log_collector_groups
notes:
  - "Defaults for commits: O(wait_timeout) 1800, O(poll_interval) 2, O(poll_max_interval) 15, O(outage_timeout) 600 seconds. A
    commit of a large configuration takes many minutes, and it may restart the management plane."
  - In check mode the device is only read. A lock that would refuse the commit fails the task in check mode, too, if O(username) is
    given. With O(api_key) alone the task cannot tell its own lock from another's, and the message names the locks instead.
  - In diff mode the task returns the difference between running and candidate configuration where the device gives it, else who
    changed what.
seealso:
  - module: netops.jobs.job_wait
  - module: netops.jobs.job_cancel
  - module: netops.jobs.panos_lock
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - A second run finds nothing to commit, unless O(force=true) asks for a commit all the same.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._panos
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.panos
"""

EXAMPLES = r"""
- name: Commit whatever is pending
  netops.jobs.panos_commit:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    description: Change CHG0042

- name: Commit only my own changes, and only to one virtual system
  netops.jobs.panos_commit:
    host: fw1.example.com
    username: automation
    password: "{{ panos_password }}"
    admins: [automation]
    vsys: [vsys1]

- name: Commit with the door locked
  netops.jobs.panos_commit:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    force: true
    commit_lock: true

- name: Validate the candidate configuration
  netops.jobs.panos_commit:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    validate_only: true

- name: Submit now, go on with the play
  netops.jobs.panos_commit:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    wait: false
  register: commit

- name: Wait for it later, as often as needed
  netops.jobs.panos_commit:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    handle: "{{ commit.job.handle }}"
  when: commit.job.handle is not none
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
  sample: "panos.commit job 42 on https://fw1.example.com:443 succeeded."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.commit) or V(panos.validate).
      type: str
      returned: always
      sample: panos.commit
    id:
      description: The device's id of the job, V(none) without a job.
      type: str
      returned: always
      sample: "42"
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the device's words, status and result.
      type: str
      returned: always
      sample: FIN/OK
    progress:
      description: Percent done, V(none) where the device did not say.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Whether the task found the job in flight instead of submitting it.
      type: bool
      returned: always
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
      description: The details of the job, line by line.
      type: list
      elements: str
      returned: always
      sample: ["Configuration committed successfully"]
    warnings:
      description: The warnings of the job, line by line.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: Parts of the job with a verdict of their own. A commit has none.
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
          sample: FIN/OK
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
        operation: panos.commit
        endpoint: https://fw1.example.com:443
        id: "42"
        fingerprint:
          tenq: 2026/11/21 10:00:00
          token: 5c3267eed6-7d3e90aa
          type: Commit
          user: automation
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
      sample: 3.2
    observed:
      description: How often each thing was seen.
      type: dict
      returned: always
      sample:
        ACT 55%: 4
        HTTP 503: 2
        FIN/OK: 1
result:
  description: What the device says of the job. V(none) if it did not succeed.
  type: dict
  returned: always
  contains:
    type:
      description: The device's name for this kind of job.
      type: str
      returned: success
      sample: Commit
    user:
      description: The administrator in whose name it ran.
      type: str
      returned: success
      sample: automation
    description:
      description: The description of the commit, with the token.
      type: str
      returned: success
      sample: "Change CHG0042 [nj:5c3267eed6-7d3e90aa]"
    enqueued:
      description: When the device accepted the job, in its own time.
      type: str
      returned: success
      sample: 2026/11/21 10:00:00
    finished:
      description: When the device ended the job, in its own time and form.
      type: str
      returned: success
      sample: "10:00:41"
changes:
  description: What is pending, each with C(admin), C(action), C(xpath) and C(component).
  type: list
  elements: dict
  returned: in check mode, when anything is pending and the device tells what
  sample:
    - admin: alice
      action: CREATE
      xpath: /config/shared/address/entry[@name='web1']
      component: shared
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
      sample: locked
    locks:
      description: The locks in the way, each with C(admin), C(type), C(scope), C(since), C(last_activity), C(logged_in), C(comment).
      type: list
      elements: dict
      returned: when the reason is V(locked)
      sample:
        - admin: alice
          type: commit
          scope: shared
          since: 2026/11/21 09:12:44
          last_activity: 2026/11/21 09:40:03
          logged_in: true
          comment: Migration of the DMZ, until noon
    jobs:
      description: The jobs in the way.
      type: list
      elements: dict
      returned: when the reason is V(busy)
      sample:
        - id: "41"
          type: Commit
          user: alice
          state: ACT
          progress: 55
    code:
      description: The error code of the device.
      type: str
      returned: when the reason is V(rejected) and the device gave one
      sample: "14"
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, PANOS, PANOS_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import commit, options

PARTS = {"type": "list", "elements": "str"}

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        "description": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "commit_lock": {"type": "bool", "default": False},
        "validate_only": {"type": "bool", "default": False},
        "wait_for_idle": {"type": "bool", "default": True},
        **dict.fromkeys(("admins", *options.SCOPES), PARTS),
        "exclude": {**PARTS, "choices": list(options.EXCLUDES)},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "panos.commit", lambda: commit.from_options(task.params, task.hide, inspect=task.check_mode))


if __name__ == "__main__":
    main(ARGUMENTS, run)
