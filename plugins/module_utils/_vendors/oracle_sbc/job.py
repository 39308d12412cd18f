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
from collections.abc import Callable, Mapping

from ..._jobs.errors import (
    BadInput,
    Busy,
    EffectMissing,
    JobMissing,
    JobReplaced,
    NoAnswer,
    Refused,
    Undecidable,
)
from ..._jobs.model import Handle, JobState, Observation, utc_moment, utc_text
from ..._jobs.operation import NothingToDo, Preview, Submission, Timing
from .client import TOKEN_LIFE, LockLost
from .files import found, listed
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
LOOKS = 4
"""How often a lost submission is looked for before what does not tell it from the one before is the last word. The life
cycle looks as often before it takes it for not heard."""

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
        self._looks = 0
        self._baseline = Slot()
        self.facts: Mapping[str, t.Any] = {}
        """What is known of its end, empty until it has succeeded."""
        self.needs_lock = True
        """Whether its end is only known to be its own because the lock was ours."""

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
            late = self.recover()
            if late is not None:
                return late
            nothing = self.check()
            baseline = read_slot(self.client)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        if nothing is not None:
            return nothing
        lock.check()
        if baseline.busy:
            # Somebody who released the lock before the end; what ours would do beside it is not documented.
            raise Busy(
                f"{self.endpoint}: {baseline.operation} of somebody else is under way, started before the "
                "configuration lock was taken.",
                label="busy",
            )
        self._baseline = baseline
        try:
            self.client.send(self.method, _MANAGEMENT, {"action": self.action, **self.params()}, needs_lock=True)
        except NoAnswer as exc:
            if exc.sent:
                self._sent, self._looks = self._handle(), 0
            raise
        lock.proved()
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
            raise Undecidable(exc.message) from None
        self._looks += 1
        was = self._baseline
        if slot.operation == self.action and slot.is_later_than(was):
            return self._sent
        if slot.operation == self.action and self._looks >= LOOKS:
            raise Undecidable(f"the status slot shows {slot}, which it showed before, too")
        if slot.operation != self.action and str(slot) != str(was):
            raise Undecidable(f"the status slot shows {slot}, which is somebody else's")
        return None

    def observe(self, handle: Handle, *, within: float) -> Observation:
        watch = self._watch = self._watch or self._watch_for(handle)
        slot = read_slot(self.client, within=within)
        sight = watch.look(slot, self._clock())
        doubt = self._doubt(handle)
        if sight is Sight.FOREIGN or (doubt and sight is Sight.FINAL):
            if self.proven(handle, within=within):
                return self._ended(JobState.SUCCEEDED, slot, "file")
            raise self._lost(slot, doubt)
        if sight is Sight.FINAL:
            if self.lock is not None:
                self.lock.relied_on()
            return self._ended(self.words[slot.status], slot, watch.confirmed_by(slot))
        if sight is Sight.RUNNING:
            state = self.words.get(slot.status, JobState.UNKNOWN)
            return Observation(state=state, vendor_state=slot.status, note=doubt)
        waiting = {
            Sight.NOTHING: "the status slot shows no status yet",
            Sight.STALE: f"the status slot still shows {slot}",
            Sight.UNSURE: f"the status slot shows {slot}, as before the submission",
        }
        return Observation(state=JobState.PENDING, vendor_state="accepted", note=waiting[sight])

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        self.facts = dict(last.facts)
        return self.facts

    def _watch_for(self, handle: Handle) -> Watch:
        settle = handle.options.get("settle", f"{self._settle:g}")
        if not re.fullmatch(r"\d+(\.\d+)?", settle):
            raise BadInput(f"handle: settle is no number of seconds ({settle!r}). Pass job.handle unchanged.")
        baseline = Slot.of_text(handle.fingerprint.get("before", ""))
        return Watch(self.action, baseline, began=self._clock(), settle=float(settle))

    def _ended(self, state: JobState, slot: Slot, confirmed_by: str) -> Observation:
        if confirmed_by == "file":
            # What the slot shows is not about this job.
            self.needs_lock, slot = False, Slot(self.action)
        facts = {
            "operation": self.action,
            "status": slot.status,
            "confirmed_by": confirmed_by,
            "additional_info": slot.info,
        }
        messages = tuple(_lines(slot.info))
        if state is JobState.FAILED:
            messages = (slot.error or "the SBC gives no reason", *messages)
        word = slot.status or "file is there"
        return Observation(state, word, facts=facts, messages=messages, note=f"confirmed: {confirmed_by}")

    def _doubt(self, handle: Handle) -> str:
        """Return why what the slot shows may be somebody else's, empty where it cannot be."""
        if self.lock is not None and self.lock.taken:
            return "" if self.lock.held else self.lock.loss
        if "before" not in handle.fingerprint:
            return "the handle does not tell any more what the slot showed before"
        until = utc_moment(handle.fingerprint.get("locked_until", ""))
        if until is None:
            return "the configuration lock was released before the end was seen"
        if self._wall() >= until - MARGIN:
            return f"the configuration lock that guarded it ran out at {utc_text(until)}"
        return ""

    def _lost(self, slot: Slot, doubt: str) -> JobReplaced:
        error = f" ({slot.error})" if slot.error else ""
        if doubt and slot.operation == self.action:
            text = (
                f"the status slot shows {slot}{error}, but {doubt}. So it may be the end of somebody else's "
                f"{self.action}, and the API keeps nothing that tells."
            )
        else:
            text = f"the one status slot shows {slot}{error}. What became of our {self.action} can never be read again."
        return JobReplaced(text, label=f"slot shows {slot}")

    def _handle(self) -> Handle:
        until = self._wall() + datetime.timedelta(seconds=min(self.client.token_left, TOKEN_LIFE))
        fingerprint = {
            "before": str(self._baseline),
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
        if not self._file:
            return None
        try:
            files = listed(self.client)
        except JobMissing:
            return None  # An API that cannot list them (v1.0): the SBC itself has to say.
        if self._file not in files:
            other = found(files, self._file)
            hint = f" There is {other}: give that name." if other else ""
            raise Refused(
                f"{self.endpoint} has no backup file {self._file} in /code/bkups.{hint}", label="no such file"
            )
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
        self.source = source
        self._file = file
        self.there: str | None = None
        """The name under which the file is there, as far as was looked."""

    def params(self) -> Mapping[str, str]:
        return {"backupSource": self.source, "filename": self._file}

    def options(self) -> Mapping[str, str]:
        return {"file": self._file}

    def preview(self, *, want_diff: bool) -> Preview:
        nothing = self.check()
        if nothing is not None:
            return Preview(needed=False, message=nothing.message)
        return super().preview(want_diff=want_diff)

    def check(self) -> NothingToDo | None:
        check_has_backup(self.client)
        self.there = found(listed(self.client), self._file)
        if self.there is not None:
            return NothingToDo(f"{self.endpoint} has a backup file {self.there} already; nothing was written.")
        return None

    def proven(self, handle: Handle, *, within: float) -> bool:
        """The name was not there, under the lock, right before the submission: so the file is this job's [A]."""
        file = handle.options.get("file", "")
        return bool(file) and found(listed(self.client, within=within), file) is not None

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        file = handle.options.get("file", "")
        name = found(listed(self.client), file)
        if name is None:
            raise EffectMissing(f"{self.endpoint} does not list the file {file}.")
        # It was not there before: whosever the status was, this job has succeeded.
        self.needs_lock = False
        self.facts = {**last.facts, "file": name}
        return self.facts


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
