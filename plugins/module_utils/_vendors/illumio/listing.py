# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What is the same for all that a PCE keeps in a collection of its own: to start one, to list them, to delete one."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ..._jobs.errors import Denied, JobError, JobMissing, NoAnswer, Refused

if t.TYPE_CHECKING:
    from ..._transport.json_client import Reply
    from .client import IllumioClient
    from .job import Record

T = t.TypeVar("T")


def started(client: IllumioClient, collection: str, body: Mapping[str, t.Any]) -> Reply:
    """Ask once for a new one. Raises Refused, Denied, and NoAnswer, whose *sent* is false for what never began."""
    try:
        return client.send("POST", collection, body)
    except JobMissing as exc:
        raise _unknown_place(exc) from exc


def href_of(client: IllumioClient, record: t.Any, what: str) -> str:
    """Return the href in *record*, the answer to a submission or an entry of a list.

    Raises NoAnswer where it has none: what was started is then to be looked for.
    """
    href = record.get("href") if isinstance(record, Mapping) else None
    if isinstance(href, Mapping):
        # The schema of support bundles puts an object there [D].
        href = href.get("href")
    if not isinstance(href, str) or not href:
        raise NoAnswer(
            f"{client.endpoint} took the {what} and does not say which it is.", label="no href", server_spoke=True
        )
    return client.href(href)


def listed(client: IllumioClient, collection: str) -> list[Record]:
    """Return all that are there. Raises Refused, Denied, NoAnswer."""
    try:
        data = client.get(collection).data
    except JobMissing as exc:
        raise _unknown_place(exc) from exc
    if not isinstance(data, list):
        raise NoAnswer(
            f"{client.endpoint} answered without the list of {collection}.", label="no list", server_spoke=True
        )
    return [record for record in data if isinstance(record, Mapping)]


def shown(ask: Callable[[], T]) -> T | None:
    """Return the answer to *ask*, None where the PCE does not show it: for what is good to know and not needed.

    Raises NoAnswer, and Denied where the key itself is not accepted.
    """
    try:
        return ask()
    except (JobMissing, Refused):
        return None
    except Denied as exc:
        if exc.label == "HTTP 401":
            raise
        return None


def delete_quietly(client: IllumioClient, href: str) -> str:
    """Delete what is at *href*. Return a warning where that did not work, an empty text where it is gone (trap 24)."""
    try:
        client.send("DELETE", href)
    except JobMissing:
        return ""
    except JobError as exc:
        if isinstance(exc, Refused) and exc.details.get("code") == "already_deleted":
            return ""
        return f"{href} was to be deleted on {client.endpoint} and is still there: {exc.message}"
    return ""


def _unknown_place(exc: JobMissing) -> Refused:
    return Refused(
        f"{exc.message} Check org_id and api_version; an older PCE, or a member of a supercluster, may not offer this.",
        label=exc.label,
    )
