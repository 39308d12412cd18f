# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Rows of a log, a report or a collection, as they come: to a file of JSON, JSON lines, CSV or XML, or kept where there
are few.

What comes is an entry of XML, unless *as_row* says otherwise how to make a row of it.
"""

from __future__ import annotations

import abc
import contextlib
import csv
import io
import json
import tempfile
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

from .._jobs.errors import BadInput
from .._jobs.operation import Collected
from . import xml
from .files import AtomicFile

if t.TYPE_CHECKING:
    from collections.abc import Iterator

Entry = t.Any
"""What stands for one row before it is made one: an element of XML, or of a JSON array."""

AsRow = t.Callable[[Entry], t.Any]

AT_ONCE = 256 * 1024
"""Bytes that are written at once."""

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""One encoder for all rows: `json.dumps` makes a new one for each."""

FORMATS = ("ndjson", "csv", "xml")


def checked_fields(fields: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the option ``fields`` of a task. Raises BadInput."""
    if fields is None:
        return None
    if not fields or not all(field.strip() for field in fields):
        raise BadInput("fields: name at least one field, and none with an empty name, or leave the option out.")
    if len(set(fields)) != len(fields):
        raise BadInput("fields: names a field twice.")
    return tuple(fields)


def fields_of_handle(options: Mapping[str, str]) -> list[str] | None:
    """Return the fields that stand as JSON in the *options* of a handle, None where none do. Raises BadInput."""
    try:
        fields = json.loads(options.get("fields", "null"))
    except ValueError:
        raise spoiled("fields") from None
    if fields is None or (isinstance(fields, list) and all(isinstance(field, str) for field in fields)):
        return fields
    raise spoiled("fields")


def spoiled(name: str) -> BadInput:
    """Return the error of a handle whose option *name* cannot be read."""
    return BadInput(f"handle: its options have no usable {name}. Pass job.handle of the earlier result unchanged.")


def open_sink(dest: str | None, file_format: str, fields: Sequence[str] | None, *, root_tag: str) -> Sink:
    """Return where rows go: to the file *dest*, or into memory where it is None.

    *fields* are the only ones to take, in that order, None for all; *root_tag* names the root of an XML file. Raises
    BadInput where the file cannot be made.
    """
    if dest is None:
        return MemorySink(fields)
    if file_format == "xml":
        return FileSink(dest, XmlEncoder(root_tag))
    if file_format == "ndjson":
        return FileSink(dest, JsonEncoder(fields))
    return FileSink(dest, CsvEncoder(fields)) if fields else WideCsvSink(dest)


class Sink(abc.ABC):
    """Takes rows; what came after a mark can be taken back. `close` lets go of all that was not finished."""

    @abc.abstractmethod
    def add(self, entry: Entry) -> None:
        """Take one row."""

    @abc.abstractmethod
    def mark(self) -> int:
        """Return what to give to `cut` to forget all rows from here on."""

    @abc.abstractmethod
    def cut(self, mark: int) -> None:
        """Forget the rows that came after *mark*."""

    @abc.abstractmethod
    def finish(self) -> Collected:
        """Return what a result says of the rows: ``rows``, or ``path``, ``size``, ``sha256`` of the file in place."""

    def close(self) -> None:
        """Let go of a file that is not finished."""
        return


class MemorySink(Sink):
    """Keeps the rows, for the result of a task."""

    def __init__(self, fields: Sequence[str] | None = None, *, as_row: AsRow = xml.as_row) -> None:
        self._fields = fields
        self._as_row = as_row
        self._rows: list[t.Any] = []

    def add(self, entry: Entry) -> None:
        self._rows.append(_only(self._as_row(entry), self._fields))

    def mark(self) -> int:
        return len(self._rows)

    def cut(self, mark: int) -> None:
        del self._rows[mark:]

    def finish(self) -> Collected:
        return Collected({"rows": self._rows}, changed=False)


class Encoder(t.Protocol):
    """The bytes of one format of file; *between* stands between two rows."""

    head: bytes
    between: bytes
    tail: bytes

    def encode(self, entry: Entry) -> bytes:
        """Return the bytes of one row."""


class JsonEncoder:
    """One JSON object a row and line."""

    head = between = tail = b""

    def __init__(self, fields: Sequence[str] | None, *, as_row: AsRow = xml.as_row) -> None:
        self._fields = fields
        self._as_row = as_row

    def encode(self, entry: Entry) -> bytes:
        return _json(_only(self._as_row(entry), self._fields)) + b"\n"


class TextEncoder:
    """One JSON value a row and line, whose text *as_text* makes; as an *array*, all of them are one."""

    def __init__(self, as_text: t.Callable[[Entry], str], *, array: bool) -> None:
        self._as_text = as_text
        self.head, self.between, self.tail = (b"[\n", b",\n", b"\n]\n") if array else (b"", b"", b"")
        self._end = "" if array else "\n"

    def encode(self, entry: Entry) -> bytes:
        return _bytes(self._as_text(entry) + self._end)


class XmlEncoder:
    """The rows as they came, below one root element."""

    between = b""

    def __init__(self, root_tag: str) -> None:
        self.head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root_tag}>\n'.encode()
        self.tail = f"</{root_tag}>\n".encode()

    def encode(self, entry: Entry) -> bytes:
        return xml.to_bytes(entry) + b"\n"


class CsvEncoder:
    """CSV as in RFC 4180, with a line of *columns* first. What a row does not have is empty, parts of it are JSON."""

    between = tail = b""

    def __init__(self, columns: Sequence[str], *, as_row: AsRow = xml.as_row) -> None:
        self._columns = columns
        self._as_row = as_row
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer, lineterminator="\r\n")
        self.head = self._line(columns) if columns else b""

    def encode(self, entry: Entry) -> bytes:
        return self.line(self._as_row(entry))

    def line(self, row: Mapping[str, t.Any]) -> bytes:
        values = (row.get(column, "") for column in self._columns)
        return self._line(map(_cell, values))

    def _line(self, values: t.Iterable[str]) -> bytes:
        self._buffer.seek(0)
        self._buffer.truncate()
        self._writer.writerow(values)
        return _bytes(self._buffer.getvalue())


class FileSink(Sink):
    """Writes rows to a file, many at a time: to hand each to the disk by itself takes longer than to make it."""

    def __init__(self, path: str, encoder: Encoder) -> None:
        self._open = contextlib.ExitStack()
        self._encoder = encoder
        self._file = self._open.enter_context(AtomicFile(path))
        self._kept: list[bytes] = []
        self._kept_size = 0
        self._size = 0
        self._put(encoder.head)

    def add(self, entry: Entry) -> None:
        if self._encoder.between and self._size > len(self._encoder.head):
            self._put(self._encoder.between)
        self._put(self._encoder.encode(entry))

    def mark(self) -> int:
        return self._size

    def cut(self, mark: int) -> None:
        self._write()
        self._file.cut(mark)
        self._size = mark

    def finish(self) -> Collected:
        self._put(self._encoder.tail)
        self._write()
        saved = self._file.save()
        self.close()
        return Collected(saved.to_dict(), saved.changed)

    def close(self) -> None:
        self._open.close()

    def _put(self, data: bytes) -> None:
        self._kept.append(data)
        self._kept_size += len(data)
        self._size += len(data)
        if self._kept_size >= AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._file.write(b"".join(self._kept))
        self._kept.clear()
        self._kept_size = 0


class WideCsvSink(Sink):
    """CSV with a column for every field that any row has, in the order in which they first came.

    Which those are is known after the last row only, and rows of one log differ. So the rows wait in a file without a
    name, beside the destination.
    """

    def __init__(self, path: str, *, as_row: AsRow = xml.as_row) -> None:
        self._path = path
        self._as_row = as_row
        with self._explained():
            self._spool = tempfile.TemporaryFile(dir=Path(path).parent)  # noqa: SIM115  (closed by `close`)

    def add(self, entry: Entry) -> None:
        with self._explained():
            self._spool.write(_json(self._as_row(entry)) + b"\n")

    def mark(self) -> int:
        return self._spool.tell()

    def cut(self, mark: int) -> None:
        with self._explained():
            self._spool.seek(mark)
            self._spool.truncate()

    def finish(self) -> Collected:
        columns = dict.fromkeys(column for row in self._rows() for column in row)
        encoder = CsvEncoder(list(columns))
        with AtomicFile(self._path) as file:
            file.write(encoder.head)
            for row in self._rows():
                file.write(encoder.line(row))
            saved = file.save()
        self.close()
        return Collected(saved.to_dict(), saved.changed)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._spool.close()

    def _rows(self) -> Iterator[xml.Row]:
        with self._explained():
            self._spool.seek(0)
            for line in self._spool:
                yield json.loads(line)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise BadInput(f"dest: {self._path} cannot be written: {exc.strerror or exc}.") from exc


def _only(row: xml.Row, fields: Sequence[str] | None) -> xml.Row:
    return row if fields is None else {field: row[field] for field in fields if field in row}


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else to_json(value)


def _json(value: object) -> bytes:
    return _bytes(to_json(value))


def _bytes(text: str) -> bytes:
    # Half of a pair, which JSON can hold and UTF-8 cannot, stays the escape that it was.
    return text.encode("utf-8", "backslashreplace")
