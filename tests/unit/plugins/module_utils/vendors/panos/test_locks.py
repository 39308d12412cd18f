# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils import _task
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import locks
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask, FakeTime

ADD = "<request><commit-lock><add>"
REMOVE = "<request><commit-lock><remove>"
COMMIT_LIST = "<show><commit-locks>"
CONFIG_LIST = "<show><config-locks>"
LOST = requests.exceptions.ReadTimeout("x")
UNKNOWN_COMMAND = '<response status="error" code="17"><msg><line>Invalid command</line></msg></response>'
OPTIONS = {"state": "present", "type": "commit", "scope": "shared", "comment": None, "admin": None}


@pytest.fixture
def held(recorded) -> Callable[..., bytes]:
    """The recorded list of commit locks, with other owners, scopes and comments."""

    def make(*owners: str, scope: str = "shared", comment: str = "(null)", name: str = "commit_locks") -> bytes:
        if not owners:
            return recorded(f"no_{name}")
        body = recorded(name).decode()
        begin, end = body.index("<entry"), body.index("</entry>") + len("</entry>")
        entry = body[begin:end].replace("(null)", comment).replace("<name>shared<", f"<name>{scope}<")
        return (body[:begin] + "".join(entry.replace("xxx", owner) for owner in owners) + body[end:]).encode()

    return make


@pytest.fixture
def run(device, held, connection) -> Callable[..., dict]:
    device.on(COMMIT_LIST, held()).on(CONFIG_LIST, held(name="config_locks"))

    def make(*, check_mode: bool = False, diff: bool = False, **options) -> dict:
        task = FakeTask(check_mode=check_mode, **{**connection, **OPTIONS, **options})

        def body(inquiry):
            return locks.lock_from_options(task.params, task.hide, inquiry, check_mode=check_mode, diff=diff)

        return _task.run_plain(task, "panos_lock", body, world=FakeTime().world)

    return make


def owners(result: dict) -> list[str]:
    return [lock["admin"] for lock in result["locks"]]


# Taking.


def test_a_lock_is_taken(run, device, held, recorded) -> None:
    device.on(COMMIT_LIST, held(), held("app", comment="until noon")).on(ADD, recorded("take_commit_lock_ok"))
    result = run(comment="until noon")
    assert (result["outcome"], result["changed"], result["failed"]) == ("succeeded", True, False)
    assert result["msg"] == "https://fw1.example.com:443: took the commit lock on shared."
    assert [(lock["admin"], lock["comment"]) for lock in result["locks"]] == [("app", "until noon")]
    assert device.sent(ADD) == [
        {
            "type": "op",
            "cmd": "<request><commit-lock><add><comment>until noon</comment></add></commit-lock></request>",
            "vsys": "shared",
        }
    ]
    assert "job" not in result
    assert "refusal" not in result


def test_a_config_lock_on_a_virtual_system(run, device, recorded) -> None:
    device.on("<config-lock>", recorded("take_config_lock_ok"))
    assert run(type="config", scope="vsys2")["changed"]
    assert device.sent("<config-lock>")[0]["vsys"] == "vsys2"
    assert device.sent("<config-lock>")[0]["cmd"] == "<request><config-lock><add></add></config-lock></request>"


@pytest.mark.parametrize("owner", ["app", "corp\\App"])
def test_a_lock_that_is_ours_already(run, device, held, owner: str) -> None:
    device.on(COMMIT_LIST, held(owner, comment="of yesterday"))
    result = run(comment="until noon", diff=True)
    assert (result["outcome"], result["changed"]) == ("nothing_to_do", False)
    assert result["diff"]["before"] == result["diff"]["after"]
    assert device.sent("<add>") == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_lock_of_somebody_else(run, device, held, check_mode: bool) -> None:
    # Trap 28.
    device.on(COMMIT_LIST, held("alice", comment="Migration"))
    result = run(check_mode=check_mode)
    assert (result["outcome"], result["changed"], result["failed"]) == ("refused", False, True)
    assert result["refusal"]["reason"] == "locked"
    assert [lock["admin"] for lock in result["refusal"]["locks"]] == ["alice"]
    assert "commit lock of alice on shared since 2025/10/30 02:14:14 (Migration)" in result["msg"]
    assert "username" not in result["msg"]
    assert device.sent("<add>") == []


@pytest.mark.parametrize("options", [{"type": "config"}, {"scope": "vsys1"}])
def test_other_locks_are_not_in_the_way(run, device, held, recorded, options: dict) -> None:
    device.on(COMMIT_LIST, held("alice")).on("<request>", recorded("take_commit_lock_ok"))
    assert run(**options)["changed"]


def test_a_lock_of_nobody_known_with_a_key_alone(run, device, held) -> None:
    device.on(COMMIT_LIST, held("app"))
    result = run(username=None, password=None, api_key="k")
    assert result["outcome"] == "refused"
    assert "Give username" in result["msg"]


def test_somebody_else_was_faster(run, device, held, recorded) -> None:
    device.on(COMMIT_LIST, held(), held("alice")).on(ADD, recorded("take_commit_lock_refused"))
    result = run()
    assert (result["outcome"], result["changed"]) == ("refused", False)
    assert "commit lock of alice" in result["msg"]


def test_a_refusal_that_the_list_does_not_explain(run, device) -> None:
    device.on(ADD, UNKNOWN_COMMAND)
    result = run()
    assert (result["outcome"], result["refusal"]) == ("refused", {"reason": "rejected", "code": "17"})


@pytest.mark.parametrize("options", [{}, {"username": None, "password": None, "api_key": "k"}])
def test_the_lost_answer_to_a_lock_that_was_taken(run, device, held, recorded, options: dict) -> None:
    """It is asked for again; that our own lock is in the way then is the proof."""
    device.on(COMMIT_LIST, held(), held("app", comment="until noon"))
    device.on(ADD, LOST, recorded("take_commit_lock_refused"))
    result = run(comment="until noon", **options)
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    assert owners(result) == ["app"]


def test_no_answer_at_all(run, device) -> None:
    device.on(COMMIT_LIST, LOST)
    result = run()
    assert (result["outcome"], result["changed"], result["failed"]) == ("unreachable", False, True)
    assert "Nothing was submitted" not in result["msg"]


# Releasing.


@pytest.mark.parametrize(
    ("options", "element"),
    [({}, "<remove></remove>"), ({"admin": "app"}, "<remove><admin>app</admin></remove>")],
)
def test_a_lock_is_released(run, device, held, recorded, options: dict, element: str) -> None:
    device.on(COMMIT_LIST, held("app"), held()).on(REMOVE, recorded("release_commit_lock_ok"))
    result = run(state="absent", diff=True, **options)
    assert (result["outcome"], result["changed"], result["locks"]) == ("succeeded", True, [])
    assert result["diff"] == {"before": "commit lock of app on shared\n", "after": ""}
    assert element in device.sent(REMOVE)[0]["cmd"]


@pytest.mark.parametrize(
    ("there", "options", "text"),
    [
        ((), {}, "app holds no"),
        (("alice",), {}, "Held by others: commit lock of alice"),
        (("app",), {"admin": "bob"}, "bob holds no"),
    ],
)
def test_a_lock_that_is_not_there(run, device, held, there: tuple, options: dict, text: str) -> None:
    device.on(COMMIT_LIST, held(*there))
    result = run(state="absent", **options)
    assert (result["outcome"], result["changed"]) == ("nothing_to_do", False)
    assert text in result["msg"]
    assert owners(result) == list(there)
    assert device.sent("<remove>") == []


def test_the_lock_of_somebody_else_is_released(run, device, held, recorded) -> None:
    device.on(COMMIT_LIST, held("app", "alice"), held("app")).on(REMOVE, recorded("release_commit_lock_ok"))
    result = run(state="absent", admin="alice")
    assert result["changed"]
    assert owners(result) == ["app"]


@pytest.mark.parametrize(
    "text", ["Commit is not currently locked for scope shared", "Commit lock is not currently held"]
)
def test_the_lost_answer_to_a_release(run, device, held, text: str) -> None:
    device.on(COMMIT_LIST, held("app"), held())
    device.on(REMOVE, LOST, f'<response status="error"><msg><line>{text}</line></msg></response>')
    result = run(state="absent")
    assert (result["outcome"], result["changed"]) == ("succeeded", True)


def test_the_lost_answer_to_a_release_with_a_key_alone(run, device, held, recorded) -> None:
    device.on(COMMIT_LIST, held("app", "alice"), held("alice"))
    device.on(REMOVE, LOST, recorded("release_commit_lock_refused"))
    result = run(state="absent", username=None, password=None, api_key="k")
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    assert owners(result) == ["alice"]


def test_nobody_holds_it(run) -> None:
    result = run(state="absent", username=None, password=None, api_key="k")
    assert (result["outcome"], result["changed"]) == ("nothing_to_do", False)
    assert result["msg"].endswith("nobody holds the commit lock on shared.")


def test_a_key_whose_account_holds_nothing(run, device, held, recorded) -> None:
    device.on(COMMIT_LIST, held("alice")).on(REMOVE, recorded("release_commit_lock_refused"))
    result = run(state="absent", username=None, password=None, api_key="k")
    assert (result["outcome"], result["changed"]) == ("nothing_to_do", False)
    assert owners(result) == ["alice"]


def test_no_superuser(run, device, held) -> None:
    device.on(COMMIT_LIST, held("alice"))
    device.on(
        REMOVE, '<response status="error" code="16"><msg><line>Commit lock is held by alice</line></msg></response>'
    )
    result = run(state="absent", admin="alice")
    assert (result["outcome"], result["refusal"]["reason"]) == ("refused", "denied")


# Check mode.


def test_a_prediction(run, device, held) -> None:
    result = run(check_mode=True, diff=True, comment="until noon")
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    assert result["diff"] == {"before": "", "after": "commit lock of app on shared (until noon)\n"}
    device.on(COMMIT_LIST, held("app", "alice"))
    result = run(check_mode=True, state="absent")
    assert result["changed"]
    assert owners(result) == ["alice"]
    assert device.sent("<request>") == []


# Input.


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"admin": "alice"}, "admin: "),
        ({"state": "absent", "comment": "x"}, "comment: "),
        ({"scope": " "}, "scope: "),
        ({"comment": "a\x07b"}, "comment: "),
        ({"state": "absent", "admin": ""}, "admin: "),
    ],
)
def test_options_that_cannot_be_used(run, device, options: dict, text: str) -> None:
    result = run(**options)
    assert (result["outcome"], result["refusal"]) == ("refused", {"reason": "bad_input"})
    assert result["msg"].startswith(text)
    assert device.forms == []


# The list.


def test_the_list_of_a_panorama(client, device, held) -> None:
    """It has no virtual systems, and refuses to be asked for them."""
    device.on(COMMIT_LIST, held("alice")).on(CONFIG_LIST, held("bob", name="config_locks"))
    device.on("<vsys>all", UNKNOWN_COMMAND)
    assert [str(lock) for lock in locks.list_locks(client)] == [
        "commit lock of alice on shared since 2025/10/30 02:14:14",
        "config lock of bob on shared since 2025/10/30 02:14:14",
    ]


def test_the_list_of_a_firewall(device, held, connection) -> None:
    device.on(COMMIT_LIST, held("alice", "bob")).on(CONFIG_LIST, held(name="config_locks"))
    task = FakeTask(**connection)
    result = _task.run_plain(
        task,
        "panos_lock_info",
        lambda inquiry: locks.list_from_options(task.params, task.hide, inquiry),
        world=FakeTime().world,
    )
    assert (result["outcome"], result["changed"]) == ("succeeded", False)
    assert owners(result) == ["alice", "bob"]
    assert result["msg"].startswith("https://fw1.example.com:443: commit lock of alice on shared since")
    assert [form["cmd"] for form in device.sent("<show>")] == [
        "<show><commit-locks><vsys>all</vsys></commit-locks></show>",
        "<show><config-locks><vsys>all</vsys></config-locks></show>",
    ]


def test_a_list_that_needs_another_try(run, device, held) -> None:
    device.on(COMMIT_LIST, (503, "busy"), held("app"))
    assert run()["outcome"] == "nothing_to_do"
