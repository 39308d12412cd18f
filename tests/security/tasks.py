# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task of every module, and a way to run it in this process: its own code and transport, no Ansible around it."""

from __future__ import annotations

import importlib
import itertools
import json
import pathlib
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

ROOT = pathlib.Path(__file__).resolve().parents[2]

SECRETS = {
    "password": "pw-0123456789-secret",
    "api_key": "key-0123456789-secret",
    "api_secret": "api-0123456789-secret",
    "client_secret": "client-0123456789-secret",
    "access_token": "token-0123456789-secret",
}

CREDENTIALS: dict[str, dict[str, t.Any]] = {
    "panos": {"username": "admin", "password": SECRETS["password"], "api_key": SECRETS["api_key"]},
    "illumio": {"api_key": "api_0123456789abcdef", "api_secret": SECRETS["api_secret"]},
    "scm": {"access_token": SECRETS["access_token"]},
    "cortex": {"api_key": SECRETS["api_key"], "api_key_id": "7"},
    "oracle_sbc": {"username": "admin", "password": SECRETS["password"]},
}

WHEN = {"start": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"}
DEST = "{folder}/found"

# Enough options for each module to go as far as its first requests. {folder} is an empty folder.
TASKS: dict[str, dict[str, t.Any]] = {
    "cortex_agent_package": {
        "name": "linux",
        "platform": "linux",
        "agent_version": "8.3.0.1",
        "file_type": "sh",
        "dest": DEST,
    },
    "cortex_endpoint_action": {"action": "isolate", "endpoint_ids": ["a"]},
    "cortex_network_scan": {"definition_id": "12"},
    "cortex_network_scan_definition": {
        "name": "dmz",
        "vt_config_id": 1,
        "network": 1,
        "network_scanner_ids": ["11111111-2222-4333-8444-555555555555"],
        "targets": ["192.0.2.0/24"],
        "port_list_id": 1,
        "schedule_cadence": "DAILY",
        "schedule_days": 1,
        "schedule_start_date": 1,
        "schedule_time": {"hour": 1, "minute": 0},
        "schedule_timezone": "UTC",
    },
    "cortex_network_scan_info": {"run_id": "4"},
    "cortex_script_run": {"script_uid": "a", "endpoint_ids": ["a"]},
    "cortex_xql_query": {"query": "dataset = xdr_data", "dest": DEST},
    "illumio_export": {"path": "workloads", "dest": DEST},
    "illumio_job": {"href": "/orgs/1/jobs/a"},
    "illumio_job_info": {},
    "illumio_provision": {},
    "illumio_report": {"template": "executive_summary_report", "dest": DEST},
    "illumio_support_bundle": {"dest": DEST},
    "illumio_traffic_query": {**WHEN, "dest": DEST},
    "illumio_ven_upgrade": {"vens": ["/orgs/1/vens/a"], "release": "23.2.0"},
    "oracle_sbc_async_status_info": {},
    "oracle_sbc_backup": {"file": "before"},
    "oracle_sbc_backup_info": {},
    "oracle_sbc_config": {"actions": ["save"]},
    "oracle_sbc_restart": {"action": "reboot"},
    "panos_commit": {"description": "a change"},
    "panos_content_update": {},
    "panos_export": {"category": "tech-support", "dest": DEST},
    "panos_job_info": {},
    "panos_lock": {"type": "commit"},
    "panos_lock_info": {},
    "panos_log_export": {"log_type": "traffic", "last": "1h", "dest": DEST},
    "panos_op": {"command": "show system info"},
    "panos_push": {"device_group": "dmz"},
    "panos_report": {"report_type": "predefined", "name": "top-attacks", "dest": DEST},
    "panos_software_update": {"version": "11.1.4"},
    "scm_config_export": {"devices": ["007000000000001"], "dest": "{folder}"},
    "scm_config_info": {},
    "scm_config_load": {"version": 3},
    "scm_device_job": {"type": "route-table", "devices": ["007000000000001"]},
    "scm_job_info": {},
    "scm_push": {"folders": ["Remote Networks"]},
}
"""Of every module but those that take handles, which is in HANDLES."""

HANDLES: dict[str, dict[str, t.Any]] = {
    "panos.commit": {"id": "42", "fingerprint": {"type": "Commit"}},
    "illumio.export": {
        "id": "/orgs/1/jobs/a",
        "fingerprint": {},
        "options": {"format": "json", "max_rows": "10", "delete_job": "true", "dest": DEST},
    },
    "scm.push": {"id": "42", "fingerprint": {}},
    "cortex.network_scan": {"id": "42", "fingerprint": {}},
    "oracle_sbc.save": {"id": "save", "fingerprint": {}},
}


class Asked:
    """A task that keeps what it was told to say, to hide and to warn of."""

    check_mode = False
    diff = True
    live = False

    def __init__(self, params: t.Mapping[str, t.Any]) -> None:
        self.params = params
        self.said: list[str] = []

    def warn(self, message: str) -> None:
        self.said.append(message)

    def say(self, line: str) -> None:
        self.said.append(line)

    def show(self, status: str) -> None:
        self.said.append(status)

    def hide(self, secrets: t.Iterable[str]) -> None:
        """All that these tasks know is secret from the beginning."""

    def mask(self, text: str) -> str:
        """Secrets that somebody would have to mask are to be noticed."""
        return text

    def check_alive(self) -> None:
        """Somebody waits."""


class Case(t.NamedTuple):
    """A task of *module* for one system; *handle* says which operation's, for a module that takes handles."""

    module: str
    system: str
    handle: str = ""

    def __str__(self) -> str:
        return f"{self.module}-{self.handle}" if self.handle else self.module

    def code(self) -> t.Any:
        return importlib.import_module(f"ansible_collections.netops.jobs.plugins.modules.{self.module}")

    def params(self, *, host: str, port: int, folder: pathlib.Path, **others: t.Any) -> dict[str, t.Any]:
        """Return the validated options of the task, with its waits cut short."""
        spec = dict(self.code().ARGUMENTS)
        spec.pop("supports_check_mode", None)
        known = spec["argument_spec"]
        connection = {"host": host, "port": port, "request_timeout": 0.5, **CREDENTIALS[self.system], **others}
        if self.handle:
            given = {"version": 1, "operation": self.handle, "endpoint": f"https://{host}:{port}"}
            options: dict[str, t.Any] = {
                "handle": {**given, **HANDLES[self.handle]},
                "connection": {name: value for name, value in connection.items() if name not in ("host", "port")},
            }
        else:
            options = {**connection, **TASKS[self.module]}
        waits = {
            "wait_timeout": 60,
            "outage_timeout": 1,
            "poll_interval": 0.4,
            "poll_max_interval": 0.4,
            "lock_timeout": 1,
            "progress_log": "{folder}/progress",
        }
        options |= {name: value for name, value in waits.items() if name in known}
        text = json.dumps(options).replace("{folder}", str(folder))
        checked = ArgumentSpecValidator(**spec).validate(json.loads(text))
        assert not checked.error_messages, checked.error_messages
        return dict(checked.validated_parameters)

    def run(self, *, host: str, port: int, folder: pathlib.Path, **others: t.Any) -> tuple[dict[str, t.Any], str]:
        """Return the result, and the lines and warnings that a person sees."""
        task = Asked(self.params(host=host, port=port, folder=folder, **others))
        result = self.code().run(task)
        return result, "\n".join(task.said)


CASES = [
    *(Case(module, next(name for name in CREDENTIALS if module.startswith(name))) for module in sorted(TASKS)),
    *(
        Case(module, operation.partition(".")[0], operation)
        for module, operation in itertools.product(("job_cancel", "job_wait"), HANDLES)
    ),
]


def modules() -> set[str]:
    """Return the names of all modules of the collection that talk to anybody: export_set only keeps files."""
    return {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")} - {"export_set"}
