# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The VENs of a PCE, the agents on the workloads: to find those that are meant, and to see how each is.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, C read in a client's source.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Mapping, Sequence

from ..._jobs.errors import JobMissing, NoAnswer, Refused
from ..._transport.json_stream import elements, some
from .client import in_all
from .times import instant, pce_time

if t.TYPE_CHECKING:
    import datetime

    from ..._transport.json_client import Params
    from .client import IllumioClient
    from .job import Record

ASKED = 200_000
"""VENs that are asked for: without a number 500 are given at most, and no sign of more [C] (trap 13)."""

SINGLY = 20
"""VENs that are asked for one by one; for more of them the whole list is read."""

SINGLY_IN_NEED = 200
"""VENs that are asked for one by one where the PCE does not give the whole list. It takes 500 requests a minute [D]."""


class Ven(t.NamedTuple):
    """What is kept of a VEN. *target* is the release that it is being upgraded to, empty where it is not."""

    href: str
    hostname: str
    version: str
    status: str
    target: str
    expires_at: datetime.datetime | None
    trouble: tuple[str, ...]

    def is_upgrading(self, now: datetime.datetime) -> bool:
        """Return whether an upgrade is under way that the PCE still tries at *now*."""
        return bool(self.target) and (self.expires_at is None or self.expires_at > now)

    def __str__(self) -> str:
        return f"{self.hostname} ({self.version or 'version unknown'})"


def ven_of(record: Record) -> Ven:
    return Ven(
        href=str(record.get("href") or ""),
        hostname=str(record.get("hostname") or record.get("name") or record.get("href") or ""),
        version=str(record.get("version") or ""),
        status=str(record.get("status") or ""),
        target=str(record.get("upgrade_target_version") or ""),
        expires_at=instant(record.get("upgrade_expires_at")),
        trouble=_trouble(record.get("conditions")),
    )


def _trouble(conditions: t.Any) -> tuple[str, ...]:
    """Return the names of the conditions of a VEN, such as ``agent.upgrade_time_out`` [D]."""
    found = [each for each in conditions if isinstance(each, Mapping)] if isinstance(conditions, list) else []
    events = [each.get("latest_event") for each in found]
    return tuple(str(event["notification_type"]) for event in events if isinstance(event, Mapping) and _is_named(event))


def _is_named(event: Mapping[str, t.Any]) -> bool:
    return isinstance(event.get("notification_type"), str)


class Listed(t.NamedTuple):
    """VENs, whether they are all that there are, and the time on the PCE, None where it does not say."""

    vens: Sequence[Ven]
    whole: bool
    at: datetime.datetime | None


def read_list(
    client: IllumioClient,
    params: Params,
    keep: Callable[[Ven], bool],
    *,
    org: str | None = None,
    within: float | None = None,
) -> Listed:
    """Return those of the VENs that fit *params* that are to be kept: memory stays flat. Raises NoAnswer, Denied.

    *org* is the path of the organization where it is another one than the client's.
    """
    count = 0
    kept: list[Ven] = []
    href = f"{org or client.org}/vens"
    try:
        with client.stream(href, {**params, "max_results": ASKED}, within=within) as answer:
            for record in elements(some(answer)):
                count += 1
                if isinstance(record, Mapping):
                    ven = ven_of(record)
                    if keep(ven):
                        kept.append(ven)
            headers = answer.headers
    except JobMissing as exc:
        raise Refused(f"{exc.message} Check org_id and api_version.", label=exc.label) from exc
    there = in_all(headers, filtered=bool(params))
    return Listed(kept, whole=there is None or count >= there, at=pce_time(headers))


def read_one(client: IllumioClient, href: str, *, within: float | None = None) -> Ven | None:
    """Return a VEN, None where there is none (any more). Raises NoAnswer, Denied, Refused."""
    try:
        data = client.get(href, within=within).data
    except JobMissing:
        return None
    if not isinstance(data, Mapping):
        raise NoAnswer(f"{client.endpoint} answered without {href}.", label="no VEN", server_spoke=True)
    return ven_of({**data, "href": href})


def find(client: IllumioClient, wanted: Sequence[str]) -> list[Ven]:
    """Return the VENs that the user names by href, address or hostname, each once.

    Raises Refused that names what is not there, NoAnswer, Denied.
    """
    hrefs = {text: _href(client, text) for text in wanted}
    if len(wanted) <= SINGLY:
        found = {text: _looked_up(client, text, hrefs[text]) for text in wanted}
    else:
        found = _from_list(client, hrefs)
    missing = [text for text, vens in found.items() if not vens]
    if missing:
        raise _refused(client, f"has no VEN {_few(missing)}. Check how it is written there, and org_id.")
    several = {text: vens for text, vens in found.items() if len(vens) > 1}
    for text, vens in several.items():
        names = ", ".join(f"{ven.href} ({ven.status})" for ven in vens)
        raise _refused(client, f"has {len(vens)} VENs with the hostname {text}: {names}. Name it by its href.")
    return list({vens[0].href: vens[0] for vens in found.values()}.values())


def _looked_up(client: IllumioClient, text: str, href: str) -> list[Ven]:
    if href:
        ven = read_one(client, href)
        return [] if ven is None else [ven]
    # The filter of the PCE also finds what only contains the text [D].
    listed = read_list(client, {"hostname": text}, lambda ven: _is_called(ven, text))
    return _best(listed.vens)


def _from_list(client: IllumioClient, hrefs: Mapping[str, str]) -> dict[str, list[Ven]]:
    known = {href for href in hrefs.values() if href}
    called = {text.casefold() for text, href in hrefs.items() if not href}
    listed = read_list(client, {}, lambda ven: ven.href in known or ven.hostname.casefold() in called)
    by_href = {ven.href: [ven] for ven in listed.vens}
    by_name: dict[str, list[Ven]] = {}
    for ven in listed.vens:
        by_name.setdefault(ven.hostname.casefold(), []).append(ven)
    found = {
        text: by_href.get(href, []) if href else _best(by_name.get(text.casefold(), [])) for text, href in hrefs.items()
    }
    missing = [text for text, vens in found.items() if not vens]
    if missing and not listed.whole:
        if len(missing) > SINGLY_IN_NEED:
            raise _refused(
                client,
                f"gives only a part of its VENs at once, and {len(missing)} of those that are named are not in it. "
                f"Name no more than {SINGLY_IN_NEED} in one task.",
            )
        found.update({text: _looked_up(client, text, hrefs[text]) for text in missing})
    return found


def _best(vens: Sequence[Ven]) -> list[Ven]:
    """Return the VENs of one hostname that count: a host that was paired again has an old one that is not active."""
    active = [ven for ven in vens if ven.status == "active"]
    return active or list(vens)


def _is_called(ven: Ven, text: str) -> bool:
    return ven.hostname.casefold() == text.casefold()


def _href(client: IllumioClient, text: str) -> str:
    """Return the href that *text* is, an empty text for a hostname. Raises Refused for what is neither."""
    if "/" not in text:
        return ""
    try:
        href = client.href(text)
    except NoAnswer:
        href = ""
    if not re.fullmatch(rf"{client.org}/vens/[\w.-]+", href, re.ASCII):
        raise _refused(client, f"cannot have a VEN {text!r}: it is of the form {client.org}/vens/<id>.")
    return href


def _refused(client: IllumioClient, text: str) -> Refused:
    return Refused(f"vens: {client.endpoint} {text}", reason="bad_input", label="unknown VEN")


def _few(texts: Sequence[str]) -> str:
    more = len(texts) - SINGLY
    return ", ".join(texts[:SINGLY]) + (f" and {more} more" if more > 0 else "")
