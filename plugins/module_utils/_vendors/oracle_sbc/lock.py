# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The configuration lock of an SBC: taken before the first submission, kept until the last verdict.

It is tied to a token and dies with it, ten minutes after that was issued; there is no call that takes it from somebody
[documented]. So 660 seconds outlast any client that was killed.
"""

from __future__ import annotations

import time
import typing as t

from ..._jobs.errors import Busy, Denied, JobError, NoAnswer, Refused
from .client import REFUSED_TOKEN, LockedByOther, LockLost

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .client import SbcClient

TIMEOUT = 660.0
"""Seconds after which a lock that still stands is not that of a client that was killed."""

YOUNG = 60.0
"""A token that is to hold the lock is not older than so many seconds: the lock then lives nine minutes at least."""


class ConfigLock:
    """The lock, for one task. *timeout* is how long somebody else's is waited for, *clock* gives monotonic seconds."""

    def __init__(
        self, client: SbcClient, *, timeout: float = TIMEOUT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._timeout = timeout
        self._clock = clock
        self._chain: int | None = None
        self._tried_since: float | None = None
        self._perhaps = False

    @property
    def taken(self) -> bool:
        """Whether it was taken, and not released by us."""
        return self._chain is not None

    @property
    def held(self) -> bool:
        """Whether it is ours by all we know: the tokens that were used since are one chain of renewals."""
        return self._chain is not None and self._client.chain == self._chain

    def take(self) -> None:
        """Take it, unless it is held. Raises Busy while to wait may help, Refused once it was in vain for too long,
        LockLost where it was ours and is not any more, NoAnswer (never as sent), Denied."""
        if self.taken:
            self.check()
            return
        if self._tried_since is None:
            self._tried_since = self._clock()
        try:
            self._ask()
        except NoAnswer as exc:
            self._perhaps = self._perhaps or exc.sent
            # Whatever became of the lock, what it was to be taken for was not sent.
            raise exc.unsent() from exc
        except LockedByOther as exc:
            waited = self._clock() - self._tried_since
            if waited < self._timeout:
                raise Busy(exc.message, label="locked") from exc
            hint = (
                "A client that was killed blocks it for ten minutes at most. Find out who is at work there, or raise "
                "lock_timeout."
            )
            tried = f" It was tried for {waited:.0f} s." if waited >= 1 else ""
            raise Refused(f"{exc.message}{tried} {hint}", reason="locked", label="locked") from exc
        self._chain = self._client.chain

    def check(self) -> None:
        """Raise LockLost where the lock was taken, and the token that held it has died."""
        if self.taken and not self.held:
            raise LockLost(
                f"{self._client.endpoint}: the token that held the configuration lock has died, and the lock with it. "
                "A restart or a switchover takes both away.",
                label="lock lost",
                reason="locked",
            )

    def release(self) -> tuple[bool, str]:
        """Release it. Return whether it was ours until now, and a warning where it may still stand.

        That the SBC releases it for us proves that nobody else held it since we took it.
        """
        if not self.taken and not self._perhaps:
            return True, ""
        ours_so_far, self._chain, self._perhaps = self.held or not self.taken, None, False
        if not ours_so_far:
            return False, ""
        renewed = self._client.token_renewed
        stands = "The configuration lock may still stand: it dies with its token, after ten minutes at most"
        try:
            self._client.send("POST", "/configuration/unlock", needs_lock=True)
        except LockedByOther:
            return False, ""
        except LockLost as exc:
            # A dead token tells nothing of the time before; a renewal that did not carry the lock along does.
            return exc.label == REFUSED_TOKEN and not renewed, ""
        except (NoAnswer, Denied, Refused) as exc:
            return True, f"{stands}: {exc.message}"
        return True, ""

    def _ask(self) -> None:
        # A lost answer may have been that of a lock: with its token it can be asked for again.
        if not self._perhaps:
            self._client.fresh_login(younger_than=YOUNG)
        try:
            self._client.send("POST", "/configuration/lock")
        except LockedByOther:
            if not self._perhaps:
                raise
            self._perhaps = False
            if not self._give_back():
                raise
            self._client.send("POST", "/configuration/lock")
        self._perhaps = False

    def _give_back(self) -> bool:
        """Return whether the lock in the way was our own, taken by a request whose answer was lost; it is free then.

        Whether an SBC grants its owner the lock again is not documented.
        """
        try:
            self._client.send("POST", "/configuration/unlock", needs_lock=True)
        except NoAnswer:
            raise
        except JobError:
            return False
        return True
