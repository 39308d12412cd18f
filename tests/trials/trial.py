# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One trial: an intended change, a disturbed run of the play, undisturbed runs until one ends well, the ledger."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import typing as t

from .disturbance import REQUEST_TIMEOUT, SIGNALS, Disturbance

if t.TYPE_CHECKING:
    from ..simulator.client import Simulator

HERE = pathlib.Path(__file__).resolve().parent
MARK = "NETOPS_JOBS_TRIAL"
TIME_SCALE = 15.0
"""Simulated seconds per real one."""

COMMIT_SECONDS = 20.0
"""Simulated seconds that a commit takes."""

LONG = 2.0
"""How many undisturbed runs of the play a long commit lasts: it is still running when the play is run again."""

RERUNS = 3
GRACE = 20.0
"""Seconds within which a play that was told to end has to, and what it left behind too."""

Way = t.Literal["in the worker", "as a module"]
WAYS: tuple[Way, ...] = ("in the worker", "as a module")


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the play: its exit code, what the task returned (nothing if it never did) and its real seconds."""

    code: int
    result: dict[str, t.Any]
    seconds: float
    output: str = ""

    @property
    def well(self) -> bool:
        return self.code == 0 and bool(self.result)

    def summary(self) -> dict[str, t.Any]:
        words = {name: self.result.get(name) for name in ("outcome", "changed", "msg")}
        return {"code": self.code, "seconds": round(self.seconds, 2), **words}


@dataclasses.dataclass(frozen=True)
class Account:
    """What the ledger and the device say at the end.

    :arg commits: accepted commits.
    :arg took: those of them that took the change along.
    :arg idle: commits that reached the device and that it had nothing to do for.
    :arg effective: the change was in the running configuration when the play said that all is well.
    """

    commits: int
    took: int
    idle: int
    effective: bool

    @property
    def double(self) -> bool:
        return self.commits > 1 or self.took > 1

    @property
    def lost(self) -> bool:
        return self.took == 0 or not self.effective


@dataclasses.dataclass(frozen=True)
class Outcome:
    """All about one trial. *hit* tells whether the disturbance came while the play was running."""

    number: int
    way: Way
    disturbance: Disturbance
    hit: bool
    runs: tuple[Run, ...]
    account: Account

    @property
    def reruns(self) -> int:
        return len(self.runs) - 1

    @property
    def well(self) -> bool:
        return self.runs[-1].well

    @property
    def adopted(self) -> bool:
        return any((run.result.get("job") or {}).get("adopted") for run in self.runs)

    def record(self) -> dict[str, t.Any]:
        return {
            "trial": self.number,
            "way": self.way,
            "disturbance": self.disturbance.about,
            "row": self.disturbance.row,
            "hit": self.hit,
            "runs": [run.summary() for run in self.runs],
            "adopted": self.adopted,
            "ended_well": self.well,
            "double": self.account.double,
            "lost": self.account.lost,
            **dataclasses.asdict(self.account),
        }


def address_of(number: int) -> str:
    return f"127.40.{number // 250}.{number % 250 + 1}"


class Trial:
    """One device, one change, one disturbance. *expected*: real seconds that an undisturbed run takes."""

    play: t.ClassVar[str] = "play.yml"

    def __init__(
        self,
        number: int,
        way: Way,
        disturbance: Disturbance,
        simulator: Simulator,
        *,
        expected: float,
        collections: str,
    ) -> None:
        self.number, self.way, self.disturbance = number, way, disturbance
        self._simulator = simulator
        self._expected = expected
        self._address = address_of(number)
        self._environment = {
            **os.environ,
            MARK: f"{os.getpid()}-{number}",
            "ANSIBLE_COLLECTIONS_PATH": collections,
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection"),
            "ANSIBLE_STDOUT_CALLBACK": "minimal",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
        }

    def outcome(self, chance: random.Random) -> Outcome:
        simulator, address = self._simulator, self._address
        simulator.add_device(
            address,
            hostname=f"fw{self.number}",
            commit_seconds=self._commit_seconds(chance),
            pending_while_queued=chance.random() < 0.5,
        )
        change = simulator.act(address, "changes")["changes"][0]
        rules = [self._plant(fault) for fault in self.disturbance.faults]
        try:
            first, killed = self._disturbed(rules)
        finally:
            used = [rule for rule in simulator.faults() if rule["id"] in rules and rule["hits"]]
            for rule in rules:
                simulator.call("DELETE", f"/faults/{rule}")
        runs = [first]
        while not runs[-1].well and len(runs) <= RERUNS:
            runs.append(self._finished(self._start()))
        effective = change not in self._pending()
        self._await_stragglers()
        # What was still on its way to the device has arrived by now.
        time.sleep(0.2)
        account = self._account(change, effective=effective)
        simulator.remove_device(address)
        hit = len(used) == len(rules) and (self.disturbance.kill is None or killed)
        return Outcome(self.number, self.way, self.disturbance, hit, tuple(runs), account)

    def _commit_seconds(self, chance: random.Random) -> float:
        """Where the play is killed, half of the commits are over when it is run again, the others are not."""
        long = chance.random() < 0.5 and self.disturbance.kill is not None
        return max(COMMIT_SECONDS, LONG * self._expected * TIME_SCALE) if long else COMMIT_SECONDS

    def _plant(self, fault: t.Mapping[str, t.Any]) -> int:
        options = {name: value for name, value in fault.items() if name != "fault"}
        return int(self._simulator.fault(fault["fault"], self._address, **options)["id"])

    def _disturbed(self, rules: list[int]) -> tuple[Run, bool]:
        process = self._start()
        kill = self.disturbance.kill
        if kill is None:
            return self._finished(process), False
        if not self.disturbance.held:
            pause = kill.moment * self._expected
        elif self._await_hit(rules[0], process):
            pause = kill.moment * float(self.disturbance.faults[0]["seconds"])
        else:
            return self._finished(process), False
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            self._kill(process)
            return self._finished(process, GRACE), True
        return self._finished(process), False

    def _await_hit(self, rule: int, process: subprocess.Popen[str]) -> bool:
        while process.poll() is None:
            if any(known["id"] == rule and known["hits"] for known in self._simulator.faults()):
                return True
            time.sleep(0.03)
        return False

    def _arguments(self) -> dict[str, t.Any]:
        """What the play finds in the variable ``trial`` beside how to reach the device."""
        return {"password": "admin", "force": self.disturbance.force, "request_timeout": REQUEST_TIMEOUT}

    def _start(self) -> subprocess.Popen[str]:
        connection = "local" if self.way == "in the worker" else "elsewhere"
        address = {"host": self._address, "port": self._simulator.port, "ca_path": self._simulator.ca_path}
        variables = json.dumps({"ansible_connection": connection, "trial": {**address, **self._arguments()}})
        command = [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "-i", "device,"]
        self._began = time.monotonic()
        self._output = pathlib.Path(self._simulator.ca_path).with_name(f"trial-{self.number}.out")
        with self._output.open("w") as output:
            return subprocess.Popen(
                [*command, "-e", variables, str(HERE / self.play)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def _finished(self, process: subprocess.Popen[str], patience: float = 60.0) -> Run:
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            self._signal("tree", signal.SIGKILL, process)
            process.wait()
            code = -999
        text = self._output.read_text(errors="replace")
        return Run(code, result_in(text), time.monotonic() - self._began, text)

    def _kill(self, process: subprocess.Popen[str]) -> None:
        assert self.disturbance.kill is not None
        self._signal(self.disturbance.kill.scope, SIGNALS[self.disturbance.kill.name], process)

    def _signal(self, scope: str, number: signal.Signals, process: subprocess.Popen[str]) -> None:
        try:
            if scope == "main":
                process.send_signal(number)
            elif scope == "group":
                os.killpg(process.pid, number)
            else:
                for pid in self._processes():
                    os.kill(pid, number)
        except ProcessLookupError:
            pass

    def _processes(self) -> list[int]:
        """Every process that this trial started, whatever group or parent it has by now."""
        wanted = f"{MARK}={self._environment[MARK]}".encode()
        found = []
        for folder in pathlib.Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    if wanted in (folder / "environ").read_bytes().split(b"\0"):
                        found.append(int(folder.name))
                except OSError:
                    continue
        return found

    def _await_stragglers(self) -> None:
        """A worker that outlived its controller may still submit: the account is drawn up when all are gone."""
        end = time.monotonic() + GRACE
        while self._processes():
            if time.monotonic() > end:
                raise RuntimeError(f"trial {self.number} left processes behind for {GRACE:.0f} s: {self._processes()}")
            time.sleep(0.1)

    def _pending(self) -> list[str]:
        return [change["id"] for change in self._simulator.device(self._address)["pending"]]

    def _account(self, change: str, *, effective: bool) -> Account:
        ledger = self._simulator.ledger(self._address)
        commits = [entry for entry in ledger["submissions"] if entry["kind"] == "commit"]
        return Account(
            commits=len(commits),
            took=sum(change in entry["changes"] for entry in commits),
            idle=sum(entry["kind"] == "commit" and entry["answer"] == "nothing to do" for entry in ledger["refused"]),
            effective=effective,
        )


def result_in(output: str) -> dict[str, t.Any]:
    """What the task returned, as the callback plugin ``minimal`` prints it; nothing if it never did."""
    found = re.search(r"^device \| [A-Z!]+ => (\{.*?^\})", output, re.MULTILINE | re.DOTALL)
    try:
        return t.cast("dict[str, t.Any]", json.loads(found[1])) if found else {}
    except ValueError:
        return {}
