# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from lxml import etree

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput, NoAnswer
from ansible_collections.netops.jobs.plugins.module_utils._transport.rows import (
    FORMATS,
    checked_fields,
    fields_of_handle,
    open_sink,
)
from ansible_collections.netops.jobs.plugins.module_utils._transport.xml import RowScan, as_row


def entry(text: str):
    return etree.fromstring(f"<entry>{text}</entry>")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("", {}),
        ("<a/><b> x </b>", {"a": "", "b": " x "}),
        ("<a>1</a><a>2</a><a>3</a>", {"a": ["1", "2", "3"]}),
        ("<a><b>1</b><b>2</b></a>", {"a": {"b": ["1", "2"]}}),
        ("<a n='1'><b/></a>", {"a": {"n": "1", "b": ""}}),
        ("<a n='1'>x</a>", {"a": "x"}),
        ("<a><![CDATA[<&]]></a><!-- no --><?no no?>", {"a": "<&"}),
    ],
)
def test_an_element_as_data(text, row):
    assert as_row(entry(text)) == row


def test_attributes_of_a_row_come_first():
    assert list(as_row(etree.fromstring("<entry logid='1'><b/><logid>2</logid></entry>")).items()) == [
        ("logid", ["1", "2"]),
        ("b", ""),
    ]


def scanned(document: bytes, size: int) -> list[str]:
    scan = RowScan("logs", "entry")
    found = [
        element.get("n") + as_row(element).get("a", "")
        for start in range(0, len(document), size)
        for element in scan.feed(document[start : start + size])
    ]
    root = scan.close()
    assert root.findtext("job") == "FIN"
    assert len(root.find("logs")) <= 1
    return found


@pytest.mark.parametrize("size", [1, 7, 64, 100000])
def test_rows_come_whole_however_the_answer_is_cut(size):
    rows = "".join(f"<entry n='{number}'><a>\u00e9</a><entry n='inner'/></entry>\n" for number in range(20))
    document = f"\n<?xml version='1.0'?><r><x><entry n='other'/></x><logs>{rows}</logs><job>FIN</job></r>".encode()
    assert scanned(document, size) == [f"{number}\u00e9" for number in range(20)]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no xml",
        b"<r><logs><entry/>",
        b"<r><logs><entry></logs></r>",
        b"<!DOCTYPE r [<!ENTITY a 'b'>]><r><logs><entry>&a;</entry></logs></r>",
        b"<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>",
        b"<r><logs><entry>&nobody;</entry></logs></r>",
    ],
)
def test_what_is_not_well_formed_is_no_answer(document):
    def read():
        scan = RowScan("logs", "entry")
        list(scan.feed(document))
        scan.close()

    with pytest.raises(NoAnswer):
        read()


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_came_after_a_mark_can_be_taken_back(tmp_path, file_format):
    for name, extra in (("straight", False), ("cut", True)):
        sink = open_sink(str(tmp_path / name), file_format, None, root_tag="rows")
        sink.add(entry("<a>1</a>"))
        mark = sink.mark()
        if extra:
            sink.add(entry("<odd>2</odd>"))
            sink.cut(mark)
        sink.add(entry("<b>\u00e9</b>"))
        found = sink.finish()
        assert found.changed
        assert found.result["path"] == str(tmp_path / name)
    assert (tmp_path / "straight").read_bytes() == (tmp_path / "cut").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut", "straight"]


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_sink_that_is_closed_leaves_nothing(tmp_path, file_format):
    sink = open_sink(str(tmp_path / "dest"), file_format, None, root_tag="rows")
    sink.add(entry("<a>1</a>"))
    sink.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file_format", "fields", "content"),
    [
        ("csv", None, b""),
        ("csv", ("a", "b"), b"a,b\r\n"),
        ("ndjson", None, b""),
        ("xml", None, b'<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n</rows>\n'),
    ],
)
def test_a_file_without_rows(tmp_path, file_format, fields, content):
    open_sink(str(tmp_path / "dest"), file_format, fields, root_tag="rows").finish()
    assert (tmp_path / "dest").read_bytes() == content


def test_json_of_chosen_fields(tmp_path):
    sink = open_sink(str(tmp_path / "dest"), "ndjson", ("b", "a"), root_tag="rows")
    sink.add(entry("<a>1</a><b>\u00e9</b><c>3</c>"))
    sink.add(entry("<a>1</a>"))
    sink.finish()
    lines = (tmp_path / "dest").read_text(encoding="utf-8").splitlines()
    assert lines[0] == '{"b":"\u00e9","a":"1"}'
    assert json.loads(lines[1]) == {"a": "1"}


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_folder_that_is_not_there(tmp_path, file_format):
    with pytest.raises(BadInput, match=r"^dest: "):
        open_sink(str(tmp_path / "no" / "dest"), file_format, None, root_tag="rows")


def test_fields_of_a_task_and_of_a_handle() -> None:
    assert checked_fields(None) is None
    assert checked_fields(["a", "b"]) == ("a", "b")
    assert fields_of_handle({}) is None
    assert fields_of_handle({"fields": '["a", "b"]'}) == ["a", "b"]


@pytest.mark.parametrize("fields", [[], ["a", " "], ["a", "a"]])
def test_fields_that_name_no_columns(fields: list) -> None:
    with pytest.raises(BadInput, match=r"^fields: "):
        checked_fields(fields)


@pytest.mark.parametrize("text", ["a,b", '"a"', "[1]", '{"a": 1}'])
def test_fields_that_no_handle_of_ours_has(text: str) -> None:
    with pytest.raises(BadInput, match=r"^handle: its options have no usable fields"):
        fields_of_handle({"fields": text})
