# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The REST API: versions, addresses, methods, headers and tokens, and which part answers what."""

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from ..system import Facts, HostControl, Incoming, Reply, SpecError, World
from . import calls
from .answers import DECLARATION, UNSUPPORTED_VERSION, XML, ApiError, answer
from .sbc import Sbc

PATH = re.compile(r"/rest/([^/]+)/(.+)")


@dataclasses.dataclass(frozen=True)
class Route:
    """``admin``: an administrator's; ``write``: of the configuration, so only on the active node."""

    method: str
    path: str
    step: str
    handle: t.Callable[[calls.Call], Reply]
    since: str = "v1.0"
    admin: bool = True
    write: bool = False


ROUTES = (
    Route("GET", "admin/asyncstatus", "status", calls.status),
    Route("POST", "admin/reboot", "reboot", calls.reboot),
    Route("POST", "admin/switchover", "switchover", calls.switchover, since="v1.1"),
    Route("POST", "configuration/lock", "lock", calls.lock, write=True),
    Route("POST", "configuration/unlock", "unlock", calls.unlock, write=True),
    Route("PUT", "configuration/management", "submit", calls.submit, write=True),
    Route("POST", "configuration/management", "submit", calls.submit, write=True),
    Route("GET", "configuration/management/files", "files", calls.list_files, since="v1.1"),
    Route("DELETE", "configuration/management/files", "delete-file", calls.delete_file, since="v1.1", write=True),
    Route("GET", "configuration/configElements", "config", calls.read_elements, admin=False),
    Route("POST", "configuration/configElements", "config", calls.create_element, write=True),
    Route("PUT", "configuration/configElements", "config", calls.update_element, write=True),
    Route("DELETE", "configuration/configElements", "config", calls.delete_element, write=True),
    Route("GET", "configuration/elementTypes/metadata", "config", calls.metadata, admin=False),
    Route("GET", "system/status", "system-status", calls.system_status, admin=False),
)


@dataclasses.dataclass(frozen=True)
class Found:
    """Where a request goes. ``route`` is one of another method where only the method is wrong."""

    version: str
    path: str
    query: dict[str, str]
    route: Route | None


class OracleSbcSystem:
    """All SBCs."""

    name = "oracle_sbc"
    opening = Reply(body=f"{DECLARATION}<response>\n  <data>\n".encode(), content_type=XML)
    # refuse: an error of choice, no effect; unknown_state, without_state, without_status: what one look shows;
    # without_link: a 202 without its address.
    fault_kinds = frozenset({"refuse", "unknown_state", "without_state", "without_status", "without_link"})

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_address: dict[str, Sbc] = {}

    def create(self, spec: t.Mapping[str, t.Any], host: HostControl) -> Sbc:
        try:
            sbc = Sbc(spec, host, self._world)
        except TypeError as exc:
            raise SpecError(str(exc)) from exc
        peer = sbc.settings.ha_peer
        if peer:
            if peer not in self._by_address:
                raise SpecError(f"there is no SBC at {peer}, the 'ha_peer'")
            sbc.ha.pair(self._by_address[peer])
        self._by_address[sbc.address] = sbc
        return sbc

    def remove(self, device: Sbc) -> None:
        device.removed = True
        device.ha.part()
        self._by_address.pop(device.address, None)

    def facts(self, device: Sbc, request: Incoming) -> Facts:
        found = find(request)
        step = step_of(device, request, found)
        authorization = request.headers.get("authorization", "").lower()
        return Facts(
            kind=found.query.get("action", "none") if step == "submit" else step,
            step=step,
            text=f"{request.path}?{urllib.parse.unquote(request.query)}",
            credential_in="basic" if authorization.startswith("basic ") else "header" if authorization else "",
            detail=found,
        )

    def handle(self, device: Sbc, request: Incoming, facts: Facts) -> Reply:
        device.agenda.settle()
        if device.down_at(device.now()):
            # The connection is gone before anybody reads this.
            return Reply(body=b"", status=503, content_type=XML)
        device.moment("before", facts.step, facts.text)
        try:
            reply = dispatch(device, request, facts.detail)
        except ApiError as exc:
            return exc.reply(device.settings.error_shape)
        device.moment("after", facts.step, facts.text)
        return reply

    def fault(self, kind: str, options: t.Mapping[str, t.Any], facts: Facts, effect: t.Callable[[], Reply]) -> Reply:
        if kind == "refuse":
            return ApiError(int(options.get("status", 400)), str(options.get("text", "Error message string"))).reply()
        reply = effect()
        if reply.status not in (200, 202):
            return reply
        body = reply.body.decode()
        if kind == "without_link":
            return answer(None, reply.status)
        if kind == "without_state":
            return answer(None)
        if kind == "without_status":
            body = re.sub(r" *<status>[^<]*</status>\n", "", body)
        else:
            body = re.sub(r"<status>[^<]*</status>", f"<status>{options.get('text', 'queued')}</status>", body)
        return dataclasses.replace(reply, body=body.encode())


def find(request: Incoming) -> Found:
    match = PATH.fullmatch(request.path)
    query = dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True))
    version, path = ("", "") if match is None else (match[1], match[2])
    of_path: list[Route | None] = [one for one in ROUTES if one.path == path]
    of_method = [one for one in of_path if one is not None and one.method == request.method]
    return Found(version, path, query, (of_method or of_path or [None])[0])


def step_of(device: Sbc, request: Incoming, found: Found) -> str:
    if (found.version, found.path) == ("api", "supportedversions"):
        return "versions"
    if found.path == "auth/token":
        return "renew" if request.body and calls.renewed(device, request.body) is not None else "login"
    return "none" if found.route is None else found.route.step


def dispatch(sbc: Sbc, request: Incoming, found: Found) -> Reply:
    """Raises ApiError."""
    settings, headers = sbc.settings, request.headers
    if (found.version, found.path) == ("api", "supportedversions"):
        if not settings.supportedversions:
            raise not_found(sbc, request)
        want_method(request, "GET")
        accepts_xml(headers)
        if settings.versions_need_token:
            sbc.access.bearer(headers.get("authorization", ""), sbc.now())
        return calls.supported_versions(sbc)
    if found.version and found.version not in settings.versions:
        raise ApiError(404, UNSUPPORTED_VERSION)
    if found.path == "auth/token":
        if "authorization" not in headers:
            # A fingerprinting plugin finds the versions by this, with any method.
            sbc.access.bearer("", sbc.now())
        want_method(request, "POST")
        accepts_xml(headers)
        return calls.log_in(sbc, headers, request.body)
    route = found.route
    if route is None or found.version < route.since:
        raise not_found(sbc, request)
    want_method(request, route.method)
    accepts_xml(headers)
    token = sbc.access.bearer(headers.get("authorization", ""), sbc.now())
    sends_xml(request)
    if route.admin:
        token.must_administer()
    if route.write:
        calls.must_be_active(sbc)
    call = calls.Call(
        sbc=sbc,
        token=token,
        version=found.version,
        method=request.method,
        query=found.query,
        headers=headers,
        body=request.body,
    )
    return route.handle(call)


def not_found(sbc: Sbc, request: Incoming) -> ApiError:
    """With the hint that the schemas have."""
    host = request.headers.get("host", sbc.address)
    return ApiError(404, "Resource not found", link=f"Available URL(s): https://{host}/rest/api/supportedversions")


def want_method(request: Incoming, method: str) -> None:
    """Raises ApiError 405."""
    if request.method != method:
        raise ApiError(405, "Method not allowed")


def accepts_xml(headers: t.Mapping[str, str]) -> None:
    """Raises ApiError 406 when the client wants something else. A client without the header is served (read)."""
    wanted = [part.partition(";")[0].strip() for part in headers.get("accept", "*/*").split(",")]
    if not {"*/*", "application/*", XML} & set(wanted):
        raise ApiError(406, "Not Acceptable")


def sends_xml(request: Incoming) -> None:
    """Raises ApiError 415 for a body of another kind. A client that names no kind is served (read)."""
    kind = request.headers.get("content-type", XML).partition(";")[0].strip().lower()
    if request.body and kind != XML:
        raise ApiError(415, "Unsupported Media Type")
