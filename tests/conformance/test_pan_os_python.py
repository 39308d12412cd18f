# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pan-os-python, an independent client, comes to the right verdict. It never verifies certificates."""

from __future__ import annotations

import threading
import time
import typing as t

import panos.errors
import panos.firewall
import panos.objects
import panos.panorama
import panos.policies
import pytest
from simulator.client import SimulatorProcess

from .conftest import ADMINS, PASSWORD

ADDRESS = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']/address"


class Rig(t.NamedTuple):
    simulator: SimulatorProcess
    address: str
    firewall: panos.firewall.Firewall

    def change(self, owner: str = "admin") -> None:
        self.simulator.act(self.address, "changes", owner=owner)

    def pending(self) -> list[str]:
        return [change["owner"] for change in self.simulator.device(self.address)["pending"]]


def connect(simulator: SimulatorProcess, address: str, user: str = "admin") -> panos.firewall.Firewall:
    return panos.firewall.Firewall(address, user, ADMINS[user]["password"], port=simulator.port, timeout=20)


@pytest.fixture
def rig(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Callable[..., Rig]:
    def make(**settings: t.Any) -> Rig:
        address = fast.add_device(new_address(), **{"admins": ADMINS, **settings})
        return Rig(fast, address, connect(fast, address))

    return make


def test_system_info(rig: t.Callable[..., Rig]) -> None:
    found = rig(serial="0815", version="11.1.6").firewall.refresh_system_info()
    assert found == ("11.1.6", "PA-VM", "0815")


def test_wrong_password(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    firewall = panos.firewall.Firewall(rigged.address, "admin", "wrong", port=rigged.simulator.port)
    with pytest.raises(panos.errors.PanInvalidCredentials):
        firewall.op("show system info")


def test_an_object_is_created_and_committed(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    firewall = rigged.firewall
    assert firewall.pending_changes() is False
    web = firewall.add(panos.objects.AddressObject("web", "192.0.2.1", description="a server"))
    web.create()
    assert firewall.pending_changes() is True
    (change,) = rigged.simulator.device(rigged.address)["pending"]
    assert (change["owner"], change["xpath"]) == ("admin", f"{ADDRESS}/entry[@name='web']")
    result = firewall.commit(sync=True, exception=True)
    assert (result["success"], result["result"], result["jobid"]) == (True, "OK", "2")
    assert result["messages"] == ["Configuration committed successfully"]
    assert firewall.pending_changes() is False
    found = panos.objects.AddressObject.refreshall(firewall)
    assert [(one.name, one.value) for one in found] == [("web", "192.0.2.1")]
    found[0].delete()
    assert firewall.commit(sync=True)["success"] is True
    assert panos.objects.AddressObject.refreshall(firewall) == []


def test_no_changes(rig: t.Callable[..., Rig]) -> None:
    firewall = rig().firewall
    assert firewall.commit(sync=True) is None
    with pytest.raises(panos.errors.PanCommitNotNeeded):
        firewall.commit(sync=True, exception=True)


def test_failed_commit(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(validation_errors=["zone -> trust is invalid"])
    rigged.change()
    with pytest.raises(panos.errors.PanCommitFailed) as caught:
        rigged.firewall.commit(sync=True, exception=True)
    assert caught.value.result["result"] == "FAIL"
    assert " zone -> trust is invalid" in caught.value.result["messages"]
    assert rigged.pending() == ["admin"]


def test_partial_by_admin(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.change("admin")
    rigged.change("bob")
    assert rigged.firewall.commit(sync=True, admins=["bob"])["success"] is True
    assert rigged.pending() == ["admin"]


def test_firewall_commit_object(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.change()
    commit = panos.firewall.FirewallCommit(
        description="by object", admins=["admin"], exclude_device_and_network=True, exclude_shared_objects=True
    )
    assert rigged.firewall.commit(sync=True, cmd=commit)["success"] is True
    (submission,) = rigged.simulator.ledger(rigged.address)["submissions"]
    assert submission["description"] == "by object"


def test_panorama_commit_object(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> None:
    address = fast.add_device(new_address(), kind="panorama", admins=ADMINS)
    base = "/config/devices/entry[@name='localhost.localdomain']/device-group/entry[@name='{}']/address"
    for name in ("DG1", "DG2"):
        fast.act(address, "changes", owner="admin", xpath=base.format(name))
    panorama = panos.panorama.Panorama(address, "admin", PASSWORD, port=fast.port, timeout=20)
    commit = panos.panorama.PanoramaCommit(description="DG1 only", device_groups=["DG1"])
    assert panorama.commit(sync=True, cmd=commit)["success"] is True
    (left,) = fast.device(address)["pending"]
    assert "DG2" in left["xpath"]


def test_syncjob_of_its_own(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.change()
    job = rigged.firewall.commit()
    assert job == "2"
    result = rigged.firewall.syncjob(job)
    assert (result["success"], result["user"]) == (True, "admin")
    jobs = rigged.firewall.op("show jobs all").findall("./result/job/id")
    assert [one.text for one in jobs] == ["2", "1"]


def test_two_commits_queue(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(commit_seconds=20)
    rigged.change("admin")
    first = rigged.firewall.commit()
    rigged.change("bob")
    second = connect(rigged.simulator, rigged.address, "bob").commit()
    assert rigged.firewall.syncjob(second)["success"] is True
    assert rigged.firewall.syncjob(first)["success"] is True
    assert rigged.pending() == []


def test_commit_in_progress(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(queue=False, commit_seconds=200)
    rigged.change()
    rigged.firewall.commit()
    rigged.change()
    with pytest.raises(panos.errors.PanCommitInProgress):
        rigged.firewall.commit()


def test_locks(rig: t.Callable[..., Rig]) -> None:
    """The texts of its time: with them it knows the state that is wished for already."""
    rigged = rig(lock_texts="older", lock_refusal="locked_by")
    rigged.change()
    bob = connect(rigged.simulator, rigged.address, "bob")
    assert rigged.firewall.check_commit_locks() is False
    assert bob.add_commit_lock(comment="hands off") is True
    assert rigged.firewall.check_commit_locks() is True
    with pytest.raises(panos.errors.PanLockError):
        rigged.firewall.add_commit_lock()
    with pytest.raises(panos.errors.PanLockError, match="Configuration is locked by bob"):
        rigged.firewall.commit(sync=True)
    assert bob.remove_commit_lock() is True
    assert bob.remove_commit_lock(exceptions=False) is False
    assert rigged.firewall.add_config_lock(comment="mine") is True
    assert rigged.firewall.check_config_locks() is True
    assert bob.add_config_lock(exceptions=False) is False
    assert rigged.firewall.remove_config_lock() is True
    assert rigged.firewall.commit(sync=True)["success"] is True


def test_validate(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(validation_errors=["address -> web is invalid"])
    answer = rigged.firewall.op("<validate><full></full></validate>", cmd_xml=False)
    result = rigged.firewall.syncjob(answer)
    assert result["success"] is False
    assert "address -> web is invalid" in "".join(result["messages"])


def test_is_ready_and_reboot(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(restart={"down": 20, "not_ready": 0, "login_lag": 10, "autocommit": 10})
    assert rigged.firewall.is_ready(seconds=5) is True
    rigged.firewall.restart()
    time.sleep(0.2)
    assert rigged.firewall.syncreboot(interval=0.3, timeout=30) == "11.1.6"
    assert rigged.firewall.is_ready(seconds=20) is True
    assert [one.text for one in rigged.firewall.op("show jobs all").findall("./result/job/type")] == ["AutoCom"]


def test_it_waits_through_an_outage(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(commit_seconds=40)
    rigged.change()
    job = rigged.firewall.commit()
    rigged.simulator.act(rigged.address, "restart-management", mode="refused", seconds=20)
    assert rigged.firewall.syncjob(job)["success"] is True


def test_session_timeout_is_its_error(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.firewall.op("show system info")
    rigged.simulator.fault("session_timeout", rigged.address)
    with pytest.raises(panos.errors.PanSessionTimedOut):
        rigged.firewall.op("show system info")


def test_a_lost_answer_is_a_commit_all_the_same(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.change()
    rigged.firewall.op("show system info")
    rigged.simulator.fault("drop_after", rigged.address, match={"step": "submit"})
    with pytest.raises(Exception, match=r"Remote end closed|EOF|reset"):
        rigged.firewall.commit()
    assert len(rigged.simulator.ledger(rigged.address)["submissions"]) == 1


def test_target_through_panorama(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> None:
    serial = f"T{time.monotonic_ns()}"
    managed = fast.add_device(new_address(), serial=serial, hostname="behind", admins=ADMINS)
    address = fast.add_device(new_address(), kind="panorama", manages=[serial], admins=ADMINS)
    fast.act(managed, "changes", owner="admin")
    panorama = panos.panorama.Panorama(address, "admin", PASSWORD, port=fast.port, timeout=20)
    firewall = panos.firewall.Firewall(serial=serial)
    panorama.add(firewall)
    assert firewall.show_system_info()["system"]["hostname"] == "behind"
    assert firewall.commit(sync=True)["success"] is True
    assert fast.device(managed)["pending"] == []


def test_many_at_once(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> None:
    addresses = [fast.add_device(new_address(), commit_seconds=20, admins=ADMINS) for _number in range(10)]
    results: list[bool] = []

    def work(address: str) -> None:
        fast.act(address, "changes", owner="admin")
        results.append(connect(fast, address).commit(sync=True)["success"])

    threads = [threading.Thread(target=work, args=(address,)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 10


def test_history_of_audit_comments(rig: t.Callable[..., Rig]) -> None:
    """A log query with a filter that quotes quotes, pages and counts on both directions."""
    firewall = rig(log_polls=2, logs={"history": [[100, 100]]}).firewall
    rule = panos.policies.SecurityRule("my policy")
    firewall.add(panos.policies.Rulebase()).add(rule)
    comments = rule.opstate.audit_comment.history(count=50)
    assert 0 < len(comments) < 50
    assert {comment.admin for comment in comments} <= {"admin1", "admin2"}
    texts = [comment.comment for comment in comments]
    assert [one.comment for one in rule.opstate.audit_comment.history(count=2, skip=3)] == texts[3:5]
    assert [one.comment for one in rule.opstate.audit_comment.history(direction="forward")] == texts[::-1]
    rule = panos.policies.SecurityRule("another policy")
    firewall.find("", panos.policies.Rulebase).add(rule)
    assert rule.opstate.audit_comment.history() == []
