# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs behind log queries and reports: a table of their own, beside that of ``show jobs``.

That they are not in the job table is a client's (asachs01/panos-mcp, reports: a report job's id asked of
``show jobs id`` is code 7); that logs and reports share one sequence of ids is assumed.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import Reply
from .commit import unknown_job
from .jobs import wall
from .xml import bad_request, element, success

if t.TYPE_CHECKING:
    from .device import Admin, PanosDevice

# Of its time a job spends this part waiting (assumed).
PENDING_PART = 0.2


@dataclasses.dataclass
class QueryJob:
    """One query. ``seconds`` is how long it takes; with ``polls`` it ends with that many looks at it instead."""

    id: int
    kind: str
    enqueued: float
    seconds: float
    polls: int
    answer: t.Any
    looks: int = 0
    last_look: float = 0.0

    def part(self, now: float) -> float:
        """How much is done: 0 to 1."""
        if self.polls:
            return 1.0 if self.looks >= self.polls else (self.looks - 1) / (self.polls - 1)
        return 1.0 if now >= self.enqueued + self.seconds else (now - self.enqueued) / self.seconds

    def status(self, now: float) -> str:
        part = self.part(now)
        if part >= 1:
            return "FIN"
        return "PEND" if part < PENDING_PART else "ACT"

    def percent(self, now: float) -> int:
        return int(100 * self.part(now))


class QueryTable:
    """The queries of one device, of its present boot."""

    def __init__(self) -> None:
        self._generation = 0
        self._next = 1
        self._jobs: dict[int, QueryJob] = {}

    def add(self, device: PanosDevice, kind: str, *, seconds: float, polls: int, answer: t.Any) -> QueryJob:
        self._boot(device)
        now = device.now()
        job = QueryJob(self._next, kind, now, seconds, polls, answer, last_look=now)
        self._next += 1
        self._jobs[job.id] = job
        return job

    def get(self, device: PanosDevice, kind: str, text: str) -> QueryJob | None:
        self._boot(device)
        job = self._jobs.get(int(text)) if text.isdigit() else None
        return job if job is not None and job.kind == kind else None

    def remove(self, job: QueryJob) -> None:
        del self._jobs[job.id]

    def _boot(self, device: PanosDevice) -> None:
        """A boot forgets all queries and starts the ids again (assumed to be as with other jobs)."""
        if self._generation != device.generation:
            self._generation, self._next, self._jobs = device.generation, 1, {}


def job_element(device: PanosDevice, job: QueryJob, *, percent: bool = False) -> str:
    """Recorded: demisto_log_FIN_traffic_1.xml, panospython_log_job_FIN_config.xml: times without a date, no result.

    ``percent`` of a report is a client's (splunk-soar-connectors/panorama and others read it).
    """
    now, skew = device.now(), device.settings.clock_skew
    fields = {
        "tenq": wall(job.enqueued + skew, "time"),
        "tdeq": wall(job.enqueued + skew, "time"),
        "tlast": wall(job.last_look + skew, "time"),
        "status": job.status(now),
        "id": str(job.id),
    }
    if percent:
        fields["percent"] = str(job.percent(now))
    return "<job>" + "".join(element(name, value) for name, value in fields.items()) + "</job>"


def look(device: PanosDevice, kind: str, text: str) -> QueryJob | Reply:
    """The job that a client asks for, counted as a look at it; or the answer for one that is not there."""
    if not text.isdigit():
        raise bad_request(f'Illegal value for parameter "job-id" [{text}].')
    job = device.queries.get(device, kind, text)
    if job is None:
        return unknown_job(device, text)
    job.looks += 1
    job.last_look = device.now()
    return job


def finish(device: PanosDevice, kind: str, text: str) -> Reply:
    """``action=finish`` stops and removes a query; "a successful completion returns a job ID" (documented for logs:
    Retrieve Logs, PAN-OS 8.1 to 11.1). The form of the answer is assumed, and that reports do likewise; with the
    setting ``query_finish`` = ``error`` the device does not know the action.
    """
    if device.settings.query_finish == "error":
        raise bad_request('Illegal value for parameter "action" [finish].')
    job = device.queries.get(device, kind, text)
    if job is None:
        return unknown_job(device, text)
    device.queries.remove(job)
    return success(element("job", text))


def submission(
    device: PanosDevice, admin: Admin, kind: str, parameters: t.Mapping[str, str], *, job: str = "", answer: str = ""
) -> None:
    """Into the ledger, with what was asked for; a refused one has no job."""
    device.world.ledger.submission(
        system="panos",
        device=device.address,
        admin=admin.name,
        kind=kind,
        accepted=not answer,
        job=job,
        answer=answer,
        details=asked(parameters),
    )


def asked(parameters: t.Mapping[str, str]) -> dict[str, str]:
    """What a request asks for, without what is part of every request and without secrets."""
    hidden = {"type", "key", "target", "user", "password", "passphrase", "dlp-password"}
    return {name: value for name, value in parameters.items() if name not in hidden}


def number(parameters: t.Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    """Raises ApiError (its text is assumed)."""
    text = parameters.get(name, str(default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise bad_request(f'Illegal value for parameter "{name}" [{text}].')
    return int(text)


def choice(parameters: t.Mapping[str, str], name: str, default: str, choices: t.Collection[str]) -> str:
    """Raises ApiError (its text is assumed)."""
    value = parameters.get(name, default)
    if value not in choices:
        raise bad_request(f'Illegal value for parameter "{name}" [{value}].')
    return value
