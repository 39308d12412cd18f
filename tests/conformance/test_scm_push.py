# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated tenant: pushes with their children, what comes of them, the list of jobs, versions."""

from __future__ import annotations

import json
import typing as t

import pytest
import requests

from .scm import CLIENT, EDITOR, FOLDERS, Scm, error

Make = t.Callable[..., Scm]
SERIAL = "007951000388704"
OTHER = "other.admin@example.com"


def words(jobs: t.Iterable[dict[str, t.Any]]) -> list[str]:
    return [f"{job['status_str']}/{job['result_str']}" for job in jobs]


def test_a_push_from_its_submit_to_the_running_versions(tenant: Make) -> None:
    scm = tenant(pushes={"pending": 5, "seconds": 45, "children": {"*": {"start": 2, "seconds": 95}}})
    changes = scm.act("changes", place=FOLDERS[0], count=2)["changes"]
    number = scm.pushed(FOLDERS, description="Ticket 7")
    assert scm.word(number) == "PEND/PEND"
    scm.advance(10)
    assert scm.word(number) == "ACT/PEND"
    scm.advance(40)
    assert (scm.word(number), scm.children(number)) == ("FIN/OK", [])
    assert scm.running()[FOLDERS[0]] == 62
    scm.advance(3)
    assert words(scm.children(number)) == ["ACT/PEND", "ACT/PEND"]
    scm.advance(95)
    assert words(scm.children(number)) == ["FIN/OK", "FIN/OK"]
    assert [job["summary"] for job in scm.children(number)] == ["Configuration push finished"] * 2
    assert {name: version for name, version in scm.running().items() if version != 62} == dict.fromkeys(FOLDERS, 63)
    (submission,) = scm.submissions("push")
    assert (submission["job"], submission["changes"], submission["description"]) == (number, changes, "Ticket 7")
    assert submission["details"] == {"folders": FOLDERS, "devices": [], "admins": []}
    (push,) = scm.state()["pushes"]
    assert push["version"] == 63
    assert {name: (effect["before"], effect["after"]) for name, effect in push["effects"].items()} == {
        FOLDERS[0]: (62, 63),
        FOLDERS[1]: (62, 63),
    }


# Trap 1.
def test_the_parent_is_ok_and_a_child_fails(tenant: Make) -> None:
    scm = tenant(pushes={"children": {FOLDERS[1]: {"result": "FAIL", "errors": ["Bad tunnel"]}}})
    scm.act("changes", place=FOLDERS[0])
    number = scm.pushed(FOLDERS)
    scm.advance(200)
    assert scm.word(number) == "FIN/OK"
    good, bad = scm.children(number)
    assert words([good, bad]) == ["FIN/OK", "FIN/FAIL"]
    assert bad["summary"] == "Configuration push failed"
    assert json.loads(scm.job(bad["id"])["details"])["errors"] == ["Bad tunnel"]
    assert (scm.running()[FOLDERS[0]], scm.running()[FOLDERS[1]]) == (63, 62)
    # The next push brings what is missing, although nothing is pending.
    scm.configure(pushes={})
    scm.pushed(FOLDERS)
    scm.advance(200)
    assert (scm.running()[FOLDERS[0]], scm.running()[FOLDERS[1]]) == (63, 63)


# Trap 2.
def test_children_appear_before_and_after_the_end_of_their_parent(tenant: Make) -> None:
    """As recorded: 3 s before it and 13 s after it; and one runs for 26 minutes."""
    children = {FOLDERS[0]: {"start": -3, "seconds": 95}, FOLDERS[1]: {"start": 13, "seconds": 1560}}
    scm = tenant(pushes={"seconds": 60, "children": children})
    number = scm.pushed(FOLDERS)
    scm.advance(58)
    assert scm.word(number) == "ACT/PEND"
    assert [job["description"] for job in scm.children(number)] == [f"{FOLDERS[0]} configuration pushed to cloud"]
    scm.advance(14)
    assert scm.word(number) == "FIN/OK"
    assert len(scm.children(number)) == 1
    scm.advance(2)
    first, second = scm.children(number)
    assert int(number) < int(first["id"]) < int(second["id"])
    scm.advance(1500)
    assert words(scm.children(number)) == ["FIN/OK", "ACT/PEND"]
    scm.advance(70)
    assert words(scm.children(number)) == ["FIN/OK", "FIN/OK"]


def test_a_parent_that_fails_has_no_children(tenant: Make) -> None:
    scm = tenant(pushes={"result": "FAIL", "children": {"*": {"start": -3}}})
    scm.act("changes", place=FOLDERS[0])
    number = scm.pushed(FOLDERS)
    scm.advance(300)
    assert (scm.word(number), scm.children(number)) == ("FIN/FAIL", [])
    assert json.loads(scm.job(number)["details"])["errors"]
    assert (scm.state()["version"], len(scm.state()["pending"])) == (62, 1)


# Trap 8.
@pytest.mark.parametrize(
    ("plan", "word"),
    [
        ({"status": "PUSHFAIL"}, "PUSHFAIL/FAIL"),
        ({"status": "PUSHABORT"}, "PUSHABORT/FAIL"),
        ({"status": "PUSHTIMEOUT"}, "PUSHTIMEOUT/TIMEOUT"),
        ({"status": "PUSHABORT", "result": "ABORTED"}, "PUSHABORT/ABORTED"),
        ({"result": "CANCELLED"}, "FIN/CANCELLED"),
        ({"result": "TIMEOUT"}, "FIN/TIMEOUT"),
        ({"result": "WAIT"}, "FIN/WAIT"),
        ({"status": "PUSHSENT", "result": "PEND"}, "PUSHSENT/PEND"),
        ({"status": "ARCHIVED", "result": "OK"}, "ARCHIVED/OK"),
    ],
)
def test_ends_of_a_child(tenant: Make, plan: dict[str, str], word: str) -> None:
    scm = tenant(pushes={"children": {FOLDERS[0]: plan}})
    scm.act("changes", place=FOLDERS[0])
    number = scm.pushed()
    scm.advance(100)
    assert words(scm.children(number)) == ["ACT/PEND"]
    scm.advance(100)
    (child,) = scm.children(number)
    assert words([child]) == [word]
    assert scm.word(child["id"]) == word
    assert scm.running()[FOLDERS[0]] == 62


def test_what_a_job_shows_while_it_runs(tenant: Make) -> None:
    """PUSHSENT, or FIN with PEND, before the real end."""
    scm = tenant(pushes={"running": ["FIN", "PEND"], "children": {"*": {"running": ["PUSHSENT", "PEND"]}}})
    number = scm.pushed()
    scm.advance(40)
    assert scm.word(number) == "FIN/PEND"
    scm.advance(60)
    assert (scm.word(number), words(scm.children(number))) == ("FIN/OK", ["PUSHSENT/PEND"])
    scm.advance(60)
    assert words(scm.children(number)) == ["FIN/OK"]


def test_jobs_that_end_with_looks_and_not_with_the_clock(tenant: Make) -> None:
    scm = tenant(pushes={"polls": 3, "children": {"*": {"polls": 2, "start": 0}}})
    scm.act("changes", place=FOLDERS[0])
    number = scm.pushed(FOLDERS)
    scm.advance(3600)
    assert [scm.word(number) for _look in range(3)] == ["ACT/PEND", "ACT/PEND", "FIN/OK"]
    assert words(scm.children(number)) == ["ACT/PEND", "ACT/PEND"]
    first, second = scm.children(number)
    assert words([first, second]) == ["FIN/OK", "FIN/OK"]
    assert scm.running()[FOLDERS[1]] == 63


# Trap 12.
def test_a_push_takes_the_changes_of_the_admins_it_names(tenant: Make) -> None:
    scm = tenant()
    own = scm.act("changes", place=FOLDERS[0])["changes"]
    others = scm.act("changes", place=FOLDERS[0], admin=OTHER)["changes"]
    elsewhere = scm.act("changes", place="Mobile Users")["changes"]
    number = scm.pushed(FOLDERS, admin=[CLIENT])
    assert scm.submissions("push")[0]["changes"] == own
    scm.advance(200)
    assert [change["id"] for change in scm.state()["pending"]] == others + elsewhere
    info = json.loads(scm.job(number)["details"])["info"]
    assert info == [
        f"Partial changes to commit: changes to configuration by administrators: {CLIENT}",
        "Configuration committed successfully",
    ]
    scm.pushed(FOLDERS, admin=["all"])
    assert scm.submissions("push")[1]["changes"] == others
    scm.pushed(["Mobile Users"])
    assert scm.submissions("push")[2]["changes"] == elsewhere


# Trap 11.
def test_devices_are_strings_that_begin_with_zeros(tenant: Make) -> None:
    scm = tenant()
    scm.act("changes", place=SERIAL)
    number = scm.pushed([], devices=[SERIAL])
    scm.advance(200)
    (child,) = scm.children(number)
    assert scm.job(child["id"])["dev_serial"] == SERIAL
    assert scm.running()[SERIAL] == 63
    wanted = {"folders": [], "devices": [int(SERIAL)]}
    assert error(scm.post("/config-versions/candidate:push", wanted)) == (400, "E003", "Invalid Object")
    scm.configure(devices_as="numbers")
    assert scm.post("/config-versions/candidate:push", wanted).status_code == 200
    assert scm.submissions("push")[-1]["details"]["devices"] == [SERIAL]
    assert scm.push([], devices=[SERIAL]).status_code == 400


@pytest.mark.parametrize(("setting", "count"), [("each", 2), ("one", 1), ("none", 0)])
def test_children_of_a_push_to_devices(tenant: Make, setting: str, count: int) -> None:
    scm = tenant(device_children=setting)
    serials = [SERIAL, "007951000388707"]
    scm.act("changes", place=SERIAL)
    number = scm.pushed([], devices=serials)
    scm.advance(200)
    assert len(scm.children(number)) == count
    assert [scm.running()[serial] for serial in serials] == ([63, 63] if count else [62, 62])


# Trap 10.
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"folder": ["Remote Networks"]},
        {"folders": ["Remote Networks"], "folder": ["Remote Networks"]},
        {"folders": "Remote Networks"},
        {"folders": []},
        {"folders": ["Remote Networks", "Remote Networks"]},
        {"folders": ["Remote/Networks"]},
        {"folders": ["x" * 65]},
        {"folders": ["Remote Networks"], "admin": CLIENT},
        {"folders": ["Remote Networks"], "description": 7},
        {"folders": ["Remote Networks"], "devices": SERIAL},
        {"folders": ["Remote Networks"], "devices": [SERIAL, SERIAL]},
    ],
)
def test_pushes_that_are_refused(tenant: Make, body: dict[str, t.Any]) -> None:
    scm = tenant()
    assert error(scm.post("/config-versions/candidate:push", body)) == (400, "E003", "Invalid Object")
    assert (scm.submissions("push"), len(scm.refused("push")), scm.state()["pushes"]) == ([], 1, [])


def test_pushes_that_are_no_json_or_name_what_is_not_there(tenant: Make) -> None:
    scm = tenant()
    path = "/config-versions/candidate:push"
    assert error(scm.ask("POST", path)) == (400, "E003", "Missing Body")
    assert error(scm.ask("POST", path, data="x=1")) == (400, "E003", "Input Format Mismatch: input-format=json")
    form = {"Content-Type": "application/json"}
    assert error(scm.ask("POST", path, data="{", headers=form)) == (400, "E003", "Malformed Command")
    assert error(scm.ask("POST", path, data="[]", headers=form)) == (400, "E003", "Invalid Object")
    assert error(scm.push(["Nowhere"])) == (404, "E005", "Object Not Present")
    assert error(scm.push([], devices=["007951000388799"])) == (404, "E005", "Object Not Present")
    assert scm.submissions("push") == []


# Trap 9.
def test_answers_to_a_push(tenant: Make) -> None:
    scm = tenant(push_answer="empty")
    answer = scm.push()
    assert (answer.status_code, answer.content) == (201, b"")
    assert len(scm.submissions("push")) == 1
    scm.configure(push_answer="no_job_id", push_status=201)
    answer = scm.push()
    assert (answer.status_code, set(answer.json())) == (201, {"success", "message"})
    assert len(scm.submissions("push")) == 2
    scm.configure(push_answer="success_false")
    assert scm.push().json()["success"] is False
    assert (len(scm.submissions("push")), len(scm.refused("push"))) == (2, 1)
    scm.configure(push_answer="full", next_pushes=[{"answer": "no_job_id"}])
    assert ["job_id" in scm.push().json() for _number in range(2)] == [False, True]


# Trap 6.
def test_a_job_that_is_not_known_at_once(tenant: Make) -> None:
    scm = tenant(pushes={"early_polls": 2})
    number = scm.pushed()
    assert [error(scm.get(f"/jobs/{number}")) for _look in range(2)] == [(404, "E005", "Object Not Present")] * 2
    assert scm.word(number) == "ACT/PEND"
    scm.configure(early_answer="empty")
    number = scm.pushed()
    assert [scm.get(f"/jobs/{number}").json() for _look in range(2)] == [{"data": []}] * 2
    assert scm.job(number)["id"] == number


def test_a_job_that_shows_late_in_the_list(tenant: Make) -> None:
    scm = tenant(list_lag=20)
    number = scm.pushed()
    assert number not in [job["id"] for job in scm.jobs()]
    scm.advance(21)
    assert scm.jobs()[0]["id"] == number


# Trap 19.
def test_pages_of_a_busy_tenant(tenant: Make) -> None:
    scm = tenant(history=350)
    number = scm.pushed(FOLDERS)
    scm.advance(50)
    scm.act("jobs", count=250)
    first = scm.get("/jobs").json()
    assert (first["limit"], first["offset"], first["total"], len(first["data"])) == (200, 0, 603, 200)
    assert scm.children(number) == []
    second = scm.get("/jobs?offset=200").json()
    assert [job["parent_id"] for job in second["data"]].count(number) == 2
    assert len(scm.get("/jobs?limit=1000").json()["data"]) == 603
    scm.configure(list_limit=100, list_maximum=300)
    assert (scm.get("/jobs").json()["limit"], len(scm.get("/jobs").json()["data"])) == (100, 100)
    assert scm.get("/jobs?limit=1000").json()["limit"] == 300
    numbers = [int(job["id"]) for job in scm.jobs(limit=300)]
    assert numbers == sorted(numbers, reverse=True)


def test_pages_that_move_while_they_are_read(tenant: Make) -> None:
    scm = tenant(history=100, noise_per_list=3)
    first = [job["id"] for job in scm.jobs(limit=10)]
    second = [job["id"] for job in scm.jobs(limit=10, offset=10)]
    assert first[-3:] == second[:3]


def test_the_list_has_no_filter(tenant: Make) -> None:
    scm = tenant()
    assert len(scm.jobs(parent_id="7")) == 30


@pytest.mark.parametrize(("setting", "children"), [("job", 2), ("no_children", 0)])
def test_a_push_without_changes(tenant: Make, setting: str, children: int) -> None:
    scm = tenant(no_change=setting)
    before = scm.get("/config-versions/running").json()
    number = scm.pushed(FOLDERS)
    scm.advance(300)
    assert (scm.word(number), len(scm.children(number))) == ("FIN/OK", children)
    assert scm.get("/config-versions/running").json() == before
    assert scm.state()["version"] == 62


@pytest.mark.parametrize(("setting", "status"), [("success_false", 200), ("error", 400)])
def test_a_push_without_changes_that_is_refused(tenant: Make, setting: str, status: int) -> None:
    scm = tenant(no_change=setting)
    assert scm.push().status_code == status
    assert (scm.submissions("push"), scm.refused("push")[0]["answer"]) == ([], "There are no changes to push.")
    scm.act("changes", place=FOLDERS[0])
    assert scm.push().status_code == 200


def test_a_second_push_waits_for_the_first_one(tenant: Make) -> None:
    scm = tenant(pushes={"seconds": 60})
    first, second = scm.pushed(), scm.other(EDITOR).pushed(FOLDERS[1:])
    scm.advance(50)
    assert (scm.word(first), scm.word(second)) == ("ACT/PEND", "PEND/PEND")
    scm.advance(50)
    assert (scm.word(first), scm.word(second)) == ("FIN/OK", "ACT/PEND")
    scm.advance(25)
    assert scm.word(second) == "FIN/OK"
    assert scm.job(second)["uname"] == EDITOR


def test_a_second_push_beside_the_first_one(tenant: Make) -> None:
    scm = tenant(pushes={"seconds": 60}, concurrent_push="parallel")
    first, second = scm.pushed(), scm.pushed(FOLDERS[1:])
    scm.advance(50)
    assert (scm.word(first), scm.word(second)) == ("ACT/PEND", "ACT/PEND")


# Trap 14.
def test_a_second_push_is_refused(tenant: Make) -> None:
    scm = tenant(concurrent_push="refuse")
    scm.pushed()
    for _moment in range(3):  # the parent runs, its child has not come yet, its child runs
        assert error(scm.push()) == (409, "E016", "Object Not Unique")
        scm.advance(46)
    scm.advance(60)
    assert scm.push().status_code == 200
    assert (len(scm.submissions("push")), len(scm.refused("push"))) == (2, 3)


def test_each_child_brings_the_version_of_its_own_push(tenant: Make) -> None:
    scm = tenant(concurrent_push="parallel", pushes={"children": {"*": {"seconds": 200}}})
    scm.act("changes", place=FOLDERS[0])
    scm.pushed(FOLDERS[:1])
    scm.advance(10)
    scm.act("changes", place=FOLDERS[1])
    scm.configure(pushes={"children": {"*": {"seconds": 400}}})
    scm.pushed(FOLDERS[1:])
    scm.advance(240)
    assert (scm.state()["version"], scm.running()[FOLDERS[0]]) == (64, 63)
    scm.advance(400)
    assert scm.running()[FOLDERS[1]] == 64


def test_pushes_and_jobs_of_others(tenant: Make) -> None:
    scm = tenant()
    scm.act("changes", place=FOLDERS[0])
    number = scm.act("push", folders=FOLDERS, description="theirs")["job"]
    made = scm.act("jobs", type="Validate", uname="b@example.com", seconds=40, result="FAIL")["jobs"]
    assert scm.job(number)["uname"] == OTHER
    assert scm.job(made[0])["type_str"] == "Validate"
    assert scm.word(made[0]) == "ACT/PEND"
    scm.advance(41)
    assert scm.word(made[0]) == "FIN/FAIL"
    assert scm.submissions("push")[0]["admin"] == OTHER


def test_jobs_are_held_ended_and_forgotten(tenant: Make) -> None:
    scm = tenant()
    scm.act("changes", place=FOLDERS[0])
    number = scm.pushed()
    scm.act("hold", job=number, seconds=500)
    scm.advance(400)
    assert scm.word(number) == "ACT/PEND"
    scm.act("finish", job=number)
    assert scm.word(number) == "FIN/CANCELLED"
    scm.advance(100)
    assert (scm.children(number), len(scm.state()["pending"])) == ([], 1)
    number = scm.pushed()
    scm.advance(50)
    scm.act("forget-jobs", jobs=[number])
    assert scm.get(f"/jobs/{number}").status_code == 404
    assert number not in [job["id"] for job in scm.jobs()]
    scm.configure(jobs_kept=5)
    scm.act("jobs")
    assert len(scm.jobs()) == 5


def test_versions(tenant: Make) -> None:
    scm = tenant()
    scm.act("changes", place=FOLDERS[0])
    scm.pushed(FOLDERS, description="Ticket 7", devices=[SERIAL])
    scm.advance(50)
    whole = scm.get("/config-versions?limit=2&offset=1").json()
    assert {**whole, "data": [entry["id"] for entry in whole["data"]]} == {
        "data": [62, 61],
        "offset": 1,
        "limit": 2,
        "total": 63,
    }
    # Trap 23.
    (version,) = scm.get("/config-versions/63").json()
    assert (version["id"], version["admin"], version["description"]) == (63, CLIENT, "Ticket 7")
    assert (version["scope"], version["ngfw_scope"]) == (",".join(FOLDERS), SERIAL)
    scm.configure(unknown_version="empty")
    assert scm.get("/config-versions/64").json() == []
    running = scm.get("/config-versions/running?limit=1").json()
    assert (len(running["data"]), running["total"]) == (1, 8)


def test_a_version_is_loaded_and_the_candidate_discarded(tenant: Make) -> None:
    scm = tenant()
    scm.act("changes", place=FOLDERS[0])
    answer = scm.post("/config-versions:load", {"version": 60})
    assert (answer.status_code, answer.json()["success"]) == (201, True)
    assert [change["place"] for change in scm.state()["pending"]] == ["*"]
    answer = scm.ask("DELETE", "/config-versions/candidate")
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert scm.state()["pending"] == []
    assert scm.ask("DELETE", "/config-versions/candidate").json() == {
        "success": True,
        "message": "There are no changes to revert.",
    }
    scm.configure(discard_nothing="not_found")
    assert error(scm.ask("DELETE", "/config-versions/candidate")) == (404, "E005", "Object Not Present")
    assert [len(one["changes"]) for one in scm.submissions("discard")] == [1, 0]
    assert [one["details"] for one in scm.submissions("load")] == [{"effect": True}]


# Trap 13.
def test_a_load_that_reports_success_without_effect(tenant: Make) -> None:
    scm = tenant(load="migration_failed")
    own = scm.act("changes", place=FOLDERS[0])["changes"]
    answer = scm.post("/config-versions:load", {"version": 60}).json()
    assert answer["success"] is True
    assert "Migration of old configuration was not successful" in answer["message"]
    assert [change["id"] for change in scm.state()["pending"]] == own
    assert scm.submissions("load")[0]["details"] == {"effect": False}
    scm.configure(load="empty")
    answer = scm.post("/config-versions:load", {"version": 60})
    assert (answer.status_code, answer.content) == (201, b"")


@pytest.mark.parametrize("body", [{}, {"version": "60"}, {"version": True}, {"version": 99}, {"version": 6, "x": 1}])
def test_loads_that_are_refused(tenant: Make, body: dict[str, t.Any]) -> None:
    scm = tenant()
    assert error(scm.post("/config-versions:load", body)) == (400, "E003", "Invalid Object")
    assert (scm.submissions("load"), len(scm.refused("load"))) == ([], 1)


# Trap 16.
def test_a_lost_answer_is_found_in_the_list_by_its_description(tenant: Make) -> None:
    scm = tenant()
    scm.fault("drop_after", "submit")
    with pytest.raises(requests.ConnectionError):
        scm.push(description="Ticket 7 #a1b2")
    assert [job["id"] for job in scm.jobs() if "#a1b2" in job["description"]] == [scm.submissions("push")[0]["job"]]
    scm.configure(description_in="details")
    (found,) = [job for job in scm.jobs() if (job["type_str"], job["uname"]) == ("CommitAndPush", CLIENT)]
    assert found["description"] == ""
    assert json.loads(scm.job(found["id"])["details"])["description"] == "Ticket 7 #a1b2"
