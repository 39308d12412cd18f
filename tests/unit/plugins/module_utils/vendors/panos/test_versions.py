# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos import versions

ORDER = ["9.1.12-h3", "10.2.7", "10.2.7-h3", "10.2.7-h24", "11.1.0-c40", "11.1.0-b2", "11.1.0", "11.1.4-h7", "12.1.2"]


def test_versions_of_software_have_an_order() -> None:
    assert sorted(ORDER, key=versions.software) == ORDER


@pytest.mark.parametrize("text", ["", "latest", "11", "11.1.x", "11.1.4-q1", "8900-9000", "11.1.4-h"])
def test_what_is_no_version_of_software(text: str) -> None:
    assert versions.software(text) is None


def test_a_version_without_a_patch_level() -> None:
    """The vendor's own page has one: 7.1."""
    assert versions.software("7.1") == versions.software("7.1.0")


@pytest.mark.parametrize(
    ("wanted", "base"), [("11.1.10", "11.1.0"), ("10.2.9-h1", "10.2.0"), ("12.1.4", "12.1.2"), ("12.1.2", "12.1.2")]
)
def test_base_images(wanted: str, base: str) -> None:
    assert versions.base_image(versions.software(wanted)) == versions.software(base)


@pytest.mark.parametrize(
    ("running", "wanted", "too_many"),
    [
        ("11.1.6", "11.1.10", False),
        ("10.1.9", "11.2.4", False),
        ("10.1.9", "12.1.4", True),
        ("12.1.4", "10.2.9", False),
        ("12.1.4", "10.1.9", True),
        ("9.1.12", "10.0.1", False),
        ("9.1.12", "10.1.1", True),
        ("11.1.6", "13.0.1", False),  # not known here: nobody is warned of a release of tomorrow
    ],
)
def test_leaps(running: str, wanted: str, too_many: bool) -> None:
    assert versions.skips_too_many(versions.software(running), versions.software(wanted)) is too_many


def test_versions_of_content_have_an_order() -> None:
    order = ["", "unknown", "0", "97-245", "8696-7977", "8698-7988", "364977-367688", "364982-367693", "1684375262"]
    assert sorted(order, key=versions.content) == order
    assert versions.content("") == versions.content("unknown") == versions.content("0")
