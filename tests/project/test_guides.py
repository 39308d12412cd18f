# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The YAML of the guides and of the README: modules exist, options exist, values fit, plays have valid syntax."""

from __future__ import annotations

import importlib
import pathlib
import re
import subprocess
import sys
import textwrap
import typing as t
from dataclasses import dataclass

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = [*sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst")), ROOT / "README.md"]

RST_BLOCK = re.compile(r"^\.\. code-block:: yaml.*\n(?:    :\w+:.*\n)*\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)
MARKDOWN_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)

OURS = "netops.jobs."
# What the guide to migrate from shows as the way it was.
OTHERS = ("ansible.builtin.", "paloaltonetworks.panos.")
KEYWORDS = {"block", "rescue", "always"}
# Where a value is only known when the play runs, the kind of option says what may stand for it.
STAND_INS: dict[str, t.Any] = {"int": 1, "float": 1.0, "bool": True, "dict": {}, "list": []}
# The connection options that guides leave to the environment or to module_defaults.
CONNECTION = {
    "panos": {"host": "fw1.example.com", "api_key": "key"},
    "illumio": {"host": "pce.example.com", "api_key": "api_1", "api_secret": "secret"},
    "scm": {"access_token": "token"},
    "cortex": {"host": "api-tenant.example.com", "api_key": "key", "api_key_id": "1"},
    "oracle": {"host": "sbc1.example.com", "username": "admin", "password": "secret"},
}


@dataclass(frozen=True)
class Block:
    name: str
    text: str


def blocks_in(name: str, text: str) -> list[Block]:
    found = (MARKDOWN_BLOCK if name.endswith(".md") else RST_BLOCK).finditer(text)
    return [
        Block(f"{name}:{text[: match.start()].count(chr(10)) + 1}", textwrap.dedent(match[1]).strip("\n") + "\n")
        for match in found
    ]


BLOCKS = [block for source in SOURCES for block in blocks_in(source.name, source.read_text(encoding="utf-8"))]


def tasks_in(block: Block) -> t.Iterator[tuple[dict[str, t.Any], dict[str, t.Any]]]:
    """Each task, with the module_defaults of its play."""

    def walk(tasks: list[dict[str, t.Any]]) -> t.Iterator[dict[str, t.Any]]:
        for task in tasks:
            if KEYWORDS & set(task):
                for keyword in KEYWORDS & set(task):
                    yield from walk(task[keyword])
            else:
                yield task

    entries = yaml.safe_load(block.text)
    assert isinstance(entries, list), f"{block.name}: no list of plays or tasks"
    for entry in entries:
        if "hosts" in entry:
            for task in walk(entry.get("tasks", [])):
                yield task, entry.get("module_defaults", {})
        else:
            yield from ((task, {}) for task in walk([entry]))


def literal(value: t.Any, option: dict[str, t.Any] | None) -> t.Any:
    """The value, with something of the right kind where it is a template."""
    if isinstance(value, str) and "{{" in value:
        kind = (option or {}).get("type", "str")
        return (option or {}).get("choices", [STAND_INS.get(kind, "text")])[0]
    if isinstance(value, dict):
        known = (option or {}).get("options") or {}
        return {key: literal(item, known.get(key)) for key, item in value.items()}
    if isinstance(value, list):
        inner = {"type": (option or {}).get("elements", "str"), "options": (option or {}).get("options")}
        return [literal(item, inner) for item in value]
    return value


def complaints(module: str, given: dict[str, t.Any], defaults: dict[str, t.Any]) -> list[str]:
    """What the module's own argument spec has against the options."""
    if not (ROOT / "plugins" / "modules" / f"{module}.py").exists():
        return [f"there is no module {OURS}{module}"]
    arguments = importlib.import_module(f"ansible_collections.netops.jobs.plugins.modules.{module}").ARGUMENTS
    rules = {key: value for key, value in arguments.items() if key != "supports_check_mode"}
    spec = rules["argument_spec"]
    system = module.partition("_")[0]
    group = {"oracle": "oracle_sbc"}.get(system, system)
    options = {**defaults.get(f"group/{OURS}{group}", {}), **given}
    options = {key: literal(value, spec.get(key)) for key, value in options.items()}
    for name, value in CONNECTION.get(system, {}).items():
        options.setdefault(name, value)
    return list(ArgumentSpecValidator(**rules).validate(options).error_messages)


def faults_of(block: Block) -> list[str]:
    faults = []
    for task, defaults in tasks_in(block):
        modules = [key for key in task if "." in key]
        if len(modules) != 1:
            faults.append(f"{task.get('name')}: not one module by its full name, but {modules}")
            continue
        module = modules[0]
        if module.startswith(OURS):
            found = complaints(module.removeprefix(OURS), task[module] or {}, defaults)
            faults += [f"{task.get('name')}: {fault}" for fault in found]
        elif not module.startswith(OTHERS):
            faults.append(f"{task.get('name')}: {module} is neither ours nor known to this test")
    return faults


def test_there_are_blocks_in_every_guide_of_a_system() -> None:
    found = {block.name.partition(":")[0] for block in BLOCKS}
    assert {f"{name}.rst" for name in ("panos", "illumio", "scm", "cortex", "oracle_sbc", "fleet")} <= found
    directives = sum(source.read_text(encoding="utf-8").count(".. code-block:: yaml") for source in SOURCES)
    assert directives == len([block for block in BLOCKS if ".rst:" in block.name]), "the pattern misses some"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_modules_and_options_exist(block: Block) -> None:
    assert not faults_of(block)


@pytest.mark.parametrize(
    ("task", "fault"),
    [
        ("netops.jobs.panos_comit: {}", "no module"),
        ("netops.jobs.panos_commit: {descripton: x}", "Wrong: descripton. Supported parameters"),
        ("netops.jobs.panos_commit: {exclude: [nothing]}", "must be one or more of"),
        ("netops.jobs.panos_push: {device_timeout: soon}", "device_timeout"),
        ("netops.jobs.job_wait: {connection: {user: x}, handle: '{{ handle }}'}", "user"),
        ("netops.jobs.illumio_traffic_query: {sources: {include: [{label: {app: x}}]}, last: 1d}", "label"),
        ("panos_commit: {}", "not one module by its full name"),
        ("some.other.module: {}", "neither ours"),
    ],
)
def test_what_is_wrong_is_found(task: str, fault: str) -> None:
    assert fault in "; ".join(faults_of(Block("made up", f"- name: Wrong\n  {task}\n")))


def test_all_blocks_have_valid_syntax(tmp_path: pathlib.Path) -> None:
    """One run of ansible-playbook for all: it takes longer to start than to read them."""
    blocks = [block for block in BLOCKS if "paloaltonetworks." not in block.text]
    for number, block in enumerate(blocks):
        play = block.text
        if not any("hosts" in entry for entry in yaml.safe_load(play)):
            play = "- name: Tasks\n  hosts: all\n  tasks:\n" + textwrap.indent(block.text, "    ")
        (tmp_path / f"block{number}.yml").write_text(play, encoding="utf-8")
    command = [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "--syntax-check", "-i", "localhost,"]
    files = [str(tmp_path / f"block{number}.yml") for number in range(len(blocks))]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
