# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated tenant: faults, its own and the common ones, at each step; the same again is the same."""

from __future__ import annotations

import typing as t

import pytest
import requests

from .scm import CLIENT, DEVICES, FOLDERS, SECRET, Scm, error

Make = t.Callable[..., Scm]
SERIAL = "007951000388704"
BODY = {"folders": FOLDERS}


def test_own_faults_of_a_look(tenant: Make) -> None:
    scm = tenant()
    number = scm.pushed()
    scm.fault("unknown_state", "poll", text="RESTING")
    assert scm.word(number) == "RESTING/PEND"
    scm.fault("without_status", "poll")
    assert "status_str" not in scm.job(number)
    scm.fault("unknown_state", "list")
    assert {job["status_str"] for job in scm.jobs()} == {"ARCHIVING"}
    scm.fault("empty_data", "poll")
    assert scm.get(f"/jobs/{number}").json() == {"data": []}
    scm.fault("not_found", "poll")
    assert error(scm.get(f"/jobs/{number}")) == (404, "E005", "Object Not Present")
    # Trap 15.
    scm.fault("key_expired", "poll")
    assert error(scm.get(f"/jobs/{number}")) == (401, "E016", "Key Expired")
    scm.fault("too_many_requests", "poll", retry_after=4)
    answer = scm.get(f"/jobs/{number}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "4")
    assert scm.word(number) == "ACT/PEND"
    scm.fault("unknown_state", "device-poll", text="resting")
    job = scm.device_job("dns-proxy", SERIAL)
    assert scm.get(f"{DEVICES}/device/jobs/{job}").json()["state"] == "resting"


# Trap 9.
def test_own_faults_of_a_push(tenant: Make) -> None:
    scm = tenant()
    scm.fault("success_false", "submit")
    assert scm.push().json()["success"] is False
    assert (scm.submissions("push"), len(scm.refused("push"))) == ([], 1)
    scm.fault("without_job_id", "submit")
    assert "job_id" not in scm.push().json()
    scm.fault("empty_created", "submit")
    answer = scm.push()
    assert (answer.status_code, answer.content) == (201, b"")
    assert len(scm.submissions("push")) == 2


def test_errors_of_choice(tenant: Make) -> None:
    scm = tenant()
    scm.fault("refuse", "submit", status=504, code="4", text="Session Timeout")
    assert error(scm.push()) == (504, "4", "Session Timeout")
    scm.fault("refuse", "submit")
    assert error(scm.push()) == (400, "E003", "Invalid Command")
    assert scm.submissions("push") == []
    scm.fault("plain_error", "download")
    answer = scm.get(f"{DEVICES}/local-config/download?device={SERIAL}&version=1")
    assert (answer.status_code, answer.json()) == (500, {"error": "database query error"})


@pytest.mark.parametrize(
    ("step", "method", "path", "body"),
    [
        ("submit", "POST", "/config-versions/candidate:push", BODY),
        ("list", "GET", "/jobs", None),
        ("poll", "GET", "/jobs/1", None),
        ("versions", "GET", "/config-versions", None),
        ("version", "GET", "/config-versions/3", None),
        ("running", "GET", "/config-versions/running", None),
        ("load", "POST", "/config-versions:load", {"version": 3}),
        ("discard", "DELETE", "/config-versions/candidate", None),
        ("device-submit", "POST", f"{DEVICES}/jobs/route-table", {"devices": [SERIAL]}),
        ("device-poll", "GET", f"{DEVICES}/device/jobs/x", None),
        ("local-versions", "GET", f"{DEVICES}/local-config/versions?device={SERIAL}", None),
        ("download", "GET", f"{DEVICES}/local-config/download?device={SERIAL}&version=1", None),
    ],
)
def test_every_step_can_be_hit(tenant: Make, step: str, method: str, path: str, body: t.Any) -> None:
    scm = tenant()
    scm.fault("status_503", step, retry_after=1)
    answer = scm.ask(method, path, json=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert scm.simulator.ledger(scm.address)["requests"][scm.address] == {step: 1}
    assert (scm.submissions("push"), scm.submissions("load"), scm.submissions("device-job")) == ([], [], [])


def test_faults_of_the_token_service(tenant: Make) -> None:
    scm = tenant()
    scm.fault("status_503", "token")
    assert scm.token().status_code == 503
    scm.fault("too_many_requests", "token")
    assert scm.token().status_code == 429
    scm.fault("html", "token")
    assert scm.token().headers["Content-Type"].startswith("text/html")
    scm.fault("drop_after", "token")
    with pytest.raises(requests.ConnectionError):
        scm.token()
    assert scm.state()["tokens"] == {CLIENT: 1}
    assert scm.get("/jobs").status_code == 200


# Trap 16.
def test_a_push_whose_answer_is_lost_was_pushed(tenant: Make) -> None:
    scm = tenant()
    scm.fault("drop_after", "submit")
    with pytest.raises(requests.ConnectionError):
        scm.push()
    scm.fault("status_503", "submit", when="after")
    assert scm.push().status_code == 503
    scm.fault("drop_before", "submit")
    with pytest.raises(requests.ConnectionError):
        scm.push()
    assert len(scm.submissions("push")) == 2


def test_a_fault_by_what_is_asked(tenant: Make) -> None:
    scm = tenant()
    scm.simulator.fault("status_500", scm.address, match={"cmd_contains": "offset=200"}, times="forever")
    assert [scm.get(f"/jobs?offset={offset}").status_code for offset in (0, 200)] == [200, 500]
    scm.simulator.fault("status_500", scm.address, match={"cmd_contains": SECRET, "step": "token"})
    assert scm.token().status_code == 200


def test_an_endless_answer_begins_as_json(tenant: Make) -> None:
    scm = tenant()
    scm.fault("huge", "list", bytes=100000)
    with scm.session.get(f"{scm.origin}{scm.base}/jobs", stream=True, timeout=20) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.raw.read(8) == b'{"data":'


def test_a_download_is_cut(tenant: Make) -> None:
    scm = tenant(local_config_bytes=2_000_000)
    path = f"{DEVICES}/local-config/download?device={SERIAL}&version=1"
    scm.fault("cut_body", "download", bytes=1000)
    with pytest.raises(requests.exceptions.RequestException):
        scm.get(path)
    scm.fault("chunked", "download")
    assert len(scm.get(path).content) == 2_000_000


def test_jobs_go_on_while_the_tenant_is_out_of_reach(tenant: Make) -> None:
    scm = tenant()
    number = scm.pushed(FOLDERS)
    scm.simulator.outage(scm.address, "refused", seconds=200)
    with pytest.raises(requests.ConnectionError):
        scm.get(f"/jobs/{number}")
    scm.advance(201)
    assert scm.word(number) == "FIN/OK"
    assert [job["result_str"] for job in scm.children(number)] == ["OK", "OK"]


def test_where_credentials_travel_and_that_they_are_not_logged(tenant: Make) -> None:
    scm = tenant()
    scm.token()
    scm.form("/oauth2/access_token", {"client_id": CLIENT, "client_secret": SECRET})
    scm.get("/jobs")
    requests_ = scm.simulator.requests(scm.address)
    assert [request["credential_in"] for request in requests_] == ["basic", "body", "header"]
    assert SECRET not in str(requests_)
    assert SECRET not in str(scm.simulator.ledger(scm.address))


def played(scm: Scm) -> list[t.Any]:
    """Everything that a session of some minutes shows."""
    scm.act("changes", place=FOLDERS[0], count=2)
    seen: list[t.Any] = [scm.push(FOLDERS, description="x").json(), scm.push(FOLDERS).json()]
    job = scm.device_job("route-table", SERIAL)
    for _step in range(20):
        scm.advance(13)
        seen.append([scm.get(path).json() for path in ("/jobs", "/jobs/31", "/jobs/34", "/jobs/99")])
        seen.append(scm.get(f"{DEVICES}/device/jobs/{job}").json())
        seen.append(scm.get("/config-versions/running").json())
    seen.append(scm.get("/config-versions").json())
    return [*seen, job]


def test_the_same_again_is_the_same(tenant: Make) -> None:
    """At the same address and time, whatever there was before; only tokens differ."""
    plans = {"children": {FOLDERS[0]: {"start": -3}, FOLDERS[1]: {"start": 13, "result": "FAIL"}}}
    first = tenant(pushes=plans, noise_per_list=1)
    again = played(first)
    simulator, address = first.simulator, first.address
    settings = simulator.device(address)["settings"]
    elapsed = 20 * 13
    simulator.remove_device(address)
    simulator.add_device(
        address,
        system="scm",
        clients={CLIENT: {"secret": SECRET}},
        utc_offset=float(-elapsed),
        **{name: value for name, value in settings.items() if name != "utc_offset"},
    )
    repeated = played(Scm(simulator, address))

    def timeless(value: t.Any) -> t.Any:
        """The dates of versions are of the absolute clock, which has moved on."""
        if isinstance(value, dict):
            return {name: timeless(entry) for name, entry in value.items() if name != "date"}
        return [timeless(entry) for entry in value] if isinstance(value, list) else value

    assert timeless(repeated) == timeless(again)
