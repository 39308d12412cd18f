# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs import lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import JobMissing, NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._jobs.history import FIRST, LAST, WORDS, History
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.tests.unit.fakes import START, TIMING, FakeOperation, FakeSystem, FakeTime, seen


def after(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def seconds_of(text: str) -> float:
    return (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) - START).total_seconds()


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem(FakeTime())


@pytest.fixture
def operation(system: FakeSystem) -> FakeOperation:
    return FakeOperation(system)


def run(operation: FakeOperation, **wishes):
    wanted = dataclasses.replace(Wishes(timing=TIMING), **wishes)
    return lifecycle.run(operation, wanted, operation.system.time.world)


def test_what_stays_as_it_was_adds_nothing() -> None:
    history = History(START, "submitted")
    for second in range(5):
        history.seen(after(second), "running", "ACT")
    assert history.to_list() == [
        {"at": "2026-11-21T10:00:00.000Z", "event": "submitted"},
        {"at": "2026-11-21T10:00:00.000Z", "event": "state", "state": "running", "vendor_state": "ACT"},
    ]


def test_an_outage_has_a_beginning_a_reason_and_an_end() -> None:
    history = History(START, "resumed")
    history.silent(after(1), "HTTP 503")
    history.silent(after(2), "connection refused")
    history.seen(after(3.5), "running", "ACT")
    assert history.to_list()[1:] == [
        {"at": "2026-11-21T10:00:01.000Z", "event": "outage", "reason": "HTTP 503"},
        {"at": "2026-11-21T10:00:03.500Z", "event": "answered"},
        {"at": "2026-11-21T10:00:03.500Z", "event": "state", "state": "running", "vendor_state": "ACT"},
    ]


def test_of_long_words_the_beginning_is_kept() -> None:
    history = History(START, "resumed")
    history.seen(START, "unknown", "w" * 500)
    history.silent(START, "r" * 500)
    _begun, state, outage = history.to_list()
    assert (len(state["vendor_state"]), len(outage["reason"])) == (WORDS, WORDS)


@given(st.integers(0, 200))
def test_it_is_bounded_and_says_what_it_leaves_out(changes: int) -> None:
    history = History(START, "adopted")
    for number in range(changes):
        history.seen(after(number), "running", str(number))
    entries = history.to_list()
    assert len(entries) <= FIRST + LAST + 1
    left_out = [entry for entry in entries if entry["event"] == "left_out"]
    assert len(entries) - len(left_out) + sum(entry["count"] for entry in left_out) == changes + 1
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    if changes:
        assert entries[-1]["vendor_state"] == str(changes - 1)
    assert bool(left_out) == (changes + 1 > FIRST + LAST)


def test_the_result_tells_what_the_wait_saw(operation: FakeOperation) -> None:
    operation.system.outages = [(1020.0, 1040.0)]
    job = run(operation).to_dict()["job"]
    history = job["history"]
    assert [entry["event"] for entry in history] == ["submitted", "state", "outage", "answered", "state"]
    assert history[0]["at"][:19] == job["submitted_at"][:19]
    assert [entry.get("state") for entry in history if entry["event"] == "state"] == ["running", "succeeded"]
    assert history[-1]["at"][:19] == job["finished_at"][:19]
    assert history[2]["reason"] == "connection refused"
    began, ended = (seconds_of(history[index]["at"]) for index in (2, 3))
    # Looks are up to 15 s apart, so that is how late beginning and end are noticed.
    assert 20 <= began <= 35
    assert 40 <= ended <= 55


def test_an_outage_begins_when_the_look_was_sent_that_brought_nothing(operation: FakeOperation) -> None:
    system = operation.system
    system.outages = [(1030.0, 1080.0)]
    system.request_seconds = 5.0
    history = run(operation).to_dict()["job"]["history"]
    outage = next(entry for entry in history if entry["event"] == "outage")
    assert seconds_of(outage["at"]) + 1000.0 in [pytest.approx(asked) for asked in system.asked]


def test_a_wait_by_a_handle_and_one_that_adopts_say_so(operation: FakeOperation) -> None:
    handle = run(operation, wait=False).job.handle
    assert handle is not None
    resumed = run(operation, handle=handle).to_dict()["job"]
    assert resumed["history"][0]["event"] == "resumed"
    assert resumed["submitted_at"] is not None

    operation.system.pending = True
    operation.system.submitted.append(operation.system.time.now)
    operation.equivalent = operation.handle()
    assert run(operation).to_dict()["job"]["history"][0]["event"] == "adopted"


def test_an_outage_while_the_result_is_fetched_is_in_it(operation: FakeOperation) -> None:
    answers = [NoAnswer("read timed out", label="timeout"), None]

    def collect():
        error = answers.pop(0)
        if error is not None:
            operation.system.time.sleep(30)
            raise error
        return {"rows": 3}

    operation.on_collect = collect
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    events = [entry["event"] for entry in verdict.to_dict()["job"]["history"]]
    assert events == ["submitted", "state", "state", "outage", "answered"]


def test_a_job_that_is_gone_is_an_answer(system: FakeSystem) -> None:
    operation = FakeOperation(system)
    answers = [NoAnswer("refused", label="refused"), JobMissing("job 1 not found")]

    def observe(_handle, *, within):
        raise answers.pop(0)

    operation.observe = observe
    verdict = Wait(operation, operation.handle(), TIMING, system.time.world).run()
    assert verdict.outcome is Outcome.LOST
    assert [entry["event"] for entry in verdict.to_dict()["job"]["history"]] == ["resumed", "outage", "answered"]


def test_a_job_that_was_stopped_is_seen_as_canceled(operation: FakeOperation) -> None:
    system = operation.system
    system.submitted.append(system.time.now)

    def stop():
        system.duration, system.ends = 0, seen(JobState.FAILED, "FIN/FAIL")

    operation.on_cancel = stop
    verdict = Wait(operation, operation.handle(), TIMING, system.time.world).cancel()
    states = [entry["state"] for entry in verdict.to_dict()["job"]["history"] if entry["event"] == "state"]
    assert states == ["running", "failed", "canceled"]
