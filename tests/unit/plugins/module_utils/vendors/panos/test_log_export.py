# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import dataclasses
import json
import re
import time

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, Interrupted, Refused
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import log_export
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.client import PanosClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.log_export import LogExport
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.log_options import (
    KEPT_ROWS,
    LogOptions,
    LogWindow,
    Output,
    device_time,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime
from ansible_collections.netops.jobs.tests.unit.plugins.module_utils.vendors.panos.fake_log import (
    FakeLog,
    row,
)

WISHES = Wishes(timing=LogExport.timing)


@pytest.fixture
def log(monkeypatch):
    made = FakeLog(23)
    monkeypatch.setattr(HttpClient, "_adapter", lambda self, **_own: made)
    monkeypatch.setattr(log_export, "PAGE", 5)
    return made


def fake_time():
    """Time that begins now: the client knows the real clock only."""
    made = FakeTime()
    made.now = time.monotonic()
    return made


@pytest.fixture
def time_():
    return fake_time()


@pytest.fixture
def export(make_client, log, time_):
    def run(*, wishes=WISHES, **options):
        fields = {field.name for field in dataclasses.fields(Output)}
        output = Output(**{name: options.pop(name) for name in fields & set(options)})
        operation = LogExport(make_client(), LogOptions("traffic", output=output, **options))
        return lifecycle.run(operation, wishes, time_.world)

    return run


def seqnos(path):
    return [int(json.loads(line)["seqno"]) for line in path.read_text().splitlines()]


def test_pages_join_without_a_row_lost_or_doubled(export, log, tmp_path):
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.changed
    assert seqnos(dest) == list(range(23, 0, -1))
    # Each page begins with the last row of the one before.
    assert log.queries() == [("0", "5"), ("4", "5"), ("8", "5"), ("12", "5"), ("16", "5"), ("20", "5")]
    assert verdict.result["count"] == 23
    assert verdict.result["pages"] == 6
    assert verdict.result["truncated"] is False
    assert verdict.result["path"] == str(dest)
    assert verdict.message.endswith("succeeded (23 rows).")
    assert "rows" not in verdict.result
    assert verdict.job.handle.id == "41"


@pytest.mark.parametrize("rows", range(14))
def test_any_number_of_rows(export, log, tmp_path, rows):
    """Also where a page ends exactly with the last row."""
    log.rows = FakeLog(rows).rows
    dest = tmp_path / "traffic.ndjson"
    assert export(dest=str(dest)).result["count"] == rows
    assert seqnos(dest) == list(range(rows, 0, -1))


# Trap 14.
def test_a_query_without_rows_ends_too(export, log, tmp_path):
    log.rows = []
    verdict = export()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert (verdict.result["rows"], verdict.result["count"]) == ([], 0)


# Trap 14.
def test_the_recorded_answers(make_client, device, recorded):
    device.on("log", recorded("demisto_log_submit.xml"))
    device.on("get", recorded("panospython_log_job_FIN_config.xml"))
    device.on("finish", "<response status='success'/>")
    device.on("<system>", FakeLog()._clock({}))
    operation = LogExport(make_client(), LogOptions("config"))
    verdict = lifecycle.run(operation, WISHES, fake_time().world)
    assert verdict.outcome is Outcome.SUCCEEDED
    rows = verdict.result["rows"]
    # Below <meta> there are entries, too, which are no rows.
    assert [each["logid"] for each in rows] == ["6947456634637516808", "6947456634637516805"]
    assert rows[0]["admin"] == "admin1"
    assert rows[0]["path"] == " vsys  vsys1 rulebase security rules  my policy"
    assert verdict.job.handle.fingerprint == {"tenq": "10:28:38"}


# Trap 46.
def test_one_row(make_client, device, recorded):
    device.on("log", recorded("demisto_log_submit.xml"))
    device.on("get", recorded("demisto_log_FIN_traffic_1.xml"))
    device.on("finish", "<response status='success'/>")
    device.on("<system>", FakeLog()._clock({}))
    operation = LogExport(make_client(), LogOptions("traffic"))
    verdict = lifecycle.run(operation, WISHES, fake_time().world)
    assert len(verdict.result["rows"]) == 1
    assert verdict.result["rows"][0]["dstloc"] == "Singapore"
    assert verdict.result["rows"][0]["imsi"] == ""


def test_the_window_is_closed_by_the_clock_of_the_device(export, log):
    verdict = export(query="(app eq dns) or (app eq ssl)", last="90m", limit=3)
    [sent] = {form["query"] for form in log.forms if "query" in form}
    assert sent == (
        "((app eq dns) or (app eq ssl)) and (receive_time leq '2026/11/21 11:59:00') "
        "and (receive_time geq '2026/11/21 10:29:00')"
    )
    assert verdict.result["query"] == sent
    assert (verdict.result["start"], verdict.result["end"]) == ("2026/11/21 10:29:00", "2026/11/21 11:59:00")
    assert {form["dir"] for form in log.forms if "query" in form} == {"backward"}
    assert all("target" not in form for form in log.forms)


# Trap 39.
def test_rows_that_come_while_the_log_is_read_shift_nothing(export, log, tmp_path):
    number = 1000

    def more_traffic(action, count):
        nonlocal number
        if action == "submit":
            number += 4
            log.rows[:0] = [row(number + 7200 - step) for step in range(4)]

    log.before = more_traffic
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest), end="2026/11/21 10:30:00")
    assert verdict.outcome is Outcome.SUCCEEDED
    assert seqnos(dest) == list(range(23, 0, -1))


# Trap 39.
@pytest.mark.parametrize("late", range(1, 5))
def test_rows_that_appear_late_inside_the_window_double_nothing(export, log, tmp_path, late):
    def appear(action, count):
        if action == "submit" and count == 3:
            log.rows[:0] = [row(40 - step) for step in range(late)]

    log.before = appear
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert seqnos(dest) == list(range(23, 0, -1))


# Trap 39.
@pytest.mark.parametrize("change", ["more than a page appear", "the newest vanish"])
def test_a_shift_that_loses_the_place_is_a_failure_and_writes_nothing(export, log, tmp_path, change):
    def shift(action, count):
        if action == "submit" and count == 3:
            if change == "the newest vanish":
                del log.rows[:2]
            else:
                log.rows[:0] = [row(60 - step) for step in range(7)]

    log.before = shift
    verdict = export(dest=str(tmp_path / "traffic.ndjson"))
    assert verdict.outcome is Outcome.FAILED
    assert "changed while it was read: row 9 is no longer" in verdict.message
    assert not verdict.changed
    assert list(tmp_path.iterdir()) == []


def test_old_rows_may_be_deleted_while_the_log_is_read(export, log, tmp_path):
    def purge(action, count):
        if action == "submit" and count == 3:
            del log.rows[15:]

    log.before = purge
    dest = tmp_path / "traffic.ndjson"
    assert export(dest=str(dest)).outcome is Outcome.SUCCEEDED
    assert seqnos(dest) == list(range(23, 8, -1))


def test_the_place_itself_may_be_deleted_with_all_that_is_older(export, log, tmp_path):
    def purge(action, count):
        if action == "submit" and count == 3:
            del log.rows[6:]

    log.before = purge
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert seqnos(dest) == list(range(23, 14, -1))
    assert "were deleted by the device" in verdict.job.warnings[0]


# Trap 24.
@pytest.mark.parametrize("keep", [0.1, 0.3, 0.6, 0.9, 0.999])
def test_a_page_that_breaks_off_is_read_again(export, log, tmp_path, keep):
    def cut(action, count):
        if action == "get" and count == 2:
            whole = log._get(log.forms[-1])
            return whole[: int(len(whole) * keep)]
        return None

    log.before = cut
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 1
    assert seqnos(dest) == list(range(23, 0, -1))


# Trap 24.
@pytest.mark.parametrize("action", ["submit", "get", "finish"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_outage_at_any_step(export, log, tmp_path, action, count):
    def fail(now, number):
        return requests.exceptions.ConnectionError("reset") if (now, number) == (action, count) else None

    log.before = fail
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert seqnos(dest) == list(range(23, 0, -1))


# Trap 21, Trap 23.
@pytest.mark.parametrize(
    "error", ['code="22"><msg><line>Session timed out', 'code="403"><msg><line>Invalid Credential']
)
def test_a_key_that_dies_between_pages_is_renewed(export, log, tmp_path, error):
    def die(action, count):
        dead = action == "get" and count == 3
        return f'<response status="error" {error}</line></msg></response>' if dead else None

    log.before = die
    dest = tmp_path / "traffic.ndjson"
    assert export(dest=str(dest)).outcome is Outcome.SUCCEEDED
    assert seqnos(dest) == list(range(23, 0, -1))
    assert log.counts["keygen"] == 2


def test_a_later_page_whose_job_gets_the_id_of_the_first_one_after_a_restart(export, log, tmp_path):
    """Trap 11, of our own job: it was enqueued later, and is none the less ours."""

    def restarts(action, count):
        if action == "get" and count == 3:
            log.jobs.clear()
            log.started, log.tenq = 0, "15:20:00"

    log.before = restarts
    verdict = export(dest=str(tmp_path / "rows"))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["count"] == 23
    assert log.finished().count("41") == 2


def test_the_job_of_a_later_page_is_gone_after_a_restart(export, log, tmp_path):
    def restart(action, count):
        if action == "get" and count == 3:
            log.jobs.clear()

    log.before = restart
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert seqnos(dest) == list(range(23, 0, -1))
    assert sum("page is gone" in label for label in verdict.polling.observed) == 1


def test_a_lost_answer_to_the_query_is_no_reason_to_search(export, log, time_):
    def lose(action, count):
        if (action, count) == ("submit", 1):
            log._submit(log.forms[-1])
            return requests.exceptions.ReadTimeout("slow")
        return None

    log.before = lose
    verdict = export(limit=3)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(log.queries()) == 2


def test_pages_that_are_ready_cost_no_waiting(export, log, tmp_path, time_):
    began = time_.now
    export(dest=str(tmp_path / "a"))
    assert time_.now - began <= LogExport.timing.poll_interval


def test_pages_that_are_not_ready_are_waited_for(export, log, tmp_path, time_):
    log.looks = 2
    began = time_.now
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest), start="2026/11/21 10:00:00", end="2026/11/21 10:00:23")
    assert seqnos(dest) == list(range(23, 0, -1))
    assert time_.now - began >= 6 * LogExport.timing.poll_interval
    seen = [event.observation for event in time_.events if event.kind == "observed"]
    progress = [each.progress for each in seen if each.progress is not None]
    assert progress == sorted(progress)
    assert len(set(progress)) > 4
    assert seen[3].note == "5 rows"
    assert verdict.polling.polls == 18


@pytest.mark.parametrize("kept", [True, False])
def test_finish_is_sent_for_each_query(export, log, tmp_path, kept):
    log.kept = kept
    export(dest=str(tmp_path / "a"))
    assert log.finished() == ["41", "42", "43", "44", "45", "46"]
    assert log.jobs == {}


def test_nobody_waits_long_for_the_answer_to_finish(export, log, monkeypatch):
    bounds = []
    ask = PanosClient.ask

    def listen(client, form, **more):
        bounds.append((form.get("action"), more.get("within")))
        return ask(client, form, **more)

    monkeypatch.setattr(PanosClient, "ask", listen)
    assert export().outcome is Outcome.SUCCEEDED
    assert [within for action, within in bounds if action == "finish"] == [10.0] * 6


def test_a_device_that_does_not_know_finish(export, log):
    log.before = lambda action, count: (
        '<response status="error" code="17"><msg><line>bad action</line></msg></response>'
        if action == "finish"
        else None
    )
    assert export(limit=7).outcome is Outcome.SUCCEEDED


# Trap 19.
def test_a_query_that_the_device_refuses(export, log):
    log.before = lambda action, count: (
        '<response status="error"><msg><line>Invalid query: app eqq dns</line></msg></response>'
        if action == "submit"
        else None
    )
    verdict = export(query="app eqq dns")
    assert verdict.outcome is Outcome.REFUSED
    assert "Invalid query: app eqq dns" in verdict.message
    assert "query" in verdict.message
    assert "(app eqq dns) and (receive_time leq" in verdict.message


# Trap 20.
def test_an_account_that_may_not_read_logs(export, log, recorded):
    log.before = lambda action, count: recorded("commit_unauthorized_role_403.xml") if action == "submit" else None
    verdict = export()
    assert (verdict.outcome, verdict.refusal) == (Outcome.REFUSED, {"reason": "denied"})


def test_few_rows_are_returned(export, log):
    verdict = export(fields=["seqno", "nothing"], limit=100)
    assert verdict.result["rows"] == [{"seqno": str(number)} for number in range(23, 0, -1)]
    assert not verdict.changed


def test_too_many_rows_to_return_are_a_failure_that_names_the_way_out(export, log, monkeypatch):
    monkeypatch.setattr(log_export, "PAGE", 5000)
    log.rows = FakeLog(KEPT_ROWS).rows
    assert export().result["count"] == KEPT_ROWS
    log.rows = FakeLog(KEPT_ROWS + 1).rows
    verdict = export()
    assert verdict.outcome is Outcome.FAILED
    assert "more than 1000 rows" in verdict.message
    assert "dest" in verdict.message


@pytest.mark.parametrize("limit", [1, 3, 4, 5, 6, 9, 10, 22, 23, 24])
def test_a_limit_takes_the_newest_and_says_whether_there_were_more(export, log, tmp_path, limit):
    dest = tmp_path / "traffic.ndjson"
    verdict = export(dest=str(dest), limit=limit)
    assert seqnos(dest) == list(range(23, 0, -1))[:limit]
    assert verdict.result["truncated"] is (limit < 23)
    assert verdict.result["count"] == min(limit, 23)


def test_csv_has_a_column_for_each_field_of_any_row(export, log, tmp_path):
    log.rows[3] = row(20, "<user>ann, bob</user><flags><f>1</f><f>2</f></flags>")
    log.rows[9] = row(14, '<note>said "no"\n\u00e9</note>')
    dest = tmp_path / "traffic.csv"
    verdict = export(dest=str(dest), format="csv")
    with dest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["logid", "receive_time", "serial", "seqno", "app", "user", "flags", "note"]
    assert [int(each["seqno"]) for each in rows] == list(range(23, 0, -1))
    assert (rows[3]["user"], rows[3]["flags"], rows[0]["user"]) == ("ann, bob", '{"f":["1","2"]}', "")
    assert rows[9]["note"] == 'said "no"\n\u00e9'
    assert [path.name for path in tmp_path.iterdir()] == ["traffic.csv"]
    assert verdict.result["format"] == "csv"


def test_csv_with_chosen_fields(export, log, tmp_path):
    dest = tmp_path / "traffic.csv"
    export(dest=str(dest), format="csv", fields=("app", "seqno", "user"), limit=2)
    assert dest.read_bytes() == b"app,seqno,user\r\ndns,23,\r\ndns,22,\r\n"


@pytest.mark.parametrize("format_", ["csv", "ndjson", "xml"])
def test_a_page_that_breaks_off_leaves_nothing_in_any_format(export, log, tmp_path, format_):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    export(dest=str(whole), format=format_)
    log.counts.clear()

    def break_off(action, count):
        if action == "get" and count in (2, 4):
            answer = log._get(log.forms[-1])
            return answer[: answer.index("</logs>")]
        return None

    log.before = break_off
    assert export(dest=str(cut), format=format_).polling.outages == 2
    assert cut.read_bytes() == whole.read_bytes()


def test_xml_has_the_rows_as_they_are(export, log, tmp_path):
    log.rows[0] = row(23, '<dstloc code="SG">Singapore &amp; more</dstloc><imsi/>')
    dest = tmp_path / "traffic.xml"
    export(dest=str(dest), format="xml", limit=2)
    lines = dest.read_text().splitlines()
    assert lines == ['<?xml version="1.0" encoding="UTF-8"?>', "<logs>", log.rows[0], log.rows[1], "</logs>"]


def test_a_second_export_of_the_same_rows_changes_nothing(export, log, tmp_path):
    dest = tmp_path / "traffic.ndjson"
    assert export(dest=str(dest)).changed
    again = export(dest=str(dest))
    assert (again.outcome, again.changed) == (Outcome.SUCCEEDED, False)
    log.rows.pop()
    assert export(dest=str(dest)).changed


def test_check_mode_asks_for_the_time_only(export, log, tmp_path):
    check = dataclasses.replace(WISHES, check_mode=True)
    verdict = export(dest=str(tmp_path / "a"), wishes=check)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "to 2026/11/21 11:59:00 would be written to" in verdict.message
    assert export(wishes=check).changed is False
    assert set(log.counts) == {"keygen", "clock"}
    assert list(tmp_path.iterdir()) == []


# Resuming by handle.


@pytest.fixture
def left(export, log, tmp_path):
    """The handle of an export that nobody waited for, as another process gets it."""
    verdict = export(
        dest=str(tmp_path / "a.csv"), format="csv", fields=("seqno",), wishes=dataclasses.replace(WISHES, wait=False)
    )
    assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, False)
    return Handle.from_dict(json.loads(json.dumps(verdict.to_dict()["job"]["handle"])))


def resumed(make_client, handle, **wishes):
    operation = OPERATIONS["panos.log_export"](make_client())
    return lifecycle.run(operation, dataclasses.replace(WISHES, handle=handle, **wishes), fake_time().world)


def test_a_handle_is_all_that_a_later_process_needs(make_client, left, log, tmp_path):
    verdict = resumed(make_client, left)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert (tmp_path / "a.csv").read_text().split() == ["seqno", *map(str, range(23, 0, -1))]
    assert len(log.queries()) == 6
    assert verdict.job.handle.id == left.id


@pytest.mark.parametrize("kept", [True, False])
def test_an_interrupted_export_leaves_nothing_behind(make_client, left, log, tmp_path, kept):
    """A device that keeps what was read lets it be read again; else the task is to be run again."""
    log.kept = kept

    def interrupt():
        if log.counts.get("get", 0) >= 3:
            assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
            raise Interrupted("interrupted by SIGTERM")

    log.before = lambda action, count: "" if kept and action == "finish" else None
    operation = LogExport(make_client())
    world = dataclasses.replace(fake_time().world, still_wanted=interrupt)
    verdict = lifecycle.run(operation, dataclasses.replace(WISHES, handle=left), world)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert list(tmp_path.iterdir()) == []
    again = resumed(make_client, verdict.job.handle)
    if kept:
        assert len((tmp_path / "a.csv").read_text().split()) == 24
    else:
        assert again.outcome is Outcome.LOST
        assert "It changed nothing there: run the task again without the handle." in again.message


def test_looking_without_waiting_takes_nothing(make_client, left, log, tmp_path):
    requests_before = len(log.forms)
    for wishes in ({"wait": False}, {"check_mode": True}):
        verdict = resumed(make_client, left, **wishes)
        assert verdict.outcome is Outcome.RUNNING
        assert verdict.changed is ("check_mode" in wishes)
    assert list(tmp_path.iterdir()) == []
    assert len(log.forms) == requests_before
    assert resumed(make_client, left).outcome is Outcome.SUCCEEDED


def test_another_file_than_that_of_the_handle(make_client, left, log, tmp_path):
    operation = LogExport(make_client(), dest=str(tmp_path / "b.csv"))
    verdict = lifecycle.run(operation, dataclasses.replace(WISHES, handle=left), fake_time().world)
    assert verdict.result["path"] == str(tmp_path / "b.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


def test_an_export_is_stopped(make_client, left, log, tmp_path):
    wait = Wait(LogExport(make_client()), left, LogExport.timing, fake_time().world)
    verdict = wait.cancel()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.message.endswith("was canceled.")
    assert log.finished() == ["41"]


def test_an_export_whose_time_is_over_stops_the_query_of_its_page(export, log, tmp_path):
    log.looks = 100000
    log.before = lambda action, count: log.jobs[log.forms[-1]["job-id"]].update(looks=0) if count == 2 else None
    short = dataclasses.replace(LogExport.timing, wait_timeout=60)
    wishes = dataclasses.replace(WISHES, timing=short, cancel_on_timeout=True)
    verdict = export(dest=str(tmp_path / "a"), wishes=wishes)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert "was canceled" in verdict.message
    assert log.jobs == {}
    assert list(tmp_path.iterdir()) == []


def test_after_a_restart_of_the_device_the_task_can_simply_run_again(make_client, left, log):
    log.jobs.clear()
    verdict = resumed(make_client, left)
    assert verdict.outcome is Outcome.LOST
    assert "job 41 not found" in verdict.message
    assert "run the task again without the handle" in verdict.message


def test_an_id_that_names_another_query_now(make_client, left, log):
    left = left.with_fingerprint({"tenq": "09:00:00"})
    verdict = resumed(make_client, left)
    assert verdict.outcome is Outcome.LOST
    assert "enqueued 15:09:25" in verdict.message


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"format": "doc"}, "format"),
        ({"limit": "-1"}, "limit"),
        ({"end": ""}, "end"),
        ({"fields": "{}"}, "fields"),
        ({"dest": "/no/such/folder/file"}, "dest: the folder /no/such/folder"),
    ],
)
def test_a_handle_whose_options_cannot_be_used_ends_the_wait_at_once(make_client, left, change, named):
    verdict = resumed(make_client, dataclasses.replace(left, options={**left.options, **change}))
    assert verdict.outcome is Outcome.UNREACHABLE
    assert named in verdict.message
    assert verdict.polling.polls == 1


def test_a_disk_that_is_full_ends_the_wait_at_once(make_client, left, log, tmp_path, monkeypatch):
    def full(self, entry):
        raise BadInput("dest: no space left on device.")

    monkeypatch.setattr("ansible_collections.netops.jobs.plugins.module_utils._transport.rows.FileSink.add", full)
    verdict = resumed(make_client, left)
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "no space left" in verdict.message
    assert list(tmp_path.iterdir()) == []


# Answers that are none.


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<html><body>Service unavailable</body></html>",
        '<response status="success"><result><log><logs count="0"/></log></result></response>',
        '<!DOCTYPE response [<!ENTITY a "b">]><response status="success"><result><job><status>FIN</status></job>'
        "<log><logs>&a;</logs></log></result></response>",
        '<response status="success"><result><job><status>FIN</status></job><log><logs>',
    ],
)
def test_what_is_no_answer_is_asked_for_again(export, log, answer):
    log.before = lambda action, count: answer if (action, count) == ("get", 1) else None
    verdict = export(limit=3)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 1
    assert verdict.result["count"] == 3


def test_a_state_that_nobody_knows_is_waited_for(export, log):
    log.before = lambda action, count: log.answer("41", "MOVED", []) if (action, count) == ("get", 1) else None
    verdict = export(limit=3)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "'MOVED' is not known" in verdict.warnings[0]


def test_rows_of_a_query_that_is_not_over_do_not_count(export, log):
    log.before = lambda action, count: log.answer("41", "ACT", [row(99)]) if (action, count) == ("get", 1) else None
    verdict = export(limit=3)
    assert [each["seqno"] for each in verdict.result["rows"]] == ["23", "22", "21"]


def test_rows_without_an_id_are_told_apart_by_all_that_they_say(export, log, tmp_path):
    log.rows = [re.sub(' logid="[0-9]+"|<seqno>.*?</seqno>', "", each) for each in log.rows]
    dest = tmp_path / "corr.ndjson"
    assert export(dest=str(dest)).result["count"] == 23
    assert len(set(dest.read_text().splitlines())) == 23


# The options.


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"log_type": "Traffic log"}, "log_type"),
        ({"limit": 0}, "limit"),
        ({"query": "a) or (b"}, "query"),
        ({"query": "(a"}, "query"),
        ({"query": "app eq 'x"}, "query"),
        ({"query": "a\nb"}, "query"),
        ({"start": "yesterday"}, "start"),
        ({"end": "2026/13/01 00:00:00"}, "end"),
        ({"start": "2026/11/21 11:00:00", "end": "2026/11/21 10:00:00"}, "start"),
        ({"last": "1 fortnight"}, "last"),
        ({"last": "0h"}, "last"),
    ],
)
def test_options_that_make_no_sense(options, named):
    with pytest.raises(BadInput, match=f"^{named}:"):
        LogOptions(**{"log_type": "traffic", **options})


@pytest.mark.parametrize("text", ["2026/11/21 09:00:00", "2026-11-21 09:00:00", "2026-11-21T09:00:00"])
def test_times_may_be_written_as_yaml_writes_them(export, text):
    assert export(start=text, limit=1).result["start"] == "2026/11/21 09:00:00"


def test_brackets_inside_quotes_do_not_count():
    LogOptions("traffic", query="(rule eq 'a) or (b')")


def test_an_end_in_the_future_is_cut_to_what_stands_still(export):
    assert export(end="2027/01/01 00:00:00", limit=1).result["end"] == "2026/11/21 11:59:00"


def test_a_start_in_the_future(export):
    verdict = export(start="2026/11/21 11:59:30")
    assert (verdict.outcome, verdict.refusal) == (Outcome.REFUSED, {"reason": "bad_input"})
    assert "start: 2026/11/21 11:59:30 is later than 2026/11/21 11:59:00" in verdict.message


def test_a_window_survives_its_way_through_a_handle():
    window = LogWindow("url", "a", "2026/11/21 09:00:00", "2026/11/21 11:59:00", 7, Output(None, "csv", ("b", "c")))
    assert LogWindow.from_handle(window.to_handle()) == window


def test_a_device_that_tells_no_time(client, device):
    device.on("<system>", '<response status="success"><result><system><time>noon</time></system></result></response>')
    with pytest.raises(Refused, match="does not tell its time in a known form, but 'noon'"):
        device_time(client)


@pytest.mark.parametrize("text", ["Sat Nov  7 08:05:03 2026\n", "2026/11/07 08:05:03", "Sat Nov 7 08:05:03 UTC 2026"])
def test_the_time_of_the_device(client, device, text):
    device.on(
        "<system>", f'<response status="success"><result><system><time>{text}</time></system></result></response>'
    )
    assert str(device_time(client)) == "2026-11-07 08:05:03"


def test_a_serial_as_target_is_refused():
    params = {"target": "0123", "handle": None}
    with pytest.raises(BadInput, match=r"^target: "):
        log_export.from_options(params, lambda secrets: None)


def test_answers_row_after_row_stay_small_in_memory(export, log, monkeypatch):
    """Rows are not collected anywhere on the way: each is gone when the next one comes."""
    monkeypatch.setattr(log_export, "PAGE", 5000)
    log.rows = FakeLog(3000).rows
    seen = []
    original = log_export._Page.add

    def add(self, entry):
        seen.append(len(entry.getparent()))
        original(self, entry)

    monkeypatch.setattr(log_export._Page, "add", add)
    export(limit=2000)
    assert len(seen) > 2000
    # A piece of 64 KiB holds some hundred rows of this size.
    assert max(seen) < 600


def test_to_cancel_a_query_that_takes_too_long_changes_nothing(export, log):
    log.looks = 10**6
    verdict = export(wishes=dataclasses.replace(WISHES, cancel_on_timeout=True))
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, False)
    assert log.finished() == ["41"]
