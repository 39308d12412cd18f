# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The XML API of a firewall or Panorama: authentication, envelope, errors. Everything travels as a POST form."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import threading
import time
import typing as t

from ..._jobs.errors import BadInput, Busy, Denied, JobError, JobMissing, NoAnswer, Refused
from ..._transport import xml
from ..._transport.connection import Connection
from ..._transport.http_client import Answer, Stream, joined
from .replies import Kind, Reply, read_reply

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..._transport.xml import Element

_PATH = "/api/"

_HEAD = 1024
"""Bytes of a big answer by which an error is told apart."""

_ERROR_LIMIT = 1024 * 1024
"""Bytes of an error that is read where a big answer was expected."""


def _countdown(within: float | None) -> Callable[[], float | None]:
    """Return a function that tells how much of *within* is left: a log-in in between uses some of it up."""
    if within is None:
        return lambda: None
    end = time.monotonic() + within
    return lambda: end - time.monotonic()


def _sentence(text: str) -> str:
    """Return *text* of the device with a full stop, for the advice that follows."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


class Body:
    """The body of a big answer, to be iterated over once. The names of *headers* are in lower case.

    *length* is what the device says how many bytes it has, None if it does not say. What is not read by *until*
    (monotonic seconds) is not read any more.
    """

    def __init__(self, answer: Stream, *, until: float = math.inf) -> None:
        self._until = until
        self.status = answer.status
        self.headers = answer.headers
        self.length = answer.length
        self._rest = iter(answer)
        self._head = b""
        # A server may send it in pieces of a few bytes each.
        for part in self._rest:
            self._head += part
            if len(self._head) >= _HEAD:
                break

    def __iter__(self) -> Iterator[bytes]:
        """Raises NoAnswer as `Stream` does, and once the time is over."""
        if self._head:
            yield self._head
        for part in self._rest:
            if time.monotonic() >= self._until:
                raise NoAnswer("No time was left to read all of the answer.", label="no time left", server_spoke=True)
            yield part

    @property
    def root(self) -> str:
        """The name of its root element, empty where it does not begin as XML does."""
        return xml.root_of(self._head)[0]

    @property
    def is_reply(self) -> bool:
        """Whether the answer is one of the API itself: of an error, or of a success without a file."""
        return self.is_error or self.root == "response"

    @property
    def is_error(self) -> bool:
        """Whether the answer is an error of the API, or a page of something in between, in place of what was asked for.

        A file that happens to be XML (a configuration) has another root than ``response``.
        """
        if self.status >= 400:
            return True
        root, status = xml.root_of(self._head)
        return root == "html" or (root == "response" and status not in ("success", None))


@dataclasses.dataclass(frozen=True)
class PanosConnection(Connection):
    """How to reach one device. *target* is the serial of a firewall behind this Panorama."""

    username: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    api_key: str | None = dataclasses.field(default=None, repr=False)
    target: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.api_key and not (self.username and self.password):
            raise BadInput("Give api_key, or username and password, to log in with.")
        if self.api_key and not all(33 <= ord(char) <= 126 for char in self.api_key):
            raise BadInput("api_key: holds a blank or another character that no key has. Check how it was copied.")

    @property
    def can_log_in(self) -> bool:
        return bool(self.username and self.password)


class PanosClient:
    """Talks to one device; safe to use from several threads.

    *register_secret* is told each key that is made at run time, so that it can be masked wherever it might show up.
    *deadline* (monotonic seconds, None for none) bounds every request.
    Raises MissingLibrary and BadInput (files) at construction.
    """

    def __init__(self, connection: PanosConnection, *, register_secret: Callable[[str], object] | None = None) -> None:
        xml.require_lxml()
        self.connection = connection
        self.endpoint = connection.endpoint
        self.target = connection.target
        self.user = connection.username
        self._register_secret = register_secret
        self._http = connection.open_http()
        self._key = connection.api_key or ""
        self._key_lock = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r})"

    @property
    def deadline(self) -> float | None:
        return self._http.deadline

    @deadline.setter
    def deadline(self, until: float | None) -> None:
        self._http.deadline = until

    def close(self) -> None:
        self._http.close()

    def op(
        self,
        cmd: Element,
        *,
        vsys: str | None = None,
        within: float | None = None,
        target: str | None = None,
        write: bool = False,
    ) -> Reply:
        """Run an operational command, for *vsys* if given; *target* overrides the connection's, an empty text: none.

        Raises NoAnswer, Denied, JobMissing, Busy, Refused.
        """
        form = {"type": "op", "cmd": xml.to_text(cmd)}
        if vsys:
            form["vsys"] = vsys
        return self._ask(form, within=within, target=target, write=write)

    def commit(self, cmd: Element, *, action: str | None = None) -> Reply:
        """Send a ``<commit>``, once. Raises NoAnswer, Denied, Busy, Refused.

        That *target* works together with type=commit is assumed: one integration's documentation denies it.
        """
        form = {"type": "commit", "cmd": xml.to_text(cmd)}
        if action:
            form["action"] = action
        return self._ask(form, write=True)

    def ask(self, form: Mapping[str, str], *, within: float | None = None, target: str | None = None) -> Reply:
        """Send a request of another type (``log``, ``report``, ``export``); *target* as in `op`.

        Raises NoAnswer, Denied, JobMissing, Busy, Refused.
        """
        return self._ask(form, within=within, target=target, write=False)

    @contextlib.contextmanager
    def stream(
        self,
        form: Mapping[str, str],
        *,
        within: float | None = None,
        until: float = math.inf,
        target: str | None = None,
    ) -> Iterator[Body]:
        """Send a request whose answer is too big for memory and give its body, to be read piece by piece.

        *within* (seconds) bounds the head and each piece, *until* (monotonic seconds) the whole. An answer that is an
        error of the API is not given but raised, as `ask` does. Raises NoAnswer also while the body is read.
        """
        form = self._with_target(form, target)
        left = _countdown(within)
        key = self._current_key(left())
        for last in (False, True):
            with self._http.stream("POST", _PATH, data=form, headers={"X-PAN-KEY": key}, within=left()) as answer:
                body = Body(answer, until=until)
                if not body.is_error:
                    yield body
                    return
                reply = self._read(Answer(answer.status, answer.headers, joined(body, _ERROR_LIMIT)))
            if last or not self._wants_new_key(reply):
                raise self._error(reply)
            key = self._renewed_key(key, left())

    def _with_target(self, form: Mapping[str, str], target: str | None) -> Mapping[str, str]:
        serial = self.target if target is None else target
        return {**form, "target": serial} if serial else form

    def _wants_new_key(self, reply: Reply) -> bool:
        # Both mean that the request was not accepted, so even a write may be repeated, once, after a new login.
        return reply.kind is Kind.SESSION or (reply.kind is Kind.KEY and self.connection.can_log_in)

    def _ask(
        self, form: Mapping[str, str], *, within: float | None = None, target: str | None = None, write: bool
    ) -> Reply:
        form = self._with_target(form, target)
        left = _countdown(within)
        key = self._current_key(left())
        reply = self._send(form, key, within=left(), write=write)
        if self._wants_new_key(reply):
            key = self._renewed_key(key, left())
            reply = self._send(form, key, within=left(), write=write)
        if reply.kind is Kind.ACCEPTED:
            return reply
        raise self._error(reply)

    def _send(self, form: Mapping[str, str], key: str, *, within: float | None, write: bool) -> Reply:
        return self._read(
            self._http.send("POST", _PATH, data=form, headers={"X-PAN-KEY": key}, write=write, within=within)
        )

    def _read(self, answer: Answer) -> Reply:
        try:
            return read_reply(answer.body, answer.status)
        except NoAnswer as exc:
            hint = f" (HTTP {answer.status})" if answer.status >= 400 else ""
            broken = NoAnswer(
                f"{self.endpoint}{hint}: {exc.message} It may be starting, or this is not the XML API of PAN-OS: "
                "check host and port.",
                label=exc.label,
                server_spoke=True,
            )
        raise broken

    def _current_key(self, within: float | None) -> str:
        with self._key_lock:
            if not self._key:
                self._key = self._keygen(within)
            return self._key

    def _renewed_key(self, dead: str, within: float | None) -> str:
        """Return a key other than *dead*: made once, however many threads find it dead at the same time."""
        with self._key_lock:
            if self._key == dead and self.connection.can_log_in:
                self._key = self._keygen(within)
            return self._key

    def _keygen(self, within: float | None) -> str:
        form = {
            "type": "keygen",
            "user": self.connection.username or "",
            "password": self.connection.password or "",
        }
        failure: JobError
        try:
            reply = self._read(self._http.send("POST", _PATH, data=form, within=within))
        except NoAnswer as exc:
            # Whatever became of the log-in, the request that needs the key was not sent.
            failure = exc.unsent()
        else:
            key = xml.text_of(reply.root, "./result/key")
            if reply.kind is Kind.ACCEPTED and key:
                if self._register_secret is not None:
                    self._register_secret(key)
                return key
            failure = self._login_error(reply)
        raise failure

    def _login_error(self, reply: Reply) -> JobError:
        text = _sentence(reply.text or f"code {reply.code or 'unknown'}")
        if reply.kind is Kind.NOT_READY:
            return self._not_ready(text).unsent()
        return Denied(
            f"{self.endpoint} did not accept username and password: {text} Check them, and that the account may use "
            "the XML API. Shortly after a restart the device refuses valid ones too.",
            label="login refused",
        )

    def _not_ready(self, text: str) -> NoAnswer:
        # None of the texts proves that the request went nowhere: one part of the device may have passed it on to
        # another. A submission is looked for in the job list then.
        return NoAnswer(f"{self.endpoint} is not ready: {text}", label="not ready", server_spoke=True)

    def _error(self, reply: Reply) -> JobError:
        """Return the error that *reply* stands for. The device's own text is kept whole."""
        text = _sentence(reply.text or f"an error without a text, code {reply.code or 'none'}")
        where = self.endpoint
        if reply.kind is Kind.SESSION:
            return NoAnswer(
                f"{where}: the session timed out, twice in a row: {text}",
                label="session timed out",
                sent=False,
                server_spoke=True,
            )
        if reply.kind is Kind.KEY:
            return Denied(
                f"{where} did not accept the API key: {text} Check api_key; with username and password a new key is "
                "made when one expires.",
                label="key refused",
            )
        if reply.kind is Kind.ROLE:
            return Denied(
                f"{where}: {text} Give the account's admin role this part of the XML API, or use another account.",
                label="no permission",
            )
        if reply.kind is Kind.NOT_READY:
            return self._not_ready(text)
        if reply.kind is Kind.NO_JOB:
            return JobMissing(f"{where}: {text}", label="job not found")
        if reply.kind is Kind.BUSY:
            return Busy(f"{where} is busy: {text}", label="busy")
        if reply.kind is Kind.LOCKED:
            return Refused(f"{where} is locked: {text}", reason="locked", label="locked")
        return Refused(f"{where} refused: {text}", label="refused", details={"code": reply.code} if reply.code else {})


def open_client(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> PanosClient:
    """Return a client for the connection options in *params*; *hide* is told every key that it makes.

    Raises BadInput, MissingLibrary.
    """
    options = {field.name: params[field.name] for field in dataclasses.fields(PanosConnection)}
    return PanosClient(PanosConnection(**options), register_secret=lambda key: hide([key]))
