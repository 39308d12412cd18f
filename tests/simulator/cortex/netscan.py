# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network scans: definitions, and runs that last hours, pause and end."""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import typing as t
import zoneinfo

from ..system import Reply, SpecError
from .answers import ApiError, answer, invalid
from .strict import ROOT, specification
from .work import make_plan

if t.TYPE_CHECKING:
    from .keys import Key
    from .tenant import Tenant

FINAL = ("Completed", "Failed", "Canceled")
NOT_FOUND = "Run ID not found"  # documented
NOT_PERFORMED = "Run ID not found or command cannot be performed"  # documented
COMMANDS = ("ABORT", "PAUSE", "RESUME")
DAY = 86400.0


@dataclasses.dataclass(frozen=True)
class RunPlan:
    """How a run will go. ``seconds`` is the time it works: pauses come on top.

    ``pauses``: pairs of seconds, after so much work for so long. ``states``: when given, each look shows the next of
    these words, whatever the clock says; the last one stays. ``end``: Completed, Failed or Canceled.
    """

    pending: float = 60.0
    seconds: float = 7200.0
    pauses: tuple[tuple[float, float], ...] = ()
    pausing: float = 30.0
    canceling: float = 60.0
    states: tuple[str, ...] = ()
    end: str = "Completed"


@dataclasses.dataclass
class Definition:
    """What a scan is to do. ``quiet`` are pairs of seconds of the day in ``zone``."""

    id: int
    body: dict[str, t.Any]

    @property
    def zone(self) -> datetime.tzinfo:
        name = self.body["schedule_timezone"]
        # The usual one is known also where there is no data of time zones.
        return datetime.timezone.utc if name == "UTC" else zoneinfo.ZoneInfo(name)

    @property
    def quiet(self) -> list[tuple[int, int]]:
        return [(seconds(window["start"]), seconds(window["end"])) for window in self.body["schedule_quiet_hours"]]

    def quiet_until(self, now: float) -> float | None:
        """When the quiet hours end in which that moment is; None outside them."""
        for start, end in self._windows(now):
            if start <= now < end:
                return end
        return None

    def next_quiet(self, now: float) -> float | None:
        starts = [start for start, _end in self._windows(now) if start > now]
        return min(starts, default=None)

    def _windows(self, now: float) -> t.Iterator[tuple[float, float]]:
        day = datetime.datetime.fromtimestamp(now, self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for shift in (-1, 0, 1, 2):
            midnight = (day + datetime.timedelta(days=shift)).timestamp()
            for start, end in self.quiet:
                yield midnight + start, midnight + (end if end > start else end + DAY)


@dataclasses.dataclass
class Run:
    """One run, moved on to the moment whenever it is looked at."""

    id: int
    definition: Definition
    target: str
    plan: RunPlan
    since: float
    quiet: bool
    state: str = "New"
    worked: float = 0.0
    until: float | None = None
    looks: int = 0
    _free_until: float = 0.0
    _paused: int = 0

    def look(self, now: float) -> str:
        self.looks += 1
        return self.word(now)

    def word(self, now: float) -> str:
        if self.plan.states:
            return self.plan.states[max(0, min(self.looks, len(self.plan.states)) - 1)]
        self.move(now)
        return self.state

    def over(self, now: float) -> bool:
        return self.word(now) in FINAL

    def move(self, now: float) -> None:
        """Does what happened by itself since the last time."""
        while True:
            when, state = self._next()
            if when is None or when > now:
                return
            self._enter(state, when)

    def _next(self) -> tuple[float | None, str]:
        """When this state ends, and what follows."""
        if self.state == "New":
            return self.since + self.plan.pending, "Running"
        if self.state == "Running":
            return min(self._endings())
        if self.state == "Pausing":
            return self.since + self.plan.pausing, "Paused"
        if self.state == "Paused":
            return self.until, "Running"
        if self.state == "Canceling":
            return self.since + self.plan.canceling, "Canceled"
        return None, ""

    def _endings(self) -> t.Iterator[tuple[float, str]]:
        yield self.since + self.plan.seconds - self.worked, self.plan.end
        if self._paused < len(self.plan.pauses):
            yield self.since + max(0.0, self.plan.pauses[self._paused][0] - self.worked), "Pausing"
        if self.quiet:
            begin = max(self.since, self._free_until)
            start = begin if self.definition.quiet_until(begin) else self.definition.next_quiet(begin)
            if start is not None:
                yield start, "Pausing"

    def _enter(self, state: str, when: float) -> None:
        if self.state == "Running":
            self.worked += when - self.since
        if state == "Pausing":
            quiet_end = self.definition.quiet_until(when) if self.quiet and when >= self._free_until else None
            if quiet_end is not None:
                self.until = max(quiet_end, when + self.plan.pausing)
            else:
                self.until = when + self.plan.pausing + self.plan.pauses[self._paused][1]
                self._paused += 1
        self.state, self.since = state, when

    # Commands

    def command(self, command: str, now: float) -> bool:
        """Whether it can be performed (when: assumed, from the words of the states)."""
        state = self.word(now)
        if command == "ABORT" and state not in (*FINAL, "Canceling"):
            self._continue("Canceling", "Canceled", now)
        elif command == "PAUSE" and state == "Running":
            self._continue("Pausing", "Paused", now)
            self.until = None
        elif command == "RESUME" and state in ("Pausing", "Paused"):
            # Who resumes in quiet hours wants it to run in them (assumed).
            self._free_until = self.definition.quiet_until(now) or 0.0
            self._continue("Running", "", now)
        else:
            return False
        return True

    def _continue(self, state: str, follows: str, now: float) -> None:
        if not self.plan.states:
            if self.state == "Running":
                self.worked += now - self.since
            self.state, self.since = state, now
            return
        rest = self.plan.states[self.looks :]
        if state == "Running":
            states = tuple(word for word in rest if word not in ("Pausing", "Paused")) or ("Running",)
        elif state == "Pausing":
            states = ("Pausing", "Paused")
        else:
            states = (state, follows)
        self.plan, self.looks = dataclasses.replace(self.plan, states=states), 0

    def hold(self, now: float, more: float) -> None:
        """It works on for so long from now."""
        self.move(now)
        worked = self.worked + (now - self.since if self.state == "Running" else 0.0)
        self.plan = dataclasses.replace(self.plan, states=(), seconds=worked + more)


class NetworkScans:
    """The definitions and runs of one tenant. There is no list of either (documented: six calls in all)."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.definitions: dict[int, Definition] = {}
        self.runs: dict[int, Run] = {}

    def add(self, specs: t.Mapping[str, t.Any]) -> None:
        """Definitions that are there already: id to what of the body differs. Raises SpecError."""
        made = {}
        for name, spec in specs.items():
            body = {**EXAMPLE, "name": f"Scan {name}", **spec}
            problems = specification().problems(f"{ROOT}/definition", body)
            if problems or not str(name).isdigit():
                raise SpecError(f"definition {name}: {problems or 'the id is a number'}")
            made[int(name)] = Definition(int(name), body)
            check_times(made[int(name)])
        self.definitions = {**self.definitions, **made}

    def configure(self, key: Key, body: dict[str, t.Any]) -> Reply:
        """Creates a definition, or updates that of ``definition_id``. 201 for both (an update: assumed)."""
        problems = specification().problems(f"{ROOT}/definition", body)
        if problems:
            raise invalid(*problems, status=422)
        tenant, settings = self._tenant, self._tenant.settings
        identity = body.get("definition_id")
        if body["vt_config_id"] in settings.missing_templates or (
            identity is not None and identity not in self.definitions
        ):
            raise ApiError(404, "VT template not found or cannot create a new scan definition")
        created = identity is None
        if created:
            identity = max([settings.first_definition_id - 1, *self.definitions]) + 1
        definition = Definition(t.cast("int", identity), {**body, "definition_id": identity})
        try:
            check_times(definition)
        except SpecError as exc:
            raise invalid(("schedule_timezone", str(exc)), status=422) from exc
        self.definitions[definition.id] = definition
        tenant.record(
            key,
            "scan-definition",
            job=str(identity),
            description=body["name"],
            details={"effect": "created" if created else "updated"},
        )
        done = "created" if created else "updated"
        return answer({"definition_id": identity, "message": f"Scan {done} successfully"}, 201)

    def launch(self, key: Key, body: t.Any, path_id: str | None = None) -> Reply:
        path = f"{ROOT}/run" if path_id is None else f"{ROOT}/run/{{id}}"
        problems = specification().problems(path, body)
        if problems:
            raise invalid(*problems)
        wanted = body["request_data"]
        identity = wanted["definition_id"]
        if path_id is not None and number(path_id, "id") != identity:
            raise invalid(("id", "is not the definition_id of the body"))
        settings, now = self._tenant.settings, self._tenant.now()
        if "target" in wanted and settings.check_target and not is_target(wanted["target"]):
            raise invalid(("target", "is no IP address and no range"))
        if identity not in self.definitions:
            raise ApiError(404, "Not found")
        running = [run for run in self.runs.values() if run.definition.id == identity and not run.over(now)]
        if running and settings.second_launch == "refused":
            raise ApiError(500, "Scan is already running")
        details = {"definition_id": identity, "target": wanted.get("target", ""), "effect": "run"}
        if running and settings.second_launch == "same_run":
            run = running[-1]
            details["effect"] = "none"
        else:
            run = self.start(identity, wanted.get("target", ""), manual=not settings.quiet_hours_apply)
        self._tenant.record(
            key, "network-scan", job=str(run.id), description=run.definition.body["name"], details=details
        )
        return self._sentence(settings.launch_sentence, run)

    def start(self, identity: int, target: str = "", *, manual: bool = True) -> Run:
        settings = self._tenant.settings
        plan = make_run_plan(settings.runs, settings.next_runs.pop(0) if settings.next_runs else {})
        run = Run(
            id=max([settings.first_run_id - 1, *self.runs]) + 1,
            definition=self.definitions[identity],
            target=target,
            plan=plan,
            since=self._tenant.now(),
            quiet=not manual,
        )
        self.runs[run.id] = run
        return run

    def status(self, identity: str, fields: t.Sequence[str]) -> Reply:
        if not fields or not all(fields):
            raise invalid(("fields", "Field required"))
        run = self._run(identity, NOT_FOUND)
        return self._sentence(self._tenant.settings.status_sentence, run, run.look(self._tenant.now()))

    def command(self, key: Key, identity: str, body: t.Any) -> Reply:
        problems = specification().problems(f"{ROOT}/run/{{id}}/command", body)
        if problems:
            raise invalid(*problems)
        run, command, now = self._run(identity, NOT_PERFORMED), body["request_data"]["type"], self._tenant.now()
        before = run.word(now)
        if not run.command(command, now):
            raise ApiError(404, NOT_PERFORMED)
        details = {"from": before, "to": run.word(now)}
        self._tenant.record(key, "scan-command", job=str(run.id), description=command, details=details)
        return self._sentence(self._tenant.settings.command_sentence, run, command=command)

    def _run(self, identity: str, message: str) -> Run:
        found = self.runs.get(number(identity, "id"))
        if found is None:
            raise ApiError(404, message)
        return found

    def _sentence(self, template: str, run: Run, state: str = "", command: str = "") -> Reply:
        settings = self._tenant.settings
        spelled = state
        if settings.canceled_word == "Cancelled":
            spelled = spelled.replace("Cancel", "Cancell")
        spelled = {"title": spelled, "upper": spelled.upper(), "lower": spelled.lower()}[settings.state_case]
        text = template.replace("{run_id}", str(run.id)).replace("{state}", spelled).replace("{command}", command)
        return answer({"DATA": text})


def number(text: str, field: str) -> int:
    """An int64. Raises ApiError 400."""
    if not text.isascii() or not text.isdigit() or int(text) >= 2**63:
        raise invalid((field, "Input should be a valid integer"))
    return int(text)


def is_target(text: str) -> bool:
    """One address, a network, or a range of two addresses."""
    parts = [part.strip() for part in text.split("-")]
    try:
        if len(parts) == 2:
            return ipaddress.ip_address(parts[0]).version == ipaddress.ip_address(parts[1]).version
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def seconds(moment: t.Mapping[str, int]) -> int:
    return moment["hour"] * 3600 + moment["minute"] * 60 + moment["second"]


def check_times(definition: Definition) -> None:
    """Raises SpecError for a time zone that is none."""
    try:
        _known = definition.zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise SpecError(f"unknown time zone {definition.body['schedule_timezone']!r}") from exc


def make_run_plan(*specs: t.Mapping[str, t.Any]) -> RunPlan:
    """Raises SpecError."""
    plan = t.cast("RunPlan", make_plan(RunPlan, *specs))
    try:
        pauses = tuple((float(after), float(length)) for after, length in plan.pauses)
    except (TypeError, ValueError) as exc:
        raise SpecError("'pauses' are pairs of seconds") from exc
    if plan.end not in FINAL:
        raise SpecError(f"a run ends {', '.join(FINAL)}")
    return dataclasses.replace(plan, pauses=pauses)


# A body with everything that is required.
EXAMPLE: dict[str, t.Any] = {
    "vt_config_id": 1,
    "name": "Scan",
    "description": "",
    "network_scanner_ids": ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
    "network": 1,
    "credential_ids": [],
    "schedule_cadence": "WEEKLY",
    "schedule_days": 127,
    "schedule_dates": [],
    "schedule_start_date": 1767225600000,
    "schedule_time": {"hour": 22, "minute": 0, "second": 0},
    "schedule_quiet_hours": [],
    "schedule_timezone": "UTC",
    "override_target_exclusions": False,
    "target_ids": [],
    "targets": ["192.0.2.0/24"],
    "excluded_targets": [],
    "enable_report": False,
    "port_list_id": 1,
    "scan_ports": [],
}
