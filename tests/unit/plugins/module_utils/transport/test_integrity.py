# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._transport.integrity import (
    Anything,
    Damaged,
    Gzip,
    Incomplete,
    Xml,
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
