# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that a tenant does in the background: waits, runs, ends. Computed from the clock, or from the looks at it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import SpecError


@dataclasses.dataclass(frozen=True)
class Plan:
    """How a piece of work will go. Times in simulated seconds.

    ``states``: when given, each look at the work shows the next of these words, whatever the clock says; the last one
    stays. ``end``: the word at the end, when not the usual one.
    """

    pending: float = 1.0
    seconds: float = 10.0
    states: tuple[str, ...] = ()
    end: str = ""


@dataclasses.dataclass(frozen=True)
class Words:
    """``open`` are all words of work that is not over."""

    waiting: str
    running: str
    done: str
    open: frozenset[str]


@dataclasses.dataclass
class Work:
    began: float
    plan: Plan
    words: Words
    looks: int = 0

    def look(self, now: float) -> str:
        """Counts a look, and returns the word that it shows."""
        self.looks += 1
        return self.word(now)

    def word(self, now: float) -> str:
        if self.plan.states:
            return self.plan.states[max(0, min(self.looks, len(self.plan.states)) - 1)]
        if now >= self.over_at:
            return self.plan.end or self.words.done
        return self.words.waiting if now < self.began + self.plan.pending else self.words.running

    @property
    def over_at(self) -> float:
        return self.began + self.plan.pending + self.plan.seconds

    def over(self, now: float) -> bool:
        if self.plan.states and not self.looks:
            return False
        return self.word(now) not in self.words.open

    def hold(self, now: float, seconds: float) -> None:
        """It runs on for so long from now."""
        self.plan = dataclasses.replace(self.plan, states=(), seconds=now + seconds - self.began - self.plan.pending)

    def finish(self) -> None:
        """Shows its last word from now on."""
        self.looks = max(self.looks, len(self.plan.states))


def make_plan(kind: type[t.Any], *specs: t.Mapping[str, t.Any]) -> t.Any:
    """A plan of several specifications, the later ones first. Raises SpecError for a wrong field or a wrong value."""
    merged = {name: value for spec in specs for name, value in spec.items()}
    fields = {field.name: field.default for field in dataclasses.fields(kind)}
    for name, value in merged.items():
        if name not in fields:
            raise SpecError(f"unknown field of a plan: {name}")
        default = fields[name]
        wanted = (int, float) if isinstance(default, float) else default.__class__
        if isinstance(default, (int, float, str)) and (isinstance(value, bool) or not isinstance(value, wanted)):
            raise SpecError(f"{name!r} of a plan is of type {default.__class__.__name__}")
    if "states" in merged:
        merged["states"] = tuple(map(str, merged["states"]))
    return kind(**merged)
