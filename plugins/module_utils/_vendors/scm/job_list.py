# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The jobs of a tenant: all that fit, one of them, or the children of one."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._jobs.errors import BadInput, JobMissing
from ..._jobs.model import Handle, JobState
from .client import open_client
from .listing import read_job, read_jobs
from .records import PUSH

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..._jobs.inquiry import Inquiry
    from .client import ScmClient
    from .records import JobRecord


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Which jobs to return: those that fit all that is given; the API has no filters. Raises BadInput."""

    id: str | None = None
    children_of: str | None = None
    types: Sequence[str] | None = None
    states: Sequence[str] | None = None
    user: str | None = None
    ours: bool = False
    max_results: int | None = None

    def __post_init__(self) -> None:
        for option in ("id", "children_of"):
            value = getattr(self, option)
            if value is not None and not (value.isascii() and value.isdigit()):
                raise BadInput(f"{option}: {value!r} is not the id of a job, which is a number.")
        if self.max_results is not None and self.max_results < 1:
            raise BadInput("max_results: give a number of at least 1.")

    def fits(self, found: Found) -> bool:
        record = found.record
        return (
            (self.children_of is None or record.parent == self.children_of)
            and (self.types is None or record.type.casefold() in [name.casefold() for name in self.types])
            and (self.states is None or found.state.value in self.states)
            and (self.user is None or record.user.casefold() == self.user.casefold())
            and (not self.ours or bool(record.tokens))
        )

    def is_past(self, page: Iterable[JobRecord]) -> bool:
        """Return whether older pages cannot have what is wanted: children come after their parent [R]."""
        parent = self.children_of if self.id is None else self.id
        return parent is not None and any(each.id == parent or 0 <= each.number < int(parent) for each in page)


@dataclasses.dataclass(frozen=True)
class Found:
    """A job, with its *children* if it is a push."""

    record: JobRecord
    children: Sequence[JobRecord] = ()

    @property
    def state(self) -> JobState:
        """What it is; a push whose own job has ended well is what its children make of it."""
        if self.record.state is not JobState.SUCCEEDED:
            return self.record.state
        states = {child.state for child in self.children}
        if any(not state.ended for state in states):
            return JobState.RUNNING
        return next((state for state in (JobState.FAILED, JobState.CANCELED) if state in states), JobState.SUCCEEDED)


def list_jobs(client: ScmClient, wanted: Wanted) -> list[Found]:
    """Return the jobs that are *wanted*, newest first. A job that is not known is none.

    Raises NoAnswer, Denied, Refused.
    """
    records: dict[str, JobRecord] = {}

    def found() -> list[Found]:
        children: dict[str, list[JobRecord]] = {}
        for record in records.values():
            children.setdefault(record.parent, []).append(record)
        every = [Found(each, sorted(children.get(each.id, ()), key=_number)) for each in records.values()]
        return [each for each in every if wanted.fits(each)]

    def enough(page: list[JobRecord]) -> bool:
        records.update({record.id: record for record in page if record.id not in records})
        return wanted.is_past(page) or (wanted.max_results is not None and len(found()) >= wanted.max_results)

    if wanted.id is None:
        read_jobs(client, enough)
        return sorted(found(), key=lambda each: -each.record.number)[: wanted.max_results]
    try:
        record = read_job(client, wanted.id)
    except JobMissing:
        return []
    if record.type == PUSH and record.state is JobState.SUCCEEDED:
        read_jobs(client, enough)
    records[record.id] = record
    return [each for each in found() if each.record.id == record.id]


def _number(record: JobRecord) -> int:
    return record.number


def described(found: Found, client: ScmClient) -> dict[str, t.Any]:
    """Return *found* as a playbook can use it, in the words of all results; the times are the tenant's own."""
    record = found.record
    return {
        "id": record.id,
        "parent": record.parent or None,
        "type": record.type,
        "name": None if record.type == PUSH else record.name,
        "state": found.state.value,
        "vendor_state": record.word,
        "progress": record.percent,
        "user": record.user,
        "description": next(filter(None, record.texts), ""),
        "ours": bool(record.tokens),
        "started": record.started,
        "finished": record.ended if record.state.ended else "",
        "messages": list(record.messages),
        "warnings": list(record.warnings),
        "targets": [child.target.to_dict() for child in found.children],
        "handle": _handle(record, client),
    }


def _handle(record: JobRecord, client: ScmClient) -> dict[str, t.Any] | None:
    if record.type != PUSH or record.parent:
        return None
    known = {
        "type": record.type,
        "user": record.user,
        "token": next(iter(record.tokens), ""),
        "target": client.connection.tsg_id or "",
    }
    fingerprint = {name: text for name, text in known.items() if text}
    return Handle("scm.push", client.endpoint, record.id, fingerprint).to_dict()


def list_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry
) -> dict[str, t.Any]:
    """Return the result of scm_job_info. Raises BadInput, MissingLibrary and what `list_jobs` does."""
    wanted = Wanted(**{field.name: params[field.name] for field in dataclasses.fields(Wanted)})
    client = open_client(params, hide)
    jobs = inquiry.patiently(lambda: list_jobs(client, wanted))
    running = sum(not job.state.ended for job in jobs)
    count = f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}"
    return {
        "msg": f"{client.endpoint}: {count}, {running} of them not over.",
        "jobs": [described(job, client) for job in jobs],
    }
