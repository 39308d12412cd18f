# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The config and device operations of Strata Cloud Manager: log-in, addresses, errors. JSON both ways.

Sources: D pan.dev and its OpenAPI files (config-operations, operations, AuthService), R recorded from a tenant and
published, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, Denied, JobError, JobMissing, Refused
from ..._transport.connection import Connection
from ..._transport.http_client import Answer
from ..._transport.json_client import JsonClient


@dataclasses.dataclass(frozen=True)
class ScmConnection(Connection):
    """How to reach one tenant. The fields are the options of the same name."""

    client_id: str | None = None
    client_secret: str | None = dataclasses.field(default=None, repr=False)
    tsg_id: str | None = None
    access_token: str | None = dataclasses.field(default=None, repr=False)
    token_url: str = ""
    token_cache: str | None = None
    config_path: str = "/config/operations/v1"
    device_path: str = "/operations/v1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.access_token and not self.client_secret:
            raise BadInput("Give client_id, client_secret and tsg_id, or access_token, to log in with.")


class ScmClient(JsonClient[ScmConnection]):
    """Talks to one tenant; safe to use from several threads."""

    api = "the API of Strata Cloud Manager"

    def login(self, within: float | None) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.connection.access_token}"}

    def error(self, answer: Answer) -> JobError:
        label = f"HTTP {answer.status}"
        if answer.status in (401, 403):
            return Denied(f"{self.endpoint}: {label}.", label=label)
        if answer.status == 404:
            return JobMissing(f"{self.endpoint}: {label}.", label=label)
        return Refused(f"{self.endpoint} refused ({label}).", label=label)


def open_client(params: Mapping[str, t.Any], _hide: t.Any = None) -> ScmClient:
    """Return a client for the connection options in *params*. Raises BadInput, MissingLibrary."""
    names = [field.name for field in dataclasses.fields(ScmConnection)]
    return ScmClient(ScmConnection(**{name: params[name] for name in names}))
