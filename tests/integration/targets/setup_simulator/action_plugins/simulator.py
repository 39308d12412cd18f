# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``simulator``: starts and stops the simulator of tests/simulator, and tells it what to do.

It runs in the controller's worker, which costs a tenth of what a module or the ``uri`` module would.

    simulator: {start: {time_scale: 10}}                 its result must be registered as ``simulator``
    simulator: {new: {hostname: fw1, changes: [{}]}}     makes a device
    simulator: {new: {system: illumio, location: path}}  of another system
    simulator: {faults: [{fault: empty}], outage: {...}, configure: {...}, jobs: {...}}
    simulator: {advance: 60}                             moves the clock of all devices
    simulator: {stop: true}

What is none of these is an action of the device. All is for the device that was made last, unless ``device`` has the
address of another.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

LIFETIME = 900
"""Seconds after which a simulator ends, whatever becomes of the play that started it."""

ACCOUNT = {"automation": {"password": "s3cret-of-automation"}}
"""The account that every device has, as in vars/main.yml."""

KEYS = {"api_of_automation": {"secret": ACCOUNT["automation"]["password"]}}
"""The API key that every PCE has."""

CLIENTS = {"sa@1234567890.iam.panserviceaccount.com": {"secret": ACCOUNT["automation"]["password"]}}
"""The service account that every tenant of Strata Cloud Manager has."""

CORTEX_KEYS = {"7": {"key": ACCOUNT["automation"]["password"], "type": "advanced"}}
"""The API key that every tenant of Cortex has."""


def client() -> t.Any:
    """Return the module simulator.client of the collection under test; ansible-test runs the targets from a copy."""
    root = importlib.import_module("ansible_collections.netops.jobs").__path__[0]
    tests = str(pathlib.Path(root, "tests"))
    if tests not in sys.path:
        sys.path.insert(0, tests)
    return importlib.import_module("simulator.client")


def plain(value: t.Any) -> t.Any:
    """Return *value* without Ansible's own types."""
    return json.loads(json.dumps(value, default=str))


def made(number: int, wanted: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the settings of a new device: what is *wanted*, and what all have."""
    # Jobs end with the second look at them: however slow the machine is, no test races its job.
    if wanted.get("system") == "illumio":
        return {"jobs": {"polls": 2}, "retry_after": 0, "api_keys": KEYS, **wanted}
    if wanted.get("system") == "scm":
        pushes = {"polls": 2, "children": {"*": {"polls": 2, "start": 0}}}
        return {"clients": CLIENTS, "pushes": pushes, "device_jobs": {"polls": 2}, **wanted}
    if wanted.get("system") == "cortex":
        actions = {"states": ["IN_PROGRESS", "COMPLETED_SUCCESSFULLY"]}
        packages = {"states": ["In Progress", "Completed"]}
        return {"api_keys": CORTEX_KEYS, "actions": actions, "distributions": packages, **wanted}
    if wanted.get("system") == "oracle_sbc":
        return {"operations": {"*": {"polls": 2}}, "users": ACCOUNT, **wanted}
    defaults = {"serial": f"0070000{number:08}", "commit_seconds": 600, "commit_polls": 2}
    return {**defaults, **wanted, "admins": {**ACCOUNT, **wanted.get("admins", {})}}


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        steps = plain(self._task.args)
        known = plain((task_vars or {}).get("simulator", {}))
        try:
            if "start" in steps:
                result.update(self._start(steps["start"] or {}))
            elif known:
                self._apply(known, steps)
        except client().SimulatorError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        return result

    def _start(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        state_dir = tempfile.mkdtemp(prefix="netops.jobs-simulator-")
        # The parent of this worker is ansible-playbook.
        started = client().SimulatorProcess(state_dir, parent=os.getppid(), max_lifetime=LIFETIME, **options)
        return {
            "control_url": started.control_url,
            "port": started.port,
            "ca_path": started.ca_path,
            "state_dir": state_dir,
        }

    def _apply(self, known: dict[str, t.Any], steps: dict[str, t.Any]) -> None:
        simulator = client().Simulator(known["control_url"], known["port"], known["ca_path"])
        if steps.pop("stop", False):
            simulator.call("POST", "/shutdown", {})
            shutil.rmtree(known["state_dir"], ignore_errors=True)
            return
        if "new" in steps:
            number = simulator.info()["devices"] + 1
            settings = made(number, steps.pop("new") or {})
            simulator.add_device(f"127.77.{number // 250}.{number % 250 + 1}", **settings)
        address = steps.pop("device", None) or simulator.call("GET", "/devices")[-1]["address"]
        for fault in steps.pop("faults", []):
            simulator.fault(fault.pop("fault"), address, **fault)
        if "configure" in steps:
            simulator.configure(address, **steps.pop("configure"))
        if "outage" in steps:
            simulator.outage(address, **steps.pop("outage"))
        if "advance" in steps:
            simulator.advance(steps.pop("advance"))
        for action, arguments in steps.items():
            simulator.act(address, action, **(arguments or {}))
