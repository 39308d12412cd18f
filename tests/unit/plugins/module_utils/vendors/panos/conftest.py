# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device that answers at the level of requests' adapters, and the recorded replies."""

from __future__ import annotations

import io
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.client import PanosClient, PanosConnection
from ansible_collections.netops.jobs.tests.unit.answering import FakeAdapter
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime
from ansible_collections.netops.jobs.tests.unit.panos_box import Box

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "panos"
PASSWORD = "pa55-w0rd&"
KEY = "LUFRPT1secretKey=="


class Device(FakeAdapter):
    """Answers what a test lays down: for each text that the form's values may hold, answers in order; the last stays.

    An answer is XML, a pair of HTTP status and body, perhaps with headers, an exception to raise before the body left,
    or what makes one of these from the form.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[str, list]] = []
        self.forms: list[dict[str, str]] = []
        self.keys: list[str | None] = []
        self.urls: list[str] = []

    def on(self, text: str, *answers: object) -> Device:
        self.answers.insert(0, (text, list(answers)))
        return self

    def send(self, request, **_kwargs):
        body = request.body.read().decode("ascii")
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True))
        self.forms.append(form)
        self.keys.append(request.headers.get("X-PAN-KEY"))
        self.urls.append(request.url)
        for text, answers in self.answers:
            if any(text in value for value in form.values()):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                break
        else:
            raise AssertionError(f"no answer laid down for {form}")
        if callable(answer):
            answer = answer(form)
        if isinstance(answer, Exception):
            raise answer
        status, content, *headers = answer if isinstance(answer, tuple) else (200, answer)
        response = requests.Response()
        response.status_code = status
        response.headers.update(*headers)
        response.url = request.url
        response.request = request
        response.raw = io.BytesIO(content if isinstance(content, bytes) else content.encode())
        return response

    def sent(self, text: str) -> list[dict[str, str]]:
        return [form for form in self.forms if any(text in value for value in form.values())]


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    made = Device()
    monkeypatch.setattr(HttpClient, "_adapter", lambda self, **_own: made)
    made.on("keygen", f'<response status="success"><result><key>{KEY}</key></result></response>')
    return made


@pytest.fixture
def make_client() -> Callable[..., PanosClient]:
    def make(*, register_secret=None, **options) -> PanosClient:
        if "api_key" not in options:
            options = {"username": "app", "password": PASSWORD, **options}
        return PanosClient(PanosConnection(host="fw1.example.com", **options), register_secret=register_secret)

    return make


@pytest.fixture
def client(make_client, device) -> PanosClient:
    return make_client()


@pytest.fixture
def connection() -> dict[str, object]:
    """The connection options of a task, as Ansible completes them."""
    return {
        "host": "fw1.example.com",
        "port": 443,
        "username": "app",
        "password": PASSWORD,
        "api_key": None,
        "target": None,
        "validate_certs": True,
        "ca_path": None,
        "client_cert": None,
        "client_key": None,
        "request_timeout": 30.0,
    }


@pytest.fixture
def recorded() -> Callable[[str], bytes]:
    """A recorded reply by the name of its file, or of its key in configpump_replies.json."""
    more = json.loads((DATA / "configpump_replies.json").read_text(encoding="utf-8"))["replies"]

    def read(name: str) -> bytes:
        return more[name].encode() if name in more else (DATA / name).read_bytes()

    read.files = sorted(path.name for path in DATA.glob("*.xml")) + sorted(more)
    return read


@pytest.fixture
def jobs() -> Callable[..., str]:
    """The answer to show jobs, from keyword arguments a job."""

    def build(*records: dict[str, str]) -> str:
        fields = ["".join(f"<{tag}>{text}</{tag}>" for tag, text in record.items()) for record in records]
        inner = "".join(f"<job>{text}</job>" for text in fields)
        return f'<response status="success"><result>{inner}</result></response>'

    return build


@pytest.fixture
def time() -> FakeTime:
    """A clock that never is behind the real one, by which the client's requests have their deadlines."""
    made = FakeTime()
    made.now = monotonic()
    return made


@pytest.fixture
def box(device: Device, time: FakeTime) -> Box:
    """A firewall that can be updated."""
    made = Box(time)
    device.answers.clear()
    device.on("", made)
    return made
