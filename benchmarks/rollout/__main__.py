# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A content update over many HA pairs, or a commit on many firewalls, while all kinds of things go wrong:

    python -m benchmarks.rollout [--pairs N]
    python -m benchmarks.rollout --commit [--firewalls N]

It ends with an error unless every device is found as the faults that it had demand, and nothing was done twice.
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


# The same for commits: one that never succeeds, one that is dead, one that somebody else keeps locked.
FAILS_ONCE = 5
COMMIT_ERRORS = {"commit_errors": ["Not enough memory"]}
BROKEN_COMMIT, DEAD_FIREWALL, LOCKED = 8, 19, 20


def harm_commit(sim: SimulatorProcess, fleet: Fleet, number: int) -> None:
    """Give firewall *number* the fault that is meant for it: seven of ten have one."""
    one = fleet.addresses[f"s{number}"]
    kind = number % 10
    if number == BROKEN_COMMIT:
        sim.configure(one, **COMMIT_ERRORS)
    elif number == DEAD_FIREWALL:
        sim.outage(one, "refused", seconds=1e9)
    elif number == LOCKED:
        sim.act(one, "locks", owner="bob", kind="config", comment="Ask me first")
    elif kind == 1:
        sim.fault("drop_after", one, match={"type": "commit", "step": "submit"})
    elif kind == 2:
        sim.fault("drop_before", one, match={"type": "commit", "step": "submit"})
    elif kind == 3:
        sim.fault("status_503", one, match={"step": "poll"}, times=6)
    elif kind == 4:
        sim.fault("drop_before", one, match={"step": "poll"}, skip=1, times=3, reset=True)
    elif kind == FAILS_ONCE:
        sim.configure(one, next_commits=[{"kind": "commit", **COMMIT_ERRORS}])
    elif kind == 6:
        sim.act(one, "jobs", type="Commit", user="alice", seconds=30)
    elif kind == 7:
        sim.fault("status_429", one, match={"step": "poll"}, times=3, retry_after=1)


def measure(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        tmp = pathlib.Path(folder)
        with SimulatorProcess(tmp / "simulator", time_scale=options.scale) as sim:
            player = Player(sim, tmp)
            return (commits if options.commit else updates)(player, sim, options)


def updates(player: Player, sim: SimulatorProcess, options: argparse.Namespace) -> int:
    settings = {"download_seconds": 60, "install_seconds": 120}
    fleet = Fleet(player, sim, "netops.jobs.content_update", pairs=options.pairs, **settings)
    for number in range(1, options.pairs + 1):
        harm(sim, fleet, number)
    extra = {"content_update_types": ["content"], "panos_rollout_poll_max_interval": 2}
    show([run(fleet, options.forks, **extra), run(fleet, options.forks, **extra)])
    return judge(sim, fleet)


def commits(player: Player, sim: SimulatorProcess, options: argparse.Namespace) -> int:
    count = options.firewalls
    settings = {"commit_seconds": 60, "changes": [{"owner": "alice"}]}
    fleet = Fleet(player, sim, "netops.jobs.commit", pairs=0, alone=count, prefix="commit", **settings)
    for number in range(1, count + 1):
        harm_commit(sim, fleet, number)
    extra = {
        "commit_system": "panos",
        # By name: of a number the second run would take the first that are left, and one of these never succeeds.
        "commit_canary": ["s1", "s2", "s3"],
        "commit_waves": ["10%", "30%", "100%"],
        # Those that fail once, and the three that never succeed.
        "commit_max_failures": count // 10 + 3,
        "commit_poll_max_interval": 2,
    }
    show([run(fleet, options.forks, **extra), run(fleet, options.forks, **extra)])
    return judge_commits(sim, fleet)


def run(fleet: Fleet, forks: int, **extra: t.Any) -> dict[str, t.Any]:
    began = time.monotonic()
    with fleet.start("-f", str(forks), **extra) as process:
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


def show(rows: list[dict[str, t.Any]]) -> None:
    print("| run | wall | CPU | done | failed | stopped | API requests so far |\n|---|---|---|---|---|---|---|")
    for number, row in enumerate(rows, 1):
        states = row["states"]
        counts = " | ".join(str(states[name]) for name in ("done", "failed", "stopped"))
        print(f"| {number} | {row['wall']:.0f} s | {row['cpu']:.0f} s | {counts} | {row['requests']} |")


def judge(sim: SimulatorProcess, fleet: Fleet) -> int:
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
    return ended(
        wrong, f"every one of the {len(fleet.addresses)} devices is as it has to be, nothing was installed twice"
    )


def judge_commits(sim: SimulatorProcess, fleet: Fleet) -> int:
    wrong = []
    done = collections.Counter(name for name, kind in fleet.submissions() if kind == "commit")
    for name, address in fleet.addresses.items():
        number = int(name[1:])
        pending = bool(sim.device(address)["pending"])
        expected = {BROKEN_COMMIT: 2, DEAD_FIREWALL: 0, LOCKED: 0}.get(number, 2 if number % 10 == FAILS_ONCE else 1)
        if pending != (number in (BROKEN_COMMIT, DEAD_FIREWALL, LOCKED)):
            wrong.append(f"{name} has {'' if pending else 'no '}pending changes")
        if done[name] != expected:
            wrong.append(f"{name} was committed {done[name]} times instead of {expected}")
    return ended(
        wrong, f"every one of the {len(fleet.addresses)} firewalls is as it has to be, nothing was committed twice"
    )


def ended(wrong: list[str], right: str) -> int:
    print("\n".join(wrong) or right)
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--commit", action="store_true", help="a commit on firewalls instead of the update of pairs")
    parser.add_argument("--firewalls", type=int, default=300)
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--scale", type=float, default=10, help="how fast the clock of the devices runs")
    return measure(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
