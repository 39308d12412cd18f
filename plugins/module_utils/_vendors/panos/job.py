# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What all jobs of the device's job list have in common: to look at one, to know it again, to stop it."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.errors import Denied, JobMissing, JobReplaced, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Submission
from ..._transport.xml import node
from .records import FAILED_JOB, WORDS, JobRecord, parse_jobs, state_of

if t.TYPE_CHECKING:
    from ..._transport.xml import Element
    from .client import PanosClient
    from .replies import Reply


IN_FLIGHT = (JobState.PENDING, JobState.RUNNING)


class PanosJob(Submission):
    """A job that ``show jobs`` lists. A handle's fingerprint has *type*, *target*, *token*, *tenq* and *user*."""

    job_type: t.ClassVar[str]
    """The type in the job's record."""

    other_types: t.ClassVar[tuple[str, ...]] = ()
    """What else the type may be called."""

    words: t.ClassVar[Mapping[str, JobState]] = WORDS
    can_cancel: t.ClassVar[bool] = True

    # No delay between a submission and its record is documented; a few seconds cost nothing but a later "lost".
    missing_grace: t.ClassVar[float] = 5.0

    def __init__(self, client: PanosClient) -> None:
        self.client = client

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        """Let no request last beyond *until* (monotonic seconds), None for no such bound."""
        self.client.deadline = until

    def observe(self, handle: Handle, *, within: float) -> Observation:
        return self._seen(self._look(handle, within=within))

    def _seen(self, record: JobRecord) -> Observation:
        learned = {"tenq": record.tenq, "user": record.user}
        state = self.state_of(record)
        return Observation(
            state=state,
            vendor_state=record.word,
            progress=record.progress,
            messages=record.details + self._comment(record),
            warnings=record.warnings,
            fingerprint={key: value for key, value in learned.items() if value},
            facts={
                "type": record.type,
                "user": record.user,
                "description": record.description,
                "enqueued": record.tenq,
                "finished": record.tfin,
            },
            note=_queue_note(record) if state is JobState.PENDING else "",
        )

    def state_of(self, record: JobRecord) -> JobState:
        return state_of(record, self.words)

    def _comment(self, record: JobRecord) -> tuple[str, ...]:
        """Return what to say of an end whose verdict cannot be read."""
        if record.status != "FIN" or (record.result and record.word in self.words):
            return ()
        return (
            f"{self.endpoint} ended the job with {record.word!r}, which is neither OK nor FAIL, so it does not count "
            "as a success. Look there what became of it, for instance whether changes are still pending.",
        )

    def cancel(self, handle: Handle) -> None:
        """Ask the device to stop the job. That ``clear job id`` does it is assumed: no client read sends it."""
        record = self._look(handle)
        if self.state_of(record).ended:
            raise Refused(f"{record} is over already: {record.word}.")
        if record.stoppable is False:
            raise Refused(f"{self.endpoint} says that {record} can no longer be stopped ({record.word}).")
        command = node("clear", node("job", node("id", handle.id)))
        self.client.op(command, target=target_of(handle), write=True)

    def all_jobs(self) -> list[JobRecord]:
        """Return the device's job list, newest first. Only for finding jobs: polls ask for one id.

        Raises NoAnswer, Denied.
        """
        try:
            reply = self.client.op(node("show", node("jobs", node("all"))))
        except (Refused, JobMissing) as exc:
            # Whatever the device complains of, it is not a verdict on any job, and no submission was refused.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        return parse_jobs(reply.root)

    def handle_of(self, job_id: str, *, token: str = "", record: JobRecord | None = None) -> Handle:
        """Return the handle of a job of this operation, with all that proves it to be that one."""
        known = {"type": self.job_type, "token": token, "target": self.client.target or ""}
        if record is not None:
            known.update(tenq=record.tenq, user=record.user)
        return Handle(self.name, self.endpoint, job_id, {key: value for key, value in known.items() if value})

    def _look(self, handle: Handle, *, within: float | None = None) -> JobRecord:
        """Return the record of *handle*'s job. Raises JobMissing, JobReplaced, Denied, NoAnswer."""
        try:
            reply = self._ask_about(handle, within)
        except Refused as exc:
            if exc.details.get("code") == "7":  # documented: object not present
                raise JobMissing(exc.message, label="job not found") from exc
            # Whatever else the device complains of, it is not a verdict on the job.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        return self._own_record(parse_jobs(reply.root), handle)

    def _ask_about(self, handle: Handle, within: float | None) -> Reply:
        """Ask for the job's record. Raises what the client does."""
        command = node("show", node("jobs", node("id", handle.id)))
        return self.client.op(command, within=within, target=target_of(handle))

    def _own_record(self, records: Sequence[JobRecord], handle: Handle) -> JobRecord:
        """Return the one of *records* that is *handle*'s job: one id may have several [recorded since 10.2]."""
        same_id = [record for record in records if record.id == handle.id and record.type != FAILED_JOB]
        if not same_id:
            reasons = [line for record in records if record.type == FAILED_JOB for line in record.details]
            reason = f" What is left in the list: {reasons[0]}." if reasons else ""
            raise JobMissing(f"{self.endpoint} knows no job {handle.id} any more.{reason}", label="job not found")
        # Of an operation with jobs of several types, the first look at a job shows its type.
        kind = self.job_type or handle.fingerprint.get("type", "")
        for record in same_id:
            if (not kind or record.type in (kind, *self.other_types, "")) and _fits(record, handle.fingerprint):
                return record
        found = next((record for record in same_id if record.type == kind), same_id[0])
        raise JobReplaced(
            f"On {self.endpoint}, id {handle.id} now names another job: {found}. The handle names: "
            f"{_described(kind, handle)}. Ids start again after a restart of the device.",
            label="another job",
        )


def _fits(record: JobRecord, fingerprint: Mapping[str, str]) -> bool:
    """Return whether *record* is the job of *fingerprint*: by its token, else if nothing contradicts.

    Older records name the user only at the end. The token has to do alone where it is there: after a change of the time
    zone the same job shows another time.
    """
    tenq, user, token = (fingerprint.get(key, "") for key in ("tenq", "user", "token"))
    if token and token in record.description:
        return True
    if (tenq and record.tenq and tenq != record.tenq) or (user and record.user and not same_user(user, record.user)):
        return False
    return not token or (not record.description and bool(tenq) and tenq == record.tenq)


def same_user(one: str, other: str) -> bool:
    """Return whether both name one account. Capitals do not count, nor a domain (``corp\\me``) that only one names.

    Assumed: that a device with remote authentication may show the account otherwise than it was typed at the log-in.
    """
    (domain, _separator, name), (domain2, _separator2, name2) = (
        user.casefold().rpartition("\\") for user in (one, other)
    )
    return name == name2 and (domain == domain2 or not domain or not domain2)


def _described(kind: str, handle: Handle) -> str:
    known = handle.fingerprint
    parts = [f"{kind} job {handle.id}".strip()]
    if known.get("user"):
        parts.append(f"by {known['user']}")
    if known.get("tenq"):
        parts.append(f"enqueued {known['tenq']}")
    if known.get("token"):
        parts.append(f"with {known['token']} in its description")
    return " ".join(parts)


def target_of(handle: Handle) -> str:
    """Return the serial of the device behind Panorama whose job *handle* names, an empty text for Panorama's own."""
    # The handle decides: on Panorama itself the same id is another job than on a firewall behind it.
    return handle.fingerprint.get("target", "")


def _queue_note(record: JobRecord) -> str:
    return f"position {record.position} in the queue" if record.position else "queued"


@dataclasses.dataclass(frozen=True)
class Landmark:
    """The newest job of the list at one moment, by which to tell later whether the list is still the same one."""

    number: int
    tenq: str
    failed: int

    @classmethod
    def of(cls, records: Sequence[JobRecord]) -> Landmark:
        newest = max(records, key=lambda record: record.number, default=JobRecord())
        return cls(newest.number, newest.tenq, _failed(records))

    def stands_in(self, records: Sequence[JobRecord]) -> bool:
        """Return whether *records* continue the list: what is not in them was then not enqueued in between.

        After a restart of the device ids count from 1 again, from an AutoCom job on; after one of configd jobs turn
        into records without an id.
        """
        if _failed(records) > self.failed:
            return False
        if self.number == 0:
            # A list that is still empty proves nothing either: a device that was booted has had an AutoCom job.
            return bool(records) and all(record.type != "AutoCom" for record in records)
        return any(record.number == self.number and record.tenq == self.tenq for record in records)


def _failed(records: Sequence[JobRecord]) -> int:
    return sum(record.type == FAILED_JOB for record in records)


def running_jobs(records: Sequence[JobRecord]) -> list[dict[str, t.Any]]:
    """Return those that did not end yet, as a playbook can use them."""
    return [
        {"id": record.id, "type": record.type, "user": record.user, "state": record.word, "progress": record.progress}
        for record in records
        if record.id and state_of(record, WORDS) in IN_FLIGHT
    ]


def named_job(job: Mapping[str, t.Any]) -> str:
    """Return one of `running_jobs` in words."""
    progress = "" if job["progress"] is None else f" {job['progress']:.0f} %"
    by = f" by {job['user']}" if job["user"] else ""
    return f"{job['type']} job {job['id']}{by}, {job['state']}{progress}"


def quietly(client: PanosClient, command: Element) -> Element | None:
    """Return the answer to an operational command, None where the device has no such command or does not answer.

    For what is good to know and never needed.
    """
    try:
        return client.op(command).root
    except (NoAnswer, Refused, JobMissing, Denied):
        return None
