# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook awx_setup, with the real modules of awx.awx, against a stand-in for the API of AWX."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from awx.server import Awx

from tools.awx import collection

BIN = pathlib.Path(sys.executable).parent
TOKEN = "s3cret-token-of-awx"
EXTRA = {
    "awx_setup_inventory": "Firewalls",
    "awx_setup_image": "registry.example.com/netops:1",
    "awx_setup_slices": 4,
    "awx_setup_credentials": [
        {"name": "Firewalls", "type": "netops.jobs PAN-OS", "inputs": {"api_key": "s3cret-of-nobody"}}
    ],
}


def set_up(awx: Awx, folder: pathlib.Path) -> dict[str, t.Any]:
    """Run the playbook and return what Ansible counted for localhost."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CONTROLLER_"))}
    done = subprocess.run(
        [BIN / "ansible-playbook", "netops.jobs.awx_setup", "-e", json.dumps(EXTRA)],
        cwd=folder,
        env={
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(collection()),
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "CONTROLLER_HOST": awx.url,
            "CONTROLLER_OAUTH_TOKEN": TOKEN,
            "HOME": str(folder),  # awx.awx reads a file there
            # Most of the time of a module is that Python compiles it.
            "PYTHONPATH": str(ROOT / "tests/integration/targets/setup_simulator/startup"),
            "KEPT_COMPILED": str(folder / "compiled"),
        },
        text=True,
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("localhost "))
    return {name: int(number) for name, number in (word.split("=") for word in line.split(":")[1].split())}


@pytest.fixture(scope="module")
def awx() -> t.Iterator[Awx]:
    with Awx(ROOT, TOKEN) as made:
        yield made


def test_the_second_run_changes_nothing(awx: Awx, tmp_path: pathlib.Path) -> None:
    assert set_up(awx, tmp_path)["changed"] > 0
    nodes = {node["identifier"]: node for node in awx.objects["workflow_job_template_nodes"]}
    edges = {
        (one, kind, other)
        for one, node in nodes.items()
        for kind in ("success_nodes", "failure_nodes")
        for other in nodes
        if nodes[other]["id"] in awx.related.get(f"{node['url']}{kind}/", [])
    }
    assert edges == {
        ("export", "success_nodes", "commit"),
        ("commit", "success_nodes", "verify"),
        ("commit", "failure_nodes", "resume"),
        ("resume", "success_nodes", "verify"),
    }
    templates = awx.named("job_templates")
    (credential,) = awx.objects["credentials"]
    # It runs on localhost, which the limit of a workflow would leave out.
    assert [name for name, template in templates.items() if not template["ask_limit_on_launch"]] == ["netops resume"]
    for template in templates.values():
        assert awx.related[f"{template['url']}credentials/"] == [credential["id"]]
        assert template["execution_environment"] == awx.named("execution_environments")["netops.jobs"]["id"]

    awx.writes.clear()
    assert set_up(awx, tmp_path)["changed"] == 0
    assert awx.writes == []
