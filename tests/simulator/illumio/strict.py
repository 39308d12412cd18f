# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request may hold: its query parameters and its JSON body, from the published schemas.

Of the OpenAPI only what a request holds is used: of answers it says little that is true (it never declares 202, lets
a collection answer one item, and gives the times of events the values success and failure).
"""

from __future__ import annotations

import functools
import json
import pathlib
import re
import typing as t

from .answers import invalid_input

DATA = pathlib.Path(__file__).resolve().parents[2] / "data" / "illumio"
RELEASES = ("25.2.20", "26.3.0")
# What clients send and the published files do not have.
EXTRA_PARAMETERS = {
    "/traffic_flows/async_queries/{id}/update_rules": {
        "label_based_rules": "boolean",
        "offset": "integer",
        "limit": "integer",
    },
    "/traffic_flows/async_queries/{id}/download": {"include_draft_policy_in_csv": "boolean"},
    "/container_clusters": {"max_results": "integer", "name": "string"},
    "/users": {"type": "string"},
    "/workloads": {"include": "string"},
}
RUBY = {
    dict: "Hash",
    list: "Array",
    str: "String",
    int: "Integer",
    float: "Float",
    bool: "Boolean",
    type(None): "NilClass",
}


class Strictness:
    """The requests that one release accepts."""

    def __init__(self, release: str) -> None:
        published = json.loads((DATA / f"requests-{release}.json").read_text(encoding="utf-8"))
        self._published = published
        self._validators: dict[str, t.Any] = {}
        self._parameters: dict[str, dict[str, str]] = {
            path: {**published["parameters"].get(path, {}), **EXTRA_PARAMETERS.get(path, {})}
            for path in {*published["parameters"], *EXTRA_PARAMETERS}
        }

    def parameters(self, path: str, query: t.Iterable[tuple[str, str]], *, known: t.Collection[str] = ()) -> None:
        """Raises ApiError 406 for a parameter that ``path`` does not have, or a wrong number or truth value."""
        types = {**dict.fromkeys(known, "string"), **self._parameters.get(path, {})}
        for name, value in query:
            if name not in types:
                raise invalid_input(f"Unknown query parameter: {name}")
            if (types[name] == "integer" or name == "max_results") and not re.fullmatch(r"\d+", value):
                raise invalid_input(f"The parameter {name} of value {value!r} is not an integer")
            if types[name] == "boolean" and value not in ("true", "false"):
                raise invalid_input(f"The parameter {name} of value {value!r} is not a boolean")

    def body(self, operation: str, value: t.Any) -> None:
        """Raises ApiError 406 for a body that is not as published for ``operation`` (``POST /reports``)."""
        if operation not in self._published["bodies"]:
            return
        errors = sorted(self._validator(operation).iter_errors(value), key=lambda error: len(error.absolute_path))
        if errors:
            error = errors[0]
            place = "".join(f"/{step}" for step in error.absolute_path).lstrip("/")
            name = operation.lower().replace("/", "_").replace(" ", "")
            if error.validator == "type":
                kind = RUBY.get(type(error.instance), "Object")
                text = f"of type {kind} did not match the following type: {error.validator_value}"
            else:
                text = f"is wrong: {error.message[:300]}"
            raise invalid_input(f"The property '#/{place}' {text} in schema {name}.schema.json")

    def _validator(self, operation: str) -> t.Any:
        if operation not in self._validators:
            # Takes long to import: only when a body is checked.
            import jsonschema  # type: ignore[import-untyped]

            schema = {**self._published["bodies"][operation], "schemas": self._published["schemas"]}
            self._validators[operation] = jsonschema.Draft202012Validator(schema)
        return self._validators[operation]


@functools.cache
def strictness(release: str) -> Strictness:
    return Strictness(release)
