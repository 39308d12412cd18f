# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""type=commit and the validate commands: what is asked for, and what the device says to it."""

from __future__ import annotations

import dataclasses
import typing as t
import xml.etree.ElementTree as ET

from ..system import Reply
from .config import LOCATIONS, Change, Scope
from .jobs import FAILED_JOB
from .xml import ApiError, bad_request, enqueued, members, message, only, parse, success, unexpected

if t.TYPE_CHECKING:
    from .device import Admin, PanosDevice

DESCRIPTION_LIMIT = 512
EXCLUDES = ("device-and-network", "shared-object", "policy-and-objects")
# Documented: firewalls by vsys; client (pan-os-python, Ruby gem): the parts of a Panorama.
FIREWALL_PARTS = ("vsys",)
PANORAMA_PARTS = tuple(kind for kind in LOCATIONS if kind != "vsys")
SAME = "The result of this commit would be the same as the previous commit queued/processed."
NO_CHANGES = "There are no changes to commit."


@dataclasses.dataclass(frozen=True)
class Demand:
    """What a commit body asks for."""

    description: str = ""
    force: bool = False
    validate: bool = False
    partial: bool = False
    scope: Scope = dataclasses.field(default_factory=Scope)


def demand_of(device: PanosDevice, cmd: str, action: str) -> Demand:
    """Reads ``<commit>…</commit>``. Raises ApiError for anything a device would not know."""
    root = parse(cmd)
    if root.tag != "commit":
        raise unexpected([], root.tag)
    demand = read(device, root, ["commit"])
    if action == "partial" and not demand.partial:
        # Documented: action=partial goes with <partial>. The other way round works without (client: pan-os-python).
        raise ApiError("commit -> partial is missing", code="17")
    return demand


def read(device: PanosDevice, node: ET.Element, path: list[str]) -> Demand:
    """``force`` and ``validate`` may enclose the rest (client: pan-python's pan.commit)."""
    allowed = {"description", "force", "partial", "validate"} if len(path) == 1 else {"partial", "force", "description"}
    only(node, allowed, path)
    demand = Demand()
    for child in node:
        if child.tag == "description":
            demand = dataclasses.replace(demand, description=description_of(child))
        elif child.tag == "partial":
            demand = dataclasses.replace(demand, partial=True, scope=scope_of(device, child, [*path, "partial"]))
        else:
            inner = read(device, child, [*path, child.tag])
            demand = Demand(
                description=inner.description or demand.description,
                force=demand.force or inner.force or child.tag == "force",
                validate=demand.validate or inner.validate or child.tag == "validate",
                partial=demand.partial or inner.partial,
                scope=inner.scope if inner.partial else demand.scope,
            )
    return demand


def description_of(node: ET.Element) -> str:
    text = node.text or ""
    if len(text) > DESCRIPTION_LIMIT:
        raise ApiError(f"commit -> description can be at most {DESCRIPTION_LIMIT} characters", code="12")
    return text


def scope_of(device: PanosDevice, node: ET.Element, path: list[str]) -> Scope:
    kinds = FIREWALL_PARTS if device.kind == "firewall" else PANORAMA_PARTS
    only(node, {"admin", *EXCLUDES, *kinds, *(f"no-{kind}" for kind in kinds)}, path)
    admins: frozenset[str] | None = None
    excluded, without = set(), set()
    parts: dict[str, frozenset[str]] = {}
    for child in node:
        if child.tag == "admin":
            admins = frozenset(members(child, [*path, "admin"]))
        elif child.tag in EXCLUDES:
            # pan-os-python's older methods send the element empty.
            if (child.text or "excluded").strip() != "excluded":
                raise ApiError(f"{' -> '.join(path)} -> {child.tag} '{child.text}' is invalid", code="12")
            excluded.add(child.tag)
        elif child.tag.startswith("no-"):
            without.add(child.tag[3:])
        else:
            parts[child.tag] = frozenset(members(child, [*path, child.tag]))
    return Scope(admins, frozenset(excluded), parts, frozenset(without))


def commit(device: PanosDevice, admin: Admin, cmd: str, action: str) -> Reply:
    """type=commit. Every refusal and every acceptance is in the ledger."""
    if action not in ("", "partial"):
        raise bad_request(f'Illegal value for parameter "action" [{action}].')
    demand = demand_of(device, cmd, action)
    kind = "validate" if demand.validate else "commit"
    try:
        if not admin.writes:
            raise ApiError("Type [commit] not authorized for user role.", code="403", http=403, style="result")
        if demand.validate:
            return validate(device, admin, demand)
        refuse(device, admin)
        return enqueue(device, admin, demand)
    except ApiError as exc:
        note(device, admin, kind, demand, answer=exc.text)
        raise


def validate(device: PanosDevice, admin: Admin, demand: Demand) -> Reply:
    """A validate job takes its turn in the queue and changes nothing. Locks do not hinder it (assumed)."""
    refuse_busy(device)
    changes = selected(device, demand)
    plan = next_plan(device, "validate")
    job = device.submit("Validate", admin=admin.name, description="", changes=changes, plan=plan)
    note(device, admin, "validate", demand, job=str(job.id), changes=changes)
    return enqueued("Validate", job.id)


def refuse(device: PanosDevice, admin: Admin) -> None:
    """Raises ApiError where a device does not accept a commit now."""
    refuse_busy(device)
    refuse_locked(device, admin)
    if device.settings.config_lock_timeouts > 0:
        device.settings.config_lock_timeouts -= 1
        raise ApiError("Timed out while getting config lock. Please try again.")


def refuse_busy(device: PanosDevice) -> None:
    """Texts: clients (pan-os-python, Ruby gem); code 13 with the first one is recorded."""
    busy = ApiError("Another commit/validate is in progress. Please try again later", code="13")
    if not device.autocommit_over():
        # That commits are refused until the auto-commit is over is reported, the text is assumed.
        raise busy
    if device.settings.install_refuses_commit and device.installing():
        raise ApiError("You cannot commit while an install is in progress. Please try again later.", code="13")
    if device.kind == "firewall" and any(job.type == "CommitAll" for job in device.engine.running()):
        # Documented (commit queues): while a push from Panorama runs, no commits are taken; the text is assumed.
        raise busy
    waiting = len(device.engine.queue)
    if device.busy() and (not device.settings.queue or waiting >= device.settings.queue_limit):
        # The queue has a limit (documented); what a device says when it is full is assumed.
        raise busy


def refuse_locked(device: PanosDevice, admin: Admin) -> None:
    """Locks of others. Code 14 and the text for a commit lock are recorded, see ``locks``; the rest are clients'."""
    commit_locks = device.locks.of_others("commit", admin.name)
    config_locks = device.locks.of_others("config", admin.name) if device.settings.config_lock_blocks_commit else []
    if not commit_locks and not config_locks:
        return
    lock = (commit_locks or config_locks)[0]
    style = device.settings.lock_refusal
    if style == "auto":
        style = "device_wide" if commit_locks else "holding_config"
    texts = {
        "device_wide": "Other administrators are holding device wide commit locks.",
        "holding_commit": "Other administrators are holding commit locks.",
        "holding_config": "Other administrators are holding config locks ",
        "locked_by": f"Configuration is locked by {lock.owner}",
        "scope": f"Config for scope {lock.scope} is currently locked by {lock.owner}",
        "admins": f"{len(commit_locks or config_locks)} admin(s) have commit locks",
    }
    raise ApiError(texts[style], code="14")


def enqueue(device: PanosDevice, admin: Admin, demand: Demand) -> Reply:
    changes = selected(device, demand)
    if not changes and not demand.force:
        answer = nothing_to_do(device, admin, device.settings.noop_style)
        note(device, admin, "commit", demand, answer="nothing to do")
        return answer
    plan = next_plan(device, "commit")
    job = device.submit("Commit", admin=admin.name, description=demand.description, changes=changes, plan=plan)
    note(device, admin, "commit", demand, job=str(job.id), changes=changes)
    return enqueued("Commit", job.id)


def selected(device: PanosDevice, demand: Demand) -> list[Change]:
    """The changes a job takes along: those in its scope that no waiting or running commit took before it."""
    return [one for one in device.configuration.journal if one.taken_by is None and demand.scope.selects(one)]


def next_plan(device: PanosDevice, kind: str) -> dict[str, t.Any]:
    """The first plan in ``next_commits`` for this kind, used up."""
    plans = device.settings.next_commits
    for plan in plans:
        if plan.get("kind", "commit") == kind:
            plans.remove(plan)
            return plan
    return {}


def nothing_to_do(device: PanosDevice, admin: Admin, style: str) -> Reply:
    """The recorded shapes: puppet_01_noop.xml, cts_commit_responses.txt."""
    if style == "auto":
        style = "same" if admin.role == "custom" or device.busy() else "no_changes"
    if style == "no_changes":
        return message(NO_CHANGES, code="19")
    if style == "line":
        body = f'<response status="success" code="19"><msg><line>{NO_CHANGES}</line></msg></response>'
        return Reply(body=body.encode())
    if style == "same_cut":
        return message("The result of this commit would be the same", code="13")
    return message(SAME, code="" if style == "same_without_code" else "13")


def note(
    device: PanosDevice,
    admin: Admin,
    kind: str,
    demand: Demand,
    *,
    job: str = "",
    changes: t.Sequence[Change] = (),
    answer: str = "",
) -> None:
    device.world.ledger.submission(
        system="panos",
        device=device.address,
        admin=admin.name,
        kind=kind,
        accepted=bool(job),
        job=job,
        description=demand.description,
        changes=[change.id for change in changes],
        answer=answer,
    )


def unknown_job(device: PanosDevice, job: str) -> Reply:
    """``job N not found`` with code 7 is recorded (see ``locks``); the other styles are assumed."""
    style = device.settings.unknown_job
    if style == "empty":
        return success("")
    if style == "failed_job":
        return success(FAILED_JOB)
    raise ApiError(f"job {job} not found", code="7" if style == "error" else "")
