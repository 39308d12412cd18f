# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commit locks and configuration locks.

The list entries and the texts of style ``current`` are answers of a Panorama 11.1 of 2025, published in the tests of
rautanen-io/netbox-panorama-configpump-plugin (@93efbed, tests/test_push.py); those of style ``older`` are what
pan-os-python matches.
"""

from __future__ import annotations

import dataclasses
from xml.sax.saxutils import escape

from .jobs import wall
from .xml import ApiError

KINDS = ("commit", "config")


@dataclasses.dataclass(frozen=True)
class Lock:
    """One lock. ``comment`` None is shown as ``(null)``, as recorded."""

    kind: str
    owner: str
    scope: str
    created: float
    comment: str | None = None
    loggedin: bool = True

    def entry(self, skew: float) -> str:
        kind = "vsys" if self.scope.startswith("vsys") else "shared"
        created = wall(self.created + skew)
        comment = "(null)" if self.comment is None else self.comment
        return (
            f'<entry name="{escape(self.owner)}"><type>{kind}</type><name>{escape(self.scope)}</name>'
            f"<created>{created}</created><last-activity>{created}</last-activity>"
            f"<loggedin>{'yes' if self.loggedin else 'no'}</loggedin><comment><![CDATA[{comment}]]></comment></entry>"
        )


class Locks:
    """The locks of one device: one of a kind per scope."""

    def __init__(self) -> None:
        self.held: list[Lock] = []

    def holder(self, kind: str, scope: str) -> Lock | None:
        return next((lock for lock in self.held if (lock.kind, lock.scope) == (kind, scope)), None)

    def of_others(self, kind: str, admin: str) -> list[Lock]:
        return [lock for lock in self.held if lock.kind == kind and lock.owner != admin]

    def add(self, lock: Lock, *, older_texts: bool) -> str:
        """Returns the text of the success. Raises ApiError when the scope is locked already."""
        held = self.holder(lock.kind, lock.scope)
        if held is not None:
            raise ApiError(self._held_text(held, lock.owner, older_texts))
        self.held.append(lock)
        deed = "commit configuration" if lock.kind == "commit" else "modify configuration"
        return (
            f"Successfully acquired lock. Other administrators will not be able to {deed} until lock is released "
            f"by {lock.owner}."
        )

    def remove(self, kind: str, scope: str, *, admin: str, owner: str, superuser: bool, older_texts: bool) -> str:
        """Removes ``owner``'s lock for ``admin``; a superuser removes another's (documented). Raises ApiError."""
        held = self.holder(kind, scope)
        if held is None or held.owner != owner:
            if older_texts and kind == "commit":
                raise ApiError("Commit lock is not currently held")
            raise ApiError(f"{kind.capitalize()} is not currently locked for scope {scope}")
        if owner != admin and not superuser:
            raise ApiError(f"{kind.capitalize()} lock is held by {owner}", code="16")
        self.held.remove(held)
        return f"{kind.capitalize()} lock released for {owner}"

    def release(self, owner: str) -> None:
        """After a commit the device releases the locks of the admin who committed (documented: Manage Locks)."""
        self.held = [lock for lock in self.held if lock.owner != owner]

    @staticmethod
    def _held_text(held: Lock, asking: str, older_texts: bool) -> str:
        if older_texts and held.kind == "config":
            if held.owner == asking:
                return f"You already own a config lock for scope {held.scope}"
            return f"Config for scope {held.scope} is currently locked by {held.owner}"
        return f"{held.kind.capitalize()} lock is already held by {held.owner}"
