# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Have a PCE make a support bundle of itself, and fetch it.

Source of all shapes: the published schemas [documented]. What the states are called is not known: a bundle is there
when it has a time of completion and an address.
"""

from __future__ import annotations

import dataclasses
import datetime
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import BadInput, NoAnswer
from ..._jobs.model import Handle, JobState
from ..._jobs.operation import Collected, Preview, Timing
from ..._transport.files import check_destination
from .client import open_client
from .identity import is_us
from .job import PceJob, href_in
from .listing import delete_quietly, href_of, listed, started
from .times import instant, read_time, text_of

if t.TYPE_CHECKING:
    from ..._jobs.model import Observation
    from ..._jobs.operation import Submission
    from .client import IllumioClient
    from .job import Record

# Assumed, after the words of other jobs. No word is needed to tell a success.
_WORDS: Mapping[str, JobState] = {
    "failed": JobState.FAILED,
    "error": JobState.FAILED,
    "cancelled": JobState.CANCELED,
    "canceled": JobState.CANCELED,
}

_TIMES = ("starting_at", "ending_at")


@dataclasses.dataclass(frozen=True)
class BundleOptions:
    """What to put into the bundle; the times bound its logs. Raises BadInput."""

    include_logs: bool = True
    starting_at: datetime.datetime | None = None
    ending_at: datetime.datetime | None = None

    def __post_init__(self) -> None:
        given = [name for name in _TIMES if getattr(self, name) is not None]
        if given and not self.include_logs:
            raise BadInput(f"{given[0]}: says which logs to include; with include_logs: false there are none.")
        if self.starting_at and self.ending_at and self.starting_at >= self.ending_at:
            raise BadInput("starting_at: is not before ending_at.")

    def body(self) -> dict[str, t.Any]:
        times = {name: getattr(self, name) for name in _TIMES}
        return {"include_logs": self.include_logs, **{name: text_of(at) for name, at in times.items() if at}}

    def describe(self, record: Record) -> bool:
        """Return whether *record* is a bundle of what is wanted here."""
        return record.get("include_logs") is self.include_logs and all(
            instant(record.get(name)) == (getattr(self, name) and _to_the_millisecond(getattr(self, name)))
            for name in _TIMES
        )


def _to_the_millisecond(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class SupportBundle(PceJob):
    """Make a support bundle; the configuration of the PCE stays as it is. *dest* is where it is to be written.

    A request for one carries no text that would prove whose it is.
    """

    name: t.ClassVar[str] = "illumio.support_bundle"
    words: t.ClassVar[Mapping[str, JobState]] = _WORDS
    identity: t.ClassVar[tuple[str, ...]] = ("name", "requested_at")

    # Nothing is published about how long it takes; the bundles of other systems take up to an hour.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=5, poll_max_interval=30, outage_timeout=600)
    changes_device: t.ClassVar[bool] = False

    def __init__(
        self,
        client: IllumioClient,
        options: BundleOptions | None = None,
        *,
        dest: str | None = None,
        delete: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._options = options
        self._dest = dest
        self._delete = delete
        self._known: set[str] | None = None
        self._done_with = False

    @property
    def _requests(self) -> str:
        return f"{self.client.org}/support_bundle_requests"

    @property
    def _wanted(self) -> BundleOptions:
        if self._options is None:
            raise BadInput("include_logs: say what to put into the bundle.")
        return self._options

    # Before there is a bundle.

    def destination(self, handle: Handle | None) -> str | None:
        return self._dest or (None if handle is None else handle.options.get("dest"))

    def preview(self, *, want_diff: bool) -> Preview:
        logs = "with" if self._wanted.include_logs else "without"
        where = f" and be written to {self._dest}" if self._dest else ""
        return Preview(needed=True, message=f"A support bundle {logs} logs would be made on {self.endpoint}{where}.")

    def still_needed(self) -> bool:
        # A bundle of the same contents of a moment ago is as good.
        return False

    def find_equivalent(self) -> Handle | None:
        """Return the handle of an unfinished bundle of the same contents, whoever asked for it.

        It is deleted later only where it is proven to be ours.
        """
        records = self._listed()
        self._known = set(records)
        for href, record in records.items():
            if not record.get("completed_at") and not self._failed(record) and self._wanted.describe(record):
                return self._handle(href, record)
        return None

    def submit(self) -> Handle:
        if self._known is None:
            try:
                self._known = set(self._listed())
            except NoAnswer as exc:
                raise exc.unsent() from exc
        reply = started(self.client, self._requests, self._wanted.body())
        href = href_of(self.client, reply.data, "request")
        known = self.fingerprint_of(reply.data)
        return self.accepted(reply, href, known, self._kept(delete=self._delete))

    def recover(self) -> Handle | None:
        """Return the handle of the newest bundle of the same contents that was not there before.

        Should somebody else have asked for the same at the same moment, theirs is as good. Where there is none the
        request had no effect, and where it has one all the same later on, a bundle is made in vain: no more.
        """
        new = {
            href: record
            for href, record in self._listed().items()
            if href not in (self._known or ()) and self._wanted.describe(record)
        }
        if not new:
            return None
        href = max(new, key=lambda each: str(new[each].get("requested_at")))
        return self._handle(href, new[href])

    def _listed(self) -> dict[str, Record]:
        return {href_of(self.client, record, "request"): record for record in listed(self.client, self._requests)}

    def _kept(self, *, delete: bool) -> dict[str, str]:
        kept = {"dest": self._dest} if self._dest else {}
        return {**kept, "delete": "true"} if delete else kept

    def _handle(self, href: str, record: Record) -> Handle:
        """Return the handle of a bundle that was found in the list: it may be somebody else's."""
        delete = self._delete and is_us(self.client, href_in(record.get("created_by")))
        return Handle(self.name, self.endpoint, href, self.fingerprint_of(record), options=self._kept(delete=delete))

    # The bundle.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the bundle is ready: hours of work must not end at a folder that is not there.
        dest = self.destination(handle)
        if dest is not None:
            check_destination("dest", dest)
        return super().observe(handle, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        return super().observe(handle, within=within)

    def state_of(self, record: Record, word: str) -> JobState:
        if self._failed(record):
            return self.words[word.lower()]
        return JobState.SUCCEEDED if record.get("completed_at") else JobState.RUNNING

    def _failed(self, record: Record) -> bool:
        return str(record.get("status")).lower() in self.words

    def has_result(self, record: Record) -> bool:
        return bool(_address(record))

    def facts_of(self, record: Record) -> Mapping[str, t.Any]:
        facts = {name: record.get(name) for name in ("name", "requested_at", "completed_at", "include_logs", *_TIMES)}
        return {**facts, "download_url": _address(record) or None}

    def fingerprint_of(self, record: t.Any) -> dict[str, str]:
        known = record if isinstance(record, Mapping) else {}
        return {name: known[name] for name in self.identity if isinstance(known.get(name), str) and known[name]}

    def collect(self, handle: Handle, last: Observation) -> Collected:
        facts = {name: value for name, value in last.facts.items() if name != "download_url"}
        dest = self.destination(handle)
        if dest is None:
            return Collected({"href": handle.id, **facts}, changed=False)
        address = self.client.href(str(last.facts["download_url"]))
        saved = self.fetch(address, check_destination("dest", dest))
        self._done_with = handle.options.get("delete") == "true"
        return Collected({"href": handle.id, **facts, **saved.to_dict()}, saved.changed)

    def clean_up_there(self, handle: Handle | None) -> tuple[str, ...]:
        if handle is None or not self._done_with:
            return ()
        left = delete_quietly(self.client, handle.id)
        return (left,) if left else ()


def _address(record: Record) -> str:
    value = record.get("download_url")
    found = value.get("href") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else ""


def from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], *, now: datetime.datetime | None = None
) -> Submission:
    """Return the bundle that the options of illumio_support_bundle describe, or the one that their handle names.

    Raises BadInput, MissingLibrary.
    """
    dest = None if params["dest"] is None else check_destination("dest", params["dest"])
    if params["handle"] is not None:
        return SupportBundle(open_client(params, hide), dest=dest)
    moment = now or datetime.datetime.now(datetime.timezone.utc)
    if params["delete_request"] and dest is None:
        raise BadInput("delete_request: without dest nothing would be left of the bundle. Give dest.")
    start, end = params["starting_at"], params["ending_at"]
    options = BundleOptions(
        include_logs=params["include_logs"],
        starting_at=None if start is None else read_time("starting_at", start, now=moment),
        ending_at=None if end is None else read_time("ending_at", end, now=moment, as_end=True),
    )
    return SupportBundle(open_client(params, hide), options, dest=dest, delete=params["delete_request"])
