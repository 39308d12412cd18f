# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory of modules that move much data: python -m benchmarks.memory [--rows N] [--megabytes N] [--only TEXT]."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from importlib.metadata import version

from tests.simulator.client import SimulatorProcess
from tools import stage

from .cases import Case, WrongResult, cases

KEY = "LUFRPT1benchmark"
LIMIT = 120
"""MB (of 1,000,000 bytes) that the process of a module may need, whatever it moves."""

PAUSE = 0.05
"""Seconds between two looks. The kernel remembers the peak, so that only what comes after the last look is missed."""

PROC = pathlib.Path("/proc")
PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "tests/integration/targets/setup_simulator/connection_plugins"


@dataclasses.dataclass(frozen=True)
class Measured:
    """How much was moved, seconds, and MB of memory at the peak."""

    amount: str
    seconds: float
    memory: float


class Watch(threading.Thread):
    """Looks for the process of a module, and at its peak of memory, until it is told to end."""

    def __init__(self, module: str) -> None:
        super().__init__(daemon=True)
        self._mark = f"AnsiballZ_{module}.py".encode()
        self._over = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._over.wait(PAUSE):
            for folder in PROC.iterdir():
                if folder.name.isdigit():
                    self.peak = max(self.peak, self._peak_of(folder))

    def end(self) -> None:
        self._over.set()
        self.join()

    def _peak_of(self, folder: pathlib.Path) -> int:
        """Bytes of resident memory at the peak of the process, 0 if it is another one or gone."""
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            # Not the shells around it, which have the name in the middle of a word.
            if not any(word.endswith(self._mark) for word in words) or b"python" not in words[0]:
                return 0
            lines = (folder / "status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def playbook(case: Case, address: str, simulator: SimulatorProcess, folder: pathlib.Path) -> list[dict[str, t.Any]]:
    """The module as Ansible runs it on a host: in a process of its own. Its result is written beside."""
    connection = {"host": address, "port": simulator.port, "ca_path": simulator.ca_path, "api_key": KEY}
    options = {**connection, **case.arguments, "dest": str(folder / "dest"), "wait_timeout": 3600}
    result = {"dest": str(folder / "result.json"), "content": "{{ got | to_json }}", "mode": "0600"}
    return [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_connection": "elsewhere", "ansible_python_interpreter": sys.executable},
            "tasks": [
                {f"netops.jobs.{case.module}": options, "register": "got"},
                {"ansible.builtin.copy": result},
            ],
        }
    ]


def run(case: Case, number: int, simulator: SimulatorProcess, folder: pathlib.Path) -> Measured:
    """Run the module once. Raises WrongResult."""
    folder.mkdir()
    address = f"127.60.0.{number}"
    simulator.add_device(address, api_keys={KEY: "admin"}, **case.settings)
    (folder / "play.json").write_text(json.dumps(playbook(case, address, simulator, folder)))
    env = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(stage.link()),
        "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS),
        "ANSIBLE_NOCOLOR": "1",
    }
    env.pop("PYTHONPATH", None)
    command = [
        str(pathlib.Path(sys.executable).with_name("ansible-playbook")),
        "-i",
        "localhost,",
        folder / "play.json",
    ]
    watch = Watch(case.module)
    watch.start()
    began = time.monotonic()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    watch.end()
    if done.returncode:
        raise WrongResult(f"{case.name} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    if not watch.peak:
        raise WrongResult(f"{case.name}: its process was never seen")
    result = json.loads((folder / "result.json").read_text())["result"]
    return Measured(case.check(result, folder / "dest"), seconds, watch.peak / 1e6)


def table(results: t.Sequence[tuple[Case, Measured]]) -> str:
    """In Markdown."""
    lines = ["|  | moved | wall | peak memory of the module |", "|---|---|---|---|"]
    lines += [
        f"| {case.name} | {found.amount} | {found.seconds:.1f} s | {found.memory:.0f} MB |" for case, found in results
    ]
    return "\n".join(lines)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--rows", type=int, default=200000, help="how many rows of a log to export")
    parser.add_argument("--megabytes", type=int, default=300, help="how big a tech support file is")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"ansible-core {version('ansible-core')}, Python {platform.python_version()}, lxml {version('lxml')}, "
        f"requests {version('requests')}, {os.cpu_count()} cores, load before: {load}",
        flush=True,
    )
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with SimulatorProcess(folder / "simulator") as simulator:
            for number, case in enumerate((one for one in cases(options) if options.only in one.name), start=1):
                results.append((case, run(case, number, simulator, folder / str(number))))
    print(table(results))
    too_much = [case.name for case, found in results if found.memory > LIMIT]
    if too_much:
        print(f"More than {LIMIT} MB: {', '.join(too_much)}")
    return 1 if too_much else 0


if __name__ == "__main__":
    sys.exit(main())
