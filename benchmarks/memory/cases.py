# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured: modules that move much data, each with a little and with a lot of it."""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import json
import pathlib
import typing as t


class WrongResult(Exception):
    """The module did not do the work, so that its figures mean nothing."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One run of a module against a device of its own.

    *settings* are those of the simulated device, *arguments* those of the module beside the connection, with *dest* as
    the file to write. *check* looks at that file and at the result, says how much it was, or raises WrongResult.
    """

    name: str
    module: str
    settings: t.Mapping[str, t.Any]
    arguments: t.Mapping[str, t.Any]
    check: t.Callable[[dict[str, t.Any], pathlib.Path], str]


def log_export(rows: int, file_format: str) -> Case:
    """Export *rows* rows while more keep coming."""

    def check(result: dict[str, t.Any], dest: pathlib.Path) -> str:
        if result["count"] != rows:
            raise WrongResult(f"{result['count']} rows instead of {rows}")
        if file_format == "ndjson":
            _check_numbers(dest, rows)
        return f"{rows} rows, {dest.stat().st_size / 1e6:.0f} MB"

    return Case(
        name=f"panos_log_export, {file_format}",
        module="panos_log_export",
        settings={
            "log_seconds": 0.1,
            "logs": {"history": [[rows, 10000]], "end": "2026/11/21 12:00:00", "arrivals": 7},
        },
        arguments={"log_type": "traffic", "end": "2026/11/21 12:00:00", "format": file_format},
        check=check,
    )


def _check_numbers(dest: pathlib.Path, rows: int) -> None:
    """Raise WrongResult unless the file has all rows, newest first: none is lost, doubled or out of place."""
    expected = rows
    with dest.open(encoding="utf-8") as file:
        for line in file:
            found = int(json.loads(line)["seqno"])
            if found != expected:
                raise WrongResult(f"row {found} where row {expected} belongs")
            expected -= 1
    if expected:
        raise WrongResult(f"{expected} rows are missing")


def tech_support(size: int) -> Case:
    """Fetch a tech support file of *size* bytes."""

    def check(result: dict[str, t.Any], dest: pathlib.Path) -> str:
        if (result["size"], dest.stat().st_size) != (size, size):
            raise WrongResult(f"{result['size']} bytes instead of {size}")
        with gzip.open(dest) as file:
            while file.read(1024 * 1024):
                pass
        return f"{size / 1e6:.0f} MB"

    return Case(
        name="panos_export, tech-support",
        module="panos_export",
        settings={"export_seconds": 0.1, "export_sizes": {"tech-support": size}},
        arguments={"category": "tech-support", "poll_interval": 0.2},
        check=check,
    )


def cases(options: argparse.Namespace) -> list[Case]:
    """The same work with almost nothing first: what Python and the libraries need themselves."""
    return [
        log_export(10, "ndjson"),
        log_export(options.rows, "ndjson"),
        log_export(options.rows, "csv"),
        log_export(options.rows, "xml"),
        tech_support(1_000_000),
        tech_support(options.megabytes * 1_000_000),
    ]
