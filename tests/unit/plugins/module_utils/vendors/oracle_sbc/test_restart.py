# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.restart import (
    Reboot,
    Switchover,
    from_options,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.system import read_status, status_in
from ansible_collections.netops.jobs.tests.unit.sbc_box import GONE, LOST, REFUSED, answer, error, slot

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "oracle_sbc"
STATUS = "/system/status"


class TestStatus:
    # Trap 11.
    def test_what_oracle_prints(self) -> None:
        status = status_in(xml.parse((DATA / "system_status_standalone_200.xml").read_bytes()))
        assert (status.role, status.uptime, status.host_name) == ("standalone", 146091, "PRIMARY")
        assert (status.peer_role, status.switch_overs) == ("", None)

    def test_the_name_of_the_uptime_in_the_schema(self) -> None:
        assert status_in(xml.parse(answer("<upTime>12</upTime>").encode())).uptime == 12
        assert status_in(xml.parse(answer("<upTime>2 days</upTime>").encode())).uptime is None


@pytest.fixture
def box(sbc, fake):
    """Reboots in earnest: up for five seconds more, then away for two minutes, with nothing left in memory."""
    usual = sbc._usual
    state = {"asked": 0.0, "up": fake.now - 146091}

    def played(one):
        if state["asked"] and fake.now >= state["asked"] + 5:
            state.update(up=state["asked"] + 125, asked=0.0)
            sbc.tokens.clear()
        if fake.now < state["up"]:
            raise REFUSED
        sbc.system["uptimeSeconds"] = str(int(fake.now - state["up"]))
        found = usual(one)
        if one.path == "/admin/reboot" and found[0] == 202:
            state["asked"] = fake.now
        return found

    sbc._usual = played
    sbc.state = state
    return sbc


class TestReboot:
    # Trap 9.
    def test_the_box_of_before_is_not_taken_for_the_one_after(self, run, box, fake) -> None:
        began = fake.now
        verdict = run.restart(Reboot, timing=Timing(900, 2, 15, 600))
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
        assert fake.now - began >= 125
        assert verdict.polling.observed["going down"] >= 1
        assert verdict.polling.outages == 1
        assert verdict.result["uptime"] < 30
        assert len(box.submitted) == 1

    # Trap 9.
    @pytest.mark.parametrize("lost", [LOST, (500, "")])
    def test_its_answer_was_lost(self, run, box, lost) -> None:
        box.on("POST", "/admin/reboot", lost)
        verdict = run.restart(Reboot)
        assert verdict.outcome is (Outcome.SUCCEEDED if lost is LOST else Outcome.FAILED)
        assert box.named().count("reboot") == 1

    # Trap 9.
    def test_one_that_was_up_for_a_moment_only(self, run, box, fake) -> None:
        """A look that comes late finds it up for longer than before."""
        box.state["up"] = fake.now - 20
        verdict = run.restart(Reboot, wait=False)
        fake.now += 125 + 3000
        found = run.resume(Reboot, verdict.job.handle)
        assert found.outcome is Outcome.SUCCEEDED

    def test_one_that_does_not_restart(self, run, box, fake) -> None:
        box.on("POST", "/admin/reboot", (202, answer()))
        verdict = run.restart(Reboot)
        assert verdict.outcome is Outcome.FAILED
        assert "is still up" in verdict.message

    def test_one_that_refuses_passwords_while_it_starts(self, run, box) -> None:
        box.on("POST", "/auth/token", None, error(401, "Client not authorized."), error(403, "x"))
        assert run.restart(Reboot).outcome is Outcome.SUCCEEDED

    # Trap 10.
    def test_its_peer_takes_over_the_address(self, run, sbc, fake) -> None:
        roles = ["out of service"] * 10 + ["standby"]

        def peer() -> None:
            sbc.system.update(hostName="SECONDARY", role="active", uptimeSeconds="200000")
            sbc.system["haPeerRole"] = roles.pop(0) if len(roles) > 1 else roles[0]

        sbc.system.update(role="active", haPeerRole="standby")
        for look in range(2, 16):
            sbc.before("system", peer, skip=look)
        verdict = run.restart(Reboot)
        assert verdict.outcome is Outcome.SUCCEEDED
        assert len(roles) == 1

    def test_it_does_not_disturb_what_is_under_way(self, run, sbc) -> None:
        sbc.shows = [slot("save", "inProgress"), slot("save", "inProgress"), slot("save", "success")]
        assert run.restart(Reboot, wait=False).outcome is Outcome.RUNNING
        assert sbc.named().count("slot") == 3
        sbc.shows = [slot("save", "inProgress")]
        verdict = run.restart(Reboot, wait_for_idle=False)
        assert (verdict.outcome, verdict.refusal) == (Outcome.REFUSED, {"reason": "busy"})

    def test_an_sbc_that_does_not_tell_its_uptime(self, run, sbc) -> None:
        del sbc.system["uptimeSeconds"]
        assert run.restart(Reboot).outcome is Outcome.REFUSED

    def test_check_mode_only_reads(self, run, sbc) -> None:
        verdict = run.restart(Reboot, check_mode=True)
        assert (verdict.outcome, verdict.changed, sbc.submitted) == (Outcome.SUCCEEDED, True, [])

    def test_what_the_handle_says(self, run, sbc, fake) -> None:
        handle = run.restart(Reboot, wait=False).job.handle
        assert set(handle.fingerprint) == {"uptime", "asked", "host_name"}
        older = dataclasses.replace(handle, fingerprint={"uptime": "146091"})
        sbc.system["uptimeSeconds"] = "10"
        assert run.resume(Reboot, older).outcome is Outcome.SUCCEEDED


class TestSwitchover:
    @pytest.fixture
    def pair(self, sbc):
        sbc.system.update(role="active", haPeerRole="standby", haSwitchOvers="3")
        return sbc

    # Trap 10.
    @pytest.mark.parametrize(
        "after",
        [
            {"role": "standby", "haPeerRole": "active", "haSwitchOvers": "4"},
            {"hostName": "SECONDARY", "role": "active", "haPeerRole": "standby"},
            {"role": "out of service", "haSwitchOvers": "4"},
        ],
    )
    def test_the_roles_have_changed(self, run, pair, after) -> None:
        """Seen at its own address, or at one that has moved to the peer."""

        def changes() -> None:
            pair.tokens.clear()
            pair.system.update(after)

        pair.before("system", changes, skip=3)
        verdict = run.restart(Switchover)
        assert verdict.outcome is Outcome.SUCCEEDED
        assert verdict.polling.observed["switching"] >= 1
        assert len(pair.submitted) == 1

    def test_nothing_happens(self, run, pair) -> None:
        verdict = run.restart(Switchover)
        assert verdict.outcome is Outcome.FAILED
        assert "PRIMARY is still active" in verdict.message

    @pytest.mark.parametrize("lost", [LOST, GONE])
    def test_its_answer_was_lost(self, run, pair, lost) -> None:
        pair.on("POST", "/admin/switchover", lost)
        if lost is LOST:
            pair.before("system", lambda: pair.system.update(role="standby"), skip=3)
        verdict = run.restart(Switchover)
        assert verdict.outcome is (Outcome.SUCCEEDED if lost is LOST else Outcome.FAILED)
        assert pair.named().count("switchover") == 1

    # Trap 10.
    @pytest.mark.parametrize(
        "status", [{"role": "standby"}, {"role": "standalone", "haPeerRole": ""}, {"haPeerRole": "out of service"}]
    )
    def test_only_the_active_one_of_a_whole_pair_can(self, run, pair, status) -> None:
        pair.system.update(status)
        verdict = run.restart(Switchover)
        assert (verdict.outcome, pair.submitted) == (Outcome.REFUSED, [])
        assert "only an active SBC hands over" in verdict.message

    def test_an_sbc_that_refuses_it(self, run, pair) -> None:
        pair.on("POST", "/admin/switchover", error(404, "Resource not found"))
        verdict = run.restart(Switchover)
        assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)


def test_the_operation_of_a_task(options, sbc) -> None:
    assert isinstance(from_options({**options, "action": "reboot"}, print), Reboot)
    assert isinstance(from_options({**options, "action": "switchover"}, print), Switchover)
    handle = {"operation": "oracle_sbc.switchover"}
    assert isinstance(from_options({**options, "action": None, "handle": handle}, print), Switchover)


def test_what_is_read(client, sbc) -> None:
    assert read_status(client).data["systemState"] == "online"
    assert sbc.asked[-1].path == STATUS
