# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collections hold: recorded objects and generated ones.

A generated object is a function of its number, made as text when it is sent, so that 100,000 workloads of 3 kB are
never in memory together.
"""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "illumio"
Filters = t.Sequence[tuple[str, str]]
# Parameters that choose nothing, or are dealt with elsewhere.
NO_FILTERS = frozenset({"max_results", "include_deleted", "usage", "include", "filename"})
# Where a filter looks, when not at the field of its name.
WHERE = {"security_policy_sync_state": "agent.status.security_policy_sync_state"}
LABEL_KEYS = ("role", "app", "env", "loc")


class Source(t.Protocol):
    """One collection at one time."""

    def total(self) -> int:
        """How many objects there are."""

    def texts(self, filters: Filters, now: float) -> t.Iterator[str]:
        """The JSON of each object that matches."""

    def text_of(self, identity: str, now: float) -> str | None:
        """The JSON of the object whose address ends so."""


def recorded(name: str, org_id: int) -> list[dict[str, t.Any]]:
    """The objects of a recording, as if they were of this organisation."""
    text = (DATA / f"{name}.json").read_text(encoding="utf-8")
    return t.cast("list[dict[str, t.Any]]", json.loads(text.replace("/orgs/1/", f"/orgs/{org_id}/")))


def dump(value: t.Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def object_uuid(kind: int, number: int) -> str:
    """A uuid that tells its number, so that no table of them is needed."""
    return f"{kind:08x}-51a1-4000-8000-{number:012x}"


def number_of(kind: int, identity: str) -> int:
    """The number in such a uuid; -1 for any other."""
    match = re.fullmatch(rf"{kind:08x}-51a1-4000-8000-([0-9a-f]{{12}})", identity)
    return int(match[1], 16) if match else -1


class Listed:
    """A collection that is a list of objects."""

    def __init__(self, objects: t.Iterable[t.Mapping[str, t.Any]]) -> None:
        self._objects = list(objects)

    def total(self) -> int:
        return len(self._objects)

    def texts(self, filters: Filters, now: float) -> t.Iterator[str]:
        return (dump(one) for one in self._objects if fits(one, filters))

    def text_of(self, identity: str, now: float) -> str | None:
        return next((dump(one) for one in self._objects if str(one["href"]).rsplit("/", 1)[1] == identity), None)


class Document:
    """A source that is one object: read as a job, it is the whole datafile (assumed)."""

    def __init__(self, value: t.Any) -> None:
        self._value = value

    def total(self) -> int:
        return 1

    def texts(self, filters: Filters, now: float) -> t.Iterator[str]:
        return iter([dump(self._value)])

    def text_of(self, identity: str, now: float) -> str | None:
        return None


def fits(one: t.Mapping[str, t.Any], filters: Filters) -> bool:
    """Texts match where they contain the wanted one (assumed); all else must be equal."""
    return all(name in NO_FILTERS or value_fits(one, name, wanted) for name, wanted in filters)


def value_fits(one: t.Mapping[str, t.Any], name: str, wanted: str) -> bool:
    if name == "labels":
        return labels_fit({label["href"] for label in one.get("labels") or ()}, wanted)
    if name.endswith(("[gte]", "[lte]")):
        value = str(one.get(name[:-5]) or "")
        return value >= wanted if name.endswith("[gte]") else value <= wanted
    found: t.Any = one
    for step in WHERE.get(name, name).split("."):
        found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return found == (wanted == "true")
    if isinstance(found, str):
        return wanted.lower() in found.lower()
    return found is not None and str(found) == wanted


def labels_fit(hrefs: t.Collection[str], wanted: str) -> bool:
    """``labels`` is a JSON list of lists: one of the lists must be there whole (assumed)."""
    try:
        groups = json.loads(wanted)
    except ValueError:
        groups = [[wanted]]
    if not isinstance(groups, list):
        return False
    return any(set(group if isinstance(group, list) else [group]) <= set(hrefs) for group in groups)


class Text:
    """An object's JSON with places to fill: ``@name@`` within a text, ``"#name#"`` for a whole value."""

    _PLACE = re.compile(r'"#(\w+)#"|@(\w+)@')

    def __init__(self, model: t.Mapping[str, t.Any]) -> None:
        text, at = dump(model), 0
        self._pairs: list[tuple[str, str]] = []
        for found in self._PLACE.finditer(text):
            self._pairs.append((text[at : found.start()], found[1] or found[2]))
            at = found.end()
        self._rest = text[at:]

    def fill(self, values: t.Mapping[str, str]) -> str:
        pieces = [piece for fixed, name in self._pairs for piece in (fixed, values[name])]
        return "".join([*pieces, self._rest])


def label(org_id: int, number: int, time: str) -> dict[str, t.Any]:
    key = LABEL_KEYS[number % 4]
    return {
        "href": f"/orgs/{org_id}/labels/{number}",
        "deleted": False,
        "key": key,
        "value": f"{key[0].upper()}-{number:04d}",
        "created_at": time,
        "updated_at": time,
        "created_by": {"href": "/users/1"},
        "updated_by": {"href": "/users/1"},
    }


def event(org_id: int, number: int, time: str, hostname: str) -> dict[str, t.Any]:
    return {
        "href": f"/orgs/{org_id}/events/{object_uuid(3, number)}",
        "org_id": org_id,
        "version": "2",
        "event_id": object_uuid(4, number),
        "event_type": ("user.login", "sec_policy.create", "job.delete")[number % 3],
        "status": "success",
        "severity": "info",
        "timestamp": time,
        "pce_fqdn": hostname,
        "created_by": {"user": {"href": "/users/1", "username": "admin@example.com"}},
        "action": None,
        "resource_changes": [],
        "notifications": [],
    }
