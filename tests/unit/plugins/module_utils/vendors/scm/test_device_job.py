# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import time
import typing as t

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils import _registry
from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, Interrupted
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import device_job
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.device_job import (
    ADVANCED,
    DeviceJob,
    DeviceQuestion,
    Question,
)
from ansible_collections.netops.jobs.tests.openapi import scm as openapi
from ansible_collections.netops.jobs.tests.unit.fakes import JOB, FakeTime
from ansible_collections.netops.jobs.tests.unit.scm_tenant import TSG, Asked, Tenant, error

SUBMIT = "/operations/v1/jobs/"
LOOK = "/operations/v1/device/jobs/"
ONE, TWO, THREE = "007951000388704", "007951000388707", "012345678901234"
MANY = tuple(f"0079510001234{number:02}" for number in range(12))
NO_UUID = "ab123c4d-e56f-7g8h-901i-23jk4l5mn678"
LOST = requests.exceptions.ReadTimeout("x")
TIMING = Timing(600, 2, 10, 120)
ROUTES = {"router_global": {"3.3.3.3/32": [{"prefix": "3.3.3.3/32", "prefixLen": 32, "protocol": "connected"}]}}


def result(serial: object, state: object = "complete", **more: t.Any) -> dict[str, t.Any]:
    """A result in the form of the published example."""
    message = {"complete": "Command completed successfully."}.get(str(state), "")
    return {
        "device": serial,
        "state": state,
        "created_ts": "2026-03-02 19:00:04",
        "updated_ts": "2026-03-02 19:00:05",
        "details": {"msg": message, "result": ROUTES if state == "complete" else {}},
        **more,
    }


def failed(serial: str, message: str = "No route to it.") -> dict[str, t.Any]:
    return result(serial, "failed", details={"msg": message, "result": {}})


class Engine:
    """A tenant whose jobs run by a fake clock; *results* makes what a job says of its devices at the end."""

    def __init__(self, tenant: Tenant, fake: FakeTime, *, seconds: float = 12.0) -> None:
        self.fake = fake
        self.seconds = seconds
        self.jobs: dict[str, tuple[float, list[str]]] = {}
        self.word = "complete"
        self.results: t.Callable[[list[str]], list[dict[str, t.Any]]] = lambda devices: [result(one) for one in devices]
        tenant.on("POST", SUBMIT, self.submit).on("GET", LOOK, self.look)

    def submit(self, asked: Asked) -> t.Any:
        job_id = f"550e8400-e29b-41d4-a716-{len(self.jobs):012}"
        self.jobs[job_id] = (self.fake.now, asked.body["devices"])
        return 201, {"job_id": job_id}

    def look(self, asked: Asked) -> t.Any:
        job_id = asked.path.rpartition("/")[2]
        if job_id not in self.jobs:
            return 404, error("E005", "Object Not Present")
        began, devices = self.jobs[job_id]
        share = (self.fake.now - began) / self.seconds
        over = share >= 1
        return 200, {
            "jobId": job_id,
            "progress": 100 if over else int(share * 100),
            "state": self.word if over else ("in_progress" if share else "pending"),
            "request": {"command": "show-routing-route", "devices": devices},
            "results": self.results(devices) if over else [],
        }


class Run:
    """One run of the life cycle, in a world whose time does not pass by itself."""

    def __init__(self, client, *devices: str, dest: str | None = None, fake: FakeTime | None = None, **more) -> None:
        self.fake = fake or FakeTime()
        self.fake.now = max(self.fake.now, time.monotonic())  # the client bounds its requests by this clock
        question = Question(more.pop("type", "route-table"), devices, **more) if devices else None
        kind = DeviceJob if dest or not devices else DeviceQuestion
        self.operation = kind(client, question, dest=dest, clock=lambda: self.fake.now)

    def __call__(self, **wishes: t.Any):
        return lifecycle.run(self.operation, Wishes(**{"timing": TIMING, **wishes}), self.fake.world)


@pytest.fixture
def fake() -> FakeTime:
    made = FakeTime()
    made.now = time.monotonic()
    return made


@pytest.fixture
def engine(tenant, fake) -> Engine:
    return Engine(tenant, fake)


def states(verdict) -> dict[str, str]:
    return {target.name: target.state.value for target in verdict.job.targets}


# Trap 20.
def test_the_submission_says_job_id_and_the_job_says_otherwise_elsewhere(client, tenant, engine, fake) -> None:
    verdict = Run(client, ONE, TWO, fake=fake)()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert states(verdict) == {ONE: "succeeded", TWO: "succeeded"}
    job_id = next(iter(engine.jobs))
    assert verdict.job.handle.id == job_id
    assert [asked.path for asked in tenant.sent("POST", SUBMIT)] == [f"{SUBMIT}route-table"]
    assert {asked.path for asked in tenant.sent("GET")} == {f"{LOOK}{job_id}"}
    assert verdict.result["type"] == "route-table"
    assert verdict.result["devices"][0] == {
        "serial": ONE,
        "state": "complete",
        "message": "Command completed successfully.",
        "data": ROUTES,
        "job_id": job_id,
        "created": "2026-03-02 19:00:04",
        "updated": "2026-03-02 19:00:05",
    }
    assert verdict.job.targets[0].finished == "2026-03-02 19:00:05"
    assert verdict.polling.observed["complete"] == 1
    assert "succeeded (2 of 2 devices)." in verdict.message


@pytest.mark.parametrize(("kind", "takes_advanced"), ADVANCED.items())
def test_each_request_is_as_the_published_file_says(client, tenant, engine, fake, kind, takes_advanced) -> None:
    assert Run(client, ONE, THREE, type=kind, fake=fake)().outcome is Outcome.SUCCEEDED
    if takes_advanced:
        assert Run(client, ONE, type=kind, advanced=True, fake=fake)().outcome is Outcome.SUCCEEDED
        assert tenant.sent("POST", SUBMIT)[-1].body == {"devices": [ONE], "advanced": True}
    else:
        with pytest.raises(BadInput, match=r"^advanced: .* only for route-table and fib-table"):
            Question(kind, (ONE,), advanced=True)
    sent = tenant.sent("POST", SUBMIT) + tenant.sent("GET")
    assert sent[0].path == f"{SUBMIT}{kind}"
    assert [openapi.request_errors(each.method, each.url, each.headers, each.raw) for each in sent] == [[]] * len(sent)


def test_the_kinds_are_those_of_the_published_file() -> None:
    paths = openapi.device_operations().document["paths"]
    published = {
        path.rpartition("/")[2]: "advanced"
        in item["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
        for path, item in paths.items()
        if path.startswith("/jobs/")
    }
    assert dict(ADVANCED) == published
    states_of = openapi.device_operations().document["components"]["schemas"]
    assert states_of["job_status"]["properties"]["jobId"]["example"] == NO_UUID
    for schema in ("job_status", "job_result"):
        assert set(states_of[schema]["properties"]["state"]["enum"]) == set(DeviceJob.words)
    assert {word for word, state in DeviceJob.words.items() if state is JobState.SUCCEEDED} == {"complete"}


# Trap 11.
# Trap 25.
@pytest.mark.parametrize(
    "serial", ["484930634410", "7951000388704", "0079510003887041", "00795100038870x", "", "\uff11" * 15]
)
def test_what_yaml_made_of_a_serial_is_no_serial(serial) -> None:
    with pytest.raises(BadInput, match=r"devices: .* 14 or 15 digits. Put it in quotes"):
        Question("route-table", (ONE, serial))


# Trap 11.
def test_zeros_are_sent_and_a_number_in_an_answer_is_the_same_device(client, tenant, engine, fake) -> None:
    engine.results = lambda devices: [result(int(one)) for one in devices]
    verdict = Run(client, ONE, fake=fake)()
    assert states(verdict) == {ONE: "succeeded"}
    assert json.loads(tenant.sent("POST", SUBMIT)[0].raw) == {"devices": [ONE]}


def test_more_than_five_devices_are_several_jobs_at_the_same_time(client, tenant, engine, fake) -> None:
    began = fake.now
    verdict = Run(client, *MANY, fake=fake)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [len(asked.body["devices"]) for asked in tenant.sent("POST", SUBMIT)] == [5, 5, 2]
    assert [target.name for target in verdict.job.targets] == list(MANY)
    assert fake.now - began < 2 * engine.seconds
    first = next(iter(engine.jobs))
    assert verdict.job.handle.id == f"{first}+2"
    assert {each["job_id"] for each in verdict.result["devices"]} == set(engine.jobs)
    assert json.loads(verdict.job.handle.options["jobs"]) == {
        job: list(devices) for job, (_at, devices) in engine.jobs.items()
    }


def test_jobs_of_which_one_waits_are_running(client, tenant, engine, fake) -> None:
    handle = Run(client, *MANY, fake=fake)(wait=False).job.handle
    last = list(engine.jobs)[-1]

    def look(asked: Asked) -> t.Any:
        waits = asked.path.endswith(last)
        return 200, {"state": "pending" if waits else "in_progress", "progress": 0 if waits else 60, "results": []}

    tenant.on("GET", LOOK, look)
    seen = DeviceJob(client, clock=lambda: fake.now).observe(handle, within=5)
    assert (seen.state, seen.vendor_state, seen.progress) == (JobState.RUNNING, "in_progress, pending", 40)


def test_a_job_that_is_through_is_not_asked_again(client, tenant, engine, fake) -> None:
    run = Run(client, *MANY, fake=fake)
    first = f"550e8400-e29b-41d4-a716-{0:012}"
    ends = {first: 1.0}

    def look(asked: Asked) -> t.Any:
        engine.seconds = ends.get(asked.path.rpartition("/")[2], 50.0)
        return engine.look(asked)

    tenant.on("GET", LOOK, look)
    assert run().outcome is Outcome.SUCCEEDED
    assert len(tenant.sent("GET", first)) <= 2 < len(tenant.sent("GET", f"{1:012}"))


def test_no_devices_are_lost_where_two_jobs_get_one_id(client, tenant, engine, fake) -> None:
    first = f"550e8400-e29b-41d4-a716-{0:012}"
    tenant.on("POST", SUBMIT, engine.submit, (201, {"job_id": first}))
    verdict = Run(client, *MANY, fake=fake)()
    assert verdict.outcome is Outcome.FAILED
    assert list(states(verdict).values()) == ["succeeded"] * 5 + ["failed"] * 7


# Trap 21.
def test_a_device_that_fails_in_a_complete_job_fails_the_task_and_hides_no_other(client, engine, fake) -> None:
    engine.results = lambda devices: [result(ONE), failed(TWO)]
    verdict = Run(client, ONE, TWO, fake=fake)()
    assert (verdict.outcome, verdict.job.vendor_state, verdict.changed) == (Outcome.FAILED, "complete", False)
    assert f"failed on 1 of 2: {TWO} (No route to it.)" in verdict.message
    assert [(each["serial"], each["state"]) for each in verdict.result["devices"]] == [
        (ONE, "complete"),
        (TWO, "failed"),
    ]
    assert verdict.result["devices"][0]["data"] == ROUTES


# Trap 21.
@pytest.mark.parametrize(
    ("required", "outcome"),
    [("all", Outcome.FAILED), ("any", Outcome.SUCCEEDED), ("2", Outcome.SUCCEEDED), ("3", Outcome.FAILED)],
)
def test_how_many_devices_are_enough(client, engine, fake, required, outcome) -> None:
    engine.results = lambda devices: [result(ONE), failed(TWO), result(THREE)]
    verdict = Run(client, ONE, TWO, THREE, required_targets=required, fake=fake)()
    assert verdict.outcome is outcome
    if outcome is Outcome.SUCCEEDED:
        assert verdict.warnings == (
            f"scm.device_job: not of all devices: {TWO} (No route to it.). It is a success because required_targets is "
            f"{required}.",
        )


def test_a_job_that_failed(client, engine, fake) -> None:
    engine.word = "failed"
    engine.results = lambda devices: []
    began = fake.now
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, states(verdict)) == (Outcome.FAILED, {ONE: "failed"})
    assert f"{ONE} (The job is over without a result.)" in verdict.message
    assert fake.now - began < engine.seconds + device_job.LATE_RESULTS
    # Its devices have all answered: that it is a failure is the word of the job alone.
    engine.results = lambda devices: [result(one) for one in devices]
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, states(verdict)) == (Outcome.FAILED, {ONE: "succeeded"})
    assert "calls the job failed, although its devices have answered" in verdict.message
    assert Run(client, ONE, required_targets="any", fake=fake)().outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (None, "The job is over without a result."),
        (result(ONE, "in_progress"), "this device is still 'in_progress'"),
        (result(ONE, "gone"), "this device is still 'gone'"),
        (result(ONE, None), "this device is still ''"),
        (result(TWO), "The job is over without a result."),
    ],
)
def test_a_device_without_an_end_in_a_complete_job_has_failed_after_a_while(client, engine, fake, row, text) -> None:
    engine.results = lambda devices: [row] if row else []
    began = fake.now
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, states(verdict)) == (Outcome.FAILED, {ONE: "failed"})
    assert text in verdict.message
    assert fake.now - began >= engine.seconds + device_job.LATE_RESULTS


def test_a_result_that_comes_after_the_end_of_the_job(client, engine, fake) -> None:
    late = fake.now + engine.seconds + 5
    engine.results = lambda devices: [result(one) for one in devices] if fake.now >= late else []
    assert Run(client, ONE, fake=fake)().outcome is Outcome.SUCCEEDED


def test_a_word_that_nobody_knows_is_waited_for_and_told_once(client, tenant, engine, fake) -> None:
    engine.seconds = 30.0
    run = Run(client, ONE, TWO, *MANY[:4], fake=fake)
    rest = engine.look

    def look(asked: Asked) -> t.Any:
        status, answer = rest(asked)
        word = "paused" if answer["state"] == "in_progress" else answer["state"]
        return status, {**answer, "state": word}

    tenant.on("GET", LOOK, look)
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [warning for warning in verdict.warnings if "'paused'" in warning] == list(verdict.warnings)
    assert len(verdict.warnings) == 1
    assert sum(count for label, count in verdict.polling.observed.items() if label.startswith("paused")) > 1


# Trap 4.
@pytest.mark.parametrize("progress", [100, "99", None, -1, 1000, "half", True, [1]])
def test_progress_ends_nothing(client, tenant, engine, fake, progress) -> None:
    rest = engine.look
    tenant.on("GET", LOOK, lambda asked: (200, {**rest(asked)[1], "progress": progress}))
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.job.progress) == (Outcome.SUCCEEDED, 100)
    assert verdict.polling.polls > 1


# Trap 6.
def test_a_job_that_is_not_known_yet_is_waited_for(client, tenant, engine, fake) -> None:
    tenant.on("GET", LOOK, (404, error("E005", "Object Not Present")), engine.look)
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.polling.observed["HTTP 404"]) == (Outcome.SUCCEEDED, 1)


def test_a_job_that_the_tenant_forgot(client, engine, fake) -> None:
    run = Run(client, ONE, fake=fake)
    handle = run(wait=False).job.handle
    engine.jobs.clear()
    verdict = Run(client, fake=fake)(handle=handle)
    assert verdict.outcome is Outcome.LOST
    assert "It changed nothing there: run the task again" in verdict.message


# Trap 25.
def test_an_id_that_is_no_uuid(client, tenant, engine, fake) -> None:
    tenant.on("POST", SUBMIT, (201, {"job_id": NO_UUID}))
    answer = {"jobId": NO_UUID.upper(), "progress": 100, "state": "complete", "results": [result(ONE)]}
    tenant.on("GET", LOOK, (200, answer))
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, NO_UUID)


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ((200, {"jobId": "550e8400-other", "state": "complete", "results": []}), "another job"),
        ((200, {"progress": 10}), "no state"),
        ((200, []), "no state"),
        ((200, b""), "empty"),
        # Trap 24.
        ((200, b"<html>portal</html>"), "not JSON"),
        ((502, b"<html>Bad Gateway</html>"), "HTTP 502"),
        ((504, b""), "HTTP 504"),
        ((429, b""), "HTTP 429"),
        ((400, error("E003", "Malformed Command")), "HTTP 400"),
        ((500, {"error": "database query error"}), "HTTP 500"),
        (LOST, "read timeout"),
    ],
)
def test_an_answer_that_is_none_is_an_outage(client, tenant, engine, fake, answer, label) -> None:
    tenant.on("GET", LOOK, answer, engine.look)
    verdict = Run(client, ONE, fake=fake)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [key for key in verdict.polling.observed if label in key], verdict.polling.observed
    tenant.on("GET", LOOK, answer)
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.job.handle is not None) == (Outcome.UNREACHABLE, True)


# Trap 15.
def test_a_token_that_expires_in_the_wait_is_replaced_and_nothing_is_asked_twice(client, tenant, engine, fake) -> None:
    refused = (401, error("E016", "Key Expired"))
    valid = {"token-1"}

    def guarded(asked: Asked) -> t.Any:
        return engine.look(asked) if asked.token in valid else refused

    tenant.on("GET", LOOK, guarded)
    run = Run(client, ONE, fake=fake)
    verdict = run(wait=False)
    valid.clear()
    valid.add("token-2")
    verdict = Run(client, fake=fake)(handle=verdict.job.handle)
    assert (verdict.outcome, tenant.tokens, len(engine.jobs)) == (Outcome.SUCCEEDED, 2, 1)
    assert verdict.polling.outages == 0


# The submission: nothing is changed by it, so a lost one is sent again.


# Trap 16.
@pytest.mark.parametrize("answer", [LOST, (503, b""), (429, b""), (201, b"<html>")])
def test_a_request_whose_answer_is_lost_is_sent_again_without_a_search(client, tenant, engine, fake, answer) -> None:
    tenant.on("POST", SUBMIT, answer, engine.submit)
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert len(tenant.sent("POST", SUBMIT)) == 2
    assert {asked.path for asked in tenant.sent("GET")} == {f"{LOOK}{job_id}" for job_id in engine.jobs}


def test_a_request_is_sent_again_as_long_as_there_is_time(client, tenant, engine, fake) -> None:
    tenant.on("POST", SUBMIT, *[LOST] * 5, engine.submit)
    assert Run(client, ONE, fake=fake)().outcome is Outcome.SUCCEEDED
    tenant.on("POST", SUBMIT, LOST)
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.changed, verdict.job.handle) == (Outcome.UNREACHABLE, False, None)


def test_only_the_jobs_that_are_missing_are_asked_for_again(client, tenant, engine, fake) -> None:
    tenant.on("POST", SUBMIT, engine.submit, LOST, engine.submit)
    verdict = Run(client, *MANY, fake=fake)()
    assert verdict.outcome is Outcome.SUCCEEDED
    sent = [asked.body["devices"][0] for asked in tenant.sent("POST", SUBMIT)]
    assert sent == [MANY[0], MANY[5], MANY[5], MANY[10]]


# Trap 9.
@pytest.mark.parametrize("body", [b"", {}, {"job_id": ""}, {"job_id": 7}, {"job_id": "../../jobs/1"}, {"jobId": "7"}])
def test_an_acceptance_without_an_id_is_a_clear_failure(client, tenant, fake, body) -> None:
    tenant.on("POST", SUBMIT, (201, body))
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.job.handle) == (Outcome.REFUSED, None)
    assert "does not say as which new job (HTTP 201)" in verdict.message
    assert len(tenant.sent("POST", SUBMIT)) == 1


# Trap 14.
@pytest.mark.parametrize(
    ("answer", "reason", "text"),
    [
        ((400, error("E003", "Invalid Object")), "rejected", "Invalid Object (E003)"),
        ((404, error("E005", "Object Not Present")), "rejected", "Check devices and device_path"),
        ((403, error("E007", "Unauthorized")), "denied", "Check the roles of the service account"),
        ((409, error("E016", "Object Not Unique")), "rejected", "Object Not Unique (E016)"),
    ],
)
def test_a_request_that_is_refused(client, tenant, fake, answer, reason, text) -> None:
    tenant.on("POST", SUBMIT, answer)
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.refusal["reason"]) == (Outcome.REFUSED, reason)
    assert text in verdict.message


def test_devices_that_are_refused_have_failed_and_the_others_are_waited_for(client, tenant, engine, fake) -> None:
    tenant.on("POST", SUBMIT, engine.submit, (404, error("E005", "Object Not Present")), engine.submit)
    verdict = Run(client, *MANY, required_targets="7", fake=fake)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [name for name, state in states(verdict).items() if state == "failed"] == list(MANY[5:10])
    refused = verdict.result["devices"][-1]
    assert (refused["state"], refused["data"], refused["job_id"]) == ("refused", None, None)
    assert "Object Not Present" in refused["message"]
    # Whoever has the handle judges alike.
    later = Run(client, fake=fake)(handle=verdict.job.handle)
    assert (later.outcome, states(later)) == (Outcome.SUCCEEDED, states(verdict))


def test_who_ends_the_run_between_two_requests_is_heard(client, tenant, engine, fake) -> None:
    run = Run(client, *MANY, fake=fake)

    def listen(event) -> None:
        if "asked" in event.text:
            raise Interrupted("interrupted by SIGTERM")

    run.fake.world = dataclasses.replace(fake.world, listen=listen)
    verdict = run()
    assert (verdict.outcome, len(engine.jobs), verdict.changed) == (Outcome.TIMED_OUT, 1, False)
    assert "it finds a job in flight" not in verdict.message


# Handles.


def test_a_handle_is_enough_for_whoever_waits_later(client, tenant, engine, fake) -> None:
    engine.results = lambda devices: [result(one) if one != MANY[0] else failed(one) for one in devices]
    left = Run(client, *MANY, required_targets="any", fake=fake)(wait=False)
    assert (left.outcome, left.changed, left.result) == (Outcome.RUNNING, False, None)
    assert left.job.handle.fingerprint == {"type": "route-table", "target": TSG}
    handle = Handle.from_dict(json.loads(json.dumps(left.job.handle.to_dict())))
    operation = _registry.operation(handle, client)
    operation._clock = lambda: fake.now
    tenant.on("POST", SUBMIT, AssertionError("a resumed wait submits nothing"))
    verdict = lifecycle.run(operation, Wishes(timing=TIMING, handle=handle), fake.world)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert (len(verdict.result["devices"]), verdict.result["type"]) == (12, "route-table")


def test_what_there_is_when_the_time_is_over(client, engine, fake) -> None:
    engine.seconds = 1e6
    verdict = Run(client, ONE, TWO, fake=fake)(timing=Timing(30, 2, 10, 120))
    assert verdict.outcome is Outcome.TIMED_OUT
    assert f"Without a verdict so far: {ONE}, {TWO}." in verdict.message
    assert [each["data"] for each in verdict.result["devices"]] == [None, None]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"jobs": "x", "required_targets": "all"},
        {"jobs": "{}", "required_targets": "all"},
        {"jobs": "[]", "required_targets": "all"},
        {"jobs": '{"../x": []}', "required_targets": "all"},
        {"jobs": '{"a": [7]}', "required_targets": "all"},
        {"jobs": '{"a": 7}', "required_targets": "all"},
        {"jobs": f'{{"a": ["{ONE}"]}}', "required_targets": "some"},
        {"jobs": f'{{"a": ["{ONE}"]}}', "required_targets": "all", "refused": "[]"},
    ],
)
def test_a_handle_that_somebody_spoiled(client, tenant, options) -> None:
    handle = Handle("scm.device_job", client.endpoint, "a", options=options)
    with pytest.raises(BadInput, match=r"handle: .* Pass job.handle unchanged"):
        DeviceJob(client).observe(handle, within=5)
    assert tenant.asked == []


def test_a_handle_of_another_tenant(client, connection, tenant, engine, fake) -> None:
    handle = Run(client, ONE, fake=fake)(wait=False).job.handle
    handle = dataclasses.replace(handle, fingerprint={"target": "999"})
    before = len(tenant.asked)
    with pytest.raises(BadInput, match="tenant 999"):
        DeviceJob(client).observe(handle, within=5)
    with pytest.raises(BadInput, match="tenant 999"):
        made(connection, handle=handle.to_dict())
    assert len(tenant.asked) == before


# Files, check mode, options.


def test_a_file_of_what_the_devices_say(client, engine, fake, tmp_path) -> None:
    dest = tmp_path / "routes.json"
    verdict = Run(client, ONE, TWO, dest=str(dest), fake=fake)()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    said = {"state": "complete", "message": "Command completed successfully.", "data": ROUTES}
    assert json.loads(dest.read_text()) == [{"serial": ONE, **said}, {"serial": TWO, **said}]
    assert dest.stat().st_mode & 0o777 == 0o600
    assert (verdict.result["path"], verdict.result["size"]) == (str(dest), dest.stat().st_size)
    assert "data" not in verdict.result["devices"][0]
    # Another job, at another time: the same answers make the same file.
    engine.results = lambda devices: [result(one, updated_ts="2026-03-03 00:00:00") for one in devices]
    again = Run(client, ONE, TWO, dest=str(dest), fake=fake)()
    assert (again.outcome, again.changed, len(engine.jobs)) == (Outcome.SUCCEEDED, False, 2)


def test_half_of_a_surrogate_pair_in_a_table_is_no_trouble(client, engine, fake, tmp_path) -> None:
    told = {"msg": "done", "result": {"name": "\ud83d of \u00fc"}}
    engine.results = lambda devices: [result(one, details=told) for one in devices]
    verdict = Run(client, ONE, dest=str(tmp_path / "x"), fake=fake)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert json.loads((tmp_path / "x").read_text())[0]["data"] == told["result"]


# Trap 24.
def test_a_404_of_a_gateway_loses_no_job(client, tenant, engine, fake) -> None:
    tenant.on("GET", LOOK, *[(404, b"<html>default backend")] * 20, engine.look)
    verdict = Run(client, ONE, fake=fake)()
    assert (verdict.outcome, verdict.polling.outages) == (Outcome.SUCCEEDED, 1)


def test_a_file_is_not_written_where_a_device_failed(client, engine, fake, tmp_path) -> None:
    engine.results = lambda devices: [failed(one) for one in devices]
    verdict = Run(client, ONE, dest=str(tmp_path / "x"), fake=fake)()
    assert (verdict.outcome, verdict.changed, list(tmp_path.iterdir())) == (Outcome.FAILED, False, [])


def test_a_handle_says_where_its_file_goes(client, engine, fake, tmp_path) -> None:
    handle = Run(client, ONE, dest=str(tmp_path / "here"), fake=fake)(wait=False).job.handle
    fake.now += engine.seconds
    assert Run(client, fake=fake)(handle=handle, check_mode=True).changed
    assert list(tmp_path.iterdir()) == []
    assert Run(client, fake=fake)(handle=handle).result["path"] == str(tmp_path / "here")


def test_check_mode_asks_the_devices_unless_there_is_a_file_to_write(client, tenant, engine, fake, tmp_path) -> None:
    verdict = Run(client, ONE, fake=fake)(check_mode=True)
    assert (verdict.outcome, verdict.changed, verdict.result["devices"][0]["data"]) == (
        Outcome.SUCCEEDED,
        False,
        ROUTES,
    )
    before = len(tenant.asked)
    verdict = Run(client, *MANY, dest=str(tmp_path / "x"), fake=fake)(check_mode=True)
    assert (verdict.outcome, verdict.changed, len(tenant.asked)) == (Outcome.SUCCEEDED, True, before)
    assert f"the route-table of 12 devices would be written to {tmp_path / 'x'}" in verdict.message


def made(connection: dict[str, object], **options: t.Any) -> DeviceJob:
    usual = {
        **connection,
        **JOB,
        "type": "fib-table",
        "devices": [ONE],
        "advanced": False,
        "required_targets": "all",
        "dest": None,
    }
    return device_job.from_options({**usual, **options}, lambda _secrets: None)


def test_options_become_a_question(connection, tenant, tmp_path) -> None:
    operation = made(connection, devices=[ONE, TWO, ONE], advanced=True, required_targets="any")
    assert operation._question == Question("fib-table", (ONE, TWO), advanced=True, required_targets="any")
    assert operation.runs_in_check_mode
    assert not made(connection, dest=str(tmp_path / "x")).runs_in_check_mode
    handle = {"operation": "scm.device_job"}
    assert made(connection, handle=handle, type=None, devices=None)._question is None
    assert tenant.asked == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"type": None}, "type, devices: say what to ask"),
        ({"devices": None}, "type, devices: say what to ask"),
        ({"devices": []}, "type, devices: say what to ask"),
        ({"required_targets": "most"}, "required_targets: 'most'"),
        ({"type": "dns-proxy", "advanced": True}, "advanced: has no meaning for type dns-proxy"),
        ({"dest": "/nowhere/file"}, "dest: the folder /nowhere does not exist"),
    ],
)
def test_options_that_make_no_sense(connection, tenant, options, text) -> None:
    with pytest.raises(BadInput, match=text):
        made(connection, **options)
    assert tenant.asked == []


def test_nothing_but_the_errors_of_this_package_leaves_a_look(client, tenant, engine, fake) -> None:
    handle = Run(client, ONE, fake=fake)(wait=False).job.handle
    operation = DeviceJob(client, clock=lambda: fake.now)
    for answer in (
        {"state": 7},
        {"state": ["complete"]},
        {"state": "complete", "results": {"a": 1}},
        "complete",
        7,
        None,
    ):
        tenant.on("GET", LOOK, (200, json.dumps(answer).encode()))
        try:
            seen = operation.observe(handle, within=5)
        except errors.JobError:
            continue
        assert not seen.state.ended
    tenant.on("GET", LOOK, (200, {"state": "complete", "results": ["x", {"device": ONE, "details": "x", "state": {}}]}))
    assert operation.observe(handle, within=5).targets[0].state is JobState.UNKNOWN
