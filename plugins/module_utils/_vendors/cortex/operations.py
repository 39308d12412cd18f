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


def _agent_package(client: CortexClient) -> Operation:
    from .agent_package import AgentPackage

    return AgentPackage(client)


def _endpoint_action(client: CortexClient) -> Operation:
    from .endpoint_action import EndpointAction

    return EndpointAction(client)


def _endpoint_scan(client: CortexClient) -> Operation:
    from .endpoint_action import EndpointScan

    return EndpointScan(client)


def _file_retrieval(client: CortexClient) -> Operation:
    from .endpoint_action import FileRetrieval

    return FileRetrieval(client)


def _network_scan(client: CortexClient) -> Operation:
    from .network_scan import NetworkScan

    return NetworkScan(client)


def _network_scan_command(client: CortexClient) -> Operation:
    from .network_scan import ScanCommand

    return ScanCommand(client)


def _script_run(client: CortexClient) -> Operation:
    from .script_run import ScriptRun

    return ScriptRun(client)


def _xql_query(client: CortexClient) -> Operation:
    from .xql_query import XqlQuery

    return XqlQuery(client)


OPERATIONS: Mapping[str, Callable[[CortexClient], Operation]] = {
    "cortex.agent_package": _agent_package,
    "cortex.endpoint_action": _endpoint_action,
    "cortex.endpoint_scan": _endpoint_scan,
    "cortex.file_retrieval": _file_retrieval,
    "cortex.network_scan": _network_scan,
    "cortex.network_scan_command": _network_scan_command,
    "cortex.script_run": _script_run,
    "cortex.xql_query": _xql_query,
}
