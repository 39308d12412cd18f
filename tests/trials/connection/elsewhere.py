# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local connection under another name: what runs over it runs as a module in a process of its own."""

from __future__ import annotations

DOCUMENTATION = r"""
name: elsewhere
short_description: Execute on the controller, as if it were another machine
description: As the connection plugin local, but an action plugin does not take it for the controller.
author: netops.jobs contributors (@netops-jobs)
"""

from ansible.plugins.connection.local import Connection as Local


class Connection(Local):
    """Only the name differs."""

    transport = "elsewhere"
