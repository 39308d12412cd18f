# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command costs: wall time, processor time and memory of everything that it starts. Linux only."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import threading
import time
import typing as t

PROC = pathlib.Path("/proc")
PAUSE = 1.0
"""Seconds between two looks at the memory: to count shared pages the kernel walks through all of them."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """Seconds of wall clock, seconds of processor (user and system), peak memory (PSS) in MiB, peak of processes."""

    code: int
    wall: float
    cpu: float
    memory: float
    processes: int


def measure(command: t.Sequence[str], *, env: t.Mapping[str, str], output: pathlib.Path) -> Cost:
    """Run *command*. Its processor time is the kernel's account of it and of every descendant that was waited for."""
    began = time.monotonic()
    with output.open("w") as log:
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    watch = _Watch(process.pid)
    watch.start()
    _pid, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.end()
    return Cost(process.returncode, wall, used.ru_utime + used.ru_stime, watch.memory / 1024, watch.processes)


class _Watch(threading.Thread):
    """Looks at the memory of a process tree until it is told to end."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._over = threading.Event()
        self.memory = 0
        self.processes = 0

    def run(self) -> None:
        while not self._over.wait(PAUSE):
            tree = descendants(self._root)
            self.processes = max(self.processes, len(tree))
            self.memory = max(self.memory, sum(map(proportional, tree)))

    def end(self) -> None:
        self._over.set()
        self.join()


def descendants(root: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def proportional(pid: int) -> int:
    """KiB of memory of a process, with its share of what it shares; 0 if it is gone."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def processor_seconds(pid: int) -> float:
    """User and system time that a running process has used itself."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
