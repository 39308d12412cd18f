# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill trials of every operation: python -m tests.faults.kills [--trials N] [--seed N] [--only TEXT] [--number N].

A run in a process of its own is killed, interrupted, or loses its connections, at a random moment or while the answer
to a random request is held back. Then the task is run again, undisturbed, until it ends well, as a person would. The
ledger of the simulator tells what became of it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import json
import os
import pathlib
import platform
import random
import signal
import sys
import time
import traceback
import typing as t
from importlib.metadata import version

from . import (
    clock,
    workers,  # first: it installs the clock
)
from .cell import ENDED_WELL, recorded
from .ledger import DEAF, WAYS, Plan, Ran, Trial, ledger
from .places import Role
from .run import MODULES, Stage, Task, stage
from .systems.all import SCENARIOS

if t.TYPE_CHECKING:
    from .places import Place
    from .rule import Clean

HELD = 0.25
"""Real seconds for which an answer is held back while its run is killed."""

RESET = 15.0
"""Simulated seconds for which every connection is reset."""

MOMENT = 2.0
"""Simulated seconds before the task is run again."""

RERUNS = 3
PATIENCE = 60.0
"""Real seconds within which a run has to end: it waits for nothing in real time."""

TOLD = (signal.SIGINT, signal.SIGTERM)
"""The signals that tell a run to end."""

# Whoever was killed leaves the lock of an SBC to its token, which lives for ten minutes.
TIMING = {"wait_timeout": 1500.0, "request_timeout": 20.0}


class Process:
    """A run of a scenario in a child of this process, so that nothing has to be imported again."""

    def __init__(self, one: Stage, way: str, seed: int) -> None:
        self._output = one.folder / ".result.json"
        self._output.unlink(missing_ok=True)
        self._began = time.perf_counter()
        # None is lost, and none takes the default way, before the child has set its handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)
        self.pid = os.fork()
        if self.pid == 0:
            # The child never returns into the code of its parent.
            code = 99
            try:
                code = _child(one, way, seed, self._output)
            except BaseException:  # what a person would see of it
                traceback.print_exc()
            finally:
                os._exit(code)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD)
        self._status: int | None = None

    def ended(self, within: float) -> bool:
        end = time.perf_counter() + within
        while self._status is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self._status = status
            elif time.perf_counter() > end:
                return False
            else:
                _pause(0.002)
        return True

    def send(self, name: str) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.Signals[name])

    def ran(self) -> Ran:
        hung = not self.ended(PATIENCE)
        if hung:
            self.send("SIGKILL")
            self.ended(PATIENCE)
        try:
            result = json.loads(self._output.read_text(encoding="utf-8").splitlines()[-1])
        except (OSError, ValueError, IndexError):
            result = {}
        code = None if hung else os.waitstatus_to_exitcode(self._status or 0)
        return Ran(code, result, time.perf_counter() - self._began)


def _pause(seconds: float) -> None:
    # In this thread a sleep jumps only while a run is under way here, which is in the child alone.
    time.sleep(seconds)


def _child(one: Stage, way: str, seed: int, output: pathlib.Path) -> int:
    """Run the scenario in this process and write what it returns; return the exit code."""
    for number in TOLD:
        # Before and after the time in which it listens a run dies of them. This tells that from a handler that failed.
        signal.signal(number, lambda _number, _frame: os._exit(DEAF))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD)

    from ansible.module_utils import basic

    from ansible_collections.netops.jobs.plugins.module_utils import _task

    module = importlib.import_module(f"{MODULES}.{one.scenario.module}")
    options = {name: value for name, value in one.options(**TIMING).items() if name in _options_of(module)}
    random.seed(seed)
    with output.open("w", encoding="utf-8") as file, clock.jumping(one.advance):
        if way == "in a worker":
            task = Task(module, options)
            # What the action plugin does around it.
            with _task.interruptible():
                result = _task.printable(module.run(task))
            file.write(json.dumps(result) + "\n")
            return 0
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        os.dup2(file.fileno(), 1)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        try:
            _task.main(module.ARGUMENTS, module.run)
        except SystemExit as exc:
            sys.stdout.flush()
            return int(exc.code or 0)
    return 0


def _options_of(module: t.Any) -> t.Any:
    return module.ARGUMENTS["argument_spec"]


@functools.cache
def measured(name: str) -> tuple[Clean, list[Place], float]:
    """Return what an undisturbed run comes to, its places, and the real seconds that it takes."""
    scenario = next(one for one in SCENARIOS if one.name == name)
    clean, places = recorded(scenario, workers.simulator())
    seconds = []
    for way in WAYS:
        with stage(scenario, workers.simulator()) as one:
            ran = Process(one, way, 0).ran()
            clock.follow(workers.simulator().clock()["epoch"])
            if ran.outcome != clean.outcome:
                raise RuntimeError(f"{name} {way} ended as {ran.outcome!r} undisturbed: {ran.result}")
            seconds.append(ran.seconds)
    return clean, places, min(seconds)


def tried(plan: Plan) -> Trial:
    """Run one trial."""
    simulator = workers.simulator()
    clean, places, seconds = measured(plan.scenario)
    scenario = next(one for one in SCENARIOS if one.name == plan.scenario)
    with stage(scenario, simulator) as one:
        place, rule = None, None
        if plan.held is not None:
            # Half of them while the submission is under way.
            submits = [each for each in places if each.role is Role.SUBMIT]
            pool = submits if plan.held < 0.5 and submits else places
            place = pool[int(plan.held * 1000) % len(pool)]
            rule = simulator.fault(
                "slow", "*", match=place.match, skip=place.skip, seconds=HELD, when=plan.when, times=1
            )["id"]
        process = Process(one, plan.way, plan.number)
        hit = _disturbed(plan, process, one, rule, seconds)
        runs = [process.ran()]
        clock.follow(simulator.clock()["epoch"])
        # What was still held back takes effect now, and not after somebody has run the task again.
        while any(simulator.ledger()["inflight"].values()):
            _pause(0.02)
        # A person takes a moment, and a device that was told to restart goes down within it.
        one.let_pass(MOMENT)
        if not plan.disturbance.startswith("SIG"):
            # Else an address that is away is that of a device which restarts.
            for address in one.addresses:
                simulator.outage(address, "none")
        simulator.clear_faults()
        while runs[-1].outcome not in (*ENDED_WELL, clean.outcome) and len(runs) <= RERUNS:
            if len(runs) > 1:
                # It may be restarting, and on first contact that is an error at once: a person waits a moment.
                one.let_pass(RESET)
            runs.append(Process(one, plan.way, plan.number).ran())
            clock.follow(simulator.clock()["epoch"])
        ends = (*ENDED_WELL, clean.outcome, *([scenario.then] if len(runs) > 1 and scenario.then else []))
        owed = [
            runs[0].owed(
                killed=plan.disturbance == "SIGKILL" and hit,
                # Whose answer is held back has sent a request.
                at_work=place is not None,
                accepted=place is not None and place.before > 0 and place.role is not Role.SUBMIT,
            ),
            *(run.owed() for run in runs[1:]),
        ]
        gentle = plan.disturbance != "SIGKILL"
        return Trial(
            plan,
            str(place or "any moment"),
            hit,
            tuple(run.outcome for run in runs),
            adopted=any((run.result.get("job") or {}).get("adopted") for run in runs),
            effects=one.effects(),
            wanted=clean.effects,
            well=runs[-1].outcome in ends,
            strays=len(list(one.folder.rglob(".*.part"))) if gentle else 0,
            found=scenario.found,
            repeats=scenario.repeats or scenario.read_once,
            message="; ".join(str(run.result.get("msg")) for run in runs),
            owed=tuple(f"run {number} {what}" for number, what in enumerate(owed, 1) if what),
        )


def _disturbed(plan: Plan, process: Process, one: Stage, rule: int | None, seconds: float) -> bool:
    """Disturb the run when its moment has come; return whether it was still under way then."""
    simulator = workers.simulator()
    if rule is None:
        if process.ended(plan.moment * seconds):
            return False
    else:
        while not any(known["id"] == rule and known["hits"] for known in simulator.faults()):
            if process.ended(0.005):
                return False
        if process.ended(plan.moment * HELD):
            return False
    if plan.disturbance.startswith("SIG"):
        process.send(plan.disturbance)
    else:
        for address in one.addresses:
            simulator.outage(address, "reset", seconds=RESET)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kills", description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", default="", help="a part of the names of operations")
    parser.add_argument("--number", type=int, nargs="+", help="run the trials with these numbers again")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--record", type=pathlib.Path, default=pathlib.Path(".cache/kills.jsonl"))
    options = parser.parse_args()
    # A run that is told to end tells what it has.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers.make_importable()
    # One that sends nothing cannot send it twice.
    names = [one.name for one in SCENARIOS if options.only in one.name and one.effects != {"none"}]
    plans = [Plan.of(options.seed, number, names) for number in options.number or range(options.trials)]
    print(
        f"{len(plans)} trials of {len(names)} operations, seed {options.seed}; ansible-core {version('ansible-core')}, "
        f"Python {platform.python_version()}, {platform.system()}",
        flush=True,
    )
    began = time.perf_counter()
    trials = []
    options.record.parent.mkdir(parents=True, exist_ok=True)
    with options.record.open("w", encoding="utf-8") as lines:
        for one in workers.each(tried, plans, options.workers):
            trials.append(one)
            lines.write(json.dumps(one.to_dict()) + "\n")
            lines.flush()
            if one.wrong:
                print(f"wrong: {one.to_dict()}", flush=True)
    print(ledger(trials))
    wrong = sum(one.wrong for one in trials)
    print(f"{len(trials)} trials in {time.perf_counter() - began:.0f} s, {wrong} wrong; each in {options.record}")
    return 1 if wrong or not trials else 0


if __name__ == "__main__":
    # By its own name, so that other processes find what is sent to them.
    from tests.faults.kills import main as run

    sys.exit(run())
