# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rule: what has to become of a run that is hit. docs/faults.md gives the reasons."""

from __future__ import annotations

import dataclasses
import typing as t

from .places import Known, Role, Span
from .scenario import Found

if t.TYPE_CHECKING:
    from .places import Fault, Place
    from .scenario import Scenario


@dataclasses.dataclass(frozen=True)
class Clean:
    """What an undisturbed run came to: its outcome, and how many submissions that count."""

    outcome: str
    effects: int


@dataclasses.dataclass(frozen=True)
class Expected:
    """The outcomes that are right, the least and the most submissions, and whether a warning has to be given."""

    outcomes: frozenset[str]
    least: int
    most: int
    warned: bool = False

    @classmethod
    def of(cls, outcome: str, effects: int, more: int = 0, *, warned: bool = False) -> Expected:
        return cls(frozenset(outcome.split("|")), effects, effects + more, warned)


RESTARTS = frozenset({"restart", "reboot", "switchover"})
"""Steps of submissions of which no list tells: what counts is whether they come."""


def expected(scenario: Scenario, clean: Clean, place: Place, fault: Fault, span: Span) -> Expected:
    well = Expected.of(clean.outcome, clean.effects)
    for_ever = span in (Span.STEP, Span.ALL)
    if place.role is Role.SUBMIT:
        return _submission(scenario, clean, place, fault, span)
    if place.first and not fault.speaks and place.role in (Role.LOGIN, Role.ASK, Role.TAKE):
        # More likely a wrong address than an outage: said at once.
        return Expected.of("unreachable", 0)
    if place.role is Role.RELEASE:
        # A request that is answered without a body succeeds for whoever sees an empty answer.
        # A query that is not freed goes by itself, and nobody is told of it.
        told = not (place.empty and fault.name.startswith("empty")) and place.step != "finish"
        return dataclasses.replace(well, warned=for_ever and told)
    if place.role is Role.LOOK and scenario.asked_anew and fault.known is Known.AFTER:
        outcome = "unreachable" if for_ever else clean.outcome
        return Expected.of(outcome, place.before, scenario.asked_anew)
    if place.role is Role.FETCH and scenario.read_once and fault.known is Known.AFTER:
        # Where nobody answers any more, it cannot be seen that it is gone.
        return Expected.of("lost" if span is not Span.ALL else "lost|unreachable", clean.effects)
    if (place.kind, place.step) in scenario.optional and for_ever:
        return Expected.of(f"unreachable|{clean.outcome}", place.before, clean.effects - place.before)
    if place.role is Role.FETCH and scenario.unchecked and fault.name.startswith("garbage"):
        return dataclasses.replace(well, outcomes=frozenset({clean.outcome, "unreachable"}))
    if place.role is Role.FETCH and scenario.if_empty and fault.name.startswith("empty") and for_ever:
        return Expected.of(f"unreachable|{scenario.if_empty}", place.before)
    return Expected.of("unreachable", place.before) if for_ever else well


def _submission(scenario: Scenario, clean: Clean, place: Place, fault: Fault, span: Span) -> Expected:
    well, found = Expected.of(clean.outcome, clean.effects), scenario.found
    if place.step in RESTARTS:
        found = Found.WATCHED
    for_ever = span in (Span.STEP, Span.ALL)
    arrived = place.before + (fault.known is Known.AFTER)
    if fault.known is Known.UNPROCESSED:
        return Expected.of("unreachable", place.before) if for_ever else well
    if found is Found.WATCHED:
        if span is Span.ALL:
            return Expected.of("unreachable", arrived)
        return well if fault.known is Known.AFTER else Expected.of("failed", place.before)
    if place.first and span is not Span.STEP and fault.rule["fault"] == "outage":
        return dataclasses.replace(Expected.of("unreachable|lost", arrived), most=arrived)
    if found is Found.NEVER:
        return Expected.of("lost", arrived)
    if span is Span.ALL and found is Found.BY_EFFECT:
        return Expected.of("unreachable", arrived)
    if span is Span.ALL:
        # Nobody answers the search for it.
        return (
            Expected.of("lost", arrived)
            if found is not Found.HARMLESS
            else Expected.of("lost|unreachable", arrived, scenario.resent)
        )
    if found is Found.IF_SHOWN:
        return well if fault.known is Known.AFTER else Expected.of("lost", place.before)
    if fault.known is Known.BEFORE:
        return Expected.of("unreachable", place.before) if for_ever else well
    if found in (Found.SURELY, Found.BY_EFFECT):
        return well
    if for_ever:
        return Expected.of(f"{clean.outcome}|unreachable", arrived, scenario.resent)
    return Expected.of(clean.outcome, clean.effects, scenario.resent)
