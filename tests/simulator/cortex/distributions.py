# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agent packages: built in the background, then downloaded."""

from __future__ import annotations

import dataclasses
import secrets
import typing as t

from ..system import Reply
from .answers import business, enveloped
from .work import Plan, Words, Work, make_plan

if t.TYPE_CHECKING:
    from .keys import Key
    from .tenant import Tenant

# Completed is recorded, the others are unverified.
WORDS = Words("Pending", "In Progress", "Completed", frozenset({"Pending", "In Progress"}))
PLATFORMS = ("windows", "linux", "macos", "android", "serverless")
PACKAGE_TYPES = ("standalone", "upgrade", "kubernetes", "helm")
DEFAULT_VERSIONS = {
    "windows": ["8.5.0.1000", "8.6.0.2000"],
    "linux": ["8.5.0.1000", "8.6.0.2000"],
    "macos": ["8.5.0.1000"],
}
# What get_dist_url gives, by platform.
FILES = {"windows": ("x64", "x86", "arm64"), "linux": ("sh", "rpm", "deb"), "macos": ("pkg",)}


@dataclasses.dataclass(frozen=True)
class PackagePlan(Plan):
    """``bytes``: the size of the package; 0: the setting's."""

    pending: float = 5.0
    seconds: float = 60.0
    bytes: int = 0


@dataclasses.dataclass
class Distribution(Work):
    id: str = ""
    number: int = 0
    body: dict[str, t.Any] = dataclasses.field(default_factory=dict)


class Distributions:
    """The packages of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.all: dict[str, Distribution] = {}
        self._made = 0

    def create(self, key: Key, wanted: dict[str, t.Any]) -> Reply:
        settings, now = self._tenant.settings, self._tenant.now()
        self._check(wanted)
        plan = make_plan(
            PackagePlan,
            settings.distributions,
            settings.next_distributions.pop(0) if settings.next_distributions else {},
        )
        self._made += 1
        made = Distribution(began=now, plan=plan, words=WORDS, id=secrets.token_hex(16), number=self._made, body=wanted)
        self.all[made.id] = made
        details = {**wanted, "effect": "distribution"}
        self._tenant.record(key, "distribution", job=made.id, description=wanted["name"], details=details)
        return enveloped({"distribution_id": made.id})

    def _check(self, wanted: t.Mapping[str, t.Any]) -> None:
        """Raises ApiError. That a name is used once is assumed."""
        for name in ("name", "package_type"):
            if not isinstance(wanted.get(name), str) or not wanted[name]:
                raise business(f"{name} is required")
        if wanted["package_type"] not in PACKAGE_TYPES:
            raise business(f"package_type must be one of {', '.join(PACKAGE_TYPES)}")
        if wanted["package_type"] != "upgrade":
            if wanted.get("platform") not in PLATFORMS:
                raise business(f"platform must be one of {', '.join(PLATFORMS)}")
            versions = self._tenant.versions().get(wanted["platform"], [])
            if versions and wanted.get("agent_version") not in versions:
                raise business("agent_version is not available")
        elif not any(wanted.get(f"{platform}_version") for platform in ("windows", "linux", "macos")):
            raise business("an upgrade has windows_version, linux_version or macos_version")
        if any(one.body["name"] == wanted["name"] for one in self.all.values()):
            raise business("A distribution with this name exists")

    def status(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        return enveloped({"status": self._find(wanted).look(self._tenant.now())})

    def url(self, wanted: t.Mapping[str, t.Any], host: str) -> Reply:
        """Where the package is; the form of the path is recorded."""
        found, settings = self._find(wanted), self._tenant.settings
        if not found.over(self._tenant.now()) or found.word(self._tenant.now()) != "Completed":
            raise business("The distribution is not ready")
        kind, platform = wanted.get("package_type"), found.body.get("platform", "linux")
        if found.body["package_type"] == "upgrade":
            fitting: tuple[str, ...] = ("upgrade",)
        else:
            fitting = FILES.get(platform, (str(kind),))
        if kind not in fitting:
            raise business(f"package_type must be one of {', '.join(fitting)}")
        size = t.cast("PackagePlan", found.plan).bytes or settings.package_bytes
        path = f"{found.number}-distributions/{found.id}/{kind}"
        return enveloped({"distribution_url": self._tenant.links.to_package(path, size, host)})

    def listed(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        """Names of fields are assumed."""
        now, found = self._tenant.now(), list(self.all.values())
        for one in wanted.get("filters") or []:
            values = one.get("value") if isinstance(one, dict) else None
            values = values if isinstance(values, list) else [values]
            if not isinstance(one, dict) or one.get("field") not in ("name", "platform", "package_type", "status"):
                raise business("unknown filter field")
            contains = one.get("operator") == "contains"
            found = [
                each
                for each in found
                if any(fits(self._record(each, now)[one["field"]], value, contains=contains) for value in values)
            ]
        start, end = int(wanted.get("search_from") or 0), wanted.get("search_to")
        page = found[start : min(start + 100, len(found) if end is None else int(end))]
        records = [self._record(each, now) for each in page]
        return enveloped({"total_count": len(self.all), "filter_count": len(found), "data": records})

    def _record(self, one: Distribution, now: float) -> dict[str, t.Any]:
        return {
            "distribution_id": one.id,
            "name": one.body["name"],
            "description": one.body.get("description", ""),
            "platform": one.body.get("platform", ""),
            "package_type": one.body["package_type"],
            "agent_version": one.body.get("agent_version", ""),
            "created_date": int(one.began * 1000),
            "status": one.word(now),
        }

    def delete(self, key: Key, wanted: t.Mapping[str, t.Any]) -> Reply:
        found = self._find(wanted)
        del self.all[found.id]
        details = {"effect": "deleted"}
        self._tenant.record(key, "distribution-delete", job=found.id, description=found.body["name"], details=details)
        return enveloped(True)

    def versions(self) -> Reply:
        return enveloped(self._tenant.versions())

    def _find(self, wanted: t.Mapping[str, t.Any]) -> Distribution:
        found = self.all.get(str(wanted.get("distribution_id")))
        if found is None:
            raise business("Distribution was not found")
        return found


def fits(text: str, value: t.Any, *, contains: bool) -> bool:
    return str(value) in text if contains else str(value) == text
