# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated clock: it can run faster than real time, stand still and jump."""

from __future__ import annotations

import asyncio
import datetime
import heapq
import itertools
import time
import typing as t


class Timer:
    """A call planned on the simulated clock; ``cancel()`` takes it back."""

    def __init__(self, when: float, callback: t.Callable[[float], None]) -> None:
        self.when = when
        self._callback: t.Callable[[float], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def run(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback(self.when)


class Clock:
    """Simulated time in seconds since the epoch.

    Nothing is woken while nothing is planned: devices compute what they show from ``now()`` when asked. Only what
    must happen by itself (a listening socket that closes or opens again) is planned with ``call_at``.
    """

    def __init__(self, *, scale: float = 1.0, start: float | None = None, frozen: bool = False) -> None:
        if scale <= 0:
            raise ValueError("the scale of the clock must be greater than 0")
        self._scale = scale
        self._frozen = frozen
        self._simulated = time.time() if start is None else start
        self._real = time.monotonic()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._wakeup: asyncio.TimerHandle | None = None

    @property
    def scale(self) -> float:
        """Simulated seconds per real second."""
        return self._scale

    @property
    def frozen(self) -> bool:
        return self._frozen

    def now(self) -> float:
        """Simulated time, seconds since the epoch."""
        if self._frozen:
            return self._simulated
        return self._simulated + (time.monotonic() - self._real) * self._scale

    def iso(self, when: float | None = None) -> str:
        """Simulated time as RFC 3339 in UTC, with milliseconds."""
        moment = datetime.datetime.fromtimestamp(self.now() if when is None else when, datetime.timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def set(self, *, scale: float | None = None, frozen: bool | None = None) -> None:
        """Changes the pace; the time of the moment stays what it is."""
        if scale is not None and scale <= 0:
            raise ValueError("the scale of the clock must be greater than 0")
        self._simulated = self.now()
        self._real = time.monotonic()
        if scale is not None:
            self._scale = scale
        if frozen is not None:
            self._frozen = frozen
        self._arm()

    def advance(self, seconds: float) -> None:
        """Jumps forward by that many simulated seconds; what was planned in between happens now, in its order."""
        if seconds < 0:
            raise ValueError("the clock cannot go back")
        self._simulated += seconds
        self._run_due()

    def call_at(self, when: float, callback: t.Callable[[float], None]) -> Timer:
        """Plans a call; the callback is given the time it was planned for, which the clock may have passed."""
        timer = Timer(when, callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        self._arm()
        return timer

    def call_later(self, seconds: float, callback: t.Callable[[float], None]) -> Timer:
        return self.call_at(self.now() + seconds, callback)

    def _run_due(self) -> None:
        while self._timers and self._timers[0][0] <= self.now():
            heapq.heappop(self._timers)[2].run()
        self._arm()

    def _arm(self) -> None:
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None
        if self._timers and not self._frozen:
            delay = max(0.0, (self._timers[0][0] - self.now()) / self._scale)
            self._wakeup = asyncio.get_running_loop().call_later(delay, self._run_due)
