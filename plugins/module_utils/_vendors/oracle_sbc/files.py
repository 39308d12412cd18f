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
    from collections.abc import Collection

    from .client import SbcClient

PATH = "/configuration/management/files"

SUFFIX = ".gz"


def listed(client: SbcClient, *, within: float | None = None) -> list[str]:
    """Return the names of the backup files. Raises NoAnswer, Denied, JobMissing, Refused.

    The names of the elements are not documented in what was read. Where there are elements whose names end in "name",
    they hold the names; else every line of text is one [assumed].
    """
    data = client.get(PATH, within=within).find(".//data")
    if data is None:
        return []
    leaves = [each for each in data.iter("*") if not len(each)]
    named = [each for each in leaves if each.tag.lower().endswith("name")]
    return sorted({line.rpartition("/")[2] for each in named or leaves for line in xml.lines(each)})


def found(files: Collection[str], file: str) -> str | None:
    """Return the name under which *file* is among *files*, None where it is not.

    The commands of the CLI add .gz to a name; whether the API does is not documented.
    """
    return next((name for name in (file, file + SUFFIX) if name in files), None)


def delete(client: SbcClient, file: str) -> None:
    """Delete *file*, under the lock. Raises NoAnswer, Denied, Refused."""
    client.send("DELETE", PATH, {"filename": file}, needs_lock=True)
