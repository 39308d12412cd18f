# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses and methods of the three services, and which part answers what."""

from __future__ import annotations

import dataclasses
import email.utils
import json
import re
import typing as t
import urllib.parse

from ..system import Facts, HostControl, Incoming, Reply, SpecError, World
from . import calls
from .answers import (
    JSON,
    ApiError,
    PlainError,
    answer,
    malformed,
    not_present,
    not_supported,
    too_many,
    unauthenticated,
)
from .devices import COMMANDS
from .tenant import Tenant
from .tokens import Account, TokenBook

CONFIG = r"(?:/config/operations/v1|/sse/config/v1)"  # current and legacy
DEVICES = "/operations/v1"
TOKEN = r"(?:/oauth2|/auth/v1/oauth2|/am/oauth2)"  # three spellings are in use


@dataclasses.dataclass(frozen=True)
class Route:
    method: str
    path: re.Pattern[str]
    kind: str
    step: str
    handle: t.Callable[[calls.Call], Reply]
    free: bool


def route(
    method: str, path: str, kind: str, step: str, handle: t.Callable[[calls.Call], Reply], *, free: bool = False
) -> Route:
    """Names in braces are parts of a path. ``free``: without a token."""
    return Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), kind, step, handle, free)


ROUTES = (
    route("POST", f"{TOKEN}/access_token", "token", "token", calls.token, free=True),
    route("GET", f"{TOKEN}/connect/jwk_uri", "token", "keys", calls.keys, free=True),
    route("POST", f"{CONFIG}/config-versions/candidate:push", "push", "submit", calls.push),
    route("GET", f"{CONFIG}/jobs", "job", "list", calls.list_jobs),
    route("GET", f"{CONFIG}/jobs/{{id}}", "job", "poll", calls.one_job),
    route("DELETE", f"{CONFIG}/config-versions/candidate", "config-version", "discard", calls.discard),
    route("POST", f"{CONFIG}/config-versions:load", "config-version", "load", calls.load),
    route("GET", f"{CONFIG}/config-versions", "config-version", "versions", calls.list_versions),
    route("GET", f"{CONFIG}/config-versions/running", "config-version", "running", calls.running),
    route("GET", f"{CONFIG}/config-versions/{{version}}", "config-version", "version", calls.one_version),
    *(
        route("POST", f"{DEVICES}/jobs/(?P<kind>{kind})", "device-job", "device-submit", calls.submit_device_job)
        for kind in COMMANDS
    ),
    route("GET", f"{DEVICES}/device/jobs/{{id}}", "device-job", "device-poll", calls.one_device_job),
    route("GET", f"{DEVICES}/local-config/versions", "local-config", "local-versions", calls.local_versions),
    route("GET", f"{DEVICES}/local-config/download", "local-config", "download", calls.download),
)


@dataclasses.dataclass
class Found:
    """Where a request goes. ``odd``: what a fault changes of its answer."""

    route: Route | None
    match: re.Match[str] | None
    odd: str = ""


class ScmSystem:
    """All tenants, and the tokens that any of them gave out."""

    name = "scm"
    opening = Reply(body=b'{"data":[{"id":"', content_type=JSON)
    # What an answer shows once, without an effect: refuse, plain_error: an error of choice; not_found: E005;
    # too_many_requests; key_expired: E016. What a look shows once: empty_data, unknown_state (``text``),
    # without_status. What a push answers: success_false (no effect), without_job_id and empty_created (pushed).
    fault_kinds = frozenset(
        {
            "refuse",
            "plain_error",
            "not_found",
            "too_many_requests",
            "key_expired",
            "empty_data",
            "unknown_state",
            "without_status",
            "success_false",
            "without_job_id",
            "empty_created",
        }
    )

    def __init__(self, world: World) -> None:
        self._world = world
        self._book = TokenBook()

    def create(self, spec: t.Mapping[str, t.Any], host: HostControl) -> Tenant:
        try:
            return Tenant(spec, host, self._world, self._book)
        except TypeError as exc:
            raise SpecError(str(exc)) from exc

    def remove(self, device: Tenant) -> None:
        """Its tokens stay known: another tenant may take them."""

    def facts(self, device: Tenant, request: Incoming) -> Facts:
        found = find(request)
        kind, step = ("none", "none") if found.route is None else (found.route.kind, found.route.step)
        # Not of the token service: its body may hold the secret.
        body = "" if kind == "token" else request.body[:20000].decode(errors="replace")
        return Facts(
            kind=kind,
            step=step,
            text=f"{request.path}?{urllib.parse.unquote(request.query)} {body}",
            credential_in=credential_in(request),
            detail=(device, found),
        )

    def handle(self, device: Tenant, request: Incoming, facts: Facts) -> Reply:
        try:
            reply = dispatch(device, request, facts.detail[1])
        except ApiError as exc:
            reply = exc.reply(device.new_id("request"), device.settings.error_style)
        # The clock of the tenant is that of its answers, too, however fast it runs here.
        dated = {"Date": email.utils.formatdate(device.now(), usegmt=True), **reply.headers}
        return dataclasses.replace(reply, headers=dated)

    def fault(self, kind: str, options: t.Mapping[str, t.Any], facts: Facts, effect: t.Callable[[], Reply]) -> Reply:
        tenant, found = facts.detail
        errors: dict[str, t.Callable[[], ApiError]] = {
            "refuse": lambda: ApiError(
                int(options.get("status", 400)),
                str(options.get("code", "E003")),
                str(options.get("text", "Invalid Command")),
            ),
            "plain_error": lambda: PlainError(
                int(options.get("status", 500)), str(options.get("text", "database query error"))
            ),
            "not_found": not_present,
            "too_many_requests": lambda: too_many(int(options.get("retry_after", -1))),
            "key_expired": lambda: unauthenticated("Key Expired"),
        }
        if kind in errors:
            return errors[kind]().reply(tenant.new_id("request"), tenant.settings.error_style)
        if kind in ("unknown_state", "without_status"):
            return disturbed(kind, str(options.get("text", "ARCHIVING")), effect())
        found.odd = {"without_job_id": "no_job_id", "empty_created": "empty"}.get(kind, kind)
        return effect()


def find(request: Incoming) -> Found:
    """The route of a request; one of another method where only the method is wrong."""
    wrong_method = Found(None, None)
    for one in ROUTES:
        match = one.path.fullmatch(request.path)
        if match is not None and one.method == request.method:
            return Found(one, match)
        if match is not None and wrong_method.route is None:
            wrong_method = Found(one, match)
    return wrong_method


def credential_in(request: Incoming) -> str:
    scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
    if scheme:
        return "basic" if scheme == "basic" else "header"
    return "body" if b"client_secret=" in request.body else ""


def dispatch(tenant: Tenant, request: Incoming, target: Found) -> Reply:
    """Raises ApiError."""
    found, match = target.route, target.match
    if found is None or match is None:
        raise not_present()
    now = tenant.now()
    account = Account("", "")
    if not found.free:
        account = tenant.accounts.authenticate(request.headers.get("authorization", ""), now)
        if now < tenant.overloaded_until:
            raise too_many(tenant.overload_retry_after)
        tenant.accounts.count(account, now)
        if "x-panw-region" in request.headers:
            # That it is an error is documented, which one is not.
            raise malformed("Invalid Command", "The header x-panw-region must not be sent to this service")
    if found.method != request.method:
        raise not_supported()
    call = calls.Call(
        tenant=tenant,
        account=account,
        parts=match.groupdict(),
        query=dict(urllib.parse.parse_qsl(request.query, keep_blank_values=True)),
        headers=request.headers,
        body=request.body,
        odd=target.odd,
    )
    return found.handle(call)


def disturbed(kind: str, word: str, reply: Reply) -> Reply:
    """An answer about a job, of either kind, with its state changed or missing."""
    value = json.loads(reply.body or b"null")
    records = value.get("data", [value]) if isinstance(value, dict) else value
    for record in records if isinstance(records, list) else ():
        for name in ("status_str", "state"):
            if name in record and kind == "unknown_state":
                record[name] = word
            elif kind == "without_status":
                record.pop(name, None)
    return dataclasses.replace(answer(value, reply.status), headers=reply.headers)
