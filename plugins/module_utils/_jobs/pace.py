# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""How long jobs of a kind take, as far as anybody has seen, and when a look at such a job is worth its request.

Looks are best dense where the job is likely to end: in proportion to the square root of the rate at which jobs of that
age end (J. B. Keller, Optimum checking schedules for systems subject to random failure, Management Science 21, 1974).
That rate is what was seen: ends at about that age, over the time that jobs have spent at about that age. Jobs that are
still running count too, so that the first to end do not speak for all others.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Iterable

WIDTH = 0.1
"""Width of a class of ages, as a logarithm: 10 %. What was seen at one age holds for its class and both neighbours."""

PRIOR = 3 * WIDTH
"""How much ignorance counts for, beside what was seen: as one job that passed an age and its neighbours."""

WORTH = 0.25
"""How many of the shortest intervals of delay one request is worth."""

SLOPE = 0.5
"""Where nothing is known, the interval grows by so much of the age: as when each is 1.5 times the one before."""

CLASSES = 115
"""Ages from a second to a day; what is younger or older counts for the first or the last class."""

REMEMBERED = 20
"""How many of the jobs in a system's own list count at most: what was long ago says less."""


def growing(age: float, shortest: float, longest: float) -> float:
    """Return the interval between two looks at a job of that *age* where nothing is known, in seconds."""
    return min(shortest + age * SLOPE, longest)


class Durations:
    """What is known of the durations of one kind of job. Several threads may use it at once."""

    def __init__(self, finished: Iterable[float] = ()) -> None:
        """Begin with jobs that took the seconds of *finished*, newest first."""
        self._lock = threading.Lock()
        self._ends = [0] * CLASSES
        self._spent = [0.0] * CLASSES
        self.known = False
        """Whether any job was seen to its end."""
        for seconds in itertools.islice(finished, REMEMBERED):
            self.ran(0.0, seconds, ended=True)

    def ran(self, since: float, until: float, *, ended: bool = False) -> None:
        """Take in that a job ran from the age of *since* to that of *until* seconds, and *ended* there or went on."""
        low, high = _position(since), _position(until)
        last = int(high)
        with self._lock:
            for number in range(int(low), last + 1):
                self._spent[number] += WIDTH * max(0.0, min(high, number + 1) - max(low, number))
            if ended:
                # Where in its class makes no difference: no rate of ends is above one in the time of a class.
                self._spent[last] += WIDTH * (last + 1 - high)
                self._ends[last] += 1
                self.known = True

    def next_look(self, age: float, *, shortest: float, longest: float) -> float:
        """Return the seconds to let pass before the next look at a job of that *age*, at most *longest*.

        *shortest* is the first interval of a job of which nothing is known, and the measure of what a request is worth.
        """
        now = start = max(age, 1.0)
        left = 1.0  # of the time between two looks, as their density counts it
        for number in range(int(_position(now)), CLASSES):
            edge = math.exp((number + 1) * WIDTH) if number < CLASSES - 1 else math.inf
            density = self._density(number, shortest, longest)
            if (edge - now) * density >= left or edge >= start + longest:
                return min(now + left / density - start, longest)
            left -= (edge - now) * density
            now = edge
        return longest

    def _density(self, number: int, shortest: float, longest: float) -> float:
        """Return the looks per second that the ages of the class of that *number* deserve."""
        near = slice(max(0, number - 1), number + 2)
        ends, spent = sum(self._ends[near]), sum(self._spent[near])
        age = math.exp((number + 0.5) * WIDTH)
        unknown = PRIOR / growing(age, shortest, longest) ** 2
        return math.sqrt((unknown + ends / (2 * WORTH * shortest * age)) / (PRIOR + spent))


def _position(age: float) -> float:
    """Return where *age* stands among the classes; the whole part is the number of its class."""
    return min(math.log(max(age, 1.0)) / WIDTH, CLASSES - 1e-6)
