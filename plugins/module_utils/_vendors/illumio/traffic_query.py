# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Query the traffic that a PCE has seen, and read the rows that it found.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, R recorded, C read in a client's source.
"""

from __future__ import annotations

import contextlib
import datetime
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import BadInput, EffectMissing, JobMissing, NoAnswer, Refused, Undecidable
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Collected, Preview, Timing
from ..._jobs.tokens import marked, new_token, tokens_in
from ..._transport.files import check_destination
from ..._transport.json_stream import sources
from .client import open_client
from .flows import Reading
from .job import RESULT_GRACE, PceJob
from .listing import delete_quietly, href_of, listed, started
from .names import PAGE, Names
from .times import pce_time, window_of
from .traffic_options import KEPT_RESULTS, MOST_KEPT, MOST_RESULTS, Service, Side, TrafficOptions

if t.TYPE_CHECKING:
    from ..._jobs.operation import Submission
    from .client import IllumioClient
    from .job import Record

EMPTY_DOWNLOAD_PAUSES = (2.0, 4.0, 6.0)
"""Seconds before each further download where there must be rows and none came (trap 17) [C: ops, seen live]."""

_WORDS: Mapping[str, JobState] = {
    "queued": JobState.PENDING,  # R
    "pending": JobState.PENDING,
    "working": JobState.RUNNING,  # D
    "cancel_requested": JobState.RUNNING,  # D, as what is asked for
    "completed": JobState.SUCCEEDED,  # R
    "failed": JobState.FAILED,  # C
    "cancelled": JobState.CANCELED,  # C, both
    "canceled": JobState.CANCELED,
}

# What all clients that use this phase send; the schema knows no parameters here [C].
_UPDATE_RULES = {"label_based_rules": False, "offset": 0, "limit": MOST_RESULTS}


class TrafficQuery(PceJob):
    """Find flows, let the PCE judge them by the draft rules where that is wanted, and read them.

    *options* and *reading* are only needed to submit: a handle carries the latter, from which *dest* departs.
    """

    name: t.ClassVar[str] = "illumio.traffic_query"
    words: t.ClassVar[Mapping[str, JobState]] = _WORDS
    identity: t.ClassVar[tuple[str, ...]] = ("query_name",)

    # A query of everything took more than two minutes; clients wait for 15 to 30 [C].
    timing: t.ClassVar[Timing] = Timing(wait_timeout=1800, poll_interval=3, poll_max_interval=20, outage_timeout=600)
    changes_device: t.ClassVar[bool] = False
    can_cancel: t.ClassVar[bool] = True

    def __init__(
        self,
        client: IllumioClient,
        options: TrafficOptions | None = None,
        reading: Reading | None = None,
        *,
        dest: str | None = None,
        nonce: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._options = options
        self._reading = reading or Reading()
        self._dest = dest
        self._token = new_token(options.intent, nonce) if options is not None else ""
        self._names = Names(client)
        self._body: dict[str, t.Any] | None = None
        self._rules_asked_at: float | None = None
        self._empty_downloads = 0
        self._done_with = False
        self._warnings: tuple[str, ...] = ()
        self._clock_warnings: tuple[str, ...] = ()

    @property
    def _queries(self) -> str:
        return f"{self.client.org}/traffic_flows/async_queries"

    # Before there is a query.

    def destination(self, handle: Handle | None) -> str | None:
        return self._reading.dest if handle is None else self._dest or handle.options.get("dest")

    def preview(self, *, want_diff: bool) -> Preview:
        body = self._request()
        where = f"written to {self._reading.dest}" if self._reading.dest else "returned"
        return Preview(
            needed=True,
            message=f"The traffic from {body['start_date']} to {body['end_date']} would be queried on {self.endpoint}, "
            f"and up to {body['max_results']} rows be {where}.",
        )

    def still_needed(self) -> bool:
        # A query that was asked for with the same options a moment ago has the answer.
        return False

    def find_equivalent(self) -> Handle | None:
        for record, tokens in self._listed():
            ours = any(token.startswith(f"{self._wanted.intent}-") for token in tokens)
            if ours and self._is_in_flight(record):
                return self._handle(record)
        return None

    def _is_in_flight(self, record: Record) -> bool:
        word, rules = str(record.get("status")).lower(), _rules_word(record.get("rules"))
        if self._reading.draft_rules and rules and self.words.get(word) is JobState.SUCCEEDED:
            word = rules
        return word != "cancel_requested" and not self.words.get(word, JobState.UNKNOWN).ended

    def submit(self) -> Handle:
        reply = started(self.client, self._queries, self._request())
        here = datetime.datetime.now(datetime.timezone.utc)
        # Recorded: the answer has the query, and a header its id. The published schema promises no body.
        uuid = reply.headers.get("content-location", "").rpartition("/")[2]
        record = reply.data or ({"href": f"{self._queries}/{uuid}"} if uuid else None)
        href = href_of(self.client, record, "query")
        self._rules_asked_at, self._empty_downloads = None, 0
        self._clock_warnings = self._wanted.wrong_clock(here, pce_time(reply.headers))
        return self.accepted(reply, href, self._fingerprint, self._reading.to_handle())

    def recover(self) -> Handle | None:
        """Return the handle of the query with our token. Only the queries of the same key are listed (trap 30)."""
        found = self._listed()
        for record, tokens in found:
            if self._token in tokens:
                return self._handle(record)
        if len(found) >= PAGE:
            raise Undecidable(
                f"The answer to the query was lost, and {self.endpoint} lists so many queries that this one may not be "
                f"among them. Look there for [nj:{self._token}], and delete queries that are not needed any more.",
                label="lost",
            )
        return None

    def _request(self) -> dict[str, t.Any]:
        """Return the body of the request, with all names looked up, made once."""
        if self._body is None:
            self._body = self._wanted.body(self._names, self._token)
        return self._body

    @property
    def _fingerprint(self) -> dict[str, str]:
        return {"query_name": marked(self._wanted.query_name, self._token)}

    @property
    def _wanted(self) -> TrafficOptions:
        if self._options is None:
            raise BadInput("start: say which traffic to query.")
        return self._options

    def _listed(self) -> list[tuple[Record, list[str]]]:
        return [(record, tokens_in(_query_name(record))) for record in listed(self.client, self._queries)]

    def _handle(self, record: Record) -> Handle:
        href = href_of(self.client, record, "query")
        return Handle(self.name, self.endpoint, href, self.fingerprint_of(record), options=self._reading.to_handle())

    # The query.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the rows are ready: a long query must not end at a folder that is not there.
        reading = self._reading_of(handle)
        if reading.dest is not None:
            check_destination("dest", reading.dest)
        seen = super().observe(handle, within=within)
        if seen.state is not JobState.SUCCEEDED or not reading.draft_rules:
            return seen
        return self._with_rules(handle, seen) or self._ask_for_rules(handle, seen, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        """Look without asking for the draft rules."""
        seen = super().observe(handle, within=within)
        if seen.state is not JobState.SUCCEEDED or not self._reading_of(handle).draft_rules:
            return seen
        return self._with_rules(handle, seen) or _as(seen, JobState.RUNNING, "", "the draft rules come next")

    def has_result(self, record: Record) -> bool:
        return isinstance(record.get("result"), str) and bool(record["result"])

    def facts_of(self, record: Record) -> Mapping[str, t.Any]:
        parameters = record.get("query_parameters")
        asked = parameters if isinstance(parameters, Mapping) else {}
        return {
            "query_name": _query_name(record),
            "matches_count": _count(record.get("matches_count")),
            "flows_count": _count(record.get("flows_count")),
            "max_results": _count(asked.get("max_results")),
            "regions": [region for region in record.get("regions") or () if isinstance(region, Mapping)],
            "result": record.get("result"),
            "rules": _rules_word(record.get("rules")),
        }

    def fingerprint_of(self, record: Record) -> dict[str, str]:
        name = _query_name(record)
        return {"query_name": name} if name else {}

    def cancel(self, handle: Handle) -> None:
        """Ask the PCE to stop the query [D]."""
        self.client.send("PUT", handle.id, {"status": "cancel_requested"})

    def _reading_of(self, handle: Handle) -> Reading:
        return Reading.from_handle(handle.options, dest=self._dest)

    def _with_rules(self, handle: Handle, seen: Observation) -> Observation | None:
        """Return what the query is when its second phase counts, None where that has not begun [C: all of it].

        Where it stands is read from the query alone, so that any later process can go on.
        """
        word = str(seen.facts["rules"])
        if not word:
            return None
        state = self.words.get(word, JobState.UNKNOWN)
        messages = ("the PCE found the flows, but did not judge them by the draft rules",)
        return _as(seen, state, word, "", messages if state is JobState.FAILED else ())

    def _ask_for_rules(self, handle: Handle, seen: Observation, *, within: float) -> Observation:
        now = self._clock()
        if self._rules_asked_at is not None:
            if now - self._rules_asked_at < RESULT_GRACE:
                return _as(seen, JobState.RUNNING, "", "the draft rules were asked for")
            # Whether it took effect shows in the rows.
            return seen
        try:
            self.client.send("PUT", f"{handle.id}/update_rules", {}, _UPDATE_RULES, within=within)
        except NoAnswer as exc:
            # To ask twice does no harm: it is the same phase of the same query.
            if exc.sent:
                self._rules_asked_at = now
            raise
        except (Refused, JobMissing) as exc:
            return _as(seen, JobState.FAILED, "", "", (f"draft_rules: {exc.message}",))
        self._rules_asked_at = now
        return _as(seen, JobState.RUNNING, "", "the draft rules were asked for")

    # The rows.

    def collect(self, handle: Handle, last: Observation) -> Collected:
        reading = self._reading_of(handle)
        facts = last.facts
        trouble = _Trouble.of(facts)
        trouble.check(reading)
        rows, found = self._download(self.client.href(str(facts["result"])), reading, facts)
        self._warnings = trouble.warnings(rows)
        self._done_with = reading.delete_query
        result = {
            **{name: facts[name] for name in ("query_name", "matches_count", "flows_count", "regions")},
            "count": rows,
            "truncated": trouble.truncated,
            "draft_rules": reading.draft_rules,
            **found.result,
        }
        if reading.dest is not None:
            result["format"] = reading.format
        return Collected(result, found.changed)

    def verify(self, handle: Handle, last: Observation) -> tuple[str, ...]:
        return (*self._warnings, *self._clock_warnings)

    def clean_up_there(self, handle: Handle | None) -> tuple[str, ...]:
        if handle is None or not self._done_with:
            return ()
        left = delete_quietly(self.client, handle.id)
        return (left,) if left else ()

    def _download(self, href: str, reading: Reading, facts: Mapping[str, t.Any]) -> tuple[int, Collected]:
        """Return how many rows there are, and where they went."""
        rows = drafted = 0
        with contextlib.closing(reading.open_sink()) as sink:
            with self.client.stream(href) as body:
                for flow in sources(self.received(body, may_be_empty=True)):
                    if not isinstance(flow.value, Mapping):
                        raise NoAnswer(
                            f"{self.endpoint} sent something else than flows.", label="no flows", server_spoke=True
                        )
                    rows += 1
                    drafted += "draft_policy_decision" in flow.value
                    sink.add(reading.entry(flow))
            if not rows:
                self._check_emptiness(facts)
            if reading.draft_rules and rows and not drafted:
                raise EffectMissing("no row says what the draft rules would do with it, so nothing was written.")
            return rows, sink.finish()

    def _check_emptiness(self, facts: Mapping[str, t.Any]) -> None:
        """Raise NoAnswer, later EffectMissing, where a download must not be empty (trap 17)."""
        if not facts["matches_count"] or facts["max_results"] == 0:
            return
        seen, self._empty_downloads = self._empty_downloads, self._empty_downloads + 1
        if seen < len(EMPTY_DOWNLOAD_PAUSES):
            raise NoAnswer(
                f"{self.endpoint} found {facts['matches_count']} flows and sent none of them.",
                label="no rows yet",
                retry_after=EMPTY_DOWNLOAD_PAUSES[seen],
                server_spoke=True,
            )
        raise EffectMissing(
            f"{self.endpoint} found {facts['matches_count']} flows and sent none of them, {seen + 1} times. "
            "Nothing was written. Perhaps the owner of the API key may not see them."
        )


class _Trouble(t.NamedTuple):
    """What is missing in the answer to a query."""

    matches: int | None
    flows: int | None
    wanted: int | None
    mute: tuple[str, ...]

    @classmethod
    def of(cls, facts: Mapping[str, t.Any]) -> _Trouble:
        mute = [str(region.get("pce_fqdn")) for region in facts["regions"] if region.get("responded") is False]
        return cls(facts["matches_count"], facts["flows_count"], facts["max_results"], tuple(mute))

    @property
    def truncated(self) -> bool:
        return self.matches is not None and self.flows is not None and self.matches > self.flows

    @property
    def _cut(self) -> str:
        bound = "" if self.wanted is None else f" (max_results is {self.wanted})"
        return (
            f"The PCE found {self.matches} flows and gives {self.flows} of them{bound}. Ask for a shorter time or for "
            "less traffic, or raise max_results. What the owner of the API key may not see is not given either."
        )

    @property
    def _mute(self) -> str:
        return f"These members of the supercluster did not answer the query: {', '.join(self.mute)}."

    def check(self, reading: Reading) -> None:
        """Raise EffectMissing where the task wants to have all or nothing."""
        if self.mute and reading.on_missing_region == "fail":
            raise EffectMissing(f"{self._mute} Nothing was written; with on_missing_region: warn the rest is.")
        if self.truncated and self.wanted != 0 and reading.on_truncation == "fail":
            raise EffectMissing(f"{self._cut} Nothing was written; with on_truncation: warn they are.")

    def warnings(self, rows: int) -> tuple[str, ...]:
        """Return what to say of *rows* rows that came."""
        found = [self._mute] if self.mute else []
        if self.truncated and self.wanted != 0:
            found.append(self._cut)
        if self.flows is not None and rows != self.flows:
            found.append(f"The PCE says that it gives {self.flows} flows, but sent {rows}.")
        return tuple(found)


def _as(seen: Observation, state: JobState, rules: str, note: str, messages: tuple[str, ...] = ()) -> Observation:
    """Return *seen* for a query whose second phase counts; *rules* is the PCE's word for that."""
    return Observation(
        state=state,
        vendor_state=f"{seen.vendor_state}, rules {rules}" if rules else seen.vendor_state,
        messages=messages,
        retry_after=seen.retry_after,
        fingerprint=seen.fingerprint,
        facts=seen.facts,
        note=note,
    )


def _query_name(record: Record) -> str:
    parameters = record.get("query_parameters")
    name = parameters.get("query_name") if isinstance(parameters, Mapping) else None
    return name if isinstance(name, str) else ""


def _rules_word(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("status")
    return value.lower() if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], *, now: datetime.datetime | None = None
) -> Submission:
    """Return the query that the options of illumio_traffic_query describe, or the one that their handle names.

    Raises BadInput, MissingLibrary.
    """
    if params["handle"] is not None:
        dest = None if params["dest"] is None else check_destination("dest", params["dest"])
        return TrafficQuery(open_client(params, hide), dest=dest)
    reading = Reading.of(params)
    relative = (params["start"], params["end"], params["last"])
    services = params["services"] or {}
    options = TrafficOptions(
        window=window_of(*relative, now=now or datetime.datetime.now(datetime.timezone.utc)),
        relative=relative,
        sources=Side.of("sources", params["sources"]),
        destinations=Side.of("destinations", params["destinations"]),
        services=_services("services.include", services.get("include")),
        services_exclude=_services("services.exclude", services.get("exclude")),
        policy_decisions=params["policy_decisions"],
        boundary_decisions=params["boundary_decisions"],
        query_name=params["query_name"],
        query_op=params["query_op"],
        exclude_workloads_from_ip_list_query=params["exclude_workloads_from_ip_list_query"],
        max_results=_max_results(params["max_results"], reading.dest),
    )
    return TrafficQuery(open_client(params, hide), options, reading)


def _services(option: str, entries: t.Any) -> tuple[Service, ...]:
    return tuple(Service.of(f"{option}[{n}]", entry) for n, entry in enumerate(entries or ()))


def _max_results(given: int | None, dest: str | None) -> int:
    if given is None:
        return MOST_RESULTS if dest is not None else KEPT_RESULTS
    if dest is None and given > MOST_KEPT:
        raise BadInput(
            f"max_results: the result of a task takes {MOST_KEPT} rows at most. Give dest to write more to a file."
        )
    return given
