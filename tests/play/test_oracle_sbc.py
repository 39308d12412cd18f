# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the configuration lock of an SBC when the play that holds it is killed or told to end."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import Player

from simulator.client import SimulatorProcess

WAYS = ("local", "elsewhere")
ADDRESS = "127.93.0.1"
PASSWORD = "s3cret-of-automation"
TOKEN_LIFE = 600


class Box:
    """An SBC whose save takes until somebody lets it end, and plays that save."""

    def __init__(self, simulator: SimulatorProcess, player: Player) -> None:
        self.simulator = simulator
        self.player = player
        player.simulator = simulator
        simulator.add_device(
            ADDRESS,
            system="oracle_sbc",
            users={"automation": {"password": PASSWORD}},
            operations={"save": {"polls": 2}},
            next_operations=[{"operation": "save", "polls": 0, "seconds": 900}],
        )

    def start(self, way: str, **more: t.Any) -> subprocess.Popen[str]:
        given = {"actions": ["save"], "wait_timeout": 120, "poll_interval": 0.1, "poll_max_interval": 0.2, **more}
        task = {
            "name": "Save",
            "netops.jobs.oracle_sbc_config": self.player.options(ADDRESS, **given),
            "register": "result",
        }
        return self.player.start(self.player.write([task], connection=way), "-v")

    def result(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads((self.player.folder / "results.json").read_text())["result"])

    def saves(self) -> list[str]:
        return [one["details"]["verdict"] for one in self.simulator.ledger(ADDRESS)["submissions"] if one["accepted"]]

    def events(self) -> list[str]:
        return [one["event"] for one in self.simulator.device(ADDRESS)["lock_log"]]

    def until(self, condition: t.Callable[[], bool], process: subprocess.Popen[str], what: str) -> None:
        end = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < end, f"waited too long for {what}"
            assert process.poll() is None, f"the play ended before {what}"
            time.sleep(0.02)

    def at_work(self, process: subprocess.Popen[str]) -> None:
        """Return when the save was accepted and looked at."""

        def looked() -> bool:
            return len(self.simulator.device(ADDRESS)["looks"]) > 2 and bool(self.saves())

        self.until(looked, process, "a look at the save")


@pytest.fixture
def box(player: Player, tmp_path: pathlib.Path) -> t.Iterator[Box]:
    with SimulatorProcess(tmp_path / "simulator", max_lifetime=600) as simulator:
        yield Box(simulator, player)


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_play_blocks_the_lock_for_ten_minutes_and_the_next_one_gets_it_without_help(
    box: Box, way: str, clean: t.Callable[[str], None]
) -> None:
    with box.start(way) as process:
        box.at_work(process)
        kill_with_all_below(process.pid)
        process.communicate()
    assert box.events() == ["taken"]

    with box.start(way) as process:

        def tries() -> bool:
            return box.simulator.ledger(ADDRESS)["requests"][ADDRESS].get("lock", 0) > 2

        box.until(tries, process, "the next play to try")
        assert box.events() == ["taken"], "nobody can take the lock of a token that lives"
        # Ten minutes later the token is dead, and his save has long been over.
        box.simulator.act(ADDRESS, "hold", seconds=1)
        box.simulator.advance(TOKEN_LIFE)
        output, _nothing = process.communicate(timeout=120)
    assert process.returncode == 0, output
    clean(output)
    assert box.events() == ["taken", "expired", "taken", "released"]
    # That of the killed play, and the one that was asked for again: the SBC does not tell that the first one was ours.
    assert box.saves() == ["success", "success"]
    assert box.result()["outcome"] == "succeeded"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_play_that_is_told_to_end_releases_the_lock_at_once(
    box: Box, way: str, number: signal.Signals, clean: t.Callable[[str], None]
) -> None:
    with box.start(way) as process:
        box.at_work(process)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does it for Ctrl-C
        else:
            os.kill(process.pid, number)
        output, _nothing = process.communicate(timeout=120)
    assert process.returncode != 0
    clean(output)
    end = time.monotonic() + 60
    while box.events() != ["taken", "released"]:
        assert time.monotonic() < end, box.events()
        time.sleep(0.05)
    box.simulator.act(ADDRESS, "hold", seconds=1)
    box.simulator.advance(2)
    with box.start(way, lock_timeout=0) as process:
        output, _nothing = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert box.events() == ["taken", "released"] * 2


def kill_with_all_below(number: int) -> None:
    """Kill a process and all that it has started, as the end of its machine would.

    All are stopped first: a worker that sees its parent die releases the lock.
    """
    numbers = [number]
    for each in numbers:
        with contextlib.suppress(OSError):
            os.kill(each, signal.SIGSTOP)
            for task in pathlib.Path(f"/proc/{each}/task").iterdir():
                numbers += [int(child) for child in (task / "children").read_text().split()]
    for each in numbers:
        with contextlib.suppress(OSError):
            os.kill(each, signal.SIGKILL)
