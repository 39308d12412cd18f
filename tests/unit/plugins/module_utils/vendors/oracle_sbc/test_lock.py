# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import (
    Busy,
    Denied,
    Interrupted,
    NoAnswer,
    Refused,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.client import LockLost
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.lock import ConfigLock
from ansible_collections.netops.jobs.tests.unit.sbc_box import GONE, LOCKED, LOST, NO_LOCK, REFUSED, error

OURS = "token-1-of-the-sbc=="
LOCK, UNLOCK = "/configuration/lock", "/configuration/unlock"


def interrupted() -> None:
    raise Interrupted("interrupted by SIGTERM")


class TestTaking:
    def test_it_is_taken_once(self, lock, sbc) -> None:
        lock.take()
        lock.take()
        assert (lock.taken, lock.held, sbc.lock) == (True, True, OURS)
        assert sbc.named() == ["token", "lock"]

    # Trap 13.
    def test_somebody_elses_is_waited_for_and_not_for_ever(self, lock, sbc, fake) -> None:
        sbc.lock = "bob"
        for _each in range(2):
            with pytest.raises(Busy, match=LOCKED) as caught:
                lock.take()
            assert caught.value.reason == "locked"
            fake.now += 329
        fake.now += 2
        with pytest.raises(
            Refused, match=r"It was tried for 660 s.*ten minutes at most.*raise lock_timeout"
        ) as refused:
            lock.take()
        assert not isinstance(refused.value, Busy)
        assert refused.value.reason == "locked"
        assert not lock.taken
        assert lock.release(30).ours
        assert "unlock" not in sbc.named()

    def test_each_try_has_a_token_that_will_live_long(self, lock, sbc, fake) -> None:
        sbc.lock = "bob"
        for _each in range(5):
            with pytest.raises(Busy):
                lock.take()
            fake.now += 40
        sbc.lock = None
        lock.take()
        assert sbc.tokens[sbc.lock] - fake.now >= 540

    def test_without_patience_it_is_refused_at_once(self, client, sbc) -> None:
        sbc.lock = "bob"
        with pytest.raises(Refused, match="users of the command line and of the GUI count") as caught:
            ConfigLock(client, timeout=0).take()
        assert not isinstance(caught.value, Busy)
        assert "tried for" not in caught.value.message

    def test_its_answer_was_lost(self, lock, sbc) -> None:
        sbc.on("POST", LOCK, LOST)
        with pytest.raises(NoAnswer) as caught:
            lock.take()
        assert caught.value.sent is False  # what it was for was not sent
        assert (lock.taken, sbc.lock) == (False, OURS)
        lock.take()
        assert (lock.taken, sbc.lock) == (True, OURS)
        assert sbc.named() == ["token", "lock", "lock"]

    def test_its_answer_was_lost_and_the_owner_is_not_granted_it_again(self, lock, sbc) -> None:
        sbc.on("POST", LOCK, LOST, error(423, LOCKED))
        with pytest.raises(NoAnswer):
            lock.take()
        lock.take()
        assert (lock.taken, sbc.lock) == (True, OURS)
        assert sbc.named() == ["token", "lock", "lock", "unlock", "lock"]

    def test_its_request_was_lost_and_another_one_was_faster(self, lock, sbc) -> None:
        sbc.on("POST", LOCK, GONE)
        with pytest.raises(NoAnswer):
            lock.take()
        sbc.lock = "bob"
        with pytest.raises(Busy):
            lock.take()
        assert sbc.lock == "bob"
        lock.release(30)
        assert sbc.lock == "bob"

    def test_its_request_was_never_sent(self, lock, sbc) -> None:
        sbc.on("POST", LOCK, REFUSED)
        with pytest.raises(NoAnswer):
            lock.take()
        lock.release(30)
        assert "unlock" not in sbc.named()

    def test_its_answer_was_lost_and_the_task_ends_there(self, lock, sbc) -> None:
        sbc.on("POST", LOCK, LOST)
        with pytest.raises(NoAnswer):
            lock.take()
        lock.release(30)
        assert sbc.lock is None

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_an_interruption_in_the_middle_of_it(self, lock, sbc, client, monkeypatch, moment) -> None:
        send = client.send

        def broken(*args, **more):
            if moment == "after":
                send(*args, **more)
            interrupted()

        with monkeypatch.context() as patch:
            patch.setattr(client, "send", broken)
            with pytest.raises(Interrupted):
                lock.take()
        lock.release(30)
        assert sbc.lock is None

    def test_somebody_who_may_not(self, lock, sbc) -> None:
        sbc.on("POST", LOCK, error(403, "administrator privileges"))
        with pytest.raises(Denied):
            lock.take()
        assert not lock.taken
        lock.release(30)
        assert "unlock" not in sbc.named()

    # Trap 5.
    def test_a_lock_that_died_with_its_token_is_not_taken_again(self, lock, sbc, client) -> None:
        """What was done under it is in doubt: whoever wants to go on has to begin anew."""
        lock.take()
        sbc.tokens.clear()
        client.get("/system/status")
        assert lock.taken
        assert not lock.held
        with pytest.raises(LockLost, match="restart or a switchover"):
            lock.take()


class TestReleasing:
    def test_that_it_is_accepted_proves_it_was_ours(self, lock, sbc) -> None:
        lock.take()
        assert lock.release(30) == (True, False, "")
        assert (sbc.lock, lock.taken) == (None, False)
        lock.release(30)
        assert sbc.named().count("unlock") == 1

    @pytest.mark.parametrize("text", [LOCKED, NO_LOCK])
    def test_that_it_is_refused_proves_it_was_not(self, lock, sbc, text) -> None:
        lock.take()
        sbc.on("POST", UNLOCK, error(423, text))
        assert lock.release(30).ours is False

    def test_a_web_server_that_is_away_is_waited_for(self, lock, sbc, fake) -> None:
        lock.take()
        began = fake.now
        sbc.on("POST", UNLOCK, *[REFUSED] * 20, (503, ""), GONE)
        assert lock.release(30) == (True, False, "")
        assert sbc.lock is None
        assert 20 <= fake.now - began <= 30

    @pytest.mark.parametrize(("failure", "stands"), [(REFUSED, True), (GONE, False)])
    def test_a_web_server_that_stays_away(self, lock, sbc, fake, failure, stands) -> None:
        lock.take()
        sbc.on("POST", UNLOCK, *[failure] * 99)
        done = lock.release(30)
        assert (done.ours, done.stands) == (True, stands)
        assert "may still stand: it dies with its token, after ten minutes at most" in done.warning

    def test_its_answer_was_lost(self, lock, sbc) -> None:
        lock.take()
        sbc.on("POST", UNLOCK, LOST)
        assert lock.release(30) == (True, False, "")
        assert sbc.named().count("unlock") == 2

    def test_an_interruption_in_the_middle_of_it(self, lock, sbc, client, monkeypatch) -> None:
        lock.take()
        send = client.send

        def broken(*args, **more):
            send(*args, **more)
            interrupted()

        with monkeypatch.context() as patch:
            patch.setattr(client, "send", broken)
            with pytest.raises(Interrupted):
                lock.release(30)
        assert lock.release(30) == (True, False, "")

    def test_one_that_is_not_ours_is_never_released(self, lock, sbc, client) -> None:
        lock.take()
        sbc.tokens.clear()
        sbc.lock = "bob"
        client.get("/system/status")
        lock.release(30)
        assert sbc.lock == "bob"
        assert "unlock" not in sbc.named()

    def test_something_else_goes_wrong(self, lock, sbc) -> None:
        lock.take()
        sbc.on("POST", UNLOCK, error(400, "what?"))
        done = lock.release(30)
        assert done.ours
        assert "what?" in done.warning


class TestProof:
    """What was read under a token that is known to hold the lock is ours; after a renewal something has to prove it."""

    def test_a_token_that_died_after_the_verdict(self, lock, sbc) -> None:
        lock.take()
        lock.relied_on()
        sbc.tokens.clear()
        assert lock.release(30).ours

    def test_a_token_that_died_after_a_verdict_under_a_renewed_one(self, lock, sbc, client, fake) -> None:
        lock.take()
        fake.now += 500
        client.get("/system/status")
        lock.relied_on()
        sbc.tokens.clear()
        assert lock.release(30).ours is False

    def test_a_request_that_was_accepted_in_between(self, lock, sbc, client, fake) -> None:
        lock.take()
        fake.now += 500
        client.get("/system/status")
        lock.proved()
        lock.relied_on()
        sbc.tokens.clear()
        assert lock.release(30).ours

    # Trap 5.
    def test_a_renewal_that_did_not_keep_it(self, lock, sbc, client, fake) -> None:
        sbc.renewal_field = "another"
        lock.take()
        fake.now += 500
        client.get("/system/status")
        lock.relied_on()
        assert lock.held  # by all we know
        assert lock.release(30).ours is False

    def test_a_renewal_whose_answer_was_lost(self, lock, sbc, client, fake) -> None:
        """The lock has moved to a token that nobody knows."""
        lock.take()
        sbc.on("POST", "/auth/token", LOST)
        fake.now += 500
        client.get("/system/status")
        client.get("/system/status")
        assert not lock.held
        assert "could not be renewed" in lock.loss
        assert "check renew_field" in lock.loss
        assert "may still stand" in lock.release(30).warning
