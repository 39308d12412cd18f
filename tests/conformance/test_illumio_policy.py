# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated PCE: provisioning and how workloads take it on, VEN upgrades, bulk changes."""

from __future__ import annotations

import typing as t

import pytest
from simulator.client import SimulatorError

from .pce import Rest, token

Make = t.Callable[..., Rest]
DRAFT = "/orgs/1/sec_policy/draft"


def drafts(rest: Rest, kind: str = "ip_lists", **arguments: t.Any) -> list[str]:
    return t.cast("list[str]", rest.act("drafts", kind=kind, **arguments)["hrefs"])


def subset(*hrefs: str) -> dict[str, t.Any]:
    found: dict[str, list[t.Any]] = {}
    for href in hrefs:
        found.setdefault(href.split("/")[5], []).append({"href": href})
    return found


def pending(rest: Rest) -> dict[str, str]:
    """Draft href to what changed."""
    return {one["href"]: one["update_type"] for ones in rest.get("sec_policy/pending").json().values() for one in ones}


def active(href: str) -> str:
    return href.replace("/draft/", "/active/")


def test_commit_of_everything(pce: Make) -> None:
    rest = pce()
    made, changed = drafts(rest, count=2), drafts(rest, "services", change="update")
    assert pending(rest) == {made[0]: "create", made[1]: "create", changed[0]: "update"}
    assert rest.get(active(made[0])).status_code == 404
    answer = rest.post("sec_policy", {"update_description": "make active"})
    assert answer.status_code == 201
    found = answer.json()
    assert (found["version"], found["commit_message"], found["workloads_affected"]) == (1321, "make active", 36)
    assert found["href"] == "/orgs/1/sec_policy/1321"
    assert set(found["provisioned_hrefs"]) == {active(href) for href in (*made, *changed)}
    assert found["object_counts"]["ip_lists"] == 5
    assert pending(rest) == {}
    assert rest.get(active(made[0])).json()["name"] == rest.get(made[0]).json()["name"]
    listed = rest.get("sec_policy").json()
    assert [one["version"] for one in listed] == [1321, 1320]
    assert rest.get("sec_policy/1321").json() == found
    (submission,) = rest.submissions("provision")
    assert (submission["job"], set(submission["changes"])) == (found["href"], {*made, *changed})


def test_commit_of_a_subset(pce: Make) -> None:
    rest = pce()
    first, second = drafts(rest, count=2)
    assert rest.post("sec_policy", {"change_subset": subset(first)}).status_code == 201
    assert list(pending(rest)) == [second]


@pytest.mark.parametrize("what", ["nothing pending", "not pending", "unknown"])
def test_commit_without_a_draft(pce: Make, what: str) -> None:
    """The words are recorded."""
    rest = pce()
    body = (
        {}
        if what == "nothing pending"
        else {"change_subset": subset(f"{DRAFT}/ip_lists/{2 if what[0] == 'n' else 99}")}
    )
    answer = rest.post("sec_policy", body)
    assert token(answer) == (406, "not_acceptable_error")
    expected = "Not Acceptable. One or more specified objects either don't exist, or do not have a draft version."
    assert answer.json()[0]["message"] == expected
    assert len(rest.refused("provision")) == 1


def test_objects_are_made_changed_and_deleted_by_the_api(pce: Make) -> None:
    rest = pce()
    made = rest.post("sec_policy/draft/ip_lists", {"name": "lab", "ip_ranges": [{"from_ip": "192.0.2.0/24"}]})
    assert made.status_code == 201
    assert token(rest.post("sec_policy/draft/ip_lists", {"name": "lab"})) == (406, "not_acceptable_error")
    href = made.json()["href"]
    assert rest.put(href, {"description": "of the lab"}).status_code == 204
    assert rest.put(f"{DRAFT}/ip_lists/2", {"description": "changed"}).status_code == 204
    assert rest.delete(f"{DRAFT}/ip_lists/3").status_code == 204
    assert pending(rest) == {href: "create", f"{DRAFT}/ip_lists/2": "update", f"{DRAFT}/ip_lists/3": "delete"}
    assert token(rest.delete(f"{DRAFT}/ip_lists/3")) == (406, "already_deleted")
    assert token(rest.put(f"{DRAFT}/ip_lists/3", {"description": "x"})) == (406, "not_acceptable_error")
    assert rest.delete(href).status_code == 204
    assert rest.get(href).status_code == 404
    assert rest.post("sec_policy", {}).status_code == 201
    assert rest.get(f"{DRAFT}/ip_lists/3").status_code == 404
    assert rest.get(f"{DRAFT}/ip_lists/2").json()["description"] == "changed"
    assert token(rest.post("sec_policy/draft/firewall_settings")) == (406, "input_validation_error")
    assert rest.post("sec_policy/active/ip_lists", {"name": "x"}).status_code == 404


def test_a_subset_must_be_a_dependency_closure(pce: Make) -> None:
    rest = pce()
    (used,) = drafts(rest)
    (user,) = drafts(rest, "rule_sets", references=[used])

    def dependencies(operation: str, href: str) -> t.Any:
        return rest.post(
            "sec_policy/draft/dependencies", {"operation": operation, "change_subset": subset(href)}
        ).json()

    assert dependencies("commit", used) == []
    assert dependencies("commit", user) == [{"href": used, "required_by": [{"href": user}]}]
    assert token(rest.post("sec_policy", {"change_subset": subset(user)})) == (406, "not_acceptable_error")
    assert dependencies("revert", used) == [{"href": user, "required_by": [{"href": used}]}]
    assert dependencies("revert", user) == []
    assert token(rest.put("sec_policy/delete", {"change_subset": subset(used)})) == (406, "not_acceptable_error")
    assert rest.post("sec_policy", {"change_subset": subset(user, used)}).status_code == 201
    assert pending(rest) == {}


def test_deleting_what_is_in_use(pce: Make) -> None:
    rest = pce()
    (used,) = drafts(rest)
    (user,) = drafts(rest, "rule_sets", references=[used], name="user")
    rest.act("provision")
    rest.delete(used)
    rest.put(user, {"description": "no longer"})
    assert token(rest.post("sec_policy", {"change_subset": subset(used)})) == (406, "not_acceptable_error")
    assert rest.post("sec_policy", {"change_subset": subset(used, user)}).status_code == 201


@pytest.mark.parametrize("way", ["delete", "put", "subset"])
def test_revert(pce: Make, way: str) -> None:
    rest = pce()
    (made,), (changed,), (deleted,) = (drafts(rest), drafts(rest, change="update"), drafts(rest, change="delete"))
    before = rest.get(active(changed)).json()
    if way == "delete":
        answer = rest.delete("sec_policy/pending")
    elif way == "put":
        answer = rest.put("sec_policy/delete", {})
    else:
        answer = rest.put("sec_policy/delete", {"change_subset": subset(made, changed, deleted)})
    assert answer.status_code == 204
    assert pending(rest) == {}
    assert rest.get(made).status_code == 404
    assert rest.get(changed).json().get("description") == before.get("description")
    assert rest.get(deleted).status_code == 200
    (submission,) = rest.submissions("revert")
    assert set(submission["changes"]) == {made, changed, deleted}


def test_restore(pce: Make) -> None:
    rest = pce()
    (made,) = drafts(rest)
    (changed,) = drafts(rest, change="update", name="IPL-3")
    (deleted,) = drafts(rest, change="delete", name="IPL-4")
    rest.post("sec_policy", {})
    assert rest.post("sec_policy/1320/restore", {}).status_code == 201
    assert pending(rest) == {made: "delete", changed: "update", deleted: "create"}
    assert token(rest.post("sec_policy/1320/restore", {})) == (406, "not_acceptable_error")
    rest.post("sec_policy", {"update_description": "roll back"})

    def content(version: int) -> set[tuple[str, str]]:
        found = rest.get(f"sec_policy/{version}/ip_lists").json()
        return {(one["name"], one.get("description") or "") for one in found}

    assert content(1322) == content(1320) != content(1321)
    assert rest.post("sec_policy/999/restore", {}).status_code == 404
    assert [one["job"] for one in rest.submissions("restore")] == ["/orgs/1/sec_policy/1320/restore"]
    assert len(rest.refused("restore")) == 2


def test_shapes_of_a_commit(pce: Make) -> None:
    # Trap 27.
    rest = pce(object_counts="number", workloads_affected="null", provisioned_hrefs=False)
    drafts(rest)
    found = rest.post("sec_policy", {}).json()
    assert (found["object_counts"], found["workloads_affected"]) == (3, None)
    assert "provisioned_hrefs" not in found


def test_impact(pce: Make) -> None:
    rest = pce()
    assert rest.post("sec_policy/impact", {"change_subset": subset(*drafts(rest))}).status_code in (200, 201)


def states(rest: Rest) -> dict[str, int]:
    """How many managed workloads are in which state."""
    found: dict[str, int] = {}
    for one in rest.get("workloads?managed=true").json():
        word = one["agent"]["status"]["security_policy_sync_state"]
        found[word] = found.get(word, 0) + 1
    return found


def late(rest: Rest, since: str) -> int:
    """How many managed workloads have not applied a policy since then."""
    found = rest.get("workloads?managed=true").json()
    return sum(1 for one in found if one["agent"]["status"]["security_policy_applied_at"] <= since)


def test_workloads_take_on_a_commit_one_after_the_other(pce: Make) -> None:
    rest = pce(converge_seconds=100)
    assert states(rest) == {"synced": 36}
    drafts(rest)
    since = rest.post("sec_policy", {}).json()["created_at"]
    assert (states(rest), late(rest, since)) == ({"syncing": 36}, 36)
    rest.advance(60)
    assert 0 < late(rest, since) < 36
    assert states(rest) == {"syncing": late(rest, since), "synced": 36 - late(rest, since)}
    rest.advance(41)
    assert (states(rest), late(rest, since)) == ({"synced": 36}, 0)


def test_workloads_that_never_do(pce: Make) -> None:
    rest = pce(offline_workloads=2, stuck_workloads=3, static_workloads=4)
    drafts(rest)
    since = rest.post("sec_policy", {}).json()["created_at"]
    rest.advance(1000)
    assert states(rest) == {"syncing": 5, "staged": 4, "synced": 27}
    assert late(rest, since) == 9
    assert len(rest.get("workloads?security_policy_sync_state=staged").json()) == 4
    rest.act("apply-policy")
    rest.advance(61)
    assert states(rest) == {"syncing": 5, "synced": 31}
    rest.configure(stuck_workloads=0, offline_workloads=0)
    assert states(rest) == {"synced": 36}


def test_somebody_else_commits(pce: Make) -> None:
    rest = pce()
    drafts(rest)
    assert rest.act("provision")["version"] == 1321
    assert rest.get("sec_policy").json()[0]["created_by"] == {"href": "/users/2"}
    assert rest.submissions("provision") == []
    with pytest.raises(SimulatorError):
        rest.act("drafts", kind="wolves")


# VENs


def vens(rest: Rest, query: str = "") -> list[t.Any]:
    return t.cast("list[t.Any]", rest.get(f"vens{query}").json())


def upgrade(rest: Rest, hrefs: t.Iterable[str], release: str = "25.2.20-1234", **more: t.Any) -> t.Any:
    return rest.put("vens/upgrade", {"release": release, "vens": [{"href": href} for href in hrefs], **more})


def test_vens_come_to_the_new_version_one_after_the_other(pce: Make) -> None:
    rest = pce(ven_upgrade_seconds=100)
    hrefs = [one["href"] for one in vens(rest)]
    answer = upgrade(rest, hrefs[:20])
    assert (answer.status_code, answer.json()) == (200, {"errors": []})
    assert [one["href"] for one in vens(rest, "?upgrade_pending=true")] == hrefs[:20]
    first = rest.get(hrefs[0]).json()
    assert (first["version"], first["upgrade_target_version"]) == ("24.5.0-1200", "25.2.20-1234")
    assert first["upgrade_expires_at"]
    rest.advance(60)
    assert 0 < len(vens(rest, "?upgrade_pending=true")) < 20
    rest.advance(41)
    assert vens(rest, "?upgrade_pending=true") == []
    done = rest.get(hrefs[0]).json()
    assert (done["version"], done["upgrade_target_version"]) == ("25.2.20-1234", None)
    (submission,) = rest.submissions("ven-upgrade")
    assert (submission["changes"], submission["description"]) == (hrefs[:20], "25.2.20-1234")


def test_an_upgrade_expires(pce: Make) -> None:
    rest = pce(stuck_vens=1)
    last = vens(rest)[-1]["href"]
    upgrade(rest, [last], upgrade_timeout_seconds=900)
    rest.advance(899)
    assert len(vens(rest, "?upgrade_pending=true")) == 1
    rest.advance(2)
    assert vens(rest, "?upgrade_pending=true") == []
    found = rest.get(last).json()
    assert (found["version"], found["upgrade_target_version"]) == ("24.5.0-1200", "25.2.20-1234")


def test_errors_of_single_vens(pce: Make) -> None:
    # Trap 34.
    rest = pce(ven_upgrade_answer="empty")
    good = vens(rest)[0]["href"]
    answer = upgrade(rest, [good, "/orgs/1/vens/none"])
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert (error["token"], error["hrefs"]) == ("not_found_error", ["/orgs/1/vens/none"])
    assert upgrade(rest, [good]).status_code == 204
    assert len(upgrade(rest, [good], "23.1.0").json()["errors"]) == 1
    assert len(upgrade(rest, [good], "26.1.0").json()["errors"]) == 1


def test_one_bulk_operation_at_a_time(pce: Make) -> None:
    # Trap 23.
    rest = pce(bulk_seconds=10)
    hrefs = [one["href"] for one in vens(rest)]
    assert upgrade(rest, hrefs[:1]).status_code == 200
    assert token(upgrade(rest, hrefs[1:2])) == (429, "too_many_requests_error")
    assert token(rest.put("workloads/bulk_delete", [])) == (429, "too_many_requests_error")
    rest.advance(11)
    assert upgrade(rest, hrefs[1:2]).status_code == 200
    rest.configure(bulk_seconds=0)
    rest.act("busy", seconds=100)
    rest.advance(50)
    assert upgrade(rest, hrefs[2:3]).status_code == 429
    rest.advance(51)
    assert upgrade(rest, hrefs[2:3]).status_code == 200
    assert (len(rest.submissions("ven-upgrade")), len(rest.refused("ven-upgrade"))) == (3, 2)


def test_bulk_changes_answer_per_item(pce: Make) -> None:
    # Trap 34.
    rest = pce()
    made = rest.put("workloads/bulk_create", [{"hostname": "new-1"}, {"hostname": "new-2"}]).json()
    assert [one["status"] for one in made] == ["created", "created"]
    assert rest.get(made[0]["href"]).json()["hostname"] == "new-1"
    managed = rest.get("workloads?managed=true&max_results=1").json()[0]["href"]
    unmanaged = rest.get("workloads?managed=false&max_results=1").json()[0]["href"]
    changes = [{"href": managed, "description": "changed"}, {"href": "/orgs/1/workloads/none", "description": "x"}]
    changed = rest.put("workloads/bulk_update", changes)
    assert (changed.status_code, [one["status"] for one in changed.json()]) == (200, ["updated", "error"])
    assert rest.get(managed).json()["description"] == "changed"
    wanted = [{"href": href} for href in (made[1]["href"], unmanaged, managed, "/orgs/1/workloads/none")]
    deleted = rest.put("workloads/bulk_delete", wanted).json()
    assert [(one["href"], one["errors"][0]["token"]) for one in deleted] == [
        (managed, "method_not_allowed_error"),
        ("/orgs/1/workloads/none", "not_found_error"),
    ]
    assert rest.get("workloads?max_results=1").headers["X-Total-Count"] == "40"
    assert rest.put("workloads/bulk_delete", [{"href": "x"}] * 1001).status_code == 406
