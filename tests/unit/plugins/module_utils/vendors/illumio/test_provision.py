# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime
import json
import pathlib
import time

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Done, NothingToDo
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import convergence, policy
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.convergence import Awaited
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.provision import (
    Provision,
    Restore,
    Revert,
    Selection,
    from_options,
)
from ansible_collections.netops.jobs.tests.unit.fakes import TIMING, FakeTime

DATA = pathlib.Path(__file__).parents[5] / "data" / "illumio"
RECORDED = json.loads((DATA / "object_provision_success.json").read_text())
API = "/api/v2"
POLICY = f"{API}/orgs/1/sec_policy"
PENDING = f"{POLICY}/pending"
DEPENDENCIES = f"{POLICY}/draft/dependencies"
WORKLOADS = f"{API}/orgs/1/workloads"
RULE_SET = "/orgs/1/sec_policy/draft/rule_sets/9"
SERVICE = "/orgs/1/sec_policy/draft/services/4"
IP_LIST = "/orgs/1/sec_policy/draft/ip_lists/7"
NONCE = "0123abcd"
COMMITTED = datetime.datetime(2026, 11, 21, 10, 0, 0, tzinfo=datetime.timezone.utc)
NOT_ACCEPTABLE = [
    {
        "token": "not_acceptable_error",
        "message": "Not Acceptable. One or more specified objects either don't exist, or do not have a draft version.",
    }
]


def pending_of(*hrefs: str, updated_at: str = "2026-11-21T09:00:00.000Z") -> dict:
    found: dict = {"firewall_settings": [], "label_groups": []}
    for href in hrefs:
        kind, number = href.split("/")[-2:]
        entry = {"name": f"{kind}-{number}", "id": int(number), "href": href, "update_type": "update"}
        entry.update(updated_at=updated_at, updated_by={"href": "/users/5"}, caps=["write"])
        found.setdefault(kind, []).append(entry)
    return found


def version_of(number: int = 80, message: str | None = None, affected: int | None = 2, **fields) -> dict:
    version = {"href": f"/orgs/1/sec_policy/{number}", "version": number, "commit_message": message}
    version.update(workloads_affected=affected, created_at="2026-11-21T10:00:00.500Z", created_by={"href": "/users/5"})
    return {**version, "object_counts": {"rule_sets": 3}, **fields}


def workload(name: str, applied: str | None = "2026-11-21T10:01:00Z", word: str = "synced", **fields) -> dict:
    status = {"security_policy_applied_at": applied, "security_policy_sync_state": word, "agent_health": []}
    return {
        "href": f"/orgs/1/workloads/{name}",
        "hostname": name,
        "online": True,
        "agent": {"status": status},
        **fields,
    }


OLD = "2026-11-20T00:00:00Z"


def committing(client, *hrefs: str, awaited: Awaited | None = None, include: bool = True, **fields) -> Provision:
    selection = Selection(hrefs or None, include=include)
    fields.setdefault("now", lambda: COMMITTED + datetime.timedelta(seconds=10))
    return Provision(client, selection, awaited, nonce=NONCE, **fields)


def run(operation, **wishes):
    return lifecycle.run(operation, lifecycle.Wishes(TIMING, **wishes), a_world())


def a_world():
    clock = FakeTime()
    # Requests have the real time for their deadline.
    clock.now = time.monotonic()
    return clock.world


@pytest.fixture
def pce(pce):
    """The PCE, with rules that are looked at the longest first: most paths here are the beginning of others."""
    lay_down = pce.on

    def on(method: str, path: str, *answers: object):
        lay_down(method, path, *answers)
        pce.answers.sort(key=lambda rule: -len(rule[1]))
        return pce

    pce.on = on
    return pce


@pytest.fixture(autouse=True)
def quiet_pce(pce) -> None:
    """A PCE on which nothing is pending, and nothing depends on anything."""
    pce.on("GET", PENDING, (200, pending_of()))
    pce.on("POST", DEPENDENCIES, (201, []))


# What is pending.


def test_the_recorded_answer_of_a_commit(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("POST", POLICY, (201, RECORDED))
    verdict = run(committing(client, RULE_SET, description="CHG0042"))
    assert (verdict.outcome, verdict.changed, verdict.job.handle) == (Outcome.SUCCEEDED, True, None)
    assert verdict.message == (
        "https://pce.example.com:8443: 1 change provisioned as version 1321, 0 workloads affected."
    )
    assert {key: verdict.result[key] for key in ("version", "href", "created_by", "workloads_affected")} == {
        "version": 1321,
        "href": "/orgs/1/sec_policy/1321",
        "created_by": "/users/68",
        "workloads_affected": 0,
    }
    assert verdict.result["object_counts"]["virtual_services"] == 132
    assert verdict.result["changes"] == [
        {
            "kind": "rule_sets",
            "href": RULE_SET,
            "name": "rule_sets-9",
            "update_type": "update",
            "updated_at": "2026-11-21T09:00:00.000Z",
            "updated_by": "/users/5",
            "added": False,
        }
    ]


def test_the_body_says_what_and_carries_the_token(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET, IP_LIST))).on("POST", POLICY, (201, RECORDED))
    operation = committing(client, RULE_SET, IP_LIST, description="CHG0042")
    run(operation)
    body = pce.sent("POST", POLICY)[-1].body
    assert body["change_subset"] == {"rule_sets": [{"href": RULE_SET}], "ip_lists": [{"href": IP_LIST}]}
    assert set(body) == {"update_description", "change_subset"}
    assert body["update_description"].startswith("CHG0042 [nj:")
    assert body["update_description"].endswith(f"-{NONCE}]")


def test_without_a_subset_everything_goes(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("POST", POLICY, (201, RECORDED))
    run(committing(client))
    assert set(pce.sent("POST", POLICY)[-1].body) == {"update_description"}
    assert not pce.sent("POST", DEPENDENCIES)


def test_nothing_pending_is_nothing_to_do(client, pce) -> None:
    verdict = run(committing(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "nothing is pending" in verdict.message
    assert not pce.sent("POST")


# Trap 27.
def test_the_numbers_of_the_guides_sample_are_no_trouble(client, pce) -> None:
    guide = next(each for each in json.loads((DATA / "exchanges.json").read_text()) if each["id"] == "provision_all")
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("POST", POLICY, (201, guide["response"]["body"]))
    verdict = run(committing(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert (verdict.result["version"], verdict.result["object_counts"]) == (80, None)
    pce.on("POST", POLICY, (201, version_of(affected=None)))
    assert "affected" not in run(committing(client)).message


def test_check_mode_tells_what_is_pending_and_who_changed_it(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(SERVICE, RULE_SET)))
    verdict = run(committing(client), check_mode=True, diff=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "2 changes would be provisioned: rule_sets rule_sets-9 (update), services services-4" in verdict.message
    assert verdict.diff == {
        "prepared": f"update rule_sets 'rule_sets-9' {RULE_SET} (by /users/5, 2026-11-21T09:00:00.000Z)\n"
        f"update services 'services-4' {SERVICE} (by /users/5, 2026-11-21T09:00:00.000Z)\n"
    }
    assert not pce.sent("POST")


def test_a_null_for_the_user_who_changed_it(client, pce) -> None:
    listed = pending_of(RULE_SET)
    listed["rule_sets"][0]["updated_by"] = None
    pce.on("GET", PENDING, (200, listed))
    assert "(by" not in run(committing(client), check_mode=True, diff=True).diff["prepared"]


# Which of it.


@pytest.mark.parametrize(
    "given",
    [
        RULE_SET,
        "/orgs/1/sec_policy/active/rule_sets/9",
        "/api/v2/orgs/1/sec_policy/draft/rule_sets/9",
        "https://pce.example.com:8443/api/v2/orgs/1/sec_policy/draft/rule_sets/9",
    ],
)
def test_an_object_may_be_named_in_any_form(client, given) -> None:
    assert policy.draft_href(client, given) == RULE_SET


def test_the_settings_of_the_firewall_have_no_id(client) -> None:
    href = "/orgs/1/sec_policy/draft/firewall_settings"
    assert policy.draft_href(client, href) == href
    assert policy.subset_of([href]) == {"firewall_settings": [{"href": href}]}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("Web tier", "is not the href of an object that can be provisioned"),
        ("/orgs/1/workloads/7", "is not the href of an object that can be provisioned"),
        (f"{RULE_SET}/sec_rules/3", f"Give {RULE_SET}."),
        ("/orgs/2/sec_policy/draft/rule_sets/9", "another organization"),
        ("", "is not the href"),
        ("/orgs/1/sec_policy/draft/rule_sets", "is not the href of an object that can be provisioned"),
        ("/orgs/1/sec_policy/draft/rule_sets/", "is not the href of an object that can be provisioned"),
    ],
)
def test_what_cannot_be_provisioned_by_itself(client, given, text) -> None:
    with pytest.raises(errors.BadInput, match="change_subset") as caught:
        policy.draft_href(client, given)
    assert text in caught.value.message


def test_what_is_not_pending_is_left_out(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("POST", POLICY, (201, RECORDED))
    pce.on("GET", API + IP_LIST, (200, {"name": "Office", "update_type": None}))
    verdict = run(committing(client, RULE_SET, IP_LIST))
    assert pce.sent("POST", POLICY)[-1].body["change_subset"] == {"rule_sets": [{"href": RULE_SET}]}
    assert verdict.warnings == ()


def test_a_subset_of_which_nothing_is_pending_is_nothing_to_do(client, pce) -> None:
    pce.on("GET", API + IP_LIST, (200, {"name": "Office", "update_type": None}))
    verdict = run(committing(client, IP_LIST))
    assert verdict.outcome is Outcome.NOTHING_TO_DO
    assert "nothing of change_subset is pending" in verdict.message
    assert "Not pending: ip_lists Office" in verdict.message


def test_a_pending_change_without_an_href_is_none_the_less_pending(client, pce) -> None:
    """The schema requires name, id and update_type of an entry, and not its href."""
    listed = pending_of(RULE_SET)
    del listed["rule_sets"][0]["href"]
    listed["firewall_settings"] = [{"id": 1, "name": "", "update_type": "update"}]
    pce.on("GET", PENDING, (200, listed))
    hrefs = [change.href for change in policy.read_pending(client)]
    assert hrefs == [RULE_SET, "/orgs/1/sec_policy/draft/firewall_settings"]


def test_what_is_listed_is_pending_whatever_else_is_said_of_it(client, pce) -> None:
    listed = pending_of(RULE_SET)
    listed["rule_sets"][0]["update_type"] = None
    pce.on("GET", PENDING, (200, listed)).on("POST", POLICY, (201, RECORDED))
    assert run(committing(client, RULE_SET)).outcome is Outcome.SUCCEEDED


def test_what_does_not_exist_is_warned_of(client, pce) -> None:
    pce.on("GET", API + IP_LIST, (404, []))
    verdict = run(committing(client, IP_LIST))
    assert verdict.outcome is Outcome.NOTHING_TO_DO
    assert IP_LIST in verdict.warnings[0]


def test_a_list_that_was_cut_hides_nothing(client, pce) -> None:
    # Trap 13.
    pce.on("POST", POLICY, (201, RECORDED))
    pce.on("GET", API + IP_LIST, (200, {"name": "Office", "update_type": "create"}))
    assert run(committing(client, IP_LIST)).outcome is Outcome.SUCCEEDED
    assert "max_results=10000" in pce.sent("GET", PENDING)[0].path


# What belongs to it.


@pytest.mark.parametrize(
    "answer",
    [
        {"services": [{"href": SERVICE, "name": "services-4"}]},
        [{"href": SERVICE}],
        [{"dependency": {"href": SERVICE}, "dependents": [{"href": RULE_SET}]}],
    ],
)
def test_dependencies_go_along_and_are_named(client, pce, answer) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET, SERVICE, IP_LIST))).on("POST", POLICY, (201, RECORDED))
    pce.on("POST", DEPENDENCIES, (201, answer))
    verdict = run(committing(client, RULE_SET))
    assert pce.sent("POST", DEPENDENCIES)[0].body == {
        "operation": "commit",
        "change_subset": {"rule_sets": [{"href": RULE_SET}]},
    }
    assert len(pce.sent("POST", DEPENDENCIES)) == 2
    assert pce.sent("POST", POLICY)[-1].body["change_subset"] == {
        "rule_sets": [{"href": RULE_SET}],
        "services": [{"href": SERVICE}],
    }
    assert verdict.result["added"] == [SERVICE]
    assert [change["added"] for change in verdict.result["changes"]] == [False, True]


def test_a_dependency_that_is_not_pending_is_none(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("POST", POLICY, (201, RECORDED))
    pce.on("POST", DEPENDENCIES, (201, [{"href": SERVICE}]))
    assert run(committing(client, RULE_SET)).result["added"] == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_dependencies_can_be_refused(client, pce, check_mode) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET, SERVICE)))
    pce.on("POST", DEPENDENCIES, (201, {"services": [{"href": SERVICE}]}))
    verdict = run(committing(client, RULE_SET, include=False), check_mode=check_mode)
    assert verdict.outcome is Outcome.REFUSED
    assert "cannot go without services services-4" in verdict.message
    assert "dependencies to include" in verdict.message
    assert verdict.refusal["missing"][0]["href"] == SERVICE
    assert not [asked for asked in pce.sent("POST") if asked.path == POLICY]


def test_a_refusal_has_the_words_of_the_pce_and_a_remedy(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("POST", POLICY, (406, NOT_ACCEPTABLE))
    pce.on("POST", DEPENDENCIES, (201, []))
    verdict = run(committing(client, RULE_SET, include=False))
    assert verdict.outcome is Outcome.REFUSED
    assert "do not have a draft version" in verdict.message
    assert "set dependencies to include" in verdict.message
    assert verdict.refusal["code"] == "not_acceptable_error"


def test_somebody_else_was_faster(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)), (200, pending_of())).on("POST", POLICY, (406, NOT_ACCEPTABLE))
    verdict = run(committing(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)
    assert "provisioned or reverted it meanwhile" in verdict.message


# Exactly once.


# Trap 22.
def test_a_commit_whose_answer_was_lost_is_found_by_its_token(client, pce) -> None:
    operation = committing(client)
    token = operation._token
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)))
    pce.on("POST", POLICY, (502, b"<html>Bad Gateway</html>"))
    pce.on("GET", POLICY, (200, [version_of(80, "other"), version_of(81, f"x [nj:{token}]")]))
    pce.on("GET", f"{POLICY}/81", (200, version_of(81, f"x [nj:{token}]")))
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.job.handle.id == "/orgs/1/sec_policy/81"
    assert verdict.result["version"] == 81
    assert len(pce.sent("POST", POLICY)) == 1


def test_a_commit_that_provably_did_not_happen_is_sent_again(client, pce) -> None:
    pce.on("GET", POLICY, (200, [version_of(80, "other")])).on("GET", PENDING, (200, pending_of(RULE_SET)))
    pce.on("POST", POLICY, requests.ConnectionError("reset"), (201, version_of(81)))
    verdict = run(committing(client))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(pce.sent("POST", POLICY)) == 2


def test_changes_that_vanished_without_our_version_cannot_be_told(client, pce) -> None:
    pce.on("GET", POLICY, (200, [version_of(81, "of somebody else")]))
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)), (200, pending_of()))
    pce.on("POST", POLICY, (504, b""))
    verdict = run(committing(client))
    assert verdict.outcome is Outcome.LOST
    assert f"-{NONCE}]" in verdict.message
    assert len(pce.sent("POST", POLICY)) == 1


def test_a_commit_that_ends_amid_the_search_for_it_is_found(client, pce, monkeypatch) -> None:
    operation = committing(client)
    mine = version_of(81, f"[nj:{operation._token}]")
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("GET", POLICY, (200, [])).on("POST", POLICY, (504, b""))
    answer = pce.send

    def send(request, **kwargs):
        found = answer(request, **kwargs)
        if request.method == "GET" and pce.sent("POST", POLICY):
            # The PCE has come to its end after the first question.
            pce.on("GET", PENDING, (200, pending_of())).on("GET", POLICY, (200, [mine]))
            pce.on("GET", f"{POLICY}/81", (200, mine))
        return found

    monkeypatch.setattr(pce, "send", send)
    verdict = run(operation)
    assert (verdict.outcome, verdict.result["version"]) == (Outcome.SUCCEEDED, 81)
    assert len(pce.sent("POST", POLICY)) == 1


def test_what_was_changed_again_meanwhile_is_not_what_was_to_be_committed(client, pce) -> None:
    pce.on("GET", POLICY, (200, []))
    again = pending_of(RULE_SET, updated_at="2026-11-21T10:00:30Z")
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)), (200, again))
    pce.on("POST", POLICY, (502, b""))
    assert run(committing(client)).outcome is Outcome.LOST


# Trap 13.
def test_a_change_that_the_list_does_not_show_is_still_pending(client, pce) -> None:
    pce.on("GET", POLICY, (200, [])).on("GET", API + IP_LIST, (200, {"name": "Office", "update_type": "create"}))
    pce.on("POST", POLICY, (502, b""), (406, NOT_ACCEPTABLE))
    verdict = run(committing(client, IP_LIST))
    assert verdict.outcome is Outcome.REFUSED
    assert len(pce.sent("POST", POLICY)) > 1


# Trap 23.
def test_a_429_is_waited_for_and_the_commit_sent_again(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)))
    pce.on("POST", POLICY, (429, [{"token": "too_many_requests_error"}], {"Retry-After": "7"}), (201, RECORDED))
    assert run(committing(client)).outcome is Outcome.SUCCEEDED
    assert len(pce.sent("POST", POLICY)) == 2
    assert not [asked for asked in pce.sent("GET") if asked.path == POLICY]


def test_an_answer_without_a_version_is_a_lost_one(client, pce) -> None:
    operation = committing(client)
    mine = version_of(81, f"[nj:{operation._token}]")
    pce.on("GET", POLICY, (200, [mine])).on("GET", PENDING, (200, pending_of(RULE_SET)))
    pce.on("GET", f"{POLICY}/81", (200, mine)).on("POST", POLICY, (201, []))
    assert run(operation).result["version"] == 81


# The workloads.

ALL = Awaited(workloads=True)


def waiting(client, pce, *looks: object, affected: int | None = 2, awaited: Awaited = ALL, seconds: float = 10):
    """Return a commit whose workloads look like *looks*, one after the other."""
    operation = committing(client, awaited=awaited, now=lambda: COMMITTED + datetime.timedelta(seconds=seconds))
    mine = version_of(81, f"[nj:{operation._token}]", affected)
    pce.on("GET", POLICY, (200, [])).on("GET", f"{POLICY}/81", (200, mine)).on("POST", POLICY, (201, mine))
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)))
    pce.on("GET", WORKLOADS, *looks)
    pce.on("GET", f"{WORKLOADS}?managed=true&max_results=1", (200, [], {"X-Matched-Count": "2"}))
    return operation


def test_the_wait_ends_when_all_that_are_affected_have_applied_it(client, pce) -> None:
    first = [workload("web1", OLD, "syncing"), workload("web2", OLD), workload("db", OLD)]
    second = [workload("web1"), workload("web2", OLD, "syncing"), workload("db", OLD)]
    third = [workload("web1"), workload("web2"), workload("db", OLD)]
    verdict = run(waiting(client, pce, (200, first), (200, second), (200, third)))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.message.endswith("succeeded (2 of 2 workloads have applied it).")
    assert verdict.polling.observed == {"syncing 0%": 1, "syncing 50%": 1, "applied": 1}
    assert verdict.result["workloads"] == {"applied": 2, "syncing": 0, "staged": 0, "offline": 0, "in_sync": 1}
    assert verdict.job.targets == ()
    assert verdict.result["changes"][0]["href"] == RULE_SET


def test_before_the_pce_has_calculated_it_nobody_is_behind(client, pce) -> None:
    before = [workload("web1", OLD), workload("web2", OLD)]
    verdict = run(waiting(client, pce, (200, before), (200, [workload("web1"), workload("web2")])))
    assert verdict.polling.observed == {"calculating 0%": 1, "applied": 1}


def test_with_no_number_the_pce_is_given_time_to_find_out(client, pce) -> None:
    look = (200, [workload("web1"), workload("db", OLD)])
    verdict = run(waiting(client, pce, look, affected=None, seconds=convergence.SETTLED_AFTER - 1))
    assert verdict.outcome is Outcome.TIMED_OUT
    verdict = run(waiting(client, pce, look, affected=None, seconds=convergence.SETTLED_AFTER + 1))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.warnings == ()


def test_a_number_that_is_never_reached_is_warned_of(client, pce) -> None:
    look = (200, [workload("web1"), workload("db", OLD)])
    verdict = run(waiting(client, pce, look, affected=7, seconds=convergence.SETTLED_AFTER + 1))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "7 workloads are affected, and 1 show" in verdict.warnings[0]


def test_no_workload_affected_is_no_wait(client, pce) -> None:
    verdict = run(waiting(client, pce, (200, []), affected=0))
    assert (verdict.outcome, verdict.job.handle) == (Outcome.SUCCEEDED, None)


def test_the_offline_and_the_staged_are_not_waited_for_but_named(client, pce) -> None:
    look = [workload("web1"), workload("web2", OLD, "syncing", online=False), workload("db", OLD, "staged")]
    verdict = run(waiting(client, pce, (200, look), affected=3))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [(target.name, target.state) for target in verdict.job.targets] == [
        ("db", JobState.PENDING),
        ("web2", JobState.UNKNOWN),
    ]
    assert verdict.warnings[0].endswith("staged, so that it is applied when somebody says so, on: db.")
    assert verdict.warnings[1].endswith("offline and behind, so that the policy comes when they do: web2.")


def test_those_that_were_offline_or_staged_before_are_not_taken_for_the_affected(client, pce) -> None:
    others = [workload("old", OLD, "syncing", online=False), workload("still", OLD, "staged")]
    before = [*others, workload("web1", OLD), workload("web2", OLD)]
    after = [*others, workload("web1"), workload("web2")]
    verdict = run(waiting(client, pce, (200, before), (200, after)))
    assert verdict.polling.observed == {"calculating 0%": 1, "applied": 1}
    assert verdict.result["workloads"]["applied"] == 2


def test_the_affected_that_are_offline_count_once_the_pce_had_its_time(client, pce) -> None:
    look = (200, [workload("old", OLD, "syncing", online=False), workload("web1"), workload("db", OLD)])
    assert run(waiting(client, pce, look)).outcome is Outcome.TIMED_OUT
    verdict = run(waiting(client, pce, look, seconds=convergence.SETTLED_AFTER + 1))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(verdict.warnings) == 1
    assert verdict.warnings[0].endswith("so that the policy comes when they do: old.")


def test_at_the_end_of_the_time_those_that_are_behind_are_named_up_to_a_number(client, pce) -> None:
    sick = workload("w00", None, "syncing")
    sick["agent"]["status"]["agent_health"] = [{"type": "policy_apply_failed", "severity": "err"}]
    look = [sick, *(workload(f"w{number:02}", None, "syncing") for number in range(1, 25))]
    verdict = run(waiting(client, pce, (200, look), affected=25))
    assert verdict.outcome is Outcome.TIMED_OUT
    assert len(verdict.job.targets) == convergence.SHOWN
    assert verdict.job.targets[0].messages == ("policy_apply_failed",)
    assert verdict.job.messages == ("5 more workloads have not applied it",)
    assert "w00" in verdict.message


def test_the_handle_alone_is_enough_to_wait(client, pce) -> None:
    operation = waiting(client, pce, (200, [workload("web1"), workload("web2")]))
    left = run(operation, wait=False)
    assert left.outcome is Outcome.RUNNING
    handle = Handle.from_dict(json.loads(json.dumps(left.job.handle.to_dict())))
    assert handle.options == {"wait_for_workloads": "true"}
    seen = OPERATIONS[handle.operation](client).observe(handle, within=5)
    assert (seen.state, seen.facts["version"]) == (JobState.SUCCEEDED, 81)
    posts = len(pce.sent("POST"))
    verdict = lifecycle.run(Provision(client), lifecycle.Wishes(TIMING, handle=handle), a_world())
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["changes"] is None
    assert len(pce.sent("POST")) == posts


def test_the_handle_says_whose_workloads_they_are(client, pce) -> None:
    """job_wait takes the address from the handle, and has no other way to know the organization."""
    mine = {**version_of(81), "href": "/orgs/5/sec_policy/81"}
    pce.on("GET", f"{API}/orgs/5/sec_policy/81", (200, mine)).on(
        "GET", f"{API}/orgs/5/workloads", (200, [workload("w")])
    )
    handle = Handle("illumio.provision", client.endpoint, mine["href"], options=ALL.to_handle())
    assert Provision(client).observe(handle, within=5).facts["workloads"]["applied"] == 1


def test_the_number_of_a_handle_that_has_another_version_is_lost(client, pce) -> None:
    pce.on("GET", f"{POLICY}/81", (200, version_of(81, "of somebody else")))
    handle = Handle("illumio.provision", client.endpoint, "/orgs/1/sec_policy/81", {"token": "0123456789-01234567"})
    with pytest.raises(errors.JobReplaced):
        Provision(client).observe(handle, within=5)


def test_a_run_after_a_killed_one_goes_on_waiting(client, pce) -> None:
    behind, done = [workload("w", OLD, "syncing")], [workload("w")]
    operation = waiting(client, pce, (200, behind), (200, behind), (200, done), affected=1)
    pce.on("GET", PENDING, (200, pending_of()))
    before = version_of(81, f"[nj:{operation._intent}-ffffffff]", 1)
    pce.on("GET", POLICY, (200, [version_of(80), before])).on("GET", f"{POLICY}/81", (200, before))
    pce.on("GET", PENDING, (200, pending_of()))
    verdict = run(operation)
    assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, True)
    assert not pce.sent("POST")


@pytest.mark.parametrize(
    ("message", "look", "age"),
    [
        ("[nj:{intent}-ffffffff]", [workload("w")], 10),
        ("[nj:{intent}-ffffffff]", [workload("w", OLD, "syncing")], 3600),
        ("[nj:0000000000-ffffffff]", [workload("w", OLD, "syncing")], 10),
        ("CHG0041", [workload("w", OLD, "syncing")], 10),
    ],
)
def test_what_is_over_or_old_or_of_others_is_not_waited_for(client, pce, message, look, age) -> None:
    operation = waiting(client, pce, (200, look), affected=1, seconds=age)
    before = version_of(81, message.format(intent=operation._intent), 1)
    pce.on("GET", POLICY, (200, [before])).on("GET", f"{POLICY}/81", (200, before))
    pce.on("GET", PENDING, (200, pending_of()))
    assert run(operation).outcome is Outcome.NOTHING_TO_DO


def test_labels_narrow_it_down(client, pce) -> None:
    awaited = Awaited(workloads=True, labels={"env": "prod"})
    pce.on("GET", f"{API}/orgs/1/labels", (200, [{"href": "/orgs/1/labels/3", "key": "env", "value": "prod"}]))
    operation = waiting(client, pce, (200, [workload("web1")]), affected=40, awaited=awaited)
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.job.handle.options["labels"] == '["/orgs/1/labels/3"]'
    assert "labels=%5B%5B%22%2Forgs%2F1%2Flabels%2F3%22%5D%5D" in pce.sent("GET", WORKLOADS)[-1].path


def test_more_workloads_than_can_be_read_are_refused_before_the_commit(client, pce) -> None:
    operation = waiting(client, pce, (200, []))
    pce.on("GET", f"{WORKLOADS}?managed=true&max_results=1", (200, [], {"X-Matched-Count": "100000"}))
    verdict = run(operation)
    assert verdict.outcome is Outcome.REFUSED
    assert "labels" in verdict.message
    assert not pce.sent("POST")


# Trap 13.
def test_many_workloads_are_read_as_a_job(client, pce) -> None:
    many = [workload(f"w{number}") for number in range(500)]
    rest = [*many, workload("late", OLD, "syncing")]
    operation = waiting(client, pce, (200, many, {"X-Matched-Count": "501"}), affected=501)
    job = f"{API}/orgs/1/jobs/7"
    pce.on(
        "GET", f"{WORKLOADS}?managed=true", (202, b"", {"Location": "https://other.example.com/api/v2/orgs/1/jobs/7"})
    )
    pce.on("GET", f"{WORKLOADS}?managed=true&max_results=1", (200, [], {"X-Matched-Count": "501"}))
    pce.on("GET", f"{WORKLOADS}?managed=true&max_results=500", (200, many, {"X-Matched-Count": "501"}))
    running = {"href": "/orgs/1/jobs/7", "status": "running", "result": {}}
    done = {"href": "/orgs/1/jobs/7", "status": "done", "result": {"href": "/orgs/1/datafiles/x"}}
    pce.on("GET", job, (200, running), (200, done)).on("DELETE", job, 204)
    pce.on("GET", f"{API}/orgs/1/datafiles/x", (200, rest), (200, [*many, workload("late")]))
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.result["workloads"]["applied"] == 501
    assert verdict.polling.observed["reading"] == 3
    assert len(pce.sent("DELETE", job)) == 2
    assert len(pce.sent("GET", "max_results=500")) == 1


def test_a_reading_that_fails_is_no_verdict(client, pce) -> None:
    many = [workload(f"w{number}") for number in range(500)]
    operation = waiting(client, pce, (200, many), affected=500)
    failed = {"href": "/orgs/1/jobs/7", "status": "failed", "result": {"message": "time limit"}}
    pce.on("GET", f"{WORKLOADS}?managed=true", (202, b"", {"Location": "/orgs/1/jobs/7"}), (200, many))
    pce.on("GET", f"{WORKLOADS}?managed=true&max_results=1", (200, []))
    pce.on("GET", f"{WORKLOADS}?managed=true&max_results=500", (200, many))
    pce.on("GET", f"{API}/orgs/1/jobs/7", (200, failed))
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.observed == {"reading": 1, "not read": 1, "applied": 1}


# Trap 11.
def test_a_single_401_in_the_middle_is_survived(client, pce) -> None:
    operation = waiting(client, pce, (401, []), (200, [workload("a"), workload("b")]))
    assert run(operation).outcome is Outcome.SUCCEEDED


# Trap 26.
def test_a_time_that_does_not_exist_is_replaced_by_ours(client, pce) -> None:
    operation = waiting(client, pce, (200, [workload("a"), workload("b")]))
    mine = version_of(81, f"[nj:{operation._token}]", created_at="2020-26T21:48:46.446Z")
    pce.on("GET", f"{POLICY}/81", (200, mine)).on("POST", POLICY, (201, mine))
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.job.handle.fingerprint["seen_at"].startswith("2026-11-21T10:00:10")


def test_the_clock_of_the_pce_counts(client, pce) -> None:
    look = (200, [workload("web1"), workload("db", OLD)])
    operation = waiting(client, pce, look, affected=None, seconds=10)
    mine = version_of(81, f"[nj:{operation._token}]", None)
    pce.on("GET", f"{POLICY}/81", (200, mine, {"Date": "Sat, 21 Nov 2026 10:05:30 GMT"}))
    assert run(operation).outcome is Outcome.SUCCEEDED


# To revert.


@pytest.mark.usefixtures("versions")
def test_everything_is_reverted(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET, IP_LIST))).on("DELETE", PENDING, 204)
    verdict = run(Revert(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.message == "https://pce.example.com:8443: 2 changes reverted."
    assert [change["href"] for change in verdict.result["changes"]] == [RULE_SET, IP_LIST]


@pytest.mark.usefixtures("versions")
def test_a_part_is_reverted_with_what_depends_on_it(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET, SERVICE))).on("PUT", f"{POLICY}/delete", 204)
    pce.on("POST", DEPENDENCIES, (201, [{"href": RULE_SET}]))
    verdict = run(Revert(client, Selection((SERVICE,))))
    assert pce.sent("POST", DEPENDENCIES)[0].body["operation"] == "revert"
    assert pce.sent("PUT")[0].body == {
        "change_subset": {"services": [{"href": SERVICE}], "rule_sets": [{"href": RULE_SET}]}
    }
    assert verdict.result["added"] == [RULE_SET]


def test_nothing_to_revert(client, pce) -> None:
    assert run(Revert(client)).outcome is Outcome.NOTHING_TO_DO
    assert not pce.sent("DELETE")


@pytest.fixture
def versions(pce):
    pce.on("GET", POLICY, (200, [version_of(80)]))


def test_what_somebody_else_may_have_provisioned_is_not_called_reverted(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)), (200, pending_of())).on("DELETE", PENDING, (502, b""))
    pce.on("GET", POLICY, (200, [version_of(80)]), (200, [version_of(81), version_of(80)]))
    verdict = run(Revert(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert "has a new version since" in verdict.message


@pytest.mark.usefixtures("versions")
def test_a_revert_that_never_began_is_not_taken_for_done(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)), (200, pending_of()))
    pce.on("DELETE", PENDING, (429, []), (406, NOT_ACCEPTABLE))
    verdict = run(Revert(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)


@pytest.mark.usefixtures("versions")
def test_a_lost_answer_to_a_revert_shows_in_what_is_pending(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET)), (200, pending_of())).on("DELETE", PENDING, (502, b""))
    verdict = run(Revert(client))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "The answer was lost" in verdict.message
    assert len(pce.sent("DELETE")) == 1


@pytest.mark.usefixtures("versions")
def test_a_revert_that_did_not_happen_is_sent_again(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("DELETE", PENDING, requests.ConnectionError("reset"), 204)
    assert run(Revert(client)).outcome is Outcome.SUCCEEDED
    assert len(pce.sent("DELETE")) == 2


# To restore.


def restoring(client, pce, *pending: object, number: int = 5) -> Restore:
    pce.on("POST", f"{POLICY}/5/restore", (201, b""))
    pce.on("GET", POLICY, (200, [version_of(80), version_of(5)])).on("GET", f"{POLICY}/5", (200, version_of(5, "good")))
    pce.on("GET", PENDING, *pending)
    return Restore(client, number)


def test_a_version_is_brought_back_to_the_draft(client, pce) -> None:
    nothing, some = (200, pending_of()), (200, pending_of(RULE_SET))
    operation = restoring(client, pce, nothing, nothing, some)
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "version 5 is in the draft, 1 change to be provisioned" in verdict.message
    assert verdict.result["changes"][0]["href"] == RULE_SET
    assert verdict.result["commit_message"] == "good"
    assert pce.sent("POST", "/restore")[0].body == {}


def test_the_active_version_needs_no_restoring(client, pce) -> None:
    verdict = run(restoring(client, pce, (200, pending_of()), number=80))
    assert verdict.outcome is Outcome.NOTHING_TO_DO


# Trap 13.
@pytest.mark.parametrize("headers", [{"X-Total-Count": "1321"}, {}])
def test_the_first_of_a_list_that_was_cut_need_not_be_the_active_version(client, pce, headers) -> None:
    operation = restoring(client, pce, (200, pending_of()), (200, pending_of()), (200, pending_of(RULE_SET)))
    pce.on("GET", POLICY, (200, [version_of(number) for number in range(-494, 6)], headers))
    verdict = run(operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(pce.sent("POST", "/restore")) == 1


def test_a_version_that_differs_in_nothing_is_nothing_to_do(client, pce) -> None:
    verdict = run(restoring(client, pce, (200, pending_of())))
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_version_is_not_restored_over_what_is_pending(client, pce, check_mode) -> None:
    verdict = run(restoring(client, pce, (200, pending_of(IP_LIST))), check_mode=check_mode)
    assert verdict.outcome is Outcome.REFUSED
    assert "ip_lists-7" in verdict.message
    assert "revert it" in verdict.message
    assert not pce.sent("POST")


def test_a_version_that_does_not_exist(client, pce) -> None:
    restoring(client, pce, (200, pending_of()))
    pce.on("GET", f"{POLICY}/6", (404, []))
    verdict = run(Restore(client, 6))
    assert verdict.outcome is Outcome.REFUSED
    assert "has no version 6" in verdict.message


@pytest.mark.parametrize(
    ("key", "outcome"), [("api_1", Outcome.SUCCEEDED), ("api_2", Outcome.LOST)], ids=["ours", "of somebody else"]
)
def test_a_lost_answer_to_a_restore_shows_in_what_is_pending(client, pce, key, outcome) -> None:
    nothing, some = (200, pending_of()), (200, pending_of(RULE_SET))
    operation = restoring(client, pce, nothing, nothing, some)
    pce.on("POST", f"{POLICY}/5/restore", (502, b""))
    pce.on("GET", f"{API}/users/5/api_keys", (200, [{"auth_username": key}]))
    verdict = run(operation)
    assert (verdict.outcome, verdict.changed) == (outcome, True)
    assert len(pce.sent("POST", "/restore")) == 1
    assert outcome is Outcome.SUCCEEDED or "rule_sets-9" in verdict.message


def test_a_restore_that_was_done_is_never_called_refused(client, pce) -> None:
    nothing, some = (200, pending_of()), (200, pending_of(RULE_SET))
    pce.on("GET", f"{API}/users/5/api_keys", (200, [{"auth_username": "api_1"}]))
    verdict = run(restoring(client, pce, nothing, nothing, (401, []), some))
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert len(pce.sent("POST", "/restore")) == 1


def test_what_a_restore_would_do(client, pce) -> None:
    verdict = run(restoring(client, pce, (200, pending_of())), check_mode=True, diff=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.diff == {"prepared": "version 5 of 2026-11-21T10:00:00.500Z: good\n"}


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
    "state": "provisioned",
    "change_subset": None,
    "dependencies": "include",
    "update_description": None,
    "wait_for_workloads": False,
    "labels": None,
    "version": None,
}


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({}, Provision),
        ({"change_subset": [RULE_SET, RULE_SET]}, Provision),
        ({"state": "reverted"}, Revert),
        ({"state": "restored", "version": 3}, Restore),
        ({"state": "reverted", "handle": {}}, Provision),
    ],
)
def test_the_options_make_the_work(options, kind) -> None:
    assert isinstance(from_options({**PARAMS, **options}, lambda secrets: None), kind)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"change_subset": []}, "change_subset: it is empty"),
        ({"labels": {"env": "prod"}}, "wait_for_workloads"),
        ({"labels": {"env": ""}, "wait_for_workloads": True}, "its type and its value"),
        ({"state": "reverted", "wait_for_workloads": True}, "goes only with state provisioned"),
        ({"state": "restored"}, "say which version"),
        ({"state": "restored", "version": -1}, "number of a version"),
        ({"version": 4}, "goes only with state restored"),
        ({"state": "restored", "version": 4, "change_subset": [RULE_SET]}, "change_subset"),
    ],
)
def test_options_that_make_no_sense(options, text) -> None:
    with pytest.raises(errors.BadInput, match=text):
        from_options({**PARAMS, **options}, lambda secrets: None)


def test_what_a_commit_answers_when_it_is_done_at_once(client, pce) -> None:
    pce.on("GET", PENDING, (200, pending_of(RULE_SET))).on("POST", POLICY, (201, RECORDED))
    operation = committing(client)
    operation.preview(want_diff=False)
    assert isinstance(operation.submit(), Done)
    pce.on("GET", PENDING, (200, pending_of()))
    assert isinstance(operation.submit(), NothingToDo)
    assert dataclasses.asdict(policy.Change("a", "b", "c", "d"))["kind"] == "a"
