# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On PYTHONPATH of the modules that the connection ``elsewhere`` runs: keeps what Python compiles of them.

Ansible packs a module and the hundred files that it imports into an archive, and Python compiles them at every run,
twice: three quarters of the time of a run. Here that is done once for each content.
"""

from __future__ import annotations

import importlib.util
import marshal
import os
import types
import typing as t
import zipimport
from pathlib import Path

FOLDER = os.environ.get("KEPT_COMPILED")

# Private to Python: a release without it is merely slower.
_compile_source: t.Callable[[str, bytes], types.CodeType] | None = getattr(zipimport, "_compile_source", None)


def kept(path: str, source: bytes) -> types.CodeType:
    """Return what *source* compiles to."""
    file = Path(FOLDER, importlib.util.source_hash(source).hex())
    if file.exists():
        return marshal.loads(file.read_bytes())
    code = _compile_source(path, source)
    partial = file.with_suffix(f".{os.getpid()}")
    partial.write_bytes(marshal.dumps(code))
    partial.replace(file)
    return code


if FOLDER and _compile_source:
    Path(FOLDER).mkdir(exist_ok=True)
    zipimport._compile_source = kept
