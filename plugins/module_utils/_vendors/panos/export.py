# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Export a file: what the device has to make first by a job, everything else at once.

The parameters of the requests are those that pan-python sends, if nothing else is said.
"""

from __future__ import annotations

import contextlib
import dataclasses
import email.message
import re
import time
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, Denied, EffectMissing, JobMissing, JobReplaced, NoAnswer, Refused
from ..._jobs.model import Handle
from ..._jobs.operation import Collected, Done, NothingToDo, Preview, Timing
from ..._transport import integrity, xml
from ..._transport.files import AtomicFile, check_destination
from ..._transport.http_client import joined
from .client import open_client
from .job import same_user, target_of
from .records import parse_jobs
from .submission import PanosSubmission

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ..._jobs.model import Observation
    from .client import Body, PanosClient
    from .records import JobRecord
    from .replies import Reply


@dataclasses.dataclass(frozen=True)
class Category:
    """One kind of file. *parameters*: the options of it, by what they are called in the request."""

    title: str
    by_job: bool = False
    parameters: Mapping[str, str] = dataclasses.field(default_factory=dict)
    required: tuple[str, ...] = ()
    listed: bool = False
    """Whether the device lists the files that it has, where none is named."""


_FROM = {"from": "from"}

CATEGORIES: Mapping[str, Category] = {
    "tech-support": Category("tech support file", by_job=True),
    "stats-dump": Category("statistics", by_job=True),
    "configuration": Category("running configuration"),
    "device-state": Category("device state"),
    "application-pcap": Category("application capture", parameters=_FROM, listed=True),
    "filter-pcap": Category("filter capture", parameters=_FROM, listed=True),
    "dlp-pcap": Category(
        "data filtering capture",
        parameters={**_FROM, "dlp_password": "dlp-password"},
        required=("dlp_password",),
        listed=True,
    ),
    # The vendor's page calls the first one pcap-id; pan-python, which others build upon, sends this.
    "threat-pcap": Category(
        "threat capture",
        parameters={"pcap_id": "pcapid", "search_time": "search-time", "serial": "serialno"},
        required=("pcap_id", "search_time"),
    ),
}
"""What can be exported, by the name in the request. That statistics come from firewalls only was read in a client's
source; that a threat capture needs the serial only on Panorama, too."""

PARAMETERS = tuple(dict.fromkeys(name for category in CATEGORIES.values() for name in category.parameters))
"""The options that only some categories have."""

_REPLY_LIMIT = 16 * 1024 * 1024
"""Bytes of an answer that is no file."""

_SPEAK_EVERY = 10.0
"""Seconds between two words on how far a download is."""


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """What to export and where to. *dest* is None where the files are only to be listed.

    Raises BadInput that names the option at fault.
    """

    category: str
    dest: str | None = None
    parameters: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        kind = self.kind
        strange = [name for name in self.parameters if name not in kind.parameters]
        if strange:
            raise BadInput(f"{strange[0]}: has no meaning for category {self.category}, leave it out.")
        missing = [name for name in kind.required if not self.parameters.get(name)]
        if missing:
            raise BadInput(f"{missing[0]}: is needed for category {self.category}.")
        if self.dest is None and not kind.listed:
            raise BadInput(f"dest: say to which file the {kind.title} is to be written.")
        if self.dest is not None and kind.listed and not self.parameters.get("from"):
            raise BadInput("from: say which capture is to be written to dest; leave out dest to list what there is.")

    @property
    def kind(self) -> Category:
        return CATEGORIES[self.category]

    @property
    def form(self) -> dict[str, str]:
        """The request, without an action."""
        named = {self.kind.parameters[name]: text for name, text in self.parameters.items()}
        return {"type": "export", "category": self.category, **named}


class Export(PanosSubmission):
    """Export a file; nothing on the device changes. Without *options* it can look after jobs of handles.

    *dest* overrides where a handle says its file is to be written.
    """

    name: t.ClassVar[str] = "panos.export"
    job_type: t.ClassVar[str] = "Exec"
    # A tech support file takes a small firewall minutes, and a large Panorama more than half an hour.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=5, poll_max_interval=30, outage_timeout=600)
    changes_device: t.ClassVar[bool] = False

    def __init__(self, client: PanosClient, options: ExportOptions | None = None, *, dest: str | None = None) -> None:
        super().__init__(client)
        self._options = options
        self._dest = options.dest if options is not None else dest
        self._broken: NoAnswer | None = None
        """How the last download of the file broke off, which may have deleted the file."""

    # Before there is a job.

    def destination(self, handle: Handle | None) -> str | None:
        return self._dest or (handle.options.get("dest") if handle is not None else None)

    def preview(self, *, want_diff: bool) -> Preview:
        options = self._intent
        if options.dest is None:
            return Preview(needed=True, message=f"The files of {self.endpoint} would be listed.")
        return Preview(
            needed=True, message=f"The {options.kind.title} of {self.endpoint} would be written to {options.dest}."
        )

    def submit(self) -> Handle | NothingToDo | Done:
        options = self._intent
        if options.kind.by_job:
            return self._start(options)
        try:
            return self._at_once(options)
        except NoAnswer as exc:
            # An export changes nothing: it can be asked for again, whatever became of this request.
            raise exc.unsent() from exc

    def recover(self) -> Handle | None:
        """Return the handle of the one job of this kind and of our account that came up since the submission.

        Where that cannot be told the export is submitted again, which costs the device some work and nothing else.
        """
        user, before = self.client.user, self._landmark
        if not user or before is None:
            return None
        records = self.all_jobs()
        if not before.stands_in(records):
            return None
        ours = [
            record
            for record in records
            if record.type == self.job_type
            and record.number > before.number
            and record.user
            and same_user(record.user, user)
        ]
        return self._handle(self._intent, ours[0].id, ours[0]) if len(ours) == 1 else None

    def _start(self, options: ExportOptions) -> Handle | NothingToDo:
        if self.client.user:
            # An account that may only export cannot see the job list. Then a lost job is not found again.
            with contextlib.suppress(Denied):
                self._remember_before_submit()
        accepted = self._accepted(lambda: self.client.ask(options.form))
        if isinstance(accepted, NothingToDo):
            return accepted
        return self._enqueued(lambda record: self._handle(options, accepted, record))

    def _handle(self, options: ExportOptions, job_id: str, record: JobRecord | None = None) -> Handle:
        kept = {"category": options.category, "dest": options.dest or ""}
        return dataclasses.replace(self.handle_of(job_id, record=record), options=kept)

    def _at_once(self, options: ExportOptions) -> Done:
        if options.dest is None:
            files = self._listed(options)
            return Done(f"{self.endpoint} has {len(files)} of these files.", result=Collected({"files": files}, False))
        try:
            found = self._download(options.form, options.category, options.dest, target=None)
        except (_NoFile, integrity.Damaged) as exc:
            raise Refused(f"{self.endpoint} sent no usable {options.kind.title}: {exc}.", label="no file") from exc
        verb = "was written to" if found.changed else "is unchanged in"
        return Done(f"The {options.kind.title} of {self.endpoint} {verb} {options.dest}.", result=found)

    def _listed(self, options: ExportOptions) -> list[str]:
        with self.client.stream(options.form, until=self.transfer.until) as body:
            if not body.is_reply:
                raise Refused(
                    f"from: {self.endpoint} sends a file for it, not a list. Say with dest where to write it.",
                    label="a file",
                )
            root = xml.parse(joined(body, _REPLY_LIMIT))
        return _names(root)

    @property
    def _intent(self) -> ExportOptions:
        if self._options is None:
            raise BadInput("category: say what is to be exported.")
        return self._options

    # The job.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the file is ready: hours of work must not end at a folder that is not there.
        self._checked_destination(handle)
        return super().observe(handle, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        return super().observe(handle, within=within)

    def collect(self, handle: Handle, last: Observation) -> Collected:
        """Fetch the file. Documented: the device deletes it, and the job, after a `get` that succeeded.

        Whether one that broke off counts is not known. So after one the job is looked for first.
        """
        dest = self._checked_destination(handle)
        if self._broken is not None:
            self._check_it_is_still_there(handle, self._broken)
        form = self._form(handle, "get")
        try:
            return self._download(form, form["category"], dest, target=target_of(handle))
        except NoAnswer as exc:
            if not exc.sent:
                raise
            self._broken = exc
            raise NoAnswer(
                f"{exc.message} {_maybe_gone(dest)}",
                label=exc.label,
                retry_after=exc.retry_after,
                server_spoke=exc.server_spoke,
            ) from exc
        except BadInput as exc:
            raise BadInput(f"{exc.message} {_maybe_gone(dest)}") from exc
        except JobMissing as exc:
            raise JobMissing(
                f"its file is gone: {exc.message} Somebody else may have fetched it. Nothing was written to {dest}. "
                "Run the task again without the handle: it starts a new export.",
                label=exc.label,
            ) from exc
        except (Refused, _NoFile, integrity.Damaged) as exc:
            text = str(exc).rstrip(".")
            raise EffectMissing(f"the device sent no usable file: {text}. Nothing was written to {dest}.") from exc

    def cancel(self, handle: Handle) -> None:
        """Ask the device to stop the job: documented for one that is active."""
        record = self._look(handle)
        if self.state_of(record).ended:
            raise Refused(f"{record} is over already: {record.word}.")
        self.client.ask(self._form(handle, "finish"), target=target_of(handle))

    def _ask_about(self, handle: Handle, within: float | None) -> Reply:
        # Never "get", which an overview page of the vendor shows for this: it deletes the job.
        return self.client.ask(self._form(handle, "status"), within=within, target=target_of(handle))

    def _form(self, handle: Handle, action: str) -> dict[str, str]:
        category = handle.options.get("category", "")
        if category not in CATEGORIES or not CATEGORIES[category].by_job:
            raise BadInput("handle: its options do not say what is exported. Pass job.handle unchanged.")
        return {"type": "export", "category": category, "action": action, "job-id": handle.id}

    def _checked_destination(self, handle: Handle) -> str:
        dest = self.destination(handle)
        if not dest:
            raise BadInput("dest: the handle does not say where the file is to be written, give dest.")
        return check_destination("dest", dest)

    def _check_it_is_still_there(self, handle: Handle, broken: NoAnswer) -> None:
        """Raises JobMissing where a second try is of no use, NoAnswer or Denied where that cannot be told now."""
        try:
            self._own_record(parse_jobs(self._ask_about(handle, None).root), handle)
        except (JobMissing, JobReplaced, Refused) as exc:
            raise JobMissing(
                f"the download of its file broke off ({broken.label}), and the device has deleted it with the job: "
                f"{exc.message} Nothing was written to {self.destination(handle)}. Run the task again without "
                "the handle: it starts a new export.",
                label="file deleted",
            ) from exc

    # The file.

    def _download(self, form: Mapping[str, str], category: str, dest: str, *, target: str | None) -> Collected:
        """Write the answer to *form* to *dest* if it is whole.

        Raises what `PanosClient.stream` does, BadInput for the disk, _NoFile and integrity.Damaged.
        """
        with self.client.stream(form, until=self.transfer.until, target=target) as body, AtomicFile(dest) as file:
            if body.is_reply:
                raise _NoFile(_reply_text(body))
            disposition = body.headers.get("content-disposition", "")
            if not (disposition or (category == "configuration" and body.root)):
                # So does pan-python take no file without it. Garbage on the way looks like this, and may pass by.
                raise NoAnswer(
                    f"{self.endpoint} answered with something that is no file.", label="no file", server_spoke=True
                )
            filename = _suggested_name(disposition)
            self._receive(body, file, _check_for(category, filename))
            saved = file.save()
        result = {"category": category, "filename": filename, **saved.to_dict()}
        return Collected(result, saved.changed)

    def _receive(self, body: Body, file: AtomicFile, check: integrity.Anything) -> None:
        """Write *body* to *file*. Raises NoAnswer where it broke off, integrity.Damaged where it came in bad state."""
        try:
            self._copy(body, file, check)
            check.end()
        except integrity.Incomplete as exc:
            if body.length is not None:
                raise
            # Without a length a connection that breaks off looks like one that is closed.
            raise self._broken_off(f"{self.endpoint}: the answer broke off: {exc}.", "answer cut short", file) from exc
        except NoAnswer as exc:
            raise self._broken_off(exc.message, exc.label, file) from exc

    def _copy(self, body: Body, file: AtomicFile, check: integrity.Anything) -> None:
        speak_at = time.monotonic() + _SPEAK_EVERY
        for piece in body:
            file.write(piece)
            check.take(piece)
            if time.monotonic() >= speak_at:
                self.transfer.tell(_how_far(file.size, body.length))
                speak_at = time.monotonic() + _SPEAK_EVERY
        if not file.size:
            raise NoAnswer(f"{self.endpoint} sent an empty file.", label="empty answer", server_spoke=True)

    def _broken_off(self, text: str, label: str, file: AtomicFile) -> NoAnswer:
        came = f" {_size(file.size)} had come." if file.size else ""
        return NoAnswer(f"{text}{came}", label=label, server_spoke=True)


class _NoFile(Exception):
    """The device answered with a text in place of the file."""


def _maybe_gone(dest: str) -> str:
    return f"Nothing was written to {dest}, and the device may have deleted its file with that."


def _check_for(category: str, filename: str) -> integrity.Anything:
    """Return what tells whether a file of *category* is whole.

    Documented: a tech support file is a .tgz. Of the others only a name that the device gives them tells it.
    """
    if category == "tech-support" or filename.lower().endswith((".tgz", ".gz")):
        return integrity.Gzip()
    return integrity.Xml() if category == "configuration" else integrity.Anything()


def _suggested_name(disposition: str) -> str:
    """Return the name in a Content-Disposition, without folders, empty if there is none. It is for people only."""
    message = email.message.Message()
    message["Content-Disposition"] = disposition
    name = re.split(r"[/\\]", message.get_filename("") or "")[-1]
    return "".join(char for char in name if char.isprintable())[:255]


def _reply_text(body: Body) -> str:
    """Return what a reply says that came in place of a file."""
    root = xml.parse(joined(body, _REPLY_LIMIT))
    names = _names(root)
    if names:
        return f"what was asked for is a folder, with {len(names)} files, the first is {names[0]}"
    return " ".join(xml.lines(root))[:500].rstrip(".") or "it sent an answer without a file"


def _names(root: t.Any) -> list[str]:
    """Return the names of files and folders in a list of captures.

    Assumed: ``result/dir-listing/file``, each with a slash before its name.
    """
    return [name.lstrip("/") for name in xml.lines(root.find(".//dir-listing"))]


def _how_far(size: int, length: int | None) -> str:
    return f"{_size(size)} of {_size(length)} fetched" if length else f"{_size(size)} fetched"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count} bytes"


def from_options(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> Export:
    """Return the export that the options of panos_export describe, or the one that their handle names.

    Raises BadInput, MissingLibrary.
    """
    dest = None if params["dest"] is None else check_destination("dest", params["dest"])
    if params["handle"] is not None:
        return Export(open_client(params, hide), dest=dest)
    given = {name: params[name] for name in PARAMETERS if params[name] is not None}
    return Export(open_client(params, hide), ExportOptions(params["category"], dest, given))
