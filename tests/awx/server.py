# Copyright (c) 2026, netops.jobs contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the REST API of AWX, as far as the playbook awx_setup needs it: simulated, and no AWX.

It keeps objects, and refuses what AWX 24.6.1 refuses by the rules that are named here, read in its sources.
"""

from __future__ import annotations

import http.server
import json
import pathlib
import re
import threading
import typing as t
import urllib.parse

import jinja2.sandbox

# awx/api/serializers.py: what can be written to objects of each kind, and what it is if nothing is said.
KINDS: dict[str, dict[str, t.Any]] = {
    "organizations": {"name": None, "description": ""},
    "credential_types": {
        "name": None,
        "description": "",
        "kind": None,
        "inputs": {},
        "injectors": {},
        "managed": False,
    },
    "credentials": {"name": None, "description": "", "organization": None, "credential_type": None, "inputs": {}},
    "execution_environments": {"name": None, "description": "", "organization": None, "image": None, "pull": ""},
    "projects": {
        "name": None,
        "description": "",
        "organization": None,
        "scm_type": "",
        "scm_url": "",
        "scm_branch": "",
        "scm_revision": "",
    },
    "inventories": {"name": None, "description": "", "organization": None, "kind": "", "host_filter": None},
    "job_templates": {
        "name": None,
        "description": "",
        "organization": None,
        "project": None,
        "playbook": "",
        "job_type": "run",
        "inventory": None,
        "execution_environment": None,
        "forks": 0,
        "job_slice_count": 1,
        "extra_vars": "",
        "survey_enabled": False,
        "ask_inventory_on_launch": False,
        "ask_credential_on_launch": False,
        "ask_limit_on_launch": False,
        "ask_variables_on_launch": False,
        "ask_job_type_on_launch": False,
        "ask_tags_on_launch": False,
    },
    "workflow_job_templates": {
        "name": None,
        "description": "",
        "organization": None,
        "inventory": None,
        "survey_enabled": False,
        "ask_inventory_on_launch": False,
        "ask_limit_on_launch": False,
        "ask_variables_on_launch": False,
    },
    "workflow_job_template_nodes": {
        "identifier": None,
        "workflow_job_template": None,
        "unified_job_template": None,
        "extra_data": {},
    },
    "project_updates": {"status": "successful"},
}
NODE_LISTS = ("success_nodes", "failure_nodes", "always_nodes", "credentials", "labels", "instance_groups")
# awx/main/utils/ansible.py, could_be_playbook: the files among which a project offers playbooks.
PLAYBOOK = re.compile(r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?(include|import_playbook)):\s*?.*?$")


class Refused(Exception):
    """HTTP 400 with this text."""


class Awx(http.server.ThreadingHTTPServer):
    """Serves on a free port of 127.0.0.1 while it is entered."""

    daemon_threads = True

    def __init__(self, checkout: pathlib.Path, token: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.checkout, self.token = checkout, token
        self.objects: dict[str, list[dict[str, t.Any]]] = {kind: [] for kind in KINDS}
        self.surveys: dict[str, t.Any] = {}
        self.related: dict[str, list[int]] = {}
        self.writes: list[str] = []
        self.lock = threading.Lock()
        self.add("organizations", {"name": "Default"})
        self.writes.clear()

    def __enter__(self) -> Awx:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def named(self, kind: str) -> dict[str, dict[str, t.Any]]:
        return {item["name"]: item for item in self.objects[kind]}

    def add(self, kind: str, given: dict[str, t.Any]) -> dict[str, t.Any]:
        number = sum(map(len, self.objects.values())) + 1
        url = f"/api/v2/{kind}/{number}/"
        item = {**KINDS[kind], "id": number, "type": kind[:-1], "url": url, "summary_fields": {}, "related": {}}
        if kind.endswith("job_templates"):
            item["related"]["survey_spec"] = f"{url}survey_spec/"
            self.surveys[url] = {}
        self.write(kind, item, given)
        if kind == "projects":
            item["summary_fields"]["current_update"] = {"id": self.add("project_updates", {})["id"]}
        self.objects[kind].append(item)
        return item

    def write(self, kind: str, item: dict[str, t.Any], given: dict[str, t.Any]) -> None:
        if unknown := given.keys() - KINDS[kind].keys():
            # AWX would pass over them without a word.
            raise Refused(f"not in {kind}: {unknown}")
        new = {**item, **{name: value for name, value in given.items() if value is not None}}
        if missing := [name for name in ("name", "identifier") if name in KINDS[kind] and not new[name]]:
            raise Refused(f"{kind} without {missing}")
        if kind == "credential_types":
            check_credential_type(new)
        if kind == "job_templates":
            self._check_job_template(new)
        self.writes.append(f"{kind} {new.get('name') or new.get('identifier')}")
        item.update(new)

    def _check_job_template(self, new: dict[str, t.Any]) -> None:
        file = self.checkout / new["playbook"]
        parts = pathlib.PurePath(new["playbook"]).parts
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        if {"roles", "tasks", "group_vars", "host_vars"} & set(parts) or not any(map(PLAYBOOK.match, lines)):
            raise Refused(f"Playbook not found for project: {new['playbook']}")
        if not new["inventory"] and not new["ask_inventory_on_launch"]:
            raise Refused("Job Template must provide 'inventory' or allow prompting for it.")
        if not isinstance(json.loads(new["extra_vars"] or "{}"), dict):
            raise Refused("extra_vars")


FIELD_KEYS = frozenset(
    {"type", "format", "choices", "id", "label", "help_text", "multiline", "secret", "ask_at_runtime", "default"}
)


def check_credential_type(new: dict[str, t.Any]) -> None:
    """awx/main/fields.py, CredentialTypeInputField and CredentialTypeInjectorField."""
    if new["kind"] not in ("cloud", "net"):
        raise Refused("Must be cloud or net")  # awx/api/serializers.py, CredentialTypeSerializer
    inputs, injectors = new["inputs"], new["injectors"]
    if inputs.keys() - {"fields", "required"} or injectors.keys() - {"file", "env", "extra_vars"}:
        raise Refused("unknown keys of inputs or injectors")
    ids = [field["id"] for field in inputs["fields"]]
    if len(set(ids)) != len(ids) or "tower" in ids or set(inputs.get("required", [])) - set(ids):
        raise Refused("ids of inputs")
    for field in inputs["fields"]:
        if field.keys() - FIELD_KEYS or not re.match(r"^[a-zA-Z_]+[a-zA-Z0-9_]*$", field["id"]) or not field["label"]:
            raise Refused(f"input {field}")
        if field.get("format", "url") not in ("ssh_private_key", "url"):
            raise Refused(f"format of {field}")
        if field.setdefault("type", "string") not in ("string", "boolean"):
            raise Refused(f"type of {field}")
        if "default" in field and not isinstance(field["default"], str if field["type"] == "string" else bool):
            raise Refused(f"default of {field}")
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    for name, template in injectors.get("env", {}).items():
        if name.startswith("ANSIBLE_") or not re.match(r"^[a-zA-Z_]+[a-zA-Z0-9_]*$", name) or not template.isascii():
            raise Refused(f"injector {name}")
        environment.from_string(template).render(dict.fromkeys(ids, "EXAMPLE"))


SURVEY_TYPES: dict[str, type | tuple[type, ...]] = {
    "multiselect": str,
    "multiplechoice": str,
    "text": str,
    "textarea": str,
    "password": str,
    "integer": int,
    "float": (int, float),
}


def check_survey(survey: dict[str, t.Any]) -> None:
    """awx/api/views/__init__.py, JobTemplateSurveySpec._validate_spec_data."""
    if not isinstance(survey["name"], str) or not isinstance(survey["description"], str) or not survey["spec"]:
        raise Refused("survey")
    variables = [item["variable"] for item in survey["spec"]]
    if len(set(variables)) != len(variables):
        raise Refused("a variable is asked for twice")
    for item in survey["spec"]:
        if not all(isinstance(item[name], str) for name in ("type", "question_name", "variable")):
            raise Refused(f"{item}: texts expected")
        if not isinstance(item["required"], bool) or item["type"] not in SURVEY_TYPES:
            raise Refused(f"{item}: required or type")
        if not isinstance(item.get("min"), (int, type(None))) or not isinstance(item.get("max"), (int, type(None))):
            raise Refused(f"{item}: bounds")
        default = item.get("default", "")
        if default != "" and not isinstance(default, SURVEY_TYPES[item["type"]]):
            raise Refused(f"{item}: default")
        if item["type"] in ("multiselect", "multiplechoice"):
            chosen = default.splitlines()
            if set(chosen) - set(item["choices"]) or (item["type"] == "multiplechoice" and len(chosen) > 1):
                raise Refused(f"{item}: default is no choice")


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    server: Awx

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: pytest shows what the play printed."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        try:
            with self.server.lock:
                if self.headers.get("Authorization") != f"Bearer {self.server.token}":
                    self._send(401, {"detail": "Authentication credentials were not provided."})
                    return
                self._send(*self._handle(body))
        except (Refused, KeyError, TypeError, ValueError, jinja2.TemplateError) as exc:
            self._send(400, {"detail": f"{type(exc).__name__}: {exc}"})

    def _send(self, status: int, body: t.Any) -> None:
        data = json.dumps(body).encode() if status != 204 else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _handle(self, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        parts = urllib.parse.urlsplit(self.path)
        _empty, api, version, kind, *rest = parts.path.rstrip("/").split("/")
        if (api, version) != ("api", "v2"):
            return 404, {}
        if not rest:
            if self.command == "POST":
                return 201, self.server.add(kind, body)
            return 200, self._page(kind, dict(urllib.parse.parse_qsl(parts.query)))
        item = next((item for item in self.server.objects[kind] if str(item["id"]) == rest[0]), None)
        if item is None:
            return 404, {}
        if rest[1:] == ["survey_spec"]:
            return self._survey(item, body)
        if rest[1:]:
            return self._association(item, kind, rest[1], body)
        if self.command == "PATCH":
            self.server.write(kind, item, body)
        return 200, item

    def _page(self, kind: str, wanted: dict[str, str]) -> dict[str, t.Any]:
        kinds = ["job_templates", "workflow_job_templates"] if kind == "unified_job_templates" else [kind]
        items = [item for kind in kinds for item in self.server.objects[kind]]
        found = [item for item in items if all(str(item[name]) == value for name, value in wanted.items())]
        return {"count": len(found), "next": None, "previous": None, "results": found}

    def _survey(self, item: dict[str, t.Any], body: dict[str, t.Any]) -> tuple[int, t.Any]:
        if self.command == "POST":
            check_survey(body)
            self.server.surveys[item["url"]] = body
            self.server.writes.append(f"survey of {item['name']}")
            return 200, {}
        return 200, self.server.surveys[item["url"]]

    def _association(self, item: dict[str, t.Any], kind: str, name: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        if name not in {"workflow_job_template_nodes": NODE_LISTS, "job_templates": ("credentials",)}[kind]:
            raise Refused(f"{kind} has no {name}")
        listed = self.server.related.setdefault(f"{item['url']}{name}/", [])
        if self.command == "POST":
            (listed.remove if body.get("disassociate") else listed.append)(body["id"])
            self.server.writes.append(f"{name} of {item['id']}")
            return 204, None
        return 200, {"count": len(listed), "next": None, "results": [{"id": number} for number in listed]}
