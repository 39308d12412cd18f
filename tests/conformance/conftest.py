# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: simulators, a device per test, and a plain client that is neither the collection nor a library."""

from __future__ import annotations

import itertools
import pathlib
import sys
import typing as t
import xml.etree.ElementTree as ET

import pytest
import requests

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from simulator.client import SimulatorProcess

from .cortex import KEYS as CORTEX_KEYS
from .cortex import Cortex
from .pce import KEYS, Rest
from .sbc import USERS, Session
from .scm import CLIENTS, Scm

RECORDED = TESTS / "data" / "panos"
PASSWORD = "correct horse"
ADMINS = {"admin": {"password": PASSWORD}, "bob": {"password": "bob's password"}}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def fast(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[SimulatorProcess]:
    """A simulator in which 20 seconds pass in one."""
    with SimulatorProcess(tmp_path_factory.mktemp("fast"), time_scale=20) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[SimulatorProcess]:
    """A simulator whose time passes only by ``advance()``."""
    with SimulatorProcess(tmp_path_factory.mktemp("frozen"), frozen=True) as simulator:
        yield simulator


@pytest.fixture
def new_address() -> t.Callable[[], str]:
    """A function that returns an address no other test uses."""

    def make() -> str:
        number = next(_numbers)
        return f"127.77.{number // 250}.{number % 250 + 1}"

    return make


class Answer:
    """What a device answered, parsed when there is something to parse."""

    def __init__(self, response: requests.Response) -> None:
        self.http = response.status_code
        self.headers = response.headers
        self.text = response.text

    @property
    def xml(self) -> ET.Element:
        return ET.fromstring(self.text)

    @property
    def status(self) -> str | None:
        return self.xml.get("status")

    @property
    def code(self) -> str | None:
        return self.xml.get("code")

    def get(self, path: str) -> str:
        found = self.xml.findtext(path)
        assert found is not None, f"no {path} in {self.text}"
        return found

    @property
    def message(self) -> str:
        return "".join(self.xml.find("msg").itertext() if self.xml.find("msg") is not None else self.xml.itertext())


class Api:
    """A device seen by a client that just posts forms."""

    sessions: t.ClassVar[list[requests.Session]] = []

    def __init__(self, simulator: SimulatorProcess, address: str, user: str = "admin") -> None:
        self.simulator, self.address = simulator, address
        self.url = f"https://{address}:{simulator.port}/api/"
        self.session = requests.Session()
        self.sessions.append(self.session)
        self.session.trust_env = False
        self.session.verify = simulator.ca_path
        key = self.post(type="keygen", user=user, password=ADMINS[user]["password"]).get("result/key")
        self.session.headers["X-PAN-KEY"] = key

    def post(self, **parameters: str) -> Answer:
        return Answer(self.session.post(self.url, data=parameters, timeout=10))

    def op(self, cmd: str, **parameters: str) -> Answer:
        return self.post(type="op", cmd=cmd, **parameters)

    def commit(self, inner: str = "", **parameters: str) -> Answer:
        return self.post(type="commit", cmd=f"<commit>{inner}</commit>", **parameters)

    def job(self, job: str | int) -> ET.Element:
        found = self.op(f"<show><jobs><id>{job}</id></jobs></show>").xml.find("result/job")
        assert found is not None
        return found

    def word(self, job: str | int) -> str:
        """Status and result, e.g. ``ACT/PEND``."""
        record = self.job(job)
        return f"{record.findtext('status')}/{record.findtext('result')}"

    def change(self, owner: str = "admin", **arguments: t.Any) -> t.Any:
        return self.simulator.act(self.address, "changes", owner=owner, **arguments)

    def ledger(self) -> t.Any:
        return self.simulator.ledger(self.address)


@pytest.fixture(autouse=True)
def close_sessions() -> t.Iterator[None]:
    yield
    for sessions in (Api.sessions, Cortex.sessions, Rest.sessions, Scm.sessions, Session.sessions):
        while sessions:
            sessions.pop().close()


@pytest.fixture
def device(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Iterator[t.Callable[..., Api]]:
    """Makes devices in the simulator whose time stands still; faults are cleared afterwards."""

    def make(**settings: t.Any) -> Api:
        return Api(frozen, frozen.add_device(new_address(), **{"admins": ADMINS, **settings}))

    yield make
    frozen.clear_faults()


@pytest.fixture
def pce(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Iterator[t.Callable[..., Rest]]:
    """Makes PCEs in the simulator whose time stands still; faults are cleared afterwards."""

    def make(**settings: t.Any) -> Rest:
        return Rest(frozen, frozen.add_device(new_address(), system="illumio", **{"api_keys": KEYS, **settings}))

    yield make
    frozen.clear_faults()


@pytest.fixture
def tenant(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Iterator[t.Callable[..., Scm]]:
    """Makes tenants in the simulator whose time stands still; faults are cleared afterwards."""

    def make(**settings: t.Any) -> Scm:
        return Scm(frozen, frozen.add_device(new_address(), system="scm", **{"clients": CLIENTS, **settings}))

    yield make
    frozen.clear_faults()


@pytest.fixture
def cortex(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Iterator[t.Callable[..., Cortex]]:
    """Makes Cortex tenants in the simulator whose time stands still; faults are cleared afterwards."""

    def make(**settings: t.Any) -> Cortex:
        return Cortex(
            frozen, frozen.add_device(new_address(), system="cortex", **{"api_keys": CORTEX_KEYS, **settings})
        )

    yield make
    frozen.clear_faults()


@pytest.fixture
def sbc(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Iterator[t.Callable[..., Session]]:
    """Makes SBCs in the simulator whose time stands still; faults are cleared afterwards."""

    def make(*, version: str = "v1.2", **settings: t.Any) -> Session:
        address = frozen.add_device(new_address(), system="oracle_sbc", **{"users": USERS, **settings})
        return Session(frozen, address, version=version)

    yield make
    frozen.clear_faults()
