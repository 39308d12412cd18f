# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import stat

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState
from ansible_collections.netops.jobs.plugins.module_utils._jobs.progress import FleetLines, JobLines, ProgressLog
from ansible_collections.netops.jobs.plugins.module_utils._jobs.world import Event
from ansible_collections.netops.jobs.tests.unit.fakes import seen

HANDLE = Handle("panos.commit", "https://fw1:443", "42", {"type": "Commit"})


def event(kind, now=0.0, handle=HANDLE, **details):
    return Event(kind, now, "2026-11-21T10:00:00Z", "panos.commit", handle, **details)


def observed(now, **details):
    return event("observed", now, observation=seen(JobState.RUNNING, "ACT/PEND", **details))


def test_the_handle_is_shown_as_soon_as_it_is_known():
    line = JobLines().line(event("submitted"))
    assert line.startswith("panos.commit job 42: submitted; to wait for it again: handle: {")
    assert Handle.from_dict(json.loads(line.split("handle: ", 1)[1])) == HANDLE


def test_a_line_only_where_something_changed():
    lines = JobLines()
    said = [
        lines.line(observed(second, progress=progress))
        for second, progress in [(0, 0), (2, 3), (4, 9), (6, 11), (8, 12), (20, 13), (40, 13)]
    ]
    assert said == [
        "panos.commit job 42: running (ACT/PEND 0%), 0 s",
        None,
        None,
        "panos.commit job 42: running (ACT/PEND 11%), 6 s",
        None,
        None,
        "panos.commit job 42: running (ACT/PEND 13%), 40 s",
    ]


def test_an_outage_is_said_once_and_its_end_too():
    lines = JobLines()
    lines.line(observed(0, progress=50))
    quiet = [lines.line(event("no_answer", now, error=NoAnswer("refused"))) for now in (2, 4, 33)]
    assert quiet[0] == "panos.commit job 42: no answer (refused), the wait goes on, 2 s"
    assert quiet[1] is None
    assert quiet[2] is not None
    back = lines.line(observed(40, progress=50, note="position 2 in the queue"))
    assert back == (
        "panos.commit job 42: running (ACT/PEND 50%) (position 2 in the queue), 40 s, answers again after 38 s"
    )


def test_the_slowest_of_a_fleet_is_not_looked_for_at_each_look(monkeypatch):
    lines = FleetLines(2)
    searches = []
    monkeypatch.setattr(FleetLines, "_slowest", lambda self: searches.append(1) or "")
    one = Handle("panos.commit", "https://fw1:443", "1")
    for second in range(100):
        lines.line(event("observed", float(second), one, observation=seen()))
    assert 1 <= len(searches) <= 20


def test_a_fleet_is_summed_up():
    lines = FleetLines(3)
    handles = [Handle("panos.commit", f"https://fw{number}:443", "1") for number in range(3)]
    assert lines.line(event("observed", 0.0, handles[0], observation=seen())) is None
    assert lines.line(event("no_answer", 11.0, handles[1], error=NoAnswer("refused"))) == (
        "3 jobs: 3 running, 1 without an answer, 11 s; slowest: fw0 (running)"
    )
    assert lines.line(event("ended", 12.0, handles[0], text="succeeded")) is None
    assert (
        lines.line(event("ended", 13.0, handles[1], text="failed")) == "panos.commit job 1 on https://fw1:443: failed"
    )
    assert lines.line(event("ended", 14.0, handles[2], text="succeeded")) == (
        "3 jobs: 0 running, 1 failed, 2 succeeded, 14 s"
    )


def test_a_terminal_shows_the_summary_once_a_second_and_where_it_changed():
    lines = FleetLines(2, live=True)
    handles = [Handle("panos.commit", f"https://fw{number}:443", "1") for number in range(2)]

    def take(now, progress):
        one = event("observed", now, handles[0], observation=seen(JobState.RUNNING, "ACT", progress=progress))
        assert lines.line(one) is None, "the summary is no line there"
        return lines.status(one)

    assert take(0.0, 5) == "2 jobs: 2 running, 0 s; slowest: fw0 (ACT 5%)"
    assert take(0.3, 6) is None
    assert take(1.0, 7) == "2 jobs: 2 running, 1 s; slowest: fw0 (ACT 7%)"
    lines.line(event("ended", 2.0, handles[1], text="succeeded"))
    over = event("ended", 3.0, handles[0], text="succeeded")
    assert lines.line(over) == "2 jobs: 0 running, 2 succeeded, 3 s"


def test_a_log_of_a_long_wait_stays_short():
    lines = FleetLines(5000)
    handle = Handle("panos.commit", "https://fw1:443", "1")
    said = [
        lines.line(event("observed", float(now), handle, observation=seen(JobState.RUNNING, "ACT", progress=now / 40)))
        for now in range(3600)
    ]
    assert 20 < len([line for line in said if line]) < 60


def test_nothing_is_said_of_a_fleet_where_nothing_changes():
    lines = FleetLines(2)
    handle = Handle("panos.commit", "https://fw1:443", "1")
    said = [lines.line(event("observed", float(now), handle, observation=seen())) for now in range(600)]
    assert len([line for line in said if line]) <= 3


def test_of_thousands_of_failures_only_the_first_get_a_line():
    lines = FleetLines(5000)
    said = [
        lines.line(event("ended", 0.0, Handle("panos.commit", f"https://fw{number}:443", "1"), text="failed"))
        for number in range(5000)
    ]
    assert [line for line in said if line][-1] == "5000 jobs: 0 running, 5000 failed, 0 s"
    assert len([line for line in said if line]) == 21


def test_the_log_holds_the_handle_and_is_private(tmp_path):
    path = tmp_path / "progress.jsonl"
    log = ProgressLog(str(path))
    log.add(event("submitted"))
    log.add(observed(1.0, progress=50))
    log.add(event("no_answer", error=NoAnswer("HTTP 503")))
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["event"] for record in records] == ["submitted", "observed", "no_answer"]
    assert Handle.from_dict(records[0]["handle"]) == HANDLE
    assert records[1]["progress"] == 50
    assert records[2]["error"] == "HTTP 503"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_log_says_which_file_was_written(tmp_path):
    path = tmp_path / "progress.jsonl"
    file = {"path": "/srv/rows.csv", "size": 3, "sha256": "ab", "count": 1}
    collected = event("collected", result={**file, "rows": [{"user": "alice"}]})
    ProgressLog(str(path)).add(collected)
    assert json.loads(path.read_text())["file"] == file
    assert JobLines().line(collected) is None


def test_a_log_that_cannot_be_written_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match=r"progress_log: .*nowhere.* cannot be written"):
        ProgressLog(str(tmp_path / "nowhere" / "log"))
