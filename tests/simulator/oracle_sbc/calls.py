# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each request does: from its parts to the answer."""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from ..system import Reply
from .access import Party, Token
from .answers import ApiError, Content, answer, bad_request, locked, nothing
from .config import KEYS, read_element
from .operations import check_parameters
from .sbc import Sbc

# The form's own name, and how Oracle's pages have it.
FORMS = {
    "any": ("application/x-www-form-urlencoded", "x-www-form-urlencoded"),
    "standard": ("application/x-www-form-urlencoded",),
    "documented": ("x-www-form-urlencoded",),
}
# What an action needs: its method, and the version it came with.
ACTIONS = {
    "save": ("PUT", "v1.0"),
    "verify": ("PUT", "v1.0"),
    "restore": ("PUT", "v1.0"),
    "activate": ("POST", "v1.0"),
    "backup": ("POST", "v1.1"),
}
REBOOTING = "Rebooting in 5 seconds"  # documented: 9.2, 10.0


@dataclasses.dataclass(frozen=True)
class Call:
    """A request whose version, address, method and headers are right, and whose token lives."""

    sbc: Sbc
    token: Token
    version: str
    method: str
    query: dict[str, str]
    headers: t.Mapping[str, str]
    body: bytes

    @property
    def party(self) -> Party:
        return self.token.party

    def href(self, path: str) -> str:
        """An absolute address, perhaps of another host."""
        settings = self.sbc.settings
        host = settings.link_host or self.headers.get("host", self.sbc.address)
        whole = f"/rest/{self.version}/{path}"
        return whole if settings.link == "path" else f"https://{host}{whole}"

    def links(self, path: str) -> list[str]:
        shape = self.sbc.settings.link
        return [] if shape == "missing" else [""] if shape == "empty" else [self.href(path)]

    def must_lock(self) -> None:
        """Raises ApiError 423, with the text that fits."""
        self.sbc.lock.require(self.party, self.token.value)


def supported_versions(sbc: Sbc) -> Reply:
    """Element names read in p4irin/sbc_rest_client; how they nest is assumed."""
    *older, latest = sorted(sbc.settings.versions)
    return answer([("latestVersion", latest), ("supportedVersions", [("version", one) for one in older])])


def log_in(sbc: Sbc, headers: t.Mapping[str, str], body: bytes) -> Reply:
    """A token for a name and a password; with an unexpired one in the form, its successor (documented)."""
    user = sbc.access.credentials(headers.get("authorization", ""))
    old = None
    if body:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in FORMS[sbc.settings.renewal_content_type]:
            raise ApiError(415, "Unsupported Media Type")
        old = renewed(sbc, body)
        if old is None and sbc.settings.renewal_unknown_field == "refuse":
            raise bad_request("The request body has no valid token")
    token = sbc.log_in(user.name, old if old is not None and old.user.name == user.name else None)
    return answer([("accessToken", token.value)])


def renewed(sbc: Sbc, body: bytes) -> Token | None:
    """The token that is to be renewed, if the body has a living one in the right field."""
    text, field = body.decode(errors="replace").strip(), sbc.settings.renewal_field
    value = dict(urllib.parse.parse_qsl(text)).get(field, "") if field else urllib.parse.unquote(text)
    return sbc.access.alive(value, sbc.now())


def lock(call: Call) -> Reply:
    call.sbc.lock.take(call.party, call.token.value, call.sbc.now())
    return nothing()


def unlock(call: Call) -> Reply:
    call.sbc.lock.release(call.party, call.token.value, call.sbc.now())
    return nothing()


def submit(call: Call) -> Reply:
    """One of the five operations."""
    sbc, name = call.sbc, call.query.get("action", "")
    method, since = ACTIONS.get(name, ("", ""))
    if method != call.method or call.version < since:
        raise bad_request(f"Invalid action: {name}")
    parameters = {key: value for key, value in call.query.items() if key != "action"}
    try:
        check_parameters(name, parameters)
        call.must_lock()
        if sbc.settings.filename_errors == "submit":
            check_file(sbc, name, parameters)
        sbc.check_busy()
    except ApiError as exc:
        sbc.refuse(call.party, name, parameters, exc)
        raise
    now, settings = sbc.now(), sbc.settings
    sbc.slot.start(name, parameters, sbc.plan(name, next_plan(sbc, name)), call.party, now)
    if settings.bounce_seconds and settings.bounce_after >= 0 and name in settings.bounce_operations:
        seconds = settings.bounce_seconds
        sbc.later(now + settings.bounce_after, lambda when: sbc.bounce(when, seconds))
    return answer(None, 202, links=call.links("admin/asyncstatus"))


def next_plan(sbc: Sbc, name: str) -> dict[str, t.Any]:
    """The first of the waiting plans that is for this operation, or for any; used up."""
    following = sbc.settings.next_operations
    for place, plan in enumerate(following):
        if plan.get("operation", name) == name:
            return {key: value for key, value in following.pop(place).items() if key != "operation"}
    return {}


def check_file(sbc: Sbc, name: str, parameters: t.Mapping[str, str]) -> None:
    """Raises ApiError 400."""
    filename = parameters.get("filename", "")
    if name == "backup" and filename + sbc.settings.backup_suffix in sbc.backups:
        raise bad_request(f"Backup file already exists: {filename}")
    if name == "restore" and parameters["restoreSource"] == "backupFile" and filename not in sbc.backups:
        raise bad_request(f"Backup file not found: {filename}")


def status(call: Call) -> Reply:
    """GET admin/asyncstatus: of the last operation of anybody."""
    shown = call.sbc.slot.look(call.token.session, call.sbc.now())
    if shown is not None:
        return answer(shown.content())
    shape = call.sbc.settings.empty_slot
    if shape == "not_found":
        raise ApiError(404, "Resource not found")
    state = [("operation", None), ("status", None)] if shape == "empty_words" else None
    return answer(None if shape == "no_state" else [("operationState", state)])


def list_files(call: Call) -> Reply:
    """Assumed in every form: no sample of it is known."""
    names, shape = list(call.sbc.backups), call.sbc.settings.files_shape
    if shape == "text":
        return answer([("files", "\n".join(names))])
    if shape == "name":
        return answer([("fileName", name) for name in names])
    return answer([("file", [("name", name)]) for name in names])


def delete_file(call: Call) -> Reply:
    filename = call.query.get("filename", "")
    if not filename:
        raise bad_request("filename is required")
    call.must_lock()
    if filename not in call.sbc.backups:
        raise ApiError(404, "Resource not found")
    del call.sbc.backups[filename]
    call.sbc.record(call.party, "delete-file", details={"parameters": {"filename": filename}})
    return nothing()


def reboot(call: Call) -> Reply:
    """Not reported by asyncstatus (documented). A client takes an address from the answer, so there is one."""
    sbc, now = call.sbc, call.sbc.now()
    sbc.record(call.party, "reboot", details={"by": call.party.to_dict(), "lock_at_submit": sbc.lock.holder})
    sbc.reboot(now, sbc.settings.reboot_after)
    return answer(REBOOTING, 202, links=call.links("system/status") if sbc.settings.reboot_link else ())


def switchover(call: Call) -> Reply:
    """Assumed: either node may be asked; one that has no peer refuses."""
    sbc, now = call.sbc, call.sbc.now()
    if sbc.ha.peer is None:
        raise bad_request("The system is not part of a high availability pair")
    sbc.record(call.party, "switchover", details={"by": call.party.to_dict(), "lock_at_submit": sbc.lock.holder})
    sbc.ha.ask(now)
    return nothing()


def system_status(call: Call) -> Reply:
    """As the example of 10.0.0 has it (recorded), or with the schema's name of the uptime."""
    sbc, now = call.sbc, call.sbc.now()
    uptime = str(sbc.uptime(now))
    schema = sbc.settings.status_shape == "schema"
    data: list[tuple[str, Content]] = [
        ("upTime" if schema else "uptimeSeconds", uptime),
        ("hostName", sbc.settings.hostname),
        ("systemState", "online"),
        ("role", sbc.ha.role),
        ("healthScorePercent", "100"),
        *sbc.ha.content(now),
    ]
    return answer(data)


def read_elements(call: Call) -> Reply:
    """Also those that are saved cannot be read: only what is edited, and what runs."""
    version = call.sbc.config.version("running" if call.query.get("running") == "true" else "editing")
    wanted = {name: value for name, value in call.query.items() if name not in ("elementType", "running")}
    kind = call.query.get("elementType", "")
    if not kind:
        raise bad_request("elementType is required")
    return answer([("configElement", one.content()) for one in version.find(kind, wanted)])


def create_element(call: Call) -> Reply:
    element = read_element(call.body)
    call.must_lock()
    call.sbc.config.create(element)
    return answer([("configElement", element.content())])


def update_element(call: Call) -> Reply:
    element = read_element(call.body)
    call.must_lock()
    return answer([("configElement", call.sbc.config.update(element).content())])


def delete_element(call: Call) -> Reply:
    wanted = dict(call.query)
    kind = wanted.pop("elementType", "")
    if not kind:
        raise bad_request("elementType is required")
    call.must_lock()
    call.sbc.config.delete(kind, wanted)
    return nothing()


def metadata(call: Call) -> Reply:
    """The key attributes, as p4irin/sbc_rest_client reads them."""
    kind = call.query.get("elementType", "")
    if kind not in KEYS:
        raise bad_request(f"Invalid elementType: {kind}")
    return answer([("attributeMetadata", [("name", name), ("key", "true")]) for name in KEYS[kind]])


def must_be_active(sbc: Sbc) -> None:
    """Raises the error of the setting on a node that is standby ("only allowed on the active SBC")."""
    refused = sbc.settings.standby_status
    if refused and sbc.ha.role not in ("active", "standalone"):
        if refused == 423:
            raise locked()
        raise ApiError(refused, "Configuration is only allowed on the active system")
