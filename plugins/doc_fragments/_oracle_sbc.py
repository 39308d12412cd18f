# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The connection options of an Oracle SBC."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name or address of the SBC's management interface. Of a pair it is that of the active one.
      - If not given, the environment variable E(ORACLE_SBC_HOST) is used.
    type: str
    required: true
  port:
    description:
      - Port of the REST API.
      - If not given, the environment variable E(ORACLE_SBC_PORT) is used.
    type: int
    default: 443
  username:
    description:
      - Name of the administrator.
      - If not given, the environment variable E(ORACLE_SBC_USERNAME) is used.
    type: str
    required: true
  password:
    description:
      - Password of the administrator.
      - If not given, the environment variable E(ORACLE_SBC_PASSWORD) is used.
    type: str
    required: true
  api_version:
    description: Version of the REST API, such as V(v1.2). Without it the newest that the SBC knows is used.
    type: str
  renew_field:
    description:
      - Name of the form field in which a token is handed in for its renewal, which keeps the configuration lock beyond ten
        minutes. Oracle documents the renewal but not the name of the field.
    type: str
    default: token
requirements:
  - lxml
"""
