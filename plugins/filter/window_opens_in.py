# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``window_opens_in``: how long it is until a maintenance window opens."""

from __future__ import annotations

import datetime
import typing as t
import zoneinfo
from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: window_opens_in
short_description: Seconds until a maintenance window opens
version_added: 0.1.0
author:
  - netops.jobs contributors (@netops-jobs)
description:
  - Returns how many seconds it is until a weekly maintenance window opens, 0 while it is open.
  - The hours are those that the clocks in the time zone show, so that they stay where they are when daylight
    saving time begins or ends.
options:
  _input:
    description:
      - The window. An empty one is always open.
    type: dict
    suboptions:
      start:
        description: When it opens, as V(22:00).
        type: str
        required: true
      end:
        description: When it closes, as V(04:00). If that is not later than O(_input.start), it is on the next day.
        type: str
        required: true
      days:
        description: The days on which it opens. All if not given.
        type: list
        elements: str
        choices: [mon, tue, wed, thu, fri, sat, sun]
      timezone:
        description: The name of the time zone, as V(Europe/Zurich). The controller must know it.
        type: str
        default: UTC
  option:
    description: How users call the window. What is wrong with it is said with that name.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Go on only while the window of the weekend is open
  ansible.builtin.assert:
    that: window | netops.jobs.window_opens_in == 0
  vars:
    window: {start: "22:00", end: "04:00", days: [fri, sat], timezone: Europe/Zurich}
"""

RETURN = r"""
_value:
  description: Whole seconds, rounded up.
  type: int
"""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = frozenset({"start", "end", "days", "timezone"})


def window_opens_in(window: t.Any, option: str = "") -> int:
    """Return the seconds until *window* opens. Raises AnsibleFilterError that names what is wrong with *option*."""
    try:
        return seconds_until(window, datetime.datetime.now(tz=datetime.timezone.utc))
    except AnsibleFilterError as exc:
        if not option:
            raise
        raise AnsibleFilterError(f"{option}: {exc}") from exc


def seconds_until(window: t.Any, now: datetime.datetime) -> int:
    """Return the seconds from *now*, which has a time zone, until *window* opens. Raises AnsibleFilterError."""
    if not window:
        return 0
    if not isinstance(window, Mapping) or set(window) - KEYS or not {"start", "end"} <= set(window):
        raise AnsibleFilterError(f"A window has start and end, perhaps days and timezone; this one is {window!r}.")
    start, end, zone = _clock(window["start"]), _clock(window["end"]), _zone(window.get("timezone") or "UTC")
    days = _days(window.get("days") or DAYS)
    today = now.astimezone(zone).date()
    waits = []
    # That of yesterday may be open still; the next one is a week from now at most.
    for offset in range(-1, 8):
        day = today + datetime.timedelta(days=offset)
        if DAYS[day.weekday()] not in days:
            continue
        opens = _moment(day, start, zone)
        closes = _moment(day + datetime.timedelta(days=1 if end <= start else 0), end, zone)
        if now < closes:
            waits.append(max(0.0, (opens - now).total_seconds()))
    return -int(-min(waits) // 1)


def _moment(day: datetime.date, at: datetime.time, zone: datetime.tzinfo) -> datetime.datetime:
    # In UTC, because the difference of two times of one zone would leave out a change of its clocks.
    return datetime.datetime.combine(day, at, tzinfo=zone).astimezone(datetime.timezone.utc)


def _clock(text: t.Any) -> datetime.time:
    try:
        hour, minute = str(text).split(":")
        return datetime.time(int(hour), int(minute))
    except ValueError as exc:
        # YAML 1.1 makes a number of 22:00 that has no quotes.
        raise AnsibleFilterError(f"{text!r} is no time of the day; write it as '22:00', in quotes.") from exc


def _zone(name: t.Any) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.timezone.utc
    try:
        return zoneinfo.ZoneInfo(str(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise AnsibleFilterError(
            f"This controller knows of no time zone {name!r}. Its name is as in Europe/Zurich; the data are in the "
            "system's package tzdata or Python's of the same name."
        ) from exc


def _days(names: t.Any) -> set[str]:
    wanted = {str(name).lower() for name in ([names] if isinstance(names, str) else names)}
    if wanted - set(DAYS):
        raise AnsibleFilterError(f"Days are {', '.join(DAYS)}, not {', '.join(sorted(wanted - set(DAYS)))}.")
    return wanted


class FilterModule:
    """Ansible's interface."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"window_opens_in": window_opens_in}
