# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import time

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Done, NothingToDo
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.devices import parse_devices
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.push import (
    EMPTY_LOOKS,
    Push,
    PushValidation,
    from_options,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.push_options import Demand, PushOptions
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeTime

ENDPOINT = "https://fw1.example.com:443"
NONCE = "0123abcd"
ALL = "<jobs><all>"
ID = "<jobs><id>123"
GROUP = PushOptions(device_group="Branches")
UNKNOWN_COMMAND = '<response status="error" code="17"><msg><line>Invalid command</line></msg></response>'
COLLECTORS_DONE = (
    '<response status="success"><msg><line>Generated config and committed to connected collectors in group LCG'
    "</line></msg></response>"
)


def entry(
    name: str = "fw1",
    result: str = "OK",
    status: str = "commit succeeded",
    details: str = '<msg result="success"><errors><line>Configuration committed successfully</line></errors></msg>',
    times: str = "<tstart>10:00:05</tstart><tfin>10:00:51</tfin>",
    serial: str = "",
    vsys: str = "",
) -> str:
    """A device of a push, in the shape of the recordings."""
    return (
        f"<entry><serial-no>{serial or 's-' + name}</serial-no><devicename>{name}</devicename>"
        f"<multi-vsys>no</multi-vsys><vsys>{vsys}</vsys><status>{status}</status><result>{result}</result>"
        f"{times}<details>{details}</details></entry>"
    )


PENDING = {"result": "PEND", "status": "", "details": "", "times": "<tstart>10:00:05</tstart><tfin></tfin>"}


def push_record(*devices: str, **fields: str) -> dict[str, str]:
    return {
        "tenq": "2022/07/16 07:50:04",
        "tdeq": "07:50:04",
        "id": "123",
        "user": "app",
        "type": "CommitAll",
        "status": "FIN",
        "result": "OK",
        "tfin": "07:50:04",
        "description": f"[nj:{GROUP.intent()}-{NONCE}]",
        "progress": "100",
        "push_type": "shared-policy",
        "dgname": "Branches",
        "sched": "None",
        "devices": "".join(devices),
        **fields,
    }


def managed(
    serial: str, *, sync: str = "Out of Sync", connected: str = "yes", status: str = "shared-policy-status"
) -> str:
    return (
        f'<entry name="{serial}"><serial>{serial}</serial><hostname>fw{serial}</hostname>'
        f"<connected>{connected}</connected><{status}>{sync}</{status}></entry>"
    )


def group(*devices: str, kind: str = "devicegroups", name: str = "Branches") -> str:
    inner = f'<entry name="{name}"><devices>{"".join(devices)}</devices></entry>'
    return f'<response status="success"><result><{kind}>{inner}</{kind}></result></response>'


@pytest.fixture
def time_() -> FakeTime:
    made = FakeTime()
    # The client compares the deadline of a run with the real clock.
    made.now = time.monotonic()
    return made


@pytest.fixture
def panorama(device, jobs, recorded):
    """A Panorama that accepts a push as job 123, has no uncommitted changes, and does not tell who is in sync."""
    device.on(ALL, jobs()).on("<commit-all>", recorded("demisto_push_submit.xml"))
    device.on("pending-changes", '<response status="success"><result>no</result></response>')
    return device.on("<devicegroups>", UNKNOWN_COMMAND).on("<show><template", UNKNOWN_COMMAND)


@pytest.fixture
def make_push(client, time_):
    def make(options: PushOptions = GROUP, demand: Demand | None = None) -> Push:
        return Push(client, options, demand, nonce=NONCE, clock=lambda: time_.now)

    return make


@pytest.fixture
def push(make_push) -> Push:
    return make_push()


def handle_of(push: Push, **options: str) -> Handle:
    known = {"type": "CommitAll", "token": f"{GROUP.intent()}-{NONCE}"}
    return Handle("panos.push", ENDPOINT, "123", known, options={**push.demand.to_dict(), **options})


def run(push: Push, time_: FakeTime, **wishes):
    return lifecycle.run(push, lifecycle.Wishes(timing=TIMING, **wishes), time_.world)


def body_of(device) -> str:
    return device.sent("<commit-all>")[0]["cmd"]


# What is sent.

DG = '<shared-policy><device-group><entry name="G"></entry></device-group>'
USUAL = "<include-template>no</include-template><force-template-values>no</force-template-values>"


@pytest.mark.parametrize(
    ("options", "inside"),
    [
        ({"device_group": "G"}, f"{DG}<description>D</description>{USUAL}</shared-policy>"),
        (
            {"device_group": "G", "serials": ["1", "2"]},
            '<shared-policy><device-group><entry name="G"><devices><entry name="1"></entry><entry name="2"></entry>'
            f"</devices></entry></device-group><description>D</description>{USUAL}</shared-policy>",
        ),
        (
            {"device_group": "G", "include_template": True, "force_template_values": True, "admins": ["a", "b"]},
            f"{DG}<description>D</description><admin><member>a</member><member>b</member></admin>"
            "<include-template>yes</include-template><force-template-values>yes</force-template-values></shared-policy>",
        ),
        (
            # Trap 35: what the firewall's own candidate configuration becomes is said only where it is asked for.
            {"device_group": "G", "merge": False, "validate_only": True},
            f"{DG}<description>D</description>{USUAL}<merge-with-candidate-cfg>no</merge-with-candidate-cfg>"
            "<validate-only></validate-only></shared-policy>",
        ),
        (
            {"template": "T", "serials": ["1"], "merge": True},
            "<template><name>T</name><description>D</description><force-template-values>no</force-template-values>"
            "<merge-with-candidate-cfg>yes</merge-with-candidate-cfg><device><member>1</member></device></template>",
        ),
        (
            {"template_stack": "S", "admins": ["a"]},
            "<template-stack><name>S</name><description>D</description><admin><member>a</member></admin>"
            "<force-template-values>no</force-template-values></template-stack>",
        ),
        (
            {"wildfire_appliance": "W"},
            "<wildfire-appliance-config><description>D</description><wildfire-appliance>W</wildfire-appliance>"
            "</wildfire-appliance-config>",
        ),
        (
            {"wildfire_cluster": "C"},
            "<wildfire-appliance-config><description>D</description>"
            "<wildfire-appliance-cluster>C</wildfire-appliance-cluster></wildfire-appliance-config>",
        ),
    ],
)
def test_the_bodies(options, inside) -> None:
    made = PushOptions(**options)
    text = xml.to_text(made.commit_all_node(description="D", serials=made.serials or ()))
    assert text == f"<commit-all>{inside}</commit-all>"


def test_a_submission(push, panorama) -> None:
    """Trap 25: the token goes along, and the list was read before."""
    made = push.submit()
    assert made == handle_of(push)
    assert made.operation in OPERATIONS
    sent = panorama.sent("<commit-all>")[0]
    assert (sent["type"], sent["action"]) == ("commit", "all")
    assert f"<description>[nj:{GROUP.intent()}-{NONCE}]</description>" in sent["cmd"]
    assert "<admin>" not in sent["cmd"]  # Trap 33
    assert [form["type"] for form in panorama.forms] == ["keygen", "op", "commit"]


@pytest.mark.parametrize(
    "message",
    [
        # Trap 6. Both forms made the clients of others end with a traceback.
        "<msg>There are no changes to commit.</msg>",
        "<msg><line>The result of this commit would be the same as the previous commit queued/processed.</line></msg>",
    ],
)
@pytest.mark.parametrize("wait", [True, False])
def test_nothing_to_do_says_panorama(push, panorama, time_, message, wait) -> None:
    panorama.on("<commit-all>", f'<response status="success" code="19">{message}</response>')
    verdict = run(push, time_, wait=wait)
    assert (verdict.outcome, verdict.changed, verdict.job.handle) == (Outcome.NOTHING_TO_DO, False, None)


def test_without_waiting_an_accepted_push_is_a_change(push, panorama, time_) -> None:
    """Another client reported none, and the id as a number."""
    verdict = run(push, time_, wait=False)
    assert (verdict.outcome, verdict.changed, verdict.job.to_dict()["id"]) == (Outcome.RUNNING, True, "123")


# Trap 33.
def test_an_option_that_panorama_does_not_take_is_named(make_push, panorama) -> None:
    panorama.on(
        "<commit-all>",
        '<response status="error" code="17"><msg><line>commit-all -> shared-policy -> admin unexpected here'
        "</line><line>commit-all is invalid</line></msg></response>".replace("->", "-&gt;"),
    )
    with pytest.raises(errors.Refused) as caught:
        make_push(dataclasses.replace(GROUP, admins=["app"])).submit()
    assert caught.value.message.startswith("admins: Panorama does not take this option for device group Branches.")
    assert "admin unexpected here" in caught.value.message
    assert caught.value.details == {"code": "17"}


def test_another_refusal_stays_as_it_is(push, panorama) -> None:
    panorama.on("<commit-all>", '<response status="error"><msg><line>device-group is invalid</line></msg></response>')
    with pytest.raises(errors.Refused, match="device-group is invalid") as caught:
        push.submit()
    assert "Leave it out" not in caught.value.message


# Trap 28.
def test_a_lock_names_its_owner(push, panorama, recorded) -> None:
    panorama.on(
        "<commit-all>",
        '<response status="error" code="14"><msg><line>Other administrators are holding device wide commit locks.'
        "</line></msg></response>",
    )
    panorama.on("commit-locks", recorded("commit_locks")).on("config-locks", recorded("config_locks"))
    with pytest.raises(errors.Refused) as caught:
        push.submit()
    assert caught.value.reason == "locked"
    assert "commit lock of xxx on shared since" in caught.value.message


# Trap 25.
@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer(push, panorama, jobs, arrived) -> None:
    other = push_record(id="124", description=f"[nj:{GROUP.intent()}-ffffffff]")
    base = push_record(id="122", description="by hand")
    panorama.on(ALL, jobs(base), jobs(other, *([push_record()] if arrived else []), base))
    panorama.on("<commit-all>", requests.exceptions.ReadTimeout("x"))
    with pytest.raises(errors.NoAnswer):
        push.submit()
    found = push.recover()
    if not arrived:
        assert found is None
        return
    assert found is not None
    assert found.id == "123"
    assert found.options == {"required_targets": "all", "device_timeout": "900"}


def test_an_equal_push_in_flight_is_adopted_whatever_becomes_of_its_devices(make_push, panorama, jobs) -> None:
    active = push_record(status="ACT", result="PEND", devices="")
    panorama.on(ALL, jobs(active))
    demand = Demand("any", 60)
    found = make_push(demand=demand).find_equivalent()
    assert found is not None
    assert (found.id, found.options) == ("123", demand.to_dict())
    assert make_push(dataclasses.replace(GROUP, include_template=True)).find_equivalent() is None


# Trap 2.
@pytest.mark.parametrize(
    ("devices", "clock", "goes_on"),
    [
        ([entry(), entry("fw2", **PENDING)], "Sat Jul 16 07:51:00 2022", True),
        ([entry(), entry("fw2", **PENDING)], "Sat Jul 16 08:51:00 2022", False),
        ([entry(), entry("fw2", **PENDING)], "", False),
        ([entry(), entry("fw2")], "Sat Jul 16 07:51:00 2022", False),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_an_equal_push_is_adopted_while_its_devices_are_at_it(
    make_push, panorama, jobs, devices, clock, goes_on, listed
) -> None:
    panorama.on(ALL, jobs(push_record(*(devices if listed else ())))).on(ID, jobs(push_record(*devices)))
    told = f"<result><system><sw-version>11.1.6</sw-version><time>{clock}</time></system></result>"
    panorama.on("<system><info>", f'<response status="success">{told}</response>')
    found = make_push().find_equivalent()
    assert (found is not None) is goes_on


@pytest.mark.parametrize(
    ("options", "equal"),
    [
        ({"serials": ["2", "1"]}, True),
        ({"serials": ["1"]}, False),
        ({"serials": ["1", "2"], "merge": False}, False),
        ({"serials": ["1", "2"], "validate_only": True}, False),
    ],
)
def test_the_intent_is_what_is_pushed_to_whom(options, equal) -> None:
    made = PushOptions(device_group="Branches", **options)
    assert (made.intent() == PushOptions(device_group="Branches", serials=["1", "2"]).intent()) is equal


# The options.


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"device_group": "G", "template": "T"}, "device_group: cannot go with template"),
        ({"device_group": " "}, "device_group: the name is empty"),
        ({"device_group": "G", "serials": []}, "serials: the list is empty"),
        ({"device_group": "G", "admins": [" "]}, "admins: holds an empty name"),
        ({"template": "T", "include_template": True}, "include_template: cannot go with template, only with device_gr"),
        ({"wildfire_cluster": "C", "serials": ["1"]}, "serials: cannot go with wildfire_cluster"),
        ({"log_collector_group": "L", "admins": ["a"]}, "admins: cannot go with log_collector_group"),
        ({"wildfire_appliance": "W", "merge": True}, "merge: cannot go with wildfire_appliance"),
        ({"template_stack": "S", "validate_only": True}, "validate_only: cannot go with template_stack"),
        ({"device_group": "G", "description": "x" * 488}, "description: 488 characters are too many"),
    ],
)
def test_options_that_make_no_sense(options, text) -> None:
    with pytest.raises(errors.BadInput, match=text):
        PushOptions(**options)


@pytest.mark.parametrize(
    ("given", "text"),
    [(("some", 5), "required_targets: 'some'"), (("0", 5), "required_targets: '0'"), (("all", 0), "device_timeout: 0")],
)
def test_demands_that_make_no_sense(given, text) -> None:
    with pytest.raises(errors.BadInput, match=text):
        Demand(*given)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, Demand()),
        ({"required_targets": "2", "device_timeout": "60"}, Demand("2", 60)),
        ({"required_targets": "nonsense", "device_timeout": "60"}, Demand()),
        ({"device_timeout": "soon"}, Demand()),
    ],
)
def test_the_demand_travels_in_the_handle(options, expected) -> None:
    assert Demand.from_dict(options) == expected
    assert Demand.from_dict(expected.to_dict()) == expected


def test_a_push_through_panorama_to_a_firewall_makes_no_sense(make_client) -> None:
    with pytest.raises(errors.BadInput, match="target: "):
        Push(make_client(target="0123"), GROUP)


PARAMS = {
    **{field.name: None for field in dataclasses.fields(PushOptions)},
    **dict.fromkeys(("include_template", "force_template_values", "validate_only", "push_in_sync"), False),
    "required_targets": "all",
    "device_timeout": 900.0,
    "handle": None,
    "host": "panorama.example.com",
    "port": 443,
    "username": None,
    "password": None,
    "api_key": "k",
    "target": None,
    "validate_certs": True,
    "ca_path": None,
    "client_cert": None,
    "client_key": None,
    "request_timeout": 30.0,
}


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"device_group": "G"}, Push),
        ({"device_group": "G", "validate_only": True}, PushValidation),
        ({"handle": {"operation": "panos.push"}}, Push),
        ({"handle": {"operation": "panos.validate_push"}}, PushValidation),
        ({"handle": "{}", "target": "0123"}, Push),
    ],
)
def test_from_options(params, kind) -> None:
    made = from_options({**PARAMS, **params}, lambda secrets: None)
    assert made.__class__ is kind
    assert made.changes_device is (kind is Push)


def test_from_options_that_say_nothing() -> None:
    with pytest.raises(errors.BadInput, match=r"Say what to push: one of device_group, template, .* or the handle"):
        from_options(PARAMS, lambda secrets: None)


# The job.


def test_a_recorded_push_that_is_active(push, panorama, recorded) -> None:
    panorama.on(ID, recorded("demisto_push_ACT.xml"))
    known = {"type": "CommitAll", "user": "app", "tenq": "2022/07/16 07:50:04"}
    seen = push.observe(Handle("panos.push", ENDPOINT, "123", known), within=5)
    assert (seen.state, seen.vendor_state, seen.progress, seen.targets) == (JobState.RUNNING, "ACT", 69.0, ())


# Trap 5: the texts under errors are those of a success.
def test_a_recorded_push_that_has_ended(push, panorama, recorded) -> None:
    panorama.on(ID, recorded("demisto_push_FIN.xml"))
    seen = push.observe(Handle("panos.push", ENDPOINT, "123", {"type": "CommitAll"}), within=5)
    assert (seen.state, seen.vendor_state, seen.note) == (JobState.SUCCEEDED, "FIN/OK", "2 of 2 devices")
    first, second = seen.targets
    assert (first.name, first.id, first.state) == ("PA-VM", "007051000050926", JobState.SUCCEEDED)
    assert first.vendor_state == "OK (commit succeeded with warnings)"
    assert (first.started, first.finished) == ("05:45:03", "05:45:49")
    assert [target.messages for target in seen.targets] == [("Configuration committed successfully",)] * 2
    assert first.warnings[0] == "Interface loopback.645 has no zone configuration."
    assert (len(first.warnings), second.warnings[-1]) == (2, "(Module: device)")


# Trap 2: recorded devices ended 46 and 54 s after their job.
def test_the_end_of_the_job_is_not_the_end(push, panorama, jobs, time_) -> None:
    devices = [entry("fw1"), entry("fw2"), entry("fw3")]
    waiting = entry("fw3", **PENDING)
    panorama.on(ID, jobs(push_record(entry("fw1", **PENDING), entry("fw2", **PENDING), waiting)))
    first = push.observe(handle_of(push), within=5)
    assert (first.state, first.label) == (JobState.RUNNING, "FIN/OK, devices PEND 0%")
    panorama.on(ID, jobs(push_record(*devices[:2], waiting)), jobs(push_record(*devices)))
    second = push.observe(handle_of(push), within=5)
    assert (second.state, second.note) == (JobState.RUNNING, "2 of 3 devices have ended")
    assert second.progress == pytest.approx(66.7, abs=0.1)
    third = push.observe(handle_of(push), within=5)
    assert (third.state, third.vendor_state, third.note) == (JobState.SUCCEEDED, "FIN/OK", "3 of 3 devices")


def test_a_push_to_its_end(push, panorama, jobs, time_) -> None:
    panorama.on(ID, jobs(push_record(entry("fw1", **PENDING))), jobs(push_record(entry())))
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.message == f"panos.push job 123 on {ENDPOINT} succeeded (1 of 1 devices)."
    assert verdict.result["devices_touched"] == 1
    assert verdict.warnings == ()
    assert verdict.to_dict()["job"]["targets"] == [
        {
            "name": "fw1",
            "id": "s-fw1",
            "state": "succeeded",
            "vendor_state": "OK (commit succeeded)",
            "messages": ["Configuration committed successfully"],
            "warnings": [],
            "started": "10:00:05",
            "finished": "10:00:51",
        }
    ]
    assert verdict.job.handle is not None
    assert verdict.job.handle.options == {"required_targets": "all", "device_timeout": "900"}


# Trap 3, and 46: another client split the one line of the one device that failed into its characters.
def test_a_device_that_failed_fails_the_job_that_is_ok(push, panorama, jobs, time_) -> None:
    bad = entry(
        "fw2", "FAIL", "commit failed", '<msg result="error"><errors><line>zone trust is invalid</line></errors></msg>'
    )
    panorama.on(ID, jobs(push_record(entry(), bad)))
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert "failed on 1 of 2: fw2 (zone trust is invalid)." in verdict.message
    assert [target.state for target in verdict.job.targets] == [JobState.SUCCEEDED, JobState.FAILED]


@pytest.mark.parametrize(
    ("required", "state"),
    [
        ("all", JobState.FAILED),
        ("any", JobState.SUCCEEDED),
        ("1", JobState.SUCCEEDED),
        ("2", JobState.SUCCEEDED),
        ("3", JobState.FAILED),
        ("4", JobState.FAILED),
    ],
)
def test_required_targets(push, panorama, jobs, required, state) -> None:
    panorama.on(ID, jobs(push_record(entry("fw1"), entry("fw2"), entry("fw3", "FAIL", "commit failed", ""))))
    handle = handle_of(push, required_targets=required)
    seen = push.observe(handle, within=5)
    assert seen.state is state
    if state is JobState.FAILED:
        assert seen.messages[-1] == f"2 of 3 devices, required_targets is {required}"
        return
    assert push.verify(handle, seen) == [
        "panos.push job 123: not on all devices: fw3 (FAIL (commit failed)). It is a success because "
        f"required_targets is {required}."
    ]


@pytest.mark.parametrize(("required", "state"), [("1", JobState.SUCCEEDED), ("2", JobState.FAILED)])
def test_a_device_with_several_entries_is_one_device(push, panorama, jobs, required, state) -> None:
    both = [entry("fw1", vsys="vsys1"), entry("fw1", vsys="vsys2")]
    half = [entry("fw2", vsys="vsys1"), entry("fw2", "FAIL", "commit failed", "", vsys="vsys2")]
    panorama.on(ID, jobs(push_record(*both, *half)))
    seen = push.observe(handle_of(push, required_targets=required), within=5)
    assert (seen.state, seen.note) == (state, "1 of 2 devices")
    assert [target.name for target in seen.targets] == ["fw1/vsys1", "fw1/vsys2", "fw2/vsys1", "fw2/vsys2"]


@pytest.mark.parametrize("required", ["all", "any"])
def test_a_job_that_failed_has_failed(push, panorama, jobs, required) -> None:
    panorama.on(ID, jobs(push_record(entry(), result="FAIL", details="<line>template is invalid</line>")))
    seen = push.observe(handle_of(push, required_targets=required), within=5)
    assert (seen.state, seen.messages) == (JobState.FAILED, ("template is invalid",))


def test_a_job_that_failed_is_waited_for_until_its_devices_have_ended(push, panorama, jobs) -> None:
    panorama.on(ID, jobs(push_record(entry(**PENDING), result="FAIL")))
    assert push.observe(handle_of(push), within=5).state is JobState.RUNNING


def test_a_job_that_was_stopped_is_not_waited_for(push, panorama, jobs) -> None:
    panorama.on(ID, jobs(push_record(entry(**PENDING), result="CANCELED")))
    assert push.observe(handle_of(push), within=5).state is JobState.CANCELED


# Trap 4: the clients of others reported a plain success and a change.
def test_a_push_that_touched_no_device(push, panorama, jobs, time_) -> None:
    panorama.on(ID, jobs(push_record()))
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert verdict.message.endswith("succeeded (no device was touched).")
    assert verdict.result["devices_touched"] == 0
    assert "no device was touched" in verdict.warnings[0]
    assert verdict.polling.observed == {"FIN/OK, no device listed": EMPTY_LOOKS, "FIN/OK": 1}


# Trap 4: pan-os-python ends its wait where no device is listed yet.
def test_devices_that_are_listed_late(push, panorama, jobs, time_) -> None:
    panorama.on(
        ID, jobs(push_record()), jobs(push_record()), jobs(push_record(entry(**PENDING))), jobs(push_record(entry()))
    )
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed, verdict.result["devices_touched"]) == (Outcome.SUCCEEDED, True, 1)


@pytest.mark.parametrize("required", ["any", "1"])
def test_a_push_that_touched_no_device_where_some_are_required(make_push, panorama, jobs, time_, required) -> None:
    panorama.on(ID, jobs(push_record()))
    verdict = run(make_push(demand=Demand(required)), time_)
    assert verdict.outcome is Outcome.FAILED
    assert f"failed: no device was touched, required_targets is {required}." in verdict.message


# Trap 45.
@pytest.mark.parametrize(("required", "outcome"), [("all", Outcome.FAILED), ("any", Outcome.SUCCEEDED)])
def test_a_device_that_never_answers(make_push, panorama, jobs, time_, required, outcome) -> None:
    panorama.on(ID, jobs(push_record(entry("fw1"), entry("fw2", **PENDING))))
    verdict = run(make_push(demand=Demand(required, 120)), time_)
    assert verdict.outcome is outcome
    assert 120 <= verdict.job.elapsed < 180
    silent = verdict.job.targets[1]
    assert (silent.name, silent.state, silent.vendor_state) == ("fw2", JobState.UNKNOWN, "PEND")
    text = "no answer from the device within device_timeout (120 s); it may be disconnected"
    assert silent.messages == (text,)
    if outcome is Outcome.FAILED:
        assert f"failed on 1 of 2: fw2 ({text})." in verdict.message


# Trap 45.
def test_the_wait_that_ends_first_names_the_devices_without_a_verdict(push, panorama, jobs, time_) -> None:
    panorama.on(ID, jobs(push_record(entry("fw1"), entry("fw2", **PENDING), entry("fw3", **PENDING))))
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
    assert "last seen as FIN/OK, devices PEND 33%. Without a verdict so far: fw2, fw3." in verdict.message


def test_a_resumed_wait_gives_the_devices_their_time_anew(push, client, panorama, jobs, time_) -> None:
    """Panorama does not say how long ago the job ended; another process may have waited for it before."""
    panorama.on(ID, jobs(push_record(entry(**PENDING))))
    push.observe(handle_of(push), within=5)
    time_.now += 899
    other = Push(client, clock=lambda: time_.now)
    assert other.observe(handle_of(push), within=5).state is JobState.RUNNING
    time_.now += 2
    assert push.observe(handle_of(push), within=5).state is JobState.FAILED
    assert other.observe(handle_of(push), within=5).state is JobState.RUNNING
    time_.now += 899
    assert other.observe(handle_of(push), within=5).state is JobState.FAILED


def test_a_wait_by_handle_judges_as_the_task_that_submitted(client, panorama, jobs, time_, make_push) -> None:
    panorama.on(ID, jobs(push_record(entry("fw1"), entry("fw2", "FAIL", "commit failed", ""))))
    made = make_push(demand=Demand("1", 60)).submit()
    handle = Handle.from_dict(made.to_dict())
    wait = Wait(OPERATIONS["panos.push"](client), handle, TIMING, time_.world)
    assert wait.run().outcome is Outcome.SUCCEEDED


def test_a_device_whose_word_nobody_knows_is_waited_for(push, panorama, jobs, time_) -> None:
    panorama.on(ID, jobs(push_record(entry(result="LATER", status="", details=""))))
    assert push.observe(handle_of(push), within=5).state is JobState.RUNNING
    time_.now += 901
    seen = push.observe(handle_of(push), within=5)
    assert (seen.state, seen.targets[0].vendor_state) == (JobState.FAILED, "LATER")


@pytest.mark.parametrize("progress", ["07:50:04", "2022/07/16 07:50:04", "100", ""])
def test_progress_is_not_the_finish_signal(push, panorama, jobs, progress) -> None:
    """Trap 1."""
    panorama.on(ID, jobs(push_record(entry(), progress=progress)))
    assert push.observe(handle_of(push), within=5).state is JobState.SUCCEEDED


def test_a_record_without_its_times(push, panorama, jobs) -> None:
    """Traps 12 and 13: FIN without tfin was a KeyError elsewhere."""
    record = push_record(entry(times=""))
    del record["tfin"]
    panorama.on(ID, jobs(record))
    seen = push.observe(handle_of(push), within=5)
    assert (seen.state, seen.targets[0].started, seen.targets[0].finished) == (JobState.SUCCEEDED, "", "")


@pytest.mark.parametrize("waiting", [True, False])
def test_what_its_devices_have_cannot_be_called_back(push, panorama, jobs, waiting) -> None:
    panorama.on(ID, jobs(push_record(entry(**PENDING), status="FIN" if waiting else "ACT")))
    panorama.on("<clear><job><id>123", '<response status="success"/>')
    if not waiting:
        push.cancel(handle_of(push))
        assert panorama.sent("<clear>")
        return
    with pytest.raises(errors.Refused, match="is with its devices, which cannot be called back"):
        push.cancel(handle_of(push))


def test_a_job_list_that_lost_the_push(push, panorama, jobs, time_) -> None:
    """Traps 10 and 30: what a restart of configd leaves is no verdict."""
    left = {"type": "Failed-Job", "details": "<line>job failed because of configd restart</line>"}
    panorama.on(ID, jobs(left))
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert verdict.job.handle is not None


def test_a_session_that_expires_while_waiting(push, panorama, jobs, time_) -> None:
    """Trap 23: other clients failed although the job went on."""
    expired = '<response status="error" code="22"><msg><line>Session timed out</line></msg></response>'
    panorama.on(ID, expired, jobs(push_record(entry())))
    assert run(push, time_).outcome is Outcome.SUCCEEDED


# Trap 29.
def test_a_queued_push_says_where(push, panorama, jobs) -> None:
    panorama.on(ID, jobs(push_record(status="PEND", result="PEND", queued="YES", positionInQ="2", progress="0")))
    seen = push.observe(handle_of(push), within=5)
    assert (seen.state, seen.note) == (JobState.PENDING, "position 2 in the queue")


# The devices in the record.


def parsed(*devices: str):
    return parse_devices(xml.parse(f"<job><devices>{''.join(devices)}</devices></job>".encode()))


# Trap 46.
@pytest.mark.parametrize("count", [0, 1, 2])
def test_none_one_and_many_devices(count) -> None:
    lines = "".join(f"<line>line {number}</line>" for number in range(count))
    details = f'<msg result="success"><errors>{lines}</errors><warnings>{lines}</warnings></msg>'
    found = parsed(*(entry(f"fw{number}", details=details) for number in range(count)))
    assert [target.name for target in found] == [f"fw{number}" for number in range(count)]
    texts = tuple(f"line {number}" for number in range(count))
    assert all(target.messages == texts and target.warnings == texts for target in found)


def test_no_devices_element_at_all() -> None:
    assert parse_devices(xml.parse(b"<job><id>1</id></job>")) == ()


# Traps 5 and 13: success text in errors, literal backslash-n between the elements, mixed forms of a time.
def test_the_shape_of_the_recordings() -> None:
    details = (
        '\\n  <msg cmd="push-data" dname="S" dgname="DG" tplname="TS" jobid="5" result="success">\\n    <errors>\\n'
        "      <line>Configuration committed successfully</line>\\n    </errors>\\n    <warnings>\\n"
        "      <line>No valid DNS security license</line>\\n    </warnings>\\n    <app-warn/>"
        "<shadow-warn><line>Rule 'a' shadows rule 'b'</line></shadow-warn>\\n  </msg>\\n"
    )
    times = "<tstart>10:00:05</tstart><tfin>2022/07/16 07:50:50</tfin>"
    target = parsed(entry(status="commit succeeded with warnings", details=details, times=times))[0]
    assert target.state is JobState.SUCCEEDED
    assert target.vendor_state == "OK (commit succeeded with warnings)"
    assert target.messages == ("Configuration committed successfully",)
    assert target.warnings == ("No valid DNS security license", "Rule 'a' shadows rule 'b'")
    assert (target.started, target.finished) == ("10:00:05", "2022/07/16 07:50:50")


def test_details_as_a_plain_text() -> None:
    assert parsed(entry(details="device not connected"))[0].messages == ("device not connected",)


def test_an_error_of_a_part_is_no_success() -> None:
    details = '<msg result="success"/><msg result="error"><errors><line>template is invalid</line></errors></msg>'
    assert parsed(entry(details=details))[0].state is JobState.FAILED


def test_a_device_that_has_only_a_serial_or_is_a_virtual_system() -> None:
    bare = "<entry><serial-no>0123</serial-no><result>PEND</result><tfin>Still Active</tfin></entry>"
    found = parsed(bare, entry(vsys="vsys2"), "<entry/>")
    assert [(target.name, target.id, target.finished) for target in found] == [
        ("0123", "0123", ""),
        ("fw1/vsys2", "s-fw1", "10:00:51"),
        ("a device without a name", "", ""),
    ]
    assert found[2].state is JobState.UNKNOWN


# Who is in sync.


def test_nothing_to_push(push, panorama, time_) -> None:
    panorama.on("<devicegroups>", group(managed("1", sync="In Sync"), managed("2", sync="In Sync")))
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert verdict.message == ("Nothing to push: what the device group Branches holds is in sync on fw1 (1); fw2 (2).")
    assert panorama.sent("<commit-all>") == []


def test_the_recorded_states_of_a_device_group_and_its_stack(make_push, panorama, recorded) -> None:
    panorama.on("<devicegroups>", recorded("demisto_show_devicegroups.xml"))
    panorama.on("<template-stack>", recorded("demisto_show_template_stack.xml"))
    lab = PushOptions(device_group="LAB", include_template=True)
    seen = make_push(lab).preview(want_diff=False)
    assert (seen.needed, seen.warnings) == (False, [])
    assert "the device group LAB holds is in sync on vm-lab-fw1 (111111111111111)." in seen.message
    assert not make_push(PushOptions(template_stack="LAB-STACK")).preview(want_diff=False).needed
    child = make_push(PushOptions(device_group="LAB-Child-1")).preview(want_diff=False)
    assert "lists no firewall in the device group LAB-Child-1." in child.message


def test_only_those_that_are_not_in_sync_get_the_push(push, panorama, jobs, time_) -> None:
    members = [managed("1", sync="In Sync"), managed("2"), managed("3", sync="Never heard of")]
    panorama.on("<devicegroups>", group(*members)).on(ID, jobs(push_record(entry("fw2"), entry("fw3"))))
    verdict = run(push, time_)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert '<devices><entry name="2"></entry><entry name="3"></entry></devices>' in body_of(panorama)
    assert verdict.result["skipped"] == [{"name": "fw1", "serial": "1"}]


@pytest.mark.parametrize("told", [True, False])
def test_check_mode_foresees_a_lock(client, make_client, panorama, recorded, time_, told: bool) -> None:
    """Trap 28: as for a commit. With a key alone it is not known whose it is."""
    panorama.on("<devicegroups>", group(managed("1")) if told else UNKNOWN_COMMAND)
    panorama.on("commit-locks", recorded("commit_locks")).on("config-locks", recorded("no_config_locks"))
    verdict = run(Push(client, GROUP, inspect=True), time_, check_mode=True)
    assert (verdict.outcome, (verdict.refusal or {}).get("reason")) == (Outcome.REFUSED, "locked")
    assert "commit lock of xxx" in verdict.message
    verdict = run(Push(make_client(api_key="k"), GROUP, inspect=True), time_, check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "It would be refused, unless the API key is its owner's." in verdict.message
    assert panorama.sent("<commit-all>") == []


@pytest.mark.parametrize(
    ("required", "outcome"),
    [
        ("any", Outcome.SUCCEEDED),
        ("1", Outcome.SUCCEEDED),
        ("2", Outcome.SUCCEEDED),
        ("3", Outcome.FAILED),
        ("all", Outcome.FAILED),
    ],
)
def test_those_in_sync_count_as_successes(make_push, panorama, jobs, time_, required, outcome) -> None:
    """So that a second run is judged as the first, and so is a wait by the handle."""
    members = [managed("1", sync="In Sync"), managed("2", sync="In Sync"), managed("3")]
    panorama.on("<devicegroups>", group(*members))
    panorama.on(ID, jobs(push_record(entry("fw3", result="FAIL", status="commit failed", details=""))))
    begun = run(make_push(demand=Demand(required)), time_, wait=False)
    verdict = run(make_push(), time_, handle=begun.job.handle)
    assert (verdict.outcome, verdict.changed) == (outcome, False)
    assert begun.job.handle.options["in_sync"] == "2"


@pytest.mark.parametrize("option", ["push_in_sync", "validate_only", "force_template_values"])
def test_those_in_sync_get_it_too(make_push, panorama, option) -> None:
    panorama.on("<devicegroups>", group(managed("1", sync="In Sync"), managed("2")))
    push = make_push(dataclasses.replace(GROUP, **{option: True}))
    assert push.preview(want_diff=False).needed
    push.submit()
    assert "<devices>" not in body_of(panorama)


def test_the_serials_restrict_who_has_to_be_in_sync(make_push, panorama) -> None:
    panorama.on("<devicegroups>", group(managed("1", sync="In Sync"), managed("2")))
    assert not make_push(dataclasses.replace(GROUP, serials=["1"])).preview(want_diff=False).needed
    seen = make_push(dataclasses.replace(GROUP, serials=["1", "9"])).preview(want_diff=False)
    assert seen.message == ("The device group Branches would be pushed to 9. In sync already, so left out: fw1 (1).")


def test_where_panorama_does_not_tell_all_get_the_push(push, panorama) -> None:
    seen = push.preview(want_diff=False)
    assert seen.needed
    assert "does not tell to which devices" in seen.message
    push.submit()
    assert "<devices>" not in body_of(panorama)


def test_a_group_that_is_not_listed(push, panorama) -> None:
    panorama.on("<devicegroups>", group(managed("1", sync="In Sync"), name="Another"))
    assert push.preview(want_diff=False).needed


# Trap 34.
def test_a_group_without_a_firewall_of_its_own(push, panorama, time_) -> None:
    panorama.on("<devicegroups>", group())
    verdict = run(push, time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "lists no firewall in the device group Branches." in verdict.message
    assert "child groups" in verdict.message


def test_an_outage_while_it_is_asked_does_not_turn_into_a_push_to_all(push, panorama, time_) -> None:
    panorama.on("<devicegroups>", (503, ""), group(managed("1", sync="In Sync")))
    assert run(push, time_).outcome is Outcome.NOTHING_TO_DO


@pytest.mark.parametrize(
    ("policy", "template", "needed"),
    [
        ("In Sync", "In Sync", False),
        ("In Sync", "Out of Sync", True),
        ("Out of Sync", "In Sync", True),
        ("In Sync", "", True),
    ],
)
def test_with_the_template_both_have_to_be_in_sync(make_push, panorama, policy, template, needed) -> None:
    panorama.on("<devicegroups>", group(managed("1", sync=policy)))
    stack = managed("1", sync=template, status="template-status")
    panorama.on("<template-stack>", group(stack, kind="template-stack", name="Any"))
    push = make_push(dataclasses.replace(GROUP, include_template=True))
    assert push.preview(want_diff=False).needed is needed


@pytest.mark.parametrize(("option", "kind"), [("template", "templates"), ("template_stack", "template-stack")])
def test_templates_and_stacks_have_their_own_state(make_push, panorama, option, kind) -> None:
    members = [managed("1", sync="In Sync", status="template-status"), managed("2", status="template-status")]
    panorama.on(f"<show><{kind}><name>T</name>", group(*members, kind=kind, name="T"))
    push = make_push(PushOptions(**{option: "T"}))
    assert "pushed to fw2 (2). In sync already, so left out: fw1 (1)." in push.preview(want_diff=False).message
    push.submit()
    assert "<device><member>2</member></device>" in body_of(panorama)


@pytest.mark.parametrize(("second", "needed"), [("In Sync", False), ("Out of Sync", True)])
def test_all_virtual_systems_have_to_be_in_sync(push, panorama, second, needed) -> None:
    systems = "".join(
        f'<entry name="{name}"><shared-policy-status>{sync}</shared-policy-status></entry>'
        for name, sync in (("vsys1", "In Sync"), ("vsys2", second))
    )
    panorama.on("<devicegroups>", group(f'<entry name="1"><serial>1</serial><vsys>{systems}</vsys></entry>'))
    assert push.preview(want_diff=False).needed is needed


def test_who_is_not_connected_is_said(push, panorama, time_) -> None:
    panorama.on("<devicegroups>", group(managed("1"), managed("2", connected="no")))
    verdict = run(push, time_, check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "would be pushed to fw1 (1); fw2 (2), not connected." in verdict.message
    assert verdict.warnings == (f"Not connected to {ENDPOINT}: fw2.",)
    assert panorama.sent("<commit-all>") == []


def test_changes_that_a_push_does_not_take_are_said(push, panorama, time_) -> None:
    panorama.on("pending-changes", '<response status="success"><result>yes</result></response>')
    panorama.on("<devicegroups>", group(managed("1", sync="In Sync")))
    verdict = run(push, time_)
    assert verdict.outcome is Outcome.NOTHING_TO_DO
    assert "has changes that are not committed" in verdict.warnings[0]


def test_a_message_names_only_so_many(push, panorama) -> None:
    panorama.on("<devicegroups>", group(*(managed(f"{number}") for number in range(500))))
    assert push.preview(want_diff=False).message.endswith("fw19 (19) and 480 more.")


@pytest.mark.parametrize(
    ("devices", "options", "needed"),
    [
        ([managed("1")], {}, True),
        ([managed("1", sync="In Sync")], {}, False),
        ([managed("1", connected="no")], {}, False),
        ([managed("1", sync="")], {}, False),
        ([managed("1")], {"validate_only": True}, False),
    ],
)
def test_what_an_adopted_push_has_left_undone(make_push, panorama, devices, options, needed) -> None:
    panorama.on("<devicegroups>", group(*devices))
    assert make_push(dataclasses.replace(GROUP, **options)).still_needed() is needed


# A collector group.

COLLECTORS = PushOptions(log_collector_group="LCG")


# Trap 32.
def test_a_collector_group_is_done_at_once(make_push, panorama, time_) -> None:
    panorama.on("<commit-all>", COLLECTORS_DONE)
    verdict = run(make_push(COLLECTORS), time_)
    assert (verdict.outcome, verdict.changed, verdict.job.handle) == (Outcome.SUCCEEDED, True, None)
    text = "Generated config and committed to connected collectors in group LCG"
    assert (verdict.message, verdict.job.messages) == (f"{ENDPOINT}: {text}", (text,))
    assert body_of(panorama) == (
        "<commit-all><log-collector-config><log-collector-group>LCG</log-collector-group></log-collector-config>"
        "</commit-all>"
    )
    assert panorama.sent(ALL) == []


def test_a_collector_group_with_a_job_after_all(make_push, panorama) -> None:
    made = make_push(COLLECTORS).submit()
    assert isinstance(made, Handle)
    assert (made.id, made.fingerprint) == ("123", {"type": "CommitAll"})


# Trap 8.
def test_an_unknown_text_is_no_success(make_push, panorama) -> None:
    panorama.on("<commit-all>", '<response status="success"><msg><line>Something else.</line></msg></response>')
    with pytest.raises(errors.Refused, match="Something else"):
        make_push(COLLECTORS).submit()
    with pytest.raises(errors.Refused, match="Something else"):
        make_push().submit()


def test_nothing_to_do_for_a_collector_group(make_push, panorama) -> None:
    text = "There are no changes to commit."
    panorama.on("<commit-all>", f'<response status="success"><msg><line>{text}</line></msg></response>')
    assert make_push(COLLECTORS).submit() == NothingToDo(text)


def test_a_lost_answer_of_a_collector_group(make_push, panorama, time_) -> None:
    panorama.on("<commit-all>", requests.exceptions.ReadTimeout("x"))
    verdict = run(make_push(COLLECTORS), time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert "To push once more does no harm." in verdict.message
    assert len(panorama.sent("<commit-all>")) == 1


def test_the_description_of_a_collector_group(make_push, panorama) -> None:
    panorama.on("<commit-all>", COLLECTORS_DONE)
    assert isinstance(make_push(dataclasses.replace(COLLECTORS, description="CHG1")).submit(), Done)
    assert "<description>CHG1</description>" in body_of(panorama)


# A validation.


def test_a_validation_changes_nothing(client, panorama, jobs, time_) -> None:
    options = dataclasses.replace(GROUP, validate_only=True)
    panorama.on(ID, jobs(push_record(entry(), description=f"[nj:{options.intent()}-{NONCE}]")))
    verdict = run(PushValidation(client, options, nonce=NONCE), time_)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert verdict.job.handle is not None
    assert verdict.job.handle.operation == "panos.validate_push"
    assert "<validate-only></validate-only>" in body_of(panorama)


@pytest.mark.parametrize("kind", ["CommitAll", "ValidateAll"])
def test_both_names_of_a_validation_are_known(client, panorama, jobs, kind) -> None:
    options = dataclasses.replace(GROUP, validate_only=True)
    record = push_record(type=kind, status="ACT", result="PEND", description=f"[nj:{options.intent()}-{NONCE}]")
    panorama.on(ALL, jobs(record)).on(ID, jobs(record))
    validation = PushValidation(client, options)
    found = validation.find_equivalent()
    assert found is not None
    assert validation.observe(found, within=5).state is JobState.RUNNING


def test_a_push_is_no_validation(push, panorama, jobs) -> None:
    panorama.on(ALL, jobs(push_record(type="ValidateAll", status="ACT")))
    assert push.find_equivalent() is None


def test_a_validation_may_be_repeated(client, panorama, jobs) -> None:
    panorama.on(ALL, jobs(push_record(id="5")), jobs(push_record(id="1", type="AutoCom")))
    panorama.on("<commit-all>", requests.exceptions.ReadTimeout("x"))
    validation = PushValidation(client, dataclasses.replace(GROUP, validate_only=True))
    with pytest.raises(errors.NoAnswer):
        validation.submit()
    assert validation.recover() is None
