# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What went wrong when a request got no answer, in words for people that say what to do."""

from __future__ import annotations

import contextlib
import errno
import http.client
import socket
import ssl
import typing as t

from .._jobs.errors import BadInput, JobError, NoAnswer

# Without them HttpClient says so at its construction, before anything can fail.
with contextlib.suppress(ImportError):
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
    from urllib3.exceptions import HTTPError as Urllib3Error
    from urllib3.exceptions import TimeoutError as Urllib3Timeout


def too_slow(endpoint: str, seconds: float, *, sent: bool, server_spoke: bool = False) -> NoAnswer:
    if not sent:
        return NoAnswer(
            f"{endpoint} did not take the connection in time. Check host, port, and the firewalls on the way.",
            label="connect timeout",
            sent=False,
        )
    return NoAnswer(
        f"{endpoint} gave no complete answer within {round(seconds, 1):g} s.",
        label="read timeout",
        server_spoke=server_spoke,
    )


def cut_short(endpoint: str, *, sent: bool) -> NoAnswer:
    return NoAnswer(
        f"{endpoint}: the answer broke off before its end.", label="answer cut short", sent=sent, server_spoke=True
    )


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


def was_connected(exc: BaseException) -> bool:
    """Return whether a request that failed with *exc* may have reached the server: if in doubt, it may."""
    never = (
        NewConnectionError,
        ConnectTimeoutError,
        requests.exceptions.ConnectTimeout,
        requests.exceptions.ProxyError,
        requests.exceptions.InvalidURL,
        ConnectionRefusedError,
        socket.gaierror,
    )
    return not any(isinstance(cause, never) for cause in _causes(exc))


_Kinds = t.Union[type[BaseException], tuple[type[BaseException], ...]]


def explained(exc: BaseException, endpoint: str, seconds: float, *, sent: bool) -> JobError:
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
        return too_slow(endpoint, seconds, sent=sent)
    if has(http.client.RemoteDisconnected):
        return no_answer("the connection was closed without an answer.", "connection closed")
    if has((ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return no_answer("the connection was reset.", "connection reset")
    if has(http.client.IncompleteRead) or has(requests.exceptions.ChunkedEncodingError):
        return cut_short(endpoint, sent=sent)
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
    "": "the TLS connection broke off. If the server wants a client certificate, give client_cert and client_key.",
}


def _tls_error(causes: list[BaseException], endpoint: str, *, sent: bool) -> NoAnswer:
    kind = ""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            # Numbers of OpenSSL's x509_vfy.h: 9 not yet valid, 10 expired, 62 host name, 64 address mismatch. None: it
            # was Python or urllib3 that compared the names, as do older ones.
            code = getattr(cause, "verify_code", 62)
            kind = {9: "expired", 10: "expired", 62: "name", 64: "name"}.get(code, "untrusted")
        elif type(cause).__name__ == "CertificateError":
            kind = "name"
        elif isinstance(cause, ssl.SSLError) and not kind:
            kind = _HANDSHAKE_REASONS.get(cause.reason or "", "")
    # A handshake that fails for a reason that has a name fails again, but for a device that is starting.
    return NoAnswer(f"{endpoint}: {_TLS_TEXTS[kind]}", label="TLS error", sent=sent and not kind, heals=not kind)
