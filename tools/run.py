# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command in one of the project's virtual environments: python -m tools.run VENV COMMAND [ARGUMENT ...]."""

from __future__ import annotations

import os
import sys

from tools import env, stage


def main(venv: str, command: str, *arguments: str) -> None:
    collections = stage.link()
    try:
        bin_folder = env.make_venv(venv)
    except env.Unavailable as exc:
        sys.exit(f"Cannot run {command}: {exc}")
    child = env.child_env("run", bin_folder, collections)
    child["PYTHONPATH"] = str(collections)
    os.execvpe(command, [command, *arguments], child)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
