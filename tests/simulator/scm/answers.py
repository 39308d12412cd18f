# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers: JSON, the documented errors and those that tenants really send, times."""

from __future__ import annotations

import datetime
import json
import typing as t

from ..system import Reply

JSON = "application/json"
ERROR_STYLES = ("documented", "text", "list", "live", "empty", "html")


class ApiError(Exception):
    """An error answer: ``{"_errors": [{"code", "message", "details"}], "_request_id"}`` (documented)."""

    def __init__(
        self, status: int, code: str, message: str, about: str = "", *, headers: t.Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.about = status, code, message, about
        self.headers = dict(headers or {})

    def reply(self, request_id: str, style: str = "documented") -> Reply:
        """``text``: details as the other specification has them; ``list``: as in a client's test; ``live``: seen."""
        if style == "empty":
            return Reply(body=b"", status=self.status, content_type=JSON, headers=self.headers)
        if style == "html":
            page = f"<html><body><h1>{self.status}</h1></body></html>".encode()
            return Reply(body=page, status=self.status, content_type="text/html", headers=self.headers)
        about = self.about or self.message
        details: t.Any = {"message": self.about} if self.about else {}
        details = {"text": about, "list": [about], "live": {"errorType": self.message, "message": about}}.get(
            style, details
        )
        error: dict[str, t.Any] = {"code": self.code, "message": self.message, "details": details}
        if style == "live":
            error["code"] = "API_I00013"
            error["message"] = (
                "Your configuration is not valid. Please review the error message for more details."  # recorded
            )
        return answer({"_errors": [error], "_request_id": request_id}, self.status, self.headers)


class PlainError(ApiError):
    """The errors of the download: ``{"error": ...}`` (documented)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, "", message)

    def reply(self, request_id: str, style: str = "documented") -> Reply:
        return answer({"error": self.message}, self.status)


class TokenError(ApiError):
    """The errors of the token service. Only their codes are documented; the body is that of RFC 6749 (assumed)."""

    def reply(self, request_id: str, style: str = "documented") -> Reply:
        return answer({"error": self.code, "error_description": self.message}, self.status, self.headers)


def malformed(message: str, about: str = "") -> ApiError:
    """E003 with one of its messages (documented)."""
    return ApiError(400, "E003", message, about)


def unauthenticated(message: str) -> ApiError:
    return ApiError(401, "E016", message)


def forbidden() -> ApiError:
    return ApiError(403, "E007", "Unauthorized")


def not_present(about: str = "") -> ApiError:
    return ApiError(404, "E005", "Object Not Present", about)


def not_supported(message: str = "Method Not Supported") -> ApiError:
    return ApiError(405, "E012", message)


def too_many(retry_after: int) -> ApiError:
    """Not documented; only that clients met 429. The code is assumed."""
    headers = {} if retry_after < 0 else {"Retry-After": str(retry_after)}
    return ApiError(429, "429", "Too Many Requests", headers=headers)


def answer(value: t.Any, status: int = 200, headers: t.Mapping[str, str] | None = None) -> Reply:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Reply(body=body, status=status, content_type=JSON, headers=dict(headers or {}))


def nothing(status: int) -> Reply:
    return Reply(body=b"", status=status, content_type=JSON)


def plain_time(epoch: float) -> str:
    """``2022-07-13 20:44:44``: no zone (recorded)."""
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def iso_time(epoch: float, timespec: str = "milliseconds") -> str:
    """``2022-07-13T20:44:44.000Z``: of the running versions, whose milliseconds are always 000 (recorded)."""
    moment = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc)
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")
