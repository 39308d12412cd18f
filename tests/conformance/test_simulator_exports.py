# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exports: the life of an Exec job, files of any size that are sent in pieces, and what can happen to them."""

from __future__ import annotations

import gzip
import hashlib
import io
import pathlib
import struct
import tarfile
import typing as t
import xml.etree.ElementTree as ET

import pytest
import requests
from simulator.client import SimulatorProcess
from simulator.panos.archives import pcap, tar_gz

from .conftest import ADMINS, RECORDED, Answer, Api
from .test_simulator_shapes import outline

TECH = {"type": "export", "category": "tech-support"}


def download(api: Api, **parameters: str) -> requests.Response:
    return api.session.post(api.url, data={"type": "export", **parameters}, timeout=20)


def status(api: Api, job: str = "2", category: str = "tech-support") -> Answer:
    return api.post(type="export", category=category, action="status", **{"job-id": job})


def fetch(api: Api, job: str = "2") -> requests.Response:
    return download(api, category="tech-support", action="get", **{"job-id": job})


def finished(api: Api) -> Api:
    """A tech support file is ready, as job 2."""
    assert api.post(**TECH).get("result/job") == "2"
    api.simulator.advance(30)
    return api


def tar_names(content: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return archive.getnames()


def test_submit_and_status_are_the_recordings(device: t.Callable[..., Api]) -> None:
    api = device()
    answer = api.post(**TECH)
    expected = ET.parse(RECORDED / "doc_techsupport_submit.xml").getroot()
    assert outline(answer.xml) == outline(expected)
    assert answer.get("result/msg/line") == expected.findtext("result/msg/line")
    api.simulator.advance(30)
    answer = status(api)
    expected = ET.parse(RECORDED / "doc_techsupport_status_FIN.xml").getroot()
    assert outline(answer.xml) == outline(expected)
    for field in ("id", "type", "status", "stoppable", "result", "resultfile"):
        assert answer.get(f"result/job/{field}") == expected.findtext(f"result/job/{field}"), field
    assert answer.get("result/job/progress") == answer.get("result/job/tfin")
    assert len(answer.get("result/job/tfin")) == len("10:12:39")


def test_headers_of_the_file(device: t.Callable[..., Api]) -> None:
    response = fetch(finished(device()))
    documented = dict(
        line.split(": ", 1) for line in (RECORDED / "doc_techsupport_get_headers.txt").read_text().splitlines() if line
    )
    length = documented.pop("Content-Length")
    assert {name: response.headers[name] for name in documented} == documented
    assert length.isdigit()
    assert response.headers["Content-Length"] == str(len(response.content)) == "262144"
    assert "var/log/pan/mp-monitor.log" in tar_names(response.content)


def test_life_of_the_job(device: t.Callable[..., Api]) -> None:
    api = device(export_seconds=10)
    job = api.post(**TECH).get("result/job")
    api.simulator.advance(5)
    record = status(api)
    assert [record.get(f"result/job/{field}") for field in ("status", "result", "progress")] == ["ACT", "PEND", "50"]
    assert record.xml.find("result/job/resultfile") is None
    assert (fetch(api).status_code, "not finished" in fetch(api).text) == (200, True)
    assert api.job(job).findtext("type") == "Exec"
    assert api.word(job) == "ACT/PEND"
    api.simulator.advance(5)
    assert api.word(job) == "FIN/OK"
    assert fetch(api).headers["Content-Type"] == "application/octet-stream"
    for answer in (status(api), Answer(fetch(api))):
        assert (answer.status, answer.code) == ("error", "7")
    assert "Exec" not in api.op("<show><jobs><all/></jobs></show>").text


def test_ends_with_a_look(device: t.Callable[..., Api]) -> None:
    api = device(export_polls=3)
    api.post(**TECH)
    assert [status(api).get("result/job/status") for _look in range(3)] == ["ACT", "ACT", "FIN"]


def test_failed(device: t.Callable[..., Api]) -> None:
    api = finished(device(export_errors=["No space left on device"]))
    record = status(api)
    assert [record.get(f"result/job/{field}") for field in ("status", "result", "details/line")] == [
        "FIN",
        "FAIL",
        "No space left on device",
    ]
    assert record.xml.find("result/job/resultfile") is None
    assert Answer(fetch(api)).message == "job 2 failed"


def test_finish_stops(device: t.Callable[..., Api]) -> None:
    api = device()
    api.post(**TECH)
    answer = api.post(**TECH, action="finish", **{"job-id": "2"})
    assert (answer.status, answer.get("result/job")) == ("success", "2")
    assert status(api).code == "7"
    assert "Exec" not in api.op("<show><jobs><all/></jobs></show>").text


def test_stats_dump_is_for_firewalls(device: t.Callable[..., Api]) -> None:
    api = device()
    job = api.post(type="export", category="stats-dump").get("result/job")
    api.simulator.advance(30)
    # A job of one category is not one of the other.
    assert status(api, job).code == "7"
    assert status(api, job, "stats-dump").get("result/job/status") == "FIN"
    content = download(api, category="stats-dump", action="get", **{"job-id": job}).content
    assert tar_names(content)
    panorama = device(kind="panorama")
    assert panorama.post(type="export", category="stats-dump").status == "error"
    assert panorama.post(type="export", category="tech-support").status == "success"


def test_ledger_and_steps(device: t.Callable[..., Api]) -> None:
    api = finished(device())
    status(api)
    fetch(api)
    api.post(**TECH, action="finish", **{"job-id": "2"})
    api.post(type="export", category="stats-dump")
    download(api, category="device-state")
    ledger = api.ledger()
    assert [(one["kind"], one["job"], one["details"]) for one in ledger["submissions"]] == [
        ("tech-support", "2", {"category": "tech-support"}),
        ("stats-dump", "3", {"category": "stats-dump"}),
    ]
    steps = {name: count for name, count in ledger["requests"][api.address].items() if name != "keygen"}
    assert steps == {"submit": 2, "poll": 1, "get": 1, "finish": 1, "export": 1}


def test_permission(device: t.Callable[..., Api]) -> None:
    api = device(admins={"admin": {"password": "correct horse", "role": "custom", "permissions": ["op"]}})
    answer = api.post(**TECH)
    assert (answer.http, answer.message) == (403, "Type [export] not authorized for user role.")


def test_through_panorama(device: t.Callable[..., Api]) -> None:
    firewall = device(serial="EXPORTS1")
    panorama = device(kind="panorama", manages=["EXPORTS1"])
    assert panorama.post(**TECH, target="EXPORTS1").get("result/job") == "2"
    firewall.simulator.advance(30)
    assert (
        panorama.post(**TECH, target="EXPORTS1", action="status", **{"job-id": "2"}).get("result/job/status") == "FIN"
    )
    assert status(firewall).get("result/job/status") == "FIN"


# At once


def test_configuration(device: t.Callable[..., Api]) -> None:
    api = device()
    response = download(api, category="configuration")
    assert response.headers["Content-Type"].startswith("application/xml")
    assert ET.fromstring(response.content).tag == "config"
    assert download(api, category="configuration").content == response.content
    xpath = "/config/shared/tag"
    api.post(type="config", action="set", xpath=xpath, element="<entry name='dmz'/>")
    assert download(api, category="configuration").content == response.content
    api.commit()
    api.simulator.advance(20)
    assert ET.fromstring(download(api, category="configuration").content).find("shared/tag/entry") is not None


def test_device_state_changes_with_the_configuration_only(device: t.Callable[..., Api]) -> None:
    api = device()

    def state() -> bytes:
        return download(api, category="device-state").content

    first = state()
    assert first[:2] == b"\x1f\x8b"
    api.simulator.advance(5)
    assert state() == first
    api.post(type="config", action="set", xpath="/config/shared/tag", element="<entry name='dmz'/>")
    assert state() == first
    api.commit()
    api.simulator.advance(20)
    second = state()
    assert (second != first, len(second)) == (True, len(first))
    with tarfile.open(fileobj=io.BytesIO(second), mode="r:gz") as archive:
        member = archive.extractfile("running-config.xml")
        assert member is not None
        assert b"dmz" in member.read()


def test_tech_support_is_the_same_until_told_otherwise(device: t.Callable[..., Api]) -> None:
    api = device()
    digests = []
    for number, seed in enumerate(("", "", "later")):
        api.simulator.configure(api.address, export_seed=seed)
        api.post(**TECH)
        api.simulator.advance(30)
        digests.append(hashlib.sha256(fetch(api, str(2 + number)).content).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_packet_captures(device: t.Callable[..., Api]) -> None:
    api = device(export_sizes={"application-pcap": 100_000})

    def names(**parameters: str) -> list[str | None]:
        answer = Answer(download(api, **parameters))
        return [file.text for file in answer.xml.findall("result/dir-listing/file")]

    (first, *_others) = names(category="application-pcap")
    assert first == "/20240501"
    (path, *_others) = names(category="application-pcap", **{"from": first})
    assert path is not None
    response = download(api, category="application-pcap", **{"from": path})
    assert struct.unpack("<I", response.content[:4]) == (0xA1B2C3D4,)
    assert len(response.content) == 100_000
    assert response.headers["Content-Disposition"] == f"attachment; filename={path.rsplit('/', 1)[1]}"
    assert Answer(download(api, category="application-pcap", **{"from": "/20200101"})).code == "7"
    assert names(category="filter-pcap") == ["/capture-rx", "/capture-tx", "/capture-fw"]
    assert len(download(api, category="filter-pcap", **{"from": "capture-rx"}).content) == 8192
    assert Answer(download(api, category="dlp-pcap")).http == 400
    assert len(names(category="dlp-pcap", **{"dlp-password": "p"})) == 1
    response = download(api, category="threat-pcap", pcapid="1206450340254187521")
    assert response.headers["Content-Disposition"] == "attachment; filename=1206450340254187521.pcap"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"category": "weather"},
        {"category": "device-state", "action": "status", "job-id": "1"},
        {"category": "tech-support", "action": "status"},
        {"category": "tech-support", "action": "look", "job-id": "1"},
        {"category": "tech-support", "job-id": "1"},
        {"category": "threat-pcap"},
    ],
)
def test_wrong_parameters(device: t.Callable[..., Api], parameters: dict[str, str]) -> None:
    answer = Answer(download(device(), **parameters))
    assert (answer.http, answer.status) == (400, "error")


# Files


@pytest.mark.parametrize("size", [4096, 4097, 65024, 65549, 70_000, 131_071, 1_000_003])
def test_archives_are_real_and_of_the_wished_size(size: int) -> None:
    stream = tar_gz("seed", size, {"a.xml": b"<a/>"}, "big")
    content = b"".join(stream.chunks())
    assert len(content) == size == stream.size
    assert content == b"".join(stream.chunks())
    assert content != b"".join(tar_gz("other", size, {"a.xml": b"<a/>"}, "big").chunks())
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as archive:
        assert archive.getnames() == ["a.xml", "big"]
        assert all(archive.extractfile(name) is not None for name in archive.getnames())


@pytest.mark.parametrize("size", [40, 4096, 12_345, 1_000_003])
def test_captures_are_real_and_of_the_wished_size(size: int) -> None:
    content = b"".join(pcap("seed", size).chunks())
    assert len(content) == size
    place, frames = 24, 0
    while place < len(content):
        place += 16 + struct.unpack_from("<I", content, place + 8)[0]
        frames += 1
    assert (place, frames > 0) == (size, True)


def test_too_small_a_file_is_refused(device: t.Callable[..., Api]) -> None:
    with pytest.raises(Exception, match="at least"):
        device(export_sizes={"tech-support": 100})
    with pytest.raises(Exception, match="export_sizes"):
        device(export_sizes={"configuration": 100})


# What can happen on the way


def test_cut(device: t.Callable[..., Api]) -> None:
    """The job is gone with the broken file."""
    api = finished(device())
    api.simulator.fault("cut_body", api.address, match={"step": "get"}, bytes=100_000)
    response = api.session.post(api.url, data={**TECH, "action": "get", "job-id": "2"}, stream=True, timeout=10)
    assert response.headers["Content-Length"] == "262144"
    received = io.BytesIO()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        received.writelines(response.iter_content(1000))
    assert 0 < received.tell() <= 100_000
    assert status(api).code == "7"


def test_jobs_that_outlive_a_broken_file(device: t.Callable[..., Api]) -> None:
    api = finished(device(export_kept_after="broken"))
    api.simulator.fault("cut_body", api.address, match={"step": "get"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        fetch(api)
    assert len(fetch(api).content) == 262_144
    assert status(api).code == "7"
    api = finished(device(export_kept_after="everything"))
    assert fetch(api).content == fetch(api).content


def test_error_in_place_of_the_file(device: t.Callable[..., Api]) -> None:
    api = finished(device())
    for kind, text in (("html", "Please log in"), ("status_503", "Service Unavailable"), ("refuse", "busy")):
        api.simulator.fault(kind, api.address, match={"step": "get"}, text="busy")
        assert text in fetch(api).text
    assert fetch(api).content[:2] == b"\x1f\x8b"


def test_without_a_length(device: t.Callable[..., Api]) -> None:
    api = device(export_sizes={"device-state": 300_000})
    whole = download(api, category="device-state").content
    for kind, header in (("chunked", "chunked"), ("no_length", None)):
        api.simulator.fault(kind, api.address)
        response = download(api, category="device-state")
        assert response.headers.get("Transfer-Encoding") == header
        assert "Content-Length" not in response.headers
        assert response.content == whole
    api.simulator.fault("chunked", api.address, bytes=1000)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        download(api, category="device-state")
    # Nothing but the file itself tells that this one is not whole.
    api.simulator.fault("no_length", api.address, bytes=1000)
    assert download(api, category="device-state").content == whole[:1000]


def test_wrong_length(device: t.Callable[..., Api]) -> None:
    api = device()
    api.simulator.fault("wrong_length", api.address)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        download(api, category="device-state")
    api.simulator.fault("wrong_length", api.address, bytes=5000)
    assert len(download(api, category="device-state").content) == 5000


def test_slow_files(device: t.Callable[..., Api]) -> None:
    api = device()
    whole = download(api, category="device-state").content
    api.simulator.fault("stall", api.address, bytes=10_000, seconds=0.1)
    assert download(api, category="device-state").content == whole
    api.simulator.fault("slow_body", api.address, seconds=0.2)
    assert download(api, category="device-state").content == whole
    api.simulator.fault("stall", api.address, seconds=30)
    with pytest.raises(requests.exceptions.RequestException):
        api.session.post(api.url, data={"type": "export", "category": "device-state"}, timeout=0.3)


def test_the_faults_are_for_every_answer(device: t.Callable[..., Api]) -> None:
    api = device()
    api.simulator.fault("chunked", api.address)
    assert api.op("<show><system><info/></system></show>").status == "success"
    api.simulator.fault("cut_body", api.address, bytes=10)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.op("<show><system><info/></system></show>")


def memory(pid: int) -> int:
    """Resident memory of a process, its highest so far, in bytes."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.skipif(not pathlib.Path("/proc/self/status").exists(), reason="needs the memory of another process")
def test_a_large_file_is_never_in_memory(tmp_path: pathlib.Path) -> None:
    size = 300 * 1024 * 1024
    with SimulatorProcess(tmp_path, frozen=True) as simulator:
        simulator.add_device("127.77.200.1", admins=ADMINS, export_sizes={"tech-support": size})
        api = finished(Api(simulator, "127.77.200.1"))
        before = memory(simulator.process.pid)
        response = api.session.post(api.url, data={**TECH, "action": "get", "job-id": "2"}, stream=True, timeout=60)
        received = sum(len(piece) for piece in response.iter_content(1024 * 1024))
        assert received == size
        assert memory(simulator.process.pid) - before < 32 * 1024 * 1024
