# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Serial numbers of devices: texts of digits, of which the first are often zeros."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable

from ..._jobs.errors import BadInput

SERIAL = re.compile(r"[0-9]{14,15}", re.ASCII)
"""What the device operations take [documented: operations-R2-2026.yaml]."""


def check_serials(option: str, serials: Iterable[str]) -> None:
    """Raise BadInput, naming *option*, unless all are serial numbers and there is at least one."""
    given = list(serials)
    if not given:
        raise BadInput(f"{option}: give at least one serial number.")
    for serial in given:
        if not SERIAL.fullmatch(serial):
            # YAML 1.1 takes 007051000237252 for an octal number, and then it is another one.
            raise BadInput(
                f"{option}: {serial!r} is not a serial number, which has 14 or 15 digits. Put it in quotes: "
                "without them YAML takes some for numbers and changes them."
            )


def same_serial(said: t.Any, serial: str) -> bool:
    """Return whether *said*, from an answer, is *serial*: as a number it has lost its zeros."""
    return said == serial if isinstance(said, str) else str(said) == serial.lstrip("0")
