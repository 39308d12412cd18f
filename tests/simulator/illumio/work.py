# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that a PCE does in the background: waits, runs, ends. Computed from the clock, or from the looks at it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import SpecError

AS_USUAL = object()
CANCELED_WORDS = ("cancelled", "canceled")


@dataclasses.dataclass(frozen=True)
class Plan:
    """How a piece of work will go. Times in simulated seconds.

    ``polls``: not 0, it ends with that many looks at it, whatever the clock says. ``status``: the word at the end, when
    not the usual one. ``result``: what stands there instead of the usual result. ``lag``: that many looks at the
    finished work show no result; -1: none ever does. ``words``: for waiting, running, done.
    """

    pending: float = 1.0
    seconds: float = 4.0
    polls: int = 0
    status: str = ""
    result: t.Any = AS_USUAL
    lag: int = 0
    words: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Words:
    waiting: str
    running: str
    done: str


@dataclasses.dataclass
class Work:
    """One piece of work; ``owner`` is the href of the user who asked for it."""

    id: str
    href: str
    owner: str
    began: float
    plan: Plan
    usual: Words
    cancel_seconds: float = 0.0
    canceled_word: str = "cancelled"
    looks: int = 0
    looks_after: int = 0
    canceled_at: float | None = None
    _looked_over: float | None = None

    @property
    def words(self) -> Words:
        return Words(*self.plan.words) if self.plan.words else self.usual

    def look(self, now: float) -> None:
        """Counts a look at it by its own address, or in a list."""
        if self.over(now):
            self.looks_after += 1
            return
        self.looks += 1
        if self.plan.polls and self.looks >= self.plan.polls:
            self._looked_over = now
            self.looks_after = 1

    def over_at(self) -> float | None:
        """When it ended or will end; None as long as that is not known."""
        if self.canceled_at is not None:
            return self.canceled_at + self.cancel_seconds
        if self.plan.polls:
            return self._looked_over
        return self.began + self.plan.pending + self.plan.seconds

    def over(self, now: float) -> bool:
        end = self.over_at()
        return end is not None and end <= now

    def word(self, now: float) -> str:
        if self.over(now):
            if self.canceled_at is not None:
                return self.canceled_word
            return self.plan.status or self.words.done
        if self.canceled_at is not None:
            return "cancel_requested"
        if self.plan.polls:
            return self.words.running if self.looks > 1 or self.plan.polls == 2 else self.words.waiting
        return self.words.waiting if now < self.began + self.plan.pending else self.words.running

    def succeeded(self, now: float) -> bool:
        return self.over(now) and self.canceled_at is None and self.plan.status in ("", self.words.done)

    def shows_result(self, now: float) -> bool:
        """Whether a look now shows what came of it."""
        lag = self.plan.lag
        return self.over(now) and lag >= 0 and self.looks_after > lag

    def progress(self, now: float) -> int:
        if self.over(now):
            return 100
        if self.plan.polls:
            return min(99, 100 * self.looks // self.plan.polls)
        run = now - self.began - self.plan.pending
        return max(0, min(99, int(100 * run / self.plan.seconds))) if self.plan.seconds else 0

    def cancel(self, now: float) -> None:
        if not self.over(now) and self.canceled_at is None:
            self.canceled_at = now

    def hold(self, now: float, seconds: float) -> None:
        """It runs on for so long from now."""
        self.plan = dataclasses.replace(self.plan, polls=0, seconds=now + seconds - self.began - self.plan.pending)


def make_plan(kind: type[Plan], *specs: t.Mapping[str, t.Any]) -> t.Any:
    """A plan of several specifications, the later ones first. Raises SpecError for a field it does not have."""
    merged = {name: value for spec in specs for name, value in spec.items()}
    known = {field.name for field in dataclasses.fields(kind)}
    if set(merged) - known:
        raise SpecError(f"unknown fields of a plan: {', '.join(sorted(set(merged) - known))}")
    words = merged.get("words", ())
    if words and len(words) != 3:
        raise SpecError("'words' are three: waiting, running, done")
    return kind(**{**merged, "words": tuple(words)})
