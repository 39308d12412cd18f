# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The versions of the configuration, and which of them runs where.

Sources: D config-operations-march.yaml, I inferred.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t
from collections.abc import Iterable, Mapping

from ..._jobs.errors import BadInput, JobMissing
from .listing import entries, pages

if t.TYPE_CHECKING:
    from .client import ScmClient

Record = Mapping[str, t.Any]

_TOLD = 20
"""Places whose versions stand in a handle one by one; of more there is only a digest."""

_DIGEST = "sha256:"


def read_versions(client: ScmClient, *, most: int | None = None) -> list[Record]:
    """Return the versions of the configuration in the API's order, *most* at most.

    Raises NoAnswer, Denied, Refused.
    """
    found: dict[str, Record] = {}
    for answer in pages(client, "/config-versions"):
        for each in entries(answer, client.endpoint):
            if isinstance(each, Mapping):
                found.setdefault(str(each.get("id")), each)
        if most is not None and len(found) >= most:
            break
    return list(found.values())[:most]


def read_version(client: ScmClient, number: int) -> Record | None:
    """Return one version, None where there is none of that number: the answer is an array [D].

    Raises NoAnswer, Denied, Refused, BadInput.
    """
    if number < 1:
        raise BadInput(f"version: {number} is not the number of a version, give one from 1 on.")
    try:
        data = client.get(client.config(f"/config-versions/{number}")).data
    except JobMissing:
        return None
    found = entries(data, client.endpoint) if isinstance(data, list) or "data" in (data or ()) else [data]
    return next((each for each in found if isinstance(each, Mapping)), None)


def read_running(client: ScmClient) -> list[Record]:
    """Return which version runs where: ``{device, version, date}``, *device* being a folder or a serial [D].

    Raises NoAnswer, Denied, Refused.
    """
    # The specification gives this list no parameters, though its answer has limit, offset and total.
    answers = pages(client, "/config-versions/running", plain=True)
    found = [each for answer in answers for each in entries(answer, client.endpoint)]
    return [each for each in found if isinstance(each, Mapping) and each.get("device")]


@dataclasses.dataclass(frozen=True)
class Baseline:
    """Which version ran where at one moment, by folder or serial.

    *narrowed*: only of the places that a push names, otherwise of all. *versions* is None where there were many, and
    only their *digest* is known.
    """

    versions: Mapping[str, str] | None
    digest: str
    narrowed: bool = False

    @classmethod
    def of(cls, running: Iterable[Record], places: Iterable[str]) -> Baseline:
        """Return what runs: in *places* alone, if they are few and all of them are listed.

        Otherwise everything counts: firewalls in a folder that a push names may show by their serials alone.
        """
        wanted = tuple(places)
        every = _by_place(running)
        if 0 < len(wanted) <= _TOLD and all(place in every for place in wanted):
            return cls._made({place: every[place] for place in wanted}, narrowed=True)
        return cls._made(every, narrowed=False)

    def again(self, running: Iterable[Record]) -> Baseline:
        """Return what runs now in the same places."""
        every = _by_place(running)
        if self.narrowed:
            return self._made({place: every[place] for place in self.versions or () if place in every}, narrowed=True)
        return self._made(every, narrowed=False)

    @classmethod
    def _made(cls, versions: Mapping[str, str], *, narrowed: bool) -> Baseline:
        digest = hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()
        return cls(versions, f"{_DIGEST}{digest}", narrowed)

    @classmethod
    def from_text(cls, text: str) -> Baseline | None:
        """Return what a handle says, None where it says nothing that can be read."""
        if text.startswith(_DIGEST):
            return cls(None, text)
        try:
            found = json.loads(text)
            return cls._made({str(place): str(found["versions"][place]) for place in found["versions"]}, **_flag(found))
        except (ValueError, TypeError, KeyError):
            return None

    def to_text(self) -> str:
        """Return this for a handle, which is not to grow with the number of devices."""
        if self.versions is None or len(self.versions) > _TOLD:
            return self.digest
        return json.dumps({"versions": self.versions, "narrowed": self.narrowed}, sort_keys=True, separators=(",", ":"))

    def differs(self, after: Baseline) -> bool:
        return self.digest != after.digest


def _by_place(running: Iterable[Record]) -> dict[str, str]:
    return {str(each["device"]): str(each.get("version")) for each in running}


def _flag(found: Mapping[str, t.Any]) -> dict[str, bool]:
    return {"narrowed": bool(found.get("narrowed"))}


def compared(before: Baseline | None, after: Baseline) -> list[dict[str, t.Any]]:
    """Return what runs where *after* a push, with what ran there *before*, None where that is not known."""
    known = before.versions if before is not None else None
    versions = after.versions or {}
    return [{"name": place, "before": (known or {}).get(place), "after": versions[place]} for place in sorted(versions)]
