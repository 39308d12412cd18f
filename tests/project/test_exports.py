# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be exported stands in one table: the module documents it, the role does it, the example shows all of it."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.netops.jobs.plugins.module_utils._export_set.kinds import KINDS
from ansible_collections.netops.jobs.plugins.modules import export_set

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "bulk_export"


def read(path: pathlib.Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_module_documents_all_kinds() -> None:
    documented = yaml.safe_load(export_set.DOCUMENTATION)["options"]["exports"]["suboptions"]["kind"]["choices"]
    assert documented == list(KINDS)


def test_the_role_takes_all_kinds() -> None:
    options = read(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    assert options["bulk_export_exports"]["options"]["kind"]["choices"] == list(KINDS)


@pytest.mark.parametrize("name", list(KINDS))
def test_the_role_passes_all_options_on(name: str) -> None:
    (task,) = read(ROLE / "tasks" / "kinds" / f"{name}.yml")
    options = task[f"netops.jobs.{name}"]
    passed = {key for key in options if options[key] == f"{{{{ bulk_export_item.options.{key} | default(omit) }}}}"}
    assert passed == set(KINDS[name].options)


def test_the_example_has_one_of_every_kind() -> None:
    groups = read(ROOT / "playbooks" / "inventories" / "exports.yml")["all"]["children"].values()
    exports = [export for group in groups for export in group["vars"]["bulk_export_exports"]]
    assert {export["kind"] for export in exports} == set(KINDS)
    for export in exports:
        assert set(export.get("options", {})) <= set(KINDS[export["kind"]].options), export["name"]
