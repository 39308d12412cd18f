# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs import errors
from ansible_collections.netops.jobs.plugins.module_utils._jobs.model import JobState
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex import netscan
from ansible_collections.netops.jobs.plugins.module_utils._vendors.cortex.netscan import (
    MOST,
    checked_id,
    run_id_in,
    state_in,
)

DOCUMENTED = ("New", "Running", "Pausing", "Paused", "Canceling", "Completed", "Failed", "Canceled")
words = st.text(st.characters(categories=("L", "Zs"), exclude_characters="\u0130"), max_size=20)


# Trap 1.
@pytest.mark.parametrize(
    ("sentence", "run_id"),
    [
        ("Scan launched successfully with run ID: 789", "789"),
        ("Scan launched successfully with run ID:789.", "789"),
        ("SCAN LAUNCHED, RUN id 00789 (run ID: 789)", "789"),
        (f"Scan launched successfully with run ID: {MOST}", str(MOST)),
        ("OK", None),
        ("", None),
        ("Scan launched successfully", None),
        ("Scan launched successfully with ID: 789", None),
        ("Scan launched successfully with run ID: seven", None),
        ("Scan launched successfully with run ID: 0", None),
        (f"Scan launched successfully with run ID: {MOST + 1}", None),
        ("Scan launched with run ID: 789, replacing run ID: 788", None),
        ("Scan is already running with run ID: 789", None),
        ("Scan could not be launched: run ID: 789 is in its way", None),
        ("Failed to launch scan with run ID: 789", None),
        ("Scan launched successfully with overrun ID: 789", None),
        ("Scan launched successfully with run ID: \u0667\u0668\u0669", None),
    ],
)
def test_the_run_in_the_answer_to_a_launch(sentence, run_id) -> None:
    assert run_id_in(sentence) == run_id


@given(words, st.integers(1, MOST), words)
def test_a_run_between_any_words(before, number, after) -> None:
    sentence = f"{before} run ID: {number} {after}"
    found = run_id_in(sentence)
    denied = re.search(r"(not|cannot|fail|unable|already|error|invalid|denied|could)", sentence, re.IGNORECASE)
    assert found == str(number) or denied


@given(st.text(max_size=60))
def test_no_run_is_made_up(sentence) -> None:
    found = run_id_in(sentence)
    assert found is None or found in sentence


# Trap 2.
@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Scan is in Running state", "Running"),
        ("scan is in PAUSED state.", "PAUSED"),
        ("Scan is in Partially completed state since 10:00", "Partially completed"),
        ("Scan is in state", ""),
        ("Running", ""),
        ("", ""),
    ],
)
def test_the_state_in_a_sentence(sentence, word) -> None:
    assert state_in(sentence) == word


@given(words.filter(lambda word: word.strip() and " state" not in word.lower()))
def test_any_word_for_a_state(word) -> None:
    assert state_in(f"Scan is in {word} state") == word.strip()


# Trap 8.
def test_every_documented_word_has_a_state_in_both_spellings() -> None:
    for word in DOCUMENTED:
        assert word.lower() in netscan.WORDS
        assert netscan.WORDS[word.lower().replace("cancel", "cancell")] is netscan.WORDS[word.lower()]
    ends = {word for word, state in netscan.WORDS.items() if state.ended}
    assert ends == {"completed", "failed", "canceled", "cancelled"}
    assert netscan.WORDS["paused"] is JobState.RUNNING


# Trap 17.
@pytest.mark.parametrize("given_id", ["1", "0123", " 789 ", str(MOST), "9007199254740993"])
def test_ids_of_64_bits_are_kept_to_the_digit(given_id) -> None:
    assert checked_id("run_id", given_id) == str(int(given_id))


@pytest.mark.parametrize(
    "given_id", ["", "0", "-1", "1.0", "9.007199254740993e+15", str(MOST + 1), "1e3", "x", "\u0661"]
)
def test_what_is_no_id(given_id) -> None:
    with pytest.raises(errors.BadInput, match=r"run_id: .* is not the number of a run"):
        checked_id("run_id", given_id)
