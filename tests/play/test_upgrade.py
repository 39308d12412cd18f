# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that upgrades a pair, as a user runs it."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import Player

from simulator.client import SimulatorProcess

PASSWORD = "s3cret-of-automation"
BOOK = pathlib.Path(__file__).resolve().parents[2] / "playbooks" / "upgrade_ha_pair.yml"
ONE, OTHER = "127.79.0.1", "127.79.0.2"
WANTED = "11.2.4-h2"
ORDER = [
    ("other", "ha-suspend"),
    ("other", "software-install"),
    ("other", "restart"),
    ("other", "ha-functional"),
    ("one", "ha-suspend"),
    ("one", "software-install"),
    ("one", "restart"),
    ("one", "ha-functional"),
]
"""The one that is passive comes first, and each is suspended only while the other works."""


class Pair:
    """Two simulated firewalls, and the playbook for them."""

    def __init__(self, simulator: SimulatorProcess, player: Player) -> None:
        self.simulator = simulator
        self.player = player
        account = {"admins": {"automation": {"password": PASSWORD}}}
        simulator.add_device(ONE, hostname="one", serial="1", **account)
        simulator.add_device(OTHER, hostname="other", serial="2", ha_peer=ONE, **account)

    def start(self, *flags: str, **more: t.Any) -> subprocess.Popen[str]:
        variables = {
            "ansible_python_interpreter": sys.executable,
            "panos_username": "automation",
            "panos_password": PASSWORD,
            "panos_port": self.simulator.port,
            "panos_ca_path": self.simulator.ca_path,
        }
        hosts = {"one": {"ansible_host": ONE}, "other": {"ansible_host": OTHER}}
        inventory = {"all": {"vars": variables, "children": {"ha_pair": {"hosts": hosts}}}}
        (self.player.folder / "inventory.json").write_text(json.dumps(inventory))
        extra = {"upgrade_version": WANTED, "upgrade_delay": 0.1, "upgrade_patience": 30, "upgrade_poll": 0.2, **more}
        arguments = ("-i", str(self.player.folder / "inventory.json"), "-e", json.dumps(extra), *flags)
        return self.player.start(BOOK, *arguments)

    def run(self, *flags: str, **more: t.Any) -> tuple[int, str]:
        with self.start(*flags, **more) as process:
            output, _nothing = process.communicate(timeout=240)
        return process.returncode, output

    def submissions(self) -> list[tuple[str, str]]:
        """Return what was accepted, device and kind, in the order of time."""
        entries = [entry for entry in self.simulator.ledger()["submissions"] if entry["accepted"]]
        names = {ONE: "one", OTHER: "other"}
        return [(names[entry["device"]], entry["kind"]) for entry in sorted(entries, key=lambda entry: entry["number"])]

    def versions(self) -> list[str]:
        return [self.simulator.call("GET", f"/devices/{address}")["settings"]["version"] for address in (ONE, OTHER)]


@pytest.fixture
def pair(player: Player, tmp_path: pathlib.Path) -> t.Iterator[Pair]:
    with SimulatorProcess(tmp_path / "simulator", time_scale=200, max_lifetime=600) as simulator:
        yield Pair(simulator, player)


def until(kind: str, simulator: SimulatorProcess, process: subprocess.Popen[str]) -> None:
    """Return when the first submission of *kind* was accepted."""
    end = time.monotonic() + 120
    while not any(entry["kind"] == kind and entry["accepted"] for entry in simulator.ledger()["submissions"]):
        assert time.monotonic() < end, f"no {kind}"
        assert process.poll() is None, f"ended without {kind}"
        time.sleep(0.02)


def test_a_pair_is_upgraded_one_after_the_other(pair: Pair, clean: t.Callable[[str], None]) -> None:
    code, output = pair.run()
    assert code == 0, output
    clean(output)
    assert pair.versions() == [WANTED, WANTED]
    done = pair.submissions()
    assert [entry for entry in done if entry[1] != "software-download"] == ORDER
    # The peer has the images without downloading them.
    assert [entry for entry in done if entry[1] == "software-download"] == [("one", "software-download")] * 2
    code, output = pair.run()
    assert code == 0, output
    assert pair.submissions() == done
    assert output.count("changed=0") == 2, output


def test_a_run_that_was_killed_during_a_restart_goes_on(pair: Pair) -> None:
    with pair.start() as process:
        until("restart", pair.simulator, process)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    code, output = pair.run()
    assert code == 0, output
    assert pair.versions() == [WANTED, WANTED]
    assert [entry for entry in pair.submissions() if entry[1] != "software-download"] == ORDER


def test_check_mode_goes_through_and_changes_nothing(pair: Pair) -> None:
    code, output = pair.run("--check", upgrade_patience=1)
    assert code == 0, output
    assert pair.submissions() == []


def test_what_is_no_pair_is_left_alone(pair: Pair) -> None:
    pair.simulator.configure(OTHER, ha_state="suspended")
    pair.simulator.configure(ONE, ha_state="suspended")
    code, output = pair.run(upgrade_patience=0.1)
    assert code != 0
    assert "no pair with one active device" in output.replace("\n", " ")
    assert pair.submissions() == []


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
