# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Cortex tenant that answers at the level of requests' adapters."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.client import (
    CortexClient,
    CortexConnection,
)
from ansible_collections.netops.jobs.tests.unit.answering import Answering, Asked

SECRET = "5ecret-of-the-key"


class Tenant(Answering):
    """Its paths are those below /public_api."""

    def on(self, method: str, path: str, *answers: object) -> t.Any:
        return super().on(method, f"/public_api{path}", *answers)

    def post(self, path: str, *answers: object) -> t.Any:
        return self.on("POST", path, *answers)

    def posted(self, path: str) -> list[Asked]:
        return self.sent("POST", path)


@pytest.fixture
def tenant(monkeypatch: pytest.MonkeyPatch) -> Tenant:
    made = Tenant()
    monkeypatch.setattr(HttpClient, "_adapter", lambda self, **_own: made)
    return made


@pytest.fixture
def client(tenant: Tenant) -> CortexClient:
    return CortexClient(CortexConnection("api-tenant.example.com", api_key=SECRET, api_key_id="7"))


@pytest.fixture
def connection() -> dict[str, object]:
    """The connection options of a task, as Ansible completes them."""
    return {
        "host": "api-tenant.example.com",
        "port": 443,
        "api_key": SECRET,
        "api_key_id": "7",
        "key_type": "standard",
        "validate_certs": True,
        "ca_path": None,
        "client_cert": None,
        "client_key": None,
        "request_timeout": 30.0,
    }
