# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that quotes, in its error, all that it was sent: nothing of it that is secret is shown or written anywhere,
also where Ansible shows all that it can.
"""

from __future__ import annotations

import base64
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t
import urllib.parse

import pytest
from tasks import ROOT, TASKS

from ansible_collections.netops.jobs.tests.unit.servers import Authority, Server

if t.TYPE_CHECKING:
    import socket

WAYS = ("local", "elsewhere")
CONNECTIONS = ROOT / "tests/integration/targets/setup_simulator/connection_plugins"

LOGINS: dict[str, tuple[str, dict[str, t.Any], str]] = {
    "panos_password": ("panos_commit", {"username": "admin", "password": "{{ secret }}"}, ""),
    "panos_key": ("panos_commit", {"api_key": "{{ secret }}"}, ""),
    "illumio": ("illumio_export", {"api_key": "api_0123456789abcdef", "api_secret": "{{ secret }}"}, "api_secret"),
    "scm_secret": ("scm_push", {"client_id": "sa@x", "client_secret": "{{ secret }}", "tsg_id": "1"}, ""),
    "scm_token": ("scm_push", {"access_token": "{{ secret }}"}, ""),
    "cortex": ("cortex_xql_query", {"api_key": "{{ secret }}", "api_key_id": "7"}, ""),
    "oracle_sbc": ("oracle_sbc_config", {"username": "admin", "password": "{{ secret }}"}, ""),
}
"""A module, and how it logs in."""

SECRET = 'S3cret/+&<w>%="x'
USERS = ("admin", "api_0123456789abcdef", "sa@x")
BASIC = [base64.b64encode(f"{user}:{SECRET}".encode()).decode() for user in USERS]
FORMS = {
    SECRET,
    urllib.parse.quote_plus(SECRET),
    urllib.parse.quote(SECRET, safe=""),
    json.dumps(SECRET)[1:-1],
    html.escape(SECRET),
    "S3cret",  # in whatever form
    *BASIC,
}


def quotes(server: Server, connection: socket.socket) -> None:
    """Refuse each request, in the vendor's form, with the whole of it in the text."""
    request = server.read_request(connection).decode("latin-1")
    if "xml" in request or request.startswith("POST /api/ "):
        text = html.escape(request, quote=False)
        body = f'<response status="error" code="403"><msg><line>You sent {text}</line></msg></response>'
    else:
        text = f"You sent {request}"
        names = ("message", "error", "error_description", "err_msg", "detail")
        body = json.dumps({**dict.fromkeys(names, text), "_errors": [{"message": text}]})
    data = body.encode("latin-1")
    head = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + data)


def playbook(server: Server, authority: Authority, folder: pathlib.Path, way: str) -> pathlib.Path:
    tasks = []
    for name, (module, login, _secret) in LOGINS.items():
        options = {
            **json.loads(json.dumps(TASKS[module]).replace("{folder}", str(folder))),
            **login,
            "host": "127.0.0.1",
            "port": server.port,
            "ca_path": authority.path,
            "outage_timeout": 0.5,
            "poll_interval": 0.1,
            "progress_log": str(folder / f"{name}.log"),
        }
        if name == "scm_secret":
            options["token_url"] = f"{server.endpoint}/oauth2/access_token"
        tasks.append({"name": name, f"netops.jobs.{module}": options, "ignore_errors": True})
    play = {
        "name": "Fail everywhere",
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_connection": way, "ansible_python_interpreter": sys.executable},
        "vars_files": ["secret.json"],
        "tasks": tasks,
    }
    (folder / "secret.json").write_text(json.dumps({"secret": SECRET}))
    book = folder / "play.yml"
    book.write_text(json.dumps([play]))
    return book


@pytest.mark.parametrize("way", WAYS)
def test_what_a_server_quotes_is_masked(
    serve: t.Callable[..., Server], authority: Authority, tmp_path: pathlib.Path, way: str
) -> None:
    server = serve(quotes, "127.0.0.1")
    book = playbook(server, authority, tmp_path, way)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment = {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".cache" / "collections")),
        "ANSIBLE_CONNECTION_PLUGINS": str(CONNECTIONS),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", "-vvvv", "--diff", str(book)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    shown = done.stdout + done.stderr
    assert f"ignored={len(LOGINS)}" in shown, shown[-3000:]
    sent = b"".join(server.requests).decode("latin-1")
    for form in (SECRET, *BASIC, urllib.parse.quote_plus(SECRET)):
        assert form in sent, "the server did not get what is to be masked"
    assert shown.count("You sent") >= len(LOGINS), "the server's words are not shown, so nothing had to be masked"
    written = {path.name: path.read_text() for path in tmp_path.glob("*.log")}
    for place, text in {"the output": shown, **written}.items():
        for form in FORMS:
            at = text.find(form)
            assert at < 0, f"{form!r} is in {place}: ...{text[max(0, at - 300) : at + 100]}"
        assert not re.search(r"^Traceback", text, re.MULTILINE)
