# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import re
import threading
import typing as t

import pytest
from hypothesis import settings

# Each of hundreds of clients would look at the bundle that whoever runs the tests may have named: half of their time.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

# How long an example takes says something about the load of the machine, nothing about the code. A property holds or
# not in every environment: the check `unit` looks for examples in full number, the others that they run at all.
settings.register_profile("all", deadline=None)
settings.register_profile("few", deadline=None, max_examples=20)
settings.load_profile("all")


def pytest_configure(config: pytest.Config) -> None:
    """Under ansible-test have all tests run in one process (to fork one for each takes longer than the tests)."""
    if config.pluginmanager.unregister(name="ansible_forked"):
        settings.load_profile("few")


@pytest.fixture(autouse=True)
def no_worker_left() -> t.Iterator[None]:
    """Wait for the workers of a wait that was interrupted: they draw random numbers, and hypothesis watches that."""
    yield
    for thread in threading.enumerate():
        if re.fullmatch(r"netops\.jobs \d+", thread.name):
            thread.join(5)
