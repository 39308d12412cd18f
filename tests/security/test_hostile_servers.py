# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module against servers that mean harm, over real TLS: it ends in time, with a sentence that says what is wrong,
having taken little memory, written nothing, and told nobody else anything.
"""

from __future__ import annotations

import gzip
import json
import pathlib
import re
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from tasks import CASES, SECRETS, Case, modules

from ansible_collections.netops.jobs.plugins.module_utils._transport import http_client
from ansible_collections.netops.jobs.tests.unit.servers import Authority, Server

if t.TYPE_CHECKING:
    import socket

Serve = t.Callable[..., Server]
Behave = t.Callable[[Server, "socket.socket"], None]

LIMIT = 256 * 1024
"""Bytes of an answer that are taken into memory, here."""

ENOUGH = 64 * 1024 * 1024
"""Bytes after which a server that never ends gives up: who took as much would have taken all."""

HUNG = 60.0
"""Seconds after which a task hangs. Each request may take half a second, and there are few."""


def page(
    body: bytes, *, status: str = "200 OK", headers: t.Sequence[str] = (), kind: str = "application/json"
) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode() + body


def says(answer: bytes) -> Behave:
    def behave(server: Server, connection: socket.socket) -> None:
        if server.read_request(connection):
            connection.sendall(answer)

    return behave


def never_ends(head: bytes, part: bytes, *, pause: float = 0.0) -> Behave:
    """Say *head*, and then *part* again and again, *pause* seconds apart, until the other side has had enough."""

    def behave(server: Server, connection: socket.socket) -> None:
        if not server.read_request(connection):
            return
        connection.sendall(head)
        sent = 0
        while not server.closing.is_set():
            connection.sendall(part)
            sent += len(part)
            if sent > ENOUGH:
                server.took_all.append(sent)  # type: ignore[attr-defined]
                return
            if pause:
                server.closing.wait(pause)

    return behave


def bombs(kind: str) -> dict[str, bytes]:
    """Bodies that are small on the wire, or valid, and do harm where they are read; those of XML are of *kind*."""
    entities = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    inner = "<response status='success'><result>{}</result></response>"
    laughs = f'<!DOCTYPE r [<!ENTITY x0 "ha">{entities}]>{inner.format("&x9;")}'
    external = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>{inner.format("&x;")}'
    terminal = rb'{"error": "\u001b[2J\ud800", "message": "\u0000"}'
    return {
        "billion_laughs": page(laughs.encode(), kind=kind),
        "external_entity": page(external.encode(), kind=kind),
        "deep_xml": page(b"<a>" * 50_000, kind=kind),
        "deep_json": page(b"[" * 100_000),
        "huge_number": page(b'{"id": ' + b"9" * 100_000 + b"}"),
        "zip_bomb": page(gzip.compress(b" " * 40_000_000, 9), headers=["Content-Encoding: gzip"]),
        "too_big": page(b" " * (4 * LIMIT)),
        "not_utf8": page(b"\xff\xfe\x00{"),
        "control_characters": page(terminal, status="400 Bad"),
    }


def behaviours(elsewhere: str) -> dict[str, Behave]:
    """What the servers do; *elsewhere* is an address that nobody may ever ask."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    away = f"Location: {elsewhere}/api/v2/jobs/1"
    href = f"{elsewhere}/x"
    links = json.dumps({"href": href, "result": {"href": href}, "status": "done", "reply": {"DATA": href}})
    refresh = [f"Refresh: 0; url={href}", f"Link: <{href}>; rel=preload"]
    return {
        "redirect_301": says(page(b"", status="301 Moved", headers=[away])),
        "redirect_307": says(page(b"", status="307 Moved", headers=[away])),
        "foreign_location": says(page(b"{}", status="202 Accepted", headers=[away, "Retry-After: 1"])),
        "foreign_links": says(page(links.encode())),
        "refresh": says(page(b"<html/>", headers=refresh, kind="text/html")),
        "endless_body": never_ends(head + b"[", b'"' + b"a" * 65533 + b'",'),
        "endless_headers": never_ends(b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"a" * 1000 + b"\r\n"),
        "endless_status_line": never_ends(b"HTTP/1.1 200 ", b"a" * 65536),
        "drip": never_ends(head, b" ", pause=0.05),
        "retry_for_ever": says(page(b"", status="503 Busy", headers=["Retry-After: 999999999"])),
        **{name: says(body) for name, body in bombs("application/xml").items()},
    }


PLAUSIBLE = ("foreign_links", "foreign_location")
"""Answers that some requests may have: who takes them still asks nobody else."""

BEHAVIOURS = sorted(behaviours("https://127.0.0.1:1"))


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limit of an answer, so that the tests have to send less to reach it."""
    taken = http_client._whole_answer

    def whole_answer(*given: t.Any, limit: int, **others: t.Any) -> t.Any:
        assert limit <= http_client.ANSWER_LIMIT * 4, "an answer without a limit"
        return taken(*given, limit=min(limit, LIMIT), **others)

    monkeypatch.setattr(http_client, "_whole_answer", whole_answer)


@pytest.fixture
def elsewhere(serve: Serve) -> Server:
    """A server with a good certificate that nobody is told to ask."""
    return serve(says(page(b"{}")), "127.0.0.1")


def test_no_module_is_left_out() -> None:
    assert {case.module for case in CASES} == modules()


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_no_module_is_harmed(
    serve: Serve, elsewhere: Server, authority: Authority, tmp_path: pathlib.Path, behaviour: str
) -> None:
    server = serve(behaviours(elsewhere.endpoint)[behaviour], "127.0.0.1")
    server.took_all = []  # type: ignore[attr-defined]

    def attempt(case: Case) -> list[str]:
        folder = tmp_path / str(case)
        folder.mkdir()
        began = time.monotonic()
        try:
            result, said = case.run(host="127.0.0.1", port=server.port, folder=folder, ca_path=authority.path)
        except Exception as exc:
            return [f"{case}: {exc!r}"]
        shown = f"{said}\n{json.dumps(result, default=repr)}"
        wrong = []
        if result.get("refusal", {}).get("reason") == "bad_input":
            wrong.append("did not even ask")
        if time.monotonic() - began > HUNG:
            wrong.append("hung")
        if behaviour not in PLAUSIBLE:
            if not result.get("failed"):
                wrong.append(f"took it for an answer: {shown}")
            wrong += [f"left {path.name}" for path in folder.iterdir() if path.name != "progress"]
        if not (isinstance(result.get("msg"), str) and result["msg"]):
            wrong.append("says nothing")
        wrong += [
            f"shows {word!r}: {shown}" for word in (*SECRETS.values(), "Traceback", "object at 0x") if word in shown
        ]
        if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", f"{result['msg']}{said}"):
            wrong.append(f"has control characters, which a terminal obeys: {result['msg']!r}")
        return [f"{case}: {text}" for text in wrong]

    with ThreadPoolExecutor(8) as pool:
        found = [line for lines in pool.map(attempt, CASES) for line in lines]
    assert not found, "\n".join(found)
    assert elsewhere.connections == 0
    assert server.took_all == []  # type: ignore[attr-defined]
