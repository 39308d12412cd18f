# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""How to read the flows that a query found: where they go, in which form, and what must not be missing."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput
from ..._transport.files import check_destination

FORMATS = ("ndjson", "csv", "json")


@dataclasses.dataclass(frozen=True)
class Reading:
    """The options of the same names. *dest* is None where the rows go into the result of the task."""

    dest: str | None = None
    format: str = "ndjson"
    fields: tuple[str, ...] | None = None
    draft_rules: bool = False
    on_truncation: str = "warn"
    on_missing_region: str = "fail"
    delete_query: bool = False

    @classmethod
    def of(cls, params: Mapping[str, t.Any]) -> Reading:
        """Return what the options of a task ask for. Raises BadInput."""
        fields = params["fields"]
        if fields is not None and (not fields or not all(field.strip() for field in fields)):
            raise BadInput("fields: name at least one field, and none with an empty name, or leave the option out.")
        given = {field.name: params[field.name] for field in dataclasses.fields(cls)}
        given["dest"] = None if params["dest"] is None else check_destination("dest", params["dest"])
        given["fields"] = None if fields is None else tuple(fields)
        return cls(**given)

    def to_handle(self) -> dict[str, str]:
        """Return it as it stands in the options of a handle."""
        texts = {
            "format": self.format,
            "on_truncation": self.on_truncation,
            "on_missing_region": self.on_missing_region,
        }
        if self.dest is not None:
            texts["dest"] = self.dest
        if self.fields is not None:
            texts["fields"] = json.dumps(self.fields)
        texts.update({name: "true" for name in ("draft_rules", "delete_query") if getattr(self, name)})
        return texts

    @classmethod
    def from_handle(cls, options: Mapping[str, str]) -> Reading:
        """Raises BadInput where *options* are not those of a handle of ours."""
        try:
            fields = json.loads(options.get("fields", "null"))
        except ValueError:
            raise _spoiled("fields") from None
        if not (fields is None or (isinstance(fields, list) and all(isinstance(field, str) for field in fields))):
            raise _spoiled("fields")
        choices = {"format": FORMATS, "on_truncation": ("fail", "warn"), "on_missing_region": ("fail", "warn")}
        for name, known in choices.items():
            if options.get(name) not in known:
                raise _spoiled(name)
        return cls(
            dest=options.get("dest"),
            fields=None if fields is None else tuple(fields),
            draft_rules=options.get("draft_rules") == "true",
            delete_query=options.get("delete_query") == "true",
            **{name: options[name] for name in choices},
        )

    def row_of(self, flow: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
        """Return *flow* as a row: as it is, or with a field for every part of it where single ones are to be named."""
        return flat(flow) if self.fields is not None or (self.dest is not None and self.format == "csv") else flow


def flat(flow: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return *flow* with its parts as fields such as ``src.ip``, labels as ``src.workload.labels.app``.

    A label of which only the href is known stays in a list (recorded: there are such).
    """
    row: dict[str, t.Any] = {}
    for name, value in flow.items():
        value = _by_key(value)
        if isinstance(value, Mapping) and value:
            row.update({f"{name}.{part}": each for part, each in flat(value).items()})
        else:
            row[name] = value
    return row


def _by_key(value: t.Any) -> t.Any:
    """Return a list of labels as what they are: a value for each type."""
    if not isinstance(value, list) or not value:
        return value
    labels = [each for each in value if isinstance(each, Mapping) and "key" in each and "value" in each]
    named = {str(label["key"]): label["value"] for label in labels}
    return named if len(named) == len(value) else value


def _spoiled(name: str) -> BadInput:
    return BadInput(f"handle: its options have no usable {name}. Pass job.handle of the earlier result unchanged.")
