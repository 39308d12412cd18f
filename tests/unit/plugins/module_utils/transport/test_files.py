# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, Interrupted
from ansible_collections.netops.jobs.plugins.module_utils._transport.files import (
    AtomicFile,
    check_destination,
    check_folder,
    sha256_of,
)


def write(path: pathlib.Path, *parts: bytes):
    with AtomicFile(str(path)) as file:
        for part in parts:
            file.write(part)
        return file.save()


def names(folder: pathlib.Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_appears_whole_and_private(tmp_path):
    dest = tmp_path / "support.tgz"
    saved = write(dest, b"one", b"two")
    assert dest.read_bytes() == b"onetwo"
    assert saved.to_dict() == {"path": str(dest), "size": 6, "sha256": hashlib.sha256(b"onetwo").hexdigest()}
    assert saved.changed
    assert dest.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["support.tgz"]


def test_the_same_content_is_no_change(tmp_path):
    dest = tmp_path / "x"
    dest.write_bytes(b"same")
    dest.chmod(0o644)
    before = dest.stat()
    assert not write(dest, b"same").changed
    after = dest.stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert write(dest, b"other").changed
    assert names(tmp_path) == ["x"]


def test_what_a_killed_run_has_left_is_removed_by_the_next(tmp_path):
    dest = tmp_path / "labels.json"
    killed = "import os, sys; from ansible_collections.netops.jobs.plugins.module_utils._transport import files; "
    killed += 'file = files.AtomicFile(sys.argv[1]).__enter__(); file.write(b"half"); os.kill(os.getpid(), 9)'
    subprocess.run(
        [sys.executable, "-c", killed, str(dest)],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    [left] = names(tmp_path)
    assert left.startswith(".labels.json.")
    write(dest, b"at once")
    assert len(names(tmp_path)) == 2, "it may have been made this moment, and not be locked yet"
    os.utime(tmp_path / left, (1, 1))
    write(dest, b"whole")
    assert names(tmp_path) == ["labels.json"]


def test_what_is_being_written_or_not_ours_stays(tmp_path):
    dest = tmp_path / "x"
    others = [tmp_path / name for name in (".x.original.part", ".y.abcdefgh.netops-jobs.part", "x.netops-jobs.part")]
    for other in others:
        other.write_bytes(b"")
        os.utime(other, (1, 1))
    with AtomicFile(str(dest)) as slow:
        [mine] = [path for path in tmp_path.iterdir() if path not in others]
        os.utime(mine, (1, 1))
        write(dest, b"quick")
        slow.save()
    assert dest.read_bytes() == b""
    assert all(other.exists() for other in others)


@pytest.mark.parametrize("name", ["n" * 255, "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 127])
def test_a_name_may_be_as_long_as_any(tmp_path, name):
    dest = check_destination("dest", str(tmp_path / name))
    write(pathlib.Path(dest), b"x")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("error", [RuntimeError("bug"), Interrupted("told to end"), KeyboardInterrupt()])
def test_what_is_not_saved_leaves_nothing_behind(tmp_path, error):
    dest = tmp_path / "x"
    dest.write_bytes(b"before")

    def half():
        with AtomicFile(str(dest)) as file:
            file.write(b"half of it")
            raise error

    with pytest.raises(type(error)):
        half()
    assert dest.read_bytes() == b"before"
    assert names(tmp_path) == ["x"]


def test_what_was_written_last_can_be_cut_off(tmp_path):
    with AtomicFile(str(tmp_path / "x")) as file:
        file.write(b"page 1\n")
        mark = file.size
        file.write(b"broken page")
        file.cut(mark)
        file.write(b"page 2\n")
        assert file.save().size == 14
    assert (tmp_path / "x").read_bytes() == b"page 1\npage 2\n"


def test_a_full_disk_is_said_in_words(tmp_path, monkeypatch):
    with AtomicFile(str(tmp_path / "x")) as file:

        def full(_number):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(BadInput, match=r"^dest: .*x cannot be written: No space left on device\.$"):
            file.save()
    assert names(tmp_path) == []


def test_destinations_that_cannot_be_written(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    os.mkfifo(tmp_path / "pipe")
    for path, complaint in (
        ("folder", "is a folder"),
        ("nowhere/x", "does not exist"),
        ("file/x", "does not exist"),
        ("pipe", "is no file"),
    ):
        with pytest.raises(BadInput, match=r"^dest: ") as caught:
            check_destination("dest", str(tmp_path / path))
        assert complaint in caught.value.message
    assert check_destination("dest", f"{tmp_path}/file") == str(tmp_path / "file")


def test_folders_that_files_are_written_to(tmp_path):
    (tmp_path / "file").write_text("x")
    for path, complaint in (("file", "is a file, give a folder"), ("nowhere", "does not exist")):
        with pytest.raises(BadInput, match=rf"^dest: .*{complaint}"):
            check_folder("dest", str(tmp_path / path))
    assert check_folder("dest", f"{tmp_path}/") == str(tmp_path)


@pytest.mark.parametrize("path", ["~nobody-of-this-name/x", "x" * 300])
def test_a_destination_that_is_no_path(tmp_path, path):
    given = path if path.startswith("~") else str(tmp_path / path)
    with pytest.raises(BadInput, match=r"^dest: .* cannot be used: "):
        check_destination("dest", given)


def test_a_destination_behind_a_folder_that_may_not_be_read(tmp_path, monkeypatch):
    def denied(path, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pathlib.Path, "is_dir", denied)  # root may read everything
    with pytest.raises(BadInput, match="cannot be used: Permission denied"):
        check_destination("dest", str(tmp_path / "x"))


def test_a_destination_in_a_folder_that_is_read_only(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(BadInput, match="cannot be written to"):
        check_destination("dest", str(tmp_path / "x"))


def test_no_file_has_no_sum(tmp_path):
    assert sha256_of(str(tmp_path / "none")) is None


def test_the_sum_is_that_of_the_file_also_after_a_cut(tmp_path):
    for name, cut in (("a", False), ("b", True)):
        with AtomicFile(str(tmp_path / name)) as file:
            file.write(b"kept")
            if cut:
                file.write(b"taken back")
                file.cut(4)
            file.write(b" more")
            saved = file.save()
        assert saved.sha256 == sha256_of(saved.path) == hashlib.sha256(b"kept more").hexdigest()
