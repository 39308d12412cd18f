# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user sees while a task waits, and after it was interrupted."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import Player

WAYS = ("local", "elsewhere")
HANDLE = re.compile(r"submitted; to wait for it again: handle: (\{.*\})")


def commit(player: Player, host: str, **keywords: t.Any) -> dict[str, t.Any]:
    options = player.options(host, poll_max_interval=0.1, description="Change of the night")
    return {"name": "Commit", "netops.jobs.panos_commit": options, "register": "result", **keywords}


def test_lines_are_shown_where_they_can_be(player: Player, clean: t.Callable[[str], None]) -> None:
    run = player.play([commit(player, player.device())], connection="local")
    assert run.code == 0
    lines = [line for line in run.output.splitlines() if line.startswith("fw1: panos.commit job 2: ")]
    assert HANDLE.search(lines[0])
    assert lines[-1].startswith("fw1: panos.commit job 2: succeeded after ")
    handle = HANDLE.search(run.output)
    assert handle
    known = run.results["result"]["job"]["handle"]
    assert known == {**json.loads(handle[1]), "fingerprint": known["fingerprint"]}
    clean(run.output)


@pytest.mark.parametrize("way", WAYS)
def test_no_log_hides_the_lines(player: Player, way: str) -> None:
    host = player.device()
    run = player.play([commit(player, host, no_log=True)], connection=way)
    assert run.code == 0
    assert player.simulator.ledger(host)["submissions"]
    # At -vvv Ansible itself may show the path of the module; it must not show what the job was.
    for word in ("job 2", "Change of the night", "[nj:", "fingerprint", host):
        assert word not in run.output


def test_the_lines_can_be_switched_off(player: Player) -> None:
    run = player.play([commit(player, player.device(), vars={"netops_jobs_progress": False})], connection="local")
    assert run.code == 0
    assert "to wait for it again" not in run.output


def wait_for(condition: t.Callable[[], bool], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


class Reader(threading.Thread):
    """Collects what a process prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.output = ""
        self.start()

    def run(self) -> None:
        for line in t.cast("t.IO[str]", self._process.stdout):
            self.output += line


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_an_interruption_the_job_is_found_again(
    player: Player, clean: t.Callable[[str], None], number: signal.Signals, way: str
) -> None:
    host = player.device(commit_polls=0)
    book = player.write([commit(player, host)], connection=way)
    with player.start(book, "-vvv") as process:
        reader = Reader(process)
        try:
            wait_for(lambda: bool(player.simulator.ledger(host)["requests"].get(host, {}).get("poll")), "a poll")
            if way == "local":
                wait_for(lambda: HANDLE.search(reader.output) is not None, "the handle on the terminal")
            if number == signal.SIGINT:
                os.killpg(process.pid, number)  # as a terminal does it for Ctrl-C
            else:
                os.kill(process.pid, number)
            process.wait(timeout=60)
            reader.join(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode != 0
    clean(reader.output)

    rerun = player.write([commit(player, host)], connection=way)
    with player.start(rerun) as process:
        reader = Reader(process)
        try:
            before = player.simulator.ledger(host)["requests"][host]["poll"]
            wait_for(lambda: player.simulator.ledger(host)["requests"][host]["poll"] > before + 1, "the second play")
            player.simulator.advance(600)
            assert process.wait(timeout=60) == 0
            reader.join(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    result = json.loads((player.folder / "results.json").read_text())["result"]
    assert result["outcome"] == "succeeded"
    assert result["job"]["adopted"]
    assert len(player.simulator.ledger(host)["submissions"]) == 1
    clean(reader.output)
