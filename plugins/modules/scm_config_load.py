#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: scm_config_load
short_description: Load a version as the candidate of Strata Cloud Manager, or discard the candidate
version_added: 0.1.0
description:
  - Loads a version of the configuration as the candidate, from where M(netops.jobs.scm_push) pushes it. Or throws the candidate away, so
    that it is again what runs.
  - Either is done when the API has answered. There is no job to wait for.
  - What others have changed in the candidate and not pushed yet is lost with it.
author:
  - netops.jobs contributors (@netops-jobs)
options:
  version:
    description: The number of the version to load. Required with O(state=loaded).
    type: int
  state:
    description:
      - V(loaded) loads O(version).
      - V(discarded) throws the candidate away. That there is nothing to discard is no failure and no change.
    type: str
    choices: [loaded, discarded]
    default: loaded
notes:
  - The API is known to call a load a success whose configuration could not be migrated, wholly or in parts. The task fails when the answer
    says so. An answer without a word is taken for what it is, and RV(msg) says that there is no proof.
  - To load a version needs the role of a superuser.
  - A request whose answer is lost is repeated. To load, or to discard, a second time leads to the same candidate.
  - In check mode the version is looked up, and a change is predicted, as the API does not tell what the candidate holds.
seealso:
  - module: netops.jobs.scm_config_info
  - module: netops.jobs.scm_push
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - The API does not tell what the candidate holds.
  idempotent:
    support: partial
    details:
      - A second V(discarded) reports no change. A second V(loaded) does, as the API does not tell what the candidate holds.
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._scm
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.scm
"""

EXAMPLES = r"""
- name: Go back to an older version
  netops.jobs.scm_config_load:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    version: 42

- name: Think better of it
  netops.jobs.scm_config_load:
    client_id: "{{ scm_client_id }}"
    client_secret: "{{ scm_client_secret }}"
    tsg_id: "1234567890"
    state: discarded
"""

RETURN = r"""
outcome:
  description: How the task ended. The task fails with every outcome but V(succeeded) and V(nothing_to_do).
  type: str
  returned: always
  choices: [succeeded, nothing_to_do, failed, refused, timed_out, unreachable]
  sample: succeeded
msg:
  description: What happened, in a sentence that one person can act on.
  type: str
  returned: always
  sample: >-
    https://api.strata.paloaltonetworks.com:443: version 42 was loaded as the candidate. The API gives no proof of it: look at the candidate
    before it is pushed.
message:
  description: What the API said, in its own words. Empty where it said nothing.
  type: str
  returned: when the API was asked for it, or would be in check mode
  sample: There are no changes to revert.
version:
  description: The version, with the fields that the API gives it. V(none) with O(state=discarded).
  type: dict
  returned: success
  sample:
    id: 42
    version: "42"
    date: "2026-11-02T10:00:00.000Z"
    admin: alice@example.com
    scope: Remote Networks
    description: Change CHG0017
    created: 1
    updated: 3
    deleted: 0
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
      sample: denied
    status:
      description: The HTTP status of the answer.
      type: int
      returned: when the API refused the request
      sample: 409
    code:
      description: The code of the API's error, empty where it gave none.
      type: str
      returned: when the API refused the request
      sample: E009
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import SCM, SCM_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import candidate

ARGUMENTS = {
    "argument_spec": {
        **SCM,
        "version": {"type": "int"},
        "state": {"type": "str", "choices": ["loaded", "discarded"], "default": "loaded"},
    },
    "supports_check_mode": True,
    **SCM_RULES,
    "required_if": [("state", "loaded", ["version"])],
}


def run(task: Task) -> Result:
    return run_plain(
        task,
        "scm_config_load",
        lambda inquiry: candidate.candidate_from_options(task.params, task.hide, inquiry, check_mode=task.check_mode),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
