# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Puts the results of a run together to one bar for each job. Knows results, and neither Ansible nor a clock.

The same job comes in several results: submitted by one task, waited for by another, stopped by a third. They are one
bar when their handles name one job. All times inside are seconds since 1970 (UTC).
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

VERSION = 1
"""Of the shape of the document. It grows when a reader of the old shape would misread the new one."""

HIDDEN, ERROR, NO_RESULT = "hidden", "error", "no_result"
"""Outcomes beside those of results: kept secret by no_log, failed without a verdict, not heard of (yet)."""

GOOD = ("succeeded", "nothing_to_do", "running")
"""Outcomes that fail no task."""

COLLECTION = "netops.jobs."
CANCEL = "netops.jobs.job_cancel"

WITHOUT_JOB = (
    "cortex_network_scan_definition",
    "export_set",
    "illumio_job",
    "panos_lock",
    "scm_config_export",
    "scm_config_load",
)
"""Modules whose results have no job, beside those that end in ``_info``."""

LOCAL = ("localhost", "127.0.0.1", "::1")
"""Hosts of an inventory that name no device."""

REASON, LINE, LINES, TARGETS, ENTRIES = 1000, 300, 12, 100, 100
"""How much of a message, of a line, of lines, targets and history of a job is kept: a page has thousands of jobs."""

WORDS = ("vendor_state", "reason")
"""What an entry of a job's history quotes."""

Fields = Mapping[str, t.Any]
Mask = t.Callable[[str], str]


@dataclasses.dataclass(frozen=True)
class Source:
    """The task that a result is from, as far as the bars need it.

    *module* is its full name, *began* when it began on this host, *once* whether it runs for all hosts of the play.
    *item_of* names the loop that the result is an item of, None where there is no loop.
    """

    host: str
    play: str
    task: str
    module: str
    began: float | None = None
    once: bool = False
    check_mode: bool = False
    ignored: bool = False
    hidden: bool = False
    item_of: t.Hashable = None


@dataclasses.dataclass(frozen=True)
class _Watch:
    """One wait for a job: from its begin to its end, with what it saw."""

    began: float
    ended: float
    history: tuple[Fields, ...]
    polls: int
    outages: int
    outage_seconds: float

    @property
    def name(self) -> tuple[float, str]:
        return self.began, _text(self.history[0], "event")


@dataclasses.dataclass
class _Row:
    """All that is kept of one job, or of a task that had none: no result is held on to as a whole."""

    source: Source
    device: str | None
    task_began: float | None
    came: float
    outcome: str
    message: str = ""
    job: Fields = dataclasses.field(default_factory=dict)
    changed: bool = False
    check_mode: bool = False
    watches: list[_Watch] = dataclasses.field(default_factory=list)
    adopted: bool = False

    @property
    def handle(self) -> Fields | None:
        handle = self.job.get("handle")
        return handle if isinstance(handle, Mapping) else None


def has_job(module: str) -> bool:
    """Return whether *module* (its full name) is one of this collection that returns a job."""
    name = module[len(COLLECTION) :] if module.startswith(COLLECTION) else ""
    return bool(name) and not name.endswith("_info") and name not in WITHOUT_JOB


class Timeline:
    """Takes in results as they come, and makes the document of them; *mask* takes secrets out of their texts."""

    def __init__(self, mask: Mask = str) -> None:
        self._mask = mask
        self.playbook = ""
        self.plays: list[str] = []
        self._rows: list[_Row] = []
        self._by_job: dict[tuple[str, str, str], list[_Row]] = {}
        self._open: dict[t.Hashable, _Row] = {}
        self._loops: dict[t.Hashable, list[_Row]] = {}

    def started(self, key: t.Hashable, source: Source, now: float) -> None:
        """Take in that a task, or an item of a loop, has begun whose result is to come, with the same *key*."""
        if has_job(source.module):
            began = dataclasses.replace(source, began=now)
            self._open[key] = self._hidden(source, now) if source.hidden else self._without_job(began, now, NO_RESULT)

    def renamed(self, key: t.Hashable, new: t.Hashable) -> None:
        """Take in that the result that was to come with *key* is to come with another."""
        if key in self._open:
            self._open[new] = self._open.pop(key)

    def began(self, key: t.Hashable) -> float | None:
        """Return when the task began that is known by *key*."""
        row = self._open.get(key)
        return row.task_began if row is not None else None

    def ended(self, key: t.Hashable) -> None:
        """Take in that the task with this *key* has a result."""
        self._open.pop(key, None)

    def end_of_loop(self, key: t.Hashable, *, ignored: bool) -> None:
        """Take in that the loop named *key* is over, and whether its failures are *ignored*."""
        for row in self._loops.pop(key, ()):
            row.source = dataclasses.replace(row.source, ignored=ignored)

    def add(self, source: Source, result: Fields, now: float, *, failed: bool = False) -> None:
        """Take in a result that came at *now*. One without a job counts only if its module should have had one."""
        if source.hidden or result.get("censored"):
            if has_job(source.module):
                self._rows.append(self._hidden(source, now))
            return
        verdicts = list(_verdicts(result))
        if not verdicts:
            if failed and has_job(source.module):
                row = self._without_job(source, now, ERROR)
                row.message = self._reason(result) or "The task failed without a message."
                self._rows.append(row)
                self._in_loop(row)
            return
        for verdict in verdicts:
            alone = source if len(verdicts) == 1 else None
            for job, outcome in _jobs(verdict):
                self._add_job(source, verdict, job, outcome, now, alone=alone)
                # What the task did before its first job is no part of the others.
                alone = alone and dataclasses.replace(alone, began=None)

    def document(self, now: float, *, complete: bool) -> dict[str, t.Any]:
        """Return all bars as JSON has them. The shape is documented in the guide to the timeline."""
        names: dict[tuple[str, str], set[str]] = {}
        for row in self._rows:
            if row.handle and row.device:
                names.setdefault(_place(row.handle), set()).add(row.device)
        rows = [*self._rows, *self._open.values()]
        jobs = [_entry(row, names, now) for row in rows]
        jobs.sort(key=lambda job: (job["began_at"] or "", job["device"]))
        times = [job[name] for job in jobs for name in ("began_at", "ended_at") if job[name]]
        counted = Counter(job["outcome"] for job in jobs)
        return {
            "version": VERSION,
            "made_by": "netops.jobs.timeline",
            "written_at": _utc(now),
            "complete": complete,
            "playbook": self.playbook,
            "plays": list(self.plays),
            "began_at": min(times, default=None),
            "ended_at": max(times, default=None),
            "outcomes": dict(sorted(counted.items())),
            "jobs": jobs,
        }

    def _without_job(self, source: Source, now: float, outcome: str) -> _Row:
        began = source.began if source.began is not None else now
        return _Row(source, _inventory_name(source), began, now, outcome, check_mode=source.check_mode)

    def _in_loop(self, row: _Row) -> None:
        if row.source.item_of is not None:
            self._loops.setdefault(row.source.item_of, []).append(row)

    def _hidden(self, source: Source, now: float) -> _Row:
        return self._without_job(Source(source.host, "", "", "", once=source.once, hidden=True), now, HIDDEN)

    def _add_job(
        self, source: Source, verdict: Fields, job: Fields, outcome: str, now: float, *, alone: Source | None
    ) -> None:
        """Take in one job of a result; *alone* is the task where it is about this job and no other at the same time."""
        # Before it is compared with one that is kept, which holds no secret.
        kept = _kept(job, self._mask)
        row = self._known(kept)
        if row is not None and source.check_mode and not _end_of(job):
            return  # What is expected of a job that is known already is no news of it.
        device = _inventory_name(alone) if alone is not None else None
        if source.module == CANCEL and job.get("handle"):
            # What it returns is how the demand to stop ended. The bar is about the job.
            outcome = _end_of(job) or (row.outcome if row is not None else "running")
        if row is None:
            began = alone.began if alone is not None else None
            row = _Row(source, device, began, now, outcome, check_mode=source.check_mode)
            self._rows.append(row)
            if isinstance(job.get("handle"), Mapping):
                self._by_job.setdefault(_key(kept["handle"]), []).append(row)
        row.source, row.outcome, row.came = source, outcome, now
        row.message = self._reason(verdict)
        self._in_loop(row)
        row.device = row.device or device
        row.changed = row.changed or bool(verdict.get("changed"))
        row.check_mode = row.check_mode and source.check_mode
        row.adopted = row.adopted or bool(job.get("adopted"))
        row.job = {**kept, "submitted_at": kept["submitted_at"] or row.job.get("submitted_at")}
        watch = _watch(job, verdict, self._mask)
        if watch is not None:
            row.watches = [known for known in row.watches if known.name != watch.name] + [watch]

    def _reason(self, result: Fields) -> str:
        return self._mask(_text(result, "msg"))[:REASON]

    def _known(self, job: Fields) -> _Row | None:
        handle = job.get("handle")
        if not isinstance(handle, Mapping):
            return None
        for row in self._by_job.get(_key(handle), ()):
            if row.handle is not None and _same(row.handle, handle):
                return row
        return None


def _verdicts(result: Fields) -> Iterator[Fields]:
    """Yield what *result* says of jobs: a verdict, or one for each handle of a wait for several."""
    if not _is_verdict(result):
        return
    several = result.get("results")
    if not isinstance(several, Sequence) or isinstance(several, str) or not several:
        yield result
        return
    for verdict in several:
        if _is_verdict(verdict) and verdict["job"].get("operation"):
            yield verdict


def _is_verdict(result: object) -> bool:
    return (
        isinstance(result, Mapping)
        and isinstance(result.get("outcome"), str)
        and isinstance(result.get("polling"), Mapping)
        and isinstance(result.get("job"), Mapping)
        and "operation" in result["job"]
    )


def _jobs(verdict: Fields) -> Iterator[tuple[Fields, str]]:
    """Yield the jobs of a task, each with the outcome that it had: those of a task of several first, then its last."""
    last = verdict["job"]
    outcome = verdict["outcome"]
    before = [job for job in verdict.get("jobs") or () if isinstance(job, Mapping) and job != last]
    for job in before:
        # A step whose job did not end well and that did not end the task was lost, and done once more.
        yield job, _end_of(job) or "lost"
    if not before or last.get("handle") or outcome not in ("succeeded", "nothing_to_do"):
        yield last, outcome


def _end_of(job: Fields) -> str | None:
    state = job.get("state")
    return str(state) if state in ("succeeded", "failed", "canceled") else None


def _key(handle: Fields) -> tuple[str, str, str]:
    return _text(handle, "operation"), _text(handle, "endpoint"), _text(handle, "id")


def _same(one: Fields, other: Fields) -> bool:
    """Return whether two handles with the same key name the same job, and not one of before a restart."""
    left, right = (handle.get("fingerprint") or {} for handle in (one, other))
    if left.get("token") and left.get("token") == right.get("token"):
        return True
    if any(left[name] != right[name] for name in left.keys() & right.keys()):
        return False
    times = {handle.get("submitted_at") for handle in (one, other)} - {None}
    return len(times) < 2


def _place(handle: Fields | None) -> tuple[str, str]:
    """Return endpoint and the device behind it that *handle* names."""
    if handle is None:
        return "", ""
    return _text(handle, "endpoint"), _text(handle.get("fingerprint") or {}, "target")


def _inventory_name(source: Source) -> str | None:
    """Return the name of the device where the host of the inventory is it."""
    return None if source.once or source.host in LOCAL else source.host


def _watch(job: Fields, verdict: Fields, mask: Mask) -> _Watch | None:
    found = [entry for entry in job.get("history") or () if isinstance(entry, Mapping)][:ENTRIES]
    history = tuple({**entry, **{name: mask(_text(entry, name)) for name in WORDS if name in entry}} for entry in found)
    times = [_moment(entry.get("at")) for entry in history]
    known = [time for time in times if time is not None]
    if not known or times[0] is None:
        return None
    polling = verdict.get("polling") or {}
    mine = verdict.get("job") is job or verdict.get("job") == job
    return _Watch(
        began=times[0],
        ended=max(times[0] + _number(job.get("elapsed")), *known, times[0]),
        history=history,
        # The account of a task of several jobs is one for all of them. It stands with the last.
        polls=int(_number(polling.get("polls"))) if mine else 0,
        outages=sum(_text(entry, "event") == "outage" for entry in history),
        outage_seconds=_silence(history, times[0] + _number(job.get("elapsed"))),
    )


def _silence(history: Sequence[Fields], until: float) -> float:
    """Return the seconds of *history* without an answer; an outage that had not ended counts up to *until*."""
    total, since = 0.0, None
    for entry in history:
        at = _moment(entry.get("at"))
        if entry.get("event") == "outage":
            since = at
        elif since is not None and at is not None:
            total, since = total + at - since, None
    return total + (max(0.0, until - since) if since is not None else 0.0)


def _entry(row: _Row, names: Mapping[tuple[str, str], set[str]], now: float) -> dict[str, t.Any]:
    job, handle = row.job, row.handle
    endpoint, target = _place(handle)
    # Several hosts of the inventory may talk to one endpoint: then none of them is its name.
    known = names.get((endpoint, target), set())
    named = min(known) if len(known) == 1 else None
    if row.outcome == HIDDEN:
        segments: list[dict[str, t.Any]] = []
        began = ended = None
    else:
        began, ended, segments = _segments(row, now)
    seconds = ended - began if began is not None and ended is not None else None
    return {
        "device": row.device or named or _hostname(endpoint) or row.source.host,
        "endpoint": endpoint or None,
        "target": target or None,
        "host": row.source.host,
        "play": row.source.play,
        "task": row.source.task,
        "module": row.source.module,
        **{**_kept({}, str), **job, "handle": handle},
        "outcome": row.outcome,
        "adopted": row.adopted,
        "changed": row.changed,
        "check_mode": row.check_mode,
        "ignored": row.source.ignored and row.outcome not in GOOD,
        "reason": None if row.outcome == "succeeded" else row.message or None,
        "began_at": _utc(began),
        "ended_at": _utc(ended),
        "seconds": None if seconds is None else round(seconds, 3),
        "polls": sum(watch.polls for watch in row.watches),
        "outages": sum(watch.outages for watch in row.watches),
        "outage_seconds": round(sum(watch.outage_seconds for watch in row.watches), 1),
        "segments": segments,
    }


def _kept(job: Fields, mask: Mask) -> dict[str, t.Any]:
    """Return what is kept of a job as it stands in a result. What did not succeed is first among its targets.

    Texts of the other side are masked before they are cut: of a secret that is cut the rest could not be told.
    """
    targets = job.get("targets")
    found = [target for target in targets if isinstance(target, Mapping)] if isinstance(targets, list) else []
    found.sort(key=lambda target: target.get("state") == "succeeded")
    return {
        "operation": _text(job, "operation"),
        "id": _with_texts(job.get("id"), mask),
        "handle": _with_texts(job.get("handle"), mask),
        "state": _text(job, "state"),
        "vendor_state": mask(_text(job, "vendor_state"))[:LINE],
        "progress": _percentage(job.get("progress")),
        "messages": _lines(job.get("messages"), LINES, mask),
        "warnings": _lines(job.get("warnings"), LINES, mask),
        "targets": [_target(target, mask) for target in found[:TARGETS]],
        "targets_left_out": max(0, len(found) - TARGETS),
        "submitted_at": _with_texts(job.get("submitted_at"), mask),
        "finished_at": _with_texts(job.get("finished_at"), mask),
    }


def _with_texts(value: t.Any, change: Mask) -> t.Any:
    """Return *value* with each text in it as *change* makes it."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _with_texts(part, change) for name, part in value.items()}
    return [_with_texts(part, change) for part in value] if isinstance(value, list) else value


def _target(target: Fields, mask: Mask) -> dict[str, t.Any]:
    names = ("name", "id", "state", "vendor_state", "started", "finished")
    return {
        **{name: mask(_text(target, name))[:LINE] for name in names},
        "messages": _lines(target.get("messages"), 3, mask),
        "warnings": _lines(target.get("warnings"), 3, mask),
    }


class _Drawing:
    """The stretches of a bar, in their order. Each lasts until the next begins."""

    def __init__(self) -> None:
        self.stretches: list[tuple[float, str, str]] = []

    def add(self, at: float | None, kind: str, words: str = "") -> None:
        if at is None:
            return
        if self.stretches:
            at = max(at, self.stretches[-1][0])
            if self.stretches[-1][0] == at:
                self.stretches.pop()
        if self.stretches and self.stretches[-1][1] == kind and self.stretches[-1][2] in ("", words):
            at = self.stretches.pop()[0]
        self.stretches.append((at, kind, words))


def _segments(row: _Row, now: float) -> tuple[float, float, list[dict[str, t.Any]]]:
    """Return begin and end of a bar, and what was known of the job in between."""
    drawing = _Drawing()
    watches = sorted(row.watches, key=lambda watch: watch.began)
    submitted = _moment(row.job.get("submitted_at"))
    came = now if row.outcome == NO_RESULT else row.came
    if not watches:
        began = row.task_began if row.task_began is not None else came
        drawing.add(began, "no_job")
        return began, max(began, came), _written(drawing, max(began, came))
    first = watches[0].began
    if submitted is not None and submitted < first - 1.0:
        drawing.add(submitted, "unwatched")
    elif row.task_began is not None and row.task_began < first:
        drawing.add(row.task_began, "no_job")
    end: float | None = None
    state, words = "unknown", ""
    for number, watch in enumerate(watches):
        if number and watch.began > watches[number - 1].ended:
            drawing.add(watches[number - 1].ended, "unwatched")
        if _text(watch.history[0], "event") == "submitted":
            state = "pending"
        drawing.add(watch.began, state, words)
        for entry in watch.history[1:]:
            at, event = _moment(entry.get("at")), entry.get("event")
            if event == "state":
                state, words = _text(entry, "state"), _text(entry, "vendor_state")
                if _end_of(entry) and at is not None:
                    end = at if end is None else min(end, at)
            if event == "outage":
                drawing.add(at, "outage", _text(entry, "reason"))
            elif event == "left_out":
                drawing.add(at, "unknown", f"{entry.get('count')} changes left out")
            else:
                drawing.add(at, state, words)
    last = end if end is not None else max(watch.ended for watch in watches)
    began = min(drawing.stretches[0][0], last)
    return began, last, _written(drawing, last)


def _written(drawing: _Drawing, end: float) -> list[dict[str, t.Any]]:
    kept = [stretch for number, stretch in enumerate(drawing.stretches) if number == 0 or stretch[0] < end]
    return [{"at": _utc(at), "is": kind, "words": words} for at, kind, words in kept]


def _hostname(endpoint: str) -> str:
    try:
        return urlsplit(endpoint).hostname or ""
    except ValueError:
        return ""


def _lines(lines: object, most: int, mask: Mask) -> list[str]:
    if not isinstance(lines, Sequence) or isinstance(lines, str):
        return []
    kept = [mask(str(line))[:LINE] for line in lines[:most]]
    return [*kept, f"and {len(lines) - most} more"] if len(lines) > most else kept


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _percentage(value: object) -> float | None:
    """Return *value* where it is one. JSON has no word for what a server can make of a number, such as infinite."""
    return value if isinstance(value, (int, float)) and 0 <= value <= 100 else None


def _moment(text: object) -> float | None:
    """Return the time in *text* (RFC 3339, UTC), None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


def _utc(moment: float | None) -> str | None:
    if moment is None:
        return None
    text = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
