# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Commit the candidate configuration, or validate it."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, Busy, JobError, NoAnswer, Refused
from ..._jobs.operation import NothingToDo, Preview, Timing
from ..._jobs.tokens import tokens_in
from .changes import changes_by, config_diff, pending, pending_changes, who_changed_what
from .client import open_client
from .job import same_user
from .locks import (
    COMMIT,
    SHARED,
    foreseen_refusal,
    is_ours,
    list_locks,
    locked_error,
    read_locks,
    release_lock,
    take_lock,
)
from .options import EXCLUDES, SCOPES, CommitOptions
from .submission import DescribedJob, PanosSubmission

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..._jobs.model import Handle
    from ..._jobs.operation import Submission
    from ..._transport.xml import Element
    from .client import PanosClient
    from .records import JobRecord

_LOCK = "commit_lock"
"""The option of a handle that says that a commit lock is held for its job: the token in the comment of the lock."""

# A commit takes 20 s on a small firewall and 10 min on a large Panorama, and may wait in a queue of ten: users of
# other tools ran into their 20 min. Polling faster than every 2 s slows the job down (a comment in pango). A commit may
# restart the management plane, which comes back within minutes.
_TIMING = Timing(wait_timeout=1800, poll_interval=2, poll_max_interval=15, outage_timeout=600)


class Commit(DescribedJob):
    """Commit the candidate configuration, or a part of it.

    *inspect* makes the preview read who changed what and which locks are in the way.
    """

    name: t.ClassVar[str] = "panos.commit"
    job_type: t.ClassVar[str] = "Commit"
    timing: t.ClassVar[Timing] = _TIMING
    subject: t.ClassVar[str] = "commit"
    look_there: t.ClassVar[str] = "whether changes are still pending (check pending-changes)"

    def __init__(
        self,
        client: PanosClient,
        options: CommitOptions | None = None,
        *,
        inspect: bool = False,
        nonce: str | None = None,
    ) -> None:
        self.options = options or CommitOptions()
        intent = self.options.intent(client.target)
        super().__init__(client, intent=intent, text=self.options.description, nonce=nonce)
        self._inspect = inspect
        self._locked = False
        self._lock_token = ""

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
        blocked, note = foreseen_refusal(self.client, self.options.vsys) if self._inspect else (None, "")
        return Preview(
            needed=True,
            message=message + note,
            changes=changes,
            diff={"prepared": text} if text else None,
            blocked=blocked,
        )

    def submit(self) -> Handle | NothingToDo:
        self._remember_before_submit()
        if self.options.commit_lock and not self._locked:
            self._lock()
        # The documented form of a partial commit has the action; pan-os-python leaves it out and works for its users.
        action = "partial" if self.options.partial else None
        body = self.options.commit_node(self.description)
        accepted = self._accepted(lambda: self.client.commit(body, action=action))
        if isinstance(accepted, NothingToDo):
            return accepted
        return self.handle_of(accepted, token=self._token)

    def handle_of(self, job_id: str, *, token: str = "", record: JobRecord | None = None) -> Handle:
        handle = super().handle_of(job_id, token=token, record=record)
        # The lock for a job that is adopted was taken by whoever submitted that.
        lock = (self._lock_token if self._locked else token) if self.options.commit_lock else ""
        return dataclasses.replace(handle, options={_LOCK: lock}) if lock else handle

    def _lock(self) -> None:
        """See to it that our account holds the commit lock. Nothing is submitted where that fails.

        The comment has the token, so that whoever comes after us, if we are killed, knows the lock for ours.
        """
        self._lock_token = self._token
        try:
            take_lock(self.client, COMMIT, SHARED, f"Commit by netops.jobs [nj:{self._token}]")
        except NoAnswer as exc:
            raise exc.unsent() from exc
        except Busy:
            raise
        except Refused as exc:
            # What our account holds already, by panos_lock or since a run that was killed, serves as well.
            held = [lock for lock in read_locks(self.client) if (lock.type, lock.scope) == (COMMIT, SHARED)]
            ours = [lock for lock in held if is_ours(lock, self.client) or self._intent in lock.comment]
            if not ours:
                raise (locked_error(exc.message, held) if held else exc) from exc
            tokens = tokens_in(" ".join(lock.comment for lock in ours))
            self._lock_token = next((token for token in tokens if self._is_equal(token)), "")
        self._locked = True

    def clean_up_there(self, handle: Handle | None) -> Sequence[str]:
        """Release the commit lock that was taken for this commit, and no other.

        One that an equal run has taken belongs to the job that runs under it: it is released after that. After a
        commit PAN-OS has removed it by itself [documented: Manage Locks, KB kA14u000000bpo7CAA].
        """
        mine = self._token if self._lock_token else ""
        tokens = {mine, handle.options.get(_LOCK, "") if handle is not None else ""} - {""}
        if not tokens:
            return ()
        try:
            for lock in list_locks(self.client, COMMIT):
                if tokens.intersection(tokens_in(lock.comment)):
                    other = bool(self.client.user) and not is_ours(lock, self.client)
                    release_lock(self.client, COMMIT, lock.scope, admin=lock.admin if other else None)
        except JobError as exc:
            return (
                f"The commit lock for this commit may still be held on {self.endpoint}: {exc.message} List the locks "
                "with panos_lock_info, and release it with panos_lock.",
            )
        return ()

    def still_needed(self) -> bool:
        # A forced commit was wanted for its own sake, and the one before was one.
        return not self.options.force and super().still_needed()


def _to_commit(changes: Sequence[Mapping[str, t.Any]], *, force: bool) -> str:
    if changes:
        owners = ", ".join(sorted({str(change["admin"]) or "an unknown administrator" for change in changes}))
        return f"{len(changes)} pending change{'s' if len(changes) > 1 else ''} by {owners} would be committed."
    return "The whole configuration would be committed again." if force else "Pending changes would be committed."


class Validate(PanosSubmission):
    """Validate the candidate configuration; nothing on the device changes, so a second run is harmless."""

    name: t.ClassVar[str] = "panos.validate"
    job_type: t.ClassVar[str] = "Validate"
    timing: t.ClassVar[Timing] = _TIMING
    changes_device: t.ClassVar[bool] = False

    def __init__(self, client: PanosClient, options: CommitOptions | None = None) -> None:
        super().__init__(client)
        self.options = options or CommitOptions()

    def preview(self, *, want_diff: bool) -> Preview:
        return Preview(needed=True, message="The candidate configuration would be validated.")

    def submit(self) -> Handle | NothingToDo:
        self._remember_before_submit()
        body: Element = self.options.validate_node()
        accepted = self._accepted(lambda: self.client.op(body, write=True))
        if isinstance(accepted, NothingToDo):
            return accepted
        return self._enqueued(lambda record: self.handle_of(accepted, record=record))

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


def from_options(
    params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None], *, inspect: bool = False
) -> Submission:
    """Return the commit, or the validation, that the options of panos_commit describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    handle = params["handle"]
    if isinstance(handle, Mapping) and handle.get("operation") in (Commit.name, Validate.name):
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        kind = Commit if handle["operation"] == Commit.name else Validate
        return kind(open_client(params, hide))
    given: dict[str, t.Any] = {
        name: params[name] for name in ("description", "force", "commit_lock", "admins", *SCOPES)
    }
    given.update({EXCLUDES[part]: True for part in params["exclude"] or ()})
    options = CommitOptions(**given)
    if not params["validate_only"]:
        return Commit(open_client(params, hide), options, inspect=inspect)
    useless = [name for name in ("description", "force", "commit_lock") if params[name]]
    if useless:
        raise BadInput(f"validate_only: {useless[0]} says how to commit, leave it out to validate.")
    return Validate(open_client(params, hide), options)
