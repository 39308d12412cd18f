# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""See matrix.py."""

from __future__ import annotations

import sys

from .matrix import main

if __name__ == "__main__":
    sys.exit(main())
