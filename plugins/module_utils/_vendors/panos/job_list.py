# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The jobs that a device lists, each with a handle by which it can be waited for."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._jobs.errors import BadInput, JobMissing, Refused
from ..._jobs.model import Handle, JobState
from ..._transport.xml import node
from .client import open_client
from .job import same_user
from .records import FAILED_JOB, WORDS, parse_jobs, state_of
from .submission import token_of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..._jobs.inquiry import Inquiry
    from .client import PanosClient
    from .records import JobRecord

_OPERATIONS = {
    "Commit": "panos.commit",
    "CommitAll": "panos.push",
    "Validate": "panos.validate",
    "ValidateAll": "panos.validate_push",
}
"""The operation that waits for a job of this type; panos.op does for all others."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Which jobs to return: those that fit all that is given. Raises BadInput that names the option at fault."""

    id: str | None = None
    types: Sequence[str] | None = None
    states: Sequence[str] | None = None
    user: str | None = None
    ours: bool = False

    def __post_init__(self) -> None:
        if self.id is not None and not (self.id.isascii() and self.id.isdigit()):
            raise BadInput(f"id: {self.id!r} is not the id of a job, which is a number.")

    def fits(self, record: JobRecord) -> bool:
        return (
            (self.id is None or record.number == int(self.id))
            and (self.types is None or record.type.casefold() in [name.casefold() for name in self.types])
            and (self.states is None or _state(record).value in self.states)
            and (self.user is None or same_user(record.user, self.user))
            and (not self.ours or bool(token_of(record)))
        )


def list_jobs(client: PanosClient, wanted: Wanted) -> list[JobRecord]:
    """Return the jobs of the device that are *wanted*, newest first, those without an id last.

    A job that the device does not know is none. Raises NoAnswer, Denied, Refused.
    """
    which = node("all") if wanted.id is None else node("id", str(int(wanted.id)))
    try:
        root = client.op(node("show", node("jobs", which))).root
    except JobMissing:
        return []
    except Refused as exc:
        if wanted.id is not None and exc.details.get("code") == "7":  # documented: object not present
            return []
        raise
    # The device has the newest first, but what is left of a job after a restart of configd anywhere [recorded].
    return sorted(filter(wanted.fits, parse_jobs(root)), key=lambda record: -record.number)


def _state(record: JobRecord) -> JobState:
    if record.type == FAILED_JOB:
        # It has no status: "job failed because of configd restart" [recorded].
        return JobState.FAILED
    state = state_of(record, WORDS)
    if state is not JobState.SUCCEEDED:
        return state
    # A push is over for Panorama when it has handed it on. Its devices decide [recorded].
    devices = {device.state for device in record.devices}
    if all(each.ended for each in devices):
        return JobState.SUCCEEDED if devices <= {JobState.SUCCEEDED} else JobState.FAILED
    return JobState.RUNNING


def _handle(record: JobRecord, client: PanosClient) -> Handle | None:
    """Return what names the job of *record*, None where it has no id."""
    name = _OPERATIONS.get(record.type, "panos.op")
    if not record.id or record.type == FAILED_JOB:
        return None
    known = {
        "type": record.type,
        "token": token_of(record),
        "target": client.target or "",
        "tenq": record.tenq,
        "user": record.user,
    }
    return Handle(name, client.endpoint, record.id, {key: value for key, value in known.items() if value})


def described(record: JobRecord, client: PanosClient) -> dict[str, t.Any]:
    """Return *record* as a playbook can use it, in the words of all results; the times are the device's own."""
    handle = _handle(record, client)
    return {
        "id": record.id or None,
        "type": record.type,
        "state": _state(record).value,
        "vendor_state": record.word,
        "progress": record.progress,
        "position": record.position,
        "stoppable": record.stoppable,
        "user": record.user,
        "description": record.description,
        "ours": bool(token_of(record)),
        "enqueued": record.tenq,
        "finished": record.tfin,
        "messages": list(record.details),
        "warnings": list(record.warnings),
        "targets": [device.to_dict() for device in record.devices],
        "handle": handle.to_dict() if handle is not None else None,
    }


def list_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry
) -> dict[str, t.Any]:
    """Return the result of panos_job_info. Raises BadInput, MissingLibrary and what `list_jobs` does."""
    client = open_client(params, hide)
    wanted = Wanted(**{field.name: params[field.name] for field in dataclasses.fields(Wanted)})
    records = inquiry.patiently(lambda: list_jobs(client, wanted))
    running = sum(not _state(record).ended for record in records)
    count = f"{len(records)} job{'' if len(records) == 1 else 's'}"
    return {
        "msg": f"{client.endpoint}: {count}, {running} of them not over.",
        "jobs": [described(record, client) for record in records],
    }
