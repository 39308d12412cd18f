# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every answer of the simulated tenant is compared with the published files, by an OpenAPI library.

Where those files are known to be wrong stands, with the reasons, in tests/openapi/scm.py. Forms that a setting asks for
because a client has to live with them although no file has them are named at the end of this one.
"""

from __future__ import annotations

import typing as t

import pytest
import requests
from simulator.scm.devices import COMMANDS

from .scm import CURRENT, DEVICES, FOLDERS, LEGACY, SECRET, VIEWER, Scm

from openapi import scm as published  # isort: skip

Make = t.Callable[..., Scm]
SERIAL, OTHER = "007951000388704", "007951000388707"


class Judge:
    """Compares each answer, and each request, as they come by."""

    def __init__(self, scm: Scm) -> None:
        self.compared = 0
        self.errors: list[str] = []
        scm.session.hooks["response"].append(self.look)

    def look(self, answer: requests.Response, **_arguments: t.Any) -> None:
        request = answer.request
        path = request.path_url
        body, headers = answer.content, answer.headers
        found = published.specification_of(path).answer_errors(request.method, path, answer.status_code, headers, body)
        self.errors += [f"{request.method} {path} {answer.status_code}: {error}" for error in found]
        self.compared += 1


@pytest.fixture
def judged(tenant: Make) -> t.Iterator[t.Callable[..., tuple[Scm, Judge]]]:
    judges = []

    def make(base: str = CURRENT, **settings: t.Any) -> tuple[Scm, Judge]:
        scm = tenant(**settings).other(base=base)
        judges.append(Judge(scm))
        return scm, judges[-1]

    yield make
    assert judges
    assert [error for judge in judges for error in judge.errors] == []


Judged = t.Callable[..., tuple[Scm, Judge]]


@pytest.mark.parametrize("base", [CURRENT, LEGACY])
def test_a_push_and_everything_around_it(judged: Judged, base: str) -> None:
    scm, judge = judged(base, pushes={"children": {FOLDERS[1]: {"start": 13, "result": "FAIL"}}})
    scm.act("changes", place=FOLDERS[0])
    number = scm.pushed(FOLDERS, description="Ticket 7", admin=["all"], devices=[SERIAL])
    for _step in range(12):
        scm.get(f"/jobs/{number}")
        for job in scm.jobs(limit=5):
            scm.get(f"/jobs/{job['id']}")
        scm.advance(15)
    for path in ("/config-versions", "/config-versions/63", "/config-versions/running"):
        assert scm.get(path).status_code == 200
    assert judge.compared > 70


@pytest.mark.parametrize("device_name", [True, False])
@pytest.mark.parametrize("end", [{"status": "PUSHABORT", "result": "FAIL"}, {"result": "CANCELLED"}])
def test_odd_jobs_that_the_file_allows(judged: Judged, device_name: bool, end: dict[str, str]) -> None:
    scm, _judge = judged(
        device_name=device_name,
        end_ts_active="empty",
        details="plain",
        pushes={"children": {"*": end}},
        device_children="one",
    )
    number = scm.pushed(FOLDERS, devices=[SERIAL, OTHER])
    scm.get(f"/jobs/{number}")
    scm.advance(200)
    scm.configure(details="absent")
    for job in scm.children(number):
        scm.get(f"/jobs/{job['id']}")


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("shape", ["full", "empty", "success_false", "no_job_id"])
def test_answers_to_a_push(judged: Judged, status: int, shape: str) -> None:
    scm, _judge = judged(push_status=status, push_answer=shape)
    assert scm.push().status_code in (status, 201)


@pytest.mark.parametrize("load", ["loaded", "empty", "migration_failed"])
def test_load_and_discard(judged: Judged, load: str) -> None:
    scm, _judge = judged(load=load)
    assert scm.post("/config-versions:load", {"version": 3}).status_code == 201
    assert scm.ask("DELETE", "/config-versions/candidate").status_code == 200
    scm.configure(discard_nothing="not_found")
    assert scm.ask("DELETE", "/config-versions/candidate").status_code == 404


@pytest.mark.parametrize("kind", COMMANDS)
def test_jobs_on_devices(judged: Judged, kind: str) -> None:
    scm, _judge = judged(device_results="as_they_come", device_jobs={"devices": {OTHER: {"state": "failed"}}})
    job = scm.device_job(kind, SERIAL, OTHER, "007951000000001")
    for _step in range(5):
        assert scm.get(f"{DEVICES}/device/jobs/{job}").status_code == 200
        scm.advance(3)


def test_local_configurations(judged: Judged) -> None:
    scm, _judge = judged(local_config_md5=True)
    for serial in (SERIAL, "007951000000001"):
        assert scm.get(f"{DEVICES}/local-config/versions?device={serial}").status_code == 200
    found = [
        scm.get(f"{DEVICES}/local-config/download?{query}").status_code
        for query in (f"device={SERIAL}&version=1", f"device={SERIAL}&version=9", "version=1", f"device={SERIAL}")
    ]
    assert found == [200, 404, 400, 400]
    scm.fault("plain_error", "download")
    assert scm.get(f"{DEVICES}/local-config/download?device={SERIAL}&version=1").status_code == 500


@pytest.mark.parametrize("style", ["documented", "live"])
def test_errors(judged: Judged, style: str) -> None:
    scm, _judge = judged(error_style=style, concurrent_push="refuse")
    found = [
        scm.get("/jobs/9999"),
        scm.get("/jobs?limit=x"),
        scm.get("/config-versions/999"),
        scm.get("/config-versions?offset=x"),
        scm.get("/jobs", headers={"Authorization": ""}),
        scm.push([]),
        scm.push(),
        scm.push(),
        scm.post("/config-versions:load", {"version": "3"}),
        scm.post(f"{DEVICES}/jobs/route-table", {"devices": ["1"]}),
        scm.get(f"{DEVICES}/device/jobs/00000000-0000-0000-0000-000000000000"),
        scm.get(f"{DEVICES}/local-config/versions?device=1"),
        scm.get(f"{DEVICES}/local-config/versions?device={SERIAL}", headers={"Authorization": "Bearer x"}),
    ]
    assert [answer.status_code for answer in found] == [404, 400, 404, 400, 401, 400, 200, 409, 400, 400, 404, 400, 401]
    scm.use(scm.act("token", client=VIEWER)["access_token"])
    assert scm.push().status_code == 403
    scm.act("overload")
    assert scm.get("/jobs").status_code == 429


def test_details_as_text_are_right_for_devices_only(tenant: Make) -> None:
    """One file wants an object there, the other takes both."""
    scm = tenant(error_style="text")
    judge = Judge(scm)
    scm.get(f"{DEVICES}/device/jobs/00000000-0000-0000-0000-000000000000")
    assert judge.errors == []
    scm.get("/jobs/9999")
    assert len(judge.errors) == 1


@pytest.mark.parametrize("path", published.TOKEN_PATHS)
def test_tokens(tenant: Make, path: str) -> None:
    scm = tenant()
    for answer in (scm.token(path), scm.token(path, secret="x"), scm.token(path, scope="x")):
        specification = published.specification_of(path)
        answered = specification.answer_errors("POST", path, answer.status_code, answer.headers, answer.content)
        request = answer.request
        assert (answered, published.request_errors("POST", request.url, request.headers, request.body)) == ([], [])
    assert SECRET not in scm.token(path).text


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        # Trap 5: pages that are older than the file, and one client, have these.
        ({"job_shape": "list"}, "is not of type 'object'"),
        ({"numbers": "integers"}, "is not of type 'string'"),
        # ABORTED is read in a client's source; a state that does not exist yet may come with any release.
        ({"pushes": {"running": ["ACT", "ABORTED"]}}, "'ABORTED' is not one of"),
        ({"pushes": {"running": ["ARCHIVING", "PEND"]}}, "'ARCHIVING' is not one of"),
        ({"error_style": "html", "pushes": {"early_polls": 1}}, "mimetype not found"),
    ],
)
def test_what_no_file_has_and_a_setting_asks_for(tenant: Make, settings: dict[str, t.Any], named: str) -> None:
    """So the comparison sees them."""
    scm = tenant(**settings)
    number = scm.push().json()["job_id"]
    judge = Judge(scm)
    scm.get(f"/jobs/{number}")
    assert named in "\n".join(judge.errors)
