# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Definitions of network scans: created, and replaced. No call reads them or lists them [D].

Source: D the specification NetScan Public API 1.0.0.
"""

from __future__ import annotations

import typing as t
import uuid
from collections.abc import Mapping

from ..._jobs.errors import BadInput, Interrupted, JobMissing, NoAnswer, Refused, Undecidable
from ..._jobs.model import Outcome
from . import netscan
from .client import open_client

if t.TYPE_CHECKING:
    from ..._jobs.inquiry import Inquiry
    from .client import CortexClient

ALIVE_TEST_METHODS = ("arp", "icmp", "tcp_ack", "tcp_syn", "consider_alive")
CADENCES = ("DAILY", "WEEKLY", "MONTHLY", "ONCE")

REQUIRED = (
    "name",
    "vt_config_id",
    "network",
    "network_scanner_ids",
    "port_list_id",
    "schedule_cadence",
    "schedule_days",
    "schedule_start_date",
    "schedule_time",
    "schedule_timezone",
)
"""What a definition must have [D] and what nobody can guess."""

EMPTY: Mapping[str, t.Any] = {
    "description": "",
    "targets": [],
    "target_ids": [],
    "excluded_targets": [],
    "override_target_exclusions": False,
    "scan_ports": [],
    "credential_ids": [],
    "schedule_dates": [],
    "schedule_quiet_hours": [],
    "enable_report": False,
}
"""What a definition must have, too [D], and what a new one has where the task says nothing of it."""

SWITCHES = (
    "disable_cgi_cache",
    "disable_win_cmd_exec",
    "disable_wmi_search",
    "exclude_fragile_devices",
    "exclude_printers",
    "expand_vhosts",
    "optimize_test",
    "safe_checks",
    "strict_unauthenticated",
)
"""What is ``"0"`` or ``"1"`` there [D], and a boolean here."""

NUMBERS = (
    "auth_port_ssh",
    "checks_read_timeout",
    "max_checks",
    "max_hosts",
    "open_sock_max_attempts",
    "plugins_timeout",
    "scanner_plugins_timeout",
    "timeout_retry",
)
OTHERS = ("alive_test_methods", "alive_test_ports", "asset_groups", "non_simult_ports")

_FROM_ONE = ("vt_config_id", "network", "port_list_id", *NUMBERS)
_BOUNDS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(_FROM_ONE, (1, netscan.MOST)),
    "auth_port_ssh": (1, 65535),
    "timeout_retry": (0, netscan.MOST),
    "schedule_days": (0, 127),
    "schedule_start_date": (0, netscan.MOST),
}
_TIMES: Mapping[str, tuple[int, int]] = {"hour": (0, 23), "minute": (0, 59), "second": (0, 59)}
_LENGTHS: Mapping[str, tuple[int, int]] = {"name": (1, 100), "description": (0, 500)}


LOOK_THERE = "look for it in the console, and take its number from there if it is there; if not, run the task again"


def body_of(params: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the body of the request for the options of a task. Raises BadInput that names the option at fault."""
    given = {name: params[name] for name in (*REQUIRED, *EMPTY, *NUMBERS, *OTHERS) if params[name] is not None}
    missing = [name for name in (*REQUIRED, *EMPTY) if name not in given]
    if params["definition_id"] is None:
        given = {**EMPTY, **given}
    elif missing:
        raise BadInput(
            f"With definition_id these options are required, too: {', '.join(missing)}. An update replaces all of "
            "them, and the API cannot be asked what they are."
        )
    _check(given)
    given.update({name: str(int(params[name])) for name in SWITCHES if params[name] is not None})
    if "asset_groups" in given:
        given["asset_groups"] = [_without_none(group) for group in given["asset_groups"]]
    if params["definition_id"] is not None:
        given["definition_id"] = int(netscan.checked_id("definition_id", params["definition_id"]))
    return given


def _check(given: Mapping[str, t.Any]) -> None:
    for name, bounds in _BOUNDS.items():
        if name in given:
            _check_number(name, given[name], bounds)
    _check_time("schedule_time", given["schedule_time"])
    for at, hours in enumerate(given["schedule_quiet_hours"]):
        for end in ("start", "end"):
            _check_time(f"schedule_quiet_hours[{at}].{end}", hours[end])
    for name, (least, most) in _LENGTHS.items():
        if not least <= len(given[name]) <= most:
            raise BadInput(f"{name}: must have {least} to {most} characters, and has {len(given[name])}.")
    if not given["network_scanner_ids"]:
        raise BadInput("network_scanner_ids: name at least one scanner.")
    for scanner in given["network_scanner_ids"]:
        try:
            uuid.UUID(scanner)
        except ValueError:
            raise BadInput(f"network_scanner_ids: {scanner!r} is not the UUID of a scanner.") from None


def _check_number(option: str, number: int, bounds: tuple[int, int]) -> None:
    least, most = bounds
    if not least <= number <= most:
        raise BadInput(f"{option}: {number} is not a number from {least} to {most}.")


def _check_time(option: str, time: Mapping[str, int]) -> None:
    for part, bounds in _TIMES.items():
        _check_number(f"{option}.{part}", time[part], bounds)


def _without_none(given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in given.items() if value is not None}


def from_options(params: Mapping[str, t.Any], inquiry: Inquiry, *, check_mode: bool) -> dict[str, t.Any]:
    """Return the result of cortex_network_scan_definition.

    Raises BadInput, MissingLibrary, NoAnswer, Denied, Refused.
    """
    body = body_of(params)
    client = open_client(params)
    definition_id = str(body["definition_id"]) if "definition_id" in body else None
    what = f"definition {definition_id}" if definition_id else f"a definition {body['name']!r}"
    verb = "updated" if definition_id else "created"
    if check_mode:
        text = f"{client.endpoint}: {what} would be {verb} (check mode)."
        return {"changed": True, "msg": text, "definition_id": definition_id, "message": None}
    request = _Request(client, body)
    unsure = {"failed": True, "changed": True, "definition_id": definition_id, "message": None}
    try:
        data = inquiry.patiently(request.send)
    except Undecidable as exc:
        return {**unsure, "outcome": Outcome.LOST.value, "msg": exc.message}
    except NoAnswer as exc:
        if not request.may_be_done:
            raise
        text = f"{exc.message.rstrip('.')}. Whether {what} was {verb} is not known: run the task again."
        return {**unsure, "outcome": Outcome.UNREACHABLE.value, "msg": text}
    except Interrupted as exc:
        if not request.may_be_done:
            raise
        advice = "run the task again" if definition_id else LOOK_THERE
        text = f"{client.endpoint}: {exc}. Whether {what} was {verb} is not known: {advice}."
        return {**unsure, "outcome": Outcome.TIMED_OUT.value, "msg": text}
    definition_id = definition_id or str(data["definition_id"])
    text = f"{client.endpoint}: definition {definition_id} was {verb}."
    return {"changed": True, "msg": text, "definition_id": definition_id, "message": data.get("message")}


class _Request:
    """The request for a definition. *may_be_done* says whether it may have taken effect although no answer came."""

    def __init__(self, client: CortexClient, body: Mapping[str, t.Any]) -> None:
        self._client = client
        self._body = body
        self.may_be_done = False

    def send(self) -> Mapping[str, t.Any]:
        before, self.may_be_done = self.may_be_done, True
        try:
            return _configured(self._client, self._body)
        except NoAnswer as exc:
            self.may_be_done = before or exc.sent
            raise


def _configured(client: CortexClient, body: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    """Send a definition, once, and return the answer.

    An update may be sent again: it is the same one then. A new definition may not, for that would be a second one:
    raises Undecidable where it cannot be told whether it was created.
    """
    new = "definition_id" not in body
    try:
        return _sent(client, body)
    except JobMissing as exc:
        raise Refused(
            f"vt_config_id{'' if new else ', definition_id'}: {exc.message}", details={"status": 404}, label=exc.label
        ) from exc
    except NoAnswer as exc:
        if new and exc.sent:
            raise Undecidable(
                f"Whether the definition was created cannot be told: {exc.message.rstrip('.')}. The API has no list of "
                f"definitions. It is not created again by itself: {LOOK_THERE}."
            ) from exc
        raise


def _sent(client: CortexClient, body: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    data = client.ask("POST", netscan.DEFINITION, body=body, headers=headers, write=True).data
    found = data if isinstance(data, Mapping) else {}
    if "definition_id" not in body and not isinstance(found.get("definition_id"), (int, str)):
        raise NoAnswer(
            f"{client.endpoint} answered without the id of the definition: {str(data)[:200]}",
            label="no id",
            server_spoke=True,
        )
    return found
