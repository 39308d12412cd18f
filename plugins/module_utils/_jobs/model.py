# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The nouns of the collection: states, outcomes, handles, observations, jobs. Frozen, without behaviour of a vendor."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import typing as t
from collections.abc import Mapping, Sequence

from .errors import BadInput

HANDLE_VERSION = 1


class JobState(str, enum.Enum):
    """What a job is, in the words that are the same on every system."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        return self in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED)


class Outcome(str, enum.Enum):
    """How the task ended."""

    SUCCEEDED = "succeeded"
    NOTHING_TO_DO = "nothing_to_do"
    RUNNING = "running"
    FAILED = "failed"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    LOST = "lost"
    REFUSED = "refused"

    @property
    def is_failure(self) -> bool:
        return self not in (Outcome.SUCCEEDED, Outcome.NOTHING_TO_DO, Outcome.RUNNING)


@dataclasses.dataclass(frozen=True)
class Handle:
    """Names one job so that any later process can find it again. Carries no secret.

    *fingerprint* is what proves that *id* still names our job: ids restart after a reboot. *options* is what a later
    process must know to wait as the task did that submitted the job: how to judge it, where its result goes.
    *submitted_at* (UTC, RFC 3339) is for people, it proves nothing.
    """

    operation: str
    endpoint: str
    id: str
    fingerprint: Mapping[str, str] = dataclasses.field(default_factory=dict)
    submitted_at: str | None = None
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def with_fingerprint(self, learned: Mapping[str, str]) -> Handle:
        """Return a handle that also knows *learned*; what it knew already stays as it was."""
        return dataclasses.replace(self, fingerprint={**learned, **self.fingerprint})

    def to_dict(self) -> dict[str, t.Any]:
        data: dict[str, t.Any] = {
            "version": HANDLE_VERSION,
            "operation": self.operation,
            "endpoint": self.endpoint,
            "id": self.id,
            "fingerprint": dict(self.fingerprint),
        }
        if self.submitted_at is not None:
            data["submitted_at"] = self.submitted_at
        if self.options:
            data["options"] = dict(self.options)
        return data

    @classmethod
    def from_dict(cls, data: object) -> Handle:
        """Return the handle in *data*, or raise BadInput that says what is wrong with it and what to do."""
        if not isinstance(data, Mapping):
            raise BadInput("handle: expected the dictionary that an earlier task returned as job.handle.")
        version = data.get("version")
        if version != HANDLE_VERSION:
            raise BadInput(
                f"handle: version {version!r} is not readable here, this release reads version {HANDLE_VERSION}. "
                "Pass the dictionary that a task of this collection returned as job.handle, unchanged."
            )
        known = {"version", "operation", "endpoint", "id", "fingerprint", "submitted_at", "options"}
        strange = sorted(str(key) for key in set(data) - known)
        if strange:
            raise BadInput(f"handle: unknown key {strange[0]!r}. Pass job.handle of the earlier result unchanged.")
        for key in ("operation", "endpoint", "id"):
            value = data.get(key)
            if not isinstance(value, str) or not value:
                raise BadInput(f"handle: {key} must be a text that is not empty. Pass job.handle unchanged.")
        texts = {key: data.get(key, {}) for key in ("fingerprint", "options")}
        for key, value in texts.items():
            if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
                raise BadInput(f"handle: {key} must be a dictionary of texts. Pass job.handle unchanged.")
        submitted_at = data.get("submitted_at")
        if submitted_at is not None and not isinstance(submitted_at, str):
            raise BadInput("handle: submitted_at must be a text. Pass job.handle unchanged.")
        return cls(
            operation=data["operation"],
            endpoint=data["endpoint"],
            id=data["id"],
            submitted_at=submitted_at,
            **{key: {str(name): text for name, text in value.items()} for key, value in texts.items()},
        )


@dataclasses.dataclass(frozen=True)
class Target:
    """A part of a job with a verdict of its own: a device of a push, a child job, an endpoint.

    *started* and *finished* are in the vendor's own words, empty where it says nothing.
    """

    name: str
    state: JobState
    id: str = ""
    vendor_state: str = ""
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    started: str = ""
    finished: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        return {
            "name": self.name,
            "id": self.id,
            "state": self.state.value,
            "vendor_state": self.vendor_state,
            "messages": list(self.messages),
            "warnings": list(self.warnings),
            "started": self.started,
            "finished": self.finished,
        }


@dataclasses.dataclass(frozen=True)
class Observation:
    """What one poll saw.

    *progress* is in percent, None where the system gave none. *retry_after* is in seconds. *fingerprint* is what this
    poll taught about the identity of the job, *facts* what the vendor says of it for the result, *note* a few words for
    people ("position 2 in the queue", of a success "3 of 3 devices"). *again* says that there is more to take now: the
    next look comes at once, and the pace starts anew after it.
    """

    state: JobState
    vendor_state: str
    progress: float | None = None
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    retry_after: float | None = None
    fingerprint: Mapping[str, str] = dataclasses.field(default_factory=dict)
    facts: Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    note: str = ""
    again: bool = False

    @property
    def label(self) -> str:
        """The name of this observation in the histogram: the vendor's word, and the progress while it runs."""
        if self.progress is None or self.state.ended:
            return self.vendor_state
        return f"{self.vendor_state} {self.progress:.0f}%"


@dataclasses.dataclass(frozen=True)
class Job:
    """One run of an operation, as the result of a task describes it. Times are UTC, *elapsed* is in seconds.

    *history* is what the wait saw and when, as `history.History.to_list` returns it.
    """

    operation: str
    handle: Handle | None = None
    state: JobState = JobState.UNKNOWN
    vendor_state: str = ""
    progress: float | None = None
    adopted: bool = False
    submitted_at: str | None = None
    finished_at: str | None = None
    elapsed: float = 0.0
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    history: Sequence[Mapping[str, t.Any]] = ()

    def to_dict(self) -> dict[str, t.Any]:
        return {
            "operation": self.operation,
            "id": self.handle.id if self.handle else None,
            "state": self.state.value,
            "vendor_state": self.vendor_state,
            "progress": self.progress,
            "adopted": self.adopted,
            "submitted_at": self.submitted_at,
            "finished_at": self.finished_at,
            "elapsed": round(self.elapsed, 1),
            "messages": list(self.messages),
            "warnings": list(self.warnings),
            "targets": [target.to_dict() for target in self.targets],
            "history": [dict(entry) for entry in self.history],
            "handle": self.handle.to_dict() if self.handle else None,
        }


@dataclasses.dataclass(frozen=True)
class Polling:
    """How the wait went: polls sent, outages, and how often each thing was seen."""

    polls: int = 0
    outages: int = 0
    outage_seconds: float = 0.0
    observed: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def plus(self, other: Polling) -> Polling:
        """Return the account of both."""
        observed = dict(self.observed)
        for label, count in other.observed.items():
            observed[label] = observed.get(label, 0) + count
        return Polling(
            polls=self.polls + other.polls,
            outages=self.outages + other.outages,
            outage_seconds=self.outage_seconds + other.outage_seconds,
            observed=observed,
        )

    def to_dict(self) -> dict[str, t.Any]:
        return {
            "polls": self.polls,
            "outages": self.outages,
            "outage_seconds": round(self.outage_seconds, 1),
            "observed": dict(self.observed),
        }


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The end of a task about one job, the same shape on every system.

    *result* is what the operation produced, *refusal* why the device did not accept it (``reason`` and details). *jobs*
    are all jobs of a task that takes several, in their order, None for a task that takes one; *job* is the last.
    *changes* lists who changed what, in check mode and where the device tells.
    """

    outcome: Outcome
    message: str
    changed: bool
    job: Job
    polling: Polling = dataclasses.field(default_factory=Polling)
    result: t.Any = None
    refusal: Mapping[str, t.Any] | None = None
    diff: Mapping[str, str] | None = None
    warnings: tuple[str, ...] = ()
    jobs: tuple[Job, ...] | None = None
    changes: Sequence[Mapping[str, t.Any]] = ()

    @property
    def failed(self) -> bool:
        return self.outcome.is_failure

    def to_dict(self) -> dict[str, t.Any]:
        data: dict[str, t.Any] = {
            "changed": self.changed,
            "failed": self.failed,
            "outcome": self.outcome.value,
            "msg": self.message,
            "job": self.job.to_dict(),
            "polling": self.polling.to_dict(),
            "result": self.result,
        }
        if self.jobs is not None:
            data["jobs"] = [job.to_dict() for job in self.jobs]
        if self.refusal is not None:
            data["refusal"] = dict(self.refusal)
        if self.diff is not None:
            data["diff"] = dict(self.diff)
        if self.changes:
            data["changes"] = [dict(change) for change in self.changes]
        return data


MESSAGE_LINES = 8
"""Lines of a vendor's text that a message to the user quotes; all of them are in the result."""


def in_one_line(lines: Sequence[str]) -> str:
    """Return the first of *lines* as one text, and say how many more there are."""
    text = "; ".join(line.strip().rstrip(".") for line in lines[:MESSAGE_LINES]).replace(":;", ":")
    more = len(lines) - MESSAGE_LINES
    return f"{text}; and {more} more in job.messages" if more > 0 else text


def utc_moment(text: str) -> datetime.datetime | None:
    """Return the time in *text*, as `utc_text` writes it, None where it is none."""
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return None


def utc_text(moment: datetime.datetime) -> str:
    """Return *moment* (aware) as UTC in RFC 3339, to the second."""
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
