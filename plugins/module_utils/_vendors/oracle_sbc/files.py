# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The backup files of an SBC, in /code/bkups."""

from __future__ import annotations

import typing as t

from ..._transport import xml

if t.TYPE_CHECKING:
    from .client import SbcClient

PATH = "/configuration/management/files"


def listed(client: SbcClient, *, within: float | None = None) -> list[str]:
    """Return the names of the backup files. Raises NoAnswer, Denied, Refused.

    The names of the elements are not documented in what was read: every text without a child in the data is taken for
    a name [assumed].
    """
    data = client.get(PATH, within=within).find(".//data")
    if data is None:
        return []
    found = [" ".join(xml.lines(each)) for each in data.iter() if not len(each)]
    return sorted({name.rpartition("/")[2] for name in found if name})


def delete(client: SbcClient, file: str) -> None:
    """Delete *file*, under the lock. Raises NoAnswer, Denied, JobMissing, Refused."""
    client.send("DELETE", PATH, {"filename": file}, needs_lock=True)
