# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The XML API: parameters, credentials, and which part answers what."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import typing as t
import urllib.parse
import xml.etree.ElementTree as ET

from ..server import html_reply
from ..system import Facts, HostControl, Incoming, Reply, SpecError, World
from . import content, ha, info, op, software
from .commit import commit
from .device import Admin, PanosDevice
from .exports import EXPORT_PARAMETERS, JOB_CATEGORIES, export
from .inventory import Fleet
from .jobs import FAILED_JOB, wall
from .logs import LOG_PARAMETERS, log
from .push import push
from .queries import asked
from .reports import REPORT_PARAMETERS, report
from .xml import ApiError, bad_request, element, message, success

FORM = "application/x-www-form-urlencoded"
COMMON = {"type", "key", "target"}
# Parameters per type (documented, and what public clients send).
PARAMETERS = {
    "keygen": {"user", "password"},
    "op": {"cmd", "vsys"},
    "commit": {"cmd", "action"},
    "config": {"action", "xpath", "element"},
    "version": set(),
    "log": LOG_PARAMETERS,
    "report": REPORT_PARAMETERS,
    "export": EXPORT_PARAMETERS,
}
# Modules that bring operational commands: to import them is to register those.
BRING_COMMANDS = (content, ha, info, software)
RETRIEVALS = {"log": log, "report": report, "export": export}
# Types that exist on a device and are not simulated.
OTHER_TYPES = ("import", "user-id", "iot")
CONFIG_ACTIONS = ("set", "edit", "delete", "get", "show")


@dataclasses.dataclass(frozen=True)
class Call:
    """The parameters of a request, or the error that reading them gave."""

    parameters: dict[str, str]
    error: ApiError | None = None


class PanosSystem:
    """All PAN-OS devices."""

    name = "panos"
    opening = Reply(body=b'<response status="success"><result>')
    # session_timeout: code 22 or HTTP 401; invalid_key: the key is not known; refuse: an error answer of choice;
    # clock_in_progress, failed_job, unknown_state: what a poll shows once; not_found: the job is not known.
    fault_kinds = frozenset(
        {
            "session_timeout",
            "invalid_key",
            "refuse",
            "clock_in_progress",
            "failed_job",
            "unknown_state",
            "without_status",
            "not_found",
        }
    )

    def __init__(self, world: World) -> None:
        self._world = world
        self._fleet = Fleet()

    def create(self, spec: t.Mapping[str, t.Any], host: HostControl) -> PanosDevice:
        try:
            device = PanosDevice(spec, host, self._world, self._fleet)
        except TypeError as exc:
            raise SpecError(str(exc)) from exc
        self._fleet.by_serial[device.settings.serial] = device
        self._fleet.by_address[device.address] = device
        if device.kind == "panorama":
            self._fleet.panoramas.append(device)
        return device

    def remove(self, device: PanosDevice) -> None:
        if self._fleet.by_serial.get(device.settings.serial) is device:
            del self._fleet.by_serial[device.settings.serial]
        self._fleet.by_address.pop(device.address, None)
        if device.kind == "panorama":
            self._fleet.panoramas.remove(device)
        device.ha.part()

    def facts(self, device: PanosDevice, request: Incoming) -> Facts:
        try:
            call = Call(read_parameters(request))
        except ApiError as exc:
            call = Call({}, exc)
        kind = call.parameters.get("type", "none")
        return Facts(
            kind=kind,
            step=step_of(kind, call.parameters),
            text=text_of(kind, call.parameters),
            target=call.parameters.get("target", ""),
            credential_in=credential_place(request, call.parameters),
            detail=call,
        )

    def handle(self, device: PanosDevice, request: Incoming, facts: Facts) -> Reply:
        if request.path not in ("/api", "/api/"):
            return html_reply(404)
        if request.method not in ("GET", "POST"):
            return html_reply(405)
        device.settle()
        if device.booting():
            return html_reply(int(device.boot.not_ready[7:]) if device.boot.not_ready != "html" else 200)
        try:
            if facts.detail.error is not None:
                raise facts.detail.error
            return self._dispatch(device, request, facts.detail.parameters)
        except ApiError as exc:
            return exc.reply()

    def fault(self, kind: str, options: t.Mapping[str, t.Any], facts: Facts, effect: t.Callable[[], Reply]) -> Reply:
        if kind == "session_timeout":
            if options.get("status") == 401:
                return html_reply(401)
            return ApiError("Session timed out", code="22").reply()
        if kind == "invalid_key":
            return ApiError(
                "Invalid Credential", code="403", http=int(options.get("status", 403)), style="result"
            ).reply()
        if kind == "refuse":
            return ApiError(str(options.get("text", "Refused")), code=str(options.get("code", ""))).reply()
        reply = effect() if options.get("when", "after") == "after" else success("")
        if kind == "failed_job":
            return success(FAILED_JOB)
        if kind == "not_found":
            return ApiError("job not found", code="7").reply()
        return changed_record(kind, reply, self._world.clock.now())

    def _dispatch(self, device: PanosDevice, request: Incoming, parameters: dict[str, str]) -> Reply:
        kind = parameters.get("type")
        if kind is None:
            raise bad_request('Missing value for parameter "type".')
        if kind in OTHER_TYPES:
            return Reply(body=b"not simulated: type=" + kind.encode(), status=501, content_type="text/plain")
        if kind not in PARAMETERS:
            # The sentence is quoted in pan-os-python's source (refresh_system_info).
            raise bad_request(f'Illegal value for parameter "type" [{kind}].')
        unknown = sorted(set(parameters) - COMMON - PARAMETERS[kind])
        if unknown:
            raise bad_request(f'Illegal parameter "{unknown[0]}".')
        if kind == "keygen":
            return keygen(device, parameters)
        admin = authenticate(device, request, parameters)
        if kind == "version":
            return version(device)
        if not admin.may(kind):
            raise not_authorized(device, kind)
        target = parameters.get("target")
        if target and kind == "log" and not device.settings.log_target:
            # Clients never send it there (pan-python), and one vendor's notes say that it cannot be used.
            raise bad_request('Illegal parameter "target".')
        if target:
            device = self._managed(device, target)
        if kind == "op":
            return op.run(device, admin, required(parameters, "cmd"), parameters.get("vsys", ""))
        if kind == "commit":
            if parameters.get("action") == "all":
                return push(device, admin, required(parameters, "cmd"))
            return commit(device, admin, required(parameters, "cmd"), parameters.get("action", ""))
        if kind in RETRIEVALS:
            return RETRIEVALS[kind](device, admin, parameters)
        return config(device, admin, parameters)

    def _managed(self, panorama: PanosDevice, serial: str) -> PanosDevice:
        """The firewall behind ``target``. What Panorama says of one that it cannot reach is assumed."""
        if panorama.kind != "panorama":
            raise bad_request('Illegal parameter "target".')
        device = self._fleet.by_serial.get(serial)
        if device is None or serial not in panorama.inventory.serials():
            raise ApiError(f"{serial} not found", code="7")
        device.settle()
        if device.booting():
            raise ApiError(f"{serial} not connected", code="14")
        return device


def read_parameters(request: Incoming) -> dict[str, str]:
    """Query and form together. Raises ApiError for a wrong content type or a parameter given twice."""
    pairs = urllib.parse.parse_qsl(request.query, keep_blank_values=True)
    if request.body:
        content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if request.method != "POST" or content_type != FORM:
            raise bad_request(f"Unexpected content type [{content_type}].")
        try:
            pairs += urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True)
        except UnicodeDecodeError as exc:
            raise bad_request("The form is not UTF-8.") from exc
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            raise bad_request(f'Parameter "{name}" is given twice.')
        parameters[name] = value
    return parameters


def required(parameters: t.Mapping[str, str], name: str) -> str:
    if not parameters.get(name):
        raise bad_request(f'Missing value for parameter "{name}".')
    return parameters[name]


def step_of(kind: str, parameters: t.Mapping[str, str]) -> str:
    """The step of a job's life that a request serves: what faults match on and the ledger counts."""
    # An empty element may be written in three ways.
    cmd = parameters.get("cmd", "").replace(" />", ">").replace("/>", ">")
    if kind == "commit":
        return "submit"
    if kind == "op":
        for words, step in (
            ("<upgrade><check>", "updates"),
            ("<upgrade><info>", "updates"),
            ("<software><check>", "updates"),
            ("<software><info>", "updates"),
            ("<download>", "submit"),
            ("<install>", "submit"),
            ("<suspend>", "ha"),
            ("<functional>", "ha"),
            ("<sync-to-remote>", "ha"),
            ("<jobs><id>", "poll"),
            ("<jobs>", "list"),
            ("<validate>", "submit"),
            ("<clear>", "cancel"),
            ("<check>", "pending"),
            ("<changes", "changes"),
            ("<diff", "diff"),
            ("-locks", "locks"),
            ("-lock>", "lock"),
            ("<chassis-ready", "ready"),
            ("<restart>", "restart"),
        ):
            if words in cmd:
                return step
        return "op"
    if kind in ("log", "report") or parameters.get("category") in JOB_CATEGORIES:
        # A log and a report are polled and fetched by the same request.
        actions = {"": "submit", "status": "poll", "get": "get" if kind == "export" else "poll", "finish": "finish"}
        return actions.get(parameters.get("action", ""), kind)
    return kind


def text_of(kind: str, parameters: t.Mapping[str, str]) -> str:
    """What a fault's ``cmd_contains`` looks at: the command, or what a log, a report, an export is asked for."""
    if kind not in RETRIEVALS:
        return parameters.get("cmd", "")
    return "&".join(f"{name}={value}" for name, value in sorted(asked(parameters).items()))


def credential_place(request: Incoming, parameters: t.Mapping[str, str]) -> str:
    """Where the credential was: header, basic, url or body; empty without one."""
    if "x-pan-key" in request.headers:
        return "header"
    if request.headers.get("authorization", "").lower().startswith("basic "):
        return "basic"
    names = {name for name, value in urllib.parse.parse_qsl(request.query, keep_blank_values=True)}
    if names & {"key", "password"}:
        return "url"
    return "body" if {"key", "password"} & set(parameters) else ""


def keygen(device: PanosDevice, parameters: t.Mapping[str, str]) -> Reply:
    admin = device.login(parameters.get("user", ""), parameters.get("password", ""))
    if admin is None:
        # pan-os-python matches the text, which it sees in an HTTP 200 answer only; HTTP 403 is a setting.
        http = 403 if device.settings.bad_password == "http_403" else 200
        raise ApiError("Invalid credentials.", code="403", http=http, style="result")
    return success(element("key", device.new_key(admin)))


def authenticate(device: PanosDevice, request: Incoming, parameters: t.Mapping[str, str]) -> Admin:
    """Header X-PAN-KEY, parameter key, or HTTP Basic (documented). Raises ApiError, code 403."""
    key = request.headers.get("x-pan-key") or parameters.get("key")
    basic = request.headers.get("authorization", "")
    admin = None
    if key:
        admin = device.key_owner(key)
    elif basic.lower().startswith("basic "):
        try:
            name, _colon, password = base64.b64decode(basic[6:], validate=True).decode().partition(":")
            admin = device.login(name, password)
        except (binascii.Error, UnicodeDecodeError):
            admin = None
    if admin is None:
        http = device.settings.bad_key_http
        if device.now() < device.boot.login_from:
            # After a boot the login service lags: right credentials are called wrong (client: pan-os-python).
            raise ApiError("Invalid credentials.", code="403", http=200, style="result")
        raise ApiError("Invalid Credential", code="403", http=http, style="result")
    return admin


def not_authorized(device: PanosDevice, kind: str) -> ApiError:
    """Recorded: commit_unauthorized_role_403.xml; code 16 is documented."""
    if device.settings.role_refusal == "16":
        return ApiError("Unauthorized request", code="16", status="unauth")
    return ApiError(f"Type [{kind}] not authorized for user role.", code="403", http=403, style="result")


def version(device: PanosDevice) -> Reply:
    settings = device.settings
    fields = {
        "sw-version": settings.version,
        "multi-vsys": "on" if settings.multi_vsys else "off",
        "model": settings.model if device.kind == "firewall" else "Panorama",
        "serial": settings.serial,
    }
    return success("".join(element(name, value) for name, value in fields.items()))


def config(device: PanosDevice, admin: Admin, parameters: t.Mapping[str, str]) -> Reply:
    """type=config: enough for clients to read, create, change and delete objects."""
    action, xpath = required(parameters, "action"), required(parameters, "xpath")
    if action not in CONFIG_ACTIONS:
        raise bad_request(f'Illegal value for parameter "action" [{action}].')
    if action in ("get", "show"):
        found = device.configuration.read(xpath, running=action == "show")
        if not found:
            if action == "show":
                raise ApiError("No such node", code="7")
            return Reply(body=b'<response status="success" code="7"><result/></response>')
        inner = "".join(ET.tostring(node, encoding="unicode") for node in found)
        body = f'<result total-count="{len(found)}" count="{len(found)}">{inner}</result>'
        return Reply(body=f'<response status="success" code="19">{body}</response>'.encode())
    if not admin.writes:
        raise ApiError("Unauthorized request", code="16", status="unauth")
    locks = device.locks.of_others("config", admin.name)
    if locks:
        raise ApiError(f"Config for scope {locks[0].scope} is currently locked by {locks[0].owner}", code="14")
    text = required(parameters, "element") if action != "delete" else ""
    device.configuration.edit(owner=admin.name, operation=action, xpath=xpath, element=text, time=device.now())
    return message("command succeeded", code="20")


def changed_record(kind: str, reply: Reply, now: float) -> Reply:
    """The job record of a poll with one thing changed."""
    try:
        root = ET.fromstring(reply.body)
    except ET.ParseError:
        return reply
    for job in root.iter("job"):
        progress, status = job.find("progress"), job.find("status")
        if kind == "clock_in_progress" and progress is not None:
            progress.text = wall(now, "time")
        elif kind == "unknown_state" and status is not None:
            status.text = "SUSPENDED"
        elif kind == "without_status" and status is not None:
            job.remove(status)
    return dataclasses.replace(reply, body=ET.tostring(root))
