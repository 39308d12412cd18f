#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cortex_agent_package
short_description: Make, fetch or delete a package that installs agents of Cortex XSIAM or XDR
version_added: 0.1.0
description:
  - Has the tenant make an installation package, waits until it is made, and writes it to a file. The API calls such packages
    distributions.
  - A package is told by its name. One of that name that is there is taken, one that is being made is waited for. One that is something
    else, or that the tenant could not make before, refuses the task.
  - The file is streamed to the disk and takes its place, with mode 0600, only when it is whole.
  - The task reports a change if it made the package, or waited until it was made. With O(dest) it reports one only if the content
    differs from that of the file that was there before.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  state:
    description:
      - V(present) has the package made, V(absent) deletes it.
      - With V(absent) there is no job, and the options for the wait and for the file have nothing to say.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the package.
      - Needed unless O(handle) is given, or O(distribution_id) with O(state=absent).
    type: str
  distribution_id:
    description: The id of the package to delete, where its name is not enough. Only with O(state=absent).
    type: str
  package_type:
    description:
      - V(standalone) installs a new agent.
      - V(upgrade) upgrades an agent of an endpoint security manager. It needs at least one of O(windows_version), O(linux_version) and
        O(macos_version).
    type: str
    choices: [standalone, upgrade]
    default: standalone
  platform:
    description: The system that a standalone package is for.
    type: str
    choices: [windows, linux, macos, android]
  agent_version:
    description: The version of the agent, as the tenant lists it. A standalone package needs it, but for Android.
    type: str
  windows_version:
    description: The version of the agent for Windows in an upgrade package.
    type: str
  linux_version:
    description: The version of the agent for Linux in an upgrade package.
    type: str
  macos_version:
    description: The version of the agent for macOS in an upgrade package.
    type: str
  description:
    description: What the tenant is to show about the package. Not every release takes it.
    type: str
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the package stays in the tenant.
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
  file_type:
    description:
      - Which file of the package to fetch. V(x64) and V(x86) for Windows, V(sh), V(rpm) and V(deb) for Linux, with V(aarch64_) before it
        for ARM, V(pkg) for macOS, V(upgrade) for an upgrade package.
      - Needed with O(dest) where a package has several.
    type: str
notes:
  - "Defaults for packages: O(wait_timeout) 1800, O(poll_interval) 5, O(poll_max_interval) 30, O(outage_timeout) 600 seconds."
  - A package whose making got no answer is found again by its name. Where it is not there, it is asked for once more.
  - What the list says of a package, its platform, its type and its version, is compared with the options as far as it says it. An upgrade
    package is not compared by its versions.
  - Only the word for a package that is ready is published. Words that are not known are waited out, with a warning.
  - The package comes from where the tenant says, which commonly is another host. There it is asked for without any credentials, and
    O(validate_certs) and O(ca_path) hold there, too. A link that has expired is asked for anew. No link is shown.
  - Making a package cannot be stopped, so that O(on_timeout=cancel) is refused.
  - Packages for Kubernetes are not made by this module.
  - In check mode the list of packages is read. The prediction for a file is that the content differs.
seealso:
  - module: netops.jobs.job_wait
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._cortex
  - netops.jobs._tls
  - netops.jobs._job
  - netops.jobs._pace
  - netops.jobs._attributes
  - netops.jobs._attributes.cortex
"""

EXAMPLES = r"""
- name: Have the installer for Linux made and fetch it
  netops.jobs.cortex_agent_package:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    name: linux-servers
    platform: linux
    agent_version: 8.6.0.2000
    file_type: sh
    dest: /srv/netops/cortex-agent.sh

- name: Have a package for Windows made, and go on with the play
  netops.jobs.cortex_agent_package:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    name: windows-clients
    platform: windows
    agent_version: 8.6.0.2000
    file_type: x64
    dest: /srv/netops/cortex-agent.msi
    wait: false
  register: started

- name: Fetch it later
  netops.jobs.job_wait:
    handle: "{{ started.job.handle }}"
    connection:
      api_key: "{{ cortex_api_key }}"
      api_key_id: "{{ cortex_api_key_id }}"
      key_type: advanced

- name: Delete a package
  netops.jobs.cortex_agent_package:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    name: windows-clients
    state: absent
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
  sample: "cortex.agent_package job 588a56de313549b49d70d14d4c1fd0e3 on https://api-tenant.example.com:443 succeeded."
job:
  description: The making of the package.
  type: dict
  returned: with O(state=present)
  contains:
    operation:
      description: V(cortex.agent_package).
      type: str
      returned: always
      sample: cortex.agent_package
    id:
      description: The id of the package.
      type: str
      returned: always
      sample: "588a56de313549b49d70d14d4c1fd0e3"
    state:
      description: What the job is.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: succeeded
    vendor_state:
      description: The same in the tenant's word, such as V(Pending).
      type: str
      returned: always
      sample: Completed
    progress:
      description: Always V(none). A tenant does not say how far it is.
      type: float
      returned: always
    adopted:
      description: Whether the task found the package, made or being made, instead of asking for it.
      type: bool
      returned: always
      sample: false
    submitted_at:
      description: When it was submitted, UTC by the clock of the host that ran the task.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When the task saw that it had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:04:11Z"
    elapsed:
      description: Seconds of the wait.
      type: float
      returned: always
      sample: 251.4
    messages:
      description: Why it counts as failed.
      type: list
      elements: str
      returned: always
      sample: []
    warnings:
      description: What is worth a warning about the end.
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
          sample: Completed
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
        operation: cortex.agent_package
        endpoint: https://api-tenant.example.com:443
        id: "588a56de313549b49d70d14d4c1fd0e3"
        fingerprint: {}
        options:
          agent_version: 8.6.0.2000
          dest: /srv/netops/cortex-agent.sh
          file_type: sh
          name: linux-servers
          package_type: standalone
          platform: linux
        submitted_at: "2026-11-21T10:00:00Z"
polling:
  description: How the wait went.
  type: dict
  returned: with O(state=present)
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
      sample: 31.2
    observed:
      description: How often each thing was seen.
      type: dict
      returned: always
      sample:
        Pending: 1
        In Progress: 3
        HTTP 502: 1
        Completed: 1
result:
  description: The package, also where it was there already or was deleted. V(none) if it was not made.
  type: dict
  returned: always
  contains:
    distribution_id:
      description: The id of the package.
      type: str
      returned: success
      sample: 588a56de313549b49d70d14d4c1fd0e3
    name:
      description: Its name.
      type: str
      returned: success
      sample: linux-servers
    platform:
      description: The system that it is for.
      type: str
      returned: success
      sample: linux
    package_type:
      description: Its type.
      type: str
      returned: success
      sample: standalone
    agent_version:
      description: The version of the agent.
      type: str
      returned: success
      sample: 8.6.0.2000
    path:
      description: The file.
      type: str
      returned: success, when O(dest) is given
      sample: /srv/netops/cortex-agent.sh
    size:
      description: Its size in bytes.
      type: int
      returned: success, when O(dest) is given
      sample: 73400320
    sha256:
      description: The SHA-256 of its content.
      type: str
      returned: success, when O(dest) is given
      sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
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
      description: The HTTP status of the answer.
      type: int
      returned: when the tenant refused the request
      sample: 500
    err_code:
      description: The code that the tenant gives with it.
      type: str
      returned: when the tenant refused the request
      sample: "500"
    err_msg:
      description: The general message of the tenant.
      type: str
      returned: when the tenant refused the request
      sample: An error occurred while processing XDR public API
    err_extra:
      description: What the tenant says of the reason. A text, a list or a dictionary.
      type: raw
      returned: when the tenant refused the request
      sample: agent_version is not available
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import CORTEX, CORTEX_RULES, JOB
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_job, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import agent_package

ARGUMENTS = {
    "argument_spec": {
        **CORTEX,
        **JOB,
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "distribution_id": {"type": "str"},
        "package_type": {"type": "str", "choices": ["standalone", "upgrade"], "default": "standalone"},
        "platform": {"type": "str", "choices": ["windows", "linux", "macos", "android"]},
        "agent_version": {"type": "str"},
        "windows_version": {"type": "str"},
        "linux_version": {"type": "str"},
        "macos_version": {"type": "str"},
        "description": {"type": "str"},
        "dest": {"type": "path"},
        "file_type": {"type": "str"},
    },
    "supports_check_mode": True,
    **CORTEX_RULES,
}


def run(task: Task) -> Result:
    if task.params["state"] == "absent":
        return run_plain(
            task,
            "cortex_agent_package",
            lambda inquiry: agent_package.absent_from_options(
                task.params, task.hide, inquiry, check_mode=task.check_mode
            ),
        )
    return run_job(task, "cortex.agent_package", lambda: agent_package.from_options(task.params, task.hide))


if __name__ == "__main__":
    main(ARGUMENTS, run)
