# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The security policy of a PCE: what is pending in its draft, what belongs together, which versions there are.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, R recorded, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused
from .client import in_all
from .job import href_in
from .names import PAGE

if t.TYPE_CHECKING:
    from ..._transport.json_client import Reply
    from .client import IllumioClient
    from .job import Record

KINDS = (
    "rule_sets",
    "enforcement_boundaries",
    "ip_lists",
    "services",
    "label_groups",
    "virtual_services",
    "virtual_servers",
    "firewall_settings",
    "secure_connect_gateways",
)
"""What a change can be made to, by the names that stand in a change_subset [D]."""

PENDING_ASKED = 10_000
"""Changes of each kind that are asked for: without a number 500 are given at most, and no sign of more [C]."""

NAMED = 20
"""Changes that a message names; of more it gives the number."""

_WITHOUT_ID = "firewall_settings"
"""The one kind of which there is a single object, whose href has no id."""

_HREF = re.compile(
    r"/orgs/\d+/sec_policy/(?:draft|active)/(?P<kind>[a-z_]+)(?:/(?P<id>[\w.-]+)(?P<rest>/.*)?)?", re.ASCII
)


@dataclasses.dataclass(frozen=True)
class Change:
    """A change in the draft, as the PCE lists it: *update_type* is ``create``, ``update`` or ``delete`` [D].

    *updated_by* is the href of a user, such as ``/users/5``, *updated_at* in the PCE's own form; both may be empty.
    """

    kind: str
    href: str
    name: str
    update_type: str
    updated_at: str = ""
    updated_by: str = ""

    @classmethod
    def of(cls, kind: str, href: str, record: Record) -> Change:
        return cls(
            kind=kind,
            href=href,
            name=str(record.get("name") or ""),
            update_type=str(record.get("update_type") or ""),
            updated_at=str(record.get("updated_at") or ""),
            updated_by=href_in(record.get("updated_by")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.name or self.href} ({self.update_type or 'changed'})"

    @property
    def line(self) -> str:
        """All there is to say of it, in one line of a diff."""
        by = ", ".join(part for part in (self.updated_by and f"by {self.updated_by}", self.updated_at) if part)
        return f"{self.update_type or 'change'} {self.kind} {self.name!r} {self.href}" + (f" ({by})" if by else "")


def draft_href(client: IllumioClient, text: str) -> str:
    """Return the href in the draft of the object that the user names by an href or an address, draft or active.

    Raises BadInput that names the option.
    """
    try:
        found = _HREF.fullmatch(client.href(text.strip()))
    except NoAnswer:
        found = None
    kind = found["kind"] if found else ""
    if found is None or kind not in KINDS or not (found["id"] or kind == _WITHOUT_ID):
        raise BadInput(
            f"change_subset: {text!r} is not the href of an object that can be provisioned, such as "
            f"{client.org}/sec_policy/draft/rule_sets/7. The kinds are: {', '.join(KINDS)}."
        )
    if found["rest"] and kind == "rule_sets":
        raise BadInput(
            f"change_subset: {text!r} is a part of a rule set, and a PCE provisions rule sets as a whole. Give "
            f"{client.org}/sec_policy/draft/rule_sets/{found['id']}."
        )
    if found["rest"]:
        raise BadInput(f"change_subset: {text!r} is a part of an object. Give the href of the object itself.")
    href = "/".join(part for part in (f"{client.org}/sec_policy/draft", kind, found["id"]) if part)
    if not client.href(text.strip()).startswith(f"{client.org}/"):
        raise BadInput(f"change_subset: {text!r} belongs to another organization than org_id says.")
    return href


def kind_of(href: str) -> str:
    """Return the kind of an object by its *href*, an empty text for what is none of the policy."""
    found = _HREF.fullmatch(href)
    return found["kind"] if found and found["kind"] in KINDS and not found["rest"] else ""


def read_pending(client: IllumioClient) -> list[Change]:
    """Return the changes that are pending, in the order of KINDS. Raises NoAnswer, Denied, Refused."""
    data = _read(client, f"{client.org}/sec_policy/pending", {"max_results": PENDING_ASKED}).data
    if not isinstance(data, Mapping):
        raise NoAnswer(f"{client.endpoint} answered without its pending changes.", label="no list", server_spoke=True)
    return [
        Change.of(kind, _href_of(client, kind, record), record)
        # A kind that is not known here is listed all the same: it goes along where everything does.
        for kind in sorted(data, key=lambda kind: KINDS.index(kind) if kind in KINDS else len(KINDS))
        for record in (data[kind] if isinstance(data[kind], list) else ())
        if isinstance(record, Mapping)
    ]


def _href_of(client: IllumioClient, kind: str, record: Record) -> str:
    """Return the href of a pending change: the schema promises its id, and not its href [D]."""
    href = record.get("href")
    if isinstance(href, str) and href:
        return href
    place = f"{client.org}/sec_policy/draft/{kind}"
    return place if kind == _WITHOUT_ID else f"{place}/{record.get('id')}"


def look_up(client: IllumioClient, href: str) -> Change | None:
    """Return the draft of one object, with no update_type where nothing is pending; None where there is none [D]."""
    try:
        data = client.get(href).data
    except JobMissing:
        return None
    return Change.of(kind_of(href), href, data if isinstance(data, Mapping) else {})


def subset_of(hrefs: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Return *hrefs* in the form of a change_subset [D]."""
    subset: dict[str, list[dict[str, str]]] = {}
    for href in hrefs:
        subset.setdefault(kind_of(href), []).append({"href": href})
    return subset


def dependencies_of(
    client: IllumioClient, operation: str, hrefs: Sequence[str], pending: Sequence[Change]
) -> list[Change]:
    """Return the pending changes without which *hrefs* cannot be the subject of *operation*, ``commit`` or ``revert``.

    The answer to the question has no published shape: ``[]`` is none [C], one client reads an object of kinds [C]. So
    every href of a pending change in it counts, wherever it stands. Asked again until nothing is added: whether a PCE
    names dependencies of dependencies is not known. Raises NoAnswer, Denied, Refused.
    """
    known = {change.href: change for change in pending}
    taken = list(hrefs)
    added: list[Change] = []
    while True:
        body = {"operation": operation, "change_subset": subset_of(taken)}
        answer = _read(client, f"{client.org}/sec_policy/draft/dependencies", body=body).data
        found = [href for href in dict.fromkeys(_hrefs_in(answer)) if href in known and href not in taken]
        if not found:
            return added
        taken += found
        added += [known[href] for href in found]


def _hrefs_in(data: t.Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        href = data.get("href")
        if isinstance(href, str):
            yield href
        for value in data.values():
            yield from _hrefs_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from _hrefs_in(value)


class Versions(t.NamedTuple):
    """Versions of the policy, the newest first. *whole* is false where there may be others (trap 13)."""

    records: Sequence[Record]
    whole: bool


def read_versions(client: IllumioClient) -> Versions:
    """Return the versions of the policy. Raises NoAnswer, Denied, Refused."""
    reply = _read(client, f"{client.org}/sec_policy")
    if not isinstance(reply.data, list):
        raise NoAnswer(f"{client.endpoint} answered without the versions.", label="no list", server_spoke=True)
    records = [record for record in reply.data if isinstance(record, Mapping) and isinstance(record.get("href"), str)]
    there = in_all(reply.headers, filtered=False)
    whole = len(reply.data) < PAGE if there is None else len(reply.data) >= there
    return Versions(sorted(records, key=number_of, reverse=True), whole)


def number_of(version: Record) -> int:
    """Return the number of a version, 0 where it has none."""
    number = version.get("version")
    return number if isinstance(number, int) else 0


def described(version: Record) -> dict[str, t.Any]:
    """Return a version as a playbook can use it, the times in the PCE's own form."""
    counts = version.get("object_counts")
    return {
        "version": version.get("version"),
        "href": version.get("href"),
        "commit_message": version.get("commit_message"),
        "workloads_affected": version.get("workloads_affected"),
        # An object live and in the schema, a number in the guide (trap 27).
        "object_counts": dict(counts) if isinstance(counts, Mapping) else None,
        "created_at": version.get("created_at"),
        "created_by": href_in(version.get("created_by")) or None,
    }


def named(changes: Sequence[Change]) -> str:
    """Return *changes* for a sentence."""
    text = ", ".join(str(change) for change in changes[:NAMED])
    return f"{text} and {len(changes) - NAMED} more" if len(changes) > NAMED else text


def _read(client: IllumioClient, href: str, params: Mapping[str, int] | None = None, *, body: t.Any = None) -> Reply:
    """Return the answer to a question about the policy, which is sent with POST where it has a *body*."""
    try:
        return client.get(href, params) if body is None else client.send("POST", href, body)
    except JobMissing as exc:
        raise Refused(f"{exc.message} Check org_id and api_version.", label=exc.label) from exc
