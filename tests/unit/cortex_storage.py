# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts beside the tenant that links of it lead to, at the level of requests' adapters; and files that they give."""

from __future__ import annotations

import dataclasses
import io
import typing as t
import urllib.parse
import zipfile

import requests
from requests.adapters import BaseAdapter

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.tests.unit.answering import FakeAdapter


@dataclasses.dataclass(frozen=True)
class Fetched:
    """One request as the storage saw it; *cert* is the client certificate that was to be shown."""

    method: str
    url: str
    headers: dict[str, str]
    cert: t.Any


class Storage(FakeAdapter):
    """Answers links: for a part of the URL, answers in order; the last stays. An answer is a status and a body."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, list[tuple[int, bytes]]] = {}
        self.fetched: list[Fetched] = []

    def on(self, part: str, *answers: tuple[int, bytes]) -> Storage:
        self.answers[part] = list(answers)
        return self

    def send(self, request, cert=None, **_kwargs):
        self.fetched.append(Fetched(request.method, request.url, dict(request.headers), cert))
        answers = next(found for part, found in self.answers.items() if part in request.url)
        status, content = answers.pop(0) if len(answers) > 1 else answers[0]
        response = requests.Response()
        response.status_code = status
        response.url = request.url
        response.request = request
        response.raw = io.BytesIO(content)
        return response


def behind(tenant: BaseAdapter, host: str, monkeypatch: t.Any) -> Storage:
    """Return a storage that answers whatever is not for *host*, which *tenant* answers."""
    made = Storage()

    def adapter(client: HttpClient, **_own: bool) -> BaseAdapter:
        return tenant if urllib.parse.urlsplit(client.endpoint).hostname == host else made

    monkeypatch.setattr(HttpClient, "_adapter", adapter)
    return made


def zipped(name: str = "a.txt", content: str = "retrieved") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return target.getvalue()
