# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""illumio-pylo, an independent client, completes its flows against the simulated PCE.

Certificates are verified: the client's own packages make requests use the system's authorities, which is where
SSL_CERT_FILE comes in.
"""

from __future__ import annotations

import itertools
import pathlib
import sys
import time
import typing as t
import warnings

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from simulator.client import SimulatorProcess

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import illumio_pylo as pylo

pytestmark = pytest.mark.filterwarnings("ignore")  # it warns of its own doings
KEYS = {"api_0123456789abcdef": {"secret": "the secret of the key"}}
_numbers = itertools.count(1)


class Rig(t.NamedTuple):
    simulator: SimulatorProcess
    address: str
    client: pylo.APIConnector

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.simulator.ledger(self.address)["submissions"]]


@pytest.fixture(scope="session")
def fast(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[SimulatorProcess]:
    with SimulatorProcess(tmp_path_factory.mktemp("fast"), time_scale=20) as simulator:
        yield simulator


@pytest.fixture
def rig(fast: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[t.Callable[..., Rig]]:
    clients = []
    for name in ("CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, fast.ca_path)
    pause = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: pause(min(seconds, 0.01)))

    def make(secret: str = "the secret of the key", **settings: t.Any) -> Rig:
        settings = {"api_keys": KEYS, "jobs": {"polls": 2}, "queries": {"polls": 3}, **settings}
        address = fast.add_device(f"127.78.0.{next(_numbers)}", system="illumio", **settings)
        client = pylo.APIConnector(address, fast.port, "api_0123456789abcdef", secret, org_id=1)
        clients.append(client)
        return Rig(fast, address, client)

    yield make
    for client in clients:
        client._cached_session.close()


def test_version_and_counts(rig: t.Callable[..., Rig]) -> None:
    client = rig(pce_version="25.2.20", counts={"workloads": 700}).client
    assert client.get_software_version_string() == "25.2.20"
    assert client.get_objects_count_by_type("workloads") == 700


def test_the_certificate_is_verified(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(certificate="untrusted")
    with pytest.raises(pylo.PyloApiEx, match="CERTIFICATE_VERIFY_FAILED"):
        rigged.client.get_software_version()


def test_wrong_secret(rig: t.Callable[..., Rig]) -> None:
    with pytest.raises(pylo.PyloApiEx, match="401"):
        rig("wrong").client.get_software_version()


def test_asynchronous_collections(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(counts={"workloads": 700, "ip_lists": 600})
    found = rigged.client.get_pce_objects(force_async_mode=True)
    assert {name: len(found[name]) for name in ("workloads", "iplists", "labels", "rulesets")} == {
        "workloads": 700,
        "iplists": 603,
        "labels": 24,
        "rulesets": 2,
    }
    assert set(rigged.kinds()) == {"async-get"}


def test_synchronous_collections(rig: t.Callable[..., Rig]) -> None:
    assert len(rig(counts={"workloads": 700}).client.objects_workload_get()) == 700


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"retry_after": -1}, "Retry-After"),
        ({"async_ignored": ["*"]}, "should be 202 but 200"),
        ({"next_jobs": [{"polls": 1, "status": "failed", "result": {}}]}, "can only concatenate str"),
        ({"next_jobs": [{"polls": 1, "lag": 2}]}, "did not return a href"),
    ],
)
def test_it_fails_where_it_was_seen_to_fail(rig: t.Callable[..., Rig], settings: t.Any, words: str) -> None:
    """So the simulator's oddities are those that were measured with this client elsewhere."""
    with pytest.raises(Exception, match=words):
        rig(**settings).client.objects_label_get(async_mode=True)


@pytest.mark.parametrize("draft", [False, True])
def test_traffic_query(rig: t.Callable[..., Rig], draft: bool) -> None:
    rigged = rig(queries={"polls": 3, "rules": {"polls": 2}})
    filters = pylo.ExplorerFilterSetV2(max_results=1000)
    filters.set_time_from_x_seconds_ago(60 * 86400)
    found = rigged.client.explorer_search(filters, draft_mode_enabled=draft).get_all_records()
    assert 30 < len(found) < 50  # of 60 in 90 days
    assert rigged.kinds() == ["traffic-query"]


def test_traffic_query_canceled(rig: t.Callable[..., Rig]) -> None:
    filters = pylo.ExplorerFilterSetV2(max_results=1000)
    filters.set_time_from_x_seconds_ago(60 * 86400)
    with pytest.raises(pylo.PyloApiEx, match="cancelled"):
        rig(next_queries=[{"polls": 1, "status": "cancelled"}]).client.explorer_search(filters)


def test_too_many_requests(rig: t.Callable[..., Rig]) -> None:
    """The client waits and asks again when the body says too_many_requests_error."""
    rigged = rig()
    rigged.client.get_software_version()
    rigged.simulator.fault("too_many_requests", rigged.address, times=2)
    assert len(rigged.client.objects_label_get(max_results=5)) == 5
