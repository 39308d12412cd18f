# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._transport import json_stream
from ansible_collections.netops.jobs.plugins.module_utils._transport.json_stream import elements, lines, some

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(st.lists(values, max_size=6), st.integers(1, 40), st.booleans(), st.booleans())
def test_an_array_in_any_pieces(array, size, packed, spread):
    text = json.dumps(array, indent=1 if spread else None, ensure_ascii=spread).encode("utf-8", "surrogatepass")
    data = gzip.compress(text) if packed else text
    if b"\xed" in text:
        return  # half of a pair: no UTF-8 text has it
    assert list(elements(cut(data, size))) == array


@given(st.lists(values, min_size=1, max_size=4), st.data())
def test_an_array_that_breaks_off_is_never_taken_for_whole(array, data):
    text = json.dumps(array).encode()
    end = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(NoAnswer):
        list(elements([text[:end]]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", []),
        (b" \n", []),
        (b"[]", []),
        (b"[ \n ]\n", []),
        (b'{"a": 1}', [{"a": 1}]),
        (b"17", [17]),
        (b'\xef\xbb\xbf[{"a": 1}]', [{"a": 1}]),
        (b'[\n{"a": 1},\n{"a": 2}\n]\n', [{"a": 1}, {"a": 2}]),
        (b'[\n{"a": 1}\n{"a": 2}\n]', [{"a": 1}, {"a": 2}]),
        (b"[1, 23, 4.5e3]", [1, 23, 4500.0]),
    ],
)
def test_forms_of_the_text(text, found):
    for size in (1, 2, 3, 1000):
        assert list(elements(cut(text, size))) == found


def test_an_empty_text_where_there_has_to_be_an_array():
    assert list(elements(some([b" ", b"[]"]))) == []
    for parts in ([], [b""], [b" ", b"\n"]):
        with pytest.raises(NoAnswer, match="empty"):
            list(elements(some(parts)))


@pytest.mark.parametrize(
    "text",
    [b"[1, 2", b"[1, 2] x", b"[1] [2]", b"{} {}", b"<html>", b"[nul]", b"[\xff]", b'["\xc3', b"[" * 100_000, b"]"],
)
def test_what_is_no_array(text):
    for size in (1, 7, 1000):
        with pytest.raises(NoAnswer, match="not JSON, or breaks off"):
            list(elements(cut(text, size)))


@pytest.mark.parametrize("end", [1, 5, 12, -1, -5])
def test_a_packed_array_that_breaks_off(end):
    data = gzip.compress(json.dumps(list(range(1000))).encode())
    with pytest.raises(NoAnswer):
        list(elements([data[:end]]))


def test_elements_come_while_the_text_still_does():
    def parts():
        yield b'[{"a": 1}, {"a"'
        yield b": 2}, "
        raise AssertionError("asked for more than was needed")

    assert list(itertools.islice(elements(parts()), 2)) == [{"a": 1}, {"a": 2}]


def test_one_element_has_its_limit(monkeypatch):
    monkeypatch.setattr(json_stream, "ELEMENT_LIMIT", 1000)
    assert len(list(elements([b"[" + b'"xxxxxxxx",' * 1000 + b"1]"]))) == 1001
    with pytest.raises(NoAnswer):
        list(elements(cut(b'["' + b"x" * 2000 + b'"]', 100)))


def test_a_long_element_is_not_read_over_and_over(monkeypatch):
    scans = []
    plain = json.JSONDecoder().raw_decode

    class Counting:
        def raw_decode(self, text, at):
            scans.append(at)
            return plain(text, at)

    monkeypatch.setattr(json_stream.json, "JSONDecoder", Counting)
    assert len(next(iter(elements(cut(b'["' + b"x" * 1_000_000 + b'"]', 1000))))) == 1_000_000
    assert len(scans) < 20


@given(st.lists(values, max_size=6), st.integers(1, 40), st.booleans())
def test_each_element_has_its_own_text(array, size, spread):
    text = json.dumps(array, indent=1 if spread else None)
    found = list(json_stream.sources(cut(text.encode(), size)))
    assert [element.value for element in found] == array
    assert [json.loads(element.text) for element in found] == array
    assert all(element.text in text for element in found)


# JSON line by line.


def packed_in_members(text: bytes, members: int) -> bytes:
    size = max(1, -(-len(text) // members))
    return b"".join(gzip.compress(text[start : start + size]) for start in range(0, len(text) or 1, size))


@given(st.lists(values, max_size=6), st.integers(1, 40), st.integers(0, 3), st.sampled_from([b"\n", b"\r\n", b"\n\n"]))
def test_lines_in_any_pieces(rows, size, members, end):
    text = end.join(json.dumps(row).encode() for row in rows)
    data = packed_in_members(text, members) if members else text
    found = list(lines(cut(data, size)))
    assert [line.value for line in found] == rows
    assert [line.text for line in found] == [json.dumps(row) for row in rows]


@given(st.lists(st.dictionaries(st.text(max_size=3), values, min_size=1), min_size=1, max_size=4), st.data())
def test_lines_that_break_off_within_one_are_never_taken_for_whole(rows, data):
    text = b"\n".join(json.dumps(row).encode() for row in rows)
    end = data.draw(
        st.integers(1, len(text) - 1).filter(lambda at: b"\n" not in (text[at - 1 : at], text[at : at + 1]))
    )
    with pytest.raises(NoAnswer):
        list(lines([text[:end]]))


@given(st.integers(1, 3), st.integers(1, 60), st.data())
def test_packed_lines_that_break_off_anywhere_are_never_taken_for_whole(members, size, data):
    packed = packed_in_members(b'{"n": 1}\n' * 50, members)
    ends = [at for at in range(3, len(packed)) if not (packed[at:].startswith(b"\x1f\x8b") and at > 2)]
    end = data.draw(st.sampled_from(ends))
    with pytest.raises(NoAnswer):
        list(lines(cut(packed[:end], size)))


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_packed_lines_may_be_filled_up(size):
    data = gzip.compress(b'{"n": 1}\n') + bytes(512) + gzip.compress(b'{"n": 2}\n') + bytes(99)
    assert [line.value["n"] for line in lines(cut(data, size))] == [1, 2]


@pytest.mark.parametrize("tail", [b"{}", b"\x1f", b"\x1f\x8b", b"\0x"])
def test_what_follows_packed_lines_is_not_passed_over(tail):
    with pytest.raises(NoAnswer):
        list(lines([gzip.compress(b'{"n": 1}\n') + tail]))


@pytest.mark.parametrize("text", [b"{", b'{"a": 1}\n{"a"', b"<html>\n</html>", b'\xff\n{"a": 1}', b"[1,\n2]"])
def test_what_is_no_json_by_lines(text):
    with pytest.raises(NoAnswer, match="not JSON, or breaks off"):
        list(lines([text]))


def test_a_byte_order_mark_and_empty_lines_are_passed_over():
    assert [line.value for line in lines([b"\xef\xbb\xbf{}\n\n \r\n[]\n"])] == [{}, []]
    assert list(lines([])) == []
    assert list(lines([gzip.compress(b"")])) == []


def test_a_line_that_never_ends(monkeypatch):
    monkeypatch.setattr(json_stream, "ELEMENT_LIMIT", 1000)
    with pytest.raises(NoAnswer):
        list(lines(itertools.repeat(b'"' + b"x" * 99)))


def test_a_small_piece_that_grows_huge_is_unpacked_in_small_ones():
    packed = gzip.compress(b" " * 20_000_000 + b"1")
    assert max(len(piece) for piece in json_stream.unpacked([packed])) <= 256 * 1024
    assert [line.value for line in lines([packed])] == [1]
