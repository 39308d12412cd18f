# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that each have a simulator, and a clock that jumps with it."""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import functools
import multiprocessing
import os
import sys
import tempfile
import typing as t
from collections.abc import Iterable, Iterator

from . import clock

# Before anything of the code under test is imported, which binds the functions of time as defaults.
clock.install()

from tools import stage as checkout

from ..simulator.client import SimulatorProcess

Given = t.TypeVar("Given")
Made = t.TypeVar("Made")


def make_importable() -> None:
    """Let the modules of this checkout be imported as those of a collection."""
    path = str(checkout.link())
    if path not in sys.path:
        sys.path.insert(0, path)


@functools.cache
def simulator() -> SimulatorProcess:
    """Return the simulator of this process."""
    make_importable()
    # A proxy or a bundle of certificates in the environment is none of the simulator's.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
        os.environ.pop(name, None)
    folder = tempfile.TemporaryDirectory(prefix="netops-jobs-simulator-")
    atexit.register(folder.cleanup)
    process = SimulatorProcess(folder.name, max_lifetime=6 * 3600, start_timeout=180)
    atexit.register(process.stop)
    return process


def each(work: t.Callable[[Given], Made], given: Iterable[Given], workers: int) -> Iterator[Made]:
    """Give what *work* makes of each, in the order in which they end; with one worker in this very process.

    An interruption ends it early, so that what there is can be told.
    """
    with contextlib.suppress(KeyboardInterrupt):
        if workers == 1:
            yield from map(work, given)
            return
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
            try:
                for future in concurrent.futures.as_completed([pool.submit(work, one) for one in given]):
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)
