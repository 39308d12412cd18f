# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates: one authority for all devices, a certificate per address made when it is first needed."""

from __future__ import annotations

import datetime
import pathlib
import ssl
import typing as t

import trustme

from .system import SpecError

CERTIFICATES = ("valid", "wrong_name", "expired", "untrusted")


class Authority:
    """The authority whose ``ca.pem`` a client trusts, and a second one that signs what must not be trusted."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        self._authority = trustme.CA(organization_name="netops.jobs simulator", key_type=trustme.KeyType.ECDSA)
        self._stranger = trustme.CA(organization_name="A stranger", key_type=trustme.KeyType.ECDSA)
        self._sessions = 0
        self.ca_path = directory / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_path))

    def server_context(self, address: str, *, certificate: str = "valid", client_certificate: str = "none") -> t.Any:
        """A server's TLS context. ``client_certificate`` is none, optional or required."""
        if certificate not in CERTIFICATES:
            raise SpecError(f"'certificate' is one of {', '.join(CERTIFICATES)}")
        issuer = self._stranger if certificate == "untrusted" else self._authority
        name = "elsewhere.example.com" if certificate == "wrong_name" else address
        yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
        leaf = issuer.issue_cert(
            name,
            not_before=yesterday - datetime.timedelta(days=2),
            not_after=yesterday if certificate == "expired" else None,
            key_type=trustme.KeyType.ECDSA,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        modes = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}
        if client_certificate not in modes:
            raise SpecError(f"'client_certificate' is one of {', '.join(modes)}")
        context.verify_mode = modes[client_certificate]
        if context.verify_mode is not ssl.CERT_NONE:
            self._authority.configure_trust(context)
        return context

    def client_certificate(self, name: str, *, trusted: bool = True) -> dict[str, str]:
        """Writes a client certificate and its key; returns their paths as ``cert`` and ``key``."""
        if not name.replace("-", "").replace("_", "").isalnum():
            raise SpecError("the name of a client certificate is letters, digits, - and _")
        leaf = (self._authority if trusted else self._stranger).issue_cert(f"{name}.example.com")
        cert, key = self._directory / f"client-{name}.pem", self._directory / f"client-{name}.key"
        cert.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        key.touch(mode=0o600)
        key.write_bytes(leaf.private_key_pem.bytes())
        return {"cert": str(cert), "key": str(key)}
