# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pan-python (``pan.xapi``), an independent client, comes to the right verdict, with certificates verified."""

from __future__ import annotations

import gzip
import hashlib
import ssl
import typing as t
import xml.etree.ElementTree as ET

import pan.commit
import pan.xapi
import pytest
from simulator.client import SimulatorProcess

from .conftest import ADMINS, PASSWORD

# pan-python 0.17 asks for PROTOCOL_SSLv23 to find out whether TLS is there.
pytestmark = pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning")


@pytest.fixture
def connect(fast: SimulatorProcess, new_address: t.Callable[[], str]) -> t.Callable[..., pan.xapi.PanXapi]:
    def make(**settings: t.Any) -> pan.xapi.PanXapi:
        address = fast.add_device(new_address(), **{"admins": ADMINS, **settings})
        return pan.xapi.PanXapi(
            hostname=address,
            port=fast.port,
            api_username="admin",
            api_password=PASSWORD,
            ssl_context=ssl.create_default_context(cafile=fast.ca_path),
            timeout=20,
        )

    return make


def change(simulator: SimulatorProcess, xapi: pan.xapi.PanXapi, **arguments: t.Any) -> None:
    simulator.act(xapi.hostname, "changes", **arguments)


def job_of(xapi: pan.xapi.PanXapi) -> ET.Element:
    return t.cast(ET.Element, xapi.element_root.find("./result/job"))


def test_commit(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect()
    change(fast, xapi)
    xapi.commit(cmd="<commit><description>from pan-python</description></commit>", sync=True)
    job = job_of(xapi)
    assert (job.findtext("status"), job.findtext("result")) == ("FIN", "OK")
    assert job.findtext("description") == "from pan-python"
    assert xapi.status_detail == "Configuration committed successfully"
    xapi.commit(cmd="<commit></commit>", sync=True)
    assert (xapi.status, xapi.status_code) == ("success", "19")
    assert xapi.status_detail == "There are no changes to commit."


def test_failed_commit(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(commit_errors=["Management server failed to send phase 1 to client routed"])
    change(fast, xapi)
    xapi.commit(cmd="<commit></commit>", sync=True)
    assert job_of(xapi).findtext("result") == "FAIL"
    assert "routed" in xapi.status_detail


def test_pan_commit_builder(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect()
    change(fast, xapi)
    validate = pan.commit.PanCommit()
    validate.validate()
    xapi.commit(cmd=validate.cmd(), sync=True)
    assert job_of(xapi).findtext("type") == "Validate"
    partial = pan.commit.PanCommit()
    partial.force()
    partial.device_and_network_excluded()
    partial.vsys(["vsys1"])
    xapi.commit(cmd=partial.cmd(), sync=True)
    assert job_of(xapi).findtext("result") == "OK"
    assert fast.device(xapi.hostname)["pending"] == []


def test_op(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(hostname="fw9")
    xapi.op(cmd="show system info", cmd_xml=True)
    assert xapi.element_result.findtext("system/hostname") == "fw9"
    xapi.op(cmd="show jobs all", cmd_xml=True)
    assert [job.findtext("type") for job in xapi.element_result.findall("job")] == ["AutoCom"]
    with pytest.raises(pan.xapi.PanXapiError, match="show -> nonsense is unexpected"):
        xapi.op(cmd="show nonsense", cmd_xml=True)
    with pytest.raises(pan.xapi.PanXapiError, match="job 99 not found"):
        xapi.op(cmd='show jobs id "99"', cmd_xml=True)


def test_refusals(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(locks=[{"owner": "bob"}])
    change(fast, xapi)
    with pytest.raises(pan.xapi.PanXapiError, match="Other administrators are holding device wide commit locks"):
        xapi.commit(cmd="<commit></commit>")
    fast.act(xapi.hostname, "unlock", owner="bob")
    fast.act(xapi.hostname, "expire-keys")
    with pytest.raises(pan.xapi.PanXapiError, match="403"):
        xapi.commit(cmd="<commit></commit>")
    assert fast.ledger(xapi.hostname)["submissions"] == []


def test_configuration(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect()
    xpath = "/config/shared/tag"
    xapi.set(xpath=xpath, element="<entry name='dmz'><color>color3</color></entry>")
    xapi.get(xpath=xpath)
    assert xapi.element_result.findtext("tag/entry/color") == "color3"
    xapi.commit(cmd="<commit></commit>", sync=True)
    xapi.show(xpath=f"{xpath}/entry[@name='dmz']")
    assert xapi.element_result.findtext("entry/color") == "color3"


def test_bad_certificate(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(certificate="untrusted")
    with pytest.raises(pan.xapi.PanXapiError, match="CERTIFICATE_VERIFY_FAILED"):
        xapi.keygen()
    assert fast.ledger(xapi.hostname)["tls_failures"] == {xapi.hostname: 1}


@pytest.mark.parametrize(("kind", "text"), [("status_502", "502"), ("empty", "ParseError"), ("html", "content-type")])
def test_faults(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi], kind: str, text: str) -> None:
    xapi = connect()
    xapi.keygen()
    fast.fault(kind, xapi.hostname)
    with pytest.raises(pan.xapi.PanXapiError, match=text):
        xapi.op(cmd="show system info", cmd_xml=True)
    xapi.op(cmd="show system info", cmd_xml=True)
    assert xapi.status == "success"


def job_done(xapi: pan.xapi.PanXapi, category: str) -> str:
    """Submits an export and asks for its status until it is over; returns its id. One look ends it here."""
    xapi.export(category=category)
    job = xapi.element_root.findtext("result/job")
    xapi.export(category=category, extra_qs={"action": "status", "job-id": job})
    assert job_of(xapi).findtext("status") == "FIN"
    return str(job)


def test_log(fast: SimulatorProcess, connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(log_polls=3, serial="0042")
    xapi.log(log_type="traffic", nlogs="7", skip="2", filter="(action neq allow)", interval=0.01)
    entries = xapi.element_root.findall("result/log/logs/entry")
    assert len(entries) == 7
    assert {entry.findtext("serial") for entry in entries} == {"0042"}
    assert "allow" not in {entry.findtext("action") for entry in entries}
    assert fast.ledger(xapi.hostname)["requests"][xapi.hostname] == {"keygen": 1, "submit": 1, "poll": 3}
    xapi.log(log_type="system", filter="(receive_time leq '2001/01/01 00:00:00')", interval=0.01)
    assert xapi.element_root.findall("result/log/logs/entry") == []
    assert job_of(xapi).findtext("status") == "FIN"
    with pytest.raises(pan.xapi.PanXapiError, match="400"):
        xapi.log(log_type="traffic", nlogs="5001")
    with pytest.raises(pan.xapi.PanXapiError, match="Invalid query: unknown field 'weather'"):
        xapi.log(log_type="traffic", filter="(weather eq fine)")


def test_log_without_an_end(connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(log_seconds=1e6)
    with pytest.raises(pan.xapi.PanXapiError, match="timeout waiting for job 1 completion"):
        xapi.log(log_type="traffic", interval=0.2, timeout=1)


@pytest.mark.parametrize(
    ("form", "path"),
    [("job", "result/report/entry"), ("report_result", "report/result/entry"), ("root_report", "result/entry")],
)
@pytest.mark.parametrize("kind", ["dynamic", "predefined", "custom"])
def test_report(connect: t.Callable[..., pan.xapi.PanXapi], kind: str, form: str, path: str) -> None:
    xapi = connect(report_polls=3, report_form={kind: form}, custom_reports=["top-applications"])
    name = "top-app-summary" if kind == "dynamic" else "top-applications"
    given = {"topn": "4", **({"period": "last-hour"} if kind == "dynamic" else {})}
    xapi.report(reporttype=kind, reportname=name, vsys="vsys1", interval=0.01, extra_qs=given)
    assert len(xapi.element_root.findall(path)) == 4
    assert xapi.status == "success"


def test_unknown_report(connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    with pytest.raises(pan.xapi.PanXapiError, match="No such report: top-secrets"):
        connect().report(reporttype="predefined", reportname="top-secrets")


def test_tech_support(connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(export_polls=1, export_sizes={"tech-support": 3_000_000})
    job = job_done(xapi, "tech-support")
    assert job_of(xapi).findtext("result") == "0K"
    xapi.export(category="tech-support", extra_qs={"action": "get", "job-id": job})
    assert xapi.export_result["file"] == "techsupport-8469.tgz"
    content = xapi.export_result["content"]
    assert len(content) == 3_000_000
    assert b"mp-monitor.log" in gzip.decompress(content)
    with pytest.raises(pan.xapi.PanXapiError, match=f"job {job} not found"):
        xapi.export(category="tech-support", extra_qs={"action": "get", "job-id": job})


def test_failed_tech_support(connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect(export_polls=1, export_errors=["No space left on device"])
    job_done(xapi, "tech-support")
    assert job_of(xapi).findtext("result") == "FAIL"


def test_exports_at_once(connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect()
    xapi.export(category="configuration")
    assert xapi.element_root.tag == "config"
    digests = set()
    for _number in range(2):
        xapi.export(category="device-state")
        digests.add(hashlib.sha256(xapi.export_result["content"]).hexdigest())
    assert (xapi.export_result["file"], len(digests)) == ("device_state_cfg.tgz", 1)


def test_packet_captures(connect: t.Callable[..., pan.xapi.PanXapi]) -> None:
    xapi = connect()
    xapi.export(category="application-pcap")
    (first, *_others) = [file.text for file in xapi.element_root.findall("result/dir-listing/file")]
    xapi.export(category="application-pcap", from_name=first)
    (path, *_others) = [file.text for file in xapi.element_root.findall("result/dir-listing/file")]
    xapi.export(category="application-pcap", from_name=path)
    assert xapi.export_result["file"] == path.rsplit("/", 1)[1]
    xapi.log(log_type="threat", nlogs="1", interval=0.1)
    found = xapi.element_root.findtext("result/log/logs/entry/pcap_id")
    xapi.export(category="threat-pcap", pcapid=found, search_time="2024/05/01 12:00:00")
    assert xapi.export_result["file"] == f"{found}.pcap"
