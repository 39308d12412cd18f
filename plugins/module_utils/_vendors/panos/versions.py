# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Version numbers: which is newer, which image is the base of which, how many releases lie between."""

from __future__ import annotations

import re
import typing as t

_SOFTWARE = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:-([a-z]+)(\d+))?")

# Candidates and betas come before a release, hotfixes after it.
_STAGES = {"c": -2, "b": -1, "": 0, "h": 1}

_BASES = {(12, 1): 2}
"""The patch level of the base image where it is not 0 [pan-os-ansible, pan-os-upgrade#152]."""

_RELEASES = ((9, 0), (9, 1), (10, 0), (10, 1), (10, 2), (11, 0), (11, 1), (11, 2), (12, 1))
"""The feature releases in their order [documented]."""

_MOST_SKIPPED = 3
"""How many releases an upgrade may skip, from 10.1 on [documented: Skip Software Version Upgrade]."""


class Software(t.NamedTuple):
    """A version of PAN-OS, in the order of the releases: 10.2.7 < 10.2.7-h3 < 11.1.0-c40 < 11.1.0."""

    major: int
    minor: int
    patch: int
    stage: int = 0
    number: int = 0

    @property
    def release(self) -> tuple[int, int]:
        return self.major, self.minor


def software(text: str) -> Software | None:
    """Return the version that *text* names, such as ``11.1.4-h7``, None if it names none."""
    found = _SOFTWARE.fullmatch(text.strip())
    if found is None or (found[4] or "") not in _STAGES:
        return None
    return Software(int(found[1]), int(found[2]), int(found[3] or 0), _STAGES[found[4] or ""], int(found[5] or 0))


def base_image(wanted: Software) -> Software:
    """Return the image that has to be on the device before *wanted* can be installed [documented]."""
    return Software(wanted.major, wanted.minor, _BASES.get(wanted.release, 0))


def skips_too_many(running: Software, wanted: Software) -> bool:
    """Return whether the vendor does not support to go from *running* to *wanted* at once.

    False also where either is of a release that is not known here: a release of tomorrow is no mistake.
    """
    if running.release not in _RELEASES or wanted.release not in _RELEASES:
        return False
    distance = _RELEASES.index(wanted.release) - _RELEASES.index(running.release)
    allowed = _MOST_SKIPPED + 1 if running.release >= (10, 1) else 1
    return abs(distance) > allowed


def content(text: str) -> tuple[int, ...]:
    """Return what orders versions of content, such as ``8696-7977``: none at all (0, unknown, nothing) is the least."""
    return tuple(int(part) for part in re.findall(r"\d+", text)) or (0,)
