# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""How to reach one endpoint over HTTPS: the options that every vendor's connection has."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Collection

from .http_client import REQUEST_TIMEOUT, HttpClient, endpoint_of


@dataclasses.dataclass(frozen=True)
class Connection:
    """The fields are the options of the same name. Raises BadInput that names the option at fault."""

    host: str
    port: int = 443
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    request_timeout: float = REQUEST_TIMEOUT

    def __post_init__(self) -> None:
        endpoint_of(self.host, self.port)

    @property
    def endpoint(self) -> str:
        """``https://host:port``, as it stands in handles."""
        return endpoint_of(self.host, self.port)

    def open_http(self, *, readable: Collection[int] = ()) -> HttpClient:
        """Return a client that connects when it is first used. Raises BadInput (files), MissingLibrary."""
        return HttpClient(
            self.endpoint,
            readable=readable,
            validate_certs=self.validate_certs,
            ca_path=self.ca_path,
            client_cert=self.client_cert,
            client_key=self.client_key,
            request_timeout=self.request_timeout,
        )


def basic(user: str, password: str) -> str:
    """Return what follows ``Basic`` in the header ``Authorization``. It is as secret as *password*."""
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
