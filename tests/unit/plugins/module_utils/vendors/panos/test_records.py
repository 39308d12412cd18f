# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState
from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.panos.records import (
    STATES,
    WORDS,
    parse_jobs,
    state_of,
)


def parsed(text):
    return parse_jobs(xml.parse(text.encode() if isinstance(text, str) else text))


def test_the_table_names_each_word_once() -> None:
    assert len(WORDS) == len(STATES)
    assert all(row.mark for row in STATES)


def test_all_documented_words_are_covered() -> None:
    words = ["PEND", "ACT", "FIN", "FIN/OK", "FIN/FAIL", "FIN/PEND", "QUEUED", "FIN/0K"]
    assert [word for word in words if word not in WORDS] == []


def test_only_an_ok_is_a_success() -> None:
    assert {word for word, state in WORDS.items() if state is JobState.SUCCEEDED} == {"FIN/OK", "FIN/0K", "OK"}


@pytest.mark.parametrize(
    ("fields", "word", "state"),
    [
        ("<status>PEND</status><result>PEND</result>", "PEND", JobState.PENDING),
        ("<status>ACT</status><result>PEND</result>", "ACT", JobState.RUNNING),
        ("<status>FIN</status><result>OK</result>", "FIN/OK", JobState.SUCCEEDED),
        ("<status>FIN</status><result>FAIL</result>", "FIN/FAIL", JobState.FAILED),
        ("<status>FIN</status><result>PEND</result>", "FIN/PEND", JobState.RUNNING),
        ("<result>OK</result>", "OK", JobState.SUCCEEDED),
        ("<status>FIN</status>", "FIN", JobState.FAILED),
        ("<status>FIN</status><result>ABORTED</result>", "FIN/ABORTED", JobState.FAILED),
        ("<status>FIN</status><result>CANCELED</result>", "FIN/CANCELED", JobState.CANCELED),
        ("<status>FIN</status><result>STOP</result>", "FIN/STOP", JobState.CANCELED),
        ("<status>FIN</status><result>KILLED</result>", "FIN/KILLED", JobState.CANCELED),
        ("<status>NAP</status><progress>100</progress>", "NAP", JobState.UNKNOWN),
        ("<type>Failed-Job</type>", "Failed-Job", JobState.UNKNOWN),
    ],
)
def test_words(fields: str, word: str, state: JobState) -> None:
    """Traps 1, 12 and 17: neither progress nor FIN alone decides."""
    record = parsed(f"<r><job>{fields}<id>1</id></job></r>")[0]
    assert (record.word, state_of(record, WORDS)) == (word, state)


def test_each_kind_of_job_has_a_table_of_its_own() -> None:
    """Trap 14: a log job, say, ends without a result, and well. Where FIN is not in the table, it tells nothing."""
    record = parsed("<r><job><id>1</id><status>FIN</status></job></r>")[0]
    assert state_of(record, {"FIN": JobState.SUCCEEDED}) is JobState.SUCCEEDED
    assert state_of(record, {"FIN/OK": JobState.SUCCEEDED}) is JobState.UNKNOWN


def test_all_recorded_records(recorded) -> None:
    """Traps 10, 12, 46 and 47: none, one and many jobs, some without id, status, tfin or details."""
    seen = {name: parsed(recorded(name)) for name in recorded.files}
    assert {name: len(records) for name, records in seen.items() if records} == {
        "assurance_jobs_all_only_failed_job.xml": 1,
        "assurance_jobs_all_progress_timestamp.xml": 2,
        "assurance_jobs_all_single_autocom.xml": 1,
        "demisto_log_FIN_traffic_1.xml": 1,
        "demisto_push_ACT.xml": 1,
        "demisto_push_FIN.xml": 1,
        "demisto_show_jobs_all_duplicate_id.xml": 2,
        "demisto_show_jobs_all_single_RefreshLic.xml": 1,
        "demisto_show_jobs_with_failed.xml": 2,
        "doc_software_download_job_FIN.xml": 1,
        "doc_techsupport_status_FIN.xml": 1,
        "issue533_show_jobs_failed_first.xml": 2,
        "job_finished": 1,
        "panospython_log_job_FIN_config.xml": 1,
        "puppet_03_job_commit_FIN_OK_p100.xml": 1,
        "puppet_04_job_commit_ACT_PEND_p0.xml": 1,
        "puppet_05_job_commit_ACT_PEND_p75.xml": 1,
        "puppet_06_job_commit_ACT_PEND_p99.xml": 1,
    }
    assert seen["assurance_jobs_all_empty.xml"] == []


def test_a_finished_commit(recorded) -> None:
    record = parsed(recorded("job_finished"))[0]
    assert (record.id, record.number, record.type, record.user) == ("70", 70, "Commit", "xxx")
    assert record.description == "Netbox Panorama ConfigPump Plugin"
    assert (record.tenq, record.tfin) == ("2025/10/30 06:20:25", "2025/10/30 06:20:46")
    assert record.details[0] == "Configuration committed successfully"
    assert len(record.details) == 5
    assert record.warnings == ("abc",)
    assert record.stoppable is False


def test_a_running_commit(recorded) -> None:
    first, later = (
        parsed(recorded(f"puppet_0{name}.xml"))[0] for name in ("4_job_commit_ACT_PEND_p0", "6_job_commit_ACT_PEND_p99")
    )
    assert (first.progress, first.stoppable, first.tfin) == (0, True, "")
    assert (later.progress, later.stoppable) == (99, False)


@pytest.mark.parametrize(
    ("status", "text", "progress"),
    [
        ("ACT", "0", 0),
        ("ACT", "99", 99),
        ("ACT", "", None),
        ("ACT", "14:02:21", None),
        ("ACT", "101", None),
        ("ACT", "-1", None),
        ("FIN", "14:02:21", 100),
        ("FIN", "2023/08/07 04:00:45", 100),
        ("FIN", "", 100),
        ("FIN", "30", 30),
    ],
)
def test_progress_is_a_number_or_nothing(status: str, text: str, progress: float | None) -> None:
    """Trap 1."""
    record = parsed(f"<r><job><id>1</id><status>{status}</status><progress>{text}</progress></job></r>")[0]
    assert record.progress == progress


def test_a_clock_in_progress_as_recorded(recorded) -> None:
    """Trap 1."""
    wildfire = parsed(recorded("assurance_jobs_all_progress_timestamp.xml"))[0]
    export = parsed(recorded("doc_techsupport_status_FIN.xml"))[0]
    assert (wildfire.progress, wildfire.word) == (100, "FIN/OK")
    assert (export.progress, export.word) == (100, "FIN/0K")


@pytest.mark.parametrize(
    ("details", "lines"),
    [
        ("", ()),
        ("<details/>", ()),
        ("<details>one</details>", ("one",)),
        ("<details><line>one</line></details>", ("one",)),
        ("<details><line>one</line><line>two</line></details>", ("one", "two")),
        ("<details><line><newjob><newmsg>one</newmsg></newjob></line></details>", ("one",)),
        ("<details><line><![CDATA[ one ]]></line></details>", ("one",)),
        ("<details>\\n   <line>one\\n</line>\\n  <line>corp\\nick</line></details>", ("one", "corp\\nick")),
    ],
)
def test_the_forms_of_details(details: str, lines: tuple[str, ...]) -> None:
    """Traps 13 and 46."""
    assert parsed(f"<r><job><id>1</id>{details}</job></r>")[0].details == lines


def test_an_older_record_calls_the_user_admin() -> None:
    """Trap 13, and the order of the elements."""
    record = parsed("<r><job><result>OK</result><admin>bob</admin><status>FIN</status><id>3</id></job></r>")[0]
    assert (record.user, record.word) == ("bob", "FIN/OK")


def test_a_queued_job() -> None:
    """Trap 29."""
    fields = "<id>3</id><status>PEND</status><queued>YES</queued><positionInQ>2</positionInQ>"
    record = parsed(f"<r><job>{fields}</job></r>")[0]
    assert (record.position, record.word) == (2, "PEND")


def test_a_record_says_who_it_is(recorded) -> None:
    text = str(parsed(recorded("job_finished"))[0])
    assert text == 'Commit job 70 by xxx enqueued 2025/10/30 06:20:25 "Netbox Panorama ConfigPump Plugin"'


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("puppet_03_job_commit_FIN_OK_p100.xml", [12]),
        ("puppet_04_job_commit_ACT_PEND_p0.xml", [None]),
        ("assurance_jobs_all_progress_timestamp.xml", [5, 31]),
        ("doc_techsupport_status_FIN.xml", [90]),
        ("issue533_show_jobs_failed_first.xml", [None, 104]),
        ("assurance_jobs_all_only_failed_job.xml", [None]),
    ],
)
def test_how_long_recorded_jobs_took(recorded, name: str, seconds: list[float | None]) -> None:
    """Traps 12 and 13: the end is with a date, without one, or missing."""
    assert [record.seconds for record in parsed(recorded(name))] == seconds


# Trap 2.
def test_a_push_takes_until_its_last_device_is_done(recorded) -> None:
    record = parsed(recorded("demisto_push_FIN.xml"))[0]
    assert record.tenq.endswith(record.tfin)
    assert record.seconds == 54


@pytest.mark.parametrize(
    ("begin", "end", "seconds"),
    [
        ("2026/11/21 23:59:50", "00:00:20", 30),
        ("2026/11/21 10:00:00", "2026/11/21 09:00:00", None),
        ("2026/11/21 10:00:00", "2027/11/21 10:00:00", None),
        ("2026/11/21 10:00:00", "soon", None),
        ("10:00:00", "10:00:20", None),
        ("", "10:00:20", None),
    ],
)
def test_how_long_a_job_took_by_odd_times(begin: str, end: str, seconds: float | None) -> None:
    text = f"<r><job><id>1</id><status>FIN</status><tenq>{begin}</tenq><tfin>{end}</tfin></job></r>"
    assert parsed(text)[0].seconds == seconds
