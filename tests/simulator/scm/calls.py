# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each request does."""

from __future__ import annotations

import dataclasses
import json
import re
import typing as t

from ..system import Reply
from .answers import ApiError, PlainError, answer, malformed, not_present, nothing
from .devices import ADVANCED, COMMANDS
from .tenant import Tenant
from .tokens import Account, form_of, must_be_superuser, must_change, published_keys
from .work import DevicePlan, make_plan

NAME = re.compile(r"[a-zA-Z\d\-_. ]+")  # documented, there with a range that is none
SERIAL = re.compile(r"[0-9]{14,15}")
LONGEST_NAME = 64
LONGEST_SERIAL = 16
ENQUEUED = "CommitAndPush job enqueued with jobid {}"  # recorded
NOT_MIGRATED = (
    "Config loaded from {}. Migration of old configuration was not successful. Some features may not work as expected "
    "and/or parts of configuration may have been lost."
)  # recorded
NOTHING_TO_REVERT = "There are no changes to revert."  # recorded
NOTHING_TO_PUSH = "There are no changes to push."  # assumed


@dataclasses.dataclass(frozen=True)
class Call:
    """One request: whose it is, the parts of its path, its parameters, its body. ``odd``: a fault of its answer."""

    tenant: Tenant
    account: Account
    parts: t.Mapping[str, str]
    query: t.Mapping[str, str]
    headers: t.Mapping[str, str]
    body: bytes
    odd: str = ""

    @property
    def now(self) -> float:
        return self.tenant.now()

    def json(self) -> dict[str, t.Any]:
        """The object in the body. Raises ApiError with the documented messages."""
        if not self.body:
            raise malformed("Missing Body")
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise malformed("Input Format Mismatch: input-format=json")
        try:
            value = json.loads(self.body)
        except ValueError as exc:
            raise malformed("Malformed Command", "The body is not JSON") from exc
        if not isinstance(value, dict):
            raise malformed("Invalid Object", "The body is not an object")
        return value

    def number(self, name: str, default: int) -> int:
        text = self.query.get(name, str(default))
        if not text.isdigit():
            raise malformed(f"Invalid Query Parameter: {name}={text}")
        return int(text)


# The token service


def token(call: Call) -> Reply:
    """Every request is in the ledger, also what was refused."""
    tenant = call.tenant
    client = ""
    try:
        form = form_of(call.headers, call.body)
        client = tenant.accounts.client_of(call.headers, form)
        given = tenant.accounts.token(call.headers, form, call.now)
    except ApiError as exc:
        tenant.record(client, "token", accepted=False, answer=exc.message)
        raise
    tenant.record(client, "token")
    return answer(given, headers={"Cache-Control": "no-store"})


def keys(call: Call) -> Reply:
    return answer(published_keys())


# Pushes and jobs


def push(call: Call) -> Reply:
    tenant, settings = call.tenant, call.tenant.settings
    try:
        must_change(call.account)
        folders, devices, admins, description = push_body(tenant, call.json())
        places = [*folders, *devices]
        if settings.concurrent_push == "refuse" and tenant.jobs.busy(call.now):
            # What a second push answers is not known; 409 is documented for the request, as is its odd code.
            raise ApiError(409, "E016", "Object Not Unique", "Another push is in progress")
        tenant.jobs.settle(call.now)
        if settings.no_change == "error" and tenant.nothing_to_push(places, admins):
            raise malformed("Invalid Command", NOTHING_TO_PUSH)
    except ApiError as exc:
        tenant.refused(call.account, "push", exc.about or exc.message)
        raise
    if settings.no_change == "success_false" and tenant.nothing_to_push(places, admins):
        tenant.refused(call.account, "push", NOTHING_TO_PUSH)
        return answer({"success": False, "message": NOTHING_TO_PUSH}, settings.push_status)
    plan = tenant.next_push()
    shape = call.odd or plan.answer or settings.push_answer
    if shape == "success_false":
        tenant.refused(call.account, "push", "success: false")
        return answer({"success": False, "message": "Push could not be enqueued"}, settings.push_status)
    pushed = tenant.submit_push(call.account.name, folders, devices, admins, description, plan)
    if shape == "empty":
        return nothing(201)  # as the specification has it
    number = pushed.job.number
    value = {
        "success": True,
        "job_id": number if settings.numbers == "integers" else str(number),
        "message": ENQUEUED.format(number),
    }
    if shape == "no_job_id":
        del value["job_id"]
    return answer(value, settings.push_status)


def push_body(tenant: Tenant, body: dict[str, t.Any]) -> tuple[list[str], list[str], list[str], str]:
    """Folders, devices, admins, description. Raises ApiError: what is documented, or else (unknown names) assumed."""
    unknown = set(body) - {"folders", "devices", "admin", "description"}
    if unknown:
        raise malformed("Invalid Object", f"Unknown field: {', '.join(sorted(unknown))}")
    if "folders" not in body:
        raise malformed("Invalid Object", "folders is required")
    folders = strings(body, "folders")
    devices = serials(tenant, body.get("devices", []))
    if not folders and not devices:
        raise malformed("Invalid Object", "folders is empty")
    for name in folders:
        if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
            raise malformed("Invalid Object", f"folders: {name!r} is no name of a folder")
    absent = [name for name in folders if name not in tenant.settings.folders]
    absent += [serial for serial in devices if serial not in tenant.settings.serials]
    if absent:
        raise not_present(f"No such folder or device: {', '.join(absent)}")
    description = body.get("description", "")
    if not isinstance(description, str):
        raise malformed("Invalid Object", "description must be a string")
    return folders, devices, strings(body, "admin") if "admin" in body else [], description


def strings(body: t.Mapping[str, t.Any], name: str) -> list[str]:
    value = body[name]
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise malformed("Invalid Object", f"{name} must be a list of strings")
    if len(set(value)) != len(value):
        raise malformed("Invalid Object", f"{name} must be unique")
    return value


def serials(tenant: Tenant, value: t.Any) -> list[str]:
    """The devices of a push. Whether a tenant wants strings or the numbers of the specification is a setting."""
    wanted = {"strings": (str,), "numbers": (int,), "both": (str, int)}[tenant.settings.devices_as]
    if not isinstance(value, list) or not all(isinstance(one, wanted) and not isinstance(one, bool) for one in value):
        raise malformed("Invalid Object", f"devices must be a list of {tenant.settings.devices_as}")
    # A number has lost its zeros: it means the device whose serial is the same number.
    known = {int(serial): serial for serial in tenant.settings.serials}
    found = [known.get(one, str(one)) if isinstance(one, int) else one for one in value]
    if len(set(found)) != len(found) or any(len(one) > LONGEST_SERIAL for one in found):
        raise malformed("Invalid Object", "devices must be unique and at most 16 digits long")
    return found


def page(call: Call, default: int) -> tuple[int, int]:
    limit, offset = call.number("limit", default), call.number("offset", 0)
    return min(limit, call.tenant.settings.list_maximum), offset


def list_jobs(call: Call) -> Reply:
    """Newest first. There is no filter: other parameters are ignored (assumed)."""
    found = call.tenant.jobs.newest_first(call.now)
    limit, offset = page(call, call.tenant.settings.list_limit)
    shown = call.tenant.jobs.on_page(found[offset : offset + limit], call.now)
    return answer({"data": shown, "total": len(found), "limit": limit, "offset": offset})


def one_job(call: Call) -> Reply:
    if call.odd == "empty_data":
        return answer({"data": []})
    return answer(call.tenant.jobs.one(call.parts["id"], call.now))


# Versions


def list_versions(call: Call) -> Reply:
    """Newest first (assumed)."""
    config = call.tenant.config
    call.tenant.jobs.settle(call.now)
    limit, offset = page(call, 200)
    shown = [config.record(version) for version in config.versions[::-1][offset : offset + limit]]
    return answer({"data": shown, "offset": offset, "limit": limit, "total": len(config.versions)})


def one_version(call: Call) -> Reply:
    """An array (documented)."""
    call.tenant.jobs.settle(call.now)
    text = call.parts["version"]
    if not text.isdigit():
        raise malformed("Invalid Command", "The version is an integer")
    version = call.tenant.config.version(int(text))
    if version is None and call.tenant.settings.unknown_version == "not_found":
        raise not_present()
    return answer([] if version is None else [call.tenant.config.record(version)])


def running(call: Call) -> Reply:
    call.tenant.jobs.settle(call.now)
    found = call.tenant.config.running_records()
    limit, offset = page(call, 200)
    return answer({"data": found[offset : offset + limit], "offset": offset, "limit": limit, "total": len(found)})


def load(call: Call) -> Reply:
    """The form of the answer is a setting; one of them says success and has no effect."""
    tenant, settings = call.tenant, call.tenant.settings
    try:
        must_be_superuser(call.account)
        body = call.json()
        number = body.get("version")
        if set(body) != {"version"} or not isinstance(number, int) or isinstance(number, bool):
            raise malformed("Invalid Object", "version is required and an integer")
        tenant.jobs.settle(call.now)
        if tenant.config.version(number) is None:
            raise malformed("Invalid Object", f"No such version: {number}")
    except ApiError as exc:
        tenant.refused(call.account, "load", exc.about or exc.message)
        raise
    effect = settings.load != "migration_failed"
    if effect:
        tenant.config.load(number, call.account.name)
    tenant.record(call.account.name, "load", description=str(number), details={"effect": effect})
    if settings.load == "empty":
        return nothing(201)
    text = f"Config loaded from {number}." if effect else NOT_MIGRATED.format(number)
    return answer({"success": True, "message": text}, 201)


def discard(call: Call) -> Reply:
    tenant = call.tenant
    try:
        must_change(call.account)
        tenant.jobs.settle(call.now)
        ids = [change.id for change in tenant.config.pending]
        if not ids and tenant.settings.discard_nothing == "not_found":
            raise not_present()
    except ApiError as exc:
        tenant.refused(call.account, "discard", exc.about or exc.message)
        raise
    tenant.config.discard()
    tenant.record(call.account.name, "discard", changes=ids)
    # The text of a real revert is assumed.
    return answer({"success": True, "message": "Candidate reverted." if ids else NOTHING_TO_REVERT})


# Devices


def submit_device_job(call: Call) -> Reply:
    tenant, kind = call.tenant, call.parts["kind"]
    try:
        body = call.json()
        devices = device_body(kind, body)
        absent = [serial for serial in devices if serial not in tenant.settings.serials]
        if absent and tenant.settings.unknown_device == "not_found":
            raise not_present(f"No such device: {', '.join(absent)}")
    except ApiError as exc:
        tenant.refused(call.account, "device-job", exc.about or exc.message)
        raise
    settings = tenant.settings
    planned = settings.next_device_jobs.pop(0) if settings.next_device_jobs else {}
    plan = make_plan(DevicePlan, settings.device_jobs, planned)
    command = ADVANCED[kind] if body.get("advanced") else COMMANDS[kind]
    job = tenant.device_jobs.submit(tenant.new_id("device-job"), command, devices, plan, call.now)
    tenant.record(
        call.account.name, "device-job", job=job.id, description=kind, details={"devices": devices, "command": command}
    )
    return answer({"job_id": job.id}, 201)


def device_body(kind: str, body: dict[str, t.Any]) -> list[str]:
    """The devices. Raises ApiError; the limits are documented."""
    unknown = set(body) - {"devices", *(("advanced",) if kind in ADVANCED else ())}
    if unknown:
        raise malformed("Invalid Object", f"Unknown field: {', '.join(sorted(unknown))}")
    if "devices" not in body:
        raise malformed("Invalid Object", "devices is required")
    devices = strings(body, "devices")
    if not 1 <= len(devices) <= 5:
        raise malformed("Invalid Object", "devices must contain between 1 and 5 serial numbers")
    for serial in devices:
        if not SERIAL.fullmatch(serial):
            raise malformed("Invalid Object", f"devices: {serial!r} is no serial number")
    if not isinstance(body.get("advanced", False), bool):
        raise malformed("Invalid Object", "advanced must be true or false")
    return devices


def one_device_job(call: Call) -> Reply:
    return answer(call.tenant.device_jobs.one(call.parts["id"], call.now))


def local_versions(call: Call) -> Reply:
    """Also an empty list for a device that does not exist (documented)."""
    serial = call.query.get("device", "")
    if not serial:
        raise malformed("Missing Query Parameter: device")
    if not SERIAL.fullmatch(serial):
        raise malformed(f"Invalid Query Parameter: device={serial}")
    return answer(call.tenant.local_configs.versions(serial))


def download(call: Call) -> Reply:
    for name in ("device", "version"):
        if not call.query.get(name):
            raise PlainError(400, f"{name} query parameter is required")
    found = call.tenant.local_configs.download(call.query["device"], call.query["version"])
    if found is None:
        raise PlainError(404, "configuration not found")
    return found
