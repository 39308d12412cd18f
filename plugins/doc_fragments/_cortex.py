# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The connection options of Cortex XSIAM and Cortex XDR."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name of the API, which is that of the tenant with C(api-) before it, such as
        C(api-example.xdr.eu.paloaltonetworks.com).
      - If not given, the environment variable E(CORTEX_FQDN) is used.
    type: str
    required: true
  port:
    description: Port of the API.
    type: int
    default: 443
  api_key:
    description:
      - The API key.
      - If not given, the environment variable E(CORTEX_API_KEY) is used.
    type: str
    required: true
  api_key_id:
    description:
      - Number of the API key, the column ID in the list of keys.
      - If not given, the environment variable E(CORTEX_API_KEY_ID) is used.
    type: str
    required: true
  key_type:
    description:
      - Kind of the API key, its security level. With an V(advanced) key every request is signed afresh, with the time. Where the
        clock here is wrong, the task goes by that of the tenant.
      - If not given, the environment variable E(CORTEX_API_KEY_TYPE) is used.
    type: str
    choices: [standard, advanced]
    default: standard
"""
