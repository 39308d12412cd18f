# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs on devices, and their local configurations."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ..system import Reply, Stream
from .answers import iso_time, not_present, plain_time
from .settings import Settings
from .work import DevicePlan, Work

# Only the first command is in a published example; the others are assumed. Which kinds take ``advanced`` is documented.
COMMANDS = {
    "route-table": "show-routing-route",
    "fib-table": "show-routing-fib",
    "dns-proxy": "show-dns-proxy",
    "device-interfaces": "show-interface",
    "device-rules": "show-rules",
    "bgp-policy-export": "show-bgp-policy-export",
    "logging-service-forwarding-status": "show-logging-status",
}
ADVANCED = {"route-table": "show-advanced-routing-route", "fib-table": "show-advanced-routing-fib"}
OCTETS = "application/octet-stream"
LARGE = 1024 * 1024
PIECE = 65536


@dataclasses.dataclass
class DeviceJob:
    id: str
    command: str
    devices: tuple[str, ...]
    created: float
    plan: DevicePlan
    work: Work
    early_looks: int


class DeviceJobs:
    """The jobs on devices of one tenant."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.jobs: dict[str, DeviceJob] = {}

    def submit(self, job_id: str, command: str, devices: t.Sequence[str], plan: DevicePlan, now: float) -> DeviceJob:
        work = Work(now, plan.pending, plan.seconds, plan.polls)
        self.jobs[job_id] = DeviceJob(job_id, command, tuple(devices), now, plan, work, plan.early_polls)
        return self.jobs[job_id]

    def one(self, job_id: str, now: float) -> dict[str, t.Any]:
        """The answer to a look. Raises ApiError 404."""
        job = self.jobs.get(job_id)
        if job is None:
            raise not_present()
        if job.early_looks > 0:
            job.early_looks -= 1
            raise not_present()
        job.work.look(now)
        return {
            "jobId": job.id,
            "progress": job.work.percent(now),
            "state": self.word(job, now),
            "request": {"command": job.command, "devices": list(job.devices)},
            "results": self._results(job, now),
        }

    def word(self, job: DeviceJob, now: float) -> str:
        if job.work.over(now):
            return job.plan.state
        return "pending" if job.work.waits(now) else "in_progress"

    def _results(self, job: DeviceJob, now: float) -> list[dict[str, t.Any]]:
        """At the end one of each device; before, none or those that are through, as the settings say."""
        devices = list(job.devices)
        if not job.work.over(now):
            if self._settings.device_results == "at_end":
                return []
            devices = devices[: job.work.percent(now) * len(devices) // 100]
        results, ahead = [], self._settings.utc_offset
        for serial in devices:
            spec = job.plan.device(serial)
            known = serial in self._settings.serials
            if spec.get("missing") or (not known and self._settings.unknown_device == "missing"):
                continue
            # What stands there for a device that does not exist is assumed.
            state = str(spec.get("state", "complete" if known else "failed"))
            message = "Command completed successfully." if state == "complete" else "Command failed."
            ended = job.work.over_at()
            results.append(
                {
                    "device": serial,
                    "state": state,
                    "created_ts": plain_time(job.created + ahead),
                    "updated_ts": plain_time((now if ended is None else min(now, ended)) + ahead),
                    "details": {
                        "msg": str(spec.get("msg", message if known else "Device not found.")),
                        "result": spec.get("result", sample(job.command) if state == "complete" else {}),
                    },
                }
            )
        return results


def sample(command: str) -> dict[str, t.Any]:
    """What a device says; that of routes is the published example, the rest is made up."""
    if "route" in command:
        route = {"prefix": "3.3.3.3/32", "prefixLen": 32, "protocol": "connected", "distance": 0, "metric": 0}
        return {"router_global": {"3.3.3.3/32": [route]}}
    return {"command": command, "entries": [{"name": "ethernet1/1"}]}


class LocalConfigs:
    """The local configurations of the devices: computed from serial and version, the same every time."""

    def __init__(self, settings: Settings, born: float) -> None:
        self._settings, self._born = settings, born
        self._added: dict[str, int] = {}

    def add(self, serial: str) -> int:
        """One more version; returns its id."""
        self._added[serial] = self._added.get(serial, 0) + 1
        return self._settings.local_versions + self._added[serial]

    def versions(self, serial: str) -> list[dict[str, t.Any]]:
        """Newest first, as in the published example. Empty also for an unknown device (documented)."""
        return [self._record(serial, number) for number in reversed(self._numbers(serial))]

    def download(self, serial: str, version: str) -> Reply | None:
        """The file; None if there is none."""
        if not version.isdigit() or int(version) not in self._numbers(serial):
            return None
        name = f"local-config-{serial}-{version}.xml"
        headers = {"Content-Disposition": f"attachment; filename={name}"}
        size = self._settings.local_config_bytes
        if size < LARGE:
            body = b"".join(self._pieces(serial, version, size))
            return Reply(body=body, content_type=OCTETS, headers=headers)
        stream = Stream(size, lambda: self._pieces(serial, version, size))
        return Reply(body=b"", content_type=OCTETS, headers=headers, stream=stream)

    def _numbers(self, serial: str) -> range:
        if serial not in self._settings.serials:
            return range(0)
        return range(1, self._settings.local_versions + self._added.get(serial, 0) + 1)

    def _record(self, serial: str, number: int) -> dict[str, t.Any]:
        record = {
            "id": number,
            "serial": serial,
            "local_version": f"1.0.{number}",
            "timestamp": iso_time(self._born - 86400.0 * (self._settings.local_versions - number + 1), "seconds"),
            "xfmed_version": f"1.0.{number}-transformed",
        }
        if self._settings.local_config_md5:
            digest = hashlib.md5(usedforsecurity=False)
            for piece in self._pieces(serial, str(number), self._settings.local_config_bytes):
                digest.update(piece)
            record["md5"] = digest.hexdigest()
        return record

    def _pieces(self, serial: str, version: str, size: int) -> t.Iterator[bytes]:
        """An XML document of that many bytes."""
        start = f'<?xml version="1.0"?>\n<config version="11.2.0" urldb="{serial}-{version}">\n<devices>'.encode()
        end = b"</devices>\n</config>\n"
        yield start
        left = max(0, size - len(start) - len(end))
        line = f"<!-- {serial} {version} -->\n".encode()
        filler = line * (PIECE // len(line))
        while left >= len(filler):
            yield filler
            left -= len(filler)
        yield b" " * left
        yield end
