# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What a run needs from Ansible, and the way from a verdict to a result. The only face towards Ansible.

A module file offers ``ARGUMENTS`` (the keyword arguments of AnsibleModule) and ``run(task)``; here is all that both
ways of running it share, and the way as a module. The way in the controller's worker is in
``plugin_utils/_job_action.py``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import math
import re
import signal
import sys
import threading
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ._jobs import chain, lifecycle
from ._jobs.chain import Plan
from ._jobs.errors import BadInput, Interrupted, JobError, MissingLibrary
from ._jobs.inquiry import Inquiry
from ._jobs.model import Handle, Job, Outcome, Verdict
from ._jobs.operation import Operation, Submission, Timing
from ._jobs.progress import FleetLines, JobLines, ProgressLog
from ._jobs.wait import foreseen
from ._jobs.world import Event, World
from ._options import SYSTEMS
from ._secrets import forms_of, is_masked, masked, register_secret

Result = dict[str, t.Any]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Task(t.Protocol):
    """One task as its code sees it, whichever way it runs."""

    @property
    def params(self) -> Mapping[str, t.Any]:
        """The options, validated and with their defaults."""

    @property
    def check_mode(self) -> bool:
        """Whether nothing may be changed."""

    @property
    def diff(self) -> bool:
        """Whether to show what changes."""

    def warn(self, message: str) -> None:
        """Show a warning with the result."""

    def say(self, line: str) -> None:
        """Show a line now, where that is possible."""

    @property
    def live(self) -> bool:
        """Whether there is a terminal that can show a status."""

    def show(self, status: str) -> None:
        """Show *status* there in place of the one before; an empty one takes it away."""

    def hide(self, secrets: Iterable[str]) -> None:
        """Keep these values out of the result and of all output."""

    def mask(self, text: str) -> str:
        """Return *text* without any secret of this task, for what goes past the result."""

    def check_alive(self) -> None:
        """Raise Interrupted when nobody waits for this run any more."""


class ModuleTask:
    """A task that runs as a module, in a process of its own on whatever host Ansible chose."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self.hide(list(module.no_log_values))

    @property
    def params(self) -> Mapping[str, t.Any]:
        return t.cast("Mapping[str, t.Any]", self._module.params)

    @property
    def check_mode(self) -> bool:
        return bool(self._module.check_mode)

    @property
    def diff(self) -> bool:
        return bool(self._module._diff)  # pylint: disable=protected-access

    def warn(self, message: str) -> None:
        self._module.warn(message)

    def say(self, line: str) -> None:
        """A module can show nothing before it ends."""

    live = False

    def show(self, status: str) -> None:
        """It has no terminal."""

    def hide(self, secrets: Iterable[str]) -> None:
        self._module.no_log_values.update(register_secret(secret) for secret in forms_of(secrets))

    def mask(self, text: str) -> str:
        return masked(text, self._module.no_log_values)

    def check_alive(self) -> None:
        """A module is told by a signal, which may have been lost on its way."""
        signals.check_missed()


def main(arguments: Mapping[str, t.Any], run: t.Callable[[Task], Result]) -> None:
    """Run a module file as a module: the body of its ``main()``."""
    module = AnsibleModule(**arguments)
    task = ModuleTask(module)
    with interruptible():
        result = printable(run(task))
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)


def printable(value: t.Any) -> t.Any:
    """Return *value*, a result or a part of one, with each half of a surrogate pair as the escape that it was.

    JSON of a device can hold one. Ansible refuses the whole result for it, and with that the handle.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {printable(key): printable(part) for key, part in value.items()}
    return [printable(part) for part in value] if isinstance(value, (list, tuple)) else value


def _shown(text: str) -> str:
    """Return *text*, which may quote a device, with control characters as escapes: a terminal would obey them."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Signals:
    """Where a signal finds this run: it may break into the work, and not into what is made of its result."""

    def __init__(self) -> None:
        self.at_work = False
        self._missed = ""

    def begin(self) -> None:
        """Forget what an earlier run in this process has left."""
        self.at_work, self._missed = False, ""

    def arrived(self, text: str) -> None:
        """Raise Interrupted where there is work to break into; else it is remembered."""
        if self.at_work:
            raise Interrupted(text)
        self._missed = text

    def check_missed(self) -> None:
        """Raise Interrupted for what arrived when it could not be raised, or was lost: Python drops what is raised in a
        destructor."""
        text, self._missed = self._missed, ""
        if text:
            raise Interrupted(text)

    @contextlib.contextmanager
    def work(self) -> Iterator[None]:
        self.at_work = True
        try:
            self.check_missed()
            yield
        finally:
            self.at_work = False

    def unraisable(self, what: sys.UnraisableHookArgs, otherwise: t.Callable[[sys.UnraisableHookArgs], t.Any]) -> None:
        if isinstance(what.exc_value, Interrupted):
            self._missed = str(what.exc_value)
        else:
            otherwise(what)


signals = _Signals()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into Interrupted while the block is at work, where this thread may set handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    before: dict[signal.Signals, t.Any] = {}
    hook = sys.unraisablehook

    def interrupt(number: int, _frame: object) -> None:
        # A module gets SIGINT and SIGTERM at once; the second must not break into the handling of the first.
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        signals.arrived(f"interrupted by {signal.Signals(number).name}")

    signals.begin()
    try:
        sys.unraisablehook = functools.partial(signals.unraisable, otherwise=hook)
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, interrupt)
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def run_job(task: Task, name: str, open_operation: t.Callable[[], Submission]) -> Result:
    """Take the task's one job through its life cycle and return the result of the task.

    *open_operation* makes the operation from the task's options without connecting; *name* is what the job is called
    if that fails.
    """

    def body() -> Verdict:
        operation = open_operation()
        lines = JobLines()
        return lifecycle.run(operation, _wishes(task, operation), world_for(task, lines.line))

    return guarded(task, name, body)


def run_plan(
    task: Task, name: str, open_plan: t.Callable[[], Plan], open_operation: t.Callable[[], Submission]
) -> Result:
    """Take the task's jobs through their life cycles, one after the other, and return the result of the task.

    As `run_job` does. A task with a handle waits for that one job: *open_operation* makes the operation for it.
    """
    if task.params["handle"] is not None:
        return run_job(task, name, open_operation)

    def body() -> Verdict:
        plan = open_plan()
        lines = JobLines()
        return chain.run(plan, _wishes(task, plan), world_for(task, lines.line))

    return guarded(task, name, body)


def guarded(task: Task, name: str, body: t.Callable[[], Verdict]) -> Result:
    """Return the result of *body*; whatever it raises becomes a failed result of the same shape, never a traceback."""
    verdict: Verdict | None = None
    try:
        with signals.work():
            verdict = body()
    except MissingLibrary as exc:
        verdict = _refused(name, missing_required_lib(exc.library), "missing_library")
    except BadInput as exc:
        verdict = _refused(name, exc.message, "bad_input")
    except Interrupted as exc:
        # It may have come when the verdict was there already.
        verdict = verdict or Verdict(Outcome.TIMED_OUT, f"{name}: {exc}.", changed=False, job=Job(operation=name))
    except JobError as exc:
        verdict = _refused(name, exc.message, "rejected")
    except Exception as exc:
        bug = foreseen(exc)
        verdict = Verdict(Outcome.UNREACHABLE, f"{name}: {bug.message}.", changed=False, job=Job(operation=name))
    for warning in verdict.warnings:
        task.warn(_shown(warning))
    return result_of(verdict)


def result_of(verdict: Verdict) -> Result:
    """Return *verdict* as it stands in a result."""
    return verdict.to_dict() | {"msg": _shown(verdict.message)}


_PLAIN = Timing(wait_timeout=120, poll_interval=1, poll_max_interval=10, outage_timeout=60)
"""How long a task without a job repeats a question that got no answer; one that answers is never asked again."""


def run_plain(
    task: Task,
    name: str,
    body: t.Callable[[Inquiry], Mapping[str, t.Any]],
    *,
    timing: Timing = _PLAIN,
    world: World | None = None,
) -> Result:
    """Return the result of a module that has no job to wait for: ``outcome``, ``msg``, ``changed`` and its own keys.

    *body* asks its questions through the inquiry and returns ``msg``, its own keys, and ``outcome`` and ``changed``
    where they are not ``succeeded`` and false. What it raises becomes a failed result of the same shape.
    """
    given = world or World(still_wanted=task.check_alive)
    found: Result = {}

    def judged() -> Verdict:
        inquiry = Inquiry(name, timing, given, started=given.clock(), changes_device=False)
        try:
            found.update(body(inquiry))
        except (BadInput, MissingLibrary):
            raise
        except Interrupted as exc:
            return inquiry.verdict(Outcome.TIMED_OUT, f"{name}: {exc}.")
        except Exception as exc:
            return inquiry.failed(exc, maybe_sent=True)
        return inquiry.verdict(Outcome.SUCCEEDED, "")

    result = guarded(task, name, judged)
    result = {key: result[key] for key in ("changed", "failed", "outcome", "msg", "refusal") if key in result} | found
    return result | {"msg": _shown(result["msg"])}


def _refused(name: str, message: str, reason: str) -> Verdict:
    return Verdict(Outcome.REFUSED, message, changed=False, job=Job(operation=name), refusal={"reason": reason})


def world_for(
    task: Task,
    line_of: t.Callable[[Event], str | None],
    status_of: t.Callable[[Event], str | None] = lambda _event: None,
) -> World:
    """Return the real world for *task*: events become lines, a status and records of the progress log.

    Raises BadInput.
    """
    path = task.params.get("progress_log")
    log = ProgressLog(path, task.mask) if path and not task.check_mode else None
    lock = threading.Lock()

    def listen(event: Event) -> None:
        # The looks of many jobs are made by several threads.
        with lock:
            if log is not None:
                log.add(event)
            if task.check_mode:
                return
            line, status = line_of(event), status_of(event)
            if line is not None:
                task.say(_shown(task.mask(line)))
            if status is not None:
                task.show(_shown(task.mask(status)))

    return World(listen=listen, still_wanted=task.check_alive)


def fleet_world(task: Task, jobs: int) -> World:
    """Return the real world for a *task* that waits for so many jobs. Raises BadInput."""
    if jobs == 1:
        return world_for(task, JobLines().line)
    lines = FleetLines(jobs, live=task.live)
    return world_for(task, lines.line, lines.status)


def _wishes(task: Task, operation: Operation | Plan) -> lifecycle.Wishes:
    params = task.params
    if params["on_timeout"] == "cancel" and not operation.can_cancel:
        raise BadInput(f"on_timeout: {operation.name} jobs cannot be canceled, use leave.")
    return lifecycle.Wishes(
        timing=timing_for(params, operation.timing),
        wait=params["wait"],
        handle=None if params["handle"] is None else read_handle(params["handle"]),
        adopt=params["adopt"],
        cancel_on_timeout=params["on_timeout"] == "cancel",
        # Who says how long to wait for a lock wants to wait for it.
        wait_for_idle=params.get("wait_for_idle", "lock_timeout" in params),
        check_mode=task.check_mode,
        diff=task.diff,
    )


def read_handle(data: object) -> Handle:
    """Return the handle in *data*, which comes from the result of a task. Raises BadInput."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            raise BadInput("handle: expected a dictionary, or JSON of one; this text is neither.") from None
    handle = Handle.from_dict(data)
    kept = {key: text for key, text in handle.fingerprint.items() if not is_masked(text)}
    spoiled = [name for name in ("operation", "endpoint", "id") if is_masked(getattr(handle, name))]
    if "target" in handle.fingerprint and "target" not in kept:
        spoiled.append("target")
    spoiled += [name for name, text in handle.options.items() if is_masked(text)]
    if spoiled:
        raise BadInput(
            f"handle: Ansible has masked its {spoiled[0]}, because a password or key of the task that returned it is "
            "part of that text. Take the handle from the progress log of that task, or use another password."
        )
    # What is masked proves nothing any more; what is left still does.
    return dataclasses.replace(handle, fingerprint=kept)


def timing_for(params: Mapping[str, t.Any], default: Timing) -> Timing:
    """Return *default* with what the options of the task say instead. Raises BadInput for bounds that make no sense."""
    given = {name: params[name] for name in _BOUNDS if params[name] is not None}
    for name, value in given.items():
        if not math.isfinite(value) or value <= 0:
            raise BadInput(f"{name}: {value} is not a number of seconds greater than 0.")
    if "poll_interval" in given and "poll_max_interval" not in given:
        given["poll_max_interval"] = max(given["poll_interval"], default.poll_max_interval)
    if "poll_max_interval" in given and "poll_interval" not in given:
        given["poll_interval"] = min(given["poll_max_interval"], default.poll_interval)
    timing = Timing(**{name: given.get(name, getattr(default, name)) for name in _BOUNDS})
    if timing.poll_interval > timing.poll_max_interval:
        raise BadInput(
            f"poll_interval ({timing.poll_interval} s) must not be greater than "
            f"poll_max_interval ({timing.poll_max_interval} s)."
        )
    return timing


_BOUNDS = ("wait_timeout", "poll_interval", "poll_max_interval", "outage_timeout")


def connection_options(task: Task, system: str, given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the connection options of *system*: *given*, completed from the environment and the defaults.

    Raises BadInput that names what is missing.
    """
    spec, rules = SYSTEMS[system]
    validator = ArgumentSpecValidator(spec, **rules)
    checked = validator.validate({name: value for name, value in given.items() if value is not None})
    # The secrets that came from the environment are known to nobody else yet.
    task.hide(str(value) for value in checked._no_log_values)  # pylint: disable=protected-access
    if checked.error_messages:
        raise BadInput(f"connection to {system} ({given.get('host')}): {checked.errors.msg}")
    return t.cast("dict[str, t.Any]", checked.validated_parameters)
