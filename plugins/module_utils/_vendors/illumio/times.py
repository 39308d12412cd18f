# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Times that a PCE is given, checked before: of a date that it cannot read it makes another query (trap 21)."""

from __future__ import annotations

import dataclasses
import datetime
import email.utils
import typing as t

from ..._jobs.moments import MOMENT, moment_of, read_span, read_time, stretch, text_of

if t.TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Window", "instant", "pce_time", "read_span", "read_time", "text_of", "window_of"]


@dataclasses.dataclass(frozen=True)
class Window:
    """A stretch of time, both ends in UTC as the PCE takes them; *start* is None where there is no beginning."""

    start: str | None
    end: str


def window_of(start: str | None, end: str | None, last: str | None, *, now: datetime.datetime) -> Window:
    """Return the stretch of time that the options of these names mean when it is *now* (aware).

    A date alone is a whole day of UTC. Raises BadInput that names the option at fault.
    """
    since, until = stretch(start, end, last, now=now)
    return Window(None if since is None else text_of(since), text_of(until))


def instant(text: object) -> datetime.datetime | None:
    """Return the time that a PCE gives, whatever its form, None where it cannot be read (trap 26).

    Without a zone it is taken for UTC.
    """
    found = MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return moment_of(found, in_utc=found[8] is None)
    except (ValueError, OverflowError):
        return None


def pce_time(headers: Mapping[str, str]) -> datetime.datetime | None:
    """Return the time of the PCE's clock in *headers* (names in lower case), None where it does not say."""
    try:
        moment = email.utils.parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.timezone.utc)
