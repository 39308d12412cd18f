# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.times import (
    Window,
    instant,
    read_span,
    window_of,
)

NOW = datetime.datetime(2026, 11, 22, 5, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        (("2026-11-21", None, None), "2026-11-21T00:00:00.000Z", "2026-11-22T05:00:00.000Z"),
        (("2026-11-21", "2026-11-21", None), "2026-11-21T00:00:00.000Z", "2026-11-21T23:59:59.999Z"),
        (("2026-11-21T10:00:00+01:00", "2026-11-21T10:00:00.25Z", None), "2026-11-21T09:00:00.000Z", None),
        (("2026-11-21T10:00:00-05:30", None, None), "2026-11-21T15:30:00.000Z", None),
        # What YAML makes of a time without quotes.
        (("2026-11-21 10:00:00+00:00", None, None), "2026-11-21T10:00:00.000Z", None),
        ((None, None, "24h"), "2026-11-21T05:00:00.000Z", "2026-11-22T05:00:00.000Z"),
        ((None, "2026-11-01T00:00:00z", "1w"), "2026-10-25T00:00:00.000Z", "2026-11-01T00:00:00.000Z"),
        # Today is not over, and can be asked for all the same.
        (("2026-11-22", "2026-11-22", None), "2026-11-22T00:00:00.000Z", "2026-11-22T23:59:59.999Z"),
        ((None, "2026-11-22T05:04:59Z", "1h"), "2026-11-22T04:04:59.000Z", "2026-11-22T05:04:59.000Z"),
    ],
)
def test_times_as_they_are_sent(given, start, end) -> None:
    found = window_of(*given, now=NOW)
    assert found.start == start
    assert end in (None, found.end)


# Trap 21.
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (("yesterday", None, None), "start: 'yesterday' is not a time such as"),
        (("2026-1-1", None, None), "start: '2026-1-1' is not"),
        (("21/11/2026", None, None), "start:"),
        (("2026-02-29", None, None), "start: '2026-02-29' is not a date or time that exists"),
        (("2026-11-21T24:00:00Z", None, None), "that exists"),
        (("2026-11-21T10:00:00+01:75", None, None), "that exists"),
        (("0001-01-01T00:00:00+12:00", None, None), "that exists"),
        (("2026-11-21T10:00:00", None, None), "no time zone. Add Z"),
        (("2026-11-21T10:00Z", None, None), "start:"),
        (("\u0662026-11-21", None, None), "start:"),
        (("2026-11-21", "2026-11-20", None), "start: 2026-11-21T00:00:00.000Z is not before"),
        (("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z", None), "is not before"),
        (("2026-11-22T06:00:00Z", None, None), "start: 2026-11-22T06:00:00.000Z is in the future"),
        (("2026-11-21", "2026-11-22T06:00:00Z", None), "end: 2026-11-22T06:00:00.000Z is in the future"),
        (("2026-11-21", "2026-11-23", None), "end: 2026-11-23T00:00:00.000Z is in the future"),
        ((None, None, "a day"), "last: 'a day' is not a span"),
        ((None, None, "0h"), "last:"),
        ((None, None, "99999w"), "last: '99999w' is too long"),
    ],
)
def test_a_bad_time_never_reaches_the_pce(given, text) -> None:
    with pytest.raises(BadInput) as caught:
        window_of(*given, now=NOW)
    assert text in caught.value.message


def test_spans() -> None:
    assert [read_span(text).total_seconds() for text in ("90s", "15 m", "2h", "3d", "1w")] == [
        90,
        900,
        7200,
        259200,
        604800,
    ]


# Trap 26.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-14 23:16:52.303166", "2020-01-14T23:16:52.303166+00:00"),
        ("2021-04-09T20:50:30Z", "2021-04-09T20:50:30+00:00"),
        ("2020-26T21:48:46.446Z", None),
        ("2020-13-01", None),
        (None, None),
        (7, None),
    ],
)
def test_times_of_the_pce_are_read_where_that_is_possible(text, expected) -> None:
    found = instant(text)
    assert (found and found.isoformat()) == expected


def test_no_beginning_is_none() -> None:
    assert window_of(None, None, None, now=NOW) == Window(None, "2026-11-22T05:00:00.000Z")
