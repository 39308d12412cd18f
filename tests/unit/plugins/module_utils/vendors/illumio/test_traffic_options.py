# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, Refused
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.names import PAGE, Names
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.times import Window
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.traffic_options import (
    Service,
    Side,
    TrafficOptions,
)

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "illumio"
WINDOW = Window("2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z")
WORKLOAD = "/orgs/1/workloads/a3ffb374-f6c6-4cce-ac57-642c66f1498f"
TOKEN = "0123456789-89abcdef"
LABELS = "/api/v2/orgs/1/labels"
IP_LISTS = "/api/v2/orgs/1/sec_policy/draft/ip_lists"
LABEL_GROUPS = "/api/v2/orgs/1/sec_policy/draft/label_groups"


def label(number: int, key: str, value: str) -> dict[str, str]:
    return {"href": f"/orgs/1/labels/{number}", "key": key, "value": value}


def side(**lists: t.Any) -> Side:
    return Side.of("sources", lists)


def allowed_keys(name: str) -> tuple[set[str], set[str]]:
    """The keys that the strict schema of a body has, and those that it requires."""
    data = json.loads((DATA / "requests-26.3.0.json").read_text(encoding="utf-8"))
    schema = data["schemas"][data["bodies"][name]["$ref"].rpartition("/")[2]]
    return set(schema["properties"]), set(schema["required"])


def test_names_become_hrefs(client, pce) -> None:
    pce.on("GET", f"{LABELS}?key=app&value=web", (200, [label(7, "app", "web-test"), label(8, "app", "web")]))
    pce.on("GET", f"{LABELS}?key=env&value=prod", (200, [label(9, "env", "prod")]))
    pce.on(
        "GET", IP_LISTS, (200, [{"href": "/orgs/1/sec_policy/draft/ip_lists/1", "name": "Any (0.0.0.0/0 and ::/0)"}])
    )
    pce.on("GET", LABEL_GROUPS, (200, [{"href": "/orgs/1/sec_policy/draft/label_groups/x-1", "name": "Apps"}]))
    given = side(
        include=[
            {"labels": {"app": "web", "env": "prod"}},
            {"ip_list": "Any (0.0.0.0/0 and ::/0)"},
            {"label_group": "Apps", "label_hrefs": ["/orgs/1/labels/3"]},
            {"workload": WORKLOAD},
            {"ip_address": "192.0.2.0/24"},
            {"all_managed": True},
        ],
        exclude=[{"labels": {"app": "web"}}, {"ip_list": "/orgs/1/sec_policy/active/ip_lists/4"}],
    )
    assert given.body(Names(client)) == {
        "include": [
            [{"label": {"href": "/orgs/1/labels/8"}}, {"label": {"href": "/orgs/1/labels/9"}}],
            [{"ip_list": {"href": "/orgs/1/sec_policy/draft/ip_lists/1"}}],
            [
                {"label": {"href": "/orgs/1/labels/3"}},
                {"label_group": {"href": "/orgs/1/sec_policy/draft/label_groups/x-1"}},
            ],
            [{"workload": {"href": WORKLOAD}}],
            [{"ip_address": "192.0.2.0/24"}],
            [{"actors": "ams"}],
        ],
        "exclude": [
            {"label": {"href": "/orgs/1/labels/8"}},
            {"ip_list": {"href": "/orgs/1/sec_policy/active/ip_lists/4"}},
        ],
    }
    # Each name is looked up once.
    assert len(pce.sent("GET", "value=web")) == 1


def test_an_unknown_name_is_named(client, pce) -> None:
    pce.on("GET", LABELS, (200, [label(7, "app", "Web")]))
    with pytest.raises(Refused) as caught:
        side(include=[{}, {"labels": {"app": "web"}}][1:]).body(Names(client))
    assert caught.value.reason == "bad_input"
    assert caught.value.message.startswith(
        "sources.include[0].labels: https://pce.example.com:8443 has no label app=web"
    )


# Trap 13.
def test_a_list_that_was_cut_proves_nothing(client, pce) -> None:
    pce.on("GET", IP_LISTS, (200, [{"href": "/x", "name": f"net {n}"} for n in range(PAGE)]))
    with pytest.raises(Refused) as caught:
        side(exclude=[{"ip_list": "net"}]).body(Names(client))
    assert "too many objects" in caught.value.message
    assert "has no" not in caught.value.message


def test_an_organisation_that_is_not_there(client, pce) -> None:
    pce.on("GET", LABELS, (404, [{"token": "not_found_error", "message": "Not found"}]))
    with pytest.raises(Refused) as caught:
        side(include=[{"labels": {"app": "web"}}]).body(Names(client))
    assert "Check org_id" in caught.value.message


@pytest.mark.parametrize(
    ("lists", "text"),
    [
        ({"include": [{}]}, "sources.include[0]: says nothing"),
        ({"include": [{"all_managed": False}]}, "sources.include[0]: says nothing"),
        ({"include": [{"labels": {"app": ["a", "b"]}}]}, "sources.include[0].labels:"),
        ({"include": [{"labels": {"app": ""}}]}, "is not a name"),
        ({"include": [{"labels": {"app": "/orgs/1/labels/7"}}]}, "use label_hrefs"),
        (
            {"include": [{"label_hrefs": ["/orgs/1/workloads/7"]}]},
            "is not the href of a label, such as /orgs/1/labels/7",
        ),
        ({"include": [{"ip_list": "/orgs/1/labels/7"}]}, "such as /orgs/1/sec_policy/draft/ip_lists/7"),
        ({"include": [{"workload": "web01"}]}, "is not the href of a workload"),
        ({"include": [{"ip_address": "web01"}]}, "is not an IP address"),
        ({"include": [{"ip_list": "a\nb"}]}, "is not a name"),
        ({"exclude": [{"labels": {"app": "web", "env": "prod"}}]}, "sources.exclude[0]: an entry takes one condition"),
        ({"exclude": [{"workload": WORKLOAD, "ip_address": "192.0.2.1"}]}, "an entry takes one condition"),
    ],
)
def test_conditions_that_make_no_sense(lists, text) -> None:
    with pytest.raises(BadInput) as caught:
        side(**lists)
    assert text in caught.value.message


@pytest.mark.parametrize(
    ("entry", "body"),
    [
        ({"port": 443, "proto": "tcp"}, {"port": 443, "proto": 6}),
        ({"port": 0, "to_port": 65535, "proto": "17"}, {"port": 0, "to_port": 65535, "proto": 17}),
        ({"proto": "ICMPv6"}, {"proto": 58}),
        ({"process_name": "sshd"}, {"process_name": "sshd"}),
        ({"windows_service_name": "wuauserv", "port": None}, {"windows_service_name": "wuauserv"}),
    ],
)
def test_services(entry, body) -> None:
    assert Service.of("services.include[0]", entry).body() == body


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({}, "services.include[0]: says nothing"),
        ({"port": 65536}, "services.include[0].port: 65536"),
        ({"port": -1}, "services.include[0].port: -1"),
        ({"port": 2000, "to_port": 1000}, "services.include[0].to_port:"),
        ({"to_port": 1000}, "services.include[0].to_port:"),
        ({"proto": "htpp"}, "services.include[0].proto: 'htpp' is not a protocol"),
        ({"proto": "256"}, "is not a protocol"),
        ({"process_name": " "}, "is not a name"),
    ],
)
def test_services_that_make_no_sense(entry, text) -> None:
    with pytest.raises(BadInput) as caught:
        Service.of("services.include[0]", entry)
    assert text in caught.value.message


# Trap 32.
def test_the_body_has_no_key_that_the_schema_does_not_have(client) -> None:
    keys, required = allowed_keys("POST /traffic_flows/async_queries")
    least = TrafficOptions(WINDOW).body(Names(client), TOKEN)
    most = TrafficOptions(
        WINDOW,
        services=(Service(443),),
        services_exclude=(Service(proto=6),),
        policy_decisions=["blocked", "allowed", "blocked"],
        boundary_decisions=["blocked"],
        query_op="or",
        exclude_workloads_from_ip_list_query=False,
        max_results=0,
    ).body(Names(client), TOKEN)
    assert required <= set(least) <= keys
    assert set(most) == keys - {"data_sources"}
    assert most["policy_decisions"] == ["allowed", "blocked"]
    assert most["exclude_workloads_from_ip_list_query"] is False
    # Not given, not sent: an older release may not know it.
    assert "exclude_workloads_from_ip_list_query" not in least
    assert "boundary_decisions" not in least


def test_a_query_of_everything_looks_as_recorded(client) -> None:
    recorded = {each["id"]: each for each in json.loads((DATA / "exchanges.json").read_text(encoding="utf-8"))}
    asked = recorded["traffic_query_submit"]["request"]["body"]
    options = TrafficOptions(
        Window(asked["start_date"], asked["end_date"]),
        query_name="worklaod test",
        sources=side(include=[{"workload": WORKLOAD}]),
        max_results=1000,
    )
    assert options.body(Names(client), TOKEN) == {**asked, "query_name": f"worklaod test [nj:{TOKEN}]"}


def test_equal_options_have_one_intent() -> None:
    def intent(**options: t.Any) -> str:
        return TrafficOptions(options.pop("window", WINDOW), **options).intent

    later = Window("2026-11-21T00:10:00.000Z", "2026-11-22T00:10:00.000Z")
    assert intent(relative=(None, None, "24h")) == intent(relative=(None, None, "24h"), window=later)
    assert intent(policy_decisions=["blocked", "allowed"]) == intent(policy_decisions=["allowed", "blocked"])
    others = [
        intent(),
        intent(window=later),
        intent(relative=(None, None, "48h")),
        intent(max_results=7),
        intent(query_op="or"),
        intent(sources=side(include=[{"ip_list": "a"}])),
        intent(sources=side(exclude=[{"ip_list": "a"}])),
        intent(destinations=side(include=[{"ip_list": "a"}])),
        intent(services=(Service(443),)),
        intent(services_exclude=(Service(443),)),
        intent(query_name="other"),
        intent(exclude_workloads_from_ip_list_query=True),
    ]
    assert len(set(others)) == len(others)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"query_name": "x" * 231}, "query_name: write it on one line, with at most 230 characters"),
        ({"query_name": "a\nb"}, "query_name:"),
        ({"max_results": 200_001}, "max_results:"),
        ({"max_results": -1}, "max_results:"),
    ],
)
def test_options_that_make_no_sense(options, text) -> None:
    with pytest.raises(BadInput) as caught:
        TrafficOptions(WINDOW, **options)
    assert text in caught.value.message
