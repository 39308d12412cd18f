# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The REST API of an Illumio PCE: log-in, addresses, errors. JSON both ways.

Sources: D the guide "REST APIs 25.2.10", R recorded from a PCE and published, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import BadInput, Denied, JobError, JobMissing, Refused
from ..._transport.connection import Connection, basic
from ..._transport.http_client import ANSWER_LIMIT, Answer, path_of
from ..._transport.json_client import JsonClient, Params, Reply, request_of

GONE = (404, 410)
"""What a PCE answers for a job that it does not know any more [C]: distinct from a path that never was by the asker."""

ASYNCHRONOUS: Mapping[str, str] = {"Prefer": "respond-async"}
"""What asks for an answer as a job [D]; endpoints that cannot do so ignore it, and answer with the data [C]."""


@dataclasses.dataclass(frozen=True)
class IllumioConnection(Connection):
    """How to reach one organisation on one PCE.

    *api_key* and *api_secret* are those of an API key (``api_...``), or the user (``user_...``) and the token of a
    session [D].
    """

    port: int = 8443
    org_id: int = 1
    api_key: str = ""
    api_secret: str = dataclasses.field(default="", repr=False)
    api_version: str = "v2"

    @property
    def basic(self) -> str:
        return basic(self.api_key, self.api_secret)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.api_key or not self.api_secret:
            raise BadInput("Give api_key and api_secret to log in with.")
        if ":" in self.api_key or not _plain(self.api_key) or not _plain(self.api_secret):
            raise BadInput("api_key, api_secret: hold a blank or another character that no key has.")
        if self.org_id < 1:
            raise BadInput(f"org_id: {self.org_id} is not the number of an organisation, give one from 1 on.")
        if not re.fullmatch(r"v\d+", self.api_version):
            raise BadInput(f"api_version: {self.api_version!r} is not one, give it as v2.")


def _plain(text: str) -> bool:
    return all(33 <= ord(char) <= 126 for char in text)


class IllumioClient(JsonClient[IllumioConnection]):
    """Talks to one organisation on one PCE; safe to use from several threads.

    Raises MissingLibrary and BadInput (files) at construction.
    """

    api = "the API of a PCE"

    def __init__(self, connection: IllumioConnection) -> None:
        super().__init__(connection, base=f"/api/{connection.api_version}")
        self._login = {"Authorization": f"Basic {connection.basic}"}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r}, org_id={self.connection.org_id})"

    def login(self, within: float | None) -> Mapping[str, str]:
        return self._login

    @property
    def org(self) -> str:
        """The path of the organisation: ``/orgs/1``."""
        return f"/orgs/{self.connection.org_id}"

    def href(self, address: str) -> str:
        """Return what the PCE calls an href (``/orgs/1/jobs/...``, with its query) of an *address* it handed out.

        That comes in three forms: absolute, from ``/api/v2`` on, or as an href [D: the guides differ by release]. Host
        and port in it are dropped: credentials never follow a foreign host. Raises NoAnswer where it is none of them.
        """
        path = path_of(address)
        return re.sub(r"^/api/v\d+(?=/)", "", path)

    def get(
        self,
        href: str,
        params: Params | None = None,
        *,
        within: float | None = None,
        asynchronous: bool = False,
        limit: int = ANSWER_LIMIT,
    ) -> Reply:
        """Read *href*. With *asynchronous* the PCE is asked to work on it as a job.

        Raises NoAnswer, Denied, JobMissing (404 and 410), Refused.
        """
        headers = ASYNCHRONOUS if asynchronous else {}
        return self.ask("GET", href, params, headers=headers, within=within, write=asynchronous, limit=limit)

    def send(
        self, method: str, href: str, body: t.Any = None, params: Params | None = None, *, within: float | None = None
    ) -> Reply:
        """Change something, once: the request is never repeated here. Raises as `get` does."""
        return self.ask(method, href, params, body=body, within=within, write=True)

    def error(self, answer: Answer) -> JobError:
        status, where = answer.status, self.endpoint
        errors = errors_in(answer.body)
        text = "; ".join(error.text for error in errors) or "no reason was given"
        text = f"{text.rstrip('.')}{request_of(answer)}."
        label = f"HTTP {status}"
        if status == 401:
            return Denied(
                f"{where} did not accept the credentials: {text} Check api_key and api_secret, and whether the key has "
                "expired. A session dies after ten minutes without a request.",
                label=label,
            )
        if status == 403:
            return Denied(
                f"{where} does not allow this to the owner of the API key: {text} Check org_id and the owner's role.",
                label=label,
            )
        if status in GONE:
            return JobMissing(f"{where}: {label}: {text}", label=label)
        details = {"status": status, "code": errors[0].token if errors else ""}
        return Refused(f"{where} refused ({label}): {text}", label=label, details=details)


class ApiError(t.NamedTuple):
    """One error in an answer: *token* is the PCE's short name of it, empty where it gave none."""

    token: str
    message: str

    @property
    def text(self) -> str:
        return f"{self.message} ({self.token})" if self.token and self.message else self.message or self.token


def errors_in(body: bytes) -> list[ApiError]:
    """Return the errors in the body of an answer, whatever its shape: none where it has no text for people.

    Shapes: a list of ``{token, message}`` [D], ``[{"error": ...}]``, a bare number, an object [C: illumio-py's tests],
    ``{"errors": [...]}`` [C: illumioapi], a page of a proxy.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return errors_of(data)


def errors_of(data: t.Any) -> list[ApiError]:
    """Return the errors in *data*, which the PCE sent as JSON, as `errors_in` does."""
    if isinstance(data, list):
        return [error for item in data for error in errors_of(item)]
    if isinstance(data, str):
        return [ApiError("", data.strip())] if data.strip() else []
    if not isinstance(data, Mapping):
        return []
    if isinstance(data.get("errors"), list):
        return errors_of(data["errors"])
    token, message = (data.get(key) for key in ("token", "message"))
    text = message if message is not None else data.get("error")
    if token or text:
        return [ApiError(str(token or ""), " ".join(str(text or "").split()))]
    return []


def in_all(headers: Mapping[str, str], *, filtered: bool) -> int | None:
    """Return how many objects fit a request, however many of them the answer has, None where the PCE does not say.

    ``X-Matched-Count`` is taken for the number of those that fit the filters [inferred: in samples of the guide, which
    have none, it is equal to the other]; ``X-Total-Count`` is without filters [C: seen live on 25.2.40].
    """
    matched = _number(headers.get("x-matched-count"))
    if matched is not None or filtered:
        return matched
    return _number(headers.get("x-total-count"))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def open_client(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> IllumioClient:
    """Return a client for the connection options in *params*; *hide* is told what it logs in with.

    Raises BadInput, MissingLibrary.
    """
    names = [field.name for field in dataclasses.fields(IllumioConnection)]
    connection = IllumioConnection(**{name: params[name] for name in names})
    hide([connection.basic])
    return IllumioClient(connection)
