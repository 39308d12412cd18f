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
import hashlib
import json
import os
import tempfile
import typing as t
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .._jobs.errors import BadInput
from .._options import SYSTEMS
from .._task import Result, Task, run_plain
from .kinds import KINDS, Kind
from .manifests import (
    DONE,
    MANIFEST,
    NAME,
    OPEN,
    PROGRESS,
    empty,
    intact,
    locked,
    manifest_of,
    moment,
    now,
    read,
    step,
    together,
    write,
)
from .old import prune


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
    for abandoned in _abandoned(place, before["exports"], entries):
        task.warn(abandoned)
    if not task.check_mode:
        _forget_old_logs(place, entries)
        if manifest != before:
            write(place.manifest, manifest)
    missing = [export for export, entry in zip(declared, entries) if entry["outcome"] not in ("running", *DONE)]
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
        write(place.manifest, updated)
        for entry in entries.values():
            if entry["outcome"] not in OPEN:
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
    folder = step(step(_root(task), "set", task.params["set"]), "date", task.params["date"])
    manifest = {**empty(task), "hosts": [], "complete": False}
    if folder.is_dir():
        with locked(folder, check_mode=task.check_mode):
            manifest = together(task, folder)
            if not task.check_mode:
                write(folder / MANIFEST, manifest)
    pruned, kept = prune(task, folder, manifest) if task.params["prune"] else ([], [])
    for leftover in kept:
        task.warn(leftover)
    failed = [entry for entry in manifest["exports"] if entry["outcome"] not in DONE]
    return {
        "msg": f"{folder}: {_counted(manifest['exports'])}.",
        "changed": bool(pruned),
        "folder": str(folder),
        "manifest": str(folder / MANIFEST),
        "complete": manifest["complete"],
        "counts": dict(Counter(entry["outcome"] for entry in manifest["exports"])),
        "failed_exports": [{name: entry[name] for name in ("host", "name", "outcome", "msg")} for entry in failed],
        "open_handles": [entry["handle"] for entry in failed if entry["outcome"] in OPEN and entry["handle"]],
        "pruned": pruned,
    }


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
        date = step(step(_root(task), "set", params["set"]), "date", params["date"])
        return cls(step(date, "host", params["host"]), params["set"], params["date"], params["host"])

    @property
    def manifest(self) -> Path:
        return self.folder / MANIFEST

    @property
    def wait_log(self) -> Path:
        return self.folder / PROGRESS / "wait.jsonl"

    def log_of(self, name: str) -> Path:
        # No export has a hyphen in front, so that none is called as the log above.
        return self.folder / PROGRESS / f"-{name}.jsonl"

    def make(self, folders: Iterable[str]) -> None:
        """Make the folders that are missing, for nobody else to read. Raises BadInput."""
        date = self.folder.parent
        inner = (self.folder / name for name in (PROGRESS, *folders))
        for each in (date.parent.parent, date.parent, date, self.folder, *inner):
            try:
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as exc:
                raise BadInput(f"root: the folder {each} cannot be made: {exc.strerror}.") from exc
            if each.is_symlink():
                raise BadInput(f"root: {each} is a link. Nothing is written through it.")

    def fresh(self) -> dict[str, t.Any]:
        return self.manifest_of([], started_at=now())

    def manifest_of(self, entries: Sequence[Mapping[str, t.Any]], *, started_at: str) -> dict[str, t.Any]:
        return manifest_of(self.set, self.date, [self.host], entries, started_at=started_at)


def _root(task: Task) -> Path:
    # The root itself may be a link: that is the user's own. Below it no link is followed.
    return Path(os.path.realpath(Path(task.params["root"]).expanduser()))


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
        if not NAME.match(name):
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
        if extension and not NAME.match(extension):
            raise BadInput(f"{place} ({name}): {extension!r} cannot be an extension.")
        export = cls(name, module, options, extension)
        if export.file == MANIFEST:
            raise BadInput(f"{place}: {MANIFEST} is the name of the manifest. Call the export something else.")
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
    if known["outcome"] in DONE:
        unspoilt = all(intact(place.folder / file["path"], file["sha256"]) for file in known["files"] if file["sha256"])
        return dict(known) if unspoilt else fresh
    if known["outcome"] not in OPEN or not export.kind.local:
        # Whether a backup was made, its task finds out again by the list of files.
        return fresh
    return _found_again(place, fresh, known)


def _abandoned(
    place: _Place, before: Iterable[Mapping[str, t.Any]], entries: Iterable[Mapping[str, t.Any]]
) -> Iterator[str]:
    """Yield what is to be said of jobs that may still run, and that no export waits for any more."""
    wanted = {entry["name"]: entry["fingerprint"] for entry in entries}
    for known in before:
        name = known["name"]
        if wanted.get(name) == known["fingerprint"] or known["outcome"] not in OPEN:
            continue
        found = _found_again(place, dict(known), known)
        if found["handle"] and found["outcome"] != "succeeded":
            why = "its options have changed" if name in wanted else "it is not declared any more"
            yield (
                f"{name}: {why}. The job that was started before may still run, and nothing here waits for it: "
                f"{json.dumps(found['handle'])}"
            )


def _forget_old_logs(place: _Place, entries: Iterable[Mapping[str, t.Any]]) -> None:
    """Remove the progress logs of exports that are to be started: what they tell of is not the job of these.

    Before the manifest is written, which alone tells that their options have changed.
    """
    for entry in entries:
        if entry["outcome"] == "pending":
            place.log_of(entry["name"]).unlink(missing_ok=True)


def _found_again(place: _Place, fresh: dict[str, t.Any], known: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return what the progress logs say of an export whose run did not come to its end."""
    handle, started_at = known["handle"], known["started_at"]
    for record in _records(place.log_of(fresh["name"]), ""):
        if isinstance(record.get("handle"), dict):
            handle, started_at = record["handle"], started_at or record.get("time")
    if handle is None:
        return fresh
    waited_for = {"outcome": "running", "msg": known.get("msg") or "", "handle": handle}
    entry = {**fresh, **waited_for, "started_at": started_at or now()}
    for record in (*_records(place.log_of(fresh["name"]), "collected"), *_records(place.wait_log, "collected")):
        file = record.get("file") or {}
        if _same_job(record.get("handle"), handle) and intact(Path(str(file.get("path"))), file.get("sha256")):
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
        "started_at": entry["started_at"] or job.get("submitted_at") or now(),
        "source": {**entry["source"], "operation": job.get("operation") or entry["source"]["operation"]},
    }
    if judged["outcome"] == "running":
        return judged
    found = result.get("result") or {}
    files = [found] if "path" in found and "sha256" in found else []
    files += [file for device in result.get("devices") or () for file in device["files"]]
    judged = _finished(place, judged, files, finished_at=job.get("finished_at"), seconds=job.get("elapsed"))
    remote = found.get("file") or _remote(result)
    if remote and not files and judged["outcome"] in DONE:
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
    finished_at = finished_at or now()
    source = dict(entry["source"])
    if entry["handle"]:
        source.update(address=entry["handle"].get("endpoint"), operation=entry["handle"].get("operation"))
    took = (moment(finished_at) - moment(entry["started_at"])).total_seconds()
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


def _read_manifest(path: Path, place: _Place) -> dict[str, t.Any] | None:
    """Return the manifest of a host, None where there is none. Raises BadInput for what is none of ours."""
    found = read(path)
    if found is not None and (found["set"], found["date"], found["hosts"]) != (place.set, place.date, [place.host]):
        raise BadInput(f"{path} is the manifest of another set, date or host. Nothing is written over it.")
    return found
