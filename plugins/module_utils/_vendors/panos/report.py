# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Reports: predefined ones, custom ones, and those that are put together when they are asked for."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Collected, Done, Preview, Timing
from ..._transport import xml
from ..._transport.rows import open_sink
from .client import open_client
from .log_options import TIME_FORMAT, Output, given_dest, read_time
from .query import PanosQuery, check_same, looking
from .records import parse_jobs

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..._transport.xml import Element
    from .client import PanosClient

TYPES = ("dynamic", "predefined", "custom")


@dataclasses.dataclass(frozen=True)
class ReportOptions:
    """Which report, and of what time. Times are the device's own. Raises BadInput that names the option at fault."""

    report_type: str
    name: str
    period: str | None = None
    start: str | None = None
    end: str | None = None
    topn: int | None = None
    vsys: str | None = None
    output: Output = dataclasses.field(default_factory=Output)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadInput("name: is empty. Give the name that the report has on the device.")
        if self.topn is not None and self.topn < 1:
            raise BadInput("topn: give a number of rows of at least 1.")
        start, end = (read_time(name, text) if text else None for name, text in self._times())
        if start and end and start > end:
            raise BadInput(f"start: {self.start} is after end, {self.end}.")

    def _times(self) -> tuple[tuple[str, str | None], ...]:
        return ("start", self.start), ("end", self.end)

    def form(self) -> dict[str, str]:
        """Return the request [documented: Run Reports]."""
        form = {"reporttype": self.report_type, "reportname": self.name}
        for name, text in self._times():
            if text:
                form[f"{name}time"] = read_time(name, text).strftime(TIME_FORMAT)
        more = {"period": self.period, "topn": self.topn, "vsys": self.vsys}
        return {**form, **{name: str(value) for name, value in more.items() if value}}

    def to_handle(self) -> dict[str, str]:
        """Return what a handle has to say of it."""
        return {"report_type": self.report_type, "name": self.name, **self.output.to_handle()}


class Report(PanosQuery):
    """Run a report and return its rows. *options* are only needed to submit.

    A report is as long as topn says, so its answer is taken into memory.
    """

    name: t.ClassVar[str] = "panos.report"
    kind: t.ClassVar[str] = "report"
    timing: t.ClassVar[Timing] = Timing(wait_timeout=1800, poll_interval=2, poll_max_interval=15, outage_timeout=600)
    words: t.ClassVar[Mapping[str, JobState]] = {
        "PEND": JobState.PENDING,
        "ACT": JobState.RUNNING,
        # The end is FIN, or 100 percent, or rows at once [read in clients' source]. FIN/PEND as for all other jobs.
        "FIN": JobState.SUCCEEDED,
        "FIN/OK": JobState.SUCCEEDED,
        "FIN/PEND": JobState.RUNNING,
        "FIN/FAIL": JobState.FAILED,
    }

    def __init__(self, client: PanosClient, options: ReportOptions | None = None, *, dest: str | None = None) -> None:
        super().__init__(client, dest=dest)
        self._options = options
        self._answer: Element | None = None

    def preview(self, *, want_diff: bool) -> Preview:
        options = self._wanted()
        where = f"written to {options.output.dest}" if options.output.dest else "returned"
        text = f"The rows of the {options.report_type} report {options.name} would be {where}."
        return Preview(needed=True, message=text)

    def submit(self) -> Handle | Done:
        options = self._wanted()
        reply = self.enqueue(options.form(), check="Check report_type and name.")
        if reply.job_id:
            target = {"target": self.client.target} if self.client.target else {}
            return Handle(self.name, self.endpoint, reply.job_id, target, options=options.to_handle())
        if not _has_report(reply.root):
            raise Refused(
                f"{self.endpoint} answered with success, but with neither a report nor a job: "
                f"{reply.text or 'no text'}",
                label="no report",
            )
        found = self._written(reply.root, options.to_handle(), options.output)
        rows = found.result["count"]
        text = f"{self.name} on {self.endpoint}: {options.name} has {rows} row{'' if rows == 1 else 's'}."
        return Done(text, result=found)

    @property
    def wanted(self) -> Output:
        return self._wanted().output

    def observe(self, handle: Handle, *, within: float) -> Observation:
        root = self._ask(handle, within=within)
        record = next(iter(parse_jobs(root)), None)
        percent = xml.text_of(root, ".//job/percent")
        progress = float(percent) if percent.isascii() and percent.isdigit() and int(percent) <= 100 else None
        if record is None or not (record.status or record.result):
            if progress == 100 or (record is None and _has_report(root)):
                return self._ended(root, "100%" if progress == 100 else "report")
            if record is None:
                raise NoAnswer(
                    f"{self.endpoint} answered with neither a report nor the state of its job.",
                    label="no state",
                    server_spoke=True,
                )
            return Observation(JobState.RUNNING, record.word, progress)
        check_same(handle, record.tenq)
        learned = {"tenq": record.tenq} if record.tenq else {}
        state = self.words.get(record.word, JobState.UNKNOWN)
        if state is JobState.SUCCEEDED:
            return dataclasses.replace(self._ended(root, record.word), fingerprint=learned)
        if state is JobState.UNKNOWN and record.status == "FIN":
            state = JobState.FAILED
        return Observation(state, record.word, progress, messages=record.details, fingerprint=learned)

    def collect(self, handle: Handle, last: Observation) -> Collected:
        if self._answer is None:
            raise NoAnswer(
                f"{self.endpoint}: the rows of job {handle.id} are not read yet.", label="not read", server_spoke=True
            )
        options = self.options_of(handle)
        found = self._written(self._answer, options, Output.from_handle(options))
        self.dismiss(handle.id, target=_target(handle))
        return found

    def _ended(self, root: Element, word: str) -> Observation:
        self._answer = root
        return Observation(JobState.SUCCEEDED, word, 100.0)

    def _ask(self, handle: Handle, *, within: float | None = None) -> Element:
        with looking():
            return self.client.ask(self.get(handle.id), within=within, target=_target(handle)).root

    def _written(self, root: Element, about: Mapping[str, str], output: Output) -> Collected:
        """Return the rows in *root*, or the file that they were written to."""
        sink = open_sink(output.dest, output.format, output.fields, root_tag="report")
        count = 0
        try:
            for entry in _rows(root):
                sink.add(entry)
                count += 1
            found = sink.finish()
        finally:
            sink.close()
        facts: dict[str, t.Any] = {name: about.get(name) for name in ("report_type", "name")}
        facts["count"] = count
        if output.dest is not None:
            facts["format"] = output.format
        return Collected({**facts, **found.result}, found.changed)

    def _wanted(self) -> ReportOptions:
        if self._options is None:
            raise BadInput("name: say which report to run.")
        return self._options


def _has_report(root: Element) -> bool:
    return root.tag == "report" or root.find(".//report") is not None


def _rows(root: Element) -> Iterator[Element]:
    """Give the rows of a report: the root may be its own [documented], and a row may hold entries of other things."""
    for report in root.iter("report"):
        for entry in report.iter("entry"):
            if not any(parent.tag == "entry" for parent in entry.iterancestors()):
                yield entry


def _target(handle: Handle) -> str:
    return handle.fingerprint.get("target", "")


def from_options(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> Report:
    """Return the report that the options of panos_report describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    if params["handle"] is not None:
        return Report(open_client(params, hide), dest=given_dest(params))
    names = ("report_type", "name", "period", "start", "end", "topn", "vsys")
    options = ReportOptions(**{name: params[name] for name in names}, output=Output.of(params))
    return Report(open_client(params, hide), options)
