# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

"""Where the objects of an export go: a file of JSON, JSON lines or CSV, or the result."""

from __future__ import annotations

import typing as t

from ..._transport.rows import CsvEncoder, FileSink, MemorySink, TextEncoder, WideCsvSink, to_json
from .export_options import chosen, flat

if t.TYPE_CHECKING:
    from ..._transport.json_stream import Element
    from ..._transport.rows import Sink
    from .export_options import Output


def open_sink(output: Output) -> Sink:
    """Return what takes the elements of a JSON array and writes them as *output* says.

    A whole object is written with the text that the PCE sent: it is not encoded again, which would take as long as all
    the rest, and would rewrite numbers. Raises BadInput where the file cannot be made.
    """
    fields = output.fields

    def row(element: Element) -> t.Any:
        return element.value if fields is None else chosen(element.value, fields)

    def text(element: Element) -> str:
        # A line is to hold one object: a text that was spread over several is the only one that is written anew.
        if fields is None and ("\n" not in element.text or output.format == "json"):
            return element.text
        return to_json(row(element))

    if output.dest is None:
        return MemorySink(as_row=row)
    if output.format == "csv":
        if fields is None:
            return WideCsvSink(output.dest, as_row=lambda element: flat(element.value))
        return FileSink(output.dest, CsvEncoder(fields, as_row=row))
    return FileSink(output.dest, TextEncoder(text, array=output.format == "json"))
