# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kill trial does, what came of it, and the ledger of many."""

from __future__ import annotations

import dataclasses
import json
import random
import typing as t
from collections import defaultdict

from .scenario import Found
from .systems.all import SCENARIOS

if t.TYPE_CHECKING:
    from collections.abc import Sequence

WAYS = ("as a module", "in a worker")
DISTURBANCES = ("SIGKILL", "SIGTERM", "SIGINT", "connections reset")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one trial does; the same seed and number give the same plan. Only the timing of the machine differs.

    *held*: the share of the places at which the answer is held back, None for none. *moment*: the share of the time of
    an undisturbed run, or of the pause.
    """

    number: int
    scenario: str
    way: str
    disturbance: str
    held: float | None
    when: str
    moment: float

    @classmethod
    def of(cls, seed: int, number: int, names: Sequence[str]) -> Plan:
        chance = random.Random(f"{seed}/{number}")
        return cls(
            number,
            names[number % len(names)],
            chance.choice(WAYS),
            chance.choice(DISTURBANCES),
            chance.random() if chance.random() < 0.5 else None,
            chance.choice(("before", "after")),
            chance.random(),
        )


DEAF = 97
"""The exit code of a run that was told to end before or after the time in which it listens to that."""


@dataclasses.dataclass(frozen=True)
class Ran:
    """One run in a process: its exit code (None where it had to be killed because it hung), what it returned (nothing
    where it was killed), its real seconds."""

    code: int | None
    result: dict[str, t.Any]
    seconds: float

    @property
    def outcome(self) -> str:
        return str(self.result.get("outcome", ""))

    def owed(self, *, killed: bool = False, at_work: bool = True, accepted: bool = False) -> str:
        """Return what it owed and did not give, empty where that is nothing.

        A run gives a result, also where SIGTERM or SIGINT tells it to end once it is surely *at_work*; what is *killed*
        by SIGKILL owes nothing. Where a job was *accepted*, and the run had the answer, its handle is in the result.
        """
        if self.code is None:
            return "hung"
        if killed or (self.code == DEAF and not at_work):
            return ""
        if not self.outcome:
            return f"gave no result, exit code {self.code}"
        text = json.dumps(self.result)
        if "in netops.jobs:" in text or "Traceback" in text:
            return "had an error that nobody foresaw"
        jobs = (self.result.get("job"), *self.result.get("jobs", ()))
        return "gave no handle" if accepted and not any(job and job.get("handle") for job in jobs) else ""


@dataclasses.dataclass(frozen=True)
class Trial:
    """What became of a plan. *place*: what was held back; *hit*: the disturbance came while the run was under way;
    *owed*: what a run owed and did not give, for each such run."""

    plan: Plan
    place: str
    hit: bool
    outcomes: tuple[str, ...]
    adopted: bool
    effects: int
    wanted: int
    well: bool
    strays: int
    found: Found
    repeats: bool
    message: str = ""
    owed: tuple[str, ...] = ()

    @property
    def findable(self) -> bool:
        """Whether the second run can tell what the first one has done."""
        return self.found is not Found.NEVER and not self.repeats

    @property
    def double(self) -> bool:
        return self.findable and self.effects > self.wanted

    @property
    def lost(self) -> bool:
        return self.effects < self.wanted

    @property
    def more(self) -> int:
        """Submissions beyond those of an undisturbed run, of operations that are done again when they are run again."""
        return 0 if self.findable else max(0, self.effects - self.wanted)

    @property
    def unbounded(self) -> bool:
        """Whether one run sent more than one task may."""
        return self.more > self.wanted * (len(self.outcomes) - 1) + (2 if self.found is Found.HARMLESS else 0)

    @property
    def wrong(self) -> bool:
        return self.double or self.lost or self.unbounded or not self.well or bool(self.strays or self.owed)

    def to_dict(self) -> dict[str, t.Any]:
        return {
            **dataclasses.asdict(self.plan),
            **{
                name: getattr(self, name) for name in ("place", "hit", "adopted", "effects", "wanted", "well", "strays")
            },
            **{name: getattr(self, name) for name in ("double", "lost", "more", "wrong", "message")},
            "outcomes": list(self.outcomes),
            "owed": list(self.owed),
        }


COLUMNS = ("trials", "hit", "runs again", "adopted", "again", "not well", "broken", "double", "lost")


def _figures(trials: Sequence[Trial]) -> list[int]:
    return [
        len(trials),
        sum(one.hit for one in trials),
        sum(len(one.outcomes) - 1 for one in trials),
        sum(one.adopted for one in trials),
        sum(one.more for one in trials),
        sum(not one.well or bool(one.strays) for one in trials),
        sum(bool(one.owed) for one in trials),
        sum(one.double or one.unbounded for one in trials),
        sum(one.lost for one in trials),
    ]


def ledger(trials: Sequence[Trial]) -> str:
    """In Markdown: a line for each operation, and one for each disturbance."""

    def lines(key: t.Callable[[Trial], str], order: t.Sequence[str]) -> list[str]:
        groups: dict[str, list[Trial]] = defaultdict(list)
        for one in trials:
            groups[key(one)].append(one)
        names = [name for name in order if name in groups]
        return [f"| {name} | " + " | ".join(map(str, _figures(groups[name]))) + " |" for name in names]

    def described(one: Trial) -> str:
        return f"{one.plan.disturbance}, {'at any moment' if one.plan.held is None else 'answer held back'}"

    head = f"|  | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}"
    whole = "| all | " + " | ".join(map(str, _figures(trials))) + " |"
    kinds = [f"{name}, {how}" for name in DISTURBANCES for how in ("at any moment", "answer held back")]
    by_operation = lines(lambda one: one.plan.scenario, [one.name for one in SCENARIOS])
    by_kind = lines(described, kinds) + lines(lambda one: one.plan.way, WAYS)
    return "\n".join([head, *by_operation, whole, "", head, *by_kind, whole])
