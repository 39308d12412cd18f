# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.netops.jobs.plugins.filter.rollout_waves import FilterModule, rollout_waves

FIVE = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("options", "waves"),
    [
        ({}, [[], FIVE]),
        ({"canary": 1}, [["a"], ["b", "c", "d", "e"]]),
        ({"canary": "1"}, [["a"], ["b", "c", "d", "e"]]),
        ({"canary": 0}, [[], FIVE]),
        ({"canary": 9}, [FIVE]),
        ({"canary": ["d", "nobody", "b"]}, [["b", "d"], ["a", "c", "e"]]),
        ({"canary": "d"}, [["d"], ["a", "b", "c", "e"]]),
        # The last size holds for all that follow.
        ({"sizes": [1, 2]}, [[], ["a"], ["b", "c"], ["d", "e"]]),
        ({"sizes": 2}, [[], ["a", "b"], ["c", "d"], ["e"]]),
        # A share is of those behind the canary, and never nobody.
        ({"canary": 1, "sizes": ["10%", "50%"]}, [["a"], ["b"], ["c", "d"], ["e"]]),
        # So many of each kind.
        ({"canary": 1, "kinds": {"a": "x", "b": "x", "c": "y"}}, [["a", "c", "d"], ["b", "e"]]),
    ],
)
def test_every_host_is_in_one_wave(options, waves):
    assert rollout_waves(FIVE, **options) == waves


def test_nobody_is_in_no_wave():
    assert rollout_waves([], canary=1) == [[]]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"sizes": ["0%"]}, "'0%' is neither a number of hosts nor a percentage"),
        ({"sizes": ["101%"]}, "'101%' is neither"),
        ({"sizes": [0]}, "0 is neither"),
        ({"sizes": ["half"]}, "'half' is neither"),
        ({"sizes": []}, "sizes: there is none"),
        ({"sizes": ["0%"], "option": "commit_waves"}, "commit_waves: '0%' is neither"),
        ({"sizes": [], "option": "commit_waves"}, "commit_waves: there is none"),
        ({"canary": True}, "True is neither a number nor a list of hosts"),
    ],
)
def test_what_makes_no_sense_is_named(options, complaint):
    with pytest.raises(AnsibleFilterError, match=complaint):
        rollout_waves(FIVE, **options)


def test_sizes_are_read_where_there_are_no_hosts():
    with pytest.raises(AnsibleFilterError, match="there is none"):
        rollout_waves([], sizes=[])


def test_the_name_of_the_filter():
    assert FilterModule().filters() == {"rollout_waves": rollout_waves}
