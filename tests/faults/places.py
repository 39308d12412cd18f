# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is hit: every request of an undisturbed run, and with what."""

from __future__ import annotations

import collections
import dataclasses
import enum
import typing as t
from collections.abc import Iterable, Mapping

if t.TYPE_CHECKING:
    from .run import Request

WHILE = 8.0
"""Simulated seconds that "a while" lasts: less than outage_timeout."""

PATIENCE = 0.6
"""Real seconds that a request may take where a fault is one of slowness."""

SLOW = 3 * PATIENCE


class Role(enum.Enum):
    """What a request is for."""

    LOGIN = "login"
    ASK = "ask"  # before there is a job
    TAKE = "lock"
    SUBMIT = "submit"
    LOOK = "look"  # at the job and its parts
    FETCH = "fetch"  # what it has produced
    RELEASE = "release"


class Span(enum.Enum):
    """How long a fault lasts."""

    ONCE = "once"
    WHILE = "a while"  # this request, and everything after it for WHILE seconds
    STEP = "for ever"  # this request and all of its kind
    ALL = "everything"  # this request and everything after it, for ever


class Known(enum.Enum):
    """What became of a request that was hit, and whether the client can tell."""

    UNPROCESSED = "not processed, and the client is told so"
    BEFORE = "not processed, and the client cannot know"
    AFTER = "processed, and the client cannot know"


@dataclasses.dataclass(frozen=True)
class Fault:
    """*rule* as the simulator takes it; *speaks*: the client sees that something answers HTTP there; *of_body*: where
    there is no body there is no fault."""

    name: str
    rule: Mapping[str, t.Any]
    known: Known
    speaks: bool = True
    slow: bool = False
    of_body: bool = False
    spans: tuple[Span, ...] = tuple(Span)
    systems: tuple[str, ...] = ()


def _outage(mode: str, when: str, **details: t.Any) -> Fault:
    """The connection of the request breaks, and then nothing can be reached at all."""
    known = Known.BEFORE if when == "before" else Known.AFTER
    rule = {"fault": "outage", "mode": mode, "when": when}
    return Fault(f"{mode} from {when}", rule, known, speaks=False, spans=(Span.WHILE, Span.ALL), **details)


SESSION = (Span.ONCE,)
"""One session dies once; and a log-in belongs to none."""

FAULTS = (
    Fault("dropped before", {"fault": "drop_before"}, Known.BEFORE, speaks=False),
    Fault("dropped after", {"fault": "drop_after"}, Known.AFTER, speaks=False),
    Fault("reset after", {"fault": "drop_after", "reset": True}, Known.AFTER, speaks=False),
    Fault("effect a second later", {"fault": "delayed_effect", "seconds": 1}, Known.AFTER, speaks=False),
    Fault("body cut", {"fault": "cut_body", "bytes": 1}, Known.AFTER, of_body=True),
    Fault("body shorter than announced", {"fault": "wrong_length", "bytes": 100000000}, Known.AFTER, of_body=True),
    Fault("chunks cut", {"fault": "chunked", "bytes": 1}, Known.AFTER, of_body=True),
    Fault("HTTP 429", {"fault": "status_429"}, Known.UNPROCESSED),
    Fault("HTTP 429, Retry-After", {"fault": "status_429", "retry_after": 3}, Known.UNPROCESSED),
    Fault("HTTP 500 before", {"fault": "status_500"}, Known.BEFORE),
    Fault("HTTP 500 after", {"fault": "status_500", "when": "after"}, Known.AFTER),
    Fault("HTTP 503 before", {"fault": "status_503"}, Known.BEFORE),
    Fault("HTTP 503, Retry-After", {"fault": "status_503", "retry_after": 3}, Known.BEFORE),
    Fault("HTTP 504 after", {"fault": "status_504", "when": "after"}, Known.AFTER),
    Fault("HTML before", {"fault": "html"}, Known.BEFORE),
    Fault("HTML after", {"fault": "html", "when": "after"}, Known.AFTER),
    Fault("garbage before", {"fault": "garbage"}, Known.BEFORE),
    Fault("garbage after", {"fault": "garbage", "when": "after"}, Known.AFTER),
    Fault("empty before", {"fault": "empty"}, Known.BEFORE),
    Fault("empty after", {"fault": "empty", "when": "after"}, Known.AFTER),
    Fault("answer too late", {"fault": "slow", "seconds": SLOW, "when": "after"}, Known.AFTER, speaks=False, slow=True),
    Fault("body stalls", {"fault": "stall", "seconds": SLOW, "bytes": 1}, Known.AFTER, slow=True, of_body=True),
    Fault("body trickles", {"fault": "trickle", "seconds": SLOW}, Known.BEFORE, slow=True),
    _outage("refused", "after"),
    _outage("reset", "after"),
    _outage("silent", "after", slow=True),
    _outage("untrusted", "after"),
    Fault("session expired", {"fault": "session_timeout"}, Known.UNPROCESSED, spans=SESSION, systems=("panos",)),
    Fault("token expired", {"fault": "key_expired"}, Known.UNPROCESSED, spans=SESSION, systems=("scm",)),
)

# The words of the simulated systems for their requests (its README). What is in none of them is ASK before the first
# submission, and LOOK after it.
LOGINS = frozenset({"keygen", "login", "token", "renew", "versions"})
TAKES = frozenset({"lock"})
RELEASES = frozenset({"unlock", "delete", "finish", "locks"})
FETCHES = frozenset(
    {"download", "get", "export", "xql-stream", "file-details", "script-files", "distribution-url", "running"}
)


@dataclasses.dataclass(frozen=True)
class Place:
    """A request of the undisturbed run.

    :arg skip: how many requests like it come before it.
    :arg before: how many submissions that count were accepted before it.
    :arg first: nothing of this service has answered before it.
    :arg empty: its answer has no body, which cannot be cut then, nor told from an empty one.
    """

    number: int
    method: str
    kind: str
    step: str
    skip: int
    role: Role
    before: int
    first: bool
    empty: bool

    @property
    def match(self) -> dict[str, str]:
        return {"method": self.method, "type": self.kind, "step": self.step}

    def __str__(self) -> str:
        return f"{self.number}: {self.method} {self.kind}/{self.step} ({self.role.value})"


def places_of(requests: Iterable[Request], effects: frozenset[str]) -> list[Place]:
    """Return the places of a run. Of a request that is repeated between two submissions the first stands for all,
    of the looks at a job the first two."""
    found: list[Place] = []
    seen: collections.Counter[tuple[str, str, str]] = collections.Counter()
    alike: collections.Counter[tuple[tuple[str, str, str], int]] = collections.Counter()
    services: set[tuple[str, bool]] = set()
    before = 0
    for number, request in enumerate(requests):
        key = request.method, request.kind, request.step
        # The token service of SCM is another server than its API.
        service = request.device, request.kind == "token"
        submitted = sum(kind in effects for kind in request.submitted)
        skip = seen[key]
        seen[key] += 1
        alike[key, before] += 1
        role = role_of(request, submitted=bool(submitted), after=before > 0)
        if alike[key, before] <= (2 if role is Role.LOOK else 1) or submitted:
            found.append(Place(number, *key, skip, role, before, first=service not in services, empty=request.empty))
        services.add(service)
        before += submitted
    return found


def spans_of(place: Place, fault: Fault) -> list[Span]:
    """Return how long *fault* is to last there.

    That everything fails for ever differs from one kind of request that does so only where something has to be found
    or given back, or has come half. What is slow takes real time: once, and for ever where the answer comes too late.
    """
    spans = list(fault.spans)
    if fault.rule["fault"] != "outage" and place.role in (Role.LOGIN, Role.ASK, Role.LOOK):
        spans = [span for span in spans if span is not Span.ALL]
    if fault.slow:
        kept = (Span.ONCE, Span.STEP) if fault.rule["fault"] == "slow" else (Span.ONCE, Span.ALL)
        spans = [span for span in spans if span in kept]
    if fault.spans is SESSION and place.role is Role.LOGIN:
        return []
    if place.empty and (fault.of_body or (fault.name.startswith("empty") and place.method == "DELETE")):
        return []  # that is how it is answered
    return spans


def role_of(request: Request, *, submitted: bool, after: bool) -> Role:
    step = request.step
    if submitted:
        return Role.SUBMIT
    if step in LOGINS:
        return Role.LOGIN
    if step in TAKES:
        return Role.RELEASE if after else Role.TAKE
    if after and step in RELEASES:
        return Role.RELEASE
    if after and step in FETCHES:
        return Role.FETCH
    return Role.LOOK if after else Role.ASK


def planted(fault: Fault, place: Place, span: Span) -> dict[str, t.Any]:
    """Return the rule for the simulator."""
    rule = {"device": "*", **fault.rule, "match": place.match, "skip": place.skip}
    if rule["fault"] == "outage":
        return {**rule, "lasts": WHILE if span is Span.WHILE else None}
    if span is Span.ONCE:
        return rule
    rule["times"] = "forever"
    if span is Span.WHILE:
        rule["lasts"] = WHILE
    return rule if span is Span.STEP else {**rule, "spreads": True}
