# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of the public API: JSON, and the five shapes of its errors."""

from __future__ import annotations

import json
import typing as t

from ..system import Reply

JSON = "application/json"
# documented: with and without the envelope; netscan, policies and rules; brokers; external scans.
ERROR_SHAPES = ("auto", "reply", "plain", "netscan", "brokers", "detail")
GENERAL = "An error occurred while processing XDR public API"  # documented


class ApiError(Exception):
    """An error answer. ``extra`` is what stands in ``err_extra``; ``fields`` are pairs of field and message."""

    def __init__(
        self, status: int, message: str, extra: t.Any = None, *, fields: t.Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message if extra is None else f"{message}: {extra}")
        self.status, self.message, self.extra, self.fields = status, message, extra, list(fields)

    def body(self, shape: str, *, code_as_string: bool = False) -> dict[str, t.Any]:
        if shape in ("reply", "plain"):
            extra = self.extra
            if extra is None and self.fields:
                extra = "; ".join(f"{field}: {message}" for field, message in self.fields)
            error = {
                "err_code": str(self.status) if code_as_string else self.status,
                "err_msg": self.message,
                "err_extra": extra,
            }
            return {"reply": error} if shape == "reply" else error
        pairs = [{"field": field, "message": message} for field, message in self.fields]
        if not pairs and self.extra is not None:
            pairs = [{"field": "", "message": self.extra if isinstance(self.extra, str) else json.dumps(self.extra)}]
        if shape == "netscan":
            return {"err_msg": self.message, **({"metadata": {"err_extra": pairs}} if pairs else {})}
        if shape == "brokers":
            return {"description": self.message, "errors": pairs}
        found = pairs or [{"field": "", "message": self.message}]
        return {"detail": [{"loc": ["body", one["field"]], "msg": one["message"]} for one in found]}

    def reply(self, shape: str, *, code_as_string: bool = False, headers: t.Mapping[str, str] | None = None) -> Reply:
        return answer(self.body(shape, code_as_string=code_as_string), self.status, headers)


def business(extra: t.Any) -> ApiError:
    """HTTP 500: most failures of business logic and of input validation are returned so (documented)."""
    return ApiError(500, GENERAL, extra)


def invalid(*fields: tuple[str, str], status: int = 400) -> ApiError:
    """The text is documented."""
    return ApiError(status, "The request contains invalid or missing parameters", fields=fields)


def unauthorized() -> ApiError:
    """The text is assumed."""
    return ApiError(401, "Public API request unauthorized")


def forbidden() -> ApiError:
    """The text is that of the netscan specification."""
    return ApiError(403, "User not Authorized")


def answer(value: t.Any, status: int = 200, headers: t.Mapping[str, str] | None = None) -> Reply:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Reply(body=body, status=status, content_type=JSON, headers=dict(headers or {}))


def enveloped(value: t.Any) -> Reply:
    """``{"reply": value}``."""
    return answer({"reply": value})
