# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import bisect
import heapq
import os
import random
import signal
import threading
import time
import typing as t
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import Interrupted, NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Operation, Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.scheduler import (
    FIRST_LOOKS,
    FIRST_SPAN,
    PER_ENDPOINT,
    _Scheduler,
    follow,
    wait_for_all,
)
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._jobs.world import World
from ansible_collections.netops.jobs.tests.unit.fakes import seen

QUICK = Timing(wait_timeout=20, poll_interval=0.01, poll_max_interval=0.05, outage_timeout=5)


class Fleet(Operation):
    """Jobs that end after a number of looks; counts what is under way at once. Real threads, real time."""

    name = "fake.fleet"
    timing = QUICK
    words: t.ClassVar[dict[str, JobState]] = {}

    def __init__(self, looks: dict[str, int], *, endpoint: str = "https://one:443", slow: float = 0.002) -> None:
        self._endpoint = endpoint
        self.left = Counter(looks)
        self.slow = slow
        self.lock = threading.Lock()
        self.under_way = 0
        self.most = 0
        self.ends = {}
        self.raises = {}

    @property
    def endpoint(self) -> str:
        return self._endpoint

    def waits(self, world: World) -> list[Wait]:
        return [Wait(self, Handle(self.name, self.endpoint, number), QUICK, world) for number in sorted(self.left)]

    def observe(self, handle, *, within):
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        time.sleep(self.slow)
        with self.lock:
            self.under_way -= 1
            self.left[handle.id] -= 1
            left = self.left[handle.id]
        if handle.id in self.raises:
            raise self.raises[handle.id]
        return seen() if left > 0 else seen(self.ends.get(handle.id, JobState.SUCCEEDED))


def test_every_job_gets_its_verdict_in_order():
    fleet = Fleet({f"{number:03}": 1 + number % 4 for number in range(60)})
    fleet.ends["007"] = JobState.FAILED
    world = World()
    verdicts = wait_for_all(fleet.waits(world), world, workers=8)
    assert [verdict.job.handle.id for verdict in verdicts] == [f"{number:03}" for number in range(60)]
    assert [verdict.job.handle.id for verdict in verdicts if verdict.failed] == ["007"]
    assert verdicts[7].outcome is Outcome.FAILED


def test_one_endpoint_is_never_crowded():
    fleet = Fleet({str(number): 2 for number in range(40)}, slow=0.005)
    world = World()
    wait_for_all(fleet.waits(world), world, workers=16)
    assert 2 <= fleet.most <= PER_ENDPOINT


def test_several_endpoints_share_the_workers():
    fleets = [Fleet({"1": 3}, endpoint=f"https://fw{number}:443", slow=0.1) for number in range(20)]
    world = World()
    began = time.monotonic()
    verdicts = wait_for_all([wait for fleet in fleets for wait in fleet.waits(world)], world, workers=20)
    assert all(verdict.outcome is Outcome.SUCCEEDED for verdict in verdicts)
    assert time.monotonic() - began < 4, "one after the other would take 6 s"


def test_stops_after_a_verdict():
    fleet = Fleet({"1": 1, "2": 10_000})
    fleet.ends["1"] = JobState.FAILED
    world = World()
    first, second = wait_for_all(fleet.waits(world), world, stop_after=lambda verdict: verdict.failed)
    assert first.outcome is Outcome.FAILED
    assert (second.outcome, second.failed, second.changed) == (Outcome.RUNNING, False, False)


def test_an_outage_of_one_does_not_hold_up_the_others():
    fleet = Fleet({"1": 1, "2": 3})
    fleet.raises["1"] = NoAnswer("connection refused")
    world = World()
    ended = []
    waits = [
        Wait(fleet, Handle(fleet.name, fleet.endpoint, number), Timing(20, 0.01, 0.05, 0.5), world) for number in "12"
    ]
    wait_for_all(waits, world, stop_after=lambda verdict: bool(ended.append(verdict.job.handle.id)))
    assert ended == ["2", "1"]


@pytest.mark.parametrize("workers", [1, 4])
def test_an_interruption_keeps_what_is_known(workers):
    fleet = Fleet({"1": 1, "2": 10_000})

    def still_wanted():
        if fleet.left["1"] <= 0 and fleet.left["2"] < 9_990:
            raise Interrupted("interrupted: ansible-playbook has ended")

    world = World(still_wanted=still_wanted)
    first, second = wait_for_all(fleet.waits(world), world, workers=workers)
    assert first.outcome is Outcome.SUCCEEDED
    assert second.outcome is Outcome.TIMED_OUT
    assert second.job.handle
    assert "option handle" in second.message


def test_nobody_waits_for_a_look_that_is_under_way():
    """An interruption ends the wait at once, whatever the workers are doing."""
    fleet = Fleet({"1": 1}, slow=5)
    world = World()
    signalled = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGUSR1])

    def interrupt(_number, _frame):
        raise Interrupted("interrupted by SIGUSR1")

    before = signal.signal(signal.SIGUSR1, interrupt)
    began = time.monotonic()
    try:
        signalled.start()
        (verdict,) = wait_for_all(fleet.waits(world), world, turn=lambda wait: wait.cancel())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert time.monotonic() - began < 3
    assert verdict.outcome is Outcome.TIMED_OUT
    assert verdict.job.handle


def test_dead_endpoints_do_not_starve_the_others():
    dead = [Fleet({"1": 1}, endpoint=f"https://dead{number}:443", slow=0.3) for number in range(30)]
    for fleet in dead:
        fleet.raises["1"] = NoAnswer("connect timeout")
    alive = Fleet({str(number): 5 for number in range(4)}, endpoint="https://alive:443")
    world = World()
    ended = []
    waits = [wait for fleet in [*dead, alive] for wait in fleet.waits(world)]
    began = time.monotonic()

    def last_of_the_living(verdict):
        ended.append(verdict.job.handle.endpoint)
        return len(ended) == 4

    wait_for_all(waits, world, workers=8, stop_after=last_of_the_living)
    assert set(ended) == {"https://alive:443"}
    # One round of the dead takes 30 / 8 * 0.3 s before anybody knows that they are dead.
    assert time.monotonic() - began < 4


def test_no_jobs():
    assert wait_for_all([], World()) == []


class Still:
    """A clock that stands still, and chance that is the same in each run."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 1000.0
        self.world = World(clock=lambda: self.now, uniform=random.Random(seed).uniform)


def waits_on(endpoints: int, world: World, timing: Timing) -> list[Wait]:
    return [
        Wait(
            Fleet({"1": 1}, endpoint=f"https://fw{number}:443"),
            Handle("fake.fleet", f"https://fw{number}:443", "1"),
            timing,
            world,
        )
        for number in range(endpoints)
    ]


@given(
    jobs=st.integers(33, 300),
    interval=st.floats(0.1, 30),
    seed=st.integers(0, 10**6),
)
def test_first_looks_come_in_no_burst(jobs, interval, seed):
    still = Still(seed)
    scheduler = _Scheduler(waits_on(jobs, still.world, Timing(600, interval, 60, 60)), still.world, follow, 32)
    times = sorted(at - still.now for at, _index in scheduler._due)
    span = max(min(interval, FIRST_SPAN), jobs / FIRST_LOOKS)
    assert 0 <= times[0] <= times[-1] <= span
    # In no tenth of the time there is more than a tenth of the looks, and the two at its edges.
    for first, at in enumerate(times):
        assert bisect.bisect_left(times, at + span / 10) - first <= jobs / 10 + 2


def test_few_jobs_are_looked_at_at_once():
    still = Still()
    scheduler = _Scheduler(waits_on(32, still.world, QUICK), still.world, follow, 32)
    assert {at for at, _index in scheduler._due} == {still.now}


@pytest.mark.parametrize("bounds", [(2, 15), (10, 10)])
def test_looks_stay_apart_as_the_wait_goes_on(bounds):
    """400 jobs for four minutes, without threads: no second has more than twice the looks of the average one."""
    still = Still()
    waits = waits_on(400, still.world, Timing(3600, *bounds, 60))
    due = _Scheduler(waits, still.world, follow, 32)._due
    heapq.heapify(due)
    for wait in waits:
        wait.operation.left["1"] = 10**6
        wait.operation.slow = 0
    seconds = Counter()
    while due[0][0] < 1240:
        still.now, index = heapq.heappop(due)
        seconds[int(still.now)] += 1
        heapq.heappush(due, (waits[index].poll().at, index))
    steady = [seconds[second] for second in range(1060, 1240)]
    assert max(steady) <= 2 * sum(steady) / len(steady)
    assert min(steady) > 0


@pytest.mark.parametrize("workers", [1, 2, 5, 8])
def test_nobody_is_forgotten_however_the_turns_are_taken(workers):
    """Crowded endpoints, some of which are silent for a while: what holds one back always lets it go again."""
    world = World()
    fleets = [
        Fleet({str(number): 1 + number % 3 for number in range(12)}, endpoint=f"https://fw{place}:443", slow=0.0)
        for place in range(6)
    ]
    silent = Counter({id(fleet): 20 for fleet in fleets[:3]})

    def turn(wait):
        if silent[id(wait.operation)] > 0:
            silent[id(wait.operation)] -= 1
            wait.operation.raises[wait.handle.id] = NoAnswer("connection refused")
        else:
            wait.operation.raises.pop(wait.handle.id, None)
        return follow(wait)

    waits = [wait for fleet in fleets for wait in fleet.waits(world)]
    verdicts = wait_for_all(waits, world, turn=turn, workers=workers)
    assert [verdict.outcome for verdict in verdicts] == [Outcome.SUCCEEDED] * len(waits)
    assert all(fleet.most <= PER_ENDPOINT for fleet in fleets)


def test_nothing_of_an_endpoint_is_kept_that_has_no_look_under_way():
    fleets = [Fleet({"1": 3}, endpoint=f"https://fw{number}:443", slow=0.0) for number in range(100)]
    world = World()
    scheduler = _Scheduler([wait for fleet in fleets for wait in fleet.waits(world)], world, follow, 8)
    assert len(list(scheduler.verdicts())) == 100
    left = (scheduler._at_endpoint, scheduler._crowded, scheduler._doubted, scheduler._under_way)
    assert [len(one) for one in left] == [0, 0, 0, 0]
