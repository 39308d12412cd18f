# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook verify: it commits nothing, however it is run, and passes where nothing is left to commit."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from play.fleet import PASSWORD, Fleet
from simulator.client import SimulatorProcess

if t.TYPE_CHECKING:
    from conftest import Player

BOOK = "netops.jobs.verify"
WEB = "/config/devices/entry/device-group/entry[@name='Branches']/address/entry[@name='web']"


@pytest.fixture
def fleet(player: Player, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    with SimulatorProcess(tmp_path / "simulator", time_scale=20, max_lifetime=600) as sim:
        fleet = Fleet(player, sim, BOOK, pairs=0, prefix="commit")
        variables = {"commit_system": "panos", "commit_lock": ["commit", "config"]}
        fleet.add("fw", "127.84.0.1", variables, changes=[{"owner": "alice"}])
        yield fleet


@pytest.mark.parametrize("flags", [(), ("--tags", "commit"), ("--start-at-task", "Begin")])
def test_without_check_mode_nothing_is_committed(fleet: Fleet, flags: tuple[str, ...]) -> None:
    """All with a limit, outside of which localhost is."""
    code, output = fleet.run(*flags)
    assert code == 2, output
    assert ("Run this playbook with --check" in output) == (flags[:1] != ("--start-at-task",))
    assert fleet.submissions() == []


def test_what_is_committed_is_verified_on_every_system(fleet: Fleet, clean: t.Callable[[str], None]) -> None:
    sim = fleet.simulator
    pushing = {"commit_system": "panorama", "commit_push": [{"device_group": "Branches"}]}
    groups = {"Branches": {"devices": ["0070000001"]}}
    changes = [{"owner": "carol", "xpath": WEB}]
    fleet.add("pano", "127.84.0.2", pushing, kind="panorama", changes=changes, device_groups=groups)
    tenant, sbc = "127.84.0.3", "127.84.0.4"
    fleet.hosts["tenant"] = {
        "commit_system": "scm",
        "commit_folders": ["Remote Networks"],
        "commit_settle": 0.5,
        "scm_client_id": "sa@1234567890.iam.panserviceaccount.com",
        "scm_client_secret": PASSWORD,
        "scm_tsg_id": "1234567890",
        "scm_host": tenant,
        "scm_port": sim.port,
        "scm_ca_path": sim.ca_path,
        "scm_token_url": f"https://{tenant}:{sim.port}/oauth2/access_token",
    }
    sim.add_device(tenant, system="scm", clients={"sa@1234567890.iam.panserviceaccount.com": {"secret": PASSWORD}})
    fleet.hosts["sbc"] = {
        "ansible_host": sbc,
        "commit_system": "oracle_sbc",
        "oracle_sbc_port": sim.port,
        "oracle_sbc_ca_path": sim.ca_path,
        "oracle_sbc_username": "automation",
        "oracle_sbc_password": PASSWORD,
    }
    sim.add_device(sbc, system="oracle_sbc", users={"automation": {"password": PASSWORD}})
    fleet.addresses.update(tenant=tenant, sbc=sbc)

    fleet.playbook = "netops.jobs.commit"
    code, output = fleet.run()
    assert code == 0, output
    handed_on = fleet.report()
    done = fleet.submissions()

    fleet.playbook = BOOK
    code, output = fleet.run("--check", commit=handed_on)
    assert code == 0, output
    clean(output)
    verdicts = output.split("TASK [Let the hosts fail that have something left]")[1]
    for name, said in {
        "fw": "Nothing is left to commit. Its commit was done.",
        "pano": "Nothing is left to commit. Its commit was done. Not verified: whether the devices have",
        "tenant": "Not verified: scm does not tell what is pending. Its commit was done.",
        "sbc": "Not verified: oracle_sbc does not tell what is pending. Its commit was done.",
    }.items():
        assert said in verdicts.split(f"ok: [{name}] => ")[1].split("}")[0]

    for name in ("tenant", "fw"):
        handed_on["hosts"][name].update(state="stopped", msg="Stopped: the canary has failed.", handles=[])
    code, output = fleet.run("--check", "--limit", "tenant,fw", commit=handed_on)
    assert code == 2, output
    verdicts = output.split("TASK [Let the hosts fail that have something left]")[1]
    assert "Its commit was not done: Stopped: the canary has failed." in verdicts.split("fatal: [tenant]")[1]
    assert "Nothing is left to commit." in verdicts.split("ok: [fw] => ")[1].split("}")[0]
    assert fleet.submissions("token") == [entry for entry in done if entry[1] != "token"]
