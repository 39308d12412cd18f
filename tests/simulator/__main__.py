# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python tests/simulator --state-dir DIR`` and ``python -m simulator``."""

from __future__ import annotations

import importlib
import pathlib
import sys

if not __package__:
    # Run as a directory: Python put the directory itself on the path, the package needs the one above.
    sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

importlib.import_module("simulator.main").main()
