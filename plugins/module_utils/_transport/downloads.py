# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""From an answer that is still to come to a file: in time, whole, and with a word now and then of how far it is."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Iterator

from .._jobs.errors import NoAnswer
from . import integrity
from .files import AtomicFile

if t.TYPE_CHECKING:
    from .._jobs.operation import Transfer
    from .files import Saved
    from .http_client import Stream

SPEAK_EVERY = 10.0
"""Seconds between two accounts of a transfer; whoever listens decides which of them are shown."""


def received(answer: Stream, transfer: Transfer, endpoint: str, *, may_be_empty: bool = False) -> Iterator[bytes]:
    """Give what comes, and say now and then how much that is.

    Raises NoAnswer where it does not come in time, or nothing does: neither a file nor an array is empty.
    """
    came, blank, speak_at = 0, True, time.monotonic() + SPEAK_EVERY
    for part in answer:
        came, blank = came + len(part), blank and not part.strip()
        yield part
        now = time.monotonic()
        if now >= transfer.until:
            raise NoAnswer(
                f"{endpoint}: the time was over when {_megabytes(came)} had come.",
                label="too slow",
                server_spoke=True,
            )
        if now >= speak_at:
            of_all = f" of {_megabytes(answer.length)}" if answer.length else ""
            transfer.tell(f"{_megabytes(came)}{of_all} fetched")
            speak_at = now + SPEAK_EVERY
    if blank and not may_be_empty:
        raise NoAnswer(f"{endpoint} sent an empty file.", label="empty", server_spoke=True)


def save(
    answer: Stream, dest: str, transfer: Transfer, endpoint: str, *, check: integrity.Anything | None = None
) -> Saved:
    """Write the body of *answer* to *dest*, whole or not at all; *check* looks at what passes by, one that fits the
    beginning of the file where none is given.

    Raises NoAnswer for what is no file or did not come whole, BadInput for the disk, and integrity.Damaged of *check*.
    """
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/html":
        raise NoAnswer(
            f"{endpoint} sent a web page in place of the file: a proxy or a portal may be in between.",
            label="web page",
            server_spoke=True,
        )
    look = check or integrity.Detected()
    with AtomicFile(dest) as file:
        try:
            for piece in received(answer, transfer, endpoint):
                file.write(piece)
                look.take(piece)
            look.end()
        except integrity.Incomplete as exc:
            # Without a length a connection that breaks off looks like one that is closed.
            raise NoAnswer(
                f"{endpoint}: the answer broke off: {exc}.", label="answer cut short", server_spoke=True
            ) from exc
        except integrity.Damaged as exc:
            if check is not None:
                raise
            # Perhaps on the way, and what is damaged here may be deleted there once it is fetched.
            raise NoAnswer(f"{endpoint}: the file is damaged, {exc}.", label="damaged", server_spoke=True) from exc
        return file.save()


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
