# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions on the endpoints of the simulated tenant, their files, and scripts."""

from __future__ import annotations

import io
import typing as t
import zipfile

import pytest
import requests

from .cortex import Cortex, these

Make = t.Callable[..., Cortex]
HASH = "a" * 64
DONE = "COMPLETED_SUCCESSFULLY"
AT_ONCE = {"pending": 0, "seconds": 0, "empty_looks": 0}
LIST = "0123456789abcdef0123456789abcdef"
DELETE = "fedcba9876543210fedcba9876543210"


def act(client: Cortex, kind: str, **wanted: t.Any) -> int:
    return int(client.reply(f"endpoints/{kind}", **wanted)["action_id"])


def status(client: Cortex, action: t.Any) -> t.Any:
    return client.reply("actions/get_action_status", group_action_id=action)


def words(client: Cortex, action: t.Any) -> list[str]:
    return list(status(client, action)["data"].values())


def fetch(client: Cortex, link: str, method: str = "GET", **arguments: t.Any) -> requests.Response:
    return client.session.request(method, link, timeout=20, **arguments)


# Traps 14 and 15.
def test_a_scan_of_several_endpoints(cortex: Make) -> None:
    client = cortex(actions={"endpoints": {"host1": {"seconds": 5}, "host2": {"end": "FAILED"}}})
    answer = client.reply("endpoints/scan", filters="all")
    assert answer == {"action_id": 9007199254740993, "status": "1", "endpoints_count": "3"}
    action, seen = answer["action_id"], []
    assert status(client, action) == {"data": {}}
    for after in (0, 6, 6, 30):
        client.advance(after)
        seen.append(words(client, action))
    assert seen == [
        ["PENDING"] * 3,
        ["IN_PROGRESS"] * 3,
        [DONE, "IN_PROGRESS", "IN_PROGRESS"],
        [DONE, "FAILED", DONE],
    ]
    (submitted,) = client.submissions("endpoint-scan")
    assert (submitted["job"], submitted["changes"]) == (str(action), client.ids())
    assert submitted["details"]["effect"] == "endpoint-scan"


# Trap 16.
@pytest.mark.parametrize("kind", ["scan", "isolate", "unisolate"])
@pytest.mark.parametrize("wanted", [{}, {"filters": []}])
def test_no_filter_is_all_endpoints(cortex: Make, kind: str, wanted: t.Any) -> None:
    client = cortex(endpoints=7)
    act(client, kind, **wanted)
    assert client.submissions(f"endpoint-{kind}")[0]["changes"] == client.ids()


@pytest.mark.parametrize(("kind", "code"), [("scan", 200), ("abort_scan", 200), ("isolate", 500), ("unisolate", 500)])
def test_the_word_all_is_for_scans(cortex: Make, kind: str, code: int) -> None:
    assert cortex().post(f"endpoints/{kind}", filters="all").status_code == code


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("hostname", "in", ["host1", "host3"])], ["host1", "host3"]),
        ([("hostname", "contains", ["ost2"])], ["host2"]),
        ([("platform", "in", ["windows"])], ["host2"]),
        ([("group_name", "in", ["branch"]), ("platform", "in", ["linux"])], ["host3"]),
        ([("ip_list", "in", ["192.0.2.2"])], ["host1"]),
        ([("endpoint_status", "in", ["connected"])], ["host1", "host2"]),
    ],
)
def test_filters(cortex: Make, filters: t.Any, names: list[str]) -> None:
    client = cortex(
        endpoints=[{}, {"platform": "windows", "group": "branch"}, {"group": "branch", "status": "DISCONNECTED"}]
    )
    wanted = [{"field": field, "operator": operator, "value": value} for field, operator, value in filters]
    found = client.reply("endpoints/get_endpoint", filters=wanted)
    assert [one["endpoint_name"] for one in found["endpoints"]] == names
    act(client, "scan", filters=wanted)
    assert len(client.submissions("endpoint-scan")[0]["changes"]) == len(names)


@pytest.mark.parametrize(
    ("kind", "wanted", "text"),
    [
        ("scan", {"filters": these("nobody")}, "No endpoint was found for creating the requested action"),
        ("scan", {"filters": [{"field": "colour", "operator": "in", "value": ["red"]}]}, "unknown filter field colour"),
        ("scan", {"filters": [{"field": "hostname", "value": "x"}]}, "a filter has field, operator and value"),
        ("scan", {"filters": "some"}, "filters must be a list"),
        ("file_retrieval", {"filters": []}, "files must have paths by windows, linux, macos"),
        ("file_retrieval", {"filters": [], "files": {"dos": ["x"]}}, "files must have paths by windows, linux, macos"),
        ("quarantine", {"filters": [], "file_hash": HASH}, "file_path is required"),
        ("quarantine", {"filters": [], "file_path": "/x", "file_hash": "x"}, "file_hash must be a SHA256"),
        ("upgrade", {}, "endpoint_ids is required"),
    ],
)
def test_wrong_actions(cortex: Make, kind: str, wanted: t.Any, text: str) -> None:
    client = cortex()
    assert client.refusal(f"endpoints/{kind}", **wanted) == text
    (refused,) = client.refused(f"endpoint-{kind}")
    assert text in refused["answer"]
    assert client.submissions() == []


# Traps 17 and 21.
def test_ids_as_numbers_and_strings(cortex: Make) -> None:
    client = cortex(first_action_id=2**63 - 10, action_ids="string")
    answer = client.reply("endpoints/scan", filters="all")
    assert (answer["action_id"], answer["status"]) == ("9223372036854775798", "1")
    assert status(client, answer["action_id"]) == {"data": {}}
    assert words(client, int(answer["action_id"])) == ["PENDING"] * 3
    for wrong in (float(answer["action_id"]), "x", True, None, 5):
        assert client.refusal("actions/get_action_status", group_action_id=wrong)


def test_an_answer_with_the_id_only(cortex: Make) -> None:
    client = cortex(action_answer="short")
    assert list(client.reply("endpoints/scan", filters="all")) == ["action_id"]
    client.configure(action_answer="full", isolate_single_answer="short")
    assert list(client.reply("endpoints/isolate", endpoint_id=client.ids()[0])) == ["action_id"]
    assert len(client.reply("endpoints/isolate", filters=these(client.ids()[0]))) == 3


def test_offline_endpoints_wait_until_they_expire_or_come_back(cortex: Make) -> None:
    client = cortex(endpoints=[{}, {"status": "DISCONNECTED"}, {"status": "LOST"}], action_expiration=1000)
    action = act(client, "scan", filters="all")
    status(client, action)
    client.advance(500)
    assert words(client, action) == [DONE, "PENDING", "PENDING"]
    client.act("endpoint", name="host2", status="CONNECTED")
    client.advance(10)
    assert words(client, action) == [DONE, "IN_PROGRESS", "PENDING"]
    client.advance(500)
    assert words(client, action) == [DONE, DONE, "EXPIRED"]


def test_an_endpoint_that_goes_before_it_begins(cortex: Make) -> None:
    client = cortex(endpoints=1, actions={"empty_looks": 0})
    action = act(client, "scan", filters="all")
    client.act("endpoint", name="host1", status="DISCONNECTED")
    client.advance(1000)
    assert words(client, action) == ["PENDING"]


def test_reasons_of_failures(cortex: Make) -> None:
    plan = {"host1": {"end": "FAILED", "error": {"missing_files": ["/a"]}}, "host2": {"end": "TIMEOUT"}}
    client = cortex(actions={**AT_ONCE, "endpoints": plan})
    action = act(client, "scan", filters="all")
    found = status(client, action)["errorReasons"]
    assert list(found) == client.ids()[:2]
    assert found[client.ids()[0]]["missing_files"] == ["/a"]
    client.configure(error_reasons="none")
    assert list(status(client, action)) == ["data"]


def test_states_by_looks(cortex: Make) -> None:
    plan = {"empty_looks": 2, "states": ["PENDING", "IN_PROGRESS", DONE], "endpoints": {"host2": {"states": ["ODD"]}}}
    client = cortex(next_actions=[plan], endpoints=2)
    action = act(client, "scan", filters="all")
    assert [words(client, action) for _look in range(5)] == [
        [],
        [],
        ["PENDING", "ODD"],
        ["IN_PROGRESS", "ODD"],
        [DONE, "ODD"],
    ]


def test_disturbed_states(cortex: Make) -> None:
    client = cortex(actions=AT_ONCE)
    action = act(client, "scan", filters="all")
    client.fault("empty_data", match={"step": "action-status"})
    client.fault("unknown_state", match={"step": "action-status"}, text="ODD")
    assert [words(client, action) for _look in range(3)] == [[], ["ODD"] * 3, [DONE] * 3]


def test_a_scan_is_aborted(cortex: Make) -> None:
    client = cortex(endpoints=[{}, {"status": "DISCONNECTED"}], actions={"empty_looks": 0, "seconds": 1000})
    scan = act(client, "scan", filters="all")
    client.advance(10)
    abort = act(client, "abort_scan", filters="all")
    assert words(client, scan) == ["PENDING_ABORT", "CANCELLED"]
    client.advance(10)
    assert words(client, scan) == ["ABORTED", "CANCELLED"]
    assert abort != scan


def isolation(client: Cortex) -> list[str]:
    return [one["is_isolated"] for one in client.reply("endpoints/get_endpoint")["endpoints"]]


def test_isolation_is_seen_at_the_endpoint(cortex: Make) -> None:
    client = cortex(endpoints=2, actions={"endpoints": {"host2": {"end": "FAILED"}}})
    act(client, "isolate", filters=these(*client.ids()))
    assert isolation(client) == ["AGENT_PENDING_ISOLATION"] * 2
    client.advance(60)
    assert isolation(client) == ["AGENT_ISOLATED", "AGENT_UNISOLATED"]
    act(client, "unisolate", endpoint_id=client.ids()[0])
    client.advance(60)
    assert isolation(client) == ["AGENT_UNISOLATED"] * 2


def test_quarantine_restore_and_their_status(cortex: Make) -> None:
    client = cortex(endpoints=1)
    file = {"file_path": "/tmp/x", "file_hash": HASH}
    asked = [{"endpoint_id": client.ids()[0], **file}]

    def quarantined() -> bool:
        (found,) = client.reply("quarantine/status", files=asked)
        return bool(found["status"])

    assert not quarantined()
    act(client, "quarantine", filters=these(*client.ids()), **file)
    client.advance(60)
    assert quarantined()
    act(client, "restore", file_hash=HASH, endpoint_id=client.ids()[0])
    client.advance(60)
    assert not quarantined()


def test_an_upgrade(cortex: Make) -> None:
    client = cortex(endpoints=2)
    action = act(client, "upgrade", endpoint_ids=client.ids()[:1], target_versions={"linux": "8.6.0.2000"})
    status(client, action)
    client.advance(60)
    assert words(client, action) == [DONE]
    found = client.reply("endpoints/get_endpoint")["endpoints"]
    assert [one["endpoint_version"] for one in found] == ["8.6.0.2000", "8.5.0.1000"]


# Trap 18.
def test_retrieved_files_are_behind_links_that_expire(cortex: Make) -> None:
    client = cortex(actions={"empty_looks": 0, "endpoints": {"host2": {"end": "FAILED"}}}, file_bytes=5000)
    action = act(client, "file_retrieval", filters=these(*client.ids()), files={"linux": ["/etc/passwd"]})
    assert client.reply("actions/file_retrieval_details", group_action_id=action) == {"data": {}}
    client.advance(60)
    links = client.reply("actions/file_retrieval_details", group_action_id=action)["data"]
    assert list(links) == [client.ids()[0], client.ids()[2]]
    link = links[client.ids()[0]]
    (name,) = (packed := zipfile.ZipFile(io.BytesIO(fetch(client, link).content))).namelist()
    assert len(packed.read(name)) == 5000
    client.advance(601)
    assert fetch(client, link).status_code == 403
    again = client.reply("actions/file_retrieval_details", group_action_id=action)["data"][client.ids()[0]]
    assert again != link
    assert fetch(client, again).status_code == 200
    assert fetch(client, again[:-1] + ("0" if again[-1] != "0" else "1")).status_code == 403
    assert client.refusal("actions/file_retrieval_details", group_action_id=act(client, "scan"))


def test_links_of_the_tenant_itself_want_a_key(cortex: Make) -> None:
    """As in the source of an independent client: POST, to the API."""
    client = cortex(actions=AT_ONCE, file_links="tenant", endpoints=1)
    action = act(client, "file_retrieval", filters=[], files={"linux": ["/x"]})
    (link,) = client.reply("actions/file_retrieval_details", group_action_id=action)["data"].values()
    path = link.removeprefix(client.root)
    assert path.startswith("/public_api/v1/download/")
    assert fetch(client, link, "POST").status_code == 401
    assert client.ask("POST", path).content[:2] == b"PK"
    client.advance(601)
    assert client.ask("POST", path).status_code == 403


def test_links_to_another_host_and_who_sends_a_key_there(cortex: Make) -> None:
    storage = cortex()
    client = cortex(actions=AT_ONCE, files_host=storage.address, endpoints=1)
    action = act(client, "file_retrieval", filters=[], files={"linux": ["/x"]})
    (link,) = client.reply("actions/file_retrieval_details", group_action_id=action)["data"].values()
    assert link.startswith(storage.root)
    assert fetch(client, link).status_code == 200
    fetch(client, link, headers={"Authorization": "the key"})
    seen = client.simulator.requests(storage.address)
    assert [(one["step"], one["credential_in"]) for one in seen] == [("download", ""), ("download", "header")]


# Scripts


def run(client: Cortex, uid: str = LIST, **wanted: t.Any) -> int:
    return int(client.reply("scripts/run_script", script_uid=uid, **{"filters": [], **wanted})["action_id"])


def test_a_script_from_start_to_results(cortex: Make) -> None:
    plan = {"host2": {"end": "FAILED", "output": "no such file"}, "host3": {"end": "TIMEOUT"}}
    client = cortex(actions={"endpoints": plan, "files": 2, "return_value": "7"})
    answer = client.reply(
        "scripts/run_script", script_uid=DELETE, filters=[], timeout=60, parameters_values={"file_path": "/x"}
    )
    assert list(answer) == ["action_id", "endpoints_count"]
    action, seen = answer["action_id"], []
    for after in (0, 10, 60):
        client.advance(after)
        found = client.reply("scripts/get_script_execution_status", action_id=action)
        seen.append({name: value for name, value in found.items() if value})
    assert seen == [
        {"general_status": "PENDING", "endpoints_pending": 3},
        {"general_status": "IN_PROGRESS", "endpoints_in_progress": 3},
        {
            "general_status": "COMPLETED_PARTIAL",
            "endpoints_completed_successfully": 1,
            "endpoints_failed": 1,
            "endpoints_timeout": 1,
        },
    ]
    shown = client.reply("scripts/get_script_execution_results", action_id=action)
    assert (shown["script_name"], shown["scope"]) == ("delete_file", "3 endpoints")
    assert shown["script_parameters"] == [{"name": "file_path", "value": "/x"}]
    assert [(one["execution_status"], one["standard_output"], one["_return_value"]) for one in shown["results"]] == [
        (DONE, "ok", "7"),
        ("FAILED", "no such file", "7"),
        ("TIMEOUT", None, None),
    ]
    (submitted,) = client.submissions("script-run")
    assert (submitted["description"], submitted["job"], submitted["changes"]) == (DELETE, str(action), client.ids())


def test_results_can_be_read_while_it_runs(cortex: Make) -> None:
    client = cortex(endpoints=1, script_counts="string")
    action = run(client)
    (found,) = client.reply("scripts/get_script_execution_results", action_id=action)["results"]
    assert (found["execution_status"], found["standard_output"], found["retrieved_files"]) == ("PENDING", None, "0")


def test_a_snippet(cortex: Make) -> None:
    client = cortex(endpoints=1, actions=AT_ONCE)
    action = client.reply("scripts/run_snippet_code_script", filters=[], snippet_code="print(1)")["action_id"]
    assert client.reply("scripts/get_script_execution_status", action_id=action)["general_status"] == DONE
    (submitted,) = client.submissions("snippet-run")
    assert submitted["details"]["snippet_code"] == "print(1)"


# Trap 18.
def test_files_of_a_script(cortex: Make) -> None:
    client = cortex(endpoints=2, actions={**AT_ONCE, "files": 1, "endpoints": {"host2": {"files": 0}}})
    action = run(client)
    first, second = client.ids()
    link = client.reply("scripts/get_script_execution_results_files", action_id=action, endpoint_id=first)["DATA"]
    assert fetch(client, link).content[:2] == b"PK"
    client.advance(601)
    assert fetch(client, link).status_code == 403
    for endpoint in (second, "nobody"):
        extra = client.refusal("scripts/get_script_execution_results_files", action_id=action, endpoint_id=endpoint)
        assert extra == "No files were found for this endpoint"


def test_a_script_without_a_general_status(cortex: Make) -> None:
    client = cortex(actions={**AT_ONCE, "general_status": ""})
    found = client.reply("scripts/get_script_execution_status", action_id=run(client))
    assert len(found) == 9
    assert found["endpoints_completed_successfully"] == 3


@pytest.mark.parametrize(
    ("path", "wanted", "text"),
    [
        ("run_script", {"script_uid": "x"}, "Script was not found"),
        ("run_script", {"script_uid": DELETE}, "Missing parameters: file_path"),
        ("run_script", {"script_uid": LIST, "timeout": "long"}, "timeout must be a positive integer"),
        ("run_script", {"script_uid": LIST, "parameters_values": [1]}, "parameters_values must be an object"),
        ("run_snippet_code_script", {}, "snippet_code is required"),
        ("run_snippet_code_script", {"snippet_code": "x", "filters": these("nobody")}, "No endpoint was found"),
    ],
)
def test_wrong_scripts(cortex: Make, path: str, wanted: t.Any, text: str) -> None:
    client = cortex()
    assert client.refusal(f"scripts/{path}", **wanted).startswith(text)
    assert client.submissions() == []


def test_scripts_are_actions_and_actions_no_scripts(cortex: Make) -> None:
    client = cortex(actions=AT_ONCE)
    assert words(client, run(client)) == [DONE] * 3
    scan = act(client, "scan", filters="all")
    assert client.refusal("scripts/get_script_execution_status", action_id=scan) == "The action is no script execution"
