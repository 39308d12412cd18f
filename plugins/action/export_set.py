# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.netops.jobs.plugins.modules import export_set
from ansible_collections.netops.jobs.plugins.plugin_utils._job_action import JobActionModule


class ActionModule(JobActionModule):
    MODULE = export_set
