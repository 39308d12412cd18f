# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Backup files that shall be there, or not, and those that are there."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Done, NothingToDo, Preview, Submission, Timing
from .client import SbcClient, open_client
from .config import UnderLock, locked_client, settle_of
from .files import delete, found, listed
from .job import TIMING, Backup, check_has_backup, file_name
from .lock import ConfigLock

if t.TYPE_CHECKING:
    from ..._jobs.inquiry import Inquiry


class Deletion(Submission):
    """Deletes a backup file; the SBC does so at once."""

    name: t.ClassVar[str] = "oracle_sbc.delete_backup"
    timing: t.ClassVar[Timing] = TIMING
    words: t.ClassVar[Mapping[str, JobState]] = {}

    def __init__(self, client: SbcClient, lock: ConfigLock, file: str) -> None:
        self.client = client
        self._lock = lock
        self._file = file
        self._sent = ""  # the name that a request may have deleted whose answer was lost
        self.facts: Mapping[str, t.Any] = {}
        """What was done, empty before that."""
        self.there: str | None = None
        """The name under which the file is there, as far as was looked."""

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    def observe(self, handle: Handle, *, within: float) -> Observation:
        raise JobMissing(f"{self.name}: there is no job of it.")

    def preview(self, *, want_diff: bool) -> Preview:
        check_has_backup(self.client)
        self.there = found(listed(self.client), self._file)
        if self.there is None:
            return Preview(needed=False, message=self._absent())
        return Preview(needed=True, message=f"{self.there} would be deleted on {self.endpoint}.")

    def submit(self) -> NothingToDo | Done:
        try:
            # Before the lock, which may be lost by now: what is gone is gone.
            if self._sent and self._sent not in listed(self.client):
                return self._done(self._sent)
            self._lock.take()
            name = self.there = found(listed(self.client), self._file)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        if name is None:
            return NothingToDo(self._absent())
        try:
            delete(self.client, name)
        except NoAnswer as exc:
            self._sent = name if exc.sent else self._sent
            raise
        except Refused as exc:
            if exc.details.get("status") != 404:
                raise
            self.there = None
            return NothingToDo(self._absent())
        return self._done(name)

    def recover(self) -> Handle | None:
        """To delete it again does no harm, and the list of files tells whether that is needed."""
        return None

    def _done(self, name: str) -> Done:
        self.facts = {"file": name}
        return Done(f"{name} was deleted on {self.endpoint}.", result=self.facts)

    def _absent(self) -> str:
        return f"{self.endpoint} has no backup file {self._file}."


class BackupFile(UnderLock):
    name: t.ClassVar[str] = "oracle_sbc.backup"

    def __init__(self, client: SbcClient, lock: ConfigLock, step: Backup | Deletion, file: str) -> None:
        super().__init__(client, lock, [step])
        self._step = step
        self._file = file

    def result(self) -> t.Any:
        return dict(self._step.facts) or None

    def summary(self) -> str:
        step, where = self._step, self._client.endpoint
        done, verb = step.facts.get("file"), "was" if step.facts else "would be"
        if isinstance(step, Deletion):
            name = done or step.there
            return f"{name} {verb} deleted on {where}." if name else f"{where} has no backup file {self._file}."
        if step.there and not done:
            return f"{where} has a backup file {step.there} already; nothing was written."
        return f"The {step.source} configuration of {where} {verb} written to {done or self._file}."


def plan_from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> BackupFile:
    """Return the plan for the options of the task. Raises BadInput, MissingLibrary."""
    file = file_name(params["file"], "file")
    client, lock = locked_client(params, hide)
    if params["state"] == "absent":
        if not params["wait"]:
            raise BadInput("wait: a file is deleted at once, there is nothing that wait: false could leave.")
        return BackupFile(client, lock, Deletion(client, lock, file), file)
    step = Backup(client, lock, settle=settle_of(params), source=params["source"], file=file)
    return BackupFile(client, lock, step, file)


def from_handle(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> Backup:
    """Return the operation of a handle. Raises BadInput, MissingLibrary."""
    return Backup(open_client(params, hide))


def list_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry
) -> dict[str, t.Any]:
    """Return ``msg`` and ``files``. Raises BadInput, MissingLibrary, NoAnswer, Denied, Refused."""
    client = open_client(params, hide)
    inquiry.ask(lambda: check_has_backup(client))
    files = inquiry.ask(lambda: listed(client))
    return {"msg": f"{client.endpoint} has {len(files)} backup files.", "files": files}
