# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PCE that answers at the level of requests' adapters."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.client import (
    IllumioClient,
    IllumioConnection,
)
from ansible_collections.netops.jobs.tests.unit.answering import Answering

SECRET = "5ecret-of-the-key"
REQUEST_ID = "36aae8ce-82ed-4a6a-8a76-77d2df78daff"


class Pce(Answering):
    headers: t.ClassVar[dict[str, str]] = {"X-Request-Id": REQUEST_ID}


@pytest.fixture
def pce(monkeypatch: pytest.MonkeyPatch) -> Pce:
    made = Pce()
    monkeypatch.setattr(HttpClient, "_adapter", lambda self, **_own: made)
    return made


@pytest.fixture
def client(pce: Pce) -> IllumioClient:
    return IllumioClient(IllumioConnection("pce.example.com", api_key="api_1", api_secret=SECRET))


@pytest.fixture
def connection() -> dict[str, object]:
    """The connection options of a task, as Ansible completes them."""
    return {
        "host": "pce.example.com",
        "port": 8443,
        "org_id": 1,
        "api_key": "api_1",
        "api_secret": SECRET,
        "api_version": "v2",
        "validate_certs": True,
        "ca_path": None,
        "client_cert": None,
        "client_key": None,
        "request_timeout": 30.0,
    }
