# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads and their VENs: how they take on a new policy, and a new version.

A VEN has the number of its workload; every tenth workload has none.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import typing as t

from .answers import ApiError, moment, not_found
from .settings import Settings
from .sources import LABEL_KEYS, NO_FILTERS, Filters, Text, dump, fits, labels_fit, number_of, object_uuid, recorded

WORKLOAD, VEN = 1, 2
DEFAULT_UPGRADE_TIMEOUT = 86400.0  # assumed
# Documented for the filter that has this one value.
STAGED = "staged"


@dataclasses.dataclass(frozen=True)
class Upgrade:
    """What one VEN was told to become; ``done`` is None when it never will. Times in simulated seconds."""

    release: str
    before: str
    done: float | None
    expires: float


@dataclasses.dataclass(frozen=True)
class PolicyState:
    """How far a workload is with the policy: ``synced``, ``syncing`` (recorded) or ``staged``."""

    word: str
    applied: float
    received: float


class Estate:
    """All workloads and VENs of a PCE."""

    def __init__(self, settings: Settings, born: float) -> None:
        self._settings = settings
        self._born = born
        self._commits: list[float] = []
        self._applied_by_hand: float | None = None
        self._upgrades: dict[int, Upgrade] = {}
        self._deleted: set[int] = set()
        self._changed: dict[int, dict[str, t.Any]] = {}
        self._created: list[dict[str, t.Any]] = []
        self._models: tuple[int, Text, Text, Text] | None = None

    # Numbers

    def numbers(self) -> t.Iterator[int]:
        return (number for number in range(1, self._settings.count("workloads") + 1) if number not in self._deleted)

    @staticmethod
    def managed(number: int) -> bool:
        return number % 10 != 0

    @staticmethod
    def rank(number: int) -> int:
        """Its place among the managed ones, from 1."""
        return number - number // 10

    def managed_count(self) -> int:
        count = self._settings.count("workloads")
        return count - count // 10 - sum(1 for number in self._deleted if self.managed(number))

    def online(self, number: int) -> bool:
        return self.rank(number) > self._settings.offline_workloads

    def _fraction(self, number: int) -> float:
        """Spreads the VENs over the time that all of them need together; the slowest needs it all."""
        rank = self.rank(number)
        return 1.0 if rank == self.rank(self._settings.count("workloads")) else 0.2 + 0.8 * (rank * 7919 % 101) / 101

    # Policy

    def commit(self, now: float) -> None:
        self._commits.append(now)

    def apply_policy(self, now: float) -> None:
        """Lets workloads in static mode take on what is staged."""
        self._applied_by_hand = now

    def policy_state(self, number: int, now: float) -> PolicyState:
        settings, rank = self._settings, self.rank(number)
        count = self.rank(settings.count("workloads"))
        first = self._born - 3600 - number % 600
        before = PolicyState("synced", first, first - 1)
        never = rank <= settings.offline_workloads or rank > count - settings.stuck_workloads
        static = settings.offline_workloads < rank <= settings.offline_workloads + settings.static_workloads
        for commit in self._commits:
            start: float | None = commit
            if static:
                start = self._applied_by_hand if (self._applied_by_hand or 0.0) >= commit else None
            if start is None:
                before = PolicyState(STAGED, before.applied, before.received)
                continue
            delay = settings.converge_seconds * self._fraction(number)
            received = start + delay / 2 if now >= start + delay / 2 and not never else before.received
            if never or now < start + delay:
                before = PolicyState("syncing", before.applied, received)
            else:
                before = PolicyState("synced", start + delay, received)
        return before

    # Workloads

    def total(self) -> int:
        return self._settings.count("workloads") - len(self._deleted) + len(self._created)

    def texts(self, filters: Filters, now: float) -> t.Iterator[str]:
        quick = all(name in QUICK_FILTERS for name, value in filters)
        for number in self.numbers():
            if filters and quick and not self._quick_fit(number, filters, now):
                continue
            text = self.workload_text(number, now)
            if quick or fits(json.loads(text), filters):
                yield text
        yield from (dump(one) for one in self._created if fits(one, filters))

    def text_of(self, identity: str, now: float) -> str | None:
        number = number_of(WORKLOAD, identity)
        if 0 < number <= self._settings.count("workloads") and number not in self._deleted:
            return self.workload_text(number, now)
        return next((dump(one) for one in self._created if one["href"].endswith(f"/{identity}")), None)

    def workload_text(self, number: int, now: float) -> str:
        managed, unmanaged, _ven = self._texts()
        values = self._common(number)
        values["name"] = "null" if self.managed(number) else f'"wl-{number:06d}"'
        if self.managed(number):
            state = self.policy_state(number, now)
            values["state"] = state.word
            values["applied"], values["received"] = moment(state.applied), moment(state.received)
            values["agent_version"] = self.version(number, now).partition("-")[0]
            text = managed.fill(values)
        else:
            text = unmanaged.fill(values)
        if number in self._changed:
            text = dump({**json.loads(text), **self._changed[number]})
        return text

    def _common(self, number: int) -> dict[str, str]:
        return {
            "id": object_uuid(WORKLOAD, number),
            "ven": object_uuid(VEN, number),
            "agent": str(40000 + number),
            "n": f"{number:06d}",
            "ip": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
            "online": "true" if self.managed(number) and self.online(number) else "false",
            "labels": dump(self.labels_of(number)),
        }

    def labels_of(self, number: int) -> list[dict[str, str]]:
        each = self._settings.count("labels") // 4
        if not each:
            return []
        # A label's number tells its key: role, app, env, loc have 4, 1, 2, 3, then 8, 5, 6, 7 and so on.
        chosen = [4 * (number * step % each) + (key or 4) for key, step in enumerate((7, 1, 3, 5))]
        org_id = self._settings.org_id
        return [
            {"href": f"/orgs/{org_id}/labels/{one}", "key": LABEL_KEYS[one % 4], "value": label_value(one)}
            for one in chosen
        ]

    def _quick_fit(self, number: int, filters: Filters, now: float) -> bool:
        """The filters of which the number tells enough."""
        managed = self.managed(number)
        for name, wanted in filters:
            if name == "managed":
                fit = managed == (wanted == "true")
            elif name == "online":
                fit = (managed and self.online(number)) == (wanted == "true")
            elif name == "hostname":
                fit = wanted.lower() in hostname(number)
            elif name == "labels":
                fit = labels_fit({one["href"] for one in self.labels_of(number)}, wanted)
            elif name == "security_policy_sync_state":
                fit = managed and self.policy_state(number, now).word == wanted
            else:
                fit = True
            if not fit:
                return False
        return True

    def _texts(self) -> tuple[Text, Text, Text]:
        """Managed workload, unmanaged workload, VEN."""
        org_id = self._settings.org_id
        if self._models is None or self._models[0] != org_id:
            model = recorded("workloads", org_id)[0]
            self._models = (
                org_id,
                Text(managed_model(model, org_id)),
                Text(unmanaged_model(model, org_id)),
                Text(ven_model(org_id)),
            )
        return self._models[1:]

    # VENs

    def vens(self) -> Vens:
        return Vens(self)

    def version(self, number: int, now: float) -> str:
        upgrade = self._upgrades.get(number)
        if upgrade is None:
            return self._settings.ven_version
        return upgrade.release if upgrade.done is not None and upgrade.done <= now else upgrade.before

    def ven_text(self, number: int, now: float) -> str:
        values = self._common(number)
        values["version"] = self.version(number, now)
        upgrade = self._upgrades.get(number)
        pending = upgrade is not None and values["version"] != upgrade.release
        values["target"] = f'"{upgrade.release}"' if upgrade is not None and pending else "null"
        values["expires"] = f'"{moment(upgrade.expires)}"' if upgrade is not None and pending else "null"
        expired = upgrade is not None and pending and upgrade.expires <= now
        values["conditions"] = CONDITION_TIMED_OUT if expired else "[]"
        values["heartbeat"] = moment(now - 30 if self.online(number) else self._born - 86400)
        return self._texts()[2].fill(values)

    def upgrade_pending(self, number: int, now: float) -> bool:
        upgrade = self._upgrades.get(number)
        return upgrade is not None and self.version(number, now) != upgrade.release and now < upgrade.expires

    def upgrade(self, release: str, hrefs: t.Sequence[str], timeout: float, now: float) -> list[dict[str, t.Any]]:
        """Orders the upgrades that are possible; returns an error per reason for the others."""
        problems: dict[tuple[str, str], list[str]] = {}
        for href in hrefs:
            number = self.ven_number(href)
            try:
                self._check_upgrade(number, release, now)
            except ApiError as exc:
                problems.setdefault((exc.token, exc.message), []).append(href)
                continue
            stuck = self.rank(number) > self.rank(self._settings.count("workloads")) - self._settings.stuck_vens
            done = now + self._settings.ven_upgrade_seconds * self._fraction(number)
            never = stuck or not self.online(number) or done > now + timeout
            self._upgrades[number] = Upgrade(release, self.version(number, now), None if never else done, now + timeout)
        return [{"token": token, "message": message, "hrefs": found} for (token, message), found in problems.items()]

    def _check_upgrade(self, number: int, release: str, now: float) -> None:
        """Documented: no downgrade, not above the version of the PCE. The tokens are assumed."""
        if number < 1:
            raise not_found("VEN")
        if version_key(release) < version_key(self.version(number, now)):
            raise ApiError(406, "invalid_ven_version", "VEN downgrade is not supported")
        if version_key(release) > version_key(self._settings.pce_version):
            raise ApiError(406, "invalid_ven_version", "The release is above the version of the PCE")

    def ven_number(self, href: str) -> int:
        """-1 for one that is not there."""
        number = number_of(VEN, href.rsplit("/", 1)[-1])
        there = 0 < number <= self._settings.count("workloads") and number not in self._deleted
        return number if there and self.managed(number) else -1

    # Bulk changes

    def create(self, spec: t.Mapping[str, t.Any], now: float) -> str:
        number = len(self._created) + 1
        href = f"/orgs/{self._settings.org_id}/workloads/{object_uuid(9, number)}"
        unmanaged = json.loads(self._texts()[1].fill({**self._common(0), "name": "null"}))
        times = {"created_at": moment(now), "updated_at": moment(now)}
        self._created.append({**unmanaged, "labels": [], **spec, **times, "href": href})
        return href

    def change(self, href: str, spec: t.Mapping[str, t.Any]) -> None:
        """Raises ApiError for one that is not there."""
        number = number_of(WORKLOAD, href.rsplit("/", 1)[-1])
        fields = {name: value for name, value in spec.items() if name != "href"}
        for one in self._created:
            if one["href"] == href:
                one.update(fields)
                return
        if not 0 < number <= self._settings.count("workloads") or number in self._deleted:
            raise not_found("workload")
        self._changed.setdefault(number, {}).update(fields)

    def delete(self, href: str) -> None:
        """Raises ApiError for one that is not there, or that has a VEN (recorded: method_not_allowed_error)."""
        for one in self._created:
            if one["href"] == href:
                self._created.remove(one)
                return
        number = number_of(WORKLOAD, href.rsplit("/", 1)[-1])
        if not 0 < number <= self._settings.count("workloads") or number in self._deleted:
            raise ApiError(404, "not_found_error", "Not found")
        if self.managed(number):
            raise ApiError(405, "method_not_allowed_error", "Not allowed")
        self._deleted.add(number)


class Vens:
    """The VENs as a collection."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def total(self) -> int:
        return self._estate.managed_count()

    def texts(self, filters: Filters, now: float) -> t.Iterator[str]:
        estate = self._estate
        pending = [value == "true" for name, value in filters if name == "upgrade_pending"]
        rest = [(name, value) for name, value in filters if name not in ("upgrade_pending", "max_results")]
        for number in estate.numbers():
            if not estate.managed(number) or any(estate.upgrade_pending(number, now) != one for one in pending):
                continue
            text = estate.ven_text(number, now)
            if not rest or fits(json.loads(text), rest):
                yield text

    def text_of(self, identity: str, now: float) -> str | None:
        number = self._estate.ven_number(identity)
        return None if number < 0 else self._estate.ven_text(number, now)


QUICK_FILTERS = NO_FILTERS | {"managed", "online", "hostname", "labels", "security_policy_sync_state"}
# The word is documented (the filter `condition` of vens).
CONDITION_TIMED_OUT = (
    '[{"first_reported_timestamp":null,"latest_event":{"notification_type":"agent.upgrade_time_out"}}]'
)


def hostname(number: int) -> str:
    return f"host-{number:06d}.example.com"


def label_value(number: int) -> str:
    return f"{LABEL_KEYS[number % 4][0].upper()}-{number:04d}"


def version_key(version: str) -> tuple[int, ...]:
    """``24.5.0-1200`` without its build, which the release of a PCE does not tell."""
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())


def managed_model(model: t.Mapping[str, t.Any], org_id: int) -> dict[str, t.Any]:
    """The recorded workload with places for what differs."""
    made = copy.deepcopy(dict(model))
    made.update(
        href=f"/orgs/{org_id}/workloads/@id@",
        name="#name#",
        managed=True,
        hostname="host-@n@.example.com",
        public_ip="@ip@",
        online="#online#",
        labels="#labels#",
        ven={"href": f"/orgs/{org_id}/vens/@ven@"},
        created_by={"href": f"/orgs/{org_id}/agents/@agent@"},
    )
    made["interfaces"][1]["address"] = "@ip@"
    made["agent"]["href"] = f"/orgs/{org_id}/agents/@agent@"
    made["agent"]["status"].update(
        agent_version="@agent_version@",
        security_policy_sync_state="@state@",
        security_policy_applied_at="@applied@",
        security_policy_received_at="@received@",
        fw_config_current=True,
    )
    return made


def unmanaged_model(model: t.Mapping[str, t.Any], org_id: int) -> dict[str, t.Any]:
    made = managed_model(model, org_id)
    made.update(managed=False, ven=None, created_by={"href": "/users/1"})
    made["agent"] = {"config": made["agent"]["config"], "status": {}, "type": None}
    return made


def ven_model(org_id: int) -> dict[str, t.Any]:
    """The fields of the published schema; values as in the recorded workload."""
    return {
        "href": f"/orgs/{org_id}/vens/@ven@",
        "name": None,
        "description": None,
        "hostname": "host-@n@.example.com",
        "uid": "@ven@",
        "os_id": "ubuntu-x86_64-xenial",
        "os_detail": "4.4.0-97-generic #120-Ubuntu SMP Tue Sep 19 17:28:18 UTC 2017 (Ubuntu 16.04.1 LTS)",
        "os_platform": "ubuntu",
        "version": "@version@",
        "status": "active",
        "activation_type": "pairing_key",
        "active_pce_fqdn": None,
        "target_pce_fqdn": None,
        "labels": "#labels#",
        "interfaces": [{"name": "eth0", "address": "@ip@", "cidr_block": 8}],
        "workloads": [{"href": f"/orgs/{org_id}/workloads/@id@", "hostname": "host-@n@.example.com", "managed": True}],
        "container_cluster": None,
        "secure_connect": {"matching_issuer_name": ""},
        "last_heartbeat_at": "@heartbeat@",
        "last_goodbye_at": None,
        "created_at": "2020-10-22T00:01:55.823Z",
        "created_by": {"href": "/users/1"},
        "updated_at": "2021-12-07T18:53:43.215Z",
        "updated_by": {"href": "/users/1"},
        "conditions": "#conditions#",
        "authentication_recovery": False,
        "caps": ["write"],
        "ven_type": "server",
        "upgrade_target_version": "#target#",
        "upgrade_expires_at": "#expires#",
    }
