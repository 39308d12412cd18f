# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook against a simulator, as a user does, and keeps all that it printed."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from simulator.client import SimulatorProcess

BIN = pathlib.Path(sys.executable).parent
CONNECTIONS = ROOT / "tests/integration/targets/setup_simulator/connection_plugins"

# Ways of running a task: in the controller's worker, and as a module on what Ansible takes for another machine.
WAYS = ("local", "elsewhere")

PASSWORD = "s3cret-of-automation"
API_KEY = "LUFRPT1-key-of-automation"
SECRETS = (
    PASSWORD,
    API_KEY,
    "s3cret-of-reader",
    "s3cret-of-nobody",
    "LUFRPT1",  # every key that the simulator makes begins so
)
TRACES = ("Traceback", "NoneType", 'File "')


@dataclasses.dataclass(frozen=True)
class Run:
    """What a play printed, its exit code, and the results of its tasks by the name that they were registered under."""

    code: int
    output: str
    results: dict[str, t.Any]


def assert_clean(text: str) -> None:
    """Neither a secret nor a traceback is in *text*."""
    for word in (*SECRETS, *TRACES):
        assert word not in text, f"{word!r} in: ...{text[max(0, text.find(word) - 300) :][:600]}"


class Player:
    """Writes playbooks and runs them. Everything is under *folder*."""

    def __init__(self, simulator: SimulatorProcess, folder: pathlib.Path) -> None:
        self.simulator = simulator
        self.folder = folder

    def device(self, **settings: t.Any) -> str:
        """Make a firewall whose jobs end with the second look at them, with one change; return its address."""
        number = self.simulator.info()["devices"] + 1
        defaults: dict[str, t.Any] = {
            "commit_seconds": 600,
            "commit_polls": 2,
            "serial": f"0070000{number:08}",
            "admins": {
                "automation": {"password": PASSWORD},
                "reader": {"password": "s3cret-of-reader", "role": "superreader"},
            },
            "api_keys": {API_KEY: "automation"},
            "changes": [{}],
        }
        return self.simulator.add_device(f"127.78.0.{number}", **{**defaults, **settings})

    def options(self, host: str, **others: t.Any) -> dict[str, t.Any]:
        """Return the options of panos_commit for that host; the secrets in them are names of variables."""
        options = {
            "host": host,
            "port": self.simulator.port,
            "ca_path": self.simulator.ca_path,
            "username": "automation",
            "password": "{{ password }}",
            "poll_interval": 0.1,
            "poll_max_interval": 0.2,
            "wait_timeout": 30,
            "outage_timeout": 5,
            **others,
        }
        return {name: value for name, value in options.items() if value is not None}

    def write(self, tasks: t.Sequence[t.Mapping[str, t.Any]], *, connection: str) -> pathlib.Path:
        """Write a playbook whose tasks' results end up in results.json."""
        names = [str(task["register"]) for task in tasks if "register" in task]
        save = {
            "name": "Save the results",
            "ansible.builtin.copy": {
                "dest": str(self.folder / "results.json"),
                "content": "{{ saved | to_json }}",
                "mode": "0600",
            },
            "vars": {
                "saved": {name: f"{{{{ {name} }}}}" for name in names},
                "ansible_connection": "local",
            },
            "no_log": True,
        }
        play = {
            "name": "Play",
            "hosts": "fw1",
            "gather_facts": False,
            "vars_files": ["secrets.json"],
            "vars": {"ansible_connection": connection, "ansible_python_interpreter": sys.executable},
            "tasks": [*tasks, save],
        }
        secrets = {"password": PASSWORD, "api_key": API_KEY}
        (self.folder / "secrets.json").write_text(json.dumps(secrets))
        (self.folder / "results.json").unlink(missing_ok=True)
        book = self.folder / "play.yml"
        book.write_text(json.dumps([play], indent=1))  # JSON is YAML
        return book

    def environment(self, **others: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PANOS_"))}
        collections = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".cache" / "collections"))
        return {
            **kept,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "tests/play/startup"),
            "PYTHONUNBUFFERED": "1",
            "ANSIBLE_COLLECTIONS_PATH": collections,
            "ANSIBLE_CONNECTION_PLUGINS": str(CONNECTIONS),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            **others,
        }

    def start(self, book: pathlib.Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [BIN / "ansible-playbook", "-i", "fw1,", str(book), *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def play(
        self, tasks: t.Sequence[t.Mapping[str, t.Any]], *arguments: str, connection: str, **environment: str
    ) -> Run:
        """Run *tasks* at -vvv and return what came of it."""
        book = self.write(tasks, connection=connection)
        with self.start(book, "-vvv", *arguments, **environment) as process:
            output, _nothing = process.communicate(timeout=300)
        saved = self.folder / "results.json"
        return Run(process.returncode, output, json.loads(saved.read_text()) if saved.exists() else {})


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[SimulatorProcess]:
    with SimulatorProcess(tmp_path_factory.mktemp("simulator"), max_lifetime=1500) as process:
        yield process


@pytest.fixture
def player(simulator: SimulatorProcess, tmp_path: pathlib.Path) -> Player:
    return Player(simulator, tmp_path)


@pytest.fixture(scope="session")
def shared_player(simulator: SimulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Player:
    return Player(simulator, tmp_path_factory.mktemp("play"))


@pytest.fixture(scope="session")
def clean() -> t.Callable[[str], None]:
    return assert_clean
