# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant seen by a client that just sends requests: neither the collection nor a library."""

from __future__ import annotations

import typing as t

import requests

if t.TYPE_CHECKING:
    from simulator.client import SimulatorProcess

CURRENT, LEGACY, DEVICES = "/config/operations/v1", "/sse/config/v1", "/operations/v1"
TSG = "1234567890"
CLIENT, SECRET = "sa@1234567890.iam.panserviceaccount.com", "the secret of the account"
EDITOR, VIEWER = "editor@1234567890.iam.panserviceaccount.com", "viewer@1234567890.iam.panserviceaccount.com"
CLIENTS = {
    CLIENT: {"secret": SECRET},
    EDITOR: {"secret": "editor's", "role": "editor"},
    VIEWER: {"secret": "viewer's", "role": "viewer"},
}
FOLDERS = ["Remote Networks", "Service Connections"]
FOREVER = 10**7


class Scm:
    """A service account of one tenant, with a token that lasts for the test. Paths are below ``base``."""

    sessions: t.ClassVar[list[requests.Session]] = []

    def __init__(self, simulator: SimulatorProcess, address: str, name: str = CLIENT, base: str = CURRENT) -> None:
        self.simulator, self.address, self.name, self.base = simulator, address, name, base
        self.origin = f"https://{address}:{simulator.port}"
        self.session = requests.Session()
        self.sessions.append(self.session)
        self.session.trust_env = False
        self.session.verify = simulator.ca_path
        self.use(self.act("token", client=name, seconds=FOREVER)["access_token"])

    def use(self, token: str) -> None:
        self.session.headers["Authorization"] = f"Bearer {token}"

    def other(self, name: str = CLIENT, base: str = CURRENT) -> Scm:
        return Scm(self.simulator, self.address, name, base)

    def token(
        self, path: str = "/oauth2/access_token", *, name: str = CLIENT, secret: str = SECRET, **form: t.Any
    ) -> requests.Response:
        """A request to the token service as the documentation shows it."""
        form = {"grant_type": "client_credentials", "scope": f"tsg_id:{TSG}", **form}
        return self.form(path, form, auth=(name, secret))

    def form(self, path: str, data: t.Mapping[str, str], **arguments: t.Any) -> requests.Response:
        """A form, without the token."""
        session = requests.Session()
        self.sessions.append(session)
        session.trust_env = False
        return session.post(self.origin + path, data=data, verify=self.simulator.ca_path, timeout=20, **arguments)

    def ask(self, method: str, path: str, **arguments: t.Any) -> requests.Response:
        url = self.origin + (path if path.startswith(DEVICES) else self.base + path)
        return self.session.request(method, url, timeout=20, **arguments)

    def get(self, path: str, **arguments: t.Any) -> requests.Response:
        return self.ask("GET", path, **arguments)

    def post(self, path: str, body: t.Any = None, **arguments: t.Any) -> requests.Response:
        return self.ask("POST", path, json=body, **arguments)

    def push(self, folders: t.Sequence[str] = ("Remote Networks",), **body: t.Any) -> requests.Response:
        return self.post("/config-versions/candidate:push", {"folders": list(folders), **body})

    def pushed(self, folders: t.Sequence[str] = ("Remote Networks",), **body: t.Any) -> str:
        """The id of the parent of a new push."""
        answer = self.push(folders, **body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["job_id"])

    def job(self, number: str) -> dict[str, t.Any]:
        (found,) = self.get(f"/jobs/{number}").json()["data"]
        return t.cast("dict[str, t.Any]", found)

    def word(self, number: str) -> str:
        """Status and result, e.g. ``ACT/PEND``."""
        found = self.job(number)
        return f"{found['status_str']}/{found['result_str']}"

    def jobs(self, **query: t.Any) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self.get("/jobs", params=query).json()["data"])

    def children(self, parent: str) -> list[dict[str, t.Any]]:
        """In the order in which they appeared."""
        return [job for job in reversed(self.jobs()) if job["parent_id"] == parent]

    def running(self) -> dict[str, int]:
        return {entry["device"]: entry["version"] for entry in self.get("/config-versions/running").json()["data"]}

    def device_job(self, kind: str, *devices: str, **body: t.Any) -> str:
        answer = self.post(f"{DEVICES}/jobs/{kind}", {"devices": list(devices), **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["job_id"])

    def advance(self, seconds: float) -> None:
        self.simulator.advance(seconds)

    def configure(self, **settings: t.Any) -> t.Any:
        return self.simulator.configure(self.address, **settings)

    def act(self, action: str, /, **arguments: t.Any) -> t.Any:
        return self.simulator.act(self.address, action, **arguments)

    def fault(self, kind: str, step: str, **arguments: t.Any) -> t.Any:
        return self.simulator.fault(kind, self.address, match={"step": step}, **arguments)

    def state(self) -> t.Any:
        return self.simulator.device(self.address)

    def submissions(self, kind: str) -> list[t.Any]:
        return [one for one in self.simulator.ledger(self.address)["submissions"] if one["kind"] == kind]

    def refused(self, kind: str) -> list[t.Any]:
        return [one for one in self.simulator.ledger(self.address)["refused"] if one["kind"] == kind]


def error(answer: requests.Response) -> tuple[int, str, str]:
    """HTTP status, code and message of an error."""
    (found,) = answer.json()["_errors"]
    return answer.status_code, found["code"], found["message"]
