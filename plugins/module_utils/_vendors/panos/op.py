# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Any operational command: its answer, and the job that it starts, if it starts one."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused, Undecidable
from ..._jobs.operation import Done, NothingToDo, Preview, Timing
from ..._transport import xml
from ..._transport.xml import node
from .client import open_client
from .commands import is_read_only, parse_command, path_of, restarts
from .job import same_user
from .options import is_clean
from .replies import says_no_update
from .submission import PanosSubmission

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..._jobs.model import Handle, Observation
    from ..._transport.xml import Element
    from .client import PanosClient
    from .records import JobRecord

# A job of any kind may come of it, so the bounds are those of the longest that are common.
_TIMING = Timing(wait_timeout=1800, poll_interval=2, poll_max_interval=15, outage_timeout=600)

_DROPPED = ("connection closed", "connection reset", "answer cut short")
"""The labels of a connection that was there and then was not."""


class Command(PanosSubmission):
    """An operational command that may change something. With a handle alone: any job of the device's list.

    Raises MissingLibrary at construction.
    """

    name: t.ClassVar[str] = "panos.op"
    job_type: t.ClassVar[str] = ""
    """Not known beforehand: the first look learns it."""

    timing: t.ClassVar[Timing] = _TIMING

    def __init__(
        self, client: PanosClient, command: Element | None = None, *, in_words: bool = False, vsys: str | None = None
    ) -> None:
        xml.require_xmltodict()
        super().__init__(client)
        self.command = node("show") if command is None else command
        self._in_words = in_words
        self._vsys = vsys

    @property
    def _called(self) -> str:
        """The command without its values, which may be secret."""
        return " ".join(path_of(self.command))

    def preview(self, *, want_diff: bool) -> Preview:
        return Preview(needed=True, message=f"`{self._called}` would be sent to {self.endpoint}.")

    def submit(self) -> Handle | NothingToDo | Done:
        self._remember_before_submit()
        try:
            return self._send()
        except NoAnswer as exc:
            if exc.sent and exc.label in _DROPPED and restarts(self.command):
                return Done(
                    f"{self.endpoint} closed the connection instead of an answer to `{self._called}`, as it does when "
                    "it begins to restart.",
                    result=_NO_ANSWER,
                )
            raise

    def _send(self) -> Handle | NothingToDo | Done:
        try:
            reply = self._answered(lambda: self.client.op(self.command, vsys=self._vsys, write=self.changes_device))
        except Refused as exc:
            if says_no_update(exc.message):
                return NothingToDo(exc.message)
            raise self._advised(exc) from exc
        except JobMissing as exc:
            # A command about a job that is not there: no job of ours is missing.
            raise Refused(exc.message, label=exc.label) from exc
        if not reply.job_id:
            said = (reply.text,) if reply.text and self.changes_device else ()
            return Done(f"{self.endpoint} answered `{self._called}`.", said, answer_of(reply.root))
        return self._enqueued(lambda record: self.handle_of(reply.job_id, record=record))

    def _advised(self, exc: Refused) -> Refused:
        if not self._in_words or exc.details.get("code") != "17":  # documented: invalid command
            return exc
        hint = "In a command of words, put each value that is not a keyword in double quotes."
        return Refused(f"{exc.message} {hint}", reason=exc.reason, details=exc.details, label=exc.label)

    def handle_of(self, job_id: str, *, token: str = "", record: JobRecord | None = None) -> Handle:
        handle = super().handle_of(job_id, token=token, record=record)
        return handle.with_fingerprint({"type": record.type}) if record is not None and record.type else handle

    def recover(self) -> Handle | None:
        records = self.all_jobs()
        since = self._landmark.number if self._landmark else 0
        new = [record for record in records if record.number > since and self._may_be_ours(record)]
        jobs = ""
        if new:
            named = "; ".join(map(str, new))
            jobs = f" Jobs that were started meanwhile, for which panos_job_info gives handles: {named}."
        raise Undecidable(
            f"The answer to `{self._called}` was lost, and {self.endpoint} does not tell whether it was carried out. "
            f"Look there what it was to bring about, and run the task again if needed.{jobs}",
            label="lost",
        )

    def _may_be_ours(self, record: JobRecord) -> bool:
        return not self.client.user or not record.user or same_user(record.user, self.client.user)

    def observe(self, handle: Handle, *, within: float) -> Observation:
        seen = super().observe(handle, within=within)
        kind = seen.facts["type"]
        return dataclasses.replace(seen, fingerprint={**seen.fingerprint, "type": kind}) if kind else seen

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        """Return the facts of the job, and its whole record as XML and as data."""
        command = node("show", node("jobs", node("id", handle.id)))
        try:
            answer = answer_of(self.client.op(command, target=handle.fingerprint.get("target", "")).root)
        except (Refused, JobMissing):
            answer = _NO_ANSWER
        return {**last.facts, **answer}


class Question(Command):
    """An operational command that changes nothing: it is asked again where the answer was lost, and in check mode."""

    name: t.ClassVar[str] = "panos.op_info"
    changes_device: t.ClassVar[bool] = False
    runs_in_check_mode: t.ClassVar[bool] = True

    def submit(self) -> Handle | NothingToDo | Done:
        try:
            return self._send()
        except NoAnswer as exc:
            again = exc.unsent()
            again.server_spoke = exc.server_spoke or exc.sent
            raise again from exc


_NO_ANSWER: dict[str, t.Any] = {"xml": "", "data": None, "text": ""}


def answer_of(root: Element) -> dict[str, t.Any]:
    """Return an answer as ``xml``, the content of its result as ``data``, and ``text`` where it is one."""
    result = root.find("result")
    if result is None:
        return {"xml": xml.to_text(root), "data": None, "text": " ".join(xml.lines(root.find("msg")))}
    text = "".join(xml.texts(result)).strip("\n") if not len(result) else "\n".join(xml.lines(result.find("msg")))
    return {"xml": xml.to_text(root), "data": xml.to_data(result), "text": text}


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> Command:
    """Return the command that the options of panos_op describe. Raises BadInput, MissingLibrary."""
    client = open_client(params, hide)
    if params["handle"] is not None:
        # The handle decides: nothing is sent, so the other options have nothing to say.
        asked = isinstance(params["handle"], Mapping) and params["handle"].get("operation") == Question.name
        return Question(client) if asked else Command(client)
    text, vsys = params["command"], params["vsys"]
    if vsys is not None and not (vsys.strip() and is_clean(vsys)):
        raise BadInput("vsys: give the name of a virtual system, such as vsys1, or leave it out.")
    command = parse_command(text)
    changes = params["changes"] if params["changes"] is not None else not is_read_only(command)
    kind = Command if changes else Question
    return kind(client, command, in_words=not text.lstrip().startswith("<"), vsys=vsys)
