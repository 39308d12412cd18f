# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What the clients of a process share, so that thousands of endpoints cost little: TLS settings, threads, sockets."""

from __future__ import annotations

import contextlib
import os
import queue
import ssl
import threading
import typing as t
import weakref
from collections.abc import Callable
from pathlib import Path

try:
    from requests import Response
    from requests.adapters import HTTPAdapter
    from requests.structures import CaseInsensitiveDict
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    # Whoever opens a connection says so by name before any of this is used.
    HTTPAdapter = HTTPSConnection = HTTPSConnectionPool = object  # type: ignore[assignment,misc]

resource: t.Any
try:
    import resource
except ImportError:
    resource = None

Certificate = t.Union[str, tuple[str, str], None]
"""As requests has it: the path of a file with certificate and key, or of one for each."""

CONNECTIONS = 10
"""Idle connections that are kept to one endpoint, as requests does: twice what the scheduler has under way."""

MOST_POOLS = 100_000
"""Endpoints of which urllib3 remembers anything. What is open is counted here, see `OpenConnections`."""

MOST_ENDPOINTS = 4400
"""Endpoints to which idle connections are kept: a wait for 5,000 then takes about 200 MiB. One has 25 KB, measured,
three quarters of it in OpenSSL."""

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
        verify = DEFAULT_CA_BUNDLE_PATH
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


_LAST_ANSWER = "_HTTPConnection__response"
"""Where http.client keeps it: private, the same since Python 3.0. Were it called otherwise, nothing would happen."""


class _Connection(HTTPSConnection):
    """A connection that sends the head of a request together with the beginning of its body.

    That saves a packet and a TLS record of each request, and a twentieth of its processor time, measured.
    """

    _head: bytes | None = None
    _holds = False
    _slim = False

    def endheaders(self, *args: t.Any, **options: t.Any) -> None:
        # Not before the connection stands: what was read of the body counts as sent.
        self._holds = self.sock is not None
        try:
            super().endheaders(*args, **options)
        finally:
            self._holds = False

    def send(self, data: t.Any) -> None:
        if self._holds and self._head is None:
            self._head = data
            return
        head, self._head = self._head, None
        super().send(data if head is None else head + data)

    def getresponse(self, *args: t.Any, **options: t.Any) -> t.Any:
        if self._head is not None:
            self.send(b"")
        return super().getresponse(*args, **options)

    def close(self) -> None:
        self._head = None
        self._slim = False
        super().close()

    def slim(self) -> None:
        """Let go of what an idle connection would hold until its next request; of a fleet all do that at once.

        OpenSSL gives back the 16 KB that it has taken again to read the server's session tickets, which TLS 1.3 sends
        after the first request, only at the end of a write; a write of nothing sends nothing (SSL_write_ex(3)).
        http.client keeps the last answer with its headers, 3 KB, and drops it as the first thing of the next request.
        """
        answer = vars(self).get(_LAST_ANSWER)
        if answer is not None and answer.isclosed():
            vars(self)[_LAST_ANSWER] = None
        if self.sock is not None and not self._slim:
            self._slim = True
            # Where it is refused, the memory stays; whether the connection is still good shows at the next request.
            with contextlib.suppress(OSError, ValueError):
                self.sock.send(b"")


class _Idle:
    """The idle connections of a pool: what urllib3 needs of a queue, at a tenth of its size."""

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._items: list[t.Any] = []

    def get(self, block: bool = True, timeout: float | None = None) -> t.Any:
        try:
            return self._items.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, item: t.Any, block: bool = True, timeout: float | None = None) -> None:
        if len(self._items) >= self._maxsize:
            raise queue.Full
        if item is not None:
            item.slim()
        self._items.append(item)

    def qsize(self) -> int:
        return len(self._items)


class _Pool(HTTPSConnectionPool):
    """The connections to one endpoint, without a proxy in between."""

    ConnectionCls = _Connection
    QueueCls = _Idle  # type: ignore[assignment]


class SharedTls(HTTPAdapter):
    """An adapter of requests whose TLS context is shared with all others that have the same settings.

    Only what requests and urllib3 offer to subclasses is used, on releases of requests from 2.25 to 2.34: how requests
    hands the files of certificates to urllib3, which would load them into the context again for each connection, is
    switched off.
    """

    def __init__(self, verify: bool | str, cert: Certificate) -> None:
        self._context = tls_context(verify, cert)
        # To a proxy that itself speaks TLS no client certificate is shown.
        self._proxy_context = tls_context(verify)
        self._requirement = "CERT_REQUIRED" if verify else "CERT_NONE"
        self._pools: weakref.WeakValueDictionary[str, t.Any] = weakref.WeakValueDictionary()
        super().__init__(pool_connections=MOST_POOLS, pool_maxsize=CONNECTIONS)

    def init_poolmanager(self, *args: t.Any, **options: t.Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}

    def proxy_manager_for(self, proxy: str, **options: t.Any) -> t.Any:
        options["ssl_context"] = self._context
        if proxy.lower().startswith("https"):
            options["proxy_ssl_context"] = self._proxy_context
        return super().proxy_manager_for(proxy, **options)

    def cert_verify(self, conn: t.Any, url: str, verify: t.Any, cert: t.Any) -> None:
        conn.cert_reqs = self._requirement
        self._pools[_origin(url)] = conn

    def get_connection_with_tls_context(
        self, request: t.Any, verify: t.Any, proxies: t.Any = None, cert: t.Any = None
    ) -> t.Any:
        # To find out the same for each look takes a tenth of its processor time, measured.
        known = None if proxies else self._pools.get(_origin(request.url))
        if isinstance(known, _Pool):
            return known
        return super().get_connection_with_tls_context(request, verify, proxies, cert)

    def build_response(self, req: t.Any, resp: t.Any) -> Response:
        # No cookies are kept, and no texts decoded.
        response = Response()
        response.status_code = resp.status
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw = resp
        response.url = req.url
        return response

    def let_go(self, endpoint: str) -> None:
        """Close the idle connections to *endpoint*."""
        pool = self._pools.get(endpoint)
        idle: t.Any = None if pool is None else pool.pool
        with contextlib.suppress(queue.Empty, AttributeError):
            while True:
                connection = idle.get(block=False)
                if connection is not None:
                    connection.close()


def _origin(url: str) -> str:
    """Return the endpoint in *url*: ``https://host:port``."""
    return "/".join(url.split("/", 3)[:3])


_adapters: dict[t.Any, SharedTls] = {}


def shared_adapter(verify: bool | str, cert: Certificate) -> SharedTls:
    """Return the one adapter of this process for these settings. Raises as `tls_context` does."""
    context = tls_context(verify, cert)
    with _lock:
        known = _adapters.get(context)
    if known is None:
        known = SharedTls(verify, cert)
        with _lock:
            known = _adapters.setdefault(context, known)
    return known


class Closable(t.Protocol):
    """Who has connections that wait for the next request."""

    def let_go(self) -> None:
        """Close those that are idle; one that is needed later is opened anew."""


class OpenConnections:
    """Counts who has idle connections, and has those closed at once for which there is no room.

    Not those that were used least recently: in a fleet that is looked at in turns, each would be closed right before
    its turn, and all looks would cost a TLS handshake. So it is only those that came last.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._users: weakref.WeakSet[Closable] = weakref.WeakSet()

    def used(self, user: Closable) -> None:
        """Take note that *user* has an idle connection now."""
        with self._lock:
            room = user in self._users or len(self._users) < self.limit
            if room:
                self._users.add(user)
        if not room:
            user.let_go()

    def forget(self, user: Closable) -> None:
        """Take note that it has none any more."""
        with self._lock:
            self._users.discard(user)


def _files() -> int:
    """Return how many files this process may have open at once."""
    # There is no such limit where it is called infinity, which Python gives as -1 on some systems and as a number on
    # others; the module is only there on Unix.
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if resource is not None else 512
    return files if files >= 0 else 2 * MOST_ENDPOINTS + SPARE_FILES


def _room(files: int) -> int:
    # Half of it: an endpoint with several jobs has several connections.
    return min(MOST_ENDPOINTS, max(16, (files - SPARE_FILES) // 2))


open_connections = OpenConnections(_room(_files()))


def make_room(endpoints: int) -> None:
    """See to it that this process may keep a connection to each of so many *endpoints*, as far as the system allows.

    The usual soft limit of 1,024 open files is there for programs that use select(); the hard one is what counts.
    Where it is too low, idle connections are closed, and each look then costs a TLS handshake.
    """
    if resource is None or endpoints <= open_connections.limit:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * min(endpoints, MOST_ENDPOINTS) + SPARE_FILES
    if 0 <= soft < wanted and (hard > soft or hard < 0):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
    open_connections.limit = _room(_files())


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
