# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.records import (
    RESULT_WORDS,
    STATUS_WORDS,
    parse_jobs,
    state_of,
)

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "scm"
E = "https://api.example.com:443"

PENDING, RUNNING, UNKNOWN = JobState.PENDING, JobState.RUNNING, JobState.UNKNOWN
SUCCEEDED, FAILED, CANCELED = JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED


def recorded(name: str) -> t.Any:
    return json.loads((DATA / "recorded" / f"{name}.json").read_text(encoding="utf-8"))


def one(**fields: t.Any):
    [record] = parse_jobs({"id": "300", **fields}, E)
    return record


# Traps 3 and 4.
def test_a_job_that_runs_although_it_has_an_end_and_99_percent() -> None:
    [record] = parse_jobs(recorded("get-config-jobs-by-id"), E)
    assert (record.id, record.parent, record.type, record.state) == ("294", "", "CommitAndPush", RUNNING)
    assert (record.word, record.percent, record.user) == ("ACT/PEND", 99.0, "user@example.com")
    assert (record.messages, record.warnings, record.details.given) == ((), (), True)
    assert record.target.finished == ""


def test_a_list_as_it_was_recorded() -> None:
    child, parent = parse_jobs(recorded("list-config-jobs"), E)
    assert (child.id, child.parent, child.type, child.state) == ("300", "299", "CommitAll", SUCCEEDED)
    assert (parent.id, parent.parent, parent.state) == ("299", "", SUCCEEDED)
    assert not child.details.given
    target = child.target
    assert (target.name, target.id, target.vendor_state) == ("Remote Networks", "300", "FIN/OK")
    assert (target.started, target.finished) == ("2022-07-21 17:14:38", "2022-07-21 17:40:57")
    assert target.messages == ("Configuration push finished",)


# Trap 5: the older page has a bare object with integers and ISO times.
@pytest.mark.parametrize(
    "wrap", [lambda job: job, lambda job: {"data": [job]}, lambda job: [job], lambda job: {"data": job}]
)
@pytest.mark.parametrize("kind", [str, int])
def test_all_shapes_of_an_answer(wrap, kind) -> None:
    job = {
        "id": kind(300),
        "parent_id": kind(299),
        "percent": kind(7),
        "status_str": "ACT",
        "result_str": "PEND",
        "start_ts": "2024-05-01T12:00:00.000Z",
    }
    [record] = parse_jobs(wrap(job), E)
    assert (record.id, record.parent, record.percent, record.state) == ("300", "299", 7.0, RUNNING)


# Trap 5.
def test_an_empty_answer_has_no_jobs() -> None:
    assert parse_jobs({"data": []}, E) == []
    assert parse_jobs([], E) == []


@pytest.mark.parametrize("data", [None, "text", 3, {"data": None}, {"data": "x"}])
def test_what_is_no_answer_about_jobs(data) -> None:
    with pytest.raises(errors.NoAnswer):
        parse_jobs(data, E)


# Trap 8.
@pytest.mark.parametrize(
    ("status", "result", "state"),
    [
        ("PEND", "PEND", PENDING),
        ("PEND", "", PENDING),
        ("ACT", "PEND", RUNNING),
        ("PUSHSENT", "PEND", RUNNING),
        ("FIN", "OK", SUCCEEDED),
        ("FIN", "FAIL", FAILED),
        ("FIN", "PEND", RUNNING),
        ("FIN", "WAIT", RUNNING),
        ("FIN", "", RUNNING),
        ("FIN", "CANCELLED", CANCELED),
        ("FIN", "TIMEOUT", FAILED),
        ("PUSHFAIL", "FAIL", FAILED),
        ("PUSHFAIL", "PEND", FAILED),
        ("PUSHABORT", "PUSHABORT", FAILED),
        ("PUSHABORT", "ABORTED", FAILED),
        ("PUSHABORT", "CANCELLED", CANCELED),
        ("PUSHTIMEOUT", "TIMEOUT", FAILED),
        ("PUSHFAIL", "OK", FAILED),
        ("ACT", "OK", SUCCEEDED),
        ("ACT", "FAIL", FAILED),
        ("ACT", "CANCELLED", CANCELED),
        ("ACT", "TIMEOUT", FAILED),
        ("ARCHIVING", "PEND", UNKNOWN),
        ("FIN", "MAYBE", UNKNOWN),
        ("ACT", "MAYBE", UNKNOWN),
        ("ARCHIVING", "FAIL", FAILED),
        ("ARCHIVING", "OK", SUCCEEDED),
        ("", "OK", SUCCEEDED),
        ("", "PEND", UNKNOWN),
    ],
)
def test_the_words_decide(status, result, state) -> None:
    assert state_of(status, result) is state


def test_the_tables_have_every_documented_word_and_no_error_is_a_success() -> None:
    text = (DATA / "config-operations-march.yaml.txt").read_text(encoding="utf-8")
    schema = yaml.safe_load(text)["components"]["schemas"]["jobs"]["properties"]
    assert set(schema["status_str"]["enum"]) <= set(STATUS_WORDS)
    assert set(schema["result_str"]["enum"]) <= set(RESULT_WORDS)
    assert [word for word, state in {**STATUS_WORDS, **RESULT_WORDS}.items() if state is SUCCEEDED] == ["OK"]
    assert {state for word, state in {**STATUS_WORDS, **RESULT_WORDS}.items() if "FAIL" in word or "ABORT" in word} == {
        FAILED
    }


# Trap 7.
@pytest.mark.parametrize(
    ("details", "info", "failures"),
    [
        ('{"errors":["Config push aborted, error: Failed to handle VPN clusters."]}', (), 1),
        (
            '{"info":["Configuration committed successfully"],"errors":[],"warnings":[]}',
            ("Configuration committed successfully",),
            0,
        ),
        ("plain text", ("plain text",), 0),
        ("", (), 0),
        (None, (), 0),
        ("null", (), 0),
        ("[]", (), 0),
        ('["a", {"b": "c", "d": ["e"]}]', ("a", "c: e"), 0),
        ("3", ("3",), 0),
        ({"info": "one line"}, ("one line",), 0),
        ('{"info": null, "errors": {"reason": "no"}}', (), 1),
        ("{", ("{",), 0),
    ],
)
def test_details_in_all_forms(details, info, failures) -> None:
    record = one(details=details)
    assert record.details.info == info
    assert len(record.details.errors) == failures


# Trap 7: recorded of a child.
def test_the_words_inside_of_the_details_do_not_count() -> None:
    inner = {"info": [], "errors": [], "warnings": [], "status": "ACT", "result": "PEND", "description": "d"}
    record = one(status_str="FIN", result_str="OK", details=json.dumps(inner))
    assert (record.state, record.texts) == (SUCCEEDED, ("", "d"))


def test_what_a_child_has_to_say() -> None:
    details = {
        "info": [
            "Your Prisma Access infrastructure is being provisioned.",
            "Warnings seen in:\n us-east-1\u00a0: weak cipher",
        ],
        "errors": [],
        "warnings": ["w"],
        "description": "Mobile Users Global Protect configuration pushed to cloud",
    }
    fields = {"status_str": "FIN", "summary": "Configuration push finished", "details": json.dumps(details)}
    target = one(result_str="OK", **fields).target
    assert target.name == "Mobile Users Global Protect"
    assert target.messages == ("Configuration push finished", "Your Prisma Access infrastructure is being provisioned.")
    assert target.warnings == ("w", "Warnings seen in: us-east-1 : weak cipher")
    failed = one(result_str="FAIL", status_str="FIN", summary="Configuration push failed", details='{"errors":["no"]}')
    assert failed.target.messages == ("no", "Configuration push failed")
    assert one(result_str="FAIL", status_str="FIN", details='{"info":["why"]}').target.messages == ("why",)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"device_name": "007951000388704", "description": "x configuration pushed to cloud"}, "007951000388704"),
        ({"description": "Service Connections configuration pushed to cloud"}, "Service Connections"),
        ({"details": '{"description": "Remote Networks configuration pushed to cloud"}'}, "Remote Networks"),
        ({"description": "something else"}, "something else"),
        ({}, "job 300"),
    ],
)
def test_the_name_of_a_child(fields, name) -> None:
    assert one(**fields).name == name


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
NAMES = (
    "id",
    "parent_id",
    "status_str",
    "result_str",
    "percent",
    "details",
    "end_ts",
    "description",
    "summary",
    "uname",
)


@given(st.dictionaries(st.sampled_from(NAMES), JSON | st.text().map(json.dumps)))
def test_no_record_is_too_odd_to_be_read(fields) -> None:
    for record in parse_jobs({"data": [fields]}, E):
        assert record.id
        assert record.target.to_dict()["state"]
        assert record.percent is None or 0 <= record.percent <= 100
        # Success is never guessed.
        assert record.state is not SUCCEEDED or record.result == "OK"


@given(st.text(max_size=12), st.text(max_size=12))
def test_words_that_nobody_knows_are_never_an_end(status, result) -> None:
    if status not in STATUS_WORDS and result not in RESULT_WORDS:
        assert not state_of(status, result).ended
