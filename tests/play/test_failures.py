# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user reads when something is wrong: a sentence that says what to do, no traceback, no secret."""

from __future__ import annotations

import functools
import socket
import typing as t

import pytest

if t.TYPE_CHECKING:
    from conftest import Player, Run

WAYS = ("local", "elsewhere")

# What is wrong: parts of the message that must be there.
EXPECTED: dict[str, tuple[str, ...]] = {
    "name_not_found": (
        "the name of the host was not found",
        "Check host and the name servers",
        "Nothing was submitted",
    ),
    "connection_refused": ("connection refused", "check host and port", "Nothing was submitted"),
    "wrong_key": ("did not accept the API key", "Check api_key"),
    "wrong_password": ("did not accept username and password", "Check them"),
    "untrusted": ("is not signed by an authority that is trusted here", "ca_path", "Nothing was submitted"),
    "other_name": ("is for another name", "Use as host the name in the certificate", "Nothing was submitted"),
    "no_permission": ("not authorized for user role", "Give the account's admin role"),
    "locked": ("commit lock of alice", "Migration of the DMZ", "Have it released by its owner"),
    "timed_out": ("no verdict within wait_timeout (1 s)", "may still run", "pass job.handle"),
}


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def tasks_for(player: Player) -> list[dict[str, t.Any]]:
    lock = {"owner": "alice", "comment": "Migration of the DMZ"}
    key = {"username": None, "password": None}
    cases = {
        "name_not_found": player.options("fw1.invalid"),
        "connection_refused": player.options("127.0.0.1", port=closed_port()),
        "wrong_key": player.options(player.device(), **key, api_key="{{ api_key }}-of-nobody"),
        "wrong_password": player.options(player.device(), password="s3cret-of-nobody"),
        "untrusted": player.options(player.device(certificate="untrusted")),
        "other_name": player.options(player.device(certificate="wrong_name")),
        "no_permission": player.options(player.device(), username="reader", password="s3cret-of-reader"),
        "locked": player.options(player.device(locks=[lock]), **key, api_key="{{ api_key }}"),
        "timed_out": player.options(
            player.device(commit_polls=0), wait_timeout=1, progress_log=str(player.folder / "progress.jsonl")
        ),
    }
    assert cases.keys() == EXPECTED.keys()
    return [
        {
            "name": f"Fail by {case}",
            "netops.jobs.panos_commit": options,
            "register": case,
            "ignore_errors": True,
        }
        for case, options in cases.items()
    ]


@pytest.fixture(scope="module")
def failures(shared_player: Player) -> t.Callable[[str], Run]:
    """All failures in one play for each way of running."""

    @functools.cache
    def run(way: str) -> Run:
        return shared_player.play(tasks_for(shared_player), connection=way)

    return run


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", EXPECTED)
def test_the_message_says_what_to_do(failures: t.Callable[[str], Run], case: str, way: str) -> None:
    result = failures(way).results[case]
    assert result["failed"]
    for part in EXPECTED[case]:
        assert part in result["msg"]
    assert result["outcome"] in ("refused", "unreachable", "timed_out")


@pytest.mark.parametrize("way", WAYS)
def test_neither_secret_nor_traceback_is_printed(
    failures: t.Callable[[str], Run], shared_player: Player, clean: t.Callable[[str], None], way: str
) -> None:
    run = failures(way)
    assert run.code == 0, run.output[-2000:]
    clean(run.output)
    clean((shared_player.folder / "progress.jsonl").read_text())
    requests = shared_player.simulator.requests()
    assert requests
    assert {request["query"] for request in requests} == {""}


@pytest.mark.parametrize("case", EXPECTED)
def test_both_ways_say_the_same(failures: t.Callable[[str], Run], case: str) -> None:
    one, other = (failures(way).results[case] for way in WAYS)
    assert one["outcome"] == other["outcome"]
    assert one.get("refusal", {}).get("reason") == other.get("refusal", {}).get("reason")
    assert one.keys() - {"exception"} == other.keys() - {"exception"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("library", ["requests", "lxml"])
def test_a_missing_library_is_named(player: Player, clean: t.Callable[[str], None], library: str, way: str) -> None:
    tasks = [
        {
            "name": "Commit",
            "netops.jobs.panos_commit": player.options(player.device()),
            "register": "result",
            "ignore_errors": True,
        }
    ]
    run = player.play(tasks, connection=way, HIDDEN_LIBRARIES=library)
    result = run.results["result"]
    assert result["failed"]
    assert result["outcome"] == "refused"
    assert result["refusal"]["reason"] == "missing_library"
    assert f"Failed to import the required Python library ({library})" in result["msg"]
    clean(run.output)


SSH = {
    "no_login": """#!/bin/sh
echo "admin@fw1: Permission denied (publickey,keyboard-interactive)." >&2
exit 255
""",
    "no_shell": """#!/bin/sh
echo "Invalid syntax."
exit 1
""",
}


@pytest.mark.parametrize("answer", SSH)
def test_a_host_reached_by_ssh_by_mistake(player: Player, clean: t.Callable[[str], None], answer: str) -> None:
    fake = player.folder / "ssh"
    fake.write_text(SSH[answer])
    fake.chmod(0o755)
    tasks = [
        {
            "name": "Commit",
            "netops.jobs.panos_commit": player.options("{{ inventory_hostname }}"),
            "register": "result",
            "ignore_errors": True,
            "ignore_unreachable": True,
        }
    ]
    run = player.play(tasks, connection="ssh", ANSIBLE_SSH_EXECUTABLE=str(fake), ANSIBLE_SSH_RETRIES="0")
    result = run.results["result"]
    assert result.get("failed") or result.get("unreachable")
    assert "set `connection: local` for the play" in result["msg"], result["msg"]
    clean(run.output)
