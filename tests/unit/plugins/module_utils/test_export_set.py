# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import importlib
import json
import pathlib
import stat

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._export_set.books import run
from ansible_collections.netops.jobs.plugins.module_utils._export_set.kinds import KINDS
from ansible_collections.netops.jobs.plugins.module_utils._export_set.manifests import FORMAT
from ansible_collections.netops.jobs.plugins.modules import export_set
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask

CONFIG = {"name": "running", "kind": "panos_export", "options": {"category": "configuration"}}
TRAFFIC = {"name": "traffic", "kind": "panos_log_export", "options": {"log_type": "traffic", "format": "csv"}}
SUPPORT = {"name": "support", "kind": "panos_export", "options": {"category": "tech-support"}}
BACKUP = {"name": "config", "kind": "oracle_sbc_backup", "options": {}}


SUBMITTED = "2026-11-22T01:00:00Z"


def handle(number="7", operation="panos.log_export"):
    return {"version": 1, "operation": operation, "endpoint": "https://fw1:443", "id": number, "fingerprint": {}}


class Sets:
    """Runs the module on sets below a folder."""

    def __init__(self, root):
        self.root = root
        self.warnings = []

    def run(self, state, *, check_mode=False, **params):
        given = {
            "state": state,
            "root": str(self.root),
            "set": "nightly",
            "date": "2026-11-22",
            "host": "fw1",
            **params,
        }
        arguments = export_set.ARGUMENTS["argument_spec"]
        defaults = {name: option.get("default") for name, option in arguments.items()}
        task = FakeTask(check_mode=check_mode, **{**defaults, **given})
        task.warn = self.warnings.append
        return run(task)

    def plan(self, *exports, **more):
        return self.run("planned", exports=[{"extension": None, **export} for export in exports], **more)

    def record(self, *results, **more):
        return self.run("recorded", results=list(results), **more)

    def merge(self, *hosts, **more):
        return self.run("merged", hosts=list(hosts), **more)

    @property
    def folder(self):
        return self.root / "nightly" / "2026-11-22" / "fw1"

    def write(self, name, content="a,b\n1,2\n"):
        """Write the file of an export, and return the result of the task that did."""
        path = self.folder / name
        path.write_text(content)
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        return {"path": str(path), "size": len(content), "sha256": sha256, "count": 1}

    def done(self, export, name, **more):
        result = {"ansible_loop_var": "one", "one": {"name": export["name"]}, "outcome": "succeeded", "msg": "Well."}
        return self.record({**result, "job": {"handle": None}, "result": self.write(name), **more})

    def log(self, name, *records):
        place = self.folder / ".progress" / name
        with place.open("a") as log:
            log.writelines(json.dumps(record) + "\n" for record in records)
        return place

    def old(self, name, *, complete=True, host="fw1", **more):
        """Put a set there that an earlier run has made; return its folder."""
        folder = self.root / "nightly" / name
        (folder / host).mkdir(parents=True)
        (folder / host / "log.csv").write_text("1")
        (folder / host / "manifest.json").write_text("{}")
        entry = {"host": host, "name": "log", "outcome": "succeeded", "files": [{"path": f"{host}/log.csv"}]}
        manifest = {
            "format": FORMAT,
            "version": 1,
            "set": "nightly",
            "date": name,
            "hosts": [host],
            "complete": complete,
            "started_at": f"{name}T01:00:00Z",
            "finished_at": f"{name}T02:00:00Z",
            "exports": [entry],
            **more,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder


@pytest.fixture
def sets(tmp_path):
    return Sets(tmp_path / "root")


def outcomes(result):
    return {entry["name"]: entry["outcome"] for entry in result["exports"]}


def names(result):
    return [export["name"] for export in result["missing"]]


class TestPlan:
    def test_a_new_set(self, sets):
        plan = sets.plan(CONFIG, TRAFFIC)
        assert names(plan) == ["running", "traffic"]
        assert plan["missing"][0]["dest"] == str(sets.folder / "running.xml")
        assert plan["missing"][1]["dest"] == str(sets.folder / "traffic.csv")
        assert plan["running"] == []
        assert stat.S_IMODE(sets.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((sets.folder / "manifest.json").stat().st_mode) == 0o600

    def test_what_is_there_is_not_asked_for_again(self, sets):
        sets.plan(CONFIG, TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        plan = sets.plan(CONFIG, TRAFFIC)
        assert names(plan) == ["running"]
        assert outcomes(plan) == {"running": "pending", "traffic": "succeeded"}

    @pytest.mark.parametrize("spoil", ["change", "remove", "link"])
    def test_a_file_that_is_not_as_it_was_is_missing(self, sets, spoil):
        sets.plan(TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        file = sets.folder / "traffic.csv"
        if spoil == "change":
            file.write_text("cut")
        else:
            file.rename(sets.folder / "other.csv")
            if spoil == "link":
                file.symlink_to(sets.folder / "other.csv")
        assert names(sets.plan(TRAFFIC)) == ["traffic"]

    def test_other_options_make_another_export(self, sets):
        sets.plan(TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        assert names(sets.plan({**TRAFFIC, "options": {"log_type": "threat", "format": "csv"}})) == ["traffic"]

    def test_nor_is_the_job_of_the_other_options_taken_for_it(self, sets):
        sets.plan(TRAFFIC)
        log = sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        threat = {**TRAFFIC, "options": {"log_type": "threat", "format": "csv"}}
        # Twice, as after a wait for the jobs of other exports.
        for _time in range(2):
            plan = sets.plan(threat)
            assert (names(plan), plan["running"]) == (["traffic"], [])
        # Its job is not forgotten without a word.
        (warning,) = sets.warnings
        assert "traffic" in warning
        assert json.dumps(handle()) in warning
        # From now on the log is that of the new job.
        log.write_text(json.dumps({"event": "submitted", "time": SUBMITTED, "handle": handle("8")}) + "\n")
        assert sets.plan(threat)["running"] == [{"name": "traffic", "handle": handle("8")}]

    def test_a_check_leaves_the_job_of_the_other_options_alone(self, sets):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        sets.plan({**TRAFFIC, "options": {"log_type": "threat"}}, check_mode=True)
        assert sets.plan(TRAFFIC)["running"] == [{"name": "traffic", "handle": handle()}]

    def test_the_job_of_an_export_that_is_not_declared_any_more_is_not_taken_later(self, sets):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        sets.plan(CONFIG)
        assert json.dumps(handle()) in sets.warnings[0]
        for _time in range(2):
            assert names(sets.plan(CONFIG, TRAFFIC)) == ["running", "traffic"]
        assert len(sets.warnings) == 1

    def test_what_has_spoiled_is_not_taken_from_the_job_of_before(self, sets):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        file = sets.write("traffic.csv")
        sets.log("-traffic.jsonl", {"event": "collected", "time": SUBMITTED, "handle": handle(), "file": file})
        assert outcomes(sets.plan(TRAFFIC)) == {"traffic": "succeeded"}
        sets.write("traffic.csv", "cut")
        for _time in range(2):
            assert names(sets.plan(TRAFFIC)) == ["traffic"]
        assert sets.warnings == []

    def test_batches_keep_to_the_limits(self, sets):
        many = [{**TRAFFIC, "name": f"log{number}"} for number in range(5)]
        plan = sets.plan(CONFIG, SUPPORT, *many, limits={"panos_log_export": 2})
        assert [export["batch"] for export in plan["missing"]] == [0, 1, 0, 0, 1, 1, 2]
        assert plan["steps"][:3] == [(0, "panos_export"), (0, "panos_log_export"), (1, "panos_export")]

    @pytest.mark.parametrize("limits", [{"panos_commit": 1}, {"panos_export": 0}, {"panos_export": "many"}])
    def test_limits_that_make_no_sense(self, sets, limits):
        result = sets.plan(CONFIG, limits=limits)
        assert result["failed"]
        assert result["msg"].startswith("limits: ")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": "../../etc/passwd"},
            {"name": ".progress"},
            {"name": "a/b"},
            {"name": "running\n"},
            {"name": "manifest", "extension": "json"},
            {"extension": "../x"},
            {"options": {"category": "configuration", "dest": "/etc/passwd"}},
            {"options": {"categry": "configuration"}},
        ],
    )
    def test_exports_that_are_refused(self, sets, wrong):
        result = sets.plan({**CONFIG, **wrong})
        assert result["refusal"]["reason"] == "bad_input"
        assert result["msg"].startswith("exports, entry 1")

    def test_two_exports_of_one_name(self, sets):
        assert "more than once" in sets.plan(CONFIG, CONFIG)["msg"]

    @pytest.mark.parametrize("name", ["set", "date", "host"])
    @pytest.mark.parametrize("value", ["..", "", "a/b", ".hidden", "manifest.json"])
    def test_names_that_lead_elsewhere(self, sets, name, value):
        assert sets.plan(CONFIG, **{name: value})["msg"].startswith(f"{name}: ")

    @pytest.mark.parametrize("place", ["nightly", "nightly/2026-11-22", "nightly/2026-11-22/fw1"])
    def test_nothing_is_written_through_a_link(self, sets, tmp_path, place):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        link = sets.root / place
        link.parent.mkdir(parents=True)
        link.symlink_to(elsewhere)
        assert "is a link" in sets.plan(CONFIG)["msg"]
        assert list(elsewhere.iterdir()) == []

    def test_nor_through_one_that_stands_for_the_folder_of_an_export(self, sets, tmp_path):
        local = {"name": "local", "kind": "scm_config_export", "options": {"devices": ["1"]}}
        sets.folder.mkdir(parents=True)
        (sets.folder / "local").symlink_to(tmp_path)
        assert "is a link" in sets.plan(local)["msg"]

    def test_the_root_may_be_a_link(self, sets, tmp_path):
        (tmp_path / "disk").mkdir()
        sets.root.symlink_to(tmp_path / "disk")
        assert names(sets.plan(CONFIG)) == ["running"]
        assert (tmp_path / "disk/nightly/2026-11-22/fw1/manifest.json").is_file()

    @pytest.mark.parametrize("content", ["{}", "no JSON", '{"format": "netops.jobs export set", "version": 2}'])
    def test_what_is_no_manifest_of_ours_is_not_overwritten(self, sets, content):
        sets.folder.mkdir(parents=True)
        (sets.folder / "manifest.json").write_text(content)
        assert "is no manifest" in sets.plan(CONFIG)["msg"]
        assert (sets.folder / "manifest.json").read_text() == content

    def test_check_mode_writes_nothing(self, sets):
        plan = sets.plan(CONFIG, check_mode=True)
        assert names(plan) == ["running"]
        assert not sets.root.exists()
        assert pathlib.Path(plan["missing"][0]["dest"]).parent.is_dir()

    def test_a_backup_that_stays_where_it_is_has_a_name_of_its_own(self, sets):
        assert sets.plan(BACKUP)["missing"][0]["options"] == {"file": "nightly-2026-11-22-config.gz"}
        named = {**BACKUP, "options": {"file": "mine.gz", "source": "saved"}}
        assert sets.plan(named)["missing"][0]["options"] == named["options"]


class TestAfterAKill:
    """What a run finds that comes after one that was killed."""

    def test_a_job_in_flight_is_waited_for(self, sets):
        log = sets.plan(TRAFFIC)["missing"][0]["progress_log"]
        assert log == str(sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()}))
        plan = sets.plan(TRAFFIC)
        assert names(plan) == []
        assert plan["running"] == [{"name": "traffic", "handle": handle()}]

    def test_a_line_that_was_cut_off_is_passed_over(self, sets):
        sets.plan(TRAFFIC)
        log = sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        with log.open("a") as file:
            file.write('{"event": "observed", "handle": {"id": "8"')
        assert sets.plan(TRAFFIC)["running"][0]["handle"] == handle()

    def test_a_submission_that_left_no_handle_is_made_again(self, sets):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "waiting", "time": SUBMITTED})
        assert names(sets.plan(TRAFFIC)) == ["traffic"]

    @pytest.mark.parametrize("log", ["-traffic.jsonl", "wait.jsonl"])
    def test_what_was_fetched_and_not_written_down_is_done(self, sets, log):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "submitted", "time": "2026-11-22T01:00:00Z", "handle": handle()})
        file = sets.write("traffic.csv")
        ended = {"event": "collected", "time": "2026-11-22T01:00:10Z", "handle": handle(), "file": file}
        sets.log(log, ended)
        plan = sets.plan(TRAFFIC)
        assert (names(plan), plan["running"]) == ([], [])
        entry = plan["exports"][0]
        assert entry["outcome"] == "succeeded"
        assert entry["files"] == [{"path": "traffic.csv", "rows": 1, "bytes": file["size"], "sha256": file["sha256"]}]
        assert entry["seconds"] == 10
        assert names(sets.plan(TRAFFIC)) == []

    def test_another_job_has_fetched_nothing_for_it(self, sets):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        file = sets.write("traffic.csv")
        sets.log("wait.jsonl", {"event": "collected", "time": SUBMITTED, "handle": handle("8"), "file": file})
        assert len(sets.plan(TRAFFIC)["running"]) == 1

    def test_nor_has_one_whose_file_is_another_by_now(self, sets):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        file = sets.write("traffic.csv")
        sets.write("traffic.csv", "other")
        sets.log("wait.jsonl", {"event": "collected", "time": SUBMITTED, "handle": handle(), "file": file})
        assert len(sets.plan(TRAFFIC)["running"]) == 1

    def test_a_lost_job_is_started_again_and_its_log_forgotten(self, sets):
        sets.plan(TRAFFIC)
        log = sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        sets.plan(TRAFFIC)
        sets.record({"outcome": "lost", "msg": "Gone.", "job": {"handle": handle()}})
        assert not log.exists()
        assert names(sets.plan(TRAFFIC)) == ["traffic"]

    @pytest.mark.parametrize("outcome", ["timed_out", "unreachable"])
    def test_one_that_may_still_run_is_waited_for_by_the_next_run(self, sets, outcome):
        sets.plan(TRAFFIC)
        log = sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        sets.plan(TRAFFIC)
        result = sets.record({"outcome": outcome, "msg": "Not yet.", "job": {"handle": handle()}})
        assert result["running"] == []
        assert sets.merge("fw1")["open_handles"] == [handle()]
        log.unlink()
        assert sets.plan(TRAFFIC)["running"] == [{"name": "traffic", "handle": handle()}]

    def test_why_it_is_not_there_yet_stays_known_until_something_else_is(self, sets):
        sets.plan(TRAFFIC)
        sets.log("-traffic.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": handle()})
        sets.plan(TRAFFIC)
        sets.record({"outcome": "timed_out", "msg": "Not yet.", "job": {"handle": handle()}})
        # As a run does that has waited for what an earlier one left, to see what is missing now.
        sets.plan(TRAFFIC)
        assert [entry["msg"] for entry in sets.merge("fw1")["failed_exports"]] == ["Not yet."]

    def test_a_backup_of_an_sbc_is_asked_for_again(self, sets):
        sets.plan(BACKUP)
        slot = handle("backup", "oracle_sbc.backup")
        sets.log("-config.jsonl", {"event": "submitted", "time": SUBMITTED, "handle": slot})
        assert names(sets.plan(BACKUP)) == ["config"]


class TestRecord:
    def test_what_stands_in_the_manifest(self, sets):
        sets.plan(TRAFFIC, address="fw1.example.com")
        job = {
            "operation": "panos.log_export",
            "handle": handle(),
            "submitted_at": "2026-11-22T01:00:00Z",
            "finished_at": "2026-11-22T01:00:30Z",
            "elapsed": 29.5,
        }
        sets.done(TRAFFIC, "traffic.csv", job=job)
        manifest = json.loads((sets.folder / "manifest.json").read_text())
        assert manifest["complete"]
        assert manifest["finished_at"] == "2026-11-22T01:00:30Z"
        (entry,) = manifest["exports"]
        assert entry["source"] == {
            "system": "panos",
            "address": "https://fw1:443",
            "operation": "panos.log_export",
        }
        assert entry["seconds"] == 30
        assert entry["handle"] == handle()
        assert entry["files"][0]["path"] == "traffic.csv"

    def test_files_of_several_devices(self, sets):
        local = {"name": "local", "kind": "scm_config_export", "options": {"devices": ["1", "2"]}}
        sets.plan(local)
        devices = [{"files": [sets.write(f"local/{number}.xml")]} for number in (1, 2)]
        recorded = sets.record({"item": {"name": "local"}, "outcome": "succeeded", "msg": "", "devices": devices})
        assert [file["path"] for file in recorded["exports"][0]["files"]] == ["local/1.xml", "local/2.xml"]
        assert names(sets.plan(local)) == []

    def test_a_file_that_stays_on_the_device(self, sets):
        sets.plan(BACKUP)
        there = {"file": "x.gz"}
        recorded = sets.record({"item": {"name": "config"}, "outcome": "succeeded", "msg": "", "result": there})
        assert recorded["exports"][0]["files"][0]["remote"] == "x.gz"
        assert names(sets.plan(BACKUP)) == []

    def test_one_that_was_there_already(self, sets):
        (export,) = sets.plan(BACKUP)["missing"]
        recorded = sets.record({"item": export, "outcome": "nothing_to_do", "msg": "It is there.", "result": None})
        assert recorded["exports"][0]["files"][0]["remote"] == "nightly-2026-11-22-config.gz"

    def test_one_that_fails_is_named_and_made_again(self, sets):
        sets.plan(CONFIG, TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        # An option that the module does not take: no outcome then.
        sets.record({"item": {"name": "running"}, "failed": True, "msg": "Unsupported parameters"})
        merged = sets.merge("fw1")
        assert not merged["complete"]
        assert merged["counts"] == {"failed": 1, "succeeded": 1}
        assert merged["failed_exports"] == [
            {"host": "fw1", "name": "running", "outcome": "failed", "msg": "Unsupported parameters"}
        ]
        assert names(sets.plan(CONFIG, TRAFFIC)) == ["running"]

    def test_results_of_nothing_that_was_declared(self, sets):
        sets.plan(CONFIG)
        recorded = sets.record({"item": {"name": "other"}, "outcome": "succeeded"}, {"job": {"handle": handle()}}, {})
        assert outcomes(recorded) == {"running": "pending"}

    def test_nothing_was_planned(self, sets):
        assert "Plan the set first" in sets.record()["msg"]


class TestMerge:
    def test_hosts_have_manifests_of_their_own(self, sets):
        sets.plan(TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        sets.plan(TRAFFIC, host="fw2")
        merged = sets.merge("fw1", "fw2")
        assert not merged["complete"]
        manifest = json.loads((sets.folder.parent / "manifest.json").read_text())
        assert manifest["hosts"] == ["fw1", "fw2"]
        assert [entry["host"] for entry in manifest["exports"]] == ["fw1", "fw2"]
        assert manifest["exports"][0]["files"][0]["path"] == "fw1/traffic.csv"

    def test_a_host_without_a_manifest_keeps_the_set_from_being_complete(self, sets):
        sets.plan(TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        assert not sets.merge("fw1", "fw2")["complete"]
        # As another slice of the inventory sees it.
        assert not sets.merge("fw1")["complete"]

    def test_all_is_there(self, sets):
        sets.plan(TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        assert sets.merge("fw1")["complete"]

    def test_what_is_no_manifest_of_ours_is_not_overwritten(self, sets):
        sets.plan(TRAFFIC)
        (sets.folder.parent / "manifest.json").write_text("mine")
        assert "is no manifest" in sets.merge("fw1")["msg"]
        assert (sets.folder.parent / "manifest.json").read_text() == "mine"

    def test_nothing_was_exported_at_all(self, sets):
        merged = sets.merge("fw1")
        assert not merged["complete"]
        assert not sets.root.exists()


class TestPrune:
    @pytest.fixture
    def three(self, sets):
        folders = [sets.old(f"2026-01-0{day}") for day in (1, 2, 3)]
        sets.plan(TRAFFIC)
        sets.done(TRAFFIC, "traffic.csv")
        return folders

    def left(self, folders):
        return [folder.name for folder in folders if folder.exists()]

    def test_nothing_is_removed_unless_told(self, sets, three):
        assert sets.merge("fw1", prune=True)["pruned"] == []
        assert sets.merge("fw1", prune=False, keep=1)["pruned"] == []
        assert len(self.left(three)) == 3

    def test_by_number(self, sets, three):
        merged = sets.merge("fw1", prune=True, keep=2)
        assert merged["changed"]
        assert self.left(three) == ["2026-01-03"]
        assert (sets.folder / "traffic.csv").exists()

    def test_by_age(self, sets, three):
        sets.merge("fw1", prune=True, max_age_days=1)
        assert self.left(three) == []
        assert sets.folder.exists()

    def test_what_either_rule_keeps_stays(self, sets, three):
        sets.merge("fw1", prune=True, keep=2, max_age_days=100000)
        assert len(self.left(three)) == 3
        sets.merge("fw1", prune=True, keep=3, max_age_days=0.01)
        assert self.left(three) == ["2026-01-02", "2026-01-03"]

    @pytest.mark.parametrize("rule", [{"keep": 0}, {"max_age_days": 0.0}])
    def test_the_last_complete_one_stays(self, sets, rule):
        folders = [sets.old(f"2026-01-0{day}") for day in (1, 2)]
        sets.plan(CONFIG)
        merged = sets.merge("fw1", prune=True, **rule)
        assert not merged["complete"]
        assert self.left(folders) == ["2026-01-02"]
        assert sets.folder.exists()

    def test_what_is_not_complete_or_not_ours_stays(self, sets, three):
        others = [
            sets.old("2025-01-01", complete=False),
            sets.old("2025-01-02", format="something else"),
            sets.old("2025-01-03", set="weekly"),
            sets.old("2025-01-04", date="2025-01-05"),
            sets.old("2025-01-07", finished_at="yesterday"),
            sets.old("2025-01-08", exports=[{"files": "all"}]),
        ]
        (sets.root / "nightly" / "2025-01-06").mkdir()
        sets.merge("fw1", prune=True, keep=1)
        assert self.left(three) == []
        assert len(self.left(others)) == len(others)
        assert (sets.root / "nightly" / "2025-01-06").exists()

    def test_no_link_is_followed(self, sets, three, tmp_path):
        outside = tmp_path / "outside"
        three[0].rename(outside)
        three[0].symlink_to(outside)
        (three[1] / "fw1" / "log.csv").unlink()
        (three[1] / "fw1" / "log.csv").symlink_to(outside / "fw1" / "log.csv")
        host = three[2] / "fw1"
        (host / "log.csv").unlink()
        (host / "manifest.json").unlink()
        host.rmdir()
        host.symlink_to(outside / "fw1")
        sets.merge("fw1", prune=True, keep=1)
        assert (outside / "fw1" / "log.csv").read_text() == "1"
        assert (outside / "fw1" / "manifest.json").exists()
        assert three[0].is_symlink()

    @pytest.mark.parametrize("path", ["../../../victim", "/victim", "fw1/../../../../victim", "", "fw1/./log.csv"])
    def test_a_manifest_cannot_have_anything_else_removed(self, sets, three, path):
        victim = sets.root.parent / "victim"
        victim.write_text("mine")
        manifest = json.loads((three[0] / "manifest.json").read_text())
        path = str(victim) if path == "/victim" else path
        manifest["exports"][0]["files"].append({"path": path})
        manifest["hosts"].append("..")
        (three[0] / "manifest.json").write_text(json.dumps(manifest))
        sets.merge("fw1", prune=True, keep=1)
        assert victim.read_text() == "mine"
        assert not three[0].exists()

    def test_files_of_others_stay_and_are_named(self, sets, three):
        (three[0] / "fw1" / "notes.txt").write_text("mine")
        sets.merge("fw1", prune=True, keep=1)
        assert self.left(three) == ["2026-01-01"]
        assert [path.name for path in three[0].rglob("*") if path.is_file()] == ["notes.txt"]
        assert sets.warnings == [f"{three[0]} has files that no manifest names. They were left there."]

    def test_what_a_killed_run_has_left_behind_goes_with_it(self, sets, three):
        host = three[0] / "fw1"
        (host / ".log.csv.abc.netops-jobs.part").write_text("half")
        (host / "local").mkdir()
        (host / "local" / ".a.xml.abc.netops-jobs.part").write_text("half")
        (host / "local" / "a.xml").write_text("1")
        (host / ".progress").mkdir()
        (host / ".progress" / "wait.jsonl").write_text("")
        manifest = json.loads((three[0] / "manifest.json").read_text())
        manifest["exports"][0]["files"].append({"path": "fw1/local/a.xml"})
        (three[0] / "manifest.json").write_text(json.dumps(manifest))
        sets.merge("fw1", prune=True, keep=1)
        assert not three[0].exists()
        assert sets.warnings == []

    def test_check_mode_only_says_so(self, sets, three):
        merged = sets.merge("fw1", prune=True, keep=1, check_mode=True)
        assert merged["changed"]
        assert len(merged["pruned"]) == 3
        assert len(self.left(three)) == 3


class TestKinds:
    """What may be exported; that it is documented, and that the role does it, is shown in tests/project."""

    def test_the_options_are_those_of_the_modules(self):
        for name, kind in KINDS.items():
            module = importlib.import_module(f"ansible_collections.netops.jobs.plugins.modules.{name}")
            spec = module.ARGUMENTS["argument_spec"]
            assert set(kind.options) <= set(spec), name
            # None of them holds a secret, which would end up in a manifest.
            assert not [option for option in kind.options if spec[option].get("no_log")], name

    @pytest.mark.parametrize(
        ("kind", "options", "extension"),
        [
            ("panos_export", {"category": "tech-support"}, "tgz"),
            ("panos_log_export", {}, "ndjson"),
            ("panos_log_export", {"format": "xml"}, "xml"),
            ("illumio_export", {}, "json"),
            ("illumio_report", {"report_format": "csv"}, "csv"),
            ("illumio_report", {}, "pdf"),
            ("scm_config_export", {}, ""),
        ],
    )
    def test_extensions(self, kind, options, extension):
        assert KINDS[kind].suffix(options) == extension
