# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from hypothesis import settings

# How long an example takes says something about the load of the machine, nothing about the code.
settings.register_profile("netops_jobs", deadline=None)
settings.load_profile("netops_jobs")
