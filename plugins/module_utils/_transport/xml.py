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


Row = dict[str, t.Any]
"""An element as data: the names of its attributes and children, each with a text, a dictionary or a list of those."""

# Without entities, DTD and network: what a server sends is no program.
_SAFE: dict[str, t.Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def parse(body: bytes) -> Element:
    """Return the root element of *body*. Raises NoAnswer that tells an empty, an HTML and a broken body apart."""
    text = body.strip()
    if not text:
        raise NoAnswer("The answer is empty.", label="empty answer", server_spoke=True)
    if _HTML.match(text[:4096]):
        raise NoAnswer("The answer is an HTML page, not XML.", label="HTML instead of XML", server_spoke=True)
    try:
        root = etree.fromstring(text, etree.XMLParser(**_SAFE))
    except (etree.XMLSyntaxError, ValueError):
        raise _broken() from None
    if root is None or _has_dtd(root):
        raise _broken()
    return root


def _broken() -> NoAnswer:
    return NoAnswer("The answer is not well-formed XML.", label="malformed XML", server_spoke=True)


def _has_dtd(element: Element) -> bool:
    # It is where attacks with entities start.
    return element.getroottree().docinfo.internalDTD is not None


class RowScan:
    """Takes a big answer piece by piece and gives the rows in it: the elements *tag* right below one called *parent*.

    A row is emptied when the next is asked for, so that memory stays flat. `close` returns the root element with what
    is left. Raises NoAnswer for what is not well-formed.
    """

    def __init__(self, parent: str, tag: str) -> None:
        self._parent = parent
        self._parser = etree.XMLPullParser(("end",), tag=tag, **_SAFE)
        self._begun = False
        self._checked = False

    def feed(self, part: bytes) -> Iterator[Element]:
        if not self._begun:
            part = part.lstrip()
            self._begun = bool(part)
        if not part:
            return
        try:
            self._parser.feed(part)
        except (etree.XMLSyntaxError, ValueError):
            raise _broken() from None
        for _event, element in t.cast("Iterator[tuple[str, Element]]", self._parser.read_events()):
            parent = element.getparent()
            if parent is None or parent.tag != self._parent:
                continue
            if not self._checked:
                # Once: it stands before the root or nowhere.
                if _has_dtd(element):
                    raise _broken()
                self._checked = True
            yield element
            element.clear()
            # The parser may still hold on to the element itself, not to those before it.
            while element.getprevious() is not None:
                del parent[0]

    def close(self) -> Element:
        try:
            root: Element | None = self._parser.close()
        except (etree.XMLSyntaxError, ValueError):
            root = None
        if root is None or _has_dtd(root):
            raise _broken()
        return root


def as_row(element: Element) -> Row:
    """Return the attributes and children of *element* by name: texts as they stand, children with children as rows.

    What comes more than once becomes a list. Attributes of a child that has no children itself are left out.
    """
    row: Row = {str(name): str(text) for name, text in element.attrib.items()}
    for child in element:
        name = child.tag
        if isinstance(name, str):  # all else is no element
            value: t.Any = as_row(child) if len(child) else (child.text or "")
            if name not in row:
                row[name] = value
            elif isinstance(row[name], list):
                row[name].append(value)
            else:
                row[name] = [row[name], value]
    return row


def to_bytes(element: Element) -> bytes:
    """Return *element* as it stands, in UTF-8, without what follows it."""
    return etree.tostring(element, encoding="UTF-8", with_tail=False)


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


_LINE_END = re.compile(r"\n|\\n(?=\s|$)")


def lines(element: Element | None) -> list[str]:
    """Return all texts in *element*, in order, one item a line: works for none, one and many, however nested.

    Blanks at the ends go, and so does the two-character text backslash-n where it stands for the end of a line
    (followed by a blank or nothing); ``corp\\nick`` stays.
    """
    if element is None:
        return []
    found: list[str] = []
    for text in [element.text or ""] if not len(element) else texts(element):
        # Hardly any text has several lines; to split it takes longer than all the rest.
        found += [line.strip() for line in _LINE_END.split(text)] if "\n" in text or "\\n" in text else [text.strip()]
    return [line for line in found if line]


def text_of(element: Element | None, path: str) -> str:
    """Return the cleaned text of the first element at *path*, empty where there is none."""
    found = None if element is None else element.find(path)
    return " ".join(lines(found))
