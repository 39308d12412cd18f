# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import email.utils
import gzip
import json
import time
import typing as t
from pathlib import Path

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import traffic_query
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.flows import Reading, with_named_labels
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.times import Window
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.traffic_options import TrafficOptions
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.traffic_query import TrafficQuery
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "illumio"
QUERIES = "/api/v2/orgs/1/traffic_flows/async_queries"
HREF = "/orgs/1/traffic_flows/async_queries/7734501b-74a2-47a4-9ded-77bf4ceea938"
QUERY = f"/api/v2{HREF}"
DOWNLOAD = f"{QUERY}/download"
WINDOW = Window("2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z")
LOST = requests.exceptions.ReadTimeout("x")
NONCE = "89abcdef"
INTENT = TrafficOptions(WINDOW).intent
NAME = f"netops.jobs [nj:{INTENT}-{NONCE}]"
FLOW = {
    "src": {
        "ip": "192.0.2.1",
        "workload": {
            "href": "/orgs/1/workloads/1",
            "hostname": "web01",
            "labels": [{"href": "/orgs/1/labels/1", "key": "app", "value": "web"}],
        },
    },
    "dst": {"ip": "198.51.100.1", "workload": {"hostname": "db01", "labels": [{"href": "/orgs/1/labels/2"}]}},
    "service": {"port": 5432, "proto": 6},
    "num_connections": 3,
    "policy_decision": "potentially_blocked",
}


def query(status: str = "completed", **more: t.Any) -> dict[str, t.Any]:
    usual: dict[str, t.Any] = {
        "href": HREF,
        "status": status,
        "created_at": "2026-11-22T05:00:00Z",
        "query_parameters": {"query_name": NAME, "max_results": 200_000},
    }
    if status == "completed":
        usual.update(result=f"{HREF}/download", matches_count=1, flows_count=1)
    return {**usual, **more}


def without_result(**more: t.Any) -> dict[str, t.Any]:
    return {name: value for name, value in query(**more).items() if name != "result"}


class Run:
    """A query, and a world for it whose time does not pass by itself."""

    def __init__(self, client, **reading: t.Any) -> None:
        self.fake = FakeTime()
        self.fake.now = time.monotonic()  # the client bounds its requests by this clock
        self.reading = Reading(**reading)
        self.operation = self.another(client)

    def another(self, client, **options: t.Any) -> TrafficQuery:
        return TrafficQuery(
            client,
            TrafficOptions(WINDOW, **options),
            self.reading,
            nonce=NONCE,
            clock=lambda: self.fake.now,
        )

    def __call__(self, **wishes: t.Any):
        given = {"timing": Timing(600, 2, 15, 120), "adopt": False, **wishes}
        return lifecycle.run(self.operation, Wishes(**given), self.fake.world)


@pytest.fixture
def laid(pce):
    """A PCE that takes a query and has one flow for it."""
    pce.on("GET", QUERIES, (200, []))
    pce.on("POST", QUERIES, (202, query("queued")))
    pce.on("GET", QUERY, (200, query("queued")), (200, query("working")), (200, query()))
    pce.on("GET", DOWNLOAD, (200, [FLOW]))
    return pce


# From the request to the rows.


def test_a_query_from_the_request_to_the_rows(client, laid) -> None:
    verdict = Run(client)()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert verdict.result == {
        "query_name": NAME,
        "matches_count": 1,
        "flows_count": 1,
        "regions": [],
        "count": 1,
        "truncated": False,
        "draft_rules": False,
        "rows": [FLOW],
    }
    assert verdict.job.handle.id == HREF
    assert verdict.job.handle.fingerprint == {"query_name": NAME}
    assert verdict.polling.observed == {"queued": 1, "working": 1, "completed": 1}
    assert verdict.warnings == ()
    assert [asked.body["query_name"] for asked in laid.sent("POST")] == [NAME]
    assert not laid.sent("DELETE")


def test_the_recorded_exchange(client, pce) -> None:
    recorded = {each["id"]: each for each in json.loads((DATA / "exchanges.json").read_text(encoding="utf-8"))}
    submitted = recorded["traffic_query_submit"]["response"]
    listed = recorded["traffic_query_list"]["response"]["body"]
    # The length is that of the text, which the recording does not keep.
    headers = {name: value for name, value in submitted["headers"].items() if name != "content-length"}
    pce.on("POST", QUERIES, (submitted["status"], submitted["body"], headers))
    pce.on("GET", QUERY, (200, listed[1]))
    pce.on("GET", DOWNLOAD, (200, [FLOW] * 1000))
    run = Run(client)
    handle = run.operation.submit()
    assert handle.id == HREF
    # The name in the recording is not ours.
    other = Handle(handle.operation, handle.endpoint, handle.id, {}, options=handle.options)
    found = Wait(run.operation, other, Timing(600, 2, 15, 120), run.fake.world).run()
    assert found.outcome is Outcome.SUCCEEDED
    assert found.result["truncated"] is True
    assert (found.result["matches_count"], found.result["flows_count"], found.result["count"]) == (1984, 1000, 1000)
    with pytest.raises(errors.JobReplaced):
        run.operation.observe(handle, within=5)


@pytest.mark.parametrize(
    ("answer", "href"),
    [
        ((201, b"", {"Content-Location": "7734501b-74a2-47a4-9ded-77bf4ceea938"}), HREF),
        ((202, query("queued", href=f"https://other.example.com{QUERY}")), HREF),
    ],
)
def test_where_the_query_is_named(client, pce, answer, href) -> None:
    pce.on("POST", QUERIES, answer)
    assert Run(client).operation.submit().id == href


@pytest.mark.parametrize("status", ["cancelled", "canceled", "CANCELED"])
def test_both_spellings_of_a_canceled_query(client, laid, status) -> None:
    laid.on("GET", QUERY, (200, query("cancel_requested")), (200, query(status)))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.CANCELED
    assert verdict.polling.observed == {"cancel_requested": 1, status: 1}


def test_a_failed_query(client, laid) -> None:
    laid.on("GET", QUERY, (200, query("failed")))
    verdict = Run(client)()
    assert (verdict.outcome, verdict.result) == (Outcome.FAILED, None)
    assert verdict.message.endswith("failed: the PCE gives no reason.")
    laid.on("GET", QUERY, (200, query("failed", message="Out of memory", token="internal_error")))
    assert Run(client)().message.endswith("failed: Out of memory (internal_error).")


# Trap 8.
def test_an_unknown_state_is_reported_and_waited_for(client, laid) -> None:
    laid.on("GET", QUERY, (200, query("thinking")), (200, query("thinking")), (200, query()))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert ["'thinking' is not known" in warning for warning in verdict.warnings] == [True]


# Trap 12.
def test_a_query_that_is_gone_is_lost_and_not_asked_for_again(client, laid) -> None:
    laid.on("GET", QUERY, (200, query("working")), (410, b""))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.LOST
    assert len(laid.sent("POST")) == 1


# Trap 16.
def test_a_query_that_is_completed_before_its_result_is_there(client, laid) -> None:
    laid.on("GET", QUERY, (200, without_result()), (200, without_result()), (200, query()))
    laid.on("GET", DOWNLOAD, (200, [FLOW]))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["rows"] == [FLOW]


# Trap 16.
def test_a_query_that_never_gets_a_result_fails(client, laid) -> None:
    laid.on("GET", QUERY, (200, without_result()))
    run = Run(client)
    began = run.fake.now
    verdict = run()
    assert verdict.outcome is Outcome.FAILED
    assert "without a result" in verdict.message
    assert 30 <= run.fake.now - began < 60


# Trap 17.
def test_a_download_that_is_empty_too_early_is_repeated(client, laid) -> None:
    laid.on("GET", DOWNLOAD, (200, []), (200, b""), (200, [FLOW]))
    run = Run(client)
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["count"] == 1
    assert verdict.polling.observed["no rows yet"] == 2


# Trap 17.
def test_a_download_that_stays_empty_is_no_success(client, laid, tmp_path) -> None:
    laid.on("GET", DOWNLOAD, (200, []))
    dest = tmp_path / "flows.ndjson"
    run = Run(client, dest=str(dest))
    began = run.fake.now
    verdict = run()
    assert verdict.outcome is Outcome.FAILED
    assert "found 1 flows and sent none of them, 4 times" in verdict.message
    assert (verdict.changed, list(tmp_path.iterdir())) == (False, [])
    assert len(laid.sent("GET", "download")) == 4
    assert run.fake.now - began >= 2 + 4 + 6


def test_a_query_that_finds_nothing_is_a_success(client, laid) -> None:
    laid.on("GET", QUERY, (200, query(matches_count=0, flows_count=0)))
    laid.on("GET", DOWNLOAD, (200, []))
    verdict = Run(client)()
    assert (verdict.outcome, verdict.result["count"], verdict.warnings) == (Outcome.SUCCEEDED, 0, ())


def test_a_query_that_only_counts_has_no_rows(client, laid) -> None:
    counted = query(matches_count=7, flows_count=0, query_parameters={"query_name": NAME, "max_results": 0})
    laid.on("GET", QUERY, (200, counted))
    laid.on("GET", DOWNLOAD, (200, []))
    verdict = Run(client, on_truncation="fail")()
    assert (verdict.outcome, verdict.warnings) == (Outcome.SUCCEEDED, ())
    assert (verdict.result["matches_count"], verdict.result["count"]) == (7, 0)


# Trap 18.
def test_truncation_is_reported_with_both_numbers(client, laid) -> None:
    laid.on("GET", QUERY, (200, query(matches_count=1984, flows_count=1)))
    laid.on("GET", DOWNLOAD, (200, [FLOW]))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["truncated"] is True
    assert len(verdict.warnings) == 1
    assert "found 1984 flows and gives 1 of them (max_results is 200000)" in verdict.warnings[0]


# Trap 18.
def test_truncation_can_be_a_failure(client, laid, tmp_path) -> None:
    laid.on("GET", QUERY, (200, query(matches_count=1984, flows_count=1)))
    verdict = Run(client, on_truncation="fail", dest=str(tmp_path / "flows"))()
    assert verdict.outcome is Outcome.FAILED
    assert "found 1984 flows and gives 1" in verdict.message
    assert list(tmp_path.iterdir()) == []
    assert not laid.sent("GET", "download")


# Trap 19.
@pytest.mark.parametrize("choice", ["fail", "warn"])
def test_a_region_that_did_not_answer(client, laid, choice) -> None:
    regions = [{"pce_fqdn": "a.example.com", "responded": True}, {"pce_fqdn": "b.example.com", "responded": False}]
    laid.on("GET", QUERY, (200, query(regions=regions)))
    laid.on("GET", DOWNLOAD, (200, [FLOW]))
    verdict = Run(client, on_missing_region=choice)()
    text = "These members of the supercluster did not answer the query: b.example.com."
    if choice == "fail":
        assert verdict.outcome is Outcome.FAILED
        assert text in verdict.message
    else:
        assert (verdict.outcome, verdict.warnings) == (Outcome.SUCCEEDED, (text,))
        assert verdict.result["regions"] == regions


def test_fewer_rows_than_the_pce_says_are_told(client, laid) -> None:
    laid.on("GET", QUERY, (200, query(matches_count=2, flows_count=2)))
    laid.on("GET", DOWNLOAD, (200, [FLOW]))
    assert Run(client)().warnings == ("The PCE says that it gives 2 flows, but sent 1.",)


# Trap 20.
@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(json.dumps([FLOW, FLOW]).encode()),
        f"[\n{json.dumps(FLOW)}\n{json.dumps(FLOW)}\n]\n".encode(),
        f"[\n{json.dumps(FLOW)},\n{json.dumps(FLOW)}\n]".encode(),
    ],
)
def test_forms_of_a_download(client, laid, body) -> None:
    laid.on("GET", QUERY, (200, query(matches_count=2, flows_count=2)))
    laid.on("GET", DOWNLOAD, (200, body))
    assert Run(client)().result["rows"] == [FLOW, FLOW]


@pytest.mark.parametrize("broken", [(200, b'[{"src"'), (502, b""), (200, b"<html>"), (200, b'["x"]'), LOST])
def test_a_download_that_breaks_off_is_repeated(client, laid, tmp_path, broken) -> None:
    laid.on("GET", DOWNLOAD, broken, (200, [FLOW]))
    dest = tmp_path / "flows"
    verdict = Run(client, dest=str(dest))()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [json.loads(line) for line in dest.read_text().splitlines()] == [FLOW]
    assert list(tmp_path.iterdir()) == [dest]


# Files.


def test_rows_in_a_file(client, laid, tmp_path) -> None:
    dest = tmp_path / "flows.ndjson"
    verdict = Run(client, dest=str(dest))()
    assert verdict.changed
    assert json.loads(dest.read_text()) == FLOW
    assert verdict.result["path"] == str(dest)
    assert verdict.result["format"] == "ndjson"
    assert "rows" not in verdict.result
    again = Run(client, dest=str(dest))()
    assert (again.outcome, again.changed) == (Outcome.SUCCEEDED, False)


def test_rows_as_csv(client, laid, tmp_path) -> None:
    dest = tmp_path / "flows.csv"
    Run(client, dest=str(dest), format="csv")()
    with dest.open(newline="", encoding="utf-8") as file:
        [row] = csv.DictReader(file)
    assert row["src.ip"] == "192.0.2.1"
    assert row["src.workload.labels.app"] == "web"
    assert row["dst.workload.labels"] == '[{"href":"/orgs/1/labels/2"}]'
    assert row["service.port"] == "5432"


def test_chosen_fields(client, laid, tmp_path) -> None:
    fields = ("src.workload.labels.app", "dst.ip", "policy_decision", "dst.workload.labels.app")
    chosen = {"src.workload.labels.app": "web", "dst.ip": "198.51.100.1", "policy_decision": "potentially_blocked"}
    assert Run(client, fields=fields)().result["rows"] == [chosen]
    dest = tmp_path / "flows.json"
    Run(client, fields=fields, dest=str(dest), format="json")()
    assert json.loads(dest.read_text()) == [chosen]


def test_labels_get_names_only_where_all_have_them() -> None:
    labels = [{"key": "app", "value": "web"}, {"href": "/orgs/1/labels/1"}]
    assert with_named_labels({"labels": labels, "ports": [], "x": [1]}) == {"labels": labels, "ports": [], "x": [1]}
    twice = [{"key": "app", "value": "web"}, {"key": "app", "value": "db"}]
    assert with_named_labels(twice) == twice


def test_a_folder_that_vanished_ends_the_wait_before_the_rows_are_ready(client, laid, tmp_path) -> None:
    laid.on("GET", QUERY, (200, query("working")))
    verdict = Run(client, dest=str(tmp_path / "gone" / "flows"))()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "does not exist" in verdict.message


# Exactly once.


# Trap 22.
@pytest.mark.parametrize("answer", [(502, b""), LOST, (202, b""), (202, {"status": "queued"})])
def test_a_lost_answer_is_found_in_the_list(client, laid, answer) -> None:
    laid.on("POST", QUERIES, answer)
    laid.on("GET", QUERIES, (200, [query("working", href="/orgs/1/other", query_parameters={}), query("queued")]))
    laid.on("GET", QUERY, (200, query()))
    laid.on("GET", DOWNLOAD, (200, [FLOW]))
    verdict = Run(client)()
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, HREF)
    assert len(laid.sent("POST")) == 1


# Trap 22.
def test_a_query_that_provably_did_not_start_is_asked_for_again(client, laid) -> None:
    laid.on("POST", QUERIES, (502, b""), (202, query("queued")))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len({asked.body["query_name"] for asked in laid.sent("POST")}) == 1
    assert len(laid.sent("POST")) == 2


def test_a_list_that_may_be_cut_decides_nothing(client, laid) -> None:
    laid.on("POST", QUERIES, (502, b""))
    laid.on("GET", QUERIES, (200, [query(query_parameters={"query_name": f"q {n}"}) for n in range(500)]))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.LOST
    assert f"[nj:{INTENT}-{NONCE}]" in verdict.message
    assert len(laid.sent("POST")) == 1


def test_429_is_no_lost_answer(client, laid) -> None:
    busy = [{"token": "too_many_requests_error", "message": "Too many requests"}]
    laid.on("POST", QUERIES, (429, busy, {"Retry-After": "40"}), (202, query("queued")))
    run = Run(client)
    began = run.fake.now
    assert run().outcome is Outcome.SUCCEEDED
    assert run.fake.now - began >= 40
    assert not [asked for asked in laid.sent("GET") if asked.path == QUERIES]


# Trap 30: only the queries of the same key are listed.
def test_a_query_in_flight_with_the_same_options_is_adopted(client, laid) -> None:
    theirs = {"query_name": f"netops.jobs [nj:{INTENT}-00000000]"}
    other = {"query_name": f"netops.jobs [nj:{'0' * 10}-00000000]"}
    laid.on(
        "GET",
        QUERIES,
        (
            200,
            [
                query("working", href="/orgs/1/x/1", query_parameters=other),
                query("completed", href="/orgs/1/x/2", query_parameters=theirs),
                query("Cancel_Requested", href="/orgs/1/x/3", query_parameters=theirs),
                query("working", query_parameters=theirs),
            ],
        ),
    )
    laid.on("GET", QUERY, (200, query(query_parameters=theirs)))
    laid.on("GET", DOWNLOAD, (200, [FLOW]))
    verdict = Run(client)(adopt=True)
    assert (verdict.outcome, verdict.job.adopted, verdict.job.handle.id) == (Outcome.SUCCEEDED, True, HREF)
    assert verdict.job.handle.fingerprint == theirs
    assert not laid.sent("POST")


@pytest.mark.parametrize(
    ("rules", "adopted"), [("working", True), ("queued", True), ("completed", False), ("failed", False), (None, False)]
)
def test_a_query_in_its_second_phase_is_in_flight(client, laid, rules, adopted) -> None:
    there = "/orgs/1/traffic_flows/async_queries/1"
    theirs = query(href=there, rules=rules, query_parameters={"query_name": f"x [nj:{INTENT}-00000000]"})
    laid.on("GET", QUERIES, (200, [theirs])).on("GET", f"/api/v2{there}", (200, theirs))
    assert Run(client, draft_rules=True)(adopt=True, wait=False).job.adopted is adopted
    # Without draft rules it is over.
    assert not Run(client)(adopt=True, wait=False).job.adopted


def test_an_adopted_query_that_was_deleted_is_asked_for_again_with_both_phases(client, laid) -> None:
    there = "/orgs/1/traffic_flows/async_queries/1"
    theirs = query("working", href=there, query_parameters={"query_name": f"x [nj:{INTENT}-00000000]"})
    laid.on("GET", QUERIES, (200, [theirs]))
    laid.on("GET", f"/api/v2{there}", (200, {**theirs, "status": "completed", "result": "x"}), (404, b""))
    laid.on("PUT", f"/api/v2{there}/update_rules", (202, b""))
    laid.on("GET", QUERY, (200, query()), (200, query(rules="completed")))
    laid.on("PUT", f"{QUERY}/update_rules", (202, b""))
    laid.on("GET", DOWNLOAD, (200, [DRAFTED]))
    verdict = Run(client, draft_rules=True)(adopt=True)
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, HREF)
    assert len(laid.sent("PUT", f"{QUERY}/update_rules")) == 1


def test_a_name_that_the_pce_writes_otherwise_is_known_by_its_token(client, laid) -> None:
    changed = {"query_name": NAME.replace("netops", "NETOPS &amp; "), "max_results": 10}
    laid.on("GET", QUERY, (200, query(query_parameters=changed)))
    assert Run(client)().outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("relative", "ahead", "warned"),
    [
        ((None, None, "24h"), 3600, "behind that of the PCE"),
        (("2026-11-21", None, None), -1800, "ahead of that of the PCE"),
        ((None, None, "24h"), 200, ""),
        ((None, "2026-11-22T05:00:00Z", "24h"), 3600, ""),
        ((None, None, "24h"), None, ""),
    ],
)
def test_a_clock_that_is_wrong_is_warned_of_where_the_time_ends_now(client, laid, relative, ahead, warned) -> None:
    there = "" if ahead is None else email.utils.formatdate(time.time() + ahead, usegmt=True)
    run = Run(client)
    run.operation = run.another(client, relative=relative)
    laid.on("POST", QUERIES, (202, query("queued"), {"Date": there}))
    laid.on("GET", QUERY, (200, query(query_parameters={})))
    warnings = run().warnings
    assert len(warnings) == bool(warned)
    assert all(warned in warning for warning in warnings)


def test_a_pce_without_traffic_queries_refuses(client, laid) -> None:
    laid.on("POST", QUERIES, (404, b""))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.REFUSED
    assert "Check org_id" in verdict.message


def test_an_unknown_name_is_refused_before_anything_starts(client, laid) -> None:
    laid.on("GET", "/api/v2/orgs/1/sec_policy/draft/ip_lists", (200, []))
    run = Run(client)
    side = traffic_query.Side.of("sources", {"include": [{"ip_list": "Nowhere"}]})
    run.operation = run.another(client, sources=side)
    verdict = run(check_mode=True)
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.refusal == {"reason": "bad_input"}
    assert "sources.include[0].ip_list" in verdict.message
    assert not laid.sent("POST")


def test_check_mode_asks_for_nothing(client, laid, tmp_path) -> None:
    verdict = Run(client, dest=str(tmp_path / "flows"))(check_mode=True, adopt=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert not laid.sent("POST")
    assert Run(client)(check_mode=True).changed is False


# The handle, and what a later process does with it.


def test_a_handle_says_how_to_read(client, laid, tmp_path) -> None:
    dest = tmp_path / "flows.csv"
    started = Run(client, dest=str(dest), format="csv", fields=("src.ip",), delete_query=True)(wait=False)
    assert started.outcome is Outcome.RUNNING
    handle = Handle.from_dict(json.loads(json.dumps(started.job.handle.to_dict())))
    laid.on("DELETE", QUERY, (204, b""))
    fake = FakeTime()
    fake.now = time.monotonic()
    later = TrafficQuery(client, clock=lambda: fake.now)
    verdict = lifecycle.run(later, Wishes(timing=Timing(600, 2, 15, 120), handle=handle), fake.world)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert dest.read_text() == "src.ip\n192.0.2.1\n"
    assert [asked.path for asked in laid.sent("DELETE")] == [QUERY]
    assert len(laid.sent("POST")) == 1
    elsewhere = tmp_path / "elsewhere.csv"
    later = TrafficQuery(client, dest=str(elsewhere), clock=lambda: fake.now)
    verdict = lifecycle.run(later, Wishes(timing=Timing(600, 2, 15, 120), handle=handle), fake.world)
    assert verdict.result["path"] == str(elsewhere)
    assert elsewhere.read_text() == dest.read_text()


@pytest.mark.parametrize(
    "options",
    [{}, {"format": "xml"}, {"on_truncation": "x"}, {"on_missing_region": ""}, {"fields": "{"}, {"fields": "[1]"}],
)
def test_options_of_a_handle_that_are_not_ours(options) -> None:
    given = {**Reading().to_handle(), **options} if options else {}
    with pytest.raises(errors.BadInput) as caught:
        Reading.from_handle(given)
    assert "Pass job.handle" in caught.value.message


def test_everything_in_a_reading_is_in_its_handle() -> None:
    for reading in (
        Reading(),
        Reading("/tmp/x", "json", ("a", "b"), draft_rules=True, on_truncation="fail"),
        Reading(on_missing_region="warn", delete_query=True),
    ):
        assert Reading.from_handle(reading.to_handle()) == reading


# Trap 24.
@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ((204, b""), False),
        ((406, [{"token": "already_deleted", "message": "gone"}]), False),
        ((404, b""), False),
        ((403, [{"token": "forbidden", "message": "no"}]), True),
        ((502, b""), True),
    ],
)
def test_the_query_is_deleted_when_its_rows_are_safe(client, laid, answer, left) -> None:
    laid.on("DELETE", QUERY, answer)
    verdict = Run(client, delete_query=True)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [HREF in warning and "still there" in warning for warning in verdict.warnings] == [True] * left
    assert len(laid.sent("DELETE")) == 1


def test_a_query_whose_rows_were_not_fetched_is_not_deleted(client, laid) -> None:
    laid.on("GET", DOWNLOAD, (200, []))
    assert Run(client, delete_query=True)().outcome is Outcome.FAILED
    assert not laid.sent("DELETE")


def test_check_mode_deletes_nothing(client, laid) -> None:
    run = Run(client, delete_query=True)
    laid.on("GET", QUERY, (200, query()))
    laid.on("GET", DOWNLOAD, (200, [FLOW]))
    handle = run.operation.submit()
    assert run(handle=handle, check_mode=True).outcome is Outcome.SUCCEEDED
    assert not laid.sent("DELETE")
    laid.on("DELETE", QUERY, (204, b""))
    assert run(handle=handle, wait=False).outcome is Outcome.SUCCEEDED
    assert len(laid.sent("DELETE")) == 1


def test_cancel(client, laid) -> None:
    run = Run(client)
    handle = run.operation.submit()
    laid.on("PUT", QUERY, (204, b""))
    laid.on("GET", QUERY, (200, query("working")), (200, query("cancel_requested")), (200, query("cancelled")))
    verdict = Wait(run.operation, handle, Timing(600, 2, 15, 120), run.fake.world).cancel()
    assert (verdict.outcome, verdict.job.state) == (Outcome.SUCCEEDED, JobState.CANCELED)
    assert [asked.body for asked in laid.sent("PUT")] == [{"status": "cancel_requested"}]


# The draft rules: a second phase of the same query.

DRAFTED = {**FLOW, "draft_policy_decision": "blocked_by_boundary"}


def test_the_draft_rules_are_a_second_phase(client, laid) -> None:
    laid.on(
        "GET",
        QUERY,
        (200, query("working")),
        (200, query()),
        (200, query(rules="queued")),
        (200, query(rules="working")),
        (200, query(rules="completed")),
    )
    laid.on("PUT", f"{QUERY}/update_rules", (202, b""))
    laid.on("GET", DOWNLOAD, (200, [DRAFTED]))
    verdict = Run(client, draft_rules=True)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["rows"] == [DRAFTED]
    [asked] = laid.sent("PUT")
    assert asked.body == {}
    assert asked.path.endswith("/update_rules?label_based_rules=false&offset=0&limit=200000")
    assert verdict.polling.observed == {
        "working": 1,
        "completed": 1,
        "completed, rules queued": 1,
        "completed, rules working": 1,
        "completed, rules completed": 1,
    }


def test_a_later_process_goes_on_in_the_second_phase(client, laid) -> None:
    first = Run(client, draft_rules=True)
    handle = first.operation.submit()
    laid.on("GET", QUERY, (200, query(rules="working")), (200, query(rules="completed")))
    laid.on("GET", DOWNLOAD, (200, [DRAFTED]))
    verdict = Run(client)(handle=handle)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert not laid.sent("PUT")


def test_a_glance_asks_for_no_second_phase(client, laid) -> None:
    run = Run(client, draft_rules=True)
    handle = run.operation.submit()
    laid.on("GET", QUERY, (200, query()))
    verdict = run(handle=handle, check_mode=True)
    assert verdict.outcome is Outcome.RUNNING
    assert not laid.sent("PUT")


@pytest.mark.parametrize("answer", [(404, b""), (406, [{"token": "input_validation_error", "message": "no"}])])
def test_a_pce_that_knows_no_draft_rules(client, laid, answer) -> None:
    laid.on("PUT", f"{QUERY}/update_rules", answer)
    verdict = Run(client, draft_rules=True)()
    assert verdict.outcome is Outcome.FAILED
    assert "draft_rules:" in verdict.message


def test_a_second_phase_that_fails(client, laid) -> None:
    laid.on("GET", QUERY, (200, query()), (200, query(rules="failed")))
    laid.on("PUT", f"{QUERY}/update_rules", (202, b""))
    verdict = Run(client, draft_rules=True)()
    assert verdict.outcome is Outcome.FAILED
    assert "did not judge them by the draft rules" in verdict.message


def test_a_lost_answer_to_the_second_phase_is_no_failure(client, laid) -> None:
    laid.on("GET", QUERY, (200, query()), (200, query(rules="completed")))
    laid.on("PUT", f"{QUERY}/update_rules", LOST)
    laid.on("GET", DOWNLOAD, (200, [DRAFTED]))
    verdict = Run(client, draft_rules=True)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(laid.sent("PUT")) == 1


@pytest.mark.parametrize(("flow", "outcome"), [(DRAFTED, Outcome.SUCCEEDED), (FLOW, Outcome.FAILED)])
def test_a_second_phase_of_which_nothing_is_said_shows_in_the_rows(client, laid, flow, outcome) -> None:
    laid.on("GET", QUERY, (200, query()))
    laid.on("PUT", f"{QUERY}/update_rules", (202, b""))
    laid.on("GET", DOWNLOAD, (200, [flow]))
    run = Run(client, draft_rules=True)
    began = run.fake.now
    assert run().outcome is outcome
    assert run.fake.now - began >= 30
    assert len(laid.sent("PUT")) == 1


# The options of the module.


def params(connection, **given: t.Any) -> dict[str, t.Any]:
    names = ("handle", "dest", "fields", "start", "end", "last", "sources", "destinations", "services", "max_results")
    usual = {
        "format": "ndjson",
        "draft_rules": False,
        "on_truncation": "warn",
        "on_missing_region": "fail",
        "delete_query": False,
        "query_name": "netops.jobs",
        "query_op": "and",
        "policy_decisions": [],
        "boundary_decisions": [],
        "exclude_workloads_from_ip_list_query": None,
        **dict.fromkeys(names),
    }
    return {**connection, **usual, **given}


def test_from_the_options_of_a_task(connection, pce, tmp_path) -> None:
    given = params(
        connection,
        last="24h",
        dest=str(tmp_path / "flows"),
        sources={"include": [{"workload": "/orgs/1/workloads/1"}], "exclude": None},
        services={"include": [{"port": 443, "proto": "tcp"}], "exclude": None},
    )
    pce.on("POST", QUERIES, (202, query("queued")))
    traffic_query.from_options(given, set().update).submit()
    body = pce.sent("POST")[0].body
    assert body["max_results"] == 200_000
    assert body["services"] == {"include": [{"port": 443, "proto": 6}], "exclude": []}
    assert body["sources"]["include"] == [[{"workload": {"href": "/orgs/1/workloads/1"}}]]
    assert body["destinations"] == {"include": [[]], "exclude": []}
    assert (body["start_date"] < body["end_date"], body["end_date"][-1]) == (True, "Z")


def test_without_a_file_less_is_asked_for(connection, pce) -> None:
    pce.on("POST", QUERIES, (202, query("queued")))
    traffic_query.from_options(params(connection, start="2026-01-01"), set().update).submit()
    assert pce.sent("POST")[0].body["max_results"] == 1000
    with pytest.raises(errors.BadInput) as caught:
        traffic_query.from_options(params(connection, start="2026-01-01", max_results=10_001), set().update)
    assert "Give dest" in caught.value.message


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"start": "2026-13-01"}, "start:"),
        ({"last": "24h", "fields": []}, "fields:"),
        ({"last": "24h", "fields": [" "]}, "fields:"),
        ({"last": "24h", "dest": "/no/such/folder/x"}, "dest:"),
        ({"last": "24h", "services": {"exclude": [{"proto": "x"}]}}, "services.exclude[0].proto"),
    ],
)
def test_bad_options_are_named(connection, given, text) -> None:
    with pytest.raises(errors.BadInput) as caught:
        traffic_query.from_options(params(connection, **given), set().update)
    assert caught.value.message.startswith(text)


def test_a_handle_alone_is_enough(connection) -> None:
    operation = traffic_query.from_options(params(connection, handle={"x": 1}), set().update)
    with pytest.raises(errors.BadInput):
        operation.preview(want_diff=False)
