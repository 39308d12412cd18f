# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated tenant: keys of both kinds, permissions, licence, the shapes of errors, settings, the README."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

import pytest
from simulator.client import SimulatorError
from simulator.cortex.actions import ActionPlan
from simulator.cortex.distributions import PackagePlan
from simulator.cortex.keys import PERMISSIONS
from simulator.cortex.netscan import RunPlan
from simulator.cortex.settings import Settings
from simulator.cortex.system import ROUTES, CortexSystem
from simulator.cortex.tenant import Tenant
from simulator.cortex.xql import QueryPlan

from .conftest import TESTS
from .cortex import KEYS, SCAN, Cortex, Signature

Make = t.Callable[..., Cortex]
QUOTA = "/public_api/v1/xql/get_quota"
EMPTY = {"request_data": {}}


def quota(client: Cortex, **headers: str) -> int:
    return client.ask("POST", QUOTA, json=EMPTY, headers=headers).status_code


@pytest.mark.parametrize("key_id", ["1", "2"])
def test_both_kinds_of_keys(cortex: Make, key_id: str) -> None:
    client = cortex().other(key_id)
    run = client.launch()
    assert [client.state(run), quota(client)] == ["New", 200]
    (launched,) = client.submissions()
    assert launched["admin"] == key_id
    assert client.shown()["key_refusals"] == {}


# Trap 9.
def test_a_signature_serves_once(cortex: Make) -> None:
    client = cortex().other("2")
    signed = Signature.make(KEYS["2"]["key"])
    assert [quota(client, **signed.headers()) for _number in range(2)] == [200, 401]
    assert client.shown()["key_refusals"] == {"nonce used before": 1}


# Trap 9.
@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (Signature.make("another key"), "wrong hash"),
        (Signature.make(KEYS["2"]["key"], age=400), "wrong timestamp"),
        (Signature.make(KEYS["2"]["key"], age=-400), "wrong timestamp"),
        (Signature.make(KEYS["2"]["key"], length=32), "wrong nonce"),
        (dataclasses.replace(Signature.make(KEYS["2"]["key"]), timestamp="soon"), "wrong timestamp"),
        (dataclasses.replace(Signature.make(KEYS["2"]["key"]), nonce="A" * 64), "wrong hash"),
        (dataclasses.replace(Signature.make(KEYS["2"]["key"]), nonce=""), "not signed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_signatures_that_do_not_fit(cortex: Make, signature: Signature, why: str) -> None:
    client = cortex().other("2")
    assert quota(client, **signature.headers()) == 401
    assert client.shown()["key_refusals"] == {why: 1}


def test_the_hash_is_lower_case(cortex: Make) -> None:
    client = cortex().other("2")
    signed = Signature.make(KEYS["2"]["key"]).headers()
    assert quota(client, **{**signed, "Authorization": signed["Authorization"].upper()}) == 401


def test_the_tenant_compares_with_real_time_and_its_own_skew(cortex: Make) -> None:
    client = cortex().other("2")
    client.advance(100_000)
    assert quota(client) == 200
    client.configure(clock_skew=1000)
    assert quota(client) == 401
    client.configure(timestamp_tolerance=2000)
    assert quota(client) == 200


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Authorization": "wrong"}, "wrong key"),
        ({"Authorization": f"Bearer {KEYS['1']['key']}"}, "wrong key"),
        ({"x-xdr-auth-id": "77"}, "unknown key id"),
        ({"x-xdr-auth-id": ""}, "no key id"),
        ({"x-xdr-auth-id": "2"}, "not signed"),
    ],
)
def test_a_key_is_refused(cortex: Make, headers: t.Any, why: str) -> None:
    client = cortex()
    answer = client.ask("POST", QUOTA, json=EMPTY, headers=headers)
    assert (answer.status_code, answer.json()["reply"]["err_code"]) == (401, 401)
    assert client.shown()["key_refusals"] == {why: 1}


def test_a_key_is_revoked_while_it_is_used(cortex: Make) -> None:
    client = cortex()
    run = client.launch()
    client.configure(api_keys={"1": {**KEYS["1"], "revoked": True}})
    assert client.get(f"{SCAN}/run/{run}?fields=status").status_code == 401
    client.configure(api_keys={"1": KEYS["1"]})
    assert client.state(run) == "New"


def test_network_scans_may_do_without_a_key(cortex: Make) -> None:
    """Their specification names none."""
    client = cortex()
    client.key_id = "3"
    wrong = {"Authorization": "wrong"}
    assert client.get(f"{SCAN}/run/1?fields=status", headers=wrong).status_code == 401
    client.configure(netscan_auth=False)
    assert client.get(f"{SCAN}/run/1?fields=status", headers=wrong).status_code == 404


def test_permissions(cortex: Make) -> None:
    client = cortex()
    run, viewer = client.launch(), client.other("3")
    assert viewer.state(run) == "New"
    assert viewer.command(run, "ABORT").status_code == 403
    launched = viewer.post(f"{SCAN}/run", definition_id=123)
    assert (launched.status_code, launched.json()) == (403, {"err_msg": "User not Authorized"})
    for path in ("xql/get_quota", "endpoints/scan", "scripts/get_scripts", "distributions/get_versions"):
        assert viewer.post(path).status_code == 403
    assert client.refused("network-scan")[0]["admin"] == "3"


# Trap 22.
@pytest.mark.parametrize(
    ("licence", "path"),
    [
        ("netscan", f"{SCAN}/run"),
        ("xql", "xql/start_xql_query"),
        ("action", "endpoints/scan"),
        ("script", "scripts/run_script"),
        ("distribution", "distributions/create"),
        ("endpoint", "endpoints/get_endpoint"),
    ],
)
def test_the_licence_is_missing(cortex: Make, licence: str, path: str) -> None:
    client = cortex(licences_missing=[licence])
    assert client.post(path).status_code == 402
    client.configure(licences_missing=[])
    assert client.post(path).status_code != 402


# Trap 19.
@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("reply", {"reply": {"err_code": 500, "err_msg": "E", "err_extra": "Query ID not found"}}),
        ("plain", {"err_code": 500, "err_msg": "E", "err_extra": "Query ID not found"}),
        ("netscan", {"err_msg": "E", "metadata": {"err_extra": [{"field": "", "message": "Query ID not found"}]}}),
        ("brokers", {"description": "E", "errors": [{"field": "", "message": "Query ID not found"}]}),
        ("detail", {"detail": [{"loc": ["body", ""], "msg": "Query ID not found"}]}),
    ],
)
def test_five_shapes_of_errors(cortex: Make, shape: str, expected: t.Any) -> None:
    client = cortex(error_shape=shape)
    answer = client.post("xql/get_query_results", query_id="x")
    text = answer.text.replace("An error occurred while processing XDR public API", "E")
    assert (answer.status_code, text) == (500, json.dumps(expected, separators=(",", ":")))


# Trap 19.
@pytest.mark.parametrize(
    ("settings", "code", "extra"),
    [
        ({"err_code": "string"}, "500", "Query ID not found"),
        ({"err_extra": "null"}, 500, None),
        ({"err_extra": "object"}, 500, {"message": "Query ID not found"}),
    ],
)
def test_codes_and_extras_of_several_kinds(cortex: Make, settings: t.Any, code: t.Any, extra: t.Any) -> None:
    error = cortex(**settings).post("xql/get_query_results", query_id="x").json()["reply"]
    assert (error["err_code"], error["err_extra"]) == (code, extra)


# Trap 10.
def test_business_errors_are_http_500(cortex: Make) -> None:
    client = cortex()
    assert client.refusal("endpoints/isolate", filters="nonsense") == "filters must be a list"
    assert client.refusal("scripts/run_script", filters=[], script_uid="x") == "Script was not found"
    assert [one["kind"] for one in client.simulator.ledger(client.address)["refused"]] == [
        "endpoint-isolate",
        "script-run",
    ]
    assert client.submissions() == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refusal_of_choice(cortex: Make, when: str) -> None:
    """Before or after the effect: a bare 500 says nothing of that."""
    client = cortex()
    client.fault("refuse", match={"step": "action"}, text="No luck", when=when, answer="plain")
    answer = client.post("endpoints/scan", filters="all")
    assert (answer.status_code, answer.json()["err_extra"]) == (500, "No luck")
    assert len(client.submissions("endpoint-scan")) == (1 if when == "after" else 0)


# Trap 23.
@pytest.mark.parametrize("fault", ["too_many_requests", "status_429", "status_502", "status_503", "status_504"])
def test_one_bad_answer_to_a_poll(cortex: Make, fault: str) -> None:
    client = cortex()
    run = client.launch()
    client.checked = False
    client.fault(fault, match={"step": "status"}, retry_after=7)
    answer = client.get(f"{SCAN}/run/{run}?fields=status")
    assert answer.status_code == int(fault[7:] if fault.startswith("status_") else 429)
    assert answer.headers["Retry-After"] == "7"
    assert client.state(run) == "New"


def test_other_errors_of_choice(cortex: Make) -> None:
    client = cortex()
    for fault, code in (("not_found", 404), ("no_license", 402)):
        client.fault(fault, match={"type": "netscan"})
        assert client.get(f"{SCAN}/run/1?fields=status").status_code == code


def test_addresses_and_methods_that_are_none(cortex: Make) -> None:
    client = cortex()
    assert client.get("/public_api/v1/xql/get_quota").status_code == 405
    assert client.get("/public_api/v1/nonsense").status_code == 404
    assert client.ask("DELETE", f"{SCAN}/run/1").status_code == 405
    assert client.ask("POST", QUOTA, data=b"{").status_code == 400
    assert client.refusal("xql/start_xql_query")["err_msg"] == "The query is missing or empty"
    bare = client.ask("POST", "/public_api/v1/xql/start_xql_query", json={"query": "x"})
    assert (bare.status_code, bare.json()["reply"]["err_extra"]) == (500, "request_data is missing")


@pytest.mark.parametrize(
    "settings",
    [
        {"state_case": "camel"},
        {"unknown": 1},
        {"xql_slots": "many"},
        {"runs": {"length": 3}},
        {"runs": {"end": "Archived"}},
        {"runs": {"pauses": [5]}},
        {"next_queries": [{"rows": "many"}]},
        {"actions": {"endpoints": {"host1": {"empty_looks": 3}}}},
        {"actions": {"endpoints": {"host1": {"colour": "red"}}}},
        {"api_keys": {"9": {"secret": "x"}}},
        {"api_keys": {"9": {"key": "x", "type": "basic"}}},
        {"api_keys": {"9": {"key": "x", "permissions": ["everything"]}}},
        {"definitions": {"7": {"vt_config_id": 0}}},
        {"endpoints": [{"status": "ASLEEP"}]},
        {"endpoints": [{"id": "a"}, {"id": "a"}]},
        {"scripts": [{"name": "x"}]},
        {"licences_missing": ["everything"]},
        {"api_keys": {"9": {"key": "x"}}, "definitions": {"7": {}}, "endpoints": 9, "scripts": [{}]},
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(cortex: Make, settings: t.Any) -> None:
    client = cortex()
    before = client.shown()
    with pytest.raises(SimulatorError):
        client.configure(first_run_id=5, **settings)
    assert client.shown() == before


def test_the_readme_names_everything() -> None:
    """Every setting and its forms, field of a plan, action, fault, step and permission."""
    readme = (TESTS / "simulator" / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## Cortex") : readme.index("## Adding a system")]
    kinds = (Settings, RunPlan, QueryPlan, ActionPlan, PackagePlan)
    words = {field.name for kind in kinds for field in dataclasses.fields(kind)}
    words |= {str(value) for values in Settings.CHOICES.values() for value in values}
    words |= {name[5:].replace("_", "-") for name in dir(Tenant) if name.startswith("_act_")}
    words |= {word for route in ROUTES for word in (route.kind, route.step)} | CortexSystem.fault_kinds
    assert (words | set(PERMISSIONS)) - set(re.findall(r"`([\w.-]+)`", section)) == set()
