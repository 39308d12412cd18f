# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection awx.awx for the tests, without Galaxy: the package `ansible` had it in it up to version 13."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tools.env import CACHE, ROOT, child_env, locked

PACKAGE = "ansible==13.8.0"
VERSION = "24.6.1"
"""The version of awx.awx in it, which is the last that was published."""


def collection() -> Path:
    """Return a folder for ANSIBLE_COLLECTIONS_PATH that has awx.awx and this checkout. Needs a package index once."""
    folder = CACHE / f"awx-{VERSION}"
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not folder.exists():
            print(f"Fetching awx.awx {VERSION}", file=sys.stderr, flush=True)
            _unpack(folder)
    return folder


def _unpack(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", made, PACKAGE]
        subprocess.run(command, check=True, env=child_env("pip"), cwd=ROOT)
        (wheel,) = Path(made).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            wanted = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
            archive.extractall(Path(made, "found"), wanted)
        ours = Path(made, "found", "ansible_collections", "netops", "jobs")
        ours.parent.mkdir()
        ours.symlink_to(ROOT)
        shutil.move(Path(made, "found"), folder)
