# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import chain
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import Denied, Interrupted, NoAnswer, Refused
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import NothingToDo
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeOperation, FakeSystem, FakeTime, seen

STEPS = ("download", "install", "restart")


class Download(FakeOperation):
    name = "fake.download"


class Install(FakeOperation):
    name = "fake.install"


class Restart(FakeOperation):
    name = "fake.restart"


class Box:
    """A box on which three jobs are to be done, each with its own slot."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.systems = {step: FakeSystem(time) for step in STEPS}
        self.operations = dict(zip(STEPS, (Download, Install, Restart)))
        self.answers: dict[str, list] = {}
        self.broken: set[str] = set()

    def open_steps(self) -> list[str]:
        return [step for step in STEPS if self.systems[step].pending or step in self.broken]

    def order(self) -> list[str]:
        began = [(at, step) for step in STEPS for at in self.systems[step].submitted]
        return [step for _at, step in sorted(began)]


class BoxPlan(chain.Plan):
    name = "fake.update"
    timing = TIMING
    can_cancel = True

    def __init__(self, box: Box) -> None:
        self.box = box
        self.left: list[str] = []
        self.limits: list[float | None] = []
        self.ask = lambda: None

    def limit(self, until: float | None) -> None:
        self.limits.append(until)

    def next_step(self) -> chain.Step | None:
        self.ask()
        self.left = self.box.open_steps()
        if not self.left:
            return None
        step = self.left[0]
        self.box.systems[step].pending = True
        return chain.Step(self.box.operations[step](self.box.systems[step], self.box.answers.get(step, ())), step)

    def summary(self) -> str:
        return f"To be done: {', '.join(self.left)}." if self.left else "All is done."

    def diff(self) -> dict[str, str]:
        return {"before": "1\n", "after": "2\n"}

    def result(self) -> dict[str, str]:
        return {"version": "2"}


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def box(time: FakeTime) -> Box:
    return Box(time)


def go(box: Box, **wishes):
    return chain.run(BoxPlan(box), Wishes(**{"timing": TIMING, **wishes}), box.time.world)


def test_one_job_after_the_other(box):
    verdict = go(box)
    assert (verdict.outcome, verdict.changed, verdict.message) == (Outcome.SUCCEEDED, True, "All is done.")
    assert box.order() == list(STEPS)
    assert [job.operation for job in verdict.jobs] == ["fake.download", "fake.install", "fake.restart"]
    assert verdict.job == verdict.jobs[-1]
    assert verdict.result == {"version": "2"}
    assert verdict.polling.observed["FIN/OK"] == 3
    assert len(verdict.to_dict()["jobs"]) == 3


def test_nothing_left_to_do(box):
    for system in box.systems.values():
        system.pending = False
    verdict = go(box)
    assert (verdict.outcome, verdict.changed, verdict.message) == (Outcome.NOTHING_TO_DO, False, "All is done.")
    assert verdict.result == {"version": "2"}
    assert verdict.jobs == ()
    assert box.order() == []


def test_a_run_goes_on_where_the_one_before_stopped(box):
    box.systems["download"].pending = False
    verdict = go(box)
    assert box.order() == ["install", "restart"]
    assert verdict.outcome is Outcome.SUCCEEDED


def test_a_step_that_fails_ends_the_chain(box):
    box.systems["install"].ends = seen(JobState.FAILED, "FIN/FAIL", messages=("bad image",))
    verdict = go(box)
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert "bad image" in verdict.message
    assert verdict.job.operation == "fake.install"
    assert [job.state for job in verdict.jobs] == [JobState.SUCCEEDED, JobState.FAILED]
    assert box.order() == ["download", "install"]
    assert verdict.result is None


def test_without_waiting_the_first_job_is_submitted_and_its_handle_returned(box):
    verdict = go(box, wait=False)
    assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, True)
    assert verdict.job.handle.operation == "fake.download"
    assert box.order() == ["download"]


def test_all_steps_share_one_deadline(box):
    timing = dataclasses.replace(TIMING, wait_timeout=100)
    began = box.time.now
    verdict = go(box, timing=timing)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert box.time.now - began <= 105
    assert verdict.job.operation == "fake.install"
    assert verdict.job.handle is not None
    assert "wait_timeout (100 s)" in verdict.message


def test_check_mode_changes_nothing_and_tells_the_whole_plan(box):
    verdict = go(box, check_mode=True, diff=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.message.startswith("To be done: download, install, restart.")
    assert verdict.diff == {"before": "1\n", "after": "2\n"}
    assert box.order() == []


def test_a_job_without_effect_is_not_done_again(box):
    box.broken.add("download")
    verdict = go(box)
    assert verdict.outcome is Outcome.FAILED
    assert "that had no effect. To be done: download" in verdict.message
    assert verdict.changed
    assert box.order() == ["download"]
    assert len(verdict.jobs) == 1


def test_a_step_in_which_the_device_finds_nothing_to_do(box):
    box.answers["download"] = [lambda: NothingToDo("No update available")]
    verdict = go(box)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "No update available" in verdict.message
    assert box.order() == []


def test_a_refused_step_says_so(box):
    box.answers["download"] = [refusal]
    verdict = go(box)
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.refusal == {"reason": "rejected"}
    assert not verdict.changed


def refusal():
    raise Refused("not enough disk space")


@pytest.mark.parametrize(
    ("error", "outcome"), [(NoAnswer("gone", sent=False), Outcome.UNREACHABLE), (Denied("no"), Outcome.REFUSED)]
)
def test_a_question_that_fails_before_any_job(box, error, outcome):
    plan = BoxPlan(box)

    def ask():
        raise error

    plan.ask = ask
    verdict = chain.run(plan, Wishes(timing=TIMING), box.time.world)
    assert verdict.outcome is outcome
    assert not verdict.changed
    assert verdict.jobs == ()


def test_a_question_that_fails_after_a_job_does_not_lose_it(box):
    plan = BoxPlan(box)

    def ask():
        if box.order():
            raise Denied("the key was revoked")

    plan.ask = ask
    verdict = chain.run(plan, Wishes(timing=TIMING), box.time.world)
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.changed
    assert verdict.job.operation == "fake.download"
    assert verdict.job.state is JobState.SUCCEEDED
    assert "the key was revoked" in verdict.message


def test_an_outage_between_two_jobs_is_waited_out(box):
    plan = BoxPlan(box)
    failures = [NoAnswer("refused", sent=False, server_spoke=True)] * 3

    def ask():
        if box.order() == ["download"] and failures:
            raise failures.pop()

    plan.ask = ask
    verdict = chain.run(plan, Wishes(timing=TIMING), box.time.world)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.order() == list(STEPS)


def test_an_interruption_between_two_jobs_reports_what_was_done(box):
    plan = BoxPlan(box)

    def ask():
        if box.order():
            raise Interrupted("interrupted by SIGTERM")

    plan.ask = ask
    verdict = chain.run(plan, Wishes(timing=TIMING), box.time.world)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert verdict.changed
    assert "interrupted by SIGTERM" in verdict.message
    assert verdict.job.operation == "fake.download"


def test_an_adopted_job_counts_as_a_step(box, monkeypatch):
    box.systems["download"].submitted.append(box.time.now)
    monkeypatch.setattr(Download, "find_equivalent", lambda self: self.handle())
    verdict = go(box)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.jobs[0].adopted
    assert box.order() == list(STEPS)
