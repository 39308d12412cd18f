# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Envelopes and small XML helpers.

Recorded shapes, in tests/data/panos: ``puppet_01_noop.xml``, ``puppet_02_submit.xml``,
``commit_unauthorized_role_403.xml``; and those that ``locks`` names.
"""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from ..system import Reply


class ApiError(Exception):
    """An error answer. ``code`` may be empty: errors of type=op often carry none (client: pan-python)."""

    def __init__(self, text: str, *, code: str = "", status: str = "error", http: int = 200, style: str = "line"):
        super().__init__(text)
        self.text, self.code, self.status, self.http, self.style = text, code, status, http, style

    def reply(self) -> Reply:
        if self.style == "result":
            # The blanks and single quotes are recorded.
            head = f"<response status = '{self.status}' code = '{self.code}'>"
            return Reply(
                body=f"{head}<result><msg>{escape(self.text)}</msg></result></response>".encode(), status=self.http
            )
        code = f' code="{self.code}"' if self.code else ""
        texts = self.text.split("\n")
        lines = "".join(
            f"<line>{f'<![CDATA[{one}]]>' if self.style == 'cdata' else escape(one)}</line>" for one in texts
        )
        body = f'<response status="{self.status}"{code}><msg>{lines}</msg></response>'
        return Reply(body=body.encode(), status=self.http)


def bad_request(text: str) -> ApiError:
    """Code 400 comes as HTTP 400 with an XML body (documented code, assumed HTTP status)."""
    return ApiError(text, code="400", http=400, style="result")


def unexpected(path: t.Iterable[str], name: str) -> ApiError:
    """An element that the command does not know: ``show -> nonsense is unexpected``.

    The form is that of "commit-all -> shared-policy -> admin unexpected here" (PaloAltoNetworks/pan-os-ansible#590);
    code 17 = invalid command (documented).
    """
    return ApiError(" -> ".join([*path, name]) + " is unexpected", code="17", style="cdata")


def unexpected_here(path: t.Sequence[str], name: str) -> ApiError:
    """An element that does not belong where it stands, in the recorded form: three lines, outwards.

    Source: PaloAltoNetworks/pan-os-ansible#590 and pan-os-python#515. The code is assumed (17 = invalid command).
    """
    lines = [f" {' -> '.join([*path, name])} unexpected here"]
    lines += [f" {' -> '.join(path[:length])}  is unexpected" for length in range(len(path), 0, -1)]
    return ApiError("\n".join(lines), code="17", style="cdata")


def success(result: str, *, code: str = "") -> Reply:
    """``<response status="success"><result>…``; ``result`` is XML."""
    attribute = f' code="{code}"' if code else ""
    return Reply(body=f'<response status="success"{attribute}><result>{result}</result></response>'.encode())


def message(text: str, *, code: str = "") -> Reply:
    """A success whose text stands in ``msg`` directly (recorded: puppet_01_noop.xml)."""
    attribute = f' code="{code}"' if code else ""
    return Reply(body=f'<response status="success"{attribute}><msg>{escape(text)}</msg></response>'.encode())


def enqueued(kind: str, job: int) -> Reply:
    """Recorded: puppet_02_submit.xml; the sentence differs per kind."""
    line = f"<msg><line>{kind} job enqueued with jobid {job}</line></msg><job>{job}</job>"
    return success(line, code="19")


def element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def parse(text: str) -> ET.Element:
    """Raises ApiError, code 18 = malformed (documented)."""
    try:
        return ET.fromstring(text)
    except ET.ParseError as exc:
        raise ApiError("Malformed Request", code="18") from exc


def only(node: ET.Element, allowed: t.Collection[str], path: t.Iterable[str]) -> None:
    """Raises ApiError for a child that is not allowed."""
    for child in node:
        if child.tag not in allowed:
            raise unexpected(path, child.tag)


def members(node: ET.Element, path: t.Iterable[str]) -> list[str]:
    """The texts of ``member`` children."""
    only(node, {"member"}, path)
    return [(child.text or "").strip() for child in node]
