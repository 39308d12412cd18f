# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What to push to whom: the options of a push, their validation, and the XML that says it to Panorama."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Sequence

from ..._jobs.errors import BadInput
from ..._jobs.required import check_required, needed
from ..._jobs.tokens import intent_of
from ..._transport.xml import node
from .options import check_description, check_members, is_clean

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._transport.xml import Element

KINDS = {
    "device_group": "device group",
    "template": "template",
    "template_stack": "template stack",
    "wildfire_appliance": "WildFire appliance",
    "wildfire_cluster": "WildFire cluster",
    "log_collector_group": "collector group",
}
"""The options that say what to push, and what people call it."""

_WITH_FIREWALLS = ("device_group", "template", "template_stack")

# option: tag, and the kinds that take it. Read in pan-os-python; merge in pan-python, and in a script with templates;
# validate_only documented, for device groups.
_TAGS = {
    "description": ("description", tuple(KINDS)),
    "admins": ("admin", _WITH_FIREWALLS),
    "serials": ("device", _WITH_FIREWALLS),
    "include_template": ("include-template", ("device_group",)),
    "force_template_values": ("force-template-values", _WITH_FIREWALLS),
    "merge": ("merge-with-candidate-cfg", _WITH_FIREWALLS),
    "validate_only": ("validate-only", ("device_group",)),
}

# kind: the element around it, and its own.
_SIMPLE = {
    "wildfire_appliance": ("wildfire-appliance-config", "wildfire-appliance"),
    "wildfire_cluster": ("wildfire-appliance-config", "wildfire-appliance-cluster"),
    "log_collector_group": ("log-collector-config", "log-collector-group"),
}

DEVICE_TIMEOUT = 900.0
"""Seconds: recorded devices took a minute, a commit takes ten on the slowest ones."""


@dataclasses.dataclass(frozen=True)
class Demand:
    """What a push needs to count as a success; it travels in the options of the handle.

    *required_targets* is ``all``, ``any`` or a number, *device_timeout* is in seconds. *in_sync* is how many devices
    were left out because they have everything: they count as successes, so that a second run, which pushes to the rest
    alone, is judged as the first was. Raises BadInput.
    """

    required_targets: str = "all"
    device_timeout: float = DEVICE_TIMEOUT
    in_sync: int = 0

    def __post_init__(self) -> None:
        check_required(self.required_targets)
        if not 0 < self.device_timeout < float("inf"):
            raise BadInput(f"device_timeout: {self.device_timeout} is not a number of seconds greater than 0.")

    def needed(self, devices: int) -> int:
        """Return how many of so many *devices*, which the push goes to, have to succeed."""
        return needed(self.required_targets, devices, already=self.in_sync)

    def to_dict(self) -> dict[str, str]:
        told = {"required_targets": self.required_targets, "device_timeout": f"{self.device_timeout:g}"}
        return {**told, "in_sync": str(self.in_sync)} if self.in_sync else told

    @classmethod
    def from_dict(cls, options: Mapping[str, str]) -> Demand:
        """Return what the *options* of a handle say, the defaults where they cannot be read."""
        try:
            return cls(
                options.get("required_targets", "all"),
                float(options.get("device_timeout", DEVICE_TIMEOUT)),
                int(options.get("in_sync", 0)),
            )
        except (ValueError, BadInput):
            return cls()


@dataclasses.dataclass(frozen=True)
class PushOptions:
    """What to push. Exactly one of KINDS is set, none where a handle names the push. Raises BadInput.

    *serials* restricts it to these firewalls. *merge* None leaves it to Panorama, which then takes the candidate
    configuration of the firewall along.
    """

    device_group: str | None = None
    template: str | None = None
    template_stack: str | None = None
    wildfire_appliance: str | None = None
    wildfire_cluster: str | None = None
    log_collector_group: str | None = None
    description: str | None = None
    serials: Sequence[str] | None = None
    admins: Sequence[str] | None = None
    include_template: bool = False
    force_template_values: bool = False
    merge: bool | None = None
    validate_only: bool = False
    push_in_sync: bool = False

    def __post_init__(self) -> None:
        check_description(self.description or "")
        kind, name = self._what()
        if kind and not (name.strip() and is_clean(name)):
            raise BadInput(f"{kind}: the name is empty, or holds a control character.")
        for option in ("serials", "admins"):
            check_members(option, getattr(self, option))
        for option, (_tag, kinds) in _TAGS.items():
            value = getattr(self, option)
            if kind and kind not in kinds and value not in (None, False):
                raise BadInput(f"{option}: cannot go with {kind}, only with {', '.join(kinds)}.")

    def _what(self) -> tuple[str, str]:
        given = [(kind, getattr(self, kind)) for kind in KINDS if getattr(self, kind) is not None]
        if len(given) > 1:
            raise BadInput(f"{given[0][0]}: cannot go with {given[1][0]}, a push has one of them.")
        return given[0] if given else ("", "")

    @property
    def kind(self) -> str:
        """The option that says what to push, empty if there is none."""
        return self._what()[0]

    @property
    def name(self) -> str:
        return self._what()[1]

    def __str__(self) -> str:
        return f"{KINDS.get(self.kind, 'nothing')} {self.name}".strip()

    @property
    def whatever_the_sync_state(self) -> bool:
        """Whether devices that are in sync get the push, too.

        Values of the device that override the template's do not show in the state: that they count as in sync is
        assumed.
        """
        return self.push_in_sync or self.validate_only or self.force_template_values

    def intent(self) -> str:
        """Return what stands for these options in a job's description: equal options give equal texts."""
        canonical = dataclasses.asdict(self)
        for option in ("serials", "admins"):
            canonical[option] = sorted(canonical[option] or ())
        return intent_of(canonical)

    def commit_all_node(self, *, description: str, serials: Sequence[str]) -> Element:
        """Return ``<commit-all>``, in the order in which pan-os-python sends its parts."""
        if self.kind == "device_group":
            return node("commit-all", self._shared_policy_node(description, serials))
        if self.kind in ("template", "template_stack"):
            return node("commit-all", self._template_node(description, serials))
        body, tag = _SIMPLE[self.kind]
        return node("commit-all", node(body, *_described(description), node(tag, self.name)))

    def _shared_policy_node(self, description: str, serials: Sequence[str]) -> Element:
        devices = [node("devices", *(node("entry", name=serial) for serial in serials))] if serials else []
        group = node("device-group", node("entry", *devices, name=self.name))
        template = node("include-template", _yes_no(self.include_template))
        return node("shared-policy", group, *self._common(description), template, *self._how())

    def _template_node(self, description: str, serials: Sequence[str]) -> Element:
        devices = [node("device", *(node("member", serial) for serial in serials))] if serials else []
        tag = self.kind.replace("_", "-")
        return node(tag, node("name", self.name), *self._common(description), *self._how(), *devices)

    def _common(self, description: str) -> list[Element]:
        # <admin> only when asked for: Panorama refuses it for some groups (pan-os-ansible#590).
        admins = [node("admin", *(node("member", admin) for admin in self.admins))] if self.admins else []
        return _described(description) + admins

    def _how(self) -> list[Element]:
        parts = [node("force-template-values", _yes_no(self.force_template_values))]
        if self.merge is not None:
            parts.append(node("merge-with-candidate-cfg", _yes_no(self.merge)))
        if self.validate_only:
            parts.append(node("validate-only"))
        return parts


def option_of(tag: str) -> str:
    """Return the option that the element *tag* of a push stands for, empty if none does."""
    return next((option for option, (known, _kinds) in _TAGS.items() if tag in (known, f"{known}s")), "")


def _described(description: str) -> list[Element]:
    return [node("description", description)] if description else []


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"
