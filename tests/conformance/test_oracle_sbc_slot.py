# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated SBC: what its one slot shows, and users of the CLI and GUI who act at any moment."""

from __future__ import annotations

import itertools
import random
import typing as t

import pytest
from simulator.client import SimulatorError

from .sbc import Session

Make = t.Callable[..., Session]
SAVE_DONE, SAVE_RUNS = ("save", "success"), ("save", "inProgress")


def verdicts(client: Session) -> list[tuple[str, str, str]]:
    return [(one["admin"], one["kind"], one["details"]["verdict"]) for one in client.submissions()]


# Shapes of the slot


@pytest.mark.parametrize(
    ("shape", "inside"),
    [("no_state", []), ("empty_state", ["operationState"]), ("empty_words", ["operationState", "operation", "status"])],
)
def test_slot_when_nothing_ever_ran(sbc: Make, shape: str, inside: list[str]) -> None:
    data = sbc(empty_slot=shape).status().xml.find("data")
    assert data is not None
    assert [one.tag for one in data.iter()] == ["data", *inside]
    assert "".join(data.itertext()).strip() == ""


def test_slot_when_nothing_ever_ran_may_be_an_error(sbc: Make) -> None:
    assert sbc(empty_slot="not_found").status().code == 404


def test_the_slot_needs_no_lock_and_belongs_to_nobody(sbc: Make) -> None:
    client = sbc().locked()
    client.accepted("save")
    assert client.other("ann").status().state == SAVE_RUNS


def test_stale_for_some_seconds_after_the_202(sbc: Make) -> None:
    client = sbc(operations={"*": {"stale": 1.5}}).locked()
    client.accepted("verify")
    assert client.status().get("operation") is None
    client.advance(5)
    assert client.status().state == ("verify", "success")
    client.accepted("save")
    assert client.status().state == ("verify", "success")
    client.advance(1.6)
    assert client.status().state == SAVE_RUNS
    client.advance(2)
    assert client.status().state == SAVE_DONE


def test_stale_for_some_looks_with_the_same_operation_before(sbc: Make) -> None:
    client = sbc(operations={"*": {"polls": 2}}).locked()
    client.accepted("save")
    assert [client.status().state for _look in range(2)] == [SAVE_RUNS, SAVE_DONE]
    client.configure(next_operations=[{"stale_polls": 2, "status": "fail"}])
    client.accepted("save")
    assert [client.status().state for _look in range(4)] == [SAVE_DONE, SAVE_DONE, SAVE_RUNS, ("save", "fail")]
    assert [one["job"] for one in client.device()["looks"]] == ["1", "1", "1", "1", "2", "2"]


def test_a_short_operation_may_be_over_before_it_is_shown(sbc: Make) -> None:
    client = sbc(operations={"save": {"seconds": 1, "stale": 3}}).locked()
    client.accepted("save")
    client.advance(2)
    assert client.status().get("operation") is None
    assert verdicts(client) == [("admin", "save", "success")]
    client.advance(2)
    assert client.status().state == SAVE_DONE


@pytest.mark.parametrize(("message", "shown"), [(None, None), ("", ""), ("No <space> left", "No <space> left")])
def test_fail_is_an_answer_200_with_or_without_a_message(sbc: Make, message: str | None, shown: str | None) -> None:
    client = sbc(next_operations=[{"status": "fail", "error_message": message}]).locked()
    client.accepted("save")
    assert client.status().get("errorMessage") is None
    client.advance(9)
    answer = client.status()
    assert (answer.state, answer.get("errorMessage")) == (("save", "fail"), shown)
    assert client.submissions()[0]["details"]["error_message"] == message


def test_other_words_and_names(sbc: Make) -> None:
    plan = {"running_status": "queued", "status": "completed", "shown": "save-config"}
    client = sbc(next_operations=[plan]).locked()
    client.change()
    client.accepted("save")
    assert client.status().state == ("save-config", "queued")
    client.advance(9)
    assert client.status().state == ("save-config", "completed")
    assert client.numbers() == (2, 1, 1)


def test_additional_info_of_a_verify(sbc: Make) -> None:
    info = {
        "verifySummary": {"verify": [{"object": "sip-interface", "field": "realm-id"}, {"object": "x", "field": "y"}]}
    }
    client = sbc(next_operations=[{"additional_info": info}, {"additional_info": ""}]).locked()
    client.accepted("verify")
    assert client.status().xml.find(".//additionalInfo") is None
    client.advance(9)
    found = client.status().xml.findall("data/additionalInfo/verifySummary/verify/object")
    assert [one.text for one in found] == ["sip-interface", "x"]
    client.accepted("verify")
    client.advance(9)
    empty = client.status().xml.find("data/additionalInfo")
    assert empty is not None
    assert (len(empty), empty.text) == (0, None)


def test_faults_of_one_look(sbc: Make) -> None:
    client = sbc().locked()
    client.accepted("save")
    client.fault("unknown_state", match={"step": "status"}, text="archiving")
    client.fault("without_status", match={"step": "status"})
    client.fault("without_state", match={"step": "status"})
    client.fault("refuse", match={"step": "status"}, status=401, text="Client not authorized.")
    assert client.status().state == ("save", "archiving")
    assert client.status().state == ("save", None)
    assert client.status().state == (None, None)
    assert client.status().error == (401, "Client not authorized.")
    assert client.status().state == SAVE_RUNS


@pytest.mark.parametrize(
    ("shape", "shown"), [("missing", []), ("empty", [None]), ("path", ["/rest/v1.2/admin/asyncstatus"])]
)
def test_shapes_of_the_link(sbc: Make, shape: str, shown: list[str | None]) -> None:
    client = sbc(link=shape).locked()
    assert [one.text for one in client.accepted("save").xml.iter("link")] == shown
    client.configure(link="absolute")
    client.fault("without_link", match={"type": "verify"})
    assert client.accepted("verify").get("link") is None


# A second operation while one runs


def test_a_second_operation_takes_over_and_the_first_goes_on(sbc: Make) -> None:
    client = sbc().locked()
    client.change()
    client.accepted("save")
    client.accepted("verify")
    assert client.status().state == ("verify", "inProgress")
    client.advance(20)
    assert client.status().state == ("verify", "success")
    assert verdicts(client) == [("admin", "save", "success"), ("admin", "verify", "success")]
    assert client.numbers() == (2, 2, 1)


def test_a_second_operation_may_be_refused(sbc: Make) -> None:
    client = sbc(second_operation="refuse", second_operation_status=409).locked()
    client.accepted("save")
    assert client.submit("verify").error == (409, "Another operation is in progress")
    client.advance(9)
    assert client.submit("verify").code == 202


# Others


def test_an_operation_of_a_cli_user_shows_in_the_slot(sbc: Make) -> None:
    client = sbc()
    answer = client.act("operation", name="activate", user="bob", plan={"seconds": 4})
    assert answer == {"accepted": True, "job": "1", "answer": ""}
    assert client.status().state == ("activate", "inProgress")
    assert client.lock().code == 423  # it needs the lock like everybody
    client.advance(5)
    assert client.status().state == ("activate", "success")
    assert client.lock().code == 204
    (entry,) = client.submissions()
    bob = {"user": "bob", "via": "cli", "session": ""}
    assert (entry["admin"], entry["details"]["by"], entry["details"]["lock_at_submit"]) == ("bob", bob, bob)


def test_our_lock_keeps_others_out(sbc: Make) -> None:
    client = sbc().locked()
    answer = client.act("operation", name="save")
    assert (answer["accepted"], answer["answer"]) == (False, "Resource locked by another user")
    assert not client.submissions()
    assert client.refused()[0]["admin"] == "bob"
    assert client.act("change")["accepted"] is False


def test_others_may_ignore_the_lock(sbc: Make) -> None:
    client = sbc().locked()
    client.accepted("save")
    client.act("operation", name="verify", lock="ignore")
    client.advance(9)
    assert client.status().state == ("verify", "success")
    assert verdicts(client) == [("admin", "save", "success"), ("bob", "verify", "success")]
    ours = {"user": "admin", "via": "rest", "session": "1"}
    assert [one["details"]["lock_at_end"] for one in client.submissions()] == [ours, ours]


def test_the_lock_can_be_lost(sbc: Make) -> None:
    client = sbc().locked()
    client.accepted("save")
    client.act("break-lock")
    assert client.unlock().error == (423, "User does not have the lock.")
    client.advance(9)
    assert client.submissions()[0]["details"]["lock_at_end"] is None


def test_others_change_what_is_edited(sbc: Make) -> None:
    client = sbc()
    assert client.act("change")["editing"] == 2
    assert client.numbers() == (2, 1, 1)
    client.act("change", element_type="session-group", attributes={"group-name": "sg_proxies", "dest": ["a", "b"]})
    values = client.get("configuration/configElements?elementType=session-group&group-name=sg_proxies").xml
    assert [one.text for one in values.iter("value")] == ["sg_proxies", "a", "b"]


def test_somebody_acts_between_the_submit_and_the_next_look(sbc: Make) -> None:
    client = sbc()
    client.locked()
    client.act("later", action="operation", step="submit", arguments={"name": "verify", "lock": "ignore"})
    client.accepted("save")
    assert client.status().state == ("verify", "inProgress")
    (one,) = client.device()["later"]
    assert one["state"].startswith("done 20")
    assert one["result"]["accepted"]


def test_a_refused_submit_is_not_the_moment_after_a_submit(sbc: Make) -> None:
    client = sbc()
    client.act("later", action="operation", step="submit", arguments={"lock": "ignore"})
    assert client.submit("save").code == 423
    assert client.device()["later"][0]["state"] == "waiting"


def test_somebody_acts_before_the_third_look(sbc: Make) -> None:
    client = sbc().locked()
    client.act(
        "later",
        action="operation",
        step="status",
        moment="before",
        skip=2,
        arguments={"name": "restore", "lock": "ignore"},
    )
    client.accepted("save")
    shown = [client.status().get("operation") for _look in range(4)]
    assert shown == ["save", "save", "restore", "restore"]


def test_somebody_acts_some_seconds_after_a_certain_request(sbc: Make) -> None:
    client = sbc().locked()
    arguments = {"name": "save", "lock": "ignore", "plan": {"status": "fail"}}
    client.act("later", action="operation", step="submit", contains="action=activate", delay=2, arguments=arguments)
    client.accepted("verify")
    client.advance(9)
    client.accepted("activate")
    client.advance(1.9)
    assert client.status().state == ("activate", "inProgress")
    client.advance(0.2)
    assert client.status().state == SAVE_RUNS
    client.advance(9)
    assert verdicts(client) == [
        ("admin", "verify", "success"),
        ("admin", "activate", "success"),
        ("bob", "save", "fail"),
    ]


def test_somebody_acts_at_a_time(sbc: Make) -> None:
    client = sbc()
    client.act("later", action="lock", delay=10)
    client.act("later", action="change", delay=11)
    client.act("later", action="unlock", delay=12)
    client.advance(10.5)
    assert client.lock().code == 423
    client.advance(30)
    assert client.numbers() == (2, 1, 1)
    times = [one["state"] for one in client.device()["later"]]
    assert times == sorted(times)
    assert [one["event"] for one in client.device()["lock_log"]] == ["taken", "released"]


def test_what_cannot_be_done_later_is_told_at_once_or_in_the_list(sbc: Make) -> None:
    client = sbc()
    for wrong in ({"action": "nonsense"}, {"action": "later"}, {"action": "lock", "moment": "during"}):
        with pytest.raises(SimulatorError):
            client.act("later", **wrong)
    client.act("later", action="hold", step="status", arguments={"seconds": 5})
    assert client.status().code == 200
    assert client.device()["later"][0]["state"] == "failed"


def test_looks_say_whose_verdict_was_seen(sbc: Make) -> None:
    client = sbc(operations={"*": {"polls": 1}}).locked()
    client.accepted("save")
    client.status()
    client.act("operation", name="save", lock="ignore", plan={"polls": 1})
    client.status()
    looks = [(one["session"], one["job"], one["status"]) for one in client.device()["looks"]]
    assert looks == [("1", "1", "success"), ("1", "2", "success")]
    assert [one["job"] for one in client.submissions()] == ["1", "2"]


def test_what_is_held_takes_longer(sbc: Make) -> None:
    client = sbc().locked()
    client.accepted("save")
    client.act("hold", seconds=50)
    client.advance(49)
    assert client.status().state == SAVE_RUNS
    client.advance(2)
    assert client.status().state == SAVE_DONE


def story(client: Session, seed: int) -> list[t.Any]:
    """Forty requests and deeds of others, chosen by the seed; what the client saw, and the ledger."""
    chance = random.Random(seed)
    seen: list[t.Any] = []
    deeds: list[t.Callable[[], t.Any]] = [
        lambda: client.lock().code,
        lambda: client.unlock().code,
        lambda: client.submit(chance.choice(["save", "verify", "activate"])).code,
        lambda: client.submit("backup", backupSource="saved", filename=chance.choice("abc")).code,
        lambda: client.status().text,
        client.files,
        lambda: client.act("operation", name=chance.choice(["save", "verify"]), lock=chance.choice(["need", "ignore"])),
        lambda: client.act("change", lock="ignore"),
        lambda: client.act("later", action="operation", step="submit", skip=chance.randrange(2), delay=chance.random()),
        lambda: client.advance(chance.choice([0.5, 2, 7])),
    ]
    for _number in range(40):
        seen.append(chance.choice(deeds)())
    client.advance(60)
    for one in client.submissions():
        seen.append([one["kind"], one["admin"], one["job"], one["details"]["verdict"], one["details"]["lock_at_end"]])
    seen.append(client.device()["configuration"])
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_the_same_story_has_the_same_end(sbc: Make, seed: int) -> None:
    settings = {"operations": {"*": {"stale": 0.7}}, "next_operations": [{"status": "fail"}, {"polls": 3}]}
    first, second = (story(sbc(**settings), seed) for _run in range(2))
    assert first == second
    other = story(sbc(**settings), seed + 100)
    assert first != other


def test_a_foreign_user_at_every_moment(sbc: Make) -> None:
    """With the lock held, nobody who needs it gets in, whenever he comes; the slot shows ours only."""
    moments = [
        (step, moment, skip) for step in ("submit", "status") for moment in ("before", "after") for skip in (0, 1)
    ]
    for (step, moment, skip), name in itertools.product(moments, ("save", "verify")):
        client = sbc(operations={"*": {"polls": 2}}).locked()
        client.act("later", action="operation", step=step, moment=moment, skip=skip, arguments={"name": name})
        for action in ("save", "verify"):
            client.accepted(action)
            assert [client.status().state for _look in range(2)] == [(action, "inProgress"), (action, "success")]
        assert client.device()["later"][0]["result"]["accepted"] is False
        assert [one["admin"] for one in client.submissions()] == ["admin", "admin"]
