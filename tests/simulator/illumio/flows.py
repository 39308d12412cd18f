# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The traffic that a PCE knows: rows made from their numbers, and which of them a query asks for."""

from __future__ import annotations

import dataclasses
import typing as t

from .answers import moment, read_moment
from .estate import Estate, hostname
from .settings import Settings
from .sources import Text, dump, object_uuid

DECISIONS = ("allowed", "potentially_blocked", "blocked", "unknown")
PORTS = ((443, 6), (22, 6), (3389, 6), (53, 17), (5432, 6))
DAYS = 90
CSV_NAMES = (
    "src_ip",
    "dst_ip",
    "port",
    "proto",
    "num_connections",
    "policy_decision",
    "first_detected",
    "last_detected",
)
# The fields of recorded rows; ``caps``, which the schema requires, is in none of them.
ROW = {
    "src": "#src#",
    "dst": "#dst#",
    "service": {"port": "#port#", "proto": "#proto#"},
    "num_connections": "#connections#",
    "policy_decision": "@decision@",
    "flow_direction": "inbound",
    "state": "closed",
    "dst_bi": "#bytes_in#",
    "dst_bo": "#bytes_out#",
    "timestamp_range": {"first_detected": "@first@", "last_detected": "@last@"},
}
RULES = {**ROW, "rules": [], "draft_policy_decision": "@decision@"}


@dataclasses.dataclass(frozen=True)
class End:
    """One side of a flow; ``number`` is that of its workload, 0 without one."""

    ip: str
    number: int


@dataclasses.dataclass(frozen=True)
class Flow:
    number: int
    source: End
    target: End
    port: int
    proto: int
    decision: str
    last: float


class Traffic:
    """All flows of a PCE, spread over the last 90 days."""

    def __init__(self, settings: Settings, estate: Estate, born: float) -> None:
        self._settings, self._estate, self._born = settings, estate, born
        self._row, self._row_with_rules = Text(ROW), Text(RULES)
        workload = {"href": f"/orgs/{settings.org_id}/workloads/@id@", "hostname": "@name@", "name": "@name@"}
        self._side = Text({"ip": "@ip@", "workload": {**workload, "os_type": "linux", "labels": "#labels#"}})

    def asked(self, query: t.Mapping[str, t.Any]) -> t.Iterator[Flow]:
        """The flows that match the parameters of a query.

        A malformed date is no error: that bound is not there then, and it is another query (seen in the field; what
        exactly it becomes is assumed). Of the sources and destinations workloads, labels and addresses count.
        """
        start = read_moment(str(query.get("start_date") or ""))
        end = read_moment(str(query.get("end_date") or ""))
        for number in range(1, self._settings.count("flows") + 1):
            flow = self._flow(number)
            if (start is None or flow.last >= start) and (end is None or flow.last <= end) and self._fits(flow, query):
                yield flow

    def _flow(self, number: int) -> Flow:
        workloads = self._settings.count("workloads")
        source = 0 if number % 3 == 0 or not workloads else number * 7 % workloads + 1
        target = number * 11 % workloads + 1 if workloads else 0
        port, proto = PORTS[number % len(PORTS)]
        age = DAYS * 86400 * (number - 0.5) / self._settings.count("flows")
        return Flow(
            number,
            End(address(source) if source else f"198.51.100.{number % 256}", source),
            End(address(target) if target else "192.0.2.10", target),
            port,
            proto,
            DECISIONS[number // 2 % len(DECISIONS)],
            self._born - age,
        )

    def _fits(self, flow: Flow, query: t.Mapping[str, t.Any]) -> bool:
        decisions = query.get("policy_decisions")
        if decisions and flow.decision not in decisions:
            return False
        services = query.get("services", {})
        if services.get("include") and not any(service_fits(flow, one) for one in services["include"]):
            return False
        if any(service_fits(flow, one) for one in services.get("exclude", ())):
            return False
        source = self._end_fits(flow.source, query.get("sources", {}))
        target = self._end_fits(flow.target, query.get("destinations", {}))
        return source or target if query.get("sources_destinations_query_op") == "or" else source and target

    def _end_fits(self, end: End, wanted: t.Mapping[str, t.Any]) -> bool:
        include = [group for group in wanted.get("include", ()) if group]
        if include and not any(all(self._is(end, one) for one in group) for group in include):
            return False
        return not any(self._is(end, one) for one in wanted.get("exclude", ()))

    def _is(self, end: End, wanted: t.Mapping[str, t.Any]) -> bool:
        if wanted.get("actors") == "ams":
            return end.number > 0
        if "workload" in wanted:
            return end.number > 0 and wanted["workload"]["href"].endswith(object_uuid(1, end.number))
        if "label" in wanted:
            labels = self._estate.labels_of(end.number) if end.number else []
            return any(label["href"] == wanted["label"]["href"] for label in labels)
        if "ip_address" in wanted:
            asked = wanted["ip_address"]
            return bool(end.ip == (asked.get("value") if isinstance(asked, dict) else asked))
        return False

    def text(self, flow: Flow, *, rules: bool) -> str:
        values = {
            "src": self._end(flow.source, full=flow.number % 2 == 0),
            "dst": self._end(flow.target, full=True),
            "port": str(flow.port),
            "proto": str(flow.proto),
            "connections": str(flow.number % 50 + 1),
            "decision": flow.decision,
            "bytes_in": str(flow.number * 100),
            "bytes_out": str(flow.number * 200),
            "first": moment(flow.last - 3600),
            "last": moment(flow.last),
        }
        return (self._row_with_rules if rules else self._row).fill(values)

    def _end(self, end: End, *, full: bool) -> str:
        """A side without a workload has only its address; labels may have only their href (recorded)."""
        if not end.number:
            return dump({"ip": end.ip})
        values = {"ip": end.ip, "id": object_uuid(1, end.number), "name": hostname(end.number)}
        labels = self._estate.labels_of(end.number)
        values["labels"] = dump(labels if full else [{"href": label["href"]} for label in labels])
        return self._side.fill(values)

    def csv(self, flows: t.Iterable[Flow]) -> bytes:
        """The names of the columns are assumed."""
        lines = [",".join(CSV_NAMES)]
        for flow in flows:
            times = f"{moment(flow.last - 3600)},{moment(flow.last)}"
            connections = flow.number % 50 + 1
            lines.append(
                f"{flow.source.ip},{flow.target.ip},{flow.port},{flow.proto},{connections},{flow.decision},{times}"
            )
        return ("\n".join(lines) + "\n").encode()


def address(number: int) -> str:
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


def service_fits(flow: Flow, wanted: t.Mapping[str, t.Any]) -> bool:
    if wanted.get("proto", flow.proto) != flow.proto:
        return False
    port = wanted.get("port")
    return port is None or port <= flow.port <= (wanted.get("to_port") or port)
