# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""type=export: by a job (tech-support, stats-dump), and at once (configuration, device-state, packet captures).

Documented (Export Files and Export Technical Support Data, PAN-OS 10.1 and 11.1): the actions, the status record, the
headers of the file (doc_techsupport_*), and that a successful ``get`` deletes the job. Client
(paloaltonetworks.panos, panos_export): the other categories and their parameters, ``dir-listing``, no stats-dump on
Panorama. Assumed: that a broken ``get`` deletes the job too (a setting), the record while a job runs, texts of errors.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t
import xml.etree.ElementTree as ET

from ..system import Reply, SpecError, Stream
from .archives import pcap, tar_gz
from .commit import unknown_job
from .jobs import Job, Verdict, wall
from .queries import choice, submission
from .xml import ApiError, bad_request, element, enqueued, success

if t.TYPE_CHECKING:
    from .device import Admin, PanosDevice

EXPORT_PARAMETERS = frozenset(
    {"category", "action", "job-id", "from", "to", "pcapid", "pcap-id", "search-time", "serialno", "device_name"}
    | {"sessionid", "dlp-password"}
)
JOB_CATEGORIES = ("tech-support", "stats-dump")
# Name of the file and how many bytes it has; the vendor's sample of a tech support file has 19658186.
FILES = {
    "tech-support": ("techsupport-8469.tgz", 262144),
    "stats-dump": ("stats_dump.tar.gz", 131072),
    "device-state": ("device_state_cfg.tgz", 65536),
    "application-pcap": ("", 8192),
    "filter-pcap": ("", 8192),
    "dlp-pcap": ("", 8192),
    "threat-pcap": ("", 8192),
}
# The documentation of 9.1 writes filters-pcap, clients write filter-pcap.
SYNONYMS = {"filters-pcap": "filter-pcap"}
# Exist on a device and are not simulated.
OTHER_CATEGORIES = frozenset({"certificate", "log-db"})
APPLICATION_PCAPS = {
    "20240501": ["10.0.1.5-52000-203.0.113.9-443-12001.pcap", "10.0.1.9-52001-203.0.113.9-80-12002.pcap"],
    "20240502": ["10.0.1.5-52002-198.51.100.7-53-12003.pcap"],
}
PLAIN_PCAPS = {"filter-pcap": ["capture-rx", "capture-tx", "capture-fw"], "dlp-pcap": ["1206450340254187521.pcap"]}


@dataclasses.dataclass
class ExportSettings:
    """What a test can set of exports; README.md explains it."""

    export_seconds: float = 30.0
    export_polls: int = 0
    export_errors: list[str] = dataclasses.field(default_factory=list)
    export_ok: str = "0K"
    export_sizes: dict[str, int] = dataclasses.field(default_factory=dict)
    export_seed: str = ""
    export_kept_after: str = "nothing"

    EXPORT_CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "export_ok": ("0K", "OK"),
        "export_kept_after": ("nothing", "broken", "everything"),
    }


@dataclasses.dataclass
class ExportJob:
    """What an Exec job makes; ``polls`` as in the settings of commits."""

    category: str
    job: Job
    polls: int


def check_sizes(sizes: t.Mapping[str, t.Any]) -> None:
    """Raises SpecError."""
    for name, size in sizes.items():
        if name not in FILES or not isinstance(size, int):
            raise SpecError(f"'export_sizes' gives {', '.join(FILES)} a number of bytes")
        make(name, size, "", b"")


def export(device: PanosDevice, admin: Admin, parameters: t.Mapping[str, str]) -> Reply:
    """type=export."""
    named = parameters.get("category", "")
    if not named:
        raise bad_request('Missing value for parameter "category".')
    category = SYNONYMS.get(named, named)
    if category in JOB_CATEGORIES:
        return by_job(device, admin, category, parameters)
    if "action" in parameters or "job-id" in parameters:
        raise bad_request('Illegal parameter "action".')
    if category == "configuration":
        return configuration(device)
    if category == "device-state":
        if device.kind == "panorama":
            raise bad_request(f'Illegal value for parameter "category" [{category}].')
        return file(device, category, FILES[category][0])
    if category == "application-pcap":
        return application_pcap(device, parameters.get("from", ""))
    if category in PLAIN_PCAPS:
        return plain_pcap(device, category, parameters)
    if category == "threat-pcap":
        return threat_pcap(device, parameters)
    if category in OTHER_CATEGORIES or category.endswith(("-page", "-text")):
        return Reply(body=b"not simulated: category=" + named.encode(), status=501, content_type="text/plain")
    raise bad_request(f'Illegal value for parameter "category" [{named}].')


# By a job


def by_job(device: PanosDevice, admin: Admin, category: str, parameters: t.Mapping[str, str]) -> Reply:
    if category == "stats-dump" and device.kind == "panorama":
        raise bad_request(f'Illegal value for parameter "category" [{category}].')
    action = choice(parameters, "action", "", ("", "status", "get", "finish"))
    if not action:
        return start(device, admin, category, parameters)
    text = parameters.get("job-id", "")
    if not text.isdigit():
        raise bad_request(f'Illegal value for parameter "job-id" [{text}].')
    found = device.exports.get(int(text))
    # The ids of jobs start again with every boot.
    if found is None or found.category != category or device.engine.get(int(text)) is not found.job:
        return unknown_job(device, text)
    if action == "finish":
        return stop(device, found)
    return status(device, found) if action == "status" else get(device, found)


def start(device: PanosDevice, admin: Admin, category: str, parameters: t.Mapping[str, str]) -> Reply:
    if "job-id" in parameters:
        raise bad_request('Illegal parameter "job-id".')
    settings = device.settings
    errors = list(settings.export_errors)
    job = device.engine.add(
        "Exec",
        user=admin.name,
        enqueued=device.now(),
        seconds=settings.export_seconds,
        verdict=Verdict("FAIL" if errors else "OK", errors),
    )
    device.exports[job.id] = ExportJob(category, job, settings.export_polls)
    submission(device, admin, category, parameters, job=str(job.id))
    return enqueued("Exec", job.id)


def status(device: PanosDevice, found: ExportJob) -> Reply:
    """Finished: the vendor's page (doc_techsupport_status_FIN.xml). Running: assumed to be like any other job."""
    job, now, skew = found.job, device.now(), device.settings.clock_skew
    if found.polls and job.finished is None:
        found.polls -= 1
        if found.polls == 0:
            job.seconds = now - (job.started or now)
            device.engine.settle(now)
    over = wall(job.finished + skew, "time") if job.finished is not None else ""
    ok = device.settings.export_ok if job.result == "OK" else job.result
    fields = {
        "tenq": wall(job.enqueued + skew),
        "id": str(job.id),
        "user": "",
        "type": job.type,
        "status": job.status,
        "stoppable": "no" if over else "yes",
        "result": ok,
        "tfin": over or "Still Active",
        "progress": over or str(job.progress(now)),
    }
    details = "".join(element("line", text) for text in job.verdict.details) if over else ""
    body = "".join(element(name, value) if value else f"<{name}/>" for name, value in fields.items())
    body += (f"<details>{details}</details>" if details else "<details/>") + "<warnings/>"
    if over and job.result == "OK":
        name = "techsupport.tgz" if found.category == "tech-support" else FILES[found.category][0]
        body += element("resultfile", f"//tmp/{name}")
    return success(f"<job>{body}</job>")


def get(device: PanosDevice, found: ExportJob) -> Reply:
    """The file. With it the job goes: at once, or only when all of the file was taken (``export_kept_after``)."""
    if found.job.finished is None:
        raise ApiError(f"job {found.job.id} is not finished", code="14")
    if found.job.result != "OK":
        raise ApiError(f"job {found.job.id} failed", code="14")
    reply = file(device, found.category, FILES[found.category][0])
    kept = device.settings.export_kept_after
    if kept == "nothing":
        forget(device, found)
    elif kept == "broken" and reply.stream is not None:
        stream = dataclasses.replace(reply.stream, sent=lambda: forget(device, found))
        reply = dataclasses.replace(reply, stream=stream)
    return reply


def stop(device: PanosDevice, found: ExportJob) -> Reply:
    """``action=finish`` stops an active job (documented); the answer's form and that it also removes it: assumed."""
    if found.job.finished is None:
        device.engine.cancel(found.job, device.now())
    forget(device, found)
    return success(element("job", str(found.job.id)))


def forget(device: PanosDevice, found: ExportJob) -> None:
    if device.exports.get(found.job.id) is found:
        del device.exports[found.job.id]
        if found.job in device.engine.jobs:
            device.engine.remove(found.job)


# At once


def configuration(device: PanosDevice) -> Reply:
    """The running configuration as it is, without an envelope (client: panos_export writes the root)."""
    body = running(device)
    return Reply(body=body, headers={"Content-Disposition": "attachment; filename=running-config.xml"})


def running(device: PanosDevice) -> bytes:
    root = ET.fromstring(ET.tostring(device.configuration.running()))
    root.set("version", ".".join(device.settings.version.split(".")[:2]) + ".0")
    return b'<?xml version="1.0"?>\n' + ET.tostring(root) + b"\n"


def application_pcap(device: PanosDevice, wanted: str) -> Reply:
    """Without ``from`` the directories, with a directory its files, with a file its content (documented)."""
    directory, _slash, name = wanted.strip("/").partition("/")
    if not directory:
        return listing(APPLICATION_PCAPS)
    if directory not in APPLICATION_PCAPS or (name and name not in APPLICATION_PCAPS[directory]):
        raise ApiError(f"{wanted} not found", code="7")
    if not name:
        return listing([f"{directory}/{one}" for one in APPLICATION_PCAPS[directory]])
    return file(device, "application-pcap", name, salt=wanted)


def plain_pcap(device: PanosDevice, category: str, parameters: t.Mapping[str, str]) -> Reply:
    if category == "dlp-pcap" and not parameters.get("dlp-password"):
        raise bad_request('Missing value for parameter "dlp-password".')
    name = parameters.get("from", "").strip("/")
    if not name:
        return listing(PLAIN_PCAPS[category])
    if name not in PLAIN_PCAPS[category]:
        raise ApiError(f"{name} not found", code="7")
    return file(device, category, name if name.endswith(".pcap") else f"{name}.pcap", salt=name)


def threat_pcap(device: PanosDevice, parameters: t.Mapping[str, str]) -> Reply:
    """By the ``pcap_id`` of a row of the threat log; on Panorama the serial must be named (client)."""
    name = parameters.get("pcapid") or parameters.get("pcap-id") or ""
    if not name.isdigit():
        raise bad_request('Missing value for parameter "pcapid".')
    if device.kind == "panorama" and not parameters.get("serialno"):
        raise bad_request('Missing value for parameter "serialno".')
    return file(device, "threat-pcap", f"{name}.pcap", salt=name)


def listing(names: t.Iterable[str]) -> Reply:
    """``dir-listing`` as in a client's documentation (panos_export, stdout_xml)."""
    return success("<dir-listing>" + "".join(element("file", f"/{name}") for name in names) + "</dir-listing>")


def file(device: PanosDevice, category: str, name: str, *, salt: str = "") -> Reply:
    """doc_techsupport_get_headers.txt; Content-Length is the server's. The same bytes as long as nothing changes."""
    settings = device.settings
    size = settings.export_sizes.get(category, FILES[category][1])
    state = running(device) if category == "device-state" else b""
    seed = f"{settings.serial}/{category}/{salt}/{settings.export_seed}"
    headers = {
        "Content-Description": "File Transfer",
        "Content-Transfer-Encoding": "binary",
        "Content-Disposition": f"attachment; filename={name}",
    }
    stream = make(category, size, seed, state)
    return Reply(body=b"", content_type="application/octet-stream", headers=headers, stream=stream)


def make(category: str, size: int, seed: str, state: bytes) -> Stream:
    """Raises SpecError for a size that is too small."""
    if category.endswith("-pcap"):
        return pcap(seed, size)
    if category == "device-state":
        seed += hashlib.sha256(state).hexdigest()
        # The configuration may have grown beyond what was set.
        size = max(size, len(state) + 4096) if state else size
        return tar_gz(seed, size, {"running-config.xml": state}, "device_state.bin")
    return tar_gz(seed, size, {"tmp/cli/README.txt": f"{seed}\n".encode()}, "var/log/pan/mp-monitor.log")
