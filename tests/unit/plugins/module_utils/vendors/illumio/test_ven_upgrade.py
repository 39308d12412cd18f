# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import json
import time

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.wait import TARGETS_NAMED
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import vens as ven_list
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.ven_upgrade import (
    LISTED_WITHIN,
    MOST,
    Upgrade,
    Wanted,
    from_options,
)
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeTime

ORG = "/api/v2/orgs/1"
VENS = f"{ORG}/vens"
UPGRADE = f"{VENS}/upgrade"
RELEASES = f"{ORG}/software/ven/releases"
PENDING = f"{VENS}?upgrade_pending=true"
OLD, NEW = "21.5.10-100", "21.5.11-200"
NOW = datetime.datetime(2026, 11, 21, 10, 0, 0, tzinfo=datetime.timezone.utc)
LATER, BEFORE = "2026-11-21T11:00:00Z", "2026-11-21T09:59:00Z"


def ven(name: str, version: str = OLD, target: str | None = None, expires: str | None = LATER, **fields) -> dict:
    record = {"href": f"/orgs/1/vens/{name}", "hostname": name, "version": version, "status": "active"}
    record.update(upgrade_target_version=target, upgrade_expires_at=expires if target else None, conditions=[])
    return {**record, **fields}


def pending(name: str, **fields) -> dict:
    return ven(name, target=NEW, **fields)


@pytest.fixture
def pce(pce):
    """The PCE, with rules that are looked at the longest first: most paths here are the beginning of others."""
    lay_down = pce.on

    def on(method: str, path: str, *answers: object):
        lay_down(method, path, *answers)
        pce.answers.sort(key=lambda rule: -len(rule[1]))
        return pce

    pce.on = on
    on("GET", RELEASES, (200, [{"release": OLD}, {"release": NEW}]))
    on("PUT", UPGRADE, (200, {"errors": []}))
    return pce


class Clock:
    """Monotonic seconds for the operation, those of the world that runs it."""

    def __init__(self) -> None:
        self.fake = FakeTime()
        # Requests have the real time for their deadline.
        self.fake.now = time.monotonic()

    def __call__(self) -> float:
        return self.fake.now


def upgrade(client, *names: str, clock: Clock | None = None, adopt: bool = True, **options) -> Upgrade:
    wanted = Wanted(vens=names or ("web1", "web2"), release=NEW, **options)
    return Upgrade(client, wanted, adopt=adopt, clock=clock or Clock(), now=lambda: NOW)


def run(operation: Upgrade, **wishes):
    return lifecycle.run(operation, lifecycle.Wishes(TIMING, **wishes), operation._clock.fake.world)


def by_name(pce, **looks: object) -> None:
    """Lay down what the PCE answers when it is asked for a VEN by its hostname and by its href: records in order."""
    for name, records in looks.items():
        listed = records if isinstance(records, list) else [records]
        pce.on("GET", f"{VENS}?hostname={name}&", (200, [listed[0]]))
        pce.on("GET", f"{VENS}/{name}", *((200, record) if record else (404, []) for record in listed[1:] or listed))


# One task.


def test_every_ven_has_its_verdict(client, pce) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)], web2=[ven("web2"), ven("web2", NEW)])
    pce.on(
        "GET", PENDING, (200, [pending("web1"), pending("web2"), pending("other")]), (200, [pending("web2")]), (200, [])
    )
    verdict = run(upgrade(client, upgrade_timeout=3600))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.message.endswith("succeeded (2 of 2 VENs).")
    assert [(target.name, target.state, target.vendor_state) for target in verdict.job.targets] == [
        ("web1", JobState.SUCCEEDED, f"version {NEW}"),
        ("web2", JobState.SUCCEEDED, f"version {NEW}"),
    ]
    assert verdict.polling.observed == {"upgrade_pending 0%": 1, "upgrade_pending 50%": 1, "upgraded": 1}
    assert verdict.result == {"release": NEW, "upgraded": 2, "skipped": []}
    assert pce.sent("PUT")[0].body == {
        "release": NEW,
        "vens": [{"href": "/orgs/1/vens/web1"}, {"href": "/orgs/1/vens/web2"}],
        "upgrade_timeout_seconds": 3600,
    }
    # Once it was seen to be upgraded it is not asked for again.
    assert len(pce.sent("GET", f"{VENS}/web1")) == 1


def test_no_answer_body_is_no_error(client, pce) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)])
    pce.on("PUT", UPGRADE, 204).on("GET", PENDING, (200, []))
    assert run(upgrade(client, "web1")).outcome is Outcome.SUCCEEDED
    assert set(pce.sent("PUT")[0].body) == {"release", "vens"}


def test_all_there_is_nothing_to_do(client, pce) -> None:
    by_name(pce, web1=ven("web1", NEW), web2=ven("web2", NEW))
    verdict = run(upgrade(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert not pce.sent("PUT")


def test_those_that_have_it_are_left_out(client, pce) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)], web2=ven("web2", NEW))
    pce.on("GET", PENDING, (200, []))
    verdict = run(upgrade(client))
    assert pce.sent("PUT")[0].body["vens"] == [{"href": "/orgs/1/vens/web1"}]
    assert verdict.result["skipped"] == [{"hostname": "web2", "href": "/orgs/1/vens/web2", "version": NEW}]


def test_check_mode_and_diff(client, pce) -> None:
    by_name(pce, web1=ven("web1"), web2=ven("web2", NEW))
    verdict = run(upgrade(client), check_mode=True, diff=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert f"web1 ({OLD}) would be upgraded to {NEW}. Left out, as they have it: web2 ({NEW})." in verdict.message
    assert verdict.diff == {"before": f"web1 {OLD}\n", "after": f"web1 {NEW}\n"}
    assert not pce.sent("PUT")


def test_a_release_that_the_pce_does_not_have(client, pce) -> None:
    by_name(pce, web1=ven("web1"))
    pce.on("GET", RELEASES, (200, [{"release": OLD}])).on("PUT", UPGRADE, (406, [{"token": "x", "message": "Bad"}]))
    for check_mode in (True, False):
        verdict = run(upgrade(client, "web1"), check_mode=check_mode)
        assert verdict.outcome is Outcome.REFUSED
        assert f"has no VEN software {NEW}, it has: {OLD}." in verdict.message
    assert "Bad (x)" in verdict.message


@pytest.mark.parametrize("answer", [(403, []), (404, []), (200, [])])
def test_a_pce_that_does_not_list_its_releases(client, pce, answer) -> None:
    by_name(pce, web1=ven("web1"))
    pce.on("GET", RELEASES, answer)
    assert run(upgrade(client, "web1"), check_mode=True).outcome is Outcome.SUCCEEDED


# Which VENs.


def test_a_ven_may_be_named_in_any_form(client, pce) -> None:
    by_name(pce, web1=ven("web1", NEW), web2=ven("WEB2", NEW))
    pce.on("GET", f"{VENS}?hostname=web2&", (200, [ven("web20"), ven("WEB2", NEW)]))
    names = ("/orgs/1/vens/web1", "https://pce.example.com:8443/api/v2/orgs/1/vens/web1", "web2")
    assert run(upgrade(client, *names)).outcome is Outcome.NOTHING_TO_DO


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web9", "has no VEN web9"),
        ("/orgs/1/vens/web9", "has no VEN /orgs/1/vens/web9"),
        ("/orgs/1/workloads/web1", "it is of the form /orgs/1/vens/<id>"),
        ("twice", "has 2 VENs with the hostname twice: /orgs/1/vens/a (active), /orgs/1/vens/b (active)"),
    ],
)
def test_a_ven_that_cannot_be_found(client, pce, name, text) -> None:
    pce.on("GET", f"{VENS}?hostname=web9", (200, [ven("web90")])).on("GET", f"{VENS}/web9", (404, []))
    twins = [ven("twice", href="/orgs/1/vens/a"), ven("twice", href="/orgs/1/vens/b")]
    pce.on("GET", f"{VENS}?hostname=twice", (200, twins))
    verdict = run(upgrade(client, name))
    assert verdict.outcome is Outcome.REFUSED
    assert text in verdict.message
    assert verdict.refusal["reason"] == "bad_input"


def test_the_old_ven_of_a_host_that_was_paired_again_does_not_count(client, pce) -> None:
    both = [ven("web1", status="uninstalled", href="/orgs/1/vens/old"), ven("web1", NEW)]
    pce.on("GET", f"{VENS}?hostname=web1", (200, both))
    assert run(upgrade(client, "web1")).outcome is Outcome.NOTHING_TO_DO


def test_an_empty_answer_is_no_empty_list(client, pce) -> None:
    pce.on("GET", f"{VENS}?hostname=web1", (200, b""), (200, [ven("web1", NEW)]))
    assert run(upgrade(client, "web1")).outcome is Outcome.NOTHING_TO_DO


def test_many_are_looked_for_in_one_list(client, pce) -> None:
    names = [f"w{number}" for number in range(ven_list.SINGLY + 1)]
    pce.on("GET", f"{VENS}?max_results", (200, [ven(name, NEW) for name in [*names, "other"]]))
    assert run(upgrade(client, *names)).outcome is Outcome.NOTHING_TO_DO
    assert len(pce.asked) == 1


# Trap 13.
def test_a_list_that_was_cut_is_made_up_for(client, pce) -> None:
    names = [f"w{number}" for number in range(ven_list.SINGLY + 1)]
    pce.on("GET", f"{VENS}?max_results", (200, [ven(name, NEW) for name in names[:-1]], {"X-Total-Count": "3000"}))
    pce.on("GET", f"{VENS}?hostname={names[-1]}", (200, [ven(names[-1], NEW)]))
    assert run(upgrade(client, *names)).outcome is Outcome.NOTHING_TO_DO
    more = [f"x{number}" for number in range(ven_list.SINGLY_IN_NEED + 1)]
    verdict = run(upgrade(client, *more))
    assert verdict.outcome is Outcome.REFUSED
    assert "gives only a part of its VENs" in verdict.message


# What the PCE does not take.


# Trap 34.
@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"token": "not_supported", "message": "AIX", "hrefs": ["/orgs/1/vens/web2"]}]},
        [{"href": "/orgs/1/vens/web2", "errors": [{"token": "not_supported", "message": "AIX"}]}],
        {"errors": [{"token": "not_supported", "message": "AIX", "hrefs": [{"href": "/orgs/1/vens/web2"}]}]},
    ],
)
def test_an_error_inside_a_success_is_the_verdict_of_its_ven(client, pce, answer) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)], web2=ven("web2"))
    pce.on("PUT", UPGRADE, (200, answer)).on("GET", PENDING, (200, [pending("web1")]), (200, []))
    verdict = run(upgrade(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert [target.state for target in verdict.job.targets] == [JobState.SUCCEEDED, JobState.FAILED]
    assert verdict.job.targets[1].messages == ("AIX (not_supported)",)
    assert "on 1 of 2: /orgs/1/vens/web2 (AIX (not_supported))" in verdict.message


def test_what_is_refused_for_all_is_a_refusal(client, pce) -> None:
    by_name(pce, web1=ven("web1"), web2=ven("web2"))
    pce.on("PUT", UPGRADE, (200, {"errors": [{"token": "downgrade", "message": "No downgrade"}]}))
    verdict = run(upgrade(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert "No downgrade (downgrade)" in verdict.message


@pytest.mark.parametrize(
    ("required", "outcome"), [("all", "failed"), ("2", "failed"), ("1", "succeeded"), ("any", "succeeded")]
)
def test_how_many_have_to_succeed(client, pce, required, outcome) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)], web2=ven("web2"))
    answer = {"errors": [{"token": "x", "message": "No", "hrefs": ["/orgs/1/vens/web2"]}]}
    pce.on("PUT", UPGRADE, (200, answer)).on("GET", PENDING, (200, []))
    verdict = run(upgrade(client, required_targets=required))
    assert verdict.outcome.value == outcome
    assert any("web2 (No (x))" in warning for warning in verdict.warnings) == (outcome == "succeeded")


@pytest.mark.parametrize(("required", "outcome"), [("all", "failed"), ("2", "failed"), ("any", "succeeded")])
def test_those_that_were_left_out_count_towards_a_number(client, pce, required, outcome) -> None:
    by_name(pce, web1=ven("web1", NEW), web2=[ven("web2"), pending("web2", expires=BEFORE)])
    pce.on("GET", PENDING, (200, []))
    left = run(upgrade(client, required_targets=required), wait=False)
    assert left.job.handle.options["already"] == "1"
    verdict = run(upgrade(client), handle=left.job.handle)
    assert verdict.outcome.value == outcome


# How it goes on.


def observed(client, pce, record: dict | None, *, listed: bool, after: float = 0.0, seen: object = None):
    """Return the target of a VEN that is *record* when it is asked for, or stands in the list of those to come."""
    clock = Clock()
    operation = upgrade(client, "web1", clock=clock)
    handle = operation._handle([ven_list.ven_of(ven("web1"))], {})
    pce.on("GET", PENDING, (200, [record] if listed else [], seen or {}))
    pce.on("GET", f"{VENS}/web1", (200, record) if record else (404, []))
    operation.observe(handle, within=5)
    clock.fake.now += after
    return operation.observe(handle, within=5).targets[0]


TIMED_OUT = [{"latest_event": {"notification_type": "agent.upgrade_time_out", "severity": "err"}}]


def test_an_upgrade_that_the_pce_has_stopped_to_try(client, pce) -> None:
    record = pending("web1", expires=BEFORE, conditions=TIMED_OUT)
    for listed in (True, False):
        target = observed(client, pce, record, listed=listed)
        assert target.state is JobState.FAILED
        text = f"the PCE has stopped to try the upgrade, it still has version {OLD}"
        assert target.messages == (text, "agent.upgrade_time_out")


def test_the_clock_of_the_pce_tells_when_it_is_over(client, pce) -> None:
    record = pending("web1")
    assert observed(client, pce, record, listed=True).state is JobState.RUNNING
    date = {"Date": "Sat, 21 Nov 2026 11:00:01 GMT"}
    assert observed(client, pce, record, listed=True, seen=date).state is JobState.FAILED


def test_an_upgrade_shows_only_after_a_moment(client, pce) -> None:
    assert observed(client, pce, ven("web1"), listed=False, after=LISTED_WITHIN - 1).state is JobState.RUNNING
    target = observed(client, pce, ven("web1"), listed=False, after=LISTED_WITHIN + 1)
    assert target.state is JobState.FAILED
    assert "tries no upgrade any more" in target.messages[0]


def test_another_release_that_somebody_else_wants(client, pce) -> None:
    target = observed(client, pce, ven("web1", target="22.1.0-1"), listed=True)
    assert target.state is JobState.FAILED
    assert target.messages == ("it is being upgraded to 22.1.0-1 instead",)


def test_a_ven_that_is_unpaired_meanwhile(client, pce) -> None:
    target = observed(client, pce, None, listed=False)
    assert (target.name, target.state) == ("/orgs/1/vens/web1", JobState.FAILED)


def test_many_vens_cost_one_request_a_look_and_one_list_at_the_end(client, pce) -> None:
    names = [f"w{number:03}" for number in range(100)]
    whole = [(200, [ven(name) for name in names]), (200, [ven(name, NEW) for name in names])]
    pce.on("GET", f"{VENS}?max_results", *whole)
    pce.on("GET", PENDING, (200, [pending(name) for name in names]), (200, [pending("w007")]), (200, []))
    verdict = run(upgrade(client, *names))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(verdict.job.targets) == 100
    assert len(pce.sent("GET", PENDING)) == 3
    assert not pce.sent("GET", f"{VENS}/w")
    assert len(pce.sent("GET", f"{VENS}?max_results")) == 2


# Trap 13.
def test_a_cut_list_of_those_to_come_is_no_verdict_on_the_others(client, pce) -> None:
    names = [f"w{number:03}" for number in range(ven_list.SINGLY + 5)]
    pce.on("GET", f"{VENS}?max_results", (200, [ven(name) for name in names]))
    pce.on("GET", PENDING, (200, [pending("other")], {"X-Matched-Count": "2000"}))
    operation = upgrade(client, *names)
    verdict = run(operation)
    assert verdict.outcome is Outcome.TIMED_OUT
    assert f"and {len(names) - TARGETS_NAMED} more in job.targets" in verdict.message


# Exactly once.


# Trap 22.
def test_a_lost_answer_is_found_in_the_vens(client, pce) -> None:
    pce.on("GET", f"{VENS}?hostname=web1", (200, [ven("web1")]), (200, [pending("web1")]))
    pce.on("GET", f"{VENS}/web1", (200, ven("web1", NEW)))
    pce.on("PUT", UPGRADE, (502, b"")).on("GET", PENDING, (200, [pending("web1")]), (200, []))
    verdict = run(upgrade(client, "web1"))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(pce.sent("PUT")) == 1


def test_a_lost_answer_of_an_upgrade_that_is_over_already(client, pce) -> None:
    pce.on("GET", f"{VENS}?hostname=web1", (200, [ven("web1")]), (200, [ven("web1", NEW)]))
    pce.on("GET", f"{VENS}/web1", (200, ven("web1", NEW)))
    pce.on("PUT", UPGRADE, (502, b"")).on("GET", PENDING, (200, []))
    verdict = run(upgrade(client, "web1"))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(pce.sent("PUT")) == 1


def test_an_upgrade_that_nobody_took_is_sent_again(client, pce) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)])
    pce.on("PUT", UPGRADE, requests.ConnectionError("reset"), 204).on("GET", PENDING, (200, []))
    assert run(upgrade(client, "web1")).outcome is Outcome.SUCCEEDED
    assert len(pce.sent("PUT")) == 2


# Trap 23.
def test_another_bulk_operation_is_waited_for(client, pce) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)])
    busy = (429, [{"token": "too_many_requests_error", "message": "Another bulk operation is in progress"}])
    pce.on("PUT", UPGRADE, busy, busy, 204).on("GET", PENDING, (200, []))
    assert run(upgrade(client, "web1")).outcome is Outcome.SUCCEEDED
    assert len(pce.sent("PUT")) == 3


def test_what_is_under_way_is_waited_for(client, pce) -> None:
    by_name(pce, web1=[pending("web1"), ven("web1", NEW)], web2=ven("web2", NEW))
    pce.on("GET", PENDING, (200, [pending("web1")]), (200, []))
    verdict = run(upgrade(client))
    assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, True)
    assert not pce.sent("PUT")


def test_what_is_under_way_is_not_asked_for_again_with_the_others(client, pce) -> None:
    by_name(pce, web1=[pending("web1"), ven("web1", NEW)], web2=[ven("web2"), ven("web2", NEW)])
    pce.on("GET", PENDING, (200, []))
    verdict = run(upgrade(client))
    assert pce.sent("PUT")[0].body["vens"] == [{"href": "/orgs/1/vens/web2"}]
    assert [target.name for target in verdict.job.targets] == ["web1", "web2"]


def test_without_adopt_it_is_asked_for_again(client, pce) -> None:
    by_name(pce, web1=[pending("web1"), ven("web1", NEW)])
    pce.on("GET", PENDING, (200, []))
    assert run(upgrade(client, "web1", adopt=False), adopt=False).outcome is Outcome.SUCCEEDED
    assert len(pce.sent("PUT")) == 1


def test_an_upgrade_that_has_run_out_is_asked_for_again(client, pce) -> None:
    by_name(pce, web1=[pending("web1", expires=BEFORE), ven("web1", NEW)])
    pce.on("GET", PENDING, (200, []))
    assert run(upgrade(client, "web1")).outcome is Outcome.SUCCEEDED
    assert len(pce.sent("PUT")) == 1


def test_the_handle_alone_is_enough_to_wait(client, pce) -> None:
    by_name(pce, web1=[ven("web1"), ven("web1", NEW)], web2=ven("web2"))
    answer = {"errors": [{"token": "x", "message": "No", "hrefs": ["/orgs/1/vens/web2"]}]}
    pce.on("PUT", UPGRADE, (200, answer)).on("GET", PENDING, (200, []))
    left = run(upgrade(client, required_targets="any"), wait=False)
    assert left.outcome is Outcome.RUNNING
    handle = Handle.from_dict(json.loads(json.dumps(left.job.handle.to_dict())))
    assert handle.id.startswith(f"{NEW}/")
    seen = OPERATIONS[handle.operation](client).observe(handle, within=5)
    assert seen.state is JobState.SUCCEEDED
    assert [target.state for target in seen.targets] == [JobState.SUCCEEDED, JobState.FAILED]


@pytest.mark.parametrize("count", [1, 25])
def test_the_handle_says_whose_vens_they_are(client, pce, count) -> None:
    """job_wait takes the address from the handle, and has no other way to know the organization."""
    names = [f"w{number}" for number in range(count)]
    there = [ven(name, NEW, href=f"/orgs/5/vens/{name}") for name in names]
    pce.on("GET", "/api/v2/orgs/5/vens?upgrade_pending", (200, [])).on("GET", "/api/v2/orgs/5/vens?", (200, there))
    pce.on("GET", "/api/v2/orgs/5/vens/w0", (200, there[0]))
    options = {"release": NEW, "org": "/orgs/5", "vens": " ".join(names), "required_targets": "all"}
    handle = Handle("illumio.ven_upgrade", client.endpoint, f"{NEW}/x", options=options)
    assert Upgrade(client).observe(handle, within=5).state is JobState.SUCCEEDED


@pytest.mark.parametrize("options", [{}, {"vens": "a", "org": "/orgs/1"}, {"vens": "", "org": "x", "release": "1"}])
def test_a_handle_that_does_not_say_which_vens(client, options) -> None:
    with pytest.raises(errors.BadInput, match="do not say which VENs"):
        Upgrade(client).observe(Handle("illumio.ven_upgrade", client.endpoint, "x", options=options), within=5)


# The options.

PARAMS = {
    "host": "pce.example.com",
    "port": 8443,
    "org_id": 1,
    "api_key": "api_1",
    "api_secret": "x",
    "api_version": "v2",
    "validate_certs": True,
    "ca_path": None,
    "client_cert": None,
    "client_key": None,
    "request_timeout": 30.0,
    "handle": None,
    "adopt": True,
    "vens": ["web1"],
    "release": NEW,
    "upgrade_timeout": None,
    "required_targets": "all",
}


def test_the_options_make_the_upgrade() -> None:
    assert from_options({**PARAMS, "vens": ["a", "b", "a"]}, lambda secrets: None)._wanted == Wanted(("a", "b"), NEW)
    assert from_options({**PARAMS, "handle": {}, "vens": None}, lambda secrets: None)._wanted is None


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"vens": None}, "vens, release"),
        ({"vens": []}, "vens, release"),
        ({"vens": [" "]}, "vens: say which"),
        ({"vens": [f"w{number}" for number in range(MOST + 1)]}, "25001, and a PCE upgrades 25000"),
        ({"release": "21 5"}, "release:"),
        ({"upgrade_timeout": 899}, "from 900 to 15552000"),
        ({"required_targets": "most"}, "required_targets"),
        ({"required_targets": "0"}, "required_targets"),
        ({"vens": ["a", "b", "a"], "required_targets": "3"}, "required_targets: 3 of 2 VENs cannot succeed"),
    ],
)
def test_options_that_make_no_sense(options, text) -> None:
    with pytest.raises(errors.BadInput, match=text):
        from_options({**PARAMS, **options}, lambda secrets: None)
