# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exports that are killed: python -m tests.trials.export [--trials N] [--seed N] [--only NUMBER].

An export of a PCE's workloads is killed at a random moment and run again. No part of a file may ever be found under its
name, and the second run has to wait for the job of the first while that is in flight.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import platform
import random
import sys
import tempfile
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

from ..simulator.client import SimulatorProcess
from .disturbance import HELD, SIGNALS, Disturbance, Kill, Scope
from .trial import RERUNS, TIME_SCALE, WAYS, Run, Trial, Way

if t.TYPE_CHECKING:
    from ..simulator.client import Simulator

WORKLOADS = 2000
KEY, SECRET = "api_0123456789abcdef", "secret-of-the-trials"
JOB_SECONDS = 15.0
"""Simulated seconds that the PCE takes to read the collection."""

LONGER = 6
"""How many times as long where the play is killed meanwhile: what is left of the play takes a moment to end."""

TRANSFER = 1.5
"""Real seconds that the file takes on its way where the play is killed while it comes."""

PLACES: dict[str, tuple[dict[str, t.Any], ...]] = {
    "at any moment": (),
    "while the job runs": (
        {"fault": "slow", "seconds": HELD, "when": "after", "match": {"type": "job", "step": "poll"}},
    ),
    "while the file comes": ({"fault": "slow_body", "seconds": TRANSFER, "match": {"type": "datafile"}},),
}
"""Where the play is killed, and what holds it there."""

BEFORE = "[]\n"
"""What is under the name of the file in half of the trials."""

SCOPES: dict[str, tuple[Scope, ...]] = {"SIGKILL": ("tree", "group"), "SIGTERM": ("main",), "SIGINT": ("group",)}
"""Whom each signal is sent to."""


@dataclasses.dataclass(frozen=True)
class Found:
    """What became of one trial.

    :arg killed: the play was still running when it was killed.
    :arg partial: under the name of the file there was neither what was there before nor the whole export.
    :arg in_flight: a job of the killed run was in flight when the play was run again.
    :arg whole: at the end all workloads were there.
    :arg strays: temporary files that were left behind.
    """

    number: int
    way: Way
    row: str
    about: str
    killed: bool
    partial: bool
    in_flight: bool
    adopted: bool
    submissions: int
    whole: bool
    strays: int
    runs: tuple[Run, ...]

    @property
    def wrong(self) -> bool:
        return self.partial or not self.whole or not self.runs[-1].well or self.forgot

    @property
    def forgot(self) -> bool:
        """Whether a second job was started although the first was in flight."""
        return self.in_flight and (not self.adopted or self.submissions > 1)

    def record(self) -> dict[str, t.Any]:
        return {**dataclasses.asdict(self), "runs": [run.summary() for run in self.runs]}


def draw(chance: random.Random) -> Disturbance:
    """A third of the kills each come at any moment of the run, while the job runs, and while the file is on its way."""
    name = chance.choice(list(SIGNALS))
    scope = chance.choice(SCOPES[name])
    kill = Kill(name, scope, chance.random())
    place = chance.choice(list(PLACES))
    about = f"{name} to the {scope} {place} ({kill.moment:.2f})"
    return Disturbance(f"{name} {place}", about, PLACES[place], kill)


class ExportTrial(Trial):
    """One PCE, one file, one kill."""

    play = "export.yml"

    def found(self, chance: random.Random) -> Found:
        simulator, address = self._simulator, self._address
        simulator.add_device(
            address,
            system="illumio",
            api_keys={KEY: {"secret": SECRET}},
            counts={"workloads": WORKLOADS},
            jobs={"pending": 1, "seconds": JOB_SECONDS * (LONGER if "job" in self.disturbance.row else 1)},
            retry_after=0,
        )
        with tempfile.TemporaryDirectory() as folder:
            self._dest = pathlib.Path(folder, "workloads.json")
            before = BEFORE if chance.random() < 0.5 else None
            if before is not None:
                self._dest.write_text(before)
            try:
                return self._tried(before)
            finally:
                simulator.remove_device(address)

    def _tried(self, before: str | None) -> Found:
        simulator = self._simulator
        rules = [self._plant(fault) for fault in self.disturbance.faults]
        first, killed = self._disturbed(rules)
        for rule in rules:
            simulator.call("DELETE", f"/faults/{rule}")
        self._await_stragglers()
        partial = not (self._whole() or self._content() == before)
        in_flight = self._hold()
        runs = [first]
        while not runs[-1].well and len(runs) <= RERUNS:
            runs.append(self._finished(self._start()))
        ledger = simulator.ledger(self._address)["submissions"]
        return Found(
            self.number,
            self.way,
            self.disturbance.row,
            self.disturbance.about,
            killed=killed,
            partial=partial,
            in_flight=in_flight and len(runs) > 1,
            adopted=any((run.result.get("job") or {}).get("adopted") for run in runs),
            submissions=sum(entry["kind"] == "async-get" for entry in ledger),
            whole=self._whole(),
            strays=len(list(self._dest.parent.iterdir())) - 1,
            runs=tuple(runs),
        )

    def _arguments(self) -> dict[str, t.Any]:
        return {"api_key": KEY, "api_secret": SECRET, "dest": str(self._dest)}

    def _hold(self) -> bool:
        """Let a job that is in flight go on until the next run has looked; return whether there is one."""
        jobs = self._simulator.device(self._address)["jobs"]
        hrefs = [job["href"] for job in jobs if job["status"] in ("pending", "running")]
        for href in hrefs:
            self._simulator.act(self._address, "hold", href=href, seconds=2 * self._expected * TIME_SCALE)
        return bool(hrefs)

    def _content(self) -> str | None:
        return self._dest.read_text(encoding="utf-8") if self._dest.exists() else None

    def _whole(self) -> bool:
        try:
            return len({one["href"] for one in json.loads(self._content() or "")}) == WORKLOADS
        except (ValueError, TypeError):
            return False


def run_all(
    seed: int, numbers: t.Sequence[int], simulator: Simulator, *, parallel: int, collections: str
) -> list[Found]:
    """Run the trials, *parallel* at a time, after two that nothing disturbs. Raises RuntimeError if those go wrong."""
    expected: dict[Way, float] = {}
    for number, way in enumerate(WAYS):
        calm = ExportTrial(
            20_000 + number, way, Disturbance("none", "none"), simulator, expected=0, collections=collections
        ).found(random.Random(seed))
        if calm.wrong or len(calm.runs) > 1:
            raise RuntimeError(f"an undisturbed run went wrong: {calm.record()}\n{calm.runs[0].output}")
        expected[way] = calm.runs[0].seconds

    def run(number: int) -> Found:
        chance = random.Random(f"{seed}/{number}")
        way = WAYS[number % len(WAYS)]
        trial = ExportTrial(number, way, draw(chance), simulator, expected=expected[way], collections=collections)
        return trial.found(chance)

    with ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(run, numbers))


def table(all_found: t.Sequence[Found]) -> str:
    """In Markdown, a line for each kind of kill and way, and one for all."""
    columns = ("trials", "killed", "in flight", "adopted", "forgot", "partial", "not well", "strays")

    def figures(found: t.Sequence[Found]) -> list[str]:
        numbers = (
            len(found),
            sum(one.killed for one in found),
            sum(one.in_flight for one in found),
            sum(one.adopted for one in found),
            sum(one.forgot for one in found),
            sum(one.partial for one in found),
            sum(not one.whole or not one.runs[-1].well for one in found),
            sum(one.strays for one in found),
        )
        return [str(number) for number in numbers]

    groups = sorted({(one.row, one.way) for one in all_found})
    lines = [("disturbance", "way", *columns), ("---",) * (2 + len(columns))]
    lines += [(*group, *figures([one for one in all_found if (one.row, one.way) == group])) for group in groups]
    lines.append(("all", "both", *figures(all_found)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    from tools import stage

    parser = argparse.ArgumentParser(prog="python -m tests.trials.export", description=__doc__)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", type=int, action="append", help="run the trial with this number again")
    parser.add_argument("--parallel", type=int, default=2, help="trials at a time")
    options = parser.parse_args()
    numbers = options.only or range(options.trials)
    print(
        f"{len(numbers)} exports, seed {options.seed}, {options.parallel} at a time; "
        f"ansible-core {version('ansible-core')}, Python {platform.python_version()}, {platform.system()}\n",
        flush=True,
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, SimulatorProcess(folder, time_scale=TIME_SCALE) as simulator:
        found = run_all(options.seed, numbers, simulator, parallel=options.parallel, collections=str(stage.link()))
    print(table(found))
    wrong = [one for one in found if one.wrong]
    for one in wrong:
        print(f"wrong: {json.dumps(one.record())}")
    print(f"\n{len(found)} exports in {time.monotonic() - began:.0f} s, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
