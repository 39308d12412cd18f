# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions on endpoints: one id for all of them, one state for each."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ..system import Reply, SpecError
from .answers import business, enveloped
from .endpoints import Endpoint
from .work import Plan, Words, Work, make_plan

if t.TYPE_CHECKING:
    from .keys import Key
    from .tenant import Tenant

OPEN = frozenset({"PENDING", "IN_PROGRESS", "PENDING_ABORT"})
WORDS = Words("PENDING", "IN_PROGRESS", "COMPLETED_SUCCESSFULLY", OPEN)
NOBODY = "No endpoint was found for creating the requested action"  # assumed
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
ABORT_SECONDS = 5.0


@dataclasses.dataclass(frozen=True)
class ActionPlan(Plan):
    """``empty_looks``: so many looks find ``data`` empty, as right after the submit.

    ``endpoints``: by id or name what differs there. ``error``: of an endpoint that ends badly, for ``errorReasons``.
    The rest is for scripts: ``general_status`` instead of the computed one, ``output``, ``return_value``, ``files``
    (how many were retrieved) and ``failed_files``.
    """

    pending: float = 5.0
    seconds: float = 30.0
    empty_looks: int = 1
    endpoints: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    error: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    general_status: str | None = None
    output: str | None = "ok"
    return_value: t.Any = None
    files: int = 0
    failed_files: int = 0


@dataclasses.dataclass
class Target(Work):
    """One endpoint of an action. While it is offline the work does not begin, and expires."""

    endpoint: Endpoint = dataclasses.field(default_factory=lambda: Endpoint("", ""))
    started: bool = True
    expires: float = 0.0
    aborted: float | None = None
    applied: bool = False

    def word(self, now: float) -> str:
        if self.aborted is not None:
            if not self.started:
                return "CANCELLED"
            return "PENDING_ABORT" if now < self.aborted + ABORT_SECONDS else "ABORTED"
        if self.plan.states:
            return super().word(now)
        if not self.started:
            return "EXPIRED" if now >= self.expires else "PENDING"
        return super().word(now)

    def over(self, now: float) -> bool:
        return self.word(now) not in OPEN if self.aborted is not None else super().over(now)

    @property
    def action_plan(self) -> ActionPlan:
        return t.cast("ActionPlan", self.plan)


@dataclasses.dataclass
class Action:
    """``kind`` is the last part of the path."""

    id: int
    kind: str
    body: dict[str, t.Any]
    plan: ActionPlan
    began: float
    targets: dict[str, Target]
    looks: int = 0

    def words(self, now: float) -> dict[str, str]:
        return {name: target.word(now) for name, target in self.targets.items()}

    def over(self, now: float) -> bool:
        return all(target.over(now) for target in self.targets.values())


class Actions:
    """The actions of one tenant, scripts among them."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.actions: dict[int, Action] = {}

    def submit(self, key: Key, kind: str, wanted: t.Mapping[str, t.Any]) -> Reply:
        """Every action of the family. Raises ApiError, mostly 500 (documented)."""
        single = kind in ("isolate", "unisolate", "restore") and "endpoint_id" in wanted
        if single:
            filters: t.Any = [{"field": "endpoint_id_list", "operator": "in", "value": [wanted["endpoint_id"]]}]
        elif kind == "upgrade":
            ids = wanted.get("endpoint_ids")
            if not isinstance(ids, list) or not ids:
                raise business("endpoint_ids is required")
            filters = [{"field": "endpoint_id_list", "operator": "in", "value": ids}]
        else:
            filters = wanted.get("filters")
        check_body(kind, wanted)
        chosen = self._tenant.endpoints.chosen(filters, all_word=kind in ("scan", "abort_scan"))
        action = self.start(kind, dict(wanted), chosen)
        self.note(key, f"endpoint-{kind}", action, {"filters": filters})
        return self._answer(action, single=single)

    def start(self, kind: str, body: dict[str, t.Any], chosen: t.Sequence[Endpoint]) -> Action:
        """Raises ApiError when there is no endpoint."""
        if not chosen:
            raise business(NOBODY)
        settings, now = self._tenant.settings, self._tenant.now()
        self.settle(now)
        plan = make_action_plan(settings.actions, settings.next_actions.pop(0) if settings.next_actions else {})
        action = Action(
            id=max([settings.first_action_id - 1, *self.actions]) + 1,
            kind=kind,
            body=body,
            plan=plan,
            began=now,
            targets={
                endpoint.id: Target(
                    began=now,
                    plan=plan_for(plan, endpoint),
                    words=WORDS,
                    endpoint=endpoint,
                    started=endpoint.online,
                    expires=now + settings.action_expiration,
                )
                for endpoint in chosen
            },
        )
        self.actions[action.id] = action
        if kind == "abort_scan":
            self._abort_scans(set(action.targets), now)
        return action

    def note(self, key: Key, kind: str, action: Action, details: t.Mapping[str, t.Any]) -> None:
        """Writes into the ledger; ``changes`` are the endpoints."""
        body = {name: value for name, value in action.body.items() if name != "filters"}
        self._tenant.record(
            key,
            kind,
            job=str(action.id),
            description=str(body.get("script_uid", "")),
            changes=list(action.targets),
            details={**details, **body, "effect": kind},
        )

    def _answer(self, action: Action, *, single: bool = False) -> Reply:
        """``status`` is no state of the action (documented as "1")."""
        settings = self._tenant.settings
        identity: t.Any = str(action.id) if settings.action_ids == "string" else action.id
        short = settings.action_answer == "short" or (single and settings.isolate_single_answer == "short")
        if short:
            return enveloped({"action_id": identity})
        return enveloped({"action_id": identity, "status": "1", "endpoints_count": str(len(action.targets))})

    def status(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        action, now = self.find(wanted.get("group_action_id")), self._tenant.now()
        self.settle(now)
        action.looks += 1
        if action.looks <= action.plan.empty_looks:
            return enveloped({"data": {}})
        shown: dict[str, t.Any] = {"data": {name: target.look(now) for name, target in action.targets.items()}}
        if self._tenant.settings.error_reasons == "failures":
            reasons = {
                name: self._reason(target)
                for name, target in action.targets.items()
                if shown["data"][name] in ("FAILED", "COMPLETED_PARTIAL", "TIMEOUT")
            }
            if reasons:
                shown["errorReasons"] = reasons
        return enveloped(shown)

    def _reason(self, target: Target) -> dict[str, t.Any]:
        """Names of fields are documented, texts are not."""
        return {"errorDescription": "The agent could not perform the action", **target.action_plan.error}

    def file_details(self, wanted: t.Mapping[str, t.Any], host: str) -> Reply:
        """A link for every endpoint that has sent its files (whether others are listed: assumed not)."""
        action, now = self.find(wanted.get("group_action_id")), self._tenant.now()
        if action.kind != "file_retrieval":
            raise business("The action is no file retrieval")
        links = self._tenant.links
        size = self._tenant.settings.file_bytes
        return enveloped(
            {
                "data": {
                    name: links.to_zip(f"{action.id}/{name}", size, host)
                    for name, target in action.targets.items()
                    if target.over(now) and target.word(now) in ("COMPLETED_SUCCESSFULLY", "COMPLETED_PARTIAL")
                }
            }
        )

    def find(self, identity: t.Any) -> Action:
        """By a number, or a number in a string (both are seen). Raises ApiError; its text is assumed."""
        if isinstance(identity, str) and identity.isascii() and identity.isdigit():
            identity = int(identity)
        if isinstance(identity, bool) or not isinstance(identity, int):
            raise business("The action id must be an integer")
        if identity not in self.actions:
            raise business(f"Action {identity} was not found")
        return self.actions[identity]

    # What actions do

    def settle(self, now: float) -> None:
        """Gives the endpoints what actions that ended did to them."""
        for action in self.actions.values():
            for target in action.targets.values():
                if not target.applied:
                    apply(action, target, now)

    def connection(self, endpoint: Endpoint, status: str, now: float) -> None:
        """An endpoint comes or goes: what waits for it begins, and what has not begun waits."""
        self.settle(now)
        was, endpoint.status = endpoint.online, status
        for action in self.actions.values():
            target = action.targets.get(endpoint.id)
            if target is None or target.word(now) not in OPEN or was == endpoint.online:
                continue
            if endpoint.online and not target.started:
                target.started, target.began = True, now
            elif not endpoint.online and target.word(now) == "PENDING":
                target.started = False

    def _abort_scans(self, names: t.Collection[str], now: float) -> None:
        for action in self.actions.values():
            if action.kind == "scan":
                for name in names & action.targets.keys():
                    if not action.targets[name].over(now):
                        action.targets[name].aborted = now

    def quarantine_status(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        """The form of the answer is unverified."""
        self.settle(self._tenant.now())
        files = wanted.get("files")
        if not isinstance(files, list) or not files:
            raise business("files is required")
        found = []
        for one in files:
            if not isinstance(one, dict) or not {"endpoint_id", "file_path", "file_hash"} <= set(one):
                raise business("a file has endpoint_id, file_path and file_hash")
            endpoint = self._tenant.endpoints.all.get(str(one["endpoint_id"]))
            there = endpoint is not None and (one["file_path"], one["file_hash"]) in endpoint.quarantined
            found.append({**{name: one[name] for name in ("endpoint_id", "file_path", "file_hash")}, "status": there})
        return enveloped(found)


def check_body(kind: str, wanted: t.Mapping[str, t.Any]) -> None:
    """What an action needs besides its endpoints. Raises ApiError."""
    if kind == "file_retrieval":
        files = wanted.get("files")
        if not isinstance(files, dict) or not files or set(files) - {"windows", "linux", "macos"}:
            raise business("files must have paths by windows, linux, macos")
    if kind == "quarantine" and not (isinstance(wanted.get("file_path"), str) and wanted["file_path"]):
        raise business("file_path is required")
    if kind in ("quarantine", "restore") and not SHA256.fullmatch(str(wanted.get("file_hash", ""))):
        raise business("file_hash must be a SHA256")


def apply(action: Action, target: Target, now: float) -> None:
    """What an action has done to an endpoint, or is about to do."""
    endpoint, word = target.endpoint, target.word(now)
    over, done = target.over(now), word == "COMPLETED_SUCCESSFULLY"
    target.applied = over
    if action.kind == "scan":
        words = {"PENDING": "PENDING", "IN_PROGRESS": "IN_PROGRESS", "PENDING_ABORT": "PENDING_CANCELLATION"}
        ends = {"COMPLETED_SUCCESSFULLY": "SUCCESS", "ABORTED": "ABORTED", "CANCELLED": "CANCELED"}
        endpoint.scan = f"SCAN_STATUS_{ends.get(word, 'ERROR') if over else words.get(word, 'PENDING')}"
    elif action.kind == "isolate":
        if done:
            endpoint.isolated = "AGENT_ISOLATED"
        elif endpoint.isolated != "AGENT_ISOLATED":
            endpoint.isolated = "AGENT_UNISOLATED" if over else "AGENT_PENDING_ISOLATION"
    elif action.kind == "unisolate" and done:
        endpoint.isolated = "AGENT_UNISOLATED"
    elif action.kind == "quarantine" and done:
        endpoint.quarantined.add((action.body["file_path"], action.body["file_hash"]))
    elif action.kind == "restore" and done:
        endpoint.quarantined = {one for one in endpoint.quarantined if one[1] != action.body["file_hash"]}
    elif action.kind == "upgrade" and done:
        versions = action.body.get("target_versions")
        if isinstance(versions, dict) and versions.get(endpoint.platform):
            endpoint.version = str(versions[endpoint.platform])


def make_action_plan(*specs: t.Mapping[str, t.Any]) -> ActionPlan:
    """Raises SpecError."""
    plan = t.cast("ActionPlan", make_plan(ActionPlan, *specs))
    for name, spec in plan.endpoints.items():
        if {"endpoints", "empty_looks", "general_status"} & set(spec):
            raise SpecError(f"the plan of endpoint {name} has no endpoints, empty_looks and general_status")
        make_plan(ActionPlan, spec)
    return plan


def plan_for(plan: ActionPlan, endpoint: Endpoint) -> ActionPlan:
    own = {**plan.endpoints.get(endpoint.name, {}), **plan.endpoints.get(endpoint.id, {})}
    if "states" in own:
        own["states"] = tuple(own["states"])
    return dataclasses.replace(plan, **own)
