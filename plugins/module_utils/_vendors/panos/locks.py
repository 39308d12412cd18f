# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Locks: who keeps others from committing or from changing the configuration, since when, and why."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._jobs.errors import Refused
from ..._transport import xml
from ..._transport.xml import node
from .job import quietly, same_user

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._transport.xml import Element
    from .client import PanosClient


@dataclasses.dataclass(frozen=True)
class Lock:
    """One lock. *type* is ``commit`` or ``config``, the times are the device's own, *logged_in* None if unknown."""

    admin: str
    type: str
    scope: str = ""
    since: str = ""
    last_activity: str = ""
    logged_in: bool | None = None
    comment: str = ""

    def __str__(self) -> str:
        text = f"{self.type} lock of {self.admin or 'an unknown administrator'}"
        if self.scope:
            text += f" on {self.scope}"
        if self.since:
            text += f" since {self.since}"
        return f"{text} ({self.comment})" if self.comment else text


def read_locks(client: PanosClient) -> list[Lock]:
    """Return all locks, as far as the device tells them.

    Sources: the commands pango and pan-os-python; an entry recorded from Panorama 11.1.6.
    """
    commit = quietly(client, node("show", node("commit-locks")))
    # The form with vsys came with 9.1 and is not known on Panorama.
    config = quietly(client, node("show", node("config-locks", node("vsys", "all"))))
    if config is None:
        config = quietly(client, node("show", node("config-locks")))
    return _locks(commit, "commit") + _locks(config, "config")


def _locks(root: Element | None, kind: str) -> list[Lock]:
    if root is None:
        return []
    return [_lock(entry, kind) for entry in root.iter("entry")]


def _lock(entry: Element, kind: str) -> Lock:
    def text(tag: str) -> str:
        found = xml.text_of(entry, tag)
        return "" if found == "(null)" else found  # recorded: a lock without a comment says so

    return Lock(
        admin=entry.get("name", ""),
        type=kind,
        scope=text("name"),
        since=text("created"),
        last_activity=text("last-activity"),
        logged_in={"yes": True, "no": False}.get(text("loggedin").lower()),
        comment=text("comment"),
    )


def locks_in_the_way(client: PanosClient, vsys: Sequence[str] | None) -> list[Lock]:
    """Return the locks that are not our user's; all of them where only a key is known and no user.

    That a lock on one *vsys* does not hinder a commit of others is assumed from its scope.
    """
    return [
        lock
        for lock in read_locks(client)
        if not (client.user and same_user(lock.admin, client.user))
        and not (vsys and lock.scope.startswith("vsys") and lock.scope not in vsys)
    ]


def named_locks(locks: Sequence[Lock]) -> str:
    return "; ".join(str(lock) for lock in locks)


def locked_error(message: str, locks: list[Lock]) -> Refused:
    """Return the refusal with all *locks* named."""
    if locks:
        message += (
            f" Held now: {named_locks(locks)}. Have it released by its owner, or removed by a "
            "superuser, and run the task again."
        )
    return Refused(
        message, reason="locked", details={"locks": [dataclasses.asdict(lock) for lock in locks]}, label="locked"
    )
