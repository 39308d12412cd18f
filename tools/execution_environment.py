# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the definition of an execution environment that holds the collection: FOLDER TARBALL."""

from __future__ import annotations

import sys
from pathlib import Path

DEFINITION = """\
---
version: 3
images:
  base_image:
    name: quay.io/centos/centos:stream10
dependencies:
  ansible_core:
    package_pip: ansible-core>=2.16
  ansible_runner:
    package_pip: ansible-runner
  galaxy:
    collections:
      - name: {tarball}
        type: file
"""

if __name__ == "__main__":
    folder, tarball = sys.argv[1:]
    Path(folder, "ee.yml").write_text(DEFINITION.format(tarball=tarball), encoding="utf-8")
