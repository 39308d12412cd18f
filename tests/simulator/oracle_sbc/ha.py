# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""High availability: two nodes, who is active, and the switchover.

Documented: POST admin/switchover answers 204 and takes up to five seconds more; the words of a role. Assumed: that the
node that was there first is active, that an active node that reboots is followed by the other and comes back as
standby, and what dies with a switchover (tokens, lock and slot: settings).
"""

from __future__ import annotations

import typing as t

from .answers import Content

if t.TYPE_CHECKING:
    from .sbc import Sbc


class Ha:
    """The part of one node. Its role is the setting ``ha_role``, so that a test can also force one."""

    def __init__(self, sbc: Sbc) -> None:
        self._sbc = sbc
        self.peer: Sbc | None = None
        self.switchovers = 0
        self.logs: list[dict[str, str]] = []

    def pair(self, first: Sbc) -> None:
        """Joins the node that was there first: one configuration, one agenda."""
        self.part()
        first.ha.part()
        self.peer, first.ha.peer = first, self._sbc
        first.settings.ha_peer = self._sbc.address
        first.agenda.take_over(self._sbc.agenda)
        self._sbc.agenda, self._sbc.config = first.agenda, first.config
        first.settings.ha_role = first.settings.ha_role or "active"
        self._sbc.settings.ha_role = self._sbc.settings.ha_role or "standby"

    def part(self) -> None:
        if self.peer is not None:
            self.peer.ha.peer, self.peer.settings.ha_peer = None, ""
            self.peer = None

    @property
    def role(self) -> str:
        """``standalone`` is in Oracle's example and not in its enumeration."""
        if self.peer is None and not self._sbc.settings.ha_role:
            return "standalone"
        return self._sbc.settings.ha_role

    def ask(self, when: float) -> None:
        """The roles change a moment later, or never."""
        settings = self._sbc.settings
        if settings.switchover_works:
            self._sbc.later(when + settings.switchover_after, self.switch)

    def switch(self, when: float) -> None:
        """The two change their roles."""
        peer = self.peer
        if peer is None or peer.down_at(when) or self._sbc.down_at(when):
            return
        for node in (self._sbc, peer):
            old, new = node.ha.role, "standby" if node.ha.role == "active" else "active"
            node.ha.become(new, old, when)
            node.lose_sessions("switchover", when, tokens=not node.settings.switchover_keeps_tokens)
            node.slot.interrupt(when, keep=node.settings.switchover_keeps_slot)

    def become(self, new: str, old: str, when: float) -> None:
        self._sbc.settings.ha_role = new
        self.switchovers += 1
        words = {"active": "Active", "standby": "RelinquishingActive"}
        self.logs.append(
            {"info": f"{old} to {new}", "newState": words.get(new, new), "oldState": old, "time": self._sbc.iso(when)}
        )

    def gone(self, when: float) -> None:
        """This node goes down: the other is active."""
        peer = self.peer
        if peer is None:
            return
        if self.role == "active" and not peer.down_at(when):
            peer.ha.become("active", peer.ha.role, when)
        self._sbc.settings.ha_role = "standby" if peer.ha.role == "active" else self.role

    def content(self, now: float) -> list[tuple[str, Content]]:
        """What system/status says of the pair."""
        peer = self.peer
        if peer is None:
            return []
        away = peer.down_at(now)
        state = "disabled" if away else "enabled"
        components = [[("name", name), ("state", state)] for name in ("Media", "SIP", "Config")]
        return [
            ("haPeerName", peer.settings.hostname),
            ("haPeerRole", "out of service" if away else peer.ha.role),
            ("haSyncState", [("component", one) for one in components]),
            ("haSwitchOvers", str(self.switchovers)),
            ("switchOverLogs", [("switchOver", list(log.items())) for log in self.logs]),
        ]
