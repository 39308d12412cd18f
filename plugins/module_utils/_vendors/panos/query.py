# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What log queries and reports have in common: jobs of a list of their own, which change nothing on the device."""

from __future__ import annotations

import abc
import contextlib
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import Denied, JobMissing, JobReplaced, NoAnswer, Refused
from ..._jobs.model import JobState, Observation
from ..._jobs.operation import Submission

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ..._jobs.model import Handle
    from .client import PanosClient
    from .log_options import Output
    from .replies import Reply


_FAREWELL = 10.0
"""Seconds to wait for the answer to a word of politeness: nothing depends on it, and wait_timeout goes on meanwhile."""


class PanosQuery(Submission):
    """A job of ``type=log`` or ``type=report``: it is not in ``show jobs``, and its product is read from its answers.

    To send it a second time is harmless, so nothing is looked for after a lost answer. *dest* is the file to write
    instead of that in a handle.
    """

    kind: t.ClassVar[str]
    """The type of its requests."""

    changes_device: t.ClassVar[bool] = False
    missing_grace: t.ClassVar[float] = 5.0

    def __init__(self, client: PanosClient, *, dest: str | None = None) -> None:
        self.client = client
        self._dest = dest

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        """Let no request last beyond *until* (monotonic seconds), None for no such bound."""
        self.client.deadline = until

    def recover(self) -> Handle | None:
        return None

    @property
    @abc.abstractmethod
    def wanted(self) -> Output:
        """Where the rows of what would be submitted go."""

    def destination(self, handle: Handle | None) -> str | None:
        return self.wanted.dest if handle is None else self.options_of(handle).get("dest")

    def options_of(self, handle: Handle) -> Mapping[str, str]:
        """Return the options in *handle*, with the file that is to be written instead of the one in it."""
        return handle.options if self._dest is None else {**handle.options, "dest": self._dest}

    def glance(self, handle: Handle, *, within: float) -> Observation:
        """Ask nothing: the answer that says that the job is over has its rows, and the device deletes the job then.

        Documented for logs (Retrieve Logs, PAN-OS 8.1 to 11.1), assumed for reports.
        """
        return Observation(JobState.RUNNING, "not asked", note="to ask would take its rows")

    def enqueue(self, form: Mapping[str, str], *, check: str, within: float | None = None) -> Reply:
        """Send a query. A refusal tells to *check* what the user gave; a lost answer counts as none sent.

        Raises Refused, Denied, NoAnswer.
        """
        try:
            return self.client.ask({"type": self.kind, **form}, within=within)
        except NoAnswer as exc:
            raise exc.unsent() from exc
        except JobMissing as exc:
            raise Refused(exc.message, label=exc.label) from exc
        except Refused as exc:
            text = f"{exc.message} {check}"
            raise Refused(text, reason=exc.reason, details=exc.details, label=exc.label) from exc

    def get(self, job_id: str) -> dict[str, str]:
        """Return the request that asks for state and rows of a job."""
        return {"type": self.kind, "action": "get", "job-id": job_id}

    def dismiss(self, job_id: str, *, target: str | None = None) -> None:
        """Tell the device that the job is no longer needed, whatever becomes of that: it may be gone by itself.

        Documented for logs (Retrieve Logs: stops an active job), assumed for reports.
        """
        with contextlib.suppress(NoAnswer, Refused, JobMissing, Denied):
            form = {"type": self.kind, "action": "finish", "job-id": job_id}
            self.client.ask(form, within=_FAREWELL, target=target)


@contextlib.contextmanager
def looking() -> Iterator[None]:
    """Turn a refusal of a look into what it means: the job is gone, or this was no answer about it."""
    try:
        yield
    except Refused as exc:
        if exc.details.get("code") == "7":  # documented: object not present
            raise JobMissing(exc.message, label="job not found") from exc
        raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc


def check_same(handle: Handle, enqueued: str) -> None:
    """Raise JobReplaced where the device enqueued the job at another time than that of *handle*.

    A log job gives the time of day only, without a date [recorded].
    """
    known = handle.fingerprint.get("tenq", "")
    if known and enqueued and known != enqueued:
        raise JobReplaced(
            f"On {handle.endpoint}, id {handle.id} now names another query: it was enqueued {enqueued}, that of the "
            f"handle {known}. Ids start again after a restart of the device.",
            label="another job",
        )
