# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import email.utils
import hashlib
import json
import traceback

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.client import (
    CortexClient,
    CortexConnection,
    complaint_in,
    complaint_of,
    open_client,
)

SECRET = "5ecret-of-the-key"
QUOTA = "/v1/xql/get_quota"
START = "/v1/xql/start_xql_query"
NOW = 1_763_719_200.0
SHAPES = {
    "envelope": {"reply": {"err_code": 500, "err_msg": "Bad request data", "err_extra": "quota exceeded"}},
    "bare": {"err_code": "500", "err_msg": "Bad request data", "err_extra": {"used": 3}},
    "netscan": {
        "err_msg": "The request contains invalid or missing parameters",
        "metadata": {
            "err_extra": [
                {"field": "name", "message": "Field required"},
                {"field": "extra_info", "message": "Extra inputs are not permitted"},
            ]
        },
    },
    "broker": {"description": "The broker is busy", "errors": [{"field": "id", "message": "not connected"}]},
    "detail": {"detail": [{"loc": ["body", "assets"], "msg": "field required", "type": "value_error.missing"}]},
}


def advanced(now: float = NOW) -> CortexClient:
    connection = CortexConnection("api-tenant.example.com", api_key=SECRET, api_key_id="7", key_type="advanced")
    return CortexClient(connection, now=lambda: now)


def dated(seconds: float) -> dict[str, str]:
    return {"Date": email.utils.formatdate(seconds, usegmt=True)}


def failed(client, **kwargs) -> errors.JobError:
    with pytest.raises(errors.JobError) as caught:
        client.call(QUOTA, **kwargs)
    return caught.value


# The log-in.


# Trap 5.
def test_a_standard_key_is_sent_as_it_is_with_a_user_agent(client, tenant) -> None:
    tenant.post(QUOTA, (200, {"reply": {"license_quota": 1000}}))
    assert client.call(QUOTA) == {"license_quota": 1000}
    asked = tenant.asked[0]
    assert asked.path == "/public_api/v1/xql/get_quota"
    assert asked.body == {"request_data": {}}
    assert asked.headers["Authorization"] == SECRET
    assert asked.headers["x-xdr-auth-id"] == "7"
    assert asked.headers["User-Agent"].startswith("netops.jobs")
    assert not [name for name in asked.headers if name in ("x-xdr-nonce", "x-xdr-timestamp")]
    assert SECRET not in f"{client!r} {client.connection!r}"


# Trap 9.
def test_an_advanced_key_signs_each_request_afresh(tenant) -> None:
    tenant.post(QUOTA, (200, {"reply": {}}))
    client = advanced()
    for _each in range(5):
        client.call(QUOTA)
    nonces = [asked.headers["x-xdr-nonce"] for asked in tenant.asked]
    assert len(set(nonces)) == 5
    for asked in tenant.asked:
        nonce, stamp = asked.headers["x-xdr-nonce"], asked.headers["x-xdr-timestamp"]
        assert len(nonce) == 64
        assert nonce.isascii()
        assert nonce.isalnum()
        assert stamp == "1763719200000"
        assert asked.headers["Authorization"] == hashlib.sha256(f"{SECRET}{nonce}{stamp}".encode()).hexdigest()
        assert SECRET not in str(asked.headers)


@pytest.mark.parametrize("ahead", [-3600, -31, 45, 86400])
def test_a_clock_that_is_wrong_here_is_set_by_the_answer(tenant, ahead) -> None:
    refused = (401, {"reply": {"err_code": 401, "err_msg": "Unauthorized"}}, dated(NOW + ahead))
    tenant.post(START, refused, (200, {"reply": "1_inv"}))
    client = advanced()
    assert client.call(START, write=True) == "1_inv"
    client.call(START, write=True)
    stamps = [int(asked.headers["x-xdr-timestamp"]) for asked in tenant.asked]
    assert stamps == [int(NOW * 1000), *[int((NOW + ahead) * 1000)] * 2]
    assert len({asked.headers["x-xdr-nonce"] for asked in tenant.asked}) == 3


def test_a_key_that_is_refused_with_the_right_time_too(tenant) -> None:
    tenant.post(QUOTA, (401, {"reply": {"err_code": 401, "err_msg": "Unauthorized"}}, dated(NOW + 90)))
    found = failed(advanced())
    assert isinstance(found, errors.Denied)
    assert len(tenant.asked) == 2
    assert "Unauthorized" in found.message
    assert "The clock here is 90 s behind the tenant's" in found.message
    assert "key_type: standard" in found.message


@pytest.mark.parametrize("headers", [dated(NOW + 20), {}, {"Date": "yesterday"}])
def test_a_refused_signature_with_the_right_clock_is_not_repeated(tenant, headers) -> None:
    tenant.post(QUOTA, (401, b"", headers))
    found = failed(advanced())
    assert len(tenant.asked) == 1
    assert "clock" not in found.message


def test_a_standard_key_has_no_clock(client, tenant) -> None:
    tenant.post(QUOTA, (401, b"", dated(0)))
    found = failed(client)
    assert isinstance(found, errors.Denied)
    assert len(tenant.asked) == 1
    assert "key_type: advanced" in found.message


@pytest.mark.parametrize("wrong", [{"api_key": ""}, {"api_key_id": ""}, {"api_key": "a b"}, {"api_key_id": "7\n"}])
def test_credentials_that_no_key_has(wrong) -> None:
    with pytest.raises(errors.BadInput, match="api_key"):
        CortexConnection("h.example.com", **{"api_key": "k", "api_key_id": "1", **wrong})


def test_a_client_from_options(tenant, connection) -> None:
    client = open_client({**connection, "key_type": "advanced", "more": 1})
    assert client.endpoint == "https://api-tenant.example.com:443"
    assert client.connection.key_type == "advanced"


# Errors.


# Trap 19.
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_an_error_is_shown_whole(client, tenant, shape) -> None:
    tenant.post(QUOTA, (400, SHAPES[shape]))
    found = failed(client)
    assert isinstance(found, errors.Refused)
    said = {
        "envelope": "Bad request data (err_code 500); quota exceeded",
        "bare": 'Bad request data (err_code 500); {"used": 3}',
        "netscan": "The request contains invalid or missing parameters; name: Field required; "
        "extra_info: Extra inputs are not permitted",
        "broker": "The broker is busy; id: not connected",
        "detail": '{"loc": ["body", "assets"], "msg": "field required", "type": "value_error.missing"}',
    }
    assert found.message == f"https://api-tenant.example.com:443 refused (HTTP 400): {said[shape]}."
    assert found.details["status"] == 400
    assert found.details["err_extra"]


# Trap 10.
@pytest.mark.parametrize("shape", SHAPES)
def test_a_500_with_a_reason_is_a_refusal(client, tenant, shape) -> None:
    tenant.post(QUOTA, (500, SHAPES[shape]))
    found = failed(client, write=True)
    assert isinstance(found, errors.Refused)
    assert (found.label, found.details["status"]) == ("HTTP 500", 500)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>oops</html>",
        {"reply": {"err_code": 500, "err_msg": "An error occurred while processing XDR public API", "err_extra": None}},
        {"err_msg": "Internal Server Error"},
        {"err_msg": "internal error."},
        {},
        # What gateways and web frameworks say of themselves.
        {"message": "Internal server error"},
        {"detail": "Internal Server Error"},
        {"error": {"code": 500, "status": "UNKNOWN"}},
        "no healthy upstream",
        ["oops"],
        {"reply": {"err_code": 500, "err_msg": "An error occurred while processing XDR public API", "err_extra": {}}},
        {"reply": {"err_code": 500, "err_msg": "Internal error", "err_extra": "Internal Server Error"}},
        {"reply": {"err_code": 500, "err_msg": "Internal error", "err_extra": "The request timed out."}},
        {"err_msg": "Service temporarily unavailable"},
    ],
)
def test_a_500_without_a_reason_may_have_taken_effect(client, tenant, body) -> None:
    tenant.post(QUOTA, (500, body))
    found = failed(client, write=True)
    assert isinstance(found, errors.NoAnswer)
    assert found.sent
    assert found.server_spoke
    assert len(tenant.asked) == 1


def test_an_error_without_a_reason_that_comes_as_a_success_may_have_taken_effect(client, tenant) -> None:
    said = {"err_code": 500, "err_msg": "An error occurred while processing XDR public API", "err_extra": None}
    tenant.post(QUOTA, (200, {"reply": said}))
    found = failed(client, write=True)
    assert isinstance(found, errors.NoAnswer)
    assert (found.sent, found.server_spoke) == (True, True)


def test_an_error_that_comes_as_a_success(client, tenant) -> None:
    tenant.post(QUOTA, (200, SHAPES["envelope"]))
    found = failed(client)
    assert isinstance(found, errors.Refused)
    assert found.details == {
        "status": 200,
        "err_code": "500",
        "err_msg": "Bad request data",
        "err_extra": "quota exceeded",
    }


# Trap 22.
def test_what_the_licence_does_not_cover(client, tenant) -> None:
    tenant.post(QUOTA, (402, {"err_msg": "License required"}))
    found = failed(client)
    assert isinstance(found, errors.Denied)
    assert found.label == "HTTP 402"
    assert "licence" in found.message
    assert "License required" in found.message


def test_what_the_role_of_the_key_does_not_allow(client, tenant) -> None:
    tenant.post(QUOTA, (403, {"err_msg": "User not Authorized"}))
    assert isinstance(failed(client), errors.Denied)
    tenant.post(QUOTA, (404, {"err_msg": "Run ID not found"}))
    assert isinstance(failed(client), errors.Refused)
    found = failed(client, of_job=True)
    assert isinstance(found, errors.JobMissing)
    assert found.message.endswith("HTTP 404: Run ID not found.")


# Trap 23.
@pytest.mark.parametrize(("status", "sent"), [(429, False), (502, True), (503, True), (504, True)])
def test_trouble_on_the_way_is_no_answer(client, tenant, status, sent) -> None:
    tenant.post(QUOTA, (status, b"busy", {"Retry-After": "7"}))
    found = failed(client)
    assert isinstance(found, errors.NoAnswer)
    assert (found.sent, found.retry_after) == (sent, 7.0)


@pytest.mark.parametrize("body", [{}, {"replies": 1}, [], 3])
def test_an_answer_without_a_reply(client, tenant, body) -> None:
    tenant.post(QUOTA, (200, body))
    assert failed(client).label == "no reply"


def test_a_write_is_never_repeated(client, tenant) -> None:
    tenant.post(START, requests.exceptions.ReadTimeout("x"))
    with pytest.raises(errors.NoAnswer) as caught:
        client.call(START, write=True)
    assert caught.value.sent
    assert len(tenant.asked) == 1


@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 500])
def test_a_key_that_the_other_side_quotes_is_shown_nowhere(client, tenant, status) -> None:
    said = {"err_code": 1, "err_msg": f"bad header {SECRET}", "err_extra": [{"Authorization": SECRET, SECRET: 1}]}
    tenant.post(QUOTA, (status, {"reply": said}))
    found = failed(client)
    details = getattr(found, "details", {})
    assert "bad header ********" in found.message
    shown = "".join(traceback.format_exception(type(found), found, None)) + json.dumps(details) + repr(vars(found))
    assert SECRET not in shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["reply", "err_code", "err_msg", "err_extra", "metadata", "errors", "detail", "description"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(json_values)
def test_whatever_an_error_holds_it_can_be_shown(value) -> None:
    said = complaint_of(value)
    assert isinstance(said.text, str)
    assert isinstance(said.says_why, bool)
    assert complaint_in(json.dumps(value).encode()).text == said.text


@given(st.binary(max_size=40))
def test_whatever_bytes_an_error_has(body) -> None:
    assert isinstance(complaint_in(body).text, str)
