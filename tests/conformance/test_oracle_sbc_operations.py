# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated SBC: the five operations, what they do, and the one slot that shows the last."""

from __future__ import annotations

import typing as t

import pytest
from simulator.client import SimulatorError

from .sbc import Session, recorded

Make = t.Callable[..., Session]
FIVE: t.Any = [
    ("save", {}),
    ("verify", {}),
    ("activate", {}),
    ("restore", {"restoreSource": "running"}),
    ("backup", {"backupSource": "running", "filename": "before"}),
]


@pytest.mark.parametrize(("action", "parameters"), FIVE)
def test_every_operation_runs_and_ends(sbc: Make, action: str, parameters: dict[str, str]) -> None:
    client = sbc().locked()
    link = client.accepted(action, **parameters).get("link")
    assert link == f"https://{client.address}:{client.simulator.port}/rest/v1.2/admin/asyncstatus"
    assert client.status().state == (action, "inProgress")
    client.advance(10)
    assert client.status().state == (action, "success")
    (entry,) = client.submissions()
    assert (entry["kind"], entry["admin"], entry["details"]["verdict"]) == (action, "admin", "success")


@pytest.mark.parametrize(("action", "parameters"), FIVE)
def test_every_operation_needs_the_lock(sbc: Make, action: str, parameters: dict[str, str]) -> None:
    client = sbc()
    assert client.submit(action, **parameters).error == (423, "User does not have the lock.")
    client.act("lock", user="bob")
    assert client.submit(action, **parameters).error == (423, "Resource locked by another user")
    assert not client.submissions()
    assert [one["details"]["lock_at_submit"] for one in client.refused()] == [
        None,
        {"user": "bob", "via": "cli", "session": ""},
    ]


def test_answers_are_those_that_were_recorded(sbc: Make) -> None:
    client = sbc(link_host="10.0.0.2").locked()
    assert client.accepted("save").text == recorded("synthetic/submit_202.xml")
    assert client.status().text == recorded("synthetic/asyncstatus_save_inProgress_200.xml")
    client.advance(10)
    assert client.status().text == recorded("asyncstatus_save_success_200.xml")
    client.accepted("activate")
    client.advance(10)
    assert client.status().text == recorded("asyncstatus_activate_success_200.xml")
    client.configure(next_operations=[{"status": "fail", "error_message": "Error message string"}])
    client.accepted("activate")
    client.advance(10)
    assert client.status().text == recorded("synthetic/asyncstatus_activate_fail_200.xml")
    client.unlock()
    client.act("lock")
    assert client.lock().text == recorded("synthetic/error_423_locked.xml")


def test_save_and_activate_move_the_versions(sbc: Make) -> None:
    client = sbc().locked()
    client.change()
    assert client.numbers() == (2, 1, 1)
    client.accepted("activate")
    client.advance(10)
    assert client.numbers() == (2, 1, 1)  # it activates what is saved
    client.accepted("save")
    assert client.numbers() == (2, 1, 1)
    client.advance(10)
    assert client.numbers() == (2, 2, 1)
    client.accepted("activate")
    client.advance(10)
    assert client.numbers() == (2, 2, 2)


def test_an_operation_that_fails_changes_nothing(sbc: Make) -> None:
    client = sbc(next_operations=[{"status": "fail"}]).locked()
    client.change()
    client.accepted("save")
    client.advance(10)
    answer = client.status()
    assert (answer.code, answer.state, answer.get("errorMessage")) == (200, ("save", "fail"), None)
    assert client.numbers() == (2, 1, 1)


def test_unknown_settings_are_refused(sbc: Make) -> None:
    client = sbc()
    for settings in ({"nonsense": 1}, {"link": "odd"}, {"operations": {"save": {"polls": -1}}}, {"versions": []}):
        with pytest.raises(SimulatorError):
            client.configure(**settings)
