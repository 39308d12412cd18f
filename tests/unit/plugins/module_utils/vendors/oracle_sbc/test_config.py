# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of several requests under one lock, from the first request to the release of the lock."""

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, Interrupted
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import MAY_STILL_RUN
from ansible_collections.netops.jobs.plugins.module_utils._transport.http_client import HttpClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import config
from ansible_collections.netops.jobs.tests.unit.sbc_box import (
    GONE,
    LOCKED,
    LOST,
    NO_LOCK,
    REFUSED,
    Lost,
    error,
    slot,
)

BUSY, DONE = slot("save", "inProgress"), slot("save", "success")
FAILED = slot("activate", "fail", "<errorMessage>no such realm: core</errorMessage>")
MANAGEMENT = "/configuration/management"


def test_three_requests_under_one_lock(run, sbc) -> None:
    verdict = run.config("verify", "save", "activate")
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.message == "verify, save and activate succeeded on https://sbc1.example.com:443."
    assert [one["action"] for one in sbc.submitted] == ["verify", "save", "activate"]
    assert [one for one in sbc.named() if one in ("lock", "unlock")] == ["lock", "unlock"]
    assert sbc.named()[-1] == "unlock"
    assert sbc.lock is None
    assert [one["confirmed_by"] for one in verdict.result] == ["seen_running"] * 3
    assert [one.operation for one in verdict.jobs] == ["oracle_sbc.verify", "oracle_sbc.save", "oracle_sbc.activate"]
    assert all(one.state is JobState.SUCCEEDED for one in verdict.jobs)
    assert verdict.polling.observed == {"inProgress": 3, "success": 3}


def test_a_verification_changes_nothing(run, sbc) -> None:
    verdict = run.config("verify")
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)


# Trap 17.
@pytest.mark.parametrize("action", ["verify", "save", "activate"])
def test_each_of_them_is_submitted_under_the_lock(run, sbc, action) -> None:
    sbc.before(action, lambda: held.append(sbc.lock))
    held: list[object] = []
    assert run.config(action).outcome is Outcome.SUCCEEDED
    assert held == ["token-1-of-the-sbc=="]


# Trap 1.
def test_the_lock_is_held_until_the_last_verdict(run, sbc) -> None:
    held: list[bool] = []
    for look in range(4):
        sbc.before("slot", lambda: held.append(sbc.lock is not None), skip=look)
    run.config("verify", "save")
    assert held == [True] * 4  # baseline and looks of the first request
    order = [one for one in sbc.named() if one not in ("token", "system")]
    assert order == ["lock", *["slot", "verify", "slot", "slot"], *["slot", "save", "slot", "slot"], "unlock"]


# Trap 2.
def test_the_baseline_is_read_under_the_lock_and_right_before_the_submission(run, sbc) -> None:
    run.config("save")
    order = sbc.named()
    assert order[order.index("save") - 1] == "slot"
    assert order.index("lock") < order.index("slot")


# Trap 6.
def test_a_failure_comes_with_http_200(run, sbc) -> None:
    sbc.runs["activate"] = (slot("activate", "inProgress"), FAILED)
    verdict = run.config("save", "activate", "verify")
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert verdict.job.messages == ("no such realm: core",)
    assert "no such realm: core" in verdict.message
    assert verdict.message.endswith("Before that, save succeeded.")
    assert [one["action"] for one in sbc.submitted] == ["save", "activate"]
    assert sbc.lock is None
    assert verdict.result is None


# Trap 14.
def test_a_failure_without_a_reason(run, sbc) -> None:
    sbc.runs["save"] = (slot("save", "fail"),)
    assert "the SBC gives no reason" in run.config("save").message


def test_findings_of_a_verification_are_in_the_result(run, sbc) -> None:
    info = "<additionalInfo><verifySummary><object>realm</object><field>id</field></verifySummary></additionalInfo>"
    sbc.runs["verify"] = (slot("verify", "success", info=info),)
    verdict = run.config("verify")
    assert verdict.result[0]["additional_info"] == {"verifySummary": {"object": "realm", "field": "id"}}
    assert verdict.job.messages == ("object: realm", "field: id")


# Trap 2.
def test_a_status_that_looks_as_before_has_to_stand(run, sbc, fake) -> None:
    sbc.shows = [DONE]
    sbc.runs["save"] = (DONE,)
    began = fake.now
    verdict = run.config("save", settle=8)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result[0]["confirmed_by"] == "settled"
    assert fake.now - began >= 8


# Trap 2.
def test_what_the_slot_still_shows_of_before_is_not_taken_for_ours(run, sbc) -> None:
    sbc.shows = [slot("save", "success")]
    sbc.runs["save"] = (DONE, DONE, BUSY, slot("save", "fail"))
    verdict = run.config("save", settle=60)
    assert verdict.outcome is Outcome.FAILED


# Trap 3.
def test_the_operation_of_somebody_else_is_no_verdict(run, sbc) -> None:
    sbc.runs["save"] = (BUSY, slot("activate", "fail", "<errorMessage>theirs</errorMessage>"))
    verdict = run.config("save", "activate")
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert "activate fail" in verdict.message
    assert "What became of our save can never be read again" in verdict.message
    assert [one["action"] for one in sbc.submitted] == ["save"]
    assert verdict.job.state is not JobState.FAILED
    assert sbc.lock is None


# Trap 11.
def test_a_word_that_nobody_knows_is_waited_out(run, sbc) -> None:
    sbc.runs["save"] = (slot("save", "halfway"), slot("save", "halfway"), DONE)
    verdict = run.config("save")
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [warning for warning in verdict.warnings if "'halfway' is not known here" in warning]
    assert verdict.polling.observed == {"halfway": 2, "success": 1}


def test_what_somebody_left_at_work_is_waited_for(run, sbc) -> None:
    """He released the lock before the end: what ours does beside it is not documented."""
    sbc.shows = [slot("activate", "inProgress"), slot("activate", "inProgress"), slot("activate", "success")]
    verdict = run.config("save")
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(sbc.submitted) == 1


class TestTheLock:
    # Trap 13.
    def test_somebody_elses_is_waited_for(self, run, sbc, fake) -> None:
        sbc.lock = "bob"
        sbc.before("lock", lambda: setattr(sbc, "lock", None), skip=30)
        began = fake.now
        verdict = run.config("save")
        assert verdict.outcome is Outcome.SUCCEEDED
        assert fake.now - began > 290
        assert "waiting" in fake.kinds

    def test_it_is_waited_for_as_long_as_lock_timeout(self, run, sbc, fake) -> None:
        sbc.lock = "bob"
        began = fake.now
        verdict = run.config("save", lock_timeout=100)
        assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
        assert verdict.refusal == {"reason": "locked"}
        assert LOCKED in verdict.message
        assert "raise lock_timeout" in verdict.message
        assert 100 <= fake.now - began <= 120
        assert (sbc.submitted, sbc.lock) == ([], "bob")

    def test_it_is_not_waited_for_beyond_wait_timeout(self, run, sbc, fake) -> None:
        sbc.lock = "bob"
        began = fake.now
        verdict = run.config("save", timing=Timing(60, 2, 10, 300))
        assert verdict.outcome is Outcome.REFUSED
        assert verdict.refusal == {"reason": "locked"}
        assert "wait_timeout" in verdict.message
        assert fake.now - began <= 60

    def test_lock_timeout_0_does_not_wait(self, run, sbc, fake) -> None:
        sbc.lock = "bob"
        began = fake.now
        assert run.config("save", lock_timeout=0).outcome is Outcome.REFUSED
        assert fake.now == began

    def test_it_is_released_after_every_end(self, run, sbc) -> None:
        """Whatever goes wrong, wherever: no run leaves the lock."""
        failures = [
            GONE,
            REFUSED,
            (503, ""),
            (500, ""),
            (200, "<html>"),
            error(400, "x"),
            error(403, "y"),
            KeyError("z"),
        ]
        for path in ("/system/status", "/admin/asyncstatus", f"{MANAGEMENT}?action=save", "/configuration/lock"):
            for failure in failures:
                for skip in (0, 1):
                    for method in ("GET", "PUT", "POST"):
                        sbc.on(method, path, *[None] * skip, *[failure] * 60)
                    verdict = run.config("verify", "save", timing=Timing(200, 2, 10, 20))
                    assert sbc.lock is None, f"{path} {failure} {verdict.message}"
                    sbc.rules.clear()

    @pytest.mark.parametrize("what", ["system", "lock", "slot", "save", "unlock", "token"])
    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_it_is_released_when_the_run_is_interrupted(self, run, sbc, monkeypatch, what, moment) -> None:
        """SIGTERM at any moment: the signal comes once."""
        send = HttpClient.send
        came: list[str] = []

        def broken(self, method, path, **more):
            last = path.partition("action=")[2] or path.rpartition("/")[2]
            meant = not came and {"asyncstatus": "slot", "status": "system"}.get(last, last) == what
            found = None if meant and moment == "before" else send(self, method, path, **more)
            if meant:
                came.append(what)
                raise Interrupted("interrupted by SIGTERM")
            return found

        monkeypatch.setattr(HttpClient, "send", broken)
        verdict = run.config("save")
        assert came
        assert sbc.lock is None
        if what == "unlock":
            assert verdict.outcome is Outcome.SUCCEEDED
        else:
            assert verdict.outcome is Outcome.TIMED_OUT
            assert "interrupted by SIGTERM" in verdict.message
            assert MAY_STILL_RUN not in verdict.message
            assert "Run the play again: it finds" not in verdict.message

    def test_a_run_that_nobody_waits_for_any_more(self, run, sbc, fake) -> None:
        world = fake.world

        def gone() -> None:
            if "save" in sbc.named():
                raise Interrupted("interrupted: ansible-playbook has ended")

        object.__setattr__(world, "still_wanted", gone)
        verdict = run.config("save")
        assert verdict.outcome is Outcome.TIMED_OUT
        assert sbc.lock is None
        assert "released" in verdict.message
        assert verdict.job.handle is not None
        assert "locked_until" not in verdict.job.handle.fingerprint

    def test_without_waiting_it_stays(self, run, sbc) -> None:
        verdict = run.config("save", wait=False)
        assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, True)
        assert sbc.lock is not None
        assert "stays until its token dies" in verdict.message
        assert "locked_until" in verdict.job.handle.fingerprint

    # Trap 8.
    def test_a_bounce_of_the_web_server_after_an_activation(self, run, sbc) -> None:
        sbc.runs["activate"] = (slot("activate", "inProgress"), slot("activate", "success"))
        sbc.on("POST", "/configuration/unlock", *[REFUSED] * 20)
        verdict = run.config("activate")
        assert (verdict.outcome, verdict.warnings, sbc.lock) == (Outcome.SUCCEEDED, (), None)

    # Trap 8.
    def test_a_bounce_of_the_web_server_in_the_middle(self, run, sbc) -> None:
        # The first answer is the baseline.
        sbc.on("GET", "/admin/asyncstatus", None, *[REFUSED] * 12, GONE, (503, ""))
        verdict = run.config("activate")
        assert verdict.outcome is Outcome.SUCCEEDED
        assert verdict.polling.outages == 1
        assert len(sbc.submitted) == 1

    def test_an_sbc_that_is_gone_may_keep_the_lock(self, run, sbc) -> None:
        sbc.on("GET", "/admin/asyncstatus", None, *[REFUSED] * 999)
        sbc.on("POST", "/configuration/unlock", *[REFUSED] * 999)
        verdict = run.config("save", timing=Timing(1800, 2, 10, 60))
        assert verdict.outcome is Outcome.UNREACHABLE
        [warning] = verdict.warnings
        assert "may still stand" in warning
        # It guards the job as long as it stands.
        assert "locked_until" in verdict.job.handle.fingerprint
        assert MAY_STILL_RUN in verdict.message


class TestTheToken:
    # Trap 5.
    def test_a_wait_longer_than_a_token_lives(self, run, sbc, fake) -> None:
        sbc.runs["activate"] = [slot("activate", "inProgress")] * 160 + [slot("activate", "success")]
        began = fake.now
        verdict = run.config("activate", "verify")
        assert verdict.outcome is Outcome.SUCCEEDED
        assert fake.now - began > 1000
        assert sbc.named().count("token") >= 3
        assert sbc.lock is None

    # Trap 5.
    @pytest.mark.parametrize("field", ["token", "another"])
    def test_a_renewal_that_does_not_keep_the_lock_is_noticed(self, run, sbc, field) -> None:
        """The log-in is accepted and is no renewal: the foreign save that follows must not be ours."""
        sbc.renewal_field = field
        sbc.runs["save"] = [BUSY] * 75 + [DONE]
        verdict = run.config("save")
        assert verdict.outcome is (Outcome.SUCCEEDED if field == "token" else Outcome.LOST)
        assert ("check renew_field" in verdict.message) == (field == "another")
        assert verdict.job.state is (JobState.SUCCEEDED if field == "token" else JobState.UNKNOWN)

    # Trap 5.
    def test_a_verdict_before_a_renewal_that_lost_the_lock_is_not_kept_either(self, run, sbc) -> None:
        """The second request is refused; what was read of the first after the renewal was under nobody's lock."""
        sbc.renewal_field = "another"
        sbc.runs["verify"] = [slot("verify", "inProgress")] * 75 + [slot("verify", "success")]
        verdict = run.config("verify", "save")
        assert verdict.outcome is Outcome.LOST
        assert [(one.operation, one.state) for one in verdict.jobs] == [("oracle_sbc.verify", JobState.UNKNOWN)]
        assert "Before that" not in verdict.message
        assert verdict.refusal is None

    # Trap 5.
    @pytest.mark.parametrize("skip", [1, 2])
    def test_a_token_that_dies_in_the_middle(self, run, sbc, skip) -> None:
        """The next answer comes with another token, and may be of somebody else's save."""

        def dies() -> None:
            sbc.tokens.clear()
            sbc.lock = "bob"

        sbc.before("slot", dies, skip=skip)
        verdict = run.config("save", "activate")
        assert verdict.outcome is Outcome.LOST
        assert "the token that held the configuration lock has died" in verdict.message
        assert [one["action"] for one in sbc.submitted] == ["save"]
        assert sbc.lock == "bob"

    def test_a_token_that_dies_after_the_verdict_changes_nothing(self, run, sbc) -> None:
        sbc.before("unlock", sbc.tokens.clear)
        assert run.config("save").outcome is Outcome.SUCCEEDED

    def test_a_submission_that_is_accepted_proves_the_renewal_before_it(self, run, sbc) -> None:
        sbc.runs["verify"] = [slot("verify", "inProgress")] * 75 + [slot("verify", "success")]
        sbc.before("unlock", sbc.tokens.clear)
        assert run.config("verify", "save").outcome is Outcome.SUCCEEDED
        assert sbc.named().count("token") == 2

    def test_a_lock_that_somebody_broke(self, run, sbc) -> None:
        sbc.before("unlock", lambda: setattr(sbc, "lock", "bob"))
        verdict = run.config("save")
        assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.LOST, True, None)
        assert sbc.lock == "bob"

    def test_a_lock_that_is_lost_before_the_submission(self, run, sbc) -> None:
        sbc.on("PUT", f"{MANAGEMENT}?action=save", error(423, NO_LOCK))
        verdict = run.config("save")
        assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
        assert verdict.refusal == {"reason": "locked"}

    def test_a_token_that_dies_between_two_requests(self, run, sbc) -> None:
        """What was read of the first was under a token that lived, and that held the lock."""
        sbc.before("activate", sbc.tokens.clear)
        verdict = run.config("save", "activate")
        assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, True)
        assert verdict.jobs[0].state is JobState.SUCCEEDED
        assert verdict.message.endswith("Before that, save succeeded.")


class TestALostAnswer:
    # Trap 4.
    @pytest.mark.parametrize("failure", [LOST, Lost(503), Lost(202, "<resp")])
    def test_a_submission_that_was_heard_is_found_in_the_slot(self, run, sbc, failure) -> None:
        sbc.on("PUT", f"{MANAGEMENT}?action=save", failure)
        verdict = run.config("save")
        assert verdict.outcome is Outcome.SUCCEEDED
        assert len(sbc.submitted) == 1

    # Trap 4.
    def test_one_that_was_never_heard_is_sent_again(self, run, sbc) -> None:
        sbc.shows = [slot("verify", "success")]
        sbc.on("PUT", f"{MANAGEMENT}?action=save", GONE)
        verdict = run.config("save")
        assert verdict.outcome is Outcome.SUCCEEDED
        assert sbc.named().count("save") == 2
        assert sbc.named().count("slot") >= 6

    # Trap 4.
    def test_one_of_which_nothing_tells_is_not_sent_again(self, run, sbc) -> None:
        sbc.shows = [DONE]
        sbc.runs["save"] = (DONE,)
        sbc.on("PUT", f"{MANAGEMENT}?action=save", LOST)
        verdict = run.config("save")
        assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
        assert len(sbc.submitted) == 1
        assert "save success, which it showed before, too" in verdict.message
        assert sbc.lock is None

    def test_one_that_shows_late_is_found(self, run, sbc) -> None:
        sbc.shows = [DONE]
        sbc.runs["save"] = (DONE, DONE, BUSY, DONE)
        sbc.on("PUT", f"{MANAGEMENT}?action=save", LOST)
        assert run.config("save").outcome is Outcome.SUCCEEDED
        assert len(sbc.submitted) == 1

    @pytest.mark.parametrize("late", [BUSY, DONE])
    def test_one_that_shows_after_the_search_is_found_before_the_next(self, run, sbc, late) -> None:
        before = slot("verify", "success")
        sbc.shows = [before, *[before] * 4, late, DONE]
        sbc.on("PUT", f"{MANAGEMENT}?action=save", GONE)
        verdict = run.config("save")
        assert verdict.outcome is Outcome.SUCCEEDED
        assert sbc.named().count("save") == 1

    def test_somebody_elses_in_the_slot_tells_nothing(self, run, sbc) -> None:
        sbc.shows = [slot("verify", "success"), slot("activate", "success")]
        sbc.on("PUT", f"{MANAGEMENT}?action=save", GONE)
        verdict = run.config("save")
        assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
        assert sbc.named().count("save") == 1

    def test_a_lock_that_is_lost_meanwhile_leaves_it_open(self, run, sbc) -> None:
        sbc.on("PUT", f"{MANAGEMENT}?action=save", LOST)
        sbc.before("slot", sbc.tokens.clear, skip=1)
        verdict = run.config("save")
        assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
        assert len(sbc.submitted) == 1


class TestHa:
    # Trap 10.
    @pytest.mark.parametrize("role", ["standby", "out of service"])
    def test_only_the_active_one_is_written_to(self, run, sbc, role) -> None:
        sbc.system["role"] = role
        verdict = run.config("save")
        assert (verdict.outcome, verdict.refusal) == (Outcome.REFUSED, {"reason": "rejected", "role": role})
        assert "lock" not in sbc.named()

    # Trap 11.
    @pytest.mark.parametrize("role", ["active", "standalone", "becoming something"])
    def test_a_role_that_nobody_knows_is_no_reason(self, run, sbc, role) -> None:
        sbc.system["role"] = role
        assert run.config("save").outcome is Outcome.SUCCEEDED

    # Trap 10.
    def test_the_address_moves_to_the_peer_in_the_middle(self, run, sbc) -> None:
        """The peer does not know our token; its slot shows what once ran there."""

        def moves() -> None:
            sbc.tokens.clear()
            sbc.lock = None
            sbc.shows = [DONE]

        sbc.before("slot", moves, skip=2)
        verdict = run.config("save")
        assert verdict.outcome is Outcome.LOST
        assert verdict.job.state is not JobState.SUCCEEDED

    def test_the_address_moves_to_a_peer_that_knows_the_token(self, run, sbc) -> None:
        def moves() -> None:
            sbc.lock = None
            sbc.shows = [DONE]

        sbc.before("slot", moves, skip=2)
        assert run.config("save").outcome is Outcome.LOST


class TestRestore:
    @pytest.mark.parametrize(
        ("source", "file", "query"),
        [
            ("running", "", {"restoreSource": "running"}),
            ("saved", "", {"restoreSource": "saved"}),
            ("backup_file", "a.gz", {"restoreSource": "backupFile", "filename": "a.gz"}),
        ],
    )
    def test_what_is_asked_for(self, run, sbc, source, file, query) -> None:
        sbc.files = ["a.gz"]
        assert run.restore(source, file).outcome is Outcome.SUCCEEDED
        assert sbc.submitted == [{"action": "restore", **query}]

    def test_a_file_that_is_not_there_is_refused_before_the_submission(self, run, sbc) -> None:
        sbc.files = ["a.gz"]
        verdict = run.restore("backup_file", "a")
        assert (verdict.outcome, sbc.submitted, sbc.lock) == (Outcome.REFUSED, [], None)
        assert "has no backup file a in /code/bkups. There is a.gz: give that name." in verdict.message

    def test_an_api_that_cannot_list_files(self, run, sbc) -> None:
        sbc.on("GET", f"{MANAGEMENT}/files", error(404, "Resource not found"))
        assert run.restore("backup_file", "a").outcome is Outcome.SUCCEEDED


def test_check_mode_only_reads(run, sbc) -> None:
    verdict = run.config("verify", "save", check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert run.config("save", check_mode=True).changed is True
    assert {(one.method, one.path) for one in sbc.asked} == {("POST", "/auth/token"), ("GET", "/system/status")}
    assert "verify and save would be run on https://sbc1.example.com:443" in verdict.message
    sbc.system["role"] = "standby"
    assert run.config("save", check_mode=True).outcome is Outcome.REFUSED


class TestOptions:
    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"actions": []}, "actions"),
            ({"actions": ["save", "activate"], "wait": False}, "wait"),
            ({"actions": ["restore"]}, "restore_source"),
            ({"restore_source": "running"}, "restore_source"),
            ({"actions": ["restore"], "restore_source": "backup_file"}, "restore_file"),
            ({"actions": ["restore"], "restore_source": "running", "restore_file": "x"}, "restore_file"),
            ({"actions": ["restore"], "restore_source": "backup_file", "restore_file": "../x"}, "restore_file"),
            ({"lock_timeout": -1}, "lock_timeout"),
            ({"lock_timeout": float("nan")}, "lock_timeout"),
            ({"settle": 601}, "settle"),
            ({"poll_max_interval": 121}, "poll_max_interval: give 120 s at most"),
            ({"poll_interval": 600}, "poll_interval"),
        ],
    )
    def test_bad_ones_are_named(self, options, sbc, more, says) -> None:
        given = {**options, "actions": ["save"], "restore_source": None, "restore_file": None, **more}
        with pytest.raises(BadInput, match=says):
            config.config_from_options(given, print)
        assert not sbc.asked

    def test_the_operation_of_a_handle(self, options, sbc) -> None:
        for name in ("verify", "save", "activate", "restore"):
            handle = {"operation": f"oracle_sbc.{name}"}
            assert config.config_from_handle({**options, "handle": handle}, print).action == name


def test_no_secret_is_in_a_result(run, sbc) -> None:
    results = [run.config("save"), run.config("save", wait=False)]
    sbc.lock = "bob"
    results.append(run.config("save", lock_timeout=0))
    for verdict in results:
        text = repr(verdict.to_dict())
        assert "of-the-sbc" not in text
