# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""A JSON array of any length, or JSON line by line, element by element: memory stays flat."""

from __future__ import annotations

import codecs
import contextlib
import itertools
import json
import re
import typing as t
import zlib
from collections.abc import Iterable, Iterator

from .._jobs.errors import NoAnswer

ELEMENT_LIMIT = 64 * 1024 * 1024
"""Characters of one element that are taken into memory."""

_BLANK = re.compile(r"[ \t\r\n,]*")
_ENDS = tuple(" \t\r\n,]")
_GZIP = b"\x1f\x8b"

_PIECE = 256 * 1024
"""Bytes that are unpacked at a time, however much a small piece would grow."""


class Element(t.NamedTuple):
    """One element of an array, or one line: what it is, and the text of it as it came."""

    value: t.Any
    text: str


def elements(parts: Iterable[bytes]) -> Iterator[t.Any]:
    """Give the elements of the array whose text (UTF-8, packed by gzip or not) comes in *parts*.

    What is no array is given as the one element that it is; an empty text has none. Commas between elements may be
    missing. Raises NoAnswer where the text breaks off or is no JSON.
    """
    for element in sources(parts):
        yield element.value


def some(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Give *parts*. Raises NoAnswer where they are empty: an array without elements is not."""
    blank = True
    for part in parts:
        blank = blank and not part.strip()
        yield part
    if blank:
        raise NoAnswer("The answer is empty.", label="empty", server_spoke=True)


def sources(parts: Iterable[bytes]) -> Iterator[Element]:
    """Give the elements as `elements` does, each with its own text. Raises NoAnswer as it does."""
    with _whole():
        yield from _Reader(unpacked(parts)).elements()


def lines(parts: Iterable[bytes]) -> Iterator[Element]:
    """Give what stands on each line of the text (UTF-8, packed by gzip or not) that comes in *parts*.

    Empty lines are passed over, and the last line may have no end. Raises NoAnswer where the text breaks off within a
    line or within what is packed, or a line is no JSON.
    """
    with _whole():
        for line in _lines(unpacked(parts)):
            text = line.decode("utf-8-sig").strip()
            if text:
                yield Element(json.loads(text), text)


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except (ValueError, RecursionError, zlib.error):
        raise NoAnswer("The answer is not JSON, or breaks off.", label="malformed JSON", server_spoke=True) from None


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    begun: list[bytes] = []
    size = 0
    for part in parts:
        first, *more = part.split(b"\n")
        begun.append(first)
        size += len(first)
        if size > ELEMENT_LIMIT:
            raise ValueError("one line is too big")
        if more:
            yield b"".join(begun)
            yield from more[:-1]
            begun, size = [more[-1]], len(more[-1])
    yield b"".join(begun)


def unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Give *parts*, unpacked where they begin as gzip does. Raises zlib.error and ValueError where they break off.

    Whether they do is asked of the bytes: a server may call them packed or not, and a library on the way may have
    unpacked them.
    """
    rest = iter(parts)
    head = b""
    for part in rest:
        head += part
        if len(head) >= len(_GZIP):
            break
    whole = itertools.chain((head,), rest)
    yield from _gunzipped(whole) if head.startswith(_GZIP) else whole


def _gunzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack a gzip file of one or several members (RFC 1952), a small piece at a time. NULs may fill it up."""
    member = None
    data = b""
    for part in parts:
        data += part if member is not None or data else part.lstrip(b"\0")
        while data and (member is not None or len(data) >= len(_GZIP)):
            if member is None:
                if not data.startswith(_GZIP):
                    raise ValueError("something follows the packed text")
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield member.decompress(data, _PIECE)
            data = member.unused_data.lstrip(b"\0") if member.eof else member.unconsumed_tail
            member = None if member.eof else member
    if member is not None or data:
        raise ValueError("the packed text breaks off")


class _Reader:
    """The text so far, and where the next element begins in it."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._scan = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def elements(self) -> Iterator[Element]:
        if not self._skip():
            return
        if self._text[self._at] == "[":
            self._at += 1
            while self._within_array():
                yield self._value()
            self._at += 1
        else:
            yield self._value()
        if self._skip():
            raise ValueError("something follows")

    def _within_array(self) -> bool:
        if not self._skip():
            raise ValueError("the array breaks off")
        return self._text[self._at] != "]"

    def _skip(self) -> bool:
        """Go to the next character that is neither blank nor a comma; return whether there is one."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text):
                return True
            if not self._more(0):
                return False

    def _value(self) -> Element:
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except ValueError:
                # Either it breaks off here, or more of it has yet to come. Asking again only for twice the text keeps
                # the work for a long element in bounds.
                if not self._more(2 * (len(self._text) - self._at)):
                    raise
                continue
            # Of a number, and only of that, a part is a value, too.
            if self._text[end - 1] not in '"]}' and self._text[end : end + 1] not in _ENDS and self._more(0):
                continue
            text = self._text[self._at : end]
            self._at = end
            return Element(value, text)

    def _more(self, wanted: int) -> bool:
        """Take more text in, to *wanted* characters if there are so many; return whether there was any."""
        self._text = self._text[self._at :]
        self._at = 0
        if len(self._text) > ELEMENT_LIMIT:
            raise ValueError("one element is too big")
        pieces = [self._text]
        size = len(self._text)
        grown = False
        while not self._ended and (not grown or size < wanted):
            part = next(self._parts, None)
            self._ended = part is None
            piece = self._decode(part or b"", part is None)
            grown = grown or bool(piece)
            pieces.append(piece)
            size += len(piece)
        self._text = "".join(pieces)
        return grown
