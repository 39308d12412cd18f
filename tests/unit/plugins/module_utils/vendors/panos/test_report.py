# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import time

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.log_options import Output
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.report import Report, ReportOptions
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime

WISHES = Wishes(timing=Report.timing)
ACCEPTED = (
    '<response status="success"><result><msg><line>Report job enqueued with jobid 116</line></msg><job>116</job>'
    "</result></response>"
)
NOT_FOUND = '<response status="error" code="7"><msg><line>job 116 not found</line></msg></response>'
FINISHED = '<response status="success"><result/></response>'


def rows(*apps: str) -> str:
    entries = "".join(
        f"<entry><app>{app}</app><nsess>{number}</nsess><where><entry><x>1</x></entry></where></entry>"
        for number, app in enumerate(apps)
    )
    return f'<report reportname="top-app" logtype="appstat"><result name="Top apps">{entries}</result></report>'


def job(*, inner: str = "", **fields: str) -> str:
    texts = "".join(f"<{tag}>{text}</{tag}>" for tag, text in {"id": "116", "tenq": "10:00:00", **fields}.items())
    return f'<response status="success"><result><job>{texts}</job>{inner}</result></response>'


def fake_time():
    """Time that begins now: the client knows the real clock only."""
    made = FakeTime()
    made.now = time.monotonic()
    return made


@pytest.fixture
def run(make_client, device):
    device.on("finish", FINISHED)

    def run(*, wishes=WISHES, target=None, **options):
        fields = {field.name for field in dataclasses.fields(Output)}
        output = Output(**{name: options.pop(name) for name in fields & set(options)})
        wanted = {"report_type": "predefined", "name": "top-app", **options}
        operation = Report(make_client(target=target), ReportOptions(**wanted, output=output))
        return lifecycle.run(operation, wishes, fake_time().world)

    return run


# Trap 15.
@pytest.mark.parametrize(
    "answer",
    [
        f'<response status="success">{rows("dns", "ssl")}</response>',
        f'<response status="success"><result>{rows("dns", "ssl")}</result></response>',
        f"<response>{rows('dns', 'ssl')}</response>",
        rows("dns", "ssl"),
    ],
)
def test_a_report_that_comes_at_once(run, device, answer):
    device.on("top-app", answer)
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [row["app"] for row in verdict.result["rows"]] == ["dns", "ssl"]
    assert verdict.result["rows"][1] == {"app": "ssl", "nsess": "1", "where": {"entry": {"x": "1"}}}
    assert (verdict.result["count"], verdict.changed, verdict.job.handle) == (2, False, None)
    assert verdict.message.endswith("top-app has 2 rows.")
    assert len(device.sent("report")) == 1


# Trap 46.
@pytest.mark.parametrize("apps", [(), ("dns",), ("dns", "ssl")])
@pytest.mark.parametrize("at_once", [True, False])
def test_no_row_one_row_two_rows(run, device, apps, at_once):
    device.on("top-app", rows(*apps) if at_once else ACCEPTED)
    device.on("get", job(status="FIN", percent="100", inner=rows(*apps)))
    assert [row["app"] for row in run().result["rows"]] == list(apps)


def test_a_report_as_a_job(run, device):
    device.on("top-app", ACCEPTED)
    looks = [job(status="PEND"), job(status="ACT", percent="40"), job(status="FIN", percent="100", inner=rows("dns"))]
    device.on("get", *looks)
    verdict = run(report_type="dynamic", period="last-hour", topn=5, vsys="vsys1")
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [row["app"] for row in verdict.result["rows"]] == ["dns"]
    assert verdict.polling.observed == {"PEND": 1, "ACT 40%": 1, "FIN": 1}
    assert device.sent("top-app") == [
        {
            "type": "report",
            "reporttype": "dynamic",
            "reportname": "top-app",
            "period": "last-hour",
            "topn": "5",
            "vsys": "vsys1",
        }
    ]
    assert device.sent("finish") == [{"type": "report", "action": "finish", "job-id": "116"}]
    assert verdict.job.handle.fingerprint == {"tenq": "10:00:00"}


@pytest.mark.parametrize(
    ("answer", "outcome", "word"),
    [
        (job(status="FIN", result="OK", inner=rows("dns")), Outcome.SUCCEEDED, "FIN/OK"),
        (job(percent="100", inner=rows("dns")), Outcome.SUCCEEDED, "100%"),
        (f'<response status="success"><result>{rows("dns")}</result></response>', Outcome.SUCCEEDED, "report"),
        (job(status="FIN", result="FAIL", details="<line>no such report</line>"), Outcome.FAILED, "FIN/FAIL"),
        (job(status="FIN", result="ODD"), Outcome.FAILED, "FIN/ODD"),
    ],
)
def test_the_ends_of_a_report(run, device, answer, outcome, word):
    device.on("top-app", ACCEPTED)
    device.on("get", answer)
    verdict = run()
    assert (verdict.outcome, verdict.job.vendor_state) == (outcome, word)
    if outcome is Outcome.FAILED and "no such" in answer:
        assert "no such report" in verdict.message


@pytest.mark.parametrize("word", ["MOVED", "FIN/PEND"])
def test_what_is_no_end_is_waited_for(run, device, word):
    status, _slash, result = word.partition("/")
    device.on("top-app", ACCEPTED)
    device.on("get", job(status=status, result=result), job(status="FIN", inner=rows("dns")))
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed[word] == 1


# Trap 24.
@pytest.mark.parametrize(
    "answer",
    [(503, ""), (200, ""), (200, "<html/>"), (200, '<response status="success"><result/></response>')],
)
def test_what_is_no_answer_is_asked_for_again(run, device, answer):
    device.on("top-app", ACCEPTED)
    device.on("get", answer, job(status="FIN", inner=rows("dns")))
    verdict = run()
    assert (verdict.outcome, verdict.polling.outages) == (Outcome.SUCCEEDED, 1)


def test_a_lost_answer_to_the_request_is_no_reason_to_search(run, device):
    device.on("top-app", requests.exceptions.ReadTimeout("slow"), (503, ""), rows("dns"))
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(device.sent("top-app")) == 3


def test_a_report_that_the_device_refuses(run, device):
    device.on("top-app", '<response status="error"><msg><line>No such report</line></msg></response>')
    verdict = run()
    assert verdict.outcome is Outcome.REFUSED
    assert "No such report. Check report_type and name." in verdict.message


# Trap 8.
def test_success_with_neither_a_report_nor_a_job(run, device):
    device.on("top-app", '<response status="success"><result><msg><line>hm</line></msg></result></response>')
    verdict = run()
    assert (verdict.outcome, verdict.refusal["reason"]) == (Outcome.REFUSED, "rejected")
    assert "neither a report nor a job: hm" in verdict.message


@pytest.mark.parametrize("at_once", [True, False])
def test_a_file(run, device, tmp_path, at_once):
    device.on("top-app", rows("dns", "ssl") if at_once else ACCEPTED)
    device.on("get", job(status="FIN", inner=rows("dns", "ssl")))
    dest = tmp_path / "top.csv"
    verdict = run(dest=str(dest), format="csv", fields=("nsess", "app"))
    assert dest.read_bytes() == b"nsess,app\r\n0,dns\r\n1,ssl\r\n"
    assert (verdict.changed, verdict.result["path"], verdict.result["count"]) == (True, str(dest), 2)
    again = run(dest=str(dest), format="csv", fields=("nsess", "app"))
    assert (again.outcome, again.changed) == (Outcome.SUCCEEDED, False)


def test_the_xml_of_a_file(run, device, tmp_path):
    device.on("top-app", "<report><result><entry><app>dns</app></entry></result></report>")
    dest = tmp_path / "top.xml"
    run(dest=str(dest), format="xml")
    assert dest.read_text().splitlines()[1:] == ["<report>", "<entry><app>dns</app></entry>", "</report>"]


def test_check_mode_asks_nothing(run, device, tmp_path):
    verdict = run(dest=str(tmp_path / "top.csv"), wishes=dataclasses.replace(WISHES, check_mode=True))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert device.forms == []


def test_a_handle_is_all_that_a_later_process_needs(run, device, make_client, tmp_path):
    device.on("top-app", ACCEPTED)
    device.on("get", job(status="FIN", inner=rows("dns")))
    dest = tmp_path / "top.ndjson"
    left = run(dest=str(dest), target="0123", wishes=dataclasses.replace(WISHES, wait=False))
    assert (left.outcome, left.changed) == (Outcome.RUNNING, False)
    handle = Handle.from_dict(json.loads(json.dumps(left.to_dict()["job"]["handle"])))
    operation = OPERATIONS["panos.report"](make_client())
    check = dataclasses.replace(WISHES, handle=handle, check_mode=True)
    assert lifecycle.run(operation, check, fake_time().world).changed
    assert not dest.exists()
    verdict = lifecycle.run(operation, dataclasses.replace(WISHES, handle=handle), fake_time().world)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert json.loads(dest.read_text())["app"] == "dns"
    assert {form.get("target") for form in device.sent("report")} == {"0123"}
    assert verdict.result["name"] == "top-app"


def test_a_report_that_is_gone(run, device):
    device.on("top-app", ACCEPTED)
    device.on("get", job(status="ACT", percent="10"), job(status="ACT", percent="20"), NOT_FOUND)
    verdict = run()
    assert verdict.outcome is Outcome.LOST
    assert "run the task again without the handle" in verdict.message


def test_an_id_that_names_another_report_now(client, device):
    device.on("get", job(status="FIN", inner=rows("dns")))
    handle = Handle("panos.report", "https://fw1.example.com:443", "116", {"tenq": "09:00:00"}, None, {"format": "csv"})
    verdict = lifecycle.run(Report(client), dataclasses.replace(WISHES, handle=handle), fake_time().world)
    assert verdict.outcome is Outcome.LOST


def test_times_are_sent_as_the_device_writes_them():
    options = ReportOptions("custom", "mine", start="2026-11-21T09:00:00", end="2026/11/21 10:00:00")
    assert options.form() == {
        "reporttype": "custom",
        "reportname": "mine",
        "starttime": "2026/11/21 09:00:00",
        "endtime": "2026/11/21 10:00:00",
    }


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"name": " "}, "name"),
        ({"topn": 0}, "topn"),
        ({"start": "now"}, "start"),
        ({"end": "then"}, "end"),
        ({"start": "2026/11/21 11:00:00", "end": "2026/11/21 10:00:00"}, "start"),
    ],
)
def test_options_that_make_no_sense(options, named):
    with pytest.raises(BadInput, match=f"^{named}:"):
        ReportOptions(**{"report_type": "custom", "name": "mine", **options})


def test_no_word_of_a_failure_is_a_success():
    assert {word for word, state in Report.words.items() if state is JobState.SUCCEEDED} == {"FIN", "FIN/OK"}
