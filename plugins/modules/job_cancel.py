#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: job_cancel
short_description: Stop jobs of any system by their handles
version_added: 0.1.0
description:
  - Asks the system to stop a job, where it can, and waits until it has stopped.
  - A job that is over already is left alone, with outcome V(nothing_to_do).
  - A job that the system does not stop, or not any more, is refused and runs on.
author:
  - netops.jobs contributors (@netops-jobs)
notes:
  - O(wait_timeout) bounds the look at the job before it is asked to stop. Its end is then awaited for a minute.
  - That PAN-OS stops a job on C(clear job id) is taken from its command line and from public clients, not from its documentation.
    It refuses once the commit has entered its last phase.
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
  - netops.jobs._handles
  - netops.jobs._pace
  - netops.jobs._attributes
"""

EXAMPLES = r"""
- name: Stop a commit that should not have been started
  netops.jobs.job_cancel:
    handle: "{{ commit.job.handle }}"
    connection:
      api_key: "{{ panos_api_key }}"
"""

RETURN = r"""
outcome:
  description:
    - V(succeeded) if the job was stopped, V(nothing_to_do) if it was over, V(refused) if the system does not stop it.
    - For several handles, the outcome that they have in common, else V(failed) if any failed.
  type: str
  returned: always
  choices: [succeeded, nothing_to_do, running, failed, timed_out, unreachable, lost, refused]
  sample: succeeded
msg:
  description: What happened.
  type: str
  returned: always
  sample: "panos.commit job 42 on https://fw1.example.com:443 was canceled."
job:
  description: For one handle, its job, as in RV(results). For several, a job without id and handle.
  type: dict
  returned: always
polling:
  description: How the looks at the jobs went, all together.
  type: dict
  returned: always
  sample: {polls: 2, outages: 0, outage_seconds: 0.0, observed: {"ACT 20%": 1, FIN/FAIL: 1}}
result:
  description: Nothing, there for the same shape as other modules have.
  type: raw
  returned: always
results:
  description: What became of each job, in the order of the handles, with the keys above and RV(ignore:host), RV(ignore:changed), RV(ignore:failed).
  type: list
  elements: dict
  returned: always
"""

from ansible_collections.netops.jobs.plugins.module_utils._handles import cancel as run
from ansible_collections.netops.jobs.plugins.module_utils._options import HANDLES, HANDLES_RULES, PACE
from ansible_collections.netops.jobs.plugins.module_utils._task import main

ARGUMENTS = {
    "argument_spec": {**HANDLES, **PACE},
    "supports_check_mode": True,
    **HANDLES_RULES,
}

if __name__ == "__main__":
    main(ARGUMENTS, run)
