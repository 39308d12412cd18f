# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clients that others wrote were seen to do wrong, each situation played to our modules by the simulator.

The situations were measured with paloaltonetworks.panos 3.4.1 and pan-os-python 1.13.1, or read in the sources of
pango, pan-os-upgrade-assurance, demisto/content and others; the comment above each test says what happened there. Ours
must end with the right verdict, with the job's id, and without a traceback. The modules run in this process, as they do
in the controller's worker.
"""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import re
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .conftest import PASSWORD, SimulatorProcess, assert_clean

MODULES = "ansible_collections.netops.jobs.plugins.modules"

# Jobs end with a look at them, so that no test races its job.
PANORAMA = {
    "kind": "panorama",
    "push_seconds": 600,
    "push_polls": 1,
    "push_device_seconds": 600,
    "push_device_polls": 1,
    "device_groups": {"Branches": {"devices": ["PEER-1", "PEER-2"]}},
    "managed_devices": {"PEER-1": {"hostname": "fw1"}, "PEER-2": {"hostname": "fw2"}},
}
FIREWALL = {"commit_seconds": 600, "commit_polls": 2, "changes": [{}]}


@dataclasses.dataclass
class Task:
    """A task whose module runs here."""

    params: dict[str, t.Any]
    check_mode: bool = False
    diff: bool = False
    warnings: list[str] = dataclasses.field(default_factory=list)

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    live = False

    def show(self, status: str) -> None:
        pass

    def say(self, line: str) -> None:
        assert_clean(line)

    def hide(self, secrets: t.Iterable[str]) -> None:
        assert all(secrets)

    def mask(self, text: str) -> str:
        return text

    def check_alive(self) -> None:
        pass


class Bench:
    """One simulated device, and the modules run against it."""

    def __init__(self, simulator: SimulatorProcess, number: int) -> None:
        self.simulator = simulator
        self.address = f"127.79.0.{number}"
        self.warnings: list[str] = []

    def device(self, **settings: t.Any) -> Bench:
        admins = {"automation": {"password": PASSWORD}, "alice": {"password": "s3cret-of-nobody"}}
        defaults = {"serial": f"PEER-OF-{self.address}", "admins": admins}
        self.simulator.add_device(self.address, **{**defaults, **settings})
        return self

    def panorama(self, *, pending: bool = True, **settings: t.Any) -> Bench:
        self.device(**{**PANORAMA, **settings})
        if pending:
            self.act("out-of-sync", device_group="Branches")
        return self

    def firewall(self, **settings: t.Any) -> Bench:
        return self.device(**{**FIREWALL, **settings})

    def act(self, action: str, **arguments: t.Any) -> None:
        self.simulator.act(self.address, action, **arguments)

    def fault(self, fault: str, step: str, **options: t.Any) -> Bench:
        self.simulator.fault(fault, self.address, match={"step": step}, **options)
        return self

    def run(self, name: str, *, check_mode: bool = False, **options: t.Any) -> dict[str, t.Any]:
        """Return the result of a task; nothing in it is a secret or a traceback."""
        module = importlib.import_module(f"{MODULES}.{name}")
        given = {
            "host": self.address,
            "port": self.simulator.port,
            "ca_path": self.simulator.ca_path,
            "username": "automation",
            "password": PASSWORD,
            **options,
        }
        if "wait_timeout" in module.ARGUMENTS["argument_spec"]:
            given = {"wait_timeout": 20, "poll_interval": 0.05, "poll_max_interval": 0.1, "outage_timeout": 5, **given}
        arguments = {key: value for key, value in module.ARGUMENTS.items() if key != "supports_check_mode"}
        checked = ArgumentSpecValidator(**arguments).validate(given)
        assert not checked.error_messages, checked.error_messages
        task = Task(checked.validated_parameters, check_mode=check_mode)
        result = module.run(task)
        self.warnings = task.warnings
        assert_clean(repr(result))
        assert isinstance(result["msg"], str)
        return result

    def steps(self, *names: str) -> list[str]:
        """Return those of the requests that served one of these steps, in their order."""
        return [entry["step"] for entry in self.simulator.requests(self.address) if entry["step"] in names]

    def submissions(self, kind: str) -> int:
        return sum(entry["kind"] == kind for entry in self.simulator.ledger(self.address)["submissions"])


NUMBERS = itertools.count(1)


@pytest.fixture
def bench(simulator: SimulatorProcess) -> Bench:
    return Bench(simulator, next(NUMBERS))


# panos_commit_push: tracebacks "'NoneType' object is not subscriptable" and "'bool' object is not subscriptable",
# without waiting "int() argument ... NoneType"; the library: UnboundLocalError jobid.
@pytest.mark.parametrize("style", ["no_changes", "same", "same_without_code", "same_cut", "line"])
@pytest.mark.parametrize("wait", [True, False])
def test_a_push_without_changes(bench, style, wait) -> None:
    bench.panorama(pending=False, push_noop_style=style)
    result = bench.run("panos_push", device_group="Branches", push_in_sync=True, wait=wait)
    assert (result["failed"], result["changed"], result["outcome"]) == (False, False, "nothing_to_do")
    assert result["job"]["id"] is None


# panos_commit_push: changed false; the id an integer there and a text when waiting.
@pytest.mark.parametrize("wait", [True, False])
def test_a_push_that_was_accepted(bench, wait) -> None:
    result = bench.panorama().run("panos_push", device_group="Branches", wait=wait)
    assert (result["failed"], result["changed"]) == (False, True)
    assert result["job"]["id"] == "2"
    assert result["outcome"] == ("succeeded" if wait else "running")


# panos_commit_push: "Job ID 7: fw1: b | a | d | ...", a text taken for a list.
def test_a_push_that_one_device_does_not_take(bench) -> None:
    bench.panorama(push_devices={"PEER-2": {"errors": ["bad rule"]}})
    result = bench.run("panos_push", device_group="Branches")
    assert (result["failed"], result["changed"], result["outcome"]) == (True, True, "failed")
    assert result["job"]["vendor_state"] == "FIN/OK"
    states = {target["name"]: target["state"] for target in result["job"]["targets"]}
    assert states == {"fw1": "succeeded", "fw2": "failed"}
    assert any("bad rule" in line for target in result["job"]["targets"] for line in target["messages"])
    assert "fw2" in result["msg"]
    assert "fw1" not in result["msg"]


# panos_commit_push: changed true, silent.
def test_a_push_that_reaches_nobody(bench) -> None:
    result = bench.panorama(next_pushes=[{"nobody": True}]).run("panos_push", device_group="Branches")
    assert not result["changed"]
    assert "no device was touched" in result["msg"]
    assert bench.warnings


# pan-os-python: returns at once where no device is listed yet.
def test_a_push_whose_devices_show_late(bench) -> None:
    result = bench.panorama(push_record={"empty_looks": 2}).run("panos_push", device_group="Branches")
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    assert len(result["job"]["targets"]) == 2


# Other clients: a traceback although the job finished.
@pytest.mark.parametrize("fault", ["session_timeout", "status_503", "html", "garbage", "empty", "cut_body"])
@pytest.mark.parametrize("step", ["poll", "list"])
def test_one_poll_without_an_answer(bench, fault, step) -> None:
    bench.firewall().fault(fault, step)
    result = bench.run("panos_commit")
    assert (result["outcome"], result["job"]["id"]) == ("succeeded", "2")
    assert bench.submissions("commit") == 1


# panos_commit: a traceback, no owner, no waiting.
def test_a_lock_of_somebody_else(bench) -> None:
    bench.firewall().act("locks", owner="alice", comment="until noon")
    result = bench.run("panos_commit")
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, "refused")
    assert result["refusal"]["locks"][0]["admin"] == "alice"
    assert "alice" in result["msg"]
    assert "until noon" in result["msg"]


def test_a_commit_in_progress(bench) -> None:
    bench.firewall(queue=False, commit_seconds=1, commit_polls=0).act("jobs", type="Commit", user="alice", seconds=600)
    refused = bench.run("panos_commit", wait_for_idle=False)
    assert (refused["outcome"], refused["changed"]) == ("refused", False)
    assert refused["refusal"]["jobs"][0]["user"] == "alice"


# Other clients: tracebacks, "No status element".
@pytest.mark.parametrize("fault", ["not_found", "failed_job"])
def test_a_job_that_is_gone(bench, fault) -> None:
    bench.firewall()
    started = bench.run("panos_commit", wait=False)
    bench.fault(fault, "poll", times="forever")
    result = bench.run("panos_commit", handle=started["job"]["handle"])
    assert (result["failed"], result["outcome"]) == (True, "lost")
    assert result["job"]["handle"]["id"] == started["job"]["id"] == "2"
    assert bench.submissions("commit") == 1


# Other clients: KeyError 'tfin'; pango and the terraform provider wait for progress 100 for ever.
@pytest.mark.parametrize(
    "record",
    [{"tfin": "missing"}, {"progress": "clock_at_end"}, {"progress": "datetime_at_end"}, {"details": "string"}],
)
def test_the_forms_of_a_finished_job(bench, record) -> None:
    result = bench.firewall(record=record).run("panos_commit")
    assert result["outcome"] == "succeeded"


# The httpapi plugin: ConnectionError.
def test_a_record_without_status(bench) -> None:
    result = bench.firewall().fault("without_status", "poll").run("panos_commit")
    assert result["outcome"] == "succeeded"


# Other clients: a traceback; here one new key, and without a password a failure that has the handle.
@pytest.mark.parametrize("status", [200, 403])
def test_a_key_that_dies_while_waiting(bench, status) -> None:
    bench.firewall().fault("invalid_key", "poll", status=status)
    assert bench.run("panos_commit")["outcome"] == "succeeded"
    assert bench.steps("keygen") == ["keygen", "keygen"]


def test_a_key_that_cannot_be_renewed(bench) -> None:
    bench.firewall(api_keys={"LUFRPT1-key-of-automation": "automation"}).fault("invalid_key", "poll", times="forever")
    result = bench.run("panos_commit", username=None, password=None, api_key="LUFRPT1-key-of-automation")
    assert (result["failed"], result["outcome"]) == (True, "unreachable")
    assert result["job"]["handle"]["id"] == "2"
    assert "api_key" in result["msg"]


# panos_commit_push: loops for ever on HTTP 403 or 503, its time-out ignored.
def test_a_device_that_only_answers_503(bench) -> None:
    bench.firewall().fault("status_503", "poll", times="forever")
    result = bench.run("panos_commit", wait_timeout=1, outage_timeout=60)
    assert (result["failed"], result["outcome"]) == (True, "timed_out")
    assert result["job"]["handle"]["id"] == "2"


# pan-os-python: an error without the job's id.
def test_a_job_that_does_not_start(bench) -> None:
    bench.firewall(commit_polls=0).act("jobs", type="Commit", user="alice", seconds=600)
    result = bench.run("panos_commit", wait_timeout=1)
    assert (result["failed"], result["outcome"]) == (True, "timed_out")
    assert result["job"]["handle"]["id"] == "3"
    assert (result["job"]["vendor_state"], result["job"]["state"]) == ("PEND", "pending")
    assert "PEND" in result["msg"]


# Trap 37: while a push runs the firewall takes no commits.
def test_a_commit_on_a_firewall_under_a_push(bench, simulator) -> None:
    firewall = Bench(simulator, next(NUMBERS)).firewall(serial="PUSHED-1")
    groups = {"Branches": {"devices": ["PUSHED-1"]}}
    pace = {"push_seconds": 0, "push_polls": 0, "push_device_seconds": 2, "push_device_polls": 0}
    bench.panorama(device_groups=groups, managed_devices={}, **pace)
    assert bench.run("panos_push", device_group="Branches", merge=False, wait=False)["outcome"] == "running"
    refused = firewall.run("panos_commit", wait_for_idle=False)
    assert refused["outcome"] == "refused"
    assert firewall.run("panos_commit")["outcome"] == "succeeded"


# The commit modules do not support check mode.
@pytest.mark.parametrize("module", ["panos_commit", "panos_push"])
def test_check_mode_tells_what_would_happen(bench, module) -> None:
    options = {}
    if module == "panos_push":
        bench.panorama()
        options = {"device_group": "Branches"}
    else:
        bench.firewall()
    result = bench.run(module, check_mode=True, **options)
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    assert re.search(r"would be (committed|pushed)", result["msg"])
    assert bench.steps("submit") == []


# pan-os-python verifies no certificate; panos_import puts the key into the address.
def test_certificates_are_verified_and_no_key_is_in_an_address(bench) -> None:
    bench.firewall()
    result = bench.run("panos_commit", ca_path=None)
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, "unreachable")
    assert "ca_path" in result["msg"]
    bench.run("panos_commit")
    requests = bench.simulator.requests(bench.address)
    assert {entry["credential_in"] for entry in requests} == {"header", "body"}
    assert {entry["query"] for entry in requests} == {""}


EXPORTS = {"export_polls": 2, "export_sizes": {"tech-support": 20000}}


# panos_export: ignores the result, reads the file into memory, looks every 60 s.
def test_an_export_that_fails(bench, tmp_path) -> None:
    bench.device(**EXPORTS, export_errors=["disk full"])
    dest = tmp_path / "support.tgz"
    result = bench.run("panos_export", category="tech-support", dest=str(dest))
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, "failed")
    assert "disk full" in result["msg"]
    assert bench.steps("get") == []
    assert list(tmp_path.iterdir()) == []


# demisto's export: asks for the file at the submission and with every look, which deletes it.
def test_a_tech_support_file_is_fetched_once(bench, tmp_path) -> None:
    bench.device(**EXPORTS)
    dest = tmp_path / "support.tgz"
    result = bench.run("panos_export", category="tech-support", dest=str(dest))
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    assert dest.stat().st_size == result["result"]["size"] == 20000
    # One look tells the time of its enqueueing, the others are polls.
    assert bench.steps("poll", "get")[-1:] == ["get"]
    assert bench.steps("get") == ["get"]
    assert bench.submissions("tech-support") == 1


# terraform v1: an inverted test of the time-out.
def test_a_log_query_that_does_not_end(bench, tmp_path) -> None:
    bench.device(log_seconds=3600)
    result = bench.run("panos_log_export", log_type="traffic", dest=str(tmp_path / "log"), wait_timeout=1)
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, "timed_out")
    assert result["job"]["handle"]["id"] == result["job"]["id"]
    assert list(tmp_path.iterdir()) == []


# panos_check: changed true, errors swallowed.
def test_a_device_that_is_ready(bench) -> None:
    bench.device(version="11.1.6")
    result = bench.run("panos_software_update", version="11.1.6", restart=True)
    assert (result["failed"], result["changed"], result["outcome"]) == (False, False, "nothing_to_do")
    assert bench.simulator.ledger(bench.address)["submissions"] == []


UPDATES = {"version": "11.1.6", "update_polls": 1}


# panos_software: installs again, and returns no job's id.
def test_software_that_is_installed_and_waits_for_a_restart(bench) -> None:
    bench.device(**UPDATES)
    first = bench.run("panos_software_update", version="11.1.10")
    assert (first["outcome"], first["changed"]) == ("succeeded", True)
    assert first["job"]["id"] == first["jobs"][-1]["id"]
    again = bench.run("panos_software_update", version="11.1.10")
    assert (again["outcome"], again["changed"]) == ("nothing_to_do", False)
    assert again["result"]["restart_needed"]
    assert bench.submissions("software-install") == 1


# panos_software: changed false for a download in check mode.
@pytest.mark.parametrize("state", ["downloaded", "installed"])
def test_check_mode_of_a_download(bench, state) -> None:
    bench.device(**UPDATES)
    result = bench.run("panos_software_update", check_mode=True, version="11.1.10", state=state)
    assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "succeeded")
    assert "download 11.1.10" in result["msg"]
    assert bench.simulator.ledger(bench.address)["submissions"] == []


# panos_dynamic_updates: neither another kind than applications and threats nor another version than the latest.
# pan-os-python: <version> with a number, which the device does not take (issue 394).
def test_content_of_another_kind(bench) -> None:
    bench.device(**UPDATES)
    result = bench.run("panos_content_update", type="wildfire")
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    assert result["result"]["version"] == result["result"]["version_wanted"]


def test_content_that_is_not_the_latest(bench) -> None:
    bench.device(**UPDATES)
    latest = bench.run("panos_content_update", check_mode=True)["result"]["version_wanted"]
    result = bench.run("panos_content_update", min_age_days=5)
    assert (result["outcome"], result["changed"]) == ("succeeded", True)
    older = result["result"]["version"]
    assert older != latest
    assert bench.run("panos_content_update", version=older)["outcome"] == "nothing_to_do"
