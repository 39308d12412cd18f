# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netops.jobs.plugins.module_utils._jobs.errors import BadInput
from ansible_collections.netops.jobs.plugins.module_utils._vendors.illumio.export_options import (
    Collection,
    Output,
    chosen,
    flat,
)


def collection(path: str, query: dict | None = None, pversion: str | None = None) -> Collection:
    return Collection.of({"path": path, "query": query, "pversion": pversion}, "/orgs/7")


@pytest.mark.parametrize(
    ("path", "query", "pversion", "href"),
    [
        ("workloads", None, None, "/orgs/7/workloads"),
        ("workloads/", {}, None, "/orgs/7/workloads"),
        ("/orgs/1/workloads", None, None, "/orgs/1/workloads"),
        ("/api/v2/orgs/1/workloads", None, None, "/orgs/1/workloads"),
        ("/users", None, None, "/users"),
        ("rule_sets", None, "draft", "/orgs/7/sec_policy/draft/rule_sets"),
        ("rule_sets", None, "active", "/orgs/7/sec_policy/active/rule_sets"),
        ("sec_policy/12/rule_sets", None, None, "/orgs/7/sec_policy/12/rule_sets"),
        ("anything/that/exists", None, None, "/orgs/7/anything/that/exists"),
        ("workloads?managed=true", {"online": False}, None, "/orgs/7/workloads?managed=true&online=false"),
        ("labels", {"key": "a b&c", "x": None, "n": 3}, None, "/orgs/7/labels?key=a+b%26c&n=3"),
        ("w", {"labels": [["/orgs/1/labels/7"]]}, None, "/orgs/7/w?labels=%5B%5B%22%2Forgs%2F1%2Flabels%2F7%22%5D%5D"),
        ("events", {"timestamp[gte]": "2026-11-21"}, None, "/orgs/7/events?timestamp%5Bgte%5D=2026-11-21"),
    ],
)
def test_paths(path, query, pversion, href) -> None:
    assert collection(path, query, pversion).href == href


@pytest.mark.parametrize(
    ("path", "query", "pversion", "text"),
    [
        ("", None, None, "path: "),
        ("https://evil.example.org/orgs/1/labels", None, None, "without a host"),
        ("../labels", None, None, "path: "),
        ("labels/..", None, None, "path: "),
        ("la bels", None, None, "path: "),
        ("labels#x", None, None, "path: "),
        ("labels\r\nHost: x", None, None, "path: "),
        ("/orgs/1/rule_sets", None, "draft", "pversion: "),
        ("sec_policy/draft/rule_sets", None, "draft", "pversion: "),
        ("labels", {"x": "a\nb"}, None, "query: x"),
    ],
)
def test_paths_that_cannot_be(path, query, pversion, text) -> None:
    with pytest.raises(BadInput) as caught:
        collection(path, query, pversion)
    assert text in caught.value.message


def test_what_bounds_and_filters() -> None:
    assert (collection("w").max_results, collection("w").filtered) == (None, False)
    bounded = collection("w", {"max_results": 5, "representation": "workload_labels"})
    assert (bounded.max_results, bounded.filtered) == (5, False)
    assert collection("w", {"managed": True}).filtered
    assert collection("w", {"max_results": "all"}).max_results is None


def output(**options) -> Output:
    return Output.of({"dest": None, "format": "json", "fields": None, "max_rows": 1000, "delete_job": True, **options})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"fields": []}, "fields: "),
        ({"fields": ["a", " "]}, "fields: "),
        ({"fields": ["a", "a"]}, "fields: names a field twice"),
        ({"max_rows": 0}, "max_rows: "),
        ({"dest": "/nowhere/at/all"}, "dest: "),
    ],
)
def test_output_that_cannot_be(options, text) -> None:
    with pytest.raises(BadInput) as caught:
        output(**options)
    assert text in caught.value.message


@given(
    st.sampled_from(["json", "ndjson", "csv"]),
    st.none() | st.lists(st.text(min_size=1).filter(str.strip), min_size=1, unique=True),
    st.integers(1, 10**9),
    st.booleans(),
)
def test_an_output_stands_in_a_handle(file_format, fields, max_rows, delete) -> None:
    given_output = output(format=file_format, fields=fields, max_rows=max_rows, delete_job=delete)
    texts = given_output.to_handle()
    assert all(isinstance(text, str) for text in texts.values())
    assert Output.from_handle(texts) == given_output


objects = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()),
    lambda inner: st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abc", min_size=1), objects, max_size=4))
def test_what_is_flat_is_found_by_its_name(value) -> None:
    made = flat(value)
    assert chosen(value, list(made)) == made
    assert not any(isinstance(part, dict) and part for part in made.values())


def test_what_is_no_object() -> None:
    assert flat("text") == {"value": "text"}
    assert chosen("text", ["a"]) == {}
    assert chosen({"a.b": 1, "a": {"b": 2}}, ["a.b", "a.c", "a.b.c"]) == {"a.b": 1}
