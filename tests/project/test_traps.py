# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of traps and threats in docs/ name tests that exist, for every one of them."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = [*sorted((ROOT / "docs" / "traps").glob("*.md")), ROOT / "docs" / "security.md"]
REFERENCE = re.compile(r"\[`([^`]+)`\]\(([^)#]+)\)")


def rows(table: pathlib.Path) -> list[list[str]]:
    lines = [line for line in table.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_there_are_tables() -> None:
    assert [table.stem for table in TABLES]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_each_trap_is_covered_or_says_why_not(table: pathlib.Path) -> None:
    found = rows(table)
    assert [int(row[0]) for row in found] == list(range(1, len(found) + 1))
    for number, _does, _ours, covered in found:
        assert REFERENCE.search(covered) or covered.startswith("no test: "), f"trap {number}: {covered}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_each_test_that_is_named_exists(table: pathlib.Path) -> None:
    for row in rows(table):
        for name, path in REFERENCE.findall(row[3]):
            file = (table.parent / path).resolve()
            assert file.is_relative_to(ROOT / "tests"), path
            tree = ast.parse(file.read_text(encoding="utf-8"))
            functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in functions, f"trap {row[0]}: {path} has no {name}"
