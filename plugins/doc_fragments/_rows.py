# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """Where the rows go that a job produces, and in which form."""

    DOCUMENTATION = r"""
options:
  dest:
    description:
      - The file to write, on the host that runs the task. Its folder must exist.
      - A file that is there with another content is replaced. One with the same content is left as it is, its mode included.
      - Without it the rows are returned in RV(result.rows).
      - With O(handle) it overrides where the handle says that the file is to be written.
    type: path
  format:
    description:
      - How to write the file.
      - "V(ndjson): one JSON object a line. Its keys are the attributes and the elements of a row, its values are texts. Elements with
        elements of their own become objects, elements that come more than once become lists."
      - "V(csv): as in RFC 4180, with the names of the fields in the first line. Without O(fields) there is a column for each field that
        any row has, in the order in which they first came. Such a file is written in two passes and takes twice the space on the disk
        for a moment."
      - "V(xml): the rows as they came, below one root element."
    type: str
    choices: [ndjson, csv, xml]
    default: ndjson
  fields:
    description:
      - Only these fields of each row, in this order. Not for O(format=xml).
      - Fields that a row does not have are left out of JSON, and empty in CSV.
    type: list
    elements: str
"""
