# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import gc
import os
import pathlib
import queue
import ssl
import threading
import types

import pytest
from requests.adapters import HTTPAdapter

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._transport import http_client, sharing
from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._transport.sharing import (
    MOST_ENDPOINTS,
    OpenConnections,
    SharedTls,
    Threads,
    make_room,
    shared_adapter,
    tls_context,
)

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<ok/>"


def test_one_context_for_all_endpoints(authority, tmp_path) -> None:
    first = tls_context(authority.path)
    assert tls_context(authority.path) is first
    assert shared_adapter(authority.path, None) is shared_adapter(authority.path, None)
    assert tls_context(authority.path, (authority.client_cert, authority.client_key)) is not first
    assert tls_context(False) is not first
    assert (first.verify_mode, tls_context(False).verify_mode) == (ssl.CERT_REQUIRED, ssl.CERT_NONE)


def test_a_file_that_was_replaced_is_read_again(authority, tmp_path) -> None:
    path = tmp_path / "ca.pem"
    content = pathlib.Path(authority.path).read_bytes()
    path.write_bytes(content)
    first = tls_context(str(path))
    path.write_bytes(content + b"\n")
    assert tls_context(str(path)) is not first


def test_the_usual_bundle_is_loaded_once(monkeypatch) -> None:
    loaded = []
    real = sharing.create_urllib3_context

    def count(**options):
        loaded.append(options)
        return real(**options)

    monkeypatch.setattr(sharing, "_contexts", {})
    monkeypatch.setattr(sharing, "create_urllib3_context", count)
    for number in range(20):
        HttpClient(f"https://fw{number}.example.com:443")._shared_adapter()
    assert len(loaded) == 1


def keep_alive(server, connection) -> None:
    while server.read_request(connection):
        connection.sendall(ANSWER)


def test_a_connection_is_used_again_until_it_is_let_go(serve, authority) -> None:
    server = serve(keep_alive)
    with (
        HttpClient(server.endpoint, ca_path=authority.path) as client,
        HttpClient(server.endpoint, ca_path=authority.path) as other,
    ):
        for one in (client, other, client):
            one.send("POST", "/api/", data={"a": "b"})
        assert server.connections == 1
        client.let_go()
        client.send("POST", "/api/", data={"a": "b"})
        assert server.connections == 2
        client.send("POST", "/api/", data={"a": "b"}, write=True)
        assert server.connections == 3, "a write has a connection of its own"


def test_an_idle_connection_is_asked_once_to_give_back_its_buffer(serve, authority, monkeypatch) -> None:
    sent = []
    real = ssl.SSLSocket.send

    def send(self, data, flags=0):
        sent.append(bytes(data))
        return real(self, data, flags)

    monkeypatch.setattr(ssl.SSLSocket, "send", send)
    server = serve(keep_alive)
    with HttpClient(server.endpoint, ca_path=authority.path) as client:
        for _number in range(3):
            assert client.send("POST", "/api/", data={"a": "b"}).body == b"<ok/>"
        assert (server.connections, sent.count(b"")) == (1, 1)
        client.let_go()
        client.send("POST", "/api/", data={"a": "b"})
    assert (server.connections, sent.count(b"")) == (2, 2)


@pytest.mark.skipif(
    not hasattr(HTTPAdapter, "get_connection_with_tls_context"), reason="this release of requests does not ask it"
)
def test_a_pool_of_a_proxy_is_not_taken_for_one_without(authority) -> None:
    adapter = SharedTls(authority.path, None)
    request = types.SimpleNamespace(url="https://fw1.example.com:443/api/", method="POST")
    proxies = {"https": "http://proxy.example.com:3128"}

    def pool(given):
        found = adapter.get_connection_with_tls_context(request, True, given)
        adapter.cert_verify(found, request.url, True, None)
        return found

    direct, by_proxy = pool({}), pool(proxies)
    assert (direct.proxy, by_proxy.proxy.host) == (None, "proxy.example.com")
    assert pool({}) is direct
    assert pool(proxies) is by_proxy


@pytest.mark.parametrize("body", [{"type": "op"}, b"x" * 40_000, None])
def test_head_and_body_leave_together(serve, authority, body) -> None:
    pieces = []

    def first_piece(server, connection) -> None:
        data = connection.recv(65536)
        pieces.append(data)
        length = 40_000 if isinstance(body, bytes) else 0
        while len(data) < length:
            data += connection.recv(65536)
        connection.sendall(ANSWER)

    server = serve(first_piece)
    with HttpClient(server.endpoint, ca_path=authority.path) as client:
        assert client.send("POST", "/api/", data=body).body == b"<ok/>"
    _head, _blank, rest = pieces[0].partition(b"\r\n\r\n")
    assert rest[:7] == {dict: b"type=op", bytes: b"x" * 7, type(None): b""}[type(body)]


class User:
    def __init__(self) -> None:
        self.closed = 0

    def let_go(self) -> None:
        self.closed += 1


def test_what_comes_last_has_no_room() -> None:
    connections = OpenConnections(limit=2)
    users = [User() for _number in range(3)]
    for _turn in range(5):
        for user in users:
            connections.used(user)
    # The two that fit keep theirs, however often it is the turn of the third.
    assert [user.closed for user in users] == [0, 0, 5]
    connections.forget(users[0])
    connections.used(users[2])
    assert users[2].closed == 5
    del users[1]
    connections.used(User())


@pytest.mark.parametrize(
    ("soft", "hard", "endpoints", "raised", "limit"),
    [
        (1024, 524288, MOST_ENDPOINTS + 1, 2 * MOST_ENDPOINTS + 128, MOST_ENDPOINTS),
        (1024, 524288, 1000, 2128, 1000),
        (1024, 2048, 5000, 2048, 960),
        (1024, 1024, 5000, 1024, 448),
        (1024, 524288, 100, 1024, 448),
        (-1, -1, MOST_ENDPOINTS + 1, -1, MOST_ENDPOINTS),
    ],
)
def test_room_for_a_fleet(monkeypatch, soft, hard, endpoints, raised, limit) -> None:
    limits = {"now": (soft, hard)}
    fake = types.SimpleNamespace(
        RLIMIT_NOFILE=7, getrlimit=lambda _which: limits["now"], setrlimit=lambda _which, new: limits.update(now=new)
    )
    monkeypatch.setattr(sharing, "resource", fake)
    monkeypatch.setattr(sharing, "open_connections", OpenConnections(sharing._room(sharing._files())))
    make_room(endpoints)
    assert limits["now"] == (raised, hard)
    assert sharing.open_connections.limit == limit


def test_no_room_to_be_made_where_there_are_no_limits(monkeypatch) -> None:
    monkeypatch.setattr(sharing, "resource", None)
    monkeypatch.setattr(sharing, "open_connections", OpenConnections(10))
    make_room(100)
    assert sharing.open_connections.limit == 10


def test_threads_are_used_again() -> None:
    threads = Threads(keep=2)
    seen: queue.Queue[int] = queue.Queue()
    for _turn in range(20):
        threads.run(lambda: seen.put(threading.get_ident()))
        seen.get(timeout=5)
        while not threads._idle:
            pass
    assert len(threads._idle) == 1
    gate = threading.Event()
    for _number in range(6):
        threads.run(lambda: gate.wait(5) and seen.put(1))
    gate.set()
    for _number in range(6):
        seen.get(timeout=5)
    assert len(threads._idle) <= 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_starts_its_own_threads(serve, authority) -> None:
    before, after = serve(keep_alive), serve(keep_alive)
    HttpClient(before.endpoint, ca_path=authority.path).send("POST", "/api/", data={"a": "b"})
    assert sharing.threads._idle
    child = os.fork()
    if not child:
        status = 1
        with contextlib.suppress(Exception):
            client = HttpClient(after.endpoint, ca_path=authority.path)
            status = 0 if client.send("POST", "/api/", within=10).status == 200 else 2
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_who_is_forgotten_leaves_no_connection_open(serve, authority) -> None:
    server = serve(keep_alive)
    for number in (1, 2):
        client = HttpClient(server.endpoint, ca_path=authority.path)
        client.send("POST", "/api/", data={"a": "b"})
        del client
        gc.collect()
        assert server.connections == number


def test_without_a_thread_nothing_was_sent(serve, authority, monkeypatch) -> None:
    def refuse(_work):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(http_client.threads, "run", refuse)
    server = serve(keep_alive)
    with pytest.raises(NoAnswer) as caught:
        HttpClient(server.endpoint, ca_path=authority.path).send("POST", "/api/", data={"a": "b"}, write=True)
    assert (caught.value.label, caught.value.sent, server.requests) == ("no thread", False, [])


@pytest.mark.parametrize("write", [True, False])
def test_files_that_are_being_replaced(serve, authority, tmp_path, write) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(pathlib.Path(authority.path).read_bytes())
    server = serve(keep_alive)
    client = HttpClient(server.endpoint, ca_path=str(path))
    path.write_text("half a certif")
    with pytest.raises(NoAnswer) as caught:
        client.send("POST", "/api/", data={"a": "b"}, write=write)
    assert (caught.value.label, caught.value.sent) == ("certificate files", False)
    path.write_bytes(pathlib.Path(authority.path).read_bytes())
    assert client.send("POST", "/api/", data={"a": "b"}, write=write).status == 200


@pytest.mark.parametrize(("validate", "told"), [(True, None), (False, False)])
def test_requests_is_not_asked_for_authorities_of_its_own(serve, authority, monkeypatch, validate, told) -> None:
    seen = []
    real = SharedTls.send

    def send(self, request, **options):
        seen.append(options["verify"])
        return real(self, request, **options)

    monkeypatch.setattr(SharedTls, "send", send)
    server = serve(keep_alive)
    with HttpClient(server.endpoint, ca_path=authority.path, validate_certs=validate) as client:
        client.send("POST", "/api/", data={"a": "b"})
    assert seen == [told]


def test_connections_through_a_proxy_are_let_go_too(authority) -> None:
    adapter = SharedTls(authority.path, None)
    adapter.proxy_manager_for("http://proxy.example.com:3128")
    url = "https://fw1.example.com:443/api/"
    pool = adapter.proxy_manager["http://proxy.example.com:3128"].connection_from_url(url)
    adapter.cert_verify(pool, url, True, None)
    idle = pool._get_conn()
    closed = []
    idle.close = lambda: closed.append(idle)
    pool._put_conn(idle)
    adapter.let_go("https://fw1.example.com:443")
    assert closed == [idle]
