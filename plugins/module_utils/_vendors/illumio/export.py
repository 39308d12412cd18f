# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Export a collection of the PCE: it is read as a job, and the file that the job makes is written as it comes.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, C read in a client's source.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..._jobs.errors import BadInput, EffectMissing, JobError, JobMissing, JobReplaced, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Collected, Done, Preview, Timing
from ..._transport.json_client import Reply
from ..._transport.json_stream import sources
from .client import ASYNCHRONOUS, in_all, open_client
from .export_options import Collection, Output
from .identity import is_us
from .job import PceJob, Record, job_fingerprint
from .job_list import WORDS, delete_job, read_jobs, reasons, result_href
from .listing import shown
from .output import open_sink
from .times import instant

if t.TYPE_CHECKING:
    from ..._transport.http_client import Stream
    from ..._transport.rows import Sink
    from .client import IllumioClient

IN_FLIGHT = ("pending", "running")
"""The words of jobs that are worth waiting for: one that is asked to end is not."""

CUTS: Mapping[str, Sequence[int]] = {"events": (100, 10_000), "security_principals": (100, 500)}
"""At how many objects a PCE cuts an answer that it gives at once [D]: what is not named here at USUAL_CUT."""

USUAL_CUT = (500,)


class Export(PceJob):
    """Read a collection as a job, write what it holds.

    *collection* is only needed to submit. *output* holds for a job that is submitted or adopted here; one of a handle
    has its own, from which *dest* departs.
    """

    name: t.ClassVar[str] = "illumio.export"
    words: t.ClassVar[Mapping[str, JobState]] = WORDS
    changes_device: t.ClassVar[bool] = False

    # "executes the request during low-traffic times as a background job" [D]: it may be pending for long.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=5, poll_max_interval=30, outage_timeout=600)

    def __init__(
        self,
        client: IllumioClient,
        collection: Collection | None = None,
        output: Output | None = None,
        *,
        dest: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._collection = collection
        self._output = output or Output()
        self._dest = dest
        self._seen_before: set[str] | None = None
        self._may_be_filtered = False
        self._taken = False

    # Before there is a job.

    def preview(self, *, want_diff: bool) -> Preview:
        where = f"written to {self._output.dest}" if self._output.dest else "returned"
        return Preview(needed=True, message=f"The objects of {self._wanted().href} would be {where}.")

    def still_needed(self) -> bool:
        # What an adopted job has read is what this one would have.
        return False

    def find_equivalent(self) -> Handle | None:
        found = self._newest(self._list(), lambda record: _word(record) in IN_FLIGHT)
        self._may_be_filtered = found is not None and "?" not in self._wanted().href
        return found

    def submit(self) -> Handle | Done:
        wanted = self._wanted()
        if self._seen_before is None:
            try:
                self._list()
            except NoAnswer as exc:
                raise exc.unsent() from exc
        try:
            with self.client.stream(wanted.href, headers=ASYNCHRONOUS) as answer:
                if answer.status != 202:
                    return self._at_once(answer)
                reply = Reply(answer.status, answer.headers, None)
        except JobMissing as exc:
            raise Refused(
                f"{exc.message} Check path and org_id; asked for was {wanted.href}.", label=exc.label
            ) from exc
        self._may_be_filtered = False
        address = reply.headers.get("location", "")
        if not address:
            raise NoAnswer(
                f"{self.endpoint} accepted the export as a job without saying which one it is "
                f"(X-Request-Id {reply.request_id or 'unknown'}).",
                label="no Location",
                server_spoke=True,
            )
        return self.accepted(reply, self.client.href(address), {"path": wanted.href}, self._output.to_handle())

    def recover(self) -> Handle | None:
        before = self._seen_before
        if before is None:
            return None
        # Nobody is harmed by an export too many: what is not provably ours is left alone.
        return self._newest(self._list(), lambda record: record["href"] not in before)

    # The job.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # That the file cannot be written must not come to light after hours.
        self._output_of(handle)
        return super().observe(handle, within=within)

    def has_result(self, record: Record) -> bool:
        return bool(result_href(record))

    def reasons_of(self, record: Record) -> tuple[str, ...]:
        said = reasons(record)
        if said or _word(record) != "failed":
            return said
        return ("the PCE gives no reason; by its guide a job fails when it exceeds the time limit of the PCE",)

    def facts_of(self, record: Record) -> Mapping[str, t.Any]:
        return {"datafile": result_href(record)}

    def destination(self, handle: Handle | None) -> str | None:
        return self._dest or self._output_of(handle).dest

    def collect(self, handle: Handle, last: Observation) -> Collected:
        output = self._output_of(handle)
        with contextlib.closing(open_sink(output)) as sink, self._datafile(str(last.facts["datafile"])) as answer:
            count = self._fill(sink, answer, output)
            if count is None:
                raise EffectMissing(f"it holds {_too_many(output)}")
            self._check_whole(count)
            found = sink.finish()
        self._taken = output.delete
        return _collected(found, count, output, href=handle.id)

    def clean_up_there(self, handle: Handle | None) -> Sequence[str]:
        if handle is None or not self._taken:
            return ()
        try:
            delete_job(self.client, handle.id)
        except JobError as exc:
            return (f"The job {handle.id} could not be deleted after the export: {exc.message}",)
        return ()

    # What these are made of.

    def _check_whole(self, count: int) -> None:
        """Raise JobReplaced where a job that was found in the list has read less than there is.

        That a job shows its parameters is assumed: on a PCE that leaves them out it may have some that ours has not.
        """
        if not self._may_be_filtered:
            return
        reply = shown(lambda: self.client.get(self._wanted().href, {"max_results": 1}))
        there = None if reply is None else in_all(reply.headers, filtered=False)
        if there is not None and count < there:
            raise JobReplaced(f"it has read {count} of {there} objects, so it may be one with a filter.")

    def _wanted(self) -> Collection:
        if self._collection is None:
            raise BadInput("path: say which collection to export.")
        return self._collection

    def _output_of(self, handle: Handle | None) -> Output:
        """Return where to write; a handle from the job list does not say, so that the task decides."""
        if handle is None or not handle.options:
            return self._output
        return Output.from_handle(handle.options, dest=self._dest)

    def _list(self) -> list[Record]:
        """Return the jobs with our path, newest first, and keep which there are. Raises NoAnswer, Denied.

        A list that the PCE does not show has no job of ours: to export once more does no harm.
        """
        found = shown(lambda: read_jobs(self.client))
        if found is None:
            return []
        records = found.records
        self._let_in = True
        if self._seen_before is None:
            self._seen_before = {record["href"] for record in records}
        same = [record for record in records if self._is_same(record)]
        self.took_before = _durations(same)
        return sorted(same, key=lambda record: str(record.get("requested_at") or ""), reverse=True)

    def _is_same(self, record: Record) -> bool:
        """Return whether a job reads what we want: path and parameters are equal.

        Documented is a path in the description; that parameters stand there, too, is assumed. Where a PCE leaves them
        out no job with parameters is found, and an export without any may find one that has some.
        """
        description = record.get("description")
        if not isinstance(description, str) or not description:
            return False
        try:
            return Collection(self.client.href(description.replace(" ", "%20"))).key == self._wanted().key
        except NoAnswer:
            return False

    def _newest(self, records: Iterable[Record], fits: Callable[[Record], bool]) -> Handle | None:
        """Return the handle of the first of *records* that fits and that our account started."""
        proven: dict[str, bool] = {}
        for record in filter(fits, records):
            known = job_fingerprint(record)
            account = known.get("requested_by", "")
            if account not in proven:
                proven[account] = is_us(self.client, account)
            if proven[account]:
                known["path"] = self._wanted().href
                return Handle(self.name, self.endpoint, record["href"], known, options=self._output.to_handle())
        return None

    def _at_once(self, answer: Stream) -> Done:
        """Return the end of an export whose data came in place of a job: the endpoint knows no jobs."""
        wanted, output = self._wanted(), self._output
        with contextlib.closing(open_sink(output)) as sink:
            count = self._fill(sink, answer, output)
            if count is None:
                raise Refused(f"{self.endpoint}: {wanted.href} holds {_too_many(output)}")
            trouble = _cut_off(wanted, count, answer.headers)
            if trouble:
                raise Refused(f"{self.endpoint}: {trouble}", label="truncated", details={"count": count})
            found = sink.finish()
        text = f"{self.endpoint} answered {wanted.href} at once, without a job."
        return Done(text, result=_collected(found, count, output, href=None))

    @contextlib.contextmanager
    def _datafile(self, address: str) -> Iterator[Stream]:
        try:
            with self.client.stream(self.client.href(address)) as answer:
                yield answer
        except JobMissing as exc:
            raise JobMissing(
                f"its file is gone ({exc.label}). A PCE keeps what a job has read for a short time only. Run the task "
                "again without the handle.",
                label=exc.label,
            ) from exc

    def _fill(self, sink: Sink, answer: Stream, output: Output) -> int | None:
        """Put the objects of *answer* into *sink* and return how many there are, None for more than can be taken."""
        count = 0
        for element in sources(self.received(answer)):
            if output.most is not None and count >= output.most:
                return None
            sink.add(element)
            count += 1
        return count


def _durations(records: Iterable[Record]) -> list[float]:
    """Return how long the jobs of *records* took that have ended, newest first, in seconds."""
    times = [(instant(record.get("requested_at")), instant(record.get("terminated_at"))) for record in records]
    known = [(began, ended) for began, ended in times if began and ended and ended > began]
    return [(ended - began).total_seconds() for began, ended in sorted(known, reverse=True)]


def _word(record: Record) -> str:
    return str(record.get("status") or "").lower()


def _too_many(output: Output) -> str:
    return (
        f"more than {output.max_rows} objects, too many to return them. Give dest to write them to a file, raise "
        "max_rows, or ask for less with query."
    )


def _cut_off(wanted: Collection, count: int, headers: Mapping[str, str]) -> str:
    """Return what is wrong with an answer of *count* objects that may have been cut, an empty text where nothing is.

    A PCE says only in a header that it left something out.
    """
    path = wanted.href.partition("?")[0]
    cuts = CUTS.get(path.rpartition("/")[2], USUAL_CUT)
    there = in_all(headers, filtered=wanted.filtered)
    if wanted.max_results is not None and count >= wanted.max_results:
        return ""
    if there is not None and count < there:
        why = f"with {count} of {there} objects"
    elif there is None and count in cuts:
        why = f"as it seems: {count} objects is where a PCE cuts an answer, and it does not say how many there are"
    else:
        return ""
    return (
        f"{wanted.href} was answered at once, and cut off {why}. Give max_results in query, at least as many as there "
        "are, or export it in parts, each with a filter in query."
    )


def _collected(found: Collected, count: int, output: Output, *, href: str | None) -> Collected:
    facts: dict[str, t.Any] = {"count": count, "href": href}
    if output.dest is not None:
        facts["format"] = output.format
    return Collected({**facts, **found.result}, found.changed)


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> Export:
    """Return the export that the options of illumio_export describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    client = open_client(params, hide)
    output = Output.of(params)
    if params["handle"] is not None:
        return Export(client, output=output, dest=output.dest)
    return Export(client, Collection.of(params, client.org), output)
