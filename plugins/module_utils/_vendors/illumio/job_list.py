# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The job list of a PCE: to read it, to delete a job from it."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Mapping, Sequence

from ..._jobs.errors import BadInput, Denied, JobMissing, NoAnswer, Refused
from ..._jobs.model import Handle, JobState, Outcome
from .client import errors_of, in_all, open_client
from .job import Record, href_in, job_fingerprint

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..._jobs.inquiry import Inquiry
    from .client import IllumioClient

ASYNC_REQUESTS = ":illumio/async_requests"
"""The type of the jobs that read a collection [D]."""

LISTED = 10_000
"""How many jobs are asked for where the task does not say: without a number 500 are given, and no sign of more [C]."""

WORDS: Mapping[str, JobState] = {
    "pending": JobState.PENDING,
    "running": JobState.RUNNING,
    "done": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    # Seen in clients, not in the guide:
    "cancel_requested": JobState.RUNNING,
    "cancelled": JobState.CANCELED,
    "canceled": JobState.CANCELED,
}
"""The states of the jobs in the job list [D]. ``done`` is "successful/unsuccessful": only its result tells."""


def result_href(record: Record) -> str:
    """Return where the result of a job lies, as the PCE says it, an empty text where it does not."""
    return href_in(record.get("result"))


def reasons(record: Record) -> tuple[str, ...]:
    """Return what a job that did not succeed has in its result: an error [D], of no fixed shape."""
    result = record.get("result")
    said = tuple(error.text for error in errors_of(result))
    if said or not result:
        return said
    return (json.dumps(result, ensure_ascii=False)[:1000],)


class Jobs(t.NamedTuple):
    """Jobs of the list, and how many there are in all, None where the PCE does not say."""

    records: Sequence[Record]
    total: int | None


def read_jobs(client: IllumioClient, *, job_type: str | None = None, max_results: int | None = None) -> Jobs:
    """Return the jobs of the organisation, whoever started them. Raises NoAnswer, Denied, Refused."""
    params = {"job_type": job_type, "max_results": LISTED if max_results is None else max_results}
    reply = client.get(f"{client.org}/jobs", params)
    if not isinstance(reply.data, list):
        raise NoAnswer(f"{client.endpoint} answered without a list of jobs.", label="no list", server_spoke=True)
    records = [record for record in reply.data if isinstance(record, Mapping) and isinstance(record.get("href"), str)]
    return Jobs(records, in_all(reply.headers, filtered=job_type is not None))


def state_of(record: Record) -> JobState:
    """Return what a job of the list is. One that is done and has no result is neither this nor that."""
    state = WORDS.get(str(record.get("status") or "").lower(), JobState.UNKNOWN)
    if state is JobState.SUCCEEDED and record.get("job_type") == ASYNC_REQUESTS and not result_href(record):
        return JobState.UNKNOWN
    return state


def described(record: Record, client: IllumioClient) -> dict[str, t.Any]:
    """Return *record* as a playbook can use it, in the words of all results; the times are the PCE's own."""
    state = state_of(record)
    handle = None
    if record.get("job_type") == ASYNC_REQUESTS:
        handle = Handle("illumio.export", client.endpoint, record["href"], job_fingerprint(record)).to_dict()
    return {
        "href": record["href"],
        "job_type": record.get("job_type"),
        "description": record.get("description"),
        "state": state.value,
        "vendor_state": str(record.get("status") or ""),
        "requested_by": href_in(record.get("requested_by")) or href_in(record.get("created_by")) or None,
        "requested_at": record.get("requested_at"),
        "terminated_at": record.get("terminated_at"),
        "result": result_href(record) or None,
        "messages": list(reasons(record)) if state is JobState.FAILED else [],
        "handle": handle,
    }


def list_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry
) -> dict[str, t.Any]:
    """Return the result of illumio_job_info. Raises BadInput, MissingLibrary and what `read_jobs` does."""
    if params["max_results"] is not None and params["max_results"] < 1:
        raise BadInput("max_results: give a number of at least 1.")
    client = open_client(params, hide)
    if params["href"] is not None:
        record = _one(client, job_href(params["href"], client), inquiry)
        found = Jobs([] if record is None else [record], None)
    else:
        wanted = {name: params[name] for name in ("job_type", "max_results")}
        found = inquiry.patiently(lambda: read_jobs(client, **wanted))
    count = len(found.records)
    running = sum(not state_of(record).ended for record in found.records)
    of_all = f" of {found.total}" if found.total is not None and found.total > count else ""
    return {
        "msg": f"{client.endpoint}: {count}{of_all} job{'' if count == 1 else 's'}, {running} of them not over.",
        "jobs": [described(record, client) for record in found.records],
    }


def _one(client: IllumioClient, href: str, inquiry: Inquiry) -> Record | None:
    try:
        data = inquiry.patiently(lambda: client.get(href)).data
    except JobMissing:
        return None
    if not isinstance(data, Mapping):
        raise NoAnswer(f"{client.endpoint} answered without the state of {href}.", label="no state", server_spoke=True)
    return {**data, "href": href}


def job_href(given: str, client: IllumioClient) -> str:
    """Return the href of the job that the user names by its href, its address or its last part. Raises BadInput."""
    if re.fullmatch(r"[\w-]+", given):
        return f"{client.org}/jobs/{given}"
    try:
        href = client.href(given)
    except NoAnswer:
        href = ""
    if not re.fullmatch(r"/orgs/\d+/jobs/[\w-]+", href):
        raise BadInput(f"href: {given!r} does not name a job. It is of the form {client.org}/jobs/<id>.")
    return href


def delete_job(client: IllumioClient, href: str) -> bool:
    """Delete a job and its result; return whether it was there. Only the one who started it may [D].

    Raises NoAnswer, Denied, Refused. Repeatable: it is gone after the second time as after the first.
    """
    try:
        client.send("DELETE", href)
    except JobMissing:
        return False
    except Refused as exc:
        if exc.details.get("code") != "already_deleted":
            raise
        return False
    return True


def absent_from_options(
    params: Mapping[str, t.Any],
    hide: Callable[[Iterable[str]], None],
    inquiry: Inquiry,
    *,
    check_mode: bool,
) -> dict[str, t.Any]:
    """Return the result of illumio_job. Raises BadInput, MissingLibrary and what `delete_job` does."""
    client = open_client(params, hide)
    href = job_href(params["href"], client)
    record = _one(client, href, inquiry)
    if record is None:
        text = f"{client.endpoint}: there is no job {href}."
        return {"outcome": Outcome.NOTHING_TO_DO.value, "msg": text, "job": None}
    job = described(record, client)
    if check_mode:
        text = f"{client.endpoint}: job {href} would be deleted (check mode)."
        return {"changed": True, "msg": text, "job": job}
    try:
        # It was there a moment ago: where it is gone now, a request of ours did it whose answer was lost.
        inquiry.patiently(lambda: delete_job(client, href))
    except Denied as exc:
        raise Denied(
            f"{exc.message} A job can be deleted only by the account that started it, which is "
            f"{job['requested_by'] or 'not known'}.",
            label=exc.label,
        ) from exc
    return {"changed": True, "msg": f"{client.endpoint}: job {href} was deleted.", "job": job}
