# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Run XQL queries, and read the rows that they found.

Sources: D the Cortex documentation, R recorded from a tenant and published, C read in a client's source.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import time
import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..._jobs.errors import BadInput, Busy, Denied, EffectMissing, JobMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Collected, Preview, Timing
from ..._jobs.tokens import new_token, tokens_in
from ..._transport.downloads import received
from ..._transport.files import check_destination
from ..._transport.json_stream import Element, lines
from ..._transport.rows import to_json
from .client import LICENCE, open_client
from .job import CortexJob
from .selection import number_of
from .xql_options import MOST_ROWS, Reading, XqlOptions

if t.TYPE_CHECKING:
    from ..._jobs.operation import Submission
    from .client import CortexClient

START = "/v1/xql/start_xql_query"
RESULTS = "/v1/xql/get_query_results"
STREAM = "/v1/xql/get_query_results_stream"
QUOTA = "/v1/xql/get_quota"

# "reached max allowed amount of parallel running queries" [C, two clients], "maximum allowed number of parallel running
# queries has been reached" [C].
_SLOTS_FULL = re.compile(r"parallel running queries", re.IGNORECASE)

SHORT_READS = 3
"""How often fewer rows come than were found before that counts as the answer."""

Record = Mapping[str, t.Any]


class XqlQuery(CortexJob):
    """Ask, wait, and read the rows; or only wait for the query *query_id*.

    *options* and *reading* are only needed where there is no handle: that carries the latter.

    A query changes nothing, but it costs quota. Its text ends with a comment that has a token: by that it is known
    again among the queries that run.
    """

    name: t.ClassVar[str] = "cortex.xql_query"
    words: t.ClassVar[Mapping[str, JobState]] = {
        "pending": JobState.RUNNING,  # R
        "success": JobState.SUCCEEDED,  # R
        "partial_success": JobState.SUCCEEDED,  # unverified: some tenants failed
        "fail": JobState.FAILED,  # D
    }

    # A tenant gives a query up after 60 minutes [D: max_runtime_minutes]. A client looks every 10 to 20 s [C].
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3900, poll_interval=5, poll_max_interval=20, outage_timeout=600)
    changes_device: t.ClassVar[bool] = False

    def __init__(
        self,
        client: CortexClient,
        options: XqlOptions | None = None,
        reading: Reading | None = None,
        *,
        query_id: str | None = None,
        dest: str | None = None,
        nonce: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._options = options
        self._reading = reading or Reading()
        self._query_id = query_id
        self._dest = dest
        self._token = new_token(options.intent, nonce) if options is not None else ""
        self._lost = False
        self._reply: Record | None = None
        self._short_reads = 0
        self._warnings: tuple[str, ...] = ()

    # Before there is a query.

    def named(self) -> Handle | None:
        return None if self._query_id is None else self._handle(self._query_id)

    def destination(self, handle: Handle | None) -> str | None:
        return self._reading.dest if handle is None else self._dest or handle.options.get("dest")

    def preview(self, *, want_diff: bool) -> Preview:
        where = f"written to {self._reading.dest}" if self._reading.dest else "returned"
        return Preview(needed=True, message=f"The query would be run on {self.endpoint} and its rows be {where}.")

    def still_needed(self) -> bool:
        # A query that was asked with the same options a moment ago has the answer.
        return False

    def find_equivalent(self) -> Handle | None:
        """Return the handle of the query that runs and whose token says that it has the same options."""
        wanted = f"{self._wanted.intent}-"
        return self._running(lambda token: token.startswith(wanted))

    def submit(self) -> Handle:
        try:
            reply = self.client.call(START, self._wanted.request_data(self._token), write=True)
        except Refused as exc:
            if _SLOTS_FULL.search(exc.message):
                # Nothing was started, and no query has failed (trap 11).
                raise Busy(exc.message, details=exc.details, label="slots full") from exc
            raise
        self._let_in = True
        if not isinstance(reply, str) or not reply.strip():
            raise NoAnswer(f"{self.endpoint} answered without the id of the query.", label="no id", server_spoke=True)
        return self._handle(reply.strip())

    def recover(self) -> Handle | None:
        """Return the handle of the query with our token, None where none runs.

        It may be over already, or the tenant may not say what runs. To ask again changes nothing there and costs
        quota once more: that is done, and said.
        """
        handle = self._running(lambda token: token == self._token)
        self._lost = handle is None
        return handle

    @property
    def _wanted(self) -> XqlOptions:
        if self._options is None:
            raise BadInput("query: say what to ask.")
        return self._options

    def _running(self, is_it: Callable[[str], bool]) -> Handle | None:
        try:
            quota = self.client.call(QUOTA)
        except Denied as exc:
            if exc.label in ("HTTP 401", LICENCE):
                raise
            return None  # The role allows queries only.
        except Refused:
            return None
        active = quota.get("current_concurrent_active_queries") if isinstance(quota, Mapping) else None
        for query_id, facts in active.items() if isinstance(active, Mapping) else ():
            text = facts.get("xql") if isinstance(facts, Mapping) else facts
            if any(map(is_it, tokens_in(str(text)))):
                return self._handle(str(query_id))
        return None

    def _handle(self, query_id: str) -> Handle:
        return Handle(self.name, self.endpoint, query_id, options=self._reading.to_handle())

    # The query.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the rows are ready: a long query must not end at a folder that is not there.
        dest = self.destination(handle)
        if dest is not None:
            check_destination("dest", dest)
        return self.glance(handle, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        reply = self._ask(handle, within=within)
        word = str(reply.get("status") or "")
        state = self.state_of(word)
        self._reply = reply if state is JobState.SUCCEEDED else None
        number = _number(reply)
        # What a failure looks like is not documented: all of it is shown (trap 20).
        messages = (json.dumps(reply, ensure_ascii=False),) if state is JobState.FAILED else ()
        return Observation(
            state=state,
            vendor_state=word,
            messages=messages,
            facts={
                "query_id": handle.id,
                "number_of_results": number,
                "query_cost": reply.get("query_cost"),
                "remaining_quota": reply.get("remaining_quota"),
                "partial": word.lower() == "partial_success",
            },
            note="" if number is None else f"{number} row{'' if number == 1 else 's'}",
        )

    def _reading_of(self, handle: Handle) -> Reading:
        return Reading.from_handle(handle.options, dest=self._dest)

    def _ask(self, handle: Handle, *, within: float | None = None) -> Record:
        """Return what the tenant says of the query. Raises NoAnswer, Denied, JobMissing, BadInput."""
        wanted: dict[str, t.Any] = {"query_id": handle.id, "pending_flag": True, "format": "json"}
        limit = self._reading_of(handle).limit
        if limit is not None:
            wanted["limit"] = limit
        with self.looking():
            try:
                reply = self.client.call(RESULTS, wanted, of_job=True, within=within)
            except Refused as exc:
                if self._query_id is None or self._answered:
                    raise
                # Nobody here has ever seen this query: it is more likely a wrong id than trouble that passes by.
                raise BadInput(f"query_id: {exc.message}", label=exc.label) from exc
        if not isinstance(reply, Mapping) or not isinstance(reply.get("status"), str):
            raise NoAnswer(
                f"{self.endpoint} answered without the state of query {handle.id}.", label="no state", server_spoke=True
            )
        return reply

    # The rows.

    def collect(self, handle: Handle, last: Observation) -> Collected:
        reading = self._reading_of(handle)
        # A stream that broke off is asked for anew: whether one can be read twice is not documented.
        reply, self._reply = self._reply or self._ask(handle), None
        found = _Rows(reading, _number(reply))
        with contextlib.closing(reading.open_sink()) as sink, self.looking():
            for element in self._elements(reply):
                if not found.takes(element):
                    break
                sink.add(element)
            self._check_whole(found)
            if found.truncated and reading.on_truncation == "fail":
                raise EffectMissing(f"{found.cut} Nothing was written; with on_truncation: warn they are.")
            saved = sink.finish()
        self._warnings = tuple(self._warned(found, reply, partial=bool(last.facts["partial"])))
        result = {**last.facts, "count": found.count, "truncated": found.truncated, **saved.result}
        if reading.dest is not None:
            result["format"] = reading.format
        return Collected(result, saved.changed)

    def shown(self, last: Observation) -> dict[str, t.Any] | None:
        """Return what a failure cost."""
        return dict(last.facts) if last.state is JobState.FAILED else None

    def verify(self, handle: Handle, last: Observation) -> tuple[str, ...]:
        return self._warnings

    def clean_up_here(self) -> None:
        self._reply = None

    def _elements(self, reply: Record) -> Iterator[Element]:
        results = reply.get("results")
        found = results if isinstance(results, Mapping) else {}
        data, stream_id = found.get("data"), found.get("stream_id")
        if isinstance(data, list):
            yield from (Element(row, to_json(row)) for row in data)
        elif stream_id:
            # Of more than 1000 rows there is nothing else (trap 12).
            yield from self._streamed(str(stream_id))
        elif _number(reply) != 0:
            number = _number(reply)
            text = "does not say that it found no rows" if number is None else f"found {number} rows"
            raise NoAnswer(f"{self.endpoint} {text} and gives none.", label="no rows", server_spoke=True)

    def _streamed(self, stream_id: str) -> Iterator[Element]:
        body = {"request_data": {"stream_id": stream_id, "is_gzip_compressed": True}}
        try:
            with self.client.stream(STREAM, method="POST", body=body, headers={"Accept": "*/*"}) as answer:
                # Whether the bytes are still packed only they tell (trap 13).
                yield from lines(received(answer, self.transfer, self.endpoint, may_be_empty=True))
        except JobMissing as exc:
            # The stream is not the query, which gives another one.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc

    def _check_whole(self, found: _Rows) -> None:
        """Raise NoAnswer, later EffectMissing, where rows are missing that there must be."""
        if found.count >= found.expected:
            return
        self._short_reads += 1
        text = f"{self.endpoint} found {found.number} rows, and only {found.count} of {found.expected} came."
        if self._short_reads >= SHORT_READS:
            raise EffectMissing(f"{text} So it was {self._short_reads} times, and nothing was written.")
        raise NoAnswer(text, label="rows missing", server_spoke=True)

    def _warned(self, found: _Rows, reply: Record, *, partial: bool) -> Iterable[str]:
        if partial:
            rest = {name: value for name, value in reply.items() if name != "results"}
            yield (
                "The query succeeded in part only: some tenants may have failed, and their rows are missing. Apart "
                f"from the rows the answer was {json.dumps(rest, ensure_ascii=False)}"
            )
        if found.truncated:
            yield found.cut
        if found.number is not None and found.count > found.number:
            yield f"The tenant says that it found {found.number} rows, but sent {found.count}."
        if self._lost:
            yield (
                "The answer to the start of the query was lost, and it was not among those that run. So it was started "
                "once more, and may have cost quota twice."
            )


class _Rows:
    """How many rows came, out of *number* (None where the tenant does not say)."""

    def __init__(self, reading: Reading, number: int | None) -> None:
        self.number = number
        self.count = 0
        self._most = reading.max_results
        self._beyond = False

    def takes(self, element: Element) -> bool:
        """Count a row, or say that it is one too many. Raises NoAnswer for what is no row."""
        if not isinstance(element.value, Mapping):
            raise NoAnswer("The tenant sent something else than rows.", label="no rows", server_spoke=True)
        if self._most is not None and self.count >= self._most:
            self._beyond = True
            return False
        self.count += 1
        return True

    @property
    def expected(self) -> int:
        """How many rows there must be."""
        most = MOST_ROWS if self._most is None else self._most
        return min(self.number or 0, most)

    @property
    def truncated(self) -> bool:
        return self._beyond or (self.number is not None and self.number > self.count)

    @property
    def cut(self) -> str:
        bound = "a query gives no more" if self._most is None else f"max_results is {self._most}"
        if self.number is None or self.number <= self.count:
            return f"The query found more than the {self.count} rows that were taken ({bound})."
        return f"The query found {self.number} rows, and {self.count} of them were taken ({bound})."


def _number(reply: Record) -> int | None:
    return number_of(reply.get("number_of_results"))


def from_options(params: Mapping[str, t.Any], *, now: datetime.datetime | None = None) -> Submission:
    """Return the query that the options of cortex_xql_query describe, or the one that their handle or id names.

    Raises BadInput, MissingLibrary.
    """
    if params["handle"] is not None:
        dest = None if params["dest"] is None else check_destination("dest", params["dest"])
        return XqlQuery(open_client(params), dest=dest)
    reading = Reading.of(params)
    if params["query_id"] is not None:
        query_id = params["query_id"].strip()
        if not re.fullmatch(r"[\w-]+", query_id, re.ASCII):
            raise BadInput(
                f"query_id: {params['query_id']!r} is not the id of a query, such as 061880b4867446_4356_inv."
            )
        return XqlQuery(open_client(params), reading=reading, query_id=query_id)
    options = XqlOptions.of(params, now=now or datetime.datetime.now(datetime.timezone.utc))
    return XqlQuery(open_client(params), options, reading)
