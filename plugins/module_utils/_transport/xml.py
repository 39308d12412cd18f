# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""XML from and to a server: parsed without entities, DTD and network, built from nodes and never from text."""

from __future__ import annotations

import contextlib
import re
import typing as t

from .._jobs.errors import MissingLibrary, NoAnswer

try:
    from lxml import etree
except ImportError:
    HAS_LXML = False
else:
    HAS_LXML = True

try:
    import xmltodict
except ImportError:
    HAS_XMLTODICT = False
else:
    HAS_XMLTODICT = True

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    Element = etree._Element


def require_lxml() -> None:
    """Raise MissingLibrary where lxml is not installed."""
    if not HAS_LXML:
        raise MissingLibrary("lxml")


def require_xmltodict() -> None:
    """Raise MissingLibrary where xmltodict is not installed."""
    if not HAS_XMLTODICT:
        raise MissingLibrary("xmltodict")


_HTML = re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)


def parse(body: bytes) -> Element:
    """Return the root element of *body*. Raises NoAnswer that tells an empty, an HTML and a broken body apart."""
    text = body.strip()
    if not text:
        raise NoAnswer("The answer is empty.", label="empty answer", server_spoke=True)
    if _HTML.match(text[:4096]):
        raise NoAnswer("The answer is an HTML page, not XML.", label="HTML instead of XML", server_spoke=True)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    broken = NoAnswer("The answer is not well-formed XML.", label="malformed XML", server_spoke=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise broken from None
    if root is None or root.getroottree().docinfo.internalDTD is not None:  # a DTD is where attacks with entities start
        raise broken
    return root


def root_of(head: bytes) -> tuple[str, str | None]:
    """Return name and attribute ``status`` of the root element of a document that begins with *head*.

    The name is in lower case, and empty where *head* is the beginning of something else.
    """
    parser = etree.XMLPullParser(("start",), resolve_entities=False, no_network=True, load_dtd=False, recover=False)
    with contextlib.suppress(etree.XMLSyntaxError):
        parser.feed(head.lstrip())
    with contextlib.suppress(etree.XMLSyntaxError):
        for _event, element in t.cast("Iterator[tuple[str, Element]]", parser.read_events()):
            return str(element.tag).lower(), element.get("status")
    return ("html", None) if _HTML.match(head.lstrip()) else ("", None)


def node(tag: str, *content: str | Element, name: str | None = None) -> Element:
    """Return an element of texts and elements; *name* becomes its attribute of that name."""
    element = etree.Element(tag)
    if name is not None:
        element.set("name", name)
    for part in content:
        if isinstance(part, str):
            element.text = (element.text or "") + part
        else:
            element.append(part)
    return element


def to_text(element: Element) -> str:
    """Return *element* as XML, empty ones with an end tag: ``<force></force>``, as PAN-OS' documentation has it."""
    return etree.tostring(element, method="c14n").decode("utf-8")


def to_data(element: Element) -> t.Any:
    """Return what is in *element* as xmltodict has it: a dictionary, a text, or None where it is empty.

    An element that occurs once is no list there, and one that occurs twice is.
    """
    return xmltodict.parse(to_text(element))[element.tag]


def texts(element: Element) -> list[str]:
    """Return all texts in *element* and below it as they stand, in order."""
    return [str(text) for text in element.itertext()]


def lines(element: Element | None) -> list[str]:
    """Return all texts in *element*, in order, one item a line: works for none, one and many, however nested.

    Blanks at the ends go, and so does the two-character text backslash-n where it stands for the end of a line
    (followed by a blank or nothing); ``corp\\nick`` stays.
    """
    if element is None:
        return []
    found: list[str] = []
    for text in texts(element):
        found += (line.strip() for line in re.split(r"\n|\\n(?=\s|$)", text))
    return [line for line in found if line]


def text_of(element: Element | None, path: str) -> str:
    """Return the cleaned text of the first element at *path*, empty where there is none."""
    found = None if element is None else element.find(path)
    return " ".join(lines(found))
