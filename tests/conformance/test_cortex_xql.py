# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XQL queries of the simulated tenant: slots, results, streams, quota."""

from __future__ import annotations

import gzip
import http.client
import json
import pathlib
import ssl
import typing as t
import zlib

import pytest
import requests

from .cortex import Cortex, lines

Make = t.Callable[..., Cortex]
STREAM = "/public_api/v1/xql/get_query_results_stream"


def start(client: Cortex, query: str = "dataset = xdr_data", **more: t.Any) -> str:
    return str(client.reply("xql/start_xql_query", query=query, **more))


def results(client: Cortex, query: str, **more: t.Any) -> t.Any:
    return client.reply("xql/get_query_results", query_id=query, **more)


def done(client: Cortex, **plan: t.Any) -> str:
    """A query that is over."""
    client.configure(next_queries=[plan])
    query = start(client)
    client.advance(11)
    return query


def stream(client: Cortex, name: str, *, zipped: bool = False, **arguments: t.Any) -> requests.Response:
    wanted = {"request_data": {"stream_id": name, "is_gzip_compressed": zipped}}
    return client.ask("POST", STREAM, json=wanted, **arguments)


def test_a_query_from_start_to_rows(cortex: Make) -> None:
    client = cortex()
    frame = {"relativeTime": 86400000}
    query = start(client, "dataset = xdr_data | limit 5", tenants=[], timeframe=frame)
    assert results(client, query) == {"status": "PENDING"}
    client.advance(11)
    found = results(client, query)
    assert (found["status"], found["number_of_results"], len(found["results"]["data"])) == ("SUCCESS", 5, 5)
    assert found == results(client, query)  # and again
    (started,) = client.submissions("xql-query")
    assert (started["job"], started["description"]) == (query, "dataset = xdr_data | limit 5")
    assert started["details"] == {
        "query": "dataset = xdr_data | limit 5",
        "timeframe": frame,
        "tenants": [],
        "effect": "query",
    }


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({}, "missing"),
        ({"query": " "}, "missing"),
        ({"query": "x", "timeframe": {"relativeTime": "1 day"}}, "milliseconds"),
        ({"query": "x", "timeframe": {"from": 1}}, "from and to"),
        ({"query": "x", "timeframe": {"from": 1, "to": 2, "relativeTime": 3}}, "from and to"),
        ({"query": "x", "tenants": "all"}, "list"),
    ],
)
def test_a_wrong_start(cortex: Make, wanted: t.Any, words: str) -> None:
    extra = cortex().refusal("xql/start_xql_query", **wanted)
    assert words in extra["err_msg"]
    assert set(extra) == {
        "err_msg",
        "query_cost",
        "remaining_quota",
        "total_daily_running_queries",
        "total_daily_concurrent_rejected_queries",
    }


# Trap 11.
def test_the_fifth_query_at_once_is_refused(cortex: Make) -> None:
    client = cortex()
    client.act("query", query="dataset = of_the_console")  # takes no slot
    queries = [start(client) for _number in range(4)]
    for number in range(1, 3):
        extra = client.refusal("xql/start_xql_query", query="x")
        assert extra["err_msg"] == "reached max allowed amount of parallel running queries"
        assert extra["total_daily_concurrent_rejected_queries"] == number
    assert len(client.shown()["queries"]) == 5
    assert (len(client.submissions("xql-query")), len(client.refused("xql-query"))) == (4, 2)
    client.act("hold", job=queries[0], seconds=1000)
    client.advance(11)
    start(client)
    shown = client.reply("xql/get_quota")
    assert shown["current_concurrent_active_queries_count"] == 2
    assert shown["max_daily_concurrent_active_query_count"] == 4
    assert shown["total_daily_running_queries"] == 6


def test_slots_that_another_script_takes(cortex: Make) -> None:
    client = cortex(xql_slots=1)
    other = client.act("query", query="dataset = y", user="script", slot=True, plan={"seconds": 100})["query_id"]
    assert "parallel" in client.refusal("xql/start_xql_query", query="x")["err_msg"]
    assert client.reply("xql/get_quota")["current_concurrent_active_queries"] == {
        other: {"xql": "dataset = y", "duration": 0}
    }
    client.advance(120)
    start(client)


def test_a_query_of_the_console_can_be_read(cortex: Make) -> None:
    client = cortex()
    query = client.act("query", plan={"data": [{"a": 1}]})["query_id"]
    assert results(client, query) == {"status": "PENDING"}
    client.advance(11)
    assert results(client, query)["results"] == {"data": [{"a": 1}]}
    assert client.submissions("xql-query") == []


# Trap 20.
def test_fail_says_nothing(cortex: Make) -> None:
    client = cortex()
    assert results(client, done(client, end="FAIL")) == {"status": "FAIL"}
    assert results(client, done(client, end="FAIL", extra={"error": "x"})) == {"status": "FAIL", "error": "x"}


def test_partial_success_has_rows(cortex: Make) -> None:
    client = cortex()
    found = results(client, done(client, end="PARTIAL_SUCCESS", rows=3))
    assert (found["status"], len(found["results"]["data"])) == ("PARTIAL_SUCCESS", 3)


# Trap 12.
@pytest.mark.parametrize(
    ("rows", "limit", "streamed", "read"),
    [
        (1000, None, False, 1000),
        (1001, None, True, 1001),
        (5000, 1000, False, 1000),
        (5000, 100, False, 100),
        (5000, 1001, True, 1001),
        (900, 5000, False, 900),
    ],
)
def test_over_a_thousand_rows_there_is_a_stream(
    cortex: Make, rows: int, limit: int | None, streamed: bool, read: int
) -> None:
    client = cortex()
    more = {} if limit is None else {"limit": limit}
    found = results(client, done(client, rows=rows), **more)
    assert (found["status"], found["number_of_results"]) == ("SUCCESS", rows)
    assert list(found["results"]) == (["stream_id"] if streamed else ["data"])
    data = lines(stream(client, found["results"]["stream_id"]).content) if streamed else found["results"]["data"]
    assert len(data) == read
    assert len({row["event_id"] for row in data}) == read


def test_the_number_of_results_may_be_that_of_the_answer(cortex: Make) -> None:
    client = cortex(number_of_results="returned")
    assert results(client, done(client, rows=5000), limit=100)["number_of_results"] == 100
    assert results(client, done(client, rows=5000))["number_of_results"] == 5000


def test_the_form_of_a_row_is_the_recorded_one(cortex: Make) -> None:
    client = cortex()
    data = results(client, done(client, rows=3))["results"]["data"]
    assert [list(row) for row in data] == [["_time", "event_id", "_vendor", "_product", "insert_timestamp"]] * 3
    assert all(isinstance(value, str) for row in data for value in row.values())
    assert [len(row["_time"].partition(".")[2].removesuffix(" UTC")) for row in data] == [2, 3, 6]


# Trap 13.
@pytest.mark.parametrize(
    ("settings", "asked", "gzipped"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"stream_gzip": "always"}, False, True),
        ({"stream_gzip": "never"}, True, False),
        ({"stream_encoding": "marked"}, True, True),
        ({"stream_encoding": "marked"}, False, False),
    ],
)
def test_gzip_with_or_without_saying_so(cortex: Make, settings: t.Any, asked: bool, gzipped: bool) -> None:
    client = cortex(**settings)
    name = results(client, done(client, rows=1500))["results"]["stream_id"]
    answer = stream(client, name, zipped=asked, stream=True)
    raw = answer.raw.read(decode_content=False)
    marked = gzipped and settings.get("stream_encoding") == "marked"
    assert (raw[:2] == b"\x1f\x8b", answer.headers.get("Content-Encoding")) == (gzipped, "gzip" if marked else None)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert len(lines(gzip.decompress(raw) if gzipped else raw)) == 1500


def test_a_library_undoes_gzip_that_is_marked(cortex: Make) -> None:
    client = cortex(stream_encoding="marked")
    name = results(client, done(client, rows=1500))["results"]["stream_id"]
    assert len(lines(stream(client, name, zipped=True).content)) == 1500


def test_a_million_rows_cost_no_memory(cortex: Make) -> None:
    client = cortex()
    found = results(client, done(client, rows=3_000_000), limit=2_000_000)
    assert found["number_of_results"] == 1_000_000
    before, count, end = peak(client), 0, b""
    with stream(client, found["results"]["stream_id"], zipped=True, stream=True) as answer:
        unpack = zlib.decompressobj(31)
        for piece in answer.iter_content(1 << 20):
            text = unpack.decompress(piece)
            count, end = count + text.count(b"\n"), text[-1:] or end
    assert (count, end) == (1_000_000, b"\n")
    assert peak(client) - before < 50_000  # of 165 MB


def peak(client: Cortex) -> int:
    """Kilobytes that the simulator had at most."""
    status = pathlib.Path(f"/proc/{client.simulator.process.pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def test_a_stream_can_be_cut_and_read_again(cortex: Make) -> None:
    client = cortex()
    query = done(client, rows=5000)
    name = results(client, query)["results"]["stream_id"]
    client.fault("cut_body", match={"step": "xql-stream"}, times=2)
    for zipped in (False, True):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            stream(client, name, zipped=zipped)
    assert len(lines(stream(client, name).content)) == 5000
    client.configure(stream_once=True)
    extra = client.refusal("xql/get_query_results_stream", stream_id=name)
    assert extra == "Stream ID not found"
    again = results(client, query)["results"]["stream_id"]
    assert again != name
    assert len(lines(stream(client, again).content)) == 5000


def test_csv(cortex: Make) -> None:
    client = cortex()
    text = results(client, done(client, data=[{"a": 1, "b": "x,y"}, {"a": None, "b": ""}]), format="csv")["results"][
        "data"
    ]
    assert text == 'a,b\n1,"x,y"\n,\n'
    name = results(client, done(client, rows=1200), format="csv")["results"]["stream_id"]
    content = stream(client, name).text.splitlines()
    assert (len(content), content[0]) == (1201, "_time,event_id,_vendor,_product,insert_timestamp")


@pytest.mark.parametrize(
    "wanted", [{"query_id": "x"}, {"limit": 0}, {"limit": "all"}, {"limit": True}, {"format": "xml"}]
)
def test_wrong_questions_for_results(cortex: Make, wanted: t.Any) -> None:
    client = cortex()
    query = start(client)
    assert client.refusal("xql/get_query_results", **{"query_id": query, **wanted})


def test_costs_and_quota(cortex: Make) -> None:
    client = cortex(license_quota=1.0, query_cost=0.75)
    query = done(client)
    found = results(client, query)
    assert (found["query_cost"], found["remaining_quota"]) == ({"376699223": 0.75}, 0.25)
    assert results(client, query)["remaining_quota"] == 0.25  # it costs once
    client.configure(query_cost_shape="number")
    assert results(client, done(client, cost=0.5))["query_cost"] == 0.5
    assert "quota" in client.refusal("xql/start_xql_query", query="x")["err_msg"]
    assert client.reply("xql/get_quota")["used_quota"] == 1.25
    client.configure(quota_shape="short")
    assert list(client.reply("xql/get_quota")) == ["license_quota", "additional_purchased_quota", "used_quota"]


def test_costs_of_several_tenants(cortex: Make) -> None:
    client = cortex()
    query = start(client, tenants=["1", "2"])
    client.advance(11)
    assert set(results(client, query)["query_cost"]) == {"1", "2"}


def test_an_answer_that_waits_for_the_end(cortex: Make) -> None:
    """``pending_flag`` false: it leaves when the clock has come so far."""
    client = cortex()
    query = start(client)
    context = ssl.create_default_context(cafile=client.simulator.ca_path)
    connection = http.client.HTTPSConnection(client.address, client.simulator.port, timeout=20, context=context)
    body = json.dumps({"request_data": {"query_id": query, "pending_flag": False}})
    connection.request("POST", "/public_api/v1/xql/get_query_results", body, client.credentials())
    assert results(client, query) == {"status": "PENDING"}
    client.advance(11)
    assert json.loads(connection.getresponse().read())["reply"]["status"] == "SUCCESS"
    connection.close()


def test_states_by_looks(cortex: Make) -> None:
    client = cortex(next_queries=[{"states": ["PENDING", "ARCHIVING", "SUCCESS"]}], xql_slots=1)
    query = start(client)
    assert [results(client, query)["status"] for _look in range(2)] == ["PENDING", "ARCHIVING"]
    assert results(client, query)["results"]["data"]
    start(client)  # its slot is free


def test_a_purge(cortex: Make) -> None:
    client = cortex()
    query = start(client)
    client.act("purge")
    assert client.refusal("xql/get_query_results", query_id=query) == "Query ID not found"
