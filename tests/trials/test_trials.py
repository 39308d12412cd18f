# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of the trials, and that they notice what they are there to notice. README.md: how to run all of them."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import random

import pytest

from ansible_collections.netops.jobs.tests.simulator.client import SimulatorProcess
from ansible_collections.netops.jobs.tests.trials import export
from ansible_collections.netops.jobs.tests.trials.campaign import Plan, failures, run_all, table
from ansible_collections.netops.jobs.tests.trials.disturbance import Disturbance
from ansible_collections.netops.jobs.tests.trials.trial import TIME_SCALE, Account, Outcome, Run, Trial, result_in

SEED = 11
SAMPLE = 6

FINE = Account(commits=1, took=1, idle=0, effective=True)


def outcome(account: Account = FINE, *, code: int = 0) -> Outcome:
    run = Run(code, {"outcome": "succeeded"}, 3.0)
    return Outcome(7, "in the worker", Disturbance("row", "about"), True, (run,), account)


def test_a_sample_commits_each_change_exactly_once(tmp_path: pathlib.Path) -> None:
    with SimulatorProcess(tmp_path / "simulator", time_scale=TIME_SCALE) as simulator:
        outcomes = run_all(
            [Plan.of(SEED, number) for number in range(SAMPLE)],
            simulator,
            parallel=3,
            collections=os.environ["ANSIBLE_COLLECTIONS_PATH"],
            record=tmp_path / "trials.jsonl",
        )
    wrong = [one.record() for one in failures(outcomes)]
    assert not wrong, f"{table(outcomes)}\n{wrong}"
    assert sum(one.hit for one in outcomes) > SAMPLE / 2, "the disturbances came too late to disturb anything"
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == SAMPLE


@pytest.mark.parametrize("force", [False, True])
def test_what_takes_effect_after_the_search_has_ended(tmp_path: pathlib.Path, force: bool) -> None:
    """The limit of what a client can know: README.md. The play looks for its job for 0.8 s, the effect takes 2 s."""
    late = {"fault": "delayed_effect", "seconds": 2 * TIME_SCALE, "match": {"step": "submit"}}
    disturbance = Disturbance("late", "late", (late,), force=force)
    with SimulatorProcess(tmp_path, time_scale=TIME_SCALE) as simulator:
        collections = os.environ["ANSIBLE_COLLECTIONS_PATH"]
        trial = Trial(0, "in the worker", disturbance, simulator, expected=0, collections=collections)
        found = trial.outcome(random.Random(SEED))
    assert found.hit
    assert found.reruns == 0
    if force:
        assert found.account == Account(commits=2, took=1, idle=0, effective=True)
    else:
        # The device itself sees that there is nothing left to do.
        assert found.account == Account(commits=1, took=1, idle=1, effective=True)


@pytest.mark.parametrize(
    ("account", "double", "lost"),
    [
        (FINE, False, False),
        (Account(commits=2, took=2, idle=0, effective=True), True, False),
        # The second one took nothing along, because the first had: a commit too many all the same.
        (Account(commits=2, took=1, idle=0, effective=True), True, False),
        (Account(commits=0, took=0, idle=1, effective=True), False, True),
        # The play said that all is well before it was.
        (Account(commits=1, took=1, idle=1, effective=False), False, True),
    ],
)
def test_the_account_is_judged(account: Account, double: bool, lost: bool) -> None:
    assert (account.double, account.lost) == (double, lost)
    assert bool(failures([outcome(account)])) == (double or lost)


def test_a_play_that_never_ends_well_is_a_failure() -> None:
    assert failures([outcome(code=2)])
    assert not failures([outcome()])


def test_the_result_is_read_from_the_output() -> None:
    result = {"changed": True, "job": {"id": "2"}, "outcome": "succeeded"}
    output = f"device | CHANGED => {json.dumps(result, indent=4)}\n"
    assert result_in(f"device: a line of progress\n{output}") == result
    assert result_in("device: a line of progress\n") == {}


def test_a_plan_follows_from_seed_and_number() -> None:
    assert Plan.of(1, 5).disturbance == Plan.of(1, 5).disturbance
    assert len({Plan.of(seed, 5).disturbance.about for seed in range(20)}) > 10


def test_a_sample_of_killed_exports(tmp_path: pathlib.Path) -> None:
    with SimulatorProcess(tmp_path / "simulator", time_scale=TIME_SCALE) as simulator:
        found = export.run_all(
            SEED, range(4), simulator, parallel=2, collections=os.environ["ANSIBLE_COLLECTIONS_PATH"]
        )
    assert not [one.record() for one in found if one.wrong], export.table(found)
    assert any(one.killed for one in found), "the kills came too late"


FINE_EXPORT = export.Found(
    1, "in the worker", "row", "about", True, False, True, True, 1, True, 0, (Run(0, {"outcome": "succeeded"}, 3.0),)
)


@pytest.mark.parametrize(
    ("details", "wrong"),
    [
        ({}, False),
        ({"partial": True}, True),
        ({"whole": False}, True),
        ({"adopted": False}, True),
        ({"submissions": 2}, True),
        ({"in_flight": False, "adopted": False, "submissions": 2}, False),
        ({"runs": (Run(2, {}, 3.0),)}, True),
    ],
)
def test_a_killed_export_is_judged(details: dict[str, object], wrong: bool) -> None:
    assert dataclasses.replace(FINE_EXPORT, **details).wrong == wrong
