# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import sys
import time
import typing as t

import pytest

from ansible_collections.netops.jobs.plugins.module_utils import _task
from ansible_collections.netops.jobs.plugins.module_utils._jobs.operation import Timing
from ansible_collections.netops.jobs.plugins.module_utils._jobs.world import World
from ansible_collections.netops.jobs.tests.unit.servers import Authority, Server

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve(authority: Authority) -> t.Iterator[t.Callable[..., Server]]:
    """Start a server that behaves as it is told; *names* are those in its certificate, None for plain HTTP."""
    servers: list[Server] = []

    def start(behave: t.Callable[[Server, t.Any], None], *names: str, by: Authority | None = None) -> Server:
        context = (by or authority).server_context(*names) if names else None
        servers.append(Server(context, behave))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the waits between two requests pass at once; the requests themselves take the time that they take."""

    def world(**given: t.Any) -> World:
        skipped = [0.0]

        def sleep(seconds: float) -> None:
            skipped[0] += seconds

        return World(clock=lambda: time.monotonic() + skipped[0], sleep=sleep, **given)

    monkeypatch.setattr(_task, "World", world)
    # A question without a job is repeated for a minute.
    short = Timing(wait_timeout=60, poll_interval=0.4, poll_max_interval=0.4, outage_timeout=1)
    monkeypatch.setitem(_task.run_plain.__kwdefaults__, "timing", short)
