# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PAN-OS and Panorama."""

from __future__ import annotations

import typing as t

from ..scenario import PASSWORD, Found, Scenario

CONNECTION = {"host": "{A}", "port": "{port}", "username": "automation", "password": PASSWORD, "ca_path": "{ca_path}"}
QUICK = {
    "commit_seconds": 8,
    "download_seconds": 4,
    "install_seconds": 6,
    "software_download_seconds": 5,
    "software_install_seconds": 6,
    "export_seconds": 6,
}
FIREWALL: dict[str, t.Any] = {"admins": {"automation": {"password": PASSWORD}}, "hostname": "fw1", **QUICK}
PANORAMA: dict[str, t.Any] = {
    **FIREWALL,
    "kind": "panorama",
    "hostname": "panorama",
    "push_device_seconds": 4,
    "device_groups": {"Branches": {"devices": ["S1", "S2"]}},
    "managed_devices": {"S1": {"hostname": "branch1"}, "S2": {"hostname": "branch2"}},
}
RESTART = {"restart": {"down": 6, "not_ready": 3, "login_lag": 2, "autocommit": 4}}
CONTENT = {"content": {"current": "8900-9000", "previous": "8899-8999", "downloaded": ["8899-8999", "8900-9000"]}}


def of(
    name: str,
    module: str,
    options: dict[str, t.Any],
    effects: t.Iterable[str],
    *,
    device: dict[str, t.Any] | None = None,
    base: dict[str, t.Any] | None = None,
    operations: tuple[str, ...] | None = None,
    found: Found | None = None,
    **details: t.Any,
) -> Scenario:
    return Scenario(
        name=f"panos.{name}",
        module=f"panos_{module}",
        options={**CONNECTION, **options},
        effects=frozenset(effects),
        found=found or (Found.BY_EFFECT if module.endswith("_update") else Found.SURELY),
        operations=tuple(f"panos.{one}" for one in (operations or (name,))),
        # Whether there is a peer, among others.
        optional=frozenset({("op", "op")} if module.endswith("_update") else ()),
        devices=[{**(base or FIREWALL), **(device or {})}],
        **details,
    )


CHANGED = [(0, "changes", {"owner": "automation"})]
SCENARIOS = (
    of("commit", "commit", {}, {"commit"}, prepared=CHANGED),
    of("commit under a lock", "commit", {"commit_lock": True}, {"commit"}, prepared=CHANGED, operations=("commit",)),
    of(
        "commit that fails under a lock",
        "commit",
        {"commit_lock": True},
        {"commit"},
        device={"commit_errors": ["Rule 1 is wrong"]},
        prepared=CHANGED,
        operations=("commit",),
        repeats=True,
    ),
    of("validate", "commit", {"validate_only": True}, {"validate"}, prepared=CHANGED, repeats=True),
    of(
        "push",
        "push",
        {"device_group": "Branches"},
        {"push"},
        base=PANORAMA,
        prepared=[(0, "out-of-sync", {"device_group": "Branches"})],
    ),
    of(
        "validate_push",
        "push",
        {"device_group": "Branches", "validate_only": True},
        {"push", "validate"},
        base=PANORAMA,
        prepared=[(0, "out-of-sync", {"device_group": "Branches"})],
        repeats=True,
    ),
    of("op", "op", {"command": "validate full"}, {"validate"}, prepared=CHANGED, found=Found.NEVER, repeats=True),
    of("op_info", "op", {"command": "show system info"}, {"none"}, repeats=True),
    of(
        "report",
        "report",
        {"report_type": "dynamic", "name": "top-app-summary", "period": "last-hour", "dest": "{folder}/top.json"},
        {"report"},
        found=Found.HARMLESS,
        resent=12,
        repeats=True,
    ),
    of(
        "log_export",
        "log_export",
        {"log_type": "traffic", "dest": "{folder}/log.json", "limit": 50},
        {"log"},
        found=Found.HARMLESS,
        asked_anew=10,
        resent=12,
        repeats=True,
    ),
    of(
        "export",
        "export",
        {"category": "tech-support", "dest": "{folder}/tech.tgz"},
        {"tech-support"},
        found=Found.HARMLESS,
        read_once=True,
        repeats=True,
    ),
    of(
        "export of a configuration",
        "export",
        {"category": "configuration", "dest": "{folder}/running.xml"},
        {"none"},
        operations=("export",),
        repeats=True,
    ),
    of("content_download", "content_update", {"state": "downloaded"}, {"content-download"}),
    of(
        "content_install",
        "content_update",
        {"sync_to_peer": False},
        {"content-download", "content-install"},
        operations=("content_download", "content_install"),
    ),
    of(
        "content_revert",
        "content_update",
        {"state": "reverted", "version": "8899-8999"},
        {"content-downgrade"},
        device={"installed": CONTENT},
    ),
    of(
        "software_download",
        "software_update",
        {"version": "11.1.10", "state": "downloaded"},
        {"software-download"},
    ),
    of(
        "software_install",
        "software_update",
        {"version": "11.1.10"},
        {"software-download", "software-install"},
        operations=("software_download", "software_install"),
    ),
    of(
        "restart",
        "software_update",
        {"version": "11.1.10", "restart": True, "outage_timeout": 40},
        {"software-download", "software-install", "restart"},
        device=RESTART,
        operations=("software_download", "software_install", "restart"),
    ),
)
