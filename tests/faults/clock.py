# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock that jumps: whoever sleeps in the code under test finds the time gone at once, here and in the simulator.

Nothing else differs from real time: both clocks go at their usual pace between the jumps, so requests, sockets and
their time-outs are real. It has to be installed before the code under test is imported, which binds some of what is
replaced here as defaults.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
import time
import typing as t

_monotonic, _time, _sleep = time.monotonic, time.time, time.sleep
_Datetime = datetime.datetime
_ahead = 0.0
_jumper: tuple[int, t.Callable[[float], object]] | None = None
"""The thread whose sleeps are jumps, and what takes everybody else along."""


class _Kind(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _Datetime)


class _JumpingDatetime(_Datetime, metaclass=_Kind):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> _JumpingDatetime:
        return cls.fromtimestamp(_time() + _ahead, tz)


def _jumping_sleep(seconds: float) -> None:
    global _ahead
    if _jumper is None or threading.get_ident() != _jumper[0]:
        _sleep(seconds)
        return
    _jumper[1](seconds)
    _ahead += seconds


def install() -> None:
    time.monotonic = lambda: _monotonic() + _ahead
    time.time = lambda: _time() + _ahead
    time.sleep = _jumping_sleep
    datetime.datetime = _JumpingDatetime  # type: ignore[misc]


def follow(epoch: float) -> None:
    """Go on from that time: other processes have jumped."""
    global _ahead
    _ahead = epoch - _time()


@contextlib.contextmanager
def jumping(take_along: t.Callable[[float], object]) -> t.Iterator[None]:
    """Let this thread's sleeps be jumps; *take_along* is called with the seconds of each."""
    global _jumper
    _jumper = threading.get_ident(), take_along
    try:
        yield
    finally:
        _jumper = None
