# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written is private, goes where the user said, and nowhere else."""

from __future__ import annotations

import os
import pathlib
import stat
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._jobs.progress import ProgressLog
from ansible_collections.netops.jobs.plugins.module_utils._transport.files import AtomicFile
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.links import file_name
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.access import Token, TokenFile


def save(path: pathlib.Path) -> None:
    with AtomicFile(str(path)) as file:
        file.write(b"rows")
        file.save()


def keep_token(path: pathlib.Path) -> None:
    tokens = TokenFile(str(path))
    with tokens.locked(1):
        tokens.write("key", Token("secret", 0, 900))


def log(path: pathlib.Path) -> None:
    ProgressLog(str(path))


WRITERS = {"dest": save, "token_cache": keep_token, "progress_log": log}


@pytest.fixture
def open_umask() -> t.Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
@pytest.mark.parametrize("option", WRITERS)
def test_every_file_is_its_owners_alone(tmp_path: pathlib.Path, option: str) -> None:
    WRITERS[option](tmp_path / "file")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes
    assert set(modes.values()) == {0o600}, modes


@pytest.mark.parametrize("option", WRITERS)
def test_a_link_in_the_place_of_a_file_leads_nowhere(tmp_path: pathlib.Path, option: str) -> None:
    """Somebody else who may write to the folder puts a link there, to a file that only we may write."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    link = tmp_path / "file"
    link.symlink_to(victim)
    if option == "dest":
        save(link)
        assert not link.is_symlink()
    else:
        with pytest.raises(BadInput, match=f"{option}: .* is a link"):
            WRITERS[option](link)
    assert victim.read_bytes() == b"precious"


def test_a_link_that_comes_while_a_file_is_written_leads_nowhere(tmp_path: pathlib.Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    dest = tmp_path / "file"
    with AtomicFile(str(dest)) as file:
        file.write(b"rows")
        dest.symlink_to(victim)
        file.save()
    assert (victim.read_bytes(), dest.read_bytes(), dest.is_symlink()) == (b"precious", b"rows", False)


def test_a_token_is_not_read_through_a_link(tmp_path: pathlib.Path) -> None:
    keep_token(tmp_path / "theirs")
    (tmp_path / "ours").symlink_to(tmp_path / "theirs")
    with pytest.raises(BadInput, match=r"token_cache: .* is a link"):
        TokenFile(str(tmp_path / "ours")).read("key")


def test_a_pipe_in_the_place_of_the_log_keeps_nobody_waiting(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "log")
    with pytest.raises(BadInput, match="progress_log"):
        log(tmp_path / "log")


@given(st.text() | st.sampled_from(["..", "../x", "/etc/passwd", "a/b", "a\\b", ".x", "a\0b", "x" * 300, "-rf", "C:x"]))
def test_a_name_given_by_a_server_stays_in_the_folder(name: str) -> None:
    found = file_name(name, ".zip")
    assert pathlib.PurePath(found).name == found
    assert found not in ("", ".", "..")
    assert not found.startswith(".") or not name
    assert len(os.fsencode(found)) <= 255
    assert found.isascii()


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_two_names_given_by_a_server_are_two_files(names: list[str]) -> None:
    assert len({file_name(name, ".zip").lower() for name in names}) == len({name.lower() for name in names})
