# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exactly once, measured: python -m tests.trials [--trials N] [--seed N] [--only NUMBER]."""

from __future__ import annotations

import argparse
import pathlib
import platform
import random
import sys
import tempfile
import time
from importlib.metadata import version

from tools import stage

from ..simulator.client import SimulatorProcess
from .campaign import Plan, failures, run_all, table
from .trial import TIME_SCALE


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", type=int, action="append", help="run the trial with this number again")
    parser.add_argument("--parallel", type=int, default=3, help="trials at a time")
    parser.add_argument("--record", type=pathlib.Path, default=pathlib.Path(".cache/trials.jsonl"))
    options = parser.parse_args()
    numbers = options.only or range(options.trials)
    options.record.parent.mkdir(parents=True, exist_ok=True)
    options.record.unlink(missing_ok=True)
    print(
        f"{len(numbers)} trials, seed {options.seed}, {options.parallel} at a time; "
        f"ansible-core {version('ansible-core')}, Python {platform.python_version()}, {platform.system()}",
        flush=True,
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, SimulatorProcess(folder, time_scale=TIME_SCALE) as simulator:
        outcomes = run_all(
            [Plan.of(options.seed, number) for number in numbers],
            simulator,
            parallel=options.parallel,
            collections=str(stage.link()),
            record=options.record,
        )
    print(table(outcomes))
    wrong = failures(outcomes)
    for outcome in wrong:
        print(f"wrong: {outcome.record()}")
    print(f"{len(outcomes)} trials in {time.monotonic() - began:.0f} s, {len(wrong)} wrong; each in {options.record}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
