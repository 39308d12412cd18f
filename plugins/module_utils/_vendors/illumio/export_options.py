# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What to export, and where to: the options of an export."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t
import urllib.parse
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput
from ..._transport.files import check_destination
from ..._transport.rows import checked_fields, fields_of_handle, spoiled

KEPT_ROWS = 1000
"""Objects that a result holds where neither a file nor another limit is given."""

FORMATS = ("json", "ndjson", "csv")


@dataclasses.dataclass(frozen=True)
class Collection:
    """A collection of the PCE with its filters: *href* is its path and query, as it is asked for."""

    href: str

    @classmethod
    def of(cls, params: Mapping[str, t.Any], org: str) -> Collection:
        """Return what the options *path*, *pversion* and *query* name; *org* is the path of the organisation.

        Any path is taken: which collections are read as jobs differs by release, and no list of them is whole. Raises
        BadInput.
        """
        given = params["path"].strip()
        if not given or re.search(r"[\x00-\x20\x7f#\\]|://|(^|/)\.\.?(/|$|\?)", given):
            raise BadInput("path: give the path of a collection, such as workloads or /orgs/1/labels, without a host.")
        path, _mark, query = given.partition("?")
        absolute = path.startswith("/")
        path = re.sub(r"^/api/v\d+(?=/)", "", "/" + path.strip("/"))
        if params["pversion"] is not None:
            if absolute or path.startswith("/sec_policy/"):
                raise BadInput(
                    "pversion: goes with a path below the policy, such as rule_sets. Leave it out, or shorten path."
                )
            path = f"/sec_policy/{params['pversion']}{path}"
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        pairs += [(name, _value(name, value)) for name, value in (params["query"] or {}).items() if value is not None]
        filters = urllib.parse.urlencode(pairs)
        path = urllib.parse.quote(path if absolute else f"{org}{path}", safe="/:@!$&'()*+,;=~%")
        return cls(f"{path}?{filters}" if filters else path)

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What equal requests share, however their parameters are ordered and quoted."""
        path, _mark, query = self.href.partition("?")
        return urllib.parse.unquote(path), tuple(sorted(urllib.parse.parse_qsl(query, keep_blank_values=True)))

    @property
    def max_results(self) -> int | None:
        """How many objects are asked for at most, None where that is left to the PCE."""
        found = dict(self.key[1]).get("max_results", "")
        return int(found) if found.isascii() and found.isdigit() else None

    @property
    def filtered(self) -> bool:
        """Whether only some of the collection's objects are asked for."""
        return any(name not in ("max_results", "representation") for name, _text in self.key[1])


def _value(name: str, value: t.Any) -> str:
    """Return *value* as it stands in a query: lists, such as those of label filters, as JSON [read in clients]."""
    if isinstance(value, (list, dict)):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if any(ord(char) < 32 for char in text):
        raise BadInput(f"query: {name} holds a control character.")
    return text


@dataclasses.dataclass(frozen=True)
class Output:
    """Where objects go: to the file *dest* in *format*, or into the result, at most *max_rows*; of *fields*, or whole.

    *delete* says whether the job is deleted on the PCE afterwards.
    """

    dest: str | None = None
    format: str = "json"
    fields: tuple[str, ...] | None = None
    max_rows: int = KEPT_ROWS
    delete: bool = True

    @classmethod
    def of(cls, params: Mapping[str, t.Any]) -> Output:
        """Return what the options of a task ask for. Raises BadInput."""
        fields, max_rows = checked_fields(params["fields"]), params["max_rows"]
        if max_rows < 1:
            raise BadInput("max_rows: give a number of at least 1.")
        dest = None if params["dest"] is None else check_destination("dest", params["dest"])
        return cls(dest, params["format"], fields, max_rows, params["delete_job"])

    @property
    def most(self) -> int | None:
        """How many objects can be taken, None for any number."""
        return self.max_rows if self.dest is None else None

    def to_handle(self) -> dict[str, str]:
        """Return it as it stands in the options of a handle."""
        texts = {"format": self.format, "max_rows": str(self.max_rows), "delete_job": str(self.delete).lower()}
        if self.dest is not None:
            texts["dest"] = self.dest
        if self.fields is not None:
            texts["fields"] = json.dumps(self.fields)
        return texts

    @classmethod
    def from_handle(cls, options: Mapping[str, str], *, dest: str | None = None) -> Output:
        """Return what *options* say, written to *dest* where that is given.

        Raises BadInput where they are not those of a handle of ours, or cannot be used on this host.
        """
        fields = fields_of_handle(options)
        if options.get("format") not in FORMATS:
            raise spoiled("format")
        max_rows = options.get("max_rows", "")
        if not (max_rows.isascii() and max_rows.isdigit()):
            raise spoiled("max_rows")
        if options.get("delete_job") not in ("true", "false"):
            raise spoiled("delete_job")
        given = {
            "dest": options.get("dest") if dest is None else dest,
            "format": options["format"],
            "fields": fields,
            "max_rows": int(max_rows),
            "delete_job": options["delete_job"] == "true",
        }
        return cls.of(given)


def chosen(value: t.Any, fields: Sequence[str]) -> dict[str, t.Any]:
    """Return *fields* of an object, each found by the names on the way to it: ``agent.status.mode``.

    What an object does not have is left out.
    """
    found: dict[str, t.Any] = {}
    for field in fields:
        part = value
        for name in [field] if isinstance(value, Mapping) and field in value else field.split("."):
            if not isinstance(part, Mapping) or name not in part:
                break
            part = part[name]
        else:
            found[field] = part
    return found


def flat(value: t.Any) -> dict[str, t.Any]:
    """Return an object without objects in it, by the names that `chosen` takes. Lists stay as they are."""
    if not isinstance(value, dict):
        return {"value": value}
    found: dict[str, t.Any] = {}
    _flatten(value, "", found)
    return found


def _flatten(value: Mapping[str, t.Any], prefix: str, found: dict[str, t.Any]) -> None:
    for name, part in value.items():
        if isinstance(part, dict) and part:
            _flatten(part, f"{prefix}{name}.", found)
        else:
            found[prefix + name] = part
