# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""From the names that people use to the hrefs that a PCE wants."""

from __future__ import annotations

import re
import typing as t

from ..._jobs.errors import JobMissing, Refused

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .client import IllumioClient

PAGE = 500
"""Objects that a PCE gives at most where nothing else is asked for (trap 13)."""

_HREFS = {
    "label": r"labels",
    "label_group": r"sec_policy/(?:draft|active)/label_groups",
    "ip_list": r"sec_policy/(?:draft|active)/ip_lists",
    "workload": r"workloads",
}


def is_href(kind: str, text: str) -> bool:
    """Return whether *text* is the href of an object of *kind*."""
    return re.fullmatch(rf"/orgs/\d+/{_HREFS[kind]}/[\w.-]+", text, re.ASCII) is not None


def looks_like_href(text: str) -> bool:
    return text.startswith("/")


class Names:
    """Looks objects up, each of them once. Raises NoAnswer and Denied, and Refused where there is no such object.

    *option* is what a refusal names, such as ``sources.include[0].ip_list``.
    """

    def __init__(self, client: IllumioClient) -> None:
        self._client = client
        self._known: dict[tuple[str, ...], str] = {}

    def label(self, option: str, key: str, value: str) -> str:
        """Return the href of the label of this type and value."""
        return self._href(option, f"label {key}={value}", "labels", {"key": key, "value": value})

    def label_group(self, option: str, name: str) -> str:
        return self._href(option, f"label group {name!r}", "sec_policy/draft/label_groups", {"name": name})

    def ip_list(self, option: str, name: str) -> str:
        """Return the draft href of the IP list: that is the one that traffic queries take [D: the schema]."""
        return self._href(option, f"IP list {name!r}", "sec_policy/draft/ip_lists", {"name": name})

    def _href(self, option: str, title: str, collection: str, wanted: Mapping[str, str]) -> str:
        place = (collection, *wanted.values())
        if place not in self._known:
            self._known[place] = self._found(option, title, collection, wanted)
        return self._known[place]

    def _found(self, option: str, title: str, collection: str, wanted: Mapping[str, str]) -> str:
        try:
            data = self._client.get(f"{self._client.org}/{collection}", wanted).data
        except JobMissing as exc:
            raise Refused(f"{option}: {exc.message} Check org_id.", reason="bad_input", label=exc.label) from exc
        found = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
        for each in found:
            # The filters of a PCE also find what only contains the text.
            if all(each.get(name) == text for name, text in wanted.items()) and isinstance(each.get("href"), str):
                return str(each["href"])
        endpoint = self._client.endpoint
        if len(found) >= PAGE:
            text = f"{endpoint} has too many objects like {title} to find it among them. Give its href instead."
        else:
            text = f"{endpoint} has no {title}. Check how it is written there: capitals count."
        raise Refused(f"{option}: {text}", reason="bad_input", label="unknown name")
