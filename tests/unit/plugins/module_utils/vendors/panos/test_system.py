# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import locale

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import system
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.updates import read_packages

INFO = "<show><system><info>"
UNKNOWN = '<response status="error" code="17"><msg><line>show -> chassis-ready is unexpected</line></msg></response>'


def test_the_recorded_system_information(client, device, recorded) -> None:
    device.on(INFO, recorded("assurance_system_info.xml"))
    info = system.read_system_info(client)
    assert (info.software, info.model) == ("9.1.12-h3", "PA-7050")
    assert info.time == datetime.datetime(2023, 12, 3, 18, 27, 29)
    assert info.uptime == 179 * 86400 + 5 * 3600 + 7 * 60 + 34
    assert info.booted == datetime.datetime(2023, 6, 7, 13, 19, 55)
    assert info.versions["app-version"] == "8709-8047"
    assert info.versions["global-protect-clientless-vpn-version"] == "97-245"


def test_a_device_that_does_not_know_its_version_yet(client, device) -> None:
    device.on(
        INFO, '<response status="success"><result><system><uptime>0 days, 0:00:20</uptime></system></result></response>'
    )
    with pytest.raises(errors.NoAnswer, match="which version it runs"):
        system.read_system_info(client)


def test_a_device_that_cannot_tell(client, device) -> None:
    """Trap 24: whatever it complains of, it is no verdict."""
    device.on(INFO, '<response status="error"><msg><line>Something is amiss</line></msg></response>')
    with pytest.raises(errors.NoAnswer, match="Something is amiss"):
        system.read_system_info(client)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0 days, 0:00:26", 26), ("1 day, 1:00:00", 90000), ("0:01:00", 60), ("", None), ("2d23h53m", None)],
)
def test_uptimes(text: str, seconds: float | None) -> None:
    assert system.read_uptime(text) == seconds


@pytest.mark.parametrize("text", ["", "unknown", "Sun Dez  3 18:27:29 2023", "Mon Feb 31 10:00:00 2026"])
def test_what_is_no_clock(text: str) -> None:
    assert system.read_clock(text) is None


@pytest.mark.parametrize("text", ["Sun Dec  3 18:27:29 PST 2023", "2023/12/03 18:27:29 PST", "2023/12/03 18:27:29"])
def test_other_forms_of_a_clock(text: str) -> None:
    """Without them the age of a package and the moment of a boot could not be told."""
    assert system.read_clock(text) == datetime.datetime(2023, 12, 3, 18, 27, 29)


def test_the_clock_is_read_in_any_language_of_the_controller() -> None:
    before = locale.setlocale(locale.LC_TIME)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            continue
        assert system.read_clock("Thu Dec  4 08:00:01 2025\n") == datetime.datetime(2025, 12, 4, 8, 0, 1)
    locale.setlocale(locale.LC_TIME, before)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023/04/17 19:02:31 PDT", datetime.datetime(2023, 4, 17, 19, 2, 31)),
        ("2016/02/09  15:26:53", datetime.datetime(2016, 2, 9, 15, 26, 53)),
        ("unknown", None),
        ("", None),
        ("2023/13/01 00:00:00", None),
    ],
)
def test_release_times(text: str, moment: datetime.datetime | None) -> None:
    assert system.read_release_time(text) == moment


def test_the_recorded_ha_state_of_a_panorama(client, device, recorded) -> None:
    device.on("<high-availability>", recorded("pan_os_upgrade_panorama_ha_state.xml"))
    assert system.read_ha(client) == {
        "enabled": True,
        "mode": None,
        "state": "primary-active",
        "peer_state": "secondary-passive",
        "running_sync": "synchronized",
    }


def test_the_ha_state_of_a_firewall(client, device) -> None:
    device.on(
        "<high-availability>",
        '<response status="success"><result><enabled>yes</enabled><group><mode>Active-Passive</mode><local-info>'
        "<mode>Active-Passive</mode><state>passive</state></local-info><peer-info><state>active</state></peer-info>"
        "<running-sync>synchronized</running-sync></group></result></response>",
    )
    assert system.read_ha(client) == {
        "enabled": True,
        "mode": "Active-Passive",
        "state": "passive",
        "peer_state": "active",
        "running_sync": "synchronized",
    }


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        ('<response status="success"><result><enabled>no</enabled></result></response>', False),
        (UNKNOWN, None),
        ("", None),
    ],
)
def test_no_ha(client, device, answer: str, enabled: bool | None) -> None:
    device.on("<high-availability>", answer)
    found = system.read_ha(client)
    assert found.pop("enabled") is enabled
    assert set(found.values()) == {None}


@pytest.mark.parametrize(("word", "ready"), [("yes", True), ("no", False), ("\n yes \n", True), ("", None)])
def test_chassis_ready(client, device, word: str, ready: bool | None) -> None:
    device.on("chassis-ready", f'<response status="success"><result>{word}</result></response>')
    assert system.chassis_ready(client) is ready


def test_no_such_command(client, device) -> None:
    device.on("chassis-ready", UNKNOWN)
    assert system.chassis_ready(client) is None


def test_the_recorded_lists(recorded) -> None:
    content = read_packages(xml.parse(recorded("assurance_content_check.xml")))
    assert [(each.version, each.filename) for each in content] == [
        ("8696-7977", "panupv2-all-contents-8696-7977"),
        ("8698-7988", "panupv2-all-contents-8698-7988"),
    ]
    assert content[0].released == datetime.datetime(2023, 4, 11, 13, 8, 12)
    assert [content[0].downloaded, content[0].current, content[0].previous] == [False, False, False]
    software = read_packages(xml.parse(recorded("assurance_software_check.xml")))
    assert [each.version for each in software] == ["11.0.1", "11.0.0"]


@pytest.mark.parametrize("inner", ["<content-updates/>", "", "<sw-updates><msg/><versions/></sw-updates>", "text"])
def test_lists_without_entries(inner: str) -> None:
    """Trap 46 and 47: nothing, or white space."""
    assert read_packages(xml.parse(f'<response status="success"><result>{inner}\n</result></response>'.encode())) == []


def test_one_entry_and_half_a_download() -> None:
    """Trap 46, and a word between yes and no that pan-os-upgrade knows."""
    found = read_packages(
        xml.parse(
            b'<response status="success"><result><global-protect-gateway><entry><version>1684375262</version>'
            b"<downloaded>downloading</downloaded><current>no</current></entry></global-protect-gateway></result></response>"
        )
    )
    assert [(each.version, each.downloaded) for each in found] == [("1684375262", False)]
