# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Network scans: launched, waited for, paused, resumed, aborted.

Sources: D the specification NetScan Public API 1.0.0 and the administrator guide.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import time
import typing as t
from collections.abc import Callable, Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused, Undecidable
from ..._jobs.model import Handle, JobState, Observation
from ..._jobs.operation import Preview, Timing
from ..._transport.http_client import retry_after
from . import netscan
from .client import open_client
from .job import CortexJob

if t.TYPE_CHECKING:
    from ..._jobs.inquiry import Inquiry
    from ..._jobs.operation import Submission
    from .client import CortexClient

KNOWN_AFTER = 60.0
"""Seconds in which the tenant may not know yet the run that it has just launched (assumed)."""

PAUSED = ("pausing", "paused")

LAUNCH_MESSAGE = "launch_message"


@dataclasses.dataclass(frozen=True)
class ScanOptions:
    """What to scan: a definition, or *target* in place of its targets. Raises BadInput that names the option."""

    definition_id: str
    target: str | None = None

    def __post_init__(self) -> None:
        netscan.checked_id("definition_id", self.definition_id)
        if self.target is not None:
            _check_target(self.target)

    def request_data(self) -> dict[str, t.Any]:
        data: dict[str, t.Any] = {"definition_id": int(self.definition_id)}
        if self.target is not None:
            data["target"] = self.target
        return data

    def __str__(self) -> str:
        of = f" of {self.target}" if self.target is not None else ""
        return f"definition {self.definition_id}{of}"


def _check_target(target: str) -> None:
    """Raise BadInput unless *target* is an "IP address or IP range" [D], as an address, a network or first-last.

    The example of the specification, 1.2.3.4.0/12, is none of these.
    """
    first, dash, last = (part.strip() for part in target.partition("-"))
    try:
        if not dash:
            ipaddress.ip_network(first, strict=False)
            return
        ends = [ipaddress.ip_address(end) for end in (first, last)]
        in_order = ends[0].version == ends[1].version and int(ends[0]) <= int(ends[1])
    except ValueError:
        in_order = False
    if not in_order:
        raise BadInput(
            f"target: {target!r} is not an IP address, a network such as 192.0.2.0/24 or a range such as "
            "192.0.2.1-192.0.2.20."
        )


class NetworkScan(CortexJob):
    """Launch a scan and wait for its run, or only wait for the run *run_id*.

    *options* are only needed to launch; *paused_is* departs from the handle's.

    No call lists runs [D]: what was launched is known by its handle, or its id, alone.
    """

    name: t.ClassVar[str] = "cortex.network_scan"
    words: t.ClassVar[Mapping[str, JobState]] = netscan.WORDS

    # Hours [D], and pauses in quiet hours on top of that.
    timing: t.ClassVar[Timing] = Timing(
        wait_timeout=43200, poll_interval=30, poll_max_interval=300, outage_timeout=3600
    )
    can_cancel: t.ClassVar[bool] = True
    can_be_found: t.ClassVar[bool] = False

    def __init__(
        self,
        client: CortexClient,
        options: ScanOptions | None = None,
        *,
        run_id: str | None = None,
        paused_is: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._options = options
        self._run_id = run_id
        self._paused_is = paused_is
        self._unknown_since: float | None = None

    # Before there is a run.

    def named(self) -> Handle | None:
        return None if self._run_id is None else Handle(self.name, self.endpoint, self._run_id)

    def preview(self, *, want_diff: bool) -> Preview:
        return Preview(needed=True, message=f"A scan by {self._wanted} would be launched on {self.endpoint}.")

    def still_needed(self) -> bool:
        return False

    def submit(self) -> Handle:
        wanted = self._wanted
        try:
            reply = self.client.ask("POST", netscan.RUN, body={"request_data": wanted.request_data()}, write=True)
        except JobMissing as exc:
            raise Refused(
                f"definition_id: {self.endpoint} cannot launch {wanted}: {exc.message}",
                details={"status": 404},
                label=exc.label,
            ) from exc
        self._let_in = True
        try:
            sentence = netscan.sentence_of(self.client, reply)
        except NoAnswer as exc:
            raise Undecidable(f"{exc.message}. {self._look_there}") from exc
        run_id = netscan.run_id_in(sentence)
        if run_id is None:
            raise Undecidable(
                f"{self.endpoint} answered the launch of {wanted} with {sentence!r}, from which the id of a new run "
                f"cannot be read. {self._look_there}"
            )
        self.retry_after = retry_after(reply.headers)
        kept = {"definition_id": wanted.definition_id, LAUNCH_MESSAGE: sentence}
        if wanted.target is not None:
            kept["target"] = wanted.target
        if self._paused_is is not None:
            kept["paused_is"] = self._paused_is
        return Handle(self.name, self.endpoint, run_id, options=kept)

    def recover(self) -> Handle | None:
        """Raise Undecidable: nothing tells whether the scan was launched, and to launch it again may scan twice."""
        raise Undecidable(
            f"The answer to the launch of {self._wanted} was lost, and whether {self.endpoint} took it cannot be told: "
            f"its API has no list of runs. {self._look_there}"
        )

    @property
    def _wanted(self) -> ScanOptions:
        if self._options is None:
            raise BadInput("definition_id: say which scan to launch.")
        return self._options

    @property
    def _look_there(self) -> str:
        return (
            "It is not launched again by itself. Look in the console for a run that has just begun: if there is one, "
            "run the task with its number as run_id in place of definition_id; if there is none, run it again as it is."
        )

    # The run.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        seen = self.glance(handle, within=within)
        if seen.vendor_state.lower() in PAUSED and self._fails_when_paused(handle):
            text = f"paused_is is fail. The run is still there: state: running with run_id: {handle.id} lets it go on"
            return dataclasses.replace(seen, state=JobState.FAILED, messages=(*seen.messages, text))
        return seen

    def glance(self, handle: Handle, *, within: float) -> Observation:
        """Look at the run as it is: to who does not wait for it, or wants it to stop, a pause is no end."""
        sentence = self._status(handle.id, within)
        word = netscan.state_in(sentence)
        kept = handle.options
        return Observation(
            state=self.state_of(word),
            vendor_state=word or sentence,
            messages=(sentence,),
            facts={
                "run_id": handle.id,
                "definition_id": kept.get("definition_id"),
                "target": kept.get("target"),
                LAUNCH_MESSAGE: kept.get(LAUNCH_MESSAGE),
                "message": sentence,
            },
        )

    def shown(self, last: Observation) -> dict[str, t.Any]:
        return dict(last.facts)

    def cancel(self, handle: Handle) -> None:
        """Ask the tenant to abort the run [D]."""
        try:
            netscan.command(self.client, handle.id, "ABORT")
        except JobMissing as exc:
            # "Run ID not found or command cannot be performed" [D]: which of them, the state says.
            try:
                word = netscan.state_in(self._status(handle.id, None)).lower()
            except NoAnswer as failure:
                raise failure.unsent() from exc
            if not self.state_of(word).ended and word not in ("canceling", "cancelling"):
                raise Refused(exc.message, label=exc.label) from exc

    def _status(self, run_id: str, within: float | None) -> str:
        try:
            with self.looking():
                return netscan.status_of(self.client, run_id, within=within)
        except JobMissing as exc:
            now = self._clock()
            self._unknown_since = now if self._unknown_since is None else self._unknown_since
            # Who gives a number may be wrong. A handle is right, and may be that of a run of a moment ago.
            if self._run_id is None and not self._answered and now - self._unknown_since < KNOWN_AFTER:
                raise NoAnswer(exc.message, label="not known yet", server_spoke=True) from exc
            raise netscan.missing(self.client, run_id, exc) from exc

    def _fails_when_paused(self, handle: Handle) -> bool:
        return (self._paused_is or handle.options.get("paused_is")) == "fail"


TOO_LATE = "the run was over before it could be aborted"

COMMANDS: Mapping[str, str] = {"paused": "PAUSE", "running": "RESUME", "aborted": "ABORT"}
"""The command [D] for each state that a run may be asked to take."""

_REACHED: Mapping[str, tuple[str, ...]] = {
    "paused": ("paused",),
    "running": ("running", "new"),
    "aborted": ("canceled", "cancelled"),
}
_UNDER_WAY: Mapping[str, tuple[str, ...]] = {
    "paused": ("pausing",),
    "running": (),
    "aborted": ("canceling", "cancelling"),
}


class ScanCommand(CortexJob):
    """Have a run take a state: ``paused``, ``running`` or ``aborted``. A handle names the run, and that state.

    *run_id* and *wanted* are only needed to submit. The job is the command: it is over when the run is as wanted.
    """

    name: t.ClassVar[str] = "cortex.network_scan_command"
    words: t.ClassVar[Mapping[str, JobState]] = netscan.WORDS

    # No duration is documented; a scanner may have to finish what it has begun (assumed).
    timing: t.ClassVar[Timing] = Timing(wait_timeout=1800, poll_interval=5, poll_max_interval=30, outage_timeout=600)

    def __init__(
        self,
        client: CortexClient,
        run_id: str | None = None,
        wanted: str | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._run_id = run_id or ""
        self._wanted = wanted or ""
        self._said = ""

    def preview(self, *, want_diff: bool) -> Preview:
        sentence, word = self._look(self._run_id)
        state = self.state_of(word)
        if word in _REACHED[self._wanted] or (self._wanted == "aborted" and state.ended):
            result = self._facts(self._handle, sentence)
            return Preview(needed=False, message=f"Nothing to do for run {self._run_id}: {sentence}.", result=result)
        if state.ended:
            raise Refused(f"Run {self._run_id} on {self.endpoint} cannot be {self._wanted} any more: {sentence}.")
        text = f"{COMMANDS[self._wanted]} would be sent to run {self._run_id} on {self.endpoint}: {sentence}."
        return Preview(needed=True, message=text)

    def still_needed(self) -> bool:
        return False

    def find_equivalent(self) -> Handle | None:
        """Return the handle of the command that somebody else has sent and that is being followed by the run."""
        _sentence, word = self._look(self._run_id)
        return self._handle if word in _UNDER_WAY[self._wanted] else None

    def submit(self) -> Handle:
        try:
            self._said = netscan.command(self.client, self._run_id, COMMANDS[self._wanted])
        except JobMissing as exc:
            handle = self.recover()
            if handle is None:
                raise Refused(exc.message, details={"status": 404}, label=exc.label) from exc
            return handle
        return self._handle

    def recover(self) -> Handle | None:
        """Return the handle where the run is, or will be, as wanted. To send a command twice does no harm."""
        _sentence, word = self._look(self._run_id)
        return self._handle if word in _REACHED[self._wanted] + _UNDER_WAY[self._wanted] else None

    def observe(self, handle: Handle, *, within: float) -> Observation:
        wanted = handle.options.get("state", "")
        if wanted not in COMMANDS:
            raise BadInput("handle: its options have no usable state. Pass job.handle of the earlier result unchanged.")
        with self.looking():
            sentence = netscan.status_of(self.client, handle.id, within=within)
        word = netscan.state_in(sentence)
        state, note = self.state_of(word), ""
        over = state.ended and word.lower() not in _REACHED[wanted]
        if word.lower() in _REACHED[wanted]:
            state = JobState.SUCCEEDED
        elif over and wanted == "aborted":
            state, note = JobState.SUCCEEDED, TOO_LATE
        elif state is JobState.SUCCEEDED and wanted == "running":
            # A paused run does not come to its end: it has gone on, faster than it was looked at.
            note = "the run has gone on, and has completed"
        elif over:
            state = JobState.FAILED
        return Observation(
            state=state,
            vendor_state=word or sentence,
            messages=(sentence,),
            facts=self._facts(handle, sentence),
            note=note,
        )

    def _facts(self, handle: Handle, sentence: str) -> dict[str, t.Any]:
        said = handle.options.get("command_message")
        return {"run_id": handle.id, "command_message": said, "message": sentence}

    def shown(self, last: Observation) -> dict[str, t.Any]:
        return dict(last.facts)

    def had_effect(self, last: Observation) -> bool:
        return last.note != TOO_LATE

    @property
    def _handle(self) -> Handle:
        kept = {"state": self._wanted}
        if self._said:
            kept["command_message"] = self._said
        return Handle(self.name, self.endpoint, self._run_id, options=kept)

    def _look(self, run_id: str) -> tuple[str, str]:
        """Return the sentence about the run, and the word for its state in lower case."""
        try:
            with self.looking():
                sentence = netscan.status_of(self.client, run_id)
        except JobMissing as exc:
            raise Refused(netscan.missing(self.client, run_id, exc).message, details={"status": 404}) from exc
        return sentence.rstrip("."), netscan.state_in(sentence).lower()


def from_options(params: Mapping[str, t.Any]) -> Submission:
    """Return what the options of cortex_network_scan ask for. Raises BadInput, MissingLibrary."""
    given = {name: params[name] for name in ("definition_id", "run_id") if params[name] is not None}
    ids = {name: netscan.checked_id(name, text) for name, text in given.items()}
    run_id = ids.get("run_id")
    state, handle = params["state"], params["handle"]
    if state != "completed" or (handle is not None and handle.get("operation") == ScanCommand.name):
        return _command(params, run_id, state)
    client = open_client(params)
    options = ScanOptions(ids["definition_id"], params["target"]) if "definition_id" in ids else None
    return NetworkScan(client, options, run_id=run_id, paused_is=params["paused_is"])


def _command(params: Mapping[str, t.Any], run_id: str | None, state: str) -> Submission:
    handle = params["handle"]
    if handle is not None and handle.get("operation") == NetworkScan.name:
        raise BadInput(f"handle: with state: {state} give the id in it as run_id: {handle.get('id')}.")
    if run_id is None and handle is None:
        raise BadInput(f"run_id: say which run is to be {state}.")
    asked_for = (handle or {}).get("options", {}).get("state", state)
    if state not in ("completed", asked_for):
        raise BadInput(
            f"handle: it is about a run that is to be {asked_for}. With state: {state} give its id as run_id: "
            f"{(handle or {}).get('id')}."
        )
    return ScanCommand(open_client(params), run_id, state)


def info_from_options(params: Mapping[str, t.Any], inquiry: Inquiry) -> dict[str, t.Any]:
    """Return the result of cortex_network_scan_info. Raises BadInput, MissingLibrary, NoAnswer, Denied, Refused."""
    run_id = netscan.checked_id("run_id", params["run_id"])
    client = open_client(params)
    scan = NetworkScan(client)
    try:
        sentence = inquiry.patiently(lambda: netscan.status_of(client, run_id))
    except JobMissing as exc:
        return {"msg": netscan.missing(client, run_id, exc).message, "run": None}
    word = netscan.state_in(sentence)
    run = {
        "run_id": run_id,
        "state": scan.state_of(word).value,
        "vendor_state": word or None,
        "message": sentence,
        "handle": Handle(scan.name, scan.endpoint, run_id).to_dict(),
    }
    return {"msg": f"{client.endpoint}: run {run_id}: {sentence.rstrip('.')}.", "run": run}
