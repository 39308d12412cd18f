#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scm_push
short_description: Push the candidate configuration of Strata Cloud Manager
version_added: 0.1.0
description:
  - Pushes the candidate to folders and devices, waits until all of them have their verdict, and reports each of them, in one task and
    exactly once.
  - The job that the API names only commits. Afterwards one job for each folder or device does the push, and the first one's success says
    nothing of them. The task waits for all, and fails when one of them fails.
  - A push whose answer is lost is looked for in the list of jobs and never sent a second time.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  folders:
    description:
      - The folders to push to, such as V(Remote Networks), V(Mobile Users) and V(Service Connections).
      - Required without O(devices) and O(handle).
    type: list
    elements: str
  devices:
    description:
      - The serial numbers of the firewalls to push to. Put them in quotation marks, or YAML may take away the zeros that they begin with.
      - The specification of the API wants folders even then. That an empty list of them will do is assumed.
    type: list
    elements: str
  devices_as_numbers:
    description:
      - Whether to send the serial numbers as numbers, as the specification of the API has them, which takes away their zeros. That a tenant
        takes them as texts is assumed.
    type: bool
    default: false
  admins:
    description:
      - Push only the changes of these administrators and service accounts.
      - If not given, the changes of all are pushed. Other clients send their own account here, which silently leaves the changes of all
        others behind.
      - The folder V(All) is pushed as a whole, and cannot go with this option.
    type: list
    elements: str
  description:
    description:
      - Description of the push, as it shows in the list of jobs.
      - A short token such as C([nj:5c3267eed6-7d3e90aa]) is added, by which a lost push is found again.
    type: str
  required_targets:
    description:
      - How many of the push jobs have to succeed.
      - V(all), V(any), or a number. The task waits for all of them all the same. Those that did not succeed are in a warning then.
      - With V(any) or a number a push for which no push job was seen fails. With V(all) it succeeds, and warns.
      - A push whose commit failed has failed.
    type: str
    default: all
  settle:
    description:
      - Seconds without a new push job after which no more are expected. They come one by one, and the last that was recorded came 13
        seconds after the commit had ended.
    type: float
    default: 30
notes:
  - "Defaults for pushes: O(wait_timeout) 3600, O(poll_interval) 5, O(poll_max_interval) 30, O(outage_timeout) 600 seconds. Commits take
    up to 3 minutes, and push jobs up to 26."
  - A task reports a change if one of the folders and devices runs another version after the push than before. Where the account may not
    read the running versions, every push that succeeded counts as a change.
  - A push whose answer is lost, and which does not show in the list of jobs, ends with outcome V(lost). It is never sent twice, for how
    late a tenant may show it is not known. Run the task again to adopt a push that shows later.
  - An adopted push was started before the task was. Changes that came later are not in it, and the API does not tell whether there are
    any. The task warns of it.
  - A push that was over before the task began is not adopted. The task pushes again then, which changes no version if nothing is left to push.
  - A push job that never ends keeps its push in flight, so that every later task with the same options waits for it again. With
    O(adopt=false) the push is sent all the same.
  - Where the last push with the same options has no push jobs, the task looks for O(settle) seconds whether they are still to come before
    it pushes, also with O(wait=false).
  - What a push without changes answers is not documented. It succeeds without a change if the versions stay, and is V(nothing_to_do) if
    the API says so in as many words.
  - The API has no call that cancels a push, so O(on_timeout) must be V(leave).
  - Access tokens live 15 minutes. The task fetches a new one when less than a minute is left, or when the API refuses the one in use, and
    only ever repeats what was refused. With O(token_cache) all hosts and tasks of a user share one.
  - In check mode the jobs of the tenant are read. What the candidate holds the API does not tell, so that a change is predicted.
  - A handle carries O(required_targets), O(settle), O(admins) and the versions from before the push, so that M(netops.jobs.job_wait)
    judges as this task does. It is good for the tenant that it names.
seealso:
  - module: netops.jobs.scm_job_info
  - module: netops.jobs.scm_config_info
  - module: netops.jobs.scm_config_load
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - The API does not tell what the candidate changes.
  idempotent:
    support: partial
    details:
      - A second run pushes again, as the API does not tell whether there is anything to push. It reports no change if the versions stay.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._scm
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.scm
"""

EXAMPLES = r"""
- name: Push to two folders
  netops.jobs.scm_push:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    folders: [Remote Networks, Service Connections]
    description: Change CHG0042
  register: push

- name: Show what became of each
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.state }} {{ item.messages | join(', ') }}"
  loop: "{{ push.job.targets }}"
  loop_control:
    label: "{{ item.name }}"

- name: Push only the changes of two administrators, to a firewall, and be content with what succeeds
  netops.jobs.scm_push:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    devices: ["007951000388704"]
    admins: [alice@example.com, bob@example.com]
    required_targets: any

- name: Start a push, go on with the play, sharing an access token with other tasks
  netops.jobs.scm_push:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    token_cache: /srv/netops/scm-tokens.json
    folders: [Mobile Users]
    wait: false
  register: started

- name: Wait for it later, as often as needed
  netops.jobs.job_wait:
    handle: "{{ started.job.handle }}"
    connection:
      client_id: "{{ scm_client_id }}"
      client_secret: "{{ scm_client_secret }}"
      token_cache: /srv/netops/scm-tokens.json
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
  sample: "scm.push job 299 on https://api.strata.paloaltonetworks.com:443 succeeded (2 of 2 push jobs)."
job:
  description: The push.
  type: dict
  returned: always
  contains:
    operation:
      description: V(scm.push).
      type: str
      returned: always
      sample: scm.push
    id:
      description: The id of the job that commits, V(none) without a job.
      type: str
      returned: always
      sample: "299"
    state:
      description: What the push as a whole is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: Status and result of the job that commits, in the API's words. What its push jobs still do is added.
      type: str
      returned: always
      sample: FIN/OK
    progress:
      description: Percent done of the commit, and after that of the push jobs. V(none) where neither is known.
      type: float
      returned: always
      sample: 50
    adopted:
      description: Whether the task found the push in flight instead of submitting it.
      type: bool
      returned: always
      sample: false
    submitted_at:
      description: When the push was submitted, UTC by the clock of the host that ran the task.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When the task saw that the push had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:27:41Z"
    elapsed:
      description: Seconds of the wait for the push.
      type: float
      returned: always
      sample: 1661.3
    messages:
      description: What the job that commits has to say, line by line, errors first.
      type: list
      elements: str
      returned: always
      sample: ["Configuration committed successfully"]
    warnings:
      description: The warnings of the job that commits, line by line.
      type: list
      elements: str
      returned: always
      sample: []
    targets:
      description: The push jobs, each with its own verdict.
      type: list
      elements: dict
      returned: always
      contains:
        name:
          description: The folder or device, as the job names it.
          type: str
          returned: always
          sample: Remote Networks
        id:
          description: The id of the push job.
          type: str
          returned: always
          sample: "300"
        state:
          description: What became of it.
          type: str
          returned: always
          choices: [pending, running, succeeded, failed, canceled, unknown]
          sample: succeeded
        vendor_state:
          description: Its status and result in the API's words.
          type: str
          returned: always
          sample: FIN/OK
        messages:
          description: What it has to say, line by line, errors first.
          type: list
          elements: str
          returned: always
          sample: ["Configuration push finished"]
        warnings:
          description: Its warnings, line by line.
          type: list
          elements: str
          returned: always
          sample: []
        started:
          description: When it began, in the API's own form, which names no time zone.
          type: str
          returned: always
          sample: "2026-11-21 10:01:15"
        finished:
          description: When it ended, in the same form. Empty before the end.
          type: str
          returned: always
          sample: "2026-11-21 10:27:34"
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
      description: Names the push so that any later task can wait for it. V(none) without a job. It holds no secret.
      type: dict
      returned: always
      sample:
        version: 1
        operation: scm.push
        endpoint: https://api.strata.paloaltonetworks.com:443
        id: "299"
        fingerprint:
          target: "1234567890"
          token: 5c3267eed6-7d3e90aa
          type: CommitAndPush
          user: sa@1234567890.iam.panserviceaccount.com
        options:
          expected: "2"
          required_targets: all
          settle: "30"
          versions: '{"narrowed":true,"versions":{"Remote Networks":"62","Service Connections":"61"}}'
        submitted_at: "2026-11-21T10:00:00Z"
polling:
  description: How the wait went.
  type: dict
  returned: always
  contains:
    polls:
      description: How often the push was looked at.
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
        ACT/PEND 99%: 2
        FIN/OK, settling: 1
        FIN/OK, pushing 50%: 3
        FIN/OK: 1
result:
  description: What there is to say of the push. V(none) if it did not succeed, or had no job.
  type: dict
  returned: always
  contains:
    user:
      description: The account in whose name it ran.
      type: str
      returned: success
      sample: sa@1234567890.iam.panserviceaccount.com
    description:
      description: The description of the push, with the token. Empty where the API does not show it.
      type: str
      returned: success
      sample: "Change CHG0042 [nj:5c3267eed6-7d3e90aa]"
    started:
      description: When the commit began, in the API's own form, which names no time zone.
      type: str
      returned: success
      sample: "2026-11-21 10:00:00"
    admins:
      description: Whose changes were asked for by O(admins), V(none) for those of all.
      type: list
      elements: str
      returned: success
      sample: [alice@example.com]
    partial:
      description: What the API says of whose changes it took, line by line. Empty where it does not say that it left any out.
      type: list
      elements: str
      returned: success
      sample: ["Partial changes to commit: changes to configuration by administrators: alice@example.com"]
    versions:
      description:
        - The versions that run in the folders and devices of the push. In all of the tenant, where it does not list some of them.
        - V(none) where the account may not read them.
      type: list
      elements: dict
      returned: success
      contains:
        name:
          description: The folder, or the serial number.
          type: str
          returned: always
          sample: Remote Networks
        before:
          description: The version that ran before the push, V(none) where that is not known.
          type: str
          returned: always
          sample: "62"
        after:
          description: The version that runs after it.
          type: str
          returned: always
          sample: "63"
    versions_changed:
      description: Whether they differ, V(none) where that is not known. It is what the task reports as a change.
      type: bool
      returned: success
      sample: true
refusal:
  description: Why nothing was submitted.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is. V(busy) stands for HTTP 409, most likely another push.
      type: str
      returned: always
      choices: [busy, denied, rejected, bad_input, missing_library]
      sample: rejected
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the API refused the request
      sample: 400
    code:
      description: The code of the API's error, empty where it gave none.
      type: str
      returned: when the API refused the request
      sample: E003
    jobs:
      description: The ids of the pushes that were under way before.
      type: list
      elements: str
      returned: when the reason is V(busy)
      sample: ["298"]
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, SCM, SCM_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import push

ARGUMENTS = {
    "argument_spec": {
        **SCM,
        **JOB,
        "folders": {"type": "list", "elements": "str"},
        "devices": {"type": "list", "elements": "str"},
        "devices_as_numbers": {"type": "bool", "default": False},
        "admins": {"type": "list", "elements": "str"},
        "description": {"type": "str"},
        "required_targets": {"type": "str", "default": "all"},
        "settle": {"type": "float", "default": 30.0},
    },
    "supports_check_mode": True,
    **SCM_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "scm.push", lambda: push.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
