# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import threading
import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils import _handles
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, Interrupted
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Operation, Timing
from ansible_collections.netops.jobs.plugins.module_utils._registry import operation
from ansible_collections.netops.jobs.tests.unit.fakes import NOTHING_GIVEN, FakeTask, seen


def handle(number="1", host="fw1", operation="panos.commit", **fingerprint):
    return {
        "version": 1,
        "operation": operation,
        "endpoint": f"https://{host}:443",
        "id": number,
        "fingerprint": fingerprint,
    }


class Device(Operation):
    """An operation whose jobs end at once: those with id 7 fail, those with id 9 run for ever."""

    name = "panos.commit"
    timing = Timing(0.3, 0.02, 0.05, 1)
    words: t.ClassVar[dict[str, JobState]] = {}
    can_cancel = True

    def __init__(self, options):
        self.options = options

    @property
    def endpoint(self):
        return f"https://{self.options['host']}:{self.options['port']}"

    cleaned_up: t.ClassVar[list[str]] = []

    def clean_up_there(self, handle):
        self.cleaned_up.append(handle.id)
        return (f"The lock for job {handle.id} is still held.",) if handle.id == "7" else ()

    def observe(self, handle, *, within):
        if handle.id == "9":
            return seen()
        failed = handle.id == "7"
        return seen(JobState.FAILED if failed else JobState.SUCCEEDED, messages=("no",) if failed else ())


class Options(dict):
    """A client that is nothing but its options."""

    closed = 0

    def close(self):
        self.closed += 1


@pytest.fixture
def opened(monkeypatch):
    """The connection options of every client that was made."""
    clients = []

    def client(system, options, hide):
        clients.append(Options(options))
        return clients[-1]

    monkeypatch.setattr(_handles, "client", client)
    monkeypatch.setattr(_handles, "operation", lambda handle, its_client: Device(its_client))
    monkeypatch.setattr(Device, "cleaned_up", [])
    monkeypatch.setenv("PANOS_API_KEY", "from the environment")
    return clients


def task(check_mode=False, **params):
    return FakeTask(
        check_mode=check_mode,
        **{
            **NOTHING_GIVEN,
            "handle": None,
            "handles": None,
            "connection": None,
            "connections": None,
            "fail_fast": False,
            "fail_on_job_failure": True,
            **params,
        },
    )


def test_one_handle_has_the_result_of_its_module(opened):
    result = _handles.wait(task(handle=handle()))
    assert (result["outcome"], result["failed"], result["changed"]) == ("succeeded", False, False)
    assert result["job"]["id"] == "1"
    assert result["results"][0]["host"] == "fw1"


def test_many_handles_in_order(opened):
    handles = [handle("1"), handle("7", "fw2"), None, "", handle("3", "fw3")]
    result = _handles.wait(task(handles=handles))
    assert [entry["outcome"] for entry in result["results"]] == [
        "succeeded",
        "failed",
        "nothing_to_do",
        "nothing_to_do",
        "succeeded",
    ]
    assert [entry["host"] for entry in result["results"]] == ["fw1", "fw2", None, None, "fw3"]
    assert (result["failed"], result["outcome"]) == (True, "failed")
    assert result["msg"].startswith("5 jobs: 1 failed, 2 nothing_to_do, 2 succeeded. panos.commit job 7")
    assert result["polling"]["polls"] == 3
    assert len(opened) == 3


def test_the_judgement_can_be_left_to_the_caller(opened):
    result = _handles.wait(task(handles=[handle("7"), handle("1")], fail_on_job_failure=False))
    assert (result["failed"], result["outcome"]) == (False, "failed")
    assert result["results"][0]["failed"]


def test_bad_input_fails_whatever_the_caller_judges(opened):
    result = _handles.wait(task(handles=[handle(), {"version": 4}], fail_on_job_failure=False))
    assert result["failed"]
    assert result["msg"].startswith("handles, entry 2: handle: version 4")
    assert result["results"] == []
    assert result["polling"]["polls"] == 0


def test_the_entry_at_fault_is_named(opened):
    result = _handles.wait(task(handles=[handle(), None, handle(host="fw3", operation="sonic.commit")]))
    assert result["msg"].startswith("handles, entry 3: handle: this release knows no operation 'sonic.commit'")
    result = _handles.wait(task(handles=[{**handle(), "endpoint": "fw1"}, handle()]))
    assert result["msg"].startswith("handles, entry 1: handle: the endpoint 'fw1'")


def test_credentials_for_nobody_are_told(opened):
    asked = task(handle=handle(), connections=[{"endpoint": "https://fw8:443", "system": None, "api_key": "x"}])
    _handles.wait(asked)
    assert asked.warnings == ["connections: no handle is for https://fw8:443, so its entry is not used."]


def test_what_was_taken_for_a_job_is_given_back(opened):
    """But for those that are left running."""
    given = task(handles=[handle("9"), handle("7", "fw2"), None], fail_fast=True)
    result = _handles.wait(given)
    assert [entry["outcome"] for entry in result["results"]] == ["running", "failed", "nothing_to_do"]
    assert Device.cleaned_up == ["7"]
    assert given.warnings == ["The lock for job 7 is still held."]


def test_nothing_is_given_back_of_a_job_that_cannot_be_stopped(opened):
    """Somebody else waits for it; the device does not cancel and says so."""
    result = _handles.cancel(task(handle=handle("9")))
    assert (result["outcome"], result["job"]["state"]) == ("refused", "running")
    assert Device.cleaned_up == []


def test_nothing_is_given_back_in_check_mode(opened):
    _handles.wait(task(check_mode=True, handle=handle()))
    _handles.cancel(task(check_mode=True, handle=handle()))
    assert Device.cleaned_up == []


def test_fail_fast_leaves_the_others(opened):
    result = _handles.wait(task(handles=[handle("9"), handle("7", "fw2")], fail_fast=True))
    assert [entry["outcome"] for entry in result["results"]] == ["running", "failed"]
    assert result["failed"]


def test_check_mode_is_one_look(opened):
    result = _handles.wait(task(check_mode=True, handles=[handle("9"), handle("1", "fw2")]))
    assert [entry["outcome"] for entry in result["results"]] == ["running", "succeeded"]
    assert (result["failed"], result["outcome"]) == (False, "running")
    assert result["polling"]["polls"] == 2


def test_no_handles(opened):
    result = _handles.wait(task(handles=[]))
    assert (result["failed"], result["outcome"], result["results"]) == (False, "nothing_to_do", [])


def test_one_client_for_an_endpoint_and_target(opened):
    handles = [handle("1"), handle("2"), handle("3", target="0123"), handle("4", "fw2")]
    _handles.wait(task(handles=handles))
    assert [(options["host"], options["target"]) for options in opened] == [
        ("fw1", None),
        ("fw1", "0123"),
        ("fw2", None),
    ]


def test_a_token_of_one_tenant_is_not_used_for_another(opened):
    tenants = [handle(str(number), "api", "scm.push", target=name) for number, name in enumerate(("11", "22", "11"))]
    tokens = {"access_token": "of one", "client_id": "a", "client_secret": "b"}
    result = _handles.wait(task(handles=tenants, connection=tokens))
    assert (result["outcome"], result["refusal"]["reason"]) == ("refused", "bad_input")
    assert "access_token is good for one tsg_id, and there are handles of 11 and 22" in result["msg"]
    assert "of one" not in result["msg"]
    assert result["results"] == []
    account = {"client_id": "a", "client_secret": "b"}
    assert _handles.wait(task(handles=tenants, connection=account))["outcome"] == "succeeded"
    assert _handles.wait(task(handles=tenants[::2], connection=tokens))["outcome"] == "succeeded"


def test_whose_credentials_are_used(opened):
    connections = [
        {"endpoint": "https://fw2:443", "system": None, "api_key": "of the endpoint"},
        {"endpoint": None, "system": "panos", "api_key": "of the system"},
    ]
    everyone = {"api_key": "of all", "validate_certs": None}
    _handles.wait(task(handles=[handle(), handle("1", "fw2")], connection=everyone, connections=connections))
    assert [options["api_key"] for options in opened] == ["of the system", "of the endpoint"]
    _handles.wait(task(handle=handle(), connection=everyone))
    _handles.wait(task(handle=handle()))
    assert [options["api_key"] for options in opened[2:]] == ["of all", "from the environment"]


def test_one_endpoint_has_credentials_for_each_of_its_targets(opened):
    """Tenants of one API, each with an account of its own."""
    one, other, third = ({**handle("1"), "fingerprint": {"target": target}} for target in ("1111", "2222", "3333"))
    connections = [
        {"endpoint": "https://fw1:443", "target": None, "api_key": "of the endpoint"},
        {"endpoint": "https://fw1:443", "target": "2222", "api_key": "of the second"},
        {"endpoint": "https://fw1:443", "target": "1111", "api_key": "of the first"},
    ]
    _handles.wait(task(handles=[one, other, third], connections=connections))
    assert [options["api_key"] for options in opened] == ["of the first", "of the second", "of the endpoint"]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (handle(operation="sonic.commit"), "knows no operation 'sonic.commit', only those of panos"),
        ({**handle(), "endpoint": "http://fw1:443"}, "is not of the form https://host:port"),
        ({**handle(), "endpoint": "https://fw1"}, "is not of the form https://host:port"),
        ({**handle(), "endpoint": "https://fw1:99999"}, "is not of the form https://host:port"),
    ],
)
def test_handles_that_lead_nowhere(opened, data, complaint):
    result = _handles.wait(task(handle=data))
    assert result["failed"]
    assert complaint in result["msg"]
    assert opened == []


def test_an_operation_of_another_release():
    with pytest.raises(BadInput, match=r"'panos\.teleport'"):
        operation(Handle.from_dict(handle(operation="panos.teleport")), None)


def test_cancel_many(opened):
    handles = [handle("1"), handle("9", "fw2")]
    result = _handles.cancel(task(handles=handles, check_mode=True))
    assert [entry["outcome"] for entry in result["results"]] == ["nothing_to_do", "running"]
    assert result["changed"]
    result = _handles.cancel(task(handles=handles))
    assert [entry["outcome"] for entry in result["results"]] == ["nothing_to_do", "refused"]
    assert result["failed"]


def test_a_verdict_that_is_known_is_repeated_without_a_look(opened):
    fleet = _handles.wait(task(handles=[handle("1", "fw1"), handle("7", "fw2")], fail_on_job_failure=False))
    del opened[:]
    for number, (name, job) in enumerate([("fw1", "1"), ("fw2", "7")]):
        result = _handles.wait(task(handle=handle(job, name), known=fleet["results"]))
        entry = fleet["results"][number]
        assert {**result, "host": name} == {**entry, "results": [entry]}
    assert (result["failed"], result["outcome"]) == (True, "failed")
    assert opened == [], "nobody was asked"


def test_what_is_not_known_is_waited_for(opened):
    fleet = _handles.wait(task(handles=[handle("1", "fw1")]))
    result = _handles.wait(task(handles=[handle("1", "fw1"), handle("1", "fw1", target="0123"), None], known=fleet))
    assert [entry["outcome"] for entry in result["results"]] == ["succeeded", "succeeded", "nothing_to_do"]
    assert [client["target"] for client in opened] == [None, "0123"]
    assert result["msg"] == "3 jobs: 1 nothing_to_do, 2 succeeded."


@pytest.mark.parametrize("known", ["fleet", 5, {"job": {}}, [{"outcome": "succeeded"}], [{"outcome": "x", "job": {}}]])
def test_what_is_no_result_is_not_known(opened, known):
    result = _handles.wait(task(handle=handle(), known=known))
    assert (result["failed"], result["refusal"]["reason"]) == (True, "bad_input")
    assert "known: expected the name of the variable" in result["msg"]


def test_a_host_picks_its_own_of_thousands():
    results = [{"outcome": "succeeded", "job": {"handle": handle("1", f"fw{number}")}} for number in range(5000)]
    results.insert(0, {"outcome": "nothing_to_do", "job": {"handle": None}})
    assert _handles.told_of(results, [handle("1", "fw77"), None]) == [results[0], results[78]]
    assert _handles.told_of(results, [json.dumps(handle("1", "fw77"))]) == [results[78]]
    assert _handles.told_of(["strange", *results], [handle("2", "fw77")]) == []


def test_the_message_about_thousands_of_failures_can_be_read(opened):
    result = _handles.wait(task(handles=[handle("7", f"fw{number}") for number in range(300)]))
    assert result["msg"].startswith("300 jobs: 300 failed. panos.commit job 7 on https://fw0:443 failed: no. ")
    assert result["msg"].endswith("fw108, fw109 and 190 more in results.")
    assert len(result["msg"]) < 2000
    assert len(result["results"]) == 300


def test_options_of_thousands_of_connections_are_validated_once(opened, monkeypatch):
    validated = []
    real = _handles.connection_options

    def count(*args):
        validated.append(args)
        return real(*args)

    monkeypatch.setattr(_handles, "connection_options", count)
    _handles.wait(task(handles=[handle("1", f"fw{number}") for number in range(200)], connection={"api_key": "k"}))
    assert len(validated) == 1
    assert [options["host"] for options in opened] == [f"fw{number}" for number in range(200)]
    assert {options["api_key"] for options in opened} == {"k"}


def test_jobs_of_one_kind_teach_one_another_how_long_they_take(opened, monkeypatch):
    made = []

    class Seen(_handles.Wait):
        def __init__(self, *given, **more):
            made.append(more["durations"])
            super().__init__(*given, **more)

    monkeypatch.setattr(_handles, "Wait", Seen)
    _handles.wait(task(handles=[handle(), handle("2", host="fw2"), handle("3")]))
    assert len(made) == 3
    assert made[0] is made[1] is made[2]


def test_the_verdict_of_one_of_many_is_not_that_of_a_task_that_was_interrupted(opened, monkeypatch):
    cleaned = []

    def clean_up(_operation, verdict, _world):
        cleaned.append(verdict)
        if len(cleaned) == 2:
            raise Interrupted("interrupted by SIGTERM")
        return verdict

    monkeypatch.setattr(_handles, "cleaned_up", clean_up)
    result = _handles.wait(task(handles=[handle(), handle("2", host="fw2")]))
    assert [verdict.outcome.value for verdict in cleaned] == ["succeeded", "succeeded"]
    assert (result["failed"], result["outcome"]) == (True, "timed_out")


def test_nothing_is_given_back_while_a_look_of_which_nobody_hears_is_under_way(opened, monkeypatch):
    """It may be taking the result of a job that is deleted once its result was taken."""
    looking, over = threading.Event(), threading.Event()
    look = Device.observe

    def observe(self, its_handle, *, within):
        if its_handle.id == "5":
            looking.set()
            over.wait(10)
        else:
            looking.wait(10)
        return look(self, its_handle, within=within)

    monkeypatch.setattr(Device, "observe", observe)
    given = task(handles=[handle("5"), handle("6", host="fw2")])
    given.alive = False
    try:
        result = _handles.wait(given)
    finally:
        over.set()
    assert [entry["outcome"] for entry in result["results"]] == ["timed_out", "timed_out"]
    assert Device.cleaned_up == ["6"]
    assert [text[:41] for text in given.warnings] == ["panos.commit on fw1: interrupted during a"]


@pytest.mark.parametrize("job", [None, "42", []])
def test_what_tells_of_no_job_is_not_known(opened, job):
    result = _handles.wait(task(handles=[handle()], known=[{"outcome": "succeeded", "job": job}]))
    assert result["refusal"]["reason"] == "bad_input"
    assert "known: expected" in result["msg"]


def test_connections_are_closed_once_no_job_of_theirs_is_left(opened, monkeypatch):
    made = []

    def client(_system, options, _hide):
        made.append(Options(options))
        return made[-1]

    monkeypatch.setattr(_handles, "client", client)
    still_open = []
    observe = Device.observe

    def look(self, handle, *, within):
        if handle.id == "2":
            # The last of fw1: its other job may have ended before.
            still_open.append(made[0].closed)
        return observe(self, handle, within=within)

    monkeypatch.setattr(Device, "observe", look)
    _handles.wait(task(handles=[handle("1", "fw1"), handle("2", "fw1"), handle("1", "fw2")]))
    assert [one.closed for one in made] == [1, 1]
    assert still_open == [0]
