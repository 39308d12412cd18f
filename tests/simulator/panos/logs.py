# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""type=log: a store of rows that are computed from their number, and the queries on it.

Documented (Retrieve Logs, PAN-OS 8.1 to 11.1): the parameters; 20 rows by default and 5000 at most, newest first; no
``log`` element while a query is pending; "after successful log data retrieval, the system automatically deletes the
job". Recorded: demisto_log_submit.xml, demisto_log_FIN_traffic_1.xml, panospython_log_job_FIN_config.xml.
"""

from __future__ import annotations

import bisect
import calendar
import dataclasses
import itertools
import math
import time
import typing as t

from ..system import Reply, SpecError
from .log_query import TIME_FORM, Node, bounds_of, parse_query
from .log_rows import FILTER_WORDS, LOG_TYPES, Row, fields_of, row_element
from .queries import QueryJob, choice, finish, job_element, look, number, submission
from .xml import ApiError, bad_request, element, enqueued, success

if t.TYPE_CHECKING:
    from .device import Admin, PanosDevice

MOST_ROWS = 5000
# uniq without effect: pan-os-python sends it with the value yes.
LOG_PARAMETERS = frozenset({"log-type", "query", "nlogs", "skip", "dir", "uniq", "action", "job-id"})
# The oldest row has the number ``first``, which is its seqno (those of a device of 2024 are above 2**62).
# Rows that are there: [rows, seconds] from old to new, evenly spread; ``end`` is the device's time after the newest
# one (empty: when this was set). Rows to come: ``rate`` per second; ``arrivals`` after every query. Rows that go: the
# oldest beyond ``capacity`` (0: none) and the ``purges`` oldest after every query.
LOG_DEFAULTS: dict[str, t.Any] = {
    "first": 1,
    "history": [[1000, 500]],
    "end": "",
    "rate": 0.0,
    "arrivals": 0,
    "purges": 0,
    "capacity": 0,
}


@dataclasses.dataclass
class LogSettings:
    """What a test can set of logs; README.md explains it."""

    logs: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    log_seconds: float = 1.0
    log_polls: int = 0
    log_while_active: str = "absent"
    log_meta: bool = False
    log_job_kept: bool = False
    log_target: bool = False
    query_finish: str = "ok"

    LOG_CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "log_while_active": ("absent", "empty", "rows"),
        "query_finish": ("ok", "error"),
    }


@dataclasses.dataclass(frozen=True)
class Segment:
    """``count`` rows from number ``first`` on; one every ``step`` seconds from ``start`` on."""

    first: int
    count: int
    start: float
    step: float


class LogStore:
    """The rows of one device, of every log type alike, numbered from the oldest on. Only their times are stored."""

    def __init__(self, settings: t.Mapping[str, t.Any], now: float) -> None:
        """``now`` and all times are the device's. Raises SpecError."""
        self.serial = ""
        self._scan: tuple[t.Any, list[int], t.Iterator[int]] | None = None
        unknown = set(settings) - set(LOG_DEFAULTS)
        if unknown:
            raise SpecError(f"unknown fields of 'logs': {', '.join(sorted(unknown))}")
        values = {**LOG_DEFAULTS, **settings}
        try:
            history = [(int(rows), float(seconds)) for rows, seconds in values["history"]]
            self._rate = float(values["rate"])
            self._arrivals, self._purges, self._capacity, self.first = (
                int(values[name]) for name in ("arrivals", "purges", "capacity", "first")
            )
            end = calendar.timegm(time.strptime(values["end"], TIME_FORM)) if values["end"] else math.floor(now)
        except (TypeError, ValueError) as exc:
            raise SpecError(f"'logs': {exc}") from exc
        if any(rows < 1 or seconds < 1 for rows, seconds in history):
            raise SpecError("'logs.history' is a list of [rows, seconds], both at least 1")
        self.last = self.first - 1
        self._segments: list[Segment] = []
        self._rated_from, self._rated = now, 0
        start = end - sum(seconds for _rows, seconds in history)
        for rows, seconds in history:
            self._append(rows, start, seconds / rows)
            start += seconds

    def settle(self, now: float) -> None:
        """Lets the rows come that were due until ``now``."""
        due = int((now - self._rated_from) * self._rate) - self._rated
        if due > 0:
            self._append(due, self._rated_from + (self._rated + 1) / self._rate, 1 / self._rate)
            self._rated += due
        self._drop()

    def queried(self, now: float) -> None:
        """What happens with every query, after it has seen its rows."""
        self.add(self._arrivals, now)
        self.purge(self._purges)

    def add(self, count: int, now: float) -> None:
        """That many rows come at this moment."""
        if count > 0:
            self._append(count, now, 0.0)
        self._drop()

    def purge(self, count: int) -> None:
        self.first = min(self.first + count, self.last + 1)

    def time_of(self, number: int) -> int:
        """``receive_time`` of a row, in seconds."""
        segment = self._segments[bisect.bisect_right(self._segments, number, key=lambda one: one.first) - 1]
        return math.floor(segment.start + (number - segment.first) * segment.step + 1e-6)

    def select(self, wanted: Wanted) -> list[int]:
        """Numbers of the rows, in the order of the answer."""
        bounds = bounds_of(wanted.node)
        span = range(self.first, self.last + 1)
        low = max(self.first, self.first + bisect.bisect_left(span, bounds.times[0], key=self.time_of))
        high = min(self.last, self.first + bisect.bisect_right(span, bounds.times[1], key=self.time_of) - 1)
        numbers = range(int(max(low, bounds.numbers[0])), int(min(high, bounds.numbers[1])) + 1)
        ordered = numbers[::-1] if wanted.backward else numbers
        end = wanted.skip + wanted.limit
        if bounds.rest is None:
            return list(ordered[wanted.skip : end])
        # The next page of the same rows goes on where this one ended.
        key = (wanted.type, self.serial, bounds.rest, ordered)
        if self._scan is None or self._scan[0] != key:
            self._scan = (key, [], self._matching(wanted.type, bounds.rest, ordered))
        _key, found, more = self._scan
        found.extend(itertools.islice(more, max(0, end - len(found))))
        return found[wanted.skip : end]

    def _matching(self, type: str, node: Node, numbers: t.Iterable[int]) -> t.Iterator[int]:
        return (number for number in numbers if node.matches(Row(type, number, self.time_of, self.serial).value))

    def _append(self, count: int, start: float, step: float) -> None:
        newest = self.time_of(self.last) if self._segments else start
        # Rows with one number more never are older.
        self._segments.append(Segment(self.last + 1, count, max(start, newest), step))
        self.last += count

    def _drop(self) -> None:
        if self._capacity:
            self.first = max(self.first, self.last - self._capacity + 1)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a query asks for."""

    type: str
    node: Node
    skip: int
    limit: int
    backward: bool


@dataclasses.dataclass(frozen=True)
class Found:
    """The answer of a query: chosen when it was submitted (assumed), written when it is fetched.

    ``times`` has the numbers of the rows, in order, and their times.
    """

    type: str
    times: dict[int, int]


def log(device: PanosDevice, admin: Admin, parameters: t.Mapping[str, str]) -> Reply:
    """type=log."""
    action = choice(parameters, "action", "", ("", "get", "finish"))
    if action:
        text = parameters.get("job-id", "")
        if action == "finish":
            return finish(device, "log", text)
        return fetch(device, text, number(parameters, "skip", 0, least=0, most=2**31 - 1))
    try:
        job = query(device, parameters)
    except ApiError as exc:
        submission(device, admin, "log", parameters, answer=exc.text)
        raise
    submission(device, admin, "log", parameters, job=str(job.id))
    return enqueued("query", job.id)


def query(device: PanosDevice, parameters: t.Mapping[str, str]) -> QueryJob:
    """Raises ApiError for what the device does not accept."""
    if "job-id" in parameters:
        raise bad_request('Illegal parameter "job-id".')
    if "log-type" not in parameters:
        raise bad_request('Missing value for parameter "log-type".')
    kind = choice(parameters, "log-type", "", LOG_TYPES)
    limit = number(parameters, "nlogs", 20, least=1, most=MOST_ROWS)
    skip = number(parameters, "skip", 0, least=0, most=2**31 - 1)
    backward = choice(parameters, "dir", "backward", ("backward", "forward")) == "backward"
    choice(parameters, "uniq", "no", ("yes", "no"))
    words = {(field, word): value for (type, field, word), value in FILTER_WORDS.items() if type == kind}
    node = parse_query(parameters.get("query", ""), fields_of(kind), words)
    store, now = device.logs, device.now() + device.settings.clock_skew
    store.settle(now)
    rows = store.select(Wanted(kind, node, skip, limit, backward))
    found = Found(kind, {row: store.time_of(row) for row in rows})
    store.queried(now)
    settings = device.settings
    return device.queries.add(device, "log", seconds=settings.log_seconds, polls=settings.log_polls, answer=found)


def fetch(device: PanosDevice, text: str, skip: int) -> Reply:
    """``action=get``: the state, and the rows as soon as they are there. The job is gone with them.

    ``skip`` leaves out rows that were fetched before, while the job was active (a client of 2024 does that).
    """
    job = look(device, "log", text)
    if isinstance(job, Reply):
        return job
    settings, status, percent = device.settings, job.status(device.now()), job.percent(device.now())
    head = job_element(device, job)
    if status == "FIN":
        if not settings.log_job_kept:
            device.queries.remove(job)
        return success(
            head
            + rows_element(device, job.answer, skip, None, 100)
            + (meta_element(device) if settings.log_meta else "")
        )
    if status == "ACT" and settings.log_while_active != "absent":
        rows = len(job.answer.times) * percent // 100 if settings.log_while_active == "rows" else 0
        return success(head + rows_element(device, job.answer, skip, rows, percent))
    return success(head)


def rows_element(device: PanosDevice, found: Found, start: int, end: int | None, percent: int) -> str:
    chosen = list(found.times)[start:end]
    serial = device.logs.serial
    rows = "".join(row_element(Row(found.type, number, found.times.__getitem__, serial)) for number in chosen)
    return f'<log><logs count="{len(chosen)}" progress="{percent}">{rows}</logs></log>'


def meta_element(device: PanosDevice) -> str:
    """Recorded: panospython_log_job_FIN_config.xml."""
    vsys = f'<vsys><entry name="vsys1">{element("display-name", "vsys1")}</entry></vsys>'
    entry = f'<entry name="localhost.localdomain">{element("hostname", device.settings.hostname)}{vsys}</entry>'
    return f"<meta><devices>{entry}</devices></meta>"
