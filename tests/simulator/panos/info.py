# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show system info`` and ``show clock``.

Recorded: the fields, their order, the line end after the time (PaloAltoNetworks/pan-os-upgrade-assurance @65489b7,
tests/test_firewall_proxy.py, test_get_device_software_version and test_get_mp_clock); a Panorama has fewer versions.
"""

from __future__ import annotations

import typing as t

from ..system import Reply
from .op import Command, command, plain
from .updates import FAMILIES, clock_text, stamp
from .xml import element, success

if t.TYPE_CHECKING:
    from .device import PanosDevice


def versions(device: PanosDevice) -> dict[str, str]:
    """Version and release date per kind of content; ``0`` or ``unknown`` for what is not there."""
    fields: dict[str, str] = {}
    for family in FAMILIES.values():
        firewall_only = family.name.startswith("global-protect")
        if firewall_only and device.kind == "panorama":
            continue
        shelf = device.updates.shelves[family.name]
        package = shelf.seen.get(shelf.current)
        datafile = family.field == "global-protect-datafile-version"
        released = "unknown" if datafile else ""
        if package is not None:
            released = stamp(device, package.released, zone=not datafile)
        fields[family.field] = shelf.current or ("unknown" if datafile else "0")
        fields[family.field.replace("version", "release-date")] = released
    return fields


def system_info(device: PanosDevice) -> str:
    settings = device.settings
    firewall = device.kind == "firewall"
    days, rest = divmod(int(device.now() - device.boot.began), 86400)
    content = versions(device)
    shelf = device.updates.shelves["content"]
    fields = {
        "hostname": settings.hostname,
        "ip-address": device.address,
        "public-ip-address": "unknown",
        "netmask": "255.0.0.0",
        "default-gateway": "127.0.0.1",
        "is-dhcp": "no",
        "time": f"{clock_text(device, zone=False)}\n",
        "uptime": f"{days} days, {rest // 3600}:{rest % 3600 // 60:02}:{rest % 60:02}",
        "devicename": settings.hostname,
        "family": "vm" if firewall else "m",
        "model": settings.model if firewall else "Panorama",
        "serial": settings.serial,
        "cloud-mode": "non-cloud",
        "sw-version": settings.version,
        "app-version": content.pop("app-version"),
        "app-release-date": content.pop("app-release-date"),
        "av-version": content.pop("av-version"),
        "av-release-date": content.pop("av-release-date"),
    }
    if firewall:
        threats = device.updates.threats or shelf.current
        package = shelf.seen.get(threats)
        fields["threat-version"] = threats or "0"
        fields["threat-release-date"] = stamp(device, package.released, zone=True) if package else ""
    fields |= content
    fields |= {
        "platform-family": "vm" if firewall else "m",
        "multi-vsys": "on" if settings.multi_vsys else "off",
        "operational-mode": "normal",
    }
    if not firewall:
        fields["system-mode"] = "panorama"
    return "<system>" + "".join(element(name, value) for name, value in fields.items()) + "</system>"


@command("show system info")
def show_system_info(command: Command) -> Reply:
    plain(command)
    return success(system_info(command.device))


@command("show clock")
def show_clock(command: Command) -> Reply:
    plain(command)
    return success(f"{clock_text(command.device, zone=True)}\n")
