# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the REST API: JSON, its errors, its times, its headers."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t
import uuid

from ..system import Reply

JSON = "application/json"
ERROR_SHAPES = ("list", "error", "number", "object", "empty", "html")
HEADER_CASES: dict[str, t.Callable[[str], str]] = {
    "guide": str,
    "lower": str.lower,
    "upper": str.upper,
    "odd": lambda name: "".join(char.lower() if at % 2 else char.upper() for at, char in enumerate(name)),
}


class ApiError(Exception):
    """An error answer: ``[{"token": ..., "message": ...}]`` (documented)."""

    def __init__(self, status: int, token: str, message: str, *, headers: t.Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.token, self.message = status, token, message
        self.headers = dict(headers or {})

    def reply(self, shape: str = "list") -> Reply:
        """The other shapes are those that illumio-py's tests handle, and a proxy's page."""
        entry = {"token": self.token, "message": self.message}
        bodies: dict[str, t.Any] = {
            "list": [entry],
            "error": [{"error": self.message}],
            "number": self.status,
            "object": entry,
        }
        if shape == "empty":
            return Reply(body=b"", status=self.status, content_type=JSON, headers=self.headers)
        if shape == "html":
            page = f"<html><body><h1>{self.status}</h1></body></html>".encode()
            return Reply(body=page, status=self.status, content_type="text/html", headers=self.headers)
        return answer(bodies[shape], self.status, self.headers)


def not_found(what: str = "object") -> ApiError:
    return ApiError(404, "not_found_error", f"Not found: {what}")


def not_acceptable(message: str) -> ApiError:
    return ApiError(406, "not_acceptable_error", f"Not Acceptable. {message}")


def invalid_input(details: str) -> ApiError:
    """The words around the details are documented."""
    return ApiError(406, "input_validation_error", f"Input validation failed. Details: {{{details}}}")


def forbidden(message: str) -> ApiError:
    """The token is assumed; the code is documented."""
    return ApiError(403, "forbidden_error", message)


def too_many(message: str, retry_after: int = -1) -> ApiError:
    headers = {} if retry_after < 0 else {"Retry-After": str(retry_after)}
    return ApiError(429, "too_many_requests_error", message, headers=headers)


def answer(value: t.Any, status: int = 200, headers: t.Mapping[str, str] | None = None) -> Reply:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Reply(body=body, status=status, content_type=JSON, headers=dict(headers or {}))


def nothing(status: int = 204, headers: t.Mapping[str, str] | None = None) -> Reply:
    return Reply(body=b"", status=status, content_type=JSON, headers=dict(headers or {}))


def finished(reply: Reply, case: str) -> Reply:
    """The answer with what every answer has, its header names written as ``case`` says."""
    headers = {
        "X-Request-Id": str(uuid.uuid4()),
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        **reply.headers,
    }
    spell = HEADER_CASES[case]
    return dataclasses.replace(reply, headers={spell(name): value for name, value in headers.items()})


def moment(epoch: float, style: str = "rfc3339") -> str:
    """A time as RFC 3339, or as the guide prints those of jobs: no T, no zone."""
    when = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    if style == "guide":
        return when.strftime("%Y-%m-%d %H:%M:%S.%f")
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_moment(text: str) -> float | None:
    """The epoch of a date or date-time; None for anything else."""
    for form in ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            when = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        return when.replace(tzinfo=datetime.timezone.utc).timestamp()
    try:
        parsed = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if parsed.tzinfo is None else parsed.timestamp()
