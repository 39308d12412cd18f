# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant of Strata Cloud Manager and its token service, for unit tests."""

from __future__ import annotations

import typing as t

from ansible_collections.netops.jobs.tests.unit.answering import Answering, Asked

CLIENT_ID = "sa@1234567890.iam.panserviceaccount.com"
SECRET = "5ecret-of-the-account"
TSG = "1234567890"
TOKEN_URL = "https://auth.apps.paloaltonetworks.com/oauth2/access_token"
REQUEST_ID = "93cdac8f-9e4a-4bd4-ba62-72ba5d3e1c5a"


class Tenant(Answering):
    """Makes tokens as ``token-1``, ``token-2`` and so on unless a test lays down otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = 0
        self.lifetime: t.Any = 899
        self.on("POST", "/oauth2/access_token", self._token)

    def _token(self, _asked: Asked) -> tuple[int, dict[str, t.Any]]:
        self.tokens += 1
        return 200, {
            "access_token": f"token-{self.tokens}",
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "scope": f"tsg_id:{TSG}",
        }


def error(code: object, message: str, details: object = None) -> dict[str, t.Any]:
    """An error in the documented shape."""
    return {
        "_errors": [{"code": code, "message": message, "details": {} if details is None else details}],
        "_request_id": REQUEST_ID,
    }
