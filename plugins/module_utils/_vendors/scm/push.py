# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Push the candidate configuration, and wait for what it starts: its job only commits, its children push.

Sources: D config-operations-march.yaml or pan.dev, R recorded from a tenant and published, C read in a client's source,
A assumed.
"""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t
from collections import Counter
from collections.abc import Mapping

from ..._jobs.errors import BadInput, Denied, JobMissing, JobReplaced, NoAnswer, Refused, Undecidable
from ..._jobs.lifecycle import RECOVERY_LOOKS
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import NothingToDo, Preview, Submission, Timing
from ..._jobs.tokens import marked, new_token
from .client import open_client
from .listing import read_job, read_jobs
from .push_options import Demand, PushOptions
from .records import PUSH, STATUS_WORDS, read_moment
from .versions import Baseline, compared, read_running

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..._transport.json_client import Reply
    from .client import ScmClient
    from .records import JobRecord

MISSING_GRACE = 60.0
"""Seconds after the submission in which the tenant may not know the job yet [C: 404, or an empty list]."""

LOOK_EVERY = 5.0
"""Seconds between two looks while only new children are waited for."""

DETAILED = 20
"""Children up to which each is asked for what it has to say when it is over; of more, those that did not succeed."""

SILENT = 5
"""Pushes without children and, in the list, without a description that are asked for it: the last one may be ours."""

DETAILS_ASKED = 3
"""How often the details of a child are asked for: without them its verdict stands all the same."""

SERVICE_ACCOUNTS = ".iam.panserviceaccount.com"

# A: what a push without changes answers was never seen; "There are no changes to revert." is recorded of the candidate.
_NOTHING = re.compile(r"\bno (?:pending |uncommitted )?changes\b|\bnothing to (?:push|commit)\b", re.IGNORECASE)


@dataclasses.dataclass
class _Following:
    """What this process has seen of one push: its *parent* once that has ended, and its children by their ids.

    *changed_at* is when the last of them was first seen, in monotonic seconds; *detailed* are those that were asked for
    their details, *unread* how often that brought no answer.
    """

    parent: JobRecord | None = None
    changed_at: float = 0.0
    children: dict[str, JobRecord] = dataclasses.field(default_factory=dict)
    detailed: set[str] = dataclasses.field(default_factory=set)
    unread: Counter[str] = dataclasses.field(default_factory=Counter)

    @property
    def in_order(self) -> list[JobRecord]:
        return sorted(self.children.values(), key=lambda record: (record.number, record.id))


class Push(Submission):
    """A push of the candidate. *clock* tells monotonic seconds. Raises BadInput.

    It is over when its own job and all its children are, and no new child has come for a while. Children begin up to
    13 s after the end of the parent, or 3 s before it [R].
    """

    name: t.ClassVar[str] = "scm.push"
    # A parent takes up to 3 minutes, a child up to 26 [R]; clients that wait for both allow 45 [C].
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=5, poll_max_interval=30, outage_timeout=600)
    words: t.ClassVar[Mapping[str, JobState]] = STATUS_WORDS
    missing_grace: t.ClassVar[float] = MISSING_GRACE

    def __init__(
        self,
        client: ScmClient,
        options: PushOptions | None = None,
        demand: Demand | None = None,
        *,
        nonce: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self.options = options or PushOptions()
        self._demand = dataclasses.replace(
            demand or Demand(), expected=self.options.expected, admins=tuple(self.options.admins)
        )
        self._token = new_token(self.options.intent, nonce)
        self._clock = clock
        self._known: set[str] | None = None
        self._pushes_before: Sequence[JobRecord] = ()
        self._baseline: Baseline | None = None
        self._asked_before = False
        self._searches = 0
        self._perhaps_old = False
        self._adopted = False
        self._followed: dict[str, _Following] = {}
        self._effect = True

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    # Before the job.

    def find_equivalent(self) -> Handle | None:
        records = self._remember()
        children: dict[str, list[JobRecord]] = {}
        for record in records:
            if record.parent:
                children.setdefault(record.parent, []).append(record)
        pushes = [record for record in records if record.type == PUSH and not record.parent]
        last_is_known, silent = self._asked_before, 0
        for record in sorted(pushes, key=lambda record: -record.number):
            its = children.get(record.id, [])
            going = not record.state.ended or any(not child.state.ended for child in its)
            # Our last push may have ended a moment ago, with its children still to come.
            fresh = not last_is_known and record.state is JobState.SUCCEEDED and not its
            if fresh and not any(record.texts):
                silent += 1
                fresh = silent <= SILENT
            known = self._with_description(record) if going or fresh else record
            token = next((each for each in known.tokens if each.startswith(f"{self.options.intent}-")), "")
            if token and (going or fresh):
                self._adopted, self._perhaps_old = True, not going
                self._baseline = self._running()
                return self._handle(record.id, token)
            last_is_known = last_is_known or bool(token)
        return None

    @property
    def in_doubt(self) -> bool:
        return self._perhaps_old and not any(each.children for each in self._followed.values())

    def still_needed(self) -> bool:
        # The API does not tell whether the candidate holds more by now. What is certain is that an old push without
        # children, which was taken for one in flight, is none.
        return self.in_doubt

    def preview(self, *, want_diff: bool) -> Preview:
        if self._known is None:
            self._remember()
        admins = f"of {', '.join(self.options.admins)}" if self.options.admins else "of all administrators"
        return Preview(
            needed=True,
            message=f"{self.endpoint}: the changes {admins} in {self.options} would be pushed. Whether there are any "
            "the API does not tell.",
            warnings=[
                f"{self.endpoint}: push {record.id} of {record.user or 'somebody'} is under way ({record.word})."
                for record in self._pushes_before
            ],
        )

    def _remember(self) -> list[JobRecord]:
        """Read the newest jobs, so that a new one is told from those that were there before."""
        records = read_jobs(self.client, lambda page: all(record.state.ended for record in page))
        self._known = {record.id for record in records}
        self.took_before = _durations(records)
        self._pushes_before = [
            record for record in records if record.type == PUSH and not record.parent and not record.state.ended
        ]
        return records

    # The submission.

    def submit(self) -> Handle | NothingToDo:
        """Push, once. What a lost answer leaves open is never settled by a second push: see `recover`."""
        handle = self._ready()
        if handle is not None:
            return handle
        self._asked_before, self._adopted = True, False
        try:
            reply = self._send()
        except Refused as exc:
            if _NOTHING.search(exc.message):
                return NothingToDo(exc.message)
            raise
        data = reply.data if isinstance(reply.data, Mapping) else {}
        message = " ".join(str(data.get("message") or "").split())
        job_id = data.get("job_id")
        named = not isinstance(job_id, bool) and bool(str(job_id or "").strip())
        failed = str(data.get("success")).casefold() == "false"
        if (failed or not named) and _NOTHING.search(message):
            return NothingToDo(f"{self.endpoint} did not take the push: {message}")
        if failed:
            text = f"{self.endpoint} did not take the push: {message or 'no reason was given'}"
            raise Refused(text, label="success: false", details={"status": reply.status, "code": ""})
        if not named:
            # The specification promises no more than an empty 201: the push may well have begun.
            raise NoAnswer(
                f"{self.endpoint} took the push and does not say as which job"
                + (f": {message}" if message else f" (HTTP {reply.status})."),
                label="no job id",
                server_spoke=True,
            )
        return self._handle(str(job_id).strip(), self._token)

    def _ready(self) -> Handle | None:
        """Find out what tells this push and its effect; return it if an earlier request has started it after all.

        What fails here has pushed nothing.
        """
        try:
            if self._asked_before:
                # Nothing of it should have arrived: 429, a refused connection. To look costs less than a second push.
                return self._search()[0]
            if self._known is None:
                self._remember()
            self._baseline = self._running()
        except NoAnswer as exc:
            raise exc.unsent() from exc
        return None

    def _running(self) -> Baseline | None:
        """Return which versions run, None where the account may not know."""
        try:
            return Baseline.of(read_running(self.client), self.options.places)
        except (Denied, Refused):
            return None

    def _send(self) -> Reply:
        body = self.options.body(marked(self.options.description, self._token))
        try:
            return self.client.send("POST", self.client.config("/config-versions/candidate:push"), body)
        except JobMissing as exc:
            text = f"{exc.message} Check folders, devices and config_path."
            raise Refused(text, label=exc.label, details={"status": 404, "code": ""}) from exc
        except Refused as exc:
            if exc.label != "HTTP 409":
                raise
            running = [record.id for record in self._pushes_before]
            hint = f" In flight before: push {', '.join(running)}." if running else ""
            raise Refused(
                f"{exc.message} Another push may be under way.{hint} Run the task again when it is over.",
                reason="busy",
                details={**exc.details, "jobs": running},
                label=exc.label,
            ) from exc

    def recover(self) -> Handle | None:
        """Look for the push whose answer was lost: by the token in its description, among the jobs that are new.

        A push that is not found is not sent again: how late a tenant may show it is not known. Whoever runs the task
        again adopts it. Raises Undecidable after the last look.
        """
        handle, silent = self._search()
        self._searches += 1
        if handle is not None or self._searches < RECOVERY_LOOKS:
            return handle
        raise Undecidable(self._lost(silent), label="lost")

    def _search(self) -> tuple[Handle | None, Sequence[JobRecord]]:
        """Return our push among the new jobs, or those that may be it and show no description."""
        known = self._known or set()
        silent: list[JobRecord] = []
        for listed in read_jobs(self.client, lambda page: any(record.id in known for record in page)):
            if listed.id in known or listed.parent or listed.type not in (PUSH, ""):
                continue
            record = self._with_description(listed)
            if self._token in record.tokens:
                return self._handle(record.id, self._token), ()
            if not any(record.texts) and self._may_be_ours(record):
                silent.append(record)
        return None, silent

    def _may_be_ours(self, record: JobRecord) -> bool:
        ours = (self.client.connection.client_id or "").casefold()
        theirs = record.user.casefold()
        return not ours or ours == theirs or not theirs.endswith(SERVICE_ACCOUNTS)

    def _lost(self, silent: Sequence[JobRecord]) -> str:
        if silent:
            names = ", ".join(f"{record.id} ({record.user or 'no user'}, {record.started})" for record in silent)
            return (
                f"The answer to the push was lost. It may be job {names}, whose description {self.endpoint} does not "
                "show. Look at it with netops.jobs.scm_job_info, which gives the handle to wait for it."
            )
        return (
            f"The answer to the push was lost, and {self.endpoint} lists no job with [nj:{self._token}] in its "
            "description. A push is not sent twice. Look at the jobs there, then push again if needed."
        )

    def _with_description(self, record: JobRecord) -> JobRecord:
        """Return *record* with its details, in which the description of a push may stand [R], if it shows none."""
        if any(record.texts):
            return record
        try:
            return read_job(self.client, record.id)
        except (JobMissing, Refused):
            return record

    def _handle(self, job_id: str, token: str) -> Handle:
        known = {"type": PUSH, "token": token, "target": self.client.connection.tsg_id or ""}
        demand = dataclasses.replace(self._demand, versions=self._baseline.to_text() if self._baseline else "")
        fingerprint = {name: text for name, text in known.items() if text}
        return Handle(self.name, self.endpoint, job_id, fingerprint, options=demand.to_dict())

    # The job.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        check_tenant(handle, self.client)
        until = self._clock() + within
        following = self._followed.setdefault(handle.id, _Following())
        if following.parent is None:
            record = self._parent(handle, within=within)
            if not record.state.ended:
                return _seen(record)
            following.parent, following.changed_at = record, self._clock()
        self._read_children(following, until)
        return self._judged(following.parent, following, Demand.from_dict(handle.options))

    def _parent(self, handle: Handle, *, within: float) -> JobRecord:
        try:
            record = read_job(self.client, handle.id, within=within)
        except Refused as exc:
            # Whatever the API complains of, it is no verdict on the job.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        if not record.word:
            raise NoAnswer(
                f"{self.endpoint}: job {handle.id} comes without its state.", label="no state", server_spoke=True
            )
        _check_same(handle, record, self.endpoint)
        return record

    def _read_children(self, following: _Following, until: float) -> None:
        """Take in what the list shows of the children, and ask those that are over what they have to say."""
        parent = following.parent
        if parent is None:
            return
        try:
            records = read_jobs(
                self.client, lambda page: any(_not_after(record, parent) for record in page), within=self._left(until)
            )
            listed = {record.id: record for record in records if record.parent == parent.id}
            for job_id in {**following.children, **listed}:
                known, record = following.children.get(job_id), listed.get(job_id)
                if known is None:
                    following.changed_at = self._clock()
                elif known.state.ended:
                    continue
                # One that has left the list is asked for by its id.
                following.children[job_id] = record or read_job(self.client, job_id, within=self._left(until))
            self._ask_for_details(following, until)
        except (Refused, JobMissing) as exc:
            # A child that some answers do not have is no reason to give up the push.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc

    def _ask_for_details(self, following: _Following, until: float) -> None:
        """Ask for the details of those that are over: lists have none [R]."""
        for record in following.in_order:
            worth = len(following.children) <= DETAILED or record.state is not JobState.SUCCEEDED
            if record.id in following.detailed or not record.state.ended or not worth or record.details.given:
                continue
            try:
                found = read_job(self.client, record.id, within=self._left(until))
            except JobMissing:
                found = record
            except (NoAnswer, Refused):
                following.unread[record.id] += 1
                if following.unread[record.id] < DETAILS_ASKED:
                    raise
                found = record
            # The end that was seen stays: what one answer shows late is not to undo it.
            following.children[record.id] = dataclasses.replace(
                found, status=record.status, result=record.result, summary=found.summary or record.summary
            )
            following.detailed.add(record.id)

    def _left(self, until: float) -> float:
        return max(until - self._clock(), 1.0)

    def _judged(self, parent: JobRecord, following: _Following, demand: Demand) -> Observation:
        children = following.in_order
        targets = tuple(child.target for child in children)
        over = sum(child.state.ended for child in children)
        seen = dataclasses.replace(_seen(parent), targets=targets)
        strange = next((child for child in children if child.state is JobState.UNKNOWN), None)
        if strange is not None:
            # The word alone, without the job's id: it is warned of once.
            word = f"{parent.word}, pushing {strange.word}"
            note = f"job {strange.id}"
            return dataclasses.replace(seen, state=JobState.UNKNOWN, vendor_state=word, progress=None, note=note)
        if over < len(children):
            return dataclasses.replace(
                seen,
                state=JobState.RUNNING,
                vendor_state=f"{parent.word}, pushing",
                progress=sum(100.0 if each.state.ended else each.percent or 0.0 for each in children) / len(children),
                note=f"{over} of {len(children)} push jobs have ended",
            )
        # A commit that failed starts none. How many a good one starts is not to be told: a folder has many firewalls.
        left = demand.settle - max(self._clock() - following.changed_at, _quiet(children))
        if left > 0 and parent.state is JobState.SUCCEEDED:
            return dataclasses.replace(
                seen,
                state=JobState.RUNNING,
                vendor_state=f"{parent.word}, settling",
                progress=None,
                retry_after=min(left, LOOK_EVERY),
                note=f"{len(children)} push jobs so far, more may come",
            )
        return _verdict(seen, children, demand)

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        demand = Demand.from_dict(handle.options)
        before = Baseline.from_text(demand.versions) if demand.versions else None
        after = self._after(before)
        # Where it cannot be told, a push that succeeded counts as one that changed something.
        self._effect = before.differs(after) if before is not None and after is not None else True
        return {
            **last.facts,
            "admins": list(demand.admins) or None,
            "versions": compared(before, after) if after is not None else None,
            "versions_changed": self._effect if before is not None and after is not None else None,
        }

    def _after(self, before: Baseline | None) -> Baseline | None:
        try:
            running = read_running(self.client)
        except (Denied, Refused):
            return None
        return before.again(running) if before is not None else Baseline.of(running, self.options.places)

    def had_effect(self, last: Observation) -> bool:
        return self._effect

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        return list(self._warnings(handle, last))

    def _warnings(self, handle: Handle, last: Observation) -> Iterable[str]:
        job = f"{self.name} job {handle.id}"
        demand = Demand.from_dict(handle.options)
        if not last.targets:
            yield (
                f"{job}: no push job was seen within {demand.settle:g} s after the commit. Nothing may have been "
                "pushed: look at result.versions."
            )
        if 0 < len(last.targets) < demand.expected:
            yield (
                f"{job}: {len(last.targets)} push jobs were seen for {demand.expected} folders and devices. Look at "
                "result.versions whether all of them were reached."
            )
        missed = [target for target in last.targets if target.state is not JobState.SUCCEEDED]
        if missed:
            names = ", ".join(f"{target.name} ({target.vendor_state})" for target in missed)
            text = f"It is a success because required_targets is {demand.required_targets}."
            yield f"{job}: not everywhere: {names}. {text}"
        partial = last.facts.get("partial") or ()
        if partial and not demand.admins:
            yield f"{job}: it did not take all changes along, though admins was not given: {'; '.join(partial)}."
        if self._adopted:
            yield (
                f"{job}: it was in flight before this task began. Changes that came after it are not in it, and the "
                "API does not tell whether there are any: run the task again if there may be."
            )


def _durations(records: Sequence[JobRecord]) -> list[float]:
    """Return how long the pushes of *records* took that are over with all of their children, newest first, seconds."""
    found = []
    for push in sorted(records, key=lambda record: -record.number):
        family = [push, *(record for record in records if record.parent == push.id)]
        if push.type != PUSH or push.parent or not all(record.state.ended for record in family):
            continue
        began, ends = read_moment(push.started), [read_moment(record.ended) for record in family]
        known = [end for end in ends if end is not None]
        if began is not None and len(known) == len(family) and max(known) > began:
            found.append(max(known) - began)
    return found


def _seen(record: JobRecord) -> Observation:
    """Return what *record*, a parent, tells."""
    user = {"user": record.user} if record.user else {}
    token = {"token": record.tokens[0]} if record.tokens else {}
    return Observation(
        state=record.state,
        vendor_state=record.word,
        progress=None if record.state.ended else record.percent,
        messages=record.messages,
        warnings=record.warnings,
        fingerprint={**({"type": record.type} if record.type else {}), **user, **token},
        facts={
            "user": record.user,
            "description": next(filter(None, record.texts), ""),
            "started": record.started,
            "partial": list(record.partial),
        },
    )


def _quiet(children: Sequence[JobRecord]) -> float:
    """Return for how many seconds no child has come, by the tenant's own clock, up to the end of the last.

    So a push that was over long since is over at the first look. 0 where its times cannot be read.
    """
    began, ended = [read_moment(each.started) for each in children], [read_moment(each.ended) for each in children]
    starts, ends = [each for each in began if each is not None], [each for each in ended if each is not None]
    return max(ends) - max(starts) if ends and len(starts) == len(children) else 0.0


def _verdict(seen: Observation, children: Sequence[JobRecord], demand: Demand) -> Observation:
    """Return the verdict of a push whose own job, which *seen* shows, and whose children have all ended."""
    if seen.state is not JobState.SUCCEEDED:
        return seen
    successes = sum(child.state is JobState.SUCCEEDED for child in children)
    note = f"{successes} of {len(children)} push jobs" if children else "no push job was seen"
    seen = dataclasses.replace(seen, progress=None, note=note)
    if successes >= demand.needed(len(children)):
        return seen
    others = {child.state for child in children if child.state is not JobState.SUCCEEDED}
    return dataclasses.replace(
        seen,
        state=JobState.CANCELED if others == {JobState.CANCELED} else JobState.FAILED,
        messages=(*seen.messages, f"{note}, required_targets is {demand.required_targets}"),
    )


def _check_same(handle: Handle, record: JobRecord, endpoint: str) -> None:
    """Raise JobReplaced where *record* provably is another job than that of *handle*.

    A description without a token proves nothing: it may have been cut. Times prove nothing at all.
    """
    known = handle.fingerprint
    token = known.get("token")
    if token and token in record.tokens:
        return
    found = {"type": record.type, "user": record.user, "token": next(iter(record.tokens), "")}
    for name, text in found.items():
        if text and known.get(name) and text != known[name]:
            raise JobReplaced(
                f"Job {handle.id} on {endpoint} is another one than that of the handle: its {name} is {text!r}, not "
                f"{known[name]!r}.",
                label="another job",
            )


def _not_after(record: JobRecord, parent: JobRecord) -> bool:
    """Return whether what is older than *record* cannot be a child of *parent*: children come after it [R]."""
    return record.id == parent.id or 0 <= record.number < parent.number


def check_tenant(handle: Handle, client: ScmClient) -> None:
    """Raise BadInput where *handle* is of another tenant than that of *client*: all have the same endpoint."""
    theirs, ours = handle.fingerprint.get("target"), client.connection.tsg_id
    if theirs and ours and theirs != ours:
        raise BadInput(f"handle: it names a job of the tenant {theirs}, and tsg_id is {ours}. Use that tsg_id.")


def check_tenant_of(data: t.Any, client: ScmClient) -> None:
    """Do the same for the handle in *data*, which nobody has looked at yet."""
    fingerprint = data.get("fingerprint") if isinstance(data, Mapping) else None
    if isinstance(fingerprint, Mapping):
        target = {name: text for name, text in fingerprint.items() if isinstance(text, str)}
        check_tenant(Handle(Push.name, client.endpoint, "", target), client)


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> Submission:
    """Return the push that the options of scm_push describe, or that their handle names. Raises BadInput,
    MissingLibrary."""
    client = open_client(params, hide)
    if params["handle"] is not None:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        check_tenant_of(params["handle"], client)
        return Push(client)
    options = PushOptions(
        tuple(params["folders"] or ()),
        tuple(params["devices"] or ()),
        tuple(params["admins"] or ()),
        params["description"] or "",
        params["devices_as_numbers"],
    )
    if not options.places:
        raise BadInput("Say what to push: folders, devices, or the handle of a push.")
    return Push(client, options, Demand(params["required_targets"], params["settle"]))
