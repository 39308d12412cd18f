# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ansible_collections.netops.jobs.tests.unit.servers import Authority, Server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve(authority: Authority) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(behave, *, tls: bool = True, names: tuple[str, ...] = ("127.0.0.1",), **options: bool) -> Server:
        context = authority.server_context(*names, **options) if tls else None
        servers.append(Server(context, behave))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
