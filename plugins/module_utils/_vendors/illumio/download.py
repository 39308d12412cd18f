# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Fetch a file that a PCE has made."""

from __future__ import annotations

import typing as t

from ..._jobs.errors import NoAnswer
from ..._transport.files import AtomicFile

if t.TYPE_CHECKING:
    from ..._transport.files import Saved
    from .client import IllumioClient


def fetch(client: IllumioClient, href: str, dest: str) -> Saved:
    """Write the bytes at *href* to *dest*, whole or not at all.

    Raises what `IllumioClient.stream` raises, BadInput for the disk, and NoAnswer for what is no file.
    """
    with client.stream(href, accept="*/*") as body, AtomicFile(dest) as file:
        kind = body.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise NoAnswer(
                f"{client.endpoint} sent a web page in place of the file: a proxy or a portal may be in between.",
                label="web page",
                server_spoke=True,
            )
        for piece in body:
            file.write(piece)
        if not file.size:
            raise NoAnswer(f"{client.endpoint} sent an empty file.", label="empty answer", server_spoke=True)
        return file.save()
