# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time
import typing as t

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._task import run_plain
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import scan_definition
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.client import CortexClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.scan_definition import (
    EMPTY,
    NUMBERS,
    OTHERS,
    REQUIRED,
    SWITCHES,
    body_of,
)
from ansible_collections.netops.jobs.plugins.modules import cortex_network_scan_definition
from ansible_collections.netops.jobs.tests.openapi import cortex
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask, FakeTime

PATH = "/netscan/v1/scan/definition"
LOST = requests.exceptions.ReadTimeout("x")
CREATED = (201, {"definition_id": 123, "message": "Scan created successfully"})
UPDATED = (201, {"definition_id": 123, "message": "Scan updated successfully"})
SCANNER = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
TIME = ("hour", "minute", "second")
LEAST = {
    "name": "Branches",
    "vt_config_id": 1,
    "network": 1,
    "network_scanner_ids": [SCANNER],
    "port_list_id": 1,
    "schedule_cadence": "WEEKLY",
    "schedule_days": 127,
    "schedule_start_date": 1795996800000,
    "schedule_time": {"hour": 22, "minute": 0, "second": 0},
    "schedule_timezone": "Europe/Berlin",
}
ALL = {
    **LEAST,
    "description": "All of it",
    "targets": ["192.0.2.0/24"],
    "target_ids": [4, 2**40],
    "excluded_targets": ["192.0.2.7"],
    "override_target_exclusions": True,
    "scan_ports": [{"port": 22}],
    "credential_ids": [1],
    "schedule_dates": [1, 15],
    "schedule_quiet_hours": [
        {"start": {"hour": 6, "minute": 0, "second": 0}, "end": {"hour": 20, "minute": 30, "second": 59}}
    ],
    "enable_report": True,
    "alive_test_methods": ["arp", "consider_alive"],
    "alive_test_ports": "22,80-90",
    "asset_groups": [{"id": 1, "name": "Sites", "count": None}],
    "non_simult_ports": "139",
    **dict.fromkeys(NUMBERS, 7),
    **{name: number % 2 == 0 for number, name in enumerate(SWITCHES)},
}


def options(**given: t.Any) -> dict[str, t.Any]:
    nothing = dict.fromkeys((*REQUIRED, *EMPTY, *NUMBERS, *OTHERS, *SWITCHES, "definition_id"))
    return {**nothing, **LEAST, **given}


@pytest.fixture
def configure(tenant, connection):
    """Runs the module; each request that it sends is as the published file says."""

    def run(*, check_mode=False, **given: t.Any):
        task = FakeTask(check_mode=check_mode, **connection, **options(**given))
        fake = FakeTime()
        fake.now = time.monotonic()
        return run_plain(
            task,
            "cortex_network_scan_definition",
            lambda inquiry: scan_definition.from_options(task.params, inquiry, check_mode=check_mode),
            world=fake.world,
        )

    yield run
    for asked in tenant.asked:
        body = json.dumps(asked.body)
        assert cortex.netscan().request_errors(asked.method, asked.path, asked.headers, body) == []


def test_a_definition_with_what_is_required(configure, tenant) -> None:
    tenant.post(PATH, CREATED)
    assert configure() == {
        "changed": True,
        "failed": False,
        "outcome": "succeeded",
        "msg": "https://api-tenant.example.com:443: definition 123 was created.",
        "definition_id": "123",
        "message": "Scan created successfully",
    }
    asked = tenant.asked[0]
    assert asked.body == {**EMPTY, **LEAST}
    assert asked.headers["Content-Type"] == "application/json; charset=UTF-8"


def test_a_definition_with_everything(configure, tenant) -> None:
    tenant.post(PATH, CREATED)
    assert configure(**ALL)["definition_id"] == "123"
    body = tenant.asked[0].body
    assert body["asset_groups"] == [{"id": 1, "name": "Sites"}]
    assert [body[name] for name in SWITCHES] == ["1", "0"] * 4 + ["1"]
    rest = {name: value for name, value in ALL.items() if name not in (*SWITCHES, "asset_groups")}
    assert {name: body[name] for name in rest} == rest


def test_the_options_are_the_fields_of_the_published_schema() -> None:
    schema = cortex.netscan().document["components"]["schemas"]["ScanDefinitionPayload"]
    spec = cortex_network_scan_definition.ARGUMENTS["argument_spec"]
    fields = set(schema["properties"])
    assert fields == {*REQUIRED, *EMPTY, *NUMBERS, *OTHERS, *SWITCHES, "definition_id"}
    assert fields <= set(spec)
    assert set(schema["required"]) == {*REQUIRED, *EMPTY}
    assert {name for name, option in spec.items() if option.get("required") and name in fields} == set(REQUIRED)


def test_an_update_replaces_everything_that_must_be_there(configure, tenant) -> None:
    tenant.post(PATH, UPDATED)
    found = configure(**ALL, definition_id="123")
    assert (found["definition_id"], found["changed"]) == ("123", True)
    assert tenant.asked[0].body["definition_id"] == 123
    refused = configure(definition_id="123", targets=["192.0.2.0/24"])
    assert (refused["outcome"], refused["refusal"]) == ("refused", {"reason": "bad_input"})
    named = refused["msg"].partition("too: ")[2].partition(".")[0].split(", ")
    assert named == [name for name in EMPTY if name != "targets"]
    assert len(tenant.asked) == 1


@pytest.mark.parametrize("answer", [LOST, (503, b""), (500, b""), (201, {"message": "done"}), (201, b"<html>")])
def test_a_definition_is_never_created_twice(configure, tenant, answer) -> None:
    tenant.post(PATH, answer)
    found = configure()
    assert (found["outcome"], found["failed"], found["changed"]) == ("lost", True, True)
    assert "no list of definitions" in found["msg"]
    assert found["definition_id"] is None
    assert len(tenant.asked) == 1


def test_what_was_never_sent_is_sent_again(configure, tenant) -> None:
    tenant.post(PATH, (429, b"", {"Retry-After": "3"}), CREATED)
    assert configure()["definition_id"] == "123"


def test_an_update_whose_answer_is_lost_is_sent_again(configure, tenant) -> None:
    tenant.post(PATH, (502, b""), LOST, UPDATED)
    assert configure(**ALL, definition_id="123")["outcome"] == "succeeded"
    assert len(tenant.asked) == 3


def test_an_update_of_which_nothing_is_known_may_have_changed_it(configure, tenant) -> None:
    tenant.post(PATH, (502, b""))
    found = configure(**ALL, definition_id="123")
    assert (found["outcome"], found["failed"], found["changed"]) == ("unreachable", True, True)
    assert "Whether definition 123 was updated is not known" in found["msg"]
    assert found["definition_id"] == "123"
    tenant.post(PATH, 429)
    found = configure(**ALL, definition_id="123")
    assert (found["outcome"], found["changed"]) == ("unreachable", False)


@pytest.mark.parametrize(("given", "advice"), [({}, "look for it in the console"), ({"definition_id": "123"}, "again")])
def test_whoever_is_interrupted_says_what_may_be_there(configure, tenant, monkeypatch, given, advice) -> None:
    def interrupted(*_args, **_kwargs):
        raise errors.Interrupted("interrupted by SIGTERM")

    monkeypatch.setattr(CortexClient, "ask", interrupted)
    found = configure(**{**ALL, **given})
    assert (found["outcome"], found["failed"], found["changed"]) == ("timed_out", True, True)
    assert "interrupted by SIGTERM" in found["msg"]
    assert advice in found["msg"]


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (
            (404, {"err_msg": "VT template not found or cannot create a new scan definition"}),
            "rejected",
            "vt_config_id",
        ),
        (
            (422, {"err_msg": "x", "metadata": {"err_extra": [{"field": "name", "message": "bad"}]}}),
            "rejected",
            "name: bad",
        ),
        ((500, {"err_msg": "x", "metadata": {"err_extra": "too many"}}), "rejected", "too many"),
        ((403, {"err_msg": "User not Authorized"}), "denied", "role"),
    ],
)
def test_what_the_tenant_refuses(configure, tenant, answer, reason, words) -> None:
    tenant.post(PATH, answer)
    found = configure()
    assert (found["outcome"], found["changed"], found["refusal"]["reason"]) == ("refused", False, reason)
    assert words in found["msg"]
    assert len(tenant.asked) == 1


@pytest.mark.parametrize("more", [{}, {"definition_id": "123", **ALL}])
def test_check_mode_sends_nothing(configure, tenant, more) -> None:
    found = configure(check_mode=True, **more)
    assert (found["outcome"], found["changed"]) == ("succeeded", True)
    assert "check mode" in found["msg"]
    assert found["definition_id"] == more.get("definition_id")
    assert tenant.asked == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"description": "x" * 501}, "description"),
        ({"network_scanner_ids": []}, "network_scanner_ids"),
        ({"network_scanner_ids": ["scanner-1"]}, "network_scanner_ids"),
        ({"vt_config_id": 0}, "vt_config_id"),
        ({"network": -1}, "network"),
        ({"schedule_days": 128}, "schedule_days"),
        ({"schedule_start_date": -1}, "schedule_start_date"),
        ({"schedule_time": {"hour": 24, "minute": 0, "second": 0}}, "schedule_time.hour"),
        ({"auth_port_ssh": 70000}, "auth_port_ssh"),
        ({"max_hosts": 0}, "max_hosts"),
        ({"definition_id": "x", **ALL}, "definition_id"),
        (
            {
                "schedule_quiet_hours": [
                    {"start": LEAST["schedule_time"], "end": {"hour": 0, "minute": 60, "second": 0}}
                ]
            },
            r"schedule_quiet_hours\[0\].end.minute",
        ),
    ],
)
def test_what_the_schema_does_not_allow(given, words) -> None:
    with pytest.raises(errors.BadInput, match=words):
        body_of(options(**given))
