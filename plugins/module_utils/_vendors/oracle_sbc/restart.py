# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Reboot and switchover: work of an SBC that its status slot does not show. What counts is what becomes of it."""

from __future__ import annotations

import datetime
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import Busy, Denied, JobError, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation, utc_moment, utc_text
from ..._jobs.operation import NothingToDo, Preview, Submission, Timing
from .client import SbcClient, open_client
from .slot import read_slot
from .system import Status, read_status

# About two minutes by the experience of p4irin, who sends it; a large one takes longer.
_TIMING = Timing(wait_timeout=900, poll_interval=5, poll_max_interval=15, outage_timeout=600)

DOWN_WITHIN = 120.0
"""Seconds in which an SBC that was told to restart has gone down; it "begins within five seconds" [documented]."""

BOOT_DIFFERS = datetime.timedelta(seconds=60)
"""By how much two beginnings differ at least that are not the same boot's: clocks may be set meanwhile [assumed]."""

_UP = ("standby", "active")

OVER_WITHIN = 60.0
"""Seconds in which a switchover shows; it takes "up to five seconds" after the answer [documented]."""


class _Restart(Submission):
    """One request, whose fate is read from ``system/status``. *clock* gives monotonic seconds."""

    timing: t.ClassVar[Timing] = _TIMING
    path: t.ClassVar[str]

    def __init__(
        self,
        client: SbcClient,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc),
    ) -> None:
        self.client = client
        self._clock = clock
        self._wall = wall
        self._sent: Handle | None = None
        self._known = False
        self._began: float | None = None

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    def still_needed(self) -> bool:
        return False

    def handle_of(self, before: Status) -> Handle:
        """Return the handle of the work that begins in the state *before*."""
        raise NotImplementedError

    def refusal(self, before: Status) -> Refused | None:
        """Return why the work cannot be done in the state *before*."""
        return None

    def seen(self, handle: Handle, status: Status, waited: float) -> Observation:
        """Return what *status* means, *waited* seconds after the wait began."""
        raise NotImplementedError

    def preview(self, *, want_diff: bool) -> Preview:
        before = read_status(self.client)
        what = self.name.rpartition(".")[2]
        return Preview(
            needed=True, message=f"The {what} of {self.endpoint} would be started.", blocked=self.refusal(before)
        )

    def submit(self) -> Handle | NothingToDo:
        try:
            before = read_status(self.client)
            slot = read_slot(self.client)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        blocked = self.refusal(before)
        if blocked is not None:
            raise blocked
        if slot.busy:
            raise Busy(f"{self.endpoint} is in the middle of {slot.operation}, started by whomever.", label="busy")
        handle = self._sent = self.handle_of(before)
        try:
            self.client.send("POST", self.path)
        except NoAnswer as exc:
            if not exc.sent:
                self._sent = None
            raise
        except JobError:
            self._sent = None
            raise
        return handle

    def recover(self) -> Handle | None:
        """Whether a request whose answer was lost was heard shows in what becomes of the SBC: so it is waited for."""
        return self._sent

    def observe(self, handle: Handle, *, within: float) -> Observation:
        if self._began is None:
            self._began = self._clock()
        try:
            status = read_status(self.client, within=within)
        except Denied as exc:
            if not self._known and self._sent is None:
                raise
            # While it starts it may refuse valid passwords [assumed, from other systems].
            raise NoAnswer(exc.message, label="login not ready", server_spoke=True) from exc
        self._known = True
        return self.seen(handle, status, self._clock() - self._began)


def _number(handle: Handle, key: str) -> int | None:
    text = handle.fingerprint.get(key, "")
    return int(text) if text.isdigit() else None


class Reboot(_Restart):
    """Over when the SBC has begun a later boot than the one of before, which may be read for a moment more."""

    name: t.ClassVar[str] = "oracle_sbc.reboot"
    path: t.ClassVar[str] = "/admin/reboot"
    words: t.ClassVar[Mapping[str, JobState]] = {
        "going down": JobState.RUNNING,
        "starting": JobState.RUNNING,
        "up again": JobState.SUCCEEDED,
        "not restarted": JobState.FAILED,
    }
    _away = False

    def handle_of(self, before: Status) -> Handle:
        known = {
            "uptime": "" if before.uptime is None else str(before.uptime),
            "asked": utc_text(self._wall()),
            "host_name": before.host_name,
        }
        return Handle(self.name, self.endpoint, "reboot", {key: text for key, text in known.items() if text})

    def refusal(self, before: Status) -> Refused | None:
        if before.uptime is None:
            return Refused(f"{self.endpoint} does not say how long it is up, so the end of a reboot could not be told.")
        return None

    def seen(self, handle: Handle, status: Status, waited: float) -> Observation:
        facts = {"uptime": status.uptime, "role": status.role, "host_name": status.host_name}
        named = handle.fingerprint.get("host_name", "")
        if named and status.host_name and status.host_name != named:
            # The address moved to the other one of the pair: only that tells of the one that restarts.
            self._away = self._away or status.peer_role not in _UP
            word = "up again" if self._away and status.peer_role in _UP else "starting"
            text = f"{status.host_name} answers at this address now, which says of {named}: {status.peer_role or '-'}"
            return Observation(self.words[word], word, facts=facts, note=text)
        if self._restarted(handle, status):
            online = str(status.data.get("systemState", "online")).lower() != "offline"
            word = "up again" if online else "starting"
            return Observation(self.words[word], word, facts=facts)
        if waited < DOWN_WITHIN:
            return Observation(JobState.RUNNING, "going down", facts=facts)
        text = f"It is still up {waited:.0f} s after it was told to restart (uptime {status.uptime} s)."
        return Observation(JobState.FAILED, "not restarted", facts=facts, messages=(text,))

    def _restarted(self, handle: Handle, status: Status) -> bool:
        before, asked = _number(handle, "uptime"), utc_moment(handle.fingerprint.get("asked", ""))
        if before is None or status.uptime is None:
            return False
        if status.uptime < before or asked is None:
            return status.uptime < before
        # One that was up for a moment only is soon up for longer than that again.
        began = self._wall() - datetime.timedelta(seconds=status.uptime)
        return began > asked - datetime.timedelta(seconds=before) + BOOT_DIFFERS


class Switchover(_Restart):
    """Over when the other SBC of the pair is the active one, seen from wherever the address leads."""

    name: t.ClassVar[str] = "oracle_sbc.switchover"
    path: t.ClassVar[str] = "/admin/switchover"
    words: t.ClassVar[Mapping[str, JobState]] = {
        "switching": JobState.RUNNING,
        "switched": JobState.SUCCEEDED,
        "not switched": JobState.FAILED,
    }

    def handle_of(self, before: Status) -> Handle:
        overs = "" if before.switch_overs is None else str(before.switch_overs)
        known = {"host_name": before.host_name, "role": before.role, "switch_overs": overs}
        return Handle(self.name, self.endpoint, "switchover", {key: text for key, text in known.items() if text})

    def refusal(self, before: Status) -> Refused | None:
        if before.role == "active" and before.peer_role in ("", "standby"):
            return None
        peer = f", its peer {before.peer_role}" if before.peer_role else ""
        return Refused(
            f"{self.endpoint} is {before.role or 'of no role that it tells'}{peer}: only an active SBC hands over, "
            "to a peer that is standby.",
            details={"role": before.role, "peer_role": before.peer_role},
            label="no switchover",
        )

    def seen(self, handle: Handle, status: Status, waited: float) -> Observation:
        facts = {"role": status.role, "peer_role": status.peer_role, "host_name": status.host_name}
        named, overs = handle.fingerprint.get("host_name", ""), _number(handle, "switch_overs")
        same_box = not named or not status.host_name or named == status.host_name
        changed = status.role == "standby" if same_box else status.role == "active"
        more = overs is not None and status.switch_overs is not None and status.switch_overs > overs
        if changed or (same_box and more and status.role != "active"):
            return Observation(JobState.SUCCEEDED, "switched", facts=facts)
        if waited < OVER_WITHIN:
            return Observation(JobState.RUNNING, "switching", facts=facts)
        text = f"{status.host_name or self.endpoint} is still {status.role} {waited:.0f} s after the request."
        return Observation(JobState.FAILED, "not switched", facts=facts, messages=(text,))


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> Submission:
    """Return the operation for the options of the task. Raises BadInput, MissingLibrary."""
    handle = params["handle"]
    named = handle.get("operation") if isinstance(handle, Mapping) else None
    kind = Switchover if named == Switchover.name or params["action"] == "switchover" else Reboot
    return kind(open_client(params, hide))
