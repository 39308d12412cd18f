# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated PCE: traffic queries, reports, support bundles."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import typing as t

import pytest

from .pce import QUERY, Rest, token

Make = t.Callable[..., Rest]
QUERIES = "traffic_flows/async_queries"
LAST_MONTH: dict[str, t.Any] = {"report_time_range": {"last_num_days": 30}}


def submitted(rest: Rest, **parameters: t.Any) -> str:
    answer = rest.post(QUERIES, {**QUERY, **parameters})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["href"])


def completed(rest: Rest, **parameters: t.Any) -> t.Any:
    href = submitted(rest, **parameters)
    rest.advance(10)
    return rest.get(href).json()


def rows(rest: Rest, **parameters: t.Any) -> list[t.Any]:
    return t.cast("list[t.Any]", rest.get(completed(rest, **parameters)["result"]).json())


def test_life_of_a_query(pce: Make) -> None:
    rest = pce(queries={"pending": 5, "seconds": 10})
    href = submitted(rest)
    assert rest.word(href) == "queued"
    assert rest.get(f"{href}/download").status_code == 404
    rest.advance(6)
    assert rest.word(href) == "working"
    rest.advance(10)
    found = rest.get(href).json()
    assert (found["status"], found["result"]) == ("completed", f"{href}/download")
    assert (found["matches_count"], found["flows_count"]) == (60, 60)
    assert len(rest.get(found["result"]).json()) == 60
    (submission,) = rest.submissions("traffic-query")
    assert (submission["job"], submission["description"]) == (href, "all of it")
    assert submission["details"] == QUERY


def test_truncation_is_seen_in_the_counts_only(pce: Make) -> None:
    # Trap 18.
    rest = pce()
    found = completed(rest, max_results=10)
    assert (found["matches_count"], found["flows_count"]) == (60, 10)
    assert len(rest.get(found["result"]).json()) == 10


@pytest.mark.parametrize(
    ("parameters", "fit"),
    [
        ({"policy_decisions": ["blocked", "unknown"]}, lambda row: row["policy_decision"] in ("blocked", "unknown")),
        (
            {"services": {"include": [{"port": 53, "proto": 17}], "exclude": []}},
            lambda row: row["service"] == {"port": 53, "proto": 17},
        ),
        (
            {"services": {"include": [], "exclude": [{"port": 20, "to_port": 600}]}},
            lambda row: not 20 <= row["service"]["port"] <= 600,
        ),
        (
            {"sources": {"include": [[{"ip_address": "198.51.100.3"}]], "exclude": []}},
            lambda row: row["src"] == {"ip": "198.51.100.3"},
        ),
        ({"sources": {"include": [[{"actors": "ams"}]], "exclude": []}}, lambda row: "workload" in row["src"]),
        (
            {"destinations": {"include": [[{"label": {"href": "/orgs/1/labels/1"}}]], "exclude": []}},
            lambda row: "/orgs/1/labels/1" in [label["href"] for label in row["dst"]["workload"]["labels"]],
        ),
    ],
)
def test_what_a_query_asks_for(pce: Make, parameters: t.Any, fit: t.Callable[[t.Any], bool]) -> None:
    rest = pce()
    everything, found = rows(rest), rows(rest, **parameters)
    assert found == [row for row in everything if fit(row)]
    assert 0 < len(found) < len(everything)


def test_sources_or_destinations(pce: Make) -> None:
    rest = pce()
    one = next(row["src"]["workload"]["href"] for row in rows(rest) if "workload" in row["src"])
    side = {"include": [[{"workload": {"href": one}}]], "exclude": []}
    both = {"sources": side, "destinations": side}
    either = rows(rest, **both, sources_destinations_query_op="or")
    assert len(either) > len(rows(rest, **both))
    assert all(one in json.dumps(row) for row in either)


def test_a_malformed_date_is_another_query(pce: Make) -> None:
    # Trap 21.
    rest = pce()
    last = rows(rest)[30]["timestamp_range"]["last_detected"]
    right = completed(rest, start_date=last, end_date="2100-01-01")
    wrong = completed(rest, start_date="31.12.2025", end_date="2100-01-01")
    assert right["matches_count"] == 31
    assert (wrong["status"], wrong["matches_count"]) == ("completed", 60)
    assert wrong["query_parameters"]["start_date"] == "31.12.2025"


def test_a_download_is_csv_unless_json_is_asked_for(pce: Make) -> None:
    rest = pce()
    url = completed(rest)["result"]
    answer = rest.get(url, headers={"Accept": "*/*"})
    assert answer.headers["Content-Type"] == "text/csv"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["dst_ip"] for line in lines] == [row["dst"]["ip"] for row in rest.get(url).json()]


def test_a_download_may_be_gzip(pce: Make) -> None:
    rest = pce(download_gzip="unmarked")
    packed = rest.get(completed(rest)["result"])
    assert "Content-Encoding" not in packed.headers
    rest.configure(download_gzip="marked")
    assert rest.get(completed(rest)["result"]).json() == json.loads(gzip.decompress(packed.content))


def test_only_ones_own_queries_are_listed(pce: Make) -> None:
    # Trap 30.
    rest = pce()
    bob = rest.other("api_of_bob", "bob's")
    own, other = submitted(rest), submitted(bob)
    assert [one["href"] for one in rest.get(QUERIES).json()] == [own]
    assert [one["href"] for one in bob.get(QUERIES).json()] == [other]
    assert [rest.get(other).status_code, rest.delete(other).status_code] == [404, 404]


def test_completed_before_the_result_is_there(pce: Make) -> None:
    # Trap 16.
    rest = pce(next_queries=[{"polls": 1, "lag": 2}])
    href = submitted(rest)
    looks = [rest.get(href).json() for _look in range(3)]
    assert [look["status"] for look in looks] == ["completed"] * 3
    assert ["result" in look for look in looks] == [False, False, True]


def test_first_downloads_without_rows(pce: Make) -> None:
    # Trap 17.
    rest = pce(queries={"empty_downloads": 2})
    found = completed(rest)
    assert found["matches_count"] == 60
    assert [len(rest.get(found["result"]).json()) for _time in range(3)] == [0, 0, 60]


def test_a_region_that_did_not_answer(pce: Make) -> None:
    # Trap 19.
    regions = [
        {"pce_fqdn": "a.example.com", "responded": True, "matches_count": 60, "flows_count": 60},
        {"pce_fqdn": "b.example.com", "responded": False},
    ]
    assert completed(pce(queries={"regions": regions}))["regions"] == regions


def test_counts_of_choice(pce: Make) -> None:
    assert completed(pce(queries={"matches": 1984}))["matches_count"] == 1984


@pytest.mark.parametrize("word", ["cancelled", "canceled"])
def test_cancel(pce: Make, word: str) -> None:
    rest = pce(canceled_word=word, queries={"seconds": 100})
    href = submitted(rest)
    assert rest.put(href, {"status": "cancelled"}).status_code == 406
    assert rest.put(href, {"status": "cancel_requested"}).status_code == 204
    assert rest.word(href) == "cancel_requested"
    rest.advance(3)
    assert rest.word(href) == word
    assert rest.get(f"{href}/download").status_code == 404


def test_cancel_of_a_query_that_is_over(pce: Make) -> None:
    rest = pce()
    found = completed(rest)
    assert rest.put(found["href"], {"status": "cancel_requested"}).status_code == 204
    assert rest.word(found["href"]) == "completed"


def test_delete(pce: Make) -> None:
    rest = pce()
    href = completed(rest)["href"]
    assert rest.delete(href).status_code == 204
    assert [rest.get(href).status_code, rest.delete(href).status_code] == [404, 404]


@pytest.mark.parametrize("word", ["failed", "cancelled", "resting"])
def test_a_query_may_end_with_any_word(pce: Make, word: str) -> None:
    found = completed(pce(next_queries=[{"status": word}]))
    assert found["status"] == word
    assert "result" not in found


@pytest.mark.parametrize("status", [202, 204])
def test_draft_policy_phase(pce: Make, status: int) -> None:
    rest = pce(rules_submit_status=status, queries={"rules": {"pending": 2, "seconds": 2}})
    href = submitted(rest)
    assert rest.put(f"{href}/update_rules", {}).status_code == 406
    rest.advance(10)
    assert rest.get(href).json().get("rules") is None
    assert "rules" not in rest.get(f"{href}/download").json()[0]
    asked = f"{href}/update_rules?label_based_rules=false&offset=0&limit=200000"
    assert rest.put(asked, {}).status_code == status
    words = []
    for seconds in (0, 3, 3):
        rest.advance(seconds)
        words.append(rest.get(href).json()["rules"])
    assert words == ["queued", "working", "completed"]
    assert "rules" in rest.get(f"{href}/download").json()[0]
    assert rest.get(f"{href}/download?include_draft_policy_in_csv=true", headers={"Accept": "*/*"}).text


def report(rest: Rest, template: str = "executive_summary_report", **body: t.Any) -> t.Any:
    href = f"/orgs/1/report_templates/{template}"
    return rest.post("reports", {"report_template": {"href": href}, "report_parameters": LAST_MONTH, **body})


@pytest.mark.parametrize("first", ["queued", "pending"])
def test_life_of_a_report(pce: Make, first: str) -> None:
    rest = pce(report_first_word=first, reports={"pending": 5, "seconds": 10, "bytes": 5000})
    answer = report(rest, description="weekly")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["status"], made["progress_percentage"], made["generated_at"]) == (first, 0, None)
    rest.advance(10)
    halfway = rest.get(made["href"]).json()
    assert (halfway["status"], halfway["progress_percentage"]) == ("pending", 50)
    assert rest.get(f"{made['href']}/download").status_code == 404
    rest.advance(10)
    found = rest.get(made["href"]).json()
    assert (found["status"], found["progress_percentage"]) == ("done", 100)
    assert found["generated_at"]
    file = rest.get(f"{made['href']}/download")
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF")
    assert 4900 < len(file.content) < 5100
    assert [one["href"] for one in rest.get("reports").json()] == [made["href"]]
    (submission,) = rest.submissions("report")
    assert (submission["job"], submission["description"]) == (made["href"], "weekly")


@pytest.mark.parametrize(
    ("span", "status"),
    [
        ({"start_date": "2026-01-01", "end_date": "2026-02-01"}, 406),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "yesterday at noon"}, 406),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-02-01T00:00:00.000Z"}, 201),
        ({"last_num_days": 0}, 406),
        ({}, 406),
    ],
)
def test_dates_of_a_report(pce: Make, span: t.Any, status: int) -> None:
    # Trap 21.
    assert report(pce(), report_parameters={"report_time_range": span}).status_code == status


def test_templates(pce: Make) -> None:
    rest = pce()
    names = {one["href"].rsplit("/", 1)[1] for one in rest.get("report_templates").json()}
    assert names >= {"executive_summary_report", "traffic_flow_report", "rule_hit_count_report", "explorer", "ves"}
    assert report(rest, "nonsense").status_code == 406


def test_report_format_is_not_in_the_published_schema(pce: Make) -> None:
    rest = pce()
    assert report(rest, report_format="csv").status_code == 406
    rest.configure(report_format_accepted=True)
    href = report(rest, report_format="csv").json()["href"]
    rest.advance(10)
    file = rest.get(f"{href}/download")
    assert (file.headers["Content-Type"], file.text[:13]) == ("text/csv", "rule_set,rule")


def test_reports_are_canceled_and_never_deleted(pce: Make) -> None:
    rest = pce()
    href = report(rest).json()["href"]
    assert token(rest.delete(href)) == (405, "method_not_allowed_error")
    assert rest.put(href, {}).status_code == 204
    assert rest.word(href) == "queued"
    assert rest.put(href, {"status": "cancel_requested"}).status_code == 204
    assert rest.word(href) == "cancel_requested"
    rest.advance(3)
    assert rest.word(href) == "cancelled"


def test_too_many_reports(pce: Make) -> None:
    rest = pce(max_queued_reports=2)
    assert [report(rest).status_code for _number in range(3)] == [201, 201, 406]
    rest.advance(10)
    assert report(rest).status_code == 201


@pytest.mark.parametrize("word", ["failed", "error"])
def test_a_report_may_fail(pce: Make, word: str) -> None:
    rest = pce(next_reports=[{"status": word}])
    href = report(rest).json()["href"]
    rest.advance(10)
    assert rest.word(href) == word
    assert rest.get(f"{href}/download").status_code == 404


@pytest.mark.parametrize("in_query", [False, True])
def test_life_of_a_support_bundle(pce: Make, in_query: bool) -> None:
    rest = pce()
    starting = "2026-01-01T00:00:00Z"
    if in_query:
        answer = rest.post(f"support_bundle_requests?include_logs=true&starting_at={starting}")
    else:
        answer = rest.post("support_bundle_requests", {"include_logs": True, "starting_at": starting})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["completed_at"], made["download_url"]) == (None, None)
    assert (made["include_logs"], made["starting_at"], made["ending_at"]) == (True, starting, None)
    assert rest.get(f"{made['href']}/download").status_code == 404
    rest.advance(10)
    found = rest.get(made["href"]).json()
    assert found["completed_at"]
    file = rest.get(found["download_url"]["href"])
    with tarfile.open(fileobj=io.BytesIO(file.content)) as tar:
        assert tar.getnames() == ["pce/agent.log"]
    assert [one["href"] for one in rest.get("support_bundle_requests").json()] == [made["href"]]
    assert rest.delete(made["href"]).status_code == 204
    assert rest.get(made["href"]).status_code == 404
    assert [one["job"] for one in rest.submissions("support-bundle")] == [made["href"]]


def test_a_bundle_completed_without_its_file(pce: Make) -> None:
    rest = pce(next_bundles=[{"polls": 1, "lag": -1}])
    href = rest.post("support_bundle_requests", {}).json()["href"]
    found = rest.get(href).json()
    assert found["completed_at"]
    assert found["download_url"] is None
