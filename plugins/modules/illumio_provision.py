#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_provision
short_description: Provision, revert or restore the security policy of an Illumio PCE
version_added: 0.1.0
description:
  - Commits what is pending in the draft of the security policy, all of it or some objects with what they depend on, exactly once. If
    wanted, it waits until the workloads have applied it.
  - It also throws pending changes away, and brings an old version back to the draft.
  - If nothing is pending there is nothing to do.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  state:
    description:
      - V(provisioned) commits pending changes as a new version.
      - V(reverted) throws pending changes away.
      - V(restored) brings O(version) back to the draft, as pending changes. Provision them with a second task. A PCE does this only
        where nothing is pending.
    type: str
    choices: [provisioned, reverted, restored]
    default: provisioned
  change_subset:
    description:
      - The objects whose changes are meant, each by its href, in the draft or active, or by its address. What kind of object it is stands
        in the href. Without this option everything that is pending is meant, whoever changed it.
      - Objects that are not pending are left out. An object that does not exist is left out with a warning, as it may have been deleted,
        and that provisioned, before.
      - A rule is provisioned with its rule set. Give the href of that.
      - Not with O(state=restored).
    type: list
    elements: str
  dependencies:
    description:
      - What to do when O(change_subset) depends on pending changes that are not in it. A PCE does not accept it without them.
      - V(include) takes them along. RV(result.added) lists them.
      - V(fail) refuses the task, and names them.
    type: str
    choices: [include, fail]
    default: include
  update_description:
    description:
      - The message of the new version.
      - A short token such as C([nj:5c3267eed6-7d3e90aa]) is added, by which the version is found when the answer to the commit is lost.
      - Only with O(state=provisioned).
    type: str
  wait_for_workloads:
    description:
      - Whether to wait until the workloads have applied the new version. Without it the task ends when the version is made.
      - A PCE has no job for that. What counts is the time at which each workload applied a policy, C(security_policy_applied_at), and
        whether it is behind, C(security_policy_sync_state).
      - The wait is over when no managed workload that is online is behind, and as many have applied the policy as the PCE said are
        affected. Where the PCE does not say how many, or with O(labels), or where fewer report it, the wait is over when all have applied it,
        or none is behind five minutes after the commit.
      - Workloads that are offline and behind, and those whose scope has static policy updates (C(staged)), are not waited for. The task names
        them in a warning. Whether they are among those that are affected the PCE does not say, so that they may make the wait last the five
        minutes.
      - Only with O(state=provisioned).
    type: bool
    default: false
  labels:
    description:
      - Wait only for the workloads that have all of these labels, each given as its type and its value.
      - A PCE tells how many workloads are affected, and not which. With more than 10000 managed workloads the task is therefore refused before
        anything is committed, unless labels narrow them down to no more than that.
      - Only with O(wait_for_workloads).
    type: dict
  version:
    description:
      - The number of the version to restore. It is needed with O(state=restored), and goes only with that.
    type: int
notes:
  - "Defaults: O(wait_timeout) 1800, O(poll_interval) 10, O(poll_max_interval) 60, O(outage_timeout) 600 seconds; O(poll_interval) 5 with
    O(state=reverted) and O(state=restored)."
  - Up to 500 workloads are read at each look. More are read as an asynchronous job of the PCE, which may take a while at busy times, and
    the job is deleted when it was read.
  - Only O(wait_for_workloads) leaves something to wait for. Without it O(wait) has nothing to say, and the task returns no handle.
  - A run that finds nothing pending, and whose equal run was killed while it waited for the workloads up to half an hour ago, goes on
    waiting for them. O(adopt) turns that off.
  - A wait for workloads cannot be canceled, so that O(on_timeout=cancel) is refused.
  - In check mode the PCE is only read. The message names what is pending, with O(change_subset) also what would be taken along.
  - Whatever is pending when the PCE works goes along where O(change_subset) is not given, also what was changed a moment after the task had
    looked.
seealso:
  - module: netops.jobs.illumio_ven_upgrade
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - It shows what is pending, and who changed it when. What was changed in an object the PCE does not tell.
  idempotent:
    support: partial
    details:
      - A second run finds nothing pending. With O(state=restored) it is refused as long as the changes of the first are not provisioned.
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
- name: Show what is pending, and who changed it
  netops.jobs.illumio_provision:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
  check_mode: true
  diff: true

- name: Provision two objects, and what they depend on
  netops.jobs.illumio_provision:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    change_subset:
      - /orgs/1/sec_policy/draft/rule_sets/1
      - /orgs/1/sec_policy/draft/ip_lists/2
    update_description: Change CHG0042
  register: provisioned

- name: Show the version, and what went along
  ansible.builtin.debug:
    msg: "Version {{ provisioned.result.version }}, added: {{ provisioned.result.added }}"
  when: provisioned.outcome == 'succeeded'

- name: Provision everything, and wait until the workloads of an environment have applied it
  netops.jobs.illumio_provision:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    update_description: Change CHG0043
    wait_for_workloads: true
    labels: {env: "{{ env_label }}"}
    wait_timeout: 900

- name: Bring back an old version
  netops.jobs.illumio_provision:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    state: restored
    version: 1320

- name: Throw that away again
  netops.jobs.illumio_provision:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    state: reverted
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
  sample: "https://pce.example.com:8443: 2 changes provisioned as version 1321, 12 workloads affected."
job:
  description: The commit, and the way of the workloads to it.
  type: dict
  returned: always
  contains:
    operation:
      description: V(illumio.provision), V(illumio.revert) or V(illumio.restore).
      type: str
      returned: always
      sample: illumio.provision
    id:
      description: The href of the version, V(none) where the workloads are not waited for.
      type: str
      returned: always
      sample: /orgs/1/sec_policy/1321
    state:
      description: What it is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description:
        - How far the workloads are.
        - V(reading) while the PCE collects them, V(calculating) before any is behind, then V(syncing).
        - At the end V(applied), or V(in sync) where fewer applied it than the PCE had said.
      type: str
      returned: always
      sample: applied
    progress:
      description: The percentage of workloads that have applied it, of those that are affected or behind. V(none) where none is known.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Whether the task found it under way instead of starting it.
      type: bool
      returned: always
    submitted_at:
      description: When it was asked for, UTC by the clock of the host that ran the task.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When the task saw that it had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:00:41Z"
    elapsed:
      description: Seconds of the wait.
      type: float
      returned: always
      sample: 41.3
    messages:
      description: How many more workloads are behind than RV(job.targets) names.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: What is worth a warning about the end of the wait.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: The workloads that are behind, the first 20 of them.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: The name of the workload.
          type: str
          returned: always
          sample: web1
        id:
          description: Its href.
          type: str
          returned: always
          sample: /orgs/1/workloads/ef7f0f53-2295-4416-aaaf-965146934c53
        state:
          description: V(running) for one that is behind, V(pending) for one that has it staged, V(unknown) for one that is offline.
          type: str
          returned: always
          choices: [running, pending, unknown]
          sample: running
        vendor_state:
          description: The same in the words of the PCE.
          type: str
          returned: always
          sample: syncing
        messages:
          description: The errors of the health of its VEN.
          type: list
          elements: str
          returned: always
          sample: [agent.policy_deploy_failed]
        warnings:
          description: Always empty.
          type: list
          elements: str
          returned: always
          sample: []
        started:
          description: Always empty. A PCE does not say.
          type: str
          returned: always
          sample: ""
        finished:
          description: Always empty. A PCE does not say.
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
          sample: applied
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
      description: Names it so that any later task can wait for it. V(none) where there is nothing to wait for. It holds no secret.
      type: dict
      returned: always
      sample:
        version: 1
        operation: illumio.provision
        endpoint: https://pce.example.com:8443
        id: /orgs/1/sec_policy/1321
        fingerprint:
          created_at: "2026-11-21T10:00:00.500Z"
          token: 5c3267eed6-7d3e90aa
        options:
          wait_for_workloads: "true"
        submitted_at: "2026-11-21T10:00:00Z"
polling:
  description: How the wait went.
  type: dict
  returned: always
  contains:
    polls:
      description: How often it was looked at.
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
        syncing 50%: 3
        applied: 1
result:
  description: What was done. V(none) if it did not succeed.
  type: dict
  returned: always
  contains:
    version:
      description: The number of the version that was made or restored.
      type: int
      returned: when the state is V(provisioned) or V(restored)
      sample: 1321
    href:
      description: The href of the version.
      type: str
      returned: when the state is V(provisioned) or V(restored)
      sample: /orgs/1/sec_policy/1321
    commit_message:
      description: Its message, with the token.
      type: str
      returned: when the state is V(provisioned) or V(restored)
      sample: "Change CHG0042 [nj:5c3267eed6-7d3e90aa]"
    workloads_affected:
      description: How many workloads it affects. V(none) where the PCE does not say.
      type: int
      returned: when the state is V(provisioned) or V(restored)
      sample: 12
    object_counts:
      description: How many objects of each kind the version has. V(none) where the PCE does not say.
      type: dict
      returned: when the state is V(provisioned) or V(restored)
      sample:
        rule_sets: 67
        ip_lists: 23
    created_at:
      description: When it was made, in the PCE's own time and form.
      type: str
      returned: when the state is V(provisioned) or V(restored)
      sample: "2026-11-21T10:00:00.500Z"
    created_by:
      description: The href of the user who made it.
      type: str
      returned: when the state is V(provisioned) or V(restored)
      sample: /users/68
    workloads:
      description: How many workloads are in each state. V(none) where they were not waited for.
      type: dict
      returned: when the state is V(provisioned)
      contains:
        applied:
          description: Those that have applied a policy since the commit.
          type: int
          returned: always
          sample: 12
        syncing:
          description: Those that are behind.
          type: int
          returned: always
          sample: 0
        staged:
          description: Those that have the policy, and apply it when they are told to.
          type: int
          returned: always
          sample: 0
        offline:
          description: Those that are behind and offline.
          type: int
          returned: always
          sample: 0
        in_sync:
          description: Those that are not behind, and have applied nothing since the commit.
          type: int
          returned: always
          sample: 88
    changes:
      description:
        - The changes that were provisioned or reverted, or that a restored version has brought to the draft.
        - They are what was pending when the task had looked. V(none) where the task resumed a wait.
      type: list
      elements: dict
      returned: success
      contains:
        kind:
          description: What kind of object it is.
          type: str
          returned: always
          sample: rule_sets
        href:
          description: The href of its draft.
          type: str
          returned: always
          sample: /orgs/1/sec_policy/draft/rule_sets/9
        name:
          description: Its name.
          type: str
          returned: always
          sample: Web tier
        update_type:
          description: What was done to it, V(create), V(update) or V(delete).
          type: str
          returned: always
          sample: update
        updated_at:
          description: When it was changed, in the PCE's own time and form.
          type: str
          returned: always
          sample: "2026-11-21T09:00:00.000Z"
        updated_by:
          description: The href of the user who changed it, empty where the PCE does not say.
          type: str
          returned: always
          sample: /users/5
        added:
          description: Whether it went along as a dependency.
          type: bool
          returned: always
    added:
      description: The hrefs of what went along as dependencies. V(none) where the task resumed a wait.
      type: list
      elements: str
      returned: success
      sample: [/orgs/1/sec_policy/draft/services/4]
changes:
  description: What is pending, as in RV(result.changes).
  type: list
  elements: dict
  returned: in check mode, when anything is pending and the PCE tells what
refusal:
  description: Why nothing was done.
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
      description: The HTTP status of the PCE's refusal.
      type: int
      returned: when the PCE refused
      sample: 406
    code:
      description: The PCE's short name of the error.
      type: str
      returned: when the PCE refused
      sample: not_acceptable_error
    missing:
      description: The changes without which O(change_subset) cannot go, as in RV(result.changes).
      type: list
      elements: dict
      returned: when dependencies are missing
      sample: []
    pending:
      description: The changes that are in the way of O(state=restored), as in RV(result.changes).
      type: list
      elements: dict
      returned: when changes are pending
      sample: []
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ILLUMIO, ILLUMIO_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import provision

ARGUMENTS = {
    "argument_spec": {
        **ILLUMIO,
        **JOB,
        "state": {"type": "str", "choices": ["provisioned", "reverted", "restored"], "default": "provisioned"},
        "change_subset": {"type": "list", "elements": "str"},
        "dependencies": {"type": "str", "choices": ["include", "fail"], "default": "include"},
        "update_description": {"type": "str"},
        "wait_for_workloads": {"type": "bool", "default": False},
        "labels": {"type": "dict"},
        "version": {"type": "int"},
    },
    "supports_check_mode": True,
    **ILLUMIO_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "illumio.provision", lambda: provision.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
