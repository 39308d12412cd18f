# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That no operation is left out, that the rule says what docs/faults.md says, and that a defect would be noticed."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils import _registry
from ansible_collections.netops.jobs.tests.faults.ledger import DEAF, Plan, Ran, Trial, ledger
from ansible_collections.netops.jobs.tests.faults.places import FAULTS, Place, Role, Span, places_of, planted, spans_of
from ansible_collections.netops.jobs.tests.faults.rule import Clean, Expected, expected
from ansible_collections.netops.jobs.tests.faults.run import Request
from ansible_collections.netops.jobs.tests.faults.scenario import Found, Scenario
from ansible_collections.netops.jobs.tests.faults.systems.all import SCENARIOS

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEFORE, AFTER, TOLD = (
    next(fault for fault in FAULTS if fault.name == name) for name in ("dropped before", "dropped after", "HTTP 429")
)


def test_every_operation_is_hit() -> None:
    known = {name for vendor in _registry._VENDORS.values() for name in vendor().operations}
    assert {name for scenario in SCENARIOS for name in scenario.operations} == known
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)


def scenario(found: Found, **details: t.Any) -> Scenario:
    return Scenario("panos.x", "panos_x", {}, frozenset({"x"}), found, ("panos.x",), [{}], **details)


def place(role: Role, **details: t.Any) -> Place:
    return dataclasses.replace(Place(1, "POST", "op", "x", 0, role, 0, first=False, empty=False), **details)


CLEAN = Clean("succeeded", 1)


@pytest.mark.parametrize(
    ("found", "role", "fault", "span", "outcome", "effects"),
    [
        (Found.SURELY, Role.LOOK, AFTER, Span.WHILE, "succeeded", 1),
        (Found.SURELY, Role.ASK, BEFORE, Span.STEP, "unreachable", 0),
        (Found.SURELY, Role.RELEASE, AFTER, Span.STEP, "succeeded", 1),
        (Found.SURELY, Role.SUBMIT, AFTER, Span.ONCE, "succeeded", 1),
        (Found.SURELY, Role.SUBMIT, BEFORE, Span.ONCE, "succeeded", 1),
        (Found.SURELY, Role.SUBMIT, BEFORE, Span.STEP, "unreachable", 0),
        (Found.SURELY, Role.SUBMIT, AFTER, Span.STEP, "succeeded", 1),
        (Found.SURELY, Role.SUBMIT, AFTER, Span.ALL, "lost", 1),
        (Found.SURELY, Role.SUBMIT, TOLD, Span.ALL, "unreachable", 0),
        (Found.IF_SHOWN, Role.SUBMIT, BEFORE, Span.ONCE, "lost", 0),
        (Found.IF_SHOWN, Role.SUBMIT, AFTER, Span.ONCE, "succeeded", 1),
        (Found.NEVER, Role.SUBMIT, AFTER, Span.ONCE, "lost", 1),
        (Found.NEVER, Role.SUBMIT, BEFORE, Span.ONCE, "lost", 0),
        (Found.NEVER, Role.SUBMIT, TOLD, Span.ONCE, "succeeded", 1),
        (Found.WATCHED, Role.SUBMIT, BEFORE, Span.ONCE, "failed", 0),
    ],
)
def test_the_rule(found, role, fault, span, outcome, effects) -> None:
    wanted = expected(scenario(found), CLEAN, place(role, before=int(role in (Role.LOOK, Role.RELEASE))), fault, span)
    assert wanted == Expected.of(outcome, effects, warned=role is Role.RELEASE)


def test_the_first_contact_may_be_a_wrong_address() -> None:
    first = place(Role.LOGIN, first=True)
    assert expected(scenario(Found.SURELY), CLEAN, first, BEFORE, Span.ONCE) == Expected.of("unreachable", 0)
    assert expected(scenario(Found.SURELY), CLEAN, first, TOLD, Span.ONCE) == Expected.of("succeeded", 1)


def test_every_kind_of_request_of_a_run_is_a_place() -> None:
    steps = ["keygen", "list", "list", "submit", "poll", "poll", "poll", "list", "unlock"]
    run = [
        Request("POST", "op", step, ("x",) if step == "submit" else (), "127.0.0.1", empty=step == "unlock")
        for step in steps
    ]
    found = places_of(run, frozenset({"x"}))
    assert [(one.number, one.role.value, one.skip, one.before) for one in found] == [
        (0, "login", 0, 0),
        (1, "ask", 0, 0),
        (3, "submit", 0, 0),
        (4, "look", 0, 1),
        (5, "look", 1, 1),
        (7, "look", 2, 1),
        (8, "release", 0, 1),
    ]
    assert [one.first for one in found] == [True] + [False] * 6
    cut = next(fault for fault in FAULTS if fault.name == "body cut")
    assert spans_of(found[-1], cut) == []
    assert planted(AFTER, found[3], Span.WHILE)["spreads"]


def matrix(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the matrix after *code*, which breaks something."""
    whole = (
        "import sys; from tests.faults import workers; workers.make_importable(); "
        "from ansible_collections.netops.jobs.plugins.module_utils._jobs import lifecycle, poller, wait; "
        f"{code}; from tests.faults.matrix import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", whole, "--workers", "1", "--record", "/dev/null", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    ("code", "only", "cell", "wrong"),
    [
        ("pass", "commit that fails", "(submit); dropped after; once", ""),
        (
            "lifecycle._Run._recovered = lambda *args: None",
            "panos.validate",
            "(submit); dropped after; once",
            "not 1 to",
        ),
        (
            "poller.Poller._outage = poller.Poller.expired",
            "panos.validate",
            "(look); HTTP 503 before; once",
            "ended as",
        ),
        (
            "wait.cleaned_up = lifecycle.cleaned_up = lambda operation, verdict, world: verdict",
            "commit that fails",
            "(lock); HTTP 504 after; once",
            "the lock is left",
        ),
    ],
)
def test_a_defect_is_noticed(code: str, only: str, cell: str, wrong: str) -> None:
    ended = matrix(code, "--only", only, "--cell", cell)
    assert ended.returncode == (1 if wrong else 0), ended.stdout + ended.stderr
    assert wrong in ended.stdout


FINE = Trial(
    Plan(1, "panos.x", "as a module", "SIGKILL", None, "before", 0.5),
    "any moment",
    hit=True,
    outcomes=("", "succeeded"),
    adopted=True,
    effects=1,
    wanted=1,
    well=True,
    strays=0,
    found=Found.SURELY,
    repeats=False,
)


@pytest.mark.parametrize(
    ("details", "wrong"),
    [
        ({}, False),
        ({"effects": 2}, True),
        ({"effects": 0}, True),
        ({"effects": 2, "repeats": True}, False),
        ({"effects": 3, "repeats": True}, True),
        ({"effects": 2, "found": Found.NEVER}, False),
        ({"well": False}, True),
        ({"strays": 1}, True),
        ({"owed": ("run 1 hung",)}, True),
    ],
)
def test_a_kill_is_judged(details: dict[str, t.Any], wrong: bool) -> None:
    assert dataclasses.replace(FINE, **details).wrong == wrong


GIVEN = {"outcome": "timed_out", "job": {"handle": {"id": "7"}}, "msg": "interrupted by SIGTERM"}


@pytest.mark.parametrize(
    ("code", "result", "how", "owed"),
    [
        (1, GIVEN, {"accepted": True}, ""),
        (1, {**GIVEN, "job": {"handle": None}, "jobs": [GIVEN["job"]]}, {"accepted": True}, ""),
        (1, {**GIVEN, "job": {"handle": None}}, {"accepted": True}, "gave no handle"),
        (1, {**GIVEN, "job": {"handle": None}}, {}, ""),
        (1, {**GIVEN, "msg": "unexpected KeyError in netops.jobs: 'x'"}, {}, "had an error that nobody foresaw"),
        (None, {}, {}, "hung"),
        (None, GIVEN, {"killed": True}, "hung"),
        (-9, {}, {"killed": True}, ""),
        (-15, {}, {}, "gave no result, exit code -15"),
        (99, {}, {"at_work": False}, "gave no result, exit code 99"),
        (DEAF, {}, {"at_work": False}, ""),
        (DEAF, {}, {}, f"gave no result, exit code {DEAF}"),
    ],
)
def test_what_a_run_owes(code: int | None, result: dict[str, t.Any], how: dict[str, bool], owed: str) -> None:
    assert Ran(code, result, 0.1).owed(**how) == owed


def test_the_ledger_counts_trials_with_a_run_that_owed_something() -> None:
    told = ledger([FINE, dataclasses.replace(FINE, owed=("run 1 hung", "run 2 hung"))])
    head, *_lines, whole = (line.split(" | ") for line in told.splitlines() if line)
    assert whole[head.index("broken")] == "1"


def test_a_run_that_does_not_end_as_it_is_told_is_noticed(tmp_path: pathlib.Path) -> None:
    # In trial 8 a module gets SIGINT while the answer to a look is held back.
    record = tmp_path / "kills.jsonl"
    code = f"""
import sys
from tests.faults import kills, workers
workers.make_importable()
from ansible_collections.netops.jobs.plugins.module_utils import _task
from ansible_collections.netops.jobs.plugins.module_utils._jobs import wait
kills.PATIENCE = 2.0
sys.argv[1:] = "--workers 1 --seed 8 --number 8 --record {record} --only".split() + ["commit under a lock"]
def hang(*_args):
    import threading
    threading.Event().wait()
def listen_to_nothing():
    import contextlib
    return contextlib.nullcontext()
defects = [
    (wait.Wait, "run", wait.Wait.run),
    (wait.Wait, "interrupted", hang),
    (_task, "interruptible", listen_to_nothing),
]
ended = []
for where, name, defect in defects:
    whole = getattr(where, name)
    kills.measured("panos.commit under a lock")
    setattr(where, name, defect)
    ended.append(kills.main())
    setattr(where, name, whole)
print(ended)
"""
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.stdout.endswith("[0, 1, 1]\n"), ended.stdout + ended.stderr
    assert "run 1 hung" in ended.stdout
    assert f"run 1 gave no result, exit code {DEAF}" in ended.stdout
