# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test can set on a PCE at any time. Names and defaults are the control API's; README.md explains them."""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import SpecError, check_settings
from .answers import ERROR_SHAPES, HEADER_CASES
from .strict import RELEASES
from .work import CANCELED_WORDS

COUNTS = {
    "workloads": 40,
    "labels": 24,
    "label_groups": 0,
    "ip_lists": 0,
    "services": 0,
    "rule_sets": 0,
    "events": 30,
    "flows": 60,
}


@dataclasses.dataclass
class Settings:
    hostname: str = "pce.example.com"
    org_id: int = 1
    release: str = "25.2.20"
    pce_version: str = "25.2.20"
    version_shape: str = "flat"
    counts: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    header_case: str = "guide"
    error_shape: str = "list"
    rate_limit: int = 500
    rate_limit_retry_after: int = -1
    session_idle_seconds: float = 600.0

    sync_limit: int = 500
    sync_maximum: int = 0
    async_ignored: list[str] = dataclasses.field(default_factory=list)
    location: str = "href"
    retry_after: int = 5
    poll_retry_after: int = -1
    jobs: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_jobs: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    job_times: str = "guide"
    job_retention_seconds: float = 86400.0
    purged_job: int = 404
    deleted_job: str = "already_deleted"
    datafile_layout: str = "compact"
    datafile_gzip: str = "none"
    datafile_filename: bool = False

    queries: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_queries: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    query_submit_status: int = 202
    rules_submit_status: int = 202
    download_gzip: str = "none"
    cancel_seconds: float = 2.0
    canceled_word: str = "cancelled"

    reports: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_reports: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    report_first_word: str = "queued"
    report_format_accepted: bool = False
    max_queued_reports: int = 25

    bundles: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_bundles: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)

    converge_seconds: float = 60.0
    stuck_workloads: int = 0
    offline_workloads: int = 0
    static_workloads: int = 0
    workloads_affected: str = "number"
    object_counts: str = "object"
    provisioned_hrefs: bool = True

    ven_version: str = "24.5.0-1200"
    ven_upgrade_seconds: float = 120.0
    stuck_vens: int = 0
    ven_upgrade_answer: str = "errors"
    bulk_seconds: float = 0.0

    CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "release": RELEASES,
        "version_shape": ("flat", "wrapped"),
        "header_case": tuple(HEADER_CASES),
        "error_shape": ERROR_SHAPES,
        "location": ("href", "path", "absolute", "foreign", "missing"),
        "job_times": ("guide", "rfc3339"),
        "purged_job": (404, 410),
        "deleted_job": ("already_deleted", "not_found"),
        "datafile_layout": ("compact", "lines"),
        "datafile_gzip": ("none", "unmarked", "marked"),
        "download_gzip": ("none", "unmarked", "marked"),
        "query_submit_status": (201, 202),
        "rules_submit_status": (202, 204),
        "canceled_word": CANCELED_WORDS,
        "report_first_word": ("queued", "pending"),
        "workloads_affected": ("number", "null"),
        "object_counts": ("object", "number"),
        "ven_upgrade_answer": ("errors", "empty"),
    }

    def count(self, name: str) -> int:
        return int(self.counts.get(name, COUNTS[name]))


def check(current: Settings, values: t.Mapping[str, t.Any]) -> None:
    """Raises SpecError for an unknown setting, a wrong type or a wrong value."""
    check_settings(current, values, "a PCE")
    unknown = set(values.get("counts", {})) - set(COUNTS)
    if unknown:
        raise SpecError(f"'counts' has {', '.join(COUNTS)}, not {', '.join(sorted(unknown))}")
