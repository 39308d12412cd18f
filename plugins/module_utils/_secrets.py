# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Keeping secrets out of output, on every ansible-core.

Since 2.22 a registered secret is masked wherever Ansible prints it, and results keep their real values
(``ansible.module_utils.secrets``). Before, results themselves have to be cleaned.
"""

from __future__ import annotations

import html
import json
import typing as t
import urllib.parse
from collections.abc import Iterable

try:
    from ansible.module_utils.secrets import (  # type: ignore[import-not-found,unused-ignore]
        mask_secrets as _mask_known,
    )
    from ansible.module_utils.secrets import (
        register_secret as _register,
    )

    def register_secret(value: str) -> str:
        """Have *value* masked in all output, and return it."""
        return t.cast(str, _register(value))

    def scrub(result: dict[str, t.Any], secrets: Iterable[str]) -> dict[str, t.Any]:
        """Return *result* as it is: this ansible-core masks when it prints."""
        return result

    def mask_known(text: str) -> str:
        """Return *text* of a result without the secrets that are registered, for what Ansible does not print itself."""
        return t.cast(str, _mask_known(text))

except ImportError:
    from ansible.module_utils.common.parameters import remove_values

    def register_secret(value: str) -> str:
        """Return *value*: this ansible-core knows no registry, ``scrub`` does the work."""
        return value

    def scrub(result: dict[str, t.Any], secrets: Iterable[str]) -> dict[str, t.Any]:
        """Return *result* without any of *secrets*."""
        return t.cast("dict[str, t.Any]", remove_values(result, set(secrets)))

    def mask_known(text: str) -> str:
        """Return *text* of a result as it is: on this ansible-core ``scrub`` has cleaned it."""
        return text


_MASK = "********"


def forms_of(secrets: Iterable[str]) -> set[str]:
    """Return *secrets* with the forms that they have in requests and answers, should the other side quote them."""
    forms = (str, urllib.parse.quote_plus, _percent, _json, html.escape)
    return {form(secret) for secret in secrets if secret for form in forms}


def _percent(text: str) -> str:
    return urllib.parse.quote(text, safe="")


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return *text* without any of *secrets*, for what is shown or written past Ansible, which masks results only."""
    # A copy, because other threads add to them; of a fleet they are thousands, of which hardly ever one is in there.
    found = [secret for secret in tuple(secrets) if secret in text]
    # The longest first: a part of it may be a secret, too.
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text


_MASKS = ("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", _MASK)
"""What ansible-core up to 2.21 puts in place of a value that is a secret, and of a secret in a longer text."""


def is_masked(text: object) -> bool:
    """Return whether Ansible has masked something in *text*.

    It masks every occurrence of a secret in a result: with the password ``admin`` the name of the user ``admin``, too.
    """
    return any(mask in str(text) for mask in _MASKS)
