#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: panos_export
short_description: Export a file from a PAN-OS firewall or Panorama
version_added: 0.1.0
description:
  - Fetches tech support data, statistics, the configuration, the device state or a packet capture, and writes it to a file.
  - Tech support data and statistics are made by a job of the device. The task submits it, waits for it and fetches the file.
    Everything else comes at once, without a job.
  - The file is streamed to the disk, so that it needs no memory whatever its size. It is compared with the length that the device
    tells, what is compressed and what is XML is checked to its end, and only then it takes its place, with mode 0600. A file that
    is not whole is never in place.
  - The task reports a change only if the content differs from that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  category:
    description:
      - What to export. Required without O(handle).
      - "V(tech-support): what the support of the vendor asks for. A job of several minutes up to half an hour."
      - "V(stats-dump): the statistics of the last days. Firewalls only. A job."
      - "V(configuration): the running configuration, as XML."
      - "V(device-state): the whole state of a firewall with what Panorama pushed to it. Firewalls only."
      - "V(application-pcap), V(filter-pcap), V(dlp-pcap), V(threat-pcap): a packet capture."
    type: str
    choices: [tech-support, stats-dump, configuration, device-state, application-pcap, filter-pcap, dlp-pcap, threat-pcap]
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the packet captures that the device has are listed in RV(result.files). Only for V(application-pcap),
        V(filter-pcap) and V(dlp-pcap).
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
  from:
    description:
      - The name of a packet capture, for all captures but V(threat-pcap).
      - Application captures are in folders, one a day. Without O(dest) the name of a folder lists what is in it.
    type: str
  dlp_password:
    description: The password that protects the data filtering captures, for O(category=dlp-pcap).
    type: str
  pcap_id:
    description: The id of the capture, as the threat log has it, for O(category=threat-pcap).
    type: str
  search_time:
    description: When the firewall received the capture, such as V(2026/11/21 10:00:00), for O(category=threat-pcap).
    type: str
  serial:
    description: The serial number of the firewall that has the capture, for O(category=threat-pcap) on Panorama.
    type: str
notes:
  - "Defaults for exports: O(wait_timeout) 3600, O(poll_interval) 5, O(poll_max_interval) 30, O(outage_timeout) 600 seconds."
  - The device deletes the file of a job once it was fetched, and perhaps also when a download broke off. After a download that broke
    off the task looks whether the job is still there, and fetches the file once more. If it is gone, the task ends with outcome
    V(lost) and has written nothing. Run it again then, for instance with C(retries). It does not start a second job by itself.
  - O(wait_timeout) includes the download. A file that is ready is given two minutes at least, because to break off its download
    may destroy it. Each piece of 64 KB may take O(request_timeout).
  - A job in flight is not adopted, because nothing tells whose it is and what it is for. To run the play again after it was killed
    starts a new job, which changes nothing on the device. O(handle) waits for the old one.
  - If the answer to the submission is lost, the task waits for the one job of the same account that came up since, and submits
    again where there is no such job or its owner cannot be told.
  - With O(wait=false) the file is not fetched. Pass the handle to this module or to M(netops.jobs.job_wait) to fetch it. What comes
    without a job is always fetched.
  - In check mode nothing is asked of the device, and the prediction is that the content differs.
  - Packet captures are not compressed. Whether they are whole is told only by the length that the device announces.
seealso:
  - module: netops.jobs.job_wait
  - module: netops.jobs.job_cancel
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - The content decides. Each tech support file differs from the one before.
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
- name: Fetch the tech support file
  netops.jobs.panos_export:
    host: fw1.example.com
    username: automation
    password: "{{ panos_password }}"
    category: tech-support
    dest: /srv/netops/fw1-techsupport.tgz

- name: Save the running configuration
  netops.jobs.panos_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    category: configuration
    dest: /srv/netops/fw1.xml

- name: Start a tech support file now, go on with the play
  netops.jobs.panos_export:
    host: panorama.example.com
    api_key: "{{ panos_api_key }}"
    category: tech-support
    dest: /srv/netops/panorama-techsupport.tgz
    wait: false
  register: support

- name: Fetch it when it is ready
  netops.jobs.job_wait:
    handle: "{{ support.job.handle }}"
    connection:
      api_key: "{{ panos_api_key }}"

- name: List the captures
  netops.jobs.panos_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    category: filter-pcap
  register: captures

- name: Fetch the first one
  netops.jobs.panos_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    category: filter-pcap
    from: "{{ captures.result.files[0] }}"
    dest: /srv/netops/fw1.pcap
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
  sample: "panos.export job 42 on https://fw1.example.com:443 succeeded."
job:
  description:
    - The job that made the file.
    - What the device has ready comes without a job. C(id) and C(handle) are V(none) then.
  type: dict
  returned: always
  contains:
    operation:
      description: V(panos.export).
      type: str
      returned: always
      sample: panos.export
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
      sample: FIN/0K
    progress:
      description: Percent done, V(none) where the device did not say.
      type: float
      returned: always
      sample: 100
    adopted:
      description: Always V(false), see O(adopt).
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
      sample: "2026-11-21T10:07:12Z"
    elapsed:
      description: Seconds of the wait for the job.
      type: float
      returned: always
      sample: 432.1
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
      description: Parts of the job with a verdict of their own. An export has none.
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
          sample: FIN/0K
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
        operation: panos.export
        endpoint: https://fw1.example.com:443
        id: "42"
        fingerprint:
          tenq: 2026/11/21 10:00:00
          type: Exec
        options:
          category: tech-support
          dest: /srv/netops/fw1-techsupport.tgz
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
      sample: 17
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
        ACT 0%: 14
        HTTP 503: 2
        FIN/0K: 1
result:
  description: What was exported. V(none) if nothing was.
  type: dict
  returned: always
  contains:
    category:
      description: What was asked for.
      type: str
      returned: when a file was fetched
      sample: tech-support
    path:
      description: The file that was written, or that was there with the same content.
      type: str
      returned: when a file was fetched
      sample: /srv/netops/fw1-techsupport.tgz
    size:
      description: Its size in bytes.
      type: int
      returned: when a file was fetched
      sample: 19658186
    sha256:
      description: The SHA-256 of its content, in hexadecimal.
      type: str
      returned: when a file was fetched
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    filename:
      description: The name that the device suggests, empty if it suggests none. It is not used.
      type: str
      returned: when a file was fetched
      sample: techsupport-8469.tgz
    files:
      description: The names of the captures, or of their folders, that the device has.
      type: list
      elements: str
      returned: when captures were listed
      sample: [rx.pcap, tx.pcap]
refusal:
  description: Why nothing was exported.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [locked, busy, denied, rejected, bad_input, missing_library]
      sample: denied
    code:
      description: The error code of the device.
      type: str
      returned: when the reason is V(rejected) and the device gave one
      sample: "7"
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import JOB, PANOS, PANOS_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import export

ARGUMENTS = {
    "argument_spec": {
        **PANOS,
        **JOB,
        "category": {"type": "str", "choices": list(export.CATEGORIES)},
        "dest": {"type": "path"},
        "from": {"type": "str"},
        "dlp_password": {"type": "str", "no_log": True},
        "pcap_id": {"type": "str"},
        "search_time": {"type": "str"},
        "serial": {"type": "str"},
    },
    "supports_check_mode": True,
    **PANOS_RULES,
    "required_one_of": [*PANOS_RULES["required_one_of"], ("category", "handle")],
}


def run(task: Task) -> Result:
    return run_job(task, "panos.export", lambda: export.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
