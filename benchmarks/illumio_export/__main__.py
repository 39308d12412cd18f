# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Export all workloads of a PCE: by the module, by curl, by the client of the vendor.

python -m benchmarks.illumio_export [--workloads N] [--repeat N] [--peer PYTHON]
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from importlib.metadata import version

import requests

from tests.simulator.client import SimulatorProcess
from tools import stage

from .peer import SCRIPTS

ADDRESS = "127.60.1.1"
KEY, SECRET = "api_0123456789abcdef", "secret"
MODULE = pathlib.Path(__file__).resolve().parents[2] / "plugins/modules/illumio_export.py"

MEMORY_LIMIT = 120
"""MB (of 1,000,000 bytes) that the process of the module may need."""

TIMES_LESS = 5
"""How many times as much the vendor's client needs at least."""

TIMES_CURL = 1.5
"""How much longer than curl the module may take."""


class WrongResult(Exception):
    """Something did not do the work, so that its figures mean nothing."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """Seconds from start to end of a process, those of them that a core worked, MB at its peak, what it printed."""

    seconds: float
    cpu: float
    memory: float
    output: str


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    runs: tuple[Measured, ...]

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    def times(self, other: Row) -> float:
        """How many times as long as the other."""
        return self.seconds / other.seconds

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    @property
    def memory(self) -> float:
        return max(run.memory for run in self.runs)


def measured(command: t.Sequence[str | os.PathLike[str]], env: t.Mapping[str, str] | None = None) -> Measured:
    """Run a process to its end. Its memory is the kernel's own account. Raises WrongResult."""
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode:
        raise WrongResult(f"{command[0]} ended with {process.returncode}:\n{text[-3000:]}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, text)


class Bench:
    """One PCE with all its workloads, and the ways to export them."""

    def __init__(self, simulator: SimulatorProcess, folder: pathlib.Path, workloads: int) -> None:
        self.simulator = simulator
        self.folder = folder
        self.workloads = workloads
        self.root = f"https://{ADDRESS}:{simulator.port}/api/v2"
        simulator.add_device(
            ADDRESS,
            system="illumio",
            api_keys={KEY: {"secret": SECRET}},
            counts={"workloads": workloads},
            jobs={"polls": 1},
            retry_after=0,
            rate_limit=0,
        )

    def curl(self) -> Measured:
        """The datafile alone, of a job that is done already."""
        dest = self.folder / "curl.json"
        command = ["curl", "--silent", "--show-error", "--fail", "--cacert", self.simulator.ca_path]
        found = measured([*command, "--user", f"{KEY}:{SECRET}", "--output", dest, self._datafile()])
        self._check(dest)
        return found

    def _datafile(self) -> str:
        with requests.Session() as session:
            session.auth, session.verify, session.trust_env = (KEY, SECRET), self.simulator.ca_path, False
            accepted = session.get(f"{self.root}/orgs/1/workloads", headers={"Prefer": "respond-async"}, timeout=60)
            job = session.get(self.root + accepted.headers["Location"], timeout=60).json()
        return f"{self.root}{job['result']['href']}"

    def module(self, file_format: str) -> Measured:
        """All of it, as a module in a process of its own: the job list, the request, the wait, the file, the deletion.

        It is run as Ansible runs it, but for the zip file around it.
        """
        dest = self.folder / f"module.{file_format}"
        arguments = {
            "host": ADDRESS,
            "port": self.simulator.port,
            "ca_path": self.simulator.ca_path,
            "api_key": KEY,
            "api_secret": SECRET,
            "path": "workloads",
            "dest": str(dest),
            "format": file_format,
            "poll_interval": 0.1,
        }
        given = self.folder / "arguments.json"
        given.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        found = measured([sys.executable, MODULE, given], {"PYTHONPATH": str(stage.link())})
        result = json.loads(found.output)["result"]
        if result["count"] != self.workloads or result["sha256"] != _sha256(dest):
            raise WrongResult(f"the result does not tell of the file: {result}")
        if file_format == "json":
            self._check(dest)
        dest.unlink()
        return found

    def peer(self, python: str, name: str) -> Measured:
        dest = self.folder / "peer.json"
        given = [ADDRESS, str(self.simulator.port), KEY, SECRET, str(dest)]
        found = measured(
            [python, "-W", "ignore", "-c", SCRIPTS[name], *given], {"REQUESTS_CA_BUNDLE": self.simulator.ca_path}
        )
        self._check(dest)
        return found

    def _check(self, dest: pathlib.Path) -> None:
        """Raise WrongResult unless the file has all workloads, in another process: it takes a lot of memory."""
        script = "import json, sys; print(len({one['href'] for one in json.load(open(sys.argv[1], encoding='utf-8'))}))"
        count = int(
            subprocess.run([sys.executable, "-c", script, dest], capture_output=True, text=True, check=True).stdout
        )
        if count != self.workloads:
            raise WrongResult(f"{dest.name} has {count} workloads instead of {self.workloads}")


def _sha256(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def table(rows: t.Sequence[Row], base: Row) -> str:
    """In Markdown."""
    lines = ["|  | runs | wall, median | times curl | CPU | peak memory |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.name} | {len(row.runs)} | {row.seconds:.1f} s | {row.times(base):.2f} | {row.cpu:.1f} s | "
        f"{row.memory:.0f} MB |"
        for row in rows
    ]
    return "\n".join(lines)


def verdicts(curl: Row, module: Row, peers: t.Sequence[Row]) -> list[str]:
    """What is not as it should be."""
    wrong = []
    if module.memory > MEMORY_LIMIT:
        wrong.append(f"the module needs {module.memory:.0f} MB, more than {MEMORY_LIMIT}")
    if module.times(curl) > TIMES_CURL:
        wrong.append(f"the module takes {module.times(curl):.2f} times as long as curl")
    for peer in peers:
        if peer.memory < TIMES_LESS * module.memory:
            wrong.append(f"{peer.name} needs only {peer.memory / module.memory:.1f} times as much memory")
    return wrong


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.illumio_export", description=__doc__)
    parser.add_argument("--workloads", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3, help="how often curl and the module are run")
    parser.add_argument("--peer", default="", help="a Python that has the library illumio of PyPI")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"{options.workloads} workloads; ansible-core {version('ansible-core')}, Python {platform.python_version()}, "
        f"requests {version('requests')}, {os.cpu_count()} cores, load before: {load}",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with SimulatorProcess(folder / "simulator") as simulator:
            bench = Bench(simulator, folder, options.workloads)
            # Turn by turn, so that what else the machine does disturbs both alike.
            turns = [(bench.curl(), bench.module("json")) for _turn in range(options.repeat)]
            curl, module = (
                Row(name, runs) for name, runs in zip(("curl, the file alone", "illumio_export, json"), zip(*turns))
            )
            others = [Row(f"illumio_export, {kind}", (bench.module(kind),)) for kind in ("ndjson", "csv")]
            peers = [Row(title, (bench.peer(options.peer, title),)) for title in SCRIPTS if options.peer]
            size = (folder / "curl.json").stat().st_size
    print(f"{size / 1e6:.0f} MB of JSON\n\n{table([curl, module, *others, *peers], curl)}\n")
    wrong = verdicts(curl, module, peers)
    print("\n".join(wrong) or "As it should be.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
