# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import NothingToDo
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.commit import Commit, Validate
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.operations import OPERATIONS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.options import CommitOptions

ENDPOINT = "https://fw1.example.com:443"
NONCE = "0123abcd"
ALL = "<jobs><all>"
NOT_FOUND = '<response status="error" code="7"><msg><line>job 7 not found</line></msg></response>'
UNKNOWN_COMMAND = '<response status="error" code="17"><msg><line>Invalid command</line></msg></response>'
CONFIG_LOCK = (
    '<response status="error"><msg><line>Timed out while getting config lock. Please try again.</line></msg></response>'
)
LOCKED = (
    '<response status="error" code="14"><msg><line>Other administrators are holding device wide commit locks.'
    "</line></msg></response>"
)
BUSY = (
    '<response status="error" code="13"><msg><line>Another commit/validate is in progress. Please try again later'
    "</line></msg></response>"
)


def accepted(job_id: str) -> str:
    return (
        f'<response status="success" code="19"><result><msg><line>x</line></msg><job>{job_id}</job></result></response>'
    )


def record(**fields: str) -> dict[str, str]:
    usual = {"id": "7", "type": "Commit", "status": "ACT", "result": "PEND", "user": "app"}
    return {**usual, "tenq": "2026/11/21 10:00:00", "description": "", **fields}


@pytest.fixture
def commit(client) -> Commit:
    return Commit(client, CommitOptions(description="weekly"), nonce=NONCE)


@pytest.fixture
def token(commit) -> str:
    return commit._token


def handle(**fingerprint: str) -> Handle:
    return Handle("panos.commit", ENDPOINT, "7", {"type": "Commit", **fingerprint})


# The submission.


def test_a_submission(commit, device, jobs, token) -> None:
    """Trap 25: the token goes along, and the list was read before."""
    device.on(ALL, jobs()).on("<commit>", accepted("7"))
    made = commit.submit()
    assert made == handle(token=token)
    assert made.operation in OPERATIONS
    sent = device.sent("<commit>")[0]
    assert sent == {
        "type": "commit",
        "cmd": f"<commit><description>weekly [nj:{token}]</description></commit>",
    }
    assert token.endswith(f"-{NONCE}")
    assert [form["type"] for form in device.forms] == ["keygen", "op", "commit"]


def test_a_partial_submission_has_its_action(client, device, jobs) -> None:
    device.on(ALL, jobs()).on("<commit>", accepted("7"))
    Commit(client, CommitOptions(admins=["bob"])).submit()
    assert device.sent("<commit>")[0]["action"] == "partial"


def test_each_instance_has_a_nonce_of_its_own(client) -> None:
    one, other = Commit(client), Commit(client)
    assert one._token != other._token
    assert one._intent == other._intent
    assert one.description == f"[nj:{one._token}]"


def test_the_longest_description_fits(client) -> None:
    assert len(Commit(client, CommitOptions(description="x" * 487)).description) == 512


def test_a_target_is_remembered(make_client, device, jobs) -> None:
    device.on(ALL, jobs()).on("<commit>", accepted("7")).on("<jobs><id>7", jobs(record()))
    made = Commit(make_client(target="0123")).submit()
    assert made.fingerprint["target"] == "0123"
    # A later process may only know the Panorama: the handle tells whose job it is.
    fresh = Commit(make_client())
    with pytest.raises(errors.JobReplaced):
        fresh.observe(made, within=5)
    assert device.forms[-1]["target"] == "0123"


@pytest.mark.parametrize(
    "text",
    ["There are no changes to commit.", "The result of this commit would be the same as the previous commit queued."],
)
def test_nothing_to_do(commit, device, jobs, text: str) -> None:
    """Trap 6."""
    device.on(ALL, jobs()).on("<commit>", f'<response status="success" code="13"><msg>{text}</msg></response>')
    assert commit.submit() == NothingToDo(text)


@pytest.mark.parametrize("inner", ["<msg>Something else happened.</msg>", "<weird/>", ""])
def test_success_without_a_job(commit, device, jobs, inner: str) -> None:
    """Trap 8."""
    device.on(ALL, jobs()).on("<commit>", f'<response status="success">{inner}</response>')
    with pytest.raises(errors.Refused, match="started no job") as caught:
        commit.submit()
    assert caught.value.reason == "rejected"
    if inner.startswith("<msg>"):
        assert "Something else happened." in caught.value.message


def test_busy_names_the_running_job(commit, device, jobs) -> None:
    """Trap 27, and 7."""
    running = record(id="12", user="bob", progress="55")
    device.on(ALL, jobs(running, record(id="11", status="FIN", result="OK"))).on("<commit>", BUSY)
    with pytest.raises(errors.Busy, match=r"Commit job 12 by bob, ACT 55 %") as caught:
        commit.submit()
    assert caught.value.details == {
        "jobs": [{"id": "12", "type": "Commit", "user": "bob", "state": "ACT", "progress": 55.0}]
    }


def test_busy_while_the_list_cannot_be_read(commit, device, jobs) -> None:
    device.on(ALL, jobs(), "").on("<commit>", BUSY)
    with pytest.raises(errors.Busy, match="Another commit/validate"):
        commit.submit()


def test_still_busy_with_no_time_left_to_look(commit, device, jobs) -> None:
    """The first refusal named the job in the way; the one at the end of the wait does, too."""
    device.on(ALL, jobs(), jobs(record(id="12", user="bob", progress="55")), "").on("<commit>", BUSY)
    for _attempt in range(2):
        with pytest.raises(errors.Busy, match=r"Commit job 12 by bob, ACT 55 %"):
            commit.submit()


def test_a_lock_names_its_owner(commit, device, jobs, recorded) -> None:
    """Trap 28."""
    device.on(ALL, jobs()).on("<commit>", LOCKED)
    device.on("commit-locks", recorded("commit_locks").replace(b"(null)", b"maintenance"))
    device.on("config-locks", recorded("config_locks"))
    with pytest.raises(errors.Refused) as caught:
        commit.submit()
    assert caught.value.reason == "locked"
    assert "commit lock of xxx on shared since 2025/10/30 02:14:14 (maintenance)" in caught.value.message
    common = {
        "admin": "xxx",
        "scope": "shared",
        "since": "2025/10/30 02:14:14",
        "last_activity": "2025/10/30 02:14:14",
        "logged_in": True,
    }
    assert caught.value.details["locks"] == [
        {**common, "type": "commit", "comment": "maintenance"},
        {**common, "type": "config", "comment": ""},
    ]


def test_a_lock_whose_list_cannot_be_read(commit, device, jobs) -> None:
    device.on(ALL, jobs()).on("<commit>", LOCKED).on("locks>", "")
    with pytest.raises(errors.Refused, match="device wide commit locks") as caught:
        commit.submit()
    assert caught.value.details == {"locks": []}


def test_locks_before_9_1(commit, device, jobs, recorded) -> None:
    device.on(ALL, jobs()).on("<commit>", LOCKED).on("commit-locks", recorded("no_commit_locks"))
    device.on("<config-locks></config-locks>", recorded("config_locks")).on("<vsys>all", UNKNOWN_COMMAND)
    with pytest.raises(errors.Refused) as caught:
        commit.submit()
    assert [lock["type"] for lock in caught.value.details["locks"]] == ["config"]


def test_no_permission(commit, device, jobs, recorded) -> None:
    device.on(ALL, jobs()).on("<commit>", (403, recorded("commit_unauthorized_role_403.xml")))
    with pytest.raises(errors.Denied, match="not authorized for user role"):
        commit.submit()


def test_a_list_that_cannot_be_read_before_leaves_the_commit_unsent(commit, device) -> None:
    device.on(ALL, "")
    with pytest.raises(errors.NoAnswer) as caught:
        commit.submit()
    assert caught.value.sent is False
    assert device.sent("<commit>") == []


def test_a_lost_answer_is_not_repeated(commit, device, jobs) -> None:
    """Trap 25."""
    device.on(ALL, jobs()).on("<commit>", requests.exceptions.ReadTimeout("x"))
    with pytest.raises(errors.NoAnswer) as caught:
        commit.submit()
    assert caught.value.sent is True
    assert len(device.sent("<commit>")) == 1


# After a lost answer.


def lose(commit, device) -> None:
    device.on("<commit>", requests.exceptions.ReadTimeout("x"))
    with pytest.raises(errors.NoAnswer):
        commit.submit()


def test_recovery_by_the_token(commit, device, jobs, token) -> None:
    """Trap 25: also when it ended already, and not by another instance's nonce."""
    old = record(id="6", status="FIN", result="OK")
    other = record(id="8", description=f"weekly [nj:{commit._intent}-ffffffff]")
    ours = record(status="FIN", result="OK", description=f"weekly [nj:{token}]")
    device.on(ALL, jobs(old), jobs(other, ours, old))
    lose(commit, device)
    assert commit.recover() == handle(token=token, tenq="2026/11/21 10:00:00", user="app")


@pytest.mark.parametrize("before", [[], [record(id="6", status="FIN", result="OK")]])
def test_provably_not_there(commit, device, jobs, before: list) -> None:
    """Trap 25: then, and only then, it may be sent again."""
    device.on(ALL, jobs(*before), jobs(record(id="9", description="by hand"), *before))
    lose(commit, device)
    assert commit.recover() is None


def test_the_list_started_anew(commit, device, jobs) -> None:
    """Trap 11: ids restart with a reboot, the list proves nothing then."""
    autocom = record(id="1", type="AutoCom", tenq="2026/11/21 10:05:00", user="")
    device.on(ALL, jobs(record(id="6", status="FIN")), jobs(autocom))
    lose(commit, device)
    with pytest.raises(errors.Undecidable, match="started anew") as caught:
        commit.recover()
    assert commit._token in caught.value.message


def test_the_id_came_round_again(commit, device, jobs) -> None:
    """Trap 11."""
    device.on(ALL, jobs(record(id="6")), jobs(record(id="6", tenq="2026/11/21 10:07:00")))
    lose(commit, device)
    with pytest.raises(errors.Undecidable):
        commit.recover()


def test_an_empty_list_before_a_reboot(commit, device, jobs) -> None:
    """Traps 11 and 47."""
    device.on(ALL, jobs(), jobs(record(id="1", type="AutoCom")))
    lose(commit, device)
    with pytest.raises(errors.Undecidable):
        commit.recover()


def test_a_list_that_stays_empty(commit, device, jobs) -> None:
    """Trap 47: it does not even show the AutoCom job that every boot leaves."""
    device.on(ALL, jobs())
    lose(commit, device)
    with pytest.raises(errors.Undecidable):
        commit.recover()


def test_a_job_that_lost_its_name(commit, device, recorded) -> None:
    """Trap 10: what configd left of a job may be ours."""
    before = recorded("issue533_show_jobs_failed_first.xml")
    start, end = before.index(b"<job>"), before.index(b"</job>") + len(b"</job>")
    device.on(ALL, before[:start] + before[end:], before)
    lose(commit, device)
    with pytest.raises(errors.Undecidable):
        commit.recover()


def test_duplicate_ids_do_not_confuse_the_search(commit, device, recorded) -> None:
    """Trap 9."""
    device.on(ALL, recorded("demisto_show_jobs_all_duplicate_id.xml"))
    lose(commit, device)
    assert commit.recover() is None


def test_recovery_without_a_look_before(commit, device, jobs) -> None:
    device.on(ALL, jobs())
    with pytest.raises(errors.Undecidable):
        commit.recover()


# Adoption.


def test_our_commit_in_flight_is_found(commit, device, jobs) -> None:
    theirs = f"{commit._intent}-ffffffff"
    device.on(ALL, jobs(record(id="8"), record(description=f"weekly [nj:{theirs}]")))
    assert commit.find_equivalent() == handle(token=theirs, tenq="2026/11/21 10:00:00", user="app")


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "FIN", "result": "OK"},
        {"status": "FIN", "result": "CANCELED"},
        {"status": "FIN", "result": ""},
        {"status": "FIN", "result": "WHATEVER"},
        {"status": "NAP"},
        {"description": "weekly"},
        {"description": "[nj:0000000000-ffffffff]"},
    ],
)
def test_what_is_not_adopted(commit, device, jobs, fields: dict) -> None:
    ours = {"description": f"weekly [nj:{commit._intent}-ffffffff]"}
    device.on(ALL, jobs(record(**{**ours, **fields})))
    assert commit.find_equivalent() is None


@pytest.mark.parametrize("options", [{}, {"api_key": "k"}, {"api_key": "k", "username": "app"}])
def test_adoption_goes_by_the_intent(make_client, device, jobs, options: dict) -> None:
    """The user may be unknown, of a domain, or another one of the same team."""
    commit = Commit(make_client(**options))
    device.on(ALL, jobs(record(user="bob", description=f"[nj:{commit._intent}-ffffffff]")))
    found = commit.find_equivalent()
    assert found is not None
    assert found.fingerprint["user"] == "bob"


@pytest.mark.parametrize("step", [Commit.find_equivalent, Commit.submit])
def test_the_list_that_is_read_anyway_tells_how_long_commits_take(commit, device, jobs, step) -> None:
    over = {"status": "FIN", "result": "OK"}
    device.on("<commit>", accepted("7")).on(
        ALL,
        jobs(
            record(id="6"),
            record(id="5", tfin="10:00:42", **over),
            record(id="4", tfin="10:10:00", type="Downld", **over),
            record(id="3", tfin="2026/11/21 10:01:03", status="FIN", result="FAIL"),
            record(id="2", tfin="10:00:00", **over),
            record(id="1", tfin="", **over),
        ),
    )
    step(commit)
    assert list(commit.took_before) == [42, 63]
    assert len(device.sent(ALL)) == 1


def test_the_look_for_a_job_to_adopt_is_the_look_before_the_submission(commit, device, jobs) -> None:
    device.on(ALL, jobs()).on("<commit>", accepted("7"))
    commit.find_equivalent()
    commit.submit()
    assert len(device.sent(ALL)) == 1


@pytest.mark.parametrize("pending", ["yes", "no"])
def test_changes_made_after_an_adopted_commit_started(commit, device, pending: str) -> None:
    device.on("pending-changes", f'<response status="success"><result>{pending}</result></response>')
    assert commit.still_needed() is (pending == "yes")


def test_a_forced_commit_is_not_forced_twice(client, device) -> None:
    assert not Commit(client, CommitOptions(force=True)).still_needed()
    assert device.forms == []


def test_our_own_commit_is_not_looked_after(commit, device, jobs) -> None:
    device.on(ALL, jobs()).on("<commit>", accepted("7"))
    assert commit.verify(commit.submit(), last=None) == ()
    assert device.sent("pending-changes") == []


# Looking at a job.


def test_an_observation(commit, device, recorded) -> None:
    device.on("<jobs><id>70", recorded("job_finished"))
    seen = commit.observe(Handle("panos.commit", ENDPOINT, "70", {}), within=5)
    assert (seen.state, seen.vendor_state, seen.progress) == (JobState.SUCCEEDED, "FIN/OK", 100)
    assert seen.messages[0] == "Configuration committed successfully"
    assert seen.warnings == ("abc",)
    assert seen.fingerprint == {"tenq": "2025/10/30 06:20:25", "user": "xxx"}
    assert seen.facts == {
        "type": "Commit",
        "user": "xxx",
        "description": "Netbox Panorama ConfigPump Plugin",
        "enqueued": "2025/10/30 06:20:25",
        "finished": "2025/10/30 06:20:46",
    }


def test_the_recorded_course_of_a_commit(commit, device, recorded) -> None:
    names = ["4_job_commit_ACT_PEND_p0", "5_job_commit_ACT_PEND_p75", "6_job_commit_ACT_PEND_p99"]
    replies = [recorded(f"puppet_0{name}.xml") for name in [*names, "3_job_commit_FIN_OK_p100"]]
    device.on("<jobs><id>2", *replies)
    mine = Handle("panos.commit", ENDPOINT, "2", {})
    seen = [commit.observe(mine, within=5) for _reply in replies]
    assert [one.label for one in seen] == ["ACT 0%", "ACT 75%", "ACT 99%", "FIN/OK"]


def test_a_failed_validation_gives_its_reasons(client, device) -> None:
    """Trap 13: CDATA with a leading blank."""
    device.on(
        "<jobs><id>7",
        '<response status="success"><result><job><id>7</id><type>Validate</type><status>FIN</status>'
        "<result>FAIL</result><progress>100</progress><details><line>Validation Error:</line>"
        "<line><![CDATA[ address -> A Node ip-netmask(line 3) and ip-range(line 4) are mutually exclusive]]></line>"
        "<line>devices is invalid</line></details></job></result></response>",
    )
    seen = Validate(client).observe(Handle("panos.validate", ENDPOINT, "7", {}), within=5)
    assert seen.state is JobState.FAILED
    assert seen.messages[1].startswith("address -> A Node")
    assert len(seen.messages) == 3


@pytest.mark.parametrize(
    ("fields", "note"), [({"positionInQ": "2"}, "position 2 in the queue"), ({"positionInQ": "0"}, "queued")]
)
def test_the_queue(commit, device, jobs, fields: dict, note: str) -> None:
    """Trap 29."""
    device.on("<jobs><id>7", jobs(record(status="PEND", queued="YES", **fields)))
    seen = commit.observe(handle(), within=5)
    assert (seen.state, seen.note) == (JobState.PENDING, note)


def test_of_two_jobs_with_one_id_ours_is_taken(commit, device, recorded) -> None:
    """Trap 9."""
    text = recorded("demisto_show_jobs_all_duplicate_id.xml")
    device.on("<jobs><id>385", text)
    seen = commit.observe(Handle("panos.commit", ENDPOINT, "385"), within=5)
    assert (seen.facts["type"], seen.state) == ("Commit", JobState.SUCCEEDED)


def test_a_handle_whose_operation_was_edited_names_no_job(client, device, recorded) -> None:
    device.on("<jobs><id>385", recorded("demisto_show_jobs_all_duplicate_id.xml"))
    with pytest.raises(errors.JobReplaced, match="Validate job 385"):
        Validate(client).observe(Handle("panos.validate", ENDPOINT, "385"), within=5)


@pytest.mark.parametrize(
    "fingerprint",
    [
        {"tenq": "2026/11/20 09:00:00"},
        {"user": "bob"},
        {"token": "0000000000-00000000"},
        {"token": "0000000000-00000000", "tenq": "2026/11/21 10:00:00", "user": "app"},
        {"user": "corp\\bob"},
        {"user": "lab\\app"},
    ],
)
def test_an_id_that_names_another_job(commit, device, jobs, fingerprint: dict) -> None:
    """Traps 11 and 30: both jobs are named."""
    device.on("<jobs><id>7", jobs(record(description="by hand", user="corp\\app")))
    with pytest.raises(errors.JobReplaced) as caught:
        commit.observe(handle(**fingerprint), within=5)
    assert 'Commit job 7 by corp\\app enqueued 2026/11/21 10:00:00 "by hand"' in caught.value.message
    assert next(iter(fingerprint.values())) in caught.value.message


@pytest.mark.parametrize(
    "fields",
    [
        {"user": ""},
        {"description": ""},
        {"type": ""},
    ],
)
def test_what_a_record_may_leave_out(commit, device, jobs, fields: dict) -> None:
    """Traps 12 and 13: an empty user while it is active, no description where the time agrees."""
    mine = handle(token="abcdef0123-01234567", user="app", tenq="2026/11/21 10:00:00")
    device.on("<jobs><id>7", jobs(record(**{"description": "x [nj:abcdef0123-01234567]", **fields})))
    assert commit.observe(mine, within=5).state is JobState.RUNNING


@pytest.mark.parametrize("fields", [{"tenq": "2026/11/21 12:00:00"}, {"user": "CORP\\App"}, {"user": "else"}])
def test_the_token_is_proof_enough(commit, device, jobs, fields: dict) -> None:
    """After a change of the time zone the device tells another time of the same moment."""
    mine = handle(token="abcdef0123-01234567", user="app", tenq="2026/11/21 10:00:00")
    device.on("<jobs><id>7", jobs(record(**{"description": "x [nj:abcdef0123-01234567]", **fields})))
    assert commit.observe(mine, within=5).state is JobState.RUNNING


@pytest.mark.parametrize("user", ["app", "APP", "corp\\app", "Corp\\App"])
def test_the_forms_of_a_user(client, device, jobs, user: str) -> None:
    device.on("<jobs><id>7", jobs(record(type="Validate", user=user)))
    mine = Handle("panos.validate", ENDPOINT, "7", {"type": "Validate", "user": "app"})
    assert Validate(client).observe(mine, within=5).state is JobState.RUNNING


@pytest.mark.parametrize("name", ["assurance_jobs_all_only_failed_job.xml", "assurance_jobs_all_empty.xml"])
def test_what_is_left_of_a_lost_job(commit, device, recorded, name: str) -> None:
    """Traps 10, 30 and 47."""
    device.on("<jobs><id>7", recorded(name))
    with pytest.raises(errors.JobMissing) as caught:
        commit.observe(handle(), within=5)
    assert ("configd restart" in caught.value.message) is ("failed" in name)


@pytest.mark.parametrize("text", ["job 7 not found", "No such node"])
def test_an_unknown_id(commit, device, text: str) -> None:
    """Trap 30."""
    device.on("<jobs><id>7", f'<response status="error" code="7"><msg><line>{text}</line></msg></response>')
    with pytest.raises(errors.JobMissing):
        commit.observe(handle(), within=5)


@pytest.mark.parametrize("answer", [BUSY, LOCKED, UNKNOWN_COMMAND, '<response status="error" code="11"/>', ""])
def test_an_error_of_a_poll_is_no_verdict(commit, device, answer: str) -> None:
    """Trap 24."""
    device.on("<jobs><id>7", answer)
    with pytest.raises(errors.NoAnswer):
        commit.observe(handle(), within=5)


@pytest.mark.parametrize(("result", "word"), [("ABORTED", "FIN/ABORTED"), ("", "FIN")])
def test_an_end_without_a_readable_verdict(commit, device, jobs, result: str, word: str) -> None:
    """Trap 17 notwithstanding: it is over, so waiting on is of no use, and only an OK is a success."""
    device.on("<jobs><id>7", jobs(record(status="FIN", result=result, details="half of it")))
    seen = commit.observe(handle(), within=5)
    assert (seen.state, seen.vendor_state) == (JobState.FAILED, word)
    assert seen.messages[0] == "half of it"
    assert f"{word!r}, which is neither OK nor FAIL" in seen.messages[1]
    assert "whether changes are still pending" in seen.messages[1]


@pytest.mark.parametrize(("result", "state"), [("FAIL", JobState.FAILED), ("CANCEL", JobState.CANCELED)])
def test_an_end_with_a_verdict_needs_no_comment(commit, device, jobs, result: str, state: JobState) -> None:
    device.on("<jobs><id>7", jobs(record(status="FIN", result=result)))
    seen = commit.observe(handle(), within=5)
    assert (seen.state, seen.messages) == (state, ())


@pytest.mark.parametrize("answer", [BUSY, LOCKED, UNKNOWN_COMMAND, NOT_FOUND, CONFIG_LOCK])
@pytest.mark.parametrize("question", [Commit.find_equivalent, Commit.recover, Commit.submit])
def test_an_error_of_the_list_is_no_answer(commit, device, answer: str, question) -> None:
    """Trap 26, of a question: it says nothing about any job, and nothing was refused."""
    device.on(ALL, answer)
    with pytest.raises(errors.NoAnswer) as caught:
        question(commit)
    assert caught.value.server_spoke
    assert caught.value.sent is (question is not Commit.submit)


def test_an_unknown_word_is_kept(commit, device, jobs) -> None:
    device.on("<jobs><id>7", jobs(record(status="NAP", progress="100")))
    seen = commit.observe(handle(), within=5)
    assert (seen.state, seen.vendor_state) == (JobState.UNKNOWN, "NAP")


# The preview.


def says(word: str) -> str:
    return f'<response status="success"><result>{word}</result></response>'


def test_nothing_pending(commit, device) -> None:
    device.on("pending-changes", says("no"))
    seen = commit.preview(want_diff=False)
    assert (seen.needed, seen.blocked) == (False, None)
    assert len(device.forms) == 2


def test_a_plain_preview_asks_once(commit, device) -> None:
    device.on("pending-changes", says("yes"))
    assert commit.preview(want_diff=False).needed
    assert len(device.forms) == 2


@pytest.mark.parametrize("answer", [UNKNOWN_COMMAND, says("perhaps")])
def test_a_device_that_cannot_tell(commit, device, answer: str) -> None:
    device.on("pending-changes", answer)
    assert commit.preview(want_diff=False).needed


def test_a_forced_commit_does_not_ask(client, device) -> None:
    assert Commit(client, CommitOptions(force=True)).preview(want_diff=False).needed
    assert device.forms == []


def test_without_a_diff_of_the_device_it_is_who_changed_what(client, device, recorded) -> None:
    device.on("pending-changes", says("yes")).on("<list><changes>", recorded("pending_changes")).on("<diff>", says(""))
    device.on("commit-locks", recorded("no_commit_locks")).on("config-locks", recorded("no_config_locks"))
    seen = Commit(client).preview(want_diff=True)
    assert seen.diff is not None
    assert seen.diff["prepared"] == "".join(f"{one['admin']} {one['action']} {one['xpath']}\n" for one in seen.changes)
    assert "/config/" in seen.diff["prepared"]


def test_a_close_look(client, device, recorded) -> None:
    """Trap 43: whose changes go along."""
    device.on("pending-changes", says("yes")).on("<list><changes>", recorded("pending_changes"))
    device.on("<diff>", says("+ set x\n- set y"))
    seen = Commit(client).preview(want_diff=True)
    assert seen.needed
    assert seen.blocked is None
    assert seen.diff == {"prepared": "+ set x\n- set y\n"}
    assert seen.message == "1 pending change by xxx would be committed."
    change = dict(seen.changes[0])
    assert change.pop("xpath").endswith("member[text()='ethernet1/1.3']")
    assert change == {"admin": "xxx", "action": "CREATE", "component": "template"}


def test_a_close_look_at_a_device_that_tells_little(client, device) -> None:
    device.on("pending-changes", says("yes")).on("show", UNKNOWN_COMMAND)
    seen = Commit(client, inspect=True).preview(want_diff=True)
    assert (seen.needed, seen.changes, seen.diff, seen.blocked) == (True, [], None, None)


def hold_lock(device, recorded, *, owner: bytes = b"xxx", scope: bytes = b"shared") -> None:
    device.on("pending-changes", says("yes")).on("<list><changes>", recorded("no_pending_changes"))
    lock = recorded("commit_locks").replace(b"xxx", owner).replace(b"<name>shared<", b"<name>" + scope + b"<")
    device.on("commit-locks", lock).on("config-locks", recorded("no_config_locks"))


@pytest.mark.parametrize(
    ("scope", "options", "blocked"),
    [
        (b"vsys1", {"vsys": ["vsys2", "vsys3"]}, False),
        (b"vsys1", {"vsys": ["vsys1", "vsys2"]}, True),
        (b"shared", {"vsys": ["vsys2"]}, True),
        (b"vsys1", {}, True),
        (b"vsys1", {"templates": ["vsys2"]}, True),
    ],
)
def test_a_lock_on_another_vsys(client, device, recorded, scope: bytes, options: dict, blocked: bool) -> None:
    hold_lock(device, recorded, scope=scope)
    seen = Commit(client, CommitOptions(**options), inspect=True).preview(want_diff=False)
    assert (seen.blocked is not None) is blocked


def test_a_lock_where_our_own_name_is_unknown(make_client, device, recorded) -> None:
    """It may be the lock of the account that the key belongs to, which is not in its own way."""
    hold_lock(device, recorded)
    seen = Commit(make_client(api_key="k"), inspect=True).preview(want_diff=False)
    assert seen.blocked is None
    assert "commit lock of xxx on shared" in seen.message
    assert "unless the API key is its owner's" in seen.message


def test_a_diff_alone_asks_for_no_locks(client, device, recorded) -> None:
    """What is committed for real meets the locks itself."""
    hold_lock(device, recorded)
    device.on("<diff>", says("+ set x"))
    seen = Commit(client).preview(want_diff=True)
    assert seen.diff == {"prepared": "+ set x\n"}
    assert seen.blocked is None
    assert device.sent("locks>") == []


@pytest.mark.parametrize(("owner", "blocked"), [(b"xxx", True), (b"app", False), (b"corp\\App", False)])
def test_a_lock_in_the_way(client, device, recorded, owner: bytes, blocked: bool) -> None:
    """Trap 28: but one's own lock is not in the way."""
    hold_lock(device, recorded, owner=owner)
    seen = Commit(client, inspect=True).preview(want_diff=False)
    assert seen.needed
    assert (seen.blocked is not None) is blocked
    if seen.blocked:
        assert seen.blocked.reason == "locked"
        assert "xxx" in seen.blocked.message


@pytest.mark.parametrize(
    ("admins", "name", "needed"),
    [
        (["xxx"], "pending_changes", True),
        (["XXX"], "pending_changes", True),
        (["corp\\xxx"], "pending_changes", True),
        (["bob"], "pending_changes", False),
        (["bob"], "no_pending_changes", True),
    ],
)
def test_changes_of_some_administrators(client, device, recorded, admins: list, name: str, needed: bool) -> None:
    """Where the list and the check disagree, the submission decides."""
    device.on("pending-changes", says("yes")).on("<list><changes>", recorded(name))
    seen = Commit(client, CommitOptions(admins=admins)).preview(want_diff=False)
    assert seen.needed is needed
    if not needed:
        assert "no pending changes by bob, only by xxx" in seen.message


def test_changes_of_nobody_known_may_be_those_of_the_administrator(client, device, recorded) -> None:
    nameless = recorded("pending_changes").replace(b"<owner>xxx</owner>", b"<owner></owner>")
    device.on("pending-changes", says("yes")).on("<list><changes>", nameless)
    seen = Commit(client, CommitOptions(admins=["bob"])).preview(want_diff=False)
    assert seen.needed
    assert "by an unknown administrator would be committed" in seen.message


# Under a lock.

TAKE = "<commit-lock><add>"
GIVE_BACK = "<commit-lock><remove>"
TAKEN = '<response status="success"><result>Successfully acquired lock.</result></response>'
HELD = '<response status="error"><msg><line>Commit lock is already held by xxx</line></msg></response>'


@pytest.fixture
def locking(client) -> Commit:
    return Commit(client, CommitOptions(commit_lock=True), nonce=NONCE)


@pytest.fixture
def locks(device, recorded):
    def hold(*held: tuple[str, str], kind: str = "commit") -> None:
        """The list of locks: owners and comments."""
        body = recorded(f"{kind}_locks").decode()
        begin, end = body.index("<entry"), body.index("</entry>") + len("</entry>")
        entries = [body[begin:end].replace("xxx", owner).replace("(null)", comment) for owner, comment in held]
        device.on(f"<show><{kind}-locks>", body[:begin] + "".join(entries) + body[end:])

    hold()
    hold(kind="config")
    return hold


def test_a_commit_under_a_lock(locking, device, jobs) -> None:
    device.on(ALL, jobs()).on(TAKE, TAKEN).on("<commit>", accepted("7"))
    made = locking.submit()
    assert made.options == {"commit_lock": locking._token}
    lock, sent = device.forms[-2:]
    assert (lock["vsys"], lock["type"]) == ("shared", "op")
    assert f"<comment>Commit by netops.jobs [nj:{locking._token}]</comment>" in lock["cmd"]
    assert sent["type"] == "commit"


def test_without_the_option_there_is_no_lock(commit, device, jobs) -> None:
    device.on(ALL, jobs()).on("<commit>", accepted("7"))
    made = commit.submit()
    assert made.options == {}
    assert commit.clean_up_there(made) == ()
    assert device.sent("lock") == []


def test_a_lock_does_not_make_it_another_commit(client, locking) -> None:
    """So that it adopts one that was started without."""
    assert locking._intent == Commit(client)._intent


def test_a_second_attempt_takes_no_second_lock(locking, device, jobs) -> None:
    # Trap 27.
    device.on(ALL, jobs()).on(TAKE, TAKEN).on("<commit>", BUSY, accepted("7"))
    with pytest.raises(errors.Busy):
        locking.submit()
    locking.submit()
    assert len(device.sent(TAKE)) == 1


def test_a_commit_whose_lock_is_taken_is_not_sent(locking, device, jobs, locks) -> None:
    # Trap 28.
    device.on(ALL, jobs()).on(TAKE, HELD)
    locks(("alice", "Migration"))
    with pytest.raises(errors.Refused, match=r"commit lock of alice on shared since .* \(Migration\)") as caught:
        locking.submit()
    assert caught.value.reason == "locked"
    assert device.sent("<commit>") == []


@pytest.mark.parametrize("comment", ["of yesterday", "Commit by netops.jobs [nj:{intent}-00000000]"])
@pytest.mark.parametrize("owner", ["app", "corp\\App"])
def test_a_lock_that_our_account_holds_serves_as_well(locking, device, jobs, locks, owner: str, comment: str) -> None:
    device.on(ALL, jobs()).on(TAKE, HELD).on("<commit>", accepted("7"))
    locks((owner, comment.format(intent=locking._intent)))
    made = locking.submit()
    assert made.id == "7"
    left_over = {"commit_lock": f"{locking._intent}-00000000"}
    assert made.options == (left_over if "netops.jobs" in comment else {})


def test_the_lock_of_a_run_that_was_killed_with_a_key_alone(make_client, device, jobs, locks) -> None:
    locking = Commit(make_client(api_key="k"), CommitOptions(commit_lock=True))
    device.on(ALL, jobs()).on(TAKE, HELD).on("<commit>", accepted("7"))
    locks(("app", f"Commit by netops.jobs [nj:{locking._intent}-00000000]"))
    assert locking.submit().id == "7"


def test_a_lost_answer_to_the_lock_leaves_the_commit_unsent(locking, device, jobs, locks) -> None:
    device.on(ALL, jobs()).on(TAKE, requests.exceptions.ReadTimeout("x"), HELD).on("<commit>", accepted("7"))
    with pytest.raises(errors.NoAnswer) as caught:
        locking.submit()
    assert caught.value.sent is False
    assert device.sent("<commit>") == []
    locks(("app", f"Commit by netops.jobs [nj:{locking._token}]"))
    assert locking.submit().id == "7"


def test_a_busy_device_may_be_asked_for_the_lock_again(locking, device, jobs) -> None:
    # Trap 26.
    device.on(ALL, jobs()).on(TAKE, CONFIG_LOCK)
    with pytest.raises(errors.Busy):
        locking.submit()


@pytest.fixture
def locked(locking, device, jobs) -> Handle:
    """The handle of a commit under a lock of its own."""
    device.on(ALL, jobs()).on(TAKE, TAKEN).on("<commit>", accepted("7")).on(GIVE_BACK, TAKEN)
    return locking.submit()


@pytest.mark.parametrize("known", [True, False])
def test_the_lock_is_given_back_and_no_other(locking, locked, device, locks, known: bool) -> None:
    mine = f"Commit by netops.jobs [nj:{locking._token}]"
    other = f"Commit by netops.jobs [nj:{locking._intent}-00000000]"
    locks(("app", "by hand"), ("app", mine), ("alice", "Migration"), ("app", other))
    assert locking.clean_up_there(locked if known else None) == ()
    assert [form["cmd"] for form in device.sent(GIVE_BACK)] == [
        "<request><commit-lock><remove></remove></commit-lock></request>"
    ]
    assert device.sent(GIVE_BACK)[0]["vsys"] == "shared"


def test_the_lock_of_an_equal_run_stays_unless_a_commit_ran_under_it(locking, device, jobs, locks) -> None:
    """The other run may be at work: its commit may be what refused this one."""
    locks(("app", f"Commit by netops.jobs [nj:{locking._intent}-00000000]"))
    device.on(ALL, jobs()).on(TAKE, HELD).on("<commit>", BUSY, accepted("7")).on(GIVE_BACK, TAKEN)
    with pytest.raises(errors.Busy):
        locking.submit()
    assert locking.clean_up_there(None) == ()
    assert device.sent(GIVE_BACK) == []
    assert locking.clean_up_there(locking.submit()) == ()
    assert len(device.sent(GIVE_BACK)) == 1


def test_nobody_is_asked_about_a_lock_that_was_never_taken(locking, device) -> None:
    """A device that does not answer, or refuses the log-in, is not asked once more."""
    assert locking.clean_up_there(None) == ()
    assert device.forms == []


def test_a_lock_that_the_device_has_removed_is_left_alone(locking, locked, device, locks) -> None:
    """As it does after a commit."""
    assert locking.clean_up_there(locked) == ()
    assert device.sent("<remove>") == []


def test_whoever_waits_for_the_job_gives_the_lock_back(locking, make_client, device, locks) -> None:
    """Another process, perhaps with another account, that has nothing but the handle."""
    locks(("app", f"Commit by netops.jobs [nj:{locking._token}]"))
    device.on(GIVE_BACK, TAKEN)
    later = Commit(make_client(username="boss"))
    made = dataclasses.replace(handle(token=locking._token), options={"commit_lock": locking._token})
    assert later.clean_up_there(handle(token=locking._token)) == ()
    assert later.clean_up_there(dataclasses.replace(made, options={"commit_lock": ""})) == ()
    assert device.sent(GIVE_BACK) == []
    assert later.clean_up_there(made) == ()
    assert "<remove><admin>app</admin></remove>" in device.sent(GIVE_BACK)[0]["cmd"]


@pytest.mark.parametrize("broken", ["<show><commit-locks>", GIVE_BACK])
def test_a_lock_that_may_still_be_held_is_told(locking, locked, device, locks, broken: str) -> None:
    locks(("app", f"Commit by netops.jobs [nj:{locking._token}]"))
    device.on(broken, "")
    (warning,) = locking.clean_up_there(None)
    assert "may still be held on https://fw1.example.com:443" in warning
    assert "panos_lock" in warning


# Stopping a job.


def test_a_job_is_stopped(commit, device, jobs) -> None:
    device.on("<jobs><id>7", jobs(record(stoppable="yes"))).on("<clear>", says("ok"))
    commit.cancel(handle(target="0123"))
    assert device.forms[-1] == {"type": "op", "cmd": "<clear><job><id>7</id></job></clear>", "target": "0123"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"stoppable": "no"}, "no longer be stopped"), ({"status": "FIN", "result": "OK"}, "over already: FIN/OK")],
)
def test_a_job_that_cannot_be_stopped(commit, device, jobs, fields: dict, text: str) -> None:
    device.on("<jobs><id>7", jobs(record(**fields)))
    with pytest.raises(errors.Refused, match=text):
        commit.cancel(handle())
    assert device.sent("<clear>") == []


def test_another_job_is_not_stopped(commit, device, jobs) -> None:
    """Trap 11."""
    device.on("<jobs><id>7", jobs(record()))
    with pytest.raises(errors.JobReplaced):
        commit.cancel(handle(tenq="2026/11/20 09:00:00"))
    assert device.sent("<clear>") == []


# A validation.


def test_a_validation(client, device, jobs) -> None:
    device.on(ALL, jobs()).on("<validate>", accepted("7")).on("<jobs><id>7", jobs(record(type="Validate")))
    made = Validate(client).submit()
    assert made == Handle(
        "panos.validate", ENDPOINT, "7", {"type": "Validate", "tenq": "2026/11/21 10:00:00", "user": "app"}
    )
    assert device.sent("<validate>") == [{"type": "op", "cmd": "<validate><full></full></validate>"}]
    assert Validate.changes_device is False


def test_a_validation_whose_first_look_fails(client, device, jobs) -> None:
    device.on(ALL, jobs()).on("<validate>", accepted("7")).on("<jobs><id>7", NOT_FOUND)
    made = Validate(client).submit()
    assert isinstance(made, Handle)
    assert made.fingerprint == {"type": "Validate"}


def test_a_lost_validation(client, device, jobs) -> None:
    """It has no description: type, user and a later id."""
    before = record(id="6", type="Validate", status="FIN", result="OK")
    others = [record(id="9"), record(id="8", type="Validate", user="bob")]
    device.on(ALL, jobs(before), jobs(*others, record(type="Validate"), before), jobs(*others, before))
    device.on("<validate>", requests.exceptions.ReadTimeout("x"))
    validate = Validate(client)
    with pytest.raises(errors.NoAnswer):
        validate.submit()
    found = validate.recover()
    assert found is not None
    assert found.id == "7"
    assert validate.recover() is None


def test_a_lost_validation_of_nobody_known(make_client, device, jobs) -> None:
    """With a key only it might be anybody's; to validate again is harmless."""
    device.on(ALL, jobs(), jobs(record(type="Validate", user="bob")))
    device.on("<validate>", requests.exceptions.ReadTimeout("x"))
    validate = Validate(make_client(api_key="k"))
    with pytest.raises(errors.NoAnswer):
        validate.submit()
    assert validate.recover() is None


@pytest.mark.parametrize("user", ["", "CORP\\App"])
def test_a_lost_validation_of_ours(client, device, jobs, user: str) -> None:
    device.on(ALL, jobs(), jobs(record(type="Validate", user=user)))
    device.on("<validate>", requests.exceptions.ReadTimeout("x"))
    validate = Validate(client)
    with pytest.raises(errors.NoAnswer):
        validate.submit()
    found = validate.recover()
    assert found is not None
    assert found.id == "7"


# What the life cycle may ask of any operation.


def test_an_operation_passes_its_limit_on(commit, client) -> None:
    commit.limit(12.5)
    assert client.deadline == 12.5
    commit.limit(None)
    assert client.deadline is None


# The registry.


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_handle_leads_to_its_operation(client, name: str) -> None:
    operation = OPERATIONS[name](client)
    assert operation.name == name
    assert operation.endpoint == ENDPOINT
    # Trap 38. That is about jobs of show jobs; pan-python looks at queries of logs every 0.5 s.
    assert operation.timing.poll_interval >= (0.5 if name == "panos.log_export" else 2)
