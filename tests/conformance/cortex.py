# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant of Cortex seen by a client that just sends requests: neither the collection nor a library."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
import string
import time
import typing as t

import requests
from openapi import cortex as published
from urllib3.util import SKIP_HEADER

if t.TYPE_CHECKING:
    from simulator.client import SimulatorProcess

KEYS: dict[str, t.Any] = {
    "1": {"key": "the standard key"},
    "2": {"key": "the advanced key", "type": "advanced"},
    "3": {"key": "the viewer's key", "permissions": ["netscan-view"]},
}
SCAN = published.SCAN
DEFINITION: dict[str, t.Any] = {
    "vt_config_id": 3,
    "name": "branch offices",
    "description": "every night",
    "network_scanner_ids": ["8d5a3cde-8a4e-4c5e-9a63-1f6f1a0e6b11"],
    "network": 1,
    "credential_ids": [4],
    "schedule_cadence": "DAILY",
    "schedule_days": 127,
    "schedule_dates": [],
    "schedule_start_date": 1767225600000,
    "schedule_time": {"hour": 1, "minute": 30, "second": 0},
    "schedule_quiet_hours": [
        {"start": {"hour": 8, "minute": 0, "second": 0}, "end": {"hour": 18, "minute": 0, "second": 0}}
    ],
    "schedule_timezone": "Europe/Berlin",
    "override_target_exclusions": False,
    "target_ids": [],
    "targets": ["192.0.2.0/24"],
    "excluded_targets": [],
    "enable_report": True,
    "port_list_id": 2,
    "scan_ports": [],
}


@dataclasses.dataclass(frozen=True)
class Signature:
    """The three headers that an advanced key needs afresh for every request."""

    nonce: str
    timestamp: str
    hash: str

    @classmethod
    def make(cls, key: str, *, age: float = 0.0, length: int = 64) -> Signature:
        nonce = "".join(secrets.choice(string.ascii_letters + string.digits) for _number in range(length))
        timestamp = str(int((time.time() - age) * 1000))
        return cls(nonce, timestamp, hashlib.sha256(f"{key}{nonce}{timestamp}".encode()).hexdigest())

    def headers(self) -> dict[str, str]:
        return {"x-xdr-nonce": self.nonce, "x-xdr-timestamp": self.timestamp, "Authorization": self.hash}


class Cortex:
    """One key of one tenant. Every answer about network scans is compared with the published file, unless a fault
    made it (``checked`` is False)."""

    sessions: t.ClassVar[list[requests.Session]] = []

    def __init__(self, simulator: SimulatorProcess, address: str, key_id: str = "1") -> None:
        self.simulator, self.address, self.key_id = simulator, address, key_id
        self.root = f"https://{address}:{simulator.port}"
        self.checked = True
        self.session = requests.Session()
        self.sessions.append(self.session)
        self.session.trust_env = False
        self.session.verify = simulator.ca_path

    def other(self, key_id: str) -> Cortex:
        return Cortex(self.simulator, self.address, key_id)

    def credentials(self) -> dict[str, str]:
        spec = KEYS[self.key_id]
        if spec.get("type") == "advanced":
            return {"x-xdr-auth-id": self.key_id, **Signature.make(spec["key"]).headers()}
        return {"x-xdr-auth-id": self.key_id, "Authorization": spec["key"]}

    def ask(
        self, method: str, path: str, *, headers: t.Mapping[str, str | None] | None = None, **arguments: t.Any
    ) -> requests.Response:
        """A header of None is left out (which urllib3 does for User-Agent only)."""
        sent = {name: SKIP_HEADER if value is None else value for name, value in (headers or {}).items()}
        sent = {**self.credentials(), **sent}
        answer = self.session.request(method, self.root + path, headers=sent, timeout=30, **arguments)
        if self.checked and path.startswith(SCAN) and answer.status_code != 405:
            errors = published.netscan().answer_errors(method, path, answer.status_code, answer.headers, answer.content)
            assert errors == [], f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def get(self, path: str, **arguments: t.Any) -> requests.Response:
        return self.ask("GET", path, **arguments)

    def post(self, path: str, /, **wanted: t.Any) -> requests.Response:
        """``wanted`` in ``request_data``."""
        return self.ask(
            "POST", path if path.startswith("/") else f"/public_api/v1/{path}", json={"request_data": wanted}
        )

    def reply(self, path: str, /, **wanted: t.Any) -> t.Any:
        answer = self.post(path, **wanted)
        assert answer.status_code == 200, answer.text
        assert list(answer.json()) == ["reply"]
        return answer.json()["reply"]

    def refusal(self, path: str, /, **wanted: t.Any) -> t.Any:
        """``err_extra`` of a business error."""
        answer = self.post(path, **wanted)
        assert answer.status_code == 500, answer.text
        error = answer.json()["reply"]
        assert (error["err_code"], error["err_msg"]) == (500, "An error occurred while processing XDR public API")
        return error["err_extra"]

    # Network scans

    def launch(self, definition: int = 123, **more: t.Any) -> int:
        """The id of the new run."""
        answer = self.post(f"{SCAN}/run", definition_id=definition, **more)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["DATA"].rpartition(": ")[2])

    def sentence(self, run: int) -> str:
        answer = self.get(f"{SCAN}/run/{run}?fields=status")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["DATA"])

    def state(self, run: int) -> str:
        return self.sentence(run).removeprefix("Scan is in ").removesuffix(" state")

    def command(self, run: int, command: str) -> requests.Response:
        return self.post(f"{SCAN}/run/{run}/command", type=command)

    # The simulator

    def advance(self, seconds: float) -> None:
        self.simulator.advance(seconds)

    def configure(self, **settings: t.Any) -> t.Any:
        return self.simulator.configure(self.address, **settings)

    def act(self, action: str, **arguments: t.Any) -> t.Any:
        return self.simulator.act(self.address, action, **arguments)

    def fault(self, kind: str, **arguments: t.Any) -> t.Any:
        return self.simulator.fault(kind, self.address, **arguments)

    def shown(self) -> t.Any:
        return self.simulator.device(self.address)

    def submissions(self, kind: str = "") -> list[t.Any]:
        found = self.simulator.ledger(self.address)["submissions"]
        return [one for one in found if kind in ("", one["kind"])]

    def refused(self, kind: str) -> list[t.Any]:
        return [one for one in self.simulator.ledger(self.address)["refused"] if one["kind"] == kind]

    def ids(self) -> list[str]:
        return [one["endpoint_id"] for one in self.shown()["endpoints"]]


def these(*ids: str) -> list[dict[str, t.Any]]:
    """The filter that chooses endpoints by their ids."""
    return [{"field": "endpoint_id_list", "operator": "in", "value": list(ids)}]


def lines(content: bytes) -> list[t.Any]:
    """NDJSON."""
    return [json.loads(line) for line in content.splitlines()]
