# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log queries: their shapes, paging over a log that moves or not, the filter, the end of a job."""

from __future__ import annotations

import itertools
import time
import typing as t
import xml.etree.ElementTree as ET

import pytest
import requests
from simulator.panos.log_query import EVERYTHING, parse_query
from simulator.panos.log_rows import LOG_TYPES, fields_of
from simulator.panos.xml import ApiError

from .conftest import RECORDED, Answer, Api
from .test_simulator_shapes import outline

END = "2024/05/01 12:00:00"


def submit(api: Api, query: str = "", kind: str = "traffic", **parameters: str) -> Answer:
    given = {"query": query, **parameters} if query else parameters
    return api.post(type="log", **{"log-type": kind, **given})


def get(api: Api, job: str) -> Answer:
    return api.post(type="log", action="get", **{"job-id": job})


def rows(api: Api, query: str = "", kind: str = "traffic", **parameters: str) -> list[ET.Element]:
    job = submit(api, query, kind, **parameters).get("result/job")
    answer = get(api, job)
    assert answer.get("result/job/status") == "FIN"
    logs = answer.xml.find("result/log/logs")
    assert logs is not None
    assert logs.attrib == {"count": str(len(logs)), "progress": "100"}
    return list(logs)


def numbers(api: Api, query: str = "", **parameters: str) -> list[int]:
    return [int(row.findtext("seqno") or "") for row in rows(api, query, **parameters)]


@pytest.fixture
def quick(device: t.Callable[..., Api]) -> t.Callable[..., Api]:
    """A device whose queries are over with the first look."""

    def make(**logs: t.Any) -> Api:
        return device(log_polls=1, logs={"end": END, **logs})

    return make


def test_submit_is_the_recording_itself(device: t.Callable[..., Api]) -> None:
    assert submit(device()).text == (RECORDED / "demisto_log_submit.xml").read_text().strip()


def test_answer(device: t.Callable[..., Api]) -> None:
    api = device(log_polls=1)
    submit(api, nlogs="1")
    answer = get(api, "1").xml
    expected = ET.parse(RECORDED / "demisto_log_FIN_traffic_1.xml").getroot()
    entry, recorded = answer.find("result/log/logs/entry"), expected.find("result/log/logs/entry")
    assert entry is not None
    assert recorded is not None
    # The recorded entry was shortened by its authors.
    names = [child.tag for child in entry]
    wanted = [child.tag for child in recorded]
    assert [name for name in names if name in wanted] == wanted
    place = entry.find("dstloc")
    assert place is not None
    assert set(place.attrib) == {"code", "cc"}
    for root in (answer, expected):
        logs = root.find("result/log/logs")
        assert logs is not None
        logs.clear()
    assert outline(answer) == outline(expected)
    for field in ("tenq", "tdeq", "tlast"):
        assert len(answer.findtext(f"result/job/{field}") or "") == len("15:09:25")


def test_config_log_with_meta(device: t.Callable[..., Api]) -> None:
    api = device(log_polls=1, log_meta=True)
    submit(api, kind="config", nlogs="2")
    expected = ET.parse(RECORDED / "panospython_log_job_FIN_config.xml").getroot()
    answer = get(api, "1").xml
    assert outline(answer) == outline(expected)

    def gap(root: ET.Element) -> int:
        entry = root.find("result/log/logs/entry")
        assert entry is not None
        return int(entry.get("logid") or "") - int(entry.findtext("seqno") or "")

    # Of the same log type logid and seqno grow together, as in the recording.
    entries = answer.findall("result/log/logs/entry")
    assert len({int(one.get("logid") or "") - int(one.findtext("seqno") or "") for one in entries}) == 1
    assert len({gap(expected)}) == 1


@pytest.mark.parametrize("kind", LOG_TYPES)
def test_every_type_has_rows(device: t.Callable[..., Api], kind: str) -> None:
    found = rows(device(log_polls=1), kind=kind, nlogs="3")
    assert [row.findtext("receive_time", "")[:2] for row in found] == ["20"] * 3
    assert [child.tag for child in found[0]] == list(fields_of(kind))


def test_states_before_the_end(device: t.Callable[..., Api]) -> None:
    api = device(log_seconds=10)
    submit(api)
    seen = []
    for _step in range(6):
        answer = get(api, "1")
        seen.append((answer.get("result/job/status"), answer.xml.find("result/log") is not None))
        api.simulator.advance(2)
    assert seen == [("PEND", False)] + [("ACT", False)] * 4 + [("FIN", True)]


def test_partial_rows(device: t.Callable[..., Api]) -> None:
    api = device(log_seconds=10, log_while_active="rows")
    submit(api, nlogs="40")
    api.simulator.advance(5)
    logs = get(api, "1").xml.find("result/log/logs")
    assert logs is not None
    assert (logs.get("count"), logs.get("progress"), len(logs)) == ("20", "50", 20)
    api.simulator.advance(5)
    assert len(get(api, "1").xml.findall("result/log/logs/entry")) == 40


def test_partial_rows_are_not_fetched_again(device: t.Callable[..., Api]) -> None:
    """As a client does: it skips what it has."""
    api = device(log_polls=3, log_while_active="rows")
    submit(api, nlogs="40")
    found: list[str | None] = []
    for _look in range(3):
        answer = api.post(type="log", action="get", skip=str(len(found)), **{"job-id": "1"})
        found += [row.findtext("seqno") for row in answer.xml.findall("result/log/logs/entry")]
    assert found == [str(number) for number in range(1000, 960, -1)]


def test_rows_are_fetched_once(device: t.Callable[..., Api]) -> None:
    """Documented: after successful retrieval the system deletes the job."""
    api = device(log_polls=1)
    rows(api)
    assert get(api, "1").message == "job 1 not found"
    api.simulator.configure(api.address, log_job_kept=True)
    submit(api)
    assert get(api, "2").text == get(api, "2").text


def test_finish(device: t.Callable[..., Api]) -> None:
    api = device(log_seconds=100)
    submit(api)
    answer = api.post(type="log", action="finish", **{"job-id": "1"})
    assert (answer.status, answer.get("result/job")) == ("success", "1")
    assert (get(api, "1").status, get(api, "1").code) == ("error", "7")
    assert api.post(type="log", action="finish", **{"job-id": "1"}).code == "7"
    api.simulator.configure(api.address, query_finish="error")
    submit(api)
    assert api.post(type="log", action="finish", **{"job-id": "2"}).http == 400


def test_a_query_is_no_job_of_show_jobs(device: t.Callable[..., Api]) -> None:
    api = device()
    job = submit(api).get("result/job")
    assert [one.findtext("type") for one in api.op("<show><jobs><all/></jobs></show>").xml.findall("result/job")] == [
        "AutoCom"
    ]
    assert api.job(job).findtext("type") == "AutoCom"


def test_zero_rows_end_too(quick: t.Callable[..., Api]) -> None:
    assert rows(quick(history=[])) == []
    assert rows(quick(), "(src in 192.0.2.0/24)") == []


def test_defaults_and_limits(quick: t.Callable[..., Api]) -> None:
    api = quick(history=[[6000, 600]])
    assert numbers(api) == list(range(6000, 5980, -1))
    assert numbers(api, dir="forward", nlogs="3") == [1, 2, 3]
    assert numbers(api, skip="10", nlogs="2") == [5990, 5989]
    assert numbers(api, skip="5999", nlogs="5000") == [1]
    assert numbers(api, skip="6000") == []
    assert len(numbers(api, nlogs="5000")) == 5000


@pytest.mark.parametrize(
    "parameters",
    [
        {"nlogs": "5001"},
        {"nlogs": "0"},
        {"nlogs": "many"},
        {"skip": "-1"},
        {"dir": "sideways"},
        {"log-type": "weather"},
        {"job-id": "1"},
        {"target": "0123"},
        {"nonsense": "1"},
        {"query": "(rule like x)"},
    ],
)
def test_refused_queries(device: t.Callable[..., Api], parameters: dict[str, str]) -> None:
    api = device(kind="panorama", manages=["0123"])
    answer = api.post(type="log", **{"log-type": "traffic", **parameters})
    assert answer.status == "error"
    assert api.ledger()["submissions"] == []
    assert get(api, "1").code == "7"


def test_target_by_setting(device: t.Callable[..., Api]) -> None:
    device(serial="LOGS2", log_polls=1)
    panorama = device(kind="panorama", manages=["LOGS2"], log_target=True)
    answer = panorama.post(type="log", target="LOGS2", **{"log-type": "traffic", "nlogs": "1"})
    got = panorama.post(type="log", action="get", target="LOGS2", **{"job-id": answer.get("result/job")})
    assert got.get("result/log/logs/entry/serial") == "LOGS2"


def test_times(quick: t.Callable[..., Api]) -> None:
    """Ten rows in three seconds, then six in one."""
    api = quick(history=[[10, 3], [6, 1]])
    found = [row.findtext("receive_time") for row in rows(api, dir="forward")]
    times = [f"2024/05/01 11:59:{second}" for second in (56, 57, 58, 59)]
    assert [(when, len(list(group))) for when, group in itertools.groupby(found)] == list(zip(times, (4, 3, 3, 6)))


def test_numbers_that_no_float_holds(quick: t.Callable[..., Api]) -> None:
    first = 7312397927191077983
    api = quick(history=[[50, 10]], first=first)
    assert numbers(api, dir="forward", nlogs="3") == [first, first + 1, first + 2]
    assert numbers(api, f"(seqno leq {first + 40})", nlogs="2") == [first + 40, first + 39]
    entries = rows(api, nlogs="50")
    assert len({entry.get("logid") for entry in entries}) == 50


def test_more_rows_in_one_second_than_fit_an_answer(quick: t.Callable[..., Api]) -> None:
    api = quick(history=[[100, 10], [6000, 1], [100, 10]])
    query = "(receive_time geq '2024/05/01 11:59:49') and (receive_time leq '2024/05/01 11:59:49')"
    first, second = numbers(api, query, nlogs="5000"), numbers(api, query, nlogs="5000", skip="5000")
    assert (len(first), len(second)) == (5000, 1000)
    assert first + second == list(range(6100, 100, -1))


def test_the_same_rows_again(device: t.Callable[..., Api]) -> None:
    logs = {"history": [[200_000, 5000]], "end": END}
    first, second = (device(log_polls=1, serial="LOGS1", logs=logs) for _number in range(2))
    query = {"nlogs": "50", "skip": "123456"}
    one, other = ([ET.tostring(row) for row in rows(api, **query)] for api in (first, second))
    assert one == other
    assert len(set(one)) == 50


def test_paging_through_many_rows(quick: t.Callable[..., Api]) -> None:
    api = quick(history=[[200_000, 5000]])
    query = f"(receive_time leq '{END}')"
    pages = (numbers(api, query, nlogs="1000", skip=str(skip)) for skip in (0, 1000, 150_000, 199_500))
    assert [(len(page), page[0], page[-1]) for page in pages] == [
        (1000, 200_000, 199_001),
        (1000, 199_000, 198_001),
        (1000, 50_000, 49_001),
        (500, 500, 1),
    ]


def test_a_log_that_moves_shifts_pages(quick: t.Callable[..., Api]) -> None:
    api = quick(history=[[100, 100]], arrivals=7)
    first, second = numbers(api, nlogs="10"), numbers(api, nlogs="10", skip="10")
    assert (first, second) == (list(range(100, 90, -1)), list(range(97, 87, -1)))
    bound = "(seqno leq 100)"
    assert numbers(api, bound, nlogs="10", skip="10") == list(range(90, 80, -1))


def test_pages_of_a_filter(quick: t.Callable[..., Api]) -> None:
    """Page by page the same as at once; also in another order, of another serial, and when rows have come or gone."""
    api = quick(history=[[2000, 100]])
    query = "(app eq ssl)"
    whole = numbers(api, query, nlogs="5000")
    assert [numbers(api, query, nlogs="50", skip=str(skip)) for skip in (0, 50, 100, 50)] == [
        whole[:50],
        whole[50:100],
        whole[100:150],
        whole[50:100],
    ]
    assert numbers(api, query, nlogs="50", dir="forward") == whole[::-1][:50]
    api.simulator.act(api.address, "logs", add=500, purge=500)
    moved = numbers(api, query, nlogs="5000")
    assert [number for number in moved if number <= 2000] == [number for number in whole if number > 500]
    assert max(moved) > 2000
    api.simulator.configure(api.address, serial="LOGS9")
    assert numbers(api, "(serial eq LOGS9)", nlogs="2") == [2500, 2499]
    assert numbers(api, "(serial eq LOGS8)") == []


def test_old_rows_go_while_a_client_pages(quick: t.Callable[..., Api]) -> None:
    api = quick(history=[[100, 100]], purges=5)
    assert numbers(api, nlogs="90") == list(range(100, 10, -1))
    assert numbers(api, nlogs="90", skip="90") == [10, 9, 8, 7, 6]
    assert numbers(api, nlogs="2", dir="forward") == [11, 12]


def test_rows_that_come_with_time(quick: t.Callable[..., Api]) -> None:
    api = quick(history=[[10, 10]], rate=2.0, capacity=15)
    assert numbers(api, nlogs="1") == [10]
    api.simulator.advance(2)
    assert numbers(api, nlogs="2") == [14, 13]
    api.simulator.advance(3)
    assert numbers(api) == list(range(20, 5, -1))
    api.simulator.act(api.address, "logs", add=3, purge=1)
    assert api.simulator.device(api.address)["logs"] == {"first": 10, "last": 23}


def test_a_query_sees_the_rows_of_its_submission(device: t.Callable[..., Api]) -> None:
    api = device(log_seconds=10, logs={"history": [[10, 10]]})
    submit(api, nlogs="2")
    api.simulator.act(api.address, "logs", add=5)
    api.simulator.advance(10)
    assert [row.findtext("seqno") for row in get(api, "1").xml.findall("result/log/logs/entry")] == ["10", "9"]


FILTERS: dict[str, t.Callable[[dict[str, str]], bool]] = {
    "(action eq allow)": lambda row: row["action"] == "allow",
    "( action neq 'allow' )": lambda row: row["action"] != "allow",
    "not (action eq allow) and (proto eq tcp)": lambda row: row["action"] != "allow" and row["proto"] == "tcp",
    "!(app eq ssl)": lambda row: row["app"] != "ssl",
    "(app eq ssl) or (app eq dns) and (proto eq udp)": lambda row: (
        row["app"] == "ssl" or (row["app"] == "dns" and row["proto"] == "udp")
    ),
    "((app eq ssl) or (app eq dns)) and (proto eq udp)": lambda row: (
        row["app"] in ("ssl", "dns") and row["proto"] == "udp"
    ),
    "(addr.src in 10.0.0.0/16)": lambda row: row["src"].startswith("10.0."),
    "(src notin 10.0.0.0/16)": lambda row: not row["src"].startswith("10.0."),
    "(addr in 203.0.113.0/24)": lambda row: row["dst"].startswith("203.0.113."),
    "(rule contains 'LAN to')": lambda row: "LAN to" in row["rule"],
    "(rule eq 'LAN to Internet - Default Applications')": lambda row: row["rule"].startswith("LAN"),
    "(bytes geq 500000)": lambda row: int(row["bytes"]) >= 500_000,
    r"""(rule contains '"guests"') or (rule eq "x\"")""": lambda row: '"guests"' in row["rule"],
    "(port.dst eq 443)": lambda row: row["dport"] == "443",
    "(seqno leq 20)": lambda row: int(row["seqno"]) <= 20,
    "(seqno eq 20)": lambda row: row["seqno"] == "20",
    "(time_generated leq '2024/05/01 11:58:30')": lambda row: row["time_generated"] <= "2024/05/01 11:58:30",
    "(receive_time geq '2024/05/01 11:58:30') and (receive_time leq '2024/05/01 11:59:00') and (app eq ssl)": (
        lambda row: "2024/05/01 11:58:30" <= row["receive_time"] <= "2024/05/01 11:59:00" and row["app"] == "ssl"
    ),
    "(receive_time eq '2024/05/01 11:58:30') or (seqno geq 990)": lambda row: (
        row["receive_time"].endswith("58:30") or int(row["seqno"]) >= 990
    ),
    "not (receive_time geq '2024/05/01 11:58:30')": lambda row: row["receive_time"] < "2024/05/01 11:58:30",
    "(receive_time neq '2024/05/01 11:58:30')": lambda row: row["receive_time"] != "2024/05/01 11:58:30",
}


@pytest.mark.parametrize("query", FILTERS)
def test_filters(quick: t.Callable[..., Api], query: str) -> None:
    """The same as asking for everything and choosing by oneself."""
    api = quick(history=[[1000, 200]])
    everything = [{child.tag: child.text or "" for child in row} for row in rows(api, nlogs="5000")]
    expected = [int(row["seqno"]) for row in everything if FILTERS[query](row)]
    assert 0 < len(expected) < 1000
    assert numbers(api, query, nlogs="5000") == expected
    assert numbers(api, query, nlogs="7", skip="3") == expected[3:10]
    assert numbers(api, query, nlogs="7", skip="3", dir="forward") == expected[::-1][3:10]


@pytest.mark.parametrize(
    "query",
    [
        "(",
        "action",
        "(action eq)",
        "(action eq allow",
        "(action eq allow))",
        "(action is allow)",
        "(weather eq fine)",
        "(action eq allow) (proto eq tcp)",
        "(action eq allow) xor (proto eq tcp)",
        "(receive_time geq yesterday)",
        "(receive_time geq '2024/05/01')",
        "(receive_time in last-24-hrs)",
        "(bytes geq many)",
        "(src in somewhere)",
        "(rule in 10.0.0.0/8)",
        "(action eq 'allow)",
        "not",
        "()",
    ],
)
def test_filters_that_are_not_understood(query: str) -> None:
    with pytest.raises(ApiError, match=r"^Invalid query: ") as caught:
        parse_query(query, fields_of("traffic"))
    assert caught.value.reply().status == 200


def test_no_filter() -> None:
    assert parse_query("  ", fields_of("traffic")) is EVERYTHING


def test_ledger_and_steps(device: t.Callable[..., Api]) -> None:
    api = device(log_polls=2)
    submit(api, "(action eq deny)", nlogs="7")
    get(api, "1")
    get(api, "1")
    submit(api)
    api.post(type="log", action="finish", **{"job-id": "2"})
    submit(api, nlogs="9999")
    ledger = api.ledger()
    steps = {name: count for name, count in ledger["requests"][api.address].items() if name != "keygen"}
    assert steps == {"submit": 3, "poll": 2, "finish": 1}
    first, second = ledger["submissions"]
    assert (first["kind"], first["job"]) == ("log", "1")
    assert first["details"] == {"log-type": "traffic", "query": "(action eq deny)", "nlogs": "7"}
    assert second["details"] == {"log-type": "traffic"}
    (refused,) = ledger["refused"]
    assert refused["details"]["nlogs"] == "9999"


def test_faults_of_queries(device: t.Callable[..., Api]) -> None:
    api = device(log_polls=1)
    api.simulator.fault("unknown_state", api.address, match={"cmd_contains": "job-id=1"})
    api.simulator.fault("drop_after", api.address, match={"step": "submit", "cmd_contains": "log-type=system"})
    submit(api)
    assert get(api, "1").get("result/job/status") == "SUSPENDED"
    with pytest.raises(requests.ConnectionError):
        submit(api, kind="system")
    assert len(api.ledger()["submissions"]) == 2


def test_a_boot_forgets_queries(device: t.Callable[..., Api]) -> None:
    api = device()
    submit(api)
    api.simulator.act(api.address, "reboot", down=0, not_ready=0)
    assert get(api, "1").code == "7"
    assert submit(api).get("result/job") == "1"


def test_permission(device: t.Callable[..., Api]) -> None:
    api = device(admins={"admin": {"password": "correct horse", "role": "custom", "permissions": ["op"]}})
    answer = submit(api)
    assert (answer.http, answer.message) == (403, "Type [log] not authorized for user role.")


@pytest.mark.parametrize(
    "logs",
    [
        {"histroy": []},
        {"history": [[0, 1]]},
        {"history": [[10, 0]]},
        {"history": 5},
        {"end": "yesterday"},
        {"rate": "fast"},
    ],
)
def test_wrong_settings(device: t.Callable[..., Api], logs: dict[str, t.Any]) -> None:
    api = device()
    before = api.simulator.device(api.address)["logs"]
    with pytest.raises(Exception, match="logs"):
        api.simulator.configure(api.address, logs=logs)
    assert api.simulator.device(api.address)["logs"] == before


def test_device_time(device: t.Callable[..., Api]) -> None:
    """Without an end the newest rows are those of the moment, in the device's own time."""
    api = device(log_polls=1, clock_skew=7200.0)
    now = api.simulator.clock()["epoch"] + 7200
    (row,) = rows(api, nlogs="1")
    assert row.findtext("receive_time") == time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(int(now) - 1))
