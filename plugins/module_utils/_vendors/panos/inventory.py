# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The devices that Panorama manages, as far as a push is concerned: who is connected, and who has what it would get.

Sources: the commands and the elements are read in several clients' sources, the words "In Sync" and "Out of Sync" too.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._jobs.errors import JobMissing, Refused
from ..._transport import xml
from ..._transport.xml import node

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._transport.xml import Element
    from .client import PanosClient

_POLICY, _TEMPLATE = "shared-policy-status", "template-status"
_IN_SYNC = {"in sync": True, "out of sync": False}


@dataclasses.dataclass(frozen=True)
class ManagedDevice:
    """A firewall of a device group, template or template stack; *connected* and *in_sync* are None where unknown."""

    serial: str
    name: str = ""
    connected: bool | None = None
    in_sync: bool | None = None

    def __str__(self) -> str:
        text = f"{self.name} ({self.serial})" if self.name else self.serial
        return f"{text}, not connected" if self.connected is False else text


def in_device_group(client: PanosClient, name: str, *, with_template: bool) -> list[ManagedDevice] | None:
    """Return the firewalls directly in the device group *name*, None where Panorama does not tell.

    *with_template*: they are in sync only if they also have what their template stack holds.
    Raises NoAnswer, Denied.
    """
    devices = _members(client, "devicegroups", name, _POLICY)
    if devices is None or not with_template:
        return devices
    stacks = _ask(client, node("show", node("template-stack")))
    templates = {} if stacks is None else _in_sync_by_serial(stacks, "./result/template-stack/entry/devices/entry")
    return [
        dataclasses.replace(device, in_sync=_both(device.in_sync, templates.get(device.serial))) for device in devices
    ]


def in_template(client: PanosClient, name: str) -> list[ManagedDevice] | None:
    """Return the firewalls that use the template *name*, None where Panorama does not tell. Raises NoAnswer, Denied."""
    return _members(client, "templates", name, _TEMPLATE)


def in_template_stack(client: PanosClient, name: str) -> list[ManagedDevice] | None:
    """Return the firewalls of the stack *name*, None where Panorama does not tell. Raises NoAnswer, Denied."""
    return _members(client, "template-stack", name, _TEMPLATE)


def _members(client: PanosClient, kind: str, name: str, status: str) -> list[ManagedDevice] | None:
    root = _ask(client, node("show", node(kind, node("name", name))))
    if root is None:
        return None
    for group in root.iterfind(f"./result/{kind}/entry"):
        if group.get("name") == name:
            return [_device(entry, status) for entry in group.iterfind("./devices/entry")]
    return None


def _ask(client: PanosClient, command: Element) -> Element | None:
    try:
        return client.op(command).root
    except (Refused, JobMissing):
        return None


def _device(entry: Element, status: str) -> ManagedDevice:
    return ManagedDevice(
        serial=_serial(entry),
        name=xml.text_of(entry, "hostname"),
        connected={"yes": True, "no": False}.get(xml.text_of(entry, "connected").lower()),
        in_sync=_in_sync(entry, status),
    )


def _serial(entry: Element) -> str:
    return xml.text_of(entry, "serial") or entry.get("name", "")


def _in_sync(entry: Element, status: str) -> bool | None:
    """Return whether all of the device is in sync: each virtual system may have a status of its own."""
    found = [xml.text_of(part, status).lower() for part in (entry, *entry.iterfind("./vsys/entry"))]
    known = [_IN_SYNC.get(word) for word in found if word]
    return None if not known else _all(known)


def _in_sync_by_serial(root: Element, path: str) -> Mapping[str, bool | None]:
    return {_serial(entry): _in_sync(entry, _TEMPLATE) for entry in root.iterfind(path)}


def _both(one: bool | None, other: bool | None) -> bool | None:
    return _all([one, other])


def _all(parts: list[bool | None]) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True
