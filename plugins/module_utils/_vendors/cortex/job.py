# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What all work of a tenant has in common: how its words are read, and what an error means while it is looked at."""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Callable, Iterator

from ..._jobs.errors import BadInput, Denied, JobMissing, NoAnswer, Refused
from ..._jobs.model import JobState
from ..._jobs.operation import Submission
from .client import LICENCE, NOT_OF_THE_TENANT

if t.TYPE_CHECKING:
    from .client import CortexClient

DENIED_PATIENCE = 300.0
"""Seconds in which looks that are answered with 401 are put down to the tenant, once it has let us in (assumed)."""

REFUSED_PATIENCE = 120.0
"""Seconds in which looks that are refused with a reason are put down to trouble that passes by, where none was ever
answered: then it is more likely a wrong id (assumed)."""


class CortexJob(Submission):
    """Work that a tenant does. An operation gives `words` in lower case. *clock* gives monotonic seconds."""

    def __init__(self, client: CortexClient, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._clock = clock
        self._denied_since: float | None = None
        self._refused_since: float | None = None
        self._let_in = False
        self._answered = False

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    def state_of(self, word: str) -> JobState:
        """Return what *word* means: capitals do not count (trap 8)."""
        return self.words.get(word.strip().lower(), JobState.UNKNOWN)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Let what a request raises that only reads mean what it does for a wait.

        What the tenant refuses is no verdict on the job, HTTP 500 with a reason included (trap 10), nor is a page of
        somebody else. But a tenant that has never said anything else of a job is not asked for long. A key that is
        refused all of a sudden is waited for, but not for ever. What the licence does not cover will not be answered
        later either (trap 22).
        """
        try:
            yield
        except Refused as exc:
            raise self._refused(exc) from exc
        except Denied as exc:
            raise self._denied(exc) from exc
        except JobMissing as exc:
            if exc.label.endswith(NOT_OF_THE_TENANT):
                raise self._refused(exc) from exc
            raise
        self._denied_since, self._let_in, self._answered = None, True, True

    def _refused(self, exc: Refused | JobMissing) -> Exception:
        now = self._clock()
        self._refused_since = now if self._refused_since is None else self._refused_since
        if self._answered or now - self._refused_since < REFUSED_PATIENCE:
            return NoAnswer(exc.message, label=exc.label, server_spoke=True)
        return BadInput(
            f"{exc.message} It has said nothing else. Check whether the id is one of this tenant.", label=exc.label
        )

    def _denied(self, exc: Denied) -> Exception:
        if exc.label == LICENCE:
            # Not Denied: that is a part of an outage that was just seen.
            return BadInput(exc.message, label=exc.label)
        may_pass = exc.label == "HTTP 401" or exc.label.endswith(NOT_OF_THE_TENANT)
        if not (may_pass and self._let_in):
            return exc
        now = self._clock()
        if self._denied_since is None:
            self._denied_since = now
        elif now - self._denied_since >= DENIED_PATIENCE:
            return BadInput(exc.message, label=exc.label)
        return NoAnswer(exc.message, label=exc.label, server_spoke=True)
