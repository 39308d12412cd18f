# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import traceback
import urllib.parse
from pathlib import Path

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.client import (
    LockedByOther,
    LockLost,
    SbcClient,
    SbcConnection,
    open_client,
)
from ansible_collections.netops.jobs.tests.unit.sbc_box import (
    GONE,
    HOST,
    LOCKED,
    NO_LOCK,
    PASSWORD,
    REFUSED,
    answer,
    error,
)

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "oracle_sbc"
STATUS = "/admin/asyncstatus"


def recorded(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def test_the_log_in(client, sbc) -> None:
    sbc.on("POST", "/auth/token", (200, recorded("auth_token_200.xml")))
    hidden: list[str] = []
    client._register_secret = hidden.append
    sbc.on("GET", STATUS, (200, answer()))
    client.get(STATUS)
    login, read = sbc.asked
    assert (login.path, login.version, login.body) == ("/auth/token", "v1.2", "")
    assert base64.b64decode(login.headers["Authorization"].partition(" ")[2]).decode() == f"admin:{PASSWORD}"
    assert login.headers["Accept"] == "application/xml"
    [token] = hidden
    assert token in recorded("auth_token_200.xml")
    assert read.headers["Authorization"] == f"Bearer {token}"
    assert PASSWORD not in f"{client!r} {client.connection!r}"
    assert token not in f"{client!r} {client.token!r}"


@pytest.mark.parametrize(
    ("known", "spoken", "tries"), [(["v1.2", "v1.1"], "v1.2", 1), (["v1.1"], "v1.1", 2), (["v1.0"], "v1.0", 3)]
)
def test_the_newest_version_that_the_sbc_knows_is_spoken(client, sbc, known, spoken, tries) -> None:
    sbc.versions = known
    assert client.version() == spoken
    assert len(sbc.asked) == tries
    client.get(STATUS)
    assert sbc.asked[-1].version == spoken


def test_an_empty_answer_is_no_success_unless_its_code_says_so(client, sbc) -> None:
    sbc.on("POST", "/configuration/lock", (200, ""), (204, ""))
    with pytest.raises(errors.NoAnswer) as caught:
        client.send("POST", "/configuration/lock")
    assert caught.value.sent
    assert client.send("POST", "/configuration/lock") is None


def test_without_a_version_in_common(client, sbc) -> None:
    sbc.versions = ["v2.0"]
    with pytest.raises(errors.Refused, match=r"does not speak v1\.2 or v1\.1 or v1\.0.*Check host, port"):
        client.version()


def test_a_version_that_was_given_is_the_only_one_tried(sbc) -> None:
    sbc.versions = ["v1.2"]
    client = SbcClient(SbcConnection(HOST, username="admin", password=PASSWORD, api_version="v1.1"))
    with pytest.raises(errors.Refused, match=r"does not speak v1\.1 of the API"):
        client.get(STATUS)
    assert len(sbc.asked) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"password": ""}, "username and password"),
        ({"username": "a:b"}, "colon"),
        ({"api_version": "1.2"}, "api_version"),
        ({"renew_field": "a b"}, "renew_field"),
        ({"host": "https://sbc"}, "host"),
    ],
)
def test_bad_options(given, says) -> None:
    with pytest.raises(errors.BadInput, match=says):
        SbcConnection(**{"host": HOST, "username": "admin", "password": PASSWORD, **given})


def test_a_client_from_options(options, sbc) -> None:
    hidden: list[str] = []
    client = open_client({**options, "more": 1}, hidden.extend)
    client.get(STATUS)
    assert hidden == [client.connection.basic, "token-1-of-the-sbc=="]


class TestRenewal:
    # Trap 5.
    def test_a_token_is_renewed_in_time_in_the_way_that_keeps_the_lock(self, client, sbc, lock, fake) -> None:
        lock.take()
        chain = client.token.chain
        fake.now += 449
        client.get(STATUS)
        assert len(sbc.tokens) == 1
        fake.now += 2
        client.get(STATUS)
        renewal = sbc.asked[-2]
        assert renewal.path == "/auth/token"
        assert renewal.headers["Authorization"].startswith("Basic ")
        assert renewal.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert renewal.body == urllib.parse.urlencode({"token": "token-1-of-the-sbc=="})
        assert sbc.lock == "token-2-of-the-sbc=="
        assert client.token.chain == chain
        assert client.token_left == 600

    def test_the_name_of_the_field_is_an_option(self, sbc, fake) -> None:
        connection = SbcConnection(HOST, username="admin", password=PASSWORD, renew_field="access-token")
        client = SbcClient(connection, clock=lambda: fake.now)
        client.get(STATUS)
        fake.now += 500
        client.get(STATUS)
        assert sbc.asked[2].body.startswith("access-token=")

    @pytest.mark.parametrize("failure", [GONE, REFUSED, (503, ""), error(400, "no such field"), error(401, "no")])
    def test_one_that_fails_is_tried_again_while_the_token_lives(self, client, sbc, fake, failure) -> None:
        client.get(STATUS)
        first = client.token
        sbc.on("POST", "/auth/token", failure)
        fake.now += 451
        client.get(STATUS)
        assert client.token is first
        assert client.renewal_trouble
        fake.now += 10
        client.get(STATUS)
        assert client.token is first
        fake.now += 10
        client.get(STATUS)
        assert (client.token.chain, client.token.text) == (1, "token-2-of-the-sbc==")
        assert not client.renewal_trouble

    def test_a_dead_token_is_followed_by_a_log_in(self, client, sbc, fake) -> None:
        client.get(STATUS)
        fake.now += 601
        client.get(STATUS)
        assert client.token.chain == 2
        assert sbc.asked[-2].body == ""

    def test_the_answer_to_a_log_in_was_lost(self, client, sbc) -> None:
        """What needed the token was not sent, so it can be sent again."""
        sbc.on("POST", "/auth/token", GONE)
        with pytest.raises(errors.NoAnswer) as caught:
            client.send("PUT", "/configuration/management", {"action": "save"}, needs_lock=True)
        assert caught.value.sent is False
        assert not sbc.submitted

    def test_for_what_is_to_hold_a_lock_the_token_is_young(self, client, sbc, fake) -> None:
        client.get(STATUS)
        fake.now += 59
        client.fresh_login(younger_than=60)
        assert len(sbc.tokens) == 1
        fake.now += 1
        client.fresh_login(younger_than=60)
        assert client.token_left == 600


class TestErrors:
    # Trap 7.
    def test_the_two_texts_of_423(self, client, sbc) -> None:
        sbc.on("PUT", "/configuration", error(423, LOCKED), error(423, NO_LOCK))
        with pytest.raises(LockedByOther, match=LOCKED):
            client.send("PUT", "/configuration/management")
        with pytest.raises(LockLost, match=NO_LOCK):
            client.send("PUT", "/configuration/management")
        texts = recorded("error_messages.json")
        assert LOCKED in texts
        assert NO_LOCK in texts

    # Trap 5.
    def test_a_refused_token_is_replaced(self, client, sbc) -> None:
        client.get(STATUS)
        sbc.tokens.clear()
        client.get(STATUS)
        assert client.token.chain == 2
        assert sbc.named() == ["token", "slot", "slot", "token", "slot"]

    def test_what_needs_the_lock_is_not_sent_again_with_another_token(self, client, sbc) -> None:
        client.get(STATUS)
        sbc.tokens.clear()
        with pytest.raises(LockLost, match="does not accept the token"):
            client.send("PUT", "/configuration/management", {"action": "save"}, needs_lock=True)
        assert client.token is None
        assert sbc.named() == ["token", "slot", "save"]

    def test_a_fresh_token_is_refused_too(self, client, sbc) -> None:
        """A restart or a switchover at this moment: it passes by."""
        sbc.on("GET", STATUS, error(401, "Client not authorized."), error(401, "Client not authorized."))
        with pytest.raises(errors.NoAnswer) as caught:
            client.get(STATUS)
        assert (caught.value.sent, caught.value.server_spoke) == (False, True)

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_wrong_password(self, client, sbc, status) -> None:
        sbc.on("POST", "/auth/token", error(status, "Client not authorized."))
        with pytest.raises(errors.Denied, match="did not accept username and password: Client not authorized"):
            client.get(STATUS)

    def test_no_administrator(self, client, sbc) -> None:
        sbc.on(
            "GET", STATUS, error(403, "This request requires the client credentials to have administrator privileges")
        )
        with pytest.raises(errors.Denied, match="an account with administrator privileges"):
            client.get(STATUS)

    def test_what_is_not_there(self, client, sbc) -> None:
        sbc.on("GET", STATUS, error(404, "Resource not found"))
        with pytest.raises(errors.JobMissing, match="Resource not found"):
            client.get(STATUS)
        sbc.on("POST", "/admin/switchover", error(404, "Resource not found"))
        with pytest.raises(errors.Refused) as caught:
            client.send("POST", "/admin/switchover")
        assert caught.value.details == {"status": 404}

    @pytest.mark.parametrize("status", [500, 503])
    def test_trouble_of_the_sbc_is_no_answer(self, client, sbc, status) -> None:
        sbc.on("GET", STATUS, (status, ""))
        with pytest.raises(errors.NoAnswer) as caught:
            client.get(STATUS)
        assert caught.value.label == f"HTTP {status}"

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (error(400, "Invalid action: x")[1], "Invalid action: x."),
            ("<response><data><errorMessage>a\n b</errorMessage></data><messages/><links/></response>", "a b."),
            (
                "<response><data/><messages><message><errorMessage>deep</errorMessage></message></messages></response>",
                "deep.",
            ),
            ("<response><data/><messages/><links/></response>", "no reason was given."),
            ("<response><messages><errorMessage/></messages></response>", "no reason was given."),
            ("<html><body>Bad</body></html>", "no reason was given."),
            ("", "no reason was given."),
        ],
    )
    # Trap 14.
    def test_the_words_of_an_error_wherever_they_stand(self, client, sbc, body, says) -> None:
        sbc.on("GET", STATUS, (400, body))
        with pytest.raises(errors.Refused) as caught:
            client.get(STATUS)
        assert caught.value.message == f"https://{HOST}:443 refused (HTTP 400): {says}"
        assert caught.value.details == {"status": 400}

    @pytest.mark.parametrize("body", ["", "<html></html>", "no xml <"])
    def test_an_answer_that_is_no_xml(self, client, sbc, body) -> None:
        sbc.on("GET", STATUS, (200, body))
        with pytest.raises(errors.NoAnswer, match="not the REST API of an SBC"):
            client.get(STATUS)

    @pytest.mark.parametrize("token", ["", "a b", "a\u00e4"])
    def test_a_log_in_without_a_token(self, client, sbc, token) -> None:
        sbc.on("POST", "/auth/token", (200, answer(f"<accessToken>{token}</accessToken>")))
        with pytest.raises(errors.NoAnswer, match="sent no token"):
            client.get(STATUS)

    def test_no_secret_is_in_an_error(self, client, sbc) -> None:
        client.get(STATUS)
        for failure in (GONE, (503, ""), error(400, "x"), error(423, LOCKED)):
            sbc.on("PUT", "/configuration", failure)
            with pytest.raises(errors.JobError) as caught:
                client.send("PUT", "/configuration/management", {"action": "save"})
            text = "".join(traceback.format_exception(caught.type, caught.value, caught.tb))
            assert "token-1" not in text
            assert PASSWORD not in text


# Trap 12.
def test_an_address_that_the_sbc_hands_out_is_never_asked(client, sbc) -> None:
    """The 202 names one on another host; only our own base is asked (the fake refuses any other)."""
    sbc.on("POST", "/configuration", (202, recorded("synthetic/submit_202.xml")))
    client.send("POST", "/configuration/management", {"action": "activate"})
    client.get(STATUS)
    assert sbc.named() == ["token", "activate", "slot"]
    assert "<link>https://" in recorded("synthetic/submit_202.xml")


def test_the_endpoints_are_those_of_the_documentation() -> None:
    """The five operations, and with which method each is asked for."""
    known = json.dumps(json.loads(recorded("endpoints.json")))
    for path in ("configuration/lock", "configuration/unlock", "admin/asyncstatus", "system/status", "auth/token"):
        assert path in known
