# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What a wait saw of its job and when: for people who look at a run afterwards. Bounded, however long the wait."""

from __future__ import annotations

import datetime
import typing as t

from .moments import text_of

FIRST = 16
"""Entries of the beginning that are kept whatever follows."""

LAST = 16
"""Entries of the end that are kept. What lies between is counted and left out."""

WORDS = 120
"""Characters of a vendor's words or of a reason that an entry holds."""

Entry = tuple[datetime.datetime, str, str, str]


class History:
    """The changes that one wait saw, with their times: beginning, states, outages. What stays as it was adds nothing.

    :arg at: the wall clock (aware) when the wait began.
    :arg event: ``submitted``, ``adopted`` or ``resumed``.
    """

    __slots__ = ("_first", "_last", "_left_out", "_seen", "_silent")

    def __init__(self, at: datetime.datetime, event: str) -> None:
        self._first: list[Entry] = [(at, event, "", "")]
        self._last: list[Entry] = []
        self._left_out: tuple[datetime.datetime, int] | None = None
        self._seen: tuple[str, str] | None = None
        self._silent = False

    def seen(self, at: datetime.datetime, state: str, vendor_state: str) -> None:
        """Take in that a look saw the job in this state."""
        self.answered(at)
        if self._seen != (state, vendor_state):
            self._seen = (state, vendor_state)
            self._add((at, "state", state, vendor_state[:WORDS]))

    def silent(self, at: datetime.datetime, reason: str) -> None:
        """Take in that there has been no answer since *at*."""
        if not self._silent:
            self._silent = True
            self._add((at, "outage", "", reason[:WORDS]))

    def answered(self, at: datetime.datetime) -> None:
        """Take in that the other side answers, whatever it says."""
        if self._silent:
            self._silent = False
            self._add((at, "answered", "", ""))

    def to_list(self) -> list[dict[str, t.Any]]:
        """Return the entries in their order, for ``job.history``; its documentation is in the modules."""
        entries = [_entry(*entry) for entry in self._first]
        if self._left_out:
            at, count = self._left_out
            entries.append({"at": text_of(at), "event": "left_out", "count": count})
        return entries + [_entry(*entry) for entry in self._last]

    def _add(self, entry: Entry) -> None:
        if len(self._first) < FIRST:
            self._first.append(entry)
            return
        self._last.append(entry)
        if len(self._last) > LAST:
            left = self._last.pop(0)
            at, count = self._left_out or (left[0], 0)
            self._left_out = (at, count + 1)


def _entry(at: datetime.datetime, event: str, state: str, words: str) -> dict[str, t.Any]:
    entry = {"at": text_of(at), "event": event}
    if event == "state":
        entry.update(state=state, vendor_state=words)
    elif event == "outage":
        entry["reason"] = words
    return entry
