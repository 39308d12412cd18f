#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_sbc_backup_info
short_description: List the backup files of an Oracle SBC
version_added: 0.1.0
description:
  - Lists the backup files that an Oracle Session Border Controller has in C(/code/bkups).
author:
  - netops.jobs contributors (@netops-jobs)
notes:
  - Version v1.0 of the API, of release 8.2, has no backups. The task is refused there.
seealso:
  - module: netops.jobs.oracle_sbc_backup
attributes:
  check_mode:
    support: full
    details: It changes nothing anyway.
  diff_mode:
    support: none
  idempotent:
    support: full
  in_controller:
    support: full
extends_documentation_fragment:
  - netops.jobs._oracle_sbc
  - netops.jobs._tls
  - netops.jobs._attributes
  - netops.jobs._attributes.oracle_sbc
"""

EXAMPLES = r"""
- name: See which backups there are
  netops.jobs.oracle_sbc_backup_info:
    host: sbc1.example.com
    username: admin
    password: "{{ sbc_password }}"
  register: backups
"""

RETURN = r"""
outcome:
  description: V(succeeded), or why the SBC did not answer.
  type: str
  returned: always
  choices: [succeeded, timed_out, unreachable, refused]
  sample: succeeded
msg:
  description: What was found, in a sentence.
  type: str
  returned: always
  sample: "https://sbc1.example.com:443 has 2 backup files."
files:
  description: The names of the files.
  type: list
  elements: str
  returned: on success
  sample: [nightly-20261120.gz, nightly-20261121.gz]
refusal:
  description: Why the SBC did not answer.
  type: dict
  returned: when O(ignore:outcome) is V(refused)
  contains:
    reason:
      description: Which kind of refusal it is.
      type: str
      returned: always
      choices: [denied, rejected, bad_input, missing_library]
      sample: denied
"""

from ansible_collections.netops.jobs.plugins.module_utils._options import ORACLE_SBC, ORACLE_SBC_RULES
from ansible_collections.netops.jobs.plugins.module_utils._task import Result, Task, main, run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import backup

ARGUMENTS = {
    "argument_spec": ORACLE_SBC,
    "supports_check_mode": True,
    **ORACLE_SBC_RULES,
}


def run(task: Task) -> Result:
    return run_plain(
        task,
        "oracle_sbc_backup_info",
        lambda inquiry: backup.list_from_options(task.params, task.hide, inquiry),
    )


if __name__ == "__main__":
    main(ARGUMENTS, run)
