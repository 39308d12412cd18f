# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._jobs.inquiry import Inquiry
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Outcome
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc import backup
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.files import found, listed
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.status_info import info_from_options
from ansible_collections.netops.jobs.tests.unit.sbc_box import GONE, LOST, TIMING, answer, error, slot

MANAGEMENT = "/configuration/management"
WHERE = "https://sbc1.example.com:443"


class TestTheList:
    @pytest.mark.parametrize(
        "data",
        [
            "<file><name>a.gz</name><size>12</size></file><file><name>b.gz</name></file>",
            "<fileName>a.gz</fileName><fileName>/code/bkups/b.gz</fileName>",
            "<files>a.gz\nb.gz\n</files>",
            "<files><file>a.gz</file><file>b.gz</file></files>",
            "a.gz\n b.gz",
        ],
    )
    def test_in_any_form(self, client, sbc, data) -> None:
        sbc.on("GET", "/files", (200, answer(data)))
        assert listed(client) == ["a.gz", "b.gz"]

    # Trap 14.
    @pytest.mark.parametrize("data", ["", "<files/>", "<file><name/></file>"])
    def test_that_is_empty(self, client, sbc, data) -> None:
        sbc.on("GET", "/files", (200, answer(data)))
        assert listed(client) == []
        sbc.on("GET", "/files", (200, "<response><messages/></response>"))
        assert listed(client) == []

    def test_a_name_to_which_the_sbc_has_added_its_own_end(self) -> None:
        assert found(["a", "a.gz"], "a") == "a"
        assert found(["a.gz"], "a") == "a.gz"
        assert found(["a.gz"], "a.gz") == "a.gz"
        assert found(["a"], "a.gz") is None


class TestPresent:
    def test_it_is_written(self, run, sbc) -> None:
        verdict = run.backup("nightly")
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
        assert verdict.message == f"The running configuration of {WHERE} was written to nightly."
        assert verdict.result == {
            "file": "nightly",
            "operation": "backup",
            "status": "success",
            "confirmed_by": "seen_running",
            "additional_info": None,
        }
        assert sbc.submitted == [{"action": "backup", "backupSource": "running", "filename": "nightly"}]
        assert sbc.lock is None

    def test_it_is_there_already(self, run, sbc) -> None:
        sbc.files = ["nightly"]
        verdict = run.backup("nightly")
        assert (verdict.outcome, verdict.changed, sbc.submitted) == (Outcome.NOTHING_TO_DO, False, [])
        assert verdict.message == f"{WHERE} has a backup file nightly already; nothing was written."
        assert "lock" not in sbc.named()

    def test_it_appears_before_the_lock_is_ours(self, run, sbc) -> None:
        sbc.before("lock", lambda: sbc.files.append("nightly"))
        verdict = run.backup("nightly")
        assert (verdict.outcome, sbc.submitted, sbc.lock) == (Outcome.NOTHING_TO_DO, [], None)
        assert "already" in verdict.message

    def test_it_appears_in_the_last_moment(self, run, sbc) -> None:
        sbc.runs["backup"] = (slot("backup", "fail", "<errorMessage>file exists</errorMessage>"),)
        assert run.backup("nightly").outcome is Outcome.FAILED

    def test_an_sbc_that_adds_its_own_end_to_the_name(self, run, sbc) -> None:
        sbc.suffix = ".gz"
        verdict = run.backup("nightly")
        assert (verdict.outcome, verdict.result["file"]) == (Outcome.SUCCEEDED, "nightly.gz")
        again = run.backup("nightly")
        assert (again.outcome, len(sbc.submitted)) == (Outcome.NOTHING_TO_DO, 1)
        assert "nightly.gz already" in again.message

    def test_a_success_without_a_file_is_none(self, run, sbc) -> None:
        sbc.before("slot", sbc.files.clear, skip=2)
        verdict = run.backup("nightly")
        assert verdict.outcome is Outcome.FAILED
        assert "does not list the file nightly" in verdict.message

    # Trap 3.
    def test_somebody_elses_status_does_not_matter_when_the_file_is_there(self, run, sbc) -> None:
        sbc.runs["backup"] = (slot("backup", "inProgress"), slot("save", "fail"))
        verdict = run.backup("nightly")
        assert verdict.outcome is Outcome.SUCCEEDED
        assert (verdict.result["confirmed_by"], verdict.result["status"]) == ("file", "")
        assert verdict.job.vendor_state == "file is there"

    def test_a_lock_that_is_lost_does_not_matter_when_the_file_is_there(self, run, sbc) -> None:
        sbc.before("slot", sbc.tokens.clear, skip=1)
        assert run.backup("nightly").outcome is Outcome.SUCCEEDED

    def test_a_renewal_that_lost_the_lock_does_not_matter_when_the_file_is_there(self, run, sbc) -> None:
        sbc.renewal_field = "another"
        sbc.runs["backup"] = [slot("backup", "inProgress")] * 75 + [slot("backup", "success")]
        assert run.backup("nightly").outcome is Outcome.SUCCEEDED

    # Trap 4.
    def test_its_answer_was_lost(self, run, sbc) -> None:
        """A second one would fail on the name."""
        sbc.on("POST", f"{MANAGEMENT}?action=backup", LOST)
        sbc.runs["backup"] = (slot("backup", "success"),)
        sbc.shows = [slot("backup", "success")]
        verdict = run.backup("nightly")
        assert (verdict.outcome, len(sbc.submitted)) == (Outcome.SUCCEEDED, 1)

    # Trap 16.
    def test_version_1_0_has_none(self, run, sbc) -> None:
        sbc.versions = ["v1.0"]
        verdict = run.backup("nightly")
        assert verdict.outcome is Outcome.REFUSED
        assert "speaks v1.0 of the API, which has no backup. It came with v1.1 (release 8.3)" in verdict.message
        assert {one.path for one in sbc.asked} == {"/auth/token"}

    def test_check_mode_only_reads(self, run, sbc) -> None:
        verdict = run.backup("nightly", check_mode=True)
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
        assert f"The running configuration of {WHERE} would be written to nightly." in verdict.message
        sbc.files = ["nightly"]
        assert run.backup("nightly", check_mode=True).outcome is Outcome.NOTHING_TO_DO
        assert {one.method for one in sbc.asked if one.path != "/auth/token"} == {"GET"}


class TestAbsent:
    def test_it_is_deleted(self, run, sbc) -> None:
        sbc.files = ["nightly", "other"]
        verdict = run.backup("nightly", "absent")
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
        assert verdict.message == f"nightly was deleted on {WHERE}."
        assert verdict.result == {"file": "nightly"}
        assert (sbc.files, sbc.lock) == (["other"], None)

    def test_under_the_name_that_the_sbc_made_of_it(self, run, sbc) -> None:
        sbc.files = ["nightly.gz"]
        assert run.backup("nightly", "absent").result == {"file": "nightly.gz"}
        assert sbc.files == []

    def test_it_is_not_there(self, run, sbc) -> None:
        verdict = run.backup("nightly", "absent")
        assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
        assert verdict.message == f"{WHERE} has no backup file nightly."

    @pytest.mark.parametrize("moment", ["lock", "files"])
    def test_it_goes_meanwhile(self, run, sbc, moment) -> None:
        sbc.files = ["nightly"]
        sbc.before(moment, sbc.files.clear, skip=int(moment == "files"))
        assert run.backup("nightly", "absent").outcome is Outcome.NOTHING_TO_DO
        assert sbc.lock is None

    # Trap 4.
    @pytest.mark.parametrize("lost", [LOST, GONE])
    def test_its_answer_was_lost(self, run, sbc, lost) -> None:
        sbc.files = ["nightly"]
        sbc.on("DELETE", "/files", lost)
        verdict = run.backup("nightly", "absent")
        assert (verdict.outcome, verdict.changed, sbc.files) == (Outcome.SUCCEEDED, True, [])

    def test_its_answer_was_lost_and_the_lock_with_it(self, run, sbc) -> None:
        sbc.files = ["nightly"]
        sbc.on("DELETE", "/files", LOST)
        sbc.before("files", sbc.tokens.clear, skip=3)
        verdict = run.backup("nightly", "absent")
        assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)

    def test_it_is_refused(self, run, sbc) -> None:
        sbc.files = ["nightly"]
        sbc.on("DELETE", "/files", error(400, "in use"))
        verdict = run.backup("nightly", "absent")
        assert (verdict.outcome, verdict.changed, sbc.lock) == (Outcome.REFUSED, False, None)

    def test_check_mode_only_reads(self, run, sbc) -> None:
        sbc.files = ["nightly"]
        verdict = run.backup("nightly", "absent", check_mode=True)
        assert (verdict.outcome, verdict.changed, sbc.files) == (Outcome.SUCCEEDED, True, ["nightly"])
        assert f"nightly would be deleted on {WHERE}." in verdict.message


class TestOptions:
    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"file": None}, "file"),
            ({"file": "../x"}, "without a path"),
            ({"file": "a b"}, "file"),
            ({"state": "absent", "wait": False}, "wait"),
        ],
    )
    def test_bad_ones_are_named(self, options, sbc, more, says) -> None:
        with pytest.raises(BadInput, match=says):
            backup.plan_from_options({**options, "file": "x", "state": "present", "source": "saved", **more}, print)
        assert not sbc.asked

    @pytest.mark.parametrize("state", ["present", "absent"])
    def test_a_plan(self, options, sbc, state) -> None:
        plan = backup.plan_from_options({**options, "file": "x", "state": state, "source": "saved"}, print)
        assert plan.name == "oracle_sbc.backup"


class TestInfo:
    @pytest.fixture
    def inquiry(self, fake) -> Inquiry:
        return Inquiry("x", TIMING, fake.world, started=fake.now, changes_device=False)

    def test_files(self, options, sbc, inquiry) -> None:
        sbc.files = ["b", "a"]
        assert backup.list_from_options(options, print, inquiry) == {
            "msg": f"{WHERE} has 2 backup files.",
            "files": ["a", "b"],
        }

    def test_status(self, options, sbc, inquiry) -> None:
        sbc.shows = [slot("save", "fail", "<errorMessage>x</errorMessage>")]
        found = info_from_options({**options, "system_status": True}, print, inquiry)
        assert found["msg"] == f"The last asynchronous request on {WHERE}, whoever made it: save fail."
        assert found["async_status"] == {
            "operation": "save",
            "status": "fail",
            "error_message": "x",
            "additional_info": None,
        }
        assert found["system_status"]["hostName"] == "PRIMARY"
        assert found["api_version"] == "v1.2"
        assert {one.method for one in sbc.asked[1:]} == {"GET"}

    def test_nothing_ever_ran(self, options, sbc, inquiry) -> None:
        found = info_from_options({**options, "system_status": False}, print, inquiry)
        assert found["async_status"]["operation"] is None
        assert found["system_status"] is None
