# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: the queue, the progress computed from the clock, and the record of ``show jobs``.

The record's fields, their forms and orders are recorded (puppet_03 to puppet_06, assurance_*, demisto_*, issue533).
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import typing as t
from xml.sax.saxutils import escape

# Jobs that take their turn in the commit queue; all others run beside it.
QUEUED_TYPES = frozenset({"Commit", "Validate", "AutoCom", "CommitAll", "ValidateAll"})
# Jobs whose installation forbids a commit (client: pan-os-python, PanInstallInProgress).
INSTALL_TYPES = frozenset({"Content", "Antivirus", "WildFire", "GPClientlessVPN", "GPDataFile", "SWInstall"})
# Recorded as not stoppable while they run: an Antivirus install, a push (demisto_push_ACT.xml).
UNSTOPPABLE_TYPES = frozenset({"Antivirus", "CommitAll"})


@dataclasses.dataclass
class Verdict:
    """How a job will end."""

    result: str = "OK"
    details: list[str] = dataclasses.field(default_factory=list)
    warnings: list[str] = dataclasses.field(default_factory=list)


class Sequel(t.Protocol):
    """What comes after a job is over: the devices of a push."""

    def finished(self, job: Job, when: float) -> None:
        """Do what the end of the job brings about."""

    def polled(self, now: float) -> None:
        """Count a look at the finished job."""

    def tail(self, style: RecordStyle, now: float) -> dict[str, str | None]:
        """Return the fields after ``progress`` of the finished job's record."""


@dataclasses.dataclass
class Job:
    """One job. Times are simulated seconds; ``started`` and ``finished`` are None until they are reached.

    ``clock``: the progress of the finished job is the time of its end, as recorded for downloads and content
    installs. ``effect`` is called with the job and the time when it ends, however it ends.
    """

    id: int
    type: str
    user: str
    enqueued: float
    seconds: float
    verdict: Verdict
    description: str = ""
    changes: list[str] = dataclasses.field(default_factory=list)
    polls: int = 0
    started: float | None = None
    finished: float | None = None
    raw: str | None = None
    sequel: Sequel | None = None
    clock: bool = False
    effect: t.Callable[[Job, float], None] | None = None

    @property
    def status(self) -> str:
        if self.finished is not None:
            return "FIN"
        return "PEND" if self.started is None else "ACT"

    @property
    def result(self) -> str:
        return "PEND" if self.finished is None else self.verdict.result

    def progress(self, now: float) -> int:
        """Percent: 100 only when finished, as recorded."""
        if self.finished is not None:
            return 100
        if self.started is None:
            return 0
        return min(99, int(100 * (now - self.started) / self.seconds)) if self.seconds > 0 else 99


class JobEngine:
    """All jobs of one device. ``settle(now)`` brings them up to date; nothing happens between two calls."""

    def __init__(self, finish: t.Callable[[Job, float], None]) -> None:
        self._finish = finish
        self._next = 1
        self.jobs: list[Job] = []
        self.queue: collections.deque[Job] = collections.deque()
        self.active: Job | None = None
        self._free_at = 0.0
        self._beside: list[Job] = []

    def reset(self) -> None:
        """As after a boot: no jobs, ids start again at 1."""
        self._next = 1
        self.jobs, self._beside = [], []
        self.queue.clear()
        self.active = None

    def add(
        self,
        type: str,
        *,
        user: str,
        enqueued: float,
        seconds: float,
        verdict: Verdict,
        description: str = "",
        changes: t.Iterable[str] = (),
        polls: int = 0,
        sequel: Sequel | None = None,
        queued: bool = False,
        clock: bool = False,
        effect: t.Callable[[Job, float], None] | None = None,
    ) -> Job:
        """``queued``: it takes its turn in the commit queue although its type does not say so."""
        job = Job(self._next, type, user, enqueued, seconds, verdict, description, list(changes), polls, sequel=sequel)
        job.clock, job.effect = clock, effect
        self._next += 1
        self.jobs.append(job)
        if queued or type in QUEUED_TYPES:
            self.queue.append(job)
        else:
            job.started = enqueued
            self._beside.append(job)
        self.settle(enqueued)
        return job

    def add_raw(self, record: str) -> Job:
        """A record shown as it is: a Failed-Job, a second entry with an id that exists."""
        job = Job(0, "raw", "", 0, 0, Verdict(), started=0, finished=0, raw=record)
        self.jobs.append(job)
        return job

    def get(self, job_id: int) -> Job | None:
        return next((job for job in self.jobs if job.id == job_id and job.raw is None), None)

    def remove(self, job: Job) -> None:
        self.jobs.remove(job)

    def settle(self, now: float) -> None:
        """Starts and finishes jobs up to ``now``, each at its own time."""
        for job in [one for one in self._beside if (one.started or 0) + one.seconds <= now]:
            self._beside.remove(job)
            self._end(job, (job.started or 0) + job.seconds)
        while True:
            if self.active is not None:
                end = (self.active.started or 0) + self.active.seconds
                if end > now:
                    return
                job, self.active, self._free_at = self.active, None, end
                self._end(job, end)
            elif self.queue and max(self.queue[0].enqueued, self._free_at) <= now:
                self.active = self.queue.popleft()
                self.active.started = max(self.active.enqueued, self._free_at)
            else:
                return

    def polled(self, job: Job, now: float) -> None:
        """Counts a look at a running job that is to end with its ``polls``-th one, for tests that must not race it."""
        if job.finished is not None and job.sequel is not None:
            job.sequel.polled(now)
        if job.status != "ACT" or job.polls == 0:
            return
        job.polls -= 1
        if job.polls == 0:
            job.seconds = now - (job.started or now)
            self.settle(now)

    def cancel(self, job: Job, now: float) -> None:
        """Ends a waiting or running job as failed, now."""
        if job in self.queue:
            self.queue.remove(job)
        elif job is self.active:
            self.active, self._free_at = None, now
        elif job in self._beside:
            self._beside.remove(job)
        job.verdict.result = "FAIL"
        self._end(job, now)
        self.settle(now)

    def running(self) -> list[Job]:
        """Everything that is not finished, oldest first."""
        return [job for job in self.jobs if job.finished is None]

    def position(self, job: Job) -> int:
        return self.queue.index(job) + 1 if job in self.queue else 0

    def _end(self, job: Job, when: float) -> None:
        job.finished = when
        self._finish(job, when)
        if job.effect is not None:
            job.effect(job, when)


@dataclasses.dataclass(frozen=True)
class RecordStyle:
    """The forms in which devices and releases differ; every value but the ones marked assumed is recorded."""

    progress: str = "number"
    tfin: str = "datetime"
    active_tfin: str = "still_active"
    details: str = "lines"
    cdata: bool = False
    user_while_active: bool = True
    user_element: str = "user"
    order: str = "recorded"
    missing: tuple[str, ...] = ()

    CHOICES: t.ClassVar[dict[str, tuple[str, ...]]] = {
        "progress": ("number", "clock_at_end", "datetime_at_end"),
        "tfin": ("datetime", "time", "missing"),
        "active_tfin": ("still_active", "empty", "missing"),
        "details": ("lines", "string", "newjob"),
        "user_element": ("user", "admin"),
        "order": ("recorded", "reversed"),
    }


def wall(when: float, form: str = "datetime") -> str:
    """Device time without a zone: ``2018/06/12 04:36:45``, or the time of day alone."""
    moment = datetime.datetime.fromtimestamp(int(when), datetime.timezone.utc)
    return moment.strftime("%H:%M:%S" if form == "time" else "%Y/%m/%d %H:%M:%S")


def record(job: Job, now: float, *, style: RecordStyle, position: int, skew: float) -> str:
    """The ``<job>`` element."""
    if job.raw is not None:
        return job.raw
    active = job.finished is None
    progress = str(job.progress(now))
    if job.finished is not None and style.progress != "number":
        progress = wall(job.finished + skew, "time" if style.progress == "clock_at_end" else "datetime")
    elif job.finished is not None and job.clock:
        # Recorded: then the progress is the tfin.
        progress = wall(job.finished + skew, "time" if style.tfin == "time" else "datetime")
    stoppable = job.status == "PEND" or (active and job.type not in UNSTOPPABLE_TYPES and job.progress(now) < 99)
    fields: dict[str, str | None] = {
        "tenq": wall(job.enqueued + skew),
        "tdeq": wall((job.enqueued if job.started is None else job.started) + skew, "time"),
        "id": str(job.id),
        style.user_element: escape(job.user) if style.user_while_active or not active else "",
        "type": job.type,
        "status": job.status,
        "queued": "YES" if job.status == "PEND" else "NO",
        "stoppable": "yes" if stoppable else "no",
        "result": job.result,
        "tfin": tfin(job, style, skew),
        "description": escape(job.description),
        "positionInQ": str(position),
        "progress": progress,
    }
    details = "" if active else lines(job.verdict.details, style)
    warnings = "" if active else "".join(line(text, style) for text in job.verdict.warnings)
    # Recorded: warnings come first while a job is active, details first when it is finished.
    fields.update({"warnings": warnings, "details": details} if active else {"details": details, "warnings": warnings})
    if job.sequel is not None and not active:
        del fields["details"], fields["warnings"]
        fields.update(job.sequel.tail(style, now))
    names = list(fields) if style.order == "recorded" else list(reversed(fields))
    body = "".join(
        f"<{name}>{fields[name]}</{name}>" for name in names if fields[name] is not None and name not in style.missing
    )
    return f"<job>{body}</job>"


def tfin(job: Job, style: RecordStyle, skew: float) -> str | None:
    if job.finished is None:
        return {"still_active": "Still Active", "empty": "", "missing": None}[style.active_tfin]
    return None if style.tfin == "missing" else wall(job.finished + skew, style.tfin)


def line(text: str, style: RecordStyle) -> str:
    return f"<line><![CDATA[{text}]]></line>" if style.cdata else f"<line>{escape(text)}</line>"


def lines(texts: t.Sequence[str], style: RecordStyle) -> str:
    if style.details == "string":
        return escape("\n".join(texts))
    if style.details == "newjob":
        return "".join(f"<line><newjob><newmsg>{escape(text)}</newmsg></newjob></line>" for text in texts)
    # A reason of a validation error is CDATA with a leading blank (recorded).
    return "".join(f"<line><![CDATA[{text}]]></line>" if text.startswith(" ") else line(text, style) for text in texts)


FAILED_JOB = (
    "<job><type>Failed-Job</type><details><line>job failed because of configd restart</line></details><warnings/></job>"
)
