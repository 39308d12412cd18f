#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: export_set
short_description: Keep the books of a set of exports
version_added: 0.1.0
description:
  - Keeps exports in folders by date and host, with manifests that say what is there, and removes old sets. It talks to no device.
  - The role P(netops.jobs.bulk_export#role) is made of it and of the modules that export. Use the role, and this module where the role
    does not fit.
  - A set is the folder C(root/set/date). In it there is a folder for each host with its files and its C(manifest.json), and the
    C(manifest.json) of all hosts.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  state:
    description:
      - "V(planned): makes the folder of O(host) and says which of O(exports) are to be started, and which jobs of a run that was killed are to
        be waited for. What is in the manifest, and whose file still has the SHA-256 that stands there, is done. It warns of jobs in flight that no
        export waits for any more, because its options have changed or it is gone from O(exports)."
      - "V(recorded): writes down what became of exports, by O(results)."
      - "V(merged): puts the manifests of all hosts of a date together, and removes old sets if O(prune) says so."
    type: str
    choices: [planned, recorded, merged]
    required: true
  root:
    description:
      - The folder of all sets, on the host that runs the task. It is made if it is not there.
      - It may be a link. Below it no link is followed.
    type: path
    required: true
  set:
    description: The name of the set. It becomes the name of a folder.
    type: str
    required: true
  date:
    description: The date of the set, or whatever tells one run of it from the next. It becomes the name of a folder, such as V(2026-11-21).
    type: str
    required: true
  host:
    description:
      - The name of the host whose exports these are. It becomes the name of a folder.
      - Required unless O(state=merged).
    type: str
  address:
    description: Where O(host) is reached. It stands in the manifest for exports without a job, whose results do not say. Used if O(state=planned).
    type: str
  exports:
    description: What to export from O(host). Used if O(state=planned).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the export, from which that of its file is made.
        type: str
        required: true
      kind:
        description: The module that exports it.
        type: str
        required: true
        choices:
          - panos_export
          - panos_log_export
          - panos_report
          - illumio_export
          - illumio_traffic_query
          - illumio_report
          - illumio_support_bundle
          - scm_config_export
          - scm_device_job
          - cortex_xql_query
          - oracle_sbc_backup
      options:
        description: The options of the module, but for those of the connection, of the wait and of the file.
        type: dict
        default: {}
      extension:
        description: The extension of the file. If not given it follows from the options.
        type: str
  limits:
    description:
      - 'How many of a kind may run at a time on a host, as V({"panos_log_export": 2}). Used if O(state=planned).'
      - If not given it is 1 for V(panos_export), V(illumio_traffic_query), V(illumio_support_bundle) and V(oracle_sbc_backup), and 4 for
        all others.
    type: dict
    default: {}
  results:
    description:
      - The results of tasks that started exports or waited for them. Used if O(state=recorded).
      - They are those of loops over RV(missing), or of M(netops.jobs.job_wait) with the handles of RV(running).
    type: list
    elements: dict
    default: []
  hosts:
    description: The hosts that a complete set has. Used if O(state=merged).
    type: list
    elements: str
    default: []
  prune:
    description: Whether to remove old sets. Used if O(state=merged).
    type: bool
    default: false
  keep:
    description:
      - How many complete sets to keep at least, the newest.
      - Without O(keep) and O(max_age_days) all are kept. With both a set stays if either of them keeps it.
    type: int
  max_age_days:
    description: For how many days to keep complete sets at least.
    type: float
notes:
  - Only complete sets are ever removed, and of them only what their manifests name. The last complete one always stays, and so does that of
    O(date). A folder without a manifest of this module is never touched.
  - A manifest is replaced at once, so that whoever reads it finds the one of before or the new one. Each host has its own, so that hosts do not
    get into each other's way. O(state=merged) holds a lock on the folder of the date, so that several plays can do it.
  - In check mode nothing is written or removed. RV(missing[].dest) is a name in the folder for temporary files then, because the folder
    of the set may not be there.
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
  - netops.jobs._attributes
"""

EXAMPLES = r"""
- name: See what is left to be done
  netops.jobs.export_set:
    state: planned
    root: /srv/netops/exports
    set: nightly
    date: "2026-11-21"
    host: fw1
    exports:
      - name: running
        kind: panos_export
        options:
          category: configuration
  register: plan

- name: Export it
  netops.jobs.panos_export:
    host: fw1.example.com
    api_key: "{{ panos_api_key }}"
    category: "{{ item.options.category }}"
    dest: "{{ item.dest }}"
    progress_log: "{{ item.progress_log }}"
  loop: "{{ plan.missing }}"
  loop_control:
    label: "{{ item.name }}"
  register: exported

- name: Write down what became of it
  netops.jobs.export_set:
    state: recorded
    root: /srv/netops/exports
    set: nightly
    date: "2026-11-21"
    host: fw1
    results: "{{ exported.results }}"

- name: Put the manifests together, keep two weeks
  netops.jobs.export_set:
    state: merged
    root: /srv/netops/exports
    set: nightly
    date: "2026-11-21"
    hosts: [fw1]
    prune: true
    max_age_days: 14
"""

RETURN = r"""
outcome:
  description: V(succeeded). The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: How many exports there are with each outcome.
  type: str
  returned: always
  sample: "/srv/netops/exports/nightly/2026-11-21/fw1: 1 pending, 2 succeeded."
folder:
  description: The folder of the host, or of the date.
  type: str
  returned: success, unless O(state=recorded)
  sample: /srv/netops/exports/nightly/2026-11-21/fw1
manifest:
  description: The manifest.
  type: str
  returned: success
  sample: /srv/netops/exports/nightly/2026-11-21/fw1/manifest.json
wait_log:
  description: Where whoever waits for the jobs of the host has to write his progress log.
  type: str
  returned: success, if O(state=planned)
  sample: /srv/netops/exports/nightly/2026-11-21/fw1/.progress/wait.jsonl
exports:
  description: The exports of the host, as they stand in its manifest.
  type: list
  elements: dict
  returned: success, unless O(state=merged)
  contains:
    name:
      description: The name of the export.
      type: str
      returned: always
      sample: traffic
    host:
      description: The host.
      type: str
      returned: always
      sample: fw1
    source:
      description: Where it comes from.
      type: dict
      returned: always
      contains:
        system:
          description: The system.
          type: str
          returned: always
          sample: panos
        address:
          description: The endpoint of the job, O(address) where there was none.
          type: str
          returned: always
          sample: https://fw1.example.com:443
        operation:
          description: The operation of the job, the module where there was none.
          type: str
          returned: always
          sample: panos.log_export
    outcome:
      description: V(pending) before it was started, then that of its task.
      type: str
      returned: always
      choices: [pending, succeeded, nothing_to_do, running, failed, canceled, timed_out, unreachable, lost, refused]
      sample: succeeded
    msg:
      description: What happened.
      type: str
      returned: always
      sample: "panos.log_export job 42 on https://fw1.example.com:443 succeeded."
    files:
      description: Its files.
      type: list
      elements: dict
      returned: always
      contains:
        path:
          description: The file, below the folder of the host; in the manifest of all hosts below that of the date. V(none) for one that stays on the device.
          type: str
          returned: always
          sample: traffic.csv
        remote:
          description: The name of the file on the device.
          type: str
          returned: where it stays there
          sample: nightly-2026-11-21-config.gz
        rows:
          description: How many rows it has, V(none) where that is not known.
          type: int
          returned: always
          sample: 12345
        bytes:
          description: Its size.
          type: int
          returned: always
          sample: 7340032
        sha256:
          description: The SHA-256 of its content.
          type: str
          returned: always
          sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    handle:
      description: The handle of its job, V(none) without one.
      type: dict
      returned: always
    started_at:
      description: When it was submitted, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:00:00Z"
    finished_at:
      description: When it had ended, UTC.
      type: str
      returned: always
      sample: "2026-11-21T10:00:41Z"
    seconds:
      description: How long that took.
      type: float
      returned: always
      sample: 41.3
    fingerprint:
      description: A hash of the options. An export whose options have changed is made again.
      type: str
      returned: always
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
running:
  description: The exports whose jobs are in flight, each with C(name) and C(handle).
  type: list
  elements: dict
  returned: success, unless O(state=merged)
  sample: []
missing:
  description: The exports that are to be started.
  type: list
  elements: dict
  returned: success, if O(state=planned)
  contains:
    name:
      description: The name of the export.
      type: str
      returned: always
      sample: traffic
    kind:
      description: The module.
      type: str
      returned: always
      sample: panos_log_export
    options:
      description: Its options. A backup of an SBC has the name of its file if none was given.
      type: dict
      returned: always
      sample: {"log_type": "traffic", "format": "csv"}
    dest:
      description: The file to write, or the folder for files.
      type: str
      returned: always
      sample: /srv/netops/exports/nightly/2026-11-21/fw1/traffic.csv
    progress_log:
      description: Where the task that starts it has to write its progress log, so that a later run finds the job.
      type: str
      returned: always
      sample: /srv/netops/exports/nightly/2026-11-21/fw1/.progress/-traffic.jsonl
    batch:
      description: The number of the batch with which it is to be started, from 0 on, so that no limit is exceeded.
      type: int
      returned: always
      sample: 0
steps:
  description: The pairs of C(batch) and C(kind) in RV(missing).
  type: list
  elements: list
  returned: success, if O(state=planned)
  sample: [[0, panos_export], [0, panos_log_export]]
complete:
  description: Whether all exports of all hosts are there.
  type: bool
  returned: success, if O(state=merged)
  sample: true
counts:
  description: How many exports there are with each outcome.
  type: dict
  returned: success, if O(state=merged)
  sample: {"succeeded": 12}
failed_exports:
  description: The exports that are not there, each with C(host), C(name), C(outcome) and C(msg).
  type: list
  elements: dict
  returned: success, if O(state=merged)
  sample: []
open_handles:
  description: The handles of jobs that may still run.
  type: list
  elements: dict
  returned: success, if O(state=merged)
  sample: []
pruned:
  description: The folders of the sets that were removed.
  type: list
  elements: str
  returned: success, if O(state=merged)
  sample: [/srv/netops/exports/nightly/2026-11-07]
refusal:
  description: Why nothing was done.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [bad_input]
      sample: bad_input
"""

from ansible_collections.netops.jobs.plugins.module_utils._export_set.books import run
from ansible_collections.netops.jobs.plugins.module_utils._export_set.kinds import KINDS
from ansible_collections.netops.jobs.plugins.module_utils._task import main

TEXT = {"type": "str", "required": True}

ARGUMENTS = {
    "argument_spec": {
        "state": {**TEXT, "choices": ["planned", "recorded", "merged"]},
        "root": {"type": "path", "required": True},
        "set": TEXT,
        "date": TEXT,
        "host": {"type": "str"},
        "address": {"type": "str"},
        "exports": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": TEXT,
                "kind": {**TEXT, "choices": list(KINDS)},
                "options": {"type": "dict", "default": {}},
                "extension": {"type": "str"},
            },
        },
        "limits": {"type": "dict", "default": {}},
        "results": {"type": "list", "elements": "dict", "default": []},
        "hosts": {"type": "list", "elements": "str", "default": []},
        "prune": {"type": "bool", "default": False},
        "keep": {"type": "int"},
        "max_age_days": {"type": "float"},
    },
    "supports_check_mode": True,
    "required_if": [("state", "planned", ["host"]), ("state", "recorded", ["host"])],
}

if __name__ == "__main__":
    main(ARGUMENTS, run)
