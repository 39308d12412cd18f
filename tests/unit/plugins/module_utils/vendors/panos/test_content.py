# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import chain, errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.content import (
    KINDS,
    ContentInstall,
    ContentOptions,
    ContentUpdate,
    from_handle,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.tests.unit.panos_box import dropped, error, ok

TIMING = Timing(wait_timeout=3600, poll_interval=2, poll_max_interval=15, outage_timeout=600)
DOWNLOAD = "<request><content><upgrade><download>"
INSTALL = "<request><content><upgrade><install>"
CHECK = "<request><content><upgrade><check/>"


@pytest.fixture
def go(client, box):
    def run(*, wishes=None, **options):
        plan = ContentUpdate(client, ContentOptions(**options))
        asked = Wishes(**{"timing": TIMING, "wait_for_idle": True, **(wishes or {})})
        return chain.run(plan, asked, box.time.world)

    return run


def once(beginning, answer, *, times=1, effect=None):
    """Return what answers the first commands that begin so; *effect* is done all the same."""
    left = [times]

    def look(command):
        if not command.startswith(beginning) or not left[0]:
            return None
        left[0] -= 1
        if effect is not None:
            effect(command)
        return answer() if callable(answer) else answer

    return look


def test_download_and_install_the_latest(go, box) -> None:
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "8907-9021 installed, before it was 8900-9000" in verdict.message
    assert [job.operation for job in verdict.jobs] == ["panos.content_download", "panos.content_install"]
    assert all(job.operation in OPERATIONS for job in verdict.jobs)
    assert verdict.jobs[1].handle.fingerprint["type"] == "Content"
    assert verdict.result == {
        "type": "content",
        "version": "8907-9021",
        "version_before": "8900-9000",
        "version_wanted": "8907-9021",
        "downloaded": True,
        "filename": "panupv2-all-contents-8907-9021",
        "released_on": "2026/11/20 10:00:00 PST",
    }
    assert box.sent(DOWNLOAD) == [
        "<request><content><upgrade><download><latest/></download></upgrade></content></request>"
    ]
    assert box.sent(INSTALL) == [
        "<request><content><upgrade><install><version>latest</version></install></upgrade></content></request>"
    ]
    assert len(box.sent(CHECK)) == 1


def test_a_second_run_has_nothing_to_do(go, box) -> None:
    go()
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert verdict.result["version"] == "8907-9021"
    assert len(box.jobs) == 2


def test_an_older_list_never_takes_back_what_is_installed(go, box) -> None:
    box.installed = "8950-9100"
    verdict = go()
    assert verdict.outcome is Outcome.NOTHING_TO_DO
    assert "newer than what is wanted" in verdict.message


def test_a_named_version_goes_by_its_file(go, box) -> None:
    verdict = go(version="8904-9010", sync_to_peer=True)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.installed == "8904-9010"
    assert "<file>panupv2-all-contents-8904-9010</file><sync-to-peer>yes</sync-to-peer>" in box.sent(DOWNLOAD)[0]
    assert "<file>panupv2-all-contents-8904-9010</file><sync-to-peer>yes</sync-to-peer>" in box.sent(INSTALL)[0]


def test_a_version_in_the_list_needs_no_update_server(go, box) -> None:
    box.before.append(once(CHECK, error("Failed to check content upgrade info due to generic communication error")))
    assert go(version="8904-9010").outcome is Outcome.SUCCEEDED
    assert box.sent(CHECK) == []


def test_a_version_that_a_check_brings(go, box) -> None:
    box.hidden = {"8907-9021"}
    assert go(version="8907-9021").outcome is Outcome.SUCCEEDED
    assert len(box.sent(CHECK)) == 1


def test_without_a_check_the_old_list_counts(go, box) -> None:
    box.hidden = {"8907-9021"}
    assert go(check=False).result["version"] == "8904-9010"
    assert box.sent(CHECK) == []


@pytest.mark.parametrize("options", [{"version": "9999-1"}, {"package": "apps"}])
def test_what_is_not_offered_is_refused(go, box, options) -> None:
    verdict = go(**options)
    assert verdict.outcome is Outcome.REFUSED
    assert "is offered no content" in verdict.message
    assert "8907-9021 (panupv2-all-contents-8907-9021)" in verdict.message
    assert box.jobs == []


def test_an_update_server_out_of_reach(go, box) -> None:
    box.before.append(once(CHECK, error("Failed to check upgrade info due to generic communication error")))
    verdict = go()
    assert verdict.outcome is Outcome.REFUSED
    assert "generic communication error" in verdict.message
    assert "check: false" in verdict.message


def test_a_kind_that_the_device_does_not_know(go, box) -> None:
    box.tag = KINDS["gp_data_file"].tag
    unknown = error("request -> global-protect-gateway -> upgrade is unexpected", "17")
    box.before += [
        once("<request><global-protect-gateway><info/>", box.updates, times=9),
        once("<request><global-protect-gateway><upgrade>", unknown, times=9),
    ]
    verdict = go(type="gp_data_file")
    assert verdict.outcome is Outcome.REFUSED
    assert "has no command for it" in verdict.message


# The two packages of applications.


def test_two_packages_of_one_version(go, box) -> None:
    box.content["8908-9030"] = {
        "downloaded": False,
        "released": "2026/11/20 11:00:00 PST",
        "files": "panupv2-all-apps-",
    }
    assert go(package="apps_and_threats").result["version"] == "8907-9021"
    verdict = go(package="apps")
    assert verdict.result["filename"] == "panupv2-all-apps-8908-9030"


# How old it has to be.


@pytest.mark.parametrize(("days", "version"), [(0.5, "8907-9021"), (7, "8904-9010"), (8.5, "8900-9000")])
def test_the_newest_that_is_old_enough_by_the_clock_of_the_device(go, box, days, version) -> None:
    box.installed = "0"
    verdict = go(min_age_days=days)
    assert verdict.result["version"] == version
    # What the device takes for the latest may be younger.
    assert "<latest/>" not in "".join(box.commands)


def test_nothing_is_old_enough(go, box) -> None:
    verdict = go(min_age_days=365)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "no content update that is 365 days old; the newest, 8907-9021, was released on" in verdict.message


def test_an_unknown_day_is_not_old(go, box) -> None:
    for entry in box.content.values():
        entry["released"] = "unknown"
    assert go(min_age_days=1).outcome is Outcome.NOTHING_TO_DO
    assert box.jobs == []


# Downloaded, reverted.


def test_only_download(go, box) -> None:
    verdict = go(state="downloaded")
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "has content 8907-9021 downloaded. Installed now: 8900-9000." in verdict.message
    assert go(state="downloaded").outcome is Outcome.NOTHING_TO_DO
    assert len(box.jobs) == 1


def test_revert(go, box) -> None:
    go()
    verdict = go(state="reverted")
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert box.installed == "8900-9000"
    assert verdict.jobs[0].operation == "panos.content_revert"
    assert len(box.sent("<downgrade>")) == 1
    assert go(state="reverted", version="8900-9000").outcome is Outcome.NOTHING_TO_DO


def test_what_cannot_be_reverted(go, box) -> None:
    verdict = go(state="reverted", version="8904-9010")
    assert verdict.outcome is Outcome.REFUSED
    assert "cannot go back to content 8904-9010" in verdict.message
    box.previous = ""
    assert "no previous content version" in go(state="reverted").message


# No update, busy.


def test_no_update_available_is_nothing_to_do(go, box) -> None:
    """Trap 18: an error without a code, at the check and at the download."""
    box.before.append(once(CHECK, error("No update available")))
    assert go().outcome is Outcome.SUCCEEDED
    box.installed = "8900-9000"
    box.content["8999-9999"] = {"downloaded": False, "released": "2026/11/20 12:00:00 PST"}
    box.before.append(once(DOWNLOAD, error("No update available"), times=9))
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "No update available" in verdict.message


def test_a_version_by_name_that_the_device_does_not_get(go, box) -> None:
    box.content["8999-9999"] = {"downloaded": False, "released": "2026/11/20 12:00:00 PST"}
    box.before.append(once(DOWNLOAD, error("No update available"), times=9))
    verdict = go(version="8999-9999")
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, False)
    assert "No update available, but nothing was done." in verdict.message
    assert box.installed == "8900-9000"


@pytest.mark.parametrize(
    ("beginning", "text"),
    [
        (DOWNLOAD, "Another download is in progress. Please try again later"),
        (INSTALL, "Another install is in progress. Please try again later"),
        (INSTALL, "A commit is in progress."),
        (INSTALL, "There are pending jobs in the commit task queue"),
    ],
)
def test_busy_is_waited_for(go, box, beginning, text) -> None:
    """Traps 27 and 36."""
    box.before.append(once(beginning, error(text), times=3))
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(box.sent(beginning)) == 4


def test_busy_is_named_where_it_is_not_waited_for(go, box) -> None:
    """Trap 27."""
    box.user = "bob"
    box.start("Downld", lambda: None)
    box.user = "app"
    box.before.append(once(DOWNLOAD, error("Another download is in progress. Please try again later"), times=9))
    verdict = go(wishes={"wait_for_idle": False})
    assert verdict.outcome is Outcome.REFUSED
    assert verdict.refusal["reason"] == "busy"
    assert "Downld job 1 by bob" in verdict.message


def test_somebody_else_downloads_it_meanwhile(go, box) -> None:
    """What is in the list then is not downloaded once more."""

    def other(_command):
        box.content["8907-9021"]["downloaded"] = True

    box.before.append(once(DOWNLOAD, error("Another download is in progress"), effect=other))
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(box.sent(DOWNLOAD)) == 1
    assert [job.operation for job in verdict.jobs] == ["panos.content_install"]


# Exactly once, without a token.


def test_a_lost_answer_is_found_by_type_and_time(go, box) -> None:
    """Trap 25 for jobs without a description."""

    def starts(command):
        box.answer(command)

    box.before += [once(DOWNLOAD, dropped, effect=starts), once(INSTALL, dropped, effect=starts)]
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [job["type"] for job in box.jobs] == ["Downld", "Content"]
    assert [job.handle.id for job in verdict.jobs] == ["1", "2"]


def test_a_job_that_runs_in_a_list_that_began_anew_is_not_started_twice(go, box) -> None:
    """Traps 10 and 25: configd was restarted, so that older jobs cannot be told from newer ones any more."""
    left = "<job><type>Failed-Job</type><details><line>job failed because of configd restart</line></details></job>"

    def starts(command):
        box.answer(command)
        box.before.append(lambda asked: ok(left + box.record(box.jobs[-1])) if "<all/>" in asked else None)

    box.before.append(once(INSTALL, dropped, effect=starts))
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [job["type"] for job in box.jobs] == ["Downld", "Content"]


def test_a_request_that_never_arrived_is_repeated(go, box) -> None:
    box.before.append(once(DOWNLOAD, dropped))
    assert go().outcome is Outcome.SUCCEEDED
    assert [job["type"] for job in box.jobs] == ["Downld", "Content"]


def test_a_job_in_flight_is_adopted(go, box) -> None:
    go(wishes={"wait": False})
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [job.adopted for job in verdict.jobs] == [True, False]
    assert [job["type"] for job in box.jobs] == ["Downld", "Content"]


def test_an_adopted_download_of_something_else(go, box) -> None:
    """Nothing tells what a download is of: it is waited for, and then what is wanted is still to be done."""
    box.start("Downld", lambda: None)
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [job.adopted for job in verdict.jobs] == [True, False, False]
    assert box.installed == "8907-9021"


def test_an_adopted_job_that_fails_does_not_fail_the_task(go, box) -> None:
    box.ends = [("FAIL", "cannot reach the server")]
    box.start("Downld", lambda: None)
    assert go().outcome is Outcome.SUCCEEDED


def test_the_job_of_somebody_else_is_not_adopted(go, box) -> None:
    box.user = "bob"
    box.start("Downld", lambda: None)
    box.user = "app"
    assert [job.adopted for job in go().jobs] == [False, False]


# How jobs end.


def test_a_failed_download_fails_the_task(go, box) -> None:
    box.ends = [("FAIL", "Failed to download due to server error")]
    verdict = go()
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert "Failed to download due to server error" in verdict.message


def test_a_download_that_has_no_effect(go, box) -> None:
    box.fetch = lambda command: lambda: None
    verdict = go()
    assert verdict.outcome is Outcome.FAILED
    assert "content 8907-9021 is not downloaded" in verdict.message


def test_an_install_that_has_no_effect(go, box) -> None:
    box.install = lambda command: lambda: None
    verdict = go()
    assert verdict.outcome is Outcome.FAILED
    assert "has content 8900-9000 installed and not 8907-9021" in verdict.message


def test_a_job_that_is_gone_is_judged_by_its_effect(go, box) -> None:
    """Trap 30."""

    def forget(_command):
        box.settle()
        box.time.now += box.duration
        box.settle()
        box.jobs.clear()

    box.before.append(once("<show><jobs><id>2", error("job 2 not found", "7"), times=99, effect=forget))
    box.before.append(once("<show><jobs><id>1", error("job 1 not found", "7"), times=99, effect=forget))
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert {job.vendor_state for job in verdict.jobs} == {"gone"}
    assert "knows the job no more, but what it was for has been done" in verdict.jobs[0].messages[0]


def test_a_job_that_was_lost_in_a_restart_is_begun_again(go, box) -> None:
    """Traps 11 and 30: ids start again, and nothing was done."""
    box.duration = 60

    def boot(_command):
        box.boot()
        return

    box.before.append(once("<show><jobs><id>1", None, effect=lambda command: None))
    jobs = []

    def crash(command):
        if command.startswith("<show><jobs><id>1") and not jobs and box.jobs[0]["type"] == "Downld":
            if len(box.sent("<show><jobs><id>1")) < 3:
                return None
            jobs.extend(box.jobs)
            box.boot()
            return dropped()
        return None

    box.before.append(crash)
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert box.installed == "8907-9021"
    assert len(box.sent(DOWNLOAD)) == 2
    assert verdict.polling.outages >= 1


# Handles.


def test_a_handle_tells_a_later_process_what_to_verify(go, client, box) -> None:
    handle = go(wishes={"wait": False}).job.handle
    assert handle.options == {"type": "content", "version": "8907-9021", "before": "8900-9000", "latest": "yes"}
    verdict = lifecycle.run(
        OPERATIONS["panos.content_download"](client), Wishes(timing=TIMING, handle=handle), box.time.world
    )
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["downloaded"]
    assert verdict.result["version"] == "8900-9000"
    assert len(box.jobs) == 1


def test_a_handle_whose_job_did_nothing(go, client, box) -> None:
    handle = go(wishes={"wait": False}).job.handle
    box.jobs[0]["effect"] = lambda: None
    verdict = lifecycle.run(
        OPERATIONS["panos.content_download"](client), Wishes(timing=TIMING, handle=handle), box.time.world
    )
    assert verdict.outcome is Outcome.FAILED
    assert "is not downloaded" in verdict.message


def test_a_handle_alone_submits_nothing(client) -> None:
    with pytest.raises(errors.Refused, match="a handle alone"):
        ContentInstall(client).submit()


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("panos.content_revert", "panos.content_revert"),
        ("panos.commit", "panos.content_install"),
        (None, "panos.content_install"),
    ],
)
def test_the_operation_of_a_handle(operation, name) -> None:
    params = {"handle": {"operation": operation}, "host": "fw1", "port": 443, "api_key": "k", "request_timeout": 30}
    params.update(dict.fromkeys(("username", "password", "target", "ca_path", "client_cert", "client_key")))
    params["validate_certs"] = True
    assert from_handle(params, lambda secrets: None).name == name


# Check mode, options.


def test_check_mode_tells_what_would_be_done(go, box) -> None:
    verdict = go(wishes={"check_mode": True, "diff": True})
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "content 8907-9021 is to be downloaded and installed" in verdict.message
    assert verdict.diff == {"before": "content 8900-9000\n", "after": "content 8907-9021\n"}
    assert verdict.result["version"] == "8900-9000"
    assert box.jobs == []


def test_diff_mode_shows_what_was_done(go) -> None:
    assert go(wishes={"diff": True}).diff == {"before": "content 8900-9000\n", "after": "content 8907-9021\n"}
    assert go(wishes={"diff": True}).diff is None


@pytest.mark.parametrize(
    ("options", "expect"),
    [
        ({"min_age_days": -1}, "min_age_days"),
        ({"min_age_days": float("nan")}, "min_age_days"),
        ({"min_age_days": 7, "version": "8904-9010"}, "min_age_days"),
        ({"min_age_days": 7, "state": "reverted"}, "min_age_days"),
        ({"type": "antivirus", "package": "apps"}, "package"),
        ({"version": "newest"}, "version"),
    ],
)
def test_options_that_make_no_sense(options, expect) -> None:
    with pytest.raises(errors.BadInput, match=f"^{expect}: "):
        ContentOptions(**options)


def test_each_kind_has_its_commands(go, box) -> None:
    for name, kind in KINDS.items():
        box.tag = kind.tag
        box.commands.clear()
        box.before = [once(f"<request><{kind.tag}><info/>", box.updates, times=9)]
        go(type=name, wishes={"check_mode": True})
        assert box.sent(f"<request><{kind.tag}><upgrade><check/>")
    assert ok() == '<response status="success"><result></result></response>'


def test_a_device_too_busy_to_look_for_updates_is_waited_for(go, box) -> None:
    box.before.append(once(CHECK, error("Another download is in progress. Please try again later."), times=3))
    assert go(wishes={"wait_for_idle": False}).refusal["reason"] == "busy"
    verdict = go()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(box.sent(CHECK)) == 4
