# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the definition of the execution environment with a tarball of the collection in place of its repository.

Arguments: FOLDER TARBALL.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from tools.env import ROOT

if __name__ == "__main__":
    folder, tarball = sys.argv[1:]
    definition = yaml.safe_load((ROOT / "extensions/ee/execution-environment.yml").read_text(encoding="utf-8"))
    definition["dependencies"]["galaxy"]["collections"] = [{"name": tarball, "type": "file"}]
    Path(folder, "ee.yml").write_text(yaml.safe_dump(definition), encoding="utf-8")
