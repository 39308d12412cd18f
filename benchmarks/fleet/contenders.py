# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contenders: the plays that commit on every host, each in its own way."""

from __future__ import annotations

import dataclasses
import typing as t

Play = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Contender:
    """One way to do it. *peer*: needs the other collection and its Python."""

    name: str
    tasks: list[dict[str, t.Any]]
    peer: bool = False

    def playbook(self) -> list[Play]:
        return [
            {
                "name": self.name,
                "hosts": "all",
                "gather_facts": False,
                "connection": "local",
                "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
                "tasks": self.tasks,
            }
        ]


def _commit(**options: t.Any) -> dict[str, t.Any]:
    connection = {
        "host": "{{ address }}",
        "port": "{{ api_port }}",
        "api_key": "{{ key }}",
        "ca_path": "{{ authority }}",
    }
    return {"name": "Commit", "netops.jobs.panos_commit": {**connection, **options}}


PEER = Contender(
    "paloaltonetworks.panos: panos_commit_firewall",
    [
        {
            "name": "Commit",
            "paloaltonetworks.panos.panos_commit_firewall": {
                "provider": {"ip_address": "{{ address }}", "port": "{{ api_port }}", "api_key": "{{ key }}"}
            },
        }
    ],
    peer=True,
)

SUBMIT = {**_commit(wait=False), "register": "commit"}

TRUST = {"api_key": "{{ key }}", "ca_path": "{{ authority }}"}


def _one_wait(**options: t.Any) -> dict[str, t.Any]:
    handles = "{{ ansible_play_hosts | map('extract', hostvars) | map(attribute='commit.job.handle') }}"
    return {
        "name": "Wait for all of them",
        "netops.jobs.job_wait": {"handles": handles, "connection": TRUST, **options},
        "run_once": True,
    }


def _each(**options: t.Any) -> dict[str, t.Any]:
    return {
        "name": "Let each host stand for its own",
        "netops.jobs.job_wait": {"handle": "{{ commit.job.handle }}", "connection": TRUST, **options},
    }


ONE_WAIT = Contender("netops.jobs: wait: false, one job_wait", [SUBMIT, _one_wait()])

VERDICTS = Contender(
    "netops.jobs: wait: false, one job_wait, a verdict on each host",
    [SUBMIT, {**_one_wait(fail_on_job_failure=False), "register": "fleet"}, _each(known="fleet")],
)

SUBMIT_WAIT_EACH = Contender("netops.jobs: wait: false, job_wait on each host", [SUBMIT, _each()])

WAIT_EACH = Contender("netops.jobs: panos_commit waits on each host", [_commit()])

CONTENDERS = (PEER, ONE_WAIT, VERDICTS, SUBMIT_WAIT_EACH, WAIT_EACH)
