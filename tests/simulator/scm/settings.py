# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test can set on a tenant at any time. Names and defaults are the control API's; README.md explains them."""

from __future__ import annotations

import dataclasses
import typing as t

from .answers import ERROR_STYLES

FOLDERS = (
    "Mobile Users",
    "Remote Networks",
    "Service Connections",
    "Mobile Users Container",
    "Mobile Users Explicit Proxy",
)
SERIALS = ("007951000388704", "007951000388707", "007051000239252")


@dataclasses.dataclass
class Settings:
    tsg_id: str = "1234567890"
    folders: list[str] = dataclasses.field(default_factory=lambda: list(FOLDERS))
    serials: list[str] = dataclasses.field(default_factory=lambda: list(SERIALS))
    utc_offset: float = 0.0

    token_seconds: int = 899
    token_limit: int = 10
    token_takes: float = 1.0
    token_retry_after: int = -1
    error_style: str = "documented"
    rate_limit: int = 0
    rate_limit_retry_after: int = -1

    push_status: int = 200
    push_answer: str = "full"
    devices_as: str = "strings"
    pushes: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_pushes: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    no_change: str = "job"
    concurrent_push: str = "queue"
    device_children: str = "each"

    job_shape: str = "data"
    numbers: str = "strings"
    times: str = "plain"
    end_ts_active: str = "last_update"
    end_ts_over: str = "filled"
    details: str = "json"
    inner_status: str = "lagging"
    description_in: str = "both"
    device_name: bool = False
    early_answer: str = "not_found"
    list_lag: float = 0.0
    list_limit: int = 200
    list_maximum: int = 2000
    history: int = 30
    jobs_kept: int = 0
    noise_per_list: int = 0

    versions: int = 62
    unknown_version: str = "not_found"
    load: str = "loaded"
    discard_nothing: str = "message"

    device_jobs: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_device_jobs: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    device_results: str = "at_end"
    unknown_device: str = "result"
    local_versions: int = 3
    local_config_bytes: int = 2048
    local_config_md5: bool = False

    CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "error_style": ERROR_STYLES,
        "push_status": (200, 201, 202),
        "push_answer": ("full", "empty", "no_job_id", "success_false"),
        "devices_as": ("strings", "numbers", "both"),
        "no_change": ("job", "no_children", "success_false", "error"),
        "concurrent_push": ("queue", "parallel", "refuse"),
        "device_children": ("each", "one", "none"),
        "job_shape": ("data", "object", "list"),
        "numbers": ("strings", "integers"),
        "times": ("plain", "iso"),
        "end_ts_active": ("last_update", "empty"),
        "end_ts_over": ("filled", "empty"),
        "details": ("json", "plain", "empty", "absent"),
        "inner_status": ("lagging", "current", "absent"),
        "description_in": ("both", "field", "details", "none"),
        "early_answer": ("not_found", "empty"),
        "unknown_version": ("not_found", "empty"),
        "load": ("loaded", "empty", "migration_failed"),
        "discard_nothing": ("message", "not_found"),
        "device_results": ("at_end", "as_they_come"),
        "unknown_device": ("result", "missing", "not_found"),
    }
    # What cannot change once the tenant is there.
    FIXED: t.ClassVar[tuple[str, ...]] = ("tsg_id", "folders", "serials", "history", "versions", "local_versions")
