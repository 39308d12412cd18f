# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleLookupError

from ansible_collections.netops.jobs.plugins.lookup.fleet_jobs import LookupModule


class Templar:
    """Knows one template."""

    def __init__(self, variables: t.Mapping[str, t.Any] | None = None) -> None:
        self.variables = variables or {}

    def copy_with_new_env(self, *, available_variables: t.Mapping[str, t.Any]) -> Templar:
        return Templar(available_variables)

    def template(self, value: t.Any) -> t.Any:
        return self.variables["inventory_hostname"] if value == "{{ inventory_hostname }}" else value


class HostVars(dict):
    def raw_get(self, host: str) -> dict[str, t.Any]:
        return {**self[host], "inventory_hostname": host}


def submitted(host, operation="panos.commit", **fingerprint):
    handle = {"operation": operation, "endpoint": f"https://{host}:443", "id": "1", "fingerprint": fingerprint}
    return {"outcome": "running", "failed": False, "job": {"handle": handle}}


def jobs(hostvars, *hosts, **play):
    first = next(iter(hostvars))
    variables = {"hostvars": HostVars(hostvars), "inventory_hostname": first, **hostvars[first], **play}
    return LookupModule(templar=Templar()).run(list(hosts or hostvars), variables, registered="job")


def test_each_host_brings_its_own_credentials():
    found = jobs(
        {
            "fw1": {"job": submitted("fw1"), "panos_username": "one", "panos_password": "secret", "panos_port": 1},
            "pce": {"job": submitted("pce", "illumio.provision"), "illumio_api_key": "key", "panos_username": "no"},
            "sbc": {"job": submitted("sbc", "oracle_sbc.save"), "oracle_sbc_username": "two"},
        }
    )
    assert [(job["host"], job["handle"]["endpoint"]) for job in found] == [
        ("fw1", "https://fw1:443"),
        ("pce", "https://pce:443"),
        ("sbc", "https://sbc:443"),
    ]
    assert [job["connection"] for job in found] == [
        {"endpoint": "https://fw1:443", "username": "one", "password": "secret"},
        {"endpoint": "https://pce:443", "api_key": "key"},
        {"endpoint": "https://sbc:443", "username": "two"},
    ]


def test_what_only_the_first_host_has_is_not_given_to_the_others():
    hostvars = {"fw1": {"job": submitted("fw1"), "panos_password": "of fw1"}, "fw2": {"job": submitted("fw2")}}
    one, other = jobs(hostvars, panos_username="of the play")
    assert one["connection"]["password"] == "of fw1"
    assert other["connection"] == {"endpoint": "https://fw2:443", "username": "of the play"}


def test_a_variable_of_the_play_is_that_of_each_host():
    """As for the task that submitted: what the play says counts for more than the inventory."""
    host = {"panos_username": "of the inventory", "panos_password": "{{ inventory_hostname }}"}
    hostvars = {name: {"job": submitted(name), **host} for name in ("fw1", "fw2")}
    found = jobs(hostvars, panos_username="of the play", panos_ca_path="{{ inventory_hostname }}")
    assert [job["connection"] for job in found] == [
        {"endpoint": f"https://{name}:443", "username": "of the play", "password": name, "ca_path": name}
        for name in ("fw1", "fw2")
    ]


def test_tenants_of_one_endpoint_are_told_apart():
    (job,) = jobs({"tenant": {"job": submitted("api", "scm.push", target="123"), "scm_client_id": "sa"}})
    assert job["connection"] == {"endpoint": "https://api:443", "target": "123", "client_id": "sa"}


def test_only_what_still_runs_is_waited_for():
    ended = {**submitted("fw1"), "outcome": "succeeded"}
    failed = {**submitted("fw1"), "failed": True}
    nothing = {"outcome": "nothing_to_do", "job": {"handle": None}}
    skipped = {"skipped": True}
    for each in (ended, failed, nothing, skipped, {}, "text"):
        assert jobs({"fw1": {"job": each}}) == []
    assert jobs({"fw1": {}}) == []


def test_the_jobs_of_a_loop():
    loop = {"results": [submitted("fw1"), {"outcome": "nothing_to_do"}, submitted("fw1")]}
    assert [job["host"] for job in jobs({"fw1": {"job": loop}})] == ["fw1", "fw1"]


def test_a_host_that_is_not_there():
    with pytest.raises(AnsibleLookupError, match="there is no host fw9"):
        jobs({"fw1": {}}, "fw9")


def test_it_has_to_be_told_where_to_look():
    with pytest.raises(AnsibleLookupError, match="give registered"):
        LookupModule(templar=Templar()).run(["fw1"], {"hostvars": {}})
