# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import chain
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import (
    Denied,
    Interrupted,
    JobMissing,
    NoAnswer,
    Refused,
)
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
    """Its lists say otherwise: what is wanted is not there, and that is no success."""
    box.answers["download"] = [lambda: NothingToDo("No update available")]
    verdict = go(box)
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, False)
    assert verdict.message == "No update available, but nothing was done. To be done: download, install, restart."


def test_a_plan_that_takes_what_there_is(box):
    class Modest(BoxPlan):
        def takes_what_there_is(self) -> bool:
            return True

    box.answers["download"] = [lambda: NothingToDo("No update available.")]
    verdict = chain.run(Modest(box), Wishes(timing=TIMING), box.time.world)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert verdict.message.startswith("No update available. To be done:")
    assert verdict.result == {"version": "2"}


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


class Patient(BoxPlan):
    repeatable = True

    def was_busy(self, failed):
        return "in use" in failed.message

    def warnings(self):
        return ["Mind the gap."] if self.left else []


def patiently(box: Box, **wishes):
    return chain.run(Patient(box), Wishes(**{"timing": TIMING, "wait_for_idle": True, **wishes}), box.time.world)


def test_a_job_that_only_met_a_busy_device_is_tried_again(box):
    box.systems["install"].ends = seen(JobState.FAILED, "FIN/FAIL", messages=("the manager is in use",))
    box.broken.add("install")

    def mend():
        if len(box.systems["install"].submitted) == 2:
            box.systems["install"].ends = FakeSystem(box.time).ends
            box.broken.clear()
            box.systems["install"].pending = True

    plan = Patient(box)
    plan.ask = mend
    verdict = chain.run(plan, Wishes(timing=TIMING, wait_for_idle=True), box.time.world)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.order() == ["download", "install", "install", "install", "restart"]
    assert [job.state for job in verdict.jobs].count(JobState.FAILED) == 2
    assert "waiting" in box.time.kinds


def test_a_busy_device_is_not_waited_for_without_the_wish(box):
    box.systems["install"].ends = seen(JobState.FAILED, "FIN/FAIL", messages=("the manager is in use",))
    verdict = patiently(box, wait_for_idle=False)
    assert verdict.outcome is Outcome.FAILED
    assert box.order() == ["download", "install"]


def test_a_device_that_stays_busy_ends_with_the_time(box):
    box.systems["install"].ends = seen(JobState.FAILED, "FIN/FAIL", messages=("the manager is in use",))
    box.broken.add("install")
    verdict = patiently(box)
    assert verdict.outcome in (Outcome.FAILED, Outcome.TIMED_OUT)
    assert len(box.systems["install"].submitted) > 3
    assert box.time.now <= 1000 + TIMING.wait_timeout + 10
    assert verdict.changed


def forgetful(box: Box, times: int) -> None:
    system = box.systems["install"]
    look = system.observation

    def observation():
        if len(system.submitted) <= times:
            box.time.now += 0.1
            system.submitted[-1] -= 1000
            raise JobMissing("job 1 not found")
        return look()

    system.observation = observation


def test_a_lost_job_is_begun_again_where_that_does_no_harm(box):
    forgetful(box, 2)
    verdict = patiently(box)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(box.systems["install"].submitted) == 3


def test_a_job_that_is_lost_again_and_again(box):
    forgetful(box, 99)
    verdict = patiently(box)
    assert verdict.outcome is Outcome.LOST
    assert len(box.systems["install"].submitted) == chain.ATTEMPTS


def test_a_lost_job_ends_the_task_otherwise(box):
    forgetful(box, 99)
    assert go(box).outcome is Outcome.LOST
    assert len(box.systems["install"].submitted) == 1


def test_an_adopted_job_that_fails_is_followed_by_one_of_our_own(box, monkeypatch):
    system = box.systems["download"]
    system.submitted.append(box.time.now)
    good, system.ends = system.ends, seen(JobState.FAILED, "FIN/FAIL", messages=("of somebody else",))

    def adopt(self):
        system.ends = system.ends if len(system.submitted) == 1 else good
        return self.handle() if len(system.submitted) == 1 and box.time.now < 1030 else None

    monkeypatch.setattr(Download, "find_equivalent", adopt)
    monkeypatch.setattr(system, "duration", 40)
    plan = BoxPlan(box)

    def ask():
        if box.time.now > 1030:
            system.ends = good

    plan.ask = ask
    verdict = chain.run(plan, Wishes(timing=TIMING), box.time.world)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [job.state for job in verdict.jobs][:2] == [JobState.FAILED, JobState.SUCCEEDED]


def test_warnings_outlive_their_cause_and_come_once(box):
    assert patiently(box).warnings == ("Mind the gap.",)


def test_what_changed_without_a_job_of_ours(box):
    for system in box.systems.values():
        system.pending = False
    plan = BoxPlan(box)
    plan.has_changed = lambda: True
    verdict = chain.run(plan, Wishes(timing=TIMING, diff=True), box.time.world)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.diff == {"before": "1\n", "after": "2\n"}


def test_diff_mode_shows_what_was_done(box):
    assert go(box, diff=True).diff == {"before": "1\n", "after": "2\n"}
    assert go(box, diff=True).diff is None


def test_check_mode_tells_what_is_there(box):
    assert go(box, check_mode=True).result == {"version": "2"}


class Giving(BoxPlan):
    """Has taken something for all steps."""

    def __init__(self, box, *failures):
        super().__init__(box)
        self.failures = list(failures)
        self.finished = []

    def finish(self, last):
        self.finished.append(last)
        if self.failures:
            raise self.failures.pop(0)
        return dataclasses.replace(last, message="given back")


def test_at_the_end_a_plan_gives_back_what_it_took(box):
    plan = Giving(box)
    verdict = chain.run(plan, Wishes(timing=TIMING), box.time.world)
    assert verdict.message == "given back"
    [last] = plan.finished
    assert len(last.jobs) == len(STEPS)


def test_after_a_failure_too(box):
    box.answers["download"] = [refusal]
    plan = Giving(box)
    assert chain.run(plan, Wishes(timing=TIMING), box.time.world).message == "given back"


def test_an_interruption_while_it_is_given_back(box):
    plan = Giving(box, Interrupted("interrupted by SIGTERM"))
    verdict = chain.run(plan, Wishes(timing=TIMING), box.time.world)
    assert (verdict.outcome, verdict.message, len(plan.finished)) == (Outcome.SUCCEEDED, "given back", 2)


@pytest.mark.parametrize("error", [NoAnswer("gone"), KeyError("bug")])
def test_what_cannot_be_given_back_is_a_warning(box, error):
    verdict = chain.run(Giving(box, error), Wishes(timing=TIMING), box.time.world)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [text for text in verdict.warnings if "could not be given back" in text]


def test_check_mode_takes_nothing(box):
    plan = Giving(box)
    chain.run(plan, Wishes(timing=TIMING, check_mode=True), box.time.world)
    assert not plan.finished
