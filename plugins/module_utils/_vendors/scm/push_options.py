# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What to push where, and when a push counts as a success.

Sources: D config-operations-march.yaml, R recorded, C read in clients' source.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput
from ..._jobs.required import check_required, needed
from ..._jobs.tokens import intent_of

NAME_LIMIT = 64
"""Characters of the name of a folder [D]."""

EVERYWHERE = "All"
"""The folder above all others: how many jobs a push of it makes is not known."""

SETTLE = 30.0
"""Seconds without a new child after which there is none to come: 13 s after the parent's end is recorded."""


@dataclasses.dataclass(frozen=True)
class PushOptions:
    """What to push. The fields are the options of the same name. Raises BadInput."""

    folders: Sequence[str] = ()
    devices: Sequence[str] = ()
    admins: Sequence[str] = ()
    description: str = ""
    devices_as_numbers: bool = False

    def __post_init__(self) -> None:
        for option in ("folders", "devices", "admins"):
            names = getattr(self, option)
            if any(not name.strip() or _has_control(name) for name in names):
                raise BadInput(f"{option}: a name is empty, or holds a control character.")
            if len(set(names)) != len(names):
                raise BadInput(f"{option}: a name is there twice.")
        if any(len(name) > NAME_LIMIT for name in self.folders):
            raise BadInput(f"folders: a name has more than {NAME_LIMIT} characters.")
        for serial in self.devices:
            if not re.fullmatch(r"[0-9A-Za-z]{1,16}", serial):
                raise BadInput(
                    f"devices: {serial!r} is not a serial number. Put serial numbers in quotation marks: YAML takes "
                    "them for numbers otherwise, which lose the zeros that they begin with."
                )
        if self.devices_as_numbers and not all(serial.isdigit() for serial in self.devices):
            raise BadInput("devices_as_numbers: a serial number that has letters is no number.")
        if EVERYWHERE in self.folders and self.admins:
            # D: "If you want to push folder named All, please do not add this admin field at all".
            raise BadInput(f"admins: cannot go with the folder {EVERYWHERE}, which is pushed as a whole.")
        if _has_control(self.description):
            raise BadInput("description: write it on one line.")

    @property
    def places(self) -> tuple[str, ...]:
        return (*self.folders, *self.devices)

    @property
    def expected(self) -> int:
        """How many children there will be at least, 0 where that cannot be told: one for each folder and device [R]."""
        return 0 if EVERYWHERE in self.folders else len(self.places)

    @property
    def intent(self) -> str:
        """What stands for these options in the description of a push: equal options give equal texts."""
        return intent_of([sorted(self.folders), sorted(self.devices), sorted(self.admins), self.description])

    def body(self, description: str) -> dict[str, t.Any]:
        """Return the request.

        ``folders`` although the specification describes ``folder``: it requires the one and describes the other, and
        every client that works sends this one. It requires them for devices, too; that none are to be named then by an
        empty list is assumed. Serials are sent as texts: it has them as numbers, whose zeros are lost.
        """
        body: dict[str, t.Any] = {"folders": list(self.folders), "description": description}
        if self.devices:
            body["devices"] = [int(each) for each in self.devices] if self.devices_as_numbers else list(self.devices)
        if self.admins:
            body["admin"] = list(self.admins)
        return body

    def __str__(self) -> str:
        parts = [_few("folder", self.folders), _few("device", self.devices)]
        return " and ".join(part for part in parts if part) or "nothing"


NAMED = 10
"""Names that a message gives; of more it says how many."""


def _few(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{what}{'' if len(names) == 1 else 's'} {', '.join(names[:NAMED])}{more}"


def _has_control(text: str) -> bool:
    return any(ord(char) < 32 for char in text)


@dataclasses.dataclass(frozen=True)
class Demand:
    """What a later process must know of a push to wait for it as the task did; it travels in the options of the handle.

    *required_targets* is ``all``, ``any`` or a number; *settle* is in seconds; fewer than *expected* children are
    warned of, 0 where their number is not known; *versions* is the text of a Baseline, empty where there is none;
    *admins* are those whose changes were asked for, none for all. Raises BadInput.
    """

    required_targets: str = "all"
    settle: float = SETTLE
    expected: int = 0
    versions: str = ""
    admins: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_required(self.required_targets)
        if not 0 <= self.settle < math.inf:
            raise BadInput(f"settle: {self.settle} is not a number of seconds from 0 on.")

    def needed(self, targets: int) -> int:
        return needed(self.required_targets, targets)

    def to_dict(self) -> dict[str, str]:
        told = {"required_targets": self.required_targets, "settle": f"{self.settle:g}"}
        if self.expected:
            told["expected"] = str(self.expected)
        if self.versions:
            told["versions"] = self.versions
        if self.admins:
            told["admins"] = json.dumps(list(self.admins))
        return told

    @classmethod
    def from_dict(cls, options: Mapping[str, str]) -> Demand:
        """Return what the *options* of a handle say, the defaults where they cannot be read."""
        try:
            admins = json.loads(options.get("admins", "[]"))
            return cls(
                options.get("required_targets", "all"),
                float(options.get("settle", SETTLE)),
                int(options.get("expected", 0)),
                options.get("versions", ""),
                [str(name) for name in admins],
            )
        except (ValueError, TypeError, BadInput):
            return cls()
