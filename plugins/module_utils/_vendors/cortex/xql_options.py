# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What to ask by an XQL query, and where its rows go: the options, their validation, their form in handles.

Sources: D the Cortex documentation.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput
from ..._jobs.moments import read_span, stretch
from ..._jobs.tokens import intent_of, marked
from ..._transport.files import check_destination
from ..._transport.rows import (
    CsvEncoder,
    FileSink,
    MemorySink,
    TextEncoder,
    WideCsvSink,
    checked_fields,
    fields_of_handle,
    spoiled,
    to_json,
)

if t.TYPE_CHECKING:
    from ..._transport.json_stream import Element
    from ..._transport.rows import Sink

FORMATS = ("ndjson", "csv", "json")
ON_TRUNCATION = ("fail", "warn")

MOST_ROWS = 1_000_000
"""Rows of one query at most [D]."""

KEPT_ROWS = 1000
"""Rows that are asked for where they go into the result of a task and nothing is said of their number."""

MOST_KEPT = 10_000
"""Rows that the result of a task takes at most."""


@dataclasses.dataclass(frozen=True)
class XqlOptions:
    """What to ask. *timeframe* is as it is sent, *relative* what makes it equal for two runs of one task.

    Raises BadInput that names the option at fault.
    """

    query: str
    timeframe: Mapping[str, int] | None = None
    relative: tuple[str | None, ...] = ()
    tenants: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise BadInput("query: is empty.")
        if not all(tenant.strip() for tenant in self.tenants):
            raise BadInput("tenants: one of them is empty.")

    @classmethod
    def of(cls, params: Mapping[str, t.Any], *, now: datetime.datetime) -> XqlOptions:
        """Return what the options of a task ask for when it is *now* (aware). Raises BadInput."""
        relative = (params["start"], params["end"], params["last"])
        return cls(
            query=params["query"].strip(),
            timeframe=_timeframe(*relative, now=now),
            relative=relative,
            tenants=tuple(params["tenants"]),
        )

    @property
    def intent(self) -> str:
        """What stands for these options in the token: equal options give equal texts."""
        return intent_of([self.query, list(self.relative), sorted(self.tenants)])

    def request_data(self, token: str) -> dict[str, t.Any]:
        """Return what is sent, with *token* as a comment on the last line: those may stand in any section [D]."""
        data: dict[str, t.Any] = {"query": f"{self.query}\n{marked('//', token)}"}
        if self.tenants:
            data["tenants"] = list(self.tenants)
        if self.timeframe is not None:
            data["timeframe"] = dict(self.timeframe)
        return data


def _timeframe(
    start: str | None, end: str | None, last: str | None, *, now: datetime.datetime
) -> Mapping[str, int] | None:
    """Return the stretch of time in milliseconds, as it is sent [D], None where the task names none."""
    if last is not None and end is None:
        return {"relativeTime": round(read_span(last).total_seconds() * 1000)}
    since, until = stretch(start, end, last, now=now)
    if since is None:
        if end is not None:
            raise BadInput("end: needs start or last, for the time to have a beginning.")
        return None
    return {"from": _milliseconds(since), "to": _milliseconds(until)}


def _milliseconds(moment: datetime.datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclasses.dataclass(frozen=True)
class Reading:
    """The options of the same names. *dest* is None where the rows go into the result of the task."""

    dest: str | None = None
    format: str = "ndjson"
    fields: tuple[str, ...] | None = None
    max_results: int | None = None
    on_truncation: str = "warn"

    @classmethod
    def of(cls, params: Mapping[str, t.Any]) -> Reading:
        """Return what the options of a task ask for. Raises BadInput."""
        dest = None if params["dest"] is None else check_destination("dest", params["dest"])
        return cls(
            dest=dest,
            format=params["format"],
            fields=checked_fields(params["fields"]),
            max_results=_checked_most(params["max_results"], dest),
            on_truncation=params["on_truncation"],
        )

    def to_handle(self) -> dict[str, str]:
        """Return it as it stands in the options of a handle."""
        texts = {"format": self.format, "on_truncation": self.on_truncation}
        if self.dest is not None:
            texts["dest"] = self.dest
        if self.fields is not None:
            texts["fields"] = json.dumps(self.fields)
        if self.max_results is not None:
            texts["max_results"] = str(self.max_results)
        return texts

    @classmethod
    def from_handle(cls, options: Mapping[str, str], *, dest: str | None = None) -> Reading:
        """Return what *options* say, written to *dest* where that is given.

        Raises BadInput where they are not those of a handle of ours.
        """
        fields = fields_of_handle(options)
        for name, known in (("format", FORMATS), ("on_truncation", ON_TRUNCATION)):
            if options.get(name) not in known:
                raise spoiled(name)
        most = options.get("max_results")
        if most is not None and not (most.isascii() and most.isdigit() and 0 < int(most) <= MOST_ROWS):
            raise spoiled("max_results")
        return cls(
            dest=dest or options.get("dest"),
            format=options["format"],
            fields=None if fields is None else tuple(fields),
            max_results=None if most is None else int(most),
            on_truncation=options["on_truncation"],
        )

    @property
    def limit(self) -> int | None:
        """How many rows to ask for, None for all: one more than are wanted tells whether there are more."""
        return None if self.max_results is None else min(self.max_results + 1, MOST_ROWS)

    def open_sink(self) -> Sink:
        """Return what takes the rows. Raises BadInput where the file cannot be made.

        A whole row of a stream is written with the text that the tenant sent, so that no number changes its form.
        """
        fields = self.fields

        def row(element: Element) -> t.Any:
            value = element.value
            return value if fields is None else {field: value[field] for field in fields if field in value}

        def text(element: Element) -> str:
            return element.text if fields is None else to_json(row(element))

        if self.dest is None:
            return MemorySink(as_row=row)
        if self.format == "csv":
            if fields is None:
                return WideCsvSink(self.dest, as_row=row)
            return FileSink(self.dest, CsvEncoder(fields, as_row=row))
        return FileSink(self.dest, TextEncoder(text, array=self.format == "json"))


def _checked_most(given: int | None, dest: str | None) -> int | None:
    if given is None:
        return None if dest is not None else KEPT_ROWS
    if not 0 < given <= MOST_ROWS:
        raise BadInput(f"max_results: a query gives at most {MOST_ROWS} rows; give a number from 1 to that.")
    if dest is None and given > MOST_KEPT:
        raise BadInput(
            f"max_results: the result of a task takes {MOST_KEPT} rows at most. Give dest to write more to a file."
        )
    return given
