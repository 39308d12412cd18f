# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The REST API: log-in, addresses and methods, and which part answers what."""

from __future__ import annotations

import dataclasses
import email.utils
import json
import re
import typing as t
import urllib.parse

from ..system import Facts, HostControl, Incoming, Reply, SpecError, World
from . import calls
from .accounts import Account
from .answers import JSON, ApiError, finished, forbidden, too_many
from .pce import Pce

API = "/api/v2"


@dataclasses.dataclass(frozen=True)
class Route:
    """``operation`` is how the published schemas name a request: its body is checked by it."""

    method: str
    path: re.Pattern[str]
    kind: str
    step: str
    handle: t.Callable[[calls.Call], Reply]
    operation: str
    free: bool = False


def route(
    method: str, path: str, kind: str, step: str, handle: t.Callable[[calls.Call], Reply], *, free: bool = False
) -> Route:
    """``{o}`` is the organisation; other names in braces are parts of a path. ``free``: without a log-in."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.replace("{o}", "/orgs/{org}"))
    operation = f"{method} {re.sub(r'{(?!pversion|kind)[a-z]+}', '{id}', path.replace('{o}', ''))}"
    return Route(method, re.compile(pattern), kind, step, handle, operation, free)


ROUTES = (
    route("POST", "/login_users/authenticate", "login", "login", calls.authenticate, free=True),
    route("GET", "/users/login", "login", "login", calls.log_in, free=True),
    route("GET", "/product_version", "version", "version", calls.product_version),
    route("GET", "/health", "health", "health", calls.health),
    route("GET", "/node_available", "health", "health", calls.available, free=True),
    route("GET", "/noop", "health", "health", calls.available),
    route("GET", "/users", "collection", "get", calls.users),
    route("GET", "/users/{id}/api_keys", "collection", "get", calls.api_keys),
    route("GET", "{o}/jobs", "job", "list", calls.list_jobs),
    route("GET", "{o}/jobs/{id}", "job", "poll", lambda call: call.pce.jobs.poll(call.part("id"))),
    route("DELETE", "{o}/jobs/{id}", "job", "delete", lambda call: call.pce.jobs.delete(call.account, call.part("id"))),
    route("GET", "{o}/datafiles/{id}", "datafile", "download", calls.download_datafile),
    route("POST", "{o}/traffic_flows/async_queries", "traffic-query", "submit", calls.submit_query),
    route("GET", "{o}/traffic_flows/async_queries", "traffic-query", "list", calls.list_queries),
    route("GET", "{o}/traffic_flows/async_queries/{id}", "traffic-query", "poll", calls.poll_query),
    route("PUT", "{o}/traffic_flows/async_queries/{id}", "traffic-query", "cancel", calls.cancel_query),
    route("DELETE", "{o}/traffic_flows/async_queries/{id}", "traffic-query", "delete", calls.delete_query),
    route("GET", "{o}/traffic_flows/async_queries/{id}/download", "traffic-query", "download", calls.download_query),
    route("PUT", "{o}/traffic_flows/async_queries/{id}/update_rules", "traffic-query", "rules", calls.update_rules),
    route("GET", "{o}/traffic_flows/database_metrics", "document", "get", calls.database_metrics),
    route("GET", "{o}/report_templates", "report", "templates", calls.report_templates),
    route("POST", "{o}/reports", "report", "submit", calls.submit_report),
    route("GET", "{o}/reports", "report", "list", calls.list_reports),
    route("GET", "{o}/reports/{id}", "report", "poll", calls.poll_report),
    route("PUT", "{o}/reports/{id}", "report", "cancel", calls.cancel_report),
    route("GET", "{o}/reports/{id}/download", "report", "download", calls.download_report),
    route("GET", "{o}/settings/reports", "report", "settings", calls.report_settings),
    route("GET", "{o}/settings/workloads", "document", "get", calls.workload_settings),
    route("POST", "{o}/support_bundle_requests", "support-bundle", "submit", calls.submit_bundle),
    route("GET", "{o}/support_bundle_requests", "support-bundle", "list", calls.list_bundles),
    route("GET", "{o}/support_bundle_requests/{id}", "support-bundle", "poll", calls.poll_bundle),
    route("GET", "{o}/support_bundle_requests/{id}/download", "support-bundle", "download", calls.download_bundle),
    route("DELETE", "{o}/support_bundle_requests/{id}", "support-bundle", "delete", calls.delete_bundle),
    route("POST", "{o}/sec_policy", "provision", "submit", calls.commit),
    route("GET", "{o}/sec_policy", "provision", "list", calls.versions),
    route("GET", "{o}/sec_policy/pending", "provision", "pending", calls.pending),
    route("DELETE", "{o}/sec_policy/pending", "revert", "submit", calls.revert_all),
    route("PUT", "{o}/sec_policy/delete", "revert", "submit", calls.revert),
    route("POST", "{o}/sec_policy/impact", "provision", "impact", calls.impact),
    route("GET", "{o}/sec_policy/{pversion}", "provision", "get", calls.version),
    route("POST", "{o}/sec_policy/{pversion}/dependencies", "provision", "dependencies", calls.dependencies),
    route("POST", "{o}/sec_policy/{pversion}/restore", "restore", "submit", calls.restore),
    route("GET", "{o}/sec_policy/{pversion}/modified_objects", "provision", "pending", calls.modified_objects),
    route("GET", "{o}/sec_policy/{pversion}/{kind}", "collection", "get", calls.collection),
    route("POST", "{o}/sec_policy/{pversion}/{kind}", "object", "change", calls.create_object),
    route("GET", "{o}/sec_policy/{pversion}/{kind}/{id}", "object", "get", calls.item),
    route("PUT", "{o}/sec_policy/{pversion}/{kind}/{id}", "object", "change", calls.update_object),
    route("DELETE", "{o}/sec_policy/{pversion}/{kind}/{id}", "object", "change", calls.delete_object),
    route("PUT", "{o}/vens/upgrade", "ven-upgrade", "submit", calls.upgrade_vens),
    route("PUT", "{o}/workloads/bulk_create", "bulk", "bulk", calls.bulk_create),
    route("PUT", "{o}/workloads/bulk_update", "bulk", "bulk", calls.bulk_update),
    route("PUT", "{o}/workloads/bulk_delete", "bulk", "bulk", calls.bulk_delete),
    route("POST", "{o}/workloads/apply_policy", "object", "change", calls.apply_policy),
    route("GET", "{o}/{kind}", "collection", "get", calls.collection),
    route("GET", "{o}/{kind}/{id}", "object", "get", calls.item),
)


@dataclasses.dataclass
class Found:
    """Where a request goes. ``plain``: it is answered at once, whatever it prefers."""

    route: Route | None
    match: re.Match[str] | None
    plain: bool = False


class IllumioSystem:
    """All PCEs."""

    name = "illumio"
    opening = Reply(body=b'[{"href":"', content_type=JSON)
    # What an answer shows once. too_many_requests, refuse: an error of choice; not_found: the job is not known (404,
    # or status 410); unknown_state, without_status, without_result, failed_job: what a poll says; plain_answer: the
    # data at once, though asked for as a job; location, without_location, retry_after, without_retry_after: headers.
    fault_kinds = frozenset(
        {
            "too_many_requests",
            "refuse",
            "not_found",
            "unknown_state",
            "without_status",
            "without_result",
            "failed_job",
            "plain_answer",
            "location",
            "without_location",
            "retry_after",
            "without_retry_after",
        }
    )

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, spec: t.Mapping[str, t.Any], host: HostControl) -> Pce:
        try:
            return Pce(spec, host, self._world)
        except TypeError as exc:
            raise SpecError(str(exc)) from exc

    def remove(self, device: Pce) -> None:
        """Nothing outlives a PCE."""

    def facts(self, device: Pce, request: Incoming) -> Facts:
        found = find(request)
        kind, step = ("none", "none") if found.route is None else (found.route.kind, found.route.step)
        if asks_async(request) and request.method == "GET" and (kind, step) in BACKGROUND:
            kind, step = "async-get", "submit"
        body = request.body[:20000].decode(errors="replace")
        return Facts(
            kind=kind,
            step=step,
            text=f"{request.path}?{urllib.parse.unquote(request.query)} {body}",
            credential_in="basic" if request.headers.get("authorization", "").lower().startswith("basic ") else "",
            detail=found,
        )

    def handle(self, device: Pce, request: Incoming, facts: Facts) -> Reply:
        try:
            reply = dispatch(device, request, facts.detail)
        except ApiError as exc:
            reply = exc.reply(device.settings.error_shape)
        # The clock of the PCE is that of its answers, too, however fast it runs here.
        dated = {"Date": email.utils.formatdate(device.now(), usegmt=True), **reply.headers}
        return finished(dataclasses.replace(reply, headers=dated), device.settings.header_case)

    def fault(self, kind: str, options: t.Mapping[str, t.Any], facts: Facts, effect: t.Callable[[], Reply]) -> Reply:
        if kind == "too_many_requests":
            return finished(too_many("Too many requests", int(options.get("retry_after", -1))).reply(), "guide")
        if kind == "refuse":
            status, token = int(options.get("status", 406)), str(options.get("code", "not_acceptable_error"))
            return finished(ApiError(status, token, str(options.get("text", "Not Acceptable."))).reply(), "guide")
        if kind == "not_found":
            status = int(options.get("status", 404))
            return finished(ApiError(status, "not_found_error", "Not found").reply(), "guide")
        if kind == "plain_answer":
            facts.detail.plain = True
            return effect()
        return disturbed(kind, options, effect())


# Reads that the PCE does as a job when it is asked to.
BACKGROUND = frozenset({("collection", "get"), ("document", "get"), ("job", "list"), ("provision", "pending")})


def asks_async(request: Incoming) -> bool:
    return "respond-async" in request.headers.get("prefer", "")


def find(request: Incoming) -> Found:
    """The route of a request; one of another method where only the method is wrong."""
    path = request.path[len(API) :] if request.path.startswith(f"{API}/") else ""
    wrong_method = Found(None, None)
    for one in ROUTES:
        match = one.path.fullmatch(path)
        if match is not None and one.method == request.method:
            return Found(one, match)
        if match is not None and wrong_method.route is None:
            wrong_method = Found(one, match)
    return wrong_method


def dispatch(pce: Pce, request: Incoming, target: Found) -> Reply:
    """Raises ApiError."""
    found, match = target.route, target.match
    if found is None or match is None:
        raise ApiError(404, "invalid_uri", f"Invalid URI: {request.path}")
    now, settings = pce.now(), pce.settings
    account = Account(name="", secret="") if found.free else identify(pce, request, now)
    org = match.groupdict().get("org")
    if org is not None and (org != str(settings.org_id) or (account.org_id or settings.org_id) != settings.org_id):
        raise forbidden("This organization is not accessible")
    if found.method != request.method:
        raise ApiError(405, "method_not_allowed_error", f"Method not allowed: {request.method}")
    call = calls.Call(
        pce=pce,
        account=account,
        match=match,
        path=request.path[len(API) :],
        query=urllib.parse.parse_qsl(request.query, keep_blank_values=True),
        headers=request.headers,
        body=read_body(request),
        background=asks_async(request) and not target.plain,
    )
    if request.method in ("POST", "PUT") and not found.free:
        operation = found.operation.replace("{kind}", match.groupdict().get("kind") or "")
        pce.strict.body(operation, checked_body(call, request))
    return found.handle(call)


def checked_body(call: calls.Call, request: Incoming) -> t.Any:
    """What of a body is compared with the schema. ``report_format`` is in the guide and in no schema."""
    body = {} if call.body is None and not request.body else call.body
    if call.pce.settings.report_format_accepted and call.path.endswith("/reports") and isinstance(body, dict):
        return {name: value for name, value in body.items() if name != "report_format"}
    return body


def identify(pce: Pce, request: Incoming, now: float) -> Account:
    """Whose request it is, counted against the limit. Raises ApiError 401 and 429."""
    authorization = request.headers.get("authorization", "")
    account = pce.accounts.authenticate(authorization, now, pce.settings.session_idle_seconds)
    pce.accounts.count(account, now, pce.settings.rate_limit, pce.settings.rate_limit_retry_after)
    return account


def read_body(request: Incoming) -> t.Any:
    """The JSON of a body, None without one. Raises ApiError."""
    if not request.body:
        return None
    try:
        return json.loads(request.body)
    except ValueError as exc:
        raise ApiError(400, "invalid_json", "The body is not JSON") from exc


def disturbed(kind: str, options: t.Mapping[str, t.Any], reply: Reply) -> Reply:
    """An answer with one thing changed."""
    headers = dict(reply.headers)
    for name in [name for name in headers if name.lower() == ("location" if "location" in kind else "retry-after")]:
        if kind in ("location", "without_location", "retry_after", "without_retry_after"):
            del headers[name]
    if kind == "location":
        headers["Location"] = str(options.get("text", ""))
    if kind == "retry_after":
        headers["Retry-After"] = str(options.get("retry_after", 5))
    if kind not in ("unknown_state", "without_status", "without_result", "failed_job"):
        return dataclasses.replace(reply, headers=headers)
    record = json.loads(reply.body or b"null")
    if not isinstance(record, dict):
        return reply
    if kind == "unknown_state":
        record["status"] = str(options.get("text", "archiving"))
    elif kind == "without_status":
        record.pop("status", None)
    elif kind == "without_result":
        record.pop("result", None)
    else:
        record.update(status="failed", result={})
    return dataclasses.replace(reply, body=json.dumps(record).encode())
