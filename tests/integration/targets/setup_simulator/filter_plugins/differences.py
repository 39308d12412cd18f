# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``differences``: in what two results of the same task differ, times and tokens aside."""

from __future__ import annotations

import re
import typing as t

# What two runs cannot have in common: when and where they ran, how long they took, what the poller saw on the way.
VARYING = frozenset(
    {
        "elapsed",
        "history",
        "submitted_at",
        "finished_at",
        "outages",
        "outage_seconds",
        "polls",
        "progress",
        "observed",
        "uptime",
        "uptimeSeconds",
        "state-duration",
        "ansible_job_id",
        "results_file",
    }
)
PATTERNS = (
    (r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "DATE"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "DATE"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"\b[0-9a-f]{10}-[0-9a-f]{8}\b", "TOKEN"),
    (r"\b[0-9a-f]{64}\b", "SHA256"),  # of a file that each device makes anew
    (r"\b[0-9a-f]{32}\b", "PACKAGE"),
    (r"\b[0-9a-f]{14}_\d+_inv\b", "QUERY"),
    (r"\bpce-support-[0-9a-f]{8}\b", "BUNDLE"),
    (r"127\.77\.\d+\.\d+", "DEVICE"),
    (r"\b0070000\d{8}\b", "SERIAL"),
    (r"\b\d+ ?%", "PERCENT"),
    (r"\bfor \d+ s\b", "for SECONDS"),
    (r"(?<=<state-duration>)\d+", "SECONDS"),
)


def comparable(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {str(key): comparable(item) for key, item in value.items() if key not in VARYING}
    if isinstance(value, (list, tuple)):
        return [comparable(item) for item in value]
    if not isinstance(value, str):
        return value
    text = str(value)
    for pattern, name in PATTERNS:
        text = re.sub(pattern, name, text)
    return text


def compare(one: t.Any, other: t.Any, place: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        found = []
        for key in sorted(set(one) | set(other)):
            if key in one and key in other:
                found += compare(one[key], other[key], f"{place}.{key}")
            else:
                found.append(f"{place}.{key} is only in the {'first' if key in one else 'second'}")
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [line for number, (this, that) in pairs for line in compare(this, that, f"{place}[{number}]")]
    return [] if one == other and type(one) is type(other) else [f"{place}: {one!r} and {other!r}"]


def differences(one: t.Any, other: t.Any) -> list[str]:
    """Return a line for each difference, an empty list where the results are the same."""
    return compare(comparable(one), comparable(other), "result")


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"differences": differences}
