# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import datetime
import json
import time
import typing as t

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import Interrupted
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import push
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.push import Push
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.push_options import Demand, PushOptions
from ansible_collections.netops.jobs.tests.openapi import scm as openapi
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime
from ansible_collections.netops.jobs.tests.unit.scm_tenant import CLIENT_ID, TSG, Asked, Tenant, error

BASE = "/config/operations/v1"
PUSH = f"{BASE}/config-versions/candidate:push"
NONCE = "89abcdef"
LOST = requests.exceptions.ReadTimeout("x")
FOLDERS = ("Remote Networks", "Service Connections")
MINUTE = 60.0


@dataclasses.dataclass
class Job:
    """A job that begins and ends by the clock."""

    id: int
    type: str
    began: float
    ends: float
    parent: int = 0
    result: str = "OK"
    status: str = "FIN"
    description: str = ""
    place: str = ""
    errors: tuple[str, ...] = ()
    info: tuple[str, ...] = ()
    user: str = CLIENT_ID


@dataclasses.dataclass
class Child:
    """How a child will go: *start* is counted from the end of its parent."""

    name: str = "Remote Networks"
    start: float = 2.0
    seconds: float = 95.0
    result: str = "OK"
    status: str = "FIN"
    errors: tuple[str, ...] = ()


class Engine:
    """A tenant whose pushes run by a fake clock, in the words of the recordings."""

    def __init__(self, tenant: Tenant, fake: FakeTime, *children: Child, **settings: t.Any) -> None:
        self.fake = fake
        self.tenant = tenant
        self.children = children
        self.parent_seconds = settings.get("parent_seconds", 45.0)
        self.parent_result = settings.get("parent_result", "OK")
        self.parent_status = settings.get("parent_status", "FIN")
        self.description_in = settings.get("description_in", "both")
        self.info = settings.get("info", ("Configuration committed successfully",))
        self.page = settings.get("page", 200)
        self.versions = {"Remote Networks": 62, "Service Connections": 61, "Mobile Users": 60}
        self.jobs: list[Job] = [Job(299, "CommitAndPush", 0, 1, description="old")]
        self.pushed: list[dict[str, t.Any]] = []
        self.effect = True
        tenant.on("GET", f"{BASE}/config-versions/running", self._running)
        tenant.on("GET", f"{BASE}/jobs?", self._list)
        tenant.on("GET", f"{BASE}/jobs/", self._one)
        tenant.on("POST", PUSH, self.push)

    def push(self, asked: Asked) -> t.Any:
        self.pushed.append(asked.body)
        parent = self.start(asked.body["description"])
        return 200, {
            "success": True,
            "job_id": str(parent.id),
            "message": f"CommitAndPush job enqueued with jobid {parent.id}",
        }

    def start(self, description: str, user: str = CLIENT_ID) -> Job:
        number = max(job.id for job in self.jobs) + 1
        end = self.fake.now + self.parent_seconds
        parent = Job(number, "CommitAndPush", self.fake.now, end, 0, self.parent_result, self.parent_status)
        parent.description, parent.info, parent.user = description, self.info, user
        self.jobs.append(parent)
        if (self.parent_status, self.parent_result) == ("FIN", "OK"):
            for count, child in enumerate(self.children, start=1):
                began = end + child.start
                self.jobs.append(
                    Job(
                        number + count,
                        "CommitAll",
                        began,
                        began + child.seconds,
                        number,
                        child.result,
                        child.status,
                        f"{child.name} configuration pushed to cloud",
                        child.name,
                        child.errors,
                        user=user,
                    )
                )
        return parent

    def _running(self, _asked: Asked) -> t.Any:
        now = dict(self.versions)
        for job in self.jobs:
            if job.place and job.ends <= self.fake.now and (job.status, job.result) == ("FIN", "OK") and self.effect:
                now[job.place] = 63
        rows = [
            {"device": place, "version": version, "date": "2026-11-21T10:00:00.000Z"} for place, version in now.items()
        ]
        return 200, {"data": rows, "offset": 0, "limit": 200, "total": len(rows)}

    def visible(self) -> list[Job]:
        return [job for job in sorted(self.jobs, key=lambda job: -job.id) if job.began <= self.fake.now]

    def _list(self, asked: Asked) -> t.Any:
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        offset, limit = int(query["offset"]), min(int(query["limit"]), self.page)
        jobs = self.visible()
        rows = [self._record(job, whole=False) for job in jobs[offset : offset + limit]]
        return 200, {"data": rows, "total": len(jobs), "limit": limit, "offset": offset}

    def _one(self, asked: Asked) -> t.Any:
        found = [self._record(job) for job in self.visible() if str(job.id) == asked.path.rpartition("/")[2]]
        return (200, {"data": found}) if found else (404, error("E005", "Object Not Present"))

    def _record(self, job: Job, *, whole: bool = True) -> dict[str, t.Any]:
        over = job.ends <= self.fake.now
        shown = job.description if job.parent or self.description_in in ("both", "field") else ""
        record = {
            "id": str(job.id),
            "parent_id": str(job.parent),
            "type_str": job.type,
            "status_str": job.status if over else "ACT",
            "result_str": job.result if over else "PEND",
            "percent": "100" if over else "99",
            "start_ts": _text(job.began),
            "end_ts": _text(min(job.ends, self.fake.now)),  # filled while it runs
            "summary": f"Configuration push {'finished' if job.result == 'OK' else 'failed'}"
            if job.parent and over
            else "",
            "uname": job.user,
            "description": shown,
        }
        if whole:
            inner = {"info": list(job.info) if over else [], "errors": list(job.errors) if over else [], "warnings": []}
            if not job.parent and self.description_in in ("both", "details"):
                inner["description"] = job.description
            record["details"] = json.dumps(inner)
        return record


def _text(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


class Run:
    """A push, and a world for it whose time does not pass by itself."""

    def __init__(self, tenant: Tenant, open_scm: t.Any, *children: Child, **settings: t.Any) -> None:
        self.fake = FakeTime()
        self.fake.now = time.monotonic()  # the client bounds its requests by this clock
        self.engine = Engine(tenant, self.fake, *children, **settings)
        self.open_scm = open_scm
        self.tenant = tenant

    def operation(self, options: PushOptions | None = None, nonce: str = NONCE, **demand: t.Any) -> Push:
        wanted = options or PushOptions(FOLDERS, description="Change CHG0042")
        # The wall clock goes with the fake one: tokens get old.
        client = self.open_scm(now=lambda: self.fake.now)
        return Push(client, wanted, Demand(**demand), nonce=nonce, clock=lambda: self.fake.now)

    def __call__(self, options: PushOptions | None = None, *, operation: Push | None = None, **more: t.Any):
        names = {field.name for field in dataclasses.fields(Wishes)}
        wishes = {name: more.pop(name) for name in list(more) if name in names}
        given = {"timing": Push.timing, **wishes}
        return lifecycle.run(operation or self.operation(options, **more), Wishes(**given), self.fake.world)

    @property
    def took(self) -> float:
        began = self.engine.jobs[1].began if len(self.engine.jobs) > 1 else self.fake.now
        return self.fake.now - began


@pytest.fixture
def make(tenant, open_scm) -> t.Callable[..., Run]:
    return lambda *children, **settings: Run(tenant, open_scm, *children, **settings)


BOTH = (Child("Remote Networks"), Child("Service Connections", start=5, seconds=120))


# Trap 10.
def test_a_push_from_the_request_to_the_verdict(make, tenant) -> None:
    run = make(*BOTH)
    verdict = run()
    assert (verdict.outcome, verdict.changed, verdict.message) == (
        Outcome.SUCCEEDED,
        True,
        "scm.push job 300 on https://api.strata.paloaltonetworks.com:443 succeeded (2 of 2 push jobs).",
    )
    intent = PushOptions(FOLDERS, description="Change CHG0042").intent
    description = f"Change CHG0042 [nj:{intent}-{NONCE}]"
    assert run.engine.pushed == [{"folders": list(FOLDERS), "description": description}]
    assert verdict.job.vendor_state == "FIN/OK"
    assert [(each.name, each.id, each.state.value) for each in verdict.job.targets] == [
        ("Remote Networks", "301", "succeeded"),
        ("Service Connections", "302", "succeeded"),
    ]
    assert verdict.result == {
        "user": CLIENT_ID,
        "description": description,
        "started": verdict.result["started"],
        "partial": [],
        "admins": None,
        "versions": [
            {"name": "Remote Networks", "before": "62", "after": "63"},
            {"name": "Service Connections", "before": "61", "after": "63"},
        ],
        "versions_changed": True,
    }
    assert verdict.job.handle.to_dict()["fingerprint"] == {
        "type": "CommitAndPush",
        "token": f"{intent}-{NONCE}",
        "target": TSG,
        "user": CLIENT_ID,
    }
    assert verdict.warnings == ()


# Traps 1 and 2.
def test_a_child_that_fails_makes_the_push_fail(make) -> None:
    run = make(BOTH[0], Child("Service Connections", result="FAIL", errors=("Config push aborted",)))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.FAILED, True)
    assert verdict.job.vendor_state == "FIN/OK"
    assert "failed on 1 of 2: Service Connections (Config push aborted, Configuration push failed)." in verdict.message
    assert [each.state for each in verdict.job.targets] == [JobState.SUCCEEDED, JobState.FAILED]


# Trap 2: children that come 13 s after the parent's end, and run 26 minutes [recorded].
def test_children_that_come_late_and_run_long_are_waited_for(make) -> None:
    run = make(Child("Remote Networks", start=13, seconds=26 * MINUTE), Child("Service Connections", start=13))
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(verdict.job.targets) == 2
    assert 45 + 13 + 26 * MINUTE <= run.took <= 45 + 13 + 27 * MINUTE


# Trap 2: the second child comes when the first is over.
@pytest.mark.parametrize("expected", [True, False])
def test_a_child_that_comes_after_the_end_of_another(make, expected) -> None:
    run = make(Child("Remote Networks", start=-3, seconds=5), Child("Service Connections", start=25, seconds=600))
    folders = FOLDERS if expected else ("All",)
    verdict = run(PushOptions(folders))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [each.id for each in verdict.job.targets] == ["301", "302"]
    assert run.took >= 45 + 25 + 600


# Trap 2: a first empty list is no end, nor is one that has as many as there are folders.
@pytest.mark.parametrize("folders", [FOLDERS, ("All",)])
def test_how_long_new_children_are_waited_for(make, folders) -> None:
    run = make(*(Child(name, start=1, seconds=2) for name in FOLDERS))
    assert run(PushOptions(folders)).outcome is Outcome.SUCCEEDED
    assert 45 + 30 <= run.took < 45 + 30 + 15


def test_no_child_at_all_is_a_success_with_a_warning(make) -> None:
    run = make()
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, False)
    assert run.took >= 45 + 30
    [warning] = verdict.warnings
    assert "no push job was seen within 30 s" in warning
    assert verdict.result["versions_changed"] is False
    assert run(required_targets="any", nonce="00000000").outcome is Outcome.FAILED


def test_fewer_children_than_folders_are_a_success_with_a_warning(make) -> None:
    verdict = make(BOTH[0])()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "1 push jobs were seen for 2 folders and devices" in verdict.warnings[0]


# Traps 1 and 2, in all orders.
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            Child,
            name=st.sampled_from(FOLDERS),
            start=st.floats(-3, 13),
            seconds=st.floats(1, 26 * MINUTE),
            result=st.sampled_from(["OK", "OK", "OK", "FAIL", "CANCELLED"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.floats(5, 180),
    st.sampled_from([2, 5, 200]),
)
def test_no_verdict_comes_before_the_last_child_has_one(make, children, parent_seconds, page) -> None:
    run = make(*children, parent_seconds=parent_seconds, page=page)
    verdict = run(PushOptions(("All",)))
    results = {child.result for child in children}
    ends = [child.start + child.seconds for child in children]
    assert len(verdict.job.targets) == len(children)
    assert all(target.state.ended for target in verdict.job.targets)
    assert run.took >= parent_seconds + max(ends)
    expected = Outcome.SUCCEEDED
    if "FAIL" in results:
        expected = Outcome.FAILED
    elif "CANCELLED" in results:
        expected = Outcome.CANCELED
    assert verdict.outcome is expected
    assert len(run.engine.pushed) == 1


def test_a_push_that_changes_no_version_reports_no_change(make) -> None:
    run = make(*BOTH)
    run.engine.effect = False
    verdict = run()
    assert (verdict.outcome, verdict.changed, verdict.result["versions_changed"]) == (Outcome.SUCCEEDED, False, False)


@pytest.mark.parametrize("answer", [(403, b""), (404, b""), (400, error("E003", "Invalid Command"))])
def test_versions_that_may_not_be_read_are_no_obstacle(make, tenant, answer) -> None:
    run = make(*BOTH)
    tenant.on("GET", f"{BASE}/config-versions/running", answer)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert (verdict.result["versions"], verdict.result["versions_changed"]) == (None, None)


# Trap 8.
@pytest.mark.parametrize(
    ("status", "result", "outcome"),
    [
        ("FIN", "FAIL", Outcome.FAILED),
        ("PUSHFAIL", "FAIL", Outcome.FAILED),
        ("PUSHABORT", "PUSHABORT", Outcome.FAILED),
        ("PUSHTIMEOUT", "TIMEOUT", Outcome.FAILED),
        ("FIN", "CANCELLED", Outcome.CANCELED),
        ("FIN", "TIMEOUT", Outcome.FAILED),
    ],
)
@pytest.mark.parametrize("who", ["parent", "child"])
def test_all_ends_are_ends(make, status, result, outcome, who) -> None:
    if who == "parent":
        run = make(*BOTH, parent_status=status, parent_result=result)
    else:
        run = make(Child(status=status, result=result))
    verdict = run(PushOptions(("Remote Networks",)))
    assert verdict.outcome is outcome
    assert run.took < 5 * MINUTE
    assert verdict.job.state.ended


def test_an_unknown_word_is_warned_of_once_and_waited_out(make, tenant) -> None:
    run = make(*BOTH)
    whole = run.engine._record

    def odd(job, *, whole_=whole, whole=True):
        record = whole_(job, whole=whole)
        if job.parent and record["status_str"] == "ACT":
            record["status_str"] = "ARCHIVING"
        return record

    run.engine._record = odd
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    told = [warning for warning in verdict.warnings if "ARCHIVING" in warning]
    assert len(told) == 1
    assert "'FIN/OK, pushing ARCHIVING/PEND' is not known here; the wait goes on" in told[0]


@pytest.mark.parametrize(
    ("required", "outcome"),
    [("all", Outcome.FAILED), ("any", Outcome.SUCCEEDED), ("1", Outcome.SUCCEEDED), ("2", Outcome.FAILED)],
)
def test_how_many_have_to_succeed(make, required, outcome) -> None:
    run = make(BOTH[0], Child("Service Connections", result="FAIL"))
    verdict = run(required_targets=required)
    assert verdict.outcome is outcome
    if outcome is Outcome.SUCCEEDED:
        assert "not everywhere: Service Connections (FIN/FAIL)" in verdict.warnings[0]


# Trap 12.
def test_whose_changes_were_pushed_is_said(make) -> None:
    line = f"Partial changes to commit: changes to configuration by administrators: {CLIENT_ID}"
    run = make(*BOTH, info=("Configuration committed successfully", line))
    verdict = run(PushOptions(FOLDERS, admins=(CLIENT_ID,)))
    assert run.engine.pushed[0]["admin"] == [CLIENT_ID]
    assert (verdict.result["admins"], verdict.result["partial"]) == ([CLIENT_ID], [line])
    assert verdict.warnings == ()
    # Not asked for, and so all the more to be said. No admin is sent: nobody's changes are left behind silently.
    verdict = run(nonce="00000000")
    assert "admin" not in run.engine.pushed[1]
    assert verdict.result["admins"] is None
    assert "did not take all changes along" in verdict.warnings[0]


# Trap 11.
@pytest.mark.parametrize(("numbers", "sent"), [(False, "007951000388704"), (True, 7951000388704)])
def test_serials_keep_their_zeros(make, numbers, sent) -> None:
    run = make(Child("007951000388704"))
    options = PushOptions(devices=("007951000388704",), devices_as_numbers=numbers)
    assert run(options).outcome is Outcome.SUCCEEDED
    assert (run.engine.pushed[0]["devices"], run.engine.pushed[0]["folders"]) == ([sent], [])


# Trap 9.
@pytest.mark.parametrize("answer", [(200, {"success": False, "message": "Push could not be enqueued"})])
def test_success_false_is_a_refusal(make, tenant, answer) -> None:
    run = make(*BOTH)
    tenant.on("POST", PUSH, answer)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)
    assert "Push could not be enqueued" in verdict.message


@pytest.mark.parametrize(
    "answer",
    [
        (200, {"success": False, "message": "There are no changes to push."}),
        (400, error("E003", "Invalid Command", {"message": "There are no changes to commit"})),
    ],
)
def test_no_changes_in_the_vendors_words_are_no_failure(make, tenant, answer) -> None:
    run = make(*BOTH)
    tenant.on("POST", PUSH, answer)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        ((400, error("E003", "Invalid Object")), "rejected", "Invalid Object (E003)"),
        ((403, error("E007", "Unauthorized")), "denied", "Unauthorized (E007)"),
        ((404, error("E005", "Object Not Present")), "rejected", "Check folders, devices"),
        ((409, error("E016", "Object Not Unique")), "busy", "Another push may be under way"),
    ],
)
def test_refusals(make, tenant, answer, reason, words) -> None:
    run = make(*BOTH)
    tenant.on("POST", PUSH, answer)
    verdict = run()
    assert (verdict.outcome, verdict.changed, verdict.refusal["reason"]) == (Outcome.REFUSED, False, reason)
    assert words in verdict.message
    assert len(tenant.sent("POST", "push")) == 1


def lose(engine: Engine, answer: object, *, effect: bool = True) -> t.Callable[[Asked], object]:
    def answered(asked: Asked) -> object:
        if effect:
            engine.push(asked)
        else:
            engine.pushed.append(asked.body)
        return answer

    return answered


ANSWERS = [
    LOST,
    (502, b""),
    (503, b"<html>"),
    (504, error("4", "Session Timeout")),
    (201, b""),
    (202, {}),
    (200, {"success": True}),
    (200, b"<html>"),
]


# Traps 9 and 16.
@pytest.mark.parametrize("where", ["both", "field", "details"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_lost_answer_is_found_by_the_token_and_never_pushed_again(make, tenant, answer, where) -> None:
    run = make(*BOTH, description_in=where)
    tenant.on("POST", PUSH, lose(run.engine, answer))
    verdict = run()
    assert (verdict.outcome, verdict.changed, verdict.job.handle.id) == (Outcome.SUCCEEDED, True, "300")
    assert len(run.engine.pushed) == 1
    assert verdict.result["versions_changed"] is True


# Trap 16.
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_push_that_is_not_found_is_lost_and_not_repeated(make, tenant, answer) -> None:
    run = make(*BOTH)
    tenant.on("POST", PUSH, lose(run.engine, answer, effect=False))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)
    assert "A push is not sent twice" in verdict.message
    assert len(run.engine.pushed) == 1


def test_a_push_that_shows_late_is_found_all_the_same(make, tenant) -> None:
    run = make(*BOTH)

    def answered(asked: Asked) -> object:
        run.engine.push(asked)
        run.engine.jobs[1].began += 12
        return LOST

    tenant.on("POST", PUSH, answered)
    assert run().outcome is Outcome.SUCCEEDED
    assert len(run.engine.pushed) == 1


def test_pushes_of_others_are_not_taken_for_the_lost_one(make, tenant) -> None:
    run = make(*BOTH)

    def answered(asked: Asked) -> object:
        run.engine.start("Somebody's", user="other@example.com")
        run.engine.start("Change CHG0042 [nj:0123456789-00000000]")
        return lose(run.engine, LOST)(asked)

    tenant.on("POST", PUSH, answered)
    verdict = run()
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, "306")


@pytest.mark.parametrize(
    ("user", "words"),
    [
        (CLIENT_ID, "It may be job 300"),
        ("Some User", "It may be job 300"),
        ("other@9.iam.panserviceaccount.com", "lists no job with"),
    ],
)
def test_a_job_without_any_description_proves_nothing(make, tenant, user, words) -> None:
    run = make(*BOTH, description_in="none")

    def answered(asked: Asked) -> object:
        run.engine.pushed.append(asked.body)
        run.engine.start("", user=user)
        return LOST

    tenant.on("POST", PUSH, answered)
    verdict = run()
    assert verdict.outcome is Outcome.LOST
    assert words in verdict.message
    assert len(run.engine.pushed) == 1


# Trap 16: 429 was not processed; yet the job is looked for before the next attempt.
def test_429_is_repeated_after_a_look(make, tenant) -> None:
    run = make(*BOTH)
    tenant.on("POST", PUSH, (429, b"", {"Retry-After": "3"}), run.engine.push)
    assert run().outcome is Outcome.SUCCEEDED
    assert len(run.engine.pushed) == 1
    run = make(*BOTH)
    tenant.on("POST", PUSH, lose(run.engine, (429, b"")))
    assert run(nonce="00000000").outcome is Outcome.SUCCEEDED
    assert len(run.engine.pushed) == 1


# Trap 17.
def test_a_token_service_in_trouble_delays_the_push_and_no_more(make, tenant) -> None:
    run = make(*BOTH)
    operation = run.operation()
    operation.find_equivalent()
    run.fake.now += 850  # the token of the list is old
    tenant.on("POST", "/oauth2", (503, b""), (429, b"", {"Retry-After": "20"}), tenant._token)
    verdict = run(operation=operation, adopt=False)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(run.engine.pushed) == 1


# Trap 15.
def test_the_token_is_renewed_in_mid_wait_and_nothing_is_pushed_again(make, tenant) -> None:
    run = make(Child("Remote Networks", seconds=26 * MINUTE))
    seen: list[str] = []
    one = run.engine._one

    def answer(asked: Asked) -> object:
        seen.append(asked.token)
        # The first token dies early, and without notice.
        return (401, error("E016", "Key Expired")) if asked.token == "token-1" and len(seen) > 3 else one(asked)

    tenant.on("GET", f"{BASE}/jobs/", answer)
    verdict = run(PushOptions(("Remote Networks",)))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 0
    assert len(run.engine.pushed) == 1
    # One for the beginning, one for the 401, and one for each 14 minutes after that.
    assert 3 <= tenant.tokens <= 4


def test_an_account_that_is_closed_in_mid_wait_leaves_the_handle(make, tenant) -> None:
    run = make(*BOTH)
    one = run.engine._one

    def answer(asked: Asked) -> object:
        return (401, error("E016", "Invalid Credential")) if run.took > 20 else one(asked)

    tenant.on("GET", f"{BASE}/jobs/", answer)
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.UNREACHABLE, True)
    assert verdict.job.handle.id == "300"


# Traps 5 and 6.
@pytest.mark.parametrize("answer", [(404, error("E005", "Object Not Present")), (200, {"data": []})])
def test_a_job_that_is_not_known_yet(make, tenant, answer) -> None:
    run = make(*BOTH)
    tenant.on("GET", f"{BASE}/jobs/300", answer, answer, answer, run.engine._one)
    assert run().outcome is Outcome.SUCCEEDED
    tenant.on("GET", f"{BASE}/jobs/", answer)
    verdict = run(nonce="00000000", adopt=False)
    assert (verdict.outcome, verdict.changed) == (Outcome.LOST, True)


# Trap 24.
@pytest.mark.parametrize(
    "answer",
    [
        (502, b"<html>"),
        (200, b"<html>"),
        (200, b""),
        (200, {"data": "x"}),
        (400, b""),
        (200, {"data": [{"id": "300"}]}),
    ],
)
@pytest.mark.parametrize("path", ["/jobs/300", "/jobs?"])
def test_polls_without_an_answer_are_outages(make, tenant, answer, path) -> None:
    run = make(*BOTH)
    operation = run.operation()
    handle = operation.submit()
    later = run.engine._one if path.endswith("300") else run.engine._list
    tenant.on("GET", f"{BASE}{path}", answer, answer, later)
    verdict = run(operation=operation, handle=handle)
    assert verdict.outcome is Outcome.SUCCEEDED


# Trap 19.
@pytest.mark.parametrize("page", [2, 3, 7])
def test_children_on_later_pages_while_new_jobs_come(make, page) -> None:
    run = make(*BOTH, page=page)
    listed = run.engine._list

    def busy(asked: Asked) -> object:
        # With every page that is read one more job of somebody else stands in front.
        number = max(job.id for job in run.engine.jobs) + 1
        run.engine.jobs.append(Job(number, "CommitAll", run.fake.now, run.fake.now, description="another"))
        return listed(asked)

    run.tenant.on("GET", f"{BASE}/jobs?", busy)
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert sorted(each.name for each in verdict.job.targets) == sorted(FOLDERS)


# Trap 19.
def test_a_list_that_ignores_paging_ends(make, tenant) -> None:
    run = make(*BOTH)
    listed = run.engine._list

    def stubborn(asked: Asked) -> object:
        status, body = listed(dataclasses.replace(asked, url=f"https://x/{BASE}/jobs?limit=200&offset=0"))
        return status, {**body, "total": 999}

    tenant.on("GET", f"{BASE}/jobs?", stubborn)
    assert run().outcome is Outcome.SUCCEEDED


def test_a_child_that_leaves_the_list_is_asked_for_by_its_id(make) -> None:
    run = make(Child(seconds=300))
    listed = run.engine._list

    def short(asked: Asked) -> object:
        status, body = listed(asked)
        if run.took > 120:
            body["data"] = [row for row in body["data"] if row["id"] != "301"]
        return status, body

    run.tenant.on("GET", f"{BASE}/jobs?", short)
    verdict = run(PushOptions(("Remote Networks",)))
    assert verdict.outcome is Outcome.SUCCEEDED
    assert [each.id for each in verdict.job.targets] == ["301"]


def test_of_very_many_children_only_those_that_failed_are_asked_for_details(make, tenant) -> None:
    many = [
        Child(f"folder {number}", seconds=95, result="FAIL" if number == 7 else "OK", errors=("why",))
        for number in range(60)
    ]
    verdict = make(*many)(PushOptions(("All",)))
    assert verdict.outcome is Outcome.FAILED
    assert "failed on 1 of 60: folder 7 (why, Configuration push failed)" in verdict.message
    asked = [each for each in tenant.sent("GET", "/jobs/3") if not each.path.endswith("/300")]
    assert len(asked) == 1


# Rerun after a kill.


@pytest.mark.parametrize("where", ["both", "details"])
@pytest.mark.parametrize("others", [0, 3])
@pytest.mark.parametrize("moment", [10, 50, 200, 1500])
def test_a_run_that_was_killed_is_taken_up_again(make, moment, others, where) -> None:
    children = (Child("Remote Networks", start=13, seconds=26 * MINUTE), Child("Service Connections", start=20))
    run = make(*children, description_in=where)
    began = run.fake.now
    sleep = run.fake.sleep

    def killed(seconds: float) -> None:
        sleep(seconds)
        if run.fake.now - began > moment:
            raise Interrupted("killed")

    world = dataclasses.replace(run.fake.world, sleep=killed)
    first = lifecycle.run(run.operation(), Wishes(timing=Push.timing), world)
    assert first.outcome is Outcome.TIMED_OUT
    for number in range(others):
        # Pushes of others that came and went since.
        run.engine.jobs.append(Job(400 + number, "CommitAndPush", 0, 1, description="" if number else "another"))
    verdict = run(nonce="00000000")
    assert (verdict.outcome, verdict.job.adopted, verdict.changed) == (Outcome.SUCCEEDED, True, True)
    assert verdict.job.handle.id == "300"
    assert len(verdict.job.targets) == 2
    assert len(run.engine.pushed) == 1
    assert "it was in flight before this task began" in verdict.warnings[-1]


# The parent is over, and no child is there yet: it may have ended a moment ago, or long since.
def test_an_old_push_without_children_does_not_stand_for_a_new_one(make) -> None:
    run = make()
    assert run().outcome is Outcome.SUCCEEDED
    run.fake.now += 3600
    run.engine.children = BOTH
    verdict = run(nonce="00000000")
    assert (verdict.outcome, verdict.changed, verdict.job.handle.id) == (Outcome.SUCCEEDED, True, "301")
    assert len(run.engine.pushed) == 2
    assert not verdict.job.adopted


def test_a_push_that_is_over_is_not_adopted(make) -> None:
    run = make(*BOTH)
    run()
    verdict = run(nonce="00000000")
    assert (verdict.outcome, verdict.job.adopted, len(run.engine.pushed)) == (Outcome.SUCCEEDED, False, 2)


def test_only_an_equal_push_is_adopted(make) -> None:
    run = make(*BOTH)
    operation = run.operation(PushOptions(("Mobile Users",)), nonce="00000000")
    operation.submit()
    run.fake.now += 5
    verdict = run(wait=False)
    assert (verdict.outcome, verdict.job.adopted, len(run.engine.pushed)) == (Outcome.RUNNING, False, 2)
    assert any("push 300 of" in warning and "is under way (ACT/PEND)" in warning for warning in verdict.warnings)


def test_equal_options_in_another_order_are_equal() -> None:
    one = PushOptions(("a", "b"), ("1", "2"), ("x", "y"), "d")
    other = PushOptions(("b", "a"), ("2", "1"), ("y", "x"), "d")
    assert one.intent == other.intent
    assert one.intent != dataclasses.replace(other, admins=()).intent


# The handle.


def test_a_handle_is_enough_to_judge_the_push_in_another_process(make) -> None:
    run = make(BOTH[0], Child("Service Connections", start=29, result="FAIL"))
    started = run(wait=False, required_targets="any", settle=40.0)
    assert started.outcome is Outcome.RUNNING
    handle = Handle.from_dict(json.loads(json.dumps(started.job.handle.to_dict())))
    assert handle.options["settle"] == "40"
    client = run.open_scm(now=lambda: run.fake.now)
    verdict = run(operation=Push(client, clock=lambda: run.fake.now), handle=handle)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert verdict.result["versions"] == [
        {"name": "Remote Networks", "before": "62", "after": "63"},
        {"name": "Service Connections", "before": "61", "after": "61"},
    ]
    assert len(run.engine.pushed) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"description": "[nj:0123456789-00000000]"},
        {"type_str": "CommitAll"},
        {"uname": "somebody"},
    ],
)
def test_another_job_under_the_id_is_noticed(make, tenant, other) -> None:
    run = make(*BOTH)
    handle = run.operation().submit()
    token = "" if "description" not in other else handle.fingerprint["token"]
    known = {"type": "CommitAndPush", "user": CLIENT_ID, "token": token}
    handle = dataclasses.replace(handle, fingerprint=known)
    record = {"id": "300", "status_str": "ACT", "result_str": "PEND", "type_str": "CommitAndPush", **other}
    tenant.on("GET", f"{BASE}/jobs/300", (200, {"data": [record]}))
    assert run(handle=handle).outcome is Outcome.LOST


def test_a_description_that_was_cut_proves_nothing(make, tenant) -> None:
    run = make(*BOTH)
    handle = run.operation().submit()
    engine = run.engine
    engine.jobs[1].description = "Change CH"
    assert run(handle=handle).outcome is Outcome.SUCCEEDED


def test_a_handle_of_another_tenant_is_refused(make, connection) -> None:
    run = make(*BOTH)
    handle = run.operation().submit()
    other = {**connection, "tsg_id": "99"}
    with pytest.raises(errors.BadInput, match="a job of the tenant 1234567890, and tsg_id is 99"):
        push.from_options({**other, "handle": handle.to_dict()}, lambda _secrets: None)
    client = run.open_scm(tsg_id="99")
    with pytest.raises(errors.BadInput, match="tsg_id is 99"):
        Push(client).observe(handle, within=5)


def test_more_versions_than_a_handle_should_carry(make) -> None:
    run = make(*BOTH)
    run.engine.versions.update({f"folder {number}": 1 for number in range(50)})
    verdict = run(PushOptions(("All",)))
    assert verdict.job.handle.options["versions"].startswith("sha256:")
    assert (verdict.changed, len(verdict.result["versions"])) == (True, 53)
    assert {each["before"] for each in verdict.result["versions"]} == {None}


@pytest.mark.parametrize(
    "options", [{"settle": "x"}, {"expected": "x"}, {"admins": "{"}, {"required_targets": "none"}, {"versions": "{}"}]
)
def test_options_of_a_handle_that_cannot_be_read(make, options) -> None:
    run = make(*BOTH)
    handle = run.operation().submit()
    handle = dataclasses.replace(handle, options={**handle.options, **options})
    assert run(handle=handle).outcome is Outcome.SUCCEEDED


# Check mode and the others.


def test_check_mode_reads_and_says_what_it_cannot_know(make, tenant) -> None:
    run = make(*BOTH)
    verdict = run(PushOptions(FOLDERS, ("007951000388704",), ("alice",)), check_mode=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert "the changes of alice in folders Remote Networks, Service Connections and device 007951000388704" in (
        verdict.message
    )
    assert "Whether there are any the API does not tell" in verdict.message
    assert not run.engine.pushed


def test_no_cancel_is_published(make) -> None:
    run = make(*BOTH)
    operation = run.operation()
    assert not operation.can_cancel
    with pytest.raises(errors.Refused, match="cannot be canceled through the API"):
        operation.cancel(operation.submit())


def test_a_wait_that_is_too_short_leaves_the_handle_and_the_children(make) -> None:
    run = make(Child(seconds=26 * MINUTE))
    verdict = run(PushOptions(("Remote Networks",)), timing=Timing(300, 5, 30, 120))
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
    assert "Without a verdict so far: Remote Networks" in verdict.message
    assert verdict.job.vendor_state == "FIN/OK, pushing"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"folders": ("",)}, "folders: a name is empty"),
        ({"folders": ("x" * 65,)}, "more than 64"),
        ({"folders": ("a", "a")}, "twice"),
        ({"devices": ("0079 51",)}, "quotation marks"),
        ({"devices": ("A1",), "devices_as_numbers": True}, "no number"),
        ({"folders": ("All",), "admins": ("me",)}, "pushed as a whole"),
        ({"description": "a\nb"}, "one line"),
    ],
)
def test_options_that_cannot_be(options, words) -> None:
    with pytest.raises(errors.BadInput, match=words):
        PushOptions(**options)


@pytest.mark.parametrize("demand", [{"settle": -1.0}, {"settle": float("nan")}, {"required_targets": "some"}])
def test_demands_that_cannot_be(demand) -> None:
    with pytest.raises(errors.BadInput):
        Demand(**demand)


def test_what_a_task_gives(connection) -> None:
    given = {
        **connection,
        "handle": None,
        "folders": None,
        "devices": None,
        "admins": None,
        "description": None,
        "devices_as_numbers": False,
        "required_targets": "all",
        "settle": 30.0,
    }
    with pytest.raises(errors.BadInput, match="Say what to push"):
        push.from_options(given, lambda _secrets: None)
    made = push.from_options({**given, "folders": ["All"]}, lambda _secrets: None)
    assert made.name == "scm.push"


# What is sent is what the published specification says, but for the places where it is known to be wrong.
def test_the_requests_are_those_of_the_specification(make, tenant) -> None:
    run = make(*BOTH)
    run(PushOptions(FOLDERS, ("007951000388704",), ("alice",), "Change"))
    assert len({asked.path.partition("?")[0] for asked in tenant.asked}) >= 5
    for asked in tenant.asked:
        path = asked.path
        body = None if asked.body is None else asked.raw
        headers = dict(asked.headers)
        assert openapi.request_errors(asked.method, path, headers, body) == [], asked


# What goes wrong at the edges.


def test_an_old_push_without_children_does_not_keep_an_unwaited_one_from_being_sent(make) -> None:
    run = make()
    assert run().outcome is Outcome.SUCCEEDED
    run.fake.now += 3600
    run.engine.children = BOTH
    verdict = run(nonce="00000000", wait=False)
    assert (verdict.outcome, verdict.changed, verdict.job.adopted) == (Outcome.RUNNING, True, False)
    assert (verdict.job.handle.id, len(run.engine.pushed)) == ("301", 2)


def test_an_unwaited_run_between_the_commit_and_its_push_jobs_adopts_it(make) -> None:
    run = make(Child("Remote Networks", start=13, seconds=600), Child("Service Connections", start=13, seconds=600))
    assert run(wait=False).outcome is Outcome.RUNNING
    run.fake.now += 46
    verdict = run(nonce="00000000", wait=False)
    assert (verdict.outcome, verdict.job.adopted, verdict.job.handle.id) == (Outcome.RUNNING, True, "300")
    assert len(run.engine.pushed) == 1
    assert run.took < 90


def test_success_without_a_job_and_with_no_changes_is_nothing_to_do(make, tenant) -> None:
    run = make(*BOTH)
    tenant.on("POST", PUSH, (200, {"success": True, "message": "There are no changes to push."}))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.NOTHING_TO_DO, False)


@pytest.mark.parametrize("answer", [(404, error("E005", "Object Not Present")), (200, {"data": []})])
def test_a_child_that_some_answers_do_not_know_loses_nothing(make, tenant, answer) -> None:
    run = make(Child(seconds=300))
    listed = run.engine._list

    def gone() -> bool:
        return 70 < run.took < 170

    def short(asked: Asked) -> object:
        status, body = listed(asked)
        if gone():
            body["data"] = [row for row in body["data"] if row["id"] != "301"]
        return status, body

    one = run.engine._one
    run.tenant.on("GET", f"{BASE}/jobs?", short)
    run.tenant.on("GET", f"{BASE}/jobs/301", lambda asked: answer if gone() else one(asked))
    verdict = run(PushOptions(("Remote Networks",)))
    assert (verdict.outcome, verdict.polling.outages) == (Outcome.SUCCEEDED, 1)


@pytest.mark.parametrize("answer", [(500, b""), (400, error("E003", "Invalid Object")), (200, b"<html>")])
def test_a_child_whose_details_cannot_be_read_has_its_verdict_all_the_same(make, tenant, answer) -> None:
    run = make(BOTH[0], Child("Service Connections", result="FAIL"))
    tenant.on("GET", f"{BASE}/jobs/302", answer)
    verdict = run()
    assert verdict.outcome is Outcome.FAILED
    assert "failed on 1 of 2: Service Connections (Configuration push failed)." in verdict.message
    assert run.took < 10 * MINUTE


@pytest.mark.parametrize(
    ("status", "result", "outcome"),
    [("FIN", "CANCELLED", Outcome.CANCELED), ("FIN", "FAIL", Outcome.FAILED), ("PUSHABORT", "OK", Outcome.FAILED)],
)
def test_a_parent_that_ends_badly_is_not_over_while_its_children_run(make, status, result, outcome) -> None:
    run = make(*BOTH)
    operation = run.operation()
    handle = operation.submit()
    parent = run.engine.jobs[1]
    parent.status, parent.result, parent.errors = status, result, ("stopped by an administrator",)
    verdict = run(operation=operation, handle=handle)
    assert verdict.outcome is outcome
    assert [(each.name, each.state) for each in verdict.job.targets] == [
        ("Remote Networks", JobState.SUCCEEDED),
        ("Service Connections", JobState.SUCCEEDED),
    ]
    assert run.took >= 45 + 5 + 120
    assert "stopped by an administrator" in verdict.message


def test_children_of_a_bad_parent_are_waited_for_after_a_kill(make) -> None:
    run = make(*BOTH)
    run.operation().submit()
    run.engine.jobs[1].result = "FAIL"
    run.fake.now += 60
    verdict = run(nonce="00000000")
    assert (verdict.outcome, verdict.job.adopted, len(run.engine.pushed)) == (Outcome.FAILED, True, 1)
    assert all(each.state is JobState.SUCCEEDED for each in verdict.job.targets)


# Trap 24.
@pytest.mark.parametrize("answer", [(404, b"<html>default backend"), (404, b""), (200, {"message": "maintenance"})])
@pytest.mark.parametrize("after", [10, 100])
def test_a_404_of_a_gateway_loses_no_push(make, tenant, answer, after) -> None:
    run = make(Child(seconds=300), parent_seconds=150)
    one = run.engine._one

    def down() -> bool:
        return after < run.took < after + 100

    tenant.on("GET", f"{BASE}/jobs/", lambda asked: answer if down() else one(asked))
    verdict = run(PushOptions(("Remote Networks",)))
    assert (verdict.outcome, verdict.polling.outages) == (Outcome.SUCCEEDED, 1)


@pytest.mark.parametrize("wait", [True, False])
def test_a_push_that_was_over_long_since_is_so_at_the_first_look(make, wait) -> None:
    run = make(*BOTH)
    handle = run().job.handle
    run.fake.now += 3600
    took = run.took
    verdict = run(operation=Push(run.open_scm(), clock=lambda: run.fake.now), handle=handle, wait=wait)
    assert (verdict.outcome, verdict.changed, verdict.polling.polls) == (Outcome.SUCCEEDED, False, 1)
    assert verdict.result["versions_changed"] is True
    assert run.took == took


@pytest.mark.parametrize(
    "odd", [("", ""), ("yesterday", "2026-11-21 10:00:00"), ("2026-13-40 10:00:00", "x"), (0, 9e9)]
)
def test_times_that_cannot_be_read_end_no_settling(make, odd) -> None:
    run = make(*BOTH)
    handle = run().job.handle
    run.fake.now += 3600
    took, whole = run.took, run.engine._record
    times = dict(zip(("start_ts", "end_ts"), odd))
    run.engine._record = lambda job, whole_=whole, **more: {**whole_(job, **more), **times}
    verdict = run(operation=Push(run.open_scm(), clock=lambda: run.fake.now), handle=handle)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert run.took >= took + 30


def test_a_push_that_says_sent_for_ever_is_left_with_its_handle(make) -> None:
    run = make(Child("Remote Networks", seconds=60, status="PUSHSENT", result="PEND"), BOTH[1])
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.TIMED_OUT, True)
    assert "Without a verdict so far: Remote Networks." in verdict.message
    assert verdict.job.handle.id == "300"


def test_children_of_another_push_with_a_similar_number_are_not_ours(make) -> None:
    run = make(*BOTH)
    run.engine.jobs += [
        Job(30, "CommitAll", 0, 1, parent=3, result="FAIL"),
        Job(310, "CommitAll", 0, 1, parent=3000, result="FAIL"),
        Job(309, "CommitAll", 0, 1, parent=30, result="FAIL"),
    ]
    operation = run.operation()
    verdict = run(operation=operation)
    assert verdict.outcome is Outcome.SUCCEEDED
    assert len(verdict.job.targets) == 2


@pytest.mark.parametrize("success", ["false", "False"])
def test_a_refusal_as_a_text_is_one(make, tenant, success) -> None:
    run = make(*BOTH)
    tenant.on("POST", PUSH, (200, {"success": success, "message": "Push could not be enqueued"}))
    verdict = run()
    assert (verdict.outcome, verdict.changed) == (Outcome.REFUSED, False)


def test_more_children_than_folders_are_all_waited_for(make) -> None:
    # A folder with three firewalls.
    run = make(
        Child("007951000388704", start=1, seconds=5),
        Child("007951000388705", start=12, seconds=300, result="FAIL"),
    )
    verdict = run(PushOptions(("Branches",)))
    assert verdict.outcome is Outcome.FAILED


@pytest.mark.parametrize("answer", [(503, b""), LOST, (429, b"", {"Retry-After": "30"})])
def test_a_token_service_that_is_away_in_mid_wait_is_an_outage(make, tenant, answer) -> None:
    run = make(Child(seconds=26 * MINUTE))

    def away() -> bool:
        return 700 < run.took < 1100

    tenant.on("POST", "/oauth2/access_token", lambda asked: answer if away() else tenant._token(asked))
    verdict = run(PushOptions(("Remote Networks",)))
    assert (verdict.outcome, verdict.polling.outages) == (Outcome.SUCCEEDED, 1)
    assert len(run.engine.pushed) == 1


def test_an_answer_of_great_depth_is_no_answer(make, tenant) -> None:
    run = make(*BOTH)
    deep = b"[" * 100000
    tenant.on("POST", "/oauth2/access_token", (200, deep), tenant._token)
    verdict = run()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert "unexpected" not in str(verdict.polling.observed)


def test_the_list_that_is_read_anyway_tells_how_long_pushes_take(make) -> None:
    """With their children; what is not over yet, or has no times, tells nothing."""
    run = make(*BOTH)
    begins = run.fake.now
    for number, parent, began, ends in (
        (310, 0, -900, -850),
        (311, 310, -845, -600),
        (312, 310, -840, -700),
        (320, 0, -300, -260),
        (330, 0, -100, -60),
        (331, 330, -50, 1000),
    ):
        kind = "CommitAll" if parent else "CommitAndPush"
        run.engine.jobs.append(Job(number, kind, begins + began, begins + ends, parent, description="by hand"))
    operation = run.operation()
    operation.find_equivalent()
    assert list(operation.took_before) == pytest.approx([40, 300, 1], abs=1)
