# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role software_upgrade, as a user runs it by its playbook, and its module."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import signal
import time
import typing as t

import pytest
from play.fleet import PASSWORD, Fleet
from simulator.client import SimulatorProcess

if t.TYPE_CHECKING:
    import subprocess

    from conftest import Player

ONE = "127.82.0.1"
WANTED = "11.2.4-h2"
ORDER = [
    ("p1b", "ha-suspend"),
    ("p1b", "software-install"),
    ("p1b", "restart"),
    ("p1b", "ha-functional"),
    ("p1a", "ha-suspend"),
    ("p1a", "software-install"),
    ("p1a", "restart"),
    ("p1a", "ha-functional"),
]
"""The one that is passive comes first, and each is suspended only while the other works."""


@pytest.fixture
def pair(player: Player, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    with SimulatorProcess(tmp_path / "simulator", time_scale=200, max_lifetime=600) as simulator:
        yield Fleet(player, simulator, "netops.jobs.software_upgrade", pairs=1)


def run(pair: Fleet, *flags: str, **extra: t.Any) -> tuple[int, str]:
    return pair.run(*flags, **{"software_upgrade_versions": [WANTED], **extra})


def versions(pair: Fleet) -> list[str]:
    return [pair.simulator.device(address)["settings"]["version"] for address in pair.addresses.values()]


def test_a_pair_is_upgraded_one_after_the_other(pair: Fleet, clean: t.Callable[[str], None]) -> None:
    code, output = run(pair)
    assert code == 0, output
    clean(output)
    assert versions(pair) == [WANTED, WANTED]
    assert pair.submissions("software-download") == ORDER
    # The peer has the images without downloading them.
    done = pair.submissions()
    assert [entry for entry in done if entry[1] == "software-download"] == [("p1b", "software-download")] * 2
    assert pair.report()["hosts"]["p1a"]["before"] == "11.1.6"
    assert pair.report()["hosts"]["p1a"]["after"] == WANTED
    code, output = run(pair)
    assert code == 0, output
    assert pair.submissions() == done
    assert output.count("changed=0") == 2, output


def test_a_run_that_was_killed_during_a_restart_goes_on(pair: Fleet) -> None:
    with pair.start(software_upgrade_versions=[WANTED]) as process:
        pair.until("restart", process)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    code, output = run(pair)
    assert code == 0, output
    assert versions(pair) == [WANTED, WANTED]
    assert pair.submissions("software-download") == ORDER


def test_check_mode_goes_through_and_changes_nothing(pair: Fleet) -> None:
    code, output = run(pair, "--check", panos_rollout_patience=1)
    assert code == 0, output
    assert pair.submissions() == []


def test_the_active_device_is_not_suspended_while_its_peer_lacks_the_sessions(pair: Fleet) -> None:
    pair.simulator.configure(pair.addresses["p1b"], sessions=400)
    code, _output = run(pair, panos_rollout_patience=2)
    assert code != 0
    assert pair.states() == {"p1a": "failed", "p1b": "done"}
    assert "1000 sessions and its peer 400" in pair.report()["hosts"]["p1a"]["msg"]
    assert pair.submissions("software-download") == ORDER[:4]


def test_what_is_no_pair_is_left_alone(pair: Fleet) -> None:
    for address in pair.addresses.values():
        pair.simulator.configure(address, ha_state="suspended")
    code, _output = run(pair)
    assert code != 0
    assert "no pair with one active device" in pair.report()["hosts"]["p1a"]["msg"]
    assert pair.submissions() == []


def test_a_download_that_fails_fails_the_run_without_an_installation(player: Player, tmp_path: pathlib.Path) -> None:
    """Nothing that comes later would judge it. In batches, on devices of which each has a password of its own."""
    with SimulatorProcess(tmp_path / "simulator", time_scale=200, max_lifetime=600) as simulator:
        book = tmp_path / "batches.yml"
        role = {"role": "netops.jobs.software_upgrade"}
        batches = {"hosts": "all", "connection": "local", "gather_facts": False, "serial": [2, "100%"], "roles": [role]}
        book.write_text(json.dumps([batches]))
        fleet = Fleet(player, simulator, str(book), pairs=0, alone=3)
        fleet.use_own_passwords()
        failed = {"kind": "software-download", "result": "FAIL", "details": ["No space left"]}
        simulator.configure(fleet.addresses["s1"], next_updates=[failed])
        simulator.configure(fleet.addresses["s2"], next_updates=[failed] * 3)
        code, output = run(fleet, "--tags", "download")
        assert code == 2, output
        assert fleet.states() == {"s1": "waiting", "s2": "failed", "s3": "waiting"}
        assert "No space left" in fleet.report()["hosts"]["s2"]["msg"]
        # The base image and the image. One that fails is tried again, and what comes after it is not forgotten.
        count = collections.Counter(fleet.submissions())
        assert count == {(name, "software-download"): times for name, times in (("s1", 3), ("s2", 3), ("s3", 2))}
        assert {entry["status"] for entry in simulator.requests()} == {200}


def until(kind: str, simulator: SimulatorProcess, process: subprocess.Popen[str]) -> None:
    """Return when the first submission of *kind* was accepted."""
    end = time.monotonic() + 120
    while not any(entry["kind"] == kind and entry["accepted"] for entry in simulator.ledger()["submissions"]):
        assert time.monotonic() < end, f"no {kind}"
        assert process.poll() is None, f"ended without {kind}"
        time.sleep(0.02)


def test_a_restart_in_the_middle_of_the_installation(player: Player, tmp_path: pathlib.Path) -> None:
    """The job is gone, and its effect with it: the task sees what is left to be done, and does it."""
    with SimulatorProcess(tmp_path / "simulator", time_scale=100, max_lifetime=300) as simulator:
        player.simulator = simulator
        simulator.add_device(ONE, admins={"automation": {"password": PASSWORD}})
        update = player.options(ONE, version="11.1.10", restart=True, wait_timeout=120, outage_timeout=60)
        task = {"name": "Update", "netops.jobs.panos_software_update": update, "register": "result"}
        with player.start(player.write([task], connection="local")) as process:
            until("software-install", simulator, process)
            simulator.act(ONE, "reboot")
            output, _nothing = process.communicate(timeout=120)
        assert process.returncode == 0, output
        result = json.loads((player.folder / "results.json").read_text())["result"]
        assert result["result"]["version"] == "11.1.10"
        kinds = [entry["kind"] for entry in simulator.ledger(ONE)["submissions"] if entry["accepted"]]
        assert kinds == ["software-download", "software-install", "software-install", "restart"]
        assert [job["operation"].partition(".")[2] for job in result["jobs"]] == [
            kind.replace("-", "_") for kind in kinds
        ]
