# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Many waits in one process: the same poller for each job, a bounded pool of workers for the looks."""

from __future__ import annotations

import heapq
import queue
import typing as t
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from .errors import Interrupted
from .model import Verdict
from .poller import Ended, PollAt
from .wait import Wait
from .world import World

PER_ENDPOINT = 5
"""Looks under way at one endpoint at a time. PAN-OS: at most five concurrent API calls a device, unverified
(knowledge base article kA14u000000wkiFCAQ); a kind rule for any management plane."""


def wait_for_all(
    waits: Sequence[Wait],
    world: World,
    *,
    workers: int = 16,
    stop_after: t.Callable[[Verdict], bool] = lambda _verdict: False,
) -> list[Verdict]:
    """Wait for every job and return their verdicts in the order of *waits*.

    :arg workers: how many looks may be under way at once.
    :arg stop_after: is told each verdict as it comes; true ends the wait, and what has no verdict is left running.
    """
    verdicts: dict[int, Verdict] = {}
    try:
        for index, verdict in _Scheduler(waits, world, workers).verdicts():
            verdicts[index] = verdict
            if stop_after(verdict):
                break
    except Interrupted as exc:
        why = str(exc)
        return [verdicts.get(index) or wait.interrupted(why) for index, wait in enumerate(waits)]
    return [verdicts.get(index) or wait.left("not waited for any longer") for index, wait in enumerate(waits)]


class _Scheduler:
    """Moves each wait from due to looking and back until it has a verdict; only the looks run in other threads."""

    def __init__(self, waits: Sequence[Wait], world: World, workers: int) -> None:
        self._waits = waits
        self._world = world
        self._workers = max(1, min(workers, len(waits)))
        self._due = [(wait.first().at, index) for index, wait in enumerate(waits)]
        heapq.heapify(self._due)
        self._ready: list[int] = []
        self._looking: Counter[str] = Counter()
        self._answers: queue.SimpleQueue[tuple[int, PollAt | Verdict | BaseException]] = queue.SimpleQueue()

    def verdicts(self) -> t.Iterator[tuple[int, Verdict]]:
        pool = ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="netops-jobs")
        unfinished = len(self._waits)
        try:
            while unfinished:
                self._start_looks(pool)
                for index, answer in self._take_answers():
                    self._looking[self._endpoint(index)] -= 1
                    if isinstance(answer, BaseException):
                        raise answer
                    if isinstance(answer, PollAt):
                        heapq.heappush(self._due, (answer.at, index))
                    else:
                        unfinished -= 1
                        yield index, answer
        finally:
            # Not waited for: a look under way ends by its own time-out, and its answer is of no use any more.
            pool.shutdown(wait=False, cancel_futures=True)

    def _start_looks(self, pool: ThreadPoolExecutor) -> None:
        now = self._world.clock()
        while self._due and self._due[0][0] <= now:
            self._ready.append(heapq.heappop(self._due)[1])
        held_back: list[int] = []
        free = self._workers - sum(self._looking.values())
        for index in self._ready:
            endpoint = self._endpoint(index)
            if free <= 0 or self._looking[endpoint] >= PER_ENDPOINT:
                held_back.append(index)
                continue
            free -= 1
            self._looking[endpoint] += 1
            pool.submit(self._look, index)
        self._ready = held_back

    def _look(self, index: int) -> None:
        wait = self._waits[index]
        try:
            step = wait.poll()
            self._answers.put((index, wait.conclude(step) if isinstance(step, Ended) else step))
        except BaseException as exc:  # pylint: disable=broad-exception-caught
            # An interruption noticed in a worker (its parent died) has to end the wait in the main thread.
            self._answers.put((index, exc))

    def _take_answers(self) -> t.Iterator[tuple[int, PollAt | Verdict | BaseException]]:
        """Yield the answers that are there; wait for one, or for the next wait to be due, if there is none."""
        if not any(self._looking.values()):
            if self._due and not self._ready:
                self._world.sleep_until(self._due[0][0])
            return
        # Held back waits become free with an answer, not with time.
        timeout = max(0.0, self._due[0][0] - self._world.clock()) if self._due else None
        try:
            yield self._answers.get(timeout=timeout)
            while True:
                yield self._answers.get_nowait()
        except queue.Empty:
            return

    def _endpoint(self, index: int) -> str:
        return self._waits[index].handle.endpoint
