# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many trials, and the table of what became of them."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import random
import typing as t
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from .disturbance import Disturbance, draw
from .trial import WAYS, Outcome, Trial, Way

if t.TYPE_CHECKING:
    from ..simulator.client import Simulator


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one trial does; the same seed and number give the same plan. Only the timing of the machine differs."""

    number: int
    way: Way
    disturbance: Disturbance
    chance: random.Random

    @classmethod
    def of(cls, seed: int, number: int) -> Plan:
        chance = random.Random(f"{seed}/{number}")
        return cls(number, WAYS[number % len(WAYS)], draw(chance), chance)


def run_all(
    plans: t.Sequence[Plan], simulator: Simulator, *, parallel: int, collections: str, record: pathlib.Path
) -> list[Outcome]:
    """Run the trials, *parallel* at a time, and append a JSON line for each to *record*."""
    expected = calibrate(simulator, parallel, collections)

    def run(plan: Plan) -> Outcome:
        trial = Trial(
            plan.number, plan.way, plan.disturbance, simulator, expected=expected[plan.way], collections=collections
        )
        return trial.outcome(plan.chance)

    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(parallel) as pool, record.open("a", encoding="utf-8") as lines:
        for outcome in pool.map(run, plans):
            outcomes.append(outcome)
            lines.write(json.dumps(outcome.record()) + "\n")
            lines.flush()
            if not outcome.well or outcome.account.double or outcome.account.lost:
                kept = record.with_name(f"{record.stem}-{outcome.number}.txt")
                kept.write_text("\n----\n".join(run.output for run in outcome.runs), encoding="utf-8")
    return outcomes


def calibrate(simulator: Simulator, parallel: int, collections: str) -> dict[Way, float]:
    """How many real seconds an undisturbed run takes each way at least, with as many at a time as in the trials."""
    nothing = Disturbance("none", "none")

    def run(number: int) -> Outcome:
        way = WAYS[number % len(WAYS)]
        trial = Trial(10_000 + number, way, nothing, simulator, expected=0, collections=collections)
        return trial.outcome(random.Random(number))

    with ThreadPoolExecutor(parallel) as pool:
        outcomes = list(pool.map(run, range(max(parallel, len(WAYS)) * 2)))
    for outcome in outcomes:
        if outcome.reruns or outcome.account.double or outcome.account.lost or outcome.account.idle:
            raise RuntimeError(f"an undisturbed run went wrong: {outcome.record()}\n{outcome.runs[0].output}")
    return {way: min(one.runs[0].seconds for one in outcomes if one.way == way) for way in WAYS}


COLUMNS = ("trials", "hit", "reruns", "adopted", "idle", "not well", "double", "lost")


def _figures(outcomes: t.Sequence[Outcome]) -> tuple[int, ...]:
    return (
        len(outcomes),
        sum(one.hit for one in outcomes),
        sum(one.reruns for one in outcomes),
        sum(one.adopted for one in outcomes),
        sum(one.account.idle for one in outcomes),
        sum(not one.well for one in outcomes),
        sum(one.account.double for one in outcomes),
        sum(one.account.lost for one in outcomes),
    )


def table(outcomes: t.Sequence[Outcome]) -> str:
    """In Markdown, a line for each disturbance and way, and one for all."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.disturbance.row, outcome.way].append(outcome)
    lines = [("disturbance", "way", *COLUMNS)]
    lines += [(*group, *map(str, _figures(found))) for group, found in sorted(groups.items())]
    for way in WAYS:
        lines.append(("all", way, *map(str, _figures([one for one in outcomes if one.way == way]))))
    lines.append(("all", "both", *map(str, _figures(outcomes))))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rows = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([rows[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rows[1:]])


def failures(outcomes: t.Iterable[Outcome]) -> list[Outcome]:
    """The trials that show a defect: a change committed twice or not at all, or a play that never ended well."""
    return [one for one in outcomes if one.account.double or one.account.lost or not one.well]
