# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of a query: computed from their number, never kept."""

from __future__ import annotations

import csv
import datetime
import io
import json
import typing as t
import zlib

PER_SECOND = 1000
BATCH = 1000
# Recorded: fractions of a second have 2, 3 or 6 digits.
DIGITS = (2, 3, 6)
COLUMNS = ("_time", "event_id", "_vendor", "_product", "insert_timestamp")


class Rows:
    """``count`` rows from the time ``start`` on, or the given ``data``."""

    def __init__(self, count: int, start: float, data: t.Sequence[t.Mapping[str, t.Any]] | None = None) -> None:
        self._start = int(start)
        self._data = data
        self.count = count if data is None else len(data)

    def some(self, limit: int) -> list[t.Any]:
        """The first rows as objects."""
        if self._data is not None:
            return list(self._data[:limit])
        return [json.loads(line) for line in self._lines(0, min(limit, self.count))]

    def csv(self, limit: int) -> str:
        return "".join(self._csv_batches(limit))

    def size(self, limit: int, form: str) -> int:
        """The bytes of all pieces, without making them where they can be counted."""
        if self._data is not None or form == "csv":
            return sum(map(len, self.pieces(limit, form)))
        count, triple = min(limit, self.count), [len(line) + 1 for line in self._lines(0, 3)]
        return sum(triple[number] * ((count - number + 2) // 3) for number in range(3))

    def pieces(self, limit: int, form: str) -> t.Iterator[bytes]:
        """NDJSON, one object a line (documented); or CSV (assumed)."""
        if form == "csv":
            yield from (text.encode() for text in self._csv_batches(limit))
            return
        count = min(limit, self.count)
        for first in range(0, count, BATCH):
            last = min(first + BATCH, count)
            if self._data is None:
                lines: t.Iterable[str] = self._lines(first, last)
            else:
                lines = (json.dumps(row) for row in self._data[first:last])
            yield "".join(f"{line}\n" for line in lines).encode()

    def _lines(self, first: int, last: int) -> t.Iterator[str]:
        """The fields and their order are recorded. Rows of the same remainder by 3 are equally long."""
        second, prefix = -1, ""
        for row in range(first, last):
            if row // PER_SECOND != second:
                second = row // PER_SECOND
                moment = datetime.datetime.fromtimestamp(self._start + second, datetime.timezone.utc)
                prefix = moment.strftime("%Y-%m-%d %H:%M:%S")
            digits = DIGITS[row % 3]
            time = f"{prefix}.{row % 100 if digits == 2 else row % PER_SECOND:0{digits}d} UTC"
            yield (
                f'{{"_time": "{time}", "event_id": "{row:012d}", "_vendor": "PANW", "_product": "XDR agent", '
                f'"insert_timestamp": "{time}"}}'
            )

    def _csv_batches(self, limit: int) -> t.Iterator[str]:
        count = min(limit, self.count)
        first_row = self.some(1)
        columns = list(first_row[0]) if first_row else list(COLUMNS)
        for first in range(0, max(count, 1), BATCH):
            text = io.StringIO()
            writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
            if first == 0:
                writer.writeheader()
            last = min(first + BATCH, count)
            if self._data is None:
                writer.writerows(json.loads(line) for line in self._lines(first, last))
            else:
                writer.writerows(t.cast("t.Iterable[dict[str, t.Any]]", self._data[first:last]))
            yield text.getvalue()


def packed(pieces: t.Iterable[bytes]) -> t.Iterator[bytes]:
    """The same as gzip."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        done = packer.compress(piece)
        if done:
            yield done
    yield packer.flush()
