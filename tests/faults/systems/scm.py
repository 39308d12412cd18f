# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant of Strata Cloud Manager."""

from __future__ import annotations

import typing as t

from ..scenario import PASSWORD, Found, Scenario

CLIENT = "sa@1234567890.iam.panserviceaccount.com"
CONNECTION = {
    "host": "{A}",
    "port": "{port}",
    "client_id": CLIENT,
    "client_secret": PASSWORD,
    "tsg_id": "1234567890",
    "token_url": "https://{A}:{port}/oauth2/access_token",
    "ca_path": "{ca_path}",
}
SERIALS = ["007951000388704", "007951000388707"]
TENANT: dict[str, t.Any] = {"system": "scm", "clients": {CLIENT: {"secret": PASSWORD}}}

SCENARIOS = (
    Scenario(
        name="scm.push",
        module="scm_push",
        options={**CONNECTION, "folders": ["Remote Networks", "Service Connections"], "settle": 4},
        effects=frozenset({"push"}),
        found=Found.IF_SHOWN,
        operations=("scm.push",),
        devices=[{**TENANT, "pushes": {"seconds": 3, "children": {"*": {"start": 1, "seconds": 3}}}}],
        prepared=[(0, "changes", {"place": "Remote Networks"})],
        repeats=True,
    ),
    Scenario(
        name="scm.device_job",
        module="scm_device_job",
        options={**CONNECTION, "type": "route-table", "devices": SERIALS, "dest": "{folder}/routes.json"},
        effects=frozenset({"device-job"}),
        found=Found.HARMLESS,
        operations=("scm.device_job",),
        devices=[{**TENANT, "serials": SERIALS}],
        repeats=True,
        # It is asked again like any question, for as long as outage_timeout allows.
        resent=12,
    ),
)
