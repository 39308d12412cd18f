# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection ``elsewhere``: this machine, reached by a plugin that is not ``local``.

To Ansible such a host is another machine: modules are packed, sent and run there, as over ssh.
"""

from __future__ import annotations

DOCUMENTATION = """
name: elsewhere
short_description: This machine, as if it were another one
version_added: 0.1.0
author: netops.jobs contributors (@netops-jobs)
description: For tests.
options:
  become_success_timeout:
    description: As that of the connection local.
    type: int
    default: 10
  become_strip_preamble:
    description: As that of the connection local.
    type: bool
    default: true
extends_documentation_fragment: connection_pipelining
"""

import os
import pathlib
import shlex
import typing as t

from ansible import constants
from ansible.plugins.connection.local import Connection as LocalConnection

STARTUP = pathlib.Path(__file__).resolve().parent.parent / "startup"


class Connection(LocalConnection):
    transport = "elsewhere"

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> t.Any:
        # Last, so that another sitecustomize goes before it. The folder ends with the play.
        path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(STARTUP))))
        compiled = pathlib.Path(constants.DEFAULT_LOCAL_TMP, "compiled")
        cmd = f"PYTHONPATH={shlex.quote(path)} KEPT_COMPILED={shlex.quote(str(compiled))} {cmd}"
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
