# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Races for the one status slot of an SBC: python -m tests.trials.race [--trials N] [--seed N] [--only NUMBER].

While oracle_sbc_config works, somebody else acts at a random moment: runs an operation, takes or breaks the lock, lets
our token die, restarts the SBC. Whatever the module says must be what the simulator's ledger says, nothing is submitted
twice, and the outcome is one of those that a race allows. The module runs in this process.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
import tempfile
import typing as t
from collections import Counter

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.netops.jobs.plugins.modules import oracle_sbc_config

from ..simulator.client import SimulatorProcess

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..simulator.client import Simulator

PASSWORD = "s3cret-of-the-trials"
ACTIONS = ("verify", "save", "activate")
STEPS = ("submit", "submit", "status", "status", "status", "lock", "login", "system-status", "unlock")
"""The requests at which the other one acts: most of them between our submission and our verdict."""

ALLOWED = ("succeeded", "failed", "lost")
BEFORE_THAT = ("refused", "timed_out", "unreachable")
"""Where the other one acts earlier: then nothing may have been submitted that is without a verdict."""

WORDS = {"succeeded": "success", "failed": "fail"}


@dataclasses.dataclass
class Task:
    """A task whose module runs here."""

    params: dict[str, t.Any]
    check_mode: bool = False
    diff: bool = False

    def warn(self, message: str) -> None:
        pass

    live = False

    def show(self, status: str) -> None:
        pass

    def say(self, line: str) -> None:
        pass

    def hide(self, secrets: Iterable[str]) -> None:
        pass

    def mask(self, text: str) -> str:
        return text

    def check_alive(self) -> None:
        pass


@dataclasses.dataclass(frozen=True)
class Scenario:
    """What one trial plays: our actions, how the SBC works them off, and what the other one does when."""

    number: int
    actions: tuple[str, ...]
    settings: dict[str, t.Any]
    deeds: tuple[dict[str, t.Any], ...]

    @classmethod
    def of(cls, seed: int, number: int) -> Scenario:
        chance = random.Random(f"{seed} {number}")
        actions = tuple(chance.sample(ACTIONS, chance.randint(1, 3)))
        settings = {
            # A look too late by one is what two equal reads are made for.
            "operations": {"*": {"polls": chance.randint(1, 3), "stale_polls": chance.choice((0, 0, 1))}},
            "next_operations": [
                {"operation": each, "status": "fail", "error_message": chance.choice(("", "it failed"))}
                for each in actions
                if chance.random() < 0.2
            ],
            "old_token": chance.choice(("dies", "lives")),
        }
        if chance.random() < 0.2:
            return cls(
                number, actions, settings, _takeover(chance.choice(actions), chance.choice(list(WORDS.values())))
            )
        return cls(number, actions, settings, tuple(_deed(chance, actions) for _each in range(chance.randint(1, 3))))


def _deed(chance: random.Random, ours: Sequence[str]) -> dict[str, t.Any]:
    """Return one deed of somebody else, at its moment."""
    plan = {"polls": chance.randint(1, 2), "status": chance.choice(("success", "fail"))}
    # Without the lock only what cannot be taken for ours: with our name nobody could tell, and the vendor says that
    # all of them need it.
    others = [each for each in (*ACTIONS, "restore", "backup") if each not in ours]
    action, arguments = chance.choice(
        (
            ("operation", {"name": chance.choice((*ACTIONS, "restore", "backup")), "plan": plan}),
            ("operation", {"name": chance.choice((*ACTIONS, "restore", "backup")), "plan": plan}),
            ("operation", {"name": chance.choice(others), "plan": plan, "lock": "ignore"}),
            ("lock", {}),
            ("unlock", {}),
            ("expire-tokens", {}),
            ("expire-tokens", {"keep_lock": True}),
            ("bounce", {"seconds": 20.0}),
        )
    )
    return {
        "action": action,
        "arguments": arguments,
        "step": chance.choice(STEPS),
        "moment": chance.choice(("before", "after")),
        "skip": chance.choice((0, 0, 1, 2, 3)),
    }


def _takeover(name: str, status: str) -> tuple[dict[str, t.Any], ...]:
    """Return the worst that can be: our token dies with the lock, and he at once runs what has our name."""
    at = {"step": "submit", "contains": f"action={name}"}
    theirs = {"name": name, "plan": {"polls": 1, "status": status}}
    return (
        {"action": "expire-tokens", "arguments": {}, **at},
        {"action": "operation", "arguments": theirs, **at},
    )


@dataclasses.dataclass(frozen=True)
class Found:
    """What became of one trial. *wrong* says what must never be."""

    number: int
    outcome: str
    acted: int
    wrong: tuple[str, ...]
    message: str


def play(scenario: Scenario, simulator: Simulator) -> Found:
    """Play one trial and compare what the module says with the simulator's ledger."""
    address = f"127.91.{scenario.number // 250}.{scenario.number % 250 + 1}"
    simulator.add_device(address, system="oracle_sbc", users={"admin": {"password": PASSWORD}}, **scenario.settings)
    for deed in scenario.deeds:
        simulator.act(address, "later", **deed)
    given = {
        "host": address,
        "port": simulator.port,
        "ca_path": simulator.ca_path,
        "username": "admin",
        "password": PASSWORD,
        "actions": list(scenario.actions),
        "settle": 0.05,
        "lock_timeout": 0.5,
        "wait_timeout": 10,
        "poll_interval": 0.01,
        "poll_max_interval": 0.02,
        "outage_timeout": 3,
    }
    arguments = {key: value for key, value in oracle_sbc_config.ARGUMENTS.items() if key != "supports_check_mode"}
    checked = ArgumentSpecValidator(**arguments).validate(given)
    if checked.error_messages:
        raise AssertionError(checked.error_messages)
    result = oracle_sbc_config.run(Task(checked.validated_parameters))
    state = simulator.device(address)
    acted = sum(not one["state"].startswith("waiting") for one in state["later"])
    submissions = simulator.ledger(address)["submissions"]
    ours = [one for one in submissions if one["accepted"] and one["details"]["by"]["via"] == "rest"]
    simulator.remove_device(address)
    wrong = [*wrong_in(scenario, result, ours)]
    # A lock whose token died by no rule of the vendor's stays for the rest of its ten minutes.
    keeps = any(deed["arguments"].get("keep_lock") for deed in scenario.deeds)
    if state["lock"] is not None and state["lock"]["via"] == "rest" and not keeps:
        wrong.append("the lock was left behind")
    return Found(scenario.number, result["outcome"], acted, tuple(wrong), result["msg"])


def wrong_in(scenario: Scenario, result: dict[str, t.Any], ours: Sequence[dict[str, t.Any]]) -> Iterable[str]:
    """Return what is wrong with *result*, where *ours* is what the ledger has of our submissions."""
    kinds = [one["kind"] for one in ours]
    if kinds != list(scenario.actions[: len(kinds)]):
        yield f"submitted {kinds} of {scenario.actions}"
    if result["outcome"] not in (*ALLOWED, *BEFORE_THAT):
        yield f"outcome {result['outcome']}"
    jobs = result["jobs"]
    if result["outcome"] in BEFORE_THAT and len(ours) > sum(one["state"] == "succeeded" for one in jobs):
        yield f"{result['outcome']}, although {kinds} were submitted"
    for job, one in zip(jobs, ours):
        word = WORDS.get(job["state"])
        if word is not None and one["details"].get("verdict") != word:
            yield f"{one['kind']} is {job['state']}, by the ledger it is {one['details'].get('verdict')}"
    if result["outcome"] == "succeeded" and len(ours) != len(scenario.actions):
        yield f"succeeded with {kinds} submitted"
    if result["outcome"] == "failed" and ours and ours[-1]["details"].get("verdict") != "fail":
        yield f"failed, by the ledger it is {ours[-1]['details'].get('verdict')}"
    if "Traceback" in result["msg"] or PASSWORD in repr(result):
        yield "a traceback or a secret"


def run_all(seed: int, numbers: Iterable[int], simulator: Simulator) -> list[Found]:
    return [play(Scenario.of(seed, number), simulator) for number in numbers]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.trials.race", description=__doc__)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", type=int, action="append", help="run the trial with this number again")
    options = parser.parse_args()
    numbers = options.only or range(options.trials)
    print(f"{len(numbers)} trials, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, SimulatorProcess(folder, time_scale=60) as simulator:
        found = run_all(options.seed, numbers, simulator)
    for one in found:
        if one.wrong or options.only:
            print(f"{one.number}: {one.outcome}: {'; '.join(one.wrong) or 'right'}: {one.message}")
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(Counter(one.outcome for one in found).items()))
    print(f"{sum(one.acted > 0 for one in found)} in which the other one acted; {outcomes}")
    wrong = sum(bool(one.wrong) for one in found)
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
