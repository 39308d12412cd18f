# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device with a log, at the level of requests' adapters: runs queries as jobs, and can be disturbed at any step."""

from __future__ import annotations

import io
import re
import urllib.parse
from collections.abc import Callable

import requests

from ansible_collections.netops.jobs.tests.unit.answering import FakeAdapter

NOT_FOUND = '<response status="error" code="7"><msg><line>job {job} not found</line></msg></response>'


def row(number: int, more: str = "") -> str:
    """Return row *number* of the log, received *number* seconds after ten o'clock."""
    time = f"2026/11/21 {10 + number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}"
    return (
        f'<entry logid="{7000 + number}"><receive_time>{time}</receive_time><serial>0123</serial>'
        f"<seqno>{number}</seqno><app>dns</app>{more}</entry>"
    )


class FakeLog(FakeAdapter):
    """A log of *rows* (newest first) whose queries need *looks* looks each before they end, and go with their rows.

    *before* is called with the name of the action (``submit``, ``get``, ``finish``, ``clock``) and the number of such
    requests so far, from 1 on; what it returns is the answer in place of the usual one: a body, or an exception.
    """

    def __init__(self, rows: int = 0, *, looks: int = 0) -> None:
        super().__init__()
        self.rows = [row(number) for number in range(rows, 0, -1)]
        self.looks = looks
        self.time = "Sat Nov 21 12:00:00 2026"
        self.forms: list[dict[str, str]] = []
        self.jobs: dict[str, dict] = {}
        self.before: Callable[[str, int], object] = lambda action, count: None
        self.started = 0
        self.counts: dict[str, int] = {}
        self.kept = False
        self.tenq = "15:09:25"

    def send(self, request, **_kwargs):
        form = dict(urllib.parse.parse_qsl(request.body.read().decode("ascii"), keep_blank_values=True))
        self.forms.append(form)
        action = {"op": "clock", "keygen": "keygen"}.get(form["type"]) or form.get("action", "submit")
        self.counts[action] = self.counts.get(action, 0) + 1
        answer = self.before(action, self.counts[action])
        if answer is None:
            answer = getattr(self, f"_{action}")(form)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code = 200
        response.request = request
        response.raw = io.BytesIO(answer if isinstance(answer, bytes) else answer.encode())
        return response

    def queries(self) -> list[tuple[str, str]]:
        """Return skip and nlogs of each query."""
        return [(form["skip"], form["nlogs"]) for form in self.forms if "log-type" in form]

    def finished(self) -> list[str]:
        return [form["job-id"] for form in self.forms if form.get("action") == "finish"]

    def _keygen(self, _form):
        return '<response status="success"><result><key>LUFRPT1secretKey==</key></result></response>'

    def _clock(self, _form):
        return f'<response status="success"><result><system><time>{self.time}\n</time></system></result></response>'

    def _submit(self, form):
        self.started += 1
        job = str(40 + self.started)
        self.jobs[job] = {"form": form, "looks": self.looks}
        return (
            f'<response status="success" code="19"><result><msg><line>query job enqueued with jobid {job}</line></msg>'
            f"<job>{job}</job></result></response>"
        )

    def _get(self, form):
        job = self.jobs.get(form["job-id"])
        if job is None:
            return NOT_FOUND.format(job=form["job-id"])
        if job["looks"]:
            job["looks"] -= 1
            return self.answer(form["job-id"], "ACT", [])
        query = job["form"]
        skip, count = int(query["skip"]), int(query["nlogs"])
        if not self.kept:
            del self.jobs[form["job-id"]]
        within = [found for found in self.rows if self._wanted(found, query["query"])]
        return self.answer(form["job-id"], "FIN", within[skip : skip + count])

    def _wanted(self, found: str, query: str) -> bool:
        time = re.search(r"<receive_time>(.*?)<", found)[1]
        return all(
            time <= bound if operator == "leq" else time >= bound
            for operator, bound in re.findall(r"receive_time (leq|geq) '(.*?)'", query)
        )

    def _finish(self, form):
        if self.jobs.pop(form["job-id"], None) is None:
            return NOT_FOUND.format(job=form["job-id"])
        return '<response status="success"><result/></response>'

    def answer(self, job: str, status: str, rows: list[str]) -> str:
        return (
            f'<response status="success"><result><job><tenq>{self.tenq}</tenq><tdeq>{self.tenq}</tdeq>'
            f"<status>{status}</status><id>{job}</id></job><log>"
            f'<logs count="{len(rows)}" progress="100">{"".join(rows)}</logs></log>'
            '<meta><devices><entry name="localhost"><hostname>fw1</hostname></entry></devices></meta>'
            "</result></response>"
        )
