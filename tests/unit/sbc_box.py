# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SBC that answers at the level of requests' adapters, and a world whose time does not pass by itself."""

from __future__ import annotations

import dataclasses
import io
import typing as t
import urllib.parse
from collections.abc import Callable, Sequence

import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import chain, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Verdict
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import backup, config, job, restart
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.client import SbcClient, SbcConnection
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.lock import ConfigLock
from ansible_collections.netops.jobs.tests.unit.answering import FakeAdapter
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime

PASSWORD = "s3cret-of-the-sbc"
HOST = "sbc1.example.com"
LOCKED = "Resource locked by another user"
NO_LOCK = "User does not have the lock"
TIMING = Timing(wait_timeout=1800, poll_interval=2, poll_max_interval=10, outage_timeout=300)

Answer = tuple[int, str]


@dataclasses.dataclass(frozen=True)
class Lost:
    """The request took effect, and its answer never came, or another one in its place."""

    status: int = 0
    body: str = ""


LOST = Lost()
GONE = requests.exceptions.ReadTimeout("x")
REFUSED = requests.exceptions.ConnectionError(ConnectionRefusedError(111, "refused"))


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request as the SBC saw it; *path* is what follows the version."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    version: str

    def __str__(self) -> str:
        what = self.query.get("action") or self.path.rpartition("/")[2]
        return {"asyncstatus": "slot", "status": "system"}.get(what, what)


def answer(data: str = "", *, link: str = "") -> str:
    links = f"<links><link>{link}</link></links>" if link else "<links/>"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f"{head}<response><data>{data}</data><messages/>{links}</response>"


def error(status: int, text: str) -> Answer:
    return status, f"<response><data/><messages><errorMessage>{text}</errorMessage></messages><links/></response>"


def slot(operation: str, status: str, more: str = "", info: str = "") -> str:
    return f"<operationState><operation>{operation}</operation><status>{status}</status>{more}</operationState>{info}"


class Sbc(FakeAdapter):
    """One SBC. What it does otherwise than it should is laid down with `on`; *shows* is what the slot shows, look by
    look, the last stays; a submission appends what *runs* says of it."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self.now = now
        self.asked: list[Asked] = []
        self.versions = ["v1.2", "v1.1", "v1.0"]
        self.tokens: dict[str, float] = {}
        self.made = 0
        self.renewal_field = "token"
        self.lock: str | None = None
        self.shows: list[str] = [""]
        self.runs: dict[str, Sequence[str]] = {}
        self.submitted: list[dict[str, str]] = []
        self.files: list[str] = []
        self.suffix = ""
        self.system = {"uptimeSeconds": "146091", "hostName": "PRIMARY", "systemState": "online", "role": "standalone"}
        self.rules: list[tuple[str, str, list[t.Any]]] = []
        self.deeds: list[tuple[str, int, Callable[[], object]]] = []

    def on(self, method: str, path: str, *answers: t.Any) -> Sbc:
        """Lay down the next answers to such requests: a pair, LOST, an exception, or None for the usual one."""
        self.rules.append((method, path, list(answers)))
        return self

    def before(self, what: str, deed: Callable[[], object], *, skip: int = 0) -> None:
        """Have *deed* done right before the request that reads as *what*."""
        self.deeds.append((what, skip, deed))

    def named(self) -> list[str]:
        return [str(one) for one in self.asked]

    # As requests sees it

    def send(self, request: t.Any, **_kwargs: t.Any) -> requests.Response:
        body = request.body.read().decode() if request.body is not None else ""
        url = urllib.parse.urlsplit(request.url)
        assert url.netloc == f"{HOST}:443" or url.netloc == HOST, "a request left for another host"
        _empty, rest, version, path = url.path.split("/", 3)
        assert rest == "rest"
        query = dict(urllib.parse.parse_qsl(url.query))
        one = Asked(request.method, f"/{path}", query, dict(request.headers), body, version)
        self.asked.append(one)
        for place, (what, skip, deed) in enumerate(list(self.deeds)):
            if what == str(one):
                self.deeds[place] = (what, skip - 1, deed) if skip else ("", 0, deed)
                if not skip:
                    deed()
        status, text = self._answer(one)
        response = requests.Response()
        response.status_code = status
        response.url = request.url
        response.request = request
        response.raw = io.BytesIO(text.encode())
        return response

    def _answer(self, one: Asked) -> Answer:
        for rule in self.rules:
            method, path, answers = rule
            if answers and one.method == method and path in f"{one.path}?{urllib.parse.urlencode(one.query)}":
                given = answers.pop(0)
                if isinstance(given, Exception):
                    raise given
                if isinstance(given, Lost):
                    self._usual(one)
                    if given.status:
                        return given.status, given.body
                    raise GONE
                if given is not None:
                    return t.cast("Answer", given)
                break
        return self._usual(one)

    def _usual(self, one: Asked) -> Answer:
        assert one.headers["Accept"] == "application/xml"
        if one.version not in self.versions:
            return error(404, "Unsupported versionId in URI")
        if one.path == "/auth/token":
            return 200, answer(f"<accessToken>{self._token(one)}</accessToken>")
        scheme, _blank, token = one.headers["Authorization"].partition(" ")
        assert scheme == "Bearer"
        if self.now() >= self.tokens.get(token, 0.0):
            if self.lock == token:
                self.lock = None
            return error(401, "Client not authorized.")
        return self._call(one, token)

    def _token(self, one: Asked) -> str:
        assert one.headers["Authorization"].startswith("Basic ")
        self.made += 1
        made = f"token-{self.made}-of-the-sbc=="
        old = dict(urllib.parse.parse_qsl(one.body)).get(self.renewal_field, "")
        if self.now() < self.tokens.pop(old, 0.0) and self.lock == old:
            self.lock = made
        self.tokens[made] = self.now() + 600
        return made

    def _call(self, one: Asked, token: str) -> Answer:
        if self.lock is not None and self.lock != "bob" and self.now() >= self.tokens.get(self.lock, 0.0):
            self.lock = None
        if one.path == "/admin/asyncstatus":
            shown = self.shows.pop(0) if len(self.shows) > 1 else self.shows[0]
            return 200, answer(shown)
        if one.path == "/system/status":
            return 200, answer("".join(f"<{name}>{text}</{name}>" for name, text in self.system.items()))
        if (one.method, one.path) == ("GET", "/configuration/management/files"):
            return 200, answer("".join(f"<file><name>{name}</name></file>" for name in self.files))
        if one.path == "/configuration/lock":
            if self.lock not in (None, token):
                return error(423, LOCKED)
            self.lock = token
            return 204, ""
        if one.path in ("/admin/reboot", "/admin/switchover"):
            self.submitted.append({"action": one.path})
            return 202, answer("Rebooting in 5 seconds", link="https://10.0.0.1/rest/v1.1/system/status")
        if self.lock != token:
            return error(423, LOCKED if self.lock else NO_LOCK)
        if one.path == "/configuration/unlock":
            self.lock = None
            return 204, ""
        if one.method == "DELETE":
            if one.query["filename"] not in self.files:
                return error(404, "Resource not found")
            self.files.remove(one.query["filename"])
            return 204, ""
        assert one.path == "/configuration/management"
        self.submitted.append(one.query)
        action = one.query["action"]
        assert one.method == ("POST" if action in ("activate", "backup") else "PUT")
        self.shows = list(self.runs.get(action, (slot(action, "inProgress"), slot(action, "success"))))
        if action == "backup":
            self.files.append(one.query["filename"] + self.suffix)
        return 202, answer(link="https://10.0.0.1/rest/v1.1/admin/asyncstatus")


class Runner:
    """Runs tasks against the SBC, each with a client of its own, as tasks are."""

    def __init__(self, fake: FakeTime) -> None:
        self.fake = fake

    def client(self, **more: t.Any) -> SbcClient:
        connection = SbcConnection(HOST, username="admin", password=PASSWORD, **more)
        return SbcClient(connection, clock=lambda: self.fake.now)

    def times(self) -> dict[str, t.Any]:
        return {"clock": lambda: self.fake.now, "wall": self.fake.world.wall}

    def plan(self, plan: chain.Plan, **wishes: t.Any) -> Verdict:
        given = {"timing": TIMING, "wait_for_idle": True, **wishes}
        return chain.run(plan, Wishes(**given), self.fake.world)

    def config(self, *actions: str, lock_timeout: float = 660, settle: float = 5, **wishes: t.Any) -> Verdict:
        client = self.client()
        lock = ConfigLock(client, timeout=lock_timeout, clock=lambda: self.fake.now, sleep=self.fake.sleep)
        kinds = {"verify": job.Verify, "save": job.Save, "activate": job.Activate}
        steps = [kinds[action](client, lock, settle=settle, **self.times()) for action in actions]
        return self.plan(config.Config(client, lock, steps), **wishes)

    def restore(self, source: str, file: str = "", **wishes: t.Any) -> Verdict:
        client = self.client()
        lock = ConfigLock(client, clock=lambda: self.fake.now, sleep=self.fake.sleep)
        step = job.Restore(client, lock, source=source, file=file, **self.times())
        return self.plan(config.Config(client, lock, [step]), **wishes)

    def backup(self, file: str = "nightly", state: str = "present", **wishes: t.Any) -> Verdict:
        client = self.client()
        lock = ConfigLock(client, clock=lambda: self.fake.now, sleep=self.fake.sleep)
        step: t.Any = backup.Deletion(client, lock, file)
        if state == "present":
            step = job.Backup(client, lock, source="running", file=file, **self.times())
        return self.plan(backup.BackupFile(client, lock, step, file), **wishes)

    def resume(self, kind: t.Any, handle: t.Any, **wishes: t.Any) -> Verdict:
        given = {"timing": TIMING, "handle": handle, **wishes}
        return lifecycle.run(kind(self.client(), **self.times()), Wishes(**given), self.fake.world)

    def restart(self, kind: type[restart._Restart], **wishes: t.Any) -> Verdict:
        timing = Timing(900, 5, 15, 600)
        given = {"timing": timing, "wait_for_idle": True, **wishes}
        return lifecycle.run(kind(self.client(), **self.times()), Wishes(**given), self.fake.world)
