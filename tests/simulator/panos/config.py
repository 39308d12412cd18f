# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Candidate and running configuration: a small tree, and the journal of changes that are not committed yet."""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing as t
import xml.etree.ElementTree as ET

from .xml import ApiError, parse

STEP = re.compile(
    r"/([A-Za-z0-9_.-]+)(?:\[@name=(?:'([^']*)'|\"([^\"]*)\")\])?(?:\[text\(\)=(?:'([^']*)'|\"([^\"]*)\")\])?"
)
# Scopes of a partial commit, in the order in which a path is searched for them.
LOCATIONS = (
    "device-group",
    "template-stack",
    "template",
    "log-collector-group",
    "log-collector",
    "wildfire-appliance-cluster",
    "wildfire-appliance",
    "vsys",
)
POLICY_AND_OBJECTS = (
    "rulebase",
    "pre-rulebase",
    "post-rulebase",
    "address",
    "address-group",
    "service",
    "tag",
    "profiles",
)
DEVICE_AND_NETWORK = ("network", "deviceconfig", "mgt-config", "import", "zone")


class Step(t.NamedTuple):
    tag: str
    name: str | None
    text: str | None


def steps_of(xpath: str) -> list[Step]:
    """The subset of XPath that the configuration API is used with. Raises ApiError, code 6 = bad xpath (documented)."""
    found, position = [], 0
    for match in STEP.finditer(xpath):
        if match.start() != position:
            break
        tag, name1, name2, text1, text2 = match.groups()
        found.append(Step(tag, name1 if name1 is not None else name2, text1 if text1 is not None else text2))
        position = match.end()
    if position != len(xpath) or not found or found[0].tag != "config":
        raise ApiError(f"{xpath} is not a valid xpath", code="6")
    return found


@dataclasses.dataclass
class Change:
    """One entry of the journal. ``element`` is None where only the fact of a change was declared by a test."""

    id: str
    xpath: str
    action: str
    owner: str
    component: str
    time: float
    operation: str = "none"
    element: str | None = None
    taken_by: int | None = None

    @property
    def location(self) -> tuple[str, str]:
        """Kind and name of the part of the configuration, e.g. ``("vsys", "vsys1")``; ``("shared", "")`` otherwise."""
        for kind in LOCATIONS:
            match = re.search(rf"/{kind}/entry\[@name=['\"]([^'\"]+)['\"]\]", self.xpath)
            if match:
                return kind, match.group(1)
        return "shared", ""

    @property
    def category(self) -> str:
        """The part that a partial commit can exclude (assumed: sorted by the words in the path)."""
        words = set(re.findall(r"/([a-z-]+)", self.xpath))
        if self.xpath.startswith("/config/shared"):
            return "shared-object"
        if words & set(DEVICE_AND_NETWORK) and not words & {"rulebase", "pre-rulebase", "post-rulebase"}:
            return "device-and-network"
        if words & set(POLICY_AND_OBJECTS):
            return "policy-and-objects"
        return "device-and-network"


@dataclasses.dataclass(frozen=True)
class Scope:
    """What a commit takes; without restrictions it takes all."""

    admins: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    parts: t.Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    without: frozenset[str] = frozenset()

    def selects(self, change: Change) -> bool:
        """A named part narrows its own kind only: other kinds come along unless they are left out."""
        kind, name = change.location
        if self.admins is not None and change.owner not in self.admins:
            return False
        if change.category in self.excluded or kind in self.without:
            return False
        return kind not in self.parts or name in self.parts[kind]


class Configuration:
    """The running configuration and the journal on top of it; the candidate is computed when it is asked for."""

    def __init__(self) -> None:
        self._running: ET.Element | None = None
        self.journal: list[Change] = []
        self._next = 1

    def declare(self, *, owner: str, xpath: str, action: str, component: str, time: float) -> Change:
        """A change that exists as a fact only: it is listed and committed, and the tree stays as it is."""
        return self._add(Change(self._id(), xpath, action, owner, component, time))

    def edit(self, *, owner: str, operation: str, xpath: str, element: str, time: float) -> list[Change]:
        """``set``, ``edit`` or ``delete`` by an admin; returns what it added to the journal. Raises ApiError."""
        steps = steps_of(xpath)
        candidate = self.candidate()
        if operation == "delete":
            if not find(candidate, steps):
                raise ApiError("Object doesn't exist", code="7")
            return [self._add(self._change(owner, xpath, "DELETE", operation, None, time))]
        added = []
        for child in parse(f"<e>{element}</e>") if operation == "set" else [parse(element)]:
            where = xpath + step_text(child) if operation == "set" else xpath
            action = "EDIT" if find(candidate, steps_of(where)) else "CREATE"
            text = ET.tostring(child, encoding="unicode")
            added.append(self._add(self._change(owner, where, action, operation, text, time)))
        return added

    def read(self, xpath: str, *, running: bool) -> list[ET.Element]:
        return find(self.running() if running else self.candidate(), steps_of(xpath))

    def pending(self) -> list[Change]:
        return list(self.journal)

    def commit(self, job: int) -> None:
        """The changes that a job took become the running configuration."""
        for change in self.journal:
            if change.taken_by == job:
                apply(self.running(), change)
        self.journal = [change for change in self.journal if change.taken_by != job]

    def release(self, job: int | None = None) -> None:
        """The changes that a job took, or that any job took, are free again."""
        for change in self.journal:
            if job is None or change.taken_by == job:
                change.taken_by = None

    def revert(self, admins: t.Collection[str] | None = None) -> None:
        self.journal = [change for change in self.journal if admins is not None and change.owner not in admins]

    def running(self) -> ET.Element:
        if self._running is None:
            self._running = ET.fromstring(
                "<config><mgt-config/><shared/><devices><entry name='localhost.localdomain'>"
                "<vsys><entry name='vsys1'/></vsys></entry></devices></config>"
            )
        return self._running

    def candidate(self) -> ET.Element:
        tree = ET.fromstring(ET.tostring(self.running()))
        for change in self.journal:
            apply(tree, change)
        return tree

    def diff(self) -> str:
        """A unified diff of running and candidate; declared changes are listed by their path."""
        before, after = (pretty(tree) for tree in (self.running(), self.candidate()))
        lines = list(difflib.unified_diff(before, after, "running", "candidate", n=2, lineterm=""))
        marks = {"CREATE": "+", "DELETE": "-"}
        lines += [f"{marks.get(one.action, '~')} {one.xpath}" for one in self.journal if one.operation == "none"]
        return "\n".join(lines)

    def _change(self, owner: str, xpath: str, action: str, operation: str, element: str | None, time: float) -> Change:
        change = Change(self._id(), xpath, action, owner, "", time, operation, element)
        kind = change.location[0]
        change.component = "shared-object" if kind == "shared" else kind
        return change

    def _add(self, change: Change) -> Change:
        self.journal.append(change)
        return change

    def _id(self) -> str:
        self._next += 1
        return f"c{self._next - 1}"


def find(tree: ET.Element, steps: t.Sequence[Step]) -> list[ET.Element]:
    nodes = [tree] if tree.tag == steps[0].tag else []
    for step in steps[1:]:
        nodes = [child for node in nodes for child in node if matches(child, step)]
    return nodes


def matches(node: ET.Element, step: Step) -> bool:
    return (
        node.tag == step.tag
        and (step.name is None or node.get("name") == step.name)
        and (step.text is None or (node.text or "").strip() == step.text)
    )


def make(tree: ET.Element, steps: t.Sequence[Step]) -> ET.Element:
    """The node at the path, made where it is missing."""
    node = tree
    for step in steps[1:]:
        below = next((child for child in node if matches(child, step)), None)
        if below is None:
            below = ET.SubElement(node, step.tag, {} if step.name is None else {"name": step.name})
            below.text = step.text
        node = below
    return node


def apply(tree: ET.Element, change: Change) -> None:
    if change.operation == "none":
        return
    steps = steps_of(change.xpath)
    if change.operation == "delete":
        for parent in find(tree, steps[:-1]):
            for child in [one for one in parent if matches(one, steps[-1])]:
                parent.remove(child)
        return
    node = make(tree, steps)
    new = ET.fromstring(change.element or "<empty/>")
    if change.operation == "edit":
        for child in list(node):
            node.remove(child)
        node.text = new.text
        node.extend(list(new))
    else:
        merge(node, new)


def merge(node: ET.Element, new: ET.Element) -> None:
    """``set`` merges: entries by name, members by text, everything else by tag."""
    if new.text and new.text.strip():
        node.text = new.text
    for child in new:
        if child.tag == "member":
            twin = next((one for one in node if one.tag == "member" and one.text == child.text), None)
        else:
            twin = next((one for one in node if one.tag == child.tag and one.get("name") == child.get("name")), None)
        if twin is None:
            node.append(child)
        else:
            merge(twin, child)


def step_text(node: ET.Element) -> str:
    if node.tag == "member":
        return f"/member[text()='{node.text}']"
    name = node.get("name")
    return f"/{node.tag}" if name is None else f"/{node.tag}[@name='{name}']"


def pretty(tree: ET.Element) -> list[str]:
    copy = ET.fromstring(ET.tostring(tree))
    ET.indent(copy)
    return ET.tostring(copy, encoding="unicode").splitlines()
