# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Access tokens: where they come from, when a new one is fetched, and the file in which processes share one.

Sources: D pan.dev and AuthService.yaml, R recorded and published, C read in a client's source or documentation.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import json
import os
import stat
import threading
import time
import typing as t
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..._jobs.errors import BadInput, Denied, NoAnswer
from ..._transport.connection import Connection, basic
from ..._transport.files import AtomicFile, check_destination
from ..._transport.http_client import endpoint_of
from ..._transport.json_client import request_of

if t.TYPE_CHECKING:
    from ..._transport.http_client import Answer, HttpClient

LIFETIME = 900.0
"""Seconds that a token lives where the answer does not say [D: 15 minutes; R: 899]."""

RENEW_BELOW = 60.0
"""Seconds of life that a token must have left to be used [D: the advice of the API's own pages]."""

BACK_OFF = 2.0
"""Seconds in which nobody asks a token service again that had no answer, where it does not say for how long."""

_BACK_OFF_MAX = 120.0
_LOOK_AT_LOCK = 0.05
_GREATEST = 1e15
_CACHE_LIMIT = 1024 * 1024

_SAME = tuple(field.name for field in dataclasses.fields(Connection) if field.name not in ("host", "port"))

Hide = Callable[[Iterable[str]], None]


@dataclasses.dataclass(frozen=True)
class Token:
    """A token, *fetched_at* by the wall clock, in seconds, and how many seconds it lives."""

    value: str = dataclasses.field(repr=False)
    fetched_at: float
    lifetime: float

    def lasts(self, now: float) -> bool:
        """Return whether it is worth to begin a request with it. One from the future is none: the clock was set."""
        # One that was made to live for less than two minutes would otherwise be renewed for each request.
        return 0 <= now - self.fetched_at < self.lifetime - min(RENEW_BELOW, self.lifetime / 2)


@dataclasses.dataclass(frozen=True)
class Account:
    """Whose tokens these are. Raises BadInput."""

    token_url: str
    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    tsg_id: str

    def __post_init__(self) -> None:
        if ":" in self.client_id or not _plain(self.client_id):
            raise BadInput("client_id: holds a blank, a colon or another character that no account has.")
        if self.client_secret != self.client_secret.strip() or any(ord(char) < 32 for char in self.client_secret):
            raise BadInput("client_secret: begins or ends with a blank, or has more than one line.")
        if not (self.tsg_id.isascii() and self.tsg_id.isdigit()):
            raise BadInput(f"tsg_id: {self.tsg_id!r} is not the number of a tenant.")

    @property
    def key(self) -> str:
        """What stands for this account in a file: a token of another account is never taken for its own."""
        text = json.dumps([self.token_url, self.client_id, self.tsg_id])
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def basic(self) -> str:
        return basic(self.client_id, self.client_secret)


def _plain(text: str) -> bool:
    return bool(text) and all(33 <= ord(char) <= 126 for char in text)


def token_address(url: str) -> tuple[str, int, str]:
    """Return host, port and path of *url*. Raises BadInput."""
    strange = BadInput(
        "token_url: give the address of the token service, such as "
        "https://auth.apps.paloaltonetworks.com/oauth2/access_token, with https and without user or query."
    )
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise strange from None
    if parts.scheme != "https" or not parts.hostname or not parts.path.startswith("/"):
        raise strange
    if parts.username is not None or parts.query or parts.fragment or not _plain(parts.path):
        raise strange
    try:
        endpoint_of(parts.hostname, port)
    except BadInput:
        raise strange from None
    return parts.hostname, port, parts.path


class TokenService:
    """Fetches tokens. It answers about ten requests of a tenant at a time [C: README of terraform-provider-scm]."""

    def __init__(self, account: Account, connection: Connection, *, now: Callable[[], float]) -> None:
        host, port, self._path = token_address(account.token_url)
        self._connection = Connection(host, port, **{name: getattr(connection, name) for name in _SAME})
        self._account = account
        self._now = now
        self._until: float | None = None
        self._opened: HttpClient | None = None

    @property
    def _http(self) -> HttpClient:
        if self._opened is None:
            # To read the certificates of the authorities costs more than all else; who finds a token needs none.
            self._opened = self._connection.open_http()
            self._opened.deadline = self._until
        return self._opened

    def limit(self, until: float | None) -> None:
        self._until = until
        if self._opened is not None:
            self._opened.deadline = until

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def fetch(self, within: float | None) -> Token:
        """Return a new token. Raises Denied, and NoAnswer, whose *sent* is false: nothing was asked of the API yet."""
        began = self._now()
        try:
            answer = self._http.send(
                "POST",
                self._path,
                data={"grant_type": "client_credentials", "scope": f"tsg_id:{self._account.tsg_id}"},
                headers={"Authorization": f"Basic {self._account.basic}", "Accept": "application/json"},
                write=True,
                within=within,
            )
            if answer.status >= 400:
                raise self._refusal(answer)
            return self._token(answer, began)
        except NoAnswer as exc:
            text = f"No access token: {exc.message}"
            raise NoAnswer(
                text,
                label=f"token: {exc.label}",
                sent=False,
                retry_after=exc.retry_after,
                server_spoke=exc.server_spoke,
                heals=exc.heals,
            ) from exc

    def _token(self, answer: Answer, began: float) -> Token:
        data = _object(answer.body)
        value, seconds = data.get("access_token"), _number(data.get("expires_in"))
        if not isinstance(value, str) or not _plain(value):
            raise NoAnswer(
                f"{self._http.endpoint} answered without an access token. Check token_url; a proxy or a portal may be "
                "in between.",
                label="no token",
                server_spoke=True,
            )
        return Token(value, began, seconds if seconds is not None and seconds > 0 else LIFETIME)

    def _refusal(self, answer: Answer) -> Denied:
        """Return what a refusal means [D: 400 an invalid request, 401 an invalid client]."""
        data = _object(answer.body)
        said = [str(data[name]) for name in ("error", "error_description", "message") if data.get(name)]
        text = " ".join(": ".join(said).split()) or "no reason was given"
        return Denied(
            f"{self._http.endpoint} gave no access token (HTTP {answer.status}): {text.rstrip('.')}"
            f"{request_of(answer)}. Check client_id, client_secret, tsg_id and token_url.",
            label=f"token: HTTP {answer.status}",
        )


def _object(body: bytes) -> Mapping[str, t.Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, Mapping) else {}


class TokenFile:
    """A file of mode 0600 in which the processes of one user share tokens. Raises BadInput for one that is not ours.

    *now* tells the wall clock in seconds. Beside it stands a file for the lock: whoever holds it is the only one who
    fetches a token, and the others find that one in the file.
    """

    def __init__(self, path: str, *, now: Callable[[], float] = time.time) -> None:
        self._path = check_destination("token_cache", path)
        self._now = now

    def read(self, key: str) -> Token | None:
        """Return the token under *key*, None where there is none that lasts.

        Raises NoAnswer where the token service shall be left alone for a while.
        """
        entry = self._entries().get(key)
        if not isinstance(entry, Mapping):
            return None
        pause = self._pause(entry)
        if pause > 0:
            raise NoAnswer(
                "No access token: the token service had no answer for another process a moment ago.",
                label="token: back-off",
                sent=False,
                retry_after=pause,
                server_spoke=True,
            )
        token = _token_in(entry)
        return token if token is not None and token.lasts(self._now()) else None

    def _pause(self, entry: Mapping[str, t.Any]) -> float:
        """Return for how many seconds nobody is to ask the token service, 0 where it may be asked."""
        left = (_number(entry.get("not_before")) or 0.0) - self._now()
        return left if 0 < left <= _BACK_OFF_MAX else 0.0

    def write(self, key: str, token: Token) -> None:
        self._write(key, {"access_token": token.value, "fetched_at": token.fetched_at, "lifetime": token.lifetime})

    def hold_off(self, key: str, seconds: float | None) -> None:
        """Keep all processes from asking for *seconds*, which the token service asked for, or a moment."""
        pause = BACK_OFF if seconds is None else min(max(seconds, 0.0), _BACK_OFF_MAX)
        self._write(key, {"not_before": self._now() + pause})

    @contextlib.contextmanager
    def locked(self, within: float) -> Iterator[None]:
        """Keep other processes and threads from fetching. Raises NoAnswer after *within* seconds of waiting for it."""
        target = self._open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT)
        try:
            self._lock(target, time.monotonic() + within)
            yield
        finally:
            os.close(target)

    def _lock(self, target: int, until: float) -> None:
        while True:
            try:
                fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                if exc.errno not in (errno.EAGAIN, errno.EACCES):
                    raise BadInput(f"token_cache: {self._path}.lock cannot be locked: {exc.strerror}.") from exc
            else:
                return
            if time.monotonic() >= until:
                raise NoAnswer(
                    "No access token: another process has been fetching one for too long.",
                    label="token: locked",
                    sent=False,
                    server_spoke=True,
                )
            time.sleep(_LOOK_AT_LOCK)

    def _entries(self) -> dict[str, t.Any]:
        try:
            target = self._open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return {}
        with os.fdopen(target, "rb") as file:
            data = _object(file.read(_CACHE_LIMIT))
        tokens = data.get("tokens")
        # What cannot be read is as good as nothing: it is written anew.
        return dict(tokens) if data.get("version") == 1 and isinstance(tokens, Mapping) else {}

    def _write(self, key: str, entry: Mapping[str, t.Any]) -> None:
        entries = {**{name: each for name, each in self._entries().items() if self._is_alive(each)}, key: entry}
        with AtomicFile(self._path, option="token_cache") as file:
            file.write(json.dumps({"version": 1, "tokens": entries}).encode())
            file.save()

    def _is_alive(self, entry: t.Any) -> bool:
        """Return whether another account's *entry* is to be kept."""
        if not isinstance(entry, Mapping):
            return False
        token = _token_in(entry)
        return self._pause(entry) > 0 or (token is not None and token.lasts(self._now()))

    def _open(self, path: str, flags: int) -> int:
        """Return a file that is ours alone. Raises BadInput, and FileNotFoundError."""
        try:
            target = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        except FileNotFoundError:
            raise
        except OSError as exc:
            why = "is a link" if exc.errno == errno.ELOOP else f"cannot be opened: {exc.strerror}"
            raise BadInput(f"token_cache: {path} {why}. Give a file of your own, or remove it.") from exc
        found = os.fstat(target)
        if not stat.S_ISREG(found.st_mode):
            why = "is no file"
        elif found.st_uid != os.geteuid():
            why = "belongs to another user"
        elif stat.S_IMODE(found.st_mode) & 0o077:
            why = f"can be used by others, its mode is {stat.S_IMODE(found.st_mode):04o}"
        elif found.st_nlink > 1:  # none at all: another process has put a newer file in its place since
            why = "has another name, too"
        else:
            return target
        os.close(target)
        raise BadInput(f"token_cache: {path} {why}. Tokens are only kept in a file of one's own with mode 0600.")


def _token_in(entry: Mapping[str, t.Any]) -> Token | None:
    value, fetched_at, lifetime = (
        entry.get("access_token"),
        _number(entry.get("fetched_at")),
        _number(entry.get("lifetime")),
    )
    if not isinstance(value, str) or fetched_at is None or lifetime is None:
        return None
    return Token(value, fetched_at, lifetime)


def _number(value: t.Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # JSON has integers of any length, and Python reads NaN and Infinity in it.
    return float(value) if abs(value) < _GREATEST else None


class Tokens:
    """The token to log in with: given, or fetched and kept until it nears its end. Safe to use from several threads.

    *given* is used until it is refused. Without *service* there is no other.
    """

    def __init__(
        self,
        *,
        given: str | None = None,
        service: TokenService | None = None,
        file: TokenFile | None = None,
        key: str = "",
        hide: Hide | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._given = given
        self._service = service
        self._file = file
        self._key = key
        self._hide = hide
        self._now = now
        self._token: Token | None = None
        self._refused = ""
        self._lock = threading.Lock()

    def limit(self, until: float | None) -> None:
        if self._service is not None:
            self._service.limit(until)

    def close(self) -> None:
        if self._service is not None:
            self._service.close()

    def current(self, within: float) -> str:
        """Return a token to begin a request with; to come by it may take *within* seconds.

        Raises Denied, BadInput (the file), and NoAnswer, of which nothing was sent to the API.
        """
        with self._lock:
            if self._given is not None:
                return self._given
            if self._token is None or not self._usable(self._token):
                self._token = self._found(within)
            return self._token.value

    def _found(self, within: float) -> Token:
        if self._file is None:
            return self._fetched(within)
        try:
            return self._shared(self._file, within)
        except BadInput:
            # At the beginning that is the user's to mend. A job that runs is not left for a disk that is full.
            if self._token is None:
                raise
            return self._fetched(within)

    def refuse(self, value: str) -> bool:
        """Take in that the API refused the token *value*; return whether another one can be had.

        Threads and processes that were refused the same one get the same new one.
        """
        with self._lock:
            self._refused = value
            if self._service is None:
                return False
            self._given = None
        return True

    def _usable(self, token: Token) -> bool:
        return token.value != self._refused and token.lasts(self._now())

    def _fetched(self, within: float) -> Token:
        if self._service is None:
            raise Denied("There is no account to fetch a token for.", label="token")
        token = self._service.fetch(within)
        if self._hide is not None:
            self._hide([token.value])
        return token

    def _shared(self, file: TokenFile, within: float) -> Token:
        """Return the token in the file; if it is not usable, fetch one that all others find there."""
        found = file.read(self._key)
        if found is None or not self._usable(found):
            began = time.monotonic()
            with file.locked(within):
                found = file.read(self._key)
                if found is None or not self._usable(found):
                    left = max(within - (time.monotonic() - began), 1.0)
                    try:
                        found = self._fetched(left)
                    except NoAnswer as exc:
                        if exc.heals:  # else it is trouble of ours, such as a ca_path, and none of the others'
                            file.hold_off(self._key, exc.retry_after)
                        raise
                    file.write(self._key, found)
        if self._hide is not None:
            self._hide([found.value])
        return found
