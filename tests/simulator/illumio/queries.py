# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traffic queries: submitted, listed, looked at, downloaded, canceled, deleted, and their draft policy phase."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t
import uuid

from ..system import Reply, Stream
from .answers import JSON, answer, moment, not_acceptable, not_found, nothing
from .jobs import array, packed
from .work import Plan, Words, Work, make_plan

if t.TYPE_CHECKING:
    from .accounts import Account
    from .pce import Pce

USUAL = Words("queued", "working", "completed")


@dataclasses.dataclass(frozen=True)
class QueryPlan(Plan):
    """``matches``: what ``matches_count`` says, when not the truth. ``empty_downloads``: so many at first hold no row.

    ``regions``: as in the answer of a supercluster. ``rules``: a plan for the draft policy phase.
    """

    matches: int = -1
    empty_downloads: int = 0
    regions: t.Sequence[t.Mapping[str, t.Any]] = ()
    rules: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Query(Work):
    parameters: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    matches: int = 0
    downloads: int = 0
    updated: float = 0.0
    rules: Work | None = None

    @property
    def flows(self) -> int:
        return min(self.matches, int(self.parameters["max_results"]))


class Queries:
    """The traffic queries of one PCE; everyone sees only their own (documented)."""

    def __init__(self, pce: Pce) -> None:
        self._pce = pce
        self.queries: dict[str, Query] = {}

    def submit(self, account: Account, parameters: dict[str, t.Any]) -> Reply:
        pce, settings, now = self._pce, self._pce.settings, self._pce.now()
        plan = make_plan(QueryPlan, settings.queries, settings.next_queries.pop(0) if settings.next_queries else {})
        name = str(uuid.uuid4())
        query = Query(
            id=name,
            href=f"/orgs/{settings.org_id}/traffic_flows/async_queries/{name}",
            owner=account.user,
            began=now,
            plan=plan,
            usual=USUAL,
            cancel_seconds=settings.cancel_seconds,
            canceled_word=settings.canceled_word,
            parameters=parameters,
            matches=sum(1 for flow in pce.traffic.asked(parameters)),
            updated=now,
        )
        self.queries[name] = query
        pce.record(account, "traffic-query", job=query.href, description=parameters["query_name"], details=parameters)
        shown = {
            "status": query.words.waiting,
            "href": query.href,
            "created_by": {"href": query.owner},
            "query_parameters": parameters,
            "created_at": moment(now),
            "updated_at": moment(now),
        }
        # Recorded: 202 with a content-location and neither Location nor Retry-After; the OpenAPI says 201.
        return answer(shown, settings.query_submit_status, {"Content-Location": name})

    def listed(self, account: Account) -> Reply:
        now = self._pce.now()
        own = [query for query in self.queries.values() if query.owner == account.user]
        for query in own:
            self._look(query, now)
        return answer([self._record(query, now) for query in own])

    def poll(self, account: Account, name: str) -> Reply:
        query, now = self._query(account, name), self._pce.now()
        self._look(query, now)
        return answer(self._record(query, now))

    def download(self, account: Account, name: str, accept: str) -> Reply:
        query, now, settings = self._query(account, name), self._pce.now(), self._pce.settings
        if not query.succeeded(now):
            raise not_found("result")
        query.downloads += 1
        plan = t.cast("QueryPlan", query.plan)
        empty = query.downloads <= plan.empty_downloads
        traffic = self._pce.traffic
        rules = query.rules is not None and query.rules.succeeded(now)

        def flows() -> t.Iterator[t.Any]:
            return itertools.islice(traffic.asked(query.parameters), 0 if empty else query.flows)

        # Documented: CSV unless JSON is asked for.
        if "application/json" not in accept:
            return Reply(body=traffic.csv(flows()), content_type="text/csv")

        def pieces() -> t.Iterator[bytes]:
            return array(traffic.text(flow, rules=rules) for flow in flows())

        if settings.download_gzip != "none":
            body = b"".join(packed(pieces()))
            headers = {"Content-Encoding": "gzip"} if settings.download_gzip == "marked" else {}
            return Reply(body=body, content_type=JSON, headers=headers)
        return Reply(body=b"", content_type=JSON, stream=Stream(sum(map(len, pieces())), pieces))

    def change(self, account: Account, name: str) -> Reply:
        """The only change is ``cancel_requested`` (documented); of a query that is over it has no effect (assumed)."""
        query, now = self._query(account, name), self._pce.now()
        query.cancel(now)
        query.updated = now
        return nothing()

    def update_rules(self, account: Account, name: str) -> Reply:
        query, now = self._query(account, name), self._pce.now()
        if not query.succeeded(now):
            raise not_acceptable("The query is not completed")
        plan = make_plan(Plan, t.cast("QueryPlan", query.plan).rules)
        query.rules = Work(id="", href=query.href, owner=query.owner, began=now, plan=plan, usual=USUAL)
        return nothing(self._pce.settings.rules_submit_status)

    def delete(self, account: Account, name: str) -> Reply:
        query = self._query(account, name)
        del self.queries[query.id]
        return nothing()

    def purge(self) -> None:
        self.queries.clear()

    def _query(self, account: Account, name: str) -> Query:
        query = self.queries.get(name)
        if query is None or query.owner != account.user:
            raise not_found("async query")
        return query

    @staticmethod
    def _look(query: Query, now: float) -> None:
        query.look(now)
        if query.rules is not None:
            query.rules.look(now)

    def _record(self, query: Query, now: float) -> dict[str, t.Any]:
        """The fields and their order are recorded."""
        shown: dict[str, t.Any] = {}
        plan = t.cast("QueryPlan", query.plan)
        if query.succeeded(now):
            shown["matches_count"] = query.matches if plan.matches < 0 else plan.matches
            shown["flows_count"] = query.flows
        shown["status"] = query.word(now)
        shown["href"] = query.href
        if query.succeeded(now) and query.shows_result(now):
            shown["result"] = f"{query.href}/download"
        shown["created_by"] = {"href": query.owner}
        shown["query_parameters"] = query.parameters
        if plan.regions and query.succeeded(now):
            shown["regions"] = list(plan.regions)
        if query.rules is not None:
            shown["rules"] = query.rules.word(now)
        shown["created_at"] = moment(query.began)
        end = query.over_at()
        shown["updated_at"] = moment(end if end is not None and end <= now else query.updated)
        return shown
