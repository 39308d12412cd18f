# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-in for get-pip.py: have the pip that is on PATH, that of ansible-core's own environment, install another one.

ansible-test loads get-pip.py from a host of its own for every virtual environment that it makes. With this file in its
cache it does not have to: a package index is the only thing that the checks need from outside. Compared with ensurepip,
which unpacks, compiles and then replaces a pip, this takes a third of the time.
"""

from __future__ import annotations

import subprocess
import sys

wanted = [arg for arg in sys.argv[1:] if arg not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call(["pip", "--python", sys.executable, "install", "--quiet", *wanted]))
