# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.replies import (
    NOTHING_TO_DO,
    RULES,
    Kind,
    classify,
    read_reply,
)

# One text, as devices or clients have it, for each rule that goes by text.
TEXTS = {
    "job 19 not found": Kind.NO_JOB,
    "Type [commit] not authorized for user role.": Kind.ROLE,
    "Session timed out": Kind.SESSION,
    "Invalid Credential": Kind.KEY,
    "Invalid credentials.": Kind.KEY,
    "API key has expired": Kind.KEY,
    "Other administrators are holding device wide commit locks.": Kind.LOCKED,
    "Other administrators are holding config locks ": Kind.LOCKED,
    "Configuration is locked by bob": Kind.LOCKED,
    "Config for scope shared is currently locked": Kind.LOCKED,
    "The following admin(s) have commit locks": Kind.LOCKED,
    "Commit lock is already held by xxx": Kind.LOCKED,
    "Config lock is already held by xxx": Kind.LOCKED,
    "Another commit/validate is in progress. Please try again later": Kind.BUSY,
    "A commit is in progress.": Kind.BUSY,
    "A commit is pending. Please try again later": Kind.BUSY,
    "You cannot commit while an install is in progress. Please try again later.": Kind.BUSY,
    "Another sync is in progress. Please try again later": Kind.BUSY,
    "Another download is in progress. Please try again later": Kind.BUSY,
    "Another install is in progress": Kind.BUSY,
    "There are pending jobs in the commit task queue": Kind.BUSY,
    "The software manager is currently in use. Please try again later.": Kind.BUSY,
    "Download of 11.1.4 already in progress": Kind.BUSY,
    "Timed out while getting config lock. Please try again.": Kind.BUSY,
    "Commit job was not queued since auto-commit not yet finished successfully.": Kind.BUSY,
    "The commit queue is full": Kind.BUSY,
    "Server error : op command for client mgmtsrvr timed out as client is not available": Kind.NOT_READY,
    "The management server is starting": Kind.NOT_READY,
    "System is still initializing": Kind.NOT_READY,
}


@pytest.mark.parametrize(("text", "kind"), TEXTS.items())
def test_each_text_has_its_class(text: str, kind: Kind) -> None:
    assert classify(text, "") is kind
    assert classify(text.upper(), "") is kind


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.pattern or f"code {rule.code}")
def test_each_rule_decides_something(rule) -> None:
    """A rule that an earlier one always hides would be dead."""
    assert bool(rule.pattern) is not bool(rule.code)
    assert rule.kind is not Kind.ACCEPTED
    assert rule.mark in "DRCA"
    if rule.code:
        assert classify("some text", rule.code) is rule.kind
        return
    reached = [
        text
        for text in TEXTS
        if next(known for known in RULES if known.pattern and re.search(known.pattern, text, re.IGNORECASE)) is rule
    ]
    assert reached


@pytest.mark.parametrize("code", [str(code) for code in [*range(1, 23), 400]])
def test_no_code_of_an_error_is_a_success(code: str) -> None:
    assert classify("", code) is not Kind.ACCEPTED
    reply = read_reply(f'<response status="error" code="{code}"><msg>no</msg></response>'.encode(), 200)
    assert reply.kind is not Kind.ACCEPTED


def test_all_recorded_replies_are_read(recorded) -> None:
    kinds = {name: read_reply(recorded(name), 200).kind for name in recorded.files}
    refused = {name: kind for name, kind in kinds.items() if kind is not Kind.ACCEPTED}
    assert refused == {
        "commit_unauthorized_role_403.xml": Kind.ROLE,
        "take_config_lock_refused": Kind.LOCKED,
        "take_commit_lock_refused": Kind.LOCKED,
        "release_config_lock_refused": Kind.REJECTED,
        "release_commit_lock_refused": Kind.REJECTED,
        "load_partial_refused": Kind.REJECTED,
        "revert_refused": Kind.REJECTED,
        "commit_refused_by_lock": Kind.LOCKED,
        "job_not_found": Kind.NO_JOB,
    }


@pytest.mark.parametrize(
    ("name", "job_id"),
    [
        ("puppet_02_submit.xml", "2"),
        ("demisto_push_submit.xml", "123"),
        ("demisto_log_submit.xml", "1"),
        ("doc_techsupport_submit.xml", "2"),
        ("commit_ok", "70"),
        ("puppet_01_noop.xml", ""),
        ("job_finished", ""),
    ],
)
def test_the_id_of_a_new_job(recorded, name: str, job_id: str) -> None:
    """A job's record is no new job."""
    assert read_reply(recorded(name), 200).job_id == job_id


SAME = "The result of this commit would be the same as the previous commit queued/processed."


@pytest.mark.parametrize(
    "xml",
    [
        '<response status="success" code="19"><msg>There are no changes to commit.</msg></response>',
        f'<response status="success" code="13"><msg>{SAME}</msg></response>',
        '<response status="success"><msg>The result of this commit would be the same</msg></response>',
        f'<response status="success"><msg><line>{SAME}</line></msg></response>',
        '<response status="success" code="19"><result><msg><line>There are no changes to commit.</line></msg></result>'
        "</response>",
    ],
)
def test_the_shapes_of_nothing_to_do(xml: str) -> None:
    """Trap 6."""
    reply = read_reply(xml.encode(), 200)
    assert reply.kind is Kind.ACCEPTED
    assert reply.nothing_to_do


def test_a_job_is_never_nothing_to_do() -> None:
    xml = f'<response status="success"><result><msg>{SAME}</msg><job>7</job></result></response>'
    assert not read_reply(xml.encode(), 200).nothing_to_do


def test_nothing_to_do_is_never_an_error() -> None:
    """Trap 6, the other way: with status error the same text is a refusal."""
    for rule in NOTHING_TO_DO:
        xml = f'<response status="error"><msg>{rule.pattern}</msg></response>'
        assert read_reply(xml.encode(), 200).kind is Kind.REJECTED


def test_code_13_goes_by_status_and_text() -> None:
    """Trap 7."""
    busy = (
        '<response status="error" code="13"><msg><line>Another commit/validate is in progress.</line></msg></response>'
    )
    other = '<response status="error" code="13"><msg><line>object not found</line></msg></response>'
    assert read_reply(busy.encode(), 200).kind is Kind.BUSY
    assert read_reply(other.encode(), 200).kind is Kind.REJECTED


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<msg>one</msg>", "one"),
        ("<msg><line>one</line></msg>", "one"),
        ("<msg><line>one</line><line>two</line></msg>", "one two"),
        ("<msg><line><line>one</line></line></msg>", "one"),
        ("<msg><line><msg><line>one</line></msg></line></msg>", "one"),
        ("<result><msg><line>one</line></msg></result>", "one"),
        ("<result><msg>one</msg></result>", "one"),
        ('<response status="error"><msg><line>one</line></msg></response>', "one"),
        ("<msg><line><![CDATA[ one\n]]></line></msg>", "one"),
        ("<msg>\n  <line> one\\n</line>\n</msg>", "one"),
        ("<result>one</result>", "one"),
        ("", ""),
    ],
)
def test_the_places_of_the_message(inner: str, text: str) -> None:
    """Trap 46 as well: no line, one line, two lines."""
    assert read_reply(f'<response status="error">{inner}</response>'.encode(), 200).text == text


@pytest.mark.parametrize(
    ("xml", "http_status", "kind"),
    [
        ("<response status = 'error' code = '403'><result><msg>Type [op] not authorized for user role.</msg></result>"
         "</response>", 403, Kind.ROLE),
        ("<response status='error' code='403'><result><msg>Invalid Credential</msg></result></response>",
         403, Kind.KEY),
        ("<response status='error' code='403'><result><msg>Invalid Credential</msg></result></response>",
         200, Kind.KEY),
        ("<response status='unauth' code='22'><msg><line>Session timed out</line></msg></response>", 200, Kind.SESSION),
        ("<response status='unauth'><msg>no</msg></response>", 200, Kind.KEY),
        ("<response status='error'><msg>no</msg></response>", 401, Kind.SESSION),
        ("<response status='error'><msg>no</msg></response>", 403, Kind.ROLE),
        ("<response status='error' code='400'><msg>Bad Request</msg></response>", 400, Kind.REJECTED),
        ("<response status='success'><result/></response>", 403, Kind.ROLE),
        ("<response><result><job>7</job></result></response>", 200, Kind.ACCEPTED),
        ("<response code='19'><msg>fine</msg></response>", 200, Kind.ACCEPTED),
        ("<response><msg>what</msg></response>", 200, Kind.REJECTED),
        ("<response status='strange'/>", 200, Kind.REJECTED),
    ],
)  # fmt: skip
def test_status_code_and_http_status(xml: str, http_status: int, kind: Kind) -> None:
    """Traps 19 and 20: errors with HTTP 200, XML with HTTP 403, a missing status, blanks and single quotes."""
    assert read_reply(xml.encode(), http_status).kind is kind


@pytest.mark.parametrize(
    ("body", "label"),
    [
        (b"", "empty answer"),
        (b" \n ", "empty answer"),
        (b"<!DOCTYPE html><html><body>503</body></html>", "HTML instead of XML"),
        (b"<html><head/></html>", "HTML instead of XML"),
        (b'<response status="success"><result>', "malformed XML"),
        (b"\x00\x01", "malformed XML"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><response>&b;</response>', "malformed XML"),
    ],
)
def test_what_is_no_reply(body: bytes, label: str) -> None:
    """Trap 24: an empty, HTML or cut body is an outage."""
    with pytest.raises(NoAnswer) as caught:
        read_reply(body, 200)
    assert caught.value.label == label
    assert caught.value.server_spoke
