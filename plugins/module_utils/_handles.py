# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The modules that take handles of any system: wait for the jobs, or stop them."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import threading
import typing as t
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ._jobs.errors import BadInput
from ._jobs.model import Handle, Job, Outcome, Polling, Verdict
from ._jobs.operation import Operation
from ._jobs.pace import Durations
from ._jobs.poller import PollAt
from ._jobs.scheduler import Turn, follow, wait_for_all
from ._jobs.wait import Wait, cleaned_up
from ._jobs.world import World
from ._options import ONE_TARGET, TARGETS
from ._registry import Client, client, operation, system_of
from ._task import Result, Task, connection_options, fleet_world, guarded, read_handle, result_of, timing_for
from ._transport.sharing import make_room

EXPLAINED = 10
"""Jobs that did not succeed of which the message to the user says why."""

NAMED = 100
"""Further hosts that it names. All of them are in ``results``."""

_WHICH = ("endpoint", "target", "system")
"""What says for which handles an entry of connections is."""

_NO_JOB = Verdict(
    Outcome.NOTHING_TO_DO,
    "There is no job: the handle is empty, as that of a task that had nothing to do.",
    changed=False,
    job=Job(operation=""),
)


def wait(task: Task) -> Result:
    """Run the module job_wait."""

    def judge(waits: Sequence[Wait], world: World, ending: Ending) -> list[Verdict]:
        return wait_for_all(
            waits,
            world,
            turn=ending((lambda wait: wait.look(dry=True)) if task.check_mode else follow),
            stop_after=lambda verdict: verdict.failed and bool(task.params["fail_fast"]),
        )

    return _run(task, "job_wait", judge)


def cancel(task: Task) -> Result:
    """Run the module job_cancel."""

    def judge(waits: Sequence[Wait], world: World, ending: Ending) -> list[Verdict]:
        return wait_for_all(waits, world, turn=ending(lambda wait: wait.cancel(check_mode=task.check_mode)))

    return _run(task, "job_cancel", judge)


Ending = t.Callable[[Turn], Turn]
"""Adds to a turn what is to be done once it has brought a verdict."""


def _run(task: Task, name: str, judge: t.Callable[[Sequence[Wait], World, Ending], list[Verdict]]) -> Result:
    verdicts: list[Verdict] = []
    entries: list[Result] = []
    alone: Result = {}

    def body() -> Verdict:
        opener = _Opener(task)
        opened = _opened(task, opener)
        world = fleet_world(task, sum(isinstance(place, tuple) for place in opened))
        durations: defaultdict[str, Durations] = defaultdict(Durations)
        places: list[Wait | Mapping[str, t.Any] | None] = [
            Wait(
                *place,
                timing_for(task.params, place[0].timing),
                world,
                durations=durations[place[0].name],  # those that end teach the others when to be looked at
            )
            if isinstance(place, tuple)
            else place
            for place in opened
        ]
        judged = iter(judge([place for place in places if isinstance(place, Wait)], world, opener.ending))
        # From here on each wait, with its client, makes room for its result: thousands of them take as much memory.
        del opener, opened
        for number, place in enumerate(places):
            places[number] = None
            if isinstance(place, Mapping):
                verdicts.append(_repeated(place))
                entries.append(dict(place))
                continue
            verdict = _NO_JOB if place is None else next(judged)
            if place is not None and not task.check_mode:
                left_alone = place.left_alone
                verdict = _not_cleaned_up(verdict) if left_alone else cleaned_up(place.operation, verdict, world)
            verdicts.append(verdict)
            entries.append(_entry(verdict))
        if len(places) != 1:
            return _together(verdicts)
        # What is known already has more than a verdict that was made of it again.
        alone.update({key: value for key, value in entries[0].items() if key != "host"})
        return verdicts[0]

    result = guarded(task, name, body) | alone
    result["results"] = entries
    if entries and not task.params.get("fail_on_job_failure", True):
        result["failed"] = False
    return result


_Place = t.Union[tuple[Operation, Handle], Mapping[str, t.Any], None]
"""What stands for an entry of the handles: a job to look at, the entry of a result that tells of it, or no job."""


def _opened(task: Task, opener: _Opener) -> list[_Place]:
    """Return what stands for each handle. Raises BadInput that names the entry."""
    params = task.params
    given = params["handles"] if params["handles"] is not None else [params["handle"]]
    known = _by_job(params.get("known"))
    found: list[_Place] = []
    for number, data in enumerate(given, start=1):
        try:
            handle = None if data is None or data == "" else read_handle(data)
            found.append(None if handle is None else known.get(_job_of(handle)) or opener.open(handle))
        except BadInput as exc:
            place = f"handles, entry {number}: " if len(given) > 1 else ""
            raise BadInput(place + exc.message) from exc
    opener.check_connections()
    make_room(opener.endpoints)
    return found


def told_of(results: t.Any, handles: Sequence[t.Any]) -> list[t.Any]:
    """Return those of the *results* of a job_wait that tell of one of the *handles*.

    It is for a play in which each host picks its own of thousands: nothing else of them is looked at.
    """
    wanted = {_rough(data) for data in handles}
    return [
        entry
        for entry in results
        if isinstance(entry, Mapping) and _rough((entry.get("job") or {}).get("handle")) in wanted
    ]


def _rough(data: t.Any) -> tuple[t.Any, t.Any]:
    if isinstance(data, str):
        with contextlib.suppress(ValueError):
            data = json.loads(data)
    return (data.get("endpoint"), data.get("id")) if isinstance(data, Mapping) else (None, None)


def _by_job(known: t.Any) -> dict[tuple[str, ...], Mapping[str, t.Any]]:
    """Return the entries in *known*, which is the result of a job_wait or its ``results``. Raises BadInput."""
    entries = known.get("results") if isinstance(known, Mapping) else known
    if entries is None and known is None:
        return {}
    wrong = BadInput(
        "known: expected the name of the variable in which a task with job_wait has registered its result."
    )
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise wrong
    found = {}
    outcomes = {outcome.value for outcome in Outcome}
    for entry in entries:
        if not isinstance(entry, Mapping) or entry.get("outcome") not in outcomes:
            raise wrong
        if not isinstance(entry.get("job"), Mapping):
            raise wrong
        if entry["job"].get("handle") is not None:
            found[_job_of(read_handle(entry["job"]["handle"]))] = entry
    return found


def _job_of(handle: Handle) -> tuple[str, ...]:
    """Return what tells the jobs of one result apart."""
    return (handle.operation, handle.endpoint, handle.id, handle.fingerprint.get("target", ""))


def _not_cleaned_up(verdict: Verdict) -> Verdict:
    """Return *verdict*, of a job at which a thread may still look, with a warning of what that means.

    Who deletes a job once its result was taken must not do so now: that thread may have taken it, and nobody has it.
    """
    if verdict.outcome is Outcome.RUNNING:
        return verdict  # it is left to whoever waits for it
    text = (
        f"{verdict.job.operation} on {_host_of(verdict)}: interrupted during a look, so what was taken for the job, "
        "such as a lock, was not given back. The wait that takes up its handle does it."
    )
    return dataclasses.replace(verdict, warnings=(*verdict.warnings, text))


def _repeated(entry: Mapping[str, t.Any]) -> Verdict:
    """Return the verdict in the *entry* of a result, as far as a summary needs it."""
    return Verdict(
        Outcome(entry["outcome"]),
        str(entry.get("msg", "")),
        changed=bool(entry.get("changed")),
        job=Job(operation=str(entry["job"].get("operation", "")), elapsed=float(entry["job"].get("elapsed", 0.0))),
    )


class _Opener:
    """Opens the operation of each handle; handles of one endpoint share one client."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._clients: dict[tuple[str, str], Client] = {}
        self._target_of: dict[str, str] = {}
        self._credentials: dict[tuple[str | None, ...], Mapping[str, t.Any]] = {}
        for connection in task.params["connections"] or ():
            for_it = {key: value for key, value in connection.items() if key not in _WHICH}
            self._credentials.setdefault(tuple(map(connection.get, _WHICH)), for_it)
        self._for_all: Mapping[str, t.Any] = task.params["connection"] or {}
        self._options: dict[tuple[t.Any, ...], Mapping[str, t.Any]] = {}
        self._users: Counter[int] = Counter()
        self._client_of: dict[int, Client] = {}
        self._lock = threading.Lock()

    def open(self, handle: Handle) -> tuple[Operation, Handle]:
        """Return the operation that looks after the job of *handle*; nothing is sent yet. Raises BadInput."""
        its_client = self._client(handle)
        opened = operation(handle, its_client)
        self._users[id(its_client)] += 1
        self._client_of[id(opened)] = its_client
        return opened, handle

    def ending(self, turn: Turn) -> Turn:
        """Return *turn* with this at its end: of whom no job is left, the idle connections are closed.

        What is asked of it later, to give back a lock, opens another one.
        """

        def taken(wait: Wait) -> PollAt | Verdict:
            step = turn(wait)
            if isinstance(step, Verdict):
                its_client = self._client_of[id(wait.operation)]
                with self._lock:
                    self._users[id(its_client)] -= 1
                    last = not self._users[id(its_client)]
                if last:
                    its_client.close()
            return step

        return taken

    @property
    def endpoints(self) -> int:
        """How many endpoints there are jobs on, those behind another counted one by one."""
        return len(self._clients)

    def check_connections(self) -> None:
        """Warn of credentials that are for no handle: the name of their endpoint is most likely misspelled."""
        endpoints = {endpoint for endpoint, _target in self._clients}
        for connection in self._task.params["connections"] or ():
            if connection["endpoint"] is not None and connection["endpoint"] not in endpoints:
                self._task.warn(f"connections: no handle is for {connection['endpoint']}, so its entry is not used.")

    def _client(self, handle: Handle) -> Client:
        key = (handle.endpoint, handle.fingerprint.get("target", ""))
        if key not in self._clients:
            system = system_of(handle)
            address = _address(handle)
            behind = {TARGETS[system]: key[1] or None} if system in TARGETS else {}
            options = {**self._validated(system, self._given(handle, system, key[1]), address, behind), **address}
            self._check_target(system, options, key[1])
            self._clients[key] = client(system, options, self._task.hide)
        return self._clients[key]

    def _validated(
        self, system: str, given: Mapping[str, t.Any], address: Mapping[str, t.Any], behind: Mapping[str, t.Any]
    ) -> Mapping[str, t.Any]:
        """Return all options of a connection, validated once for all handles of which only the address differs."""
        key = (system, id(given), *behind.values())
        if key not in self._options:
            self._options[key] = connection_options(self._task, system, {**given, **address, **behind})
        return self._options[key]

    def _check_target(self, system: str, options: Mapping[str, t.Any], target: str) -> None:
        """Raise BadInput where what logs in to one target alone is to be used for this one, too.

        The other side would not notice, and show the jobs of the first under the ids of the second.
        """
        name = ONE_TARGET.get(system, "")
        value = options.get(name)
        if value and target and self._target_of.setdefault(value, target) != target:
            raise BadInput(
                f"connection: {name} is good for one {TARGETS[system]}, and there are handles of "
                f"{self._target_of[value]} and {target}. Give the credentials of an account for both, or wait for each "
                "in a task of its own."
            )

    def _given(self, handle: Handle, system: str, target: str) -> Mapping[str, t.Any]:
        """Return the credentials for *handle*: of its *target*, of its endpoint, of its system, else those for all."""
        endpoint = handle.endpoint
        for wanted in ((endpoint, target or None, None), (endpoint, None, None), (None, None, system)):
            if wanted in self._credentials:
                return self._credentials[wanted]
        return self._for_all


def _address(handle: Handle) -> dict[str, t.Any]:
    parts = urlsplit(handle.endpoint)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "https" or not parts.hostname or port is None:
        raise BadInput(f"handle: the endpoint {handle.endpoint!r} is not of the form https://host:port.")
    return {"host": parts.hostname, "port": port}


def _entry(verdict: Verdict) -> Result:
    return {"host": _host_of(verdict), **result_of(verdict)}


def _host_of(verdict: Verdict) -> str | None:
    handle = verdict.job.handle
    return urlsplit(handle.endpoint).hostname if handle is not None else None


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """Return one verdict about many: failed when any is, and its message names each job that did not succeed."""
    failures = [verdict for verdict in verdicts if verdict.failed]
    counted = Counter(verdict.outcome for verdict in verdicts)
    summary = ", ".join(f"{count} {outcome.value}" for outcome, count in sorted(counted.items()))
    message = f"{len(verdicts)} jobs: {summary}." if verdicts else "No jobs."
    if failures:
        message += " " + " ".join(
            [*(verdict.message for verdict in failures[:EXPLAINED]), *_others(failures[EXPLAINED:])]
        )
    return Verdict(
        outcome=_common(verdicts, failures),
        message=message,
        changed=any(verdict.changed for verdict in verdicts),
        job=Job(operation="", elapsed=max((verdict.job.elapsed for verdict in verdicts), default=0.0)),
        polling=functools.reduce(Polling.plus, (verdict.polling for verdict in verdicts), Polling()),
        warnings=tuple(dict.fromkeys(warning for verdict in verdicts for warning in verdict.warnings)),
    )


def _others(failures: Sequence[Verdict]) -> list[str]:
    """Return a sentence that names the hosts of *failures*, where there are any."""
    hosts = list(dict.fromkeys(str(_host_of(verdict)) for verdict in failures))
    if not hosts:
        return []
    more = len(hosts) - NAMED
    return [f"Nor did {', '.join(hosts[:NAMED])}{f' and {more} more in results' if more > 0 else ''}."]


def _common(verdicts: Sequence[Verdict], failures: Sequence[Verdict]) -> Outcome:
    outcomes = {verdict.outcome for verdict in failures or verdicts}
    if len(outcomes) == 1:
        return outcomes.pop()
    if failures:
        return Outcome.FAILED
    for outcome in (Outcome.RUNNING, Outcome.SUCCEEDED):
        if outcome in outcomes:
            return outcome
    return Outcome.NOTHING_TO_DO
