# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Which Python libraries are missing here. They are imported once, in the files that use them."""

from __future__ import annotations

from . import http_client, xml


def missing_libraries() -> list[str]:
    """Return the names of the libraries that this Python lacks, as they are on PyPI."""
    missing = []
    if not http_client.HAS_REQUESTS:
        missing.append("requests")
    if not xml.HAS_LXML:
        missing.append("lxml")
    return missing
