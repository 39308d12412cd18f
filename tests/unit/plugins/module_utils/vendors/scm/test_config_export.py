# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
import time
import typing as t
import urllib.parse

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils import _task
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import Interrupted
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import config_export
from ansible_collections.netops.jobs.tests.openapi import scm as openapi
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask, FakeTime
from ansible_collections.netops.jobs.tests.unit.scm_tenant import Asked, error

VERSIONS = "/operations/v1/local-config/versions"
DOWNLOAD = "/operations/v1/local-config/download"
ONE, TWO, STRANGER = "007951000388704", "007951000388707", "007951000000001"
NOW = datetime.datetime(2026, 11, 22, 5, 0, tzinfo=datetime.timezone.utc)
ERRORS = [
    (400, "version query parameter is required"),
    (404, "configuration not found"),
    (500, "database query error"),
    (500, "failed to decode configuration"),
]
LOST = requests.exceptions.ReadTimeout("x")


def version(number: object, serial: object = ONE, day: int = 20, **more: t.Any) -> dict[str, t.Any]:
    """An entry in the form of the published example."""
    return {
        "id": number,
        "serial": serial,
        "local_version": f"1.0.{number}",
        "timestamp": f"2026-11-{day:02}T10:30:00Z",
        "xfmed_version": f"1.0.{number}-transformed",
        **more,
    }


def config(serial: str, number: object) -> bytes:
    return f'<?xml version="1.0"?>\n<config urldb="{serial}-{number}"><devices/></config>\n'.encode()


class Files:
    """What the tenant has of each device."""

    def __init__(self, tenant) -> None:
        self.tenant = tenant
        self.listed: dict[str, t.Any] = {
            ONE: [version(1, day=19), version(3, day=21), version(2, day=20)],
            TWO: [version(7, TWO)],
        }
        self.content: t.Callable[[str, str], t.Any] = lambda serial, number: (200, config(serial, number), HEADERS)
        tenant.on("GET", VERSIONS, self._versions).on("GET", DOWNLOAD, self._download)

    def _versions(self, asked: Asked) -> t.Any:
        found = self.listed.get(query(asked)["device"], [])
        return found if isinstance(found, (tuple, Exception)) else (200, found)

    def _download(self, asked: Asked) -> t.Any:
        return self.content(query(asked)["device"], query(asked)["version"])

    @property
    def fetched(self) -> list[tuple[str, str]]:
        return [(query(asked)["device"], query(asked)["version"]) for asked in self.tenant.sent("GET", DOWNLOAD)]


# The name that the server proposes leads elsewhere.
HEADERS = {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": "attachment; filename=../../../../tmp/local-config-007951000388704-3.xml",
}


def query(asked: Asked) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(asked.url).query))


@pytest.fixture
def files(tenant) -> Files:
    return Files(tenant)


@pytest.fixture
def run(connection, tmp_path):
    """Run the module's code as its task does, in a world whose time does not pass by itself."""
    (tmp_path / "dest").mkdir()

    def made(*devices: str, check_mode: bool = False, listen=None, alive: bool = True, **options: t.Any):
        given = {"dest": str(tmp_path / "dest"), "version": None, "since": None, **options}
        task = FakeTask(check_mode=check_mode, **connection, devices=list(devices), **given)
        fake = FakeTime()
        fake.now = time.monotonic()
        world = fake.world if listen is None else dataclasses.replace(fake.world, listen=listen)
        made.fake = fake
        return _task.run_plain(
            task,
            "scm.config_export",
            lambda inquiry: config_export.from_options(
                task.params, task.hide, inquiry, check_mode=task.check_mode, now=NOW
            ),
            timing=config_export.TIMING,
            world=world,
        )

    made.dest = tmp_path / "dest"
    return made


def names(run) -> list[str]:
    return sorted(path.name for path in run.dest.iterdir())


def test_the_newest_version_of_each_device_becomes_a_file(run, files) -> None:
    result = run(ONE, TWO, ONE)
    assert (result["outcome"], result["changed"], result["failed"]) == ("succeeded", True, False)
    assert files.fetched == [(ONE, "3"), (TWO, "7")]
    assert names(run) == [f"local-config-{ONE}-3.xml", f"local-config-{TWO}-7.xml"]
    path = run.dest / f"local-config-{ONE}-3.xml"
    assert path.read_bytes() == config(ONE, 3)
    assert path.stat().st_mode & 0o777 == 0o600
    assert result["devices"][0] == {
        "serial": ONE,
        "state": "succeeded",
        "message": "",
        "versions": [version(3, day=21), version(2, day=20), version(1, day=19)],
        "files": [
            {
                "version": 3,
                "path": str(path),
                "size": len(config(ONE, 3)),
                "sha256": hashlib.sha256(config(ONE, 3)).hexdigest(),
                "changed": True,
            }
        ],
    }
    assert result["msg"].endswith(": 2 devices of 2, 2 files written, 0 unchanged.")


def test_each_request_is_as_the_published_file_says(run, files, tenant) -> None:
    run(ONE, TWO)
    sent = tenant.sent("GET")
    assert [openapi.request_errors(each.method, each.url, each.headers, each.raw) for each in sent] == [[]] * 4
    assert [each.headers["Accept"] for each in sent] == ["application/json", "application/octet-stream"] * 2


def test_the_published_file_has_what_these_tests_answer() -> None:
    document = openapi.device_operations().document
    fields = document["components"]["schemas"]["local_config_version"]
    assert set(version(3)) == set(fields["required"])
    assert fields["properties"]["md5"]["example"] == "abc123def456"
    responses = document["paths"]["/local-config/download"]["get"]["responses"]
    for status, text in ERRORS:
        content = responses[str(status)]["content"]["application/json"]
        examples = [content["example"]] if "example" in content else [x["value"] for x in content["examples"].values()]
        assert {"error": text} in examples


def test_a_second_run_changes_nothing_and_mends_what_somebody_changed(run, files) -> None:
    run(ONE, TWO)
    again = run(ONE, TWO)
    assert (again["outcome"], again["changed"]) == ("succeeded", False)
    assert again["msg"].endswith("0 files written, 2 unchanged.")
    (run.dest / f"local-config-{TWO}-7.xml").write_text("<mine/>")
    mended = run(ONE, TWO)
    assert [file["changed"] for device in mended["devices"] for file in device["files"]] == [False, True]
    assert (run.dest / f"local-config-{TWO}-7.xml").read_bytes() == config(TWO, 7)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, [3]),
        ({"version": 2}, [2]),
        ({"since": "2026-11-20"}, [3, 2]),
        ({"since": "2026-11-20T12:30:00+02:00"}, [3, 2]),
        ({"since": "2026-11-20T10:30:01Z"}, [3]),
        ({"since": "2026-11-22"}, []),
    ],
)
def test_which_versions_are_written(run, files, options, numbers) -> None:
    result = run(ONE, **options)
    assert result["outcome"] == "succeeded"
    assert [file["version"] for file in result["devices"][0]["files"]] == numbers
    assert names(run) == sorted(f"local-config-{ONE}-{number}.xml" for number in numbers)


def test_the_newest_is_told_by_its_time_then_by_its_number(run, files) -> None:
    files.listed[ONE] = [version(9, day=1), version(10, day=1), version("11", timestamp="long ago"), version(8, day=2)]
    found = run(ONE)["devices"][0]
    assert [each["id"] for each in found["versions"]] == [8, 10, 9, "11"]
    assert found["files"][0]["version"] == 8
    # Without a time nobody can say whether it is one of those that are wanted.
    refused = run(ONE, since="2026-11-01")
    assert (refused["outcome"], "version 11 the list has no time that can be read" in refused["msg"]) == (
        "failed",
        True,
    )


def test_without_a_folder_the_versions_are_listed(run, files) -> None:
    result = run(ONE, STRANGER, dest=None)
    assert (result["outcome"], result["changed"], files.fetched) == ("succeeded", False, [])
    assert [len(device["versions"]) for device in result["devices"]] == [3, 0]
    assert "does not know the device" in result["devices"][1]["message"]
    assert result["msg"].endswith(": 2 devices of 2, 3 versions.")


# Trap 22.
@pytest.mark.parametrize("options", [{}, {"version": 1}, {"since": "2026-11-01"}])
def test_a_device_without_versions_may_be_unknown_so_it_fails(run, files, options) -> None:
    result = run(STRANGER, TWO, **options)
    assert (result["outcome"], result["failed"]) == ("failed", True)
    assert (
        f"Failed: {STRANGER} (No versions are listed: it has none, or the tenant does not know the device)"
        in (result["msg"])
    )
    assert result["devices"][0]["state"] == "failed"


def test_a_device_that_fails_stops_no_other(run, files) -> None:
    result = run(STRANGER, ONE, TWO, version=7)
    assert [device["state"] for device in result["devices"]] == ["failed", "failed", "succeeded"]
    assert "There is no version 7, the newest are 3, 2, 1." in result["devices"][1]["message"]
    assert (result["changed"], names(run)) == (True, [f"local-config-{TWO}-7.xml"])
    assert "1 device of 3, 1 file written" in result["msg"]


# Trap 22.
@pytest.mark.parametrize(("status", "text"), ERRORS)
def test_errors_of_a_download_have_another_shape(run, files, status, text) -> None:
    files.content = lambda serial, number: (status, {"error": text}) if serial == ONE else (200, config(serial, number))
    result = run(ONE, TWO)
    assert result["outcome"] == "failed"
    assert text in result["devices"][0]["message"]
    assert result["devices"][1]["state"] == "succeeded"
    # An answer with 500 may be trouble that passes; the others are the last word.
    assert (len([each for each in files.fetched if each[0] == ONE]) > 1) == (status == 500)
    assert names(run) == [f"local-config-{TWO}-7.xml"]


def cut(serial: str, number: object) -> tuple[int, bytes, dict[str, str]]:
    return 200, config(serial, number)[:-10], {"Content-Type": "application/octet-stream"}


# Trap 24.
@pytest.mark.parametrize(
    "trouble",
    [
        LOST,
        (502, b"<html>Bad Gateway</html>"),
        (429, b""),
        (200, b""),
        (200, b"<html><body>Log in</body></html>", {"Content-Type": "text/html; charset=utf-8"}),
        cut(ONE, 3),
        (401, error("E016", "Key Expired")),
    ],
    ids=["lost", "502", "429", "empty", "portal", "cut", "expired"],
)
def test_a_download_that_does_not_come_whole_is_repeated(run, files, trouble) -> None:
    answers = [trouble]
    files.content = lambda serial, number: answers.pop() if answers else (200, config(serial, number), HEADERS)
    result = run(ONE)
    assert (result["outcome"], len(files.fetched)) == ("succeeded", 2)
    assert (run.dest / f"local-config-{ONE}-3.xml").read_bytes() == config(ONE, 3)
    assert names(run) == [f"local-config-{ONE}-3.xml"]


def test_a_download_that_never_comes_whole_leaves_nothing(run, files) -> None:
    files.content = cut
    began = time.monotonic()
    result = run(ONE)
    assert (result["outcome"], names(run)) == ("failed", [])
    assert "it ends in the middle of the XML" in result["msg"]
    assert config_export.TIMING.outage_timeout <= run.fake.now - began


@pytest.mark.parametrize("content", [b"no XML", b'{"error": "odd"}', b"<config></other>", b"<a/><b/>"])
def test_what_is_no_configuration_is_not_written(run, files, content) -> None:
    files.content = lambda serial, number: (200, content, HEADERS)
    result = run(ONE)
    assert (result["outcome"], names(run), len(files.fetched)) == ("failed", [], 1)
    assert "Version 3 is not as it should be: it is not well-formed XML" in result["msg"]


def test_the_md5_of_the_list_is_compared(run, files) -> None:
    good = hashlib.md5(config(ONE, 3), usedforsecurity=False).hexdigest()
    files.listed[ONE] = [version(3, md5=good.upper())]
    assert run(ONE)["outcome"] == "succeeded"
    files.listed[ONE] = [version(4, md5=good)]
    result = run(ONE)
    assert (result["outcome"], names(run)) == ("failed", [f"local-config-{ONE}-3.xml"])
    assert f"that in the list of versions is {good}" in result["msg"]


# Trap 25.
@pytest.mark.parametrize("md5", ["abc123def456", "", None, 7])
def test_an_md5_that_is_none_is_not_compared(run, files, md5) -> None:
    files.listed[ONE] = [version(3, md5=md5)]
    assert run(ONE)["outcome"] == "succeeded"


@pytest.mark.parametrize("number", ["../../etc/x", "3/../4", None, True, 1.5, -1, "", [3]])
def test_an_id_that_is_no_number_makes_no_path(run, files, number) -> None:
    files.listed[ONE] = [version(number)]
    result = run(ONE)
    assert (result["outcome"], files.fetched, names(run)) == ("failed", [], [])
    assert "and not a number" in result["msg"]


# Trap 11.
def test_versions_of_another_device_are_none_of_this_one(run, files) -> None:
    files.listed[ONE] = [version(9, TWO), version(3), version(2, int(ONE)), "odd"]
    assert [each["id"] for each in run(ONE)["devices"][0]["versions"]] == [3, 2]


def test_check_mode_lists_and_predicts(run, files) -> None:
    files.listed[ONE] = [version(2), version(3)]
    run(ONE, version=2)
    before = len(files.fetched)
    result = run(ONE, since="2026-11-01", check_mode=True)
    assert (result["outcome"], result["changed"], len(files.fetched)) == ("succeeded", True, before)
    assert [(file["version"], file["changed"]) for file in result["devices"][0]["files"]] == [(3, True), (2, False)]
    assert "1 file would be written, 1 unchanged" in result["msg"]
    assert names(run) == [f"local-config-{ONE}-2.xml"]
    assert not run(ONE, version=2, check_mode=True)["changed"]
    assert run(STRANGER, check_mode=True)["outcome"] == "failed"


def test_a_list_that_gets_no_answer_is_asked_for_again(run, files, tenant) -> None:
    tenant.on("GET", VERSIONS, (503, b"<html>"), LOST, files._versions)
    assert run(ONE)["outcome"] == "succeeded"
    assert len(tenant.sent("GET", VERSIONS)) == 3


@pytest.mark.parametrize(
    "answer", [(200, b"<html>"), (200, {"versions": []}), (500, {"error": "database query error"})]
)
def test_a_list_that_never_comes_is_the_failure_of_that_device(run, files, answer) -> None:
    files.listed[ONE] = answer
    result = run(ONE, TWO)
    assert [device["state"] for device in result["devices"]] == ["failed", "succeeded"]
    assert result["outcome"] == "failed"


@pytest.mark.parametrize(
    ("answer", "outcome", "text"),
    [
        (requests.exceptions.ConnectionError("x"), "unreachable", "api.strata"),
        ((403, error("E007", "Unauthorized")), "refused", "Unauthorized (E007)"),
        ((401, error("E016", "Invalid Credential")), "refused", "Invalid Credential (E016)"),
    ],
)
def test_where_nothing_is_answered_the_task_says_so(run, files, tenant, answer, outcome, text) -> None:
    tenant.on("GET", VERSIONS, answer)
    result = run(ONE, TWO)
    assert (result["outcome"], result["failed"], result["changed"]) == (outcome, True, False)
    assert text in result["msg"]


@pytest.mark.parametrize("answer", [requests.exceptions.ConnectionError("x"), (403, error("E007", "Unauthorized"))])
def test_where_the_answers_end_in_the_middle_what_was_written_is_told(run, files, answer) -> None:
    files.listed[TWO] = answer
    result = run(ONE, TWO)
    assert (result["outcome"], result["changed"]) == ("failed", True)
    assert [device["state"] for device in result["devices"]] == ["succeeded", "failed"]


def test_wrong_paths_are_named(run, files, tenant) -> None:
    tenant.on("GET", VERSIONS, (404, error("E005", "Object Not Present")))
    result = run(ONE)
    assert (result["outcome"], "Check device_path" in result["msg"]) == ("failed", True)


def test_who_ends_the_run_is_heard_and_what_was_written_is_told(run, files) -> None:
    def listen(event) -> None:
        if event.text.startswith("1 of 2"):
            raise Interrupted("interrupted by SIGTERM")

    result = run(ONE, TWO, listen=listen)
    assert (result["outcome"], result["changed"], result["failed"]) == ("timed_out", True, True)
    assert [device["serial"] for device in result["devices"]] == [ONE]
    assert "The others were not looked at: interrupted by SIGTERM" in result["msg"]


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [(Interrupted("interrupted by SIGTERM"), "timed_out"), (ZeroDivisionError("a bug"), "failed")],
)
def test_what_was_written_of_a_device_that_was_not_finished_is_told(run, files, monkeypatch, trouble, outcome) -> None:
    save = config_export.downloads.save

    def saved(answer, path, *args, **more):
        if path.endswith("-2.xml"):
            raise trouble
        return save(answer, path, *args, **more)

    monkeypatch.setattr(config_export.downloads, "save", saved)
    result = run(ONE, since="2026-11-01")
    assert names(run) == [f"local-config-{ONE}-3.xml"]
    assert (result["outcome"], result["changed"], result["failed"]) == (outcome, True, True)
    [device] = result["devices"]
    assert (device["state"], [file["version"] for file in device["files"]]) == ("failed", [3])


def test_a_name_that_is_taken_by_a_folder_is_the_failure_of_that_device(run, files) -> None:
    (run.dest / f"local-config-{ONE}-3.xml").mkdir()
    result = run(ONE, TWO)
    assert [device["state"] for device in result["devices"]] == ["failed", "succeeded"]
    assert "is a folder" in result["msg"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"devices": ["484930634410"]}, "devices: '484930634410' is not a serial number"),
        ({"devices": []}, "devices: give at least one"),
        ({"dest": "/nowhere/at/all"}, "dest: the folder /nowhere/at/all does not exist"),
        ({"since": "yesterday"}, "since: 'yesterday' is not a time"),
        ({"since": "2126-01-01"}, "since: .* is in the future"),
    ],
)
def test_options_that_make_no_sense(run, files, tenant, options, text) -> None:
    devices = options.pop("devices", [ONE])
    result = run(*devices, **options)
    assert (result["outcome"], result["refusal"]["reason"]) == ("refused", "bad_input")
    assert re.search(text, result["msg"])
    assert tenant.asked == []


def test_a_missing_library_is_named(run, files, monkeypatch) -> None:
    monkeypatch.setattr(xml, "HAS_LXML", False)
    result = run(ONE)
    assert (result["refusal"]["reason"], "lxml" in result["msg"]) == ("missing_library", True)
