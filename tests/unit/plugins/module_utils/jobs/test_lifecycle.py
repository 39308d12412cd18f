# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs import lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import (
    BadInput,
    Busy,
    Denied,
    EffectMissing,
    Interrupted,
    JobMissing,
    JobReplaced,
    NoAnswer,
    Refused,
    Undecidable,
)
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Outcome, Target
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import (
    Collected,
    Done,
    NothingToDo,
    Preview,
    Timing,
)
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeOperation, FakeSystem, FakeTime, seen

WISHES = Wishes(timing=TIMING)


def fails(error):
    """Return a submission that does nothing but raise."""

    def act():
        raise error

    return act


@pytest.fixture
def time_():
    return FakeTime()


@pytest.fixture
def system(time_):
    return FakeSystem(time_)


@pytest.fixture
def operation(system):
    return FakeOperation(system)


def run(operation, **wishes):
    return lifecycle.run(operation, dataclasses.replace(WISHES, **wishes), operation.system.time.world)


def lost_answer(operation, *, effect):
    """A submission whose answer gets lost, with or without effect."""

    def act():
        if effect:
            operation.start()
        raise NoAnswer("connection reset after the request was sent", label="connection reset")

    return act


def test_submits_waits_collects(operation):
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.changed
    assert verdict.result == {"rows": 3}
    assert operation.calls == ["find_equivalent", "preview", "submit"]
    assert operation.system.time.kinds[0] == "submitted"
    assert operation.system.time.kinds[-2:] == ["ended", "collected"]
    data = verdict.to_dict()
    assert data["job"]["handle"]["id"] == "1"
    assert data["job"]["state"] == "succeeded"
    assert data["job"]["finished_at"] > data["job"]["submitted_at"]
    assert 60 <= data["job"]["elapsed"] <= 80
    assert data["polling"]["observed"]["FIN/OK"] == 1


def test_nothing_to_do(operation):
    operation.system.pending = False
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed, verdict.message) == (Outcome.NOTHING_TO_DO, False, "No changes.")
    assert operation.system.submitted == []


def test_the_device_finds_nothing_to_do(operation):
    operation.answers = [lambda: NothingToDo("There are no changes to commit.")]
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert verdict.message == "There are no changes to commit."


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("changes_device", [True, False])
def test_done_at_once_without_a_job(operation, wait, changes_device):
    operation.answers = [lambda: Done("Pushed to group A.", ("Committed to A",), {"rows": 2})]
    operation.changes_device = changes_device
    operation.diff = {"prepared": "+ a"}
    verdict = run(operation, wait=wait, diff=True)
    assert (verdict.outcome, verdict.changed, verdict.message) == (
        Outcome.SUCCEEDED,
        changes_device,
        "Pushed to group A.",
    )
    assert (verdict.result, verdict.diff) == ({"rows": 2}, {"prepared": "+ a"})
    job = verdict.to_dict()["job"]
    assert (job["handle"], job["id"], job["state"], job["messages"]) == (None, None, "succeeded", ["Committed to A"])
    assert job["finished_at"] == "2026-11-21T10:00:00Z"
    assert operation.calls == ["find_equivalent", "preview", "submit"]


def test_done_at_once_after_an_attempt_whose_answer_was_lost(operation):
    """The lost one provably had no effect, so there is a second one, and it is the answer."""
    operation.answers = [lost_answer(operation, effect=False), lambda: Done("Pushed to group A.")]
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed, verdict.message) == (Outcome.SUCCEEDED, True, "Pushed to group A.")
    assert operation.calls.count("submit") == 2


def test_nothing_to_do_because_an_equivalent_job_started_after_the_look(operation):
    def beaten():
        operation.equivalent = operation.start()
        return NothingToDo("The result of this commit would be the same as the previous commit queued/processed.")

    operation.answers = [beaten]
    verdict = run(operation)
    assert (verdict.outcome, verdict.job.adopted, verdict.changed) == (Outcome.SUCCEEDED, True, True)
    assert len(operation.system.submitted) == 1
    assert operation.calls == ["find_equivalent", "preview", "submit", "find_equivalent"]


def test_an_orphan_submits_nothing(operation):
    def orphaned():
        if "preview" in operation.calls:
            raise Interrupted("interrupted: ansible-playbook has ended")

    world = dataclasses.replace(operation.system.time.world, still_wanted=orphaned)
    verdict = lifecycle.run(operation, WISHES, world)
    assert (verdict.outcome, verdict.changed, operation.system.submitted) == (Outcome.TIMED_OUT, False, [])
    assert verdict.message == "fake.work: interrupted: ansible-playbook has ended. Nothing was submitted."


def test_an_outage_after_nothing_to_do_was_answered_changes_nothing(operation):
    """The look for a job that began in the meantime fails: nothing was started all the same."""
    operation.answers = [lambda: NothingToDo("There are no changes to commit.")]
    found = [None, NoAnswer("connection reset")]

    def find():
        answer = found.pop(0) if len(found) > 1 else found[0]
        if answer is not None:
            raise answer

    operation.find_equivalent = find
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)


def test_without_waiting(operation):
    verdict = run(operation, wait=False)
    assert (verdict.outcome, verdict.changed, verdict.failed) == (Outcome.RUNNING, True, False)
    assert verdict.job.handle == operation.handle()
    assert operation.system.asked == []


def test_a_resumed_wait_never_submits(operation):
    operation.start()
    verdict = run(operation, handle=operation.handle())
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.changed, "the device changed while this task waited"
    assert operation.calls == []
    again = run(operation, handle=operation.handle())
    assert (again.outcome, again.changed) == (Outcome.SUCCEEDED, False)


def test_a_handle_must_fit(operation):
    other = dataclasses.replace(operation.handle(), operation="fake.other")
    with pytest.raises(BadInput, match=r"fake\.other.*fake\.work.*job_wait"):
        run(operation, handle=other)
    elsewhere = dataclasses.replace(operation.handle(), endpoint="https://other.example.com:443")
    with pytest.raises(BadInput, match=r"other\.example\.com.*fake\.example\.com"):
        run(operation, handle=elsewhere)
    assert operation.system.asked == []


def test_adopts_an_equivalent_job(operation):
    operation.start()
    operation.equivalent = operation.handle()
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.job.adopted
    assert len(operation.system.submitted) == 1


def test_an_adopted_job_that_ends_before_the_first_look_changed_the_device(operation):
    """It was in flight when this task found it, so it ended while the task ran."""
    operation.start()
    operation.equivalent = operation.handle()
    operation.system.duration = 0
    verdict = run(operation)
    assert verdict.polling.polls == 1
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)


def test_submits_what_an_adopted_job_left_undone(operation):
    """What was changed after the adopted job was submitted is committed by a job of our own."""
    operation.start()
    operation.equivalent = operation.handle()
    operation.still_needed = lambda: True
    operation.preview = lambda want_diff: dataclasses.replace(
        FakeOperation.preview(operation, want_diff=want_diff), needed=True
    )
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert not verdict.job.adopted
    assert len(operation.system.submitted) == 2


def test_adopt_false_submits(operation):
    operation.start()
    operation.equivalent = operation.handle()
    assert not run(operation, adopt=False).job.adopted
    assert len(operation.system.submitted) == 2


@pytest.mark.parametrize("check_mode", [True, False])
def test_check_mode_submits_nothing(operation, check_mode):
    operation.diff = {"prepared": "+ rule"}
    verdict = run(operation, check_mode=check_mode, diff=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.diff == {"prepared": "+ rule"}
    assert len(operation.system.submitted) == (0 if check_mode else 1)


def test_check_mode_tells_who_changed_what(operation):
    changes = [{"admin": "alice", "xpath": "/config"}]
    operation.preview = lambda want_diff: Preview(True, "1 pending change.", changes=changes)
    assert run(operation, check_mode=True).to_dict()["changes"] == changes
    assert "changes" not in run(operation).to_dict()


def test_check_mode_runs_what_is_nothing_but_a_question(operation):
    operation.runs_in_check_mode = True
    operation.changes_device = False
    operation.answers = [lambda: Done("Answered.", result={"rows": 2})]
    verdict = run(operation, check_mode=True)
    assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.SUCCEEDED, False, {"rows": 2})


def test_check_mode_predicts_nothing_to_do_and_refusals(operation):
    operation.blocked = Refused("locked by alice", reason="locked", details={"locks": [{"admin": "alice"}]})
    verdict = run(operation, check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert verdict.to_dict()["refusal"] == {"reason": "locked", "locks": [{"admin": "alice"}]}
    operation.system.pending = False
    assert run(operation, check_mode=True).outcome is Outcome.NOTHING_TO_DO


def test_check_mode_looks_at_a_handle_once(operation):
    operation.start()
    verdict = run(operation, check_mode=True, handle=operation.handle())
    assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, True)
    assert len(operation.system.asked) == 1


@pytest.mark.parametrize("effect", [True, False])
def test_a_lost_answer_never_leads_to_a_second_job(operation, effect):
    operation.answers = [lost_answer(operation, effect=effect)]
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(operation.system.submitted) == 1
    assert not verdict.job.adopted


@pytest.mark.parametrize("kind", [Busy, Refused])
def test_a_lost_submission_that_shows_up_late(operation, kind):
    """The first request arrives while we give it up for lost: the second attempt meets it and recognises it."""

    def arrives():
        raise kind(f"job {operation.start().id} runs")

    operation.answers = [lost_answer(operation, effect=False), arrives]
    assert run(operation, wait_for_idle=True).outcome is Outcome.SUCCEEDED
    assert len(operation.system.submitted) == 1
    late = FakeOperation(FakeSystem(FakeTime()))
    late.answers = [lost_answer(late, effect=False), lambda: (late.start(), NothingToDo("no changes"))[1]]
    verdict = run(late)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(late.system.submitted) == 1


def test_a_submission_that_cannot_be_proven_is_lost(operation):
    def undecidable():
        raise Undecidable("The job ids started again: look at the configuration log.")

    operation.answers = [lost_answer(operation, effect=True)]
    operation.recover = undecidable
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert "configuration log" in verdict.message


def test_a_job_that_was_accepted_and_cannot_be_named_is_lost(operation):
    operation.answers = [fails(Undecidable("It answered 'Started.'"))]
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert operation.calls.count("submit") == 1
    assert "recover" not in operation.calls


def test_a_job_that_cannot_be_found_is_not_looked_for_in_vain(operation, time_):
    def undecidable():
        raise Undecidable("There is no list.")

    operation.can_be_found = False
    operation.answers = [lost_answer(operation, effect=True)]
    operation.recover = undecidable
    before = time_.now
    assert run(operation).outcome is Outcome.LOST
    assert time_.now - before < TIMING.poll_interval


def test_an_interruption_of_what_cannot_be_found_again_does_not_promise_that(operation):
    operation.can_be_found = False
    operation.submit = fails(Interrupted("interrupted by SIGTERM"))
    verdict = run(operation)
    assert verdict.changed
    assert "cannot be found again" in verdict.message


def test_of_what_only_reads_nobody_says_that_it_was_not_submitted(operation, monkeypatch):
    """It also counts as not found where nobody can tell, because to do it again does no harm."""
    monkeypatch.setattr(type(operation), "changes_device", False)
    operation.answers = [lost_answer(operation, effect=False)] * 3
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
    assert "Nothing was submitted" not in verdict.message


def test_an_interruption_of_a_submission_that_was_answered_keeps_the_handle(operation):
    """Something more is asked about the job before the submission returns."""

    def submit():
        operation.started = operation.start()
        raise Interrupted("interrupted by SIGTERM")

    operation.submit = submit
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
    assert verdict.job.handle.id == "1"
    assert "pass job.handle" in verdict.message


def test_a_job_list_that_stays_out_of_reach_is_lost_too(operation):
    operation.answers = [lost_answer(operation, effect=True)]
    operation.system.outages = [(1002, 9999)]
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert "it adopts a job that is there" in verdict.message


def test_gives_up_submitting_without_effect(operation):
    operation.answers = [lost_answer(operation, effect=False)] * 3
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
    assert operation.calls.count("submit") == 3
    assert "Nothing was submitted" in verdict.message


def test_a_submission_that_was_never_sent_is_repeated(operation):
    operation.answers = [fails(NoAnswer("connection refused", sent=False, server_spoke=True))] * 2
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "recover" not in operation.calls
    assert len(operation.system.submitted) == 1


def test_an_unreadable_answer_to_the_submission_is_a_lost_answer(operation):
    operation.answers = [lambda: (operation.start(), {}["job"])]
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(operation.system.submitted) == 1


def test_busy_waits_until_idle_inside_the_deadline(operation):
    operation.answers = [fails(Busy("job 41 (Commit by alice) runs"))] * 3
    assert run(operation, wait_for_idle=True).outcome is Outcome.SUCCEEDED
    assert operation.system.time.kinds.count("waiting") == 3
    operation.system.pending = True
    operation.answers = [fails(Busy("job 41 (Commit by alice) runs", details={"jobs": [{"id": "41"}]}))] * 1000
    verdict = run(operation, wait_for_idle=True)
    assert (verdict.outcome, verdict.changed, verdict.refusal) == (
        Outcome.REFUSED,
        False,
        {"reason": "busy", "jobs": [{"id": "41"}]},
    )
    operation.answers = [fails(Busy("job 41 (Commit by alice) runs"))]
    assert run(operation, wait_for_idle=False).outcome is Outcome.REFUSED


def test_locked_is_refused_at_once(operation):
    operation.answers = [fails(Refused("Locked by alice since 10:00.", reason="locked"))]
    before = operation.system.time.now
    verdict = run(operation, wait_for_idle=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert operation.system.time.now - before < 1


def test_a_wrong_key_is_refused(operation):
    operation.preview = lambda want_diff: fails(Denied("The API key is not accepted."))()
    verdict = run(operation)
    assert (verdict.outcome, verdict.refusal, verdict.changed) == (Outcome.REFUSED, {"reason": "denied"}, False)


def test_a_wrong_address_fails_at_once(operation):
    operation.system.outages = [(0, 9999)]
    before = operation.system.time.now
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
    assert verdict.message == "connection refused. Nothing was submitted."
    assert operation.system.time.now - before < 1


def test_a_wrong_address_fails_at_once_where_the_submission_is_the_first_request(operation):
    """As with force and without adoption: nothing is asked before."""
    operation.preview = lambda want_diff: Preview(True, "The whole configuration would be committed again.")
    operation.system.outages = [(0, 9999)]
    before = operation.system.time.now
    verdict = run(operation, adopt=False)
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
    assert operation.system.time.now - before < 1


def test_a_busy_server_at_first_contact_is_an_outage(operation):
    operation.system.outages = [(0, 1030)]
    operation.system.outage_error = lambda: NoAnswer("HTTP 503", server_spoke=True)
    assert run(operation).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("state", "outcome"), [(JobState.FAILED, Outcome.FAILED), (JobState.CANCELED, Outcome.CANCELED)]
)
def test_the_vendor_decides(operation, state, outcome):
    operation.system.ends = seen(state, "FIN/FAIL", messages=("Validation Error:", "rule 1 is invalid"))
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (outcome, True)
    assert "rule 1 is invalid" in verdict.message
    assert verdict.to_dict()["job"]["handle"]


def test_failed_targets_are_named(operation):
    operation.system.ends = seen(
        JobState.FAILED,
        targets=(
            Target("fw1", JobState.SUCCEEDED),
            Target("fw2", JobState.FAILED, messages=("no space left",)),
            Target("fw3", JobState.PENDING, vendor_state="not connected"),
        ),
    )
    assert "failed on 2 of 3: fw2 (no space left); fw3 (not connected)." in run(operation).message


def test_targets_without_a_verdict_are_named_when_the_time_is_over(operation):
    operation.system.duration = 0
    operation.system.ends = seen(
        word="FIN/OK",
        targets=(Target("fw1", JobState.SUCCEEDED), Target("fw2", JobState.RUNNING), Target("fw3", JobState.UNKNOWN)),
    )
    verdict = run(operation)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert "last seen as FIN/OK. Without a verdict so far: fw2, fw3. The job may still run" in verdict.message


def test_a_success_says_what_there_is_to_say_of_it(operation):
    operation.system.ends = seen(JobState.SUCCEEDED, "FIN/OK", note="2 of 3 devices")
    assert run(operation).message.endswith(" succeeded (2 of 3 devices).")


def test_a_success_without_effect_reports_no_change(operation):
    operation.effect = False
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)


@pytest.mark.parametrize("pending", [True, False])
@pytest.mark.parametrize("check_mode", [True, False])
def test_what_is_found_out_before_is_warned_of_whatever_becomes_of_it(operation, pending, check_mode):
    operation.preview_warnings = ["fw3 is not connected"]
    operation.system.pending = pending
    operation.on_verify = lambda: ["and something else"]
    verdict = run(operation, check_mode=check_mode)
    more = ("and something else",) if pending and not check_mode else ()
    assert verdict.warnings == ("fw3 is not connected", *more)


def test_a_timed_out_wait_keeps_the_handle_and_the_last_state(operation):
    operation.system.duration = 9999
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
    assert verdict.job.state is JobState.RUNNING
    assert verdict.to_dict()["job"]["handle"]["id"] == "1"
    assert "option handle" in verdict.message
    assert operation.system.time.now <= 1000 + TIMING.wait_timeout + 1


def test_on_timeout_cancel(operation):
    operation.system.duration = 9999

    def stop():
        operation.system.duration = 0
        operation.system.ends = seen(JobState.FAILED, "FIN/FAIL")

    operation.on_cancel = stop
    verdict = run(operation, cancel_on_timeout=True)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert verdict.job.state is JobState.CANCELED
    assert verdict.message.endswith("was canceled.")
    assert "may still run" not in verdict.message


@pytest.mark.parametrize("error", [JobMissing("job 1 not found"), JobReplaced("id 1 is an AutoCom now")])
def test_a_lost_job(operation, error):
    operation.observe = lambda handle, within: fails(error)()
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert error.message in verdict.message
    assert verdict.job.handle is not None


def test_an_unknown_state_warns_once(operation):
    states = iter([seen(JobState.UNKNOWN, "ODD")] * 3)
    watch = operation.observe
    operation.observe = lambda handle, within: next(states, None) or watch(handle, within=within)
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(verdict.warnings) == 1
    assert "'ODD'" in verdict.warnings[0]
    assert verdict.polling.observed["ODD"] == 3


def test_a_bug_in_a_vendor_loses_no_handle(operation):
    operation.observe = lambda handle, within: {}["status"]
    verdict = run(operation)
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "unexpected KeyError" in verdict.message
    assert verdict.job.handle is not None


def test_a_result_that_cannot_be_fetched(operation):
    operation.on_collect = fails(Denied("no permission to export"))
    verdict = run(operation)
    assert verdict.outcome is Outcome.UNREACHABLE
    assert verdict.job.state is JobState.SUCCEEDED
    assert "no permission to export" in verdict.message
    assert verdict.job.handle is not None


def test_a_result_behind_an_outage_is_fetched_later(operation):
    answers = iter([NoAnswer("HTTP 503"), NoAnswer("HTTP 503")])

    def collect():
        error = next(answers, None)
        if error:
            raise error
        return "whole"

    operation.on_collect = collect
    assert run(operation).result == "whole"


@pytest.mark.parametrize("error", [JobMissing("its file was deleted."), JobReplaced("it is another job now.")])
def test_a_result_that_is_gone_is_lost(operation, error):
    operation.on_collect = fails(error)
    verdict = run(operation)
    assert (verdict.outcome, verdict.job.state) == (Outcome.LOST, JobState.SUCCEEDED)
    assert verdict.message.endswith(f"ended well, but: {error.message}")
    assert verdict.job.handle is not None


def test_a_result_that_did_not_come_in_time(operation, time_):
    def collect():
        time_.now += TIMING.wait_timeout
        raise NoAnswer("half of the file")

    operation.on_collect = collect
    verdict = run(operation)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert "half of the file Pass job.handle" in verdict.message


def test_who_moves_much_data_is_told_its_bounds(operation, time_):
    told = []

    def submit():
        told.append(operation.transfer.until)
        operation.transfer.tell("1 of 2 MB")
        return operation.start()

    def collect():
        told.append(operation.transfer.until)
        operation.transfer.tell("2 of 2 MB")

    operation.answers, operation.on_collect = [submit], collect
    began = time_.now
    assert run(operation).outcome is Outcome.SUCCEEDED
    assert told == [began + TIMING.wait_timeout] * 2
    texts = [(event.text, event.handle is None) for event in time_.events if event.kind == "waiting"]
    assert texts == [("1 of 2 MB", True), ("2 of 2 MB", False)]


def test_a_result_that_is_ready_at_the_last_moment_has_time_to_come(operation, time_):
    operation.system.duration = TIMING.wait_timeout - 3
    until = []
    operation.on_collect = lambda: until.append(operation.transfer.until - time_.now)
    assert run(operation).outcome is Outcome.SUCCEEDED
    assert until == [120]


def test_trouble_on_this_side_during_a_submission(operation):
    operation.answers = [fails(BadInput("dest: no space left on device."))]
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed, verdict.refusal) == (Outcome.REFUSED, False, {"reason": "bad_input"})
    assert verdict.message == "dest: no space left on device."


def test_an_effect_that_is_missing_fails_the_task(operation):
    operation.on_verify = fails(EffectMissing("the version is still 8700-8000."))
    verdict = run(operation)
    assert verdict.outcome is Outcome.FAILED
    assert "8700-8000" in verdict.message
    operation.system.pending = True
    operation.on_verify = lambda: ["look here"]
    assert run(operation).warnings == ("look here",)


@pytest.mark.parametrize("moment", ["find_equivalent", "submit", "recover", "observe"])
def test_an_interruption_leaves_the_job_and_keeps_the_handle(operation, moment):
    if moment == "recover":
        operation.answers = [lost_answer(operation, effect=True)]
    setattr(operation, moment, lambda *args, **more: fails(Interrupted("interrupted by SIGTERM"))())
    verdict = run(operation)
    assert (verdict.outcome, verdict.failed) == (Outcome.TIMED_OUT, True)
    assert "interrupted by SIGTERM" in verdict.message
    if moment == "observe":
        assert verdict.job.handle is not None
        assert "option handle" in verdict.message
    elif moment == "find_equivalent":
        assert "Nothing was submitted" in verdict.message
    else:
        assert "Run the play again" in verdict.message
        assert verdict.changed


def test_an_hour_with_outages_takes_no_time(operation):
    """One simulated hour, an outage every five minutes, in less than a second of real time."""
    operation.system.duration = 3600
    operation.system.outages = [(1000 + start, 1000 + start + 60) for start in range(200, 3600, 300)]
    began = time.monotonic()
    verdict = run(operation, timing=Timing(7200, 2, 15, 120))
    assert time.monotonic() - began < 1
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 12
    assert 500 < verdict.polling.outage_seconds < 1000
    assert 3600 <= verdict.job.elapsed <= 3620


def test_nothing_that_changes_nothing_reports_a_change(operation):
    operation.changes_device = False
    assert not run(operation).changed
    assert not run(operation, check_mode=True).changed
    operation.system.ends = seen(JobState.FAILED)
    assert not run(operation).changed


def test_to_stop_what_changes_nothing_changes_nothing(operation):
    operation.changes_device = False
    operation.on_cancel = lambda: setattr(operation.system, "ends", seen(JobState.FAILED, "FIN/FAIL"))
    verdict = run(operation, timing=Timing(10, 2, 15, 120), cancel_on_timeout=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, False)


def test_check_mode_foresees_that_to_stop_what_changes_nothing_changes_nothing(operation):
    operation.changes_device = False
    operation.start()
    foreseen = Wait(operation, operation.handle(), TIMING, operation.system.time.world).cancel(check_mode=True)
    assert (foreseen.outcome, foreseen.changed) == (Outcome.RUNNING, False)


class TestCleanUp:
    """What was taken for the job is given back at the end, whatever the end is."""

    def test_once_with_the_handle_and_its_warnings(self, operation):
        operation.on_clean_up = lambda: ["The lock is still held."]
        verdict = run(operation)
        assert operation.cleaned_up == [verdict.job.handle]
        assert verdict.outcome is Outcome.SUCCEEDED
        assert verdict.warnings == ("The lock is still held.",)

    @pytest.mark.parametrize("error", [Refused("no"), NoAnswer("x", sent=False), Undecidable("who knows"), Busy("b")])
    def test_without_a_job(self, operation, error):
        operation.answers = [fails(error)] * 3
        assert run(operation, timing=Timing(5, 2, 2, 3)).failed
        assert operation.cleaned_up == [None]

    def test_after_a_wait_that_ends_first(self, operation):
        verdict = run(operation, timing=Timing(10, 2, 15, 120))
        assert verdict.outcome is Outcome.TIMED_OUT
        assert operation.cleaned_up == [verdict.job.handle]

    def test_after_an_interruption(self, operation):
        operation.observe = lambda *args, **more: fails(Interrupted("interrupted by SIGTERM"))()
        assert run(operation).outcome is Outcome.TIMED_OUT
        assert len(operation.cleaned_up) == 1

    def test_once_for_an_adopted_job_and_the_one_after_it(self, operation):
        operation.equivalent = operation.start()
        operation.system.duration = 20
        operation.system.pending = True
        assert run(operation).outcome is Outcome.SUCCEEDED
        assert len(operation.cleaned_up) == 1

    @pytest.mark.parametrize("wishes", [{"wait": False}, {"check_mode": True}])
    def test_not_while_the_job_is_left_running_or_nothing_is_to_change(self, operation, wishes):
        run(operation, **wishes)
        assert operation.cleaned_up == []

    @pytest.mark.parametrize("error", [NoAnswer("nobody home"), KeyError("bug"), Interrupted("interrupted by SIGTERM")])
    def test_an_error_changes_no_verdict(self, operation, error):
        operation.on_clean_up = fails(error)
        verdict = run(operation)
        assert (verdict.outcome, verdict.job.state) == (Outcome.SUCCEEDED, JobState.SUCCEEDED)
        assert len(verdict.warnings) == 1
        assert "could not be given back" in verdict.warnings[0]


class TestCancel:
    def cancel(self, operation, **more):
        return Wait(operation, operation.handle(), TIMING, operation.system.time.world).cancel(**more)

    def test_stops_a_job(self, operation):
        operation.start()

        def stop():
            operation.system.duration = 0
            operation.system.ends = seen(JobState.FAILED, "FIN/FAIL")

        operation.on_cancel = stop
        verdict = self.cancel(operation)
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
        assert verdict.job.state is JobState.CANCELED

    def test_a_job_that_vanishes_was_stopped(self, operation):
        operation.start()
        operation.on_cancel = operation.system.submitted.clear
        verdict = self.cancel(operation)
        assert (verdict.outcome, verdict.job.state) == (Outcome.SUCCEEDED, JobState.CANCELED)

    def test_a_job_that_is_over(self, operation):
        operation.start()
        operation.system.duration = 0
        verdict = self.cancel(operation)
        assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
        assert "cancel" not in operation.calls

    def test_a_job_that_was_faster(self, operation):
        operation.start()
        operation.on_cancel = lambda: setattr(operation.system, "duration", 0)
        assert self.cancel(operation).outcome is Outcome.NOTHING_TO_DO

    def test_a_job_that_cannot_be_stopped(self, operation):
        operation.start()
        operation.on_cancel = fails(Refused("The device says that it cannot be stopped any more."))
        verdict = self.cancel(operation)
        assert (verdict.outcome, verdict.changed, verdict.failed) == (Outcome.REFUSED, False, True)

    def test_an_answer_that_got_lost(self, operation):
        operation.start()

        def stop():
            operation.system.submitted.clear()
            raise NoAnswer("read timeout")

        operation.on_cancel = stop
        assert self.cancel(operation).outcome is Outcome.SUCCEEDED

    def test_check_mode(self, operation):
        operation.start()
        verdict = self.cancel(operation, check_mode=True)
        assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, True)
        assert "cancel" not in operation.calls


class TestWhatEndsAJobKeepsItsHandle:
    """Once there is a job, no error of any step may lose it."""

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (Denied("not authorized for user role"), Outcome.REFUSED),
            (Refused("cannot be stopped any more"), Outcome.REFUSED),
            (KeyError("status"), Outcome.UNREACHABLE),
        ],
    )
    def test_a_cancel_that_fails(self, operation, error, outcome):
        operation.start()
        operation.on_cancel = fails(error)
        verdict = Wait(operation, operation.handle(), TIMING, operation.system.time.world).cancel()
        assert verdict.outcome is outcome
        assert verdict.job.handle is not None
        operation.system.submitted.clear()
        operation.system.duration = 9999
        verdict = run(operation, cancel_on_timeout=True)
        assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
        assert verdict.job.handle is not None

    @pytest.mark.parametrize("changes", [True, False])
    def test_stopping_what_changes_nothing_is_no_change(self, operation, changes):
        operation.changes_device = changes
        operation.system.duration = 9999
        operation.on_cancel = operation.system.submitted.clear
        assert run(operation, cancel_on_timeout=True).changed is changes
        for check_mode in (True, False):
            operation.start()
            wait = Wait(operation, operation.handle(), TIMING, operation.system.time.world)
            assert wait.cancel(check_mode=check_mode).changed is changes

    @pytest.mark.parametrize("error", [JobMissing("job 1 not found"), JobReplaced("id 1 is an AutoCom now")])
    def test_a_job_that_vanishes_before_the_demand(self, operation, error):
        operation.start()

        def vanish():
            operation.system.submitted.clear()
            raise error

        operation.on_cancel = vanish
        verdict = Wait(operation, operation.handle(), TIMING, operation.system.time.world).cancel()
        assert verdict.job.handle is not None
        assert verdict.outcome in (Outcome.SUCCEEDED, Outcome.UNREACHABLE)

    def test_a_demand_that_was_never_sent_is_repeated(self, operation):
        operation.start()
        errors = [NoAnswer("connection refused", sent=False, server_spoke=True)] * 2

        def stop():
            if errors:
                raise errors.pop()
            operation.system.submitted.clear()

        operation.on_cancel = stop
        verdict = Wait(operation, operation.handle(), TIMING, operation.system.time.world).cancel()
        assert verdict.outcome is Outcome.SUCCEEDED
        assert operation.calls.count("cancel") == 3

    def test_a_canceled_job_has_the_whole_account(self, operation):
        operation.system.duration = 9999
        operation.on_cancel = operation.system.submitted.clear
        data = run(operation, cancel_on_timeout=True).to_dict()
        assert data["job"]["finished_at"]
        assert data["job"]["elapsed"] > TIMING.wait_timeout - 10
        assert data["polling"]["polls"] > 40

    def test_a_job_that_ends_while_its_time_is_up(self, operation):
        operation.system.duration = 9999

        def ended(handle, *, within):
            operation.system.duration = 0
            return operation.observe(handle, within=within)

        operation.glance = ended
        verdict = run(operation, cancel_on_timeout=True)
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
        assert "cancel" not in operation.calls

    def test_a_job_that_succeeds_before_it_is_stopped_has_succeeded(self, operation):
        operation.system.duration = 9999
        operation.on_cancel = lambda: setattr(operation.system, "duration", 0)
        verdict = run(operation, cancel_on_timeout=True)
        assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.SUCCEEDED, True, {"rows": 3})

    def test_a_job_that_cannot_be_stopped_goes_on(self, operation):
        operation.system.duration = 9999
        operation.on_cancel = fails(Refused("It can no longer be stopped."))
        verdict = run(operation, cancel_on_timeout=True)
        assert (verdict.outcome, verdict.refusal) == (Outcome.TIMED_OUT, None)
        assert verdict.message.endswith(
            "It can no longer be stopped. The job may still run: pass job.handle of this result as the option handle "
            "to wait for it again."
        )


class TestLostAnswers:
    @pytest.mark.parametrize(
        "error", [Refused("strange"), Busy("Timed out while getting config lock"), Denied("no"), KeyError("result")]
    )
    def test_a_search_that_fails_is_no_refusal(self, operation, error):
        operation.answers = [lost_answer(operation, effect=True)]
        operation.recover = fails(error)
        verdict = run(operation, wait_for_idle=True)
        assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
        assert len(operation.system.submitted) == 1

    def test_the_search_ends_with_the_deadline(self, operation):
        operation.answers = [lost_answer(operation, effect=False)]
        verdict = run(operation, timing=Timing(10, 60, 60, 120))
        assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
        assert operation.calls.count("recover") == 4
        assert operation.system.time.now < 1000 + 11
        assert operation.system.submitted == []


class TestDeadline:
    def test_nothing_is_submitted_after_it(self, operation):
        operation.system.request_seconds = 29
        verdict = run(operation, timing=Timing(30, 2, 15, 600))
        assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, False)
        assert "Nothing was submitted" in verdict.message
        assert operation.system.submitted == []

    def test_requests_before_the_wait_are_bounded_by_it(self, operation):
        run(operation)
        before, looks, finish = operation.limits
        assert before == 1000 + TIMING.wait_timeout
        assert looks is None, "looks have a bound of their own"
        assert finish == operation.system.time.now + 30

    def test_a_busy_device_takes_nothing_from_the_grace_for_a_new_job(self, operation):
        operation.missing_grace = 5.0
        operation.answers = [fails(Busy("another commit"))] * 2
        watch = operation.observe
        missing = [JobMissing("job 1 not found")]

        def observe(handle, within):
            if missing:
                raise missing.pop()
            return watch(handle, within=within)

        operation.observe = observe
        assert run(operation, wait_for_idle=True).outcome is Outcome.SUCCEEDED


class TestAfterAnAdoptedJob:
    @pytest.fixture
    def adopting(self, operation):
        operation.start()
        operation.equivalent = operation.handle()
        operation.still_needed = lambda: True
        operation.preview = lambda want_diff: Preview(True, "")
        return operation

    def test_the_device_finds_nothing_left_to_do(self, adopting):
        adopting.answers = [lambda: NothingToDo("There are no changes to commit.")]
        found = [adopting.handle(), None]
        adopting.find_equivalent = lambda: found.pop(0)
        verdict = run(adopting)
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
        assert verdict.job.adopted

    @pytest.mark.parametrize("error", [Refused("locked by alice", reason="locked"), Denied("no")])
    def test_a_refusal_does_not_hide_that_the_device_changed(self, adopting, error):
        adopting.answers = [fails(error)]
        verdict = run(adopting)
        assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, True)

    @pytest.mark.parametrize("changes", [False, True])
    def test_one_that_was_deleted_is_done_again_where_that_changes_nothing(self, adopting, changes):
        """The run that started it has had its result."""
        adopting.changes_device = changes
        adopting.still_needed = fails(AssertionError("it was not done, so it is needed"))
        answers = [JobMissing("job 1 not found")]
        observe = adopting.observe
        adopting.observe = lambda *args, **more: fails(answers.pop())() if answers else observe(*args, **more)
        verdict = run(adopting)
        assert verdict.outcome is (Outcome.LOST if changes else Outcome.SUCCEEDED)
        assert len(adopting.system.submitted) == (1 if changes else 2)
        assert verdict.job.adopted is changes

    def test_an_interruption_is_about_the_second_job(self, adopting):
        adopting.still_needed = fails(Interrupted("interrupted by SIGTERM"))
        verdict = run(adopting)
        assert "Nothing was submitted" in verdict.message
        assert verdict.changed


def test_two_outages_with_answers_between_are_two(operation):
    """The first question meets a 503, the submission a 429 long after: neither is an outage of its own length."""
    operation.system.outages = [(0, 1003)]
    operation.system.outage_error = lambda: NoAnswer("HTTP 503", server_spoke=True)
    rate = NoAnswer("HTTP 429", sent=False, server_spoke=True)
    operation.answers = [*[fails(Busy("another commit"))] * 12, fails(rate)]
    verdict = run(operation, wait_for_idle=True)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 2
    assert verdict.polling.outage_seconds < 30


def test_a_booting_device_is_not_a_wrong_address(operation):
    """HTTP 503 first, then a refused connection: somebody did answer."""
    errors = [NoAnswer("HTTP 503", server_spoke=True), NoAnswer("connection refused", sent=False, server_spoke=True)]

    def find():
        if errors:
            raise errors.pop(0)

    operation.find_equivalent = find
    assert run(operation).outcome is Outcome.SUCCEEDED


def test_check_mode_predicts_the_change_of_a_job_in_flight(operation):
    operation.start()
    operation.equivalent = operation.handle()
    verdict = run(operation, check_mode=True)
    assert (verdict.changed, verdict.job.adopted) == (True, True)
    assert verdict.job.handle is not None


@given(st.lists(st.sampled_from(["before", "after", "refused", "busy"]), max_size=2), st.floats(1, 300))
def test_exactly_one_job_whatever_happens_to_the_answers(faults, duration):
    operation = FakeOperation(FakeSystem(FakeTime(), duration=duration))
    actions = {
        "before": lost_answer(operation, effect=False),
        "after": lost_answer(operation, effect=True),
        "refused": fails(NoAnswer("connection refused", sent=False, server_spoke=True)),
        "busy": fails(Busy("another commit")),
    }
    operation.answers = [actions[fault] for fault in faults]
    verdict = run(operation, wait_for_idle=True)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(operation.system.submitted) == 1


@pytest.mark.parametrize("changed", [True, False])
def test_a_file_that_is_written_decides_whether_anything_changed(operation, changed):
    operation.changes_device = False
    operation.dest = "/srv/report.csv"
    operation.on_collect = lambda: Collected({"path": "/srv/report.csv"}, changed)
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed, verdict.result) == (
        Outcome.SUCCEEDED,
        changed,
        {"path": "/srv/report.csv"},
    )
    resumed = run(operation, handle=operation.handle())
    assert (resumed.outcome, resumed.changed) == (Outcome.SUCCEEDED, changed)


@pytest.mark.parametrize("changed", [True, False])
def test_done_at_once_with_a_file(operation, changed):
    operation.answers = [lambda: Done("Read.", (), Collected({"rows": []}, changed))]
    operation.changes_device = not changed
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.SUCCEEDED, changed, {"rows": []})


def test_a_file_that_could_not_be_written_changed_nothing(operation):
    operation.changes_device = False
    operation.dest = "/srv/report.csv"

    def full():
        raise BadInput("dest: no space left.")

    operation.on_collect = full
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
    assert "no space left" in verdict.message


@pytest.mark.parametrize(("dest", "expected"), [("/srv/report.csv", True), (None, False)])
def test_check_mode_expects_the_file_to_change(operation, dest, expected):
    operation.changes_device = False
    operation.dest = dest
    assert run(operation, check_mode=True).changed is expected
    assert operation.system.submitted == []


def test_check_mode_writes_no_file_for_a_job_that_has_ended(operation):
    operation.start()
    operation.system.time.now += 100
    operation.changes_device = False
    operation.dest = "/srv/report.csv"
    verdict = run(operation, handle=operation.handle(), check_mode=True)
    assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.SUCCEEDED, True, None)
    assert "would be written to /srv/report.csv (check mode)" in verdict.message
    assert "collect" not in operation.touched


def test_only_a_wait_takes_what_the_job_produced(operation):
    operation.start()
    run(operation, handle=operation.handle(), wait=False)
    assert operation.touched == ["glance", "clean_up_here"]
    operation.touched.clear()
    run(operation, handle=operation.handle())
    assert operation.touched == ["collect", "clean_up_here"]


def test_a_job_that_is_stopped_is_not_collected(operation):
    operation.start()
    operation.system.time.now += 100
    wait = Wait(operation, operation.handle(), TIMING, operation.system.time.world)
    verdict = wait.cancel()
    assert (verdict.outcome, verdict.job.state, verdict.result) == (Outcome.NOTHING_TO_DO, JobState.SUCCEEDED, None)
    assert "collect" not in operation.touched


@pytest.mark.parametrize(("changes_device", "advice"), [(True, "Look on the system"), (False, "run the task again")])
def test_what_to_do_about_a_lost_job(operation, changes_device, advice):
    operation.changes_device = changes_device
    verdict = run(operation, handle=operation.handle("7"))
    assert verdict.outcome is Outcome.LOST
    assert advice in verdict.message


# What some operations have beside the usual steps.


class Named(FakeOperation):
    """Its options name job 7, and it shows the words of a job that has not succeeded."""

    def named(self):
        return self.handle("7")

    def shown(self, last):
        return {"word": last.vendor_state}


def test_a_job_that_the_options_name_is_resumed(system, time_):
    system.submitted.append(time_.now)
    operation = Named(system)
    verdict = lifecycle.run(operation, WISHES, time_.world)
    assert (verdict.outcome, verdict.job.handle.id, verdict.result) == (Outcome.SUCCEEDED, "7", {"rows": 3})
    assert not {"submit", "find_equivalent"} & set(operation.calls)
    given = dataclasses.replace(WISHES, handle=operation.handle("8"))
    assert lifecycle.run(Named(system), given, time_.world).job.handle.id == "8"


def test_what_there_is_to_show_of_a_job_that_failed_is_in_the_result(time_):
    failing = FakeSystem(time_, ends=seen(JobState.FAILED, "FIN/FAIL"))
    failing.submitted.append(time_.now)
    verdict = lifecycle.run(Named(failing), WISHES, time_.world)
    assert (verdict.outcome, verdict.result) == (Outcome.FAILED, {"word": "FIN/FAIL"})


def test_what_is_there_already_is_in_the_result(system, time_):
    operation = FakeOperation(system)
    operation.preview = lambda *, want_diff: Preview(needed=False, message="It is there.", result={"id": "a"})
    verdict = lifecycle.run(operation, WISHES, time_.world)
    assert (verdict.outcome, verdict.result) == (Outcome.NOTHING_TO_DO, {"id": "a"})
