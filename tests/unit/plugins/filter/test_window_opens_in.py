# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import typing as t
import zoneinfo

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.netops.jobs.plugins.filter.window_opens_in import FilterModule, seconds_until, window_opens_in

NIGHT = {"start": "22:00", "end": "04:00"}
HOUR = 3600
ZURICH = {**NIGHT, "timezone": "Europe/Zurich"}
knows_zurich = pytest.mark.skipif("Europe/Zurich" not in zoneinfo.available_timezones(), reason="no tzdata here")


def at(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(f"{text} +0000", "%Y-%m-%d %H:%M:%S %z")


@pytest.mark.parametrize(
    ("window", "now", "seconds"),
    [
        ({}, "2026-11-25 12:00:00", 0),
        (NIGHT, "2026-11-25 12:00:00", 10 * HOUR),
        (NIGHT, "2026-11-25 22:00:00", 0),
        (NIGHT, "2026-11-26 03:59:59", 0),
        (NIGHT, "2026-11-26 04:00:00", 18 * HOUR),
        (NIGHT, "2026-11-25 21:59:58", 2),
        ({"start": "08:00", "end": "17:00"}, "2026-11-25 17:00:00", 15 * HOUR),
        ({"start": "00:00", "end": "00:00"}, "2026-11-25 17:00:00", 0),
        # The 25th is a Wednesday. What opened on Friday is open on Saturday morning.
        ({**NIGHT, "days": ["fri"]}, "2026-11-25 22:00:00", 48 * HOUR),
        ({**NIGHT, "days": ["fri"]}, "2026-11-28 03:00:00", 0),
        ({**NIGHT, "days": ["Fri"]}, "2026-11-28 05:00:00", 6 * 24 * HOUR + 17 * HOUR),
        ({**NIGHT, "days": "wed"}, "2026-11-25 04:30:00", 17 * HOUR + HOUR // 2),
        # 22:00 in Zurich is 21:00 UTC in winter and 20:00 UTC in summer.
        pytest.param(ZURICH, "2026-11-25 20:59:00", 60, marks=knows_zurich),
        pytest.param(ZURICH, "2026-07-25 19:59:00", 60, marks=knows_zurich),
        # In the night to 25 October 2026 clocks go back: this window is an hour longer, until 03:00 UTC.
        pytest.param(ZURICH, "2026-10-25 02:59:00", 0, marks=knows_zurich),
        pytest.param(ZURICH, "2026-10-25 03:00:00", 18 * HOUR, marks=knows_zurich),
    ],
)
def test_how_long_it_is_until_a_window_opens(window: dict[str, t.Any], now: str, seconds: int) -> None:
    assert seconds_until(window, at(now)) == seconds


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ({"start": "22:00"}, "start and end"),
        ({**NIGHT, "zone": "UTC"}, "start and end"),
        ("22:00-04:00", "start and end"),
        ({**NIGHT, "start": 79200}, "in quotes"),
        ({**NIGHT, "end": "24:00"}, "no time of the day"),
        ({**NIGHT, "days": ["friday"]}, "not friday"),
        ({**NIGHT, "timezone": "Mars/Base"}, "no time zone 'Mars/Base'"),
    ],
)
def test_what_is_wrong_with_a_window_is_said(window: t.Any, text: str) -> None:
    with pytest.raises(AnsibleFilterError, match=text):
        seconds_until(window, at("2026-11-25 12:00:00"))


def test_the_filter_goes_by_the_clock() -> None:
    opens_in = FilterModule().filters()["window_opens_in"]
    assert opens_in({"start": "00:00", "end": "00:00"}) == 0
    tomorrow = datetime.datetime.now(tz=datetime.timezone.utc) + datetime.timedelta(hours=25)
    day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[tomorrow.weekday()]
    assert 0 < opens_in({"start": f"{tomorrow:%H}:00", "end": f"{tomorrow:%H}:59", "days": [day]}) <= 26 * HOUR


@pytest.mark.parametrize(
    ("given", "begin"), [({}, "1320 is no"), ({"option": "commit_window"}, "commit_window: 1320 is")]
)
def test_the_option_is_named(given: dict[str, str], begin: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        window_opens_in({**NIGHT, "start": 1320}, **given)
    assert str(caught.value).startswith(begin)
    assert str(caught.value).count("1320") == 1
