# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tenant: its settings and service accounts, what it holds, and what a test may do to it."""

from __future__ import annotations

import collections
import dataclasses
import typing as t
import uuid

from ..system import HostControl, SpecError, World, check_settings
from .config import Config
from .devices import DeviceJobs, LocalConfigs
from .jobs import SOMEBODY, Job, Jobs, Push
from .settings import Settings
from .tokens import DEFAULT_CLIENTS, Account, Accounts, TokenBook
from .work import Plan, PushPlan, check_plans, make_plan


class Tenant:
    """One device: token service and API at one address. Everything it shows is computed when it is asked."""

    def __init__(self, spec: t.Mapping[str, t.Any], host: HostControl, world: World, book: TokenBook) -> None:
        settings = dict(spec)
        self.address: str = settings.pop("address")
        self.host = host
        self.world = world
        self.settings = Settings()
        self.accounts = Accounts(book, self.settings)
        self._made = False
        self.configure({"clients": settings.pop("clients", DEFAULT_CLIENTS), **settings})
        self._made = True
        born = world.clock.now()
        self.config = Config(self.settings, born)
        self.jobs = Jobs(self.settings, self.config, born)
        self.device_jobs = DeviceJobs(self.settings)
        self.local_configs = LocalConfigs(self.settings, born)
        self.overloaded_until = 0.0
        self.overload_retry_after = -1
        self._ids: collections.Counter[str] = collections.Counter()

    def now(self) -> float:
        return self.world.clock.now()

    # The control API

    def configure(self, settings: t.Mapping[str, t.Any]) -> None:
        """Changes settings; raises SpecError and then has changed nothing."""
        values = dict(settings)
        clients = values.pop("clients", {})
        check_settings(self.settings, values, "a tenant")
        for name in Settings.FIXED:
            if self._made and values.get(name, getattr(self.settings, name)) != getattr(self.settings, name):
                raise SpecError(f"{name!r} is given when the tenant is made")
        if values.get("versions", 1) < 1:
            raise SpecError("'versions' is at least 1")
        check_plans(values)
        self.accounts.add(clients)
        for name, value in values.items():
            setattr(self.settings, name, value)

    def describe(self) -> dict[str, t.Any]:
        now = self.now()
        self.jobs.settle(now)
        return {
            "settings": dataclasses.asdict(self.settings),
            "tokens": dict(self.accounts.minted),
            "pending": [dataclasses.asdict(change) for change in self.config.pending],
            "version": self.config.latest.id,
            "running": {place: number for place, (number, _when) in self.config.running.items()},
            "pushes": [self._describe_push(push, now) for push in self.jobs.pushes],
            "jobs": len(self.jobs.jobs),
            "device_jobs": [
                {"id": job.id, "state": self.device_jobs.word(job, now), "devices": list(job.devices)}
                for job in self.device_jobs.jobs.values()
            ],
        }

    def _describe_push(self, push: Push, now: float) -> dict[str, t.Any]:
        return {
            "job": str(push.job.number),
            "words": push.job.words(now),
            "admin": push.job.uname,
            "places": push.places,
            "changes": push.changes,
            "version": push.made,
            "children": {
                name: {"job": str(child.number), "words": child.words(now)} for name, child in push.children.items()
            },
            "effects": push.effects,
        }

    def act(self, action: str, arguments: t.Mapping[str, t.Any]) -> t.Any:
        method = getattr(self, f"_act_{action.replace('-', '_')}", None)
        if method is None:
            known = sorted(name[5:].replace("_", "-") for name in dir(self) if name.startswith("_act_"))
            raise SpecError(f"unknown action {action!r}: one of {', '.join(known)}")
        return method(**arguments)

    def _act_changes(self, place: str = "Remote Networks", admin: str = "", count: int = 1) -> t.Any:
        """Makes pending changes in a folder or on a device, by default those of the first service account."""
        self._check_places([place])
        self.jobs.settle(self.now())
        name = admin or next(iter(self.accounts.clients))
        return {"changes": [self.config.change(place, name) for _number in range(count)]}

    def _act_push(
        self,
        folders: t.Sequence[str] = (),
        devices: t.Sequence[str] = (),
        admin: str = SOMEBODY,
        admins: t.Sequence[str] = (),
        description: str = "",
    ) -> t.Any:
        """Somebody else pushes. It counts for the ledger too."""
        self._check_places([*folders, *devices])
        push = self.submit_push(admin, folders, devices, admins, description, self.next_push())
        return {"job": str(push.job.number)}

    def _act_jobs(
        self,
        count: int = 1,
        type: str = "CommitAll",
        uname: str = SOMEBODY,
        description: str = "",
        parent: int = 0,
        **plan: t.Any,
    ) -> t.Any:
        """Jobs of somebody else; how they go is given as in a plan, without it they have ended."""
        self.jobs.settle(self.now())
        made = [
            self.jobs.other(
                self.now(),
                type=type,
                uname=uname,
                description=description,
                parent=parent,
                plan=make_plan(Plan, plan) if plan else None,
            )
            for _number in range(count)
        ]
        return {"jobs": [str(job.number) for job in made]}

    def _act_hold(self, job: str, seconds: float) -> None:
        """That job takes so long from now."""
        found = self._job(job)
        if found.work.over(self.now()):
            raise SpecError(f"job {job} has ended already")
        found.work.hold(self.now(), seconds)

    def _act_finish(self, job: str, status: str = "FIN", result: str = "CANCELLED") -> None:
        """That job ends now, with these words."""
        self.jobs.settle(self.now())
        self.jobs.finish(int(job), self.now(), status, result)

    def _act_forget_jobs(self, jobs: t.Sequence[str]) -> None:
        """They are not known any more."""
        for job in [self._job(job) for job in jobs]:
            del self.jobs.jobs[job.number]

    def _act_token(self, client: str = "", seconds: float = 899.0) -> t.Any:
        """A token as if from elsewhere: it is not counted."""
        name = client or next(iter(self.accounts.clients))
        return {"access_token": self.accounts.mint(name, seconds, self.now())}

    def _act_revoke_tokens(self) -> None:
        self.accounts.revoke()

    def _act_overload(self, seconds: float = 60.0, retry_after: int = -1) -> None:
        """The API, not the token service, answers 429; Retry-After of -1: no such header."""
        self.overloaded_until, self.overload_retry_after = self.now() + seconds, retry_after

    def _act_local_config(self, serial: str) -> t.Any:
        """The device gets one more local version."""
        if serial not in self.settings.serials:
            raise SpecError(f"no such device: {serial}")
        return {"version": self.local_configs.add(serial)}

    def _check_places(self, places: t.Iterable[str]) -> None:
        unknown = [place for place in places if place not in self.config.places]
        if unknown:
            raise SpecError(f"no such folder or device: {', '.join(unknown)}")

    def _job(self, number: str) -> Job:
        self.jobs.settle(self.now())
        return self.jobs.known(int(number))

    # For the parts

    def new_id(self, kind: str) -> str:
        """The next id of that kind: the same ones in every tenant at that address that is asked the same."""
        self._ids[kind] += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.address}/{kind}/{self._ids[kind]}"))

    def next_push(self) -> PushPlan:
        planned = self.settings.next_pushes.pop(0) if self.settings.next_pushes else {}
        return make_plan(PushPlan, self.settings.pushes, planned)

    def submit_push(
        self,
        admin: str,
        folders: t.Sequence[str],
        devices: t.Sequence[str],
        admins: t.Sequence[str],
        description: str,
        plan: PushPlan,
    ) -> Push:
        """Starts a push and writes it into the ledger."""
        now, places = self.now(), [*folders, *devices]
        self.jobs.settle(now)
        push = self.jobs.push(
            now,
            uname=admin,
            places=places,
            admins=admins,
            description=description,
            plan=plan,
            childless=self.settings.no_change == "no_children" and self.nothing_to_push(places, admins),
        )
        self.record(
            admin,
            "push",
            job=str(push.job.number),
            description=description,
            changes=push.changes,
            details={"folders": list(folders), "devices": list(devices), "admins": list(admins)},
        )
        return push

    def nothing_to_push(self, places: t.Sequence[str], admins: t.Sequence[str]) -> bool:
        return not self.config.matching(places, admins) and not self.config.behind(places)

    def record(self, admin: str, kind: str, *, accepted: bool = True, **more: t.Any) -> None:
        """Writes into the ledger; *more* is what `Ledger.submission` takes besides."""
        self.world.ledger.submission(
            system="scm",
            device=self.address,
            admin=admin,
            kind=kind,
            accepted=accepted,
            **more,
        )

    def refused(self, account: Account, kind: str, answer: str) -> None:
        self.record(account.name, kind, accepted=False, answer=answer)
