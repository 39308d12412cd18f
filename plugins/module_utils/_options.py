# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The shared argument specs. Each has its doc fragment of the same name in plugins/doc_fragments."""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.errors import AnsibleFallbackNotFound

Spec = dict[str, dict[str, t.Any]]

PACE: Spec = {
    "wait_timeout": {"type": "float"},
    "poll_interval": {"type": "float"},
    "poll_max_interval": {"type": "float"},
    "outage_timeout": {"type": "float"},
    "progress_log": {"type": "path"},
}
"""Fragment ``_pace``: how long, how often."""

JOB: Spec = {
    "wait": {"type": "bool", "default": True},
    "handle": {"type": "dict"},
    "adopt": {"type": "bool", "default": True},
    "on_timeout": {"type": "str", "choices": ["leave", "cancel"], "default": "leave"},
    **PACE,
}
"""Fragment ``_job``: the options of every job module."""

ROWS: Spec = {
    "dest": {"type": "path"},
    "format": {"type": "str", "choices": ["ndjson", "csv", "xml"], "default": "ndjson"},
    "fields": {"type": "list", "elements": "str"},
}
"""Fragment ``_rows``: where the rows go that a job produces, and in which form."""

TLS: Spec = {
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "request_timeout": {"type": "float", "default": 30.0},
}
"""Fragment ``_tls``: what every connection has."""


def filled_env(*names: str) -> str:
    """Return the value of the first of these variables that is set to something. Raises AnsibleFallbackNotFound.

    Ansible's own env_fallback takes what is empty, too. AWX sets the variables of all inputs of a credential, and to
    nothing those that were left blank (documented: inject_credential in awx/main/models/credential.py of 24.6.1).
    """
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


def _from_env(option: dict[str, t.Any], *names: str) -> dict[str, t.Any]:
    return {**option, "fallback": (filled_env, list(names))}


PANOS: Spec = {
    "host": _from_env({"type": "str", "required": True}, "PANOS_HOST", "PANOS_HOSTNAME"),
    "port": _from_env({"type": "int", "default": 443}, "PANOS_PORT"),
    "username": _from_env({"type": "str"}, "PANOS_USERNAME"),
    "password": _from_env({"type": "str", "no_log": True}, "PANOS_PASSWORD"),
    "api_key": _from_env({"type": "str", "no_log": True}, "PANOS_API_KEY"),
    "target": _from_env({"type": "str"}, "PANOS_TARGET"),
    **TLS,
}
"""Fragment ``_panos``. The names in the environment are those of paloaltonetworks.panos and of pan-os-python."""

PANOS_RULES: dict[str, t.Any] = {
    "required_one_of": [("api_key", "password")],
    "required_by": {"password": ["username"], "client_key": ["client_cert"]},
}

ILLUMIO: Spec = {
    "host": _from_env({"type": "str", "required": True}, "ILLUMIO_PCE_HOST"),
    "port": _from_env({"type": "int", "default": 8443}, "ILLUMIO_PCE_PORT"),
    "org_id": _from_env({"type": "int", "default": 1}, "ILLUMIO_PCE_ORG_ID"),
    "api_key": _from_env({"type": "str", "required": True, "no_log": False}, "ILLUMIO_API_KEY_USERNAME"),
    "api_secret": _from_env({"type": "str", "required": True, "no_log": True}, "ILLUMIO_API_KEY_SECRET"),
    "api_version": {"type": "str", "default": "v2"},
    **TLS,
}
"""Fragment ``_illumio``. The names in the environment are those of illumio.core and of Illumio's Terraform provider."""

ILLUMIO_RULES: dict[str, t.Any] = {"required_by": {"client_key": ["client_cert"]}}

SCM: Spec = {
    "host": _from_env({"type": "str", "default": "api.strata.paloaltonetworks.com"}, "SCM_HOST"),
    "port": {"type": "int", "default": 443},
    "client_id": _from_env({"type": "str"}, "SCM_CLIENT_ID"),
    "client_secret": _from_env({"type": "str", "no_log": True}, "SCM_CLIENT_SECRET"),
    "tsg_id": _from_env({"type": "str"}, "SCM_TSG_ID"),
    "access_token": _from_env({"type": "str", "no_log": True}, "SCM_ACCESS_TOKEN"),
    "token_url": _from_env(
        {"type": "str", "default": "https://auth.apps.paloaltonetworks.com/oauth2/access_token", "no_log": False},
        "SCM_TOKEN_URL",
    ),
    "token_cache": _from_env({"type": "path", "no_log": False}, "SCM_TOKEN_CACHE"),
    "config_path": {"type": "str", "default": "/config/operations/v1"},
    "device_path": {"type": "str", "default": "/operations/v1"},
    **TLS,
}
"""Fragment ``_scm``. The names of the credentials in the environment are those of pan-scm-cli."""

SCM_RULES: dict[str, t.Any] = {
    "required_one_of": [("access_token", "client_secret")],
    "required_by": {"client_secret": ["client_id", "tsg_id"], "client_key": ["client_cert"]},
}

CORTEX: Spec = {
    "host": _from_env({"type": "str", "required": True}, "CORTEX_FQDN"),
    "port": {"type": "int", "default": 443},
    "api_key": _from_env({"type": "str", "required": True, "no_log": True}, "CORTEX_API_KEY"),
    "api_key_id": _from_env({"type": "str", "required": True, "no_log": False}, "CORTEX_API_KEY_ID"),
    "key_type": _from_env(
        {"type": "str", "choices": ["standard", "advanced"], "default": "standard", "no_log": False},
        "CORTEX_API_KEY_TYPE",
    ),
    **TLS,
}
"""Fragment ``_cortex``. The names in the environment are those of the vendor's own Python client for Xpanse and of its
command line."""

CORTEX_RULES: dict[str, t.Any] = {"required_by": {"client_key": ["client_cert"]}}

ENDPOINTS: Spec = {
    "endpoint_ids": {"type": "list", "elements": "str"},
    "filters": {
        "type": "list",
        "elements": "dict",
        "options": {
            "field": {"type": "str", "required": True},
            "operator": {"type": "str", "choices": ["in", "eq", "gte", "lte"], "default": "in"},
            "value": {"type": "raw", "required": True},
        },
    },
    "required_targets": {"type": "str", "default": "all"},
    "pending_timeout": {"type": "float", "default": 300.0},
    "action_id": {"type": "str"},
}
"""Fragment ``_endpoints``: which endpoints of Cortex are meant, and how they are judged."""

ORACLE_SBC: Spec = {
    "host": _from_env({"type": "str", "required": True}, "ORACLE_SBC_HOST"),
    "port": _from_env({"type": "int", "default": 443}, "ORACLE_SBC_PORT"),
    "username": _from_env({"type": "str", "required": True}, "ORACLE_SBC_USERNAME"),
    "password": _from_env({"type": "str", "required": True, "no_log": True}, "ORACLE_SBC_PASSWORD"),
    "api_version": {"type": "str"},
    "renew_field": {"type": "str", "default": "token"},
    **TLS,
}
"""Fragment ``_oracle_sbc``. No other client of this system reads an environment; the names are ours."""

ORACLE_SBC_RULES: dict[str, t.Any] = {"required_by": {"client_key": ["client_cert"]}}

SYSTEMS: dict[str, tuple[Spec, dict[str, t.Any]]] = {
    "panos": (PANOS, PANOS_RULES),
    "illumio": (ILLUMIO, ILLUMIO_RULES),
    "scm": (SCM, SCM_RULES),
    "cortex": (CORTEX, CORTEX_RULES),
    "oracle_sbc": (ORACLE_SBC, ORACLE_SBC_RULES),
}
"""The connection options of each system, by the first word of its operations, with the rules between them."""

TARGETS: dict[str, str] = {"panos": "target", "scm": "tsg_id"}
"""The option that says which of those behind one endpoint is meant: ``target`` in the fingerprint of a handle."""


ONE_TARGET: dict[str, str] = {"scm": "access_token"}
"""The option whose value is good for one of those behind an endpoint, and for no other."""


def any_connection() -> Spec:
    """Return the connection options of all systems together, for the modules that take handles of any.

    Without what each handle has (host, port, target), and without defaults and environment, which depend on the system.
    """
    options: Spec = {}
    for spec, _rules in SYSTEMS.values():
        for name, option in spec.items():
            if name not in ("host", "port", *TARGETS.values()):
                known = options.setdefault(name, {"type": option["type"], "no_log": option.get("no_log", False)})
                if "choices" in option:
                    known["choices"] = option["choices"]
                # What is a name on one system may be a secret on another.
                known["no_log"] = known["no_log"] or option.get("no_log", False)
    return options


HANDLES: Spec = {
    "handle": {"type": "dict"},
    "handles": {"type": "list", "elements": "raw"},
    "connection": {"type": "dict", "options": any_connection()},
    "connections": {
        "type": "list",
        "elements": "dict",
        "options": {
            "endpoint": {"type": "str"},
            "system": {"type": "str", "choices": list(SYSTEMS)},
            "target": {"type": "str"},
            **any_connection(),
        },
        "mutually_exclusive": [("endpoint", "system")],
        "required_one_of": [("endpoint", "system")],
        "required_by": {"target": ["endpoint"]},
    },
}
"""Fragment ``_handles``: the options of the modules that take handles of any system."""

HANDLES_RULES: dict[str, t.Any] = {
    "required_one_of": [("handle", "handles")],
    "mutually_exclusive": [("handle", "handles")],
}
