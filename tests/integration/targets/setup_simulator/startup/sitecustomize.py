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

FOLDER = os.environ.get("KEPT_COMPILED", "")

# Private to Python: a release without it is merely slower.
_compile_source: t.Callable[[str, bytes], types.CodeType] | None = getattr(zipimport, "_compile_source", None)


def kept(path: str, source: bytes) -> types.CodeType:
    """Return what *source* compiles to."""
    file = os.path.join(FOLDER, importlib.util.source_hash(source).hex())
    if os.path.exists(file):
        with open(file, "rb") as compiled:
            return marshal.load(compiled)
    code = _compile_source(path, source)
    partial = f"{file}.{os.getpid()}"
    with open(partial, "wb") as compiled:
        marshal.dump(code, compiled)
    os.replace(partial, file)
    return code


if FOLDER and _compile_source:
    os.makedirs(FOLDER, exist_ok=True)
    zipimport._compile_source = kept
