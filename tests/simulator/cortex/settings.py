# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test can set on a tenant at any time. Names and defaults are the control API's; README.md explains them."""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import SpecError, check_settings
from .answers import ERROR_SHAPES

LAUNCHED = "Scan launched successfully with run ID: {run_id}"  # documented
LICENCES = ("netscan", "xql", "action", "script", "distribution", "endpoint")


@dataclasses.dataclass
class Settings:
    tenant_id: str = "376699223"
    error_shape: str = "auto"
    err_code: str = "number"
    err_extra: str = "given"
    clock_skew: float = 0.0
    timestamp_tolerance: float = 300.0
    licences_missing: list[str] = dataclasses.field(default_factory=list)

    netscan_auth: bool = True
    missing_templates: list[int] = dataclasses.field(default_factory=lambda: [404])
    first_definition_id: int = 124
    first_run_id: int = 789
    runs: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_runs: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    launch_sentence: str = LAUNCHED
    command_sentence: str = LAUNCHED
    status_sentence: str = "Scan is in {state} state"
    canceled_word: str = "Canceled"
    state_case: str = "title"
    second_launch: str = "new_run"
    quiet_hours_apply: bool = False
    check_target: bool = True

    queries: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_queries: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    xql_slots: int = 4
    slots_text: str = "reached max allowed amount of parallel running queries"
    license_quota: float = 1000.0
    additional_purchased_quota: float = 0.0
    used_quota: float = 0.0
    query_cost: float = 0.0031591666666666665
    query_cost_shape: str = "tenants"
    quota_shape: str = "full"
    number_of_results: str = "all"
    stream_gzip: str = "asked"
    stream_encoding: str = "none"
    stream_once: bool = False

    actions: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_actions: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    # Above 2**53: such a number does not survive a float.
    first_action_id: int = 9007199254740993
    action_ids: str = "number"
    action_answer: str = "full"
    isolate_single_answer: str = "full"
    error_reasons: str = "failures"
    action_expiration: float = 345600.0
    script_counts: str = "number"

    distributions: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_distributions: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    agent_versions: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    distribution_link_seconds: float = 0.0
    package_bytes: int = 200000

    files_host: str = ""
    file_links: str = "signed"
    file_bytes: int = 20000
    link_seconds: float = 600.0

    CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "error_shape": ERROR_SHAPES,
        "err_code": ("number", "string"),
        "err_extra": ("given", "null", "object"),
        "canceled_word": ("Canceled", "Cancelled"),
        "state_case": ("title", "upper", "lower"),
        "second_launch": ("new_run", "refused", "same_run"),
        "query_cost_shape": ("tenants", "number"),
        "quota_shape": ("full", "short"),
        "number_of_results": ("all", "returned"),
        "stream_gzip": ("asked", "always", "never"),
        "stream_encoding": ("none", "marked"),
        "action_ids": ("number", "string"),
        "action_answer": ("full", "short"),
        "isolate_single_answer": ("full", "short"),
        "error_reasons": ("failures", "none"),
        "script_counts": ("number", "string"),
        "file_links": ("signed", "tenant"),
    }


def check(current: Settings, values: t.Mapping[str, t.Any]) -> None:
    """Raises SpecError for an unknown setting, a wrong type or a wrong value."""
    check_settings(current, values, "a tenant")
    if set(values.get("licences_missing", ())) - set(LICENCES):
        raise SpecError(f"'licences_missing' has {', '.join(LICENCES)}")
