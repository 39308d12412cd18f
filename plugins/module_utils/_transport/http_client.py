# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""HTTPS to one endpoint: bounded in time and size, and with one error for everything that is no answer."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import email.utils
import errno
import functools
import io
import queue
import re
import threading
import time
import typing as t
import urllib.parse
import warnings
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from .._jobs.errors import BadInput, JobError, MissingLibrary, NoAnswer
from .certificates import client_certificate, verification
from .failures import cut_short, explained, too_slow, was_connected
from .sharing import SharedTls, open_connections, shared_adapter, threads

try:
    import requests
    import requests.utils
    from requests.adapters import BaseAdapter
    from urllib3.exceptions import InsecureRequestWarning
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

REQUEST_TIMEOUT = 60.0
"""Seconds that one request may take from the look-up of the name to the last byte of the answer."""

REQUEST_TIMEOUT_MAX = 3600.0
"""Seconds beyond which no time-out bounds anything any more; the clocks underneath overflow somewhere above."""

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for one address to accept the connection. A dead host must not eat the time of a whole request."""

ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer that are taken into memory."""

LEAST_REQUEST = 1.0
"""Seconds that a request gets which is begun before the deadline: with less it could only fail."""

_CHUNK = 64 * 1024

_AHEAD = 4
"""Pieces of a body that are read before somebody asks for them."""


def joined(parts: Iterable[bytes], limit: int) -> bytes:
    """Return *parts* as one, up to the first with which they are more than *limit* bytes."""
    found = b""
    for part in parts:
        found += part
        if len(found) > limit:
            break
    return found


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer that the vendor's code should read. The names of *headers* are in lower case."""

    status: int
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: bytes = dataclasses.field(repr=False)


def endpoint_of(host: str, port: int) -> str:
    """Return ``https://host:port``, the host in lower case: handles are told apart by it.

    Raises BadInput where *host* is more, or less, than a name or an address.
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not bare or not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?", bare):
        raise BadInput("host: give only a name or an address, without https://, port or path, such as fw1.example.com.")
    if not 0 < port < 65536:
        raise BadInput(f"port: {port} is not a TCP port, give a number from 1 to 65535.")
    # As urlsplit() does: the zone of an address is the name of an interface, in which capitals count.
    address, percent, zone = bare.partition("%")
    bare = f"{address.lower()}{percent}{zone}"
    return f"https://[{bare}]:{port}" if ":" in bare else f"https://{bare}:{port}"


def path_of(url: str) -> str:
    """Return the path and query of a URL that a server handed out, to be asked at the configured endpoint.

    PAN-OS hands out none. The first vendors whose answers link to the next request are to send every link through here.
    The host in *url* is dropped on purpose: credentials never follow a foreign host. Raises NoAnswer where *url* is
    not one of HTTP.
    """
    strange = NoAnswer("The server named an address that is not one of HTTP.", label="bad address", server_spoke=True)
    if not url or "\\" in url or any(ord(char) <= 32 or ord(char) == 127 for char in url):
        raise strange
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        raise strange from None
    if parts.scheme not in ("", "http", "https") or (parts.scheme and not parts.netloc):
        raise strange
    path = "/" + parts.path.lstrip("/")
    return f"{path}?{parts.query}" if parts.query else path


class HttpClient:
    """Requests to one endpoint. Safe to use from several threads.

    Raises BadInput at construction for files that cannot be used, MissingLibrary without requests. Redirects are not
    followed, cookies not kept, ``.netrc`` not read; proxies and ``REQUESTS_CA_BUNDLE`` of the environment hold.
    *deadline* (monotonic seconds, None for none) bounds every request. An answer of one of the statuses in *readable*
    is for the caller to read, whatever they commonly mean.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        readable: Collection[int] = (),
        validate_certs: bool = True,
        ca_path: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
        request_timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        if not HAS_REQUESTS:
            raise MissingLibrary("requests")
        if not 0 < request_timeout <= REQUEST_TIMEOUT_MAX:  # what is not a number fails both
            raise BadInput(f"request_timeout: give a number of seconds above 0 and up to {REQUEST_TIMEOUT_MAX:.0f}.")
        self.endpoint = endpoint
        self.readable = readable
        self.request_timeout = request_timeout
        self._verify = verification(validate_certs, ca_path)
        self._cert = client_certificate(client_cert, client_key)
        self.deadline: float | None = None
        self._shared: SharedTls | None = None
        self._proxies: dict[str, str] | None = None
        self._urls: Mapping[str, str | None] = {}
        self._answered = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r})"

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; what is asked later opens new ones."""
        open_connections.forget(self)
        self.let_go()

    def let_go(self) -> None:
        """Close the connections that wait for the next request."""
        if self._shared is not None:
            self._shared.let_go(self.endpoint)

    def send(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        write: bool = False,
        within: float | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """Send a request and return its answer, whatever that says below HTTP 500 but 3xx and 429, or one that is
        readable.

        A mapping as *data* is sent as a form. *within* bounds the whole exchange in seconds, as does request_timeout;
        *limit* bounds the answer in bytes. A *write* goes over a new connection, so that an idle one which just died
        cannot leave its fate open.

        Raises NoAnswer for everything else. Its *sent* is false where the request never left or the server says that it
        was not processed.
        """
        adapter = self._adapter(own=True) if write else self._shared_adapter()
        try:
            request = self._request(method, path, data, headers, within)
            take = functools.partial(_whole_answer, endpoint=self.endpoint, seconds=request.seconds, limit=limit)
            return self._run(_Exchange(self, adapter, take, request))
        finally:
            if write:
                adapter.close()
            else:
                open_connections.used(self)

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> Iterator[Stream]:
        """Send a request and give an answer whose body is to be read piece by piece: memory stays flat.

        The head, and each piece, may take *within* seconds or request_timeout, whichever is less; the whole is not
        bounded, so whoever reads has to look at the clock. Raises NoAnswer as `send` does, also while it is read.
        """
        fields = {"Accept-Encoding": "identity", **(headers or {})}
        request = self._request(method, path, data, fields, within)
        take = functools.partial(Stream, endpoint=self.endpoint, seconds=request.seconds)
        answer = self._run(_Exchange(self, self._shared_adapter(), take, request))
        try:
            yield answer
        finally:
            answer.close()
            open_connections.used(self)

    def _request(
        self,
        method: str,
        path: str,
        data: Mapping[str, str] | bytes | None,
        headers: Mapping[str, str] | None,
        within: float | None,
    ) -> _Request:
        seconds = min(bound for bound in (self.request_timeout, within, self._left()) if bound is not None)
        if seconds <= 0:
            raise NoAnswer(f"{self.endpoint}: no time was left to ask it.", label="no time left", sent=False)
        fields = dict(headers or {})
        if isinstance(data, Mapping):
            fields.setdefault("Content-Type", "application/x-www-form-urlencoded")
            data = urllib.parse.urlencode(data).encode("ascii")
        return _Request(method, self.endpoint + path, fields, None if data is None else _Body(data), seconds)

    def _left(self) -> float | None:
        """Return the seconds until the deadline; a request that is begun before it gets a second."""
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        return max(left, LEAST_REQUEST) if left > 0 else left

    def _run(self, exchange: _Exchange[T]) -> T:
        try:
            answer = exchange.run()
        except NoAnswer as exc:
            # What has answered before is the right address, whatever becomes of a later request.
            exc.server_spoke = self._answered = exc.server_spoke or self._answered
            raise
        self._answered = True
        return answer

    def _shared_adapter(self) -> BaseAdapter:
        if self._shared is None:
            self._shared = self._adapter()
            # The connections are the adapter's, which lives on: without this a loop over a thousand hosts, whose
            # clients nobody closes, would leave one open to each.
            weakref.finalize(self, self._shared.let_go, self.endpoint).atexit = False
        return self._shared

    def _adapter(self, *, own: bool = False) -> SharedTls:
        try:
            return (SharedTls if own else shared_adapter)(self._verify, self._cert)
        except (OSError, ValueError):
            # They were good when the client was made, so somebody is replacing them.
            text = f"{self.endpoint}: the files of certificates and keys cannot be read at the moment."
            raise NoAnswer(text, label="certificate files", sent=False) from None

    def exchange(self, request: _Request, adapter: BaseAdapter) -> requests.Response:
        """Send *request* and return the head of its answer. Raises whatever requests does."""
        # Not by a session: one would follow redirects, keep cookies, read .netrc, and let REQUESTS_CA_BUNDLE win over
        # validate_certs: false. It costs more than all that is needed of it.
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        # All looks have the same address.
        prepared.url = self._urls.get(request.url)
        if prepared.url is None:
            prepared.prepare_url(request.url, None)
            self._urls = {request.url: prepared.url}
        prepared.prepare_headers({**_default_headers(), **request.headers})
        prepared.prepare_body(request.body, None)
        return adapter.send(
            prepared,
            stream=True,
            timeout=(min(CONNECT_TIMEOUT, request.seconds), request.seconds),
            # What is trusted, and what we show, is in the adapter. True would have requests 2.32.0 to 2.32.2 take a
            # context of their own, and a path have all of them load it again.
            verify=False if self._verify is False else None,  # type: ignore[arg-type]
            cert=None,
            proxies=self._environ_proxies(),
        )

    def _environ_proxies(self) -> dict[str, str]:
        if self._proxies is None:
            if self._verify is False:
                _silence()
            self._proxies = dict(requests.utils.get_environ_proxies(self.endpoint))
        return self._proxies


@functools.lru_cache(maxsize=1)
def _default_headers() -> Mapping[str, str]:
    return dict(requests.utils.default_headers())


def _silence() -> None:
    # The user has chosen this: to be warned at each request is of no use.
    warnings.filterwarnings("ignore", message="Unverified HTTPS request", category=InsecureRequestWarning)


class _Body(io.BytesIO):
    """A request's body that knows whether it was handed to the network, and that can be withheld from it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._gate = threading.Lock()
        self._withheld = False
        self.sent = False

    def read(self, size: int | None = -1, /) -> bytes:
        with self._gate:
            if self._withheld:
                raise OSError(errno.ECANCELED, "withheld")
            self.sent = True
        return super().read(size)

    def withhold(self) -> bool:
        """Keep what was not read yet from being read; return whether the body had been handed out before."""
        with self._gate:
            self._withheld = True
            return self.sent


@dataclasses.dataclass(frozen=True)
class _Request:
    """What is sent where, and for how many *seconds* an answer is waited for."""

    method: str
    url: str
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: _Body | None
    seconds: float

    def withhold(self) -> bool:
        """Keep what was not sent yet from being sent; return whether anything may have been."""
        # Without a body there is nothing to hold back: the head leaves as soon as the connection stands.
        return self.body is None or self.body.withhold()


class Stream:
    """An answer whose body is still to come: iterate over it once. The names of *headers* are in lower case.

    *length* is what the server says how many bytes the body has, None if it does not say.
    """

    def __init__(self, response: requests.Response, _left: threading.Event, *, endpoint: str, seconds: float) -> None:
        self._response = response
        self._endpoint = endpoint
        self._seconds = seconds
        self.status: int = response.status_code
        self.headers = _lower(response.headers)
        length = self.headers.get("content-length", "").strip()
        self.length = int(length) if length.isascii() and length.isdigit() else None
        self._read: queue.Queue[bytes | JobError | None] = queue.Queue(_AHEAD)
        self._reader: threading.Thread | None = None
        self._left = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        """Each piece of 64 KB may take *seconds*, however it trickles: a socket's time-out bounds but one step of it.

        Raises NoAnswer where the body breaks off, comes too slowly, or is shorter than the server said.
        """
        self._reader = threading.Thread(target=self._read_ahead, name="netops.jobs body", daemon=True)
        self._reader.start()
        while True:
            try:
                piece = self._read.get(timeout=self._seconds)
            except queue.Empty:
                raise too_slow(self._endpoint, self._seconds, sent=True, server_spoke=True) from None
            if piece is None:
                return
            if isinstance(piece, JobError):
                raise piece
            yield piece

    def pieces(self) -> Iterator[bytes]:
        """Give the body in this thread, where somebody else looks after the time."""
        size = 0
        try:
            for part in self._response.iter_content(_CHUNK):
                size += len(part)
                yield part
        except Exception as exc:  # as for a whole answer
            raise _spoke(explained(exc, self._endpoint, self._seconds, sent=True)) from None
        if self.length is not None and "content-encoding" not in self.headers and size != self.length:
            # urllib3 notices since 2.0 only.
            raise cut_short(self._endpoint, sent=True)

    def close(self) -> None:
        """Let go of the connection; one that is being read from is left to its reader, who cannot be interrupted."""
        self._left.set()
        if self._reader is None:
            self._response.close()
        # A reader who waits for room notices that nobody takes any more.
        with contextlib.suppress(queue.Empty):
            self._read.get_nowait()

    def _read_ahead(self) -> None:
        end: JobError | None = None
        piece = b""
        try:
            for part in self.pieces():
                piece += part
                # Chunks may be of a byte each: without filling up a piece they would always come in time.
                if len(piece) >= _CHUNK:
                    self._read.put(piece)
                    piece = b""
                if self._left.is_set():
                    return
            if piece:
                self._read.put(piece)
        except JobError as exc:
            end = exc
        finally:
            self._response.close()
            if not self._left.is_set():
                self._read.put(end)


def _spoke(error: JobError) -> JobError:
    """Return *error* as one of a server that had begun to answer."""
    if isinstance(error, NoAnswer):
        error.server_spoke = True
    return error


T = t.TypeVar("T")
_Take = Callable[["requests.Response", threading.Event], T]


class _Exchange(t.Generic[T]):
    """One request and what *take* makes of its answer, in a thread of its own.

    The time-outs of a socket bound one step each: the look-up of a name, a second address, a header or body that
    trickles are beyond them. So the caller waits only as long as the limit allows and leaves the rest behind, with
    its body withheld, so that nothing is sent after the caller was told that nothing was.
    """

    def __init__(
        self,
        client: HttpClient,
        adapter: BaseAdapter,
        take: _Take[T],
        request: _Request,
    ) -> None:
        self._client = client
        self._adapter = adapter
        self._take = take
        self._request = request
        # Held until the exchange has ended.
        self._under_way = threading.Lock()
        self._left = threading.Event()
        self._handover = threading.Lock()
        self._outcome: T | JobError | None = None
        self._server_spoke = False

    def run(self) -> T:
        self._under_way.acquire()
        try:
            try:
                threads.run(self._work)
            except RuntimeError:
                text = f"{self._client.endpoint}: no thread can be started for the request, this machine has too many."
                raise NoAnswer(text, label="no thread", sent=False) from None
            self._under_way.acquire(timeout=self._request.seconds)
        finally:
            with self._handover:
                self._left.set()
            sent = self._request.withhold()
        outcome = self._outcome
        if outcome is None:
            spoke = self._server_spoke
            outcome = too_slow(self._client.endpoint, self._request.seconds, sent=sent, server_spoke=spoke)
        if isinstance(outcome, JobError):
            raise outcome
        return outcome

    def _work(self) -> None:
        request = self._request
        outcome: T | JobError
        try:
            outcome = self._exchange()
        except JobError as exc:
            outcome = exc
        except Exception as exc:  # whatever the libraries raise; its text may quote the request
            sent = request.body.sent if request.body is not None else was_connected(exc)
            outcome = explained(exc, self._client.endpoint, request.seconds, sent=sent)
        with self._handover:
            if not self._left.is_set():
                self._outcome = outcome
            elif isinstance(outcome, Stream):
                outcome.close()
        self._under_way.release()

    def _exchange(self) -> T:
        response = self._client.exchange(self._request, self._adapter)
        self._server_spoke = True
        try:
            if response.status_code not in self._client.readable:
                _check_status(response, self._client.endpoint)
            return self._take(response, self._left)
        except BaseException:
            response.close()
            raise


def _whole_answer(
    response: requests.Response, left: threading.Event, *, endpoint: str, seconds: float, limit: int
) -> Answer:
    """Return the answer with its body read, *limit* bytes at most."""
    parts: list[bytes] = []
    size = 0
    answer = Stream(response, left, endpoint=endpoint, seconds=seconds)
    for part in answer.pieces():
        size += len(part)
        if size > limit or left.is_set():
            raise NoAnswer(
                f"{endpoint} sent an answer of more than {limit} bytes.", label="answer too big", server_spoke=True
            )
        parts.append(part)
    response.close()
    return Answer(answer.status, answer.headers, b"".join(parts))


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _check_status(response: requests.Response, endpoint: str) -> None:
    """Raise NoAnswer for the answers that carry none: 1xx, redirects, 429 and 5xx."""
    status = response.status_code
    if 200 <= status < 300 or (400 <= status < 500 and status != 429):
        return
    headers = _lower(response.headers)
    label = f"HTTP {status}"
    name = label + _request_id(headers)
    if status == 429:
        # RFC 6585: the server refuses to process the request. So it can be sent again.
        raise NoAnswer(
            f"{endpoint} answered {name}: too many requests.",
            label=label,
            sent=False,
            retry_after=retry_after(headers),
            server_spoke=True,
        )
    if status < 400:
        raise NoAnswer(
            f"{endpoint} answered {name} and points to another address. Redirects are not followed, so that no "
            "credentials reach another host: check host and port, and whether a proxy or a portal is in between.",
            label=label,
            server_spoke=True,
        )
    raise NoAnswer(
        f"{endpoint} answered {name}: it has trouble at the moment.",
        label=label,
        retry_after=retry_after(headers),
        server_spoke=True,
    )


def _request_id(headers: Mapping[str, str]) -> str:
    """Return what names the request in the logs of the server, for the one who asks its support, if it says so."""
    found = re.fullmatch(r"[\w.:-]{1,100}", headers.get("x-request-id", "").strip())
    return f" (request {found[0]})" if found else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After asks for, which gives them as a number or as an HTTP date (RFC 9110)."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    moment = _http_date(text)
    if moment is None:
        return None
    # The server's own clock, where it tells it: ours may differ.
    now = server_time(headers) or time.time()
    return max(0.0, moment - now)


def server_time(headers: Mapping[str, str]) -> float | None:
    """Return the time of the server's clock, in seconds since the epoch, None where it does not say."""
    return _http_date(headers.get("date", ""))


def _http_date(text: str) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp()
