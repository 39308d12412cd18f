# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Load a version as the candidate, throw the candidate away, show the versions. None of it is a job.

Sources: D config-operations-march.yaml, R recorded from a tenant and published, A assumed.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

from ..._jobs.errors import BadInput, Denied, Interrupted, JobError, JobMissing, NoAnswer, Refused
from ..._jobs.model import Outcome
from .client import open_client
from .versions import read_running, read_version, read_versions

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..._jobs.inquiry import Inquiry
    from .client import ScmClient

# R: "Config loaded from <id>. Migration of old configuration was not successful. Some features may not work as expected
# and/or parts of configuration may have been lost.", with success: true.
_INCOMPLETE = re.compile(r"\bnot successful\b|\bhave been lost\b|\bfailed\b", re.IGNORECASE)

# R: "There are no changes to revert."
_NOTHING = re.compile(r"\bno changes to revert\b", re.IGNORECASE)


def _message(data: t.Any) -> tuple[bool, str]:
    """Return whether an answer says that it did not succeed, and its text. One without a body says nothing [D]."""
    if not isinstance(data, dict):
        return False, ""
    return data.get("success") is False, " ".join(str(data.get("message") or "").split())


class Work:
    """What changes the candidate, asked for until there is an answer.

    Both may be repeated after an answer was lost: the second time finds the same, or nothing left to do.
    """

    def __init__(self, client: ScmClient, inquiry: Inquiry) -> None:
        self._client = client
        self._inquiry = inquiry
        self.maybe_done = False

    def load(self, number: int) -> dict[str, t.Any]:
        """Load version *number*. Raises Refused, Denied, NoAnswer."""
        body = {"version": number}
        failed, text = self._asked("POST", "/config-versions:load", body, "the role of a superuser is needed")
        where = f"{self._client.endpoint}: version {number}"
        if failed:
            raise Refused(f"{where} was not loaded: {text or 'no reason was given'}", label="success: false")
        if _INCOMPLETE.search(text):
            return {
                "outcome": Outcome.FAILED.value,
                "failed": True,
                "changed": True,
                "msg": f"{where} was not loaded as a whole, though the API calls it a success: {text} Look at the "
                "candidate, and discard it (state: discarded) rather than push it.",
                "message": text,
            }
        return {
            "changed": True,
            "msg": f"{where} was loaded as the candidate. The API gives no proof of it: look at the candidate before "
            "it is pushed." + (f" It says: {text}" if text else ""),
            "message": text,
        }

    def discard(self) -> dict[str, t.Any]:
        """Throw the candidate away. Raises Refused, Denied, NoAnswer."""
        where = self._client.endpoint
        try:
            failed, text = self._asked("DELETE", "/config-versions/candidate", None, "")
        except JobMissing as exc:
            # D: 404 where there is no candidate.
            failed, text, nothing = False, exc.message, True
        else:
            nothing = bool(_NOTHING.search(text))
        if nothing and self.maybe_done:
            return {
                "changed": True,
                "msg": f"{where}: the answer to a first attempt was lost, and now nothing is left to discard: {text}",
                "message": text,
            }
        if nothing:
            return {
                "outcome": Outcome.NOTHING_TO_DO.value,
                "msg": f"{where}: there is nothing to discard: {text}",
                "message": text,
            }
        if failed:
            raise Refused(f"{where} did not discard the candidate: {text or 'no reason was given'}", label="refused")
        said = f" It says: {text}" if text else ""
        return {"changed": True, "msg": f"{where}: the candidate was discarded.{said}", "message": text}

    def _asked(self, method: str, path: str, body: t.Any, role: str) -> tuple[bool, str]:
        client = self._client

        def ask() -> t.Any:
            try:
                return client.send(method, client.config(path), body).data
            except NoAnswer as exc:
                self.maybe_done = self.maybe_done or exc.sent
                raise
            except Interrupted:
                self.maybe_done = True
                raise

        try:
            return _message(self._inquiry.patiently(ask))
        except Denied as exc:
            if not role or exc.label != "HTTP 403":
                raise
            raise Denied(f"{exc.message} For this {role}.", label=exc.label) from exc


def candidate_from_options(
    params: Mapping[str, t.Any],
    hide: Callable[[Iterable[str]], None],
    inquiry: Inquiry,
    *,
    check_mode: bool,
) -> dict[str, t.Any]:
    """Return the result of scm_config_load. Raises BadInput, MissingLibrary and what `Work` does."""
    number = params["version"]
    discard = params["state"] == "discarded"
    if discard and number is not None:
        raise BadInput("version: goes only with state loaded.")
    if not discard and number is None:
        raise BadInput("version: say which version to load.")
    client = open_client(params, hide)
    work = Work(client, inquiry)
    try:
        return _changed(work, client, inquiry, None if discard else number, check_mode=check_mode)
    except (JobError, Interrupted) as exc:
        # Whatever the last answer was: one before it was lost, and may have been a yes.
        if not work.maybe_done:
            raise
        outcome = Outcome.TIMED_OUT if isinstance(exc, Interrupted) else Outcome.UNREACHABLE
        text = "Whether the candidate was changed cannot be told: look at it, or run the task again."
        return {"outcome": outcome.value, "failed": True, "changed": True, "msg": f"{str(exc).rstrip('.')}. {text}"}


def _changed(
    work: Work, client: ScmClient, inquiry: Inquiry, number: int | None, *, check_mode: bool
) -> dict[str, t.Any]:
    if number is None:
        # Nothing is sent to an address that has not answered yet: an answer that is lost then has another reason.
        with contextlib.suppress(Denied, Refused):
            inquiry.patiently(lambda: read_running(client))
        if check_mode:
            text = (
                f"{client.endpoint}: the candidate would be discarded. Whether it holds changes the API does not tell."
            )
            return {"changed": True, "msg": f"{text} (check mode)", "version": None, "message": ""}
        return {**work.discard(), "version": None}
    version = inquiry.patiently(lambda: read_version(client, number))
    if version is None:
        raise Refused(
            f"version: {client.endpoint} has no version {number}. netops.jobs.scm_config_info lists them.",
            reason="bad_input",
        )
    if check_mode:
        text = f"{client.endpoint}: version {number} would be loaded as the candidate (check mode)."
        return {"changed": True, "msg": text, "version": dict(version), "message": ""}
    return {**work.load(number), "version": dict(version)}


def versions_from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], inquiry: Inquiry
) -> dict[str, t.Any]:
    """Return the result of scm_config_info. Raises BadInput, MissingLibrary, NoAnswer, Denied, Refused."""
    number, most = params["version"], params["max_results"]
    if most < 1:
        raise BadInput("max_results: give a number of at least 1.")
    client = open_client(params, hide)
    if number is not None:
        found = inquiry.patiently(lambda: read_version(client, number))
        versions = [] if found is None else [found]
    else:
        versions = inquiry.patiently(lambda: read_versions(client, most=most))
    running = inquiry.patiently(lambda: read_running(client))
    if number is not None:
        running = [each for each in running if str(each.get("version")) == str(number)]
    count = f"{len(versions)} version{'' if len(versions) == 1 else 's'}"
    return {
        "msg": f"{client.endpoint}: {count}; running in {len(running)} folders and devices.",
        "versions": [dict(version) for version in versions],
        "running": [dict(each) for each in running],
    }
