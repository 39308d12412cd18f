# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is run in the fault matrix and in the kill trials: one scenario for each operation, at least."""

from __future__ import annotations

import dataclasses
import enum
import typing as t
from collections.abc import Mapping, Sequence

PASSWORD = "correct-horse-battery"
"""The secret of every account; no result may show it."""


class Found(enum.Enum):
    """What an operation knows of a submission whose answer was lost, as docs/design.md says it ("Exactly once")."""

    SURELY = "its job or its effect shows, and it is sent again only if it does not"
    BY_EFFECT = "its effect shows, and a step that got lost is begun again where it does not"
    WATCHED = "its effect is waited for; where that does not come the task has failed, and sends nothing again"
    IF_SHOWN = "its job is followed if the list shows it; if not, it is lost, for the list may lag"
    NEVER = "nothing shows it: lost at once"
    HARMLESS = "it only reads: it is sent again where its job cannot be told"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One task on fresh devices, which ends well where nothing is disturbed.

    :arg name: the row of the matrix, by the name of the operation.
    :arg operations: those of the registry that it takes through their whole life.
    :arg devices: settings of the devices, the first is the one that the task talks to; ``{A}``, ``{B}``, ... in any
        text stand for their addresses, ``{folder}`` for an empty folder, ``{port}`` for the port.
    :arg prepared: actions on them: number of the device, action, arguments.
    :arg effects: the kinds of submissions that count.
    :arg found: see there.
    :arg read_once: whether reading its result destroys it, so that an answer lost there is a result lost.
    :arg repeats: whether the task that has ended well does its work again when it is run again.
    :arg optional: kind and step of requests some of which are good to know and not needed.
    :arg if_empty: how else it may end where its result is empty for ever: it knows that there has to be something.
    :arg unchecked: whether its file may be of any form, so that garbage in its place cannot be told.
    :arg asked_anew: how often at most, where a look takes the result with it, so that a lost answer is a lost result.
    :arg resent: how often a submission whose answers are all lost is sent again, at most.
    :arg then: how else than well the task may end when it is run again.
    """

    name: str
    module: str
    options: Mapping[str, t.Any]
    effects: frozenset[str]
    found: Found
    operations: tuple[str, ...]
    devices: Sequence[Mapping[str, t.Any]]
    prepared: Sequence[tuple[int, str, Mapping[str, t.Any]]] = ()
    read_once: bool = False
    optional: frozenset[tuple[str, str]] = frozenset()
    if_empty: str = ""
    unchecked: bool = False
    asked_anew: int = 0
    resent: int = 2
    repeats: bool = False
    then: str = ""

    @property
    def system(self) -> str:
        return self.name.partition(".")[0]


def filled(value: t.Any, places: Mapping[str, str]) -> t.Any:
    """Return *value* with each ``{name}`` in its texts replaced."""
    if isinstance(value, str):
        for name, text in places.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, Mapping):
        return {filled(key, places): filled(part, places) for key, part in value.items()}
    return [filled(part, places) for part in value] if isinstance(value, (list, tuple)) else value
