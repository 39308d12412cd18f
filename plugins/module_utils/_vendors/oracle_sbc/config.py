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
from ..._jobs.model import Outcome, Verdict
from ..._jobs.operation import Submission, Timing
from .client import SbcClient, open_client
from .job import TIMING, Activate, Restore, Save, SlotJob, Verify, file_name
from .lock import ConfigLock

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class UnderLock(Plan):
    """Runs *steps* in their order. The first takes *lock*, which is released whatever becomes of them.

    The device does not tell what was done before, so a task that is run again begins anew.
    """

    timing: t.ClassVar[Timing] = TIMING

    def __init__(self, client: SbcClient, lock: ConfigLock, steps: Sequence[Submission], *, intent: str) -> None:
        self._client = client
        self._lock = lock
        self._steps = steps
        self._intent = intent
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
            return dataclasses.replace(last, message=f"{last.message} {text}", warnings=(*last.warnings, text))
        ours, warning = self._lock.release()
        if warning:
            last = dataclasses.replace(last, warnings=(*last.warnings, warning))
        last = _unguarded(last)
        if ours or last.outcome not in (Outcome.SUCCEEDED, Outcome.FAILED):
            return last
        text = (
            f"{last.message} But the configuration lock was lost meanwhile, so the last status may be that of somebody "
            "else's request. Look at the configuration itself. If this happens after a renewal of the token, "
            "check renew_field."
        )
        return dataclasses.replace(last, outcome=Outcome.LOST, message=text)

    def result(self) -> t.Any:
        return [dict(step.facts) for step in self._steps if isinstance(step, SlotJob) and step.facts]

    def summary(self) -> str:
        return self._intent


class Config(UnderLock):
    name: t.ClassVar[str] = "oracle_sbc.config"

    def summary(self) -> str:
        done = [step.action for step in self._steps[: self._begun] if isinstance(step, SlotJob)]
        if len(done) < len(self._steps) or not all(step.facts for step in self._steps if isinstance(step, SlotJob)):
            return f"{self._intent} would be run on {self._client.endpoint}, under the configuration lock."
        return f"{', '.join(done)} succeeded on {self._client.endpoint}."


def _unguarded(last: Verdict) -> Verdict:
    """Return *last* with a handle that does not claim the lock, which was released."""
    handle = last.job.handle
    if handle is None or "locked_until" not in handle.fingerprint:
        return last
    kept = {key: text for key, text in handle.fingerprint.items() if key != "locked_until"}
    job = dataclasses.replace(last.job, handle=dataclasses.replace(handle, fingerprint=kept))
    return dataclasses.replace(last, job=job)


_KINDS: Mapping[str, type[SlotJob]] = {"verify": Verify, "save": Save, "activate": Activate}


def locked_client(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> tuple[SbcClient, ConfigLock]:
    """Return a client, and the lock as the options want it. Raises BadInput, MissingLibrary."""
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

    return Config(client, lock, [made(action) for action in actions], intent=", ".join(actions))


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
