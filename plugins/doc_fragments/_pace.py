# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """How long a job is waited for, and how often it is looked at."""

    DOCUMENTATION = r"""
options:
  wait_timeout:
    description:
      - Seconds of wall clock for the whole task, from its first request to the verdict.
      - A request that is under way when they end may take up to five seconds longer, and the search for a job whose submission
        lost its answer is brought to its end.
      - The default depends on the operation and stands in the notes of each module.
    type: float
  poll_interval:
    description:
      - Least number of seconds between two looks at the job.
      - Only the last look, just before O(wait_timeout) ends, may come sooner.
      - A C(Retry-After) of the other side is obeyed even if it is longer, up to two minutes.
      - The default depends on the operation.
    type: float
  poll_max_interval:
    description:
      - Greatest number of seconds between two looks at the job.
      - The default depends on the operation.
    type: float
  outage_timeout:
    description:
      - Longest stretch, in seconds, without any answer about the job that the wait survives.
      - Refused connections, time-outs, TLS errors, HTTP 429 and 5xx, garbage and expired sessions all count as no answer.
        They never fail the job itself.
      - The default depends on the operation.
    type: float
  progress_log:
    description:
      - A file to which one JSON line per observation is appended.
      - It is created with mode 0600 and holds the handle from the first line on, so that a job can be found again even
        when the controller dies.
      - It is not written in check mode.
    type: path
"""
