# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A world with its own clock, and a system whose jobs follow a script: no test of the core waits for real."""

from __future__ import annotations

import datetime
import random
import typing as t
from collections.abc import Callable, Sequence

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import (
    Interrupted,
    JobMissing,
    NoAnswer,
)
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Observation
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import (
    Done,
    NothingToDo,
    Preview,
    Submission,
    Timing,
)
from ansible_collections.netops.jobs.plugins.module_utils._jobs.world import Event, World
from ansible_collections.netops.jobs.plugins.module_utils._secrets import masked

TIMING = Timing(wait_timeout=600, poll_interval=2, poll_max_interval=15, outage_timeout=120)

START = datetime.datetime(2026, 11, 21, 10, 0, tzinfo=datetime.timezone.utc)


class FakeTime:
    """Time that passes only when somebody sleeps or a request takes long."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.events: list[Event] = []
        chance = random.Random(7)
        self.world = World(
            clock=lambda: self.now,
            sleep=self.sleep,
            wall=lambda: START + datetime.timedelta(seconds=self.now - 1000.0),
            uniform=chance.uniform,
            listen=self.events.append,
        )

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def seen(state: JobState = JobState.RUNNING, word: str = "", **details: t.Any) -> Observation:
    return Observation(state=state, vendor_state=word or state.value, **details)


DONE = seen(JobState.SUCCEEDED, "FIN/OK", progress=100, messages=("Committed",))


class FakeSystem:
    """One system with one job slot: runs *duration* seconds, is out of reach in *outages*, keeps a ledger."""

    def __init__(self, time: FakeTime, *, duration: float = 60, ends: Observation = DONE) -> None:
        self.time = time
        self.duration = duration
        self.ends = ends
        self.outages: list[tuple[float, float]] = []
        self.outage_error: Callable[[], Exception] = lambda: NoAnswer(
            "connection refused", sent=False, server_spoke=self.answered
        )
        self.submitted: list[float] = []
        self.asked: list[float] = []
        self.pending = True
        self.request_seconds = 0.1
        self.answered = False

    def reach(self) -> None:
        self.time.now += self.request_seconds
        if any(begin <= self.time.now < end for begin, end in self.outages):
            raise self.outage_error()
        self.answered = True

    def observation(self) -> Observation:
        self.asked.append(self.time.now)
        self.reach()
        if not self.submitted:
            raise JobMissing("job 1 not found")
        age = self.time.now - self.submitted[-1]
        if age >= self.duration:
            self.pending = False
            return self.ends
        return seen(progress=None)


class FakeOperation(Submission):
    """An operation on a FakeSystem. *answers* replaces what the next submissions do."""

    name = "fake.work"
    timing = TIMING
    words: t.ClassVar[dict[str, JobState]] = {}
    can_cancel = True

    def __init__(self, system: FakeSystem, answers: Sequence[Callable[[], t.Any]] = ()) -> None:
        self.system = system
        self.answers = list(answers)
        self.equivalent: Handle | None = None
        self.calls: list[str] = []
        self.limits: list[float | None] = []
        self.on_cancel: Callable[[], None] = lambda: None
        self.on_collect: Callable[[], t.Any] = lambda: {"rows": 3}
        self.on_verify: Callable[[], Sequence[str]] = tuple
        self.on_clean_up: Callable[[], Sequence[str]] = tuple
        self.cleaned_up: list[Handle | None] = []
        self.blocked: t.Any = None
        self.diff: dict[str, str] | None = None
        self.preview_warnings: Sequence[str] = ()
        self.effect = True
        self.dest: str | None = None
        self.touched: list[str] = []

    @property
    def endpoint(self) -> str:
        return "https://fake.example.com:443"

    def limit(self, until: float | None) -> None:
        self.limits.append(until)

    def handle(self, number: str = "1") -> Handle:
        return Handle(self.name, self.endpoint, number, {"token": "abc"}, "2026-11-21T10:00:00Z")

    def preview(self, *, want_diff: bool) -> Preview:
        self.calls.append("preview")
        self.system.reach()
        diff = self.diff if want_diff else None
        return Preview(
            self.system.pending,
            "There are changes." if self.system.pending else "No changes.",
            (),
            diff,
            self.blocked,
            self.preview_warnings,
        )

    def find_equivalent(self) -> Handle | None:
        self.calls.append("find_equivalent")
        self.system.reach()
        return self.equivalent

    def start(self) -> Handle:
        self.system.submitted.append(self.system.time.now)
        return self.handle(str(len(self.system.submitted)))

    def submit(self) -> Handle | NothingToDo | Done:
        self.calls.append("submit")
        if self.answers:
            return t.cast("Handle | NothingToDo | Done", self.answers.pop(0)())
        self.system.reach()
        return self.start()

    def recover(self) -> Handle | None:
        self.calls.append("recover")
        self.system.reach()
        return self.handle(str(len(self.system.submitted))) if self.system.submitted else None

    def observe(self, handle: Handle, *, within: float) -> Observation:
        return self.system.observation()

    def glance(self, handle: Handle, *, within: float) -> Observation:
        self.touched.append("glance")
        return self.observe(handle, within=within)

    def destination(self, handle: Handle | None) -> str | None:
        return self.dest

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        self.touched.append("collect")
        return self.on_collect()

    def clean_up_here(self) -> None:
        self.touched.append("clean_up_here")

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        return self.on_verify()

    def clean_up_there(self, handle: Handle | None) -> Sequence[str]:
        self.cleaned_up.append(handle)
        return self.on_clean_up()

    def had_effect(self, last: Observation) -> bool:
        return self.effect

    def cancel(self, handle: Handle) -> None:
        self.calls.append("cancel")
        self.on_cancel()


NOTHING_GIVEN = {
    "wait_timeout": None,
    "poll_interval": None,
    "poll_max_interval": None,
    "outage_timeout": None,
    "progress_log": None,
}
JOB = {**NOTHING_GIVEN, "wait": True, "handle": None, "adopt": True, "on_timeout": "leave"}


class FakeTask:
    def __init__(self, check_mode=False, **params):
        self.params = {**JOB, **params}
        self.check_mode = check_mode
        self.diff = False
        self.warnings = []
        self.lines = []
        self.hidden = set()
        self.alive = True

    def warn(self, message):
        self.warnings.append(message)

    live = False

    def show(self, status):
        self.lines.append(status)

    def say(self, line):
        self.lines.append(line)

    def hide(self, secrets):
        self.hidden.update(secrets)

    def mask(self, text):
        return masked(text, self.hidden)

    def check_alive(self):
        if not self.alive:
            raise Interrupted("interrupted: ansible-playbook has ended")
