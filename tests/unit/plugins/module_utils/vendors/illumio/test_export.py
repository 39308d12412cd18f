# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import re
from pathlib import Path
from time import monotonic

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Observation, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Transfer
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait, cleaned_up
from ansible_collections.netops.jobs.plugins.module_utils._transport import downloads
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import operations
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.client import (
    IllumioClient,
    IllumioConnection,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.export import Export
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.export_options import Collection, Output
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "illumio"
API = "/api/v2"
JOBS = f"{API}/orgs/1/jobs"
HREF = "/orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe"
JOB = API + HREF
FILE = "/orgs/1/datafiles/0d4e2ba6"
LABELS = f"{API}/orgs/1/labels"
ROWS = [{"href": "/orgs/1/labels/1", "key": "role", "value": "wéb"}, {"href": "/orgs/1/labels/2", "key": "env"}]
KEYS = [{"href": "/users/1/api_keys/1", "auth_username": "api_1"}]


def exchange(name: str) -> dict:
    found = json.loads((DATA / "exchanges.json").read_text())
    return next(each for each in found if each["id"] == name)


def job(status: str, result: object = None, **details: object) -> dict:
    """The job of the guide, in another state."""
    return {**exchange("job_running")["response"]["body"], "status": status, "result": result, **details}


DONE = job("done", {"href": FILE})


class Clock(FakeTime):
    """Begins now: the client of the PCE compares the bounds of its requests with the real clock."""

    def __init__(self) -> None:
        super().__init__()
        self.began = self.now = monotonic()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)

    @property
    def passed(self) -> float:
        return self.now - self.began


@pytest.fixture
def time() -> Clock:
    return Clock()


@pytest.fixture
def answering(pce):
    """A PCE with an empty job list that takes an export of the labels, runs it and hands out its file."""
    pce.on("GET", f"{JOBS}?", (200, []))
    pce.on("GET", LABELS, (202, b"", {"Location": HREF, "Retry-After": "5"}))
    pce.on("GET", JOB, (200, job("pending")), (200, job("running", {})), (200, DONE))
    pce.on("GET", API + FILE, (200, ROWS))
    pce.on("GET", f"{API}/users/1/api_keys", (200, KEYS))
    pce.on("DELETE", JOB, 204)
    return pce


@pytest.fixture
def export(client, time):
    def make(path="labels", query=None, *, wishes=None, handle=None, dest=None, **output):
        collection = None
        if handle is None:
            collection = Collection.of({"path": path, "pversion": None, "query": query}, client.org)
        operation = Export(client, collection, Output(dest=dest, **output), clock=lambda: time.now)
        operation._dest = dest if handle is not None else None
        given = {"timing": operation.timing, "handle": handle, **(wishes or {})}
        return lifecycle.run(operation, Wishes(**given), time.world)

    return make


def test_an_export_from_the_request_to_the_file(export, answering, time, tmp_path) -> None:
    dest = tmp_path / "labels.json"
    verdict = export(dest=str(dest))
    assert (verdict.outcome, verdict.changed, verdict.message) == (
        Outcome.SUCCEEDED,
        True,
        f"illumio.export job {HREF} on https://pce.example.com:8443 succeeded.",
    )
    content = dest.read_bytes()
    assert json.loads(content) == ROWS
    assert verdict.result == {
        "count": 2,
        "href": HREF,
        "format": "json",
        "path": str(dest),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert verdict.polling.observed == {"pending": 1, "running": 1, "done": 1}
    assert [asked.headers.get("Prefer") for asked in answering.sent("GET", "/labels")] == ["respond-async"]
    assert len(answering.sent("DELETE", HREF)) == 1
    assert verdict.job.handle.to_dict() == {
        "version": 1,
        "operation": "illumio.export",
        "endpoint": "https://pce.example.com:8443",
        "id": HREF,
        "fingerprint": {
            "path": "/orgs/1/labels",
            "description": "/orgs/1/labels",
            "requested_by": "/users/1",
            "requested_at": "2020-01-14 23:16:52.303166",
        },
        "options": {"format": "json", "max_rows": "1000", "delete_job": "true", "dest": str(dest)},
        "submitted_at": verdict.job.submitted_at,
    }
    assert list(tmp_path.iterdir()) == [dest]


def test_the_same_content_is_no_change(export, answering, tmp_path) -> None:
    dest = str(tmp_path / "labels.json")
    first = export(dest=dest)
    answering.on("GET", JOB, (200, DONE))
    second = export(dest=dest)
    assert (first.changed, second.changed) == (True, False)
    assert first.result == second.result


def test_few_objects_are_returned(export, answering) -> None:
    verdict = export()
    assert not verdict.changed
    assert verdict.result == {"count": 2, "href": HREF, "rows": ROWS}


def test_too_many_objects_to_return(export, answering) -> None:
    verdict = export(max_rows=1)
    assert verdict.outcome is Outcome.FAILED
    assert "more than 1 objects" in verdict.message
    assert "Give dest" in verdict.message
    assert not answering.sent("DELETE"), "it can still be read by its handle"


# Trap 2.
@pytest.mark.parametrize("name", ["async_get_submit", "async_get_submit_20_1"])
def test_the_answers_of_the_guides(client, answering, name) -> None:
    response = exchange(name)["response"]
    answering.on("GET", LABELS, (response["status"], b"", response["headers"]))
    operation = Export(client, Collection("/orgs/1/labels"))
    handle = operation.submit()
    assert handle.id == response["headers"]["Location"].partition("/api/v2")[2] or response["headers"]["Location"]
    assert operation.retry_after == 5


# Traps 2 and 3.
@pytest.mark.parametrize(
    "location",
    [
        HREF,
        f"/api/v2{HREF}",
        f"https://pce.example.com:8443/api/v2{HREF}",
        f"https://evil.example.org/api/v2{HREF}",
        f"//evil.example.org{HREF}",
    ],
)
def test_every_form_of_location_stays_on_the_configured_host(export, answering, location) -> None:
    answering.on("GET", LABELS, (202, b"", {"location": location}))
    answering.on("GET", JOB, (200, job("done", {"href": f"https://evil.example.org{FILE}?filename=x"})))
    verdict = export()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.job.handle.id == HREF
    assert all(asked.path.startswith("/api/v2/") for asked in answering.asked)
    assert answering.sent("GET", f"{FILE}?filename=x")


# Trap 1.
class TestAtOnce:
    """The endpoint does not know jobs and sends the data."""

    def test_the_data_is_the_result(self, export, answering, tmp_path) -> None:
        dest = tmp_path / "labels.json"
        answering.on("GET", LABELS, (200, ROWS, {"X-Total-Count": "2"}))
        verdict = export(dest=str(dest))
        assert (verdict.outcome, verdict.changed, verdict.job.handle) == (Outcome.SUCCEEDED, True, None)
        assert verdict.result["count"] == 2
        assert verdict.result["href"] is None
        assert json.loads(dest.read_text()) == ROWS
        assert not answering.sent("GET", HREF)
        assert not answering.sent("DELETE")

    # Traps 13, 14 and 15.
    @pytest.mark.parametrize(
        ("query", "count", "headers", "text"),
        [
            ({}, 500, {"X-Total-Count": "550"}, "500 of 550"),
            ({}, 500, {}, "does not say how many there are"),
            ({"managed": True}, 20, {"X-Total-Count": "30"}, ""),
            ({"managed": True}, 500, {"X-Total-Count": "1400"}, "does not say how many there are"),
            ({"managed": True}, 500, {"X-Total-Count": "1400", "X-Matched-Count": "500"}, ""),
            ({"managed": True}, 500, {"X-Total-Count": "1400", "X-Matched-Count": "501"}, "500 of 501"),
            ({"max_results": 10}, 10, {"X-Total-Count": "550"}, ""),
            ({"max_results": 1000}, 500, {"X-Total-Count": "550"}, "500 of 550"),
            ({"max_results": 1000}, 550, {"X-Total-Count": "550"}, ""),
            ({}, 499, {}, ""),
            ({}, 100, {}, ""),
        ],
    )
    def test_what_was_cut_off_is_never_taken_for_whole(
        self, export, answering, tmp_path, query, count, headers, text
    ) -> None:
        answering.on("GET", LABELS, (200, [{}] * count, headers))
        dest = tmp_path / "labels.json"
        verdict = export(query=query, dest=str(dest))
        if not text:
            assert (verdict.outcome, verdict.result["count"]) == (Outcome.SUCCEEDED, count)
            return
        assert verdict.outcome is Outcome.REFUSED
        assert text in verdict.message
        assert "max_results" in verdict.message
        assert verdict.refusal == {"reason": "rejected", "count": count}
        assert not list(tmp_path.iterdir())

    def test_events_are_cut_at_a_hundred(self, export, answering) -> None:
        answering.on("GET", f"{API}/orgs/1/events", (200, [{}] * 100))
        verdict = export("events")
        assert verdict.outcome is Outcome.REFUSED

    def test_too_many_to_return(self, export, answering) -> None:
        answering.on("GET", LABELS, (200, ROWS))
        verdict = export(max_rows=1)
        assert verdict.outcome is Outcome.REFUSED
        assert "more than 1 objects" in verdict.message

    def test_a_page_of_a_proxy_is_no_data(self, export, answering, tmp_path) -> None:
        answering.on("GET", LABELS, (200, b"<html>Log in</html>"))
        verdict = export(dest=str(tmp_path / "labels.json"))
        assert verdict.outcome is Outcome.UNREACHABLE
        assert not list(tmp_path.iterdir())


# Trap 4.
class TestRetryAfter:
    def test_of_the_submission(self, export, answering, time) -> None:
        answering.on("GET", LABELS, (202, b"", {"Location": HREF, "Retry-After": "40"}))
        answering.on("GET", JOB, (200, DONE))
        export()
        assert 39 < time.passed < 42

    def test_missing(self, export, answering, time) -> None:
        answering.on("GET", LABELS, (202, b"", {"Location": HREF}))
        answering.on("GET", JOB, (200, DONE))
        verdict = export()
        assert verdict.outcome is Outcome.SUCCEEDED
        assert 5 <= time.passed < 8

    def test_of_a_poll(self, export, answering, time) -> None:
        answering.on("GET", JOB, (200, job("running"), {"Retry-After": "60"}), (200, DONE))
        export()
        assert 64 < time.passed < 70


# Trap 5.
def test_a_job_without_location_is_found_in_the_list(export, answering) -> None:
    answering.on("GET", LABELS, (202, b""))
    answering.on("GET", f"{JOBS}?", (200, []), (200, [job("running")]))
    answering.on("GET", JOB, (200, DONE))
    verdict = export()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.job.handle.id == HREF
    assert len(answering.sent("GET", "/labels")) == 1


def test_a_job_without_location_that_cannot_be_found(export, answering) -> None:
    answering.on("GET", LABELS, (202, b""))
    verdict = export()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "without saying which one" in verdict.message
    assert "36aae8ce-82ed-4a6a-8a76-77d2df78daff" in verdict.message


# Traps 6 and 16.
class TestDoneWithoutResult:
    @pytest.mark.parametrize("result", [None, {}, {"message": "soon"}, []])
    def test_for_a_moment(self, export, answering, result) -> None:
        answering.on("GET", JOB, (200, job("done", result)), (200, job("done", result)), (200, DONE))
        verdict = export()
        assert verdict.outcome is Outcome.SUCCEEDED
        assert verdict.polling.observed == {"done": 3}

    @pytest.mark.parametrize("result", [None, {}])
    def test_for_ever(self, export, answering, time, result) -> None:
        answering.on("GET", JOB, (200, job("done", result)))
        verdict = export()
        assert verdict.outcome is Outcome.FAILED
        assert "done without a result" in verdict.message
        assert 30 <= time.passed < 60
        assert not answering.sent("DELETE")

    # Trap 25.
    def test_with_an_error_in_place_of_the_result(self, export, answering) -> None:
        answering.on("GET", JOB, (200, job("done", {"message": "not enough memory"})))
        verdict = export()
        assert verdict.outcome is Outcome.FAILED
        assert "not enough memory" in verdict.message

    def test_is_looked_for_at_the_least_interval(self, export, answering, time) -> None:
        answering.on("GET", JOB, *[(200, job("running"))] * 9, (200, job("done")), (200, DONE))
        export()
        looks = [event for event in time.events if event.kind == "observed"]
        assert len(looks) == 11
        assert time.slept[-1] == 5, "it had grown to thirty"


# Trap 7.
@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"message": "timed out"}, "timed out"),
        ([{"token": "internal_error", "message": "broken"}], "broken (internal_error)"),
        ({"anything": 1}, '{"anything": 1}'),
        ({}, "exceeds the time limit"),
        (None, "exceeds the time limit"),
    ],
)
def test_a_failed_job_says_why(export, answering, result, text) -> None:
    answering.on("GET", JOB, (200, job("Failed", result)))
    verdict = export()
    assert verdict.outcome is Outcome.FAILED
    assert text in verdict.message


# Trap 8.
@pytest.mark.parametrize("word", ["cancelled", "canceled", "CANCELLED"])
def test_a_canceled_job(export, answering, word) -> None:
    answering.on("GET", JOB, (200, job("cancel_requested")), (200, job(word)))
    assert export().outcome is Outcome.CANCELED


def test_an_unknown_state_is_waited_for_with_one_warning(export, answering) -> None:
    answering.on("GET", JOB, (200, job("shelved")), (200, job("shelved")), (200, DONE))
    verdict = export()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(verdict.warnings) == 1
    assert "'shelved'" in verdict.warnings[0]


# Traps 9 and 10.
def test_a_long_pending_is_normal_and_the_interval_is_bounded(export, answering, time) -> None:
    answering.on("GET", JOB, *[(200, job("pending"))] * 60, (200, DONE))
    verdict = export()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed["pending"] == 60
    assert 60 * 15 <= time.passed <= 61 * 30


# Trap 11.
@pytest.mark.parametrize(
    "trouble",
    [502, 503, 429, 401, (200, b"<html>"), (200, b""), requests.ConnectionError("unexpected EOF"), (406, [{}])],
)
def test_one_bad_answer_to_a_poll_is_no_verdict(export, answering, trouble) -> None:
    answering.on("GET", JOB, (200, job("running")), trouble, (200, DONE))
    verdict = export()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 1


# Trap 29.
def test_a_log_in_that_stays_refused_ends_the_wait_soon(export, answering, time) -> None:
    answering.on("GET", JOB, (200, job("running")), 401)
    verdict = export()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "did not accept the credentials" in verdict.message
    assert 60 <= time.passed < 150, "outage_timeout is 600"
    assert verdict.job.handle.id == HREF


def test_a_wrong_key_is_known_at_once(export, answering) -> None:
    answering.on("GET", JOB, 401)
    handle = Handle("illumio.export", "https://pce.example.com:8443", HREF)
    verdict = export(handle=handle)
    assert verdict.outcome is Outcome.UNREACHABLE
    assert len(answering.asked) == 1


def test_no_permission_is_known_at_once(export, answering) -> None:
    answering.on("GET", JOB, (200, job("running")), 403)
    assert export().outcome is Outcome.UNREACHABLE


def test_to_stop_an_export_that_is_over_leaves_what_it_has_read(client, answering, time) -> None:
    answering.on("GET", JOB, (200, DONE))
    operation = Export(client, clock=lambda: time.now)
    handle = Handle("illumio.export", client.endpoint, HREF, options=Output().to_handle())
    wait = Wait(operation, handle, operation.timing, time.world)
    verdict = cleaned_up(operation, wait.cancel(), time.world)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "was over already: succeeded" in verdict.message
    assert not answering.sent("GET", FILE)
    assert not answering.sent("DELETE")


# Trap 12.
@pytest.mark.parametrize("status", [404, 410])
def test_a_job_that_is_gone_is_lost_and_not_submitted_again(export, answering, status) -> None:
    answering.on("GET", JOB, (200, job("running")), status)
    verdict = export()
    assert verdict.outcome is Outcome.LOST
    assert "for a short time only" in verdict.message
    assert "run the task again without the handle" in verdict.message
    assert len(answering.sent("GET", "/labels")) == 1


def test_a_datafile_that_is_gone_is_lost(export, answering, tmp_path) -> None:
    answering.on("GET", API + FILE, 404)
    verdict = export(dest=str(tmp_path / "labels.json"))
    assert verdict.outcome is Outcome.LOST
    assert "its file is gone (HTTP 404)" in verdict.message
    assert not list(tmp_path.iterdir())


def test_a_file_that_does_not_come_in_time(client, answering, tmp_path) -> None:
    operation = Export(client, output=Output(dest=str(tmp_path / "x")))
    operation.transfer = Transfer(until=monotonic() - 1)
    seen = operation.observe(Handle("illumio.export", operation.endpoint, HREF), within=5)
    seen = dataclasses.replace(seen, facts={"datafile": FILE})
    with pytest.raises(errors.NoAnswer, match=r"the time was over when 0\.0 MB had come"):
        operation.collect(Handle("illumio.export", operation.endpoint, HREF), seen)
    assert not list(tmp_path.iterdir())


def test_how_far_a_transfer_is_is_told(client, answering, monkeypatch) -> None:
    monkeypatch.setattr(downloads, "SPEAK_EVERY", 0.0)
    body = json.dumps([{"a": "x" * 100_000}] * 2).encode()
    answering.on("GET", API + FILE, (200, body, {"Content-Length": str(len(body))}))
    operation = Export(client)
    told: list[str] = []
    operation.transfer = Transfer(tell=told.append)
    seen = Observation(JobState.SUCCEEDED, "done", facts={"datafile": FILE})
    operation.collect(Handle("illumio.export", operation.endpoint, HREF), seen)
    assert told[0] == "0.1 MB of 0.2 MB fetched"
    assert told[-1] == "0.2 MB of 0.2 MB fetched"


def test_another_job_under_the_same_href(export, answering) -> None:
    answering.on("GET", JOB, (200, job("done", {"href": FILE}, description="/orgs/1/workloads")))
    known = {"description": "/orgs/1/labels"}
    verdict = export(handle=Handle("illumio.export", "https://pce.example.com:8443", HREF, known))
    assert verdict.outcome is Outcome.LOST
    assert "another job" in verdict.message


# Trap 20.
@pytest.mark.parametrize(
    "body",
    [
        json.dumps(ROWS).encode(),
        gzip.compress(json.dumps(ROWS).encode()),
        b"[\n" + b",\n".join(json.dumps(row).encode() for row in ROWS) + b"\n]\n",
        b"[\n" + b"\n".join(json.dumps(row).encode() for row in ROWS) + b"\n]\n",
        json.dumps(ROWS, indent=2, ensure_ascii=False).encode(),
    ],
)
@pytest.mark.parametrize("file_format", ["json", "ndjson"])
def test_every_framing_of_the_file_is_read(export, answering, tmp_path, body, file_format) -> None:
    answering.on("GET", API + FILE, (200, body))
    dest = tmp_path / "labels"
    export(dest=str(dest), format=file_format)
    text = dest.read_text(encoding="utf-8")
    found = json.loads(text) if file_format == "json" else [json.loads(line) for line in text.splitlines()]
    assert found == ROWS


def test_numbers_stay_as_they_are(export, answering, tmp_path) -> None:
    body = b'[{"a": 1.10, "b": 12345678901234567890.0, "c": 1E400}]'
    answering.on("GET", API + FILE, (200, body))
    dest = tmp_path / "labels"
    export(dest=str(dest))
    assert b'{"a": 1.10, "b": 12345678901234567890.0, "c": 1E400}' in dest.read_bytes()


@pytest.mark.parametrize("body", [b"", b"  \n", b'[{"a": 1}', b"<html>", gzip.compress(b"[1, 2]" * 99)[:-9]])
def test_a_file_that_breaks_off_is_fetched_again(export, answering, tmp_path, body) -> None:
    answering.on("GET", API + FILE, (200, body), 502, (200, ROWS))
    dest = tmp_path / "labels"
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert json.loads(dest.read_text()) == ROWS
    assert len(answering.sent("GET", FILE)) == 3


def test_a_file_that_never_comes_leaves_nothing_behind(export, answering, tmp_path) -> None:
    dest = tmp_path / "labels"
    dest.write_text("of yesterday")
    answering.on("GET", API + FILE, (200, b'[{"a": 1}'))
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "its result could not be fetched" in verdict.message
    assert dest.read_text() == "of yesterday"
    assert list(tmp_path.iterdir()) == [dest]
    assert not answering.sent("DELETE")


def test_no_objects(export, answering, tmp_path) -> None:
    answering.on("GET", API + FILE, (200, b"[]"))
    for file_format, text in (("json", []), ("ndjson", None), ("csv", None)):
        dest = tmp_path / file_format
        answering.on("GET", JOB, (200, DONE))
        verdict = export(dest=str(dest), format=file_format)
        assert verdict.result["count"] == 0
        assert json.loads(dest.read_text()) == text if text is not None else not dest.read_bytes()


class TestFields:
    ROWS = (
        {"name": "a", "agent": {"status": {"mode": "full", "ok": True}, "id": None}, "labels": [{"href": "/1"}]},
        {"name": 'b "x", y', "agent": {"status": {"mode": "idle"}}, "extra": {}, "n": 1.5},
    )

    @pytest.fixture(autouse=True)
    def rows(self, answering) -> None:
        answering.on("GET", API + FILE, (200, list(self.ROWS)))

    def test_of_a_table(self, export, tmp_path) -> None:
        dest = tmp_path / "t.csv"
        export(dest=str(dest), format="csv", fields=("name", "agent.status.mode", "labels", "agent.id", "n"))
        assert dest.read_bytes() == (
            b'name,agent.status.mode,labels,agent.id,n\r\na,full,"[{""href"":""/1""}]",,\r\n"b ""x"", y",idle,,,1.5\r\n'
        )

    def test_all_of_a_table(self, export, tmp_path) -> None:
        dest = tmp_path / "t.csv"
        export(dest=str(dest), format="csv")
        assert dest.read_text(encoding="utf-8").splitlines()[0] == (
            "name,agent.status.mode,agent.status.ok,agent.id,labels,extra,n"
        )
        assert '"b ""x"", y",idle,,,,{},1.5' in dest.read_text(encoding="utf-8")

    @pytest.mark.parametrize("file_format", ["json", "ndjson"])
    def test_of_json(self, export, tmp_path, file_format) -> None:
        dest = tmp_path / "t"
        export(dest=str(dest), format=file_format, fields=("agent.status.ok", "agent.status", "name"))
        text = dest.read_text(encoding="utf-8")
        found = json.loads(text) if file_format == "json" else [json.loads(line) for line in text.splitlines()]
        assert found == [
            {"agent.status.ok": True, "agent.status": {"mode": "full", "ok": True}, "name": "a"},
            {"agent.status": {"mode": "idle"}, "name": 'b "x", y'},
        ]

    def test_of_what_is_returned(self, export) -> None:
        assert export(fields=("n",)).result["rows"] == [{}, {"n": 1.5}]

    def test_half_of_a_pair_does_not_stop_an_export(self, export, answering, tmp_path) -> None:
        answering.on("GET", API + FILE, (200, b'[{"a": "\\ud83d"}]'))
        dest = tmp_path / "t"
        verdict = export(dest=str(dest), format="ndjson", fields=("a",))
        assert verdict.outcome is Outcome.SUCCEEDED
        assert json.loads(dest.read_bytes()) == {"a": "\ud83d"}


class TestAdoption:
    RUNNING = job("running")

    def test_a_job_of_ours_in_flight_is_adopted(self, export, answering, tmp_path) -> None:
        answering.on("GET", f"{JOBS}?", (200, [self.RUNNING]))
        dest = tmp_path / "labels.json"
        verdict = export(dest=str(dest))
        assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, True)
        assert verdict.job.handle.options["dest"] == str(dest)
        assert not [asked for asked in answering.asked if "Prefer" in asked.headers]
        assert json.loads(dest.read_text()) == ROWS
        assert len(answering.sent("DELETE", HREF)) == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"status": "done"},
            {"status": "failed"},
            {"status": "cancel_requested"},
            {"description": "/orgs/1/labels?key=role"},
            {"description": "/orgs/2/labels"},
            {"description": None},
            {"description": ""},
            {"description": "not an address"},
            {"requested_by": {"href": "/users/2"}},
            {"requested_by": None},
            {"requested_by": {"href": "/users/../orgs/1"}},
        ],
    )
    def test_others_are_not(self, export, answering, other) -> None:
        answering.on("GET", f"{JOBS}?", (200, [{**self.RUNNING, **other}]))
        answering.on("GET", f"{API}/users/2/api_keys", (200, [{"auth_username": "api_2"}]))
        verdict = export()
        assert not verdict.job.adopted
        assert len(answering.sent("GET", "/labels")) == 1

    def test_the_list_that_is_read_anyway_tells_how_long_such_exports_take(self, client, answering) -> None:
        times = {"requested_at": "2020-01-14 23:16:52.303166", "terminated_at": "2020-01-14 23:17:05.303166"}
        later = {"requested_at": "2026-01-14T23:16:52Z", "terminated_at": "2026-01-14T23:17:32Z"}
        records = [{**DONE, **times}, {**DONE, **later}, {**DONE, **later, "description": "/orgs/1/services"}]
        answering.on("GET", f"{JOBS}?", (200, [self.RUNNING, *records, DONE]))
        collection = Collection.of({"path": "labels", "pversion": None, "query": None}, client.org)
        export = Export(client, collection, Output())
        export.find_equivalent()
        assert list(export.took_before) == [40, 13]

    @pytest.mark.parametrize("answer", [403, 404, (406, [{"token": "not_acceptable_error"}]), (200, {}), (200, None)])
    def test_what_the_pce_does_not_prove_is_not_ours(self, export, answering, answer) -> None:
        answering.on("GET", f"{JOBS}?", (200, [self.RUNNING]))
        answering.on("GET", f"{API}/users/1/api_keys", answer)
        verdict = export()
        assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, False)

    @pytest.mark.parametrize(
        "description",
        [
            "/orgs/1/workloads?managed=true&labels=%5B%5B%22%2Forgs%2F1%2Flabels%2F7%22%5D%5D",
            '/orgs/1/workloads?labels=[["/orgs/1/labels/7"]]&managed=true',
            "/api/v2/orgs/1/workloads?managed=true&labels=%5b%5b%22/orgs/1/labels/7%22%5d%5d",
        ],
    )
    def test_parameters_are_compared_in_any_order_and_quoting(self, export, answering, description) -> None:
        answering.on("GET", f"{JOBS}?", (200, [{**self.RUNNING, "description": description}]))
        answering.on("GET", JOB, (200, {**DONE, "description": description}))
        query = {"managed": True, "labels": [["/orgs/1/labels/7"]]}
        assert export("workloads", query).job.adopted

    OWN = "/orgs/1/jobs/another"

    @pytest.fixture
    def another(self, answering):
        """The PCE, with a job of ours in flight, which takes another one."""
        answering.on("GET", f"{JOBS}?", (200, [self.RUNNING]))
        answering.on("GET", LABELS, (202, b"", {"Location": self.OWN}))
        answering.on("GET", API + self.OWN, (200, {**DONE, "href": self.OWN}))
        answering.on("DELETE", API + self.OWN, 204)
        return answering

    @pytest.mark.parametrize("look", [(404, []), (200, DONE)])
    def test_one_that_the_run_that_started_it_has_deleted(self, export, another, look) -> None:
        another.on("GET", JOB, (200, self.RUNNING), look)
        another.on("GET", API + FILE, *([(404, [])] if look[0] == 200 else []), (200, ROWS))
        verdict = export()
        assert (verdict.outcome, verdict.job.adopted, verdict.job.handle.id) == (Outcome.SUCCEEDED, False, self.OWN)
        assert verdict.result["rows"] == ROWS

    def test_one_that_may_have_a_filter_is_not_taken_for_the_whole(self, export, another, tmp_path) -> None:
        """A PCE may leave parameters out of what it says of a job."""
        dest = tmp_path / "labels.json"
        more = [*ROWS, {"href": "/orgs/1/labels/3"}]
        another.on("GET", f"{LABELS}?max_results=1", (200, ROWS[:1], {"X-Total-Count": "3"}))
        another.on("GET", API + FILE, (200, ROWS), (200, more))
        verdict = export(dest=str(dest))
        assert (verdict.outcome, verdict.job.handle.id, verdict.result["count"]) == (Outcome.SUCCEEDED, self.OWN, 3)
        assert json.loads(dest.read_text()) == more
        assert [asked.path for asked in another.sent("DELETE")] == [API + self.OWN]

    @pytest.mark.parametrize("answer", [(200, ROWS, {"X-Total-Count": "2"}), (200, ROWS), (406, [])])
    def test_one_that_has_read_all_as_far_as_the_pce_tells(self, export, another, answer) -> None:
        another.on("GET", f"{LABELS}?max_results=1", answer)
        assert export().job.adopted

    def test_parameters_that_a_job_does_not_show_are_not_assumed(self, export, answering) -> None:
        answering.on("GET", f"{JOBS}?", (200, [{**self.RUNNING, "description": "/orgs/1/labels"}]))
        assert not export(query={"key": "role"}).job.adopted

    @pytest.mark.parametrize("answer", [406, 403, 404])
    def test_a_job_list_that_is_not_shown_hinders_nothing(self, export, answering, answer) -> None:
        answering.on("GET", f"{JOBS}?", (answer, []))
        assert export().outcome is Outcome.SUCCEEDED

    def test_a_wrong_key_is_no_job_list_that_is_not_shown(self, export, answering) -> None:
        answering.on("GET", f"{JOBS}?", (401, []))
        assert export().outcome is Outcome.REFUSED

    def test_not_if_not_wanted(self, export, answering) -> None:
        answering.on("GET", f"{JOBS}?", (200, [self.RUNNING]))
        assert not export(wishes={"adopt": False}).job.adopted

    def test_the_account_of_a_session(self, answering) -> None:
        session = IllumioClient(IllumioConnection("pce.example.com", api_key="user_1", api_secret="x"))
        answering.on("GET", f"{JOBS}?", (200, [self.RUNNING]))
        assert Export(session, Collection("/orgs/1/labels")).find_equivalent() is not None
        assert not answering.sent("GET", "api_keys")

    def test_the_account_of_a_service(self, client, answering) -> None:
        account = "/orgs/1/service_accounts/33ed7e04-9b25-4c9a-a031-a6b1bd437807"
        answering.on("GET", f"{JOBS}?", (200, [{**self.RUNNING, "requested_by": {"href": account}}]))
        answering.on("GET", API + account, (200, {"href": account, "api_keys": KEYS}))
        assert Export(client, Collection("/orgs/1/labels")).find_equivalent() is not None


# Trap 22.
class TestLostAnswers:
    @pytest.mark.parametrize("lost", [502, requests.ReadTimeout("slow"), (202, b"")])
    def test_the_job_is_found_again(self, export, answering, lost) -> None:
        answering.on("GET", LABELS, lost)
        old = {**job("running"), "href": "/orgs/1/jobs/old"}
        answering.on("GET", f"{JOBS}?", (200, []), (200, [job("pending")]))
        verdict = export()
        assert verdict.outcome is Outcome.SUCCEEDED
        assert verdict.job.handle.id == HREF
        assert len(answering.sent("GET", "/labels")) == 1
        assert old["href"] != HREF

    def test_a_job_that_was_there_before_is_another_one(self, export, answering) -> None:
        old = {**job("running"), "href": "/orgs/1/jobs/old"}
        answering.on("GET", f"{JOBS}?", (200, [old]))
        answering.on("GET", LABELS, 502, (202, b"", {"Location": HREF}))
        verdict = export(wishes={"adopt": False})
        assert verdict.job.handle.id == HREF
        assert len(answering.sent("GET", "/labels")) == 2

    def test_a_list_that_is_not_answered_is_no_lost_submission(self, export, answering) -> None:
        answering.on("GET", f"{JOBS}?", 502, (200, []))
        verdict = export(wishes={"adopt": False})
        assert verdict.outcome is Outcome.SUCCEEDED
        assert len(answering.sent("GET", "/jobs?")) == 2
        assert len(answering.sent("GET", "/orgs/1/labels")) == 1

    def test_what_was_not_processed_is_sent_again_without_a_search(self, export, answering) -> None:
        answering.on("GET", LABELS, (429, b"", {"Retry-After": "7"}), (202, b"", {"Location": HREF}))
        verdict = export()
        assert verdict.outcome is Outcome.SUCCEEDED
        assert len(answering.sent("GET", "/jobs?")) == 1


def test_what_the_pce_refuses(export, answering) -> None:
    answering.on("GET", LABELS, (406, [{"token": "input_validation_error", "message": "no such filter"}]))
    verdict = export()
    assert verdict.outcome is Outcome.REFUSED
    assert "no such filter (input_validation_error)" in verdict.message
    assert verdict.refusal == {"reason": "rejected", "status": 406, "code": "input_validation_error"}


def test_a_collection_that_is_not_there(export, answering) -> None:
    answering.on("GET", LABELS, (404, [{"token": "not_found_error", "message": "Not found"}]))
    verdict = export()
    assert verdict.outcome is Outcome.REFUSED
    assert "Not found" in verdict.message


def test_check_mode_reads_the_job_list_only(export, answering, tmp_path) -> None:
    verdict = export(dest=str(tmp_path / "x"), wishes={"check_mode": True})
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "would be written to" in verdict.message
    assert [asked.path.partition("?")[0] for asked in answering.asked] == [JOBS]
    assert not list(tmp_path.iterdir())
    assert not export(wishes={"check_mode": True}).changed


class TestHandle:
    @pytest.fixture
    def started(self, export, answering, tmp_path) -> Handle:
        verdict = export(wishes={"wait": False}, dest=str(tmp_path / "a.csv"), format="csv", fields=("key",))
        assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, False)
        assert not answering.sent("DELETE")
        return Handle.from_dict(verdict.job.handle.to_dict())

    def test_a_later_process_writes_the_same_file(self, client, answering, time, started, tmp_path) -> None:
        operation = operations.OPERATIONS["illumio.export"](client)
        verdict = Wait(operation, started, operation.timing, time.world).run()
        assert verdict.outcome is Outcome.SUCCEEDED
        assert (tmp_path / "a.csv").read_bytes() == b"key\r\nrole\r\nenv\r\n"

    def test_dest_departs_from_it(self, export, answering, started, tmp_path) -> None:
        verdict = export(handle=started, dest=str(tmp_path / "b"))
        assert verdict.result["path"] == str(tmp_path / "b")
        assert verdict.result["format"] == "csv"
        assert not (tmp_path / "a.csv").exists()

    def test_from_the_job_list_the_task_says_where(self, export, answering, tmp_path) -> None:
        handle = Handle("illumio.export", "https://pce.example.com:8443", HREF)
        verdict = export(handle=handle, dest=str(tmp_path / "b"), format="ndjson", delete=False)
        assert verdict.result["format"] == "ndjson"
        assert verdict.result["path"] == str(tmp_path / "b")
        assert not answering.sent("DELETE")

    def test_a_dry_look_writes_and_deletes_nothing(self, export, answering, started, tmp_path) -> None:
        answering.on("GET", JOB, (200, DONE))
        verdict = export(handle=started, wishes={"check_mode": True})
        assert verdict.changed
        assert not list(tmp_path.iterdir())
        assert not answering.sent("DELETE")

    @pytest.mark.parametrize(
        "spoiled",
        [
            {"format": "xml"},
            {"fields": "[1]"},
            {"fields": "x"},
            {"max_rows": "0"},
            {"max_rows": "-1"},
            {"delete_job": "no"},
            {"dest": "/nowhere/at/all"},
        ],
    )
    def test_a_spoiled_one(self, export, answering, started, spoiled) -> None:
        handle = dataclasses.replace(started, options={**started.options, **spoiled})
        answering.asked.clear()
        verdict = export(handle=handle)
        assert verdict.outcome is Outcome.UNREACHABLE
        assert not answering.asked, "known before the wait"
        assert re.search("max_rows|dest: |handle: its options have no usable", verdict.message)


class TestDeletion:
    def test_not_if_not_wanted(self, export, answering) -> None:
        assert export(delete=False).outcome is Outcome.SUCCEEDED
        assert not answering.sent("DELETE")

    # Trap 24.
    @pytest.mark.parametrize("answer", [404, 410, (406, [{"token": "already_deleted", "message": "x"}])])
    def test_gone_is_gone(self, export, answering, answer) -> None:
        answering.on("DELETE", JOB, answer)
        assert not export().warnings

    @pytest.mark.parametrize("answer", [403, 401, 502, (406, [{"token": "other", "message": "x"}])])
    def test_a_deletion_that_fails_is_a_warning(self, export, answering, answer) -> None:
        answering.on("DELETE", JOB, answer)
        verdict = export()
        assert verdict.outcome is Outcome.SUCCEEDED
        assert "could not be deleted" in verdict.warnings[0]


def test_states_have_the_words_of_the_sheet() -> None:
    assert {word: state for word, state in Export.words.items() if state.ended} == {
        "done": JobState.SUCCEEDED,
        "failed": JobState.FAILED,
        "cancelled": JobState.CANCELED,
        "canceled": JobState.CANCELED,
    }
    assert all(word == word.lower() for word in Export.words)


def test_an_export_cannot_be_canceled(client) -> None:
    assert not Export.can_cancel
    with pytest.raises(errors.Refused):
        Export(client).cancel(Handle("illumio.export", "https://pce.example.com:8443", HREF))
