# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How jobs go: plans that a test lays down, and the states that follow from them and the clock."""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import SpecError


@dataclasses.dataclass(frozen=True)
class Plan:
    """How one job of the configuration will go. Times in simulated seconds.

    ``polls``: not 0, it ends with that many looks at it, by its id or on a page of the list, whatever the clock says.
    ``early_polls``: so many looks by its id do not find it yet. ``running``: status and result while it runs.
    ``status``, ``result``: at its end; without ``result``, what goes with the status.
    """

    pending: float = 0.0
    seconds: float = 45.0
    polls: int = 0
    early_polls: int = 0
    running: tuple[str, str] = ("ACT", "PEND")
    status: str = "FIN"
    result: str = ""
    summary: str | None = None
    info: tuple[str, ...] | None = None
    errors: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def end(self) -> tuple[str, str]:
        """Which result goes with a status of the push's own is assumed: pairs were never recorded."""
        return self.status, self.result or {"FIN": "OK", "PUSHTIMEOUT": "TIMEOUT"}.get(self.status, "FAIL")


@dataclasses.dataclass(frozen=True)
class ChildPlan(Plan):
    """``start``: when the job appears, counted from its parent's end; recorded are -3 to 13."""

    seconds: float = 95.0
    start: float = 2.0
    absent: bool = False


@dataclasses.dataclass(frozen=True)
class PushPlan(Plan):
    """``children``: by name of the folder or serial; ``*`` for those that have none. ``answer``: see push_answer."""

    children: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    answer: str = ""

    def child(self, name: str) -> ChildPlan:
        return make_plan(ChildPlan, self.children.get("*", {}), self.children.get(name, {}))


@dataclasses.dataclass(frozen=True)
class DevicePlan:
    """How a job on devices will go. ``devices``: by serial, ``state``, ``msg``, ``result``, ``missing``.

    ``polls`` and ``early_polls`` as above.
    """

    pending: float = 1.0
    seconds: float = 10.0
    polls: int = 0
    early_polls: int = 0
    state: str = "complete"
    devices: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    def device(self, serial: str) -> dict[str, t.Any]:
        spec = {**self.devices.get("*", {}), **self.devices.get(serial, {})}
        unknown = set(spec) - {"state", "msg", "result", "missing"}
        if unknown:
            raise SpecError(f"unknown fields of a device's plan: {', '.join(sorted(unknown))}")
        return spec


P = t.TypeVar("P")


def make_plan(kind: type[P], *specs: t.Mapping[str, t.Any]) -> P:
    """A plan of several specifications, the later ones first. Raises SpecError for a field it does not have."""
    merged = {name: value for spec in specs for name, value in spec.items()}
    unknown = set(merged) - {field.name for field in dataclasses.fields(t.cast("t.Any", kind))}
    if unknown:
        raise SpecError(f"unknown fields of a plan: {', '.join(sorted(unknown))}")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in merged.items()})


def check_plans(values: t.Mapping[str, t.Any]) -> None:
    """The plans among settings. Raises SpecError."""
    for spec in (values.get("pushes", {}), *values.get("next_pushes", ())):
        plan = make_plan(PushPlan, spec)
        for name in plan.children:
            plan.child(name)
    for spec in (values.get("device_jobs", {}), *values.get("next_device_jobs", ())):
        jobs = make_plan(DevicePlan, spec)
        for serial in jobs.devices:
            jobs.device(serial)


@dataclasses.dataclass
class Work:
    """The part of a job that follows from looks and the clock. ``began`` is None while it stands in a queue."""

    began: float | None
    pending: float
    seconds: float
    polls: int
    looks: int = 0
    ended: float | None = None

    def look(self, now: float) -> None:
        if self.began is not None and not self.over(now):
            self.looks += 1
            if self.polls and self.looks >= self.polls:
                self.ended = now

    def over_at(self) -> float | None:
        """When it ended or will end; None as long as that is not known."""
        if self.ended is not None:
            return self.ended
        if self.polls or self.began is None:
            return None
        return self.began + self.pending + self.seconds

    def over(self, now: float) -> bool:
        end = self.over_at()
        return end is not None and end <= now

    def waits(self, now: float) -> bool:
        """Whether it has not begun to run."""
        if self.began is None:
            return True
        if self.polls:
            return self.pending > 0 and self.looks <= 1 < self.polls - 1
        return now < self.began + self.pending

    def percent(self, now: float) -> int:
        if self.over(now):
            return 100
        if self.began is None:
            return 0
        if self.polls:
            return min(99, 100 * self.looks // self.polls)
        run = now - self.began - self.pending
        return max(0, min(99, int(100 * run / self.seconds))) if self.seconds else 0

    def hold(self, now: float, seconds: float) -> None:
        """It runs on for so long from now."""
        began = now if self.began is None else self.began
        self.began, self.polls, self.ended = began, 0, None
        self.seconds = now + seconds - began - self.pending
