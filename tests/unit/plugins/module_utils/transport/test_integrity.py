# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._transport.integrity import (
    Anything,
    Damaged,
    Gzip,
    Incomplete,
    Xml,
    Zip,
)

PACKED = gzip.compress(b"one" * 30_000)
CONFIG = b'<?xml version="1.0"?>\n<config version="11.1.0">' + b"<entry name='a'/>" * 500 + b"</config>\n"


def see(check: Anything, content: bytes, step: int = 65536) -> None:
    for start in range(0, len(content), step):
        check.take(content[start : start + step])
    check.end()


@pytest.mark.parametrize("step", [1, 7, 65536])
@pytest.mark.parametrize(
    "content",
    [PACKED, PACKED + PACKED, PACKED + gzip.compress(b"") + bytes(512), PACKED + b"\x1f", PACKED + b"more"],
    ids=["one member", "two", "filled up", "half a mark", "something else behind"],
)
def test_what_is_whole(content: bytes, step: int) -> None:
    see(Gzip(), content, step)
    see(Xml(), CONFIG, step)


def test_what_ends_too_early() -> None:
    for size in range(0, len(PACKED)):
        with pytest.raises(Incomplete):
            see(Gzip(), PACKED[:size])
    with pytest.raises(Incomplete):
        see(Gzip(), PACKED + PACKED[:-1])
    for size in (0, 10, 40, len(CONFIG) // 2, len(CONFIG) - 3):
        with pytest.raises(Incomplete):
            see(Xml(), CONFIG[:size])


def test_what_is_damaged() -> None:
    flipped = bytearray(PACKED)
    flipped[-6] ^= 1  # in the checksum
    for content in (bytes(flipped), b"<html>", b"PK\x03\x04"):
        with pytest.raises(Damaged):
            see(Gzip(), content)
    for content in (b"<a><b></a>", PACKED, b"<a/><b/>"):
        with pytest.raises(Damaged):
            see(Xml(), content)


def test_memory_stays_flat_however_much_comes_out() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    tracemalloc.start()
    see(Gzip(), bomb, len(bomb))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def zipped(*, comment: bytes = b"", members: int = 3, streamed: bool = False) -> bytes:
    class NoSeek(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_where):
            raise OSError

    target = NoSeek() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(members):
            archive.writestr(f"file{number}.txt", f"content {number} " * 100)
        archive.comment = comment
    return target.getvalue()


ZIPPED = zipped()


@pytest.mark.parametrize("step", [1, 7, 65536])
@pytest.mark.parametrize(
    "content",
    [ZIPPED, zipped(comment=b"PK\x05\x06 with the mark of the end"), zipped(members=0), zipped(streamed=True)],
    ids=["three files", "with a comment", "empty", "streamed"],
)
def test_archives_that_are_whole(content: bytes, step: int) -> None:
    see(Zip(), content, step)


def test_archives_that_end_too_early() -> None:
    for size in range(len(ZIPPED)):
        with pytest.raises(Incomplete):
            see(Zip(), ZIPPED[:size])


def test_what_is_no_archive_and_one_that_lost_its_middle() -> None:
    for content in (b"<html><body>", PACKED, b"\x00" * 40):
        with pytest.raises(Damaged):
            see(Zip(), content)
    with pytest.raises(Incomplete):
        see(Zip(), ZIPPED[:40] + ZIPPED[-40:])


def test_a_big_archive_keeps_memory_flat() -> None:
    check = Zip()
    tracemalloc.start()
    check.take(b"PK\x03\x04")
    for _round in range(200):
        check.take(b"x" * 65536)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
