# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports and support bundles: asked for, looked at, downloaded."""

from __future__ import annotations

import dataclasses
import io
import random
import tarfile
import typing as t
import uuid

from ..system import Reply
from .answers import answer, forbidden, invalid_input, moment, not_acceptable, not_found, nothing, read_moment
from .work import Plan, Words, Work, make_plan

if t.TYPE_CHECKING:
    from .accounts import Account
    from .pce import Pce

TEMPLATES = {
    "executive_summary_report": "Executive Summary Report",
    "traffic_flow_report": "Traffic Flow Query",
    "rule_hit_count_report": "Rule Hit Count Report",
    "explorer": "Explorer",
    "ves": "VES",
    "ransomware": "Ransomware",
}
# Not known; assumed. What tells that a bundle is there are completed_at and download_url (documented).
BUNDLE_WORDS = Words("queued", "in_progress", "completed")


@dataclasses.dataclass(frozen=True)
class FilePlan(Plan):
    """``bytes``: the size of the file, about."""

    bytes: int = 20000


@dataclasses.dataclass
class Report(Work):
    body: dict[str, t.Any] = dataclasses.field(default_factory=dict)


class Reports:
    """The reports of one PCE. All of it is for global administrators (documented)."""

    def __init__(self, pce: Pce) -> None:
        self._pce = pce
        self.reports: dict[str, Report] = {}

    def templates(self) -> list[dict[str, t.Any]]:
        org_id = self._pce.settings.org_id
        return [
            {"href": f"/orgs/{org_id}/report_templates/{name}", "name": title, "report_parameters": {}}
            for name, title in TEMPLATES.items()
        ]

    def submit(self, account: Account, body: dict[str, t.Any]) -> Reply:
        self._check(body)
        pce, settings, now = self._pce, self._pce.settings, self._pce.now()
        if sum(1 for report in self.reports.values() if not report.over(now)) >= settings.max_queued_reports:
            raise not_acceptable("The maximum number of queued reports is reached")
        plan = make_plan(FilePlan, settings.reports, settings.next_reports.pop(0) if settings.next_reports else {})
        name = str(uuid.uuid4())
        report = Report(
            id=name,
            href=f"/orgs/{settings.org_id}/reports/{name}",
            owner=account.user,
            began=now,
            plan=plan,
            usual=Words(settings.report_first_word, "pending", "done"),
            cancel_seconds=settings.cancel_seconds,
            canceled_word=settings.canceled_word,
            body=body,
        )
        self.reports[name] = report
        pce.record(account, "report", job=report.href, description=body.get("description") or "", details=body)
        return answer(self._record(report, now), 201)

    def _check(self, body: t.Mapping[str, t.Any]) -> None:
        template = body["report_template"]["href"].rsplit("/", 1)[-1]
        if template not in TEMPLATES:
            raise not_acceptable("The report template does not exist")
        span = body["report_parameters"].get("report_time_range", {})
        for name in ("start_date", "end_date"):
            # Seen in the field: a bare YYYY-MM-DD is refused.
            if name in span and (len(span[name]) <= 10 or read_moment(span[name]) is None):
                raise invalid_input(f"The property '#/report_parameters/report_time_range/{name}' must be a date-time")

    def listed(self) -> Reply:
        now = self._pce.now()
        return answer([self._record(report, now) for report in self.reports.values()])

    def poll(self, name: str) -> Reply:
        report, now = self._report(name), self._pce.now()
        report.look(now)
        return answer(self._record(report, now))

    def download(self, name: str) -> Reply:
        report, now = self._report(name), self._pce.now()
        if not report.succeeded(now):
            raise not_found("report file")
        size = t.cast("FilePlan", report.plan).bytes
        if report.body.get("report_format") == "csv":
            return Reply(body=csv_bytes(size), content_type="text/csv")
        return Reply(body=pdf_bytes(size), content_type="application/pdf")

    def change(self, name: str, body: t.Mapping[str, t.Any]) -> Reply:
        """The only change is ``cancel_requested`` (documented); of a report that is over it has no effect (assumed)."""
        report = self._report(name)
        if "status" in body:
            report.cancel(self._pce.now())
        return nothing()

    def _report(self, name: str) -> Report:
        if name not in self.reports:
            raise not_found("report")
        return self.reports[name]

    def _record(self, report: Report, now: float) -> dict[str, t.Any]:
        """The fields and their order are the guide's."""
        template = report.body["report_template"]["href"]
        end = report.over_at()
        done = end is not None and end <= now
        shown = {
            "href": report.href,
            "report_template": {"href": template, "name": TEMPLATES[template.rsplit("/", 1)[-1]]},
            "description": report.body.get("description"),
            "created_at": moment(report.began),
            "updated_at": moment(end if done and end is not None else report.began),
            "progress_percentage": report.progress(now),
            "generated_at": moment(end) if end is not None and report.succeeded(now) else None,
            "status": report.word(now),
            "report_parameters": report.body["report_parameters"],
        }
        if "send_by_email" in report.body:
            shown["send_by_email"] = report.body["send_by_email"]
        return {**shown, "created_by": {"href": report.owner}, "updated_by": {"href": report.owner}}


@dataclasses.dataclass
class Bundle(Work):
    body: dict[str, t.Any] = dataclasses.field(default_factory=dict)


class Bundles:
    """The support bundles of one PCE."""

    def __init__(self, pce: Pce) -> None:
        self._pce = pce
        self.bundles: dict[str, Bundle] = {}

    def submit(self, account: Account, body: dict[str, t.Any]) -> Reply:
        pce, settings, now = self._pce, self._pce.settings, self._pce.now()
        plan = make_plan(FilePlan, settings.bundles, settings.next_bundles.pop(0) if settings.next_bundles else {})
        name = str(uuid.uuid4())
        bundle = Bundle(
            id=name,
            href=f"/orgs/{settings.org_id}/support_bundle_requests/{name}",
            owner=account.user,
            began=now,
            plan=plan,
            usual=BUNDLE_WORDS,
            body=body,
        )
        self.bundles[name] = bundle
        pce.record(account, "support-bundle", job=bundle.href, details=body)
        return answer(self._record(bundle, now), 201)

    def listed(self) -> Reply:
        now = self._pce.now()
        return answer([self._record(bundle, now) for bundle in self.bundles.values()])

    def poll(self, name: str) -> Reply:
        bundle, now = self._bundle(name), self._pce.now()
        bundle.look(now)
        return answer(self._record(bundle, now))

    def download(self, name: str) -> Reply:
        bundle = self._bundle(name)
        if not bundle.succeeded(self._pce.now()):
            raise not_found("support bundle file")
        size = t.cast("FilePlan", bundle.plan).bytes
        return Reply(body=tar_bytes(size), content_type="application/gzip")

    def delete(self, name: str) -> Reply:
        del self.bundles[self._bundle(name).id]
        return nothing()

    def _bundle(self, name: str) -> Bundle:
        if name not in self.bundles:
            raise not_found("support bundle request")
        return self.bundles[name]

    def _record(self, bundle: Bundle, now: float) -> dict[str, t.Any]:
        """The fields are the schema's; where the file is, is assumed."""
        end = bundle.over_at()
        there = bundle.succeeded(now) and (bundle.plan.lag == 0 or bundle.shows_result(now))
        return {
            "href": bundle.href,
            "name": f"pce-support-{bundle.id[:8]}.tgz",
            "download_url": {"href": f"{bundle.href}/download"} if there else None,
            "requested_at": moment(bundle.began),
            "completed_at": moment(end) if end is not None and bundle.over(now) else None,
            "status": bundle.word(now),
            "created_by": {"href": bundle.owner},
            "include_logs": bundle.body.get("include_logs", False),
            "starting_at": bundle.body.get("starting_at"),
            "ending_at": bundle.body.get("ending_at"),
        }


def must_administer(account: Account) -> None:
    """Raises ApiError 403 for who is no global administrator."""
    if not account.writes:
        raise forbidden("Reports are for global organization administrators")


def pdf_bytes(size: int) -> bytes:
    """Looks like a PDF to who looks at its first and last bytes."""
    body = random.Random(size).randbytes(max(0, size - 30))
    return b"%PDF-1.4\n" + body + b"\n%%EOF\n"


def csv_bytes(size: int) -> bytes:
    lines, length = ["rule_set,rule,hits"], 19
    while length < size:
        lines.append(f"rule-set-{len(lines)},{len(lines)},{len(lines) * 7}")
        length += len(lines[-1]) + 1
    return ("\n".join(lines) + "\n").encode()


def tar_bytes(size: int) -> bytes:
    """A tar file, gzipped, with one log in it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        log = random.Random(size).randbytes(size)
        entry = tarfile.TarInfo("pce/agent.log")
        entry.size = len(log)
        tar.addfile(entry, io.BytesIO(log))
    return packed.getvalue()
