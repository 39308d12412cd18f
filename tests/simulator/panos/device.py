# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One firewall or Panorama: its settings, admins and keys, its boot, and what a test may do to it."""

from __future__ import annotations

import base64
import dataclasses
import secrets
import typing as t

from ..system import HostControl, SpecError, World
from .config import Change, Configuration
from .exports import ExportJob, ExportSettings, check_sizes
from .ha import Ha, HaSettings
from .inventory import Fleet, Inventory, InventoryActions, InventorySettings, check_inventory
from .jobs import FAILED_JOB, INSTALL_TYPES, QUEUED_TYPES, Job, JobEngine, RecordStyle, Verdict, wall
from .locks import KINDS, Lock, Locks
from .logs import LogSettings, LogStore
from .push import PushSettings, check_push
from .queries import QueryTable
from .reports import ReportSettings, check_forms
from .updates import Updates, UpdateSettings, check_updates
from .xml import ApiError

CATEGORIES = frozenset({"commit", "config", "export", "import", "log", "op", "report", "user-id", "iot"})
ROLES = {"superuser": CATEGORIES, "superreader": frozenset({"op", "config", "report", "log"})}


@dataclasses.dataclass(frozen=True)
class Admin:
    """An account. ``role`` is superuser, superreader or custom; ``permissions`` counts for custom only."""

    name: str
    password: str
    role: str = "superuser"
    permissions: frozenset[str] = CATEGORIES

    def may(self, category: str) -> bool:
        return category in (self.permissions if self.role == "custom" else ROLES[self.role])

    @property
    def writes(self) -> bool:
        return self.role != "superreader"


@dataclasses.dataclass
class Key:
    """An API key; ``issued`` in simulated seconds."""

    admin: str
    issued: float


@dataclasses.dataclass
class Settings(
    HaSettings, UpdateSettings, PushSettings, InventorySettings, LogSettings, ReportSettings, ExportSettings
):
    """What a test can set at any time. Names and defaults are the control API's; README.md explains them."""

    hostname: str = "PA-VM"
    serial: str = "007000000000001"
    model: str = "PA-VM"
    version: str = "11.1.6"
    multi_vsys: bool = False
    clock_skew: float = 0.0

    commit_seconds: float = 20.0
    commit_polls: int = 0
    validate_seconds: float = 2.0
    queue: bool = True
    queue_limit: int = 10
    next_commits: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)
    validation_errors: list[str] = dataclasses.field(default_factory=list)
    commit_errors: list[str] = dataclasses.field(default_factory=list)
    commit_details: list[str] = dataclasses.field(default_factory=lambda: ["Configuration committed successfully"])
    warnings: list[str] = dataclasses.field(default_factory=list)
    noop_style: str = "auto"
    pending_while_queued: bool = True
    full_commit_required: bool = False
    config_lock_timeouts: int = 0
    install_refuses_commit: bool = True

    lock_texts: str = "current"
    lock_refusal: str = "auto"
    config_lock_blocks_commit: bool = True

    key_lifetime: float = 0.0
    bad_key_http: int = 403
    bad_password: str = "text"
    role_refusal: str = "403"

    unknown_job: str = "error"
    canceled_job: str = "fail"
    jobs_all: str = "normal"
    record: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    manages: list[str] = dataclasses.field(default_factory=list)
    restart: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    CHOICES: t.ClassVar[dict[str, tuple[t.Any, ...]]] = {
        **PushSettings.CHOICES,
        "noop_style": ("auto", "no_changes", "same", "same_without_code", "same_cut", "line"),
        "lock_texts": ("current", "older"),
        "lock_refusal": ("auto", "device_wide", "holding_commit", "holding_config", "locked_by", "scope", "admins"),
        "bad_key_http": (403, 200),
        "bad_password": ("text", "http_403"),
        "role_refusal": ("403", "16"),
        "unknown_job": ("error", "error_without_code", "empty", "failed_job"),
        "canceled_job": ("fail", "vanish"),
        "jobs_all": ("normal", "failed_first", "failed_middle", "failed_only", "duplicate_ids", "empty", "latest_only"),
        **LogSettings.LOG_CHOICES,
        **UpdateSettings.UPDATE_CHOICES,
        **ExportSettings.EXPORT_CHOICES,
    }


@dataclasses.dataclass
class Boot:
    """A running or past boot, times in simulated seconds."""

    began: float
    serving_from: float
    ready_from: float
    login_from: float
    not_ready: str = "status_503"


class PanosDevice(InventoryActions):
    """One device. Everything it shows is computed when it is asked: call ``settle()`` first."""

    def __init__(self, spec: t.Mapping[str, t.Any], host: HostControl, world: World, fleet: Fleet) -> None:
        settings = dict(spec)
        self.address: str = settings.pop("address")
        self.kind: str = settings.pop("kind", "firewall")
        if self.kind not in ("firewall", "panorama"):
            raise SpecError("'kind' is firewall or panorama")
        self.world = world
        self.fleet = fleet
        self.host = host
        self.settings = Settings()
        self.style = RecordStyle()
        self.admins: dict[str, Admin] = {}
        self.keys: dict[str, Key] = {}
        self.configuration = Configuration()
        self.locks = Locks()
        self.engine = JobEngine(self._finished)
        self.exports: dict[int, ExportJob] = {}
        self.queries = QueryTable()
        self.logs = LogStore({}, world.clock.now())
        self.inventory = Inventory(self)
        self.generation = 1
        self.updates = Updates(self)
        self.ha = Ha(self)
        pending = settings.pop("changes", [])
        locks = settings.pop("locks", [])
        jobs = settings.pop("jobs_in_flight", [])
        boot = settings.pop("boot", None)
        now = world.clock.now()
        self.boot = Boot(now - 3600, now - 3600, now - 3600, now - 3600)
        self._checked = False
        self.configure({"admins": {"admin": {"password": "admin"}}, "logs": {}, **settings})
        self._checked = True
        if boot is None:
            # A device that has been up for an hour: its auto-commit, id 1, is long over.
            self._autocommit(now - 3500, seconds=30, fails_first=False)
            self.engine.settle(now)
        else:
            self._act_reboot(**boot)
        for change in pending:
            self._act_changes(**change)
        for lock in locks:
            self._act_locks(**lock)
        for job in jobs:
            self._act_jobs(**job)

    # Settings

    def configure(self, settings: t.Mapping[str, t.Any]) -> None:
        """Changes settings; raises SpecError and then has changed nothing."""
        known = {field.name: field for field in dataclasses.fields(Settings)}
        values = dict(settings)
        admins = values.pop("admins", None)
        keys = values.pop("api_keys", None)
        unknown = set(values) - set(known)
        if unknown:
            raise SpecError(f"unknown settings of a PAN-OS device: {', '.join(sorted(unknown))}")
        for name, value in values.items():
            current = getattr(self.settings, name)
            number = isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool)
            if not isinstance(value, type(current)) and not number:
                raise SpecError(f"{name!r} must be of type {type(current).__name__}")
            if name in Settings.CHOICES and value not in Settings.CHOICES[name]:
                raise SpecError(f"{name!r} is one of {', '.join(map(str, Settings.CHOICES[name]))}")
        check_inventory(dataclasses.replace(self.settings, **values))
        check_push(dataclasses.replace(self.settings, **values))
        style = RecordStyle(**check_style(values.get("record", self.settings.record)))
        check_updates(values)
        peer = self.fleet.find(values.get("ha_peer", ""))
        if values.get("ha_peer") and (peer is None or peer is self or peer.kind != self.kind):
            raise SpecError("'ha_peer' is the address or serial number of another device of the same kind")
        made = {name: make_admin(name, **spec) for name, spec in (admins or {}).items()}
        check_forms(values.get("report_form", {}))
        check_sizes(values.get("export_sizes", {}))
        skew = float(values.get("clock_skew", self.settings.clock_skew))
        logs = LogStore(values["logs"], self.now() + skew) if "logs" in values else self.logs
        for name, value in values.items():
            setattr(self.settings, name, value)
        self.style = style
        self.updates.configure(values.get("update_server"), values.get("installed"), first=not self._checked)
        if "ha_state" in values:
            self.ha.since = self.now()
        self.logs = logs
        self.logs.serial = self.settings.serial
        if self.kind == "panorama":
            self.inventory.write()
        self._replace_admins(made)
        for key, name in (keys or {}).items():
            if name not in self.admins:
                raise SpecError(f"api_keys names an unknown admin: {name}")
            self.keys[key] = Key(name, self.world.clock.now())
        if peer is not None:
            self.ha.pair(peer)

    def _replace_admins(self, made: t.Mapping[str, Admin]) -> None:
        """Adds or changes accounts; a new password makes the keys of the account invalid (sheet: unverified)."""
        for name, admin in made.items():
            before = self.admins.get(name)
            if before is not None and before.password != admin.password:
                self.keys = {key: value for key, value in self.keys.items() if value.admin != name}
            self.admins[name] = admin

    # Credentials

    def login(self, name: str, password: str) -> Admin | None:
        """The account; None when name or password are wrong, or while the login service is not up yet."""
        admin = self.admins.get(name)
        if admin is None or admin.password != password or self.now() < self.boot.login_from:
            return None
        return admin

    def new_key(self, admin: Admin) -> str:
        # Base64 of base64: letters, digits and "=" only. pan-python 0.17 puts it into a form unquoted.
        key = base64.b64encode(b"-AE=1" + base64.b64encode(secrets.token_bytes(48))).decode()
        self.keys[key] = Key(admin.name, self.now())
        return key

    def key_owner(self, value: str) -> Admin | None:
        key = self.keys.get(value)
        if key is None or self.now() < self.boot.login_from:
            return None
        if self.settings.key_lifetime and self.now() - key.issued >= self.settings.key_lifetime:
            return None
        return self.admins.get(key.admin)

    # Time, boot

    def now(self) -> float:
        return self.world.clock.now()

    def settle(self) -> float:
        """Brings the jobs up to date, first those of others that may change this device: Panorama, HA peer."""
        now = self.now()
        for panorama in self.fleet.panoramas:
            panorama.engine.settle(now)
        if self.ha.peer is not None:
            self.ha.peer.engine.settle(now)
        self.engine.settle(now)
        self.logs.settle(now + self.settings.clock_skew)
        for panorama in self.fleet.panoramas:
            panorama.inventory.settle(now)
        return now

    def wall(self, when: float, form: str = "datetime") -> str:
        return wall(when + self.settings.clock_skew, form)

    def autocommit_over(self) -> bool:
        """Whether an auto-commit of this boot has ended well."""
        return any(job.type == "AutoCom" and job.status == "FIN" and job.result == "OK" for job in self.engine.jobs)

    def booting(self) -> bool:
        return self.now() < self.boot.ready_from

    def _autocommit(self, when: float, *, seconds: float, fails_first: bool) -> None:
        """Recorded: assurance_get_jobs_docstring.pydict.txt (a failed one before), assurance_jobs_all_*.xml."""
        if fails_first:
            failure = Verdict(
                "FAIL",
                [
                    "ID population failed",
                    "Client logrcvr registered in the middle of a commit/validate. Aborting current commit/validate.",
                    "Commit failed",
                    "Failed to commit policy to device",
                ],
            )
            self.engine.add("AutoCom", user="", enqueued=when, seconds=4, verdict=failure)
            when += 8
        success = Verdict("OK", ["Configuration committed successfully", "Successfully committed last configuration"])
        self.engine.add("AutoCom", user="", enqueued=when, seconds=seconds, verdict=success)

    # Jobs

    def submit(
        self,
        type: str,
        *,
        admin: str,
        description: str,
        changes: t.Sequence[Change],
        plan: t.Mapping[str, t.Any],
    ) -> Job:
        """Queues a commit or validate job that took these changes; how it will end is decided now."""
        default = self.settings.commit_seconds if type == "Commit" else self.settings.validate_seconds
        job = self.engine.add(
            type,
            user=admin,
            enqueued=self.now(),
            seconds=float(plan.get("seconds", default)),
            polls=self.settings.commit_polls,
            verdict=self._verdict(type, plan),
            description=description,
            changes=[change.id for change in changes],
        )
        if type == "Commit":
            for change in changes:
                change.taken_by = job.id
        return job

    def _verdict(self, type: str, plan: t.Mapping[str, t.Any]) -> Verdict:
        settings = self.settings
        warnings = list(plan.get("warnings", settings.warnings))
        reasons = list(plan.get("validation_errors", settings.validation_errors))
        if reasons:
            # Recorded for a validate job; for a commit assumed to be alike.
            closing = ["vsys is invalid", "devices is invalid"] + (["Commit failed"] if type == "Commit" else [])
            return Verdict("FAIL", ["Validation Error:", *(f" {reason}" for reason in reasons), *closing], warnings)
        failures = list(plan.get("commit_errors", settings.commit_errors))
        if type == "Commit" and failures:
            return Verdict("FAIL", [*failures, "Commit failed", "Failed to commit policy to device"], warnings)
        details = settings.commit_details if type == "Commit" else ["Configuration is valid"]
        return Verdict("OK", list(plan.get("details", details)), warnings)

    def _finished(self, job: Job, when: float) -> None:
        if job.sequel is not None:
            job.sequel.finished(job, when)
        self.ha.finished(job, when)
        if job.type != "Commit":
            return
        if job.verdict.result == "OK":
            self.inventory.committed(one for one in self.configuration.journal if one.taken_by == job.id)
            self.configuration.commit(job.id)
            self.locks.release(job.user)
        else:
            self.configuration.release(job.id)

    # What a test does

    def act(self, action: str, arguments: t.Mapping[str, t.Any]) -> t.Any:
        method = getattr(self, f"_act_{action.replace('-', '_')}", None)
        if method is None:
            known = sorted(name[5:].replace("_", "-") for name in dir(self) if name.startswith("_act_"))
            raise SpecError(f"unknown action {action!r}: one of {', '.join(known)}")
        self.settle()
        return method(**arguments)

    def _act_changes(
        self,
        *,
        owner: str = "admin",
        xpath: str = "",
        action: str = "EDIT",
        component: str = "",
        element: str | None = None,
        count: int = 1,
    ) -> dict[str, t.Any]:
        """Pending changes by an admin, ``count`` of them. With ``element`` the tree changes as by type=config."""
        added = []
        for _number in range(count):
            number = len(self.configuration.journal) + 1
            path = xpath or (
                "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']/address"
                f"/entry[@name='{owner}-{number}']"
            )
            if element is not None:
                added += self.configuration.edit(
                    owner=owner, operation="set", xpath=path, element=element, time=self.now()
                )
                continue
            added.append(
                self.configuration.declare(
                    owner=owner,
                    xpath=path,
                    action=action,
                    component=component or "policy-and-objects",
                    time=self.now(),
                )
            )
        return {"changes": [change.id for change in added]}

    def _act_locks(
        self,
        *,
        owner: str,
        kind: str = "commit",
        scope: str = "shared",
        comment: str | None = None,
        loggedin: bool = True,
        age: float = 0.0,
    ) -> None:
        """A lock taken ``age`` seconds ago."""
        if kind not in KINDS:
            raise SpecError(f"'kind' of a lock is one of {', '.join(KINDS)}")
        lock = Lock(kind, owner, scope, self.now() - age, comment, loggedin)
        try:
            self.locks.add(lock, older_texts=False)
        except ApiError as exc:
            raise SpecError(exc.text) from exc

    def _act_unlock(self, *, owner: str) -> None:
        self.locks.release(owner)

    def _act_jobs(
        self,
        *,
        type: str,
        user: str = "",
        seconds: float = 20.0,
        result: str = "OK",
        description: str = "",
        details: t.Sequence[str] = (),
        warnings: t.Sequence[str] = (),
    ) -> dict[str, t.Any]:
        """A job that the device or another admin started now; of a queued type it takes its turn in the queue."""
        if type == "Failed-Job":
            self.engine.add_raw(FAILED_JOB)
            return {}
        job = self.engine.add(
            type,
            user=user,
            enqueued=self.now(),
            seconds=seconds,
            verdict=Verdict(result, list(details), list(warnings)),
            description=description,
        )
        return {"id": str(job.id)}

    def _act_hold(self, *, seconds: float = 0.0, job: int | None = None) -> None:
        """The running commit, or the job with that id, takes so many seconds longer."""
        found = self.engine.active if job is None else self.engine.get(job)
        if found is None or found.finished is not None:
            raise SpecError("no such job is running")
        found.seconds += seconds

    def _act_logs(self, *, add: int = 0, purge: int = 0) -> None:
        """So many rows come now, and so many of the oldest go."""
        self.logs.add(add, self.now() + self.settings.clock_skew)
        self.logs.purge(purge)

    def _act_expire_keys(self) -> None:
        """As "Expire all API keys" (documented)."""
        self.keys.clear()

    def _act_reboot(
        self,
        *,
        down: float = 60.0,
        not_ready: float = 30.0,
        not_ready_as: str = "status_503",
        login_lag: float = 0.0,
        autocommit: float = 30.0,
        autocommit_fails_first: bool = False,
        keep_candidate: bool = True,
        keep_locks: bool = False,
    ) -> None:
        """Refused for ``down`` seconds, then not ready, then wrong credentials; auto-commit; ids start again at 1."""
        if not_ready_as not in ("status_502", "status_503", "html"):
            raise SpecError("'not_ready_as' is status_502, status_503 or html")
        now = self.now()
        self.generation += 1
        serving = now + down
        self.boot = Boot(now, serving, serving + not_ready, serving + not_ready + login_lag, not_ready_as)
        self.engine.reset()
        self.configuration.release()
        if not keep_candidate:
            self.configuration.revert()
        if not keep_locks:
            self.locks.held.clear()
        self.updates.boot()
        self.ha.left()
        self._autocommit(serving, seconds=autocommit, fails_first=autocommit_fails_first)
        if down > 0:
            self.host.outage("refused", start=now, seconds=down)

    def restart(self) -> None:
        """By the device's own command: after a moment, with the ``restart`` setting as arguments."""
        if self.settings.restart_answer == "dropped":
            # The connection breaks with all others.
            self._act_reboot(**self.settings.restart)
            return
        self.world.clock.call_later(0.5, lambda when: self._act_reboot(**self.settings.restart))

    def _act_restart_management(self, *, mode: str = "refused", seconds: float = 30.0, fail_jobs: bool = False) -> None:
        """The management plane goes away for a while. Jobs go on, or become Failed-Job records (recorded)."""
        if fail_jobs:
            for job in self.engine.running():
                self.engine.cancel(job, self.now())
                job.raw = FAILED_JOB
        self.host.outage(mode, start=self.now(), seconds=seconds)

    # What a test sees

    def describe(self) -> dict[str, t.Any]:
        now = self.settle()
        return {
            "kind": self.kind,
            "generation": self.generation,
            "ready": not self.booting() and self.autocommit_over(),
            "settings": dataclasses.asdict(self.settings),
            "admins": {name: admin.role for name, admin in self.admins.items()},
            "keys": len(self.keys),
            "jobs": [
                {
                    "id": str(job.id),
                    "type": "Failed-Job" if job.raw is not None else job.type,
                    "status": job.status,
                    "result": job.result,
                    "user": job.user,
                    "description": job.description,
                    "progress": job.progress(now),
                    "changes": job.changes,
                }
                for job in self.engine.jobs
            ],
            "pending": [
                {
                    "id": change.id,
                    "owner": change.owner,
                    "xpath": change.xpath,
                    "action": change.action,
                    "taken_by": None if change.taken_by is None else str(change.taken_by),
                }
                for change in self.configuration.journal
            ],
            "locks": [dataclasses.asdict(lock) for lock in self.locks.held],
            "updates": self.updates.describe(),
            "logs": {"first": self.logs.first, "last": self.logs.last},
            "sync": self.inventory.describe(),
        }

    def installing(self) -> bool:
        return any(job.type in INSTALL_TYPES for job in self.engine.running())

    def busy(self) -> bool:
        """Whether a commit or validate job is under way or waiting."""
        return any(job.type in QUEUED_TYPES for job in self.engine.running())


def make_admin(name: str, *, password: str, role: str = "superuser", permissions: t.Any = None) -> Admin:
    if role not in ("superuser", "superreader", "custom"):
        raise SpecError("the role of an admin is superuser, superreader or custom")
    granted = CATEGORIES if permissions is None else frozenset(permissions)
    if not granted <= CATEGORIES:
        raise SpecError(f"permissions are {', '.join(sorted(CATEGORIES))}")
    return Admin(name, password, role, granted)


def check_style(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    known = {field.name for field in dataclasses.fields(RecordStyle)}
    if set(values) - known:
        raise SpecError(f"unknown fields of 'record': {', '.join(sorted(set(values) - known))}")
    for name, choices in RecordStyle.CHOICES.items():
        if name in values and values[name] not in choices:
            raise SpecError(f"'record.{name}' is one of {', '.join(choices)}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
