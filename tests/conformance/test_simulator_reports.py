# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports: the forms of their answers, at once and by a job."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest

from .conftest import Answer, Api

DYNAMIC = {"reporttype": "dynamic", "reportname": "top-app-summary", "period": "last-hour"}
PREDEFINED = {"reporttype": "predefined", "reportname": "top-applications"}


def ask(api: Api, **parameters: str) -> Answer:
    return api.post(type="report", **parameters)


def get(api: Api, job: str) -> Answer:
    return ask(api, action="get", **{"job-id": job})


def test_by_a_job(device: t.Callable[..., Api]) -> None:
    api = device(report_seconds=10)
    answer = ask(api, topn="3", **DYNAMIC)
    # As in a client's comment: no code, unlike other submits.
    assert answer.text == (
        '<response status="success"><result><msg><line>Report job enqueued with jobid 1</line></msg><job>1</job>'
        "</result></response>"
    )
    seen = []
    for _step in range(3):
        answer = get(api, "1")
        seen.append((answer.get("result/job/status"), answer.get("result/job/percent"), answer.xml.find(".//entry")))
        api.simulator.advance(4)
    assert seen == [("PEND", "0", None), ("ACT", "40", None), ("ACT", "80", None)]
    answer = get(api, "1")
    assert (answer.get("result/job/status"), answer.get("result/job/percent")) == ("FIN", "100")
    assert len(answer.xml.findall("result/report/entry")) == 3
    assert get(api, "1").text == answer.text


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("result_report", "./result/report/entry"),
        ("report_result", "./report/result/entry"),
        ("root_report", "./result/entry"),
    ],
)
@pytest.mark.parametrize("kind", ["dynamic", "predefined", "custom"])
def test_at_once(device: t.Callable[..., Api], kind: str, form: str, path: str) -> None:
    api = device(report_form={kind: form}, custom_reports=["top-applications"])
    name = "top-app-summary" if kind == "dynamic" else "top-applications"
    period = {"period": "last-7-days"} if kind == "dynamic" else {}
    root = ask(api, reporttype=kind, reportname=name, topn="5", **period).xml
    assert root.tag == ("report" if form == "root_report" else "response")
    assert (root.get("status") is None) is (form == "root_report")
    assert len(root.findall(path)) == 5
    assert root.find(".//job") is None


def test_defaults(device: t.Callable[..., Api]) -> None:
    """Predefined reports come at once, also when async=yes is asked for (clients); the others by a job."""
    api = device()
    for parameters in ({}, {"async": "yes"}):
        root = ask(api, **PREDEFINED, **parameters).xml
        assert (root.tag, len(root.findall("result/entry"))) == ("report", 10)
    result = root.find("result")
    assert result is not None
    assert result.get("range") == "last-24-hrs"
    assert {"name", "start", "end", "generated-at"} <= set(result.attrib)
    assert ask(api, **DYNAMIC).get("result/job") == "1"
    assert ask(api, reporttype="custom", reportname="Custom-Web-Usage-Report").get("result/job") == "2"


def test_the_same_rows_again(device: t.Callable[..., Api]) -> None:
    def entries(api: Api, **parameters: str) -> list[bytes]:
        return [ET.tostring(entry) for entry in ask(api, **PREDEFINED, topn="100", **parameters).xml.iter("entry")]

    first, second, third = (
        device(serial="REPORTS1", report_rows=40),
        device(serial="REPORTS1", report_rows=40),
        device(serial="REPORTS2"),
    )
    assert len(entries(first)) == len(set(entries(first))) == 40
    assert entries(first) == entries(second)
    assert entries(first)[:25] != entries(third)
    assert entries(first) != entries(first, vsys="vsys2")


def test_time_frame(device: t.Callable[..., Api]) -> None:
    api = device(report_form={"dynamic": "root_report"})
    frame = {"starttime": "2024/05/01 00:00:00", "endtime": "2024/05/02 00:00:00"}
    result = ask(api, reporttype="dynamic", reportname="top-app-summary", **frame).xml.find("result")
    assert result is not None
    assert (result.get("start"), result.get("end")) == tuple(frame.values())


def test_no_rows(device: t.Callable[..., Api]) -> None:
    api = device(report_rows=0, report_polls=1)
    ask(api, **DYNAMIC)
    answer = get(api, "1")
    assert answer.get("result/job/status") == "FIN"
    report = answer.xml.find("result/report")
    assert report is not None
    assert len(report) == 0


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({**PREDEFINED, "reportname": "top-secrets"}, "7"),
        ({**DYNAMIC, "reporttype": "predefined"}, "7"),
        ({**DYNAMIC, "reporttype": "static"}, "400"),
        ({"reportname": "top-applications"}, "400"),
        ({**DYNAMIC, "period": "last-century"}, "400"),
        ({**DYNAMIC, "topn": "all"}, "400"),
        ({**DYNAMIC, "starttime": "2024/05/01 00:00:00"}, "400"),
        ({"reporttype": "dynamic", "reportname": "top-app-summary"}, "400"),
        ({"reporttype": "dynamic", "reportname": "top-app-summary", "starttime": "2024/05/01 00:00:00"}, "400"),
        ({**DYNAMIC, "async": "maybe"}, "400"),
        ({**DYNAMIC, "nonsense": "1"}, "400"),
    ],
)
def test_refused(device: t.Callable[..., Api], parameters: dict[str, str], code: str) -> None:
    api = device()
    answer = ask(api, **parameters)
    assert (answer.status, answer.code) == ("error", code)
    assert api.ledger()["submissions"] == []


def test_the_list_of_reports_is_not_simulated(device: t.Callable[..., Api]) -> None:
    assert ask(device(), reporttype="predefined").http == 501


def test_ids_of_reports_and_logs(device: t.Callable[..., Api]) -> None:
    """One sequence; but a report is not to be had as a log."""
    api = device()
    ask(api, **DYNAMIC)
    assert api.post(type="log", **{"log-type": "traffic"}).get("result/job") == "2"
    assert api.post(type="log", action="get", **{"job-id": "1"}).code == "7"
    assert get(api, "2").code == "7"
    assert get(api, "x").http == 400


def test_ledger_and_end(device: t.Callable[..., Api]) -> None:
    api = device(report_polls=2, report_job_kept=False)
    ask(api, **DYNAMIC)
    ask(api, **PREDEFINED)
    get(api, "1")
    assert get(api, "1").get("result/job/status") == "FIN"
    assert get(api, "1").code == "7"
    ask(api, **DYNAMIC)
    assert ask(api, action="finish", **{"job-id": "2"}).get("result/job") == "2"
    ledger = api.ledger()
    assert [(one["kind"], one["job"], one["details"]) for one in ledger["submissions"]] == [
        ("report", "1", DYNAMIC),
        ("report", "", PREDEFINED),
        ("report", "2", DYNAMIC),
    ]
    steps = {name: count for name, count in ledger["requests"][api.address].items() if name != "keygen"}
    assert steps == {"submit": 3, "poll": 3, "finish": 1}


def test_through_panorama(device: t.Callable[..., Api]) -> None:
    firewall = device(serial="REPORTS7", report_polls=1)
    panorama = device(kind="panorama", manages=["REPORTS7"])
    job = ask(panorama, target="REPORTS7", **DYNAMIC).get("result/job")
    assert get(firewall, job).get("result/job/status") == "FIN"


def test_wrong_setting(device: t.Callable[..., Api]) -> None:
    with pytest.raises(Exception, match="report_form"):
        device(report_form={"dynamic": "later"})
