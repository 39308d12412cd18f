# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import signal
import socket
import ssl
import threading
import time
import traceback
import warnings

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._transport import http_client
from ansible_collections.netops.jobs.plugins.module_utils._transport.failures import explained
from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient, endpoint_of, path_of

SECRET = "s3cr3t"
FORM = {"type": "op", "password": SECRET}


def answers(raw: bytes, *, times: int = 1):
    """A server that reads a request and sends *raw*, that many times on one connection."""

    def behave(server, connection) -> None:
        for _turn in range(times):
            if not server.read_request(connection):
                return
            connection.sendall(raw)

    return behave


def page(status: str, *headers: str, body: bytes = b"<ok/>") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def check_text(exc: NoAnswer) -> None:
    """Nothing that a failure shows has a secret in it, and its text says where it was."""
    shown = f"{exc} {exc!r} {exc.__cause__!r} {exc.__context__!r}"
    assert SECRET not in shown + "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    assert exc.message.startswith("https://127.0.0.1:")


@pytest.fixture
def post(authority):
    """Send the form to a server, trusting the test's authority; every error is searched for the secret."""

    def send(server, *, write: bool = False, within: float | None = 5, limit: int = 1000, form=None, **options):
        options = {"ca_path": authority.path, **options}
        with HttpClient(server if isinstance(server, str) else server.endpoint, **options) as client:
            try:
                return client.send(
                    "POST",
                    "/api/",
                    data=form or FORM,
                    headers={"X-PAN-KEY": SECRET},
                    write=write,
                    within=within,
                    limit=limit,
                )
            except NoAnswer as exc:
                check_text(exc)
                raise

    return send


def test_a_request_shows_no_credentials() -> None:
    assert SECRET not in repr(http_client._Request("GET", "https://fw1", {"Authorization": SECRET}, None, 1.0))


def test_a_request_and_its_answer(serve, post) -> None:
    server = serve(answers(page("200 OK", "X-Thing: A", body=b"<response/>")))
    answer = post(server)
    assert (answer.status, answer.headers["x-thing"], answer.body) == (200, "A", b"<response/>")
    assert SECRET not in repr(answer)
    head, _blank, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b"type=op&password=s3cr3t"
    assert head.startswith(b"POST /api/ HTTP/1.1\r\n")
    assert b"content-type: application/x-www-form-urlencoded" in head.lower()
    assert b"x-pan-key: s3cr3t" in head.lower()
    assert b"chunked" not in head.lower()


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_what_the_vendor_wants_to_read(serve, post, status: str) -> None:
    assert post(serve(answers(page(status)))).body == b"<ok/>"


@pytest.mark.parametrize(
    ("status", "headers", "sent", "retry_after"),
    [
        ("500 Internal Server Error", [], True, None),
        ("502 Bad Gateway", [], True, None),
        ("503 Service Unavailable", ["Retry-After: 7"], True, 7),
        ("503 Service Unavailable", ["Retry-After: soon"], True, None),
        ("503 Service Unavailable", ["Retry-After: -5"], True, None),
        ("503 Service Unavailable", ["Retry-After: Mon, 01 Jan 99999999999999999999 00:00:00 GMT"], True, None),
        ("503 Service Unavailable", ["Retry-After: Mon, 01 Jan 2026 00:00:00 +99999999999999999999"], True, None),
        ("503 Service Unavailable",
         ["Date: Sat, 21 Nov 2026 10:00:00 GMT", "Retry-After: Sat, 21 Nov 2026 10:00:30 GMT"], True, 30),
        ("503 Service Unavailable",
         ["Date: Sat, 21 Nov 2026 10:00:00 GMT", "Retry-After: Sat, 21 Nov 2026 09:00:00 GMT"], True, 0),
        ("429 Too Many Requests", ["Retry-After: 2"], False, 2),
        ("429 Too Many Requests", [], False, None),
        ("302 Found", ["Location: https://evil.example.com/"], True, None),
        ("307 Temporary Redirect", ["Location: https://evil.example.com/"], True, None),
    ],
)  # fmt: skip
def test_statuses_that_are_no_answer(serve, post, status: str, headers, sent: bool, retry_after) -> None:
    server = serve(answers(page(status, *headers)))
    with pytest.raises(NoAnswer) as caught:
        post(server)
    exc = caught.value
    assert (exc.label, exc.sent, exc.retry_after) == (f"HTTP {status[:3]}", sent, retry_after)
    assert exc.server_spoke
    assert len(server.requests) == 1


def test_a_redirect_says_what_to_do(serve, post) -> None:
    with pytest.raises(NoAnswer, match=r"not followed.*check host and port"):
        post(serve(answers(page("302 Found", "Location: /login"))))


def test_a_server_that_has_answered_before_is_the_right_one(serve, authority) -> None:
    server = serve(answers(page("200 OK")))
    with HttpClient(server.endpoint, ca_path=authority.path) as client:
        client.send("POST", "/api/", data=FORM)
        server.close()
        with pytest.raises(NoAnswer) as caught:
            client.send("POST", "/api/", data=FORM, write=True)
    assert (caught.value.label, caught.value.server_spoke) == ("connection refused", True)


def test_a_closed_port(post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        endpoint = f"https://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(NoAnswer, match="check host and port") as caught:
        post(endpoint)
    assert (caught.value.label, caught.value.sent, caught.value.server_spoke) == ("connection refused", False, False)


def test_an_unknown_name(authority, monkeypatch) -> None:
    def fail(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NoAnswer, match="name of the host was not found") as caught:
        HttpClient("https://nowhere.example.com:443", ca_path=authority.path).send("POST", "/api/", data=FORM)
    assert (caught.value.label, caught.value.sent) == ("name not found", False)


def test_a_name_that_is_never_looked_up(authority, monkeypatch) -> None:
    """No time-out of a socket bounds the look-up, and what comes late must not be sent any more."""
    release, sending = threading.Event(), threading.Event()

    def hang(*_args, **_kwargs):
        release.wait(10)
        sending.set()
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    client = HttpClient("https://slow.example.com:443", ca_path=authority.path)
    started = time.monotonic()
    with pytest.raises(NoAnswer) as caught:
        client.send("POST", "/api/", data=FORM, within=0.2, write=True)
    assert time.monotonic() - started < 2
    assert (caught.value.label, caught.value.sent) == ("connect timeout", False)
    release.set()
    assert sending.wait(5)


def test_what_is_left_behind_is_not_sent(authority, serve, monkeypatch) -> None:
    """The caller was told that nothing was sent: a connection that comes about later must keep it true."""
    release = threading.Event()
    server = serve(answers(page("200 OK")))
    look_up = socket.getaddrinfo

    def late(*args, **kwargs):
        release.wait(10)
        return look_up(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", late)
    client = HttpClient(server.endpoint, ca_path=authority.path)
    with pytest.raises(NoAnswer) as caught:
        client.send("POST", "/api/", data=FORM, within=0.2)
    assert caught.value.sent is False
    release.set()
    deadline = time.monotonic() + 5
    while not server.connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.connections == 1
    for thread in server.threads[1:]:
        thread.join()
    assert server.requests == []


def test_an_address_that_does_not_answer(authority, serve) -> None:
    """A listener that accepts and never starts TLS."""

    def silent(server, _connection) -> None:
        server.closing.wait(5)

    server = serve(silent, tls=False)
    with pytest.raises(NoAnswer) as caught:
        HttpClient(server.endpoint, ca_path=authority.path).send("POST", "/api/", data=FORM, within=0.3)
    assert (caught.value.label, caught.value.sent) == ("connect timeout", False)


def test_no_time_left(authority) -> None:
    with pytest.raises(NoAnswer) as caught:
        HttpClient("https://127.0.0.1:1", ca_path=authority.path).send("POST", "/api/", data=FORM, within=0)
    assert caught.value.sent is False


def silent_after_request(server, connection) -> None:
    server.read_request(connection)
    server.closing.wait(5)


def trickling_body(server, connection) -> None:
    server.read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
    while not server.closing.wait(0.05):
        connection.sendall(b"x")


def trickling_header(server, connection) -> None:
    server.read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not server.closing.wait(0.05):
        connection.sendall(b"x")


@pytest.mark.parametrize(
    ("behave", "spoke"), [(silent_after_request, False), (trickling_body, True), (trickling_header, False)]
)
def test_slow_answers_do_not_outlive_the_limit(serve, post, behave, spoke) -> None:
    started = time.monotonic()
    with pytest.raises(NoAnswer, match="no complete answer within") as caught:
        post(serve(behave), within=0.4)
    assert time.monotonic() - started < 2
    assert (caught.value.label, caught.value.sent) == ("read timeout", True)
    # Whoever sends a head speaks HTTP, so that it is no wrong address.
    assert caught.value.server_spoke is spoke


def test_the_request_timeout_bounds_it_too(serve, post) -> None:
    with pytest.raises(NoAnswer) as caught:
        post(serve(silent_after_request), within=None, request_timeout=0.3)
    assert caught.value.label == "read timeout"


def close_after_request(server, connection) -> None:
    server.read_request(connection)


def reset_after_request(server, connection) -> None:
    server.read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize(
    ("behave", "labels"),
    [
        (close_after_request, {"connection closed", "TLS error"}),
        (reset_after_request, {"connection reset", "connection closed"}),
        (answers(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<cut"), {"answer cut short"}),
        (answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<cut"), {"answer cut short"}),
        (answers(b"SSH-2.0-OpenSSH_9.9\r\n"), {"not HTTP"}),
        (answers(page("200 OK", "Content-Encoding: gzip", body=b"not gzip")), {"garbled answer"}),
        (answers(page("200 OK", body=b"x" * 1001)), {"answer too big"}),
    ],
)
def test_broken_answers(serve, post, behave, labels: set) -> None:
    """The request went out each time: none of them may be taken for one that did not."""
    with pytest.raises(NoAnswer) as caught:
        post(serve(behave), write=True)
    assert caught.value.label in labels
    assert caught.value.sent is True


def test_the_answer_may_be_as_big_as_the_limit(serve, post) -> None:
    assert len(post(serve(answers(page("200 OK", body=b"x" * 1000)))).body) == 1000


# TLS.


def test_an_untrusted_certificate(serve, post) -> None:
    server = serve(answers(page("200 OK")))
    with pytest.raises(NoAnswer, match=r"ca_path.*validate_certs: false") as caught:
        post(server, ca_path=None)
    assert (caught.value.label, caught.value.sent) == ("TLS error", False)
    assert server.requests == []


def test_a_certificate_for_another_name(serve, post) -> None:
    server = serve(answers(page("200 OK")), names=("127.0.0.2",))
    with pytest.raises(NoAnswer, match="certificate is for another name") as caught:
        post(server)
    assert (caught.value.label, caught.value.sent) == ("TLS error", False)
    assert server.requests == []


@pytest.mark.parametrize("old", [False, True], ids=["TLS 1.3", "TLS 1.2"])
def test_a_client_certificate_is_wanted(serve, post, authority, old: bool) -> None:
    server = serve(answers(page("200 OK")), ask_client=True, old=old)
    with pytest.raises(NoAnswer) as caught:
        post(server, write=True)
    if caught.value.label == "TLS error":
        assert "client_cert" in caught.value.message
    if old:
        assert (caught.value.label, caught.value.sent) == ("TLS error", False)
    else:
        # With TLS 1.3 the server's word may be lost in the reset or the end of the connection that follows it.
        assert caught.value.label in ("TLS error", "connection reset", "connection closed")
    assert server.requests == []
    assert post(server, client_cert=authority.client_cert, client_key=authority.client_key).status == 200


@pytest.mark.parametrize(
    ("reason", "sent"), [("TLSV13_ALERT_CERTIFICATE_REQUIRED", False), ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", True)]
)
def test_what_tls_1_3_sent_behind_a_handshake_that_failed(reason: str, sent: bool) -> None:
    """It was handed to the network and yet not processed; any other failure of TLS leaves that open."""
    cause = ssl.SSLError(1, SECRET)
    cause.reason = reason
    error = explained(requests.exceptions.SSLError(cause), "https://127.0.0.1:1", 5, sent=True)
    assert isinstance(error, NoAnswer)
    assert (error.label, error.sent) == ("TLS error", sent)
    check_text(error)


def test_a_server_without_tls(serve, post) -> None:
    server = serve(lambda _server, connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), tls=False)
    with pytest.raises(NoAnswer, match="does not speak TLS") as caught:
        post(server)
    assert caught.value.sent is False


def test_verification_can_be_switched_off(serve, post, monkeypatch) -> None:
    """Also where the environment names a bundle, which requests would let win; and without a warning a request."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    server = serve(answers(page("200 OK"), times=2))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert post(server, ca_path=None, validate_certs=False).status == 200
    assert [str(warning.message) for warning in caught] == []


def test_a_bundle_of_the_environment_holds(serve, post, authority, monkeypatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authority.path)
    assert post(serve(answers(page("200 OK"))), ca_path=None).status == 200


# The environment, and what a session keeps.


def test_netrc_and_cookies_stay_away(serve, authority, tmp_path, monkeypatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password leak\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = serve(answers(page("200 OK", "Set-Cookie: PHPSESSID=1"), times=2))
    with HttpClient(server.endpoint, ca_path=authority.path) as client:
        for _turn in range(2):
            client.send("POST", "/api/", data=FORM)
    heads = [request.partition(b"\r\n\r\n")[0].lower() for request in server.requests]
    assert len(heads) == 2
    assert not any(b"authorization:" in head or b"cookie:" in head for head in heads)


def test_reads_share_a_connection_and_writes_do_not(serve, authority) -> None:
    server = serve(answers(page("200 OK"), times=9))
    with HttpClient(server.endpoint, ca_path=authority.path) as client:
        client.send("POST", "/api/", data=FORM)
        client.send("POST", "/api/", data=FORM)
        assert server.connections == 1
        client.send("POST", "/api/", data=FORM, write=True)
        assert server.connections == 2
        client.send("POST", "/api/", data=FORM)
        assert server.connections == 2


def test_a_proxy_that_is_not_there(serve, post, monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@127.0.0.1:{port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = serve(answers(page("200 OK")))
    with pytest.raises(NoAnswer, match="HTTPS_PROXY") as caught:
        post(server)
    assert (caught.value.label, caught.value.sent) == ("proxy error", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert post(server).status == 200


def test_threads_share_a_client(serve, authority) -> None:
    server = serve(answers(page("200 OK"), times=50))
    statuses: list[int] = []
    with HttpClient(server.endpoint, ca_path=authority.path) as client:
        threads = [
            threading.Thread(target=lambda: statuses.append(client.send("POST", "/api/", data=FORM).status))
            for _turn in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200] * 8


def test_an_interruption_leaves_at_once(serve, authority) -> None:
    """A signal's exception comes up in the waiting thread."""

    class Interrupted(BaseException):
        pass

    def interrupt(*_args) -> None:
        raise Interrupted

    server = serve(silent_after_request)
    client = HttpClient(server.endpoint, ca_path=authority.path)
    before = signal.signal(signal.SIGALRM, interrupt)
    started = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(Interrupted):
            client.send("POST", "/api/", data=FORM)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started < 2


# Bad input, before anything is sent.


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ca_path": "/nonexistent/ca.pem"}, "ca_path: cannot read /nonexistent/ca.pem: No such file"),
        ({"client_cert": "/nonexistent/c.pem"}, "client_cert: cannot read"),
        ({"client_key": "/nonexistent/c.key"}, "client_key: also give client_cert"),
    ],
)
def test_files_that_are_not_there(options: dict, text: str) -> None:
    with pytest.raises(BadInput, match=text):
        HttpClient("https://127.0.0.1:1", **options)


@pytest.mark.parametrize("seconds", [0, -1, 3601, 1e12, float("inf"), float("nan")])
def test_a_request_timeout_out_of_bounds(seconds: float) -> None:
    with pytest.raises(BadInput, match=r"request_timeout: .*above 0.*3600"):
        HttpClient("https://127.0.0.1:1", request_timeout=seconds)


@pytest.mark.parametrize("seconds", [0.1, 3600])
def test_a_request_timeout_within_bounds(seconds: float) -> None:
    assert HttpClient("https://127.0.0.1:1", request_timeout=seconds).request_timeout == seconds


def test_files_that_are_something_else(tmp_path, authority) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("hello", encoding="ascii")
    with pytest.raises(BadInput, match=r"ca_path: .*holds no certificate"):
        HttpClient("https://127.0.0.1:1", ca_path=str(wrong))
    with pytest.raises(BadInput, match="client_key: cannot read"):
        HttpClient("https://127.0.0.1:1", client_cert=authority.client_cert, client_key=str(tmp_path / "none"))
    with pytest.raises(BadInput, match="cannot be used together"):
        HttpClient("https://127.0.0.1:1", client_cert=authority.client_cert, client_key=authority.path)


def test_a_bundle_of_the_environment_that_is_not_there(monkeypatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent/ca.pem")
    with pytest.raises(BadInput, match="REQUESTS_CA_BUNDLE: cannot read"):
        HttpClient("https://127.0.0.1:1")


@pytest.mark.parametrize("host", ["", "https://fw", "fw/api", "fw:443", "user@fw", "a b", "fw\n", "[fw]x", "fw?x"])
def test_hosts_that_are_none(host: str) -> None:
    with pytest.raises(BadInput, match="host:"):
        endpoint_of(host, 443)


# The guard of the origin.


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/api/v2/jobs/1?x=1&y=2", "/api/v2/jobs/1?x=1&y=2"),
        ("https://evil.example.com/api/v2/jobs/1", "/api/v2/jobs/1"),
        ("https://user:pw@evil.example.com:8443/a?b=c#frag", "/a?b=c"),
        ("http://fw1.example.com/a", "/a"),
        ("//evil.example.com/a", "/a"),
        ("jobs/1", "/jobs/1"),
        ("https://fw1.example.com", "/"),
        ("///evil.example.com/a", "/evil.example.com/a"),
    ],
)
def test_a_url_is_reduced_to_its_path(url: str, path: str) -> None:
    assert path_of(url) == path


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "javascript:alert(1)", "gopher://x/1", "https:/x", "/a b", "/a\r\nX: 1", "\\\\evil\\a",
     "https://[evil/a"],
)  # fmt: skip
def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        path_of(url)
    assert caught.value.label == "bad address"


class TestWithoutBody:
    """A request that has a head only, whose fate is told by how far the connection got."""

    def get(self, authority, endpoint, **options):
        with HttpClient(endpoint, ca_path=authority.path) as client:
            return client.send("GET", "/api/v2/jobs?max_results=1", headers={"Accept": "application/json"}, **options)

    def test_the_head_is_all_there_is(self, serve, authority):
        server = serve(answers(page("200 OK")))
        assert self.get(authority, server.endpoint).body == b"<ok/>"
        head = server.requests[0].lower()
        assert head.startswith(b"get /api/v2/jobs?max_results=1 http/1.1\r\n")
        assert b"content-length" not in head
        assert b"content-type" not in head

    def test_where_nobody_listens_nothing_was_sent(self, authority):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(NoAnswer) as caught:
            self.get(authority, f"https://127.0.0.1:{port}")
        assert (caught.value.label, caught.value.sent) == ("connection refused", False)

    def test_after_the_connection_stands_it_may_have_been_heard(self, serve, authority):
        def hang_up(_server, connection) -> None:
            connection.recv(65536)

        with pytest.raises(NoAnswer) as caught:
            self.get(authority, serve(hang_up).endpoint)
        assert (caught.value.label, caught.value.sent) == ("connection closed", True)

    def test_no_answer_in_time(self, serve, authority):
        def say_nothing(server, connection) -> None:
            connection.recv(65536)
            server.closing.wait(5)

        with pytest.raises(NoAnswer) as caught:
            self.get(authority, serve(say_nothing).endpoint, within=0.3)
        assert (caught.value.label, caught.value.sent) == ("read timeout", True)


class TestStream:
    """A body that is read piece by piece."""

    @pytest.fixture
    def client(self, authority):
        clients = []

        def make(server, **options):
            clients.append(HttpClient(server.endpoint, ca_path=authority.path, request_timeout=2, **options))
            return clients[-1]

        yield make
        for client in clients:
            client.close()

    def read(self, client, *, within=None):
        with client.stream("POST", "/api/", data=FORM, headers={"X-PAN-KEY": SECRET}, within=within) as answer:
            return answer, b"".join(answer)

    def test_head_and_pieces(self, serve, client):
        body = bytes(range(256)) * 4096
        server = serve(answers(page("200 OK", "Content-Disposition: attachment; filename=x.tgz", body=body)))
        answer, got = self.read(client(server))
        assert got == body
        assert (answer.status, answer.length) == (200, len(body))
        assert answer.headers["content-disposition"] == "attachment; filename=x.tgz"
        assert b"accept-encoding: identity" in server.requests[0].lower()

    def test_what_the_vendor_wants_to_read_is_no_error(self, serve, client):
        answer, got = self.read(client(serve(answers(page("403 Forbidden", body=b"<response/>")))))
        assert (answer.status, got) == (403, b"<response/>")

    @pytest.mark.parametrize("status", ["302 Found", "429 Too Many Requests", "503 Service Unavailable"])
    def test_what_is_no_answer_has_no_body(self, serve, client, status):
        with pytest.raises(NoAnswer) as caught:
            self.read(client(serve(answers(page(status)))))
        assert caught.value.label == f"HTTP {status[:3]}"

    def test_a_body_that_breaks_off(self, serve, client):
        raw = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 70000
        with pytest.raises(NoAnswer) as caught:
            self.read(client(serve(answers(raw))))
        check_text(caught.value)
        assert (caught.value.label, caught.value.server_spoke) == ("answer cut short", True)

    def test_a_body_without_length_is_taken_as_it_comes(self, serve, client):
        answer, got = self.read(client(serve(answers(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it"))))
        assert (answer.length, got) == (None, b"all of it")

    def test_a_body_that_stalls(self, serve, client):
        def behave(server, connection) -> None:
            server.read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            server.closing.wait(5)

        with pytest.raises(NoAnswer) as caught:
            self.read(client(serve(behave)), within=0.3)
        check_text(caught.value)
        assert caught.value.label == "read timeout"

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_body_that_trickles(self, serve, client, chunked):
        """No step of the socket takes long, and yet no piece would ever be complete."""
        kind, byte = (b"Transfer-Encoding: chunked", b"1\r\nx\r\n") if chunked else (b"Content-Length: 100000", b"x")

        def behave(server, connection) -> None:
            server.read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + kind + b"\r\n\r\n")
            while not server.closing.wait(0.05):
                connection.sendall(byte)

        with pytest.raises(NoAnswer) as caught:
            self.read(client(serve(behave)), within=0.5)
        check_text(caught.value)
        assert (caught.value.label, caught.value.server_spoke) == ("read timeout", True)

    def test_a_head_that_does_not_come(self, serve, client):
        def behave(server, connection) -> None:
            server.read_request(connection)
            server.closing.wait(5)

        with pytest.raises(NoAnswer, match=r"no complete answer within 0\.3 s"):
            self.read(client(serve(behave)), within=0.3)

    def test_one_who_stops_reading_leaves_no_connection_in_use(self, serve, client):
        body = b"x" * 5_000_000
        server = serve(answers(page("200 OK", body=body)))
        one = client(server)
        with one.stream("POST", "/api/", data=FORM) as answer:
            assert len(next(iter(answer))) > 0
        assert one.send("POST", "/api/", data=FORM, limit=len(body)).body == body
        assert server.connections == 2
