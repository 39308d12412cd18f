#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_push
short_description: Push the configuration of a Panorama to the devices that it manages
version_added: 0.1.0
description:
  - Submits a push (C(commit-all)), waits until every device has its verdict, and reports each of them, in one task and exactly
    once. Panorama ends the job of a push as soon as it has handed the configuration over, while the devices go on.
  - A push fails when one device fails, although Panorama calls the job OK. O(required_targets) makes it a success with fewer.
  - Firewalls that have everything already, by what Panorama says of them, are left out. If that leaves none, there is nothing to do.
  - A push takes what is committed on the Panorama. Commit there first, with M(netops.jobs.panos_commit).
  - One task pushes to one device group, template, template stack, WildFire appliance, WildFire cluster or collector group. Use a
    loop, or several tasks, for several.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  device_group:
    description:
      - Push to the firewalls of this device group.
      - Only firewalls directly in the group are reached, not those of its child groups.
    type: str
  template:
    description: Push this template to the firewalls that use it.
    type: str
  template_stack:
    description: Push this template stack to its firewalls.
    type: str
  wildfire_appliance:
    description: Push to this WildFire appliance.
    type: str
  wildfire_cluster:
    description: Push to this cluster of WildFire appliances.
    type: str
  log_collector_group:
    description:
      - Push to the log collectors of this collector group.
      - Panorama does this without a job, and answers when it is done. The task then returns no handle, cannot be resumed, and
        O(wait), O(required_targets) and O(device_timeout) have nothing to say. Give it time by O(request_timeout).
    type: str
  serials:
    description:
      - Push only to the firewalls with these serial numbers.
      - Only with O(device_group), O(template) and O(template_stack).
    type: list
    elements: str
  description:
    description:
      - Description of the push, as it shows in the job list.
      - A short token such as C([nj:5c3267eed6-7d3e90aa]) is added where there is a job, by which a lost job is found again.
        Panorama takes 512 characters including it.
    type: str
  admins:
    description:
      - Push only the changes of these administrators. Panorama takes this since PAN-OS 10.2.
      - Panorama does not take it for the device groups of Prisma Access. The task is then refused and names this option.
      - Only with O(device_group), O(template) and O(template_stack).
    type: list
    elements: str
  include_template:
    description: Push the templates of the firewalls along. Only with O(device_group).
    type: bool
    default: false
  force_template_values:
    description:
      - Let the values of the template replace those that were set on the firewall itself.
      - Firewalls that are in sync get the push, too, so that the task always reports a change.
      - Only with O(device_group), O(template) and O(template_stack).
    type: bool
    default: false
  merge:
    description:
      - Whether what is pending on the firewall itself goes along (C(merge-with-candidate-cfg)).
      - Without this option it is left to Panorama, which takes it along.
      - Only with O(device_group), O(template) and O(template_stack). That templates take it is assumed.
    type: bool
  validate_only:
    description:
      - Let the devices check what they would get, without a change.
      - Only with O(device_group).
    type: bool
    default: false
  push_in_sync:
    description:
      - Whether to push to firewalls, too, that are in sync by what Panorama says of them.
      - With V(true) the task always reports a change. WildFire appliances and collector groups always get the push, as their state
        is not known.
    type: bool
    default: false
  required_targets:
    description:
      - How many of the devices have to succeed.
      - V(all), V(any), or a number. The task waits for all devices all the same. Those that did not succeed are in a warning then.
      - Firewalls that are left out because they are in sync count as successes.
      - With V(any) or a number a push that reached no device fails, unless enough are in sync. With V(all) it succeeds without a
        change, and warns.
      - A job that Panorama calls failed has failed, however many devices succeeded.
    type: str
    default: all
  device_timeout:
    description:
      - Seconds that a device may stay without a verdict after Panorama has ended the job. A device that is not connected never gets
        one. Its state is then V(unknown), and it counts as one that did not succeed.
      - A resumed wait gives the devices this time again, as Panorama does not say for how long they have been waited for.
    type: float
    default: 900
  wait_for_idle:
    description:
      - Whether to submit again, until O(wait_timeout) ends, when Panorama refuses because another commit is in its way.
      - With V(false), or when the time is over, the task ends with outcome V(refused) and names the running job.
      - A lock that somebody holds is never waited for.
    type: bool
    default: true
notes:
  - "Defaults for pushes: O(wait_timeout) 3600, O(poll_interval) 3, O(poll_max_interval) 30, O(outage_timeout) 600 seconds. Keep
    O(wait_timeout) longer than O(device_timeout), else the task ends as V(timed_out) while devices that never answer are waited for."
  - A push that ends without any device listed is looked at three more times, which takes about twenty seconds, before the task says
    that no device was touched.
  - While a push runs, a firewall takes no further local commits in its queue.
  - In check mode Panorama is only read. The message names the firewalls that the push would go to, those that are not connected,
    and those that are in sync. A lock that would refuse the push fails the task in check mode, too, if O(username) is given. With
    O(api_key) alone the message names the locks instead.
  - A handle carries O(required_targets), O(device_timeout) and how many firewalls were left out, so that M(netops.jobs.job_wait) judges as this task does.
seealso:
  - module: netops.jobs.panos_commit
  - module: netops.jobs.job_wait
  - module: netops.jobs.job_cancel
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - Panorama tells who is out of sync, and not what differs.
  idempotent:
    support: partial
    details:
      - A second run finds all firewalls in sync. O(push_in_sync) and O(force_template_values) push all the same, and so does every
        push to WildFire appliances and collector groups.
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
- name: Push to the firewalls of a device group that are not in sync, with their templates
  netops.jobs.panos_push:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    device_group: Branches
    include_template: true
    description: Change CHG0042

- name: Ask the firewalls whether they would take it
  netops.jobs.panos_push:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    device_group: Branches
    validate_only: true

- name: Push a template stack to two firewalls, whether they are in sync or not, and be content with one
  netops.jobs.panos_push:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    template_stack: Branch-Stack
    serials: ["007000000000011", "007000000000012"]
    push_in_sync: true
    required_targets: any
    device_timeout: 300
  register: push

- name: Show what became of each
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.state }} {{ item.messages | join(', ') }}"
  loop: "{{ push.job.targets }}"
  loop_control:
    label: "{{ item.name }}"

- name: Push to the log collectors
  netops.jobs.panos_push:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    log_collector_group: Collectors
    request_timeout: 300

- name: Submit now, go on with the play
  netops.jobs.panos_push:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    device_group: Branches
    push_in_sync: true
    wait: false
  register: later

- name: Wait for it later, as often as needed
  netops.jobs.panos_push:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    handle: "{{ later.job.handle }}"
  when: later.job.handle is not none
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
  sample: "panos.push job 42 on https://panorama.example.com:443 succeeded (2 of 2 devices)."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.push) or V(panos.validate_push).
      type: str
      returned: always
      sample: panos.push
    id:
      description: Panorama's id of the job, V(none) without a job.
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
      description: The same in Panorama's words, status and result. What the devices still do is added.
      type: str
      returned: always
      sample: FIN/OK
    progress:
      description: Percent done by Panorama, and after that the percentage of devices that have ended. V(none) where neither is known.
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
      description: The details of the job, line by line, or the answer to a push without a job.
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
      description: The devices, each with its own verdict.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: The name of the device, with its virtual system where there are several.
          type: str
          returned: always
          sample: fw1
        id:
          description: The serial number.
          type: str
          returned: always
          sample: "007000000000011"
        state:
          description: What became of it. V(unknown) where the device gave no verdict within O(device_timeout).
          type: str
          returned: always
          choices: [running, succeeded, failed, unknown]
          sample: succeeded
        vendor_state:
          description: The same in Panorama's words, result and status.
          type: str
          returned: always
          sample: OK (commit succeeded with warnings)
        messages:
          description: What the device says of it, line by line.
          type: list
          elements: str
          returned: always
          sample: ["Configuration committed successfully"]
        warnings:
          description: The warnings of the device, line by line.
          type: list
          elements: str
          returned: always
          sample: ["Rule 'web' shadows rule 'web2'"]
        started:
          description: When it began, in Panorama's own time and form.
          type: str
          returned: always
          sample: "10:00:05"
        finished:
          description: When it ended, in Panorama's own time and form, which may be another one. Empty before the end.
          type: str
          returned: always
          sample: "10:00:51"
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
        operation: panos.push
        endpoint: https://panorama.example.com:443
        id: "42"
        fingerprint:
          tenq: 2026/11/21 10:00:00
          token: 5c3267eed6-7d3e90aa
          type: CommitAll
          user: automation
        options:
          required_targets: all
          device_timeout: "900"
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
        ACT 55%: 2
        FIN/OK, devices PEND 50%: 3
        FIN/OK: 1
result:
  description: What there is to say of the push. V(none) if it did not succeed, or had no job.
  type: dict
  returned: always
  contains:
    type:
      description: Panorama's name for this kind of job.
      type: str
      returned: success
      sample: CommitAll
    user:
      description: The administrator in whose name it ran.
      type: str
      returned: success
      sample: automation
    description:
      description: The description of the push, with the token.
      type: str
      returned: success
      sample: "Change CHG0042 [nj:5c3267eed6-7d3e90aa]"
    enqueued:
      description: When Panorama accepted the job, in its own time.
      type: str
      returned: success
      sample: 2026/11/21 10:00:00
    finished:
      description: When Panorama ended the job, in its own time and form. The devices end later.
      type: str
      returned: success
      sample: "10:00:02"
    devices_touched:
      description: How many devices succeeded.
      type: int
      returned: success
      sample: 2
    skipped:
      description: The firewalls that this task left out because they are in sync.
      type: list
      elements: dict
      returned: success
      contains:
        name:
          description: The name of the firewall.
          type: str
          returned: always
          sample: fw3
        serial:
          description: The serial number.
          type: str
          returned: always
          sample: "007000000000013"
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
      description: The error code of Panorama.
      type: str
      returned: when the reason is V(rejected) and the device gave one
      sample: "14"
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, PANOS, PANOS_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import push, push_options

NAME = {"type": "str"}
NAMES = {"type": "list", "elements": "str"}
NO = {"type": "bool", "default": False}

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        **dict.fromkeys((*push_options.KINDS, "description"), NAME),
        **dict.fromkeys(("serials", "admins"), NAMES),
        **dict.fromkeys(("include_template", "force_template_values", "validate_only", "push_in_sync"), NO),
        "merge": {"type": "bool"},
        "required_targets": {"type": "str", "default": "all"},
        "device_timeout": {"type": "float", "default": push_options.DEVICE_TIMEOUT},
        "wait_for_idle": {"type": "bool", "default": True},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
    "mutually_exclusive": [tuple(push_options.KINDS)],
    "required_one_of": [*PANOS_RULES["required_one_of"], (*push_options.KINDS, "handle")],
}


def run(task: Task) -> Result:
    return run_job(task, "panos.push", lambda: push.from_options(task.params, task.hide, inspect=task.check_mode))


if __name__ == "__main__":
    main(ARGUMENTS, run)
