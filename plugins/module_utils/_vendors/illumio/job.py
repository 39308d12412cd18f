# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What all work of a PCE that has an href has in common: to look at it, to know it again, to judge its end.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, C read in a client's source.
"""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Iterator, Mapping

from ..._jobs.errors import BadInput, Denied, JobMissing, JobReplaced, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Submission
from ..._jobs.tokens import tokens_in
from ..._transport import downloads
from ..._transport.http_client import retry_after
from .client import errors_of

if t.TYPE_CHECKING:
    from ..._transport.files import Saved
    from ..._transport.http_client import Stream
    from ..._transport.json_client import Reply
    from .client import IllumioClient

RESULT_GRACE = 30.0
"""Seconds in which the result may come after the end of a job was reported [C: seen live with traffic queries]."""

DENIED_PATIENCE = 60.0
"""Seconds in which looks that are answered with 401 are put down to the PCE: single ones are seen in the field."""

Record = Mapping[str, t.Any]
"""What the PCE says of a job."""


class PceJob(Submission):
    """Work that the PCE answers for under one href, which is the id in the handle.

    A vendor's operation gives `words` (in lower case, as the PCE's are compared) and, where it needs other than what
    jobs of the job list have, overrides what is below `observe`. *clock* gives monotonic seconds.
    """

    word_key: t.ClassVar[str] = "status"
    """The key under which a record has the PCE's word."""

    identity: t.ClassVar[tuple[str, ...]] = ("description",)
    """The keys of the fingerprint that never change: a job that shows other values there is another one.

    Where they have the same token it is the same all the same, whatever a PCE has made of the text around it.
    """

    def __init__(self, client: IllumioClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._clock = clock
        self._without_result_since: float | None = None
        self._denied_since: float | None = None
        self._let_in = False

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    def accepted(self, reply: Reply, href: str, fingerprint: Mapping[str, str], options: Mapping[str, str]) -> Handle:
        """Return the handle of the job that *reply* to a submission started, and keep when to look first."""
        self._let_in = True
        self._without_result_since = None
        self.retry_after = retry_after(reply.headers)
        return Handle(self.name, self.endpoint, href, fingerprint, options=options)

    def observe(self, handle: Handle, *, within: float) -> Observation:
        reply = self.look(handle, within=within)
        record: Record = reply.data
        learned = self.fingerprint_of(record)
        self._check_same(handle, learned)
        word = str(record.get(self.word_key) or "")
        state, messages, note = self._judged(record, word)
        pause = retry_after(reply.headers)
        if state is JobState.RUNNING and self._without_result_since is not None:
            # The result comes any moment now: the interval, which has grown, would be too long.
            pause = pause or 0.0
        return Observation(
            state=state,
            vendor_state=word,
            progress=self.progress_of(record),
            messages=messages,
            warnings=self.warnings_of(record),
            retry_after=pause,
            fingerprint=learned,
            facts=self.facts_of(record),
            note=note,
        )

    def look(self, handle: Handle, *, within: float | None = None) -> Reply:
        """Return the answer about *handle*'s job, an object. Raises JobMissing, Denied, NoAnswer."""
        try:
            reply = self.client.get(handle.id, within=within)
        except JobMissing as exc:
            raise JobMissing(
                f"{self.endpoint} knows no job {handle.id} any more ({exc.label}). A PCE keeps its jobs for a short "
                "time only, forgets them when it restarts, and this one may have been deleted after its result was "
                "fetched.",
                label=exc.label,
            ) from exc
        except Refused as exc:
            # Whatever the PCE complains of, it is not a verdict on the job.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        except Denied as exc:
            raise self._denied(exc) from exc
        self._denied_since, self._let_in = None, True
        if not isinstance(reply.data, Mapping):
            raise NoAnswer(
                f"{self.endpoint} answered without the state of {handle.id}.", label="no state", server_spoke=True
            )
        return reply

    def received(self, answer: Stream, *, may_be_empty: bool = False) -> Iterator[bytes]:
        """Give what comes, as `downloads.received` does."""
        return downloads.received(answer, self.transfer, self.endpoint, may_be_empty=may_be_empty)

    def fetch(self, href: str, dest: str) -> Saved:
        """Write the bytes at *href* to *dest*, whole or not at all.

        Raises what `IllumioClient.stream` raises, BadInput for the disk, and NoAnswer for what is no file.
        """
        with self.client.stream(href, headers={"Accept": "*/*"}) as body:
            return downloads.save(body, dest, self.transfer, self.endpoint)

    # What an operation may have otherwise than the jobs of the job list.

    def state_of(self, record: Record, word: str) -> JobState:
        return self.words.get(word.lower(), JobState.UNKNOWN)

    def has_result(self, record: Record) -> bool:
        """Return whether the record of a job that is over says where its result is."""
        return True

    def reasons_of(self, record: Record) -> tuple[str, ...]:
        """Return what the PCE says, line by line, of a job that did not succeed."""
        return tuple(error.text for error in errors_of(record))

    def progress_of(self, record: Record) -> float | None:
        return None

    def warnings_of(self, record: Record) -> tuple[str, ...]:
        return ()

    def facts_of(self, record: Record) -> Mapping[str, t.Any]:
        return {}

    def fingerprint_of(self, record: Record) -> dict[str, str]:
        """Return what *record* tells about the identity of its job."""
        return job_fingerprint(record)

    # Up to here.

    def _judged(self, record: Record, word: str) -> tuple[JobState, tuple[str, ...], str]:
        """Return what the job is, what to say of it, and a note."""
        state = self.state_of(record, word)
        if state is not JobState.SUCCEEDED:
            self._without_result_since = None
            said = self.reasons_of(record) if state.ended else ()
            if state is JobState.FAILED and not said:
                said = ("the PCE gives no reason",)
            return state, said, ""
        if self.has_result(record):
            self._without_result_since = None
            return state, (), ""
        now = self._clock()
        if self._without_result_since is None:
            self._without_result_since = now
        if now - self._without_result_since < RESULT_GRACE:
            return JobState.RUNNING, (), "its result is not there yet"
        said = self.reasons_of(record)
        text = f"{word} without a result, also {RESULT_GRACE:.0f} s after it was over"
        return JobState.FAILED, (text, *said), ""

    def _check_same(self, handle: Handle, seen: Mapping[str, str]) -> None:
        for key in self.identity:
            known, found = handle.fingerprint.get(key), seen.get(key)
            if known and found and known != found and not set(tokens_in(known)) & set(tokens_in(found)):
                raise JobReplaced(
                    f"{handle.id} on {self.endpoint} is another job than the one of the handle: its {key} is "
                    f"{found!r}, not {known!r}.",
                    label="another job",
                )

    def _denied(self, exc: Denied) -> Exception:
        """Return what a refused log-in in the middle of a wait means.

        One 401 on a poll is seen in the field and heals by itself; a session that died or a key that expired does not.
        Where nothing was ever answered before, it is the wrong key.
        """
        if exc.label != "HTTP 401" or not self._let_in:
            return exc
        now = self._clock()
        if self._denied_since is None:
            self._denied_since = now
        elif now - self._denied_since >= DENIED_PATIENCE:
            # Not Denied: by now the poller takes that for a part of the outage, and would go on to its end.
            return BadInput(exc.message)
        return NoAnswer(exc.message, label=exc.label, server_spoke=True)


def job_fingerprint(record: Record) -> dict[str, str]:
    """Return what proves which job of the job list *record* is: ``description``, ``requested_by``, ``requested_at``.

    The times are kept as they are: they come in two forms [D]. The user stands in ``created_by`` by the guide's table.
    """
    known = {
        "description": record.get("description"),
        "requested_by": href_in(record.get("requested_by")) or href_in(record.get("created_by")),
        "requested_at": record.get("requested_at"),
    }
    return {key: value for key, value in known.items() if isinstance(value, str) and value}


def href_in(value: t.Any) -> str:
    """Return the href of an object such as ``{"href": "/users/1"}``, an empty text where it has none."""
    found = value.get("href") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
