# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The operations of PAN-OS, by the name that stands in handles. The code of each is imported when it is asked for."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from .client import PanosClient, open_client

if t.TYPE_CHECKING:
    from ..._jobs.operation import Operation

__all__ = ["OPERATIONS", "open_client"]


def _commit(client: PanosClient) -> Operation:
    from .commit import Commit

    return Commit(client)


def _validate(client: PanosClient) -> Operation:
    from .commit import Validate

    return Validate(client)


def _op(client: PanosClient) -> Operation:
    from .op import Command

    return Command(client)


def _push(client: PanosClient) -> Operation:
    from .push import Push

    return Push(client)


def _validate_push(client: PanosClient) -> Operation:
    from .push import PushValidation

    return PushValidation(client)


OPERATIONS: Mapping[str, Callable[[PanosClient], Operation]] = {
    "panos.commit": _commit,
    "panos.op": _op,
    "panos.push": _push,
    "panos.validate": _validate,
    "panos.validate_push": _validate_push,
}
