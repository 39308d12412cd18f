# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Content updates: applications and threats, antivirus, WildFire, GlobalProtect."""

from __future__ import annotations

import dataclasses
import datetime
import math
import typing as t
from collections.abc import Mapping

from ..._jobs.chain import Plan, Step
from ..._jobs.errors import BadInput, Refused
from ..._jobs.operation import Timing
from ..._transport.xml import node
from . import versions
from .client import open_client
from .replies import says_busy
from .system import ask, read_system_info
from .updates import DOWNLOAD_TYPE, Errand, Package, UpdateJob, path, read_packages, refreshed, with_advice

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..._jobs.model import Handle, Observation, Verdict
    from ..._jobs.operation import Submission
    from ..._transport.xml import Element
    from .client import PanosClient
    from .system import SystemInfo

# A package of 90 MB and its installation, which runs a commit, take some minutes each on a small firewall.
_TIMING = Timing(wait_timeout=3600, poll_interval=2, poll_max_interval=15, outage_timeout=600)


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of content: the *tag* of its commands, the element of its version, the type of its installations.

    *job_type* is empty where no recording shows it.
    """

    tag: str
    version: str
    job_type: str = ""
    info: tuple[str, ...] = ("upgrade", "info")
    """Below *tag*, the command that gives the list without asking the update server."""


KINDS: Mapping[str, Kind] = {
    "content": Kind("content", "app-version", "Content"),
    "antivirus": Kind("anti-virus", "av-version", "Antivirus"),
    "wildfire": Kind("wildfire", "wildfire-version", "WildFire"),
    "clientless_vpn": Kind("global-protect-clientless-vpn", "global-protect-clientless-vpn-version"),
    # Its info is recorded; that the rest is as for the others is assumed.
    "gp_data_file": Kind("global-protect-gateway", "global-protect-datafile-version", info=("info",)),
}
"""By the module's option type."""

LATEST = "latest"

# What the names of the files begin with [recorded].
_PACKAGES = {"apps": "panupv2-all-apps-", "apps_and_threats": "panupv2-all-contents-"}


@dataclasses.dataclass(frozen=True)
class ContentOptions:
    """What is wanted; the fields are the options of the module. Raises BadInput that names the option at fault."""

    type: str = "content"
    version: str = LATEST
    state: str = "installed"
    package: str = "any"
    min_age_days: float = 0.0
    check: bool = True
    sync_to_peer: bool | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.min_age_days) or self.min_age_days < 0:
            raise BadInput(f"min_age_days: {self.min_age_days} is not a number of days from 0 on.")
        if self.min_age_days and not self.choose:
            raise BadInput(
                "min_age_days: it says which version is the latest, so it cannot go with version or reverted."
            )
        if self.package != "any" and self.type != "content":
            raise BadInput(f"package: only content comes in two packages, leave it out for {self.type}.")
        if self.version != LATEST and not any(versions.content(self.version)):
            raise BadInput(f"version: {self.version!r} is no version of content, such as 8696-7977, and not latest.")

    @property
    def choose(self) -> bool:
        """Whether the newest version is wanted, whichever that is."""
        return self.version == LATEST and self.state != "reverted"

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]


class Shelf:
    """What a device has of one kind of content: the list, and the version that is installed."""

    def __init__(self, name: str, info: SystemInfo, packages: Sequence[Package]) -> None:
        self.name = name
        self.info = info
        said = info.versions.get(KINDS[name].version, "")
        current = next((package for package in packages if package.current), None)
        self.installed = current.version if current else ("" if said in ("0", "unknown") else said)
        self.packages = list(packages)
        if current is None:
            # A list that does not say it; where it does, it also knows which of two packages of one version it is.
            self.packages = [dataclasses.replace(each, current=each.version == self.installed) for each in packages]

    @classmethod
    def read(cls, client: PanosClient, name: str, *, target: str | None = None, check: bool = False) -> Shelf:
        """Return what the device says. Raises NoAnswer, Denied, and Refused if it cannot ask the update server."""
        kind = KINDS[name]
        info = _command(kind, *kind.info)
        if check:
            packages = refreshed(client, _command(kind, "upgrade", "check"), info)
        else:
            packages = read_packages(ask(client, info, target=target))
        return cls(name, read_system_info(client, target=target), packages)

    def find(self, version: str, package: str = "any") -> Package | None:
        """Return the entry of *version*, the one that is installed or has more in it where there are two."""
        prefix = _PACKAGES.get(package, "")
        fitting = [each for each in self.packages if each.version == version and each.filename.startswith(prefix)]
        return max(fitting, key=_preference, default=None)

    def newest(self, package: str, min_age_days: float) -> Package | None:
        """Return the newest entry that was released at least *min_age_days* ago by the device's own clock."""
        prefix = _PACKAGES.get(package, "")
        fitting = [
            each
            for each in self.packages
            if each.filename.startswith(prefix) and (not min_age_days or self.age_days(each) >= min_age_days)
        ]
        return max(fitting, key=lambda each: (versions.content(each.version), _preference(each)), default=None)

    def age_days(self, package: Package) -> float:
        """Return how old *package* is; less than nothing where that cannot be told."""
        now, released = self.info.time, package.released
        return -1.0 if now is None or released is None else (now - released) / datetime.timedelta(days=1)


def _preference(package: Package) -> tuple[bool, bool]:
    return package.current, package.filename.startswith(_PACKAGES["apps_and_threats"])


def _command(kind: Kind, *tags: str, leaf: Sequence[Element] = ()) -> Element:
    return path(("request", kind.tag, *tags), *leaf)


class _ContentJob(UpdateJob):
    timing: t.ClassVar[Timing] = _TIMING

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        """Return what the device has by now, in the form of the task that started the job."""
        name = handle.options.get("type", "")
        if name not in KINDS:
            return super().collect(handle, last)
        shelf = Shelf.read(self.client, name, target=handle.fingerprint.get("target", ""))
        return _result(shelf, handle.options.get("version", ""), handle.options.get("before", ""))


class ContentDownload(_ContentJob):
    """Download one package."""

    name: t.ClassVar[str] = "panos.content_download"

    def done(self, options: Mapping[str, str], target: str | None) -> str | None:
        shelf = Shelf.read(self.client, options["type"], target=target)
        wanted = options["version"]
        for each in shelf.packages:
            newer = options.get("latest") == "yes" and versions.content(each.version) > versions.content(wanted)
            if (each.version == wanted or newer) and (each.downloaded or each.current):
                return None
        return f"{options['type']} {wanted} is not downloaded on {self.endpoint}."


class ContentInstall(_ContentJob):
    """Install a package that was downloaded. The device commits it by itself."""

    name: t.ClassVar[str] = "panos.content_install"

    def done(self, options: Mapping[str, str], target: str | None) -> str | None:
        installed = Shelf.read(self.client, options["type"], target=target).installed
        wanted = options["version"]
        newer = options.get("latest") == "yes" and versions.content(installed) > versions.content(wanted)
        if installed == wanted or newer:
            return None
        return f"{self.endpoint} has {options['type']} {installed or 'nothing'} installed and not {wanted}."


class ContentRevert(ContentInstall):
    """Go back to the package that was installed before."""

    name: t.ClassVar[str] = "panos.content_revert"


_JOBS = {job.name: job for job in (ContentDownload, ContentInstall, ContentRevert)}


class ContentUpdate(Plan):
    """Check, pick, download, install, verify by version."""

    name: t.ClassVar[str] = "panos.content_update"
    timing: t.ClassVar[Timing] = _TIMING
    can_cancel: t.ClassVar[bool] = True
    repeatable: t.ClassVar[bool] = True

    def __init__(self, client: PanosClient, options: ContentOptions) -> None:
        self._client = client
        self._options = options
        self._checked = False
        self._before: str | None = None
        self._revert_to = "" if options.version == LATEST else options.version
        self._shelf: Shelf | None = None
        self._wanted: Package | None = None
        self._why = ""
        self._steps: list[str] = []

    def limit(self, until: float | None) -> None:
        self._client.deadline = until

    def next_step(self) -> Step | None:
        shelf = self._shelf = self._look()
        if self._before is None:
            self._before = shelf.installed
        wanted = self._wanted = self._pick(shelf)
        self._steps = self._missing(wanted) if wanted is not None else []
        if wanted is None or not self._steps:
            return None
        return self._step(self._steps[0], wanted)

    def summary(self) -> str:
        where, name = self._client.endpoint, self._options.type
        if self._wanted is None:
            return self._why
        label = f"{name} {self._wanted.version}"
        if self._steps:
            return f"On {where}, {label} is to be {' and '.join(self._steps)}. Installed now: {self._installed}."
        if self._wanted.current:
            before = f", before it was {self._before or 'none'}" if self.has_changed() else ""
            return f"{where} has {label} installed{before}."
        return f"{where} has {label} downloaded. Installed now: {self._installed}."

    def diff(self) -> Mapping[str, str] | None:
        if self._wanted is None or self._shelf is None:
            return None
        name, after = self._options.type, self._wanted.version
        if self._options.state == "downloaded":
            ends = (f"{name} {after} not downloaded\n", f"{name} {after} downloaded\n")
        else:
            ends = (f"{name} {self._before or 'none'}\n", f"{name} {after}\n")
        return dict(zip(("before", "after"), ends))

    def result(self) -> t.Any:
        if self._shelf is None:
            return None
        wanted = self._wanted.version if self._wanted is not None else self._shelf.installed
        return _result(self._shelf, wanted, self._before or "")

    def has_changed(self) -> bool:
        return self._shelf is not None and self._shelf.installed != self._before

    def takes_what_there_is(self) -> bool:
        return self._options.choose  # Trap 18. A version that was asked for by name is another matter.

    def was_busy(self, failed: Verdict) -> bool:
        return says_busy(" ".join(failed.job.messages))

    @property
    def _installed(self) -> str:
        return (self._shelf.installed if self._shelf is not None else "") or "none"

    def _look(self) -> Shelf:
        """Return what the device has; the update server is asked once, and only where its answer matters."""
        name, options = self._options.type, self._options
        if not options.choose or self._checked or not options.check:
            shelf = Shelf.read(self._client, name)
            known = shelf.find(options.version, options.package) is not None or shelf.installed == options.version
            if known or options.choose or self._checked or not options.check or options.state == "reverted":
                return shelf
        try:
            shelf = Shelf.read(self._client, name, check=True)
        except Refused as exc:
            raise with_advice(exc) from exc
        self._checked = True
        return shelf

    def _pick(self, shelf: Shelf) -> Package | None:
        """Return the package that is wanted, None where there is nothing to do. Raises Refused."""
        options, where = self._options, self._client.endpoint
        if options.state == "reverted":
            return self._pick_previous(shelf)
        if not options.choose:
            found = shelf.find(options.version, options.package)
            if found is None and shelf.installed == options.version and options.package == "any":
                return Package(version=options.version, current=True)
            if found is None:
                raise self._not_offered(shelf)
            return found
        newest = shelf.newest(options.package, options.min_age_days)
        if newest is not None and versions.content(newest.version) >= versions.content(shelf.installed):
            return newest
        any_age = shelf.newest(options.package, 0)
        if newest is None and any_age is None:
            if options.package != "any" and shelf.packages:
                raise self._not_offered(shelf)
            self._why = f"{where} knows of no {options.type} update. Installed now: {shelf.installed or 'none'}."
        elif newest is None and any_age is not None:
            self._why = (
                f"{where} knows of no {options.type} update that is {options.min_age_days:g} days old; the newest, "
                f"{any_age.version}, was released on {any_age.released_on or 'an unknown day'}."
            )
        else:
            self._why = f"{where} has {options.type} {shelf.installed} installed, which is newer than what is wanted."
        return None

    def _pick_previous(self, shelf: Shelf) -> Package:
        options, where = self._options, self._client.endpoint
        previous = next((each for each in shelf.packages if each.previous), None)
        if not self._revert_to and previous is not None:
            # What the first look showed is the aim of this run: afterwards the device calls another one previous.
            self._revert_to = previous.version
        if not self._revert_to:
            raise Refused(f"{where} has no previous {options.type} version to go back to.")
        if shelf.installed == self._revert_to:
            return shelf.find(self._revert_to) or Package(version=self._revert_to, current=True)
        if previous is None or previous.version != self._revert_to:
            raise Refused(
                f"{where} cannot go back to {options.type} {self._revert_to}: its previous version is "
                f"{previous.version if previous else 'none'}. Install it with state: installed."
            )
        return previous

    def _not_offered(self, shelf: Shelf) -> Refused:
        options = self._options
        newest = shelf.newest(options.package, 0) or shelf.newest("any", 0)
        what = options.type if options.package == "any" else f"{options.type} ({options.package.replace('_', ' ')})"
        wanted = "" if options.choose else f" {options.version}"
        hint = f" The newest it knows is {newest.version} ({newest.filename})." if newest else " Its list is empty."
        return Refused(
            f"{self._client.endpoint} is offered no {what}{wanted}.{hint} Check the version, the licences, and with "
            "check: true what the update server has.",
            label="not offered",
        )

    def _missing(self, wanted: Package) -> list[str]:
        """Return what is still to be done, in its order."""
        if self._options.state == "reverted":
            return [] if wanted.current else ["reverted to"]
        steps = [] if wanted.downloaded or wanted.current else ["downloaded"]
        if self._options.state == "installed" and not wanted.current:
            steps.append("installed")
        return steps

    def _step(self, what: str, wanted: Package) -> Step:
        name, kind = self._options.type, self._options.kind
        options = {"type": name, "version": wanted.version, "before": self._before or ""}
        newest = self._shelf.newest("any", 0) if self._shelf is not None else None
        # What the device takes for the latest may be a minute old.
        exact = not self._options.choose or self._options.min_age_days > 0
        latest = not exact and newest is not None and newest.filename == wanted.filename
        if latest:
            options["latest"] = "yes"
        if what == "downloaded":
            # <version> takes no other word than latest [recorded: pan-os-python#394], which is the documented form. All
            # others go by file, for both commands [read in a public script]; that its name is the list's is assumed.
            which = node("latest") if latest else node("file", wanted.filename)
            command = _command(kind, "upgrade", "download", leaf=[which, *self._sync()])
            errand = Errand(f"download {name} {wanted.version}", command, options, (DOWNLOAD_TYPE,))
            return Step(ContentDownload(self._client, errand), errand.purpose)
        types = (kind.job_type,) if kind.job_type else ()
        if what == "installed":
            which = node("version", LATEST) if latest else node("file", wanted.filename)
            command = _command(kind, "upgrade", "install", leaf=[which, *self._sync()])
            errand = Errand(f"install {name} {wanted.version}", command, options, types)
            return Step(ContentInstall(self._client, errand), errand.purpose)
        command = path(("request", kind.tag, "downgrade", "install"), "previous")
        errand = Errand(f"go back to {name} {wanted.version}", command, options, types)
        return Step(ContentRevert(self._client, errand), errand.purpose)

    def _sync(self) -> list[Element]:
        wish = self._options.sync_to_peer
        return [] if wish is None else [node("sync-to-peer", "yes" if wish else "no")]


def _result(shelf: Shelf, wanted: str, before: str) -> dict[str, t.Any]:
    package = shelf.find(wanted) or Package(version=wanted)
    return {
        "type": shelf.name,
        "version": shelf.installed or None,
        "version_before": before or None,
        "version_wanted": wanted or None,
        "downloaded": package.downloaded or package.current,
        "filename": package.filename or None,
        "released_on": package.released_on or None,
    }


def plan_from_options(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> ContentUpdate:
    """Return what the options of panos_content_update describe. Raises BadInput, MissingLibrary."""
    options = ContentOptions(**{field.name: params[field.name] for field in dataclasses.fields(ContentOptions)})
    return ContentUpdate(open_client(params, hide), options)


def from_handle(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> Submission:
    """Return the operation that the handle in *params* names, ready to wait. Raises BadInput, MissingLibrary."""
    handle = params["handle"]
    name = handle.get("operation") if isinstance(handle, Mapping) else None
    return _JOBS.get(str(name), ContentInstall)(open_client(params, hide))
