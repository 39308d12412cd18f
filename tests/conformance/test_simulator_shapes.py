# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replies have the shape of the recordings."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest

from .conftest import RECORDED, Api


def recorded(name: str) -> ET.Element:
    return ET.parse(RECORDED / name).getroot()


def outline(node: ET.Element) -> tuple[t.Any, ...]:
    """Tag, names of attributes and the outlines of the children, in order: everything but the texts."""
    return (node.tag, tuple(sorted(node.attrib)), tuple(outline(child) for child in node))


def finished_job(api: Api) -> ET.Element:
    api.change()
    job = api.commit().get("result/job")
    api.simulator.advance(20)
    return api.job(job)


def test_submit(device: t.Callable[..., Api]) -> None:
    api = device()
    api.change()
    answer = api.commit()
    expected = recorded("puppet_02_submit.xml")
    assert outline(answer.xml) == outline(expected)
    assert answer.xml.attrib == expected.attrib
    assert answer.get("result/msg/line") == expected.findtext("result/msg/line")


def test_nothing_to_commit_is_the_recording_itself(device: t.Callable[..., Api]) -> None:
    assert device().commit().text.strip() == (RECORDED / "puppet_01_noop.xml").read_text().strip()


@pytest.mark.parametrize(
    ("style", "code", "path", "start"),
    [
        ("no_changes", "19", "msg", "There are no changes to commit."),
        ("same", "13", "msg", "The result of this commit would be the same as the previous"),
        ("same_cut", "13", "msg", "The result of this commit would be the same"),
        ("same_without_code", None, "msg", "The result of this commit would be the same as the previous"),
        ("line", "19", "msg/line", "There are no changes to commit."),
    ],
)
def test_styles_of_nothing_to_commit(
    device: t.Callable[..., Api], style: str, code: str | None, path: str, start: str
) -> None:
    answer = device(noop_style=style).commit()
    assert (answer.http, answer.status, answer.code) == (200, "success", code)
    assert answer.get(path).startswith(start)
    assert answer.xml.find("result/job") is None


def test_custom_role_is_told_that_the_result_would_be_the_same(device: t.Callable[..., Api]) -> None:
    """Recorded in cts_commit_responses.txt."""
    admins = {"admin": {"password": "correct horse", "role": "custom", "permissions": ["commit", "op"]}}
    answer = device(admins=admins).commit()
    assert (answer.code, answer.status) == ("13", "success")


@pytest.mark.parametrize(("percent", "name"), [(0, "04"), (75, "05"), (99, "06")])
def test_active_job(device: t.Callable[..., Api], percent: int, name: str) -> None:
    api = device(commit_seconds=100)
    api.change()
    job = api.commit().get("result/job")
    api.simulator.advance(percent)
    (path,) = RECORDED.glob(f"puppet_{name}_*.xml")
    expected = ET.parse(path).getroot().find("result/job")
    assert expected is not None
    record = api.job(job)
    assert [child.tag for child in record] == [child.tag for child in expected]
    for field in ("id", "user", "type", "status", "queued", "stoppable", "result", "tfin", "positionInQ", "progress"):
        assert record.findtext(field) == expected.findtext(field), field


def test_finished_job(device: t.Callable[..., Api]) -> None:
    api = device(record={"tfin": "time"})
    expected = recorded("puppet_03_job_commit_FIN_OK_p100.xml").find("result/job")
    assert expected is not None
    record = finished_job(api)
    assert outline(record) == outline(expected)
    for field in ("status", "queued", "stoppable", "result", "progress", "details/line"):
        assert record.findtext(field) == expected.findtext(field), field
    for field in ("tenq", "tdeq", "tfin"):
        assert len(record.findtext(field) or "") == len(expected.findtext(field) or ""), field


def test_list_after_boot(device: t.Callable[..., Api]) -> None:
    listed = device().op("<show><jobs><all/></jobs></show>").xml
    expected = recorded("assurance_jobs_all_single_autocom.xml")
    assert outline(listed) == outline(expected)
    for field in ("id", "user", "type", "status", "result", "progress"):
        assert (listed.findtext(f"result/job/{field}") or "") == (expected.findtext(f"result/job/{field}") or "")


def test_list_with_progress_as_date(device: t.Callable[..., Api]) -> None:
    api = device(record={"progress": "datetime_at_end"})
    lines = ["Configuration committed successfully", "Successfully committed last configuration"]
    api.simulator.act(api.address, "jobs", type="WildFire", user="Auto update agent", seconds=5, details=lines)
    api.simulator.advance(6)
    listed = api.op("<show><jobs><all/></jobs></show>").xml
    assert outline(listed) == outline(recorded("assurance_jobs_all_progress_timestamp.xml"))
    first = listed.find("result/job")
    assert first is not None
    assert first.findtext("progress") == first.findtext("tfin")


@pytest.mark.parametrize(
    ("style", "name"),
    [("empty", "assurance_jobs_all_empty.xml"), ("failed_only", "assurance_jobs_all_only_failed_job.xml")],
)
def test_odd_lists(device: t.Callable[..., Api], style: str, name: str) -> None:
    listed = device(jobs_all=style).op("<show><jobs><all/></jobs></show>").xml
    assert outline(listed) == outline(recorded(name))
    assert not (listed.findtext("result") or "").strip()


def test_failed_job_first(device: t.Callable[..., Api]) -> None:
    api = device(jobs_all="failed_first")
    finished_job(api)
    first, second = api.op("<show><jobs><all/></jobs></show>").xml.findall("result/job")[:2]
    expected = recorded("issue533_show_jobs_failed_first.xml").findall("result/job")
    assert (outline(first), outline(second)) == (outline(expected[0]), outline(expected[1]))


def test_duplicate_ids(device: t.Callable[..., Api]) -> None:
    api = device(jobs_all="duplicate_ids", record={"missing": ["details", "warnings"], "user_while_active": False})
    finished_job(api)
    found = api.op("<show><jobs><all/></jobs></show>").xml.findall("result/job")[:2]
    expected = recorded("demisto_show_jobs_all_duplicate_id.xml").findall("result/job")
    assert [outline(job) for job in found] == [outline(job) for job in expected]
    assert [job.findtext("type") for job in found] == ["Commit", "RefreshLic"]
    assert found[0].findtext("id") == found[1].findtext("id")


def test_not_authorized(device: t.Callable[..., Api]) -> None:
    api = device(admins={"admin": {"password": "correct horse", "role": "custom", "permissions": ["op"]}})
    answer = api.commit()
    assert answer.text.strip() == (RECORDED / "commit_unauthorized_role_403.xml").read_text().strip()
    assert answer.http == 403


def test_failed_validation(device: t.Callable[..., Api]) -> None:
    """The form that the recording in the PAN-OS notes describes: a head line, reasons in CDATA, closing lines."""
    reason = "address -> web Node ip-netmask(line 3) and ip-range(line 4) are mutually exclusive"
    api = device(validation_errors=[reason])
    answer = api.op("<validate><full></full></validate>")
    assert answer.get("result/msg/line") == "Validate job enqueued with jobid 2"
    api.simulator.advance(3)
    text = api.op("<show><jobs><id>2</id></jobs></show>").text
    assert f"<line><![CDATA[ {reason}]]></line>" in text
    record = api.job(2)
    assert (record.findtext("type"), api.word(2)) == ("Validate", "FIN/FAIL")
    lines = [line.text for line in record.findall("details/line")]
    assert lines == ["Validation Error:", f" {reason}", "vsys is invalid", "devices is invalid"]


def test_changes_list(device: t.Callable[..., Api]) -> None:
    """Answers of a Panorama 11.1 in rautanen-io/netbox-panorama-configpump-plugin, tests/test_push.py."""
    api = device()
    list_changes = "<show><config><list><changes></changes></list></config></show>"
    assert api.op(list_changes).text == '<response status="success"><result></result></response>'
    api.change(owner="bob", action="CREATE")
    (entry,) = api.op(list_changes).xml.findall("result/journal/entry")
    assert [child.tag for child in entry] == ["xpath", "owner", "action", "admin-history", "component-type"]
    assert (entry.findtext("owner"), entry.findtext("action")) == ("bob", " CREATE")
    filtered = "<show><config><list><changes><partial><admin><member>admin</member></admin></partial></changes>"
    assert api.op(filtered + "</list></config></show>").xml.find("result/journal") is None


def test_lock_list(device: t.Callable[..., Api]) -> None:
    """Same source as the list of changes."""
    api = device()
    assert api.op("<show><commit-locks/></show>").text == (
        '<response status="success"><result><commit-locks></commit-locks></result></response>'
    )
    api.simulator.act(api.address, "locks", owner="bob")
    answer = api.op("<show><commit-locks><vsys>all</vsys></commit-locks></show>")
    (entry,) = answer.xml.findall("result/commit-locks/entry")
    assert entry.get("name") == "bob"
    assert [child.tag for child in entry] == ["type", "name", "created", "last-activity", "loggedin", "comment"]
    assert "<comment><![CDATA[(null)]]></comment>" in answer.text


def test_unknown_job(device: t.Callable[..., Api]) -> None:
    """Same source as the list of changes."""
    answer = device().op("<show><jobs><id>19</id></jobs></show>")
    assert answer.text == '<response status="error" code="7"><msg><line>job 19 not found</line></msg></response>'


@pytest.mark.parametrize(
    ("record", "path", "expected"),
    [
        ({"tfin": "missing"}, "tfin", None),
        ({"user_element": "admin"}, "admin", "admin"),
        ({"details": "string"}, "details", "Configuration committed successfully"),
        ({"details": "newjob"}, "details/line/newjob/newmsg", "Configuration committed successfully"),
        ({"missing": ["status"]}, "status", None),
    ],
)
def test_forms_of_the_record(
    device: t.Callable[..., Api], record: dict[str, t.Any], path: str, expected: str | None
) -> None:
    assert finished_job(device(record=record)).findtext(path) == expected


def test_cdata_and_order(device: t.Callable[..., Api]) -> None:
    api = device(record={"cdata": True, "order": "reversed"})
    assert [child.tag for child in finished_job(api)][-1] == "tenq"
    text = api.op("<show><jobs><id>2</id></jobs></show>").text
    assert "<line><![CDATA[Configuration committed successfully]]></line>" in text


def test_clock_in_progress_at_the_end(device: t.Callable[..., Api]) -> None:
    record = finished_job(device(record={"progress": "clock_at_end", "tfin": "time"}))
    assert record.findtext("progress") == record.findtext("tfin")
