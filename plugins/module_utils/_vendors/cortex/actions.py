# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What actions and scripts have in common: one id, and a state for each endpoint.

Sources: D the Cortex documentation, R recorded from a tenant and published, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import time
import typing as t
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..._jobs.errors import BadInput, Denied, JobError, JobMissing, NoAnswer, Refused, Undecidable
from ..._jobs.model import Handle, JobState, Observation, Target
from ..._jobs.operation import NothingToDo, Preview
from ..._jobs.required import check_required, needed
from ..._transport import integrity
from ..._transport.files import check_folder
from .job import CortexJob
from .links import fetch, file_name
from .selection import LOOKED_UP, Endpoint, Found, by_ids, find, named, number_of

if t.TYPE_CHECKING:
    from ..._transport.files import Saved
    from .client import CortexClient
    from .selection import Selection

# Of one endpoint [D], in lower case; COMPLETED_SUCCESSFULLY and FAILED are recorded, too. One comes in two spellings.
WORDS: Mapping[str, JobState] = {
    "pending": JobState.PENDING,
    "in_progress": JobState.RUNNING,
    "pending_abort": JobState.RUNNING,
    "completed_successfully": JobState.SUCCEEDED,
    "completed_partial": JobState.FAILED,
    "failed": JobState.FAILED,
    "timeout": JobState.FAILED,
    "expired": JobState.FAILED,
    "canceled": JobState.CANCELED,
    "cancelled": JobState.CANCELED,
    "aborted": JobState.CANCELED,
}

LISTED_WITHIN = 120.0
"""Seconds in which endpoints that the tenant has counted may still turn up in its list once all others have ended:
nothing is documented, and success is not guessed."""

RESULT_GRACE = 60.0
"""Seconds in which the product of an endpoint may come after the endpoint has ended (assumed)."""


@dataclasses.dataclass(frozen=True)
class Demand:
    """How the work is judged. *pending_timeout* is in seconds. Raises BadInput."""

    required_targets: str = "all"
    pending_timeout: float = 300.0

    def __post_init__(self) -> None:
        check_required(self.required_targets)
        if not 0 <= self.pending_timeout < math.inf:
            raise BadInput(f"pending_timeout: {self.pending_timeout} is not a number of seconds from 0 on.")

    def to_dict(self) -> dict[str, str]:
        return {"required_targets": self.required_targets, "pending_timeout": f"{self.pending_timeout:g}"}

    @classmethod
    def of(cls, handle: Handle) -> Demand:
        options = handle.options
        try:
            return cls(options["required_targets"], float(options["pending_timeout"]))
        except (KeyError, ValueError):
            raise BadInput(
                "handle: its options do not say how to judge the endpoints. Pass job.handle unchanged."
            ) from None


class EndpointWork(CortexJob):
    """Work on endpoints. *action_id* names work that was submitted before, *dest* is the folder for its files.

    The ids are integers of 64 bits and come as numbers and as texts (trap 17): here they are texts. An operation gives
    `path`, `body` and `verb`, and `observe`.
    """

    words: t.ClassVar[Mapping[str, JobState]] = WORDS
    can_be_found: t.ClassVar[bool] = False
    missing_grace: t.ClassVar[float] = 60.0

    def __init__(
        self,
        client: CortexClient,
        selection: Selection | None = None,
        demand: Demand | None = None,
        *,
        action_id: str | None = None,
        dest: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._selection = selection
        self._demand = demand or Demand()
        self._action_id = action_id
        self._dest = dest
        self._found: Found | None = None
        self._chosen: Sequence[Endpoint] = ()
        self._skipped: Sequence[Endpoint] = ()
        self._names: dict[str, str] = {}
        self._asked_for_names = False
        self._lost = ""
        self._since: dict[str, float] = {}
        self._complete_since: float | None = None
        self._without_since: float | None = None
        self._saved: dict[str, Saved] = {}
        self._took_effect = False

    # What an operation gives.

    def path(self) -> str:
        """Return the path of the call that starts the work."""
        raise NotImplementedError

    def body(self, filters: t.Any) -> dict[str, t.Any]:
        """Return its request, about the endpoints that fit *filters*."""
        raise NotImplementedError

    def verb(self) -> str:
        """Return what would be done, for people: ``isolated``."""
        raise NotImplementedError

    def only_ids(self) -> bool:
        """Return whether the request knows no filter but the ids of endpoints [D]: the task then asks what fits."""
        return True

    def most(self) -> int:
        """Return how many endpoints one request takes [D]."""
        return LOOKED_UP

    def options(self) -> dict[str, str]:
        """Return what a handle has to keep beside how the work is judged."""
        return {"dest": self._dest} if self._dest else {}

    def is_done(self, endpoint: Endpoint) -> bool:
        """Return whether *endpoint* has already what the work would bring."""
        return False

    # Before there is work.

    def named(self) -> Handle | None:
        return None if self._action_id is None else self._handle(self._action_id, None)

    def destination(self, handle: Handle | None) -> str | None:
        return self._dest or (None if handle is None else handle.options.get("dest"))

    def preview(self, *, want_diff: bool) -> Preview:
        self._found = found = self._look()
        if found is None:
            return Preview(needed=True, message=f"{self._capital_what()} of {self.endpoint} would be {self.verb()}.")
        self._chosen = [each for each in found.endpoints if not self.is_done(each)]
        self._skipped = [each for each in found.endpoints if self.is_done(each)]
        self._names.update({each.id: each.name for each in found.endpoints if each.name})
        blocked = self._unusable(found)
        if blocked is None and not self._chosen and found.whole:
            return Preview(
                needed=False,
                message=f"{self.endpoint}: {named(found.endpoints)} {_are(found.endpoints)} {self.verb()} already.",
                result=self._summary("", ()),
            )
        listed = f": {named(self._chosen)}" if found.whole else ""
        text = f"{self.endpoint}: {found.total - len(self._skipped)} endpoints would be {self.verb()}{listed}."
        if self._skipped:
            text += f" Left out, as they are {self.verb()} already: {named(self._skipped)}."
        return Preview(needed=True, message=text, blocked=blocked)

    def still_needed(self) -> bool:
        return False

    def _look(self) -> Found | None:
        """Return which endpoints are meant, None where the key may not see them. Raises NoAnswer."""
        selection = self._wanted
        try:
            found = find(self.client, selection.request(), most=1 if selection.everything else LOOKED_UP)
        except (Denied, Refused):
            if self.only_ids() and selection.filters is not None:
                # Only the tenant knows which ones fit.
                raise
            return None
        self._let_in = True
        return found

    def _unusable(self, found: Found) -> Refused | None:
        """Return why there is nothing to submit for these endpoints."""
        selection = self._wanted
        if not found.total:
            return _refused(f"{self.endpoint} has no endpoint that is meant: {selection} fit none.", "no endpoint")
        if selection.filters is None and selection.ids is not None and found.whole:
            known = {each.id for each in found.endpoints}
            unknown = [each for each in dict.fromkeys(selection.ids) if each not in known]
            if unknown:
                return _refused(f"endpoint_ids: {self.endpoint} has no endpoint {named(unknown)}.", "unknown endpoint")
        others = [] if selection.ids is None else [each for each in found.endpoints if each.id not in selection.ids]
        if others:
            # A filter that the tenant does not heed must not become a list of endpoints to act on.
            return _refused(
                f"{self.endpoint} lists endpoints that endpoint_ids does not name: {named(others)}.", "other endpoints"
            )
        if self.only_ids() and found.total > self.most():
            return _refused(
                f"{self.endpoint}: {found.total} endpoints are meant, one request takes {self.most()} at most.",
                "too many endpoints",
            )
        return None

    # The submission.

    def submit(self) -> Handle | NothingToDo:
        blocked = None if self._found is None else self._unusable(self._found)
        if blocked is not None:
            raise blocked
        try:
            reply = self.client.call(self.path(), self.body(self._filters()), write=True)
        except NoAnswer as exc:
            self._lost = exc.label
            raise
        self._let_in = True
        return self._started(reply)

    def _filters(self) -> t.Any:
        selection = self._wanted
        if selection.everything:
            return "all"
        if self._skipped or (self.only_ids() and selection.filters is not None):
            return [by_ids(each.id for each in self._chosen)]
        return selection.request()

    def _started(self, reply: t.Any) -> Handle | NothingToDo:
        record = reply if isinstance(reply, Mapping) else {}
        action_id = id_of(record.get("action_id"))
        if not action_id:
            if str(record.get("status")) == "0":
                raise Refused(f"{self.endpoint} did not take it: {json.dumps(reply)}", label="status 0")
            self._lost = f"an answer without an action id: {json.dumps(reply)}"
            raise NoAnswer(
                f"{self.endpoint} answered without an action id: {json.dumps(reply)}",
                label="no action id",
                server_spoke=True,
            )
        count = number_of(record.get("endpoints_count"))
        if count == 0:
            raise _refused(
                f"{self.endpoint} started action {action_id} for no endpoint: {self._wanted}.", "no endpoint"
            )
        self._took_effect = True
        return self._handle(action_id, count)

    def _handle(self, action_id: str, count: int | None) -> Handle:
        numbers = {} if count is None else {"endpoints": str(count)}
        if self._skipped:
            numbers["already"] = str(len(self._skipped))
        options = {**self._demand.to_dict(), **self.options(), **numbers}
        return Handle(self.name, self.endpoint, action_id, options=options)

    def recover(self) -> Handle | None:
        """A tenant lists no actions [D]: what became of a request whose answer was lost cannot be proven."""
        raise Undecidable(
            f"{self.name}: the answer to the submission was lost ({self._lost}), and {self.endpoint} has no call that "
            "lists actions. So whether it was started cannot be told, and it is not sent again. Look into the Action "
            "Center of the console: if it is there, pass its number as action_id, and if not, run the task again.",
            label="lost",
        )

    # The endpoints.

    def targets_of(
        self, handle: Handle, states: Mapping[str, t.Any], reasons: t.Any, *, within: float
    ) -> tuple[Target, ...]:
        """Return a target for each endpoint in *states*, with what *reasons* says of it (trap 14)."""
        self._learn_names(states, within=within)
        return tuple(
            self.target(endpoint_id, str(word), reasons_in(_of(reasons, endpoint_id)))
            for endpoint_id, word in states.items()
        )

    def target(self, endpoint_id: str, word: str, messages: tuple[str, ...] = (), *, name: str = "") -> Target:
        state = self.state_of(word)
        known = name or self._names.get(endpoint_id) or endpoint_id
        if state is JobState.SUCCEEDED:
            return Target(known, state, id=endpoint_id, vendor_state=word, warnings=messages)
        return Target(known, state, id=endpoint_id, vendor_state=word, messages=messages)

    def judged(self, handle: Handle, targets: Sequence[Target]) -> Observation:
        """Return what is to be said of work whose endpoints are as *targets* say.

        It is over once all have ended (trap 14), and never while the list is empty (trap 15). An endpoint that is
        offline stays PENDING until the action expires, which may take days [D]: where enough others have succeeded it
        is waited for no longer than pending_timeout.
        """
        demand, now = Demand.of(handle), self._clock()
        since = self._since.setdefault(handle.id, now)
        unlisted = max(0, counted_at_first(handle) - len(targets))
        total = len(targets) + unlisted
        ended = sum(target.state.ended for target in targets)
        succeeded = sum(map(_succeeded, targets))
        seen = Observation(
            JobState.PENDING,
            "no endpoint listed yet",
            progress=100.0 * ended / total if total else 0.0,
            targets=tuple(targets),
            facts=self._summary(handle.id, targets),
            note=f"{succeeded} of {total} endpoints",
        )
        if not targets:
            if self._action_id is not None and now - since >= LISTED_WITHIN:
                raise JobMissing(
                    f"{self.endpoint} lists no endpoint of action {handle.id}. Check the number.", label="no endpoints"
                )
            return seen
        going = [target for target in targets if not target.state.ended]
        already = number_of(handle.options.get("already")) or 0
        enough = succeeded >= needed(demand.required_targets, total, already=already)
        if going:
            self._complete_since = None
            only_pending = all(target.state is JobState.PENDING for target in going)
            if not (enough and only_pending and now - since >= demand.pending_timeout):
                return _going_on(seen, going)
        elif unlisted:
            self._complete_since = now if self._complete_since is None else self._complete_since
            if now - self._complete_since < LISTED_WITHIN:
                text = f"{unlisted} endpoints not listed yet"
                return dataclasses.replace(seen, state=JobState.RUNNING, vendor_state=text)
        if unlisted:
            seen = dataclasses.replace(seen, warnings=(_not_listed(self.endpoint, total, unlisted),))
        if already:
            seen = dataclasses.replace(seen, note=f"{seen.note}, {already} more were as wanted before")
        return _ended(seen, demand, enough=enough)

    def had_effect(self, last: Observation) -> bool:
        return any(map(_succeeded, last.targets))

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        return dict(last.facts)

    def shown(self, last: Observation) -> t.Any:
        return dict(last.facts)

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        missed = [target for target in last.targets if not _succeeded(target)]
        warnings = list(last.warnings)
        if missed:
            texts = [f"{target.name} ({', '.join((target.vendor_state, *target.messages))})" for target in missed]
            warnings.append(
                f"{self.name} action {handle.id}: not on all endpoints: {named(texts)}. It is a success because "
                f"required_targets is {Demand.of(handle).required_targets}."
            )
        return warnings

    def _summary(self, action_id: str, targets: Sequence[Target]) -> dict[str, t.Any]:
        return {
            "action_id": action_id or None,
            "endpoints": len(targets),
            "succeeded": sum(map(_succeeded, targets)),
            "skipped": [{"endpoint_id": each.id, "name": each.name} for each in self._skipped],
        }

    def _learn_names(self, ids: Iterable[str], *, within: float) -> None:
        """Ask for the names of the endpoints, once: without them the ids have to do."""
        unknown = [each for each in ids if each not in self._names]
        if self._asked_for_names or not unknown:
            return
        self._asked_for_names = True
        if len(unknown) > LOOKED_UP:
            return
        try:
            found = find(self.client, [by_ids(unknown)], within=within)
        except JobError:
            return
        self._names.update({each.id: each.name for each in found.endpoints if each.name})

    # The files of endpoints.

    def folder(self, handle: Handle) -> str | None:
        """Return the folder for the files, None where none are wanted. Raises BadInput where it cannot be used."""
        dest = self.destination(handle)
        return None if dest is None else check_folder("dest", dest)

    def save_all(self, folder: str, links: Mapping[str, Callable[[bool], str]]) -> None:
        """Write the ZIP file of each endpoint that has one. One that does not come keeps no other from coming."""
        error: NoAnswer | None = None
        for endpoint_id in sorted(links):
            if endpoint_id in self._saved:
                continue
            dest = f"{folder}/{file_name(endpoint_id, '.zip')}"
            try:
                self._saved[endpoint_id] = fetch(
                    self.client, links[endpoint_id], dest, self.transfer, check=integrity.Zip()
                )
            except NoLink:
                continue
            except NoAnswer as exc:
                error = error or exc
        if error is not None:
            raise error

    def files(self) -> list[dict[str, t.Any]]:
        """Return what a result says of the files."""
        return [
            {"endpoint_id": endpoint_id, "name": self._names.get(endpoint_id) or endpoint_id, **saved.to_dict()}
            for endpoint_id, saved in sorted(self._saved.items())
        ]

    def wait_for_product(self, missing: Sequence[str], what: str) -> None:
        """Raise NoAnswer while the *missing* products of endpoints may still come."""
        if not missing:
            return
        now = self._clock()
        self._without_since = now if self._without_since is None else self._without_since
        if now - self._without_since < RESULT_GRACE:
            raise NoAnswer(
                f"{self.endpoint} has no {what} of {named(missing)} yet.", label=f"no {what} yet", server_spoke=True
            )

    # What these are made of.

    @property
    def _wanted(self) -> Selection:
        if self._selection is None:
            raise BadInput("endpoint_ids, filters: say which endpoints are meant.")
        return self._selection

    def _capital_what(self) -> str:
        text = str(self._wanted)
        return text[:1].upper() + text[1:]


class NoLink(Exception):
    """The tenant gave no link."""


def id_of(value: t.Any) -> str:
    """Return an action id as a text, empty where *value* is none. A float has lost digits (trap 17)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = value.strip() if isinstance(value, str) else ""
    return text if re.fullmatch(r"[\w.-]+", text, re.ASCII) else ""


def checked_id(text: str) -> str:
    """Return the option ``action_id``. Raises BadInput."""
    found = id_of(text)
    if not found:
        raise BadInput(f"action_id: {text!r} is not the number of an action, as the Action Center shows it.")
    return found


def counted_at_first(handle: Handle) -> int:
    """Return how many endpoints the answer to the submission counted, 0 where that is not known."""
    return number_of(handle.options.get("endpoints")) or 0


def sent_id(handle: Handle) -> int | str:
    """Return the id of *handle* as requests have it: as an integer [D, R]."""
    return int(handle.id) if handle.id.isascii() and handle.id.isdigit() else handle.id


def reasons_in(reason: t.Any) -> tuple[str, ...]:
    """Return what the tenant says of one endpoint: ``errorDescription``, ``missing_files`` [C], or all there is."""
    if isinstance(reason, str):
        return (" ".join(reason.split()),) if reason.strip() else ()
    if not isinstance(reason, Mapping):
        return ()
    said = []
    description = reason.get("errorDescription")
    if isinstance(description, str) and description.strip():
        said.append(" ".join(description.split()))
    missing = reason.get("missing_files")
    if isinstance(missing, list) and missing:
        said.append(f"missing files: {', '.join(map(_path_in, missing))}")
    if not said:
        rest = {name: value for name, value in reason.items() if value not in (None, "", [], {})}
        said = [json.dumps(rest, ensure_ascii=False)] if rest else []
    return tuple(said)


def _path_in(item: t.Any) -> str:
    if isinstance(item, Mapping):
        known = item.get("file_path") or item.get("path")
        return str(known) if known else json.dumps(item, ensure_ascii=False)
    return str(item)


def _of(reasons: t.Any, endpoint_id: str) -> t.Any:
    return reasons.get(endpoint_id) if isinstance(reasons, Mapping) else None


def _succeeded(target: Target) -> bool:
    return target.state is JobState.SUCCEEDED


def _going_on(seen: Observation, going: Sequence[Target]) -> Observation:
    """Return *seen* as that of work that goes on; a word that is in no table is shown as it is."""
    unknown = [target for target in going if target.state is JobState.UNKNOWN]
    if unknown:
        return dataclasses.replace(seen, state=JobState.UNKNOWN, vendor_state=unknown[0].vendor_state)
    if all(target.state is JobState.PENDING for target in going) and len(going) == len(seen.targets):
        return dataclasses.replace(seen, state=JobState.PENDING, vendor_state="PENDING")
    running = [target for target in going if target.state is JobState.RUNNING]
    return dataclasses.replace(seen, state=JobState.RUNNING, vendor_state=(running or going)[0].vendor_state)


def _ended(seen: Observation, demand: Demand, *, enough: bool) -> Observation:
    words = Counter(target.vendor_state for target in seen.targets)
    word = next(iter(words)) if len(words) == 1 else ", ".join(f"{count} {word}" for word, count in words.items())
    if enough:
        return dataclasses.replace(seen, state=JobState.SUCCEEDED, vendor_state=word)
    missed = [target for target in seen.targets if not _succeeded(target)]
    canceled = bool(missed) and all(target.state is JobState.CANCELED for target in missed)
    state = JobState.CANCELED if canceled else JobState.FAILED
    text = f"{seen.note}, required_targets is {demand.required_targets}"
    return dataclasses.replace(seen, state=state, vendor_state=word, messages=(text, *seen.warnings))


def _not_listed(where: str, total: int, unlisted: int) -> str:
    return f"{where} counted {total} endpoints and lists no state of {unlisted} of them: they count as failed."


def _refused(text: str, label: str) -> Refused:
    return Refused(text, reason="bad_input", label=label)


def _are(endpoints: Sequence[Endpoint]) -> str:
    return "is" if len(endpoints) == 1 else "are"
