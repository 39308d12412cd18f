# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of a scenario in this process: the module's own ``run(task)``, over TLS, against fresh simulated devices."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import itertools
import json
import pathlib
import random
import shutil
import tempfile
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..simulator.client import Simulator
from . import clock
from .scenario import Scenario, filled

MODULES = "ansible_collections.netops.jobs.plugins.modules"

TIMING = {"wait_timeout": 600.0, "poll_interval": 2.0, "poll_max_interval": 6.0, "outage_timeout": 20.0}
"""Seconds, of the options of these names."""

_numbers = itertools.count()


class Task:
    """What a module's ``run`` needs of Ansible."""

    check_mode = False
    diff = False
    live = False

    def __init__(self, module: t.Any, options: Mapping[str, t.Any]) -> None:
        arguments = dict(module.ARGUMENTS)
        arguments.pop("supports_check_mode", None)
        spec = arguments.pop("argument_spec")
        checked = ArgumentSpecValidator(spec, **arguments).validate(
            {name: value for name, value in options.items() if name in spec}
        )
        if checked.error_messages:
            raise ValueError(checked.error_messages)
        self.params = checked.validated_parameters
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def say(self, line: str) -> None:
        """Nobody reads it."""

    def show(self, status: str) -> None:
        """Nobody sees it."""

    def mask(self, text: str) -> str:
        return text

    def hide(self, secrets: Iterable[str]) -> None:
        """The results are searched for secrets; what may be hidden makes no difference."""

    def check_alive(self) -> None:
        """Somebody waits."""


@dataclasses.dataclass(frozen=True)
class Ran:
    """One run: what the task returned, its warnings, and how many simulated seconds it took."""

    result: dict[str, t.Any]
    warnings: list[str]
    seconds: float

    @property
    def outcome(self) -> str:
        return str(self.result.get("outcome"))

    @property
    def told(self) -> str:
        """All that a person could read of it."""
        return json.dumps([self.result, self.warnings])


@dataclasses.dataclass(frozen=True)
class Request:
    """One request of a run, as the simulator's log has it: what it submitted, and whether its answer has no body."""

    method: str
    kind: str
    step: str
    submitted: tuple[str, ...]
    device: str
    empty: bool


class Stage:
    """The devices of one scenario, made anew, on addresses of their own."""

    def __init__(self, scenario: Scenario, simulator: Simulator, folder: pathlib.Path) -> None:
        self.scenario, self._simulator, self.folder = scenario, simulator, folder
        # The same addresses again and again: a certificate is made for each.
        self.addresses = [f"127.60.{next(_numbers) % 200}.{number + 1}" for number in range(len(scenario.devices))]
        self.places = {
            "folder": str(folder),
            "port": str(simulator.port),
            "ca_path": simulator.ca_path,
            **{chr(ord("A") + number): address for number, address in enumerate(self.addresses)},
        }

    def options(self, **more: t.Any) -> dict[str, t.Any]:
        return {**TIMING, **filled(self.scenario.options, self.places), **more}

    def set_up(self) -> None:
        simulator, scenario = self._simulator, self.scenario
        # One device may name another that comes after it, and some name one that has to be there.
        for address, settings in zip(self.addresses, scenario.devices, strict=True):
            simulator.add_device(address, **filled(settings, self.places))
        for number, action, arguments in scenario.prepared:
            simulator.act(self.addresses[number], action, **filled(arguments, self.places))

    def tear_down(self) -> None:
        for address in self.addresses:
            self._simulator.remove_device(address)

    def run(self, *, seed: int = 0, **more: t.Any) -> Ran:
        module = importlib.import_module(f"{MODULES}.{self.scenario.module}")
        task = Task(module, self.options(**more))
        random.seed(seed)
        with clock.jumping(self._simulator.advance):
            began = clock.time.monotonic()
            result = module.run(task)
            seconds = clock.time.monotonic() - began
        return Ran(json.loads(json.dumps(result)), task.warnings, seconds)

    @property
    def advance(self) -> t.Callable[[float], object]:
        """What takes the simulator along where a clock jumps."""
        return self._simulator.advance

    def let_pass(self, seconds: float) -> None:
        with clock.jumping(self._simulator.advance):
            clock.time.sleep(seconds)

    def requests(self) -> list[Request]:
        return [
            Request(
                entry["method"],
                entry["kind"],
                entry["step"],
                tuple(entry["submitted"]),
                entry["device"],
                empty=not entry["size"],
            )
            for entry in self._simulator.requests()
        ]

    def effects(self) -> int:
        """How many of the scenario's submissions the devices have accepted."""
        return sum(entry["kind"] in self.scenario.effects for entry in self._simulator.ledger()["submissions"])


@contextlib.contextmanager
def stage(scenario: Scenario, simulator: Simulator) -> Iterator[Stage]:
    """Give the scenario's devices, and forget them and the ledger afterwards."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="netops-jobs-faults-"))
    one = Stage(scenario, simulator, folder)
    simulator.reset_ledger()
    one.set_up()
    try:
        yield one
    finally:
        simulator.clear_faults()
        one.tear_down()
        shutil.rmtree(folder)
