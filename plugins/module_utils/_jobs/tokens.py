# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""The token in a job's description or name, by which a system that gives that text back proves whose job it is."""

from __future__ import annotations

import hashlib
import json
import re
import secrets

INTENT_LENGTH = 10
NONCE_LENGTH = 8
TOKEN_LENGTH = len(" [nj:-]") + INTENT_LENGTH + NONCE_LENGTH
"""Characters that `marked` adds to a text."""

_TOKEN = re.compile(rf"\[nj:([0-9a-f]{{{INTENT_LENGTH}}}-[0-9a-f]{{{NONCE_LENGTH}}})\]")


def intent_of(canonical: object) -> str:
    """Return what stands for *canonical*, any JSON: equal ones give equal texts."""
    return hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()[:INTENT_LENGTH]


def new_token(intent: str, nonce: str | None = None) -> str:
    """Return a token: the *intent*, which equal options share, and a *nonce*, which nobody shares."""
    return f"{intent}-{nonce or secrets.token_hex(NONCE_LENGTH // 2)}"


def marked(text: str, token: str) -> str:
    """Return *text* with *token* behind it."""
    return f"{text} [nj:{token}]".strip()


def tokens_in(text: str) -> list[str]:
    """Return the tokens that stand in *text*."""
    return _TOKEN.findall(text)
