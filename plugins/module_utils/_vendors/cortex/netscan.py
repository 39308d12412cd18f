# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The network scan API (NetScan Public API 1.0.0): the calls about runs, and what can be read out of its sentences.

It answers in English sentences, and only in them it says which run was launched and what a run is. Sources: D its
specification and the administrator guide.
"""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Mapping

from ..._jobs.errors import BadInput, JobMissing, NoAnswer
from ..._jobs.model import JobState

if t.TYPE_CHECKING:
    from ..._transport.json_client import Reply
    from .client import CortexClient

RUN = "/netscan/v1/scan/run"
DEFINITION = "/netscan/v1/scan/definition"

MOST = 2**63 - 1
"""The greatest id: they are int64 [D]."""

WORDS: Mapping[str, JobState] = {
    "new": JobState.PENDING,
    "running": JobState.RUNNING,
    # A scan pauses by itself in quiet hours, and goes on by itself.
    "pausing": JobState.RUNNING,
    "paused": JobState.RUNNING,
    "canceling": JobState.RUNNING,
    "cancelling": JobState.RUNNING,
    "completed": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "canceled": JobState.CANCELED,
    "cancelled": JobState.CANCELED,
}
"""The words of the console [D: administrator guide]. That the API has the same is assumed: it shows one of them."""

_RUN_ID = re.compile(r"\brun ID:?\s*(\d+)\b", re.IGNORECASE | re.ASCII)
_STATE = re.compile(r"\bscan is in (.+?) state\b", re.IGNORECASE)
_DENIES = re.compile(r"\b(not|cannot|can't|could ?n[o']t|fail\w*|unable|already|error|invalid|denied)\b", re.IGNORECASE)


def run_id_in(sentence: str) -> str | None:
    """Return the id of the run that *sentence*, the answer to a launch, names, None where it cannot be told (trap 1).

    It cannot where there is no number, more than one, or where the sentence says that something did not happen: a run
    that was there before is not the one that was to be launched (assumed: only the sentence of a success is known).
    """
    found = {int(number) for number in _RUN_ID.findall(sentence)}
    if len(found) != 1 or _DENIES.search(sentence):
        return None
    number = found.pop()
    return str(number) if 0 < number <= MOST else None


def state_in(sentence: str) -> str:
    """Return the word for the state of a run in *sentence*, an empty text where there is none (trap 2)."""
    found = _STATE.search(sentence)
    return found[1].strip() if found else ""


def checked_id(option: str, given: str) -> str:
    """Return the id that *option* gives, as digits. Raises BadInput."""
    text = given.strip()
    number = int(text) if re.fullmatch(r"\d{1,19}", text, re.ASCII) else 0
    if not 0 < number <= MOST:
        raise BadInput(f"{option}: {given!r} is not the number of a {option.partition('_')[0]}, such as 789.")
    return str(number)


def sentence_of(client: CortexClient, reply: Reply) -> str:
    """Return the sentence that *reply* is. Raises NoAnswer where it is none."""
    said = reply.data.get("DATA") if isinstance(reply.data, Mapping) else None
    if not isinstance(said, str) or not said.strip():
        raise NoAnswer(
            f"{client.endpoint} answered without a sentence: {json.dumps(reply.data)[:500]}",
            label="no sentence",
            server_spoke=True,
        )
    return " ".join(said.split())


def status_of(client: CortexClient, run_id: str, *, within: float | None = None) -> str:
    """Return the sentence about a run. Raises NoAnswer, Denied, JobMissing, Refused."""
    # Without fields it is HTTP 400 (trap 4).
    reply = client.ask("GET", RUN, {"id": run_id, "fields": "status"}, within=within)
    return sentence_of(client, reply)


def command(client: CortexClient, run_id: str, kind: str) -> str:
    """Send a command (``PAUSE``, ``RESUME``, ``ABORT``) to a run and return what the tenant says to it.

    No run id is read out of that: in the specification it is the sentence of a launch (trap 24). Raises NoAnswer,
    Denied, JobMissing where the run is not there or the command cannot be performed, Refused.
    """
    # On this path an id is that of a run; in a POST without "command" it would be that of a definition (trap 3).
    reply = client.ask("POST", f"{RUN}/{run_id}/command", body={"request_data": {"type": kind}}, write=True)
    return sentence_of(client, reply)


def missing(client: CortexClient, run_id: str, exc: JobMissing) -> JobMissing:
    """Return what it means that the tenant does not know a run."""
    return JobMissing(
        f"{client.endpoint} knows no run {run_id} (any more). The number is that of a run, not of a definition; how "
        f"long runs are kept is not documented. It said: {exc.message}",
        label="no such run",
    )
