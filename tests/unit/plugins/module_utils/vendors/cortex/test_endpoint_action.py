# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.actions import (
    LISTED_WITHIN,
    RESULT_GRACE,
    WORDS,
    Demand,
    id_of,
    reasons_in,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.endpoint_action import (
    FETCHED_FROM,
    KINDS,
    ActionOptions,
    EndpointAction,
    EndpointScan,
    FileRetrieval,
    from_options,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.job import REFUSED_PATIENCE
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.selection import LOOKED_UP, Selection, find
from ansible_collections.netops.jobs.tests.unit.cortex_storage import Storage, behind, zipped
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "cortex" / "recorded"
ENDPOINTS = "/v1/endpoints"
STATUS = "/v1/actions/get_action_status"
DETAILS = "/v1/actions/file_retrieval_details"
BIG = "9007199254740993"
ONE, TWO, THREE = "aeec6a2cc92e46fab3b6f621722e9916", "23a86310665d413a958926fce5b794b3", "3" * 32
NAMES = {ONE: "host1", TWO: "host2", THREE: "host3"}
DONE, FAILED, PENDING, RUNNING = "COMPLETED_SUCCESSFULLY", "FAILED", "PENDING", "IN_PROGRESS"
SHA256 = "ab" * 32
REFUSAL = {
    "reply": {
        "err_code": 500,
        "err_msg": "An error occurred while processing XDR public API",
        "err_extra": "No endpoint was found for creating the requested action",
    }
}


def recorded(name: str) -> object:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def reply(content: object) -> tuple[int, object]:
    return 200, {"reply": content}


def states(**by_name: str) -> tuple[int, object]:
    ids = {name: endpoint_id for endpoint_id, name in NAMES.items()}
    return reply({"data": {ids[name]: word for name, word in by_name.items()}})


def endpoint(endpoint_id: str, isolated: str = "AGENT_UNISOLATED") -> dict:
    return {"endpoint_id": endpoint_id, "endpoint_name": NAMES[endpoint_id], "is_isolated": isolated}


def listing(*records: dict, total: int | None = None) -> tuple[int, object]:
    count = len(records) if total is None else total
    return reply({"total_count": count, "result_count": len(records), "endpoints": list(records)})


class Clock:
    """Monotonic seconds for the operation, those of the world that runs it."""

    def __init__(self) -> None:
        self.fake = FakeTime()
        # Requests have the real time for their deadline.
        self.fake.now = time.monotonic()

    def __call__(self) -> float:
        return self.fake.now


@pytest.fixture
def tenant(tenant):
    """The tenant with three endpoints, which takes every action."""
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(endpoint(ONE), endpoint(TWO)))
    for action in KINDS:
        tenant.post(f"{ENDPOINTS}/{action}", reply({"action_id": BIG, "status": "1", "endpoints_count": "2"}))
    return tenant


@pytest.fixture
def storage(tenant, monkeypatch) -> Storage:
    return behind(tenant, "api-tenant.example.com", monkeypatch)


DEFAULTS = {
    "files": {"linux": ["/var/log/messages"]},
    "file_path": "C:\\temp\\a.exe",
    "file_hash": SHA256,
}


def action(client, name: str = "isolate", ids=(ONE, TWO), *, demand: Demand | None = None, **more) -> EndpointAction:
    details = {each: DEFAULTS[each] for each in KINDS[name].wants}
    details.update({each: more.pop(each) for each in ("files", "incident_id") if each in more})
    selection = more.pop("selection", None) or Selection(list(ids))
    kind = {"scan": EndpointScan, "file_retrieval": FileRetrieval}.get(name, EndpointAction)
    return kind(client, ActionOptions(name, **details), selection, demand, clock=Clock(), **more)


def run(operation: EndpointAction, timing: Timing = TIMING, **wishes):
    return lifecycle.run(operation, lifecycle.Wishes(timing, **wishes), operation._clock.fake.world)


def by_name(verdict) -> dict[str, JobState]:
    return {target.name: target.state for target in verdict.job.targets}


# One task.


# Trap 14.
def test_every_endpoint_has_its_verdict_and_all_of_them_count(client, tenant) -> None:
    tenant.post(
        STATUS, states(host1=RUNNING, host2=PENDING), states(host1=DONE, host2=RUNNING), states(host1=DONE, host2=DONE)
    )
    verdict = run(action(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert by_name(verdict) == {"host1": JobState.SUCCEEDED, "host2": JobState.SUCCEEDED}
    assert [target.id for target in verdict.job.targets] == [ONE, TWO]
    assert verdict.message.endswith("succeeded (2 of 2 endpoints).")
    assert verdict.polling.observed == {"IN_PROGRESS 0%": 1, "IN_PROGRESS 50%": 1, DONE: 1}
    assert verdict.result == {"action_id": BIG, "endpoints": 2, "succeeded": 2, "skipped": []}
    assert [asked.request_data for asked in tenant.posted(f"{ENDPOINTS}/isolate")] == [
        {"filters": [{"field": "endpoint_id_list", "operator": "in", "value": [ONE, TWO]}]}
    ]


# Trap 14.
def test_the_recorded_states_are_a_failure_that_names_the_endpoint(client, tenant) -> None:
    answer = recorded("action_status_get")
    answer["reply"]["errorReasons"] = {TWO: {"errorData": None, "errorDescription": "The agent is too old."}}
    tenant.post(STATUS, (200, answer))
    verdict = run(action(client, "quarantine"))
    assert (verdict.outcome, verdict.changed, verdict.job.state) == (Outcome.FAILED, True, JobState.FAILED)
    assert "failed on 1 of 2: host2 (The agent is too old.)" in verdict.message
    assert verdict.job.vendor_state == f"1 {DONE}, 1 {FAILED}"
    assert verdict.job.messages == ("1 of 2 endpoints, required_targets is all",)
    assert verdict.result["succeeded"] == 1


# Trap 15. Trap 21.
def test_an_empty_list_right_after_the_submission_is_no_end(client, tenant) -> None:
    tenant.post(STATUS, reply({"data": {}}), reply({"data": None}), states(host1=DONE, host2=DONE))
    verdict = run(action(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed == {"no endpoint listed yet 0%": 2, DONE: 1}


# Trap 17.
@pytest.mark.parametrize("given", [9007199254740993, "9007199254740993"])
def test_ids_of_64_bits_survive(client, tenant, given) -> None:
    tenant.post(f"{ENDPOINTS}/isolate", reply({"action_id": given}))
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    verdict = run(action(client))
    assert verdict.job.handle.id == BIG
    assert json.loads(json.dumps(verdict.job.handle.to_dict()))["id"] == BIG
    assert [asked.request_data for asked in tenant.posted(STATUS)] == [{"group_action_id": 9007199254740993}]


def test_what_is_an_action_id() -> None:
    assert [id_of(each) for each in (123, "123", " 7 ", 1.5e15, True, None, "a b", "")] == [
        "123",
        "123",
        "7",
        *[""] * 5,
    ]


def test_the_recorded_answer_to_a_scan_is_enough(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/scan", (200, recorded("scan_endpoints")))
    tenant.post(STATUS, (200, recorded("action_status_get")))
    verdict = run(action(client, "scan"))
    assert (verdict.job.handle.id, verdict.outcome) == ("123", Outcome.FAILED)


def test_incident_and_details_are_sent(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    run(action(client, "quarantine"))
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(endpoint(ONE)))
    run(action(client, "restore", ids=[ONE], incident_id="302"))
    first, second = (tenant.posted(f"{ENDPOINTS}/{name}")[0].request_data for name in ("quarantine", "restore"))
    assert first == {
        "filters": [{"field": "endpoint_id_list", "operator": "in", "value": [ONE, TWO]}],
        "file_path": "C:\\temp\\a.exe",
        "file_hash": SHA256,
    }
    assert second == {"endpoint_id": ONE, "file_hash": SHA256, "incident_id": 302}


# Trap 8.
@pytest.mark.parametrize("word", ["Cancelled", "CANCELED", "aborted"])
def test_canceled_in_any_spelling(client, tenant, word) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=word))
    verdict = run(action(client, "scan"))
    assert (verdict.outcome, verdict.job.state) == (Outcome.CANCELED, JobState.CANCELED)


def test_the_documented_words_are_all_there() -> None:
    documented = {"PENDING", "IN_PROGRESS", "CANCELLED", "PENDING_ABORT", "ABORTED", "EXPIRED", "COMPLETED_PARTIAL"}
    documented |= {"COMPLETED_SUCCESSFULLY", "FAILED", "TIMEOUT", "CANCELED"}
    assert set(WORDS) == {word.lower() for word in documented}
    assert [word for word, state in WORDS.items() if state is JobState.SUCCEEDED] == ["completed_successfully"]


def test_a_word_in_no_table_is_waited_out_with_one_warning(client, tenant) -> None:
    tenant.post(
        STATUS,
        states(host1=DONE, host2="Reticulating"),
        states(host1=DONE, host2="Reticulating"),
        states(host1=DONE, host2=DONE),
    )
    verdict = run(action(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [warning for warning in verdict.warnings if "Reticulating" in warning] == list(verdict.warnings)
    assert len(verdict.warnings) == 1


# How many have to succeed.


def test_enough_successes_are_a_success_with_a_warning(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=FAILED))
    verdict = run(action(client, demand=Demand("any")))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(verdict.warnings) == 1
    assert "not on all endpoints: host2 (FAILED)" in verdict.warnings[0]


def test_too_few_successes_are_a_failure(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(*map(endpoint, (ONE, TWO, THREE))))
    tenant.post(f"{ENDPOINTS}/isolate", reply({"action_id": 5, "endpoints_count": 3}))
    tenant.post(STATUS, states(host1=DONE, host2=FAILED, host3="TIMEOUT"))
    verdict = run(action(client, ids=[ONE, TWO, THREE], demand=Demand("2")))
    assert (verdict.outcome, verdict.job.messages) == (Outcome.FAILED, ("1 of 3 endpoints, required_targets is 2",))


@pytest.mark.parametrize("check_mode", [True, False])
def test_more_successes_than_endpoints_are_refused_before_anything_is_done(client, tenant, check_mode) -> None:
    verdict = run(action(client, demand=Demand("3")), check_mode=check_mode)
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert "required_targets: is 3, and 2 endpoints" in verdict.message
    assert not tenant.posted(f"{ENDPOINTS}/isolate")


def test_what_was_as_wanted_before_counts_also_for_who_waits_by_the_handle(client, tenant) -> None:
    isolated = (endpoint(each, "AGENT_ISOLATED") for each in (ONE, TWO))
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(*isolated, endpoint(THREE)))
    tenant.post(f"{ENDPOINTS}/isolate", reply({"action_id": 5, "endpoints_count": 1}))
    tenant.post(STATUS, states(host3=DONE))
    left = run(action(client, ids=[ONE, TWO, THREE], demand=Demand("3")), wait=False)
    handle = Handle.from_dict(left.job.handle.to_dict())
    verdict = Wait(EndpointAction(client), handle, TIMING, FakeTime().world).run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "(1 of 1 endpoints, 2 more were as wanted before)" in verdict.message
    tenant.post(STATUS, states(host3=FAILED))
    assert run(action(client, ids=[ONE, TWO, THREE], demand=Demand("3"))).outcome is Outcome.FAILED
    assert run(action(client, ids=[ONE, TWO, THREE])).outcome is Outcome.FAILED


def test_an_endpoint_that_is_offline_is_named_when_the_time_is_up(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=PENDING))
    verdict = run(action(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
    assert "Without a verdict so far: host2." in verdict.message
    assert by_name(verdict) == {"host1": JobState.SUCCEEDED, "host2": JobState.PENDING}
    assert (verdict.job.handle.id, verdict.result["succeeded"]) == (BIG, 1)


def test_endpoints_that_stay_pending_are_left_where_enough_others_succeeded(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=PENDING))
    operation = action(client, demand=Demand("1", pending_timeout=120))
    began = operation._clock.fake.now
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert 120 <= operation._clock.fake.now - began < 300
    assert "host2 (PENDING)" in verdict.warnings[0]
    assert by_name(verdict)["host2"] is JobState.PENDING


def test_what_runs_is_waited_for_however_many_have_succeeded(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=RUNNING))
    assert run(action(client, demand=Demand("1", pending_timeout=0))).outcome is Outcome.TIMED_OUT


def test_endpoints_that_the_tenant_counts_and_never_lists_count_as_failed(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/isolate", reply({"action_id": 5, "endpoints_count": 2}))
    tenant.post(STATUS, states(host1=DONE))
    operation = action(client)
    began = operation._clock.fake.now
    verdict = run(operation)
    assert verdict.outcome is Outcome.FAILED
    assert operation._clock.fake.now - began >= LISTED_WITHIN
    assert "lists no state of 1 of them" in " ".join(verdict.job.messages)
    enough = run(action(client, demand=Demand("any")))
    assert enough.outcome is Outcome.SUCCEEDED
    assert "counted 2 endpoints" in enough.warnings[0]


@pytest.mark.parametrize(
    "bad", [{"required_targets": "most"}, {"pending_timeout": -1.0}, {"pending_timeout": float("nan")}]
)
def test_demands_that_make_no_sense(bad) -> None:
    with pytest.raises(errors.BadInput, match=next(iter(bad))):
        Demand(**bad)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ({"errorDescription": " No \n connection "}, ("No connection",)),
        ({"errorDescription": None, "missing_files": ["/a", {"file_path": "/b"}]}, ("missing files: /a, /b",)),
        ({"errorData": "E7", "errorDescription": ""}, ('{"errorData": "E7"}',)),
        ("plain", ("plain",)),
        ({}, ()),
        (None, ()),
    ],
)
def test_what_is_said_of_an_endpoint(reason, said) -> None:
    assert reasons_in(reason) == said


# Which endpoints.


# Trap 16.
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"ids": []},
        {"filters": []},
        {"ids": [], "filters": [{"field": "hostname", "operator": "in", "value": ["host1"]}]},
        {"ids": [" "]},
        {"filters": [{"field": "hostname", "operator": "in", "value": []}]},
        {"filters": [{"field": "hostname", "operator": "in", "value": [""]}]},
        {"filters": [{"field": "hostname", "operator": "in", "value": None}]},
        {"ids": [ONE], "everything": True},
    ],
)
def test_no_selection_is_never_taken_for_all_endpoints(given) -> None:
    with pytest.raises(errors.BadInput, match=r"endpoint_ids|filters|all_endpoints"):
        Selection(**given)


@pytest.mark.parametrize("name", ["scan", "abort_scan"])
def test_all_endpoints_where_the_api_knows_all(client, tenant, name) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(endpoint(ONE), total=673))
    tenant.post(f"{ENDPOINTS}/{name}", reply({"action_id": 5, "endpoints_count": "2"}))
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    assert run(action(client, name, selection=Selection(everything=True))).outcome is Outcome.SUCCEEDED
    assert tenant.posted(f"{ENDPOINTS}/{name}")[0].request_data == {"filters": "all"}
    checked = run(action(client, name, selection=Selection(everything=True)), check_mode=True)
    assert (checked.outcome, checked.changed) == (Outcome.SUCCEEDED, True)
    assert "673 endpoints would be" in checked.message


def test_a_file_is_restored_on_all_that_have_it_only_when_told(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    run(action(client, "restore", selection=Selection(everything=True)))
    assert tenant.posted(f"{ENDPOINTS}/restore")[0].request_data == {"file_hash": SHA256}
    with pytest.raises(errors.BadInput, match="one endpoint"):
        action(client, "restore")


@pytest.mark.parametrize("name", ["isolate", "unisolate", "file_retrieval", "quarantine"])
def test_all_endpoints_where_the_api_knows_no_all(client, name) -> None:
    with pytest.raises(errors.BadInput, match="all_endpoints: the API has no"):
        action(client, name, selection=Selection(everything=True))


def test_a_scan_hands_the_filters_to_the_tenant(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(endpoint(ONE)))
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    filters = [{"field": "group_name", "operator": "in", "value": ["servers"]}]
    run(action(client, "scan", selection=Selection([ONE], filters)))
    assert tenant.posted(f"{ENDPOINTS}/scan")[0].request_data == {
        "filters": [*filters, {"field": "endpoint_id_list", "operator": "in", "value": [ONE]}]
    }


def test_where_only_ids_are_taken_the_tenant_is_asked_what_fits(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    filters = [{"field": "hostname", "operator": "in", "value": ["host1", "host2"]}]
    run(action(client, selection=Selection(None, filters)))
    asked = tenant.posted(f"{ENDPOINTS}/get_endpoint")[0].request_data
    assert (asked["filters"], asked["search_from"], asked["search_to"]) == (filters, 0, 100)
    assert tenant.posted(f"{ENDPOINTS}/isolate")[0].request_data == {
        "filters": [{"field": "endpoint_id_list", "operator": "in", "value": [ONE, TWO]}]
    }


# Trap 16.
def test_filters_that_nothing_fits_send_nothing(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing())
    filters = [{"field": "hostname", "operator": "in", "value": ["nobody"]}]
    for name in ("isolate", "scan"):
        verdict = run(action(client, name, selection=Selection(None, filters)))
        assert (verdict.outcome, verdict.changed, verdict.refusal["reason"]) == (Outcome.REFUSED, False, "bad_input")
        assert run(action(client, name, selection=Selection(None, filters)), check_mode=True).outcome is Outcome.REFUSED
        assert not tenant.posted(f"{ENDPOINTS}/{name}")


def test_an_unknown_endpoint_is_named_before_anything_is_sent(client, tenant) -> None:
    verdict = run(action(client, ids=[ONE, TWO, THREE]))
    assert verdict.outcome is Outcome.REFUSED
    assert f"has no endpoint {THREE}" in verdict.message
    assert not tenant.posted(f"{ENDPOINTS}/isolate")


def test_more_endpoints_than_one_request_takes(client, tenant) -> None:
    records = [{"endpoint_id": f"{number:032x}", "endpoint_name": f"n{number}"} for number in range(FETCHED_FROM + 1)]
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(*records))
    verdict = run(action(client, "file_retrieval", ids=[each["endpoint_id"] for each in records]))
    assert verdict.outcome is Outcome.REFUSED
    assert "11 endpoints are meant, one request takes 10 at most" in verdict.message


def test_a_long_list_is_read_page_by_page(client, tenant) -> None:
    records = [{"endpoint_id": f"{number:032x}", "endpoint_name": f"n{number}"} for number in range(150)]

    def page(asked):
        wanted = asked.request_data
        return listing(*records[wanted["search_from"] : wanted["search_to"]], total=150)

    tenant.post(f"{ENDPOINTS}/get_endpoint", page)
    verdict = run(
        action(client, selection=Selection(None, [{"field": "platform", "operator": "in", "value": ["linux"]}])),
        check_mode=True,
    )
    assert "150 endpoints would be isolated: n0, n1" in verdict.message
    assert "and 130 more" in verdict.message
    assert len(tenant.posted("get_endpoint")) == 2


def test_a_list_that_does_not_fit_its_number_is_read_again(client, tenant) -> None:
    few, whole = listing(endpoint(ONE), total=2), listing(endpoint(ONE), endpoint(TWO))
    tenant.post(f"{ENDPOINTS}/get_endpoint", few, whole)
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    filters = [{"field": "hostname", "operator": "in", "value": ["host1", "host2"]}]
    assert run(action(client, selection=Selection(None, filters))).outcome is Outcome.SUCCEEDED
    assert tenant.posted(f"{ENDPOINTS}/isolate")[0].request_data["filters"][0]["value"] == [ONE, TWO]


def test_a_list_without_its_number_is_read_to_its_end(client, tenant) -> None:
    records = [{"endpoint_id": f"{number:032x}", "endpoint_name": f"n{number}"} for number in range(100)]

    def page(asked):
        wanted = asked.request_data
        return reply({"endpoints": (records * 2)[wanted["search_from"] : min(wanted["search_to"], 100)]})

    tenant.post(f"{ENDPOINTS}/get_endpoint", page)
    found = find(client, [])
    assert (len(found.endpoints), found.total, len(tenant.posted("get_endpoint"))) == (100, 100, 2)


def test_a_key_that_may_act_but_not_look_acts(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", (403, {"reply": {"err_code": 403, "err_msg": "no", "err_extra": None}}))
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    verdict = run(action(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert {target.name for target in verdict.job.targets} == {ONE, TWO}
    filters = [{"field": "hostname", "operator": "in", "value": ["host1"]}]
    assert run(action(client, selection=Selection(None, filters))).outcome is Outcome.REFUSED


# What is there already.


def test_endpoints_that_are_isolated_are_left_out(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(endpoint(ONE, "AGENT_ISOLATED"), endpoint(TWO)))
    tenant.post(f"{ENDPOINTS}/isolate", reply({"action_id": 5, "endpoints_count": 1}))
    tenant.post(STATUS, states(host2=DONE))
    verdict = run(action(client))
    assert tenant.posted(f"{ENDPOINTS}/isolate")[0].request_data["filters"][0]["value"] == [TWO]
    assert verdict.result["skipped"] == [{"endpoint_id": ONE, "name": "host1"}]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("name", "word"), [("isolate", "AGENT_ISOLATED"), ("unisolate", "AGENT_UNISOLATED")])
def test_nothing_to_do_where_all_are_as_wanted(client, tenant, name, word, check_mode) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(endpoint(ONE, word), endpoint(TWO, word)))
    verdict = run(action(client, name), check_mode=check_mode)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert len(verdict.result["skipped"]) == 2
    assert not tenant.posted(f"{ENDPOINTS}/{name}")


def test_check_mode_sends_nothing(client, tenant) -> None:
    verdict = run(action(client), check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "2 endpoints would be isolated: host1, host2." in verdict.message
    assert {asked.path for asked in tenant.asked} == {f"/public_api{ENDPOINTS}/get_endpoint"}


# Trap 16.
@pytest.mark.parametrize("first", ["AGENT_ISOLATED", "AGENT_UNISOLATED"])
def test_endpoints_that_were_not_named_are_never_acted_on(client, tenant, first) -> None:
    tenant.post(f"{ENDPOINTS}/get_endpoint", listing(endpoint(ONE, first), endpoint(TWO), endpoint(THREE)))
    for filters in (None, [{"field": "hostname", "operator": "in", "value": ["host1"]}]):
        verdict = run(action(client, selection=Selection([ONE, TWO], filters)))
        assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
        assert "endpoint_ids does not name: host3." in verdict.message
    assert not tenant.posted(f"{ENDPOINTS}/isolate")


# The submission.


# Trap 6.
@pytest.mark.parametrize(
    "lost",
    [
        requests.ConnectionError("Connection reset by peer"),
        (502, b"<html>"),
        (500, {"reply": {"err_code": 500, "err_msg": "An error occurred while processing XDR public API"}}),
        (200, {"reply": {"status": "1"}}),
        (200, {"reply": {"action_id": 2.25e13}}),
        (200, b"<html>"),
    ],
)
def test_a_lost_answer_is_lost_and_nothing_is_sent_again(client, tenant, lost) -> None:
    tenant.post(f"{ENDPOINTS}/isolate", lost)
    verdict = run(action(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert len(tenant.posted(f"{ENDPOINTS}/isolate")) == 1
    assert "pass its number as action_id" in verdict.message


# Trap 10.
def test_a_refusal_by_http_500_is_a_refusal(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/isolate", (500, REFUSAL))
    verdict = run(action(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert "No endpoint was found" in verdict.message
    assert len(tenant.posted(f"{ENDPOINTS}/isolate")) == 1


def test_an_action_for_no_endpoint_is_refused(client, tenant) -> None:
    for answer in ({"action_id": 5, "endpoints_count": "0"}, {"status": 0}):
        tenant.post(f"{ENDPOINTS}/isolate", reply(answer))
        assert run(action(client)).outcome is Outcome.REFUSED


# Trap 22.
def test_a_licence_that_is_missing_ends_it_at_once(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/isolate", (402, {"reply": {"err_code": 402, "err_msg": "no licence", "err_extra": None}}))
    verdict = run(action(client))
    assert (verdict.outcome, verdict.refusal["reason"]) == (Outcome.REFUSED, "denied")


def test_too_many_requests_are_sent_again(client, tenant) -> None:
    tenant.post(f"{ENDPOINTS}/isolate", (429, b"", {"Retry-After": "7"}), reply({"action_id": 5}))
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    assert run(action(client)).outcome is Outcome.SUCCEEDED
    assert len(tenant.posted(f"{ENDPOINTS}/isolate")) == 2


# The wait.


# Trap 10. Trap 23.
def test_trouble_while_it_is_looked_at_is_no_failure(client, tenant) -> None:
    tenant.post(
        STATUS,
        503,
        (500, REFUSAL),
        429,
        (200, b"<html>"),
        reply([]),
        requests.ConnectionError("gone"),
        states(host1=DONE, host2=DONE),
    )
    verdict = run(action(client))
    assert (verdict.outcome, verdict.polling.outages) == (Outcome.SUCCEEDED, 1)


def test_a_handle_and_a_number_resume_it(client, tenant) -> None:
    tenant.post(STATUS, states(host1=PENDING, host2=DONE), states(host1=DONE, host2=DONE))
    left = run(action(client), wait=False)
    assert (left.outcome, left.changed) == (Outcome.RUNNING, True)
    handle = Handle.from_dict(left.job.handle.to_dict())
    assert dict(handle.options) == {
        "action": "isolate",
        "endpoints": "2",
        "required_targets": "all",
        "pending_timeout": "300",
    }
    resumed = OPERATIONS[handle.operation](client)
    verdict = Wait(resumed, handle, TIMING, FakeTime().world).run()
    assert (verdict.outcome, by_name(verdict)) == (
        Outcome.SUCCEEDED,
        {"host1": JobState.SUCCEEDED, "host2": JobState.SUCCEEDED},
    )
    by_number = EndpointAction(client, ActionOptions("isolate"), action_id=BIG, clock=Clock())
    verdict = run(by_number)
    assert (verdict.outcome, verdict.job.handle.id, verdict.changed) == (Outcome.SUCCEEDED, BIG, False)
    assert len(tenant.posted(f"{ENDPOINTS}/isolate")) == 1


# Trap 10.
def test_a_number_that_the_tenant_refuses_ends_it_soon(client, tenant) -> None:
    refusal = {"err_code": 500, "err_msg": "Bad request", "err_extra": "No action with id 5"}
    tenant.post(STATUS, (500, {"reply": refusal}))
    operation = EndpointAction(client, ActionOptions("isolate"), action_id="5", clock=Clock())
    began = operation._clock.fake.now
    verdict = run(operation, EndpointAction.timing)
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
    assert "No action with id 5" in verdict.message
    assert "Check whether the id is one of this tenant" in verdict.message
    assert REFUSED_PATIENCE <= operation._clock.fake.now - began < 200


# Trap 10.
def test_a_tenant_that_has_answered_before_may_refuse_for_longer(client, tenant) -> None:
    tenant.post(STATUS, states(host1=RUNNING, host2=RUNNING), *[(500, REFUSAL)] * 12, states(host1=DONE, host2=DONE))
    operation = action(client)
    began = operation._clock.fake.now
    assert run(operation, EndpointAction.timing).outcome is Outcome.SUCCEEDED
    assert operation._clock.fake.now - began > REFUSED_PATIENCE


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("body", [b"", b"<html>gone</html>", {"message": "no Route matched with those values"}])
def test_a_page_that_is_not_of_the_tenant_is_no_word_on_the_action(client, tenant, status, body) -> None:
    tenant.post(STATUS, *[states(host1=RUNNING)] * 8, (status, body), states(host1=DONE, host2=DONE))
    verdict = run(action(client), EndpointAction.timing)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed[f"HTTP {status} without a word of the tenant"] == 1


def test_what_the_tenant_itself_says_of_the_action_counts_at_once(client, tenant) -> None:
    for status, outcome in ((403, Outcome.UNREACHABLE), (404, Outcome.LOST)):
        tenant.post(STATUS, *[states(host1=RUNNING)] * 8, (status, {"err_msg": "No"}), states(host1=DONE, host2=DONE))
        assert run(action(client), EndpointAction.timing).outcome is outcome


def test_a_number_of_which_no_endpoint_is_listed_is_lost_soon(client, tenant) -> None:
    tenant.post(STATUS, reply({"data": {}}))
    operation = EndpointAction(client, ActionOptions("isolate"), action_id="5", clock=Clock())
    began = operation._clock.fake.now
    verdict = run(operation, EndpointAction.timing)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, False)
    assert "no endpoint of action 5" in verdict.message
    assert LISTED_WITHIN <= operation._clock.fake.now - began < 300


def test_a_handle_that_does_not_say_how_to_judge(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE))
    with pytest.raises(errors.BadInput, match="handle: its options do not say"):
        EndpointAction(client).observe(Handle("cortex.endpoint_action", client.endpoint, "5"), within=5)


# To stop it.


def test_a_scan_is_stopped_on_those_endpoints_that_are_not_through(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=RUNNING))
    scan = EndpointScan(client, clock=Clock())
    handle = Handle(scan.name, client.endpoint, BIG, options=Demand().to_dict())

    def aborted(_asked):
        tenant.post(STATUS, states(host1=DONE, host2="PENDING_ABORT"), states(host1=DONE, host2="ABORTED"))
        return reply({"action_id": 6})

    tenant.post(f"{ENDPOINTS}/abort_scan", aborted)
    verdict = Wait(scan, handle, TIMING, scan._clock.fake.world).cancel()
    assert (verdict.outcome, verdict.changed, verdict.job.state) == (Outcome.SUCCEEDED, True, JobState.CANCELED)
    assert tenant.posted(f"{ENDPOINTS}/abort_scan")[0].request_data == {
        "filters": [{"field": "endpoint_id_list", "operator": "in", "value": [TWO]}]
    }


def test_a_scan_is_not_taken_for_stopped_before_the_demand_was_sent(client, tenant) -> None:
    def aborted(_asked):
        tenant.post(STATUS, states(host1="ABORTED"))
        return reply({"action_id": 6})

    tenant.post(STATUS, states(host1=RUNNING), 503, states(host1=RUNNING)).post(f"{ENDPOINTS}/abort_scan", aborted)
    scan = EndpointScan(client, clock=Clock())
    handle = Handle(scan.name, client.endpoint, BIG, options=Demand().to_dict())
    verdict = Wait(scan, handle, TIMING, scan._clock.fake.world).cancel()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(tenant.posted(f"{ENDPOINTS}/abort_scan")) == 1


def test_a_scan_of_many_endpoints_is_stopped_in_pieces(client, tenant) -> None:
    ids = [f"{number:032x}" for number in range(LOOKED_UP + 1)]
    tenant.post(STATUS, reply({"data": dict.fromkeys(ids, RUNNING)}))
    EndpointScan(client).cancel(Handle(EndpointScan.name, client.endpoint, BIG))
    asked = [asked.request_data["filters"][0]["value"] for asked in tenant.posted(f"{ENDPOINTS}/abort_scan")]
    assert [len(each) for each in asked] == [LOOKED_UP, 1]
    assert [*asked[0], *asked[1]] == ids


def test_a_scan_that_lists_no_endpoint_yet_cannot_be_stopped(client, tenant) -> None:
    tenant.post(STATUS, reply({"data": {}}))
    with pytest.raises(errors.Refused, match="no endpoint is listed yet"):
        EndpointScan(client).cancel(Handle(EndpointScan.name, client.endpoint, BIG))


def test_an_isolation_is_never_stopped_by_its_opposite(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=PENDING))
    operation = action(client)
    assert not operation.can_cancel
    verdict = Wait(
        operation, Handle(operation.name, client.endpoint, BIG, options=Demand().to_dict()), TIMING, FakeTime().world
    ).cancel()
    assert verdict.outcome is Outcome.REFUSED
    assert not tenant.posted(f"{ENDPOINTS}/unisolate")


# Files.


def links(**by_name: str) -> tuple[int, object]:
    ids = {name: endpoint_id for endpoint_id, name in NAMES.items()}
    return reply({"data": {ids[name]: url for name, url in by_name.items()}})


def retrieval(client, folder: Path | None, **more) -> FileRetrieval:
    return action(client, "file_retrieval", dest=None if folder is None else str(folder), **more)


def test_the_files_of_every_endpoint_are_fetched_without_credentials(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    tenant.post(
        DETAILS,
        links(
            host1="https://storage.example.net/one.zip?Signature=s1",
            host2="https://storage.example.net/two.zip?Signature=s2",
        ),
    )
    storage.on("one.zip", (200, zipped("one"))).on("two.zip", (200, zipped("two")))
    verdict = run(retrieval(client, tmp_path))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert [(each["name"], each["path"]) for each in verdict.result["files"]] == [
        ("host2", f"{tmp_path}/{TWO}.zip"),
        ("host1", f"{tmp_path}/{ONE}.zip"),
    ]
    assert (tmp_path / f"{ONE}.zip").read_bytes() == zipped("one")
    for fetched in storage.fetched:
        assert (fetched.method, fetched.cert) == ("GET", None)
        assert not {name.lower() for name in fetched.headers} & {"authorization", "x-xdr-auth-id", "x-xdr-nonce"}
    assert "Signature" not in json.dumps(verdict.to_dict())
    again = run(retrieval(client, tmp_path))
    assert (again.outcome, again.changed) == (Outcome.SUCCEEDED, False)


def test_files_on_the_tenant_itself_are_asked_for_with_the_key(client, tenant, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    address = "https://api-tenant.example.com/public_api/v1/download/abc"
    tenant.post(DETAILS, links(host1=address, host2=address))
    tenant.post("/v1/download/abc", (200, zipped()))
    assert run(retrieval(client, tmp_path)).outcome is Outcome.SUCCEEDED
    asked = tenant.posted("/download/abc")[0]
    assert (asked.method, asked.headers["x-xdr-auth-id"]) == ("POST", "7")


# Trap 18.
def test_a_link_that_has_expired_is_asked_for_anew(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=FAILED))
    old, new = (f"https://storage.example.net/{age}.zip" for age in ("old", "new"))
    tenant.post(DETAILS, links(host1=old), links(host1=new))
    storage.on("old.zip", (403, b"<Error/>")).on("new.zip", (200, zipped()))
    verdict = run(retrieval(client, tmp_path, demand=Demand("any")))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [fetched.url.rpartition("/")[2] for fetched in storage.fetched] == ["old.zip", "new.zip"]


def test_a_link_that_is_refused_for_good_leaves_the_handle(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    tenant.post(DETAILS, links(host1="https://storage.example.net/x.zip?Signature=secret", host2=""))
    storage.on("x.zip", (403, b"<Error/>"))
    verdict = run(retrieval(client, tmp_path))
    assert verdict.outcome in (Outcome.UNREACHABLE, Outcome.TIMED_OUT)
    assert "https://storage.example.net:443 refuses the link to the file (HTTP 403)" in verdict.message
    assert "secret" not in json.dumps(verdict.to_dict())
    assert verdict.job.handle.id == BIG
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "link",
    ["http://storage.example.net/x.zip", "https://user:pw@storage.example.net/x.zip", "ftp://a/b", "/x", "https://"],
)
def test_strange_links_are_not_followed(client, tenant, storage, tmp_path, link) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    tenant.post(DETAILS, links(host1=link, host2=link))
    verdict = run(retrieval(client, tmp_path))
    assert verdict.outcome in (Outcome.UNREACHABLE, Outcome.TIMED_OUT)
    assert "a link that is not one of HTTPS" in verdict.message
    assert not storage.fetched


def test_half_a_file_and_no_zip_file_are_fetched_again(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=FAILED))
    tenant.post(DETAILS, links(host1="https://storage.example.net/x.zip"))
    storage.on("x.zip", (200, zipped()[:60]), (200, b"<Error>not yet</Error>"), (200, b""), (200, zipped()))
    verdict = run(retrieval(client, tmp_path, demand=Demand("any")))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [zipped()]


def test_an_endpoint_that_succeeded_and_has_no_file_is_no_success(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    tenant.post(DETAILS, links(host1="https://storage.example.net/x.zip"))
    storage.on("x.zip", (200, zipped()))
    operation = retrieval(client, tmp_path)
    began = operation._clock.fake.now
    verdict = run(operation)
    assert (verdict.outcome, len(verdict.result["files"])) == (Outcome.FAILED, 1)
    assert "has no file of host2" in verdict.message
    assert operation._clock.fake.now - began >= RESULT_GRACE
    enough = run(retrieval(client, tmp_path, demand=Demand("any")))
    assert enough.outcome is Outcome.SUCCEEDED
    assert "has no file of host2" in enough.warnings[-1]


def test_a_file_that_does_not_come_keeps_no_other_from_coming(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    # That of host2 is asked for first.
    tenant.post(DETAILS, links(host1="https://storage.example.net/1.zip", host2="https://storage.example.net/2.zip"))
    storage.on("/1.zip", (200, zipped())).on("/2.zip", (404, b""))
    verdict = run(retrieval(client, tmp_path))
    assert verdict.outcome in (Outcome.UNREACHABLE, Outcome.TIMED_OUT)
    assert [path.name for path in tmp_path.iterdir()] == [f"{ONE}.zip"]
    assert len([each for each in storage.fetched if "/1.zip" in each.url]) == 1


def test_names_from_outside_make_safe_names_of_files(client, tenant, storage, tmp_path) -> None:
    (tmp_path / "in").mkdir()
    tenant.post(STATUS, reply({"data": {"../../etc/x": DONE, ".hidden": DONE}}))
    tenant.post(
        DETAILS, reply({"data": dict.fromkeys(("../../etc/x", ".hidden"), "https://storage.example.net/x.zip")})
    )
    storage.on("x.zip", (200, zipped()))
    run(retrieval(client, tmp_path / "in"))
    names = sorted(path.name for path in (tmp_path / "in").iterdir())
    assert len(names) == 2
    assert all(name.startswith("_") and name.endswith(".zip") and "/" not in name for name in names)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_the_recorded_details_lead_to_a_foreign_host(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, reply({"data": {"endpoint_test": DONE}}))
    tenant.post(f"{ENDPOINTS}/file_retrieval", reply({"action_id": 1788}))
    tenant.post(DETAILS, (200, recorded("retrieve_file_details")))
    storage.on("api.xdrurl.com", (200, zipped()))
    verdict = run(retrieval(client, tmp_path))
    assert verdict.result["files"][0]["path"] == f"{tmp_path}/endpoint_test.zip"
    assert [fetched.url for fetched in storage.fetched] == ["https://api.xdrurl.com:443/"]


def test_without_dest_nothing_is_fetched_and_nothing_changes(client, tenant) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    verdict = run(retrieval(client, None))
    assert (verdict.outcome, verdict.changed, verdict.result["files"]) == (Outcome.SUCCEEDED, False, [])
    assert not tenant.posted(DETAILS)


def test_check_mode_of_a_resumed_retrieval_writes_nothing(client, tenant, tmp_path) -> None:
    tenant.post(STATUS, states(host1=DONE, host2=DONE))
    handle = Handle(FileRetrieval.name, client.endpoint, BIG, options={**Demand().to_dict(), "dest": str(tmp_path)})
    verdict = run(FileRetrieval(client, clock=Clock()), handle=handle, check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert list(tmp_path.iterdir()) == []


# Options.


@pytest.fixture
def params(connection) -> dict[str, object]:
    nothing = (
        "handle",
        "action_id",
        "endpoint_ids",
        "filters",
        "files",
        "file_path",
        "file_hash",
        "incident_id",
        "dest",
    )
    return {
        **connection,
        **dict.fromkeys(nothing),
        "action": None,
        "all_endpoints": False,
        "required_targets": "all",
        "pending_timeout": 300.0,
    }


@pytest.mark.parametrize("name", list(KINDS))
def test_options_become_the_operation_of_their_kind(params, name) -> None:
    details = {each: DEFAULTS[each] for each in KINDS[name].wants}
    operation = from_options({**params, "action": name, "endpoint_ids": [ONE], **details}, lambda _secrets: None)
    assert operation.name == {"scan": "cortex.endpoint_scan", "file_retrieval": "cortex.file_retrieval"}.get(
        name, "cortex.endpoint_action"
    )
    assert operation.can_cancel is (name == "scan")


@pytest.mark.parametrize("name", ["cortex.endpoint_action", "cortex.endpoint_scan", "cortex.file_retrieval"])
def test_a_handle_says_what_it_is(params, name) -> None:
    assert from_options({**params, "handle": {"operation": name}}, lambda _secrets: None).name == name


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({}, "action: say what"),
        ({"action": "isolate"}, "endpoint_ids, filters: say which"),
        ({"action": "isolate", "endpoint_ids": [ONE], "dest": "/tmp"}, "dest: isolate brings no files"),
        ({"action": "isolate", "endpoint_ids": [ONE], "file_hash": SHA256}, "file_hash: says nothing to isolate"),
        (
            {"action": "quarantine", "endpoint_ids": [ONE], "file_hash": SHA256},
            "file_path: quarantine cannot do without",
        ),
        ({"action": "restore", "endpoint_ids": [ONE], "file_hash": "abc"}, "file_hash: give the SHA-256"),
        ({"action": "restore", "endpoint_ids": [ONE], "file_hash": SHA256, "incident_id": "x"}, "incident_id"),
        ({"action": "quarantine", "endpoint_ids": [ONE], "incident_id": "7"}, "incident_id: the API does not"),
        ({"action": "file_retrieval", "endpoint_ids": [ONE]}, "files: file_retrieval cannot do without"),
        ({"action": "file_retrieval", "endpoint_ids": [ONE], "files": {"linux": []}}, "files: name at least one"),
        ({"action": "file_retrieval", "endpoint_ids": [ONE], "files": {"linux": ["/a"] * 21}}, "files: these are 21"),
        ({"action": "scan", "action_id": "a b"}, "action_id"),
        ({"action": "file_retrieval", "action_id": "5", "dest": "/nowhere/at/all"}, "dest: the folder"),
    ],
)
def test_options_that_make_no_sense(params, wrong, complaint) -> None:
    with pytest.raises(errors.BadInput) as caught:
        from_options({**params, **wrong}, lambda _secrets: None)
    assert complaint in caught.value.message


def test_a_number_needs_no_details(params) -> None:
    operation = from_options({**params, "action": "file_retrieval", "action_id": BIG}, lambda _secrets: None)
    assert (operation.named().id, operation.named().operation) == (BIG, "cortex.file_retrieval")


def test_a_client_certificate_is_not_for_others(client, tenant, storage, tmp_path) -> None:
    # Files that are not there: to read them would fail.
    client.connection = dataclasses.replace(client.connection, client_cert="/no.pem", client_key="/no.key")
    tenant.post(STATUS, states(host1=DONE, host2=FAILED))
    tenant.post(DETAILS, links(host1="https://storage.example.net/x.zip"))
    storage.on("x.zip", (200, zipped()))
    assert run(retrieval(client, tmp_path, demand=Demand("any"))).outcome is Outcome.SUCCEEDED
    assert [fetched.cert for fetched in storage.fetched] == [None]
