# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of network scan requests, checked against the published specification."""

from __future__ import annotations

import functools
import json
import pathlib
import typing as t

DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "cortex"
ROOT = "/public_api/netscan/v1/scan"


class Specification:
    """``netscan-openapi.json``. Of a body also what it does not list is refused: so its example error says."""

    def __init__(self) -> None:
        self._document = json.loads((DATA / "netscan-openapi.json").read_text(encoding="utf-8"))
        self._validators: dict[str, t.Any] = {}

    def problems(self, path: str, body: t.Any) -> list[tuple[str, str]]:
        """Pairs of field and message; none when the body of ``POST path`` is as published."""
        schema = self._schema(path)
        found: list[tuple[str, str]] = []
        for error in sorted(
            self._validator(path, schema).iter_errors(body), key=lambda error: list(map(str, error.path))
        ):
            place = ".".join(map(str, error.absolute_path))
            if error.validator == "required":
                found += [
                    (f"{place}.{name}".lstrip("."), "Field required")
                    for name in error.validator_value
                    if name not in error.instance and (f"{place}.{name}".lstrip("."), "Field required") not in found
                ]
            else:
                found.append((place, error.message[:200]))
        return found + [(name, "Extra inputs are not permitted") for name in self._extra(schema, body)]

    def _extra(self, schema: t.Mapping[str, t.Any], body: t.Any, prefix: str = "") -> t.Iterator[str]:
        known = self._properties(schema)
        if not isinstance(body, dict) or not known:
            return
        for name, value in body.items():
            if name not in known:
                yield f"{prefix}{name}"
            elif isinstance(value, dict):
                yield from self._extra(known[name], value, f"{prefix}{name}.")

    def _properties(self, schema: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        schema = self._resolved(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", ()):
            found.update(self._properties(part))
        return found

    def _resolved(self, schema: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any]:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _schema(self, path: str) -> t.Any:
        (media,) = self._document["paths"][path]["post"]["requestBody"]["content"].values()
        return media["schema"]

    def _validator(self, path: str, schema: t.Any) -> t.Any:
        if path not in self._validators:
            # Takes long to import: only when a body is checked.
            import jsonschema  # type: ignore[import-untyped]

            whole = {**schema, "components": self._document["components"]}
            validator = jsonschema.Draft202012Validator
            self._validators[path] = validator(whole, format_checker=validator.FORMAT_CHECKER)
        return self._validators[path]


@functools.cache
def specification() -> Specification:
    return Specification()
