# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The operations of an Illumio PCE, by the name that stands in handles. The code of each is imported when asked for."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from .client import IllumioClient, open_client

if t.TYPE_CHECKING:
    from ..._jobs.operation import Operation

__all__ = ["OPERATIONS", "open_client"]


def _export(client: IllumioClient) -> Operation:
    from .export import Export

    return Export(client)


def _provision(client: IllumioClient) -> Operation:
    from .provision import Provision

    return Provision(client)


def _report(client: IllumioClient) -> Operation:
    from .report import Report

    return Report(client)


def _support_bundle(client: IllumioClient) -> Operation:
    from .support_bundle import SupportBundle

    return SupportBundle(client)


def _traffic_query(client: IllumioClient) -> Operation:
    from .traffic_query import TrafficQuery

    return TrafficQuery(client)


def _ven_upgrade(client: IllumioClient) -> Operation:
    from .ven_upgrade import Upgrade

    return Upgrade(client)


OPERATIONS: Mapping[str, Callable[[IllumioClient], Operation]] = {
    "illumio.export": _export,
    "illumio.provision": _provision,
    "illumio.report": _report,
    "illumio.support_bundle": _support_bundle,
    "illumio.traffic_query": _traffic_query,
    "illumio.ven_upgrade": _ven_upgrade,
}
