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
from collections import Counter

import pytest
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from simulator.client import SimulatorProcess

ROOT = pathlib.Path(__file__).resolve().parents[2]

ADDRESSES = {
    "fw1.example.com": "127.30.0.1",
    "fw2.example.com": "127.30.0.2",
    "panorama.example.com": "127.30.0.9",
    "pce.example.com": "127.30.0.20",
    "scm.example.com": "127.30.0.30",
    "api-tenant.example.com": "127.30.0.31",
    "sbc1.example.com": "127.30.0.40",
    "sbc2.example.com": "127.30.0.41",
}

PCE_KEY, PCE_SECRET = "api_0123456789abcdef", "secret-of-the-examples"
SCM_CLIENT, SCM_SECRET = "sa@1234567890.iam.panserviceaccount.com", "secret-of-the-tenant"
CORTEX_KEY_ID, CORTEX_KEY = "7", "key-of-the-examples"
SBC_PASSWORD = "pw-of-the-sbc"

SYSTEMS: dict[str, dict[str, t.Any]] = {
    "pce.example.com": {"system": "illumio", "api_keys": {PCE_KEY: {"secret": PCE_SECRET}}},
    "scm.example.com": {"system": "scm", "clients": {SCM_CLIENT: {"secret": SCM_SECRET}}},
    "api-tenant.example.com": {
        "system": "cortex",
        "api_keys": {CORTEX_KEY_ID: {"key": CORTEX_KEY, "type": "advanced"}},
    },
    "sbc1.example.com": {"system": "oracle_sbc", "users": {"admin": {"password": SBC_PASSWORD}}},
    "sbc2.example.com": {"system": "oracle_sbc", "users": {"admin": {"password": SBC_PASSWORD}}},
}
"""What the devices have that are no PAN-OS."""

PORTS = {"group/netops.jobs.scm": "{{ scm_port }}", "group/netops.jobs.cortex": "{{ cortex_port }}"}
"""Examples name no port. These systems have no variable of the environment for it."""

PACE = {
    f"netops.jobs.{file.stem}": {"poll_interval": 0.2}
    for file in (ROOT / "plugins" / "modules").glob("*.py")
    if "netops.jobs._pace" in file.read_text(encoding="utf-8")
}
"""Nothing that the examples wait for takes long here, unless they say themselves how often to look."""

FOLDER = "/srv/netops"
"""Where the examples write their files; it leads into the folder of the test."""

STAGES = pathlib.Path(__file__).resolve().parent / "stages"
"""A file per module: *settings* of the simulated devices by name, *actions* on them (lists of name, action and its
arguments), *tasks* that set up what the examples take for granted, *hosts* to run them on, *module_defaults*,
*submissions*: how many of each kind the devices must have accepted when all examples have run."""


def stage(module: str) -> dict[str, t.Any]:
    return yaml.safe_load((STAGES / f"{module}.yml").read_text(encoding="utf-8"))


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


def play(module: str, folder: pathlib.Path) -> str:
    """One play with all examples of *module*; on the first host only where an example names its host itself."""
    tasks = stage(module).get("tasks", []) + examples(module)
    hosts = stage(module).get("hosts", "fw1")
    made = {"name": module, "hosts": hosts, "gather_facts": False, "tasks": tasks}
    made["module_defaults"] = {
        **PACE,
        **{group: {"port": port} for group, port in PORTS.items()},
        **stage(module).get("module_defaults", {}),
    }
    text = yaml.safe_dump([made], sort_keys=False)
    text = text.replace(FOLDER, str(folder))
    for name, address in ADDRESSES.items():
        text = text.replace(name, address)
    assert ".example.com" not in text, "a name that leads nowhere"
    return text


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[SimulatorProcess]:
    with SimulatorProcess(tmp_path_factory.mktemp("simulator"), time_scale=10) as process:
        yield process


@pytest.fixture
def simulator(process: SimulatorProcess) -> t.Iterator[SimulatorProcess]:
    """The simulator, without devices and as if nothing had ever happened in it."""
    yield process
    for device in process.call("GET", "/devices"):
        process.remove_device(device["address"])
    process.reset_ledger()


def set_up(module: str, simulator: SimulatorProcess) -> None:
    """Add the devices, each with changes to commit, in the state that the module's stage wants."""
    for number, (name, address) in enumerate(ADDRESSES.items(), start=1):
        wanted = stage(module).get("settings", {}).get(name, {})
        if name in SYSTEMS:
            simulator.add_device(address, **SYSTEMS[name], **wanted)
            continue
        settings = {
            "hostname": name.partition(".")[0],
            "kind": "panorama" if name.startswith("panorama") else "firewall",
            "serial": f"00700000000000{number}",
            "admins": {"automation": {"password": "pw-of-the-examples"}},
            **wanted,
        }
        simulator.add_device(address, **settings)
        simulator.act(address, "changes", owner="automation")
    for name, action, arguments in stage(module).get("actions", []):
        simulator.act(ADDRESSES[name], action, **arguments)


def test_no_module_is_left_out() -> None:
    modules = {file.stem for file in (ROOT / "plugins" / "modules").glob("*.py")}
    assert modules == {file.stem for file in STAGES.glob("*.yml")}


@pytest.mark.parametrize("module", sorted(file.stem for file in STAGES.glob("*.yml")))
def test_examples_run(module: str, simulator: SimulatorProcess, tmp_path: pathlib.Path) -> None:
    set_up(module, simulator)
    hosts = {f"fw{number}": {"ansible_host": f"127.30.0.{number}"} for number in (1, 2)}
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "panos_api_key": "a-key-that-has-expired",
        "panos_password": "pw-of-the-examples",
        "illumio_api_key": PCE_KEY,
        "illumio_api_secret": PCE_SECRET,
        "scm_client_id": SCM_CLIENT,
        "scm_client_secret": SCM_SECRET,
        "scm_port": simulator.port,
        "cortex_api_key": CORTEX_KEY,
        "cortex_api_key_id": CORTEX_KEY_ID,
        "cortex_port": simulator.port,
        "sbc_password": SBC_PASSWORD,
    }
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
    (tmp_path / "play.yml").write_text(play(module, tmp_path))
    environment = {
        **os.environ,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "PANOS_PORT": str(simulator.port),
        "ILLUMIO_PCE_PORT": str(simulator.port),
        "ORACLE_SBC_PORT": str(simulator.port),
        "PANOS_USERNAME": "automation",
        "PANOS_PASSWORD": "pw-of-the-examples",
        "SCM_HOST": ADDRESSES["scm.example.com"],
        "SCM_TOKEN_URL": f"https://{ADDRESSES['scm.example.com']}:{simulator.port}/oauth2/access_token",
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
    accepted = Counter(entry["kind"] for entry in simulator.ledger()["submissions"] if entry["accepted"])
    assert accepted == stage(module).get("submissions", {}), shown
