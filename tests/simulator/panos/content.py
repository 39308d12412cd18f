# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content updates: ``request content|anti-virus|wildfire|global-protect-clientless-vpn upgrade ...``.

Recorded: the lists (PaloAltoNetworks/pan-os-upgrade-assurance @65489b7, tests/test_firewall_proxy.py; jcoeder/
palo-alto-python, upgrade.py, a log of the web interface of 2019), the answers to download and install, the jobs and
"No update available" (same repository, scraped code of 2018). Documented: the commands, in the XML API guide,
"Automatically Check for and Install Content Updates".

Assumed where nothing else is said: when there is "no update" (a setting), what ``latest`` means for an install (the
newest that is downloaded), the texts of other refusals, and that the HA peer gets a package without a job of its own.
"""

from __future__ import annotations

import typing as t

from ..system import Reply
from .jobs import Verdict
from .op import Command, command, must_write, plain
from .updates import (
    FAMILIES,
    GP_DATAFILE,
    Family,
    Package,
    Shelf,
    enqueued,
    flag,
    not_allowed,
    noted,
    one_of,
    queues,
    reachable,
    stamp,
    yes,
)
from .xml import ApiError, element, only, success, unexpected

if t.TYPE_CHECKING:
    from .device import PanosDevice

UNAVAILABLE = "No update available"
FIREWALL_ONLY = ("global-protect-clientless-vpn", GP_DATAFILE)


def commands(words: str) -> t.Iterable[str]:
    """``upgrade check`` for every family."""
    return (f"request {name} {words}" for name in FAMILIES)


def family_of(command: Command) -> tuple[Family, Shelf]:
    """Raises ApiError for a family that this device does not have."""
    name = command.path[1]
    if command.device.kind == "panorama" and name in FIREWALL_ONLY:
        raise unexpected(("request",), name)
    if name == GP_DATAFILE and not command.device.settings.gp_datafile_upgrade:
        # Only ``info`` is recorded; that the rest exists is assumed, and a setting.
        raise unexpected(command.path[:2], command.path[2])
    return FAMILIES[name], command.device.updates.shelves[name]


def filename(family: Family, package: Package) -> str:
    """Recorded: apps without threats have a name of their own."""
    prefix = family.prefix.replace("contents", "apps") if package.apps_only else family.prefix
    return prefix + package.version


def entry(device: PanosDevice, family: Family, shelf: Shelf, package: Package) -> str:
    """The fields and their order are recorded (2017, 2019 and 2023; ``sha256`` is left out, older lists have none)."""
    version = package.version
    fields = {
        "version": version,
        "app-version": version,
        "filename": filename(family, package),
        "size": str(package.size_kb // 1024),
        "size-kb": str(package.size_kb),
        "released-on": stamp(device, package.released, zone=True),
        "release-notes": f"https://downloads.example.com/{family.name}-{version}.html",
        "downloaded": yes(version in shelf.downloaded),
        "current": yes(version == shelf.current),
        "previous": yes(version == shelf.previous),
        "installing": yes(version in device.updates.under_way("install", family.name)),
        "features": "Apps" if package.apps_only else family.features,
        "update-type": "Full",
        "feature-desc": family.description,
    }
    body = "".join(
        f"<{name}><![CDATA[{text}]]></{name}>" if name == "release-notes" else element(name, text)
        for name, text in fields.items()
    )
    return f"<entry>{body}</entry>"


def listing(command: Command, family: Family, shelf: Shelf) -> Reply:
    """Recorded, also the "never" and the line end after an empty list."""
    device = command.device
    entries = "".join(entry(device, family, shelf, package) for package in shelf.listed())
    updated = stamp(device, shelf.checked, zone=True)
    return success(f'<content-updates last-updated-at="{updated}">{entries}\n</content-updates> ')


@command(*commands("upgrade check"))
def check(command: Command) -> Reply:
    plain(command)
    must_write(command)
    family, shelf = family_of(command)
    reachable(command, "content upgrade info")
    command.device.updates.check(family.name, command.device.now())
    return listing(command, family, shelf)


@command(*commands("upgrade info"))
def info(command: Command) -> Reply:
    """The list of the last check, without asking the update server."""
    plain(command)
    return listing(command, *family_of(command))


@command(*commands("upgrade download"))
def download(command: Command) -> Reply:
    family, shelf = family_of(command)
    only(command.node, {"latest", "file", "sync-to-peer"}, command.path)
    chosen = one_of(command, ("latest", "file"))
    latest = shelf.newest(shelf.known)
    package = shelf.known.get(latest) if chosen.tag == "latest" else by_file(family, shelf, chosen.text)
    with noted(command, "content-download", f"{family.name} {package.version if package else ''}"):
        sync = flag(command, "sync-to-peer")
        reachable(command, "content upgrade info")
        if chosen.tag == "latest" and (package is None or is_nothing_new(command.device, shelf, package)):
            raise ApiError(UNAVAILABLE)
        if package is None:
            raise ApiError(f"{(chosen.text or '').strip()} not found on the update server")
        if command.device.updates.under_way("download", family.name):
            # The first words are a client's (a public CLI client waits when it sees them); per family: a published
            # script starts downloads of several families at once.
            raise ApiError("Another download is in progress. Please try again later.")
        return download_job(command, family, package, sync)


def is_nothing_new(device: PanosDevice, shelf: Shelf, package: Package) -> bool:
    """Whether a device says "No update available" of its newest package: a setting, the condition is not known.

    pan-os-python's upgrade_to_version asks for the same download once more after each of its restarts.
    """
    style = device.settings.no_update
    if style == "downloaded" and package.version in shelf.downloaded:
        return True
    return style != "never" and package.version == shelf.current


def download_job(command: Command, family: Family, package: Package, sync: bool) -> Reply:
    updates = command.device.updates

    def done() -> None:
        for device in receivers(command.device, sync):
            shelf = device.updates.shelves[family.name]
            shelf.seen[package.version] = package
            shelf.downloaded.add(package.version)

    job = updates.start(
        command,
        kind="content-download",
        name=family.name,
        version=package.version,
        job_type="Downld",
        seconds=command.device.settings.download_seconds,
        verdict=Verdict("OK", ["File successfully downloaded\n"]),
        plan=updates.plan("content-download"),
        done=done,
    )
    return enqueued("Download job enqueued with jobid {job}", job)


@command(*commands("upgrade install"))
def install(command: Command) -> Reply:
    """``version`` takes ``latest`` alone (recorded, PaloAltoNetworks/pan-os-python#394): others install by file."""
    family, shelf = family_of(command)
    allowed = {"version", "file", "commit", "sync-to-peer", "skip-content-validity-check"}
    only(command.node, allowed, command.path)
    chosen = one_of(command, ("version", "file"))
    text = (chosen.text or "").strip()
    with noted(command, "content-install", f"{family.name} {text}"):
        commit, sync = flag(command, "commit", True), flag(command, "sync-to-peer")
        flag(command, "skip-content-validity-check")
        package = to_install(command, family, shelf, chosen.tag, text)
        if command.device.updates.under_way("install", family.name):
            # "install is in progress" is what a public CLI client looks for.
            raise ApiError("Another install is in progress. Please try again later.")
        return install_job(command, "content-install", family, package, sync=sync, commit=commit)


def to_install(command: Command, family: Family, shelf: Shelf, kind: str, text: str) -> Package:
    """Raises ApiError for what is not downloaded."""
    if kind == "file":
        package = by_file(family, shelf, text)
    elif text == "latest":
        package = shelf.seen.get(shelf.newest(shelf.downloaded))
        if package is not None and package.version == shelf.current and command.device.settings.no_update != "never":
            raise ApiError(UNAVAILABLE)
    elif command.device.settings.content_install_version == "latest_only":
        raise not_allowed([*command.path, "version"], text)
    else:
        package = shelf.seen.get(text)
    if package is None or package.version not in shelf.downloaded:
        raise ApiError(f"{family.name} {text} is not downloaded")
    return package


def install_job(
    command: Command, kind: str, family: Family, package: Package, *, sync: bool, commit: bool, back: bool = False
) -> Reply:
    """It commits what was committed last (recorded details): pending changes stay what they are.

    ``back``: a downgrade, after which there is no previous version (assumed).
    """
    device = command.device
    queued = queues(command)

    def done() -> None:
        for receiver in receivers(device, sync):
            shelf = receiver.updates.shelves[family.name]
            shelf.seen[package.version] = package
            if not back:
                shelf.downloaded.add(package.version)
            if family.name == "content":
                threats = receiver.updates.threats or shelf.current
                receiver.updates.threats = threats if package.apps_only else ""
            if shelf.current != package.version:
                shelf.previous = "" if back else shelf.current
                shelf.current = package.version

    details = ["Configuration committed successfully", "Successfully committed last configuration"]
    job = device.updates.start(
        command,
        kind=kind,
        name=family.name,
        version=package.version,
        job_type=family.job_type,
        seconds=device.settings.install_seconds,
        verdict=Verdict("OK", details if commit else []),
        plan=device.updates.plan(kind),
        done=done,
        queued=queued,
    )
    return enqueued("Content install job enqueued with jobid {job}", job)


@command(*commands("downgrade install"))
def downgrade(command: Command) -> Reply:
    """``<install>previous</install>`` (documented in the web interface as "Revert", client: pan-os-python)."""
    plain(command)
    family, shelf = family_of(command)
    text = (command.node.text or "").strip()
    with noted(command, "content-downgrade", f"{family.name} {text}"):
        if text != "previous":
            raise not_allowed(command.path, text)
        package = shelf.seen.get(shelf.previous)
        if package is None:
            raise ApiError(f"No previous version of {family.name}")
        return install_job(command, "content-downgrade", family, package, sync=False, commit=True, back=True)


@command(f"request {GP_DATAFILE} info")
def datafile_info(command: Command) -> Reply:
    """Recorded: ``unknown`` and ``no`` on a firewall without the file (jcoeder/palo-alto-python, upgrade.py)."""
    plain(command)
    if command.device.kind != "firewall":
        raise unexpected(("request",), GP_DATAFILE)
    shelf = command.device.updates.shelves[GP_DATAFILE]
    package = shelf.seen.get(shelf.current)
    released = "unknown" if package is None else stamp(command.device, package.released, zone=False)
    fields = {"version": shelf.current or "unknown", "released-on": released, "current": yes(bool(shelf.current))}
    body = "".join(element(name, text) for name, text in fields.items())
    return success(f"<{GP_DATAFILE}><entry>{body}</entry></{GP_DATAFILE}>\n")


def by_file(family: Family, shelf: Shelf, text: str | None) -> Package | None:
    name = (text or "").strip()
    return next((one for one in shelf.seen.values() if filename(family, one) == name), None)


def receivers(device: PanosDevice, sync: bool) -> list[PanosDevice]:
    """The device, and its HA peer with ``sync-to-peer``."""
    return [device, device.ha.peer] if sync and device.ha.peer is not None else [device]
