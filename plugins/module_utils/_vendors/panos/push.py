# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Push the configuration that a Panorama holds to the devices that it manages (commit-all)."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, JobMissing, JobReplaced, Refused, Undecidable
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Done, NothingToDo, Preview, Timing
from . import inventory
from .changes import pending
from .client import open_client
from .locks import foreseen_refusal
from .push_options import KINDS, Demand, PushOptions, option_of
from .submission import DescribedJob
from .system import read_release_time, read_system_info

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..._jobs.model import Target
    from ..._jobs.operation import Submission
    from .client import PanosClient
    from .inventory import ManagedDevice
    from .records import JobRecord
    from .replies import Reply

EMPTY_LOOKS = 3
"""How many more looks a push gets that has ended and lists no device: about twenty seconds at the usual pace. Whether
the list may be empty for a moment is not known; pushes that "reach no device" were reported of clients that look once
(pan-os-ansible#246, #400)."""

NAMED = 20
"""Devices that a message names; of more it gives the number."""

# "Generated config and committed to connected collectors in group ..." [read in a client's source].
_COLLECTORS_DONE = re.compile(r"\bcommitted to .*collectors\b", re.IGNORECASE)

# "commit-all -> shared-policy -> admin unexpected here" [recorded by a user, pan-os-ansible#590].
_UNEXPECTED = re.compile(r"-> *([\w-]+) unexpected here", re.IGNORECASE)


@dataclasses.dataclass
class _End:
    """What this process saw of the end of a job: since when (monotonic seconds), how often without any device."""

    since: float
    empty_looks: int = 0


class Push(DescribedJob):
    """Push to a device group, a template, a stack, WildFire appliances or a collector group. One job, one of these.

    Panorama ends the job when it has handed the configuration over, and the devices go on by themselves: the verdict
    is there once every device has one, or has been silent for the device_timeout of the handle after that.
    *inspect* makes the preview read which locks are in the way, *clock* tells monotonic seconds. Raises BadInput.
    """

    name: t.ClassVar[str] = "panos.push"
    job_type: t.ClassVar[str] = "CommitAll"
    # Pushes to many firewalls take longer than any commit: users of other tools ran into 10 and 20 minutes.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=3, poll_max_interval=30, outage_timeout=600)
    subject: t.ClassVar[str] = "push"
    look_there: t.ClassVar[str] = "whether the devices are in sync (Panorama, Managed Devices, Summary)"

    def __init__(
        self,
        client: PanosClient,
        options: PushOptions | None = None,
        demand: Demand | None = None,
        *,
        inspect: bool = False,
        nonce: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.options = options or PushOptions()
        self.demand = demand or Demand()
        if self.options.kind and client.target:
            raise BadInput(
                "target: a push starts on the Panorama itself and not on a firewall behind it, leave it out."
            )
        super().__init__(client, intent=self.options.intent(), text=self.options.description, nonce=nonce)
        self._inspect = inspect
        self._clock = clock
        self._ends: dict[str, _End] = {}
        self._newest_seen = False
        self._serials: Sequence[str] = self.options.serials or ()
        self._skipped: Sequence[ManagedDevice] = ()

    # Before the job.

    def preview(self, *, want_diff: bool) -> Preview:
        self._serials, self._skipped = self.options.serials or (), ()
        uncommitted = pending(self.client)
        wanted = self._wanted_devices()
        warnings = list(self._warnings(wanted or (), uncommitted=bool(uncommitted)))
        what = f"the {self.options}"
        if wanted is None:
            text = f"{_capital(what)} would be pushed. {self.endpoint} does not tell to which devices."
            return self._needed(text, warnings)
        if not wanted:
            hint = " A push to a device group does not reach the firewalls of its child groups."
            return Preview(
                needed=False,
                message=f"{self.endpoint} lists no firewall in {what}."
                + (hint if self.options.kind == "device_group" else ""),
                warnings=warnings,
            )
        in_sync = [device for device in wanted if device.in_sync and not self.options.whatever_the_sync_state]
        others = [device for device in wanted if device not in in_sync]
        if not others:
            return Preview(
                needed=False,
                message=f"Nothing to push: what {what} holds is in sync on {_named(wanted)}.",
                warnings=warnings,
            )
        self._skipped = in_sync
        if in_sync:
            self._serials = [device.serial for device in others]
        done = "validated for" if self.options.validate_only else "pushed to"
        message = f"{_capital(what)} would be {done} {_named(others)}."
        if in_sync:
            message += f" In sync already, so left out: {_named(in_sync)}."
        return self._needed(message, warnings)

    def _needed(self, message: str, warnings: Sequence[str]) -> Preview:
        blocked, note = foreseen_refusal(self.client) if self._inspect else (None, "")
        return Preview(needed=True, message=message + note, blocked=blocked, warnings=warnings)

    def _wanted_devices(self) -> list[ManagedDevice] | None:
        """Return the firewalls that the push is for, None where Panorama does not tell."""
        members = self._members()
        if members is None or self.options.serials is None:
            return members
        listed = {device.serial: device for device in members}
        return [listed.get(serial) or inventory.ManagedDevice(serial) for serial in self.options.serials]

    def _members(self) -> list[ManagedDevice] | None:
        kind, name = self.options.kind, self.options.name
        if kind == "device_group":
            return inventory.in_device_group(self.client, name, with_template=self.options.include_template)
        if kind == "template":
            return inventory.in_template(self.client, name)
        if kind == "template_stack":
            return inventory.in_template_stack(self.client, name)
        return None

    def _warnings(self, wanted: Sequence[ManagedDevice], *, uncommitted: bool) -> Iterable[str]:
        if uncommitted:
            yield (
                f"{self.endpoint} has changes that are not committed. A push takes only what is: run "
                "netops.jobs.panos_commit before it if they are to go along."
            )
        away = [device for device in wanted if device.connected is False]
        if away:
            yield f"Not connected to {self.endpoint}: {', '.join(f'{each.name or each.serial}' for each in away)}."

    def still_needed(self) -> bool:
        # After the success of an equivalent push that was in flight: only what is known to be missing.
        wanted = self._wanted_devices() or []
        missing = [device for device in wanted if device.in_sync is False and device.connected is not False]
        return bool(missing) and not self.options.validate_only

    # The submission.

    def find_equivalent(self) -> Handle | None:
        self._newest_seen = False
        return None if self._without_job else super().find_equivalent()

    def _goes_on(self, record: JobRecord, token: str) -> bool:
        """Of a push that Panorama calls over, its devices may still be at it (trap 2): sent again, it would meet them
        there. It counts for as long as devices are waited for: one that is not connected shows PEND for ever."""
        if super()._goes_on(record, token):
            return True
        overtaken, self._newest_seen = self._newest_seen, True
        if overtaken or not self.state_of(record).ended:
            return False
        devices = record.devices or self._devices_of(self.handle_of(record.id, token=token, record=record))
        if all(device.state.ended for device in devices):
            return False
        now, began = read_system_info(self.client).time, read_release_time(record.tenq)
        return now is not None and began is not None and (now - began).total_seconds() < self.demand.device_timeout

    def _devices_of(self, handle: Handle) -> Sequence[Target]:
        # Whether the list has them is not recorded.
        try:
            return self._look(handle).devices
        except (JobMissing, JobReplaced):
            return ()

    def submit(self) -> Handle | NothingToDo | Done:
        if self._without_job:
            return self._push_to_collectors()
        self._remember_before_submit()
        accepted = self._accepted(lambda: self._send(self.description))
        if isinstance(accepted, NothingToDo):
            return accepted
        return self.handle_of(accepted, token=self._token)

    def recover(self) -> Handle | None:
        if self._without_job:
            raise Undecidable(
                f"The answer to the push was lost, and {self.endpoint} keeps no job of a push to a collector group. "
                "To push once more does no harm.",
                label="lost",
            )
        return super().recover()

    def handle_of(self, job_id: str, *, token: str = "", record: JobRecord | None = None) -> Handle:
        handle = super().handle_of(job_id, token=token, record=record)
        demand = dataclasses.replace(self.demand, in_sync=len(self._skipped))
        return dataclasses.replace(handle, options=demand.to_dict())

    @property
    def _without_job(self) -> bool:
        return self.options.kind == "log_collector_group"

    def _push_to_collectors(self) -> Handle | NothingToDo | Done:
        """Push to a collector group: it is over with the answer, which is a text [read in a client's source]."""
        reply = self._answered(lambda: self._send(self.options.description or ""))
        if not reply.job_id and _COLLECTORS_DONE.search(reply.text):
            return Done(f"{self.endpoint}: {reply.text}", messages=(reply.text,))
        started = self._started(reply)
        return started if isinstance(started, NothingToDo) else self.handle_of(started)

    def _send(self, description: str) -> Reply:
        body = self.options.commit_all_node(description=description, serials=self._serials)
        try:
            return self.client.commit(body, action="all")
        except Refused as exc:
            unexpected = _UNEXPECTED.search(exc.message)
            option = option_of(unexpected[1]) if unexpected else ""
            if not option:
                raise
            raise Refused(
                f"{option}: Panorama does not take this option for {self.options}. Leave it out and run the task "
                f"again. {exc.message}",
                details=exc.details,
                label=exc.label,
            ) from exc

    # The job.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        record = self._look(handle, within=within)
        seen = dataclasses.replace(self._seen(record), targets=record.devices)
        if record.status != "FIN" or seen.state not in (JobState.SUCCEEDED, JobState.FAILED):
            return seen
        end = self._ends.setdefault(handle.id, _End(self._clock()))
        demand = Demand.from_dict(handle.options)
        if not record.devices and seen.state is JobState.SUCCEEDED:
            end.empty_looks += 1
            if end.empty_looks <= EMPTY_LOOKS:
                return _going_on(seen, "no device listed")
        silent = [device for device in record.devices if not device.state.ended]
        if silent and self._clock() - end.since < demand.device_timeout:
            return _going_on(seen, "devices PEND")
        return _judged(seen, demand)

    def cancel(self, handle: Handle) -> None:
        record = self._look(handle)
        if record.status == "FIN":
            raise Refused(f"{record} is with its devices, which cannot be called back ({record.word}).")
        super().cancel(handle)

    def had_effect(self, last: Observation) -> bool:
        return any(map(_succeeded, last.targets))

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        skipped = [{"name": device.name, "serial": device.serial} for device in self._skipped]
        return {**last.facts, "devices_touched": _tally(last.targets)[0], "skipped": skipped}

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        if not last.targets:
            return [
                f"{self.name} job {handle.id}: no device was touched. {self.endpoint} ended the job with "
                f"{last.vendor_state} and listed no device, also when it was looked at again. Check which firewalls "
                "belong to what was pushed; a push to a device group does not reach those of its child groups."
            ]
        missed = [target for target in last.targets if not _succeeded(target)]
        if not missed:
            return []
        demand = Demand.from_dict(handle.options)
        names = ", ".join(f"{target.name} ({target.vendor_state or target.state.value})" for target in missed)
        return [
            f"{self.name} job {handle.id}: not on all devices: {names}. It is a "
            f"success because required_targets is {demand.required_targets}."
        ]


class PushValidation(Push):
    """Validate on the devices what a push would bring."""

    name: t.ClassVar[str] = "panos.validate_push"
    # Assumed: no job of a validation is recorded. Panorama speaks of "last-validate-all-state" [recorded].
    other_types: t.ClassVar[tuple[str, ...]] = ("ValidateAll",)
    changes_device: t.ClassVar[bool] = False

    def recover(self) -> Handle | None:
        try:
            return super().recover()
        except Undecidable:
            # To validate again is harmless.
            return None


def _going_on(seen: Observation, why: str) -> Observation:
    """Return what was *seen* of a job that its Panorama has ended, and its devices have not."""
    done, total = _tally(seen.targets, lambda target: target.state.ended)
    return dataclasses.replace(
        seen,
        state=JobState.RUNNING,
        vendor_state=f"{seen.vendor_state}, {why}",
        progress=100.0 * done / total if total else None,
        note=f"{done} of {total} devices have ended" if total else "",
    )


def _judged(seen: Observation, demand: Demand) -> Observation:
    """Return the verdict of a job whose devices have one each, or will not give any."""
    targets = tuple(target if target.state.ended else _given_up(target, demand) for target in seen.targets)
    successes, total = _tally(targets)
    note = f"{successes} of {total} devices" if total else "no device was touched"
    state, messages = seen.state, seen.messages
    if state is JobState.SUCCEEDED and successes < demand.needed(total):
        state = JobState.FAILED
        messages += (f"{note}, required_targets is {demand.required_targets}",)
    return dataclasses.replace(seen, state=state, targets=targets, messages=messages, note=note)


def _given_up(target: Target, demand: Demand) -> Target:
    text = f"no answer from the device within device_timeout ({demand.device_timeout:g} s); it may be disconnected"
    return dataclasses.replace(target, state=JobState.UNKNOWN, messages=(*target.messages, text))


def _succeeded(target: Target) -> bool:
    return target.state is JobState.SUCCEEDED


def _tally(targets: Iterable[Target], is_so: Callable[[Target], bool] = _succeeded) -> tuple[int, int]:
    """Return on how many devices all is so, and of how many: each virtual system may have an entry of its own."""
    devices: dict[str, bool] = {}
    for target in targets:
        device = target.id or target.name
        devices[device] = devices.get(device, True) and is_so(target)
    return sum(devices.values()), len(devices)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _named(devices: Sequence[ManagedDevice]) -> str:
    text = "; ".join(str(device) for device in devices[:NAMED])
    return f"{text} and {len(devices) - NAMED} more" if len(devices) > NAMED else text


def from_options(
    params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None], *, inspect: bool = False
) -> Submission:
    """Return the push, or its validation, that the options of panos_push describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    handle = params["handle"]
    if handle is not None:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        validation = isinstance(handle, Mapping) and handle.get("operation") == PushValidation.name
        kind: type[Push] = PushValidation if validation else Push
        return kind(open_client(params, hide))
    demand = Demand(params["required_targets"], params["device_timeout"])
    options = PushOptions(**{field.name: params[field.name] for field in dataclasses.fields(PushOptions)})
    if not options.kind:
        raise BadInput(f"Say what to push: one of {', '.join(KINDS)}, or the handle of a push.")
    kind = PushValidation if options.validate_only else Push
    # Whether a lock refuses a validation, too, is not known.
    return kind(open_client(params, hide), options, demand, inspect=inspect and not options.validate_only)
