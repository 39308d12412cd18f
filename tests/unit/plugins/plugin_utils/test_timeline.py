# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bars are made of results as the core returns them: of jobs on a fake system, and with its clock."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState
from ansible_collections.netops.jobs.plugins.plugin_utils._timeline import (
    LINE,
    LINES,
    REASON,
    TARGETS,
    Source,
    Timeline,
    has_job,
)
from ansible_collections.netops.jobs.tests.unit.fakes import START, TIMING, FakeOperation, FakeSystem, FakeTime, seen

MODULES = pathlib.Path(__file__).resolve().parents[4] / "plugins" / "modules"
COMMIT = Source("fw1", "Night", "Commit", "netops.jobs.panos_commit")
WAIT = Source("fw1", "Night", "Wait", "netops.jobs.job_wait", once=True)
BEGAN = START.timestamp()


class Bench:
    """A device whose results go to a timeline; its time is that of the timeline, too."""

    def __init__(self) -> None:
        self.time = FakeTime()
        self.system = FakeSystem(self.time)
        self.operation = FakeOperation(self.system)
        self.timeline = Timeline()

    @property
    def now(self) -> float:
        return self.time.world.wall().timestamp()

    def run(self, **wishes: t.Any) -> dict[str, t.Any]:
        wanted = dataclasses.replace(Wishes(timing=TIMING), **wishes)
        return lifecycle.run(self.operation, wanted, self.time.world).to_dict()

    def add(self, source: Source, result: dict[str, t.Any], **how: t.Any) -> None:
        # As results come: through JSON.
        self.timeline.add(source, json.loads(json.dumps(result)), self.now, **how)

    def jobs(self) -> list[dict[str, t.Any]]:
        document = self.timeline.document(self.now, complete=True)
        json.dumps(document)
        return document["jobs"]

    def job(self) -> dict[str, t.Any]:
        (job,) = self.jobs()
        return job


@pytest.fixture
def bench() -> Bench:
    return Bench()


def kinds(job: dict[str, t.Any]) -> list[str]:
    return [segment["is"] for segment in job["segments"]]


def of_fleet(*results: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the result of job_wait for several handles."""
    together = {**results[0], "job": {"operation": "", "handle": None}, "msg": "2 jobs"}
    return {**together, "results": [{"host": "x", **result} for result in results]}


def test_a_job_is_a_bar_from_its_task_to_its_end(bench: Bench) -> None:
    began = bench.now
    bench.time.sleep(3)
    result = bench.run()
    bench.time.sleep(9)  # what the task does after the end of the job
    bench.add(dataclasses.replace(COMMIT, began=began), result)
    job = bench.job()
    assert (job["device"], job["operation"], job["id"], job["outcome"]) == ("fw1", "fake.work", "1", "succeeded")
    assert (job["task"], job["play"], job["module"]) == ("Commit", "Night", "netops.jobs.panos_commit")
    assert kinds(job) == ["no_job", "pending", "running"]
    assert job["began_at"] == "2026-11-21T10:00:00.000Z"
    assert job["ended_at"] == result["job"]["history"][-1]["at"]
    assert job["reason"] is None
    assert job["handle"] == result["job"]["handle"]
    assert job["polls"] == result["polling"]["polls"]


def test_an_outage_is_a_part_of_the_bar(bench: Bench) -> None:
    bench.system.outages = [(1020.0, 1040.0)]
    result = bench.run()
    bench.add(COMMIT, result)
    job = bench.job()
    assert kinds(job) == ["pending", "running", "outage", "running"]
    assert job["segments"][2]["words"] == "connection refused"
    assert job["outages"] == result["polling"]["outages"] == 1
    assert job["outage_seconds"] == pytest.approx(result["polling"]["outage_seconds"], abs=0.2)


def test_an_outage_that_ended_the_wait_counts_to_its_end(bench: Bench) -> None:
    bench.system.outages = [(1020.0, 9999.0)]
    result = bench.run()
    bench.add(COMMIT, result)
    job = bench.job()
    assert (job["outcome"], kinds(job)[-1]) == ("unreachable", "outage")
    assert job["outage_seconds"] == pytest.approx(result["polling"]["outage_seconds"], abs=0.5)
    assert "no answer about the job" in job["reason"]


def test_a_job_that_one_task_submits_and_another_waits_for_is_one_bar(bench: Bench) -> None:
    submitted = bench.run(wait=False)
    bench.add(COMMIT, submitted)
    assert bench.job()["outcome"] == "running"
    bench.time.sleep(20)
    waited = bench.run(handle=Handle.from_dict(submitted["job"]["handle"]))
    bench.add(WAIT, of_fleet(waited, {**waited, "job": {**waited["job"], "operation": ""}}))
    job = bench.job()
    assert (job["device"], job["outcome"], job["task"]) == ("fw1", "succeeded", "Wait")
    assert "unwatched" in kinds(job)
    assert job["began_at"] == submitted["job"]["history"][0]["at"]
    # The same verdict once more, as a task for each host may return it, adds nothing.
    polls = job["polls"]
    bench.add(COMMIT, waited)
    assert (len(bench.jobs()), bench.job()["polls"]) == (1, polls)


def test_of_a_job_of_an_earlier_run_the_part_that_nobody_watched_is_shown(bench: Bench) -> None:
    handle = Handle.from_dict(bench.run(wait=False)["job"]["handle"])
    bench.time.sleep(20)
    bench.add(COMMIT, bench.run(handle=handle))
    job = bench.job()
    assert kinds(job)[0] == "unwatched"
    assert job["began_at"] == "2026-11-21T10:00:00.000Z"


def test_an_adopted_job_says_so(bench: Bench) -> None:
    bench.system.submitted.append(bench.time.now)
    bench.operation.equivalent = bench.operation.handle()
    bench.add(COMMIT, bench.run())
    assert bench.job()["adopted"]


def test_the_same_id_after_a_restart_is_another_job(bench: Bench) -> None:
    result = bench.run(wait=False)
    other = json.loads(json.dumps(result))
    other["job"]["handle"]["fingerprint"]["token"] = "another"
    bench.add(COMMIT, result)
    bench.add(COMMIT, other)
    assert len(bench.jobs()) == 2


@pytest.mark.parametrize(("second", "bars"), [("2026-11-21T10:00:00Z", 1), ("2026-11-21T10:05:00Z", 2), (None, 1)])
def test_without_a_token_the_time_of_the_submission_tells(bench: Bench, second: str | None, bars: int) -> None:
    result = bench.run(wait=False)
    result["job"]["handle"]["fingerprint"] = {}
    result["job"]["handle"]["submitted_at"] = "2026-11-21T10:00:00Z"
    other = json.loads(json.dumps(result))
    other["job"]["handle"]["submitted_at"] = second
    bench.add(COMMIT, result)
    bench.add(COMMIT, other)
    assert len(bench.jobs()) == bars


def test_a_task_of_several_jobs_has_a_bar_for_each(bench: Bench) -> None:
    first = bench.run()
    bench.system.pending = True
    last = bench.run()
    last["job"]["handle"]["id"] = last["job"]["id"] = "2"
    bench.add(
        dataclasses.replace(COMMIT, began=BEGAN), {**last, "outcome": "failed", "jobs": [first["job"], last["job"]]}
    )
    jobs = bench.jobs()
    assert [(job["id"], job["outcome"]) for job in jobs] == [("1", "succeeded"), ("2", "failed")]
    assert kinds(jobs[1])[0] == "pending"  # What came before the first job is no part of the second.


def test_a_task_without_a_job_is_as_long_as_the_task(bench: Bench) -> None:
    began = bench.now
    bench.system.pending = False
    bench.time.sleep(7)
    bench.add(dataclasses.replace(COMMIT, began=began), bench.run())
    job = bench.job()
    assert (job["outcome"], kinds(job), job["handle"]) == ("nothing_to_do", ["no_job"], None)
    assert job["seconds"] >= 7
    assert job["reason"] == "No changes."


def test_an_entry_of_a_fleet_without_a_job_is_no_bar(bench: Bench) -> None:
    nothing = {"outcome": "nothing_to_do", "polling": {}, "job": {"operation": "", "handle": None}, "msg": ""}
    bench.add(WAIT, of_fleet(bench.run(), nothing))
    assert bench.job()["outcome"] == "succeeded"


def test_a_device_is_named_as_in_the_inventory_where_that_is_known(bench: Bench) -> None:
    result = bench.run(wait=False)
    bench.add(dataclasses.replace(COMMIT, host="localhost"), result)
    assert bench.job()["device"] == "fake.example.com"
    another = json.loads(json.dumps(result))
    another["job"]["handle"]["id"] = "2"
    bench.add(dataclasses.replace(COMMIT, host="site-7"), another)
    assert {job["device"] for job in bench.jobs()} == {"site-7"}


def test_an_endpoint_of_several_hosts_is_named_by_none_of_them(bench: Bench) -> None:
    result = bench.run(wait=False)
    for number, host in enumerate(("site-7", "site-8", "localhost")):
        result["job"]["handle"]["id"] = str(number)
        bench.add(dataclasses.replace(COMMIT, host=host), result)
    assert [job["device"] for job in bench.jobs()] == ["fake.example.com", "site-7", "site-8"]


def test_what_check_mode_expects_of_a_known_job_changes_nothing(bench: Bench) -> None:
    submitted = bench.run(wait=False)
    bench.add(COMMIT, submitted)
    expected = {**submitted, "outcome": "succeeded", "job": {**submitted["job"], "history": []}}
    bench.add(dataclasses.replace(COMMIT, check_mode=True), expected)
    job = bench.job()
    assert (job["outcome"], job["check_mode"]) == ("running", False)


def test_of_a_hidden_result_there_is_the_host_and_nothing_else(bench: Bench) -> None:
    secret = dataclasses.replace(COMMIT, task="Secret task", play="Secret play", began=BEGAN)
    bench.add(secret, {"censored": "the output has been hidden", "changed": True})
    bench.add(dataclasses.replace(secret, hidden=True), bench.run())
    bench.timeline.started("key", dataclasses.replace(secret, hidden=True), bench.now)
    for job in bench.jobs():
        told = {name: value for name, value in job.items() if value not in (None, "", [], 0, 0.0, False)}
        assert told == {"device": "fw1", "host": "fw1", "outcome": "hidden"}


def test_hidden_results_of_other_modules_are_passed_over(bench: Bench) -> None:
    bench.add(dataclasses.replace(COMMIT, module="ansible.builtin.copy"), {"censored": "hidden"})
    bench.add(dataclasses.replace(COMMIT, module="netops.jobs.panos_job_info"), {"censored": "hidden"})
    assert bench.jobs() == []


def test_a_task_that_failed_without_a_verdict_is_there(bench: Bench) -> None:
    bench.add(dataclasses.replace(COMMIT, began=BEGAN), {"failed": True, "msg": "Unsupported parameters"}, failed=True)
    job = bench.job()
    assert (job["outcome"], job["reason"]) == ("error", "Unsupported parameters")


def test_results_of_others_are_passed_over(bench: Bench) -> None:
    other = dataclasses.replace(COMMIT, module="community.general.thing")
    bench.add(other, {"failed": True, "msg": "x"}, failed=True)
    bench.add(other, {"outcome": "fine", "job": {"id": 7}})
    bench.add(other, {"job": "text", "outcome": [], "polling": {}, "results": 3})
    assert bench.jobs() == []


def test_a_task_whose_result_is_not_there_yet(bench: Bench) -> None:
    bench.timeline.started("key", COMMIT, bench.now)
    bench.time.sleep(5)
    job = bench.job()
    assert (job["outcome"], job["seconds"], kinds(job)) == ("no_result", 5.0, ["no_job"])
    bench.timeline.renamed("key", "background")
    bench.timeline.ended("key")
    assert bench.timeline.began("background") == BEGAN
    bench.timeline.ended("background")
    assert bench.jobs() == []


def test_a_job_that_was_stopped_is_canceled_and_one_that_was_not_goes_on(bench: Bench) -> None:
    cancel = Source("localhost", "Night", "Stop", "netops.jobs.job_cancel")
    submitted = bench.run(wait=False)
    bench.add(COMMIT, submitted)
    refused = json.loads(json.dumps({**submitted, "outcome": "refused", "failed": True}))
    bench.add(cancel, refused)
    assert bench.job()["outcome"] == "running"
    stopped = {**submitted, "outcome": "succeeded", "job": {**submitted["job"], "state": "canceled"}}
    bench.add(cancel, stopped)
    assert bench.job()["outcome"] == "canceled"


def test_an_ignored_failure_is_marked_and_a_success_is_not(bench: Bench) -> None:
    bench.system.ends = seen(JobState.FAILED, "FIN/FAIL", messages=("bad rule",))
    failed = bench.run()
    bench.add(dataclasses.replace(COMMIT, ignored=True), failed)
    assert bench.job()["ignored"]
    bench.add(dataclasses.replace(COMMIT, ignored=True), {**failed, "failed": False, "outcome": "succeeded"})
    assert not bench.job()["ignored"]


def test_neither_options_nor_the_result_of_a_job_are_kept(bench: Bench) -> None:
    result = {**bench.run(), "invocation": {"module_args": {"password": "s3cret"}}, "result": {"rows": ["private"]}}
    bench.add(COMMIT, result)
    text = json.dumps(bench.jobs())
    assert "s3cret" not in text
    assert "private" not in text


def hiding(secret: str) -> Timeline:
    """Return a timeline that knows a secret as Ansible does."""
    return Timeline(lambda text: text.replace(secret, "$REDACTED$"))


def test_secrets_that_ansible_knows_are_taken_out_of_all_texts(bench: Bench) -> None:
    bench.timeline = hiding("s3cret")
    bench.system.ends = seen(JobState.FAILED, "token s3cret", messages=("s3cret",))
    bench.system.outages = [(1020.0, 1040.0)]
    bench.system.outage_error = lambda: NoAnswer("s3cret is no name", sent=False, server_spoke=True)
    result = bench.run()
    assert json.dumps(result["job"]["history"]).count("s3cret") == 2
    result["msg"] = "the password s3cret is wrong"
    result["job"].update(targets=[{"name": "s3cret", "messages": ["s3cret"]}], warnings=["s3cret"])
    bench.add(COMMIT, result)
    bench.add(COMMIT, {"failed": True, "msg": "s3cret"}, failed=True)
    text = json.dumps(bench.jobs())
    assert "s3cret" not in text
    assert {segment["words"] for job in bench.jobs() for segment in job["segments"]} >= {"$REDACTED$ is no name"}
    # The state, its message, the reason, the warning, the two of the target, the outage, and the other reason.
    assert text.count("$REDACTED$") == 8


@pytest.mark.parametrize("before", [1, 3, 5])
def test_a_secret_that_is_cut_leaves_nothing_of_itself(bench: Bench, before: int) -> None:
    bench.timeline = hiding("s3cret")
    line, reason = ("." * (most - before) + "s3cret" for most in (LINE, REASON))
    result = {**bench.run(), "outcome": "failed", "msg": reason}
    targets = [{"name": line, "vendor_state": line, "messages": [line], "warnings": [line]}]
    result["job"].update(vendor_state=line, messages=[line], warnings=[line], targets=targets)
    bench.add(COMMIT, result)
    bench.add(COMMIT, {"failed": True, "msg": reason}, failed=True)
    text = json.dumps(bench.jobs())
    assert not re.search(r"\.s", text)


def test_a_job_whose_handle_holds_a_secret_is_one_bar(bench: Bench) -> None:
    bench.timeline = hiding("s3cret")
    submitted = bench.run(wait=False)
    submitted["job"]["handle"]["fingerprint"] = {"user": "s3cret"}
    bench.add(COMMIT, submitted)
    bench.add(WAIT, {**submitted, "outcome": "succeeded"})
    assert bench.job()["handle"]["fingerprint"] == {"user": "$REDACTED$"}


def test_a_job_is_bounded(bench: Bench) -> None:
    result = bench.run()
    line = "x" * 5000
    targets = [{"name": str(n), "state": "succeeded", "messages": [line] * 5} for n in range(300)]
    targets[-1]["state"] = "failed"
    result["job"].update(messages=[line] * 300, warnings=[line] * 300, targets=targets)
    result.update(outcome="failed", msg=line)
    bench.add(COMMIT, result)
    job = bench.job()
    assert len(job["targets"]) == TARGETS
    assert job["targets"][0]["name"] == "299"  # what failed comes first
    assert job["targets_left_out"] == 300 - TARGETS
    assert job["messages"][-1] == f"and {300 - LINES} more"
    assert len(job["reason"]) == REASON
    assert len(json.dumps(job)) < 200_000


@pytest.mark.parametrize(
    "spoiled",
    [
        {"history": [{"at": "yesterday", "event": "submitted"}]},
        {"history": [{"event": "submitted"}], "elapsed": "long"},
        {"history": ["text", None, 7]},
        {"history": [{"at": "2026-11-21T10:00:00.000Z", "event": "submitted"}, {"at": None, "event": "state"}]},
        {"handle": "********"},
        {"handle": {"endpoint": "https://[broken"}},
        {"targets": "many", "messages": 7},
        {"submitted_at": "2026-11-21"},
    ],
)
def test_what_is_not_as_expected_breaks_nothing(bench: Bench, spoiled: dict[str, t.Any]) -> None:
    result = bench.run()
    result["job"].update(spoiled)
    bench.add(COMMIT, result)
    assert bench.job()["outcome"] == "succeeded"


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (62.5, 62.5),
        (0, 0),
        (100, 100),
        (None, None),
        ("62", None),
        (float("inf"), None),
        (float("-inf"), None),
        (float("nan"), None),
        (-1, None),
        (101, None),
        pytest.param(10**400, None, id="of any length"),
    ],
)
def test_what_is_no_percentage_is_no_progress(bench: Bench, found: object, shown: float | None) -> None:
    result = bench.run()
    result["job"]["progress"] = found
    bench.add(COMMIT, result)
    # A browser refuses a page with a number that is none.
    json.dumps(bench.jobs(), allow_nan=False)
    assert bench.job()["progress"] == shown


def test_left_out_entries_are_shown_as_not_known(bench: Bench) -> None:
    result = bench.run()
    history = result["job"]["history"]
    history.insert(2, {"at": history[1]["at"][:-4] + "990Z", "event": "left_out", "count": 7})
    bench.add(COMMIT, result)
    assert ("unknown", "7 changes left out") in [
        (segment["is"], segment["words"]) for segment in bench.job()["segments"]
    ]


def test_segments_are_in_order_and_inside_the_bar(bench: Bench) -> None:
    bench.system.outages = [(1010.0, 1015.0), (1030.0, 1050.0)]
    submitted = bench.run(wait=False)
    bench.add(COMMIT, submitted)
    bench.add(COMMIT, bench.run(handle=Handle.from_dict(submitted["job"]["handle"])))
    job = bench.job()
    times = [segment["at"] for segment in job["segments"]]
    assert times == sorted(set(times))
    assert job["began_at"] == times[0]
    assert times[-1] < job["ended_at"]


def test_which_modules_have_a_job_is_as_documented() -> None:
    for path in MODULES.glob("*.py"):
        documented = path.read_text().split('RETURN = r"""', 1)[1].split('"""', 1)[0]
        first = re.search(r"^job:.*?^    (\w+):", documented, re.MULTILINE | re.DOTALL)
        is_job = "\npolling:" in documented and (path.stem.startswith("job_") or (first and first[1] == "operation"))
        assert has_job(f"netops.jobs.{path.stem}") == bool(is_job), path.name


def test_the_document_sums_up(bench: Bench) -> None:
    bench.timeline.playbook = "night.yml"
    bench.timeline.plays.append("Night")
    bench.add(COMMIT, bench.run())
    document = bench.timeline.document(bench.now, complete=False)
    assert document["version"] == 1
    assert (document["playbook"], document["plays"], document["complete"]) == ("night.yml", ["Night"], False)
    assert document["outcomes"] == {"succeeded": 1}
    assert document["began_at"] < document["ended_at"] <= document["written_at"]
    empty = Timeline().document(bench.now, complete=True)
    assert (empty["began_at"], empty["jobs"]) == (None, [])
