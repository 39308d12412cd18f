# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PAN-OS: firewalls and Panorama with the XML API.

Where a text, a code or a shape is known, its origin stands beside it: *documented* (vendor documentation),
*recorded* (an answer of a device, see tests/data/panos/SOURCES.md), *client* (what public clients send or parse).
What is marked *assumed* is not known from any device; where two readings are possible it is a setting.
"""

from __future__ import annotations

from .system import PanosSystem

__all__ = ["PanosSystem"]
