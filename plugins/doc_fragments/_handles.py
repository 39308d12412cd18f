# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The options of the modules that take handles of any system."""

    DOCUMENTATION = r"""
options:
  handle:
    description:
      - The handle of one job, as a task returned it in RV(ignore:job.handle).
    type: dict
  handles:
    description:
      - Handles of any number of jobs, of any mix of endpoints and systems.
      - An entry that is V(none), as a task with nothing to do returns it, is passed over. Its place in RV(results) says
        V(nothing_to_do).
    type: list
    elements: raw
  connection:
    description:
      - Credentials and TLS settings for all handles, with the names that the options have in the modules of their system.
      - Host and port always come from each handle.
      - What is not given comes from the environment variables of the system, such as E(PANOS_API_KEY).
      - The serial behind a Panorama and the tenant of Strata Cloud Manager come from each handle, too.
      - The credentials are sent to the endpoint that the handle names, so take handles only from where you would take an
        inventory.
    type: dict
    suboptions: &connection
      username:
        description: Name of the administrator (PAN-OS, Oracle SBC).
        type: str
      password:
        description: Password of the administrator (PAN-OS, Oracle SBC).
        type: str
      api_key:
        description: API key (PAN-OS, Cortex), or its name (Illumio).
        type: str
      api_secret:
        description: Secret of the API key (Illumio).
        type: str
      org_id:
        description: Number of the organization (Illumio). The default is 1.
        type: int
      api_version:
        description: Version of the API (Illumio, Oracle SBC). The default is V(v2) for Illumio; an Oracle SBC is asked.
        type: str
      client_id:
        description: Client id of the service account (SCM).
        type: str
      client_secret:
        description: Secret of the service account (SCM).
        type: str
      access_token:
        description: A token fetched elsewhere (SCM).
        type: str
      token_url:
        description: Address of the token service (SCM). The default is that of Palo Alto Networks.
        type: str
      token_cache:
        description: File in which hosts and tasks share a token (SCM).
        type: path
      config_path:
        description: Path of the config operations (SCM). The default is V(/config/operations/v1).
        type: str
      device_path:
        description: Path of the device operations (SCM). The default is V(/operations/v1).
        type: str
      api_key_id:
        description: Number of the API key (Cortex).
        type: str
      key_type:
        description: Kind of the API key (Cortex). The default is V(standard).
        type: str
        choices: [standard, advanced]
      renew_field:
        description: Form field in which a token is renewed (Oracle SBC). The default is V(token).
        type: str
      validate_certs:
        description: Whether to verify the certificate of the other side. The default is V(true).
        type: bool
      ca_path:
        description: File or directory with the CA certificates to trust.
        type: path
      client_cert:
        description: File with a client certificate.
        type: path
      client_key:
        description: File with the key of the client certificate.
        type: path
      request_timeout:
        description: Seconds that one request may take. The default is 30.
        type: float
  connections:
    description:
      - The same for some of the handles only. Each entry names the O(connections[].endpoint) or the O(connections[].system)
        that it is for.
      - An entry for the endpoint wins over one for the system, which wins over O(connection). They are not merged.
        One that names the target wins over all.
    type: list
    elements: dict
    suboptions:
      endpoint:
        description: The endpoint as it stands in the handle, such as V(https://fw1.example.com:443).
        type: str
      system:
        description: The system, which is the first word of the operation in the handle.
        type: str
        choices: [panos, illumio, scm, cortex, oracle_sbc]
      target:
        description:
          - Which of those behind the endpoint, as it stands in the fingerprint of the handle. The tenant of SCM, or the serial of a
            firewall behind a Panorama.
          - Only with O(connections[].endpoint).
        type: str
      <<: *connection
requirements:
  - requests
  - lxml, for handles of PAN-OS and of Oracle SBCs
"""
