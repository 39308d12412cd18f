# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What an SBC says of itself (``system/status``): role, peer, uptime."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._jobs.errors import Refused
from ..._transport import xml

if t.TYPE_CHECKING:
    from ..._transport.xml import Element
    from .client import SbcClient

PATH = "/system/status"

PASSIVE = ("standby", "out of service")
"""Roles in which the configuration cannot be changed ("only allowed on the active SBC") [read in a client's source]."""


@dataclasses.dataclass(frozen=True)
class Status:
    """*uptime* is in seconds; what the SBC does not say is empty or None. *data* is all of it."""

    role: str = ""
    peer_role: str = ""
    host_name: str = ""
    uptime: int | None = None
    switch_overs: int | None = None
    data: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


def read_status(client: SbcClient, *, within: float | None = None) -> Status:
    """Return what the SBC says of itself. Raises NoAnswer, Denied, Refused."""
    return status_in(client.get(PATH, within=within))


def status_in(root: Element) -> Status:
    """Return the status in an answer. The schema has ``upTime``, a sample of 10.0.0 ``uptimeSeconds`` [documented]."""

    def text(*names: str) -> str:
        return next((found for name in names if (found := xml.text_of(root, f".//{name}"))), "")

    data = root.find(".//data")
    return Status(
        role=text("role").lower(),
        peer_role=text("haPeerRole").lower(),
        host_name=text("hostName"),
        uptime=_number(text("uptimeSeconds", "upTime")),
        switch_overs=_number(text("haSwitchOvers")),
        data={} if data is None else xml.as_row(data),
    )


def check_active(client: SbcClient) -> None:
    """Raise Refused where the SBC is not the one of its pair that is in service."""
    status = read_status(client)
    if status.role in PASSIVE:
        raise Refused(
            f"{client.endpoint} is {status.role}: the configuration is changed on the active SBC of a pair. Use its "
            "address.",
            details={"role": status.role},
            label="not active",
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
