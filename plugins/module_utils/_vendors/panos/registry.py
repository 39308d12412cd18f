# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The operations of PAN-OS, by the name that stands in handles."""

from __future__ import annotations

import typing as t

from .commit import Commit, Validate

if t.TYPE_CHECKING:
    from .client import PanosClient
    from .job import PanosJob

OPERATIONS: dict[str, t.Callable[[PanosClient], PanosJob]] = {Commit.name: Commit, Validate.name: Validate}
