# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that a test injects: which request is hit, how often, and how."""

from __future__ import annotations

import dataclasses
import typing as t

from .system import Facts, SpecError

# What happens to the request, in the words of the control API. Each system adds kinds of its own.
COMMON_FAULTS = frozenset(
    {
        "drop_before",
        "drop_after",
        "cut_body",
        "status",
        "html",
        "garbage",
        "empty",
        "slow",
        "delayed_effect",
        "huge",
        "trickle",
        "reply",
        "wrong_length",
        "chunked",
        "no_length",
        "stall",
        "slow_body",
        "outage",
    }
)
STATUS_FAULTS = {f"status_{code}": code for code in (400, 401, 403, 404, 429, 500, 502, 503, 504)}
OPTIONS = frozenset(
    {
        "when",
        "status",
        "seconds",
        "retry_after",
        "reset",
        "bytes",
        "body",
        "content_type",
        "answer",
        "text",
        "code",
        "mode",
    }
)
MATCHES = frozenset({"type", "step", "cmd_contains", "target", "method"})


@dataclasses.dataclass
class Fault:
    """One rule. ``times`` is None for "for ever"; ``hits`` counts the requests it was applied to.

    From its first hit on, a rule that ``spreads`` hits every request of the device, whatever it is, and one that
    ``lasts`` ends so many simulated seconds later.
    """

    id: int
    device: str
    match: dict[str, str]
    kind: str
    options: dict[str, t.Any]
    skip: int
    times: int | None
    lasts: float | None = None
    spreads: bool = False
    hits: int = 0
    until: float | None = None

    def matches(self, device: str, facts: Facts, method: str) -> bool:
        if self.device not in ("*", device):
            return False
        if self.spreads and self.hits:
            return True
        found = {"type": facts.kind, "step": facts.step, "target": facts.target, "method": method}
        return all(
            value in facts.text if name == "cmd_contains" else found[name] == value
            for name, value in self.match.items()
        )

    def to_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


class FaultBook:
    """All rules, in the order they were given. The first one that matches and is not used up is applied."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._next = 1

    def add(self, spec: t.Mapping[str, t.Any], vendor_kinds: t.Collection[str]) -> Fault:
        """Adds a rule. Raises SpecError for an unknown field, kind or match."""
        kind = str(spec.get("fault", ""))
        options = {name: value for name, value in spec.items() if name in OPTIONS}
        unknown = set(spec) - OPTIONS - {"device", "match", "fault", "skip", "times", "lasts", "spreads"}
        if unknown:
            raise SpecError(f"unknown fields of a fault: {', '.join(sorted(unknown))}")
        if kind in STATUS_FAULTS:
            kind, options["status"] = "status", STATUS_FAULTS[kind]
        if kind not in COMMON_FAULTS and kind not in vendor_kinds:
            known = sorted(COMMON_FAULTS | set(STATUS_FAULTS) | set(vendor_kinds))
            raise SpecError(f"unknown fault {kind!r}: one of {', '.join(known)}")
        if options.get("when", "before") not in ("before", "after"):
            raise SpecError("'when' is before or after")
        match = dict(spec.get("match") or {})
        if set(match) - MATCHES:
            raise SpecError(f"a fault matches by {', '.join(sorted(MATCHES))}")
        times = spec.get("times", 1)
        if times != "forever" and (not isinstance(times, int) or times < 1):
            raise SpecError("'times' is a positive number or forever")
        rule = Fault(
            id=self._next,
            device=str(spec.get("device", "*")),
            match=match,
            kind=kind,
            options=options,
            skip=int(spec.get("skip", 0)),
            times=None if times == "forever" else times,
            lasts=None if spec.get("lasts") is None else float(spec["lasts"]),
            spreads=bool(spec.get("spreads", False)),
        )
        self._next += 1
        self._rules.append(rule)
        return rule

    def take(self, device: str, facts: Facts, method: str, now: float) -> Fault | None:
        """The rule to apply to this request at the simulated time *now*, counted as used; or None."""
        for rule in self._rules:
            if not rule.matches(device, facts, method) or (rule.until is not None and now >= rule.until):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.times is not None:
                if rule.times == 0:
                    continue
                rule.times -= 1
            rule.hits += 1
            if rule.lasts is not None and rule.until is None:
                rule.until = now + rule.lasts
            return rule
        return None

    def remove(self, rule_id: int | None = None) -> None:
        """Removes one rule, or all."""
        self._rules = [] if rule_id is None else [rule for rule in self._rules if rule.id != rule_id]

    def to_list(self) -> list[dict[str, t.Any]]:
        return [rule.to_dict() for rule in self._rules]
