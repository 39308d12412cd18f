# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What is pending: whether, by whom, and as a text."""

from __future__ import annotations

import typing as t

from ..._jobs.errors import JobMissing, Refused
from ..._transport import xml
from ..._transport.xml import node
from .job import quietly, same_user

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .client import PanosClient


def pending(client: PanosClient) -> bool | None:
    """Return whether changes are pending, None where the device does not say. Raises NoAnswer, Denied.

    Source: check pending-changes, read in pan-os-python; result yes or no.
    """
    try:
        reply = client.op(node("check", node("pending-changes")))
    except (Refused, JobMissing):
        return None
    return {"yes": True, "no": False}.get(xml.text_of(reply.root, "result").lower())


def pending_changes(client: PanosClient) -> list[Mapping[str, t.Any]] | None:
    """Return who changed what, None where the device does not say.

    Each has *admin*, *action* (``CREATE``), *xpath*, *component* (``template``). Recorded from Panorama 11.1.6.
    """
    root = quietly(client, node("show", node("config", node("list", node("changes")))))
    if root is None:
        return None
    return [
        {
            "admin": xml.text_of(entry, "owner"),
            "action": xml.text_of(entry, "action"),
            "xpath": xml.text_of(entry, "xpath"),
            "component": xml.text_of(entry, "component-type"),
        }
        for entry in root.iterfind("./result/journal/entry")
    ]


def changes_by(changes: Sequence[Mapping[str, t.Any]], admins: Sequence[str]) -> list[Mapping[str, t.Any]]:
    """Return those of *changes* that one of *admins* owns, and those of which it is not known whose they are."""
    return [
        change
        for change in changes
        if not change["admin"] or any(same_user(change["admin"], admin) for admin in admins)
    ]


def who_changed_what(changes: Sequence[Mapping[str, t.Any]]) -> str:
    """Return a line for each of *changes*, for where the device shows no difference as a text."""
    return "".join(f"{change['admin']} {change['action']} {change['xpath']}\n" for change in changes)


def config_diff(client: PanosClient) -> str | None:
    """Return what the device shows as difference between the running and the candidate configuration, None if nothing.

    Source: show config diff, only seen as a command in clients; its answer is assumed to be text.
    """
    root = quietly(client, node("show", node("config", node("diff"))))
    result = None if root is None else root.find("result")
    if result is None:
        return None
    text = "".join(xml.texts(result)).strip("\n")
    return f"{text}\n" if text.strip() else None
