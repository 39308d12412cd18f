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


def _export(client: PanosClient) -> Operation:
    from .export import Export

    return Export(client)


def _validate(client: PanosClient) -> Operation:
    from .commit import Validate

    return Validate(client)


def _content_download(client: PanosClient) -> Operation:
    from .content import ContentDownload

    return ContentDownload(client)


def _content_install(client: PanosClient) -> Operation:
    from .content import ContentInstall

    return ContentInstall(client)


def _content_revert(client: PanosClient) -> Operation:
    from .content import ContentRevert

    return ContentRevert(client)


def _software_download(client: PanosClient) -> Operation:
    from .software import SoftwareDownload

    return SoftwareDownload(client)


def _software_install(client: PanosClient) -> Operation:
    from .software import SoftwareInstall

    return SoftwareInstall(client)


def _restart(client: PanosClient) -> Operation:
    from .restart import Restart

    return Restart(client)


def _log_export(client: PanosClient) -> Operation:
    from .log_export import LogExport

    return LogExport(client)


def _report(client: PanosClient) -> Operation:
    from .report import Report

    return Report(client)


def _op(client: PanosClient) -> Operation:
    from .op import Command

    return Command(client)


def _op_info(client: PanosClient) -> Operation:
    from .op import Question

    return Question(client)


def _push(client: PanosClient) -> Operation:
    from .push import Push

    return Push(client)


def _validate_push(client: PanosClient) -> Operation:
    from .push import PushValidation

    return PushValidation(client)


OPERATIONS: Mapping[str, Callable[[PanosClient], Operation]] = {
    "panos.commit": _commit,
    "panos.content_download": _content_download,
    "panos.content_install": _content_install,
    "panos.content_revert": _content_revert,
    "panos.export": _export,
    "panos.log_export": _log_export,
    "panos.op": _op,
    "panos.op_info": _op_info,
    "panos.push": _push,
    "panos.report": _report,
    "panos.restart": _restart,
    "panos.software_download": _software_download,
    "panos.software_install": _software_install,
    "panos.validate": _validate,
    "panos.validate_push": _validate_push,
}
