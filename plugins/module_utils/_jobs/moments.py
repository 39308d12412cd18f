# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Times and spans of time that people give: checked here, before anything is asked of the other side."""

from __future__ import annotations

import datetime
import re

from .errors import BadInput

TOLERANCE = datetime.timedelta(minutes=5)
"""How far the clocks here and there may differ before a time counts as one in the future."""

# RFC 3339 allows a blank for the T. YAML makes a time of what looks like one, and Ansible a text with a blank of that.
MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})?)?", re.ASCII
)
"""A time, or a date alone; for `moment_of`."""

_SPAN = re.compile(r"([1-9]\d{0,5}) ?([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LAST_OF_A_DAY = datetime.timedelta(days=1) - datetime.timedelta(milliseconds=1)


def stretch(
    start: str | None, end: str | None, last: str | None, *, now: datetime.datetime
) -> tuple[datetime.datetime | None, datetime.datetime]:
    """Return beginning and end of the time that the options of these names mean when it is *now* (aware).

    The beginning is None where there is none. A date alone is a whole day of UTC. Raises BadInput that names the option
    at fault.
    """
    until = now if end is None else read_time("end", end, now=now, as_end=True)
    since = None if start is None else read_time("start", start, now=now)
    if last is not None:
        since = until - read_span(last)
    if since is not None and since >= until:
        raise BadInput(f"start: {text_of(since)} is not before {text_of(until)}, where the time ends.")
    return since, until


def read_time(option: str, text: str, *, now: datetime.datetime, as_end: bool = False) -> datetime.datetime:
    """Return the time in *text*: RFC 3339, or a date alone for the beginning of that day, *as_end* for its end.

    Raises BadInput that names *option*, also for a time in the future.
    """
    found = MOMENT.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{option}: {text!r} is not a time such as 2026-11-21T10:00:00Z, nor a date such as 2026-11-21.")
    day_only = found[4] is None
    if not day_only and found[8] is None:
        raise BadInput(f"{option}: {text!r} has no time zone. Add Z for UTC, or an offset such as +01:00.")
    try:
        moment = moment_of(found, in_utc=day_only)
        end = moment + _LAST_OF_A_DAY if day_only else moment
    except (ValueError, OverflowError):
        raise BadInput(f"{option}: {text!r} is not a date or time that exists.") from None
    if moment > now + TOLERANCE:
        raise BadInput(f"{option}: {text_of(moment)} is in the future; here it is {text_of(now)}.")
    return end if as_end else moment


def moment_of(found: re.Match[str], *, in_utc: bool) -> datetime.datetime:
    """Return what MOMENT has *found*, *in_utc* where it names no zone. Raises ValueError, OverflowError."""
    year, month, day, hour, minute, second = (int(found[group] or 0) for group in range(1, 7))
    micro = int((found[7] or "").ljust(6, "0")[:6])
    zone = datetime.timezone.utc if in_utc or found[8] in ("Z", "z") else _zone(found[8])
    moment = datetime.datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
    return moment.astimezone(datetime.timezone.utc)


def _zone(offset: str) -> datetime.timezone:
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if minutes > 59:
        raise ValueError("an hour has 60 minutes")
    span = datetime.timedelta(hours=hours, minutes=minutes)
    return datetime.timezone(-span if offset.startswith("-") else span)


def read_span(text: str) -> datetime.timedelta:
    """Return the length of *text*, such as ``24h``. Raises BadInput for the option ``last``."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"last: {text!r} is not a span of time such as 15m, 24h, 7d or 4w.")
    span = datetime.timedelta(**{_UNITS[found[2]]: int(found[1])})
    if span > datetime.timedelta(days=36500):
        raise BadInput(f"last: {text!r} is too long.")
    return span


def text_of(moment: datetime.datetime) -> str:
    """Return *moment* (aware) in UTC, to the millisecond."""
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
