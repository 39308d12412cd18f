# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What content and software updates have in common: the lists of packages, and the jobs that download and install.

Such a job has no description, so nothing proves whose it is. Nothing has to: what counts is its effect, and that stands
in the device's lists. To do it twice would do no harm; it is avoided all the same.
"""

from __future__ import annotations

import abc
import dataclasses
import datetime
import typing as t

from ..._jobs.errors import Busy, EffectMissing, JobMissing, JobReplaced, NoAnswer, Refused
from ..._jobs.model import JobState, Observation
from ..._jobs.operation import NothingToDo, Preview
from ..._transport import xml
from ..._transport.xml import node
from .job import IN_FLIGHT, same_user
from .records import WORDS
from .replies import says_no_update
from .submission import PanosSubmission
from .system import ask, read_release_time

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..._jobs.model import Handle
    from ..._transport.xml import Element
    from .client import PanosClient
    from .records import JobRecord

DOWNLOAD_TYPE = "Downld"
"""The type of all downloads [recorded]."""

GONE = "gone"
"""The word for a job that the device no longer knows, and whose effect is there."""


@dataclasses.dataclass(frozen=True)
class Package:
    """An entry of the device's lists [recorded]. *released* is by the device's clock, None if it does not say."""

    version: str
    filename: str = ""
    released_on: str = ""
    downloaded: bool = False
    current: bool = False
    previous: bool = False

    @property
    def released(self) -> datetime.datetime | None:
        return read_release_time(self.released_on)


def read_packages(root: Element) -> list[Package]:
    """Return the entries of a list of content or of software, in its order, which is none [recorded]."""
    # The list of the GlobalProtect data file has another name around its entries [recorded].
    return [_package(entry) for entry in root.iterfind("./result//entry") if entry.find("version") is not None]


def _package(entry: Element) -> Package:
    def said(tag: str) -> bool:
        # "downloading" was seen there, too, which is neither [read in pan-os-upgrade].
        return xml.text_of(entry, tag).lower() == "yes"

    return Package(
        version=xml.text_of(entry, "version"),
        filename=xml.text_of(entry, "filename"),
        released_on=xml.text_of(entry, "released-on"),
        # An image that was uploaded is there without having been downloaded [assumed from the name of the field].
        downloaded=said("downloaded") or said("uploaded"),
        current=said("current"),
        previous=said("previous"),
    )


def path(tags: Sequence[str], *content: str | Element) -> Element:
    """Return *content* inside elements of the names *tags*, the first outermost."""
    made = node(tags[-1], *content)
    for tag in reversed(tags[:-1]):
        made = node(tag, made)
    return made


def refreshed(client: PanosClient, check: Element, info: Element) -> list[Package]:
    """Return the list after the device has asked the update server for news. Raises NoAnswer, Denied, Refused.

    Trap 18: "No update available" is an error to the device, and none to us: its list stands.
    """
    try:
        return read_packages(client.op(check).root)
    except Refused as exc:
        if not says_no_update(exc.message):
            raise
        return read_packages(ask(client, info))


def with_advice(refusal: Refused) -> Refused:
    """Return the refusal of a check for updates, with what can be done about it."""
    if isinstance(refusal, Busy):
        return refusal
    advice = (
        "Check that the device reaches its update server. With check: false the list of the last check will do."
        if refusal.details.get("code") != "17"  # documented: invalid command
        else "This device has no command for it."
    )
    return Refused(f"{refusal.message} {advice}", reason=refusal.reason, details=refusal.details, label=refusal.label)


@dataclasses.dataclass(frozen=True)
class Errand:
    """What one job is to do: in words, as the command, and as the options of its handle.

    *types* are the types that its record may have, as far as they are known.
    """

    purpose: str
    command: Element
    options: Mapping[str, str]
    types: Sequence[str] = ()


class UpdateJob(PanosSubmission):
    """One download or installation. Opened by a handle it can do all but submit."""

    words: t.ClassVar[Mapping[str, JobState]] = {**WORDS, GONE: JobState.SUCCEEDED}
    job_type: t.ClassVar[str] = ""

    def __init__(self, client: PanosClient, errand: Errand | None = None) -> None:
        super().__init__(client)
        self._errand = errand
        self._asked = False
        self.submitted: Handle | None = None

    @property
    def errand(self) -> Errand:
        if self._errand is None:
            raise Refused(f"{self.name}: a handle alone does not say what to submit.")
        return self._errand

    @abc.abstractmethod
    def done(self, options: Mapping[str, str], target: str | None) -> str | None:
        """Return None if the device has what the job with these *options* was for, else what is missing.

        *target* as for the client's `op`. Raises NoAnswer, Denied.
        """

    def preview(self, *, want_diff: bool) -> Preview:
        return Preview(needed=True, message=f"To be done: {self.errand.purpose}.")

    def still_needed(self) -> bool:
        return False  # Whoever asked for this step looks at the device again, and asks for the next.

    def find_equivalent(self) -> Handle | None:
        records = self.all_jobs()
        self._remember(records)
        return self._newest([record for record in records if self.state_of(record) in IN_FLIGHT])

    def submit(self) -> Handle | NothingToDo:
        errand = self.errand
        self._remember_before_submit()
        if self._asked and self._is_done():
            return NothingToDo(f"{self.endpoint}: {errand.purpose} was done meanwhile.")
        self._asked = True
        try:
            accepted = self._accepted(lambda: self.client.op(errand.command, write=True))
        except Refused as exc:
            if not says_no_update(exc.message):
                raise
            return NothingToDo(exc.message)
        if isinstance(accepted, NothingToDo):
            return accepted
        self.submitted = self._enqueued(lambda record: self._handle(accepted, record))
        return self.submitted

    def recover(self) -> Handle | None:
        records = self.all_jobs()
        if self._landmark is None or not self._landmark.stands_in(records):
            # The list started anew, and what is in flight since then may be ours: better waited for than started twice.
            # What is not in flight is done again, which does no harm, unless the device has by then what it is for.
            self._remember(records)
            self.submitted = self._newest([record for record in records if self.state_of(record) in IN_FLIGHT])
            return self.submitted
        since = self._landmark.number
        self.submitted = self._newest([record for record in records if record.number > since])
        return self.submitted

    def observe(self, handle: Handle, *, within: float) -> Observation:
        """Look at the job. Trap 30: where it is gone, what it was for tells how it ended."""
        try:
            seen = super().observe(handle, within=within)
        except (JobMissing, JobReplaced):
            if self._missing(handle) != "":
                raise
            text = f"{self.endpoint} knows the job no more, but what it was for has been done."
            return Observation(state=JobState.SUCCEEDED, vendor_state=GONE, messages=(text,))
        kind = str(seen.facts["type"])
        return dataclasses.replace(seen, fingerprint={**seen.fingerprint, **({"type": kind} if kind else {})})

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        missing = self._missing(handle)
        if missing:
            raise EffectMissing(missing)
        return ()

    def _missing(self, handle: Handle) -> str | None:
        """Return what the job was for and is not there, an empty text if all is, None if the handle does not say."""
        if not handle.options:
            return None
        return self.done(handle.options, handle.fingerprint.get("target", "")) or ""

    def _is_done(self) -> bool:
        try:
            return self.done(self.errand.options, None) is None
        except NoAnswer as exc:
            raise exc.unsent() from exc

    def _kinds(self) -> Sequence[str]:
        return self.errand.types

    def _newest(self, records: Sequence[JobRecord]) -> Handle | None:
        fitting = [
            record for record in records if record.id and record.type in self.errand.types and self._ours(record)
        ]
        newest = max(fitting, key=lambda record: record.number, default=None)
        return None if newest is None else self._handle(newest.id, newest)

    def _ours(self, record: JobRecord) -> bool:
        """Return whether the job may be ours. Recorded downloads name no user, whoever started them."""
        return not record.user or not self.client.user or same_user(record.user, self.client.user)

    def _handle(self, job_id: str, record: JobRecord | None = None) -> Handle:
        made = self.handle_of(job_id, record=record)
        known = dict(made.fingerprint)
        if record is not None and record.type:
            known["type"] = record.type
        return dataclasses.replace(made, fingerprint=known, options=dict(self.errand.options))
