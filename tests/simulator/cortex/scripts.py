# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts on endpoints: run, counted, and what they printed and brought back."""

from __future__ import annotations

import collections
import datetime
import typing as t

from ..system import Reply, SpecError
from .actions import OPEN, Action, Target
from .answers import business, enveloped

if t.TYPE_CHECKING:
    from .keys import Key
    from .tenant import Tenant

# Counter of the status reply: the word of an endpoint.
COUNTERS = {
    "endpoints_pending": "PENDING",
    "endpoints_canceled": "CANCELLED",
    "endpoints_in_progress": "IN_PROGRESS",
    "endpoints_timeout": "TIMEOUT",
    "endpoints_failed": "FAILED",
    "endpoints_completed_successfully": "COMPLETED_SUCCESSFULLY",
    "endpoints_pending_abort": "PENDING_ABORT",
    "endpoints_aborted": "ABORTED",
    "endpoints_expired": "EXPIRED",
}
SNIPPET = "snippet script"
STATUS_WORDS = {"CONNECTED": "STATUS_010_CONNECTED", "DISCONNECTED": "STATUS_050_DISCONNECTED"}
DEFAULT_LIBRARY: list[dict[str, t.Any]] = [
    {"script_uid": "0123456789abcdef0123456789abcdef", "name": "list_processes", "inputs": {}},
    {"script_uid": "fedcba9876543210fedcba9876543210", "name": "delete_file", "inputs": {"file_path": "string"}},
]


class Scripts:
    """The script library of a tenant and what was run."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.library: dict[str, dict[str, t.Any]] = {}

    def set(self, specs: t.Sequence[t.Mapping[str, t.Any]]) -> None:
        """Replaces the library. Raises SpecError."""
        made = {}
        for spec in specs:
            if set(spec) - {"script_uid", "name", "description", "inputs"} or not {"script_uid", "name"} <= set(spec):
                raise SpecError("a script has script_uid, name, description, inputs")
            made[spec["script_uid"]] = {"description": "", "inputs": {}, **spec}
        self.library = made

    def run(self, key: Key, wanted: dict[str, t.Any]) -> Reply:
        script = self.library.get(str(wanted.get("script_uid", "")))
        if script is None:
            raise business("Script was not found")
        given = wanted.get("parameters_values") or {}
        if not isinstance(given, dict):
            raise business("parameters_values must be an object")
        missing = sorted(set(script["inputs"]) - set(given))
        if missing:
            raise business(f"Missing parameters: {', '.join(missing)}")
        return self._start(key, "script-run", "run_script", wanted)

    def run_snippet(self, key: Key, wanted: dict[str, t.Any]) -> Reply:
        if not isinstance(wanted.get("snippet_code"), str) or not wanted["snippet_code"]:
            raise business("snippet_code is required")
        return self._start(key, "snippet-run", "run_snippet_code_script", wanted)

    def _start(self, key: Key, kind: str, path: str, wanted: dict[str, t.Any]) -> Reply:
        timeout = wanted.get("timeout", 600)
        if not isinstance(timeout, int) or isinstance(timeout, bool) or timeout < 1:
            raise business("timeout must be a positive integer")
        filters, tenant = wanted.get("filters"), self._tenant
        chosen = tenant.endpoints.chosen(filters)
        action = tenant.actions.start(path, wanted, chosen)
        tenant.actions.note(key, kind, action, {"filters": filters})
        identity: t.Any = str(action.id) if tenant.settings.action_ids == "string" else action.id
        return enveloped({"action_id": identity, "endpoints_count": len(action.targets)})

    def status(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        """The names are documented; how ``general_status`` follows from the counters is assumed."""
        action, now = self._find(wanted), self._tenant.now()
        words = [target.look(now) for target in action.targets.values()]
        counts = collections.Counter(words)
        general = action.plan.general_status
        shown: dict[str, t.Any] = {"general_status": general_status(words) if general is None else general}
        if not shown["general_status"]:
            del shown["general_status"]
        shown.update({name: counts[word] for name, word in COUNTERS.items()})
        return enveloped(shown)

    def results(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        """Can be read while it runs (documented): then of those that still do, that."""
        action, now = self._find(wanted), self._tenant.now()
        script = self.library.get(str(action.body.get("script_uid", "")), {"name": SNIPPET, "description": ""})
        given = action.body.get("parameters_values") or {}
        count = len(action.targets)
        began = datetime.datetime.fromtimestamp(action.began, datetime.timezone.utc)
        return enveloped(
            {
                "script_name": script["name"],
                "script_description": script["description"],
                "script_parameters": [{"name": name, "value": str(value)} for name, value in given.items()],
                "date_created": began.strftime("%Y-%m-%d %H:%M:%S"),
                "scope": f"{count} endpoint{'' if count == 1 else 's'}",
                "error_message": "",
                "results": [self._result(target, now) for target in action.targets.values()],
            }
        )

    def _result(self, target: Target, now: float) -> dict[str, t.Any]:
        endpoint, word, plan = target.endpoint, target.word(now), target.action_plan
        ran = word in ("COMPLETED_SUCCESSFULLY", "COMPLETED_PARTIAL", "FAILED")
        kind = str if self._tenant.settings.script_counts == "string" else int
        return {
            "endpoint_name": endpoint.name,
            "endpoint_ip_address": [endpoint.ip],
            "endpoint_status": STATUS_WORDS.get(endpoint.status, endpoint.status),
            "domain": "WORKGROUP",
            "endpoint_id": endpoint.id,
            "execution_status": word,
            "standard_output": plan.output if ran else None,
            "retrieved_files": kind(plan.files if ran else 0),
            "failed_files": kind(plan.failed_files if ran else 0),
            "retention_date": None,
            "_return_value": plan.return_value if ran else None,
        }

    def files(self, wanted: t.Mapping[str, t.Any], host: str) -> Reply:
        """``DATA``: read in a client's source."""
        action, now, tenant = self._find(wanted), self._tenant.now(), self._tenant
        target = action.targets.get(str(wanted.get("endpoint_id")))
        if target is None or not target.over(now) or not target.action_plan.files:
            raise business("No files were found for this endpoint")
        link = tenant.links.to_zip(f"{action.id}/{target.endpoint.id}", tenant.settings.file_bytes, host, signed=True)
        return enveloped({"DATA": link})

    def listed(self) -> Reply:
        scripts = [self._record(script) for script in self.library.values()]
        return enveloped({"total_count": len(scripts), "result_count": len(scripts), "scripts": scripts})

    def metadata(self, wanted: t.Mapping[str, t.Any]) -> Reply:
        script = self.library.get(str(wanted.get("script_uid")))
        if script is None:
            raise business("Script was not found")
        inputs = [{"name": name, "type": kind} for name, kind in script["inputs"].items()]
        more = {"entry_point": "run", "script_input": inputs, "script_output_type": "auto_detect"}
        return enveloped({**self._record(script), **more})

    def _record(self, script: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The names are those of an independent client."""
        return {
            "script_id": list(self.library).index(script["script_uid"]) + 1,
            "name": script["name"],
            "description": script["description"],
            "modification_date": 1700000000000,
            "created_by": "Palo Alto Networks",
            "windows_supported": True,
            "linux_supported": True,
            "macos_supported": True,
            "is_high_risk": False,
            "script_uid": script["script_uid"],
        }

    def _find(self, wanted: t.Mapping[str, t.Any]) -> Action:
        action = self._tenant.actions.find(wanted.get("action_id"))
        if not action.kind.startswith("run_"):
            raise business("The action is no script execution")
        return action


def general_status(words: t.Collection[str]) -> str:
    distinct = set(words)
    if len(distinct) == 1:
        return distinct.pop()
    return "IN_PROGRESS" if distinct & OPEN else "COMPLETED_PARTIAL"
