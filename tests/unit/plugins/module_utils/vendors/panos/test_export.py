# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import pathlib
import random
import time
import typing as t

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Transfer
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import export as export_file
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.client import PanosClient
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.export import (
    CATEGORIES,
    Export,
    ExportOptions,
    from_options,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.tests.unit.fakes import JOB, FakeTime

ENDPOINT = "https://fw1.example.com:443"
SUBMIT, STATUS, GET, FINISH, ALL = "tech-support", "status", "get", "finish", "<jobs><all>"
GONE = '<response status="error" code="7"><msg><line>job 2 not found</line></msg></response>'
REFUSED = '<response status="error"><msg><line>No file to export</line></msg></response>'
CONTENT = gzip.compress(b"tech support " * 20_000)
NAMED = {"Content-Disposition": "attachment; filename=techsupport-8469.tgz"}
LISTING = (
    '<response status="success"><result><dir-listing><file>/rx.pcap</file><file>/tx.pcap</file></dir-listing></result>'
    "</response>"
)
TENQ = "2012/06/14 10:11:09"


def whole(content: bytes = CONTENT, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    return 200, content, {"Content-Length": str(len(content)), **NAMED, **headers}


def cut(content: bytes = CONTENT) -> tuple[int, bytes, dict[str, str]]:
    return 200, content[:-10], {"Content-Length": str(len(content)), **NAMED}


def status(state: str = "ACT", result: str = "PEND", **fields: str) -> str:
    record = {"tenq": TENQ, "id": "2", "user": "", "type": "Exec", "status": state, "result": result, **fields}
    inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in record.items())
    return f'<response status="success"><result><job>{inner}</job></result></response>'


@pytest.fixture
def dest(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "support.tgz"


@pytest.fixture
def export(client: PanosClient, dest: pathlib.Path) -> Export:
    return Export(client, ExportOptions("tech-support", str(dest)))


@pytest.fixture
def ready(device, recorded, jobs):
    """A device that makes a tech support file in no time; what it sends is laid down by the test."""
    device.on(SUBMIT, recorded("doc_techsupport_submit.xml")).on(ALL, jobs())
    device.on(STATUS, recorded("doc_techsupport_status_FIN.xml"))
    return device


@pytest.fixture
def clock() -> FakeTime:
    """The client looks at the real clock: its deadline and that of the run have to be of one kind."""
    made = FakeTime()
    made.now = time.monotonic()
    return made


@pytest.fixture
def run(clock: FakeTime):
    def run(operation: Export, **wishes: t.Any):
        return lifecycle.run(operation, Wishes(timing=operation.timing, **wishes), clock.world)

    return run


def handle(dest: pathlib.Path, **fingerprint: str) -> Handle:
    options = {"category": "tech-support", "dest": str(dest)}
    return Handle("panos.export", ENDPOINT, "2", {"type": "Exec", **fingerprint}, options=options)


def names(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def actions(device) -> list[str]:
    return [form.get("action", "submit") for form in device.forms if form["type"] == "export"]


# With a job.


def test_a_tech_support_file(export, ready, run, dest) -> None:
    """Trap 1, Trap 16, Trap 17: a clock in progress, a zero in 0K, and one request that deletes the job."""
    ready.on(GET, whole())
    verdict = run(export)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.result == {
        "category": "tech-support",
        "filename": "techsupport-8469.tgz",
        "path": str(dest),
        "size": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
    }
    assert (dest.read_bytes(), dest.stat().st_mode & 0o777) == (CONTENT, 0o600)
    assert verdict.job.handle.operation in OPERATIONS
    assert verdict.job.vendor_state == "FIN/0K"
    # What deletes the job is sent once, and never to look at it.
    assert actions(ready) == ["submit", "status", "status", "get"]
    assert ready.sent(GET) == [{"type": "export", "category": "tech-support", "action": "get", "job-id": "2"}]
    assert names(dest.parent) == ["support.tgz"]


def test_the_handle_says_what_a_later_process_must_know(export, ready, dest) -> None:
    assert export.submit() == handle(dest, tenq=TENQ)


@pytest.mark.parametrize("answer", [GONE, "", requests.exceptions.ConnectTimeout()])
def test_a_job_that_cannot_be_looked_at_yet(export, ready, dest, answer) -> None:
    ready.on(STATUS, answer)
    assert export.submit() == handle(dest)


def test_a_later_process_fetches_the_file(client, ready, run, dest) -> None:
    ready.on(GET, whole())
    assert run(Export(client), handle=handle(dest, tenq=TENQ)).outcome is Outcome.SUCCEEDED
    other = dest.with_name("other.tgz")
    verdict = run(Export(client, dest=str(other)), handle=handle(dest, tenq=TENQ))
    assert verdict.result["path"] == str(other)
    assert dest.read_bytes() == other.read_bytes() == CONTENT
    assert "submit" not in actions(ready)


def test_a_file_that_is_the_same_is_no_change(export, ready, run, dest) -> None:
    dest.write_bytes(CONTENT)
    before = dest.stat()
    ready.on(GET, whole())
    verdict = run(export)
    assert (verdict.outcome, verdict.changed, verdict.result["size"]) == (Outcome.SUCCEEDED, False, len(CONTENT))
    after = dest.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (before.st_ino, before.st_mtime_ns, before.st_mode)


def test_nothing_is_fetched_without_waiting(export, ready, run, dest) -> None:
    verdict = run(export, wait=False)
    assert (verdict.outcome, verdict.changed) == (Outcome.RUNNING, False)
    assert "get" not in actions(ready)


@pytest.mark.parametrize("how", [{"handle": True}, {}])
def test_check_mode_fetches_nothing(client, export, ready, run, dest, how) -> None:
    if how:
        verdict = run(Export(client), handle=handle(dest), check_mode=True)
        assert actions(ready) == ["status"]
    else:
        verdict = run(export, check_mode=True)
        assert ready.forms == []
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert str(dest) in verdict.message
    assert names(dest.parent) == []


@pytest.mark.parametrize(
    ("word", "state"),
    [
        (("ACT", "PEND"), JobState.RUNNING),
        (("PEND", "PEND"), JobState.PENDING),
        (("FIN", "OK"), JobState.SUCCEEDED),
        (("FIN", "0K"), JobState.SUCCEEDED),
        (("FIN", "FAIL"), JobState.FAILED),
        (("FIN", "ABORTED"), JobState.FAILED),
        (("WEIRD", ""), JobState.UNKNOWN),
    ],
)
def test_the_words_for_its_state(export, ready, dest, word, state) -> None:
    ready.on(STATUS, status(*word))
    assert export.observe(handle(dest), within=5).state is state


def test_a_job_that_failed_is_not_fetched(export, ready, run, dest) -> None:
    ready.on(STATUS, status("FIN", "FAIL", details="<line>disk is full</line>"))
    verdict = run(export)
    assert verdict.outcome is Outcome.FAILED
    assert "disk is full" in verdict.message
    assert "get" not in actions(ready)
    assert names(dest.parent) == []


@pytest.mark.parametrize("other", [{"tenq": "2012/06/15 00:00:00"}, {"type": "Commit"}])
def test_another_job_with_its_id_is_not_fetched(client, ready, run, dest, other) -> None:
    ready.on(STATUS, status("FIN", "OK", **other))
    assert run(Export(client), handle=handle(dest, tenq=TENQ)).outcome is Outcome.LOST
    assert "get" not in actions(ready)


# A download that breaks off.


def test_a_download_that_broke_off_after_which_the_job_is_gone(export, ready, run, dest) -> None:
    """Trap 16."""
    dest.write_bytes(b"that of yesterday")
    ready.on(GET, cut()).on(STATUS, status(), status("FIN", "0K"), GONE)
    verdict = run(export)
    assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.LOST, False, None)
    assert "answer cut short" in verdict.message
    assert "job 2 not found" in verdict.message
    assert "it starts a new export" in verdict.message
    assert actions(ready) == ["submit", "status", "status", "get", "status"]
    assert dest.read_bytes() == b"that of yesterday"
    assert names(dest.parent) == ["support.tgz"]


def test_a_download_that_broke_off_while_the_job_is_still_there(export, ready, run, dest) -> None:
    ready.on(GET, cut(), whole())
    verdict = run(export)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert dest.read_bytes() == CONTENT
    assert actions(ready)[-4:] == ["status", "get", "status", "get"]
    assert verdict.polling.outages == 1


@pytest.mark.parametrize("answer", [REFUSED, status("FIN", "0K", tenq="2012/06/15 00:00:00")])
def test_any_refusal_after_a_broken_download_means_that_it_is_gone(export, ready, run, answer) -> None:
    ready.on(GET, cut()).on(STATUS, status(), status("FIN", "0K"), answer)
    assert run(export).outcome is Outcome.LOST
    assert actions(ready).count("get") == 1


def test_an_outage_after_a_broken_download_is_waited_for(export, ready, run, dest) -> None:
    """Trap 24."""
    ready.on(GET, cut(), whole())
    ready.on(STATUS, status(), status("FIN", "0K"), (503, "busy"), "", status("FIN", "0K"))
    assert run(export).outcome is Outcome.SUCCEEDED
    assert dest.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ((200, CONTENT[:-10], NAMED), "answer cut short"),
        ((200, CONTENT[:1], NAMED), "answer cut short"),
        ((200, b"", NAMED), "empty answer"),
        ((200, b"", {**NAMED, "Content-Length": "0"}), "empty answer"),
        ((200, CONTENT, {**NAMED, "Content-Length": str(len(CONTENT) + 1)}), "answer cut short"),
        ("<html>Please log in</html>", "HTML instead of XML"),
        ((403, "<html>Forbidden</html>"), "HTML instead of XML"),
        ((502, ""), "HTTP 502"),
        ((200, b"\x00garbage"), "no file"),
        ((200, "<xml/>"), "no file"),
    ],
    ids=[
        "without length",
        "a single byte",
        "empty",
        "empty with length",
        "wrong length",
        "page",
        "403 page",
        "502",
        "garbage",
        "some XML",
    ],
)
def test_what_is_not_whole_is_never_in_place(export, ready, run, dest, answer, label) -> None:
    ready.on(GET, answer).on(STATUS, status(), status("FIN", "0K"), GONE)
    verdict = run(export)
    assert verdict.outcome is Outcome.LOST
    assert f"({label})" in verdict.message
    assert names(dest.parent) == []


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (whole(b"PK not a gzip file"), "not a gzip file"),
        (whole(b"<xml/>"), "not a gzip file"),
        (whole(CONTENT[:-10]), "ends in the middle"),
        (whole(CONTENT[:-8] + bytes(8)), "damaged"),
        ("<response status='success'><result>What?</result></response>", "What?"),
        (REFUSED, "No file to export"),
        ("<response status = 'error' code = '17'><result><msg>Invalid</msg></result></response>", "Invalid"),
    ],
    ids=["another kind", "some XML", "cut on the device", "wrong checksum", "a reply", "an error", "in another style"],
)
def test_what_the_device_means_to_send_and_is_no_file(export, ready, run, dest, answer, text) -> None:
    """Trap 19, Trap 20: a file was expected, and an error comes with HTTP 200 and single quotes."""
    ready.on(GET, answer)
    verdict = run(export)
    assert verdict.outcome is Outcome.FAILED
    assert text in verdict.message
    assert actions(ready).count("get") == 1
    assert names(dest.parent) == []


def test_a_file_that_somebody_else_fetched(export, ready, run, dest) -> None:
    ready.on(GET, GONE)
    verdict = run(export)
    assert verdict.outcome is Outcome.LOST
    assert "Somebody else may have fetched it" in verdict.message


def test_a_key_that_dies_before_the_download(export, ready, run, dest) -> None:
    """Trap 21, Trap 23."""
    dead = '<response status="error" code="22"><msg><line>Session timed out</line></msg></response>'
    ready.on(GET, dead, whole())
    assert run(export).outcome is Outcome.SUCCEEDED
    assert len(ready.sent("keygen")) == 2


def test_a_download_beyond_the_time(export, ready, dest) -> None:
    ready.on(GET, whole(gzip.compress(random.Random(7).randbytes(200_000))))
    export.transfer = Transfer(until=time.monotonic() - 1)
    with pytest.raises(
        errors.NoAnswer, match=r"No time was left .* (MB|bytes) had come\. Nothing was written"
    ) as caught:
        export.collect(handle(dest), t.cast("t.Any", None))
    assert caught.value.label == "no time left"
    assert names(dest.parent) == []


def test_at_the_end_of_the_wait_the_download_still_has_time(export, ready, clock, dest) -> None:
    ready.on(GET, whole())
    wait = Wait(export, handle(dest), export.timing, clock.world, started=clock.now - export.timing.wait_timeout + 1)
    assert wait.run().outcome is Outcome.SUCCEEDED
    assert export.transfer.until == pytest.approx(clock.now + 120, abs=5)


def test_a_download_that_ended_with_the_time_is_a_timeout(export, ready, clock, dest) -> None:
    ready.on(GET, cut())
    wait = Wait(export, handle(dest), export.timing, clock.world, started=clock.now - export.timing.wait_timeout)
    verdict = wait.run()
    assert verdict.outcome is Outcome.TIMED_OUT
    assert "Nothing was written" in verdict.message
    assert "job.handle" in verdict.message


def test_people_hear_how_far_it_is(export, ready, clock, monkeypatch, dest) -> None:
    monkeypatch.setattr(export_file, "_SPEAK_EVERY", 0.0)
    ready.on(GET, whole())
    wait = Wait(export, handle(dest), export.timing, clock.world)
    assert wait.run().outcome is Outcome.SUCCEEDED
    size = len(CONTENT)
    assert [event.text for event in clock.events if event.kind == "waiting"][-1] == (
        f"{size} bytes of {size} bytes fetched"
    )


def test_one_whom_nobody_waits_for_stops(export, ready, monkeypatch, dest) -> None:
    monkeypatch.setattr(export_file, "_SPEAK_EVERY", 0.0)

    def nobody(_text: str) -> None:
        raise errors.Interrupted("ansible-playbook has ended")

    ready.on(GET, whole())
    export.transfer = Transfer(tell=nobody)
    with pytest.raises(errors.Interrupted):
        export.collect(handle(dest), t.cast("t.Any", None))
    assert names(dest.parent) == []


def test_a_disk_that_is_full(export, ready, run, monkeypatch, dest) -> None:
    def full(_file, _data) -> None:
        raise errors.BadInput("dest: it cannot be written: No space left on device.")

    monkeypatch.setattr(export_file.AtomicFile, "write", full)
    ready.on(GET, whole())
    verdict = run(export)
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "No space left on device" in verdict.message
    assert names(dest.parent) == []


def test_a_folder_that_vanished_is_noticed_before_the_wait(client, ready, run, tmp_path) -> None:
    verdict = run(Export(client), handle=handle(tmp_path / "gone" / "x.tgz"))
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "does not exist" in verdict.message
    assert actions(ready) == []


def test_a_handle_that_does_not_say_what_is_exported(client, ready, run, dest) -> None:
    strange = Handle("panos.export", ENDPOINT, "2", options={"category": "configuration", "dest": str(dest)})
    assert "Pass job.handle unchanged" in run(Export(client), handle=strange).message


# Lost answers.


def exec_job(number: str, **fields: str) -> dict[str, str]:
    return {"id": number, "type": "Exec", "status": "ACT", "result": "PEND", "user": "app", "tenq": TENQ, **fields}


@pytest.fixture
def loses(device, monkeypatch):
    """Make the answer to the first submission get lost after the request was read."""
    send = device.send
    lost: list[bool] = []

    def lossy(request, **options):
        response = send(request, **options)
        form = device.forms[-1]
        if not lost and form["type"] == "export" and "action" not in form:
            lost.append(True)
            raise requests.exceptions.ConnectionError
        return response

    monkeypatch.setattr(device, "send", lossy)
    return device


def test_a_lost_job_of_ours_is_found_again(export, loses, jobs, recorded, run, dest) -> None:
    """Trap 25."""
    loses.on(SUBMIT, recorded("doc_techsupport_submit.xml"))
    loses.on(ALL, jobs(exec_job("1")), jobs(exec_job("2"), exec_job("1")))
    loses.on(STATUS, status("FIN", "0K", user="app")).on(GET, whole())
    verdict = run(export)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.job.handle.id == "2"
    assert actions(loses).count("submit") == 1


@pytest.mark.parametrize(
    "records",
    [
        [],
        [exec_job("2", user="bob")],
        [exec_job("2", user="")],
        [exec_job("2", type="Commit")],
        [exec_job("3"), exec_job("2")],
    ],
    ids=["not listed", "of bob", "of nobody", "of another kind", "two of them"],
)
def test_what_is_not_provably_ours_is_submitted_again(export, loses, jobs, recorded, run, records) -> None:
    loses.on(SUBMIT, recorded("doc_techsupport_submit.xml"))
    loses.on(ALL, jobs(exec_job("1")), jobs(*records, exec_job("1")))
    loses.on(STATUS, status("FIN", "0K")).on(GET, whole())
    assert run(export).outcome is Outcome.SUCCEEDED
    assert actions(loses).count("submit") == 2


def test_after_a_restart_numbers_tell_nothing(export, loses, jobs, recorded, run) -> None:
    loses.on(SUBMIT, recorded("doc_techsupport_submit.xml"))
    loses.on(ALL, jobs(exec_job("1")), jobs(exec_job("2"), exec_job("1", type="AutoCom", tenq="2026/01/01 00:00:00")))
    loses.on(STATUS, status("FIN", "0K")).on(GET, whole())
    assert run(export).outcome is Outcome.SUCCEEDED
    assert actions(loses).count("submit") == 2


@pytest.mark.parametrize("options", [{"api_key": "a-key"}, {}])
def test_an_account_that_cannot_see_the_job_list(make_client, ready, recorded, run, dest, options) -> None:
    ready.on(ALL, recorded("commit_unauthorized_role_403.xml")).on(GET, whole())
    operation = Export(make_client(**options), ExportOptions("tech-support", str(dest)))
    assert run(operation).outcome is Outcome.SUCCEEDED
    assert operation.recover() is None


def test_no_job_in_flight_is_adopted(export, ready) -> None:
    assert export.find_equivalent() is None
    assert ready.forms == []


# Stopping.


def test_a_job_is_stopped(client, ready, clock, dest) -> None:
    ready.on(STATUS, status(stoppable="no"), status(), GONE).on(FINISH, '<response status="success"/>')
    verdict = Wait(Export(client), handle(dest), Export.timing, clock.world).cancel()
    assert (verdict.outcome, verdict.job.state) == (Outcome.SUCCEEDED, JobState.CANCELED)
    assert ready.sent(FINISH) == [{"type": "export", "category": "tech-support", "action": "finish", "job-id": "2"}]


def test_a_file_that_is_ready_is_neither_fetched_nor_thrown_away(client, ready, clock, dest) -> None:
    verdict = Wait(Export(client), handle(dest), Export.timing, clock.world).cancel()
    assert verdict.outcome is Outcome.NOTHING_TO_DO
    assert actions(ready) == ["status"]
    with pytest.raises(errors.Refused, match="over already"):
        Export(client).cancel(handle(dest))
    assert "finish" not in actions(ready)


# At once.


PLAIN = {"Content-Disposition": "attachment; filename=running-config.xml"}
CONFIG = b'<?xml version="1.0"?>\n<config version="11.1.0"><shared/></config>\n'


def whole_config(content: bytes = CONFIG) -> tuple[int, bytes, dict[str, str]]:
    return whole(content, **PLAIN)


@pytest.fixture
def config(client, dest) -> Export:
    return Export(client, ExportOptions("configuration", str(dest)))


def test_a_configuration(config, device, run, dest) -> None:
    device.on("configuration", whole_config(CONFIG))
    verdict = run(config)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.result["sha256"] == hashlib.sha256(CONFIG).hexdigest()
    assert (dest.read_bytes(), dest.stat().st_mode & 0o777) == (CONFIG, 0o600)
    assert device.sent("configuration") == [{"type": "export", "category": "configuration"}]
    assert verdict.to_dict()["job"]["handle"] is None
    again = run(config)
    assert (again.outcome, again.changed) == (Outcome.SUCCEEDED, False)
    assert "unchanged" in again.message
    device.on("configuration", whole_config(CONFIG.replace(b"<shared/>", b"<shared></shared>")))
    assert run(config).changed


@pytest.mark.parametrize(
    "broken",
    [
        (*cut(CONFIG)[:2], {"Content-Length": str(len(CONFIG))}),
        (200, CONFIG[:-12]),
        (200, b""),
        b"\x00garbage",
        "<html/>",
        (503, ""),
        requests.exceptions.ReadTimeout(),
    ],
    ids=["cut", "cut without length", "empty", "garbage", "page", "503", "no answer"],
)
def test_a_broken_export_is_asked_for_again(config, device, run, dest, broken) -> None:
    device.on("configuration", broken, whole_config(CONFIG))
    verdict = run(config)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert dest.read_bytes() == CONFIG
    assert len(device.sent("configuration")) == 2
    assert names(dest.parent) == ["support.tgz"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (whole_config(CONFIG[:-12]), "ends in the middle of the XML"),
        (whole_config(b"\x00garbage"), "not well-formed"),
        ("<response status='success'><msg><line>Later</line></msg></response>", "Later"),
        (REFUSED, "No file to export"),
    ],
)
def test_what_is_no_configuration(config, device, run, dest, answer, text) -> None:
    device.on("configuration", answer)
    verdict = run(config)
    assert (verdict.outcome, verdict.refusal["reason"]) == (Outcome.REFUSED, "rejected")
    assert text in verdict.message
    assert names(dest.parent) == []


def test_an_account_that_may_not(config, device, recorded, run) -> None:
    device.on("configuration", recorded("commit_unauthorized_role_403.xml"))
    verdict = run(config)
    assert (verdict.outcome, verdict.refusal["reason"]) == (Outcome.REFUSED, "denied")


def test_a_full_disk_is_no_trouble_of_the_device(config, device, run, monkeypatch) -> None:
    def full(_file, _data) -> None:
        raise errors.BadInput("dest: it cannot be written: No space left on device.")

    monkeypatch.setattr(export_file.AtomicFile, "write", full)
    device.on("configuration", whole_config(CONFIG))
    verdict = run(config)
    assert (verdict.outcome, verdict.refusal) == (Outcome.REFUSED, {"reason": "bad_input"})


@pytest.mark.parametrize(
    ("category", "given", "form"),
    [
        ("device-state", {}, {}),
        ("application-pcap", {"from": "20261121/a.pcap"}, {"from": "20261121/a.pcap"}),
        ("filter-pcap", {"from": "rx.pcap"}, {"from": "rx.pcap"}),
        ("dlp-pcap", {"from": "x", "dlp_password": "s3cret"}, {"from": "x", "dlp-password": "s3cret"}),
        (
            "threat-pcap",
            {"pcap_id": "1206", "search_time": "2026/11/21 10:00:00", "serial": "007"},
            {"pcapid": "1206", "search-time": "2026/11/21 10:00:00", "serialno": "007"},
        ),
    ],
)
def test_the_parameters_of_each_category(client, device, run, dest, category, given, form) -> None:
    device.on(category, (200, b"\xd4\xc3\xb2\xa1packets", {"Content-Disposition": "attachment; filename=a.pcap"}))
    options = ExportOptions(category, str(dest), given)
    assert run(Export(client, options)).outcome is Outcome.SUCCEEDED
    assert device.forms[-1] == {"type": "export", "category": category, **form}
    assert "s3cret" not in repr(options)
    assert all("s3cret" not in url for url in device.urls)


def test_a_name_of_the_device_tells_that_it_is_compressed(client, device, run, dest) -> None:
    named = {"Content-Disposition": 'attachment; filename="../device_state_cfg.tgz"'}
    device.on("device-state", (200, CONTENT[:-4], {**named, "Content-Length": str(len(CONTENT) - 4)}))
    operation = Export(client, ExportOptions("device-state", str(dest)))
    assert run(operation).outcome is Outcome.REFUSED
    device.on("device-state", (200, CONTENT, named))
    assert run(operation).result["filename"] == "device_state_cfg.tgz"


def test_the_firewall_behind_panorama(make_client, ready, run, dest) -> None:
    ready.on(GET, whole())
    verdict = run(Export(make_client(target="0123"), ExportOptions("tech-support", str(dest))))
    assert {form.get("target") for form in ready.forms if form["type"] == "export"} == {"0123"}
    # A later process may only know the Panorama.
    run(Export(make_client()), handle=verdict.job.handle)
    assert {form.get("target") for form in ready.forms if form["type"] == "export"} == {"0123"}


@pytest.mark.parametrize(
    ("answer", "files"),
    [
        (LISTING, ["rx.pcap", "tx.pcap"]),
        (
            '<response status="success"><result><dir-listing><file>/one</file></dir-listing></result></response>',
            ["one"],
        ),
        ('<response status="success"><result><dir-listing/></result></response>', []),
        ('<response status="success"><result></result></response>', []),
    ],
)
def test_captures_are_listed(client, device, run, answer, files) -> None:
    """Trap 46: none, one, two."""
    device.on("filter-pcap", answer)
    verdict = run(Export(client, ExportOptions("filter-pcap")))
    assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.SUCCEEDED, False, {"files": files})
    assert device.forms[-1] == {"type": "export", "category": "filter-pcap"}


def test_a_folder_is_no_file_and_a_file_no_folder(client, device, run, dest) -> None:
    device.on("application-pcap", LISTING)
    verdict = run(Export(client, ExportOptions("application-pcap", str(dest), {"from": "20261121"})))
    assert (verdict.outcome, names(dest.parent)) == (Outcome.REFUSED, [])
    assert "rx.pcap" in verdict.message
    device.on(
        "application-pcap", (200, b"\xd4\xc3\xb2\xa1packets", {"Content-Disposition": "attachment; filename=a.pcap"})
    )
    verdict = run(Export(client, ExportOptions("application-pcap", None, {"from": "20261121/a.pcap"})))
    assert verdict.outcome is Outcome.REFUSED
    assert "Say with dest" in verdict.message


def test_check_mode_of_what_comes_at_once(client, config, device, run, dest) -> None:
    verdict = run(config, check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert f"written to {dest}" in verdict.message
    listing = run(Export(client, ExportOptions("filter-pcap")), check_mode=True)
    assert (listing.outcome, listing.changed) == (Outcome.SUCCEEDED, False)
    assert device.forms == []


# Options.


def params(tmp_path, **given: t.Any) -> dict[str, t.Any]:
    connection = {
        "host": "fw1.example.com", "port": 443, "username": None, "password": None, "api_key": "k", "target": None,
        "validate_certs": True, "ca_path": None, "client_cert": None, "client_key": None, "request_timeout": 30.0,
    }  # fmt: skip
    options = dict.fromkeys(("category", "dest", *export_file.PARAMETERS))
    return {**connection, **JOB, **options, **given}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"category": "configuration"}, "dest: say to which file"),
        ({"category": "tech-support", "dest": "{tmp}/none/x"}, "dest: the folder"),
        ({"category": "tech-support", "dest": "{tmp}"}, "dest: .* is a folder"),
        ({"category": "tech-support", "dest": "{tmp}/x", "from": "a"}, "from: has no meaning"),
        ({"category": "filter-pcap", "dest": "{tmp}/x"}, "from: say which capture"),
        ({"category": "dlp-pcap"}, "dlp_password: is needed"),
        ({"category": "threat-pcap", "dest": "{tmp}/x", "pcap_id": "1"}, "search_time: is needed"),
        ({"category": "threat-pcap", "pcap_id": "1", "search_time": "x"}, "dest: say to which file"),
    ],
)
def test_options_that_cannot_be_used(tmp_path, device, given, text) -> None:
    given = {name: value.format(tmp=tmp_path) for name, value in given.items()}
    with pytest.raises(errors.BadInput, match=text):
        from_options(params(tmp_path, **given), lambda secrets: None)
    assert device.forms == []


def test_options_that_can(tmp_path) -> None:
    dest = str(tmp_path / "x")
    assert from_options(params(tmp_path, category="tech-support", dest=dest), print).destination(None) == dest
    assert from_options(params(tmp_path, category="filter-pcap"), print).destination(None) is None
    resumed = from_options(params(tmp_path, handle={"any": "thing"}, dest=dest), print)
    assert resumed.destination(handle(tmp_path / "y")) == dest
    resumed = from_options(params(tmp_path, handle={"any": "thing"}), print)
    assert resumed.destination(handle(tmp_path / "y")) == str(tmp_path / "y")


def test_which_are_made_by_a_job() -> None:
    assert [name for name, category in CATEGORIES.items() if category.by_job] == ["tech-support", "stats-dump"]
