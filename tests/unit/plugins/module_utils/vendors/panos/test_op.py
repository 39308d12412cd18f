# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import time

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Done, NothingToDo, Timing
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import op
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.commands import (
    is_read_only,
    parse_command,
    path_of,
    restarts,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.op import Command, Question
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTask, FakeTime

ENDPOINT = "https://fw1.example.com:443"
ALL = "<jobs><all>"
LOST = requests.exceptions.ReadTimeout("x")
INFO = '<response status="success"><result><system><hostname>fw1</hostname></system></result></response>'
NO_UPDATE = '<response status="error"><msg><line>No update available</line></msg></response>'
DOWNLOAD = "request content upgrade download latest"
RESTART = "request restart system"


def accepted(job_id: str) -> str:
    return (
        f'<response status="success" code="19"><result><msg><line>x</line></msg><job>{job_id}</job></result></response>'
    )


def refused(text: str, code: str = "") -> str:
    given = f' code="{code}"' if code else ""
    return f'<response status="error"{given}><msg><line>{text}</line></msg></response>'


def record(**fields: str) -> dict[str, str]:
    usual = {"id": "7", "type": "Downld", "status": "ACT", "result": "PEND", "user": "app"}
    return {**usual, "tenq": "2026/11/21 10:00:00", **fields}


OVER = record(status="FIN", result="OK", progress="14:02:21", details="<line>File successfully downloaded\n</line>")


def command(client, text: str, **options) -> Command:
    return Command(client, parse_command(text), in_words=True, **options)


def question(client, text: str = "show system info", **options) -> Question:
    return Question(client, parse_command(text), in_words=True, **options)


def run(operation: Command, **wishes):
    fake = FakeTime()
    fake.now = time.monotonic()  # the client bounds its requests by this clock
    return lifecycle.run(operation, Wishes(timing=Timing(600, 2, 15, 120), **wishes), fake.world)


# From words to XML.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("show system info", "<show><system><info></info></system></show>"),
        ('  show  jobs id "5" ', "<show><jobs><id>5</id></jobs></show>"),
        (
            'clear session all filter application "web browsing" source "192.0.2.1"',
            "<clear><session><all><filter><application>web browsing</application><source>192.0.2.1</source></filter>"
            "</all></session></clear>",
        ),
        ('set cli x "a" y z', "<set><cli><x>a</x><y><z></z></y></cli></set>"),
        ('set x "<&>" ', "<set><x>&lt;&amp;&gt;</x></set>"),
        ("<show><jobs><id>5</id></jobs></show>", "<show><jobs><id>5</id></jobs></show>"),
        ("\n <show>\n<x name='a \"b\"'/></show>\n", '<show>\n<x name="a &quot;b&quot;"></x></show>'),
    ],
)
def test_commands(text: str, expected: str) -> None:
    assert xml.to_text(parse_command(text)) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ('"show" system', "no keyword before it"),
        ('show x "a" "b"', "no keyword before it"),
        ('show "x"', "more than one word"),
        ('show x "a', "do not pair up"),
        ('show x a"', "do not pair up"),
        ('show x "a"b', "do not pair up"),
        ("show interface ethernet1/1", "'ethernet1/1' is no keyword"),
        ("show jobs id 5", "'5' is no keyword"),
        ('show x "a\x07"', "control character"),
        ("<show><system></show>", "not well-formed"),
        ("<show/><show/>", "not well-formed"),
        ("<show>\ud800</show>", "not well-formed"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><show>&a;</show>', "not well-formed"),
    ],
)
def test_commands_that_cannot_be_read(text: str, complaint: str) -> None:
    with pytest.raises(errors.BadInput, match=complaint) as caught:
        parse_command(text)
    assert caught.value.message.startswith("command: ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("show system info", True),
        ("<show><system><info/></system></show>", True),
        ("check pending-changes", True),
        ('test security-policy-match source "1.1.1.1" destination "2.2.2.2"', True),
        ('test vpn ike-sa gateway "branch"', False),
        ("request system software info", True),
        ("request content upgrade check", True),
        (DOWNLOAD, False),
        (RESTART, False),
        ("showing off", False),
        ("clear session all", False),
        ("<request><a><info/></a><b/></request>", False),
        ("set system info", False),
    ],
)
def test_what_only_asks(text: str, expected: bool) -> None:
    assert is_read_only(parse_command(text)) is expected


def test_what_takes_the_device_down() -> None:
    texts = [RESTART, "request shutdown system", "request system software restart", "show restart"]
    assert [restarts(parse_command(text)) for text in texts] == [True, True, False, False]


def test_the_name_of_a_command_has_no_value() -> None:
    assert path_of(parse_command('request password-hash password "hunter2"')) == [
        "request",
        "password-hash",
        "password",
    ]
    assert path_of(parse_command('set a x "hunter2" y "z"')) == ["set", "a"]


# Commands without a job.


def test_an_answer(client, device) -> None:
    device.on("<system>", INFO)
    done = question(client).submit()
    assert isinstance(done, Done)
    assert done.message == f"{ENDPOINT} answered `show system info`."
    assert done.result == {"xml": INFO, "data": {"system": {"hostname": "fw1"}}, "text": ""}
    assert device.forms[1:] == [{"type": "op", "cmd": "<show><system><info></info></system></show>"}]


def test_it_is_asked_for_a_virtual_system_through_panorama(make_client, device) -> None:
    device.on("<system>", INFO)
    question(make_client(target="0123"), vsys="vsys2").submit()
    assert (device.forms[-1]["vsys"], device.forms[-1]["target"]) == ("vsys2", "0123")


@pytest.mark.parametrize(
    ("body", "data", "text"),
    [
        ("<result>a\n  b\n</result>", "a\n  b", "a\n  b"),
        ("<result/>", None, ""),
        (
            "<result><msg><line>All changes were reverted</line></msg></result>",
            {"msg": {"line": "All changes were reverted"}},
            "All changes were reverted",
        ),
        ("<msg><line>a</line><line>b</line></msg>", None, "a b"),
        ('<result><e name="x">1</e></result>', {"e": {"@name": "x", "#text": "1"}}, ""),
        # Trap 46.
        ("<result><job><id>1</id></job></result>", {"job": {"id": "1"}}, ""),
        ("<result><e>1</e><e>2</e></result>", {"e": ["1", "2"]}, ""),
        # Trap 47.
        ("<result> \n </result>", None, " "),
    ],
)
def test_the_forms_of_an_answer(client, device, body: str, data: object, text: str) -> None:
    device.on("<system>", f'<response status="success">{body}</response>')
    done = question(client).submit()
    assert isinstance(done, Done)
    assert done.result["data"] == data
    assert done.result["text"].strip() == text.strip()
    assert done.result["xml"].startswith('<response status="success">')


def test_what_the_device_says_of_a_change(client, device, jobs, recorded) -> None:
    device.on(ALL, jobs()).on("<revert>", recorded("revert_ok"))
    verdict = run(command(client, "revert config"))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.job.messages == ("All changes were reverted from configuration",)


def test_no_update_is_nothing_to_do(client, device, jobs) -> None:
    # Trap 18.
    device.on(ALL, jobs()).on("<upgrade>", NO_UPDATE)
    assert isinstance(command(client, DOWNLOAD).submit(), NothingToDo)
    verdict = run(question(client, "request content upgrade check"))
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "No update available" in verdict.message


def test_a_value_without_quotes_is_pointed_out(client, device) -> None:
    # Traps 19 and 20.
    device.on(
        "<interface>",
        "<response status = 'error' code = '17'><msg><line><![CDATA[lo is unexpected]]></line></msg></response>",
    )
    with pytest.raises(errors.Refused, match=r"is unexpected.* double quotes") as caught:
        question(client, "show interface lo").submit()
    assert caught.value.details == {"code": "17"}
    with pytest.raises(errors.Refused) as caught:
        Question(client, parse_command("<show><interface><lo/></interface></show>")).submit()
    assert "double quotes" not in caught.value.message


def test_busy_names_the_running_job(client, device, jobs) -> None:
    # Trap 27.
    device.on(ALL, jobs(record(user="bob", progress="55")))
    device.on("<upgrade>", refused("Another commit/validate is in progress. Please try again later", "13"))
    verdict = run(command(client, DOWNLOAD))
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert verdict.refusal is not None
    assert verdict.refusal["reason"] == "busy"
    assert "Downld job 7 by bob, ACT 55 %" in verdict.message


def test_a_lock_names_its_owner(client, device, jobs, recorded) -> None:
    # Trap 28.
    device.on(ALL, jobs()).on("<load>", refused("Configuration is locked by xxx"))
    device.on("commit-locks", recorded("no_commit_locks")).on("config-locks", recorded("config_locks"))
    verdict = run(command(client, 'load config from "x"'))
    assert verdict.outcome is Outcome.REFUSED
    assert "config lock of xxx on shared since" in verdict.message


# Commands with a job.


def test_a_job_is_followed(client, device, jobs) -> None:
    """Trap 1: its progress is a time in the end. Its type was not known beforehand."""
    device.on(ALL, jobs()).on("<upgrade>", accepted("7"))
    device.on("<jobs><id>7", jobs(record(progress="10")), jobs(record(progress="70")), jobs(OVER))
    verdict = run(command(client, DOWNLOAD))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.job.handle is not None
    assert verdict.job.handle.operation == "panos.op"
    assert verdict.job.handle.fingerprint == {"type": "Downld", "tenq": "2026/11/21 10:00:00", "user": "app"}
    assert verdict.job.messages == ("File successfully downloaded",)
    assert verdict.result["type"] == "Downld"
    assert verdict.result["data"]["job"]["id"] == "7"
    assert "<status>FIN</status>" in verdict.result["xml"]


def test_a_job_that_fails(client, device, jobs) -> None:
    device.on(ALL, jobs()).on("<upgrade>", accepted("7"))
    device.on("<jobs><id>7", jobs(record(status="FIN", result="FAIL", details="<line>no space</line>")))
    verdict = run(command(client, DOWNLOAD))
    assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.FAILED, True, None)
    assert "no space" in verdict.message


def test_a_job_whose_first_look_fails_is_learned_later(client, device, jobs) -> None:
    device.on(ALL, jobs()).on("<upgrade>", accepted("7"))
    device.on("<jobs><id>7", "", jobs(record()), jobs(OVER))
    operation = command(client, DOWNLOAD)
    made = operation.submit()
    assert made == Handle("panos.op", ENDPOINT, "7")
    seen = operation.observe(made, within=5)
    assert seen.fingerprint == {"type": "Downld", "tenq": "2026/11/21 10:00:00", "user": "app"}


def test_it_is_not_waited_for(client, device, jobs) -> None:
    device.on(ALL, jobs()).on("<upgrade>", accepted("7")).on("<jobs><id>7", jobs(record()))
    verdict = run(command(client, DOWNLOAD), wait=False)
    assert (verdict.outcome, verdict.changed, verdict.result) == (Outcome.RUNNING, True, None)


@pytest.mark.parametrize(
    "other",
    [{"type": "Content"}, {"tenq": "2026/11/22 09:00:00"}, {"user": "bob"}],
)
def test_an_id_that_names_another_job(client, device, jobs, other: dict) -> None:
    # Trap 11.
    known = {"type": "Downld", "tenq": "2026/11/21 10:00:00", "user": "app"}
    device.on("<jobs><id>7", jobs(record(**other)))
    with pytest.raises(errors.JobReplaced, match="names: Downld job 7"):
        Command(client).observe(Handle("panos.op", ENDPOINT, "7", known), within=5)


def test_two_jobs_with_one_id(client, device, jobs) -> None:
    # Trap 9.
    device.on("<jobs><id>7", jobs(record(type="Commit"), OVER))
    seen = Command(client).observe(Handle("panos.op", ENDPOINT, "7", {"type": "Downld"}), within=5)
    assert seen.state is JobState.SUCCEEDED


def test_what_is_left_of_a_job(client, device, recorded) -> None:
    # Trap 10.
    device.on("<jobs><id>7", recorded("assurance_jobs_all_only_failed_job.xml"))
    with pytest.raises(errors.JobMissing, match="configd restart"):
        Command(client).observe(Handle("panos.op", ENDPOINT, "7"), within=5)


def test_a_record_with_little_in_it(client, device, jobs) -> None:
    # Trap 12.
    device.on("<jobs><id>7", jobs({"id": "7", "status": "ACT"}))
    seen = Command(client).observe(Handle("panos.op", ENDPOINT, "7"), within=5)
    assert (seen.state, dict(seen.fingerprint)) == (JobState.RUNNING, {})


def test_a_record_that_is_gone_when_the_result_is_fetched(client, device, jobs) -> None:
    device.on("<jobs><id>7", jobs(OVER), refused("job 7 not found", "7"))
    verdict = run(Command(client), handle=Handle("panos.op", ENDPOINT, "7"))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert (verdict.result["type"], verdict.result["xml"]) == ("Downld", "")


# Lost answers.


def test_a_question_is_asked_again(client, device) -> None:
    device.on("<system>", LOST, "", (503, ""), INFO)
    verdict = run(question(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert len(device.sent("<system>")) == 4
    assert device.sent(ALL) == []


def test_a_question_that_gets_no_answer(client, device) -> None:
    device.on("<system>", LOST)
    verdict = run(question(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, False)
    assert verdict.polling.outage_seconds >= 120


def test_a_change_is_not_sent_twice(client, device, jobs) -> None:
    # Trap 25.
    before = record(id="6", type="Commit")
    device.on(ALL, jobs(before), jobs(record(), record(id="8", user="bob"), before)).on("<upgrade>", LOST)
    verdict = run(command(client, DOWNLOAD))
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert "Downld job 7 by app enqueued 2026/11/21 10:00:00" in verdict.message
    assert "job 8" not in verdict.message
    assert "job 6" not in verdict.message
    assert len(device.sent("<upgrade>")) == 1


def test_nothing_is_sent_before_the_list_is_read(client, device, jobs) -> None:
    device.on(ALL, "", (503, ""), jobs()).on("<revert>", INFO)
    assert run(command(client, "revert config")).outcome is Outcome.SUCCEEDED
    assert ["<revert>" in form.get("cmd", "") for form in device.forms[1:]] == [False, False, False, True]


DROPPED = requests.exceptions.ConnectionError(ConnectionResetError(104, "x"))


@pytest.mark.parametrize("text", [RESTART, "request shutdown system"])
def test_a_restart_that_drops_the_connection(client, device, jobs, text: str) -> None:
    # Trap 40.
    device.on(ALL, jobs()).on("<request>", DROPPED)
    verdict = run(command(client, text))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "begins to restart" in verdict.message
    assert verdict.result == {"xml": "", "data": None, "text": ""}
    assert len(device.sent("<request>")) == 1


@pytest.mark.parametrize(("text", "error"), [(RESTART, LOST), (RESTART, ""), (DOWNLOAD, DROPPED)])
def test_only_a_dropped_restart_counts_as_accepted(client, device, jobs, text: str, error: object) -> None:
    device.on(ALL, jobs()).on("<request>", error)
    assert run(command(client, text)).outcome is Outcome.LOST


# Check mode.


def test_check_mode_asks_and_changes_nothing(client, device, jobs) -> None:
    device.on("<system>", INFO)
    asked = run(question(client), check_mode=True)
    assert (asked.outcome, asked.changed, asked.result["data"]["system"]) == (
        Outcome.SUCCEEDED,
        False,
        {"hostname": "fw1"},
    )
    predicted = run(command(client, 'request password-hash password "hunter2"'), check_mode=True)
    assert (predicted.outcome, predicted.changed, predicted.result) == (Outcome.SUCCEEDED, True, None)
    assert "`request password-hash password` would be sent" in predicted.message
    assert "hunter2" not in predicted.message
    assert device.sent("<request>") == []


# The options.


@pytest.fixture
def options(connection):
    def make(**given) -> dict:
        return {**FakeTask().params, **connection, "command": "show clock", "vsys": None, "changes": None, **given}

    return make


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, Question),
        ({"changes": True}, Command),
        ({"command": RESTART}, Command),
        ({"command": "<validate><full/></validate>", "changes": False}, Question),
        ({"handle": {"operation": "panos.op"}, "command": None}, Command),
        ({"handle": {"operation": "panos.op_info"}, "command": None}, Question),
    ],
)
def test_what_changes_something(options, given: dict, kind: type) -> None:
    made = op.from_options(options(**given), lambda secrets: None)
    assert made.__class__ is kind


@pytest.mark.parametrize("given", [{"vsys": ""}, {"vsys": "a\x07"}, {"command": "show 5"}])
def test_options_that_cannot_be_used(options, given: dict) -> None:
    with pytest.raises(errors.BadInput):
        op.from_options(options(**given), lambda secrets: None)


def test_xmltodict_is_needed(options, monkeypatch) -> None:
    monkeypatch.setattr(xml, "HAS_XMLTODICT", False)
    with pytest.raises(errors.MissingLibrary) as caught:
        op.from_options(options(), lambda secrets: None)
    assert caught.value.library == "xmltodict"


def test_a_command_is_not_said_with_its_values(client, device, jobs) -> None:
    """Neither where it is refused, nor where it is lost."""
    device.on(ALL, jobs()).on("<password-hash>", refused("no"), LOST)
    for outcome in (Outcome.REFUSED, Outcome.LOST):
        verdict = run(command(client, 'request password-hash password "hunter2"'))
        assert verdict.outcome is outcome
        assert "hunter2" not in str(dataclasses.asdict(verdict))


@pytest.mark.parametrize("text", ['show jobs id "99"', 'clear job id "99"'])
def test_a_command_about_a_job_that_is_not_there_is_refused(client, device, jobs, text: str) -> None:
    asked = parse_command(text)
    kind = Question if is_read_only(asked) else Command
    device.on(ALL, jobs()).on("<id>99</id>", refused("job 99 not found", "7"))
    verdict = run(kind(client, asked))
    assert (verdict.outcome, verdict.refusal) == (Outcome.REFUSED, {"reason": "rejected"})
    assert "job 99 not found" in verdict.message


def test_whoever_waits_by_the_handle_reports_no_change_either(client, device, jobs) -> None:
    """As for a validation with *changes* false: job_wait opens what stands in the handle."""
    active, over = jobs(record(type="Validate")), jobs({**OVER, "type": "Validate"})
    device.on("<validate>", accepted("7")).on("<id>7</id>", active, active, over)
    begun = run(Question(client, parse_command("<validate><full></full></validate>")), wait=False)
    handle = begun.job.handle
    resumed = run(OPERATIONS[handle.operation](client), handle=handle)
    assert (resumed.outcome, resumed.changed, resumed.polling.polls) == (Outcome.SUCCEEDED, False, 2)
