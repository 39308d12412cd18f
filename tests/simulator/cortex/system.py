# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public API: keys, addresses and methods, and which part answers what."""

from __future__ import annotations

import dataclasses
import email.utils
import json
import re
import typing as t
import urllib.parse

from ..system import Facts, HostControl, Incoming, Reply, SpecError, World
from .answers import JSON, ApiError, answer, business, invalid
from .files import STORAGE, Storage
from .keys import ANYBODY, Key, must_be_licensed
from .netscan import NetworkScans
from .strict import ROOT
from .tenant import Tenant
from .xql import Queries


@dataclasses.dataclass(frozen=True)
class Call:
    """One request, its log-in checked. ``host`` is its Host header."""

    tenant: Tenant
    key: Key
    match: re.Match[str]
    query: list[tuple[str, str]]
    body: t.Any
    host: str

    @property
    def scans(self) -> NetworkScans:
        return self.tenant.netscan

    @property
    def xql(self) -> Queries:
        return self.tenant.xql

    @property
    def wanted(self) -> dict[str, t.Any]:
        """What is in ``request_data``. Raises ApiError."""
        found = self.body.get("request_data") if isinstance(self.body, dict) else None
        if not isinstance(found, dict):
            raise business("request_data is missing")
        return t.cast("dict[str, t.Any]", found)

    @property
    def maybe_wanted(self) -> dict[str, t.Any]:
        """The same where clients send none."""
        return self.wanted if isinstance(self.body, dict) and self.body.get("request_data") else {}

    def part(self, name: str) -> str:
        return self.match.group(name)

    def parameters(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]


@dataclasses.dataclass(frozen=True)
class Route:
    """``submits``: what the ledger calls it when it is refused; empty for requests that only look."""

    method: str
    path: re.Pattern[str]
    kind: str
    step: str
    permission: str
    handle: t.Callable[[Call], Reply]
    submits: str = ""


def route(
    method: str,
    path: str,
    kind: str,
    step: str,
    handle: t.Callable[[Call], Reply],
    *,
    permission: str = "",
    submits: str = "",
) -> Route:
    """``{name}`` is a part of the path."""
    return Route(
        method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), kind, step, permission, handle, submits
    )


def scan_status(call: Call) -> Reply:
    """Both forms; ``fields`` may stand there several times, or hold names with commas in between."""
    if "id" in call.match.groupdict():
        identity = call.part("id")
    else:
        found = call.parameters("id")
        if not found:
            raise invalid(("id", "Field required"))
        identity = found[0]
    fields = [field for value in call.parameters("fields") for field in value.split(",")]
    return call.scans.status(identity, fields)


V1 = "/public_api/v1"
VIEW, EDIT = "netscan-view", "netscan-edit"


def v1(path: str, kind: str, step: str, handle: t.Callable[[Call], Reply], *, submits: str = "") -> Route:
    """Permissions are those of the kind of call."""
    permission = {"xql": "xql", "action": "actions", "script": "scripts", "distribution": "distributions"}.get(
        kind, "endpoints"
    )
    return route("POST", V1 + path, kind, step, handle, permission=permission, submits=submits)


def action_route(kind: str) -> Route:
    return v1(
        f"/endpoints/{kind}",
        "action",
        "action",
        lambda call: call.tenant.actions.submit(call.key, kind, call.wanted),
        submits=f"endpoint-{kind}",
    )


ACTIONS = ("scan", "abort_scan", "isolate", "unisolate", "file_retrieval", "quarantine", "restore", "upgrade")
ROUTES = (
    route(
        "POST",
        f"{ROOT}/definition",
        "netscan",
        "definition",
        lambda call: call.scans.configure(call.key, call.body),
        permission=EDIT,
        submits="scan-definition",
    ),
    route(
        "POST",
        f"{ROOT}/run",
        "netscan",
        "launch",
        lambda call: call.scans.launch(call.key, call.body),
        permission=EDIT,
        submits="network-scan",
    ),
    route(
        "POST",
        f"{ROOT}/run/{{id}}",
        "netscan",
        "launch",
        lambda call: call.scans.launch(call.key, call.body, call.part("id")),
        permission=EDIT,
        submits="network-scan",
    ),
    route("GET", f"{ROOT}/run", "netscan", "status", scan_status, permission=VIEW),
    route("GET", f"{ROOT}/run/{{id}}", "netscan", "status", scan_status, permission=VIEW),
    route(
        "POST",
        f"{ROOT}/run/{{id}}/command",
        "netscan",
        "command",
        lambda call: call.scans.command(call.key, call.part("id"), call.body),
        permission=EDIT,
        submits="scan-command",
    ),
    v1(
        "/xql/start_xql_query",
        "xql",
        "xql-start",
        lambda call: call.xql.start(call.key, call.wanted),
        submits="xql-query",
    ),
    v1("/xql/get_query_results", "xql", "xql-results", lambda call: call.xql.results(call.wanted)),
    v1("/xql/get_query_results_stream", "xql", "xql-stream", lambda call: call.xql.read_stream(call.wanted)),
    v1("/xql/get_quota", "xql", "quota", lambda call: call.xql.quota()),
    *(action_route(kind) for kind in ACTIONS),
    v1("/actions/get_action_status", "action", "action-status", lambda call: call.tenant.actions.status(call.wanted)),
    v1(
        "/actions/file_retrieval_details",
        "action",
        "file-details",
        lambda call: call.tenant.actions.file_details(call.wanted, call.host),
    ),
    v1(
        "/quarantine/status",
        "action",
        "quarantine-status",
        lambda call: call.tenant.actions.quarantine_status(call.wanted),
    ),
    v1(
        "/endpoints/get_endpoint",
        "endpoint",
        "endpoints",
        lambda call: settled(call).endpoints.get_endpoint(call.maybe_wanted),
    ),
    v1("/endpoints/get_endpoints", "endpoint", "endpoints", lambda call: settled(call).endpoints.get_endpoints()),
    v1(
        "/scripts/run_script",
        "script",
        "script-run",
        lambda call: call.tenant.scripts.run(call.key, call.wanted),
        submits="script-run",
    ),
    v1(
        "/scripts/run_snippet_code_script",
        "script",
        "script-run",
        lambda call: call.tenant.scripts.run_snippet(call.key, call.wanted),
        submits="snippet-run",
    ),
    v1(
        "/scripts/get_script_execution_status",
        "script",
        "script-status",
        lambda call: call.tenant.scripts.status(call.wanted),
    ),
    v1(
        "/scripts/get_script_execution_results",
        "script",
        "script-results",
        lambda call: call.tenant.scripts.results(call.wanted),
    ),
    v1(
        "/scripts/get_script_execution_results_files",
        "script",
        "script-files",
        lambda call: call.tenant.scripts.files(call.wanted, call.host),
    ),
    v1("/scripts/get_scripts", "script", "scripts", lambda call: call.tenant.scripts.listed()),
    v1("/scripts/get_script_metadata", "script", "scripts", lambda call: call.tenant.scripts.metadata(call.wanted)),
    v1(
        "/distributions/create",
        "distribution",
        "distribution",
        lambda call: call.tenant.distributions.create(call.key, call.wanted),
        submits="distribution",
    ),
    v1(
        "/distributions/get_status",
        "distribution",
        "distribution-status",
        lambda call: call.tenant.distributions.status(call.wanted),
    ),
    v1(
        "/distributions/get_dist_url",
        "distribution",
        "distribution-url",
        lambda call: call.tenant.distributions.url(call.wanted, call.host),
    ),
    v1(
        "/distributions/get_distributions",
        "distribution",
        "distribution-list",
        lambda call: call.tenant.distributions.listed(call.maybe_wanted),
    ),
    v1(
        "/distributions/delete",
        "distribution",
        "distribution-delete",
        lambda call: call.tenant.distributions.delete(call.key, call.wanted),
        submits="distribution-delete",
    ),
    v1(
        "/distributions/get_versions",
        "distribution",
        "versions",
        lambda call: call.tenant.distributions.versions(),
    ),
    v1("/download/{token}", "action", "download", lambda call: call.tenant.links.own(call.part("token"))),
)


def settled(call: Call) -> Tenant:
    call.tenant.actions.settle(call.tenant.now())
    return call.tenant


class CortexSystem:
    """All tenants, and the storage service that their links lead to."""

    name = "cortex"
    opening = Reply(body=b'{"reply":{"', content_type=JSON)
    # What an answer shows once. refuse, not_found, too_many_requests, no_license: an error; unreadable: another
    # sentence of a network scan; unknown_state: another word, wherever there is one; empty_data: no endpoints.
    fault_kinds = frozenset(
        {"refuse", "not_found", "too_many_requests", "no_license", "unreadable", "unknown_state", "empty_data"}
    )

    def __init__(self, world: World) -> None:
        self._world = world
        self._storage = Storage()

    def create(self, spec: t.Mapping[str, t.Any], host: HostControl) -> Tenant:
        try:
            return Tenant(spec, host, self._world, self._storage)
        except TypeError as exc:
            raise SpecError(str(exc)) from exc

    def remove(self, device: Tenant) -> None:
        """Links of a tenant outlive it, as those of a storage service would."""

    def facts(self, device: Tenant, request: Incoming) -> Facts:
        found = find(request)
        kind, step = ("none", "none") if found is None else (found[0].kind, found[0].step)
        if request.path.startswith(STORAGE):
            kind, step = "file", "download"
        body = request.body[:20000].decode(errors="replace")
        return Facts(
            kind=kind,
            step=step,
            text=f"{request.path}?{urllib.parse.unquote(request.query)} {body}",
            credential_in="header" if "authorization" in request.headers else "",
            detail=(device, found),
        )

    def handle(self, device: Tenant, request: Incoming, facts: Facts) -> Reply:
        if request.path.startswith(STORAGE):
            token = dict(urllib.parse.parse_qsl(request.query)).get("Signature", "")
            if request.method != "GET":
                return Reply(body=b"", status=405)
            return self._storage.read(request.path, token, self._world.clock.now())
        try:
            reply = dispatch(device, request, facts.detail[1])
        except ApiError as exc:
            reply = error_reply(device, exc, facts.kind)
        dated = {"Date": email.utils.formatdate(device.real_now(), usegmt=True), **reply.headers}
        return dataclasses.replace(reply, headers=dated)

    def fault(self, kind: str, options: t.Mapping[str, t.Any], facts: Facts, effect: t.Callable[[], Reply]) -> Reply:
        device: Tenant = facts.detail[0]
        if kind in ("unreadable", "unknown_state", "empty_data"):
            return disturbed(kind, str(options.get("text", "")), effect())
        if options.get("when") == "after":
            effect()
        text = options.get("text")
        if kind == "too_many_requests":
            after = options.get("retry_after")
            headers = {} if after is None else {"Retry-After": str(after)}
            return dataclasses.replace(
                error_reply(device, ApiError(429, "Too many requests"), facts.kind), headers=headers
            )
        if kind == "no_license":
            return error_reply(device, ApiError(402, "Your license does not include this feature"), facts.kind)
        if kind == "not_found":
            return error_reply(device, ApiError(404, str(text or "Not found")), facts.kind)
        error = business(device.xql.error_extra(str(text)) if text is not None and facts.step == "xql-start" else text)
        error.status = int(options.get("status", 500))
        return error_reply(device, error, facts.kind, shape=str(options.get("answer", "")))


def find(request: Incoming) -> tuple[Route, re.Match[str]] | None:
    """The route of a request; one of another method where only the method is wrong."""
    wrong_method = None
    for one in ROUTES:
        match = one.path.fullmatch(request.path)
        if match is not None and one.method == request.method:
            return one, match
        if match is not None and wrong_method is None:
            wrong_method = one, match
    return wrong_method


def dispatch(tenant: Tenant, request: Incoming, found: tuple[Route, re.Match[str]] | None) -> Reply:
    """Raises ApiError."""
    if found is None:
        raise ApiError(404, "Not found")
    one, match = found
    if one.method != request.method:
        raise ApiError(405, "Method Not Allowed")
    key, settings = ANYBODY, tenant.settings
    try:
        if one.kind != "netscan" or settings.netscan_auth:
            key = tenant.keys.identify(request.headers, now=tenant.real_now(), tolerance=settings.timestamp_tolerance)
            key.must_have(one.permission)
        must_be_licensed(one.kind, settings.licences_missing)
        if one.kind == "netscan" and not request.headers.get("user-agent"):
            raise invalid(("User-Agent", "Field required"))
        return one.handle(
            Call(
                tenant=tenant,
                key=key,
                match=match,
                query=urllib.parse.parse_qsl(request.query, keep_blank_values=True),
                body=read_body(request),
                host=request.headers.get("host", tenant.address),
            )
        )
    except ApiError as exc:
        if one.submits:
            tenant.record(key, one.submits, accepted=False, answer=str(exc))
        raise


def read_body(request: Incoming) -> t.Any:
    """The JSON of a body, None without one. Raises ApiError."""
    if not request.body:
        return None
    try:
        return json.loads(request.body)
    except ValueError as exc:
        raise ApiError(400, "The body is not JSON") from exc


def error_reply(tenant: Tenant, error: ApiError, kind: str, *, shape: str = "") -> Reply:
    """In the shape of the family of calls (documented), or the one that is set."""
    settings = tenant.settings
    shape = shape or settings.error_shape
    if shape == "auto":
        shape = "netscan" if kind == "netscan" else "reply"
    if settings.err_extra == "null":
        error.extra = None
    elif settings.err_extra == "object" and isinstance(error.extra, str):
        error.extra = {"message": error.extra}
    return error.reply(shape, code_as_string=settings.err_code == "string")


def disturbed(kind: str, text: str, reply: Reply) -> Reply:
    """An answer with one thing changed."""
    if reply.status >= 400 or not reply.body:
        return reply
    body = json.loads(reply.body)
    if isinstance(body, dict) and "DATA" in body:
        if kind == "unreadable":
            body["DATA"] = text or "OK"
        elif kind == "unknown_state":
            body["DATA"] = f"Scan is in {text or 'Archiving'} state"
    shown = body.get("reply") if isinstance(body, dict) else None
    if isinstance(shown, dict):
        if kind == "empty_data" and "data" in shown:
            shown["data"] = {}
        elif kind == "unknown_state":
            word = text or "ARCHIVING"
            if isinstance(shown.get("data"), dict):
                shown["data"] = dict.fromkeys(shown["data"], word)
            for name in ("general_status", "status"):
                if name in shown:
                    shown[name] = word
    return answer(body, reply.status, reply.headers)
