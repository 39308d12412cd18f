#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: illumio_support_bundle
short_description: Have an Illumio PCE make a support bundle of itself
version_added: 0.1.0
description:
  - Asks the PCE for a support bundle, waits until it is made, and writes it to a file.
  - The file is streamed to the disk and takes its place, with mode 0600, only when it is whole.
  - A bundle is no change of the PCE's configuration, and not reported as one. The task reports a change only if the content differs from
    that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  include_logs:
    description: Whether the bundle has logs.
    type: bool
    default: true
  starting_at:
    description:
      - Only logs from this time on, as V(2026-11-21T10:00:00Z) or with an offset such as V(+01:00), or from the beginning of a date in UTC.
      - The time is checked by the task. One in the future is refused.
    type: str
  ending_at:
    description: Only logs up to this time, in the form of O(starting_at). A date alone is the end of that day in UTC.
    type: str
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the bundle stays on the PCE.
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
  delete_request:
    description:
      - Whether to delete the bundle on the PCE once it is written to O(dest). If that fails it is a warning.
      - A bundle that was adopted is deleted only where the PCE shows that the API key belongs to the account that asked for it.
    type: bool
    default: false
notes:
  - "Defaults for support bundles: O(wait_timeout) 3600, O(poll_interval) 5, O(poll_max_interval) 30, O(outage_timeout) 600 seconds."
  - A request for a bundle has no text by which it could be told from another one. O(adopt) waits for an unfinished one with the same
    options, whoever asked for it. After a lost answer, one with the same options that is new in the list is taken, and where there is
    none the bundle is asked for again. So at worst a bundle is made that nobody fetches.
  - What the states of a bundle are called is not published. The task goes by its time of completion and its address.
  - A PCE has no call that stops making a bundle, so that O(on_timeout=cancel) is refused.
  - A PCE allows 500 requests a minute for one API key, whichever hosts they come from. A request that it answers with HTTP 429 counts as
    an outage and is repeated after a pause.
  - In check mode the list of bundles is read. The prediction is that the content differs.
seealso:
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each run makes a bundle.
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
- name: Write a bundle with the logs of two days for the support
  netops.jobs.illumio_support_bundle:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    starting_at: "2026-11-19"
    ending_at: "2026-11-20"
    dest: /srv/netops/pce-bundle.tgz
    delete_request: true

- name: Start a bundle without logs, go on with the play
  netops.jobs.illumio_support_bundle:
    host: pce.example.com
    api_key: "{{ illumio_api_key }}"
    api_secret: "{{ illumio_api_secret }}"
    include_logs: false
    dest: /srv/netops/pce-small.tgz
    wait: false
  register: started

- name: Write the file later
  netops.jobs.job_wait:
    handle: "{{ started.job.handle }}"
    connection:
      api_key: "{{ illumio_api_key }}"
      api_secret: "{{ illumio_api_secret }}"
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
  sample: "illumio.support_bundle job /orgs/1/support_bundle_requests/0d9b4e35-9a02-4f5a-8f0e-2f0b4a2a2f11 on https://pce.example.com:8443 succeeded."
job:
  description: The job.
  type: dict
  returned: always
  contains:
    operation:
      description: V(illumio.support_bundle).
      type: str
      returned: always
      sample: illumio.support_bundle
    id:
      description: The href of the job, V(none) without one.
      type: str
      returned: always
      sample: /orgs/1/support_bundle_requests/0d9b4e35-9a02-4f5a-8f0e-2f0b4a2a2f11
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the PCE's words, of which none is published.
      type: str
      returned: always
      sample: completed
    progress:
      description: Always V(none). A PCE does not say how far such a job is.
      type: float
      returned: always
    adopted:
      description: Whether the task found the job in flight instead of submitting it.
      type: bool
      returned: always
      sample: false
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
      description: Seconds of the wait for the job, the download included.
      type: float
      returned: always
      sample: 41.3
    messages:
      description: Why the bundle failed, as far as the PCE says so.
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
      description: Parts of the job with a verdict of their own. It has none.
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
          sample: completed
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
        operation: illumio.support_bundle
        endpoint: https://pce.example.com:8443
        id: /orgs/1/support_bundle_requests/0d9b4e35-9a02-4f5a-8f0e-2f0b4a2a2f11
        fingerprint:
          name: pce_support_bundle
          requested_at: "2026-11-21T10:00:00Z"
        options:
          dest: /srv/netops/pce-bundle.tgz
          delete: "true"
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
        in_progress: 2
        HTTP 502: 1
        completed: 1
result:
  description: The bundle. V(none) if it was not made.
  type: dict
  returned: always
  contains:
    href:
      description: The href of the request for it.
      type: str
      returned: success
      sample: /orgs/1/support_bundle_requests/0d9b4e35-9a02-4f5a-8f0e-2f0b4a2a2f11
    name:
      description: What the PCE calls it.
      type: str
      returned: success
      sample: pce_support_bundle
    requested_at:
      description: When it was asked for, in the PCE's own form.
      type: str
      returned: success
      sample: "2026-11-21T10:00:00Z"
    completed_at:
      description: When it was made, in the PCE's own form.
      type: str
      returned: success
      sample: "2026-11-21T10:07:12Z"
    include_logs:
      description: Whether it has logs.
      type: bool
      returned: success
      sample: true
    starting_at:
      description: From when on it has logs, V(none) for all.
      type: str
      returned: success
      sample: "2026-11-19T00:00:00.000Z"
    ending_at:
      description: Up to when it has logs, V(none) for all.
      type: str
      returned: success
      sample: "2026-11-20T23:59:59.999Z"
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/pce-bundle.tgz
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 734003200
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
      choices: [locked, busy, denied, rejected, bad_input, missing_library]
      sample: rejected
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the PCE refused the request
      sample: 406
    code:
      description: The token of the PCE's error, empty where it gave none.
      type: str
      returned: when the PCE refused the request
      sample: input_validation_error
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ILLUMIO, ILLUMIO_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import support_bundle

ARGUMENTS = {
    "argument_spec": {
        **ILLUMIO,
        **JOB,
        "include_logs": {"type": "bool", "default": True},
        "starting_at": {"type": "str"},
        "ending_at": {"type": "str"},
        "dest": {"type": "path"},
        "delete_request": {"type": "bool", "default": False},
    },
    "supports_check_mode": True,
    **ILLUMIO_RULES,
}


def run(task: Task) -> Result:
    return run_job(task, "illumio.support_bundle", lambda: support_bundle.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
