#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cortex_network_scan_info
short_description: Look at a run of a network scan of Cortex XSIAM
version_added: 0.1.0
description:
  - Returns what a run is, with the sentence in which the tenant says it, and a handle by which M(netops.jobs.job_wait) can wait for it.
  - The API shows one run by its number. It has no list of runs.
  - That there is no such run is no failure, RV(run) is V(none) then.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  run_id:
    description: The number of the run, not of its definition.
    type: str
    required: true
notes:
  - A question that gets no answer is repeated for a minute. Nothing is waited for.
seealso:
  - module: netops.jobs.cortex_network_scan
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
  - netops.jobs._attributes
  - netops.jobs._attributes.cortex
"""

EXAMPLES = r"""
- name: Look at a run
  netops.jobs.cortex_network_scan_info:
    host: api-tenant.example.com
    api_key: "{{ cortex_api_key }}"
    api_key_id: "{{ cortex_api_key_id }}"
    key_type: advanced
    run_id: "789"
  register: found

- name: Say what it is
  ansible.builtin.debug:
    msg: "{{ found.run.message if found.run else 'There is no such run.' }}"
"""

RETURN = r"""
outcome:
  description: V(succeeded). The task fails with every other outcome.
  type: str
  returned: always
  choices: [succeeded, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: What the run is.
  type: str
  returned: always
  sample: "https://api-tenant.example.com:443: run 789: Scan is in Running state."
run:
  description: The run. V(none) where the tenant knows none of this number.
  type: dict
  returned: success
  contains:
    run_id:
      description: The number of the run.
      type: str
      returned: always
      sample: "789"
    state:
      description: What the run is. V(unknown) is a state that this collection does not know, or cannot read in the sentence.
      type: str
      returned: always
      choices: [pending, running, succeeded, failed, canceled, unknown]
      sample: running
    vendor_state:
      description: The same in the tenant's word, such as V(Paused). V(none) where none can be read in the sentence.
      type: str
      returned: always
      sample: Running
    message:
      description: The tenant's sentence.
      type: str
      returned: always
      sample: Scan is in Running state
    handle:
      description: Names the run for M(netops.jobs.job_wait), M(netops.jobs.job_cancel) and M(netops.jobs.cortex_network_scan).
      type: dict
      returned: always
      sample:
        version: 1
        operation: cortex.network_scan
        endpoint: https://api-tenant.example.com:443
        id: "789"
        fingerprint: {}
refusal:
  description: Why the tenant did not answer.
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
      description: The HTTP status of the answer. Errors of the request come with V(500), too.
      type: int
      returned: when the tenant refused the request
      sample: 400
    err_code:
      description: The tenant's number of the error, empty where it gave none.
      type: str
      returned: when the tenant refused the request
      sample: ""
    err_msg:
      description: The tenant's words.
      type: str
      returned: when the tenant refused the request
      sample: The request contains invalid or missing parameters
    err_extra:
      description: What the tenant says beside that, in its own form.
      type: raw
      returned: when the tenant refused the request
      sample: [{"field": "fields", "message": "Field required"}]
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import CORTEX, CORTEX_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import network_scan

ARGUMENTS = {
    "argument_spec": {**CORTEX, "run_id": {"type": "str", "required": True}},
    "supports_check_mode": True,
    **CORTEX_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task, "cortex_network_scan_info", lambda inquiry: network_scan.info_from_options(task.params, inquiry)
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
