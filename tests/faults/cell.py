# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One cell of the matrix: a scenario that is hit at one place by one fault for one span."""

from __future__ import annotations

import dataclasses
import typing as t

from .places import FAULTS, PATIENCE, Fault, Place, Span, places_of, planted, spans_of
from .rule import Clean, Expected, expected
from .run import TIMING, Ran, Stage, stage
from .scenario import PASSWORD, Found, Scenario

if t.TYPE_CHECKING:
    from ..simulator.client import Simulator

ENDED_WELL = frozenset({"succeeded", "nothing_to_do"})
SLACK = 45.0
"""Seconds that a run may take beyond its bounds: looks under way, giving back a lock."""


@dataclasses.dataclass(frozen=True)
class Cell:
    scenario: Scenario
    place: Place
    fault: Fault
    span: Span

    def __str__(self) -> str:
        return f"{self.scenario.name}; {self.place}; {self.fault.name}; {self.span.value}"


@dataclasses.dataclass(frozen=True)
class Judged:
    """What became of a cell: *wrong* says which parts of the rule it breaks, nothing if none."""

    cell: Cell
    outcome: str
    effects: int
    wrong: tuple[str, ...]
    message: str
    again: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        cell = self.cell
        return {
            "scenario": cell.scenario.name,
            "place": str(cell.place),
            "role": cell.place.role.value,
            "fault": cell.fault.name,
            "span": cell.span.value,
            "outcome": self.outcome,
            "effects": self.effects,
            "again": self.again,
            "wrong": list(self.wrong),
            "message": self.message,
        }


def recorded(scenario: Scenario, simulator: Simulator) -> tuple[Clean, list[Place]]:
    """Run *scenario* undisturbed and return what it came to and its places."""
    with stage(scenario, simulator) as one:
        ran = one.run()
        requests = one.requests()
        clean = Clean(ran.outcome, one.effects())
    if ran.outcome not in (*ENDED_WELL, "failed"):
        raise RuntimeError(f"{scenario.name} ended as {ran.outcome} undisturbed: {ran.result.get('msg')}")
    return clean, places_of(requests, scenario.effects)


def cells_of(scenario: Scenario, places: list[Place]) -> list[Cell]:
    return [
        Cell(scenario, place, fault, span)
        for place in places
        for fault in FAULTS
        if not fault.systems or scenario.system in fault.systems
        for span in spans_of(place, fault)
    ]


def judge(cell: Cell, clean: Clean, simulator: Simulator, *, patience: float = PATIENCE) -> Judged:
    """Run *cell* and compare what became of it with the rule."""
    wanted = expected(cell.scenario, clean, cell.place, cell.fault, cell.span)
    more: dict[str, t.Any] = {"request_timeout": patience} if cell.fault.slow else {}
    with stage(cell.scenario, simulator) as one:
        rule = planted(cell.fault, cell.place, cell.span)
        if cell.fault.slow and "seconds" in rule:
            rule["seconds"] = 3 * patience
        kind, device = rule.pop("fault"), rule.pop("device")
        planted_id = simulator.fault(kind, device, **rule)["id"]
        ran = one.run(**more)
        hit = any(known["id"] == planted_id and known["hits"] for known in simulator.faults())
        if "seconds" in rule and kind == "delayed_effect":
            one.let_pass(rule["seconds"] + 1)
        effects = one.effects()
        wrong = _wrong(cell, wanted, ran, effects)
        if not hit:
            wrong.append("the fault never met a request")
        if kind != "delayed_effect":  # else it may have been taken when the run was over
            wrong += _left_behind(one, simulator, ran)
        again = ""
        if not wrong and ran.outcome not in (*ENDED_WELL, clean.outcome):
            simulator.clear_faults()
            for address in one.addresses if kind == "outage" else ():
                simulator.outage(address, "none")
            again, more_wrong = _run_again(cell, one, clean, effects)
            wrong += more_wrong
    return Judged(cell, ran.outcome, effects, tuple(wrong), str(ran.result.get("msg")), again)


def _wrong(cell: Cell, wanted: Expected, ran: Ran, effects: int) -> list[str]:
    wrong = []
    if ran.outcome not in wanted.outcomes:
        wrong.append(f"ended as {ran.outcome}, not {' or '.join(sorted(wanted.outcomes))}")
    if not wanted.least <= effects <= wanted.most:
        wrong.append(f"{effects} submissions, not {wanted.least} to {wanted.most}")
    if wanted.warned and not ran.warnings:
        wrong.append("no warning")
    if "in netops.jobs:" in ran.told or "Traceback" in ran.told:
        wrong.append("an error that nobody foresaw")
    if PASSWORD in ran.told:
        wrong.append("a secret in the result")
    if bool(ran.result.get("failed")) == (ran.outcome in ENDED_WELL):
        wrong.append("failed says something else than the outcome")
    bound = TIMING["wait_timeout"] + SLACK
    if ran.seconds > bound:
        wrong.append(f"took {ran.seconds:.0f} s, more than {bound:.0f} s")
    return wrong


def _left_behind(one: Stage, simulator: Simulator, ran: Ran) -> list[str]:
    """A lock, or a part of a file, may only stay where a warning says so."""
    wrong = [f"a part of a file is left: {path.name}" for path in one.folder.rglob("*.part")]
    if ran.warnings or ran.outcome == "running":
        return wrong
    for address in one.addresses:
        device = simulator.device(address)
        held = device.get("locks") or (device.get("lock") or {}).get("user")
        if held:
            wrong.append(f"the lock is left, and no warning says so: {held}")
    return wrong


def _run_again(cell: Cell, one: Stage, clean: Clean, effects: int) -> tuple[str, list[str]]:
    """Run the task once more, as a person would, undisturbed."""
    ran = one.run(seed=1)
    total = one.effects()
    wrong = []
    if ran.outcome not in (*ENDED_WELL, clean.outcome, cell.scenario.then):
        wrong.append(f"the run after it ended as {ran.outcome}: {ran.result.get('msg')}")
    scenario = cell.scenario
    unaware = scenario.repeats or scenario.read_once or scenario.found is Found.NEVER
    most = clean.effects + (effects if unaware else 0)
    if scenario.then and ran.outcome == scenario.then:
        return ran.outcome, wrong
    if not clean.effects <= total <= most:
        wrong.append(f"with the run after it {total} submissions, not {clean.effects} to {most}")
    return ran.outcome, wrong
