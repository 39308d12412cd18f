# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Files that a tenant hands out links to: on itself, or signed ones on a storage of somebody else.

Sources: D the Cortex documentation, C read in a client's source, R recorded.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import typing as t
import urllib.parse
from collections.abc import Callable, Iterator

from ..._jobs.errors import BadInput, Denied, JobMissing, NoAnswer, Refused
from ..._transport import downloads, integrity
from ..._transport.connection import Connection
from ..._transport.http_client import Stream, endpoint_of, path_of

if t.TYPE_CHECKING:
    from ..._jobs.operation import Transfer
    from ..._transport.files import Saved
    from .client import CortexClient

_API = "/public_api"


class _Refused(Exception):
    """Who answers there does not take the link (any more)."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


def fetch(
    client: CortexClient,
    link: Callable[[bool], str],
    dest: str,
    transfer: Transfer,
    *,
    check: integrity.Anything | None = None,
) -> Saved:
    """Write to *dest* what *link* leads to, whole or not at all. It is called with whether a new one is needed.

    Links expire, those of scripts after ten minutes [D]: one that is refused is asked for anew, once (trap 18). Raises
    NoAnswer, and BadInput for the disk.
    """
    where = label = ""
    for new in (False, True):
        url = link(new)
        where = _place(url)
        try:
            with _opened(client, url, where) as answer:
                return downloads.save(answer, dest, transfer, where, check=check)
        except _Refused as exc:
            label = exc.label
        except integrity.Damaged as exc:
            raise NoAnswer(f"{where} sent no usable file: {exc}.", label="no file", server_spoke=True) from exc
    raise NoAnswer(
        f"{where} refuses the link to the file ({label}), and a new one, too.",
        label=f"link refused, {label}",
        server_spoke=True,
    )


@contextlib.contextmanager
def _opened(client: CortexClient, url: str, where: str) -> Iterator[Stream]:
    """Ask for the file at *url*: the tenant itself with the key, anybody else without any credentials.

    Raises _Refused where the link is not taken.
    """
    path = path_of(url)
    with contextlib.ExitStack() as stack:
        if where == client.endpoint and path.startswith(f"{_API}/"):
            # A POST without a body [D]; it only reads.
            try:
                answer = stack.enter_context(client.stream(path[len(_API) :], method="POST", headers={"Accept": "*/*"}))
            except (Denied, JobMissing, Refused) as exc:
                raise _Refused(exc.label) from exc
        else:
            ours = client.connection
            parts = urllib.parse.urlsplit(where)
            # Neither the key nor a client certificate is for others.
            theirs = Connection(
                parts.hostname or "",
                parts.port or 443,
                validate_certs=ours.validate_certs,
                ca_path=ours.ca_path,
                request_timeout=ours.request_timeout,
            )
            http = stack.enter_context(theirs.open_http())
            answer = stack.enter_context(http.stream("GET", path, headers={"Accept": "*/*"}))
            if answer.status >= 400:
                raise _Refused(f"HTTP {answer.status}")
        yield answer


def _place(url: str) -> str:
    """Return ``https://host:port`` of *url*. Raises NoAnswer that does not quote it: who has the link has the file."""
    strange = NoAnswer("The tenant handed out a link that is not one of HTTPS.", label="bad link", server_spoke=True)
    try:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" or "@" in parts.netloc:
            raise strange
        return endpoint_of(parts.hostname or "", parts.port or 443)
    except (ValueError, BadInput):
        raise strange from None


def file_name(text: str, suffix: str) -> str:
    """Return the name of a file for *text*, which came from outside: in no other folder, not hidden, of nobody else."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", text)[:100]
    if plain != text:
        plain += f"-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"{plain}{suffix}"
