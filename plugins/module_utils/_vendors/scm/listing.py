# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Lists that come page by page: the jobs, the versions.

Sources: D config-operations-march.yaml, R recorded, C read in clients' source.
"""

from __future__ import annotations

import re
import time
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused
from .client import no_job
from .records import JobRecord, parse_jobs

if t.TYPE_CHECKING:
    from .client import ScmClient

PAGE = 200
"""How many entries are asked for at a time: what the API gives by default [D]."""

_PAGES_MAX = 1000


def pages(
    client: ScmClient, path: str, *, size: int = PAGE, within: float | None = None, plain: bool = False
) -> Iterator[t.Any]:
    """Give the answers to *path*, page by page: objects with the list ``data``, or a bare list.

    Entries may come twice when new ones push them to the next page. Where *plain*, the first page is asked for without
    parameters. Raises NoAnswer, Denied, Refused.
    """
    until = None if within is None else time.monotonic() + within
    offset, before = 0, None
    for number in range(_PAGES_MAX):
        params = None if plain and not number else {"limit": size, "offset": offset}
        left = None if until is None else max(until - time.monotonic(), 0.0)
        answer = _asked(client, path, params, within=left)
        found = entries(answer, client.endpoint)
        if not found or found == before:
            # A server that does not know these parameters answers with the same again.
            return
        yield answer
        offset += len(found)
        total = _number(answer, "total")
        full = len(found) >= min(_number(answer, "limit") or size, size)
        if offset >= total if total is not None else not full:
            return
        before = found


def _asked(client: ScmClient, path: str, params: Mapping[str, int] | None, *, within: float | None) -> t.Any:
    try:
        return client.get(client.config(path), params, within=within).data
    except JobMissing as exc:
        raise Refused(f"{exc.message} Check host, config_path and tsg_id.", label=exc.label) from exc


def _number(answer: t.Any, name: str) -> int | None:
    said = str(answer.get(name)) if isinstance(answer, Mapping) else ""
    return int(said) if said.isascii() and said.isdigit() else None


def entries(answer: t.Any, endpoint: str) -> list[t.Any]:
    """Return the entries of a page. Raises NoAnswer where it has none of the known shapes."""
    found = answer.get("data") if isinstance(answer, Mapping) else answer
    if not isinstance(found, list):
        raise NoAnswer(f"{endpoint} answered without a list.", label="no list", server_spoke=True)
    return found


def read_jobs(
    client: ScmClient,
    enough: Callable[[list[JobRecord]], bool] = lambda _page: False,
    *,
    within: float | None = None,
) -> list[JobRecord]:
    """Return the jobs of the tenant, page by page up to one of which *enough* is true; none twice.

    Newest first, as the API gives them [R]; a page in another order is never enough. There are no filters [D].
    Raises NoAnswer, Denied, Refused.
    """
    found: dict[str, JobRecord] = {}
    for answer in pages(client, "/jobs", within=within):
        page = parse_jobs(answer, client.endpoint)
        for record in page:
            found.setdefault(record.id, record)
        numbers = [record.number for record in page]
        if enough(page) and numbers == sorted(numbers, reverse=True):
            break
    return list(found.values())


def read_job(client: ScmClient, job_id: str, *, within: float | None = None) -> JobRecord:
    """Return one job.

    Raises JobMissing where the tenant does not know it (yet), BadInput for what is no id, NoAnswer, Denied, Refused.
    """
    if not re.fullmatch(r"[\w-]+", job_id, re.ASCII):
        raise BadInput(f"{job_id!r} is not the id of a job, which is a number.")
    try:
        data = client.get(client.config(f"/jobs/{job_id}"), within=within).data
    except JobMissing as exc:
        raise no_job(exc, f"{client.endpoint} knows no job {job_id}") from exc
    records = parse_jobs(data, client.endpoint)
    for record in records:
        if record.id == job_id:
            return record
    raise JobMissing(
        f"{client.endpoint} knows no job {job_id} (its answer does not have it).",
        label="another job" if records else "no data",
    )
