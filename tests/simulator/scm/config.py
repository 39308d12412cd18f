# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration: what is pending, its versions, and which of them runs where."""

from __future__ import annotations

import dataclasses
import typing as t

from .answers import iso_time
from .settings import Settings

EVERYWHERE = "*"


@dataclasses.dataclass(frozen=True)
class Change:
    """A pending change in a folder, or on a device; one of ``EVERYWHERE`` is what a loaded version makes."""

    id: str
    admin: str
    place: str


@dataclasses.dataclass(frozen=True)
class Version:
    id: int
    epoch: float
    admin: str
    places: tuple[str, ...]
    description: str
    changes: tuple[str, ...] = ()


class Config:
    """Candidate, versions, running versions. Every place (folder or serial) runs some version from the beginning."""

    def __init__(self, settings: Settings, born: float) -> None:
        self.places = (*settings.folders, *settings.serials)
        self.serials = frozenset(settings.serials)
        self.pending: list[Change] = []
        self.versions = [
            Version(number, born - 86400.0 * (settings.versions - number + 1), "admin@example.com", self.places, "")
            for number in range(1, settings.versions + 1)
        ]
        self.running: dict[str, tuple[int, float]] = (
            dict.fromkeys(self.places, (self.latest.id, self.latest.epoch)) if self.versions else {}
        )
        self._changes = 0

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    def change(self, place: str, admin: str) -> str:
        """Makes a pending change; returns its id."""
        self._changes += 1
        self.pending.append(Change(f"change-{self._changes}", admin, place))
        return self.pending[-1].id

    def matching(self, places: t.Collection[str], admins: t.Collection[str]) -> list[Change]:
        """The pending changes that a push of these places takes. No admins, or ``all``: those of everybody."""
        everybody = not admins or any(admin.lower() == "all" for admin in admins)
        return [
            change
            for change in self.pending
            if (change.place in places or change.place == EVERYWHERE) and (everybody or change.admin in admins)
        ]

    def commit(self, ids: t.Collection[str], admin: str, places: t.Sequence[str], description: str, when: float) -> int:
        """A new version with those of the changes that are still pending; 0 if there are none."""
        taken = [change for change in self.pending if change.id in ids]
        if not taken:
            return 0
        self.pending = [change for change in self.pending if change not in taken]
        number = self.latest.id + 1 if self.versions else 1
        changes = tuple(change.id for change in taken)
        self.versions.append(Version(number, when, admin, tuple(places), description, changes))
        return number

    def behind(self, places: t.Iterable[str]) -> bool:
        """Whether one of them does not run the latest version."""
        return any(self.running.get(place, (0, 0.0))[0] != self.latest.id for place in places)

    def run(self, place: str, number: int, when: float) -> None:
        """That version runs there now, unless a later one does; the same one keeps its date (assumed)."""
        if self.running.get(place, (0, 0.0))[0] < number:
            self.running[place] = (number, when)

    def load(self, number: int, admin: str) -> None:
        """The candidate becomes that version: nothing else is pending."""
        self.pending = []
        if number != self.latest.id:
            self.change(EVERYWHERE, admin)

    def discard(self) -> bool:
        """Drops all pending changes; False if there were none."""
        found, self.pending = bool(self.pending), []
        return found

    def version(self, number: int) -> Version | None:
        return next((version for version in self.versions if version.id == number), None)

    def record(self, version: Version) -> dict[str, t.Any]:
        """One of the list of versions, as the specification has it."""
        serials = [place for place in version.places if place in self.serials]
        return {
            "id": version.id,
            "version": str(version.id),
            "date": iso_time(version.epoch),
            "admin": version.admin,
            "scope": ",".join(place for place in version.places if place not in self.serials),
            "description": version.description,
            "updated": len(version.changes),
            "created": 0,
            "deleted": 0,
            "ngfw_scope": ",".join(serials),
            "types": "",
            "impacted_devices": ",".join(serials),
            "edited_by": version.admin,
        }

    def running_records(self) -> list[dict[str, t.Any]]:
        return [
            {"device": place, "version": number, "date": iso_time(epoch)}
            for place, (number, epoch) in self.running.items()
        ]
