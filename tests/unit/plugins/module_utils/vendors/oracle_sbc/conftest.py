# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import time
import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.client import SbcClient, SbcConnection
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.lock import ConfigLock
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime
from ansible_collections.netops.jobs.tests.unit.sbc_box import HOST, PASSWORD, Runner, Sbc


@pytest.fixture
def fake() -> FakeTime:
    made = FakeTime()
    # The client bounds its requests by this clock. Whole seconds: what tests add to it has to be exact.
    made.now = float(math.ceil(time.monotonic()))
    return made


@pytest.fixture
def sbc(monkeypatch: pytest.MonkeyPatch, fake: FakeTime) -> Sbc:
    made = Sbc(lambda: fake.now)
    monkeypatch.setattr(HttpClient, "_adapter", lambda self, **_own: made)
    return made


@pytest.fixture
def client(sbc: Sbc, fake: FakeTime) -> SbcClient:
    connection = SbcConnection(HOST, username="admin", password=PASSWORD)
    return SbcClient(connection, clock=lambda: fake.now)


@pytest.fixture
def lock(client: SbcClient, fake: FakeTime) -> ConfigLock:
    return ConfigLock(client, clock=lambda: fake.now, sleep=fake.sleep)


@pytest.fixture
def run(sbc: Sbc, fake: FakeTime) -> Runner:
    return Runner(fake)


@pytest.fixture
def options() -> dict[str, t.Any]:
    """The options of a task that every module has, as Ansible completes them."""
    return {
        "host": HOST,
        "port": 443,
        "username": "admin",
        "password": PASSWORD,
        "api_version": None,
        "renew_field": "token",
        "validate_certs": True,
        "ca_path": None,
        "client_cert": None,
        "client_key": None,
        "request_timeout": 30.0,
        "poll_interval": None,
        "poll_max_interval": None,
        "wait": True,
        "handle": None,
        "lock_timeout": 660.0,
        "settle": 5.0,
    }
