# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The paces that are compared, each played through a trace without a clock: our own poller, and plain loops."""

from __future__ import annotations

import dataclasses
import heapq
import typing as t
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random

from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Observation
from ansible_collections.netops.jobs.plugins.module_utils._jobs.pace import Durations
from ansible_collections.netops.jobs.plugins.module_utils._jobs.poller import PollAt, Poller

from .traces import Trace

REQUEST = 0.2
"""Seconds from a question to its answer; what it says is true in the middle."""


@dataclasses.dataclass(frozen=True)
class Waited:
    """Seconds from the end of a job to the answer that told it, and requests for that."""

    lag: float
    requests: int


Pace = Callable[[Trace, Random], Waited]


def loop(pauses: Callable[[], Iterator[float]]) -> Pace:
    """A loop that sleeps those seconds before each question: to ask at once would only be a request more."""

    def play(trace: Trace, _chance: Random) -> Waited:
        now = 0.0
        for requests, pause in enumerate(pauses(), start=1):
            now += pause
            over = now + REQUEST / 2 >= trace.duration
            now += REQUEST
            if over:
                return Waited(now - trace.duration, requests)
        raise AssertionError("a loop never ends by itself")

    return play


def fixed(seconds: float) -> Pace:
    def pauses() -> Iterator[float]:
        while True:
            yield seconds

    return loop(pauses)


def exponential(longest: float) -> Pace:
    """From one second on, each pause twice the one before, up to the *longest*."""

    def pauses() -> Iterator[float]:
        pause = 1.0
        while True:
            yield pause
            pause = min(pause * 2, longest)

    return loop(pauses)


def observation(trace: Trace, age: float, *, progress: bool = True) -> Observation:
    if age >= trace.duration:
        return Observation(JobState.SUCCEEDED, "FIN/OK")
    percent = trace.progress.at(age) if progress and trace.progress else None
    return Observation(JobState.RUNNING, "ACT", progress=percent)


def ours(*, progress: bool, earlier: bool) -> Pace:
    """Our poller, told what the trace shows while it runs, and what its system tells of earlier jobs, or neither."""

    def play(trace: Trace, chance: Random) -> Waited:
        poller = Poller(
            trace.timing,
            started=0.0,
            uniform=chance.uniform,
            durations=Durations(trace.earlier) if earlier else None,
            submitted=0.0,
        )
        step: t.Any = poller.first(0.0, fresh=True)
        now = 0.0
        while isinstance(step, PollAt):
            now = step.at + REQUEST
            step = poller.observed(now, observation(trace, now - REQUEST / 2, progress=progress))
        return Waited(now - trace.duration, poller.polling(now).polls)

    return play


@dataclasses.dataclass(frozen=True)
class FleetWaited:
    """Of each job what was waited, and the most requests within one second of the whole wait."""

    jobs: Sequence[Waited]
    peak: int


def fleet(jobs: Sequence[tuple[float, Trace]], chance: Random, *, teaching: bool, told: bool = False) -> FleetWaited:
    """One wait for many jobs, each submitted at its second; it begins with the last of them, as job_wait does.

    *teaching*: those that end teach those that run. *told*: each wait knows what its system told of earlier jobs, as
    it would if handles carried that.
    """
    begins = max(submitted for submitted, _trace in jobs)
    shared = Durations()
    pollers = [
        Poller(
            trace.timing,
            started=begins,
            uniform=chance.uniform,
            durations=shared if teaching else Durations(trace.earlier if told else ()),
            submitted=submitted,
        )
        for submitted, trace in jobs
    ]
    due = [(poller.first(begins, fresh=False).at, number) for number, poller in enumerate(pollers)]
    waited: dict[int, Waited] = {}
    seconds: Counter[int] = Counter()
    while due:
        at, number = heapq.heappop(due)
        submitted, trace = jobs[number]
        now = at + REQUEST
        if at > begins:  # the first look at each comes at once, in any pace
            seconds[int(at)] += 1
        step = pollers[number].observed(now, observation(trace, now - REQUEST / 2 - submitted))
        if isinstance(step, PollAt):
            heapq.heappush(due, (step.at, number))
        else:
            lag = now - max(submitted + trace.duration, begins)
            waited[number] = Waited(lag, pollers[number].polling(now).polls)
    return FleetWaited([waited[number] for number in range(len(jobs))], max(seconds.values(), default=0))
