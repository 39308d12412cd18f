# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured: a process that does what a task with job_wait does, without Ansible around it."""

from __future__ import annotations

import json
import pathlib
import sys
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.netops.jobs.plugins.modules import job_wait


class PlainTask:
    """A task whose lines nobody reads."""

    check_mode = False
    diff = False

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        self.params = params

    def warn(self, message: str) -> None:
        print(f"warning: {message}", flush=True)

    live = False

    def show(self, status: str) -> None:
        pass

    def say(self, line: str) -> None:
        print(line, flush=True)

    def hide(self, secrets: t.Iterable[str]) -> None:
        return

    def mask(self, text: str) -> str:
        return text

    def check_alive(self) -> None:
        return


def main(options: pathlib.Path, verdicts: pathlib.Path) -> None:
    arguments = dict(job_wait.ARGUMENTS)
    del arguments["supports_check_mode"]
    checked = ArgumentSpecValidator(**arguments).validate(json.loads(options.read_text()))
    if checked.error_messages:
        raise SystemExit("; ".join(checked.error_messages))
    result = job_wait.run(PlainTask(checked.validated_parameters))
    text = json.dumps(result)
    verdicts.write_text(text)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
