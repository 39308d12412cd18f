# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The REST API of an Oracle SBC: token, version, errors, XML both ways.

Sources: D docs.oracle.com, "REST API" of the Session Border Controller 8.2 to 10.1, R samples that Oracle prints there,
C read in a client's source (p4irin/sbc_rest_client), A assumed.
"""

from __future__ import annotations

import dataclasses
import re
import threading
import time
import typing as t
import urllib.parse
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import BadInput, Denied, JobError, JobMissing, NoAnswer, Refused
from ..._transport import xml
from ..._transport.connection import Connection, basic
from ..._transport.http_client import Answer

if t.TYPE_CHECKING:
    from ..._transport.xml import Element

VERSIONS = ("v1.2", "v1.1", "v1.0")
"""The versions of the API, the newest first: 8.4 and later have v1.2, 8.3 v1.1, 8.2 v1.0 [D]."""

TOKEN_LIFE = 600.0
"""Seconds that a token lives [D: "a limited lifetime of ten minutes"]."""

RENEW_AFTER = 450.0
"""Age in seconds at which a token is renewed, early enough for several tries before it dies."""

RETRY_RENEWAL = 20.0
"""Seconds until a renewal that failed is tried again; the token still lives."""

Params = Mapping[str, "str | None"]


REFUSED_TOKEN = "lock lost, token refused"  # noqa: S105
"""The label of a LockLost that is told by a refused token."""


class LockedByOther(Refused):
    """Somebody else holds the configuration lock; the API never says who."""


class LockLost(Refused):
    """A call needs the configuration lock and we do not hold it (any more)."""


@dataclasses.dataclass(frozen=True)
class SbcConnection(Connection):
    """How to reach one SBC. *api_version* None: it is found out. *renew_field* is the name of the form field in which a
    token is handed in for renewal."""

    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    api_version: str | None = None
    renew_field: str = "token"

    @property
    def basic(self) -> str:
        return basic(self.username, self.password)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.username or not self.password:
            raise BadInput("Give username and password to log in with.")
        if ":" in self.username:
            raise BadInput("username: holds a colon, which no HTTP log-in can carry.")
        if self.api_version is not None and not re.fullmatch(r"v\d+\.\d+", self.api_version):
            raise BadInput(f"api_version: {self.api_version!r} is not one, give it as v1.2, or leave it out.")
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", self.renew_field):
            raise BadInput("renew_field: give the name of a form field, such as token.")


@dataclasses.dataclass(frozen=True)
class Token:
    """One token. *chain* grows with each log-in that is no renewal: what an older chain held is lost."""

    text: str = dataclasses.field(repr=False)
    issued: float
    chain: int


class SbcClient:
    """Talks to one SBC; safe to use from several threads. *clock* gives monotonic seconds.

    Raises MissingLibrary and BadInput (files) at construction.
    """

    def __init__(
        self,
        connection: SbcConnection,
        *,
        register_secret: Callable[[str], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        xml.require_lxml()
        self.connection = connection
        self.endpoint = connection.endpoint
        self._register_secret = register_secret
        self._clock = clock
        self._http = connection.open_http()
        self._version = connection.api_version
        self._token: Token | None = None
        self._chains = 0
        self._renew_at = 0.0
        self.renewal_trouble = ""
        """Why the last renewal of a token failed, empty where it did not."""
        self._login_lock = threading.RLock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r})"

    def limit(self, until: float | None) -> None:
        """Let no request last beyond *until* (monotonic seconds), None for no such bound."""
        self._http.deadline = until

    def close(self) -> None:
        self._http.close()

    @property
    def token(self) -> Token | None:
        """The token in use, None before the first log-in and after one was refused."""
        return self._token

    @property
    def token_left(self) -> float:
        """The seconds that the token in use still lives, 0 where there is none."""
        token = self._token
        return 0.0 if token is None else max(0.0, token.issued + TOKEN_LIFE - self._clock())

    def version(self, within: float | None = None) -> str:
        """Return the version of the API that is spoken, such as ``v1.2``. Raises NoAnswer, Denied, Refused."""
        self._current(within)
        return self._version or ""

    def fresh_login(self, *, younger_than: float) -> None:
        """See to it that the token is younger than so many seconds: what is to hold a lock should live long.

        Only for a moment in which nothing is held. Raises NoAnswer, Denied, Refused.
        """
        with self._login_lock:
            if self._token is None or self._clock() - self._token.issued >= younger_than:
                self._token = None
                self._current(None)

    def get(self, path: str, params: Params | None = None, *, within: float | None = None) -> Element:
        """Read *path*, which begins after the version. Raises NoAnswer, Denied, JobMissing, Refused."""
        answer = self._ask("GET", path, params, within=within)
        return self._parsed(answer)

    def send(self, method: str, path: str, params: Params | None = None, *, needs_lock: bool = False) -> Element | None:
        """Change something, once; return the answer, None where it has no body.

        A refused token is replaced and the request sent once more, for it was not processed; where it *needs_lock* that
        would be in vain. Raises NoAnswer, Denied, Refused (what is not there, too), LockedByOther, LockLost.
        """
        try:
            answer = self._ask(method, path, params, write=True, needs_lock=needs_lock)
        except JobMissing as exc:
            raise Refused(exc.message, label=exc.label, details={"status": 404}) from exc
        if answer.status == 200 or answer.body.strip():
            # Success without a body is 204 or 202 [D]: an empty 200 is not of an SBC.
            return self._parsed(answer)
        return None

    def _ask(
        self,
        method: str,
        path: str,
        params: Params | None,
        *,
        within: float | None = None,
        write: bool = False,
        needs_lock: bool = False,
    ) -> Answer:
        token = self._current(within)
        answer = self._once(method, path, params, token, within=within, write=write)
        if answer.status == 401:
            self._drop(token)
            if needs_lock:
                raise LockLost(
                    f"{self.endpoint} does not accept the token any more that held the configuration lock: "
                    f"{self._said(answer)} A restart or a switchover takes both away.",
                    label=REFUSED_TOKEN,
                    reason="locked",
                )
            token = self._current(within)
            answer = self._once(method, path, params, token, within=within, write=write)
        if answer.status >= 400:
            raise self._error(answer)
        return answer

    def _once(
        self, method: str, path: str, params: Params | None, token: Token, *, within: float | None, write: bool
    ) -> Answer:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        query = f"?{urllib.parse.urlencode(given)}" if given else ""
        headers = {"Accept": "application/xml", "Authorization": f"Bearer {token.text}"}
        return self._http.send(
            method, f"/rest/{self._version}{path}{query}", headers=headers, write=write, within=within
        )

    def _current(self, within: float | None) -> Token:
        """Return a token that lives: renewed in time, so that it keeps what it holds."""
        with self._login_lock:
            token, now = self._token, self._clock()
            if token is not None and now - token.issued < RENEW_AFTER:
                return token
            if token is not None and now - token.issued < TOKEN_LIFE:
                if now >= self._renew_at:
                    self._renew(token, within)
                return self._token or token
            try:
                return self._log_in(within)
            except NoAnswer as exc:
                # Whatever became of the log-in, the request that needs the token was not sent.
                raise exc.unsent() from exc

    def _drop(self, dead: Token) -> None:
        with self._login_lock:
            if self._token is dead:
                self._token = None

    def _log_in(self, within: float | None) -> Token:
        """Return the token of a new log-in. The version is the newest that the SBC knows; to others it says 404 [D]."""
        tried = (self._version,) if self._version else VERSIONS
        for version in tried:
            answer = self._post_login(version, within)
            if answer.status == 404:
                continue
            token = self._token_in(answer)
            self._version = version
            self._chains += 1
            self._token = Token(token, self._clock(), self._chains)
            self._renew_at = 0.0
            return self._token
        raise Refused(
            f"{self.endpoint} does not speak {' or '.join(tried)} of the API, or the REST API is not switched on. "
            "Check host, port and api_version.",
            label="no API",
        )

    def _renew(self, token: Token, within: float | None) -> None:
        """Hand *token* in for a new one, which keeps the configuration lock [D]; where that fails, it is used on."""
        body = urllib.parse.urlencode({self.connection.renew_field: token.text}).encode("ascii")
        self._renew_at = self._clock() + RETRY_RENEWAL
        try:
            answer = self._post_login(self._version or VERSIONS[0], within, body)
            self._token = Token(self._token_in(answer), self._clock(), token.chain)
        except JobError as exc:
            self.renewal_trouble = exc.message
        else:
            self._renew_at, self.renewal_trouble = 0.0, ""

    def _post_login(self, version: str, within: float | None, body: bytes | None = None) -> Answer:
        headers = {
            "Accept": "application/xml",
            "Authorization": f"Basic {self.connection.basic}",
            # The documentation writes x-www-form-urlencoded.
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._http.send(
            "POST", f"/rest/{version}/auth/token", data=body, headers=headers, write=True, within=within
        )

    def _token_in(self, answer: Answer) -> str:
        if answer.status in (401, 403):
            raise Denied(
                f"{self.endpoint} did not accept username and password: {self._said(answer)} Check them, and that the "
                "account may use the REST API.",
                label="login refused",
            )
        if answer.status >= 400:
            raise self._error(answer)
        token = xml.text_of(self._parsed(answer), ".//accessToken")
        if not token or not all(33 <= ord(char) <= 126 for char in token):
            raise NoAnswer(f"{self.endpoint} sent no token.", label="no token", server_spoke=True)
        if self._register_secret is not None:
            self._register_secret(token)
        return token

    def _parsed(self, answer: Answer) -> Element:
        try:
            return xml.parse(answer.body)
        except NoAnswer as exc:
            raise NoAnswer(
                f"{self.endpoint}: {exc.message} A proxy or a portal may be in between, or this is not the REST API of "
                "an SBC: check host and port.",
                label=exc.label,
                server_spoke=True,
            ) from None

    def _said(self, answer: Answer) -> str:
        """Return the SBC's own words: errorMessage, and the hint in link, wherever they stand [D, the nesting: A]."""
        try:
            root = xml.parse(answer.body)
        except NoAnswer:
            return "no reason was given."
        found = [" ".join(xml.lines(each)) for each in root.iter("errorMessage")]
        text = "; ".join(dict.fromkeys(part for part in found if part))
        return f"{text.rstrip('.')}." if text else "no reason was given."

    def _error(self, answer: Answer) -> JobError:
        status, where = answer.status, self.endpoint
        said, label = self._said(answer), f"HTTP {answer.status}"
        if status == 401:
            # Username and password were accepted a moment ago, so this passes by: a restart, a switchover.
            return NoAnswer(f"{where} did not accept a new token: {said}", label=label, sent=False, server_spoke=True)
        if status == 403:
            return Denied(
                f"{where} does not allow this: {said} It takes an account with administrator privileges, and of a pair "
                "the active SBC.",
                label=label,
            )
        if status == 423:
            # Trap 7: two texts of opposite meaning.
            if "does not have the lock" in said.lower():
                return LockLost(f"{where}: {said}", label="lock lost", reason="locked")
            return LockedByOther(
                f"{where}: {said} The API does not say who holds it: users of the command line and of the GUI count, "
                "too.",
                label="locked",
                reason="locked",
            )
        if status == 404:
            return JobMissing(f"{where} knows no such resource ({label}): {said}", label=label)
        return Refused(f"{where} refused ({label}): {said}", label=label, details={"status": status})


def open_client(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> SbcClient:
    """Return a client for the connection options in *params*; *hide* is told every token, and what it logs in with.

    Raises BadInput, MissingLibrary.
    """
    options = {field.name: params[field.name] for field in dataclasses.fields(SbcConnection)}
    connection = SbcConnection(**options)
    hide([connection.basic])
    return SbcClient(connection, register_secret=lambda token: hide([token]))
