# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""An API of JSON over HTTPS: requests, replies, and where a vendor's log-in and errors come in."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import typing as t
import urllib.parse
from collections.abc import Collection, Iterator, Mapping

from .._jobs.errors import JobError, NoAnswer
from .connection import Connection
from .http_client import ANSWER_LIMIT, Answer, Stream, joined

Params = Mapping[str, "str | int | bool | None"]

_ERROR_LIMIT = 1024 * 1024
"""Bytes of an error that is read where a big answer was expected."""

C = t.TypeVar("C", bound=Connection)


@dataclasses.dataclass(frozen=True)
class Reply:
    """A JSON answer: *data* is None without a body (HTTP 202 and 204). The names of *headers* are in lower case."""

    status: int
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    data: t.Any = dataclasses.field(repr=False)

    @property
    def request_id(self) -> str:
        return self.headers.get("x-request-id", "")


class JsonClient(t.Generic[C]):
    """Talks to one endpoint; safe to use from several threads.

    A vendor's client gives `login` and `error`, and `renewed` where a log-in can go stale. *base* is put before each
    path. Of the statuses in *readable* (5xx) the vendor's code reads the answer; other 5xx are NoAnswer, as are 3xx and
    429. Raises MissingLibrary and BadInput (files) at construction.
    """

    api: t.ClassVar[str]
    """What the other side is called where its answer is no JSON: ``the API of a PCE``."""

    def __init__(self, connection: C, *, base: str = "", readable: Collection[int] = ()) -> None:
        self.connection = connection
        self.endpoint = connection.endpoint
        self._base = base
        self._http = connection.open_http(readable=readable)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r})"

    # What the vendor's client gives.

    def login(self, within: float | None) -> Mapping[str, str]:
        """Return the headers that one request logs in with; asking for them may take *within* seconds."""
        raise NotImplementedError

    def error(self, answer: Answer) -> JobError:
        """Return the error that *answer*, of status 400 or more, stands for: the vendor's own words, kept whole."""
        raise NotImplementedError

    def renewed(self, answer: Answer) -> bool:
        """Return whether *answer* refused a stale log-in, nothing was done, and a new one is at hand: the request is
        then sent once more."""
        return False

    # Up to here.

    def limit(self, until: float | None) -> None:
        """Let no request last beyond *until* (monotonic seconds), None for no such bound."""
        self._http.deadline = until

    def close(self) -> None:
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        *,
        body: t.Any = None,
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
        write: bool = False,
        limit: int = ANSWER_LIMIT,
    ) -> Reply:
        """Send one request. A *write* goes over a connection of its own and is never repeated here, but for a log-in
        that went stale.

        Raises NoAnswer, and what `error` returns.
        """
        data, fields = _encoded(body, headers)
        address = self._path(path, params)
        for again in (True, False):
            answer = self._http.send(
                method,
                address,
                data=data,
                headers={"Accept": "application/json", **self.login(within), **fields},
                write=write,
                within=within,
                limit=limit,
            )
            if not (again and self.renewed(answer)):
                break
        if answer.status >= 400:
            raise self.error(answer)
        return Reply(answer.status, answer.headers, self._read(answer, may_be_empty=method == "DELETE"))

    @contextlib.contextmanager
    def stream(
        self,
        path: str,
        params: Params | None = None,
        *,
        method: str = "GET",
        body: t.Any = None,
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Iterator[Stream]:
        """Read *path* piece by piece; *within* bounds the head and each piece. Raises as `ask` does, also while it is
        read."""
        data, fields = _encoded(body, headers)
        with contextlib.ExitStack() as stack:
            for again in (True, False):
                head = {"Accept": "application/json", **self.login(within), **fields}
                answer = stack.enter_context(
                    self._http.stream(method, self._path(path, params), data=data, headers=head, within=within)
                )
                if answer.status < 400:
                    break
                said = Answer(answer.status, answer.headers, joined(answer, _ERROR_LIMIT))
                if not (again and self.renewed(said)):
                    raise self.error(said)
            yield answer

    def _path(self, path: str, params: Params | None) -> str:
        given = {name: _param(value) for name, value in (params or {}).items() if value is not None}
        query = urllib.parse.urlencode(given)
        joint = "&" if "?" in path else "?"
        return f"{self._base}{path}{joint}{query}" if query else f"{self._base}{path}"

    def _read(self, answer: Answer, *, may_be_empty: bool) -> t.Any:
        if not answer.body.strip():
            if answer.status == 200 and not may_be_empty:
                # Success without a body is 204, or 202. An empty 200 is what a gateway makes of an answer it has lost.
                raise NoAnswer(
                    f"{self.endpoint}: the answer is empty{request_of(answer)}.", label="empty", server_spoke=True
                )
            return None
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            pass
        raise NoAnswer(
            f"{self.endpoint}: the answer is not JSON{request_of(answer)}. A proxy or a portal may be in between, or "
            f"this is not {self.api}: check host and port.",
            label="not JSON",
            server_spoke=True,
        )


def request_of(answer: Answer) -> str:
    """Return what names the request of *answer* in the server's logs, to be put after its text."""
    request_id = answer.headers.get("x-request-id", "")
    return f" [X-Request-Id {request_id}]" if request_id else ""


def _encoded(body: t.Any, headers: Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    if body is None:
        return None, dict(headers or {})
    return json.dumps(body).encode("ascii"), {"Content-Type": "application/json", **(headers or {})}


def _param(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
