# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Commit the candidate configuration, or validate it."""

from __future__ import annotations

import contextlib
import re
import secrets
import typing as t

from ..._jobs.errors import Busy, JobError, NoAnswer, Refused, Undecidable
from ..._jobs.model import Handle
from ..._jobs.operation import NothingToDo, Preview, Timing
from .changes import changes_by, config_diff, pending, pending_changes, who_changed_what
from .job import IN_FLIGHT, Landmark, PanosJob, running_jobs, same_user
from .locks import locked_error, locks_in_the_way, named_locks, read_locks
from .options import INTENT_LENGTH, NONCE_LENGTH, CommitOptions

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..._transport.xml import Element
    from .client import PanosClient
    from .records import JobRecord
    from .replies import Reply

# A commit takes 20 s on a small firewall and 10 min on a large Panorama, and may wait in a queue of ten: users of
# other tools ran into their 20 min. Polling faster than every 2 s slows the job down (a comment in pango). A commit may
# restart the management plane, which comes back within minutes.
_TIMING = Timing(wait_timeout=1800, poll_interval=2, poll_max_interval=15, outage_timeout=600)

_TOKEN = re.compile(rf"\[nj:([0-9a-f]{{{INTENT_LENGTH}}}-[0-9a-f]{{{NONCE_LENGTH}}})\]")


class _CandidateJob(PanosJob):
    """A job about the candidate configuration. *options* are only needed to submit one."""

    timing: t.ClassVar[Timing] = _TIMING

    def __init__(self, client: PanosClient, options: CommitOptions | None = None) -> None:
        super().__init__(client)
        self.options = options or CommitOptions()
        self._landmark: Landmark | None = None
        self._in_the_way: list[dict[str, t.Any]] = []

    def _remember(self, records: Sequence[JobRecord]) -> None:
        self._landmark = Landmark.of(records)

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
        try:
            reply = send()
        except Busy as exc:
            raise self._busy(exc) from exc
        except Refused as exc:
            if exc.reason != "locked":
                raise
            raise locked_error(exc.message, read_locks(self.client)) from exc
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

    def _busy(self, refusal: Busy) -> Busy:
        # At the end of wait_timeout there is no time left to look: what the refusal before showed is named.
        with contextlib.suppress(JobError):
            self._in_the_way = running_jobs(self.all_jobs())
        running = self._in_the_way
        if not running:
            return refusal
        named = "; ".join(_named(job) for job in running)
        return Busy(f"{refusal.message} Running now: {named}.", details={"jobs": running}, label=refusal.label)


def _named(job: Mapping[str, t.Any]) -> str:
    progress = "" if job["progress"] is None else f" {job['progress']:.0f} %"
    by = f" by {job['user']}" if job["user"] else ""
    return f"{job['type']} job {job['id']}{by}, {job['state']}{progress}"


class Commit(_CandidateJob):
    """Commit the candidate configuration, or a part of it.

    The description carries a token: the intent, which equal options share, and the nonce, which is this instance's.
    It is the only thing that PAN-OS gives back of a submission. *inspect* makes the preview read who changed what and
    which locks are in the way.
    """

    name: t.ClassVar[str] = "panos.commit"
    job_type: t.ClassVar[str] = "Commit"

    def __init__(
        self,
        client: PanosClient,
        options: CommitOptions | None = None,
        *,
        inspect: bool = False,
        nonce: str | None = None,
    ) -> None:
        super().__init__(client, options)
        self._inspect = inspect
        self._intent = self.options.intent(client.target)
        self._token = f"{self._intent}-{nonce or secrets.token_hex(NONCE_LENGTH // 2)}"

    @property
    def description(self) -> str:
        """What the device is given: the user's text and the token."""
        return f"{self.options.description or ''} [nj:{self._token}]".strip()

    def preview(self, *, want_diff: bool) -> Preview:
        if not self.options.force and pending(self.client) is False:
            return Preview(needed=False, message=f"{self.endpoint} has no pending changes.")
        wanted_list = self._inspect or want_diff or self.options.admins
        changes = (pending_changes(self.client) if wanted_list else None) or []
        if self.options.admins and changes:
            wanted = changes_by(changes, self.options.admins)
            if not wanted:
                owners = ", ".join(sorted({str(change["admin"]) for change in changes}))
                names = ", ".join(self.options.admins)
                return Preview(
                    needed=False, message=f"{self.endpoint} has no pending changes by {names}, only by {owners}."
                )
            changes = wanted
        text = (config_diff(self.client) or who_changed_what(changes)) if want_diff else None
        message = _to_commit(changes, force=self.options.force)
        blocked = None
        locks = locks_in_the_way(self.client, self.options.vsys) if self._inspect else []
        if locks and self.client.user:
            blocked = locked_error(f"{self.endpoint} is locked.", locks)
        elif locks:
            message += f" Held now: {named_locks(locks)}. It would be refused, unless the API key is its owner's."
        return Preview(
            needed=True,
            message=message,
            changes=changes,
            diff={"prepared": text} if text else None,
            blocked=blocked,
        )

    def find_equivalent(self) -> Handle | None:
        records = self.all_jobs()
        self._remember(records)
        for record in records:
            if record.type != self.job_type or self.state_of(record) not in IN_FLIGHT or not record.id:
                continue
            token = next((found for found in _TOKEN.findall(record.description) if self._is_equal(found)), "")
            if token:
                return self.handle_of(record.id, token=token, record=record)
        return None

    def _is_equal(self, token: str) -> bool:
        return token.startswith(f"{self._intent}-")

    def submit(self) -> Handle | NothingToDo:
        self._remember_before_submit()
        # The documented form of a partial commit has the action; pan-os-python leaves it out and works for its users.
        action = "partial" if self.options.partial else None
        body = self.options.commit_node(self.description)
        accepted = self._accepted(lambda: self.client.commit(body, action=action))
        if isinstance(accepted, NothingToDo):
            return accepted
        return self.handle_of(accepted, token=self._token)

    def recover(self) -> Handle | None:
        records = self.all_jobs()
        for record in records:
            if record.id and self._token in record.description:
                return self.handle_of(record.id, token=self._token, record=record)
        if self._landmark is None or not self._landmark.stands_in(records):
            raise Undecidable(
                f"The answer to the commit was lost, and the job list of {self.endpoint} was emptied or has started "
                "anew since, so that it cannot tell whether the commit ran. Look whether changes are still pending "
                f"(check pending-changes) and for [nj:{self._token}] in the audit log, then commit again if needed.",
                label="lost",
            )
        self._remember(records)
        return None

    def still_needed(self) -> bool:
        # A forced commit was wanted for its own sake, and the one before was one.
        return not self.options.force and super().still_needed()


def _to_commit(changes: Sequence[Mapping[str, t.Any]], *, force: bool) -> str:
    if changes:
        owners = ", ".join(sorted({str(change["admin"]) for change in changes}))
        return f"{len(changes)} pending change{'s' if len(changes) > 1 else ''} by {owners} would be committed."
    return "The whole configuration would be committed again." if force else "Pending changes would be committed."


class Validate(_CandidateJob):
    """Validate the candidate configuration; nothing on the device changes, so a second run is harmless."""

    name: t.ClassVar[str] = "panos.validate"
    job_type: t.ClassVar[str] = "Validate"
    changes_device: t.ClassVar[bool] = False

    def preview(self, *, want_diff: bool) -> Preview:
        return Preview(needed=True, message="The candidate configuration would be validated.")

    def submit(self) -> Handle | NothingToDo:
        self._remember_before_submit()
        body: Element = self.options.validate_node()
        accepted = self._accepted(lambda: self.client.op(body, write=True))
        if isinstance(accepted, NothingToDo):
            return accepted
        handle = self.handle_of(accepted)
        try:
            # A validation has no description: only when it was enqueued tells it from a later job with its id.
            record = self._look(handle)
        except JobError:
            return handle
        return self.handle_of(accepted, record=record)

    def recover(self) -> Handle | None:
        user = self.client.user
        if not user:
            # A newer validation may be anybody's. To validate again is harmless.
            return None
        since = self._landmark.number if self._landmark else 0
        for record in self.all_jobs():
            ours = not record.user or same_user(record.user, user)
            if record.type == self.job_type and record.number > since and ours:
                return self.handle_of(record.id, record=record)
        return None
