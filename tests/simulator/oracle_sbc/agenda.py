# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is planned on the simulated clock, done in its order before anything is shown."""

from __future__ import annotations

import heapq
import itertools
import typing as t

if t.TYPE_CHECKING:
    from ..clock import Clock

_order = itertools.count()


class Agenda:
    """Calls planned on the clock. Each is given the time it was planned for, which the clock may have passed.

    The clock's own timers may come a moment late when it runs fast; ``settle`` at every request makes up for that.
    Two devices of a pair share one, so that what happens on one has its place among what happens on the other.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[tuple[float, int, t.Callable[[float], None]]] = []

    def add(self, when: float, callback: t.Callable[[float], None]) -> None:
        heapq.heappush(self._entries, (when, next(_order), callback))
        self._clock.call_at(when, lambda _when: self.settle())

    def settle(self) -> None:
        """Does all that is due."""
        now = self._clock.now()
        while self._entries and self._entries[0][0] <= now:
            when, _number, callback = heapq.heappop(self._entries)
            callback(when)

    def take_over(self, other: Agenda) -> None:
        """What another one had planned is planned here from now on."""
        for when, _number, callback in sorted(other._entries, key=lambda entry: entry[:2]):
            self.add(when, callback)
        other._entries.clear()
