# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault matrix: python -m tests.faults [--sample N] [--only TEXT] [--workers N] [--seed N] [--cell TEXT]."""

from __future__ import annotations

import argparse
import functools
import json
import operator
import pathlib
import platform
import random
import signal
import time
import typing as t
from collections import Counter, defaultdict
from importlib.metadata import version

from . import workers  # first: it installs the clock
from .cell import Cell, Judged, cells_of, judge, recorded
from .places import PATIENCE, Role, Span
from .systems.all import SCENARIOS

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .places import Place
    from .rule import Clean

PATIENT = 10
"""How many times as patient a cell with a slow answer is tried again: a busy machine is slow by itself."""


@functools.cache
def record(name: str) -> tuple[Clean, list[Place]]:
    scenario = next(one for one in SCENARIOS if one.name == name)
    return recorded(scenario, workers.simulator())


def judged(cell: Cell) -> Judged:
    clean, _places = record(cell.scenario.name)
    found = judge(cell, clean, workers.simulator())
    if found.wrong and cell.fault.slow:
        found = judge(cell, clean, workers.simulator(), patience=PATIENCE * PATIENT)
    return found


def chosen(options: argparse.Namespace) -> list[Cell]:
    scenarios = [one for one in SCENARIOS if options.only in one.name]
    cells = [cell for one in scenarios for cell in cells_of(one, record(one.name)[1])]
    cells = [cell for cell in cells if options.cell in str(cell)]
    if options.no_slow:
        cells = [cell for cell in cells if not cell.fault.slow]
    chance = random.Random(options.seed)
    chance.shuffle(cells)
    if not options.sample:
        return cells
    # Each request of each operation once, before any a second time.
    met: Counter[str] = Counter()
    ranked = []
    for cell in cells:
        key = f"{cell.scenario.name}; {cell.place}"
        met[key] += 1
        ranked.append((met[key], len(ranked), cell))
    return [cell for _rank, _number, cell in sorted(ranked, key=lambda one: one[:2])[: options.sample]]


def table(rows: Sequence[str], columns: Sequence[str], count: t.Callable[[str, str], tuple[int, int]]) -> str:
    """In Markdown: in each field how many cells there are, and how many of them break the rule if any do."""

    def field(row: str, column: str) -> str:
        cells, wrong = count(row, column)
        return "" if not cells else f"{cells}" if not wrong else f"**{cells}, {wrong} wrong**"

    lines = [["", *columns, "all"]]
    lines += [[row, *(field(row, column) for column in (*columns, ""))] for row in (*rows, "")]
    lines[-1][0] = "all"
    text = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([text[0], "|" + " --- |" * len(lines[0]), *text[1:]])


def tables(found: Sequence[Judged]) -> str:
    def counted(row_of: t.Callable[[Judged], str], column_of: t.Callable[[Judged], str]) -> t.Any:
        groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
        for one in found:
            for key in ((row_of(one), column_of(one)), (row_of(one), ""), ("", column_of(one)), ("", "")):
                groups[key].append(one)
        return lambda row, column: (
            len(groups[row, column]),
            sum(bool(one.wrong) for one in groups[row, column]),
        )

    def rows(key: t.Callable[[Judged], str]) -> list[str]:
        return list(dict.fromkeys(key(one) for one in sorted(found, key=order)))

    def order(one: Judged) -> tuple[int, int]:
        return SCENARIOS.index(one.cell.scenario), one.cell.place.number

    roles = [role.value for role in Role]
    spans = [span.value for span in Span]
    name, role = operator.attrgetter("cell.scenario.name"), operator.attrgetter("cell.place.role.value")
    fault, span = operator.attrgetter("cell.fault.name"), operator.attrgetter("cell.span.value")
    outcome = operator.attrgetter("outcome")
    outcomes = sorted({one.outcome for one in found})
    return "\n\n".join(
        [
            "Cells by operation and step:",
            table(rows(name), [one for one in roles if one in set(map(role, found))], counted(name, role)),
            "Cells by fault and how long it lasts:",
            table(sorted(set(map(fault, found))), spans, counted(fault, span)),
            "What became of them, by step:",
            table(roles, outcomes, counted(role, outcome)),
            "What became of them, by how long the fault lasts:",
            table(spans, outcomes, counted(span, outcome)),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="so many cells, each request first (0: all)")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", default="", help="a part of the names of operations")
    parser.add_argument("--cell", default="", help="a part of the name of a cell")
    parser.add_argument("--no-slow", action="store_true", help="without answers that are slow, which take real time")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--record", type=pathlib.Path, default=pathlib.Path(".cache/faults.jsonl"))
    options = parser.parse_args()
    # A run that is told to end tells what it has.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers.make_importable()
    cells = chosen(options)
    operations = {name for cell in cells for name in cell.scenario.operations}
    print(
        f"{len(cells)} cells, {len({str(cell.place) + cell.scenario.name for cell in cells})} requests of "
        f"{len(operations)} operations, seed {options.seed}; ansible-core {version('ansible-core')}, "
        f"Python {platform.python_version()}",
        flush=True,
    )
    began = time.perf_counter()
    found = []
    options.record.parent.mkdir(parents=True, exist_ok=True)
    with options.record.open("w", encoding="utf-8") as lines:
        for one in workers.each(judged, cells, options.workers):
            found.append(one)
            lines.write(json.dumps(one.to_dict()) + "\n")
            lines.flush()
            if one.wrong:
                print(f"wrong: {one.cell}: {'; '.join(one.wrong)} [{one.message}]", flush=True)
    print(tables(found))
    wrong = sum(bool(one.wrong) for one in found)
    again = sum(bool(one.again) for one in found)
    print(
        f"{len(found)} cells in {time.perf_counter() - began:.0f} s; after {again} that did not end well the task was "
        f"run again; {wrong} cells break the rule; each in {options.record}"
    )
    return 1 if wrong or not found else 0
