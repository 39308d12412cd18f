# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Ask devices for their tables and states. It only reads, so whatever got lost is asked again.

The API takes five devices at a time. More of them are several jobs there, which run side by side; here they are one,
with one handle and a verdict for each device.

Sources: D operations-R2-2026.yaml, I inferred, A assumed.
"""

from __future__ import annotations

import dataclasses
import json
import re
import time
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Observation, Target
from ..._jobs.operation import Collected, Preview, Submission, Timing
from ..._jobs.required import check_required, needed
from ..._transport.files import AtomicFile, check_destination
from .client import no_job, open_client
from .push import check_tenant, check_tenant_of
from .serials import check_serials, same_serial

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .client import ScmClient

ADVANCED: Mapping[str, bool] = {
    "route-table": True,
    "fib-table": True,
    "dns-proxy": False,
    "device-interfaces": False,
    "device-rules": False,
    "bgp-policy-export": False,
    "logging-service-forwarding-status": False,
}
"""What devices can be asked for, and whether that takes ``advanced`` [D]."""

AT_A_TIME = 5
"""Devices that one request takes [D]."""

LATE_RESULTS = 10.0
"""Seconds that the result of a device may be behind the end of its job [A]."""

NAMED = 20
"""Devices that a message names; of more it gives the number."""

_ID = re.compile(r"[\w-]{1,128}", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Question:
    """What to ask which devices for. Raises BadInput that names the option at fault."""

    type: str
    devices: tuple[str, ...]
    advanced: bool = False
    required_targets: str = "all"

    def __post_init__(self) -> None:
        check_required(self.required_targets)
        check_serials("devices", self.devices)
        if self.advanced and not ADVANCED[self.type]:
            allowed = " and ".join(kind for kind, takes in ADVANCED.items() if takes)
            raise BadInput(f"advanced: has no meaning for type {self.type}, only for {allowed}.")

    def __str__(self) -> str:
        return f"the {'advanced ' if self.advanced else ''}{self.type} of {_count(self.devices)}"

    def body(self, devices: Sequence[str]) -> dict[str, t.Any]:
        """Return the request for *devices*: texts, because a number would lose the zeros that serials begin with."""
        return {"devices": list(devices), **({"advanced": True} if self.advanced else {})}


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a handle keeps: the devices of each *jobs* by its id, and why some devices were *refused*."""

    jobs: Mapping[str, Sequence[str]]
    refused: Mapping[str, str] = dataclasses.field(default_factory=dict)
    required_targets: str = "all"
    dest: str | None = None

    @property
    def name(self) -> str:
        """What the jobs together are called."""
        first = next(iter(self.jobs))
        return first if len(self.jobs) == 1 else f"{first}+{len(self.jobs) - 1}"

    def to_options(self) -> dict[str, str]:
        options = {"jobs": json.dumps(self.jobs), "required_targets": self.required_targets}
        if self.refused:
            options["refused"] = json.dumps(self.refused)
        return {**options, "dest": self.dest} if self.dest else options

    @classmethod
    def from_handle(cls, handle: Handle) -> Kept:
        """Raises BadInput."""
        options = handle.options
        try:
            jobs, refused = json.loads(options["jobs"]), json.loads(options.get("refused", "{}"))
            good = all(_ID.fullmatch(job) and _texts(serials) for job, serials in jobs.items())
            good = good and bool(jobs) and _texts(refused.values())
            required = options["required_targets"]
            check_required(required)
        except (KeyError, ValueError, TypeError, AttributeError, BadInput):
            good = False
        if not good:
            raise BadInput("handle: its options are not those of a scm.device_job. Pass job.handle unchanged.")
        return cls(jobs, refused, required, options.get("dest"))


def _texts(values: Iterable[t.Any]) -> bool:
    return all(isinstance(value, str) for value in values)


@dataclasses.dataclass(frozen=True)
class _Look:
    """One job as it showed itself. *rows* are what it says of devices, *over_at* when it was first seen to be over."""

    word: str
    state: JobState
    progress: float
    rows: Sequence[Mapping[str, t.Any]]
    over_at: float | None


class DeviceJob(Submission):
    """Ask devices, and wait until each has answered. *clock* tells monotonic seconds.

    With *dest* what they say is written there. Without *question* it looks after the jobs of a handle.
    """

    name: t.ClassVar[str] = "scm.device_job"
    # D: "typically completes within 5-30 seconds". A device that cannot be reached may take longer.
    timing: t.ClassVar[Timing] = Timing(wait_timeout=600, poll_interval=2, poll_max_interval=10, outage_timeout=300)
    words: t.ClassVar[Mapping[str, JobState]] = {  # D, of jobs and of the devices in them
        "pending": JobState.PENDING,
        "in_progress": JobState.RUNNING,
        "complete": JobState.SUCCEEDED,
        "failed": JobState.FAILED,
    }
    missing_grace: t.ClassVar[float] = 60.0
    changes_device: t.ClassVar[bool] = False
    can_be_found: t.ClassVar[bool] = False

    def __init__(
        self,
        client: ScmClient,
        question: Question | None = None,
        *,
        dest: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self._question = question
        self._dest = dest
        self._clock = clock
        self._started: dict[str, Sequence[str]] = {}
        self._refused: dict[str, str] = {}
        self._looks: dict[str, _Look] = {}

    @property
    def endpoint(self) -> str:
        return self.client.endpoint

    def limit(self, until: float | None) -> None:
        self.client.limit(until)

    # Before there is a job.

    @property
    def _asked(self) -> Question:
        if self._question is None:
            raise BadInput("type, devices: say what to ask which devices for.")
        return self._question

    def destination(self, handle: Handle | None) -> str | None:
        return self._dest or (None if handle is None else handle.options.get("dest"))

    def preview(self, *, want_diff: bool) -> Preview:
        where = f"written to {self._dest}" if self._dest else "returned"
        return Preview(needed=True, message=f"{self.endpoint}: {self._asked} would be {where}.")

    def submit(self) -> Handle:
        """Start a job for each five devices. What was started stays so when a later request gets no answer.

        Raises Refused only where no job at all was started: otherwise the devices that were not taken have failed.
        """
        question, why = self._asked, None
        done = {serial for serials in self._started.values() for serial in serials} | set(self._refused)
        for at in range(0, len(question.devices), AT_A_TIME):
            chunk = question.devices[at : at + AT_A_TIME]
            if chunk[0] in done:
                continue
            if at:
                self.transfer.tell(f"{at} of {_count(question.devices)} asked")
            try:
                self._started[self._start(chunk)] = chunk
            except Refused as exc:
                why = exc
                self._refused.update(dict.fromkeys(chunk, exc.message))
        if why is not None and not self._started:
            self._refused.clear()
            raise why
        kept = Kept(self._started, self._refused, question.required_targets, self._dest)
        known = {"type": question.type, "target": self.client.connection.tsg_id or ""}
        fingerprint = {name: text for name, text in known.items() if text}
        return Handle(self.name, self.endpoint, kept.name, fingerprint, options=kept.to_options())

    def _start(self, devices: Sequence[str]) -> str:
        """Return the id of a new job. A lost answer is an unsent request: to ask again costs the devices little."""
        question = self._asked
        try:
            reply = self.client.send("POST", self.client.device(f"/jobs/{question.type}"), question.body(devices))
        except JobMissing as exc:
            raise Refused(f"{exc.message} Check devices and device_path.", label=exc.label) from exc
        except NoAnswer as exc:
            again = exc.unsent()
            again.server_spoke = exc.server_spoke or exc.sent
            raise again from exc
        found = reply.data.get("job_id") if isinstance(reply.data, Mapping) else None
        if not isinstance(found, str) or not _ID.fullmatch(found) or found in self._started:
            raise Refused(
                f"{self.endpoint} took the request for the {question.type} and does not say as which new "
                f"job (HTTP {reply.status}).",
                label="no job id",
            )
        return found

    def recover(self) -> Handle | None:
        """Return None: no list has these jobs [D], and one that nobody looks at does no harm."""
        return None

    # The jobs.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        check_tenant(handle, self.client)
        kept, until = Kept.from_handle(handle), self._clock() + within
        dest = self.destination(handle)
        if dest is not None:
            # Now, and not when all devices have answered.
            check_destination("dest", dest)
        for job_id, devices in kept.jobs.items():
            if not self._is_through(job_id, devices):
                self._looks[job_id] = self._look(job_id, max(until - self._clock(), 1.0))
        return self._judged(handle, kept)

    def _is_through(self, job_id: str, devices: Sequence[str]) -> bool:
        known = self._looks.get(job_id)
        if known is None or known.over_at is None:
            return False
        return all(self._target(known, device, self._clock()).state.ended for device in devices)

    def _look(self, job_id: str, within: float) -> _Look:
        try:
            data = self.client.get(self.client.device(f"/device/jobs/{job_id}"), within=within).data
        except JobMissing as exc:
            raise no_job(exc, f"{self.endpoint} knows no device job {job_id}") from exc
        except Refused as exc:
            # Whatever the API complains of, it is no verdict on the job.
            raise NoAnswer(exc.message, label=exc.label, server_spoke=True) from exc
        word = data.get("state") if isinstance(data, Mapping) else None
        if not isinstance(word, str) or not word:
            raise NoAnswer(
                f"{self.endpoint}: device job {job_id} comes without its state.", label="no state", server_spoke=True
            )
        # The submission calls it job_id, the job itself jobId [D].
        said = data.get("jobId", job_id)
        if str(said).casefold() != job_id.casefold():
            raise NoAnswer(
                f"{self.endpoint} answered with job {said} in place of {job_id}.",
                label="another job",
                server_spoke=True,
            )
        state = self.words.get(word, JobState.UNKNOWN)
        results = data.get("results")
        rows = [row for row in results if isinstance(row, Mapping)] if isinstance(results, list) else []
        before = self._looks.get(job_id)
        over_at = before.over_at if before is not None else None
        if state.ended and over_at is None:
            over_at = self._clock()
        return _Look(word, state, 100.0 if state.ended else _percent(data.get("progress")), rows, over_at)

    def _judged(self, handle: Handle, kept: Kept) -> Observation:
        now, targets, said = self._clock(), [], []
        for job_id, devices in kept.jobs.items():
            look = self._looks[job_id]
            targets += [self._target(look, device, now) for device in devices]
            said += [_said(look, device, job_id) for device in devices]
        for serial, why in kept.refused.items():
            targets.append(Target(serial, JobState.FAILED, id=serial, vendor_state="refused", messages=(why,)))
            said.append({**_NOTHING_SAID, "serial": serial, "state": "refused", "message": why})
        looks = [self._looks[job_id] for job_id in kept.jobs]
        succeeded = sum(target.state is JobState.SUCCEEDED for target in targets)
        enough = succeeded >= needed(kept.required_targets, len(targets))
        # I: of a job that failed as a whole the devices that have answered all the same count by themselves.
        failed = any(look.state is JobState.FAILED for look in looks)
        odd = failed and kept.required_targets == "all" and enough
        return Observation(
            state=_state(looks, targets, enough=enough and not odd),
            vendor_state=_word(looks),
            progress=sum(look.progress for look in looks) / len(looks),
            messages=(f"{self.endpoint} calls the job failed, although its devices have answered.",) if odd else (),
            targets=tuple(targets),
            facts={"type": handle.fingerprint.get("type"), "devices": said},
            note=f"{succeeded} of {_count(targets)}",
        )

    def _target(self, look: _Look, device: str, now: float) -> Target:
        row = _row_of(look, device)
        word = _text(row.get("state"))
        state = self.words.get(word, JobState.UNKNOWN) if row else JobState.PENDING
        message = _text(_details(row).get("msg"))
        over = look.over_at is not None and (look.state is JobState.FAILED or now - look.over_at >= LATE_RESULTS)
        if over and not state.ended:
            state = JobState.FAILED
            still = (
                f"The job is over, and this device is still {word!r}." if row else "The job is over without a result."
            )
            message = " ".join(filter(None, (still, message)))
        return Target(
            device,
            state,
            id=device,
            vendor_state=word,
            messages=(message,) if message else (),
            started=_text(row.get("created_ts")),
            finished=_text(row.get("updated_ts")) if state.ended else "",
        )

    # What came of it.

    def shown(self, last: Observation) -> t.Any:
        """Return what there is of the answers: that one device failed takes nothing from the others."""
        return dict(last.facts) or None

    def collect(self, handle: Handle, last: Observation) -> Collected:
        dest = self.destination(handle)
        if dest is None:
            return Collected(dict(last.facts), changed=False)
        # Without ids and times: the same answers are to make the same file.
        said = [{name: each[name] for name in _IN_FILE} for each in last.facts["devices"]]
        with AtomicFile(check_destination("dest", dest)) as file:
            text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False)
            # Half of a surrogate pair, which JSON can hold, stands as the escape that it was.
            file.write(text.encode("utf-8", "backslashreplace") + b"\n")
            saved = file.save()
        devices = [{name: each[name] for name in each if name != "data"} for each in last.facts["devices"]]
        return Collected({**last.facts, "devices": devices, **saved.to_dict()}, saved.changed)

    def verify(self, handle: Handle, last: Observation) -> Sequence[str]:
        missed = [target for target in last.targets if target.state is not JobState.SUCCEEDED]
        if not missed:
            return ()
        names = ", ".join(f"{target.name} ({', '.join(target.messages)})" for target in missed[:NAMED])
        more = f" and {len(missed) - NAMED} more" if len(missed) > NAMED else ""
        return [
            f"{self.name}: not of all devices: {names}{more}. It is a success because required_targets is "
            f"{handle.options['required_targets']}."
        ]


class DeviceQuestion(DeviceJob):
    """The same where nothing is written: no more than a question, so check mode asks it, too."""

    runs_in_check_mode: t.ClassVar[bool] = True


_IN_FILE = ("serial", "state", "message", "data")
_NOTHING_SAID: Mapping[str, t.Any] = {"data": None, "job_id": None, "created": "", "updated": ""}


def _said(look: _Look, device: str, job_id: str) -> dict[str, t.Any]:
    row = _row_of(look, device)
    return {
        "serial": device,
        "state": _text(row.get("state")),
        "message": _text(_details(row).get("msg")),
        "data": _details(row).get("result"),
        "job_id": job_id,
        "created": _text(row.get("created_ts")),
        "updated": _text(row.get("updated_ts")),
    }


def _row_of(look: _Look, device: str) -> Mapping[str, t.Any]:
    return next((row for row in look.rows if same_serial(row.get("device"), device)), {})


def _details(row: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    found = row.get("details")
    return found if isinstance(found, Mapping) else {}


def _text(value: t.Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _percent(value: t.Any) -> float:
    """Return how far a job is, 0 where that is no percentage."""
    text = str(value)
    return float(text) if text.isascii() and text.isdigit() and int(text) <= 100 else 0.0


def _state(looks: Sequence[_Look], targets: Sequence[Target], *, enough: bool) -> JobState:
    """Return what the jobs are together. All devices are waited for, whatever is enough."""
    if any(look.state is JobState.UNKNOWN for look in looks):
        return JobState.UNKNOWN
    if all(look.state is JobState.PENDING for look in looks):
        return JobState.PENDING
    if not all(look.state.ended for look in looks) or not all(target.state.ended for target in targets):
        return JobState.RUNNING
    return JobState.SUCCEEDED if enough else JobState.FAILED


def _word(looks: Sequence[_Look]) -> str:
    """Return the words of the jobs, each once; where one is not known, that."""
    strange = [look.word for look in looks if look.state is JobState.UNKNOWN]
    return strange[0] if strange else ", ".join(dict.fromkeys(look.word for look in looks))


def _count(devices: Sequence[t.Any]) -> str:
    return "1 device" if len(devices) == 1 else f"{len(devices)} devices"


def from_options(params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None]) -> DeviceJob:
    """Return what the options of scm_device_job describe, or what their handle names.

    Raises BadInput, MissingLibrary.
    """
    dest = None if params["dest"] is None else check_destination("dest", params["dest"])
    client = open_client(params, hide)
    if params["handle"] is not None:
        # The handle decides: nothing is submitted, so the other options have nothing to say.
        check_tenant_of(params["handle"], client)
        return DeviceJob(client, dest=dest)
    if not params["type"] or not params["devices"]:
        raise BadInput("type, devices: say what to ask which devices for, or give the handle of such a job.")
    question = Question(
        type=params["type"],
        devices=tuple(dict.fromkeys(params["devices"])),
        advanced=params["advanced"],
        required_targets=params["required_targets"],
    )
    return DeviceJob(client, question, dest=dest) if dest else DeviceQuestion(client, question)
