# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The operations of PAN-OS: by the name that stands in handles, and from the options of a task."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ..._jobs.errors import BadInput
from .client import PanosClient, PanosConnection
from .commit import Commit, Validate
from .options import EXCLUDES, SCOPES, CommitOptions

if t.TYPE_CHECKING:
    from ..._jobs.operation import Submission
    from .job import PanosJob

__all__ = ["EXCLUDES", "OPERATIONS", "SCOPES", "client", "commit"]

OPERATIONS: dict[str, t.Callable[[PanosClient], PanosJob]] = {Commit.name: Commit, Validate.name: Validate}

_CONNECTION = (
    "host",
    "port",
    "username",
    "password",
    "api_key",
    "target",
    "validate_certs",
    "ca_path",
    "client_cert",
    "client_key",
    "request_timeout",
)


def client(params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None]) -> PanosClient:
    """Return a client for the connection options in *params*; *hide* is told every key that it makes.

    Raises BadInput, MissingLibrary.
    """
    connection = PanosConnection(**{name: params[name] for name in _CONNECTION})
    return PanosClient(connection, register_secret=lambda key: hide([key]))


def commit(
    params: Mapping[str, t.Any], hide: t.Callable[[Iterable[str]], None], *, inspect: bool = False
) -> Submission:
    """Return the commit, or the validation, that the options of panos_commit describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    handle = params["handle"]
    if isinstance(handle, Mapping) and handle.get("operation") in OPERATIONS:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        return t.cast("Submission", OPERATIONS[handle["operation"]](client(params, hide)))
    given: dict[str, t.Any] = {name: params[name] for name in ("description", "force", "admins", *SCOPES)}
    given.update({EXCLUDES[part]: True for part in params["exclude"] or ()})
    options = CommitOptions(**given)
    if not params["validate_only"]:
        return Commit(client(params, hide), options, inspect=inspect)
    useless = [name for name in ("description", "force") if params[name]]
    if useless:
        raise BadInput(f"validate_only: {useless[0]} says how to commit, leave it out to validate.")
    return Validate(client(params, hide), options)
