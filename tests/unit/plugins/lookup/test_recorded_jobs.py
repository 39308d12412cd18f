# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleLookupError

from ansible_collections.netops.jobs.plugins.lookup.recorded_jobs import recorded_jobs
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.progress import JobLines, ProgressLog
from ansible_collections.netops.jobs.plugins.module_utils._jobs.world import Event


def handle(job: str = "42", host: str = "fw1", **fingerprint: str) -> dict[str, t.Any]:
    known = {"type": "Commit", "token": f"{host}-{job}", **fingerprint}
    return Handle("panos.commit", f"https://{host}.example.com:443", job, known).to_dict()


def result(outcome: str, given: dict[str, t.Any] | None = None, **more: t.Any) -> dict[str, t.Any]:
    """The result of a task, as far as it matters here."""
    state = outcome if outcome in ("succeeded", "failed", "canceled") else "running"
    job = {"operation": "panos.commit", "state": state, "handle": given or handle()}
    return {"changed": True, "outcome": outcome, "msg": f"It is {outcome}.", "job": job, **more}


def event(kind: str, given: dict[str, t.Any] | None = None, text: str = "") -> Event:
    named = Handle.from_dict(given or handle())
    return Event(kind, 0.0, "2026-11-22T10:00:00Z", "panos.commit", handle=named, text=text)


def look(*paths: pathlib.Path, data: t.Any = None) -> list[dict[str, t.Any]]:
    return recorded_jobs([str(path) for path in paths], data)


def brief(jobs: list[dict[str, t.Any]]) -> list[tuple[str, str | None]]:
    """Host and id, and outcome, of each."""
    return [(f"{job['handle']['endpoint'][8:11]} {job['handle']['id']}", job["outcome"]) for job in jobs]


def test_a_handle_comes_back_as_it_was() -> None:
    assert look(data=handle()) == [{"handle": handle(), "outcome": None, "msg": ""}]


@pytest.mark.parametrize("data", [None, "", [], {}, [None, None], {"fw1": None}, " \n"])
def test_nothing_to_do_is_no_mistake(data: t.Any) -> None:
    assert look(data=data) == []


@pytest.mark.parametrize(
    "data",
    [
        [handle(), None, handle("7", "fw2")],
        {"fw1": handle(), "fw2": handle("7", "fw2")},
        {"commit": {"hosts": {"fw1": {"handle": handle()}, "fw2": {"deep": [[{"handle": handle("7", "fw2")}]]}}}},
        [json.dumps(handle()), json.dumps(handle("7", "fw2"))],
        json.dumps([handle(), handle("7", "fw2")]),
        json.dumps(handle()) + "\n" + json.dumps(handle("7", "fw2")) + "\n",
        yaml.safe_dump([handle(), handle("7", "fw2")]),
        {"results": [result("running"), result("timed_out", handle("7", "fw2"))]},
    ],
)
def test_handles_are_found_in_every_shape(data: t.Any, tmp_path: pathlib.Path) -> None:
    assert brief(look(data=data)) == [("fw1 42", None), ("fw2 7", None)]
    file = tmp_path / "handles"
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    assert brief(look(file)) == [("fw1 42", None), ("fw2 7", None)]


@pytest.mark.parametrize(
    ("outcome", "final"),
    [
        ("succeeded", True),
        ("failed", True),
        ("canceled", True),
        ("running", False),
        ("timed_out", False),
        ("unreachable", False),
        ("lost", False),
        ("refused", False),
    ],
)
def test_only_the_end_of_the_job_ends_it(outcome: str, final: bool) -> None:
    (job,) = look(data=result(outcome))
    assert job["outcome"] == (outcome if final else None)
    assert job["msg"] == f"It is {outcome}."


def test_a_task_that_failed_while_its_job_goes_on_does_not_end_it() -> None:
    paused = {"operation": "cortex.network_scan", "state": "running", "handle": handle()}
    assert brief(look(data={"outcome": "failed", "msg": "It pauses.", "job": paused})) == [("fw1 42", None)]
    assert brief(look(data={"outcome": "failed", "open": True, "handle": handle()})) == [("fw1 42", None)]


def test_a_recorded_end_counts_wherever_else_the_job_is_named() -> None:
    given = {"invocation": {"module_args": {"handle": handle()}}}
    assert brief(look(data=[result("running"), result("failed", **given)])) == [("fw1 42", "failed")]
    assert brief(look(data=[result("failed"), result("running")])) == [("fw1 42", "failed")]


def test_the_jobs_of_a_chain_end_by_their_states() -> None:
    chain = result("timed_out", handle("9"), jobs=[{"state": "succeeded", "handle": handle("8")}])
    assert brief(look(data=chain)) == [("fw1 9", None), ("fw1 8", "succeeded")]


def test_the_same_id_after_a_restart_is_another_job() -> None:
    jobs = look(data=[handle(), handle(token="another"), handle(token="another", user="me")])
    assert [job["handle"]["fingerprint"]["token"] for job in jobs] == ["fw1-42", "another"]
    assert jobs[1]["handle"]["fingerprint"]["user"] == "me"


def test_what_is_masked_does_not_hide_what_is_known() -> None:
    (job,) = look(data=[handle(user="admin"), handle(user="********")])
    assert job["handle"] == handle(user="admin")


def test_a_progress_log_tells_what_is_left(tmp_path: pathlib.Path) -> None:
    log = ProgressLog(str(tmp_path / "progress.jsonl"))
    for kind, host, text in (
        ("submitted", "fw1", ""),
        ("submitted", "fw2", ""),
        ("submitted", "fw3", ""),
        ("observed", "fw1", ""),
        ("ended", "fw1", "succeeded"),
        ("ended", "fw2", "timed_out"),
    ):
        log.add(event(kind, handle(host=host), text))
    expected = [("fw1 42", "succeeded"), ("fw2 42", None), ("fw3 42", None)]
    assert brief(look(tmp_path / "progress.jsonl")) == expected
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"time": "2026-11-22T10:00:00Z", "event": "ended", "hand')  # its writer was killed
    assert brief(look(tmp_path / "progress.jsonl")) == expected


def test_what_was_observed_is_no_end(tmp_path: pathlib.Path) -> None:
    record = {"event": "observed", "handle": handle(), "state": "succeeded", "vendor_state": "FIN"}
    assert brief(look(data=[record])) == [("fw1 42", None)]


def test_a_log_without_a_line_is_that_of_a_run_that_submitted_nothing(tmp_path: pathlib.Path) -> None:
    ProgressLog(str(tmp_path / "progress.jsonl"))
    assert look(tmp_path / "progress.jsonl") == []


def test_handles_are_found_in_the_output_of_a_play(tmp_path: pathlib.Path) -> None:
    line = JobLines().line(event("submitted"))
    dumped = json.dumps(result("timed_out", handle("7", "fw2")))
    output = f"PLAY [Commit] ***\n\nTASK [Commit] ***\nfw1: {line}\nfatal: [fw2]: FAILED! => {dumped}\nhandle: {{cut"
    (tmp_path / "output").write_text(output)
    assert brief(look(tmp_path / "output")) == [("fw1 42", None), ("fw2 7", None)]
    assert brief(look(data=f"fw1: {line}")) == [("fw1 42", None)]


def artifacts(folder: pathlib.Path, events: dict[str, t.Any]) -> pathlib.Path:
    (folder / "job_events").mkdir(parents=True)
    for name, content in events.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / "job_events" / f"{name}.json").write_text(text)
    return folder


def test_artifacts_of_ansible_runner_are_read_in_their_order(tmp_path: pathlib.Path) -> None:
    line = JobLines().line(event("submitted", handle("7", "fw2")))
    ident = artifacts(
        tmp_path / "artifacts" / "1",
        {
            "9-b": {"event": "runner_on_ok", "event_data": {"host": "fw1", "res": result("running")}},
            "10-a": {"event": "verbose", "stdout": f"fw2: {line}"},
            "11-c": {"event": "runner_on_failed", "event_data": {"res": result("failed")}},
            "1-d": {"event": "playbook_on_start", "event_data": {}},
            "b8ef-partial": '{"event": "runner_on_ok", "event_data": {"res": {"job": {"handle": '
            + json.dumps(handle("5", "fw3")),
        },
    )
    assert brief(look(ident)) == [("fw1 42", "failed"), ("fw2 7", None), ("fw3 5", None)]
    with pytest.raises(AnsibleLookupError, match=r"no job_events in it\. Perhaps .*artifacts/1 is meant"):
        look(tmp_path)


def test_artifacts_of_a_run_that_submitted_nothing_are_no_mistake(tmp_path: pathlib.Path) -> None:
    assert look(artifacts(tmp_path, {"1-a": {"event": "playbook_on_start"}})) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("firewalls:\n  hosts:\n    fw1: {ansible_host: 192.0.2.1}\n", "has no handle of a job"),
        ("just text\n", "has no handle of a job"),
        ('{"handle": {"version": 1}}', "has no handle of a job"),
        ("a: [unclosed", "has no handle of a job"),
        (b"\x1f\x8b\x08\x00\xff", "is no text"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_the_wrong_file_is_said_to_be_wrong(
    content: str | bytes | None, complaint: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(AnsibleLookupError, match=f"{file} {complaint}"):
        look(file)


@pytest.mark.parametrize("data", [{"fw1": 42}, ["fw1"], "fw1", {"handle": "42"}])
def test_the_wrong_data_are_said_to_be_wrong(data: t.Any) -> None:
    with pytest.raises(AnsibleLookupError, match="no handle of a job"):
        look(data=data)
    if not isinstance(data, str):
        assert recorded_jobs([], data, strict=False) == []
