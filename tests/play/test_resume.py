# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook resume: from whatever a run left behind to a verdict on each of its jobs."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import Player

PASSWORD = "s3cret-of-automation"


class Resume:
    """Jobs that were left behind on firewalls, and the playbook that waits for them."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.folder = player.folder
        self.log = self.folder / "progress.jsonl"

    def leave_behind(self, *hosts: str) -> list[dict[str, t.Any]]:
        """Submit a commit on each firewall without waiting, and return the results."""
        tasks = [
            {
                "name": "Commit",
                "netops.jobs.panos_commit": self.player.options(host, wait=False, progress_log=str(self.log)),
                "register": f"commit{number}",
            }
            for number, host in enumerate(hosts)
        ]
        run = self.player.play(tasks, connection="local")
        assert run.code == 0, run.output
        return [run.results[f"commit{number}"] for number in range(len(hosts))]

    def run(self, *flags: str, **extra: t.Any) -> tuple[int, str]:
        connection = {
            "system": "panos",
            "username": "automation",
            "password": PASSWORD,
            "ca_path": self.player.simulator.ca_path,
        }
        extra = {"resume_connections": [connection], "resume_poll_interval": 0.1, "resume_wait_timeout": 30, **extra}
        (self.folder / "extra.json").write_text(json.dumps(extra))
        environment = {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
        book = pathlib.Path("netops.jobs.resume")
        with self.player.start(book, "-e", "@extra.json", *flags, **environment) as process:
            output, _nothing = process.communicate(timeout=120)
        return process.returncode, output

    def statistics(self, output: str) -> list[dict[str, t.Any]]:
        line = next(line for line in output.splitlines() if "RUN: {" in line)
        return t.cast("list[dict[str, t.Any]]", json.loads(line.partition("RUN: ")[2])["resume"])


@pytest.fixture
def resume(player: Player) -> Resume:
    return Resume(player)


def test_every_job_of_a_progress_log_gets_its_verdict(resume: Resume, clean: t.Callable[[str], None]) -> None:
    hosts = [resume.player.device(), resume.player.device(commit_errors=["Commit failed"])]
    resume.leave_behind(*hosts)

    code, output = resume.run(resume_from=str(resume.log), resume_progress_log=str(resume.log))
    assert code == 2
    for host, verdict in zip(hosts, ("ok: [localhost] =>", "failed: [localhost]"), strict=True):
        endpoint = f"https://{host}:{resume.player.simulator.port}"
        assert f"\n{verdict} (item=panos.commit 2 on {endpoint})" in output
    clean(output)

    # The log now tells how both ended, and the devices are not asked again.
    polls = [resume.player.simulator.ledger(host)["requests"] for host in hosts]
    code, again = resume.run(resume_from=str(resume.log), resume_connections=[])
    assert code == 2
    assert [job["outcome"] for job in resume.statistics(again)] == ["succeeded", "failed"]
    assert polls == [resume.player.simulator.ledger(host)["requests"] for host in hosts]
    assert all(len(resume.player.simulator.ledger(host)["submissions"]) == 1 for host in hosts)


def test_handles_come_from_files_variables_and_text(resume: Resume) -> None:
    hosts = [resume.player.device() for _number in range(3)]
    one, two, three = (result["job"]["handle"] for result in resume.leave_behind(*hosts))
    (resume.folder / "handles.yml").write_text(f"---\nfw1: {json.dumps(one)}\nfw4:\n")
    printed = f"fw3: panos.commit job 2: submitted; to wait for it again: handle: {json.dumps(three)}"
    code, output = resume.run(resume_from=["handles.yml"], resume_handles=[two, None, printed])
    assert code == 0, output
    verdicts = resume.statistics(output)
    assert [verdict["outcome"] for verdict in verdicts] == ["succeeded"] * 3
    assert [verdict["job"]["handle"]["endpoint"] for verdict in verdicts] == [
        f"https://{host}:{resume.player.simulator.port}" for host in hosts
    ]


def test_a_node_of_a_workflow_goes_on_from_what_another_handed_on(resume: Resume) -> None:
    host = resume.player.device(commit_polls=0)  # it ends when the clock says so
    resume.leave_behind(host)
    before = resume.player.simulator.ledger(host)["requests"][host].get("poll", 0)
    code, output = resume.run("--check", resume_from=str(resume.log))
    assert code == 0, output
    (verdict,) = resume.statistics(output)
    assert verdict["outcome"] == "running"
    assert resume.player.simulator.ledger(host)["requests"][host]["poll"] == before + 1

    resume.player.simulator.advance(600)
    # AWX makes extra variables of the statistics of a node for those after it.
    code, output = resume.run(resume=[verdict])
    assert code == 0, output
    assert [job["outcome"] for job in resume.statistics(output)] == ["succeeded"]
    assert len(resume.player.simulator.ledger(host)["submissions"]) == 1


def test_a_limit_that_leaves_localhost_out_is_a_failure(resume: Resume) -> None:
    host = resume.player.device()
    (result,) = resume.leave_behind(host)
    handed_on = {"hosts": {"fw1": {"handles": [result["job"]["handle"]]}}}
    code, output = resume.run("--limit", "fw1", commit=handed_on)
    assert code == 2, output
    assert "Nothing was waited for: localhost is outside of --limit." in output
    code, output = resume.run("--limit", "fw1,localhost", "--tags", "commit", commit=handed_on)
    assert code == 0, output
    assert [job["outcome"] for job in resume.statistics(output)] == ["succeeded"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "Say which jobs to wait for: resume_from names a progress log"),
        ({"resume_from": "missing.json"}, "missing.json cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_gone_on_from_is_said(
    resume: Resume, given: dict[str, t.Any], complaint: str, clean: t.Callable[[str], None]
) -> None:
    code, output = resume.run(**given)
    assert code == 2
    assert complaint in output.partition("FAILED! => ")[2]
    clean(output)
