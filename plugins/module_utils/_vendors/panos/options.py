# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What to commit: the options of a commit, their validation, and the XML that says it to the device."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Sequence

from ..._jobs.errors import BadInput
from ..._jobs.tokens import TOKEN_LENGTH, intent_of
from ..._transport.xml import node

if t.TYPE_CHECKING:
    from ..._transport.xml import Element

DESCRIPTION_LIMIT = 512
"""Characters of a commit's description [documented: commit queues, PAN-OS 7.1]."""

# option: tag. Documented: the three excludes; read in pan-os-python, pan-python and the Ruby gem: all else.
_EXCLUDES = {
    "exclude_device_and_network": "device-and-network",
    "exclude_shared_objects": "shared-object",
    "exclude_policy_and_objects": "policy-and-objects",
}
_MEMBERS = {
    "admins": "admin",
    "vsys": "vsys",
    "device_groups": "device-group",
    "templates": "template",
    "template_stacks": "template-stack",
    "wildfire_appliances": "wildfire-appliance",
    "wildfire_clusters": "wildfire-appliance-cluster",
    "log_collectors": "log-collector",
    "log_collector_groups": "log-collector-group",
}
_NONE_OF = {f"no_{option}": f"no-{tag}" for option, tag in _MEMBERS.items() if option != "admins"}

SCOPES = tuple(option for option in _MEMBERS if option != "admins")
"""The options that name parts of the configuration to commit."""

EXCLUDES = {name.partition("_")[2]: name for name in (*_EXCLUDES, *_NONE_OF)}
"""What a playbook may list under exclude, and the field of CommitOptions that it sets."""


@dataclasses.dataclass(frozen=True)
class CommitOptions:
    """What to commit; by default all that is pending, of everybody. Raises BadInput that names the option at fault."""

    description: str | None = None
    force: bool = False
    commit_lock: bool = False
    admins: Sequence[str] | None = None
    exclude_device_and_network: bool = False
    exclude_shared_objects: bool = False
    exclude_policy_and_objects: bool = False
    vsys: Sequence[str] | None = None
    device_groups: Sequence[str] | None = None
    templates: Sequence[str] | None = None
    template_stacks: Sequence[str] | None = None
    wildfire_appliances: Sequence[str] | None = None
    wildfire_clusters: Sequence[str] | None = None
    log_collectors: Sequence[str] | None = None
    log_collector_groups: Sequence[str] | None = None
    no_vsys: bool = False
    no_device_groups: bool = False
    no_templates: bool = False
    no_template_stacks: bool = False
    no_wildfire_appliances: bool = False
    no_wildfire_clusters: bool = False
    no_log_collectors: bool = False
    no_log_collector_groups: bool = False

    def __post_init__(self) -> None:
        check_description(self.description or "")
        for option in _MEMBERS:
            self._check_members(option, getattr(self, option))
        scopes = self.scopes()
        if self.force and scopes:
            raise BadInput(f"force: a forced commit takes everything along, so it cannot go with {sorted(scopes)[0]}.")

    def _check_members(self, option: str, members: Sequence[str] | None) -> None:
        check_members(option, members)
        if members is not None and getattr(self, f"no_{option}", False):
            raise BadInput(f"{option}: cannot go with no_{option}. Leave one of them out.")

    def scopes(self) -> dict[str, bool | list[str]]:
        """Return the options that restrict the commit, members in alphabetical order."""
        found: dict[str, bool | list[str]] = {name: True for name in (*_EXCLUDES, *_NONE_OF) if getattr(self, name)}
        found.update({name: sorted(getattr(self, name)) for name in _MEMBERS if getattr(self, name)})
        return found

    @property
    def partial(self) -> bool:
        return bool(self.scopes())

    def intent(self, target: str | None) -> str:
        """Return what stands for these options in a job's description: equal options give equal texts."""
        return intent_of([self.description or "", self.force, self.scopes(), target or ""])

    def partial_node(self) -> Element:
        parts = [node(tag, node_text) for tag, node_text in self._texts()]
        for option, tag in _MEMBERS.items():
            members = getattr(self, option)
            if members:
                parts.append(node(tag, *(node("member", member) for member in members)))
        return node("partial", *parts)

    def _texts(self) -> list[tuple[str, str]]:
        excludes = [(tag, "excluded") for option, tag in _EXCLUDES.items() if getattr(self, option)]
        return excludes + [(tag, "") for option, tag in _NONE_OF.items() if getattr(self, option)]

    def commit_node(self, description: str) -> Element:
        """Return ``<commit>``, in the order in which pan-os-python sends its parts."""
        parts = [node("description", description)]
        if self.partial:
            parts.append(self.partial_node())
        if self.force:
            parts.append(node("force"))
        return node("commit", *parts)

    def validate_node(self) -> Element:
        """Return ``<validate>``; that it takes the same partial scopes as a commit is assumed from the CLI."""
        return node("validate", self.partial_node() if self.partial else node("full"))


def check_description(text: str) -> None:
    """Raise BadInput unless *text* can be the description of a job, with the token that is added to it."""
    limit = DESCRIPTION_LIMIT - TOKEN_LENGTH
    if len(text) > limit:
        raise BadInput(
            f"description: {len(text)} characters are too many. PAN-OS takes {DESCRIPTION_LIMIT}, of which "
            f"{TOKEN_LENGTH} are needed to find the job again: shorten it to {limit}."
        )
    if not is_clean(text):
        raise BadInput("description: holds a control character, which XML cannot carry. Write it on one line.")


def check_members(option: str, members: Sequence[str] | None) -> None:
    """Raise BadInput unless *members*, where *option* is given at all, are names."""
    if members is None:
        return
    if not members:
        # Passing it on as "not given" would make it everything, or everybody.
        raise BadInput(f"{option}: the list is empty. Name at least one, or leave the option out to not restrict.")
    if not all(member.strip() and is_clean(member) for member in members):
        raise BadInput(f"{option}: holds an empty name, or one with a control character.")


def is_clean(text: str) -> bool:
    """Return whether XML can carry *text*, and a list can show it on one line."""
    return not any(ord(char) < 32 or 127 <= ord(char) < 160 or 0xD800 <= ord(char) < 0xE000 for char in text) and not (
        {"\ufffe", "\uffff"} & set(text)
    )
