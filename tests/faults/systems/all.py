# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scenarios of every system."""

from __future__ import annotations

from . import cortex, illumio, oracle_sbc, panos, scm

SCENARIOS = (
    *panos.SCENARIOS,
    *illumio.SCENARIOS,
    *scm.SCENARIOS,
    *cortex.SCENARIOS,
    *oracle_sbc.SCENARIOS,
)
