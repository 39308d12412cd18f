# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The operations of Cortex XSIAM, by the name that stands in handles. The code of each is imported when asked for."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from .client import CortexClient, open_client

if t.TYPE_CHECKING:
    from ..._jobs.operation import Operation

__all__ = ["OPERATIONS", "open_client"]


def _network_scan(client: CortexClient) -> Operation:
    from .network_scan import NetworkScan

    return NetworkScan(client)


def _network_scan_command(client: CortexClient) -> Operation:
    from .network_scan import ScanCommand

    return ScanCommand(client)


def _xql_query(client: CortexClient) -> Operation:
    from .xql_query import XqlQuery

    return XqlQuery(client)


OPERATIONS: Mapping[str, Callable[[CortexClient], Operation]] = {
    "cortex.network_scan": _network_scan,
    "cortex.network_scan_command": _network_scan_command,
    "cortex.xql_query": _xql_query,
}
