# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Job records, as ``show jobs`` gives them, and the words in them.

The forms are recorded ones: elements in any order, missing or empty, four forms of a time, a clock as progress.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from collections.abc import Mapping

from ..._jobs.model import JobState, Target
from ..._transport import xml
from .devices import parse_devices

if t.TYPE_CHECKING:
    from ..._transport.xml import Element


@dataclasses.dataclass(frozen=True)
class Word:
    """One word for a state. *mark* says how it is known: recorded, documented, inferred, assumed."""

    word: str
    state: JobState
    mark: str


# Status and result together: FIN alone is no verdict, and progress 100 is none at all (a download that is over shows
# the time of day there).
STATES: tuple[Word, ...] = (
    Word("PEND", JobState.PENDING, "recorded"),
    Word("QUEUED", JobState.PENDING, "documented: what the CLI prints for PEND"),
    Word("ACT", JobState.RUNNING, "recorded"),
    Word("FIN/PEND", JobState.RUNNING, "assumed: between the end and its verdict, so a few more looks will tell"),
    Word("FIN/OK", JobState.SUCCEEDED, "recorded"),
    Word("FIN/0K", JobState.SUCCEEDED, "documented: with a zero, page Export Technical Support Data"),
    Word("FIN/FAIL", JobState.FAILED, "recorded"),
    # FIN without a result, or with one that is not listed here. The job is over, so more looks bring nothing, and only
    # an OK is a success: "all but FAIL", as some clients have it, would also take an aborted commit for one.
    Word("FIN", JobState.FAILED, "assumed"),
    # What a job that was stopped shows is not documented; the recorded ones that ended without success all have FAIL.
    *(
        Word(f"FIN/{result}", JobState.CANCELED, "assumed")
        for result in ("CANCEL", "CANCELED", "CANCELLED", "STOP", "STOPPED", "KILL", "KILLED")
    ),
    Word("OK", JobState.SUCCEEDED, "inferred: a client's test server leaves the status out"),
    Word("FAIL", JobState.FAILED, "inferred: a client's test server leaves the status out"),
)
WORDS: Mapping[str, JobState] = {row.word: row.state for row in STATES}
"""The words of commits, validations and all other jobs that end with a result."""

_TIME = "%Y/%m/%d %H:%M:%S"
_DAY = 86400.0

FAILED_JOB = "Failed-Job"
"""The type of what is left of a job after a restart of configd [recorded]: no id, no status, no verdict."""


@dataclasses.dataclass(frozen=True)
class JobRecord:
    """What the device says of one job. Texts are empty and *progress*, *position*, *stoppable* None if it says nothing.

    The times are the device's own, without a zone: *tenq* with a date, *tfin* with or without.
    """

    id: str = ""
    type: str = ""
    status: str = ""
    result: str = ""
    user: str = ""
    description: str = ""
    tenq: str = ""
    tfin: str = ""
    progress: float | None = None
    position: int | None = None
    stoppable: bool | None = None
    details: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    devices: tuple[Target, ...] = ()

    @property
    def word(self) -> str:
        """The vendor's words for the state: a key of a table of words, or one that nobody knows."""
        if self.status == "FIN" and self.result:
            return f"FIN/{self.result}"
        return self.status or self.result or self.type or "no status"

    @property
    def seconds(self) -> float | None:
        """How long the job took from its submission on, None where it has not ended or its times cannot be read.

        Of a push, the end is that of its last device: its own is that of the submission [recorded].
        """
        if self.status != "FIN":
            return None
        ends = [_seconds(self.tenq, end) for end in (self.tfin, *(device.finished for device in self.devices))]
        return max((end for end in ends if end is not None), default=None)

    @property
    def number(self) -> int:
        """The id as a number, 0 if it is none. Ids count up from 1 since the last boot."""
        return int(self.id) if self.id.isascii() and self.id.isdigit() else 0

    def __str__(self) -> str:
        parts = [f"{self.type or 'job'} job {self.id or 'without id'}"]
        if self.user:
            parts.append(f"by {self.user}")
        if self.tenq:
            parts.append(f"enqueued {self.tenq}")
        if self.description:
            parts.append(f'"{self.description}"')
        return " ".join(parts)


def _seconds(begin: str, end: str) -> float | None:
    """Return the seconds from *begin* to *end*, two times of a device; *end* may be without the date."""
    day = begin.partition(" ")[0]
    try:
        since = datetime.datetime.strptime(begin, _TIME)
        until = datetime.datetime.strptime(end if " " in end else f"{day} {end}", _TIME)
    except ValueError:
        return None
    seconds = (until - since).total_seconds()
    if seconds < 0 and " " not in end:
        seconds += _DAY  # it ended after midnight
    return seconds if 0 <= seconds <= _DAY else None


def state_of(record: JobRecord, words: Mapping[str, JobState]) -> JobState:
    """Return the state of *record* by *words*, where FIN also stands for all ends with a result that is not in them."""
    known = words.get(record.word)
    if known is None and record.status == "FIN":
        known = words.get("FIN")
    return known or JobState.UNKNOWN


def parse_jobs(root: Element) -> list[JobRecord]:
    """Return the jobs in an answer to ``show jobs``, in its order. An answer without any gives an empty list."""
    # A submission's answer has the id as the text of <job>: that is no record.
    return [_record(job) for job in root.iter("job") if len(job)]


def _record(job: Element) -> JobRecord:
    # One pass instead of a search for each; the first of several with one name counts.
    parts = {part.tag: part for part in reversed(job)}

    def text(tag: str) -> str:
        return " ".join(xml.lines(parts.get(tag)))

    status = text("status")
    position = text("positionInQ")
    finished = text("tfin")
    return JobRecord(
        id=text("id"),
        type=text("type"),
        status=status,
        result=text("result"),
        user=text("user") or text("admin"),  # older records have the second name
        description=text("description"),
        tenq=text("tenq"),
        tfin="" if finished == "Still Active" else finished,
        progress=_progress(text("progress"), ended=status == "FIN"),
        position=int(position) if position.isascii() and position.isdigit() else None,
        stoppable={"yes": True, "no": False}.get(text("stoppable").lower()),
        details=tuple(xml.lines(parts.get("details"))),
        warnings=tuple(xml.lines(parts.get("warnings"))),
        devices=parse_devices(job),
    )


def _progress(text: str, *, ended: bool) -> float | None:
    """Return percent. After the end it may be a time (``14:02:21``, ``2023/08/07 04:00:45``) [recorded]."""
    if text.isascii() and text.isdigit() and int(text) <= 100:
        return float(text)
    return 100.0 if ended else None
