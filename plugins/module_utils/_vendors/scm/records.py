# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""A job of the configuration, as the API shows it in its several shapes, and what its words mean.

Sources: D config-operations-march.yaml or pan.dev, R recorded from a tenant and published, C read in a client's source,
I inferred.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import NoAnswer
from ..._jobs.model import JobState, Target
from ..._jobs.tokens import tokens_in

PUSH = "CommitAndPush"
"""The type of the job of a push, which itself only commits [R]."""

CHILD = "CommitAll"
"""The type of the jobs that a push starts afterwards, one for each folder or device [R]."""

STATUS_WORDS: Mapping[str, JobState] = {
    "PEND": JobState.PENDING,  # D
    "ACT": JobState.RUNNING,  # R
    "PUSHSENT": JobState.RUNNING,  # I: sent, the device has not answered
    "FIN": JobState.RUNNING,  # R: with this word the result decides
    "PUSHFAIL": JobState.FAILED,  # D, as the others
    "PUSHABORT": JobState.FAILED,
    "PUSHTIMEOUT": JobState.FAILED,
}
"""The words in ``status_str``."""

RESULT_WORDS: Mapping[str, JobState] = {
    "PEND": JobState.RUNNING,  # R
    "WAIT": JobState.RUNNING,  # D
    "OK": JobState.SUCCEEDED,  # R
    "FAIL": JobState.FAILED,  # R
    "CANCELLED": JobState.CANCELED,  # D
    "TIMEOUT": JobState.FAILED,  # D: on the vendor's side
    "PUSHABORT": JobState.FAILED,  # C
    "ABORTED": JobState.FAILED,  # C
}
"""The words in ``result_str``."""

_PUSHED = re.compile(r"(.+?) configuration pushed to\b", re.IGNORECASE)
"""What the description of a child says of the place that it pushes to [R]."""

_PARTIAL = "Partial changes to commit"
"""How the line begins that says whose changes a push took along [R]."""

_SEEN = "Warnings seen in"
"""How warnings begin that stand among the information of a child [R]."""


def state_of(status: str, result: str) -> JobState:
    """Return what a job with these words is. Over is what either word calls over; success is only the result OK."""
    by_status = STATUS_WORDS.get(status, JobState.UNKNOWN)
    by_result = RESULT_WORDS.get(result or "PEND", JobState.UNKNOWN)
    if by_result.ended and by_result is not JobState.SUCCEEDED:
        return by_result
    if by_status.ended:
        return by_status
    if by_result is JobState.SUCCEEDED:
        return by_result
    return JobState.UNKNOWN if by_result is JobState.UNKNOWN else by_status


@dataclasses.dataclass(frozen=True)
class Details:
    """What a job has to say; *description* is there that of the push. *given* is false where a record has none."""

    info: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    description: str = ""
    given: bool = False


@dataclasses.dataclass(frozen=True)
class JobRecord:
    """A job as one answer showed it, whatever the shape. All texts are the vendor's, empty where it gave none.

    *started* and *ended* are times without a zone and prove nothing: a job that runs has an end, too [R].
    """

    id: str
    parent: str = ""
    type: str = ""
    status: str = ""
    result: str = ""
    percent: float | None = None
    user: str = ""
    description: str = ""
    summary: str = ""
    device: str = ""
    started: str = ""
    ended: str = ""
    details: Details = Details()

    @property
    def state(self) -> JobState:
        return state_of(self.status, self.result)

    @property
    def word(self) -> str:
        """Status and result, such as ``FIN/OK``."""
        return "/".join(text for text in (self.status, self.result) if text)

    @property
    def number(self) -> int:
        """The id as a number, to sort by: newer jobs have greater ones [R]."""
        return int(self.id) if self.id.isascii() and self.id.isdigit() else -1

    @property
    def texts(self) -> tuple[str, str]:
        """Where the description of a push may stand."""
        return self.description, self.details.description

    @property
    def tokens(self) -> list[str]:
        """The tokens of this collection in the description."""
        return [token for text in self.texts for token in tokens_in(text)]

    @property
    def name(self) -> str:
        """The folder or device of a child, or what it says of itself."""
        if self.device:
            return self.device
        for text in self.texts:
            found = _PUSHED.match(text)
            if found:
                return found[1]
        return next(filter(None, self.texts), f"job {self.id}")

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it failed, as far as it says so."""
        return _distinct(*self.details.errors, self.summary) or _distinct(*self.information)

    @property
    def information(self) -> tuple[str, ...]:
        return tuple(line for line in self.details.info if not line.startswith(_SEEN))

    @property
    def warnings(self) -> tuple[str, ...]:
        return _distinct(*self.details.warnings, *(line for line in self.details.info if line.startswith(_SEEN)))

    @property
    def messages(self) -> tuple[str, ...]:
        """What there is to say of it, the most important first."""
        if self.state in (JobState.FAILED, JobState.CANCELED):
            return self.reasons
        return _distinct(*self.details.errors, self.summary, *self.information)

    @property
    def partial(self) -> tuple[str, ...]:
        """The lines that say whose changes alone were taken along; none where it does not say that."""
        return tuple(line for line in self.information if line.startswith(_PARTIAL))

    @property
    def target(self) -> Target:
        """The same as a part of its parent."""
        return Target(
            name=self.name,
            id=self.id,
            state=self.state,
            vendor_state=self.word,
            messages=self.messages,
            warnings=self.warnings,
            started=self.started,
            finished=self.ended if self.state.ended else "",
        )


def parse_jobs(data: t.Any, endpoint: str) -> list[JobRecord]:
    """Return the jobs in an answer: a list, ``{"data": list}`` [R], or one bare object [D: an older page].

    Raises NoAnswer where *data* is none of these.
    """
    if isinstance(data, Mapping) and "id" not in data:
        data = data.get("data")
    if isinstance(data, Mapping):
        data = [data]
    if not isinstance(data, list):
        raise NoAnswer(f"{endpoint} answered without the state of a job.", label="no state", server_spoke=True)
    return [_record(each) for each in data if isinstance(each, Mapping) and _text(each.get("id"))]


def _record(data: Mapping[str, t.Any]) -> JobRecord:
    text = {name: _text(data.get(name)) for name in _FIELDS}
    return JobRecord(
        id=text["id"],
        parent="" if text["parent_id"] == "0" else text["parent_id"],
        type=text["type_str"],
        status=text["status_str"].upper(),
        result=text["result_str"].upper(),
        percent=_percent(text["percent"]),
        user=text["uname"],
        description=text["description"],
        summary=text["summary"],
        device=text["device_name"],
        started=text["start_ts"] or text["insert_ts"],
        ended=text["end_ts"],
        details=_details(data.get("details")),
    )


_FIELDS = (
    "id",
    "parent_id",
    "type_str",
    "status_str",
    "result_str",
    "percent",
    "uname",
    "description",
    "summary",
    "device_name",
    "start_ts",
    "insert_ts",
    "end_ts",
)


def _details(value: t.Any) -> Details:
    """Return what stands in ``details``: JSON in a text [R], which may be plain text or empty, too.

    Its own ``status`` and ``result`` are left alone: they may lag behind those of the job [R].
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return Details(info=_lines(value), given=bool(value.strip()))
    if not isinstance(value, Mapping):
        return Details(info=_lines(value), given=bool(_lines(value)))
    return Details(
        info=_lines(value.get("info")),
        errors=_lines(value.get("errors")),
        warnings=_lines(value.get("warnings")),
        description=_text(value.get("description")),
        given=True,
    )


def _lines(value: t.Any) -> tuple[str, ...]:
    """Return the texts in *value*, each on one line: they come with line ends and non-breaking spaces [R]."""
    if isinstance(value, Mapping):
        value = [": ".join(line for each in value.values() for line in _lines(each))]
    found = value if isinstance(value, list) else [value]
    texts = [line for each in found for line in (_lines(each) if isinstance(each, (list, Mapping)) else [_text(each)])]
    return _distinct(*texts)


def _distinct(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _text(value: t.Any) -> str:
    if value is None or isinstance(value, (Mapping, list)):
        return ""
    return " ".join(str(value).split())


def _percent(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return min(max(found, 0.0), 100.0) if math.isfinite(found) else None
