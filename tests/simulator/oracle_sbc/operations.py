# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The five asynchronous operations and the one slot that shows the last of them, whoever asked for it.

Documented: the operations and what they need, the words, that a failed one is an answer 200, that users of the CLI and
the GUI show up in the slot. Recorded: the form of an answer. Assumed, and therefore settings or plans: how long the
slot still shows the operation before, what it shows when nothing ever ran, what a second operation meets while one
runs. Assumed too: an operation that is no longer shown goes on and has its effect.
"""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ..system import SpecError
from .answers import ApiError, Content, tree
from .config import Version

if t.TYPE_CHECKING:
    from ..ledger import Submission
    from .access import Party
    from .sbc import Sbc

SECONDS = {"save": 3.0, "verify": 2.0, "activate": 5.0, "restore": 4.0, "backup": 2.0}  # assumed: clients see seconds
SOURCES = {
    "restore": ("restoreSource", ("running", "saved", "backupFile")),
    "backup": ("backupSource", ("running", "saved", "editing")),
}
LOOKS_KEPT = 10_000


@dataclasses.dataclass(frozen=True)
class Plan:
    """How an operation goes; README.md explains each."""

    seconds: float
    polls: int = 0
    stale: float = 0.0
    stale_polls: int = 0
    status: str = "success"
    running_status: str = "inProgress"
    error_message: str | None = None
    additional_info: t.Any = None
    shown: str = ""


def make_plan(name: str, *parts: t.Mapping[str, t.Any]) -> Plan:
    """The parts one on top of the other. Raises SpecError."""
    if name not in SECONDS:
        raise SpecError(f"{name!r} is no operation: {', '.join(SECONDS)}")
    values: dict[str, t.Any] = {"seconds": SECONDS[name]}
    for part in parts:
        values.update(part)
    fields = {field.name: field for field in dataclasses.fields(Plan)}
    if set(values) - set(fields):
        raise SpecError(f"a plan has {', '.join(fields)}, not {', '.join(sorted(set(values) - set(fields)))}")
    for field, wanted in (("seconds", (int, float)), ("stale", (int, float)), ("polls", int), ("stale_polls", int)):
        if not isinstance(values.get(field, 0), wanted) or values.get(field, 0) < 0:
            raise SpecError(f"{field!r} of a plan is a number, 0 or more")
    for field in ("status", "running_status", "shown"):
        if not isinstance(values.get(field, ""), str):
            raise SpecError(f"{field!r} of a plan is a text")
    return Plan(**values)


def check_plans(operations: t.Mapping[str, t.Any], following: t.Iterable[t.Mapping[str, t.Any]]) -> None:
    """Raises SpecError for settings that hold no plans."""
    for name, part in operations.items():
        make_plan("save" if name == "*" else name, part)
    for part in following:
        plan = dict(part)
        make_plan(plan.pop("operation", "save"), plan)


@dataclasses.dataclass
class Operation:
    """One that was accepted. ``verdict`` is empty while it runs, then the last word, or ``interrupted``."""

    number: int
    name: str
    parameters: dict[str, str]
    plan: Plan
    party: Party
    submitted: float
    snapshot: Version | None
    record: Submission
    releases_lock: bool = False
    visible: float = 0.0
    end: float = 0.0
    stale_looks: int = 0
    looks: int = 0
    verdict: str = ""
    message: str | None = None

    @property
    def over(self) -> bool:
        return bool(self.verdict)

    def word(self) -> str:
        """As it stands in the slot."""
        if not self.over:
            return self.plan.running_status
        return "fail" if self.verdict == "interrupted" else self.verdict

    def content(self) -> Content:
        state: list[tuple[str, t.Any]] = [("operation", self.plan.shown or self.name), ("status", self.word())]
        if self.over and self.message is not None:
            state.append(("errorMessage", self.message))
        data: list[tuple[str, t.Any]] = [("operationState", state)]
        if self.over and self.plan.additional_info is not None:
            data.append(("additionalInfo", tree(self.plan.additional_info)))
        return data

    def describe(self) -> dict[str, t.Any]:
        return {
            "job": str(self.number),
            "operation": self.name,
            "status": self.word(),
            "verdict": self.verdict,
            "by": self.party.to_dict(),
        }


class Slot:
    """The status slot of one node."""

    def __init__(self, sbc: Sbc) -> None:
        self._sbc = sbc
        self._numbers = 0
        self.current: Operation | None = None
        self.coming: Operation | None = None
        self.operations: list[Operation] = []
        self.looks: collections.deque[dict[str, t.Any]] = collections.deque(maxlen=LOOKS_KEPT)

    @property
    def running(self) -> Operation | None:
        """The youngest that is not over."""
        for one in reversed(self.operations):
            if not one.over:
                return one
        return None

    def start(
        self,
        name: str,
        parameters: dict[str, str],
        plan: Plan,
        party: Party,
        when: float,
        *,
        releases_lock: bool = False,
    ) -> Operation:
        """Accepts an operation; that it may run was checked before."""
        for one in self.operations:
            if not one.over and one.plan.polls:
                self.hold(one, max(when, one.submitted + one.plan.seconds))  # nobody can look at it any more
        self._numbers += 1
        source = {"save": "editing", "activate": "saved", "backup": parameters.get("backupSource", "")}.get(name, "")
        snapshot = self._sbc.config.version(source) if source else self._restored(name, parameters)
        record = self._sbc.record(
            party,
            name,
            job=str(self._numbers),
            details={
                "parameters": parameters,
                "by": party.to_dict(),
                "lock_at_submit": self._sbc.lock.holder,
                "lock_at_end": None,
                "verdict": "",
                "error_message": None,
                "ended": "",
                "configuration": None if snapshot is None else snapshot.number,
            },
        )
        operation = Operation(
            number=self._numbers,
            name=name,
            parameters=parameters,
            plan=plan,
            party=party,
            submitted=when,
            snapshot=snapshot,
            record=record,
            releases_lock=releases_lock,
            visible=when + plan.stale,
            end=when + plan.seconds,
            stale_looks=plan.stale_polls,
        )
        self.operations.append(operation)
        self.coming = operation
        if not plan.polls:
            self._plan_end(operation)
        return operation

    def hold(self, operation: Operation, until: float) -> None:
        """It takes so long, whatever its plan was."""
        operation.plan = dataclasses.replace(operation.plan, polls=0)
        operation.end = until
        self._plan_end(operation)

    def look(self, session: str, now: float) -> Operation | None:
        """What is shown to a client that asks, and counts as a look."""
        coming = self.coming
        if coming is not None and coming.stale_looks:
            coming.stale_looks -= 1
        elif coming is not None and now >= coming.visible:
            self.current, self.coming = coming, None
        shown = self.current
        if shown is not None and shown.plan.polls and not shown.over:
            shown.looks += 1
            if shown.looks >= shown.plan.polls:
                self.finish(shown, now)
        self.looks.append(
            {
                "time": self._sbc.iso(now),
                "session": session,
                "job": "" if shown is None else str(shown.number),
                "status": "" if shown is None else shown.word(),
            }
        )
        return shown

    def finish(self, operation: Operation, when: float) -> None:
        """Its verdict, and what it does to the configuration."""
        failure = self._sbc.effect(operation, when) if operation.plan.status == "success" else None
        if failure is not None:
            self._close(operation, "fail", failure, when)
        else:
            self._close(operation, operation.plan.status, operation.plan.error_message, when)

    def interrupt(self, when: float, *, keep: bool) -> None:
        """A reboot or a switchover: nothing of what runs takes effect; the slot survives or not."""
        for one in self.operations:
            if not one.over:
                self._close(one, "interrupted", "Operation interrupted", when)
        if not keep:
            self.current = self.coming = None

    def _plan_end(self, operation: Operation) -> None:
        def due(when: float) -> None:
            if not operation.over and not operation.plan.polls and when >= operation.end:
                self.finish(operation, when)

        self._sbc.later(operation.end, due)

    def _close(self, operation: Operation, verdict: str, message: str | None, when: float) -> None:
        operation.verdict, operation.message, operation.end = verdict, message, when
        details = operation.record.details
        details.update(
            verdict=verdict, error_message=message, ended=self._sbc.iso(when), lock_at_end=self._sbc.lock.holder
        )
        if operation.releases_lock and self._sbc.lock.held_by(operation.party, ""):
            self._sbc.lock.end("released", when)

    def _restored(self, name: str, parameters: t.Mapping[str, str]) -> Version | None:
        if name != "restore":
            return None
        source = parameters["restoreSource"]
        if source == "backupFile":
            return self._sbc.backups.get(parameters["filename"])
        return self._sbc.config.version(source)


def check_parameters(name: str, parameters: t.Mapping[str, str]) -> None:
    """Raises ApiError 400 when a required parameter is missing or wrong (documented which are required)."""
    if name not in SOURCES:
        return
    parameter, known = SOURCES[name]
    if parameters.get(parameter) not in known:
        raise ApiError(400, f"{parameter} must be one of: {', '.join(known)}")
    wants_file = name == "backup" or parameters[parameter] == "backupFile"
    filename = parameters.get("filename", "")
    if wants_file and (not filename or "/" in filename):
        raise ApiError(400, "filename is required, without a path")
