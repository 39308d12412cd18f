# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judges themselves: what agrees with a published file passes, and what does not is named."""

from __future__ import annotations

import importlib.util
import json

import pytest

from .conftest import TESTS  # first: it makes the next import possible

from openapi import scm  # isort: skip
from openapi.specification import Correction, Specification  # isort: skip

HOST = "https://127.0.0.1:4443"
PUSH = f"{HOST}{scm.CURRENT}/config-versions/candidate:push"
JOBS = f"{HOST}{scm.CURRENT}/jobs"
JSON = {"Authorization": "Bearer t", "Content-Type": "application/json"}
FORM = {"Authorization": "Basic eDp5", "Content-Type": "application/x-www-form-urlencoded"}
ROUTES = f"{HOST}{scm.DEVICES}/jobs/route-table"
RECORDED = TESTS / "data" / "scm" / "recorded"


def test_the_library_is_here() -> None:
    """Without it all other comparisons are skipped, which must not go unnoticed."""
    assert importlib.util.find_spec("openapi_core") is not None


@pytest.mark.parametrize(
    ("method", "url", "headers", "body"),
    [
        (
            "POST",
            PUSH,
            JSON,
            '{"folders": ["Mobile Users"], "devices": ["007951000388704"], "admin": ["a@example.com"]}',
        ),
        ("POST", PUSH.replace(scm.CURRENT, scm.LEGACY), JSON, '{"folders": ["Mobile Users"], "description": "x"}'),
        ("GET", f"{JOBS}?limit=200&offset=0", JSON, None),
        ("GET", f"{JOBS}/294", JSON, None),
        ("POST", ROUTES, JSON, '{"devices": ["007951000123456"], "advanced": true}'),
        ("POST", HOST + scm.TOKEN_PATHS[0], FORM, "grant_type=client_credentials&scope=tsg_id%3A1"),
        ("POST", HOST + scm.TOKEN_PATHS[1], FORM, "grant_type=client_credentials&scope=tsg_id%3A1"),
        (
            "POST",
            HOST + scm.TOKEN_PATHS[2],
            {"Content-Type": FORM["Content-Type"]},
            "grant_type=client_credentials&client_id=a&client_secret=b&scope=profile+tsg_id%3A1+email",
        ),
    ],
)
def test_right_requests(method: str, url: str, headers: dict[str, str], body: str | None) -> None:
    assert scm.request_errors(method, url, headers, body) == []


@pytest.mark.parametrize(
    ("method", "url", "headers", "body", "named"),
    [
        ("POST", PUSH, JSON, '{"folder": ["Mobile Users"]}', "'folders' is a required property"),  # Trap 10.
        ("POST", PUSH, JSON, '{"folders": ["a"], "folder": ["a"]}', "'folder' was unexpected"),
        ("POST", PUSH, JSON, '{"folders": ["a"], "devices": [7951000388704]}', "is not of type 'string'"),  # Trap 11.
        ("POST", PUSH, JSON, '{"folders": ["a/b"]}', "does not match"),
        ("POST", PUSH, JSON, None, "Missing required request body"),
        ("POST", PUSH, {"Content-Type": "application/json"}, '{"folders": ["a"]}', "Security not found"),
        ("PUT", PUSH, JSON, '{"folders": ["a"]}', "Operation put not found"),
        ("GET", f"{JOBS}?parent_id=3", JSON, None, "unknown query parameter: parent_id"),
        ("GET", f"{JOBS}?limit=all", JSON, None, "invalid literal"),
        ("GET", f"{HOST}{scm.CURRENT}/commits", JSON, None, "Path not found"),
        ("GET", f"{HOST}/config/operations/v2/jobs", JSON, None, "Server not found"),
        ("POST", ROUTES, JSON, '{"devices": ["1"]}', "devices/0: '1' does not match"),
        ("POST", ROUTES.replace("route-table", "dns-proxy"), JSON, '{"devices": [], "advanced": true}', "unexpected"),
        ("POST", HOST + scm.TOKEN_PATHS[0], FORM, "grant_type=password", "is not one of"),
    ],
)
def test_wrong_requests(method: str, url: str, headers: dict[str, str], body: str | None, named: str) -> None:
    assert named in "\n".join(scm.request_errors(method, url, headers, body))


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/config-versions/candidate:push", "push-candidate-config"),
        ("GET", "/jobs/294", "get-config-jobs-by-id"),
        ("GET", "/jobs", "list-config-jobs"),
    ],
)
def test_recorded_answers(method: str, path: str, name: str) -> None:
    """So the corrections are what the recordings need."""
    text = (RECORDED / f"{name}.json").read_text(encoding="utf-8")
    answer = {"Content-Type": "application/json; charset=UTF-8"}
    assert scm.config_operations().answer_errors(method, scm.CURRENT + path, 200, answer, text) == []


@pytest.mark.parametrize(
    ("status", "content_type", "body", "named"),
    [
        (200, "application/json", '{"data": [{"id": 294}]}', "294 is not of type 'string'"),
        (200, "application/json", '{"data": [{"id": "294"}]}', "'status_str' is a required property"),
        (200, "application/json", "[", "Failed to deserialize"),
        (200, "application/json", "", "Missing"),
        (200, "text/html", "<html></html>", "mimetype not found"),
        (502, "text/html", "<html></html>", "mimetype not found"),
        (401, "application/json", '{"_errors": [{"code": 16}]}', "16 is not of type 'string'"),
    ],
)
def test_wrong_answers(status: int, content_type: str, body: str, named: str) -> None:
    headers = {"Content-Type": content_type}
    errors = scm.config_operations().answer_errors("GET", f"{scm.CURRENT}/jobs/294", status, headers, body)
    assert named in "\n".join(errors)


# Trap 25.
def test_examples_of_a_file_that_break_its_own_formats() -> None:
    specification = scm.device_operations()
    operation = specification.document["paths"]["/device/jobs/{id}"]["get"]
    answer = operation["responses"]["200"]["content"]["application/json"]["examples"]["in_progress_job"]["value"]
    path = f"{scm.DEVICES}/device/jobs/{operation['parameters'][0]['example']}"
    errors = specification.answer_errors("GET", path, 200, {"Content-Type": "application/json"}, json.dumps(answer))
    assert "is not a 'uuid'" in "\n".join(errors)
    assert "is not a 'uuid'" in "\n".join(scm.request_errors("GET", HOST + path, JSON, None))


def test_every_correction_gives_its_reason_and_has_its_place() -> None:
    for correction in (*scm.CONFIG_OPERATIONS, *scm.TOKEN_SERVICE):
        assert len(correction.reason) > 20
    with pytest.raises(KeyError):
        Specification({"paths": {}}, corrections=[Correction(("paths", "/gone", "get"), {}, "was there once")])
