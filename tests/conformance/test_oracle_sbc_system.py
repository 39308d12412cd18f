# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated SBC: configuration elements, backups, status of the system, reboot, web server, pairs."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest

from .sbc import Session, recorded

Make = t.Callable[..., Session]
GROUPS = "configuration/configElements?elementType=session-group"
XML = {"Content-Type": "application/xml"}


def values(client: Session, query: str = "") -> list[str | None]:
    return [one.text for one in client.get(GROUPS + query).xml.iter("value")]


def reachable(client: Session) -> bool:
    try:
        client.get("system/status")
    except OSError:
        return False
    return True


def simple(text: str) -> list[tuple[str, str]]:
    """Names and texts of what is in data, without the layout."""
    data = ET.fromstring(text).find("data")
    assert data is not None
    return [(one.tag, (one.text or "").strip()) for one in data]


# Configuration elements


def test_elements_are_created_changed_and_deleted_where_edited(sbc: Make) -> None:
    client = sbc()
    body = client.element("other", "a.example.com")
    elements = "configuration/configElements"
    assert client.post(elements, data=body, headers=XML).error == (423, "User does not have the lock.")
    client.locked()
    assert client.post(elements, data=body, headers=XML).code == 200
    assert client.post(elements, data=body, headers=XML).code == 400  # it is there
    assert client.put(elements, data=body.replace("a.ex", "b.ex"), headers=XML).code == 200
    assert values(client, "&group-name=other") == ["other", "b.example.com"]
    assert values(client, "&group-name=other&running=true") == []
    assert client.delete(f"{GROUPS}&group-name=other").code == 204
    assert client.delete(f"{GROUPS}&group-name=other").code == 404
    assert client.put(elements, data=body, headers=XML).code == 404
    assert client.numbers() == (4, 1, 1)


def test_the_published_request_changes_only_what_it_names(sbc: Make) -> None:
    client = sbc().locked()
    answer = client.put("configuration/configElements", data=recorded("configelement_put_request.xml"), headers=XML)
    assert answer.code == 200
    assert values(client) == ["sg_proxies", "proxy1.example.com", "proxy2.example.com"]
    assert values(client, "&running=true") == ["sg_proxies", "proxy0.example.com"]


@pytest.mark.parametrize("body", ["", "<configElement/>", "<configElement", "<a><elementType>x</elementType></a>"])
def test_wrong_elements_are_refused(sbc: Make, body: str) -> None:
    assert sbc().locked().put("configuration/configElements", data=body, headers=XML).code == 400


# Restore and backups


def test_restore_changes_what_is_edited(sbc: Make) -> None:
    client = sbc(operations={"*": {"polls": 1}}).locked()
    client.change("saved.example.com")
    client.accepted("save")
    client.status()
    client.change("edited.example.com")
    assert client.numbers() == (3, 2, 1)
    client.accepted("restore", restoreSource="saved")
    client.status()
    assert client.numbers() == (2, 2, 1)
    client.accepted("restore", restoreSource="running")
    client.status()
    assert client.numbers() == (1, 2, 1)


def test_backup_makes_a_file_and_restore_reads_it(sbc: Make) -> None:
    client = sbc().locked()
    client.change()
    client.accepted("backup", backupSource="editing", filename="mine")
    assert client.files() == []
    client.advance(9)
    assert client.files() == ["mine"]
    client.accepted("restore", restoreSource="running")
    client.advance(9)
    assert client.numbers() == (1, 1, 1)
    client.accepted("restore", restoreSource="backupFile", filename="mine")
    client.advance(9)
    assert client.numbers() == (2, 1, 1)
    assert client.delete("configuration/management/files?filename=mine").code == 204
    assert client.delete("configuration/management/files?filename=mine").code == 404
    assert client.files() == []


def test_deleting_a_file_needs_the_lock(sbc: Make) -> None:
    client = sbc()
    client.act("backup-file", name="x")
    assert client.files() == ["x"]
    assert client.delete("configuration/management/files?filename=x").code == 423
    client.act("backup-file", name="x", remove=True)
    assert client.files() == []


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("backup", {"backupSource": "running", "filename": "there"}),
        ("restore", {"restoreSource": "backupFile", "filename": "missing"}),
    ],
)
def test_a_wrong_file_fails_the_operation_or_the_submit(sbc: Make, action: str, parameters: dict[str, str]) -> None:
    client = sbc().locked()
    client.act("backup-file", name="there")
    client.accepted(action, **parameters)
    client.advance(9)
    answer = client.status()
    assert answer.state == (action, "fail")
    assert parameters["filename"] in str(answer.get("errorMessage"))
    client.configure(filename_errors="submit")
    assert client.submit(action, **parameters).code == 400
    assert [one["details"]["verdict"] for one in client.submissions()] == ["fail"]


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("backup", {}),
        ("backup", {"backupSource": "running"}),
        ("backup", {"backupSource": "everything", "filename": "x"}),
        ("backup", {"backupSource": "running", "filename": "/code/bkups/x"}),
        ("restore", {}),
        ("restore", {"restoreType": "running"}),
        ("restore", {"restoreSource": "backupFile"}),
        ("reboot", {}),
    ],
)
def test_wrong_parameters_are_refused(sbc: Make, action: str, parameters: dict[str, str]) -> None:
    client = sbc().locked()
    assert client.submit(action, **parameters).code == 400
    assert not client.submissions()


def test_methods_of_the_actions_differ(sbc: Make) -> None:
    client = sbc().locked()
    assert client.post("configuration/management?action=save").code == 400
    assert client.put("configuration/management?action=activate").code == 400


@pytest.mark.parametrize(
    ("shape", "names"), [("file", ["a.gz", "b.gz"]), ("name", ["a.gz", "b.gz"]), ("text", ["a.gz\nb.gz"])]
)
def test_shapes_of_the_list_of_files(sbc: Make, shape: str, names: list[str]) -> None:
    client = sbc(files_shape=shape, backup_suffix=".gz", operations={"*": {"polls": 1}}).locked()
    for filename in "ab":
        client.accepted("backup", backupSource="running", filename=filename)
        client.status()
    data = client.get("configuration/management/files").xml.find("data")
    assert data is not None
    assert [one.text for one in data.iter() if one.text and one.text.strip()] == names


# Status, reboot, web server


def test_status_of_the_system_as_recorded(sbc: Make) -> None:
    client = sbc()
    assert simple(client.get("system/status").text) == simple(recorded("system_status_standalone_200.xml"))
    client.advance(60)
    client.configure(status_shape="schema")
    assert client.get("system/status").get("upTime") == "146151"


def test_reboot_takes_all_that_is_in_memory(sbc: Make) -> None:
    client = sbc().locked()
    client.change()
    client.accepted("save")
    client.act("hold", seconds=500)
    answer = client.post("admin/reboot")
    assert (answer.code, answer.get("data")) == (202, "Rebooting in 5 seconds")
    assert client.status().state == ("save", "inProgress")  # not reported there
    client.advance(4.9)
    assert reachable(client)
    client.advance(0.2)
    assert not reachable(client)
    client.advance(119)
    assert not reachable(client)
    client.advance(2)
    assert client.get("system/status").code == 401
    client.login()
    assert int(str(client.get("system/status").get("uptimeSeconds"))) < 5
    assert client.status().get("operation") is None
    assert client.lock().code == 204
    assert client.numbers() == (2, 1, 1)
    assert [(one["kind"], one["details"].get("verdict")) for one in client.submissions()] == [
        ("save", "interrupted"),
        ("reboot", None),
    ]
    assert [one["event"] for one in client.device()["lock_log"]] == ["taken", "reboot", "taken"]


def test_the_slot_may_survive_a_reboot(sbc: Make) -> None:
    client = sbc(reboot_keeps_slot=True).locked()
    client.accepted("save")
    client.act("reboot", after=0)
    client.advance(121)
    client.http.close()  # that connection is gone
    client.login()
    assert client.status().state == ("save", "fail")


def test_reboots_asked_for_twice_are_one(sbc: Make) -> None:
    client = sbc()
    client.post("admin/reboot")
    client.advance(3)
    client.post("admin/reboot")
    client.advance(125)
    client.http.close()
    client.login()
    assert client.device()["generation"] == 2


def test_activate_may_bounce_the_web_server(sbc: Make) -> None:
    client = sbc(bounce_seconds=8).locked()
    client.accepted("save")
    client.advance(9)
    assert client.status().state == ("save", "success")
    client.accepted("activate")
    client.advance(5.5)
    assert not reachable(client)
    client.advance(8)
    assert client.status().state == ("activate", "success")
    assert client.unlock().code == 204  # the token and the lock are what they were


def test_the_bounce_may_come_while_it_runs(sbc: Make) -> None:
    client = sbc(bounce_seconds=2, bounce_after=1).locked()
    client.accepted("activate")
    client.advance(1.5)
    assert not reachable(client)
    client.advance(2)
    assert client.status().state == ("activate", "inProgress")


def test_the_look_that_ends_it_may_be_lost_in_the_bounce(sbc: Make) -> None:
    client = sbc(bounce_seconds=2, operations={"*": {"polls": 2}}).locked()
    client.accepted("activate")
    assert client.status().state == ("activate", "inProgress")
    with pytest.raises(OSError, match=r"(?i)connection"):
        client.status()
    client.advance(3)
    assert client.status().state == ("activate", "success")


# Pairs


@pytest.fixture
def pair(sbc: Make) -> t.Callable[..., tuple[Session, Session]]:
    def make(**settings: t.Any) -> tuple[Session, Session]:
        first = sbc(**settings)
        return first, sbc(ha_peer=first.address, hostname="SECONDARY", **settings)

    return make


def roles(*clients: Session) -> list[str | None]:
    return [client.get("system/status").get("role") for client in clients]


def test_a_pair_knows_itself(pair: t.Callable[..., tuple[Session, Session]]) -> None:
    first, second = pair()
    assert roles(first, second) == ["active", "standby"]
    status = first.get("system/status")
    assert (status.get("haPeerName"), status.get("haPeerRole"), status.get("haSwitchOvers")) == (
        "SECONDARY",
        "standby",
        "0",
    )
    assert {one.text for one in status.xml.iterfind(".//haSyncState/component/state")} == {"enabled"}


def test_only_the_active_node_takes_changes(pair: t.Callable[..., tuple[Session, Session]]) -> None:
    first, second = pair()
    assert second.lock().error == (403, "Configuration is only allowed on the active system")
    assert first.locked().submit("save").code == 202
    assert second.status().get("operation") is None  # a slot of its own
    second.configure(standby_status=0)
    assert second.lock().code == 204


def test_switchover_changes_the_roles_some_seconds_later(pair: t.Callable[..., tuple[Session, Session]]) -> None:
    first, second = pair()
    first.locked().accepted("save")
    answer = first.post("admin/switchover")
    assert (answer.code, answer.text) == (204, "")
    first.act("hold", seconds=60)
    first.advance(4.9)
    assert roles(first, second) == ["active", "standby"]
    first.advance(0.2)
    assert first.get("system/status").code == second.get("system/status").code == 401
    first.login()
    second.login()
    assert roles(first, second) == ["standby", "active"]
    assert first.status().get("operation") is None
    assert second.lock().code == 204
    status = second.get("system/status")
    assert (status.get("haSwitchOvers"), status.get("newState"), status.get("oldState")) == ("1", "Active", "standby")
    assert [one["details"].get("verdict") for one in first.submissions()] == ["interrupted", None]


def test_what_survives_a_switchover_is_a_setting(pair: t.Callable[..., tuple[Session, Session]]) -> None:
    first, second = pair(switchover_keeps_tokens=True, switchover_keeps_slot=True)
    first.locked().accepted("save")
    first.advance(9)
    first.act("switchover")
    first.advance(6)
    assert roles(first, second) == ["standby", "active"]
    assert first.status().state == ("save", "success")
    assert first.device()["lock"]["user"] == "admin"


def test_a_switchover_may_never_happen(pair: t.Callable[..., tuple[Session, Session]]) -> None:
    first, second = pair(switchover_works=False)
    assert first.post("admin/switchover").code == 204
    first.advance(60)
    assert roles(first, second) == ["active", "standby"]


def test_a_lone_system_has_no_switchover(sbc: Make) -> None:
    assert sbc().post("admin/switchover").code == 400


def test_the_other_node_follows_one_that_reboots(pair: t.Callable[..., tuple[Session, Session]]) -> None:
    first, second = pair()
    first.locked().change()
    first.post("admin/reboot")
    first.advance(6)
    status = second.get("system/status")
    assert (status.get("role"), status.get("haPeerRole")) == ("active", "out of service")
    assert second.locked().numbers() == (2, 1, 1)  # one configuration
    first.advance(121)
    first.http.close()
    first.login()
    assert roles(first, second) == ["standby", "active"]


def test_a_role_can_be_forced(sbc: Make) -> None:
    client = sbc(ha_role="out of service")
    assert roles(client) == ["out of service"]
    assert client.lock().code == 403
