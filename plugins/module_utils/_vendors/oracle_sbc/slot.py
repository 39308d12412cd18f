# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The one status slot of an SBC: what the last asynchronous request of anybody is, and whether it is ours.

``admin/asyncstatus`` shows name and status of the last request, whoever made it: no id, no user, no time [documented].
So identity comes from elsewhere: all operations in it need the configuration lock, and whoever holds that from before
the submission until the final status is read is alone with the slot.
"""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ..._jobs.errors import JobMissing
from ..._transport import xml

if t.TYPE_CHECKING:
    from ..._transport.xml import Element
    from .client import SbcClient

PATH = "/admin/asyncstatus"

RUNNING = "inProgress"
NOTHING = "nothing"
FINAL = ("success", "fail")

NO_SLOT_GRACE = 30.0
"""Seconds in which the slot may show nothing after a submission [assumed]."""

STALE_FOR = 120.0
"""Seconds in which the slot may still show the operation before ours [assumed: a few seconds are expected]."""


@dataclasses.dataclass(frozen=True)
class Slot:
    """What the slot shows. *info* is the answer's additionalInfo, None where it has none."""

    operation: str = ""
    status: str = ""
    error: str = ""
    info: t.Any = dataclasses.field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.operation} {self.status}".strip() or NOTHING

    @classmethod
    def of_text(cls, text: str) -> Slot:
        """Return the slot that *text* is the text of."""
        if text == NOTHING:
            return cls()
        operation, _blank, status = text.partition(" ")
        return cls(operation, status)

    def is_later_than(self, before: Slot) -> bool:
        """Return whether this cannot be the request that *before* shows, neither as it was nor at its end."""
        return self.operation != before.operation or (before.status in FINAL and self.status != before.status)

    @property
    def busy(self) -> bool:
        return self.status.lower() == RUNNING.lower()


def read_slot(client: SbcClient, *, within: float | None = None) -> Slot:
    """Return what the slot shows, an empty one where nothing ever ran. Raises NoAnswer, Denied, Refused.

    Shape: documented (8.3.0); empty elements are as good as none, and so is a 404 [assumed: what it shows when nothing
    ever ran is not documented].
    """
    try:
        return slot_in(client.get(PATH, within=within))
    except JobMissing:
        return Slot()


def slot_in(root: Element) -> Slot:
    state = root.find(".//operationState")
    if state is None:
        return Slot()
    info = root.find(".//additionalInfo")
    data = xml.as_row(info) if info is not None and len(info) else xml.text_of(info, ".") or None
    return Slot(
        operation=xml.text_of(state, "operation"),
        status=xml.text_of(state, "status"),
        error=xml.text_of(state, "errorMessage"),
        info=data,
    )


class Sight(str, enum.Enum):
    """What a look at the slot means for our operation."""

    NOTHING = "nothing"
    STALE = "stale"
    FOREIGN = "foreign"
    RUNNING = "running"
    UNSURE = "unsure"
    """It shows our operation as ended, as it did before the submission: perhaps it is still the old one."""
    FINAL = "final"


class Watch:
    """Follows one operation in the slot, from *baseline*, which was read right before the submission.

    *settle* is how many seconds an ended status that equals the baseline must stand, in two looks at least, before it
    is believed. All times are monotonic seconds.
    """

    def __init__(self, operation: str, baseline: Slot, *, began: float, settle: float) -> None:
        self._operation = operation
        self._baseline = baseline
        self._began = began
        self._settle = settle
        self._seen_running = False
        self._equal_reads = 0

    def look(self, slot: Slot, now: float) -> Sight:
        waited = now - self._began
        if not slot.operation:
            return Sight.NOTHING if waited < NO_SLOT_GRACE else Sight.FOREIGN
        if slot.operation != self._operation:
            if (slot.operation, slot.status) == (self._baseline.operation, self._baseline.status):
                return Sight.STALE if not self._seen_running and waited < STALE_FOR else Sight.FOREIGN
            return Sight.FOREIGN
        if not slot.status:
            return Sight.NOTHING
        if slot.status not in FINAL:
            self._seen_running = self._seen_running or slot.busy
            self._equal_reads = 0
            return Sight.RUNNING
        if self._confirmed(slot):
            return Sight.FINAL
        self._equal_reads += 1
        return Sight.FINAL if self._equal_reads > 1 and waited >= self._settle else Sight.UNSURE

    def _confirmed(self, slot: Slot) -> bool:
        return self._seen_running or slot.is_later_than(self._baseline)

    def confirmed_by(self, slot: Slot) -> str:
        """Return how it is known that a final *slot* is not the one of before: for the result."""
        if self._seen_running:
            return "seen_running"
        return "other_than_before" if slot.is_later_than(self._baseline) else "settled"
