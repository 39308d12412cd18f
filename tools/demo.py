# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make demo`: simulated firewalls, playbooks/demo.yml, and a summary of what happened against what was announced."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
import typing as t
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulator.client import Simulator, SimulatorProcess
from tools.env import CACHE, ROOT

TIME_SCALE = 4.0
COMMIT_SECONDS = 40.0


@dataclass(frozen=True)
class Case:
    """One simulated firewall: what happens to it, and what its commit must come to."""

    host: str
    announced: str
    outcome: str
    says: str = ""
    changes: int = 2
    settings: dict[str, t.Any] = field(default_factory=dict)
    variables: dict[str, t.Any] = field(default_factory=dict)
    mischief: Callable[[Simulator, str], None] = lambda _simulator, _address: None
    proof: Callable[[dict[str, t.Any]], bool] = lambda _result: True


def lock(simulator: Simulator, address: str) -> None:
    simulator.act(
        address, "locks", kind="commit", owner="alice", comment="Migration of the DMZ, ask me first", age=5400
    )


def take_away(simulator: Simulator, address: str) -> None:
    """Make the management plane refuse connections for a while, once the commit is half done."""

    def work() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            commits = [job for job in simulator.device(address)["jobs"] if job["type"] == "Commit"]
            if commits and commits[0]["progress"] >= 40:
                simulator.outage(address, "refused", seconds=COMMIT_SECONDS)
                return
            time.sleep(0.2)

    threading.Thread(target=work, daemon=True).start()


CASES = (
    Case("fw-good", "a commit that succeeds", "succeeded"),
    Case("fw-idle", "nothing to commit", "nothing_to_do", changes=0),
    Case(
        "fw-restless",
        "a management plane that goes away in mid-commit and returns",
        "succeeded",
        mischief=take_away,
        proof=lambda result: result["polling"]["outages"] >= 1,
    ),
    Case("fw-locked", "a colleague's commit lock", "refused", says="alice", mischief=lock),
    Case(
        "fw-broken",
        "a candidate configuration that fails validation",
        "failed",
        says="mutually exclusive",
        settings={
            "validation_errors": [
                "address -> web-1 Node ip-netmask(line 12) and ip-range(line 14) are mutually exclusive",
                "address is invalid",
            ]
        },
    ),
    Case(
        "fw-twice",
        "a commit of an earlier run that was killed, adopted",
        "succeeded",
        variables={"demo_earlier_run": True},
        proof=lambda result: result["job"]["adopted"],
    ),
)


def inventory(simulator: Simulator, addresses: dict[str, str]) -> dict[str, t.Any]:
    hosts = {case.host: {"ansible_host": addresses[case.host], **case.variables} for case in CASES}
    variables = {
        "demo_port": simulator.port,
        "demo_ca_path": simulator.ca_path,
        "demo_username": "automation",
        "demo_password": "simulated-only",
        "demo_results": str(CACHE / "demo" / "results.json"),
        "ansible_python_interpreter": sys.executable,
    }
    return {"all": {"vars": variables, "children": {"demo": {"hosts": hosts}}}}


def set_up(simulator: Simulator) -> dict[str, str]:
    addresses = {case.host: f"127.20.0.{number}" for number, case in enumerate(CASES, start=1)}
    for case in CASES:
        address = addresses[case.host]
        simulator.add_device(
            address,
            hostname=case.host,
            commit_seconds=COMMIT_SECONDS,
            admins={"automation": {"password": "simulated-only"}, "alice": {"password": "alice"}},
            **case.settings,
        )
        if case.changes:
            simulator.act(address, "changes", owner="automation", count=case.changes)
        case.mischief(simulator, address)
    return addresses


def summarise(results: dict[str, dict[str, t.Any]], commits: dict[str, int]) -> bool:
    """Print a line for each firewall and return whether all ended as announced."""
    width = min(shutil.get_terminal_size().columns, 110)
    print("\n" + " What happened ".center(width, "="))
    as_announced = True
    for case in CASES:
        result = results.get(case.host, {})
        ended = result.get("outcome", "no result")
        good = ended == case.outcome and case.says in result.get("msg", "") and commits[case.host] <= 1
        good = good and case.proof(result)
        as_announced = as_announced and good
        print(f"\n{'ok  ' if good else 'NOT '} {case.host:<12} {ended.upper()}: {case.announced}")
        for line in explain(result, commits[case.host]):
            print(textwrap.fill(line, width, initial_indent=" " * 6, subsequent_indent=" " * 6))
    print("\n" + "=" * width)
    return as_announced


def explain(result: dict[str, t.Any], commits: int) -> list[str]:
    if not result:
        return []
    lines = [result["msg"]]
    polling, job = result["polling"], result["job"]
    if job["id"]:
        seen = ", ".join(f"{count} x {word}" for word, count in polling["observed"].items())
        lines.append(f"Job {job['id']}, {job['elapsed']:.0f} s, seen: {seen}.")
    if polling["outages"]:
        lines.append(f"It could not be reached for {polling['outage_seconds']:.0f} s, and the wait went on.")
    lines.append(f"Commits that the device started: {commits}.")
    return lines


def main() -> int:
    folder = CACHE / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").unlink(missing_ok=True)
    with SimulatorProcess(folder, time_scale=TIME_SCALE, max_lifetime=300) as simulator:
        addresses = set_up(simulator)
        (folder / "inventory.json").write_text(json.dumps(inventory(simulator, addresses)))
        print("Six simulated firewalls, one play. Announced:")
        for case in CASES:
            print(f"  {case.host:<12} {case.outcome:<14} {case.announced}")
        sys.stdout.flush()
        command = ["ansible-playbook", "-i", str(folder / "inventory.json"), str(ROOT / "playbooks" / "demo.yml")]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "ANSIBLE_LOCALHOST_WARNING": "false"}
        played = subprocess.run([*command, "--forks", "6"], env=environment, timeout=110, check=False)
        started = {host: len(simulator.ledger(address)["submissions"]) for host, address in addresses.items()}
    results_file = folder / "results.json"
    results = json.loads(results_file.read_text()) if results_file.exists() else {}
    good = summarise(results, started) and played.returncode == 0
    print("All six ended as announced." if good else "Not everything ended as announced.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
