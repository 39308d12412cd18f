# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated PCE: faults, its own and the common ones, at each step of a job's life."""

from __future__ import annotations

import typing as t

import pytest
import requests

from .pce import QUERY, Rest, token

Make = t.Callable[..., Rest]


def test_own_faults_of_a_poll(pce: Make) -> None:
    rest = pce(jobs={"pending": 0, "seconds": 0})
    href = rest.job("labels")
    rest.fault("unknown_state", match={"step": "poll"}, text="resting")
    assert rest.word(href) == "resting"
    rest.fault("without_status", match={"step": "poll"})
    assert "status" not in rest.get(href).json()
    rest.fault("without_result", match={"step": "poll"})
    assert "result" not in rest.get(href).json()
    rest.fault("failed_job", match={"step": "poll"})
    assert rest.word(href) == "failed"
    rest.fault("not_found", match={"step": "poll"}, status=410)
    assert token(rest.get(href)) == (410, "not_found_error")
    rest.fault("retry_after", match={"step": "poll"}, retry_after=17)
    assert rest.get(href).headers["Retry-After"] == "17"
    assert rest.word(href) == "done"


def test_own_faults_of_a_submit(pce: Make) -> None:
    rest = pce()
    rest.fault("plain_answer", match={"step": "submit"})
    answer = rest.submit("labels")
    assert (answer.status_code, len(answer.json())) == (200, 24)
    rest.fault("location", match={"step": "submit"}, text="https://evil.example.com/orgs/1/jobs/1")
    assert rest.submit("labels").headers["Location"] == "https://evil.example.com/orgs/1/jobs/1"
    rest.fault("without_location", match={"step": "submit"})
    assert "Location" not in rest.submit("labels").headers
    rest.fault("without_retry_after", match={"step": "submit"})
    assert "Retry-After" not in rest.submit("labels").headers
    assert len(rest.submissions("async-get")) == 3


def test_errors_of_choice(pce: Make) -> None:
    rest = pce()
    rest.fault("too_many_requests", match={"type": "traffic-query", "step": "submit"}, retry_after=3)
    answer = rest.post("traffic_flows/async_queries", QUERY)
    assert (token(answer), answer.headers["Retry-After"]) == ((429, "too_many_requests_error"), "3")
    rest.fault("refuse", match={"method": "POST"}, status=406, code="some_error", text="Because")
    answer = rest.post("traffic_flows/async_queries", QUERY)
    assert answer.json() == [{"token": "some_error", "message": "Because"}]
    assert rest.submissions("traffic-query") == []


@pytest.mark.parametrize(("kind", "count"), [("drop_before", 0), ("drop_after", 1)])
def test_a_submit_whose_answer_is_lost(pce: Make, kind: str, count: int) -> None:
    # Trap 22.
    rest = pce()
    rest.fault(kind, match={"type": "traffic-query", "step": "submit"})
    with pytest.raises(requests.ConnectionError):
        rest.post("traffic_flows/async_queries", QUERY)
    assert len(rest.submissions("traffic-query")) == count
    assert len(rest.get("traffic_flows/async_queries").json()) == count


def test_a_502_that_was_accepted(pce: Make) -> None:
    # Trap 22.
    rest = pce()
    rest.act("drafts")
    rest.fault("status_502", match={"type": "provision", "step": "submit"}, when="after")
    assert rest.post("sec_policy", {"update_description": "mine"}).status_code == 502
    assert rest.get("sec_policy").json()[0]["commit_message"] == "mine"


@pytest.mark.parametrize(
    ("step", "method", "path"),
    [
        ("list", "GET", "jobs"),
        ("list", "GET", "traffic_flows/async_queries"),
        ("get", "GET", "labels"),
        ("pending", "GET", "sec_policy/pending"),
        ("version", "GET", "/product_version"),
        ("login", "GET", "/users/login"),
        ("submit", "PUT", "vens/upgrade"),
        ("submit", "POST", "reports"),
        ("bulk", "PUT", "workloads/bulk_delete"),
        ("dependencies", "POST", "sec_policy/draft/dependencies"),
    ],
)
def test_steps(pce: Make, step: str, method: str, path: str) -> None:
    # Trap 11.
    rest = pce()
    rest.fault("status_503", match={"step": step}, retry_after=1)
    answer = rest.ask(method, path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert rest.simulator.ledger(rest.address)["requests"][rest.address] == {step: 1}


def test_steps_of_a_job(pce: Make) -> None:
    rest = pce(jobs={"polls": 1})
    href = rest.job("labels")
    rest.get(rest.get(href).json()["result"]["href"])
    rest.delete(href)
    counted = rest.simulator.ledger(rest.address)["requests"][rest.address]
    assert counted == {"submit": 1, "poll": 1, "download": 1, "delete": 1}


def test_a_datafile_is_cut(pce: Make) -> None:
    rest = pce(jobs={"polls": 1})
    href = rest.get(rest.job("workloads")).json()["result"]["href"]
    whole = rest.get(href).content
    rest.fault("cut_body", match={"step": "download"}, bytes=1000)
    with pytest.raises(requests.exceptions.RequestException):
        rest.get(href)
    rest.fault("chunked", match={"step": "download"})
    answer = rest.get(href)
    assert (answer.content, answer.headers["Transfer-Encoding"]) == (whole, "chunked")


def test_an_endless_answer_begins_as_json(pce: Make) -> None:
    rest = pce()
    rest.fault("huge", match={"step": "get"}, bytes=100000)
    url = f"{rest.root}/orgs/1/labels"
    with rest.session.get(url, stream=True, timeout=20) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.raw.read(10) == b'[{"href":"'


def test_a_fault_by_what_is_asked(pce: Make) -> None:
    rest = pce()
    rest.fault("status_500", match={"cmd_contains": "/labels?key=app"}, times="forever")
    assert [rest.get(path).status_code for path in ("labels?key=app", "labels?key=env", "vens")] == [500, 200, 200]
    rest.fault("status_504", match={"cmd_contains": "second try"})
    assert rest.post("traffic_flows/async_queries", {**QUERY, "query_name": "second try"}).status_code == 504


def test_outage(pce: Make) -> None:
    rest = pce()
    href = rest.job("labels")
    rest.simulator.outage(rest.address, "refused", seconds=60)
    with pytest.raises(requests.ConnectionError):
        rest.get(href)
    rest.advance(61)
    assert rest.word(href) == "done"


def test_credentials_are_never_in_the_log_of_requests(pce: Make) -> None:
    rest = pce()
    rest.get("labels")
    (request,) = rest.simulator.requests(rest.address)
    assert request["credential_in"] == "basic"
    assert "secret of the key" not in str(request)
