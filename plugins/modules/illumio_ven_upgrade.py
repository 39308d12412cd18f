#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_ven_upgrade
short_description: Upgrade the VENs of an Illumio PCE
version_added: 0.1.0
description:
  - Asks the PCE to upgrade VENs, waits until each has the release, or does not get it, and reports each of them, in one task and exactly
    once.
  - VENs that have the release already are left out. If that leaves none, there is nothing to do. VENs that are on the way to it are waited
    for, and not asked for again.
  - A PCE takes no downgrade, no release above its own, and no VENs on AIX and Solaris and in containers. What it says of a single VEN is the
    verdict on that VEN.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  vens:
    description:
      - The VENs, each by the hostname of its workload, its href or its address. Capitals do not count in hostnames.
      - Of several VENs with one hostname the one that is active counts.
      - Needed unless O(handle) is given. A PCE upgrades 25000 at most in one request.
    type: list
    elements: str
  release:
    description:
      - The release that they are to have, as the PCE lists it, with its build.
      - Needed unless O(handle) is given.
    type: str
  upgrade_timeout:
    description:
      - Seconds for which the PCE tries to upgrade a VEN, from 900 to 15552000. A VEN that is not in touch with the PCE may need long.
      - Without this option it is left to the PCE.
    type: int
  required_targets:
    description:
      - How many of the VENs have to succeed.
      - V(all), V(any), or a number. The task waits for all VENs all the same. Those that did not succeed are in a warning then.
      - VENs that are left out because they have the release count as successes.
    type: str
    default: all
notes:
  - "Defaults: O(wait_timeout) 3600, O(poll_interval) 15, O(poll_max_interval) 60, O(outage_timeout) 900 seconds. A VEN that is offline is
    tried for as long as O(upgrade_timeout) says, so that O(wait_timeout) may well end before. The handle resumes the wait."
  - A look costs one request for the upgrades that are pending. VENs that have left that list are asked for one by one up to 20, and more of them
    all at once when none is pending any more.
  - A handle carries O(required_targets), how many VENs were left out, and the ids of the others, about 37 bytes for each, so that
    M(netops.jobs.job_wait) judges as this task does.
  - An upgrade cannot be canceled, so that O(on_timeout=cancel) is refused.
  - In check mode the PCE is only read. A release that it does not have is refused then, too.
seealso:
  - module: netops.jobs.illumio_provision
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - It shows the version of each VEN, before and after.
  idempotent:
    support: full
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
- name: Upgrade two VENs
  netops.jobs.illumio_ven_upgrade:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    vens: "{{ web_hosts }}"
    release: 24.5.10-1411
  register: upgrade

- name: Show what became of each
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.state }}, {{ item.vendor_state }} {{ item.messages | join(', ') }}"
  loop: "{{ upgrade.job.targets }}"
  loop_control:
    label: "{{ item.name }}"

- name: Upgrade a part of the VENs, give them a day, and do not wait
  netops.jobs.illumio_ven_upgrade:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    vens: "{{ db_hosts }}"
    release: 24.5.10-1411
    upgrade_timeout: 86400
    required_targets: any
    wait: false
  register: later

- name: Wait for them later, as often as needed
  netops.jobs.illumio_ven_upgrade:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
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
  sample: "illumio.ven_upgrade job 24.5.10-1411/0c8d1f2a3b on https://pce.example.com:8443 succeeded (2 of 2 VENs)."
job:
  description: The upgrade of all VENs together.
  type: dict
  returned: always
  contains:
    operation:
      description: Always V(illumio.ven_upgrade).
      type: str
      returned: always
      sample: illumio.ven_upgrade
    id:
      description: The release, and what stands for these VENs. A PCE has no id for an upgrade.
      type: str
      returned: always
      sample: 24.5.10-1411/0c8d1f2a3b
    state:
      description: What it is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: V(upgrade_pending), V(upgraded) or V(not upgraded).
      type: str
      returned: always
      sample: upgraded
    progress:
      description: The percentage of VENs that have a verdict.
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
      description: Why it counts as failed.
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
      description: The VENs, each with its own verdict.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: The hostname, or the href where the hostname is not known.
          type: str
          returned: always
          sample: web1
        id:
          description: Its href.
          type: str
          returned: always
          sample: /orgs/1/vens/ef7f0f53-2295-4416-aaaf-965146934c53
        state:
          description: What became of it.
          type: str
          returned: always
          choices: [running, succeeded, failed]
          sample: succeeded
        vendor_state:
          description: Its version, and whether its upgrade is pending. V(refused) where the PCE did not take it.
          type: str
          returned: always
          sample: version 24.5.10-1411
        messages:
          description: Why it failed, and the conditions of the VEN.
          type: list
          elements: str
          returned: always
          sample: [agent.upgrade_time_out]
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
          sample: upgraded
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
        operation: illumio.ven_upgrade
        endpoint: https://pce.example.com:8443
        id: 24.5.10-1411/0c8d1f2a3b
        fingerprint: {}
        options:
          org: /orgs/1
          release: 24.5.10-1411
          required_targets: all
          vens: ef7f0f53-2295-4416-aaaf-965146934c53
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
        upgrade_pending 50%: 3
        upgraded: 1
result:
  description: What there is to say of the upgrade. V(none) if it did not succeed.
  type: dict
  returned: always
  contains:
    release:
      description: The release.
      type: str
      returned: success
      sample: 24.5.10-1411
    upgraded:
      description: How many VENs were upgraded.
      type: int
      returned: success
      sample: 2
    skipped:
      description: The VENs that this task left out because they had the release.
      type: list
      elements: dict
      returned: success
      contains:
        hostname:
          description: The hostname.
          type: str
          returned: always
          sample: web3
        href:
          description: The href.
          type: str
          returned: always
          sample: /orgs/1/vens/1a2b3c4d-2295-4416-aaaf-965146934c53
        version:
          description: The version that it has.
          type: str
          returned: always
          sample: 24.5.10-1411
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
      returned: when the PCE refused the request
      sample: 406
    code:
      description: The PCE's short name of the error.
      type: str
      returned: when the PCE refused the request
      sample: not_acceptable_error
    vens:
      description: Why the PCE took none of the VENs, by their hrefs.
      type: dict
      returned: when the PCE took none
      sample: {}
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ILLUMIO, ILLUMIO_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import ven_upgrade

ARGUMENTS = {
    "argument_spec": {
        **ILLUMIO,
        **JOB,
        "vens": {"type": "list", "elements": "str"},
        "release": {"type": "str"},
        "upgrade_timeout": {"type": "int"},
        "required_targets": {"type": "str", "default": "all"},
    },
    "supports_check_mode": True,
    **ILLUMIO_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "illumio.ven_upgrade", lambda: ven_upgrade.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
