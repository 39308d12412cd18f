# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.actions import RESULT_GRACE, WORDS, Demand
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.script_run import (
    COUNTERS,
    ScriptOptions,
    ScriptRun,
    from_options,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.selection import Selection
from ansible_collections.netops.jobs.tests.unit.cortex_storage import Storage, behind, zipped
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "cortex" / "recorded"
RUN, SNIPPET = "/v1/scripts/run_script", "/v1/scripts/run_snippet_code_script"
STATUS, RESULTS = "/v1/scripts/get_script_execution_status", "/v1/scripts/get_script_execution_results"
FILES = "/v1/scripts/get_script_execution_results_files"
ONE, TWO = "1" * 32, "2" * 32
DONE, FAILED, PENDING, RUNNING = "COMPLETED_SUCCESSFULLY", "FAILED", "PENDING", "IN_PROGRESS"
UID = "0123456789abcdef0123456789abcdef"
ACTION = "22519813685366"


def reply(content: object) -> tuple[int, object]:
    return 200, {"reply": content}


def status(general: str | None = None, **counts: int) -> tuple[int, object]:
    """The counters of a status; names without ``endpoints_``."""
    shown: dict[str, object] = dict.fromkeys(COUNTERS, 0)
    shown.update({f"endpoints_{name}": count for name, count in counts.items()})
    return reply({**shown, "general_status": general} if general else shown)


def entry(endpoint_id: str, word: str, **more: object) -> dict:
    return {
        "endpoint_name": f"host{endpoint_id[0]}",
        "endpoint_ip_address": ["192.0.2.1"],
        "endpoint_status": "STATUS_010_CONNECTED",
        "domain": "WORKGROUP",
        "endpoint_id": endpoint_id,
        "execution_status": word,
        "standard_output": None,
        "retrieved_files": 0,
        "failed_files": 0,
        "retention_date": None,
        **more,
    }


def results(*entries: dict) -> tuple[int, object]:
    about = {"script_name": "list_processes", "script_description": "", "date_created": "2026-11-21 10:00:00"}
    secret = [{"name": "password", "value": "hunter2"}]
    return reply({**about, "script_parameters": secret, "scope": "2", "error_message": "", "results": list(entries)})


class Clock:
    def __init__(self) -> None:
        self.fake = FakeTime()
        # Requests have the real time for their deadline.
        self.fake.now = time.monotonic()

    def __call__(self) -> float:
        return self.fake.now


@pytest.fixture
def tenant(tenant):
    endpoints = [{"endpoint_id": each, "endpoint_name": f"host{each[0]}"} for each in (ONE, TWO)]
    tenant.post("/v1/endpoints/get_endpoint", reply({"total_count": 2, "result_count": 2, "endpoints": endpoints}))
    answer = json.loads((DATA / "run_script.json").read_text(encoding="utf-8"))
    answer["reply"]["endpoints_count"] = 2
    # The beginning of a path is compared: the longer ones come last.
    tenant.post(SNIPPET, (200, answer)).post(RUN, (200, answer))
    return tenant


@pytest.fixture
def storage(tenant, monkeypatch) -> Storage:
    return behind(tenant, "api-tenant.example.com", monkeypatch)


def laid_down(tenant, statuses: list, listed: list, *files: object) -> None:
    tenant.post(STATUS, *statuses).post(RESULTS, *listed).post(FILES, *(files or ((500, b""),)))


def script(client, ids=(ONE, TWO), demand: Demand | None = None, dest: Path | None = None, **options) -> ScriptRun:
    order = ScriptOptions(**({"script_uid": UID} if "snippet_code" not in options else {}), **options)
    folder = None if dest is None else str(dest)
    return ScriptRun(client, order, Selection(list(ids)), demand, dest=folder, clock=Clock())


def run(operation: ScriptRun, **wishes):
    return lifecycle.run(operation, lifecycle.Wishes(TIMING, **wishes), operation._clock.fake.world)


def by_name(verdict) -> dict[str, JobState]:
    return {target.name: target.state for target in verdict.job.targets}


# One task.


# Trap 14. Trap 17.
def test_a_script_from_the_submission_to_its_results(client, tenant) -> None:
    laid_down(
        tenant,
        [
            status(PENDING, pending=2),
            status(RUNNING, in_progress=1, completed_successfully=1),
            status(DONE, completed_successfully=2),
        ],
        [
            results(entry(ONE, PENDING), entry(TWO, PENDING)),
            results(entry(ONE, DONE), entry(TWO, RUNNING)),
            results(
                entry(ONE, DONE, standard_output="ok\n", _return_value=["a"], retrieved_files="2", failed_files=1),
                entry(TWO, DONE, standard_output=None, return_value=3, output_1="free", output_2=7),
            ),
        ],
    )
    verdict = run(script(client, parameters={"password": "hunter2"}, script_timeout=60, incident_id="9"))
    assert (verdict.outcome, verdict.changed, verdict.job.handle.id) == (Outcome.SUCCEEDED, True, ACTION)
    assert verdict.polling.observed == {"PENDING 0%": 1, "IN_PROGRESS 50%": 1, DONE: 1}
    assert tenant.posted(RUN)[0].request_data == {
        "filters": [{"field": "endpoint_id_list", "operator": "in", "value": [ONE, TWO]}],
        "script_uid": UID,
        "parameters_values": {"password": "hunter2"},
        "timeout": 60,
        "incident_id": "9",
    }
    first, second = verdict.result["results"]
    assert first == {
        "endpoint_id": ONE,
        "name": "host1",
        "execution_status": DONE,
        "standard_output": "ok\n",
        "return_value": ["a"],
        "outputs": {},
        "retrieved_files": 2,
        "failed_files": 1,
    }
    assert (second["return_value"], second["outputs"]) == (3, {"output_1": "free", "output_2": 7})
    assert (verdict.result["script"], verdict.result["files"]) == ("list_processes", [])
    assert tenant.posted(STATUS)[0].request_data == {"action_id": int(ACTION)}


def test_what_a_script_was_given_is_in_no_result(client, tenant) -> None:
    laid_down(tenant, [status(DONE, completed_successfully=2)], [results(entry(ONE, DONE), entry(TWO, DONE))])
    operation = script(client, parameters={"password": "hunter2"})
    verdict = run(operation)
    assert "hunter2" not in json.dumps(verdict.to_dict()) + repr(operation.order)


def test_a_snippet(client, tenant) -> None:
    laid_down(tenant, [status(DONE, completed_successfully=2)], [results(entry(ONE, DONE), entry(TWO, DONE))])
    run(script(client, snippet_code='print("7")'))
    assert set(tenant.posted(SNIPPET)[0].request_data) == {"filters", "snippet_code"}


def test_what_a_failing_script_printed_is_shown(client, tenant) -> None:
    output = "\n".join(f"line {number}" for number in range(9))
    listed = results(entry(ONE, DONE, standard_output="fine"), entry(TWO, FAILED, standard_output=output))
    laid_down(tenant, [status("COMPLETED_PARTIAL", completed_successfully=1, failed=1)], [listed])
    verdict = run(script(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert "host2 (line 4, line 5, line 6, line 7, line 8)" in verdict.message
    assert [each["standard_output"] for each in verdict.result["results"]] == ["fine", output]
    assert verdict.job.vendor_state == f"1 {DONE}, 1 {FAILED}"


def test_enough_successes_are_a_success(client, tenant) -> None:
    laid_down(
        tenant, [status(None, completed_successfully=1, expired=1)], [results(entry(ONE, DONE), entry(TWO, "EXPIRED"))]
    )
    verdict = run(script(client, demand=Demand("any")))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "host2 (EXPIRED)" in verdict.warnings[0]


def test_results_can_be_read_while_it_waits(client, tenant) -> None:
    laid_down(
        tenant,
        [status(RUNNING, pending=1, completed_successfully=1)],
        [results(entry(ONE, DONE, standard_output="x"), entry(TWO, PENDING))],
    )
    verdict = run(script(client))
    assert verdict.outcome is Outcome.TIMED_OUT
    assert [each["standard_output"] for each in verdict.result["results"]] == ["x", None]
    assert by_name(verdict) == {"host1": JobState.SUCCEEDED, "host2": JobState.PENDING}
    # The endpoints are asked for only where they are not as the numbers say.
    assert len(tenant.posted(RESULTS)) == 1 < len(tenant.posted(STATUS))


# Trap 15.
def test_no_numbers_and_no_endpoints_are_no_end(client, tenant) -> None:
    laid_down(
        tenant,
        [status(), reply({}), status(DONE, completed_successfully=2)],
        [results(), results(), results(entry(ONE, DONE), entry(TWO, DONE))],
    )
    verdict = run(script(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed == {"no endpoint listed yet 0%": 2, DONE: 1}


def test_a_status_without_counters_is_enough(client, tenant) -> None:
    laid_down(tenant, [reply({"general_status": DONE})], [results(entry(ONE, DONE), entry(TWO, DONE))])
    assert run(script(client)).outcome is Outcome.SUCCEEDED


def test_a_list_that_is_behind_the_numbers(client, tenant) -> None:
    over = status(DONE, completed_successfully=2)
    laid_down(
        tenant, [over], [results(entry(ONE, DONE), entry(TWO, RUNNING)), results(entry(ONE, DONE), entry(TWO, DONE))]
    )
    verdict = run(script(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert f"{DONE}, results not there yet 50%" in verdict.polling.observed
    laid_down(tenant, [over], [results(entry(ONE, DONE), entry(TWO, RUNNING))])
    operation = script(client)
    began = operation._clock.fake.now
    verdict = run(operation)
    assert (verdict.outcome, len(verdict.warnings)) == (Outcome.SUCCEEDED, 2)
    assert "2 of 2 endpoints by the numbers of the tenant" in verdict.warnings[0]
    assert operation._clock.fake.now - began >= RESULT_GRACE


def test_a_list_that_was_behind_is_asked_for_again_although_the_numbers_stay(client, tenant) -> None:
    laid_down(
        tenant,
        [status(RUNNING, pending=1, completed_successfully=1)],
        [results(entry(ONE, RUNNING), entry(TWO, PENDING)), results(entry(ONE, DONE), entry(TWO, PENDING))],
    )
    operation = script(client, demand=Demand("any", pending_timeout=120))
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert by_name(verdict) == {"host1": JobState.SUCCEEDED, "host2": JobState.PENDING}
    assert len(tenant.posted(RESULTS)) == 2 < len(tenant.posted(STATUS))


# Trap 14.
def test_endpoints_that_nobody_knows_of_any_more_have_not_succeeded(client, tenant) -> None:
    tenant.post(RUN, reply({"action_id": 5, "endpoints_count": 3}))
    laid_down(tenant, [status(DONE, completed_successfully=2)], [results(entry(ONE, DONE), entry(TWO, DONE))])
    verdict = run(script(client))
    assert verdict.outcome is Outcome.FAILED
    assert "2 of 3 endpoints" in " ".join(verdict.job.messages)
    assert run(script(client, demand=Demand("2"))).outcome is Outcome.SUCCEEDED


def test_an_end_that_nothing_proves_a_success_is_a_failure(client, tenant) -> None:
    laid_down(tenant, [reply({"general_status": DONE})], [results()])
    verdict = run(script(client))
    assert verdict.outcome is Outcome.FAILED
    assert "0 of 2 endpoints by the numbers" in verdict.message


def test_a_word_in_no_table_is_shown_and_waited_out(client, tenant) -> None:
    laid_down(
        tenant,
        [status("ODD", in_progress=1, completed_successfully=1), status(DONE, completed_successfully=2)],
        [results(entry(ONE, DONE), entry(TWO, "Reticulating")), results(entry(ONE, DONE), entry(TWO, DONE))],
    )
    verdict = run(script(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "'Reticulating'" in verdict.warnings[0]


def test_a_run_that_the_tenant_does_not_know(client, tenant) -> None:
    unknown = reply({**status()[1]["reply"], "error_message": "Action does not exist"})
    laid_down(tenant, [unknown], [results()])
    operation = ScriptRun(client, demand=Demand(), action_id="5", clock=Clock())
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, False)
    assert "Action does not exist" in verdict.message


def test_the_counters_are_those_of_the_words() -> None:
    assert set(COUNTERS.values()) <= set(WORDS)
    assert len(COUNTERS) == 9


# The submission.


# Trap 6.
@pytest.mark.parametrize("lost", [requests.ConnectionError("reset"), (502, b""), reply({"endpoints_count": 2})])
def test_a_lost_answer_is_lost_and_nothing_runs_twice(client, tenant, lost) -> None:
    tenant.post(RUN, lost)
    verdict = run(script(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert len(tenant.posted(RUN)) == 1


def test_a_handle_and_a_number_resume_it(client, tenant) -> None:
    laid_down(tenant, [status(DONE, completed_successfully=2)], [results(entry(ONE, DONE), entry(TWO, DONE))])
    left = run(script(client, demand=Demand("1")), wait=False)
    handle = Handle.from_dict(left.job.handle.to_dict())
    assert dict(handle.options) == {"endpoints": "2", "pending_timeout": "300", "required_targets": "1"}
    assert (
        Wait(OPERATIONS[handle.operation](client), handle, TIMING, FakeTime().world).run().outcome is Outcome.SUCCEEDED
    )
    verdict = run(ScriptRun(client, demand=Demand(), action_id=ACTION, clock=Clock()))
    assert (verdict.outcome, verdict.changed, by_name(verdict)["host2"]) == (
        Outcome.SUCCEEDED,
        False,
        JobState.SUCCEEDED,
    )
    assert len(tenant.posted(RUN)) == 1


def test_check_mode_runs_nothing(client, tenant) -> None:
    verdict = run(script(client), check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert not tenant.posted(RUN)


def test_a_script_cannot_be_stopped(client, tenant) -> None:
    assert not ScriptRun.can_cancel


# Its files.


# Trap 18.
def test_files_are_fetched_at_once_each_by_a_link_of_its_own(client, tenant, storage, tmp_path) -> None:
    listed = results(entry(ONE, DONE, retrieved_files=1), entry(TWO, DONE, retrieved_files="1"))
    asked: list[str] = []

    def link(request) -> tuple[int, object]:
        asked.append(request.request_data["endpoint_id"])
        return reply({"DATA": f"https://storage.example.net/{len(asked)}.zip?Signature=s{len(asked)}"})

    laid_down(tenant, [status(DONE, completed_successfully=2)], [listed], link)
    storage.on("/1.zip", (200, zipped("one"))).on("/2.zip", (403, b"expired")).on("/3.zip", (200, zipped("two")))
    verdict = run(script(client, dest=tmp_path))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert asked == [ONE, TWO, TWO]
    assert [(each["name"], Path(each["path"]).read_bytes()) for each in verdict.result["files"]] == [
        ("host1", zipped("one")),
        ("host2", zipped("two")),
    ]
    assert not any("authorization" in map(str.lower, fetched.headers) for fetched in storage.fetched)
    assert "Signature" not in json.dumps(verdict.to_dict())


def test_an_endpoint_without_a_link_is_a_warning(client, tenant, storage, tmp_path) -> None:
    laid_down(
        tenant,
        [status(DONE, completed_successfully=1)],
        [results(entry(ONE, DONE, retrieved_files=1))],
        reply({"DATA": ""}),
    )
    known = {"total_count": 1, "endpoints": [{"endpoint_id": ONE, "endpoint_name": "host1"}]}
    tenant.post("/v1/endpoints/get_endpoint", reply(known)).post(RUN, reply({"action_id": 5}))
    verdict = run(script(client, ids=[ONE], dest=tmp_path))
    assert (verdict.outcome, verdict.result["files"]) == (Outcome.SUCCEEDED, [])
    assert "has no files of host1" in verdict.warnings[0]


def test_files_of_a_run_that_ended_before_change_what_they_change(client, tenant, storage, tmp_path) -> None:
    laid_down(
        tenant,
        [status(DONE, completed_successfully=1)],
        [results(entry(ONE, DONE, retrieved_files=1))],
        reply({"DATA": "https://storage.example.net/1.zip"}),
    )
    storage.on("/1.zip", (200, zipped()))
    changed = [
        run(ScriptRun(client, demand=Demand(), action_id="5", dest=str(tmp_path), clock=Clock())).changed
        for _each in range(2)
    ]
    assert changed == [True, False]


# Options.


@pytest.fixture
def params(connection) -> dict[str, object]:
    nothing = ("handle", "action_id", "endpoint_ids", "filters", "script_uid", "snippet_code", "parameters")
    more = ("script_timeout", "incident_id", "dest")
    return {**connection, **dict.fromkeys((*nothing, *more)), "required_targets": "all", "pending_timeout": 300.0}


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({}, "script_uid, snippet_code: give one"),
        ({"script_uid": UID, "snippet_code": "x"}, "script_uid, snippet_code: give one"),
        ({"script_uid": " "}, "script_uid: is empty"),
        ({"snippet_code": " "}, "snippet_code: is empty"),
        ({"snippet_code": "x", "parameters": {"a": 1}}, "parameters: a snippet takes none"),
        ({"script_uid": UID, "script_timeout": 0}, "script_timeout"),
        ({"script_uid": UID}, "endpoint_ids, filters: say which"),
        ({"script_uid": UID, "endpoint_ids": []}, "endpoint_ids: is empty"),
        ({"action_id": ""}, "action_id"),
    ],
)
def test_options_that_make_no_sense(params, wrong, complaint) -> None:
    with pytest.raises(errors.BadInput) as caught:
        from_options({**params, **wrong}, lambda _secrets: None)
    assert complaint in caught.value.message


def test_options_handle_and_number(params) -> None:
    hide = [].extend
    assert from_options({**params, "script_uid": UID, "endpoint_ids": [ONE]}, hide).order.body() == {
        "script_uid": UID,
        "parameters_values": {},
    }
    assert from_options({**params, "handle": {}}, hide).named() is None
    assert from_options({**params, "action_id": ACTION}, hide).named().id == ACTION
    with pytest.raises(errors.BadInput, match="all_endpoints"):
        ScriptRun(from_options({**params, "handle": {}}, hide).client, selection=Selection(everything=True))
