# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""How many of the targets of a job have to succeed: the option ``required_targets``."""

from __future__ import annotations

from .errors import BadInput


def check_required(text: str) -> None:
    """Raise BadInput unless *text* is ``all``, ``any`` or a number from 1 on."""
    if text not in ("all", "any") and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise BadInput(f"required_targets: {text!r} is neither all nor any nor a number greater than 0.")


def needed(text: str, targets: int, *, already: int = 0) -> int:
    """Return how many of so many *targets* have to succeed by *text*, which was checked.

    *already* is how many others were left out because they have what the job is for: they count towards a number.
    """
    if text == "all":
        return targets
    wanted = 1 if text == "any" else int(text)
    return max(0, wanted - already)
