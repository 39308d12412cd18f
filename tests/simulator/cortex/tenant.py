# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tenant: its settings and keys, what it does in the background, and what a test may do to it."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ..system import HostControl, SpecError, World
from .actions import Actions, make_action_plan
from .distributions import DEFAULT_VERSIONS, Distributions, PackagePlan
from .endpoints import Endpoints, check_status
from .files import Links, Storage
from .keys import Key, Keys
from .netscan import COMMANDS, NetworkScans, Run, make_run_plan
from .scripts import DEFAULT_LIBRARY, Scripts
from .settings import Settings, check
from .work import make_plan
from .xql import Queries, make_query_plan

DEFAULT_KEYS = {"1": {"key": "secret"}}
DEFAULT_DEFINITIONS: dict[str, t.Any] = {"123": {}}
DEFAULT_ENDPOINTS = 3
# Settings that are things of their own, not values.
PARTS: tuple[str, ...] = ("api_keys", "definitions", "endpoints", "scripts")
MAKERS: dict[str, t.Callable[..., t.Any]] = {
    "runs": make_run_plan,
    "queries": make_query_plan,
    "actions": make_action_plan,
    "distributions": lambda *specs: make_plan(PackagePlan, *specs),
}


class Tenant:
    """One device. Everything it shows is computed when it is asked."""

    def __init__(self, spec: t.Mapping[str, t.Any], host: HostControl, world: World, storage: Storage) -> None:
        settings = dict(spec)
        self.address: str = settings.pop("address")
        self.host = host
        self.world = world
        self.settings = Settings()
        self.keys = Keys()
        self.links = Links(self, storage)
        self.endpoints = Endpoints()
        self.netscan, self.xql = NetworkScans(self), Queries(self)
        self.actions, self.scripts = Actions(self), Scripts(self)
        self.distributions = Distributions(self)
        self.configure(
            {
                "api_keys": settings.pop("api_keys", DEFAULT_KEYS),
                "definitions": settings.pop("definitions", DEFAULT_DEFINITIONS),
                "endpoints": settings.pop("endpoints", DEFAULT_ENDPOINTS),
                "scripts": settings.pop("scripts", DEFAULT_LIBRARY),
                **settings,
            }
        )

    def now(self) -> float:
        return self.world.clock.now()

    def real_now(self) -> float:
        """The tenant's own time of day: that of the real world, which signatures are compared with."""
        return time.time() + self.settings.clock_skew

    def versions(self) -> dict[str, list[str]]:
        return {**DEFAULT_VERSIONS, **self.settings.agent_versions}

    # The control API

    def configure(self, settings: t.Mapping[str, t.Any]) -> None:
        """Changes settings; raises SpecError and then has changed nothing."""
        values = dict(settings)
        parts = {name: values.pop(name) for name in PARTS if name in values}
        check(self.settings, values)
        for name, maker in MAKERS.items():
            maker(values.get(name, {}))
            for plan in values.get(f"next_{name}", ()):
                maker(plan)
        kept = self.keys.keys, self.netscan.definitions, self.endpoints.all, self.scripts.library
        try:
            self._set_parts(parts)
        except Exception:
            self.keys.keys, self.netscan.definitions, self.endpoints.all, self.scripts.library = kept
            raise
        for name, value in values.items():
            setattr(self.settings, name, value)

    def _set_parts(self, parts: t.Mapping[str, t.Any]) -> None:
        if "api_keys" in parts:
            self.keys.add(parts["api_keys"])
        if "definitions" in parts:
            self.netscan.add(parts["definitions"])
        if "endpoints" in parts:
            wanted = parts["endpoints"]
            self.endpoints.set([{}] * wanted if isinstance(wanted, int) else wanted, self.now())
        if "scripts" in parts:
            self.scripts.set(parts["scripts"])

    def describe(self) -> dict[str, t.Any]:
        now = self.now()
        self.actions.settle(now)
        return {
            "settings": dataclasses.asdict(self.settings),
            "key_refusals": dict(self.keys.refusals),
            "definitions": {str(one.id): one.body for one in self.netscan.definitions.values()},
            "runs": [
                {"id": run.id, "definition_id": run.definition.id, "state": run.word(now), "target": run.target}
                for run in self.netscan.runs.values()
            ],
            "queries": [
                {"id": query.id, "query": query.text, "status": query.word(now), "user": query.user}
                for query in self.xql.queries.values()
            ],
            "actions": [
                {"id": action.id, "kind": action.kind, "states": action.words(now)}
                for action in self.actions.actions.values()
            ],
            "distributions": [
                {"id": one.id, "name": one.body["name"], "status": one.word(now)}
                for one in self.distributions.all.values()
            ],
            "endpoints": [endpoint.record() for endpoint in self.endpoints.all.values()],
        }

    def act(self, action: str, arguments: t.Mapping[str, t.Any]) -> t.Any:
        method = getattr(self, f"_act_{action.replace('-', '_')}", None)
        if method is None:
            known = sorted(name[5:].replace("_", "-") for name in dir(self) if name.startswith("_act_"))
            raise SpecError(f"unknown action {action!r}: one of {', '.join(known)}")
        return method(**arguments)

    def _act_run(self, definition_id: int = 123, target: str = "", manual: bool = False) -> t.Any:
        """A run by schedule, or with ``manual`` by a user of the console."""
        if definition_id not in self.netscan.definitions:
            raise SpecError(f"no such definition: {definition_id}")
        return {"run_id": self.netscan.start(definition_id, target, manual=manual).id}

    def _act_scan_command(self, run_id: int, command: str) -> t.Any:
        """A user of the console pauses, resumes or aborts a run."""
        run = self._run(run_id)
        if command not in COMMANDS or not run.command(command, self.now()):
            raise SpecError(f"{command} cannot be performed")
        return {"state": run.word(self.now())}

    def _act_query(
        self,
        query: str = "dataset = xdr_data",
        user: str = "analyst@example.com",
        slot: bool = False,
        plan: t.Mapping[str, t.Any] | None = None,
    ) -> t.Any:
        """Somebody else's query: of the console, or with ``slot`` of another script."""
        return {"query_id": self.xql.add(query, user=user, slot=slot, plan=plan or {}).id}

    def _act_endpoint(self, name: str, status: str = "CONNECTED") -> None:
        """An endpoint comes or goes."""
        check_status(status)
        self.actions.connection(self.endpoints.named(name), status, self.now())

    def _act_hold(self, job: t.Any, seconds: float) -> None:
        """That run, query, action or package takes so long from now."""
        now, name = self.now(), str(job)
        if name.isdigit() and int(name) in self.netscan.runs:
            self.netscan.runs[int(name)].hold(now, seconds)
        elif name in self.xql.queries:
            self.xql.queries[name].hold(now, seconds)
        elif name in self.distributions.all:
            self.distributions.all[name].hold(now, seconds)
        elif name.isdigit() and int(name) in self.actions.actions:
            for target in self.actions.actions[int(name)].targets.values():
                target.hold(now, seconds)
        else:
            raise SpecError(f"no such work: {job}")

    def _act_purge(self) -> None:
        """Runs, queries, streams and actions are forgotten."""
        self.netscan.runs.clear()
        self.xql.purge()
        self.actions.actions.clear()

    def _run(self, run_id: int) -> Run:
        if run_id not in self.netscan.runs:
            raise SpecError(f"no such run: {run_id}")
        return self.netscan.runs[run_id]

    # For the parts

    def record(self, key: Key, kind: str, *, accepted: bool = True, **more: t.Any) -> None:
        """Writes into the ledger; *more* is what `Ledger.submission` takes besides."""
        self.world.ledger.submission(
            system="cortex",
            device=self.address,
            admin=key.id,
            kind=kind,
            accepted=accepted,
            **more,
        )
