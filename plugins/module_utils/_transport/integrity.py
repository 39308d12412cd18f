# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Whether a file is whole, found out while it passes by: for what comes without a length, or with a wrong one."""

from __future__ import annotations

import contextlib
import struct
import typing as t
import zlib

with contextlib.suppress(ImportError):
    from lxml import etree

_PIECE = 256 * 1024
"""Bytes that are unpacked at a time, however much a small piece would grow."""

_GZIP = b"\x1f\x8b"


class Damaged(Exception):
    """The content is not what it claims to be; the text says what it is not."""


class Incomplete(Damaged):
    """What there is of the content is right, but its end is missing."""


class Anything:
    """Content that nothing is known of."""

    def take(self, data: bytes) -> None:
        """Look at the next piece. Raises Damaged."""

    def end(self) -> None:
        """Called after the last piece. Raises Incomplete."""


class Gzip(Anything):
    """A gzip file of one or several members (RFC 1952): unpacked in small pieces, its checksums compared."""

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = _unpacker()
        self._members = 0
        self._between = b""

    def take(self, data: bytes) -> None:
        data = self._between + data
        self._between = b""
        try:
            while data:
                data = self._unpacked(data)
        except zlib.error:
            raise Damaged("it is not a gzip file, or was damaged before it was sent") from None

    def end(self) -> None:
        if not (self._members and self._member is None):
            raise Incomplete("it ends in the middle of the compressed data")

    def _unpacked(self, data: bytes) -> bytes:
        """Return what is left of *data* to unpack."""
        if self._member is None:
            if len(data) == 1 and _GZIP.startswith(data):
                self._between = data
                return b""
            if not data.startswith(_GZIP):
                # What fills up the last block of a tape or a disk; gzip ignores it, too.
                return b""
            self._member = _unpacker()
        member = self._member
        member.decompress(data, _PIECE)
        if member.eof:
            self._member = None
            self._members += 1
            return member.unused_data
        return member.unconsumed_tail


class Detected(Anything):
    """What a file is by its first bytes: gzip is checked, anything else is taken as it is."""

    def __init__(self) -> None:
        self._check: Anything | None = None

    def take(self, data: bytes) -> None:
        if self._check is None:
            self._check = Gzip() if data.startswith(_GZIP) else Anything()
        self._check.take(data)

    def end(self) -> None:
        if self._check is not None:
            self._check.end()


def _unpacker() -> zlib._Decompress:
    return zlib.decompressobj(wbits=31)


class Zip(Anything):
    """A ZIP archive (APPNOTE 4.3): its end is where its directory says, and the directory where the end says.

    The members are not unpacked: what the agents send may be encrypted.
    """

    def __init__(self) -> None:
        self._size = 0
        self._head = b""
        self._tail = b""

    def take(self, data: bytes) -> None:
        self._size += len(data)
        self._head = (self._head + data[:4])[:4]
        if len(self._head) == 4 and self._head not in _ZIP_BEGINNINGS:
            raise Damaged("it is not a ZIP file")
        self._tail = (self._tail + data)[-_ZIP_TAIL:]

    def end(self) -> None:
        at = self._tail.rfind(_ZIP_END)
        while at >= 0:
            found = self._tail[at : at + _ZIP_RECORD.size]
            if len(found) == _ZIP_RECORD.size:
                *_numbers, size, offset, comment = _ZIP_RECORD.unpack(found)
                if at + len(found) + comment == len(self._tail) and self._fits(at, size, offset):
                    return
            at = self._tail.rfind(_ZIP_END, 0, at)
        raise Incomplete("it ends in the middle of the ZIP file")

    def _fits(self, at: int, size: int, offset: int) -> bool:
        # Of a big archive (ZIP64) the numbers stand elsewhere.
        return _ZIP64 in (size, offset) or offset + size <= self._size - len(self._tail) + at


_ZIP_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_END = b"PK\x05\x06"
_ZIP_RECORD = struct.Struct("<4s4H2LH")
_ZIP_TAIL = 0xFFFF + _ZIP_RECORD.size
_ZIP64 = 0xFFFFFFFF


class Xml(Anything):
    """An XML document: read to the end of its root, and nothing of it kept."""

    def __init__(self) -> None:
        target: t.Any = _Nobody()
        self._parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False)

    def take(self, data: bytes) -> None:
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError:
            raise Damaged("it is not well-formed XML") from None

    def end(self) -> None:
        try:
            self._parser.close()
        except etree.XMLSyntaxError:
            raise Incomplete("it ends in the middle of the XML") from None


class _Nobody:
    """Listens to a parser and keeps nothing."""

    def close(self) -> None:
        return None
