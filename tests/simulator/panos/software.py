# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``request system software ...`` and the restart that makes an installed version the running one.

Documented: the commands, the answers and the download job in the XML API guide, "Upgrade PAN-OS on Multiple HA
Firewalls through Panorama". Recorded: the list (PaloAltoNetworks/pan-os-upgrade-assurance @65489b7,
tests/test_firewall_proxy.py), a download without its base image (PaloAltoNetworks/pan-os-python#243), a failed install
job (o5edaxi/paloversion#2, cdot65/pan-os-upgrade), the job type SWInstall (o5edaxi/paloversion#2), the base image of
12.1 (PaloAltoNetworks/pan-os-ansible#665). Assumed where nothing else is said: the texts of refusals, that a version
of the running feature release needs no base image, and that the HA peer gets an image without a job of its own.
"""

from __future__ import annotations

from ..system import Reply
from .content import receivers
from .jobs import Verdict
from .op import Command, command, must_write, plain
from .updates import (
    SOFTWARE,
    Package,
    enqueued,
    flag,
    note,
    noted,
    one_of,
    queues,
    reachable,
    stamp,
    version_key,
    yes,
)
from .xml import ApiError, element, only, success

# Feature releases whose base image is not X.Y.0.
BASE_IMAGES = {(12, 1): "12.1.2"}


def base_image(version: str) -> str:
    """The version that has to be downloaded before this one."""
    major, minor = version_key(version)[:2]
    return BASE_IMAGES.get((major, minor), f"{major}.{minor}.0")


def missing_base(command: Command, version: str) -> str:
    """The base image that is needed and not there, or empty."""
    shelf, base = command.device.updates.software(), base_image(version)
    same_train = version_key(version)[:2] == version_key(command.device.settings.version)[:2]
    return "" if same_train or version == base or base in shelf.downloaded else base


def base_text(base: str) -> str:
    """Recorded; the two blanks too."""
    return (
        f"The required '{base}' base image must be loaded before this image can be loaded.  You do not have to "
        "install or run the base image, only download it.  Once the base is loaded, re-download your target image."
    )


def listing(command: Command) -> Reply:
    """Latest first (documented); the fields and their order are recorded.

    Until the restart an installed version is not ``current``: the running one is (assumed).
    """
    device = command.device
    shelf = device.updates.software()
    listed = sorted(shelf.listed(), key=lambda package: version_key(package.version), reverse=True)
    prefix = "Panorama_pc" if device.kind == "panorama" else f"PanOS_{device.settings.model[3:].lower()}"
    entries = []
    for package in listed:
        fields = {
            "version": package.version,
            "filename": f"{prefix}-{package.version}",
            "size": str(package.size_kb // 1024),
            "size-kb": str(package.size_kb),
            "released-on": stamp(device, package.released, zone=False),
            "release-notes": f"<![CDATA[https://downloads.example.com/PAN-OS-{package.version}-RN.pdf]]>",
            "downloaded": yes(package.version in shelf.downloaded),
            "current": yes(package.version == shelf.current),
            "latest": yes(package is listed[0]),
            "uploaded": "no",
        }
        entries.append("".join(f"<{name}>{text}</{name}>" for name, text in fields.items()))
    body = "".join(f"<entry>{entry}</entry>" for entry in entries)
    updated = stamp(device, shelf.checked, zone=False)
    return success(f'<sw-updates last-updated-at="{updated}"><msg/><versions>{body}</versions></sw-updates>')


@command("request system software check")
def check(command: Command) -> Reply:
    plain(command)
    must_write(command)
    reachable(command, "upgrade info")
    command.device.updates.check(SOFTWARE, command.device.now())
    return listing(command)


@command("request system software info")
def info(command: Command) -> Reply:
    plain(command)
    return listing(command)


@command("request system software download")
def download(command: Command) -> Reply:
    only(command.node, {"version", "sync-to-peer"}, command.path)
    version = (one_of(command, ("version",)).text or "").strip()
    with noted(command, "software-download", f"{SOFTWARE} {version}"):
        sync = flag(command, "sync-to-peer")
        reachable(command, "upgrade info")
        updates = command.device.updates
        package = updates.software().known.get(version)
        if package is None:
            raise ApiError(f"Version {version} is not available")
        if updates.under_way("download", SOFTWARE):
            # The first words are a client's, see content.download.
            raise ApiError("Another download is in progress. Please try again later.")
        return download_job(command, package, sync)


def download_job(command: Command, package: Package, sync: bool) -> Reply:
    """Without its base image the job fails at the end (recorded), unless the setting says that only installs do."""
    updates, settings = command.device.updates, command.device.settings

    def done() -> None:
        for device in receivers(command.device, sync):
            shelf = device.updates.software()
            shelf.seen[package.version] = package
            shelf.downloaded.add(package.version)

    # The three lines are documented.
    verdict = Verdict(
        "OK",
        ["Successfully downloaded", "Preloading into software manager", "Successfully loaded into software manager"],
    )
    base = missing_base(command, package.version)
    if base and settings.base_image_rule == "download":
        verdict = Verdict("FAIL", [*verdict.details[:2], base_text(base)])
    job = updates.start(
        command,
        kind="software-download",
        name=SOFTWARE,
        version=package.version,
        job_type="Downld",
        seconds=settings.software_download_seconds,
        verdict=verdict,
        plan=updates.plan("software-download"),
        done=done,
    )
    return enqueued("Download job enqueued with jobid {job}", job)


@command("request system software install")
def install(command: Command) -> Reply:
    """Takes effect with the next boot."""
    only(command.node, {"version", "load-config"}, command.path)
    version = (one_of(command, ("version",)).text or "").strip()
    with noted(command, "software-install", f"{SOFTWARE} {version}"):
        updates, settings = command.device.updates, command.device.settings
        package = updates.software().seen.get(version)
        if package is None or version not in updates.software().downloaded:
            raise ApiError(f"Version {version} is not downloaded")
        if updates.under_way("install", SOFTWARE):
            raise ApiError("Another install is in progress. Please try again later.")
        queued = queues(command)
        plan = updates.plan("software-install")

        def done() -> None:
            updates.pending_software = (version, bool(plan.get("boots", True)))

        job = updates.start(
            command,
            kind="software-install",
            name=SOFTWARE,
            version=version,
            job_type="SWInstall",
            seconds=settings.software_install_seconds,
            verdict=install_verdict(command, package),
            plan=plan,
            done=done,
            queued=queued,
        )
        sentence = (
            "Software install job enqueued with jobid {job}. Run 'show jobs id {job}' to monitor its status. "
            "Please reboot the device after the installation is done."
        )
        return enqueued(sentence, job)


def install_verdict(command: Command, package: Package) -> Verdict:
    """The lines around a reason, and the first and third reason, are recorded; one element with line ends."""
    settings, version = command.device.settings, package.version
    release = command.device.updates.shelves["content"].current
    base = missing_base(command, version)
    reason = ""
    if settings.software_manager_busy > 0:
        settings.software_manager_busy -= 1
        reason = "The software manager is currently in use. Please try again later."
    elif base and settings.base_image_rule != "none":
        reason = base_text(base)
    elif package.needs_content > (version_key(release) or (0,))[0]:
        reason = (
            f"Error: Upgrading from {settings.version} to {version} requires a content version of "
            f"{package.needs_content} or greater and found {release}."
        )
    if not reason:
        text = f"Software installation of version {version} successfully completed. "
        return Verdict("OK", [text + "Please reboot to switch to the new version."])
    text = (
        f"Failed to install {version} with the following errors.\nSW version is {version}\n{reason}\n"
        f"Failed to install   version  {version}  type  panos\n\n"
    )
    return Verdict("FAIL", [text])


@command("delete software version")
def delete(command: Command) -> Reply:
    """An image is thrown away. Documented command, assumed texts."""
    plain(command)
    must_write(command)
    version = (command.node.text or "").strip()
    shelf = command.device.updates.software()
    if version not in shelf.downloaded or version == shelf.current:
        raise ApiError(f"Cannot delete version {version}")
    shelf.downloaded.discard(version)
    return success(element("msg", f"Version {version} deleted"))


@command("request restart system")
def restart(command: Command) -> Reply:
    """Recorded answer. The device goes down a moment later, or at once: then there is no answer (setting)."""
    plain(command)
    with noted(command, "restart", ""):
        note(command, "restart")
        command.device.restart()
    return success("Command succeeded with no output")
