# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pan-os-python pushes from a simulated Panorama, and comes to the verdicts that it is known for, right or wrong."""

from __future__ import annotations

import typing as t

import pan.xapi
import panos.errors
import panos.firewall
import panos.objects
import panos.panorama
import pytest
from panos.panorama import Panorama, PanoramaCommitAll
from simulator.client import SimulatorProcess

from .conftest import ADMINS, PASSWORD

INVENTORY = {
    "device_groups": {
        "DG": {"devices": ["S1", "S2"]},
        "child": {"parent": "DG", "devices": {"M1": ["vsys1", "vsys2"]}},
    },
    "template_stacks": {"TS": {"templates": ["T1"], "devices": ["S1", "S2"]}},
    "managed_devices": {"S1": {"hostname": "fw1"}},
    "collector_groups": ["CG"],
    "wildfire_appliances": ["WF1"],
    "wildfire_clusters": {"WC": ["WF2"]},
}
STYLES = {
    "device group": "DG",
    "template": "T1",
    "template stack": "TS",
    "wildfire appliance": "WF1",
    "wildfire cluster": "WC",
}
FAILURE = ["Validation Error:", " address -> web 'web' is already in use", " address is invalid"]


class Rig(t.NamedTuple):
    simulator: SimulatorProcess
    address: str
    panorama: Panorama

    def sync(self) -> dict[tuple[str, str], bool]:
        found = self.simulator.device(self.address)["sync"]
        return {(place["name"], place["serial"]): place["in_sync"] for place in found}

    def submissions(self) -> list[t.Any]:
        return t.cast("list[t.Any]", self.simulator.ledger(self.address)["submissions"])


@pytest.fixture
def rig(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Callable[..., Rig]:
    """Pushes end by looks at them, not by the clock: nothing races."""

    def make(*, in_sync: bool = False, **settings: t.Any) -> Rig:
        by_looks = {"push_polls": 1, "push_device_polls": 1, "push_seconds": 9999, "push_device_seconds": 9999}
        wanted = {"kind": "panorama", "admins": ADMINS, **INVENTORY, **by_looks, **settings}
        address = fast.add_device(new_address(), **wanted)
        if not in_sync:
            fast.act(address, "out-of-sync")
        return Rig(fast, address, Panorama(address, "admin", PASSWORD, port=fast.port, timeout=20, interval=0.05))

    return make


@pytest.mark.parametrize("style", STYLES)
def test_every_style(rig: t.Callable[..., Rig], style: str) -> None:
    rigged = rig()
    cmd = PanoramaCommitAll(style, STYLES[style], description=f"by {style}")
    result = rigged.panorama.commit(cmd=cmd, sync=True, sync_all=True, exception=True)
    assert (result["success"], result["result"], result["jobid"]) == (True, "OK", "2")
    serials = {"wildfire appliance": ["WF1"], "wildfire cluster": ["WF2"]}.get(style, ["S1", "S2"])
    assert list(result["devices"]) == serials
    assert {one["result"] for one in result["devices"].values()} == {"OK"}
    (submission,) = rigged.submissions()
    assert (submission["kind"], submission["description"]) == ("push", f"by {style}")
    assert (submission["details"]["names"], submission["details"]["serials"]) == ([STYLES[style]], serials)


@pytest.mark.parametrize("style", ["device group", "template", "template stack"])
def test_every_option(rig: t.Callable[..., Rig], style: str) -> None:
    rigged = rig()
    cmd = PanoramaCommitAll(
        style,
        STYLES[style],
        description="token",
        admins=["admin"],
        include_template=True,
        force_template_values=True,
        devices=["S2"],
    )
    result = rigged.panorama.commit(cmd=cmd, sync=True, sync_all=True, exception=True)
    assert (result["success"], list(result["devices"])) == (True, ["S2"])
    (submission,) = rigged.submissions()
    details = submission["details"]
    assert (details["admins"], details["force_template_values"], details["serials"]) == (["admin"], True, ["S2"])
    assert details["include_template"] is (style == "device group")


def test_the_older_call(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    result = rigged.panorama.commit_all(
        sync=True,
        sync_all=True,
        exception=True,
        devicegroup="DG",
        serials=["S1"],
        description="d",
        include_template=True,
    )
    assert (result["success"], list(result["devices"])) == (True, ["S1"])
    assert rigged.sync()["TS", "S1"] is True
    assert rigged.sync()["DG", "S2"] is False


def test_the_older_call_without_a_group(rig: t.Callable[..., Rig]) -> None:
    """Its issue #514."""
    with pytest.raises(panos.errors.PanDeviceXapiError, match="commit-all  is missing 'commit-all'"):
        rig().panorama.commit_all(sync=True)


def test_without_waiting(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    job = rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG"))
    assert job == "2"
    assert rigged.panorama.syncjob(job, sync_all=True)["success"] is True


def test_without_waiting_for_the_devices(rig: t.Callable[..., Rig]) -> None:
    """The job is OK, so it says success, and knows nothing of the devices."""
    rigged = rig(push_devices={"S2": {"errors": FAILURE}})
    result = rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG"), sync=True, sync_all=False)
    assert (result["success"], result["devices"]) == (True, {})
    assert rigged.sync()["DG", "S1"] is False


def test_a_failing_device(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(push_devices={"S2": {"errors": FAILURE}})
    with pytest.raises(panos.errors.PanCommitFailed) as caught:
        rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG"), sync=True, sync_all=True, exception=True)
    result = caught.value.result
    assert (result["success"], result["result"]) == (False, "OK")
    devices = result["devices"]
    assert (devices["S1"]["success"], devices["S1"]["name"]) == (True, "fw1")
    assert (devices["S2"]["success"], devices["S2"]["messages"]) == (False, [*FAILURE, "Commit failed"])
    assert (rigged.sync()["DG", "S1"], rigged.sync()["DG", "S2"]) == (True, False)


def test_one_line_of_errors_is_a_text(rig: t.Callable[..., Rig]) -> None:
    """A list where there are several: what it makes of one line is why others print single characters."""
    rigged = rig(push_devices={"*": {"result": "FAIL"}})
    result = rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG"), sync=True, sync_all=True)
    assert result["devices"]["S1"]["messages"] == "Commit failed"


@pytest.mark.parametrize("style", ["no_changes", "line"])
def test_no_changes(rig: t.Callable[..., Rig], style: str) -> None:
    """One shape it knows; at the other it stumbles."""
    rigged = rig(in_sync=True, push_noop_style=style)
    cmd = PanoramaCommitAll("device group", "DG")
    if style == "no_changes":
        assert rigged.panorama.commit(cmd=cmd, sync=True, sync_all=True) is None
    else:
        with pytest.raises(TypeError, match="'bool' object is not subscriptable"):
            rigged.panorama.commit(cmd=cmd, sync=True, sync_all=True)
    with pytest.raises(panos.errors.PanCommitNotNeeded):
        rigged.panorama.commit(cmd=cmd, sync=True, sync_all=True, exception=True)
    assert rigged.submissions() == []


def test_no_changes_without_waiting(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(in_sync=True)
    with pytest.raises(UnboundLocalError):
        rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG"))


@pytest.mark.parametrize("sync", [True, False])
def test_a_collector_group(rig: t.Callable[..., Rig], sync: bool) -> None:
    rigged = rig()
    cmd = PanoramaCommitAll("log collector group", "CG", description="d")
    result = rigged.panorama.commit(cmd=cmd, sync=sync, sync_all=True)
    assert (result["success"], result["jobid"]) == (True, "0")
    assert result["messages"] == ["Generated config and committed to connected collectors in group CG"]


def test_it_does_not_wait_for_devices_that_are_not_listed_yet(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(push_record={"empty_looks": 9})
    result = rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG"), sync=True, sync_all=True)
    assert (result["success"], result["devices"]) == (True, {})


def test_it_waits_for_a_disconnected_device_until_its_timeout(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(push_devices={"S2": {"disconnected": True}})
    rigged.panorama.refresh_system_info()  # its connection keeps the timeout of before
    rigged.panorama.timeout = 1
    with pytest.raises(pan.xapi.PanXapiError, match="Timeout waiting for job 2"):
        rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG"), sync=True, sync_all=True)


def test_prisma_access(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(device_groups={"DG": {"devices": ["S1", "S2"], "prisma": True}})
    with pytest.raises(panos.errors.PanDeviceXapiError, match="commit-all -> shared-policy -> admin unexpected here"):
        rigged.panorama.commit(cmd=PanoramaCommitAll("device group", "DG", admins=["admin"]), sync=True)


def test_a_device_of_another_group(rig: t.Callable[..., Rig]) -> None:
    with pytest.raises(panos.errors.PanDeviceXapiError, match="Could not get vsys info for device M1 in dg DG"):
        rig().panorama.commit(cmd=PanoramaCommitAll("device group", "DG", devices=["M1"]), sync=True)


def test_commit_and_push_of_an_object(rig: t.Callable[..., Rig]) -> None:
    """The whole way: an object in a device group, a commit on Panorama, a push, the state of its devices."""
    rigged = rig(in_sync=True, commit_polls=1)
    group = rigged.panorama.add(panos.panorama.DeviceGroup("DG"))
    group.add(panos.objects.AddressObject("web", "192.0.2.1")).create()
    assert rigged.sync()["DG", "S1"] is True
    assert rigged.panorama.commit(sync=True)["success"] is True
    assert rigged.sync()["DG", "S1"] is False
    assert states(rigged.panorama) == {"S1": False, "S2": False}
    cmd = PanoramaCommitAll("device group", "DG")
    assert rigged.panorama.commit(cmd=cmd, sync=True, sync_all=True)["success"] is True
    assert states(rigged.panorama) == {"S1": True, "S2": True}
    commit, push = rigged.submissions()
    assert (commit["kind"], push["kind"], push["changes"]) == ("commit", "push", commit["changes"])


def states(panorama: Panorama) -> dict[str, bool]:
    """Serial to whether the shared policy is in sync, as the library finds it out; of the group DG."""
    (group,) = [one for one in panorama.refresh_devices() if one.name == "DG"]
    firewalls = [one for one in group.children if isinstance(one, panos.firewall.Firewall)]
    return {firewall.serial: firewall.state.shared_policy_synced for firewall in firewalls}


def test_devices_and_their_vsys(rig: t.Callable[..., Rig]) -> None:
    groups = {group.name: group for group in rig().panorama.refresh_devices()}
    found = {name: [(one.serial, one.vsys) for one in group.children] for name, group in groups.items()}
    assert found == {"DG": [("S1", "vsys1"), ("S2", "vsys1")], "child": [("M1", "vsys1"), ("M1", "vsys2")]}
    # Of the other vsys it does not know: it merges entries by their tag.
    assert groups["child"].children[0].state.shared_policy_synced is False


def test_a_push_to_a_simulated_firewall(
    rig: t.Callable[..., Rig], fast: SimulatorProcess, new_address: t.Callable[[], str]
) -> None:
    """It commits there by hand while the push runs, and is refused."""
    address = new_address()
    serial = f"R{address}"
    fast.add_device(address, admins=ADMINS, hostname="real", serial=serial)
    rigged = rig(device_groups={"DG": {"devices": [serial]}})
    cmd = PanoramaCommitAll("device group", "DG")
    job = rigged.panorama.commit(cmd=cmd)
    rigged.panorama.op(f'show jobs id "{job}"')
    firewall = panos.firewall.Firewall(address, "admin", PASSWORD, port=fast.port, timeout=20)
    fast.act(address, "changes", owner="admin")
    with pytest.raises(panos.errors.PanCommitInProgress):
        firewall.commit()
    result = rigged.panorama.syncjob(job, sync_all=True)
    assert (result["success"], result["devices"][serial]["name"]) == (True, "real")
    assert [one.text for one in firewall.op("show jobs all").findall("./result/job/type")] == ["CommitAll", "AutoCom"]
    assert firewall.commit(sync=True)["success"] is True
