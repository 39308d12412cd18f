# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules without a job: lists of jobs and versions, the candidate."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._task import run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import candidate, job_list
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.client import ScmClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.job_list import Wanted
from ansible_collections.netops.jobs.tests.openapi import scm as openapi
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask, FakeTime
from ansible_collections.netops.jobs.tests.unit.scm_tenant import CLIENT_ID, SECRET, TSG, error

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "scm"
BASE = "/config/operations/v1"
LOAD = f"{BASE}/config-versions:load"
CANDIDATE = f"{BASE}/config-versions/candidate"
LOST = requests.exceptions.ReadTimeout("x")
VERSION = {
    "id": 62,
    "version": "62",
    "date": "2026-11-21T10:00:00.000Z",
    "admin": CLIENT_ID,
    "scope": "Remote Networks",
    "description": "",
    "updated": 1,
    "created": 0,
    "deleted": 0,
}
# Recorded, but for the number.
NOT_MIGRATED = (
    "Config loaded from 62. Migration of old configuration was not successful. Some features may not work as expected "
    "and/or parts of configuration may have been lost."
)
NOTHING = "There are no changes to revert."


def job(number: int, parent: int = 0, status: str = "FIN", result: str = "OK", **more: t.Any) -> dict[str, t.Any]:
    made = {
        "id": str(number),
        "parent_id": str(parent),
        "type_str": "CommitAll" if parent else "CommitAndPush",
        "status_str": status,
        "result_str": result,
        "percent": "100",
        "uname": CLIENT_ID,
        "summary": "",
        "description": f"folder {number} configuration pushed to cloud" if parent else "",
        "start_ts": "2026-11-21 10:00:00",
        "end_ts": "2026-11-21 10:01:00",
    }
    return {**made, **more}


@pytest.fixture
def run(connection):
    """Run the code of a module; its options are those of the connection and what is given."""

    def made(body: t.Callable[..., t.Any], check_mode: bool | None = None, **options: t.Any) -> dict[str, t.Any]:
        task = FakeTask(**{**connection, **options})
        more = {} if check_mode is None else {"check_mode": check_mode}
        world = FakeTime().world
        result = run_plain(task, "scm", lambda inquiry: body(task.params, task.hide, inquiry, **more), world=world)
        assert SECRET not in repr(result)
        return result

    return made


def jobs_of(run, **options: t.Any) -> dict[str, t.Any]:
    names = ("id", "children_of", "types", "states", "user", "max_results")
    given = {**dict.fromkeys(names), "ours": False, **options}
    result = run(job_list.list_from_options, **given)
    assert result["outcome"] == "succeeded", result
    return result


def load(run, *, check_mode: bool = False, state: str = "loaded", version: int | None = 62) -> dict[str, t.Any]:
    return run(candidate.candidate_from_options, check_mode, state=state, version=version)


def discard(run, *, check_mode: bool = False) -> dict[str, t.Any]:
    return load(run, check_mode=check_mode, state="discarded", version=None)


# Jobs.


def test_the_recorded_list(tenant, run) -> None:
    tenant.on(
        "GET", f"{BASE}/jobs?", (200, json.loads((DATA / "recorded/list-config-jobs.json").read_text())), (200, [])
    )
    result = jobs_of(run)
    assert [each["id"] for each in result["jobs"]] == ["300", "299"]
    child, parent = result["jobs"]
    assert (child["parent"], child["name"], child["handle"]) == ("299", "Remote Networks", None)
    assert (parent["state"], [each["id"] for each in parent["targets"]]) == ("succeeded", ["300"])
    assert parent["handle"] == {
        "version": 1,
        "operation": "scm.push",
        "endpoint": "https://api.strata.paloaltonetworks.com:443",
        "id": "299",
        "fingerprint": {"type": "CommitAndPush", "user": "Some User", "target": TSG},
    }


# Trap 1.
@pytest.mark.parametrize(
    ("children", "state"),
    [
        ([], "succeeded"),
        ([job(301, 300)], "succeeded"),
        ([job(301, 300), job(302, 300, result="FAIL")], "failed"),
        ([job(301, 300, result="FAIL"), job(302, 300, "ACT", "PEND")], "running"),
        ([job(301, 300, result="CANCELLED")], "canceled"),
    ],
)
@pytest.mark.parametrize("wanted", [None, "300"])
def test_a_push_in_the_list_is_what_its_children_are(tenant, run, children, state, wanted) -> None:
    listed = [*reversed(children), job(300), job(299)]
    tenant.on("GET", f"{BASE}/jobs?", (200, {"data": listed, "total": len(listed), "limit": 200, "offset": 0}))
    tenant.on("GET", f"{BASE}/jobs/300", (200, {"data": [job(300)]}))
    [found] = [each for each in jobs_of(run, id=wanted)["jobs"] if each["id"] == "300"]
    assert (found["state"], found["vendor_state"], len(found["targets"])) == (state, "FIN/OK", len(children))


def test_the_filters_are_ours_and_narrow_the_list(tenant, run) -> None:
    marked = "Change [nj:0123456789-01234567]"
    listed = [
        job(304, 303, "ACT", "PEND"),
        job(303, uname="Alice", description=marked),
        job(302, 300, result="FAIL"),
        job(301, 300),
        job(300),
    ]
    tenant.on("GET", f"{BASE}/jobs?", (200, {"data": listed, "total": 5}))

    def ids(**options: t.Any) -> list[str]:
        return [each["id"] for each in jobs_of(run, **options)["jobs"]]

    assert ids() == ["304", "303", "302", "301", "300"]
    assert ids(children_of="300") == ["302", "301"]
    assert ids(types=["commitandpush"]) == ["303", "300"]
    assert ids(states=["running"]) == ["304", "303"]
    assert ids(states=["failed"]) == ["302", "300"]
    assert ids(user="alice") == ["303"]
    assert ids(ours=True) == ["303"]
    assert ids(max_results=2) == ["304", "303"]
    assert ids(types=["CommitAll"], max_results=2) == ["304", "302"]


# Trap 19.
def test_pages_are_read_as_far_as_needed(tenant, run) -> None:
    def listed(asked) -> tuple[int, dict[str, t.Any]]:
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        start = int(query["offset"])
        rows = [job(1000 - number, 1 if number % 2 else 0) for number in range(start, min(start + 100, 1000))]
        return 200, {"data": rows, "total": 1000, "limit": 100, "offset": start}

    tenant.on("GET", f"{BASE}/jobs?", listed)
    assert len(jobs_of(run)["jobs"]) == 1000
    assert len(tenant.sent("GET")) == 10
    tenant.asked.clear()
    assert len(jobs_of(run, max_results=150)["jobs"]) == 150
    assert len(tenant.sent("GET")) == 2
    tenant.asked.clear()
    assert jobs_of(run, children_of="950")["jobs"] == []
    assert len(tenant.sent("GET")) == 1


def test_a_job_that_is_not_there_is_no_failure(tenant, run) -> None:
    tenant.on("GET", f"{BASE}/jobs/7", (404, error("E005", "Object Not Present")))
    assert jobs_of(run, id="7")["jobs"] == []


@pytest.mark.parametrize("options", [{"id": "x"}, {"children_of": "-1"}, {"max_results": 0}])
def test_what_cannot_be_asked_for(options) -> None:
    with pytest.raises(errors.BadInput):
        Wanted(**options)


# Versions.


# Trap 23.
@pytest.mark.parametrize("answer", [(200, [VERSION]), (200, {"data": [VERSION]}), (200, VERSION)])
def test_one_version(tenant, run, answer) -> None:
    tenant.on("GET", f"{BASE}/config-versions/62", answer)
    running = [
        {"device": "Remote Networks", "version": 62, "date": "2026-11-21T10:00:00.000Z"},
        {"device": "Mobile Users", "version": 60, "date": "2026-11-20T10:00:00.000Z"},
    ]
    tenant.on("GET", f"{BASE}/config-versions/running", (200, {"data": running, "total": 2}))
    result = run(candidate.versions_from_options, version=62, max_results=200)
    assert (result["outcome"], result["versions"], result["running"]) == ("succeeded", [VERSION], running[:1])


@pytest.mark.parametrize("answer", [(404, b""), (200, [])])
def test_a_version_that_is_not_there(tenant, run, answer) -> None:
    tenant.on("GET", f"{BASE}/config-versions/9", answer)
    tenant.on("GET", f"{BASE}/config-versions/running", (200, {"data": [], "total": 0}))
    assert run(candidate.versions_from_options, version=9, max_results=200)["versions"] == []


def test_all_versions(tenant, run) -> None:
    many = [{**VERSION, "id": number} for number in range(300, 0, -1)]

    def listed(asked) -> tuple[int, dict[str, t.Any]]:
        offset = int(asked.path.rpartition("=")[2])
        return 200, {"data": many[offset : offset + 200], "offset": offset, "limit": 200, "total": 300}

    tenant.on("GET", f"{BASE}/config-versions?", listed)
    tenant.on("GET", f"{BASE}/config-versions/running", (200, {"data": [], "total": 0}))
    assert len(run(candidate.versions_from_options, version=None, max_results=250)["versions"]) == 250
    assert run(candidate.versions_from_options, version=None, max_results=0)["refusal"]["reason"] == "bad_input"
    for asked in tenant.asked:
        assert openapi.request_errors(asked.method, asked.path, dict(asked.headers), asked.raw or None) == []


# The candidate.


@pytest.fixture
def laid(tenant):
    tenant.on("GET", f"{BASE}/config-versions/running", (200, {"data": [], "total": 0}))
    return tenant.on("GET", f"{BASE}/config-versions/62", (200, [VERSION])).on("POST", LOAD, (201, b""))


@pytest.mark.parametrize(
    "answer", [(201, b""), (201, {"success": True, "message": "Config loaded from 62."}), (200, {"success": True})]
)
def test_a_version_is_loaded(laid, run, answer) -> None:
    laid.on("POST", LOAD, answer)
    result = load(run)
    assert (result["outcome"], result["changed"], result["version"]) == ("succeeded", True, VERSION)
    assert "gives no proof" in result["msg"]
    [asked] = laid.sent("POST", ":load")
    assert asked.body == {"version": 62}
    assert openapi.request_errors("POST", asked.path, dict(asked.headers), asked.raw) == []


# Trap 13.
def test_a_load_that_did_not_work_is_no_success_whatever_its_flag_says(laid, run) -> None:
    laid.on("POST", LOAD, (201, {"success": True, "message": NOT_MIGRATED}))
    result = load(run)
    assert (result["failed"], result["outcome"], result["changed"]) == (True, "failed", True)
    assert NOT_MIGRATED in result["msg"]
    assert result["message"] == NOT_MIGRATED


def test_a_load_that_is_not_taken(laid, run) -> None:
    laid.on("POST", LOAD, (200, {"success": False, "message": "Somebody is at it."}))
    assert (load(run)["outcome"], load(run)["changed"]) == ("refused", False)
    laid.on("POST", LOAD, (403, error("E007", "Unauthorized")))
    result = load(run)
    assert (result["refusal"]["reason"], "role of a superuser" in result["msg"]) == ("denied", True)


def test_a_load_whose_answer_was_lost_is_done_again(laid, run) -> None:
    laid.on("POST", LOAD, LOST, (502, b""), (201, b""))
    assert load(run)["outcome"] == "succeeded"
    assert len(laid.sent("POST", ":load")) == 3


@pytest.mark.parametrize("answer", [(404, b""), (200, [])])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_version_that_is_not_there_is_not_loaded(laid, run, answer, check_mode) -> None:
    laid.on("GET", f"{BASE}/config-versions/62", answer)
    result = load(run, check_mode=check_mode)
    assert (result["outcome"], "has no version 62" in result["msg"]) == ("refused", True)
    assert not laid.sent("POST", ":load")


def test_check_mode_only_reads(laid, run) -> None:
    result = load(run, check_mode=True)
    assert (result["changed"], result["version"]) == (True, VERSION)
    result = discard(run, check_mode=True)
    assert (result["changed"], "the API does not tell" in result["msg"]) == (True, True)
    assert {asked.method for asked in laid.asked if "oauth2" not in asked.path} == {"GET"}


@pytest.mark.parametrize(
    ("answer", "changed", "outcome"),
    [
        ((200, b""), True, "succeeded"),
        ((200, {"success": True, "message": "Candidate reverted."}), True, "succeeded"),
        ((200, {"success": True, "message": NOTHING}), False, "nothing_to_do"),
        ((404, error("E005", "Object Not Present")), False, "nothing_to_do"),
        ((200, {"success": False, "message": "no"}), False, "refused"),
        ((409, error("E009", "Reference Not Zero")), False, "refused"),
    ],
)
def test_the_candidate_is_discarded(laid, run, answer, changed, outcome) -> None:
    laid.on("DELETE", CANDIDATE, answer)
    result = discard(run)
    assert (result["changed"], result["outcome"]) == (changed, outcome)
    for asked in laid.sent("DELETE"):
        assert openapi.request_errors("DELETE", asked.path, dict(asked.headers), None) == []


def test_a_discard_whose_answer_was_lost_was_a_change(laid, run) -> None:
    laid.on("DELETE", CANDIDATE, LOST, (200, {"success": True, "message": NOTHING}))
    result = discard(run)
    assert (result["changed"], result["outcome"]) == (True, "succeeded")
    assert "the answer to a first attempt was lost" in result["msg"]
    # What was never sent changed nothing.
    refused = requests.exceptions.ConnectionError(ConnectionRefusedError())
    laid.on("DELETE", CANDIDATE, (429, b""), refused, (200, {"success": True, "message": NOTHING}))
    assert discard(run)["changed"] is False
    laid.on("DELETE", CANDIDATE, LOST)
    result = discard(run)
    assert (result["changed"], result["outcome"], result["failed"]) == (True, "unreachable", True)


@pytest.mark.parametrize(
    "answer",
    [
        (409, error("E009", "Reference Not Zero")),
        (403, error("E007", "Unauthorized")),
        (200, {"success": False, "message": "Somebody is at it."}),
        (404, error("E005", "Object Not Present")),
    ],
)
def test_a_no_after_a_lost_answer_does_not_hide_that_the_first_may_have_been_a_yes(laid, run, answer) -> None:
    laid.on("POST", LOAD, LOST, answer)
    result = load(run)
    assert (result["changed"], result["outcome"], result["failed"]) == (True, "unreachable", True)
    assert "Whether the candidate was changed cannot be told" in result["msg"]


@pytest.mark.parametrize("method", ["get", "send"])
def test_who_ends_the_run_is_told_whether_anything_may_be_changed(laid, run, monkeypatch, method) -> None:
    def interrupted(*_args: t.Any, **_more: t.Any) -> t.NoReturn:
        raise errors.Interrupted("interrupted by SIGTERM")

    monkeypatch.setattr(ScmClient, method, interrupted)
    result = load(run)
    assert (result["changed"], result["outcome"], result["failed"]) == (method == "send", "timed_out", True)
    assert "interrupted by SIGTERM" in result["msg"]


@pytest.mark.parametrize(("state", "version"), [("loaded", None), ("discarded", 62), ("loaded", 0)])
def test_options_that_do_not_go_together(run, state, version) -> None:
    result = load(run, state=state, version=version)
    assert (result["outcome"], result["refusal"]["reason"]) == ("refused", "bad_input")
