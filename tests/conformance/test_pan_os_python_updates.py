# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pan-os-python's updaters and its HA queries complete against the simulator."""

from __future__ import annotations

import functools
import typing as t

import panos.errors
import panos.firewall
import panos.panorama
import pytest
from simulator.client import SimulatorProcess

from .conftest import ADMINS, PASSWORD

# Its is_ready() asks every two seconds, its syncreboot() every five: simulated seconds pass accordingly.
RESTART = {"down": 20, "not_ready": 0, "login_lag": 10, "autocommit": 10}


class Rig(t.NamedTuple):
    simulator: SimulatorProcess
    address: str
    firewall: panos.firewall.Firewall

    def updates(self, family: str) -> t.Any:
        return self.simulator.device(self.address)["updates"][family]

    def kinds(self) -> list[tuple[str, str]]:
        found = self.simulator.ledger(self.address)["submissions"]
        return [(one["kind"], one["description"]) for one in found]


@pytest.fixture
def rig(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Callable[..., Rig]:
    def make(**settings: t.Any) -> Rig:
        quick = {
            "software_download_seconds": 10,
            "software_install_seconds": 10,
            "install_seconds": 5,
            "restart": RESTART,
        }
        address = fast.add_device(new_address(), **{"admins": ADMINS, **quick, **settings})
        firewall = panos.firewall.Firewall(address, "admin", PASSWORD, port=fast.port, timeout=60)
        firewall.syncreboot = functools.partial(firewall.syncreboot, interval=0.2)
        return Rig(fast, address, firewall)

    return make


def test_content(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    content = rigged.firewall.content
    content.check()
    assert rigged.firewall.content_version == "8900-9000"
    assert content.versions["8907-9021"]["downloaded"] is False
    result = content.download(sync=True)
    assert (result["success"], result["messages"]) == (True, ["File successfully downloaded\n"])
    result = content.install(sync=True)
    assert (result["success"], result["messages"][0]) == (True, "Configuration committed successfully")
    content.info()
    assert rigged.firewall.content_version == "8907-9021"
    assert (content.download(sync=True), content.install(sync=True)) == (None, None)
    assert content.downgrade(sync=True)["success"] is True
    assert rigged.updates("content")["current"] == "8900-9000"


def test_content_in_one_go(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.firewall.content.download_and_install_latest(sync=True)
    assert rigged.updates("content")["current"] == "8907-9021"
    assert rigged.kinds() == [("content-download", "content 8907-9021"), ("content-install", "content 8907-9021")]


def test_content_of_a_version_is_its_known_failure(rig: t.Callable[..., Rig]) -> None:
    """PaloAltoNetworks/pan-os-python#394, with the message of the issue."""
    rigged = rig()
    rigged.firewall.content.download(sync=True)
    with pytest.raises(panos.errors.PanDeviceXapiError) as caught:
        rigged.firewall.content.install(version="8503-7125", sync=True)
    assert str(caught.value) == (
        " request -> content -> upgrade -> install -> version '8503-7125' is not an allowed keyword\n"
        " request -> content -> upgrade -> install -> version is invalid"
    )


def test_failed_content(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(next_updates=[{"kind": "content-download", "result": "FAIL", "details": ["cannot connect"]}])
    with pytest.raises(panos.errors.PanDeviceError, match="cannot connect"):
        rigged.firewall.content.download(sync=True)


def test_software(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    software = rigged.firewall.software
    software.check()
    assert rigged.firewall.version == "11.1.6"
    assert software.versions["11.1.10"]["downloaded"] is False
    assert software.download("11.1.10", sync=True)["success"] is True
    assert software.install("11.1.10", load_config="running-config.xml", sync=True)["success"] is True
    rigged.firewall.restart()
    assert rigged.firewall.syncreboot(interval=0.1) == "11.1.10"
    assert rigged.firewall.is_ready(seconds=30) is True


def test_failed_software(rig: t.Callable[..., Rig]) -> None:
    """PaloAltoNetworks/pan-os-python#243, with the messages of the issue."""
    rigged = rig()
    with pytest.raises(panos.errors.PanDeviceError, match=r"Preloading into software manager.*'11.2.0' base image"):
        rigged.firewall.software.download_install("11.2.4", sync=True)
    busy = rig(software_manager_busy=1)
    with pytest.raises(panos.errors.PanDeviceError, match="The software manager is currently in use"):
        busy.firewall.software.download_install("11.1.10", sync=True)


def test_upgrade_to_version(rig: t.Callable[..., Rig]) -> None:
    """Through the base image, with a restart each. It never looks again which content is there."""
    rigged = rig(no_update="never")
    assert rigged.firewall.software.upgrade_to_version("11.2.4") is True
    assert rigged.simulator.device(rigged.address)["settings"]["version"] == "11.2.4"
    content = [("content-download", "content 8907-9021"), ("content-install", "content 8907-9021")]
    assert rigged.kinds() == [
        *content,
        ("software-download", "software 11.2.0"),
        ("software-install", "software 11.2.0"),
        ("restart", ""),
        *content,
        ("software-download", "software 11.2.4"),
        ("software-install", "software 11.2.4"),
        ("restart", ""),
    ]


def test_upgrade_to_version_in_one_step(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    assert rigged.firewall.software.upgrade_to_version("11.1.10") is True
    assert rigged.firewall.refresh_system_info().version == "11.1.10"


def test_upgrade_that_boots_into_the_old_version(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(next_updates=[{"kind": "software-install", "boots": False}])
    with pytest.raises(panos.errors.PanDeviceError, match=r"is on version 11\.1\.6 after reboot"):
        rigged.firewall.software.download_install_reboot("11.1.10", sync=True)


def test_ha(rig: t.Callable[..., Rig]) -> None:
    first = rig(ha_sync="not synchronized")
    second = rig(ha_peer=first.address)
    first.firewall.set_ha_peers(second.firewall)
    assert first.firewall.show_highavailability_state()[0] == "active"
    assert first.firewall.refresh_ha_active() == "active"
    assert (first.firewall.config_sync_state(), first.firewall.config_synced()) == ("not synchronized", False)
    assert first.firewall.synchronize_config() is True
    assert first.firewall.config_synced() is True
    first.firewall.op("request high-availability state suspend")
    assert first.firewall.refresh_ha_active() == "suspended"
    assert second.firewall.show_highavailability_state()[0] == "active"
    assert rig().firewall.show_highavailability_state() == ("disabled", None)


def test_ha_of_panoramas(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> None:
    addresses = [fast.add_device(new_address(), kind="panorama", admins=ADMINS)]
    addresses.append(fast.add_device(new_address(), kind="panorama", admins=ADMINS, ha_peer=addresses[0]))
    panoramas = [panos.panorama.Panorama(one, "admin", PASSWORD, port=fast.port, timeout=20) for one in addresses]
    states = [panorama.show_highavailability_state()[0] for panorama in panoramas]
    assert states == ["primary-active", "secondary-passive"]


def test_through_a_panorama(rig: t.Callable[..., Rig], new_address: t.Callable[[], str]) -> None:
    """Each command goes to one firewall (documented: the way to upgrade an HA pair)."""
    rigged = rig(serial="BEHIND-UPDATES")
    address = rigged.simulator.add_device(
        new_address(), kind="panorama", manages=["BEHIND-UPDATES"], version="11.2.4", admins=ADMINS
    )
    panorama = panos.panorama.Panorama(address, "admin", PASSWORD, port=rigged.simulator.port, timeout=20)
    firewall = panos.firewall.Firewall(serial="BEHIND-UPDATES")
    panorama.add(firewall)
    firewall.software.check()
    assert firewall.version == "11.1.6"
    assert firewall.software.download("11.1.10", sync_to_peer=False, sync=True)["success"] is True
    assert rigged.kinds() == [("software-download", "software 11.1.10")]
    assert rigged.simulator.ledger(address)["submissions"] == []
