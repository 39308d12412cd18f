# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""One task that takes several jobs, one after the other: download, install, restart.

What is to be done next is not remembered but read from the device before each job. So a run that was killed, and a step
that somebody else did meanwhile, need nothing of their own: the next run goes on from what is there.
"""

from __future__ import annotations

import abc
import dataclasses
import typing as t
from collections import Counter

from . import lifecycle
from .errors import Busy, Interrupted
from .inquiry import Inquiry
from .model import Job, JobState, Outcome, Polling, Verdict
from .operation import Submission, Timing
from .wait import CLEAN_UP_TIMEOUT, foreseen

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .lifecycle import Wishes
    from .world import World


ATTEMPTS = 3
"""How often one step is begun whose job gets lost."""


class Step(t.NamedTuple):
    """A job that is needed, and what it is for in a few words, such as ``download 8901-8990``."""

    operation: Submission
    purpose: str
    under_way: bool = False
    """Whether the job is running already, so that it is waited for also where jobs in flight are not to be adopted."""


class Plan(abc.ABC):
    """What a vendor supplies for a task of several jobs.

    Every method may raise the errors of this package and no others.
    """

    name: t.ClassVar[str]
    """Such as ``panos.content_update``. No handle has it: those name the jobs."""

    timing: t.ClassVar[Timing]
    """What holds for the whole task where it does not say otherwise. The steps share its wait_timeout."""

    can_cancel: t.ClassVar[bool] = False
    """Whether the jobs can be stopped when the time is over."""

    repeatable: t.ClassVar[bool] = False
    """Whether a step whose job got lost may be done again: to do it twice does no harm."""

    def limit(self, until: float | None) -> None:
        """Let no request go on past *until* (monotonic seconds, None: no such limit)."""
        return

    @abc.abstractmethod
    def next_step(self) -> Step | None:
        """Return the next job that is needed by what the device says now, None once nothing is left to do."""

    @abc.abstractmethod
    def summary(self) -> str:
        """Return in a sentence how things stand, by the last call of `next_step`: what is there, what is to be done."""

    def diff(self) -> Mapping[str, str] | None:
        """Return what Ansible's diff mode shows, by the last call of `next_step`."""
        return None

    def result(self) -> t.Any:
        """Return what was reached, for the key ``result``, by the last call of `next_step`."""
        return None

    def has_changed(self) -> bool:
        """Return whether what the device says has changed since the first call of `next_step`."""
        return False

    def warnings(self) -> Sequence[str]:
        """Return what people should know whatever becomes of the task, by the last call of `next_step`."""
        return ()

    def takes_what_there_is(self) -> bool:
        """Return whether a device that finds nothing to do in a step may be believed, although it asks for the step."""
        return False

    def finish(self, last: Verdict) -> Verdict:
        """Give back what was taken for all steps, such as a lock, and return *last*, the verdict of the task: another
        one where that taught something about it. Called at the end of each run but in check mode, and once more where
        it is interrupted."""
        return last

    def was_busy(self, failed: Verdict) -> bool:
        """Return whether a job failed only because the device was busy, so that another try may succeed."""
        return False


def run(plan: Plan, wishes: Wishes, world: World) -> Verdict:
    """Take *plan* to its end and return the verdict: that of its last job, with all of them in ``jobs``.

    With ``wait: false`` the first job that is needed is submitted, and the next run goes on from there. Ends with
    outcome ``failed`` where a job that ended well left the same step to be done. Raises BadInput.
    """
    return _Chain(plan, wishes, world).verdict()


class _Chain:
    def __init__(self, plan: Plan, wishes: Wishes, world: World) -> None:
        self._plan = plan
        self._wishes = wishes
        self._world = world
        self._started = world.clock()
        self._inquiry = Inquiry(plan.name, wishes.timing, world, started=self._started, changes_device=True)
        self._done: list[Verdict] = []
        self._lost: Counter[str] = Counter()
        self._warnings: dict[str, None] = {}

    def verdict(self) -> Verdict:
        self._plan.limit(self._inquiry.poller.deadline)
        try:
            last = self._steps()
        except Interrupted as exc:
            last = self._without_job(self._inquiry.interrupted(str(exc)))
        except Exception as exc:  # pylint: disable=broad-exception-caught
            last = self._without_job(self._inquiry.failed(exc))
        together = self._together(last)
        return together if self._wishes.check_mode else self._finished(together)

    def _finished(self, last: Verdict) -> Verdict:
        try:
            return self._finish(last)
        except Interrupted:
            # Whoever interrupts a run wants it to end, not to leave behind what it holds. It comes once.
            return self._finish(last)

    def _finish(self, last: Verdict) -> Verdict:
        self._plan.limit(self._world.clock() + CLEAN_UP_TIMEOUT)
        try:
            return self._plan.finish(last)
        except Exception as exc:  # pylint: disable=broad-exception-caught
            text = f"{self._plan.name}: what was taken for the task could not be given back: {foreseen(exc).message}"
            return dataclasses.replace(last, warnings=(*last.warnings, text))

    def _steps(self) -> Verdict:
        before: tuple[str, Verdict] | None = None
        while True:
            self._plan.limit(self._inquiry.poller.deadline)
            step = self._inquiry.ask(self._next_step)
            self._warnings.update(dict.fromkeys(self._plan.warnings()))
            if step is None:
                return self._reached()
            if before is not None and before[0] == step.purpose and not before[1].job.adopted:
                return self._no_effect(before[1])
            wishes = dataclasses.replace(self._wishes, adopt=self._wishes.adopt or step.under_way)
            verdict = lifecycle.run(step.operation, wishes, self._world, started=self._started)
            if self._wishes.check_mode:
                return self._predicted(verdict)
            before = step.purpose, verdict
            again = self._tries_again(step, verdict)
            if not again and verdict.outcome not in (Outcome.SUCCEEDED, Outcome.NOTHING_TO_DO):
                return verdict
            if verdict.outcome is not Outcome.NOTHING_TO_DO:
                self._done.append(verdict)
            if again:
                before = None
            if verdict.outcome is Outcome.FAILED and not verdict.job.adopted:
                self._world.tell("waiting", self._plan.name, text=verdict.message)
                self._world.sleep(self._wishes.timing.poll_max_interval)

    def _next_step(self) -> Step | None:
        """Return what the plan wants next. A device that is too busy for a question is one to wait for, if asked to."""
        while True:
            try:
                return self._plan.next_step()
            except Busy as exc:
                at = self._world.clock() + self._wishes.timing.poll_max_interval
                if not self._wishes.wait_for_idle or at >= self._inquiry.poller.deadline:
                    raise
                self._world.tell("waiting", self._plan.name, text=exc.message)
                self._world.sleep_until(at)

    def _tries_again(self, step: Step, verdict: Verdict) -> bool:
        """Return whether a step that did not succeed does not end the task."""
        outcome = verdict.outcome
        if outcome in (Outcome.FAILED, Outcome.CANCELED, Outcome.LOST) and verdict.job.adopted:
            return True  # It began before this run, perhaps for something else. What the device says is what counts.
        if outcome is Outcome.LOST and self._plan.repeatable:
            self._lost[step.purpose] += 1
            return self._lost[step.purpose] < ATTEMPTS
        if outcome is not Outcome.FAILED or not self._wishes.wait_for_idle:
            return False
        in_time = self._world.clock() + self._wishes.timing.poll_max_interval < self._inquiry.poller.deadline
        return in_time and self._plan.was_busy(verdict)

    def _reached(self) -> Verdict:
        plan = self._plan
        if self._done:
            last = dataclasses.replace(self._done.pop(), outcome=Outcome.SUCCEEDED)
        else:
            outcome = Outcome.SUCCEEDED if plan.has_changed() else Outcome.NOTHING_TO_DO
            last = self._inquiry.verdict(outcome, "", changed=plan.has_changed())
        diff = plan.diff() if self._wishes.diff and (last.changed or plan.has_changed()) else None
        return dataclasses.replace(last, message=plan.summary(), result=plan.result(), diff=diff)

    def _no_effect(self, last: Verdict) -> Verdict:
        """Return the verdict of a step after which the device wants the same step again.

        One that says that there is nothing to do contradicts its own lists then: what is wanted is not there.
        """
        if last.outcome is Outcome.NOTHING_TO_DO and not self._done and self._plan.takes_what_there_is():
            return dataclasses.replace(
                last, message=f"{last.message} {self._plan.summary()}", result=self._plan.result()
            )
        if self._done and self._done[-1] is last:
            self._done.pop()
        what = "nothing was done" if last.outcome is Outcome.NOTHING_TO_DO else "that had no effect"
        text = f"{last.message.rstrip('.')}, but {what}. {self._plan.summary()}"
        return dataclasses.replace(last, outcome=Outcome.FAILED, message=text, result=None)

    def _predicted(self, verdict: Verdict) -> Verdict:
        diff = self._plan.diff() if self._wishes.diff else None
        if verdict.outcome is not Outcome.SUCCEEDED:
            return verdict
        text = verdict.message
        if not verdict.job.adopted:
            text = f"{self._plan.summary()} (check mode: nothing was submitted)"
        return dataclasses.replace(verdict, message=text, diff=diff, result=self._plan.result())

    def _without_job(self, verdict: Verdict) -> Verdict:
        """Return *verdict* of a question that failed, about the last job if there was one: that one has ended well."""
        if not self._done:
            return verdict
        last = self._done.pop()
        text = f"{last.message} What is left to do could not be found out: {verdict.message}"
        return dataclasses.replace(
            verdict,
            message=text.replace(" Nothing was submitted.", " Run the task again: it goes on from there."),
            changed=last.changed,
            job=last.job,
            polling=verdict.polling.plus(last.polling),
        )

    def _together(self, last: Verdict) -> Verdict:
        polling = Polling()
        for verdict in (*self._done, last):
            polling = polling.plus(verdict.polling)
        jobs = tuple(verdict.job for verdict in (*self._done, last) if _is_job(verdict.job))
        changed = last.changed or any(verdict.changed for verdict in self._done)
        warnings = (
            *self._warnings,
            *(warning for verdict in (*self._done, last) for warning in verdict.warnings),
        )
        return dataclasses.replace(last, changed=changed, polling=polling, jobs=jobs, warnings=warnings)


def _is_job(job: Job) -> bool:
    return job.handle is not None or job.state is not JobState.UNKNOWN
