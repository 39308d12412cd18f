# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What the clients of a process share, so that thousands of endpoints cost little: TLS settings, threads, sockets."""

from __future__ import annotations

import os
import queue
import ssl
import threading
import typing as t
import weakref
from collections.abc import Callable
from pathlib import Path

if t.TYPE_CHECKING:
    import requests.certs
    from requests.adapters import HTTPAdapter
    from urllib3.util.ssl_ import create_urllib3_context
else:
    try:
        import requests.certs
        from requests.adapters import HTTPAdapter
        from urllib3.util.ssl_ import create_urllib3_context
    except ImportError:
        HTTPAdapter = object

try:
    import resource
except ImportError:
    resource = None  # type: ignore[assignment]

Certificate = t.Union[str, tuple[str, str], None]
"""As requests has it: the path of a file with certificate and key, or of one for each."""

CONNECTIONS = 5
"""Idle connections that are kept to one endpoint: as many as requests to it may be under way (scheduler)."""

SPARE_FILES = 128
"""Files that a process has open beside its idle connections."""

IDLE_THREADS = 64
"""Threads that are kept for later requests. To start one costs several times what the hand-over to one does."""

_contexts: dict[t.Any, ssl.SSLContext] = {}
_lock = threading.Lock()


def _stamp(path: str | None) -> tuple[int, ...]:
    """Return what tells a file from the one that is there after it was replaced."""
    if not path:
        return ()
    try:
        found = Path(path).stat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


def tls_context(verify: bool | str, cert: Certificate = None) -> ssl.SSLContext:
    """Return the one context of this process for these settings, which are those of requests.

    To read the usual bundle of authorities takes 20 ms of processor time and its memory, measured; requests and
    urllib3 do it again for each connection. Raises OSError, ssl.SSLError for files that cannot be used.
    """
    if verify is True:
        verify = requests.certs.where()
    files = (verify or None, *((cert,) if isinstance(cert, str) or cert is None else cert))
    key = (verify, cert, *(_stamp(path) for path in files))
    with _lock:
        if key not in _contexts:
            _contexts[key] = _new_context(verify, cert)
        return _contexts[key]


def _new_context(verify: bool | str, cert: Certificate) -> ssl.SSLContext:
    # As urllib3 itself makes them, so that versions, ciphers and flags are its own.
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    if isinstance(verify, str):
        folder = Path(verify).is_dir()
        context.load_verify_locations(cafile=None if folder else verify, capath=verify if folder else None)
    if cert is not None:
        certificate, key = (cert, None) if isinstance(cert, str) else cert
        # An empty password instead of a question on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    return context


class SharedTls(HTTPAdapter):
    """The adapter of requests to one endpoint, with a TLS context that it shares with those to all others.

    Only what requests documents for subclasses is used, on releases from 2.25 to 2.34: how it hands the files of
    certificates to urllib3, which would load them into the context again for each connection, is switched off.
    """

    def __init__(self, verify: bool | str, cert: Certificate) -> None:
        self._context = tls_context(verify, cert)
        # To a proxy that itself speaks TLS no client certificate is shown.
        self._proxy_context = tls_context(verify)
        self._requirement = "CERT_REQUIRED" if verify else "CERT_NONE"
        super().__init__(pool_connections=1, pool_maxsize=CONNECTIONS)

    def init_poolmanager(self, *args: t.Any, **options: t.Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: t.Any) -> t.Any:
        options["ssl_context"] = self._context
        if proxy.lower().startswith("https"):
            options["proxy_ssl_context"] = self._proxy_context
        return super().proxy_manager_for(proxy, **options)

    def build_connection_pool_key_attributes(
        self, request: t.Any, verify: t.Any, cert: t.Any = None
    ) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        # Since 2.32.3. What would lead to other files, or another context, is left out.
        host, _tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"cert_reqs": self._requirement}

    def cert_verify(self, conn: t.Any, url: str, verify: t.Any, cert: t.Any) -> None:
        conn.cert_reqs = self._requirement


class Closable(t.Protocol):
    """Who has connections that wait for the next request."""

    def let_go(self) -> None:
        """Close those that are idle; one that is needed later is opened anew."""


class OpenConnections:
    """Closes the idle connections of whoever was used least recently, once too many have some."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        # Keeps the order in which its entries came, and nobody alive.
        self._users: weakref.WeakValueDictionary[int, Closable] = weakref.WeakValueDictionary()

    def used(self, user: Closable) -> None:
        """Take note that *user* has an idle connection now."""
        with self._lock:
            self._users.pop(id(user), None)
            self._users[id(user)] = user
            oldest = next(iter(self._users.values()), None) if len(self._users) > self.limit else None
            if oldest is not None:
                self._users.pop(id(oldest), None)
        if oldest is not None:
            oldest.let_go()

    def forget(self, user: Closable) -> None:
        with self._lock:
            self._users.pop(id(user), None)


def _files() -> int:
    """Return how many files this process may have open at once."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] if resource is not None else 512


def _room(files: int) -> int:
    # Half of it: an endpoint with several jobs has several connections.
    return max(16, (files - SPARE_FILES) // 2)


open_connections = OpenConnections(_room(_files()))


def make_room(endpoints: int) -> None:
    """See to it that this process may keep a connection to each of so many *endpoints*, as far as the system allows.

    The usual soft limit of 1,024 open files is there for programs that use select(); the hard one is what counts.
    Where it is too low, idle connections are closed, and each look then costs a TLS handshake.
    """
    if resource is None or endpoints <= open_connections.limit:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * endpoints + SPARE_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and most > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):
            return
    open_connections.limit = _room(_files()) if soft != resource.RLIM_INFINITY else endpoints


class Threads:
    """Runs each piece of work in a thread that does nothing else; those that are done wait for more."""

    def __init__(self, keep: int = IDLE_THREADS) -> None:
        self._keep = keep
        self._idle: list[queue.SimpleQueue[Callable[[], None]]] = []

    def run(self, work: Callable[[], None]) -> None:
        """Begin *work*, which raises nothing, and return at once."""
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(inbox,), name="netops.jobs request", daemon=True).start()
        inbox.put(work)

    def _serve(self, inbox: queue.SimpleQueue[Callable[[], None]]) -> None:
        while True:
            inbox.get()()
            if len(self._idle) >= self._keep:
                return
            self._idle.append(inbox)

    def forget(self) -> None:
        """After a fork: none of the threads is there any more."""
        self._idle = []


threads = Threads()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=threads.forget)
