# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Questions to the other side while there is no job to wait for: asked with patience, and what their failure means."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .errors import BadInput, Denied, Refused, Undecidable
from .model import Job, Outcome, Polling, Verdict
from .operation import Timing
from .poller import Poller
from .wait import T, foreseen, patiently
from .world import World

FINDS_IT = "Run the play again: it finds a job in flight."
FINDS_NOTHING = "It may have been submitted and cannot be found again: look on the system before the play is run again."


class OutOfTime(Exception):
    """wait_timeout has ended before there was a job to wait for."""


class Inquiry:
    """What a run asks before it has a job, inside *timing* counted from *started* (monotonic seconds)."""

    def __init__(
        self,
        name: str,
        timing: Timing,
        world: World,
        *,
        started: float,
        changes_device: bool,
        can_be_found: bool = True,
    ) -> None:
        self._name = name
        self._timing = timing
        self._world = world
        self._started = started
        self._changes_device = changes_device
        self._if_sent = FINDS_IT if can_be_found else FINDS_NOTHING
        self.poller = Poller(timing, started=started, uniform=world.uniform)

    def ask(self, question: t.Callable[[], T]) -> T:
        """Return the answer. Raises what *question* raises once patience ends, and OutOfTime after the deadline."""
        answer = self.patiently(question)
        self.check_time()
        return answer

    def patiently(self, question: t.Callable[[], T]) -> T:
        """Return the answer, however late it comes."""
        return patiently(question, self.poller, self._world, name=self._name, address_is_known=False)

    def tell(self, text: str) -> None:
        """Say how far it is. Raises Interrupted where nobody waits for it any more."""
        self._world.tell("waiting", self._name, text=text)

    def check_time(self) -> None:
        if self._world.clock() >= self.poller.deadline:
            raise OutOfTime

    def polling(self) -> Polling:
        return self.poller.polling(self._world.clock())

    def interrupted(self, why: str, *, maybe_sent: bool = False) -> Verdict:
        hint = self._if_sent if maybe_sent else "Nothing was submitted."
        return self.verdict(Outcome.TIMED_OUT, f"{self._name}: {why}. {hint}", maybe_sent=maybe_sent)

    def failed(self, exc: Exception, *, maybe_sent: bool = False) -> Verdict:
        """Return the verdict of a run that *exc* ended; *maybe_sent*: a submission may have taken effect."""
        nothing = "" if maybe_sent else " Nothing was submitted."
        refusal: Mapping[str, t.Any] | None = None
        if isinstance(exc, Refused):
            outcome, text, refusal = Outcome.REFUSED, exc.message, {"reason": exc.reason, **exc.details}
        elif isinstance(exc, Denied):
            outcome, text, refusal = Outcome.REFUSED, exc.message, {"reason": "denied"}
        elif isinstance(exc, BadInput):
            # Something on this side that only showed now, such as a disk that is full.
            outcome, text, refusal = Outcome.REFUSED, exc.message, {"reason": "bad_input"}
        elif isinstance(exc, Undecidable):
            outcome, text = Outcome.LOST, exc.message
        elif isinstance(exc, OutOfTime):
            seconds = self._timing.wait_timeout
            outcome = Outcome.TIMED_OUT
            text = f"{self._name}: wait_timeout ({seconds:g} s) ended before there was a job." + nothing
        else:
            outcome, text = Outcome.UNREACHABLE, foreseen(exc).message.rstrip(".") + "." + nothing
        return self.verdict(outcome, text, maybe_sent=maybe_sent, refusal=refusal)

    def verdict(
        self,
        outcome: Outcome,
        message: str,
        *,
        changed: bool = False,
        maybe_sent: bool = False,
        refusal: Mapping[str, t.Any] | None = None,
    ) -> Verdict:
        """Return the verdict of a run without a job."""
        changed = changed or (maybe_sent and outcome.is_failure)
        return Verdict(
            outcome=outcome,
            message=message,
            changed=changed and self._changes_device,
            job=Job(operation=self._name, elapsed=self._world.clock() - self._started),
            polling=self.polling(),
            refusal=refusal,
        )
