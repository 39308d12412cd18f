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

from ..._jobs.errors import BadInput, JobMissing, NoAnswer
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Done, NothingToDo, Preview, Submission, Timing
from .client import SbcClient, open_client
from .config import UnderLock, locked_client, settle_of
from .files import delete, listed
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
        self._sent = False

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    def observe(self, handle: Handle, *, within: float) -> Observation:
        raise JobMissing(f"{self.name}: there is no job of it.")

    def preview(self, *, want_diff: bool) -> Preview:
        check_has_backup(self.client)
        there = self._file in listed(self.client)
        text = f"{self._file} would be deleted on {self.endpoint}." if there else self._absent()
        return Preview(needed=there, message=text)

    def submit(self) -> NothingToDo | Done:
        try:
            self._lock.take()
            there = self._file in listed(self.client)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        if not there:
            # Perhaps by our own request, whose answer was lost.
            return self._done() if self._sent else NothingToDo(self._absent())
        try:
            delete(self.client, self._file)
        except JobMissing:
            return self._done() if self._sent else NothingToDo(self._absent())
        except NoAnswer as exc:
            self._sent = self._sent or exc.sent
            raise
        return self._done()

    def recover(self) -> Handle | None:
        """To delete it again does no harm, and the list of files tells whether that is needed."""
        return None

    def _done(self) -> Done:
        return Done(f"{self._file} was deleted on {self.endpoint}.", result={"file": self._file})

    def _absent(self) -> str:
        return f"{self.endpoint} has no backup file {self._file}."


class BackupFile(UnderLock):
    name: t.ClassVar[str] = "oracle_sbc.backup"

    def result(self) -> t.Any:
        found = super().result()
        return found[0] if found else None


def plan_from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> BackupFile:
    """Return the plan for the options of the task. Raises BadInput, MissingLibrary."""
    file = file_name(params["file"], "file")
    client, lock = locked_client(params, hide)
    if params["state"] == "absent":
        if not params["wait"]:
            raise BadInput("wait: a file is deleted at once, there is nothing that wait: false could leave.")
        step: Submission = Deletion(client, lock, file)
        return BackupFile(client, lock, [step], intent=f"{file} is not on {client.endpoint}.")
    step = Backup(client, lock, settle=settle_of(params), source=params["source"], file=file)
    return BackupFile(client, lock, [step], intent=f"{file} is on {client.endpoint}.")


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
