# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.client import ScmConnection, open_client
from ansible_collections.netops.jobs.tests.unit.scm_tenant import (
    CLIENT_ID,
    REQUEST_ID,
    SECRET,
    TOKEN_URL,
    TSG,
    error,
)

JOBS = "/config/operations/v1/jobs"
HTML = b"<html><body>Bad Gateway</body></html>"


def test_the_token_is_fetched_once_and_sent(tenant, client) -> None:
    tenant.on("GET", JOBS, (200, {"data": []}))
    for _each in range(3):
        assert client.get(client.config("/jobs"), {"limit": 200}).data == {"data": []}
    [fetched] = tenant.sent("POST")
    assert fetched.url.replace(":443", "") == TOKEN_URL
    assert fetched.body == {"grant_type": "client_credentials", "scope": f"tsg_id:{TSG}"}
    login = base64.b64decode(fetched.headers["Authorization"].removeprefix("Basic ")).decode()
    assert login == f"{CLIENT_ID}:{SECRET}"
    asked = tenant.sent("GET")
    assert {each.token for each in asked} == {"token-1"}
    assert asked[0].url == f"https://api.strata.paloaltonetworks.com:443{JOBS}?limit=200"


# Trap 18.
def test_no_region_is_sent(tenant, client) -> None:
    tenant.on("GET", JOBS, (200, {"data": []}))
    client.get(client.config("/jobs"))
    assert not [asked for asked in tenant.asked for name in asked.headers if "region" in name.lower()]


# Trap 14.
@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, error("E003", "Missing Body"), errors.Refused, "Missing Body (E003)"),
        (400, error("E013", "Bad XPath"), errors.Refused, "Bad XPath (E013)"),
        (401, error("E016", "Key Expired"), errors.Denied, "Key Expired (E016)"),
        (403, error("E007", "Unauthorized"), errors.Denied, "Unauthorized (E007)"),
        (404, error("E005", "Object Not Present"), errors.JobMissing, "Object Not Present (E005)"),
        (405, error("E012", "Action Not Supported: move"), errors.Refused, "Action Not Supported: move (E012)"),
        (409, error("E016", "Object Not Unique"), errors.Refused, "Object Not Unique (E016)"),
        (501, error("E012", "Version Not Supported"), errors.Refused, "Version Not Supported (E012)"),
        (504, error("4", "Session Timeout"), errors.NoAnswer, "Session Timeout (4)"),
        (504, error(4, "Session Timeout"), errors.NoAnswer, "Session Timeout (4)"),
    ],
)
def test_the_status_decides_and_the_words_are_kept(tenant, client, status, body, kind, words) -> None:
    tenant.on("GET", JOBS, (status, body))
    with pytest.raises(kind) as caught:
        client.get(client.config("/jobs"))
    assert isinstance(caught.value, kind)
    assert words in caught.value.message
    assert f"[request {REQUEST_ID}]" in caught.value.message
    assert caught.value.label == f"HTTP {status}"


# Trap 14: the live code, and the reason inside the details [recorded].
@pytest.mark.parametrize(
    "details",
    [
        {"errorType": "Object Not Present", "message": "Failed to find obj-uuid for command get"},
        "Object Not Present: Failed to find obj-uuid for command get",
        ["Object Not Present", "Failed to find obj-uuid for command get"],
    ],
)
def test_details_in_all_shapes(tenant, client, details) -> None:
    message = "Your configuration is not valid. Please review the error message for more details."
    tenant.on("GET", JOBS, (404, error("API_I00013", message, details)))
    with pytest.raises(errors.JobMissing) as caught:
        client.get(client.config("/jobs"))
    assert (
        "for more details (API_I00013): Object Not Present: Failed to find obj-uuid for command get"
        in caught.value.message
    )


# Trap 24.
@pytest.mark.parametrize("body", [HTML, b"", b"{", b"[]", b'"x"', b'{"_errors": 3}', b'{"_errors": [null]}'])
@pytest.mark.parametrize(
    ("status", "kind"), [(400, errors.Refused), (403, errors.Denied), (404, errors.JobMissing), (502, errors.NoAnswer)]
)
def test_a_gateway_that_answers_html_or_nothing(tenant, client, status, kind, body) -> None:
    tenant.on("GET", JOBS, (status, body, {"Content-Type": "text/html"}))
    with pytest.raises(kind) as caught:
        client.get(client.config("/jobs"))
    assert f"HTTP {status}" in caught.value.label
    assert "<" not in caught.value.message
    assert "Traceback" not in caught.value.message


@pytest.mark.parametrize("body", [HTML, b"{"])
def test_a_success_that_is_no_json(tenant, client, body) -> None:
    tenant.on("GET", JOBS, (200, body))
    with pytest.raises(errors.NoAnswer, match="not JSON"):
        client.get(client.config("/jobs"))


def test_the_other_shapes_of_an_error(tenant, client) -> None:
    tenant.on("GET", "/operations/v1", (400, {"error": "device query parameter is required"}))
    with pytest.raises(errors.Refused, match="device query parameter is required"):
        client.get(client.device("/local-config/download"))
    tenant.on("GET", "/operations/v1", (404, {"message": "no Route matched"}))
    with pytest.raises(errors.JobMissing, match="no Route matched"):
        client.get(client.device("/local-config/download"))


def test_trouble_says_when_to_ask_again(tenant, client) -> None:
    tenant.on("GET", JOBS, (503, b"", {"Retry-After": "17"}))
    with pytest.raises(errors.NoAnswer) as caught:
        client.get(client.config("/jobs"))
    assert (caught.value.retry_after, caught.value.sent, caught.value.server_spoke) == (17, True, True)


# Trap 15.
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_401_leads_to_one_new_token_and_one_repetition(tenant, client, method) -> None:
    tenant.on("GET", JOBS, (200, {}))
    client.get(client.config("/jobs"))
    # A POST, too: 401 says that it was not applied.
    tenant.on(method, JOBS, (401, error("E016", "Key Expired")), (200, {"ok": 1}))
    reply = client.get(client.config("/jobs")) if method == "GET" else client.send("POST", client.config("/jobs"), {})
    assert reply.data == {"ok": 1}
    asked = tenant.sent(method, JOBS)
    assert [each.token for each in asked][-2:] == ["token-1", "token-2"]
    assert tenant.tokens == 2
    client.get(client.config("/jobs"))
    assert tenant.tokens == 2


def test_a_401_that_stays_is_a_refusal(tenant, client) -> None:
    tenant.on("GET", JOBS, (401, error("E016", "Invalid Credential")))
    with pytest.raises(errors.Denied, match=r"Invalid Credential \(E016\).*Check tsg_id"):
        client.get(client.config("/jobs"))
    assert (tenant.tokens, len(tenant.sent("GET"))) == (2, 2)


def test_a_token_is_replaced_before_it_ends(tenant, open_scm) -> None:
    now = [1000.0]
    client = open_scm(now=lambda: now[0])
    tenant.on("GET", JOBS, (200, {}))
    for moment, tokens in ((1000, 1), (1838, 1), (1840, 2), (2678, 2), (2680, 3)):
        now[0] = moment
        client.get(client.config("/jobs"))
        assert tenant.tokens == tokens, moment


@pytest.mark.parametrize(
    ("lifetime", "second"),
    [
        (None, 839),
        ("899", 839),
        (True, 839),
        (-1, 839),
        (30, 14),
        pytest.param(10**400, 839, id="huge"),
        (float("inf"), 839),
        (float("nan"), 839),
    ],
)
def test_lifetimes_that_are_missing_odd_or_short(tenant, open_scm, lifetime, second) -> None:
    now = [1000.0]
    client = open_scm(now=lambda: now[0])
    tenant.lifetime = lifetime
    tenant.on("GET", JOBS, (200, {}))
    client.get(client.config("/jobs"))
    now[0] += second
    client.get(client.config("/jobs"))
    assert tenant.tokens == 1
    now[0] += 2
    client.get(client.config("/jobs"))
    assert tenant.tokens == 2


def test_a_clock_that_is_set_back_costs_a_token_and_no_more(tenant, open_scm) -> None:
    now = [1000.0]
    client = open_scm(now=lambda: now[0])
    tenant.on("GET", JOBS, (200, {}))
    client.get(client.config("/jobs"))
    now[0] = 500.0
    client.get(client.config("/jobs"))
    client.get(client.config("/jobs"))
    assert tenant.tokens == 2


def test_a_token_from_outside_is_used_as_it_is(tenant, open_scm) -> None:
    client = open_scm(client_id=None, client_secret=None, tsg_id=None, access_token="from-elsewhere")
    tenant.on("GET", JOBS, (200, {}), (401, error("E016", "Key Expired")))
    client.get(client.config("/jobs"))
    with pytest.raises(errors.Denied, match="With client_id and client_secret a new token can be fetched"):
        client.get(client.config("/jobs"))
    assert [each.token for each in tenant.asked] == ["from-elsewhere"] * 2


def test_a_token_from_outside_is_replaced_where_there_is_an_account(tenant, open_scm) -> None:
    client = open_scm(access_token="from-elsewhere")
    tenant.on("GET", JOBS, (401, b""), (200, {}), (401, b""), (200, {}))
    client.get(client.config("/jobs"))
    client.get(client.config("/jobs"))
    assert [each.token for each in tenant.sent("GET")] == ["from-elsewhere", "token-1", "token-1", "token-2"]


# Trap 17.
@pytest.mark.parametrize(
    ("answer", "retry_after"),
    [
        ((429, b"", {"Retry-After": "3"}), 3),
        ((429, b""), None),
        ((503, HTML), None),
        (requests.exceptions.ReadTimeout("x"), None),
        ((200, HTML), None),
        ((200, {"token_type": "Bearer"}), None),
        ((200, {"access_token": 3}), None),
    ],
)
def test_a_token_service_in_trouble_is_an_outage_in_which_nothing_was_sent(tenant, client, answer, retry_after) -> None:
    tenant.on("POST", "/oauth2/access_token", answer)
    tenant.on("POST", JOBS, (200, {}))
    with pytest.raises(errors.NoAnswer, match="No access token") as caught:
        client.send("POST", client.config("/jobs"), {})
    assert (caught.value.sent, caught.value.retry_after) == (False, retry_after)
    assert not tenant.sent("POST", JOBS)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_account_that_is_not_known(tenant, client, status) -> None:
    body = {"error": "invalid_client", "error_description": "Client authentication failed"}
    tenant.on("POST", "/oauth2/access_token", (status, body))
    with pytest.raises(errors.Denied) as caught:
        client.get(client.config("/jobs"))
    assert "invalid_client: Client authentication failed. Check client_id" in caught.value.message
    assert SECRET not in caught.value.message


@pytest.mark.parametrize(
    "options",
    [
        {"client_secret": None},
        {"client_id": "a:b"},
        {"client_secret": "with a line end\n"},
        {"tsg_id": "tenant"},
        {"access_token": "with blank"},
        {"token_url": "http://auth.apps.paloaltonetworks.com/oauth2/access_token"},
        {"token_url": "https://user:pw@auth.apps.paloaltonetworks.com/oauth2/access_token"},
        {"token_url": "https://auth.apps.paloaltonetworks.com"},
        {"token_url": "https://auth.apps.paloaltonetworks.com:x/oauth2"},
        {"token_url": "https://auth.apps.paloaltonetworks.com/a?b=c"},
        {"token_url": "https://auth.\xfc.example.com/oauth2"},
        {"config_path": "config/operations/v1"},
        {"config_path": "/config/operations/v1/"},
        {"device_path": "//evil.example.com/x"},
    ],
)
def test_connections_that_cannot_be(options) -> None:
    given = {"client_id": CLIENT_ID, "client_secret": SECRET, "tsg_id": TSG, **options}
    with pytest.raises(errors.BadInput) as caught:
        ScmConnection("api.strata.paloaltonetworks.com", **given)
    assert SECRET not in caught.value.message


def test_other_addresses(tenant, open_scm) -> None:
    url = "https://auth.example.com:8443/am/oauth2/access_token"
    client = open_scm(token_url=url, config_path="/sse/config/v1")
    tenant.on("POST", "/am/oauth2/access_token", (200, {"access_token": "other", "expires_in": 899}))
    tenant.on("GET", "/sse/config/v1/jobs", (200, {}))
    client.get(client.config("/jobs"))
    assert [each.url for each in tenant.sent("POST")] == [url]


def test_nothing_secret_is_shown(tenant, open_scm, connection) -> None:
    hidden: set[str] = set()
    client = open_client(connection, hidden.update)
    tenant.on("GET", JOBS, (200, {}))
    client.get(client.config("/jobs"))
    assert hidden == {client.connection.account.basic, "token-1"}
    shown = repr(client) + repr(client.connection) + repr(client.connection.account) + repr(vars(client))
    assert SECRET not in shown
    assert "token-1" not in shown
    assert TSG in repr(client)


def test_the_deadline_holds_for_the_token_too(tenant, client) -> None:
    client.limit(0.0)
    with pytest.raises(errors.NoAnswer, match="no time was left") as caught:
        client.get(client.config("/jobs"))
    assert not caught.value.sent
    assert not tenant.asked
