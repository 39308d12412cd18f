# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant of Cortex XSIAM or XDR, and the storage service that its links lead to."""

from __future__ import annotations

import typing as t

from ..scenario import PASSWORD, Found, Scenario

CONNECTION = {"host": "{A}", "port": "{port}", "api_key": PASSWORD, "api_key_id": "7", "ca_path": "{ca_path}"}
TENANT: dict[str, t.Any] = {"system": "cortex", "api_keys": {"7": {"key": PASSWORD}}, "files_host": "{B}"}
ON_TWO = {"filters": [{"field": "hostname", "value": ["host1", "host2"]}]}
PACKAGE = {"name": "linux-servers", "platform": "linux", "agent_version": "8.6.0.2000", "file_type": "deb"}


def of(
    name: str,
    module: str,
    options: dict[str, t.Any],
    effects: t.Iterable[str],
    *,
    device: dict[str, t.Any] | None = None,
    operations: tuple[str, ...] | None = None,
    found: Found = Found.NEVER,
    **details: t.Any,
) -> Scenario:
    return Scenario(
        name=f"cortex.{name}",
        module=f"cortex_{module}",
        options={**CONNECTION, **options},
        effects=frozenset(effects),
        found=found,
        operations=tuple(f"cortex.{one}" for one in (operations or (name,))),
        devices=[{**TENANT, **(device or {})}, {"system": "cortex"}],
        **details,
    )


QUICK = {"actions": {"pending": 1, "seconds": 4, "files": 1}}
SCENARIOS = (
    of(
        "network_scan",
        "network_scan",
        {"definition_id": "123"},
        {"network-scan"},
        device={"runs": {"pending": 1, "seconds": 4}},
        repeats=True,
    ),
    of(
        "network_scan_command",
        "network_scan",
        {"run_id": "789", "state": "paused"},
        {"scan-command"},
        device={"runs": {"pending": 0, "seconds": 3000, "pausing": 4}},
        prepared=[(0, "run", {"definition_id": 123})],
        found=Found.SURELY,
    ),
    of(
        "xql_query",
        "xql_query",
        {"query": "dataset = xdr_data | limit 5", "last": "1h", "dest": "{folder}/rows.ndjson"},
        {"xql-query"},
        device={"queries": {"seconds": 6}},
        found=Found.HARMLESS,
        repeats=True,
    ),
    of("endpoint_action", "endpoint_action", {"action": "isolate", **ON_TWO}, {"endpoint-isolate"}, device=QUICK),
    of("endpoint_scan", "endpoint_action", {"action": "scan", **ON_TWO}, {"endpoint-scan"}, device=QUICK, repeats=True),
    of(
        "file_retrieval",
        "endpoint_action",
        {"action": "file_retrieval", "files": {"linux": ["/etc/hosts"]}, "dest": "{folder}", **ON_TWO},
        {"endpoint-file_retrieval"},
        device=QUICK,
        repeats=True,
    ),
    of(
        "script_run",
        "script_run",
        {"snippet_code": "print(1)", "dest": "{folder}", **ON_TWO},
        {"snippet-run"},
        device=QUICK,
        repeats=True,
    ),
    of(
        "agent_package",
        "agent_package",
        {**PACKAGE, "dest": "{folder}/agent.deb"},
        {"distribution"},
        device={"distributions": {"pending": 1, "seconds": 4}},
        unchecked=True,
        found=Found.SURELY,
    ),
)
