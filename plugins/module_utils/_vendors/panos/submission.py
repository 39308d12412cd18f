# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What all submissions of jobs have in common: to send once, to say what is in the way, to find a lost job again."""

from __future__ import annotations

import contextlib
import typing as t

from ..._jobs.errors import Busy, JobError, NoAnswer, Refused, Undecidable
from ..._jobs.model import Handle
from ..._jobs.operation import NothingToDo
from ..._jobs.tokens import marked, new_token, tokens_in
from .job import IN_FLIGHT, Landmark, PanosJob, named_job, running_jobs
from .locks import locked_error, read_locks

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .client import PanosClient
    from .records import JobRecord
    from .replies import Reply


def token_of(record: JobRecord) -> str:
    """Return the token in the description of a job that this collection submitted, an empty text for any other."""
    return next(iter(tokens_in(record.description)), "")


class PanosSubmission(PanosJob):
    """A job that is submitted by one request and whose id is in the answer."""

    def __init__(self, client: PanosClient) -> None:
        super().__init__(client)
        self._landmark: Landmark | None = None
        self._in_the_way: list[dict[str, t.Any]] = []

    def _remember(self, records: Sequence[JobRecord]) -> None:
        self._landmark = Landmark.of(records)
        self.took_before = self._durations(records)

    def _kinds(self) -> Sequence[str]:
        """Return the types of the jobs that are such as this one will be."""
        return (self.job_type, *self.other_types)

    def _durations(self, records: Sequence[JobRecord]) -> list[float]:
        """Return how long jobs of this kind took.

        What took a second or less tells nothing: a push is said to have ended with its submission, where the list does
        not show its devices.
        """
        kinds = self._kinds()
        found = [record.seconds for record in records if record.type and record.type in kinds]
        return [seconds for seconds in found if seconds is not None and seconds > 1]

    def _remember_before_submit(self) -> None:
        """See to it that a lost job can be told from an old one. Raises NoAnswer, of which nothing was sent."""
        if self._landmark is not None:
            return
        try:
            self._remember(self.all_jobs())
        except NoAnswer as exc:
            raise exc.unsent() from exc

    def _accepted(self, send: t.Callable[[], Reply]) -> str | NothingToDo:
        """Return the id of the job that *send* started. Raises what `submit` does, refusals with all that is known."""
        return self._started(self._answered(send))

    def _answered(self, send: t.Callable[[], Reply]) -> Reply:
        try:
            return send()
        except Busy as exc:
            raise self._busy(exc) from exc
        except Refused as exc:
            if exc.reason != "locked":
                raise
            raise locked_error(exc.message, read_locks(self.client)) from exc

    def _started(self, reply: Reply) -> str | NothingToDo:
        if reply.job_id:
            return reply.job_id
        if reply.nothing_to_do:
            return NothingToDo(reply.text)
        raise Refused(
            f"{self.endpoint} answered with success, but started no job and gave no known reason: "
            f"{reply.text or 'no text'}",
            label="no job",
            details={"code": reply.code} if reply.code else {},
        )

    def _enqueued(self, handle_of: t.Callable[[JobRecord | None], Handle]) -> Handle:
        """Return the handle of the job that was just accepted, with when it was enqueued: nothing else tells it from a
        later one with its id.

        *handle_of* makes it of the job's record, and of none where the device does not show it.
        """
        self.started = handle_of(None)
        with contextlib.suppress(JobError):
            self.started = handle_of(self._look(self.started))
        return self.started

    def _busy(self, refusal: Busy) -> Busy:
        # At the end of wait_timeout there is no time left to look: what the refusal before showed is named.
        with contextlib.suppress(JobError):
            self._in_the_way = running_jobs(self.all_jobs())
        running = self._in_the_way
        if not running:
            return refusal
        named = "; ".join(map(named_job, running))
        return Busy(f"{refusal.message} Running now: {named}.", details={"jobs": running}, label=refusal.label)


class DescribedJob(PanosSubmission):
    """A job with a description, which PAN-OS gives back: the one thing that proves whose submission a job is.

    It carries a token: the *intent*, which equal options share, and the *nonce*, which is this instance's. *text* is
    what the user wants to stand there.
    """

    subject: t.ClassVar[str]
    """What to call it in a sentence, such as ``commit``."""

    look_there: t.ClassVar[str]
    """What tells a person whether it took effect."""

    def __init__(self, client: PanosClient, *, intent: str, text: str | None = None, nonce: str | None = None) -> None:
        super().__init__(client)
        self._intent = intent
        self._text = text or ""
        self._token = new_token(intent, nonce)

    @property
    def description(self) -> str:
        """What the device is given: the user's text and the token."""
        return marked(self._text, self._token)

    def find_equivalent(self) -> Handle | None:
        records = self.all_jobs()
        self._remember(records)
        for record in records:
            if record.type not in (self.job_type, *self.other_types):
                continue
            token = next((found for found in tokens_in(record.description) if self._is_equal(found)), "")
            if token and record.id and self._goes_on(record, token):
                return self.handle_of(record.id, token=token, record=record)
        return None

    def _goes_on(self, record: JobRecord, token: str) -> bool:
        """Return whether the job in *record*, of the list and with an equal *token*, is not over."""
        return self.state_of(record) in IN_FLIGHT

    def _is_equal(self, token: str) -> bool:
        return token.startswith(f"{self._intent}-")

    def recover(self) -> Handle | None:
        records = self.all_jobs()
        for record in records:
            if record.id and self._token in record.description:
                return self.handle_of(record.id, token=self._token, record=record)
        if self._landmark is None or not self._landmark.stands_in(records):
            raise Undecidable(
                f"The answer to the {self.subject} was lost, and the job list of {self.endpoint} was emptied or has "
                f"started anew since, so that it cannot tell whether the {self.subject} ran. Look {self.look_there} "
                f"and for [nj:{self._token}] in the audit log, then {self.subject} again if needed.",
                label="lost",
            )
        self._remember(records)
        return None
