# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Manifests: what is in them, how they are read, replaced and put together, and the names below a set's folder."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import re
import stat
import typing as t
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .._jobs.errors import BadInput
from .._jobs.model import utc_moment, utc_text
from .._transport.files import AtomicFile, sha256_of

if t.TYPE_CHECKING:
    from .._task import Task

FORMAT = "netops.jobs export set"

VERSION = 1

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:@+-]*\Z")
"""Of sets, dates, hosts and exports: what is one step of a path, and not hidden."""

MANIFEST = "manifest.json"

PROGRESS = ".progress"

DONE = ("succeeded", "nothing_to_do")

OPEN = ("pending", "running", "timed_out", "unreachable")
"""Outcomes after which a job may still run: the next run waits for it by its handle."""


def step(folder: Path, option: str, name: str) -> Path:
    """Return what is called *name* in *folder*. Raises BadInput where that would lead anywhere else."""
    if not NAME.match(str(name)) or name == MANIFEST:
        raise BadInput(
            f"{option}: {name!r} cannot be the name of a folder here. Letters, digits and . _ : @ + - can be in it, "
            "and it does not begin with a dot."
        )
    path = folder / name
    if path.is_symlink():
        raise BadInput(f"{option}: {path} is a link. Nothing is written through it.")
    return path


def intact(path: Path, sha256: t.Any) -> bool:
    """Return whether *path* is a file, not a link, with that content."""
    try:
        regular = stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
    return regular and sha256_of(str(path)) == sha256


def manifest_of(
    name: str, date: str, hosts: Sequence[str], entries: Sequence[Mapping[str, t.Any]], *, started_at: str
) -> dict[str, t.Any]:
    ended = [entry["finished_at"] for entry in entries if entry["finished_at"]]
    return {
        "format": FORMAT,
        "version": VERSION,
        "set": name,
        "date": date,
        "hosts": list(hosts),
        "complete": all(entry["outcome"] in DONE for entry in entries),
        "started_at": started_at,
        "finished_at": max(ended, default=None),
        "exports": list(entries),
    }


def empty(task: Task) -> dict[str, t.Any]:
    return manifest_of(task.params["set"], task.params["date"], [], [], started_at=now())


def read(path: Path) -> dict[str, t.Any] | None:
    """Return the manifest at *path*, None where there is none. Raises BadInput for what is none of ours."""
    found = ours(path)
    if found is None and os.path.lexists(path):
        raise BadInput(f"{path} is no manifest of a set of exports. Nothing is written over it.")
    return found


def ours(path: Path) -> dict[str, t.Any] | None:
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
        for text in (manifest["started_at"], manifest["finished_at"] or manifest["started_at"]):
            moment(text)
    except (KeyError, TypeError, ValueError):
        return False
    texts = [manifest.get("set"), manifest.get("date"), *manifest.get("hosts", ())]
    return all(isinstance(text, str) for text in texts) and all(isinstance(path, (str, type(None))) for path in files)


def write(path: Path, manifest: Mapping[str, t.Any]) -> None:
    """Replace the manifest at once: whoever reads it finds the one of before or the whole new one."""
    with AtomicFile(str(path), option="root") as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")
        file.save()


@contextlib.contextmanager
def locked(folder: Path, *, check_mode: bool) -> Iterator[None]:
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


def together(task: Task, folder: Path) -> dict[str, t.Any]:
    """Return the manifest of all hosts. A host that has none yet keeps the set from being complete."""
    name, date = task.params["set"], task.params["date"]
    before = read(folder / MANIFEST) or empty(task)
    expected = set(before["hosts"]) | set(task.params["hosts"])
    found = {}
    for host in sorted(expected | {entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)}):
        manifest = ours(folder / host / MANIFEST) if NAME.match(host) else None
        if manifest is not None and (manifest["set"], manifest["date"], manifest["hosts"]) == (name, date, [host]):
            found[host] = manifest
    entries = [
        {**entry, "files": [_below(host, file) for file in entry["files"]]}
        for host, manifest in found.items()
        for entry in manifest["exports"]
    ]
    started = min((manifest["started_at"] for manifest in found.values()), default=before["started_at"])
    merged = manifest_of(name, date, sorted(expected | set(found)), entries, started_at=started)
    merged["complete"] = merged["complete"] and expected <= set(found) and bool(found)
    return merged


def _below(host: str, file: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {**file, "path": f"{host}/{file['path']}" if file["path"] is not None else None}


def now() -> str:
    return utc_text(datetime.datetime.now(datetime.timezone.utc))


def moment(text: str) -> datetime.datetime:
    """Return the time in *text*, as `now` gives it. Raises ValueError."""
    found = utc_moment(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time")
    return found
