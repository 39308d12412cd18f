# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import traceback

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.client import (
    IllumioClient,
    IllumioConnection,
    errors_in,
    open_client,
)

SECRET = "5ecret-of-the-key"
REQUEST_ID = "36aae8ce-82ed-4a6a-8a76-77d2df78daff"
JOBS = "/api/v2/orgs/1/jobs"
NOT_ACCEPTABLE = [{"token": "not_acceptable_error", "message": "Not Acceptable. One or more objects don't exist."}]


def test_the_credentials_are_in_the_header_only(client, pce) -> None:
    pce.on("GET", JOBS, (200, [{"href": "/orgs/1/jobs/7"}]))
    reply = client.get(f"{client.org}/jobs", {"max_results": 1, "managed": True, "name": None})
    assert reply.data == [{"href": "/orgs/1/jobs/7"}]
    assert reply.request_id == REQUEST_ID
    asked = pce.asked[0]
    assert asked.path == f"{JOBS}?max_results=1&managed=true"
    assert base64.b64decode(asked.headers["Authorization"].partition(" ")[2]).decode() == f"api_1:{SECRET}"
    assert "Prefer" not in asked.headers
    assert SECRET not in f"{client!r} {client.connection!r} {reply!r}"


def test_a_read_as_a_job(client, pce) -> None:
    pce.on("GET", JOBS, (202, b"", {"Location": "/orgs/1/jobs/7", "Retry-After": "5"}))
    reply = client.get(f"{client.org}/jobs?x=1", {"y": "a b"}, asynchronous=True)
    assert (reply.status, reply.data, reply.headers["retry-after"]) == (202, None, "5")
    assert pce.asked[0].headers["Prefer"] == "respond-async"
    assert pce.asked[0].path == f"{JOBS}?x=1&y=a+b"


def test_a_body_is_json(client, pce) -> None:
    pce.on("POST", "/api/v2/orgs/1/reports", (201, {"href": "/orgs/1/reports/1"}))
    assert client.send("POST", f"{client.org}/reports", {"description": "ü"}).data == {"href": "/orgs/1/reports/1"}
    assert pce.asked[0].body == {"description": "ü"}
    assert pce.asked[0].headers["Content-Type"] == "application/json"


# Traps 2 and 3.
@pytest.mark.parametrize(
    "address",
    [
        "https://pce.example.com:8443/api/v2/orgs/1/jobs/7",
        "https://evil.example.org/api/v2/orgs/1/jobs/7",
        "/api/v2/orgs/1/jobs/7",
        "/orgs/1/jobs/7",
        "//evil.example.org/orgs/1/jobs/7",
        "https://pce.example.com/api/v3/orgs/1/jobs/7",
    ],
)
def test_an_address_in_any_form_stays_on_our_host(client, address) -> None:
    assert client.href(address) == "/orgs/1/jobs/7"


def test_the_query_of_an_address_is_kept(client) -> None:
    assert client.href("/orgs/1/datafiles/7?filename=x.json") == "/orgs/1/datafiles/7?filename=x.json"


@pytest.mark.parametrize("address", ["", "ftp://pce/orgs/1", "javascript:alert(1)", "/orgs/1\r\nHost: evil"])
def test_what_is_no_address(client, address) -> None:
    with pytest.raises(errors.NoAnswer):
        client.href(address)


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        ((401, []), errors.Denied, "did not accept the credentials"),
        ((403, {"token": "forbidden", "message": "no"}), errors.Denied, "no (forbidden)"),
        ((404, [{"token": "not_found_error", "message": "Not found"}]), errors.JobMissing, "Not found"),
        ((410, b""), errors.JobMissing, "HTTP 410"),
        ((406, NOT_ACCEPTABLE), errors.Refused, "One or more objects don't exist. (not_acceptable_error)"),
        ((400, b"<html>Bad request</html>"), errors.Refused, "no reason was given"),
        ((405, b"17"), errors.Refused, "no reason was given"),
        ((406, {"errors": [{"token": "a", "message": "b"}]}), errors.Refused, "b (a)"),
        ((406, [{"error": "server error"}]), errors.Refused, "server error"),
        ((500, b"oops"), errors.NoAnswer, "HTTP 500"),
        ((429, [{"token": "too_many_requests_error"}]), errors.NoAnswer, "too many requests"),
        ((200, b"<html>Log in</html>"), errors.NoAnswer, "not JSON"),
        ((200, b"[" * 100_000), errors.NoAnswer, "not JSON"),
        ((200, b" "), errors.NoAnswer, "the answer is empty"),
        ((406, b"[" * 100_000), errors.Refused, "no reason was given"),
    ],
)
def test_every_error_has_the_pces_words_and_the_id_of_the_request(client, pce, answer, error, text) -> None:
    """Traps 28 and 33."""
    pce.on("GET", JOBS, answer)
    with pytest.raises(error) as caught:
        client.get(f"{client.org}/jobs")
    assert text in caught.value.message
    assert REQUEST_ID in caught.value.message
    assert caught.value.message.startswith("https://pce.example.com:8443")
    shown = f"{caught.value!r} {caught.value.__cause__!r}" + "".join(
        traceback.format_exception(type(caught.value), caught.value, caught.value.__traceback__)
    )
    assert SECRET not in shown


def test_a_refusal_can_be_told_apart(client, pce) -> None:
    pce.on("DELETE", JOBS, (406, [{"token": "already_deleted", "message": "gone"}]))
    with pytest.raises(errors.Refused) as caught:
        client.send("DELETE", f"{client.org}/jobs/7")
    assert caught.value.details == {"status": 406, "code": "already_deleted"}


@pytest.mark.parametrize("body", [b"", b"null", b'""', b"[]", b"{}", b"[[1, null]]", b"\xff"])
def test_bodies_that_say_nothing(body) -> None:
    assert errors_in(body) == []


class TestStream:
    def test_pieces(self, client, pce) -> None:
        pce.on("GET", "/api/v2/orgs/1/datafiles/7", (200, b"[" + b" " * 200_000 + b"]"))
        with client.stream("/orgs/1/datafiles/7?filename=x") as answer:
            assert sum(map(len, answer)) == 200_002
        assert pce.asked[0].headers["Accept-Encoding"] == "identity"
        assert pce.asked[0].headers["Accept"] == "application/json"

    def test_an_error_in_place_of_the_file(self, client, pce) -> None:
        pce.on("GET", "/api/v2/orgs/1/datafiles/7", (404, [{"token": "not_found_error", "message": "Not found"}]))
        with pytest.raises(errors.JobMissing, match="Not found"), client.stream("/orgs/1/datafiles/7"):
            pass


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"api_key": ""}, "Give api_key and api_secret"),
        ({"api_secret": ""}, "Give api_key and api_secret"),
        ({"api_key": "api:1"}, "hold a blank or another character"),
        ({"api_secret": "x y"}, "hold a blank or another character"),
        ({"org_id": 0}, "org_id: 0"),
        ({"api_version": "2"}, "give it as v2"),
        ({"host": "https://pce"}, "host: "),
    ],
)
def test_connections_that_cannot_be(options, complaint) -> None:
    with pytest.raises(errors.BadInput) as caught:
        IllumioConnection(**{"host": "pce", "api_key": "api_1", "api_secret": SECRET, **options})
    assert complaint in caught.value.message
    assert SECRET not in caught.value.message


def test_a_client_from_the_options_of_a_task() -> None:
    params = {
        "host": "PCE.example.com",
        "port": 443,
        "org_id": 7,
        "api_key": "api_1",
        "api_secret": SECRET,
        "api_version": "v2",
        "validate_certs": True,
        "ca_path": None,
        "client_cert": None,
        "client_key": None,
        "request_timeout": 30.0,
    }
    hidden: list[str] = []
    client = open_client({**params, "wait": True}, hidden.extend)
    assert hidden == [client.connection.basic]
    assert isinstance(client, IllumioClient)
    assert (client.endpoint, client.org) == ("https://pce.example.com:443", "/orgs/7")
