# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json
import time
import typing as t
from pathlib import Path

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import report
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.report import Report, ReportOptions
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "illumio"
RECORDED = {each["id"]: each for each in json.loads((DATA / "exchanges.json").read_text(encoding="utf-8"))}
REPORTS = "/api/v2/orgs/1/reports"
HREF = "/orgs/1/reports/d1b80240-ffa5-4e99-b2a0-c3d4946efe03"
REPORT = f"/api/v2{HREF}"
TEMPLATES = "/api/v2/orgs/1/report_templates"
SETTINGS = "/api/v2/orgs/1/settings/reports"
LOST = requests.exceptions.ReadTimeout("x")
NONCE = "89abcdef"
NOW = datetime.datetime(2026, 11, 22, 5, 0, tzinfo=datetime.timezone.utc)
WANTED = ReportOptions(
    "rule_hit_count_report",
    {"report_time_range": {"last_num_days": 30}, "rule_sets": []},
    relative=(30, None, None),
    description="My first rule hit count report",
)
MARKED = f"My first rule hit count report [nj:{WANTED.intent}-{NONCE}]"
CSV = b"rule,hits\r\n1,2\r\n"


def made(name: str = "report_done", **more: t.Any) -> dict[str, t.Any]:
    body = RECORDED[name].get("response", {})["body"]
    return {**body, "description": MARKED, **more}


class Run:
    """A report, and a world for it whose time does not pass by itself."""

    def __init__(self, client, options: ReportOptions = WANTED, **more: t.Any) -> None:
        self.fake = FakeTime()
        self.fake.now = time.monotonic()  # the client bounds its requests by this clock
        self.operation = Report(client, options, nonce=NONCE, clock=lambda: self.fake.now, **more)

    def __call__(self, **wishes: t.Any):
        given = {"timing": Timing(600, 2, 15, 120), "adopt": False, **wishes}
        return lifecycle.run(self.operation, Wishes(**given), self.fake.world)


@pytest.fixture
def laid(pce):
    """A PCE that makes reports, in the guide's own words."""
    templates = [*RECORDED["report_templates"]["response"]["body"]]
    templates.append({"href": "/orgs/1/report_templates/rule_hit_count_report", "name": "Rule Hit Count"})
    pce.on("GET", TEMPLATES, (200, templates))
    pce.on("GET", SETTINGS, (200, RECORDED["report_settings"]["response"]["body"]))
    pce.on("GET", REPORTS, (200, []))
    pce.on("POST", REPORTS, (201, made("report_submit_rule_hit_count")))
    pce.on("GET", REPORT, (200, made("report_submit_rule_hit_count")), (200, made()))
    pce.on("GET", f"{REPORT}/download", (200, CSV, {"Content-Type": "text/csv"}))
    return pce


def test_a_report_from_the_request_to_the_file(client, laid, tmp_path) -> None:
    dest = tmp_path / "hits.csv"
    verdict = Run(client, dest=str(dest))()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert dest.read_bytes() == CSV
    assert verdict.result == {
        "href": HREF,
        "template": "/orgs/1/report_templates/rule_hit_count_report",
        "description": MARKED,
        "generated_at": "2023-11-03T07:52:05.233Z",
        "path": str(dest),
        "size": len(CSV),
        "sha256": verdict.result["sha256"],
    }
    assert (verdict.job.handle.id, verdict.job.handle.fingerprint) == (HREF, {"description": MARKED})
    assert verdict.polling.observed == {"pending 0%": 1, "done": 1}
    [asked] = laid.sent("POST")
    recorded = RECORDED["report_submit_rule_hit_count"]["request"]["body"]
    assert asked.body == {
        **{name: value for name, value in recorded.items() if name != "send_by_email"},
        "description": MARKED,
    }
    # The same content again is no change.
    assert Run(client, dest=str(dest))().changed is False


@pytest.mark.parametrize(
    ("found", "progress"),
    [
        (0, 0.0),
        (62.5, 62.5),
        (100, 100.0),
        (float("inf"), None),
        (float("nan"), None),
        pytest.param(10**400, None, id="of any length"),
        (-1, None),
        ("62", None),
        (True, None),
        (None, None),
    ],
)
def test_what_is_no_percentage_is_no_progress(client, found: object, progress: float | None) -> None:
    assert Run(client).operation.progress_of(made(progress_percentage=found)) == progress


def test_a_report_that_stays_on_the_pce(client, laid) -> None:
    verdict = Run(client)()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert verdict.result["href"] == HREF
    assert not laid.sent("GET", "download")


def test_only_what_was_asked_for_is_sent(client) -> None:
    """Trap 32: the format is in the guide and not in the strict schema."""
    assert set(WANTED.body("/orgs/1", "x")) == {"report_template", "report_parameters", "description"}
    more = ReportOptions("executive_summary_report", send_by_email=False, report_format="pdf").body("/orgs/1", "x")
    assert (more["send_by_email"], more["report_format"]) == (False, "pdf")


@pytest.mark.parametrize("word", ["failed", "error"])
def test_a_report_that_failed(client, laid, word) -> None:
    laid.on("GET", REPORT, (200, made(status=word)))
    assert Run(client)().outcome is Outcome.FAILED


@pytest.mark.parametrize("word", ["cancelled", "canceled"])
def test_cancel(client, laid, word) -> None:
    run = Run(client)
    handle = run.operation.submit()
    laid.on("PUT", REPORT, (204, b""))
    laid.on(
        "GET", REPORT, (200, made(status="pending")), (200, made(status="cancel_requested")), (200, made(status=word))
    )
    verdict = Wait(run.operation, handle, Timing(600, 2, 15, 120), run.fake.world).cancel()
    assert (verdict.outcome, verdict.job.state) == (Outcome.SUCCEEDED, JobState.CANCELED)
    assert [asked.body for asked in laid.sent("PUT")] == [{"status": "cancel_requested"}]


# Trap 22.
@pytest.mark.parametrize("answer", [(502, b""), LOST, (201, b"")])
def test_a_lost_answer_is_found_by_the_description(client, laid, answer) -> None:
    laid.on("POST", REPORTS, answer)
    laid.on(
        "GET", REPORTS, (200, [made(description="other", href="/orgs/1/reports/x"), made(description=None), made()])
    )
    laid.on("GET", REPORT, (200, made()))
    verdict = Run(client)()
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, HREF)
    assert len(laid.sent("POST")) == 1


def test_a_report_in_flight_with_the_same_options_is_adopted(client, laid) -> None:
    theirs = f"My first rule hit count report [nj:{WANTED.intent}-00000000]"
    running = made("report_submit_rule_hit_count", description=theirs)
    laid.on(
        "GET",
        REPORTS,
        (
            200,
            [
                {**running, "href": "/orgs/1/reports/1", "status": "done"},
                {**running, "href": "/orgs/1/reports/2", "status": "cancel_requested"},
                running,
            ],
        ),
    )
    laid.on("GET", REPORT, (200, made(description=theirs)))
    verdict = Run(client)(adopt=True)
    assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, True)
    assert not laid.sent("POST")


def test_another_report_under_the_href_is_noticed(client, laid) -> None:
    run = Run(client)
    handle = run.operation.submit()
    laid.on("GET", REPORT, (200, made(description="Somebody's")))
    assert run(handle=handle).outcome is Outcome.LOST


def test_an_unknown_template_is_refused_with_the_known_ones(client, laid) -> None:
    verdict = Run(client, ReportOptions("executive_sumary_report"))(check_mode=True)
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.refusal == {"reason": "bad_input"}
    assert "only executive_summary_report, rule_hit_count_report, traffic_flow_report" in verdict.message
    assert not laid.sent("POST")


def test_a_template_that_is_switched_off(client, laid) -> None:
    href = "/orgs/1/report_templates/rule_hit_count_report"
    laid.on("GET", TEMPLATES, (200, [{"href": href, "name": "x", "enabled": False}]))
    verdict = Run(client)()
    assert (verdict.outcome, "switched off" in verdict.message) == (Outcome.REFUSED, True)


def test_reports_that_are_switched_off(client, laid) -> None:
    laid.on("GET", SETTINGS, (200, {"enabled": False}))
    verdict = Run(client)()
    assert (verdict.outcome, "switched off in its settings" in verdict.message) == (Outcome.REFUSED, True)


def test_what_may_not_be_read_beforehand_is_left_to_the_pce(client, laid) -> None:
    laid.on("GET", TEMPLATES, (403, [{"token": "forbidden", "message": "no"}]))
    laid.on("GET", SETTINGS, (404, b""))
    assert Run(client)().outcome is Outcome.SUCCEEDED


def test_a_refusal_has_the_words_of_the_pce(client, laid) -> None:
    laid.on("POST", REPORTS, (406, [{"token": "input_validation_error", "message": "Input validation failed."}]))
    verdict = Run(client)()
    assert verdict.outcome is Outcome.REFUSED
    assert "Input validation failed" in verdict.message
    assert "X-Request-Id" in verdict.message
    assert len(laid.sent("POST")) == 1


@pytest.mark.parametrize(
    "broken",
    [(200, b""), (200, b"<html>Log in</html>", {"Content-Type": "text/html; charset=utf-8"}), (503, b""), LOST],
)
def test_a_download_that_is_no_file_is_repeated(client, laid, tmp_path, broken) -> None:
    laid.on("GET", f"{REPORT}/download", broken, (200, CSV))
    dest = tmp_path / "hits.csv"
    verdict = Run(client, dest=str(dest))()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert dest.read_bytes() == CSV
    assert list(tmp_path.iterdir()) == [dest]


def test_a_handle_says_where_to_write(client, laid, tmp_path) -> None:
    dest = tmp_path / "hits.csv"
    started = Run(client, dest=str(dest))(wait=False)
    assert (started.outcome, started.changed) == (Outcome.RUNNING, False)
    handle = Handle.from_dict(json.loads(json.dumps(started.job.handle.to_dict())))
    fake = FakeTime()
    fake.now = time.monotonic()
    verdict = lifecycle.run(Report(client), Wishes(timing=Timing(600, 2, 15, 120), handle=handle), fake.world)
    assert (verdict.outcome, verdict.changed, dest.read_bytes()) == (Outcome.SUCCEEDED, True, CSV)
    elsewhere = tmp_path / "elsewhere.csv"
    later = Report(client, dest=str(elsewhere))
    verdict = lifecycle.run(later, Wishes(timing=Timing(600, 2, 15, 120), handle=handle), fake.world)
    assert verdict.result["path"] == str(elsewhere)


def test_check_mode_predicts_no_success_with_a_wrong_key(client, laid) -> None:
    laid.on("GET", TEMPLATES, (401, [])).on("GET", SETTINGS, (401, []))
    assert Run(client)(check_mode=True).outcome is Outcome.REFUSED


def test_check_mode_predicts_the_file(client, laid, tmp_path) -> None:
    verdict = Run(client, dest=str(tmp_path / "hits.csv"))(check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert Run(client)(check_mode=True).changed is False
    assert not laid.sent("POST")


# The options of the module.


def params(connection, **given: t.Any) -> dict[str, t.Any]:
    names = ("handle", "dest", "report_parameters", "last_days", "start", "end", "description", "send_by_email")
    usual = {**dict.fromkeys(names), "template": "executive_summary_report", "report_format": None}
    return {**connection, **usual, **given}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"last_days": 7}, {"report_time_range": {"last_num_days": 7}}),
        (
            {"start": "2026-11-01", "end": "2026-11-07", "report_parameters": {"app_groups": []}},
            {
                "report_time_range": {"start_date": "2026-11-01T00:00:00.000Z", "end_date": "2026-11-07T23:59:59.999Z"},
                "app_groups": [],
            },
        ),
        (
            {"start": "2026-11-01T00:00:00Z"},
            {"report_time_range": {"start_date": "2026-11-01T00:00:00.000Z", "end_date": "2026-11-22T05:00:00.000Z"}},
        ),
        (
            {"report_parameters": {"report_time_range": {"last_num_days": 1}}},
            {"report_time_range": {"last_num_days": 1}},
        ),
        ({}, {}),
    ],
)
def test_the_parameters_of_a_report(connection, pce, given, sent) -> None:
    pce.on("POST", REPORTS, (201, made()))
    report.from_options(params(connection, **given), set().update, now=NOW).submit()
    assert pce.sent("POST")[0].body["report_parameters"] == sent


def test_two_runs_of_one_task_have_one_intent(connection, pce) -> None:
    pce.on("POST", REPORTS, (201, made()))
    for now in (NOW, NOW + datetime.timedelta(minutes=10)):
        report.from_options(params(connection, start="2026-11-01"), set().update, now=now).submit()
    report.from_options(params(connection, start="2026-11-02"), set().update, now=NOW).submit()
    first, second, other = (asked.body["description"].partition("-")[0] for asked in pce.sent("POST"))
    assert first == second != other


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"template": "a b"}, "template:"),
        ({"template": "/orgs/1/reports/7"}, "template:"),
        ({"last_days": 0}, "last_days:"),
        ({"last_days": 7, "report_parameters": {"report_time_range": {}}}, "report_parameters: has report_time_range"),
        # Trap 21: reports refuse a date that queries silently change; here neither gets there.
        ({"start": "2026-11-31"}, "start:"),
        ({"description": "x" * 231}, "description: write it on one line, with at most 230"),
        ({"description": "a\nb"}, "description:"),
        ({"dest": "/no/such/folder/x"}, "dest:"),
    ],
)
def test_bad_options_are_named(connection, given, text) -> None:
    with pytest.raises(errors.BadInput) as caught:
        report.from_options(params(connection, **given), set().update, now=NOW)
    assert caught.value.message.startswith(text)


def test_a_template_by_its_href(connection, pce) -> None:
    pce.on("POST", REPORTS, (201, made()))
    href = "/orgs/1/report_templates/ransomware"
    report.from_options(params(connection, template=href), set().update, now=NOW).submit()
    assert pce.sent("POST")[0].body["report_template"] == {"href": href}


def test_a_handle_alone_is_enough(connection) -> None:
    operation = report.from_options(params(connection, handle={"x": 1}, template=None), set().update)
    with pytest.raises(errors.BadInput):
        operation.submit()
