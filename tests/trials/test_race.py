# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of the races for the status slot of an SBC, and that they notice what they are there to notice."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.job import SlotJob
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.lock import ConfigLock, Released
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.slot import Sight, Slot, Watch
from ansible_collections.netops.jobs.tests.simulator.client import SimulatorProcess
from ansible_collections.netops.jobs.tests.trials.race import Scenario, run_all, wrong_in

SEED = 11
SAMPLE = 40


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[SimulatorProcess]:
    with SimulatorProcess(tmp_path_factory.mktemp("race"), time_scale=60) as process:
        yield process


# Trap 3.
def test_a_sample_of_races_has_no_wrong_verdict(simulator: SimulatorProcess) -> None:
    found = run_all(SEED, range(SAMPLE), simulator)
    assert not [one for one in found if one.wrong]
    assert sum(one.acted > 0 for one in found) > SAMPLE / 2, "the other one hardly ever acted"
    assert {"succeeded", "failed", "lost"} <= {one.outcome for one in found}


class TestThatTheyWouldNotice:
    """Each of these takes one protection away."""

    def wrong(self, simulator: SimulatorProcess) -> set[str]:
        texts = {text for one in run_all(SEED, range(SAMPLE), simulator) for text in one.wrong}
        assert texts
        return texts

    def test_any_end_in_the_slot_is_taken_for_ours(
        self, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def look(_self: Watch, slot: Slot, _now: float) -> Sight:
            return Sight.FINAL if slot.status in ("success", "fail") else Sight.RUNNING

        monkeypatch.setattr(Watch, "look", look)
        assert any("by the ledger it is" in text for text in self.wrong(simulator))

    def test_a_lock_that_was_lost_is_not_heeded(
        self, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(SlotJob, "_doubt", lambda _self, _handle: "")
        monkeypatch.setattr(ConfigLock, "check", lambda _self: None)
        release = ConfigLock.release
        monkeypatch.setattr(ConfigLock, "release", lambda self, patience: release(self, patience)._replace(ours=True))
        monkeypatch.setattr(ConfigLock, "held", property(lambda self: self.taken))
        assert any("by the ledger it is" in text for text in self.wrong(simulator))

    def test_the_lock_is_not_released(self, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ConfigLock, "release", lambda _self, _patience: Released(True))
        assert "the lock was left behind" in self.wrong(simulator)


SAVED = {"kind": "save", "details": {"verdict": "success"}}
OURS = {"outcome": "succeeded", "msg": "", "jobs": [{"state": "succeeded"}]}


@pytest.mark.parametrize(
    ("result", "ours", "right"),
    [
        (OURS, [SAVED], True),
        ({**OURS, "outcome": "lost", "jobs": [{"state": "unknown"}]}, [SAVED], True),
        ({**OURS, "outcome": "refused", "jobs": []}, [], True),
        (OURS, [SAVED, SAVED], False),
        (OURS, [], False),
        (OURS, [{"kind": "save", "details": {"verdict": "fail"}}], False),
        ({**OURS, "outcome": "lost"}, [{"kind": "save", "details": {"verdict": "fail"}}], False),
        ({**OURS, "outcome": "failed", "jobs": [{"state": "failed"}]}, [SAVED], False),
        ({**OURS, "outcome": "refused", "jobs": []}, [SAVED], False),
        ({**OURS, "outcome": "running"}, [SAVED], False),
        ({**OURS, "msg": "Traceback"}, [SAVED], False),
    ],
)
def test_a_race_is_judged(result: dict[str, t.Any], ours: list[dict[str, t.Any]], right: bool) -> None:
    scenario = Scenario(1, ("save",), {}, ())
    assert (not list(wrong_in(scenario, result, ours))) == right


def test_a_race_follows_from_seed_and_number() -> None:
    assert Scenario.of(1, 5) == Scenario.of(1, 5)
    assert len({repr(Scenario.of(seed, 5)) for seed in range(20)}) == 20
