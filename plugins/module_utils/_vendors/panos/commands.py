# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Operational commands as people write them: words or XML, and which of them change nothing."""

from __future__ import annotations

import re
import typing as t

from ..._jobs.errors import BadInput, NoAnswer
from ..._transport import xml
from ..._transport.xml import node
from .options import is_clean

if t.TYPE_CHECKING:
    from ..._transport.xml import Element

READ_ONLY = (
    "check",
    "diff",
    "find",
    "grep",
    "less",
    "ping",
    "show",
    "tail",
    "test",
    "traceroute",
    "view-pcap",
)
"""Commands that begin with one of these change nothing [the names: command line of PAN-OS]."""

NOT_READ_ONLY = (("test", "vpn"),)
"""But for these: ``test vpn ike-sa`` starts the negotiation of a tunnel [assumed, from what such a test is for]."""

READ_ONLY_REQUESTS = ("check", "info")
"""Neither do requests that end with one of these, such as ``request system software info``."""

_TOKEN = re.compile(r'\s*(?:"([^"]*)"|([^\s"]+))(?=\s|$)')
_KEYWORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def parse_command(text: str) -> Element:
    """Return the XML of a command that is given as XML or as words. Raises BadInput.

    Words nest: ``show system info``. A text in double quotes is the value of the word before it, and what follows
    stands beside that word: ``show jobs id "5"``. This is the notation of pan-os-python and pan-python.
    """
    if not text.strip():
        raise BadInput("command: is empty.")
    return _from_xml(text) if text.lstrip().startswith("<") else _from_words(text)


def _from_xml(text: str) -> Element:
    problem = BadInput("command: begins with < but is not well-formed XML with one root element, such as <show>.")
    try:
        return xml.parse(text.encode())
    except (NoAnswer, UnicodeEncodeError):
        raise problem from None


def _from_words(text: str) -> Element:
    root: Element | None = None
    parent: Element | None = None  # takes the next word
    last: Element | None = None  # takes a value
    for value, word in _tokens(text):
        if value is not None:
            if last is None:
                raise BadInput(f'command: the value "{value}" has no keyword before it, of which it is the value.')
            if not is_clean(value):
                raise BadInput("command: a value holds a control character, which XML cannot carry.")
            last.text = value
            parent, last = last.getparent(), None
            if parent is None:
                raise BadInput("command: it needs more than one word and its value.")
            continue
        last = _keyword(word)
        if parent is not None:
            parent.append(last)
        root = last if root is None else root
        parent = last
    if root is None:
        raise BadInput("command: is empty.")
    return root


def _tokens(text: str) -> list[tuple[str | None, str]]:
    """Return pairs of value and word, of which one is there."""
    found: list[tuple[str | None, str]] = []
    text = text.strip()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadInput(
                "command: the double quotes do not pair up. A value stands in a pair of them, with blanks around it; "
                "one that holds a double quote itself can only be given in XML."
            )
        found.append((match[1], match[2] or ""))
        at = match.end()
    return found


def _keyword(word: str) -> Element:
    if not _KEYWORD.fullmatch(word):
        raise BadInput(f"command: {word!r} is no keyword. Put values in double quotes, or give the command as XML.")
    return node(word)


def path_of(command: Element) -> list[str]:
    """Return the words of *command* as far as they lead to one place, without any value: those may be secret."""
    path = [command.tag]
    while len(command) == 1:
        command = command[0]
        path.append(command.tag)
    return path


def is_read_only(command: Element) -> bool:
    """Return whether *command* only asks, by its words."""
    path = path_of(command)
    if tuple(path[:2]) in NOT_READ_ONLY:
        return False
    return path[0] in READ_ONLY or (path[0] == "request" and path[-1] in READ_ONLY_REQUESTS)


def restarts(command: Element) -> bool:
    """Return whether *command* takes the device down, so that the connection may drop instead of an answer."""
    return path_of(command)[:2] in (["request", "restart"], ["request", "shutdown"])
