# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role commit, as a user runs it by its playbook."""

from __future__ import annotations

import os
import pathlib
import signal
import typing as t

import pytest
from play.fleet import PASSWORD, Fleet
from simulator.client import SimulatorProcess

if t.TYPE_CHECKING:
    import subprocess

    from conftest import Player

BOOK = "netops.jobs.commit"
POLLS = {"commit_seconds": 600, "commit_polls": 2}
WEB = "/config/devices/entry/device-group/entry[@name='Branches']/address/entry[@name='web']"


@pytest.fixture
def sim(tmp_path: pathlib.Path) -> t.Iterator[SimulatorProcess]:
    with SimulatorProcess(tmp_path / "simulator", time_scale=20, max_lifetime=600) as simulator:
        yield simulator


def firewalls(player: Player, sim: SimulatorProcess, count: int, **variables: t.Any) -> Fleet:
    """A fleet of firewalls ``s1``, ... each with a change by alice."""
    fleet = Fleet(player, sim, BOOK, pairs=0, alone=count, prefix="commit", changes=[{"owner": "alice"}], **POLLS)
    for host in fleet.hosts.values():
        host.update({"commit_system": "panos", **variables})
    return fleet


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_run_that_was_killed_is_completed_and_nothing_is_done_twice(
    player: Player, sim: SimulatorProcess, clean: t.Callable[[str], None]
) -> None:
    """Killed with the canary committed, its push not begun, the locks held, and no wave begun."""
    fleet = firewalls(player, sim, 2, commit_lock=["commit", "config"])
    fleet.add(
        "pano",
        "127.83.0.1",
        {"commit_system": "panorama", "commit_lock": ["config"], "commit_push": [{"device_group": "Branches"}]},
        kind="panorama",
        changes=[{"owner": "carol", "xpath": WEB}],
        device_groups={"Branches": {"devices": ["0070000001"]}},
        **{**POLLS, "commit_polls": 8},
    )
    with fleet.start() as process:
        # The canaries: the first firewall and the Panorama.
        fleet.until("commit", process, times=2)
        kill(process)
    assert {lock["owner"] for lock in sim.device(fleet.addresses["pano"])["locks"]} == {"automation"}
    code, output = fleet.run()
    assert code == 0, output
    clean(output)
    assert set(fleet.states().values()) == {"done"}
    done = fleet.submissions()
    assert sorted(name for name, kind in done if kind == "commit") == ["pano", "s1", "s2"]
    assert [name for name, kind in done if kind == "push"] == ["pano"]
    assert [sim.device(address)["locks"] for address in fleet.addresses.values()] == [[], [], []]


def test_when_the_canary_fails_nothing_else_is_touched(player: Player, sim: SimulatorProcess) -> None:
    fleet = firewalls(player, sim, 4)
    sim.configure(fleet.addresses["s2"], validation_errors=["rule web is not valid"])
    code, output = fleet.run(commit_canary=["s2", "s3"])
    assert code == 2, output
    assert fleet.states() == {"s1": "stopped", "s2": "failed", "s3": "done", "s4": "stopped"}
    report = fleet.report()["hosts"]
    assert "rule web is not valid" in report["s2"]["msg"]
    assert "the canary has failed, s2" in report["s1"]["msg"]
    assert fleet.submissions("validate") == [("s3", "commit")]
    # What could not be validated is still there to be mended.
    assert report["s2"]["pending"][0]["admin"] == "alice"


def test_a_canary_that_leaves_the_play_before_the_role_begins_has_failed(player: Player, sim: SimulatorProcess) -> None:
    fleet = firewalls(player, sim, 3)
    fleet.hosts["s1"]["commit_lock"] = ["comit"]  # its arguments are refused
    code, output = fleet.run(commit_canary=["s1"], commit_max_failures=2)
    assert code == 2, output
    assert fleet.states() == {"s1": "failed", "s2": "stopped", "s3": "stopped"}
    assert fleet.report()["hosts"]["s1"]["msg"] == "It left the play."
    assert "the canary has failed, s1" in fleet.report()["hosts"]["s2"]["msg"]
    assert fleet.submissions() == []


def test_with_serial_each_part_has_a_canary_and_failures_add_up(player: Player, sim: SimulatorProcess) -> None:
    fleet = firewalls(player, sim, 5)
    sim.configure(fleet.addresses["s2"], commit_errors=["Not enough memory"])
    fleet.playbook = fleet.serial("netops.jobs.commit", [3, 2])
    code, output = fleet.run(commit_validate=False, commit_max_failures=0)
    assert code == 2, output
    assert fleet.states() == {"s1": "done", "s2": "failed", "s3": "done", "s4": "stopped", "s5": "stopped"}
    assert fleet.submissions()[0] == ("s1", "commit")
    assert sorted(fleet.submissions()) == [("s1", "commit"), ("s2", "commit"), ("s3", "commit")]
    report = fleet.report()["hosts"]
    assert {name: int(host["wave"]) for name, host in report.items()} == {"s1": 0, "s2": 1, "s3": 1, "s4": 0, "s5": 1}


def test_waves_end_with_the_budget_and_each_host_has_credentials_of_its_own(
    player: Player, sim: SimulatorProcess
) -> None:
    fleet = firewalls(player, sim, 6)
    fleet.credentials = {}
    for number, (name, address) in enumerate(fleet.addresses.items()):
        secret = f"s3cret-of-nobody-{number}"
        errors = ["Not enough memory"] if name in ("s2", "s3") else []
        sim.configure(address, admins={f"admin{number}": {"password": secret}}, commit_errors=errors)
        fleet.hosts[name].update(panos_username=f"admin{number}", panos_password=secret)
    code, output = fleet.run("-v", commit_canary=0, commit_waves=[3, 1], commit_max_failures=1, commit_validate=False)
    assert code == 2, output
    states = fleet.states()
    assert states == {"s1": "done", "s2": "failed", "s3": "failed", "s4": "stopped", "s5": "stopped", "s6": "stopped"}
    assert sorted(fleet.submissions()) == [("s1", "commit"), ("s2", "commit"), ("s3", "commit")]
    assert "2 hosts have failed, and commit_max_failures is 1. It was s2, s3." in fleet.report()["hosts"]["s4"]["msg"]
    assert "s3cret-of-nobody" not in output


def test_check_mode_shows_who_changed_what_and_changes_nothing(player: Player, sim: SimulatorProcess) -> None:
    fleet = firewalls(player, sim, 1)
    code, output = fleet.run("--check")
    assert code == 0, output
    assert "s1: 1 pending change by alice would be committed" in output
    assert fleet.submissions() == []
    assert fleet.states() == {"s1": "planned"}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"commit_window": {"start": 1320, "end": "04:00"}}, "commit_window: 1320 is no time of the day"),
        ({"commit_waves": ["0%"]}, "commit_waves: '0%' is neither a number of hosts nor a percentage"),
        ({"commit_canary": ["s1", "s22"]}, "commit_canary names s22, which is no host of the play"),
    ],
)
def test_wrong_options_are_named_before_anything_is_looked_at(
    player: Player, sim: SimulatorProcess, given: dict[str, t.Any], complaint: str
) -> None:
    fleet = firewalls(player, sim, 2)
    code, output = fleet.run("--check", **given)
    assert code == 2, output
    assert complaint in output
    assert sim.requests(fleet.addresses["s1"]) == []


def test_hosts_of_the_canary_outside_of_the_limit_are_named(player: Player, sim: SimulatorProcess) -> None:
    fleet = firewalls(player, sim, 3)
    code, output = fleet.run("--check", "--limit", "s1,s3", commit_canary="s1:s2")
    assert code == 0, output
    assert "Hosts of commit_canary that are not in the play, perhaps by --limit: s2" in output
    assert {name: int(host["wave"]) for name, host in fleet.report()["hosts"].items()} == {"s1": 0, "s3": 1}


def test_tenants_and_engines_go_back_to_the_version_of_before(player: Player, sim: SimulatorProcess) -> None:
    fleet = Fleet(player, sim, BOOK, pairs=0, prefix="commit")
    child = {"polls": 2, "start": 0}
    tenant, engine, port = "127.83.0.2", "127.83.0.3", sim.port
    account = {
        "scm_client_id": "sa@1234567890.iam.panserviceaccount.com",
        "scm_client_secret": PASSWORD,
        "scm_tsg_id": "1234567890",
        "scm_host": tenant,
        "scm_port": port,
        "scm_ca_path": sim.ca_path,
        "scm_token_url": f"https://{tenant}:{port}/oauth2/access_token",
    }
    fleet.hosts["tenant"] = {"commit_system": "scm", "commit_folders": ["Remote Networks", "Mobile Users"], **account}
    fleet.hosts["engine"] = {
        "commit_system": "illumio",
        "ansible_host": engine,
        "illumio_port": port,
        "illumio_ca_path": sim.ca_path,
        "illumio_api_key": "api_of_automation",
        "illumio_api_secret": PASSWORD,
    }
    fleet.addresses.update(tenant=tenant, engine=engine)
    plan = {"polls": 2, "children": {"*": child}}
    failing = {"polls": 2, "children": {"*": child, "Mobile Users": {**child, "result": "FAIL"}}}
    clients = {account["scm_client_id"]: {"secret": PASSWORD}}
    sim.add_device(tenant, system="scm", clients=clients, pushes=plan, next_pushes=[failing])
    keys = {"api_of_automation": {"secret": PASSWORD}}
    sim.add_device(engine, system="illumio", api_keys=keys, retry_after=0, stuck_workloads=2)
    sim.act(engine, "drafts", count=2)
    code, output = fleet.run(commit_rollback=True, commit_canary=0, commit_settle=0.5, commit_wait_timeout=10)
    assert code == 2, output
    assert fleet.states() == {"tenant": "failed", "engine": "failed"}
    report = fleet.report()["hosts"]
    assert "failed on 1 of 2: Mobile Users" in report["tenant"]["msg"]
    assert "Version 62 of before is the candidate again, and was pushed." in report["tenant"]["msg"]
    assert "Version 1320 of before has been provisioned again." in report["engine"]["msg"]
    done = fleet.submissions("token")
    assert [kind for name, kind in done if name == "tenant"] == ["push", "load", "push"]
    assert [kind for name, kind in done if name == "engine"] == ["provision", "restore", "provision"]
