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

from ..._jobs.errors import Busy, JobError, NoAnswer, Refused
from .client import REFUSED_TOKEN, LockedByOther, LockLost

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .client import SbcClient, Token

TIMEOUT = 660.0
"""Seconds after which a lock that still stands is not that of a client that was killed."""

YOUNG = 60.0
"""A token that is to hold the lock is not older than so many seconds: the lock then lives nine minutes at least."""

PAUSE = 1.0
"""Seconds between two tries to release it."""

REQUEST = 15.0
"""Seconds that the last of them may take."""


class Released(t.NamedTuple):
    """What became of the lock in the end, and what that says of the time before."""

    ours: bool
    """Whether what was read as the end of a request was read while the lock was ours."""
    stands: bool = False
    """Whether it stands for sure, because no request to release it was ever sent."""
    warning: str = ""


class ConfigLock:
    """The lock, for one task. *timeout* is how long somebody else's is waited for; *clock* gives monotonic seconds."""

    def __init__(
        self,
        client: SbcClient,
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._timeout = timeout
        self._clock = clock
        self._sleep = sleep
        self._token: Token | None = None  # to which it is known to be tied
        self._tried_since: float | None = None
        self._asked = False  # whether a request for it may have been heard whose answer did not come
        # Whether a verdict rests on a token of which only its renewal says that it holds the lock.
        self._unproven = False
        self._release_sent = False

    @property
    def taken(self) -> bool:
        """Whether it was taken, and not released by us."""
        return self._token is not None

    @property
    def held(self) -> bool:
        """Whether it is ours by all we know: the tokens that were used since are one chain of renewals."""
        token = self._client.token
        return self._token is not None and token is not None and token.chain == self._token.chain

    @property
    def loss(self) -> str:
        """What to tell people of a lock that was taken and is not held any more."""
        text = "the token that held the configuration lock has died, and the lock with it"
        trouble = self._client.renewal_trouble
        return f"{text} (it could not be renewed: {trouble.rstrip('.')}; check renew_field)" if trouble else text

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
            # Whatever became of the lock, what it was to be taken for was not sent.
            raise exc.unsent() from exc
        except LockedByOther as exc:
            waited = self._clock() - self._tried_since
            if waited < self._timeout:
                raise Busy(exc.message, reason="locked", label="locked") from None
            hint = (
                "A client that was killed blocks it for ten minutes at most. Find out who is at work there, or raise "
                "lock_timeout."
            )
            tried = f" It was tried for {waited:.0f} s." if waited >= 1 else ""
            raise Refused(f"{exc.message}{tried} {hint}", reason="locked", label="locked") from None
        self._token, self._asked = self._client.token, False

    def check(self) -> None:
        """Raise LockLost where the lock was taken, and the token that held it has died."""
        if self.taken and not self.held:
            raise LockLost(
                f"{self._client.endpoint}: {self.loss}. A restart or a switchover takes both away.",
                label="lock lost",
                reason="locked",
            )

    def proved(self) -> None:
        """Take in that a request that needs the lock was accepted: it was ours all the time until now."""
        if self.held:
            self._token, self._unproven = self._client.token, False

    def relied_on(self) -> None:
        """Take in that a verdict was read that only the lock makes ours.

        A token that lives holds what it held [documented]. Whether its renewal took the lock along, nothing tells but
        the next request that needs it.
        """
        self._unproven = self._client.token is not self._token

    def release(self, patience: float) -> Released:
        """Release it; try again for so many seconds, for the web server may be away for a moment.

        That the SBC releases it for us proves that nobody else held it since we took it.
        """
        done = self._released(patience)
        self._token, self._asked = None, False
        return done

    def _released(self, patience: float) -> Released:
        until = self._clock() + patience
        stands = "The configuration lock may still stand: it dies with its token, after ten minutes at most"
        if not self.taken and not self._asked:
            return Released(True)
        if self.taken and not self.held:
            trouble = self._client.renewal_trouble
            # With a renewal whose answer was lost goes the only token that could release it.
            return Released(not self._unproven, warning=f"{stands}: {trouble}" if trouble else "")
        self._client.limit(until + REQUEST)
        while True:
            before, self._release_sent = self._release_sent, True
            try:
                self._client.send("POST", "/configuration/unlock", needs_lock=True)
            except (LockedByOther, LockLost) as exc:
                # After a lost answer, or with a dead token, that tells nothing of the time before.
                tells = not before and exc.label != REFUSED_TOKEN
                return Released(not tells and not self._unproven)
            except NoAnswer as exc:
                self._release_sent = before or exc.sent
                if self._clock() + PAUSE > until:
                    return Released(not self._unproven, not self._release_sent, f"{stands}: {exc.message}")
                self._sleep(PAUSE)
            except JobError as exc:
                return Released(not self._unproven, warning=f"{stands}: {exc.message}")
            else:
                return Released(True)

    def _ask(self) -> None:
        # A lost answer may have been that of a lock: with its token it can be asked for again.
        if not self._asked:
            self._client.fresh_login(younger_than=YOUNG)
        # Before the request: an interruption may come between its effect and its answer.
        before, self._asked = self._asked, True
        try:
            self._client.send("POST", "/configuration/lock")
        except NoAnswer as exc:
            self._asked = before or exc.sent
            raise
        except LockedByOther:
            # Whether an SBC grants its owner the lock again is not documented: perhaps our own is in the way.
            free = before and self._give_back()
            self._asked = False
            if not free:
                raise
            self._ask()
        except JobError:
            self._asked = before
            raise

    def _give_back(self) -> bool:
        """Return whether the lock was our own, taken by a request whose answer was lost; it is free then."""
        try:
            self._client.send("POST", "/configuration/unlock", needs_lock=True)
        except NoAnswer:
            raise
        except JobError:
            return False
        return True
