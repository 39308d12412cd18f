# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""A set of exports: a folder for each date, in it one for each host, and manifests that say what is there.

    <root>/<set>/<date>/manifest.json              of all hosts
    <root>/<set>/<date>/<host>/manifest.json       of one, written by nobody but that host's tasks
    <root>/<set>/<date>/<host>/<export>.<ext>
    <root>/<set>/<date>/<host>/.progress/*.jsonl   the progress logs of jobs that may still run

What is to be done is read from the disk each time and never remembered: a run goes on where one that was killed was. A
handle is in a progress log from the submission on, and so is the file that a job has brought.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import fcntl
import hashlib
import json
import os
import re
import stat
import tempfile
import typing as t
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ._jobs.errors import BadInput
from ._jobs.model import utc_text
from ._options import SYSTEMS
from ._task import Result, Task, run_plain
from ._transport.files import AtomicFile, sha256_of

FORMAT = "netops.jobs export set"
VERSION = 1

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:@+-]*\Z")
"""Of sets, dates, hosts and exports: what is one step of a path, and not hidden."""

_MANIFEST = "manifest.json"
_PROGRESS = ".progress"
_PART = ".netops-jobs.part"
"""What the names of files end with that a killed run has left behind: see _transport.files."""

_DONE = ("succeeded", "nothing_to_do")
_OPEN = ("pending", "running", "timed_out", "unreachable")
"""Outcomes after which a job may still run: the next run waits for it by its handle."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """What may be exported, by the name of its module.

    :arg options: those of the module that an export may have.
    :arg extension: of its file. Empty where the module writes several files, or none here at all.
    :arg by: the option that decides the extension, *extensions* how.
    :arg at_once: how many run at a time on one host.
    """

    options: tuple[str, ...]
    extension: str = ""
    by: str = ""
    extensions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    at_once: int = 4
    folder: bool = False
    local: bool = True

    def suffix(self, options: Mapping[str, t.Any]) -> str:
        """Return the extension of a file that is made with *options*."""
        given = str(options.get(self.by) or "")
        return self.extensions.get(given, given if self.by == "format" and given else self.extension)


_ROWS = ("format", "fields")
_PLACES = ("include_logs", "starting_at", "ending_at", "delete_request")

KINDS: Mapping[str, Kind] = {
    "panos_export": Kind(
        ("category", "from", "pcap_id", "search_time", "serial"),
        by="category",
        extensions={
            "tech-support": "tgz",
            "stats-dump": "tgz",
            "configuration": "xml",
            "device-state": "tgz",
            "application-pcap": "pcap",
            "filter-pcap": "pcap",
            "threat-pcap": "pcap",
        },
        # A tech support file keeps the management plane busy for minutes. Chosen, not documented.
        at_once=1,
    ),
    # Five calls at a time for a device, by an article of the vendor's that others cite (assumed); each wait makes one.
    "panos_log_export": Kind(("log_type", "query", "start", "end", "last", "limit", *_ROWS), "ndjson", by="format"),
    "panos_report": Kind(
        ("report_type", "name", "period", "start", "end", "topn", "vsys", *_ROWS), "ndjson", by="format"
    ),
    "illumio_export": Kind(("path", "pversion", "query", "delete_job", *_ROWS), "json", by="format"),
    "illumio_traffic_query": Kind(
        (
            "start",
            "end",
            "last",
            "sources",
            "destinations",
            "services",
            "query_op",
            "policy_decisions",
            "boundary_decisions",
            "exclude_workloads_from_ip_list_query",
            "max_results",
            "query_name",
            "draft_rules",
            "on_truncation",
            "on_missing_region",
            "delete_query",
            *_ROWS,
        ),
        "ndjson",
        by="format",
        # The heaviest question a PCE is asked. Chosen, not documented.
        at_once=1,
    ),
    # A PCE makes 25 reports at a time (documented).
    "illumio_report": Kind(
        (
            "template",
            "last_days",
            "start",
            "end",
            "report_parameters",
            "description",
            "send_by_email",
            "report_format",
        ),
        "pdf",
        by="report_format",
        extensions={"csv": "csv"},
    ),
    "illumio_support_bundle": Kind(_PLACES, "tgz", at_once=1),
    "scm_config_export": Kind(("devices", "version", "since"), folder=True),
    "scm_device_job": Kind(("type", "devices", "advanced", "required_targets"), "json"),
    # A tenant runs four queries of the API at a time (documented).
    "cortex_xql_query": Kind(
        ("query", "start", "end", "last", "tenants", "max_results", "on_truncation", "wait_for_idle", *_ROWS),
        "ndjson",
        by="format",
    ),
    # One lock, one slot: the task waits for its end. The file stays on the SBC, for the API cannot fetch it.
    "oracle_sbc_backup": Kind(("file", "source", "settle", "lock_timeout"), at_once=1, local=False),
}


def run(task: Task) -> Result:
    """Run the module export_set."""
    steps = {"planned": _planned, "recorded": _recorded, "merged": _merged}
    return run_plain(task, "export_set", lambda _inquiry: steps[task.params["state"]](task))


def _planned(task: Task) -> Mapping[str, t.Any]:
    """Take up what is declared for a host, and say what is left to be done."""
    place = _Place.of(task)
    declared = [_Declared.of(number, data) for number, data in enumerate(task.params["exports"], start=1)]
    doubled = [name for name, count in Counter(export.name for export in declared).items() if count > 1]
    if doubled:
        raise BadInput(f"exports: {doubled[0]} is there more than once. Each needs a name of its own.")
    limits = _limits(task.params["limits"])
    if not task.check_mode:
        place.make(export.name for export in declared if export.kind.folder)
    before = _read_manifest(place.manifest, place) or place.fresh()
    known = {entry["name"]: entry for entry in before["exports"]}
    address = task.params["address"]
    entries = [_taken_up(place, export, known.get(export.name), address) for export in declared]
    manifest = place.manifest_of(entries, started_at=before["started_at"])
    changed = manifest != before
    if changed and not task.check_mode:
        _write(place.manifest, manifest)
    missing = [export for export, entry in zip(declared, entries) if entry["outcome"] not in ("running", *_DONE)]
    batches = _batches(missing, limits)
    return {
        "msg": f"{place.folder}: {_counted(entries)}.",
        "folder": str(place.folder),
        "manifest": str(place.manifest),
        "wait_log": str(place.wait_log),
        "running": _running(entries),
        "missing": [
            export.to_dict(place, batch, check_mode=task.check_mode) for export, batch in zip(missing, batches)
        ],
        "steps": sorted({(batch, export.module) for export, batch in zip(missing, batches)}),
        "exports": entries,
    }


def _recorded(task: Task) -> Mapping[str, t.Any]:
    """Write down what became of exports, by the results of the tasks that started them or waited for them."""
    place = _Place.of(task)
    manifest = _read_manifest(place.manifest, place)
    if manifest is None:
        # In check mode nothing was planned either.
        manifest = place.fresh()
        if not task.check_mode:
            raise BadInput(f"{place.manifest} is not there. Plan the set first.")
    entries = {entry["name"]: entry for entry in manifest["exports"]}
    for result in task.params["results"]:
        entry = _meant(entries, result)
        if entry is not None:
            entries[entry["name"]] = _judged(place, entry, result)
    updated = place.manifest_of(list(entries.values()), started_at=manifest["started_at"])
    if not task.check_mode:
        _write(place.manifest, updated)
        for entry in entries.values():
            if entry["outcome"] not in _OPEN:
                place.log_of(entry["name"]).unlink(missing_ok=True)
        if not _running(entries.values()):
            place.wait_log.unlink(missing_ok=True)
    return {
        "msg": f"{place.folder}: {_counted(updated['exports'])}.",
        "manifest": str(place.manifest),
        "running": _running(entries.values()),
        "exports": updated["exports"],
    }


def _merged(task: Task) -> Mapping[str, t.Any]:
    """Put the manifests of all hosts together, and remove old sets."""
    folder = _step(_step(_root(task), "set", task.params["set"]), "date", task.params["date"])
    manifest = {**_empty(task), "hosts": [], "complete": False}
    if folder.is_dir():
        with _locked(folder, check_mode=task.check_mode):
            manifest = _together(task, folder)
            if not task.check_mode:
                _write(folder / _MANIFEST, manifest)
    pruned, kept = _prune(task, folder, manifest) if task.params["prune"] else ([], [])
    for leftover in kept:
        task.warn(leftover)
    failed = [entry for entry in manifest["exports"] if entry["outcome"] not in _DONE]
    return {
        "msg": f"{folder}: {_counted(manifest['exports'])}.",
        "changed": bool(pruned),
        "folder": str(folder),
        "manifest": str(folder / _MANIFEST),
        "complete": manifest["complete"],
        "counts": dict(Counter(entry["outcome"] for entry in manifest["exports"])),
        "failed_exports": [{name: entry[name] for name in ("host", "name", "outcome", "msg")} for entry in failed],
        "open_handles": [entry["handle"] for entry in failed if entry["outcome"] in _OPEN and entry["handle"]],
        "pruned": pruned,
    }


# The place of a host's exports.


@dataclasses.dataclass(frozen=True)
class _Place:
    """The folder of one host in one set."""

    folder: Path
    set: str
    date: str
    host: str

    @classmethod
    def of(cls, task: Task) -> _Place:
        params = task.params
        date = _step(_step(_root(task), "set", params["set"]), "date", params["date"])
        return cls(_step(date, "host", params["host"]), params["set"], params["date"], params["host"])

    @property
    def manifest(self) -> Path:
        return self.folder / _MANIFEST

    @property
    def wait_log(self) -> Path:
        return self.folder / _PROGRESS / "wait.jsonl"

    def log_of(self, name: str) -> Path:
        # No export has a hyphen in front, so that none is called as the log above.
        return self.folder / _PROGRESS / f"-{name}.jsonl"

    def make(self, folders: Iterable[str]) -> None:
        """Make the folders that are missing, for nobody else to read. Raises BadInput."""
        date = self.folder.parent
        inner = (self.folder / name for name in (_PROGRESS, *folders))
        for each in (date.parent.parent, date.parent, date, self.folder, *inner):
            try:
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as exc:
                raise BadInput(f"root: the folder {each} cannot be made: {exc.strerror}.") from exc
            if each.is_symlink():
                raise BadInput(f"root: {each} is a link. Nothing is written through it.")

    def fresh(self) -> dict[str, t.Any]:
        return self.manifest_of([], started_at=_now())

    def manifest_of(self, entries: Sequence[Mapping[str, t.Any]], *, started_at: str) -> dict[str, t.Any]:
        return _manifest(self.set, self.date, [self.host], entries, started_at=started_at)


def _root(task: Task) -> Path:
    # The root itself may be a link: that is the user's own. Below it no link is followed.
    return Path(os.path.realpath(Path(task.params["root"]).expanduser()))


def _step(folder: Path, option: str, name: str) -> Path:
    """Return what is called *name* in *folder*. Raises BadInput where that would lead anywhere else."""
    if not _NAME.match(str(name)) or name == _MANIFEST:
        raise BadInput(
            f"{option}: {name!r} cannot be the name of a folder here. Letters, digits and . _ : @ + - can be in it, "
            "and it does not begin with a dot."
        )
    path = folder / name
    if path.is_symlink():
        raise BadInput(f"{option}: {path} is a link. Nothing is written through it.")
    return path


# What is declared.


@dataclasses.dataclass(frozen=True)
class _Declared:
    """One export as the user wants it."""

    name: str
    module: str
    options: Mapping[str, t.Any]
    extension: str

    @classmethod
    def of(cls, number: int, data: Mapping[str, t.Any]) -> _Declared:
        name, module = data["name"], data["kind"]
        place = f"exports, entry {number}"
        if not _NAME.match(name):
            raise BadInput(
                f"{place}: {name!r} cannot be the name of a file. Letters, digits and . _ : @ + - can be in it, and it "
                "does not begin with a dot or a sign."
            )
        options = {key: value for key, value in (data["options"] or {}).items() if value is not None}
        allowed = KINDS[module].options
        unknown = sorted(set(options) - set(allowed))
        if unknown:
            raise BadInput(f"{place} ({name}): {module} has no option {unknown[0]} here. It has {', '.join(allowed)}.")
        extension = data["extension"] or KINDS[module].suffix(options)
        if extension and not _NAME.match(extension):
            raise BadInput(f"{place} ({name}): {extension!r} cannot be an extension.")
        export = cls(name, module, options, extension)
        if export.file == _MANIFEST:
            raise BadInput(f"{place}: {_MANIFEST} is the name of the manifest. Call the export something else.")
        return export

    @property
    def kind(self) -> Kind:
        return KINDS[self.module]

    @property
    def system(self) -> str:
        return next(name for name in SYSTEMS if self.module.startswith(f"{name}_"))

    @property
    def file(self) -> str:
        """The name of its file, or of its folder."""
        return f"{self.name}.{self.extension}" if self.extension and not self.kind.folder else self.name

    @property
    def fingerprint(self) -> str:
        """What tells it from one of the same name with other options."""
        told = {"kind": self.module, "options": self.options, "file": self.file}
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    def to_dict(self, place: _Place, batch: int, *, check_mode: bool) -> dict[str, t.Any]:
        """Return what a task needs that starts it."""
        dest = place.folder / self.file
        if check_mode:
            # Its folder may not be there yet. Nothing is written, so any folder will do.
            dest = Path(tempfile.gettempdir())
            dest = dest if self.kind.folder else dest / f"netops.jobs-check-{os.getpid()}-{self.file}"
        backup = f"{place.set}-{place.date}-{self.name}.gz"
        return {
            "name": self.name,
            "kind": self.module,
            "options": dict(self.options) if self.kind.local else {"file": backup, **self.options},
            "dest": str(dest),
            "progress_log": str(place.log_of(self.name)),
            "batch": batch,
        }


def _limits(given: Mapping[str, t.Any] | None) -> Mapping[str, int]:
    """Return how many of each kind run at a time. Raises BadInput."""
    limits = {name: kind.at_once for name, kind in KINDS.items()}
    for name, value in (given or {}).items():
        if name not in limits:
            raise BadInput(f"limits: {name} is no kind of export. There are {', '.join(KINDS)}.")
        try:
            limits[name] = int(value)
        except (TypeError, ValueError):
            limits[name] = 0
        if limits[name] < 1:
            raise BadInput(f"limits: {name} must be a number from 1 on, not {value!r}.")
    return limits


def _batches(missing: Sequence[_Declared], limits: Mapping[str, int]) -> list[int]:
    """Return for each export with which batch it is started: no batch has more of a kind than may run at a time."""
    seen: Counter[str] = Counter()
    batches = []
    for export in missing:
        batches.append(seen[export.module] // limits[export.module])
        seen[export.module] += 1
    return batches


def _taken_up(
    place: _Place, export: _Declared, known: Mapping[str, t.Any] | None, address: str | None
) -> dict[str, t.Any]:
    """Return the entry of *export*: as it was, if it is done or in flight; else as one that is to be started."""
    fresh: dict[str, t.Any] = {
        "name": export.name,
        "host": place.host,
        "source": {"system": export.system, "address": address, "operation": export.module},
        "outcome": "pending",
        "msg": "",
        "files": [],
        "handle": None,
        "started_at": None,
        "finished_at": None,
        "seconds": None,
        "fingerprint": export.fingerprint,
    }
    if known is None or known["fingerprint"] != export.fingerprint:
        return fresh
    if known["outcome"] in _DONE:
        intact = all(_intact(place.folder / file["path"], file["sha256"]) for file in known["files"] if file["sha256"])
        return dict(known) if intact else fresh
    if known["outcome"] not in _OPEN or not export.kind.local:
        # Whether a backup was made, its task finds out again by the list of files.
        return fresh
    return _found_again(place, fresh, known)


def _found_again(place: _Place, fresh: dict[str, t.Any], known: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return what the progress logs say of an export whose run did not come to its end."""
    handle, started_at = known["handle"], known["started_at"]
    for record in _records(place.log_of(fresh["name"]), ""):
        if isinstance(record.get("handle"), dict):
            handle, started_at = record["handle"], started_at or record.get("time")
    if handle is None:
        return fresh
    entry = {**fresh, "outcome": "running", "handle": handle, "started_at": started_at or _now()}
    for record in (*_records(place.log_of(fresh["name"]), "collected"), *_records(place.wait_log, "collected")):
        file = record.get("file") or {}
        if _same_job(record.get("handle"), handle) and _intact(Path(str(file.get("path"))), file.get("sha256")):
            found = {**entry, "outcome": "succeeded", "msg": "It was fetched by a run that did not come to its end."}
            return _finished(place, found, [file], finished_at=record.get("time"))
    return entry


def _records(log: Path, kind: str) -> Iterator[Mapping[str, t.Any]]:
    """Yield the records of *kind*, of any if empty, in a progress log. The last line may be cut off."""
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if kind not in line:
                    continue
                with contextlib.suppress(ValueError):
                    record = json.loads(line)
                    if isinstance(record, dict) and (not kind or record.get("event") == kind):
                        yield record
    except OSError:
        return


def _same_job(one: t.Any, other: t.Any) -> bool:
    names = ("operation", "endpoint", "id")
    return isinstance(one, dict) and isinstance(other, dict) and all(one.get(name) == other.get(name) for name in names)


def _intact(path: Path, sha256: t.Any) -> bool:
    """Return whether *path* is a file, not a link, with that content."""
    try:
        regular = stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
    return regular and sha256_of(str(path)) == sha256


# What became of them.


def _meant(entries: Mapping[str, dict[str, t.Any]], result: t.Any) -> dict[str, t.Any] | None:
    """Return the entry that *result* is about: by the item of the loop that started it, else by its handle."""
    if not isinstance(result, dict):
        return None
    item = _item(result)
    if item is not None:
        return entries.get(str(item.get("name")))
    handle = (result.get("job") or {}).get("handle")
    return next((entry for entry in entries.values() if _same_job(entry["handle"], handle)), None)


def _item(result: Mapping[str, t.Any]) -> Mapping[str, t.Any] | None:
    """Return what the loop was at when it got *result*, an entry of what is missing; None without a loop."""
    item = result.get(str(result.get("ansible_loop_var", "item")))
    return item if isinstance(item, dict) else None


def _judged(place: _Place, entry: dict[str, t.Any], result: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return *entry* as the result of its task makes it."""
    job = result.get("job") or {}
    handle = job.get("handle") or entry["handle"]
    judged = {
        **entry,
        # A result without an outcome is one of Ansible itself: an option that the module does not take, say.
        "outcome": result.get("outcome") or "failed",
        "msg": str(result.get("msg") or ""),
        "handle": handle,
        "started_at": entry["started_at"] or job.get("submitted_at") or _now(),
        "source": {**entry["source"], "operation": job.get("operation") or entry["source"]["operation"]},
    }
    if judged["outcome"] == "running":
        return judged
    found = result.get("result") or {}
    files = [found] if "path" in found and "sha256" in found else []
    files += [file for device in result.get("devices") or () for file in device["files"]]
    judged = _finished(place, judged, files, finished_at=job.get("finished_at"), seconds=job.get("elapsed"))
    remote = found.get("file") or _remote(result)
    if remote and not files and judged["outcome"] in _DONE:
        # A backup that stays where it is. One that was there already is named by the options of its task alone.
        judged["files"] = [{"path": None, "remote": remote, "rows": None, "bytes": None, "sha256": None}]
    return judged


def _remote(result: Mapping[str, t.Any]) -> t.Any:
    item = _item(result)
    local = item is None or item.get("kind") not in KINDS or KINDS[item["kind"]].local
    return None if item is None or local else item["options"].get("file")


def _finished(
    place: _Place,
    entry: dict[str, t.Any],
    files: Iterable[Mapping[str, t.Any]],
    *,
    finished_at: str | None,
    seconds: float | None = None,
) -> dict[str, t.Any]:
    """Return *entry* with its files, and how long it took."""
    finished_at = finished_at or _now()
    source = dict(entry["source"])
    if entry["handle"]:
        source.update(address=entry["handle"].get("endpoint"), operation=entry["handle"].get("operation"))
    took = (_moment(finished_at) - _moment(entry["started_at"])).total_seconds()
    return {
        **entry,
        "source": source,
        "files": [
            {
                "path": os.path.relpath(str(file["path"]), place.folder),
                "rows": file.get("count"),
                "bytes": file.get("size"),
                "sha256": file["sha256"],
            }
            for file in files
        ],
        "finished_at": finished_at,
        "seconds": max(took, float(seconds or 0)),
    }


def _running(entries: Iterable[Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Return name and handle of those that are in flight."""
    found = [entry for entry in entries if entry["outcome"] == "running" and entry["handle"]]
    return [{"name": entry["name"], "handle": entry["handle"]} for entry in found]


def _counted(entries: Iterable[Mapping[str, t.Any]]) -> str:
    counts = Counter(entry["outcome"] for entry in entries)
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "no exports"


# Manifests.


def _manifest(
    name: str, date: str, hosts: Sequence[str], entries: Sequence[Mapping[str, t.Any]], *, started_at: str
) -> dict[str, t.Any]:
    ended = [entry["finished_at"] for entry in entries if entry["finished_at"]]
    return {
        "format": FORMAT,
        "version": VERSION,
        "set": name,
        "date": date,
        "hosts": list(hosts),
        "complete": all(entry["outcome"] in _DONE for entry in entries),
        "started_at": started_at,
        "finished_at": max(ended, default=None),
        "exports": list(entries),
    }


def _empty(task: Task) -> dict[str, t.Any]:
    return _manifest(task.params["set"], task.params["date"], [], [], started_at=_now())


def _ours_or_none(path: Path) -> dict[str, t.Any] | None:
    """Return the manifest at *path*, None where there is none. Raises BadInput for what is none of ours."""
    found = _ours(path)
    if found is None and os.path.lexists(path):
        raise BadInput(f"{path} is no manifest of a set of exports. Nothing is written over it.")
    return found


def _read_manifest(path: Path, place: _Place) -> dict[str, t.Any] | None:
    """Return the manifest of a host, None where there is none. Raises BadInput for what is none of ours."""
    found = _ours_or_none(path)
    if found is not None and (found["set"], found["date"], found["hosts"]) != (place.set, place.date, [place.host]):
        raise BadInput(f"{path} is the manifest of another set, date or host. Nothing is written over it.")
    return found


def _ours(path: Path) -> dict[str, t.Any] | None:
    """Return the manifest at *path*, None where there is none, or something else than one of ours."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or (found.get("format"), found.get("version")) != (FORMAT, VERSION):
        return None
    return found if _well_formed(found) else None


def _well_formed(manifest: Mapping[str, t.Any]) -> bool:
    """Return whether *manifest* has what is read of it: somebody may have edited it."""
    try:
        files = [file["path"] for entry in manifest["exports"] for file in entry["files"]]
        for moment in (manifest["started_at"], manifest["finished_at"] or manifest["started_at"]):
            _moment(moment)
    except (KeyError, TypeError, ValueError):
        return False
    texts = [manifest.get("set"), manifest.get("date"), *manifest.get("hosts", ())]
    return all(isinstance(text, str) for text in texts) and all(isinstance(path, (str, type(None))) for path in files)


def _write(path: Path, manifest: Mapping[str, t.Any]) -> None:
    """Replace the manifest at once: whoever reads it finds the one of before or the whole new one."""
    with AtomicFile(str(path), option="root") as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")
        file.save()


@contextlib.contextmanager
def _locked(folder: Path, *, check_mode: bool) -> Iterator[None]:
    """Keep other plays away that put manifests of the same set together: slices of one inventory, say."""
    if check_mode:
        yield
        return
    number = os.open(folder / ".lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _together(task: Task, folder: Path) -> dict[str, t.Any]:
    """Return the manifest of all hosts. A host that has none yet keeps the set from being complete."""
    name, date = task.params["set"], task.params["date"]
    before = _ours_or_none(folder / _MANIFEST) or _empty(task)
    expected = set(before["hosts"]) | set(task.params["hosts"])
    found = {}
    for host in sorted(expected | {entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)}):
        manifest = _ours(folder / host / _MANIFEST) if _NAME.match(host) else None
        if manifest is not None and (manifest["set"], manifest["date"], manifest["hosts"]) == (name, date, [host]):
            found[host] = manifest
    entries = [
        {**entry, "files": [_below(host, file) for file in entry["files"]]}
        for host, manifest in found.items()
        for entry in manifest["exports"]
    ]
    started = min((manifest["started_at"] for manifest in found.values()), default=before["started_at"])
    merged = _manifest(name, date, sorted(expected | set(found)), entries, started_at=started)
    merged["complete"] = merged["complete"] and expected <= set(found) and bool(found)
    return merged


def _below(host: str, file: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {**file, "path": f"{host}/{file['path']}" if file["path"] is not None else None}


# Old sets.


def _prune(task: Task, current: Path, manifest: Mapping[str, t.Any]) -> tuple[list[str], list[str]]:
    """Remove complete sets that no rule keeps; return their folders, and what is to be said of what was left."""
    keep, days = task.params["keep"], task.params["max_age_days"]
    if keep is None and days is None:
        return [], []
    complete = _complete_sets(current.parent, str(task.params["set"]))
    if manifest["complete"]:
        complete[current] = manifest
    in_order = sorted(complete, key=lambda path: str(complete[path]["finished_at"]), reverse=True)
    oldest = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days or 0)
    pruned, notes = [], []
    for place, path in enumerate(in_order):
        young = days is not None and _moment(complete[path]["finished_at"]) >= oldest
        # Whoever asks for nothing to be kept keeps the last complete one all the same.
        if place < max(keep or 0, 1) or young or path == current:
            continue
        pruned.append(str(path))
        if not task.check_mode and not _removed(path, complete[path]):
            notes.append(f"{path} has files that no manifest names. They were left there.")
    return pruned, notes


def _complete_sets(folder: Path, name: str) -> dict[Path, Mapping[str, t.Any]]:
    """Return the complete sets in *folder* by their folders: real ones, with a manifest of ours that is about them."""
    found: dict[Path, Mapping[str, t.Any]] = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            manifest = _ours(Path(entry.path, _MANIFEST)) if entry.is_dir(follow_symlinks=False) else None
            ours = manifest is not None and (manifest["set"], manifest["date"]) == (name, entry.name)
            if manifest is not None and ours and manifest["complete"] and manifest["finished_at"]:
                found[Path(entry.path)] = manifest
    return found


def _removed(folder: Path, manifest: Mapping[str, t.Any]) -> bool:
    """Remove what *manifest* names, itself last; return whether the folder is gone. Nothing else is ever removed."""
    named = [file["path"] for entry in manifest["exports"] for file in entry["files"] if file["path"]]
    hosts = [host for host in manifest["hosts"] if _NAME.match(host) and _real(folder / host)]
    folders = {name for name in (path.rpartition("/")[0] for path in named) if name}
    folders |= {*hosts, *(f"{host}/{_PROGRESS}" for host in hosts)}
    for name in folders:
        named += [f"{name}/{found}" for found in _listed(folder, name) if _left_behind(name, found)]
    named += [f"{host}/{_MANIFEST}" for host in hosts]
    for path in named:
        _unlink_below(folder, path)
    for name in sorted(folders, key=len, reverse=True):
        if _inside(folder, name) is not None:
            with contextlib.suppress(OSError):
                (folder / name).rmdir()
    _unlink_below(folder, ".lock")
    _unlink_below(folder, _MANIFEST)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _listed(folder: Path, name: str) -> list[str]:
    """Return what is in the folder *name* below *folder*, nothing where that is a link or not there."""
    path = _inside(folder, name)
    return [entry.name for entry in path.iterdir()] if path is not None and _real(path) else []


def _left_behind(folder: str, name: str) -> bool:
    """Return whether a file called *name* is a part of ours that a run that was killed has left in *folder*."""
    return (name.startswith(".") and name.endswith(_PART)) or folder.endswith(f"/{_PROGRESS}")


def _unlink_below(folder: Path, name: str) -> None:
    path = _inside(folder, name)
    if path is not None and not (path.is_dir() and not path.is_symlink()):
        with contextlib.suppress(OSError):
            path.unlink()


def _inside(folder: Path, name: str) -> Path | None:
    """Return *name* below *folder*, None where a step of the way leaves it or is a link."""
    steps = name.split("/")
    if not name or any(step in ("", ".", "..") for step in steps):
        return None
    path = folder
    for step in steps[:-1]:
        path /= step
        if not _real(path):
            return None
    return path / steps[-1]


def _real(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _now() -> str:
    return utc_text(datetime.datetime.now(datetime.timezone.utc))


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
