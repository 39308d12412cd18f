# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strata Cloud Manager: the token service, config push and jobs, versions, device operations, local configurations."""

from __future__ import annotations
