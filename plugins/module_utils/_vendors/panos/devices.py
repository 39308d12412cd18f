# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The devices in the record of a push: each has a verdict of its own, which may come long after that of the job.

The shape is put together from two recorded jobs: elements may be missing, times have four forms.
"""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Mapping

from ..._jobs.model import JobState, Target
from ..._transport import xml

if t.TYPE_CHECKING:
    from ..._transport.xml import Element

WORDS: Mapping[str, JobState] = {
    "OK": JobState.SUCCEEDED,
    "FAIL": JobState.FAILED,
    "PEND": JobState.RUNNING,
}
"""The results of a device, all recorded. Any other is `unknown`: it is waited for as PEND is."""

_WARNINGS = ("warnings", "app-warn", "shadow-warn")


def parse_devices(job: Element) -> tuple[Target, ...]:
    """Return the devices of a job's record, in its order: none where it has none, as before the push has begun."""
    return tuple(_device(entry) for entry in job.iterfind("./devices/entry"))


def _device(entry: Element) -> Target:
    def text(tag: str) -> str:
        return xml.text_of(entry, tag)

    serial, result, status = text("serial-no"), text("result"), text("status")
    name = text("devicename") or serial or "a device without a name"
    finished = text("tfin")
    messages, warnings = _lines(entry.find("details"))
    return Target(
        name=f"{name}/{text('vsys')}" if text("vsys") else name,
        id=serial,
        state=_state(entry, result),
        vendor_state=f"{result} ({status})" if result and status else result or status,
        messages=messages,
        warnings=warnings,
        started=text("tstart"),
        finished="" if finished == "Still Active" else finished,
    )


def _state(entry: Element, result: str) -> JobState:
    state = WORDS.get(result, JobState.UNKNOWN)
    # The word of each part of the configuration, "success" or "error" [recorded]. An error is never a success.
    parts = {message.get("result", "") for message in entry.iterfind("./details/msg")}
    return JobState.FAILED if state is JobState.SUCCEEDED and "error" in parts else state


def _lines(details: Element | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return messages and warnings. Those in ``errors`` are messages: it carries "committed successfully", too."""
    if details is None:
        return (), ()
    rest = copy.deepcopy(details)
    warnings: list[str] = []
    for element in list(rest.iter(*_WARNINGS)):
        warnings += xml.lines(element)
        for child in list(element):
            element.remove(child)
        element.text = None
    return tuple(xml.lines(rest)), tuple(warnings)
