# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server at the level of requests' adapters, that answers what a test lays down."""

from __future__ import annotations

import dataclasses
import io
import json
import typing as t
import urllib.parse

import requests
from requests.adapters import BaseAdapter


@dataclasses.dataclass(frozen=True)
class Asked:
    """One request as the other side saw it; *body* is None where it had none."""

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

    @property
    def request_data(self) -> t.Any:
        """What all bodies of Cortex are wrapped in."""
        return self.body["request_data"]


class FakeAdapter(BaseAdapter):
    """What a client sends through instead of a network: it has no connections."""

    def close(self) -> None:
        pass

    def let_go(self, endpoint: str) -> None:
        pass


class Answering(FakeAdapter):
    """Answers what a test lays down: for a method and the beginning of a path, answers in order; the last stays.

    An answer is a status, a pair of status and body (bytes, a file, or what is sent as JSON), a triple with headers, an
    exception to raise, or a function of the request that returns one of them. The rule laid down last is looked at
    first. *headers* are sent with every answer.
    """

    headers: t.ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[str, str, list]] = []
        self.asked: list[Asked] = []

    def on(self, method: str, path: str, *answers: object) -> t.Any:
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
        if not isinstance(content, io.RawIOBase):
            content = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())
        response = requests.Response()
        response.status_code = status
        response.url = request.url
        response.request = request
        response.headers.update({**self.headers, **headers})
        response.raw = content
        return response

    def sent(self, method: str, path: str = "") -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method and path in asked.path]


def _parsed(body: bytes, headers: t.Any) -> t.Any:
    if not body:
        return None
    if "form" in headers.get("Content-Type", ""):
        return dict(urllib.parse.parse_qsl(body.decode()))
    return json.loads(body)
