# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""What may be exported."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Kind:
    """What may be exported, by the name of its module.

    :arg options: those of the module that an export may have.
    :arg extension: of its file. Empty where the module writes several files, or none here at all.
    :arg by: the option that decides the extension, *extensions* how.
    :arg at_once: how many run at a time on one host.
    :arg folder: whether the module writes several files into a folder.
    :arg local: whether what it exports comes here at all.
    """

    options: tuple[str, ...]
    extension: str = ""
    by: str = ""
    extensions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    at_once: int = 4
    folder: bool = False
    local: bool = True

    def suffix(self, options: Mapping[str, t.Any]) -> str:
        """Return the extension of a file that is made with *options*."""
        given = str(options.get(self.by) or "")
        return self.extensions.get(given, given if self.by == "format" and given else self.extension)


_ROWS = ("format", "fields")


KINDS: Mapping[str, Kind] = {
    "panos_export": Kind(
        ("category", "from", "pcap_id", "search_time", "serial"),
        by="category",
        extensions={
            "tech-support": "tgz",
            "stats-dump": "tgz",
            "configuration": "xml",
            "device-state": "tgz",
            "application-pcap": "pcap",
            "filter-pcap": "pcap",
            "threat-pcap": "pcap",
        },
        # A tech support file keeps the management plane busy for minutes. Chosen, not documented.
        at_once=1,
    ),
    # Five calls at a time for a device, by an article of the vendor's that others cite (assumed); each wait makes one.
    "panos_log_export": Kind(("log_type", "query", "start", "end", "last", "limit", *_ROWS), "ndjson", by="format"),
    "panos_report": Kind(
        ("report_type", "name", "period", "start", "end", "topn", "vsys", *_ROWS), "ndjson", by="format"
    ),
    "illumio_export": Kind(("path", "pversion", "query", "delete_job", *_ROWS), "json", by="format"),
    "illumio_traffic_query": Kind(
        (
            "start",
            "end",
            "last",
            "sources",
            "destinations",
            "services",
            "query_op",
            "policy_decisions",
            "boundary_decisions",
            "exclude_workloads_from_ip_list_query",
            "max_results",
            "query_name",
            "draft_rules",
            "on_truncation",
            "on_missing_region",
            "delete_query",
            *_ROWS,
        ),
        "ndjson",
        by="format",
        # The heaviest question a PCE is asked. Chosen, not documented.
        at_once=1,
    ),
    # A PCE makes 25 reports at a time (documented).
    "illumio_report": Kind(
        (
            "template",
            "last_days",
            "start",
            "end",
            "report_parameters",
            "description",
            "send_by_email",
            "report_format",
        ),
        "pdf",
        by="report_format",
        extensions={"csv": "csv"},
    ),
    "illumio_support_bundle": Kind(("include_logs", "starting_at", "ending_at", "delete_request"), "tgz", at_once=1),
    "scm_config_export": Kind(("devices", "version", "since"), folder=True),
    "scm_device_job": Kind(("type", "devices", "advanced", "required_targets"), "json"),
    # A tenant runs four queries of the API at a time (documented).
    "cortex_xql_query": Kind(
        ("query", "start", "end", "last", "tenants", "max_results", "on_truncation", "wait_for_idle", *_ROWS),
        "ndjson",
        by="format",
    ),
    # One lock, one slot: the task waits for its end. The file stays on the SBC, for the API cannot fetch it.
    "oracle_sbc_backup": Kind(("file", "source", "settle", "lock_timeout"), at_once=1, local=False),
}
