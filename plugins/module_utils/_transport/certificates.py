# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The files of certificates that a user names, looked at before anything is sent."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from .._jobs.errors import BadInput
from .sharing import tls_context


def verification(validate_certs: bool, ca_path: str | None) -> bool | str:
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
    if Path(path).is_dir():
        return
    _check_file(option, path, "the certificate of the authority that signed the server's, in PEM form")
    try:
        tls_context(path)
    except (ssl.SSLError, OSError, ValueError):
        raise BadInput(f"{option}: {path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).") from None


def client_certificate(cert: str | None, key: str | None) -> str | tuple[str, str] | None:
    """Return what requests calls ``cert``, after a look at the files."""
    if not cert:
        if key:
            raise BadInput("client_key: also give client_cert, the certificate that belongs to this key.")
        return None
    _check_file("client_cert", cert, "the client certificate in PEM form")
    if key:
        _check_file("client_key", key, "the key of client_cert in PEM form")
    try:
        tls_context(False, (cert, key) if key else cert)
    except (ssl.SSLError, OSError, ValueError):
        raise BadInput(
            f"client_cert: {cert} and its key {key or '(in the same file)'} cannot be used together. Both must be in "
            "PEM form, belong to each other, and the key must not be encrypted."
        ) from None
    return (cert, key) if key else cert


def _check_file(option: str, path: str, what: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as exc:
        raise BadInput(f"{option}: cannot read {path}: {exc.strerror}. Give the path of {what}.") from None
