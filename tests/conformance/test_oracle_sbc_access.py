# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated SBC: versions, headers, users, tokens, the lock that is tied to a token."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import typing as t

import pytest
from simulator.oracle_sbc.operations import Plan
from simulator.oracle_sbc.sbc import Sbc
from simulator.oracle_sbc.settings import Settings
from simulator.oracle_sbc.system import ROUTES, OracleSbcSystem

from .conftest import TESTS
from .sbc import RECORDED, Session, recorded

Make = t.Callable[..., Session]
UNAUTHORIZED = (401, "Client not authorized.")
LOCKED = (423, "Resource locked by another user")
NO_LOCK = (423, "User does not have the lock.")
FORM = "application/x-www-form-urlencoded"
DOCUMENTED_FORM = "x-www-form-urlencoded"


def lock_events(client: Session) -> list[str]:
    return [one["event"] for one in client.device()["lock_log"]]


# Versions and headers


def test_supported_versions(sbc: Make) -> None:
    answer = sbc(versions=["v1.0", "v1.1"], version="v1.1").get("/api/supportedversions")
    assert answer.get("latestVersion") == "v1.1"
    assert [one.text for one in answer.xml.iter("version")] == ["v1.0"]


def test_the_oldest_release_has_no_list_of_versions(sbc: Make) -> None:
    client = sbc(versions=["v1.0"], supportedversions=False, version="v1.0")
    assert client.get("/api/supportedversions").code == 404


def test_the_list_of_versions_may_need_a_token(sbc: Make) -> None:
    client = sbc(versions_need_token=True)
    assert client.get("/api/supportedversions").code == 200
    assert client.get("/api/supportedversions", headers={"Authorization": ""}).error == UNAUTHORIZED


def test_versions_are_told_apart_without_a_log_in(sbc: Make) -> None:
    client = sbc(versions=["v1.0", "v1.1"], version="v1.1")
    anonymous = {"Authorization": None}
    for method in ("GET", "POST"):
        found = {
            version: client.ask(method, f"/{version}/auth/token", headers=anonymous).error
            for version in ("v1.1", "v1.2")
        }
        assert found == {"v1.1": UNAUTHORIZED, "v1.2": (404, "Unsupported versionId in URI")}


def test_the_first_version_has_no_backup_and_no_switchover(sbc: Make) -> None:
    client = sbc(version="v1.0").locked()
    assert client.submit("backup", backupSource="running", filename="x").code == 400
    assert client.get("configuration/management/files").code == 404
    assert client.post("admin/switchover").code == 404
    assert client.submit("activate").code == 202
    assert client.status().state == ("activate", "inProgress")


@pytest.mark.parametrize(
    ("method", "path", "headers", "code"),
    [
        ("GET", "system/status", {"Accept": "application/json"}, 406),
        ("GET", "system/status", {"Accept": "text/html, application/xml;q=0.9"}, 200),
        ("GET", "system/status", {"Accept": "*/*"}, 200),
        ("PUT", "configuration/configElements", {"Content-Type": "application/json"}, 415),
        ("PUT", "configuration/configElements", {"Content-Type": "application/xml"}, 400),
        ("PUT", "admin/asyncstatus", {}, 405),
        ("GET", "configuration/lock", {}, 405),
        ("GET", "admin/files", {}, 404),
        ("GET", "admin/verifyConfig", {}, 404),
    ],
)
def test_headers_methods_and_addresses(sbc: Make, method: str, path: str, headers: dict[str, str], code: int) -> None:
    body = "<nonsense/>" if "Content-Type" in headers else None
    assert sbc().ask(method, path, headers=headers, data=body).code == code


def test_a_wrong_address_gets_a_hint(sbc: Make) -> None:
    link = sbc().get("nowhere").get("link")
    assert link is not None
    assert "/rest/api/supportedversions" in link


def test_certificates_are_those_of_the_simulator(sbc: Make) -> None:
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        sbc(certificate="untrusted")


@pytest.mark.parametrize("shape", ["messages", "nested", "data", "empty", "html"])
def test_shapes_of_an_error(sbc: Make, shape: str) -> None:
    client = sbc(error_shape=shape)
    answer = client.unlock()
    assert answer.code == 423
    if shape == "empty":
        assert answer.text == ""
    elif shape == "html":
        assert answer.headers["Content-Type"].startswith("text/html")
    else:
        paths = {"messages": "messages/", "nested": "messages/message/", "data": "data/"}
        assert answer.xml.findtext(f"{paths[shape]}errorMessage") == NO_LOCK[1]


def test_the_texts_are_the_published_ones(sbc: Make) -> None:
    published = json.loads((RECORDED / "error_messages.json").read_text(encoding="utf-8"))
    client = sbc()
    shown = {client.get("system/status", headers={"Authorization": ""}).error, client.unlock().error}
    client.act("lock")
    shown.add(client.unlock().error)
    assert shown == {(one["status"], one["message"]) for one in published if one["status"] != 426}


# Users and tokens


def test_a_token_has_the_published_form(sbc: Make) -> None:
    client = sbc()
    assert base64.b64decode(client.token).startswith(b"admin,admin,20")
    sample = recorded("auth_token_200.xml")
    value = re.search("<accessToken>(.*)</accessToken>", sample)
    assert value is not None
    answer = client.token_request()
    assert answer.text == sample.replace(value[1], str(answer.get("accessToken")))


def test_wrong_password_and_wrong_token(sbc: Make) -> None:
    client = sbc()
    answer = client.http.post(f"{client.root}/v1.2/auth/token", auth=("admin", "wrong"), timeout=20)
    assert answer.status_code == 401
    assert client.get("system/status", headers={"Authorization": "Bearer nonsense"}).error == UNAUTHORIZED


def test_who_is_no_administrator_may_only_look(sbc: Make) -> None:
    reader = sbc().other("reader")
    assert reader.get("system/status").code == 200
    for answer in (reader.lock(), reader.submit("save"), reader.status(), reader.post("admin/reboot")):
        assert answer.error == (
            403,
            "This request requires the client credentials to have administrator privileges",
        )


def test_a_token_lives_ten_minutes(sbc: Make) -> None:
    client = sbc()
    client.advance(599.9)
    assert client.get("system/status").code == 200
    client.advance(0.2)
    assert client.get("system/status").error == UNAUTHORIZED


def test_log_ins_do_not_disturb_one_another(sbc: Make) -> None:
    first = sbc()
    second = first.other()
    assert first.token != second.token
    assert first.get("system/status").code == second.get("system/status").code == 200


# The lock


def test_the_lock_has_one_owner(sbc: Make) -> None:
    client = sbc()
    other = client.other("ann")
    assert client.unlock().error == NO_LOCK
    assert client.lock().code == client.lock().code == 204
    assert (other.lock().error, other.unlock().error) == (LOCKED, LOCKED)
    assert client.unlock().code == 204
    assert other.lock().code == 204
    assert lock_events(client) == ["taken", "released", "taken"]


def test_cli_users_share_the_lock(sbc: Make) -> None:
    client = sbc()
    assert client.act("lock", user="bob", via="gui") == {"accepted": True, "answer": ""}
    assert client.lock().error == LOCKED
    assert client.device()["lock"]["user"] == "bob"
    assert client.act("unlock", user="ann")["accepted"] is False
    assert client.act("unlock", user="bob", via="gui")["accepted"]
    client.locked()
    assert client.act("lock", user="bob") == {"accepted": False, "answer": LOCKED[1]}


def test_the_same_user_in_another_session_does_not_have_the_lock(sbc: Make) -> None:
    client = sbc().locked()
    again = client.other()
    assert (again.lock().error, again.submit("save").error) == (LOCKED, LOCKED)


def test_a_dead_client_blocks_for_ten_minutes_and_no_longer(sbc: Make) -> None:
    client = sbc()
    client.advance(100)
    client.locked()
    client.advance(499)
    successor = client.other()
    assert successor.lock().error == LOCKED
    client.advance(1.1)
    assert successor.lock().code == 204
    assert lock_events(client) == ["taken", "expired", "taken"]


def test_renewal_keeps_the_lock(sbc: Make) -> None:
    client = sbc().locked()
    for _round in range(3):
        client.advance(450)
        old = client.token
        client.renew()
        assert client.get("system/status", headers={"Authorization": f"Bearer {old}"}).code == 401
    assert client.submit("save").code == 202
    (entry,) = client.submissions()
    assert (
        entry["details"]["by"]
        == entry["details"]["lock_at_submit"]
        == {
            "user": "admin",
            "via": "rest",
            "session": "1",
        }
    )
    assert lock_events(client) == ["taken", "renewed", "renewed", "renewed"]
    client.advance(601)
    assert client.device()["lock"] is None


def test_a_log_in_without_the_token_does_not_keep_the_lock(sbc: Make) -> None:
    client = sbc().locked()
    client.advance(450)
    client.login()
    assert client.submit("save").error == LOCKED
    client.advance(151)
    assert client.submit("save").error == NO_LOCK


def test_an_expired_token_renews_nothing(sbc: Make) -> None:
    client = sbc().locked()
    client.advance(601)
    client.renew()
    assert client.submit("save").error == NO_LOCK


def test_a_token_of_somebody_else_renews_nothing(sbc: Make) -> None:
    client = sbc().locked()
    ann = client.other("ann")
    ann.token, own = client.token, ann.token
    ann.renew()
    assert ann.lock().error == LOCKED
    assert client.submit("save").code == 202
    assert own


def test_name_of_the_form_field_is_a_setting(sbc: Make) -> None:
    client = sbc(renewal_field="accessToken").locked()
    client.renew("token")
    assert client.submit("save").error == LOCKED
    client.configure(renewal_unknown_field="refuse")
    assert client.token_request("token=x", **{"Content-Type": FORM}).code == 400
    second = sbc(renewal_field="accessToken").locked()
    second.renew("accessToken")
    assert second.submit("save").code == 202
    bare = sbc(renewal_field="").locked()
    bare._token(bare.token_request(bare.token, **{"Content-Type": FORM}))
    assert lock_events(bare) == ["taken", "renewed"]


@pytest.mark.parametrize(
    ("setting", "good"),
    [("any", {FORM, DOCUMENTED_FORM}), ("standard", {FORM}), ("documented", {DOCUMENTED_FORM})],
)
def test_content_type_of_the_renewal_is_a_setting(sbc: Make, setting: str, good: set[str]) -> None:
    client = sbc(renewal_content_type=setting)
    codes = {
        kind: client.token_request("token=x", **{"Content-Type": kind}).code
        for kind in (FORM, DOCUMENTED_FORM, "application/xml")
    }
    assert {kind for kind, code in codes.items() if code == 200} == good
    assert {code for kind, code in codes.items() if kind not in good} == {415}


def test_the_old_token_may_live_on_without_the_lock(sbc: Make) -> None:
    client = sbc(old_token="lives").locked()
    old = client.token
    client.renew()
    bearer = {"Authorization": f"Bearer {old}"}
    assert client.get("system/status", headers=bearer).code == 200
    assert client.post("configuration/unlock", headers=bearer).error == LOCKED
    client.advance(601)
    assert lock_events(client) == ["taken", "renewed", "expired"]


def test_a_renewal_whose_answer_is_lost_takes_the_lock_away(sbc: Make) -> None:
    client = sbc().locked()
    client.fault("drop_after", match={"step": "renew"})
    with pytest.raises(OSError, match=r"(?i)connection"):
        client.renew()
    assert client.submit("save").error == UNAUTHORIZED
    client.login()
    assert client.lock().error == LOCKED
    client.advance(600)
    client.login()
    assert client.lock().code == 204


def test_tokens_can_be_made_to_expire(sbc: Make) -> None:
    client = sbc().locked()
    other = client.other("ann")
    client.act("expire-tokens", user="admin")
    assert client.status().error == UNAUTHORIZED
    assert other.lock().code == 204
    other.unlock()
    client.login()
    client.locked()
    client.act("expire-tokens", user="admin", keep_lock=True)
    assert other.lock().error == LOCKED
    client.advance(599)
    other.login()
    assert other.lock().error == LOCKED
    client.advance(1)
    assert other.lock().code == 204


def test_no_token_is_shown_to_a_test(sbc: Make) -> None:
    client = sbc().locked()
    client.renew()
    client.accepted("save")
    seen = json.dumps(
        [client.device(), client.simulator.ledger(client.address), client.simulator.requests(client.address)]
    )
    assert client.token not in seen
    steps = [one["step"] for one in client.simulator.requests(client.address)]
    assert steps == ["login", "lock", "renew", "submit"]


def test_the_readme_names_everything() -> None:
    """Every setting and its forms, field of a plan, action, fault and step."""
    readme = (TESTS / "simulator" / "README.md").read_text(encoding="utf-8")
    start = readme.index("## Oracle SBC")
    section = readme[start : readme.index("\n## ", start)]
    words = {field.name for kind in (Settings, Plan) for field in dataclasses.fields(kind)}
    words |= {str(value) for values in Settings.CHOICES.values() for value in values if value}
    words |= {name[5:].replace("_", "-") for name in dir(Sbc) if name.startswith("_act_")}
    words |= {route.step for route in ROUTES} | OracleSbcSystem.fault_kinds | {"versions", "login", "renew", "later"}
    assert words - set(re.findall(r"`([\w. -]+)`", section)) == set()
