# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault does what it says, seen by a plain client or a bare socket."""

from __future__ import annotations

import concurrent.futures
import socket
import ssl
import time
import typing as t

import pytest
import requests
from simulator.client import SimulatorError, SimulatorProcess

from .conftest import ADMINS, Api

CHECK = "<check><pending-changes></pending-changes></check>"


def ready(device: t.Callable[..., Api], **settings: t.Any) -> Api:
    """A device with a pending change whose commit takes 20 seconds."""
    api = device(**settings)
    api.change()
    return api


def submitted(api: Api) -> int:
    return len(api.ledger()["submissions"])


def raw(api: Api, body: str) -> bytes:
    """The bytes of an answer as they come over the wire, until the peer closes."""
    context = ssl.create_default_context(cafile=api.simulator.ca_path)
    plain = socket.create_connection((api.address, api.simulator.port), timeout=10)
    with plain, context.wrap_socket(plain, server_hostname=api.address) as connection:
        head = (
            f"POST /api/ HTTP/1.1\r\nHost: {api.address}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-PAN-KEY: {api.session.headers['X-PAN-KEY']!s}\r\n\r\n"
        )
        connection.sendall(head.encode() + body.encode())
        received = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ssl.SSLEOFError:
                break
            if not piece:
                break
            received += piece
    return received


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(("kind", "count"), [("drop_before", 0), ("drop_after", 1)])
def test_drop(device: t.Callable[..., Api], kind: str, count: int, reset: bool) -> None:
    api = ready(device)
    api.simulator.fault(kind, api.address, match={"step": "submit"}, reset=reset)
    with pytest.raises(requests.exceptions.ConnectionError):
        api.commit()
    assert submitted(api) == count
    assert len(api.op("<show><jobs><all/></jobs></show>").xml.findall("result/job")) == 1 + count


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_a_dropped_connection_carries_not_one_byte(device: t.Callable[..., Api], kind: str) -> None:
    api = ready(device)
    api.simulator.fault(kind, api.address, match={"step": "submit"})
    assert raw(api, "type=commit&cmd=%3Ccommit%2F%3E") == b""


def test_cut_body(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("cut_body", api.address, match={"step": "submit"})
    head, _blank, body = raw(api, "type=commit&cmd=%3Ccommit%2F%3E").partition(b"\r\n\r\n")
    promised = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert len(body) == promised // 2
    assert body.startswith(b'<response status="success" code="19">')
    assert submitted(api) == 1


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_status(device: t.Callable[..., Api], status: int, when: str, count: int) -> None:
    api = ready(device)
    api.simulator.fault(f"status_{status}", api.address, match={"step": "submit"}, when=when, retry_after=7)
    answer = api.commit()
    assert (answer.http, answer.headers["Retry-After"], submitted(api)) == (status, "7", count)


def test_status_without_retry_after(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("status_429", api.address)
    assert "Retry-After" not in api.op(CHECK).headers


@pytest.mark.parametrize("status", [200, 503])
def test_html(device: t.Callable[..., Api], status: int) -> None:
    api = ready(device)
    api.simulator.fault("html", api.address, status=status)
    answer = api.op(CHECK)
    assert (answer.http, answer.text[:6]) == (status, "<html>")
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("kind", "first"), [("garbage", b"\x00"), ("empty", b"")])
def test_garbage_and_empty(device: t.Callable[..., Api], kind: str, first: bytes) -> None:
    api = ready(device)
    api.simulator.fault(kind, api.address)
    answer = api.session.post(api.url, data={"type": "op", "cmd": CHECK}, timeout=10)
    assert (answer.status_code, answer.content[:1]) == (200, first)
    assert answer.headers["Content-Type"].startswith("application/xml")


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow(device: t.Callable[..., Api], when: str) -> None:
    api = ready(device)
    api.simulator.fault("slow", api.address, match={"step": "submit"}, seconds=1, when=when)
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(api.commit)
        time.sleep(0.5)
        during = submitted(api)
        assert answer.result().status == "success"
    assert time.monotonic() - begun >= 1
    assert (during, submitted(api)) == (0 if when == "before" else 1, 1)


def test_delayed_effect(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("delayed_effect", api.address, match={"step": "submit"}, seconds=30)
    with pytest.raises(requests.exceptions.ConnectionError):
        api.commit()
    api.simulator.advance(29)
    assert submitted(api) == 0
    api.simulator.advance(2)
    assert submitted(api) == 1
    assert api.word(2) == "ACT/PEND"


def test_huge(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("huge", api.address, bytes=3_000_000)
    received = raw(api, "type=op&cmd=%3Cshow%2F%3E")
    assert 3_000_000 < len(received) < 3_100_000


def test_trickle(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("trickle", api.address, seconds=1)
    begun = time.monotonic()
    received = raw(api, "type=op&cmd=%3Cshow%2F%3E")
    assert time.monotonic() - begun >= 1
    assert b"<result>" in received
    assert b"</result>" not in received


def test_reply_of_choice(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("reply", api.address, body="<strange/>", status=202, content_type="text/plain")
    answer = api.op(CHECK)
    assert (answer.http, answer.text, answer.headers["Content-Type"]) == (202, "<strange/>", "text/plain")


@pytest.mark.parametrize(
    ("kind", "options", "http", "code", "text"),
    [
        ("session_timeout", {}, 200, "22", "Session timed out"),
        ("invalid_key", {}, 403, "403", "Invalid Credential"),
        ("invalid_key", {"status": 200}, 200, "403", "Invalid Credential"),
        ("refuse", {"text": "Another sync is in progress.", "code": "13"}, 200, "13", "Another sync is in progress."),
    ],
)
def test_errors_of_the_system(
    device: t.Callable[..., Api], kind: str, options: dict[str, t.Any], http: int, code: str, text: str
) -> None:
    api = ready(device)
    api.simulator.fault(kind, api.address, match={"step": "submit"}, **options)
    answer = api.commit()
    assert (answer.http, answer.code, submitted(api)) == (http, code, 0)
    assert "".join(answer.xml.itertext()) == text
    assert api.commit().status == "success"


def test_session_timeout_as_http(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("session_timeout", api.address, status=401)
    assert api.op(CHECK).http == 401


@pytest.mark.parametrize(
    ("kind", "field", "expected"),
    [
        ("unknown_state", "status", "SUSPENDED"),
        ("without_status", "status", None),
        ("failed_job", "type", "Failed-Job"),
    ],
)
def test_odd_polls(device: t.Callable[..., Api], kind: str, field: str, expected: str | None) -> None:
    api = ready(device)
    api.commit()
    api.simulator.fault(kind, api.address, match={"step": "poll"})
    assert api.job(2).findtext(field) == expected
    assert api.word(2) == "ACT/PEND"


def test_clock_in_progress(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.commit()
    api.simulator.fault("clock_in_progress", api.address, match={"step": "poll"})
    assert (api.job(2).findtext("progress") or "").count(":") == 2
    assert api.job(2).findtext("progress") == "0"


def test_which_request_is_hit(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    other = device()
    api.simulator.fault("status_503", api.address, match={"type": "op", "cmd_contains": "pending"}, skip=1, times=2)
    assert api.op("<show><jobs><all/></jobs></show>").http == 200
    assert [api.op(CHECK).http for _number in range(4)] == [200, 503, 503, 200]
    assert other.op(CHECK).http == 200
    (rule,) = api.simulator.faults()
    assert (rule["hits"], rule["times"]) == (2, 0)


def test_for_ever_and_cleared(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("status_503", api.address, times="forever")
    assert {api.op(CHECK).http for _number in range(5)} == {503}
    api.simulator.clear_faults()
    assert api.op(CHECK).http == 200


@pytest.mark.parametrize(
    "spec",
    [
        {"fault": "nonsense"},
        {"fault": "drop_after", "match": {"colour": "red"}},
        {"fault": "drop_after", "times": 0},
        {"fault": "drop_after", "colour": "red"},
        {"fault": "status_503", "when": "never"},
    ],
)
def test_a_wrong_fault_is_refused(frozen: SimulatorProcess, spec: dict[str, t.Any]) -> None:
    with pytest.raises(SimulatorError):
        frozen.call("POST", "/faults", spec)
    assert frozen.faults() == []


def test_silent_outage(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.outage(api.address, "silent", seconds=60)
    with pytest.raises((requests.exceptions.Timeout, requests.exceptions.ConnectionError)):
        api.session.post(api.url, data={"type": "op", "cmd": CHECK}, timeout=0.5)
    api.simulator.advance(61)
    assert api.op(CHECK).http == 200


def test_an_outage_can_be_planned(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.outage(api.address, "refused", after=10, seconds=10)
    seen = []
    for _number in range(3):
        try:
            seen.append(api.op(CHECK).http)
        except requests.exceptions.ConnectionError:
            seen.append(0)
        api.simulator.advance(11)
    assert seen == [200, 0, 200]


def test_a_restart_does_not_end_an_outage_without_an_end(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.outage(api.address, "refused")
    api.simulator.act(api.address, "restart-management", seconds=10)
    api.simulator.advance(60)
    with pytest.raises(requests.ConnectionError):
        api.op(CHECK)
    api.simulator.outage(api.address, "none")
    assert api.op(CHECK).http == 200


@pytest.mark.parametrize("certificate", ["wrong_name", "expired", "untrusted"])
def test_certificates_not_to_be_trusted(
    frozen: SimulatorProcess, new_address: t.Callable[[], str], certificate: str
) -> None:
    address = frozen.add_device(new_address(), certificate=certificate)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{address}:{frozen.port}/api/", verify=frozen.ca_path, timeout=10)
    frozen.configure(address, certificate="valid")
    answer = requests.get(f"https://{address}:{frozen.port}/api/", verify=frozen.ca_path, timeout=10)
    assert answer.status_code == 400


def test_client_certificate(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> None:
    address = frozen.add_device(new_address(), client_certificate="required")
    url = f"https://{address}:{frozen.port}/api/"
    good, bad = frozen.client_certificate("good"), frozen.client_certificate("bad", trusted=False)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, verify=frozen.ca_path, timeout=10)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, verify=frozen.ca_path, cert=(bad["cert"], bad["key"]), timeout=10)
    answer = requests.get(url, verify=frozen.ca_path, cert=(good["cert"], good["key"]), timeout=10)
    assert answer.status_code == 400


def test_counters(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault("slow", api.address, seconds=0.5, times="forever")
    clients = [Api(api.simulator, api.address) for _number in range(3)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda client: client.op(CHECK), clients))
    ledger = api.ledger()
    assert ledger["peak"][api.address] == 3
    assert ledger["requests"][api.address] == {"keygen": 4, "pending": 3}


def test_wrong_demands_on_the_control_api(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> None:
    for spec in (
        {"address": "192.0.2.1"},
        {"address": new_address(), "colour": "red"},
        {"address": new_address(), "system": "nonsense"},
        {"address": new_address(), "noop_style": "nonsense"},
        {"address": new_address(), "admins": {"x": {"role": "superuser"}}},
    ):
        with pytest.raises(SimulatorError):
            frozen.call("POST", "/devices", spec)
    with pytest.raises(SimulatorError):
        frozen.act("127.99.99.99", "reboot")
    address = frozen.add_device(new_address())
    with pytest.raises(SimulatorError):
        frozen.act(address, "nonsense")
    with pytest.raises(SimulatorError):
        frozen.add_device(address)
    frozen.remove_device(address)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"https://{address}:{frozen.port}/", verify=frozen.ca_path, timeout=10)


def test_many_devices(tmp_path: t.Any) -> None:
    with SimulatorProcess(tmp_path, frozen=True) as simulator:
        begun = time.monotonic()
        addresses = simulator.add_devices("127.80.0.1", 1000, hostname="fw{n}", serial="S{n}", admins=ADMINS)
        assert time.monotonic() - begun < 10
        assert (len(addresses), addresses[999]) == (1000, "127.80.3.232")
        last = Api(simulator, addresses[999])
        assert last.op("<show><system><info/></system></show>").get("result/system/hostname") == "fw1000"


def test_it_ends_with_its_time(tmp_path: t.Any) -> None:
    simulator = SimulatorProcess(tmp_path, max_lifetime=1)
    assert simulator.process.wait(timeout=10) == 0
    assert not (tmp_path / "ready.json").exists()


def test_a_fault_that_lasts_and_spreads(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.fault(
        "status_503", api.address, match={"step": "pending"}, skip=1, times="forever", lasts=30, spreads=True
    )
    assert api.op(CHECK).http == 200
    assert api.op("<show><jobs><all/></jobs></show>").http == 200
    assert api.op(CHECK).http == 503
    assert api.op("<show><jobs><all/></jobs></show>").http == 503
    api.simulator.advance(31)
    assert api.op(CHECK).http == 200


@pytest.mark.parametrize(("when", "count"), [("before", 0), ("after", 1)])
def test_an_address_that_goes_away_with_a_request(device: t.Callable[..., Api], when: str, count: int) -> None:
    api = ready(device)
    api.simulator.fault("outage", api.address, match={"step": "submit"}, mode="refused", when=when, lasts=60)
    with pytest.raises(requests.ConnectionError):
        api.commit()
    with pytest.raises(requests.ConnectionError, match="refused"):
        api.op(CHECK)
    api.simulator.advance(61)
    assert api.op(CHECK).http == 200
    assert submitted(api) == count


def test_a_certificate_that_is_untrusted_for_a_while(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.simulator.outage(api.address, "untrusted", seconds=60)
    api.session.close()  # else the client may still write to the connection that has just been cut
    with pytest.raises(requests.exceptions.SSLError, match="certificate verify failed"):
        api.op(CHECK)
    api.simulator.advance(61)
    assert api.op(CHECK).http == 200


def test_the_log_says_what_a_request_submitted(device: t.Callable[..., Api]) -> None:
    api = ready(device)
    api.op(CHECK)
    api.commit()
    asked, committed = api.simulator.requests(api.address)[-2:]
    assert (asked["submitted"], committed["submitted"]) == ([], ["commit"])
    assert asked["status"] == 200
    assert asked["size"] > 0
