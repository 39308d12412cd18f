# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example of the documentation runs, unchanged, against the simulator.

The names in them are made to lead to simulated devices from outside: by a proxy-free rewrite of ``*.example.com`` to
addresses, and by environment variables that users have, too.
"""

from __future__ import annotations

import ast
import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t

import pytest
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from simulator.client import SimulatorProcess

ROOT = pathlib.Path(__file__).resolve().parents[2]

ADDRESSES = {"fw1.example.com": "127.30.0.1", "fw2.example.com": "127.30.0.2"}

SUBMIT = {
    "name": "Set the stage",
    "netops.jobs.panos_commit": {"host": "fw1.example.com", "api_key": "{{ panos_api_key }}", "wait": False},
    "register": "commit",
}

# What an example takes for granted.
STAGE: dict[str, list[dict[str, t.Any]]] = {
    "panos_commit": [],
    "job_wait": [
        SUBMIT,
        {
            "name": "Write the handle that an earlier run left behind",
            "ansible.builtin.copy": {
                "dest": "{{ playbook_dir }}/handle.json",
                "content": "{{ commit.job.handle | to_json }}",
                "mode": "0600",
            },
        },
    ],
    "job_cancel": [SUBMIT],
}

# Commits that the devices must have started when all examples of the module have run on both.
COMMITS = {"panos_commit": 1, "job_wait": 2, "job_cancel": 1}


def examples(module: str) -> list[dict[str, t.Any]]:
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    texts = [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES"
    ]
    tasks = yaml.safe_load(texts[0])
    assert tasks
    return tasks


def play(module: str) -> str:
    """One play with all examples of *module*; on the first host only where an example names its host itself."""
    tasks = STAGE[module] + examples(module)
    text = yaml.safe_dump(
        [{"name": module, "hosts": "all" if module == "job_wait" else "fw1", "gather_facts": False, "tasks": tasks}],
        sort_keys=False,
    )
    for name, address in ADDRESSES.items():
        text = text.replace(name, address)
    assert ".example.com" not in text, "a name that leads nowhere"
    return text


@pytest.fixture
def simulator(tmp_path: pathlib.Path) -> t.Iterator[SimulatorProcess]:
    with SimulatorProcess(tmp_path / "simulator", time_scale=10) as process:
        for number, address in enumerate(ADDRESSES.values(), start=1):
            process.add_device(
                address,
                hostname=f"fw{number}",
                serial=f"00700000000000{number}",
                admins={"automation": {"password": "pw-of-the-examples"}},
            )
            process.act(address, "changes", owner="automation")
        yield process


def test_no_module_is_left_out() -> None:
    modules = {file.stem for file in (ROOT / "plugins" / "modules").glob("*.py")}
    assert modules == set(STAGE) == set(COMMITS)


@pytest.mark.parametrize("module", sorted(STAGE))
def test_examples_run(module: str, simulator: SimulatorProcess, tmp_path: pathlib.Path) -> None:
    hosts = {f"fw{number}": {"ansible_host": address} for number, address in enumerate(ADDRESSES.values(), start=1)}
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "panos_api_key": "a-key-that-has-expired",
        "panos_password": "pw-of-the-examples",
    }
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
    (tmp_path / "play.yml").write_text(play(module))
    environment = {
        **os.environ,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "PANOS_PORT": str(simulator.port),
        "PANOS_USERNAME": "automation",
        "PANOS_PASSWORD": "pw-of-the-examples",
        "REQUESTS_CA_BUNDLE": simulator.ca_path,
    }
    done = subprocess.run(
        ["ansible-playbook", "-i", str(tmp_path / "inventory.json"), str(tmp_path / "play.yml")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    assert not re.search(r"failed=[1-9]|ignored=[1-9]|unreachable=[1-9]", shown), shown
    commits = [entry for entry in simulator.ledger()["submissions"] if entry["kind"] == "commit"]
    assert len(commits) == COMMITS[module], shown
