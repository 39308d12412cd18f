#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_content_update
short_description: Update the content of a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Brings applications and threats, antivirus, WildFire or GlobalProtect content to the version that is wanted, in one task. It asks the
    update server for news, picks a version, downloads it, installs it, and verifies by version that it is there.
  - What is left to be done is read from the device before each job. So a version that is downloaded already is only installed, one that
    is installed is left alone, and a task that was interrupted goes on where it stopped when it is run again.
  - A job in flight that does the same is waited for instead of starting a second one. A device that is busy with another
    download, an installation or a commit is waited for.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  type:
    description:
      - Which kind of content.
      - The commands for V(gp_data_file), the GlobalProtect data file, are assumed to be like those of the others, except for the one
        that lists it. A device that does not know them refuses them.
    type: str
    choices: [content, antivirus, wildfire, clientless_vpn, gp_data_file]
    default: content
  version:
    description:
      - The version that is wanted, such as V(8907-9021), or V(latest).
      - V(latest) is the newest that the device knows of and that O(package) and O(min_age_days) allow. It never goes back to an older
        version than the one that is installed. Where the device lists a newer one and then says that there is no update available, it
        is believed, and the task ends with outcome V(nothing_to_do). With a version that is named it fails.
      - A version that is named is installed even if a newer one is installed now.
    type: str
    default: latest
  state:
    description:
      - V(downloaded) downloads the version.
      - V(installed) downloads it if needed and installs it. The device commits it by itself.
      - V(reverted) goes back to the version that was installed before the present one. Without O(version) each run goes back
        once more, which usually means forth again. With it, a second run finds nothing to do, and a version that is not the previous one
        is refused.
    type: str
    choices: [downloaded, installed, reverted]
    default: installed
  package:
    description:
      - Which of the two packages of O(type=content) may be chosen, that with applications only or that with applications and threats.
      - V(any) takes what the device is offered, which depends on its licences, and of two of the same version the one with threats.
    type: str
    choices: [any, apps, apps_and_threats]
    default: any
  min_age_days:
    description:
      - With O(version=latest), choose among those that were released at least so many days ago, by the clock of the device.
      - The vendor advises to install content only after a week, so that what breaks applications shows elsewhere first.
      - A version whose day of release is unknown does not count as old.
    type: float
    default: 0.0
  check:
    description:
      - Whether the device asks its update server for news first. It does so only where the answer matters, also in check mode. On the
        device that changes the list of available versions and nothing else.
      - With V(false) the list of its last check is used.
    type: bool
    default: true
  sync_to_peer:
    description:
      - Whether the device gives what it downloads or installs to its high availability peer.
      - Without it the device does as it is used to.
      - Whether the peer has it is not checked.
    type: bool
  wait_for_idle:
    description:
      - Whether to try again, until O(wait_timeout) ends, when the device is busy with another download, an installation or a commit.
      - With V(false), or when the time is over, the task ends with outcome V(refused) and names the running job.
    type: bool
    default: true
notes:
  - "Defaults for content updates: O(wait_timeout) 3600 for all jobs of the task together, O(poll_interval) 2, O(poll_max_interval) 15,
    O(outage_timeout) 600 seconds."
  - With O(wait=false) only the first job that is needed is started. Run the task again to go on from there.
  - Nothing in the job list tells which version a job is about. A job that is adopted and turns out to be for another version is waited
    for, and then followed by a job of this task.
  - In check mode the task tells what would be done. In diff mode it returns the versions before and after.
seealso:
  - module: netops.jobs.panos_software_update
  - module: netops.jobs.job_wait
  - module: netops.jobs.job_cancel
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - A second run finds nothing to do, unless a newer version was released, or O(state=reverted) is used without O(version).
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
- name: Bring applications and threats to the newest version that is a week old
  netops.jobs.panos_content_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    min_age_days: 7

- name: The newest antivirus, also for the peer
  netops.jobs.panos_content_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    type: antivirus
    sync_to_peer: true

- name: Download a certain version of applications and threats now, to be installed in the maintenance window
  netops.jobs.panos_content_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    version: 8912-9050
    package: apps_and_threats
    state: downloaded

- name: Go back to the version of before
  netops.jobs.panos_content_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    state: reverted
    version: 8900-9000

- name: Start what is needed for WildFire, go on with the play
  netops.jobs.panos_content_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    type: wildfire
    wait: false
  register: wildfire

- name: Wait for that one job
  netops.jobs.panos_content_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    handle: "{{ wildfire.job.handle }}"
  when: wildfire.job.handle is not none
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
  sample: "https://fw1.example.com:443 has content 8907-9021 installed, before it was 8900-9000."
job:
  description: The last job of the task.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.content_download), V(panos.content_install) or V(panos.content_revert), or V(panos.content_update) without a job.
      type: str
      returned: always
      sample: panos.content_install
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
      description: Parts of the job with a verdict of their own. These jobs have none.
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
        operation: panos.content_install
        endpoint: https://fw1.example.com:443
        id: "42"
        fingerprint:
          tenq: 2026/11/21 10:00:00
          type: Content
          user: automation
        options:
          before: 8900-9000
          latest: "yes"
          type: content
          version: 8907-9021
        submitted_at: "2026-11-21T10:00:00Z"
jobs:
  description:
    - All jobs of the task, in their order, each as RV(job).
    - A job that was lost, or that only found the device busy, is among them too.
  type: list
  elements: dict
  returned: when O(handle) is not given
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
  description: What the device has. V(none) if the task failed, unless its last job ended well without the effect that it was to have.
  type: dict
  returned: always
  contains:
    type:
      description: The O(type) of content.
      type: str
      returned: success
      sample: content
    version:
      description: The version that is installed now, V(none) if none is.
      type: str
      returned: success
      sample: 8907-9021
    version_before:
      description: The version that was installed when the task, or the one that made the handle, began.
      type: str
      returned: success
      sample: 8900-9000
    version_wanted:
      description: The version that was chosen.
      type: str
      returned: success
      sample: 8907-9021
    downloaded:
      description: Whether the device has the chosen version.
      type: bool
      returned: success
      sample: true
    filename:
      description: The file of the chosen version.
      type: str
      returned: success
      sample: panupv2-all-contents-8907-9021
    released_on:
      description: When the chosen version was released, in the device's own form and time.
      type: str
      returned: success
      sample: 2026/11/14 13:08:12 PST
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
          type: Content
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
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plan
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import content

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        "type": {"type": "str", "choices": list(content.KINDS), "default": "content"},
        "version": {"type": "str", "default": content.LATEST},
        "state": {"type": "str", "choices": ["downloaded", "installed", "reverted"], "default": "installed"},
        "package": {"type": "str", "choices": ["any", "apps", "apps_and_threats"], "default": "any"},
        "min_age_days": {"type": "float", "default": 0.0},
        "check": {"type": "bool", "default": True},
        "sync_to_peer": {"type": "bool"},
        "wait_for_idle": {"type": "bool", "default": True},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
}


def run(task: Task) -> Result:
    return run_plan(
        task,
        "panos.content_update",
        lambda: content.plan_from_options(task.params, task.hide),
        lambda: content.from_handle(task.params, task.hide),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
