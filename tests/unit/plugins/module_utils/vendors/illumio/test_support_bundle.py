# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import gzip
import json
import random
import time
import typing as t

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors, lifecycle
from ansible_collections.netops.jobs.plugins.module_utils._jobs.lifecycle import Wishes
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio import support_bundle
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.support_bundle import (
    BundleOptions,
    SupportBundle,
)
from ansible_collections.netops.jobs.tests.unit.fakes import FakeTime

REQUESTS = "/api/v2/orgs/1/support_bundle_requests"
HREF = "/orgs/1/support_bundle_requests/7734501b-74a2-47a4-9ded-77bf4ceea938"
BUNDLE = f"/api/v2{HREF}"
FILE = "/orgs/1/datafiles/5"
LOST = requests.exceptions.ReadTimeout("x")
NOW = datetime.datetime(2026, 11, 22, 5, 0, tzinfo=datetime.timezone.utc)
NO_LOGS = BundleOptions(include_logs=False)
BYTES = gzip.compress(b"bundle")


def bundle(href: object = HREF, **more: t.Any) -> dict[str, t.Any]:
    """A record in the form of the published schema."""
    return {
        "href": {"href": href},
        "name": "pce_support_bundle_1",
        "download_url": None,
        "requested_at": "2026-11-22T05:00:00Z",
        "completed_at": None,
        "created_by": {"href": "/users/14"},
        "status": "in_progress",
        "include_logs": False,
        "starting_at": None,
        "ending_at": None,
        **more,
    }


def over(**more: t.Any) -> dict[str, t.Any]:
    usual = {"completed_at": "2026-11-22T05:03:00Z", "download_url": {"href": FILE}, "status": "completed"}
    return bundle(**{**usual, **more})


class Run:
    """A bundle, and a world for it whose time does not pass by itself."""

    def __init__(self, client, options: BundleOptions | None = NO_LOGS, **more: t.Any) -> None:
        self.fake = FakeTime()
        self.fake.now = time.monotonic()  # the client bounds its requests by this clock
        self.operation = SupportBundle(client, options, clock=lambda: self.fake.now, **more)

    def __call__(self, **wishes: t.Any):
        given = {"timing": Timing(600, 2, 15, 120), "adopt": False, **wishes}
        return lifecycle.run(self.operation, Wishes(**given), self.fake.world)


@pytest.fixture
def laid(pce):
    pce.on("GET", REQUESTS, (200, []))
    pce.on("POST", REQUESTS, (201, bundle()))
    pce.on("GET", BUNDLE, (200, bundle()), (200, over()))
    pce.on("GET", f"/api/v2{FILE}", (200, BYTES, {"Content-Type": "application/gzip"}))
    return pce


def test_a_bundle_from_the_request_to_the_file(client, laid, tmp_path) -> None:
    dest = tmp_path / "bundle.tgz"
    verdict = Run(client, dest=str(dest))()
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert dest.read_bytes() == BYTES
    assert verdict.result["path"] == str(dest)
    assert verdict.result["name"] == "pce_support_bundle_1"
    assert verdict.polling.observed == {"in_progress": 1, "completed": 1}
    # Words of which nothing is published give no warning: a bundle is there when it has an address.
    assert verdict.warnings == ()
    assert verdict.job.handle.id == HREF
    assert [asked.body for asked in laid.sent("POST")] == [{"include_logs": False}]
    assert not laid.sent("DELETE")


def test_a_bundle_that_stays_on_the_pce(client, laid) -> None:
    verdict = Run(client)()
    assert (verdict.outcome, verdict.changed, verdict.result["href"]) == (Outcome.SUCCEEDED, False, HREF)


@pytest.mark.parametrize("href", [HREF, f"https://other.example.com:8443{BUNDLE}", BUNDLE])
def test_forms_of_the_address(client, laid, href) -> None:
    laid.on("POST", REQUESTS, (201, {**bundle(), "href": href}))
    laid.on("GET", BUNDLE, (200, over(download_url={"href": f"https://other.example.com/api/v2{FILE}"})))
    verdict = Run(client)()
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, HREF)


def test_a_bundle_that_is_complete_before_its_address_is_there(client, laid, tmp_path) -> None:
    laid.on("GET", BUNDLE, (200, over(download_url=None)), (200, over()))
    assert Run(client, dest=str(tmp_path / "b"))().outcome is Outcome.SUCCEEDED
    laid.on("GET", BUNDLE, (200, over(download_url=None)))
    assert Run(client, dest=str(tmp_path / "b"))().outcome is Outcome.FAILED


@pytest.mark.parametrize("word", ["failed", "Error"])
def test_a_bundle_that_failed(client, laid, word) -> None:
    laid.on("GET", BUNDLE, (200, bundle(status=word)))
    assert Run(client)().outcome is Outcome.FAILED


def test_times_are_sent_in_utc_and_bound_the_logs(client, laid) -> None:
    run = Run(client, BundleOptions(starting_at=NOW - datetime.timedelta(days=1), ending_at=NOW))
    run.operation.submit()
    assert laid.sent("POST")[0].body == {
        "include_logs": True,
        "starting_at": "2026-11-21T05:00:00.000Z",
        "ending_at": "2026-11-22T05:00:00.000Z",
    }


# A lost answer: no text proves whose request it is, but what is new in the list and of the same contents.


# Trap 22.
@pytest.mark.parametrize("answer", [(502, b""), LOST, (201, b"")])
def test_a_lost_answer_is_found_among_what_is_new(client, laid, answer) -> None:
    old = bundle("/orgs/1/support_bundle_requests/old")
    other = bundle("/orgs/1/support_bundle_requests/other", include_logs=True)
    laid.on("POST", REQUESTS, answer)
    laid.on("GET", REQUESTS, (200, [old]), (200, [other, bundle(), old]))
    laid.on("GET", BUNDLE, (200, over()))
    verdict = Run(client)()
    assert (verdict.outcome, verdict.job.handle.id) == (Outcome.SUCCEEDED, HREF)
    assert len(laid.sent("POST")) == 1


def test_a_bundle_that_provably_did_not_start_is_asked_for_again(client, laid) -> None:
    laid.on("POST", REQUESTS, (502, b""), (201, bundle()))
    assert Run(client)().outcome is Outcome.SUCCEEDED
    assert len(laid.sent("POST")) == 2


def test_what_was_there_before_must_be_known_before_the_request(client, laid) -> None:
    laid.on("GET", REQUESTS, (503, b""), (200, []))
    laid.on("GET", BUNDLE, (200, over()))
    assert Run(client)().outcome is Outcome.SUCCEEDED
    assert len(laid.sent("POST")) == 1


def test_an_unfinished_bundle_of_the_same_contents_is_adopted(client, laid) -> None:
    done = {**over(), "href": {"href": "/orgs/1/support_bundle_requests/done"}}
    failed = bundle("/orgs/1/support_bundle_requests/failed", status="failed")
    laid.on("GET", REQUESTS, (200, [done, failed, bundle()]))
    laid.on("GET", BUNDLE, (200, over()))
    verdict = Run(client)(adopt=True)
    assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, True)
    assert not laid.sent("POST")


@pytest.mark.parametrize(
    ("starting_at", "same"),
    [("2026-11-21T05:00:00Z", True), ("2026-11-21 05:00:00.000", True), ("2026-11-21T06:00:00Z", False), (None, False)],
)
def test_contents_are_compared_by_what_the_times_mean(starting_at, same) -> None:
    wanted = BundleOptions(starting_at=NOW - datetime.timedelta(days=1, microseconds=-7))
    assert wanted.describe(bundle(include_logs=True, starting_at=starting_at)) is same


# Deleting it.


def test_a_bundle_is_deleted_when_its_file_is_safe(client, laid, tmp_path) -> None:
    laid.on("DELETE", BUNDLE, (204, b""))
    assert Run(client, dest=str(tmp_path / "b"), delete=True)().warnings == ()
    assert len(laid.sent("DELETE")) == 1


@pytest.mark.parametrize(("key", "deleted"), [("api_1", 1), ("api_2", 0)])
def test_an_adopted_bundle_is_deleted_only_where_it_is_ours(client, laid, tmp_path, key, deleted) -> None:
    laid.on("GET", REQUESTS, (200, [bundle()]))
    laid.on("GET", "/api/v2/users/14/api_keys", (200, [{"auth_username": key}]))
    laid.on("GET", BUNDLE, (200, over()))
    laid.on("DELETE", BUNDLE, (204, b""))
    verdict = Run(client, dest=str(tmp_path / "b"), delete=True)(adopt=True)
    assert (verdict.outcome, verdict.job.adopted) == (Outcome.SUCCEEDED, True)
    assert len(laid.sent("DELETE")) == deleted


def test_a_bundle_that_breaks_off_is_fetched_again(client, laid, tmp_path) -> None:
    whole = gzip.compress(random.Random(7).randbytes(200_000))
    laid.on("GET", BUNDLE, (200, over()))
    laid.on(
        "GET", f"/api/v2{FILE}", (200, whole[:150_000]), (200, whole[:1000] + b"spoiled" + whole[1007:]), (200, whole)
    )
    laid.on("DELETE", BUNDLE, (204, b""))
    dest = tmp_path / "b.tgz"
    verdict = Run(client, dest=str(dest), delete=True)()
    assert verdict.outcome is Outcome.SUCCEEDED
    assert verdict.polling.outages == 1
    assert dest.read_bytes() == whole


def test_a_bundle_whose_file_was_not_fetched_is_not_deleted(client, laid, tmp_path) -> None:
    laid.on("GET", f"/api/v2{FILE}", (404, b""))
    verdict = Run(client, dest=str(tmp_path / "b"), delete=True)()
    assert verdict.outcome is Outcome.LOST
    assert not laid.sent("DELETE")


def test_a_handle_says_what_to_do(client, laid, tmp_path) -> None:
    dest = tmp_path / "bundle.tgz"
    started = Run(client, dest=str(dest), delete=True)(wait=False)
    handle = Handle.from_dict(json.loads(json.dumps(started.job.handle.to_dict())))
    laid.on("DELETE", BUNDLE, (204, b""))
    later = Run(client, None)
    verdict = later(handle=handle, check_mode=True)
    assert verdict.outcome is Outcome.RUNNING
    verdict = later(handle=handle, check_mode=True)
    assert (verdict.job.state, verdict.changed, dest.exists()) == (JobState.SUCCEEDED, True, False)
    assert not laid.sent("DELETE")
    verdict = later(handle=handle)
    assert (verdict.outcome, dest.read_bytes()) == (Outcome.SUCCEEDED, BYTES)
    assert len(laid.sent("DELETE")) == 1
    elsewhere = tmp_path / "elsewhere.tgz"
    assert Run(client, None, dest=str(elsewhere))(handle=handle).result["path"] == str(elsewhere)


def test_check_mode_asks_for_nothing(client, laid, tmp_path) -> None:
    verdict = Run(client, dest=str(tmp_path / "b"))(check_mode=True, adopt=True)
    assert (verdict.outcome, verdict.changed) == (Outcome.SUCCEEDED, True)
    assert not laid.sent("POST")


# The options of the module.


def params(connection, **given: t.Any) -> dict[str, t.Any]:
    usual = {"handle": None, "dest": None, "starting_at": None, "ending_at": None}
    return {**connection, **usual, "include_logs": True, "delete_request": False, **given}


def test_from_the_options_of_a_task(connection, pce) -> None:
    pce.on("GET", REQUESTS, (200, []))
    pce.on("POST", REQUESTS, (201, bundle()))
    given = params(connection, starting_at="2026-11-20", ending_at="2026-11-20")
    support_bundle.from_options(given, set().update, now=NOW).submit()
    assert pce.sent("POST")[0].body == {
        "include_logs": True,
        "starting_at": "2026-11-20T00:00:00.000Z",
        "ending_at": "2026-11-20T23:59:59.999Z",
    }


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"starting_at": "2026-11-31"}, "starting_at:"),
        ({"ending_at": "2026-11-23T00:00:00Z"}, "ending_at: 2026-11-23T00:00:00.000Z is in the future"),
        ({"starting_at": "2026-11-21", "ending_at": "2026-11-20"}, "starting_at: is not before ending_at"),
        ({"starting_at": "2026-11-21", "include_logs": False}, "starting_at: says which logs"),
        ({"delete_request": True}, "delete_request:"),
        ({"dest": "/no/such/folder/x"}, "dest:"),
    ],
)
def test_bad_options_are_named(connection, given, text) -> None:
    with pytest.raises(errors.BadInput) as caught:
        support_bundle.from_options(params(connection, **given), set().update, now=NOW)
    assert caught.value.message.startswith(text)


def test_a_handle_alone_is_enough(connection) -> None:
    operation = support_bundle.from_options(params(connection, handle={"x": 1}), set().update)
    with pytest.raises(errors.BadInput):
        operation.preview(want_diff=False)
