# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.inquiry import Inquiry
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.agent_package import (
    PAGE,
    AgentPackage,
    PackageOptions,
    absent_from_options,
    from_options,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.operations import OPERATIONS
from ansible_collections.netops.jobs.tests.unit.cortex_storage import Storage, behind
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeTime

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "cortex" / "recorded"
ROOT = "/v1/distributions"
CREATE, STATUS, URL, LIST, DELETE = (
    f"{ROOT}/{name}" for name in ("create", "get_status", "get_dist_url", "get_distributions", "delete")
)
ID = "588a56de313549b49d70d14d4c1fd0e3"
VERSION = "8.6.0.2000"
EXISTS = {"reply": {"err_code": 500, "err_msg": "An error", "err_extra": "A distribution with this name exists"}}


def recorded(name: str) -> tuple[int, object]:
    return 200, json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def reply(content: object) -> tuple[int, object]:
    return 200, {"reply": content}


def word(status: str) -> tuple[int, object]:
    return reply({"status": status})


def package(package_id: str = ID, name: str = "web", status: str = "Completed", **more: object) -> dict:
    record = {"distribution_id": package_id, "name": name, "status": status, "platform": "linux"}
    return {**record, "package_type": "standalone", "agent_version": VERSION, "creation_time": 1, **more}


def listing(*records: dict, total: int | None = None) -> tuple[int, object]:
    count = len(records) if total is None else total
    return reply({"data": list(records), "filter_count": count, "total_count": count})


@pytest.fixture
def tenant(tenant):
    tenant.post(LIST, listing(package("other", "other")))
    tenant.post(CREATE, recorded("create_distribution"))
    tenant.post(STATUS, recorded("get_distribution_status"))
    return tenant.post(URL, recorded("get_distribution_url"))


@pytest.fixture
def storage(tenant, monkeypatch) -> Storage:
    return behind(tenant, "api-tenant.example.com", monkeypatch).on("/11111/sh", (200, b"#!/bin/sh\n"))


class Clock:
    def __init__(self) -> None:
        self.fake = FakeTime()
        # Requests have the real time for their deadline.
        self.fake.now = time.monotonic()

    def __call__(self) -> float:
        return self.fake.now


def make(client, dest: Path | None = None, file_type: str | None = "sh", **options) -> AgentPackage:
    given = {"name": "web", "platform": "linux", "agent_version": VERSION, **options}
    folder = None if dest is None else str(dest)
    return AgentPackage(client, PackageOptions(**given), dest=folder, file_type=file_type, clock=Clock())


def run(operation: AgentPackage, **wishes):
    return lifecycle.run(operation, lifecycle.Wishes(TIMING, **wishes), operation._clock.fake.world)


# One task.


def test_a_package_is_made_and_fetched_without_credentials(client, tenant, storage, tmp_path) -> None:
    tenant.post(STATUS, word("Pending"), word("In Progress"), recorded("get_distribution_status"))
    verdict = run(make(client, tmp_path / "agent.sh", description="for the web"))
    assert (verdict.outcome, verdict.changed, verdict.job.handle.id) == (Outcome.SUCCEEDED, True, ID)
    assert verdict.polling.observed == {"Pending": 1, "In Progress": 1, "Completed": 1}
    assert tenant.posted(CREATE)[0].request_data == {
        "name": "web",
        "platform": "linux",
        "package_type": "standalone",
        "agent_version": VERSION,
        "description": "for the web",
    }
    assert tenant.posted(URL)[0].request_data == {"distribution_id": ID, "package_type": "sh"}
    assert verdict.result == {
        "distribution_id": ID,
        "name": "web",
        "platform": "linux",
        "package_type": "standalone",
        "agent_version": VERSION,
        "path": str(tmp_path / "agent.sh"),
        "size": 10,
        "sha256": hashlib.sha256(b"#!/bin/sh\n").hexdigest(),
    }
    assert [(fetched.method, "Authorization" in fetched.headers) for fetched in storage.fetched] == [("GET", False)]
    assert "xdrdummyurl" not in json.dumps(verdict.to_dict())


def test_an_upgrade_package(client, tenant) -> None:
    upgrade = PackageOptions("web", "upgrade", windows_version=VERSION, linux_version=VERSION)
    assert run(AgentPackage(client, upgrade, clock=Clock())).outcome is Outcome.SUCCEEDED
    assert tenant.posted(CREATE)[0].request_data == {
        "name": "web",
        "package_type": "upgrade",
        "windows_version": VERSION,
        "linux_version": VERSION,
    }


def test_a_package_that_fails(client, tenant) -> None:
    tenant.post(STATUS, word("Failed"))
    verdict = run(make(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert "the tenant gives no reason" in verdict.message


def test_a_word_in_no_table_is_waited_out(client, tenant) -> None:
    tenant.post(STATUS, word("Cooking"), word("Completed"))
    verdict = run(make(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "'Cooking'" in verdict.warnings[0]


# What is there already.


@pytest.mark.parametrize("check_mode", [False, True])
def test_nothing_to_do_where_it_is_there(client, tenant, check_mode) -> None:
    tenant.post(LIST, listing(package("other", "other"), package(platform="AGENT_OS_LINUX")))
    verdict = run(make(client), check_mode=check_mode)
    assert (verdict.outcome, verdict.changed, verdict.result["distribution_id"]) == (Outcome.NOTHING_TO_DO, False, ID)
    assert not tenant.posted(CREATE)


@pytest.mark.parametrize("adopt", [True, False])
def test_what_is_there_is_fetched_and_changes_what_the_file_changes(client, tenant, storage, tmp_path, adopt) -> None:
    tenant.post(LIST, listing(package()))
    first, second = (run(make(client, tmp_path / "agent.sh"), adopt=adopt) for _each in range(2))
    assert (first.outcome, first.changed, second.outcome, second.changed) == (
        Outcome.SUCCEEDED,
        True,
        Outcome.SUCCEEDED,
        False,
    )
    assert not tenant.posted(CREATE)


def test_one_that_is_being_made_is_waited_for(client, tenant) -> None:
    tenant.post(LIST, listing(package(status="In Progress")))
    tenant.post(STATUS, word("In Progress"), word("Completed"))
    verdict = run(make(client))
    assert (verdict.outcome, verdict.job.adopted, verdict.changed) == (Outcome.SUCCEEDED, True, True)
    assert not tenant.posted(CREATE)


@pytest.mark.parametrize(
    ("there", "complaint"),
    [
        ({"platform": "windows"}, "another package of that name"),
        ({"agent_version": "8.5.0.1000"}, "another package of that name"),
        ({"package_type": "upgrade"}, "another package of that name"),
        ({"status": "Failed"}, "could not make this package before"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_a_name_that_is_taken(client, tenant, there, complaint, check_mode) -> None:
    tenant.post(LIST, listing(package(**there)))
    verdict = run(make(client), check_mode=check_mode)
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert complaint in verdict.message
    assert ID in verdict.message
    assert not tenant.posted(CREATE)


def test_of_several_the_one_that_fits_counts(client, tenant) -> None:
    tenant.post(
        LIST,
        listing(
            package("a", status="Failed"), package("b"), package("c", creation_time=9), package("d", agent_version="1")
        ),
    )
    assert run(make(client)).result["distribution_id"] == "c"


def test_a_long_list_is_read_to_its_end(client, tenant) -> None:
    records = [package(str(number), f"p{number}") for number in range(130)] + [package()]

    def page(asked):
        wanted = asked.request_data
        return listing(*records[wanted["search_from"] : wanted["search_to"]], total=131)

    tenant.post(LIST, page)
    assert run(make(client)).outcome is Outcome.NOTHING_TO_DO


def test_a_list_without_numbers_is_read_until_a_page_is_not_full(client, tenant) -> None:
    others = [package(f"{number:032d}", f"name{number}") for number in range(PAGE)]
    tenant.post(LIST, reply({"data": others}), reply({"data": [package()]}))
    assert run(make(client)).outcome is Outcome.NOTHING_TO_DO
    assert not tenant.posted(CREATE)


def test_check_mode_makes_nothing(client, tenant, tmp_path) -> None:
    verdict = run(make(client, tmp_path / "agent.sh"), check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "package web (linux 8.6.0.2000 standalone) would be made" in verdict.message
    assert not tenant.posted(CREATE)
    assert not list(tmp_path.iterdir())


# The submission.


@pytest.mark.parametrize("lost", [requests.ConnectionError("reset"), (502, b""), reply({})])
def test_a_lost_package_is_found_by_its_name(client, tenant, lost) -> None:
    def create(_asked):
        tenant.post(LIST, listing(package(status="Pending")))
        return lost

    tenant.post(CREATE, create)
    verdict = run(make(client))
    assert (verdict.outcome, verdict.changed, verdict.job.handle.id) == (Outcome.SUCCEEDED, True, ID)
    assert len(tenant.posted(CREATE)) == 1


def test_what_provably_was_not_made_is_asked_for_again(client, tenant) -> None:
    tenant.post(CREATE, requests.ConnectionError("reset"), recorded("create_distribution"))
    assert run(make(client)).outcome is Outcome.SUCCEEDED
    assert len(tenant.posted(CREATE)) == 2


def test_one_that_arrived_late_is_found_when_its_name_is_refused(client, tenant) -> None:
    def again(_asked):
        tenant.post(LIST, listing(package(status="Pending")))
        return 500, EXISTS

    tenant.post(CREATE, requests.ConnectionError("reset"), again)
    verdict = run(make(client))
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, ID)


# Trap 10.
def test_a_refusal_by_http_500_is_a_refusal(client, tenant) -> None:
    tenant.post(CREATE, (500, EXISTS))
    verdict = run(make(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert "A distribution with this name exists" in verdict.message


# The wait and the file.


def test_a_handle_resumes_it_and_knows_what_is_to_be_fetched(client, tenant, storage, tmp_path) -> None:
    left = run(make(client, tmp_path / "agent.sh"), wait=False)
    handle = Handle.from_dict(left.job.handle.to_dict())
    assert (handle.options["file_type"], handle.options["dest"]) == ("sh", str(tmp_path / "agent.sh"))
    verdict = Wait(OPERATIONS[handle.operation](client), handle, TIMING, Clock().fake.world).run()
    assert (verdict.outcome, verdict.changed, verdict.result["name"]) == (Outcome.SUCCEEDED, True, "web")


def test_a_package_that_was_deleted_is_lost(client, tenant) -> None:
    tenant.post(STATUS, (500, {"reply": {"err_code": 500, "err_msg": "An error", "err_extra": "not found"}}))
    handle = Handle(AgentPackage.name, client.endpoint, ID)
    verdict = run(AgentPackage(client, clock=Clock()), handle=handle)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, False)
    assert "it was deleted" in verdict.message


# Trap 23.
def test_trouble_while_it_is_looked_at_is_no_failure(client, tenant) -> None:
    tenant.post(LIST, listing(package(status="Pending")))
    refusal = (500, {"reply": {"err_code": 500, "err_msg": "An error", "err_extra": "busy"}})
    tenant.post(STATUS, 503, refusal, reply({}), (429, b""), word("Completed"))
    verdict = run(make(client))
    assert (verdict.outcome, verdict.polling.outages) == (Outcome.SUCCEEDED, 1)


# Trap 18.
def test_a_link_that_is_refused_is_asked_for_anew(client, tenant, storage, tmp_path) -> None:
    tenant.post(URL, reply({"distribution_url": "https://old.example.net/x"}), recorded("get_distribution_url"))
    storage.on("old.example.net", (403, b""))
    assert run(make(client, tmp_path / "agent.sh")).outcome is Outcome.SUCCEEDED
    assert len(tenant.posted(URL)) == 2


def test_a_file_that_the_package_does_not_have_is_said_at_once(client, tenant, tmp_path) -> None:
    tenant.post(URL, (500, {"reply": {"err_code": 500, "err_msg": "An error", "err_extra": "package_type must be sh"}}))
    verdict = run(make(client, tmp_path / "agent.sh", file_type="pkg"))
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "package_type must be sh" in verdict.message
    assert (verdict.job.state, len(tenant.posted(URL))) == (JobState.SUCCEEDED, 1)


def test_an_empty_file_is_no_package(client, tenant, storage, tmp_path) -> None:
    storage.on("/11111/sh", (200, b""))
    assert run(make(client, tmp_path / "agent.sh")).outcome in (Outcome.UNREACHABLE, Outcome.TIMED_OUT)
    assert not list(tmp_path.iterdir())


# Options.


@pytest.fixture
def params(connection) -> dict[str, object]:
    nothing = ("handle", "name", "distribution_id", "platform", "agent_version", "description", "dest", "file_type")
    versions = ("windows_version", "linux_version", "macos_version")
    return {**connection, **dict.fromkeys((*nothing, *versions)), "package_type": "standalone"}


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({}, "name: say which"),
        ({"name": " "}, "name: is empty"),
        ({"name": "a"}, "platform: a standalone"),
        ({"name": "a", "platform": "linux"}, "agent_version: a standalone"),
        ({"name": "a", "platform": "linux", "agent_version": "1", "linux_version": "1"}, "linux_version: is for"),
        ({"name": "a", "package_type": "upgrade"}, "windows_version, linux_version, macos_version: an upgrade"),
        ({"name": "a", "package_type": "upgrade", "linux_version": "1", "platform": "linux"}, "platform: says nothing"),
        ({"name": "a", "platform": "linux", "agent_version": "1", "dest": "/tmp/x"}, "file_type: say which"),
        ({"name": "a", "platform": "linux", "agent_version": "1", "file_type": "a/b"}, "file_type"),
        ({"name": "a", "distribution_id": "x"}, "distribution_id: is for state: absent"),
        ({"handle": {}, "dest": "/nowhere/at/all"}, "dest: the folder"),
    ],
)
def test_options_that_make_no_sense(params, wrong, complaint) -> None:
    with pytest.raises(errors.BadInput) as caught:
        from_options({**params, **wrong}, lambda _secrets: None)
    assert complaint in caught.value.message


@pytest.mark.parametrize(
    ("given", "file_type"),
    [
        ({"platform": "macos", "agent_version": "1"}, "pkg"),
        ({"package_type": "upgrade", "linux_version": "1"}, "upgrade"),
        ({"platform": "android", "file_type": "apk"}, "apk"),
    ],
)
def test_which_file_of_a_package_is_meant(params, given, file_type, tmp_path) -> None:
    operation = from_options({**params, "name": "a", "dest": str(tmp_path / "x"), **given}, lambda _secrets: None)
    assert operation._handle("1").options["file_type"] == file_type


# state: absent.


def absent(params: dict, *, check_mode: bool = False, **options):
    world = FakeTime()
    world.now = time.monotonic()
    inquiry = Inquiry("x", TIMING, world.world, started=world.now, changes_device=False)
    return absent_from_options({**params, **options}, lambda _secrets: None, inquiry, check_mode=check_mode)


def test_a_package_is_deleted_by_name_or_id(params, tenant) -> None:
    tenant.post(LIST, listing(package(), package("other", "other")))
    tenant.post(DELETE, reply(True))
    for named in ({"name": "web"}, {"distribution_id": ID}):
        assert absent(params, check_mode=True, **named)["changed"]
        assert not tenant.posted(DELETE)
        done = absent(params, **named)
        assert (done["changed"], done["result"]["distribution_id"]) == (True, ID)
        assert [asked.request_data for asked in tenant.posted(DELETE)] == [{"distribution_id": ID}]
        tenant.asked.clear()


def test_what_is_not_there_need_not_be_deleted(params, tenant) -> None:
    assert absent(params, name="web")["outcome"] == "nothing_to_do"
    assert not tenant.posted(DELETE)


def test_a_deletion_whose_answer_was_lost(params, tenant) -> None:
    tenant.post(LIST, listing(package()))

    def gone(_asked):
        tenant.post(LIST, listing())
        return requests.ConnectionError("reset")

    tenant.post(DELETE, gone, (500, {"reply": {"err_code": 500, "err_msg": "An error", "err_extra": "not found"}}))
    assert absent(params, name="web")["changed"]


def test_a_deletion_that_is_refused_and_a_name_that_is_not_enough(params, tenant) -> None:
    tenant.post(LIST, listing(package()))
    tenant.post(DELETE, (500, {"reply": {"err_code": 500, "err_msg": "An error", "err_extra": "in use"}}))
    with pytest.raises(errors.Refused, match="in use"):
        absent(params, name="web")
    tenant.post(LIST, listing(package("a"), package("b")))
    with pytest.raises(errors.Refused, match="has 2 packages of that name"):
        absent(params, name="web")
    with pytest.raises(errors.BadInput, match="name, distribution_id"):
        absent(params)
