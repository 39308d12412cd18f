# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same with the vendor's Python client, the library illumio of PyPI, as its documentation says.

Scripts for a Python of their own: host, port, key, secret and the file to write are their arguments.
"""

from __future__ import annotations

_OPEN = """
import json, sys
from illumio import PolicyComputeEngine
host, port, key, secret, dest = sys.argv[1:]
pce = PolicyComputeEngine(host, port=port, org_id="1")
pce.set_credentials(key, secret)
"""

SCRIPTS = {
    "illumio (PyPI), answer as it is": _OPEN
    + """
answer = pce.get_collection("/workloads")
with open(dest, "wb") as file:
    file.write(answer.content)
""",
    "illumio (PyPI), as objects": _OPEN
    + """
found = pce.workloads.get_async()
with open(dest, "w", encoding="utf-8") as file:
    json.dump([one.to_json() for one in found], file)
""",
}
"""By what the table calls them."""
