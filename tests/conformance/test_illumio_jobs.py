# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated PCE: collections, their jobs and datafiles."""

from __future__ import annotations

import gzip
import json
import typing as t

import pytest

from .pce import Rest, token

Make = t.Callable[..., Rest]


def done(rest: Rest, path: str) -> t.Any:
    """The record of a job that is over."""
    href = rest.job(path)
    rest.advance(10)
    return rest.get(href).json()


def fetched(rest: Rest, path: str) -> t.Any:
    return rest.get(done(rest, path)["result"]["href"]).json()


def test_a_collection_is_cut_at_500_without_a_sign(pce: Make) -> None:
    # Trap 13.
    rest = pce(counts={"workloads": 550})
    answer = rest.get("workloads")
    assert len(answer.json()) == 500
    assert answer.status_code == 200
    assert {"Link", "X-Truncated"}.isdisjoint(answer.headers)
    assert len(rest.get("workloads?max_results=550").json()) == 550
    assert len(rest.get("workloads?max_results=1").json()) == 1
    rest.configure(sync_maximum=500)
    assert len(rest.get("workloads?max_results=550").json()) == 500


def test_the_two_count_headers(pce: Make) -> None:
    # Trap 14.
    answer = pce(counts={"workloads": 50}).get("workloads?managed=false&max_results=2")
    assert len(answer.json()) == 2
    assert (answer.headers["X-Total-Count"], answer.headers["X-Matched-Count"]) == ("50", "5")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("managed=true", 36),
        ("managed=false", 4),
        ("hostname=host-00001", 10),
        ("name=wl-0000", 4),
        ("online=true", 33),
        ("managed=true&online=false", 3),
        ("enforcement_mode=visibility_only", 40),
        ("security_policy_sync_state=staged", 0),
        ("ip_address=10.0.0.7", 0),
    ],
)
def test_filters_of_workloads(pce: Make, query: str, count: int) -> None:
    assert len(pce(offline_workloads=3).get(f"workloads?{query}").json()) == count


def test_filter_by_labels(pce: Make) -> None:
    rest = pce()
    one = rest.get("workloads?max_results=1").json()[0]
    wanted = [label["href"] for label in one["labels"]]
    found = rest.get("workloads", params={"labels": json.dumps([wanted])}).json()
    assert one["href"] in [each["href"] for each in found]
    assert all(set(wanted) <= {label["href"] for label in each["labels"]} for each in found)
    assert len(found) < 40
    labels = {label["href"]: label for label in rest.get("labels").json()}
    assert all(
        (labels[each["href"]]["key"], labels[each["href"]]["value"]) == (each["key"], each["value"])
        for each in one["labels"]
    )


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("labels", 24),
        ("label_dimensions", 4),
        ("vens", 36),
        ("events", 30),
        ("security_principals", 0),
        ("pairing_profiles", 3),
        ("container_clusters", 2),
        ("sec_policy/draft/ip_lists", 5),
        ("sec_policy/active/ip_lists", 5),
        ("sec_policy/1320/ip_lists", 5),
        ("sec_policy/draft/rule_sets", 2),
        ("sec_policy/draft/enforcement_boundaries", 0),
        ("/users", 1),
    ],
)
def test_collections(pce: Make, path: str, count: int) -> None:
    rest = pce(counts={"ip_lists": 2})
    assert len(rest.get(path).json()) == count
    assert len(fetched(rest, path)) == count


def test_one_object(pce: Make) -> None:
    rest = pce()
    for path in ("workloads", "vens", "labels", "sec_policy/draft/services", "sec_policy/active/services"):
        listed = rest.get(path).json()[0]
        assert rest.get(listed["href"]).json() == listed


def test_generated_objects_are_the_same_again(pce: Make) -> None:
    assert pce().get("workloads").json() == pce().get("workloads").json()


def test_life_of_a_job(pce: Make) -> None:
    rest = pce(jobs={"pending": 10, "seconds": 20})
    answer = rest.submit("labels?key=app")
    assert (answer.status_code, answer.content, answer.headers["Retry-After"]) == (202, b"", "5")
    href = answer.headers["Location"]
    assert rest.word(href) == "pending"
    rest.advance(11)
    assert rest.word(href) == "running"
    rest.advance(20)
    assert rest.word(href) == "done"
    found = rest.get(rest.get(href).json()["result"]["href"]).json()
    assert {one["key"] for one in found} == {"app"}
    (submission,) = rest.submissions("async-get")
    assert (submission["job"], submission["description"]) == (href, "/orgs/1/labels")
    assert submission["details"] == {"query": {"key": "app"}}


def test_a_job_reads_more_than_500(pce: Make) -> None:
    rest = pce(counts={"workloads": 1234})
    found = fetched(rest, "workloads")
    assert len({one["href"] for one in found}) == 1234
    assert len(fetched(rest, "workloads?max_results=7")) == 7


def test_a_wrong_request_is_refused_before_there_is_a_job(pce: Make) -> None:
    rest = pce()
    assert rest.submit("labels?nonsense=1").status_code == 406
    assert rest.submit("nonsense").status_code == 404
    assert rest.submissions("async-get") == []


def test_jobs_that_end_with_a_number_of_looks(pce: Make) -> None:
    rest = pce(jobs={"polls": 3})
    href = rest.job("labels")
    assert [rest.word(href) for _look in range(4)] == ["pending", "running", "done", "done"]


def test_plans_are_used_up_in_order(pce: Make) -> None:
    rest = pce(jobs={"polls": 1}, next_jobs=[{"status": "failed"}, {"polls": 2}])
    hrefs = [rest.job("labels") for _number in range(3)]
    assert [rest.word(href) for href in hrefs] == ["failed", "running", "done"]


@pytest.mark.parametrize(
    ("location", "start"),
    [
        ("href", "/orgs/1/jobs/"),
        ("path", "/api/v2/orgs/1/jobs/"),
        ("absolute", "https://127."),
        ("foreign", "https://elsewhere.example.com:8443/api/v2/orgs/1/jobs/"),
    ],
)
def test_forms_of_the_location(pce: Make, location: str, start: str) -> None:
    # Traps 2 and 3.
    rest = pce(location=location)
    found = rest.submit("labels").headers["Location"]
    assert found.startswith(start)
    job = found[found.index("/orgs/") :]
    assert rest.word(job) == "pending"
    if location == "absolute":
        assert rest.session.get(found, timeout=20).json()["href"] == job


def test_location_and_retry_after_may_be_missing(pce: Make) -> None:
    # Traps 4 and 5.
    rest = pce(location="missing", retry_after=-1)
    answer = rest.submit("labels")
    assert answer.status_code == 202
    assert {"Location", "Retry-After"}.isdisjoint(answer.headers)
    (job,) = rest.get("jobs").json()
    assert job["description"] == "/orgs/1/labels"


def test_retry_after_on_polls(pce: Make) -> None:
    rest = pce(poll_retry_after=7, jobs={"polls": 2})
    href = rest.job("labels")
    assert rest.get(href).headers["Retry-After"] == "7"
    assert "Retry-After" not in rest.get(href).headers


@pytest.mark.parametrize("ignored", [["labels"], ["*"]])
def test_data_in_place_of_a_job(pce: Make, ignored: list[str]) -> None:
    # Trap 1.
    rest = pce(async_ignored=ignored)
    answer = rest.submit("labels")
    assert (answer.status_code, len(answer.json())) == (200, 24)
    assert rest.submit("vens").status_code == (202 if ignored == ["labels"] else 200)


@pytest.mark.parametrize("result", [{}, None, {"message": "too slow"}, {"reason": 7}, [], "text"])
def test_what_a_failed_job_may_hold(pce: Make, result: t.Any) -> None:
    # Trap 7.
    found = done(pce(next_jobs=[{"status": "failed", "result": result}]), "labels")
    assert (found["status"], found["result"]) == ("failed", result)


@pytest.mark.parametrize("word", ["cancelled", "canceled", "cancel_requested", "archiving"])
def test_a_job_may_end_with_any_word(pce: Make, word: str) -> None:
    # Trap 8.
    found = done(pce(next_jobs=[{"status": word}]), "labels")
    assert found["status"] == word
    assert "href" not in (found["result"] or {})


def test_other_words_on_the_way(pce: Make) -> None:
    rest = pce(jobs={"words": ["PENDING", "scheduling", "DONE"], "polls": 3})
    href = rest.job("labels")
    assert [rest.word(href) for _look in range(3)] == ["PENDING", "scheduling", "DONE"]
    assert len(rest.get(rest.get(href).json()["result"]["href"]).json()) == 24


def test_done_before_the_result_is_there(pce: Make) -> None:
    # Trap 6.
    rest = pce(next_jobs=[{"polls": 1, "lag": 2}, {"polls": 1, "lag": -1}])
    href = rest.job("labels")
    looks = [rest.get(href).json() for _look in range(3)]
    assert [look["status"] for look in looks] == ["done"] * 3
    assert [bool(look["result"]) for look in looks] == [False, False, True]
    never = rest.job("labels")
    assert all(rest.get(never).json()["result"] == {} for _look in range(9))


@pytest.mark.parametrize("status", [404, 410])
def test_purged_jobs(pce: Make, status: int) -> None:
    # Trap 12.
    rest = pce(job_retention_seconds=60, purged_job=status)
    href = rest.job("labels")
    rest.advance(10)
    datafile = rest.get(href).json()["result"]["href"]
    rest.advance(60)
    assert [rest.get(one).status_code for one in (href, datafile)] == [status, status]
    assert rest.get("jobs").json() == []


def test_a_restart_loses_the_jobs(pce: Make) -> None:
    rest = pce()
    href = rest.job("labels")
    rest.act("restart", down=30)
    rest.advance(31)
    assert rest.get(href).status_code == 404


def test_the_list_of_jobs(pce: Make) -> None:
    rest = pce()
    own = rest.job("labels")
    other = rest.act("job", path="vens")["href"]
    found = {one["href"]: one for one in rest.get("jobs?job_type=:illumio/async_requests&max_results=500").json()}
    assert set(found) == {own, other}
    assert found[other]["requested_by"] == {"href": "/users/2"}
    assert found[other]["description"] == "/orgs/1/vens"
    assert rest.get("jobs?job_type=other").json() == []
    assert len(rest.get("jobs?max_results=1").json()) == 1


def test_only_who_submitted_a_job_deletes_it(pce: Make) -> None:
    # Traps 24 and 29.
    rest = pce()
    href = rest.job("labels")
    bob = rest.other("api_of_bob", "bob's")
    assert bob.word(href) == "pending"
    assert token(bob.delete(href)) == (403, "forbidden_error")
    assert rest.delete(href).status_code == 204
    assert rest.get(href).status_code == 404
    assert token(rest.delete(href)) == (406, "already_deleted")
    rest.configure(deleted_job="not_found")
    assert rest.delete(href).status_code == 404
    assert [one["job"] for one in rest.submissions("job-delete")] == [href]
    assert [one["admin"] for one in rest.refused("job-delete")] == ["api_of_bob"]


def test_layouts_of_a_datafile(pce: Make) -> None:
    # Trap 20.
    rest = pce(datafile_filename=True)
    href = done(rest, "labels")["result"]["href"]
    assert href.endswith("?filename=result.json")
    plain = rest.get(href)
    rest.configure(datafile_layout="lines")
    lines = rest.get(href).text.splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("[", "]", 26)
    assert json.loads("".join(lines)) == plain.json()
    rest.configure(datafile_gzip="unmarked")
    packed = rest.get(href)
    assert packed.content[:2] == b"\x1f\x8b"
    assert "Content-Encoding" not in packed.headers
    assert json.loads(gzip.decompress(packed.content)) == plain.json()
    rest.configure(datafile_gzip="marked")
    assert rest.get(href).json() == plain.json()
    assert rest.get(href).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in rest.get(href, headers={"Accept-Encoding": "identity"}).headers


def test_an_empty_collection(pce: Make) -> None:
    rest = pce()
    assert fetched(rest, "security_principals") == []
    rest.configure(datafile_layout="lines")
    assert fetched(rest, "security_principals") == []


def test_a_job_on_one_object(pce: Make) -> None:
    rest = pce()
    assert fetched(rest, "sec_policy/pending") == {}
    assert fetched(rest, "settings/workloads")["href"] == "/orgs/1/settings/workloads"


def test_ten_thousand_workloads_are_streamed(pce: Make) -> None:
    # Trap 31, in small.
    rest = pce(counts={"workloads": 10000})
    href = done(rest, "workloads")["result"]["href"]
    with rest.session.get(f"{rest.root}{href}", stream=True, timeout=20) as answer:
        size = sum(len(piece) for piece in answer.iter_content(65536))
    assert size == int(answer.headers["Content-Length"])
    assert size > 10000 * 2500


@pytest.mark.parametrize("seconds", [600, 86400])
def test_a_job_may_be_held(pce: Make, seconds: int) -> None:
    # Trap 9.
    rest = pce(jobs={"pending": seconds})
    href = rest.job("labels")
    rest.advance(seconds - 1)
    assert rest.word(href) == "pending"
    rest.act("hold", href=href, seconds=100)
    rest.advance(90)
    assert rest.word(href) == "running"
    rest.advance(11)
    assert rest.word(href) == "done"
