# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Illumio PCE."""

from __future__ import annotations

import typing as t

from ..scenario import PASSWORD, Found, Scenario

KEY = "api_0123456789abcdef"
CONNECTION = {"host": "{A}", "port": "{port}", "api_key": KEY, "api_secret": PASSWORD, "ca_path": "{ca_path}"}
PCE: dict[str, t.Any] = {"system": "illumio", "api_keys": {KEY: {"secret": PASSWORD}}, "retry_after": 2}


def of(
    name: str,
    options: dict[str, t.Any],
    effects: t.Iterable[str],
    *,
    device: dict[str, t.Any] | None = None,
    module: str = "",
    operations: tuple[str, ...] | None = None,
    found: Found = Found.SURELY,
    **details: t.Any,
) -> Scenario:
    return Scenario(
        name=f"illumio.{name}",
        module=f"illumio_{module or name}",
        options={**CONNECTION, **options},
        effects=frozenset(effects),
        found=found,
        operations=tuple(f"illumio.{one}" for one in (operations or (name,))),
        devices=[{**PCE, **(device or {})}],
        **details,
    )


DRAFTS = [(0, "drafts", {"kind": "ip_lists", "count": 2})]
SCENARIOS = (
    of("export", {"path": "labels", "dest": "{folder}/labels.json"}, {"async-get"}, found=Found.HARMLESS, repeats=True),
    of(
        "traffic_query",
        {"last": "30d", "dest": "{folder}/flows.ndjson", "delete_query": True},
        {"traffic-query"},
        found=Found.HARMLESS,
        if_empty="failed",
        repeats=True,
    ),
    of(
        "report",
        {"template": "executive_summary_report", "dest": "{folder}/report.pdf"},
        {"report"},
        repeats=True,
        unchecked=True,
    ),
    of("support_bundle", {"dest": "{folder}/bundle.tgz"}, {"support-bundle"}, repeats=True, unchecked=True),
    of("provision", {}, {"provision"}, prepared=DRAFTS),
    of(
        "provision to the workloads",
        {"wait_for_workloads": True},
        {"provision"},
        module="provision",
        operations=("provision",),
        device={"converge_seconds": 6},
        prepared=[(0, "drafts", {"kind": "services", "change": "update"})],
    ),
    of("revert", {"state": "reverted"}, {"revert"}, module="provision", operations=("provision",), prepared=DRAFTS),
    of(
        "ven_upgrade",
        {"vens": ["host-000001.example.com", "host-000002.example.com"], "release": "24.5.10-1411"},
        {"ven-upgrade"},
        device={"ven_upgrade_seconds": 8},
    ),
)
