# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""illumio (illumio-py), the vendor's own client, completes its flows against the simulated PCE."""

from __future__ import annotations

import typing as t
import warnings

import pytest
from simulator.client import SimulatorProcess

from .pce import KEY, KEYS, SECRET

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it has an escape sequence that Python warns of
    import illumio
    from illumio.explorer import TrafficQuery
    from illumio.policyobjects import IPList, IPRange

AT_ONCE = {"pending": 0, "seconds": 0}


class Rig(t.NamedTuple):
    simulator: SimulatorProcess
    address: str
    client: illumio.PolicyComputeEngine


@pytest.fixture
def rig(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Iterator[t.Callable[..., Rig]]:
    clients = []

    def make(**settings: t.Any) -> Rig:
        settings = {"api_keys": KEYS, "retry_after": 0, "jobs": {"polls": 2}, "queries": {"polls": 1}, **settings}
        address = fast.add_device(new_address(), system="illumio", **settings)
        client = illumio.PolicyComputeEngine(f"https://{address}", port=str(fast.port), org_id="1", retry_count=0)
        client.set_credentials(KEY, SECRET)
        client.set_tls_settings(verify=fast.ca_path)
        client._session.trust_env = False
        clients.append(client)
        return Rig(fast, address, client)

    yield make
    for client in clients:
        client._session.close()


def test_connection(rig: t.Callable[..., Rig]) -> None:
    client = rig().client
    assert client.check_connection()
    client.set_credentials(KEY, "wrong")
    assert not client.check_connection()


def test_asynchronous_collections(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(counts={"workloads": 600, "ip_lists": 550})
    workloads = rigged.client.workloads.get_async()
    assert len({one.href for one in workloads}) == 600
    assert {label.key for label in workloads[0].labels} == {"role", "app", "env", "loc"}
    assert len(rigged.client.labels.get_async(params={"key": "app"})) == 6
    assert len(rigged.client.ip_lists.get_async(policy_version="draft")) == 553
    assert len(rigged.client.rule_sets.get_async(policy_version="active")) == 2
    kinds = [one["kind"] for one in rigged.simulator.ledger(rigged.address)["submissions"]]
    assert kinds == ["async-get"] * 4


def test_synchronous_collections(rig: t.Callable[..., Rig]) -> None:
    client = rig(counts={"workloads": 600}).client
    assert len(client.workloads.get()) == 500
    assert len(client.workloads.get_all()) == 600
    assert client.services.get_by_name("All Services").href == "/orgs/1/sec_policy/draft/services/1"


def test_failed_job(rig: t.Callable[..., Rig]) -> None:
    client = rig(next_jobs=[{"polls": 1, "status": "failed", "result": {"message": "too slow for words"}}]).client
    with pytest.raises(illumio.IllumioApiException) as caught:
        client.labels.get_async()
    assert "too slow for words" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"retry_after": -1}, KeyError),
        ({"async_ignored": ["*"]}, KeyError),
        ({"next_jobs": [{"polls": 1, "status": "failed", "result": {}}]}, KeyError),
        ({"next_jobs": [{"polls": 1, "status": "failed", "result": None}]}, TypeError),
        ({"next_jobs": [{"polls": 1, "lag": 2}]}, KeyError),
        ({"location": "absolute"}, illumio.IllumioApiException),
    ],
)
def test_it_fails_where_it_was_seen_to_fail(rig: t.Callable[..., Rig], settings: t.Any, cause: type) -> None:
    """So the simulator's oddities are those that were measured with this client elsewhere."""
    with pytest.raises(illumio.IllumioApiException) as caught:
        rig(**settings).client.labels.get_async()
    assert isinstance(caught.value.__cause__, cause)


def query() -> TrafficQuery:
    return TrafficQuery.build(
        start_date="2020-01-01T00:00:00Z",
        end_date="2100-01-01T00:00:00Z",
        include_services=[{"port": 443, "proto": "tcp"}],
        policy_decisions=["allowed", "blocked"],
        max_results=1000,
    )


def test_traffic_query(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    flows = rigged.client.get_traffic_flows_async("https", query())
    assert flows
    assert {flow.service.port for flow in flows} == {443}
    assert {flow.policy_decision for flow in flows} <= {"allowed", "blocked"}
    (submission,) = rigged.simulator.ledger(rigged.address)["submissions"]
    assert (submission["kind"], submission["description"]) == ("traffic-query", "https")


def test_traffic_query_completed_without_its_result(rig: t.Callable[..., Rig]) -> None:
    with pytest.raises(illumio.IllumioApiException) as caught:
        rig(queries={"polls": 1, "lag": 2}).client.get_traffic_flows_async("early", query())
    assert isinstance(caught.value.__cause__, KeyError)


def test_provisioning(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    made = rigged.client.ip_lists.create(IPList(name="lab", ip_ranges=[IPRange(from_ip="192.0.2.0/24")]))
    version = rigged.client.provision_policy_changes("the lab", [made.href])
    assert (version.version, version.commit_message, version.workloads_affected) == (1321, "the lab", 36)
    assert version.object_counts.ip_lists == 4
    assert rigged.client.ip_lists.get_by_name("lab", policy_version="active").name == "lab"
    with pytest.raises(illumio.IllumioApiException, match="do not have a draft version"):
        rigged.client.provision_policy_changes("again", [made.href])


def test_bulk(rig: t.Callable[..., Rig]) -> None:
    client = rig().client
    made = client.workloads.bulk_create([illumio.workloads.Workload(hostname=f"new-{number}") for number in range(3)])
    assert [one["errors"] for one in made] == [[], [], []]
    managed = client.workloads.get(params={"managed": "true", "max_results": 1})[0]
    (error,) = client.workloads.bulk_delete([*(one["href"] for one in made), managed.href])
    assert (error["href"], error["errors"][0]["token"]) == (managed.href, "method_not_allowed_error")
