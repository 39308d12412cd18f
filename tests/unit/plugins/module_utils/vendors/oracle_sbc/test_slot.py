# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._transport import xml
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.job import WORDS
from ansible_collections.netops.jobs.plugins.module_utils._vendors.oracle_sbc.slot import (
    FINAL,
    NO_SLOT_GRACE,
    STALE_FOR,
    Sight,
    Slot,
    Watch,
    read_slot,
    slot_in,
)
from ansible_collections.netops.jobs.tests.unit.sbc_box import answer, error, slot

DATA = next(parent for parent in Path(__file__).parents if parent.name == "tests") / "data" / "oracle_sbc"
NAMES = ("verify", "save", "activate", "restore", "backup")
SETTLE = 5.0


def recorded(name: str) -> Slot:
    return slot_in(xml.parse((DATA / name).read_bytes()))


class TestReading:
    def test_what_oracle_prints(self) -> None:
        assert recorded("asyncstatus_activate_success_200.xml") == Slot("activate", "success")
        assert recorded("asyncstatus_save_success_200.xml") == Slot("save", "success")
        assert recorded("synthetic/asyncstatus_save_inProgress_200.xml").busy
        failed = recorded("synthetic/asyncstatus_activate_fail_200.xml")
        assert (failed.operation, failed.status) == ("activate", "fail")
        assert failed.error

    # Trap 14.
    @pytest.mark.parametrize(
        ("data", "shown"),
        [
            ("", Slot()),
            ("<operationState/>", Slot()),
            ("<operationState><operation/><status/></operationState>", Slot()),
            (slot("save", "success", "<errorMessage/>", "<additionalInfo/>"), Slot("save", "success")),
            (slot("save", "fail", "<errorMessage> no\n room </errorMessage>"), Slot("save", "fail", "no room")),
            ("<operationState><operation>save</operation></operationState>", Slot("save", "")),
        ],
    )
    def test_empty_elements_are_as_good_as_none(self, data, shown) -> None:
        found = slot_in(xml.parse(answer(data).encode()))
        assert found == shown
        assert found.info is None

    @pytest.mark.parametrize(
        ("info", "read"),
        [
            ("<additionalInfo>2 errors</additionalInfo>", "2 errors"),
            (
                "<additionalInfo><verifySummary><verify>x</verify></verifySummary></additionalInfo>",
                {"verifySummary": {"verify": "x"}},
            ),
            ("<additionalInfo><a>1</a><a>2</a></additionalInfo>", {"a": ["1", "2"]}),
        ],
    )
    def test_additional_information_in_any_form(self, info, read) -> None:
        assert slot_in(xml.parse(answer(slot("verify", "fail", info=info)).encode())).info == read
        # Inside of operationState, too: what its place is is only documented by a schema.
        assert slot_in(xml.parse(answer(slot("verify", "fail", info)).encode())).info == read

    def test_an_sbc_on_which_nothing_ever_ran(self, client, sbc) -> None:
        sbc.on("GET", "/admin/asyncstatus", error(404, "Resource not found"))
        assert read_slot(client) == Slot()
        assert str(Slot()) == "nothing"

    @pytest.mark.parametrize("shown", [Slot(), Slot("save", "success"), Slot("save", "a new word"), Slot("save", "")])
    def test_as_a_text_in_a_handle(self, shown) -> None:
        assert Slot.of_text(str(shown)) == shown

    def test_the_words_of_the_documentation_are_known(self) -> None:
        schema = (DATA / "operation_state_schema.json").read_text(encoding="utf-8")
        for word in (*WORDS, *NAMES):
            assert json.dumps(word) in schema
        assert set(FINAL) < set(WORDS)


def looks(operation: str, baseline: Slot, *shown: tuple[float, Slot]) -> list[Sight]:
    watch = Watch(operation, baseline, began=0.0, settle=SETTLE)
    return [watch.look(each, at) for at, each in shown]


OLD, DONE, BUSY, FAILED = (
    Slot("save", "success"),
    Slot("save", "success"),
    Slot("save", "inProgress"),
    Slot("save", "fail"),
)
VERIFIED = Slot("verify", "success")


class TestWatch:
    # Trap 2.
    def test_what_looks_as_before_is_not_believed_at_once(self) -> None:
        found = looks("save", OLD, (1, DONE), (4.9, DONE), (5, DONE))
        assert found == [Sight.UNSURE, Sight.UNSURE, Sight.FINAL]

    # Trap 2.
    def test_one_look_is_never_enough_however_late_it_is(self) -> None:
        assert looks("save", OLD, (60, DONE), (61, DONE)) == [Sight.UNSURE, Sight.FINAL]

    def test_what_was_seen_at_work_is_believed(self) -> None:
        assert looks("save", OLD, (1, DONE), (2, BUSY), (3, DONE)) == [Sight.UNSURE, Sight.RUNNING, Sight.FINAL]

    @pytest.mark.parametrize("before", [Slot(), VERIFIED, FAILED])
    def test_what_was_not_there_before_is_believed(self, before) -> None:
        assert looks("save", before, (1, DONE)) == [Sight.FINAL]

    def test_an_end_of_what_had_not_ended_before_is_no_proof(self) -> None:
        """A word that nobody knows: perhaps that of a save that was still at work."""
        assert looks("save", Slot("save", "halfway"), (1, DONE)) == [Sight.UNSURE]

    # Trap 3.
    def test_another_operation_is_foreign(self) -> None:
        assert looks("save", VERIFIED, (1, Slot("activate", "success"))) == [Sight.FOREIGN]
        assert looks("save", VERIFIED, (1, BUSY), (2, Slot("backup", "inProgress"))) == [Sight.RUNNING, Sight.FOREIGN]

    def test_the_one_before_is_shown_for_a_while_and_not_for_ever(self) -> None:
        found = looks("save", VERIFIED, (1, VERIFIED), (STALE_FOR, VERIFIED))
        assert found == [Sight.STALE, Sight.FOREIGN]
        # Not after ours was seen: then it is another one.
        assert looks("save", VERIFIED, (1, BUSY), (2, VERIFIED)) == [Sight.RUNNING, Sight.FOREIGN]

    def test_an_empty_slot_is_waited_for_and_not_for_ever(self) -> None:
        assert looks("save", OLD, (1, Slot()), (NO_SLOT_GRACE, Slot())) == [Sight.NOTHING, Sight.FOREIGN]

    def test_a_look_without_a_status_tells_nothing(self) -> None:
        assert looks("save", OLD, (500, Slot("save", ""))) == [Sight.NOTHING]

    # Trap 11.
    def test_an_unknown_word_is_not_final(self) -> None:
        assert looks("save", VERIFIED, (1, Slot("save", "halfway")), (2, DONE)) == [Sight.RUNNING, Sight.FINAL]


@dataclasses.dataclass(frozen=True)
class Happened:
    """What really happened: the slot shows the request before for *lag* seconds, then ours, which ends *works* later.

    *theirs* is somebody else's, who took over at *at* seconds."""

    before: Slot
    ours: str
    lag: float
    works: float
    end: str
    theirs: tuple[float, str, str] | None = None

    def shown(self, now: float) -> tuple[Slot, str]:
        """Return what the slot shows, and whose it is."""
        if self.theirs is not None and now >= self.theirs[0]:
            return Slot(self.theirs[1], self.theirs[2]), "theirs"
        if now < self.lag:
            return self.before, "before"
        return Slot(self.ours, "inProgress" if now < self.lag + self.works else self.end), "ours"


names = st.sampled_from(NAMES)
ends = st.sampled_from(FINAL)
before = st.one_of(st.just(Slot()), st.builds(Slot, names, ends))
seconds = st.floats(0, 30, allow_nan=False)
moments = st.lists(st.floats(0.01, 200), min_size=1, max_size=30).map(sorted)
happenings = st.builds(
    Happened, before, names, st.floats(0, SETTLE, exclude_max=True), seconds, ends
)  # the slot lags for less than settle: that is what settle is for


@given(happenings, moments)
def test_alone_with_the_slot_the_verdict_is_ours_and_comes(happened, moments) -> None:
    watch = Watch(happened.ours, happened.before, began=0.0, settle=SETTLE)
    final = None
    for now in [*moments, 201.0, 202.0]:
        shown, whose = happened.shown(now)
        sight = watch.look(shown, now)
        assert sight is not Sight.FOREIGN
        if sight is Sight.FINAL:
            assert whose == "ours"
            assert shown.status == happened.end
            final = now
            break
    assert final is not None


@given(happenings, moments, st.floats(0.01, 100), names, st.sampled_from(["inProgress", *FINAL]))
def test_an_operation_of_another_name_is_never_taken_for_ours(happened, moments, at, name, status) -> None:
    if name == happened.ours:
        return
    happened = dataclasses.replace(happened, theirs=(at, name, status))
    watch = Watch(happened.ours, happened.before, began=0.0, settle=SETTLE)
    for now in [*moments, 201.0]:
        shown, whose = happened.shown(now)
        sight = watch.look(shown, now)
        if sight in (Sight.FINAL, Sight.RUNNING):
            assert whose == "ours"
        if whose == "theirs" and (shown.operation, shown.status) != (happened.before.operation, happened.before.status):
            assert sight is Sight.FOREIGN
        if sight in (Sight.FINAL, Sight.FOREIGN):
            break
    else:
        raise AssertionError("two hundred seconds without a word on it")
