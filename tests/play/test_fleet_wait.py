# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wait for a fleet: what a terminal shows of it, and how each host then stands for its own verdict."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import typing as t

import pytest

from .conftest import BIN, PASSWORD

if t.TYPE_CHECKING:
    import pathlib

    from conftest import Player

REWRITTEN = "\r\x1b[K"


def write(player: Player, way: str) -> pathlib.Path:
    """A play over a host that succeeds, one that fails, and one that has nothing to do."""
    # The first takes long enough for a second look a second later.
    hosts = {
        "good": player.device(commit_polls=3),
        "bad": player.device(commit_errors=["The disk is full"]),
        "idle": player.device(changes=[]),
    }
    inventory = {"all": {"hosts": {name: {"ansible_host": address} for name, address in hosts.items()}}}
    (player.folder / "inventory.json").write_text(json.dumps(inventory))
    trust = {"username": "automation", "password": "{{ password }}", "ca_path": player.simulator.ca_path}
    port = player.simulator.port
    pace = {"poll_interval": 0.7, "poll_max_interval": 0.7, "wait_timeout": 60}
    of_all = "{{ ansible_play_hosts | map('extract', hostvars) | map(attribute='commit.job.handle') | list }}"
    tasks = [
        {
            "name": "Submit",
            "netops.jobs.panos_commit": {
                "host": "{{ ansible_host }}",
                "port": port,
                **trust,
                "wait": False,
            },
            "vars": {"ansible_connection": "local"},
            "register": "commit",
        },
        {
            "name": "Wait for all of them",
            "netops.jobs.job_wait": {"handles": of_all, "connection": trust, "fail_on_job_failure": False, **pace},
            "run_once": True,
            "register": "fleet",
        },
        {
            "name": "Stand for it",
            # No credentials: nobody is asked.
            "netops.jobs.job_wait": {"handle": "{{ commit.job.handle }}", "known": "fleet"},
            "register": "own",
        },
        {
            "name": "Go on",
            "ansible.builtin.debug": {"msg": "went on with {{ own.outcome }}, {{ own.results | length }} result"},
        },
    ]
    play = {
        "name": "Play",
        "hosts": "all",
        "gather_facts": False,
        "vars": {"password": PASSWORD, "ansible_connection": way, "ansible_python_interpreter": sys.executable},
        "tasks": tasks,
    }
    book = player.folder / "play.yml"
    book.write_text(json.dumps([play]))
    return book


def run(player: Player, way: str, *, terminal: bool, **environment: str) -> tuple[int, str]:
    command = [str(BIN / "ansible-playbook"), "-i", "inventory.json", str(write(player, way))]
    env = player.environment(TERM="xterm", **environment)
    for name in ("AWX_ISOLATED_DATA_DIR", "JOB_ID"):
        if name not in environment:
            env.pop(name, None)
    if not terminal:
        done = subprocess.run(
            command, cwd=player.folder, env=env, capture_output=True, text=True, timeout=300, check=False
        )
        return done.returncode, done.stdout + done.stderr
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=player.folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    parts = []
    # Linux says so with an error when the last one who could write has gone.
    with contextlib.suppress(OSError):
        while part := os.read(ours, 65536):
            parts.append(part)
    os.close(ours)
    return process.wait(timeout=60), b"".join(parts).decode()


def check(code: int, output: str) -> None:
    assert code == 2, output
    assert 'good] => {\n    "msg": "went on with succeeded, 1 result"' in output.replace("\r\n", "\n")
    assert 'idle] => {\n    "msg": "went on with nothing_to_do, 1 result"' in output.replace("\r\n", "\n")
    assert "bad] =>" not in output.partition("TASK [Go on]")[2]
    assert "The disk is full" in output.partition("TASK [Stand for it]")[2]


def polls(player: Player) -> int:
    return sum(steps.get("poll", 0) for steps in player.simulator.ledger()["requests"].values())


@pytest.mark.parametrize("way", ["local", "elsewhere"])
def test_each_host_stands_for_its_own_verdict(player: Player, way: str) -> None:
    before = polls(player)
    code, output = run(player, way, terminal=False)
    check(code, output)
    assert REWRITTEN not in output
    # One look each to the end of both jobs, by the one wait, and none by the hosts: they have no credentials.
    assert polls(player) - before == 3 + 2


def test_a_terminal_shows_one_line_that_changes(player: Player) -> None:
    code, output = run(player, "local", terminal=True)
    check(code, output)
    shown = [part.partition("\r")[0] for part in output.split(REWRITTEN)[1:]]
    assert any("good: 2 jobs: 2 running, " in line and "; slowest: 127." in line for line in shown)
    assert "good: 2 jobs: 0 running, 1 failed, 1 succeeded, " in output


def test_what_is_collected_is_a_log_whatever_it_looks_like(player: Player) -> None:
    code, output = run(player, "local", terminal=True, AWX_ISOLATED_DATA_DIR="/tmp")
    check(code, output)
    assert REWRITTEN not in output
    assert len([line for line in output.splitlines() if " jobs: " in line]) == 1
