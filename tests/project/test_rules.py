# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of the project that no linter knows."""

from __future__ import annotations

import pathlib
import re
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENDORS = ("cortex", "illumio", "oracle_sbc", "panos", "scm")

LICENCE = """\
# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""
PRIVATE = """\
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!
"""
FUTURE = "\nfrom __future__ import annotations\n"


def files(*patterns: str) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [file for file in listed if (ROOT / file).is_file()]


def test_every_python_file_names_its_licence_and_postpones_annotations() -> None:
    wrong = []
    for file in files("*.py"):
        text = (ROOT / file).read_text(encoding="utf-8")
        body = re.sub(r"\A(#!/usr/bin/python\n)?(# -\*- coding: utf-8 -\*-\n)?", "", text)
        private = file.startswith(("plugins/module_utils/", "plugins/plugin_utils/"))
        header = LICENCE + PRIVATE if private else LICENCE
        if not body.startswith(header) or (FUTURE not in text and not file.endswith("__init__.py")):
            wrong.append(file)
    assert not wrong


def test_what_is_private_begins_with_an_underscore() -> None:
    folders = ("plugins/module_utils/", "plugins/plugin_utils/", "plugins/doc_fragments/")
    assert not [file for file in files(*folders) if not file.split("/")[2].startswith("_")]


def test_every_module_of_a_vendor_is_in_its_action_group_and_no_other_is() -> None:
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]
    modules = [pathlib.PurePath(file).stem for file in files("plugins/modules/*.py")]
    found = {vendor: sorted(name for name in modules if name.startswith(f"{vendor}_")) for vendor in VENDORS}
    assert {vendor: sorted(names) for vendor, names in groups.items()} == found


def test_there_is_no_sanity_ignore_file() -> None:
    assert not files("tests/sanity/ignore-*")


def requirements(*names: str) -> set[str]:
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    return {re.split(r"[<>=~! ;]", line)[0] for line in lines if line and not line.startswith("#")}


def test_ansible_test_installs_what_the_collection_declares() -> None:
    simulator = "tests/simulator/requirements.txt"
    assert requirements("tests/unit/requirements.txt") >= requirements("requirements.txt")
    assert requirements("tests/integration/requirements.txt") >= requirements("requirements.txt", simulator)
