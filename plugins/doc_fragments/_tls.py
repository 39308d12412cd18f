# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The options that every connection has."""

    DOCUMENTATION = r"""
options:
  validate_certs:
    description:
      - Whether to verify the certificate of the other side.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates to trust, in PEM format, or a directory of them prepared by C(openssl rehash).
      - Without it the CA bundle of the Python library requests is used.
    type: path
  client_cert:
    description:
      - File with a client certificate in PEM format, if the other side wants one. It may hold the key, too.
    type: path
  client_key:
    description:
      - File with the key of O(client_cert) in PEM format.
    type: path
  request_timeout:
    description:
      - Seconds that one request may take, at most 3600.
    type: float
    default: 30.0
requirements:
  - requests
"""
