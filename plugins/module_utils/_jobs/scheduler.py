# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Many waits in one process: the same poller for each job, a bounded number of workers for the looks."""

from __future__ import annotations

import heapq
import queue
import threading
import typing as t
from collections import Counter, deque
from collections.abc import Sequence

from .errors import Interrupted
from .model import Verdict
from .poller import Ended, PollAt
from .wait import Wait
from .world import World

WORKERS = 32
"""Looks under way at a time. A worker does nothing but wait for an answer."""

PER_ENDPOINT = 5
"""Looks under way at one endpoint at a time. PAN-OS: at most five concurrent API calls a device, unverified
(knowledge base article kA14u000000wkiFCAQ); a kind rule for any management plane."""

FIRST_SPAN = 10.0
"""Seconds over which first looks are spread at most, unless they are too many for that."""

FIRST_LOOKS = 250.0
"""First looks a second, of more jobs than there are workers: the usual fleet is looked at once in a few seconds, and a
big one neither storms its network nor takes a whole processor for itself."""

Turn = t.Callable[[Wait], t.Union[PollAt, Verdict]]
"""What a worker does with a wait that is due."""


def follow(wait: Wait) -> PollAt | Verdict:
    """Look at the job once: return when to look again, or the verdict."""
    step = wait.expired() or wait.poll()
    return wait.conclude(step) if isinstance(step, Ended) else step


def wait_for_all(
    waits: Sequence[Wait],
    world: World,
    *,
    turn: Turn = follow,
    stop_after: t.Callable[[Verdict], bool] = lambda _verdict: False,
    workers: int = WORKERS,
) -> list[Verdict]:
    """Take every job to its verdict and return the verdicts in the order of *waits*.

    :arg turn: is called with a wait that is due, in a thread of its own, until it returns a verdict.
    :arg stop_after: is told each verdict as it comes; true ends the wait, and what has no verdict is left running.

    An interruption ends the wait, too: the verdicts that are there stay, every other job gets one with its handle.
    """
    scheduler = _Scheduler(waits, world, turn, workers)
    try:
        for verdict in scheduler.verdicts():
            if stop_after(verdict):
                break
    except Interrupted as exc:
        why = str(exc)
        return scheduler.all_verdicts(lambda wait: wait.interrupted(why))
    return scheduler.all_verdicts(lambda wait: wait.left("not waited for any longer"))


class _Scheduler:
    """Moves each wait from due to a worker and back until it has a verdict."""

    def __init__(self, waits: Sequence[Wait], world: World, turn: Turn, workers: int) -> None:
        self._waits = waits
        self._world = world
        self._turn = turn
        self._workers = max(1, min(workers, len(waits)))
        self._due = self._spread()
        heapq.heapify(self._due)
        self._ready: deque[int] = deque()
        self._crowded: dict[str, deque[int]] = {}
        self._doubted: deque[int] = deque()
        self._under_way: set[int] = set()
        self._doubtful: set[int] = set()
        self._at_endpoint: Counter[str] = Counter()
        self._demands: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[int, PollAt | Verdict | BaseException]] = queue.SimpleQueue()
        self._verdicts: dict[int, Verdict] = {}

    def verdicts(self) -> t.Iterator[Verdict]:
        """Yield each verdict as it comes. Raises Interrupted."""
        for number in range(self._workers):
            # Daemons: whoever ends the wait shall not be held up by a look that is still under way.
            threading.Thread(target=self._work, name=f"netops.jobs {number}", daemon=True).start()
        try:
            while len(self._verdicts) < len(self._waits):
                self._start_turns()
                for index, answer in self._take_answers():
                    if isinstance(answer, BaseException):
                        raise answer
                    if isinstance(answer, PollAt):
                        heapq.heappush(self._due, (answer.at, index))
                    else:
                        self._verdicts[index] = answer
                        yield answer
        finally:
            for _worker in range(self._workers):
                self._demands.put(None)

    def all_verdicts(self, instead: t.Callable[[Wait], Verdict]) -> list[Verdict]:
        """Return the verdict of every wait; of those that have none, what *instead* makes of them."""
        while not self._answers.empty():
            index, answer = self._answers.get()
            self._under_way.discard(index)
            if isinstance(answer, Verdict):
                self._verdicts[index] = answer
        for index in self._under_way:
            self._waits[index].left_alone = True
        return [
            self._verdicts[index] if index in self._verdicts else instead(wait)
            for index, wait in enumerate(self._waits)
        ]

    def _spread(self) -> list[tuple[float, int]]:
        """Return when to look at each wait for the first time: not all at once.

        Each has a slot of its own within its first poll_interval, or what bounds that, and a place in it by chance.
        What comes later stays apart, by the jitter of the pace and because it began so.
        """
        waits = self._waits
        if len(waits) <= self._workers:
            return [(wait.first().at, index) for index, wait in enumerate(waits)]
        least = len(waits) / FIRST_LOOKS
        slots = ((index + self._world.uniform(0.0, 1.0)) / len(waits) for index in range(len(waits)))
        return [
            (wait.first().at + slot * max(min(wait.timing.poll_interval, FIRST_SPAN), least), index)
            for index, (wait, slot) in enumerate(zip(waits, slots))
        ]

    def _start_turns(self) -> None:
        """Give work to the workers that have none. What cannot start waits where the answer that frees it finds it."""
        now = self._world.clock()
        while self._due and self._due[0][0] <= now:
            self._ready.append(heapq.heappop(self._due)[1])
        while self._ready and len(self._under_way) < self._workers:
            index = self._ready.popleft()
            endpoint = self._endpoint(index)
            if self._at_endpoint[endpoint] >= PER_ENDPOINT:
                self._crowded.setdefault(endpoint, deque()).append(index)
            elif self._waits[index].in_outage and len(self._doubtful) >= max(1, self._workers // 2):
                # It will most likely run into a time-out: it must not keep the others from being looked at.
                self._doubted.append(index)
                self._next_at(endpoint)
            else:
                self._start(index, endpoint)

    def _start(self, index: int, endpoint: str) -> None:
        self._under_way.add(index)
        self._at_endpoint[endpoint] += 1
        if self._waits[index].in_outage:
            self._doubtful.add(index)
        self._demands.put(index)

    def _next_at(self, endpoint: str) -> None:
        """Let the next one that waits for its turn at *endpoint* try again."""
        crowd = self._crowded.get(endpoint)
        if crowd:
            self._ready.appendleft(crowd.popleft())
            if not crowd:
                del self._crowded[endpoint]

    def _work(self) -> None:
        for index in iter(self._demands.get, None):
            try:
                self._answers.put((index, self._turn(self._waits[index])))
            except BaseException as exc:  # pylint: disable=broad-exception-caught
                # An interruption noticed here (nobody waits any more) has to end the wait in the main thread.
                self._answers.put((index, exc))

    def _take_answers(self) -> t.Iterator[tuple[int, PollAt | Verdict | BaseException]]:
        """Yield the answers that are there; wait for one, or for the next wait to be due, if there is none."""
        if not self._under_way:
            if self._due and not self._ready:
                self._world.sleep_until(self._due[0][0])
            return
        # Waits that were held back may start after an answer, not after a time.
        timeout = max(0.0, self._due[0][0] - self._world.clock()) if self._due else None
        try:
            yield self._taken(self._answers.get(timeout=timeout))
            while True:
                yield self._taken(self._answers.get_nowait())
        except queue.Empty:
            return

    def _taken(
        self, answer: tuple[int, PollAt | Verdict | BaseException]
    ) -> tuple[int, PollAt | Verdict | BaseException]:
        index = answer[0]
        endpoint = self._endpoint(index)
        self._under_way.discard(index)
        self._at_endpoint[endpoint] -= 1
        if not self._at_endpoint[endpoint]:
            del self._at_endpoint[endpoint]
        if index in self._doubtful:
            self._doubtful.discard(index)
            if self._doubted:
                self._ready.appendleft(self._doubted.popleft())
        self._next_at(endpoint)
        return answer

    def _endpoint(self, index: int) -> str:
        return self._waits[index].handle.endpoint
