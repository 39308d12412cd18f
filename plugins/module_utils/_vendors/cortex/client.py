# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The public API of Cortex XSIAM and XDR: log-in, envelopes, errors. JSON both ways.

Sources: D the Cortex documentation (platform APIs, "NetScan Public API" 1.0.0), R recorded from a tenant and published,
C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, Denied, JobError, JobMissing, Refused
from ..._transport.connection import Connection
from ..._transport.http_client import Answer
from ..._transport.json_client import JsonClient

READABLE = (500,)
"""A refusal with a reason comes as HTTP 500, too [D]: "most business-logic and input-validation failures"."""


@dataclasses.dataclass(frozen=True)
class CortexConnection(Connection):
    """How to reach one tenant. The fields are the options of the same name."""

    api_key: str = dataclasses.field(default="", repr=False)
    api_key_id: str = ""
    key_type: str = "standard"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.api_key or not self.api_key_id:
            raise BadInput("Give api_key and api_key_id to log in with.")


class CortexClient(JsonClient[CortexConnection]):
    """Talks to one tenant; safe to use from several threads."""

    api = "the API of a Cortex tenant"

    def __init__(self, connection: CortexConnection) -> None:
        super().__init__(connection, base="/public_api", readable=READABLE)

    def login(self, within: float | None) -> Mapping[str, str]:
        return {"Authorization": self.connection.api_key, "x-xdr-auth-id": self.connection.api_key_id}

    def error(self, answer: Answer) -> JobError:
        label = f"HTTP {answer.status}"
        if answer.status in (401, 402, 403):
            return Denied(f"{self.endpoint}: {label}.", label=label)
        if answer.status == 404:
            return JobMissing(f"{self.endpoint}: {label}.", label=label)
        return Refused(f"{self.endpoint} refused ({label}).", label=label)


def open_client(params: Mapping[str, t.Any], _hide: t.Any = None) -> CortexClient:
    """Return a client for the connection options in *params*. Raises BadInput, MissingLibrary."""
    names = [field.name for field in dataclasses.fields(CortexConnection)]
    return CortexClient(CortexConnection(**{name: params[name] for name in names}))
