# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The operations of an Oracle SBC, by the name that stands in handles. The code of each is imported when asked for."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from .client import SbcClient, open_client

if t.TYPE_CHECKING:
    from ..._jobs.operation import Operation

__all__ = ["OPERATIONS", "open_client"]


def _verify(client: SbcClient) -> Operation:
    from .job import Verify

    return Verify(client)


def _save(client: SbcClient) -> Operation:
    from .job import Save

    return Save(client)


def _activate(client: SbcClient) -> Operation:
    from .job import Activate

    return Activate(client)


def _restore(client: SbcClient) -> Operation:
    from .job import Restore

    return Restore(client)


def _backup(client: SbcClient) -> Operation:
    from .job import Backup

    return Backup(client)


def _reboot(client: SbcClient) -> Operation:
    from .restart import Reboot

    return Reboot(client)


def _switchover(client: SbcClient) -> Operation:
    from .restart import Switchover

    return Switchover(client)


OPERATIONS: Mapping[str, Callable[[SbcClient], Operation]] = {
    "oracle_sbc.verify": _verify,
    "oracle_sbc.save": _save,
    "oracle_sbc.activate": _activate,
    "oracle_sbc.restore": _restore,
    "oracle_sbc.backup": _backup,
    "oracle_sbc.reboot": _reboot,
    "oracle_sbc.switchover": _switchover,
}
