# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""One job being waited for: asks the operation, tells the poller, and turns the end into a verdict."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from collections.abc import Sequence

from .errors import Denied, EffectMissing, Interrupted, JobError, JobMissing, JobReplaced, NoAnswer, Refused
from .history import History
from .model import Handle, Job, JobState, Observation, Outcome, Target, Verdict, utc_moment, utc_text
from .operation import Collected, Operation, Timing, Transfer
from .pace import Durations
from .poller import Ended, PollAt, Poller, Step
from .world import World

T = t.TypeVar("T")

LEAST_WITHIN = 5.0
"""Seconds that a single request may take even when the deadline is nearer: a slow answer still is an answer."""

LEAST_COLLECT = 120.0
"""Seconds that fetching the result may take even when the deadline is nearer: to break it off may destroy it."""

CANCEL_TIMEOUT = 60.0
"""Seconds to wait for the end of a job after it was asked to stop."""

TARGETS_NAMED = 20
"""Targets that a message to the user names; all of them are in the result."""

MAY_STILL_RUN = "The job may still run: pass job.handle of this result as the option handle to wait for it again."


CLEAN_UP_TIMEOUT = 30.0
"""Seconds in which an operation has to give back what it had taken for its job."""

LOOK_THERE = "Look on the system whether it took effect before the task is run again without the handle."
HARMLESS = "It changed nothing there: run the task again without the handle."


def patiently(ask: t.Callable[[], T], poller: Poller, world: World, *, name: str, address_is_known: bool = True) -> T:
    """Return what *ask* returns, asking again as the outage policy of *poller* allows.

    Where *address_is_known* is false, an address at which nothing has ever answered is an error at once: it is more
    likely a wrong option than an outage. Raises what *ask* raises once patience ends.
    """
    while True:
        asked = world.clock()
        try:
            answer = ask()
        except (NoAnswer, Denied) as exc:
            step = poller.failed(asked, world.clock(), exc)
            wrong_address = isinstance(exc, NoAnswer) and not exc.server_spoke and not address_is_known
            if wrong_address or isinstance(step, Ended):
                raise
            world.tell("no_answer", name, error=exc)
            world.sleep_until(step.at)
        except JobError:
            poller.answered(world.clock())
            raise
        else:
            poller.answered(world.clock())
            return answer


class Wait:
    """The wait for one job.

    :arg started: monotonic time from which ``wait_timeout`` counts, now where None.
    :arg submitted: this task started the job; it decides ``changed`` when the job does not succeed.
    :arg adopted: this task found the job in flight.
    :arg durations: how long jobs of this kind take, shared by waits that teach one another; the operation's own
        account where None.
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
        durations: Durations | None = None,
    ) -> None:
        now = world.clock()
        self.operation = operation
        self.handle = handle
        self.timing = timing
        self.left_alone = False
        """Whether a look of which nobody hears any more is still under way: it may be taking the result."""
        self._world = world
        self._submitted = submitted
        self._adopted = adopted
        self._began = now
        self._seen_unfinished = submitted or adopted  # what is adopted was in flight when it was found
        self._finished_at: str | None = None
        self._history = History(world.wall(), "submitted" if submitted else "adopted" if adopted else "resumed")
        self._warned_words: set[str] = set()
        self._warnings: list[str] = []
        self._poller = Poller(
            timing,
            started=now if started is None else started,
            uniform=world.uniform,
            missing_until=now + operation.missing_grace,
            durations=durations or Durations(operation.took_before),
            submitted=now if submitted else _when_submitted(handle, world),
        )

    @property
    def in_outage(self) -> bool:
        return self._poller.in_outage

    def first(self) -> PollAt:
        asked = self.operation.retry_after if self._submitted else None
        return self._poller.first(self._world.clock(), fresh=self._submitted, retry_after=asked)

    def poll(self) -> Step:
        """Look once. An error of the look never leaves here, however unexpected: the handle must not be lost."""
        return self._look_by(self.operation.observe)

    def _look_by(self, observe: t.Callable[..., Observation]) -> Step:
        world, poller = self._world, self._poller
        asked = world.clock()
        try:
            seen = observe(self.handle, within=max(poller.deadline - asked, LEAST_WITHIN))
        except Exception as exc:  # pylint: disable=broad-exception-caught
            error = foreseen(exc)
            step = poller.failed(asked, world.clock(), error)
            if poller.in_outage:
                self._note_silence(asked, error)
            elif isinstance(error, JobMissing):
                self._history.answered(world.wall())
            world.tell("no_answer", self.operation.name, handle=self.handle, error=error)
            return step
        self.handle = self.handle.with_fingerprint(seen.fingerprint)
        self._seen_unfinished = self._seen_unfinished or not seen.state.ended
        if seen.state is JobState.UNKNOWN and seen.vendor_state not in self._warned_words:
            self._warned_words.add(seen.vendor_state)
            self._warnings.append(
                f"{self.operation.name}: the state {seen.vendor_state!r} is not known here; the wait goes on. "
                "Please report it to the maintainers of netops.jobs."
            )
        step = poller.observed(world.clock(), seen)
        self._history.seen(world.wall(), seen.state.value, seen.vendor_state)
        if seen.state.ended:
            self._finished_at = utc_text(world.wall())
        world.tell("observed", self.operation.name, handle=self.handle, observation=seen)
        return step

    def expired(self) -> Ended | None:
        """Return the end of a wait whose time is up, None while there is time to look."""
        return self._poller.expired(self._world.clock())

    def run(self, *, cancel_on_timeout: bool = False) -> Verdict:
        """Wait to the end and return the verdict. Raises Interrupted with nothing but the job left behind."""
        ended = self._until_ended(self.first())
        if ended.outcome is Outcome.TIMED_OUT and cancel_on_timeout:
            return self._cancel_after(ended)
        return self.conclude(ended)

    def run_while(self, needed: t.Callable[[], bool]) -> Verdict:
        """Wait only as long as it is *needed*, and leave the job then."""
        step: Step = self.first()
        while isinstance(step, PollAt) and needed():
            self._world.sleep_until(step.at)
            step = self.poll()
        return self.conclude(step) if isinstance(step, Ended) else self.left("not waited for (wait: false)")

    def look(self, *, dry: bool = False) -> Verdict:
        """Look once, patiently, and return what there is to say: the verdict, or outcome ``running``.

        A *dry* look writes no file, and its *changed* is what to expect of a job that has not ended.
        """
        step = self._glance()
        if isinstance(step, Ended):
            return self.conclude(step, dry=dry)
        left = self.left("not waited for")
        return dataclasses.replace(left, changed=expects_change(self.operation, self.handle)) if dry else left

    def left(self, why: str) -> Verdict:
        """Return the verdict of a job that is left to itself without a failure: outcome ``running``."""
        text = f"{self._name()} is {self._state_text()}, {why}."
        return self._verdict(Outcome.RUNNING, text, changed=self._submitted)

    def interrupted(self, why: str) -> Verdict:
        """Return the verdict of a wait that was told to end; the job goes on."""
        return self._verdict(Outcome.TIMED_OUT, f"{self._name()}: {why}. {MAY_STILL_RUN}", changed=self._submitted)

    def failed(self, outcome: Outcome, why: str) -> Verdict:
        """Return the verdict of a wait that something else than the job itself brought to its end."""
        return self._verdict(outcome, f"{self._name()}: {why.rstrip('.')}. {MAY_STILL_RUN}", changed=self._submitted)

    def conclude(self, ended: Ended, *, dry: bool = False) -> Verdict:
        """Return the verdict: collect the result of a success and verify its effect, explain everything else."""
        self._world.tell("ended", self.operation.name, handle=self.handle, text=ended.outcome.value)
        if ended.outcome is not Outcome.SUCCEEDED:
            return self._verdict(ended.outcome, self._explain(ended), changed=self._submitted)
        found: t.Any = None
        note = self._seen().note
        outcome, message = Outcome.SUCCEEDED, f"{self._name()} succeeded{f' ({note})' if note else ''}."
        dest = self.operation.destination(self.handle) if dry else None
        if dest is not None:
            text = f"{message} The result would be written to {dest} (check mode)."
            return dataclasses.replace(self._verdict(outcome, text, changed=False), changed=True)
        until = max(self._poller.deadline, self._world.clock() + LEAST_COLLECT)
        self.operation.transfer = Transfer(until, self._tell)
        try:
            found = self._patiently(lambda: self.operation.collect(self.handle, self._seen()))
            self._warnings.extend(self._patiently(lambda: self.operation.verify(self.handle, self._seen())))
        except EffectMissing as exc:
            outcome, message = Outcome.FAILED, f"{self._name()} ended well, but: {exc.message}"
        except (JobMissing, JobReplaced) as exc:
            outcome, message = Outcome.LOST, f"{self._name()} ended well, but: {exc.message}"
        except Exception as exc:  # pylint: disable=broad-exception-caught
            in_time = self._world.clock() < self._poller.deadline
            outcome = Outcome.UNREACHABLE if in_time else Outcome.TIMED_OUT
            message = (
                f"{self._name()} succeeded, but its result could not be fetched: {foreseen(exc).message} "
                "Pass job.handle of this result as the option handle to fetch it again."
            )
        changed = self._seen_unfinished and self.operation.had_effect(self._seen())
        verdict = with_collected(self._verdict(outcome, message, changed=changed), found)
        if found is not None:
            self._world.tell("collected", self.operation.name, handle=self.handle, result=verdict.result)
        return verdict

    def cancel(self, *, check_mode: bool = False) -> Verdict:
        """Stop the job and return how that ended: ``succeeded``, ``nothing_to_do`` or ``refused``.

        In check mode it is only looked at: ``running`` says that it would be asked to stop.
        """
        step = self._glance()
        if self._seen().state.ended:
            # Its result is not fetched: nobody asked for it, and some are deleted once they were.
            self._world.tell("ended", self.operation.name, handle=self.handle, text=Outcome.NOTHING_TO_DO.value)
            text = f"{self._name()} was over already: {self._seen().state.value}."
            return self._verdict(Outcome.NOTHING_TO_DO, text, changed=False)
        if isinstance(step, Ended):
            return self.conclude(step)
        if check_mode:
            left = self.left("not waited for")
            expected = self.operation.can_cancel and self.operation.changes_device
            return dataclasses.replace(left, changed=expected, message=f"{left.message} It would be asked to stop.")
        return self._stop()

    def _glance(self) -> Step:
        """Look until there is something to say of the job, taking nothing from it."""
        step = self._look_by(self.operation.glance)
        while isinstance(step, PollAt) and self._poller.last is None:
            self._world.sleep_until(step.at)
            step = self._look_by(self.operation.glance)
        return step

    def _until_ended(self, step: Step) -> Ended:
        while isinstance(step, PollAt):
            self._world.sleep_until(step.at)
            step = self.poll()
        return step

    def _cancel_after(self, timed_out: Ended) -> Verdict:
        """Return the verdict of a job that is stopped because its time is up, unless it ended in the meantime."""
        self._more_time()
        found = self.look()
        if found.job.state.ended:
            return found
        if found.outcome is not Outcome.RUNNING:
            return self.conclude(timed_out)
        stopped = self._stop()
        if self._seen().state is JobState.SUCCEEDED:
            # It was faster than the demand to stop.
            return self.conclude(Ended(Outcome.SUCCEEDED, ""))
        text = f"{self._explain(timed_out, advice=False)} on_timeout is cancel: {stopped.message}"
        if stopped.outcome is Outcome.REFUSED:
            text += f" {MAY_STILL_RUN}"
        changed = self._submitted and self.operation.changes_device
        return dataclasses.replace(stopped, outcome=Outcome.TIMED_OUT, message=text, changed=changed, refusal=None)

    def _stop(self) -> Verdict:
        """Ask the other side to stop the job, and see what becomes of it.

        A job that vanishes or fails after it was asked to stop was stopped; one that succeeds was faster.
        """
        self._more_time()
        try:
            self._patiently(self._ask_to_stop)
        except (Refused, Denied) as exc:
            reason = exc.reason if isinstance(exc, Refused) else "denied"
            details = exc.details if isinstance(exc, Refused) else {}
            return self._verdict(Outcome.REFUSED, exc.message, changed=False, refusal={"reason": reason, **details})
        except JobMissing:
            # It vanished between the look and the demand; so says the next look, too.
            pass
        except Exception as exc:  # pylint: disable=broad-exception-caught
            return self.failed(Outcome.UNREACHABLE, foreseen(exc).message)
        ended = self._until_ended(self._poller.first(self._world.clock(), fresh=True))
        vanished = ended.outcome is Outcome.LOST and isinstance(self._poller.last_error, JobMissing)
        if vanished or ended.outcome in (Outcome.FAILED, Outcome.CANCELED):
            self._finished_at = self._finished_at or utc_text(self._world.wall())
            self._poller.last = dataclasses.replace(self._seen(), state=JobState.CANCELED)
            self._history.seen(self._world.wall(), JobState.CANCELED.value, self._seen().vendor_state)
            return self._verdict(Outcome.SUCCEEDED, f"{self._name()} was canceled.", changed=True)
        if ended.outcome is Outcome.SUCCEEDED:
            text = f"{self._name()} succeeded before it could be stopped."
            return self._verdict(Outcome.NOTHING_TO_DO, text, changed=False)
        text = f"{self._name()} was asked to stop, but its end was not seen: {ended.reason}"
        return self._verdict(ended.outcome, text, changed=True)

    def _ask_to_stop(self) -> None:
        try:
            self.operation.cancel(self.handle)
        except NoAnswer as exc:
            if not exc.sent:
                raise
            # It may have been heard. To ask twice is not needed: the looks that follow tell.

    def _tell(self, text: str) -> None:
        self._world.tell("waiting", self.operation.name, handle=self.handle, text=text)

    def _more_time(self) -> None:
        self._poller.extend(self._world.clock() + CANCEL_TIMEOUT, CANCEL_TIMEOUT)

    def _patiently(self, ask: t.Callable[[], T]) -> T:
        def noted() -> T:
            asked = self._world.clock()
            try:
                answer = ask()
            except (NoAnswer, Denied) as exc:
                self._note_silence(asked, exc)
                raise
            self._history.answered(self._world.wall())
            return answer

        return patiently(noted, self._poller, self._world, name=self.operation.name)

    def _note_silence(self, asked: float, error: JobError) -> None:
        """Note that what was asked at *asked* brought no answer."""
        ago = datetime.timedelta(seconds=self._world.clock() - asked)
        self._history.silent(self._world.wall() - ago, error.label)

    def _seen(self) -> Observation:
        return self._poller.last or Observation(state=JobState.UNKNOWN, vendor_state="")

    def _name(self) -> str:
        return f"{self.operation.name} job {self.handle.id} on {self.handle.endpoint}"

    def _state_text(self) -> str:
        last = self._poller.last
        return last.label if last is not None else "accepted"

    def _explain(self, ended: Ended, *, advice: bool = True) -> str:
        text = f"{self._name()} {_VERBS[ended.outcome]}"
        targets = self._seen().targets
        broken = [target for target in targets if target.state is not JobState.SUCCEEDED]
        if broken and ended.outcome in (Outcome.FAILED, Outcome.CANCELED):
            text += f" on {len(broken)} of {len(targets)}: " + _few([_target_text(target) for target in broken], "; ")
        elif ended.reason:
            text += f": {ended.reason}"
        text = text.rstrip(".") + "."
        left_behind = ended.outcome in (Outcome.TIMED_OUT, Outcome.UNREACHABLE)
        waiting = [target.name for target in targets if not target.state.ended]
        if waiting and left_behind:
            text += f" Without a verdict so far: {_few(waiting, ', ')}."
        if ended.outcome is Outcome.LOST:
            return f"{text} {LOOK_THERE if self.operation.changes_device else HARMLESS}"
        return f"{text} {MAY_STILL_RUN}" if left_behind and advice else text

    def _verdict(
        self,
        outcome: Outcome,
        message: str,
        *,
        changed: bool,
        refusal: dict[str, t.Any] | None = None,
    ) -> Verdict:
        self.operation.clean_up_here()
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
            history=self._history.to_list(),
        )
        return Verdict(
            outcome=outcome,
            message=message,
            changed=changed and self.operation.changes_device,
            job=job,
            polling=self._poller.polling(now),
            result=self.operation.shown(last) if last else None,
            refusal=refusal,
            warnings=tuple(self._warnings),
        )


def cleaned_up(operation: Operation, verdict: Verdict, world: World) -> Verdict:
    """Return *verdict*, the end of a run, after *operation* has given back what it had taken for the job."""
    goes_on = verdict.outcome is Outcome.REFUSED and verdict.job.handle is not None  # it could not be stopped
    if verdict.outcome is Outcome.RUNNING or goes_on:
        return verdict
    operation.limit(world.clock() + CLEAN_UP_TIMEOUT)
    try:
        warnings = operation.clean_up_there(verdict.job.handle)
    except (Exception, Interrupted) as exc:  # pylint: disable=broad-exception-caught
        why = str(exc) if isinstance(exc, Interrupted) else foreseen(exc).message
        warnings = (f"{operation.name}: what was taken for the job could not be given back: {why}",)
    return dataclasses.replace(verdict, warnings=(*verdict.warnings, *warnings))


_VERBS = {
    Outcome.FAILED: "failed",
    Outcome.CANCELED: "was canceled",
    Outcome.TIMED_OUT: "timed out",
    Outcome.UNREACHABLE: "cannot be followed",
    Outcome.LOST: "is lost",
}


def _few(texts: Sequence[str], joint: str) -> str:
    """Return *texts* for a message: of a great many targets the first, and the number of the others."""
    more = len(texts) - TARGETS_NAMED
    return joint.join(texts[:TARGETS_NAMED]) + (f"{joint}and {more} more in job.targets" if more > 0 else "")


def _target_text(target: Target) -> str:
    reasons = ", ".join(target.messages) or target.vendor_state or target.state.value
    return f"{target.name} ({reasons})"


def expects_change(operation: Operation, handle: Handle | None) -> bool:
    """Return whether a success is expected to change something, on the device or a file: for check mode."""
    return operation.changes_device or operation.destination(handle) is not None


def with_collected(verdict: Verdict, found: t.Any) -> Verdict:
    """Return *verdict* with what a job produced, and with the change that collecting it made."""
    if isinstance(found, Collected):
        return dataclasses.replace(verdict, result=found.result, changed=found.changed)
    return dataclasses.replace(verdict, result=found)


def _when_submitted(handle: Handle, world: World) -> float | None:
    """Return the monotonic time at which the job was submitted, None where the handle does not tell.

    That is good enough for the pace, where a clock that is wrong costs a few looks or a little delay.
    """
    moment = utc_moment(handle.submitted_at or "")
    if moment is None:
        return None
    age = (world.wall() - moment).total_seconds()
    return world.clock() - age if age >= 0 else None


def foreseen(exc: Exception) -> JobError:
    """Return *exc* as an error of this package: one that nobody foresaw is a bug of ours and must not lose a handle."""
    if isinstance(exc, JobError):
        return exc
    kind = type(exc).__name__
    return JobError(f"unexpected {kind} in netops.jobs: {exc}", label=f"unexpected {kind}")
