# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The events of a run, as Ansible hands them to a callback, and the files that come of them."""

from __future__ import annotations

import json
import os
import pathlib
import stat
import types
import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.callback import timeline
from ansible_collections.netops.jobs.plugins.callback.timeline import CallbackModule

HANDLE = {
    "version": 1,
    "operation": "panos.commit",
    "endpoint": "https://192.0.2.1:443",
    "id": "7",
    "fingerprint": {"token": "abc"},
}
JOB = {"operation": "panos.commit", "id": "7", "state": "succeeded", "handle": HANDLE, "history": [], "elapsed": 1.0}
RESULT = {"changed": True, "failed": False, "outcome": "succeeded", "msg": "", "job": JOB, "polling": {}}
REFUSED = {**RESULT, "failed": True, "outcome": "refused", "msg": "locked", "job": {**JOB, "handle": None, "id": None}}


class Warnings(list[str]):
    def warning(self, text: str) -> None:
        self.append(text)


class Run:
    """A callback and what it is told."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.page = folder / "timeline.html"
        self.callback = CallbackModule()
        self.warnings = self.callback._display = Warnings()
        self.callback.get_option = {"path": str(self.page)}.get
        self.callback.v2_playbook_on_start(types.SimpleNamespace(_file_name="/srv/netops/night.yml"))

    def play(self) -> None:
        self.callback.v2_playbook_on_play_start(types.SimpleNamespace(get_name=lambda: "Night"))

    def task(self, action: str = "netops.jobs.panos_commit", **fields: t.Any) -> types.SimpleNamespace:
        defaults = {"_uuid": action, "loop": None, "loop_with": None, "run_once": False, "check_mode": False}
        names = {"action": action, "resolved_action": action, "get_name": lambda: "Commit", "no_log": None}
        return types.SimpleNamespace(**{**defaults, **names, **fields})

    def result(self, fields: t.Mapping[str, t.Any], task: types.SimpleNamespace | None = None) -> types.SimpleNamespace:
        return types.SimpleNamespace(_host=self.host, _task=task or self.task(), _result=fields)

    @property
    def host(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(get_name=lambda: "fw1")

    def document(self) -> dict[str, t.Any]:
        return json.loads(self.page.with_suffix(".json").read_text())

    def outcomes(self) -> list[str]:
        self.callback._write(complete=False)
        return [job["outcome"] for job in self.document()["jobs"]]


@pytest.fixture
def run(tmp_path: pathlib.Path) -> Run:
    run = Run(tmp_path)
    run.play()
    return run


def test_a_run_leaves_a_page_and_the_same_as_json(run: Run) -> None:
    run.callback.v2_runner_on_start(run.host, run.task())
    run.callback.v2_runner_on_ok(run.result(RESULT))
    run.callback.v2_playbook_on_stats(None)
    document = run.document()
    assert (document["complete"], document["playbook"], document["plays"]) == (True, "night.yml", ["Night"])
    (job,) = document["jobs"]
    assert (job["device"], job["task"], job["play"], job["outcome"]) == ("fw1", "Commit", "Night", "succeeded")
    assert "netops.jobs.timeline" in run.page.read_text()
    assert run.warnings == []


def test_only_the_owner_may_read_and_nothing_else_is_left(run: Run) -> None:
    before = os.umask(0)
    try:
        run.callback.v2_playbook_on_stats(None)
    finally:
        os.umask(before)
    files = sorted(run.page.parent.iterdir())
    assert [file.name for file in files] == ["timeline.html", "timeline.json"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_link_in_the_place_of_the_page_is_replaced_and_not_followed(run: Run, tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    run.page.unlink()
    run.page.symlink_to(other)
    run.callback.v2_playbook_on_stats(None)
    assert other.read_text() == "mine"
    assert not run.page.is_symlink()


def test_the_page_of_an_older_run_is_gone_when_the_play_begins(tmp_path: pathlib.Path) -> None:
    run = Run(tmp_path)
    run.page.write_text("old")
    run.play()
    assert run.page.read_text() != "old"
    assert not run.document()["complete"]


def test_the_items_of_a_loop_are_counted_once(run: Run) -> None:
    task = run.task(loop=[1, 2])
    items = [{**RESULT, "job": {**JOB, "handle": {**HANDLE, "id": number}}} for number in "12"]
    run.callback.v2_runner_on_start(run.host, task)
    run.callback.v2_runner_item_on_ok(run.result(items[0], task))
    run.callback.v2_runner_item_on_failed(run.result(REFUSED, task))
    run.callback.v2_runner_item_on_skipped(run.result({}, task))
    assert sorted(run.outcomes()) == ["no_result", "refused", "succeeded"]
    run.callback.v2_runner_on_failed(
        run.result({"results": [*items, REFUSED], "msg": "One or more items failed"}, task)
    )
    assert sorted(run.outcomes()) == ["refused", "succeeded"]


def test_that_the_failures_of_a_loop_are_ignored_is_told_at_its_end(run: Run) -> None:
    task = run.task(loop=[1, 2])
    run.callback.v2_runner_item_on_ok(run.result(RESULT, task))
    run.callback.v2_runner_item_on_failed(run.result(REFUSED, task))
    run.callback.v2_runner_on_failed(run.result({"results": [RESULT, REFUSED]}, task), ignore_errors=True)
    run.outcomes()
    ignored = {job["outcome"]: job["ignored"] for job in run.document()["jobs"]}
    assert ignored == {"succeeded": False, "refused": True}


def test_a_hidden_loop_has_a_bar_for_each_item(run: Run) -> None:
    task = run.task(loop=[1, 2])
    for _item in range(2):
        run.callback.v2_runner_item_on_ok(run.result({"censored": "hidden"}, task))
    run.callback.v2_runner_on_ok(run.result({"censored": "hidden"}, task))
    assert run.outcomes() == ["hidden", "hidden"]


def test_attempts_are_bars_only_where_they_had_a_job(run: Run) -> None:
    run.callback.v2_runner_on_start(run.host, run.task())
    for result in (REFUSED, {**RESULT, "outcome": "failed", "failed": True}, REFUSED):
        run.callback.v2_runner_retry(run.result(result))
    assert sorted(run.outcomes()) == ["failed", "no_result"]
    run.callback.v2_runner_on_failed(run.result(REFUSED))
    assert sorted(run.outcomes()) == ["failed", "refused"]


def test_an_ignored_failure_and_a_host_that_is_out_of_reach(run: Run) -> None:
    run.callback.v2_runner_on_failed(run.result({**RESULT, "failed": True, "outcome": "failed"}), ignore_errors=True)
    run.callback.v2_runner_on_unreachable(run.result({"unreachable": True, "msg": "Failed to connect by ssh"}))
    run.outcomes()
    assert [(job["outcome"], job["ignored"]) for job in run.document()["jobs"]] == [("failed", True), ("error", False)]


def test_a_skipped_task_is_no_bar(run: Run) -> None:
    run.callback.v2_runner_on_start(run.host, run.task())
    run.callback.v2_runner_on_skipped(run.result({"skipped": True}))
    assert run.outcomes() == []


def test_a_task_in_the_background_is_open_until_its_result_is_fetched(run: Run) -> None:
    run.callback.v2_runner_on_start(run.host, run.task())
    run.callback.v2_runner_on_ok(run.result({"started": 1, "finished": 0, "ansible_job_id": "j1"}))
    assert run.outcomes() == ["no_result"]
    status = run.task("ansible.builtin.async_status")
    run.callback.v2_runner_on_start(run.host, status)
    run.callback.v2_runner_retry(run.result({"started": 1, "finished": 0, "ansible_job_id": "j1"}, status))
    assert run.outcomes() == ["no_result"]
    run.callback.v2_runner_on_ok(run.result({**RESULT, "finished": 1, "ansible_job_id": "j1"}, status))
    assert run.outcomes() == ["succeeded"]


@pytest.mark.parametrize("no_log", [True, "{{ secret }}"])
def test_no_log_hides_all_but_the_host(run: Run, no_log: object) -> None:
    task = run.task(no_log=no_log)
    run.callback.v2_runner_on_start(run.host, task)
    assert run.outcomes() == ["hidden"]
    run.callback.v2_runner_on_ok(run.result({"censored": "hidden", "changed": True}, task))
    assert run.outcomes() == ["hidden"]
    (job,) = run.document()["jobs"]
    assert {key for key, value in job.items() if value not in (None, "", [], 0, False)} == {"device", "host", "outcome"}


def test_names_that_hold_a_secret_are_masked(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "mask_known", lambda text: text.replace("s3cret", "$REDACTED$"))
    run = Run(tmp_path)
    run.callback.v2_playbook_on_play_start(types.SimpleNamespace(get_name=lambda: "Play s3cret"))
    task = run.task(get_name=lambda: "Task s3cret")
    run.callback.v2_runner_on_start(run.host, task)
    assert run.outcomes() == ["no_result"]
    run.callback.v2_runner_on_ok(run.result(RESULT, task))
    assert run.outcomes() == ["succeeded"]
    for path in (run.page, run.page.with_suffix(".json")):
        assert "s3cret" not in path.read_text()
        assert "Task $REDACTED$" in path.read_text()


def test_no_log_hides_what_ansible_did_not_censor(run: Run) -> None:
    run.callback.v2_runner_on_ok(run.result(RESULT, run.task(no_log=True)))
    assert run.outcomes() == ["hidden"]


def test_check_mode_is_told(run: Run) -> None:
    run.callback.v2_runner_on_ok(run.result(RESULT, run.task(check_mode=True)))
    run.outcomes()
    assert run.document()["jobs"][0]["check_mode"]


def test_a_run_that_is_broken_off_leaves_what_is_known(run: Run) -> None:
    run.callback.v2_runner_on_start(run.host, run.task())
    run.callback._broken_off()
    document = run.document()
    assert (document["complete"], [job["outcome"] for job in document["jobs"]]) == (False, ["no_result"])
    run.callback.v2_playbook_on_stats(None)
    run.callback._broken_off()
    assert run.document()["complete"]


def test_a_run_is_not_complete_while_it_has_another_playbook(run: Run) -> None:
    run.callback.v2_playbook_on_stats(None)
    run.callback.v2_playbook_on_start(types.SimpleNamespace(_file_name="/srv/netops/morning.yml"))
    assert (run.document()["complete"], run.document()["playbook"]) == (False, "morning.yml")
    run.play()
    run.callback.v2_runner_on_start(run.host, run.task())
    run.callback._broken_off()
    document = run.document()
    assert (document["complete"], document["plays"]) == (False, ["Night", "Night"])
    assert [job["outcome"] for job in document["jobs"]] == ["no_result"]
    run.callback.v2_playbook_on_stats(None)
    assert run.document()["complete"]


def test_a_fork_of_ansible_writes_nothing(run: Run) -> None:
    run.page.unlink()
    run.callback._process += 1
    run.callback._broken_off()
    assert not run.page.exists()


@pytest.mark.parametrize("name", ["missing/timeline.html", "timeline.json", "."])
def test_what_cannot_be_written_is_one_warning_and_breaks_nothing(tmp_path: pathlib.Path, name: str) -> None:
    run = Run(tmp_path)
    run.callback.get_option = {"path": str(tmp_path / name)}.get
    run.play()
    run.play()
    run.callback.v2_runner_on_ok(run.result(RESULT))
    run.callback.v2_playbook_on_stats(None)
    assert len(run.warnings) == 1
    assert run.warnings[0].startswith("netops.jobs.timeline: no timeline is written, ")
    assert not [file for file in tmp_path.rglob("*") if file.name.startswith(".timeline-")]


def test_a_bug_is_one_warning(run: Run) -> None:
    run.callback.v2_runner_on_ok(None)
    run.callback.v2_runner_on_ok(None)
    assert len(run.warnings) == 1
    assert "AttributeError" in run.warnings[0]


def test_writes_while_results_come_are_rare(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(timeline.time, "monotonic", lambda: clock[0])
    written = []
    monkeypatch.setattr(
        timeline, "_replace", lambda path, _text: (written.append(path), clock.__setitem__(0, clock[0] + 1))
    )
    run.callback._write(complete=False)  # two files, two seconds: a pause of 40 s
    for _second in range(60):
        clock[0] += 1
        run.callback.v2_runner_on_ok(run.result(RESULT))
    assert len(written) == 4
