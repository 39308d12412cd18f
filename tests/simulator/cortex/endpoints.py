# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints of a tenant, and the filters that choose among them."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ..system import Reply, SpecError
from .answers import business, enveloped

STATUSES = ("CONNECTED", "DISCONNECTED", "LOST", "UNINSTALLED")
PLATFORMS = {"windows": "AGENT_OS_WINDOWS", "linux": "AGENT_OS_LINUX", "macos": "AGENT_OS_MAC"}


@dataclasses.dataclass
class Endpoint:
    id: str
    name: str
    status: str = "CONNECTED"
    platform: str = "linux"
    ip: str = "192.0.2.1"
    group: str = ""
    version: str = "8.5.0.1000"
    isolated: str = "AGENT_UNISOLATED"
    scan: str = "SCAN_STATUS_NONE"
    connected_since: float = 0.0
    quarantined: set[tuple[str, str]] = dataclasses.field(default_factory=set)

    @property
    def online(self) -> bool:
        return self.status == "CONNECTED"

    def fields(self) -> dict[str, list[str]]:
        """What filters look at."""
        return {
            "endpoint_id_list": [self.id],
            "endpoint_status": [self.status.lower(), self.status],
            "hostname": [self.name],
            "alias": [],
            "platform": [self.platform, PLATFORMS[self.platform]],
            "ip_list": [self.ip],
            "public_ip_list": [],
            "group_name": [self.group] if self.group else [],
            "dist_name": ["standard"],
            "username": [],
            "isolate": [self.isolated, "isolated" if self.isolated == "AGENT_ISOLATED" else "unisolated"],
            "scan_status": [self.scan, self.scan.removeprefix("SCAN_STATUS_").lower()],
        }

    def record(self) -> dict[str, t.Any]:
        """The names are those of an independent client."""
        return {
            "endpoint_id": self.id,
            "endpoint_name": self.name,
            "endpoint_type": "AGENT_TYPE_SERVER",
            "endpoint_status": self.status,
            "os_type": PLATFORMS[self.platform],
            "os_version": "1.0",
            "ip": [self.ip],
            "ipv6": [],
            "public_ip": None,
            "users": [],
            "domain": "WORKGROUP",
            "alias": "",
            "first_seen": 1700000000000,
            "last_seen": 1700000000000,
            "content_version": "1000-1",
            "installation_package": "standard",
            "active_directory": [],
            "install_date": 1700000000000,
            "endpoint_version": self.version,
            "is_isolated": self.isolated,
            "isolated_date": None,
            "group_name": [self.group] if self.group else [],
            "operational_status": "PROTECTED",
            "operational_status_description": None,
            "scan_status": self.scan,
            "mac_address": [],
        }

    def light(self) -> dict[str, t.Any]:
        return {
            "agent_id": self.id,
            "agent_status": self.status,
            "host_name": self.name,
            "agent_type": "Server",
            "ip": [self.ip],
        }


class Endpoints:
    """All endpoints of a tenant."""

    def __init__(self) -> None:
        self.all: dict[str, Endpoint] = {}

    def set(self, specs: t.Sequence[t.Mapping[str, t.Any]], now: float) -> None:
        """Replaces them. Raises SpecError, and then has changed nothing."""
        made = [make_endpoint(number, spec, now) for number, spec in enumerate(specs, 1)]
        if len({endpoint.id for endpoint in made}) < len(made):
            raise SpecError("two endpoints have the same id")
        self.all = {endpoint.id: endpoint for endpoint in made}

    def named(self, name: str) -> Endpoint:
        """By id or name. Raises SpecError."""
        for endpoint in self.all.values():
            if name in (endpoint.id, endpoint.name):
                return endpoint
        raise SpecError(f"no such endpoint: {name}")

    def chosen(self, filters: t.Any, *, all_word: bool = False) -> list[Endpoint]:
        """No filter and an empty one choose ALL endpoints, as on a real tenant. Raises ApiError."""
        if filters is None or filters == [] or (all_word and filters == "all"):
            return list(self.all.values())
        if not isinstance(filters, list):
            raise business("filters must be a list")
        found = list(self.all.values())
        for one in filters:
            found = [endpoint for endpoint in found if matches(endpoint, one)]
        return found

    def get_endpoint(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        found = self.chosen(wanted.get("filters"))
        start, end = int(wanted.get("search_from") or 0), wanted.get("search_to")
        page = found[start : min(start + 100, len(found) if end is None else int(end))]
        records = [endpoint.record() for endpoint in page]
        return enveloped({"total_count": len(found), "result_count": len(records), "endpoints": records})

    def get_endpoints(self) -> Reply:
        return enveloped([endpoint.light() for endpoint in self.all.values()])


def matches(endpoint: Endpoint, one: t.Any) -> bool:
    """Raises ApiError for a filter that is none."""
    if not isinstance(one, dict) or set(one) != {"field", "operator", "value"}:
        raise business("a filter has field, operator and value")
    fields, name, value = endpoint.fields(), one["field"], one["value"]
    if name in ("first_seen", "last_seen"):
        return True
    if name not in fields:
        raise business(f"unknown filter field {name}")
    values = value if isinstance(value, list) else [value]
    if one["operator"] in ("in", "eq"):
        return any(str(each) in fields[name] for each in values)
    if one["operator"] == "contains":
        return any(str(each) in have for each in values for have in fields[name])
    if one["operator"] in ("nin", "neq"):
        return not any(str(each) in fields[name] for each in values)
    raise business(f"unknown filter operator {one['operator']}")


def make_endpoint(number: int, spec: t.Mapping[str, t.Any], now: float) -> Endpoint:
    known = {"id", "name", "status", "platform", "ip", "group", "version"}
    if set(spec) - known:
        raise SpecError(f"an endpoint has {', '.join(sorted(known))}")
    defaults = {
        "id": hashlib.md5(f"endpoint {number}".encode(), usedforsecurity=False).hexdigest(),
        "name": f"host{number}",
        "ip": f"192.0.2.{number % 250 + 1}",
    }
    endpoint = Endpoint(**{**defaults, **spec}, connected_since=now)
    check_status(endpoint.status)
    if endpoint.platform not in PLATFORMS:
        raise SpecError(f"a platform is one of {', '.join(PLATFORMS)}")
    return endpoint


def check_status(status: str) -> None:
    if status not in STATUSES:
        raise SpecError(f"the status of an endpoint is one of {', '.join(STATUSES)}")
