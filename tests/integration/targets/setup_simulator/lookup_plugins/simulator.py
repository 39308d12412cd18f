# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulator knows: ``lookup("simulator", "ledger", device)``, also ``device`` and ``requests``.

``lookup("simulator", "newest")`` is the address of the device that was made last.
"""

from __future__ import annotations

import http.client
import json
import typing as t
import urllib.parse

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms: t.Any, variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        what, *address = map(str, terms)
        if what == "newest":
            # Up to 2.18 ansible-core templates module_defaults for every task, also before there is any device.
            return [device["address"] for device in self._get(variables, "/devices")][-1:] or [""]
        return [self._get(variables, f"/devices/{address[0]}" if what == "device" else f"/{what}?device={address[0]}")]

    def _get(self, variables: t.Any, path: str) -> t.Any:
        # Not urllib.request: its opener reads all the system's certificates, for each of the look-ups of a task.
        control = urllib.parse.urlsplit(str(variables["simulator"]["control_url"]))
        connection = http.client.HTTPConnection("127.0.0.1", control.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            content = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise AnsibleLookupError(f"{path}: {content}")
        return json.loads(content)
