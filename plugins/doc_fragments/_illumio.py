# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The connection options of an Illumio PCE."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name or address of the PCE.
      - If not given, the environment variable E(ILLUMIO_PCE_HOST) is used.
    type: str
    required: true
  port:
    description:
      - Port of the API. The PCEs that Illumio runs itself use 443.
      - If not given, the environment variable E(ILLUMIO_PCE_PORT) is used.
    type: int
    default: 8443
  org_id:
    description:
      - Number of the organization.
      - If not given, the environment variable E(ILLUMIO_PCE_ORG_ID) is used.
    type: int
    default: 1
  api_key:
    description:
      - Name of the API key, C(api_...). Of a session it is the user, C(user_...).
      - The jobs of a PCE are best waited for and deleted with the key that started them.
      - If not given, the environment variable E(ILLUMIO_API_KEY_USERNAME) is used.
    type: str
    required: true
  api_secret:
    description:
      - Secret of the API key. Of a session it is the token, which dies after ten minutes without a request.
      - If not given, the environment variable E(ILLUMIO_API_KEY_SECRET) is used.
    type: str
    required: true
  api_version:
    description: Version of the API, as it stands in its addresses.
    type: str
    default: v2
"""
