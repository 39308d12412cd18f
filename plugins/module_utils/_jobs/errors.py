# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What can go wrong with a job, told apart by what it means for the job.

A vendor's code raises these and nothing else. Which of them ends a wait, and with which outcome, is decided in one
place each: the poller for the answers to a poll, the life cycle for everything before it.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping


class JobError(Exception):
    """The base of everything that a vendor's code raises; the text is for the user and holds no secret.

    *label* is the short name of the error in the histogram of observations, such as ``HTTP 503``.
    """

    def __init__(self, message: str, *, label: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.label = label or message


class NoAnswer(JobError):
    """The request got no usable answer: connection, TLS, time-out, 429, 5xx, garbage, a session that expired.

    *sent* is false where the request provably never reached the other side: it can then be repeated even when it
    changes something. *retry_after* is in seconds. *server_spoke* says that something that talks HTTP answered, now or
    before, so the address is right. *heals* is false for what waiting does not mend, such as a certificate that nobody
    here trusts.
    """

    def __init__(
        self,
        message: str,
        *,
        label: str = "",
        sent: bool = True,
        retry_after: float | None = None,
        server_spoke: bool = False,
        heals: bool = True,
    ) -> None:
        super().__init__(message, label=label)
        self.sent = sent
        self.retry_after = retry_after
        self.server_spoke = server_spoke
        self.heals = heals

    def unsent(self) -> NoAnswer:
        """Return the same for a request that was to follow and was therefore never sent."""
        return NoAnswer(
            self.message,
            label=self.label,
            sent=False,
            retry_after=self.retry_after,
            server_spoke=self.server_spoke,
            heals=self.heals,
        )


class Denied(JobError):
    """The other side answered that we may not: wrong key, wrong password, no permission. Waiting rarely heals it."""


class JobMissing(JobError):
    """The other side knows no job of this id (any more)."""


class JobReplaced(JobError):
    """The id now names another job than the one in the handle."""


class Refused(JobError):
    """The other side read a submission and did not accept it: nothing was started.

    *reason* is one of ``locked``, ``busy``, ``denied`` or ``rejected``; *details* is what a playbook can use, such as
    the list of locks.
    """

    def __init__(
        self, message: str, *, reason: str = "rejected", details: Mapping[str, t.Any] | None = None, label: str = ""
    ) -> None:
        super().__init__(message, label=label)
        self.reason = reason
        self.details = dict(details or {})


class Busy(Refused):
    """Refused because something is in the way that passes: the same submission may be repeated safely."""

    def __init__(
        self, message: str, *, reason: str = "busy", details: Mapping[str, t.Any] | None = None, label: str = ""
    ) -> None:
        super().__init__(message, reason=reason, details=details, label=label)


class Undecidable(JobError):
    """After a lost answer it cannot be told whether the submission took effect; the text says what to look at."""


class EffectMissing(JobError):
    """The job ended well and yet what it was for did not happen."""


class BadInput(JobError):
    """What the user gave cannot be used: an option, a file, a handle. The text names it and the remedy."""


class MissingLibrary(JobError):
    """A Python library that this system needs is not installed; *library* is its name on PyPI."""

    def __init__(self, library: str) -> None:
        super().__init__(f"The Python library {library} is not installed.", label="missing library")
        self.library = library


class Interrupted(BaseException):
    """The run is told to end (SIGINT, SIGTERM, its parent died).

    Not an Exception, so that no handler of ordinary errors on the way swallows it: ``with`` blocks release what is
    held, the life cycle turns it into a result that carries the handle, and the job is left as it is.
    """
