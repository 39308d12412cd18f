# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
import time

import pytest

from ansible_collections.netops.jobs.plugins.module_utils import _task
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import (
    BadInput,
    Denied,
    Interrupted,
    JobMissing,
    MissingLibrary,
    NoAnswer,
    Refused,
)
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Job, Outcome, Verdict
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.tests.unit.fakes import (
    NOTHING_GIVEN,
    FakeOperation,
    FakeSystem,
    FakeTask,
    FakeTime,
)

DEFAULT = Timing(wait_timeout=1800, poll_interval=2, poll_max_interval=15, outage_timeout=600)


def quick_operation(**more):
    time_ = FakeTime()
    operation = FakeOperation(FakeSystem(time_, duration=0.05))
    operation.system.time = type(
        "RealTime", (), {"now": property(lambda self: time.monotonic(), lambda self, _: None)}
    )()
    operation.timing = Timing(5, 0.02, 0.05, 2)
    for name, value in more.items():
        setattr(operation, name, value)
    return operation


class TestTiming:
    def test_defaults_are_the_operations(self):
        assert _task.timing_for(NOTHING_GIVEN, DEFAULT) == DEFAULT

    def test_what_is_given_wins(self):
        given = {**NOTHING_GIVEN, "wait_timeout": 60.0, "poll_interval": 20.0}
        assert _task.timing_for(given, DEFAULT) == Timing(60, 20, 20, 600)
        assert _task.timing_for({**NOTHING_GIVEN, "poll_max_interval": 1.0}, DEFAULT) == Timing(1800, 1, 1, 600)

    @pytest.mark.parametrize("name", ["wait_timeout", "poll_interval", "poll_max_interval", "outage_timeout"])
    @pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
    def test_bounds_that_make_no_sense(self, name, value):
        with pytest.raises(BadInput, match=f"^{name}: "):
            _task.timing_for({**NOTHING_GIVEN, name: value}, DEFAULT)

    def test_bounds_that_contradict(self):
        with pytest.raises(BadInput, match=r"poll_interval \(20.0 s\) must not be greater than poll_max_interval"):
            _task.timing_for({**NOTHING_GIVEN, "poll_interval": 20.0, "poll_max_interval": 10.0}, DEFAULT)


HANDLE = {"version": 1, "operation": "panos.commit", "endpoint": "https://fw1.example.com:443", "id": "42"}


class TestReadHandle:
    @pytest.mark.parametrize("masked", ["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "********istrator"])
    def test_what_ansible_masked_is_not_believed(self, masked: str) -> None:
        data = {**HANDLE, "fingerprint": {"user": masked, "tenq": "2026/11/21 10:00:00"}}
        assert _task.read_handle(data).fingerprint == {"tenq": "2026/11/21 10:00:00"}

    def test_a_masked_option_of_a_handle_cannot_be_followed(self) -> None:
        with pytest.raises(BadInput, match="masked its dest"):
            _task.read_handle({**HANDLE, "options": {"dest": "/srv/********.tgz", "format": "csv"}})

    @pytest.mark.parametrize("data", ["42", None, {"version": 1, "fingerprint": "x"}, {"fingerprint": {"user": 1}}])
    def test_what_is_no_handle_is_an_error_all_the_same(self, data: object) -> None:
        with pytest.raises(BadInput):
            _task.read_handle(data)


class TestPlain:
    def run(self, body, **params):
        return _task.run_plain(FakeTask(**params), "panos_lock", body, world=FakeTime().world)

    def test_the_result_has_no_job(self):
        result = self.run(lambda inquiry: {"msg": "Taken.", "locks": [1]})
        assert result == {"changed": False, "failed": False, "outcome": "succeeded", "msg": "Taken.", "locks": [1]}

    @pytest.mark.parametrize(
        ("error", "outcome", "refusal"),
        [
            (BadInput("scope: is empty."), "refused", {"reason": "bad_input"}),
            (MissingLibrary("lxml"), "refused", {"reason": "missing_library"}),
            (Refused("locked", reason="locked", details={"locks": []}), "refused", {"reason": "locked", "locks": []}),
            (Denied("no"), "refused", {"reason": "denied"}),
            (NoAnswer("nobody home"), "unreachable", None),
            (Interrupted("interrupted by SIGTERM"), "timed_out", None),
            (KeyError("bug"), "unreachable", None),
        ],
    )
    def test_every_error_becomes_a_result(self, error, outcome, refusal):
        def body(inquiry):
            raise error

        result = self.run(body)
        assert (result["outcome"], result["failed"], result["changed"]) == (outcome, True, False)
        assert result.get("refusal") == refusal
        assert "submitted" not in result["msg"]
        assert "Traceback" not in result["msg"]
        assert "job" not in result

    def test_a_question_without_an_answer_is_repeated(self):
        answers = [NoAnswer("HTTP 503", server_spoke=True), NoAnswer("HTTP 503", server_spoke=True), "yes"]

        def question():
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        assert self.run(lambda inquiry: {"msg": inquiry.patiently(question)})["msg"] == "yes"


class TestGuarded:
    @pytest.mark.parametrize(
        ("error", "outcome", "reason"),
        [
            (BadInput("handle: is not one."), "refused", "bad_input"),
            (MissingLibrary("lxml"), "refused", "missing_library"),
            (NoAnswer("nobody home"), "refused", "rejected"),
            (JobMissing("job 7 not found"), "refused", "rejected"),
        ],
    )
    def test_every_error_becomes_a_result_of_the_same_shape(self, error, outcome, reason):
        def body():
            raise error

        result = _task.guarded(FakeTask(), "panos.commit", body)
        assert result["failed"]
        assert not result["changed"]
        assert result["outcome"] == outcome
        assert result["refusal"] == {"reason": reason}
        assert result["job"]["operation"] == "panos.commit"
        assert result["polling"]["polls"] == 0

    def test_a_missing_library_is_named(self):
        def body():
            raise MissingLibrary("lxml")

        message = _task.guarded(FakeTask(), "panos.commit", body)["msg"]
        assert "lxml" in message
        assert "Failed to import the required Python library" in message

    def test_a_bug_is_told_without_a_traceback(self):
        result = _task.guarded(FakeTask(), "panos.commit", lambda: {}["result"])
        assert "unexpected KeyError in netops.jobs" in result["msg"]
        assert "Traceback" not in result["msg"]
        assert result["failed"]

    def test_warnings_are_shown(self):
        task = FakeTask()
        verdict = Verdict(Outcome.SUCCEEDED, "fine", changed=False, job=Job("x"), warnings=("odd state",))
        _task.guarded(task, "x", lambda: verdict)
        assert task.warnings == ["odd state"]


class TestRunJob:
    def test_takes_a_job_to_its_end_and_says_so(self, tmp_path):
        task = FakeTask(progress_log=str(tmp_path / "log"))
        result = _task.run_job(task, "fake.work", quick_operation)
        assert (result["outcome"], result["changed"]) == ("succeeded", True)
        assert any("submitted; to wait for it again" in line for line in task.lines)
        assert '"event": "submitted"' in (tmp_path / "log").read_text()

    def test_check_mode_is_silent(self, tmp_path):
        task = FakeTask(check_mode=True, progress_log=str(tmp_path / "log"))
        result = _task.run_job(task, "fake.work", quick_operation)
        assert (result["outcome"], result["changed"]) == ("succeeded", True)
        assert task.lines == []
        assert not (tmp_path / "log").exists()

    def test_a_progress_log_that_cannot_be_written_stops_before_anything_is_sent(self, tmp_path):
        operation = quick_operation()
        task = FakeTask(progress_log=str(tmp_path / "no" / "log"))
        result = _task.run_job(task, "fake.work", lambda: operation)
        assert result["refusal"] == {"reason": "bad_input"}
        assert operation.calls == []

    def test_what_a_device_quotes_is_masked_in_lines_and_log(self, tmp_path):
        task = FakeTask(progress_log=str(tmp_path / "log"))
        task.hide(["s3cret"])
        events = _task.world_for(task, lambda event: f"\x1b[2J{event.text}")
        events.tell("waiting", "fake.work", text="the password s3cret is wrong")
        assert task.lines == ["\\x1b[2Jthe password ******** is wrong"]
        assert "the password ******** is wrong" in (tmp_path / "log").read_text()
        assert "s3cret" not in (tmp_path / "log").read_text()

    def test_an_unusable_handle_stops_before_anything_is_sent(self):
        operation = quick_operation()
        result = _task.run_job(FakeTask(handle={"version": 9}), "fake.work", lambda: operation)
        assert "version 9" in result["msg"]
        assert operation.calls == []

    def test_cancel_on_time_out_where_nothing_can_be_canceled(self):
        result = _task.run_job(FakeTask(on_timeout="cancel"), "fake.work", lambda: quick_operation(can_cancel=False))
        assert "on_timeout: fake.work jobs cannot be canceled" in result["msg"]

    def test_a_parent_that_died_ends_the_wait(self):
        task = FakeTask()
        operation = quick_operation()
        submit = operation.submit

        def submit_and_die():
            task.alive = False
            return submit()

        operation.submit = submit_and_die
        result = _task.run_job(task, "fake.work", lambda: operation)
        assert (result["outcome"], result["changed"]) == ("timed_out", True)
        assert result["job"]["handle"]

    def test_a_parent_that_died_before_the_submission_prevents_it(self):
        task = FakeTask()
        task.alive = False
        result = _task.run_job(task, "fake.work", quick_operation)
        assert (result["outcome"], result["changed"], result["job"]["handle"]) == ("timed_out", False, None)


def test_half_of_a_pair_does_not_cost_the_result():
    given = {"rows": [{"name\ud83d": "b\u00fccher \U0001f600 \udc00"}], "count": 1, "ended": None, "hrefs": ("\ud83d",)}
    assert _task.printable(given) == {
        "rows": [{"name\\ud83d": "b\u00fccher \U0001f600 \\udc00"}],
        "count": 1,
        "ended": None,
        "hrefs": ["\\ud83d"],
    }


class TestInterruptible:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signals_end_the_run_with_the_handle_and_are_given_back(self, number):
        before = signal.getsignal(number)
        operation = quick_operation()
        operation.system.duration = 60
        watch = operation.observe

        def observe(handle, within):
            os.kill(os.getpid(), number)
            return watch(handle, within=within)

        operation.observe = observe
        with _task.interruptible():
            result = _task.run_job(FakeTask(), "fake.work", lambda: operation)
        assert result["outcome"] == "timed_out"
        assert f"interrupted by {number.name}" in result["msg"]
        assert result["job"]["handle"]["id"] == "1"
        assert signal.getsignal(number) is before

    def test_a_signal_before_the_work_begins_ends_it_with_a_result(self):
        operation = quick_operation()
        with _task.interruptible():
            os.kill(os.getpid(), signal.SIGTERM)
            result = _task.run_job(FakeTask(), "fake.work", lambda: operation)
        assert (result["outcome"], operation.calls) == ("timed_out", [])
        assert "interrupted by SIGTERM" in result["msg"]

    def test_a_signal_after_the_verdict_does_not_take_it_away(self):
        with _task.interruptible():
            result = _task.run_job(FakeTask(), "fake.work", quick_operation)
            os.kill(os.getpid(), signal.SIGTERM)
            result = _task.printable(result)
        assert result["outcome"] == "succeeded"
        with _task.interruptible():
            assert _task.run_job(FakeTask(), "fake.work", quick_operation)["outcome"] == "succeeded"

    @pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
    def test_a_signal_that_a_destructor_swallows_is_told_at_the_next_look(self):
        class Dying:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0)

        operation = quick_operation()
        operation.system.duration = 60
        watch = operation.observe

        def observe(handle, within):
            Dying()
            return watch(handle, within=within)

        operation.observe = observe
        with _task.interruptible():
            task = FakeTask()
            task.check_alive = _task.signals.check_missed
            result = _task.run_job(task, "fake.work", lambda: operation)
        assert (result["outcome"], result["job"]["handle"]["id"]) == ("timed_out", "1")
        assert result["polling"]["polls"] == 1


class TestConnectionOptions:
    def test_given_then_environment_then_default(self, monkeypatch):
        monkeypatch.setenv("PANOS_API_KEY", "key-of-the-environment")
        monkeypatch.setenv("PANOS_USERNAME", "other")
        task = FakeTask()
        given = {"host": "fw1", "port": 4443, "username": "me", "ca_path": None}
        options = _task.connection_options(task, "panos", given)
        assert (options["host"], options["port"], options["username"]) == ("fw1", 4443, "me")
        assert options["api_key"] == "key-of-the-environment"
        assert options["validate_certs"] is True
        assert options["request_timeout"] == 30.0
        assert "key-of-the-environment" in task.hidden

    def test_what_is_missing_is_named(self, monkeypatch):
        for name in ("PANOS_API_KEY", "PANOS_PASSWORD", "PANOS_USERNAME"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(BadInput, match=r"connection to panos \(fw1\): .*api_key, password"):
            _task.connection_options(FakeTask(), "panos", {"host": "fw1", "port": 443})
