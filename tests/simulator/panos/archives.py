# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a wished size that are made while they are sent: a gzipped tar, and a packet capture.

They are real: ``tar -xzf`` and a reader of captures take them, whatever their size. The same seed and the same size
give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import tarfile
import typing as t
import zlib

from ..system import SpecError, Stream

BLOCK = 65024  # a multiple of 512 below the 65535 that a stored block of deflate can hold
RECORD = 4096
GZIP_HEAD = b"\x1f\x8b\x08\x04" + b"\x00" * 4 + b"\x00\x03"  # with an extra field, no time, from Unix
PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def filler(seed: str) -> t.Iterator[bytes]:
    """Blocks of bytes without an end, each another one."""
    block = hashlib.shake_128(seed.encode()).digest(BLOCK - 8)
    number = 0
    while True:
        yield struct.pack(">Q", number) + block
        number += 1


def tar_gz(seed: str, size: int, members: t.Mapping[str, bytes], big: str) -> Stream:
    """``members`` and a file ``big`` that makes up the rest, stored uncompressed; the whole has ``size`` bytes.

    Raises SpecError when the members alone need more.
    """
    head = tar_of(members)
    # What is not filled up by whole 512-byte blocks of the tar goes into the extra field of the gzip header.
    payload = (size - len(GZIP_HEAD) - 2 - 9) // 512 * 512
    while payload > 0 and gzip_size(payload) > size:
        payload -= 512
    room = payload - len(head) - 512 - 1024
    extra = size - gzip_size(payload)
    if room < 0:
        raise SpecError(f"such a file has at least {gzip_size(len(head) + 1536) + 512} bytes")
    entry = tarfile.TarInfo(big)
    entry.size = room
    head += entry.tobuf(tarfile.USTAR_FORMAT)
    return Stream(size, lambda: gzip_of(extra, tar_chunks(head, seed, room), payload))


def tar_of(members: t.Mapping[str, bytes]) -> bytes:
    """The members with their headers, without the end of the archive."""
    made = io.BytesIO()
    for name, content in members.items():
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        made.write(entry.tobuf(tarfile.USTAR_FORMAT) + content + b"\x00" * (-len(content) % 512))
    return made.getvalue()


def tar_chunks(head: bytes, seed: str, room: int) -> t.Iterator[bytes]:
    yield head
    if room > 0:
        for block in filler(seed):
            yield block[:room]
            room -= BLOCK
            if room <= 0:
                break
    yield b"\x00" * 1024


def gzip_size(payload: int) -> int:
    return len(GZIP_HEAD) + 2 + payload + 5 * max(1, math.ceil(payload / BLOCK)) + 8


def gzip_of(extra: int, chunks: t.Iterator[bytes], payload: int) -> t.Iterator[bytes]:
    """RFC 1952 with the stored blocks of RFC 1951."""
    yield GZIP_HEAD + struct.pack("<H", extra) + b"\x00" * extra
    check, left, waiting = 0, payload, b""
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= BLOCK or (waiting and len(waiting) == left):
            block, waiting = waiting[:BLOCK], waiting[BLOCK:]
            left -= len(block)
            check = zlib.crc32(block, check)
            yield struct.pack("<BHH", left == 0, len(block), len(block) ^ 0xFFFF) + block
    yield struct.pack("<II", check, payload & 0xFFFFFFFF)


def pcap(seed: str, size: int) -> Stream:
    """A capture of Ethernet frames. Raises SpecError below the size of one frame."""
    if size < len(PCAP_HEAD) + 16:
        raise SpecError(f"a capture has at least {len(PCAP_HEAD) + 16} bytes")
    return Stream(size, lambda: pcap_chunks(seed, size - len(PCAP_HEAD)))


def pcap_chunks(seed: str, left: int) -> t.Iterator[bytes]:
    yield PCAP_HEAD
    for number, block in enumerate(filler(seed)):
        if left <= 0:
            return
        # The last frame takes what is left, so that none is smaller than its header.
        length = RECORD if left >= 2 * RECORD else left
        frame = block[: length - 16]
        yield struct.pack("<IIII", number // 1000, number % 1000, len(frame), len(frame)) + frame
        left -= length
