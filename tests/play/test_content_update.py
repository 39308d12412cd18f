# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role content_update, as a user runs it by its playbook."""

from __future__ import annotations

import datetime
import os
import pathlib
import signal
import typing as t

import pytest
from play.fleet import PASSWORD, Fleet
from simulator.client import SimulatorProcess

if t.TYPE_CHECKING:
    from conftest import Player

BOOK = "netops.jobs.content_update"


@pytest.fixture
def fleet(player: Player, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    with SimulatorProcess(tmp_path / "simulator", time_scale=10, max_lifetime=600) as simulator:
        yield Fleet(player, simulator, BOOK, pairs=2, alone=1)


def test_a_run_that_was_killed_goes_on(fleet: Fleet, clean: t.Callable[[str], None]) -> None:
    types = ["content"]
    with fleet.start(content_update_types=types) as process:
        # The first of the pairs and the one that stands alone install.
        fleet.until("content-install", process, times=2)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    code, output = fleet.run(content_update_types=types)
    assert code == 0, output
    clean(output)
    assert set(fleet.states().values()) == {"done"}
    assert {host["after"]["content"] for host in fleet.report()["hosts"].values()} == {"8907-9021"}
    done = fleet.submissions()
    installs = [name for name, kind in done if kind == "content-install"]
    assert sorted(installs) == ["p1a", "p1b", "p2a", "p2b", "s1"]
    assert max(map(installs.index, ("p1b", "p2b"))) < min(map(installs.index, ("p1a", "p2a")))
    # The peer got the package without a download.
    assert sorted(name for name, kind in done if kind == "content-download") == ["p1b", "p2b", "s1"]


def test_a_download_that_fails_fails_the_run_without_an_installation(
    player: Player, tmp_path: pathlib.Path, clean: t.Callable[[str], None]
) -> None:
    """Nothing that comes later would judge it. Each device has a password of its own, and is sent no other."""
    with SimulatorProcess(tmp_path / "simulator", time_scale=50, max_lifetime=600) as simulator:
        fleet = Fleet(player, simulator, BOOK, pairs=1, alone=2)
        fleet.use_own_passwords()
        failed = {"kind": "content-download", "result": "FAIL", "details": ["No space left"]}
        simulator.configure(fleet.addresses["p1b"], next_updates=[failed])
        simulator.configure(fleet.addresses["s2"], next_updates=[failed, failed])
        day = datetime.datetime.now(tz=datetime.timezone.utc) + datetime.timedelta(days=3)
        closed = {"start": "12:00", "end": "12:01", "days": [day.strftime("%a").lower()]}
        code, output = fleet.run(content_update_types=["content"], panos_rollout_window=closed)
        assert code == 2, output
        assert fleet.states() == {"p1a": "stopped", "p1b": "stopped", "s1": "stopped", "s2": "failed"}
        assert "No space left" in fleet.report()["hosts"]["s2"]["msg"]
        # It is tried a second time at once.
        tried = sorted((name, "content-download") for name in ("p1b", "p1b", "s1", "s2", "s2"))
        assert sorted(fleet.submissions()) == tried

        simulator.configure(fleet.addresses["s1"], next_updates=[failed, failed])
        code, output = fleet.run("--tags", "download", "-v", content_update_types=["content", "antivirus"])
        assert code == 2, output
        assert fleet.states() == {"p1a": "waiting", "p1b": "waiting", "s1": "failed", "s2": "waiting"}
        # Of the content, what s2 lacks; of antivirus one each, and twice what fails.
        assert sorted(name for name, _kind in fleet.submissions()[len(tried) :]) == ["p1b", "s1", "s1", "s2", "s2"]
        assert {entry["status"] for entry in simulator.requests()} == {200}
        clean(output)


def test_step_by_step_with_credentials_from_the_environment(player: Player, tmp_path: pathlib.Path) -> None:
    with SimulatorProcess(tmp_path / "simulator", time_scale=50, max_lifetime=600) as simulator:
        fleet = Fleet(player, simulator, BOOK, pairs=1)
        fleet.credentials = {}
        fleet.environment = {"PANOS_USERNAME": "automation", "PANOS_PASSWORD": PASSWORD}
        code, output = fleet.run("--check", content_update_types=["content"])
        assert code == 0, output
        assert fleet.submissions() == []
        assert fleet.report()["hosts"]["p1a"]["after"] == {"content": "8907-9021"}
        code, output = fleet.run("--tags", "download", content_update_types=["content"])
        assert code == 0, output
        assert fleet.submissions() == [("p1b", "content-download")]
        assert set(fleet.states().values()) == {"waiting"}
        code, output = fleet.run("--tags", "install", content_update_types=["content"])
        assert code == 0, output
        assert "Wait for all of them" in output
        assert "ok: [p1a]" in output.split("Wait for all of them")[1].split("TASK")[0]
        assert fleet.submissions()[1:] == [("p1b", "content-install"), ("p1a", "content-install")]


def test_a_host_that_leaves_the_play_before_the_role_begins_counts_as_failed(
    player: Player, tmp_path: pathlib.Path
) -> None:
    with SimulatorProcess(tmp_path / "simulator", max_lifetime=600) as simulator:
        fleet = Fleet(player, simulator, BOOK, pairs=1, alone=2)
        fleet.hosts["s1"]["content_update_types"] = ["contents"]  # its arguments are refused
        fleet.hosts["p1a"]["content_update_types"] = ["contents"]
        for name in ("p1a", "p1b"):
            fleet.hosts[name]["panos_rollout_wave"] = 0
        code, output = fleet.run("--check", panos_rollout_max_failures=1)
        assert code == 2, output
        assert fleet.states() == {"p1a": "failed", "p1b": "failed", "s1": "failed", "s2": "stopped"}
        assert fleet.report()["hosts"]["s1"]["msg"] == "It left the play."
        assert "It was p1a, p1b, s1." in fleet.report()["hosts"]["s2"]["msg"]
        assert "That must be a host of this play" in fleet.report()["hosts"]["p1b"]["msg"]


def test_with_serial_each_part_has_waves_of_its_own(player: Player, tmp_path: pathlib.Path) -> None:
    with SimulatorProcess(tmp_path / "simulator", max_lifetime=600) as simulator:
        fleet = Fleet(player, simulator, BOOK, pairs=0, alone=2)
        fleet.playbook = fleet.serial("netops.jobs.content_update", [1])
        code, output = fleet.run("--check", content_update_types=["content"])
        assert code == 0, output
        assert fleet.states() == {"s1": "done", "s2": "done"}


def test_a_wrong_window_is_named_before_anything_is_looked_at(player: Player, tmp_path: pathlib.Path) -> None:
    with SimulatorProcess(tmp_path / "simulator", max_lifetime=600) as simulator:
        fleet = Fleet(player, simulator, BOOK, pairs=0, alone=1)
        code, output = fleet.run("--check", panos_rollout_window={"start": 1320, "end": "04:00"})
        assert code == 2, output
        assert "panos_rollout_window: 1320 is no time of the day" in output
        assert simulator.requests(fleet.addresses["s1"]) == []
