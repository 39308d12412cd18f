# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What the core needs from the world: time, sleep, chance, and someone who listens. All can be replaced in tests."""

from __future__ import annotations

import dataclasses
import datetime
import random
import time
import typing as t

from .errors import JobError
from .model import Handle, Observation, utc_text


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that a listener may tell a person: the job was submitted, seen, gone quiet, ended.

    *kind* is one of ``submitted``, ``adopted``, ``resumed``, ``observed``, ``no_answer``, ``waiting``, ``ended``,
    ``collected``. *now* is the monotonic time in seconds, *time* the wall clock in UTC. *result* is what was collected.
    """

    kind: str
    now: float
    time: str
    operation: str
    handle: Handle | None = None
    observation: Observation | None = None
    error: JobError | None = None
    text: str = ""
    result: t.Any = None


def _nobody(_event: Event) -> None:
    return None


def _always() -> None:
    return None


@dataclasses.dataclass(frozen=True)
class World:
    """Clock (monotonic seconds), wall clock (aware), sleep (seconds), chance, and the listener to events.

    *still_wanted* raises Interrupted once nobody waits for this run any more.
    """

    clock: t.Callable[[], float] = time.monotonic
    sleep: t.Callable[[float], None] = time.sleep
    wall: t.Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc)
    uniform: t.Callable[[float, float], float] = random.uniform
    listen: t.Callable[[Event], None] = _nobody
    still_wanted: t.Callable[[], None] = _always

    def sleep_until(self, at: float) -> None:
        pause = at - self.clock()
        if pause > 0:
            self.sleep(pause)

    def tell(self, kind: str, operation: str, **details: t.Any) -> None:
        # First the word, then the question who still wants it: a log outlives whoever started the run.
        self.listen(Event(kind=kind, now=self.clock(), time=utc_text(self.wall()), operation=operation, **details))
        self.still_wanted()
