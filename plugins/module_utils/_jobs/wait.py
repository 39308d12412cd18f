# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""One job being waited for: asks the operation, tells the poller, and turns the end into a verdict."""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import Denied, EffectMissing, JobError, JobMissing, NoAnswer, Refused
from .model import Handle, Job, JobState, Observation, Outcome, Target, Verdict, utc_text
from .operation import Operation, Timing
from .poller import Ended, PollAt, Poller, Step
from .world import World

T = t.TypeVar("T")

LEAST_WITHIN = 5.0
"""Seconds that a single request may take even when the deadline is nearer: a slow answer still is an answer."""

CANCEL_TIMEOUT = 60.0
"""Seconds to wait for the end of a job after it was asked to stop."""

MAY_STILL_RUN = "The job may still run: pass job.handle of this result as the option handle to wait for it again."


def patiently(ask: t.Callable[[], T], poller: Poller, world: World, *, first_contact: bool = False) -> T:
    """Return what *ask* returns, asking again as the outage policy of *poller* allows.

    With *first_contact* an address at which nothing answers at all is an error at once: it is more likely a wrong
    option than an outage. Raises what *ask* raises once patience ends.
    """
    while True:
        asked = world.clock()
        try:
            return ask()
        except (NoAnswer, Denied) as exc:
            step = poller.failed(asked, world.clock(), exc)
            wrong_address = first_contact and isinstance(exc, NoAnswer) and not exc.server_spoke
            if wrong_address or isinstance(step, Ended):
                raise
            world.sleep_until(step.at)


class Wait:
    """The wait for one job.

    :arg started: monotonic time from which ``wait_timeout`` counts, now where None.
    :arg submitted: this task started the job; it decides ``changed`` when the job does not succeed.
    :arg adopted: this task found the job in flight.
    """

    def __init__(
        self,
        operation: Operation,
        handle: Handle,
        timing: Timing,
        world: World,
        *,
        started: float | None = None,
        submitted: bool = False,
        adopted: bool = False,
    ) -> None:
        now = world.clock()
        self.operation = operation
        self.handle = handle
        self._timing = timing
        self._world = world
        self._submitted = submitted
        self._adopted = adopted
        self._began = now
        self._seen_unfinished = submitted
        self._finished_at: str | None = None
        self._warned_words: set[str] = set()
        self._warnings: list[str] = []
        self._poller = Poller(
            timing,
            started=now if started is None else started,
            uniform=world.uniform,
            missing_grace=operation.missing_grace,
        )

    def first(self) -> PollAt:
        return self._poller.first(self._world.clock(), fresh=self._submitted)

    def poll(self) -> Step:
        """Look once. An error of the look never leaves here, however unexpected: the handle must not be lost."""
        world, poller = self._world, self._poller
        asked = world.clock()
        try:
            seen = self.operation.observe(self.handle, within=max(poller.deadline - asked, LEAST_WITHIN))
        except JobError as exc:
            return self._no_verdict(asked, exc)
        except Exception as exc:  # pylint: disable=broad-exception-caught
            return self._no_verdict(asked, unexpected(exc))
        self.handle = self.handle.with_fingerprint(seen.fingerprint)
        self._seen_unfinished = self._seen_unfinished or not seen.state.ended
        if seen.state is JobState.UNKNOWN and seen.vendor_state not in self._warned_words:
            self._warned_words.add(seen.vendor_state)
            self._warnings.append(
                f"{self.operation.name}: the state {seen.vendor_state!r} is not known here; the wait goes on. "
                "Please report it to the maintainers of netops.jobs."
            )
        step = poller.observed(world.clock(), seen)
        if isinstance(step, Ended) and seen.state.ended:
            self._finished_at = utc_text(world.wall())
        world.tell("observed", self.operation.name, handle=self.handle, observation=seen)
        return step

    def run(self) -> Verdict:
        """Wait to the end and return the verdict. Raises Interrupted with nothing but the job left behind."""
        step: Step = self.first()
        while isinstance(step, PollAt):
            self._world.sleep_until(step.at)
            step = self.poll()
        return self.conclude(step)

    def look(self) -> Verdict:
        """Look once, patiently, and return what there is to say: the verdict, or outcome ``running``."""
        step = self.poll()
        while isinstance(step, PollAt) and self._poller.last is None:
            self._world.sleep_until(step.at)
            step = self.poll()
        return self.conclude(step) if isinstance(step, Ended) else self.left("not waited for")

    def left(self, why: str) -> Verdict:
        """Return the verdict of a job that is left to itself without a failure: outcome ``running``."""
        return self._verdict(
            Outcome.RUNNING, f"{self._name()} is {self._state_text()}, {why}.", changed=self._submitted
        )

    def interrupted(self, why: str) -> Verdict:
        """Return the verdict of a wait that was told to end; the job goes on."""
        return self._verdict(Outcome.TIMED_OUT, f"{self._name()}: {why}. {MAY_STILL_RUN}", changed=self._submitted)

    def conclude(self, ended: Ended) -> Verdict:
        """Return the verdict: collect the result of a success and verify its effect, explain everything else."""
        self._world.tell("ended", self.operation.name, handle=self.handle, text=ended.outcome.value)
        if ended.outcome is not Outcome.SUCCEEDED:
            return self._verdict(ended.outcome, self._explain(ended), changed=self._submitted)
        last = t.cast(Observation, self._poller.last)
        result: t.Any = None
        outcome, message = Outcome.SUCCEEDED, f"{self._name()} succeeded."
        try:
            result = patiently(lambda: self.operation.collect(self.handle, last), self._poller, self._world)
            self._warnings.extend(
                patiently(lambda: self.operation.verify(self.handle, last), self._poller, self._world)
            )
        except EffectMissing as exc:
            outcome, message = Outcome.FAILED, f"{self._name()} ended well, but: {exc.message}"
        except Exception as exc:  # pylint: disable=broad-exception-caught
            exc = exc if isinstance(exc, JobError) else unexpected(exc)
            outcome = Outcome.UNREACHABLE
            message = (
                f"{self._name()} succeeded, but its result could not be fetched: {exc.message} "
                "Pass job.handle of this result as the option handle to fetch it again."
            )
        return self._verdict(outcome, message, changed=self._seen_unfinished, result=result)

    def cancel(self, *, check_mode: bool = False) -> Verdict:
        """Stop the job and return how that ended: ``succeeded``, ``nothing_to_do`` or ``refused``.

        In check mode it is only looked at: ``running`` says that it would be asked to stop.
        A job that has vanished or failed after we asked it to stop was stopped; one that succeeded was faster.
        """
        found = self.look()
        if found.outcome is not Outcome.RUNNING:
            if found.job.state.ended:
                text = f"{self._name()} was over already: {found.job.state.value}."
                return self._verdict(Outcome.NOTHING_TO_DO, text, changed=False)
            return found
        if check_mode:
            return dataclasses.replace(
                found, changed=self.operation.can_cancel, message=f"{found.message} It would be asked to stop."
            )
        self._submitted = True
        try:
            self.operation.cancel(self.handle)
        except Refused as exc:
            return self._verdict(
                Outcome.REFUSED, exc.message, changed=False, refusal={"reason": exc.reason, **exc.details}
            )
        except NoAnswer:
            # Asking again what became of the job is safe, asking twice to stop it is not needed: the next look tells.
            pass
        return self._await_stop()

    def _await_stop(self) -> Verdict:
        timing = Timing(
            CANCEL_TIMEOUT, self._timing.poll_interval, self._timing.poll_max_interval, self._timing.outage_timeout
        )
        rest = Wait(self.operation, self.handle, timing, self._world)
        step: Step = rest.first()
        while isinstance(step, PollAt):
            self._world.sleep_until(step.at)
            step = rest.poll()
        self._poller.last = rest._poller.last or self._poller.last
        if isinstance(rest._poller.last_error, JobMissing) or step.outcome in (Outcome.FAILED, Outcome.CANCELED):
            self._poller.last = _as_canceled(self._poller.last)
            return self._verdict(Outcome.SUCCEEDED, f"{self._name()} was canceled.", changed=True)
        if step.outcome is Outcome.SUCCEEDED:
            text = f"{self._name()} succeeded before it could be stopped."
            return self._verdict(Outcome.NOTHING_TO_DO, text, changed=False)
        return self._verdict(
            step.outcome, f"{self._name()} was asked to stop, its end was not seen: {step.reason}", changed=True
        )

    def _no_verdict(self, asked: float, error: JobError) -> Step:
        step = self._poller.failed(asked, self._world.clock(), error)
        self._world.tell("no_answer", self.operation.name, handle=self.handle, error=error)
        return step

    def _name(self) -> str:
        return f"{self.operation.name} job {self.handle.id} on {self.handle.endpoint}"

    def _state_text(self) -> str:
        last = self._poller.last
        return last.label if last is not None else "accepted"

    def _explain(self, ended: Ended) -> str:
        text = f"{self._name()} {_VERBS[ended.outcome]}"
        last = self._poller.last
        broken = [target for target in last.targets if target.state is not JobState.SUCCEEDED] if last else []
        if broken and ended.outcome in (Outcome.FAILED, Outcome.CANCELED):
            text += f" on {len(broken)} of {len(last.targets if last else ())}: " + "; ".join(map(_target_text, broken))
        elif ended.reason:
            text += f": {ended.reason}"
        text = text.rstrip(".") + "."
        return f"{text} {MAY_STILL_RUN}" if ended.outcome in (Outcome.TIMED_OUT, Outcome.UNREACHABLE) else text

    def _verdict(
        self,
        outcome: Outcome,
        message: str,
        *,
        changed: bool,
        result: t.Any = None,
        refusal: dict[str, t.Any] | None = None,
    ) -> Verdict:
        now = self._world.clock()
        last = self._poller.last
        job = Job(
            operation=self.operation.name,
            handle=self.handle,
            state=last.state if last else (JobState.PENDING if self._submitted else JobState.UNKNOWN),
            vendor_state=last.vendor_state if last else "",
            progress=last.progress if last else None,
            adopted=self._adopted,
            submitted_at=self.handle.submitted_at,
            finished_at=self._finished_at,
            elapsed=now - self._began,
            messages=last.messages if last else (),
            warnings=last.warnings if last else (),
            targets=last.targets if last else (),
        )
        return Verdict(
            outcome=outcome,
            message=message,
            changed=changed and self.operation.changes_device,
            job=job,
            polling=self._poller.polling(now),
            result=result,
            refusal=refusal,
            warnings=tuple(self._warnings),
        )


_VERBS = {
    Outcome.FAILED: "failed",
    Outcome.CANCELED: "was canceled",
    Outcome.TIMED_OUT: "timed out",
    Outcome.UNREACHABLE: "cannot be followed",
    Outcome.LOST: "is lost",
}


def _target_text(target: Target) -> str:
    reasons = ", ".join(target.messages) or target.vendor_state or target.state.value
    return f"{target.name} ({reasons})"


def _as_canceled(last: Observation | None) -> Observation:
    seen = last or Observation(state=JobState.CANCELED, vendor_state="")
    return dataclasses.replace(seen, state=JobState.CANCELED)


def unexpected(exc: Exception) -> JobError:
    """Return what an exception that nobody foresaw is told as: a bug of ours must not lose a handle."""
    return JobError(f"unexpected {type(exc).__name__} in netops.jobs: {exc}", label=f"unexpected {type(exc).__name__}")
