# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A content update over many HA pairs while all kinds of things go wrong: python -m benchmarks.rollout [--pairs N].

It ends with an error unless every device is found as the faults that it had demand, and nothing was installed twice.
"""

from __future__ import annotations

import argparse
import collections
import os
import pathlib
import sys
import tempfile
import time
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/play")]

from conftest import Player
from play.fleet import Fleet
from simulator.client import SimulatorProcess

WANTED = "8907-9021"
FAILED = {"kind": "content-install", "result": "FAIL", "details": ["Not enough space"]}

# Of all pairs two have a device that never comes to an end: the installation of one fails each time, one is dead.
BROKEN, DEAD = 8, 9


def harm(sim: SimulatorProcess, fleet: Fleet, number: int) -> None:
    """Give pair *number* the fault that is meant for it: seven of ten pairs have one. a is the active device."""
    one, other = fleet.addresses[f"p{number}a"], fleet.addresses[f"p{number}b"]
    kind = number % 10
    if kind == 1:
        sim.fault("drop_after", other, match={"step": "submit", "cmd_contains": "download"})
    elif kind == 2:
        sim.fault("drop_after", other, match={"step": "submit", "cmd_contains": "install"})
    elif kind == 3:
        sim.fault("status_503", one, match={"step": "poll"}, times=6)
    elif kind == 4:
        sim.fault("drop_before", other, match={"step": "poll"}, skip=1, times=3, reset=True)
    elif kind == 5:
        sim.configure(other, next_updates=[FAILED])
    elif kind == 6:
        sim.act(one, "jobs", type="Commit", user="alice", seconds=30)
    elif kind == 7:
        sim.fault("status_429", one, match={"step": "poll"}, times=3, retry_after=1)
    elif number == BROKEN:
        sim.configure(other, next_updates=[FAILED] * 9)
    elif number == DEAD:
        sim.outage(other, "refused", seconds=1e9)


def measure(pairs: int, forks: int, scale: float) -> int:
    with tempfile.TemporaryDirectory() as folder:
        tmp = pathlib.Path(folder)
        with SimulatorProcess(tmp / "simulator", time_scale=scale) as sim:
            settings = {"download_seconds": 60, "install_seconds": 120}
            fleet = Fleet(Player(sim, tmp), sim, "netops.jobs.content_update", pairs=pairs, **settings)
            for number in range(1, pairs + 1):
                harm(sim, fleet, number)
            rows = [run(fleet, forks), run(fleet, forks)]
            return judge(sim, fleet, pairs, rows)


def run(fleet: Fleet, forks: int) -> dict[str, t.Any]:
    began = time.monotonic()
    with fleet.start("-f", str(forks), content_update_types=["content"], panos_rollout_poll_max_interval=2) as process:
        output = process.stdout.read() if process.stdout else ""
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    (ROOT / ".cache/rollout.log").write_text(output)
    return {
        "wall": time.monotonic() - began,
        "cpu": usage.ru_utime + usage.ru_stime,
        "code": process.returncode,
        "states": collections.Counter(fleet.states().values()),
        "requests": sum(sum(steps.values()) for steps in fleet.simulator.ledger()["requests"].values()),
    }


def judge(sim: SimulatorProcess, fleet: Fleet, pairs: int, rows: list[dict[str, t.Any]]) -> int:
    print("| run | wall | CPU | done | failed | stopped | API requests so far |\n|---|---|---|---|---|---|---|")
    for number, row in enumerate(rows, 1):
        states = row["states"]
        counts = " | ".join(str(states[name]) for name in ("done", "failed", "stopped"))
        print(f"| {number} | {row['wall']:.0f} s | {row['cpu']:.0f} s | {counts} | {row['requests']} |")
    wrong = []
    installs = collections.Counter(name for name, kind in fleet.submissions() if kind == "content-install")
    for name, address in fleet.addresses.items():
        number = int(name[1:-1])
        bad = number in (BROKEN, DEAD)
        version = sim.device(address)["updates"]["content"]["current"]
        if (version == WANTED) == bad:
            wrong.append(f"{name} has {version}")
        expected = 2 if number % 10 == 5 and number != BROKEN and name.endswith("b") else 1
        if not bad and installs[name] != expected:
            wrong.append(f"{name} was installed {installs[name]} times instead of {expected}")
    print("\n".join(wrong) or f"every one of the {2 * pairs} devices is as it has to be, nothing was installed twice")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--scale", type=float, default=10, help="how fast the clock of the devices runs")
    options = parser.parse_args()
    return measure(options.pairs, options.forks, options.scale)


if __name__ == "__main__":
    sys.exit(main())
