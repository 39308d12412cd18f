# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``killed``: runs a command and kills it, with all that it has started, once something is in a file.

killed: {argv: [ansible-playbook, ...], until: /path/to/wait*.jsonl}
"""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

PATIENCE = 120
"""Seconds after which the file does not come any more."""


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        argv, until = [str(part) for part in self._task.args["argv"]], pathlib.Path(str(self._task.args["until"]))
        end = time.monotonic() + PATIENCE
        # To a file, because nobody reads a pipe meanwhile. Not on the terminal, which others write to.
        with tempfile.TemporaryFile("w+") as output:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
            while process.poll() is None and not any(path.stat().st_size for path in until.parent.glob(until.name)):
                if time.monotonic() > end:
                    break
                time.sleep(0.02)
            in_time = process.poll() is None and time.monotonic() <= end
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            output.seek(0)
            text = output.read()
        if not in_time:
            raise AnsibleActionFail(f"{until} did not come while the command ran:\n{text}")
        return {**result, "changed": True, "output": text}
