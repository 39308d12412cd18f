# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The local configurations of devices: which versions there are, and some of them as files. None of it is a job.

Sources: D operations-R2-2026.yaml, A assumed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import re
import time
import typing as t
from collections.abc import Mapping
from pathlib import Path

from ..._jobs.errors import Denied, Interrupted, JobMissing, NoAnswer, Refused
from ..._jobs.model import Outcome
from ..._jobs.moments import MOMENT, moment_of, read_time
from ..._jobs.operation import Timing, Transfer
from ..._jobs.wait import foreseen
from ..._transport import downloads, integrity, xml
from ..._transport.files import check_destination, check_folder
from .client import open_client
from .listing import entries
from .serials import check_serials, same_serial

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..._jobs.inquiry import Inquiry
    from ..._transport.files import Saved
    from .client import ScmClient

TIMING = Timing(wait_timeout=3600, poll_interval=1, poll_max_interval=10, outage_timeout=60)
"""For how long questions that get no answer are repeated."""

DOWNLOAD_TIMEOUT = 600.0
"""Seconds that one configuration may take to come."""

_MD5 = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_NEVER = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
_NAMED = 20

# D: an unknown device gets an empty list, too.
_NO_VERSIONS = "No versions are listed: it has none, or the tenant does not know the device."


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Which versions of which *devices* to write to the folder *dest*, None to list them only.

    *version* is one by its id, *since* (aware) means all from that time on; the newest is meant where neither is given.
    Raises BadInput.
    """

    devices: tuple[str, ...]
    dest: str | None = None
    version: int | None = None
    since: datetime.datetime | None = None

    def __post_init__(self) -> None:
        check_serials("devices", self.devices)


@dataclasses.dataclass(frozen=True)
class Version:
    """One version in the list of a device; *record* is what the API says of it."""

    id: int
    at: datetime.datetime | None
    md5: str
    record: Mapping[str, t.Any]

    @classmethod
    def of(cls, record: Mapping[str, t.Any]) -> Version:
        """Raises Refused for one that cannot be told from others."""
        number = record.get("id")
        text = str(number)
        if not (text.isascii() and text.isdigit()):
            raise Refused(f"lists a version whose id is {number!r}, and not a number.", label="strange id")
        found = MOMENT.fullmatch(str(record.get("timestamp")).strip())
        at = None
        if found is not None:
            with contextlib.suppress(ValueError, OverflowError):
                at = moment_of(found, in_utc=found[8] is None)  # D: UTC
        md5 = str(record.get("md5") or "")
        # D: "currently not populated", and an example that is no MD5.
        return cls(int(text), at, md5.lower() if _MD5.fullmatch(md5) else "", record)


class Configuration(integrity.Xml):
    """A configuration on its way: XML to its end, and with the MD5 that its list gives it, if it gives one."""

    def __init__(self, md5: str) -> None:
        super().__init__()
        self._expected = md5
        self._md5 = hashlib.md5(usedforsecurity=False)

    def take(self, data: bytes) -> None:
        super().take(data)
        self._md5.update(data)

    def end(self) -> None:
        super().end()
        found = self._md5.hexdigest()
        if self._expected and found != self._expected:
            raise integrity.Damaged(f"its MD5 is {found}, and that in the list of versions is {self._expected}")


class Export:
    """List the versions of each device, and write those that are wanted; what fails of one stops no other."""

    def __init__(self, client: ScmClient, wanted: Wanted, inquiry: Inquiry, *, check_mode: bool = False) -> None:
        self._client = client
        self._wanted = wanted
        self._inquiry = inquiry
        self._check_mode = check_mode
        self._answered = False

    def run(self) -> dict[str, t.Any]:
        """Return the result of scm_config_export.

        Raises NoAnswer and Denied only where nothing was answered at all.
        """
        verdicts: list[dict[str, t.Any]] = []
        interrupted = ""
        try:
            for serial in self._wanted.devices:
                self._inquiry.tell(f"{len(verdicts)} of {len(self._wanted.devices)} devices are done")
                verdict: dict[str, t.Any] = {
                    "serial": serial,
                    "state": "succeeded",
                    "message": "",
                    "versions": [],
                    "files": [],
                }
                # Before it is complete: what is written is told whatever comes after it.
                verdicts.append(verdict)
                self._device(serial, verdict)
        except Interrupted as exc:
            interrupted = str(exc)
        return self._result(verdicts, interrupted)

    def _device(self, serial: str, verdict: dict[str, t.Any]) -> None:
        try:
            versions = self._inquiry.patiently(lambda: self._listed(serial))
            self._answered = True
            verdict["versions"] = [dict(version.record) for version in versions]
            if not versions:
                verdict["message"] = _NO_VERSIONS
            if self._wanted.dest is not None:
                for version in self._chosen(versions):
                    verdict["files"].append(self._file(serial, version))
        except Exception as exc:  # pylint: disable=broad-exception-caught
            if not self._answered and (isinstance(exc, Denied) or (isinstance(exc, NoAnswer) and not exc.server_spoke)):
                raise
            verdict.update(state="failed", message=foreseen(exc).message)
        except Interrupted as exc:
            verdict.update(state="failed", message=f"{exc}")
            raise

    def _listed(self, serial: str) -> list[Version]:
        """Return the versions of a device, the newest first."""
        try:
            data = self._client.get(self._client.device("/local-config/versions"), {"device": serial}).data
        except JobMissing as exc:
            raise Refused(f"{exc.message} Check device_path.", label=exc.label) from exc
        found = entries(data, self._client.endpoint)
        records = [
            each for each in found if isinstance(each, Mapping) and same_serial(each.get("serial", serial), serial)
        ]
        versions = [Version.of(record) for record in records]
        return sorted(versions, key=lambda version: (version.at or _NEVER, version.id), reverse=True)

    def _chosen(self, versions: Sequence[Version]) -> Sequence[Version]:
        """Return which versions to write. Raises Refused where there is none of what was asked for."""
        wanted = self._wanted
        if not versions:
            raise Refused(_NO_VERSIONS)
        if wanted.version is not None:
            found = [version for version in versions if version.id == wanted.version]
            if not found:
                ids = ", ".join(str(version.id) for version in versions[:_NAMED])
                raise Refused(f"There is no version {wanted.version}, the newest are {ids}.")
            return found
        if wanted.since is None:
            return versions[:1]
        timeless = [version for version in versions if version.at is None]
        if timeless:
            raise Refused(f"Of version {timeless[0].id} the list has no time that can be read, so since tells nothing.")
        return [version for version in versions if version.at is not None and version.at >= wanted.since]

    def _file(self, serial: str, version: Version) -> dict[str, t.Any]:
        # The name is ours: that in the header of the answer is not asked for, and both parts of this one are digits.
        path = str(Path(str(self._wanted.dest)) / f"local-config-{serial}-{version.id}.xml")
        about = {"version": version.id, "path": path}
        check_destination("dest", path)
        if self._check_mode:
            # A version never changes [A], so a file that is there is taken for the same.
            return {**about, "size": None, "sha256": None, "changed": not Path(path).exists()}
        saved = self._inquiry.patiently(lambda: self._fetched(serial, version, path))
        return {**about, "size": saved.size, "sha256": saved.sha256, "changed": saved.changed}

    def _fetched(self, serial: str, version: Version, path: str) -> Saved:
        client, transfer = self._client, Transfer(time.monotonic() + DOWNLOAD_TIMEOUT, self._inquiry.tell)
        query = {"device": serial, "version": str(version.id)}
        address = client.device("/local-config/download")
        try:
            with client.stream(address, query, headers={"Accept": "application/octet-stream"}) as answer:
                check = Configuration(version.md5)
                return downloads.save(answer, path, transfer, client.endpoint, check=check)
        except integrity.Damaged as exc:
            raise Refused(f"Version {version.id} is not as it should be: {exc}.", label="damaged") from exc
        except JobMissing as exc:
            # D: {"error": "configuration not found"}
            raise Refused(f"Version {version.id} is listed, but not there: {exc.message}", label=exc.label) from exc

    def _result(self, verdicts: Sequence[Mapping[str, t.Any]], interrupted: str) -> dict[str, t.Any]:
        files = [file for verdict in verdicts for file in verdict["files"]]
        changed = sum(file["changed"] for file in files)
        failed = [verdict for verdict in verdicts if verdict["state"] == "failed"]
        text = (
            f"{self._client.endpoint}: {_count(len(verdicts) - len(failed), 'device')} of {len(self._wanted.devices)}"
        )
        if self._wanted.dest is None:
            text += f", {_count(sum(len(verdict['versions']) for verdict in verdicts), 'version')}."
        else:
            would = " would be" if self._check_mode else ""
            text += f", {_count(changed, 'file')}{would} written, {len(files) - changed} unchanged."
        if failed:
            names = "; ".join(f"{each['serial']} ({each['message'].rstrip('.')})" for each in failed[:_NAMED])
            more = f"; and {len(failed) - _NAMED} more in devices" if len(failed) > _NAMED else ""
            text += f" Failed: {names}{more}."
        result: dict[str, t.Any] = {"changed": changed > 0, "devices": list(verdicts)}
        if interrupted:
            text += f" The others were not looked at: {interrupted}."
        if interrupted or failed:
            outcome = Outcome.TIMED_OUT if interrupted else Outcome.FAILED
            result.update(outcome=outcome.value, failed=True)
        return {**result, "msg": text}


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def from_options(
    params: Mapping[str, t.Any],
    hide: Callable[[Iterable[str]], None],
    inquiry: Inquiry,
    *,
    check_mode: bool,
    now: datetime.datetime | None = None,
) -> dict[str, t.Any]:
    """Return the result of scm_config_export. Raises BadInput, MissingLibrary, NoAnswer, Denied."""
    xml.require_lxml()
    dest, since = params["dest"], params["since"]
    wanted = Wanted(
        devices=tuple(dict.fromkeys(params["devices"])),
        dest=None if dest is None else check_folder("dest", dest),
        version=params["version"],
        since=None
        if since is None
        else read_time("since", since, now=now or datetime.datetime.now(datetime.timezone.utc)),
    )
    return Export(open_client(params, hide), wanted, inquiry, check_mode=check_mode).run()
