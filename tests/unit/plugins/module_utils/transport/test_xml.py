# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml

BOMB = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><r>&b;</r>"""


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r>&x;</r>',
        b"<r>&undefined;</r>",
        b"<r/><r/>",
        b"hello",
        b"<r>\x01</r>",
        b"<r>" * 300 + b"</r>" * 300,
    ],
)
def test_what_is_not_taken(body: bytes) -> None:
    with pytest.raises(NoAnswer) as caught:
        xml.parse(body)
    assert caught.value.label == "malformed XML"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"<HTML><BODY>",
        b"  <!DOCTYPE html>\n<html>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html/>',
        b"<!-- hello -->\n<html>",
    ],
)
def test_html_is_told_apart(body: bytes) -> None:
    with pytest.raises(NoAnswer) as caught:
        xml.parse(body)
    assert caught.value.label == "HTML instead of XML"


def test_comments_and_instructions_are_dropped() -> None:
    root = xml.parse(b'<?xml version="1.0" encoding="UTF-8"?><r><!-- c --><?pi x?><line>a</line></r>')
    assert [child.tag for child in root] == ["line"]


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("", []),
        ("<line/>", []),
        ("text", ["text"]),
        ("<line>a</line>", ["a"]),
        ("<line>a</line><line>b</line>", ["a", "b"]),
        ("<line><line>a</line></line>", ["a"]),
        ("<line><![CDATA[ a <b> ]]></line>", ["a <b>"]),
        ("<line>a\nb\n</line>", ["a", "b"]),
        ("<line>a\\n</line>", ["a"]),
        ("\\n   <line>a</line>\\n   ", ["a"]),
        ("<line>corp\\nick</line>", ["corp\\nick"]),
    ],
)
def test_lines(inner: str, found: list[str]) -> None:
    assert xml.lines(xml.parse(f"<r>{inner}</r>".encode())) == found


def test_lines_of_nothing() -> None:
    assert xml.lines(None) == []
    assert xml.text_of(None, "a") == ""
    assert xml.text_of(xml.node("a"), "b") == ""


def test_nodes_and_their_text() -> None:
    built = xml.node("a", xml.node("b", "x<&>", name='q"'), xml.node("c"), "ä")
    assert xml.to_text(built) == '<a>ä<b name="q&quot;">x&lt;&amp;&gt;</b><c></c></a>'


@pytest.mark.parametrize(
    ("head", "root"),
    [
        (b"<response status = 'error' code = '403'><result>", ("response", "error")),
        (b'<?xml version="1.0"?>\n<response status="success"><res', ("response", "success")),
        (b"<response><result>", ("response", None)),
        (b'  <config version="11.1.0">', ("config", None)),
        (b"<!DOCTYPE html><html><head>", ("html", None)),
        (b"<html><body>Log in</body></html>", ("html", None)),
        (b"\x1f\x8b\x08\x00<response status='error'>", ("", None)),
        (b"plain text", ("", None)),
        (b"<respo", ("", None)),
        (b"", ("", None)),
    ],
)
def test_what_a_document_is_by_its_beginning(head: bytes, root: tuple) -> None:
    assert xml.root_of(head) == root
