# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network scans of the simulated tenant: definitions, launches, states, commands, quiet hours.

Every answer here is compared with the published OpenAPI file (``Cortex.ask``).
"""

from __future__ import annotations

import json
import typing as t

import pytest
from openapi import cortex as published

from .cortex import DEFINITION, SCAN, Cortex

Make = t.Callable[..., Cortex]
HOUR = 3600.0
JSON = "application/json; charset=UTF-8"


def define(client: Cortex, **changes: t.Any) -> t.Any:
    body = {name: value for name, value in {**DEFINITION, **changes}.items() if value is not None}
    return client.ask("POST", f"{SCAN}/definition", json=body, headers={"Content-Type": JSON})


def wrong(answer: t.Any) -> tuple[int, list[str]]:
    return answer.status_code, [one["field"] for one in answer.json()["metadata"]["err_extra"]]


def test_the_requests_of_these_tests_are_as_published() -> None:
    """So what the simulator takes here is what the specification says."""
    headers = {"User-Agent": "x", "Content-Type": JSON}
    found = published.netscan().request_errors("POST", f"{SCAN}/definition", headers, json.dumps(DEFINITION))
    assert found == []


@pytest.mark.parametrize("correction", published.corrections(), ids=lambda one: "-".join(map(str, one.place[1:])))
def test_every_exception_has_a_reason(correction: t.Any) -> None:
    assert len(correction.reason) > 20


def test_a_definition_is_created_updated_and_run(cortex: Make) -> None:
    client = cortex()
    created = define(client)
    assert (created.status_code, created.json()["message"]) == (201, "Scan created successfully")
    identity = created.json()["definition_id"]
    updated = define(client, definition_id=identity, name="all offices")
    assert (updated.status_code, updated.json()["definition_id"]) == (201, identity)
    assert client.shown()["definitions"][str(identity)]["name"] == "all offices"
    run = client.launch(identity)
    assert [one["details"]["effect"] for one in client.submissions("scan-definition")] == ["created", "updated"]
    (launched,) = client.submissions("network-scan")
    assert (launched["job"], launched["description"]) == (str(run), "all offices")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": None, "extra_info": 1}, ["name", "extra_info"]),
        ({"name": "x" * 101}, ["name"]),
        ({"description": "x" * 501}, ["description"]),
        ({"network_scanner_ids": ["not a uuid"]}, ["network_scanner_ids.0"]),
        ({"network_scanner_ids": []}, ["network_scanner_ids"]),
        ({"schedule_cadence": "HOURLY"}, ["schedule_cadence"]),
        ({"schedule_time": {"hour": 24, "minute": 0, "second": 0}}, ["schedule_time.hour"]),
        ({"schedule_timezone": "Europe/Atlantis"}, ["schedule_timezone"]),
        ({"vt_config_id": "3"}, ["vt_config_id"]),
        ({"port_list_id": None, "scan_ports": None}, ["port_list_id", "scan_ports"]),
    ],
)
def test_a_definition_that_is_not_as_published(cortex: Make, changes: t.Any, fields: list[str]) -> None:
    client = cortex()
    assert wrong(define(client, **changes)) == (422, fields)
    assert client.submissions("scan-definition") == []


@pytest.mark.parametrize("changes", [{"vt_config_id": 404}, {"definition_id": 99}])
def test_a_template_or_definition_that_is_not_there(cortex: Make, changes: t.Any) -> None:
    answer = define(cortex(), **changes)
    assert answer.status_code == 404
    assert answer.json()["err_msg"] == "VT template not found or cannot create a new scan definition"


# Trap 3.
def test_the_id_in_the_path_is_the_definition_in_post_and_the_run_in_get(cortex: Make) -> None:
    client = cortex(first_run_id=123)
    answer = client.post(f"{SCAN}/run/123", definition_id=123)
    assert answer.json() == {"DATA": "Scan launched successfully with run ID: 123"}
    run = client.launch()
    assert run == 124
    assert client.get(f"{SCAN}/run/124?fields=status").status_code == 200
    assert client.post(f"{SCAN}/run/124", definition_id=123).status_code == 400
    assert client.post(f"{SCAN}/run/124", definition_id=124).status_code == 404
    assert client.get(f"{SCAN}/run/125?fields=status").status_code == 404
    assert len(client.submissions("network-scan")) == 2


@pytest.mark.parametrize("path", [f"{SCAN}/run", f"{SCAN}/run/123"])
def test_the_definition_id_is_required_in_the_body_of_both_forms(cortex: Make, path: str) -> None:
    assert wrong(cortex().post(path)) == (400, ["request_data.definition_id"])


@pytest.mark.parametrize(
    ("target", "code"),
    [("192.0.2.7", 200), ("192.0.2.0/28", 200), ("192.0.2.1-192.0.2.9", 200), ("1.2.3.4.0/12", 400), ("here", 400)],
)
def test_the_target_of_a_launch(cortex: Make, target: str, code: int) -> None:
    """The example of the specification is no range."""
    client = cortex()
    assert client.post(f"{SCAN}/run", definition_id=123, target=target).status_code == code
    assert [one["details"]["target"] for one in client.submissions("network-scan")] == ([target] if code == 200 else [])


# Trap 4.
@pytest.mark.parametrize("path", [f"{SCAN}/run/789", f"{SCAN}/run?id=789", f"{SCAN}/run?id=789&fields="])
def test_fields_are_required_on_both_forms_of_status(cortex: Make, path: str) -> None:
    client = cortex()
    assert client.launch() == 789
    assert wrong(client.get(path)) == (400, ["fields"])
    assert client.get(f"{SCAN}/run?id=789&fields=status").json() == {"DATA": "Scan is in New state"}


@pytest.mark.parametrize("identity", ["abc", "-1", "9223372036854775808", "7.5"])
def test_the_id_is_an_int64(cortex: Make, identity: str) -> None:
    client = cortex()
    client.checked = False  # an id that is no number has no place in the file
    assert wrong(client.get(f"{SCAN}/run?id={identity}&fields=status")) == (400, ["id"])


# Trap 5.
def test_a_user_agent_is_required(cortex: Make) -> None:
    client = cortex()
    for method, path in (("GET", f"{SCAN}/run/1?fields=status"), ("POST", f"{SCAN}/run")):
        answer = client.ask(method, path, headers={"User-Agent": None})
        assert wrong(answer) == (400, ["User-Agent"])
    assert client.ask("POST", "/public_api/v1/xql/get_quota", json={"request_data": {}}).status_code == 200


def test_a_run_lasts_hours_and_ends(cortex: Make) -> None:
    client = cortex(runs={"seconds": 6 * HOUR})
    run, seen = client.launch(), []
    for _half_hour in range(14):
        seen.append(client.state(run))
        client.advance(HOUR / 2)
    assert seen == ["New", *["Running"] * 12, "Completed"]


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_a_run_ends_otherwise(cortex: Make, end: str) -> None:
    client = cortex(next_runs=[{"end": end}])
    run = client.launch()
    client.advance(3 * HOUR)
    assert client.state(run) == end
    assert client.command(run, "ABORT").status_code == 404


# Trap 7.
def test_a_run_pauses_without_being_asked(cortex: Make) -> None:
    client = cortex(runs={"pending": 0, "seconds": 3 * HOUR, "pauses": [[HOUR, 2 * HOUR]], "pausing": 60})
    run = client.launch()
    seen = []
    for after in (HOUR - 1, 30, 60, 2 * HOUR - 60, 2 * HOUR - 60, 120):
        client.advance(after)
        seen.append(client.state(run))
    assert seen == ["Running", "Pausing", "Paused", "Paused", "Running", "Completed"]


# Trap 7.
@pytest.mark.parametrize("apply", [True, False])
def test_quiet_hours(cortex: Make, apply: bool) -> None:
    """From 8 to 18 in Berlin; the simulated time of the launch is whatever it is."""
    quiet = {"start": {"hour": 8, "minute": 0, "second": 0}, "end": {"hour": 18, "minute": 0, "second": 0}}
    definition = {"schedule_quiet_hours": [quiet], "schedule_timezone": "Europe/Berlin"}
    client = cortex(
        definitions={"5": definition},
        quiet_hours_apply=apply,
        runs={"pending": 0, "seconds": 30 * HOUR, "pausing": 60},
    )
    run, seen = client.launch(5), []
    for _half_hour in range(2 * 24 * 3):
        client.advance(HOUR / 2)
        seen.append(client.state(run))
    assert seen[-1] == "Completed"
    working = seen.count("Running")
    assert 58 <= working <= 60
    if apply:
        assert set(seen) >= {"Running", "Paused", "Completed"}
        # Thirty hours of work at fourteen a day: it rests twice or three times for ten hours.
        assert 39 <= seen.count("Paused") + seen.count("Pausing") <= 61
    else:
        assert set(seen) == {"Running", "Completed"}


def test_a_scheduled_run_keeps_the_quiet_hours(cortex: Make) -> None:
    always = [{"start": {"hour": 0, "minute": 0, "second": 0}, "end": {"hour": 0, "minute": 0, "second": 0}}]
    client = cortex(definitions={"5": {"schedule_quiet_hours": always}}, runs={"pending": 10, "pausing": 10})
    scheduled, manual = client.act("run", definition_id=5)["run_id"], client.launch(5)
    client.advance(60)
    assert [client.state(scheduled), client.state(manual)] == ["Paused", "Running"]
    assert client.command(scheduled, "RESUME").status_code == 200
    client.advance(HOUR)
    assert client.state(scheduled) == "Running"


def test_commands(cortex: Make) -> None:
    client = cortex(runs={"pending": 10, "seconds": 1000, "pausing": 10, "canceling": 20})
    run, seen = client.launch(), []
    assert client.command(run, "PAUSE").status_code == 404  # it has not begun
    for command, after in (("", 20), ("PAUSE", 5), ("", 10), ("", 50000), ("RESUME", 5), ("ABORT", 5), ("", 20)):
        if command:
            assert client.command(run, command).status_code == 200
        client.advance(after)
        seen.append(client.state(run))
    assert seen == ["Running", "Pausing", "Paused", "Paused", "Running", "Canceling", "Canceled"]
    shown = [(one["description"], one["job"], one["details"]) for one in client.submissions("scan-command")]
    assert shown == [
        ("PAUSE", str(run), {"from": "Running", "to": "Pausing"}),
        ("RESUME", str(run), {"from": "Paused", "to": "Running"}),
        ("ABORT", str(run), {"from": "Running", "to": "Canceling"}),
    ]
    assert len(client.refused("scan-command")) == 1


def test_the_time_of_a_pause_is_no_work(cortex: Make) -> None:
    client = cortex(runs={"pending": 0, "seconds": 100, "pausing": 0})
    run = client.launch()
    client.advance(60)
    client.command(run, "PAUSE")
    client.advance(10000)
    client.command(run, "RESUME")
    client.advance(39)
    assert client.state(run) == "Running"
    client.advance(1)
    assert client.state(run) == "Completed"


@pytest.mark.parametrize("command", ["STOP", "abort", ""])
def test_commands_that_are_none(cortex: Make, command: str) -> None:
    client = cortex()
    answer = client.command(client.launch(), command)
    assert wrong(answer) == (400, ["request_data.type"])


def test_a_command_to_a_run_that_is_not_there(cortex: Make) -> None:
    answer = cortex().command(5, "ABORT")
    assert (answer.status_code, answer.json()["err_msg"]) == (404, "Run ID not found or command cannot be performed")


# Trap 24.
def test_the_answer_of_a_command_looks_like_that_of_a_launch(cortex: Make) -> None:
    client = cortex()
    run = client.launch()
    assert client.command(run, "ABORT").json() == {"DATA": "Scan launched successfully with run ID: 789"}
    assert len(client.submissions("network-scan")) == 1
    client.configure(command_sentence="{command} was sent to run {run_id}")
    run = client.launch()
    assert client.command(run, "ABORT").json() == {"DATA": "ABORT was sent to run 790"}


# Trap 8.
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"canceled_word": "Cancelled"}, ["Cancelling", "Cancelled"]),
        ({"state_case": "upper"}, ["CANCELING", "CANCELED"]),
        ({"state_case": "lower", "canceled_word": "Cancelled"}, ["cancelling", "cancelled"]),
    ],
)
def test_two_spellings_in_any_case(cortex: Make, settings: t.Any, words: list[str]) -> None:
    client = cortex(**settings)
    run = client.launch()
    client.command(run, "ABORT")
    seen = [client.state(run)]
    client.advance(60)
    assert [*seen, client.state(run)] == words


# Traps 1 and 2.
def test_sentences_that_nobody_can_read(cortex: Make) -> None:
    client = cortex(launch_sentence="Your scan is on its way.", status_sentence="The scan seems to be {state}.")
    assert client.post(f"{SCAN}/run", definition_id=123).json() == {"DATA": "Your scan is on its way."}
    assert client.sentence(789) == "The scan seems to be New."
    client.configure(status_sentence="Scan is in {state} state")
    client.fault("unreadable", match={"step": "status"}, text="Please stand by")
    assert [client.sentence(789), client.sentence(789)] == ["Please stand by", "Scan is in New state"]
    client.fault("unknown_state", match={"step": "status"})
    assert client.sentence(789) == "Scan is in Archiving state"
    assert len(client.submissions("network-scan")) == 1


# Trap 6.
@pytest.mark.parametrize(("fault", "runs"), [("drop_after", 1), ("drop_before", 0), ("delayed_effect", 1)])
def test_a_lost_answer_leaves_its_run_in_the_ledger_only(cortex: Make, fault: str, runs: int) -> None:
    client = cortex()
    client.fault(fault, match={"step": "launch"})
    with pytest.raises(OSError, match=r"aborted|closed|reset"):
        client.launch()
    client.advance(10)
    assert len(client.submissions("network-scan")) == len(client.shown()["runs"]) == runs
    for path in (f"{SCAN}/run?fields=status", f"{SCAN}/run"):
        assert client.get(path).status_code == 400  # there is no list


@pytest.mark.parametrize(
    ("setting", "code", "runs", "effects"),
    [("new_run", 200, 2, ["run", "run"]), ("refused", 500, 1, ["run"]), ("same_run", 200, 1, ["run", "none"])],
)
def test_a_second_launch(cortex: Make, setting: str, code: int, runs: int, effects: list[str]) -> None:
    client = cortex(second_launch=setting)
    client.launch()
    assert client.post(f"{SCAN}/run", definition_id=123).status_code == code
    assert len(client.shown()["runs"]) == runs
    assert [one["details"]["effect"] for one in client.submissions("network-scan")] == effects


def test_states_by_looks(cortex: Make) -> None:
    """For tests that must not race the clock."""
    client = cortex(
        next_runs=[{"states": ["New", "Running", "Paused", "Running", "Completed"]}, {"states": ["Running"]}]
    )
    run = client.launch()
    assert [client.state(run) for _look in range(6)] == [
        "New",
        "Running",
        "Paused",
        "Running",
        "Completed",
        "Completed",
    ]
    run = client.launch()
    assert [client.state(run) for _look in range(3)] == ["Running"] * 3
    assert client.command(run, "PAUSE").status_code == 200
    assert [client.state(run) for _look in range(3)] == ["Pausing", "Paused", "Paused"]
    assert client.command(run, "RESUME").status_code == 200
    assert client.state(run) == "Running"
    assert client.command(run, "ABORT").status_code == 200
    assert [client.state(run) for _look in range(2)] == ["Canceling", "Canceled"]


def test_others_command_and_work_takes_longer(cortex: Make) -> None:
    client = cortex(runs={"pending": 0, "seconds": 100})
    run = client.launch()
    client.act("hold", job=run, seconds=500)
    client.advance(300)
    assert client.state(run) == "Running"
    assert client.act("scan-command", run_id=run, command="PAUSE") == {"state": "Pausing"}
    assert client.submissions("scan-command") == []
    client.act("purge")
    assert client.get(f"{SCAN}/run/{run}?fields=status").json()["err_msg"] == "Run ID not found"
