# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Locks: who keeps others from committing or from changing the configuration, since when, and why."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing as t

from ..._jobs.errors import BadInput, JobError, JobMissing, Refused
from ..._jobs.model import Outcome
from ..._transport import xml
from ..._transport.xml import node
from .client import open_client
from .job import same_user
from .options import is_clean

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..._jobs.inquiry import Inquiry
    from ..._transport.xml import Element
    from .client import PanosClient

COMMIT, CONFIG = TYPES = ("commit", "config")

SHARED = "shared"
"""The scope of a lock on the whole device."""


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
    """Return all locks, as far as the device tells them: for what is good to know and never needed."""
    found: list[Lock] = []
    for kind in TYPES:
        with contextlib.suppress(JobError):
            found += list_locks(client, kind)
    return found


def list_locks(client: PanosClient, *kinds: str) -> list[Lock]:
    """Return all locks of *kinds*, by default of all. Raises NoAnswer, Denied, Refused.

    Sources: the commands pango and pan-os-python; an entry recorded from Panorama 11.1.6. Firewalls want to be told
    the vsys since 9.1 (pango#88: "vsys not provided"), a Panorama and older firewalls have no such element.
    """
    return [lock for kind in kinds or TYPES for lock in _listed(client, kind)]


def _listed(client: PanosClient, kind: str) -> list[Lock]:
    try:
        root = client.op(node("show", node(f"{kind}-locks", node("vsys", "all")))).root
    except (Refused, JobMissing):
        root = client.op(node("show", node(f"{kind}-locks"))).root
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


def take_lock(client: PanosClient, kind: str, scope: str, comment: str | None) -> None:
    """Take a lock for our account. Raises NoAnswer, Denied, Refused.

    Source: pan-os-python and pango, which name the scope in the parameter vsys; the texts are recorded.
    """
    add = node("add", node("comment", comment)) if comment else node("add")
    client.op(node("request", node(f"{kind}-lock", add)), vsys=scope, write=True)


def release_lock(client: PanosClient, kind: str, scope: str, *, admin: str | None = None) -> None:
    """Release our own lock, or as a superuser that of *admin*. Raises NoAnswer, Denied, Refused.

    Source: as `take_lock`; that a config lock takes the name of an administrator as a commit lock does is assumed.
    """
    remove = node("remove", node("admin", admin)) if admin else node("remove")
    client.op(node("request", node(f"{kind}-lock", remove)), vsys=scope, write=True)


def locks_in_the_way(client: PanosClient, vsys: Sequence[str] | None) -> list[Lock]:
    """Return the locks that are not our user's; all of them where only a key is known and no user.

    That a lock on one *vsys* does not hinder a commit of others is assumed from its scope.
    """
    return [
        lock
        for lock in read_locks(client)
        if not is_ours(lock, client) and not (vsys and lock.scope.startswith("vsys") and lock.scope not in vsys)
    ]


def foreseen_refusal(client: PanosClient, vsys: Sequence[str] | None = None) -> tuple[Refused | None, str]:
    """Return the refusal that the locks held now will bring, and what to say where it is not known whose they are."""
    locks = locks_in_the_way(client, vsys)
    if not locks:
        return None, ""
    if client.user:
        return locked_error(f"{client.endpoint} is locked.", locks), ""
    return None, f" Held now: {named_locks(locks)}. It would be refused, unless the API key is its owner's."


def is_ours(lock: Lock, client: PanosClient) -> bool:
    """Return whether *lock* is known to be our account's: it cannot be where only a key is given."""
    return bool(client.user) and same_user(lock.admin, client.user or "")


def named_locks(locks: Sequence[Lock]) -> str:
    return "; ".join(str(lock) for lock in locks)


def as_dicts(locks: Sequence[Lock]) -> list[dict[str, t.Any]]:
    return [dataclasses.asdict(lock) for lock in locks]


def locked_error(message: str, locks: Sequence[Lock]) -> Refused:
    """Return the refusal with all *locks* named."""
    if locks:
        message += (
            f" Held now: {named_locks(locks)}. Have it released by its owner, or removed by a "
            "superuser, and run the task again."
        )
    return Refused(message, reason="locked", details={"locks": as_dicts(locks)}, label="locked")


def nothing_held(exc: Refused) -> bool:
    """Return whether *exc* says that there is no such lock to release [recorded; the other text: pan-os-python]."""
    return re.search(r"not currently (locked|held)", exc.message, re.IGNORECASE) is not None


# The modules about locks.


@dataclasses.dataclass(frozen=True)
class Wish:
    """The lock that shall be there, or not. *admin* is its owner where that is not our account.

    Raises BadInput that names the option at fault.
    """

    present: bool
    type: str
    scope: str = SHARED
    comment: str | None = None
    admin: str | None = None

    def __post_init__(self) -> None:
        for name in ("scope", "comment", "admin"):
            value = getattr(self, name)
            if value is not None and (not value.strip() or not is_clean(value)):
                raise BadInput(f"{name}: is empty, or holds a control character. Leave it out, or give one line.")
        if self.present and self.admin is not None:
            raise BadInput("admin: a lock can only be taken for one's own account, so it goes with state: absent.")
        if not self.present and self.comment is not None:
            raise BadInput("comment: says why a lock is taken, so it goes with state: present.")

    def __str__(self) -> str:
        return f"{self.type} lock on {self.scope}"


def lock_from_options(
    params: Mapping[str, t.Any],
    hide: Callable[[Iterable[str]], None],
    inquiry: Inquiry,
    *,
    check_mode: bool,
    diff: bool,
) -> dict[str, t.Any]:
    """Return the result of panos_lock. Raises BadInput, MissingLibrary and what `list_locks` and `take_lock` do."""
    wish = Wish(params["state"] == "present", *(params[name] for name in ("type", "scope", "comment", "admin")))
    return _LockTask(open_client(params, hide), wish, inquiry, check_mode=check_mode).result(diff=diff)


def list_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry
) -> dict[str, t.Any]:
    """Return the result of panos_lock_info. Raises MissingLibrary and what `list_locks` does."""
    client = open_client(params, hide)
    locks = inquiry.patiently(lambda: list_locks(client))
    return {"msg": f"{client.endpoint}: {named_locks(locks) or 'no locks'}.", "locks": as_dicts(locks)}


class _LockTask:
    """Brings one lock into the wished state. The list is what tells, so a lost answer needs nothing of its own."""

    def __init__(self, client: PanosClient, wish: Wish, inquiry: Inquiry, *, check_mode: bool) -> None:
        self._client = client
        self._wish = wish
        self._inquiry = inquiry
        self._check_mode = check_mode

    def result(self, *, diff: bool) -> dict[str, t.Any]:
        before = self._list()
        message, after = self._present(before) if self._wish.present else self._absent(before)
        changed = after is not None
        locks = before if after is None else after
        result = {
            "changed": changed,
            "outcome": (Outcome.SUCCEEDED if changed else Outcome.NOTHING_TO_DO).value,
            "msg": f"{self._client.endpoint}: {message}",
            "locks": as_dicts(locks),
        }
        return {**result, "diff": {"before": _lines(before), "after": _lines(locks)}} if diff else result

    def _list(self) -> list[Lock]:
        return self._inquiry.patiently(lambda: list_locks(self._client))

    def _there(self, locks: Sequence[Lock]) -> list[Lock]:
        """Return those of *locks* that are of the wished type and on the wished scope, whoever holds them."""
        return [lock for lock in locks if (lock.type, lock.scope) == (self._wish.type, self._wish.scope)]

    def _present(self, before: list[Lock]) -> tuple[str, list[Lock] | None]:
        wish, client = self._wish, self._client
        there = self._there(before)
        ours = [lock for lock in there if is_ours(lock, client)]
        if ours:
            return f"held already: {named_locks(ours)}.", None
        if there:
            unknown = "" if client.user else " Give username for the task to know which locks are its own."
            raise locked_error(f"{client.endpoint}: the {wish} is taken.{unknown}", there)
        if self._check_mode:
            made = Lock(client.user or "", wish.type, wish.scope, comment=wish.comment or "")
            return f"the {wish} would be taken.", [*before, made]
        try:
            self._inquiry.patiently(lambda: take_lock(client, wish.type, wish.scope, wish.comment))
        except Refused as exc:
            # Perhaps by the lock that our own first request took, whose answer was lost.
            after = self._list()
            there = self._there(after)
            if not any(is_ours(lock, client) or self._has_our_comment(lock) for lock in there):
                raise (locked_error(exc.message, there) if there else exc) from exc
        return f"took the {wish}.", self._list()

    def _has_our_comment(self, lock: Lock) -> bool:
        # Where only a key is known. It was not there a moment ago.
        return not self._client.user and lock.comment == (self._wish.comment or "")

    def _absent(self, before: list[Lock]) -> tuple[str, list[Lock] | None]:
        wish, client = self._wish, self._client
        owner = wish.admin or client.user
        there = self._there(before)
        held = _of(owner, there)
        others = f" Held by others: {named_locks(there)}." if there else ""
        if not held:
            return f"{owner} holds no {wish}.{others}" if owner else f"nobody holds the {wish}.", None
        if self._check_mode:
            unless = "" if owner else ", if it is that of the account of the API key"
            return f"the {wish} would be released{unless}.", [lock for lock in before if lock not in held]
        try:
            self._inquiry.patiently(lambda: release_lock(client, wish.type, wish.scope, admin=wish.admin))
        except Refused as exc:
            after = self._list()
            left = {(lock.admin, lock.since) for lock in self._there(after)}
            gone = any((lock.admin, lock.since) not in left for lock in held)
            if not nothing_held(exc) or (owner and _of(owner, self._there(after))):
                raise
            # Gone since the list was read: by our own request whose answer was lost, or by the owner.
            return (f"released the {wish}.", after) if gone else (f"our account holds no {wish}.{others}", None)
        return f"released the {wish}.", self._list()


def _of(owner: str | None, locks: Sequence[Lock]) -> list[Lock]:
    """Return those of *locks* that are the owner's; all of them where it is not known who that is."""
    return [lock for lock in locks if owner is None or same_user(lock.admin, owner)]


def _lines(locks: Sequence[Lock]) -> str:
    """Return a line for each lock, without the times: those of a predicted one are not known."""
    return "".join(f"{dataclasses.replace(lock, since='')}\n" for lock in locks)
