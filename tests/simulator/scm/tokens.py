# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token service: OAuth 2 client credentials, signed tokens, and its limit."""

from __future__ import annotations

import base64
import binascii
import collections
import dataclasses
import functools
import itertools
import json
import typing as t
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..system import SpecError
from .answers import TokenError, forbidden, too_many, unauthenticated
from .settings import Settings

ROLES = ("superuser", "editor", "viewer")
DEFAULT_CLIENTS = {"sa@1234567890.iam.panserviceaccount.com": {"secret": "secret"}}
KEY_ID = "simulated-1"
LONGEST_TOKEN = 4096  # assumed


@dataclasses.dataclass(frozen=True)
class Account:
    """A service account. Only a ``superuser`` loads a version; a ``viewer`` changes nothing."""

    name: str
    secret: str
    role: str = "superuser"


@dataclasses.dataclass(frozen=True)
class Token:
    """What was given out: to whom, for which tenant, until when; ``number`` counts those of all tenants."""

    number: int
    client: str
    tsg_id: str
    until: float


class TokenBook:
    """Every token given out by any tenant's token service: it may be another address than that of the API."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._numbers = itertools.count(1)
        self.last = 0

    def mint(self, client: str, tsg_id: str, until: float) -> str:
        self.last = next(self._numbers)
        text = signed({"sub": client, "aud": client, "tsg_id": tsg_id, "exp": int(until), "jti": str(self.last)})
        self._tokens[text] = Token(self.last, client, tsg_id, until)
        return text

    def find(self, text: str) -> Token | None:
        return self._tokens.get(text)


class Accounts:
    """The service accounts of one tenant, and what its token service does for them."""

    def __init__(self, book: TokenBook, settings: Settings) -> None:
        self.clients: dict[str, Account] = {}
        self.minted: collections.Counter[str] = collections.Counter()
        self._book = book
        self._settings = settings
        self._revoked = 0
        self._under_way: collections.deque[float] = collections.deque()
        self._asked: dict[str, collections.deque[float]] = {}

    def add(self, clients: t.Mapping[str, t.Mapping[str, t.Any]]) -> None:
        """Adds or replaces. Raises SpecError, and then has changed nothing."""
        self.clients.update({name: make_account(name, spec) for name, spec in clients.items()})

    def client_of(self, headers: t.Mapping[str, str], form: t.Mapping[str, str]) -> str:
        """Who asks for a token, by HTTP Basic or by the form (documented, both)."""
        name, _secret = basic(headers.get("authorization", ""))
        return name or form.get("client_id", "")

    def token(self, headers: t.Mapping[str, str], form: t.Mapping[str, str], now: float) -> dict[str, t.Any]:
        """The answer with a new token. Raises ApiError: 429, 400, 401."""
        settings = self._settings
        while self._under_way and self._under_way[0] <= now - settings.token_takes:
            self._under_way.popleft()
        if settings.token_limit and len(self._under_way) >= settings.token_limit:
            raise too_many(settings.token_retry_after)
        self._under_way.append(now)
        if form.get("grant_type") != "client_credentials":
            raise TokenError(400, "unsupported_grant_type", "The grant type must be client_credentials")
        name, secret = basic(headers.get("authorization", ""))
        name, secret = name or form.get("client_id", ""), secret or form.get("client_secret", "")
        account = self.clients.get(name)
        if account is None or account.secret != secret:
            raise TokenError(
                401, "invalid_client", "Client authentication failed", headers={"WWW-Authenticate": "Basic"}
            )
        scopes = form.get("scope", "").split()
        if f"tsg_id:{settings.tsg_id}" not in scopes:
            raise TokenError(400, "invalid_scope", "The scope names no tenant that this client has access to")
        self.minted[name] += 1
        return {
            "access_token": self.mint(name, settings.token_seconds, now),
            "scope": " ".join(scopes),
            "token_type": "Bearer",
            "expires_in": settings.token_seconds,
        }

    def mint(self, name: str, seconds: float, now: float) -> str:
        if name not in self.clients:
            raise SpecError(f"no such client: {name}")
        return self._book.mint(name, self._settings.tsg_id, now + seconds)

    def revoke(self) -> None:
        """All tokens given out until now, by whomever, are refused here."""
        self._revoked = self._book.last

    def authenticate(self, authorization: str, now: float) -> Account:
        """Whose request it is. Raises ApiError 401 with the documented messages (which is for what is assumed)."""
        scheme, _blank, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise unauthenticated("Not Authenticated")
        if len(text) > LONGEST_TOKEN:
            raise unauthenticated("Key Too Long")
        token = self._book.find(text)
        if token is None or token.number <= self._revoked or token.tsg_id != self._settings.tsg_id:
            raise unauthenticated("Invalid Credential")
        if token.until <= now:
            raise unauthenticated("Key Expired")
        if token.client not in self.clients:
            raise unauthenticated("Invalid Credential")
        return self.clients[token.client]

    def count(self, account: Account, now: float) -> None:
        """Raises ApiError 429 for more than ``rate_limit`` requests of one account in a minute."""
        asked = self._asked.setdefault(account.name, collections.deque())
        while asked and asked[0] <= now - 60.0:
            asked.popleft()
        if self._settings.rate_limit and len(asked) >= self._settings.rate_limit:
            raise too_many(self._settings.rate_limit_retry_after)
        asked.append(now)


def make_account(name: str, spec: t.Mapping[str, t.Any]) -> Account:
    if set(spec) - {"secret", "role"} or "secret" not in spec:
        raise SpecError(f"{name}: has secret, role")
    account = Account(name, **spec)
    if account.role not in ROLES:
        raise SpecError(f"{name}: a role is one of {', '.join(ROLES)}")
    return account


def must_change(account: Account) -> None:
    if account.role == "viewer":
        raise forbidden()


def must_be_superuser(account: Account) -> None:
    """Loading a version needs that role (documented)."""
    if account.role != "superuser":
        raise forbidden()


def basic(authorization: str) -> tuple[str, str]:
    """Name and secret of HTTP Basic; empty when there is none that can be read."""
    scheme, _blank, rest = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _colon, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def form_of(headers: t.Mapping[str, str], body: bytes) -> dict[str, str]:
    """Raises ApiError 400 for another kind of body."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise TokenError(400, "invalid_request", "The body is application/x-www-form-urlencoded")
    return dict(urllib.parse.parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


# Tokens are JSON Web Tokens, which a client may verify with the published key.


@functools.cache
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(claims: t.Mapping[str, t.Any]) -> str:
    """A token signed with RS256."""
    header = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
    parts = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, dict(claims)))
    signature = signing_key().sign(parts.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{parts}.{encoded(signature)}"


def published_keys() -> dict[str, t.Any]:
    numbers = signing_key().public_key().public_numbers()
    modulus, exponent = (
        encoded(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e)
    )
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID, "n": modulus, "e": exponent}]}


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
