# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packages: what the update server offers, what a device knows of it, has downloaded and runs.

``content`` and ``software`` are the commands; this is what both stand on.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import re
import typing as t

from ..system import Reply, SpecError
from .jobs import Job, Verdict
from .xml import ApiError, success, unexpected

if t.TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from .device import PanosDevice
    from .op import Command

SOFTWARE = "software"
GP_DATAFILE = "global-protect-gateway"
DAY = 86400.0


@dataclasses.dataclass
class UpdateSettings:
    """What a test can say of packages, their jobs and the restart; README.md explains it."""

    timezone: str = "UTC"
    update_server: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    installed: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    update_server_reachable: bool = True
    download_seconds: float = 10.0
    install_seconds: float = 20.0
    software_download_seconds: float = 60.0
    software_install_seconds: float = 120.0
    update_polls: int = 0
    next_updates: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    no_update: str = "downloaded"
    install_while_commit: str = "wait"
    content_install_version: str = "latest_only"
    gp_datafile_upgrade: bool = False
    base_image_rule: str = "download"
    software_manager_busy: int = 0
    chassis_ready: str = "auto"
    restart_answer: str = "output"

    UPDATE_CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "no_update": ("downloaded", "installed", "never"),
        "install_while_commit": ("wait", "beside", "refuse"),
        "content_install_version": ("latest_only", "any"),
        "base_image_rule": ("download", "install", "none"),
        "chassis_ready": ("auto", "missing"),
        "restart_answer": ("output", "dropped"),
    }


@dataclasses.dataclass(frozen=True)
class Family:
    """One kind of content: the word of its commands, the type of its install jobs, where its version is shown.

    Prefixes, features and descriptions are recorded for all but the data file (jcoeder/palo-alto-python, upgrade.py;
    CPAN Device-PaloAlto-Firewall, tests of its update checks), job types for the first three; the rest is assumed.
    """

    name: str
    job_type: str
    field: str
    prefix: str
    features: str
    description: str = "Unknown"


FAMILIES = {
    family.name: family
    for family in (
        Family("content", "Content", "app-version", "panupv2-all-contents-", "Apps, Threats"),
        Family("anti-virus", "Antivirus", "av-version", "panup-all-antivirus-", "Virus"),
        Family("wildfire", "WildFire", "wildfire-version", "panupv2-all-wildfire-", "wildfire", "PAN-OS 7.1 and later"),
        Family(GP_DATAFILE, "GPDataFile", "global-protect-datafile-version", "panup-all-gpdata-", "GlobalProtectData"),
        Family(
            "global-protect-clientless-vpn",
            "GPClientlessVPN",
            "global-protect-clientless-vpn-version",
            "panup-all-gp-",
            "GlobalProtectClientlessVPN",
        ),
    )
}


@dataclasses.dataclass(frozen=True)
class Package:
    """One version of one family, or of the software. ``released`` in simulated seconds.

    ``apps_only``: applications without threats. ``needs_content``: the first content release number with which this
    software installs (recorded in the text of a refusal), 0: any.
    """

    version: str
    released: float
    size_kb: int = 50_000
    apps_only: bool = False
    needs_content: int = 0


@dataclasses.dataclass
class Shelf:
    """What a device has of one family: ``known`` is the list of the last check, ``seen`` every package it ever saw."""

    known: dict[str, Package] = dataclasses.field(default_factory=dict)
    seen: dict[str, Package] = dataclasses.field(default_factory=dict)
    downloaded: set[str] = dataclasses.field(default_factory=set)
    current: str = ""
    previous: str = ""
    checked: float | None = None

    def listed(self) -> list[Package]:
        """Those of the last check in the order of the server, then what is only on the device."""
        here = [version for version in (*sorted(self.downloaded), self.current) if version not in self.known]
        return [*self.known.values(), *(self.seen[version] for version in dict.fromkeys(here) if version in self.seen)]

    def newest(self, versions: t.Iterable[str]) -> str:
        """Empty when there is none."""
        return max(versions, key=version_key, default="")


# Age in days and version. Recorded: the list of a device is not sorted (content); documented: software is, latest
# first.
DEFAULT_SERVER: dict[str, list[dict[str, t.Any]]] = {
    "content": [
        {"version": "8903-9010", "age_days": 12},
        {"version": "8907-9021", "age_days": 2},
        {"version": "8900-9000", "age_days": 30},
        {"version": "8905-9015", "age_days": 8},
    ],
    "anti-virus": [
        {"version": "5009-5509", "age_days": 1.2, "size_kb": 79_446},
        {"version": "5010-5510", "age_days": 0.2, "size_kb": 79_446},
        {"version": "5000-5500", "age_days": 10, "size_kb": 79_446},
    ],
    "wildfire": [
        {"version": "900009-904009", "age_days": 0.02, "size_kb": 7_188},
        {"version": "900010-904010", "age_days": 0.01, "size_kb": 7_188},
    ],
    "global-protect-clientless-vpn": [{"version": "100-260", "age_days": 20, "size_kb": 72}],
    # Documented: the version is the time of the release in seconds since the epoch.
    GP_DATAFILE: [{"age_days": 3, "size_kb": 40}],
    SOFTWARE: [
        {"version": "12.1.4", "age_days": 20, "size_kb": 900_000},
        {"version": "12.1.2", "age_days": 90, "size_kb": 1_400_000},
        {"version": "11.2.4-h2", "age_days": 40, "size_kb": 790_000},
        {"version": "11.2.4", "age_days": 60, "size_kb": 800_000},
        {"version": "11.2.0", "age_days": 300, "size_kb": 1_300_000},
        {"version": "11.1.10", "age_days": 15, "size_kb": 700_000},
        {"version": "11.1.6", "age_days": 100, "size_kb": 690_000},
        {"version": "11.1.0", "age_days": 500, "size_kb": 1_200_000},
    ],
}
DEFAULT_INSTALLED = {"content": "8900-9000", "anti-virus": "5000-5500"}


def version_key(version: str) -> tuple[int, ...]:
    """``8907-9021`` and ``11.2.4-h2`` as numbers, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


class Updates:
    """The packages of one device."""

    def __init__(self, device: PanosDevice) -> None:
        self._device = device
        self._under_way: list[tuple[Job, str, str]] = []
        now = device.now()
        self.server = {name: packages(entries, now) for name, entries in DEFAULT_SERVER.items()}
        self.shelves: dict[str, Shelf] = collections.defaultdict(Shelf)
        for name in DEFAULT_SERVER:
            self.check(name, now - 3600)
            self._hold(name, {"current": DEFAULT_INSTALLED.get(name, "")})
        self.pending_software: tuple[str, bool] | None = None
        # The version of the threats when the current content has applications only; else empty.
        self.threats = ""

    # Settings

    def configure(
        self, server: t.Mapping[str, t.Any] | None, installed: t.Mapping[str, t.Any] | None, *, first: bool
    ) -> None:
        """Takes over the settings ``update_server`` and ``installed``, which ``check_updates`` has seen.

        Only a new device has checked already: afterwards the device does not know what is new until it checks.
        """
        for name, entries in (server or {}).items():
            self.server[name] = packages(entries, self._device.now())
            if first:
                self.check(name, self._device.now() - 3600)
        for name, values in (installed or {}).items():
            self._hold(name, values)

    def _hold(self, name: str, values: t.Mapping[str, t.Any]) -> None:
        shelf = self.shelves[name]
        shelf.current = values.get("current", shelf.current)
        shelf.previous = values.get("previous", shelf.previous)
        shelf.downloaded = set(values.get("downloaded", shelf.downloaded))
        if values.get("checked") is False:
            shelf.known, shelf.checked = {}, None
        for version in (shelf.current, shelf.previous, *shelf.downloaded):
            if version and version not in shelf.seen:
                found = [one for one in self.server.get(name, []) if one.version == version]
                shelf.seen[version] = found[0] if found else Package(version, self._device.now() - 60 * DAY)

    # What a device does

    def check(self, name: str, when: float) -> None:
        """Reads the list of the update server."""
        shelf = self.shelves[name]
        shelf.known = {package.version: package for package in self.server.get(name, [])}
        shelf.seen.update(shelf.known)
        shelf.checked = when

    def software(self) -> Shelf:
        """The shelf of the software; its current version is the one that runs, and is always there."""
        shelf, running = self.shelves[SOFTWARE], self._device.settings.version
        if shelf.current != running:
            self._hold(SOFTWARE, {"current": running, "downloaded": {*shelf.downloaded, running}})
        return shelf

    def boot(self) -> None:
        """An installed version becomes the running one; an image that does not boot leaves the old one."""
        if self.pending_software is not None:
            version, boots = self.pending_software
            if boots:
                self._device.settings.version = version
        self.pending_software = None

    def under_way(self, kind: str, name: str) -> list[str]:
        """The versions that are being downloaded or installed."""
        running = self._device.engine.running()
        self._under_way = [entry for entry in self._under_way if entry[0] in running]
        return [version for _job, what, version in self._under_way if what == f"{name} {kind}"]

    def plan(self, kind: str) -> dict[str, t.Any]:
        """The first plan in ``next_updates`` for this kind, used up."""
        plans = self._device.settings.next_updates
        for plan in plans:
            if plan.get("kind") == kind:
                plans.remove(plan)
                return plan
        return {}

    def start(
        self,
        command: Command,
        *,
        kind: str,
        name: str,
        version: str,
        job_type: str,
        seconds: float,
        verdict: Verdict,
        plan: t.Mapping[str, t.Any],
        done: t.Callable[[], None],
        queued: bool = False,
    ) -> Job:
        """Starts a job and notes it; ``done`` is called when it ends well."""
        device, settings = self._device, self._device.settings

        def effect(job: Job, _when: float) -> None:
            if job.verdict.result == "OK":
                done()

        if "result" in plan or "details" in plan:
            result = plan.get("result", "OK")
            verdict = Verdict(result, list(plan.get("details", verdict.details if result == "OK" else [])))
        verdict.warnings = list(plan.get("warnings", verdict.warnings))
        job = device.engine.add(
            job_type,
            user=command.admin.name,
            enqueued=device.now(),
            seconds=float(plan.get("seconds", seconds)),
            polls=settings.update_polls,
            verdict=verdict,
            queued=queued,
            clock=True,
            effect=effect,
        )
        self._under_way.append((job, f"{name} {kind.rpartition('-')[2]}", version))
        note(command, kind, f"{name} {version}", job=str(job.id))
        return job

    def describe(self) -> dict[str, t.Any]:
        """For the control API: per family what is current, previous and downloaded."""
        self.software()
        found: dict[str, t.Any] = {
            name: {
                "current": shelf.current,
                "previous": shelf.previous,
                "downloaded": sorted(shelf.downloaded, key=version_key),
            }
            for name, shelf in self.shelves.items()
        }
        found[SOFTWARE]["pending"] = self.pending_software[0] if self.pending_software else ""
        return found


def packages(entries: t.Iterable[t.Mapping[str, t.Any]], now: float) -> list[Package]:
    """``version`` may be missing: then it is the time of the release."""
    made = []
    for entry in entries:
        fields = dict(entry)
        released = now - float(fields.pop("age_days", 30)) * DAY
        made.append(Package(**{"version": str(int(released)), "released": released, **fields}))
    return made


def check_updates(values: t.Mapping[str, t.Any]) -> None:
    """Raises SpecError for a wrong ``update_server``, ``installed`` or ``next_updates``."""
    names = {*FAMILIES, SOFTWARE}
    for setting in ("update_server", "installed"):
        unknown = set(values.get(setting, {})) - names
        if unknown:
            raise SpecError(f"unknown families in {setting!r}: {', '.join(sorted(unknown))}")
    for name, entries in values.get("update_server", {}).items():
        try:
            packages(entries, 0.0)
        except (TypeError, ValueError) as exc:
            raise SpecError(f"wrong packages of {name} in 'update_server': {exc}") from exc
    for name, entry in values.get("installed", {}).items():
        if not isinstance(entry, dict) or set(entry) - {"current", "previous", "downloaded", "checked"}:
            raise SpecError(f"'installed.{name}' takes current, previous, downloaded and checked")
    for plan in values.get("next_updates", []):
        if not isinstance(plan, dict) or plan.get("kind") not in PLANS or set(plan) - PLAN_FIELDS:
            raise SpecError(f"a plan in 'next_updates' has a kind ({', '.join(PLANS)}) and {', '.join(PLAN_FIELDS)}")


PLANS = ("content-download", "content-install", "content-downgrade", "software-download", "software-install")
PLAN_FIELDS = frozenset({"kind", "seconds", "result", "details", "warnings", "boots"})


# Shared by the commands


def note(
    command: Command, kind: str, subject: str = "", *, job: str = "", accepted: bool = True, text: str = ""
) -> None:
    """Into the ledger; the subject, e.g. ``wildfire 900010-904010``, is the description."""
    command.device.world.ledger.submission(
        system="panos",
        device=command.device.address,
        admin=command.admin.name,
        kind=kind,
        accepted=accepted,
        job=job,
        description=subject,
        answer=text,
    )


@contextlib.contextmanager
def noted(command: Command, kind: str, subject: str) -> t.Iterator[None]:
    """A refusal within is noted as such."""
    try:
        if not command.admin.writes:
            raise ApiError("Unauthorized request", code="16", status="unauth")
        yield
    except ApiError as exc:
        note(command, kind, subject, accepted=False, text=exc.text)
        raise


def flag(command: Command, name: str, default: bool = False) -> bool:
    """A child that says yes or no. Raises ApiError for anything else."""
    node = command.node.find(name)
    if node is None:
        return default
    text = (node.text or "").strip()
    if text not in ("yes", "no"):
        raise not_allowed([*command.path, name], text)
    return text == "yes"


def not_allowed(path: t.Sequence[str], text: str) -> ApiError:
    """The two lines are recorded (PaloAltoNetworks/pan-os-python#394), the code is assumed."""
    where = " -> ".join(path)
    return ApiError(f" {where} '{text}' is not an allowed keyword\n {where} is invalid", code="17", style="cdata")


def one_of(command: Command, names: t.Sequence[str]) -> ET.Element:
    """The one child among ``names``. Raises ApiError when there is none, or a second one."""
    found = [child for child in command.node if child.tag in names]
    if not found:
        raise ApiError(f"{' -> '.join(command.path)} is incomplete", code="17")
    if len(found) > 1:
        raise unexpected(command.path, found[1].tag)
    return found[0]


def reachable(command: Command, text: str) -> None:
    """Raises ApiError when the update server cannot be reached: the recorded text of a check."""
    if not command.device.settings.update_server_reachable:
        raise ApiError(
            f"Failed to check {text} due to generic communication error. "
            "Please check network connectivity and try again."
        )


def queues(command: Command) -> bool:
    """Whether an install takes its turn behind the commits. Raises ApiError where it is refused instead.

    Documented: an install commits and waits in the queue. A public CLI client knows refusals with the words "commit
    is in progress" instead; the sentence is a client's (pan-os-python).
    """
    style = command.device.settings.install_while_commit
    if style == "refuse" and command.device.busy():
        raise ApiError("A commit is in progress.")
    return style != "beside"


def stamp(device: PanosDevice, when: float | None, *, zone: bool) -> str:
    """``2023/05/31 08:18:33 PDT``; software lists have no zone (both recorded)."""
    if when is None:
        return "never"
    return device.wall(when) + (f" {device.settings.timezone}" if zone else "")


def clock_text(device: PanosDevice, *, zone: bool) -> str:
    """``Sun Dec  3 18:27:29 2023`` and ``Wed May 31 11:50:21 PDT 2023`` (both recorded)."""
    moment = datetime.datetime.fromtimestamp(int(device.now() + device.settings.clock_skew), datetime.timezone.utc)
    return moment.strftime(f"%a %b {moment.day:2} %H:%M:%S {device.settings.timezone + ' ' if zone else ''}%Y")


def enqueued(sentence: str, job: Job) -> Reply:
    """``sentence`` with the number of the job in it."""
    text = sentence.format(job=job.id)
    return success(f"<msg><line>{text}</line></msg><job>{job.id}</job>", code="19")


def yes(value: bool) -> str:
    return "yes" if value else "no"
