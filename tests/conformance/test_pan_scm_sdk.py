# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pan-scm-sdk, an independent client, completes its flows against the simulated tenant.

Certificates are verified, and so are the signatures of tokens. Where the client is known to judge wrongly, it does so
here too: then the simulator is what it is elsewhere.
"""

from __future__ import annotations

import itertools
import time
import typing as t
import uuid

import pydantic
import pytest
from scm.client import Scm as Sdk
from scm.exceptions import APIError, BadRequestError, NotFoundError
from simulator.client import SimulatorProcess

from .scm import CLIENT, CLIENTS, FOLDERS, SECRET, TSG

pytestmark = pytest.mark.filterwarnings("ignore")  # it warns of its own doings
SERIAL, OTHER = "007951000388704", "007951000388707"
POLLED = {"polls": 2, "children": {"*": {"polls": 2, "start": 0}}}
_numbers = itertools.count(1)


class Rig(t.NamedTuple):
    simulator: SimulatorProcess
    address: str
    client: Sdk

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.simulator.ledger(self.address)["submissions"]]


@pytest.fixture
def rig(
    frozen: SimulatorProcess, monkeypatch: pytest.MonkeyPatch, new_address: t.Callable[[], str]
) -> t.Iterator[t.Callable[..., Rig]]:
    """A tenant and a client of it. The tenant's time passes with the client's sleeping."""
    clients = []
    for name in ("CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, frozen.ca_path)
    monkeypatch.setattr(time, "sleep", frozen.advance)

    def make(secret: str = SECRET, path: str = "/am/oauth2/access_token", **settings: t.Any) -> Rig:
        address = frozen.add_device(new_address(), system="scm", **{"clients": CLIENTS, "pushes": POLLED, **settings})
        origin = f"https://{address}:{frozen.port}"
        client = Sdk(client_id=CLIENT, client_secret=secret, tsg_id=TSG, api_base_url=origin, token_url=origin + path)
        clients.append(client)
        return Rig(frozen, address, client)

    yield make
    for client in clients:
        client.session.close()
    frozen.clear_faults()


@pytest.mark.parametrize("path", ["/am/oauth2/access_token", "/oauth2/access_token", "/auth/v1/oauth2/access_token"])
def test_token_is_given_and_its_signature_verified(rig: t.Callable[..., Rig], path: str) -> None:
    rigged = rig(path=path)
    payload = rigged.client.oauth_client.decode_token()
    assert (payload["aud"], payload["tsg_id"]) == (CLIENT, TSG)
    assert rigged.client.oauth_client.is_expired is False
    rigged.client.oauth_client.refresh_token()
    assert rigged.client.list_jobs().total == 30
    assert rigged.kinds() == ["token", "token"]


def test_wrong_secret(rig: t.Callable[..., Rig]) -> None:
    with pytest.raises(APIError) as caught:
        rig(secret="wrong")
    assert "invalid_client" in str(caught.value.__cause__)


def test_the_certificate_is_verified(rig: t.Callable[..., Rig]) -> None:
    with pytest.raises(APIError) as caught:
        rig(certificate="untrusted")
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.__cause__)


def test_a_commit_is_waited_for(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.simulator.act(rigged.address, "changes", place=FOLDERS[0])
    answer = rigged.client.commit(folders=FOLDERS, description="Ticket 7", sync=True)
    assert (answer.success, answer.message) == (True, f"CommitAndPush job enqueued with jobid {answer.job_id}")
    assert rigged.client.get_job_status(answer.job_id).data[0].result_str == "OK"
    children = rigged.client.list_jobs(parent_id=answer.job_id)
    assert sorted(job.description for job in children.data) == [
        f"{name} configuration pushed to cloud" for name in FOLDERS
    ]
    (submission,) = [one for one in rigged.simulator.ledger(rigged.address)["submissions"] if one["kind"] == "push"]
    assert submission["details"] == {"folders": FOLDERS, "devices": [], "admins": [CLIENT]}


def test_the_changes_of_everybody(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.simulator.act(rigged.address, "changes", place=FOLDERS[0], admin="somebody@example.com")
    rigged.client.commit(folders=FOLDERS, description="own")
    rigged.client.commit(folders=FOLDERS, description="all", admin=["all"])
    own, everybody = [one["changes"] for one in rigged.simulator.ledger(rigged.address)["submissions"][1:]]
    assert (own, len(everybody)) == ([], 1)


def test_pages_of_jobs(rig: t.Callable[..., Rig]) -> None:
    client = rig(history=250).client
    first, second = client.list_jobs(), client.list_jobs(limit=200, offset=100)
    assert (len(first.data), first.total, len(second.data)) == (100, 250, 150)


def test_a_folder_that_is_not_there(rig: t.Callable[..., Rig]) -> None:
    with pytest.raises(NotFoundError):
        rig(error_style="live").client.commit(folders=["Nowhere"], description="x")


def test_a_body_that_is_refused(rig: t.Callable[..., Rig]) -> None:
    client = rig().client
    with pytest.raises(BadRequestError):
        client.post("/config/operations/v1/config-versions/candidate:push", json={"folder": FOLDERS})


@pytest.mark.parametrize(
    "method",
    [
        "route_table",
        "fib_table",
        "dns_proxy",
        "device_interfaces",
        "device_rules",
        "bgp_policy_export",
        "logging_service_status",
    ],
)
def test_jobs_on_devices(rig: t.Callable[..., Rig], method: str) -> None:
    rigged = rig(device_jobs={"polls": 3, "devices": {OTHER: {"state": "failed"}}})
    answer = getattr(rigged.client.device_operations, method)([SERIAL, OTHER], sync=True)
    assert (answer.state, [result.state for result in answer.results]) == ("complete", ["complete", "failed"])
    assert rigged.kinds() == ["token", "device-job"]
    with pytest.raises(NotFoundError):
        rigged.client.device_operations.get_job_status(str(uuid.uuid4()))


def test_local_configurations(rig: t.Callable[..., Rig]) -> None:
    client = rig(local_config_bytes=1_200_000).client
    versions = client.local_config.list_versions(SERIAL)
    assert [version.local_version for version in versions] == ["1.0.3", "1.0.2", "1.0.1"]
    assert len(client.local_config.download(SERIAL, "2")) == 1_200_000
    assert client.local_config.list_versions("007951000000001") == []


# What follows are its known faults.


def test_it_takes_a_failed_job_for_a_success(rig: t.Callable[..., Rig]) -> None:
    """It never looks at the result."""
    rigged = rig(pushes={"polls": 2, "result": "FAIL"})
    answer = rigged.client.commit(folders=FOLDERS, description="x", sync=True)
    assert answer.success is True
    assert rigged.client.get_job_status(answer.job_id).data[0].result_str == "FAIL"


def test_it_waits_for_a_job_that_was_aborted(rig: t.Callable[..., Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    rigged = rig(pushes={"polls": 2, "status": "PUSHABORT"})
    now = itertools.count(time.time(), 40)
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    with pytest.raises(TimeoutError, match="did not complete"):
        rigged.client.commit(folders=FOLDERS, description="x", sync=True)


@pytest.mark.parametrize(
    "settings",
    [{"end_ts_active": "empty"}, {"job_shape": "object"}, {"numbers": "integers"}, {"details": "absent"}],
)
def test_it_is_strict_where_tenants_are_not(rig: t.Callable[..., Rig], settings: t.Any) -> None:
    with pytest.raises((pydantic.ValidationError, TypeError)):
        rig(**settings).client.commit(folders=FOLDERS, description="x", sync=True)


def test_an_answer_without_a_body_breaks_it(rig: t.Callable[..., Rig]) -> None:
    rigged = rig(push_answer="empty")
    with pytest.raises(TypeError):
        rigged.client.commit(folders=FOLDERS, description="x")
    assert rigged.kinds() == ["token", "push"]


def test_it_pushes_again_when_a_gateway_fails(rig: t.Callable[..., Rig]) -> None:
    """Trap 16: its HTTP library repeats the POST."""
    rigged = rig()
    rigged.simulator.fault("status_503", rigged.address, match={"step": "submit"}, when="after")
    rigged.client.commit(folders=FOLDERS, description="x")
    assert rigged.kinds() == ["token", "push", "push"]


def test_a_token_that_was_revoked_ends_its_wait(rig: t.Callable[..., Rig]) -> None:
    rigged = rig()
    rigged.simulator.fault("key_expired", rigged.address, match={"step": "poll"})
    with pytest.raises(APIError):
        rigged.client.commit(folders=FOLDERS, description="x", sync=True)
