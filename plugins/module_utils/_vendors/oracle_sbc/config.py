# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""A task under one configuration lock: its requests one after the other, each waited for, then the lock released."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.chain import Plan, Step
from ..._jobs.errors import BadInput
from ..._jobs.inquiry import FINDS_IT
from ..._jobs.model import Job, JobState, Outcome, Verdict
from ..._jobs.operation import Submission, Timing
from ..._jobs.wait import MAY_STILL_RUN
from .client import SbcClient, open_client
from .job import TIMING, Activate, Restore, Save, SlotJob, Verify, file_name
from .lock import ConfigLock

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable


RELEASE_FOR = 45.0
"""Seconds in which the lock is tried to be released: an activation may bounce the web server [documented]."""

LONGEST_PAUSE = 120.0
"""Seconds between two looks beyond which a token could die between them: it lives for 600, and a look renews it after
450."""

ADVICE = (
    "The job may still run. Its end cannot be told any more, for the configuration lock was released: look at the "
    "configuration itself before the task is run again."
)
"""What takes the place of the advice to wait by the handle."""

IN_DOUBT = (
    "But the configuration lock was not ours any more in the end, so that status may be the one of somebody else's "
    "request. Look at the configuration itself. If this happens after ten minutes, the renewal of the token may not "
    "have kept the lock: check renew_field."
)


class UnderLock(Plan):
    """Runs *steps* in their order. The first takes *lock*, which is released whatever becomes of them.

    The device does not tell what was done before, so a task that is run again begins anew.
    """

    timing: t.ClassVar[Timing] = TIMING

    def __init__(self, client: SbcClient, lock: ConfigLock, steps: Sequence[Submission]) -> None:
        self._client = client
        self._lock = lock
        self._steps = steps
        self._begun = 0

    def limit(self, until: float | None) -> None:
        self._client.limit(until)

    def next_step(self) -> Step | None:
        if self._begun == len(self._steps):
            return None
        operation = self._steps[self._begun]
        self._begun += 1
        return Step(operation, f"{self._begun}: {operation.name}")

    def finish(self, last: Verdict) -> Verdict:
        """Release the lock. That the SBC does so proves that it was ours all the time; that it refuses proves that
        what the slot showed may have been somebody else's."""
        if last.outcome is Outcome.RUNNING:
            text = "The configuration lock stays until its token dies, ten minutes after it was issued at most."
            return dataclasses.replace(last, message=f"{last.message} {text}")
        # What has not answered for long is not waited for again.
        released = self._lock.release(0.0 if last.outcome is Outcome.UNREACHABLE else RELEASE_FOR)
        if released.warning:
            last = dataclasses.replace(last, warnings=(*last.warnings, released.warning))
        if not released.stands:
            last = _without_guard(last)
        return last if released.ours else self._doubted(last)

    def _doubted(self, last: Verdict) -> Verdict:
        """Return *last* without the verdict that rests on the lock alone. Those before it do not: each request that was
        accepted proves that the lock was ours until then."""
        jobs = last.jobs or ()
        steps = [step for step in self._steps[len(jobs) - 1 : len(jobs)] if isinstance(step, SlotJob)]
        if not jobs or not jobs[-1].state.ended or not steps or not steps[0].needs_lock:
            return last
        unknown = dataclasses.replace(jobs[-1], state=JobState.UNKNOWN)
        message = f"{last.message} {IN_DOUBT}"
        if last.outcome not in (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.REFUSED):
            return dataclasses.replace(last, jobs=(*jobs[:-1], unknown), message=message)
        return dataclasses.replace(
            last,
            outcome=Outcome.LOST,
            jobs=(*jobs[:-1], unknown),
            job=unknown,
            result=None,
            message=message,
            refusal=None,
        )

    def result(self) -> t.Any:
        return [dict(step.facts) for step in self._steps if isinstance(step, SlotJob) and step.facts]


class Config(UnderLock):
    name: t.ClassVar[str] = "oracle_sbc.config"

    def summary(self) -> str:
        ended = [step.action for step in self._steps if isinstance(step, SlotJob) and step.facts]
        if len(ended) == len(self._steps):
            return f"{_joined(ended)} succeeded on {self._client.endpoint}."
        wanted = [step.action for step in self._steps if isinstance(step, SlotJob)]
        return f"{_joined(wanted)} would be run on {self._client.endpoint}, under the configuration lock."

    def finish(self, last: Verdict) -> Verdict:
        last = super().finish(last)
        before = [step.action for step in self._steps if isinstance(step, SlotJob) and step.facts]
        if last.outcome is Outcome.LOST and last.job.state is JobState.UNKNOWN and len(before) == len(last.jobs or ()):
            before = before[:-1]
        if not last.failed or not before:
            return last
        return dataclasses.replace(last, message=f"{last.message} Before that, {_joined(before)} succeeded.")


def _joined(words: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _without_guard(last: Verdict) -> Verdict:
    """Return *last* with handles that do not claim the lock, which was released, and without advice to use them."""
    message = last.message.replace(MAY_STILL_RUN, ADVICE).replace(FINDS_IT, ADVICE)
    jobs = None if last.jobs is None else tuple(_unguarded(job) for job in last.jobs)
    return dataclasses.replace(last, message=message, job=_unguarded(last.job), jobs=jobs)


def _unguarded(job: Job) -> Job:
    if job.handle is None or "locked_until" not in job.handle.fingerprint:
        return job
    kept = {key: text for key, text in job.handle.fingerprint.items() if key != "locked_until"}
    return dataclasses.replace(job, handle=dataclasses.replace(job.handle, fingerprint=kept))


_KINDS: Mapping[str, type[SlotJob]] = {"verify": Verify, "save": Save, "activate": Activate}


def locked_client(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> tuple[SbcClient, ConfigLock]:
    """Return a client, and the lock as the options want it. Raises BadInput, MissingLibrary."""
    for name in ("poll_interval", "poll_max_interval"):
        if (params[name] or 0.0) > LONGEST_PAUSE:
            raise BadInput(
                f"{name}: give {LONGEST_PAUSE:.0f} s at most. The token, and the configuration lock with it, would die "
                "between two looks."
            )
    client = open_client(params, hide)
    timeout = params["lock_timeout"]
    if not 0 <= timeout <= 86400:
        raise BadInput(f"lock_timeout: {timeout:g} is not a number of seconds from 0 to 86400.")
    return client, ConfigLock(client, timeout=timeout)


def config_from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> Config:
    """Return the plan for the options of the task. Raises BadInput, MissingLibrary."""
    actions: Sequence[str] = params["actions"] or ()
    if not actions:
        raise BadInput("actions: name at least one of verify, save, activate and restore.")
    if not params["wait"] and len(actions) > 1:
        raise BadInput("wait: with false only the first of several actions would be run. Give one action, or wait.")
    source, file = params["restore_source"], params["restore_file"]
    if ("restore" in actions) != (source is not None):
        raise BadInput("restore_source: goes with the action restore, and only with it.")
    if (source == "backup_file") != (file is not None):
        raise BadInput("restore_file: goes with restore_source: backup_file, and only with it.")
    if file is not None:
        file_name(file, "restore_file")
    client, lock = locked_client(params, hide)
    settle = settle_of(params)

    def made(action: str) -> SlotJob:
        if action == "restore":
            return Restore(client, lock, settle=settle, source=source, file=file or "")
        return _KINDS[action](client, lock, settle=settle)

    return Config(client, lock, [made(action) for action in actions])


def config_from_handle(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> SlotJob:
    """Return the operation that the handle in the options is of. Raises BadInput, MissingLibrary."""
    given = params["handle"]
    name = given.get("operation", "") if isinstance(given, Mapping) else ""
    kinds: Sequence[type[SlotJob]] = (*_KINDS.values(), Restore)
    kind = next((each for each in kinds if each.name == name), Save)
    return kind(open_client(params, hide))


def settle_of(params: Mapping[str, t.Any]) -> float:
    """Return the option settle, in seconds. Raises BadInput."""
    settle = float(params["settle"])
    if not 0 <= settle <= 600:
        raise BadInput(f"settle: {settle:g} is not a number of seconds from 0 to 600.")
    return settle
