# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
# Do not use this from other collections or standalone plugins/modules!

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module that starts a job."""

    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait for the verdict.
      - With V(false) the task ends as soon as the job is accepted, with outcome V(running) and the handle.
        Wait later with M(netops.jobs.job_wait).
    type: bool
    default: true
  handle:
    description:
      - The handle of a job, as an earlier task returned it in RV(ignore:job.handle).
      - The task waits for that job and submits nothing, whatever its other options say.
      - JSON of it, as the progress shows it, is taken too.
      - A handle whose id names another job by now ends with outcome V(lost).
    type: dict
  adopt:
    description:
      - Whether to wait for an equivalent job of ours that is already in flight instead of submitting a second one.
      - This is what makes it safe to run a play again after it was killed.
    type: bool
    default: true
  on_timeout:
    description:
      - What to do with the job when O(wait_timeout) ends before it does.
      - V(leave) lets it run on.
      - V(cancel) asks the other side to stop it and waits up to a minute for its end. The task fails with outcome V(timed_out) all
        the same, unless the job has ended in the meantime.
    type: str
    choices: [leave, cancel]
    default: leave
"""
