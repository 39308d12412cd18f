# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Provision what is pending in the draft of the security policy, throw it away, or bring an old version back to it.

A PCE does each of these within the answer to one request. What takes time comes after a commit: the workloads apply it.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, R recorded, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..._jobs import tokens
from ..._jobs.errors import BadInput, Denied, JobMissing, JobReplaced, NoAnswer, Refused, Undecidable
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Done, NothingToDo, Preview, Timing
from . import policy
from .client import open_client
from .convergence import LIMIT, SYNC_WORDS, Awaited, Workload, judged, workload_of
from .identity import is_us
from .job import PceJob
from .names import Names
from .policy import Change
from .reading import Reading
from .times import instant, pce_time

if t.TYPE_CHECKING:
    from ..._transport.json_client import Reply
    from .client import IllumioClient
    from .job import Record

ADOPTABLE = 1800.0
"""Seconds after a commit in which a new run takes up the wait for it: later it is not the same undertaking any more."""

T = t.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Selection:
    """Which of the pending changes are meant: *hrefs* in the draft, all of them where None.

    *include* says whether to take along what these depend on; otherwise that refuses the task.
    """

    hrefs: tuple[str, ...] | None = None
    include: bool = True

    def __post_init__(self) -> None:
        if self.hrefs is not None and not self.hrefs:
            raise BadInput("change_subset: it is empty. Leave it out for all that is pending.")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be provisioned or reverted, as it stands now.

    *added* are those of *changes* that nobody asked for, *settled* what was asked for and is not pending, *unknown*
    what does not exist. *refusal* is why it cannot go.
    """

    changes: Sequence[Change]
    added: Sequence[Change] = ()
    settled: Sequence[Change] = ()
    unknown: Sequence[str] = ()
    refusal: Refused | None = None

    @property
    def hrefs(self) -> list[str]:
        return [change.href for change in self.changes]

    def facts(self) -> dict[str, t.Any]:
        """What the result says of it."""
        added = {change.href for change in self.added}
        return {
            "changes": [{**dataclasses.asdict(change), "added": change.href in added} for change in self.changes],
            "added": [change.href for change in self.added],
        }

    def diff(self) -> dict[str, str]:
        added = {change.href for change in self.added}
        lines = [change.line + (" [dependency]" if change.href in added else "") for change in self.changes]
        return {"prepared": "".join(f"{line}\n" for line in lines)}

    def warnings(self) -> Iterable[str]:
        if self.unknown:
            yield (
                f"change_subset: not in the draft, so left out: {', '.join(self.unknown)}. It may have been deleted "
                "and provisioned already. Check the href if not."
            )


def plan_for(client: IllumioClient, selection: Selection, operation: str) -> Plan:
    """Find out what *operation* (``commit``, ``revert``) of *selection* would do. Raises NoAnswer, Denied, Refused."""
    pending = policy.read_pending(client)
    if selection.hrefs is None:
        return Plan(pending)
    listed = {change.href: change for change in pending}
    wanted: list[Change] = []
    settled: list[Change] = []
    unknown: list[str] = []
    for href in selection.hrefs:
        # The list may have been cut (trap 13): the object itself tells.
        change = listed.get(href) or policy.look_up(client, href)
        if change is None:
            unknown.append(href)
        else:
            (wanted if href in listed or change.update_type else settled).append(change)
    plan = Plan(wanted, settled=settled, unknown=unknown)
    if not wanted:
        return plan
    added = policy.dependencies_of(client, operation, plan.hrefs, pending)
    if added and not selection.include:
        refusal = Refused(
            f"change_subset: it cannot go without {policy.named(added)}. Add {_plural(added, 'it', 'them')}, or set "
            "dependencies to include.",
            details={"missing": [dataclasses.asdict(change) for change in added]},
            label="dependencies",
        )
        return dataclasses.replace(plan, refusal=refusal)
    return dataclasses.replace(plan, changes=[*wanted, *added], added=added)


class PolicyWork(PceJob):
    """What a PCE does to its policy within one answer. Most of it leaves no job behind."""

    words: t.ClassVar[Mapping[str, JobState]] = SYNC_WORDS
    # "About 2 s" for a commit [R]: this is how often a lost one is looked for.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=1800, poll_interval=5, poll_max_interval=60, outage_timeout=600)

    def __init__(self, client: IllumioClient) -> None:
        super().__init__(client)
        self._asked_before = False

    def observe(self, handle: Handle, *, within: float) -> Observation:
        raise JobMissing(f"{self.name} has no jobs: it is over with its answer.")

    def recover(self) -> Handle | None:
        # There is nothing to find: what is pending tells `submit`, which looks at it again first.
        return None

    def _send(self, method: str, href: str, body: t.Any = None) -> Reply:
        """Ask the PCE for the work, once. Raises as `submit` does."""
        asked_before, self._asked_before = self._asked_before, True
        try:
            return self.client.send(method, href, body)
        except NoAnswer as exc:
            self._asked_before = asked_before or exc.sent
            raise
        except JobMissing as exc:
            raise Refused(f"{exc.message} Check org_id.", label=exc.label) from exc

    def _before(self, question: Callable[[], T]) -> T:
        """Ask something before the work is asked for: what fails here has started nothing."""
        try:
            return question()
        except NoAnswer as exc:
            raise exc.unsent() from exc


class _Changes(PolicyWork):
    """Work on pending changes."""

    operation: t.ClassVar[str]
    """What the PCE calls it when it is asked for dependencies."""

    done: t.ClassVar[str]
    """The verb in the messages."""

    def __init__(self, client: IllumioClient, selection: Selection | None = None) -> None:
        super().__init__(client)
        self._selection = selection or Selection()
        self._plan = Plan(())

    def preview(self, *, want_diff: bool) -> Preview:
        plan = self._plan = plan_for(self.client, self._selection, self.operation)
        warnings = tuple(plan.warnings())
        if not plan.changes:
            left = f" Not pending: {policy.named(plan.settled)}." if plan.settled else ""
            of_these = "" if self._selection.hrefs is None else " of change_subset"
            text = f"{self.endpoint}: nothing{of_these} is pending, so there is nothing to be {self.done}.{left}"
            return Preview(needed=False, message=text, warnings=warnings)
        count = len(plan.changes)
        text = f"{self.endpoint}: {count} {_plural(plan.changes, 'change', 'changes')} would be {self.done}: "
        text += f"{policy.named(plan.changes)}."
        if plan.added:
            text += f" Of these added as dependencies: {policy.named(plan.added)}."
        return Preview(
            needed=True,
            message=text,
            changes=plan.facts()["changes"],
            diff=plan.diff() if want_diff else None,
            blocked=plan.refusal,
            warnings=warnings,
        )

    def _subset(self) -> dict[str, t.Any]:
        if self._selection.hrefs is None:
            return {}
        return {"change_subset": policy.subset_of(self._plan.hrefs)}

    def _still_pending(self) -> bool:
        """Return whether anything of the plan is still pending."""
        # As a whole: what somebody has changed since is another change.
        planned = set(self._plan.changes)
        if not planned.isdisjoint(policy.read_pending(self.client)):
            return True
        # The list may have been cut (trap 13).
        hrefs = self._plan.hrefs if self._selection.hrefs is not None else []
        return any(policy.look_up(self.client, href) in planned for href in hrefs)

    def _explained(self, exc: Refused) -> Refused:
        """Return the refusal with what can be done about it."""
        if exc.label != "HTTP 406":
            return exc
        if self._selection.hrefs is None:
            advice = "Look at what is pending on the PCE."
        elif self._selection.include:
            advice = "What is pending may have changed since it was looked at: run the task again."
        else:
            advice = "If it misses something that these changes depend on, set dependencies to include."
        return Refused(f"{exc.message} {advice}", details=exc.details, label=exc.label)


class Provision(_Changes):
    """Commit pending changes and, if wanted, wait until the workloads have applied them.

    The id in the handle is the href of the version. *now* tells the time (aware) where the PCE does not.
    """

    name: t.ClassVar[str] = "illumio.provision"
    operation: t.ClassVar[str] = "commit"
    done: t.ClassVar[str] = "provisioned"
    timing: t.ClassVar[Timing] = Timing(wait_timeout=1800, poll_interval=10, poll_max_interval=60, outage_timeout=600)

    def __init__(
        self,
        client: IllumioClient,
        selection: Selection | None = None,
        awaited: Awaited | None = None,
        *,
        description: str | None = None,
        nonce: str | None = None,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc),
    ) -> None:
        super().__init__(client, selection)
        self._awaited = awaited or Awaited()
        self._text = description or ""
        hrefs = self._selection.hrefs
        self._intent = tokens.intent_of(
            ["provision", hrefs and sorted(hrefs), self._text, self._awaited.workloads, dict(self._awaited.labels)]
        )
        self._token = tokens.new_token(self._intent, nonce)
        self._local_now = now
        self._clock_ahead = datetime.timedelta(0)
        self._versions: dict[str, Record] = {}
        self._readings: dict[str, Reading[Workload]] = {}

    # Before the commit.

    def find_equivalent(self) -> Handle | None:
        """Return the newest version if it is ours and its workloads are still at it."""
        if not self._awaited.workloads:
            return None
        newest = next(iter(policy.read_versions(self.client).records), None)
        if newest is None:
            return None
        token = next((each for each in _tokens_of(newest) if each.startswith(f"{self._intent}-")), "")
        made = instant(newest.get("created_at"))
        if not token or made is None or (self._now() - made).total_seconds() > ADOPTABLE:
            return None
        self._resolve()
        handle = self._handle_of(newest, token)
        return None if self.observe(handle, within=30.0).state.ended else handle

    def preview(self, *, want_diff: bool) -> Preview:
        preview = super().preview(want_diff=want_diff)
        if not preview.needed or not self._awaited.workloads or self._plan.refusal is not None:
            return preview
        self._resolve()
        count = self._reading_of(self.client.org, self._awaited, self._now()).count()
        if count is not None and count > LIMIT:
            refusal = Refused(
                f"wait_for_workloads: there are {count} workloads, and no more than {LIMIT} can be waited for. Say by "
                "labels which ones, or do not wait for them.",
                label="too many workloads",
                reason="bad_input",
            )
            self._plan = dataclasses.replace(self._plan, refusal=refusal)
            return dataclasses.replace(preview, blocked=refusal)
        return preview

    # The commit.

    def submit(self) -> Handle | NothingToDo | Done:
        if self._plan.refusal is not None:
            raise self._plan.refusal
        if self._asked_before and not self._before(self._still_pending):
            return NothingToDo(f"{self.endpoint}: nothing of it is pending any more.")
        body = {"update_description": tokens.marked(self._text, self._token), **self._subset()}
        try:
            version = self._send("POST", f"{self.client.org}/sec_policy", body).data
        except Refused as exc:
            if exc.label == "HTTP 406" and not self._before(self._still_pending):
                return NothingToDo(f"{exc.message} Somebody else has provisioned or reverted it meanwhile.")
            raise self._explained(exc) from exc
        if not isinstance(version, Mapping) or not isinstance(version.get("href"), str):
            raise NoAnswer(
                f"{self.endpoint} answered the commit without its version.", label="no version", server_spoke=True
            )
        if not self._awaited.workloads or version.get("workloads_affected") == 0:
            return Done(f"{self.endpoint}: {self._summary(version)}.", result=self._result(version))
        return self._handle_of(version, self._token)

    def recover(self) -> Handle | None:
        """Find the version by the token in its message: "commit_message" is what was sent [R]."""
        # Asked first: the version of a commit that ends between the two questions is found then.
        still_pending = self._still_pending()
        for version in policy.read_versions(self.client).records:
            if self._token in _tokens_of(version):
                return self._handle_of(version, self._token)
        if still_pending:
            return None
        raise Undecidable(
            "The answer to the commit was lost, its changes are not pending any more, and no version of "
            f"{self.endpoint} has [nj:{self._token}] in its message. Somebody else may have provisioned or reverted "
            "them: look at the newest versions there.",
            label="lost",
        )

    # The workloads.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        try:
            seen = self._seen(handle, within=within)
        except Denied as exc:
            raise self._denied(exc) from exc
        self._denied_since, self._let_in = None, True
        return seen

    def _seen(self, handle: Handle, *, within: float) -> Observation:
        version = self._version(handle, within=within)
        affected = version.get("workloads_affected")
        awaited = Awaited.from_handle(handle.options)
        seen = Observation(JobState.SUCCEEDED, "committed", note=self._summary(version))
        if awaited.workloads and affected != 0:
            since = instant(version.get("created_at")) or instant(handle.fingerprint.get("seen_at")) or self._now()
            reading = self._readings.get(handle.id)
            if reading is None:
                # Of the organization of the version: who has but a handle need not know another one.
                org = handle.id.rpartition("/sec_policy/")[0]
                reading = self._readings[handle.id] = self._reading_of(org, awaited, since)
            workloads = reading.look(within=within)
            if workloads is None:
                return Observation(JobState.RUNNING, "reading", note="the PCE collects its workloads")
            seen = judged(
                workloads,
                affected=affected if isinstance(affected, int) else None,
                narrowed=bool(awaited.hrefs),
                seconds=(self._now() - since).total_seconds(),
            )
        created = version.get("created_at")
        learned = {"created_at": created} if isinstance(created, str) else {}
        return dataclasses.replace(seen, fingerprint=learned, facts={**policy.described(version), **seen.facts})

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return self._result(self._versions[handle.id], last.facts)

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        counts = last.facts.get("workloads") or {}
        warnings = list(last.warnings)
        for state, (key, text) in _LEFT.items():
            names = [each.name for each in last.targets if each.state is state]
            if names:
                more = f" and {counts[key] - len(names)} more" if counts[key] > len(names) else ""
                warnings.append(f"{self.name} {handle.id}: {text}: {', '.join(names)}{more}.")
        return warnings

    # What these are made of.

    def _version(self, handle: Handle, *, within: float) -> Record:
        """Return the version of *handle*. Raises JobMissing, JobReplaced, Denied, NoAnswer."""
        if handle.id in self._versions:
            return self._versions[handle.id]
        try:
            reply = self.client.get(handle.id, within=within)
        except Refused as exc:
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        version, there = reply.data, pce_time(reply.headers)
        if not isinstance(version, Mapping):
            raise NoAnswer(f"{self.endpoint} answered without {handle.id}.", label="no version", server_spoke=True)
        if there is not None:
            self._clock_ahead = there - self._local_now()
        token = handle.fingerprint.get("token")
        if token and token not in _tokens_of(version):
            raise JobReplaced(
                f"{handle.id} on {self.endpoint} is not the version of the handle: its message is "
                f"{version.get('commit_message')!r}, without [nj:{token}].",
                label="another version",
            )
        self._versions[handle.id] = version
        return version

    def _handle_of(self, version: Record, token: str) -> Handle:
        known = {"token": token, "created_at": version.get("created_at")}
        if instant(known["created_at"]) is None:
            # One guide sample has a time that does not exist (trap 26).
            known["seen_at"] = self._now().isoformat()
        fingerprint = {key: value for key, value in known.items() if isinstance(value, str)}
        self._let_in = True
        href = self.client.href(str(version["href"]))
        return Handle(self.name, self.endpoint, href, fingerprint, options=self._awaited.to_handle())

    def _now(self) -> datetime.datetime:
        """Return what time it is by the clock of the PCE, as far as it was told."""
        return self._local_now() + self._clock_ahead

    def _resolve(self) -> None:
        """Find the hrefs of the labels. Raises Refused, NoAnswer, Denied."""
        if self._awaited.labels and not self._awaited.hrefs:
            names = Names(self.client)
            hrefs = tuple(names.label("labels", key, value) for key, value in self._awaited.labels.items())
            self._awaited = dataclasses.replace(self._awaited, hrefs=hrefs)

    def _reading_of(self, org: str, awaited: Awaited, since: datetime.datetime) -> Reading[Workload]:
        return Reading(
            self.client,
            f"{org}/workloads",
            awaited.filters,
            lambda record: workload_of(record, since),
            limit=LIMIT,
        )

    def _summary(self, version: Record) -> str:
        count = len(self._plan.changes)
        what = f"{count} {_plural(self._plan.changes, 'change', 'changes')} provisioned as " if count else ""
        affected = version.get("workloads_affected")
        text = f"{what}version {version.get('version')}"
        return text if affected is None else f"{text}, {affected} workloads affected"

    def _result(self, version: Record, facts: Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
        plan = self._plan.facts() if self._plan.changes else {"changes": None, "added": None}
        return {**policy.described(version), "workloads": (facts or {}).get("workloads"), **plan}


_LEFT = {
    JobState.PENDING: ("staged", "staged, so that it is applied when somebody says so, on"),
    JobState.UNKNOWN: ("offline", "offline and behind, so that the policy comes when they do"),
}
"""What is left at the end of a wait: where its number stands in the facts, and what to say of it."""


class Revert(_Changes):
    """Throw pending changes away."""

    name: t.ClassVar[str] = "illumio.revert"
    operation: t.ClassVar[str] = "revert"
    done: t.ClassVar[str] = "reverted"

    _newest_before: int | None = None

    def submit(self) -> NothingToDo | Done:
        if self._plan.refusal is not None:
            raise self._plan.refusal
        if self._newest_before is None:
            self._newest_before = self._before(self._newest)
        count = len(self._plan.changes)
        text = f"{self.endpoint}: {count} {_plural(self._plan.changes, 'change', 'changes')} reverted"
        if self._asked_before and not self._before(self._still_pending):
            text += ". The answer was lost, and nothing of it is pending any more"
            return Done(f"{text}.", result=self._plan.facts())
        try:
            if self._selection.hrefs is None:
                self._send("DELETE", f"{self.client.org}/sec_policy/pending")
            else:
                self._send("PUT", f"{self.client.org}/sec_policy/delete", self._subset())
        except Refused as exc:
            if exc.label == "HTTP 406" and not self._before(self._still_pending):
                return NothingToDo(f"{exc.message} Somebody else has provisioned or reverted it meanwhile.")
            raise self._explained(exc) from exc
        return Done(f"{text}.", result=self._plan.facts())

    def recover(self) -> None:
        """Raise Undecidable where what is not pending any more may have been provisioned."""
        if not self._still_pending() and self._newest() != self._newest_before:
            raise Undecidable(
                f"The answer to the revert was lost, its changes are not pending any more, and {self.endpoint} has a "
                "new version since. Somebody else may have provisioned them: look at the newest versions there.",
                label="lost",
            )

    def _newest(self) -> int:
        versions = policy.read_versions(self.client).records
        return policy.number_of(versions[0]) if versions else 0


class Restore(PolicyWork):
    """Bring a version of the policy back to the draft, from where it can be provisioned."""

    name: t.ClassVar[str] = "illumio.restore"

    def __init__(self, client: IllumioClient, version: int) -> None:
        super().__init__(client)
        if version < 1:
            raise BadInput(f"version: {version} is not the number of a version, give one from 1 on.")
        self._number = version
        self._record: Record = {}

    def preview(self, *, want_diff: bool) -> Preview:
        versions = policy.read_versions(self.client)
        # Of a list that was cut the first need not be the newest: then it is the PCE that tells.
        newest = versions.records[0] if versions.records and versions.whole else None
        if newest is not None and policy.number_of(newest) == self._number:
            text = f"{self.endpoint}: version {self._number} is the active one, there is nothing to restore."
            return Preview(needed=False, message=text)
        version = self._record = self._version()
        line = f"version {self._number} of {version.get('created_at')}: {version.get('commit_message') or ''}".strip()
        return Preview(
            needed=True,
            message=f"{self.endpoint}: {line.rstrip(':')} would be brought back to the draft.",
            diff={"prepared": f"{line}\n"} if want_diff else None,
            blocked=self._in_the_way(),
        )

    def submit(self) -> NothingToDo | Done:
        pending = self._before(lambda: policy.read_pending(self.client))
        if self._asked_before and pending:
            return self._done(pending, " The answer was lost.")
        if pending:
            raise _drafts_in_the_way(self.endpoint, pending)
        try:
            self._send("POST", f"{self.client.org}/sec_policy/{self._number}/restore", {})
        except Refused as exc:
            if exc.label == "HTTP 404":
                raise self._unknown(exc) from exc
            raise
        try:
            pending = policy.read_pending(self.client)
        except (Denied, Refused) as exc:
            # No longer a refusal: the PCE has done it.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        if not pending:
            text = f"{self.endpoint}: version {self._number} differs in nothing from the active policy."
            return NothingToDo(text)
        return self._done(pending)

    def recover(self) -> None:
        """Raise Undecidable where what is pending now may be the work of somebody else."""
        changes = policy.read_pending(self.client)
        accounts = {change.updated_by for change in changes}
        if not all(is_us(self.client, account) for account in accounts):
            raise Undecidable(
                f"The answer to the restore was lost, and whether what is pending is version {self._number} cannot be "
                f"told: {self.endpoint} does not show that the owner of the API key changed all of it. It is "
                f"{policy.named(changes)}. Look there, and revert it before the task is run again if it is not.",
                label="lost",
            )

    def _done(self, pending: Sequence[Change], note: str = "") -> Done:
        count = len(pending)
        text = (
            f"{self.endpoint}: version {self._number} is in the draft, {count} {_plural(pending, 'change', 'changes')} "
            f"to be provisioned.{note}"
        )
        return Done(text, result={**policy.described(self._record), **Plan(pending).facts()})

    def _version(self) -> Record:
        href = f"{self.client.org}/sec_policy/{self._number}"
        try:
            version = self.client.get(href).data
        except JobMissing as exc:
            raise self._unknown(exc) from exc
        return version if isinstance(version, Mapping) else {"href": href, "version": self._number}

    def _unknown(self, exc: JobMissing | Refused) -> Refused:
        text = f"version: {self.endpoint} has no version {self._number} of the policy. {exc.message}"
        return Refused(text, label=exc.label, reason="bad_input")

    def _in_the_way(self) -> Refused | None:
        pending = policy.read_pending(self.client)
        return _drafts_in_the_way(self.endpoint, pending) if pending else None


def _drafts_in_the_way(endpoint: str, pending: Sequence[Change]) -> Refused:
    return Refused(
        f"{endpoint}: a version can be restored only where nothing is pending, and this is: {policy.named(pending)}. "
        "Provision it, or revert it, with a task before this one.",
        details={"missing": [], "pending": [dataclasses.asdict(change) for change in pending]},
        label="changes pending",
    )


def _tokens_of(version: Record) -> list[str]:
    message = version.get("commit_message")
    return tokens.tokens_in(message) if isinstance(message, str) else []


def _plural(things: Sequence[t.Any], one: str, many: str) -> str:
    return one if len(things) == 1 else many


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> PolicyWork:
    """Return the work that the options of illumio_provision describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    state = params["state"]
    client = open_client(params, hide)
    if params["handle"] is not None:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        return Provision(client)
    for option, states in _ONLY_WITH.items():
        if params[option] and state not in states:
            raise BadInput(f"{option}: goes only with state {' and '.join(states)}, not with {state}.")
    if state == "restored":
        if params["version"] is None:
            raise BadInput("version: say which version to restore.")
        return Restore(client, params["version"])
    given = params["change_subset"]
    hrefs = None if given is None else tuple(dict.fromkeys(policy.draft_href(client, text) for text in given))
    selection = Selection(hrefs, include=params["dependencies"] == "include")
    if state == "reverted":
        return Revert(client, selection)
    labels = {str(key): str(value) for key, value in (params["labels"] or {}).items()}
    awaited = Awaited(params["wait_for_workloads"], labels)
    return Provision(client, selection, awaited, description=params["update_description"])


_ONLY_WITH = {
    "change_subset": ("provisioned", "reverted"),
    "update_description": ("provisioned",),
    "wait_for_workloads": ("provisioned",),
    "labels": ("provisioned",),
    "version": ("restored",),
}
