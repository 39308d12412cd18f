# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make playground`: simulated systems of every kind, an inventory of them, and the environment to use it with."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import typing as t
from pathlib import Path

from tests.simulator.client import Simulator, SimulatorProcess
from tools.env import CACHE, COLLECTIONS

FOLDER = CACHE / "playground"
TIME_SCALE = 4.0
LIFETIME = 8 * 3600.0  # real seconds; nobody wants to find it running tomorrow
ADMIN, PASSWORD = "automation", "simulated-only"

# Host of the inventory -> its group, its address, and what the simulator is told about it.
HOSTS: dict[str, tuple[str, str, dict[str, t.Any]]] = {
    "fw1": ("firewalls", "127.40.0.1", {"hostname": "fw1", "commit_seconds": 40}),
    "fw2": ("firewalls", "127.40.0.2", {"hostname": "fw2", "commit_seconds": 60}),
    "panorama": ("panoramas", "127.40.0.9", {"hostname": "panorama", "kind": "panorama"}),
    "pce": ("pces", "127.40.0.20", {"system": "illumio", "api_keys": {"api_1": {"secret": PASSWORD}}}),
    "scm": ("tenants", "127.40.0.30", {"system": "scm", "clients": {ADMIN: {"secret": PASSWORD}}}),
    "cortex": ("tenants", "127.40.0.31", {"system": "cortex", "api_keys": {"1": {"key": PASSWORD}}}),
    "sbc1": ("sbcs", "127.40.0.40", {"system": "oracle_sbc", "users": {ADMIN: {"password": PASSWORD}}}),
}

INVENTORY = """\
---
# Made by `make playground`. The connection options come from the environment, as from a credential of AWX.
all:
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
    simulated_port: {port}  # of all systems; those of SCM and Cortex have no variable of the environment
  children:
"""


def set_up(simulator: Simulator) -> None:
    """Add the systems, each with something to do on it."""
    for name, (_group, address, settings) in HOSTS.items():
        if "system" not in settings:
            settings = {"admins": {ADMIN: {"password": PASSWORD}, "alice": {"password": "alice"}}, **settings}
        simulator.add_device(address, **settings)
        if name in ("fw1", "fw2", "panorama"):
            simulator.act(address, "changes", owner=ADMIN, count=2)
    simulator.act(HOSTS["pce"][1], "drafts", count=2)
    simulator.act(HOSTS["scm"][1], "changes", place="Remote Networks")


def inventory(simulator: Simulator) -> str:
    text = INVENTORY.format(port=simulator.port)
    for group in dict.fromkeys(group for group, _address, _settings in HOSTS.values()):
        text += f"    {group}:\n      hosts:\n"
        for name, (of_group, address, _settings) in HOSTS.items():
            if of_group == group:
                text += f"        {name}: {{ansible_host: {address}}}\n"
    return text


def environment(simulator: Simulator) -> dict[str, str]:
    port = str(simulator.port)
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_INVENTORY": str(FOLDER / "inventory.yml"),
        "REQUESTS_CA_BUNDLE": simulator.ca_path,
        "SIMULATOR": simulator.control_url,
        "PANOS_PORT": port,
        "PANOS_USERNAME": ADMIN,
        "PANOS_PASSWORD": PASSWORD,
        "ILLUMIO_PCE_HOST": HOSTS["pce"][1],
        "ILLUMIO_PCE_PORT": port,
        "ILLUMIO_API_KEY_USERNAME": "api_1",
        "ILLUMIO_API_KEY_SECRET": PASSWORD,
        "SCM_HOST": HOSTS["scm"][1],
        "SCM_CLIENT_ID": ADMIN,
        "SCM_CLIENT_SECRET": PASSWORD,
        "SCM_TSG_ID": "1234567890",
        "SCM_TOKEN_URL": f"https://{HOSTS['scm'][1]}:{port}/oauth2/access_token",
        "CORTEX_FQDN": HOSTS["cortex"][1],
        "CORTEX_API_KEY": PASSWORD,
        "CORTEX_API_KEY_ID": "1",
        "ORACLE_SBC_PORT": port,
        "ORACLE_SBC_USERNAME": ADMIN,
        "ORACLE_SBC_PASSWORD": PASSWORD,
    }


def write(simulator: Simulator, folder: Path) -> None:
    """Write ``inventory.yml`` and ``env``, a file for the shell to read."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment(simulator).items()]
    # The environment that runs this has Ansible and all that the modules need.
    lines.append(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH")
    (folder / "env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "inventory.yml").write_text(inventory(simulator), encoding="utf-8")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with SimulatorProcess(FOLDER, time_scale=TIME_SCALE, max_lifetime=LIFETIME) as simulator:
        set_up(simulator)
        write(simulator, FOLDER)
        print(f"Simulated systems, {TIME_SCALE:.0f} times as fast as real ones: {', '.join(HOSTS)}.")
        print(f"In another terminal:  . {os.path.relpath(FOLDER / 'env')}")
        print("Ctrl-C ends them.", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
