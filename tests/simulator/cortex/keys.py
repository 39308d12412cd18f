# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API keys: standard ones, which are sent as they are, and advanced ones, with which every request is signed."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import hmac
import typing as t

from ..system import SpecError
from .answers import ApiError, forbidden, unauthorized

KINDS = ("standard", "advanced")
PERMISSIONS = ("netscan-view", "netscan-edit", "xql", "endpoints", "actions", "scripts", "distributions")
NONCE_LENGTH = 64  # documented


@dataclasses.dataclass(frozen=True)
class Key:
    """One API key. ``permissions`` is None for all of them."""

    id: str
    secret: str
    kind: str = "standard"
    permissions: frozenset[str] | None = None
    revoked: bool = False

    def must_have(self, permission: str) -> None:
        """Raises ApiError 403. Who may edit network scans may view them."""
        granted = self.permissions
        if granted is None or permission in granted or (permission == "netscan-view" and "netscan-edit" in granted):
            return
        raise forbidden()


ANYBODY = Key(id="", secret="")


class Keys:
    """The keys of a tenant, and which nonces it has seen."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.refusals: collections.Counter[str] = collections.Counter()
        self._nonces: dict[str, set[str]] = {}

    def add(self, specs: t.Mapping[str, t.Any]) -> None:
        """Adds or replaces. Raises SpecError, and then has changed nothing."""
        self.keys = {**self.keys, **{str(name): make_key(str(name), spec) for name, spec in specs.items()}}

    def identify(self, headers: t.Mapping[str, str], *, now: float, tolerance: float) -> Key:
        """Whose request it is; ``now`` is the tenant's time in seconds since the epoch. Raises ApiError 401.

        Why is counted in ``refusals``: a tenant does not say (assumed).
        """
        name = headers.get("x-xdr-auth-id", "")
        problem = self._problem(name, headers, now=now, tolerance=tolerance)
        if problem:
            self.refusals[problem] += 1
            raise unauthorized()
        return self.keys[name]

    def _problem(self, name: str, headers: t.Mapping[str, str], *, now: float, tolerance: float) -> str:
        key = self.keys.get(name)
        sent = headers.get("authorization", "")
        if key is None:
            return "unknown key id" if name else "no key id"
        if key.revoked:
            return "revoked"
        if key.kind == "standard":
            return "" if same(sent, key.secret) else "wrong key"
        nonce, timestamp = headers.get("x-xdr-nonce", ""), headers.get("x-xdr-timestamp", "")
        if not nonce or not timestamp:
            return "not signed"
        if len(nonce) != NONCE_LENGTH or not (nonce.isascii() and nonce.isalnum()):
            return "wrong nonce"
        if not timestamp.isdigit() or abs(int(timestamp) / 1000 - now) > tolerance:
            return "wrong timestamp"
        if not same(sent, signature(key.secret, nonce, timestamp)):
            return "wrong hash"
        seen = self._nonces.setdefault(key.id, set())
        if nonce in seen:
            return "nonce used before"
        seen.add(nonce)
        return ""


def same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode(), expected.encode())


def signature(secret: str, nonce: str, timestamp: str) -> str:
    """Lower-case hex of sha256(key + nonce + timestamp) (documented)."""
    return hashlib.sha256(f"{secret}{nonce}{timestamp}".encode()).hexdigest()


def make_key(name: str, spec: t.Mapping[str, t.Any]) -> Key:
    unknown = set(spec) - {"key", "type", "permissions", "revoked"}
    if unknown or not isinstance(spec.get("key"), str):
        raise SpecError(f"key {name}: has key, type, permissions, revoked")
    if spec.get("type", "standard") not in KINDS:
        raise SpecError(f"key {name}: the type is one of {', '.join(KINDS)}")
    permissions = spec.get("permissions")
    if permissions is not None and set(permissions) - set(PERMISSIONS):
        raise SpecError(f"key {name}: permissions are {', '.join(PERMISSIONS)}")
    return Key(
        id=name,
        secret=spec["key"],
        kind=spec.get("type", "standard"),
        permissions=None if permissions is None else frozenset(permissions),
        revoked=bool(spec.get("revoked", False)),
    )


def must_be_licensed(group: str, missing: t.Collection[str]) -> None:
    """Raises ApiError 402: the licence or an add-on is missing (documented code)."""
    if group in missing:
        raise ApiError(402, "Your license does not include this feature")
