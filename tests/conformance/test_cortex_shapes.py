# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answers of the simulated tenant have the shape of the recorded ones."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from simulator.cortex.system import ROUTES

from .conftest import TESTS
from .cortex import Cortex

Make = t.Callable[..., Cortex]
RECORDED = TESTS / "data" / "cortex" / "recorded"
AT_ONCE = {"pending": 0, "seconds": 0, "empty_looks": 0}
QUICK = {"pending": 0, "seconds": 0}


def recorded(name: str) -> t.Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def outline(value: t.Any) -> t.Any:
    """Names in their order and kinds of values; a number is one, with a point or without."""
    if isinstance(value, dict):
        return [(name, outline(each)) for name, each in value.items()]
    if isinstance(value, list):
        return [outline(value[0])] if value else []
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else value.__class__.__name__


def query(client: Cortex) -> str:
    return str(client.reply("xql/start_xql_query", query="dataset = xdr_data"))


def test_xql_pending(cortex: Make) -> None:
    client = cortex()
    assert client.post("xql/get_query_results", query_id=query(client)).json() == recorded("xql_results_pending")


def test_xql_success(cortex: Make) -> None:
    expected = recorded("xql_results_success")
    client = cortex(queries={**QUICK, "data": expected["reply"]["results"]["data"]})
    found = client.post("xql/get_query_results", query_id=query(client)).json()
    assert outline(found) == outline(expected)
    for name in ("status", "number_of_results", "results", "query_cost"):
        assert found["reply"][name] == expected["reply"][name]


def test_xql_quota(cortex: Make) -> None:
    found = cortex(quota_shape="short").post("xql/get_quota").json()
    assert outline(found) == outline(recorded("xql_quota"))
    assert found == recorded("xql_quota")


def test_scan_endpoints(cortex: Make) -> None:
    client = cortex(action_answer="short", first_action_id=123)
    assert client.post("endpoints/scan", filters="all").json() == recorded("scan_endpoints")


def test_action_status(cortex: Make) -> None:
    expected = recorded("action_status_get")
    first, second = expected["reply"]["data"]
    client = cortex(
        endpoints=[{"id": first}, {"id": second}],
        actions={**AT_ONCE, "endpoints": {second: {"end": "FAILED"}}},
        error_reasons="none",
    )
    action = client.reply("endpoints/scan", filters="all")["action_id"]
    assert client.post("actions/get_action_status", group_action_id=action).json() == expected


def test_run_script(cortex: Make) -> None:
    expected = recorded("run_script")
    client = cortex(endpoints=1, first_action_id=expected["reply"]["action_id"])
    found = client.post("scripts/run_snippet_code_script", filters=[], snippet_code="x").json()
    assert found == expected


@pytest.mark.parametrize("links", ["signed", "tenant"])
def test_file_details(cortex: Make, links: str) -> None:
    client = cortex(endpoints=[{"id": "endpoint_test"}], actions=AT_ONCE, file_links=links)
    action = client.reply("endpoints/file_retrieval", filters=[], files={"linux": ["/x"]})["action_id"]
    found = client.post("actions/file_retrieval_details", group_action_id=action).json()
    assert outline(found) == outline(recorded("retrieve_file_details"))


def test_distributions(cortex: Make) -> None:
    client = cortex(distributions=QUICK)
    wanted = {"name": "n", "platform": "linux", "package_type": "standalone", "agent_version": "8.5.0.1000"}
    created = client.post("distributions/create", **wanted).json()
    assert outline(created) == outline(recorded("create_distribution"))
    package = created["reply"]["distribution_id"]
    assert len(package) == len(recorded("create_distribution")["reply"]["distribution_id"])
    assert client.post("distributions/get_status", distribution_id=package).json() == recorded(
        "get_distribution_status"
    )
    found = client.post("distributions/get_dist_url", distribution_id=package, package_type="sh").json()
    assert outline(found) == outline(recorded("get_distribution_url"))


def test_every_call_is_in_the_catalogue_of_an_independent_client() -> None:
    """All but the download of a retrieved file, which that client posts to whatever address it was given."""
    catalogue = json.loads((RECORDED.parent / "operation_catalog_async_subset.json").read_text(encoding="utf-8"))
    known = {(one["http_method"].upper(), re.sub(r"\{\w+\}", "{}", one["path"])) for one in catalogue}
    played = {(route.method, re.sub(r"\(\?P<\w+>[^)]*\)", "{}", route.path.pattern)) for route in ROUTES}
    assert played - known == {("POST", "/public_api/v1/download/{}")}


def test_every_recorded_answer_is_compared() -> None:
    """With the text of this file: a recording that is added wants a test."""
    text = (TESTS / "conformance" / "test_cortex_shapes.py").read_text(encoding="utf-8")
    assert [path.stem for path in RECORDED.glob("*.json") if f'"{path.stem}"' not in text] == []
