# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Files that are there whole or not at all: written beside their destination, private, renamed into place."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import tempfile
import time
import typing as t
from pathlib import Path

from .._jobs.errors import BadInput

_CHUNK = 1024 * 1024

PART = ".netops-jobs.part"
"""What the name of a file that is not whole ends with. Nobody else's does: such files are removed when found."""

_NAME_KEPT = 200
"""Bytes of a file's name that stand in that of the one that is not whole."""

_LOCKED_WITHIN = 60.0
"""Seconds in which a new file surely has its lock."""


@dataclasses.dataclass(frozen=True)
class Saved:
    """A file that is in place: *size* in bytes, *changed* unless it was there already with the same content."""

    path: str
    size: int
    sha256: str
    changed: bool

    def to_dict(self) -> dict[str, t.Any]:
        """Return what a result says of the file: ``path``, ``size``, ``sha256``."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256}


def check_destination(option: str, path: str) -> str:
    """Return *path* made absolute. Raises BadInput, naming *option*, where no file could be written there.

    Asked before anything is started on a device: hours of work must not end at a folder that does not exist.
    """
    return _checked(option, path, _writable)


def check_folder(option: str, path: str) -> str:
    """Return *path* made absolute. Raises BadInput, naming *option*, where it is no folder to write files to."""
    return _checked(option, path, _folder)


def _checked(option: str, path: str, check: t.Callable[[str, Path], Path]) -> str:
    try:
        return str(check(option, Path(path).expanduser().absolute()))
    except (OSError, RuntimeError) as exc:
        # A name that is too long, a folder on the way that may not be read, the home of a user who does not exist.
        why = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise BadInput(f"{option}: {path} cannot be used: {why}.") from exc


def _writable(option: str, dest: Path) -> Path:
    if dest.is_dir():
        raise BadInput(f"{option}: {dest} is a folder, give the path of the file to write.")
    if dest.exists() and not dest.is_file():
        raise BadInput(f"{option}: {dest} is there and is no file.")
    _usable(option, dest.parent)
    return dest


def _folder(option: str, folder: Path) -> Path:
    if folder.is_file():
        raise BadInput(f"{option}: {folder} is a file, give a folder.")
    return _usable(option, folder)


def _usable(option: str, folder: Path) -> Path:
    if not folder.is_dir():
        raise BadInput(f"{option}: the folder {folder} does not exist on the host that runs the task. Create it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadInput(f"{option}: the folder {folder} cannot be written to by the user that runs the task.")
    return folder


def sha256_of(path: str) -> str | None:
    """Return the SHA-256 of the file at *path* in hexadecimal, None where there is none that can be read."""
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def _size_of(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except OSError:
        return None


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove what runs that were killed have left of a file: whoever still writes one holds the lock on it."""
    with contextlib.suppress(OSError):
        for path in [Path(entry.path) for entry in os.scandir(folder) if entry.name.startswith(prefix)]:
            if path.name.endswith(PART) and path.is_file() and not path.is_symlink():
                with contextlib.suppress(OSError), path.open("r+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if time.time() - os.fstat(file.fileno()).st_mtime > _LOCKED_WITHIN:
                        path.unlink()


class AtomicFile:
    """A file of mode 0600 that appears at *path* when `save` is called and leaves nothing behind otherwise.

    Use it in a ``with`` block. Raises BadInput where the disk does not take it.
    """

    def __init__(self, path: str, *, option: str = "dest") -> None:
        self.path = path
        self._option = option
        self._file: t.BinaryIO | None = None
        self._temporary = ""
        self._digest: t.Any = hashlib.sha256()

    def __enter__(self) -> AtomicFile:
        dest = Path(self.path)
        # A name may be as long as the file system allows: beside what is added there is no room for all of it.
        prefix = f".{os.fsdecode(os.fsencode(dest.name)[:_NAME_KEPT])}."
        _remove_abandoned(dest.parent, prefix)
        with self._explained():
            number, self._temporary = tempfile.mkstemp(prefix=prefix, suffix=PART, dir=dest.parent)
            self._file = os.fdopen(number, "w+b")
        with contextlib.suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        if self._temporary:
            with contextlib.suppress(OSError):
                Path(self._temporary).unlink()

    @property
    def size(self) -> int:
        """How many bytes were written so far."""
        return self._open.tell()

    def write(self, data: bytes) -> None:
        with self._explained():
            self._open.write(data)
        if self._digest is not None:
            self._digest.update(data)

    def cut(self, size: int) -> None:
        """Forget all that was written after the first *size* bytes."""
        # What was taken in cannot be taken out again: `save` has to read the file then.
        self._digest = None
        with self._explained():
            self._open.seek(size)
            self._open.truncate()

    def save(self) -> Saved:
        """Put the file in its place and return it; one that is there already with the same content stays."""
        file = self._open
        with self._explained():
            file.flush()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        digest = sha256_of(self._temporary) if self._digest is None else self._digest.hexdigest()
        if digest is None:
            raise BadInput(f"{self._option}: {self._temporary} vanished while it was written.")
        if _size_of(self.path) == size and sha256_of(self.path) == digest:
            return Saved(self.path, size, digest, changed=False)
        with self._explained():
            Path(self._temporary).replace(self.path)
        self._temporary = ""
        return Saved(self.path, size, digest, changed=True)

    @property
    def _open(self) -> t.BinaryIO:
        if self._file is None:
            raise ValueError("the file is not open")
        return self._file

    @contextlib.contextmanager
    def _explained(self) -> t.Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise BadInput(f"{self._option}: {self.path} cannot be written: {exc.strerror or exc}.") from exc
