# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import csv
import datetime
import gzip
import io
import json
import time
import tracemalloc
import typing as t
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.tokens import tokens_in
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._registry import operation as operation_of
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import xql_query
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.xql_options import Reading, XqlOptions
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.xql_query import XqlQuery
from ansible_collections.netops.jobs.tests.unit.fakes import JOB, FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "cortex" / "recorded"
START = "/v1/xql/start_xql_query"
RESULTS = "/v1/xql/get_query_results"
STREAM = "/v1/xql/get_query_results_stream"
QUOTA = "/v1/xql/get_quota"
ID = "061880b4867446_4356_inv"
STARTED = (200, {"reply": ID})


def recorded(name: str) -> t.Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


PENDING = (200, recorded("xql_results_pending"))
LOST = requests.exceptions.ReadTimeout("x")
QUERY = "dataset = xdr_data | fields event_id"
NONCE = "89abcdef"
TOKEN = f"{XqlOptions(QUERY).intent}-{NONCE}"
SENT = f"{QUERY}\n// [nj:{TOKEN}]"
EXTRA = {
    "err_msg": "reached max allowed amount of parallel running queries",
    "query_cost": {},
    "remaining_quota": 999.5,
    "total_daily_running_queries": 9,
    "total_daily_concurrent_rejected_queries": 3,
}
FULL = (
    500,
    {"reply": {"err_code": 500, "err_msg": "An error occurred while processing XDR public API", "err_extra": EXTRA}},
)
NOW = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc)
SHORT = Timing(600, 5, 20, 60)


def rows(count: int) -> list[dict[str, t.Any]]:
    return [{"_time": "2026-11-21 09:58:12.31 UTC", "event_id": str(number), "n": number} for number in range(count)]


def reply(status: str = "SUCCESS", **more: t.Any) -> tuple[int, dict[str, t.Any]]:
    return 200, {"reply": {"status": status, "query_cost": {"376699223": 0.5}, "remaining_quota": 999.5, **more}}


def found(data: list[t.Any], number: int | None = None, **more: t.Any) -> tuple[int, dict[str, t.Any]]:
    return reply(number_of_results=len(data) if number is None else number, results={"data": data}, **more)


def streamed(number: int, stream_id: str = "stream1", **more: t.Any) -> tuple[int, dict[str, t.Any]]:
    return reply(number_of_results=number, results={"stream_id": stream_id}, **more)


def ndjson(data: list[t.Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in data)


def active(**queries: str) -> tuple[int, dict[str, t.Any]]:
    shown = {name: {"xql": text, "duration": 3} for name, text in queries.items()}
    return 200, {"reply": {"license_quota": 1000, "current_concurrent_active_queries": shown}}


class Run:
    """A query, and a world for it whose time does not pass by itself."""

    def __init__(self, client, **reading: t.Any) -> None:
        self.client = client
        self.fake = FakeTime()
        self.fake.now = time.monotonic()  # the client bounds its requests by this clock
        self.reading = Reading(**reading)
        self.operation = self.another()

    def another(self, query: str = QUERY, **options: t.Any) -> XqlQuery:
        return XqlQuery(
            self.client, XqlOptions(query, **options), self.reading, nonce=NONCE, clock=lambda: self.fake.now
        )

    def __call__(self, operation: XqlQuery | None = None, **wishes: t.Any):
        given_wishes = {"timing": SHORT, "adopt": False, "wait_for_idle": True, **wishes}
        return lifecycle.run(operation or self.operation, Wishes(**given_wishes), self.fake.world)


@pytest.fixture
def run(client) -> Run:
    return Run(client)


@pytest.fixture
def laid(tenant):
    """A tenant that takes a query and has two rows for it."""
    tenant.post(QUOTA, active())
    tenant.post(START, STARTED)
    return tenant.post(RESULTS, PENDING, PENDING, found(rows(2)))


# From the query to the rows.


def test_a_query_from_its_start_to_its_rows(run, laid) -> None:
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert verdict.result == {
        "query_id": ID,
        "number_of_results": 2,
        "query_cost": {"376699223": 0.5},
        "remaining_quota": 999.5,
        "partial": False,
        "count": 2,
        "truncated": False,
        "rows": rows(2),
    }
    assert verdict.job.handle.id == ID
    assert verdict.polling.observed == {"PENDING": 2, "SUCCESS": 1}
    assert verdict.message.endswith("succeeded (2 rows).")
    assert verdict.warnings == ()
    assert [asked.request_data for asked in laid.posted(START)] == [{"query": SENT}]
    assert laid.posted(RESULTS)[0].request_data == {"query_id": ID, "pending_flag": True, "format": "json"}
    assert tokens_in(SENT) == [TOKEN]


def test_the_recorded_answers(run, tenant) -> None:
    tenant.post(QUOTA, (200, recorded("xql_quota"))).post(START, STARTED)
    tenant.post(RESULTS, PENDING, (200, recorded("xql_results_success")))
    verdict = run(adopt=True)
    assert verdict.result["rows"] == [{"x": "test1", "y": None}]
    assert verdict.result["query_cost"] == {"376699223": 0.0031591666666666665}
    assert verdict.result["remaining_quota"] == 1000.0
    assert verdict.warnings == ()


def test_a_query_without_rows(run, laid) -> None:
    laid.post(RESULTS, found([]))
    verdict = run()
    assert (verdict.outcome, verdict.result["rows"], verdict.result["count"]) == (Outcome.SUCCEEDED, [], 0)
    laid.post(RESULTS, reply(number_of_results=0, results={}))
    assert run(run.another()).result["rows"] == []
    laid.post(RESULTS, reply(results={"data": []}))
    assert run(run.another()).result["number_of_results"] is None


def test_no_rows_and_no_number_are_no_success(run, laid) -> None:
    for nothing in ({}, {"results": {}}, {"results": {"data": {"x": 1}}}):
        laid.post(RESULTS, reply(**nothing))
        verdict = run(run.another())
        assert verdict.outcome is Outcome.UNREACHABLE
        assert "does not say that it found no rows" in verdict.message


# Trap 20.
def test_a_query_that_fails_shows_the_whole_answer(run, laid) -> None:
    laid.post(RESULTS, reply("FAIL", what="ever", error={"code": 7}))
    verdict = run()
    assert verdict.outcome is Outcome.FAILED
    assert '"what": "ever", "error": {"code": 7}' in verdict.message
    assert json.loads(verdict.job.messages[0])["error"] == {"code": 7}
    assert verdict.result["query_cost"] == {"376699223": 0.5}


def test_a_query_that_succeeds_in_part_is_a_success_with_a_warning(run, laid) -> None:
    laid.post(RESULTS, found(rows(1), status="PARTIAL_SUCCESS", failed_tenants=["2"]))
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert (verdict.result["partial"], verdict.result["count"]) == (True, 1)
    assert ['"failed_tenants": ["2"]' in warning for warning in verdict.warnings] == [True]
    assert "event_id" not in verdict.warnings[0]


# Trap 8.
def test_words_in_any_case_and_words_that_are_unknown(run, laid) -> None:
    laid.post(RESULTS, reply("Pending"), reply("STOPPING"), found(rows(1), status="success"))
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert ["'STOPPING' is not known" in warning for warning in verdict.warnings] == [True]


# Traps 10 and 23.
def test_trouble_while_it_is_looked_at_is_no_verdict(run, laid) -> None:
    business = (500, {"reply": {"err_code": 500, "err_msg": "x", "err_extra": "the database is away"}})
    laid.post(RESULTS, PENDING, (502, b""), business, (429, b""), (401, b""), (200, {"reply": {}}), found(rows(1)))
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 1
    assert len(laid.posted(START)) == 1


# The start.


# Trap 11.
@pytest.mark.parametrize(
    "text", [EXTRA["err_msg"], "The maximum allowed number of parallel running queries has been reached"]
)
def test_a_tenant_without_a_free_slot_is_waited_for(run, laid, text) -> None:
    full = (500, {"reply": {**FULL[1]["reply"], "err_extra": {**EXTRA, "err_msg": text}}})
    laid.post(START, full, full, full, STARTED)
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(laid.posted(START)) == 4
    assert "failed" not in verdict.message


def test_a_tenant_that_has_no_free_slot_in_time(run, laid) -> None:
    laid.post(START, FULL)
    verdict = run(timing=Timing(100, 5, 20, 60))
    assert (verdict.outcome, verdict.refusal["reason"]) == (Outcome.REFUSED, "busy")
    assert verdict.refusal["err_extra"] == EXTRA
    assert len(laid.posted(START)) == 5
    at_once = run(run.another(), wait_for_idle=False)
    assert (at_once.outcome, len(laid.posted(START))) == (Outcome.REFUSED, 6)


def test_an_api_that_is_not_there_refuses(run, laid) -> None:
    laid.post(START, (404, b"<html>"))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert len(laid.posted(START)) == 1


# Traps 10 and 19.
def test_a_query_that_is_refused_is_not_repeated(run, laid) -> None:
    laid.post(START, (500, {"reply": {**FULL[1]["reply"], "err_extra": {**EXTRA, "err_msg": "quota exceeded"}}}))
    verdict = run()
    assert (verdict.outcome, verdict.refusal["reason"]) == (Outcome.REFUSED, "rejected")
    assert verdict.refusal["err_extra"]["remaining_quota"] == 999.5
    assert "quota exceeded" in verdict.message
    assert len(laid.posted(START)) == 1


@pytest.mark.parametrize("answer", [LOST, (500, b""), (502, b""), (200, {"reply": {"id": 1}}), (200, b"<html>")])
def test_a_start_whose_answer_is_lost_is_found_among_the_queries_that_run(run, laid, answer) -> None:
    laid.post(START, answer)
    earlier = SENT.replace(NONCE, "01234567")
    laid.post(QUOTA, active(console=QUERY, earlier=earlier), active(earlier=earlier, mine=SENT))
    verdict = run()
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, "mine")
    assert len(laid.posted(START)) == 1
    assert verdict.warnings == ()


@pytest.mark.parametrize(
    "quota", [active(), (200, recorded("xql_quota")), (403, b""), (500, {"err_msg": "no"}), (404, b"")]
)
def test_a_start_that_is_not_found_is_repeated_and_said(run, laid, quota) -> None:
    laid.post(START, LOST, STARTED).post(QUOTA, quota)
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(laid.posted(START)) == 2
    assert ["may have cost quota twice" in warning for warning in verdict.warnings] == [True]


def test_a_start_that_is_lost_again_and_again_gives_up(run, laid) -> None:
    laid.post(START, LOST)
    verdict = run()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert len(laid.posted(START)) == 3


def test_a_query_that_runs_with_the_same_options_is_adopted(run, laid) -> None:
    earlier = f"{QUERY}\n// [nj:{TOKEN.replace(NONCE, '01234567')}]"
    other = f"{QUERY} | limit 1\n// [nj:0123456789-89abcdef]"
    laid.post(QUOTA, active(console=QUERY, other=other, mine=earlier))
    verdict = run(adopt=True)
    assert (verdict.job.adopted, verdict.job.handle.id) == (True, "mine")
    assert laid.posted(START) == []
    assert verdict.result["count"] == 2


@pytest.mark.parametrize(
    "other",
    [{"query": "dataset = x"}, {"relative": ("2026-11-21", None, None)}, {"tenants": ("7",)}],
)
def test_what_makes_another_query(other) -> None:
    assert XqlOptions(**{"query": QUERY, **other}).intent != XqlOptions(QUERY).intent
    assert XqlOptions(QUERY, {"relativeTime": 1}).intent == XqlOptions(QUERY).intent


def test_check_mode_starts_nothing(run, laid) -> None:
    verdict = run(check_mode=True, adopt=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert "would be run" in verdict.message
    assert {asked.path for asked in laid.asked} == {f"/public_api{QUOTA}"}


def test_a_query_by_its_id(run, laid) -> None:
    query = XqlQuery(run.client, reading=Reading(max_results=1000), query_id=ID)
    verdict = run(query)
    assert (verdict.outcome, verdict.result["count"]) == (Outcome.SUCCEEDED, 2)
    assert laid.posted(START) == []
    assert laid.posted(RESULTS)[0].request_data["limit"] == 1001


def test_an_id_that_no_query_has_ends_the_wait_at_once(run, laid) -> None:
    unknown = (500, {"reply": {"err_code": 500, "err_msg": "x", "err_extra": "Query ID not found"}})
    laid.post(RESULTS, unknown)
    verdict = run(XqlQuery(run.client, query_id=ID))
    assert (verdict.outcome, verdict.polling.polls) == (Outcome.UNREACHABLE, 1)
    assert "query_id" in verdict.message
    assert "Query ID not found" in verdict.message
    # Of one that has been seen it is trouble that may pass by.
    laid.post(RESULTS, PENDING, unknown, found(rows(1)))
    assert run(XqlQuery(run.client, query_id=ID)).outcome is Outcome.SUCCEEDED


# The rows.


# Trap 12.
@pytest.mark.parametrize("packed", [False, True])
def test_more_than_a_thousand_rows_come_as_a_stream(client, laid, tmp_path, packed) -> None:
    data = ndjson(rows(2500))
    laid.post(RESULTS, PENDING, streamed(2500)).post(STREAM, (200, gzip.compress(data) if packed else data))
    dest = tmp_path / "rows.ndjson"
    verdict = Run(client, dest=str(dest))()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.result["count"] == verdict.result["number_of_results"] == 2500
    assert dest.read_bytes() == data
    assert dest.stat().st_mode & 0o777 == 0o600
    assert laid.posted(STREAM)[0].request_data == {"stream_id": "stream1", "is_gzip_compressed": True}
    again = Run(client, dest=str(dest))()
    assert again.changed is False


# Trap 13.
@given(st.integers(1, 4), st.booleans(), st.data())
@settings(max_examples=30)
def test_gzip_of_any_members_whether_or_not_it_was_undone(members, undone, data) -> None:
    lines = ndjson(rows(40))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(lines)), min_size=members - 1, max_size=members - 1)))
    parts = [lines[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(lines)])]
    body = lines if undone else b"".join(map(gzip.compress, parts))

    class Answer:
        length = None

        def __iter__(self):
            yield from (body[at : at + 100] for at in range(0, len(body), 100))

    class Client:
        endpoint = "https://h:443"

        def stream(self, *_args, **_kwargs):
            return contextlib.nullcontext(Answer())

    assert [element.value for element in XqlQuery(Client())._streamed("s")] == rows(40)


@pytest.mark.parametrize(
    "broken",
    [
        ndjson(rows(2500))[:-20],
        ndjson(rows(2499)),
        gzip.compress(ndjson(rows(2500)))[:-9],
        gzip.compress(ndjson(rows(2500)))[:-1],
        b"",
        b"<html>log in</html>",
        (500, {"reply": {"err_code": 500, "err_msg": "x", "err_extra": "Stream ID not found"}}),
        (404, {"reply": {"err_code": 404, "err_msg": "Stream ID not found"}}),
        (503, b""),
        LOST,
    ],
)
def test_a_stream_that_breaks_off_is_asked_for_anew(client, laid, tmp_path, broken) -> None:
    answer = (200, broken) if isinstance(broken, bytes) else broken
    laid.post(RESULTS, streamed(2500), streamed(2500, "stream2"))
    laid.post(STREAM, answer, (200, gzip.compress(ndjson(rows(2500)))))
    dest = tmp_path / "rows.ndjson"
    verdict = Run(client, dest=str(dest))()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert dest.read_bytes() == ndjson(rows(2500))
    assert [asked.request_data["stream_id"] for asked in laid.posted(STREAM)] == ["stream1", "stream2"]


def test_memory_stays_flat_however_many_rows_there_are(client, laid, tmp_path) -> None:
    count = 20_000
    row = json.dumps({"text": "x" * 1000}).encode() + b"\n"

    class Body(io.RawIOBase):
        """20 MB that are made while they are read."""

        left = count

        def read(self, size=-1):
            some = min(self.left, max(1, size // len(row)))
            self.left -= some
            return row * some

    laid.post(RESULTS, streamed(count)).post(STREAM, (200, Body()))
    run = Run(client, dest=str(tmp_path / "rows"))
    tracemalloc.start()
    try:
        verdict = run()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert verdict.result["count"] == count
    assert verdict.result["size"] == count * len(row)
    assert peak < 6_000_000


def test_rows_that_stay_missing_are_no_success(client, laid, tmp_path) -> None:
    laid.post(RESULTS, streamed(2500)).post(STREAM, (200, ndjson(rows(2400))))
    dest = tmp_path / "rows.ndjson"
    dest.write_text("as it was")
    verdict = Run(client, dest=str(dest))()
    assert verdict.outcome is Outcome.FAILED
    assert "found 2500 rows, and only 2400 of 2500 came" in verdict.message
    assert len(laid.posted(STREAM)) == 3
    assert dest.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [dest]


def test_found_rows_that_are_not_given_are_no_success(run, laid) -> None:
    laid.post(RESULTS, reply(number_of_results=7, results={}))
    verdict = run()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "found 7 rows and gives none" in verdict.message
    laid.post(RESULTS, reply(number_of_results="7", results={}))
    assert "found 7 rows and gives none" in run(run.another()).message


@pytest.mark.parametrize("data", [[1, 2], [["a"]], [None]])
def test_what_is_no_row(run, laid, data) -> None:
    laid.post(RESULTS, found(data))
    assert run().outcome is Outcome.UNREACHABLE


def test_only_as_many_rows_as_are_wanted(client, laid) -> None:
    laid.post(RESULTS, found(rows(4), number=2000))
    verdict = Run(client, max_results=3)()
    assert (verdict.result["count"], verdict.result["truncated"]) == (3, True)
    assert verdict.warnings == ("The query found 2000 rows, and 3 of them were taken (max_results is 3).",)
    assert laid.posted(RESULTS)[-1].request_data["limit"] == 4
    # Where the tenant only counts what it gives.
    laid.post(RESULTS, found(rows(4)))
    assert Run(client, max_results=3)().result["truncated"] is True
    laid.post(RESULTS, found(rows(3)))
    whole = Run(client, max_results=3)()
    assert (whole.result["truncated"], whole.warnings) == (False, ())
    laid.post(RESULTS, found(rows(4), number=2000))
    strict = Run(client, max_results=3, on_truncation="fail")()
    assert strict.outcome is Outcome.FAILED
    assert "Nothing was written" in strict.message


def test_a_stream_is_left_when_enough_has_come(client, laid) -> None:
    laid.post(RESULTS, streamed(5000)).post(STREAM, (200, ndjson(rows(5000)) + b"{broken"))
    verdict = Run(client, max_results=1500)()
    assert (verdict.result["count"], verdict.result["truncated"]) == (1500, True)


def test_more_rows_than_were_found_are_said(run, laid) -> None:
    laid.post(RESULTS, found(rows(3), number=2))
    verdict = run()
    assert verdict.result["count"] == 3
    assert verdict.warnings == ("The tenant says that it found 2 rows, but sent 3.",)


def test_a_million_rows_may_be_cut_by_the_tenant(client, laid, monkeypatch) -> None:
    monkeypatch.setattr(xql_query, "MOST_ROWS", 1200)
    laid.post(RESULTS, streamed(5000)).post(STREAM, (200, ndjson(rows(1200))))
    verdict = Run(client)()
    assert (verdict.outcome, verdict.result["truncated"]) == (Outcome.SUCCEEDED, True)
    assert "(a query gives no more)" in verdict.warnings[0]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fields", [None, ("n", "missing", "event_id")])
@pytest.mark.parametrize("file_format", ["ndjson", "json", "csv"])
def test_forms_of_the_file(client, laid, tmp_path, stream, fields, file_format) -> None:
    data = [*rows(2), {"extra": {"a": [1]}, "event_id": "2"}]
    if stream:
        laid.post(RESULTS, streamed(3)).post(STREAM, (200, ndjson(data)))
    else:
        laid.post(RESULTS, found(data))
    dest = tmp_path / "rows"
    verdict = Run(client, dest=str(dest), format=file_format, fields=fields)()
    assert verdict.result["format"] == file_format
    text = dest.read_text()
    wanted = data if fields is None else [{name: row[name] for name in fields if name in row} for row in data]
    if file_format == "ndjson":
        assert [json.loads(line) for line in text.splitlines()] == wanted
    elif file_format == "json":
        assert json.loads(text) == wanted
    else:
        columns = ["_time", "event_id", "n", "extra"] if fields is None else list(fields)
        table = list(csv.DictReader(text.splitlines()))
        assert list(table[0]) == columns
        assert [row["event_id"] for row in table] == ["0", "1", "2"]
        assert fields or table[2]["extra"] == '{"a":[1]}'


def test_a_folder_that_goes_while_it_is_waited_for(client, laid, tmp_path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    run = Run(client, dest=str(folder / "rows"))
    laid.post(RESULTS, PENDING, lambda _asked: (folder.rmdir(), PENDING)[1], PENDING)
    verdict = run()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "does not exist" in verdict.message
    assert verdict.job.handle.id == ID


# By the handle.


def test_the_rows_are_written_by_the_handle(client, laid, tmp_path) -> None:
    dest = tmp_path / "rows.csv"
    started = Run(client, dest=str(dest), format="csv", fields=("n",), max_results=1)(wait=False)
    assert (started.outcome, started.changed) == (Outcome.RUNNING, False)
    handle = Handle.from_dict(json.loads(json.dumps(started.job.handle.to_dict())))
    assert "xdr_data" not in str(handle)
    fake = FakeTime()
    fake.now = time.monotonic()
    dry = Wait(operation_of(handle, client), handle, SHORT, fake.world).look(dry=True)
    assert dry.changed
    assert not dest.exists()
    later = Wait(operation_of(handle, client), handle, SHORT, fake.world).run()
    assert (later.outcome, later.changed) == (Outcome.SUCCEEDED, True)
    assert dest.read_bytes() == b"n\r\n0\r\n"
    elsewhere = tmp_path / "else.csv"
    moved = Wait(XqlQuery(client, dest=str(elsewhere)), handle, SHORT, fake.world).run()
    assert moved.result["path"] == str(elsewhere)


@pytest.mark.parametrize(
    "options",
    [{}, {"format": "xml", "on_truncation": "warn"}, {"format": "csv"}, {"format": "csv", "on_truncation": "x"}]
    + [{"format": "csv", "on_truncation": "warn", "max_results": most} for most in ("0", "-1", "x", "1000001")]
    + [{"format": "csv", "on_truncation": "warn", "fields": "["}],
)
def test_a_handle_that_was_changed(options) -> None:
    with pytest.raises(errors.BadInput, match="unchanged"):
        Reading.from_handle(options)


@given(
    st.sampled_from(["ndjson", "csv", "json"]),
    st.none() | st.lists(st.text(min_size=1), min_size=1, unique=True),
    st.none() | st.integers(1, 1_000_000),
    st.sampled_from(["warn", "fail"]),
)
def test_how_to_read_goes_into_a_handle_and_back(file_format, fields, most, on_truncation) -> None:
    reading = Reading("/srv/x", file_format, None if fields is None else tuple(fields), most, on_truncation)
    assert Reading.from_handle(reading.to_handle()) == reading


# The options of the module.

GIVEN = {
    **JOB,
    "query": QUERY,
    **dict.fromkeys(("start", "end", "last", "query_id", "max_results", "dest", "fields")),
    "tenants": [],
    "on_truncation": "warn",
    "format": "ndjson",
}
DAY = 86_400_000
NOON = 1_795_348_800_000


def asked_for(connection, tenant, **given_options: t.Any) -> dict[str, t.Any]:
    operation = xql_query.from_options({**connection, **GIVEN, **given_options}, now=NOW)
    tenant.post(START, STARTED)
    operation.submit()
    return tenant.asked[-1].request_data


@pytest.mark.parametrize(
    ("times", "timeframe"),
    [
        ({}, None),
        ({"last": "24h"}, {"relativeTime": DAY}),
        ({"last": "15m"}, {"relativeTime": 900_000}),
        ({"start": "2026-11-21T12:00:00Z"}, {"from": NOON - DAY, "to": NOON}),
        (
            {"start": "2026-11-21T12:00:00+01:00", "end": "2026-11-22T12:00:00Z"},
            {"from": NOON - DAY - 3_600_000, "to": NOON},
        ),
        ({"last": "1d", "end": "2026-11-22T12:00:00Z"}, {"from": NOON - DAY, "to": NOON}),
        (
            {"start": "2026-11-20", "end": "2026-11-20"},
            {"from": NOON - 2 * DAY - DAY // 2, "to": NOON - DAY - DAY // 2 - 1},
        ),
    ],
)
def test_times(tenant, connection, times, timeframe) -> None:
    assert asked_for(connection, tenant, **times).get("timeframe") == timeframe


def test_tenants(tenant, connection) -> None:
    assert asked_for(connection, tenant, tenants=["1", "2"])["tenants"] == ["1", "2"]
    assert "tenants" not in asked_for(connection, tenant)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"query": "  "}, "query"),
        ({"tenants": ["1", " "]}, "tenants"),
        ({"last": "1y"}, "last"),
        ({"end": "2026-11-21"}, "end: needs start"),
        ({"start": "2026-02-30"}, "start"),
        ({"start": "2027-01-01"}, "future"),
        ({"start": "2026-11-22", "end": "2026-11-21"}, "start"),
        ({"max_results": 0}, "max_results"),
        ({"max_results": 10_001}, "dest"),
        ({"max_results": 1_000_001, "dest": "/tmp/x"}, "max_results"),
        ({"fields": []}, "fields"),
        ({"dest": "/no/such/folder/x"}, "dest"),
        ({"query": None, "query_id": "a b"}, "query_id"),
    ],
)
def test_options_that_cannot_be(tenant, connection, wrong, words) -> None:
    with pytest.raises(errors.BadInput, match=words):
        xql_query.from_options({**connection, **GIVEN, **wrong}, now=NOW)


def test_how_many_rows_are_asked_for(tenant, connection, tmp_path: Path) -> None:
    def limit(**options):
        made = xql_query.from_options({**connection, **GIVEN, **options})
        return Reading.from_handle(made.submit().options).limit

    tenant.post(START, STARTED)
    assert limit() == 1001
    assert limit(max_results=10_000) == 10_001
    assert limit(dest=str(tmp_path / "x")) is None
    assert limit(dest=str(tmp_path / "x"), max_results=1_000_000) == 1_000_000
    by_id = xql_query.from_options({**connection, **GIVEN, "query": None, "query_id": ID})
    assert by_id.named().id == ID
    by_handle = xql_query.from_options({**connection, **GIVEN, "handle": {}, "dest": str(tmp_path / "y")})
    assert by_handle.named() is None
    assert by_handle.destination(Handle("cortex.xql_query", "x", "y")) == str(tmp_path / "y")
    assert by_handle.state_of("anything") is JobState.UNKNOWN
