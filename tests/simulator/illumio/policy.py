# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy: draft and active objects, what is pending, commits, versions, restore and revert."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
import typing as t

from .answers import ApiError, moment, not_acceptable, not_found
from .settings import Settings
from .sources import Listed, object_uuid, recorded

TYPES = (
    "label_groups",
    "services",
    "rule_sets",
    "ip_lists",
    "virtual_services",
    "firewall_settings",
    "secure_connect_gateways",
    "virtual_servers",
    "enforcement_boundaries",
)
RECORDED = ("label_groups", "services", "rule_sets", "ip_lists", "virtual_services")
UUIDS = ("label_groups", "virtual_services", "virtual_servers")
FIRST_VERSION = 1320
# Recorded.
NO_DRAFT = "One or more specified objects either don't exist, or do not have a draft version."

Objects = dict[str, dict[str, t.Any]]  # draft href to object
Subset = t.Mapping[str, t.Sequence[t.Mapping[str, str]]]


@dataclasses.dataclass(frozen=True)
class Version:
    """One version of the policy, and what was in it."""

    record: dict[str, t.Any]
    objects: Objects
    time: float


class Policy:
    """The policy of one PCE."""

    def __init__(self, settings: Settings, now: float) -> None:
        self._settings = settings
        self._numbers = 10000
        self.draft: Objects = {}
        self._changed: dict[str, dict[str, t.Any]] = {}  # draft href to update_type, updated_at, updated_by
        for kind in RECORDED:
            for one in recorded(kind, settings.org_id):
                if "/draft/" in one["href"]:
                    self.draft[one["href"]] = {**one, "update_type": None}
            for number in range(settings.count(kind) if kind != "virtual_services" else 0):
                one = self._made(kind, f"{kind[:-1]}-{number + 1:05d}", "/users/1", now)
                self.draft[one["href"]] = one
        self.versions: list[Version] = []
        self._record("Initial policy", "/users/1", now - 3600, affected=0)

    # Reading

    def objects(self, pversion: str, kind: str) -> Listed:
        """The objects of a version: ``draft``, ``active`` or a number. Raises ApiError 404."""
        found = self.draft if pversion == "draft" else self.version(pversion).objects
        return Listed(self._shown(one, pversion) for href, one in found.items() if kind_of(href) == kind)

    def version(self, number: str) -> Version:
        if number == "active":
            return self.versions[-1]
        for one in self.versions:
            if str(one.record["version"]) == number:
                return one
        raise not_found(f"policy version {number}")

    def _shown(self, one: t.Mapping[str, t.Any], pversion: str) -> dict[str, t.Any]:
        if pversion == "draft":
            return dict(one)
        text = json.dumps({name: value for name, value in one.items() if name != "update_type"})
        return t.cast("dict[str, t.Any]", json.loads(text.replace("/sec_policy/draft/", f"/sec_policy/{pversion}/")))

    def pending(self) -> dict[str, list[dict[str, t.Any]]]:
        """Changed objects by type, as the published schema has them."""
        found: dict[str, list[dict[str, t.Any]]] = {}
        for href, change in self._changed.items():
            entry = {"href": href, "id": identity(href), "name": self.draft[href].get("name", ""), **change}
            found.setdefault(kind_of(href), []).append({**entry, "caps": ["provision"]})
        return found

    def pending_hrefs(self) -> list[str]:
        return list(self._changed)

    def counts(self) -> dict[str, int]:
        active = self.versions[-1].objects
        return {kind: sum(1 for href in active if kind_of(href) == kind) for kind in TYPES}

    # Changing drafts

    def create(self, kind: str, spec: t.Mapping[str, t.Any], user: str, now: float) -> dict[str, t.Any]:
        """Raises ApiError 406 for a name that is there already."""
        if any(one.get("name") == spec.get("name") for href, one in self.draft.items() if kind_of(href) == kind):
            raise not_acceptable("Name must be unique")
        one = {**self._made(kind, "", user, now), **spec}
        self.draft[one["href"]] = one
        self._touch(one["href"], "create", user, now)
        return one

    def update(self, href: str, spec: t.Mapping[str, t.Any], user: str, now: float) -> None:
        one = self._draft(href)
        if one["update_type"] == "delete":
            raise not_acceptable("The object is deleted")
        self.draft[href] = {**one, **spec}
        self._touch(href, "create" if one["update_type"] == "create" else "update", user, now)

    def delete(self, href: str, user: str, now: float) -> None:
        """A draft that was never active is gone at once. Raises ApiError, ``already_deleted`` for a second time."""
        one = self._draft(href)
        if one["update_type"] == "delete":
            raise ApiError(406, "already_deleted", "The object is deleted already")
        if one["update_type"] == "create":
            del self.draft[href], self._changed[href]
            return
        self.draft[href] = {**one, "deleted_at": moment(now), "deleted_by": {"href": user}}
        self._touch(href, "delete", user, now)

    def _draft(self, href: str) -> dict[str, t.Any]:
        if href not in self.draft:
            raise not_found(href)
        return self.draft[href]

    def _touch(self, href: str, update_type: str, user: str, now: float) -> None:
        change = {"update_type": update_type, "updated_at": moment(now), "updated_by": {"href": user}}
        self.draft[href] = {**self.draft[href], **change}
        self._changed[href] = change

    def _made(self, kind: str, name: str, user: str, now: float) -> dict[str, t.Any]:
        self._numbers += 1
        ending = object_uuid(5, self._numbers) if kind in UUIDS else str(self._numbers)
        special: dict[str, dict[str, t.Any]] = {
            "label_groups": {"key": "loc", "labels": [], "sub_groups": []},
            "services": {"service_ports": [{"port": 443, "proto": 6}]},
            "rule_sets": {"enabled": True, "scopes": [[]], "rules": [], "ip_tables_rules": []},
            "ip_lists": {"ip_ranges": [{"from_ip": "192.0.2.1", "exclusion": False}], "fqdns": []},
        }
        return {
            "href": f"/orgs/{self._settings.org_id}/sec_policy/draft/{kind}/{ending}",
            "created_at": moment(now),
            "updated_at": moment(now),
            "deleted_at": None,
            "created_by": {"href": user},
            "updated_by": {"href": user},
            "deleted_by": None,
            "update_type": None,
            "name": name,
            "description": "",
            **special.get(kind, {}),
        }

    # Committing and going back

    def chosen(self, subset: Subset | None) -> list[str]:
        """The hrefs of a subset, or of everything. Raises ApiError 406 (recorded) where one is not pending."""
        wanted = {"all": [{"href": href} for href in self._changed]} if subset is None else subset
        hrefs = [one["href"] for kind in wanted for one in wanted[kind]]
        if not hrefs or any(href not in self._changed for href in hrefs):
            raise not_acceptable(NO_DRAFT)
        return hrefs

    def dependencies(self, operation: str, hrefs: t.Collection[str]) -> dict[str, list[str]]:
        """What must go with the chosen ones: href to those that need it. Empty: they are a dependency closure."""
        missing: dict[str, list[str]] = {}
        for href in hrefs:
            for other in self._changed:
                if other not in hrefs and self._needs(operation, href, other):
                    missing.setdefault(other, []).append(href)
        return missing

    def _needs(self, operation: str, href: str, other: str) -> bool:
        """Whether ``other``, also pending, must go with ``href``."""
        kind, other_kind = self._changed[href]["update_type"], self._changed[other]["update_type"]
        active = self.versions[-1].objects
        if operation == "commit":
            if kind == "delete":
                # Who uses it in the active policy must stop doing so at the same time.
                return other in active and href in references(active[other])
            return other_kind == "create" and other in references(self.draft[href])
        if kind == "create":
            return href in references(self.draft[other])
        return other_kind == "delete" and href in active and other in references(active[href])

    def commit(self, hrefs: t.Collection[str], message: str | None, user: str, now: float, affected: int) -> Version:
        """A new version with these changes. Raises ApiError 406 unless they are a closure."""
        if self.dependencies("commit", hrefs):
            raise not_acceptable("The specified objects do not constitute a dependency closure")
        active = dict(self.versions[-1].objects)
        for href in hrefs:
            if self._changed.pop(href)["update_type"] == "delete":
                active.pop(href, None)
                del self.draft[href]
                continue
            self.draft[href] = {**self.draft[href], "update_type": None}
            active[href] = self.draft[href]
        return self._record(message, user, now, affected=affected, objects=active, provisioned=hrefs)

    def _record(
        self,
        message: str | None,
        user: str,
        now: float,
        *,
        affected: int,
        objects: Objects | None = None,
        provisioned: t.Iterable[str] = (),
    ) -> Version:
        number = self.versions[-1].record["version"] + 1 if self.versions else FIRST_VERSION
        record = {
            "href": f"/orgs/{self._settings.org_id}/sec_policy/{number}",
            "commit_message": message,
            "version": number,
            "workloads_affected": affected if self._settings.workloads_affected == "number" else None,
            "object_counts": 3,
            "created_at": moment(now),
            "created_by": {"href": user},
        }
        version = Version(record, dict(self.draft) if objects is None else objects, now)
        self.versions.append(version)
        if self._settings.object_counts == "object":
            record["object_counts"] = self.counts()
        if self._settings.provisioned_hrefs and objects is not None:
            record["provisioned_hrefs"] = [href.replace("/draft/", "/active/") for href in provisioned]
        return version

    def revert(self, hrefs: t.Collection[str]) -> None:
        """Makes drafts what the active policy has. Raises ApiError 406 unless they are a closure."""
        if self.dependencies("revert", hrefs):
            raise not_acceptable("The specified objects do not constitute a dependency closure")
        active = self.versions[-1].objects
        for href in hrefs:
            del self._changed[href]
            if href in active:
                self.draft[href] = active[href]
            else:
                del self.draft[href]

    def restore(self, number: str, user: str, now: float) -> list[str]:
        """Makes drafts of an older version, returns what became pending. Raises ApiError 406 while drafts are there."""
        wanted = self.version(number)
        if self._changed:
            raise not_acceptable("A version cannot be restored while draft changes are pending")
        active = self.versions[-1].objects
        for href in [*active, *(href for href in wanted.objects if href not in active)]:
            if href not in wanted.objects:
                self.delete(href, user, now)
            elif content(active.get(href)) != content(wanted.objects[href]):
                self.draft[href] = copy.deepcopy(wanted.objects[href])
                self._touch(href, "update" if href in active else "create", user, now)
        return list(self._changed)


def content(one: t.Mapping[str, t.Any] | None) -> t.Any:
    """What an object says, without who changed it when."""
    if one is None:
        return None
    marks = ("update_type", "updated_at", "updated_by", "deleted_at", "deleted_by")
    return {name: value for name, value in one.items() if name not in marks}


def references(one: t.Mapping[str, t.Any]) -> set[str]:
    """The draft hrefs of policy objects within an object, whatever version they are written with."""
    found = re.findall(r'"href": "(/orgs/\d+/sec_policy/)(?:draft|active)(/\w+/[\w-]+)"', json.dumps(one))
    return {f"{start}draft{end}" for start, end in found} - {one["href"]}


def kind_of(href: str) -> str:
    return href.split("/")[5]


def identity(href: str) -> str:
    return href.rsplit("/", 1)[1]
