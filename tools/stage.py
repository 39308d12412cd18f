# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put the checkout where Ansible's tools expect a collection: .../ansible_collections/netops/jobs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.env import CACHE, COLLECTIONS, ROOT, locked

COLLECTION = Path("ansible_collections", "netops", "jobs")
KEPT = (".git", "tests/output")  # what the tools need or leave in a copy


def link() -> Path:
    """Make the checkout itself importable through a symbolic link. Returns the collections path."""
    target = COLLECTIONS / COLLECTION
    with locked(CACHE / "collections.lock"):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_symlink() or target.resolve() != ROOT:
            target.unlink(missing_ok=True)
            target.symlink_to(ROOT, target_is_directory=True)
    return COLLECTIONS


def copy(name: str) -> Path:
    """Bring a real copy up to date, for ansible-test, which follows no links. Returns the folder of the collection."""
    target = CACHE / "stage" / name / COLLECTION
    wanted = set(_files())
    if not (target / ".git").exists():
        # An empty repository: else the tools ask the one around the copy, which ignores everything in .cache/.
        target.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "init", "--quiet", "--template=", target], check=True)
    present = {
        str(Path(folder, file).relative_to(target)) for folder, _folders, files in os.walk(target) for file in files
    }
    for file in present - wanted:
        if not _kept(file):
            (target / file).unlink()
    for file in wanted:
        if not _same(ROOT / file, target / file):
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            (target / file).unlink(missing_ok=True)
            shutil.copy2(ROOT / file, target / file, follow_symlinks=False)
    for folder, _folders, _names in os.walk(target, topdown=False):
        if not os.listdir(folder) and not _kept(str(Path(folder).relative_to(target))):
            os.rmdir(folder)
    return target


def _files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [file for file in listed.split("\0") if file and os.path.lexists(ROOT / file)]


def _kept(path: str) -> bool:
    return any(path == kept or path.startswith(f"{kept}/") for kept in KEPT)


def _same(source: Path, target: Path) -> bool:
    if not os.path.lexists(target):
        return False
    ours, theirs = source.lstat(), target.lstat()
    return (ours.st_mode, ours.st_size, ours.st_mtime_ns) == (theirs.st_mode, theirs.st_size, theirs.st_mtime_ns)
