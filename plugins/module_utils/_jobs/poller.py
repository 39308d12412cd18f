# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The poller: decides when to look next and when the wait is over. It never sleeps, reads a clock or does I/O.

It is told what was seen, or what went wrong, and at what time; it answers with the time of the next poll or with the
end. Times are seconds of one monotonic clock. Three policies are kept apart: the pace (how often), the outage (how long
without an answer) and the deadline (how long at all).
"""

from __future__ import annotations

import dataclasses
import math
import sys
import typing as t
from collections import Counter

from .errors import BadInput, Denied, JobError, JobMissing, JobReplaced, NoAnswer
from .model import JobState, Observation, Outcome, Polling, in_one_line
from .operation import Timing
from .pace import Durations, growing

GROWTH = 1.5
"""Each interval is at most this many times the one before, up to poll_max_interval."""

RETRY_AFTER_MAX = 120.0
"""Seconds. A longer Retry-After is cut to this: it speaks of the server's health, the job may be done much sooner."""

LAST_POLL_MARGIN = 2.0
"""Seconds before the deadline at which the last poll starts, so that its answer still counts."""

DENIED_GRACE = 60.0
"""Seconds after an outage in which a refused login is still put down to the restart (PAN-OS trap 22)."""


LABELS = 24
"""Different things that a wait counts by name. Further percentages are counted by the vendor's word alone, so that a
wait of hours for thousands of jobs takes no more memory than a short one."""


@dataclasses.dataclass(frozen=True)
class PollAt:
    """Look at the job again at this time, not earlier."""

    at: float


@dataclasses.dataclass(frozen=True)
class Ended:
    """The wait is over; *reason* says why, for the message to the user."""

    outcome: Outcome
    reason: str


Step = t.Union[PollAt, Ended]

_OUTCOMES = {
    JobState.SUCCEEDED: Outcome.SUCCEEDED,
    JobState.FAILED: Outcome.FAILED,
    JobState.CANCELED: Outcome.CANCELED,
}


class Poller:
    """The state of one wait.

    :arg timing: the bounds, in seconds.
    :arg started: when the wait began; the deadline is *started* + ``wait_timeout``.
    :arg uniform: draws a number between two bounds, as ``random.uniform`` does.
    :arg missing_until: up to when an unknown job is not lost yet.
    :arg durations: how long such jobs take, as far as known; what is seen of this one is added.
    :arg submitted: when the job was submitted, None where that is not known.
    """

    def __init__(
        self,
        timing: Timing,
        *,
        started: float,
        uniform: t.Callable[[float, float], float],
        missing_until: float = -math.inf,
        durations: Durations | None = None,
        submitted: float | None = None,
    ) -> None:
        self._timing = timing
        self._durations = durations or Durations()
        self._submitted = submitted
        self._running_at: float | None = None
        self._uniform = uniform
        self._missing_until = missing_until
        self.extend(started + timing.wait_timeout, timing.wait_timeout)
        self._interval = timing.poll_interval
        self._anchor: tuple[float, float] | None = None
        self._furthest = 0.0
        self._outage_began: float | None = None
        self._outage_interval = timing.poll_interval
        self._outage_ended: float | None = None
        self._outages = 0
        self._outage_seconds = 0.0
        self._observed: Counter[str] = Counter()
        self._polls = 0
        self.last: Observation | None = None
        self.last_error: JobError | None = None

    @property
    def in_outage(self) -> bool:
        return self._outage_began is not None

    def extend(self, deadline: float, seconds: float) -> None:
        """Let the wait go on until *deadline*, which is *seconds* from its beginning."""
        self.deadline = deadline
        self._allowed = seconds
        self._last_slot = deadline - min(LAST_POLL_MARGIN, seconds / 10)

    def polling(self, now: float) -> Polling:
        """Return the account of the wait so far; an outage that still lasts counts up to *now*."""
        running = now - self._outage_began if self._outage_began is not None else 0.0
        return Polling(
            polls=self._polls,
            outages=self._outages,
            outage_seconds=self._outage_seconds + running,
            observed=dict(self._observed),
        )

    def first(self, now: float, *, fresh: bool, retry_after: float | None = None) -> PollAt:
        """Return when to look for the first time: at once, but for a *fresh* job only after one interval.

        *retry_after* is what the answer to the submission asked for, in seconds.
        """
        if not fresh:
            if self._submitted is not None:
                # As if it had been waited for all the time; and looks at many jobs of different ages come apart.
                self._interval = growing(
                    now - self._submitted, self._timing.poll_interval, self._timing.poll_max_interval
                )
            return PollAt(now)
        self._running_at = now
        pause = max(self._jittered(self._timing.poll_interval), min(retry_after or 0.0, RETRY_AFTER_MAX))
        return PollAt(max(now, min(now + pause, self._last_slot)))

    def observed(self, now: float, observation: Observation) -> Step:
        """Take in the answer to a poll, which arrived at *now*."""
        self._polls += 1
        # The jobs of a fleet share their names: thousands have seen the same percentages.
        label = sys.intern(str(observation.label))
        known = label in self._observed or len(self._observed) < LABELS
        self._observed[label if known else observation.vendor_state] += 1
        self.answered(now)
        self.last = observation
        self._learn(now, ended=observation.state.ended)
        if observation.state.ended:
            return Ended(_OUTCOMES[observation.state], in_one_line(observation.messages))
        if observation.again:
            self._interval, self._anchor = self._timing.poll_interval, None
            return self._next(now, now)
        if observation.retry_after is not None:
            return self._obey(now, observation.retry_after)
        return self._next(now, now + self._pause(now, observation))

    def answered(self, now: float) -> None:
        """Take in that the other side answers, whatever it said: an outage, if there was one, is over."""
        if self._outage_began is not None:
            self._outage_seconds += now - self._outage_began
            self._outage_ended, self._outage_began = now, None
            self._outage_interval = self._timing.poll_interval

    def expired(self, now: float) -> Ended | None:
        """Return the end of a wait whose deadline has passed with the job looked at, None while there is time."""
        return Ended(Outcome.TIMED_OUT, self._timed_out()) if now >= self.deadline and self._polls else None

    def failed(self, asked: float, now: float, error: JobError) -> Step:
        """Take in that the poll sent at *asked* brought no verdict, as *error* told at *now*."""
        self._polls += 1
        self._observed[error.label] += 1
        self.last_error = error
        if isinstance(error, JobReplaced):
            return Ended(Outcome.LOST, error.message)
        if isinstance(error, JobMissing):
            self.answered(now)
            if now >= self._missing_until:
                return Ended(Outcome.LOST, error.message)
            return self._next(now, now + self._jittered(self._timing.poll_interval))
        if isinstance(error, Denied) and not self._outage_was_just_seen(now):
            return Ended(Outcome.UNREACHABLE, error.message)
        if isinstance(error, NoAnswer) and not error.heals and self._never_answered(error):
            return Ended(Outcome.UNREACHABLE, error.message)
        if isinstance(error, BadInput):
            # Trouble on this side: a file that cannot be written. The other side cannot mend it.
            return Ended(Outcome.UNREACHABLE, error.message)
        # Anything else is no answer about the job, whatever it says: it never fails the job, only an outage can.
        return self._outage(asked, now, error)

    def _never_answered(self, error: NoAnswer) -> bool:
        # The submission of a job may have been answered, of which this poller was not told.
        return self.last is None and self._outage_ended is None and not error.server_spoke

    def _outage_was_just_seen(self, now: float) -> bool:
        if self._outage_began is not None:
            return True
        return self._outage_ended is not None and now - self._outage_ended < DENIED_GRACE

    def _outage(self, asked: float, now: float, error: JobError) -> Step:
        if self._outage_began is None:
            self._outage_began = asked
            self._outages += 1
        end = self._outage_began + self._timing.outage_timeout
        if now >= end:
            return Ended(
                Outcome.UNREACHABLE,
                f"no answer about the job for {now - self._outage_began:.0f} s "
                f"(outage_timeout is {self._timing.outage_timeout:g} s); the last try said: {error.message}",
            )
        retry_after = error.retry_after if isinstance(error, NoAnswer) else None
        if retry_after is not None:
            return self._obey(now, retry_after)
        interval = self._outage_interval
        self._outage_interval = min(interval * GROWTH, self._timing.poll_max_interval)
        # The last try falls on the end of the tolerance: an outage that is over by then has not ended the wait.
        at = min(now + self._jittered(interval), end)
        return self._next(now, max(at, now + self._timing.poll_interval))

    def _obey(self, now: float, retry_after: float) -> Step:
        pause = min(retry_after, RETRY_AFTER_MAX)
        step = self._next(now, now + max(pause, self._timing.poll_interval), earliest=now + pause)
        if isinstance(step, Ended):
            return Ended(
                step.outcome, f"{step.reason}; the other side asked not to be asked again for {retry_after:.0f} s"
            )
        return step

    def _pause(self, now: float, observation: Observation) -> float:
        """Return the seconds to the next poll: by prediction where progress tells, else growing."""
        remaining = self._remaining(now, observation)
        if remaining is not None:
            # Three quarters of the way: a right prediction costs two more polls, a wrong one little time.
            return max(self._timing.poll_interval, min(remaining * 0.75, self._timing.poll_max_interval))
        if self._submitted is not None and self._durations.known:
            bounds = {"shortest": self._timing.poll_interval, "longest": self._timing.poll_max_interval}
            return self._jittered(self._durations.next_look(now - self._submitted, **bounds))
        pause = self._jittered(self._interval)
        self._interval = min(self._interval * GROWTH, self._timing.poll_max_interval)
        return pause

    def _learn(self, now: float, *, ended: bool) -> None:
        """Let other waits know how long this job has run. When it ended is known only if it was seen shortly before."""
        if self._submitted is None:
            return
        before, self._running_at = self._running_at, now
        since = 0.0 if before is None else before - self._submitted
        age = now - self._submitted
        if not ended:
            self._durations.ran(since, age)
        elif before is not None and now - before <= 2 * self._timing.poll_max_interval:
            self._durations.ran(since, (since + age) / 2, ended=True)

    def _remaining(self, now: float, observation: Observation) -> float | None:
        """Return the seconds that the job still needs by its progress, None where that cannot be told."""
        progress = observation.progress
        if progress is None or observation.state is not JobState.RUNNING:
            self._anchor = None
            return None
        if self._anchor is None or progress < self._anchor[1]:
            self._anchor = (now, progress)
            self._furthest = progress
            return None
        if progress <= self._furthest:
            # It stands still: what it did before predicts nothing.
            return None
        self._furthest = progress
        began, first = self._anchor
        return (100.0 - progress) * (now - began) / (progress - first)

    def _jittered(self, interval: float) -> float:
        """Return a pause between half of *interval* and all of it, never below the least that is allowed."""
        least = self._timing.poll_interval
        return max(least, self._uniform(max(least, interval / 2), max(least, interval)))

    def _next(self, now: float, wanted: float, *, earliest: float | None = None) -> Step:
        """Return the next poll, moved so that the last one falls just before the deadline, or the end.

        That last poll alone may come sooner than poll_interval after the one before, yet never before *earliest*.
        """
        if wanted + self._timing.poll_interval <= self._last_slot:
            return PollAt(wanted)
        if self._last_slot > now and (earliest is None or earliest <= self._last_slot):
            return PollAt(self._last_slot)
        return Ended(Outcome.TIMED_OUT, self._timed_out())

    def _timed_out(self) -> str:
        seen = f"last seen as {self.last.label}" if self.last is not None else "its state was never seen"
        text = f"no verdict within wait_timeout ({self._allowed:g} s), {seen}"
        if self.in_outage and self.last_error is not None:
            text += f"; the last poll brought no answer: {self.last_error.message}"
        return text
