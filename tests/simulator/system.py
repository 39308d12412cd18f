# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the common parts and a simulated system say to each other."""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from .clock import Clock
    from .ledger import Ledger


class SpecError(ValueError):
    """A wrong demand on the control API: an unknown field, a wrong value. Its text is for the author of a test."""


@dataclasses.dataclass(frozen=True)
class Incoming:
    """One HTTP request as it came in, body read whole. Header names are lower case."""

    method: str
    path: str
    query: str
    headers: t.Mapping[str, str]
    body: bytes


@dataclasses.dataclass(frozen=True)
class Facts:
    """What faults and counters may know of a request: its kind, the step of a job's life it serves, its text.

    ``detail`` is opaque to the common parts: a system keeps there what it parsed, so that it parses once.
    """

    kind: str
    step: str
    text: str
    target: str = ""
    credential_in: str = ""
    detail: t.Any = None


@dataclasses.dataclass(frozen=True)
class Stream:
    """A body that is made while it is sent: ``chunks()`` gives ``size`` bytes in pieces, and is never joined.

    ``sent`` is called when the last byte of an undisturbed answer was handed to the network. With ``chunked`` it is
    sent so, and ``size`` need not be exact.
    """

    size: int
    chunks: t.Callable[[], t.Iterator[bytes]]
    sent: t.Callable[[], None] | None = None
    chunked: bool = False


@dataclasses.dataclass(frozen=True)
class Reply:
    """One HTTP answer. With a ``stream`` that is the body, and ``body`` is empty.

    It is not sent before the simulated time ``hold_until``.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/xml; charset=UTF-8"
    headers: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    stream: Stream | None = None
    hold_until: float = 0.0


class HostControl(t.Protocol):
    """What a device may do to its own network address."""

    def outage(self, mode: str, *, start: float | None = None, seconds: float | None = None) -> None:
        """Make the device unreachable for a while."""


class Device(t.Protocol):
    """One simulated device."""

    address: str

    def describe(self) -> dict[str, t.Any]:
        """Return the state of the device, for the control API."""

    def configure(self, settings: t.Mapping[str, t.Any]) -> None:
        """Change settings; raise SpecError and then have changed nothing."""

    def act(self, action: str, arguments: t.Mapping[str, t.Any]) -> t.Any:
        """Do what the control API asks for, and return its answer."""


@dataclasses.dataclass(frozen=True)
class World:
    """What every device shares."""

    clock: Clock
    ledger: Ledger


class System(t.Protocol):
    """One vendor's system: makes devices and answers their requests."""

    name: str
    fault_kinds: frozenset[str]
    opening: Reply  # how an answer begins that has no end

    def create(self, spec: t.Mapping[str, t.Any], host: HostControl) -> Device:
        """Return a new device. Raises SpecError."""

    def remove(self, device: t.Any) -> None:
        """Forget a device."""

    def facts(self, device: t.Any, request: Incoming) -> Facts:
        """Return what faults can be matched with."""

    def handle(self, device: t.Any, request: Incoming, facts: Facts) -> Reply:
        """Answer a request."""

    def fault(self, kind: str, options: t.Mapping[str, t.Any], facts: Facts, effect: t.Callable[[], Reply]) -> Reply:
        """Answer a request with a fault of this system; *effect* lets the request have its effect."""


def check_settings(current: t.Any, values: t.Mapping[str, t.Any], what: str) -> None:
    """Settings of a dataclass, its CHOICES among them. Raises SpecError for an unknown one, a wrong type or value."""
    unknown = set(values) - {field.name for field in dataclasses.fields(current)}
    if unknown:
        raise SpecError(f"unknown settings of {what}: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        wanted = type(getattr(current, name))
        number = wanted is float and isinstance(value, int) and not isinstance(value, bool)
        if value.__class__ is not wanted and not number:
            raise SpecError(f"{name!r} must be of type {wanted.__name__}")
        if name in current.CHOICES and value not in current.CHOICES[name]:
            raise SpecError(f"{name!r} is one of {', '.join(map(str, current.CHOICES[name]))}")
