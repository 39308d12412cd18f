# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SBC seen by a client that just sends requests: neither the collection nor a library."""

from __future__ import annotations

import pathlib
import typing as t
import xml.etree.ElementTree as ET

import requests

if t.TYPE_CHECKING:
    from simulator.client import SimulatorProcess

RECORDED = pathlib.Path(__file__).resolve().parent.parent / "data" / "oracle_sbc"
USERS = {
    "admin": {"password": "correct horse"},
    "ann": {"password": "ann's"},
    "reader": {"password": "reader's", "role": "user"},
}
XML = {"Accept": "application/xml"}


class Answer:
    """One answer, parsed when there is something to parse."""

    def __init__(self, response: requests.Response) -> None:
        self.code = response.status_code
        self.text = response.text
        self.headers = response.headers

    @property
    def xml(self) -> ET.Element:
        return ET.fromstring(self.text)

    def get(self, name: str) -> str | None:
        return self.xml.findtext(f".//{name}")

    @property
    def error(self) -> tuple[int, str | None]:
        return self.code, self.get("errorMessage")

    @property
    def state(self) -> tuple[str | None, str | None]:
        """Operation and status, as asyncstatus has them."""
        assert self.code == 200, self.text
        return self.get("operation"), self.get("status")


class Session:
    """A log-in at one SBC; ``version`` is that of the addresses."""

    sessions: t.ClassVar[list[requests.Session]] = []

    def __init__(
        self,
        simulator: SimulatorProcess,
        address: str,
        user: str = "admin",
        *,
        version: str = "v1.2",
        login: bool = True,
    ) -> None:
        self.simulator, self.address, self.user, self.version = simulator, address, user, version
        self.root = f"https://{address}:{simulator.port}/rest"
        self.http = requests.Session()
        self.sessions.append(self.http)
        self.http.trust_env = False
        self.http.verify = simulator.ca_path
        self.http.headers.update(XML)
        self.token = ""
        if login:
            self.login()

    def other(self, user: str = "admin", **arguments: t.Any) -> Session:
        return Session(self.simulator, self.address, user, **{"version": self.version, **arguments})

    def at(self, address: str) -> Session:
        return Session(self.simulator, address, self.user, version=self.version)

    # Requests

    def ask(self, method: str, path: str, **arguments: t.Any) -> Answer:
        """A path that begins with / is one from /rest on."""
        url = self.root + (path if path.startswith("/") else f"/{self.version}/{path}")
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        return Answer(self.http.request(method, url, headers=headers, timeout=20, **arguments))

    def get(self, path: str, **arguments: t.Any) -> Answer:
        return self.ask("GET", path, **arguments)

    def post(self, path: str, **arguments: t.Any) -> Answer:
        return self.ask("POST", path, **arguments)

    def put(self, path: str, **arguments: t.Any) -> Answer:
        return self.ask("PUT", path, **arguments)

    def delete(self, path: str) -> Answer:
        return self.ask("DELETE", path)

    def token_request(self, body: str | None = None, **headers: str) -> Answer:
        """POST auth/token with a name and a password, and whatever body."""
        response = self.http.post(
            f"{self.root}/{self.version}/auth/token",
            auth=(self.user, USERS[self.user]["password"]),
            data=body,
            headers=headers,
            timeout=20,
        )
        return Answer(response)

    def login(self) -> None:
        self.token = self._token(self.token_request())

    def renew(self, field: str = "token") -> None:
        """As the pages say: name and password again, and the current token in the body."""
        body = requests.models.RequestEncodingMixin._encode_params({field: self.token})
        self.token = self._token(self.token_request(body, **{"Content-Type": "x-www-form-urlencoded"}))

    def _token(self, answer: Answer) -> str:
        assert answer.code == 200, answer.text
        token = answer.get("accessToken")
        assert token
        return token

    # The calls

    def lock(self) -> Answer:
        return self.post("configuration/lock")

    def unlock(self) -> Answer:
        return self.post("configuration/unlock")

    def locked(self) -> Session:
        assert self.lock().code == 204
        return self

    def submit(self, action: str, **parameters: str) -> Answer:
        method = "POST" if action in ("activate", "backup") else "PUT"
        return self.ask(method, "configuration/management", params={"action": action, **parameters})

    def accepted(self, action: str, **parameters: str) -> Answer:
        answer = self.submit(action, **parameters)
        assert answer.code == 202, answer.text
        return answer

    def status(self) -> Answer:
        return self.get("admin/asyncstatus")

    def files(self) -> list[str | None]:
        return [name.text for name in self.get("configuration/management/files").xml.iter("name")]

    def element(self, name: str, dest: str) -> str:
        return (
            "<configElement><elementType>session-group</elementType>"
            f"<attribute><name>group-name</name><value>{name}</value></attribute>"
            f"<attribute><name>dest</name><value>{dest}</value></attribute></configElement>"
        )

    def change(self, dest: str = "proxy1.example.com") -> None:
        """A change of what is edited."""
        answer = self.put(
            "configuration/configElements",
            data=self.element("sg_proxies", dest),
            headers={"Content-Type": "application/xml"},
        )
        assert answer.code == 200, answer.text

    # The simulator

    def advance(self, seconds: float) -> None:
        self.simulator.advance(seconds)

    def configure(self, **settings: t.Any) -> t.Any:
        return self.simulator.configure(self.address, **settings)

    def act(self, action: str, /, **arguments: t.Any) -> t.Any:
        return self.simulator.act(self.address, action, **arguments)

    def fault(self, kind: str, /, **arguments: t.Any) -> t.Any:
        return self.simulator.fault(kind, self.address, **arguments)

    def device(self) -> t.Any:
        return self.simulator.device(self.address)

    def numbers(self) -> tuple[int, int, int]:
        """The versions that are edited, saved and running."""
        found = self.device()["configuration"]
        return found["editing"], found["saved"], found["running"]

    def submissions(self, kind: str = "") -> list[t.Any]:
        return [one for one in self.simulator.ledger(self.address)["submissions"] if kind in ("", one["kind"])]

    def refused(self) -> list[t.Any]:
        return list(self.simulator.ledger(self.address)["refused"])


def recorded(name: str) -> str:
    return (RECORDED / name).read_text(encoding="utf-8")
