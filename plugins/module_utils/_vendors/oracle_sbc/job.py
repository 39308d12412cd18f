# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The five operations that an SBC works on in the background: verify, save, activate, restore, backup."""

from __future__ import annotations

import datetime
import re
import time
import typing as t
from collections.abc import Callable, Mapping, Sequence

from ..._jobs.errors import BadInput, Busy, EffectMissing, JobReplaced, NoAnswer, Refused, Undecidable
from ..._jobs.model import Handle, JobState, Observation, utc_text
from ..._jobs.operation import NothingToDo, Preview, Submission, Timing
from .client import TOKEN_LIFE, LockLost
from .files import listed
from .slot import Sight, Slot, Watch, read_slot
from .system import check_active

if t.TYPE_CHECKING:
    from .client import SbcClient
    from .lock import ConfigLock

SETTLE = 5.0
"""Seconds that an end which looks like the one of before must stand before it is believed."""

MARGIN = datetime.timedelta(seconds=60)
"""By how much the clocks of two controllers may differ where one goes on with the job of the other."""

# The clients that were read allow them seconds, a restore takes longer.
TIMING = Timing(wait_timeout=1800, poll_interval=2, poll_max_interval=10, outage_timeout=300)

WORDS: Mapping[str, JobState] = {
    "inProgress": JobState.RUNNING,
    "success": JobState.SUCCEEDED,
    "fail": JobState.FAILED,
}

_MANAGEMENT = "/configuration/management"


class SlotJob(Submission):
    """One asynchronous request. With a *lock* it can be submitted; without, it is the job of a handle."""

    timing: t.ClassVar[Timing] = TIMING
    words: t.ClassVar[Mapping[str, JobState]] = WORDS
    action: t.ClassVar[str]
    method: t.ClassVar[str] = "PUT"

    def __init__(
        self,
        client: SbcClient,
        lock: ConfigLock | None = None,
        *,
        settle: float = SETTLE,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc),
    ) -> None:
        self.client = client
        self.lock = lock
        self._settle = settle
        self._clock = clock
        self._wall = wall
        self._watch: Watch | None = None
        self._sent: Handle | None = None
        self._baseline = Slot()
        self.facts: Mapping[str, t.Any] = {}

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    # What one of the five has otherwise.

    def params(self) -> Mapping[str, str]:
        """Return what the request carries beside the action."""
        return {}

    def options(self) -> Mapping[str, str]:
        """Return what a later process must know to judge the job."""
        return {}

    def check(self) -> NothingToDo | None:
        """Look, under the lock, whether the submission can work. Raises Refused."""
        return None

    def proven(self, handle: Handle, *, within: float) -> bool:
        """Return whether something else than the slot shows that the job has succeeded."""
        return False

    # Up to here.

    def preview(self, *, want_diff: bool) -> Preview:
        blocked: Refused | None = None
        try:
            check_active(self.client)
        except Refused as exc:
            blocked = exc
        return Preview(needed=True, message=f"{self.action} would be run on {self.endpoint}.", blocked=blocked)

    def still_needed(self) -> bool:
        return False

    def submit(self) -> Handle | NothingToDo:
        """Start it, under the lock, which is taken first. 202 says no more than that the request was received [D]."""
        lock = self._its_lock()
        try:
            check_active(self.client)
            lock.take()
            nothing = self.check()
            self._baseline = read_slot(self.client)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        if nothing is not None:
            return nothing
        lock.check()
        if self._baseline.busy:
            # Somebody who released the lock before the end; what ours would do beside it is not documented.
            raise Busy(
                f"{self.endpoint}: {self._baseline.operation} of somebody else is under way, started before the "
                "configuration lock was taken.",
                label="busy",
            )
        try:
            self.client.send(self.method, _MANAGEMENT, {"action": self.action, **self.params()}, needs_lock=True)
        except NoAnswer as exc:
            if exc.sent:
                self._sent = self._handle()
            raise
        return self._handle()

    def recover(self) -> Handle | None:
        """Look into the slot: under the lock nobody else can have put our operation there.

        Where it shows what it showed before, that is another operation for sure only if its name is another one.
        """
        if self._sent is None:
            return None
        lock = self._its_lock()
        try:
            lock.check()
            slot = read_slot(self.client)
            if self.proven(self._sent, within=self.client.connection.request_timeout):
                return self._sent
            lock.check()
        except LockLost as exc:
            raise Undecidable(exc.message) from exc
        was = (self._baseline.operation, self._baseline.status)
        if slot.operation == self.action and (slot.operation, slot.status) != was:
            return self._sent
        if slot.operation == self.action:
            raise Undecidable(f"the status slot shows {slot}, which it showed before, too")
        if (slot.operation, slot.status) != was:
            raise Undecidable(f"the status slot shows {slot}, which is somebody else's")
        return None

    def observe(self, handle: Handle, *, within: float) -> Observation:
        if self._watch is None:
            baseline = Slot.of_text(handle.fingerprint.get("before", ""))
            settle = float(handle.options.get("settle", self._settle))
            self._watch = Watch(self.action, baseline, began=self._clock(), settle=settle)
        slot = read_slot(self.client, within=within)
        sight = self._watch.look(slot, self._clock())
        doubt = self._doubt(handle)
        if sight is Sight.FOREIGN or (doubt and sight is Sight.FINAL):
            if self.proven(handle, within=within):
                return self._ended(JobState.SUCCEEDED, slot, "file")
            raise self._lost(slot, doubt)
        if sight is Sight.FINAL:
            return self._ended(self.words[slot.status], slot, self._watch.confirmed_by(slot))
        if sight is Sight.RUNNING:
            state = self.words.get(slot.status, JobState.UNKNOWN)
            return Observation(state=state, vendor_state=slot.status, note=doubt)
        waiting = {
            Sight.NOTHING: "the status slot shows nothing yet",
            Sight.STALE: f"the status slot still shows {slot}",
            Sight.UNSURE: f"the status slot shows {slot}, as before the submission",
        }
        return Observation(state=JobState.PENDING, vendor_state="accepted", note=waiting[sight])

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return dict(last.facts)

    def _ended(self, state: JobState, slot: Slot, confirmed_by: str) -> Observation:
        facts = {
            "operation": self.action,
            "status": slot.status if confirmed_by != "file" else "",
            "confirmed_by": confirmed_by,
            "additional_info": slot.info if confirmed_by != "file" else None,
        }
        self.facts = facts
        messages: tuple[str, ...] = ()
        if state is JobState.FAILED:
            messages = (slot.error or "the SBC gives no reason", *_lines(slot.info))
        elif slot.info is not None and confirmed_by != "file":
            messages = tuple(_lines(slot.info))
        return Observation(
            state=state, vendor_state=slot.status, facts=facts, messages=messages, note=f"confirmed: {confirmed_by}"
        )

    def _doubt(self, handle: Handle) -> str:
        """Return why what the slot shows may be somebody else's, empty where it cannot be."""
        if self.lock is not None and self.lock.taken:
            return "" if self.lock.held else "the token that held the configuration lock has died, and the lock with it"
        until = _moment(handle.fingerprint.get("locked_until", ""))
        if until is None:
            return "the configuration lock was released before the end was seen"
        if self._wall() >= until - MARGIN:
            return f"the configuration lock that guarded it ran out at {utc_text(until)}"
        return ""

    def _lost(self, slot: Slot, doubt: str) -> JobReplaced:
        error = f" ({slot.error})" if slot.error else ""
        if doubt and slot.operation == self.action:
            text = (
                f"{self.endpoint} shows {slot}{error}, but {doubt}. So it may be the end of somebody else's "
                f"{self.action}, and the API keeps nothing that tells."
            )
        else:
            text = (
                f"{self.endpoint} shows {slot}{error} in its one status slot. What became of our {self.action} can "
                "never be read again."
            )
        return JobReplaced(f"{text} Look at the configuration itself.", label=f"slot shows {slot}")

    def _handle(self) -> Handle:
        until = self._wall() + datetime.timedelta(seconds=min(self.client.token_left, TOKEN_LIFE))
        fingerprint = {
            "before": str(self._baseline) if self._baseline.operation else "",
            "locked_until": utc_text(until),
        }
        options = {"settle": f"{self._settle:g}", **self.options()}
        self._watch = None
        return Handle(self.name, self.endpoint, self.action, fingerprint, options=options)

    def _its_lock(self) -> ConfigLock:
        if self.lock is None:
            raise Refused(f"{self.name}: nothing is submitted without the configuration lock.")
        return self.lock


class Verify(SlotJob):
    name: t.ClassVar[str] = "oracle_sbc.verify"
    action: t.ClassVar[str] = "verify"
    changes_device: t.ClassVar[bool] = False

    def had_effect(self, last: Observation) -> bool:
        return False


class Save(SlotJob):
    name: t.ClassVar[str] = "oracle_sbc.save"
    action: t.ClassVar[str] = "save"


class Activate(SlotJob):
    """Puts the saved configuration into service. It may bounce the web server of the API itself."""

    name: t.ClassVar[str] = "oracle_sbc.activate"
    action: t.ClassVar[str] = "activate"
    method: t.ClassVar[str] = "POST"


SOURCES: Mapping[str, str] = {"running": "running", "saved": "saved", "backup_file": "backupFile"}
"""The option ``restore_source`` and the API's own word for it [D]."""


class Restore(SlotJob):
    """Brings the *source* back into the editing configuration."""

    name: t.ClassVar[str] = "oracle_sbc.restore"
    action: t.ClassVar[str] = "restore"

    def __init__(
        self, client: SbcClient, lock: ConfigLock | None = None, *, source: str = "", file: str = "", **more: t.Any
    ) -> None:
        super().__init__(client, lock, **more)
        self._source = source
        self._file = file

    def params(self) -> Mapping[str, str]:
        wanted = {"restoreSource": SOURCES[self._source]}
        return {**wanted, "filename": self._file} if self._file else wanted

    def check(self) -> NothingToDo | None:
        """Raise Refused where the backup file is not listed: the SBC would say so only in the end."""
        if self._file and self._file not in listed(self.client):
            raise Refused(f"{self.endpoint} has no backup file {self._file!r} in /code/bkups.", label="no such file")
        return None


class Backup(SlotJob):
    """Writes the *source* (running, saved, editing) to *file* in /code/bkups. A file that exists stays as it is [D]."""

    name: t.ClassVar[str] = "oracle_sbc.backup"
    action: t.ClassVar[str] = "backup"
    method: t.ClassVar[str] = "POST"

    def __init__(
        self, client: SbcClient, lock: ConfigLock | None = None, *, source: str = "", file: str = "", **more: t.Any
    ) -> None:
        super().__init__(client, lock, **more)
        self._source = source
        self._file = file

    def params(self) -> Mapping[str, str]:
        return {"backupSource": self._source, "filename": self._file}

    def options(self) -> Mapping[str, str]:
        return {"file": self._file}

    def preview(self, *, want_diff: bool) -> Preview:
        nothing = self.check()
        if nothing is not None:
            return Preview(needed=False, message=nothing.message)
        found = super().preview(want_diff=want_diff)
        message = f"The {self._source} configuration of {self.endpoint} would be written to {self._file}."
        return Preview(needed=True, message=message, blocked=found.blocked)

    def check(self) -> NothingToDo | None:
        check_has_backup(self.client)
        if self._file in listed(self.client):
            return NothingToDo(f"{self.endpoint} has a backup file {self._file} already; nothing was written.")
        return None

    def proven(self, handle: Handle, *, within: float) -> bool:
        """The name was not there, under the lock, right before the submission: so the file is this job's [A]."""
        file = handle.options.get("file", "")
        return bool(file) and file in listed(self.client, within=within)

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        file = handle.options.get("file", "")
        if file and file not in listed(self.client):
            raise EffectMissing(f"{self.endpoint} does not list the file {file}.")
        return ()

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return {**last.facts, "file": handle.options.get("file", "")}


def check_has_backup(client: SbcClient) -> None:
    """Raise Refused where the API of the SBC is too old for backups: v1.0, of 8.2, has none [D]."""
    version = client.version()
    if version == "v1.0":
        raise Refused(
            f"{client.endpoint} speaks {version} of the API, which has no backup. It came with v1.1 (release 8.3).",
            label="no backup",
        )


def file_name(text: str | None, option: str) -> str:
    """Return *text* as the name of a backup file, without a path. Raises BadInput."""
    if not text or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", text):
        raise BadInput(
            f"{option}: give the name of a file without a path, of letters, digits, dots, hyphens and underscores."
        )
    return text


def _moment(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return None


def _lines(info: t.Any) -> list[str]:
    """Return all texts in *info* (additionalInfo): its members are not documented."""
    if isinstance(info, Mapping):
        return [
            line if isinstance(each, (Mapping, list)) else f"{name}: {each}"
            for name, each in info.items()
            for line in _lines(each)
        ]
    if isinstance(info, list):
        return [line for each in info for line in _lines(each)]
    return [str(info)] if info not in (None, "") else []
