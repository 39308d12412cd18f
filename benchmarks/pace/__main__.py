# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pace of looks at a job: python -m benchmarks.pace [--jobs N] [--seed N] [--chart FILE]."""

from __future__ import annotations

import argparse
import math
import sys
import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from .paces import Pace, exponential, fixed, fleet, ours
from .traces import FLEETS, FOR_CHOICE, FOR_JUDGEMENT, RECORDED, Kind, Trace, traces

INTERVALS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 45.0, 60.0)
FIXED = {f"fixed, {seconds:g} s": fixed(seconds) for seconds in INTERVALS}
EXPONENTIAL = {f"exponential, up to {seconds} s": exponential(seconds) for seconds in (10, 20, 30, 60, 120)}
OURS = {
    "ours, nothing known": ours(progress=False, earlier=False),
    "ours, progress": ours(progress=True, earlier=False),
    "ours, earlier jobs": ours(progress=False, earlier=True),
    "ours, progress and earlier jobs": ours(progress=True, earlier=True),
}
COMPARED = ("fixed, 0.5 s", "fixed, 5 s", "fixed, 10 s", *EXPONENTIAL)
PRINTED = (*COMPARED[:3], "exponential, up to 20 s", "exponential, up to 60 s", *OURS)

Mean = t.NamedTuple("Mean", [("lag", float), ("requests", float)])  # noqa: UP014
Means = Mapping[str, Mean]
"""By the name of the pace."""


def mean(pace: Pace, jobs: Sequence[Trace], seed: int) -> Mean:
    chance = Random(seed)
    waited = [pace(job, chance) for job in jobs]
    return Mean(*(sum(values) / len(waited) for values in zip(*((each.lag, each.requests) for each in waited))))


def by_kind(jobs: Sequence[Trace], seed: int) -> dict[str, Means]:
    """The means of every pace for every kind, all of them on the same jobs."""
    paces = {**FIXED, **EXPONENTIAL, **OURS}
    kinds = dict.fromkeys(job.kind for job in jobs)
    return {
        kind: {name: mean(pace, [job for job in jobs if job.kind == kind], seed) for name, pace in paces.items()}
        for kind in kinds
    }


def over_all(kinds: Mapping[str, Means]) -> Means:
    """The means over the kinds, each of which counts the same."""
    names = next(iter(kinds.values()))
    return {
        name: Mean(*(sum(values) / len(kinds) for values in zip(*(kind[name] for kind in kinds.values()))))
        for name in names
    }


def beaten(means: Means, others: t.Iterable[str]) -> list[str]:
    """Which of our paces one of *others* beats: with no more requests and no more delay."""
    found = [means[name] for name in others]
    return [
        name
        for name in OURS
        if any(other.lag <= means[name].lag and other.requests <= means[name].requests for other in found)
    ]


def as_fixed(means: Means, lag: float) -> float:
    """The requests of a fixed interval with that delay, between the measured ones by a straight line of logarithms."""
    points = sorted((math.log(means[name].lag), math.log(means[name].requests)) for name in FIXED)
    wanted = math.log(lag)
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x0 <= wanted <= x1:
            return math.exp(y0 + (y1 - y0) * (wanted - x0) / (x1 - x0))
    return math.nan


def table(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def pair(found: Mean) -> str:
    return f"{found.lag:.1f} s / {found.requests:.1f}"


def report(jobs: int, seed: int) -> tuple[dict[str, Means], str]:
    """The figures that the chart is drawn from, and all of them in words."""
    judged = by_kind(traces(FOR_JUDGEMENT, jobs, seed), seed)
    means = over_all(judged)
    parts = ["Mean over all kinds:"]
    parts.append(table([("pace", "delay", "requests", "fixed at that delay"), *map(compared(means), PRINTED)]))
    parts.append(
        "Each kind, delay / requests; last, the requests of a fixed interval with the delay of the one before:"
    )
    columns = ("fixed, 5 s", "fixed, 10 s", "ours, nothing known", "ours, progress and earlier jobs")
    rows = [
        (kind, *(pair(found[name]) for name in columns), f"{as_fixed(found, found[columns[-1]].lag):.1f}")
        for kind, found in judged.items()
    ]
    parts.append(table([("kind", *columns, "fixed at that delay"), *rows]))
    parts.append("Recorded durations, each a tenth more or less, nothing known of them, delay / requests:")
    parts.append(table([("job", "seconds", "fixed, 5 s", "fixed, 10 s", "ours, nothing known"), *recorded(jobs, seed)]))
    parts.append("Fleets, all waited for in one task, submitted within 30 s:")
    parts.append(table([("fleet", "wait", "delay", "requests", "most in a second"), *fleets(seed)]))
    chosen = over_all(by_kind(traces(FOR_CHOICE, jobs, seed + 1), seed))
    parts.append("By the other set, on which the numbers were chosen:")
    parts.append(table([("pace", "delay", "requests", "fixed at that delay"), *map(compared(chosen), PRINTED)]))
    for names, others in (("fixed 0.5, 5 and 10 s, exponential", COMPARED), ("any fixed interval", FIXED)):
        parts.append(f"Beaten by {names}, in delay and requests: {', '.join(beaten(means, others)) or 'none of ours'}.")
    return judged, "\n\n".join(parts)


def compared(means: Means) -> t.Callable[[str], tuple[str, ...]]:
    """Rows of the paces by their names; ours with the requests that a fixed interval of the same delay takes."""
    return lambda name: (name, *row(means[name]), f"{as_fixed(means, means[name].lag):.1f}" if name in OURS else "")


def row(found: Mean) -> tuple[str, str]:
    return f"{found.lag:.2f} s", f"{found.requests:.1f}"


def recorded(jobs: int, seed: int) -> list[tuple[str, ...]]:
    rows = []
    for name, bounds, seconds in RECORDED:
        # A job that was recorded once, and might have taken a tenth more or less: so luck decides for no pace.
        chance = Random(seed)
        same = [Trace(name, bounds, seconds * chance.uniform(0.9, 1.1)) for _time in range(jobs)]
        paces = (FIXED["fixed, 5 s"], FIXED["fixed, 10 s"], OURS["ours, nothing known"])
        rows.append((name, str(seconds), *(pair(mean(pace, same, seed)) for pace in paces)))
    return rows


def fleets(seed: int, number: int = 500) -> list[tuple[str, ...]]:
    rows = []
    for kind in FLEETS:
        together = traces([Kind(**{**vars(kind), "remembers": 10})], number, seed)
        jobs = [(30 * place / number, job) for place, job in enumerate(together)]
        for name, how in (
            ("each for itself", {"teaching": False}),
            ("those that end teach the others", {"teaching": True}),
            ("if handles told of earlier jobs", {"teaching": False, "told": True}),
        ):
            found = fleet(jobs, Random(seed), **how)
            mean_of = Mean(*(sum(v) / number for v in zip(*((each.lag, each.requests) for each in found.jobs))))
            rows.append((kind.name, name, *row(mean_of), str(found.peak)))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pace", description=__doc__)
    parser.add_argument("--jobs", type=int, default=300, help="jobs of each kind")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--chart", type=Path, help="draw the first two tables into this SVG file; needs matplotlib")
    options = parser.parse_args()
    judged, text = report(options.jobs, options.seed)
    print(text)
    if options.chart:
        from .chart import draw

        draw(judged, over_all(judged), options.chart)
    return 1 if beaten(over_all(judged), COMPARED) else 0


if __name__ == "__main__":
    sys.exit(main())
