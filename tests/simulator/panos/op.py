# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""type=op: the operational commands.

Replies of ``show config list changes``, of the locks and of ``revert config`` follow recordings of a Panorama 11.1 in
rautanen-io/netbox-panorama-configpump-plugin @93efbed, tests/test_push.py (2025); see also ``locks``.
"""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from ..system import Reply
from .commit import Demand, scope_of, unknown_job, validate
from .jobs import FAILED_JOB, UNSTOPPABLE_TYPES, Job, record
from .locks import Lock
from .xml import ApiError, element, members, only, parse, success, unexpected

if t.TYPE_CHECKING:
    from .device import Admin, PanosDevice


class Command(t.NamedTuple):
    """One command: the device, who asks, the scope (parameter vsys), and the element that the path leads to."""

    device: PanosDevice
    admin: Admin
    vsys: str
    node: ET.Element
    path: tuple[str, ...]


Handler = t.Callable[[Command], Reply]
COMMANDS: dict[tuple[str, ...], Handler] = {}
FIREWALL_ONLY = {("show", "chassis-ready")}


def command(*paths: str) -> t.Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        for path in paths:
            COMMANDS[tuple(path.split())] = handler
        return handler

    return register


def run(device: PanosDevice, admin: Admin, cmd: str, vsys: str) -> Reply:
    """Runs ``<show>…</show>`` and the like. Raises ApiError for what a device does not know."""
    node, path = parse(cmd), []
    while True:
        path.append(node.tag)
        found = COMMANDS.get(tuple(path))
        if found is not None:
            if tuple(path) in FIREWALL_ONLY and device.kind != "firewall":
                raise unexpected(path[:-1], path[-1])
            return found(Command(device, admin, vsys or "shared", node, tuple(path)))
        if not any(known[: len(path)] == tuple(path) for known in COMMANDS):
            raise unexpected(path[:-1], path[-1])
        if len(node) == 0:
            raise ApiError(f"{' -> '.join(path)} is incomplete", code="17")
        if len(node) > 1:
            raise unexpected(path, node[1].tag)
        node = node[0]


def plain(command: Command) -> None:
    """The element has no children. Raises ApiError."""
    only(command.node, (), command.path)


@command("show jobs id")
def job_by_id(command: Command) -> Reply:
    plain(command)
    text = (command.node.text or "").strip()
    if not text.isdigit():
        raise ApiError(f"show -> jobs -> id '{text}' is not a valid number", code="12")
    job = command.device.engine.get(int(text))
    if job is None:
        return unknown_job(command.device, text)
    command.device.engine.polled(job, command.device.now())
    return success(show(command.device, job))


@command("show jobs all", "show jobs pending", "show jobs processed")
def job_list(command: Command) -> Reply:
    """Newest first (recorded)."""
    plain(command)
    device = command.device
    jobs = list(reversed(device.engine.jobs))
    if command.path[-1] == "pending":
        jobs = [job for job in jobs if job.finished is None]
    elif command.path[-1] == "processed":
        jobs = [job for job in jobs if job.finished is not None]
    records = [show(device, job) for job in jobs]
    return success("".join(arranged(device.settings.jobs_all, records)) or "\n")


def arranged(style: str, records: list[str]) -> list[str]:
    """The oddities of the list, each recorded: issue533, demisto_*, assurance_*."""
    if style == "failed_first":
        return [FAILED_JOB, *records]
    if style == "failed_middle":
        return [*records[:1], FAILED_JOB, *records[1:]]
    if style == "failed_only":
        return [FAILED_JOB]
    if style == "duplicate_ids" and records:
        twin = records[0].replace("<type>Commit</type>", "<type>RefreshLic</type>")
        return [records[0], twin, *records[1:]]
    if style == "latest_only":
        return records[:1]
    return [] if style == "empty" else records


def show(device: PanosDevice, job: Job) -> str:
    return record(
        job,
        device.now(),
        style=device.style,
        position=device.engine.position(job),
        skew=device.settings.clock_skew,
    )


@command("clear job id")
def clear_job(command: Command) -> Reply:
    """Assumed as a whole: that it exists is unverified, and no client read uses it.

    A waiting job is taken from the queue, a running one is stopped while it shows ``stoppable`` yes; the record then
    says FIN and FAIL with a line, or is gone (setting ``canceled_job``).
    """
    plain(command)
    device, text = command.device, (command.node.text or "").strip()
    job = device.engine.get(int(text)) if text.isdigit() else None
    if job is None:
        return unknown_job(device, text)
    if job.finished is not None:
        raise ApiError(f"job {text} is not pending", code="14")
    if job.status == "ACT" and (job.type in UNSTOPPABLE_TYPES or job.progress(device.now()) >= 99):
        raise ApiError(f"job {text} cannot be stopped", code="14")
    job.verdict.details = ["Job canceled by user"]
    job.verdict.warnings = []
    device.engine.cancel(job, device.now())
    if device.settings.canceled_job == "vanish":
        device.engine.remove(job)
    return success(f"Job {text} cleared")


@command("check pending-changes")
def pending_changes(command: Command) -> Reply:
    """Documented by clients' use. Whether changes of a waiting commit still count is a setting (assumed: yes)."""
    plain(command)
    device = command.device
    journal = device.configuration.journal
    counted = [one for one in journal if device.settings.pending_while_queued or one.taken_by is None]
    return success("yes" if counted else "no")


@command("check full-commit-required")
def full_commit_required(command: Command) -> Reply:
    plain(command)
    return success("yes" if command.device.settings.full_commit_required else "no")


@command("show config list changes")
def list_changes(command: Command) -> Reply:
    """Recorded: the children, their order, the blank before the action, an empty result without changes."""
    only(command.node, {"partial"}, command.path)
    changes = command.device.configuration.pending()
    partial = command.node.find("partial")
    if partial is not None:
        scope = scope_of(command.device, partial, [*command.path, "partial"])
        changes = [change for change in changes if scope.selects(change)]
    if not changes:
        return success("")
    entries = "".join(
        "<entry>"
        + element("xpath", change.xpath)
        + element("owner", change.owner)
        + element("action", f" {change.action}")
        + element("admin-history", change.owner)
        + element("component-type", change.component)
        + "</entry>"
        for change in changes
    )
    return success(f"<journal>{entries}</journal>")


@command("show config diff")
def config_diff(command: Command) -> Reply:
    """A text (client); its exact form is assumed."""
    plain(command)
    return success(escape(command.device.configuration.diff()))


@command("show commit-locks", "show config-locks")
def list_locks(command: Command) -> Reply:
    """With ``<vsys>all|vsysN|shared</vsys>`` since 9.1 (client: pango)."""
    only(command.node, {"vsys"}, command.path)
    kind = command.path[-1].split("-")[0]
    scope = (command.node.findtext("vsys") or "all").strip()
    locks = [lock for lock in command.device.locks.held if lock.kind == kind and scope in ("all", lock.scope)]
    entries = "".join(lock.entry(command.device.settings.clock_skew) for lock in locks)
    return success(f"<{kind}-locks>{entries}</{kind}-locks>")


@command("request commit-lock add", "request config-lock add")
def add_lock(command: Command) -> Reply:
    only(command.node, {"comment"}, command.path)
    must_write(command)
    kind = command.path[1].split("-")[0]
    lock = Lock(kind, command.admin.name, command.vsys, command.device.now(), command.node.findtext("comment"))
    older = command.device.settings.lock_texts == "older"
    return success(escape(command.device.locks.add(lock, older_texts=older)))


@command("request commit-lock remove", "request config-lock remove")
def remove_lock(command: Command) -> Reply:
    only(command.node, {"admin"}, command.path)
    must_write(command)
    text = command.device.locks.remove(
        command.path[1].split("-")[0],
        command.vsys,
        admin=command.admin.name,
        owner=(command.node.findtext("admin") or command.admin.name).strip(),
        superuser=command.admin.role == "superuser",
        older_texts=command.device.settings.lock_texts == "older",
    )
    return success(escape(text))


@command("validate full")
def validate_full(command: Command) -> Reply:
    plain(command)
    must_write(command)
    return validate(command.device, command.admin, Demand(validate=True))


@command("validate partial")
def validate_partial(command: Command) -> Reply:
    must_write(command)
    scope = scope_of(command.device, command.node, list(command.path))
    return validate(command.device, command.admin, Demand(validate=True, partial=True, scope=scope))


@command("revert config")
def revert(command: Command) -> Reply:
    """Recorded texts; that a queued commit forbids it is a client's (pan-os-php)."""
    only(command.node, {"partial", "skip-validate"}, command.path)
    must_write(command)
    refuse_revert(command)
    admins = None
    partial = command.node.find("partial")
    if partial is not None:
        only(partial, {"admin"}, [*command.path, "partial"])
        named = partial.find("admin")
        admins = members(named, [*command.path, "partial", "admin"]) if named is not None else []
    command.device.configuration.revert(admins)
    return success("<msg><line>All changes were reverted from configuration</line></msg>")


@command("load config from")
def load(command: Command) -> Reply:
    """Only what pan-os-python uses to revert: the running configuration."""
    plain(command)
    must_write(command)
    name = (command.node.text or "").strip()
    if name != "running-config.xml":
        raise ApiError(f"{name} does not exist", code="7")
    refuse_revert(command)
    command.device.configuration.revert()
    return success(f"<msg><line>Config loaded from {escape(name)}</line></msg>")


def refuse_revert(command: Command) -> None:
    if any(job.type == "Commit" for job in command.device.engine.running()):
        raise ApiError("Local commit jobs are queued. Revert operation is not allowed.", code="14")


@command("show chassis-ready")
def chassis_ready(command: Command) -> Reply:
    """Answers yes or no; the blank line end is why pan-os-python strips it."""
    plain(command)
    if command.device.settings.chassis_ready == "missing":
        raise unexpected(command.path[:-1], command.path[-1])
    return success("yes\n" if command.device.autocommit_over() else "no\n")


def must_write(command: Command) -> None:
    if not command.admin.writes:
        raise ApiError("Unauthorized request", code="16", status="unauth")
