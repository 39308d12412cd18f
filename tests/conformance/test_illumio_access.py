# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated PCE: log-in, roles, errors, strict requests, limits, versions."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest
from simulator.client import SimulatorError
from simulator.illumio.pce import Pce
from simulator.illumio.queries import QueryPlan
from simulator.illumio.reports import FilePlan
from simulator.illumio.settings import COUNTS, Settings
from simulator.illumio.system import ROUTES, IllumioSystem

from .conftest import TESTS
from .pce import KEY, QUERY, Rest, token

Make = t.Callable[..., Rest]
USERS = {"ann@example.com": {"password": "ann's", "user": "/users/7"}}


def log_in(rest: Rest) -> Rest:
    """The documented flow: name and password, then a token, then a session."""
    asked = rest.other("ann@example.com", "ann's").post("/login_users/authenticate?pce_fqdn=pce.example.com")
    assert asked.status_code == 201
    rest.session.auth = None
    headers = {"Authorization": f"Token token={asked.json()['auth_token']}"}
    answer = rest.get("/users/login", headers=headers)
    assert answer.status_code == 200, answer.text
    return rest.other(answer.json()["auth_username"], answer.json()["session_token"])


def test_key_and_session_act_for_their_user(pce: Make) -> None:
    rest = pce(users=USERS)
    own = rest.job("labels")
    session = log_in(rest.other(KEY, ""))
    other = session.job("labels")
    assert rest.get(own).json()["requested_by"] == {"href": "/users/1"}
    assert rest.get(other).json()["requested_by"] == {"href": "/users/7"}
    assert [one["admin"] for one in rest.submissions("async-get")] == [KEY, "user_7"]


def test_session_dies_after_ten_minutes_without_a_request(pce: Make) -> None:
    session = log_in(pce(users=USERS))
    for _minute in range(3):
        session.advance(590)
        assert session.get("labels").status_code == 200
    session.advance(601)
    assert token(session.get("labels")) == (401, "authentication_error")


def test_a_session_without_its_login_flow(pce: Make) -> None:
    rest = pce(users=USERS)
    opened = rest.act("session", user="ann@example.com")
    session = rest.other(opened["auth_username"], opened["session_token"])
    assert session.get("labels").status_code == 200


def test_login_token_serves_once_and_for_thirty_seconds(pce: Make) -> None:
    rest = pce(users=USERS)
    ann = rest.other("ann@example.com", "ann's")
    tokens = [ann.post("/login_users/authenticate").json()["auth_token"] for _number in range(2)]
    rest.session.auth = None
    first = {"Authorization": f"Token token={tokens[0]}"}
    assert [rest.get("/users/login", headers=first).status_code for _number in range(2)] == [200, 401]
    rest.advance(31)
    assert rest.get("/users/login", headers={"Authorization": f"Token token={tokens[1]}"}).status_code == 401


@pytest.mark.parametrize(("name", "secret"), [(KEY, "wrong"), ("api_nobody", "x"), ("user_1", "none")])
def test_wrong_credentials(pce: Make, name: str, secret: str) -> None:
    assert pce().other(name, secret).get("labels").status_code == 401


def test_a_session_may_be_ended_from_outside(pce: Make) -> None:
    session = log_in(pce(users=USERS))
    session.act("end-sessions")
    assert session.get("labels").status_code == 401


def test_another_organisation_is_forbidden(pce: Make) -> None:
    rest = pce(api_keys={KEY: {"secret": "the secret of the key"}, "api_of_two": {"secret": "x", "org_id": 2}})
    assert token(rest.get("/orgs/2/labels")) == (403, "forbidden_error")
    assert rest.other("api_of_two", "x").get("labels").status_code == 403


def test_the_number_of_the_organisation_is_in_every_address(pce: Make) -> None:
    rest = pce(org_id=7)
    text = rest.get("/orgs/7/workloads").text + rest.get("/orgs/7/sec_policy/draft/rule_sets").text
    assert "/orgs/7/" in text
    assert "/orgs/1/" not in text


def test_viewer_reads_and_changes_nothing(pce: Make) -> None:
    viewer = pce().other("api_of_viewer", "viewer's")
    assert viewer.word(viewer.job("labels")) == "pending"
    assert viewer.post("traffic_flows/async_queries", QUERY).status_code == 202
    assert token(viewer.post("sec_policy", {})) == (403, "forbidden_error")
    assert token(viewer.get("reports")) == (403, "forbidden_error")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "nonsense", (404, "invalid_uri")),
        ("GET", "/nonsense", (404, "invalid_uri")),
        ("GET", "jobs/51a1", (404, "not_found_error")),
        ("GET", "workloads/51a1", (404, "not_found_error")),
        ("GET", "sec_policy/99/ip_lists", (404, "not_found_error")),
        ("PUT", "jobs/51a1", (405, "method_not_allowed_error")),
        ("DELETE", "reports/51a1", (405, "method_not_allowed_error")),
        ("GET", "labels?nonsense=1", (406, "input_validation_error")),
        ("GET", "labels?max_results=many", (406, "input_validation_error")),
        ("GET", "workloads?managed=yes", (406, "input_validation_error")),
        ("GET", "workloads?offset=500", (406, "input_validation_error")),
    ],
)
def test_errors(pce: Make, method: str, path: str, expected: tuple[int, str]) -> None:
    answer = pce().ask(method, path)
    assert token(answer) == expected
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("shape", "body"),
    [("error", b'[{"error":'), ("number", b"404"), ("object", b'{"token":'), ("empty", b""), ("html", b"<html>")],
)
def test_other_shapes_of_errors(pce: Make, shape: str, body: bytes) -> None:
    # Trap 33.
    answer = pce(error_shape=shape).get("jobs/51a1")
    assert answer.status_code == 404
    assert answer.content.startswith(body)


@pytest.mark.parametrize("release", ["25.2.20", "26.3.0"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "traffic_flows/async_queries", {**QUERY, "extra": 1}),
        ("POST", "traffic_flows/async_queries", {name: QUERY[name] for name in QUERY if name != "max_results"}),
        ("POST", "traffic_flows/async_queries", {**QUERY, "max_results": 200001}),
        ("POST", "traffic_flows/async_queries", {**QUERY, "policy_decisions": ["perhaps"]}),
        ("POST", "reports", {"report_template": {"href": "/orgs/1/report_templates/ves"}}),
        ("POST", "sec_policy", {"change_subset": {"rulesets": []}}),
        ("POST", "sec_policy", {"message": "x"}),
        ("POST", "sec_policy/draft/dependencies", {"change_subset": {}}),
        ("POST", "sec_policy/1320/restore", {"force": True}),
        ("PUT", "sec_policy/delete", {"all": True}),
        ("PUT", "vens/upgrade", {"release": "25.2.20", "vens": []}),
        ("PUT", "vens/upgrade", {"release": "25.2.20", "vens": [{"href": "x"}], "upgrade_timeout_seconds": 899}),
        ("POST", "support_bundle_requests", {"logs": True}),
        ("POST", "sec_policy/draft/ip_lists", {"name": "x", "colour": "red"}),
        ("PUT", "sec_policy/draft/ip_lists/2", {"colour": "red"}),
        ("PUT", "workloads/bulk_delete", [{"id": 1}]),
    ],
)
def test_bodies_are_strict(pce: Make, release: str, method: str, path: str, body: t.Any) -> None:
    # Trap 32.
    answer = pce(release=release).ask(method, path, json=body)
    assert token(answer) == (406, "input_validation_error")
    assert answer.json()[0]["message"].startswith("Input validation failed. Details: {The property '#/")


def test_no_body_is_said_to_be_of_the_wrong_type(pce: Make) -> None:
    """The words are documented."""
    answer = pce().ask("PUT", "vens/upgrade", data="null", headers={"Content-Type": "application/json"})
    assert "The property '#/' of type NilClass did not match the following type: object in schema" in answer.text


def test_a_body_that_is_no_json(pce: Make) -> None:
    assert pce().ask("POST", "sec_policy", data="{").status_code == 400


def test_product_version_in_both_shapes(pce: Make) -> None:
    flat = pce(pce_version="25.2.20").get("/product_version").json()
    assert flat["version"] == "25.2.20"
    assert pce(version_shape="wrapped").get("/product_version").json() == {"product_version": flat}


def test_health_and_settings(pce: Make) -> None:
    rest = pce(hostname="pce7.example.com")
    assert rest.get("/health").json()[0]["fqdn"] == "pce7.example.com"
    assert rest.get("settings/workloads").json()["href"] == "/orgs/1/settings/workloads"
    assert rest.get("settings/reports").json()["max_queued_reports"] == 25


def test_five_hundred_requests_a_minute_for_each_key(pce: Make) -> None:
    rest = pce(rate_limit=5)
    codes = [rest.get("labels").status_code for _number in range(7)]
    assert codes == [200] * 5 + [429] * 2
    assert rest.other("api_of_bob", "bob's").get("labels").status_code == 200
    answer = rest.get("labels")
    assert token(answer) == (429, "too_many_requests_error")
    assert "Retry-After" not in answer.headers
    rest.configure(rate_limit_retry_after=30)
    assert rest.get("labels").headers["Retry-After"] == "30"
    rest.advance(61)
    assert rest.get("labels").status_code == 200


@pytest.mark.parametrize(
    ("case", "name"), [("lower", "x-request-id"), ("upper", "X-REQUEST-ID"), ("odd", "X-ReQuEsT-Id")]
)
def test_header_names_in_any_case(pce: Make, case: str, name: str) -> None:
    answer = pce(header_case=case).submit("labels")
    assert name in list(answer.headers)
    assert answer.headers["location"].startswith("/orgs/1/jobs/")


def test_every_answer_has_an_id_of_its_own(pce: Make) -> None:
    rest = pce()
    answers = [rest.get("labels"), rest.get("labels"), rest.get("nonsense"), rest.submit("labels")]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 4


@pytest.mark.parametrize(
    "settings",
    [
        {"location": "somewhere"},
        {"unknown": 1},
        {"rate_limit": "many"},
        {"counts": {"wolves": 3}},
        {"jobs": {"length": 3}},
        {"next_queries": [{"colour": "red"}]},
        {"api_keys": {"api_x": {"password": "x"}}},
        {"org_id": 2},
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(pce: Make, settings: t.Any) -> None:
    rest = pce()
    before = rest.simulator.device(rest.address)["settings"]
    with pytest.raises(SimulatorError):
        rest.configure(retry_after=9, **settings)
    assert rest.simulator.device(rest.address)["settings"] == before


def test_the_readme_names_everything() -> None:
    """Every setting and its forms, field of a plan, action, fault, step and kind of request."""
    readme = (TESTS / "simulator" / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## Illumio PCE") : readme.index("## Strata Cloud Manager")]
    plans = (Settings, QueryPlan, FilePlan)
    words = {field.name for kind in plans for field in dataclasses.fields(kind)}
    words |= {str(value) for values in Settings.CHOICES.values() for value in values}
    words |= {name[5:].replace("_", "-") for name in dir(Pce) if name.startswith("_act_")}
    words |= {word for route in ROUTES for word in (route.kind, route.step)} | set(COUNTS) | IllumioSystem.fault_kinds
    numbers = {"201", "202", "204", "404", "410", "25.2.20"}
    assert words - set(re.findall(r"`([\w.-]+)`", section)) - numbers == set()


def test_api_keys_are_listed_to_their_owner_only(pce: Make) -> None:
    rest = pce()
    own = rest.get("/users/1/api_keys").json()
    assert [key["auth_username"] for key in own] == [KEY]
    assert set(own[0]) == {"href", "key_id", "auth_username", "created_at", "name", "description"}
    assert rest.get("/users/2/api_keys").json() == []
