# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What the module oracle_sbc_async_status_info tells: the status slot, and the status of the system."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping

from .client import open_client
from .slot import read_slot
from .system import read_status

if t.TYPE_CHECKING:
    from ..._jobs.inquiry import Inquiry


def info_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry
) -> dict[str, t.Any]:
    """Return ``msg``, ``async_status``, ``system_status`` and ``api_version``.

    Raises BadInput, MissingLibrary, NoAnswer, Denied, Refused.
    """
    client = open_client(params, hide)
    version = inquiry.ask(client.version)
    slot = inquiry.ask(lambda: read_slot(client))
    system = inquiry.ask(lambda: read_status(client)) if params["system_status"] else None
    shown = {
        "operation": slot.operation or None,
        "status": slot.status or None,
        "error_message": slot.error or None,
        "additional_info": slot.info,
    }
    text = f"The last asynchronous request on {client.endpoint}, whoever made it: {slot}."
    return {
        "msg": text,
        "api_version": version,
        "async_status": shown,
        "system_status": None if system is None else dict(system.data),
    }
