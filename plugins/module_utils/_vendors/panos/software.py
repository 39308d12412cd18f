# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Software updates: base image, download, install, restart."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Mapping

from ..._jobs.chain import Plan, Step
from ..._jobs.errors import BadInput, Refused
from ..._jobs.model import JobState
from ..._jobs.operation import Timing
from ..._transport.xml import node
from . import versions
from .client import open_client
from .records import WORDS, parse_jobs, state_of
from .replies import says_busy
from .restart import Boot, Restart, is_starting
from .system import ask, read_ha, read_system_info
from .updates import DOWNLOAD_TYPE, Errand, Package, UpdateJob, path, read_packages, refreshed, with_advice

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..._jobs.model import Handle, Observation, Verdict
    from ..._jobs.operation import Submission
    from .client import PanosClient
    from .records import JobRecord
    from .system import SystemInfo

# An image of 1 GB, its base of another, the installation and the restart of a large chassis.
_TIMING = Timing(wait_timeout=7200, poll_interval=5, poll_max_interval=30, outage_timeout=1800)

INSTALL_TYPE = "SWInstall"
"""The type of installations [assumed: no recording has one]."""

_SOFTWARE = ("request", "system", "software")
_VERSION = re.compile(r"\b\d+\.\d+\.\d+(?:-[a-z]+\d+)?\b")


@dataclasses.dataclass(frozen=True)
class SoftwareOptions:
    """What is wanted; the fields are the options of the module. Raises BadInput that names the option at fault."""

    version: str
    state: str = "installed"
    restart: bool = False
    allow_downgrade: bool = False
    check: bool = True
    sync_to_peer: bool | None = None

    def __post_init__(self) -> None:
        if versions.software(self.version) is None:
            raise BadInput(f"version: {self.version!r} is no version of PAN-OS, such as 11.1.4 or 11.1.4-h7.")
        if self.restart and self.state == "downloaded":
            raise BadInput("restart: nothing is installed with state: downloaded, so a restart would change nothing.")

    @property
    def wanted(self) -> versions.Software:
        found = versions.software(self.version)
        if found is None:  # pragma: no cover - __post_init__ has seen to it
            raise BadInput("version: not a version of PAN-OS.")
        return found


def read_images(client: PanosClient, *, target: str | None = None) -> list[Package]:
    """Return the device's list of images, as of its last check. Raises NoAnswer, Denied."""
    return read_packages(ask(client, path((*_SOFTWARE, "info")), target=target))


class SoftwareDownload(UpdateJob):
    """Download one image."""

    name: t.ClassVar[str] = "panos.software_download"
    timing: t.ClassVar[Timing] = _TIMING

    def done(self, options: Mapping[str, str], target: str | None) -> str | None:
        wanted = options["version"]
        images = read_images(self.client, target=target)
        if any(image.version == wanted and (image.downloaded or image.current) for image in images):
            return None
        return f"{wanted} is not downloaded on {self.endpoint}."

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return {"version": handle.options.get("running"), "version_wanted": handle.options.get("version")}


class SoftwareInstall(UpdateJob):
    """Install an image that was downloaded. It takes a restart to run it."""

    name: t.ClassVar[str] = "panos.software_install"
    timing: t.ClassVar[Timing] = _TIMING

    def done(self, options: Mapping[str, str], target: str | None) -> str | None:
        wanted = options["version"]
        if read_system_info(self.client, target=target).software == wanted:
            return None
        record = newest_install(self.client, target=target)
        if record is not None and wanted in named_versions(record):
            return None
        return f"Whether {wanted} is installed on {self.endpoint} shows only after a restart."

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        return ()  # No list says what will run after a restart: that the restart shows.

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return {"version": handle.options.get("running"), "version_wanted": handle.options.get("version")}


_JOBS = {job.name: job for job in (SoftwareDownload, SoftwareInstall, Restart)}


def newest_install(client: PanosClient, ours: Handle | None = None, *, target: str | None = None) -> JobRecord | None:
    """Return the newest installation since the boot if it went well: it decides what runs after a restart.

    None if there was none, or none that is over. The list begins anew with each boot [inferred]. *ours* is one more to
    take for an installation, whatever the device calls its type.
    """
    root = ask(client, node("show", node("jobs", node("all"))), target=target)
    known = "" if ours is None else ours.id
    found = [record for record in parse_jobs(root) if record.type == INSTALL_TYPE or (known and record.id == known)]
    ended = [record for record in found if state_of(record, WORDS) is JobState.SUCCEEDED]
    return max(ended, key=lambda record: record.number, default=None)


def named_versions(record: JobRecord) -> set[str]:
    """Return the versions that the texts of *record* name."""
    return set(_VERSION.findall(" ".join((record.description, *record.details))))


class SoftwareUpdate(Plan):
    """Check, download the base image and the wanted one, install, restart, verify by version."""

    name: t.ClassVar[str] = "panos.software_update"
    timing: t.ClassVar[Timing] = _TIMING
    can_cancel: t.ClassVar[bool] = True
    repeatable: t.ClassVar[bool] = True

    def __init__(self, client: PanosClient, options: SoftwareOptions) -> None:
        self._client = client
        self._options = options
        self._checked = False
        self._first: SystemInfo | None = None
        self._info: SystemInfo | None = None
        self._images: list[Package] = []
        self._install: SoftwareInstall | None = None
        self._installed = ""
        self._steps: list[str] = []
        self._warnings: list[str] = []
        self._ha: dict[str, t.Any] = {}

    def limit(self, until: float | None) -> None:
        self._client.deadline = until

    def next_step(self) -> Step | None:
        options = self._options
        info = self._info = read_system_info(self._client)
        self._first = self._first or info
        info.check_serial(self._first.serial, self._client.endpoint)
        self._ha = read_ha(self._client)
        self._steps, self._warnings = [], []
        if info.software == options.version:
            return self._until_ready(info)
        self._check_direction(info)
        images = self._images = self._offered(info)
        in_list = [version for version in self._needed(info) if _find(images, version) is not None]
        to_download = [version for version in in_list if not _is_there(images, version)]
        self._steps = [f"download {version}" for version in to_download]
        self._installed = "" if to_download else self._what_is_installed()
        if options.state == "installed":
            if not self._installed:
                self._steps.append(f"install {options.version}")
            if options.restart:
                self._steps.append("restart")
        if to_download:
            return self._download(to_download[0], info)
        if not self._steps:
            return None
        return self._restart(info) if self._steps == ["restart"] else self._do_install(info)

    def summary(self) -> str:
        info, options, where = self._info, self._options, self._client.endpoint
        running = info.software if info is not None else "an unknown version"
        if running == options.version:
            before = self._first.software if self._first is not None else running
            text = f"{where} runs {running}"
            return f"{text}." if before == running else f"{text}, before it was {before}."
        if self._steps:
            pending = f" {self._installed}" if self._installed else ""
            return f"On {where}, which runs {running}, this is to be done: {', '.join(self._steps)}.{pending}"
        if options.state == "downloaded":
            return f"{where} has {options.version} downloaded. It runs {running}."
        return f"{where} runs {running}. {self._installed} It needs a restart to run it."

    def diff(self) -> Mapping[str, str] | None:
        if self._first is None:
            return None
        if self._options.state == "downloaded":
            return {
                "before": f"{self._options.version} not downloaded\n",
                "after": f"{self._options.version} downloaded\n",
            }
        after = self._options.version if self._options.restart else f"{self._first.software}, after a restart "
        after += "" if self._options.restart else self._options.version
        return {"before": f"{self._first.software}\n", "after": f"{after}\n"}

    def result(self) -> t.Any:
        info, first, wanted = self._info, self._first, self._options.version
        if info is None or first is None:
            return None
        running = info.software == wanted
        return {
            "version": info.software,
            "version_before": first.software,
            "version_wanted": wanted,
            "downloaded": running or _is_there(self._images, wanted),
            "installed": running or bool(self._installed),
            "restarted": Boot.of(first).is_over(info),
            "restart_needed": not running and bool(self._installed),
            "ha": self._ha,
        }

    def has_changed(self) -> bool:
        return self._first is not None and self._info is not None and self._info.software != self._first.software

    def warnings(self) -> Sequence[str]:
        return self._warnings

    def was_busy(self, failed: Verdict) -> bool:
        return says_busy(" ".join(failed.job.messages))

    def _until_ready(self, info: SystemInfo) -> Step | None:
        """Return the wait for a device that runs what is wanted and is not ready yet.

        The run that restarted it may have died, and whoever asks for a restart asks for a device that can be used.
        """
        self._images = [Package(version=info.software, downloaded=True, current=True)]
        if not self._options.restart or not is_starting(self._client, info):
            return None
        self._steps = ["wait until it is ready"]
        operation = Restart(self._client, version=self._options.version, under_way=True)
        return Step(operation, self._steps[0], under_way=True)

    def _check_direction(self, info: SystemInfo) -> None:
        """Raise Refused for a downgrade that nobody asked for; warn of a leap that the vendor does not support."""
        running, wanted = versions.software(info.software), self._options.wanted
        if running is None:
            return
        if wanted < running and not self._options.allow_downgrade:
            raise Refused(
                f"{self._client.endpoint} runs {info.software}, which is newer than {self._options.version}. If it is "
                "to go back, set allow_downgrade: true.",
                label="downgrade",
            )
        if versions.skips_too_many(running, wanted):
            self._warnings.append(
                f"{self._client.endpoint}: the vendor does not support to go from {info.software} to "
                f"{self._options.version} at once (three releases may be skipped, from 10.1 on). Go in steps."
            )

    def _offered(self, info: SystemInfo) -> list[Package]:
        """Return the list of images, which has the wanted one in it. Raises Refused where there is no such image."""
        options, client = self._options, self._client
        images = read_images(client)
        missing = [version for version in self._needed(info) if _find(images, version) is None]
        if options.check and not self._checked and missing:
            try:
                images = refreshed(client, path((*_SOFTWARE, "check")), path((*_SOFTWARE, "info")))
            except Refused as exc:
                raise with_advice(exc) from exc
            self._checked = True
        if _find(images, options.version) is None:
            release = f"{options.wanted.major}.{options.wanted.minor}."
            near = [image.version for image in images if image.version.startswith(release)]
            hint = f" It knows {', '.join(near[:8])}." if near else f" It knows none of {release[:-1]}."
            raise Refused(
                f"{client.endpoint} ({info.model or 'unknown model'}) knows of no image {options.version}.{hint} Check "
                "the version, and with check: true what the update server has.",
                label="no such image",
            )
        base = self._base(info)
        if base and _find(images, base) is None:
            self._warnings.append(
                f"{client.endpoint}: {options.version} needs the base image {base}, which is not in the list of the "
                "device. The device decides whether it does without."
            )
        return images

    def _base(self, info: SystemInfo) -> str:
        """Return the base image that is needed beside the wanted one, empty where that needs none."""
        running, wanted = versions.software(info.software), self._options.wanted
        base = versions.base_image(wanted)
        if (running is not None and running.release == wanted.release) or base == wanted:
            return ""
        return f"{base.major}.{base.minor}.{base.patch}"

    def _needed(self, info: SystemInfo) -> list[str]:
        base = self._base(info)
        return [*([base] if base else []), self._options.version]

    def _what_is_installed(self) -> str:
        """Return a sentence if the wanted image is installed and waits for a restart, else an empty text.

        Trap 41: no list says so. What tells is the newest installation since the boot, by this run or by its text.
        """
        ours = self._install.submitted if self._install is not None else None
        record = newest_install(self._client, ours)
        if record is None:
            return ""
        if ours is not None and ours.id == record.id and ours.fingerprint.get("tenq", record.tenq) == record.tenq:
            return f"{self._options.version} is installed by job {record.id}."
        if named_versions(record) == {self._options.version}:
            return f"{self._options.version} seems to be installed, by what {record} says."
        return ""

    def _download(self, version: str, info: SystemInfo) -> Step:
        sync = self._options.sync_to_peer
        wish = [] if sync is None else [node("sync-to-peer", "yes" if sync else "no")]
        command = path((*_SOFTWARE, "download"), node("version", version), *wish)
        options = {"version": version, "running": info.software}
        errand = Errand(f"download {version}", command, options, (DOWNLOAD_TYPE,))
        return Step(SoftwareDownload(self._client, errand), errand.purpose)

    def _do_install(self, info: SystemInfo) -> Step:
        version = self._options.version
        command = path((*_SOFTWARE, "install"), node("version", version))
        options = {"version": version, "running": info.software}
        errand = Errand(f"install {version}", command, options, (INSTALL_TYPE,))
        self._install = SoftwareInstall(self._client, errand)
        return Step(self._install, errand.purpose)

    def _restart(self, info: SystemInfo) -> Step:
        operation = Restart(self._client, version=self._options.version, before=info.software, boot=Boot.of(info))
        return Step(operation, "restart")


def _find(images: Sequence[Package], version: str) -> Package | None:
    return next((image for image in images if image.version == version), None)


def _is_there(images: Sequence[Package], version: str) -> bool:
    image = _find(images, version)
    return image is not None and (image.downloaded or image.current)


def plan_from_options(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> SoftwareUpdate:
    """Return what the options of panos_software_update describe. Raises BadInput, MissingLibrary."""
    options = SoftwareOptions(**{field.name: params[field.name] for field in dataclasses.fields(SoftwareOptions)})
    return SoftwareUpdate(open_client(params, hide), options)


def from_handle(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> Submission:
    """Return the operation that the handle in *params* names, ready to wait. Raises BadInput, MissingLibrary."""
    handle = params["handle"]
    name = handle.get("operation") if isinstance(handle, Mapping) else None
    kind = _JOBS.get(str(name), SoftwareInstall)
    return kind(open_client(params, hide))
