# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What a vendor supplies: the steps of one operation. The order of the steps belongs to the life cycle."""

from __future__ import annotations

import abc
import dataclasses
import math
import typing as t
from collections.abc import Mapping, Sequence

from .errors import Refused
from .model import Handle, JobState, Observation


@dataclasses.dataclass(frozen=True)
class Timing:
    """The bounds of a wait, all in seconds; the meaning of each is that of the option of the same name."""

    wait_timeout: float
    poll_interval: float
    poll_max_interval: float
    outage_timeout: float


@dataclasses.dataclass(frozen=True)
class Preview:
    """What a submission would do, found out without changing anything.

    *needed* is false where a check shows that there is nothing to do, *message* says so for people. *changes* lists
    who changed what, *diff* has the keys that Ansible's diff mode shows (``before`` and ``after``, or ``prepared``).
    *blocked* is what would refuse the submission now, *warnings* what people should know whatever becomes of it.
    *result* is what is there already where nothing is needed, for the key ``result``.
    """

    needed: bool
    message: str
    changes: Sequence[Mapping[str, t.Any]] = ()
    diff: Mapping[str, str] | None = None
    blocked: Refused | None = None
    warnings: Sequence[str] = ()
    result: t.Any = None


@dataclasses.dataclass(frozen=True)
class NothingToDo:
    """The answer to a submission that found nothing to do; *message* in the vendor's own words."""

    message: str


@dataclasses.dataclass(frozen=True)
class Done:
    """The answer to a submission that was carried out at once: there is no job, and nothing to wait for.

    *message* is for people, *messages* are the vendor's own lines, *result* is what `Operation.collect` returns for a
    job: what was produced, or that as Collected.
    """

    message: str
    messages: tuple[str, ...] = ()
    result: t.Any = None


@dataclasses.dataclass(frozen=True)
class Collected:
    """What a job produced, where collecting it may itself change something: a file is written.

    *changed* says whether it did, and decides what the task reports of a success; *result* is for the key ``result``.
    """

    result: t.Any
    changed: bool


def _nobody(_text: str) -> None:
    return None


@dataclasses.dataclass(frozen=True)
class Transfer:
    """What a step that moves much data has to heed, as nobody can look at the clock for it.

    It comes to its end by *until* (monotonic seconds), and says now and then with *tell* how far it is, which raises
    Interrupted where nobody waits for it any more.
    """

    until: float = math.inf
    tell: t.Callable[[str], None] = _nobody


class Operation(abc.ABC):
    """One kind of long-running work on one endpoint, as far as a handle alone goes: look, collect, cancel.

    Every method may raise the errors of this package and no others.
    """

    name: t.ClassVar[str]
    """Such as ``panos.commit``."""

    timing: t.ClassVar[Timing]
    """What holds where the task does not say otherwise."""

    words: t.ClassVar[Mapping[str, JobState]]
    """The vendor's words for a state. A word that is not in the table is `unknown`."""

    missing_grace: t.ClassVar[float] = 0.0
    """Seconds after the submission in which the other side may not know the job yet."""

    changes_device: t.ClassVar[bool] = True
    """Whether a success changes anything."""

    can_cancel: t.ClassVar[bool] = False

    retry_after: float | None = None
    """Seconds for which the answer to the submission asks to leave the job alone, None where it does not."""

    took_before: Sequence[float] = ()
    """Seconds that jobs of this kind took lately, newest first, as far as lists tell that are read anyway."""

    transfer: Transfer = Transfer()
    """What holds for `submit` and `collect`; who runs the operation sets it."""

    @property
    @abc.abstractmethod
    def endpoint(self) -> str:
        """The base address that this operation talks to, as it stands in handles: ``https://host:port``."""

    def limit(self, until: float | None) -> None:
        """Let no request go on past *until* (monotonic seconds, None: no such limit). Looks have their own."""
        return

    @abc.abstractmethod
    def observe(self, handle: Handle, *, within: float) -> Observation:
        """Look at the job once, for at most *within* seconds.

        Raises JobMissing, JobReplaced, Denied, NoAnswer.
        """

    def glance(self, handle: Handle, *, within: float) -> Observation:
        """Look at the job as `observe` does, but take nothing from it: for check mode, and where nobody waits.

        Only for operations whose looks take the job's product piece by piece.
        """
        return self.observe(handle, within=within)

    def destination(self, handle: Handle | None) -> str | None:
        """Return the file that a success is written to, None where none is; *handle* is None before there is a job.

        Where there is one, `collect` returns Collected and is not called in check mode.
        """
        return None

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        """Return what the job produced, for the key ``result``, or that as Collected.

        Called once the job has succeeded; repeatable.
        """
        return dict(last.facts) or None

    def shown(self, last: Observation) -> t.Any:
        """Return what there is to show of a job that has not succeeded, for the key ``result``; asks nothing."""
        return None

    def clean_up_here(self) -> None:
        """Let go of what was held from one look to the next, such as a file half written. Called whenever a wait ends.

        It asks the other side nothing. A later look starts anew.
        """
        return

    def had_effect(self, last: Observation) -> bool:
        """Return whether the job, which has succeeded, changed anything."""
        return True

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        """Check that the job had its effect: return warnings, or raise EffectMissing."""
        return ()

    def clean_up_there(self, handle: Handle | None) -> Sequence[str]:
        """Give back what was taken for the job beside it, such as a lock; return warnings about what could not be.

        Called once at the end of each run, whatever it was, but for one that leaves the job to whoever waits for it.
        *handle* is None where there is no job.
        """
        return ()

    def cancel(self, handle: Handle) -> None:
        """Ask the other side to stop the job. Raises Refused where it does not (or the vendor cannot)."""
        raise Refused(f"{self.name} jobs cannot be canceled through the API.", reason="rejected")


class Submission(Operation):
    """An operation with all that is needed to start a job. One instance is one intent: it starts one job."""

    runs_in_check_mode: t.ClassVar[bool] = False
    """Whether check mode, too, submits it and waits for it, because it is nothing but a question."""

    can_be_found: t.ClassVar[bool] = True
    """Whether the other side shows its jobs, so that one whose handle was lost can be found again."""

    started: Handle | None = None
    """The job that `submit` has started, once its id is known, where something else is asked before it returns."""

    @abc.abstractmethod
    def preview(self, *, want_diff: bool) -> Preview:
        """Find out what a submission would do, without changing anything."""

    def still_needed(self) -> bool:
        """Return whether there is something to do although an equivalent job of before has just succeeded."""
        return self.preview(want_diff=False).needed

    def named(self) -> Handle | None:
        """Return the handle of the job that the options name by its id, None where they name none.

        As with a handle, nothing is submitted then.
        """
        return None

    def find_equivalent(self) -> Handle | None:
        """Return the handle of a job in flight that does what this one would do and is ours, None if there is none."""
        return None

    @property
    def in_doubt(self) -> bool:
        """Whether the job that `find_equivalent` gave may have been over long since, which the looks at it will tell.

        As long as that is so, it is looked at even where nobody waits: otherwise what was asked for may never be done.
        """
        return False

    @abc.abstractmethod
    def submit(self) -> Handle | NothingToDo | Done:
        """Start the job: one request, never repeated here. Done where the other side works without a job.

        Raises Refused, Busy, Denied, or NoAnswer whose *sent* says whether it may have taken effect.
        """

    @abc.abstractmethod
    def recover(self) -> Handle | None:
        """After a lost answer: return the handle of the job that this intent started, None if it started none.

        Raises Undecidable where it cannot be told.
        """
