# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collections read in the background: the job, and the datafile that comes of it."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid
import zlib

from ..system import Reply, Stream
from .answers import JSON, ApiError, answer, forbidden, moment, not_found, nothing
from .sources import Document, Filters, Listed, Source
from .work import AS_USUAL, Plan, Words, Work, make_plan

if t.TYPE_CHECKING:
    from .accounts import Account
    from .pce import Pce

JOB_TYPE = ":illumio/async_requests"  # documented
USUAL = Words("pending", "running", "done")
PIECE = 65536


@dataclasses.dataclass
class Job(Work):
    """One asynchronous GET."""

    source: Source = dataclasses.field(default_factory=lambda: Listed([]))
    filters: Filters = ()
    limit: int | None = None
    path: str = ""
    datafile: str = ""


class Jobs:
    """The jobs of one PCE."""

    def __init__(self, pce: Pce) -> None:
        self._pce = pce
        self.jobs: dict[str, Job] = {}
        self._deleted: set[str] = set()
        self._sizes: dict[tuple[str, bool], int] = {}
        self._packed: dict[tuple[str, bool], list[bytes]] = {}

    def submit(
        self, account: Account, path: str, source: Source, filters: Filters, *, limit: int | None, host: str
    ) -> Reply:
        """202 without a body (documented); Location and Retry-After as the settings say."""
        pce, settings, now = self._pce, self._pce.settings, self._pce.now()
        plan = make_plan(Plan, settings.jobs, settings.next_jobs.pop(0) if settings.next_jobs else {})
        name = str(uuid.uuid4())
        job = Job(
            id=name,
            href=f"/orgs/{settings.org_id}/jobs/{name}",
            owner=account.user,
            began=now,
            plan=plan,
            usual=USUAL,
            source=source,
            filters=list(filters),
            limit=limit,
            path=path,
            datafile=str(uuid.uuid4()),
        )
        self.jobs[name] = job
        headers = {}
        if settings.location != "missing":
            headers["Location"] = self._location(job.href, host)
        if settings.retry_after >= 0:
            headers["Retry-After"] = str(settings.retry_after)
        pce.record(account, "async-get", job=job.href, description=path, details={"query": dict(filters)})
        return nothing(202, headers)

    def _location(self, href: str, host: str) -> str:
        """The forms are those of the guides; a foreign host stands for a proxy or another member of a supercluster."""
        settings = self._pce.settings
        return {
            "href": href,
            "path": f"/api/v2{href}",
            "absolute": f"https://{host}/api/v2{href}",
            "foreign": f"https://elsewhere.example.com:8443/api/v2{href}",
        }[settings.location]

    def poll(self, name: str) -> Reply:
        """The record of a job; 404 or 410 for one that is purged or deleted (the codes: read in clients)."""
        job = self._job(name)
        now = self._pce.now()
        job.look(now)
        after = self._pce.settings.poll_retry_after
        headers = {} if after < 0 or job.over(now) else {"Retry-After": str(after)}
        return answer(self.record(job), headers=headers)

    def listed(self, filters: Filters) -> list[dict[str, t.Any]]:
        wanted = dict(filters).get("job_type")
        found = [self.record(job) for job in self.jobs.values() if not self._purged(job)]
        return [one for one in found if wanted in (None, one["job_type"])]

    def record(self, job: Job) -> dict[str, t.Any]:
        """Its fields and their order are recorded; what ``result`` holds after a failure is not known."""
        now, settings = self._pce.now(), self._pce.settings
        shown: dict[str, t.Any] = {
            "href": job.href,
            "job_type": JOB_TYPE,
            "description": job.path,
            "result": {},
            "status": job.word(now),
            "requested_at": moment(job.began, settings.job_times),
        }
        end = job.over_at()
        if end is not None and end <= now:
            shown["terminated_at"] = moment(end, settings.job_times)
            if job.succeeded(now) and job.shows_result(now):
                name = "?filename=result.json" if settings.datafile_filename else ""
                shown["result"] = {"href": f"/orgs/{settings.org_id}/datafiles/{job.datafile}{name}"}
            if job.plan.result is not AS_USUAL:
                shown["result"] = job.plan.result
        shown["requested_by"] = {"href": job.owner}
        return shown

    def delete(self, account: Account, name: str) -> Reply:
        """Only its submitter may (documented); what it does to a running job is not known, assumed: it is gone."""
        if name in self._deleted:
            if self._pce.settings.deleted_job == "already_deleted":
                raise ApiError(406, "already_deleted", "The job is deleted already")
            raise not_found("job")
        job = self._job(name)
        if job.owner != account.user:
            self._pce.record(account, "job-delete", job=job.href, accepted=False, answer="forbidden")
            raise forbidden("Only who submitted a job can delete it")
        del self.jobs[name]
        self._deleted.add(name)
        self._pce.record(account, "job-delete", job=job.href, description=job.path)
        return nothing()

    def purge(self) -> None:
        """All jobs and datafiles are forgotten, as after a restart."""
        self.jobs.clear()
        self._sizes.clear()
        self._packed.clear()

    def _purged(self, job: Job) -> bool:
        end, now = job.over_at(), self._pce.now()
        return end is not None and end + self._pce.settings.job_retention_seconds < now

    def _job(self, name: str) -> Job:
        job = self.jobs.get(name)
        if job is None or self._purged(job):
            status = self._pce.settings.purged_job
            raise ApiError(status, "not_found_error", "Not found: job")
        return job

    # Datafiles

    def download(self, name: str, accepts_gzip: bool) -> Reply:
        now = self._pce.now()
        for job in self.jobs.values():
            if job.datafile == name and job.succeeded(now) and not self._purged(job):
                return self._datafile(job, accepts_gzip)
        raise ApiError(self._pce.settings.purged_job, "not_found_error", "Not found: datafile")

    def _datafile(self, job: Job, accepts_gzip: bool) -> Reply:
        settings = self._pce.settings
        lines, gzip = settings.datafile_layout == "lines", settings.datafile_gzip
        key = (job.datafile, lines)
        if gzip == "unmarked" or (gzip == "marked" and accepts_gzip):
            if key not in self._packed:
                self._packed[key] = list(packed(self._pieces(job, lines)))
            chunks = self._packed[key]
            headers = {"Content-Encoding": "gzip"} if gzip == "marked" else {}
            stream = Stream(sum(map(len, chunks)), lambda: iter(chunks))
            return Reply(body=b"", content_type=JSON, headers=headers, stream=stream)
        if key not in self._sizes:
            self._sizes[key] = sum(map(len, self._pieces(job, lines)))
        return Reply(body=b"", content_type=JSON, stream=Stream(self._sizes[key], lambda: self._pieces(job, lines)))

    def _pieces(self, job: Job, lines: bool) -> t.Iterator[bytes]:
        texts = job.source.texts(job.filters, job.over_at() or job.began)
        if isinstance(job.source, Document):
            return (text.encode() for text in texts)
        return array(limited(texts, job.limit), lines=lines)


def limited(texts: t.Iterator[str], limit: int | None) -> t.Iterator[str]:
    for number, text in enumerate(texts):
        if limit is not None and number >= limit:
            return
        yield text


def array(texts: t.Iterable[str], *, lines: bool = False) -> t.Iterator[bytes]:
    """A JSON array in pieces; with ``lines`` one object on each line between ``[`` and ``]`` (read in clients)."""
    kept: list[str] = ["[\n" if lines else "["]
    size, first = 0, True
    for text in texts:
        kept.append(text if first else (",\n" if lines else ",") + text)
        first = False
        size += len(text)
        if size >= PIECE:
            yield "".join(kept).encode()
            kept, size = [], 0
    kept.append("\n]\n" if lines else "]")
    yield "".join(kept).encode()


def packed(pieces: t.Iterable[bytes]) -> t.Iterator[bytes]:
    """The same as gzip."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()
