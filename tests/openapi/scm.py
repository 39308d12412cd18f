# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of Strata Cloud Manager, and every place where they are known to be wrong."""

from __future__ import annotations

import functools

from .specification import Correction, Specification

CURRENT = "/config/operations/v1"
LEGACY = "/sse/config/v1"
DEVICES = "/operations/v1"
TOKEN_PATHS = ("/oauth2/access_token", "/auth/v1/oauth2/access_token", "/am/oauth2/access_token")

_PUSH = ("paths", "/config-versions/candidate:push", "post")
_JSON = ("content", "application/json", "schema")
_PAGE = [
    {"name": name, "in": "query", "required": False, "schema": {"type": "integer", "minimum": 0}}
    for name in ("limit", "offset")
]
_DONE = {
    "type": "object",
    "properties": {"success": {"type": "boolean"}, "job_id": {"type": "string"}, "message": {"type": "string"}},
    "required": ["success", "message"],
}

CONFIG_OPERATIONS = (
    Correction(
        (*_PUSH, "requestBody", *_JSON),
        {
            "type": "object",
            "properties": {
                "admin": {"type": "array", "items": {"type": "string"}},
                "description": {"type": "string"},
                "folders": {
                    "type": "array",
                    "uniqueItems": True,
                    "items": {"type": "string", "pattern": r"^[a-zA-Z\d\-_\. ]+$", "maxLength": 64},
                },
                "devices": {"type": "array", "uniqueItems": True, "items": {"type": "string", "maxLength": 16}},
            },
            "required": ["folders"],
        },
        "The file defines `folder`, requires `folders`, and every client that works sends `folders`. It has `devices` "
        "as numbers, which loses the zeros that serials begin with. Its pattern has a range that is none (`\\d-_`). "
        "Otherwise this is what it says.",
    ),
    Correction(
        (*_PUSH, "responses", "200"),
        {"description": "OK", "content": {"application/json": {"schema": {**_DONE, "required": ["success"]}}}},
        "The file has only 201 without a body; the recorded answer has a body, and clients see it with 200.",
    ),
    Correction(
        (*_PUSH, "requestBody", "required"), True, "A push without a body is refused: `folders` is required in it."
    ),
    Correction(
        ("paths", "/jobs", "get", "parameters"), _PAGE, "The file has no parameters; clients page with these two."
    ),
    Correction(
        ("paths", "/config-versions/running", "get", "parameters"),
        _PAGE,
        "The answer has limit, offset and total; assumed to page as the other lists do.",
    ),
    Correction(
        ("components", "schemas", "jobs", "required"),
        [
            "end_ts",
            "id",
            "job_result",
            "job_status",
            "job_type",
            "parent_id",
            "percent",
            "result_str",
            "start_ts",
            "status_str",
            "summary",
            "type_str",
            "uname",
        ],
        "The recorded answers have no `device_name`.",
    ),
    Correction(
        ("components", "schemas", "jobs", "properties", "uname"),
        {"type": "string"},
        "The file wants an e-mail address; recorded are names of persons too.",
    ),
)

TOKEN_SERVICE = (
    Correction(
        (
            "paths",
            "/auth/v1/oauth2/access_token",
            "post",
            "requestBody",
            "content",
            "application/x-www-form-urlencoded",
            "schema",
        ),
        {
            "type": "object",
            "required": ["grant_type"],
            "properties": {
                "grant_type": {"type": "string", "enum": ["client_credentials"]},
                "scope": {"type": "string"},
                "client_id": {"type": "string"},
                "client_secret": {"type": "string"},
            },
        },
        "Client id and secret are documented as form fields too, instead of HTTP Basic.",
    ),
    Correction(
        ("paths", "/auth/v1/oauth2/access_token", "post", "security"),
        [{"Basic": []}, {}],
        "As above: without the header when they are in the form.",
    ),
)


@functools.cache
def config_operations(base: str = CURRENT) -> Specification:
    """Push, jobs and versions, below the current or the legacy path."""
    return Specification.load("scm/config-operations-march.yaml.txt", base=base, corrections=CONFIG_OPERATIONS)


@functools.cache
def device_operations() -> Specification:
    """Diagnostic jobs and local configurations."""
    return Specification.load("scm/operations-R2-2026.yaml.txt", base=DEVICES)


@functools.cache
def token_service(path: str = TOKEN_PATHS[0]) -> Specification:
    """The token service, at one of the three paths that are in use."""
    corrected = Specification.load("scm/AuthService.yaml.txt", corrections=TOKEN_SERVICE).document
    corrected["paths"] = {path: corrected["paths"]["/auth/v1/oauth2/access_token"]}
    return Specification(corrected)


def request_errors(method: str, url: str, headers: dict[str, str], body: bytes | str | None) -> list[str]:
    """What of a request to any of the three services is not as its file says; nothing if all is."""
    return specification_of(url).request_errors(method, url, headers, body)


def specification_of(url: str) -> Specification:
    """The file that a URL, or a path, belongs to."""
    path = "/" + url.split("://", 1)[-1].split("/", 1)[1] if "://" in url else url
    path = path.split("?")[0]
    if path in TOKEN_PATHS:
        return token_service(path)
    if path.startswith(f"{DEVICES}/"):
        return device_operations()
    return config_operations(LEGACY if path.startswith(f"{LEGACY}/") else CURRENT)
