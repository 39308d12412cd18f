# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A commit on every firewall of a fleet: python -m benchmarks.fleet [--hosts N] [--peer-collections PATH]."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import pathlib
import platform
import sys
import tempfile
import typing as t
from importlib.metadata import version

from tests.simulator.client import SimulatorProcess
from tools import stage

from .contenders import CONTENDERS, Contender
from .cost import Cost, measure, processor_seconds

KEY = "LUFRPT1benchmark"
FIRST = ipaddress.IPv4Address("127.50.0.1")


class WrongResult(Exception):
    """A contender did not do the work, so that its figures mean nothing."""


def run(
    contender: Contender, number: int, options: argparse.Namespace, simulator: SimulatorProcess, folder: pathlib.Path
) -> tuple[Cost, int, float]:
    """What it cost, how many requests the fleet saw, and the processor time of the simulator. Raises WrongResult."""
    simulator.reset_ledger()
    first = str(FIRST + 65536 * number)
    addresses = simulator.add_devices(
        first,
        options.hosts,
        hostname="fw{n}",
        commit_seconds=options.seconds,
        api_keys={KEY: "admin"},
        changes=[{"owner": "admin"}],
    )
    inventory = {"all": {"hosts": {f"fw{n}": {"address": one} for n, one in enumerate(addresses, start=1)}}}
    variables = {"api_port": simulator.port, "key": KEY, "authority": simulator.ca_path}
    for name, content in (("play", contender.playbook()), ("inventory", inventory), ("variables", variables)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    python = pathlib.Path(options.peer_python if contender.peer else sys.executable)
    collections = options.peer_collections if contender.peer else stage.link()
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_NOCOLOR": "1"}
    env.pop("PYTHONPATH", None)
    log = folder / f"{number}.log"
    command = [str(python.with_name("ansible-playbook")), "-i", str(folder / "inventory.json")]
    command += ["-f", str(options.forks), "-e", f"@{folder / 'variables.json'}", str(folder / "play.json")]
    before = processor_seconds(simulator.process.pid)
    cost = measure(command, env=env, output=log)
    spent = processor_seconds(simulator.process.pid) - before
    if cost.code:
        raise WrongResult(f"{contender.name} ended with {cost.code}:\n{log.read_text()[-3000:]}")
    return cost, requests_of(contender, simulator, addresses), spent


def requests_of(contender: Contender, simulator: SimulatorProcess, addresses: t.Sequence[str]) -> int:
    """How many requests there were, once it is certain that each device has committed its change exactly once."""
    ledger = simulator.ledger()
    committed = sorted(entry["device"] for entry in ledger["submissions"])
    if committed != sorted(addresses):
        raise WrongResult(f"{contender.name}: {len(committed)} commits on {len(addresses)} devices")
    unfinished = [one for one in addresses if simulator.device(one)["pending"]]
    if unfinished:
        raise WrongResult(f"{contender.name} ended while {len(unfinished)} commits were still running")
    return sum(sum(steps.values()) for steps in ledger["requests"].values())


COLUMNS = ("", "wall", "CPU", "peak memory", "processes", "API requests", "simulator CPU")


def table(results: t.Sequence[tuple[Contender, Cost, int, float]]) -> str:
    """In Markdown. Where the peer took part, the other lines say what they cost compared with it."""
    peer = next((cost for contender, cost, *_more in results if contender.peer), None)

    def against(mine: float, theirs: float) -> str:
        return f" ({mine / theirs:.0%})" if peer else ""

    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for contender, cost, requests, simulator in results:
        base = peer or cost
        cells = (
            contender.name,
            f"{cost.wall:.1f} s{against(cost.wall, base.wall)}",
            f"{cost.cpu:.1f} s{against(cost.cpu, base.cpu)}",
            f"{cost.memory:.0f} MiB{against(cost.memory, base.memory)}",
            str(cost.processes),
            str(requests),
            f"{simulator:.1f} s",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--forks", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long a commit takes")
    parser.add_argument("--peer-collections", help="folder with ansible_collections/paloaltonetworks/panos in it")
    parser.add_argument("--peer-python", default=sys.executable, help="Python with ansible-core and pan-os-python")
    parser.add_argument("--only", nargs="+", default=[""], help="contenders whose name contains one of these")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    wanted = [one for one in CONTENDERS if any(part in one.name for part in options.only)]
    taking_part = [one for one in wanted if options.peer_collections or not one.peer]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{options.hosts} hosts, commits of {options.seconds:g} s, -f {options.forks}; ansible-core "
        f"{version('ansible-core')}, Python {platform.python_version()}, {os.cpu_count()} cores, load before: {load}",
        flush=True,
    )
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # A thousand hosts, one way after the other, may take longer than its usual hour.
        with SimulatorProcess(folder / "simulator", max_lifetime=4 * 3600) as simulator:
            for number, contender in enumerate(taking_part):
                results.append((contender, *run(contender, number, options, simulator, folder)))
                print(f"{contender.name}: {results[-1][1].wall:.0f} s", flush=True)
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
