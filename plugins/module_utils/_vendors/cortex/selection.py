# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Which endpoints are meant: by their ids, by filters of the tenant, or all of them.

Sources: D the Cortex documentation, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput, NoAnswer

if t.TYPE_CHECKING:
    from .client import CortexClient

PAGE = 100
"""Endpoints that the tenant lists at once, at most [D]."""

LOOKED_UP = 1000
"""Endpoints that are looked up by their ids or filters: as many as most actions take at once [D]."""

NAMED = 20
"""Endpoints that a message names; of more it gives the number."""

Filter = Mapping[str, t.Any]


class Endpoint(t.NamedTuple):
    """What is kept of an endpoint. *isolation* is such as ``AGENT_ISOLATED`` [C]."""

    id: str
    name: str
    isolation: str

    def __str__(self) -> str:
        return self.name or self.id


@dataclasses.dataclass(frozen=True)
class Selection:
    """The options ``endpoint_ids``, ``filters`` and ``all_endpoints``. Raises BadInput.

    A request without a filter is about ALL endpoints of the tenant (trap 16), so there is none without being told.
    """

    ids: Sequence[str] | None = None
    filters: Sequence[Filter] | None = None
    everything: bool = False

    def __post_init__(self) -> None:
        given = [name for name, value in (("endpoint_ids", self.ids), ("filters", self.filters)) if value is not None]
        if self.everything:
            if given:
                raise BadInput(f"all_endpoints: says that all are meant, and {given[0]} that some are. Give one.")
            return
        if not given:
            raise BadInput(
                "endpoint_ids, filters: say which endpoints are meant. Without a filter the tenant takes ALL of its "
                "endpoints: if that is what you want, say all_endpoints: true."
            )
        for name in given:
            if not (self.ids if name == "endpoint_ids" else self.filters):
                raise BadInput(
                    f"{name}: is empty, which the tenant takes for ALL of its endpoints. Name some, or say "
                    "all_endpoints: true."
                )
        if not all(each.strip() for each in self.ids or ()):
            raise BadInput("endpoint_ids: one of them is empty.")
        for number, each in enumerate(self.filters or (), start=1):
            _check_filter(number, each)

    def request(self) -> list[dict[str, t.Any]]:
        """Return the filters of a request; they all have to fit [D]. None for all endpoints."""
        found = [{name: each[name] for name in ("field", "operator", "value")} for each in self.filters or ()]
        if self.ids is not None:
            found.append(by_ids(dict.fromkeys(self.ids)))
        return found

    def __str__(self) -> str:
        if self.everything:
            return "all endpoints"
        count = len(set(self.ids or ()))
        ids = f"{count} endpoint{'s' if count != 1 else ''}" if count else ""
        fields = ", ".join(str(each["field"]) for each in self.filters or ())
        return " of ".join(
            part for part in (ids, f"the endpoints that fit the filters ({fields})" * bool(fields)) if part
        )


def by_ids(ids: t.Iterable[str]) -> dict[str, t.Any]:
    """Return the filter that takes the endpoints with these *ids*, the only one that most actions know [D]."""
    return {"field": "endpoint_id_list", "operator": "in", "value": list(ids)}


def _check_filter(number: int, each: Filter) -> None:
    value = each["value"]
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(str(text if text is not None else "").strip() for text in texts):
        raise BadInput(
            f"filters, entry {number}: {each['field']} has no value. What the tenant makes of that is not known, at "
            "worst it takes ALL of its endpoints."
        )


class Found(t.NamedTuple):
    """The endpoints that fit, or the first of them; *total* is how many there are."""

    endpoints: Sequence[Endpoint]
    total: int

    @property
    def whole(self) -> bool:
        return len(self.endpoints) >= self.total


def find(
    client: CortexClient, filters: Sequence[Filter], *, most: int = LOOKED_UP, within: float | None = None
) -> Found:
    """Return the endpoints that fit *filters*, *most* of them. Raises NoAnswer, Denied, Refused."""
    found: dict[str, Endpoint] = {}
    total, begin = 0, 0
    while begin == 0 or (begin < min(total, most)):
        wanted: dict[str, t.Any] = {
            "search_from": begin,
            "search_to": begin + PAGE,
            # Without an order the pages need not fit together.
            "sort": {"field": "endpoint_id", "keyword": "asc"},
        }
        if filters:
            wanted["filters"] = list(filters)
        reply = client.call("/v1/endpoints/get_endpoint", wanted, within=within)
        listed = reply.get("endpoints") if isinstance(reply, Mapping) else None
        if not isinstance(listed, list):
            raise NoAnswer(f"{client.endpoint} answered without endpoints.", label="no endpoints", server_spoke=True)
        for record in listed:
            if isinstance(record, Mapping) and record.get("endpoint_id"):
                one = endpoint_of(record)
                found[one.id] = one
        counted = number_of(reply.get("total_count"))
        # Without a number a full page may be followed by another one.
        total = len(found) + (len(listed) >= PAGE) if counted is None else counted
        begin += PAGE
        if not listed:
            break
    if len(found) < min(total, most):
        raise NoAnswer(
            f"{client.endpoint} listed {len(found)} of {total} endpoints: the list changed while it was read.",
            label="list changed",
            server_spoke=True,
        )
    return Found(list(found.values()), max(total, len(found)))


def endpoint_of(record: Mapping[str, t.Any]) -> Endpoint:
    return Endpoint(
        id=str(record["endpoint_id"]),
        name=str(record.get("endpoint_name") or ""),
        isolation=str(record.get("is_isolated") or "").upper(),
    )


def number_of(value: t.Any) -> int | None:
    """Return a number that may come as a text, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() else None


def named(endpoints: Sequence[Endpoint | str]) -> str:
    text = ", ".join(str(each) for each in endpoints[:NAMED])
    return f"{text} and {len(endpoints) - NAMED} more" if len(endpoints) > NAMED else text
