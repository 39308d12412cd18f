#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_software_update
short_description: Update the software of a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Brings PAN-OS to the version that is wanted, in one task. It downloads the image, and the base image if the way to it needs one, installs
    it, restarts the device if that is asked for, waits until the device is back and ready, and verifies the version that runs.
  - What is left to be done is read from the device before each job. So an image that is downloaded already is only installed, a version
    that runs is left alone, and a task that was interrupted goes on where it stopped when it is run again.
  - A restart in the middle of the wait, whoever caused it, fails nothing by itself. The task waits until the device answers, and looks what is
    left to be done.
  - It updates one device, whose address must stay with it. Another device that answers there, by its serial, is neither restarted nor taken
    for one that was. The role P(netops.jobs.software_upgrade#role) upgrades the two of a
    high availability pair one after the other.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  version:
    description:
      - The version that is wanted, such as V(11.1.10) or V(11.1.4-h7).
      - A version that the device does not know of, after a look at its update server, is refused with those that it knows.
      - Required unless O(handle) is given.
    type: str
  state:
    description:
      - V(downloaded) downloads the image, and the base image of another release, such as 11.1.0 for 11.1.10 (for 12.1 it is 12.1.2).
      - V(installed) downloads them if needed and installs the image. The device runs it after its next restart.
    type: str
    choices: [downloaded, installed]
    default: installed
  restart:
    description:
      - Whether to restart the device once the image is installed, and to wait until it is ready with the version that is wanted.
      - The device is ready when it says so (C(show chassis-ready)) and its automatic commit is over. Panorama and some models do not say so.
        There the automatic commit alone decides.
      - The command to restart is sent once, whatever becomes of its answer. A device that is not down after five minutes has
        not accepted it, and the task fails.
      - While a commit or an installation runs, whoever started it, the command is not sent. See O(wait_for_idle).
      - Passwords that are refused while the device starts are tried again.
    type: bool
    default: false
  allow_downgrade:
    description:
      - Whether to go to an older version than the one that runs.
      - The device then starts with the configuration that it saved for that version, if there is one. Read the vendor's
        documentation first.
    type: bool
    default: false
  check:
    description:
      - Whether the device asks its update server for news if it does not know of an image that is needed, also in check mode. On the device that
        changes the list of available versions and nothing else.
      - With V(false) the list of its last check is used.
    type: bool
    default: true
  sync_to_peer:
    description:
      - Whether the device gives what it downloads to its high availability peer. The installation is up to each device.
      - Without it the device does as it is used to.
      - Whether the peer has it is not checked. It is when the peer itself is updated.
    type: bool
  wait_for_idle:
    description:
      - Whether to try again, until O(wait_timeout) ends, when the device is busy with another download, an installation or a commit.
      - With V(false), or when the time is over, the task ends with outcome V(refused) and names the running job.
    type: bool
    default: true
notes:
  - "Defaults for software updates: O(wait_timeout) 7200 for all jobs of the task together, O(poll_interval) 5, O(poll_max_interval) 30,
    O(outage_timeout) 1800 seconds. While the device restarts it does not answer, and that is an outage like any other."
  - With O(wait=false) only the first job that is needed is started. Run the task again to go on from there.
  - No list of the device says that an image is installed and waits for a restart. What tells is the newest installation in the job
    list since the last start, if this run started it or its text names the version. Where neither is so, the image is installed again,
    which does no harm.
  - A task that finds the device running the wanted version, but still starting, waits until it is ready if O(restart=true).
  - The vendor supports to skip up to three releases from 10.1 on, and none before. The task warns of more and lets the device decide.
  - In check mode the task tells what would be done. In diff mode it returns the versions before and after.
seealso:
  - module: netops.jobs.panos_content_update
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
      - A second run finds nothing to do. With O(restart=false) and a device whose job list does not name the version of an installation, it
        installs again.
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
- name: Have the image ready before the maintenance window
  netops.jobs.panos_software_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    version: 11.2.4-h2
    state: downloaded
    sync_to_peer: true

- name: Install it, restart, and wait until the firewall is ready
  netops.jobs.panos_software_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    version: 11.2.4-h2
    restart: true
  register: update

- name: Tell what runs now
  ansible.builtin.debug:
    msg: "{{ update.result.version_before }} -> {{ update.result.version }}, HA state {{ update.result.ha.state }}"

- name: Go back with the next restart
  netops.jobs.panos_software_update:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    version: 11.1.6
    allow_downgrade: true
    progress_log: /srv/netops/fw1.jsonl
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
  sample: "https://fw1.example.com:443 runs 11.1.10, before it was 11.1.6."
job:
  description: The last job of the task.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.software_download), V(panos.software_install) or V(panos.restart), or V(panos.software_update) without a job.
      type: str
      returned: always
      sample: panos.restart
    id:
      description: The device's id of the job, V(restart) for a restart, V(none) without a job.
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
      description:
        - The same in the device's words, status and result.
        - Of a restart V(going down), V(starting), V(autocommit), V(ready), V(not restarted) or V(autocommit failed).
      type: str
      returned: always
      sample: ready
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
      sample: ["Successfully downloaded"]
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
          sample: ready
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
        operation: panos.restart
        endpoint: https://fw1.example.com:443
        id: "restart"
        fingerprint:
          booted: 2026/10/30 04:12:33
          serial: "001234567890"
          uptime: "1923412"
        options:
          before: 11.1.6
          version: 11.1.10
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
  description:
    - What the device has. V(none) if the task failed, unless its last job ended well without the effect that it was to have.
    - With O(handle) only the versions, as far as the handle tells them.
  type: dict
  returned: always
  contains:
    version:
      description: The version that runs now.
      type: str
      returned: success
      sample: 11.1.10
    version_before:
      description: The version that ran when the task began.
      type: str
      returned: success
      sample: 11.1.6
    version_wanted:
      description: The O(version) that is wanted.
      type: str
      returned: success
      sample: 11.1.10
    downloaded:
      description: Whether the device has the image.
      type: bool
      returned: success
      sample: true
    installed:
      description: Whether it runs, or is installed and will run after a restart, as far as the device tells.
      type: bool
      returned: success
      sample: true
    restart_needed:
      description: Whether it is installed and waits for a restart.
      type: bool
      returned: success
      sample: false
    restarted:
      description: Whether the device was restarted while the task ran.
      type: bool
      returned: success
      sample: true
    ha:
      description: The part of the device in a high availability pair, so that a play can tell which device comes first.
      type: dict
      returned: success
      contains:
        enabled:
          description: Whether it is in a pair, V(none) where the device does not say.
          type: bool
          returned: always
          sample: true
        mode:
          description: V(Active-Passive) or V(Active-Active), V(none) on Panorama.
          type: str
          returned: always
          sample: Active-Passive
        state:
          description: Its own state, in its own words.
          type: str
          returned: always
          sample: passive
        peer_state:
          description: The state of its peer.
          type: str
          returned: always
          sample: active
        running_sync:
          description: Whether both run the same configuration.
          type: str
          returned: always
          sample: synchronized
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
          type: SWInstall
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
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import software

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        "version": {"type": "str"},
        "state": {"type": "str", "choices": ["downloaded", "installed"], "default": "installed"},
        "restart": {"type": "bool", "default": False},
        "allow_downgrade": {"type": "bool", "default": False},
        "check": {"type": "bool", "default": True},
        "sync_to_peer": {"type": "bool"},
        "wait_for_idle": {"type": "bool", "default": True},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
    "required_one_of": [*PANOS_RULES["required_one_of"], ("version", "handle")],
}


def run(task: Task) -> Result:
    return run_plan(
        task,
        "panos.software_update",
        lambda: software.plan_from_options(task.params, task.hide),
        lambda: software.from_handle(task.params, task.hide),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
