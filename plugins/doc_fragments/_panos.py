# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The connection options of PAN-OS firewalls and Panorama."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name or address of the management interface of the firewall or Panorama.
      - If not given, the environment variables E(PANOS_HOST) and E(PANOS_HOSTNAME) are used.
    type: str
    required: true
  port:
    description:
      - Port of the management interface.
      - If not given, the environment variable E(PANOS_PORT) is used.
    type: int
    default: 443
  username:
    description:
      - Name of the administrator.
      - If not given, the environment variable E(PANOS_USERNAME) is used.
    type: str
  password:
    description:
      - Password of the administrator, from which an API key is made once per task.
      - If not given, the environment variable E(PANOS_PASSWORD) is used.
    type: str
  api_key:
    description:
      - API key. It wins over O(password), also when it comes from the environment.
      - If it dies during a wait and O(username) and O(password) are given too, a new one is made.
      - If not given, the environment variable E(PANOS_API_KEY) is used.
    type: str
  target:
    description:
      - Serial number of a managed firewall to which Panorama passes all requests on.
      - If not given, the environment variable E(PANOS_TARGET) is used.
    type: str
requirements:
  - lxml
"""
