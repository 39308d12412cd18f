# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Old sets are removed: complete ones, what their manifests name, and nothing else."""

from __future__ import annotations

import contextlib
import datetime
import os
import typing as t
from collections.abc import Mapping
from pathlib import Path

from .._transport.files import PART
from .manifests import MANIFEST, NAME, PROGRESS, moment, ours

if t.TYPE_CHECKING:
    from .._task import Task


def prune(task: Task, current: Path, manifest: Mapping[str, t.Any]) -> tuple[list[str], list[str]]:
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
        young = days is not None and moment(complete[path]["finished_at"]) >= oldest
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
            manifest = ours(Path(entry.path, MANIFEST)) if entry.is_dir(follow_symlinks=False) else None
            its_own = manifest is not None and (manifest["set"], manifest["date"]) == (name, entry.name)
            if manifest is not None and its_own and manifest["complete"] and manifest["finished_at"]:
                found[Path(entry.path)] = manifest
    return found


def _removed(folder: Path, manifest: Mapping[str, t.Any]) -> bool:
    """Remove what *manifest* names, itself last; return whether the folder is gone. Nothing else is ever removed."""
    named = [file["path"] for entry in manifest["exports"] for file in entry["files"] if file["path"]]
    hosts = [host for host in manifest["hosts"] if NAME.match(host) and _real(folder / host)]
    folders = {name for name in (path.rpartition("/")[0] for path in named) if name}
    folders |= {*hosts, *(f"{host}/{PROGRESS}" for host in hosts)}
    for name in folders:
        named += [f"{name}/{found}" for found in _listed(folder, name) if _left_behind(name, found)]
    named += [f"{host}/{MANIFEST}" for host in hosts]
    for path in named:
        _unlink_below(folder, path)
    for name in sorted(folders, key=len, reverse=True):
        if _inside(folder, name) is not None:
            with contextlib.suppress(OSError):
                (folder / name).rmdir()
    _unlink_below(folder, ".lock")
    _unlink_below(folder, MANIFEST)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _listed(folder: Path, name: str) -> list[str]:
    """Return what is in the folder *name* below *folder*, nothing where that is a link or not there."""
    path = _inside(folder, name)
    return [entry.name for entry in path.iterdir()] if path is not None and _real(path) else []


def _left_behind(folder: str, name: str) -> bool:
    """Return whether a file called *name* is a part of ours that a run that was killed has left in *folder*."""
    return (name.startswith(".") and name.endswith(PART)) or folder.endswith(f"/{PROGRESS}")


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
