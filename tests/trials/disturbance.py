# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong in a trial: an answer of the device, or the life of the process that waits for it."""

from __future__ import annotations

import dataclasses
import random
import signal
import typing as t

REQUEST_TIMEOUT = 2.0
"""Seconds that a request of the play may take."""

TOO_SLOW = 3.0
"""Real seconds that a slow answer takes: longer than the play waits for it."""

HELD = 0.8
"""Real seconds for which an answer is held back while the play is killed."""

READS = ("keygen", "list", "pending", "poll")

# The fault and its options. Where the effect is not named, it happens before the answer is spoilt.
FAULTS: dict[str, dict[str, t.Any]] = {
    "drop before the effect": {"fault": "drop_before"},
    "reset before the effect": {"fault": "drop_before", "reset": True},
    "drop after the effect": {"fault": "drop_after"},
    "reset after the effect": {"fault": "drop_after", "reset": True},
    "body cut": {"fault": "cut_body"},
    "HTTP 502 before": {"fault": "status_502"},
    "HTTP 502 after": {"fault": "status_502", "when": "after"},
    "HTTP 503 before": {"fault": "status_503"},
    "HTTP 503 after": {"fault": "status_503", "when": "after"},
    "HTML before": {"fault": "html"},
    "HTML after": {"fault": "html", "when": "after"},
    "garbage before": {"fault": "garbage"},
    "garbage after": {"fault": "garbage", "when": "after"},
    "empty before": {"fault": "empty"},
    "empty after": {"fault": "empty", "when": "after"},
    "too slow, effect at once": {"fault": "slow", "seconds": TOO_SLOW, "when": "after"},
    "session timed out": {"fault": "session_timeout"},
}

SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}

Scope = t.Literal["tree", "group", "main"]


@dataclasses.dataclass(frozen=True)
class Kill:
    """The signal, whom it is sent to, and when: at that part of an undisturbed run, or while an answer is held back.

    ``tree`` is every process of the play, ``group`` the process group of ansible-playbook (its workers have one of
    their own since 2.19), ``main`` that process alone.
    """

    name: str
    scope: Scope
    moment: float


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """One disturbance of the first run. *row* is where the table counts it, *about* tells all of it."""

    row: str
    about: str
    faults: tuple[dict[str, t.Any], ...] = ()
    kill: Kill | None = None
    force: bool = False

    @property
    def held(self) -> bool:
        """Whether the kill waits until the answer to a request is being held back."""
        return self.kill is not None and bool(self.faults)


def draw(chance: random.Random) -> Disturbance:
    """A random disturbance: of two, one breaks an answer, of ten, four kill the play and one does both."""
    kind = chance.choices((broken_answer, killed, killed_in_recovery), (5, 4, 1))[0]
    return kind(chance)


def broken_answer(chance: random.Random) -> Disturbance:
    """Half of them hit the submission. A forced commit never finds nothing to do: one too many would show as a job."""
    step = "submit" if chance.random() < 0.5 else chance.choice(READS)
    # A forced commit does not ask whether changes are pending.
    force = step != "pending" and chance.random() < 0.5
    if step == "submit" and chance.random() < 0.15:
        # Long over when the play stops looking for the job: four looks, 0.2 s apart. Beyond that nobody can know.
        seconds = round(chance.uniform(0.5, 6.0), 1)
        fault: dict[str, t.Any] = {"fault": "delayed_effect", "seconds": seconds, "match": {"step": step}}
        about = f"submit: effect {seconds} simulated s after the drop{', forced' if force else ''}"
        return Disturbance("submit: drop, delayed effect", about, (fault,), force=force)
    # A log-in belongs to no session.
    name = chance.choice([name for name in FAULTS if (step, name) != ("keygen", "session timed out")])
    times = 1 if step == "submit" else chance.randint(1, 3)
    fault = {**FAULTS[name], "times": times, "match": {"step": step}}
    about = f"{step}: {name}, {times} times{', forced' if force else ''}"
    return Disturbance(f"submit: {name}" if step == "submit" else f"{step}: any of them", about, (fault,), force=force)


def killed(chance: random.Random) -> Disturbance:
    """Half of them while an answer is outstanding, before or after the request took effect."""
    name = chance.choice(list(SIGNALS))
    scope = chance.choice({"SIGKILL": ("tree", "group"), "SIGTERM": ("main",), "SIGINT": ("group",)}[name])
    kill = Kill(name, t.cast("Scope", scope), chance.random())
    if chance.random() < 0.5:
        return Disturbance(f"{name} at any moment", f"{name} to the {scope} at {kill.moment:.2f} of the run", kill=kill)
    step = "submit" if chance.random() < 0.5 else chance.choice(READS)
    when = chance.choice(("before", "after"))
    fault = {"fault": "slow", "seconds": HELD, "when": when, "match": {"step": step}}
    about = f"{name} to the {scope} while the answer to {step} is held back, effect {when} the pause"
    return Disturbance(f"{name} while an answer is held back", about, (fault,), kill)


def killed_in_recovery(chance: random.Random) -> Disturbance:
    """The answer to the submission is lost, and the play dies while it looks for its job."""
    name = chance.choice([name for name in FAULTS if name != "session timed out" and "slow" not in name])
    lost = {**FAULTS[name], "match": {"step": "submit"}}
    # The list is read once before the submission.
    held = {"fault": "slow", "seconds": HELD, "when": "after", "match": {"step": "list"}, "skip": 1}
    kill = Kill("SIGKILL", "tree", chance.random())
    return Disturbance(
        "submit lost, SIGKILL in the search", f"submit: {name}, then SIGKILL in the search", (held, lost), kill
    )
