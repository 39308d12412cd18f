# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine: queue, snapshots, partial commits, locks, credentials, boot."""

from __future__ import annotations

import socket
import typing as t

import pytest
import requests

from .conftest import Api

VSYS = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='{}']/address/entry[@name='{}']"
CHANGES = "<show><config><list><changes/></list></config></show>"


def pending(api: Api) -> str:
    return api.op("<check><pending-changes></pending-changes></check>").get("result")


def owners(api: Api) -> list[str | None]:
    return [entry.text for entry in api.op(CHANGES).xml.findall("result/journal/entry/owner")]


def knock(api: Api) -> None:
    """Connects and waits for the peer to say something; raises what the socket raises."""
    with socket.create_connection((api.address, api.simulator.port), timeout=5) as connection:
        connection.recv(1)


def test_life_of_a_commit(device: t.Callable[..., Api]) -> None:
    api = device(commit_seconds=20)
    assert pending(api) == "no"
    api.change()
    assert pending(api) == "yes"
    job = api.commit("<description>my token</description>").get("result/job")
    assert job == "2"
    progress = []
    for _step in range(5):
        progress.append(api.job(job).findtext("progress"))
        api.simulator.advance(5)
    assert progress == ["0", "25", "50", "75", "100"]
    assert api.word(job) == "FIN/OK"
    assert api.job(job).findtext("description") == "my token"
    assert pending(api) == "no"


def test_a_commit_takes_what_was_there_when_it_was_queued(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.commit()
    api.change(owner="bob")
    api.simulator.advance(20)
    assert (api.word(2), pending(api), owners(api)) == ("FIN/OK", "yes", ["bob"])


def test_queue(device: t.Callable[..., Api]) -> None:
    api = device(commit_seconds=10)
    for _number in range(3):
        api.change()
        api.commit()
    assert [api.word(job) for job in (2, 3, 4)] == ["ACT/PEND", "PEND/PEND", "PEND/PEND"]
    assert [(api.job(job).findtext("queued"), api.job(job).findtext("positionInQ")) for job in (2, 3, 4)] == [
        ("NO", "0"),
        ("YES", "1"),
        ("YES", "2"),
    ]
    api.simulator.advance(15)
    assert [api.word(job) for job in (2, 3, 4)] == ["FIN/OK", "ACT/PEND", "PEND/PEND"]
    assert api.job(3).findtext("progress") == "50"
    api.simulator.advance(100)
    assert api.word(4) == "FIN/OK"
    begun, ended = api.job(4).findtext("tdeq"), api.job(3).findtext("tfin")
    assert (ended or "").endswith(begun or "none")


def test_same_commit_again_while_the_first_runs_is_nothing_to_do(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.commit()
    answer = api.commit()
    assert (answer.status, answer.code) == ("success", "13")
    assert len(api.ledger()["submissions"]) == 1
    assert api.commit("<force></force>").get("result/job") == "3"


def test_a_device_without_a_queue_is_busy(device: t.Callable[..., Api]) -> None:
    api = device(queue=False)
    api.change()
    api.commit()
    api.change()
    answer = api.commit()
    assert (answer.status, answer.code) == ("error", "13")
    assert answer.message == "Another commit/validate is in progress. Please try again later"
    api.simulator.advance(20)
    assert api.commit().get("result/job") == "3"


def test_the_queue_has_a_limit(device: t.Callable[..., Api]) -> None:
    api = device(queue_limit=1)
    api.change()
    api.commit()
    assert api.commit("<force></force>").status == "success"
    assert api.commit("<force></force>").code == "13"


def test_install_in_progress(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.simulator.act(api.address, "jobs", type="Content", user="Auto update agent", seconds=30)
    assert api.commit().message == "You cannot commit while an install is in progress. Please try again later."
    api.simulator.advance(30)
    assert api.commit().status == "success"


def test_config_lock_timeout(device: t.Callable[..., Api]) -> None:
    api = device(config_lock_timeouts=2)
    api.change()
    for _attempt in range(2):
        assert api.commit().message == "Timed out while getting config lock. Please try again."
    assert api.commit().status == "success"


def test_failures_and_warnings(device: t.Callable[..., Api]) -> None:
    api = device(
        next_commits=[
            {"commit_errors": ["IKE gateway is not reachable"], "seconds": 4},
            {"validation_errors": ["zone -> trust is invalid"]},
            {"warnings": ["HA peer is missing"]},
        ]
    )
    api.change()
    verdicts = []
    for job in (2, 3, 4):
        api.commit()
        api.simulator.advance(20)
        verdicts.append(api.word(job))
    assert verdicts == ["FIN/FAIL", "FIN/FAIL", "FIN/OK"]
    assert api.job(2).findtext("details/line") == "IKE gateway is not reachable"
    assert api.job(3).findtext("details/line") == "Validation Error:"
    assert api.job(4).findtext("warnings/line") == "HA peer is missing"


def test_a_failed_commit_leaves_its_changes_pending(device: t.Callable[..., Api]) -> None:
    api = device(commit_errors=["no"])
    api.change()
    api.commit()
    api.simulator.advance(20)
    assert (api.word(2), pending(api)) == ("FIN/FAIL", "yes")


def test_partial_by_admin(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change(owner="admin")
    api.change(owner="bob", count=2)
    inner = "<partial><admin><member>bob</member></admin></partial>"
    assert api.commit(inner, action="partial").get("result/job") == "2"
    api.simulator.advance(20)
    assert owners(api) == ["admin"]
    assert api.commit(inner).xml.find("result/job") is None
    assert len(api.ledger()["submissions"][0]["changes"]) == 2


@pytest.mark.parametrize(
    ("inner", "left"),
    [
        ("<vsys><member>vsys1</member></vsys>", ["vsys2"]),
        ("<no-vsys/>", ["vsys1", "vsys2"]),
        ("<device-and-network>excluded</device-and-network>", ["network"]),
        ("<policy-and-objects>excluded</policy-and-objects>", ["vsys1", "vsys2"]),
        ("<shared-object>excluded</shared-object>", ["shared"]),
    ],
)
def test_partial_by_part(device: t.Callable[..., Api], inner: str, left: list[str]) -> None:
    api = device()
    api.change(xpath=VSYS.format("vsys1", "a"))
    api.change(xpath=VSYS.format("vsys2", "b"))
    api.change(xpath="/config/shared/address/entry[@name='shared']")
    api.change(xpath="/config/devices/entry[@name='localhost.localdomain']/network/interface")
    api.commit(f"<partial>{inner}</partial>")
    api.simulator.advance(20)
    text = " ".join(entry.text or "" for entry in api.op(CHANGES).xml.iter("xpath"))
    for name in ("vsys1", "vsys2", "network", "shared"):
        assert (name in text) == (name in left), text


def test_partial_on_panorama(device: t.Callable[..., Api]) -> None:
    api = device(kind="panorama")
    base = "/config/devices/entry[@name='localhost.localdomain']"
    api.change(xpath=f"{base}/device-group/entry[@name='DG1']/address")
    api.change(xpath=f"{base}/device-group/entry[@name='DG2']/address")
    api.change(xpath=f"{base}/template/entry[@name='T1']/config")
    inner = "<partial><device-group><member>DG1</member></device-group><no-template/></partial>"
    assert api.commit(inner).status == "success"
    api.simulator.advance(20)
    text = " ".join(entry.text or "" for entry in api.op(CHANGES).xml.iter("xpath"))
    assert ("DG1" in text, "DG2" in text, "T1" in text) == (False, True, True)


@pytest.mark.parametrize(
    ("inner", "parameters", "text"),
    [
        ("<nonsense/>", {}, "commit -> nonsense is unexpected"),
        ("<partial><device-group/></partial>", {}, "commit -> partial -> device-group is unexpected"),
        ("", {"action": "partial"}, "commit -> partial is missing"),
        (f"<description>{'x' * 513}</description>", {}, "commit -> description can be at most 512 characters"),
        ("<unclosed>", {}, "Malformed Request"),
    ],
)
def test_bad_bodies_are_refused(
    device: t.Callable[..., Api], inner: str, parameters: dict[str, str], text: str
) -> None:
    api = device()
    api.change()
    answer = api.commit(inner, **parameters)
    assert (answer.status, answer.message) == ("error", text)
    assert api.ledger()["submissions"] == []


def test_validate_forms(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    assert api.commit("<validate></validate>").get("result/msg/line") == "Validate job enqueued with jobid 2"
    partial = "<validate><partial><admin><member>admin</member></admin></partial></validate>"
    assert api.op(partial).get("result/job") == "3"
    api.simulator.advance(5)
    assert [api.word(2), api.word(3)] == ["FIN/OK", "FIN/OK"]
    assert pending(api) == "yes"


def test_commit_lock_of_another(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    bob = Api(api.simulator, api.address, "bob")
    lock = "<request><commit-lock><add><comment>hands off</comment></add></commit-lock></request>"
    assert bob.op(lock).get("result").endswith("until lock is released by bob.")
    assert api.op(lock).message == "Commit lock is already held by bob"
    answer = api.commit()
    assert (answer.code, answer.message) == ("14", "Other administrators are holding device wide commit locks.")
    entry = api.op("<show><commit-locks/></show>").xml.find("result/commit-locks/entry")
    assert entry is not None
    assert (entry.get("name"), entry.findtext("comment"), entry.findtext("loggedin")) == ("bob", "hands off", "yes")
    remove = "<request><commit-lock><remove><admin>bob</admin></remove></commit-lock></request>"
    assert api.op(remove).get("result") == "Commit lock released for bob"
    assert api.commit().status == "success"


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("holding_config", "Other administrators are holding config locks "),
        ("locked_by", "Configuration is locked by bob"),
        ("scope", "Config for scope shared is currently locked by bob"),
    ],
)
def test_other_texts_of_a_lock(device: t.Callable[..., Api], style: str, text: str) -> None:
    api = device(lock_refusal=style, locks=[{"owner": "bob", "kind": "config"}])
    api.change()
    assert api.commit().message == text


def test_own_locks_go_with_the_commit(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.op("<request><commit-lock><add></add></commit-lock></request>")
    api.commit()
    assert api.op("<show><commit-locks/></show>").xml.find(".//entry") is not None
    api.simulator.advance(20)
    assert api.op("<show><commit-locks/></show>").xml.find(".//entry") is None
    answer = api.op("<request><commit-lock><remove></remove></commit-lock></request>")
    assert answer.message == "Commit is not currently locked for scope shared"


def test_config_lock_hinders_changes(device: t.Callable[..., Api]) -> None:
    api = device(locks=[{"owner": "bob", "kind": "config"}])
    xpath = VSYS.format("vsys1", "x").rsplit("/", 1)[0]
    parameters = {"type": "config", "action": "set", "xpath": xpath, "element": "<entry name='x'/>"}
    assert api.post(**parameters).message.startswith("Config for scope shared is currently locked")


def test_configuration(device: t.Callable[..., Api]) -> None:
    api = device()
    xpath = VSYS.format("vsys1", "web").rsplit("/", 1)[0]
    element = "<entry name='web'><ip-netmask>192.0.2.1</ip-netmask></entry>"
    assert api.post(type="config", action="set", xpath=xpath, element=element).message == "command succeeded"
    assert owners(api) == ["admin"]
    assert "192.0.2.1" in api.post(type="config", action="get", xpath=xpath).text
    assert api.post(type="config", action="show", xpath=xpath).message == "No such node"
    diff = api.op("<show><config><diff></diff></config></show>").get("result")
    assert any(line.startswith("+") and "192.0.2.1" in line for line in diff.splitlines())
    api.commit()
    api.simulator.advance(20)
    assert "192.0.2.1" in api.post(type="config", action="show", xpath=xpath).text
    web = f"{xpath}/entry[@name='web']"
    assert api.post(type="config", action="delete", xpath=web).status == "success"
    assert api.op("<revert><config></config></revert>").status == "success"
    assert pending(api) == "no"


def test_clear_job(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.commit()
    api.commit("<force/>")
    assert api.op("<clear><job><id>3</id></job></clear>").status == "success"
    assert api.word(3) == "FIN/FAIL"
    assert api.op("<clear><job><id>2</id></job></clear>").status == "success"
    assert (api.word(2), pending(api)) == ("FIN/FAIL", "yes")
    assert api.op("<clear><job><id>2</id></job></clear>").status == "error"


@pytest.mark.parametrize(
    ("parameters", "http", "text"),
    [
        ({}, 400, 'Missing value for parameter "type".'),
        ({"type": "nonsense"}, 400, 'Illegal value for parameter "type" [nonsense].'),
        ({"type": "op"}, 400, 'Missing value for parameter "cmd".'),
        ({"type": "op", "cmd": "<show/>", "colour": "red"}, 400, 'Illegal parameter "colour".'),
        ({"type": "op", "cmd": "<show><nonsense/></show>"}, 200, "show -> nonsense is unexpected"),
        ({"type": "op", "cmd": "<show></show>"}, 200, "show is incomplete"),
        ({"type": "op", "cmd": "<show>"}, 200, "Malformed Request"),
        ({"type": "op", "cmd": "<show><jobs><id>x</id></jobs></show>"}, 200, "is not a valid number"),
        ({"type": "commit", "cmd": "<commit/>", "action": "x"}, 400, 'Illegal value for parameter "action" [x].'),
    ],
)
def test_strict(device: t.Callable[..., Api], parameters: dict[str, str], http: int, text: str) -> None:
    answer = device().post(**parameters)
    assert (answer.http, answer.status) == (http, "error")
    assert text in answer.message


def test_content_type_and_methods(device: t.Callable[..., Api]) -> None:
    api = device()
    answer = api.session.post(api.url, json={"type": "op"}, timeout=10)
    assert answer.status_code == 400
    assert api.session.put(api.url, timeout=10).status_code == 405
    assert api.session.get(f"{api.url}../restapi/", timeout=10).status_code == 404
    command = {"type": "op", "cmd": "<show><system><info/></system></show>"}
    assert api.session.get(api.url, params=command, timeout=10).status_code == 200


def test_credentials(device: t.Callable[..., Api]) -> None:
    api = device(key_lifetime=60)
    check = "<check><pending-changes/></check>"
    key = api.session.headers["X-PAN-KEY"]
    assert api.op(check).http == 200
    api.simulator.advance(61)
    expired = api.op(check)
    assert (expired.http, expired.code, expired.xml.findtext("result/msg")) == (403, "403", "Invalid Credential")
    wrong = api.post(type="keygen", user="admin", password="wrong")
    assert (wrong.http, wrong.xml.findtext("result/msg")) == (200, "Invalid credentials.")
    api.session.headers.pop("X-PAN-KEY")
    assert api.op(check).http == 403
    api.session.auth = ("admin", "correct horse")
    assert api.op(check).http == 200
    api.session.auth = None
    fresh = api.post(type="keygen", user="admin", password="correct horse").get("result/key")
    assert fresh != key
    assert api.op(check, key=fresh).http == 200
    api.simulator.act(api.address, "expire-keys")
    assert api.op(check, key=fresh).http == 403


def test_where_the_credential_was(device: t.Callable[..., Api]) -> None:
    api = device()
    key = str(api.session.headers.pop("X-PAN-KEY"))
    command = {"type": "op", "cmd": "<check><pending-changes/></check>", "key": key}
    api.session.get(api.url, params=command, timeout=10)
    api.post(**command)
    last = api.simulator.requests(api.address)[-2:]
    assert [entry["credential_in"] for entry in last] == ["url", "body"]
    assert "key=" in last[0]["query"]
    assert last[1]["query"] == ""


def test_read_only_admin(device: t.Callable[..., Api]) -> None:
    api = device(admins={"admin": {"password": "correct horse", "role": "superreader"}})
    api.change()
    assert pending(api) == "yes"
    assert api.commit().code == "403"
    assert api.op("<request><commit-lock><add/></commit-lock></request>").code == "16"


def test_reboot(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.commit()
    api.simulator.act(api.address, "reboot", down=60, not_ready=30, login_lag=10, autocommit=40)
    check = "<show><chassis-ready></chassis-ready></show>"
    with pytest.raises(ConnectionRefusedError):
        knock(api)
    with pytest.raises(requests.exceptions.ConnectionError):
        api.op(check)
    api.simulator.advance(61)
    assert api.op(check).http == 503
    api.simulator.advance(30)
    lag = api.op(check)
    assert lag.xml.findtext("result/msg") == "Invalid credentials."
    api.simulator.advance(5)
    api.simulator.configure(api.address, commit_seconds=5)
    api.simulator.advance(5)
    api.session.headers["X-PAN-KEY"] = api.post(type="keygen", user="admin", password="correct horse").get("result/key")
    assert api.op(check).get("result").strip() == "yes"
    (only,) = api.op("<show><jobs><all/></jobs></show>").xml.findall("result/job")
    assert (only.findtext("id"), only.findtext("type")) == ("1", "AutoCom")
    assert pending(api) == "yes"
    assert api.commit().get("result/job") == "2"
    assert api.simulator.device(api.address)["generation"] == 2


def test_no_commit_before_the_autocommit_is_over(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.simulator.act(
        api.address, "reboot", down=10, not_ready=0, autocommit=60, autocommit_fails_first=True, keep_candidate=True
    )
    api.simulator.advance(15)
    assert api.op("<show><chassis-ready></chassis-ready></show>").get("result").strip() == "no"
    assert (api.word(1), api.commit().code) == ("FIN/FAIL", "13")
    api.simulator.advance(80)
    assert api.word(2) == "FIN/OK"
    assert api.commit().get("result/job") == "3"


def test_reboot_can_lose_the_candidate(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    api.simulator.act(api.address, "reboot", down=1, not_ready=0, autocommit=1, keep_candidate=False)
    api.simulator.advance(3)
    assert pending(api) == "no"


def test_restart_command(device: t.Callable[..., Api]) -> None:
    api = device(restart={"down": 5, "not_ready": 0, "autocommit": 1})
    answer = api.op("<request><restart><system></system></restart></request>")
    assert answer.get("result") == "Command succeeded with no output"
    api.simulator.advance(1)
    with pytest.raises(requests.exceptions.ConnectionError):
        api.op("<show><system><info/></system></show>")
    api.simulator.advance(5)
    assert api.op("<show><system><info/></system></show>").http == 200


@pytest.mark.parametrize("mode", ["refused", "reset", "status_502"])
def test_jobs_go_on_while_the_management_plane_is_away(device: t.Callable[..., Api], mode: str) -> None:
    api = device(commit_seconds=20)
    api.change()
    job = api.commit().get("result/job")
    api.simulator.act(api.address, "restart-management", mode=mode, seconds=10)
    if mode == "status_502":
        assert api.op("<show><system><info/></system></show>").http == 502
    else:
        # A bare socket: ssl.SSLSocket forgets to close itself when the peer resets before the handshake.
        error = ConnectionRefusedError if mode == "refused" else ConnectionResetError
        with pytest.raises(error):
            knock(api)
    api.simulator.advance(10)
    assert (api.word(job), api.job(job).findtext("progress")) == ("ACT/PEND", "50")
    api.simulator.advance(10)
    assert api.word(job) == "FIN/OK"


def test_restart_of_the_configuration_daemon_loses_the_job(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    job = api.commit().get("result/job")
    api.simulator.act(api.address, "restart-management", mode="none", seconds=0, fail_jobs=True)
    assert api.op(f"<show><jobs><id>{job}</id></jobs></show>").message == f"job {job} not found"
    first = api.op("<show><jobs><all/></jobs></show>").xml.find("result/job")
    assert first is not None
    assert (first.findtext("type"), first.findtext("id")) == ("Failed-Job", None)
    assert pending(api) == "yes"


def test_target_through_panorama(device: t.Callable[..., Api]) -> None:
    firewall = device(serial="0123", hostname="fw-0123")
    stranger = device(serial="0999")
    panorama = device(kind="panorama", serial="P1", manages=["0123"])
    firewall.change()
    info = panorama.op("<show><system><info/></system></show>", target="0123")
    assert info.get("result/system/hostname") == "fw-0123"
    assert panorama.commit(target="0123").get("result/job") == "2"
    firewall.simulator.advance(20)
    assert firewall.word(2) == "FIN/OK"
    assert panorama.op("<check><pending-changes/></check>", target="0999").status == "error"
    (submission,) = firewall.ledger()["submissions"]
    assert (submission["device"], submission["admin"]) == (firewall.address, "admin")
    assert stranger.ledger()["submissions"] == []
    assert firewall.op("<check><pending-changes/></check>", target="P1").http == 400


def test_panorama_has_no_chassis_ready(device: t.Callable[..., Api]) -> None:
    answer = device(kind="panorama").op("<show><chassis-ready></chassis-ready></show>")
    assert answer.message == "show -> chassis-ready is unexpected"


def test_what_is_not_simulated_says_so(device: t.Callable[..., Api]) -> None:
    api = device()
    answer = api.post(type="iot")
    assert (answer.http, answer.text) == (501, "not simulated: type=iot")
    answer = api.post(type="export", category="certificate")
    assert (answer.http, answer.text) == (501, "not simulated: category=certificate")
