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

from .errors import BadInput, Busy, Interrupted, JobError, NoAnswer, Refused, Undecidable
from .inquiry import Inquiry
from .model import Handle, Job, JobState, Outcome, Verdict, utc_text
from .operation import Done, NothingToDo, Operation, Preview, Submission, Timing, Transfer
from .poller import Ended
from .wait import T, Wait, cleaned_up, expects_change, foreseen, with_collected
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


def run(operation: Submission, wishes: Wishes, world: World, *, started: float | None = None) -> Verdict:
    """Take one intent to its verdict; wait_timeout counts from *started* (monotonic seconds), now where None.

    Raises BadInput before anything is sent; every other end, an interruption included, is a Verdict.
    """
    handle = wishes.handle or operation.named()
    if handle is not None:
        check_handle(handle, operation)
        wishes = dataclasses.replace(wishes, handle=handle)
    return _Run(operation, wishes, world, world.clock() if started is None else started).verdict()


class _Run:
    def __init__(self, operation: Submission, wishes: Wishes, world: World, started: float) -> None:
        self._operation = operation
        self._wishes = dataclasses.replace(wishes, check_mode=wishes.check_mode and not operation.runs_in_check_mode)
        self._world = world
        self._started = started
        self._inquiry = Inquiry(
            operation.name,
            wishes.timing,
            world,
            started=started,
            changes_device=operation.changes_device,
            can_be_found=operation.can_be_found,
        )
        self._poller = self._inquiry.poller
        self._wait: Wait | None = None
        self._maybe_sent = False

    def verdict(self) -> Verdict:
        verdict = self._ended()
        return verdict if self._wishes.check_mode else cleaned_up(self._operation, verdict, self._world)

    def _ended(self) -> Verdict:
        self._operation.limit(self._poller.deadline)
        self._operation.transfer = Transfer(self._poller.deadline, self._tell)
        try:
            return self._steps()
        except Interrupted as exc:
            return self._interrupted(str(exc))
        except Exception as exc:  # pylint: disable=broad-exception-caught
            return self._failed(exc)

    def _steps(self) -> Verdict:
        wishes, operation = self._wishes, self._operation
        if wishes.handle is not None:
            return self._resume(wishes.handle)
        handle = self._ask(operation.find_equivalent) if wishes.adopt else None
        if wishes.check_mode:
            return self._predict(handle)
        if handle is None:
            return self._start()
        adopted = self._follow(handle, adopted=True)
        # Another run may have deleted it once it had the result: what changes nothing is then done by ourselves.
        vanished = adopted.outcome is Outcome.LOST and not operation.changes_device
        return self._complete(adopted) if vanished or adopted.outcome is Outcome.SUCCEEDED else adopted

    def _complete(self, adopted: Verdict) -> Verdict:
        """Return the verdict of what an adopted job left undone: it was submitted before this run began."""
        self._wait = None
        self._operation.limit(self._poller.deadline)
        try:
            if adopted.outcome is Outcome.SUCCEEDED and not self._ask(self._operation.still_needed):
                return adopted
            rest = self._start()
        except Interrupted as exc:
            rest = self._interrupted(str(exc))
        except Exception as exc:  # pylint: disable=broad-exception-caught
            rest = self._failed(exc)
        if rest.outcome is Outcome.NOTHING_TO_DO:
            return adopted
        both = adopted.polling.plus(rest.polling)
        return dataclasses.replace(rest, changed=rest.changed or adopted.changed, polling=both)

    def _start(self) -> Verdict:
        operation, wishes = self._operation, self._wishes
        preview = self._ask(lambda: operation.preview(want_diff=wishes.diff))
        if not preview.needed:
            return _with_preview(self._inquiry.verdict(Outcome.NOTHING_TO_DO, preview.message), preview)
        submitted = self._submit()
        if isinstance(submitted, NothingToDo):
            # Perhaps because a run that was killed submitted it a moment ago, after we had looked.
            handle = self._ask(operation.find_equivalent) if wishes.adopt else None
            if handle is not None:
                return self._follow(handle, adopted=True)
            return self._inquiry.verdict(Outcome.NOTHING_TO_DO, submitted.message)
        verdict = self._done(submitted) if isinstance(submitted, Done) else self._follow(submitted, submitted=True)
        return _with_preview(verdict, preview)

    def _done(self, done: Done) -> Verdict:
        verdict = self._inquiry.verdict(Outcome.SUCCEEDED, done.message, changed=True)
        job = dataclasses.replace(
            verdict.job, state=JobState.SUCCEEDED, messages=done.messages, finished_at=utc_text(self._world.wall())
        )
        return with_collected(dataclasses.replace(verdict, job=job), done.result)

    def _resume(self, handle: Handle) -> Verdict:
        wait = self._wait = Wait(self._operation, handle, self._wishes.timing, self._world, started=self._started)
        self._world.tell("resumed", self._operation.name, handle=handle)
        if self._wishes.check_mode or not self._wishes.wait:
            return wait.look(dry=self._wishes.check_mode)
        self._operation.limit(None)
        return wait.run(cancel_on_timeout=self._wishes.cancel_on_timeout)

    def _follow(self, handle: Handle, *, submitted: bool = False, adopted: bool = False) -> Verdict:
        wait = self._found(handle, submitted=submitted, adopted=adopted)
        if not self._wishes.wait:
            return wait.run_while(lambda: adopted and self._operation.in_doubt)
        self._operation.limit(None)
        verdict = wait.run(cancel_on_timeout=self._wishes.cancel_on_timeout)
        return dataclasses.replace(verdict, polling=self._inquiry.polling().plus(verdict.polling))

    def _found(self, handle: Handle, *, submitted: bool = False, adopted: bool = False) -> Wait:
        """From here on, however this run ends, its verdict has *handle*."""
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
        return wait

    def _predict(self, equivalent: Handle | None) -> Verdict:
        operation = self._operation
        expected = expects_change(operation, equivalent)
        if equivalent is not None:
            what = "is in flight, or ended without effect," if operation.in_doubt else "is in flight"
            message = f"{operation.name} job {equivalent.id} {what} and would be waited for (check mode)."
            job = Job(operation=operation.name, handle=equivalent, adopted=True)
            return dataclasses.replace(self._inquiry.verdict(Outcome.SUCCEEDED, message), job=job, changed=expected)
        preview = self._ask(lambda: operation.preview(want_diff=self._wishes.diff))
        if not preview.needed:
            return _with_preview(self._inquiry.verdict(Outcome.NOTHING_TO_DO, preview.message), preview)
        if preview.blocked is not None:
            raise preview.blocked
        message = f"{preview.message} (check mode: nothing was submitted)"
        verdict = dataclasses.replace(
            self._inquiry.verdict(Outcome.SUCCEEDED, message), changed=expected, changes=preview.changes
        )
        return _with_preview(verdict, preview)

    def _submit(self) -> Handle | NothingToDo | Done:
        """Start the job exactly once, whatever becomes of the answers."""
        lost: NoAnswer | None = None
        attempts = 0
        while True:
            asked = self._world.clock()
            try:
                answer = self._submit_once()
            except Refused as exc:
                # Our own lost submission may be what is in the way, in whatever words the device says so ...
                handle = self._recovered(lost) if lost is not None else None
                if handle is not None:
                    return handle
                if not isinstance(exc, Busy):
                    raise
                self._poller.answered(self._world.clock())
                self._wait_for_idle(exc)
            except NoAnswer as exc:
                if exc.sent:
                    lost = exc
                    attempts += 1
                    handle = self._find_lost(exc)
                    if handle is not None:
                        return handle
                self._pause_before_next(asked, exc, give_up=attempts >= SUBMIT_ATTEMPTS)
            else:
                if isinstance(answer, NothingToDo) and lost is not None:
                    # ... or the one after which there is nothing left to do.
                    return self._recovered(lost) or answer
                return answer

    def _submit_once(self) -> Handle | NothingToDo | Done:
        self._inquiry.check_time()
        # Whoever ended us may have started the play again: the new run shall not meet a job that comes out of nowhere.
        self._world.still_wanted()
        self._maybe_sent = True
        try:
            answer = self._operation.submit()
        except Interrupted:
            if self._operation.started is not None:
                self._found(self._operation.started, submitted=True)
            raise
        except NoAnswer as exc:
            self._maybe_sent = exc.sent
            raise
        except Undecidable:
            # It was accepted, in words from which the job cannot be told.
            raise
        except JobError:
            self._maybe_sent = False
            raise
        except Exception as exc:
            # An answer that our own code cannot read is a lost answer: the job is found as any lost job is.
            raise NoAnswer(foreseen(exc).message, label=foreseen(exc).label) from exc
        self._maybe_sent = not isinstance(answer, NothingToDo)
        self._poller.answered(self._world.clock())
        return answer

    def _pause_before_next(self, asked: float, error: NoAnswer, *, give_up: bool) -> None:
        step = self._poller.failed(asked, self._world.clock(), error)
        # Where the request was sent, somebody has answered the search for its job by now.
        wrong_address = not (error.server_spoke or error.sent)
        if wrong_address or give_up or isinstance(step, Ended):
            raise error
        self._world.tell("no_answer", self._operation.name, error=error)
        self._world.sleep_until(step.at)

    def _wait_for_idle(self, busy: Busy) -> None:
        at = self._world.clock() + self._wishes.timing.poll_max_interval
        if not self._wishes.wait_for_idle:
            raise _advised(busy, "Run the task again when that is over.")
        if at >= self._poller.deadline:
            raise _advised(busy, "It stayed so until wait_timeout ended: run the task again, or let it wait longer.")
        self._world.tell("waiting", self._operation.name, text=busy.message)
        self._world.sleep_until(at)

    def _find_lost(self, cause: NoAnswer) -> Handle | None:
        """Return the handle of the job whose submission lost its answer, None if there provably is none."""
        if not self._operation.can_be_found:
            return self._recovered(cause)
        text = f"the answer to the submission was lost ({cause.label}), looking for the job"
        self._world.tell("waiting", self._operation.name, text=text)
        for look in range(RECOVERY_LOOKS):
            left = self._poller.deadline - self._world.clock()
            if left <= 0 and look > 0:
                raise self._undecided(cause, "wait_timeout ended before the search for it did.")
            self._world.sleep(max(0.0, min(self._wishes.timing.poll_interval, left / 2)))
            handle = self._recovered(cause)
            if handle is not None:
                return handle
        # What only reads is also not found where nobody can tell: it is sent again, and nobody says that it was not.
        self._maybe_sent = not self._operation.changes_device
        return None

    def _recovered(self, cause: NoAnswer) -> Handle | None:
        """Look once for the job of a lost submission. Raises Undecidable where that tells nothing."""
        # The search must come to its end: what it finds is worth more than a few seconds.
        self._operation.limit(None)
        try:
            return self._inquiry.patiently(self._operation.recover)
        except Undecidable:
            raise
        except Exception as exc:
            raise self._undecided(cause, foreseen(exc).message) from exc
        finally:
            self._operation.limit(self._poller.deadline)

    def _undecided(self, cause: NoAnswer, why: str) -> Undecidable:
        return Undecidable(
            f"{self._operation.name}: the answer to the submission was lost ({cause.message}), and whether it took "
            f"effect cannot be told: {why.rstrip('.')}. Run the play again once the system answers: it adopts a job "
            "that is there."
        )

    def _tell(self, text: str) -> None:
        self._world.tell("waiting", self._operation.name, text=text)

    def _ask(self, question: t.Callable[[], T]) -> T:
        return self._inquiry.ask(question)

    def _interrupted(self, why: str) -> Verdict:
        if self._wait is not None:
            return self._wait.interrupted(why)
        return self._inquiry.interrupted(why, maybe_sent=self._maybe_sent)

    def _failed(self, exc: Exception) -> Verdict:
        """Return the verdict of a run that *exc* ended; once there is a job, with its handle."""
        if self._wait is not None:
            return self._wait.failed(Outcome.UNREACHABLE, foreseen(exc).message)
        return self._inquiry.failed(exc, maybe_sent=self._maybe_sent)


def _advised(busy: Busy, advice: str) -> Busy:
    return Busy(f"{busy.message} {advice}", reason=busy.reason, details=busy.details, label=busy.label)


def _with_preview(verdict: Verdict, preview: Preview) -> Verdict:
    result = verdict.result if preview.needed else preview.result
    return dataclasses.replace(
        verdict, diff=preview.diff, result=result, warnings=(*preview.warnings, *verdict.warnings)
    )
