# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One PCE: its settings and log-ins, what it holds, and what a test may do to it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..system import HostControl, SpecError, World
from .accounts import Account, Accounts, session_name
from .answers import not_found, too_many
from .estate import Estate
from .flows import Traffic
from .jobs import Jobs
from .policy import TYPES, Policy
from .queries import Queries, QueryPlan
from .reports import Bundles, FilePlan, Reports
from .settings import Settings, check
from .sources import Listed, Source, event, label, recorded
from .strict import Strictness, strictness
from .work import Plan, Work, make_plan

PLANS: dict[str, type[Plan]] = {"jobs": Plan, "queries": QueryPlan, "reports": FilePlan, "bundles": FilePlan}
DEFAULT_KEYS = {"api_1234567890abcdef": {"secret": "secret"}}
DEFAULT_USERS = {"admin@example.com": {"password": "admin"}}
# Collections that are there and empty.
EMPTY = (
    "agents",
    "container_workloads",
    "network_devices",
    "network_enforcement_nodes",
    "networks",
    "permissions",
    "security_principals",
    "service_bindings",
    "vulnerabilities",
    "vulnerability_reports",
)
DEFAULT_RESULTS = {"events": 100, "security_principals": 100}  # documented


class Pce:
    """One device. Everything it shows is computed when it is asked."""

    def __init__(self, spec: t.Mapping[str, t.Any], host: HostControl, world: World) -> None:
        settings = dict(spec)
        self.address: str = settings.pop("address")
        self.host = host
        self.world = world
        self.settings = Settings()
        self.accounts = Accounts()
        self._made = False
        keys = settings.pop("api_keys", DEFAULT_KEYS)
        self.configure({"api_keys": keys, "users": settings.pop("users", DEFAULT_USERS), **settings})
        self._made = True
        self.born = world.clock.now()
        self.estate = Estate(self.settings, self.born)
        self.policy = Policy(self.settings, self.born)
        self.traffic = Traffic(self.settings, self.estate, self.born)
        self.jobs, self.queries = Jobs(self), Queries(self)
        self.reports, self.bundles = Reports(self), Bundles(self)
        self.busy_until = 0.0

    def now(self) -> float:
        return self.world.clock.now()

    @property
    def strict(self) -> Strictness:
        return strictness(self.settings.release)

    # The control API

    def configure(self, settings: t.Mapping[str, t.Any]) -> None:
        """Changes settings; raises SpecError and then has changed nothing."""
        values = dict(settings)
        keys, users = values.pop("api_keys", {}), values.pop("users", {})
        check(self.settings, values)
        if self._made and values.get("org_id", self.settings.org_id) != self.settings.org_id:
            raise SpecError("'org_id' is given when the device is made")
        for name, kind in PLANS.items():
            make_plan(kind, values.get(name, {}))
            for plan in values.get(f"next_{name}", ()):
                make_plan(kind, plan)
        self.accounts.add(keys, users)
        for name, value in values.items():
            setattr(self.settings, name, value)

    def describe(self) -> dict[str, t.Any]:
        now = self.now()
        works: dict[str, t.Iterable[Work]] = {
            "jobs": self.jobs.jobs.values(),
            "queries": self.queries.queries.values(),
            "reports": self.reports.reports.values(),
            "bundles": self.bundles.bundles.values(),
        }
        return {
            "settings": dataclasses.asdict(self.settings),
            **{
                name: [{"href": work.href, "status": work.word(now), "owner": work.owner} for work in found]
                for name, found in works.items()
            },
            "pending": self.policy.pending_hrefs(),
            "version": self.policy.versions[-1].record["version"],
        }

    def act(self, action: str, arguments: t.Mapping[str, t.Any]) -> t.Any:
        method = getattr(self, f"_act_{action.replace('-', '_')}", None)
        if method is None:
            known = sorted(name[5:].replace("_", "-") for name in dir(self) if name.startswith("_act_"))
            raise SpecError(f"unknown action {action!r}: one of {', '.join(known)}")
        return method(**arguments)

    def _act_drafts(
        self,
        kind: str = "ip_lists",
        count: int = 1,
        change: str = "create",
        name: str = "",
        references: t.Sequence[str] = (),
        user: str = "/users/1",
    ) -> t.Any:
        """Makes pending changes; a rule set that is created or updated gets a rule that uses the ``references``."""
        if kind not in TYPES or change not in ("create", "update", "delete"):
            raise SpecError(f"'kind' is one of {', '.join(TYPES)}; 'change' is create, update or delete")
        now, hrefs = self.now(), []
        if references and kind != "rule_sets":
            raise SpecError("only rule sets have 'references'")
        uses = {"rules": [rule_with(references)]} if references else {}
        unchanged = [
            href
            for href in self.policy.draft
            if f"/{kind}/" in href
            and href not in self.policy.pending_hrefs()
            and name in ("", self.policy.draft[href]["name"])
        ]
        for number in range(count):
            if change == "create":
                wanted = name or f"pending-{len(self.policy.draft)}"
                href = self.policy.create(kind, {"name": wanted, **uses}, user, now)["href"]
            elif number >= len(unchanged):
                raise SpecError(f"there are only {len(unchanged)} such objects without a pending change")
            elif change == "update":
                href = unchanged[number]
                self.policy.update(href, {"description": f"changed {now}", **uses}, user, now)
            else:
                href = unchanged[number]
                self.policy.delete(href, user, now)
            hrefs.append(href)
        return {"hrefs": hrefs}

    def _act_provision(self, user: str = "/users/2", message: str = "By somebody else") -> t.Any:
        """Another admin commits everything that is pending."""
        now = self.now()
        version = self.policy.commit(self.policy.pending_hrefs(), message, user, now, self.estate.managed_count())
        self.estate.commit(now)
        return version.record

    def _act_apply_policy(self) -> None:
        self.estate.apply_policy(self.now())

    def _act_job(self, path: str = "labels", user: str = "/users/2") -> t.Any:
        """A job of somebody else, or one whose answer got lost."""
        source = self.source(path)
        if source is None:
            raise SpecError(f"no such collection: {path}")
        before = set(self.jobs.jobs)
        somebody = Account(name="", secret="", user=user)
        description = f"/orgs/{self.settings.org_id}/{path}"
        self.jobs.submit(somebody, description, source, [], limit=None, host="")
        (name,) = set(self.jobs.jobs) - before
        return {"href": self.jobs.jobs[name].href}

    def _act_hold(self, href: str, seconds: float) -> None:
        """That work takes so long from now."""
        for found in (self.jobs.jobs, self.queries.queries, self.reports.reports, self.bundles.bundles):
            for work in t.cast("dict[str, Work]", found).values():
                if work.href == href:
                    work.hold(self.now(), seconds)
                    return
        raise SpecError(f"no such work: {href}")

    def _act_purge(self) -> None:
        """Jobs, datafiles and queries are gone."""
        self.jobs.purge()
        self.queries.purge()

    def _act_restart(self, down: float = 60.0, keep_jobs: bool = False) -> None:
        """Out of reach for a while; sessions and, unless told otherwise, jobs are gone."""
        self.host.outage("refused", seconds=down)
        self.accounts.end_sessions()
        if not keep_jobs:
            self._act_purge()

    def _act_session(self, user: str = "admin@example.com") -> t.Any:
        """What the login flow ends with."""
        if user not in self.accounts.users:
            raise SpecError(f"no such user: {user}")
        session = self.accounts.session(self.accounts.users[user], self.now())
        return {"auth_username": session_name(session.account), "session_token": session.token}

    def _act_end_sessions(self) -> None:
        self.accounts.end_sessions()

    def _act_busy(self, seconds: float = 60.0) -> None:
        """Somebody else's bulk operation runs."""
        self.busy_until = self.now() + seconds

    # For the parts

    def record(self, account: Account, kind: str, *, accepted: bool = True, **more: t.Any) -> None:
        """Writes into the ledger; *more* is what `Ledger.submission` takes besides."""
        self.world.ledger.submission(
            system="illumio",
            device=self.address,
            admin=account.name or account.user,
            kind=kind,
            accepted=accepted,
            **more,
        )

    def take_bulk(self) -> None:
        """Raises ApiError 429 while another bulk operation runs (documented: one at a time)."""
        now = self.now()
        if now < self.busy_until:
            raise too_many("Another bulk operation is in progress", self.settings.rate_limit_retry_after)
        self.busy_until = now + self.settings.bulk_seconds

    def source(self, path: str) -> Source | None:
        """The collection at a path below the organisation; None if there is none. Raises ApiError."""
        settings, org_id = self.settings, self.settings.org_id
        if path.startswith("sec_policy/"):
            _start, pversion, kind = path.split("/")
            return self.policy.objects(pversion, kind) if kind in TYPES else None
        time = "2020-01-14T23:16:52.303Z"
        if path == "workloads":
            return self.estate
        if path == "vens":
            return self.estate.vens()
        if path == "labels":
            return Listed(label(org_id, number, time) for number in range(1, settings.count("labels") + 1))
        if path == "events":
            count = settings.count("events")
            return Listed(event(org_id, number, time, settings.hostname) for number in range(1, count + 1))
        if path == "label_dimensions":
            return Listed(
                {"href": f"/orgs/{org_id}/label_dimensions/{key}", "key": key, "display_name": key.title()}
                for key in ("role", "app", "env", "loc")
            )
        if path in ("pairing_profiles", "container_clusters"):
            return Listed(recorded(path, org_id))
        return Listed([]) if path in EMPTY else None

    def item(self, path: str) -> str:
        """The JSON of one object. Raises ApiError 404."""
        collection, _slash, identity = path.rpartition("/")
        source = self.source(collection)
        text = None if source is None else source.text_of(identity, self.now())
        if text is None:
            raise not_found(path)
        return text


def rule_with(hrefs: t.Iterable[str]) -> dict[str, t.Any]:
    """A rule in the recorded form that uses these services and other objects."""
    parts = [(href, href.split("/")[5]) for href in hrefs]
    return {
        "enabled": True,
        "providers": [{"actors": "ams"}],
        "consumers": [{kind[:-1]: {"href": href}} for href, kind in parts if kind != "services"],
        "ingress_services": [{"href": href} for href, kind in parts if kind == "services"],
        "resolve_labels_as": {"providers": ["workloads"], "consumers": ["workloads"]},
    }
