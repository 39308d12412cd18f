# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the checks in parallel, one log file each: python -m tools.check [--only NAMES] [--all] [--list]."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tools import env, stage
from tools.checks import CHECKS, LONGEST, Check, Step

LOGS = env.CACHE / "logs"
STEP_SECONDS = 1500  # a command that runs longer hangs
JOBS = 2 * (os.cpu_count() or 2)  # plays and examples mostly wait, for a clock or for one another
TAIL = 40  # lines of the log of a failed check that are printed
TELLING = re.compile(r"^(ERROR|FATAL|FAILED|fatal)\b.*", re.MULTILINE)  # lines of logs that say why a check failed
TELLING_LINES = 10  # of them, for each check, at the very end: who reads only the end sees the cause

Verdict = t.Literal["PASS", "FAIL", "SKIP"]


@dataclass(frozen=True)
class Result:
    check: Check
    verdict: Verdict
    seconds: float
    processor: float  # seconds of processor time of the commands and of what they started and waited for
    reason: str = ""


class Failure(Exception):
    """A check failed; the text says why, the log says more."""


_running: set[subprocess.Popen[str]] = set()
_printing = threading.Lock()


def run_check(check: Check) -> Result:
    started = time.monotonic()
    log_file = LOGS / f"{check.name}.log"
    verdict: Verdict = "PASS"
    reason = ""
    processor: list[float] = []
    with log_file.open("w", encoding="utf-8") as log:
        try:
            _run_steps(check, log, processor)
        except env.Unavailable as exc:
            verdict, reason = "SKIP", str(exc)
        except Failure as exc:
            verdict, reason = "FAIL", str(exc)
        except subprocess.CalledProcessError as exc:
            verdict, reason = "FAIL", f"{shlex.join(map(str, exc.cmd))} ended with {exc.returncode}"
        except Exception as exc:  # a broken check must not hide the verdicts of the others
            verdict, reason = "FAIL", f"{type(exc).__name__}: {exc}"
    seconds = time.monotonic() - started
    return Result(check=check, verdict=verdict, seconds=seconds, processor=sum(processor), reason=reason)


def _run_steps(check: Check, log: t.IO[str], processor: list[float]) -> None:
    """Run the steps of *check* and add to *processor* the seconds of processor time that each took."""
    for pattern in check.needs:
        if not any(env.ROOT.glob(pattern)):
            raise env.Unavailable(f"no {pattern} yet")
    for version in check.pythons:
        if version not in env.interpreters():
            raise env.Unavailable(f"no Python {env.dotted(version)} found")
    bin_folder = env.make_venv(check.venv, log)
    out = env.CACHE / "out" / check.name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    folder = stage.copy(check.name) if check.staged else env.ROOT
    collections = folder.parents[2] if check.staged else env.COLLECTIONS
    child = env.child_env(check.name, bin_folder, collections)
    if not check.staged:
        child |= {"PYTHONPATH": str(collections), "MYPYPATH": str(collections)}
    names = {"root": env.ROOT, "stage": folder, "collections": collections, "out": out}
    for step in check.steps:
        command = [part.format_map(names) for part in shlex.split(step.command)]
        print(f"$ {shlex.join(command)}", file=log, flush=True)
        begin = log.tell()
        code, seconds = _run_command(command, folder=folder, child=child, log=log)
        processor.append(seconds)
        log.seek(0, os.SEEK_END)
        _judge(step, command[0], code, Path(log.name).read_bytes()[begin:].decode(errors="replace"))


def _run_command(command: list[str], *, folder: Path, child: dict[str, str], log: t.IO[str]) -> tuple[int, float]:
    """Run one command. Returns its exit code and the seconds of processor time that it took."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=child,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that a command is ended together with what it started
    )
    _running.add(process)
    guard = threading.Timer(STEP_SECONDS, _kill, [process])
    guard.start()
    _pid, status, usage = os.wait4(process.pid, 0)  # Popen.wait() does not tell the processor time
    process.returncode = os.waitstatus_to_exitcode(status)
    _running.discard(process)
    hung = not guard.is_alive()
    guard.cancel()
    if hung:
        raise Failure(f"{command[0]} hung for {STEP_SECONDS} s")
    return process.returncode, usage.ru_utime + usage.ru_stime


def _judge(step: Step, program: str, code: int, output: str) -> None:
    if code:
        raise Failure(f"{program} ended with {code}")
    if step.expect and not re.search(step.expect, output, re.MULTILINE):
        raise Failure(f"{program} did not print {step.expect!r}")
    if step.forbid and (found := re.search(step.forbid, output, re.MULTILINE)):
        raise Failure(f"{program} printed {found[0]!r}")


def _kill(process: subprocess.Popen[str]) -> None:
    """End a command and what it started; the thread that waits for it notices."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def report(result: Result) -> None:
    """One line for a check that ended, and the tail of its log if it failed."""
    reason = f"  {result.reason}" if result.reason else ""
    with _printing:
        times = f"{result.seconds:7.1f} s {result.processor:7.1f} s CPU"
        print(f"{result.verdict}  {result.check.name:24}{times}{reason}", flush=True)
        if result.verdict == "FAIL":
            log = LOGS / f"{result.check.name}.log"
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            print(f"---- last lines of {log.relative_to(env.ROOT)}", *lines[-TAIL:], "----", sep="\n", flush=True)


def select(only: str, *, everything: bool) -> list[Check]:
    """The checks whose name or group is in the comma-separated list, or the usual ones if it is empty."""
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    known = {check.name for check in CHECKS} | {check.group for check in CHECKS}
    if unknown := [name for name in wanted if name not in known]:
        sys.exit(f"Unknown: {', '.join(unknown)}. Known names and groups: {', '.join(sorted(known))}")
    if not wanted:
        return [check for check in CHECKS if everything or not check.extra]
    return [
        check for check in CHECKS if check.name in wanted or (check.group in wanted and (everything or not check.extra))
    ]


def run_all(checks: list[Check], jobs: int) -> list[Result]:
    results: list[Result] = []
    in_order = sorted(checks, key=lambda check: (*LONGEST, check.group).index(check.group))
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(run_check, check) for check in in_order]
        try:
            for future in as_completed(futures):
                results.append(future.result())
                report(results[-1])
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(_running):
                _kill(process)
            raise SystemExit("Interrupted") from None
    return results


def summarize(results: list[Result]) -> int:
    """Print what was skipped and the closing line; return the exit code."""
    counts = {verdict: [result for result in results if result.verdict == verdict] for verdict in t.get_args(Verdict)}
    if counts["SKIP"]:
        print("\nSkipped:")
        for result in counts["SKIP"]:
            print(f"  {result.check.name}: {result.reason}")
    if counts["FAIL"]:
        print("\nFailed:")
        for result in counts["FAIL"]:
            print(f"  {result.check.name}: {result.reason}")
            log = (LOGS / f"{result.check.name}.log").read_text(encoding="utf-8", errors="replace")
            for found in list(TELLING.finditer(log))[:TELLING_LINES]:
                print(f"    {found[0][:300]}")
    skipped = f", {len(counts['SKIP'])} skipped" if counts["SKIP"] else ""
    print(f"\n{len(counts['PASS'])} passed, {len(counts['FAIL'])} failed{skipped}", flush=True)
    return 1 if counts["FAIL"] or not counts["PASS"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="NAMES", help="names or groups, separated by commas")
    parser.add_argument("--all", action="store_true", help="also the releases of ansible-core between the tested ones")
    parser.add_argument("--jobs", type=int, default=JOBS, help=f"checks at a time (default: {JOBS})")
    parser.add_argument("--list", action="store_true", help="list the checks and stop")
    options = parser.parse_args()
    if options.list:
        for check in CHECKS:
            print(f"{check.name:24}{check.group:14}{check.about}{' (make test-all)' if check.extra else ''}")
        return 0
    LOGS.mkdir(parents=True, exist_ok=True)
    stage.link()
    return summarize(run_all(select(options.only, everything=options.all), options.jobs))


if __name__ == "__main__":
    sys.exit(main())
