# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Panorama manages, and what of its running configuration each device has not got yet.

The answers of ``show devicegroups``, ``show template-stack`` and ``show devices all`` follow recordings in
demisto/content, Packs/PAN-OS/Integrations/Panorama/test_data (demisto_show_devicegroups.xml,
demisto_show_template_stack.xml, demisto_show_devices_all.xml). ``show templates`` is as a client reads it:
``templates/entry/devices/entry/template-status``. That a multi-vsys device has its ``shared-policy-status`` per vsys
is pan-os-python's reading (``Panorama.refresh_devices``). The rest is marked.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t
from xml.sax.saxutils import escape, quoteattr

from ..system import Reply, SpecError
from .config import Change, make, steps_of
from .jobs import wall
from .op import Command, command, plain
from .xml import element, only, success, unexpected

if t.TYPE_CHECKING:
    from .device import PanosDevice

GROUP_FIELDS = {"parent", "devices", "prisma"}
STACK_FIELDS = {"templates", "devices"}
DEVICE_FIELDS = {"hostname", "connected", "multi_vsys", "model", "version", "address"}
ROOT = "/config/devices/entry[@name='localhost.localdomain']"


@dataclasses.dataclass
class InventorySettings:
    """What a test can say of the devices that a Panorama manages; README.md explains it."""

    device_groups: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    templates: list[str] = dataclasses.field(default_factory=list)
    template_stacks: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    managed_devices: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    collector_groups: list[str] = dataclasses.field(default_factory=list)
    wildfire_appliances: list[str] = dataclasses.field(default_factory=list)
    wildfire_clusters: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    sync_in_devices: bool = False


def check_inventory(settings: InventorySettings) -> None:
    """Raises SpecError for what does not fit together."""
    for title, entries, known in (
        ("device_groups", settings.device_groups, GROUP_FIELDS),
        ("template_stacks", settings.template_stacks, STACK_FIELDS),
        ("managed_devices", settings.managed_devices, DEVICE_FIELDS),
    ):
        for name, entry in entries.items():
            if not isinstance(entry, dict) or set(entry) - known:
                raise SpecError(f"'{title}.{name}' is an object with the fields {', '.join(sorted(known))}")
    for name in settings.device_groups:
        seen = [name]
        while parent := settings.device_groups[seen[-1]].get("parent", ""):
            if parent not in settings.device_groups or parent in seen:
                raise SpecError(f"'device_groups.{seen[-1]}.parent': there is no such group, or it is below this one")
            seen.append(parent)
    once(
        [(serial, vsys) for group in settings.device_groups.values() for serial, vsys in pairs(group)], "device_groups"
    )
    once([(serial, "") for stack in settings.template_stacks.values() for serial, _vsys in pairs(stack)], "stacks")


def once(members: t.Sequence[tuple[str, str]], title: str) -> None:
    """A device, or a vsys of it, is in one device group and in one template stack only."""
    if len(set(members)) != len(members):
        raise SpecError(f"'{title}': a device is in two of them")


def members_of(entry: t.Mapping[str, t.Any]) -> dict[str, list[str]]:
    """Serial to the vsys that belong to it; ``devices`` is a list of serials or that mapping itself."""
    devices = entry.get("devices", [])
    return {serial: list(devices[serial]) if isinstance(devices, dict) else [] for serial in devices}


def pairs(entry: t.Mapping[str, t.Any]) -> list[tuple[str, str]]:
    return [(serial, vsys) for serial, names in members_of(entry).items() for vsys in names or [""]]


class Item(t.NamedTuple):
    """One committed change that a device has not got; ``part`` is the template it belongs to."""

    id: str
    owner: str
    part: str = ""


class Place(t.NamedTuple):
    """Where a device gets configuration from: a device group, a template stack, a WildFire appliance or cluster."""

    kind: str
    name: str
    serial: str


class Outcome(t.NamedTuple):
    """How the last push, or validation, ended at a place."""

    state: str
    time: float


class UnderWay(t.Protocol):
    """A push whose devices are not all done."""

    def settle(self, now: float) -> bool:
        """Bring it up to date; return whether it is over."""


@dataclasses.dataclass
class Fleet:
    """All devices of the simulator: how a Panorama finds its firewalls, and a firewall its Panorama."""

    by_serial: dict[str, PanosDevice] = dataclasses.field(default_factory=dict)
    by_address: dict[str, PanosDevice] = dataclasses.field(default_factory=dict)
    panoramas: list[PanosDevice] = dataclasses.field(default_factory=list)

    def find(self, name: str) -> PanosDevice | None:
        """The device with that address or serial number."""
        return self.by_address.get(name) or self.by_serial.get(name)


class Inventory:
    """The managed devices of one Panorama. The settings are read when asked: they can change at any time."""

    def __init__(self, device: PanosDevice) -> None:
        self._device = device
        self._missing: dict[Place, list[Item]] = {}
        self._revision: dict[tuple[str, str], int] = {}
        self._declared = 0
        self.pushed: dict[Place, Outcome] = {}
        self.validated: dict[Place, Outcome] = {}
        self.under_way: list[UnderWay] = []

    @property
    def settings(self) -> InventorySettings:
        return self._device.settings

    def settle(self, now: float) -> None:
        self.under_way = [push for push in self.under_way if not push.settle(now)]

    # Who is where

    def templates(self) -> list[str]:
        """Named ones, then those that only a stack names."""
        used = [name for stack in self.settings.template_stacks.values() for name in stack.get("templates", [])]
        return list(dict.fromkeys([*self.settings.templates, *used]))

    def group(self, name: str) -> dict[str, list[str]]:
        """The firewalls directly in the group: those of its child groups are not in it (documented)."""
        return members_of(self.settings.device_groups[name])

    def stack(self, name: str) -> dict[str, list[str]]:
        return members_of(self.settings.template_stacks[name])

    def stacks_with(self, template: str) -> list[str]:
        stacks = self.settings.template_stacks
        return [name for name in stacks if template in stacks[name].get("templates", [])]

    def stack_of(self, serial: str) -> str:
        return next((name for name in self.settings.template_stacks if serial in self.stack(name)), "")

    def cluster(self, name: str) -> list[str]:
        return [str(one) for one in self.settings.wildfire_clusters[name]]

    def serials(self) -> list[str]:
        """Of all firewalls that are known here."""
        found = [*self.settings.managed_devices, *self._device.settings.manages]
        for name in self.settings.device_groups:
            found += self.group(name)
        for name in self.settings.template_stacks:
            found += self.stack(name)
        return list(dict.fromkeys(found))

    def firewall(self, serial: str) -> PanosDevice | None:
        """The simulated firewall with that serial, if there is one."""
        found = self._device.fleet.by_serial.get(serial)
        return found if found is not None and found.kind == "firewall" else None

    def connected(self, serial: str) -> bool:
        """As the settings say; else a simulated firewall that is booting is not, and everything else is."""
        said = self.settings.managed_devices.get(serial, {}).get("connected")
        if said is not None:
            return bool(said)
        firewall = self.firewall(serial)
        return firewall is None or not firewall.booting()

    def facts(self, serial: str) -> dict[str, t.Any]:
        """hostname, multi_vsys, model, version, address: as the settings say, else of the simulated firewall."""
        firewall = self.firewall(serial)
        found: dict[str, t.Any] = {
            "hostname": f"fw-{serial}",
            "multi_vsys": any(self.group(name).get(serial) for name in self.settings.device_groups),
            "model": "PA-VM",
            "version": self._device.settings.version,
            "address": "unknown",
        }
        if firewall is not None:
            own = firewall.settings
            found.update(hostname=own.hostname, model=own.model, version=own.version, address=firewall.address)
            found["multi_vsys"] = found["multi_vsys"] or own.multi_vsys
        return {**found, **self.settings.managed_devices.get(serial, {})}

    def places(self, kind: str, name: str) -> list[Place]:
        members: t.Iterable[str] = [name]
        if kind == "device-group":
            members = self.group(name)
        elif kind == "template-stack":
            members = self.stack(name)
        elif kind == "wildfire-appliance-cluster":
            members = self.cluster(name)
        return [Place(kind, name, serial) for serial in members]

    # What is missing where

    def missing(self, place: Place) -> list[Item]:
        return list(self._missing.get(place, []))

    def in_sync(self, place: Place) -> bool:
        return not self._missing.get(place)

    def received(self, place: Place, items: t.Collection[Item]) -> None:
        self._missing[place] = [item for item in self.missing(place) if item not in items]

    def committed(self, changes: t.Iterable[Change]) -> None:
        """A commit on Panorama makes the devices out of sync that its changes concern.

        A change in a device group concerns the groups below it too, one in ``/config/shared`` all of them (documented:
        device group hierarchy); one in a template all stacks with it. Where it belongs is read off its xpath.
        """
        for change in changes:
            concerned = self._concerned(*change.location)
            if change.location[0] == "shared" and change.xpath.startswith("/config/shared"):
                concerned = [("device-group", group, "") for group in self.settings.device_groups]
            for kind, name, part in concerned:
                self._add(kind, name, Item(change.id, change.owner, part))

    def declare(self, kind: str, name: str, owner: str, serials: t.Collection[str] | None) -> list[str]:
        """Makes devices out of sync without a commit; returns the id of the change that stands for it."""
        self._declared += 1
        change = f"s{self._declared}"
        added = [
            self._add(place, of, Item(change, owner, part), serials) for place, of, part in self._concerned(kind, name)
        ]
        return [change] if any(added) else []

    def sources(self) -> list[tuple[str, str]]:
        """Kind and name of everything that configuration can come from."""
        settings = self.settings
        return [
            *(("device-group", name) for name in settings.device_groups),
            *(("template", name) for name in self.templates()),
            *(("template-stack", name) for name in settings.template_stacks),
            *(("wildfire-appliance", name) for name in settings.wildfire_appliances),
            *(("wildfire-appliance-cluster", name) for name in settings.wildfire_clusters),
        ]

    def _add(self, kind: str, name: str, item: Item, serials: t.Collection[str] | None = None) -> bool:
        places = [place for place in self.places(kind, name) if serials is None or place.serial in serials]
        for place in places:
            self._missing.setdefault(place, []).append(item)
        self._revision[kind, name] = self._revision.get((kind, name), 0) + 1
        return bool(places)

    def _concerned(self, kind: str, name: str) -> list[tuple[str, str, str]]:
        """Kind and name of the places that a change there concerns, and the part of it that it is."""
        if (kind, name) not in self.sources():
            return []
        if kind == "device-group":
            return [(kind, group, "") for group in self._family(name)]
        if kind == "template":
            return [("template-stack", stack, name) for stack in self.stacks_with(name)]
        return [(kind, name, "")]

    def _family(self, name: str) -> list[str]:
        """The group and all below it."""
        groups = self.settings.device_groups
        children = [child for child in groups if groups[child].get("parent") == name]
        return [name, *(one for child in children for one in self._family(child))]

    def checksum(self, kind: str, name: str, serial: str = "") -> str:
        """Of Panorama's side, and the same of a device that is in sync. The value has no meaning."""
        text = f"{kind} {name} {self._revision.get((kind, name), 0)}"
        if serial and not self.in_sync(Place(kind, name, serial)):
            text += f" before, on {serial}"
        return hashlib.md5(text.encode()).hexdigest()

    def describe(self) -> list[dict[str, t.Any]]:
        """For the control API: every place with its sync state and the changes that are missing there."""
        return [
            {
                **place._asdict(),
                "in_sync": self.in_sync(place),
                "missing": [item.id for item in self.missing(place)],
                "last_push": self.pushed[place].state if place in self.pushed else None,
                "last_validation": self.validated[place].state if place in self.validated else None,
            }
            for kind, name in self.sources()
            if kind != "template"
            for place in self.places(kind, name)
        ]

    def write(self) -> None:
        """Puts groups, templates and stacks into the running configuration, where clients look for their members."""
        templates: dict[str, dict[str, t.Any]] = {name: {} for name in self.templates()}
        for kind, entries in (
            ("device-group", self.settings.device_groups),
            ("template", templates),
            ("template-stack", self.settings.template_stacks),
        ):
            for name, entry in entries.items():
                path = f"{ROOT}/{kind}/entry[@name='{name}']"
                node = make(self._device.configuration.running(), steps_of(path))
                for child in [one for one in node if one.tag == "devices"]:
                    node.remove(child)
                for template in entry.get("templates", []):
                    make(
                        self._device.configuration.running(), steps_of(f"{path}/templates/member[text()='{template}']")
                    )
                for serial, vsys in members_of(entry).items():
                    member = f"{path}/devices/entry[@name='{serial}']"
                    for end in [f"/vsys/entry[@name='{one}']" for one in vsys] or [""]:
                        make(self._device.configuration.running(), steps_of(member + end))


class InventoryActions:
    """What a test may do to a Panorama's devices."""

    kind: str
    inventory: Inventory

    def _act_out_of_sync(
        self,
        *,
        device_group: str | None = None,
        template: str | None = None,
        template_stack: str | None = None,
        serials: t.Sequence[str] | None = None,
        owner: str = "admin",
    ) -> dict[str, t.Any]:
        """As if ``owner`` had committed a change there; without a name one in every part of what is managed."""
        if self.kind != "panorama":
            raise SpecError("only a Panorama has devices")
        named = {"device-group": device_group, "template": template, "template-stack": template_stack}
        wanted = [(kind, name) for kind, name in named.items() if name is not None]
        declared = [
            change
            for kind, name in wanted or self.inventory.sources()
            for change in self.inventory.declare(kind, name, owner, serials)
        ]
        if not declared:
            raise SpecError("there is no such device group, template, template stack or device")
        return {"changes": declared}


# What clients ask


@command("show devicegroups")
def device_groups(cmd: Command) -> Reply:
    """Recorded; a group without devices has no ``devices`` element. An unknown name gives no entry (assumed)."""
    inventory, wanted = asked(cmd)
    entries = ""
    for name in inventory.settings.device_groups:
        if wanted not in (None, name):
            continue
        rows = "".join(group_entry(cmd.device, name, serial, vsys) for serial, vsys in inventory.group(name).items())
        checksum = element("shared-policy-md5sum", inventory.checksum("device-group", name))
        entries += f"<entry name={quoteattr(name)}>{checksum}{f'<devices>{rows}</devices>' if rows else ''}</entry>"
    return success(f"<devicegroups>{entries}</devicegroups>")


@command("show template-stack")
def template_stacks(cmd: Command) -> Reply:
    """Recorded; an unknown name gives no entry (assumed)."""
    inventory, wanted = asked(cmd)
    entries = ""
    for name, stack in inventory.settings.template_stacks.items():
        if wanted not in (None, name):
            continue
        used = "".join(element("member", template) for template in stack.get("templates", []))
        rows = "".join(stack_entry(cmd.device, name, serial) for serial in inventory.stack(name))
        devices = f"<devices>{rows}</devices>" if rows else ""
        entries += f"<entry name={quoteattr(name)}><templates>{used}</templates>{devices}</entry>"
    return success(f"<template-stack>{entries}</template-stack>")


@command("show templates")
def templates(cmd: Command) -> Reply:
    """A template shows the devices of the stacks that use it (assumed, and that their state is the stack's)."""
    inventory, wanted = asked(cmd)
    entries = ""
    for name in inventory.templates():
        if wanted not in (None, name):
            continue
        rows = "".join(
            stack_entry(cmd.device, stack, serial)
            for stack in inventory.stacks_with(name)
            for serial in inventory.stack(stack)
        )
        entries += f"<entry name={quoteattr(name)}>{f'<devices>{rows}</devices>' if rows else ''}</entry>"
    return success(f"<templates>{entries}</templates>")


@command("show devices all", "show devices connected")
def devices(cmd: Command) -> Reply:
    """Recorded: the sync state is empty here, per vsys. With ``sync_in_devices`` it is filled (assumed)."""
    panorama_only(cmd)
    plain(cmd)
    inventory = cmd.device.inventory
    serials = [one for one in inventory.serials() if cmd.path[-1] == "all" or inventory.connected(one)]
    return success(f"<devices>{''.join(plain_entry(cmd.device, serial) for serial in serials)}</devices>")


def panorama_only(cmd: Command) -> None:
    if cmd.device.kind != "panorama":
        raise unexpected(cmd.path[:-1], cmd.path[-1])


def asked(cmd: Command) -> tuple[Inventory, str | None]:
    """The inventory, and the name that the command restricts itself to."""
    panorama_only(cmd)
    only(cmd.node, {"name"}, cmd.path)
    name = cmd.node.findtext("name")
    return cmd.device.inventory, None if name is None else name.strip()


def sync_word(in_sync: bool) -> str:
    return "In Sync" if in_sync else "Out of Sync"


def group_entry(device: PanosDevice, name: str, serial: str, vsys: t.Sequence[str]) -> str:
    place = Place("device-group", name, serial)
    state = sync_word(device.inventory.in_sync(place))
    checksum = device.inventory.checksum(*place)
    fields = history(device, place, "sp")
    if vsys:
        rows = "".join(vsys_entry(one, state, checksum) for one in vsys)
        return entry(device, serial, fields, {"vsys": rows})
    fields.update({"shared-policy-status": state, "shared-policy-md5sum": checksum, "shared-policy-version": ""})
    return entry(device, serial, fields, {"vsys": ""})


def stack_entry(device: PanosDevice, name: str, serial: str) -> str:
    place = Place("template-stack", name, serial)
    state, checksum = sync_word(device.inventory.in_sync(place)), device.inventory.checksum(*place)
    fields = history(device, place, "tpl")
    fields.update({"template-status": state, "template-md5sum": checksum})
    fields.update({"template-no-content-preview-status": state, "template-no-content-preview-md5sum": checksum})
    return entry(device, serial, {**fields, "template-version": ""}, {})


def plain_entry(device: PanosDevice, serial: str) -> str:
    inventory = device.inventory
    shown = inventory.settings.sync_in_devices
    rows, fields = "", {}
    for group in inventory.settings.device_groups:
        if serial in inventory.group(group):
            place = Place("device-group", group, serial)
            state = sync_word(inventory.in_sync(place)) if shown else ""
            names = inventory.group(group)[serial] or ["vsys1"]
            rows += "".join(vsys_entry(one, state, inventory.checksum(*place)) for one in names)
    stack = inventory.stack_of(serial)
    if shown and stack:
        fields["template-status"] = sync_word(inventory.in_sync(Place("template-stack", stack, serial)))
    return entry(device, serial, fields, {"vsys": rows or vsys_entry("vsys1", "", "")}, ha=True)


def vsys_entry(name: str, state: str, checksum: str) -> str:
    fields = {"shared-policy-status": state, "shared-policy-md5sum": checksum, "shared-policy-version": ""}
    body = element("display-name", name) + "".join(element(field, value) for field, value in fields.items())
    return f"<entry name={quoteattr(name)}>{body}</entry>"


def history(device: PanosDevice, place: Place, suffix: str) -> dict[str, str]:
    """The last push and the last validation, ``none`` before the first (recorded for the validation)."""
    skew = device.settings.clock_skew
    pushed, validated = device.inventory.pushed.get(place), device.inventory.validated.get(place)
    return {
        f"last-commit-all-state-{suffix}": pushed.state if pushed else "none",
        f"last-validate-all-state-{suffix}": validated.state if validated else "none",
        f"last-commit-all-upd-{suffix}": wall(pushed.time + skew) if pushed else "none",
        f"last-validate-all-upd-{suffix}": wall(validated.time + skew) if validated else "none",
    }


def entry(
    device: PanosDevice, serial: str, state: t.Mapping[str, str], vsys: t.Mapping[str, str], *, ha: bool = False
) -> str:
    """One device. ``state`` and ``vsys`` stand where the recordings have them; the order is theirs too."""
    inventory = device.inventory
    facts = inventory.facts(serial)
    connected = "yes" if inventory.connected(serial) else "no"
    head = {"serial": serial, "connected": connected, "unsupported-version": "no", "wildfire-rt": "no"}
    about = {
        "hostname": facts["hostname"],
        "ip-address": facts["address"],
        "ipv6-address": "unknown",
        "mac-addr": "",
        "uptime": "0 days, 0:21:17",
        "family": "vm",
        "model": facts["model"],
        "sw-version": facts["version"],
        **dict.fromkeys(("app-version", "av-version", "device-dictionary-version", "wildfire-version"), "0"),
        **{"threat-version": "0", "url-db": "paloaltonetworks", "url-filtering-version": "0000.00.00.000"},
        **{"logdb-version": facts["version"], "vpnclient-package-version": ""},
        **{"global-protect-client-package-version": "0.0.0", "prev-app-version": "0", "prev-av-version": "0"},
        **dict.fromkeys(("prev-threat-version", "prev-wildfire-version", "prev-device-dictionary-version"), "0"),
        **{"domain": "", "slot-count": "0", "type": "", "tag": "", "plugin_versions": ""},
    }
    rest = {
        **{"vpn-disable-mode": "no", "operational-mode": "normal"},
        **{"certificate-status": "", "certificate-subject-name": " ", "certificate-expiry": " "},
        **{"connected-at": " ", "custom-certificate-usage": " "},
        "multi-vsys": "yes" if facts["multi_vsys"] else "no",
    }
    end = {
        **{"last-masterkey-push-status": "Unknown", "last-masterkey-push-timestamp": "", "express-mode": "no"},
        **{"device-cert-present": "", "device-cert-expiry-date": "N/A"},
    }
    body = texts({**head, "deactivated": "no", **state, **about})
    body += "<ha><state>no</state></ha>" if ha else ""
    body += texts(rest) + "".join(f"<{name}>{rows}</{name}>" for name, rows in vsys.items()) + texts(end)
    return f"<entry name={quoteattr(serial)}>{body}</entry>"


def texts(fields: t.Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
