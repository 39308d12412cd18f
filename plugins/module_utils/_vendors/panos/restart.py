# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Restart the device, and wait until it is back and ready. No job of the device's list: it does not outlive itself."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import Busy, Denied, EffectMissing, JobError, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import NothingToDo, Preview, Submission, Timing
from ..._transport.xml import node
from .job import IN_FLIGHT, named_job, running_jobs
from .records import WORDS, parse_jobs, state_of
from .system import ask, chassis_ready, read_system_info

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .client import PanosClient
    from .records import JobRecord
    from .system import SystemInfo

# A large chassis needs more than 20 min to be back.
_TIMING = Timing(wait_timeout=3600, poll_interval=5, poll_max_interval=30, outage_timeout=1800)

NOT_TO_BE_BROKEN_OFF = frozenset(
    ("AutoCom", "Commit", "CommitAll", "HA-Sync", "SWInstall", "Content", "Antivirus", "WildFire")
)
"""The types of jobs that a restart waits for. The device would restart in the middle of an installation [assumed]."""

DOWN_WITHIN = 300.0
"""Seconds in which a device that was told to restart has gone down."""

NO_AUTO_COMMIT = 600.0
"""Seconds of uptime after which a device without an auto-commit in its list counts as ready."""

SETTLED = 1800.0
"""Seconds of uptime after which nothing that has failed since the start will mend itself."""

CLOCK_TOLERANCE = datetime.timedelta(seconds=60)
"""By how much two readings of one boot's moment may differ: the clock was set in between, or an answer took long."""

WORDS_OF_A_RESTART: Mapping[str, JobState] = {
    "going down": JobState.RUNNING,
    "starting": JobState.RUNNING,
    "autocommit": JobState.RUNNING,
    "ready": JobState.SUCCEEDED,
    "not restarted": JobState.FAILED,
    "autocommit failed": JobState.FAILED,
}

_STARTED = "%Y/%m/%d %H:%M:%S"


@dataclasses.dataclass(frozen=True)
class Boot:
    """One stretch of uptime, as it stands in a fingerprint."""

    uptime: float
    began: datetime.datetime | None
    serial: str = ""

    @classmethod
    def of(cls, info: SystemInfo) -> Boot:
        return cls(info.uptime or 0.0, info.booted, info.serial)

    @classmethod
    def of_handle(cls, handle: Handle) -> Boot | None:
        try:
            began = handle.fingerprint.get("booted", "")
            return cls(
                float(handle.fingerprint["uptime"]),
                datetime.datetime.strptime(began, _STARTED) if began else None,
                handle.fingerprint.get("serial", ""),
            )
        except (KeyError, ValueError):
            return None

    def fingerprint(self) -> dict[str, str]:
        began = "" if self.began is None else self.began.strftime(_STARTED)
        known = {"uptime": f"{self.uptime:.0f}", "booted": began, "serial": self.serial}
        return {key: text for key, text in known.items() if text}

    def is_over(self, info: SystemInfo) -> bool:
        """Return whether *info* is of a later boot. Less uptime proves it; a later beginning does after a long wait."""
        if info.uptime is not None and info.uptime < self.uptime:
            return True
        return self.began is not None and info.booted is not None and info.booted > self.began + CLOCK_TOLERANCE


class Restart(Submission):
    """Restart the device. *version* is the software that it is expected to come back with, if that is known.

    *boot* is the one that is to end; without it the one at the time of the submission. With *under_way* there is
    nothing to submit: the device is starting already, and is waited for.
    """

    name: t.ClassVar[str] = "panos.restart"
    timing: t.ClassVar[Timing] = _TIMING
    words: t.ClassVar[Mapping[str, JobState]] = WORDS_OF_A_RESTART

    def __init__(
        self,
        client: PanosClient,
        *,
        version: str = "",
        before: str = "",
        boot: Boot | None = None,
        under_way: bool = False,
    ) -> None:
        self.client = client
        self._version = version
        self._before = before
        self._boot = boot
        self._under_way = under_way
        self._sent: Handle | None = None
        self._seen = False

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.deadline = until

    def preview(self, *, want_diff: bool) -> Preview:
        return Preview(needed=True, message=f"{self.endpoint} would be restarted.")

    def still_needed(self) -> bool:
        return False

    def find_equivalent(self) -> Handle | None:
        if not self._under_way:
            return None
        return self._handle(None)

    def submit(self) -> Handle | NothingToDo:
        """Send the command, once. Trap 40: a dropped connection or no answer at all is how many devices accept it."""
        try:
            info = read_system_info(self.client)
            if self._boot is not None:
                info.check_serial(self._boot.serial, self.endpoint)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        if self._boot is not None and self._boot.is_over(info):
            return NothingToDo(f"{self.endpoint} has been restarted meanwhile.")
        self._check_idle()
        self._sent = self._handle(Boot.of(info))
        try:
            self.client.op(node("request", node("restart", node("system"))), write=True)
        except NoAnswer as exc:
            if not exc.sent:
                self._sent = None
                raise
        except Refused as exc:
            # pan-os-python knows devices that say so in an error.
            if "command succeeded with no output" not in exc.message.lower():
                self._sent = None
                raise
        except JobError:
            self._sent = None
            raise
        return self._sent

    def _check_idle(self) -> None:
        """Raise Busy while others commit or install: what a restart breaks off may be half done for ever."""
        try:
            records = parse_jobs(ask(self.client, node("show", node("jobs", node("all")))))
        except NoAnswer as exc:
            raise exc.unsent() from exc
        running = running_jobs([record for record in records if record.type in NOT_TO_BE_BROKEN_OFF])
        if running:
            named = "; ".join(map(named_job, running))
            text = f"{self.endpoint} is not restarted in the middle of other work. Running now: {named}."
            raise Busy(text, details={"jobs": running}, label="busy")

    def recover(self) -> Handle | None:
        return self._sent

    def observe(self, handle: Handle, *, within: float) -> Observation:
        """Look whether the device is back. Down, it gives no answer, and that is an outage like any other.

        Trap 22: while it starts it refuses valid passwords. So a refusal is no answer either, once the device was seen
        or the command was sent from here.
        """
        target = handle.fingerprint.get("target", "")
        try:
            info = read_system_info(self.client, within=within, target=target)
            info.check_serial(handle.fingerprint.get("serial", ""), self.endpoint)
            seen = self._observation(handle, info, within=within, target=target)
        except Denied as exc:
            if not self._seen and self._sent is None:
                raise
            raise NoAnswer(exc.message, label="login not ready", server_spoke=True) from exc
        except NoAnswer:
            self._seen = True
            raise
        self._seen = True
        return seen

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return {
            "version": last.facts.get("version"),
            "version_before": handle.options.get("before"),
            "version_wanted": handle.options.get("version"),
            "restarted": True,
        }

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        wanted, running = handle.options.get("version", ""), str(last.facts.get("version", ""))
        if wanted and running and running != wanted:
            raise EffectMissing(
                f"{self.endpoint} came back with {running} and not with {wanted}. It falls back to the software of "
                "before when the new one does not start: look at its system log, and check the image."
            )
        return ()

    def _handle(self, boot: Boot | None) -> Handle:
        """Return the handle; *boot* is the one that is to end, None where it has ended."""
        fingerprint = {} if boot is None else boot.fingerprint()
        if self.client.target:
            fingerprint["target"] = self.client.target
        options = {"version": self._version, "before": self._before}
        return Handle(
            self.name,
            self.endpoint,
            "restart",
            fingerprint,
            options={key: text for key, text in options.items() if text},
        )

    def _observation(self, handle: Handle, info: SystemInfo, *, within: float, target: str) -> Observation:
        facts = {"version": info.software, "uptime": info.uptime}
        before = Boot.of_handle(handle)
        if before is not None and not before.is_over(info):
            waited = (info.uptime or 0.0) - before.uptime
            if waited < DOWN_WITHIN:
                return self._seen_as("going down", facts)
            text = (
                f"The device still runs {waited:.0f} s after it was told to restart (up since {info.booted} by its own "
                "clock). Run the task again to restart it."
            )
            return self._seen_as("not restarted", facts, messages=(text,))
        return self._starting(info, facts, within=within, target=target)

    def _starting(self, info: SystemInfo, facts: Mapping[str, t.Any], *, within: float, target: str) -> Observation:
        ready = chassis_ready(self.client, within=within, target=target)
        if ready is False:
            return self._seen_as("starting", facts)
        record = self._auto_commit(within=within, target=target)
        if record is not None and state_of(record, WORDS) in IN_FLIGHT:
            # A commit is refused until it is over, so that nobody can work with the device yet.
            return self._seen_as("autocommit", facts, progress=record.progress)
        if ready:
            return self._seen_as("ready", facts)
        settled = info.uptime is not None and info.uptime >= SETTLED
        if record is None:
            long_enough = info.uptime is not None and info.uptime >= NO_AUTO_COMMIT
            return self._seen_as("ready" if long_enough else "starting", facts)
        if state_of(record, WORDS) is JobState.SUCCEEDED:
            return self._seen_as("ready", facts)
        # Trap 31: a first auto-commit may fail, and a second one succeed.
        return self._seen_as("autocommit failed" if settled else "autocommit", facts, messages=record.details)

    def _auto_commit(self, *, within: float, target: str) -> JobRecord | None:
        root = ask(self.client, node("show", node("jobs", node("all"))), within=within, target=target)
        found = [record for record in parse_jobs(root) if record.type == "AutoCom"]
        return max(found, key=lambda record: record.number, default=None)

    def _seen_as(self, word: str, facts: Mapping[str, t.Any], **details: t.Any) -> Observation:
        return Observation(state=self.words[word], vendor_state=word, facts=facts, **details)


def is_starting(client: PanosClient, info: SystemInfo) -> bool:
    """Return whether the device was booted a short time ago and is not ready yet. Raises NoAnswer, Denied."""
    if info.uptime is None or info.uptime >= SETTLED:
        return False
    probe = Restart(client)
    seen = probe._starting(info, {}, within=client.connection.request_timeout, target=client.target or "")
    return not seen.state.ended
