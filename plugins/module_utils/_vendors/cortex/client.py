# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The public API of Cortex XSIAM and XDR: log-in, envelopes, errors. JSON both ways.

Sources: D the Cortex documentation (platform APIs, "NetScan Public API" 1.0.0), R recorded from a tenant and published,
C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import secrets
import string
import time
import typing as t
from collections.abc import Callable, Mapping

from ..._jobs.errors import BadInput, Denied, JobError, JobMissing, NoAnswer, Refused
from ..._transport.connection import Connection
from ..._transport.http_client import Answer, server_time
from ..._transport.json_client import JsonClient, request_of

READABLE = (500,)
"""A refusal with a reason comes as HTTP 500, too [D]: "most business-logic and input-validation failures"."""

USER_AGENT = "netops.jobs (Ansible collection)"
"""The network scan API wants to be told who asks [D]."""

NONCE_LENGTH = 64
_NONCE_OF = string.ascii_letters + string.digits

CLOCK_TOLERANCE = 30.0
"""Seconds by which the clocks here and there may differ before a refused signature is put down to that (assumed)."""

LICENCE = "HTTP 402"
"""The label of what the licence of a tenant does not cover [D]."""

NOT_OF_THE_TENANT = "without a word of the tenant"
"""Ends the label of a 403 or 404 that a proxy, a portal or a gateway may have given."""

# What says no more than that there was an error [D]: whether the request took effect cannot be told from it.
_SAYS_NOTHING = re.compile(r"an error occurred while processing xdr public api|internal (server )?error", re.I)
# Nor from what is trouble behind the one who answers (assumed: only refusals are documented).
_TROUBLE = re.compile(
    r"timed out|(request|response|gateway|connection|read) time-?out|service (is )?(temporarily )?unavailable", re.I
)


@dataclasses.dataclass(frozen=True)
class CortexConnection(Connection):
    """How to reach one tenant. The fields are the options of the same name."""

    api_key: str = dataclasses.field(default="", repr=False)
    api_key_id: str = ""
    key_type: str = "standard"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.api_key or not self.api_key_id:
            raise BadInput("Give api_key and api_key_id to log in with.")
        if not all(33 <= ord(char) <= 126 for char in self.api_key + self.api_key_id):
            raise BadInput("api_key, api_key_id: hold a blank or another character that no key has.")


class CortexClient(JsonClient[CortexConnection]):
    """Talks to one tenant; safe to use from several threads.

    Raises MissingLibrary and BadInput (files) at construction. *now* gives seconds since the epoch.
    """

    api = "the API of a Cortex tenant"

    def __init__(self, connection: CortexConnection, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(connection, base="/public_api", readable=READABLE)
        self._now = now
        self._ahead = 0.0

    def call(
        self,
        path: str,
        request_data: t.Any = None,
        *,
        write: bool = False,
        of_job: bool = False,
        within: float | None = None,
    ) -> t.Any:
        """Return what is in the ``reply`` to *request_data*: the form of all calls but those of the network scans [D].

        Nothing is ever sent twice; *write* says that the request may start something, *of_job* that it asks about a
        job. Raises NoAnswer, Denied, Refused, and JobMissing where a job was asked about (404).
        """
        body = {"request_data": {} if request_data is None else request_data}
        try:
            answer = self.ask("POST", path, body=body, write=write, within=within)
        except JobMissing as exc:
            if of_job:
                raise
            raise Refused(exc.message, label=exc.label) from exc
        if not isinstance(answer.data, Mapping) or "reply" not in answer.data:
            raise NoAnswer(f"{self.endpoint} answered {path} without a reply.", label="no reply", server_spoke=True)
        reply = answer.data["reply"]
        if isinstance(reply, Mapping) and "err_code" in reply and "err_msg" in reply:
            raise self._failure(self._masked(complaint_of(reply)), answer.status, "")
        return reply

    # What the base asks for.

    def login(self, within: float | None) -> Mapping[str, str]:
        """Return the headers of one request. Those of an advanced key hold for that one only (trap 9) [D, C]."""
        connection = self.connection
        headers = {"User-Agent": USER_AGENT, "x-xdr-auth-id": connection.api_key_id}
        if connection.key_type != "advanced":
            return {**headers, "Authorization": connection.api_key}
        nonce = "".join(secrets.choice(_NONCE_OF) for _each in range(NONCE_LENGTH))
        timestamp = str(int((self._now() + self._ahead) * 1000))
        signature = hashlib.sha256(f"{connection.api_key}{nonce}{timestamp}".encode("ascii")).hexdigest()
        return {**headers, "x-xdr-nonce": nonce, "x-xdr-timestamp": timestamp, "Authorization": signature}

    def renewed(self, answer: Answer) -> bool:
        """Return whether a signature was refused for a clock that is wrong here: from now on that of the tenant counts.

        A request that is refused so was not carried out. That the time is what was wrong is inferred: the answer does
        not say so.
        """
        there = server_time(answer.headers)
        if answer.status != 401 or self.connection.key_type != "advanced" or there is None:
            return False
        ahead = there - self._now()
        if abs(ahead - self._ahead) < CLOCK_TOLERANCE:
            return False
        self._ahead = ahead
        return True

    def error(self, answer: Answer) -> JobError:
        status, where = answer.status, self.endpoint
        complaint = self._masked(complaint_in(answer.body))
        label = (
            f"HTTP {status}"
            if complaint.of_tenant or status not in (403, 404)
            else f"HTTP {status} {NOT_OF_THE_TENANT}"
        )
        request = request_of(answer)
        text = f"{complaint.text.rstrip('.') or 'no reason was given'}{request}."
        if status == 401:
            return Denied(f"{where} did not accept the key: {text} {self._key_hint}", label=label)
        if status == 402:
            return Denied(
                f"{where}: the licence of the tenant does not cover this: {text} Network scans need the add-on "
                "Exposure Management.",
                label=LICENCE,
            )
        if status == 403:
            return Denied(f"{where} does not allow this to the key: {text} Check the role of the key.", label=label)
        if status == 404:
            return JobMissing(f"{where}: HTTP 404: {text}", label=label)
        return self._failure(complaint, status, request)

    # Up to here.

    def _masked(self, complaint: Complaint) -> Complaint:
        return Complaint(*(_masked(part, self.connection.api_key) for part in complaint))

    def _failure(self, complaint: Complaint, status: int, request: str) -> Refused | NoAnswer:
        """Return a refusal, or no answer where only something went wrong: the request may have taken effect then."""
        label = f"HTTP {status}"
        text = f"{complaint.text.rstrip('.') or 'no reason was given'}{request}."
        if status in (200, 500) and not complaint.says_why:
            return NoAnswer(f"{self.endpoint} answered {label}: {text}", label=label, server_spoke=True)
        details = {
            "status": status,
            "err_code": complaint.code,
            "err_msg": complaint.message,
            "err_extra": complaint.extra,
        }
        return Refused(f"{self.endpoint} refused ({label}): {text}", label=label, details=details)

    @property
    def _key_hint(self) -> str:
        hint = "Check api_key and api_key_id, whether the key has expired, and key_type: a key of the security level "
        if self.connection.key_type != "advanced":
            return f"{hint}Advanced needs key_type: advanced."
        hint += "Standard needs key_type: standard."
        if abs(self._ahead) >= CLOCK_TOLERANCE:
            where = "behind" if self._ahead > 0 else "ahead of"
            hint += f" The clock here is {abs(self._ahead):.0f} s {where} the tenant's: set it right."
        return hint


class Complaint(t.NamedTuple):
    """What an error says: *code* and *message* are empty, *extra* is None where it does not.

    *documented* is false for an error in a shape of somebody else, who may stand between the tenant and us.
    """

    code: str = ""
    message: str = ""
    extra: t.Any = None
    documented: bool = True

    @property
    def of_tenant(self) -> bool:
        return self.documented and bool(self.text)

    @property
    def says_why(self) -> bool:
        """Whether the tenant says more than that something went wrong."""
        said = _SAYS_NOTHING.sub("", f"{self.message} {_words(self.extra)}")
        return self.documented and bool(re.search(r"\w", said)) and not _TROUBLE.search(said)

    @property
    def text(self) -> str:
        code = f" (err_code {self.code})" if self.code else ""
        extra = _words(self.extra)
        return "; ".join(part for part in (f"{self.message.rstrip('.')}{code}".strip(), extra) if part)


def complaint_in(body: bytes) -> Complaint:
    """Return what the *body* of an error says, whatever its shape; nothing where it is no JSON."""
    try:
        return complaint_of(json.loads(body))
    except ValueError:
        return Complaint()


def complaint_of(data: t.Any) -> Complaint:
    """Return what *data*, an error in JSON, says. There are five shapes (trap 19) [D].

    ``err_code, err_msg, err_extra``, with and without ``reply`` around; ``err_msg, metadata.err_extra`` of the network
    scans; ``description, errors`` of the brokers; ``detail`` of the external scans.
    """
    if isinstance(data, str):
        return Complaint(message=data.strip(), documented=False)
    if not isinstance(data, Mapping):
        return Complaint(extra=data or None, documented=False)
    if "reply" in data:
        return complaint_of(data["reply"])
    metadata = data.get("metadata")
    extra = data.get("err_extra")
    if not extra and isinstance(metadata, Mapping):
        extra = metadata.get("err_extra")
    extra = extra or data.get("errors") or data.get("detail")
    message = data.get("err_msg") or data.get("description") or ""
    code = data.get("err_code")
    documented = bool(message or extra)
    if not documented:
        # A sixth shape: what it says is shown as it is.
        extra = dict(data)
    return Complaint("" if code is None else str(code), " ".join(str(message).split()), extra or None, documented)


def _words(extra: t.Any) -> str:
    """Return *extra* as text, whole."""
    if not extra:
        return ""
    if isinstance(extra, str):
        return " ".join(extra.split())
    if isinstance(extra, list):
        return "; ".join(_words(each) for each in extra)
    if isinstance(extra, Mapping) and set(extra) == {"field", "message"}:
        return f"{extra['field']}: {extra['message']}"
    return json.dumps(extra, ensure_ascii=False)


def _masked(value: t.Any, secret: str) -> t.Any:
    """Return *value* without *secret*, should the other side quote what it was sent."""
    if isinstance(value, str):
        return value.replace(secret, "********")
    if isinstance(value, list):
        return [_masked(each, secret) for each in value]
    if isinstance(value, Mapping):
        return {_masked(key, secret): _masked(each, secret) for key, each in value.items()}
    return value


def open_client(params: Mapping[str, t.Any], _hide: t.Any = None) -> CortexClient:
    """Return a client for the connection options in *params*. Raises BadInput, MissingLibrary."""
    names = [field.name for field in dataclasses.fields(CortexConnection)]
    return CortexClient(CortexConnection(**{name: params[name] for name in names}))
