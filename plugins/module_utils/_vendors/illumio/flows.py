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

from ..._transport.files import check_destination
from ..._transport.json_stream import Element
from ..._transport.rows import checked_fields, fields_of_handle, spoiled
from .export_options import FORMATS, Output
from .output import open_sink

if t.TYPE_CHECKING:
    from ..._transport.rows import Sink


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
        given = {field.name: params[field.name] for field in dataclasses.fields(cls)}
        given["dest"] = None if params["dest"] is None else check_destination("dest", params["dest"])
        given["fields"] = checked_fields(params["fields"])
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
    def from_handle(cls, options: Mapping[str, str], *, dest: str | None = None) -> Reading:
        """Return what *options* say, written to *dest* where that is given.

        Raises BadInput where they are not those of a handle of ours.
        """
        fields = fields_of_handle(options)
        choices = {"format": FORMATS, "on_truncation": ("fail", "warn"), "on_missing_region": ("fail", "warn")}
        for name, known in choices.items():
            if options.get(name) not in known:
                raise spoiled(name)
        return cls(
            dest=dest or options.get("dest"),
            fields=None if fields is None else tuple(fields),
            draft_rules=options.get("draft_rules") == "true",
            delete_query=options.get("delete_query") == "true",
            **{name: options[name] for name in choices},
        )

    def open_sink(self) -> Sink:
        """Return what takes the elements of a download. Raises BadInput where the file cannot be made."""
        return open_sink(Output(self.dest, self.format, self.fields))

    def entry(self, flow: Element) -> Element:
        """Return *flow* as the sink takes it: where single parts of it are to be named, labels have names, too."""
        if self.fields is None and (self.dest is None or self.format != "csv"):
            return flow
        return Element(with_named_labels(flow.value), flow.text)


def with_named_labels(value: t.Any) -> t.Any:
    """Return *value* with each list of labels as a value for each type of label: ``src.workload.labels.app``.

    Labels of which only the href is known stay a list (recorded: there are such).
    """
    if isinstance(value, Mapping):
        return {name: with_named_labels(part) for name, part in value.items()}
    if not isinstance(value, list) or not value:
        return value
    labels = {
        str(each["key"]): each["value"]
        for each in value
        if isinstance(each, Mapping) and "key" in each and "value" in each
    }
    return labels if len(labels) == len(value) else value
