# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import chain, errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import restart
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.restart import Restart
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.software import (
    SoftwareOptions,
    SoftwareUpdate,
)
from ansible_collections.netops.jobs.tests.unit.panos_box import DAY, dropped, error, ok

TIMING = Timing(wait_timeout=7200, poll_interval=5, poll_max_interval=30, outage_timeout=1800)
DOWNLOAD = "<request><system><software><download>"
INSTALL = "<request><system><software><install>"
RESTART = "<request><restart><system/>"
CHECK = "<request><system><software><check/>"


@pytest.fixture
def go(client, box):
    def run(version="11.1.10", *, wishes=None, **options):
        plan = SoftwareUpdate(client, SoftwareOptions(**{"version": version, "restart": True, **options}))
        asked = Wishes(**{"timing": TIMING, "wait_for_idle": True, **(wishes or {})})
        return chain.run(plan, asked, box.time.world)

    return run


@pytest.fixture
def wait(client, box):
    """Wait for a handle as a later process does, which knows nothing else."""

    def run(handle, **timing):
        operation = OPERATIONS[handle.operation](client)
        wishes = Wishes(timing=Timing(**{**vars(TIMING), **timing}), handle=handle)
        return lifecycle.run(operation, wishes, box.time.world)

    return run


def operations(verdict) -> list[str]:
    return [job.operation.partition(".")[2] for job in verdict.jobs]


def first(box, beginning, answer, *, times=1, effect=None):
    left = [times]

    def look(command):
        if not command.startswith(beginning) or not left[0]:
            return None
        left[0] -= 1
        if effect is not None:
            effect(command)
        return answer() if callable(answer) else answer

    box.before.append(look)


def test_download_install_restart(go, box) -> None:
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.message == "https://fw1.example.com:443 runs 11.1.10, before it was 11.1.6."
    assert operations(verdict) == ["software_download", "software_install", "restart"]
    assert verdict.result == {
        "version": "11.1.10",
        "version_before": "11.1.6",
        "version_wanted": "11.1.10",
        "downloaded": True,
        "installed": True,
        "restarted": True,
        "restart_needed": False,
        "ha": {"enabled": False, "mode": None, "state": None, "peer_state": None, "running_sync": None},
    }
    assert box.sent(RESTART) == [RESTART + "</restart></request>"]
    assert box.sent(CHECK) == []
    assert verdict.jobs[-1].vendor_state == "ready"


def test_a_second_run_has_nothing_to_do(go, box) -> None:
    go()
    box.time.now += DAY
    jobs = len(box.jobs)
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert verdict.message == "https://fw1.example.com:443 runs 11.1.10."
    assert len(box.jobs) == jobs
    assert len(box.sent(RESTART)) == 1


@pytest.mark.parametrize(
    ("wanted", "downloads"),
    [
        ("11.1.10", ["11.1.10"]),
        ("11.2.4", ["11.2.0", "11.2.4"]),
        ("12.1.4", ["12.1.2", "12.1.4"]),
        ("12.1.2", ["12.1.2"]),
    ],
)
def test_base_images_come_first(go, box, wanted, downloads) -> None:
    verdict = go(wanted, state="downloaded", restart=False, sync_to_peer=True)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.sent(DOWNLOAD) == [
        f"{DOWNLOAD}<version>{version}</version><sync-to-peer>yes</sync-to-peer></download></software></system></request>"
        for version in downloads
    ]
    assert verdict.result["downloaded"]
    assert not verdict.result["installed"]
    assert go(wanted, state="downloaded", restart=False).outcome is Outcome.NOTHING_TO_DO


def test_what_is_there_is_not_downloaded_again(go, box) -> None:
    box.images["11.2.0"]["downloaded"] = box.images["11.2.4"]["downloaded"] = True
    assert operations(go("11.2.4")) == ["software_install", "restart"]


def test_the_update_server_is_asked_for_what_the_list_lacks(go, box) -> None:
    box.hidden = {"11.2.0"}
    assert go("11.2.4").outcome is Outcome.SUCCEEDED
    assert len(box.sent(CHECK)) == 1


def test_an_image_that_does_not_exist(go, box) -> None:
    verdict = go("11.1.99")
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert "(PA-VM) knows of no image 11.1.99. It knows 11.1.0, 11.1.6, 11.1.10." in verdict.message
    assert box.jobs == []


def test_a_base_image_that_is_not_offered(go, box) -> None:
    """The device decides: it may have it from somewhere else."""
    del box.images["11.2.0"]
    verdict = go("11.2.4")
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "needs the base image 11.2.0, which is not in the list" in verdict.warnings[0]


def test_no_downgrade_by_mistake(go, box) -> None:
    verdict = go("11.1.0")
    assert verdict.outcome is Outcome.REFUSED
    assert "runs 11.1.6, which is newer than 11.1.0" in verdict.message
    assert go("11.1.0", allow_downgrade=True).outcome is Outcome.SUCCEEDED
    assert box.version == "11.1.0"


def test_a_leap_too_far_is_warned_of(go, box) -> None:
    box.version = "10.1.9"
    verdict = go("12.1.4", wishes={"check_mode": True})
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "does not support to go from 10.1.9 to 12.1.4 at once" in verdict.warnings[0]
    box.version = "10.2.9"
    assert go("12.1.4", wishes={"check_mode": True}).warnings == ()


# Trap 41: installed, and not restarted.


def test_without_a_restart_it_waits_for_one(go, box) -> None:
    verdict = go(restart=False)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "It needs a restart to run it" in verdict.message
    assert verdict.result["restart_needed"]
    assert verdict.result["version"] == "11.1.6"


def test_what_is_installed_is_not_installed_again(go, box) -> None:
    """Trap 41: no list says so, the text of the job does."""
    go(restart=False)
    verdict = go(restart=False)
    assert verdict.outcome is Outcome.NOTHING_TO_DO
    assert "11.1.10 seems to be installed, by what SWInstall job 2 by app" in verdict.message
    assert operations(go()) == ["restart"]
    assert len(box.sent(INSTALL)) == 1


def test_where_no_text_tells_it_is_installed_again(go, box) -> None:
    """Trap 41, the honest end of it: what the newest installation was of is not known, and a second one is harmless."""
    box.tells_version = False
    go(restart=False)
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert operations(verdict) == ["software_install", "restart"]


def test_the_newest_installation_counts(go, box) -> None:
    go(restart=False)
    box.images["11.1.0"]["downloaded"] = True
    assert operations(go("11.1.0", restart=False, allow_downgrade=True)) == ["software_install"]
    assert operations(go()) == ["software_install", "restart"]
    assert box.version == "11.1.10"


def test_a_type_of_installation_that_nobody_has_seen(go, box) -> None:
    start = box.start
    box.start = lambda kind, effect, **more: start("SwInst" if kind == "SWInstall" else kind, effect, **more)
    assert operations(go()) == ["software_download", "software_install", "restart"]


# How it goes wrong.


def test_a_bad_image_is_a_clear_failure(go, box) -> None:
    box.images["11.1.10"]["downloaded"] = True
    box.ends = [("FAIL", "Failed to install 11.1.10 with the following errors. Image File Authentication Error")]
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert "Image File Authentication Error" in verdict.message
    assert box.sent(RESTART) == []


def test_it_comes_back_with_the_old_version(go, box) -> None:
    box.boots_into = "11.1.6"
    verdict = go()
    assert verdict.outcome is Outcome.FAILED
    assert "came back with 11.1.6 and not with 11.1.10" in verdict.message
    assert len(box.sent(RESTART)) == 1


def test_the_software_manager_is_in_use(go, box) -> None:
    """Recorded as the end of an installation, not as a refusal of it."""
    box.images["11.1.10"]["downloaded"] = True
    box.ends = [("FAIL", "The software manager is currently in use. Please try again later.")] * 2
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert operations(verdict) == ["software_install", "software_install", "software_install", "restart"]


def test_the_software_manager_is_in_use_and_nobody_waits(go, box) -> None:
    box.images["11.1.10"]["downloaded"] = True
    box.ends = [("FAIL", "The software manager is currently in use. Please try again later.")]
    verdict = go(wishes={"wait_for_idle": False})
    assert verdict.outcome is Outcome.FAILED
    assert "currently in use" in verdict.message


def test_a_download_that_failed_is_not_a_preloading(go, box) -> None:
    """pan-os-python#243: the line is one of a success."""
    box.ends = [("OK", "Preloading into software manager")]
    assert go().outcome is Outcome.SUCCEEDED


# The restart.


def test_an_accepted_restart_may_lose_its_connection(go, box) -> None:
    """Trap 40: never sent twice."""
    first(box, RESTART, dropped, effect=lambda command: box.boot())
    assert go().outcome is Outcome.SUCCEEDED
    assert len(box.sent(RESTART)) == 1


def test_an_error_that_says_it_succeeded(go, box) -> None:
    """Trap 40, as pan-os-python knows it."""
    first(box, RESTART, error("Command succeeded with no output"), effect=lambda command: box.boot())
    assert go().outcome is Outcome.SUCCEEDED


def test_a_restart_that_was_not_taken_is_sent_again(go, box) -> None:
    first(box, RESTART, (429, ""), times=2)
    assert go().outcome is Outcome.SUCCEEDED
    assert len(box.sent(RESTART)) == 3


def test_a_refused_restart(go, box) -> None:
    first(box, RESTART, error("This operation is blocked because of a failover", "14"))
    verdict = go()
    assert verdict.outcome is Outcome.REFUSED
    assert "blocked because of" in verdict.message


def test_a_device_that_stays_up_has_not_restarted(go, box) -> None:
    """Trap 40, the other end: a connection that dropped proves nothing."""
    first(box, RESTART, dropped)
    verdict = go()
    assert verdict.outcome is Outcome.FAILED
    assert verdict.job.vendor_state == "not restarted"
    assert "after it was told to restart" in verdict.message
    assert len(box.sent(RESTART)) == 1


def test_a_restart_by_somebody_else_in_between(go, box) -> None:
    """What was wanted of the restart has happened, so no second one is sent."""
    installed = []

    def boots(command):
        if command.startswith("<show><system><info") and box.staged and not installed:
            installed.append(command)
            return
        if installed == ["x"]:
            return
        if installed and command.startswith("<show><system><info"):
            installed[:] = ["x"]
            box.boot()
            box.time.now = box.ready_at + 1
        return

    box.before.append(boots)
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.sent(RESTART) == []
    assert box.version == "11.1.10"


def test_the_login_lags_behind(client, go, box) -> None:
    """Trap 22: right after the boot the password is refused, and the key of before is dead."""
    dead = []

    def key_is_dead(command):
        if box.down_until and box.time.now >= box.down_until and client._key == "k" and not dead:
            dead.append(command)
            return error("Invalid Credential", "403")
        return None

    box.before.append(key_is_dead)
    box.not_ready = 300
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert dead


@pytest.mark.parametrize("results", [["OK"], ["FAIL", "OK"]])
def test_where_there_is_no_chassis_ready_the_auto_commit_decides(go, box, results) -> None:
    """Trap 31: a first auto-commit may fail, and a second one succeed."""
    box.has_chassis_ready = False
    box.auto_commits = results
    box.not_ready = 400
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.time.now >= box.ready_at


def test_without_an_auto_commit_time_decides(go, box) -> None:
    """Trap 31."""
    box.has_chassis_ready = False
    box.auto_commits = []
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.time.now - box.booted >= restart.NO_AUTO_COMMIT


def test_an_auto_commit_that_stays_failed(go, box) -> None:
    box.has_chassis_ready = False
    box.auto_commits = ["FAIL"]
    verdict = go()
    assert verdict.outcome is Outcome.FAILED
    assert verdict.job.vendor_state == "autocommit failed"


def test_ready_is_more_than_up(go, box) -> None:
    box.not_ready = 900
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed["starting"] > 3
    assert box.time.now >= box.ready_at


def test_a_commit_is_possible_when_it_is_ready(go, box) -> None:
    """chassis-ready may come before the end of the auto-commit, which refuses all commits."""
    first(box, "<show><chassis-ready", ok("yes"), times=99)
    box.not_ready = 900
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.time.now >= box.ready_at
    assert [label for label in verdict.polling.observed if label.startswith("autocommit")]


def test_it_does_not_come_back(go, box) -> None:
    box.down = 5 * DAY
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, True)
    assert verdict.job.handle.operation == "panos.restart"
    assert verdict.job.handle.id == "restart"


# A later process.


def test_a_handle_of_a_restart(go, wait, box) -> None:
    go(restart=False)
    handle = go(wishes={"wait": False}).job.handle
    assert handle.options == {"version": "11.1.10", "before": "11.1.6"}
    assert set(handle.fingerprint) == {"booted", "serial", "uptime"}
    verdict = wait(handle)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.result == {
        "version": "11.1.10",
        "version_before": "11.1.6",
        "version_wanted": "11.1.10",
        "restarted": True,
    }


def test_a_handle_after_days_still_tells_one_boot_from_the_next(go, wait, box) -> None:
    go(restart=False)
    handle = go(wishes={"wait": False}).job.handle
    box.time.now = box.ready_at + 90 * DAY
    assert wait(handle).outcome is Outcome.SUCCEEDED


def test_a_handle_of_a_restart_that_did_not_happen(go, wait, box) -> None:
    go(restart=False)
    first(box, RESTART, dropped)
    handle = go(wishes={"wait": False}).job.handle
    box.time.now += 90 * DAY
    assert wait(handle).outcome is Outcome.FAILED


def test_a_wrong_password_fails_a_later_wait_at_once(go, make_client, box) -> None:
    """Trap 22 the other way: without an outage there is nothing to put it down to."""
    go(restart=False)
    handle = go(wishes={"wait": False}).job.handle
    box.time.now = box.ready_at + DAY
    first(box, "<show><system><info", error("Invalid Credential", "403"), times=99)
    operation = Restart(make_client(api_key="dead"))
    verdict = lifecycle.run(operation, Wishes(timing=TIMING, handle=handle), box.time.world)
    assert verdict.outcome is Outcome.UNREACHABLE
    assert verdict.polling.polls == 1


def test_a_run_that_died_during_the_restart(go, box) -> None:
    """The next run finds the right version and a device that is not ready: it waits, and sends no second restart."""
    box.images["11.1.10"]["downloaded"] = True
    go(restart=False)
    go(wishes={"wait": False})
    box.not_ready = 600
    box.ready_at = box.down_until + 600
    box.jobs[0]["until"] = str(box.ready_at)
    box.time.now = box.down_until + 10
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert operations(verdict) == ["restart"]
    assert verdict.job.adopted
    assert box.time.now >= box.ready_at
    assert len(box.sent(RESTART)) == 1


def test_a_run_that_died_during_the_installation(go, box) -> None:
    box.images["11.1.10"]["downloaded"] = True
    go(wishes={"wait": False})
    verdict = go()
    assert operations(verdict) == ["software_install", "restart"]
    assert verdict.jobs[0].adopted
    assert len(box.sent(INSTALL)) == 1


def test_a_restart_in_the_middle_of_a_download(go, box) -> None:
    """Traps 11 and 30: the job is gone, its id is another's, and the task goes on with what the device says."""
    crashed = []

    def crash(command):
        if crashed or len(box.sent("<show><jobs><id>1")) < 2:
            return None
        crashed.append(command)
        box.boot()
        return dropped()

    box.before.append(crash)
    verdict = go()
    assert (verdict.outcome, box.version) == (Outcome.SUCCEEDED, "11.1.10")
    assert operations(verdict) == ["software_download", "software_download", "software_install", "restart"]
    assert verdict.polling.outages >= 2


def test_a_restart_in_the_middle_of_an_installation(go, box) -> None:
    box.images["11.1.10"]["downloaded"] = True
    crashed = []

    def crash(command):
        if crashed or len(box.sent("<show><jobs><id>1")) < 2:
            return None
        crashed.append(command)
        box.boot()
        return dropped()

    box.before.append(crash)
    verdict = go()
    assert (verdict.outcome, box.version) == (Outcome.SUCCEEDED, "11.1.10")
    assert operations(verdict) == ["software_install", "software_install", "restart"]


# Check mode, options, states.


def test_check_mode_tells_the_whole_plan(go, box) -> None:
    verdict = go("12.1.4", wishes={"check_mode": True, "diff": True})
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "to be done: download 12.1.2, download 12.1.4, install 12.1.4, restart" in verdict.message
    assert verdict.diff == {"before": "11.1.6\n", "after": "12.1.4\n"}
    assert verdict.result["version"] == "11.1.6"
    assert box.jobs == []


def test_check_mode_of_a_restart(go, box) -> None:
    go(restart=False)
    verdict = go(wishes={"check_mode": True})
    assert verdict.changed
    assert "this is to be done: restart." in verdict.message
    assert box.sent(RESTART) == []


@pytest.mark.parametrize(
    ("options", "expect"),
    [
        ({"version": "latest"}, "version"),
        ({"version": "11.1"}, None),
        ({"version": "11.1.4", "state": "downloaded", "restart": True}, "restart"),
    ],
)
def test_options(options, expect) -> None:
    if expect is None:
        assert SoftwareOptions(**options).wanted.release == (11, 1)
        return
    with pytest.raises(errors.BadInput, match=f"^{expect}: "):
        SoftwareOptions(**options)


def test_the_words_of_a_restart() -> None:
    words = restart.WORDS_OF_A_RESTART
    assert {word for word, state in words.items() if state is JobState.SUCCEEDED} == {"ready"}
    assert set(words.values()) == {JobState.RUNNING, JobState.SUCCEEDED, JobState.FAILED}


def test_a_restart_cannot_be_canceled(client) -> None:
    with pytest.raises(errors.Refused, match="cannot be canceled"):
        Restart(client).cancel(Restart(client)._handle(None))


def test_no_restart_in_the_middle_of_the_work_of_others(go, box) -> None:
    """A commit or an installation that is broken off may be half done for ever."""
    go(restart=False)
    box.start("Commit", lambda: None, user="alice")
    over = float(box.jobs[-1]["until"])
    restarted = []
    first(box, RESTART, None, times=9, effect=lambda command: restarted.append(box.time.now))
    refused = go(wishes={"wait_for_idle": False})
    assert (refused.outcome, refused.changed, restarted) == (Outcome.REFUSED, False, [])
    assert refused.refusal["jobs"][0]["user"] == "alice"
    assert "Commit job 3 by alice, ACT 40 %" in refused.message
    assert go().outcome is Outcome.SUCCEEDED
    assert len(restarted) == 1
    assert restarted[0] >= over


def test_a_restart_does_not_wait_for_what_can_be_done_again(go, box) -> None:
    go(restart=False)
    box.start("Exec", lambda: None, user="alice")
    assert go(wishes={"wait_for_idle": False}).outcome is Outcome.SUCCEEDED


def test_an_address_that_moves_to_the_peer_before_the_restart(go, box) -> None:
    """The peer then carries the traffic: it must not be restarted in place of the one that was installed."""
    first(box, "<show><jobs><id>", None, effect=lambda command: setattr(box, "serial", "0456"))
    verdict = go(wishes={"timing": Timing(600, 5, 30, outage_timeout=60)})
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "is now the device 0456, and no longer 0123" in verdict.message
    assert box.sent(RESTART) == []


def test_a_peer_that_answers_while_the_device_restarts(go, box) -> None:
    def move(command):
        box.down, box.serial = 0, "0456"

    first(box, RESTART, None, effect=move)
    verdict = go(wishes={"timing": Timing(600, 5, 30, outage_timeout=60)})
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, True)
    assert "is now the device 0456" in verdict.message
    assert verdict.job.handle.fingerprint["serial"] == "0123"


@pytest.mark.parametrize("adopt", [True, False])
def test_a_device_that_is_starting_is_waited_for(go, box, adopt) -> None:
    """Nothing is submitted, so that adopt: false does not mean that nobody waits."""
    go(restart=False)
    box.boot()
    box.time.now = box.down_until + 10
    verdict = go(wishes={"adopt": adopt})
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.time.now >= box.ready_at
    assert box.sent(RESTART) == []
