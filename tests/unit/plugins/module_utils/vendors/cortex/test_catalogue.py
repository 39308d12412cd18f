# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What actions, scripts and packages ask for, compared with the catalogue of a client that others wrote."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import JobError
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.actions import Demand
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.agent_package import (
    AgentPackage,
    PackageOptions,
    absent_from_options,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.endpoint_action import (
    KINDS,
    ActionOptions,
    EndpointAction,
    EndpointScan,
    FileRetrieval,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.script_run import ScriptOptions, ScriptRun
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.selection import Selection

CATALOGUE = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "cortex"
DETAILS = {"files": {"linux": ["/a"]}, "file_path": "/a", "file_hash": "ab" * 32}
ONE = Selection(["1" * 32])
HANDLE = Handle("x", "https://api-tenant.example.com:443", "5", options=Demand().to_dict())


class Straightforward:
    """Asks each question once."""

    def ask(self, question):
        return question()


@pytest.fixture
def catalogue() -> dict[tuple[str, str], set[str]]:
    """The names of what the body of each call has, of the newest and the older release together."""
    listed = json.loads((CATALOGUE / "operation_catalog_async_subset.json").read_text(encoding="utf-8"))
    found: dict[tuple[str, str], set[str]] = {}
    for one in listed:
        names = {name.partition(":")[2] for name in one["arguments"] if name.startswith("body:")}
        found.setdefault((one["http_method"].upper(), one["path"]), set()).update(names)
    return found


def ask_for_everything(client, connection, tmp_path) -> None:
    steps = []
    for name, kind in KINDS.items():
        incident = None if name == "quarantine" else "7"
        options = ActionOptions(name, **{each: DETAILS[each] for each in kind.wants}, incident_id=incident)
        action = EndpointAction(client, options, ONE)
        steps += [action.submit, lambda action=action: action.preview(want_diff=False)]
        if kind.takes_all:
            steps.append(EndpointAction(client, options, Selection(everything=True)).submit)
    steps.append(lambda: EndpointAction(client, ActionOptions("isolate")).observe(HANDLE, within=5))
    steps.append(lambda: EndpointScan(client).cancel(HANDLE))
    steps.append(lambda: FileRetrieval(client, dest=str(tmp_path))._links(HANDLE))
    script = ScriptRun(client, ScriptOptions("uid", None, {"a": 1}, 60, "7"), ONE)
    steps += [script.submit, ScriptRun(client, ScriptOptions(None, "x", None, 60, "7"), ONE).submit]
    steps.append(lambda: script.observe(HANDLE, within=5))
    steps.append(lambda: script._link(HANDLE, {"endpoint_id": "1"}, False))
    made = AgentPackage(client, PackageOptions("a", "standalone", "linux", "1", description="d"), file_type="sh")
    upgrade = PackageOptions("a", "upgrade", windows_version="1", linux_version="1", macos_version="1")
    steps += [made.submit, AgentPackage(client, upgrade).submit, lambda: made.observe(HANDLE, within=5)]
    steps.append(lambda: made._fetch(HANDLE, str(tmp_path / "x")))
    gone = {**connection, "name": "there", "distribution_id": None}
    steps.append(lambda: absent_from_options(gone, lambda _secrets: None, Straightforward(), check_mode=False))
    for step in steps:
        # What comes back fits few of them: it is the questions that count.
        with contextlib.suppress(JobError):
            step()


def test_nothing_is_asked_for_that_the_catalogue_does_not_have(client, connection, tenant, catalogue, tmp_path) -> None:
    package = {"distribution_id": "d", "name": "there"}
    tenant.post("/v1/", (200, {"reply": {"data": {"1": "PENDING"}, "general_status": "PENDING", "DATA": "x"}}))
    tenant.post("/v1/distributions/get_distributions", (200, {"reply": {"data": [package], "total_count": 1}}))
    ask_for_everything(client, connection, tmp_path)
    asked = {(each.method, each.path) for each in tenant.asked}
    assert asked - set(catalogue) == set()
    wrong = [
        (each.path, sorted(set(each.request_data) - catalogue[each.method, each.path]))
        for each in tenant.asked
        if set(each.request_data) - catalogue[each.method, each.path]
    ]
    assert wrong == []
    assert len(asked) == 20
