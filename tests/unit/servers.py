# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on 127.0.0.1 that do what a test says, over real TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import trustme


class Authority:
    """A certificate authority and its certificates, as files."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.folder = folder
        self.path = self._file("ca.pem", self.ca.cert_pem.bytes())
        issued = self.ca.issue_cert("client@example.com")
        self.client_cert = self._file("client.pem", b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self.client_key = self._file("client.key", issued.private_key_pem.bytes())

    def _file(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def server_context(self, *names: str, ask_client: bool = False, old: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names).configure_cert(context)
        if ask_client:
            self.ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        if old:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


class Server:
    """Accepts connections and lets *behave* handle each: it gets the connection and the request's bytes."""

    def __init__(self, context: ssl.SSLContext | None, behave: Callable[[Server, socket.socket], None]) -> None:
        self.context = context
        self.behave = behave
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.05)
        self.port = self.listener.getsockname()[1]
        self.endpoint = f"https://127.0.0.1:{self.port}"
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            with contextlib.suppress(TimeoutError, socket.timeout):
                connection, _address = self.listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                thread.start()
                self.threads.append(thread)
                # Last: a test that has seen it come may join its thread.
                self.connections += 1

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            if self.context is None:
                self.behave(self, connection)
                return
            with self.context.wrap_socket(connection, server_side=True) as wrapped:
                self.behave(self, wrapped)

    def read_request(self, connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                return b""
            data += part
        head, _blank, body = data.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        length = int(lengths[0]) if lengths else 0
        while len(body) < length:
            part = connection.recv(65536)
            if not part:
                return b""
            body += part
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]

    def close(self) -> None:
        self.closing.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()
