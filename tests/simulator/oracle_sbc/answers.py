# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the REST API: XML in the documented envelope, and its errors."""

from __future__ import annotations

import typing as t
from xml.sax.saxutils import escape

from ..system import Reply

XML = "application/xml"
ERROR_SHAPES = ("messages", "nested", "data", "empty", "html")
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Documented: error messages of the ECB, the operation pages of the SBC.
UNAUTHORIZED = "Client not authorized."
NOT_ADMINISTRATOR = "This request requires the client credentials to have administrator privileges"
UNSUPPORTED_VERSION = "Unsupported versionId in URI"
LOCKED = "Resource locked by another user"
NO_LOCK = "User does not have the lock."

# Text, or children as pairs of name and content; None or nothing: an empty element.
Content = t.Union[str, t.Sequence[tuple[str, t.Any]], None]


def render(name: str, content: Content, depth: int = 0) -> str:
    """An element as the recorded answers write it: two blanks a level, ``<name/>`` when there is nothing in it."""
    blanks = "  " * depth
    if not content:
        return f"{blanks}<{name}/>\n"
    if isinstance(content, str):
        return f"{blanks}<{name}>{escape(content)}</{name}>\n"
    inner = "".join(render(child, below, depth + 1) for child, below in content)
    return f"{blanks}<{name}>\n{inner}{blanks}</{name}>\n"


def tree(value: t.Any) -> Content:
    """Content made of what the control API can say: objects are children, a list in one repeats its name."""
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    pairs: list[tuple[str, t.Any]] = []
    for name, inner in value.items():
        for one in inner if isinstance(inner, list) else [inner]:
            pairs.append((name, tree(one)))
    return pairs


def answer(data: Content = None, status: int = 200, *, messages: Content = None, links: t.Sequence[str] = ()) -> Reply:
    """The envelope of every body (documented)."""
    envelope = [("data", data), ("messages", messages), ("links", [("link", link) for link in links])]
    body = DECLARATION + render("response", envelope)
    return Reply(body=body.encode(), status=status, content_type=XML)


def nothing() -> Reply:
    return Reply(body=b"", status=204, content_type=XML)


class ApiError(Exception):
    """An error answer; ``link`` is the hint at possible addresses that the schemas have."""

    def __init__(self, status: int, message: str, *, link: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.link = status, message, link

    def reply(self, shape: str = "messages") -> Reply:
        """The exact nesting of errorMessage is not known: these are the readings of the schema."""
        if shape == "empty":
            return Reply(body=b"", status=self.status, content_type=XML)
        if shape == "html":
            page = f"<html><body><h1>{self.status}</h1></body></html>".encode()
            return Reply(body=page, status=self.status, content_type="text/html")
        text = [("errorMessage", self.message)]
        links = [self.link] if self.link else []
        if shape == "data":
            return answer(text, self.status, links=links)
        return answer(None, self.status, messages=[("message", text)] if shape == "nested" else text, links=links)


def unauthorized() -> ApiError:
    return ApiError(401, UNAUTHORIZED)


def locked() -> ApiError:
    """Somebody else holds the lock."""
    return ApiError(423, LOCKED)


def no_lock() -> ApiError:
    """Nobody holds it."""
    return ApiError(423, NO_LOCK)


def bad_request(message: str) -> ApiError:
    """The code is documented, its texts are not."""
    return ApiError(400, message)
