# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each request does: from its parts to the answer."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ..system import Reply
from .accounts import must_write, session_name
from .answers import JSON, ApiError, answer, invalid_input, moment, not_acceptable, nothing
from .jobs import array, limited
from .pce import DEFAULT_RESULTS, Pce
from .policy import TYPES
from .reports import must_administer
from .sources import DATA, Document, Listed, Source

if t.TYPE_CHECKING:
    from .accounts import Account

DEFAULT_UPGRADE_TIMEOUT = 86400  # assumed
BULK_LIMIT = 1000  # documented


@dataclasses.dataclass(frozen=True)
class Call:
    """A request whose address, method, log-in and body are right. ``background``: asked for as a job."""

    pce: Pce
    account: Account
    match: re.Match[str]
    path: str
    query: list[tuple[str, str]]
    headers: t.Mapping[str, str]
    body: t.Any
    background: bool

    def part(self, name: str) -> str:
        return self.match[name]

    @property
    def below(self) -> str:
        """The path below the organisation."""
        return "/".join(self.path.split("/")[3:])

    def only(self, *known: str) -> None:
        """Raises ApiError 406 for another query parameter."""
        self.pce.strict.parameters("", self.query, known=known)


# Log-in and the PCE itself


def authenticate(call: Call) -> Reply:
    """Documented but for its code, 201 as the OpenAPI has it for every POST."""
    token = call.pce.accounts.login(call.headers.get("authorization", ""), call.pce.now())
    return answer({"auth_token": token}, 201)


def log_in(call: Call) -> Reply:
    pce = call.pce
    session = pce.accounts.open_session(call.headers.get("authorization", ""), pce.now())
    org_id = pce.settings.org_id
    return answer(
        {
            "href": session.account.user,
            "type": "local",
            "full_name": session.account.name,
            "auth_username": session_name(session.account),
            "session_token": session.token,
            "inactivity_expiration_minutes": round(pce.settings.session_idle_seconds / 60),
            "product_version": version_of(pce),
            "orgs": [{"href": f"/orgs/{org_id}", "org_id": org_id, "display_name": "Example"}],
        }
    )


def product_version(call: Call) -> Reply:
    """Flat as the clients read it and 26.3.0 documents it, or wrapped as 25.2.20 documents it."""
    flat = version_of(call.pce)
    return answer({"product_version": flat} if call.pce.settings.version_shape == "wrapped" else flat)


def version_of(pce: Pce) -> dict[str, t.Any]:
    version = pce.settings.pce_version
    return {
        "version": version,
        "build": 1234,
        "release_info": "",
        "engineering_info": "",
        "long_display": f"{version}-1234",
        "short_display": version,
        "product_name": "asp",
    }


def health(call: Call) -> Reply:
    pce = call.pce
    return answer(
        [
            {
                "status": "normal",
                "type": "standalone",
                "fqdn": pce.settings.hostname,
                "available_seconds": pce.now() - pce.born,
                "notifications": [],
                "listen_only_mode_enabled_at": None,
                "nodes": [],
                "network": {"replication": []},
                "generated_at": moment(pce.now()),
            }
        ]
    )


def available(call: Call) -> Reply:
    return nothing(200)


def users(call: Call) -> Reply:
    accounts = call.pce.accounts.users.values()
    found = [{"href": one.user, "username": one.name, "type": "local", "full_name": one.name} for one in accounts]
    return read(call, Listed(found), "/users")


def api_keys(call: Call) -> Reply:
    """Only those of who asks (documented); the fields are those of the guide's sample."""
    user = f"/users/{call.part('id')}"
    names = [key.name for key in call.pce.accounts.keys.values() if call.account.user == user == key.user]
    found = [
        {
            "href": f"{user}/api_keys/{name.removeprefix('api_')}",
            "key_id": name.removeprefix("api_"),
            "auth_username": name,
            "created_at": "2020-01-27T01:30:22.274Z",
            "name": name,
            "description": "",
        }
        for name in names
    ]
    return read(call, Listed(found), "/users/{id}/api_keys")


# Collections and objects


def collection(call: Call) -> Reply:
    source = call.pce.source(call.below)
    if source is None:
        raise ApiError(404, "invalid_uri", f"Invalid URI: {call.path}")
    pattern = re.sub(r"^/sec_policy/[^/]+/", "/sec_policy/{pversion}/", f"/{call.below}")
    return read(call, source, pattern)


def read(call: Call, source: Source, pattern: str) -> Reply:
    """A collection at once, cut (documented: 500) without a sign; or as a job, whole."""
    pce, settings = call.pce, call.pce.settings
    pce.strict.parameters(pattern, call.query, known=("max_results",))
    asked = dict(call.query).get("max_results")
    if call.background and not ignores_async(call):
        limit = None if asked is None else int(asked)
        host = call.headers.get("host", pce.address)
        return pce.jobs.submit(call.account, call.path, source, call.query, limit=limit, host=host)
    limit = DEFAULT_RESULTS.get(call.below, settings.sync_limit) if asked is None else int(asked)
    if settings.sync_maximum:
        limit = min(limit, settings.sync_maximum)
    matched, texts = 0, []
    filters = [(name, value) for name, value in call.query if name != "max_results"]
    if not filters:
        matched = source.total()
        texts = list(limited(source.texts(filters, pce.now()), limit))
    else:
        for text in source.texts(filters, pce.now()):
            matched += 1
            if len(texts) < limit:
                texts.append(text)
    # Seen in the field: the total does not heed the filter; that the other does is assumed.
    headers = {"X-Total-Count": str(source.total()), "X-Matched-Count": str(matched)}
    return Reply(body=b"".join(array(texts)), content_type=JSON, headers=headers)


def ignores_async(call: Call) -> bool:
    ignored = call.pce.settings.async_ignored
    return "*" in ignored or call.below in ignored or call.path in ignored


def document(call: Call, value: t.Any, pattern: str = "") -> Reply:
    """One object that is no collection; as a job when asked for so."""
    call.pce.strict.parameters(pattern, call.query, known=("max_results",))
    if call.background and not ignores_async(call):
        host = call.headers.get("host", call.pce.address)
        return call.pce.jobs.submit(call.account, call.path, Document(value), [], limit=None, host=host)
    return answer(value)


def item(call: Call) -> Reply:
    return Reply(body=call.pce.item(call.below).encode(), content_type=JSON)


def fields(call: Call) -> dict[str, t.Any]:
    """The body of a request for which there is no published schema. Raises ApiError 406."""
    if not isinstance(call.body, dict):
        raise invalid_input("The property '#/' did not match the following type: object")
    return call.body


def create_object(call: Call) -> Reply:
    must_write(call.account)
    if call.part("pversion") != "draft" or call.part("kind") not in TYPES:
        raise ApiError(404, "invalid_uri", f"Invalid URI: {call.path}")
    made = call.pce.policy.create(call.part("kind"), fields(call), call.account.user, call.pce.now())
    return answer(made, 201)


def update_object(call: Call) -> Reply:
    must_write(call.account)
    call.pce.policy.update(call.path, fields(call), call.account.user, call.pce.now())
    return nothing()


def delete_object(call: Call) -> Reply:
    must_write(call.account)
    call.pce.policy.delete(call.path, call.account.user, call.pce.now())
    return nothing()


def workload_settings(call: Call) -> Reply:
    org_id = call.pce.settings.org_id
    value = {"href": f"/orgs/{org_id}/settings/workloads", "workload_disconnected_timeout_seconds": []}
    return document(call, value)


def database_metrics(call: Call) -> Reply:
    """Recorded."""
    exchanges = json.loads((DATA / "exchanges.json").read_text(encoding="utf-8"))
    (found,) = (one for one in exchanges if one["id"] == "database_metrics")
    return document(call, {**found["response"]["body"], "org_id": call.pce.settings.org_id})


# Jobs and datafiles


def list_jobs(call: Call) -> Reply:
    wanted = [(name, value) for name, value in call.query if name == "job_type"]
    return read(call, Listed(call.pce.jobs.listed(wanted)), "/jobs")


def download_datafile(call: Call) -> Reply:
    call.only("filename")
    return call.pce.jobs.download(call.part("id"), "gzip" in call.headers.get("accept-encoding", ""))


# Traffic queries


def submit_query(call: Call) -> Reply:
    return call.pce.queries.submit(call.account, call.body)


def list_queries(call: Call) -> Reply:
    call.only()
    return call.pce.queries.listed(call.account)


def poll_query(call: Call) -> Reply:
    return call.pce.queries.poll(call.account, call.part("id"))


def cancel_query(call: Call) -> Reply:
    return call.pce.queries.change(call.account, call.part("id"))


def delete_query(call: Call) -> Reply:
    return call.pce.queries.delete(call.account, call.part("id"))


def download_query(call: Call) -> Reply:
    call.pce.strict.parameters("/traffic_flows/async_queries/{id}/download", call.query)
    return call.pce.queries.download(call.account, call.part("id"), call.headers.get("accept", ""))


def update_rules(call: Call) -> Reply:
    call.pce.strict.parameters("/traffic_flows/async_queries/{id}/update_rules", call.query)
    return call.pce.queries.update_rules(call.account, call.part("id"))


# Reports and support bundles


def report_templates(call: Call) -> Reply:
    return answer(call.pce.reports.templates())


def report_settings(call: Call) -> Reply:
    """Its fields are recorded."""
    return answer(
        {
            "href": f"/orgs/{call.pce.settings.org_id}/report_settings",
            "report_retention_days": 1,
            "enabled": True,
            "max_queued_reports": call.pce.settings.max_queued_reports,
        }
    )


def submit_report(call: Call) -> Reply:
    must_administer(call.account)
    return call.pce.reports.submit(call.account, call.body)


def list_reports(call: Call) -> Reply:
    must_administer(call.account)
    return call.pce.reports.listed()


def poll_report(call: Call) -> Reply:
    must_administer(call.account)
    return call.pce.reports.poll(call.part("id"))


def cancel_report(call: Call) -> Reply:
    must_administer(call.account)
    return call.pce.reports.change(call.part("id"), call.body or {})


def download_report(call: Call) -> Reply:
    must_administer(call.account)
    return call.pce.reports.download(call.part("id"))


def submit_bundle(call: Call) -> Reply:
    """The three fields stand in the body or, as the OpenAPI also has it, in the query."""
    must_write(call.account)
    call.only("include_logs", "starting_at", "ending_at")
    asked: dict[str, t.Any] = dict(call.query)
    if "include_logs" in asked:
        asked["include_logs"] = asked["include_logs"] == "true"
    return call.pce.bundles.submit(call.account, {**asked, **(call.body or {})})


def list_bundles(call: Call) -> Reply:
    return call.pce.bundles.listed()


def poll_bundle(call: Call) -> Reply:
    return call.pce.bundles.poll(call.part("id"))


def download_bundle(call: Call) -> Reply:
    return call.pce.bundles.download(call.part("id"))


def delete_bundle(call: Call) -> Reply:
    must_write(call.account)
    return call.pce.bundles.delete(call.part("id"))


# Policy


def subset_of(call: Call) -> t.Any:
    return (call.body or {}).get("change_subset")


def commit(call: Call) -> Reply:
    """Synchronous (recorded); what takes time is that the workloads take it on."""
    must_write(call.account)
    pce, now, body = call.pce, call.pce.now(), call.body or {}
    message = body.get("update_description")
    try:
        hrefs = pce.policy.chosen(subset_of(call))
        version = pce.policy.commit(hrefs, message, call.account.user, now, pce.estate.managed_count())
    except ApiError as exc:
        pce.record(call.account, "provision", description=message or "", accepted=False, answer=exc.message)
        raise
    pce.estate.commit(now)
    pce.record(
        call.account,
        "provision",
        job=version.record["href"],
        description=message or "",
        changes=hrefs,
        details={"version": version.record["version"], "subset": subset_of(call) is not None},
    )
    return answer(version.record, 201)


def versions(call: Call) -> Reply:
    call.only("max_results")
    newest = [one.record for one in reversed(call.pce.policy.versions)]
    return answer(newest[: int(dict(call.query).get("max_results", call.pce.settings.sync_limit))])


def version(call: Call) -> Reply:
    return answer(call.pce.policy.version(call.part("pversion")).record)


def pending(call: Call) -> Reply:
    return document(call, call.pce.policy.pending(), "/sec_policy/pending")


def modified_objects(call: Call) -> Reply:
    found = [
        {"object_type": kind, **{name: value for name, value in one.items() if name not in ("id", "caps")}}
        for kind, ones in call.pce.policy.pending().items()
        for one in ones
    ]
    return document(call, found)


def dependencies(call: Call) -> Reply:
    """``[]`` is documented for none; what else the answer holds is assumed."""
    policy = call.pce.policy
    missing = policy.dependencies(call.body["operation"], policy.chosen(call.body["change_subset"]))
    return answer(
        [{"href": href, "required_by": [{"href": one} for one in needed]} for href, needed in missing.items()]
    )


def impact(call: Call) -> Reply:
    """Assumed but for its request."""
    subset = subset_of(call)
    if subset is not None:
        call.pce.policy.chosen(subset)
    return answer({"num_sets": 0, "num_virtual_servers": 0, "num_managed_workloads": call.pce.estate.managed_count()})


def revert(call: Call) -> Reply:
    must_write(call.account)
    pce = call.pce
    try:
        hrefs = pce.policy.chosen(subset_of(call))
        pce.policy.revert(hrefs)
    except ApiError as exc:
        pce.record(call.account, "revert", accepted=False, answer=exc.message)
        raise
    pce.record(call.account, "revert", changes=hrefs)
    return nothing()


def revert_all(call: Call) -> Reply:
    must_write(call.account)
    hrefs = call.pce.policy.pending_hrefs()
    call.pce.policy.revert(hrefs)
    call.pce.record(call.account, "revert", changes=hrefs)
    return nothing()


def restore(call: Call) -> Reply:
    """What the answer holds is not known; assumed: nothing."""
    must_write(call.account)
    pce = call.pce
    number = call.part("pversion")
    if not number.isdigit():
        raise not_acceptable("Only a version can be restored")
    try:
        hrefs = pce.policy.restore(number, call.account.user, pce.now())
    except ApiError as exc:
        pce.record(call.account, "restore", job=call.path, accepted=False, answer=exc.message)
        raise
    pce.record(call.account, "restore", job=call.path, changes=hrefs)
    return answer({}, 201)


def apply_policy(call: Call) -> Reply:
    must_write(call.account)
    call.pce.estate.apply_policy(call.pce.now())
    return nothing()


# VENs and bulk changes


def upgrade_vens(call: Call) -> Reply:
    """200 with errors per item (read in clients), or 204 (the OpenAPI) when there are none."""
    must_write(call.account)
    pce, body = call.pce, call.body
    hrefs = [one["href"] for one in body["vens"]]
    try:
        pce.take_bulk()
    except ApiError as exc:
        pce.record(call.account, "ven-upgrade", description=body["release"], accepted=False, answer=exc.message)
        raise
    timeout = float(body.get("upgrade_timeout_seconds", DEFAULT_UPGRADE_TIMEOUT))
    errors = pce.estate.upgrade(body["release"], hrefs, timeout, pce.now())
    refused = {href for error in errors for href in error["hrefs"]}
    taken = [href for href in hrefs if href not in refused]
    pce.record(call.account, "ven-upgrade", description=body["release"], changes=taken, details={"errors": errors})
    if not errors and pce.settings.ven_upgrade_answer == "empty":
        return nothing()
    return answer({"errors": errors})


def bulk(call: Call) -> list[dict[str, t.Any]]:
    must_write(call.account)
    if not isinstance(call.body, list) or len(call.body) > BULK_LIMIT:
        raise not_acceptable(f"A list of {BULK_LIMIT} at most")
    call.pce.take_bulk()
    return call.body


def bulk_create(call: Call) -> Reply:
    """The shapes of the three answers are documented: HTTP 200 also with errors inside."""
    estate, now = call.pce.estate, call.pce.now()
    return answer([{"href": estate.create(spec, now), "status": "created"} for spec in bulk(call)])


def bulk_update(call: Call) -> Reply:
    results = []
    for spec in bulk(call):
        href = str(spec.get("href", ""))
        try:
            call.pce.estate.change(href, spec)
            results.append({"href": href, "status": "updated"})
        except ApiError as exc:
            results.append({"href": href, "status": "error", "token": exc.token, "message": exc.message})
    return answer(results)


def bulk_delete(call: Call) -> Reply:
    results = []
    for one in bulk(call):
        try:
            call.pce.estate.delete(one["href"])
        except ApiError as exc:
            results.append({"href": one["href"], "errors": [{"token": exc.token, "message": exc.message}]})
    return answer(results)
