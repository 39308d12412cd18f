# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and answers are compared with the vendors' published OpenAPI files, by an OpenAPI library.

One module per vendor (``scm``) names the files and every place where they are known to be wrong.
"""

from __future__ import annotations
