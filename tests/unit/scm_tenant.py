# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant and its token service that answer at the level of requests' adapters."""

from __future__ import annotations

import dataclasses
import io
import json
import typing as t
import urllib.parse

import requests
from requests.adapters import BaseAdapter

CLIENT_ID = "sa@1234567890.iam.panserviceaccount.com"
SECRET = "5ecret-of-the-account"
TSG = "1234567890"
TOKEN_URL = "https://auth.apps.paloaltonetworks.com/oauth2/access_token"
REQUEST_ID = "93cdac8f-9e4a-4bd4-ba62-72ba5d3e1c5a"


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request as the other side saw it."""

    method: str
    url: str
    headers: dict[str, str]
    body: t.Any
    raw: bytes = b""

    @property
    def path(self) -> str:
        parts = urllib.parse.urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    @property
    def token(self) -> str:
        return self.headers["Authorization"].removeprefix("Bearer ")


class Tenant(BaseAdapter):
    """Answers what a test lays down: for a method and the beginning of a path, answers in order; the last stays.

    An answer is a status, a pair of status and body (bytes, or what is sent as JSON), a triple with headers, an
    exception to raise, or a function of the request that returns one of them. The rule laid down last is looked at
    first. Tokens are made as ``token-1``, ``token-2`` and so on unless a test lays down otherwise.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[str, str, list]] = []
        self.asked: list[Asked] = []
        self.tokens = 0
        self.lifetime: t.Any = 899
        self.on("POST", "/oauth2/access_token", self._token)

    def _token(self, _asked: Asked) -> tuple[int, dict[str, t.Any]]:
        self.tokens += 1
        return 200, {
            "access_token": f"token-{self.tokens}",
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "scope": f"tsg_id:{TSG}",
        }

    def on(self, method: str, path: str, *answers: object) -> Tenant:
        self.answers.insert(0, (method, path, list(answers)))
        return self

    def send(self, request, **_kwargs):
        body = request.body.read() if request.body is not None else b""
        asked = Asked(request.method, request.url, dict(request.headers), _parsed(body, request.headers), body)
        self.asked.append(asked)
        for method, beginning, answers in self.answers:
            if request.method == method and asked.path.startswith(beginning):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                break
        else:
            raise AssertionError(f"no answer laid down for {request.method} {asked.path}")
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
        response.raw = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())
        return response

    def close(self) -> None:
        pass

    def sent(self, method: str, path: str = "") -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method and path in asked.path]


def _parsed(body: bytes, headers: t.Any) -> t.Any:
    if not body:
        return None
    if "form" in headers.get("Content-Type", ""):
        return dict(urllib.parse.parse_qsl(body.decode()))
    return json.loads(body)


def error(code: object, message: str, details: object = None) -> dict[str, t.Any]:
    """An error in the documented shape."""
    return {
        "_errors": [{"code": code, "message": message, "details": {} if details is None else details}],
        "_request_id": REQUEST_ID,
    }
