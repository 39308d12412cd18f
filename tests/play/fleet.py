# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet of simulated firewalls, alone and in pairs, and a playbook of the collection for it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import typing as t

if t.TYPE_CHECKING:
    from conftest import Player
    from simulator.client import SimulatorProcess

PASSWORD = "s3cret-of-automation"


class Fleet:
    """Runs a playbook on pairs ``p1a``, ``p1b``, ... and on ``s1``, ...: at first the device a of a pair is active.

    *prefix* is that of the variables that say how often to look and where the report goes.
    """

    def __init__(
        self,
        player: Player,
        simulator: SimulatorProcess,
        playbook: str,
        *,
        pairs: int,
        alone: int = 0,
        prefix: str = "panos_rollout",
        **settings: t.Any,
    ) -> None:
        self.player, self.simulator, self.playbook, self._prefix = player, simulator, playbook, prefix
        self.addresses: dict[str, str] = {}
        self.credentials = {"panos_username": "automation", "panos_password": PASSWORD}
        self.environment: dict[str, str] = {}
        self.hosts: dict[str, dict[str, t.Any]] = {}
        for number in range(1, pairs + 1):
            one, other = f"p{number}a", f"p{number}b"
            self._add(one, f"127.80.{number}.1", panos_rollout_peer=other, **settings)
            self._add(other, f"127.80.{number}.2", ha_peer=self.addresses[one], panos_rollout_peer=one, **settings)
        for number in range(1, alone + 1):
            self._add(f"s{number}", f"127.81.{number // 250}.{number % 250 + 1}", **settings)

    def _add(self, name: str, address: str, *, panos_rollout_peer: str = "", **settings: t.Any) -> None:
        self.add(name, address, {"panos_rollout_peer": panos_rollout_peer}, **settings)

    def add(self, name: str, address: str, variables: t.Mapping[str, t.Any], **settings: t.Any) -> None:
        """Make one more device, with these variables in the inventory."""
        self.addresses[name] = address
        self.hosts[name] = {"ansible_host": address, **variables}
        settings = {
            "hostname": name,
            "serial": f"00700{len(self.hosts):05}",
            "admins": {"automation": {"password": PASSWORD}},
            **settings,
        }
        self.simulator.add_device(address, **settings)

    def serial(self, role: str, sizes: t.Sequence[int]) -> str:
        """Write a playbook with the role that takes so many hosts at a time; return its path."""
        play = {
            "hosts": "all",
            "gather_facts": False,
            "connection": "local",
            "serial": list(sizes),
            "roles": [{"role": role}],
        }
        book = self.player.folder / "serial.yml"
        book.write_text(json.dumps([play]))
        return str(book)

    def start(self, *flags: str, **extra: t.Any) -> subprocess.Popen[str]:
        variables = {
            "ansible_python_interpreter": sys.executable,
            **self.credentials,
            "panos_port": self.simulator.port,
            "panos_ca_path": self.simulator.ca_path,
            f"{self._prefix}_poll_interval": 0.1,
            f"{self._prefix}_poll_max_interval": 0.3,
            "panos_rollout_delay": 1,
            "panos_rollout_patience": 20,
        }
        folder = self.player.folder
        (folder / "inventory.json").write_text(json.dumps({"fleet": {"vars": variables, "hosts": self.hosts}}))
        (folder / "report.json").unlink(missing_ok=True)
        extra = {f"{self._prefix}_report_path": str(folder / "report.json"), **extra}
        arguments = ("-i", str(folder / "inventory.json"), "-l", "fleet", "-f", "10", "-e", json.dumps(extra), *flags)
        return self.player.start(self.playbook, *arguments, **self.environment)

    def run(self, *flags: str, **extra: t.Any) -> tuple[int, str]:
        with self.start(*flags, **extra) as process:
            output, _nothing = process.communicate(timeout=300)
        return process.returncode, output

    def use_own_passwords(self) -> None:
        """Give each device a password that no other has. To one that is wrong it answers with HTTP 403."""
        self.credentials = {}
        for name, address in self.addresses.items():
            secret = f"s3cret-of-nobody-on-{name}"
            self.simulator.configure(address, admins={"automation": {"password": secret}}, bad_password="http_403")
            self.hosts[name].update(panos_username="automation", panos_password=secret)

    def report(self) -> t.Any:
        """What the last run wrote."""
        return json.loads((self.player.folder / "report.json").read_text())

    def states(self) -> dict[str, str]:
        return {name: host["state"] for name, host in self.report()["hosts"].items()}

    def submissions(self, *left_out: str) -> list[tuple[str, str]]:
        """Return what was accepted, host and kind, in the order of time."""
        names = {address: name for name, address in self.addresses.items()}
        entries = [entry for entry in self.simulator.ledger()["submissions"] if entry["accepted"]]
        entries.sort(key=lambda entry: entry["number"])
        return [(names[entry["device"]], entry["kind"]) for entry in entries if entry["kind"] not in left_out]

    def until(self, kind: str, process: subprocess.Popen[str], *, times: int = 1) -> None:
        """Return when so many submissions of *kind* were accepted."""
        end = time.monotonic() + 120
        while len([entry for entry in self.submissions() if entry[1] == kind]) < times:
            assert time.monotonic() < end, f"no {kind}"
            assert process.poll() is None, f"ended without {kind}:\n{process.communicate()[0]}"
            time.sleep(0.02)
