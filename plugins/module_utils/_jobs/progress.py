# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What people see of a wait while it lasts: lines on the terminal, and a log with one JSON line per event."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import typing as t
from collections import Counter
from urllib.parse import urlsplit

from .errors import BadInput
from .model import JobState
from .world import Event

STEP = 10.0
"""Percent of progress after which a new line is worth printing."""

HEARTBEAT = 30.0
"""Seconds of silence after which a line is printed although nothing changed."""

FLEET_PAUSE = 10.0
"""Seconds between two summaries of many jobs in a log; later a tenth of the time that went by, so that a log of hours
stays short."""

LIVE_PAUSE = 1.0
"""Seconds between two summaries on a terminal, where each takes the place of the one before."""

FAILURES_SAID = 20
"""Jobs of a fleet that get a line of their own when they do not succeed. The summary counts all of them."""

_FILE = ("path", "size", "sha256", "count")
"""What of a result says which file was written. Rows do not belong into a log."""


class JobLines:
    """Turns the events of one job into lines, only where something changed or after a long silence."""

    def __init__(self) -> None:
        self._began = math.nan
        self._said_at = 0.0
        self._said_state = ""
        self._said_progress = 0.0
        self._outage_since: float | None = None

    def line(self, event: Event) -> str | None:
        if math.isnan(self._began):
            self._began = event.now
        text = self._text(event)
        if text is None:
            return None
        self._said_at = event.now
        name = f"{event.operation} job {event.handle.id}" if event.handle else event.operation
        return f"{name}: {text}"

    def _text(self, event: Event) -> str | None:
        if event.kind in ("submitted", "adopted", "resumed"):
            handle = json.dumps(event.handle.to_dict() if event.handle else None, separators=(",", ":"))
            verb = {"adopted": "is in flight already, adopted"}.get(event.kind, event.kind)
            return f"{verb}; to wait for it again: handle: {handle}"
        if event.kind == "observed":
            return self._observed(event)
        if event.kind == "no_answer":
            return self._no_answer(event)
        if event.kind == "ended":
            return f"{event.text} after {self._age(event)}"
        return self._waiting(event) if event.kind == "waiting" else None

    def _waiting(self, event: Event) -> str | None:
        if event.text == self._said_state and event.now - self._said_at < HEARTBEAT:
            return None
        self._said_state = event.text
        return event.text

    def _observed(self, event: Event) -> str | None:
        seen = event.observation
        if seen is None or seen.state.ended:
            return None
        progress = seen.progress or 0.0
        back = self._outage_since is not None
        changed = seen.vendor_state != self._said_state or abs(progress - self._said_progress) >= STEP
        if not (changed or back or event.now - self._said_at >= HEARTBEAT):
            return None
        outage = (
            f", answers again after {event.now - self._outage_since:.0f} s" if self._outage_since is not None else ""
        )
        self._outage_since = None
        self._said_state, self._said_progress = seen.vendor_state, progress
        note = f" ({seen.note})" if seen.note else ""
        return f"{_label(seen.state, seen.label)}{note}, {self._age(event)}{outage}"

    def _no_answer(self, event: Event) -> str | None:
        first = self._outage_since is None
        if self._outage_since is None:
            self._outage_since = event.now
        if not first and event.now - self._said_at < HEARTBEAT:
            return None
        reason = event.error.label if event.error else ""
        return f"no answer ({reason}), the wait goes on, {self._age(event)}"

    def _age(self, event: Event) -> str:
        return f"{event.now - self._began:.0f} s"


class FleetLines:
    """Turns the events of many jobs into a summary now and then, and a line for each job that does not succeed.

    Where the summary is shown *live*, it is the status of a terminal, and only the last one becomes a line.
    """

    def __init__(self, total: int, *, live: bool = False) -> None:
        self._total = total
        self._live = live
        self._ended: Counter[str] = Counter()
        self._quiet: set[tuple[str, str]] = set()
        self._running: dict[tuple[str, str], tuple[float, str]] = {}
        self._began = math.nan
        self._said_at = self._looked_at = 0.0
        self._said = ""
        self._shown_at = -math.inf
        self._shown = ""
        self._failures = 0

    def line(self, event: Event) -> str | None:
        """Take in *event* and return the line that it is worth."""
        if event.handle is None:
            return None
        if math.isnan(self._began):
            self._began = self._said_at = self._looked_at = event.now
        job = (event.handle.endpoint, event.handle.id)
        if event.kind == "no_answer":
            self._quiet.add(job)
        else:
            self._quiet.discard(job)
        if event.observation is not None and not event.observation.state.ended:
            self._running[job] = (event.observation.progress or 0.0, event.observation.label)
        if event.kind == "ended":
            self._running.pop(job, None)
            self._ended[event.text] += 1
            if event.text != "succeeded":
                self._failures += 1
                if self._failures <= FAILURES_SAID:
                    return f"{event.operation} job {event.handle.id} on {event.handle.endpoint}: {event.text}"
        return self._summary(event)

    def status(self, event: Event) -> str | None:
        """Return what a terminal is to show from now on, None where that is what it shows."""
        if not self._live or event.now - self._shown_at < LIVE_PAUSE:
            return None
        text = self._text(event.now)
        if text == self._shown:
            return None
        self._shown_at, self._shown = event.now, text
        return text

    def _summary(self, event: Event) -> str | None:
        over = sum(self._ended.values()) == self._total
        if over:
            return self._text(event.now) if event.kind == "ended" else None
        if self._live or event.now - self._looked_at < max(FLEET_PAUSE, (event.now - self._began) / 10):
            return None
        # To find the slowest of thousands takes time, also where it is no news.
        self._looked_at = event.now
        counts = self._counts() + self._slowest()
        if counts == self._said and event.now - self._said_at < 10 * HEARTBEAT:
            return None
        self._said_at, self._said = event.now, counts
        return self._text(event.now)

    def _text(self, now: float) -> str:
        return f"{self._counts()}, {now - self._began:.0f} s{self._slowest()}"

    def _counts(self) -> str:
        parts = [f"{self._total - sum(self._ended.values())} running"]
        parts += [f"{count} {outcome}" for outcome, count in sorted(self._ended.items())]
        if self._quiet:
            parts.append(f"{len(self._quiet)} without an answer")
        return f"{self._total} jobs: {', '.join(parts)}"

    def _slowest(self) -> str:
        """Return which of the running jobs is the least far."""
        if not self._running:
            return ""
        (endpoint, _number), (_progress, label) = min(self._running.items(), key=lambda item: item[1][0])
        return f"; slowest: {urlsplit(endpoint).hostname} ({label})"


class ProgressLog:
    """Appends one JSON line per event to a file that only its owner can read."""

    def __init__(self, path: str, mask: t.Callable[[str], str] = str) -> None:
        """*mask* takes the secrets out of a text. Raises BadInput where the file cannot be written."""
        self._path = path
        self._mask = mask
        self._write(b"")

    def add(self, event: Event) -> None:
        """Append *event*; a disk that is full now must not end the wait."""
        with contextlib.suppress(BadInput):
            self._write(self._mask(json.dumps(_record(event))).encode() + b"\n")

    def _write(self, line: bytes) -> None:
        try:
            # One write of a line in append mode: the hosts of a play may share the file. In a folder that others use,
            # too, a link may lead to a file of ours that was not meant, and a pipe without a reader keeps waiting.
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            target = os.open(self._path, flags, 0o600)
            try:
                os.write(target, line)
            finally:
                os.close(target)
        except OSError as exc:
            why = "it is a link" if exc.errno == errno.ELOOP else exc.strerror
            raise BadInput(f"progress_log: {self._path} cannot be written: {why}.") from exc


def _label(state: JobState, vendor_words: str) -> str:
    return f"{state.value} ({vendor_words})" if vendor_words else state.value


def _record(event: Event) -> dict[str, t.Any]:
    record: dict[str, t.Any] = {"time": event.time, "event": event.kind, "operation": event.operation}
    if event.handle is not None:
        record["handle"] = event.handle.to_dict()
    if event.observation is not None:
        seen = event.observation
        record.update(state=seen.state.value, vendor_state=seen.vendor_state, progress=seen.progress, note=seen.note)
    if event.error is not None:
        record["error"] = event.error.message
    if event.text:
        record["text"] = event.text
    if isinstance(event.result, dict):
        record["file"] = {name: event.result[name] for name in _FILE if name in event.result}
    return record
