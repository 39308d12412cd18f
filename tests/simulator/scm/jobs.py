# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs of the configuration: pushes with their children, jobs of others, and how they are shown.

The parent of a push only commits. Afterwards each folder and device has a job of its own, which appears some time
before or after the parent's end and brings the new version there. What follows from the clock is worked out, in the
order of time, whenever somebody asks.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import typing as t

from ..system import SpecError
from .answers import iso_time, not_present, plain_time
from .config import Config
from .settings import Settings
from .work import ChildPlan, Plan, PushPlan, Work

STATUS_NUMBERS = {"PEND": 0, "ACT": 1, "FIN": 2}  # 1 and 2 recorded; others are not known
RESULT_NUMBERS = {"PEND": 0, "FAIL": 1, "OK": 2}  # recorded
TYPE_NUMBERS = {"CommitAndPush": 53, "CommitAll": 22}  # recorded
UNKNOWN_NUMBER = 9
TYPES = ("CommitAll", "CommitAndPush", "NGFW-Bootstrap-Push", "Validate")
PUSHED = {"Mobile Users": "Mobile Users Global Protect"}  # recorded in the text of a child
COMMITTED = "Configuration committed successfully"  # recorded
PARTIAL = "Partial changes to commit: changes to configuration by administrators: {}"  # recorded
PROVISIONED = (
    "Your Prisma Access infrastructure is being provisioned. "
    "Go to the Prisma Access Dashboard for real-time status information."
)  # recorded
# Documented.
ABORTED = "Config push aborted, error: Failed to handle VPN clusters. Please check AutoVPN config for the device"
UNCHANGED = "There are no changes to commit."  # assumed
SOMEBODY = "other.admin@example.com"
LIST_FIELDS = (
    "end_ts",
    "id",
    "job_result",
    "job_status",
    "job_type",
    "parent_id",
    "percent",
    "result_str",
    "start_ts",
    "status_str",
    "summary",
    "type_str",
    "uname",
    "description",
    "device_name",
)  # recorded, but for device_name


@dataclasses.dataclass
class Job:
    """One job. ``place``: the folder or serial that a child pushes to."""

    number: int
    parent: int
    type: str
    uname: str
    inserted: float
    plan: Plan
    work: Work
    description: str = ""
    place: str = ""
    early_looks: int = 0
    end_words: tuple[str, str] | None = None
    ended_effects: bool = False

    def words(self, now: float) -> tuple[str, str]:
        """Status and result."""
        if self.work.over(now):
            return self.end_words or self.plan.end
        return ("PEND", "PEND") if self.work.waits(now) else self.plan.running

    @property
    def succeeds(self) -> bool:
        return (self.end_words or self.plan.end) == ("FIN", "OK")


@dataclasses.dataclass
class Push:
    """What was asked for, and what has come of it: ``children`` and ``effects`` by folder or serial.

    ``made`` is the version that its parent made, 0 for none; ``target`` the one that its children bring.
    """

    job: Job
    places: tuple[str, ...]
    admins: tuple[str, ...]
    changes: tuple[str, ...]
    plan: PushPlan
    childless: bool = False
    made: int = 0
    target: int = 0
    children: dict[str, Job] = dataclasses.field(default_factory=dict)
    effects: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)


class Jobs:
    """All jobs of one tenant. ``serials``: which places are devices."""

    def __init__(self, settings: Settings, config: Config, born: float) -> None:
        self._settings, self._config = settings, config
        self.jobs: dict[int, Job] = {}
        self.pushes: list[Push] = []
        self._next = 1
        for number in range(settings.history):
            self._noise(born - 600.0 * (settings.history - number))

    # Making them

    def other(
        self,
        now: float,
        *,
        type: str = "CommitAll",
        uname: str = SOMEBODY,
        description: str = "",
        parent: int = 0,
        plan: Plan | None = None,
    ) -> Job:
        """A job of somebody else; without a plan one that has ended already."""
        if type not in TYPES:
            raise SpecError(f"'type' is one of {', '.join(TYPES)}")
        return self._add(type, uname, now, plan or Plan(seconds=0.0), parent=parent, description=description)

    def _noise(self, now: float) -> None:
        """A push of somebody else, or with the next call its child; both are over."""
        last = self.jobs.get(self._next - 1)
        if last is not None and (last.type, last.uname) == ("CommitAndPush", SOMEBODY):
            self.other(now, parent=last.number)
        else:
            self.other(now, type="CommitAndPush")

    def push(
        self,
        now: float,
        *,
        uname: str,
        places: t.Sequence[str],
        admins: t.Sequence[str],
        description: str,
        plan: PushPlan,
        childless: bool,
    ) -> Push:
        changes = tuple(change.id for change in self._config.matching(places, admins))
        before = [push.job for push in self.pushes if not push.job.work.over(now)]
        job = self._add("CommitAndPush", uname, now, plan, description=description)
        if before and self._settings.concurrent_push == "queue":
            job.work.began = None
        self.pushes.append(Push(job, tuple(places), tuple(admins), changes, plan, childless))
        return self.pushes[-1]

    def busy(self, now: float) -> bool:
        """Whether a push is under way, its children included."""
        self.settle(now)
        return any(
            not job.work.over(now)
            for push in self.pushes
            for job in (push.job, *push.children.values())
            if job.number in self.jobs
        ) or any(self._due_children(push, None) for push in self.pushes)

    def _add(
        self,
        type: str,
        uname: str,
        when: float,
        plan: Plan,
        *,
        parent: int = 0,
        description: str = "",
        place: str = "",
    ) -> Job:
        work = Work(when, plan.pending, plan.seconds, plan.polls)
        job = Job(self._next, parent, type, uname, when, plan, work, description, place, plan.early_polls)
        self.jobs[job.number] = job
        self._next += 1
        kept = self._settings.jobs_kept
        while kept and len(self.jobs) > kept:
            del self.jobs[min(self.jobs)]
        return job

    # What follows from the clock

    def settle(self, now: float) -> None:
        """Lets everything happen that is due, in the order of time."""
        while True:
            due = [event for push in self.pushes for event in self._events(push) if event[0] <= now]
            if not due:
                return
            when, _order, effect = min(due, key=lambda event: event[:2])
            effect(when)

    def _events(self, push: Push) -> t.Iterator[tuple[float, int, t.Callable[[float], None]]]:
        """What is still to come of a push, as far as its times are known."""
        job = push.job
        if job.work.began is None:
            before = [other.job.work.over_at() for other in self.pushes if other.job.number < job.number]
            times = [end for end in before if end is not None]
            if len(times) == len(before):
                yield max([*times, job.inserted]), job.number, functools.partial(self._begin, job)
            return
        end = job.work.over_at()
        if end is not None and not job.ended_effects:
            yield end, job.number, functools.partial(self._committed, push)
        for when, name, plan in self._due_children(push, end):
            yield when, job.number, functools.partial(self._appear, push, name, plan)
        for name, child in push.children.items():
            over = child.work.over_at()
            if over is not None and not child.ended_effects:
                yield over, child.number, functools.partial(self._pushed, push, name, child)

    def _due_children(self, push: Push, end: float | None) -> list[tuple[float, str, ChildPlan]]:
        """The children that have not appeared, with their times; never while the parent's end is not known."""
        if push.childless or not push.job.succeeds:
            return []
        end = push.job.work.over_at() if end is None else end
        found = []
        for name in self._child_names(push):
            plan = push.plan.child(name)
            if name not in push.children and not plan.absent:
                # Of a parent that ends with a look nobody knows the end before: its children cannot be early.
                found.append((end + plan.start if end is not None else float("inf"), name, plan))
        return found

    def _child_names(self, push: Push) -> list[str]:
        """One for each folder and device. What a push of devices makes is not known: a setting."""
        serials = [place for place in push.places if place in self._config.serials]
        folders = [place for place in push.places if place not in self._config.serials]
        mode = self._settings.device_children
        return folders + {"each": serials, "one": serials[:1], "none": []}[mode]

    def _appear(self, push: Push, name: str, plan: ChildPlan, when: float) -> None:
        description = f"{PUSHED.get(name, name)} configuration pushed to cloud"
        if name in self._config.serials:
            description = f"{name} configuration pushed to device"  # assumed
        push.children[name] = self._add(
            "CommitAll",
            push.job.uname,
            when,
            plan,
            parent=push.job.number,
            description=description,
            place=name,
        )

    def _begin(self, job: Job, when: float) -> None:
        job.work.began = when

    def _committed(self, push: Push, when: float) -> None:
        push.job.ended_effects = True
        if push.job.succeeds:
            push.made = self._config.commit(push.changes, push.job.uname, push.places, push.job.description, when)
            push.target = self._config.latest.id

    def _pushed(self, push: Push, name: str, child: Job, when: float) -> None:
        child.ended_effects = True
        places = [name]
        if name in self._config.serials and self._settings.device_children == "one":
            places = [place for place in push.places if place in self._config.serials]
        for place in places:
            before = self._config.running.get(place, (0, 0.0))[0]
            if child.succeeds:
                self._config.run(place, push.target, when)
            push.effects[place] = {
                "job": str(child.number),
                "before": before,
                "after": self._config.running.get(place, (0, 0.0))[0],
            }

    def finish(self, number: int, now: float, status: str, result: str) -> None:
        """The job ends now with these words. Raises SpecError."""
        job = self.known(number)
        if job.work.over(now):
            raise SpecError(f"job {number} has ended already")
        job.work.began = now if job.work.began is None else job.work.began
        job.work.ended, job.end_words = now, (status, result)
        self.settle(now)

    def known(self, number: int) -> Job:
        if number not in self.jobs:
            raise SpecError(f"no such job: {number}")
        return self.jobs[number]

    # Showing them

    def one(self, text: str, now: float) -> t.Any:
        """The answer to a look at one job. Raises ApiError 404."""
        self.settle(now)
        job = self.jobs.get(int(text)) if text.isdigit() else None
        if job is None:
            raise not_present()
        if job.early_looks > 0:
            job.early_looks -= 1
            if self._settings.early_answer == "empty":
                return {"data": []}
            raise not_present()
        job.work.look(now)
        self.settle(now)
        record = self.record(job, now)
        return {"data": {"data": [record]}, "object": record, "list": [record]}[self._settings.job_shape]

    def newest_first(self, now: float) -> list[Job]:
        """The jobs that the list has; new ones may have come on top since it was read last."""
        for _number in range(self._settings.noise_per_list):
            self.settle(now)
            self._noise(now)
        self.settle(now)
        lag = self._settings.list_lag
        return [job for job in reversed(self.jobs.values()) if not lag or job.inserted + lag <= now]

    def on_page(self, jobs: t.Iterable[Job], now: float) -> list[dict[str, t.Any]]:
        for job in jobs:
            job.work.look(now)
        self.settle(now)
        return [{name: value for name, value in self.record(job, now).items() if name in LIST_FIELDS} for job in jobs]

    def record(self, job: Job, now: float) -> dict[str, t.Any]:
        """All fields that a look by id was seen to show."""
        settings = self._settings
        status, result = job.words(now)
        over = job.work.over_at()
        last = over if over is not None and over <= now else now
        began = job.work.began if job.work.began is not None else job.inserted
        # A child's start was recorded up to a second after its insertion.
        start = max(began, job.inserted) + (1.0 if job.parent and job.place else 0.0)
        end = self._time(last)
        if (settings.end_ts_over if last == over else settings.end_ts_active) == "empty":
            end = ""
        numbers = {
            "status": STATUS_NUMBERS.get(status, UNKNOWN_NUMBER),
            "result": RESULT_NUMBERS.get(result, UNKNOWN_NUMBER),
            "type": TYPE_NUMBERS.get(job.type, UNKNOWN_NUMBER),
        }
        serial = job.place if job.place in self._config.serials else ""
        record: dict[str, t.Any] = {
            "cfg_id": "",
            "details": self._details(job, now),
            "dev_serial": serial,
            "dev_uuid": "",
            "device_type": "",
            "end_ts": end,
            "id": self._number(job.number),
            "insert_ts": self._time(job.inserted),
            "job_result": self._number(numbers["result"]),
            "job_status": self._number(numbers["status"]),
            "job_type": self._number(numbers["type"]),
            "last_update": self._time(last),
            "opaque_int": self._number(0),
            "opaque_str": "",
            "owner": "gpcs-ext" if job.parent else "cfgserv",
            "parent_id": self._number(job.parent),
            "percent": self._number(job.work.percent(now)),
            "result_i": self._number(numbers["result"]),
            "result_str": result,
            "session_id": "",
            "start_ts": self._time(min(start, last)),
            "status_i": self._number(numbers["status"]),
            "status_str": status,
            "summary": self._summary(job, now),
            "type_i": self._number(numbers["type"]),
            "type_str": job.type,
            "uname": job.uname,
            "description": job.description if job.place or settings.description_in in ("both", "field") else "",
        }
        if settings.device_name:
            record["device_name"] = job.place
        if settings.details == "absent":
            del record["details"]
        return record

    def _summary(self, job: Job, now: float) -> str:
        """Empty on parents and before the end; the texts of children are recorded."""
        if not job.work.over(now):
            return ""
        if job.plan.summary is not None:
            return job.plan.summary
        if not job.parent:
            return ""
        return "Configuration push finished" if job.succeeds else "Configuration push failed"

    def _details(self, job: Job, now: float) -> str:
        settings = self._settings
        over, failed = job.work.over(now), job.work.over(now) and not job.succeeds
        info, errors, warnings = list(job.plan.info or ()), list(job.plan.errors or ()), list(job.plan.warnings)
        if job.plan.info is None and over and not failed:
            info = [PROVISIONED] if job.parent else self._parent_info(job)
        if job.plan.errors is None and failed:
            errors = [ABORTED]
        if not over:
            info, errors, warnings = [], [], []
        if settings.details in ("empty", "absent"):
            return ""
        if settings.details == "plain":
            return "; ".join([*errors, *warnings, *info])
        details: dict[str, t.Any] = {"info": info, "errors": errors, "warnings": warnings}
        if job.description and (job.place or settings.description_in in ("both", "details")):
            details["description"] = job.description
        if job.place and settings.inner_status != "absent":
            # Recorded: a child that is FIN and OK says in here that it is still running.
            lagging = settings.inner_status == "lagging"
            details["status"], details["result"] = ("ACT", "PEND") if lagging else job.words(now)
        return json.dumps(details, separators=(",", ":"))

    def _parent_info(self, job: Job) -> list[str]:
        push = next((push for push in self.pushes if push.job is job), None)
        if push is None:
            return [COMMITTED]
        if not push.made and push.childless:
            return [UNCHANGED]
        everybody = not push.admins or any(admin.lower() == "all" for admin in push.admins)
        return [COMMITTED] if everybody else [PARTIAL.format(",".join(push.admins)), COMMITTED]

    def _number(self, value: int) -> t.Any:
        return value if self._settings.numbers == "integers" else str(value)

    def _time(self, epoch: float) -> str:
        """In the tenant's own time, without a zone; or as an older page shows it."""
        local = epoch + self._settings.utc_offset
        return iso_time(local) if self._settings.times == "iso" else plain_time(local)
