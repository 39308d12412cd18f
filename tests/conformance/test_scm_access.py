# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated tenant: tokens and their limit, roles, errors, limits, settings."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest
import requests
from simulator.client import SimulatorError
from simulator.scm.devices import COMMANDS
from simulator.scm.settings import Settings
from simulator.scm.system import ROUTES, ScmSystem
from simulator.scm.tenant import Tenant
from simulator.scm.tokens import ROLES
from simulator.scm.work import ChildPlan, DevicePlan, PushPlan

from .conftest import TESTS
from .scm import CLIENT, DEVICES, EDITOR, FOLDERS, LEGACY, SECRET, VIEWER, Scm, error

Make = t.Callable[..., Scm]
PATHS = ("/oauth2/access_token", "/auth/v1/oauth2/access_token", "/am/oauth2/access_token")


@pytest.mark.parametrize("path", PATHS)
def test_token_by_header_and_by_form(tenant: Make, path: str) -> None:
    scm = tenant()
    header = scm.token(path)
    fields = {"grant_type": "client_credentials", "scope": "profile tsg_id:1234567890 email"}
    form = scm.form(path, {**fields, "client_id": CLIENT, "client_secret": SECRET})
    for answer in (header, form):
        assert answer.status_code == 200
        assert {**answer.json(), "access_token": "", "scope": ""} == {
            "access_token": "",
            "scope": "",
            "token_type": "Bearer",
            "expires_in": 899,
        }
        scm.use(answer.json()["access_token"])
        assert scm.get("/jobs").status_code == 200
    assert header.json()["access_token"] != form.json()["access_token"]
    assert scm.state()["tokens"] == {CLIENT: 2}


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        ({"name": "nobody"}, 401, "invalid_client"),
        ({"secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "unsupported_grant_type"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"scope": "tsg_id:1"}, 400, "invalid_scope"),
    ],
)
def test_no_token(tenant: Make, arguments: dict[str, str], status: int, word: str) -> None:
    scm = tenant()
    answer = scm.token(**arguments)
    assert (answer.status_code, answer.json()["error"]) == (status, word)
    (refused,) = scm.refused("token")
    assert refused["admin"] == arguments.get("name", CLIENT)
    assert scm.submissions("token") == []


def test_a_token_request_is_a_form(tenant: Make) -> None:
    scm = tenant()
    answer = scm.form(PATHS[0], {}, json={"grant_type": "client_credentials"}, auth=(CLIENT, SECRET))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


# Trap 17.
def test_ten_token_requests_at_once(tenant: Make) -> None:
    scm = tenant(token_retry_after=3)
    answers = [scm.token() for _number in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "3"
    scm.advance(1.5)
    assert scm.token().status_code == 200
    assert (len(scm.submissions("token")), len(scm.refused("token"))) == (11, 2)
    scm.configure(token_limit=0)
    assert {scm.token().status_code for _number in range(20)} == {200}


# Trap 15.
def test_a_token_ends_after_its_time_and_when_it_is_revoked(tenant: Make) -> None:
    scm = tenant()
    number = scm.pushed(FOLDERS)
    scm.use(scm.token().json()["access_token"])
    scm.advance(898)
    assert scm.word(number) == "FIN/OK"
    scm.advance(2)
    assert error(scm.get(f"/jobs/{number}")) == (401, "E016", "Key Expired")
    scm.use(scm.token().json()["access_token"])
    assert scm.word(number) == "FIN/OK"
    scm.act("revoke-tokens")
    assert error(scm.get(f"/jobs/{number}")) == (401, "E016", "Invalid Credential")
    scm.use(scm.token().json()["access_token"])
    assert scm.word(number) == "FIN/OK"
    assert len(scm.submissions("push")) == 1


def test_a_token_of_another_address(tenant: Make) -> None:
    """The token service may be another address than the API, for the same tenant."""
    service, api = tenant(), tenant()
    api.use(service.token().json()["access_token"])
    assert api.get("/jobs").status_code == 200
    assert (service.state()["tokens"], api.state()["tokens"]) == ({CLIENT: 1}, {})
    foreign = tenant(tsg_id="99")
    foreign.use(service.token().json()["access_token"])
    assert error(foreign.get("/jobs")) == (401, "E016", "Invalid Credential")


def test_without_a_token(tenant: Make) -> None:
    scm = tenant()
    for header, message in (
        (None, "Not Authenticated"),
        ("Basic eDp5", "Not Authenticated"),
        ("Bearer nonsense", "Invalid Credential"),
        (f"Bearer {'x' * 5000}", "Key Too Long"),
    ):
        assert error(scm.get("/jobs", headers={"Authorization": header})) == (401, "E016", message)


def test_roles(tenant: Make) -> None:
    superuser = tenant()
    editor, viewer = superuser.other(EDITOR), superuser.other(VIEWER)
    load = ("/config-versions:load", {"version": 3})
    assert [one.post(*load).status_code for one in (superuser, editor, viewer)] == [201, 403, 403]
    assert [one.ask("DELETE", "/config-versions/candidate").status_code for one in (editor, viewer)] == [200, 403]
    assert [one.push().status_code for one in (editor, viewer)] == [200, 403]
    assert error(viewer.push()) == (403, "E007", "Unauthorized")
    assert viewer.get("/jobs").status_code == 200
    assert viewer.device_job("dns-proxy", "007951000388704")
    assert [one["admin"] for one in superuser.submissions("push")] == [EDITOR]
    assert {one["admin"] for one in superuser.refused("push")} == {VIEWER}


# Trap 18.
def test_the_region_header_is_refused(tenant: Make) -> None:
    scm = tenant()
    for path in ("/jobs", "/config-versions/running", f"{DEVICES}/local-config/versions?device=007951000388704"):
        assert scm.get(path, headers={"X-PANW-Region": "americas"}).status_code == 400
        assert scm.get(path).status_code == 200


def test_both_paths_are_one_tenant(tenant: Make) -> None:
    scm = tenant()
    legacy = scm.other(base=LEGACY)
    number = legacy.pushed()
    assert scm.job(number) == legacy.job(number)
    assert scm.running() == legacy.running()


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/jobs/99999", (404, "E005", "Object Not Present")),
        ("GET", "/jobs/abc", (404, "E005", "Object Not Present")),
        ("GET", "/nothing", (404, "E005", "Object Not Present")),
        ("GET", "/config-versions/999", (404, "E005", "Object Not Present")),
        ("GET", "/config-versions/newest", (400, "E003", "Invalid Command")),
        ("GET", "/jobs?limit=many", (400, "E003", "Invalid Query Parameter: limit=many")),
        ("DELETE", "/jobs/1", (405, "E012", "Method Not Supported")),
        ("POST", "/config-versions:load", (400, "E003", "Missing Body")),
    ],
)
def test_errors(tenant: Make, method: str, path: str, expected: t.Any) -> None:
    answer = tenant().ask(method, path)
    assert error(answer) == expected
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.json()["_request_id"])


# Trap 14.
@pytest.mark.parametrize(
    ("style", "code", "details"),
    [
        ("documented", "E005", {}),
        ("text", "E005", "Object Not Present"),
        ("list", "E005", ["Object Not Present"]),
        ("live", "API_I00013", {"errorType": "Object Not Present", "message": "Object Not Present"}),
    ],
)
def test_error_styles(tenant: Make, style: str, code: str, details: t.Any) -> None:
    answer = tenant(error_style=style).get("/jobs/99999")
    (found,) = answer.json()["_errors"]
    assert (answer.status_code, found["code"], found["details"]) == (404, code, details)


# Trap 24.
@pytest.mark.parametrize(("style", "kind"), [("empty", "application/json"), ("html", "text/html")])
def test_errors_that_are_no_json(tenant: Make, style: str, kind: str) -> None:
    answer = tenant(error_style=style).get("/jobs/99999")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, kind)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("retry_after", [-1, 7])
def test_overload(tenant: Make, retry_after: int) -> None:
    scm = tenant()
    number = scm.pushed()
    scm.act("overload", seconds=30, retry_after=retry_after)
    answer = scm.get(f"/jobs/{number}")
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if retry_after < 0 else "7")
    assert scm.push().status_code == 429
    assert scm.token().status_code == 200
    scm.advance(31)
    assert scm.get(f"/jobs/{number}").status_code == 200
    assert len(scm.submissions("push")) == 1


def test_limit_of_requests(tenant: Make) -> None:
    scm = tenant(rate_limit=3, rate_limit_retry_after=20)
    answers = [scm.get("/jobs") for _number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "20"
    assert scm.other(EDITOR).get("/jobs").status_code == 200
    scm.advance(61)
    assert scm.get("/jobs").status_code == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"job_shape": "tree"},
        {"unknown": 1},
        {"token_limit": "many"},
        {"pushes": {"length": 3}},
        {"pushes": {"children": {"*": {"colour": "red"}}}},
        {"next_device_jobs": [{"devices": {"*": {"colour": "red"}}}]},
        {"clients": {"x": {"password": "x"}}},
        {"clients": {"x": {"secret": "x", "role": "king"}}},
        {"tsg_id": "2"},
        {"versions": 3},
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(tenant: Make, settings: t.Any) -> None:
    scm = tenant()
    before = scm.state()["settings"]
    with pytest.raises(SimulatorError):
        scm.configure(utc_offset=9.0, **settings)
    assert scm.state()["settings"] == before


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("dance", {}),
        ("changes", {"place": "Nowhere"}),
        ("push", {"folders": ["Nowhere"]}),
        ("jobs", {"type": "Dance"}),
        ("hold", {"job": "999", "seconds": 3}),
        ("finish", {"job": "1"}),
        ("local-config", {"serial": "1"}),
        ("token", {"client": "nobody"}),
    ],
)
def test_wrong_actions(tenant: Make, action: str, arguments: t.Any) -> None:
    with pytest.raises(SimulatorError):
        tenant().act(action, **arguments)


def test_the_readme_names_everything() -> None:
    """Every setting and its forms, field of a plan, action, fault, step and kind of request."""
    readme = (TESTS / "simulator" / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## Strata Cloud Manager") : readme.index("## Adding a system")]
    words = {field.name for kind in (Settings, PushPlan, ChildPlan, DevicePlan) for field in dataclasses.fields(kind)}
    words |= {str(value) for values in Settings.CHOICES.values() for value in values}
    words |= {name[5:].replace("_", "-") for name in dir(Tenant) if name.startswith("_act_")}
    words |= {word for route in ROUTES for word in (route.kind, route.step)} | set(ROLES) | ScmSystem.fault_kinds
    assert words - set(re.findall(r"`([\w.-]+)`", section)) - {"200", "201", "202"} == set()
    assert len(COMMANDS) == 7
