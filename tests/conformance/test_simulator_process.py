# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process itself: its start, its ends, its documentation."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import typing as t

import pytest
from simulator.client import Simulator, SimulatorError, SimulatorProcess
from simulator.panos.device import PanosDevice, Settings
from simulator.panos.jobs import RecordStyle
from simulator.panos.push import PushStyle

from .conftest import ADMINS, TESTS, Api

README = (TESTS / "simulator" / "README.md").read_text(encoding="utf-8")


def gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_it_ends_with_its_parent(tmp_path: pathlib.Path) -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from simulator.client import SimulatorProcess\n"
        "print(SimulatorProcess(sys.argv[2]).process.pid, flush=True); os._exit(1)"
    )
    parent = subprocess.run(
        [sys.executable, "-c", code, str(TESTS), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert gone(int(parent.stdout), 10)


def test_it_ends_when_told(tmp_path: pathlib.Path) -> None:
    simulator = SimulatorProcess(tmp_path)
    assert simulator.call("POST", "/shutdown", {}) == {}
    assert simulator.process.wait(timeout=10) == 0
    again = SimulatorProcess(tmp_path)
    again.stop()
    assert again.process.returncode == 0
    assert not (tmp_path / "ready.json").exists()


def test_devices_from_a_file(tmp_path: pathlib.Path) -> None:
    devices = {"devices": [{"address": "127.81.0.1", "count": 3, "hostname": "fw{n}", "admins": ADMINS}]}
    with SimulatorProcess(tmp_path, devices=devices) as simulator:
        assert [entry["address"] for entry in simulator.call("GET", "/devices")] == [
            "127.81.0.1",
            "127.81.0.2",
            "127.81.0.3",
        ]
        found = Simulator.from_state_dir(tmp_path)
        assert (found.control_url, found.info()["devices"]) == (simulator.control_url, 3)
        ready = json.loads((tmp_path / "ready.json").read_text(encoding="utf-8"))
        assert ready["pid"] == simulator.process.pid


def test_a_start_that_fails_says_why(tmp_path: pathlib.Path) -> None:
    with pytest.raises(SimulatorError, match="not an address of a device"):
        SimulatorProcess(tmp_path, devices={"address": "192.0.2.1"})


def test_all_or_none(frozen: SimulatorProcess, new_address: t.Callable[[], str]) -> None:
    address = new_address()
    with pytest.raises(SimulatorError, match="colour"):
        frozen.call("POST", "/devices", {"devices": [{"address": address}, {"address": new_address(), "colour": 1}]})
    assert frozen.add_device(address) == address


def test_the_clock(tmp_path: pathlib.Path) -> None:
    with SimulatorProcess(tmp_path, time_scale=100) as simulator:
        first = simulator.clock()["epoch"]
        time.sleep(0.2)
        assert simulator.clock()["epoch"] - first > 20
        stopped = simulator.clock(frozen=True)["epoch"]
        assert simulator.advance(30)["epoch"] == pytest.approx(stopped + 30)
        with pytest.raises(SimulatorError):
            simulator.clock(scale=0)
        with pytest.raises(SimulatorError):
            simulator.advance(-1)


def test_the_time_of_a_device(device: t.Callable[..., Api]) -> None:
    near, far = device(), device(clock_skew=3600)
    command = "<show><system><info/></system></show>"
    times = [api.op(command).get("result/system/time") for api in (near, far)]
    first, second = (time.mktime(time.strptime(text.strip(), "%a %b %d %H:%M:%S %Y")) for text in times)
    assert second - first == 3600


def test_the_python_example_of_the_readme_runs(tmp_path: pathlib.Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {"state_dir": tmp_path})


def test_the_readme_names_everything() -> None:
    """Every setting, form of a record, and action."""
    settings = [field.name for field in dataclasses.fields(Settings)]
    styles = [field.name for style in (RecordStyle, PushStyle) for field in dataclasses.fields(style)]
    choices = [
        value for group in (Settings, RecordStyle, PushStyle) for values in group.CHOICES.values() for value in values
    ]
    actions = [name[5:].replace("_", "-") for name in dir(PanosDevice) if name.startswith("_act_")]
    named = set(re.findall(r"`([\w-]+)`", README)) | {"403", "200"}
    assert {str(word) for word in (*settings, *styles, *choices, *actions)} - named == set()
