# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the five requests have in common, and what a later process makes of a handle of theirs."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import JobReplaced, NoAnswer, Refused
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome, utc_text
from ansible_collections.netops.jobs.plugins.module_utils._task import read_handle
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import job, operations
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.client import SbcClient, SbcConnection
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.job import Activate, Backup, Save, SlotJob
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.lock import ConfigLock
from ansible_collections.netops.jobs.tests.unit.sbc_box import HOST, PASSWORD, slot

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "oracle_sbc"
KINDS = (job.Verify, job.Save, job.Activate, job.Restore, job.Backup)
DONE = slot("save", "success")


def test_the_endpoints_are_those_of_the_documentation() -> None:
    endpoints = json.loads((DATA / "endpoints.json").read_text(encoding="utf-8"))["endpoints"]
    documented = {
        action: one["method"]
        for one in endpoints
        if one["path"] == "/rest/{v}/configuration/management"
        for action in one["query"]["action"]
    }
    assert {kind.action: kind.method for kind in KINDS} == documented


def test_each_operation_is_known_by_the_name_in_its_handles(client) -> None:
    for name, make in operations.OPERATIONS.items():
        assert make(client).name == name
    assert {kind.name for kind in KINDS} < set(operations.OPERATIONS)


def test_nothing_is_submitted_without_the_lock(client, sbc) -> None:
    with pytest.raises(Refused):
        Save(client).submit()
    assert not sbc.submitted


class TestHandle:
    @pytest.fixture
    def handle(self, run) -> Handle:
        """Of a task that did not wait: its lock stands."""
        found = run.config("save", wait=False).job.handle
        assert found is not None
        return found

    def test_what_it_says(self, handle, fake) -> None:
        until = fake.world.wall() + datetime.timedelta(seconds=600)
        assert handle.fingerprint == {"before": "nothing", "locked_until": utc_text(until)}
        assert (handle.id, handle.options) == ("save", {"settle": "5"})
        assert "of-the-sbc" not in json.dumps(handle.to_dict())

    def test_within_the_life_of_the_lock_the_end_is_ours(self, run, sbc, handle, fake) -> None:
        fake.now += 300
        verdict = run.resume(Save, handle)
        assert verdict.outcome is Outcome.SUCCEEDED
        assert len(sbc.submitted) == 1
        assert "lock" not in sbc.named()[sbc.named().index("save") :]

    def test_of_a_failure_too(self, run, sbc, handle) -> None:
        sbc.shows = [slot("save", "fail", "<errorMessage>no room</errorMessage>")]
        verdict = run.resume(Save, handle)
        assert (verdict.outcome, verdict.job.messages) == (Outcome.FAILED, ("no room",))

    # Trap 1.
    @pytest.mark.parametrize("late", [545, 700, 90000])
    def test_after_the_life_of_the_lock_nothing_tells_whose_end_it_is(self, run, sbc, handle, fake, late) -> None:
        sbc.shows = [DONE]
        fake.now += late
        verdict = run.resume(Save, handle)
        assert (verdict.outcome, verdict.changed) == (Outcome.LOST, False)
        assert "shows save success, but the configuration lock that guarded it ran out at" in verdict.message
        assert len(sbc.submitted) == 1

    def test_a_lock_that_was_released(self, run, sbc, handle) -> None:
        sbc.shows = [DONE]
        handle = dataclasses.replace(handle, fingerprint={"before": "nothing"})
        verdict = run.resume(Save, handle)
        assert verdict.outcome is Outcome.LOST
        assert "was released before the end was seen" in verdict.message

    def test_what_ansible_masked_proves_nothing(self, run, sbc, handle) -> None:
        """A password that is part of a text in the handle: the slot of before is not known any more."""
        sbc.shows = [DONE]
        masked = {**handle.to_dict(), "fingerprint": {**handle.fingerprint, "before": "********"}}
        verdict = run.resume(Save, read_handle(masked))
        assert verdict.outcome is Outcome.LOST
        assert "does not tell any more what the slot showed before" in verdict.message

    def test_that_somebody_changed(self, run, sbc, handle) -> None:
        handle = dataclasses.replace(handle, options={"settle": "soon"})
        verdict = run.resume(Save, handle)
        assert verdict.outcome is Outcome.UNREACHABLE
        assert "settle is no number of seconds" in verdict.message

    def test_one_look_in_check_mode(self, run, sbc, handle) -> None:
        verdict = run.resume(Save, handle, check_mode=True)
        assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, True)
        assert run.resume(Save, handle, wait=False).outcome is Outcome.SUCCEEDED

    def test_an_empty_slot_is_lost_in_the_end(self, run, sbc, handle) -> None:
        """A restart has emptied it."""
        sbc.shows = [""]
        verdict = run.resume(Save, handle)
        assert verdict.outcome is Outcome.LOST
        assert "the one status slot shows nothing" in verdict.message

    def test_a_backup_is_proven_by_its_file_at_any_time(self, run, sbc, fake) -> None:
        handle = run.backup(wait=False).job.handle
        sbc.shows = [slot("activate", "success")]
        fake.now += 90000
        verdict = run.resume(Backup, handle)
        assert verdict.outcome is Outcome.SUCCEEDED
        assert verdict.result["confirmed_by"] == "file"
        sbc.files.clear()
        assert run.resume(Backup, handle).outcome is Outcome.LOST


deeds = st.lists(
    st.sampled_from(
        ["look", "look", "look", "ends", "fails", "dies", "their save", "their failed save", "their verify", "away"]
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds, st.sampled_from([Save, Activate]))
def test_never_a_verdict_of_somebody_else(sbc, fake, deeds, kind) -> None:
    """The model knows whose each status is. He can only act once our token has died."""
    sbc.__init__(lambda: fake.now)  # type: ignore[misc]
    client = SbcClient(SbcConnection(HOST, username="admin", password=PASSWORD), clock=lambda: fake.now)
    lock = ConfigLock(client, clock=lambda: fake.now, sleep=fake.sleep)
    sbc.shows = [slot("verify", "success")]
    operation: SlotJob = kind(client, lock, clock=lambda: fake.now, wall=fake.world.wall)
    handle = operation.submit()
    assert isinstance(handle, Handle)
    whose, truth = "ours", "inProgress"
    sbc.shows = [slot(kind.action, "inProgress")]
    for deed in deeds:
        fake.now += 3
        if deed == "dies":
            sbc.tokens.clear()
            sbc.lock = None
        elif deed.startswith("their") and sbc.lock is None:
            action = "verify" if deed.endswith("verify") else kind.action
            whose, truth = "theirs", "fail" if "failed" in deed else "success"
            sbc.shows = [slot(action, truth)]
        elif deed in ("ends", "fails") and whose == "ours":
            truth = "fail" if deed == "fails" else "success"
            sbc.shows = [slot(kind.action, truth)]
        elif deed == "away":
            sbc.on("GET", "/admin/asyncstatus", (503, ""))
        try:
            seen = operation.observe(handle, within=10)
        except JobReplaced:
            assert whose == "theirs" or not lock.held
            return
        except NoAnswer:
            continue
        if seen.state.ended:
            assert whose == "ours"
            assert seen.state is (JobState.FAILED if truth == "fail" else JobState.SUCCEEDED)
            return


def test_all_texts_of_additional_information() -> None:
    info: t.Any = {"a": [{"b": "1"}, {"b": "2", "c": ""}], "d": "3"}
    assert job._lines(info) == ["b: 1", "b: 2", "d: 3"]
    assert job._lines("x") == ["x"]
    assert job._lines(None) == []
