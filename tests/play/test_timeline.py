# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the callback timeline writes of real plays."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import stat
import sys
import threading
import typing as t

from .conftest import PASSWORD

if t.TYPE_CHECKING:
    from .conftest import Player

ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "netops.jobs.timeline", "NETOPS_JOBS_TIMELINE": "night.html"}
EVIL = "<script>alert(1)</script>"


def write(player: Player, tasks: list[dict[str, t.Any]]) -> pathlib.Path:
    """Write a playbook of *tasks*."""
    (player.folder / "secrets.json").write_text(json.dumps({"password": PASSWORD}))
    variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    play = {"name": "Night", "hosts": "fw1", "gather_facts": False, "vars_files": ["secrets.json"], "tasks": tasks}
    book = player.folder / "night.yml"
    book.write_text(json.dumps([{**play, "vars": variables}]))
    return book


def commit(player: Player, host: str, **options: t.Any) -> dict[str, t.Any]:
    return {"netops.jobs.panos_commit": player.options(host, **options)}


def document(player: Player) -> dict[str, t.Any]:
    return json.loads((player.folder / "night.json").read_text())


def test_every_job_of_a_play_is_in_it(player: Player, clean: t.Callable[[str], None]) -> None:
    good, secret, other, broken = (player.device() for _number in range(4))
    player.simulator.configure(broken, validation_errors=[f"rule {EVIL} is invalid"])
    wait = {"handles": ["{{ submitted.job.handle }}"], "poll_interval": 0.1, "poll_max_interval": 0.2}
    connection = {"username": "automation", "password": "{{ password }}", "ca_path": player.simulator.ca_path}
    tasks = [
        {"name": "Submit", **commit(player, good, description=EVIL, wait=False), "register": "submitted"},
        {"name": "Secret", **commit(player, secret, description="unspeakable"), "no_log": True},
        {
            "name": "Commit",
            **commit(player, "{{ item }}"),
            "loop": [other, broken],
            "ignore_errors": True,
        },
        {"name": "Look", **commit(player, good, force=True), "check_mode": True},
        {"name": "Wait", "netops.jobs.job_wait": {**wait, "connection": connection}, "run_once": True},
    ]
    with player.start(write(player, tasks), "-vvv", **ENABLED) as process:
        output, _nothing = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert "no timeline is written" not in output

    found = document(player)
    assert (found["version"], found["complete"], found["plays"]) == (1, True, ["Night"])
    assert found["outcomes"] == {"failed": 1, "hidden": 1, "succeeded": 3}
    jobs = {(job["task"], job["outcome"]): job for job in found["jobs"]}
    waited = jobs["Wait", "succeeded"]
    assert (waited["device"], waited["operation"], waited["id"]) == ("fw1", "panos.commit", "2")
    assert [segment["is"] for segment in waited["segments"]][:2] == ["no_job", "unwatched"]
    assert waited["handle"]["endpoint"] == f"https://{good}:{player.simulator.port}"
    failed = jobs["Commit", "failed"]
    assert failed["ignored"]
    assert EVIL in failed["reason"]
    assert failed["began_at"] >= jobs["Commit", "succeeded"]["ended_at"]
    assert jobs["Look", "succeeded"]["check_mode"]
    assert "unspeakable" not in json.dumps(found)
    assert secret not in json.dumps(found)

    for name in ("night.html", "night.json"):
        path = player.folder / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        clean(path.read_text())
    page = (player.folder / "night.html").read_text()
    assert EVIL not in page
    assert json.loads(page.split('id="data">', 1)[1].split("</script>", 1)[0]) == found


def test_an_interrupted_play_leaves_what_is_known(player: Player) -> None:
    first, last = player.device(), player.device(commit_polls=0)
    before = player.folder / "before.yml"
    before.write_text(json.dumps([{"name": "Before", "hosts": "all", "gather_facts": False}]))
    book = write(player, [{"name": "First", **commit(player, first)}, {"name": "Last", **commit(player, last)}])
    with player.start(before, str(book), **ENABLED) as process:
        assert process.stdout is not None
        task = ""
        for line in process.stdout:
            task = line if line.startswith("TASK") else task
            if "[Last]" in task and "job 2: running" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        killer = threading.Timer(60, process.kill)
        killer.start()
        process.stdout.read()
        process.wait()
        killer.cancel()
    found = document(player)
    assert (found["complete"], found["playbook"], found["plays"]) == (False, "night.yml", ["Before", "Night"])
    assert [(job["task"], job["outcome"]) for job in found["jobs"]] == [("First", "succeeded"), ("Last", "no_result")]


def test_a_timeline_that_cannot_be_written_does_not_break_the_play(player: Player) -> None:
    book = write(player, [{"name": "First", **commit(player, player.device())}])
    enabled = {**ENABLED, "NETOPS_JOBS_TIMELINE": "missing/night.html"}
    with player.start(book, **enabled) as process:
        output, _nothing = process.communicate(timeout=300)
    assert process.returncode == 0
    assert output.count("no timeline is written") == 1
    assert "Traceback" not in output
