# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XQL queries: started in a few parallel slots, looked at, read as rows or as a stream, counted by a quota."""

from __future__ import annotations

import dataclasses
import secrets
import typing as t

from ..system import Reply, Stream
from .answers import business, enveloped
from .rows import Rows, packed
from .work import Plan, Words, Work, make_plan

if t.TYPE_CHECKING:
    from .keys import Key
    from .tenant import Tenant

WITHOUT_STREAM = 1000  # documented
MOST_ROWS = 1_000_000  # documented
WITH_RESULTS = ("SUCCESS", "PARTIAL_SUCCESS")
WORDS = Words("PENDING", "PENDING", "SUCCESS", frozenset({"PENDING"}))
DAY = 86400.0


@dataclasses.dataclass(frozen=True)
class QueryPlan(Plan):
    """``rows``: how many, or ``data``: these. ``cost``: of the quota, -1: the setting's. ``extra``: more in replies
    that do not say PENDING."""

    rows: int = 5
    data: list[dict[str, t.Any]] | None = None
    cost: float = -1.0
    extra: dict[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Query(Work):
    """``slot``: whether it takes one of the parallel slots of the API, which a query of the console does not."""

    id: str = ""
    text: str = ""
    user: str = ""
    slot: bool = True
    tenants: tuple[str, ...] = ()
    stream: str = ""
    counted: bool = False

    @property
    def details(self) -> QueryPlan:
        return t.cast("QueryPlan", self.plan)

    @property
    def rows(self) -> Rows:
        return Rows(min(self.details.rows, MOST_ROWS), self.began, self.details.data)


@dataclasses.dataclass
class StreamOfRows:
    query: Query
    limit: int
    form: str
    reads: int = 0


class Queries:
    """The queries of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.queries: dict[str, Query] = {}
        self.streams: dict[str, StreamOfRows] = {}
        self._started: list[float] = []
        self._rejected: list[float] = []
        self._most_active = 0
        self.used = 0.0

    def start(self, key: Key, wanted: t.Mapping[str, t.Any]) -> Reply:
        """The id of the query. Whatever is wrong with the request is HTTP 500 (documented)."""
        settings, now = self._tenant.settings, self._tenant.now()
        text = wanted.get("query")
        if not isinstance(text, str) or not text.strip():
            raise self._refused("The query is missing or empty")
        self._check_timeframe(wanted.get("timeframe"))
        tenants = wanted.get("tenants") or []
        if not isinstance(tenants, list):
            raise self._refused("tenants must be a list")
        if len(self.active(now)) >= settings.xql_slots:
            self._rejected.append(now)
            raise self._refused(settings.slots_text)
        if self.remaining() <= 0:
            raise self._refused("The daily query quota is exceeded")
        query = self.add(text, user=key.id, slot=True, tenants=tuple(map(str, tenants)))
        details = {"query": text, "timeframe": wanted.get("timeframe"), "tenants": tenants, "effect": "query"}
        self._tenant.record(key, "xql-query", job=query.id, description=text, details=details)
        return enveloped(query.id)

    def add(
        self,
        text: str,
        *,
        user: str,
        slot: bool,
        tenants: tuple[str, ...] = (),
        plan: t.Mapping[str, t.Any] | None = None,
    ) -> Query:
        """A query that begins now; the form of its id is documented. Raises SpecError for a wrong plan."""
        settings, now = self._tenant.settings, self._tenant.now()
        if plan is None:
            plan = settings.next_queries.pop(0) if settings.next_queries and slot else {}
        query = Query(
            began=now,
            plan=make_query_plan(settings.queries, plan),
            words=WORDS,
            id=f"{secrets.token_hex(7)}_{len(self.queries) + 1}_inv",
            text=text,
            user=user,
            slot=slot,
            tenants=tenants,
        )
        self.queries[query.id] = query
        self._started.append(now)
        self._most_active = max(self._most_active, len(self.active(now)))
        return query

    def active(self, now: float) -> list[Query]:
        return [query for query in self.queries.values() if query.slot and not query.over(now)]

    def results(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        query, now = self.queries.get(str(wanted.get("query_id"))), self._tenant.now()
        if query is None:
            raise business("Query ID not found")
        limit, form = wanted.get("limit"), wanted.get("format", "json")
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
            raise business("limit must be a positive integer")
        if form not in ("json", "csv"):
            raise business("format must be json or csv")
        if wanted.get("pending_flag", True) is not False:
            return enveloped(self._reply(query, query.look(now), limit, form))
        # "false blocks" (documented): the answer leaves when the query is over.
        until = now if query.plan.states or query.over(now) else query.over_at
        query.finish()
        word = query.word(max(now, query.over_at))
        if word in WORDS.open:
            raise business("The query did not end")
        return dataclasses.replace(enveloped(self._reply(query, word, limit, form)), hold_until=until)

    def _reply(self, query: Query, word: str, limit: int | None, form: str) -> dict[str, t.Any]:
        """A pending query shows nothing but that (recorded); of FAIL nothing more is known."""
        settings = self._tenant.settings
        if word not in WITH_RESULTS:
            return {"status": word, **({} if word in WORDS.open else query.details.extra)}
        cost = settings.query_cost if query.details.cost < 0 else query.details.cost
        if not query.counted:
            query.counted = True
            self.used += cost
        rows = query.rows
        most = min(MOST_ROWS, rows.count if limit is None else min(limit, rows.count))
        streamed = most > WITHOUT_STREAM
        tenants = query.tenants or (settings.tenant_id,)
        results: dict[str, t.Any] = {}
        if streamed:
            results["stream_id"] = self._stream(query, most, form)
        else:
            results["data"] = rows.csv(most) if form == "csv" else rows.some(most)
        return {
            "status": word,
            "number_of_results": rows.count if streamed or settings.number_of_results == "all" else most,
            "query_cost": cost if settings.query_cost_shape == "number" else dict.fromkeys(tenants, cost),
            "remaining_quota": self.remaining(),
            "results": results,
            **query.details.extra,
        }

    def _stream(self, query: Query, limit: int, form: str) -> str:
        name = secrets.token_hex(16)
        self.streams[name] = StreamOfRows(query, limit, form)
        return name

    def read_stream(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        """NDJSON in chunks; gzip when asked for, or as the setting says."""
        settings = self._tenant.settings
        stream = self.streams.get(str(wanted.get("stream_id")))
        if stream is None or (settings.stream_once and stream.reads):
            raise business("Stream ID not found")
        stream.reads += 1
        rows, limit, form = stream.query.rows, stream.limit, stream.form
        asked = wanted.get("is_gzip_compressed") is True
        zipped = {"asked": asked, "always": True, "never": False}[settings.stream_gzip]
        size = rows.size(limit, form)
        headers = {"Content-Encoding": "gzip"} if zipped and settings.stream_encoding == "marked" else {}
        if zipped:
            # Its exact size would need a second run; only faults look at it.
            body = Stream(max(100, size // 20), lambda: packed(rows.pieces(limit, form)), chunked=True)
        else:
            body = Stream(size, lambda: rows.pieces(limit, form), chunked=True)
        return Reply(body=b"", content_type="application/octet-stream", headers=headers, stream=body)

    def quota(self) -> Reply:
        """All fields are documented; the recorded answer has only three of them."""
        settings, now = self._tenant.settings, self._tenant.now()
        active = self.active(now)
        shown: dict[str, t.Any] = {
            "license_quota": settings.license_quota,
            "additional_purchased_quota": settings.additional_purchased_quota,
            "used_quota": self.used + settings.used_quota,
        }
        if settings.quota_shape == "full":
            shown.update(
                eval_quota=0.0,
                total_daily_running_queries=recent(self._started, now),
                total_daily_concurrent_rejected_queries=recent(self._rejected, now),
                current_concurrent_active_queries={
                    query.id: {"xql": query.text, "duration": int(now - query.began)} for query in active
                },
                current_concurrent_active_queries_count=len(active),
                max_daily_concurrent_active_query_count=self._most_active,
            )
        return enveloped(shown)

    def remaining(self) -> float:
        settings = self._tenant.settings
        return settings.license_quota + settings.additional_purchased_quota - settings.used_quota - self.used

    def purge(self) -> None:
        self.queries.clear()
        self.streams.clear()

    def _check_timeframe(self, timeframe: t.Any) -> None:
        """``{from, to}`` or ``{relativeTime}``, milliseconds (documented); none at all or an empty one is accepted."""
        if timeframe is None:
            return
        if not isinstance(timeframe, dict) or set(timeframe) not in (set(), {"from", "to"}, {"relativeTime"}):
            raise self._refused("timeframe must have from and to, or relativeTime")
        if not all(isinstance(value, int) and not isinstance(value, bool) for value in timeframe.values()):
            raise self._refused("timeframe must be in milliseconds")

    def _refused(self, text: str) -> Exception:
        return business(self.error_extra(text))

    def error_extra(self, text: str) -> dict[str, t.Any]:
        """The fields are documented."""
        now = self._tenant.now()
        return {
            "err_msg": text,
            "query_cost": {},
            "remaining_quota": self.remaining(),
            "total_daily_running_queries": recent(self._started, now),
            "total_daily_concurrent_rejected_queries": recent(self._rejected, now),
        }


def recent(moments: t.Iterable[float], now: float) -> int:
    return sum(1 for moment in moments if moment > now - DAY)


def make_query_plan(*specs: t.Mapping[str, t.Any]) -> QueryPlan:
    """Raises SpecError."""
    return t.cast("QueryPlan", make_plan(QueryPlan, *specs))
