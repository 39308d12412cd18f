# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The config and device operations of Strata Cloud Manager: log-in, addresses, errors. JSON both ways.

The header x-panw-region is never sent: "it is an error to include the header on a service that does not require it"
[D].

Sources: D pan.dev and its OpenAPI files (config-operations, operations, AuthService), R recorded from a tenant and
published, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import json
import re
import threading
import time
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, Denied, JobError, JobMissing, NoAnswer, Refused
from ..._transport.connection import Connection
from ..._transport.http_client import Answer, retry_after
from ..._transport.json_client import JsonClient, Params, Reply
from .access import Account, Hide, TokenFile, Tokens, TokenService, token_address

if t.TYPE_CHECKING:
    from collections.abc import Callable

_SPOKEN = (500, 501, 502, 503, 504)
"""Statuses whose answers may say more: a session that timed out at the gateway is 504 with the code 4 [D]."""

_UNSUPPORTED = 501
"""Action, method or version not supported, code E012 [D]: an answer, and no trouble that passes."""

NOT_THE_API = "HTTP 404 without a code"
"""The label of a 404 that the API itself has not written: all of its errors have a code [D]."""

_DETAILS_LIMIT = 1000
"""Characters of the details of an error that a message quotes."""


@dataclasses.dataclass(frozen=True)
class ScmConnection(Connection):
    """How to reach one tenant. The fields are the options of the same name."""

    client_id: str | None = None
    client_secret: str | None = dataclasses.field(default=None, repr=False)
    tsg_id: str | None = None
    access_token: str | None = dataclasses.field(default=None, repr=False)
    token_url: str = "https://auth.apps.paloaltonetworks.com/oauth2/access_token"  # noqa: S105
    token_cache: str | None = None
    config_path: str = "/config/operations/v1"
    device_path: str = "/operations/v1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.access_token and not self.account:
            raise BadInput("Give client_id, client_secret and tsg_id, or access_token, to log in with.")
        if self.access_token and not all(33 <= ord(char) <= 126 for char in self.access_token):
            raise BadInput("access_token: holds a blank or another character that no token has.")
        if self.account:
            token_address(self.token_url)
        for option in ("config_path", "device_path"):
            if not re.fullmatch(r"(/[\w.~-]+)*", getattr(self, option), re.ASCII):
                raise BadInput(f"{option}: give it as a path without its last slash, such as /config/operations/v1.")

    @property
    def account(self) -> Account | None:
        """The account to fetch tokens for, None where only a token was given. Raises BadInput."""
        if not (self.client_id and self.client_secret and self.tsg_id):
            return None
        return Account(self.token_url, self.client_id, self.client_secret, self.tsg_id)


class ScmClient(JsonClient[ScmConnection]):
    """Talks to one tenant; safe to use from several threads.

    A token that the API refuses with HTTP 401 is replaced, and the request is sent once more, also one that changes
    something: 401 says that "the request has not been applied because it lacks valid credentials" (RFC 9110, 15.5.2).
    Raises MissingLibrary and BadInput (files, addresses) at construction.
    """

    api = "the API of Strata Cloud Manager"

    def __init__(
        self, connection: ScmConnection, *, hide: Hide | None = None, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(connection, readable=_SPOKEN)
        account = connection.account
        if account and hide:
            hide([account.basic])
        cache = connection.token_cache
        self._tokens = Tokens(
            given=connection.access_token,
            service=TokenService(account, connection, now=now) if account else None,
            file=TokenFile(cache, now=now) if account and cache else None,
            key=account.key if account else "",
            hide=hide,
            now=now,
        )
        self._used = threading.local()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r}, tsg_id={self.connection.tsg_id!r})"

    def config(self, path: str) -> str:
        """Return the address of *path* among the config operations, such as ``/jobs``."""
        return f"{self.connection.config_path}{path}"

    def device(self, path: str) -> str:
        """Return the address of *path* among the device operations, such as ``/device/jobs``."""
        return f"{self.connection.device_path}{path}"

    def get(self, path: str, params: Params | None = None, *, within: float | None = None) -> Reply:
        """Read what is at *path*, which `config` or `device` gave.

        Raises NoAnswer, Denied, JobMissing (404), Refused.
        """
        return self.ask("GET", path, params, within=within)

    def send(
        self, method: str, path: str, body: t.Any = None, params: Params | None = None, *, within: float | None = None
    ) -> Reply:
        """Change something, once: the request is only sent again where a stale token kept it from being processed.

        Raises as `get` does.
        """
        return self.ask(method, path, params, body=body, within=within, write=True)

    def login(self, within: float | None) -> Mapping[str, str]:
        least = self._http.request_timeout
        self._used.token = self._tokens.current(least if within is None else min(within, least))
        return {"Authorization": f"Bearer {self._used.token}"}

    def renewed(self, answer: Answer) -> bool:
        return answer.status == 401 and self._tokens.refuse(self._used.token)

    def limit(self, until: float | None) -> None:
        super().limit(until)
        self._tokens.limit(until)

    def close(self) -> None:
        super().close()
        self._tokens.close()

    def error(self, answer: Answer) -> JobError:
        # The codes are of no use to branch on: E016 is both 401 and 409 [D], and tenants send others [R].
        status, where, label = answer.status, self.endpoint, f"HTTP {answer.status}"
        said = errors_in(answer)
        text = f"{said.text.rstrip('.') or 'no reason was given'}{said.request}."
        if status == 401:
            advice = "Check tsg_id and the roles of the service account."
            if self.connection.account is None:
                advice += " With client_id and client_secret a new token can be fetched when one has expired."
            return Denied(f"{where} did not accept the access token: {text} {advice}", label=label)
        if status == 403:
            return Denied(f"{where} does not allow this: {text} Check the roles of the service account.", label=label)
        if status == 404:
            return JobMissing(f"{where}: {label}: {text}", label=label if said.code else NOT_THE_API)
        if status >= 500 and status != _UNSUPPORTED:
            spoken = f" It says: {text}" if said.text else (f" The request was{said.request}." if said.request else "")
            return NoAnswer(
                f"{where} answered {label}: it has trouble at the moment.{spoken}",
                label=label,
                retry_after=retry_after(answer.headers),
                server_spoke=True,
            )
        return Refused(f"{where} refused ({label}): {text}", label=label, details={"status": status, "code": said.code})


def no_job(exc: JobMissing, what: str) -> JobError:
    """Return what a 404 tells of a job: that there is *what* nowhere, if it is the API that says so, and no gateway."""
    if exc.label == NOT_THE_API:
        return NoAnswer(
            f"{exc.message} That was no answer of the API: check host and its path.", label=exc.label, server_spoke=True
        )
    return JobMissing(f"{what} ({exc.label}).", label=exc.label)


class Said(t.NamedTuple):
    """What an error has to say: *code* of the first, empty where there is none, and what names the *request*."""

    text: str
    code: str
    request: str


def errors_in(answer: Answer) -> Said:
    """Return what the body of *answer* says, whatever its shape: empty texts for HTML, nothing, or another thing.

    Shapes: ``{"_errors": [{code, message, details, help}], "_request_id"}``, where *details* is an object [D: config],
    a text [D: device operations] or an array [C], and the code a text or a number [D: legacy]; ``{"error": text}``
    [D: local configurations]; ``{"message": text}``, as gateways have it.
    """
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        data = None
    found = data if isinstance(data, Mapping) else {}
    request_id = found.get("_request_id") or answer.headers.get("x-request-id")
    request = f" [request {request_id}]" if isinstance(request_id, str) and request_id else ""
    listed = found.get("_errors")
    errors = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    if not errors:
        text = found.get("error") or found.get("message")
        return Said(_clean(text) if isinstance(text, str) else "", "", request)
    code = errors[0].get("code")
    return Said("; ".join(map(_error_text, errors)), "" if code is None else str(code), request)


def _error_text(error: Mapping[str, t.Any]) -> str:
    code, message = error.get("code"), _clean(error.get("message") or "")
    details = ": ".join(dict.fromkeys(_texts(error.get("details"))))[:_DETAILS_LIMIT]
    parts = [part for part in (message.rstrip("."), f"({code})" if code not in (None, "") else "") if part]
    text = " ".join(parts)
    return f"{text}: {details}" if text and details and details != message else text or details


def _texts(value: t.Any) -> list[str]:
    """Return all that is to be read in *value*, in its order."""
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    text = "" if value is None else _clean(value)
    return [text] if text else []


def _clean(value: t.Any) -> str:
    return " ".join(str(value).split())


def open_client(params: Mapping[str, t.Any], hide: Hide | None = None) -> ScmClient:
    """Return a client for the connection options in *params*. Raises BadInput, MissingLibrary."""
    names = [field.name for field in dataclasses.fields(ScmConnection)]
    return ScmClient(ScmConnection(**{name: params[name] for name in names}), hide=hide)
