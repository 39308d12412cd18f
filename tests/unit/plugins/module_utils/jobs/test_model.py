# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import Handle, JobState, Outcome, in_one_line

GOOD = {
    "version": 1,
    "operation": "panos.commit",
    "endpoint": "https://fw1.example.com:443",
    "id": "42",
    "fingerprint": {"type": "Commit"},
}

texts = st.text(min_size=1)


@given(texts, texts, texts, st.dictionaries(texts, texts), st.none() | texts, st.dictionaries(texts, texts))
def test_a_handle_survives_json(operation, endpoint, number, fingerprint, submitted_at, options):
    handle = Handle(operation, endpoint, number, fingerprint, submitted_at, options)
    assert Handle.from_dict(json.loads(json.dumps(handle.to_dict()))) == handle


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"version": 2}, "version 2 is not readable"),
        ({"version": None}, "version None"),
        ({"operation": ""}, "operation must be a text"),
        ({"endpoint": None}, "endpoint must be a text"),
        ({"id": 42}, "id must be a text"),
        ({"fingerprint": ["x"]}, "fingerprint must be"),
        ({"fingerprint": {"tenq": 7}}, "fingerprint must be"),
        ({"options": ["x"]}, "options must be"),
        ({"options": {"dest": 7}}, "options must be"),
        ({"submitted_at": 7}, "submitted_at must be"),
        ({"password": "secret"}, "unknown key 'password'"),
    ],
)
def test_a_handle_that_was_edited_is_told_apart(change, complaint):
    with pytest.raises(BadInput, match=r"^handle: ") as caught:
        Handle.from_dict({**GOOD, **change})
    assert complaint in caught.value.message
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("data", [None, "42", [GOOD], 7])
def test_a_handle_is_a_dictionary(data):
    with pytest.raises(BadInput, match="expected the dictionary"):
        Handle.from_dict(data)


def test_a_fingerprint_is_learned_but_never_overwritten():
    handle = Handle.from_dict(GOOD).with_fingerprint({"type": "AutoCom", "tenq": "now"})
    assert handle.fingerprint == {"type": "Commit", "tenq": "now"}


def test_a_vendors_text_in_one_line():
    assert in_one_line(()) == ""
    assert in_one_line(["Validation Error:", " rule 1 is invalid."]) == "Validation Error: rule 1 is invalid"
    assert in_one_line([str(number) for number in range(30)]).endswith("6; 7; and 22 more in job.messages")


def test_states_and_outcomes_are_what_the_documentation_says():
    assert {state.value for state in JobState if state.ended} == {"succeeded", "failed", "canceled"}
    assert {outcome.value for outcome in Outcome if not outcome.is_failure} == {"succeeded", "nothing_to_do", "running"}
