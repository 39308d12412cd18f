# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.netops.jobs.plugins.module_utils import _task
from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import job_list
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.commit import Commit
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.options import CommitOptions
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask, FakeTime

ALL = "<jobs><all>"
ONE = "<jobs><id>"
TOKEN = "5c3267eed6-7d3e90aa"
OPTIONS = {"id": None, "types": None, "states": None, "user": None, "ours": False}


def record(number: int, **fields: str) -> dict[str, str]:
    usual = {"id": str(number), "type": "Commit", "status": "FIN", "result": "OK", "user": "app"}
    return {**usual, "tenq": f"2026/11/21 10:00:0{number % 10}", "description": "", **fields}


@pytest.fixture
def run(device, connection) -> Callable[..., dict]:
    def make(**options) -> dict:
        task = FakeTask(**{**connection, **OPTIONS, **options})
        return _task.run_plain(
            task,
            "panos_job_info",
            lambda inquiry: job_list.list_from_options(task.params, task.hide, inquiry),
            world=FakeTime().world,
        )

    return make


def ids(result: dict) -> list[str | None]:
    return [job["id"] for job in result["jobs"]]


def test_all_that_a_record_says(run, device, recorded) -> None:
    """Also trap 13: the recorded forms."""
    device.on(ALL, recorded("job_finished"))
    result = run()
    assert (result["outcome"], result["changed"]) == ("succeeded", False)
    assert result["msg"] == "https://fw1.example.com:443: 1 job, 0 of them not over."
    (job,) = result["jobs"]
    assert job.pop("messages")[0] == "Configuration committed successfully"
    assert job == {
        "id": "70",
        "type": "Commit",
        "state": "succeeded",
        "vendor_state": "FIN/OK",
        "progress": 100.0,
        "position": 0,
        "stoppable": False,
        "user": "xxx",
        "description": "Netbox Panorama ConfigPump Plugin",
        "ours": False,
        "enqueued": "2025/10/30 06:20:25",
        "finished": "2025/10/30 06:20:46",
        "warnings": ["abc"],
        "targets": [],
        "handle": {
            "version": 1,
            "operation": "panos.commit",
            "endpoint": "https://fw1.example.com:443",
            "id": "70",
            "fingerprint": {"type": "Commit", "tenq": "2025/10/30 06:20:25", "user": "xxx"},
        },
    }


# The oddities of the list.


def test_two_jobs_with_one_id(run, device, recorded) -> None:
    # Trap 9.
    device.on(ALL, recorded("demisto_show_jobs_all_duplicate_id.xml"))
    jobs = run()["jobs"]
    assert [(job["id"], job["type"]) for job in jobs] == [("385", "Commit"), ("385", "RefreshLic")]
    assert [job["handle"]["operation"] for job in jobs] == ["panos.commit", "panos.op"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("issue533_show_jobs_failed_first.xml", ["57", None]),
        ("demisto_show_jobs_with_failed.xml", ["7", None]),
        ("assurance_jobs_all_only_failed_job.xml", [None]),
        # Trap 46.
        ("assurance_jobs_all_single_autocom.xml", ["1"]),
        ("assurance_jobs_all_progress_timestamp.xml", ["4", "1"]),
        # Trap 47.
        ("assurance_jobs_all_empty.xml", []),
    ],
)
def test_recorded_lists(run, device, recorded, name: str, expected: list) -> None:
    device.on(ALL, recorded(name))
    result = run()
    assert (result["outcome"], ids(result)) == ("succeeded", expected)


def test_what_is_left_of_a_job(run, device, recorded) -> None:
    # Trap 10.
    device.on(ALL, recorded("issue533_show_jobs_failed_first.xml"))
    left = run()["jobs"][-1]
    assert (left["state"], left["vendor_state"], left["handle"]) == ("failed", "Failed-Job", None)
    assert left["messages"] == ["job failed because of configd restart"]


def test_a_record_with_little_in_it(run, device, jobs) -> None:
    # Trap 12.
    device.on(ALL, jobs({"id": "7", "status": "ACT"}))
    (job,) = run()["jobs"]
    assert (job["state"], job["type"], job["progress"], job["finished"]) == ("running", "", None, "")
    assert job["handle"]["fingerprint"] == {}


def test_newest_first(run, device, jobs) -> None:
    device.on(ALL, jobs(record(9), {"type": "Failed-Job"}, record(10), record(8)))
    assert ids(run()) == ["10", "9", "8", None]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["OK", "OK"], "succeeded"),
        # Trap 2.
        (["OK", "PEND"], "running"),
        (["FAIL", "PEND"], "running"),
        # Trap 3.
        (["OK", "FAIL"], "failed"),
        ([], "succeeded"),
    ],
)
def test_a_push_is_what_its_devices_are(run, device, jobs, results: list, expected: str) -> None:
    entries = "".join(
        f"<entry><serial-no>{n}</serial-no><result>{word}</result></entry>" for n, word in enumerate(results)
    )
    device.on(ALL, jobs(record(7, type="CommitAll", devices=entries)))
    (job,) = run()["jobs"]
    assert (job["state"], job["vendor_state"]) == (expected, "FIN/OK")
    assert [target["id"] for target in job["targets"]] == [str(n) for n in range(len(results))]


def test_a_recorded_push(run, device, recorded) -> None:
    device.on(ALL, recorded("demisto_push_FIN.xml"))
    (job,) = run()["jobs"]
    assert job["handle"]["operation"] == "panos.push"
    assert job["targets"]


# Filters.


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["6", "5", "4", "3", "2", "1"]),
        ({"types": ["commit", "DOWNLD"]}, ["6", "4", "3", "2"]),
        ({"states": ["pending", "running"]}, ["6", "5"]),
        ({"states": ["failed"]}, ["4"]),
        ({"states": ["unknown"]}, ["1"]),
        ({"user": "BOB"}, ["3"]),
        ({"ours": True}, ["6", "2"]),
        ({"ours": True, "states": ["running"]}, ["6"]),
        ({"types": ["Content"]}, []),
    ],
)
def test_filters(run, device, jobs, options: dict, expected: list) -> None:
    token = f"weekly [nj:{TOKEN}]"
    device.on(
        ALL,
        jobs(
            record(6, status="ACT", result="PEND", description=token),
            record(5, type="Validate", status="PEND", result="PEND"),
            record(4, result="FAIL"),
            record(3, type="Downld", user="corp\\bob"),
            record(2, description=token),
            record(1, type="AutoCom", status="SUSPENDED", result=""),
        ),
    )
    assert ids(run(**options)) == expected


def test_one_job(run, device, jobs) -> None:
    device.on(ONE, jobs(record(7), record(7, type="RefreshLic"), {"type": "Failed-Job"}))
    result = run(id="007")
    assert ids(result) == ["7", "7"]
    assert device.forms[-1]["cmd"] == "<show><jobs><id>7</id></jobs></show>"
    assert ids(run(id="7", types=["RefreshLic"])) == ["7"]


@pytest.mark.parametrize(
    "answer",
    [
        '<response status="error" code="7"><msg><line>job 7 not found</line></msg></response>',
        '<response status="error"><msg><line>job 7 not found</line></msg></response>',
        '<response status="error" code="7"><msg><line>No such node</line></msg></response>',
        '<response status="success"><result>\n</result></response>',
        '<response status="success"><result><job><type>Failed-Job</type></job></result></response>',
    ],
)
def test_a_job_that_the_device_does_not_know(run, device, answer: str) -> None:
    # Trap 30.
    device.on(ONE, answer)
    result = run(id="7")
    assert (result["outcome"], result["failed"], result["jobs"]) == ("succeeded", False, [])


# Handles.


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("Commit", "panos.commit"),
        ("CommitAll", "panos.push"),
        ("ValidateAll", "panos.validate_push"),
        ("Validate", "panos.validate"),
        ("Downld", "panos.op"),
        ("AutoCom", "panos.op"),
    ],
)
def test_a_handle_leads_to_its_job(run, client, device, jobs, kind: str, operation: str) -> None:
    mine = record(7, type=kind, status="ACT", result="PEND", description=f"weekly [nj:{TOKEN}]")
    device.on(ALL, jobs(mine)).on(ONE, jobs(mine))
    (job,) = run()["jobs"]
    handle = Handle.from_dict(job["handle"])
    assert handle.operation == operation
    assert handle.fingerprint["token"] == TOKEN
    opened = OPERATIONS[operation](client)
    assert opened.observe(handle, within=5).state is JobState.RUNNING
    # Trap 11.
    device.on(ONE, jobs({**mine, "description": "", "tenq": "2026/11/22 09:00:00"}))
    with pytest.raises(errors.JobReplaced):
        opened.observe(handle, within=5)


def test_a_commit_of_ours_is_known_by_its_token(run, client, device, jobs) -> None:
    """The same token that the submission writes."""
    commit = Commit(client, CommitOptions(description="weekly"))
    device.on(ALL, jobs(record(7, description=commit.description)))
    (job,) = run(ours=True)["jobs"]
    assert job["handle"]["fingerprint"]["token"] == commit._token


def test_a_job_behind_a_panorama(run, device, jobs) -> None:
    device.on(ALL, jobs(record(7)))
    (job,) = run(target="0123")["jobs"]
    assert job["handle"]["fingerprint"]["target"] == "0123"
    assert device.forms[-1]["target"] == "0123"


# What goes wrong.


@pytest.mark.parametrize("value", ["", "abc", "7; 8", "²"])
def test_an_id_that_is_none(run, device, value: str) -> None:
    result = run(id=value)
    assert (result["outcome"], result["refusal"]) == ("refused", {"reason": "bad_input"})
    assert result["msg"].startswith("id: ")
    assert device.forms == []


def test_a_list_that_needs_another_try(run, device, jobs) -> None:
    device.on(ALL, (503, ""), "", jobs(record(7)))
    assert ids(run()) == ["7"]


def test_no_permission(run, device) -> None:
    device.on(ALL, '<response status="error" code="16"><msg><line>Unauthorized request</line></msg></response>')
    result = run()
    assert (result["outcome"], result["failed"], result["refusal"]) == ("refused", True, {"reason": "denied"})
    assert "jobs" not in result


def test_a_refusal_is_no_empty_list(run, device) -> None:
    device.on(ALL, '<response status="error" code="7"><msg><line>No such node</line></msg></response>')
    result = run()
    assert result["outcome"] == "refused"
