# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""type=commit&action=all: a Panorama pushes its running configuration to what it manages.

What a push asks for is as pan-os-python's PanoramaCommitAll and the vendor's documentation have it; the order of
siblings is not looked at (assumed: clients differ in it, and the command line knows none). The job is recorded:
demisto_push_submit.xml, demisto_push_ACT.xml, demisto_push_FIN.xml. It is over before its devices are: they show
``PEND`` and end each in its own time. What is not in those recordings is marked *assumed*.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from ..system import Reply, SpecError
from .commit import DESCRIPTION_LIMIT, nothing_to_do, refuse
from .inventory import Inventory, Item, Outcome, Place
from .jobs import Job, RecordStyle, Verdict, lines, wall
from .xml import ApiError, enqueued, members, parse, unexpected, unexpected_here

if t.TYPE_CHECKING:
    from .device import Admin, PanosDevice

PLAN_FIELDS = {"seconds", "result", "errors", "warnings", "disconnected"}
PUSH_FIELDS = {"seconds", "errors", "devices", "nobody"}
# A device shows this user for what a Panorama sent (read in a public test of a client; assumed to be what it says).
LOCAL_USER = "Panorama-push"
COMMON = {"description", "admin", "force-template-values", "merge-with-candidate-cfg"}
CHILDREN = {
    "shared-policy": COMMON | {"device-group", "include-template", "validate-only"},
    "template": COMMON | {"name", "device"},
    "template-stack": COMMON | {"name", "device"},
    "wildfire-appliance-config": {"description", "wildfire-appliance", "wildfire-appliance-cluster"},
    "log-collector-config": {"description", "log-collector-group"},
}


@dataclasses.dataclass
class PushSettings:
    """What a test can say of pushes; README.md explains it."""

    push_seconds: float = 2.0
    push_polls: int = 0
    push_device_seconds: float = 20.0
    push_device_polls: int = 0
    push_devices: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_pushes: list[t.Any] = dataclasses.field(default_factory=list)
    push_in_sync: str = "noop"
    push_noop_style: str = "line"
    push_record: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "push_in_sync": ("noop", "push"),
        "push_noop_style": ("no_changes", "line", "same", "same_without_code", "same_cut"),
    }


@dataclasses.dataclass(frozen=True)
class PushStyle:
    """The forms of a push's record. All are recorded but ``entries: part`` and ``validate_type`` (assumed)."""

    times: str = "time"
    details: str = "plain"
    sched: str = "missing"
    entries: str = "device"
    validate_type: str = "CommitAll"
    empty_looks: int = 0

    CHOICES: t.ClassVar[dict[str, tuple[str, ...]]] = {
        "times": ("time", "mixed"),
        "details": ("plain", "backslash_n", "empty"),
        "sched": ("missing", "None"),
        "entries": ("device", "part"),
        "validate_type": ("CommitAll", "ValidateAll"),
    }


def check_push(settings: PushSettings) -> None:
    """Raises SpecError."""
    known = {field.name for field in dataclasses.fields(PushStyle)}
    if set(settings.push_record) - known:
        raise SpecError(f"unknown fields of 'push_record': {', '.join(sorted(set(settings.push_record) - known))}")
    for name, value in settings.push_record.items():
        if name in PushStyle.CHOICES and value not in PushStyle.CHOICES[name]:
            raise SpecError(f"'push_record.{name}' is one of {', '.join(PushStyle.CHOICES[name])}")
    if not isinstance(settings.push_record.get("empty_looks", 0), int):
        raise SpecError("'push_record.empty_looks' is a number")
    for plan in settings.next_pushes:
        if not isinstance(plan, dict) or set(plan) - PUSH_FIELDS:
            raise SpecError(f"a plan in 'next_pushes' has the fields {', '.join(sorted(PUSH_FIELDS))}")
    for plans in (settings.push_devices, *(plan.get("devices", {}) for plan in settings.next_pushes)):
        for plan in plans.values():
            if not isinstance(plan, dict) or set(plan) - PLAN_FIELDS or plan.get("result", "OK") not in ("OK", "FAIL"):
                raise SpecError(f"the plan of a device has the fields {', '.join(sorted(PLAN_FIELDS))}")


# What is asked for


@dataclasses.dataclass(frozen=True)
class Demand:
    """What a commit-all asks for. ``serials``: name of the group to the devices it is restricted to."""

    kind: str
    names: tuple[str, ...]
    serials: t.Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    description: str = ""
    admins: frozenset[str] | None = None
    include_template: bool = False
    force_template_values: bool = False
    merge: bool = True
    validate_only: bool = False


def demand_of(device: PanosDevice, cmd: str) -> Demand:
    """Reads ``<commit-all>…</commit-all>``. Raises ApiError for anything a device would not know."""
    root = parse(cmd)
    if root.tag != "commit-all" or device.kind != "panorama":
        raise unexpected([], root.tag)
    if len(root) == 0:
        # Recorded: PaloAltoNetworks/pan-os-python#514, with both blanks.
        raise ApiError(" commit-all  is missing 'commit-all'", code="17")
    if len(root) > 1:
        raise unexpected_here(["commit-all"], root[1].tag)
    body = root[0]
    if body.tag not in CHILDREN:
        raise unexpected_here(["commit-all"], body.tag)
    path = ["commit-all", body.tag]
    found: dict[str, ET.Element] = {}
    for child in body:
        if child.tag not in CHILDREN[body.tag] or child.tag in found:
            raise unexpected_here(path, child.tag)
        found[child.tag] = child
    demand = target_of(device, found, path)
    return dataclasses.replace(
        demand,
        description=description_of(found.get("description"), path),
        admins=admins_of(device, demand, found.get("admin"), path),
        include_template=flag(found.get("include-template"), path, default=False),
        force_template_values=flag(found.get("force-template-values"), path, default=False),
        # Absent means yes (client: pan-python). That include-template is no when absent is assumed.
        merge=flag(found.get("merge-with-candidate-cfg"), path, default=True),
        validate_only=present(found.get("validate-only"), path),
    )


def target_of(device: PanosDevice, found: t.Mapping[str, ET.Element], path: list[str]) -> Demand:
    """What is pushed, and where to. Raises ApiError for a name or serial number that Panorama does not know."""
    settings, inventory = device.settings, device.inventory
    if path[-1] == "shared-policy":
        serials = groups_of(inventory, found.get("device-group"), path)
        return Demand("device-group", tuple(serials), serials)
    if path[-1] in ("template", "template-stack"):
        known: t.Collection[str] = inventory.templates() if path[-1] == "template" else settings.template_stacks
        name = name_of(found.get("name"), [*path, "name"], known)
        stacks = inventory.stacks_with(name) if path[-1] == "template" else [name]
        listed = found.get("device")
        named = [] if listed is None else members(listed, [*path, "device"])
        for serial in named:
            if not any(serial in inventory.stack(stack) for stack in stacks):
                # Assumed, after the recorded text for device groups.
                raise ApiError(f"Could not get template info for device {serial} in {path[-1]} {name}")
        return Demand(path[-1], (name,), {name: tuple(named)})
    places = {
        "wildfire-appliance": settings.wildfire_appliances,
        "wildfire-appliance-cluster": settings.wildfire_clusters,
        "log-collector-group": settings.collector_groups,
    }
    given = [kind for kind in places if kind in found]
    if len(given) != 1:
        raise ApiError(f" {' -> '.join(path)}  is missing '{path[-1]}'", code="17")
    return Demand(given[0], (name_of(found[given[0]], [*path, given[0]], places[given[0]]),))


def groups_of(inventory: Inventory, node: ET.Element | None, path: list[str]) -> dict[str, tuple[str, ...]]:
    """Name to the serials it is restricted to. Several groups in one push are documented (commit queues).

    That the name as a text, which pan-python sends and older releases took, is refused is assumed; so is that an empty
    ``devices`` restricts to nothing.
    """
    path = [*path, "device-group"]
    if node is None or len(node) == 0:
        # Recorded: PaloAltoNetworks/terraform-panos-ngfw-modules#9.
        raise ApiError(
            f" {' -> '.join(path)} ->  '' needs to be at least 1 character\n {' -> '.join(path)} is invalid", code="17"
        )
    found: dict[str, tuple[str, ...]] = {}
    for group in node:
        name = group.get("name", "")
        if group.tag != "entry" or name in found:
            raise unexpected_here(path, group.tag)
        if name not in inventory.settings.device_groups:
            raise bad_reference([*path, name], name)
        serials: list[str] = []
        for child in group:
            if child.tag != "devices":
                raise unexpected_here([*path, name], child.tag)
            for entry in child:
                if entry.tag != "entry" or len(entry):
                    raise unexpected_here([*path, name, "devices"], entry[0].tag if len(entry) else entry.tag)
                serials.append(entry.get("name", ""))
        for serial in serials:
            if serial not in inventory.group(name):
                # Recorded: PaloAltoNetworks/pan-os-ansible#246; the code is not known.
                raise ApiError(f"Could not get vsys info for device {serial} in dg {name}")
        found[name] = tuple(serials)
    return found


def name_of(node: ET.Element | None, path: list[str], known: t.Collection[str]) -> str:
    name = "" if node is None else (node.text or "").strip()
    if name not in known or (node is not None and len(node)):
        raise bad_reference(path, name)
    return name


def bad_reference(path: list[str], name: str) -> ApiError:
    """Assumed: the sentence that a configuration gives for a name that does not exist."""
    way = " -> ".join(path)
    return ApiError(f" {way} '{name}' is not a valid reference\n {way} is invalid", code="12")


def description_of(node: ET.Element | None, path: list[str]) -> str:
    text = "" if node is None else node.text or ""
    if len(text) > DESCRIPTION_LIMIT:
        raise ApiError(f"{' -> '.join(path)} -> description can be at most {DESCRIPTION_LIMIT} characters", code="12")
    return text


def admins_of(device: PanosDevice, demand: Demand, node: ET.Element | None, path: list[str]) -> frozenset[str] | None:
    """Refused before 10.2 (client: pan-os-python) and for a Prisma Access device group (pan-os-ansible#590)."""
    if node is None:
        return None
    groups = device.settings.device_groups
    prisma = demand.kind == "device-group" and any(groups[name].get("prisma") for name in demand.names)
    if prisma or release(device.settings.version) < (10, 2):
        raise unexpected_here(path, "admin")
    return frozenset(members(node, [*path, "admin"]))


def release(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def present(node: ET.Element | None, path: list[str]) -> bool:
    """An element that is there or not; it is documented empty."""
    if node is not None and (len(node) or (node.text or "").strip()):
        raise ApiError(f" {' -> '.join(path)} -> {node.tag} is invalid", code="12")
    return node is not None


def flag(node: ET.Element | None, path: list[str], *, default: bool) -> bool:
    if node is None:
        return default
    text = (node.text or "").strip()
    if text not in ("yes", "no") or len(node):
        raise ApiError(f" {' -> '.join(path)} -> {node.tag} '{text}' is not a valid reference", code="12")
    return text == "yes"


# What Panorama says to it


def push(device: PanosDevice, admin: Admin, cmd: str) -> Reply:
    """Every refusal and every acceptance is in the ledger."""
    demand: Demand | None = None
    try:
        if not admin.writes:
            raise ApiError("Type [commit] not authorized for user role.", code="403", http=403, style="result")
        demand = demand_of(device, cmd)
        # Whether locks and a full queue stop a push as they stop a commit is assumed.
        refuse(device, admin)
        return accept(device, admin, demand)
    except ApiError as exc:
        note(device, admin, demand, answer=exc.text)
        raise


def accept(device: PanosDevice, admin: Admin, demand: Demand) -> Reply:
    if demand.kind == "log-collector-group":
        # The text is a client's (pan-os-python); that such a push is always carried out is assumed.
        text = f"Generated config and committed to connected collectors in group {demand.names[0]}"
        note(device, admin, demand, accepted=True, answer=text)
        return Reply(
            body=f'<response status="success" code="19"><msg><line>{escape(text)}</line></msg></response>'.encode()
        )
    deliveries = deliveries_of(device, demand)
    items = [item for one in deliveries for items in one.wanted(device.inventory).values() for item in items]
    if deliveries and not items and in_sync_is_enough(device, demand):
        note(device, admin, demand, deliveries, answer="nothing to do")
        return nothing_to_do(device, admin, device.settings.push_noop_style)
    plan = device.settings.next_pushes.pop(0) if device.settings.next_pushes else {}
    job = start(device, admin, demand, deliveries, plan)
    changes = list(dict.fromkeys(item.id for item in items))
    note(device, admin, demand, deliveries, accepted=True, job=str(job.id), changes=changes)
    return enqueued("Push", job.id)


def in_sync_is_enough(device: PanosDevice, demand: Demand) -> bool:
    """Whether nothing is missing anywhere means nothing to do (assumed). A commit before it may bring something."""
    commits = any(job.type == "Commit" for job in device.engine.running())
    asked = demand.force_template_values or demand.validate_only
    return device.settings.push_in_sync == "noop" and not commits and not asked


def start(
    device: PanosDevice, admin: Admin, demand: Demand, deliveries: list[Delivery], plan: t.Mapping[str, t.Any]
) -> Job:
    style = PushStyle(**device.settings.push_record)
    reached = [] if plan.get("nobody") else deliveries
    for delivery in reached:
        standing = device.settings.push_devices
        own = plan.get("devices", {})
        for plans in (standing, own):
            delivery.plan.update(plans.get("*", {}))
            delivery.plan.update(plans.get(delivery.serial, {}))
    errors = list(plan.get("errors", []))
    return device.engine.add(
        style.validate_type if demand.validate_only else "CommitAll",
        user=admin.name,
        enqueued=device.now(),
        seconds=max(float(plan.get("seconds", device.settings.push_seconds)), 0.001),
        verdict=Verdict("FAIL" if errors else "OK", errors),
        description=demand.description,
        polls=device.settings.push_polls,
        sequel=Push(device, demand, style, reached),
    )


def note(
    device: PanosDevice,
    admin: Admin,
    demand: Demand | None,
    deliveries: t.Sequence[Delivery] = (),
    *,
    accepted: bool = False,
    job: str = "",
    changes: t.Sequence[str] = (),
    answer: str = "",
) -> None:
    details: dict[str, t.Any] = {}
    if demand is not None:
        details = {
            "to": demand.kind,
            "names": list(demand.names),
            "serials": [one.serial for one in deliveries],
            "validate_only": demand.validate_only,
            "include_template": demand.include_template,
            "force_template_values": demand.force_template_values,
            "merge": demand.merge,
            "admins": None if demand.admins is None else sorted(demand.admins),
        }
    device.world.ledger.submission(
        system="panos",
        device=device.address,
        admin=admin.name,
        kind="push",
        accepted=accepted,
        job=job,
        description="" if demand is None else demand.description,
        changes=changes,
        answer=answer,
        details=details,
    )


# What comes of it


class Row(t.NamedTuple):
    """One entry of the record: what of a device it is about."""

    vsys: str = ""
    group: str = ""
    stack: str = ""


@dataclasses.dataclass
class Delivery:
    """What one device gets. ``parts``: the places it belongs to, each with the template that is pushed, or all."""

    serial: str
    demand: Demand
    parts: dict[Place, str] = dataclasses.field(default_factory=dict)
    rows: list[Row] = dataclasses.field(default_factory=list)
    plan: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    verdict: Verdict = dataclasses.field(default_factory=Verdict)
    items: dict[Place, list[Item]] = dataclasses.field(default_factory=dict)
    started: float | None = None
    ends: float | None = None
    ended: float | None = None
    inventory: Inventory | None = None
    local: tuple[PanosDevice, Job] | None = None

    def wanted(self, inventory: Inventory) -> dict[Place, list[Item]]:
        """What is missing there and is in the scope of the push."""
        admins = self.demand.admins
        return {
            place: [
                item
                for item in inventory.missing(place)
                if template in ("", item.part) and (admins is None or item.owner in admins)
            ]
            for place, template in self.parts.items()
        }

    def start(self, panorama: PanosDevice, when: float) -> None:
        """Hands it over. A device that is not connected then stays as it is for ever (trap: it shows PEND)."""
        self.inventory = panorama.inventory
        self.items = self.wanted(panorama.inventory)
        self.started = when
        if self.plan.get("disconnected") or not panorama.inventory.connected(self.serial):
            return
        seconds = max(float(self.plan.get("seconds", panorama.settings.push_device_seconds)), 0.001)
        firewall = panorama.inventory.firewall(self.serial)
        self.verdict = verdict_of(self.plan, firewall)
        if firewall is None:
            self.ends = when + seconds
            return
        # The job's type and user on the device are assumed; that it takes the device's queue is documented.
        job = firewall.engine.add(
            "Validate" if self.demand.validate_only else "CommitAll",
            user=LOCAL_USER,
            enqueued=when,
            seconds=seconds,
            verdict=self.verdict,
            description=self.demand.description,
            sequel=self,
        )
        self.local = (firewall, job)
        if self.demand.merge and not self.demand.validate_only:
            for change in firewall.configuration.journal:
                if change.taken_by is None:
                    change.taken_by = job.id
                    job.changes.append(change.id)

    def settle(self, now: float) -> bool:
        """Brings it up to date; returns whether nothing more will come: it ended, or never will."""
        if self.local is not None:
            self.local[0].engine.settle(now)
        elif self.ended is None and self.ends is not None and self.ends <= now:
            self.end(self.ends)
        return self.ended is not None or not self.alive

    @property
    def alive(self) -> bool:
        """Whether the device is at it. One that was not connected is not, nor one that has forgotten its job."""
        if self.local is not None:
            return self.local[1] in self.local[0].engine.jobs
        return self.ends is not None

    def hurry(self, now: float) -> None:
        """Ends now what can end: a device of its own time, or the local job that runs."""
        if self.ended is not None:
            return
        if self.ends is not None:
            self.end(now)
        elif self.local is not None:
            firewall, job = self.local
            if job is firewall.engine.active:
                job.seconds = max(now - (job.started or now), 0.0)
                firewall.engine.settle(now)

    def end(self, when: float) -> None:
        self.ended = when
        if self.inventory is None:
            return
        outcome = Outcome(self.state, when)
        for place, items in self.items.items():
            if self.demand.validate_only:
                self.inventory.validated[place] = outcome
                continue
            self.inventory.pushed[place] = outcome
            if self.verdict.result == "OK":
                self.inventory.received(place, items)

    # As the sequel of the job on the device itself

    def finished(self, job: Job, when: float) -> None:
        if self.local is not None and job.type == "CommitAll":
            configuration = self.local[0].configuration
            if job.verdict.result == "OK":
                configuration.commit(job.id)
            else:
                configuration.release(job.id)
        self.end(when)

    def polled(self, now: float) -> None:
        """Nothing comes after it."""

    def tail(self, style: RecordStyle, now: float) -> dict[str, str | None]:
        """As the record of a commit (assumed)."""
        warnings = lines(self.verdict.warnings, style)
        return {"details": lines(self.verdict.details, style), "warnings": warnings}

    @property
    def state(self) -> str:
        """Recorded: the words of a push that is over. Those of a validation and of one under way are assumed."""
        if self.ended is None:
            return "in progress" if self.alive else "not connected"
        word = "validation" if self.demand.validate_only else "commit"
        if self.verdict.result != "OK":
            return f"{word} failed"
        return f"{word} succeeded with warnings" if self.verdict.warnings else f"{word} succeeded"


def verdict_of(plan: t.Mapping[str, t.Any], firewall: PanosDevice | None) -> Verdict:
    """How it ends on the device: as planned, else as the settings of a simulated firewall let a commit end.

    The lines of a failure are those of PaloAltoNetworks/pan-os-ansible#405, "Commit failed" last.
    """
    errors = plan.get("errors")
    if errors is None and "result" not in plan and firewall is not None:
        errors = [*firewall.settings.validation_errors, *firewall.settings.commit_errors]
    result = plan.get("result", "FAIL" if errors else "OK")
    warnings = list(plan.get("warnings", firewall.settings.warnings if firewall is not None else []))
    if result == "OK":
        return Verdict("OK", list(errors or ["Configuration committed successfully"]), warnings)
    return Verdict("FAIL", [*(errors or []), "Commit failed"], warnings)


def deliveries_of(device: PanosDevice, demand: Demand) -> list[Delivery]:
    """One per device, in the order of the inventory."""
    inventory = device.inventory
    by_part = PushStyle(**device.settings.push_record).entries == "part"
    found: dict[str, Delivery] = {}

    def add(place: Place, template: str, rows: list[Row]) -> None:
        delivery = found.setdefault(place.serial, Delivery(place.serial, demand))
        delivery.parts[place] = template
        delivery.rows += rows

    for name in demand.names:
        wanted = demand.serials.get(name) or None
        if demand.kind == "device-group":
            for serial, names in inventory.group(name).items():
                if wanted is None or serial in wanted:
                    vsys = names if by_part and names else [",".join(names)]
                    stack = inventory.stack_of(serial) if demand.include_template else ""
                    add(
                        Place("device-group", name, serial),
                        "",
                        [Row(one, name, "" if by_part else stack) for one in vsys],
                    )
                    if stack:
                        add(Place("template-stack", stack, serial), "", [Row(stack=stack)] if by_part else [])
        elif demand.kind in ("template", "template-stack"):
            template = name if demand.kind == "template" else ""
            for stack in inventory.stacks_with(name) if template else [name]:
                for serial in inventory.stack(stack):
                    if wanted is None or serial in wanted:
                        add(Place("template-stack", stack, serial), template, [Row(stack=template or stack)])
        else:
            for place in inventory.places(demand.kind, name):
                add(place, "", [Row()])
    return list(found.values())


@dataclasses.dataclass
class Push:
    """The sequel of a push's job: its devices."""

    device: PanosDevice
    demand: Demand
    style: PushStyle
    deliveries: list[Delivery]
    job: Job | None = None
    looks: int = 0

    def finished(self, job: Job, when: float) -> None:
        self.job = job
        if job.result != "OK":
            self.deliveries = []
            return
        for delivery in self.deliveries:
            delivery.start(self.device, when)
        self.device.inventory.under_way.append(self)

    def settle(self, now: float) -> bool:
        over = [delivery.settle(now) for delivery in self.deliveries]
        return all(over)

    def polled(self, now: float) -> None:
        self.looks += 1
        if self.device.settings.push_device_polls and self.looks >= self.device.settings.push_device_polls:
            for delivery in self.deliveries:
                delivery.hurry(now)

    def tail(self, style: RecordStyle, now: float) -> dict[str, str | None]:
        """Recorded: no details of the job itself. That a job which failed has some is assumed.

        ``tplname`` beside ``dgname``, and the words for other pushes than ``shared-policy``, are assumed.
        """
        kinds = {"device-group": "shared-policy", "template": "template", "template-stack": "template-stack"}
        names = escape(",".join(self.demand.names))
        failed = self.job is not None and self.job.result != "OK"
        details = lines(self.job.verdict.details, style) if self.job is not None and failed else None
        empty = self.looks <= self.style.empty_looks and self.style.empty_looks > 0
        return {
            "push_type": kinds.get(self.demand.kind, "wildfire-appliance-config"),
            "dgname": names if self.demand.kind == "device-group" else None,
            "tplname": names if self.demand.kind in ("template", "template-stack") else None,
            "sched": None if self.style.sched == "missing" else self.style.sched,
            "details": details,
            "warnings": "",
            "devices": "" if empty else "".join(self._entries()),
        }

    def _entries(self) -> t.Iterator[str]:
        for delivery in self.deliveries:
            for row in delivery.rows:
                yield self._entry(delivery, row)

    def _entry(self, delivery: Delivery, row: Row) -> str:
        skew = self.device.settings.clock_skew
        facts = self.device.inventory.facts(delivery.serial)
        ended = delivery.ended is not None
        fields: dict[str, str | None] = {
            "serial-no": delivery.serial,
            "devicename": facts["hostname"],
            "multi-vsys": "yes" if facts["multi_vsys"] else "no",
            "vsys": row.vsys,
            "status": delivery.state,
            "result": delivery.verdict.result if ended else "PEND",
            "tstart": None if delivery.started is None else wall(delivery.started + skew, "time"),
            "tfin": None
            if delivery.ended is None
            else wall(delivery.ended + skew, "time" if self.style.times == "time" else "datetime"),
        }
        body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items() if value is not None)
        details = self._message(delivery, row) if ended and self.style.details != "empty" else ""
        return f"<entry>{body}<details>{details}</details></entry>"

    def _message(self, delivery: Delivery, row: Row) -> str:
        """Recorded: also a success stands in ``errors``; and texts of backslash, n and blanks between the elements."""
        verdict = delivery.verdict
        attributes = {
            "cmd": "push-data",
            "dname": delivery.serial,
            "dgname": row.group,
            "tplname": row.stack,
            "jobid": str(self.job.id if self.job is not None else 0),
            "result": "success" if verdict.result == "OK" else "error",
        }
        head = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
        blank = self.style.details == "backslash_n"
        outer, inner, close = ("\\n  ", "\\n    ", "\\n") if blank else ("", "", "")
        parts = [
            "".join(f"{inner}<line>{escape(text)}</line>" for text in texts) + outer
            for texts in (verdict.details, verdict.warnings)
        ]
        body = f"{close}<errors>{parts[0]}</errors>{outer}<warnings>{parts[1]}</warnings>"
        body += close if blank else "<app-warn/><shadow-warn/>"
        return f"<msg {head}>{body}</msg>"
