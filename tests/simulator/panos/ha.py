# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""High availability: two devices that know each other, who is active, and whether they run the same configuration.

Recorded: ``show high-availability state`` of a firewall (CPAN Device-PaloAlto-Firewall, tests of its HA methods, PAN-OS
7.1; PaloAltoNetworks/pan-os-upgrade-assurance @65489b7, docstring of get_ha_configuration, 10.2) and of a Panorama
(cdot65/pan-os-upgrade @384c938, tests/test_flatten_xml_to_dict.py, 11.0). Documented: suspend and functional and their
answers, in the XML API guide. Assumed: that a change of roles takes no time, what a device says of a peer that is away,
and that a suspended device is still suspended after a boot (documented by the order of the steps only; a setting).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import Reply
from .jobs import Job, Verdict
from .op import Command, command, plain
from .updates import note, noted
from .xml import ApiError, element, success, unexpected

if t.TYPE_CHECKING:
    from .device import PanosDevice

SUSPENDED = "suspended"
ALREADY = "HA synchronization is already in progress. running configuration will not be synchronized with HA peer"
QUEUED = "HA synchronization job has been queued on peer. Please check job status on peer."


@dataclasses.dataclass
class HaSettings:
    """What a test can say of high availability; README.md explains it."""

    ha_peer: str = ""
    ha_state: str = ""
    ha_sync: str = "synchronized"
    ha_sync_seconds: float = 10.0
    ha_initial_seconds: float = 5.0
    ha_suspended_survives_boot: bool = True
    sessions: int = 1000


class Ha:
    """The part of one device. Its role is the setting ``ha_state``, so that a test can also force one."""

    def __init__(self, device: PanosDevice) -> None:
        self._device = device
        self.peer: PanosDevice | None = None
        self.priority = "primary"
        self.since = device.now()
        self.initial_until = 0.0
        self.syncing_until = 0.0
        self.last_error = ""

    def pair(self, peer: PanosDevice) -> None:
        """The device that was there before is active, unless the new one says that it is."""
        for device in (self._device, peer):
            device.ha.part()
        self.peer, peer.ha.peer = peer, self._device
        self.priority, peer.ha.priority = "secondary", "primary"
        peer.settings.ha_peer = self._device.address
        mine, other = self._device.settings.ha_state, peer.settings.ha_state
        self.become(mine or ("passive" if other in ("", self.name("active"), peer.ha.name("active")) else "active"))
        peer.ha.become(other or ("passive" if self.role() == "active" else "active"))

    def part(self) -> None:
        if self.peer is not None:
            self.peer.ha.peer, self.peer.settings.ha_peer = None, ""
            self.peer = None

    # Roles

    def name(self, role: str) -> str:
        """``active`` is ``primary-active`` or ``secondary-active`` on a Panorama."""
        return f"{self.priority}-{role}" if self._device.kind == "panorama" else role

    def role(self) -> str:
        """Without the prefix of a Panorama."""
        return self._device.settings.ha_state.removeprefix("primary-").removeprefix("secondary-")

    def shown(self) -> str:
        """What the device says: after a boot it is ``initial`` for a while."""
        starting = self._device.now() < self.initial_until and self.role() != SUSPENDED
        return self.name("initial") if starting else self._device.settings.ha_state

    def become(self, role: str) -> None:
        bare = role.removeprefix("primary-").removeprefix("secondary-")
        if bare != self.role() or self._device.settings.ha_state != self.name(bare):
            self.since = self._device.now()
        self._device.settings.ha_state = self.name(bare)

    def up(self) -> bool:
        return not self._device.booting()

    def suspend(self) -> None:
        was_active = self.role() == "active"
        self.become(SUSPENDED)
        self.last_error = self._device.settings.ha_state
        if was_active:
            self._hand_over()

    def functional(self) -> None:
        """Active when nobody else is."""
        if self.role() != SUSPENDED:
            return
        self.initial_until = self._device.now() + self._device.settings.ha_initial_seconds
        self.become("passive" if self.peer is not None and self.peer.ha.role() == "active" else "active")
        self._synchronize(self.initial_until)

    def left(self) -> None:
        """The device goes down for a boot: the peer takes over, and there is no preemption afterwards."""
        if not self.role():
            return
        if self.role() == "active" and self.peer is not None and self.peer.ha.role() == "passive" and self.peer.ha.up():
            self._hand_over()
            self.become("passive")
        elif self.role() == SUSPENDED and not self._device.settings.ha_suspended_survives_boot:
            self.become("passive" if self.peer is not None and self.peer.ha.role() == "active" else "active")
        self.initial_until = self._device.boot.ready_from + self._device.settings.ha_initial_seconds
        self._synchronize(self.initial_until)

    def _hand_over(self) -> None:
        if self.peer is not None and self.peer.ha.role() == "passive":
            self.peer.ha.become("active")

    # Synchronization of the running configuration

    def finished(self, job: Job, when: float) -> None:
        """A commit on the active device, or a push to it, goes to the peer, as a job there."""
        types = ("Commit", "CommitAll") if self._device.kind == "firewall" else ("Commit",)
        committed = job.type in types and job.verdict.result == "OK"
        if committed and self.role() == "active" and self.peer is not None and self.peer.ha.up():
            self.start_sync(when)

    def start_sync(self, when: float) -> None:
        """A job on the peer, whose type is assumed; when it ends well the two are synchronized."""
        peer = self.peer
        if peer is None:
            return
        self._synchronize(when)

        def effect(job: Job, _when: float) -> None:
            if job.verdict.result == "OK":
                self._device.settings.ha_sync = peer.settings.ha_sync = "synchronized"

        peer.engine.add(
            "HA-Sync",
            user="",
            enqueued=when,
            seconds=self._device.settings.ha_sync_seconds,
            verdict=Verdict("OK", ["Configuration committed successfully"]),
            effect=effect,
        )

    def _synchronize(self, when: float) -> None:
        self.syncing_until = when + self._device.settings.ha_sync_seconds
        if self.peer is not None:
            self.peer.ha.syncing_until = self.syncing_until

    def running_sync(self) -> str:
        """While the peer is away they are not synchronized (assumed)."""
        if self.peer is None:
            return self._device.settings.ha_sync
        if not self.peer.ha.up():
            return "not synchronized"
        return "synchronization in progress" if self._syncing() else self._device.settings.ha_sync

    def _syncing(self) -> bool:
        return self.peer is not None and self._device.now() < self.syncing_until

    def sync_to_remote(self) -> str:
        """The text of the answer. Raises ApiError when there is nobody, or a synchronization under way."""
        if self.peer is None or not self.peer.ha.up():
            raise ApiError("HA peer is not connected")
        if self._syncing():
            raise ApiError(ALREADY)
        self.start_sync(self._device.now())
        return QUEUED

    # What it shows

    def info(self) -> dict[str, str]:
        """The fields that both ``local-info`` and ``peer-info`` have; the names are recorded."""
        device, settings = self._device, self._device.settings
        shelves = device.updates.shelves
        fields = {
            "version": "1",
            "state": self.shown(),
            "state-duration": str(max(0, int(device.now() - max(self.since, self.initial_until)))),
            "mgmt-ip": f"{device.address}/8",
            "preemptive": "no",
            "priority": self.priority if device.kind == "panorama" else {"primary": "100"}.get(self.priority, "110"),
            "build-rel": settings.version,
            "url-version": "Not Installed" if device.kind == "panorama" else "0000.00.00.000",
            "app-version": shelves["content"].current,
            "av-version": shelves["anti-virus"].current or "0",
        }
        if device.kind == "firewall":
            fields |= {
                "mode": "Active-Passive",
                "platform-model": settings.model,
                "threat-version": shelves["content"].current,
            }
        if self.last_error:
            fields |= {"last-error-state": self.last_error, "last-error-reason": "User requested"}
        return fields

    def compatibility(self) -> dict[str, str]:
        """Whether the versions of both are the same."""
        names = {"build-rel": "build-compat", "app-version": "app-compat", "av-version": "av-compat"}
        mine, other = self.info(), self.peer.ha.info() if self.peer is not None else {}
        return {
            shown: "Match" if not other or mine[field] == other[field] else "Mismatch" for field, shown in names.items()
        }

    def describe(self) -> str:
        """The XML of the result."""
        if not self._device.settings.ha_state:
            # Recorded of a firewall.
            return "<enabled>no</enabled>" + (
                "<group><local-info><ha1-encrypt-imported>no</ha1-encrypt-imported></local-info></group>"
                if self._device.kind == "firewall"
                else ""
            )
        local = "".join(element(name, text) for name, text in (self.info() | self.compatibility()).items())
        body = f"<local-info>{local}</local-info><peer-info>{self._peer_info()}</peer-info>"
        body += element("running-sync", self.running_sync()) + element("running-sync-enabled", "yes")
        if self._device.kind == "panorama":
            return f"<enabled>yes</enabled>{body}"
        return f"<enabled>yes</enabled><group><mode>Active-Passive</mode>{body}</group>"

    def _peer_info(self) -> str:
        up = self.peer is not None and self.peer.ha.up()
        links = ["conn-ha1"] if self._device.kind == "panorama" else ["conn-ha1", "conn-ha2"]
        status = element("conn-status", "up" if up or self.peer is None else "down")
        connections = "".join(f"<{link}>{status}<conn-primary>yes</conn-primary></{link}>" for link in links)
        if self.peer is None:
            # A device whose state a test has set, without a peer in the simulator.
            state = {"active": "passive", "passive": "active"}.get(self.role(), "unknown")
            known = {"state": state}
        elif up:
            known = self.peer.ha.info()
        else:
            known = {**self.peer.ha.info(), "state": "unknown"}
        return connections + status + "".join(element(name, text) for name, text in known.items())


@command("show high-availability state")
def state(command: Command) -> Reply:
    """``group/local-info/state`` on a firewall, ``local-info/state`` on a Panorama."""
    plain(command)
    return success(command.device.ha.describe())


@command("request high-availability state suspend", "request high-availability state functional")
def change(command: Command) -> Reply:
    """Documented answers. A device suspends itself even when its peer is down (jcoeder/palo-alto-python)."""
    plain(command)
    ha, wanted = command.device.ha, command.path[-1]
    with noted(command, f"ha-{wanted}", ""):
        if not command.device.settings.ha_state:
            raise ApiError("High-availability is not enabled")
        if wanted == "suspend":
            ha.suspend()
        else:
            ha.functional()
        note(command, f"ha-{wanted}")
    return success(f"Successfully changed HA state to {SUSPENDED if wanted == 'suspend' else wanted}")


@command("request high-availability sync-to-remote running-config")
def sync_to_remote(command: Command) -> Reply:
    """Both texts are clients' (pan-os-python and a public script); pan-os-python reads ``msg/line``."""
    plain(command)
    with noted(command, "ha-sync", ""):
        text = command.device.ha.sync_to_remote()
        note(command, "ha-sync")
    return Reply(body=f'<response status="success"><msg><line>{text}</line></msg></response>'.encode())


@command("show session info")
def session_info(command: Command) -> Reply:
    """Recorded: the fields, some of many (pan-os-upgrade-assurance, test_get_session_stats). A Panorama carries none.

    Assumed: the passive device counts those that it got from its peer.
    """
    plain(command)
    if command.device.kind == "panorama":
        raise unexpected(command.path[:-1], command.path[-1])
    fields = {"cps": "7", "kbps": "0", "num-active": str(command.device.settings.sessions), "num-max": "1800000"}
    return success("".join(element(name, value) for name, value in fields.items()) + "<dp>*.dp0</dp>")
