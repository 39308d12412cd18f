# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files behind links: signed ones of a storage service, which expire, and those of the tenant itself."""

from __future__ import annotations

import dataclasses
import io
import random
import secrets
import typing as t
import zipfile

from ..system import Reply, Stream
from .answers import ApiError

if t.TYPE_CHECKING:
    from .tenant import Tenant

STORAGE = "/storage/"
TENANT_DOWNLOADS = "/public_api/v1/download/"  # read in a client's source
PIECE = 65536
EXPIRED = (
    b"<?xml version='1.0' encoding='UTF-8'?>"
    b"<Error><Code>ExpiredToken</Code><Message>Invalid argument.</Message></Error>"
)


@dataclasses.dataclass(frozen=True)
class File:
    """``kind`` is zip or package; ``expires`` is a simulated time, 0: never."""

    name: str
    kind: str
    size: int
    token: str
    expires: float


class Storage:
    """The files of all tenants: any address of this system serves any link, like a storage service would."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self._made = 0

    def put(self, name: str, kind: str, size: int, expires: float) -> File:
        """A new link; it cannot be guessed."""
        self._made += 1
        file = File(name, kind, size, secrets.token_hex(32), expires)
        self.files[file.token] = file
        return file

    def read(self, path: str, token: str, now: float) -> Reply:
        """Raises ApiError 404. An expired link, or a wrong signature, is a 403 with an XML body (assumed)."""
        file = self.files.get(token)
        if file is None or not path.endswith(file.name) or (file.expires and now >= file.expires):
            return Reply(body=EXPIRED, status=403, content_type="application/xml; charset=UTF-8")
        return content(file)


class Links:
    """How one tenant makes links. ``host`` is the Host of the request: it holds the port."""

    def __init__(self, tenant: Tenant, storage: Storage) -> None:
        self._tenant, self._storage = tenant, storage

    def to_zip(self, name: str, size: int, host: str, *, signed: bool = False) -> str:
        """A link that expires (documented: after 10 minutes); one of the tenant's own needs a key and is posted to."""
        settings = self._tenant.settings
        file = self._storage.put(f"{name}.zip", "zip", size, self._tenant.now() + settings.link_seconds)
        if settings.file_links == "tenant" and not signed:
            return f"https://{host}{TENANT_DOWNLOADS}{file.token}"
        return self._url(file, host)

    def to_package(self, name: str, size: int, host: str) -> str:
        after = self._tenant.settings.distribution_link_seconds
        file = self._storage.put(name, "package", size, self._tenant.now() + after if after else 0.0)
        return self._url(file, host)

    def _url(self, file: File, host: str) -> str:
        address, _colon, port = host.partition(":")
        other = self._tenant.settings.files_host or address
        return f"https://{other}{f':{port}' if port else ''}{STORAGE}{file.name}?Signature={file.token}"

    def own(self, token: str) -> Reply:
        """What the tenant serves to its own keys."""
        file = self._storage.files.get(token)
        if file is None:
            raise ApiError(404, "Not found")
        if file.expires and self._tenant.now() >= file.expires:
            raise ApiError(403, "The link has expired")
        return content(file)


def content(file: File) -> Reply:
    if file.kind == "zip":
        return Reply(body=zip_bytes(file.name, file.size), content_type="application/zip")
    stream = Stream(file.size, lambda: random_bytes(file.name, file.size))
    return Reply(body=b"", content_type="application/octet-stream", stream=stream)


def zip_bytes(name: str, size: int) -> bytes:
    """An archive with one file of that size; the same name, the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("retrieved.bin", (2026, 1, 1, 0, 0, 0))
        archive.writestr(entry, random.Random(name).randbytes(size))
    return packed.getvalue()


def random_bytes(name: str, size: int) -> t.Iterator[bytes]:
    source = random.Random(name)
    for start in range(0, size, PIECE):
        yield source.randbytes(min(PIECE, size - start))
