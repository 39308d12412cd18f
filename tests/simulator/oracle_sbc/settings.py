# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a test can set on an SBC at any time. Names and defaults are the control API's; README.md explains them."""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import SpecError
from .answers import ERROR_SHAPES

VERSIONS = ("v1.0", "v1.1", "v1.2")
ROLES = ("active", "standby", "out of service")


@dataclasses.dataclass
class Settings:
    hostname: str = "PRIMARY"
    versions: list[str] = dataclasses.field(default_factory=lambda: list(VERSIONS))
    supportedversions: bool = True
    versions_need_token: bool = False
    error_shape: str = "messages"

    token_seconds: float = 600.0
    renewal_field: str = "token"
    renewal_content_type: str = "any"
    renewal_unknown_field: str = "ignore"
    old_token: str = "dies"

    link: str = "absolute"
    link_host: str = ""
    empty_slot: str = "no_state"
    operations: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    next_operations: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    second_operation: str = "takes_over"
    second_operation_status: int = 423
    filename_errors: str = "async"
    backup_suffix: str = ""
    files_shape: str = "file"
    bounce_seconds: float = 0.0
    bounce_operations: list[str] = dataclasses.field(default_factory=lambda: ["activate", "restore"])
    bounce_after: float = -1.0

    status_shape: str = "example"
    uptime_seconds: float = 146091.0
    reboot_after: float = 5.0
    reboot_seconds: float = 120.0
    reboot_keeps_slot: bool = False
    reboot_link: bool = True

    ha_peer: str = ""
    ha_role: str = ""
    switchover_after: float = 5.0
    switchover_works: bool = True
    switchover_keeps_slot: bool = False
    switchover_keeps_tokens: bool = False
    standby_status: int = 403

    CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        "error_shape": ERROR_SHAPES,
        "renewal_content_type": ("any", "standard", "documented"),
        "renewal_unknown_field": ("ignore", "refuse"),
        "old_token": ("dies", "lives"),
        "link": ("absolute", "path", "missing", "empty"),
        "empty_slot": ("no_state", "empty_state", "empty_words", "not_found"),
        "second_operation": ("takes_over", "refuse"),
        "filename_errors": ("async", "submit"),
        "files_shape": ("file", "name", "text"),
        "status_shape": ("example", "schema"),
        "ha_role": ("", *ROLES),
    }


def check(current: Settings, values: t.Mapping[str, t.Any]) -> None:
    """Raises SpecError for an unknown setting, a wrong type or a wrong value."""
    unknown = set(values) - {field.name for field in dataclasses.fields(Settings)}
    if unknown:
        raise SpecError(f"unknown settings of an SBC: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        wanted = type(getattr(current, name))
        number = wanted is float and isinstance(value, int) and not isinstance(value, bool)
        if value.__class__ is not wanted and not number:
            raise SpecError(f"{name!r} must be of type {wanted.__name__}")
        if name in Settings.CHOICES and value not in Settings.CHOICES[name]:
            raise SpecError(f"{name!r} is one of {', '.join(map(str, Settings.CHOICES[name]))}")
    versions = values.get("versions", current.versions)
    if not versions or not set(versions) <= set(VERSIONS):
        raise SpecError(f"'versions' has at least one of {', '.join(VERSIONS)}")
