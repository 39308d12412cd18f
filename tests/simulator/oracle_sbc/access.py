# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, tokens, and the configuration lock, which is tied to a token or held by a user of the CLI or the GUI."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import hashlib
import typing as t

from ..system import SpecError
from .answers import NOT_ADMINISTRATOR, ApiError, locked, no_lock, unauthorized

USER_ROLES = ("admin", "user")
DEFAULT_USERS = {"admin": {"password": "admin"}}


@dataclasses.dataclass(frozen=True)
class User:
    name: str
    password: str
    role: str = "admin"


@dataclasses.dataclass(frozen=True)
class Party:
    """Who acts. A session begins with a log-in and goes on when its token is renewed; empty on the CLI and GUI."""

    user: str
    via: str = "rest"
    session: str = ""

    def to_dict(self) -> dict[str, str]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Token:
    value: str
    user: User
    session: str
    expires: float

    @property
    def party(self) -> Party:
        return Party(self.user.name, "rest", self.session)

    def must_administer(self) -> None:
        """Raises ApiError 403."""
        if self.user.role != "admin":
            raise ApiError(403, NOT_ADMINISTRATOR)


@dataclasses.dataclass
class Holding:
    """The lock as it is held. ``token`` is empty on the CLI and GUI."""

    party: Party
    token: str
    since: float


class Lock:
    """One for the whole configuration. ``log`` has every change of hands."""

    def __init__(self, iso: t.Callable[[float], str]) -> None:
        self._iso = iso
        self.holding: Holding | None = None
        self.log: list[dict[str, t.Any]] = []

    @property
    def holder(self) -> dict[str, str] | None:
        return None if self.holding is None else self.holding.party.to_dict()

    def take(self, party: Party, token: str, when: float) -> None:
        """Raises ApiError 423. Who has it already keeps it (assumed)."""
        if self.holding is None:
            self.holding = Holding(party, token, when)
            self._note("taken", when)
        elif not self.held_by(party, token):
            raise locked()

    def release(self, party: Party, token: str, when: float) -> None:
        """Raises ApiError 423 with the text that fits."""
        self.require(party, token)
        self.end("released", when)

    def require(self, party: Party, token: str) -> None:
        """Raises ApiError 423: nobody holds it, or somebody else."""
        if self.holding is None:
            raise no_lock()
        if not self.held_by(party, token):
            raise locked()

    def held_by(self, party: Party, token: str) -> bool:
        return self.holding is not None and (self.holding.party, self.holding.token) == (party, token)

    def move(self, old: str, new: str, when: float) -> None:
        """A renewed token takes the lock along (documented)."""
        if self.holding is not None and old and self.holding.token == old:
            self.holding.token = new
            self._note("renewed", when)

    def end(self, how: str, when: float) -> None:
        """Nobody holds it any more: ``released``, ``expired``, ``broken``, ``reboot``, ``switchover``."""
        if self.holding is not None:
            self._note(how, when)
            self.holding = None

    def token_died(self, token: str, when: float) -> None:
        if self.holding is not None and token and self.holding.token == token:
            self.end("expired", when)

    def _note(self, event: str, when: float) -> None:
        self.log.append({"time": self._iso(when), "event": event, "holder": self.holder})


class Access:
    """Who may log in, and the tokens that are out."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._made = 0
        self._sessions = 0
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}

    def add(self, users: t.Mapping[str, t.Any]) -> None:
        """Adds or replaces. Raises SpecError, and then has changed nothing."""
        self.users.update({name: make_user(name, spec) for name, spec in users.items()})

    def credentials(self, authorization: str) -> User:
        """The user of HTTP Basic. Raises ApiError 401."""
        scheme, _blank, rest = authorization.partition(" ")
        try:
            name, _colon, password = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as exc:
            raise unauthorized() from exc
        user = self.users.get(name)
        if scheme.lower() != "basic" or user is None or user.password != password:
            raise unauthorized()
        return user

    def make(self, user: User, now: float, seconds: float, session: str = "") -> Token:
        """A new token; without a session it begins one."""
        self._made += 1
        if not session:
            self._sessions += 1
            session = str(self._sessions)
        moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        digest = hashlib.sha256(f"{self._address} {self._made} {now}".encode()).hexdigest()[:40]
        # As Oracle's sample reads when it is decoded: user, role, date, then a digest.
        value = base64.b64encode(f"{user.name},{user.role},{moment}{digest}".encode()).decode()
        token = self.tokens[value] = Token(value, user, session, now + seconds)
        return token

    def alive(self, value: str, now: float) -> Token | None:
        token = self.tokens.get(value)
        return None if token is None or now >= token.expires else token

    def bearer(self, authorization: str, now: float) -> Token:
        """Whose request it is. Raises ApiError 401."""
        scheme, _blank, value = authorization.partition(" ")
        token = self.alive(value.strip(), now) if scheme.lower() == "bearer" else None
        if token is None:
            raise unauthorized()
        return token


def make_user(name: str, spec: t.Mapping[str, t.Any]) -> User:
    if "password" not in spec or set(spec) - {"password", "role"}:
        raise SpecError(f"{name}: has password, role")
    user = User(name=name, **spec)
    if user.role not in USER_ROLES:
        raise SpecError(f"{name}: a role is one of {', '.join(USER_ROLES)}")
    return user
