# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Oracle SBC, alone and with a peer."""

from __future__ import annotations

import typing as t

from ..scenario import PASSWORD, Found, Scenario

CONNECTION = {"host": "{A}", "port": "{port}", "username": "automation", "password": PASSWORD, "ca_path": "{ca_path}"}
SBC: dict[str, t.Any] = {"system": "oracle_sbc", "users": {"automation": {"password": PASSWORD}}}


def of(
    name: str,
    module: str,
    options: dict[str, t.Any],
    effects: t.Iterable[str],
    *,
    device: dict[str, t.Any] | None = None,
    operations: tuple[str, ...] | None = None,
    found: Found = Found.SURELY,
    **details: t.Any,
) -> Scenario:
    return Scenario(
        name=f"oracle_sbc.{name}",
        module=f"oracle_sbc_{module}",
        options={**CONNECTION, **options},
        effects=frozenset(effects),
        found=found,
        operations=tuple(f"oracle_sbc.{one}" for one in (operations or (name,))),
        devices=details.pop("devices", [{**SBC, **(device or {})}]),
        **details,
    )


SCENARIOS = (
    of("verify", "config", {"actions": ["verify"]}, {"verify"}, repeats=True),
    of("save", "config", {"actions": ["save"]}, {"save"}, repeats=True),
    of(
        "activate",
        "config",
        {"actions": ["save", "activate"]},
        {"save", "activate"},
        repeats=True,
        operations=("save", "activate"),
    ),
    of(
        "restore",
        "config",
        {"actions": ["restore"], "restore_source": "backup_file", "restore_file": "old.gz"},
        {"restore"},
        prepared=[(0, "backup-file", {"name": "old.gz"})],
        repeats=True,
    ),
    of("backup", "backup", {"file": "new.gz"}, {"backup"}),
    of(
        "reboot",
        "restart",
        {"action": "reboot", "outage_timeout": 40},
        {"reboot"},
        device={"reboot_after": 2, "reboot_seconds": 10},
        found=Found.WATCHED,
        repeats=True,
    ),
    of(
        "switchover",
        "restart",
        {"action": "switchover", "outage_timeout": 40},
        {"switchover"},
        repeats=True,
        # A node that has handed over is standby, and has nothing to hand over any more.
        found=Found.WATCHED,
        then="refused",
        device=None,
        devices=[{**SBC}, {**SBC, "ha_peer": "{A}", "hostname": "SECONDARY"}],
    ),
)
