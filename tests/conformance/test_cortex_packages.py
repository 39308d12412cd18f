# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agent packages of the simulated tenant."""

from __future__ import annotations

import typing as t

import pytest

from .cortex import Cortex

Make = t.Callable[..., Cortex]
LINUX = {"name": "agents", "platform": "linux", "package_type": "standalone", "agent_version": "8.5.0.1000"}


def create(client: Cortex, **changes: t.Any) -> str:
    return str(client.reply("distributions/create", **{**LINUX, **changes})["distribution_id"])


def state(client: Cortex, package: str) -> str:
    return str(client.reply("distributions/get_status", distribution_id=package)["status"])


def test_a_package_is_built_and_downloaded(cortex: Make) -> None:
    client = cortex(next_distributions=[{"bytes": 300_001}])
    package, seen = create(client), []
    for after in (0, 10, 60):
        client.advance(after)
        seen.append(state(client, package))
    assert seen == ["Pending", "In Progress", "Completed"]
    link = client.reply("distributions/get_dist_url", distribution_id=package, package_type="sh")["distribution_url"]
    first, second = (client.session.get(link, timeout=20) for _number in range(2))
    assert (first.status_code, len(first.content)) == (200, 300_001)
    assert first.content == second.content
    assert first.headers["Content-Length"] == "300001"
    (submitted,) = client.submissions("distribution")
    assert (submitted["job"], submitted["description"]) == (package, "agents")


def test_a_package_that_fails(cortex: Make) -> None:
    client = cortex(distributions={"end": "Failed"})
    package = create(client)
    client.advance(100)
    assert state(client, package) == "Failed"
    wanted = {"distribution_id": package, "package_type": "sh"}
    assert client.refusal("distributions/get_dist_url", **wanted) == "The distribution is not ready"


def test_states_by_looks(cortex: Make) -> None:
    client = cortex(distributions={"states": ["Pending", "Odd", "Completed"]})
    package = create(client)
    assert [state(client, package) for _look in range(4)] == ["Pending", "Odd", "Completed", "Completed"]


def test_links_may_expire(cortex: Make) -> None:
    client = cortex(distributions={"pending": 0, "seconds": 0}, distribution_link_seconds=600)
    wanted = {"distribution_id": create(client), "package_type": "deb"}
    link = client.reply("distributions/get_dist_url", **wanted)["distribution_url"]
    client.advance(601)
    assert client.session.get(link, timeout=20).status_code == 403
    link = client.reply("distributions/get_dist_url", **wanted)["distribution_url"]
    assert client.session.get(link, timeout=20).status_code == 200


def test_packages_are_listed_and_deleted(cortex: Make) -> None:
    client = cortex()
    first, second = create(client), create(client, name="more agents")
    named = [{"field": "name", "operator": "eq", "value": "agents"}]
    found = client.reply("distributions/get_distributions", filters=named)
    assert [one["distribution_id"] for one in found["data"]] == [first]
    assert (found["total_count"], found["filter_count"]) == (2, 1)
    assert client.reply("distributions/delete", distribution_id=first) is True
    assert [one["distribution_id"] for one in client.reply("distributions/get_distributions")["data"]] == [second]
    assert client.refusal("distributions/get_status", distribution_id=first) == "Distribution was not found"
    assert [one["kind"] for one in client.submissions()] == ["distribution", "distribution", "distribution-delete"]


def test_versions(cortex: Make) -> None:
    client = cortex(agent_versions={"linux": ["9.0.0.1"]})
    assert client.reply("distributions/get_versions")["linux"] == ["9.0.0.1"]
    assert client.refusal("distributions/create", **LINUX) == "agent_version is not available"
    assert create(client, agent_version="9.0.0.1")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": ""}, "name is required"),
        ({"platform": "dos"}, "platform must be"),
        ({"package_type": "sh"}, "package_type must be"),
        ({"package_type": "upgrade"}, "an upgrade has"),
        ({"agent_version": "1.0"}, "agent_version is not available"),
    ],
)
def test_wrong_packages(cortex: Make, changes: t.Any, text: str) -> None:
    client = cortex()
    assert client.refusal("distributions/create", **{**LINUX, **changes}).startswith(text)
    create(client)
    assert client.refusal("distributions/create", **LINUX) == "A distribution with this name exists"


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, ["sh", "rpm", "deb"]),
        ({"platform": "windows"}, ["x64", "x86", "arm64"]),
        ({"platform": "macos"}, ["pkg"]),
        ({"package_type": "upgrade", "linux_version": "8.6.0.2000"}, ["upgrade"]),
    ],
)
def test_kinds_of_files(cortex: Make, changes: t.Any, kinds: list[str]) -> None:
    client = cortex(distributions={"pending": 0, "seconds": 0})
    package = create(client, **changes)
    for kind in kinds:
        assert client.reply("distributions/get_dist_url", distribution_id=package, package_type=kind)
    assert client.refusal("distributions/get_dist_url", distribution_id=package, package_type="msi")


def test_a_download_is_disturbed(cortex: Make) -> None:
    client = cortex(distributions={"pending": 0, "seconds": 0})
    wanted = {"distribution_id": create(client), "package_type": "sh"}
    link = client.reply("distributions/get_dist_url", **wanted)["distribution_url"]
    client.fault("cut_body", match={"type": "file", "step": "download"})
    with pytest.raises(OSError, match=r"Connection|Incomplete"):
        client.session.get(link, timeout=20)
    assert len(client.session.get(link, timeout=20).content) == 200_000
