# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On PYTHONPATH: the libraries named in HIDDEN_LIBRARIES are not installed, and no name of a host is found."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

HIDDEN = frozenset(os.environ.get("HIDDEN_LIBRARIES", "").split())


class Hide(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hide())

_getaddrinfo = socket.getaddrinfo


def getaddrinfo(host: object, *args: object, **kwargs: object) -> object:
    if str(host).endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _getaddrinfo(host, *args, **kwargs)  # type: ignore[arg-type]


socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]
