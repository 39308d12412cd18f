#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scm_device_job
short_description: Ask devices of Strata Cloud Manager for their tables and states
version_added: 0.1.0
description:
  - Has firewalls asked for their routes, interfaces, rules and the like, waits until each has answered, and returns what each says.
  - The API takes five devices in a request. More of them become several jobs there, which run at the same time. Here they are one, with
    one handle, and a verdict for each device.
  - A device may fail in a job that is complete. The task fails then, names the device, and returns what the others say. O(required_targets)
    makes it a success with fewer.
  - Nothing is changed on a device.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  type:
    description:
      - What to ask for.
      - Needed unless O(handle) is given.
    type: str
    choices:
      - route-table
      - fib-table
      - dns-proxy
      - device-interfaces
      - device-rules
      - bgp-policy-export
      - logging-service-forwarding-status
  devices:
    description:
      - The serial numbers of the devices, any number of them. Put them in quotes, or YAML takes some for numbers and changes them.
      - Needed unless O(handle) is given.
    type: list
    elements: str
  advanced:
    description: Ask for the tables of the advanced routing engine. Only for O(type=route-table) and O(type=fib-table).
    type: bool
    default: false
  required_targets:
    description:
      - How many of the devices have to answer.
      - V(all), V(any), or a number. The task waits for all devices all the same. Those that did not answer are in a warning then.
    type: str
    default: all
  dest:
    description:
      - Write what the devices say to this file, on the host that runs the task, and leave it out of RV(result). Its folder must exist.
      - The file is a JSON list with C(serial), C(state), C(message) and C(data) of each device. It is written, with mode 0600, only when the
        task succeeds.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
notes:
  - "Defaults: O(wait_timeout) 600, O(poll_interval) 2, O(poll_max_interval) 10, O(outage_timeout) 300 seconds. A job typically takes 5 to
    30 seconds."
  - The API does not list these jobs, so O(adopt) has nothing to find. A request whose answer is lost is sent again. At worst a device is
    asked twice.
  - Where the API refuses the request for some of the devices, these have failed, and the others are waited for.
  - The answer to one job may have 64 MB. Of bigger tables ask each device in a task of its own.
  - The API has no call that cancels such a job, so O(on_timeout) must be V(leave).
  - Access tokens live 15 minutes. The task fetches a new one when less than a minute is left, or when the API refuses the one in use.
  - Because nothing changes, devices are asked in check mode, too. With O(dest) they are not, and a change is predicted.
  - A handle carries the serial numbers, O(required_targets) and O(dest), so that M(netops.jobs.job_wait) judges as this task does. It is
    good for the tenant that it names.
seealso:
  - module: netops.jobs.scm_config_export
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - With O(dest), as long as the devices say the same.
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
- name: Read the routes of two firewalls
  netops.jobs.scm_device_job:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    type: route-table
    devices:
      - "007951000388704"
      - "007951000388707"
    advanced: true
  register: routes

- name: Show what each says
  ansible.builtin.debug:
    msg: "{{ item.serial }}: {{ item.data }}"
  loop: "{{ routes.result.devices }}"
  loop_control:
    label: "{{ item.serial }}"

- name: Write the interfaces of all firewalls that answer to a file
  netops.jobs.scm_device_job:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    type: device-interfaces
    devices: "{{ routes.result.devices | map(attribute='serial') | list }}"
    required_targets: any
    dest: /srv/netops/interfaces.json

- name: Ask for the rules, go on with the play
  netops.jobs.scm_device_job:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    type: device-rules
    devices: ["007951000388704"]
    wait: false
  register: asked

- name: Take the answer later
  netops.jobs.job_wait:
    handle: "{{ asked.job.handle }}"
    connection:
      client_id: "{{ scm_client_id }}"
      client_secret: "{{ scm_client_secret }}"
"""

RETURN = r"""
outcome:
  description:
    - How the task ended. The task fails with every outcome but V(succeeded) and V(running).
    - In check mode with O(dest) it is the outcome that is expected.
  type: str
  returned: always
  choices: [succeeded, running, failed, timed_out, unreachable, lost, refused]
  sample: succeeded
msg:
  description: What happened, in a sentence that one person can act on.
  type: str
  returned: always
  sample: "scm.device_job job 550e8400-e29b-41d4-a716-446655440000 on https://api.strata.paloaltonetworks.com:443 succeeded (2 of 2 devices)."
job:
  description: The job, or all jobs of the task together.
  type: dict
  returned: always
  contains:
    operation:
      description: V(scm.device_job).
      type: str
      returned: always
      sample: scm.device_job
    id:
      description: The id of the job, V(none) without a job. Where there are several, that of the first and the number of the others.
      type: str
      returned: always
      sample: 550e8400-e29b-41d4-a716-446655440000
    state:
      description: What the jobs are together.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the API's words, each once.
      type: str
      returned: always
      sample: complete
    progress:
      description: Percent done, V(none) before the first look.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Always V(false), since the API does not list these jobs.
      type: bool
      returned: always
      sample: false
    submitted_at:
      description: When the last of the jobs was submitted, UTC by the clock of the host that ran the task.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When the task saw that all had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:00:12Z"
    elapsed:
      description: Seconds of the wait.
      type: float
      returned: always
      sample: 12.4
    messages:
      description: Why the job failed although its devices have answered. Empty otherwise, for what there is to say is said by the devices.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: Warnings of the job. It has none.
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
          description: The serial number.
          type: str
          returned: always
          sample: "007951000388704"
        id:
          description: The serial number, too.
          type: str
          returned: always
          sample: "007951000388704"
        state:
          description: What became of it.
          type: str
          returned: always
          choices: [pending, running, succeeded, failed, unknown]
          sample: succeeded
        vendor_state:
          description:
            - The same in the API's word, empty as long as it says nothing of the device.
            - V(refused) where it refused the request for this device and the others in it.
          type: str
          returned: always
          sample: complete
        messages:
          description: What the API says of how it went.
          type: list
          elements: str
          returned: always
          sample: ["Command completed successfully."]
        warnings:
          description: Warnings. There are none.
          type: list
          elements: str
          returned: always
          sample: []
        started:
          description: When it began, in the API's own form, which names no time zone.
          type: str
          returned: always
          sample: "2026-11-21 10:00:01"
        finished:
          description: When it ended, in the same form. Empty before the end.
          type: str
          returned: always
          sample: "2026-11-21 10:00:11"
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
          sample: complete
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
      description: Names the jobs so that any later task can wait for them. V(none) without a job. It holds no secret.
      type: dict
      returned: always
      sample:
        version: 1
        operation: scm.device_job
        endpoint: https://api.strata.paloaltonetworks.com:443
        id: 550e8400-e29b-41d4-a716-446655440000
        fingerprint:
          target: "1234567890"
          type: route-table
        options:
          jobs: '{"550e8400-e29b-41d4-a716-446655440000": ["007951000388704", "007951000388707"]}'
          required_targets: all
        submitted_at: "2026-11-21T10:00:00Z"
polling:
  description: How the wait went.
  type: dict
  returned: always
  contains:
    polls:
      description: How often the jobs were looked at.
      type: int
      returned: always
      sample: 4
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
        pending 0%: 1
        HTTP 502: 1
        in_progress 50%: 1
        complete: 1
result:
  description:
    - What the devices say, as far as it is there, also when the task failed. V(none) before the first look.
  type: dict
  returned: always
  contains:
    type:
      description: What was asked for.
      type: str
      returned: when it is there
      sample: route-table
    devices:
      description: The devices.
      type: list
      elements: dict
      returned: when it is there
      contains:
        serial:
          description: The serial number.
          type: str
          returned: always
          sample: "007951000388704"
        state:
          description: V(complete), V(failed), V(in_progress), V(pending), or V(refused). Empty as long as the API says nothing of the device.
          type: str
          returned: always
          sample: complete
        message:
          description: What the API says of how it went.
          type: str
          returned: always
          sample: Command completed successfully.
        data:
          description: What the device says. Its form depends on O(type). V(none) without an answer.
          type: dict
          returned: when nothing was written to O(dest)
          sample:
            router_global:
              3.3.3.3/32:
                - prefix: 3.3.3.3/32
                  protocol: connected
                  metric: 0
        job_id:
          description: The id of the job that asked it, V(none) for one that was refused.
          type: str
          returned: always
          sample: 550e8400-e29b-41d4-a716-446655440000
        created:
          description: When that began, in the API's own form, which names no time zone.
          type: str
          returned: always
          sample: "2026-11-21 10:00:01"
        updated:
          description: When that changed last, in the same form.
          type: str
          returned: always
          sample: "2026-11-21 10:00:11"
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/interfaces.json
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 48211
    sha256:
      description: The SHA-256 of its content.
      type: str
      returned: success, when O(dest) is given
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
refusal:
  description: Why nothing was submitted.
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
      description: The HTTP status of the answer.
      type: int
      returned: when the API refused the request
      sample: 400
    code:
      description: The code of the API's error, empty where it gave none.
      type: str
      returned: when the API refused the request
      sample: E003
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, SCM, SCM_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import device_job

ARGUMENTS = {
    "argument_spec": {
        **SCM,
        **JOB,
        "type": {
            "type": "str",
            "choices": [
                "route-table",
                "fib-table",
                "dns-proxy",
                "device-interfaces",
                "device-rules",
                "bgp-policy-export",
                "logging-service-forwarding-status",
            ],
        },
        "devices": {"type": "list", "elements": "str"},
        "advanced": {"type": "bool", "default": False},
        "required_targets": {"type": "str", "default": "all"},
        "dest": {"type": "path"},
    },
    "supports_check_mode": True,
    **SCM_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "scm.device_job", lambda: device_job.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
