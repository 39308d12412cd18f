# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an expectation may do to the pace of a wait, and what it never does, however wrong it is."""

from __future__ import annotations

import dataclasses
import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.pace import REMEMBERED, WIDTH, WORTH, Durations
from ansible_collections.netops.jobs.plugins.module_utils._jobs.poller import RETRY_AFTER_MAX, PollAt, Poller
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.tests.unit.fakes import FakeOperation, FakeSystem, FakeTime, seen

DAY = 86400.0

seconds = st.floats(0, 1e6)
earlier = st.lists(seconds, max_size=30)
bounds = st.builds(
    lambda least, factor: Timing(10 * DAY, least, least * factor, 600), st.floats(1, 30), st.floats(1, 30)
)
BOUNDS = {"shortest": 2.0, "longest": 15.0}


def polled(timing: Timing, duration: float, durations: Durations | None, uniform, *, known_age: float = 0.0):
    """Return the times of all polls of a job that ends at *duration*; it was submitted at 0."""
    poller = Poller(timing, started=0.0, uniform=uniform, durations=durations, submitted=0.0)
    step, polls = poller.first(known_age, fresh=known_age == 0), []
    while isinstance(step, PollAt):
        polls.append(step.at)
        step = poller.observed(step.at, seen(JobState.SUCCEEDED if step.at >= duration else JobState.RUNNING))
    return polls


def longest(low: float, high: float) -> float:
    return high


# The formula.


limits = st.tuples(st.floats(0.1, 60), st.floats(1, 30)).map(
    lambda two: {"shortest": two[0], "longest": two[0] * two[1]}
)


@given(earlier, seconds, limits)
def test_the_next_look_is_within_the_bound_whatever_is_known(finished, age, limit):
    assert 0 < Durations(finished).next_look(age, **limit) <= limit["longest"]


@given(earlier, seconds, limits, st.floats(1, 10))
def test_the_longer_the_intervals_may_be_the_later_the_next_look(finished, age, limit, factor):
    durations = Durations(finished)
    for name, value in limit.items():
        later = {**limit, name: value * factor}
        assert durations.next_look(age, **later) >= durations.next_look(age, **limit) * (1 - 1e-9)


@given(seconds, limits)
def test_where_nothing_is_known_the_interval_grows_with_the_age(age, limit):
    pause = Durations().next_look(age, **limit)
    growing = min(limit["shortest"] + max(age, 1) / 2, limit["longest"])
    assert 0.9 * growing <= pause <= limit["longest"]


@given(st.lists(st.floats(2, 1000), min_size=1, max_size=20), st.floats(1.5, 50))
def test_what_has_outlasted_all_that_is_known_is_not_looked_at_more_often_than_what_is_not_known(finished, factor):
    """An expectation that was wrong is over at once: three classes behind the last that is known."""
    age = max(finished) * math.exp(3 * WIDTH) * factor
    assert Durations(finished).next_look(age, **BOUNDS) == pytest.approx(Durations().next_look(age, **BOUNDS))


def test_looks_are_dense_where_the_end_is_likely_and_nowhere_else():
    durations = Durations([58, 60, 62, 61, 59])
    pauses = {age: durations.next_look(age, **BOUNDS) for age in (2, 30, 55, 60, 90, 300)}
    assert pauses[2] > 2 * Durations().next_look(2, **BOUNDS)
    assert pauses[30] == pauses[90] == pauses[300] == 15
    assert pauses[60] < pauses[55] < 6
    # The interval ends where the likely end begins: 15 seconds from there would be too much.
    assert 45 + durations.next_look(45, **BOUNDS) < 58


def test_between_two_sorts_of_jobs_there_is_nothing_to_see():
    durations = Durations([20] * 5 + [180] * 5)
    assert durations.next_look(19, **BOUNDS) < 4
    assert durations.next_look(60, **BOUNDS) == 15
    assert durations.next_look(175, **BOUNDS) < 10


def test_jobs_that_still_run_speak_against_the_first_that_ended():
    alone, among_many = Durations(), Durations()
    alone.ran(0, 60, ended=True)
    among_many.ran(0, 60, ended=True)
    for _job in range(500):
        among_many.ran(0, 66)
    assert alone.next_look(60, **BOUNDS) < 5
    assert among_many.next_look(60, **BOUNDS) == 15


def test_what_was_seen_in_pieces_is_what_was_seen_at_once():
    pieces = Durations()
    for since, until in ((0, 2), (2, 11.5), (11.5, 40)):
        pieces.ran(since, until)
    pieces.ran(40, 60, ended=True)
    whole = Durations([60])
    for age in (1, 5, 20, 50, 60, 64, 70, 200):
        assert pieces.next_look(age, **BOUNDS) == pytest.approx(whole.next_look(age, **BOUNDS))


def test_only_the_newest_of_a_list_count():
    durations = Durations([60.0] * REMEMBERED + [600.0] * 100)
    assert durations.next_look(600, **BOUNDS) == 15


@given(seconds, seconds)
def test_any_age_finds_its_place(one, other):
    durations = Durations()
    durations.ran(min(one, other), max(one, other), ended=True)
    assert durations.known


# The wait.


@given(bounds, earlier, st.floats(0, 1000), st.integers(0, 2**32))
def test_a_delay_is_never_longer_than_the_longest_interval(timing, finished, duration, seed):
    polls = polled(timing, duration, Durations(finished), Random(seed).uniform)
    assert polls[-1] - duration <= timing.poll_max_interval + 1e-6
    gaps = [after - before for before, after in zip(polls, polls[1:])]
    assert all(timing.poll_interval - 1e-6 <= gap <= timing.poll_max_interval + 1e-6 for gap in gaps)


@given(bounds, st.floats(1, 1000), st.integers(1, 20), st.floats(0, 1000))
def test_a_history_that_misleads_costs_few_requests(timing, took, times, duration):
    """Jobs that took one time, however many, and one that takes another: the looks at the wrong moment are bounded."""
    plain = len(polled(timing, duration, None, longest))
    misled = len(polled(timing, duration, Durations([took] * times), longest))
    assert misled <= plain + 1.8 * math.sqrt(took / timing.poll_interval) + 3


@given(bounds, earlier, st.floats(0, 1000))
def test_any_history_costs_a_bounded_number_of_requests(timing, finished, duration):
    """However it is spread: no class has more ends than a job for the time of a class."""
    plain = len(polled(timing, duration, None, longest))
    informed = len(polled(timing, duration, Durations(finished), longest))
    assert informed <= plain + 2.1 * math.sqrt(duration / (2 * WIDTH * WORTH * timing.poll_interval)) + 3


@given(bounds, st.floats(0, 1000), st.integers(0, 2**32))
def test_without_a_history_the_pace_is_the_growing_one(timing, duration, seed):
    def plain() -> list[float]:
        poller = Poller(timing, started=0.0, uniform=Random(seed).uniform)
        step, polls = poller.first(0.0, fresh=True), []
        while isinstance(step, PollAt):
            polls.append(step.at)
            step = poller.observed(step.at, seen(JobState.SUCCEEDED if step.at >= duration else JobState.RUNNING))
        return polls

    assert polled(timing, duration, None, Random(seed).uniform) == plain()


@given(bounds, earlier, st.floats(0, 2000), st.floats(0, 1e5))
def test_retry_after_wins(timing, finished, retry_after, age):
    poller = Poller(timing, started=0.0, uniform=longest, durations=Durations(finished), submitted=-age)
    step = poller.observed(1.0, seen(retry_after=retry_after))
    assert step == PollAt(1.0 + max(min(retry_after, RETRY_AFTER_MAX), timing.poll_interval))


@given(bounds, earlier, st.floats(5, 600))
def test_the_last_look_falls_just_before_the_deadline(timing, finished, wait_timeout):
    timing = dataclasses.replace(timing, wait_timeout=wait_timeout)
    polls = polled(timing, math.inf, Durations(finished), longest)
    assert polls[-1] == pytest.approx(wait_timeout - min(2.0, wait_timeout / 10))


def test_a_job_that_is_waited_for_again_is_looked_at_as_if_it_had_been_all_the_time():
    timing = Timing(600, 2, 15, 120)
    for age, interval in ((0.0, 2.0), (10.0, 7.0), (300.0, 15.0), (None, 2.0)):
        submitted = None if age is None else -age
        poller = Poller(timing, started=0.0, uniform=longest, submitted=submitted)
        assert poller.first(0.0, fresh=False) == PollAt(0.0)
        assert poller.observed(0.0, seen()) == PollAt(interval)


def test_progress_that_moves_says_more_than_other_jobs():
    timing = Timing(3600, 2, 100, 120)
    poller = Poller(timing, started=0.0, uniform=longest, durations=Durations([60] * 5), submitted=0.0)
    poller.observed(0.0, seen(progress=0))
    assert poller.observed(50.0, seen(progress=50)) == PollAt(87.5)
    stuck = poller.observed(60.0, seen(progress=50))
    assert stuck.at < 65, "where it stands still, the others are asked"


def test_an_end_that_nobody_was_near_teaches_nothing():
    timing = Timing(3600, 2, 15, 600)
    for before, learned in ((290.0, True), (100.0, False), (None, False)):
        durations = Durations()
        poller = Poller(timing, started=0.0, uniform=longest, durations=durations, submitted=0.0)
        if before is not None:
            poller.observed(before, seen())
        poller.observed(300.0, seen(JobState.SUCCEEDED))
        assert durations.known is learned


# Where expectations come from.


def job_of(time: FakeTime, system: FakeSystem, durations: Durations | None = None, **more) -> Wait:
    operation = FakeOperation(system)
    operation.took_before = more.pop("took_before", ())
    return Wait(operation, operation.start(), operation.timing, time.world, durations=durations, **more)


def lag_of(wait: Wait, time: FakeTime, system: FakeSystem) -> float:
    assert wait.run().outcome is Outcome.SUCCEEDED
    return time.now - (system.submitted[-1] + system.duration)


def test_a_wait_that_ends_teaches_the_next_one():
    lags = {}
    for teaching in (False, True):
        shared = Durations()
        lags[teaching] = []
        for number in range(60):
            time = FakeTime()
            time.world = dataclasses.replace(time.world, uniform=Random(number).uniform)
            system = FakeSystem(time, duration=100 + number / 10)
            wait = job_of(time, system, shared if teaching else None, submitted=True)
            lags[teaching].append(lag_of(wait, time, system))
    assert sum(lags[True][20:]) < 0.7 * sum(lags[False][20:])


def test_what_the_operation_was_told_of_other_jobs_is_used():
    asked = []
    for took_before in ((), [199.0, 201.0, 200.0, 198.0]):
        time = FakeTime()
        system = FakeSystem(time, duration=200)
        job_of(time, system, submitted=True, took_before=took_before).run()
        asked.append([at - system.submitted[-1] for at in system.asked])
    assert asked[0][1] < 6, "the growing pace begins at once"
    assert asked[1][1] > 9, "nothing ends so early"
    assert sum(170 < at < 202 for at in asked[1]) > sum(170 < at < 202 for at in asked[0])


@pytest.mark.parametrize(
    ("submitted_at", "interval"),
    [
        ("2026-11-21T09:58:20Z", (1, 5)),  # a hundred seconds old, as old as such jobs get
        ("2026-11-21T08:00:00Z", (50, 100)),  # two hours: the others say nothing of it
        ("2026-11-21T10:30:00Z", (2.25, 2.25)),  # in the future
        ("yesterday", (2.25, 2.25)),
        (None, (2.25, 2.25)),
    ],
)
def test_the_age_of_a_job_that_is_waited_for_again_is_in_its_handle(submitted_at, interval):
    """It is 10:00. Where no age can be told the pace is the growing one: 1, 1.5 and 2.25 seconds."""
    time = FakeTime()
    time.world = dataclasses.replace(time.world, uniform=longest)
    operation = FakeOperation(FakeSystem(time, duration=1e6))
    handle: Handle = dataclasses.replace(operation.start(), submitted_at=submitted_at)
    timing = dataclasses.replace(operation.timing, poll_interval=1, poll_max_interval=100)
    wait = Wait(operation, handle, timing, time.world, durations=Durations([100.0] * 10))
    wait.poll()
    wait.poll()
    step = wait.poll()
    assert interval[0] - 1e-6 <= step.at - time.now <= interval[1] + 1e-6
