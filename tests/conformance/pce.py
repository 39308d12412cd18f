# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PCE seen by a client that just sends requests: neither the collection nor a library."""

from __future__ import annotations

import json
import pathlib
import typing as t

import requests

if t.TYPE_CHECKING:
    from simulator.client import SimulatorProcess

RECORDED = pathlib.Path(__file__).resolve().parent.parent / "data" / "illumio"
KEY, SECRET = "api_0123456789abcdef", "the secret of the key"
KEYS = {
    KEY: {"secret": SECRET},
    "api_of_bob": {"secret": "bob's", "user": "/users/2"},
    "api_of_viewer": {"secret": "viewer's", "user": "/users/3", "role": "viewer"},
}
QUERY: dict[str, t.Any] = {
    "query_name": "all of it",
    "sources": {"include": [[]], "exclude": []},
    "destinations": {"include": [[]], "exclude": []},
    "services": {"include": [], "exclude": []},
    "policy_decisions": [],
    "max_results": 1000,
}


class Rest:
    """A log-in at one PCE. Paths may begin with ``/orgs`` or be below the organisation."""

    sessions: t.ClassVar[list[requests.Session]] = []

    def __init__(self, simulator: SimulatorProcess, address: str, name: str = KEY, secret: str = SECRET) -> None:
        self.simulator, self.address = simulator, address
        self.root = f"https://{address}:{simulator.port}/api/v2"
        self.session = requests.Session()
        self.sessions.append(self.session)
        self.session.trust_env = False
        self.session.verify = simulator.ca_path
        self.session.auth = (name, secret)
        self.session.headers["Accept"] = "application/json"

    def other(self, name: str, secret: str) -> Rest:
        return Rest(self.simulator, self.address, name, secret)

    def ask(self, method: str, path: str, **arguments: t.Any) -> requests.Response:
        url = self.root + (path if path.startswith("/") else f"/orgs/1/{path}")
        return self.session.request(method, url, timeout=20, **arguments)

    def get(self, path: str, **arguments: t.Any) -> requests.Response:
        return self.ask("GET", path, **arguments)

    def post(self, path: str, body: t.Any = None, **arguments: t.Any) -> requests.Response:
        return self.ask("POST", path, json=body, **arguments)

    def put(self, path: str, body: t.Any = None, **arguments: t.Any) -> requests.Response:
        return self.ask("PUT", path, json=body, **arguments)

    def delete(self, path: str) -> requests.Response:
        return self.ask("DELETE", path)

    def submit(self, path: str) -> requests.Response:
        return self.get(path, headers={"Prefer": "respond-async"})

    def job(self, path: str) -> str:
        """The href of a new job."""
        answer = self.submit(path)
        assert answer.status_code == 202, answer.text
        return answer.headers["Location"]

    def word(self, href: str) -> str:
        return str(self.get(href).json()["status"])

    def advance(self, seconds: float) -> None:
        self.simulator.advance(seconds)

    def configure(self, **settings: t.Any) -> t.Any:
        return self.simulator.configure(self.address, **settings)

    def act(self, action: str, **arguments: t.Any) -> t.Any:
        return self.simulator.act(self.address, action, **arguments)

    def fault(self, kind: str, **arguments: t.Any) -> t.Any:
        return self.simulator.fault(kind, self.address, **arguments)

    def submissions(self, kind: str) -> list[t.Any]:
        return [one for one in self.simulator.ledger(self.address)["submissions"] if one["kind"] == kind]

    def refused(self, kind: str) -> list[t.Any]:
        return [one for one in self.simulator.ledger(self.address)["refused"] if one["kind"] == kind]


def token(answer: requests.Response) -> tuple[int, str]:
    """The code of an error and its token."""
    return answer.status_code, str(answer.json()[0]["token"])


def exchange(name: str) -> t.Any:
    """One of the exchanges of the guide."""
    exchanges = json.loads((RECORDED / "exchanges.json").read_text(encoding="utf-8"))
    (found,) = (one for one in exchanges if one["id"] == name)
    return found
