# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Who we are on a PCE: the name of an API key does not tell, and jobs name the account that started them."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from .listing import shown

if t.TYPE_CHECKING:
    from .client import IllumioClient


def is_us(client: IllumioClient, account: str) -> bool:
    """Return whether it is proven that *account*, an href such as ``/users/14``, is that of the client's key.

    Sources, all of the guide: the session of ``/users/14`` logs in as ``user_14``; ``GET /users/14/api_keys`` lists the
    keys of that user, each with its ``auth_username``, and only to that user; a service account has its keys in
    ``api_keys``. What the PCE does not let us see proves nothing. Raises NoAnswer, and Denied where the key itself is
    not accepted.
    """
    key = client.connection.api_key
    if re.fullmatch(r"user_\d+", key):
        return account == f"/users/{key[len('user_') :]}"
    if re.fullmatch(r"/users/\d+", account):
        return key in _names(shown(lambda: client.get(f"{account}/api_keys").data))
    if re.fullmatch(r"/orgs/\d+/service_accounts/[\w-]+", account):
        found = shown(lambda: client.get(account).data)
        return isinstance(found, Mapping) and key in _names(found.get("api_keys"))
    return False


def _names(keys: t.Any) -> set[str]:
    listed = keys if isinstance(keys, list) else []
    return {str(key.get("auth_username")) for key in listed if isinstance(key, Mapping)}
