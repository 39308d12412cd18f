# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One SBC: its settings, what it holds, and what others than the client do to it.

Assumed: a reboot changes nothing in the configuration; the reboot and the switchover need no lock; a user of the CLI
needs the lock for the five operations like everybody else (``lock: ignore`` is the other reading).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import HostControl, SpecError, World
from .access import DEFAULT_USERS, Access, Lock, Party, Token
from .agenda import Agenda
from .answers import ApiError, locked
from .config import Configuration, Element, Version
from .ha import Ha
from .operations import Operation, Plan, Slot, check_parameters, check_plans, make_plan
from .settings import Settings, check

MOMENTS = ("before", "after")
OUTSIDE = ("cli", "gui")


@dataclasses.dataclass
class Later:
    """An action that waits for its moment; ``result`` is what it would have answered."""

    id: int
    action: str
    arguments: dict[str, t.Any]
    step: str
    skip: int
    moment: str
    contains: str
    delay: float
    state: str = "waiting"
    result: t.Any = None

    def to_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


class Sbc:
    """One device: a node of its own, or one of a pair."""

    def __init__(self, spec: t.Mapping[str, t.Any], host: HostControl, world: World) -> None:
        values = dict(spec)
        self.address: str = values.pop("address")
        self.host = host
        self.world = world
        self.settings = Settings()
        self.access = Access(self.address)
        users = values.pop("users", DEFAULT_USERS)
        self.configure({"users": users, **values})
        self.agenda = Agenda(world.clock)
        self.config = Configuration()
        self.backups: dict[str, Version] = {}
        self.lock = Lock(self.iso)
        self.slot = Slot(self)
        self.ha = Ha(self)
        self.generation = 1
        self.removed = False
        self._booted = self.now() - self.settings.uptime_seconds
        self._down = (0.0, 0.0)
        self._later: list[Later] = []

    def now(self) -> float:
        return self.world.clock.now()

    def iso(self, when: float) -> str:
        return self.world.clock.iso(when)

    def later(self, when: float, callback: t.Callable[[float], None]) -> None:
        """Plans something; it does not happen any more when the device was removed."""

        def unless_removed(due: float) -> None:
            if not self.removed:
                callback(due)

        self.agenda.add(when, unless_removed)

    # The control API

    def configure(self, settings: t.Mapping[str, t.Any]) -> None:
        """Changes settings; raises SpecError and then has changed nothing."""
        values = dict(settings)
        users = values.pop("users", {})
        check(self.settings, values)
        check_plans(values.get("operations", {}), values.get("next_operations", ()))
        self.access.add(users)
        for name, value in values.items():
            setattr(self.settings, name, value)

    def describe(self) -> dict[str, t.Any]:
        self.agenda.settle()
        now, holding = self.now(), self.lock.holding
        return {
            "settings": dataclasses.asdict(self.settings),
            "configuration": self.config.describe(),
            "backups": {name: version.number for name, version in self.backups.items()},
            "lock": None if holding is None else {**holding.party.to_dict(), "since": self.iso(holding.since)},
            "lock_log": self.lock.log,
            "tokens": [
                {"user": token.user.name, "session": token.session, "expires": self.iso(token.expires)}
                for token in self.access.tokens.values()
                if now < token.expires
            ],
            "operations": [one.describe() for one in self.slot.operations],
            "slot": "" if self.slot.current is None else str(self.slot.current.number),
            "looks": list(self.slot.looks),
            "later": [one.to_dict() for one in self._later],
            "role": self.ha.role,
            "uptime": self.uptime(now),
            "generation": self.generation,
            "ready": not self.down_at(now),
        }

    def act(self, action: str, arguments: t.Mapping[str, t.Any]) -> t.Any:
        self.agenda.settle()
        if action == "later":
            return self._plan_later(**arguments)
        return self._do(action, arguments, self.now())

    def _do(self, action: str, arguments: t.Mapping[str, t.Any], when: float) -> t.Any:
        method = getattr(self, f"_act_{action.replace('-', '_')}", None)
        if method is None:
            known = sorted(name[5:].replace("_", "-") for name in dir(self) if name.startswith("_act_"))
            raise SpecError(f"unknown action {action!r}: one of {', '.join(known)}, later")
        return method(when, **arguments)

    # What others do

    def _act_operation(
        self,
        when: float,
        name: str = "save",
        user: str = "bob",
        via: str = "cli",
        lock: str = "need",
        parameters: t.Mapping[str, str] | None = None,
        plan: t.Mapping[str, t.Any] | None = None,
    ) -> t.Any:
        """Another user saves, verifies, activates, restores or backs up."""
        party, sent = outsider(user, via), dict(parameters or {})
        if lock not in ("need", "ignore"):
            raise SpecError("'lock' is need or ignore")
        if name == "backup":
            sent = {"backupSource": "running", "filename": f"by-{user}", **sent}
        elif name == "restore":
            sent = {"restoreSource": "running", **sent}
        made = make_plan(name, plan or {})
        took = lock == "need" and self.lock.holding is None
        try:
            check_parameters(name, sent)
            if lock == "need":
                self.lock.take(party, "", when)
            self.check_busy()
        except ApiError as exc:
            if took and self.lock.held_by(party, ""):
                self.lock.end("released", when)
            self.refuse(party, name, sent, exc)
            return {"accepted": False, "job": "", "answer": exc.message}
        operation = self.slot.start(name, sent, made, party, when, releases_lock=took)
        return {"accepted": True, "job": str(operation.number), "answer": ""}

    def _act_lock(self, when: float, user: str = "bob", via: str = "cli") -> t.Any:
        return attempt(lambda: self.lock.take(outsider(user, via), "", when))

    def _act_unlock(self, when: float, user: str = "bob", via: str = "cli") -> t.Any:
        return attempt(lambda: self.lock.release(outsider(user, via), "", when))

    def _act_break_lock(self, when: float) -> None:
        """The lock is gone, whoever held it. REST has no such call."""
        self.lock.end("broken", when)

    def _act_change(
        self,
        when: float,
        element_type: str = "session-group",
        attributes: t.Mapping[str, t.Any] | None = None,
        user: str = "bob",
        via: str = "cli",
        lock: str = "need",
    ) -> t.Any:
        """Another user changes what is edited."""
        party = outsider(user, via)
        if lock == "need" and self.lock.holding is not None and not self.lock.held_by(party, ""):
            return {"accepted": False, "answer": locked().message}
        sent = attributes or {"group-name": f"by-{user}-{self.config.editing.number}"}
        pairs = ((name, tuple([value] if isinstance(value, str) else value)) for name, value in sent.items())
        self.config.put(Element(element_type, tuple(pairs)))
        return {"accepted": True, "answer": "", "editing": self.config.editing.number}

    def _act_backup_file(self, when: float, name: str, remove: bool = False) -> None:
        """A file in the directory of the backups comes or goes."""
        if remove:
            self.backups.pop(name, None)
        else:
            self.backups[name] = self.config.running

    def _act_hold(self, when: float, seconds: float) -> None:
        """What runs takes so long from now."""
        running = self.slot.running
        if running is None:
            raise SpecError("nothing runs")
        self.slot.hold(running, when + seconds)

    def _act_expire_tokens(self, when: float, user: str = "", session: str = "", keep_lock: bool = False) -> None:
        """Tokens die now, and with them the lock; ``keep_lock``: that stays until their ten minutes are over."""
        for token in list(self.access.tokens.values()):
            if user in ("", token.user.name) and session in ("", token.session):
                del self.access.tokens[token.value]
                if not keep_lock:
                    self.lock.token_died(token.value, when)

    def _act_reboot(self, when: float, after: float | None = None) -> None:
        self.reboot(when, self.settings.reboot_after if after is None else after)

    def _act_switchover(self, when: float) -> None:
        self.ha.ask(when)

    def _act_bounce(self, when: float, seconds: float = 5.0) -> None:
        """The web server is away for a moment; nothing else is lost."""
        self.bounce(when, seconds)

    # Actions that wait for their moment

    def _plan_later(
        self,
        action: str,
        arguments: t.Mapping[str, t.Any] | None = None,
        step: str = "",
        skip: int = 0,
        moment: str = "after",
        contains: str = "",
        delay: float = 0.0,
    ) -> t.Any:
        if action == "later" or not hasattr(self, f"_act_{action.replace('-', '_')}"):
            raise SpecError(f"unknown action {action!r}")
        if moment not in MOMENTS:
            raise SpecError(f"'moment' is one of {', '.join(MOMENTS)}")
        number = len(self._later) + 1
        one = Later(number, action, dict(arguments or {}), step, int(skip), moment, contains, float(delay))
        self._later.append(one)
        if not step:
            self._begin(one, self.now())
        return {"id": one.id}

    def moment(self, moment: str, step: str, text: str) -> None:
        """A request is about to take effect, or has: whoever waited for that acts."""
        for one in self._later:
            if one.state != "waiting" or (one.step, one.moment) != (step, moment) or one.contains not in text:
                continue
            if one.skip > 0:
                one.skip -= 1
            else:
                self._begin(one, self.now())

    def _begin(self, one: Later, now: float) -> None:
        def run(when: float) -> None:
            try:
                one.result = self._do(one.action, one.arguments, when)
                one.state = f"done {self.iso(when)}"
            except Exception as exc:
                # A test sees it in `later`: the client, whose request this is the moment of, must not suffer from it.
                one.state, one.result = "failed", str(exc)

        one.state = "begun"
        if one.delay:
            self.later(now + one.delay, run)
        else:
            run(now)

    # Reachability

    def down_at(self, when: float) -> bool:
        return self._down[0] <= when < self._down[1]

    def uptime(self, now: float) -> int:
        return max(0, int(now - self._booted))

    def bounce(self, when: float, seconds: float) -> None:
        if not self.down_at(when):
            self._down = (when, when + seconds)
            self.host.outage("refused", start=when, seconds=seconds)

    def reboot(self, when: float, after: float) -> None:
        """Down after a moment, for a while; then everything in memory is gone."""

        def down(at: float) -> None:
            if self.down_at(at) and self._booted == self._down[1]:
                return  # asked for twice
            up = at + self.settings.reboot_seconds
            self._down, self._booted = (at, up), up
            self.generation += 1
            self.host.outage("refused", start=at, seconds=self.settings.reboot_seconds)
            self.lose_sessions("reboot", at)
            self.slot.interrupt(at, keep=self.settings.reboot_keeps_slot)
            self.ha.gone(at)

        self.later(when + after, down)

    def lose_sessions(self, how: str, when: float, *, tokens: bool = True) -> None:
        """The lock of a REST client is its token's; a user of the CLI loses it as well."""
        if tokens:
            self.access.tokens.clear()
            self.lock.end(how, when)

    # For the calls

    def log_in(self, user: str, old: Token | None) -> Token:
        """A new token; with the old one, that of the same session, which takes the lock along."""
        now = self.now()
        session = "" if old is None else old.session
        token = self.access.make(self.access.users[user], now, self.settings.token_seconds, session)
        self.later(token.expires, lambda when: self._expire(token.value, when))
        if old is not None:
            self.lock.move(old.value, token.value, now)
            if self.settings.old_token == "dies":
                self.access.tokens.pop(old.value, None)
        return token

    def _expire(self, value: str, when: float) -> None:
        """The lock goes now also when the token was forgotten before."""
        self.access.tokens.pop(value, None)
        self.lock.token_died(value, when)

    def plan(self, name: str, part: t.Mapping[str, t.Any]) -> Plan:
        """How an operation goes: the settings, and this part on top. Raises SpecError."""
        plans = self.settings.operations
        return make_plan(name, plans.get("*", {}), plans.get(name, {}), part)

    def check_busy(self) -> None:
        """Raises ApiError while an operation runs, if the setting says so."""
        if self.settings.second_operation == "refuse" and self.slot.running is not None:
            raise ApiError(self.settings.second_operation_status, "Another operation is in progress")

    def effect(self, operation: Operation, when: float) -> str | None:
        """What a successful operation does; why it fails after all."""
        name, source = operation.name, operation.snapshot
        if name == "backup":
            filename = operation.parameters["filename"] + self.settings.backup_suffix
            if filename in self.backups:
                return f"Backup file already exists: {operation.parameters['filename']}"
            self.backups[filename] = t.cast("Version", source)
        elif name == "restore" and source is None:
            return f"Backup file not found: {operation.parameters['filename']}"
        elif name == "save":
            self.config.saved = t.cast("Version", source)
        elif name == "activate":
            self.config.running = t.cast("Version", source)
        elif name == "restore":
            self.config.editing = t.cast("Version", source)
        if name in self.settings.bounce_operations and self.settings.bounce_seconds and self.settings.bounce_after < 0:
            self.bounce(when, self.settings.bounce_seconds)
        return None

    def record(
        self,
        party: Party,
        kind: str,
        *,
        job: str = "",
        accepted: bool = True,
        answer: str = "",
        details: t.Mapping[str, t.Any] | None = None,
    ) -> t.Any:
        """Writes into the ledger, and returns the entry."""
        return self.world.ledger.submission(
            system="oracle_sbc",
            device=self.address,
            admin=party.user,
            kind=kind,
            accepted=accepted,
            job=job,
            answer=answer,
            details=details,
        )

    def refuse(self, party: Party, kind: str, parameters: t.Mapping[str, str], error: ApiError) -> None:
        details = {"parameters": parameters, "by": party.to_dict(), "lock_at_submit": self.lock.holder}
        self.record(party, kind, accepted=False, answer=error.message, details=details)


def outsider(user: str, via: str) -> Party:
    if via not in OUTSIDE:
        raise SpecError(f"'via' is one of {', '.join(OUTSIDE)}; for REST a test has clients of its own")
    return Party(user, via)


def attempt(action: t.Callable[[], None]) -> t.Any:
    try:
        action()
    except ApiError as exc:
        return {"accepted": False, "answer": exc.message}
    return {"accepted": True, "answer": ""}
