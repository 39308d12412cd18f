# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``rollout_waves``: in which order a change goes over a fleet."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: rollout_waves
short_description: Divide hosts into a canary and waves
version_added: 0.1.0
author:
  - netops.jobs contributors (@netops-jobs)
description:
  - Returns in which order a change goes over hosts. First the canary, then wave after wave.
options:
  _input:
    description: The names of the hosts, in their order.
    type: list
    elements: str
    required: true
  canary:
    description:
      - The hosts of the canary, or how many there are. With O(kinds) that is so many of each kind.
      - Names that are not in the list of hosts are passed over.
    type: raw
    default: []
  sizes:
    description:
      - How many hosts each wave has, as a number or as V(20%) of those behind the canary, rounded down, at least one.
      - The last one holds for all waves after it, as for the keyword C(serial) of a play.
    type: list
    elements: str
    default: ["100%"]
  option:
    description: How users call the sizes. What is wrong with them is said with that name.
    type: str
    default: sizes
  kinds:
    description: What kind each host is of, a dictionary. A host that is not in it is of a kind of its own.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: One canary, then a tenth, then the rest
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts | netops.jobs.rollout_waves(canary=1, sizes=['10%', '100%']) }}"
"""

RETURN = r"""
_value:
  description: Lists of hosts. The first is the canary, and empty if there is none.
  type: list
  elements: list
  sample: [[fw1], [fw2], [fw3, fw4]]
"""


def rollout_waves(
    hosts: t.Any, canary: t.Any = (), sizes: t.Any = ("100%",), kinds: t.Any = None, option: str = "sizes"
) -> list[list[str]]:
    """Return *hosts* in waves, the canary first. Raises AnsibleFilterError that names what is wrong."""
    names = list(dict.fromkeys(str(host) for host in hosts))
    first = _canary(names, canary, kinds or {})
    rest = [name for name in names if name not in first]
    counts = [_size(size, len(rest), option) for size in _listed(sizes)]
    if not counts:
        raise AnsibleFilterError(f"{option}: there is none.")
    return [[name for name in names if name in first], *_cut(rest, counts)]


def _listed(value: t.Any) -> Sequence[t.Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _canary(names: Sequence[str], canary: t.Any, kinds: Mapping[str, t.Any]) -> set[str]:
    number = _number(canary)
    if number is None:
        return {str(name) for name in _listed(canary)} & set(names)
    counted: dict[t.Any, list[str]] = {}
    for name in names:
        counted.setdefault(kinds.get(name), []).append(name)
    return {name for alike in counted.values() for name in alike[:number]}


def _number(value: t.Any) -> int | None:
    if isinstance(value, bool):
        raise AnsibleFilterError(f"canary: {value!r} is neither a number nor a list of hosts.")
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else None


def _size(size: t.Any, total: int, option: str) -> int:
    text = str(size).strip()
    share = text.endswith("%")
    number = text[:-1] if share else text
    if not number.isdigit() or int(number) < 1 or (share and int(number) > 100):
        raise AnsibleFilterError(f"{option}: {size!r} is neither a number of hosts nor a percentage from 1% to 100%.")
    return max(1, total * int(number) // 100) if share else int(number)


def _cut(names: Sequence[str], sizes: Sequence[int]) -> list[list[str]]:
    waves: list[list[str]] = []
    begin = 0
    while begin < len(names):
        size = sizes[min(len(waves), len(sizes) - 1)]
        waves.append(list(names[begin : begin + size]))
        begin += size
    return waves


class FilterModule:
    """Ansible's interface."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"rollout_waves": rollout_waves}
