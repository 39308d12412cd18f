# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tools/docs.py turns links as it says, and notices those that lead nowhere."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tools import docs

PAGES = {pathlib.Path("docs/design.md"), pathlib.Path("docs/traps/panos.md")}


def test_a_link_to_a_page_stays_and_one_to_a_file_goes_to_the_repository() -> None:
    text = "[a](../design.md#outcomes) [b](../../README.md) [c](https://example.com/x) [d](#here)"
    turned = docs.with_links(text, pathlib.Path("docs/traps/panos.md"), PAGES)
    assert turned == f"[a](../design.md#outcomes) [b]({docs.REPOSITORY}README.md) [c](https://example.com/x) [d](#here)"


def test_a_link_to_nothing_in_a_text_fails() -> None:
    with pytest.raises(docs.Failure, match="nowhere"):
        docs.with_links("[a](nowhere.md)", pathlib.Path("docs/design.md"), PAGES)


def test_a_guide_links_to_the_page_of_a_text() -> None:
    text = f"see `the design <{docs.REPOSITORY}docs/design.md>`__ and `this <https://example.com/a.md>`__"
    turned = docs.with_pages(text, pathlib.Path("x.rst"), PAGES)
    assert turned == "see :doc:`the design </docs/design>` and `this <https://example.com/a.md>`__"
    with pytest.raises(docs.Failure, match="is no page"):
        docs.with_pages(f"`x <{docs.REPOSITORY}docs/gone.md>`__", pathlib.Path("x.rst"), PAGES)


def test_links_that_lead_nowhere_are_found(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.html").write_text('<p id="one"><a href="b.html#two">x</a><a href="#one">y</a><img src="c.png">')
    (tmp_path / "b.html").write_text('<p id="three"><a href="a.html">x</a><a href="https://example.com/">y</a>')
    assert docs.broken_links(tmp_path) == ["a.html: b.html#two", "a.html: c.png"]


def test_every_guide_is_in_both_tables_of_contents() -> None:
    guides = {file.stem for file in (docs.ROOT / "docs" / "docsite" / "rst").glob("*.rst")}
    site = (docs.ROOT / "docs" / "site" / "index.rst").read_text(encoding="utf-8")
    extra = (docs.ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8")
    assert guides
    for guide in guides:
        assert f"    collection/docsite/{guide}\n" in site
        assert f"      - {guide}\n" in extra
