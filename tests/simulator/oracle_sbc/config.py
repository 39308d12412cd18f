# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration: what is edited, what is saved, what runs, and the backups.

Every change makes a new version with the next number, so that what an operation did can be told by numbers alone. The
form of an element is recorded (README of p4irin/sbc_rest_client). Assumed: which attributes are keys where the table
below does not say it, the codes of refusals, that a restore changes what is edited, and that save and backup take
what was there when they were submitted.
"""

from __future__ import annotations

import dataclasses
import typing as t
import xml.etree.ElementTree as ET

from .answers import ApiError, Content, bad_request

# None: only one can exist (a singleton).
KEYS: dict[str, tuple[str, ...]] = {
    "session-group": ("group-name",),
    "session-agent": ("hostname",),
    "host-route": ("dest-network", "netmask"),
    "sip-interface": ("realm-id",),
    "realm-config": ("identifier",),
    "system-config": (),
}


@dataclasses.dataclass(frozen=True)
class Element:
    kind: str
    attributes: tuple[tuple[str, tuple[str, ...]], ...]

    def get(self, name: str) -> tuple[str, ...]:
        return dict(self.attributes).get(name, ())

    @property
    def key(self) -> tuple[tuple[str, ...], ...]:
        """Of a type that is not in the table the first attribute is the key."""
        names = KEYS.get(self.kind, tuple(name for name, _values in self.attributes[:1]))
        return tuple(self.get(name) for name in names)

    def changed(self, other: Element) -> Element:
        """With the attributes of the other one on top: those that are not sent stay."""
        merged = {**dict(self.attributes), **dict(other.attributes)}
        return Element(self.kind, tuple(merged.items()))

    def content(self) -> Content:
        attributes = [
            ("attribute", [("name", name), *(("value", value) for value in values)]) for name, values in self.attributes
        ]
        return [("elementType", self.kind), *attributes]


@dataclasses.dataclass(frozen=True)
class Version:
    number: int
    elements: tuple[Element, ...]

    def find(self, kind: str, wanted: t.Mapping[str, str] | None = None) -> list[Element]:
        return [
            one
            for one in self.elements
            if one.kind == kind and all(one.get(name) == (value,) for name, value in (wanted or {}).items())
        ]


FIRST = Version(
    1,
    (
        Element("system-config", (("hostname", ("PRIMARY",)), ("default-gateway", ("10.0.0.1",)))),
        Element("session-group", (("group-name", ("sg_proxies",)), ("dest", ("proxy0.example.com",)))),
    ),
)


class Configuration:
    """Two devices of a pair have one (assumed)."""

    def __init__(self) -> None:
        self.editing = self.saved = self.running = FIRST
        self._last = FIRST.number

    def version(self, source: str) -> Version:
        """``editing``, ``saved`` or ``running``."""
        return t.cast("Version", getattr(self, source))

    def create(self, element: Element) -> None:
        """Raises ApiError 400 when there is one with this key."""
        if self._same(element) is not None:
            raise bad_request(f"Configuration element already exists: {element.kind}")
        self._edit((*self.editing.elements, element))

    def update(self, element: Element) -> Element:
        """Raises ApiError 404."""
        old = self._same(element)
        if old is None:
            raise ApiError(404, f"Configuration element not found: {element.kind}")
        new = old.changed(element)
        self._edit(tuple(new if one is old else one for one in self.editing.elements))
        return new

    def delete(self, kind: str, wanted: t.Mapping[str, str]) -> None:
        """Raises ApiError 404."""
        found = self.editing.find(kind, wanted)
        if not found:
            raise ApiError(404, f"Configuration element not found: {kind}")
        self._edit(tuple(one for one in self.editing.elements if one not in found))

    def put(self, element: Element) -> None:
        """Creates or changes: what a user of the CLI does."""
        old = self._same(element)
        if old is None:
            self.create(element)
        else:
            self.update(element)

    def describe(self) -> dict[str, t.Any]:
        return {
            "editing": self.editing.number,
            "saved": self.saved.number,
            "running": self.running.number,
        }

    def _same(self, element: Element) -> Element | None:
        for one in self.editing.elements:
            if (one.kind, one.key) == (element.kind, element.key):
                return one
        return None

    def _edit(self, elements: tuple[Element, ...]) -> None:
        self._last += 1
        self.editing = Version(self._last, elements)


def read_element(body: bytes) -> Element:
    """Raises ApiError 400."""
    try:
        root = ET.fromstring(body)
    except ET.ParseError as exc:
        raise bad_request("The request body is not well-formed") from exc
    kind = root.findtext("elementType")
    if root.tag != "configElement" or not kind:
        raise bad_request("The request body has no configElement with an elementType")
    attributes: dict[str, tuple[str, ...]] = {}
    for attribute in root.findall("attribute"):
        name = attribute.findtext("name")
        if not name:
            raise bad_request("An attribute has no name")
        attributes[name] = tuple(value.text or "" for value in attribute.findall("value"))
    return Element(kind, tuple(attributes.items()))
