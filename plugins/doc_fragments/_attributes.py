# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """What a module can do, in the words of the Ansible documentation."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return a changed status prediction without modifying the target.
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description: When run twice in a row without outside changes, the second run reports no change.
  in_controller:
    description:
      - Runs in the controller's own process when the connection of the task is V(local) or one that never ships modules
        (C(httpapi), C(network_cli), C(netconf)), which costs a fraction of a module's start and shows live progress.
      - With C(async), with C(become), for a host that is reached in another way, or where a Python library is missing on
        the controller, it runs as an ordinary module.
      - Progress is a line when the state changed, 10 % are done, an outage began or ended, or nothing was said for 30 seconds.
        The variable C(netops_jobs_progress), set to V(false) for a play, a host or a task, turns it off.
"""

    PANOS = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/netops.jobs.panos) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - netops.jobs.panos
"""

    ILLUMIO = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/netops.jobs.illumio) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - netops.jobs.illumio
"""

    SCM = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/netops.jobs.scm) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - netops.jobs.scm
"""

    CORTEX = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/netops.jobs.cortex) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - netops.jobs.cortex
"""

    ORACLE_SBC = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/netops.jobs.oracle_sbc) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - netops.jobs.oracle_sbc
"""
