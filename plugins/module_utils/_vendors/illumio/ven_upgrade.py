# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Upgrade VENs, the agents on the workloads. The PCE has no job for it: each VEN tells by itself how it is.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..._jobs import tokens
from ..._jobs.errors import BadInput, Denied, JobMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation, Target
from ..._jobs.operation import NothingToDo, Preview, Timing
from ..._jobs.required import check_required, needed
from .client import errors_of, open_client
from .job import PceJob
from .listing import shown
from .vens import SINGLY, Ven, find, read_list, read_one

if t.TYPE_CHECKING:
    from .client import IllumioClient

MOST = 25_000
"""VENs that one request upgrades at most [D]."""

TIMEOUTS = (900, 15_552_000)
"""Bounds of upgrade_timeout_seconds [D]."""

LISTED_WITHIN = 60.0
"""Seconds that a VEN may take to show the upgrade that was just asked for: nothing is documented, this costs little."""

NAMED = 20
"""VENs that a message names; of more it gives the number."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Which VENs are to have which release. *upgrade_timeout* is in seconds, None leaves it to the PCE."""

    vens: tuple[str, ...]
    release: str
    upgrade_timeout: int | None = None
    required_targets: str = "all"

    def __post_init__(self) -> None:
        check_required(self.required_targets)
        if not self.vens or not all(ven.strip() for ven in self.vens):
            raise BadInput("vens: say which VENs to upgrade, each by its hostname or its href.")
        if needed(self.required_targets, len(self.vens)) > len(self.vens):
            # Known before anything is upgraded, and not only when all of them are.
            raise BadInput(
                f"required_targets: {self.required_targets} of {len(self.vens)} VENs cannot succeed. Give a number up "
                "to theirs, or all."
            )
        if len(self.vens) > MOST:
            raise BadInput(f"vens: these are {len(self.vens)}, and a PCE upgrades {MOST} at most in one request.")
        if not re.fullmatch(r"[\w.+-]+", self.release, re.ASCII):
            raise BadInput(f"release: {self.release!r} is not one, give it as the PCE lists it, such as 21.5.11-9175.")
        if self.upgrade_timeout is not None and not TIMEOUTS[0] <= self.upgrade_timeout <= TIMEOUTS[1]:
            raise BadInput(f"upgrade_timeout: give a number of seconds from {TIMEOUTS[0]} to {TIMEOUTS[1]}.")


@dataclasses.dataclass(frozen=True)
class Found:
    """The VENs that are wanted, as they are now: *there* have the release, *under_way* get it, *others* do not."""

    there: Sequence[Ven]
    under_way: Sequence[Ven]
    others: Sequence[Ven]


class Upgrade(PceJob):
    """Ask for the upgrade of VENs and wait until each has the release, or does not get it.

    The options of a handle have all that it takes to judge: the release, the VENs, those that the PCE did not take, and
    how many were left out.
    *now* gives the time (aware), *clock* monotonic seconds.
    """

    name: t.ClassVar[str] = "illumio.ven_upgrade"
    words: t.ClassVar[Mapping[str, JobState]] = {
        "upgrade_pending": JobState.RUNNING,
        "upgraded": JobState.SUCCEEDED,
        "not upgraded": JobState.FAILED,
    }
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=15, poll_max_interval=60, outage_timeout=900)

    def __init__(
        self,
        client: IllumioClient,
        wanted: Wanted | None = None,
        *,
        adopt: bool = True,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.timezone.utc),
    ) -> None:
        super().__init__(client, clock=clock)
        self._wanted = wanted
        self._adopt = adopt
        self._now = now
        self._found: Found | None = None
        self._just_seen: Found | None = None
        self._left_out: Sequence[Ven] = ()
        self._sent: frozenset[str] = frozenset()
        self._ended: dict[str, dict[str, Target]] = {}
        self._since: dict[str, float] = {}

    # Before the upgrade.

    def preview(self, *, want_diff: bool) -> Preview:
        wanted, found = self._asked(), self._just_seen or self._look()
        self._just_seen = None
        to_do = self._to_ask_for(found)
        if not to_do and not found.under_way:
            text = f"{self.endpoint}: {_named(found.there)} {_have(found.there)} release {wanted.release} already."
            return Preview(needed=False, message=text)
        text = f"{self.endpoint}: {_named(to_do)} would be upgraded to {wanted.release}." if to_do else ""
        if found.there:
            text += f" Left out, as they have it: {_named(found.there)}."
        if found.under_way and to_do is not found.under_way:
            text += f" On the way to it already: {_named(found.under_way)}."
        return Preview(
            needed=True,
            message=text.strip(),
            diff=_diff(to_do, wanted.release) if want_diff else None,
            blocked=self._unknown_release(wanted.release),
        )

    def find_equivalent(self) -> Handle | None:
        # The preview comes next: the list, which may be long, is not read twice.
        found = self._just_seen = self._look()
        if found.others or not found.under_way:
            return None
        return self._handle(found.under_way, {})

    def still_needed(self) -> bool:
        # The VENs that were adopted were all that were wanted: what failed on one of them is its verdict.
        return False

    # The upgrade.

    def submit(self) -> Handle | NothingToDo:
        wanted, found = self._asked(), self._found or self._before(self._look)
        to_do = self._to_ask_for(found)
        self._found = None
        if not to_do:
            if not found.under_way:
                return NothingToDo(f"{self.endpoint}: all VENs have release {wanted.release}.")
            return self._handle(found.under_way, {})
        body: dict[str, t.Any] = {"release": wanted.release, "vens": [{"href": ven.href} for ven in to_do]}
        if wanted.upgrade_timeout is not None:
            body["upgrade_timeout_seconds"] = wanted.upgrade_timeout
        self._sent = frozenset(ven.href for ven in to_do)
        try:
            answer = self.client.send("PUT", f"{self.client.org}/vens/upgrade", body).data
        except JobMissing as exc:
            raise Refused(f"{exc.message} Check org_id.", label=exc.label) from exc
        except Refused as exc:
            raise self._explained(exc) from exc
        rejected = _rejected(answer, [ven.href for ven in to_do])
        if len(rejected) == len(to_do) and not found.under_way:
            said = "; ".join(dict.fromkeys(rejected.values()))
            raise Refused(
                f"{self.endpoint} took none of {_named(to_do)} for an upgrade to {wanted.release}: {said}",
                label="no VEN taken",
                details={"vens": rejected},
            )
        return self._handle([*to_do, *(ven for ven in found.under_way if ven not in to_do)], rejected)

    def recover(self) -> Handle | None:
        """Find out from the VENs themselves: each that took the upgrade shows it."""
        found = self._look()
        if not any(ven.href in self._sent for ven in (*found.under_way, *found.there)):
            return None
        upgraded = [ven for ven in found.there if ven.href in self._sent]
        return self._handle([*upgraded, *found.under_way, *found.others], {})

    # The VENs.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        try:
            seen = self._seen(handle, within=within)
        except Denied as exc:
            raise self._denied(exc) from exc
        except Refused as exc:
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        self._denied_since, self._let_in = None, True
        return seen

    def _seen(self, handle: Handle, *, within: float) -> Observation:
        release, hrefs, rejected = _read(handle)
        self._since.setdefault(handle.id, self._clock())
        ended = self._ended.setdefault(handle.id, {})
        for href, reason in rejected.items():
            ended.setdefault(href, Target(href, JobState.FAILED, id=href, vendor_state="refused", messages=(reason,)))
        mine = set(hrefs)
        org = handle.options["org"]
        pending = read_list(
            self.client, {"upgrade_pending": True}, lambda ven: ven.href in mine, org=org, within=within
        )
        listed = {ven.href: ven for ven in pending.vens}
        going: dict[str, Target] = {}
        judge = self._judge(handle, release, pending.at or self._now())
        for href, ven in listed.items():
            target = judge(href, ven)
            (ended if target.state.ended else going)[href] = target
        rest = [href for href in hrefs if href not in listed and href not in ended]
        if rest and (len(rest) <= SINGLY or (not going and pending.whole)):
            for href, found in self._looked_up(rest, org=org, within=within).items():
                target = judge(href, found)
                (ended if target.state.ended else going)[href] = target
        for href in hrefs:
            if href not in ended and href not in going:
                # Not in the list of those to come, and not looked at yet: with many VENs that is done at the end.
                going[href] = Target(href, JobState.RUNNING, id=href, vendor_state="not looked at yet")
        return _judged([ended.get(href) or going[href] for href in hrefs], handle)

    def _looked_up(self, hrefs: Sequence[str], *, org: str, within: float) -> dict[str, Ven | None]:
        if len(hrefs) <= SINGLY:
            return {href: read_one(self.client, href, within=within) for href in hrefs}
        wanted = set(hrefs)
        found = read_list(self.client, {}, lambda ven: ven.href in wanted, org=org, within=within)
        vens: dict[str, Ven | None] = {ven.href: ven for ven in found.vens}
        if found.whole:
            return {href: vens.get(href) for href in hrefs}
        # The others at the next looks: those that have ended need not be looked at again.
        rest = [href for href in hrefs if href not in vens][:SINGLY]
        return {**vens, **{href: read_one(self.client, href, within=within) for href in rest}}

    def _judge(self, handle: Handle, release: str, now: datetime.datetime) -> Callable[[str, Ven | None], Target]:
        fresh = self._clock() - self._since[handle.id] < LISTED_WITHIN
        return lambda href, ven: _target_of(ven, href, release, now=now, fresh=fresh)

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return {
            "release": _read(handle)[0],
            "upgraded": sum(target.state is JobState.SUCCEEDED for target in last.targets),
            "skipped": [{"hostname": ven.hostname, "href": ven.href, "version": ven.version} for ven in self._left_out],
        }

    def had_effect(self, last: Observation) -> bool:
        return any(target.state is JobState.SUCCEEDED for target in last.targets)

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        missed = [target for target in last.targets if target.state is not JobState.SUCCEEDED]
        if not missed:
            return []
        names = ", ".join(f"{target.name} ({', '.join(target.messages)})" for target in missed[:NAMED])
        more = f" and {len(missed) - NAMED} more" if len(missed) > NAMED else ""
        return [
            f"{self.name}: not on all VENs: {names}{more}. It is a success because required_targets is "
            f"{handle.options['required_targets']}."
        ]

    # What these are made of.

    def _asked(self) -> Wanted:
        if self._wanted is None:
            raise BadInput("vens, release: say what to upgrade to what.")
        return self._wanted

    def _look(self) -> Found:
        wanted, now = self._asked(), self._now()
        there: list[Ven] = []
        under_way: list[Ven] = []
        others: list[Ven] = []
        for ven in find(self.client, wanted.vens):
            if ven.version == wanted.release:
                there.append(ven)
            elif ven.target == wanted.release and ven.is_upgrading(now):
                under_way.append(ven)
            else:
                others.append(ven)
        self._let_in = True
        if not self._sent:
            self._left_out = there
        self._found = Found(there, under_way, others)
        return self._found

    def _to_ask_for(self, found: Found) -> Sequence[Ven]:
        return found.others if self._adopt else [*found.others, *found.under_way]

    def _before(self, question: Callable[[], Found]) -> Found:
        try:
            return question()
        except NoAnswer as exc:
            raise exc.unsent() from exc

    def _handle(self, vens: Sequence[Ven], rejected: Mapping[str, str]) -> Handle:
        wanted = self._asked()
        prefix = f"{self.client.org}/vens/"
        ids = sorted(ven.href[len(prefix) :] for ven in vens)
        options = {
            "release": wanted.release,
            "org": self.client.org,
            "vens": " ".join(ids),
            "required_targets": wanted.required_targets,
        }
        if self._left_out:
            options["already"] = str(len(self._left_out))
        if rejected:
            options["rejected"] = json.dumps({href[len(prefix) :]: text for href, text in rejected.items()})
        job_id = f"{wanted.release}/{tokens.intent_of([wanted.release, ids])}"
        return Handle(self.name, self.endpoint, job_id, options=options)

    def _unknown_release(self, release: str) -> Refused | None:
        """Return why the PCE cannot upgrade to *release*, None where it can, or does not tell."""
        data = shown(lambda: self.client.get(f"{self.client.org}/software/ven/releases").data)
        listed = (
            [str(each.get("release")) for each in data if isinstance(each, Mapping)] if isinstance(data, list) else []
        )
        if not listed or release in listed:
            return None
        return Refused(
            f"release: {self.endpoint} has no VEN software {release}, it has: {', '.join(listed)}.",
            reason="bad_input",
            label="unknown release",
        )

    def _explained(self, exc: Refused) -> Refused:
        try:
            unknown = self._unknown_release(self._asked().release)
        except (NoAnswer, Denied):
            unknown = None
        return (
            exc
            if unknown is None
            else Refused(f"{unknown.message} {exc.message}", details=exc.details, label=exc.label)
        )


def _target_of(ven: Ven | None, href: str, release: str, *, now: datetime.datetime, fresh: bool) -> Target:
    """Return the verdict on one VEN; *fresh*: the upgrade was asked for a moment ago."""
    if ven is None:
        text = "the PCE does not know it any more: it was unpaired"
        return Target(href, JobState.FAILED, id=href, vendor_state="missing", messages=(text,))
    version = f"version {ven.version or 'unknown'}"
    messages: tuple[str, ...] = ()
    if ven.version == release:
        state, word = JobState.SUCCEEDED, version
    elif ven.target == release and ven.is_upgrading(now):
        state, word, messages = JobState.RUNNING, f"{version}, upgrade pending", ven.trouble
    elif ven.target and ven.target != release:
        state, word, messages = JobState.FAILED, version, (f"it is being upgraded to {ven.target} instead",)
    elif not ven.target and fresh:
        state, word = JobState.RUNNING, version
    else:
        text = "the PCE has stopped to try the upgrade" if ven.target else "the PCE tries no upgrade any more"
        state, word, messages = JobState.FAILED, version, (f"{text}, it still has {version}", *ven.trouble)
    return Target(ven.hostname, state, id=ven.href, vendor_state=word, messages=messages)


def _judged(targets: Sequence[Target], handle: Handle) -> Observation:
    required = handle.options["required_targets"]
    already = handle.options.get("already", "0")
    already_there = int(already) if already.isascii() and already.isdigit() else 0
    done = sum(target.state.ended for target in targets)
    upgraded = sum(target.state is JobState.SUCCEEDED for target in targets)
    note = f"{upgraded} of {len(targets)} VENs"
    seen = Observation(
        JobState.RUNNING,
        "upgrade_pending",
        progress=100.0 * done / len(targets),
        targets=tuple(targets),
        note=f"{note} upgraded" if done < len(targets) else note,
    )
    if done < len(targets):
        return seen
    if upgraded >= needed(required, len(targets), already=already_there):
        return dataclasses.replace(seen, state=JobState.SUCCEEDED, vendor_state="upgraded")
    text = f"{note}, required_targets is {required}"
    return dataclasses.replace(seen, state=JobState.FAILED, vendor_state="not upgraded", messages=(text,))


def _read(handle: Handle) -> tuple[str, list[str], dict[str, str]]:
    """Return release, hrefs of the VENs, and why some were rejected. Raises BadInput."""
    options = handle.options
    try:
        prefix = f"{options['org']}/vens/"
        hrefs = [prefix + each for each in options["vens"].split()]
        check_required(options["required_targets"])
        rejected = {prefix + key: str(text) for key, text in json.loads(options.get("rejected", "{}")).items()}
        release = options["release"]
    except (KeyError, ValueError, AttributeError):
        hrefs = []
    if not hrefs:
        raise BadInput("handle: its options do not say which VENs it is about. Pass job.handle unchanged.")
    return release, hrefs, rejected


def _rejected(answer: t.Any, hrefs: Sequence[str]) -> dict[str, str]:
    """Return why the PCE did not take some of *hrefs*: it says so in an answer that is a success (trap 34).

    ``{"errors": [{token, message, hrefs}]}`` [C: illumioapi]; an error that names no VEN is about all of them. In the
    form of the bulk answers each item has its ``href`` and ``errors`` [D].
    """
    listed = answer.get("errors") if isinstance(answer, Mapping) else answer
    rejected: dict[str, str] = {}
    for error in listed if isinstance(listed, list) else ():
        said = "; ".join(each.text for each in errors_of(error))
        if not isinstance(error, Mapping) or not said:
            continue
        of_these = error.get("hrefs")
        if isinstance(error.get("href"), str):
            of_these = [error["href"]]
        for href in of_these if isinstance(of_these, list) and of_these else hrefs:
            name = href.get("href") if isinstance(href, Mapping) else href
            if name in hrefs:
                rejected[str(name)] = said
    return rejected


def _diff(vens: Iterable[Ven], release: str) -> dict[str, str]:
    ordered = sorted(vens, key=lambda ven: ven.hostname)
    return {
        "before": "".join(f"{ven.hostname} {ven.version}\n" for ven in ordered),
        "after": "".join(f"{ven.hostname} {release}\n" for ven in ordered),
    }


def _named(vens: Sequence[Ven]) -> str:
    text = ", ".join(str(ven) for ven in vens[:NAMED])
    return f"{text} and {len(vens) - NAMED} more" if len(vens) > NAMED else text


def _have(vens: Sequence[Ven]) -> str:
    return "has" if len(vens) == 1 else "have"


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> Upgrade:
    """Return the upgrade that the options of illumio_ven_upgrade describe, or that their handle names.

    Raises BadInput, MissingLibrary.
    """
    if params["handle"] is not None:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        return Upgrade(open_client(params, hide))
    if not params["vens"] or not params["release"]:
        raise BadInput("vens, release: say what to upgrade to what, or give the handle of an upgrade.")
    wanted = Wanted(
        vens=tuple(dict.fromkeys(params["vens"])),
        release=params["release"],
        upgrade_timeout=params["upgrade_timeout"],
        required_targets=params["required_targets"],
    )
    return Upgrade(open_client(params, hide), wanted, adopt=params["adopt"])
