# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answers of the simulated PCE have the shape of the guide's exchanges and of the recordings."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from .pce import QUERY, RECORDED, Rest, exchange

Make = t.Callable[..., Rest]


def outline(value: t.Any) -> t.Any:
    """Names in their order, and kinds of values."""
    if isinstance(value, dict):
        return [(name, outline(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [outline(value[0])] if value else []
    return type(value).__name__


def form(text: str) -> str:
    """Digits become 0: the form of a time."""
    return re.sub(r"\d", "0", text)


@pytest.mark.parametrize(("location", "name"), [("absolute", "async_get_submit"), ("href", "async_get_submit_20_1")])
def test_submit_of_a_job(pce: Make, location: str, name: str) -> None:
    expected = exchange(name)["response"]
    answer = pce(location=location).submit("labels")
    assert (answer.status_code, answer.content) == (expected["status"], b"")
    for header in ("Location", "Retry-After", "X-Request-Id"):
        assert header in answer.headers
        assert header in expected["headers"]
    assert answer.headers["Retry-After"] == expected["headers"]["Retry-After"]
    place = re.sub(r"https://[^/]+|[0-9a-f-]{36}|\[href\]", "", answer.headers["Location"])
    assert place == re.sub(r"https://[^/]+|[0-9a-f-]{36}|\[href\]", "", expected["headers"]["Location"])


@pytest.mark.parametrize(("seconds", "name"), [(2, "job_running"), (10, "job_done")])
def test_job(pce: Make, seconds: int, name: str) -> None:
    rest = pce()
    href = rest.job("labels")
    rest.advance(seconds)
    found, expected = rest.get(href).json(), exchange(name)["response"]["body"]
    assert outline(found) == outline(expected)
    for field in ("job_type", "description", "status", "requested_by"):
        assert found[field] == expected[field]
    assert form(found["requested_at"]) == form(expected["requested_at"])


def test_times_of_a_job_as_in_the_schema(pce: Make) -> None:
    # Trap 26.
    rest = pce(job_times="rfc3339")
    assert form(rest.get(rest.job("labels")).json()["requested_at"]) == "0000-00-00T00:00:00.000Z"


def test_count_headers(pce: Make) -> None:
    answer = pce().get("workloads?max_results=1&managed=true")
    expected = exchange("total_count_probe")["response"]["headers"]
    assert {"X-Total-Count", "X-Matched-Count", "X-Request-Id", "Cache-Control"} <= set(answer.headers) & set(expected)


def test_submit_of_a_query(pce: Make) -> None:
    exchanged = exchange("traffic_query_submit")
    answer = pce().post("traffic_flows/async_queries", exchanged["request"]["body"])
    expected = exchanged["response"]
    assert answer.status_code == expected["status"]
    assert outline(answer.json()) == outline(expected["body"])
    assert answer.json()["query_parameters"] == exchanged["request"]["body"]
    assert answer.json()["href"].endswith(answer.headers["content-location"])
    assert {"Location", "Retry-After"}.isdisjoint(answer.headers)


def test_list_of_queries(pce: Make) -> None:
    rest = pce()
    rest.post("traffic_flows/async_queries", exchange("traffic_query_submit")["request"]["body"])
    rest.advance(10)
    assert outline(rest.get("traffic_flows/async_queries").json()) == outline(
        exchange("traffic_query_list")["response"]["body"]
    )


@pytest.mark.parametrize(
    ("name", "first"), [("report_submit_rule_hit_count", "pending"), ("report_submit_executive_summary", "queued")]
)
def test_submit_of_a_report(pce: Make, name: str, first: str) -> None:
    exchanged = exchange(name)
    rest = pce(report_first_word=first, report_format_accepted=True)
    answer = rest.post("reports", exchanged["request"]["body"])
    assert answer.status_code == exchanged["response"]["status"]
    assert outline(answer.json()) == outline(exchanged["response"]["body"])
    assert answer.json()["status"] == exchanged["response"]["body"]["status"]
    assert answer.json()["report_template"] == exchanged["response"]["body"]["report_template"]


def test_report_that_is_done(pce: Make) -> None:
    rest = pce()
    href = rest.post("reports", exchange("report_submit_rule_hit_count")["request"]["body"]).json()["href"]
    rest.advance(10)
    found, expected = rest.get(href).json(), exchange("report_done")["response"]["body"]
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in expected.items()
    }


def test_settings_of_reports(pce: Make) -> None:
    assert pce().get("settings/reports").json() == exchange("report_settings")["response"]["body"]


def test_database_metrics(pce: Make) -> None:
    found = pce().get("traffic_flows/database_metrics").json()
    assert found == exchange("database_metrics")["response"]["body"]


def test_commit(pce: Make) -> None:
    rest = pce()
    rest.act("drafts", kind="rule_sets")
    found = rest.post("sec_policy", {"update_description": "make active"}).json()
    expected = json.loads((RECORDED / "object_provision_success.json").read_text(encoding="utf-8"))
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in expected.items()
    }
    assert set(found["object_counts"]) == set(expected["object_counts"])
    assert re.fullmatch(r"/orgs/1/sec_policy/active/rule_sets/\d+", found["provisioned_hrefs"][0])


def test_commit_as_in_the_guide(pce: Make) -> None:
    rest = pce(object_counts="number", provisioned_hrefs=False)
    rest.act("drafts")
    found = rest.post("sec_policy", {}).json()
    assert outline(found) == outline(exchange("provision_all")["response"]["body"])


def test_bulk_delete(pce: Make) -> None:
    rest = pce()
    managed = rest.get("workloads?managed=true&max_results=1").json()[0]["href"]
    missing = "/orgs/1/workloads/c20efa40-c615-4fa7-b8a1-badbadbadbad"
    found = rest.put("workloads/bulk_delete", [{"href": managed}, {"href": missing}])
    expected = exchange("bulk_delete_partial_failure")["response"]
    assert found.status_code == expected["status"]
    assert [one["errors"] for one in found.json()] == [one["errors"] for one in expected["body"]]


def test_input_validation_error(pce: Make) -> None:
    answer = pce().ask("PUT", "vens/upgrade", data="null", headers={"Content-Type": "application/json"})
    expected = exchange("input_validation_error")["response"]["body"][0]
    (found,) = answer.json()
    assert found["token"] == expected["token"]
    assert re.sub(r"in schema .*", "", found["message"]) == re.sub(r"in schema .*", "", expected["message"])


@pytest.mark.parametrize("kind", ["ip_lists", "services", "rule_sets", "label_groups", "virtual_services"])
def test_recorded_drafts_are_there_as_recorded(pce: Make, kind: str) -> None:
    recorded = json.loads((RECORDED / f"{kind}.json").read_text(encoding="utf-8"))
    found = {one["href"]: one for one in pce().get(f"sec_policy/draft/{kind}").json()}
    drafts = [{**one, "update_type": None} for one in recorded if "/draft/" in one["href"]]
    assert set(found) == {one["href"] for one in drafts}  # an address stands there twice, for two services
    assert all(one in drafts for one in found.values())


def test_workloads_have_the_fields_of_the_recorded_one(pce: Make) -> None:
    (recorded,) = json.loads((RECORDED / "workloads.json").read_text(encoding="utf-8"))
    found = pce().get("workloads?managed=true&max_results=1").json()[0]
    assert set(found) == {*recorded, "managed"}
    assert set(found["agent"]["status"]) == set(recorded["agent"]["status"])


def test_rows_of_a_download(pce: Make) -> None:
    """The fields are those of recorded rows, which lack ``caps``."""
    rest = pce()
    href = rest.post("traffic_flows/async_queries", QUERY).json()["href"]
    rest.advance(10)
    row = rest.get(f"{href}/download").json()[0]
    assert {"src", "dst", "service", "num_connections", "policy_decision", "flow_direction", "timestamp_range"} <= set(
        row
    )
    assert "caps" not in row
    assert set(row["timestamp_range"]) == {"first_detected", "last_detected"}
