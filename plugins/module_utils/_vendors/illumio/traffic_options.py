# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What to ask of the traffic: the options of a query, their validation, and the body of the request.

The keys of the body are those of the published schema, the same in 25.2.20 and 26.3.0. One more would be refused.
"""

from __future__ import annotations

import dataclasses
import datetime
import ipaddress
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput
from ..._jobs.moments import TOLERANCE
from ..._jobs.tokens import TOKEN_LENGTH, intent_of, marked
from .names import is_href, looks_like_href

if t.TYPE_CHECKING:
    from .names import Names
    from .times import Window

MOST_RESULTS = 200_000
"""Rows that a PCE gives at most [D: the schema]."""

KEPT_RESULTS = 1000
"""Rows that are asked for where they go into the result of a task and nothing is said of their number."""

MOST_KEPT = 10_000
"""Rows that the result of a task takes at most."""

NAME_LIMIT = 255
"""Characters of a query's name. The schema names no limit: assumed from other names."""

POLICY_DECISIONS = ("allowed", "potentially_blocked", "blocked", "unknown")
BOUNDARY_DECISIONS = ("blocked", "blocked_by_override_deny", "blocked_non_illumio_rule")
TRANSMISSIONS = ("broadcast", "multicast", "unicast")

PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "ipip": 4,
    "tcp": 6,
    "udp": 17,
    "ipv6": 41,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "icmpv6": 58,
    "sctp": 132,
}
"""The numbers of the protocols [IANA] that a task may call by name."""

_LOOKED_UP = ("label_group", "ip_list")


@dataclasses.dataclass(frozen=True)
class Actor:
    """One condition on a side of the traffic. *value* is an href, a name, or what the kind says; *key* a label's."""

    kind: str
    value: str
    key: str = ""
    option: str = dataclasses.field(default="", compare=False)

    def body(self, names: Names) -> dict[str, t.Any]:
        """Return it as the PCE takes it. Raises what `Names` raises."""
        if self.kind == "all_managed":
            return {"actors": "ams"}
        if self.kind in ("ip_address", "fqdn", "transmission"):
            return {self.kind: self.value}
        return {self.kind: {"href": self._href(names)}}

    def _href(self, names: Names) -> str:
        if looks_like_href(self.value):
            return self.value
        if self.kind == "label":
            return names.label(self.option, self.key, self.value)
        look_up = names.label_group if self.kind == "label_group" else names.ip_list
        return look_up(self.option, self.value)

    @property
    def canonical(self) -> list[str]:
        return [self.kind, self.key, self.value]


@dataclasses.dataclass(frozen=True)
class Side:
    """The sources or the destinations: any of *include*, each of which is conditions that all hold; none of *exclude*.

    An empty *include* is everything.
    """

    include: tuple[tuple[Actor, ...], ...] = ()
    exclude: tuple[Actor, ...] = ()

    @classmethod
    def of(cls, option: str, given: Mapping[str, t.Any] | None) -> Side:
        """Return what the *option* of a task asks for. Raises BadInput."""
        lists = {name: (given or {}).get(name) or () for name in ("include", "exclude")}
        include = tuple(_actors(f"{option}.include[{n}]", entry) for n, entry in enumerate(lists["include"]))
        exclude: list[Actor] = []
        for n, entry in enumerate(lists["exclude"]):
            place = f"{option}.exclude[{n}]"
            actors = _actors(place, entry)
            if len(actors) != 1:
                raise BadInput(
                    f"{place}: an entry takes one condition. A PCE leaves out what meets any of them, it cannot leave "
                    "out only what meets all: make an entry of each, if that is meant."
                )
            exclude.extend(actors)
        return cls(include, tuple(exclude))

    def body(self, names: Names) -> dict[str, t.Any]:
        include = [[actor.body(names) for actor in group] for group in self.include]
        # Recorded: a side that may be anything is one empty list in a list.
        return {"include": include or [[]], "exclude": [actor.body(names) for actor in self.exclude]}

    @property
    def canonical(self) -> list[t.Any]:
        return [
            [[actor.canonical for actor in group] for group in self.include],
            [actor.canonical for actor in self.exclude],
        ]


def _actors(option: str, entry: Mapping[str, t.Any]) -> tuple[Actor, ...]:
    """Return the conditions in one *entry* of a list. Raises BadInput."""
    found = [
        Actor("label", _text(f"{option}.labels", value), _text(f"{option}.labels", key), f"{option}.labels")
        for key, value in (entry.get("labels") or {}).items()
    ]
    found += [
        Actor("label", _checked_href(f"{option}.label_hrefs", "label", href)) for href in entry.get("label_hrefs") or ()
    ]
    for kind in ("label_group", "ip_list", "workload", "ip_address", "fqdn", "transmission"):
        value = entry.get(kind)
        if value is not None:
            place = f"{option}.{kind}"
            found.append(Actor(kind, _checked(place, kind, _text(place, value)), option=place))
    if entry.get("all_managed"):
        found.append(Actor("all_managed", ""))
    for actor in found:
        if actor.kind == "label" and actor.key and looks_like_href(actor.value):
            raise BadInput(f"{option}.labels: {actor.value!r} is an address, give the value, or use label_hrefs.")
    if not found:
        raise BadInput(f"{option}: says nothing. Give a condition, such as labels, or leave the entry out.")
    return tuple(found)


def _checked(option: str, kind: str, text: str) -> str:
    if kind == "workload" or (kind in _LOOKED_UP and looks_like_href(text)):
        return _checked_href(option, kind, text)
    if kind == "ip_address":
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise BadInput(f"{option}: {text!r} is not an IP address.") from None
    return text


def _checked_href(option: str, kind: str, text: str) -> str:
    if not is_href(kind, text):
        example = {"label": "labels/7", "workload": "workloads/<uuid>"}.get(kind, f"sec_policy/draft/{kind}s/7")
        raise BadInput(f"{option}: {text!r} is not the href of a {kind.replace('_', ' ')}, such as /orgs/1/{example}.")
    return text


def _text(option: str, value: object) -> str:
    text = str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    if not text or any(ord(char) < 32 for char in text):
        raise BadInput(f"{option}: {value!r} is not a name. Write it as a text on one line.")
    return text


@dataclasses.dataclass(frozen=True)
class Service:
    """One kind of service; what is None does not matter."""

    port: int | None = None
    to_port: int | None = None
    proto: int | None = None
    process_name: str | None = None
    windows_service_name: str | None = None

    @classmethod
    def of(cls, option: str, entry: Mapping[str, t.Any]) -> Service:
        """Return what an *entry* of a task's services asks for. Raises BadInput."""
        port, to_port = entry.get("port"), entry.get("to_port")
        for name, number in (("port", port), ("to_port", to_port)):
            if number is not None and not 0 <= number <= 65535:
                raise BadInput(f"{option}.{name}: {number} is not a port, give a number from 0 to 65535.")
        if to_port is not None and (port is None or to_port < port):
            raise BadInput(f"{option}.to_port: the range begins at port, which must be given and not be greater.")
        texts = {
            name: None if entry.get(name) is None else _text(f"{option}.{name}", entry[name])
            for name in ("process_name", "windows_service_name")
        }
        proto = None if entry.get("proto") is None else _protocol(f"{option}.proto", str(entry["proto"]))
        found = cls(port, to_port, proto, texts["process_name"], texts["windows_service_name"])
        if not found.body():
            raise BadInput(f"{option}: says nothing. Give port, proto or a name, or leave the entry out.")
        return found

    def body(self) -> dict[str, t.Any]:
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}


def _protocol(option: str, text: str) -> int:
    text = text.strip().lower()
    if text.isascii() and text.isdigit() and int(text) <= 255:
        return int(text)
    if text not in PROTOCOLS:
        raise BadInput(f"{option}: {text!r} is not a protocol: give its number, or one of {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[text]


@dataclasses.dataclass(frozen=True)
class TrafficOptions:
    """What to ask. *window* is the time as it is sent, *relative* what makes it equal for two runs of one task.

    *sources_destinations_query_op* and *exclude_workloads_from_ip_list_query* are sent as they are where given. Raises
    BadInput that names the option at fault.
    """

    window: Window
    relative: tuple[str | None, ...] = ()
    query_name: str = "netops.jobs"
    sources: Side = dataclasses.field(default_factory=Side)
    destinations: Side = dataclasses.field(default_factory=Side)
    services: tuple[Service, ...] = ()
    services_exclude: tuple[Service, ...] = ()
    policy_decisions: Sequence[str] = ()
    boundary_decisions: Sequence[str] = ()
    query_op: str = "and"
    exclude_workloads_from_ip_list_query: bool | None = None
    max_results: int = MOST_RESULTS

    def __post_init__(self) -> None:
        limit = NAME_LIMIT - TOKEN_LENGTH
        if len(self.query_name) > limit or any(ord(char) < 32 for char in self.query_name):
            raise BadInput(f"query_name: write it on one line, with at most {limit} characters.")
        if not 0 <= self.max_results <= MOST_RESULTS:
            raise BadInput(f"max_results: a PCE gives at most {MOST_RESULTS} rows; give a number from 0 to that.")

    @property
    def intent(self) -> str:
        """What stands for these options in the name of a query: equal options give equal texts."""
        return intent_of(
            [
                self.query_name,
                list(self.relative) or [self.window.start, self.window.end],
                self.sources.canonical,
                self.destinations.canonical,
                [[service.body() for service in services] for services in (self.services, self.services_exclude)],
                sorted(self.policy_decisions),
                sorted(self.boundary_decisions),
                self.query_op,
                self.exclude_workloads_from_ip_list_query,
                self.max_results,
            ]
        )

    def wrong_clock(self, here: datetime.datetime, there: datetime.datetime | None) -> tuple[str, ...]:
        """Return a warning where the time ends now, which is another one on the PCE (*there*) than *here*."""
        if there is None or not any(self.relative) or self.relative[1] is not None or abs(here - there) <= TOLERANCE:
            return ()
        which = "ahead of" if here > there else "behind"
        return (
            f"The clock of the host that runs the task is {abs(here - there).total_seconds():.0f} s {which} that of "
            f"the PCE. The query was for the time up to {self.window.end}: mend the clock, or give start and end.",
        )

    def body(self, names: Names, token: str) -> dict[str, t.Any]:
        """Return the request, with *token* in the name of the query. Raises what `Names` raises."""
        body: dict[str, t.Any] = {
            "query_name": marked(self.query_name, token),
            "sources": self.sources.body(names),
            "destinations": self.destinations.body(names),
            "services": {
                "include": [service.body() for service in self.services],
                "exclude": [service.body() for service in self.services_exclude],
            },
            "sources_destinations_query_op": self.query_op,
            "end_date": self.window.end,
            "policy_decisions": sorted(set(self.policy_decisions), key=POLICY_DECISIONS.index),
            "max_results": self.max_results,
        }
        if self.window.start is not None:
            body["start_date"] = self.window.start
        if self.boundary_decisions:
            body["boundary_decisions"] = sorted(set(self.boundary_decisions), key=BOUNDARY_DECISIONS.index)
        if self.exclude_workloads_from_ip_list_query is not None:
            body["exclude_workloads_from_ip_list_query"] = self.exclude_workloads_from_ip_list_query
        return body
