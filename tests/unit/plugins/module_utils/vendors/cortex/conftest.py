# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Cortex tenant that answers at the level of requests' adapters."""

from __future__ import annotations

import dataclasses
import io
import json
import typing as t

import pytest
import requests
from requests.adapters import BaseAdapter

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.client import (
    CortexClient,
    CortexConnection,
)

SECRET = "5ecret-of-the-key"


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request as the tenant saw it; *body* is None where it had none."""

    method: str
    path: str
    headers: dict[str, str]
    body: t.Any

    @property
    def request_data(self) -> t.Any:
        return self.body["request_data"]


class Tenant(BaseAdapter):
    """Answers what a test lays down: for a method and the beginning of a path, answers in order; the last stays.

    An answer is a status, a pair of status and body (bytes, a file, or what is sent as JSON), a triple with headers, an
    exception to raise, or a function of the request that returns one of these. The rule laid down last is looked at
    first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[str, str, list]] = []
        self.asked: list[Asked] = []

    def on(self, method: str, path: str, *answers: object) -> Tenant:
        self.answers.insert(0, (method, f"/public_api{path}", list(answers)))
        return self

    def post(self, path: str, *answers: object) -> Tenant:
        return self.on("POST", path, *answers)

    def send(self, request, **_kwargs):
        body = request.body.read() if request.body is not None else b""
        path = request.url.partition(":443")[2]
        asked = Asked(request.method, path, dict(request.headers), json.loads(body) if body else None)
        self.asked.append(asked)
        for method, beginning, answers in self.answers:
            if request.method == method and path.startswith(beginning):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                break
        else:
            raise AssertionError(f"no answer laid down for {request.method} {path}")
        if callable(answer):
            answer = answer(asked)
        if isinstance(answer, Exception):
            raise answer
        given = answer if isinstance(answer, tuple) else (answer,)
        status, content, headers = (*given, *(b"", {})[len(given) - 1 :])
        response = requests.Response()
        response.status_code = status
        response.url = request.url
        response.request = request
        response.headers.update(headers)
        if not isinstance(content, io.RawIOBase):
            content = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())
        response.raw = content
        return response

    def close(self) -> None:
        pass

    def sent(self, path: str, method: str = "POST") -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method and path in asked.path]


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
