# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HA pairs: shapes as recorded, who is active, and the synchronization."""

from __future__ import annotations

import ast
import typing as t
import xml.etree.ElementTree as ET

import pytest

from .conftest import RECORDED, Answer, Api

STATE = "<show><high-availability><state></state></high-availability></show>"


class Pair(t.NamedTuple):
    """The one that was there first, and the other."""

    first: Api
    second: Api

    def roles(self) -> tuple[str | None, str | None]:
        return role(self.first), role(self.second)


@pytest.fixture
def pair(device: t.Callable[..., Api]) -> t.Callable[..., Pair]:
    def make(**settings: t.Any) -> Pair:
        first = device(**settings)
        return Pair(first, device(ha_peer=first.address, **settings))

    return make


def ha(api: Api, inner: str) -> Answer:
    return api.op(f"<request><high-availability>{inner}</high-availability></request>")


def change(api: Api, wanted: str) -> Answer:
    return ha(api, f"<state><{wanted}></{wanted}></state>")


def group(api: Api) -> ET.Element:
    result = api.op(STATE).xml.find("result")
    assert result is not None
    found = result.find("group")
    return result if found is None else found


def role(api: Api) -> str | None:
    return group(api).findtext("local-info/state")


def sync(api: Api) -> str | None:
    return group(api).findtext("running-sync")


def names(node: ET.Element | None) -> set[str]:
    assert node is not None
    return {child.tag for child in node}


# Shapes


def test_a_firewall_is_as_recorded(pair: t.Callable[..., Pair]) -> None:
    recorded = ast.literal_eval((RECORDED / "assurance_ha_state_docstring.pydict.txt").read_text(encoding="utf-8"))
    found = group(pair().first)
    assert names(found) <= set(recorded["group"])
    for part in ("local-info", "peer-info"):
        assert names(found.find(part)) <= set(recorded["group"][part])
    assert names(found.find("peer-info/conn-ha1")) <= set(recorded["group"]["peer-info"]["conn-ha1"])
    assert found.findtext("running-sync") == recorded["group"]["running-sync"]
    assert found.findtext("running-sync-enabled") == recorded["group"]["running-sync-enabled"]
    assert found.findtext("mode") == recorded["group"]["mode"]


def test_a_panorama_is_as_recorded(pair: t.Callable[..., Pair]) -> None:
    recorded = ET.parse(RECORDED / "pan_os_upgrade_panorama_ha_state.xml").getroot().find("result")
    assert recorded is not None
    panoramas = pair(kind="panorama")
    change(panoramas.second, "suspend")
    change(panoramas.second, "functional")
    panoramas.first.simulator.advance(30)
    found = group(panoramas.first)
    assert found.find("group") is None
    assert names(found) <= names(recorded)
    for part in ("local-info", "peer-info"):
        assert names(found.find(part)) <= names(recorded.find(part))
    for path in (
        "enabled",
        "local-info/state",
        "local-info/priority",
        "peer-info/state",
        "peer-info/priority",
        "peer-info/last-error-state",
        "peer-info/last-error-reason",
        "peer-info/conn-status",
        "peer-info/conn-ha1/conn-status",
        "running-sync",
        "running-sync-enabled",
    ):
        assert found.findtext(path) == recorded.findtext(path), path


def test_without_a_pair(device: t.Callable[..., Api]) -> None:
    """The recorded answer of a firewall: CPAN Device-PaloAlto-Firewall, tests of its HA methods."""
    api = device()
    assert api.op(STATE).text == (
        '<response status="success"><result><enabled>no</enabled><group><local-info><ha1-encrypt-imported>no'
        "</ha1-encrypt-imported></local-info></group></result></response>"
    )
    assert change(api, "suspend").status == "error"
    assert ha(api, "<sync-to-remote><running-config/></sync-to-remote>").status == "error"


# Roles


def test_the_first_is_active(pair: t.Callable[..., Pair], device: t.Callable[..., Api]) -> None:
    both = pair()
    assert both.roles() == ("active", "passive")
    assert group(both.second).findtext("peer-info/state") == "active"
    assert pair(kind="panorama").roles() == ("primary-active", "secondary-passive")
    later = device(serial="HA-BY-SERIAL")
    assert role(device(ha_peer="HA-BY-SERIAL", ha_state="active")) == "active"
    assert role(later) == "passive"


def test_suspend_and_functional(pair: t.Callable[..., Pair]) -> None:
    both = pair()
    answer = change(both.first, "suspend")
    assert answer.get("result") == "Successfully changed HA state to suspended"
    assert both.roles() == ("suspended", "active")
    assert change(both.first, "functional").get("result") == "Successfully changed HA state to functional"
    assert both.roles() == ("initial", "active")
    both.first.simulator.advance(5)
    assert both.roles() == ("passive", "active")
    change(both.first, "suspend")
    assert both.roles() == ("suspended", "active")
    submitted = [one["kind"] for one in both.first.ledger()["submissions"]]
    assert submitted == ["ha-suspend", "ha-functional", "ha-suspend"]
    assert both.first.ledger()["requests"][both.first.address]["ha"] == 3


def test_both_suspended(pair: t.Callable[..., Pair]) -> None:
    both = pair()
    change(both.second, "suspend")
    change(both.first, "suspend")
    assert both.roles() == ("suspended", "suspended")
    change(both.second, "functional")
    both.first.simulator.advance(5)
    assert both.roles() == ("suspended", "active")


def test_the_peer_takes_over_and_keeps_it(pair: t.Callable[..., Pair]) -> None:
    both = pair(restart={"down": 60, "not_ready": 0, "autocommit": 10})
    both.first.op("<request><restart><system/></restart></request>")
    both.first.simulator.advance(1)
    found = group(both.second)
    assert found.findtext("local-info/state") == "active"
    assert (found.findtext("peer-info/state"), found.findtext("peer-info/conn-status")) == ("unknown", "down")
    assert found.findtext("running-sync") == "not synchronized"
    both.first.simulator.advance(60)
    assert both.roles() == ("initial", "active")
    both.first.simulator.advance(5)
    assert both.roles() == ("passive", "active")
    assert (sync(both.first), sync(both.second)) == ("synchronization in progress", "synchronization in progress")
    both.first.simulator.advance(10)
    assert (sync(both.first), sync(both.second)) == ("synchronized", "synchronized")


def test_a_passive_one_that_reboots_changes_nothing(pair: t.Callable[..., Pair]) -> None:
    both = pair()
    both.second.simulator.act(both.second.address, "reboot", down=0, not_ready=0)
    both.second.simulator.advance(10)
    assert both.roles() == ("active", "passive")


@pytest.mark.parametrize(("survives", "expected"), [(True, "suspended"), (False, "passive")])
def test_suspended_over_a_boot(pair: t.Callable[..., Pair], survives: bool, expected: str) -> None:
    both = pair(ha_suspended_survives_boot=survives)
    change(both.first, "suspend")
    both.first.simulator.act(both.first.address, "reboot", down=0, not_ready=0)
    both.first.simulator.advance(10)
    assert both.roles() == (expected, "active")


def test_a_removed_device_leaves_the_pair(pair: t.Callable[..., Pair]) -> None:
    both = pair()
    both.first.simulator.remove_device(both.second.address)
    assert role(both.first) == "active"
    assert both.first.simulator.device(both.first.address)["settings"]["ha_peer"] == ""


# Synchronization


def test_a_commit_on_the_active_goes_to_the_peer(pair: t.Callable[..., Pair]) -> None:
    both = pair(commit_seconds=10)
    both.first.change()
    both.first.commit()
    both.first.simulator.advance(12)
    # The peer is asked first: it knows all the same.
    assert sync(both.second) == "synchronization in progress"
    jobs = both.second.op("<show><jobs><all/></jobs></show>").xml.findall("result/job")
    assert [(job.findtext("type"), job.findtext("status")) for job in jobs] == [("HA-Sync", "ACT"), ("AutoCom", "FIN")]
    both.first.simulator.advance(10)
    assert sync(both.first) == "synchronized"


def test_sync_to_remote(pair: t.Callable[..., Pair]) -> None:
    both = pair(ha_sync="not synchronized")
    command = "<sync-to-remote><running-config></running-config></sync-to-remote>"
    assert sync(both.first) == "not synchronized"
    assert ha(both.first, command).get("msg/line") == (
        "HA synchronization job has been queued on peer. Please check job status on peer."
    )
    assert sync(both.first) == "synchronization in progress"
    again = ha(both.first, command)
    assert (again.status, again.message.split(".")[0]) == ("error", "HA synchronization is already in progress")
    both.first.simulator.advance(10)
    assert (sync(both.first), sync(both.second)) == ("synchronized", "synchronized")


def test_sync_to_peer(pair: t.Callable[..., Pair]) -> None:
    both = pair()
    first, second = both
    first.op(
        "<request><content><upgrade><download><latest/><sync-to-peer>yes</sync-to-peer></download></upgrade>"
        "</content></request>"
    )
    first.op(
        "<request><system><software><download><version>11.1.10</version><sync-to-peer>yes</sync-to-peer></download>"
        "</software></system></request>"
    )
    first.simulator.advance(61)
    listed = second.op("<request><system><software><info/></software></system></request>")
    downloaded = [
        entry.findtext("version")
        for entry in listed.xml.findall("result/sw-updates/versions/entry")
        if entry.findtext("downloaded") == "yes"
    ]
    assert downloaded == ["11.1.10", "11.1.6"]
    on_peer = second.simulator.device(second.address)["updates"]
    assert on_peer["content"]["downloaded"] == ["8907-9021"]
    install = "<install><version>latest</version><sync-to-peer>{}</sync-to-peer></install>"
    for wanted, expected in (("no", "8900-9000"), ("yes", "8907-9021")):
        first.op(f"<request><content><upgrade>{install.format(wanted)}</upgrade></content></request>")
        first.simulator.advance(21)
        found = second.op("<show><system><info/></system></show>").get("result/system/app-version")
        assert found == expected
        first.simulator.configure(first.address, installed={"content": {"current": "8900-9000"}})


def test_versions_of_both(pair: t.Callable[..., Pair]) -> None:
    both = pair()
    assert group(both.first).findtext("local-info/build-compat") == "Match"
    both.second.simulator.configure(both.second.address, version="11.1.10")
    found = group(both.first)
    assert found.findtext("local-info/build-compat") == "Mismatch"
    assert (found.findtext("local-info/build-rel"), found.findtext("peer-info/build-rel")) == ("11.1.6", "11.1.10")


def test_a_push_to_the_active_goes_to_the_peer(device: t.Callable[..., Api]) -> None:
    active = device(serial="HA-PUSHED")
    passive = device(serial="HA-PUSHED-2", ha_peer=active.address)
    panorama = device(kind="panorama", device_groups={"DG": {"devices": ["HA-PUSHED"]}})
    panorama.simulator.act(panorama.address, "out-of-sync", device_group="DG")
    push = '<commit-all><shared-policy><device-group><entry name="DG"/></device-group></shared-policy></commit-all>'
    assert panorama.post(type="commit", action="all", cmd=push).status == "success"
    panorama.simulator.advance(25)
    assert passive.op("<show><jobs><all/></jobs></show>").xml.findtext("result/job/type") == "HA-Sync"
    assert (sync(active), sync(passive)) == ("synchronization in progress",) * 2
