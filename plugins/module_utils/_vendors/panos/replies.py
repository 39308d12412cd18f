# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The envelope of the XML API, and what the texts in it mean.

Sources: D documented by the vendor, R recorded from a device, C read in a client's source, A assumed.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import typing as t

from ..._transport import xml

if t.TYPE_CHECKING:
    from ..._transport.xml import Element


class Kind(enum.Enum):
    """What an answer means for the request that it answers."""

    ACCEPTED = "accepted"
    BUSY = "busy"
    LOCKED = "locked"
    ROLE = "role"
    """The account may not do this: no other key of the same account will."""
    KEY = "key"
    """The key or the password was not accepted."""
    SESSION = "session"
    NO_JOB = "no job"
    NOT_READY = "not ready"
    REJECTED = "rejected"


@dataclasses.dataclass(frozen=True)
class Rule:
    """An error whose text matches *pattern* (any case), or whose code is *code*, is of *kind*."""

    kind: Kind
    pattern: str = ""
    code: str = ""
    mark: str = "A"
    source: str = ""


# The first rule that fits decides. Texts come before codes: 13 stands for "busy" and for "object not found", 403 for a
# key that died and for a role that may not, and errors of type=op often have none.
RULES: tuple[Rule, ...] = (
    Rule(Kind.NO_JOB, r"\bjob \S+ not found", mark="R", source="netbox-panorama-configpump, PAN-OS 11.1.6, code 7"),
    Rule(Kind.ROLE, r"not authorized for user role", mark="R", source="consul-terraform-sync, code 403"),
    Rule(Kind.SESSION, r"session timed out", mark="C", source="pan-os-python; code 22 documented"),
    Rule(Kind.KEY, r"invalid credential", mark="C", source="pan-os-python; with full stop and s: keygen"),
    Rule(Kind.KEY, r"api key (has )?expired", source="to be on the safe side"),
    Rule(Kind.LOCKED, r"other administrators are holding .*locks", mark="R", source="configpump, code 14"),
    Rule(Kind.LOCKED, r"configuration is locked by", mark="C", source="pan-os-python"),
    Rule(Kind.LOCKED, r"config for scope .* is currently locked", mark="C", source="pan-os-python"),
    Rule(Kind.LOCKED, r"admin(istrator)?\(?s?\)? have commit locks", source="wording unverified"),
    Rule(Kind.LOCKED, r"(commit|config) lock is already held by", mark="R", source="configpump"),
    Rule(Kind.BUSY, r"another commit/validate is in progress", mark="R", source="pan-os-python, error with code 13"),
    Rule(Kind.BUSY, r"a commit is (in progress|pending)", mark="C", source="pan-os-python"),
    Rule(Kind.BUSY, r"cannot commit while an install is in progress", mark="C", source="pan-os-python"),
    Rule(Kind.BUSY, r"another sync is in progress", mark="C", source="pan-os-python"),
    Rule(Kind.BUSY, r"another download is in progress", mark="C", source="netcat, which reads it from the CLI"),
    Rule(Kind.BUSY, r"install(ation)? is in progress", mark="C", source="netcat, which reads it from the CLI"),
    Rule(Kind.BUSY, r"pending jobs in the commit task queue", mark="C", source="netcat, which reads it from the CLI"),
    Rule(Kind.BUSY, r"software manager is currently in use", mark="R", source="pan-os-upgrade: ends an install job"),
    Rule(Kind.BUSY, r"(download|install|upgrade|update)\b.* already in progress", source="to be on the safe side"),
    Rule(Kind.BUSY, r"timed out while getting config lock", mark="C", source="Ruby gem palo_alto repeats it"),
    Rule(Kind.BUSY, r"auto-?commit not yet finished", mark="C", source="scripts that wait for AutoCom after a boot"),
    Rule(Kind.BUSY, r"commit queue is full|maximum number of .*commit", source="a full queue is documented, no text"),
    Rule(Kind.NOT_READY, r"timed out as client is not available", mark="D", source="release notes 10.2, PAN-253485"),
    Rule(Kind.NOT_READY, r"management server is (not ready|starting|restarting)|still initiali[sz]ing"),
    Rule(Kind.SESSION, code="22", mark="D", source="XML API error codes"),
    Rule(Kind.ROLE, code="16", mark="D", source="XML API error codes: unauthorized role"),
    Rule(Kind.ROLE, code="403", mark="D", source="XML API error codes: forbidden"),
)

# With status success and without a job. Only these: a text that nobody knows may hide that nothing was done.
NOTHING_TO_DO: tuple[Rule, ...] = (
    Rule(Kind.ACCEPTED, r"there are no changes to commit", mark="R", source="puppetlabs-panos, code 19"),
    Rule(Kind.ACCEPTED, r"would be the same", mark="R", source="consul-terraform-sync, code 13; pango, no code"),
)

# With status error: a list that holds nothing newer, so there is nothing to download.
NO_UPDATE = Rule(Kind.REJECTED, r"\bno (\w+ )?updates? available", mark="R", source="content download and check")


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer of the API: its root element, its *code* (empty if there is none) and its text for people."""

    root: Element
    kind: Kind
    code: str = ""
    text: str = ""

    @property
    def job_id(self) -> str:
        """The id of the job that was enqueued. The sentence around it differs by kind of job, this field does not."""
        return submitted_id(self.root)

    @property
    def nothing_to_do(self) -> bool:
        return not self.job_id and any(re.search(rule.pattern, self.text, re.IGNORECASE) for rule in NOTHING_TO_DO)


def submitted_id(root: Element) -> str:
    """Return the text of ``result/job`` where that is an id and not a job's record, else an empty text."""
    job = root.find("./result/job")
    return "" if job is None or len(job) else (job.text or "").strip()


def read_reply(body: bytes, http_status: int) -> Reply:
    """Return the answer in *body*. Raises NoAnswer where it is no XML."""
    root = xml.parse(body)
    code = root.get("code", "").strip()
    text = _text(root)
    return Reply(root, _kind(root, code, text, http_status), code, text)


def says_no_update(text: str) -> bool:
    """Return whether an error says that there is nothing to download."""
    return re.search(NO_UPDATE.pattern, text, re.IGNORECASE) is not None


def says_busy(text: str) -> bool:
    """Return whether *text*, also that of a job that failed, says that the device was busy."""
    return classify(text, "") is Kind.BUSY


def classify(text: str, code: str) -> Kind:
    """Return what an error with this *text* and *code* means; REJECTED if nobody knows."""
    for rule in RULES:
        if (rule.pattern and re.search(rule.pattern, text, re.IGNORECASE)) or (rule.code and rule.code == code):
            return rule.kind
    return Kind.REJECTED


def _kind(root: Element, code: str, text: str, http_status: int) -> Kind:
    status = root.get("status", "").strip()
    if http_status < 400 and (status == "success" or (not status and _looks_well(root, code))):
        return Kind.ACCEPTED
    kind = classify(text, code)
    if kind is Kind.REJECTED:
        # What the Ruby gem does with 401, and pan-python with "unauth": the text says nothing, the status does.
        if http_status == 401:
            return Kind.SESSION
        if http_status == 403:
            return Kind.ROLE
        if status == "unauth":
            return Kind.KEY
    return kind


def _looks_well(root: Element, code: str) -> bool:
    # The attribute may be missing (read in pan-python's source). 19 and 20 are documented as success.
    return code in ("19", "20") or (
        # A report that comes at once has no envelope, or one without a status [documented].
        not code
        and (root.find("result") is not None or root.find("report") is not None)
        and root.find(".//msg") is None
    )


def _text(root: Element) -> str:
    """Return the message, wherever it is: msg, msg/line, msg/line/msg/line, result/msg, response/msg, plain result."""
    found: list[str] = []
    for message in root.iter("msg"):
        if not any(parent.tag in ("msg", "job") for parent in message.iterancestors()):
            found += xml.lines(message)
    if not found:
        result = root.find("result")
        if result is not None and not len(result):
            found = xml.lines(result)
        elif root.get("status", "") != "success":
            found = xml.lines(root)
    return " ".join(found)
