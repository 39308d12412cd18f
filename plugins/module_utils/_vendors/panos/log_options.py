# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Which rows of which log: the options of an export, and the closed window of time that its pages are cut from."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput, Refused
from ..._transport import xml
from ..._transport.files import check_destination
from ..._transport.rows import FORMATS, checked_fields, fields_of_handle, spoiled
from ..._transport.xml import node
from .system import read_clock

if t.TYPE_CHECKING:
    from .client import PanosClient

KEPT_ROWS = 1000
"""Rows that a result holds where neither a file nor a limit is given."""

SETTLED = datetime.timedelta(seconds=60)
"""How long ago the window ends at the latest: a row may be a while on its way into the log [assumed]."""

TIME_FORMAT = "%Y/%m/%d %H:%M:%S"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclasses.dataclass(frozen=True)
class Output:
    """Where rows go: to the file *dest* in *format*, or into the result where it is None; of *fields*, or all."""

    dest: str | None = None
    format: str = "ndjson"
    fields: tuple[str, ...] | None = None

    @classmethod
    def of(cls, params: Mapping[str, t.Any]) -> Output:
        """Return what the options of a task ask for. Raises BadInput."""
        fields = checked_fields(params["fields"])
        dest = given_dest(params)
        if fields and dest is not None and params["format"] == "xml":
            raise BadInput("fields: an XML file has the rows as they are. Leave fields out, or choose csv or ndjson.")
        return cls(dest, params["format"], fields)

    def to_handle(self) -> dict[str, str]:
        """Return it as it stands in the options of a handle."""
        texts = {"format": self.format}
        if self.dest is not None:
            texts["dest"] = self.dest
        if self.fields is not None:
            texts["fields"] = json.dumps(self.fields)
        return texts

    @classmethod
    def from_handle(cls, options: Mapping[str, str]) -> Output:
        """Raises BadInput where *options* are not those of a handle of ours, or cannot be used on this host."""
        fields = fields_of_handle(options)
        if options.get("format") not in FORMATS:
            raise spoiled("format")
        return cls.of({"dest": options.get("dest"), "format": options["format"], "fields": fields})


def given_dest(params: Mapping[str, t.Any]) -> str | None:
    """Return the file that the task is to write, None where none is named. Raises BadInput."""
    return None if params["dest"] is None else check_destination("dest", params["dest"])


@dataclasses.dataclass(frozen=True)
class LogOptions:
    """What the user asks for. Times are the device's own. Raises BadInput that names the option at fault."""

    log_type: str
    query: str | None = None
    start: str | None = None
    end: str | None = None
    last: str | None = None
    limit: int | None = None
    output: Output = dataclasses.field(default_factory=Output)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z-]*", self.log_type):
            raise BadInput("log_type: give the name that the API has for the log, such as traffic or system.")
        if self.limit is not None and self.limit < 1:
            raise BadInput("limit: give a number of rows of at least 1.")
        _check_query(self.query or "")
        start, end = self._times()
        if start and end and start > end:
            raise BadInput(f"start: {_text(start)} is after end, {_text(end)}.")
        if self.last is not None:
            _span(self.last)

    def _times(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        start = None if self.start is None else read_time("start", self.start)
        return start, None if self.end is None else read_time("end", self.end)

    def window(self, now: datetime.datetime) -> LogWindow:
        """Return which rows these are when the device's clock shows *now*.

        Raises Refused where there can be none yet.
        """
        start, end = self._times()
        latest = now - SETTLED
        end = latest if end is None else min(end, latest)
        if self.last is not None:
            start = end - _span(self.last)
        if start is not None and start > end:
            raise Refused(
                f"start: {_text(start)} is later than {_text(end)}, up to which the log can be exported now: the clock "
                f"of the device shows {_text(now)}, and the newest {SETTLED.seconds} seconds are left out.",
                reason="bad_input",
            )
        return LogWindow(
            log_type=self.log_type,
            query=(self.query or "").strip(),
            start="" if start is None else _text(start),
            end=_text(end),
            limit=self.limit,
            output=self.output,
        )


@dataclasses.dataclass(frozen=True)
class LogWindow:
    """Which rows exactly: *start* (empty for none) and *end* are fixed texts, so that no page differs from another."""

    log_type: str
    query: str
    start: str
    end: str
    limit: int | None
    output: Output

    @property
    def expression(self) -> str:
        """The query as the device gets it. Source: the filter of the log viewer; the brackets keep an ``or`` inside."""
        parts = [f"({self.query})"] if self.query else []
        parts.append(f"(receive_time leq '{self.end}')")
        if self.start:
            parts.append(f"(receive_time geq '{self.start}')")
        return " and ".join(parts)

    @property
    def most(self) -> int | None:
        """How many rows to take at most, None for all."""
        return KEPT_ROWS if self.limit is None and self.output.dest is None else self.limit

    def covered(self, rows: int, at: str) -> float | None:
        """Return how many percent are read after *rows* rows, the last of which was received *at*, if it can be told.

        An estimate: rows are seldom spread evenly over the time.
        """
        found: list[float] = []
        if self.most is not None:
            found.append(rows / self.most)
        if self.start:
            start, end = read_time("start", self.start), read_time("end", self.end)
            with_time = _time(at)
            if with_time is not None and end > start:
                found.append((end - with_time) / (end - start))
        return min(max(0.0, *found) * 100, 99.0) if found else None

    def to_handle(self) -> dict[str, str]:
        """Return it as it stands in the options of a handle."""
        texts = {"log_type": self.log_type, "query": self.query, "start": self.start, "end": self.end}
        if self.limit is not None:
            texts["limit"] = str(self.limit)
        return {**texts, **self.output.to_handle()}

    @classmethod
    def from_handle(cls, options: Mapping[str, str]) -> LogWindow:
        """Raises BadInput where *options* are not those of a handle of ours, or cannot be used on this host."""
        output = Output.from_handle(options)
        limit = options.get("limit")
        if limit is not None and not (limit.isascii() and limit.isdigit() and int(limit)):
            raise spoiled("limit")
        for name in ("log_type", "end"):
            if not options.get(name):
                raise spoiled(name)
        start, end = options.get("start", ""), options["end"]
        LogOptions(options["log_type"], options.get("query"), start or None, end)
        return cls(options["log_type"], options.get("query", ""), start, end, int(limit) if limit else None, output)


def read_time(option: str, text: str) -> datetime.datetime:
    """Return the time that *text* gives, in the device's own time. Raises BadInput."""
    found = _time(text.strip().replace("-", "/").replace("T", " "))
    if found is None:
        raise BadInput(f"{option}: {text!r} is not a time of the form 2026/11/21 10:00:00, in the device's own time.")
    return found


def _time(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, TIME_FORMAT)
    except ValueError:
        return None


def _text(moment: datetime.datetime) -> str:
    return moment.strftime(TIME_FORMAT)


def _span(text: str) -> datetime.timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,5}) ?([smhdw])", text.strip())
    if found is None:
        raise BadInput(f"last: {text!r} is not a span of time such as 15m, 24h or 7d.")
    try:
        return datetime.timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise BadInput(f"last: {text!r} is too long.") from None


def _check_query(query: str) -> None:
    """Raise BadInput where *query* would reach beyond the brackets that are put around it."""
    if any(ord(char) < 32 for char in query):
        raise BadInput("query: holds a control character. Write it on one line.")
    depth, quote = 0, ""
    for char in query:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            break
    if depth or quote:
        raise BadInput("query: its brackets or quotes do not match. Write it as in the log viewer of the device.")


def device_time(client: PanosClient) -> datetime.datetime:
    """Return what the device's clock shows, without a zone. Raises NoAnswer, Denied, Refused."""
    reply = client.op(node("show", node("system", node("info"))))
    text = xml.text_of(reply.root, "./result/system/time")
    moment = read_clock(text)
    if moment is None:
        raise Refused(
            f"{client.endpoint} does not tell its time in a known form, but {text!r}. Without it the window of time "
            "cannot be closed.",
            label="no time of day",
        )
    return moment


def from_params(params: Mapping[str, t.Any]) -> LogOptions:
    """Return what the options of panos_log_export ask for. Raises BadInput."""
    names: Sequence[str] = ("log_type", "query", "start", "end", "last", "limit")
    return LogOptions(**{name: params[name] for name in names}, output=Output.of(params))
