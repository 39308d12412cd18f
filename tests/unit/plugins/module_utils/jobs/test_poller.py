# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import (
    BadInput,
    Denied,
    JobMissing,
    JobReplaced,
    NoAnswer,
    Refused,
)
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.poller import (
    RETRY_AFTER_MAX,
    Ended,
    PollAt,
    Poller,
)
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, seen

seeds = st.integers(0, 2**32)

timings = st.builds(
    lambda wait, least, factor, outage: Timing(wait, least, least * factor, outage),
    st.floats(1, 7200),
    st.floats(0.1, 30),
    st.floats(1, 20),
    st.floats(1, 1200),
)

unfinished = st.builds(
    lambda state, progress, retry_after: seen(state, progress=progress, retry_after=retry_after),
    st.sampled_from([JobState.PENDING, JobState.RUNNING, JobState.UNKNOWN]),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 2000),
)

errors = st.builds(
    lambda kind, retry_after: {
        "quiet": NoAnswer("HTTP 503", retry_after=retry_after),
        "strange": Refused("strange"),
        "denied": Denied("no"),
        "missing": JobMissing("job 1 not found"),
    }[kind],
    st.sampled_from(["quiet", "strange", "denied", "missing"]),
    st.none() | st.floats(0, 2000),
)


def poller(timing: Timing = TIMING, uniform=lambda low, high: high, **more) -> Poller:
    return Poller(timing, started=0.0, uniform=uniform, **more)


@given(timings, st.lists(unfinished | errors, max_size=60), st.floats(0, 5), seeds)
def test_never_past_the_deadline_and_never_closer_than_allowed(timing, answers, request_seconds, chance):
    """A wait of any answers: no poll after the deadline, and only the last sooner than poll_interval."""
    subject = poller(timing, uniform=Random(chance).uniform)
    step = subject.first(0.0, fresh=True)
    gaps: list[float] = []
    answered = 0.0
    for answer in answers:
        if isinstance(step, Ended):
            break
        assert step.at <= subject.deadline
        assert step.at >= answered
        gaps.append(step.at - answered)
        asked, answered = step.at, step.at + request_seconds
        if isinstance(answer, Exception):
            step = subject.failed(asked, answered, answer)
        else:
            step = subject.observed(answered, answer)
    assert all(gap >= timing.poll_interval - 1e-6 for gap in gaps[1:-1])


@given(timings, unfinished, seeds)
def test_retry_after_is_obeyed(timing, answer, chance):
    """The next poll is not before Retry-After; where that lies past the deadline, the wait ends."""
    step = poller(timing, uniform=Random(chance).uniform).observed(1.0, answer)
    if isinstance(step, Ended):
        # No look was possible any more that comes neither too soon nor too late.
        assert step.outcome is Outcome.TIMED_OUT
        assert 1.0 + min(answer.retry_after or 0, RETRY_AFTER_MAX) > timing.wait_timeout * 0.9 - 2
    elif answer.retry_after is not None:
        assert step.at >= 1.0 + min(answer.retry_after, RETRY_AFTER_MAX)


@given(timings, st.floats(0, 1), st.floats(0, 3), seeds)
def test_an_outage_shorter_than_the_tolerance_changes_nothing(timing, share, request_seconds, chance):
    """Whatever the pace, a job that succeeds behind an outage of less than outage_timeout is seen to succeed."""
    timing = Timing(1e9, timing.poll_interval, timing.poll_max_interval, timing.outage_timeout)
    subject = poller(timing, uniform=Random(chance).uniform)
    began, over = 50.0, 50.0 + timing.outage_timeout * share * 0.999
    step = subject.first(0.0, fresh=False)
    for _poll in range(100_000):
        if isinstance(step, Ended):
            break
        asked, answered = step.at, step.at + request_seconds
        if began <= asked < over:
            step = subject.failed(asked, min(answered, max(asked, over)), NoAnswer("connection refused"))
        elif asked >= over:
            step = subject.observed(answered, seen(JobState.SUCCEEDED))
        else:
            step = subject.observed(answered, seen())
    assert step == Ended(Outcome.SUCCEEDED, "")


@given(st.floats(120.5, 4000))
def test_an_outage_longer_than_the_tolerance_ends_the_wait(length):
    subject = poller(Timing(1e6, 2, 15, 120))
    step = subject.first(0.0, fresh=False)
    while isinstance(step, PollAt):
        step = subject.failed(step.at, step.at, NoAnswer("connection refused"))
        assert subject.polling(0).polls < 100
    assert step.outcome is Outcome.UNREACHABLE
    assert "outage_timeout is 120 s" in step.reason
    assert "connection refused" in step.reason


def test_the_last_poll_falls_just_before_the_deadline():
    subject = poller(Timing(100, 2, 60, 30))
    step = subject.observed(95.0, seen())
    assert step == PollAt(98.0)
    assert subject.observed(98.1, seen()) == Ended(
        Outcome.TIMED_OUT, "no verdict within wait_timeout (100 s), last seen as running"
    )


def test_a_wait_shorter_than_the_interval_still_looks_once():
    subject = poller(Timing(5, 30, 60, 30))
    assert subject.first(0.0, fresh=True) == PollAt(4.5)


def test_a_time_out_in_an_outage_says_so():
    subject = poller(Timing(10, 2, 15, 600))
    subject.observed(5.0, seen(word="ACT", progress=55))
    step = subject.failed(9.5, 9.6, NoAnswer("HTTP 503"))
    assert isinstance(step, Ended)
    assert step.outcome is Outcome.TIMED_OUT
    assert "last seen as ACT 55%" in step.reason
    assert "HTTP 503" in step.reason


def test_intervals_grow_to_the_maximum():
    subject = poller()
    now, gaps = 0.0, []
    for _poll in range(8):
        step = subject.observed(now, seen())
        gaps.append(step.at - now)
        now = step.at
    assert gaps == pytest.approx([2, 3, 4.5, 6.75, 10.125, 15, 15, 15])


def test_progress_predicts_the_end():
    """At 1 % a second the end is 50 s away: the next look is three quarters of the way."""
    subject = poller(Timing(600, 2, 100, 120))
    subject.observed(0.0, seen(progress=0))
    assert subject.observed(50.0, seen(progress=50)) == PollAt(87.5)
    assert poller().observed(0.0, seen(progress=99)).at == pytest.approx(2)


def test_progress_that_stands_still_or_goes_back_predicts_nothing():
    subject = poller()
    subject.observed(0.0, seen(progress=0))
    subject.observed(10.0, seen(progress=99))
    stuck = [subject.observed(now, seen(progress=99)).at - now for now in (12.0, 14.0, 16.0, 18.0)]
    assert stuck == sorted(stuck)
    assert stuck[-1] > stuck[0]
    assert subject.observed(20.0, seen(progress=5)).at >= 22.0


def test_an_unknown_word_keeps_the_pace():
    """A state in no table is neither success nor failure, and never polled without a pause."""
    subject = poller()
    now = 0.0
    while True:
        step = subject.observed(now, seen(JobState.UNKNOWN, "ZOMBIE"))
        if isinstance(step, Ended):
            break
        assert step.at - now >= 2 - 1e-9 or step.at == pytest.approx(598)
        now = step.at
    assert step.outcome is Outcome.TIMED_OUT
    assert 40 <= subject.polling(now).observed["ZOMBIE"] <= 60


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (JobState.SUCCEEDED, Outcome.SUCCEEDED),
        (JobState.FAILED, Outcome.FAILED),
        (JobState.CANCELED, Outcome.CANCELED),
    ],
)
def test_the_end_of_the_job_is_the_end_of_the_wait(state, outcome):
    assert poller().observed(1.0, seen(state, messages=("a", "b"))) == Ended(outcome, "a; b")


def test_a_job_that_is_missing_is_lost_after_the_grace():
    subject = poller(missing_until=10)
    assert isinstance(subject.failed(5.0, 5.1, JobMissing("job 1 not found")), PollAt)
    assert subject.failed(10.0, 10.1, JobMissing("job 1 not found")) == Ended(Outcome.LOST, "job 1 not found")


def test_a_replaced_job_is_lost_at_once():
    step = poller(missing_until=1000).failed(0.0, 0.1, JobReplaced("id 1 is an AutoCom now"))
    assert step == Ended(Outcome.LOST, "id 1 is an AutoCom now")


def test_denied_ends_the_wait_but_not_after_an_outage():
    """A refused login right after a restart is put down to the restart (PAN-OS trap 22)."""
    assert poller().failed(0.0, 0.1, Denied("wrong key")) == Ended(Outcome.UNREACHABLE, "wrong key")
    subject = poller()
    subject.failed(0.0, 0.1, NoAnswer("connection refused"))
    assert isinstance(subject.failed(5.0, 5.1, Denied("Invalid credentials.")), PollAt)
    subject.observed(10.0, seen())
    assert isinstance(subject.failed(30.0, 30.1, Denied("Invalid credentials.")), PollAt)
    later = poller()
    later.failed(0.0, 0.1, NoAnswer("connection refused"))
    later.observed(10.0, seen())
    assert isinstance(later.failed(75.0, 75.1, Denied("Invalid credentials.")), Ended)


def test_the_account_of_the_wait():
    subject = poller()
    subject.observed(1.0, seen(word="ACT", progress=10))
    subject.failed(3.0, 3.5, NoAnswer("HTTP 503 from a proxy", label="HTTP 503"))
    subject.failed(6.0, 6.5, NoAnswer("HTTP 503 from a proxy", label="HTTP 503"))
    subject.observed(10.0, seen(word="ACT", progress=12))
    subject.failed(12.0, 12.5, NoAnswer("read timeout", label="read timeout"))
    account = subject.polling(15.0)
    assert account.to_dict() == {
        "polls": 5,
        "outages": 2,
        "outage_seconds": 10.0,
        "observed": {"ACT 10%": 1, "HTTP 503": 2, "ACT 12%": 1, "read timeout": 1},
    }


def test_what_waiting_does_not_mend_ends_a_wait_that_never_had_an_answer():
    """An untrusted certificate at the first look; in mid-wait it may be that of a device which is starting."""
    hopeless = NoAnswer("the certificate is not trusted", sent=False, heals=False)
    assert poller().failed(0.0, 0.1, hopeless) == Ended(Outcome.UNREACHABLE, "the certificate is not trusted")
    subject = poller()
    subject.observed(0.0, seen())
    assert isinstance(subject.failed(2.0, 2.1, hopeless), PollAt)
    # The submission was answered a moment ago, by this very server.
    hopeless.server_spoke = True
    assert isinstance(poller().failed(0.0, 0.1, hopeless), PollAt)


def test_an_answer_of_any_kind_ends_an_outage():
    subject = poller()
    subject.failed(0.0, 0.1, NoAnswer("HTTP 503"))
    subject.answered(1.0)
    assert isinstance(subject.failed(300.0, 300.1, NoAnswer("HTTP 503")), PollAt)
    assert subject.polling(300.1).to_dict()["outage_seconds"] == 1.1
    assert subject.polling(300.1).outages == 2


def test_a_server_that_asks_for_more_time_than_there_is():
    subject = poller(Timing(30, 2, 15, 600))
    step = subject.failed(10.0, 10.1, NoAnswer("HTTP 503", retry_after=60))
    assert isinstance(step, Ended)
    assert "asked not to be asked again for 60 s" in step.reason


def test_a_long_retry_after_is_cut():
    step = poller().failed(10.0, 10.1, NoAnswer("HTTP 503", retry_after=3600))
    assert step == PollAt(10.1 + RETRY_AFTER_MAX)


def test_time_that_is_up_needs_no_further_look():
    subject = poller(Timing(100, 2, 15, 600))
    assert subject.expired(200.0) is None, "the job was never looked at"
    subject.observed(10.0, seen(word="ACT"))
    assert subject.expired(99.0) is None
    assert subject.expired(100.0).outcome is Outcome.TIMED_OUT
    subject.extend(260.0, 60)
    assert subject.expired(200.0) is None


def test_where_there_is_more_to_take_the_next_look_comes_at_once():
    subject = poller()
    for now in (10.0, 11.0, 12.0):
        assert subject.observed(now, seen(progress=now, again=True)) == PollAt(now)
    # What it did before predicts nothing about how long the next part takes, and the pace starts anew.
    assert subject.observed(13.0, seen(progress=20)) == PollAt(13.0 + TIMING.poll_interval)
    assert subject.observed(15.0, seen(progress=20)) == PollAt(15.0 + TIMING.poll_interval * 1.5)
    assert subject.observed(20.0, seen(progress=30, again=True)) == PollAt(20.0)
    assert subject.observed(21.0, seen(progress=30)) == PollAt(21.0 + TIMING.poll_interval)


def test_also_a_job_with_more_to_take_ends_with_the_time():
    step = poller().observed(TIMING.wait_timeout - 1, seen(again=True))
    assert isinstance(step, Ended)
    assert step.outcome is Outcome.TIMED_OUT


def test_trouble_on_this_side_ends_the_wait():
    step = poller().failed(1.0, 2.0, BadInput("dest: no space left."))
    assert step == Ended(Outcome.UNREACHABLE, "dest: no space left.")


def test_what_the_answer_to_the_submission_asks_for_is_obeyed():
    timing = Timing(wait_timeout=600, poll_interval=5, poll_max_interval=30, outage_timeout=60)
    subject = Poller(timing, started=0.0, uniform=lambda low, high: high)
    assert subject.first(0.0, fresh=True, retry_after=20.0) == PollAt(20.0)
    assert subject.first(0.0, fresh=True, retry_after=1.0) == PollAt(5.0)
    assert subject.first(0.0, fresh=True, retry_after=3600.0) == PollAt(120.0)


def test_a_word_of_whatever_type_of_text_is_counted():
    """Parsers and Ansible have texts of types of their own."""

    class Word(str):
        __slots__ = ()

    waiting = poller()
    waiting.observed(1.0, seen(word=Word("ACT")))
    waiting.observed(5.0, seen(word="ACT"))
    assert waiting.polling(5.0).observed == {"ACT": 2}
