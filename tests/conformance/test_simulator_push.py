# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pushes from a simulated Panorama: what it takes and refuses, the life of the job and of its devices, the record."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest
from simulator.client import SimulatorError, SimulatorProcess

from .conftest import ADMINS, RECORDED, Answer, Api

GROUP = "/config/devices/entry[@name='localhost.localdomain']/device-group/entry[@name='{}']/address/entry[@name='a']"
TEMPLATE = "/config/devices/entry[@name='localhost.localdomain']/template/entry[@name='{}']/config/network"
DG = '<shared-policy><device-group><entry name="DG"/></device-group>{}</shared-policy>'
INVENTORY = {
    "device_groups": {
        "DG": {"devices": ["S1", "S2"]},
        "child": {"parent": "DG", "devices": ["S3"]},
        "empty": {},
        "prisma": {"devices": ["P1"], "prisma": True},
        "multi": {"devices": {"M1": ["vsys1", "vsys2"]}},
    },
    "template_stacks": {"TS": {"templates": ["T1", "T2"], "devices": ["S1"]}, "other": {"devices": ["S2"]}},
    "managed_devices": {"S1": {"hostname": "fw1"}},
    "collector_groups": ["CG"],
    "wildfire_appliances": ["WF1"],
    "wildfire_clusters": {"WC": ["WF2", "WF3"]},
}


@pytest.fixture
def panorama(device: t.Callable[..., Api]) -> t.Callable[..., Api]:
    def make(*, in_sync: bool = False, **settings: t.Any) -> Api:
        api = device(**{"kind": "panorama", **INVENTORY, **settings})
        if not in_sync:
            api.simulator.act(api.address, "out-of-sync")
        return api

    return make


def push(api: Api, inner: str) -> Answer:
    return api.post(type="commit", action="all", cmd=f"<commit-all>{inner}</commit-all>")


def pushed(api: Api, inner: str = DG.format("")) -> str:
    return push(api, inner).get("result/job")


def results(api: Api, job: str = "2") -> dict[str, str]:
    """Serial to result, in the order of the record."""
    return {
        entry.findtext("serial-no") or "": entry.findtext("result") or ""
        for entry in api.job(job).findall("devices/entry")
    }


def entry_of(api: Api, serial: str, job: str = "2") -> ET.Element:
    (found,) = [one for one in api.job(job).findall("devices/entry") if one.findtext("serial-no") == serial]
    return found


def missing(api: Api) -> dict[str, list[str]]:
    """Which serials are out of sync, per device group or stack."""
    found: dict[str, list[str]] = {}
    for place in api.simulator.device(api.address)["sync"]:
        if not place["in_sync"]:
            found.setdefault(place["name"], []).append(place["serial"])
    return found


def recorded(name: str) -> ET.Element:
    return ET.parse(RECORDED / name).getroot()


def outline(node: ET.Element) -> tuple[t.Any, ...]:
    """Tag, names of attributes and the outlines of the children, in order; of lists of plugins only that they exist."""
    children = () if node.tag == "plugin_versions" else tuple(outline(child) for child in node)
    return (node.tag, tuple(sorted(node.attrib)), children)


# The record


def test_submit(panorama: t.Callable[..., Api]) -> None:
    answer, expected = push(panorama(), DG.format("")), recorded("demisto_push_submit.xml")
    assert outline(answer.xml) == outline(expected)
    assert answer.xml.attrib == expected.attrib
    assert answer.get("result/msg/line") == (expected.findtext("result/msg/line") or "").replace("123", "2")


def test_active_job(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_seconds=100)
    job = pushed(api)
    api.simulator.advance(69)
    record, expected = api.job(job), recorded("demisto_push_ACT.xml").find("result/job")
    assert expected is not None
    assert outline(record) == outline(expected)
    for field in ("type", "status", "queued", "stoppable", "result", "tfin", "positionInQ", "progress"):
        assert record.findtext(field) == expected.findtext(field), field


def test_finished_job(panorama: t.Callable[..., Api]) -> None:
    api = panorama(
        push_record={"details": "backslash_n"},
        push_seconds=0,
        push_devices={
            "S1": {"seconds": 46, "warnings": ["a", "b"]},
            "S2": {"seconds": 54, "warnings": ["a", "b", "c"]},
        },
        record={"tfin": "time"},
    )
    job = pushed(api)
    api.simulator.advance(60)
    record, expected = api.job(job), recorded("demisto_push_FIN.xml").find("result/job")
    assert expected is not None
    assert outline(record) == outline(expected)
    for field in ("type", "status", "stoppable", "result", "progress", "push_type"):
        assert record.findtext(field) == expected.findtext(field), field
    mine, theirs = record.findall("devices/entry"), expected.findall("devices/entry")
    for entry, other in zip(mine, theirs):
        for field in ("multi-vsys", "vsys", "status", "result"):
            assert entry.findtext(field) == other.findtext(field), field
        message, example = entry.find("details/msg"), other.find("details/msg")
        assert message is not None
        assert example is not None
        assert (message.get("cmd"), message.get("result")) == (example.get("cmd"), example.get("result"))
        assert (message.get("jobid"), message.get("dgname")) == (job, "DG")
        for path in ("errors", "warnings", "errors/line", "warnings/line"):
            one, two = message.find(path), example.find(path)
            assert one is not None
            assert two is not None
            if path.endswith("line"):
                # What stands behind a line, without the line ends of the file.
                one, two = message.findall(path)[-1], example.findall(path)[-1]
                assert (one.tail or "").strip() == (two.tail or "").strip()
            assert (one.text or "").startswith("\\n") == (two.text or "").startswith("\\n"), path
    ends = [entry.findtext("tfin") or "" for entry in mine]
    assert ends[0] < ends[1] or ends[1].startswith("00:")
    assert record.findtext("tfin") == record.findtext("devices/entry/tstart")


def test_the_devices_go_on_after_the_job(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_devices={"S2": {"seconds": 50, "errors": ["Validation Error:", " address is invalid"]}})
    job = pushed(api)
    assert (api.word(job), results(api)) == ("ACT/PEND", {})
    api.simulator.advance(2)
    assert (api.word(job), results(api)) == ("FIN/OK", {"S1": "PEND", "S2": "PEND"})
    assert entry_of(api, "S1").find("tfin") is None
    api.simulator.advance(20)
    assert results(api) == {"S1": "OK", "S2": "PEND"}
    api.simulator.advance(30)
    assert (api.word(job), results(api)) == ("FIN/OK", {"S1": "OK", "S2": "FAIL"})
    good, bad = entry_of(api, "S1"), entry_of(api, "S2")
    assert (good.findtext("status"), good.findtext("devicename")) == ("commit succeeded", "fw1")
    assert good.findtext("details/msg/errors/line") == "Configuration committed successfully"
    assert bad.findtext("status") == "commit failed"
    assert [line.text for line in bad.findall("details/msg/errors/line")] == [
        "Validation Error:",
        " address is invalid",
        "Commit failed",
    ]
    assert [one.get("result") for one in api.job(job).iter("msg")] == ["success", "error"]
    assert missing(api)["DG"] == ["S2"]


def test_a_job_that_fails_itself_reaches_nobody(panorama: t.Callable[..., Api]) -> None:
    api = panorama(next_pushes=[{"seconds": 5, "errors": ["Failed to generate the configuration"]}])
    job = pushed(api)
    api.simulator.advance(60)
    assert (api.word(job), results(api)) == ("FIN/FAIL", {})
    assert api.job(job).findtext("details/line") == "Failed to generate the configuration"
    assert missing(api)["DG"] == ["S1", "S2"]


@pytest.mark.parametrize("settings", [{"next_pushes": [{"nobody": True}]}, {}])
def test_pushed_to_nobody(panorama: t.Callable[..., Api], settings: dict[str, t.Any]) -> None:
    """By plan, or because the group has no devices."""
    api = panorama(**settings)
    job = pushed(api, DG.format("").replace("DG", "DG" if settings else "empty"))
    api.simulator.advance(60)
    devices = api.job(job).find("devices")
    assert (api.word(job), devices is not None and len(devices)) == ("FIN/OK", 0)
    assert missing(api)["DG"] == ["S1", "S2"]


def test_devices_appear_late(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_record={"empty_looks": 2})
    pushed(api)
    api.simulator.advance(60)
    assert [list(results(api).values()) for _look in range(3)] == [[], [], ["OK", "OK"]]


@pytest.mark.parametrize("how", ["plan", "inventory"])
def test_a_disconnected_device_stays_pending(panorama: t.Callable[..., Api], how: str) -> None:
    if how == "plan":
        api = panorama(push_devices={"S1": {"disconnected": True}})
    else:
        api = panorama(managed_devices={"S1": {"connected": False}})
    pushed(api)
    api.simulator.advance(86400)
    assert results(api) == {"S1": "PEND", "S2": "OK"}
    assert missing(api)["DG"] == ["S1"]


def test_forms_of_the_record(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_record={"times": "mixed", "sched": "None", "details": "empty"})
    job = pushed(api)
    api.simulator.advance(60)
    entry = entry_of(api, "S1")
    assert (len(entry.findtext("tstart") or ""), len(entry.findtext("tfin") or "")) == (8, 19)
    assert (api.job(job).findtext("sched"), entry.findtext("details")) == ("None", "")


def test_one_entry_for_group_and_template(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    pushed(api, DG.format("<include-template>yes</include-template>"))
    api.simulator.advance(60)
    messages = [one.attrib for one in api.job(2).iter("msg")]
    assert [(one["dname"], one["dgname"], one["tplname"]) for one in messages] == [
        ("S1", "DG", "TS"),
        ("S2", "DG", "other"),
    ]
    assert missing(api).keys() == {"child", "prisma", "multi", "WF1", "WC"}


def test_an_entry_for_each_part(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_record={"entries": "part"})
    pushed(api, DG.format("<include-template>yes</include-template>"))
    api.simulator.advance(60)
    found = [(one.get("dname"), one.get("dgname"), one.get("tplname")) for one in api.job(2).iter("msg")]
    assert found == [("S1", "DG", None), ("S1", None, "TS"), ("S2", "DG", None), ("S2", None, "other")]


@pytest.mark.parametrize(("entries", "vsys"), [("device", ["vsys1,vsys2"]), ("part", ["vsys1", "vsys2"])])
def test_multi_vsys(panorama: t.Callable[..., Api], entries: str, vsys: list[str]) -> None:
    api = panorama(push_record={"entries": entries})
    pushed(api, DG.format("").replace("DG", "multi"))
    api.simulator.advance(60)
    found = api.job(2).findall("devices/entry")
    assert [(one.findtext("multi-vsys"), one.findtext("vsys")) for one in found] == [("yes", name) for name in vsys]


def test_it_ends_by_looks(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_polls=2, push_device_polls=2, push_seconds=3600, push_device_seconds=3600)
    pushed(api)
    assert [api.word(2) for _look in range(2)] == ["ACT/PEND", "FIN/OK"]
    assert [set(results(api).values()) for _look in range(2)] == [{"PEND"}, {"OK"}]


def test_the_devices_go_on_when_panorama_boots(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    pushed(api)
    api.simulator.advance(3)
    api.simulator.act(api.address, "reboot", down=30, not_ready=0)
    api.simulator.advance(100)
    assert (api.job(1).findtext("type"), "DG" in missing(api)) == ("AutoCom", False)


def test_a_push_that_is_lost_in_a_restart_reaches_nobody(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    pushed(api)
    api.simulator.act(api.address, "restart-management", seconds=10, fail_jobs=True)
    api.simulator.advance(100)
    listed = api.op("<show><jobs><all/></jobs></show>").xml
    assert [one.text for one in listed.iter("type")] == ["Failed-Job", "AutoCom"]
    assert missing(api)["DG"] == ["S1", "S2"]


def test_only_a_waiting_push_can_be_cleared(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    assert (pushed(api), pushed(api)) == ("2", "3")
    assert api.op("<clear><job><id>2</id></job></clear>").status == "error"
    assert api.op("<clear><job><id>3</id></job></clear>").status == "success"
    api.simulator.advance(60)
    assert (api.word(2), api.word(3), results(api, "3")) == ("FIN/OK", "FIN/FAIL", {})


# Where to


def test_only_firewalls_directly_in_the_group(panorama: t.Callable[..., Api]) -> None:
    """Documented; a commit in the group concerns the child groups all the same."""
    api = panorama(in_sync=True)
    api.change(xpath=GROUP.format("DG"))
    api.commit()
    assert missing(api) == {}
    api.simulator.advance(20)
    assert missing(api) == {"DG": ["S1", "S2"], "child": ["S3"]}
    pushed(api)
    api.simulator.advance(60)
    assert list(results(api, "3")) == ["S1", "S2"]
    assert missing(api) == {"child": ["S3"]}


def test_named_devices(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    inner = '<shared-policy><device-group><entry name="DG"><devices><entry name="S2"/></devices></entry></device-group>'
    pushed(api, inner + "<description>only one</description></shared-policy>")
    api.simulator.advance(60)
    assert results(api) == {"S2": "OK"}
    assert (missing(api)["DG"], api.job(2).findtext("description")) == (["S1"], "only one")
    refused = push(api, inner.replace("S2", "S3") + "</shared-policy>")
    assert (refused.status, refused.message) == ("error", "Could not get vsys info for device S3 in dg DG")


def test_several_groups_at_once(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    pushed(api, DG.format("").replace("</device-group>", '<entry name="child"/></device-group>'))
    api.simulator.advance(60)
    assert (results(api), api.job(2).findtext("dgname")) == ({"S1": "OK", "S2": "OK", "S3": "OK"}, "DG,child")


@pytest.mark.parametrize(
    ("body", "push_type", "serials", "rest"),
    [
        ("<template><name>T1</name></template>", "template", ["S1"], {"TS": ["S1"]}),
        ("<template-stack><name>TS</name></template-stack>", "template-stack", ["S1"], {}),
        (
            "<template-stack><name>TS</name><device><member>S1</member></device></template-stack>",
            "template-stack",
            ["S1"],
            {},
        ),
    ],
)
def test_templates(
    panorama: t.Callable[..., Api], body: str, push_type: str, serials: list[str], rest: dict[str, list[str]]
) -> None:
    """Two templates of one stack are changed: pushing one leaves the device out of sync."""
    api = panorama(in_sync=True)
    for name in ("T1", "T2"):
        api.change(xpath=TEMPLATE.format(name))
    api.commit()
    api.simulator.advance(20)
    assert missing(api) == {"TS": ["S1"]}
    job = pushed(api, body)
    api.simulator.advance(60)
    assert (list(results(api, job)), missing(api)) == (serials, rest)
    record = api.job(job)
    assert (record.findtext("push_type"), record.findtext("tplname")) == (push_type, body.split("name>")[1][:2])
    assert next(record.iter("msg")).get("dgname") is None


@pytest.mark.parametrize(
    ("body", "serials"),
    [
        ("<wildfire-appliance>WF1</wildfire-appliance>", ["WF1"]),
        ("<description>d</description><wildfire-appliance-cluster>WC</wildfire-appliance-cluster>", ["WF2", "WF3"]),
    ],
)
def test_wildfire(panorama: t.Callable[..., Api], body: str, serials: list[str]) -> None:
    api = panorama()
    job = pushed(api, f"<wildfire-appliance-config>{body}</wildfire-appliance-config>")
    api.simulator.advance(60)
    assert (api.word(job), list(results(api))) == ("FIN/OK", serials)


def test_a_collector_group_has_no_job(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    answer = push(api, "<log-collector-config><log-collector-group>CG</log-collector-group></log-collector-config>")
    assert (answer.status, answer.xml.find("result")) == ("success", None)
    assert answer.get("msg/line") == "Generated config and committed to connected collectors in group CG"
    (submission,) = api.ledger()["submissions"]
    assert (submission["kind"], submission["job"]) == ("push", "")
    assert (submission["details"]["to"], submission["details"]["names"]) == ("log-collector-group", ["CG"])


def test_shared_objects_concern_every_group(panorama: t.Callable[..., Api]) -> None:
    api = panorama(in_sync=True)
    api.change(xpath="/config/shared/address/entry[@name='a']")
    api.change(xpath="/config/mgt-config/users/entry[@name='a']")
    api.commit()
    api.simulator.advance(20)
    assert missing(api) == {"DG": ["S1", "S2"], "child": ["S3"], "prisma": ["P1"], "multi": ["M1"]}


# Nothing to do


@pytest.mark.parametrize(
    ("style", "path", "code"), [("line", "msg/line", "19"), ("no_changes", "msg", "19"), ("same", "msg", "13")]
)
def test_nothing_to_push(panorama: t.Callable[..., Api], style: str, path: str, code: str) -> None:
    api = panorama(in_sync=True, push_noop_style=style)
    answer = push(api, DG.format(""))
    assert (answer.status, answer.code, answer.xml.find("result")) == ("success", code, None)
    assert answer.get(path).strip()
    assert (api.ledger()["submissions"], api.ledger()["refused"][0]["answer"]) == ([], "nothing to do")


def test_uncommitted_changes_are_not_pushed(panorama: t.Callable[..., Api]) -> None:
    """Documented: from 8.0 on the running configuration is pushed."""
    api = panorama(in_sync=True)
    api.change(xpath=GROUP.format("DG"))
    assert push(api, DG.format("")).xml.find("result/job") is None
    api.commit()
    assert pushed(api) == "3"
    assert api.word(3) == "PEND/PEND"
    api.simulator.advance(60)
    assert missing(api) == {"child": ["S3"]}


@pytest.mark.parametrize(
    ("settings", "inner"),
    [
        ({"push_in_sync": "push"}, ""),
        ({}, "<force-template-values>yes</force-template-values>"),
        ({}, "<validate-only></validate-only>"),
    ],
)
def test_a_push_of_what_is_in_sync(panorama: t.Callable[..., Api], settings: dict[str, t.Any], inner: str) -> None:
    api = panorama(in_sync=True, **settings)
    assert pushed(api, DG.format(inner)) == "2"


def test_changes_of_one_admin(panorama: t.Callable[..., Api]) -> None:
    api = panorama(in_sync=True)
    for owner in ("admin", "bob"):
        api.change(owner=owner, xpath=GROUP.format("DG"))
    api.commit()
    api.simulator.advance(20)
    inner = DG.format("<admin><member>bob</member></admin>")
    job = pushed(api, inner)
    (_commit, submission) = api.ledger()["submissions"]
    assert (submission["changes"], submission["details"]["admins"]) == (["c2"], ["bob"])
    api.simulator.advance(60)
    assert set(results(api, job).values()) == {"OK"}
    assert missing(api) == {"DG": ["S1", "S2"], "child": ["S3"]}
    assert push(api, inner).xml.find("result/job") is None
    pushed(api)
    api.simulator.advance(60)
    assert missing(api) == {"child": ["S3"]}


def test_validation_only(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_devices={"S2": {"errors": ["zone is invalid"]}})
    job = pushed(api, DG.format("<validate-only></validate-only>"))
    api.simulator.advance(60)
    assert (api.word(job), results(api)) == ("FIN/OK", {"S1": "OK", "S2": "FAIL"})
    assert missing(api)["DG"] == ["S1", "S2"]
    assert api.ledger()["submissions"][0]["details"]["validate_only"] is True
    shown = api.op("<show><devicegroups><name>DG</name></devicegroups></show>").xml
    assert [one.text for one in shown.iter("last-validate-all-state-sp")] == [
        "validation succeeded",
        "validation failed",
    ]
    assert [one.text for one in shown.iter("last-commit-all-state-sp")] == ["none", "none"]


# Refusals


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("", "commit-all  is missing 'commit-all'"),
        ("<nonsense/>", "commit-all -> nonsense unexpected here"),
        (
            "<template><name>T1</name></template><template><name>T2</name></template>",
            "commit-all -> template unexpected",
        ),
        (DG.format("<force/>"), "commit-all -> shared-policy -> force unexpected here"),
        (DG.format("<device><member>S1</member></device>"), "shared-policy -> device unexpected here"),
        (DG.format("<description>a</description><description>b</description>"), "description unexpected here"),
        (DG.format("<validate-only>no</validate-only>"), "validate-only is invalid"),
        (DG.format("<include-template>maybe</include-template>"), "include-template 'maybe'"),
        (DG.format(f"<description>{'x' * 513}</description>"), "at most 512 characters"),
        ("<shared-policy><device-group/></shared-policy>", "device-group ->  '' needs to be at least 1 character"),
        ("<shared-policy><device-group>DG</device-group></shared-policy>", "needs to be at least 1 character"),
        (
            '<shared-policy><device-group><entry name="x"/></device-group></shared-policy>',
            "'x' is not a valid reference",
        ),
        ("<template><name>x</name></template>", "'x' is not a valid reference"),
        ("<template><name>T1</name><include-template>yes</include-template></template>", "include-template unexpected"),
        ("<template><name>T1</name><validate-only/></template>", "validate-only unexpected here"),
        ("<template><name>T1</name><devices><entry name='S1'/></devices></template>", "devices unexpected here"),
        ("<template-stack><name>TS</name><device><member>S2</member></device></template-stack>", "device S2"),
        ("<wildfire-appliance-config/>", "is missing"),
        (
            "<log-collector-config><log-collector-group>x</log-collector-group></log-collector-config>",
            "'x' is not a valid reference",
        ),
    ],
)
def test_refused(panorama: t.Callable[..., Api], inner: str, text: str) -> None:
    api = panorama()
    answer = push(api, inner)
    assert answer.status == "error"
    assert text in answer.message
    (refused,) = api.ledger()["refused"]
    assert (refused["kind"], refused["accepted"], text in refused["answer"]) == ("push", False, True)
    assert api.ledger()["submissions"] == []


@pytest.mark.parametrize(
    ("settings", "inner"),
    [
        ({}, DG.format("<admin><member>admin</member></admin>").replace("DG", "prisma")),
        ({"version": "10.1.9"}, DG.format("<admin><member>admin</member></admin>")),
        ({"version": "9.1.0"}, "<template><name>T1</name><admin><member>admin</member></admin></template>"),
    ],
)
def test_admin_is_unexpected(panorama: t.Callable[..., Api], settings: dict[str, t.Any], inner: str) -> None:
    """The three lines that PaloAltoNetworks/pan-os-ansible#590 and pan-os-python#515 quote."""
    api = panorama(**settings)
    answer = push(api, inner)
    part = "shared-policy" if "shared" in inner else "template"
    assert [line.text for line in answer.xml.findall("msg/line")] == [
        f" commit-all -> {part} -> admin unexpected here",
        f" commit-all -> {part}  is unexpected",
        " commit-all  is unexpected",
    ]
    assert pushed(api, inner.replace("<admin><member>admin</member></admin>", "")) == "2"


def test_a_firewall_does_not_push(device: t.Callable[..., Api]) -> None:
    api = device()
    assert push(api, DG.format("")).status == "error"
    for command in ("<devicegroups/>", "<templates/>", "<template-stack/>", "<devices><all/></devices>"):
        assert api.op(f"<show>{command}</show>").status == "error"


def test_refused_as_a_commit_is(panorama: t.Callable[..., Api]) -> None:
    api = panorama(queue=False, config_lock_timeouts=1)
    assert push(api, DG.format("")).message == "Timed out while getting config lock. Please try again."
    api.simulator.act(api.address, "locks", owner="bob")
    assert push(api, DG.format("")).message == "Other administrators are holding device wide commit locks."
    api.simulator.act(api.address, "unlock", owner="bob")
    pushed(api)
    busy = push(api, DG.format(""))
    assert (busy.code, busy.message) == ("13", "Another commit/validate is in progress. Please try again later")
    assert [one["kind"] for one in api.ledger()["refused"]] == ["push"] * 3


@pytest.mark.parametrize(
    "admin",
    [
        {"password": ADMINS["admin"]["password"], "role": "custom", "permissions": ["op"]},
        {"password": ADMINS["admin"]["password"], "role": "superreader"},
    ],
)
def test_not_authorized(panorama: t.Callable[..., Api], admin: dict[str, t.Any]) -> None:
    answer = push(panorama(admins={"admin": admin}), DG.format(""))
    assert (answer.http, answer.code) == (403, "403")


@pytest.mark.parametrize(
    "settings",
    [
        {"device_groups": {"a": {"parent": "b"}}},
        {"device_groups": {"a": {"parent": "b"}, "b": {"parent": "a"}}},
        {"device_groups": {"a": {"devices": ["S"]}, "b": {"devices": ["S"]}}},
        {"device_groups": {"a": {"members": ["S"]}}},
        {"template_stacks": {"a": ["S"]}},
        {"push_record": {"times": "never"}},
        {"next_pushes": [{"device": {}}]},
        {"push_devices": {"S1": {"result": "PEND"}}},
        {"push_devices": {"S1": "FAIL"}},
        {"push_record": {"empty_looks": "2"}},
        {"push_in_sync": "perhaps"},
    ],
)
def test_wrong_settings(panorama: t.Callable[..., Api], settings: dict[str, t.Any]) -> None:
    with pytest.raises(SimulatorError):
        panorama(**settings)


def test_out_of_sync(panorama: t.Callable[..., Api], device: t.Callable[..., Api]) -> None:
    api = panorama(in_sync=True)
    with pytest.raises(SimulatorError):
        api.simulator.act(api.address, "out-of-sync", device_group="nowhere")
    with pytest.raises(SimulatorError):
        api.simulator.act(api.address, "out-of-sync", device_group="DG", serials=["S4"])
    firewall = device()
    with pytest.raises(SimulatorError):
        firewall.simulator.act(firewall.address, "out-of-sync")
    api.simulator.act(api.address, "out-of-sync", device_group="DG", serials=["S2", "S3"])
    assert missing(api) == {"DG": ["S2"], "child": ["S3"]}
    api.simulator.act(api.address, "out-of-sync", template="T1")
    assert missing(api)["TS"] == ["S1"]


# Faults, the ledger


def test_the_ledger(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    pushed(
        api,
        DG.format(
            "<description>token</description><include-template>yes</include-template>"
            "<force-template-values>no</force-template-values><merge-with-candidate-cfg>no</merge-with-candidate-cfg>"
        ),
    )
    (submission,) = api.ledger()["submissions"]
    assert (submission["kind"], submission["job"], submission["description"]) == ("push", "2", "token")
    assert submission["details"] == {
        "to": "device-group",
        "names": ["DG"],
        "serials": ["S1", "S2"],
        "validate_only": False,
        "include_template": True,
        "force_template_values": False,
        "merge": False,
        "admins": None,
    }


def test_a_lost_answer_is_a_push_all_the_same(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    api.simulator.fault("drop_after", api.address, match={"step": "submit", "cmd_contains": "commit-all"})
    with pytest.raises(OSError, match=r"aborted|reset|closed"):
        push(api, DG.format("<description>token</description>"))
    assert [one["description"] for one in api.ledger()["submissions"]] == ["token"]
    assert api.job(2).findtext("description") == "token"


def test_a_push_that_takes_effect_later(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    api.simulator.fault("delayed_effect", api.address, match={"step": "submit"}, seconds=30)
    with pytest.raises(OSError, match=r"aborted|reset|closed"):
        push(api, DG.format(""))
    assert api.ledger()["submissions"] == []
    api.simulator.advance(31)
    assert [one["job"] for one in api.ledger()["submissions"]] == ["2"]


# Firewalls of the simulator


class Pair(t.NamedTuple):
    panorama: Api
    firewall: Api
    serial: str


@pytest.fixture
def pair(
    panorama: t.Callable[..., Api], frozen: SimulatorProcess, new_address: t.Callable[[], str]
) -> t.Callable[..., Pair]:
    """A Panorama and a firewall in its group DG."""

    def make(firewall: t.Mapping[str, t.Any] | None = None, **settings: t.Any) -> Pair:
        address = new_address()
        serial = f"R{address}"
        frozen.add_device(address, admins=ADMINS, hostname="real", serial=serial, **(firewall or {}))
        made = Api(frozen, address)
        inventory = {"device_groups": {"DG": {"devices": [serial]}}, "managed_devices": {}, "template_stacks": {}}
        return Pair(panorama(**{**inventory, **settings}), made, serial)

    return make


def test_the_firewall_has_a_job_of_its_own(pair: t.Callable[..., Pair]) -> None:
    api, firewall, serial = pair()
    pushed(api, DG.format("<description>token</description>"))
    api.simulator.advance(12)
    record = firewall.job(2)
    assert [record.findtext(field) for field in ("type", "user", "status", "description")] == [
        "CommitAll",
        "Panorama-push",
        "ACT",
        "token",
    ]
    assert (record.findtext("progress"), results(api)) == ("50", {serial: "PEND"})
    api.simulator.advance(10)
    assert (firewall.word(2), results(api), missing(api).get("DG")) == ("FIN/OK", {serial: "OK"}, None)
    assert entry_of(api, serial).findtext("devicename") == "real"
    assert firewall.job(2).findtext("details/line") == "Configuration committed successfully"


def test_it_waits_in_the_queue_of_the_firewall_and_lets_no_commit_in(pair: t.Callable[..., Pair]) -> None:
    api, firewall, serial = pair({"commit_seconds": 30})
    firewall.change()
    firewall.commit()
    pushed(api)
    api.simulator.advance(10)
    assert (firewall.word(3), results(api)) == ("PEND/PEND", {serial: "PEND"})
    firewall.change()
    refused = firewall.commit()
    assert (refused.code, refused.message) == ("13", "Another commit/validate is in progress. Please try again later")
    api.simulator.advance(35)
    assert (firewall.word(3), results(api)) == ("ACT/PEND", {serial: "PEND"})
    api.simulator.advance(10)
    assert results(api) == {serial: "OK"}
    assert firewall.commit().get("result/job") == "4"


@pytest.mark.parametrize(("merge", "left"), [("yes", "no"), ("no", "yes")])
def test_the_candidate_of_the_firewall(pair: t.Callable[..., Pair], merge: str, left: str) -> None:
    api, firewall, _serial = pair()
    firewall.change()
    pushed(api, DG.format(f"<merge-with-candidate-cfg>{merge}</merge-with-candidate-cfg>"))
    api.simulator.advance(60)
    pending = "<check><pending-changes></pending-changes></check>"
    assert firewall.op(pending).get("result") == left


def test_it_fails_where_a_commit_would(pair: t.Callable[..., Pair]) -> None:
    api, firewall, serial = pair({"validation_errors": ["zone -> trust is invalid"]})
    firewall.change()
    pushed(api)
    api.simulator.advance(60)
    assert (firewall.word(2), results(api), missing(api)["DG"]) == ("FIN/FAIL", {serial: "FAIL"}, [serial])
    assert entry_of(api, serial).findtext("details/msg/errors/line") == "zone -> trust is invalid"
    assert firewall.commit().get("result/job") == "3"
    assert [one["changes"] for one in firewall.ledger()["submissions"]] == [["c1"]]


def test_a_firewall_that_boots(pair: t.Callable[..., Pair]) -> None:
    """It is not connected; and when it boots in the middle it forgets its job."""
    api, firewall, serial = pair()
    pushed(api)
    api.simulator.advance(10)
    api.simulator.act(firewall.address, "reboot", down=30, not_ready=0)
    pushed(api)
    api.simulator.advance(3)
    shown = api.op("<show><devices><connected/></devices></show>").xml
    assert shown.find("result/devices/entry") is None
    api.simulator.advance(3600)
    assert (results(api), results(api, "3"), missing(api)["DG"]) == ({serial: "PEND"}, {serial: "PEND"}, [serial])
    assert [entry_of(api, serial, job).findtext("status") for job in ("2", "3")] == ["not connected"] * 2
    assert [one.text for one in firewall.op("<show><jobs><all/></jobs></show>").xml.iter("type")] == ["AutoCom"]


def test_a_validation_is_no_commit_on_the_firewall(pair: t.Callable[..., Pair]) -> None:
    api, firewall, serial = pair()
    firewall.change()
    pushed(api, DG.format("<validate-only></validate-only>"))
    api.simulator.advance(60)
    assert (firewall.job(2).findtext("type"), results(api)) == ("Validate", {serial: "OK"})
    assert firewall.op("<check><pending-changes></pending-changes></check>").get("result") == "yes"
    assert missing(api)["DG"] == [serial]


def test_by_looks_also_on_the_firewall(pair: t.Callable[..., Pair]) -> None:
    api, firewall, serial = pair(push_polls=1, push_device_polls=1, push_seconds=3600, push_device_seconds=3600)
    pushed(api)
    assert api.word(2) == "FIN/OK"
    assert results(api) == {serial: "OK"}
    assert firewall.word(2) == "FIN/OK"


def test_target_reaches_what_is_in_a_group(pair: t.Callable[..., Pair]) -> None:
    api, _firewall, serial = pair()
    found = api.op("<show><system><info/></system></show>", target=serial)
    assert found.get("result/system/hostname") == "real"


# The inventory


def test_device_groups_are_shown_as_recorded(panorama: t.Callable[..., Api]) -> None:
    groups = {"LAB": {"devices": ["S1"]}, "LAB-Child-1": {"parent": "LAB"}}
    api = panorama(in_sync=True, device_groups=groups, template_stacks={})
    shown = api.op("<show><devicegroups/></show>").xml
    assert outline(shown) == outline(recorded("demisto_show_devicegroups.xml"))
    entry = shown.find("result/devicegroups/entry/devices/entry")
    assert entry is not None
    assert [entry.findtext(name) for name in ("serial", "connected", "hostname")] == ["S1", "yes", "fw1"]
    assert (entry.findtext("shared-policy-status"), entry.findtext("last-commit-all-state-sp")) == ("In Sync", "none")
    assert entry.findtext("shared-policy-md5sum") == shown.findtext("result/devicegroups/entry/shared-policy-md5sum")
    api.simulator.act(api.address, "out-of-sync", device_group="LAB")
    entry = api.op("<show><devicegroups/></show>").xml.find("result/devicegroups/entry/devices/entry")
    assert entry is not None
    assert entry.findtext("shared-policy-status") == "Out of Sync"


def test_the_last_push_is_shown(panorama: t.Callable[..., Api]) -> None:
    api = panorama(push_devices={"S1": {"warnings": ["w"]}})
    pushed(api)
    api.simulator.advance(60)
    shown = api.op("<show><devicegroups><name>DG</name></devicegroups></show>").xml
    assert [one.get("name") for one in shown.findall("result/devicegroups/entry")] == ["DG"]
    states = [one.text for one in shown.iter("last-commit-all-state-sp")]
    assert states == ["commit succeeded with warnings", "commit succeeded"]
    assert [one.text for one in shown.iter("shared-policy-status")] == ["In Sync", "In Sync"]


def test_multi_vsys_is_shown_per_vsys(panorama: t.Callable[..., Api]) -> None:
    """As pan-os-python reads it."""
    shown = panorama().op("<show><devicegroups><name>multi</name></devicegroups></show>").xml
    entry = shown.find("result/devicegroups/entry/devices/entry")
    assert entry is not None
    assert entry.find("shared-policy-status") is None
    found = [(one.get("name"), one.findtext("shared-policy-status")) for one in entry.findall("vsys/entry")]
    assert found == [("vsys1", "Out of Sync"), ("vsys2", "Out of Sync")]


def test_template_stacks_are_shown_as_recorded(panorama: t.Callable[..., Api]) -> None:
    stacks = {"LAB-STACK": {"templates": ["LAB"], "devices": ["S1"]}}
    api = panorama(device_groups={}, template_stacks=stacks)
    shown = api.op("<show><template-stack/></show>").xml
    assert outline(shown) == outline(recorded("demisto_show_template_stack.xml"))
    assert [one.text for one in shown.iter("template-status")] == ["Out of Sync"]
    templates = api.op("<show><templates/></show>").xml
    assert templates.findtext("result/templates/entry/devices/entry/template-status") == "Out of Sync"
    assert [one.get("name") for one in templates.findall("result/templates/entry")] == ["LAB"]


def test_devices_are_shown_as_recorded(panorama: t.Callable[..., Api]) -> None:
    api = panorama(device_groups={"LAB": {"devices": ["S1"]}}, template_stacks={}, managed_devices={})
    shown = api.op("<show><devices><all/></devices></show>").xml
    assert outline(shown) == outline(recorded("demisto_show_devices_all.xml"))
    assert [one.text for one in shown.iter("shared-policy-status")] == [None]


def test_devices_with_their_sync_state(panorama: t.Callable[..., Api]) -> None:
    api = panorama(in_sync=True, sync_in_devices=True, managed_devices={"S1": {"connected": False}})
    api.simulator.act(api.address, "out-of-sync", template_stack="TS")
    shown = {one.get("name"): one for one in api.op("<show><devices><all/></devices></show>").xml.iter("entry")}
    assert shown["S1"].findtext("vsys/entry/shared-policy-status") == "In Sync"
    assert [shown[serial].findtext("template-status") for serial in ("S1", "S2")] == ["Out of Sync", "In Sync"]
    connected = api.op("<show><devices><connected/></devices></show>").xml.findall("result/devices/entry")
    assert [one.get("name") for one in connected] == ["S2", "S3", "P1", "M1"]


def test_the_inventory_is_in_the_configuration(panorama: t.Callable[..., Api]) -> None:
    api = panorama()
    path = "/config/devices/entry[@name='localhost.localdomain']/device-group"
    found = api.post(type="config", action="get", xpath=path).xml
    assert [one.get("name") for one in found.findall("result/device-group/entry")] == list(INVENTORY["device_groups"])
    multi = found.findall("result/device-group/entry[@name='multi']/devices/entry/vsys/entry")
    assert [one.get("name") for one in multi] == ["vsys1", "vsys2"]
    api.simulator.configure(api.address, device_groups={"DG": {"devices": ["S9"]}})
    found = api.post(type="config", action="show", xpath=path).xml
    assert [one.get("name") for one in found.findall("result/device-group/entry[@name='DG']/devices/entry")] == ["S9"]
