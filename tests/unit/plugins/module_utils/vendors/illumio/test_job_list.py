# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.netops.jobs.plugins.module_utils import _task
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import job_list
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask, FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "illumio"
HREF = "/orgs/1/jobs/43f6e9e3-6a68-4481-87c6-18fd096dafbe"
JOBS = "/api/v2/orgs/1/jobs"
JOB = f"/api/v2{HREF}"
CONNECTION = {
    "host": "pce.example.com",
    "port": 8443,
    "org_id": 1,
    "api_key": "api_1",
    "api_secret": "5ecret",
    "api_version": "v2",
    "validate_certs": True,
    "ca_path": None,
    "client_cert": None,
    "client_key": None,
    "request_timeout": 30.0,
}


def recorded(name: str) -> dict:
    found = json.loads((DATA / "exchanges.json").read_text())
    return next(each for each in found if each["id"] == name)["response"]["body"]


def info(**options) -> dict:
    task = FakeTask(**CONNECTION, **{"href": None, "job_type": None, "max_results": None, **options})
    return _task.run_plain(
        task,
        "illumio_job_info",
        lambda inquiry: job_list.list_from_options(task.params, task.hide, inquiry),
        world=FakeTime().world,
    )


def absent(href: str = HREF, *, check_mode: bool = False) -> dict:
    task = FakeTask(check_mode=check_mode, **CONNECTION, href=href, state="absent")
    return _task.run_plain(
        task,
        "illumio_job",
        lambda inquiry: job_list.absent_from_options(task.params, task.hide, inquiry, check_mode=check_mode),
        world=FakeTime().world,
    )


class TestInfo:
    def test_all_that_a_job_says(self, pce) -> None:
        """Also trap 26: the times stay as they are."""
        pce.on("GET", JOBS, (200, [recorded("job_done")]))
        result = info()
        assert (result["outcome"], result["changed"]) == ("succeeded", False)
        assert result["msg"] == "https://pce.example.com:8443: 1 job, 0 of them not over."
        assert result["jobs"] == [
            {
                "href": HREF,
                "job_type": ":illumio/async_requests",
                "description": "/orgs/1/labels",
                "state": "succeeded",
                "vendor_state": "done",
                "requested_by": "/users/1",
                "requested_at": "2020-01-14 23:16:52.303166",
                "terminated_at": "2020-01-14 23:17:05.223047",
                "result": "/orgs/1/datafiles/[href]",
                "messages": [],
                "handle": {
                    "version": 1,
                    "operation": "illumio.export",
                    "endpoint": "https://pce.example.com:8443",
                    "id": HREF,
                    "fingerprint": {
                        "description": "/orgs/1/labels",
                        "requested_by": "/users/1",
                        "requested_at": "2020-01-14 23:16:52.303166",
                    },
                },
            }
        ]

    def test_what_is_asked_for(self, pce) -> None:
        pce.on("GET", JOBS, (200, [recorded("job_running")] * 2, {"X-Matched-Count": "7"}))
        assert info(job_type=":illumio/async_requests", max_results=2)["msg"].endswith(
            ": 2 of 7 jobs, 2 of them not over."
        )
        assert pce.asked[0].path == f"{JOBS}?job_type=%3Aillumio%2Fasync_requests&max_results=2"

    def test_all_jobs_are_asked_for(self, pce) -> None:
        """Trap 13: without a number the list is cut at 500."""
        pce.on("GET", JOBS, (200, []))
        assert info()["jobs"] == []
        assert pce.asked[0].path == f"{JOBS}?max_results=10000"

    def test_one(self, pce) -> None:
        pce.on("GET", JOB, (200, recorded("job_running")))
        for given in (HREF, HREF.rpartition("/")[2], f"https://other.example.org/api/v2{HREF}"):
            assert [job["state"] for job in info(href=given)["jobs"]] == ["running"]

    @pytest.mark.parametrize("status", [404, 410])
    def test_one_that_is_not_there(self, pce, status) -> None:
        pce.on("GET", JOB, status)
        result = info(href=HREF)
        assert (result["failed"], result["jobs"]) == (False, [])

    @pytest.mark.parametrize(
        ("details", "state", "messages"),
        [
            ({"status": "Done", "result": {}}, "unknown", []),
            ({"status": "done", "result": None, "job_type": "other"}, "succeeded", []),
            ({"status": "failed", "result": {"message": "too long"}}, "failed", ["too long"]),
            ({"status": "failed", "result": None}, "failed", []),
            ({"status": "cancelled"}, "canceled", []),
            ({"status": "shelved"}, "unknown", []),
            ({"status": None}, "unknown", []),
        ],
    )
    def test_states(self, pce, details, state, messages) -> None:
        pce.on("GET", JOBS, (200, [{**recorded("job_running"), **details}]))
        (job,) = info()["jobs"]
        assert (job["state"], job["messages"]) == (state, messages)
        assert (job["handle"] is None) == ("job_type" in details)

    def test_what_is_no_job_is_left_out(self, pce) -> None:
        pce.on("GET", JOBS, (200, [17, {"status": "done"}, recorded("job_running")]))
        assert [job["href"] for job in info()["jobs"]] == [HREF]

    @pytest.mark.parametrize("answer", [(200, {}), (200, b""), 502])
    def test_what_is_no_list_is_asked_for_again(self, pce, answer) -> None:
        pce.on("GET", JOBS, answer, (200, []))
        assert info()["outcome"] == "succeeded"
        assert len(pce.asked) == 2

    def test_no_permission(self, pce) -> None:
        pce.on("GET", JOBS, 403)
        assert info()["refusal"] == {"reason": "denied"}

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            ({"href": "/orgs/1/labels/7"}, "href: '/orgs/1/labels/7' does not name a job"),
            ({"href": "/orgs/1/jobs/7/x"}, "does not name a job"),
            ({"href": "../7"}, "does not name a job"),
            ({"max_results": 0}, "max_results"),
        ],
    )
    def test_input(self, pce, options, text) -> None:
        result = info(**options)
        assert result["refusal"] == {"reason": "bad_input"}
        assert text in result["msg"]
        assert not pce.asked


class TestAbsent:
    @pytest.fixture(autouse=True)
    def there(self, pce) -> None:
        pce.on("GET", JOB, (200, recorded("job_done")))
        pce.on("DELETE", JOB, 204)

    def test_a_job_is_deleted(self, pce) -> None:
        result = absent()
        assert (result["outcome"], result["changed"]) == ("succeeded", True)
        assert result["job"]["description"] == "/orgs/1/labels"
        assert len(pce.sent("DELETE")) == 1

    @pytest.mark.parametrize("status", [404, 410])
    def test_no_job_is_no_change(self, pce, status) -> None:
        pce.on("GET", JOB, status)
        result = absent()
        assert (result["outcome"], result["changed"], result["job"]) == ("nothing_to_do", False, None)
        assert not pce.sent("DELETE")

    def test_check_mode(self, pce) -> None:
        assert absent(check_mode=True)["changed"]
        assert not pce.sent("DELETE")

    # Traps 22 and 24.
    @pytest.mark.parametrize("second", [204, 404, (406, [{"token": "already_deleted", "message": "gone"}])])
    def test_a_lost_answer(self, pce, second) -> None:
        pce.on("DELETE", JOB, 502, second)
        assert absent()["changed"]
        assert len(pce.sent("DELETE")) == 2

    # Trap 29.
    def test_the_job_of_somebody_else(self, pce) -> None:
        pce.on("DELETE", JOB, (403, [{"token": "forbidden_error", "message": "Forbidden"}]))
        result = absent()
        assert result["refusal"] == {"reason": "denied"}
        assert "only by the account that started it, which is /users/1" in result["msg"]

    def test_another_refusal(self, pce) -> None:
        pce.on("DELETE", JOB, (406, [{"token": "not_acceptable_error", "message": "no"}]))
        result = absent()
        assert result["refusal"] == {"reason": "rejected", "status": 406, "code": "not_acceptable_error"}
        assert not result["changed"]
