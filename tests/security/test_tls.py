# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is said to a server that has not proven who it is, unless the user wants that, in so many words."""

from __future__ import annotations

import pathlib
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from tasks import CASES, Case

from ansible_collections.netops.jobs.tests.unit.servers import Authority, Server

Serve = t.Callable[..., Server]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_certificates_are_checked_by_default(case: Case, tmp_path: pathlib.Path) -> None:
    params = case.params(host="127.0.0.1", port=443, folder=tmp_path)
    connection = params["connection"] if case.handle else params
    assert case.code().ARGUMENTS["argument_spec"].get("validate_certs", {"default": True})["default"] is True
    assert connection["validate_certs"] is not False


def everybody(attempt: t.Callable[[Case, pathlib.Path], str | None], folder: pathlib.Path) -> list[str]:
    """Let every task make its attempt; return what was wrong."""

    def made(case: Case) -> str | None:
        own = folder / str(case)
        own.mkdir()
        return attempt(case, own)

    with ThreadPoolExecutor(8) as pool:
        return [f"{case}: {wrong}" for case, wrong in zip(CASES, pool.map(made, CASES)) if wrong]


def listens(server: Server, connection: t.Any) -> None:
    """Take what comes, whatever it is."""
    server.requests.append(connection.recv(65536))


SERVERS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "of_another_authority": ("untrusted", ("127.0.0.1",), "is not signed by an authority that is trusted here"),
    "of_another_name": ("ours", ("fw1.example.com",), "is for another name"),
    "without_tls": ("ours", (), "TLS"),
}
"""Whose certificate, for which names, and what the message says."""


@pytest.mark.parametrize("which", SERVERS)
def test_no_module_says_anything_to_a_server_it_does_not_know(
    serve: Serve, authority: Authority, tmp_path: pathlib.Path, which: str
) -> None:
    signer, names, says = SERVERS[which]
    other = tmp_path / "other"
    other.mkdir()
    server = serve(listens, *names, by=Authority(other) if signer == "untrusted" else authority)

    def attempt(case: Case, folder: pathlib.Path) -> str | None:
        # Nothing is slow here but the machine.
        result, _said = case.run(
            host="127.0.0.1", port=server.port, folder=folder, ca_path=authority.path, request_timeout=60
        )
        if result.get("failed") and says in result["msg"]:
            return None
        return f"{result.get('failed')}: {result['msg']}"

    assert everybody(attempt, tmp_path) == []
    if names:
        assert server.connections
        assert server.requests == [], "a request was sent"
    else:
        # What comes is the first message of a handshake (22), never the text of a request.
        assert server.requests
        assert all(data[:1] in (b"\x16", b"") for data in server.requests)
        assert not [data for data in server.requests if b"secret" in data or b"HTTP" in data]
