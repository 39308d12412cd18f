# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.netops.jobs.plugins.module_utils._handles import told_of
from ansible_collections.netops.jobs.plugins.modules import job_wait
from ansible_collections.netops.jobs.plugins.plugin_utils._job_action import JobActionModule

SHOWN = 50
"""Verdicts that are worth printing with ``-v``. Of thousands it would be megabytes."""


class ActionModule(JobActionModule):
    MODULE = job_wait

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        if len(result.get("results") or ()) > SHOWN:
            # As ansible.builtin.setup does with its facts. Where the task fails, Ansible prints them nevertheless.
            result["_ansible_verbose_override"] = True
        return result

    def _arguments(self, variables: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
        """Return the options with those verdicts in place of the variable that ``known`` names which are asked for.

        The variable may hold thousands, and each host of a play comes here: so it is neither templated nor copied.
        """
        args = dict(self._task.args)
        if args.get("known") is None:
            return args
        if args.get("handle") is None and args.get("handles") is None:
            # A host that had nothing to do has no handle.
            args["handles"] = [args.pop("handle", None)]
        known = args["known"]
        if isinstance(known, str):
            known = variables.get(known, known)
        results = known.get("results") if isinstance(known, Mapping) else known
        if isinstance(results, (list, tuple)):
            args["known"] = told_of(results, args["handles"] if args.get("handles") is not None else [args["handle"]])
        return args
