# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated tenant: jobs on devices, local configurations."""

from __future__ import annotations

import hashlib
import typing as t
import uuid
import xml.etree.ElementTree as ET

import pytest
from simulator.scm.devices import COMMANDS

from .scm import DEVICES, Scm, error

Make = t.Callable[..., Scm]
ONE, TWO, THREE = "007951000388704", "007951000388707", "007051000239252"
STRANGER = "007951000000001"


def look(scm: Scm, job: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", scm.get(f"{DEVICES}/device/jobs/{job}").json())


def states(answer: dict[str, t.Any]) -> dict[str, str]:
    return {result["device"]: result["state"] for result in answer["results"]}


# Trap 20.
@pytest.mark.parametrize("kind", COMMANDS)
def test_a_job_of_every_kind(tenant: Make, kind: str) -> None:
    scm = tenant()
    answer = scm.post(f"{DEVICES}/jobs/{kind}", {"devices": [ONE, TWO]})
    assert (answer.status_code, set(answer.json())) == (201, {"job_id"})
    job = answer.json()["job_id"]
    assert str(uuid.UUID(job)) == job
    first = look(scm, job)
    assert (first["jobId"], first["state"], first["progress"], first["results"]) == (job, "pending", 0, [])
    scm.advance(6)
    assert (look(scm, job)["state"], look(scm, job)["progress"]) == ("in_progress", 50)
    scm.advance(6)
    last = look(scm, job)
    assert (last["state"], last["progress"], states(last)) == ("complete", 100, {ONE: "complete", TWO: "complete"})
    assert last["request"] == {"command": COMMANDS[kind], "devices": [ONE, TWO]}
    assert last["results"][0]["details"]["msg"] == "Command completed successfully."
    assert last["results"][0]["details"]["result"]
    (submission,) = scm.submissions("device-job")
    assert (submission["job"], submission["description"]) == (job, kind)
    assert scm.get(f"/jobs/{job}").status_code == 404


def test_advanced_tables(tenant: Make) -> None:
    scm = tenant()
    job = scm.device_job("route-table", ONE, advanced=True)
    assert look(scm, job)["request"]["command"] == "show-advanced-routing-route"
    assert scm.submissions("device-job")[0]["details"]["command"] == "show-advanced-routing-route"


# Trap 21.
def test_a_device_fails_and_the_job_is_complete(tenant: Make) -> None:
    scm = tenant(device_jobs={"polls": 1, "devices": {TWO: {"state": "failed", "msg": "No route to it."}}})
    answer = look(scm, scm.device_job("fib-table", ONE, TWO))
    assert (answer["state"], states(answer)) == ("complete", {ONE: "complete", TWO: "failed"})
    assert answer["results"][1]["details"] == {"msg": "No route to it.", "result": {}}


def test_the_whole_job_fails(tenant: Make) -> None:
    scm = tenant(next_device_jobs=[{"polls": 1, "state": "failed", "devices": {"*": {"missing": True}}}])
    answer = look(scm, scm.device_job("device-rules", ONE))
    assert (answer["state"], answer["results"]) == ("failed", [])
    assert look(scm, scm.device_job("device-rules", ONE))["state"] == "pending"


def test_results_as_they_come(tenant: Make) -> None:
    scm = tenant(device_results="as_they_come", device_jobs={"pending": 0, "seconds": 30})
    job = scm.device_job("dns-proxy", ONE, TWO, THREE)
    seen = []
    for _step in range(4):
        seen.append(list(states(look(scm, job))))
        scm.advance(10.5)
    assert seen == [[], [ONE], [ONE, TWO], [ONE, TWO, THREE]]


def test_a_job_by_looks(tenant: Make) -> None:
    scm = tenant(device_jobs={"polls": 3, "early_polls": 1})
    job = scm.device_job("dns-proxy", ONE)
    assert error(scm.get(f"{DEVICES}/device/jobs/{job}"))[:2] == (404, "E005")
    assert [look(scm, job)["state"] for _look in range(3)] == ["pending", "in_progress", "complete"]


@pytest.mark.parametrize(
    ("setting", "found"), [("result", {ONE: "complete", STRANGER: "failed"}), ("missing", {ONE: "complete"})]
)
def test_an_unknown_device(tenant: Make, setting: str, found: dict[str, str]) -> None:
    scm = tenant(unknown_device=setting, device_jobs={"polls": 1})
    assert states(look(scm, scm.device_job("dns-proxy", ONE, STRANGER))) == found


def test_an_unknown_device_is_refused(tenant: Make) -> None:
    scm = tenant(unknown_device="not_found")
    answer = scm.post(f"{DEVICES}/jobs/dns-proxy", {"devices": [STRANGER]})
    assert error(answer) == (404, "E005", "Object Not Present")
    assert (scm.submissions("device-job"), len(scm.refused("device-job"))) == ([], 1)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("dns-proxy", {}),
        ("dns-proxy", {"devices": []}),
        ("dns-proxy", {"devices": [f"00795100012345{digit}" for digit in range(6)]}),
        ("dns-proxy", {"devices": [ONE, ONE]}),
        ("dns-proxy", {"devices": ONE}),
        ("dns-proxy", {"devices": [7951000388704]}),
        ("dns-proxy", {"devices": ["0079510003887"]}),
        ("dns-proxy", {"devices": [ONE], "advanced": True}),
        ("route-table", {"devices": [ONE], "advanced": "yes"}),
        ("route-table", {"devices": [ONE], "limit": 5}),
    ],
)
def test_jobs_that_are_refused(tenant: Make, kind: str, body: dict[str, t.Any]) -> None:
    scm = tenant()
    assert error(scm.post(f"{DEVICES}/jobs/{kind}", body)) == (400, "E003", "Invalid Object")
    assert scm.submissions("device-job") == []


def test_other_kinds_and_jobs(tenant: Make) -> None:
    scm = tenant()
    assert error(scm.post(f"{DEVICES}/jobs/reboot", {"devices": [ONE]})) == (404, "E005", "Object Not Present")
    assert error(scm.get(f"{DEVICES}/device/jobs/{uuid.uuid4()}")) == (404, "E005", "Object Not Present")


# Trap 22.
def test_local_versions(tenant: Make) -> None:
    scm = tenant()
    found = scm.get(f"{DEVICES}/local-config/versions?device={ONE}").json()
    assert [(entry["id"], entry["serial"], entry["local_version"]) for entry in found] == [
        (3, ONE, "1.0.3"),
        (2, ONE, "1.0.2"),
        (1, ONE, "1.0.1"),
    ]
    assert scm.get(f"{DEVICES}/local-config/versions?device={STRANGER}").json() == []
    assert scm.act("local-config", serial=ONE) == {"version": 4}
    assert scm.get(f"{DEVICES}/local-config/versions?device={ONE}").json()[0]["id"] == 4
    assert error(scm.get(f"{DEVICES}/local-config/versions")) == (400, "E003", "Missing Query Parameter: device")
    assert scm.get(f"{DEVICES}/local-config/versions?device=1").status_code == 400


def download(scm: Scm, **query: str) -> t.Any:
    return scm.get(f"{DEVICES}/local-config/download", params=query)


@pytest.mark.parametrize("size", [2048, 3 * 1024 * 1024 + 17])
def test_a_local_configuration_is_downloaded(tenant: Make, size: int) -> None:
    scm = tenant(local_config_bytes=size, local_config_md5=True)
    answer = download(scm, device=ONE, version="2")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=local-config-{ONE}-2.xml"
    assert (len(answer.content), ET.fromstring(answer.content).tag) == (size, "config")
    versions = scm.get(f"{DEVICES}/local-config/versions?device={ONE}").json()
    digests = {entry["id"]: entry["md5"] for entry in versions}
    assert digests[2] == hashlib.md5(answer.content).hexdigest()
    assert len(set(digests.values())) == 3
    assert download(scm, device=ONE, version="2").content == answer.content


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({}, 400, "device query parameter is required"),
        ({"device": ONE}, 400, "version query parameter is required"),
        ({"device": ONE, "version": "9"}, 404, "configuration not found"),
        ({"device": ONE, "version": "newest"}, 404, "configuration not found"),
        ({"device": STRANGER, "version": "1"}, 404, "configuration not found"),
    ],
)
def test_errors_of_a_download_have_another_shape(tenant: Make, query: dict[str, str], status: int, text: str) -> None:
    answer = download(tenant(), **query)
    assert (answer.status_code, answer.json()) == (status, {"error": text})
