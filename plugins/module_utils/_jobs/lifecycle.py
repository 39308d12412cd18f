# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The life cycle of a job, the one function behind every job module.

resume | adopt | nothing to do? | submit (with recovery of a lost answer) | wait | collect | verify
"""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import BadInput, Busy, Denied, Interrupted, JobError, NoAnswer, Refused, Undecidable
from .model import Handle, Job, Outcome, Verdict, utc_text
from .operation import NothingToDo, Operation, Preview, Submission, Timing
from .poller import Ended, Poller
from .wait import CANCEL_TIMEOUT, MAY_STILL_RUN, T, Wait, patiently, unexpected
from .world import World

RECOVERY_LOOKS = 4
"""How often a job whose answer was lost is looked for before it counts as not started."""

SUBMIT_ATTEMPTS = 3
"""How many submissions may lose their answer and prove to have had no effect."""


@dataclasses.dataclass(frozen=True)
class Wishes:
    """What the task asks for; the fields are the options of the same name."""

    timing: Timing
    wait: bool = True
    handle: Handle | None = None
    adopt: bool = True
    cancel_on_timeout: bool = False
    wait_for_idle: bool = False
    check_mode: bool = False
    diff: bool = False


def check_handle(handle: Handle, operation: Operation) -> None:
    """Raise BadInput unless *handle* names a job of *operation* at its endpoint."""
    if handle.operation != operation.name:
        raise BadInput(
            f"handle: it names a job of {handle.operation}, this task waits for {operation.name}. "
            "Use the module that made the handle, or netops.jobs.job_wait, which takes any."
        )
    if handle.endpoint != operation.endpoint:
        raise BadInput(
            f"handle: it names a job on {handle.endpoint}, this task talks to {operation.endpoint}. "
            "Run the task for that host, or use netops.jobs.job_wait, which goes where the handle says."
        )


def run(operation: Submission, wishes: Wishes, world: World) -> Verdict:
    """Take one intent to its verdict.

    Raises BadInput before anything is sent; every other end, an interruption included, is a Verdict.
    """
    if wishes.handle is not None:
        check_handle(wishes.handle, operation)
    return _Run(operation, wishes, world).verdict()


class _Run:
    def __init__(self, operation: Submission, wishes: Wishes, world: World) -> None:
        self._operation = operation
        self._wishes = wishes
        self._world = world
        self._started = world.clock()
        self._poller = Poller(wishes.timing, started=self._started, uniform=world.uniform)
        self._wait: Wait | None = None
        self._maybe_sent = False
        self._spoken = False

    def verdict(self) -> Verdict:
        try:
            return self._steps()
        except Interrupted as exc:
            if self._wait is not None:
                return self._wait.interrupted(str(exc))
            hint = "Run the play again: it finds a job in flight." if self._maybe_sent else "Nothing was submitted."
            return self._without_job(Outcome.TIMED_OUT, f"{self._operation.name}: {exc}. {hint}")
        except Refused as exc:
            return self._without_job(Outcome.REFUSED, exc.message, refusal={"reason": exc.reason, **exc.details})
        except Denied as exc:
            return self._without_job(Outcome.REFUSED, exc.message, refusal={"reason": "denied"})
        except Undecidable as exc:
            return self._without_job(Outcome.LOST, exc.message)
        except NoAnswer as exc:
            tail = "" if self._maybe_sent else " Nothing was submitted."
            return self._without_job(Outcome.UNREACHABLE, exc.message + tail)

    def _steps(self) -> Verdict:
        wishes, operation = self._wishes, self._operation
        if wishes.handle is not None:
            return self._resume(wishes.handle)
        handle = self._ask(operation.find_equivalent) if wishes.adopt else None
        if wishes.check_mode:
            return self._predict(handle)
        if handle is not None:
            verdict = self._follow(handle, adopted=True)
            if verdict.outcome is not Outcome.SUCCEEDED:
                return verdict
            # It was submitted before this run began: what changed since then it did not take along.
            if not self._ask(operation.still_needed):
                return verdict
        preview = self._ask(lambda: operation.preview(want_diff=wishes.diff))
        if not preview.needed:
            return self._without_job(Outcome.NOTHING_TO_DO, preview.message)
        submitted = self._submit()
        if isinstance(submitted, NothingToDo):
            # Perhaps because a run that was killed submitted it a moment ago, after we had looked.
            handle = self._ask(operation.find_equivalent) if wishes.adopt else None
            if handle is not None:
                return self._follow(handle, adopted=True)
            return self._without_job(Outcome.NOTHING_TO_DO, submitted.message)
        return _with_diff(self._follow(submitted, submitted=True), preview)

    def _resume(self, handle: Handle) -> Verdict:
        wait = self._wait = Wait(self._operation, handle, self._wishes.timing, self._world, started=self._started)
        self._world.tell("resumed", self._operation.name, handle=handle)
        if self._wishes.check_mode or not self._wishes.wait:
            return wait.look()
        return self._to_the_end(wait)

    def _follow(self, handle: Handle, *, submitted: bool = False, adopted: bool = False) -> Verdict:
        if submitted:
            handle = dataclasses.replace(handle, submitted_at=utc_text(self._world.wall()))
        self._wait = wait = Wait(
            self._operation,
            handle,
            self._wishes.timing,
            self._world,
            started=self._started,
            submitted=submitted,
            adopted=adopted,
        )
        self._world.tell("submitted" if submitted else "adopted", self._operation.name, handle=handle)
        return self._to_the_end(wait) if self._wishes.wait else wait.left("not waited for (wait: false)")

    def _to_the_end(self, wait: Wait) -> Verdict:
        verdict = wait.run()
        if verdict.outcome is not Outcome.TIMED_OUT or not self._wishes.cancel_on_timeout:
            return verdict
        timing = dataclasses.replace(self._wishes.timing, wait_timeout=CANCEL_TIMEOUT)
        stopped = Wait(self._operation, wait.handle, timing, self._world).cancel()
        message = f"{verdict.message.replace(MAY_STILL_RUN, '')}on_timeout is cancel: {stopped.message}"
        return dataclasses.replace(verdict, message=message, job=stopped.job)

    def _predict(self, equivalent: Handle | None) -> Verdict:
        operation = self._operation
        if equivalent is not None:
            message = f"{operation.name} job {equivalent.id} is in flight and would be waited for (check mode)."
            return self._without_job(Outcome.SUCCEEDED, message, changed=True)
        preview = self._ask(lambda: operation.preview(want_diff=self._wishes.diff))
        if not preview.needed:
            return self._without_job(Outcome.NOTHING_TO_DO, preview.message)
        if preview.blocked is not None:
            raise preview.blocked
        message = f"{preview.message} (check mode: nothing was submitted)"
        return _with_diff(self._without_job(Outcome.SUCCEEDED, message, changed=True), preview)

    def _submit(self) -> Handle | NothingToDo:
        """Start the job exactly once, whatever becomes of the answers."""
        lost = 0
        while True:
            asked = self._world.clock()
            try:
                answer = self._submit_once()
                # Our own lost submission may be what there is nothing left to do for.
                return (self._recovered(lost) or answer) if isinstance(answer, NothingToDo) else answer
            except Busy as exc:
                # ... and it may be the job that is in the way.
                handle = self._recovered(lost)
                if handle is not None:
                    return handle
                self._wait_for_idle(exc)
            except NoAnswer as exc:
                if exc.sent:
                    lost += 1
                    handle = self._find_lost(exc)
                    if handle is not None:
                        return handle
                step = self._poller.failed(asked, self._world.clock(), exc)
                if isinstance(step, Ended) or lost >= SUBMIT_ATTEMPTS:
                    raise
                self._world.sleep_until(step.at)

    def _submit_once(self) -> Handle | NothingToDo:
        # Whoever ended us may have started the play again: the new run shall not meet a job that comes out of nowhere.
        self._world.still_wanted()
        self._maybe_sent = True
        try:
            answer = self._operation.submit()
        except NoAnswer as exc:
            self._maybe_sent = exc.sent
            raise
        except JobError:
            self._maybe_sent = False
            raise
        except Exception as exc:
            # An answer that our own code cannot read is a lost answer: the job is found as any lost job is.
            raise NoAnswer(unexpected(exc).message, label=unexpected(exc).label) from exc
        return answer

    def _wait_for_idle(self, busy: Busy) -> None:
        at = self._world.clock() + self._wishes.timing.poll_max_interval
        if not self._wishes.wait_for_idle:
            raise _advised(busy, "Run the task again when that is over.")
        if at >= self._poller.deadline:
            raise _advised(busy, "It stayed so until wait_timeout ended: run the task again, or let it wait longer.")
        self._world.tell("waiting", self._operation.name, text=busy.message)
        self._world.sleep_until(at)

    def _recovered(self, lost: int) -> Handle | None:
        return self._ask(self._operation.recover) if lost else None

    def _find_lost(self, cause: NoAnswer) -> Handle | None:
        """Return the handle of the job whose submission lost its answer, None if there provably is none."""
        text = f"the answer to the submission was lost ({cause.label}), looking for the job"
        self._world.tell("waiting", self._operation.name, text=text)
        try:
            for _look in range(RECOVERY_LOOKS):
                self._world.sleep(self._wishes.timing.poll_interval)
                handle = self._ask(self._operation.recover)
                if handle is not None:
                    return handle
        except (NoAnswer, Denied) as exc:
            raise Undecidable(
                f"{self._operation.name}: the answer to the submission was lost ({cause.message}) and the job list "
                f"cannot be read to tell whether it took effect: {exc.message} "
                "Run the play again once the system answers: it adopts the job if there is one."
            ) from exc
        self._maybe_sent = False
        return None

    def _ask(self, question: t.Callable[[], T]) -> T:
        answer = patiently(question, self._poller, self._world, first_contact=not self._spoken)
        self._spoken = True
        return answer

    def _without_job(
        self, outcome: Outcome, message: str, *, changed: bool = False, refusal: dict[str, t.Any] | None = None
    ) -> Verdict:
        now = self._world.clock()
        changed = changed or (self._maybe_sent and outcome.is_failure)
        return Verdict(
            outcome=outcome,
            message=message,
            changed=changed and self._operation.changes_device,
            job=Job(operation=self._operation.name, elapsed=now - self._started),
            polling=self._poller.polling(now),
            refusal=refusal,
        )


def cancel(operation: Operation, handle: Handle, timing: Timing, world: World, *, check_mode: bool = False) -> Verdict:
    """Stop the job in *handle*; in check mode say only whether there is something to stop. Raises BadInput."""
    check_handle(handle, operation)
    wait = Wait(operation, handle, timing, world)
    try:
        return wait.cancel(check_mode=check_mode)
    except Interrupted as exc:
        return wait.interrupted(str(exc))


def _advised(busy: Busy, advice: str) -> Busy:
    return Busy(f"{busy.message} {advice}", details=busy.details, label=busy.label)


def _with_diff(verdict: Verdict, preview: Preview) -> Verdict:
    return verdict if preview.diff is None else dataclasses.replace(verdict, diff=preview.diff)
