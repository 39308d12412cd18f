# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The base of every action plugin here: runs the module's own code in the controller's worker, where Ansible's rules
allow it, and hands over to the module everywhere else.

No new process and no new interpreter for a host saves most of the cost of a task, and only the worker can show progress
while it waits.
"""

from __future__ import annotations

import contextlib
import os
import sys
import typing as t
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from ansible import constants
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import Interrupted
from ansible_collections.netops.jobs.plugins.module_utils._secrets import forms_of, masked, register_secret, scrub
from ansible_collections.netops.jobs.plugins.module_utils._task import interruptible, printable, signals
from ansible_collections.netops.jobs.plugins.module_utils._transport.certificates import verification
from ansible_collections.netops.jobs.plugins.module_utils._transport.libraries import missing_libraries
from ansible_collections.netops.jobs.plugins.module_utils._transport.sharing import tls_context

PROGRESS_VARIABLE = "netops_jobs_progress"
"""Set to false for a play, a host or a task that shall show no live progress."""

display = Display()


def _has_live_terminal() -> bool:
    """Return whether a line on stdout can be written over.

    ansible-runner, and with it AWX, gives Ansible a terminal that nobody looks at: what is written there becomes a log.
    """
    collected = any(name in os.environ for name in ("AWX_ISOLATED_DATA_DIR", "JOB_ID"))
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not collected


def _warm_up() -> None:
    """Load the authorities that are trusted by default, 20 ms, here, and not in the worker of each host."""
    with contextlib.suppress(Exception):
        tls_context(verification(True, None))


_warm_up()

LIVE = _has_live_terminal()
"""Found out where the plugin is loaded, in the main process: since 2.19 workers have no stdout."""


class InProcessTask:
    """A task that runs in the controller's worker."""

    def __init__(self, action: JobActionModule, checked: ValidationResult, host: str, show: bool) -> None:
        self.params = checked.validated_parameters
        self.check_mode = bool(action._task.check_mode)
        self.diff = bool(action._task.diff)
        self.warnings: list[str] = []
        self.secrets: set[str] = set()
        self.hide(checked._no_log_values)
        self._host = host
        self._show = show
        self._status = ""
        self._parent = os.getppid()

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    @property
    def live(self) -> bool:
        return self._show and LIVE

    def say(self, line: str) -> None:
        if self._show:
            self.show("")
            self._display(f"{self._host}: {line}")

    def show(self, status: str) -> None:
        if status == self._status:
            return
        self._status = status
        line = f"{self._host}: {status}"[: display.columns] if status else ""
        # The cursor goes back to the beginning: what others print comes in its place, and Python hands out the line.
        self._display(f"\r\x1b[K{line}\r", newline=False, screen_only=True)

    def _display(self, line: str, **options: bool) -> None:
        display.display(line, color=constants.config.get_config_value("COLOR_VERBOSE"), **options)

    def hide(self, secrets: Iterable[str]) -> None:
        self.secrets.update(register_secret(secret) for secret in forms_of(secrets))

    def mask(self, text: str) -> str:
        return masked(text, self.secrets)

    def check_alive(self) -> None:
        # ansible-core up to 2.18 leaves workers behind when it is terminated, ansible-runner on every release.
        if os.getppid() != self._parent:
            raise Interrupted("interrupted: ansible-playbook has ended")
        signals.check_missed()


class JobActionModule(ActionBase):
    """Runs ``MODULE.run(task)`` in the worker."""

    _supports_check_mode = True
    _supports_async = True
    # A host with a persistent connection (network_cli, httpapi) needs none here: its own API is spoken to directly.
    _requires_connection = False

    MODULE: ModuleType
    """The module file: offers ``ARGUMENTS``, the keyword arguments of AnsibleModule, and ``run(task)``."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        variables = task_vars or {}
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        if self._belongs_elsewhere():
            result.update(self._hand_over(variables))
            return result
        with self._environment(), interruptible():
            result.update(self._run_here(variables))
        return result

    def _belongs_elsewhere(self) -> bool:
        """Return whether this run is the module's: Ansible's own rule says where a module runs, and as whom.

        A connection that never ships modules (httpapi, network_cli, netconf) shows as ``local`` here, because this
        plugin requires none; its ``become`` is the device's enable mode and means nothing to us.
        """
        if self._task.async_val or self._connection.transport != "local" or missing_libraries():
            return True
        return bool(self._task.become) and getattr(self._connection.become, "name", None) != "enable"

    def _hand_over(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        try:
            result: dict[str, t.Any] = self._execute_module(
                module_args=dict(self._arguments(variables)), task_vars=variables, wrap_async=self._task.async_val
            )
        except AnsibleConnectionFailure as exc:
            raise AnsibleConnectionFailure(f"{exc} {self._hint(variables)}".strip()) from exc
        if result.get("failed") and "outcome" not in result and "module_stdout" in result:
            result["msg"] = f"{result.get('msg', '')} {self._hint(variables)}".strip()
        return result

    def _arguments(self, variables: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
        """Return the options of the task, for a plugin that completes them from the variables of the host."""
        return t.cast("Mapping[str, t.Any]", self._task.args)

    def _hint(self, variables: dict[str, t.Any]) -> str:
        """Return what to do for the commonest mistake: Python cannot be shipped to the appliance itself."""
        if self._connection.transport == "local" or self._task.delegate_to:
            return ""
        host = self._task.args.get("host")
        names = [str(variables[name]) for name in ("inventory_hostname", "ansible_host") if name in variables]
        if host is not None and str(host) not in names:
            return ""
        return (
            f"The task was sent to the host by {self._connection.transport}, and an appliance runs no modules: "
            "set `connection: local` for the play, or `ansible_connection: local` in the inventory."
        )

    def _run_here(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        arguments = dict(self.MODULE.ARGUMENTS)
        arguments.pop("supports_check_mode", None)
        checked = ArgumentSpecValidator(**arguments).validate(plain(self._arguments(variables)))
        if checked.error_messages:
            message = checked.errors.msg
            if isinstance(checked.errors[0], UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
            failed = {"failed": True, "msg": message, **self._invocation(checked, variables)}
            return scrub(failed, checked._no_log_values)
        host = variables.get("inventory_hostname", "localhost")
        task = InProcessTask(self, checked, host, self._shows_progress(variables))
        try:
            result: dict[str, t.Any] = printable(self.MODULE.run(task))
        finally:
            task.show("")
        if task.warnings:
            result["warnings"] = task.warnings
        result.update(self._invocation(checked, variables))
        return scrub(result, task.secrets)

    def _invocation(self, checked: ValidationResult, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return the key ``invocation`` of the result, with all options, where a module's result has it, too."""
        try:
            wanted = bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))
        except AnsibleError:
            # ansible-core up to 2.20 has no such setting and always shows it.
            wanted = True
        return {"invocation": {"module_args": dict(checked.validated_parameters)}} if wanted else {}

    def _shows_progress(self, variables: dict[str, t.Any]) -> bool:
        # Lines are printed past the result, so that no_log on the task would not hide them.
        if self._task.no_log:
            return False
        shown = self._templar.template(variables.get(PROGRESS_VARIABLE, True))
        return bool(boolean(shown, strict=False))

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        """Apply the task's ``environment:`` to this process, and undo it: the items of a loop share one worker."""
        wanted: dict[str, t.Any] = {}
        self._compute_environment_string(wanted)
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update({name: str(value) for name, value in wanted.items()})
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def plain(value: t.Any) -> t.Any:
    """Return *value* without Ansible's own string types: tagged, unsafe, inline vault (which decrypts here)."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
