# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState, Outcome
from ansible_collections.netops.jobs.plugins.plugin_utils._timeline import ERROR, HIDDEN, NO_RESULT
from ansible_collections.netops.jobs.plugins.plugin_utils._timeline_page import BODY, SCRIPT, STYLE, embedded, page

EVIL = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</SCRIPT ><img src=x onerror=alert(1)>",
    "<!--<script>",
    "]]>&lt;script&gt;",
    '" onmouseover="alert(1)',
    "\u2028\u2029\x00\ud800",
]


class Reader(html.parser.HTMLParser):
    """Reads a page as a browser does, and keeps its elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "style") and data.strip():
            self.scripts.append(data)


def read(document: t.Mapping[str, t.Any]) -> Reader:
    reader = Reader()
    reader.feed(page(document))
    return reader


@pytest.mark.parametrize("text", EVIL)
def test_what_devices_say_stays_data(text: str) -> None:
    reader = read({"jobs": [{"device": text, "messages": [text], text: text}]})
    clean = read({"jobs": []})
    assert reader.elements == clean.elements
    _style, data, script = reader.scripts
    assert json.loads(data)["jobs"][0]["device"] == text
    assert script == SCRIPT


@given(
    st.recursive(st.text() | st.none() | st.integers(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=5)
)
def test_embedded_data_is_the_data_and_holds_nothing_of_html(data: t.Any) -> None:
    text = embedded({"data": data})
    assert json.loads(text) == {"data": data}
    assert not set("<>&\u2028\u2029") & set(text)
    assert text.isascii()


def test_nothing_is_fetched_and_only_this_script_may_run() -> None:
    reader = read({"jobs": []})
    (policy,) = [dict(attrs)["content"] for tag, attrs in reader.elements if attrs.get("http-equiv")]
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for name, text in (("script-src", SCRIPT), ("style-src", STYLE)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[name] == f"'sha256-{digest}'"
    for tag, attrs in reader.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form", "a")
        assert not {"src", "href", "style", "srcdoc"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]


def test_the_script_makes_no_html_and_asks_nobody() -> None:
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "import(",
    ):
        assert word not in SCRIPT
    for word in ("XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "http:", "https:", ".src", ".href"):
        assert word not in SCRIPT
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_every_id_that_the_script_uses_is_in_the_page() -> None:
    there = set(re.findall(r'id="(\w+)"', BODY)) | {"data"}
    used = set(re.findall(r'\$\("(\w+)"\)', SCRIPT)) | set(re.findall(r'getElementById\("(\w+)"\)', SCRIPT))
    assert used <= there
    assert len(used) > 15


def test_every_outcome_and_every_state_has_a_name_and_a_colour() -> None:
    names = re.search(r"const NAMES = \{(.*?)\};", SCRIPT, re.DOTALL)
    glyphs = re.search(r"const GLYPHS = \{(.*?)\};", SCRIPT, re.DOTALL)
    known = re.search(r"const KINDS = \{(.*?)\};", SCRIPT, re.DOTALL)
    assert names
    assert glyphs
    assert known
    outcomes = {outcome.value for outcome in Outcome} | {HIDDEN, ERROR, NO_RESULT}
    assert set(re.findall(r"(\w+): \"", names[1])) == set(re.findall(r"(\w+): \"", glyphs[1])) == outcomes
    for outcome in outcomes:
        assert STYLE.count(f"--{outcome}:") == 2, f"{outcome} needs a colour by day and by night"
    states = {state.value for state in JobState} | {"no_job", "unwatched", "outage"}
    assert set(re.findall(r"(\w+): \"", known[1])) == states
