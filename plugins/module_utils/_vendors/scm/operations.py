# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The operations of Strata Cloud Manager, by the name that stands in handles; the code of each is imported late."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from .client import ScmClient, open_client

if t.TYPE_CHECKING:
    from ..._jobs.operation import Operation

__all__ = ["OPERATIONS", "open_client"]


def _device_job(client: ScmClient) -> Operation:
    from .device_job import DeviceJob

    return DeviceJob(client)


def _push(client: ScmClient) -> Operation:
    from .push import Push

    return Push(client)


OPERATIONS: Mapping[str, Callable[[ScmClient], Operation]] = {
    "scm.device_job": _device_job,
    "scm.push": _push,
}
