# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts push at once: how many access tokens that takes, of a service that answers ten requests at a time."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import typing as t

if t.TYPE_CHECKING:
    from conftest import Player

HOSTS = 50
CLIENT, SECRET = "sa@1234567890.iam.panserviceaccount.com", "s3cret-of-the-tenant"
ADDRESS = "127.83.0.1"


def play(player: Player, *, address: str, **options: t.Any) -> list[dict[str, t.Any]]:
    """Push from all hosts in one play, each to a folder of its own, and return the results."""
    simulator = player.simulator
    simulator.add_device(
        address,
        system="scm",
        clients={CLIENT: {"secret": SECRET}},
        folders=[f"host{number}" for number in range(HOSTS)],
        concurrent_push="parallel",
        pushes={"polls": 2, "children": {"*": {"polls": 2, "start": 0}}},
    )
    push = {
        "host": address,
        "port": simulator.port,
        "ca_path": simulator.ca_path,
        "token_url": f"https://{address}:{simulator.port}/oauth2/access_token",
        "client_id": CLIENT,
        "client_secret": "{{ secret }}",
        "tsg_id": "1234567890",
        "folders": ["{{ inventory_hostname }}"],
        "poll_interval": 0.5,
        "poll_max_interval": 2,
        **options,
    }
    save = {
        "name": "Save the results",
        "ansible.builtin.copy": {
            "dest": str(player.folder / "results.json"),
            "content": "{{ ansible_play_hosts_all | map('extract', hostvars, 'push') | to_json }}",
            "mode": "0600",
        },
        "run_once": True,
        "no_log": True,
    }
    made = {
        "hosts": "all",
        "gather_facts": False,
        "vars_files": ["secrets.json"],
        "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable},
        "tasks": [{"name": "Push", "netops.jobs.scm_push": push, "register": "push"}, save],
    }
    (player.folder / "secrets.json").write_text(json.dumps({"secret": SECRET}))
    (player.folder / "play.yml").write_text(json.dumps([made]))
    inventory = {"all": {"hosts": {f"host{number}": None for number in range(HOSTS)}}}
    (player.folder / "inventory.json").write_text(json.dumps(inventory))
    done = subprocess.run(
        ["ansible-playbook", "-i", "inventory.json", "-f", str(HOSTS), "-v", "play.yml"],
        cwd=player.folder,
        env=player.environment(),
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert SECRET not in done.stdout + done.stderr
    # Every token begins so.
    assert "eyJ" not in done.stdout + done.stderr
    return t.cast("list[dict[str, t.Any]]", json.loads((player.folder / "results.json").read_text()))


def tokens(player: Player, address: str) -> int:
    return sum(player.simulator.device(address)["tokens"].values())


# Trap 17.
def test_fifty_hosts_that_push_at_once_share_a_token(player: Player) -> None:
    cache = player.folder / "tokens.json"
    results = play(player, address=ADDRESS, token_cache=str(cache))
    assert [result["outcome"] for result in results] == ["succeeded"] * HOSTS
    assert tokens(player, ADDRESS) == 1
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    requests = [entry for entry in player.simulator.requests(ADDRESS) if entry["step"] == "token"]
    assert len(requests) == 1
    pushes = [entry for entry in player.simulator.ledger(ADDRESS)["submissions"] if entry["kind"] == "push"]
    assert sorted(entry["details"]["folders"] for entry in pushes) == sorted([f"host{n}"] for n in range(HOSTS))


def test_without_a_file_each_host_fetches_a_token_of_its_own(player: Player) -> None:
    address = "127.83.0.2"
    results = play(player, address=address)
    assert [result["outcome"] for result in results] == ["succeeded"] * HOSTS
    assert tokens(player, address) == HOSTS
    pushes = [entry for entry in player.simulator.ledger(address)["submissions"] if entry["kind"] == "push"]
    assert len(pushes) == HOSTS
