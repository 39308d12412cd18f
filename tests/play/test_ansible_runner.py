# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs playbooks for AWX, ansible-runner: a commit is canceled while it waits, and resumed from its artifacts."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import Player

PASSWORD = "s3cret-of-automation"
HOSTS = 3


class Runner:
    """A private data directory of ansible-runner, for firewalls whose commits end when the clock says so."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.folder = player.folder / "private"
        self.devices = [player.device(commit_polls=0) for _number in range(HOSTS)]
        variables = {
            "ansible_python_interpreter": sys.executable,
            "commit_system": "panos",
            "commit_validate": False,
            "commit_canary": 0,
            "commit_poll_interval": 0.1,
            "commit_poll_max_interval": 0.2,
            "panos_port": player.simulator.port,
            "panos_ca_path": player.simulator.ca_path,
        }
        hosts = {f"fw{number}": {"ansible_host": address} for number, address in enumerate(self.devices, start=1)}
        (self.folder / "project").mkdir(parents=True)
        self._write("inventory/hosts.json", {"all": {"hosts": hosts, "vars": variables}})
        # As the credential type of AWX gives them.
        account = {"PANOS_USERNAME": "automation", "PANOS_PASSWORD": PASSWORD, "PANOS_API_KEY": "", "PANOS_PORT": ""}
        self._write("env/envvars", account)

    def _write(self, name: str, content: t.Any) -> None:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content))

    def start(self, playbook: str, ident: str, *flags: str, **extra: t.Any) -> subprocess.Popen[str]:
        """Start a run; its artifacts will be in artifacts/*ident*."""
        self._write("env/extravars", extra)
        (self.folder / "env/cmdline").write_text(" ".join(flags))
        return subprocess.Popen(
            ["ansible-runner", "run", str(self.folder), "-p", playbook, "-i", ident, "--quiet"],
            env=self.player.environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, playbook: str, ident: str, *flags: str, **extra: t.Any) -> tuple[str, str]:
        """Return status and exit code."""
        with self.start(playbook, ident, *flags, **extra) as process:
            process.communicate(timeout=120)
        return self.said(ident)

    def artifacts(self, ident: str) -> pathlib.Path:
        return self.folder / "artifacts" / ident

    def output(self, ident: str) -> str:
        return (self.artifacts(ident) / "stdout").read_text()

    def said(self, ident: str) -> tuple[str, str]:
        """Status and exit code."""
        return (self.artifacts(ident) / "status").read_text(), (self.artifacts(ident) / "rc").read_text()

    def statistics(self, ident: str) -> dict[str, t.Any]:
        """What AWX would hand to the next node of a workflow."""
        for file in (self.artifacts(ident) / "job_events").glob("*.json"):
            event = json.loads(file.read_text())
            if event["event"] == "playbook_on_stats":
                return t.cast("dict[str, t.Any]", event["event_data"]["artifact_data"])
        return {}

    def polls(self) -> list[int]:
        return [self.player.simulator.ledger(host)["requests"].get(host, {}).get("poll", 0) for host in self.devices]

    def commits(self) -> list[int]:
        return [
            sum(entry["accepted"] for entry in self.player.simulator.ledger(host)["submissions"])
            for host in self.devices
        ]

    def processes(self) -> list[str]:
        """The processes of this directory's runs that are left."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue  # it has ended meanwhile
            if str(self.folder) in command:
                found.append(f"{process.name} {command}")
        return found


def wait_for(condition: t.Callable[[], object], what: str) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.05)


@pytest.fixture
def runner(player: Player) -> Runner:
    return Runner(player)


def test_a_canceled_commit_is_resumed_from_its_artifacts(runner: Runner, clean: t.Callable[[str], None]) -> None:
    with runner.start("netops.jobs.commit", "first") as process:
        try:
            # The task that submits looks once.
            wait_for(lambda: min(runner.polls()) > 3 or process.poll() is not None, "all to be waited for")
            assert process.poll() is None, process.communicate()[0]
            process.send_signal(signal.SIGTERM)  # as AWX and receptor do it
            assert process.wait(timeout=120) == 254
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert runner.said("first") == ("canceled", "254")
    assert runner.statistics("first") == {}, "nothing could be handed on any more"
    assert runner.output("first").count("to wait for it again: handle: {") == HOSTS
    wait_for(lambda: not runner.processes(), "the worker that waited to notice that nobody wants it")

    runner.player.simulator.advance(600)
    said = runner.run("netops.jobs.resume", "second", resume_from=str(runner.artifacts("first")))
    assert said == ("successful", "0"), runner.output("second")
    verdicts = runner.statistics("second")["resume"]
    assert [verdict["outcome"] for verdict in verdicts] == ["succeeded"] * HOSTS
    assert runner.commits() == [1] * HOSTS

    # The next node of a workflow gets the handles. There is a new change on one of the firewalls.
    handed_on = {"hosts": {f"fw{n}": {"handles": [each["job"]["handle"]]} for n, each in enumerate(verdicts, start=1)}}
    runner.player.simulator.act(runner.devices[0], "changes", owner="automation")
    assert runner.run("netops.jobs.verify", "third", "--check", commit=handed_on) == ("failed", "2")
    assert runner.output("third").count("No job of it has failed.") == HOSTS - 1
    states = {name: host["state"] for name, host in runner.statistics("third")["commit"]["hosts"].items()}
    assert states == {"fw1": "planned", "fw2": "done", "fw3": "done"}

    assert runner.run("netops.jobs.verify", "fourth") == ("failed", "2")
    assert "Run this playbook with --check" in runner.output("fourth")
    assert runner.commits() == [1] * HOSTS
    for ident in ("first", "second", "third", "fourth"):
        for file in (runner.artifacts(ident) / "stdout", *(runner.artifacts(ident) / "job_events").glob("*.json")):
            clean(file.read_text())
