# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is waited for: how long jobs take, what they show of it meanwhile, and what their system remembers of others.

Two sets that share no kind: the numbers in our pace were chosen by the first, and it is judged by the second.
"""

from __future__ import annotations

import bisect
import dataclasses
import math
import typing as t
from random import Random

from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing

HOUR = 3600.0


def timing(poll_interval: float, poll_max_interval: float) -> Timing:
    """The bounds of an operation; the wait itself is long enough for any trace."""
    return Timing(6 * HOUR, poll_interval, poll_max_interval, 600)


COMMIT, PUSH, INSTALL, EXPORT = timing(2, 15), timing(3, 30), timing(5, 30), timing(5, 30)
"""The defaults of panos_commit, panos_push, panos_software_update, illumio_export."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Percent at some ages in seconds; between them the last (*steps*) or a straight line."""

    points: tuple[tuple[float, float], ...]
    steps: bool = True

    def at(self, age: float) -> float:
        place = bisect.bisect_right(self.points, (age, math.inf))
        before = self.points[place - 1]
        if self.steps or place == len(self.points):
            return before[1]
        after = self.points[place]
        return math.floor(before[1] + (after[1] - before[1]) * (age - before[0]) / (after[0] - before[0]))


@dataclasses.dataclass(frozen=True)
class Trace:
    """One job. *earlier* is how long other jobs took that its system lists, in seconds."""

    kind: str
    timing: Timing
    duration: float
    progress: Progress | None = None
    earlier: tuple[float, ...] = ()


def jumps(duration: float, chance: Random) -> Progress:
    """As commits of PAN-OS do it: 0 for long, a few jumps, then 99 for the rest (the values are recorded)."""
    first = chance.uniform(0.2, 0.6)
    shares = sorted(chance.uniform(first, 0.9) for _jump in range(4))
    return Progress(((0.0, 0.0), *((duration * share, value) for share, value in zip(shares, (55, 70, 98, 99)))))


def steady(duration: float, _chance: Random) -> Progress:
    return Progress(((0.0, 0.0), (duration, 100.0)), steps=False)


def sticks(duration: float, chance: Random) -> Progress:
    """A straight line to 99, which it keeps for a tenth to half of the time."""
    return Progress(((0.0, 0.0), (duration * chance.uniform(0.5, 0.9), 99.0), (duration, 99.0)), steps=False)


def goes_back(duration: float, chance: Random) -> Progress:
    """Two parts, each of which counts from 0."""
    part = duration * chance.uniform(0.3, 0.7)
    return Progress(((0.0, 0.0), (part, 100.0), (part + 0.001, 0.0), (duration, 100.0)), steps=False)


Shape = t.Callable[[float, Random], Progress]


@dataclasses.dataclass(frozen=True)
class Kind:
    """Jobs of one kind on many devices.

    *median* seconds; its logarithm differs by *among* from device to device and by *within* from job to job on one.
    *other* and *share*: that share of jobs is of another sort, so many times as long. *remembers*: at most so many
    earlier jobs are listed. *misleading*: those took so many times as long as jobs take now.
    """

    name: str
    timing: Timing
    median: float
    among: float
    within: float
    shape: Shape | None = None
    remembers: int = 0
    other: float = 1.0
    share: float = 0.0
    misleading: float = 1.0

    def trace(self, chance: Random) -> Trace:
        typical = self.median * math.exp(chance.gauss(0, self.among))

        def seconds() -> float:
            sort = self.other if chance.random() < self.share else 1.0
            return min(max(2.0, typical * sort * math.exp(chance.gauss(0, self.within))), HOUR)

        duration = seconds()
        earlier = tuple(
            # A list of jobs has whole seconds.
            float(max(1, round(seconds() * self.misleading)))
            for _job in range(chance.randint(min(1, self.remembers), self.remembers))
        )
        return Trace(self.name, self.timing, duration, self.shape(duration, chance) if self.shape else None, earlier)


FOR_CHOICE = (
    Kind("commit, 15 s", COMMIT, 15, 0.4, 0.15, remembers=6),
    Kind("commit, 45 s", COMMIT, 45, 0.4, 0.3, jumps, remembers=8),
    Kind("commit, 100 s", COMMIT, 100, 0.3, 0.1, jumps, remembers=8),
    Kind("commit, 7 min", COMMIT, 420, 0.3, 0.2, jumps, remembers=4),
    Kind("two sorts, 30 s and 2 min", COMMIT, 30, 0.3, 0.15, jumps, remembers=10, other=4, share=0.5),
    Kind("install, 6 min, steady", INSTALL, 360, 0.5, 0.1, steady, remembers=2),
    Kind("install, 15 min, sticks", INSTALL, 900, 0.2, 0.3, sticks, remembers=2),
    Kind("export, 1 min", EXPORT, 60, 1.5, 0.2),
    Kind("now 5 times as long", COMMIT, 60, 0.3, 0.2, jumps, remembers=6, misleading=0.2),
    Kind("now a fifth", COMMIT, 60, 0.3, 0.2, jumps, remembers=6, misleading=5),
)
"""By these alone the numbers in the code were chosen."""

FOR_JUDGEMENT = (
    Kind("commit, 25 s", COMMIT, 25, 0.5, 0.2, jumps, remembers=10),
    Kind("commit, 75 s, no progress", COMMIT, 75, 0.4, 0.2, remembers=10),
    Kind("commit, 4 min", COMMIT, 240, 0.5, 0.25, jumps, remembers=10),
    Kind("two sorts, 20 s and 3 min", COMMIT, 20, 0.4, 0.2, jumps, remembers=10, other=9, share=0.4),
    Kind("push, 10 min, no progress", PUSH, 600, 0.5, 0.4),
    Kind("install, 12 min, steady progress", INSTALL, 720, 0.4, 0.2, steady),
    Kind("install, 12 min, sticks at 99", INSTALL, 720, 0.4, 0.2, sticks),
    Kind("two parts of 2 min, progress twice", COMMIT, 240, 0.4, 0.3, goes_back),
    Kind("export, 5 s to an hour", EXPORT, 120, 1.6, 0.2),
    Kind("commit, now 10 times as long", COMMIT, 200, 0.4, 0.2, jumps, remembers=10, misleading=0.1),
    Kind("commit, now a tenth", COMMIT, 30, 0.4, 0.2, jumps, remembers=10, misleading=10),
)
"""By these they are judged."""


RECORDED = (
    ("commit, puppet_03_job_commit_FIN_OK_p100.xml", COMMIT, 12),
    ("commit, configpump_replies.json", COMMIT, 21),
    ("commit, issue533_show_jobs_failed_first.xml", COMMIT, 104),
    ("auto-commit, assurance_jobs_all_progress_timestamp.xml", COMMIT, 31),
    ("push, slowest device, demisto_push_FIN.xml", PUSH, 54),
    ("download, doc_software_download_job_FIN.xml", COMMIT, 10),
    ("tech support file, doc_techsupport_status_FIN.xml", INSTALL, 90),
    ("SCM push, get-config-jobs-by-id.json", EXPORT, 96),
    ("SCM push with its child, list-config-jobs.json", EXPORT, 1629),
    ("PCE job, exchanges.json", EXPORT, 13),
)
"""Times from submission to end in recorded and published answers (tests/data), seconds. None comes with a history, nor
with the times of its progress."""

FLEETS = (
    Kind("500 commits, alike: 60 s", COMMIT, 60, 0.1, 0.1),
    Kind("500 commits, unlike: 10 s to 6 min", COMMIT, 60, 0.6, 0.2),
    Kind("500 pushes: 5 to 20 min", PUSH, 600, 0.3, 0.2),
)
"""Jobs that are waited for together."""


def traces(kinds: t.Sequence[Kind], number: int, seed: int) -> list[Trace]:
    """So many jobs of each kind, the same for the same seed."""
    chance = Random(seed)
    return [kind.trace(chance) for kind in kinds for _job in range(number)]
