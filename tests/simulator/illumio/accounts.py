# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who asks: API keys, users and their sessions, what they may, and how often they may ask."""

from __future__ import annotations

import base64
import binascii
import collections
import dataclasses
import secrets
import typing as t

from ..system import SpecError
from .answers import ApiError, forbidden, too_many

ROLES = ("owner", "admin", "viewer")
LOGIN_TOKEN_SECONDS = 30.0  # documented
RATE_WINDOW = 60.0
MAX_IDLE_SECONDS = 600.0


@dataclasses.dataclass(frozen=True)
class Account:
    """A log-in: an API key or a user. ``user`` is the href of the user it acts for.

    ``role``: ``owner`` and ``admin`` may everything, ``viewer`` only reads (and asks for traffic and its own jobs).
    """

    name: str
    secret: str
    user: str = "/users/1"
    role: str = "owner"
    org_id: int = 0  # 0: that of the PCE

    @property
    def writes(self) -> bool:
        return self.role != "viewer"


@dataclasses.dataclass
class Session:
    account: Account
    token: str
    used: float


class Accounts:
    """All log-ins of a PCE."""

    def __init__(self) -> None:
        self.keys: dict[str, Account] = {}
        self.users: dict[str, Account] = {}
        self._login_tokens: dict[str, tuple[Account, float]] = {}
        self._sessions: dict[str, Session] = {}
        self._asked: dict[str, collections.deque[float]] = {}

    def add(self, keys: t.Mapping[str, t.Any], users: t.Mapping[str, t.Any]) -> None:
        """Adds or replaces. Raises SpecError, and then has changed nothing."""
        made_keys = {name: make_account(name, "secret", spec) for name, spec in keys.items()}
        made_users = {name: make_account(name, "password", spec) for name, spec in users.items()}
        self.keys.update(made_keys)
        self.users.update(made_users)

    def login(self, authorization: str, now: float) -> str:
        """The ``auth_token`` for a user's name and password (HTTP Basic). Raises ApiError 401."""
        name, password = basic(authorization)
        account = self.users.get(name)
        if account is None or account.secret != password:
            raise unauthorized()
        token = secrets.token_urlsafe(40)
        self._login_tokens[token] = (account, now + LOGIN_TOKEN_SECONDS)
        return token

    def open_session(self, authorization: str, now: float) -> Session:
        """A session for ``Authorization: Token token=...``; the token serves once. Raises ApiError 401."""
        scheme, _blank, rest = authorization.partition(" ")
        account, until = self._login_tokens.pop(rest.removeprefix("token=").strip('"'), (None, 0.0))
        if scheme.lower() != "token" or account is None or now > until:
            raise unauthorized()
        return self.session(account, now)

    def session(self, account: Account, now: float) -> Session:
        """A new session of a user; it ends the one before."""
        session = Session(account, secrets.token_hex(20), now)
        self._sessions[session_name(account)] = session
        return session

    def authenticate(self, authorization: str, now: float, idle_seconds: float) -> Account:
        """Whose request it is. Raises ApiError 401."""
        name, secret = basic(authorization)
        if name in self.keys and self.keys[name].secret == secret:
            return self.keys[name]
        session = self._sessions.get(name)
        if session is None or session.token != secret:
            raise unauthorized()
        if now - session.used > idle_seconds:
            del self._sessions[name]
            raise unauthorized()
        session.used = now
        return dataclasses.replace(session.account, name=name)

    def end_sessions(self) -> None:
        self._sessions.clear()

    def count(self, account: Account, now: float, limit: int, retry_after: int) -> None:
        """Raises ApiError 429 for more than ``limit`` requests in a minute (documented: 500, of a session or key)."""
        asked = self._asked.setdefault(account.name, collections.deque())
        while asked and asked[0] <= now - RATE_WINDOW:
            asked.popleft()
        if limit and len(asked) >= limit:
            raise too_many("Too many requests: the limit per minute is reached", retry_after)
        asked.append(now)


def make_account(name: str, secret: str, spec: t.Mapping[str, t.Any]) -> Account:
    unknown = set(spec) - {secret, "user", "role", "org_id"}
    if unknown or secret not in spec:
        raise SpecError(f"{name}: has {secret}, user, role, org_id")
    account = Account(name=name, secret=spec[secret], **{key: spec[key] for key in spec if key != secret})
    if account.role not in ROLES:
        raise SpecError(f"{name}: a role is one of {', '.join(ROLES)}")
    return account


def session_name(account: Account) -> str:
    """``user_1`` for ``/users/1`` (documented)."""
    return f"user_{account.user.rsplit('/', 1)[1]}"


def basic(authorization: str) -> tuple[str, str]:
    """Name and password of HTTP Basic. Raises ApiError 401."""
    scheme, _blank, rest = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise unauthorized()
    try:
        name, _colon, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise unauthorized() from exc
    return name, password


def unauthorized() -> ApiError:
    """The token is assumed; the code is documented."""
    return ApiError(401, "authentication_error", "Authentication failed", headers={"WWW-Authenticate": "Basic"})


def must_write(account: Account) -> None:
    if not account.writes:
        raise forbidden("The role of this user does not allow that")
