# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of handles waited for by one process: python -m benchmarks.fleet_wait [--handles N] [--pace SECONDS]."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import pathlib
import platform
import sys
import tempfile
import time
import typing as t

from benchmarks.fleet.cost import measure, processor_seconds
from tests.simulator.client import SimulatorProcess
from tools import stage
from tools.env import ROOT

KEY = "LUFRPT1benchmark"
FIRST = ipaddress.IPv4Address("127.60.0.1")
BATCH = 250
"""Devices that are added by one request, so that none takes a minute."""


class WrongResult(Exception):
    """The wait did not do its work, so that its figures mean nothing."""


def start_jobs(simulator: SimulatorProcess, options: argparse.Namespace) -> list[dict[str, t.Any]]:
    """Add the devices, each with a commit in flight, and return the handles. The clock stands still then."""
    began = time.monotonic()
    handles: list[dict[str, t.Any]] = []
    # On a clock that stands still all commits begin at once, however long it takes to add the devices.
    simulator.clock(frozen=True)
    for start in range(0, options.handles, BATCH):
        addresses = simulator.add_devices(
            str(FIRST + start * 2),
            min(BATCH, options.handles - start),
            hostname="fw{n}",
            api_keys={KEY: "admin"},
            jobs_in_flight=[{"type": "Commit", "user": "admin", "seconds": options.seconds}],
        )
        for address in addresses:
            endpoint = f"https://{address}:{simulator.port}"
            handles.append(
                {"version": 1, "operation": "panos.commit", "endpoint": endpoint, "id": "2", "fingerprint": {}}
            )
    print(f"added {len(handles)} devices in {time.monotonic() - began:.0f} s", flush=True)
    return handles


def run(options: argparse.Namespace, simulator: SimulatorProcess, folder: pathlib.Path) -> str:
    """Wait once and return a line of a table in Markdown. Raises WrongResult."""
    task = {
        "handles": start_jobs(simulator, options),
        "connection": {"api_key": KEY, "ca_path": simulator.ca_path},
        "poll_interval": options.pace,
        "poll_max_interval": options.pace,
        "wait_timeout": options.seconds * 10 + 600,
    }
    (folder / "task.json").write_text(json.dumps(task))
    env = {**os.environ, "PYTHONPATH": f"{stage.link()}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "benchmarks.fleet_wait.waiter", str(folder / "task.json"), str(folder / "result")]
    if options.files:
        command = ["sh", "-c", f'ulimit -Sn {options.files}; exec "$@"', "sh", *command]
    before = processor_seconds(simulator.process.pid)
    simulator.clock(frozen=False)
    cost = measure(command, env=env, output=folder / "log")
    spent = processor_seconds(simulator.process.pid) - before
    if cost.code:
        raise WrongResult(f"the wait ended with {cost.code}:\n{(folder / 'log').read_text()[-3000:]}")
    result = json.loads((folder / "result").read_text())
    if [entry["outcome"] for entry in result["results"]] != ["succeeded"] * options.handles:
        raise WrongResult(result["msg"][:3000])
    polls, size = result["polling"]["polls"], (folder / "result").stat().st_size
    cells = (
        f"{options.handles}",
        f"{options.pace:g} s",
        f"{cost.wall:.1f} s",
        f"{cost.cpu:.1f} s",
        f"{cost.cpu / cost.wall:.2f}",
        f"{cost.memory:.0f} MiB",
        f"{polls}",
        f"{cost.cpu / polls * 1000:.2f} ms",
        f"{size / 1e6:.1f} MB",
        f"{spent:.1f} s",
    )
    return "| " + " | ".join(cells) + " |"


COLUMNS = (
    "handles",
    "pace",
    "wall",
    "CPU",
    "processors",
    "peak memory",
    "looks",
    "CPU a look",
    "result",
    "simulator CPU",
)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet_wait", description=__doc__)
    parser.add_argument("--handles", type=int, default=5000)
    parser.add_argument("--pace", type=float, default=10.0, help="poll_interval and poll_max_interval")
    parser.add_argument("--seconds", type=float, default=180.0, help="how long the jobs take")
    parser.add_argument("--files", type=int, default=1024, help="soft limit of open files, 0: as it is")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load before: {load}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with SimulatorProcess(folder / "simulator") as simulator:
            line = run(options, simulator, folder)
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|\n" + line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
