# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client, and a tenant that answers it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.client import ScmClient, ScmConnection
from ansible_collections.netops.jobs.tests.unit.scm_tenant import CLIENT_ID, SECRET, TOKEN_URL, TSG, Tenant


@pytest.fixture
def tenant(monkeypatch: pytest.MonkeyPatch) -> Tenant:
    made = Tenant()
    # To read a big bundle takes longer than most tests, and nothing here speaks TLS.
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setattr(HttpClient, "_adapter", lambda self, **_own: made)
    return made


@pytest.fixture
def open_scm(tenant: Tenant) -> t.Callable[..., ScmClient]:
    """Make a client of an account; options replace what it has, *now* tells the wall clock."""

    def made(*, now: t.Callable[[], float] | None = None, **options: t.Any) -> ScmClient:
        given = {"client_id": CLIENT_ID, "client_secret": SECRET, "tsg_id": TSG, **options}
        clock = {} if now is None else {"now": now}
        return ScmClient(ScmConnection("api.strata.paloaltonetworks.com", **given), **clock)

    return made


@pytest.fixture
def client(open_scm) -> ScmClient:
    return open_scm()


@pytest.fixture
def connection() -> dict[str, object]:
    """The connection options of a task, as Ansible completes them."""
    return {
        "host": "api.strata.paloaltonetworks.com",
        "port": 443,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "tsg_id": TSG,
        "access_token": None,
        "token_url": TOKEN_URL,
        "token_cache": None,
        "config_path": "/config/operations/v1",
        "device_path": "/operations/v1",
        "validate_certs": True,
        "ca_path": None,
        "client_cert": None,
        "client_key": None,
        "request_timeout": 30.0,
    }
