# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Run a script, of the library or given as code, on endpoints.

Sources: D the Cortex documentation, C read in a client's source, R recorded.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..._jobs.errors import BadInput, JobMissing, NoAnswer
from ..._jobs.model import Handle, JobState, Observation, Target
from ..._jobs.operation import Collected, Timing
from ..._jobs.required import needed
from ..._transport.files import check_folder
from .actions import RESULT_GRACE, Demand, EndpointWork, NoLink, checked_id, counted_at_first, sent_id
from .client import open_client
from .selection import Selection, named, number_of

if t.TYPE_CHECKING:
    from .client import CortexClient

# The counters of a status [D], by the word that they count.
COUNTERS: Mapping[str, str] = {
    "endpoints_pending": "pending",
    "endpoints_in_progress": "in_progress",
    "endpoints_pending_abort": "pending_abort",
    "endpoints_completed_successfully": "completed_successfully",
    "endpoints_failed": "failed",
    "endpoints_timeout": "timeout",
    "endpoints_expired": "expired",
    "endpoints_canceled": "canceled",
    "endpoints_aborted": "aborted",
}

OUTPUT_LINES = 5
"""Lines of what a script printed that stand in the messages of an endpoint that failed; all of it is in the result."""

# What is told of each endpoint beside what its script returned [D, C]: the names of that are the script's own.
_KNOWN = (
    "endpoint_id",
    "endpoint_name",
    "endpoint_ip_address",
    "endpoint_status",
    "domain",
    "execution_status",
    "standard_output",
    "_return_value",
    "retrieved_files",
    "failed_files",
    "retention_date",
)


@dataclasses.dataclass(frozen=True)
class ScriptOptions:
    """What is to be run; the fields are the options of the same name. Raises BadInput."""

    script_uid: str | None = None
    snippet_code: str | None = None
    parameters: Mapping[str, t.Any] | None = dataclasses.field(default=None, repr=False)
    script_timeout: int | None = None
    incident_id: str | None = None

    def __post_init__(self) -> None:
        if (self.script_uid is None) == (self.snippet_code is None):
            raise BadInput("script_uid, snippet_code: give one of them, or the handle of a script that runs.")
        if self.script_uid is not None and not self.script_uid.strip():
            raise BadInput("script_uid: is empty.")
        if self.snippet_code is not None and not self.snippet_code.strip():
            raise BadInput("snippet_code: is empty.")
        if self.parameters is not None and self.script_uid is None:
            raise BadInput("parameters: a snippet takes none. Write them into snippet_code.")
        if self.script_timeout is not None and self.script_timeout < 1:
            raise BadInput("script_timeout: give a number of seconds from 1 on.")

    def body(self) -> dict[str, t.Any]:
        given: dict[str, t.Any] = {"timeout": self.script_timeout, "incident_id": self.incident_id}
        if self.script_uid is None:
            given["snippet_code"] = self.snippet_code
        else:
            # Required, also where the script takes none [D].
            given.update(script_uid=self.script_uid, parameters_values=dict(self.parameters or {}))
        return {name: value for name, value in given.items() if value is not None}


class ScriptRun(EndpointWork):
    """Run one script on endpoints. What it does there is not known, so that a success counts as a change.

    A look asks for the numbers, and for the endpoints only where these are not as the numbers say.
    """

    name: t.ClassVar[str] = "cortex.script_run"
    # A script has ten minutes where nothing else is said [D]; its endpoints may come later.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=3600, poll_interval=5, poll_max_interval=30, outage_timeout=600)

    def __init__(
        self,
        client: CortexClient,
        order: ScriptOptions | None = None,
        selection: Selection | None = None,
        demand: Demand | None = None,
        **more: t.Any,
    ) -> None:
        super().__init__(client, selection, demand, **more)
        self._order = order
        self._listed: Mapping[str, t.Any] = {}
        self._over_since: float | None = None
        if selection is not None and selection.everything:
            raise BadInput(
                "all_endpoints: the API runs no script on all endpoints. Name them, or say by filters which."
            )

    @property
    def order(self) -> ScriptOptions:
        if self._order is None:
            raise BadInput("script_uid, snippet_code: say what is to be run.")
        return self._order

    def path(self) -> str:
        return "/v1/scripts/run_snippet_code_script" if self.order.script_uid is None else "/v1/scripts/run_script"

    def verb(self) -> str:
        return "told to run the script"

    def body(self, filters: t.Any) -> dict[str, t.Any]:
        return {"filters": filters, **self.order.body()}

    # The run.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the files are there: the wait must not end at a folder that is not.
        self.folder(handle)
        return self._seen(handle, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        return self._seen(handle, within=within)

    def _seen(self, handle: Handle, *, within: float) -> Observation:
        numbers = self._status(handle, within=within)
        over, counted = self._is_over(numbers)
        if over or not self._agrees_with(numbers):
            self._listed = self._results(handle, within=within)
        results = self._entries()
        if not results and counted == 0 and numbers.get("error_message"):
            # Assumed: what is said of an action that does not exist.
            raise JobMissing(f"{self.endpoint}: {numbers['error_message']}", label="no such script run")
        for entry in results:
            self._names.setdefault(str(entry["endpoint_id"]), str(entry.get("endpoint_name") or ""))
        seen = self.judged(handle, [self._target_of(entry) for entry in results])
        facts = {**seen.facts, "script": self._listed.get("script_name"), "results": [_shown(each) for each in results]}
        seen = dataclasses.replace(seen, facts=facts)
        if seen.state.ended:
            return seen
        self._took_effect = True
        if over:
            return self._lagging(seen, handle, numbers)
        word = str(numbers.get("general_status") or seen.vendor_state)
        return dataclasses.replace(seen, vendor_state=_named_state(seen, word))

    def _lagging(self, seen: Observation, handle: Handle, numbers: Mapping[str, t.Any]) -> Observation:
        """Return what is to be said where the numbers know of an end that the list of endpoints does not show yet.

        In the end they decide: that all counters are in final groups is an end [D].
        """
        now = self._clock()
        self._over_since = now if self._over_since is None else self._over_since
        word = str(numbers.get("general_status") or "over")
        if now - self._over_since < RESULT_GRACE:
            text = f"{word}, results not there yet"
            return dataclasses.replace(seen, state=JobState.RUNNING, vendor_state=text, retry_after=0.0)
        required = Demand.of(handle).required_targets
        # Endpoints that neither the numbers nor the list know of have not succeeded.
        counted = max(self._is_over(numbers)[1], counted_at_first(handle))
        succeeded = number_of(numbers.get("endpoints_completed_successfully")) or 0
        note = f"{succeeded} of {counted} endpoints by the numbers of the tenant, its list of them is behind"
        if counted and succeeded >= needed(required, counted):
            return dataclasses.replace(seen, state=JobState.SUCCEEDED, vendor_state=word, note=note, warnings=(note,))
        text = f"{note}, required_targets is {required}"
        return dataclasses.replace(seen, state=JobState.FAILED, vendor_state=word, note=note, messages=(text,))

    def _status(self, handle: Handle, *, within: float) -> Mapping[str, t.Any]:
        return self._asked("get_script_execution_status", handle, within=within)

    def _results(self, handle: Handle, *, within: float) -> Mapping[str, t.Any]:
        return self._asked("get_script_execution_results", handle, within=within)

    def _asked(self, call: str, handle: Handle, *, within: float | None) -> Mapping[str, t.Any]:
        with self.looking():
            reply = self.client.call(f"/v1/scripts/{call}", {"action_id": sent_id(handle)}, of_job=True, within=within)
            if not isinstance(reply, Mapping):
                raise NoAnswer(f"{self.endpoint} answered without a state.", label="no state", server_spoke=True)
        return reply

    def _is_over(self, numbers: Mapping[str, t.Any]) -> tuple[bool, int]:
        """Return whether no endpoint is on its way any more, by the counters, and how many they count."""
        counts = {word: number_of(numbers.get(name)) or 0 for name, word in COUNTERS.items()}
        counted = sum(counts.values())
        if not counted:
            return self.state_of(str(numbers.get("general_status") or "")).ended, 0
        return not any(counts[word] for word in counts if not self.state_of(word).ended), counted

    def _agrees_with(self, numbers: Mapping[str, t.Any]) -> bool:
        """Return whether the list of endpoints is there, and is as *numbers* say: it may have been behind them."""
        words = Counter(str(entry.get("execution_status") or "").lower() for entry in self._entries())
        return bool(words) and all(
            (number_of(numbers.get(name)) or 0) == words[word] for name, word in COUNTERS.items()
        )

    def _entries(self) -> list[Mapping[str, t.Any]]:
        listed = self._listed.get("results")
        found = listed if isinstance(listed, list) else []
        return [each for each in found if isinstance(each, Mapping) and each.get("endpoint_id")]

    def _target_of(self, entry: Mapping[str, t.Any]) -> Target:
        word = str(entry.get("execution_status") or "")
        messages: tuple[str, ...] = ()
        if self.state_of(word).ended and self.state_of(word) is not JobState.SUCCEEDED:
            output = entry.get("standard_output")
            lines = [line.strip() for line in str(output or "").splitlines() if line.strip()]
            messages = tuple(lines[-OUTPUT_LINES:])
        return self.target(str(entry["endpoint_id"]), word, messages, name=str(entry.get("endpoint_name") or ""))

    # Its files.

    def collect(self, handle: Handle, last: Observation) -> t.Any:
        folder = self.folder(handle)
        if folder is None:
            return {**last.facts, "files": []}
        with_files = {entry["endpoint_id"]: entry for entry in last.facts["results"] if entry["retrieved_files"]}
        links = {each: functools.partial(self._link, handle, entry) for each, entry in with_files.items()}
        self.save_all(folder, links)
        missing = [entry["name"] for each, entry in with_files.items() if each not in self._saved]
        self.wait_for_product(missing, "files")
        changed = self._took_effect or any(saved.changed for saved in self._saved.values())
        return Collected({**last.facts, "files": self.files()}, changed=changed)

    def had_effect(self, last: Observation) -> bool:
        return True

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        warnings = list(super().verify(handle, last))
        if self.destination(handle) is not None:
            without = [
                entry["name"]
                for entry in last.facts["results"]
                if entry["retrieved_files"] and entry["endpoint_id"] not in self._saved
            ]
            if without:
                warnings.append(f"{self.name} action {handle.id}: {self.endpoint} has no files of {named(without)}.")
        return warnings

    def _link(self, handle: Handle, entry: Mapping[str, t.Any], _new: bool) -> str:
        """Return a fresh link to the files of one endpoint: it lasts for ten minutes [D]."""
        wanted = {"action_id": sent_id(handle), "endpoint_id": entry["endpoint_id"]}
        with self.looking():
            reply = self.client.call("/v1/scripts/get_script_execution_results_files", wanted, of_job=True)
        link = reply.get("DATA") if isinstance(reply, Mapping) else None
        if not isinstance(link, str) or not link:
            raise NoLink
        return link


def _named_state(seen: Observation, word: str) -> str:
    """Return the tenant's own word for all, unless a word of an endpoint is in no table: that is what to show."""
    return seen.vendor_state if seen.state is JobState.UNKNOWN or not seen.targets else word


def _shown(entry: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return what a result says of the script on one endpoint, never what it was given."""
    return {
        "endpoint_id": str(entry["endpoint_id"]),
        "name": str(entry.get("endpoint_name") or entry["endpoint_id"]),
        "execution_status": str(entry.get("execution_status") or ""),
        "standard_output": entry.get("standard_output"),
        "return_value": entry.get("_return_value", entry.get("return_value")),
        "outputs": {name: value for name, value in entry.items() if name not in (*_KNOWN, "return_value")},
        "retrieved_files": number_of(entry.get("retrieved_files")) or 0,
        "failed_files": number_of(entry.get("failed_files")) or 0,
    }


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> ScriptRun:
    """Return the run that the options of cortex_script_run describe, or that their handle or number names.

    Raises BadInput, MissingLibrary.
    """
    dest = None if params["dest"] is None else check_folder("dest", params["dest"])
    if params["handle"] is not None:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        return ScriptRun(open_client(params, hide), dest=dest)
    demand = Demand(params["required_targets"], params["pending_timeout"])
    if params["action_id"] is not None:
        action_id = checked_id(params["action_id"])
        return ScriptRun(open_client(params, hide), None, None, demand, action_id=action_id, dest=dest)
    options = ScriptOptions(**{field.name: params[field.name] for field in dataclasses.fields(ScriptOptions)})
    selection = Selection(params["endpoint_ids"], params["filters"])
    return ScriptRun(open_client(params, hide), options, selection, demand, dest=dest)
