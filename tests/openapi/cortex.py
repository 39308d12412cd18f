# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of Cortex network scans, and every place where it is known to be wrong. Nothing else of Cortex has one."""

from __future__ import annotations

import functools
import json
import typing as t

from .specification import DATA, Correction, Specification

SCAN = "/public_api/netscan/v1/scan"
NAME = "cortex/netscan-openapi.json"
MEDIA_TYPE = "application/json; charset=utf-8"

# Beside those that the file lists for each call.
_MORE_STATUSES = {
    "401": "The file leaves authentication out, which the other pages of the API require.",
    "402": "The licence is missing: documented for the public API as a whole.",
    "429": "Too many requests: documented for other parts of the same API.",
}
_ERROR = {
    "description": "An error",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponseBody"}}},
}


def _corrections(document: t.Mapping[str, t.Any]) -> t.Iterator[Correction]:
    for path, item in document["paths"].items():
        for method in item:
            for status, reason in _MORE_STATUSES.items():
                yield Correction(("paths", path, method, "responses", status), _ERROR, reason)
    schemas = document["components"]["schemas"]
    settings, rest = schemas["ScanSettingsPayload"], schemas["ScanDefinitionPayload"]["allOf"][1]
    yield Correction(
        ("components", "schemas", "ScanDefinitionPayload"),
        {
            "type": "object",
            "required": [*settings["required"], *rest["required"]],
            "properties": {**settings["properties"], **rest["properties"]},
        },
        "The two parts of its allOf in one: each part alone would take the fields of the other for unknown ones.",
    )
    yield Correction(
        ("components", "schemas", "ScanDefinitionPayload", "properties", "scan_ports", "items"),
        {**settings["properties"]["scan_ports"]["items"], "additionalProperties": True},
        "What an entry holds is not published: without this none might hold anything.",
    )
    body = document["paths"][f"{SCAN}/definition"]["post"]["requestBody"]
    yield Correction(
        ("paths", f"{SCAN}/definition", "post", "requestBody", "content"),
        {MEDIA_TYPE: body["content"]["application/json; charset=UTF-8"]},
        "The case of a charset means nothing; the library is given it in lower case.",
    )


@functools.cache
def corrections() -> tuple[Correction, ...]:
    return tuple(_corrections(json.loads((DATA / NAME).read_text(encoding="utf-8"))))


@functools.cache
def netscan() -> Specification:
    """The six calls of network scans."""
    return Specification.load(NAME, corrections=corrections())
