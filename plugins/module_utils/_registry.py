# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""From the name of an operation to the code of its vendor, which is imported only then."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ._jobs.errors import BadInput
from ._jobs.model import Handle
from ._jobs.operation import Operation

Client = t.Any
"""A vendor's client; only the vendor's own operations look inside."""

Hide = t.Callable[[Iterable[str]], None]


class Vendor(t.NamedTuple):
    """What the package of a vendor offers to those who hold a handle."""

    client: t.Callable[[Mapping[str, t.Any], Hide], Client]
    operations: Mapping[str, t.Callable[[Client], Operation]]


def _panos() -> Vendor:
    from ._vendors.panos import operations

    return Vendor(operations.open_client, operations.OPERATIONS)


def _illumio() -> Vendor:
    from ._vendors.illumio import operations

    return Vendor(operations.open_client, operations.OPERATIONS)


def _scm() -> Vendor:
    from ._vendors.scm import operations

    return Vendor(operations.open_client, operations.OPERATIONS)


def _cortex() -> Vendor:
    from ._vendors.cortex import operations

    return Vendor(operations.open_client, operations.OPERATIONS)


def _oracle_sbc() -> Vendor:
    from ._vendors.oracle_sbc import operations

    return Vendor(operations.open_client, operations.OPERATIONS)


_VENDORS: Mapping[str, t.Callable[[], Vendor]] = {
    "panos": _panos,
    "illumio": _illumio,
    "scm": _scm,
    "cortex": _cortex,
    "oracle_sbc": _oracle_sbc,
}


def system_of(handle: Handle) -> str:
    """Return the system of *handle*, such as ``panos``. Raises BadInput for one that this release does not know."""
    system = handle.operation.partition(".")[0]
    if system not in _VENDORS:
        raise BadInput(
            f"handle: this release knows no operation {handle.operation!r}, only those of {', '.join(_VENDORS)}. "
            "Pass job.handle of an earlier result unchanged."
        )
    return system


def client(system: str, options: Mapping[str, t.Any], hide: Hide) -> Client:
    """Return a client of *system* made from its connection options; it connects when it is first used."""
    return _VENDORS[system]().client(options, hide)


def operation(handle: Handle, its_client: Client) -> Operation:
    """Return the operation of *handle*, ready to look at its job. Raises BadInput."""
    operations = _VENDORS[system_of(handle)]().operations
    if handle.operation not in operations:
        raise BadInput(f"handle: this release knows no operation {handle.operation!r}, only {', '.join(operations)}.")
    return operations[handle.operation](its_client)
