# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""How far the workloads are with a version of the policy: they apply it by themselves, after it was provisioned.

A PCE has no job for this and no filter for it. What it has is, for each workload, when it last applied a policy
(``security_policy_applied_at``) and whether it is behind (``security_policy_sync_state``) [D]; and for a version, how
many workloads it affects, which may be null (trap 27). Which ones these are it does not say.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput
from ..._jobs.model import JobState, Observation, Target
from .times import instant

if t.TYPE_CHECKING:
    import datetime

    from .job import Record

LIMIT = 10_000
"""Workloads that are waited for at most: each look reads them all, 2 to 3 KB each."""

SETTLED_AFTER = 300.0
"""Seconds after a commit from which on workloads that are in sync count as not affected: "up to five minutes" [D]."""

SHOWN = 20
"""Workloads that have not applied the policy and get a target of their own; of more the number is given."""

SYNC_WORDS: Mapping[str, JobState] = {
    "synced": JobState.SUCCEEDED,
    "syncing": JobState.RUNNING,
    # Of scopes in static mode: the policy is there, and is applied when somebody says so [D].
    "staged": JobState.PENDING,
}
"""What ``security_policy_sync_state`` says [C: fixtures of clients; staged D]."""


class Standing(str, enum.Enum):
    """How a workload stands to a version."""

    APPLIED = "applied"
    SYNCING = "syncing"
    STAGED = "staged"
    OFFLINE = "offline"
    """Behind, and not in touch with the PCE: it gets the policy when it comes back."""
    IN_SYNC = "in sync"
    """Not behind, though it applied nothing since: not affected, or the PCE has not come to it yet."""


class Workload(t.NamedTuple):
    """What is kept of a workload."""

    name: str
    href: str
    standing: Standing
    word: str
    trouble: tuple[str, ...]


def workload_of(record: Record, since: datetime.datetime) -> Workload:
    """Return how a workload stands to the version that was committed at *since*."""
    agent = record.get("agent")
    status = agent.get("status") if isinstance(agent, Mapping) else None
    # A workload in a VEN's record has the same keys at its top [D].
    status = status if isinstance(status, Mapping) else record
    applied_at = instant(status.get("security_policy_applied_at"))
    word = str(status.get("security_policy_sync_state") or "")
    if applied_at is not None and applied_at >= since.replace(microsecond=0):
        standing = Standing.APPLIED
    elif word.lower() in ("synced", ""):
        standing = Standing.IN_SYNC
    elif word.lower() == "staged":
        standing = Standing.STAGED
    elif record.get("online") is False:
        standing = Standing.OFFLINE
    else:
        standing = Standing.SYNCING
    name = record.get("name") or record.get("hostname") or record.get("href")
    return Workload(str(name), str(record.get("href") or ""), standing, word, _trouble(status.get("agent_health")))


def _trouble(health: t.Any) -> tuple[str, ...]:
    found = [each for each in health if isinstance(each, Mapping)] if isinstance(health, list) else []
    return tuple(str(each.get("type") or each.get("token")) for each in found if each.get("severity") == "err")


@dataclasses.dataclass(frozen=True)
class Awaited:
    """What to wait for after a commit; it travels in the options of the handle.

    *labels* (type: value) narrows it to the workloads that have all of these, *hrefs* are theirs. Empty: all workloads.
    """

    workloads: bool = False
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    hrefs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.labels and not self.workloads:
            raise BadInput("labels: says which workloads to wait for, and goes only with wait_for_workloads.")
        for key, value in self.labels.items():
            if not key.strip() or not value.strip():
                raise BadInput("labels: give each as its type and its value, such as env: prod.")

    @property
    def filters(self) -> dict[str, str | bool | int | None]:
        """The parameters with which the workloads are read: the labels as "a list of lists", encoded as JSON [D]."""
        filters: dict[str, str | bool | int | None] = {"managed": True}
        if self.hrefs:
            filters["labels"] = json.dumps([list(self.hrefs)])
        return filters

    def to_handle(self) -> dict[str, str]:
        if not self.workloads:
            return {}
        return {"wait_for_workloads": "true", **({"labels": json.dumps(self.hrefs)} if self.hrefs else {})}

    @classmethod
    def from_handle(cls, options: Mapping[str, str]) -> Awaited:
        """Return what the *options* of a handle say. Raises BadInput where they cannot be read."""
        try:
            hrefs = json.loads(options.get("labels", "[]"))
        except ValueError:
            hrefs = None
        if not isinstance(hrefs, list) or not all(isinstance(href, str) for href in hrefs):
            raise BadInput("handle: its option labels cannot be read. Pass job.handle unchanged.")
        return cls(workloads=options.get("wait_for_workloads") == "true", hrefs=tuple(hrefs))


def judged(workloads: Sequence[Workload], *, affected: int | None, narrowed: bool, seconds: float) -> Observation:
    """Return what is to be said *seconds* after the commit.

    *affected* is the number that the PCE gave for the version, None where it gave none; it says nothing of workloads
    that are *narrowed* down by labels. The wait is over when no workload is behind any more that is online, and so many
    have applied the policy as are affected, or all have, or the PCE had time to find out who is affected.

    Those that are offline or staged may have been so for long, and not be affected: before that time they do not count.
    """
    tally = Counter(workload.standing for workload in workloads)
    reached = tally[Standing.APPLIED] + tally[Standing.STAGED] + tally[Standing.OFFLINE]
    expected = None if narrowed else affected
    warnings: tuple[str, ...] = ()
    if tally[Standing.SYNCING]:
        state, word = JobState.RUNNING, "syncing"
    elif (expected is not None and tally[Standing.APPLIED] >= expected) or not tally[Standing.IN_SYNC]:
        state, word = JobState.SUCCEEDED, "applied"
    elif seconds < SETTLED_AFTER:
        state, word = JobState.RUNNING, "calculating"
    else:
        state, word = JobState.SUCCEEDED, "in sync"
        if expected is not None and reached < expected:
            warnings = (
                f"The PCE said that {expected} workloads are affected, and {tally[Standing.APPLIED]} show that they "
                f"applied a policy since. {SETTLED_AFTER:.0f} s after the commit none is behind any more.",
            )
    whole = max(expected or 0, reached + tally[Standing.SYNCING])
    behind = [each for each in workloads if each.standing not in (Standing.APPLIED, Standing.IN_SYNC)]
    behind.sort(key=lambda each: (each.standing is not Standing.SYNCING, each.name))
    note = f"{tally[Standing.APPLIED]} of {whole} workloads have applied it"
    hidden = len(behind) - SHOWN
    return Observation(
        state=state,
        vendor_state=word,
        progress=100.0 * tally[Standing.APPLIED] / whole if whole else None,
        messages=(f"{hidden} more workloads have not applied it",) if hidden > 0 else (),
        warnings=warnings,
        targets=tuple(map(_target, behind[:SHOWN])),
        facts={
            "workloads": {
                "applied": tally[Standing.APPLIED],
                "syncing": tally[Standing.SYNCING],
                "staged": tally[Standing.STAGED],
                "offline": tally[Standing.OFFLINE],
                "in_sync": tally[Standing.IN_SYNC],
            }
        },
        note=note,
    )


_STATES = {Standing.SYNCING: JobState.RUNNING, Standing.STAGED: JobState.PENDING, Standing.OFFLINE: JobState.UNKNOWN}


def _target(workload: Workload) -> Target:
    word = workload.word if workload.standing is not Standing.OFFLINE else f"{workload.word}, offline"
    return Target(
        name=workload.name,
        id=workload.href,
        state=_STATES[workload.standing],
        vendor_state=word,
        messages=workload.trouble,
    )
