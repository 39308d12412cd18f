# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was submitted and what was asked: the record that tests assert on."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from .clock import Clock
    from .system import Facts, Incoming, Reply

REQUESTS_KEPT = 200_000


@dataclasses.dataclass(frozen=True)
class Submission:
    """One job that a device accepted, or refused to accept (``accepted`` false, then ``job`` is empty)."""

    number: int
    time: str
    system: str
    device: str
    admin: str
    kind: str
    accepted: bool
    job: str
    description: str
    changes: list[str]
    answer: str
    details: dict[str, t.Any]


class Ledger:
    """Submissions, counters per device and the log of requests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0
        self._inflight: collections.Counter[str] = collections.Counter()
        self.reset()

    def reset(self) -> None:
        """Forgets everything recorded so far; requests under way stay counted as such."""
        self.submissions: list[Submission] = []
        self.requests: collections.deque[dict[str, t.Any]] = collections.deque(maxlen=REQUESTS_KEPT)
        self._latest: dict[str, dict[str, t.Any]] = {}
        self._counts: dict[str, collections.Counter[str]] = {}
        self._peak: collections.Counter[str] = collections.Counter()
        self._tls_failures: collections.Counter[str] = collections.Counter()

    def submission(
        self,
        *,
        system: str,
        device: str,
        admin: str,
        kind: str,
        accepted: bool,
        job: str = "",
        description: str = "",
        changes: t.Iterable[str] = (),
        answer: str = "",
        details: t.Mapping[str, t.Any] | None = None,
    ) -> Submission:
        """Records one; ``details`` is what only this system has to say of it, and may say later."""
        self._number += 1
        entry = Submission(
            number=self._number,
            time=self._clock.iso(),
            system=system,
            device=device,
            admin=admin,
            kind=kind,
            accepted=accepted,
            job=job,
            description=description,
            changes=list(changes),
            answer=answer,
            details=dict(details or {}),
        )
        self.submissions.append(entry)
        if device in self._latest:
            self._latest[device]["submitted"].append(kind)
        return entry

    def request(self, device: str, incoming: Incoming, facts: Facts, fault: str) -> None:
        """Records one request. The raw query string is kept so that a test can look for secrets in it.

        ``submitted`` has the kinds of what was recorded as a submission since, up to the next request of the device.
        """
        self._counts.setdefault(device, collections.Counter())[facts.step] += 1
        self._latest[device] = {
            "time": self._clock.iso(),
            "device": device,
            "method": incoming.method,
            "path": incoming.path,
            "query": incoming.query,
            "kind": facts.kind,
            "step": facts.step,
            "target": facts.target,
            "credential_in": facts.credential_in,
            "user_agent": incoming.headers.get("user-agent", ""),
            "fault": fault,
            "submitted": [],
        }
        self.requests.append(self._latest[device])

    def answered(self, device: str, reply: Reply) -> None:
        """Notes in the log what the latest request of the device got, where nothing disturbed it."""
        size = len(reply.body) if reply.stream is None else reply.stream.size
        self._latest[device].update(status=reply.status, size=size)

    def enter(self, device: str) -> None:
        self._inflight[device] += 1
        self._peak[device] = max(self._peak[device], self._inflight[device])

    def leave(self, device: str) -> None:
        self._inflight[device] -= 1

    def tls_failure(self, device: str) -> None:
        self._tls_failures[device] += 1

    def to_dict(self, device: str = "") -> dict[str, t.Any]:
        """``submissions`` (accepted), ``refused``, and per device ``requests``, ``peak``, ``tls_failures``."""

        def wanted(address: str) -> bool:
            return not device or device == address

        submissions = [dataclasses.asdict(entry) for entry in self.submissions if wanted(entry.device)]
        return {
            "submissions": [entry for entry in submissions if entry["accepted"]],
            "refused": [entry for entry in submissions if not entry["accepted"]],
            "requests": {name: dict(count) for name, count in self._counts.items() if wanted(name)},
            "inflight": {name: count for name, count in self._inflight.items() if wanted(name)},
            "peak": {name: count for name, count in self._peak.items() if wanted(name)},
            "tls_failures": {name: count for name, count in self._tls_failures.items() if wanted(name)},
        }
