# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time
import typing as t

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.inquiry import Inquiry
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import Wait
from ansible_collections.netops.jobs.plugins.module_utils._registry import operation as operation_of
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import network_scan
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.client import (
    CortexClient,
    CortexConnection,
)
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.network_scan import (
    KNOWN_AFTER,
    NetworkScan,
    ScanCommand,
    ScanOptions,
)
from ansible_collections.netops.jobs.tests.openapi import cortex
from ansible_collections.netops.jobs.tests.unit.fakes import JOB, FakeTime

SCAN = "/netscan/v1/scan/run"
STATUS = f"{SCAN}?id=789&fields=status"
COMMAND = f"{SCAN}/789/command"
LAUNCHED = (200, {"DATA": "Scan launched successfully with run ID: 789"})
NOT_FOUND = (404, {"err_msg": "Run ID not found"})
NOT_PERFORMED = (404, {"err_msg": "Run ID not found or command cannot be performed"})
LOST = requests.exceptions.ReadTimeout("x")
REFUSED = requests.exceptions.ConnectionError(ConnectionRefusedError(111, "refused"))
HOUR = 3600.0


def says(word: str) -> tuple[int, dict[str, str]]:
    return 200, {"DATA": f"Scan is in {word} state"}


@pytest.fixture(autouse=True)
def _published(tenant):
    """Whatever a test does: each request is as the published file says."""
    yield
    for asked in tenant.asked:
        body = None if asked.body is None else json.dumps(asked.body)
        assert cortex.netscan().request_errors(asked.method, asked.path, asked.headers, body) == []


class Run:
    """A scan, and a world for it whose time does not pass by itself."""

    def __init__(self, client) -> None:
        self.client = client
        self.fake = FakeTime()
        self.fake.now = time.monotonic()  # the client bounds its requests by this clock
        self.began = self.fake.now

    @property
    def age(self) -> float:
        return self.fake.now - self.began

    def scan(self, **options: t.Any) -> NetworkScan:
        wanted = ScanOptions(**{"definition_id": "123", **options})
        return NetworkScan(self.client, wanted, clock=lambda: self.fake.now)

    def __call__(self, operation=None, **wishes: t.Any):
        made = operation or self.scan()
        return lifecycle.run(made, Wishes(**{"timing": made.timing, **wishes}), self.fake.world)

    def command(self, wanted: str, **wishes: t.Any):
        made = ScanCommand(self.client, "789", wanted, clock=lambda: self.fake.now)
        return self(made, **wishes)


@pytest.fixture
def run(client) -> Run:
    return Run(client)


# From the launch to the end.


def test_a_scan_from_the_launch_to_the_end(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, says("New"), says("Running"), says("Completed"))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.result == {
        "run_id": "789",
        "definition_id": "123",
        "target": None,
        "launch_message": "Scan launched successfully with run ID: 789",
        "message": "Scan is in Completed state",
    }
    assert verdict.job.handle.id == "789"
    assert verdict.job.messages == ("Scan is in Completed state",)
    assert verdict.polling.observed == {"New": 1, "Running": 1, "Completed": 1}
    assert [asked.request_data for asked in tenant.posted(SCAN)] == [{"definition_id": 123}]


# Traps 3, 4 and 5.
def test_the_definition_is_launched_and_the_run_is_looked_at(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", SCAN, says("Completed"))
    run(run.scan(definition_id=str(2**63 - 1), target="192.0.2.0/24"))
    launch, look = tenant.asked
    assert (launch.path, look.path) == (f"/public_api{SCAN}", f"/public_api{STATUS}")
    assert launch.request_data == {"definition_id": 2**63 - 1, "target": "192.0.2.0/24"}
    assert "fields=status" in look.path
    assert look.headers["User-Agent"]


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("Failed", Outcome.FAILED), ("Canceled", Outcome.CANCELED), ("CANCELLED", Outcome.CANCELED)],
)
def test_ends_that_are_no_success(run, tenant, word, outcome) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, says("Canceling"), says(word))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (outcome, True)
    assert verdict.result["message"] == f"Scan is in {word} state"
    assert f"Scan is in {word} state" in verdict.message


# Traps 7, 9 and 23.
def test_six_hours_with_pauses_and_outages_of_key_and_network(tenant) -> None:
    run = Run(None)
    connection = CortexConnection("api-tenant.example.com", api_key="k" * 20, api_key_id="7", key_type="advanced")
    run.client = CortexClient(connection, now=lambda: 1_763_719_200 + run.age)
    states = [(0.02, "New"), (1, "Running"), (1.01, "Pausing"), (3, "Paused"), (5.5, "Running"), (6, "Canceling?")]
    troubles = [
        (0.5, 0.6, (429, b"slow down", {"Retry-After": "90"})),
        (2.0, 2.2, (500, {"err_msg": "Internal Server Error"})),
        (3.2, 3.9, REFUSED),
        (4.0, 4.084, (401, {"err_code": 401, "err_msg": "Public API request unauthorized"})),
        (4.2, 4.3, (200, b"<html>log in</html>")),
        (4.5, 4.6, (503, b"")),
        (4.7, 4.8, (500, {"reply": {"err_code": 500, "err_msg": "x", "err_extra": "the database is away"}})),
        (4.9, 5.0, LOST),
    ]

    def look(_asked):
        hours = run.age / HOUR
        for begin, end, answer in troubles:
            if begin <= hours < end:
                return answer
        if hours >= 6:
            return says("Completed")
        return says(next(word for until, word in states if hours < until))

    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, look)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert 6 * HOUR <= run.age <= 6 * HOUR + 300
    assert len(tenant.posted(SCAN)) == 1
    seen = verdict.polling.observed
    assert verdict.polling.outages == len(troubles)
    assert seen["Paused"] > 10
    for label in ("HTTP 429", "HTTP 500", "HTTP 401", "HTTP 503", "connection refused", "not JSON", "read timeout"):
        assert seen[label] >= 1
    assert verdict.polling.polls < 300
    assert any("Canceling?" in warning for warning in verdict.warnings)
    nonces = [asked.headers["x-xdr-nonce"] for asked in tenant.asked]
    stamps = [int(asked.headers["x-xdr-timestamp"]) for asked in tenant.asked]
    assert len(set(nonces)) == len(nonces) == verdict.polling.polls + 1
    assert stamps == sorted(stamps)
    assert stamps[-1] - stamps[0] >= 6 * HOUR * 1000


def test_an_outage_that_lasts_too_long_keeps_the_run(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, says("Running"), REFUSED)
    verdict = run()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert verdict.job.handle.id == "789"
    assert 3600 <= run.age < 4000


# The launch.


# Trap 6.
@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        requests.exceptions.ConnectionError(ConnectionResetError(104, "reset")),
        (502, b""),
        (503, b""),
        (504, b""),
        (500, {"err_msg": "Internal Server Error"}),
        (200, b"<html>portal</html>"),
    ],
)
def test_a_launch_whose_answer_is_lost_is_never_repeated(run, tenant, answer) -> None:
    tenant.post(SCAN, answer)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert len(tenant.asked) == 1
    assert "no list of runs" in verdict.message
    assert "run_id" in verdict.message
    assert "definition 123" in verdict.message


# Trap 1.
@pytest.mark.parametrize(
    "data",
    [{"DATA": "OK"}, {"DATA": "Scan is already running with run ID: 5"}, {"DATA": 789}, {"data": "x"}, ["run ID: 5"]],
)
def test_a_launch_whose_sentence_cannot_be_read_quotes_it(run, tenant, data) -> None:
    tenant.post(SCAN, (200, data))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert len(tenant.asked) == 1
    quoted = data["DATA"] if isinstance(data, dict) and isinstance(data.get("DATA"), str) else json.dumps(data)
    assert quoted in verdict.message
    assert "with its number as run_id" in verdict.message


def test_a_launch_that_was_never_sent_is_repeated(run, tenant) -> None:
    tenant.post(SCAN, (429, b"", {"Retry-After": "40"}), LAUNCHED).on("GET", STATUS, says("Completed"))
    assert run().outcome is Outcome.SUCCEEDED
    assert len(tenant.posted(SCAN)) == 2


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (
            (400, {"err_msg": "bad", "metadata": {"err_extra": [{"field": "target", "message": "no"}]}}),
            "rejected",
            "no",
        ),
        ((404, {"err_msg": "Not found"}), "rejected", "definition_id"),
        ((500, {"err_msg": "Scan is already running"}), "rejected", "already running"),
        ((401, b""), "denied", "api_key"),
        ((402, {"err_msg": "no license"}), "denied", "Exposure Management"),
        ((403, {"err_msg": "User not Authorized"}), "denied", "role"),
    ],
)
def test_a_launch_that_is_refused(run, tenant, answer, reason, words) -> None:
    tenant.post(SCAN, answer)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert verdict.refusal["reason"] == reason
    assert words in verdict.message
    assert len(tenant.asked) == 1


def test_an_interrupted_launch_is_not_promised_to_be_found(run, tenant) -> None:
    def interrupt():
        raise errors.Interrupted("interrupted by SIGTERM")

    scan = run.scan()
    scan.submit = interrupt
    verdict = run(scan)
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
    assert "cannot be found again" in verdict.message


def test_check_mode_asks_nothing(run, tenant) -> None:
    verdict = run(run.scan(target="192.0.2.7"), check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "definition 123 of 192.0.2.7 would be launched" in verdict.message
    assert tenant.asked == []


@pytest.mark.parametrize(
    "target", ["192.0.2.1", "192.0.2.0/24", "192.0.2.9/24", "192.0.2.1-192.0.2.9", "2001:db8::/64"]
)
def test_targets(target) -> None:
    assert ScanOptions("1", target).request_data() == {"definition_id": 1, "target": target}


@pytest.mark.parametrize(
    "target", ["1.2.3.4.0/12", "", "host.example.com", "192.0.2.9-192.0.2.1", "192.0.2.1-::1", "a-b"]
)
def test_targets_that_are_none(target) -> None:
    with pytest.raises(errors.BadInput, match="target"):
        ScanOptions("1", target)


# The run.


# Trap 2.
def test_a_state_that_cannot_be_read_is_waited_for_and_shown(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED)
    tenant.on("GET", STATUS, (200, {"DATA": "Scan is being archived."}), says("Sleeping"), says("Completed"))
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed == {"Scan is being archived.": 1, "Sleeping": 1, "Completed": 1}
    assert len(verdict.warnings) == 2


# Trap 7.
@pytest.mark.parametrize("word", ["Paused", "PAUSING"])
def test_a_pause_fails_the_task_where_it_is_to(run, tenant, word) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, says("Running"), says(word))
    scan = NetworkScan(run.client, ScanOptions("123"), paused_is="fail", clock=lambda: run.fake.now)
    verdict = run(scan)
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert verdict.job.vendor_state == word
    assert f"Scan is in {word} state" in verdict.message
    assert "state: running with run_id: 789" in verdict.message
    # Whoever waits by the handle judges alike, unless told otherwise.
    handle = Handle.from_dict(verdict.job.handle.to_dict())
    assert operation_of(handle, run.client).observe(handle, within=5).state is JobState.FAILED
    # To stop it, or to look at it, is another thing than to wait for it.
    assert operation_of(handle, run.client).glance(handle, within=5).state is JobState.RUNNING
    patient = NetworkScan(run.client, paused_is="wait")
    assert patient.observe(handle, within=5).state is JobState.RUNNING


def test_a_run_by_its_id(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running"), says("Completed"))
    verdict = run(NetworkScan(run.client, run_id="789", clock=lambda: run.fake.now))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.result["definition_id"] is None
    assert tenant.posted(SCAN) == []
    again = run(NetworkScan(run.client, run_id="789"))
    assert (again.outcome, again.changed) == (Outcome.SUCCEEDED, False)


def test_a_run_that_is_not_known_is_lost_at_once(run, tenant) -> None:
    tenant.on("GET", STATUS, NOT_FOUND)
    verdict = run(NetworkScan(run.client, run_id="789"))
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, False)
    assert "knows no run 789" in verdict.message
    assert len(tenant.asked) == 1


def test_a_run_that_is_not_known_yet(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, NOT_FOUND, says("New"), says("Completed"))
    assert run().outcome is Outcome.SUCCEEDED


def test_the_handle_of_a_moment_ago_may_not_be_known_yet(run, tenant) -> None:
    handle = Handle(NetworkScan.name, run.client.endpoint, "789")
    tenant.on("GET", STATUS, NOT_FOUND, says("New"), says("Completed"))
    assert run(NetworkScan(run.client, clock=lambda: run.fake.now), handle=handle).outcome is Outcome.SUCCEEDED
    tenant.on("GET", STATUS, NOT_FOUND)
    began = run.age
    verdict = run(NetworkScan(run.client, clock=lambda: run.fake.now), handle=handle)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, False)
    assert KNOWN_AFTER <= run.age - began < 3 * KNOWN_AFTER


def test_a_run_that_vanishes(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, says("Running"), says("Running"), says("Running"), NOT_FOUND)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert len(tenant.posted(SCAN)) == 1


# Trap 22.
def test_a_licence_that_ends_ends_the_wait_also_in_an_outage(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, says("Running"), (503, b""), (402, {"err_msg": "no license"}))
    verdict = run()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "licence" in verdict.message
    assert verdict.polling.observed["HTTP 402"] == 1


def test_a_key_that_stays_refused_ends_the_wait(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).on("GET", STATUS, says("Running"), (401, b""))
    verdict = run()
    assert verdict.outcome is Outcome.UNREACHABLE
    assert "did not accept the key" in verdict.message
    assert run.age < 1500
    tenant.on("GET", STATUS, (401, b""))
    at_once = run(NetworkScan(run.client, run_id="789"))
    assert (at_once.outcome, at_once.polling.polls) == (Outcome.UNREACHABLE, 1)


# To stop it.


def stopping(run: Run, **options: t.Any) -> Wait:
    handle = Handle("cortex.network_scan", run.client.endpoint, "789", options=options)
    operation = NetworkScan(run.client, clock=lambda: run.fake.now)
    return Wait(operation, handle, operation.timing, run.fake.world)


# Trap 24.
def test_a_run_is_aborted_and_its_answer_names_no_other_run(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running"), says("Canceling"), says("Canceled"))
    tenant.post(COMMAND, (200, {"DATA": "Scan launched successfully with run ID: 1234"}))
    verdict = stopping(run).cancel()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.job.handle.id == "789"
    assert [asked.request_data for asked in tenant.posted(COMMAND)] == [{"type": "ABORT"}]


# Trap 7.
def test_a_paused_run_is_aborted_also_where_a_pause_fails_the_task(run, tenant) -> None:
    tenant.on("GET", STATUS, lambda _asked: says("Canceled" if tenant.posted(COMMAND) else "Paused"))
    tenant.post(COMMAND, LAUNCHED)
    verdict = stopping(run, paused_is="fail").cancel()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(tenant.posted(COMMAND)) == 1


def test_a_run_is_not_taken_for_aborted_before_that_was_accepted(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running"), (503, b""), says("Canceled"))
    tenant.post(COMMAND, NOT_PERFORMED, LAUNCHED)
    verdict = stopping(run).cancel()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(tenant.posted(COMMAND)) == 2


def test_a_run_that_cannot_be_aborted(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running")).post(COMMAND, NOT_PERFORMED)
    verdict = stopping(run).cancel()
    assert verdict.outcome is Outcome.REFUSED
    assert "cannot be performed" in verdict.message


@pytest.mark.parametrize("word", ["Completed", "Canceling"])
def test_a_run_that_ends_before_it_is_aborted(run, tenant, word) -> None:
    tenant.on("GET", STATUS, says("Running"), says(word), says("Canceled" if word == "Canceling" else word))
    tenant.post(COMMAND, NOT_PERFORMED)
    verdict = stopping(run).cancel()
    assert verdict.outcome is (Outcome.SUCCEEDED if word == "Canceling" else Outcome.NOTHING_TO_DO)


def test_a_run_is_aborted_when_its_time_is_over(run, tenant) -> None:
    tenant.post(SCAN, LAUNCHED).post(COMMAND, LAUNCHED)
    tenant.on("GET", STATUS, lambda _asked: says("Canceled" if tenant.posted(COMMAND) else "Running"))
    verdict = run(cancel_on_timeout=True)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert verdict.job.state is JobState.CANCELED


# Pause, go on, abort.


@pytest.mark.parametrize(
    ("wanted", "kind", "words"),
    [
        ("paused", "PAUSE", ("Running", "Running", "Pausing", "Paused")),
        ("running", "RESUME", ("Paused", "Paused", "Paused", "Running")),
        ("aborted", "ABORT", ("Running", "Running", "Canceling", "Cancelled")),
    ],
)
def test_a_command_is_sent_once_and_its_effect_waited_for(run, tenant, wanted, kind, words) -> None:
    tenant.on("GET", STATUS, *map(says, words)).post(COMMAND, LAUNCHED)
    verdict = run.command(wanted)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert [asked.request_data for asked in tenant.posted(COMMAND)] == [{"type": kind}]
    assert verdict.job.operation == "cortex.network_scan_command"
    assert verdict.result == {
        "run_id": "789",
        "command_message": "Scan launched successfully with run ID: 789",
        "message": f"Scan is in {words[-1]} state",
    }


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ("paused", "Paused"),
        ("running", "Running"),
        ("running", "New"),
        ("aborted", "Canceled"),
        ("aborted", "Completed"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_run_that_is_as_wanted_is_left_alone(run, tenant, wanted, word, check_mode) -> None:
    tenant.on("GET", STATUS, says(word))
    verdict = run.command(wanted, check_mode=check_mode)
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert verdict.result == {"run_id": "789", "command_message": None, "message": f"Scan is in {word} state"}
    assert tenant.posted(COMMAND) == []


@pytest.mark.parametrize(
    ("wanted", "word", "end"), [("paused", "Pausing", "Paused"), ("aborted", "Canceling", "Canceled")]
)
def test_a_command_that_was_given_already_is_waited_for(run, tenant, wanted, word, end) -> None:
    tenant.on("GET", STATUS, says(word), says(word), says(end))
    verdict = run.command(wanted)
    assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, True)
    assert tenant.posted(COMMAND) == []


@pytest.mark.parametrize("wanted", ["paused", "running"])
@pytest.mark.parametrize("word", ["Completed", "Failed", "Canceled"])
def test_a_run_that_is_over_is_neither_paused_nor_resumed(run, tenant, wanted, word) -> None:
    tenant.on("GET", STATUS, says(word))
    verdict = run.command(wanted)
    assert verdict.outcome is Outcome.REFUSED
    assert f"Scan is in {word} state" in verdict.message
    tenant.on("GET", STATUS, says("Paused" if wanted == "running" else "Running"), says("Canceling"), says(word))
    tenant.post(COMMAND, LAUNCHED)
    went_on = (wanted, word) == ("running", "Completed")
    assert run.command(wanted, adopt=False).outcome is (Outcome.SUCCEEDED if went_on else Outcome.FAILED)


def test_a_run_that_has_gone_on_and_completed_between_two_looks(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Paused"), says("Paused"), says("Completed")).post(COMMAND, LAUNCHED)
    verdict = run.command("running")
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "has gone on, and has completed" in verdict.message


def test_a_run_that_completes_before_it_is_aborted_changed_nothing(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running"), says("Running"), says("Completed")).post(COMMAND, LAUNCHED)
    verdict = run.command("aborted")
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert "over before it could be aborted" in verdict.message


@pytest.mark.parametrize(("after", "sent"), [("Pausing", 1), ("Running", 2)])
def test_a_command_whose_answer_is_lost_is_sent_again_only_without_effect(run, tenant, after, sent) -> None:
    tenant.post(COMMAND, LOST, LAUNCHED)
    looks = [says("Running"), says("Running")] + [says(after)] * (4 if sent == 2 else 1) + [says("Paused")]
    tenant.on("GET", STATUS, *looks)
    verdict = run.command("paused")
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(tenant.posted(COMMAND)) == sent


def test_a_command_that_cannot_be_performed(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running")).post(COMMAND, NOT_PERFORMED)
    verdict = run.command("paused")
    assert verdict.outcome is Outcome.REFUSED
    assert "command cannot be performed" in verdict.message
    # It was paused by somebody else at the same moment.
    tenant.on("GET", STATUS, says("Running"), says("Running"), says("Pausing"), says("Paused"))
    assert run.command("paused").outcome is Outcome.SUCCEEDED


def test_a_command_for_a_run_that_is_not_known(run, tenant) -> None:
    tenant.on("GET", STATUS, NOT_FOUND)
    verdict = run.command("paused")
    assert verdict.outcome is Outcome.REFUSED
    assert "knows no run 789" in verdict.message


def test_a_command_in_check_mode(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running"))
    verdict = run.command("aborted", check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "ABORT would be sent" in verdict.message
    assert tenant.posted(COMMAND) == []


def test_a_command_is_waited_for_by_its_handle(run, tenant) -> None:
    tenant.on("GET", STATUS, says("Running"), says("Running"), says("Pausing"), says("Paused")).post(COMMAND, LAUNCHED)
    started = run.command("paused", wait=False)
    assert started.outcome is Outcome.RUNNING
    handle = Handle.from_dict(started.job.handle.to_dict())
    operation = operation_of(handle, run.client)
    found = Wait(operation, handle, operation.timing, run.fake.world).run()
    assert (found.outcome, found.job.vendor_state) == (Outcome.SUCCEEDED, "Paused")
    spoiled = Handle(handle.operation, handle.endpoint, handle.id, options={"state": "flying"})
    with pytest.raises(errors.BadInput, match="no usable state"):
        operation.observe(spoiled, within=5)


# The options of the modules.

GIVEN = {**JOB, "definition_id": None, "target": None, "run_id": None, "state": "completed", "paused_is": None}


def test_what_the_options_ask_for(tenant, connection) -> None:
    launch = network_scan.from_options({**connection, **GIVEN, "definition_id": "123", "target": "192.0.2.1"})
    assert launch.named() is None
    assert "definition 123 of 192.0.2.1" in launch.preview(want_diff=False).message
    follow = network_scan.from_options({**connection, **GIVEN, "run_id": "789"})
    assert follow.named().id == "789"
    pause = network_scan.from_options({**connection, **GIVEN, "run_id": "789", "state": "paused"})
    assert pause.name == "cortex.network_scan_command"
    handle = {"operation": pause.name, "id": "789", "options": {"state": "paused"}}
    for state in ("completed", "paused"):
        assert network_scan.from_options({**connection, **GIVEN, "handle": handle, "state": state}).name == pause.name
    with pytest.raises(errors.BadInput, match="With state: aborted give its id as run_id: 789"):
        network_scan.from_options({**connection, **GIVEN, "handle": handle, "state": "aborted"})


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"definition_id": "1.5"}, "definition_id"),
        ({"run_id": "12a"}, "run_id"),
        ({"definition_id": "1", "target": "x"}, "target"),
        ({"definition_id": "1", "state": "paused"}, "run_id: say which run is to be paused"),
        ({"handle": {"operation": "cortex.network_scan", "id": "789"}, "state": "aborted"}, "run_id: 789"),
    ],
)
def test_options_that_cannot_be(tenant, connection, given, text) -> None:
    with pytest.raises(errors.BadInput, match=text):
        network_scan.from_options({**connection, **GIVEN, **given})


def looked_at(connection, run_id="789"):
    fake = FakeTime()
    fake.now = time.monotonic()
    timing = NetworkScan.timing
    inquiry = Inquiry("info", timing, fake.world, started=fake.now, changes_device=False)
    return network_scan.info_from_options({**connection, "run_id": run_id}, inquiry)


def test_a_look_at_a_run(tenant, connection) -> None:
    tenant.on("GET", STATUS, (503, b""), says("Paused"))
    found = looked_at(connection)
    assert found["run"] == {
        "run_id": "789",
        "state": "running",
        "vendor_state": "Paused",
        "message": "Scan is in Paused state",
        "handle": {
            "version": 1,
            "operation": "cortex.network_scan",
            "endpoint": "https://api-tenant.example.com:443",
            "id": "789",
            "fingerprint": {},
        },
    }
    tenant.on("GET", STATUS, (200, {"DATA": "Gone fishing"}))
    assert looked_at(connection)["run"]["vendor_state"] is None
    assert looked_at(connection)["run"]["state"] == "unknown"
    tenant.on("GET", STATUS, NOT_FOUND)
    found = looked_at(connection)
    assert found["run"] is None
    assert "knows no run 789" in found["msg"]
    with pytest.raises(errors.BadInput):
        looked_at(connection, "x")
