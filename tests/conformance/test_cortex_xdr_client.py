# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cortex-xdr-client, an independent client, completes its flows against the simulated tenant, with both kinds of keys.

It puts ``api-`` before every host: here its base URL is the tenant's address instead. It uses the authorities of
REQUESTS_CA_BUNDLE, so certificates are verified.
"""

from __future__ import annotations

import io
import typing as t
import zipfile

import pytest
import requests
from simulator.client import SimulatorProcess

from .cortex import DEFINITION, KEYS

pytest.importorskip("cortex_xdr_client", reason="cortex-xdr-client needs Python 3.11")

from cortex_xdr_client.api.authentication import Authentication, AuthenticationType
from cortex_xdr_client.api.base_api import BaseAPI
from cortex_xdr_client.api.models.exceptions import UnsuccessfulQueryStatusException
from cortex_xdr_client.client import CortexXDRClient

AT_ONCE = {"pending": 0, "seconds": 0, "empty_looks": 0}
AGENT = "a test"
LIST = "0123456789abcdef0123456789abcdef"


class Rig(t.NamedTuple):
    simulator: SimulatorProcess
    address: str
    client: CortexXDRClient

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.simulator.ledger(self.address)["submissions"]]

    def ids(self) -> list[str]:
        return [one["endpoint_id"] for one in self.simulator.device(self.address)["endpoints"]]


Make = t.Callable[..., Rig]


@pytest.fixture(params=["standard", "advanced"])
def rig(
    request: pytest.FixtureRequest,
    fast: SimulatorProcess,
    new_address: t.Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Make:
    for name in ("CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", fast.ca_path)
    key_id, kind = {"standard": (1, AuthenticationType.STANDARD), "advanced": (2, AuthenticationType.ADVANCED)}[
        request.param
    ]

    def make(key: str | None = None, version: int = 5, **settings: t.Any) -> Rig:
        # Its models want action ids as strings.
        address = fast.add_device(
            new_address(), system="cortex", **{"api_keys": KEYS, "action_ids": "string", **settings}
        )
        client = CortexXDRClient(
            Authentication(key or KEYS[str(key_id)]["key"], key_id, kind), "tenant.example.com", api_version=version
        )
        for api in vars(client).values():
            if isinstance(api, BaseAPI):
                api._base_url = f"https://{address}:{fast.port}"
        return Rig(fast, address, client)

    return make


def test_a_wrong_key(rig: Make) -> None:
    rigged = rig(key="wrong")
    with pytest.raises(requests.HTTPError, match="401"):
        rigged.client.xql_api.get_quota(body={})
    refusals = rigged.simulator.device(rigged.address)["key_refusals"]
    assert refusals in ({"wrong key": 1}, {"wrong hash": 1})


def test_network_scans(rig: Make) -> None:
    rigged = rig(runs={"states": ["New", "Running", "Completed"]})
    api = rigged.client.netscan_api
    made = api.configure_new_scan(user_agent=AGENT, **DEFINITION)
    definition = made["definition_id"]
    assert api.public_launch_scan_run(user_agent=AGENT, definition_id=definition) == {
        "DATA": "Scan launched successfully with run ID: 789"
    }
    by_id = api.public_launch_scan_run_by_id(
        user_agent=AGENT, id=definition, definition_id=definition, target="192.0.2.9"
    )
    assert by_id["DATA"].endswith(": 790")
    first = api.public_scan_definition_run_status(id=789, fields=["status"], user_agent=AGENT)
    second = api.public_get_scan_definition_run_status(id=789, fields=["status"], user_agent=AGENT)
    assert [first, second] == [{"DATA": "Scan is in New state"}, {"DATA": "Scan is in Running state"}]
    api.public_scan_definition_run_action(id=790, type="ABORT", user_agent=AGENT)
    assert rigged.kinds() == ["scan-definition", "network-scan", "network-scan", "scan-command"]


@pytest.mark.parametrize("version", [3, 5])
def test_queries(rig: Make, version: int) -> None:
    rigged = rig(version=version, next_queries=[{"rows": 7, "states": ["PENDING", "SUCCESS"]}])
    api = rigged.client.xql_api
    query = api.start_xql_query("dataset = xdr_data", time_period=86400000, tenants=[])
    with pytest.raises(UnsuccessfulQueryStatusException):
        api.get_query_results(query)  # it does not wait
    assert len(api.get_query_results(query)["data"]) == 7
    assert api.get_quota(body={"request_data": {}})["reply"]["total_daily_running_queries"] == 1
    assert rigged.kinds() == ["xql-query"]


def test_a_query_that_is_waited_for(rig: Make) -> None:
    api = rig(queries={"pending": 2, "seconds": 2}).client.xql_api
    query = api.start_xql_query("dataset = xdr_data")
    assert len(api.get_query_results(query, params={"pending_flag": False})["data"]) == 5


@pytest.mark.parametrize("encoding", ["none", "marked"])
def test_streams(rig: Make, encoding: str) -> None:
    api = rig(queries={"pending": 0, "seconds": 0, "rows": 2500}, stream_encoding=encoding).client.xql_api
    rows = api.get_query_results(api.start_xql_query("dataset = xdr_data"))["data"]
    assert len({row["event_id"] for row in rows}) == 2500


@pytest.mark.parametrize("version", [3, 5])
def test_endpoints_and_actions(rig: Make, version: int) -> None:
    rigged = rig(version=version, actions={**AT_ONCE, "endpoints": {"host2": {"end": "FAILED"}}})
    api, ids = rigged.client.endpoints_api, rigged.ids()
    assert [one.agent_id for one in api.get_all_endpoints().reply] == ids
    assert [one.endpoint_id for one in api.get_endpoint(endpoint_id_list=ids[:2]).reply.endpoints] == ids[:2]
    isolated = api.isolate_endpoints(ids).reply
    assert (isolated.status, isolated.endpoints_count) == (1, 3)
    states = rigged.client.actions_api.get_action_status(int(isolated.action_id)).reply.data.root
    assert list(states.values()) == ["COMPLETED_SUCCESSFULLY", "FAILED", "COMPLETED_SUCCESSFULLY"]
    api.unisolate_endpoints(ids)
    api.scan_endpoints(hostname=["host1"])
    api.scan_all_endpoints()
    api.quarantine_file(ids, file_path="/tmp/x", file_hash="a" * 64)
    assert rigged.kinds() == [
        "endpoint-isolate",
        "endpoint-unisolate",
        "endpoint-scan",
        "endpoint-scan",
        "endpoint-quarantine",
    ]


def test_files(rig: Make) -> None:
    rigged = rig(actions=AT_ONCE, endpoints=1, file_links="tenant")
    retrieval = rigged.client.endpoints_api.file_retrieval(
        filters=[{"field": "endpoint_id_list", "operator": "in", "value": rigged.ids()}],
        files={"linux": ["/etc/hosts"]},
    )
    details = rigged.client.actions_api.get_file_retrieval_details(int(retrieval["reply"]["action_id"]))
    (link,) = details.reply.data.root.values()
    assert zipfile.ZipFile(io.BytesIO(rigged.client.download_api.download_file(link))).namelist() == ["retrieved.bin"]


@pytest.mark.parametrize("version", [3, 5])
def test_scripts(rig: Make, version: int) -> None:
    rigged = rig(version=version, actions={**AT_ONCE, "files": 1, "return_value": "7"}, endpoints=2)
    api, ids = rigged.client.scripts_api, rigged.ids()
    assert LIST in [one.script_uid for one in api.get_scripts().scripts]
    assert api.get_script_metadata(LIST).name == "list_processes"
    action = int(api.run_script(LIST, {}, ids)["action_id"])
    assert api.get_script_execution_status(action).endpoints_completed_successfully == 2
    found = api.get_script_execution_results(action)
    assert [one.standard_output for one in found.results] == ["7", "7"]
    link = api.get_script_execution_result_files(action, ids[0])
    assert requests.get(link, timeout=20).content[:2] == b"PK"
    assert int(api.run_snippet_code_script("print(1)", ids[:1])["action_id"]) == action + 1
    assert rigged.kinds() == ["script-run", "snippet-run"]


@pytest.mark.parametrize("version", [3, 5])
def test_packages(rig: Make, version: int) -> None:
    rigged = rig(version=version, distributions={"pending": 0, "seconds": 0})
    api = rigged.client.distributions_api
    agent = api.get_versions(body={"request_data": {}})["reply"]["linux"][-1]
    made = api.create(name="agents", platform="linux", package_type="standalone", agent_version=agent)
    package = made["reply"]["distribution_id"]
    assert api.get_status(distribution_id=package) == {"reply": {"status": "Completed"}}
    link = api.get_dist_url(distribution_id=package, package_type="rpm")["reply"]["distribution_url"]
    assert len(requests.get(link, timeout=20).content) == 200_000
    assert api.get_distributions()["reply"]["total_count"] == 1
    assert api.delete(distribution_id=package) == {"reply": True}
