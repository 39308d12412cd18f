# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What the device says of itself: versions, time, since when it runs, its part in an HA pair."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import JobMissing, NoAnswer, Refused
from ..._transport import xml
from ..._transport.xml import node
from .job import quietly

if t.TYPE_CHECKING:
    from ..._transport.xml import Element
    from .client import PanosClient

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UPTIME = re.compile(r"(?:(\d+) days?,? *)?(\d+):(\d\d):(\d\d)")


@dataclasses.dataclass(frozen=True)
class SystemInfo:
    """The answer to ``show system info``.

    *time* is the device's own clock, without a zone, *uptime* is in seconds; both None where they cannot be read.
    *versions* are those of content, by the name of their element (``app-version``).
    """

    software: str = ""
    model: str = ""
    serial: str = ""
    time: datetime.datetime | None = None
    uptime: float | None = None
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def booted(self) -> datetime.datetime | None:
        """When the device was started, by its own clock."""
        if self.time is None or self.uptime is None:
            return None
        return self.time - datetime.timedelta(seconds=self.uptime)

    def check_serial(self, known: str, endpoint: str) -> None:
        """Raise NoAnswer where this is another device than that of the serial *known*: its answers prove nothing.

        An address that moves within an HA pair leads to the other one, which then has to carry all of the traffic.
        """
        if known and self.serial and known != self.serial:
            raise NoAnswer(
                f"{endpoint} is now the device {self.serial}, and no longer {known}. Give an address as host that "
                "stays with one device, such as that of its management interface.",
                label="another device",
                server_spoke=True,
            )


def ask(client: PanosClient, command: Element, *, within: float | None = None, target: str | None = None) -> Element:
    """Return the answer to a question that every device can answer. Raises NoAnswer, Denied."""
    try:
        return client.op(command, within=within, target=target).root
    except (Refused, JobMissing) as exc:
        raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc


def read_system_info(client: PanosClient, *, within: float | None = None, target: str | None = None) -> SystemInfo:
    """Return what the device says of itself [recorded]. Raises NoAnswer, Denied.

    A device that is starting may answer without a version: that is no answer yet.
    """
    root = ask(client, node("show", node("system", node("info"))), within=within, target=target)
    system = root.find("./result/system")
    software = xml.text_of(system, "sw-version")
    if system is None or not software:
        raise NoAnswer(
            f"{client.endpoint} does not say yet which version it runs.", label="no version", server_spoke=True
        )
    return SystemInfo(
        software=software,
        model=xml.text_of(system, "model"),
        serial=xml.text_of(system, "serial"),
        time=read_clock(xml.text_of(system, "time")),
        uptime=read_uptime(xml.text_of(system, "uptime")),
        versions={str(child.tag): xml.text_of(child, ".") for child in system if str(child.tag).endswith("-version")},
    )


def read_clock(text: str) -> datetime.datetime | None:
    """Return the time in ``Sun Dec  3 18:27:29 2023`` [recorded], None if it is none.

    That a release may name its zone in it, or write it as it does everywhere else, is assumed to be on the safe side.
    """
    found = re.fullmatch(r"\w+ (\w+) (\d+) (\d+):(\d+):(\d+) (?:\w+ )?(\d{4})", " ".join(text.split()))
    if found is None or found[1] not in _MONTHS:
        return read_release_time(text)
    # Not by strptime: that expects the names of the controller's own language.
    return _moment(found[6], _MONTHS.index(found[1]) + 1, *found.groups()[1:5])


def read_release_time(text: str) -> datetime.datetime | None:
    """Return the time in ``2023/04/17 19:02:31 PDT``, None if it is none (``unknown``).

    The zone is the device's own: recorded lists of a device in Moscow say MSK. So it compares with the device's clock.
    """
    found = re.match(r"(\d{4})/(\d\d)/(\d\d) +(\d\d):(\d\d):(\d\d)", text.strip())
    return None if found is None else _moment(*found.groups())


def _moment(*parts: t.Any) -> datetime.datetime | None:
    year, month, day, hour, minute, second = (int(part) for part in parts)
    try:
        return datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def read_uptime(text: str) -> float | None:
    """Return the seconds in ``179 days, 5:07:34`` [recorded], None if it is none."""
    found = _UPTIME.fullmatch(text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def read_ha(client: PanosClient) -> dict[str, t.Any]:
    """Return the device's part in an HA pair: *enabled*, *mode*, *state*, *peer_state*, *running_sync*.

    All but *enabled* are None without HA; *enabled* is None where the device does not say. Firewalls have a ``group``
    around it, Panorama has not [both recorded].
    """
    found: dict[str, t.Any] = dict.fromkeys(("enabled", "mode", "state", "peer_state", "running_sync"))
    root = quietly(client, node("show", node("high-availability", node("state"))))
    result = None if root is None else root.find("./result")
    if result is None:
        return found
    enabled = xml.text_of(result, "enabled").lower()
    found["enabled"] = {"yes": True, "no": False}.get(enabled)
    if enabled != "yes":
        return found
    group = result.find("group")
    part = result if group is None else group
    paths = {
        "mode": "local-info/mode",
        "state": "local-info/state",
        "peer_state": "peer-info/state",
        "running_sync": "running-sync",
    }
    found.update({key: xml.text_of(part, path) or None for key, path in paths.items()})
    return found


def chassis_ready(client: PanosClient, *, within: float | None = None, target: str | None = None) -> bool | None:
    """Return whether the device says it is ready, None where it has no such command. Raises NoAnswer, Denied.

    PA-7000 and Panorama have none [read in pan-os-ansible].
    """
    try:
        reply = client.op(node("show", node("chassis-ready")), within=within, target=target)
    except (Refused, JobMissing):
        return None
    return {"yes": True, "no": False}.get(xml.text_of(reply.root, "result").lower())
