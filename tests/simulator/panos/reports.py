# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""type=report: dynamic, predefined and custom reports, answered at once or by a job.

Documented (Get Reports, PAN-OS 9.1 to 11.1): the parameters, ``async`` included; a period or a time frame for dynamic
reports; "the API responds asynchronously with a job ID". Clients (pan-python, pan.xapi.report; and others that read
predefined reports) know three forms of an immediate answer; which one a report takes is the setting ``report_form``.
The sentence of the submit answer, without a code, is recorded (a client's comment). Names of reports are a client's.
Columns and numbers of the entries, and the order of a report's attributes, are assumed.
"""

from __future__ import annotations

import calendar
import dataclasses
import time
import typing as t
import zlib
from xml.sax.saxutils import quoteattr

from ..system import Reply, SpecError
from .jobs import wall
from .log_query import TIME_FORM
from .queries import QueryJob, choice, finish, job_element, look, number, submission
from .xml import ApiError, bad_request, element, success

if t.TYPE_CHECKING:
    from .device import Admin, PanosDevice

REPORT_PARAMETERS = frozenset(
    {"reporttype", "reportname", "period", "starttime", "endtime", "topn", "vsys", "async", "action", "job-id"}
)
TYPES = ("dynamic", "predefined", "custom")
# job; or at once: response/result/report, response/report/result (pan-python: custom, dynamic), report/result
# (pan-python: predefined).
FORMS = ("job", "result_report", "report_result", "root_report")
PERIODS = {
    "last-60-seconds": 60,
    "last-15-minutes": 900,
    "last-hour": 3600,
    "last-12-hrs": 43200,
    "last-24-hrs": 86400,
    "last-calendar-day": 86400,
    "last-7-days": 7 * 86400,
    "last-7-calendar-days": 7 * 86400,
    "last-calendar-week": 7 * 86400,
    "last-30-days": 30 * 86400,
}
# What an entry is about, by the words in a report's name: the name of its column, and values.
SUBJECTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("countr", "dstloc", ("Singapore", "United States", "Germany", "Japan")),
    ("app", "app", ("ssl", "dns", "web-browsing", "ntp", "ms-update", "R&D <tool>")),
    ("url", "category", ("business-and-economy", "computer-and-internet-info", "news")),
    ("rule", "rule", ("LAN to Internet - Default Applications", "Partners & guests", "interzone-default")),
    ("threat", "threatid", ("HTTP Unauthorized Error", "SSH User Authentication Brute Force Attempt")),
    ("", "src", ("10.0.1.5", "10.0.1.9", "10.2.0.77")),
)
PREDEFINED = (
    "bandwidth-trend", "risk-trend", "risky-users", "spyware-infected-hosts", "threat-trend",
    "top-application-categories", "top-applications", "top-attackers", "top-attackers-by-countries", "top-attacks",
    "top-blocked-url-categories", "top-blocked-websites", "top-connections", "top-denied-applications",
    "top-denied-destinations", "top-denied-sources", "top-destination-countries", "top-destinations",
    "top-egress-interfaces", "top-egress-zones", "top-http-applications", "top-rules", "top-source-countries",
    "top-sources", "top-spyware-threats", "top-url-categories", "top-users", "top-victims", "top-viruses",
    "top-vulnerabilities", "top-websites", "unknown-tcp-connections", "unknown-udp-connections",
)  # fmt: skip
DYNAMIC = (
    "acc-summary", "top-app-summary", "top-application-categories-summary", "top-application-risk-summary",
    "top-applications-summary", "top-attacker-countries-summary", "top-attackers-summary", "top-attacks-acc",
    "top-blocked-url-summary", "top-dst-countries-summary", "top-dst-summary", "top-egress-zones-summary",
    "top-hr-applications-summary", "top-rule-summary", "top-spyware-threats-summary", "top-src-countries-summary",
    "top-src-summary", "top-threats-type-summary", "top-url-categories-summary", "top-url-summary",
    "top-victims-summary", "top-viruses-summary", "top-vulnerabilities-summary",
)  # fmt: skip


@dataclasses.dataclass
class ReportSettings:
    """What a test can set of reports; README.md explains it."""

    report_form: dict[str, str] = dataclasses.field(default_factory=dict)
    report_seconds: float = 5.0
    report_polls: int = 0
    report_rows: int = 25
    report_job_kept: bool = True
    custom_reports: list[str] = dataclasses.field(default_factory=lambda: ["Custom-Web-Usage-Report"])


REPORT_FORMS = {"dynamic": "job", "predefined": "root_report", "custom": "job"}


def check_forms(forms: t.Mapping[str, str]) -> None:
    """Raises SpecError."""
    if set(forms) - set(TYPES) or set(forms.values()) - set(FORMS):
        raise SpecError(f"'report_form' gives {', '.join(TYPES)} one of {', '.join(FORMS)}")


@dataclasses.dataclass(frozen=True)
class Report:
    """One report as asked for; times in simulated seconds."""

    type: str
    name: str
    range: str
    start: float
    end: float
    rows: int
    vsys: str


def report(device: PanosDevice, admin: Admin, parameters: t.Mapping[str, str]) -> Reply:
    """type=report. A report that is answered at once is in the ledger as well, without a job."""
    action = choice(parameters, "action", "", ("", "get", "finish"))
    if action:
        text = parameters.get("job-id", "")
        return finish(device, "report", text) if action == "finish" else fetch(device, text)
    if "job-id" in parameters:
        raise bad_request('Illegal parameter "job-id".')
    if "reportname" not in parameters:
        # A list of the reports (documented); its form is not known.
        return Reply(body=b"not simulated: the list of reports", status=501, content_type="text/plain")
    try:
        wanted = demanded(device, parameters)
    except ApiError as exc:
        submission(device, admin, "report", parameters, answer=exc.text)
        raise
    form = {**REPORT_FORMS, **device.settings.report_form}[wanted.type]
    if form != "job":
        submission(device, admin, "report", parameters)
        return immediate(device, wanted, form)
    settings = device.settings
    job = device.queries.add(
        device, "report", seconds=settings.report_seconds, polls=settings.report_polls, answer=wanted
    )
    submission(device, admin, "report", parameters, job=str(job.id))
    return success(f"<msg><line>Report job enqueued with jobid {job.id}</line></msg><job>{job.id}</job>")


def demanded(device: PanosDevice, parameters: t.Mapping[str, str]) -> Report:
    """Raises ApiError: for an unknown report code 7 (object not present, documented; assumed to be the one here)."""
    if "reporttype" not in parameters:
        raise bad_request('Missing value for parameter "reporttype".')
    kind, name = choice(parameters, "reporttype", "", TYPES), parameters["reportname"]
    choice(parameters, "async", "yes", ("yes", "no"))
    if name not in {"dynamic": DYNAMIC, "predefined": PREDEFINED, "custom": device.settings.custom_reports}[kind]:
        raise ApiError(f"No such report: {name}", code="7")
    start, end, span = frame(device, kind, parameters)
    # Without topn ten rows (assumed). A custom report's number of rows is part of its definition.
    rows = min(number(parameters, "topn", 10, least=1, most=10_000), device.settings.report_rows)
    return Report(kind, name, span, start, end, rows, parameters.get("vsys", ""))


def frame(device: PanosDevice, kind: str, parameters: t.Mapping[str, str]) -> tuple[float, float, str]:
    """Start, end and name of the time that is reported on. Predefined: always the last 24 hours (documented)."""
    now = device.now()
    given = [name for name in ("period", "starttime", "endtime") if name in parameters]
    if given == ["period"]:
        period = choice(parameters, "period", "", PERIODS)
        return now - PERIODS[period], now, period
    if given == ["starttime", "endtime"]:
        start, end = (seconds(parameters, name) - device.settings.clock_skew for name in given)
        if end < start:
            raise bad_request('Illegal value for parameter "endtime".')
        return start, end, "custom"
    if given:
        raise bad_request(f'Illegal parameter "{given[0]}".')
    if kind == "dynamic":
        raise bad_request('Missing value for parameter "period".')
    return now - 86400, now, "last-24-hrs"


def seconds(parameters: t.Mapping[str, str], name: str) -> float:
    try:
        return calendar.timegm(time.strptime(parameters[name], TIME_FORM))
    except ValueError as exc:
        raise bad_request(f'Illegal value for parameter "{name}" [{parameters[name]}].') from exc


def fetch(device: PanosDevice, text: str) -> Reply:
    """The job with ``percent`` while it runs; since 7.1 the job and the report together at the end (pan-python)."""
    job = look(device, "report", text)
    if isinstance(job, Reply):
        return job
    head = job_element(device, job, percent=True)
    if job.status(device.now()) != "FIN":
        return success(head)
    if not device.settings.report_job_kept:
        device.queries.remove(job)
    return success(head + finished(device, job))


def finished(device: PanosDevice, job: QueryJob) -> str:
    wanted: Report = job.answer
    return f"<report{attributes(device, wanted)}>{entries(device, wanted)}</report>"


def immediate(device: PanosDevice, wanted: Report, form: str) -> Reply:
    rows = entries(device, wanted)
    if form == "result_report":
        return success(f"<report{attributes(device, wanted)}>{rows}</report>")
    inner = f"<result{attributes(device, wanted)}>{rows}</result>"
    name = f"reportname={quoteattr(wanted.name)} logtype={quoteattr(log_type(wanted))}"
    if form == "root_report":
        return Reply(body=f"<report {name}>{inner}</report>".encode())
    return Reply(body=f'<response status="success"><report {name}>{inner}</report></response>'.encode())


def log_type(wanted: Report) -> str:
    return "thsum" if any(word in wanted.name for word in ("threat", "attack", "victim", "virus")) else "trsum"


def attributes(device: PanosDevice, wanted: Report) -> str:
    """Those that clients read: name, start, end, generated-at, range."""
    made = {
        "name": wanted.name.replace("-", " ").title(),
        "logtype": log_type(wanted),
        "start": device.wall(wanted.start),
        "start-epoch": str(int(wanted.start)),
        "end": device.wall(wanted.end),
        "end-epoch": str(int(wanted.end)),
        "generated-at": wall(device.now() + device.settings.clock_skew),
        "range": wanted.range,
    }
    return "".join(f" {name}={quoteattr(value)}" for name, value in made.items())


def entries(device: PanosDevice, wanted: Report) -> str:
    """Sorted by bytes, most first; the same for the same device, report, virtual system and time frame."""
    column, subjects = next((column, found) for word, column, found in SUBJECTS if word in wanted.name)
    seed = zlib.crc32(f"{device.settings.serial}/{wanted.type}/{wanted.name}/{wanted.vsys}/{wanted.range}".encode())
    made = []
    for place in range(wanted.rows):
        subject = subjects[place % len(subjects)]
        if place >= len(subjects):
            subject = f"{subject} {place // len(subjects) + 1}"
        count = (seed % 997 + 1) * (wanted.rows - place)
        fields = {column: subject, "bytes": str(count * 1499), "sessions": str(count)}
        made.append("<entry>" + "".join(element(name, value) for name, value in fields.items()) + "</entry>")
    return "".join(made)
