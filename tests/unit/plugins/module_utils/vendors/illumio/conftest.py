# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PCE that answers at the level of requests' adapters."""

from __future__ import annotations

import dataclasses
import io
import json
import typing as t

import pytest
import requests
from requests.adapters import BaseAdapter

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.client import (
    IllumioClient,
    IllumioConnection,
)

SECRET = "5ecret-of-the-key"
REQUEST_ID = "36aae8ce-82ed-4a6a-8a76-77d2df78daff"


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request as the PCE saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: t.Any


class Pce(BaseAdapter):
    """Answers what a test lays down: for a method and the beginning of a path, answers in order; the last stays.

    An answer is a status, a pair of status and body (bytes, or what is sent as JSON), a triple with headers, or an
    exception to raise. The rule laid down last is looked at first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[str, str, list]] = []
        self.asked: list[Asked] = []

    def on(self, method: str, path: str, *answers: object) -> Pce:
        self.answers.insert(0, (method, path, list(answers)))
        return self

    def send(self, request, **_kwargs):
        body = request.body.read() if request.body is not None else b""
        path = request.url.partition(":8443")[2]
        self.asked.append(Asked(request.method, path, dict(request.headers), json.loads(body) if body else None))
        for method, beginning, answers in self.answers:
            if request.method == method and path.startswith(beginning):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                break
        else:
            raise AssertionError(f"no answer laid down for {request.method} {path}")
        if isinstance(answer, Exception):
            raise answer
        given = answer if isinstance(answer, tuple) else (answer,)
        status, content, headers = (*given, *(b"", {})[len(given) - 1 :])
        response = requests.Response()
        response.status_code = status
        response.url = request.url
        response.request = request
        response.headers.update({"X-Request-Id": REQUEST_ID, **headers})
        response.raw = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())
        return response

    def close(self) -> None:
        pass

    def sent(self, method: str, path: str = "") -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method and path in asked.path]


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
