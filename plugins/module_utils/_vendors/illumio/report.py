# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Have a PCE make a report, and fetch it.

Sources: D the guide "REST APIs 25.2.10" or the published schemas, C read in a client's source.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import time
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..._jobs.errors import BadInput, Refused
from ..._jobs.model import Handle, JobState
from ..._jobs.operation import Collected, Preview, Timing
from ..._jobs.tokens import TOKEN_LENGTH, intent_of, marked, new_token, tokens_in
from ..._transport.files import check_destination
from .client import open_client
from .job import PceJob
from .listing import href_of, listed, shown, started
from .times import window_of

if t.TYPE_CHECKING:
    from ..._jobs.model import Observation
    from ..._jobs.operation import Submission
    from .client import IllumioClient
    from .job import Record

DESCRIPTION_LIMIT = 255
"""Characters of a report's description [D]."""

_WORDS: Mapping[str, JobState] = {
    "queued": JobState.PENDING,  # D, both
    "pending": JobState.PENDING,
    "cancel_requested": JobState.RUNNING,  # D, as what is asked for
    "done": JobState.SUCCEEDED,  # D
    "failed": JobState.FAILED,  # C, both
    "error": JobState.FAILED,
    "cancelled": JobState.CANCELED,  # as of traffic queries
    "canceled": JobState.CANCELED,
}

_TIME_RANGE = "report_time_range"


@dataclasses.dataclass(frozen=True)
class ReportOptions:
    """What to make. *relative* is what makes it equal for two runs of one task. Raises BadInput."""

    template: str
    parameters: Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    relative: tuple[object, ...] = ()
    description: str = ""
    send_by_email: bool | None = None
    report_format: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(/orgs/\d+/report_templates/)?[A-Za-z0-9_-]+", self.template, re.ASCII):
            raise BadInput("template: give the name of a template, such as executive_summary_report, or its href.")
        limit = DESCRIPTION_LIMIT - TOKEN_LENGTH
        if len(self.description) > limit or any(ord(char) < 32 for char in self.description):
            raise BadInput(
                f"description: write it on one line, with at most {limit} characters. A PCE takes {DESCRIPTION_LIMIT}, "
                f"of which {TOKEN_LENGTH} are needed to find the report again."
            )

    @property
    def intent(self) -> str:
        """What stands for these options in the description of a report: equal options give equal texts."""
        rest = {name: value for name, value in self.parameters.items() if name != _TIME_RANGE or not any(self.relative)}
        return intent_of(
            [self.template, rest, list(self.relative), self.description, self.send_by_email, self.report_format]
        )

    def template_href(self, org: str) -> str:
        return self.template if self.template.startswith("/") else f"{org}/report_templates/{self.template}"

    def body(self, org: str, token: str) -> dict[str, t.Any]:
        """Return the request, with *token* in the description."""
        body: dict[str, t.Any] = {
            "report_template": {"href": self.template_href(org)},
            "report_parameters": dict(self.parameters),
            "description": marked(self.description, token),
        }
        if self.send_by_email is not None:
            body["send_by_email"] = self.send_by_email
        if self.report_format is not None:
            # In the guide and used live by a client, but not in the strict schema: so only on request.
            body["report_format"] = self.report_format
        return body


class Report(PceJob):
    """Make a report; the configuration of the PCE stays as it is. *dest* is where the report is to be written."""

    name: t.ClassVar[str] = "illumio.report"
    words: t.ClassVar[Mapping[str, JobState]] = _WORDS

    # The guide's sample took a second; a client waits for ten minutes [C].
    timing: t.ClassVar[Timing] = Timing(wait_timeout=1800, poll_interval=3, poll_max_interval=30, outage_timeout=600)
    changes_device: t.ClassVar[bool] = False
    can_cancel: t.ClassVar[bool] = True

    def __init__(
        self,
        client: IllumioClient,
        options: ReportOptions | None = None,
        *,
        dest: str | None = None,
        nonce: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(client, clock=clock)
        self._options = options
        self._dest = dest
        self._token = new_token(options.intent, nonce) if options is not None else ""

    @property
    def _reports(self) -> str:
        return f"{self.client.org}/reports"

    @property
    def _wanted(self) -> ReportOptions:
        if self._options is None:
            raise BadInput("template: say which report to make.")
        return self._options

    # Before there is a report.

    def destination(self, handle: Handle | None) -> str | None:
        return self._dest or (None if handle is None else handle.options.get("dest"))

    def preview(self, *, want_diff: bool) -> Preview:
        self._check_settings()
        self._check_template(self._wanted.template_href(self.client.org))
        where = f" and be written to {self._dest}" if self._dest else ""
        return Preview(
            needed=True, message=f"A report {self._wanted.template} would be made on {self.endpoint}{where}."
        )

    def still_needed(self) -> bool:
        # A report with the same options of a moment ago says the same.
        return False

    def find_equivalent(self) -> Handle | None:
        for record in listed(self.client, self._reports):
            word = str(record.get("status")).lower()
            ended = self.words.get(word, JobState.UNKNOWN).ended or word == "cancel_requested"
            tokens = tokens_in(str(record.get("description") or ""))
            if not ended and any(token.startswith(f"{self._wanted.intent}-") for token in tokens):
                return self._handle(record)
        return None

    def submit(self) -> Handle:
        reply = started(self.client, self._reports, self._wanted.body(self.client.org, self._token))
        href = href_of(self.client, reply.data, "report")
        known = {"description": marked(self._wanted.description, self._token)}
        return self.accepted(reply, href, known, self._kept)

    def recover(self) -> Handle | None:
        """Return the handle of the report with our token."""
        for record in listed(self.client, self._reports):
            if self._token in tokens_in(str(record.get("description") or "")):
                return self._handle(record)
        return None

    @property
    def _kept(self) -> dict[str, str]:
        return {"dest": self._dest} if self._dest else {}

    def _handle(self, record: Record) -> Handle:
        href = href_of(self.client, record, "report")
        return Handle(self.name, self.endpoint, href, self.fingerprint_of(record), options=self._kept)

    def _check_settings(self) -> None:
        """Raise Refused where the PCE makes no reports at all, as far as it tells."""
        settings = self._readable(f"{self.client.org}/settings/reports")
        if isinstance(settings, Mapping) and settings.get("enabled") is False:
            raise Refused(f"{self.endpoint} makes no reports: they are switched off in its settings.")

    def _check_template(self, href: str) -> None:
        templates = self._readable(f"{self.client.org}/report_templates")
        known = [each for each in templates if isinstance(each, Mapping)] if isinstance(templates, list) else []
        if not known:
            return
        found = next((each for each in known if each.get("href") == href), None)
        if found is None:
            names = ", ".join(sorted(str(each.get("href")).rpartition("/")[2] for each in known))
            raise Refused(
                f"template: {self.endpoint} has no report template {self._wanted.template}, only {names}.",
                reason="bad_input",
                label="unknown template",
            )
        if found.get("enabled") is False:
            raise Refused(
                f"template: {self.endpoint} has the template {self._wanted.template}, but it is switched off."
            )

    def _readable(self, href: str) -> t.Any:
        return shown(lambda: self.client.get(href).data)

    # The report.

    def observe(self, handle: Handle, *, within: float) -> Observation:
        # Now, and not when the report is ready: hours of work must not end at a folder that is not there.
        dest = self.destination(handle)
        if dest is not None:
            check_destination("dest", dest)
        return super().observe(handle, within=within)

    def glance(self, handle: Handle, *, within: float) -> Observation:
        return super().observe(handle, within=within)

    def progress_of(self, record: Record) -> float | None:
        found = record.get("progress_percentage")
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            return None
        # JSON has integers of any length, and Python reads 1e999 as infinite.
        return float(found) if 0 <= found <= 100 else None

    def facts_of(self, record: Record) -> Mapping[str, t.Any]:
        template = record.get("report_template")
        return {
            "href": record.get("href"),
            "template": template.get("href") if isinstance(template, Mapping) else None,
            "description": record.get("description"),
            "generated_at": record.get("generated_at"),
        }

    def fingerprint_of(self, record: Record) -> dict[str, str]:
        text = record.get("description")
        return {"description": text} if isinstance(text, str) and text else {}

    def cancel(self, handle: Handle) -> None:
        """Ask the PCE to stop making the report [D]."""
        self.client.send("PUT", handle.id, {"status": "cancel_requested"})

    def collect(self, handle: Handle, last: Observation) -> Collected:
        dest = self.destination(handle)
        if dest is None:
            return Collected(dict(last.facts), changed=False)
        saved = self.fetch(f"{handle.id}/download", check_destination("dest", dest))
        return Collected({**last.facts, **saved.to_dict()}, saved.changed)


def from_options(
    params: Mapping[str, t.Any], hide: Callable[[Iterable[str]], None], *, now: datetime.datetime | None = None
) -> Submission:
    """Return the report that the options of illumio_report describe, or the one that their handle names.

    Raises BadInput, MissingLibrary.
    """
    dest = None if params["dest"] is None else check_destination("dest", params["dest"])
    if params["handle"] is not None:
        return Report(open_client(params, hide), dest=dest)
    relative = (params["last_days"], params["start"], params["end"])
    options = ReportOptions(
        template=params["template"],
        parameters=_parameters(params, now or datetime.datetime.now(datetime.timezone.utc)),
        relative=relative,
        description=(params["description"] or "").strip(),
        send_by_email=params["send_by_email"],
        report_format=params["report_format"],
    )
    return Report(open_client(params, hide), options, dest=dest)


def _parameters(params: Mapping[str, t.Any], now: datetime.datetime) -> dict[str, t.Any]:
    given = dict(params["report_parameters"] or {})
    days, start, end = (params[name] for name in ("last_days", "start", "end"))
    if days is None and start is None:
        return given
    if _TIME_RANGE in given:
        raise BadInput(
            f"report_parameters: has {_TIME_RANGE}, which last_days or start say, too. Leave one of them out."
        )
    if days is not None:
        if days < 1:
            raise BadInput(f"last_days: {days} is not a number of days, give one from 1 on.")
        return {**given, _TIME_RANGE: {"last_num_days": days}}
    window = window_of(start, end, None, now=now)
    return {**given, _TIME_RANGE: {"start_date": window.start, "end_date": window.end}}
