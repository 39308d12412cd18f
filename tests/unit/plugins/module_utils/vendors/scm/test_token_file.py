# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import ssl
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm import access
from ansible_collections.netops.jobs.plugins.module_utils._vendors.scm.access import Token, TokenFile
from ansible_collections.netops.jobs.tests.unit.scm_tenant import SECRET

JOBS = "/config/operations/v1/jobs"
MANY = 20


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokens.json"


def ask(client) -> None:
    client.get(client.config("/jobs"))


# Trap 17.
def test_one_token_for_all_and_nothing_secret_of_the_account_in_the_file(tenant, open_scm, path) -> None:
    tenant.on("GET", JOBS, (200, {}))
    for _host in range(5):
        ask(open_scm(token_cache=str(path)))
    assert tenant.tokens == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name("tokens.json.lock").stat().st_mode) == 0o600
    assert SECRET not in path.read_text()
    assert sorted(each.name for each in path.parent.iterdir()) == ["tokens.json", "tokens.json.lock"]


# Trap 17.
def test_many_hosts_at_once_fetch_one_token(tenant, open_scm, path) -> None:
    slow = tenant._token

    def fetch(asked):
        time.sleep(0.05)  # so that all others come while it is being fetched
        return slow(asked)

    tenant.on("POST", "/oauth2/access_token", fetch)
    tenant.on("GET", JOBS, (200, {}))
    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(ask, [open_scm(token_cache=str(path)) for _host in range(MANY)]))
    assert tenant.tokens == 1
    assert {asked.token for asked in tenant.sent("GET")} == {"token-1"}


# Trap 15.
def test_a_refused_token_is_renewed_once_by_all(tenant, open_scm, path) -> None:
    def answer(asked):
        return (401, b"") if asked.token == "token-1" else (200, {})

    tenant.on("GET", JOBS, (200, {}))
    clients = [open_scm(token_cache=str(path)) for _host in range(MANY)]
    for client in clients:
        ask(client)
    tenant.on("GET", JOBS, answer)
    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(ask, clients))
    assert tenant.tokens == 2


def test_a_file_replaced_while_it_is_opened_is_read_as_it_was(path, monkeypatch) -> None:
    file = TokenFile(str(path), now=lambda: 1000.0)
    file.write("KEY", Token("token-1", 1000.0, 899.0))
    opened = os.open

    def replaced(*args, **named):
        target = opened(*args, **named)
        monkeypatch.setattr(access.os, "open", opened)
        TokenFile(str(path), now=lambda: 1000.0).write("KEY", Token("token-2", 1000.0, 899.0))
        return target

    monkeypatch.setattr(access.os, "open", replaced)
    assert file.read("KEY").value == "token-1"
    assert file.read("KEY").value == "token-2"


@pytest.mark.parametrize(
    "other", [{"client_id": "other@x"}, {"tsg_id": "99"}, {"token_url": "https://b.example.com/t"}]
)
def test_the_token_of_another_account_is_never_used(tenant, open_scm, path, other) -> None:
    tenant.on("POST", "/t", (200, {"access_token": "of-another-service", "expires_in": 899}))
    tenant.on("GET", JOBS, (200, {}))
    ask(open_scm(token_cache=str(path)))
    ask(open_scm(token_cache=str(path), **other))
    ask(open_scm(token_cache=str(path)))
    tokens = [asked.token for asked in tenant.sent("GET")]
    assert tokens[0] == tokens[2] == "token-1"
    assert tokens[1] != "token-1"


def test_a_token_that_nears_its_end_is_replaced_and_old_ones_are_dropped(tenant, open_scm, path) -> None:
    now = [1000.0]
    tenant.on("GET", JOBS, (200, {}))
    ask(open_scm(token_cache=str(path), tsg_id="99", now=lambda: now[0]))
    now[0] = 1839.0
    ask(open_scm(token_cache=str(path), now=lambda: now[0]))
    assert tenant.tokens == 2
    assert len(json.loads(path.read_text())["tokens"]) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 2, "tokens": {}}',
        b'{"version": 1, "tokens": []}',
        b'{"version": 1, "tokens": {"KEY": 3}}',
        b'{"version": 1, "tokens": {"KEY": {"access_token": 3, "fetched_at": 1, "lifetime": 1}}}',
        b'{"version": 1, "tokens": {"KEY": {"access_token": "x", "fetched_at": true, "lifetime": 1}}}',
        b'{"version": 1, "tokens": {"KEY": {"access_token": "x", "fetched_at": 99999999999, "lifetime": 899}}}',
        b'{"version": 1, "tokens": {"KEY": {"not_before": 99999999999}}}',
        b'{"version": 1, "tokens": {"KEY": {"not_before": "soon"}}}',
        b'{"version": 1, "tokens": {"KEY": {"not_before": 1' + b"0" * 400 + b"}}}",
        b'{"version": 1, "tokens": {"KEY": {"access_token": "x", "fetched_at": 1, "lifetime": Infinity}}}',
        b"[" * 200000,
        b"\xff\xfe" + b"x" * 3000000,
    ],
)
def test_content_that_is_of_no_use_is_written_anew(tenant, open_scm, path, content) -> None:
    client = open_scm(token_cache=str(path))
    path.write_bytes(content.replace(b"KEY", client.connection.account.key.encode()))
    path.chmod(0o600)
    tenant.on("GET", JOBS, (200, {}))
    ask(client)
    ask(open_scm(token_cache=str(path)))
    assert tenant.tokens == 1


def no_mode(path) -> None:
    path.write_text("{}")
    path.chmod(0o640)


def link(path) -> None:
    path.with_name("other").write_text("{}")
    path.symlink_to(path.with_name("other"))


def hard_link(path) -> None:
    path.with_name("other").write_text("{}")
    path.with_name("other").chmod(0o600)
    os.link(path.with_name("other"), path)


def pipe(path) -> None:
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize(
    ("made", "words"),
    [(no_mode, "mode is 0640"), (link, "is a link"), (hard_link, "another name"), (pipe, "is no file|is there and is")],
)
@pytest.mark.parametrize("suffix", ["", ".lock"])
def test_a_file_that_is_not_ours_alone_is_refused(tenant, open_scm, path, made, words, suffix) -> None:
    made(path.with_name(path.name + suffix))
    with pytest.raises(errors.BadInput, match=words):
        ask(open_scm(token_cache=str(path)))
    assert not tenant.asked


def test_a_file_of_another_user_is_refused(tenant, open_scm, path, monkeypatch) -> None:
    path.write_text("{}")
    path.chmod(0o600)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(errors.BadInput, match="belongs to another user"):
        ask(open_scm(token_cache=str(path)))


def test_a_folder_that_is_not_there(open_scm, tmp_path) -> None:
    with pytest.raises(errors.BadInput, match="token_cache: the folder"):
        open_scm(token_cache=str(tmp_path / "none" / "tokens.json"))


# Trap 17.
@pytest.mark.parametrize(("answer", "pause"), [((429, b"", {"Retry-After": "7"}), 7), ((503, b""), access.BACK_OFF)])
def test_while_the_service_is_in_trouble_nobody_asks_it_again(tenant, open_scm, path, answer, pause) -> None:
    now = [1000.0]
    tenant.on("POST", "/oauth2/access_token", answer, tenant._token)
    tenant.on("GET", JOBS, (200, {}))
    with pytest.raises(errors.NoAnswer):
        ask(open_scm(token_cache=str(path), now=lambda: now[0]))
    for _host in range(3):
        with pytest.raises(errors.NoAnswer, match="for another process") as caught:
            ask(open_scm(token_cache=str(path), now=lambda: now[0]))
        assert (caught.value.sent, caught.value.retry_after) == (False, pause)
    assert len(tenant.asked) == 1
    now[0] += pause + 0.1
    ask(open_scm(token_cache=str(path), now=lambda: now[0]))
    assert tenant.tokens == 1


def test_who_cannot_reach_the_service_for_a_reason_of_his_own_stops_no_other(tenant, open_scm, path) -> None:
    untrusted = requests.exceptions.SSLError(ssl.SSLCertVerificationError("certificate verify failed"))
    tenant.on("POST", "/oauth2/access_token", untrusted, tenant._token)
    tenant.on("GET", JOBS, (200, {}))
    with pytest.raises(errors.NoAnswer) as caught:
        ask(open_scm(token_cache=str(path)))
    assert not caught.value.heals
    ask(open_scm(token_cache=str(path)))
    assert tenant.tokens == 1


def test_the_token_of_one_account_does_not_end_the_pause_of_another(tenant, open_scm, path) -> None:
    now = [1000.0]
    tenant.on("POST", "/oauth2/access_token", (429, b"", {"Retry-After": "60"}), tenant._token)
    tenant.on("GET", JOBS, (200, {}))
    with pytest.raises(errors.NoAnswer):
        ask(open_scm(token_cache=str(path), now=lambda: now[0]))
    ask(open_scm(token_cache=str(path), tsg_id="99", now=lambda: now[0]))
    with pytest.raises(errors.NoAnswer, match="for another process"):
        ask(open_scm(token_cache=str(path), now=lambda: now[0]))
    assert tenant.tokens == 1


def test_a_file_that_goes_bad_in_mid_wait_does_not_end_the_wait(tenant, open_scm, path) -> None:
    now = [1000.0]
    tenant.on("GET", JOBS, (200, {}))
    client = open_scm(token_cache=str(path), now=lambda: now[0])
    ask(client)
    now[0] += 850
    path.chmod(0o640)
    ask(client)
    assert tenant.tokens == 2
    assert tenant.asked[-1].token == "token-2"
    # Whoever only begins is told.
    with pytest.raises(errors.BadInput, match="mode is 0640"):
        ask(open_scm(token_cache=str(path), now=lambda: now[0]))


def test_a_process_that_is_killed_with_the_lock_keeps_nobody_out(tenant, open_scm, path) -> None:
    code = (
        "import fcntl, os, sys\n"
        "target = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)\n"
        "fcntl.flock(target, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, f"{path}.lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(errors.NoAnswer, match="too long"), TokenFile(str(path)).locked(0.0):
            pytest.fail("two of them have the lock")
        holder.kill()
    tenant.on("GET", JOBS, (200, {}))
    ask(open_scm(token_cache=str(path)))
    assert tenant.tokens == 1


def test_a_lock_that_stays_is_waited_for_so_long_and_no_longer(path) -> None:
    file = TokenFile(str(path))
    with file.locked(1.0), pytest.raises(errors.NoAnswer, match="too long") as caught, TokenFile(str(path)).locked(0.0):
        pytest.fail("two of them have the lock")
    assert not caught.value.sent
    # Let go of, it can be had again; also by whoever waits.
    entered = threading.Event()

    def enter() -> None:
        with TokenFile(str(path)).locked(10.0):
            entered.set()

    waiting = threading.Thread(target=enter)
    with file.locked(1.0):
        waiting.start()
    waiting.join(10)
    assert entered.is_set()


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Token("secret", 0.0, 1.0))
