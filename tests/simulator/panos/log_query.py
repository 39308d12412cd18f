# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter of a log query: conditions in parentheses, joined by ``and``, ``or``, ``not``.

As in the vendor's example ``(receive_time geq '2012/06/22 08:00:00')`` (documented: Retrieve Logs) and in the filters
of the web interface (documented: Filter Logs). What is not understood is an error; the texts of errors are assumed.
"""

from __future__ import annotations

import calendar
import dataclasses
import ipaddress
import re
import socket
import time
import typing as t

from .xml import ApiError

if t.TYPE_CHECKING:
    Value = t.Callable[[str], str]

# A quoted text may hold a quote behind a backslash (client: pan-os-python, the history of audit comments).
TOKEN = re.compile(r"""\s*(?:([()!])|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s()'"!]+))""")
ESCAPED = re.compile(r"\\(.)")
OPERATORS = frozenset({"eq", "neq", "geq", "leq", "in", "notin", "contains"})
WORDS = frozenset({"and", "or", "not"})
TIMES = frozenset({"receive_time", "time_generated"})
ADDRESSES = frozenset({"src", "dst", "natsrc", "natdst", "ip", "public_ip", "private_ip"})
TIME_FORM = "%Y/%m/%d %H:%M:%S"
# What the filters of the web interface call a field, and the fields of the entry it looks at.
ALIASES = {
    "addr": ("src", "dst"),
    "addr.src": ("src",),
    "addr.dst": ("dst",),
    "port": ("sport", "dport"),
    "port.src": ("sport",),
    "port.dst": ("dport",),
    "zone": ("from", "to"),
    "zone.src": ("from",),
    "zone.dst": ("to",),
    "user": ("srcuser", "dstuser"),
    "user.src": ("srcuser",),
    "user.dst": ("dstuser",),
    "rule.name": ("rule",),
    # Of a config log; the names in it are quoted, as the filter of pan-os-python expects.
    "path": ("full-path",),
}


def invalid(text: str) -> ApiError:
    """Code 17 = invalid command (documented); that it is the one for a query is assumed."""
    return ApiError(f"Invalid query: {text}", code="17")


def moment(text: str) -> int:
    """Seconds, in the device's time. Raises ApiError."""
    try:
        return calendar.timegm(time.strptime(text, TIME_FORM))
    except ValueError as exc:
        raise invalid(f"'{text}' is not a time (YYYY/MM/DD HH:MM:SS)") from exc


@dataclasses.dataclass(frozen=True)
class Condition:
    """``field operator value``; ``wanted`` is the value read: of a time its seconds, for ``in`` network and mask.

    The value of a time is written as the device writes it: such texts sort as the times do.
    """

    field: str
    operator: str
    value: str
    wanted: t.Any

    def matches(self, value: Value) -> bool:
        found = [value(name) for name in ALIASES.get(self.field, (self.field,))]
        if self.operator in ("neq", "notin"):
            return not any(self._holds(one) for one in found)
        return any(self._holds(one) for one in found)

    def _holds(self, text: str) -> bool:
        if self.operator == "contains":
            return self.value.lower() in text.lower()
        if self.operator in ("in", "notin"):
            network, mask = self.wanted
            return text != "" and int.from_bytes(socket.inet_aton(text), "big") & mask == network
        if self.operator in ("eq", "neq"):
            return text == self.value
        if self.field in TIMES:
            return text >= self.value if self.operator == "geq" else text <= self.value
        if not text.isdigit():
            return False
        return bool(int(text) >= self.wanted if self.operator == "geq" else int(text) <= self.wanted)


@dataclasses.dataclass(frozen=True)
class Not:
    inner: Node

    def matches(self, value: Value) -> bool:
        return not self.inner.matches(value)


@dataclasses.dataclass(frozen=True)
class Junction:
    """``all`` of the parts, or any of them."""

    all: bool
    parts: tuple[Node, ...]

    def matches(self, value: Value) -> bool:
        return (all if self.all else any)(part.matches(value) for part in self.parts)


Node = t.Union[Condition, Not, Junction]
EVERYTHING = Junction(True, ())


def parse_query(text: str, fields: t.Collection[str], words: t.Mapping[tuple[str, str], str] | None = None) -> Node:
    """The filter; everything for an empty text. Raises ApiError, also for a field that the log does not have.

    ``words`` are values that a filter may call by another name than the rows, by field and name.
    """
    tokens = tokenize(text)
    if not tokens:
        return EVERYTHING
    reader = Reader(tokens, fields, words or {})
    node = reader.junction()
    if reader.left():
        raise invalid(f"unexpected '{reader.take()}'")
    return node


def tokenize(text: str) -> list[tuple[bool, str]]:
    """Pairs of "is it quoted" and the text."""
    tokens: list[tuple[bool, str]] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise invalid(f"unexpected '{text[place:].strip()}'")
        place = found.end()
        quoted = found.group(2) if found.group(2) is not None else found.group(3)
        tokens.append(
            (False, found.group(1) or found.group(4)) if quoted is None else (True, ESCAPED.sub(r"\1", quoted))
        )
    return tokens


class Reader:
    """Reads a filter from its tokens; ``and`` binds closer than ``or`` (assumed, as everywhere)."""

    def __init__(
        self, tokens: list[tuple[bool, str]], fields: t.Collection[str], words: t.Mapping[tuple[str, str], str]
    ) -> None:
        self._tokens, self._fields, self._words = tokens, fields, words
        self._place = 0

    def left(self) -> bool:
        return self._place < len(self._tokens)

    def take(self) -> str:
        if not self.left():
            raise invalid("it ends too early")
        self._place += 1
        return self._tokens[self._place - 1][1]

    def _next_is(self, word: str) -> bool:
        return self.left() and self._tokens[self._place] == (False, word)

    def junction(self) -> Node:
        parts = [self._conjunction()]
        while self._next_is("or"):
            self.take()
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Junction(False, tuple(parts))

    def _conjunction(self) -> Node:
        parts = [self._term()]
        while self._next_is("and"):
            self.take()
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Junction(True, tuple(parts))

    def _term(self) -> Node:
        if self._next_is("not") or self._next_is("!"):
            self.take()
            return Not(self._term())
        if self._next_is("("):
            self.take()
            node = self.junction()
            if not self._next_is(")"):
                raise invalid("a parenthesis is not closed")
            self.take()
            return node
        return self._condition()

    def _condition(self) -> Condition:
        field = self.take()
        if any(name not in self._fields for name in ALIASES.get(field, (field,))):
            raise invalid(f"unknown field '{field}'")
        operator = self.take()
        if operator not in OPERATORS:
            raise invalid(f"unknown operator '{operator}'")
        if self._next_is("(") or self._next_is(")") or any(self._next_is(word) for word in WORDS):
            raise invalid(f"'{field} {operator}' has no value")
        value = self.take()
        value = self._words.get((field, value), value)
        meant = wanted(field, operator, value)
        if field in TIMES:
            value = time.strftime(TIME_FORM, time.gmtime(meant))
        return Condition(field, operator, value, meant)


def wanted(field: str, operator: str, value: str) -> t.Any:
    if field in TIMES:
        if operator not in ("eq", "neq", "geq", "leq"):
            raise invalid(f"'{operator}' cannot be used with {field}")
        return moment(value)
    if operator in ("in", "notin"):
        if not ADDRESSES.issuperset(ALIASES.get(field, (field,))):
            raise invalid(f"'{operator}' cannot be used with {field}")
        try:
            network = ipaddress.IPv4Network(value, strict=False)
        except ValueError as exc:
            raise invalid(f"'{value}' is not an address or a network") from exc
        return int(network.network_address), int(network.netmask)
    if operator in ("geq", "leq"):
        if not value.isdigit():
            raise invalid(f"'{value}' is not a number")
        return int(value)
    return value


@dataclasses.dataclass(frozen=True)
class Bounds:
    """What a filter demands of ``receive_time`` and ``seqno`` in any case, each end inclusive; ``rest`` is the rest."""

    times: tuple[float, float] = (float("-inf"), float("inf"))
    numbers: tuple[float, float] = (float("-inf"), float("inf"))
    rest: Node | None = None


def bounds_of(node: Node) -> Bounds:
    """Takes apart a conjunction, so that a store need not look at rows that cannot match."""
    parts = list(flat(node))
    times, numbers = Bounds.times, Bounds.numbers
    rest = []
    for part in parts:
        if isinstance(part, Condition) and part.field in ("receive_time", "seqno") and part.operator != "neq":
            number = part.wanted if part.field == "receive_time" or part.operator != "eq" else digits(part.value)
            if part.operator in ("geq", "leq", "eq") and number is not None:
                low = number if part.operator != "leq" else float("-inf")
                high = number if part.operator != "geq" else float("inf")
                if part.field == "seqno":
                    numbers = max(numbers[0], low), min(numbers[1], high)
                else:
                    times = max(times[0], low), min(times[1], high)
                continue
        rest.append(part)
    return Bounds(times, numbers, Junction(True, tuple(rest)) if rest else None)


def digits(text: str) -> int | None:
    return int(text) if text.isdigit() and str(int(text)) == text else None


def flat(node: Node) -> t.Iterator[Node]:
    if isinstance(node, Junction) and node.all:
        for part in node.parts:
            yield from flat(part)
    else:
        yield node
