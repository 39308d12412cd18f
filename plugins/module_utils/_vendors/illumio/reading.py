# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""A collection of a PCE that is read over several looks: at once where it is small, as a job of the PCE where not.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, C read in a client's source.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused
from ..._transport.json_stream import elements, some
from .client import ASYNCHRONOUS, in_all
from .job_list import reasons, result_href, state_of
from .listing import delete_quietly

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ..._transport.http_client import Stream
    from ..._transport.json_client import Params
    from .client import IllumioClient
    from .job import Record

AT_ONCE = 500
"""Objects that a PCE gives at once [D]; of more it gives so many, and no sign of the others [C] (trap 13)."""

T = t.TypeVar("T")


class Reading(t.Generic[T]):
    """Reads *collection* again and again, and keeps of each object what *pick* makes of it: memory stays flat.

    :arg limit: more objects than these are not read.
    """

    def __init__(
        self, client: IllumioClient, collection: str, params: Params, pick: Callable[[Record], T], *, limit: int
    ) -> None:
        self._client = client
        self._collection = collection
        self._params = params
        self._pick = pick
        self._limit = limit
        self._too_big = False
        self._job: str | None = None

    def count(self) -> int | None:
        """Return how many objects there are, None where the PCE does not say. Raises NoAnswer, Denied, Refused."""
        reply = self._client.get(self._collection, {**self._params, "max_results": 1})
        return in_all(reply.headers, filtered=True)

    def look(self, *, within: float) -> list[T] | None:
        """Go on reading: return all objects, or None while the PCE still collects them.

        Raises NoAnswer, Denied, and BadInput for more objects than the limit.
        """
        try:
            if self._job is not None:
                return self._look_at_job(self._job, within=within)
            return self._ask_as_job(within=within) if self._too_big else self._ask(within=within)
        except JobMissing as exc:
            # A job or its file that was purged meanwhile: the next look starts anew.
            self._job = None
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        except Refused as exc:
            self._job = None
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc

    def _ask(self, *, within: float) -> list[T] | None:
        params = {**self._params, "max_results": AT_ONCE}
        with self._client.stream(self._collection, params, within=within) as answer:
            found = self._taken(answer)
            there = in_all(answer.headers, filtered=True)
        if len(found) < AT_ONCE or there == len(found):
            return found
        self._too_big = True
        return self._ask_as_job(within=within)

    def _ask_as_job(self, *, within: float) -> list[T] | None:
        with self._client.stream(self._collection, self._params, within=within, headers=ASYNCHRONOUS) as answer:
            if answer.status != 202:
                # It knows no jobs here, and sends the data (trap 1).
                found = self._taken(answer)
                there = in_all(answer.headers, filtered=True)
                if there is not None and len(found) < there:
                    raise self._cut_off(len(found), there)
                return found
            address = answer.headers.get("location", "")
        if not address:
            raise NoAnswer(
                f"{self._client.endpoint} started a job without saying which.", label="no Location", server_spoke=True
            )
        self._job = self._client.href(address)
        return None

    def _look_at_job(self, job: str, *, within: float) -> list[T] | None:
        record = self._client.get(job, within=within).data
        if not isinstance(record, Mapping):
            raise NoAnswer(
                f"{self._client.endpoint} answered without the state of {job}.", label="no state", server_spoke=True
            )
        datafile = result_href(record)
        if datafile:
            with self._client.stream(self._client.href(datafile), within=within) as answer:
                found = self._taken(answer)
            self._job = None
            delete_quietly(self._client, job)
            return found
        if state_of(record).ended:
            self._job = None
            why = "; ".join(reasons(record)) or str(record.get("status"))
            raise NoAnswer(
                f"{self._client.endpoint} could not read {self._collection}: {why}", label="not read", server_spoke=True
            )
        return None

    def _taken(self, parts: Stream | Iterable[bytes]) -> list[T]:
        found: list[T] = []
        for element in elements(some(parts)):
            if len(found) >= self._limit:
                raise BadInput(f"{self._client.endpoint}: {self._collection} has more than {self._limit} objects.")
            if isinstance(element, Mapping):
                found.append(self._pick(element))
        return found

    def _cut_off(self, count: int, there: int) -> NoAnswer:
        return NoAnswer(
            f"{self._client.endpoint} gives only {count} of the {there} objects of {self._collection}.",
            label="cut off",
            server_spoke=True,
        )
