# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the benchmark: delay against requests, over all kinds and for each kind."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "pace", "svg.fonttype": "none", "font.size": 9})
mpl.rcParams["font.sans-serif"] = ["DejaVu Sans", "sans-serif"]

from matplotlib import pyplot as plt
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullLocator

if t.TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .__main__ import Mean, Means

GREY, BROWN, BLUE = "#8a8f98", "#b07d48", "#1461c9"
MARKS = {
    "ours, nothing known": ("o", "white", "nothing known"),
    "ours, progress": ("^", BLUE, "progress"),
    "ours, earlier jobs": ("s", BLUE, "earlier jobs"),
    "ours, progress and earlier jobs": ("*", BLUE, "both"),
}


def draw(kinds: Mapping[str, Means], means: Means, path: Path) -> None:
    """Write the picture as SVG."""
    figure = plt.figure(figsize=(11, 8.2), layout="constrained")
    grid = figure.add_gridspec(3, 5)
    large = figure.add_subplot(grid[:, :2])
    _fill(large, means, "All kinds", labels=True)
    large.set_xlabel("requests for a job, mean (logarithmic)")
    large.set_ylabel("seconds from the end of a job to its verdict, mean (logarithmic)")
    large.legend(loc="lower left", frameon=False)
    # Two kinds are like others beside them and stand in the table alone.
    shown = [kind for kind in kinds if kind not in ("two parts of 2 min, progress twice", "export, 5 s to an hour")]
    for place, kind in enumerate(shown):
        _fill(figure.add_subplot(grid[place // 3, 2 + place % 3]), kinds[kind], kind, labels=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _fill(axes: Axes, means: Means, title: str, *, labels: bool) -> None:
    fixed = [(name, found) for name, found in means.items() if name.startswith("fixed")]
    exponential = [(name, found) for name, found in means.items() if name.startswith("exponential")]
    _line(axes, fixed, GREY, "fixed interval", labels=labels, named={"0.5 s", "5 s", "10 s", "30 s"})
    _line(axes, exponential, BROWN, "exponential, doubled up to", labels=labels, named={"up to 20 s", "up to 60 s"})
    for name, (mark, face, label) in MARKS.items():
        found = means[name]
        size = (13 if mark == "*" else 8) if labels else (9 if mark == "*" else 5.5)
        style = {"color": BLUE, "markerfacecolor": face, "markersize": size, "linestyle": "none", "zorder": 3}
        axes.plot(found.requests, found.lag, marker=mark, label=f"ours, {label}", **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(title, fontsize=10 if labels else 8.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FormatStrFormatter("%g"))
        axis.set_minor_locator(NullLocator())
    axes.grid(visible=True, which="major", linewidth=0.4, color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9 if labels else 7)


def _line(
    axes: Axes, points: Sequence[tuple[str, Mean]], color: str, label: str, *, labels: bool, named: set[str]
) -> None:
    x, y = [found.requests for _name, found in points], [found.lag for _name, found in points]
    axes.plot(x, y, color=color, linewidth=1, marker=".", markersize=5 if labels else 3, label=label)
    for name, found in points:
        text = name.partition(", ")[2]
        if labels and text in named:
            axes.annotate(text, (found.requests, found.lag), (6, 6), textcoords="offset points", color=color)
