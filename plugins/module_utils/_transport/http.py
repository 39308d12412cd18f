# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""HTTPS to one endpoint: bounded in time and size, and with one error for everything that is no answer."""

from __future__ import annotations

import dataclasses
import datetime
import email.utils
import errno
import http.client
import http.cookiejar
import io
import os
import re
import socket
import ssl
import threading
import time
import traceback
import typing as t
import urllib.parse
import warnings
from collections.abc import Mapping

from .._jobs.errors import BadInput, JobError, MissingLibrary, NoAnswer

try:
    import requests
    import requests.utils
    from urllib3.exceptions import HTTPError as Urllib3Error
    from urllib3.exceptions import InsecureRequestWarning
    from urllib3.exceptions import TimeoutError as Urllib3Timeout
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

REQUEST_TIMEOUT = 60.0
"""Seconds that one request may take from the look-up of the name to the last byte of the answer."""

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for one address to accept the connection. A dead host must not eat the time of a whole request."""

ANSWER_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer that are taken into memory."""

_CHUNK = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer that the vendor's code should read. The names of *headers* are in lower case."""

    status: int
    headers: Mapping[str, str] = dataclasses.field(repr=False)
    body: bytes = dataclasses.field(repr=False)


def endpoint_of(host: str, port: int) -> str:
    """Return ``https://host:port``. Raises BadInput where *host* is more, or less, than a name or an address."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not bare or not re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?", bare):
        raise BadInput("host: give only a name or an address, without https://, port or path, such as fw1.example.com.")
    if not 0 < port < 65536:
        raise BadInput(f"port: {port} is not a TCP port, give a number from 1 to 65535.")
    return f"https://[{bare}]:{port}" if ":" in bare else f"https://{bare}:{port}"


def path_of(url: str) -> str:
    """Return the path and query of a URL that a server handed out, to be asked at the configured endpoint.

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
    """One ``requests`` session to one endpoint. Safe to use from several threads.

    Raises BadInput at construction for files that cannot be used, MissingLibrary without requests. Redirects are not
    followed, cookies not kept, ``.netrc`` not read; proxies and ``REQUESTS_CA_BUNDLE`` of the environment hold.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        validate_certs: bool = True,
        ca_path: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
        request_timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        if REQUESTS_IMPORT_ERROR is not None:
            raise MissingLibrary("requests", REQUESTS_IMPORT_ERROR)
        if request_timeout <= 0:
            raise BadInput("request_timeout: give a number of seconds above 0.")
        self.endpoint = endpoint
        self.request_timeout = request_timeout
        self._verify = _verification(validate_certs, ca_path)
        self._cert = _client_certificate(client_cert, client_key)
        self._session: requests.Session | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint!r})"

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def post(
        self,
        path: str,
        *,
        data: Mapping[str, str] | bytes,
        headers: Mapping[str, str] | None = None,
        write: bool = False,
        within: float | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """Send *data* (a mapping as a form) and return the answer, whatever it says below HTTP 500 but 3xx and 429.

        *within* bounds the whole exchange in seconds, as does request_timeout; *limit* bounds the answer in bytes. A
        *write* goes over a new connection, so that an idle one which just died cannot leave its fate open.

        Raises NoAnswer for everything else. Its *sent* is false where the body never left or the server says that it
        was not processed.
        """
        seconds = self.request_timeout if within is None else min(self.request_timeout, within)
        if seconds <= 0:
            raise NoAnswer("No time was left for the request.", label="no time left", sent=False)
        fields = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        body = data if isinstance(data, bytes) else urllib.parse.urlencode(data).encode("ascii")
        session = self._new_session() if write else self._shared_session()
        exchange = _Exchange(self, session, self.endpoint + path, fields, _Body(body), seconds, limit)
        try:
            return exchange.run()
        finally:
            if write:
                session.close()

    def _shared_session(self) -> requests.Session:
        with self._lock:
            if self._session is None:
                self._session = self._new_session()
            return self._session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        # With trust_env requests would read .netrc, and REQUESTS_CA_BUNDLE would win over validate_certs: false.
        session.trust_env = False
        session.proxies.update(requests.utils.get_environ_proxies(self.endpoint))
        session.verify = self._verify
        session.cert = self._cert
        session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        if self._verify is False:
            self._silence()
        return session

    def _silence(self) -> None:
        # The user has chosen this for this host: only its warnings are of no use.
        host = urllib.parse.urlsplit(self.endpoint).hostname or ""
        warnings.filterwarnings(
            "ignore",
            message=f"Unverified HTTPS request is being made to host '{re.escape(host)}'",
            category=InsecureRequestWarning,
        )


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


class _Exchange:
    """One request and its answer, in a thread of its own.

    The time-outs of a socket bound one step each: the look-up of a name, a second address, a header or body that
    trickles are beyond them. So the caller waits only as long as the limit allows and leaves the rest behind, with
    its body withheld, so that nothing is sent after the caller was told that nothing was.
    """

    def __init__(
        self,
        client: HttpClient,
        session: requests.Session,
        url: str,
        headers: Mapping[str, str],
        body: _Body,
        seconds: float,
        limit: int,
    ) -> None:
        self._client = client
        self._session = session
        self._url = url
        self._headers = headers
        self._body = body
        self._seconds = seconds
        self._limit = limit
        self._ended = threading.Event()
        self._left = threading.Event()
        self._outcome: Answer | JobError | None = None

    def run(self) -> Answer:
        threading.Thread(target=self._work, name="netops.jobs request", daemon=True).start()
        try:
            self._ended.wait(self._seconds)
        finally:
            self._left.set()
            sent = self._body.withhold()
        outcome = self._outcome
        if outcome is None:
            outcome = _too_slow(self._client.endpoint, self._seconds, sent=sent)
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    def _work(self) -> None:
        try:
            self._outcome = self._exchange()
        except JobError as exc:
            self._outcome = exc
        except Exception as exc:  # whatever the libraries raise; its text may quote the request
            self._outcome = _explained(exc, self._client.endpoint, self._seconds, sent=self._body.sent)
        finally:
            self._ended.set()

    def _exchange(self) -> Answer:
        response = self._session.post(
            self._url,
            data=self._body,
            headers=dict(self._headers),
            timeout=(min(CONNECT_TIMEOUT, self._seconds), self._seconds),
            allow_redirects=False,
            stream=True,
        )
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            _check_status(response.status_code, headers, self._client.endpoint)
            return Answer(response.status_code, headers, self._read(response))

    def _read(self, response: requests.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(_CHUNK):
            size += len(part)
            if size > self._limit or self._left.is_set():
                raise NoAnswer(
                    f"{self._client.endpoint} sent an answer of more than {self._limit} bytes.",
                    label="answer too big",
                    server_spoke=True,
                )
            parts.append(part)
        return b"".join(parts)


def _check_status(status: int, headers: Mapping[str, str], endpoint: str) -> None:
    """Raise NoAnswer for the answers that carry none: 1xx, redirects, 429 and 5xx."""
    if 200 <= status < 300 or (400 <= status < 500 and status != 429):
        return
    label = f"HTTP {status}"
    if status == 429:
        # RFC 6585: the server refuses to process the request. So it can be sent again.
        raise NoAnswer(
            f"{endpoint} answered {label}: too many requests.",
            label=label,
            sent=False,
            retry_after=_retry_after(headers),
            server_spoke=True,
        )
    if status < 400:
        raise NoAnswer(
            f"{endpoint} answered {label} and points to another address. Redirects are not followed, so that no "
            "credentials reach another host: check host and port, and whether a proxy or a portal is in between.",
            label=label,
            server_spoke=True,
        )
    raise NoAnswer(
        f"{endpoint} answered {label}: it has trouble at the moment.",
        label=label,
        retry_after=_retry_after(headers),
        server_spoke=True,
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After asks for, which gives them as a number or as an HTTP date (RFC 9110)."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    moment = _http_date(text)
    if moment is None:
        return None
    # The server's own clock, where it tells it: ours may differ.
    now = _http_date(headers.get("date", "")) or time.time()
    return max(0.0, moment - now)


def _http_date(text: str) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp()


def _verification(validate_certs: bool, ca_path: str | None) -> bool | str:
    """Return what requests calls ``verify``, after a look at the files."""
    if not validate_certs:
        return False
    for option, path in (
        ("ca_path", ca_path),
        ("REQUESTS_CA_BUNDLE", os.environ.get("REQUESTS_CA_BUNDLE")),
        ("CURL_CA_BUNDLE", os.environ.get("CURL_CA_BUNDLE")),
    ):
        if path:
            _check_ca(option, path)
            return path
    return True


def _check_ca(option: str, path: str) -> None:
    if os.path.isdir(path):
        return
    _check_file(option, path, "the certificate of the authority that signed the server's, in PEM form")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (ssl.SSLError, OSError, ValueError):
        raise BadInput(f"{option}: {path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).") from None


def _client_certificate(cert: str | None, key: str | None) -> str | tuple[str, str] | None:
    """Return what requests calls ``cert``, after a look at the files."""
    if not cert:
        if key:
            raise BadInput("client_key: also give client_cert, the certificate that belongs to this key.")
        return None
    _check_file("client_cert", cert, "the client certificate in PEM form")
    if key:
        _check_file("client_key", key, "the key of client_cert in PEM form")
    try:
        # An empty password instead of a question on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key or None, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError):
        raise BadInput(
            f"client_cert: {cert} and its key {key or '(in the same file)'} cannot be used together. Both must be in "
            "PEM form, belong to each other, and the key must not be encrypted."
        ) from None
    return (cert, key) if key else cert


def _check_file(option: str, path: str, what: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as exc:
        raise BadInput(f"{option}: cannot read {path}: {exc.strerror}. Give the path of {what}.") from None


def _too_slow(endpoint: str, seconds: float, *, sent: bool) -> NoAnswer:
    if not sent:
        return NoAnswer(
            f"{endpoint} did not take the connection in time. Check host, port, and the firewalls on the way.",
            label="connect timeout",
            sent=False,
        )
    return NoAnswer(f"{endpoint} gave no complete answer within {seconds:g} s.", label="read timeout")


def _causes(exc: BaseException) -> list[BaseException]:
    """Return *exc* and all that led to it: requests and urllib3 hide the real cause in several places."""
    found: list[BaseException] = []
    queue: list[object] = [exc]
    while queue:
        cause = queue.pop(0)
        if isinstance(cause, BaseException) and not any(cause is known for known in found):
            found.append(cause)
            queue += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return found


_Kinds = t.Union[type[BaseException], tuple[type[BaseException], ...]]


def _explained(exc: BaseException, endpoint: str, seconds: float, *, sent: bool) -> JobError:
    """Return what *exc* means. Nothing of its text is kept: it may quote the request or a proxy's password."""
    causes = _causes(exc)

    def has(kinds: _Kinds) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    def no_answer(text: str, label: str, *, server_spoke: bool = False) -> NoAnswer:
        return NoAnswer(f"{endpoint}: {text}", label=label, sent=sent, server_spoke=server_spoke)

    if has(requests.exceptions.ProxyError):
        return no_answer(
            "the proxy named by HTTPS_PROXY or ALL_PROXY in the environment did not connect us. Check it, or list "
            "the host in NO_PROXY.",
            "proxy error",
        )
    if has((ssl.SSLError, ssl.CertificateError, requests.exceptions.SSLError)):
        return _tls_error(causes, endpoint, sent=sent)
    if has((requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, UnicodeError)):
        return BadInput(f"{endpoint}: host or credentials hold characters that HTTP cannot carry. Check them.")
    if has(socket.gaierror):
        return no_answer("the name of the host was not found. Check host and the name servers.", "name not found")
    if has(ConnectionRefusedError):
        return no_answer(
            "connection refused. Nothing listens there: check host and port, or the service is restarting.",
            "connection refused",
        )
    codes = [cause.errno for cause in causes if isinstance(cause, OSError)]
    if errno.EHOSTUNREACH in codes or errno.ENETUNREACH in codes:
        return no_answer("there is no route to the host. Check host and the network.", "host unreachable")
    # Not earlier: to urllib3 1.26 a refused connection is a time-out too.
    if has((TimeoutError, socket.timeout, requests.exceptions.Timeout, Urllib3Timeout)):
        return _too_slow(endpoint, seconds, sent=sent)
    if has(http.client.RemoteDisconnected):
        return no_answer("the connection was closed without an answer.", "connection closed")
    if has((ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return no_answer("the connection was reset.", "connection reset")
    if has(http.client.IncompleteRead) or has(requests.exceptions.ChunkedEncodingError):
        return no_answer("the answer broke off before its end.", "answer cut short", server_spoke=True)
    if has(requests.exceptions.ContentDecodingError):
        return no_answer("the answer is compressed in a way that cannot be read.", "garbled answer", server_spoke=True)
    if has((http.client.BadStatusLine, http.client.HTTPException)):
        return no_answer("what answers there does not speak HTTP. Check host and port.", "not HTTP")
    kind = next((type(cause).__name__ for cause in causes if isinstance(cause, (OSError, Urllib3Error))), "")
    return no_answer(f"the request failed ({kind or type(exc).__name__}).", kind or type(exc).__name__)


# Reasons of OpenSSL that end a handshake: what was sent behind it in TLS 1.3 was not processed.
_HANDSHAKE_REASONS = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "client certificate",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "client certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "client certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "client certificate",
    "WRONG_VERSION_NUMBER": "not TLS",
    "HTTP_REQUEST": "not TLS",
    "UNSUPPORTED_PROTOCOL": "old TLS",
    "TLSV1_ALERT_PROTOCOL_VERSION": "old TLS",
}
_TLS_TEXTS = {
    "client certificate": "the server did not accept us in the TLS handshake. It may want a client certificate: give "
    "client_cert and client_key, signed by an authority that it trusts.",
    "not TLS": "what answers there does not speak TLS. Check host and port.",
    "old TLS": "the server only offers TLS versions that are no longer safe. Enable TLS 1.2 or later on it.",
    "name": "the server's certificate is for another name. Use as host the name in the certificate, or "
    "validate_certs: false for a test.",
    "expired": "the server's certificate has expired or is not valid yet. Renew it, check the clocks, or use "
    "validate_certs: false for a test.",
    "untrusted": "the server's certificate is not signed by an authority that is trusted here. Pass its authority's "
    "certificate as ca_path, or validate_certs: false for a test.",
    "": "the TLS connection failed.",
}


def _tls_error(causes: list[BaseException], endpoint: str, *, sent: bool) -> NoAnswer:
    kind = ""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            # Numbers of OpenSSL's x509_vfy.h: 9 not yet valid, 10 expired, 62 host name, 64 address mismatch.
            kind = {9: "expired", 10: "expired", 62: "name", 64: "name"}.get(
                getattr(cause, "verify_code", 0), "untrusted"
            )
        elif isinstance(cause, ssl.SSLError) and not kind:
            kind = _HANDSHAKE_REASONS.get(cause.reason or "", "")
    return NoAnswer(f"{endpoint}: {_TLS_TEXTS[kind]}", label="TLS error", sent=sent and not kind)
