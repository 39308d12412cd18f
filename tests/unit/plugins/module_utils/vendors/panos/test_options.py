# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.options import CommitOptions


def body(**options) -> str:
    return xml.to_text(CommitOptions(**options).commit_node("d"))


@pytest.mark.parametrize(
    ("options", "inner"),
    [
        ({}, ""),
        ({"force": True}, "<force></force>"),
        ({"admins": ["bob", "al"]},
         "<partial><admin><member>bob</member><member>al</member></admin></partial>"),
        ({"exclude_device_and_network": True, "exclude_shared_objects": True, "exclude_policy_and_objects": True},
         "<partial><device-and-network>excluded</device-and-network><shared-object>excluded</shared-object>"
         "<policy-and-objects>excluded</policy-and-objects></partial>"),
        ({"vsys": ["vsys1"]}, "<partial><vsys><member>vsys1</member></vsys></partial>"),
        ({"no_vsys": True}, "<partial><no-vsys></no-vsys></partial>"),
        ({"device_groups": ["a"], "templates": ["b"], "template_stacks": ["c"], "wildfire_appliances": ["d"],
          "wildfire_clusters": ["e"], "log_collectors": ["f"], "log_collector_groups": ["g"]},
         "<partial><device-group><member>a</member></device-group><template><member>b</member></template>"
         "<template-stack><member>c</member></template-stack>"
         "<wildfire-appliance><member>d</member></wildfire-appliance>"
         "<wildfire-appliance-cluster><member>e</member></wildfire-appliance-cluster>"
         "<log-collector><member>f</member></log-collector>"
         "<log-collector-group><member>g</member></log-collector-group></partial>"),
        ({"no_device_groups": True, "no_templates": True, "no_template_stacks": True, "no_wildfire_appliances": True,
          "no_wildfire_clusters": True, "no_log_collectors": True, "no_log_collector_groups": True},
         "<partial><no-device-group></no-device-group><no-template></no-template>"
         "<no-template-stack></no-template-stack><no-wildfire-appliance></no-wildfire-appliance>"
         "<no-wildfire-appliance-cluster></no-wildfire-appliance-cluster><no-log-collector></no-log-collector>"
         "<no-log-collector-group></no-log-collector-group></partial>"),
    ],
)  # fmt: skip
def test_bodies(options: dict, inner: str) -> None:
    assert body(**options) == f"<commit><description>d</description>{inner}</commit>"


def test_a_body_is_built_from_nodes() -> None:
    assert "<member>a&lt;/member&gt;&amp;</member>" in body(admins=["a</member>&"])


def test_a_validation_takes_the_same_scopes() -> None:
    assert xml.to_text(CommitOptions().validate_node()) == "<validate><full></full></validate>"
    partial = xml.to_text(CommitOptions(admins=["bob"]).validate_node())
    assert partial == "<validate><partial><admin><member>bob</member></admin></partial></validate>"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"force": True, "admins": ["bob"]}, "force: .*admins"),
        ({"force": True, "no_vsys": True}, "force: .*no_vsys"),
        ({"admins": []}, "admins: the list is empty"),
        ({"vsys": [""]}, "vsys: .*empty name"),
        ({"templates": ["a\x01"]}, "templates: "),
        ({"vsys": ["vsys1"], "no_vsys": True}, "vsys: cannot go with no_vsys"),
        ({"description": "x" * 488}, "description: 488 characters .*shorten it to 487"),
        ({"description": "a\x00b"}, "description: .*control"),
        ({"description": "a\nb"}, "description: .*one line"),
        ({"description": "a\ud800"}, "description: "),
    ],
)
def test_bad_options_are_named(options: dict, text: str) -> None:
    with pytest.raises(BadInput, match=text):
        CommitOptions(**options)


def test_equal_options_have_one_intent() -> None:
    """Trap 25: a rerun of the same task must recognise its commit."""
    one = CommitOptions(description="a", admins=["x", "y"]).intent(None)
    assert one == CommitOptions(description="a", admins=["y", "x"]).intent("")
    others = [
        CommitOptions(description="b", admins=["x", "y"]).intent(None),
        CommitOptions(description="a", admins=["x"]).intent(None),
        CommitOptions(description="a", vsys=["x", "y"]).intent(None),
        CommitOptions(description="a", admins=["x", "y"]).intent("0123"),
        CommitOptions(description="a", force=True).intent(None),
        CommitOptions(description="a").intent(None),
        CommitOptions(description="a", no_vsys=True).intent(None),
    ]
    assert len({one, *others}) == len(others) + 1
