# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The connection options of Strata Cloud Manager."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name of the API. Tenants that use the older API have V(api.sase.paloaltonetworks.com); set O(config_path), too.
      - If not given, the environment variable E(SCM_HOST) is used.
    type: str
    default: api.strata.paloaltonetworks.com
  port:
    description: Port of the API.
    type: int
    default: 443
  client_id:
    description:
      - Client id of the service account, such as C(name@1234567890.iam.panserviceaccount.com).
      - If not given, the environment variable E(SCM_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - Secret of the service account. Needs O(client_id) and O(tsg_id).
      - If not given, the environment variable E(SCM_CLIENT_SECRET) is used.
    type: str
  tsg_id:
    description:
      - Number of the tenant (tenant service group). A service account of a tenant above it may be used.
      - If not given, the environment variable E(SCM_TSG_ID) is used.
    type: str
  access_token:
    description:
      - A token fetched elsewhere, instead of O(client_id) and O(client_secret). Tokens live 15 minutes; most pushes take
        longer. With a secret beside it, a new token is fetched when this one is refused.
      - A token is of one tenant, and that it is that of O(tsg_id) cannot be checked. Give O(tsg_id) all the same, so that handles name the
        tenant.
      - If not given, the environment variable E(SCM_ACCESS_TOKEN) is used.
    type: str
  token_url:
    description:
      - Address of the token service. Clients in use also have the paths C(/auth/v1/oauth2/access_token) and
        C(/am/oauth2/access_token).
      - If not given, the environment variable E(SCM_TOKEN_URL) is used.
    type: str
    default: https://auth.apps.paloaltonetworks.com/oauth2/access_token
  token_cache:
    description:
      - File in which hosts and tasks share a token, for the token service answers only about ten requests of a tenant at a
        time. It is made with mode 0600, and holds tokens, but no secret of a service account.
      - Without it each task fetches a token of its own.
      - If not given, the environment variable E(SCM_TOKEN_CACHE) is used.
    type: path
  config_path:
    description: Path of the config operations. The older API has V(/sse/config/v1).
    type: str
    default: /config/operations/v1
  device_path:
    description: Path of the device operations.
    type: str
    default: /operations/v1
"""
