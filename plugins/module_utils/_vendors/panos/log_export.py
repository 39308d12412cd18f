# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Export the rows of a log, page by page."""

from __future__ import annotations

import dataclasses
import hashlib
import time
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Collected, Preview, Timing
from ..._transport import xml
from ..._transport.rows import Sink, open_sink
from .client import open_client
from .log_options import LogOptions, LogWindow, Output, device_time, from_params, given_dest
from .query import PanosQuery, check_same, looking

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..._transport.xml import Element
    from .client import PanosClient

PAGE = 5000
"""Rows of one query at most [read in pan-python's documentation: nlogs]."""


class LogExport(PanosQuery):
    """Read the rows of a closed window of time, newest first, each page from the last row of the one before.

    A handle names the job of the first page. The device deletes a job once its rows were read, so whoever waits again
    can do so as long as nobody has begun to read. *options* are only needed to submit.
    """

    name: t.ClassVar[str] = "panos.log_export"
    kind: t.ClassVar[str] = "log"

    # A page takes a second, on a full disk or through Panorama a minute, and there may be thousands of pages. The pace
    # starts anew with each, at what pan-python takes for queries of logs.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=0.5, poll_max_interval=15, outage_timeout=600)

    # A log job has no result: FIN is its end, also with no rows [recorded].
    words: t.ClassVar[Mapping[str, JobState]] = {
        "PEND": JobState.PENDING,
        "ACT": JobState.RUNNING,
        "FIN": JobState.SUCCEEDED,
    }

    can_cancel: t.ClassVar[bool] = True

    def __init__(self, client: PanosClient, options: LogOptions | None = None, *, dest: str | None = None) -> None:
        super().__init__(client, dest=dest)
        self._current = ""
        self._options = options
        self._window: LogWindow | None = None
        self._export: _Export | None = None

    def preview(self, *, want_diff: bool) -> Preview:
        window = self._closed_window()
        since = f" from {window.start}" if window.start else ""
        where = f"written to {window.output.dest}" if window.output.dest else "returned"
        return Preview(
            needed=True, message=f"The rows of the {window.log_type} log{since} to {window.end} would be {where}."
        )

    def submit(self) -> Handle:
        window = self._closed_window()
        job = self._enqueue(window, 0, _first(window))
        return Handle(self.name, self.endpoint, job, options=window.to_handle())

    @property
    def wanted(self) -> Output:
        return self._wanted().output

    def observe(self, handle: Handle, *, within: float) -> Observation:
        """Look at the job of the current page, and take its rows where it has ended.

        One look takes one page at most, so that between pages the clock is read and people are told.
        """
        if self._export is None:
            self._export = _Export(LogWindow.from_handle(self.options_of(handle)), handle.id)
        export = self._export
        end = time.monotonic() + within
        if not export.job:
            with looking():
                export.job = self._enqueue(export.window, export.skip, export.asked, within=within)
            export.named = False
        named = export.named
        page = self._look(export, within=end - time.monotonic())
        if page is None:
            return Observation(JobState.RUNNING, "page is gone", export.progress, note=f"{export.note}, asking again")
        if named:
            check_same(handle, page.enqueued)
        learned = page.fingerprint if named else {}
        state = self._state_of(page)
        if state is not JobState.SUCCEEDED:
            page.undo()
            return Observation(state, page.status, export.progress, note=export.note, fingerprint=learned)
        trouble = export.take(page)
        self.dismiss(export.job, target="")
        export.job = ""
        if trouble:
            return Observation(JobState.FAILED, page.status, messages=(trouble,), fingerprint=learned)
        if export.complete:
            return Observation(
                JobState.SUCCEEDED, page.status, 100.0, note=export.note, warnings=export.warnings, fingerprint=learned
            )
        return Observation(JobState.RUNNING, "ACT", export.progress, note=export.note, fingerprint=learned, again=True)

    def cancel(self, handle: Handle) -> None:
        self.client.ask({"type": self.kind, "action": "finish", "job-id": self._current or handle.id}, target="")

    def collect(self, handle: Handle, last: Observation) -> Collected:
        export = self._export
        if export is None or not export.complete:
            raise NoAnswer(
                f"{self.endpoint}: the rows of job {handle.id} are not read yet.", label="not read", server_spoke=True
            )
        found = export.sink.finish()
        return Collected({**export.facts(), **found.result}, found.changed)

    def clean_up_here(self) -> None:
        export, self._export = self._export, None
        if export is not None:
            export.sink.close()

    def _closed_window(self) -> LogWindow:
        """Return which rows these are, fixed when it is first asked for."""
        if self._window is None:
            self._window = self._wanted().window(device_time(self.client))
        return self._window

    def _wanted(self) -> LogOptions:
        if self._options is None:
            raise BadInput("log_type: say which log to export.")
        return self._options

    def _enqueue(self, window: LogWindow, skip: int, rows: int, *, within: float | None = None) -> str:
        form = {
            "log-type": window.log_type,
            "query": window.expression,
            "nlogs": str(rows),
            "skip": str(skip),
            "dir": "backward",
        }
        reply = self.enqueue(form, check=f"Check log_type and query; sent was: {window.expression}", within=within)
        if not reply.job_id:
            raise Refused(
                f"{self.endpoint} answered with success, but started no query: {reply.text or 'no text'}",
                label="no job",
            )
        return reply.job_id

    def _look(self, export: _Export, *, within: float) -> _Page | None:
        """Return what the device says of the current page, None where that has to be asked for again.

        A job goes with the retrieval of its rows, also where that breaks off, and with a restart of the device; the
        rows stay. Raises JobMissing where the job of the handle is gone before anybody here read from it.
        """
        self._current = export.job
        try:
            page = self._read(_Page(export), export.job, within=within)
        except JobMissing:
            if export.named and not export.touched:
                raise
            export.job = ""
            return None
        except NoAnswer as exc:
            export.touched = export.touched or exc.sent
            raise
        export.touched = True
        return page

    def _read(self, page: _Page, job: str, *, within: float) -> _Page:
        """Take in the answer about a page's job piece by piece. Raises what `observe` does, and takes nothing then."""
        scan = xml.RowScan("logs", "entry")
        try:
            with looking(), self.client.stream(self.get(job), within=within, target="") as body:
                for part in self._in_time(body, time.monotonic() + within):
                    for entry in scan.feed(part):
                        page.add(entry)
                root = scan.close()
        except BaseException:
            page.undo()
            raise
        record = root.find("./result/job")
        page.status, page.enqueued = xml.text_of(record, "status"), xml.text_of(record, "tenq")
        if not page.status:
            page.undo()
            text = " ".join(xml.lines(root))
            raise NoAnswer(
                f"{self.endpoint} answered without the state of query {job}: {text or 'no text'}",
                label="no state",
                server_spoke=True,
            )
        return page

    def _in_time(self, body: Iterable[bytes], end: float) -> Iterator[bytes]:
        for part in body:
            if time.monotonic() > end:
                raise NoAnswer(f"{self.endpoint}: the rows came too slowly.", label="too slow", server_spoke=True)
            yield part

    def _state_of(self, page: _Page) -> JobState:
        return self.words.get(page.status, JobState.UNKNOWN)


def _first(window: LogWindow) -> int:
    """Return how many rows the first page asks for: one more than wanted tells whether there are more."""
    return PAGE if window.most is None else min(PAGE, window.most + 1)


class _Export:
    """How far an export has come. *job* is that of the current page, empty where it is to be asked for.

    *named* says whether that job is the one of the handle, which its id does not: ids start again after a restart.
    *touched* says whether rows may have been taken from the device.
    """

    def __init__(self, window: LogWindow, job: str) -> None:
        self.window = window
        self.job = job
        output = window.output
        self.sink: Sink = open_sink(output.dest, output.format, output.fields, root_tag="logs")
        self.skip = 0
        self.asked = _first(window)
        self.rows = 0
        self.pages = 0
        self.last: tuple[str, ...] | None = None
        self.named = True
        self.touched = False
        self.complete = False
        self.truncated = False
        self.warnings: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        return f"{self.rows} row{'' if self.rows == 1 else 's'}"

    @property
    def progress(self) -> float | None:
        return None if self.last is None else self.window.covered(self.rows, self.last[-1])

    @property
    def room(self) -> int | None:
        """How many rows are still wanted, None for all."""
        return None if self.window.most is None else self.window.most - self.rows

    def take(self, page: _Page) -> str:
        """Take in a whole page. Return what is wrong with it, for people, or an empty text."""
        if self.last is not None and page.seen and not page.joined:
            return (
                f"the {self.window.log_type} log changed while it was read: row {self.skip + 1} is no longer the one "
                "that it was. Nothing was written. Run the task again; a window that ended longer ago stands still."
            )
        if page.beyond and self.window.limit is None:
            return (
                f"there are more than {self.window.most} rows, too many to return them. Give dest to write them to a "
                "file, limit to take the newest, or ask for less with query, start or last."
            )
        if self.last is not None and not page.seen:
            self.warnings = (
                f"Rows older than the last one ({self.last[-1]}) were deleted by the device while the log was read.",
            )
        self.pages += 1
        self.rows += page.rows
        self.last = page.last or self.last
        self.truncated = page.beyond
        self.complete = page.beyond or page.seen < self.asked
        self.skip += page.seen - 1
        self.asked = PAGE if self.room is None else min(PAGE, self.room + 2)
        return ""

    def facts(self) -> dict[str, t.Any]:
        """Return what a result says of the export beside the rows themselves."""
        window = self.window
        facts: dict[str, t.Any] = {
            "log_type": window.log_type,
            "query": window.expression,
            "start": window.start or None,
            "end": window.end,
            "count": self.rows,
            "pages": self.pages,
            "truncated": self.truncated,
        }
        return {**facts, "format": window.output.format} if window.output.dest else facts


@dataclasses.dataclass
class _Page:
    """What one answer has.

    *joined* says whether the row was found that ended the page before; only what follows it is new.
    """

    export: _Export
    status: str = ""
    enqueued: str = ""
    seen: int = 0
    rows: int = 0
    beyond: bool = False
    joined: bool = False
    last: tuple[str, ...] | None = None
    mark: int = 0

    def __post_init__(self) -> None:
        self.mark = self.export.sink.mark()

    def add(self, entry: Element) -> None:
        export = self.export
        self.seen += 1
        if self.beyond:
            return
        key = _key(entry)
        if export.last is not None and not self.joined:
            # The first row, unless rows were added in front of it after all.
            self.joined = key == export.last
            return
        if export.room is not None and self.rows >= export.room:
            self.beyond = True
            return
        export.sink.add(entry)
        self.rows += 1
        self.last = key

    def undo(self) -> None:
        self.export.sink.cut(self.mark)

    @property
    def fingerprint(self) -> dict[str, str]:
        return {"tenq": self.enqueued} if self.enqueued else {}


def _key(entry: Element) -> tuple[str, ...]:
    """Return what tells a row from all others; the last part is when it was received.

    Recorded: the attribute logid, serial and seqno. A row without them stands for itself as a whole.
    """
    names = [entry.get("logid", ""), *(entry.findtext(tag) or "" for tag in ("serial", "seqno", "receive_time"))]
    if names[0] or names[2]:
        return tuple(names)
    return hashlib.sha256(xml.to_bytes(entry)).hexdigest(), names[3]


def from_options(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> LogExport:
    """Return the export that the options of panos_log_export describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    if params["target"]:
        raise BadInput(
            "target: a Panorama does not pass log queries on to its firewalls. Leave it out, and give as host the "
            "firewall itself, or a Panorama that has its logs, with query: (serial eq 0123456789)."
        )
    if params["handle"] is None:
        return LogExport(open_client(params, hide), from_params(params))
    return LogExport(open_client(params, hide), dest=given_dest(params))
