# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator of management APIs: many devices on 127.0.0.0/8, one process, a control API for tests.

The modules at this level know no vendor; each system is a package of its own (``panos``).
"""

from __future__ import annotations
